/* SPDX-License-Identifier: MIT */
/* wscheck record: runs a program so that it leaves a trace, without a change to it. */
#include <errno.h>
#include <inttypes.h>
#include <signal.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "child.h"
#include "command.h"
#include "feed.h"
#include "leftovers.h"
#include "memory.h"
#include "openmp.h"
#include "ring_file.h"
#include "trace_files.h"
#include "units.h"
#include "wscheck/record.h"

#define PATTERN_DEFAULT "wscheck-%p.zst"
/* What a recorder leaves beside a trace that was not closed. */
#define UNFINISHED_SUFFIX ".*" RING_FILE_TRACE_SUFFIX

#define BUFFER_MIN (WSC_RING_EVENTS_MIN * sizeof(struct wsc_slot))
#define BUFFER_MAX (WSC_RING_EVENTS_MAX * sizeof(struct wsc_slot))

static const char me[] = "record";

enum { MODE_UNSET = 3, LIST_MAX = 100, EXIT_NOT_RUN = 126, EXIT_NOT_FOUND = 127, EXIT_SIGNAL = 128 };
static const char *const modes[] = {"drop", "block", "overwrite", NULL};

struct values {
	const char *output, *sample, *adapter, *libomp;
	unsigned mode;
	uint64_t buffer, max_bytes; /* 0: not given */
	bool keep_last, analyze;
};

#define ROW(field) .offset = offsetof(struct values, field)
static const struct option_row options[] = {
    {'o', "output", OPTION_STRING, "TRACE", ROW(output), .form = ARGUMENT_FILE,
     .help = "Write to TRACE (default " PATTERN_DEFAULT "); %p in it becomes the process id, %% a percent sign"},
    {'a', "analyze", OPTION_FLAG, ROW(analyze),
     .help = "Analyze the trace afterwards, on standard error; when PROGRAM exits with 0, exit as 'wscheck analyze'"},
    {0, "mode", OPTION_CHOICE, "MODE", modes, ROW(mode),
     .help = "What to do when a worker's buffer is full: drop (the default), block or overwrite"},
    {0, "buffer", OPTION_BYTES, "SIZE", ROW(buffer),
     .help = "Give each worker a buffer of SIZE, such as 4M; most events take 16 bytes"},
    {0, "max-bytes", OPTION_BYTES, "SIZE", ROW(max_bytes), .help = "Let the trace grow to SIZE, such as 500M, at most"},
    {0, "keep-last", OPTION_FLAG, ROW(keep_last), .help = "With --max-bytes: keep the last events, not the first"},
    {0, "sample", OPTION_STRING, "1/N", ROW(sample), .help = "Record one task in N; N alone is enough"},
    {0, "adapter", OPTION_STRING, "FILE", ROW(adapter), .form = ARGUMENT_FILE,
     .help = "Take FILE as the adapter of OpenMP programs (libwscheck-ompt.so beside this program, or installed)"},
    {0, "libomp", OPTION_STRING, "FILE", ROW(libomp), .form = ARGUMENT_FILE,
     .help = "Preload LLVM's libomp from FILE, whatever PROGRAM links. By default it is preloaded for programs that "
             "link GCC's libgomp"},
};
#undef ROW

struct job {
	const struct values *values;
	char *pattern; /* absolute */
	char *adapter, *libomp;
	struct openmp_links links;
	struct child child;
	struct trace_files traces, unfinished;
	const char *trouble; /* why the files could not be found */
};

/* --- before --- */

/* 1/N or N, as WSCHECK_SAMPLE. */
static bool is_sample(const char *text)
{
	char *end;
	text += strncmp(text, "1/", 2) == 0 ? 2 : 0;
	if (text[0] < '1' || text[0] > '9')
		return false;
	errno = 0;
	return strtoull(text, &end, 10) <= WSC_SAMPLING_MAX && errno == 0 && *end == '\0';
}

static bool are_values_good(const struct values *values)
{
	if (values->sample && !is_sample(values->sample))
		command_error(me, "'--sample' takes 1/N or N, for one task in N, N up to %u, not '%s'",
		              WSC_SAMPLING_MAX, values->sample);
	else if (values->buffer != 0 && (values->buffer < BUFFER_MIN || values->buffer > BUFFER_MAX))
		command_error(me, "'--buffer' takes 1K to 1G, not %" PRIu64 " bytes", values->buffer);
	else if (values->max_bytes != 0 && values->max_bytes < WSC_MAX_BYTES_MIN)
		command_error(me, "'--max-bytes' takes %" PRIu64 "M or more, not %" PRIu64 " bytes",
		              WSC_MAX_BYTES_MIN >> 20, values->max_bytes);
	else if (values->keep_last && values->max_bytes == 0)
		command_error(me, "'--keep-last' needs '--max-bytes SIZE'");
	else if (values->adapter && access(values->adapter, R_OK) != 0)
		command_error(me, "%s: %s", values->adapter, strerror(errno));
	else
		return true;
	return false;
}

/* The path of the trace was `named` so. False, with a message: the program could not write there. */
static bool is_place_good(const char *named, const char *pattern)
{
	struct stat status;
	const char *slash = strrchr(pattern, '/');
	char *path = trace_files_plain(pattern, strlen(pattern));
	char *directory = trace_files_plain(slash ? pattern : ".", slash ? (size_t)(slash + 1 - pattern) : 1);
	const bool exists = path && stat(path, &status) == 0;
	bool good = false;
	if (pattern[0] == '\0')
		command_error(me, "%s takes a path, not ''", named);
	else if (strcmp(pattern, "-") == 0)
		command_error(me, "%s takes a path, not '-': standard output is the program's", named);
	else if (exists && S_ISDIR(status.st_mode))
		command_error(me, "%s: %s is a directory: name a file, such as %s%s%s", named, pattern, pattern,
		              slash && slash[1] == '\0' ? "" : "/", PATTERN_DEFAULT);
	else if (exists && !S_ISREG(status.st_mode))
		command_error(me, "%s: %s is not a regular file: name another path", named, pattern);
	else if (directory && access(directory, F_OK) != 0)
		command_error(me, "%s: there is no directory %s: make it first", named, directory);
	else if (directory && access(directory, W_OK | X_OK) != 0)
		command_error(me, "%s: no file can be made in %s: %s", named, directory, strerror(errno));
	else
		good = true;
	free(path);
	free(directory);
	return good;
}

static bool is_elf(const char *path)
{
	char magic[4] = "";
	FILE *file = fopen(path, "re");
	const bool is = file && fread(magic, 1, 4, file) == 4 && memcmp(magic, "\177ELF", 4) == 0;
	if (file)
		fclose(file);
	return is;
}

/* What '--libomp' names, as LD_PRELOAD takes it: a file, or a library where the loader looks for it. NULL, with a message. */
static char *find_libomp(const char *named)
{
	char *path = realpath(named, NULL);
	const bool is_there = path ? is_elf(path) : !strchr(named, '/') && openmp_is_library(named);
	if (!path && is_there && !(path = strdup(named))) {
		memory_error(me, named);
		return NULL;
	}
	if (is_there && !strpbrk(path, ": "))
		return path;
	if (is_there)
		command_error(me, "'--libomp': LD_PRELOAD can't hold a path with a colon or a blank, as %s: move it",
		              path);
	else
		command_error(me,
		              "'--libomp': %s is %s: name LLVM's OpenMP library, such as "
		              "/usr/lib/llvm-14/lib/libomp.so.5 (Debian: libomp5)",
		              named, path ? "no shared library" : "not there");
	free(path);
	return NULL;
}

/* What is to be loaded into an OpenMP program. Says what is missing for one. */
static void find_openmp(struct job *job, const char *program)
{
	const struct values *values = job->values;
	job->links = openmp_links(program);
	job->adapter = values->adapter ? realpath(values->adapter, NULL) : openmp_adapter();
	if (job->adapter && strchr(job->adapter, ':'))
		command_error(me, "%s: OMP_TOOL_LIBRARIES can't hold a path with a colon: move it", job->adapter);
	if (!job->libomp && job->adapter && job->links.gomp && !job->links.llvm)
		job->libomp = openmp_libomp();
	if (!job->adapter && (job->links.gomp || job->links.llvm))
		command_error(me,
		              "%s uses OpenMP, but libwscheck-ompt.so is neither beside this program nor in its lib "
		              "directory: name it with '--adapter FILE'",
		              program);
	else if (job->links.gomp && !job->links.llvm && !job->libomp)
		command_error(
		    me,
		    "%s uses GCC's libgomp, which can't be recorded, and LLVM's libomp is not there to take its "
		    "place: install it (Debian: libomp5), or name it with '--libomp FILE'",
		    program);
}

/* --- in the child, before the program begins --- */

static bool set_number(const char *name, uint64_t number, const char *suffix)
{
	char text[32];
	snprintf(text, sizeof(text), "%" PRIu64 "%s", number, suffix);
	return number == 0 || setenv(name, text, 1) == 0;
}

/* Joins a word of ours and what the user has already set, in this order or the other. */
static bool join(const char *name, const char *first, const char *second)
{
	char *both;
	const char *only = first ? first : second;
	if (!first || !second)
		return !only || setenv(name, only, 1) == 0;
	if (asprintf(&both, "%s:%s", first, second) == -1)
		return false;
	const bool done = setenv(name, both, 1) == 0;
	free(both);
	return done;
}

static const char *own(const char *name)
{
	const char *value = getenv(name);
	return value && *value ? value : NULL;
}

static bool set_environment(void *context)
{
	const struct job *job = context;
	const struct values *values = job->values;
	if (setenv("WSCHECK_TRACE", job->pattern, 1) != 0 || !set_number("WSCHECK_BUFFER", values->buffer, "") ||
	    !set_number("WSCHECK_MAX_BYTES", values->max_bytes, values->keep_last ? ",last" : ""))
		return false;
	if (values->mode != MODE_UNSET && setenv("WSCHECK_MODE", modes[values->mode], 1) != 0)
		return false;
	if (values->sample && setenv("WSCHECK_SAMPLE", values->sample, 1) != 0)
		return false;
	/* One tool only is asked, the first that answers. */
	if (job->adapter && !join("OMP_TOOL_LIBRARIES", job->adapter, own("OMP_TOOL_LIBRARIES")))
		return false;
	return !job->libomp || join("LD_PRELOAD", own("LD_PRELOAD"), job->libomp);
}

/* --- after --- */

static enum wsc_status count_events(void *context, const struct wsc_event *events, size_t count)
{
	(void)context;
	(void)events;
	(void)count;
	return WSC_OK;
}

static enum wsc_status count_again(void *context)
{
	(void)context;
	return WSC_OK;
}

static void say_summary(const char *path, struct trace_input *input)
{
	char events[UNITS_MAX], workers[UNITS_MAX], dropped[UNITS_MAX], lost[UNITS_MAX + 20] = "";
	static const char *const ends[] = {
	    [WSC_END_CUT] = "no end", [WSC_END_CLEAN] = "a clean end", [WSC_END_STALLED] = "stalled"};
	const struct trace_summary *summary = trace_input_summary(input);
	size_t count;
	trace_input_workers(input, &count);
	if (summary->dropped > 0)
		snprintf(lost, sizeof(lost), ", %s dropped", units_count(dropped, summary->dropped));
	command_error(me, "%s: %s event%s of %s worker%s, %s%s", path, units_count(events, summary->events),
	              units_plural(summary->events), units_count(workers, count), units_plural(count),
	              ends[summary->end], lost);
}

static void summarize(const char *path)
{
	struct trace_input *input;
	struct trace_error err = {0};
	struct feed feed = {.events = count_events, .restart = count_again};
	if (trace_input_open(&input, path, &err) != WSC_OK) {
		command_input_error(me, path, &err);
		return;
	}
	if (feed_all(input, &feed, &err) == WSC_OK)
		say_summary(path, input);
	else
		command_input_error(me, path, &err);
	trace_input_free(input);
}

static void say_why_none(const struct job *job)
{
	const char *program = job->child.argv[0];
	const char *tool = own("OMP_TOOL");
	const char *disable = own("WSCHECK_DISABLE");
	if (disable && strcmp(disable, "0") != 0)
		command_error(me, "no trace was written, because WSCHECK_DISABLE is set");
	else if (tool && strcmp(tool, "disabled") == 0)
		command_error(me, "no trace was written: OMP_TOOL=disabled keeps OpenMP programs from "
		                  "being recorded, so unset it");
	else if (job->links.gomp || job->links.llvm)
		command_error(me,
		              "no trace was written: unless a line above tells why, %s links OpenMP but began no "
		              "parallel region and no task",
		              program);
	else
		command_error(
		    me,
		    "no trace was written: unless a line above tells why, %s neither ran LLVM's OpenMP nor called the "
		    "recorder, so link it with "
		    "libwscheck (see wscheck/record.h); if it is a script that runs an OpenMP program built by GCC, "
		    "give '--libomp FILE'",
		    program);
}

static void say_unfinished(const char *path)
{
	char advice[1100];
	if (leftovers_advise(advice, sizeof(advice), path))
		command_error(me, "%s: %s", path, advice);
}

static void say_files(const struct job *job)
{
	for (size_t i = 0; i < job->traces.count && i < LIST_MAX; i++)
		summarize(job->traces.files[i].path);
	if (job->traces.count > LIST_MAX)
		command_error(me, "and %zu more traces", job->traces.count - LIST_MAX);
	for (size_t i = 0; i < job->unfinished.count && i < LIST_MAX; i++)
		say_unfinished(job->unfinished.files[i].path);
	if (job->trouble)
		command_error(me, "can't look for traces: %s", job->trouble);
	else if (job->traces.count == 0 && job->unfinished.count == 0)
		say_why_none(job);
}

/* `wscheck analyze` on one trace, its report on standard error: standard output is the program's. */
static int analyze(char *path)
{
	char *const argv[] = {(char[]){"wscheck"}, (char[]){"analyze"}, (char[]){"--"}, path, NULL};
	const pid_t pid = fork();
	int status = 0;
	if (pid == 0) {
		if (dup2(STDERR_FILENO, STDOUT_FILENO) != -1)
			execv("/proc/self/exe", argv);
		_exit(EXIT_CODE_TROUBLE);
	}
	if (pid == -1)
		return command_error(me, "%s: no process to analyze it in: %s", path, strerror(errno));
	while (waitpid(pid, &status, 0) == -1 && errno == EINTR)
		continue;
	return WIFEXITED(status) ? WEXITSTATUS(status) : EXIT_CODE_TROUBLE;
}

/* The worst of several verdicts: a failure, then what could not be read, then what is not conclusive. */
static int worse(int left, int right)
{
	static const int order[] = {EXIT_CODE_FAIL, EXIT_CODE_TROUBLE, EXIT_CODE_INCONCLUSIVE};
	for (size_t i = 0; i < sizeof(order) / sizeof(*order); i++) {
		if (left == order[i] || right == order[i])
			return order[i];
	}
	return EXIT_CODE_PASS;
}

static int judge(const struct job *job)
{
	int code = job->unfinished.count > 0 ? EXIT_CODE_INCONCLUSIVE : EXIT_CODE_PASS;
	if (job->traces.count == 0 && job->unfinished.count == 0)
		code = EXIT_CODE_TROUBLE;
	for (size_t i = 0; i < job->traces.count; i++)
		code = worse(code, analyze(job->traces.files[i].path));
	return code;
}

/* --- the whole --- */

static bool find_files(const struct job *job, struct trace_files *traces, struct trace_files *unfinished)
{
	return trace_files_find(traces, job->pattern, "") &&
	       trace_files_find(unfinished, job->pattern, UNFINISHED_SUFFIX);
}

static int could_not_run(const struct job *job)
{
	command_error(me, "can't run %s: %s", job->child.argv[0], strerror(job->child.error));
	return job->child.error == ENOENT ? EXIT_NOT_FOUND : EXIT_NOT_RUN;
}

static int finish(struct job *job, const struct trace_files *old_traces, const struct trace_files *old_unfinished)
{
	if (find_files(job, &job->traces, &job->unfinished)) {
		trace_files_keep_new(&job->traces, old_traces);
		trace_files_keep_new(&job->unfinished, old_unfinished);
	} else {
		job->trouble = strerror(errno);
	}
	/* What is said from here on may be lost, but not the exit code. */
	signal(SIGPIPE, SIG_IGN);
	signal(SIGXFSZ, SIG_IGN);
	say_files(job);
	const int verdict = job->values->analyze ? judge(job) : EXIT_CODE_PASS;
	if (WIFEXITED(job->child.status))
		return WEXITSTATUS(job->child.status) != 0 ? WEXITSTATUS(job->child.status) : verdict;
	child_die_of(WTERMSIG(job->child.status));
	return EXIT_SIGNAL + WTERMSIG(job->child.status);
}

static int record(struct job *job)
{
	struct trace_files traces, unfinished = {0};
	int code;
	if (!find_files(job, &traces, &unfinished))
		code = command_error(me, "can't look for traces at %s", job->pattern);
	else if (!child_run(&job->child))
		code = could_not_run(job);
	else
		code = finish(job, &traces, &unfinished);
	trace_files_free(&traces);
	trace_files_free(&unfinished);
	return code;
}

static int run(const struct command *command, int argc, char **argv)
{
	struct values values = {.mode = MODE_UNSET};
	struct job job = {.values = &values};
	int first, code;
	if (!command_options(command, argc, argv, &values, &first, &code))
		return code;
	if (first == argc)
		return command_error(me, "no program is named (see 'wscheck record --help')");
	if (!are_values_good(&values))
		return EXIT_CODE_TROUBLE;
	const char *pattern = values.output ? values.output : own("WSCHECK_TRACE");
	pattern = pattern ? pattern : PATTERN_DEFAULT;
	if (!is_place_good(values.output ? "'--output'" : "WSCHECK_TRACE", pattern))
		return EXIT_CODE_TROUBLE;
	if (values.libomp && !(job.libomp = find_libomp(values.libomp)))
		return EXIT_CODE_TROUBLE;
	job.pattern = trace_files_absolute(pattern);
	if (!job.pattern) {
		free(job.libomp);
		return command_error(me, "can't tell where the trace is to be: %s", strerror(errno));
	}
	job.child = (struct child){.argv = argv + first, .prepare = set_environment, .context = &job};
	find_openmp(&job, argv[first]);
	code = record(&job);
	trace_files_free(&job.traces);
	trace_files_free(&job.unfinished);
	free(job.pattern);
	free(job.adapter);
	free(job.libomp);
	return code;
}

const struct command command_record = {
    .name = me,
    .summary = "run a program so that it leaves a trace; OpenMP needs no change",
    .operands = "[OPTION]... [--] PROGRAM [ARGUMENT]...",
    .about = "Runs PROGRAM with the settings of the recorder in its environment, says on standard error which traces "
             "were written and what is in them, and exits as the program did. A program whose scheduler is linked with "
             "the recorder writes its trace itself; an OpenMP program needs no change: an adapter is loaded into it.",
    .exits =
        (const struct exit_row[]){
            {"1, 2, 3", "With --analyze, when the program exits with 0: the verdict is fail; there is no trace, or it "
                        "could not be read; it is inconclusive"},
            {"2", "Wrong usage, or TRACE can't be written where it is to be: the program is not started"},
            {"126", "The program could not be run"},
            {"127", "The program was not found"},
            {"other", "That of the program"},
            {NULL, NULL},
        },
    .examples =
        (const struct example_row[]){
            {"Record an OpenMP program, and judge its run", "$ wscheck record --analyze -- ./fib 30"},
            {"Record all that a test suite runs, a trace for each process",
             "$ wscheck record -o traces/%p.zst -- make check"},
            {NULL, NULL},
        },
    .form = ARGUMENT_PROGRAM,
    .options = options,
    .option_count = sizeof(options) / sizeof(*options),
    .order = OPTIONS_FIRST,
    .run = run,
};
