/* SPDX-License-Identifier: MIT */
/* wscheck recover: a trace of what a killed run left. */
#include <errno.h>
#include <inttypes.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "command.h"
#include "leftovers.h"
#include "memory.h"
#include "output.h"
#include "read_whole.h"
#include "ring_file.h"
#include "trace_recover.h"
#include "units.h"

#define NS_PER_SECOND 1000000000u

struct values {
	const char *output;
	bool remove, list;
	uint64_t max_memory; /* bytes; 0: no bound */
};

#define ROW(field) .offset = offsetof(struct values, field)
static const struct option_row options[] = {
    {'o', "output", OPTION_STRING, "TRACE", ROW(output), .form = ARGUMENT_FILE,
     .help = "Write to TRACE instead of PATH; '-' is standard output, which may not be a terminal"},
    {0, "remove", OPTION_FLAG, ROW(remove), .help = "Remove what the run left, once the trace is written"},
    {0, "list", OPTION_FLAG, ROW(list),
     .help = "Say what runs left of PATH, and who records it; without PATH, of all traces with rings in /dev/shm"},
    MEMORY_OPTION_ROW,
};
#undef ROW

static void remove_file(const char *path)
{
	if (path != NULL && unlink(path) != 0 && errno != ENOENT)
		command_error(command_recover.name, "cannot remove %s: %s", path, strerror(errno));
}

/* The files that are there, each with a blank before it, for a shell. */
static void print_files(FILE *stream, const struct leftover *leftover, bool with_older)
{
	const char *const files[] = {leftover->trace_fd >= 0 ? leftover->temporary : NULL,
	                             with_older && leftover->older_fd >= 0 ? leftover->older : NULL, leftover->rings};
	char buffer[PAGE_PATH_WORD_MAX];
	for (size_t i = 0; i < sizeof(files) / sizeof(*files); i++) {
		if (files[i] != NULL)
			fprintf(stream, " %s", page_path_word(buffer, sizeof(buffer), files[i]));
	}
	fputc('\n', stream);
}

static void say_what(const struct leftover *leftover, const char *target, const struct trace_recovered *recovered,
                     bool removed)
{
	char written[UNITS_MAX], added[UNITS_MAX];
	command_error(command_recover.name, "%s: %s events from the unfinished trace, %s from the rings%s",
	              output_name(target), units_count(written, recovered->written),
	              units_count(added, recovered->added),
	              recovered->was_whole ? "; it was whole but for its name" : "");
	if (leftover->rings == NULL && !recovered->was_whole)
		command_error(command_recover.name, "there are no rings, so the last moments of the run are missing");
	if (recovered->left_out_older)
		command_error(command_recover.name, "the older part, %s, does not go with it and is left out",
		              leftover->older);
	if (!removed) {
		fputs("wscheck recover: what was left can go now: rm", stderr);
		print_files(stderr, leftover, !recovered->left_out_older);
	}
}

static int recover(struct leftover *leftover, const struct values *values)
{
	struct trace_recovered recovered;
	const char *target = values->output != NULL ? values->output : leftover->final;
	if (values->output == NULL && leftover->final_is_of_other)
		return command_error(
		    command_recover.name,
		    "the rings are another user's, who says where the trace goes (%s): name it with '-o TRACE'",
		    target);
	if (values->output == NULL && access(target, F_OK) == 0)
		return command_error(command_recover.name,
		                     "%s exists: name another file with '-o TRACE', or remove it first", target);
	if (!output_is_for_trace(command_recover.name, target))
		return EXIT_CODE_TROUBLE;
	const int code = leftover_save(leftover, command_recover.name, target, &recovered);
	if (code != EXIT_CODE_PASS)
		return code;
	if (values->remove) {
		remove_file(leftover->temporary);
		remove_file(leftover->rings);
		if (!recovered.left_out_older)
			remove_file(leftover->older);
	}
	say_what(leftover, target, &recovered, values->remove);
	return code;
}

/* The one to recover: of those whose process is gone. NULL, and a message: none, or several. */
static struct leftover *choose(const struct leftovers *found, const char *path)
{
	struct leftover *dead = NULL, *live = NULL;
	char word[PAGE_PATH_WORD_MAX];
	size_t count = 0;
	for (size_t i = 0; i < found->count; i++) {
		if (found->list[i].is_live)
			live = &found->list[i];
		else if (count++ == 0)
			dead = &found->list[i];
	}
	if (count == 1)
		return dead;
	if (count > 1) {
		command_error(command_recover.name, "%s: %zu runs left a trace; name the one to recover:", path, count);
		for (size_t i = 0; i < found->count; i++) {
			if (!found->list[i].is_live)
				fprintf(stderr, "  wscheck recover %s\n",
				        page_path_word(word, sizeof(word), found->list[i].temporary));
		}
	} else if (live != NULL) {
		command_error(command_recover.name,
		              "%s: process %ld still records it; 'wscheck snapshot -o TRACE %ld' takes what there is",
		              path, (long)live->process, (long)live->process);
	} else if (access(path, F_OK) == 0) {
		command_error(command_recover.name,
		              "%s: no run left anything of it: it is whole, or was never recorded", path);
	} else {
		command_error(command_recover.name,
		              "%s: no run left anything of it (PATH.*" RING_FILE_TRACE_SUFFIX " beside it)", path);
	}
	return NULL;
}

/* --- the list --- */

static uint64_t bytes_of(int fd)
{
	struct stat status;
	return fd >= 0 && fstat(fd, &status) == 0 ? (uint64_t)status.st_blocks * 512u : 0;
}

/* When a run that is gone was last at work, or one that is not began; ns since 1970. */
static uint64_t moment_of(const struct leftover *leftover)
{
	struct ring_file_head head;
	struct stat status;
	if (leftover->rings_fd >= 0 && read_whole(leftover->rings_fd, &head, sizeof(head), 0) == (ssize_t)sizeof(head))
		return leftover->is_live ? head.opened.wall_ns : ring_file_last_wall_ns(&head);
	const int fd = leftover->trace_fd >= 0 ? leftover->trace_fd : leftover->older_fd;
	return fstat(fd, &status) == 0 ? (uint64_t)status.st_mtim.tv_sec * NS_PER_SECOND : 0;
}

/* How long ago that is: 59 s, 5 min, 3 h, 2 days. */
static const char *print_age(char buffer[UNITS_MAX], uint64_t moment)
{
	struct timespec now;
	clock_gettime(CLOCK_REALTIME, &now);
	const uint64_t ns = (uint64_t)now.tv_sec * NS_PER_SECOND + (uint64_t)now.tv_nsec;
	const uint64_t seconds = ns > moment ? (ns - moment) / NS_PER_SECOND : 0, hours = seconds / 3600;
	if (hours >= 48)
		snprintf(buffer, UNITS_MAX, "%" PRIu64 " days", hours / 24);
	else if (hours >= 1)
		snprintf(buffer, UNITS_MAX, "%" PRIu64 " h", hours);
	else if (seconds >= 60)
		snprintf(buffer, UNITS_MAX, "%" PRIu64 " min", seconds / 60);
	else
		snprintf(buffer, UNITS_MAX, "%" PRIu64 " s", seconds);
	return buffer;
}

static int list(const struct leftovers *found)
{
	char buffer[PAGE_PATH_WORD_MAX], age[UNITS_MAX], sum[UNITS_MAX];
	uint64_t gone = 0, gone_bytes = 0;
	for (size_t i = 0; i < found->count; i++) {
		const struct leftover *l = &found->list[i];
		const uint64_t bytes = bytes_of(l->trace_fd) + bytes_of(l->older_fd) + bytes_of(l->rings_fd);
		print_age(age, moment_of(l));
		printf(l->is_live ? "%s: recorded by process %ld for %s: %" PRIu64 " bytes in"
		                  : "%s: left by process %ld, %s ago: %" PRIu64 " bytes in",
		       page_path_word(buffer, sizeof(buffer), l->final), (long)l->process, age, bytes);
		print_files(stdout, l, true);
		gone += !l->is_live;
		gone_bytes += l->is_live ? 0 : bytes;
	}
	if (fflush(stdout) != 0 || ferror(stdout))
		return command_error(command_recover.name, "cannot write the list: %s", strerror(errno));
	if (gone == 0)
		fputs("wscheck recover: no run that is gone left anything\n", stderr);
	else
		fprintf(stderr,
		        "wscheck recover: %" PRIu64
		        " run%s that %s gone left %s: 'wscheck recover --remove -o TRACE FILE' "
		        "makes a trace of what was left, 'rm FILE...' gives it up\n",
		        gone, units_plural(gone), gone == 1 ? "is" : "are", units_bytes(sum, gone_bytes));
	return EXIT_CODE_PASS;
}

/* `path`: or NULL. What errno says is why. */
static int cannot_look(const char *path)
{
	return command_error(command_recover.name, "cannot look for what runs left%s%s: %s", path != NULL ? " of " : "",
	                     path != NULL ? path : "", memory_strerror(errno));
}

static int run_list(const struct command *command, int argc, char **argv, int first)
{
	struct leftovers found;
	const char *path = first < argc ? command_operand(command, "trace", argc, argv, first) : NULL;
	if (path == NULL && first < argc)
		return EXIT_CODE_TROUBLE;
	const bool done = path != NULL ? leftovers_find(&found, path) : leftovers_find_all(&found);
	const int code = done ? list(&found) : cannot_look(path);
	leftovers_free(&found);
	return code;
}

static int run(const struct command *command, int argc, char **argv)
{
	struct values values = {0};
	struct leftovers found;
	int first, code;
	if (!command_options(command, argc, argv, &values, &first, &code))
		return code;
	if (!memory_bound(command->name, values.max_memory))
		return EXIT_CODE_TROUBLE;
	if (values.list)
		return run_list(command, argc, argv, first);
	const char *path = command_operand(command, "trace", argc, argv, first);
	if (path == NULL)
		return EXIT_CODE_TROUBLE;
	const bool done = leftovers_find(&found, path);
	struct leftover *leftover = done ? choose(&found, path) : NULL;
	if (!done)
		code = cannot_look(path);
	else
		code = leftover != NULL ? recover(leftover, &values) : EXIT_CODE_TROUBLE;
	leftovers_free(&found);
	return code;
}

const struct command command_recover = {
    .name = "recover",
    .summary = "make a trace of what a killed run left",
    .operands = "[OPTION]... PATH",
    .about = "Makes a trace of what a run that was killed left: joins the part that was written with what was still in "
             "the recorder's rings, so that nothing is missing whose recording call had returned. The trace ends "
             "there; its verdict is inconclusive at best. PATH is the path that it was to have, in which %p stands for "
             "any process id and %% for a percent sign, or one of the files that were left.",
    .exits =
        (const struct exit_row[]){
            {"0", "The trace, or the list, was written"},
            {"2", "There was nothing to recover, or it could not be read or written"},
            {NULL, NULL},
        },
    .examples =
        (const struct example_row[]){
            {"Recover and judge a run that was killed", "$ wscheck recover --remove trace.zst\n"
                                                        "$ wscheck analyze trace.zst"},
            {"See what runs left that are gone", "$ wscheck recover --list"},
            {NULL, NULL},
        },
    .form = ARGUMENT_FILE,
    .options = options,
    .option_count = sizeof(options) / sizeof(*options),
    .run = run,
};
