/* SPDX-License-Identifier: MIT */
/* wscheck minimize: the fewest events of a trace that still show a report. */
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "command.h"
#include "feed.h"
#include "jsonl_writer.h"
#include "memory.h"
#include "minimize.h"
#include "output.h"
#include "trace_save.h"
#include "units.h"
#include "words.h"

struct values {
	const char *output, *kind;
	uint64_t task;
	bool exact;
	uint64_t max_memory; /* bytes; 0: no bound */
	struct analysis_options analysis;
};

#define ROW(field) .offset = offsetof(struct values, field)
static const struct option_row options[] = {
    {'o', "output", OPTION_STRING, "SMALL", ROW(output), .form = ARGUMENT_FILE,
     .help = "Write to SMALL: as JSON Lines if its name ends in .jsonl or is '-' (standard output), else as a trace. "
             "Must be given"},
    {'t', "task", OPTION_TASK, "TASK", ROW(task),
     .help = "Keep the first report on this task, in decimal or as 0x hexadecimal"},
    {'k', "kind", OPTION_STRING, "KIND", ROW(kind), .form = ARGUMENT_WORD, .words = words_kinds,
     .help = "Keep the first report of this kind (see 'wscheck explain')"},
    {0, "exact", OPTION_FLAG, ROW(exact),
     .help = "Keep the report's own proof, and all gaps, and not just its kind and task"},
    {0, "uncertainty", OPTION_DURATION, "DURATION", ROW(analysis.uncertainty_ns),
     .help = "As for 'analyze', which must then be told the same for SMALL"},
    {0, "publish", OPTION_DURATION, "DURATION", ROW(analysis.publish_ns), .help = "As for 'analyze'"},
    {0, "slow-steal", OPTION_DURATION, "DURATION", ROW(analysis.slow_steal_ns),
     .help = "As for 'analyze' (default 1ms)"},
    {0, "idle", OPTION_DURATION, "DURATION", ROW(analysis.idle_ns), .help = "As for 'analyze' (default 5ms)"},
    MEMORY_OPTION_ROW,
};
#undef ROW

struct job {
	const char *path;
	const struct values *values;
	struct trace_input *input;
	struct analysis *analysis;
	struct minimize_choice choice;
	bool has_task_event; /* the task that was asked for occurs */
	const struct violation *report;
	struct minimize_job small;
	enum minimize_width width;
	struct minimize_slice *slice;
	struct wsc_event *events; /* the slice's */
	size_t count;
};

static const uint32_t *workers_of(const struct job *job, size_t *count)
{
	return trace_input_workers(job->input, count);
}

/* ---- first pass: the reports ---- */

static enum wsc_status analysis_restart(void *context)
{
	struct job *job = context;
	size_t count;
	const uint32_t *workers = workers_of(job, &count);
	struct analysis_options analysis = job->values->analysis;
	analysis.max_reports = MINIMIZE_REPORTS_MAX;
	analysis_free(job->analysis);
	job->analysis = NULL;
	job->has_task_event = false;
	return analysis_create(&job->analysis, trace_input_header(job->input), workers, count, &analysis);
}

static enum wsc_status analysis_events(void *context, const struct wsc_event *events, size_t count)
{
	struct job *job = context;
	for (size_t i = 0; i < count && job->choice.has_task && !job->has_task_event; i++)
		job->has_task_event = events[i].task == job->choice.task && events[i].kind != WSC_EV_GAP;
	return analysis_feed(job->analysis, events, count);
}

static int out_of_memory(const struct job *job)
{
	return memory_error(command_minimize.name, job->path);
}

static int no_report(const struct job *job)
{
	const struct minimize_choice *choice = &job->choice;
	char of_kind[60] = "", on_task[60] = "";
	if (choice->has_task && !job->has_task_event)
		return command_error(command_minimize.name, "%s: no event concerns task %" PRIu64, job->path,
		                     choice->task);
	if (choice->has_kind)
		snprintf(of_kind, sizeof(of_kind), " of kind %s", wsc_violation_name(choice->kind));
	if (choice->has_task)
		snprintf(on_task, sizeof(on_task), " on task %" PRIu64, choice->task);
	const struct analysis_result *result = analysis_result(job->analysis);
	return command_error(command_minimize.name, "%s: there is no report%s%s%s: nothing to minimize", job->path,
	                     of_kind, on_task,
	                     result->violation_count == MINIMIZE_REPORTS_MAX ? " among the first 65,536" : "");
}

static int judge(struct job *job)
{
	struct feed feed = {.events = analysis_events, .restart = analysis_restart, .context = job};
	struct trace_error err = {0};
	if (analysis_restart(job) != WSC_OK)
		return out_of_memory(job);
	if (feed_all(job->input, &feed, &err) != WSC_OK)
		return command_input_error(command_minimize.name, job->path, &err);
	const struct trace_summary *summary = trace_input_summary(job->input);
	if (analysis_finish(job->analysis, summary->end, summary->damaged_blocks) != WSC_OK)
		return out_of_memory(job);
	const struct analysis_result *result = analysis_result(job->analysis);
	job->report = minimize_choose(result, &job->choice);
	if (!job->report)
		return no_report(job);
	job->small = (struct minimize_job){.header = trace_input_header(job->input),
	                                   .options = job->values->analysis,
	                                   .end = summary->end,
	                                   .report = job->report,
	                                   .known = minimize_known(result, job->report),
	                                   .exact = job->values->exact};
	job->small.workers = workers_of(job, &job->small.worker_count);
	return EXIT_CODE_PASS;
}

/* ---- second pass: the slice ---- */

static enum wsc_status slice_restart(void *context)
{
	struct job *job = context;
	minimize_slice_free(job->slice);
	return minimize_slice_create(&job->slice, job->report, job->width);
}

static enum wsc_status slice_events(void *context, const struct wsc_event *events, size_t count)
{
	struct job *job = context;
	return minimize_slice_feed(job->slice, events, count);
}

/* Reads the trace again and keeps what this width keeps. *shows: the report is still there. */
static int slice(struct job *job, bool *shows)
{
	struct feed feed = {.events = slice_events, .restart = slice_restart, .context = job};
	struct trace_error err = {0};
	*shows = false;
	enum wsc_status status = trace_input_rewind(job->input, &err);
	if (status == WSC_OK && slice_restart(job) != WSC_OK)
		return out_of_memory(job);
	if (status == WSC_OK)
		status = feed_all(job->input, &feed, &err);
	if (status == WSC_LIMIT && job->width != MINIMIZE_WHOLE)
		return EXIT_CODE_PASS; /* too much of it: a wider one would be no smaller, but that is said there */
	if (status == WSC_LIMIT)
		return command_error(command_minimize.name,
		                     "%s: the report is lost in a slice, and the whole has more than %d events: too "
		                     "many to minimize",
		                     job->path, MINIMIZE_EVENTS_MAX);
	if (status != WSC_OK)
		return command_input_error(command_minimize.name, job->path, &err);
	job->events = minimize_slice_events(job->slice, &job->count);
	if (!job->events || minimize_shows(&job->small, job->events, job->count, shows) != WSC_OK)
		return out_of_memory(job);
	return EXIT_CODE_PASS;
}

static int reduce(struct job *job)
{
	bool shows = false;
	for (unsigned width = MINIMIZE_NARROW; width <= MINIMIZE_WHOLE && !shows; width++) {
		job->width = (enum minimize_width)width;
		int code = slice(job, &shows);
		if (code != EXIT_CODE_PASS)
			return code;
	}
	if (!shows)
		return command_error(command_minimize.name, "%s: the report is gone when the trace is read again",
		                     job->path);
	if (minimize_events(&job->small, job->events, &job->count) != WSC_OK)
		return out_of_memory(job);
	return EXIT_CODE_PASS;
}

/* ---- the result ---- */

static bool is_jsonl_name(const char *path)
{
	static const char suffix[] = ".jsonl";
	size_t length = strlen(path);
	return output_is_stdout(path) ||
	       (length >= strlen(suffix) && strcmp(path + length - strlen(suffix), suffix) == 0);
}

static enum wsc_status write_jsonl(const struct job *job, const struct trace_header *header, FILE *stream)
{
	struct jsonl_writer *writer;
	struct trace_error err;
	enum wsc_status status = jsonl_writer_create(&writer, stream, header, &err);
	if (status != WSC_OK)
		return status;
	status = jsonl_writer_events(writer, job->events, job->count, &err);
	if (status == WSC_OK)
		status = jsonl_writer_finish(writer, job->small.end, &err);
	jsonl_writer_free(writer);
	return status;
}

static bool write_small(const struct job *job, const struct trace_header *header)
{
	struct output output;
	const char *target = job->values->output;
	bool jsonl = is_jsonl_name(target);
	if (!output_open(&output, command_minimize.name, target, OUTPUT_TRACE))
		return false;
	errno = 0;
	enum wsc_status status =
	    jsonl ? write_jsonl(job, header, output.stream)
	          : trace_save(output_sink(&output), header, job->events, job->count, job->small.end);
	if (status == WSC_OK)
		return output_commit(&output);
	int error = output.error ? output.error : errno;
	output_abandon(&output);
	command_error(command_minimize.name, "cannot write %s: %s", output_name(target),
	              status == WSC_IO ? memory_strerror(error ? error : EIO) : memory_wrong());
	return false;
}

/* What was kept, on standard output unless the result itself is there. */
static int say_what_is_left(const struct job *job)
{
	char kept[UNITS_MAX], all[UNITS_MAX], task[40] = "";
	if (output_is_stdout(job->values->output))
		return EXIT_CODE_PASS;
	if (job->report->task != 0)
		snprintf(task, sizeof(task), " on task %" PRIu64, job->report->task);
	printf("%s%s: %s of %s events are left\n", wsc_violation_name(job->report->kind), task,
	       units_count(kept, job->count), units_count(all, trace_input_summary(job->input)->events));
	if (fflush(stdout) != 0 || ferror(stdout))
		return command_error(command_minimize.name, "cannot write to standard output: %s", strerror(errno));
	return EXIT_CODE_PASS;
}

static int minimize(struct job *job)
{
	struct trace_error err = {0};
	struct trace_header header;
	if (trace_input_open(&job->input, job->path, &err) != WSC_OK)
		return command_input_error(command_minimize.name, job->path, &err);
	int code = judge(job);
	if (code == EXIT_CODE_PASS)
		code = reduce(job);
	if (code != EXIT_CODE_PASS)
		return code;
	if (minimize_header(&job->small, job->events, job->count, &header) != WSC_OK)
		return out_of_memory(job);
	bool written = write_small(job, &header);
	trace_header_free(&header);
	return written ? say_what_is_left(job) : EXIT_CODE_TROUBLE;
}

static bool choose(const struct values *values, struct minimize_choice *choice)
{
	*choice = (struct minimize_choice){.has_task = values->task != 0, .task = values->task};
	if (!values->kind)
		return true;
	for (unsigned kind = 0; kind < WSC_VIOLATION_KIND_COUNT; kind++) {
		choice->has_kind |= strcmp(values->kind, wsc_violation_name((enum wsc_violation_kind)kind)) == 0;
		choice->kind = (enum wsc_violation_kind)kind;
		if (choice->has_kind)
			return true;
	}
	char nearest[SUGGEST_WORDS_MAX];
	command_error(command_minimize.name, "no kind of report is called '%s'%s", values->kind,
	              words_suggest(nearest, words_kinds, values->kind, " ('wscheck explain' lists them)"));
	return false;
}

static int run(const struct command *command, int argc, char **argv)
{
	struct values values = {.task = 0};
	struct job job = {.values = &values};
	int first, code;
	analysis_options_init(&values.analysis);
	if (!command_options(command, argc, argv, &values, &first, &code))
		return code;
	job.path = command_operand(command, "trace", argc, argv, first);
	if (!job.path)
		return EXIT_CODE_TROUBLE;
	if (!values.output)
		return command_error(command->name,
		                     "name the file to write with '-o SMALL' (see 'wscheck minimize --help')");
	if (!choose(&values, &job.choice) || !memory_bound(command->name, values.max_memory))
		return EXIT_CODE_TROUBLE;
	code = minimize(&job);
	minimize_slice_free(job.slice);
	analysis_free(job.analysis);
	trace_input_free(job.input);
	return code;
}

const struct command command_minimize = {
    .name = "minimize",
    .summary = "keep the fewest events that still show a report",
    .operands = "[OPTION]... -o SMALL TRACE",
    .about = "Takes events away from TRACE as long as 'wscheck analyze' still gives one report: the same kind on the "
             "same task. In the result no single event can go without the report vanishing. TRACE is a trace file or "
             "JSON Lines, told apart by content; '-' is standard input.",
    .exits =
        (const struct exit_row[]){
            {"0", "The small history was written"},
            {"2", "There is no such report, wrong usage, unreadable input, too many events, or the result could not be "
                  "written"},
            {NULL, NULL},
        },
    .examples =
        (const struct example_row[]){
            {"A small history of the first error, to be read", "$ wscheck minimize -o - trace.zst"},
            {"One task's double run, with what explains it, for a bug report",
             "$ wscheck minimize --exact -t 1099 -k double_execution \\\n"
             "    -o small.jsonl trace.zst"},
            {NULL, NULL},
        },
    .form = ARGUMENT_FILE,
    .options = options,
    .option_count = sizeof(options) / sizeof(*options),
    .run = run,
};
