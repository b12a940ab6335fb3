/* SPDX-License-Identifier: MIT */
/* wscheck export: a trace in a form that other tools show. */
#include <errno.h>
#include <stdint.h>
#include <string.h>
#include <unistd.h>

#include "analysis.h"
#include "command.h"
#include "feed.h"
#include "memory.h"
#include "output.h"
#include "page.h"
#include "perfetto.h"
#include "units.h"

static const char *const formats[] = {"perfetto", NULL};

struct values {
	unsigned format;
	const char *output;
	uint64_t from_ns, to_ns; /* into the trace; UINT64_MAX: not given */
	uint64_t max_memory;     /* bytes; 0: no bound */
	struct analysis_options analysis;
};

#define ROW(field) .offset = offsetof(struct values, field)
static const struct option_row options[] = {
    {'f', "format", OPTION_CHOICE, "FORMAT", formats, ROW(format),
     .help = "The form: perfetto (the default), which https://ui.perfetto.dev opens"},
    {'o', "output", OPTION_STRING, "FILE", ROW(output), .form = ARGUMENT_FILE,
     .help = "Write to FILE instead of standard output; '-' is standard output"},
    {0, "from", OPTION_DURATION, "TIME", ROW(from_ns), .help = "Only from this time into the trace on"},
    {0, "to", OPTION_DURATION, "TIME", ROW(to_ns), .help = "Only up to this time into the trace"},
    {0, "max-reports", OPTION_COUNT, "N", ROW(analysis.max_reports), .help = "Mark the first N reports (default 1000)"},
    MEMORY_OPTION_ROW,
};
#undef ROW

struct job {
	const char *path;
	const struct values *values;
	struct trace_input *input;
	struct analysis *analysis;
	struct perfetto *perfetto;
	FILE *stream;
};

static enum wsc_status analysis_restart(void *context)
{
	struct job *job = context;
	size_t count;
	const uint32_t *workers = trace_input_workers(job->input, &count);
	analysis_free(job->analysis);
	job->analysis = NULL;
	return analysis_create(&job->analysis, trace_input_header(job->input), workers, count, &job->values->analysis);
}

static enum wsc_status analysis_events(void *context, const struct wsc_event *events, size_t count)
{
	struct job *job = context;
	return analysis_feed(job->analysis, events, count);
}

/* Damage comes to light in the first pass, if there is any. */
static enum wsc_status export_restart(void *context)
{
	(void)context;
	return WSC_INVALID;
}

static enum wsc_status export_events(void *context, const struct wsc_event *events, size_t count)
{
	struct job *job = context;
	enum wsc_status status = perfetto_feed(job->perfetto, events, count);
	return status == WSC_OK && ferror(job->stream) ? WSC_IO : status;
}

/* First pass: the reports, and when the trace ends. */
static enum wsc_status judge(struct job *job, struct trace_error *err)
{
	struct feed feed = {.events = analysis_events, .restart = analysis_restart, .context = job};
	enum wsc_status status = memory_status(analysis_restart(job), err);
	if (status == WSC_OK)
		status = feed_all(job->input, &feed, err);
	if (status != WSC_OK)
		return status;
	const struct trace_summary *summary = trace_input_summary(job->input);
	return memory_status(analysis_finish(job->analysis, summary->end, summary->damaged_blocks), err);
}

/* first + ns, in stamps; saturating. */
static uint64_t stamp_of(const struct job *job, uint64_t ns)
{
	uint64_t first = analysis_result(job->analysis)->first_ts;
	uint64_t stamps = trace_header_stamps(trace_input_header(job->input), ns);
	return stamps > UINT64_MAX - first ? UINT64_MAX : first + stamps;
}

/* Second pass. */
static enum wsc_status translate(struct job *job, struct perfetto_counts *counts, struct trace_error *err)
{
	const struct values *values = job->values;
	struct feed feed = {.events = export_events, .restart = export_restart, .context = job};
	struct perfetto_source source = {.header = trace_input_header(job->input),
	                                 .result = analysis_result(job->analysis),
	                                 .from = values->from_ns == UINT64_MAX ? 0 : stamp_of(job, values->from_ns),
	                                 .to = stamp_of(job, values->to_ns)};
	source.workers = trace_input_workers(job->input, &source.worker_count);
	enum wsc_status status = trace_input_rewind(job->input, err);
	if (status != WSC_OK)
		return status;
	status = memory_status(perfetto_create(&job->perfetto, job->stream, &source), err);
	if (status == WSC_OK)
		status = feed_all(job->input, &feed, err);
	if (status == WSC_OK)
		perfetto_finish(job->perfetto, counts);
	return status;
}

/* What was written, on standard output unless the result itself is there. */
static int say(const struct job *job, const struct perfetto_counts *counts)
{
	char name[PAGE_NAME_MAX], slices[UNITS_MAX], flows[UNITS_MAX], reports[UNITS_MAX], deep[UNITS_MAX];
	if (counts->too_deep > 0)
		command_error(command_export.name,
		              "%s: %s run%s or sleeps, nested too deep or without an end, are left out", job->path,
		              units_count(deep, counts->too_deep), units_plural(counts->too_deep));
	if (output_is_stdout(job->values->output))
		return EXIT_CODE_PASS;
	printf("%s: %s slices, %s arrows of steals, %s reports; https://ui.perfetto.dev opens it\n",
	       page_clean(name, sizeof(name), job->values->output), units_count(slices, counts->slices),
	       units_count(flows, counts->flows), units_count(reports, counts->reports));
	if (fflush(stdout) != 0 || ferror(stdout))
		return command_error(command_export.name, "cannot write to standard output: %s", strerror(errno));
	return EXIT_CODE_PASS;
}

static int export_trace(struct job *job)
{
	struct trace_error err = {0};
	struct perfetto_counts counts = {0};
	struct output output;
	if (trace_input_open(&job->input, job->path, &err) != WSC_OK || judge(job, &err) != WSC_OK)
		return command_input_error(command_export.name, job->path, &err);
	if (!output_open(&output, command_export.name, job->values->output, OUTPUT_REPORT))
		return EXIT_CODE_TROUBLE;
	job->stream = output.stream;
	errno = 0;
	if (translate(job, &counts, &err) != WSC_OK && !ferror(output.stream)) {
		output_abandon(&output);
		return command_input_error(command_export.name, job->path, &err);
	}
	if (!output_commit(&output))
		return EXIT_CODE_TROUBLE;
	return say(job, &counts);
}

static int run(const struct command *command, int argc, char **argv)
{
	struct values values = {.from_ns = UINT64_MAX, .to_ns = UINT64_MAX};
	struct job job = {.values = &values};
	int first, code;
	analysis_options_init(&values.analysis);
	if (!command_options(command, argc, argv, &values, &first, &code))
		return code;
	job.path = command_operand(command, "trace", argc, argv, first);
	if (!job.path || output_is_input(command->name, values.output, job.path) ||
	    !output_check(command->name, values.output))
		return EXIT_CODE_TROUBLE;
	if (values.from_ns != UINT64_MAX && values.to_ns < values.from_ns)
		return command_error(command->name, "'--to' is before '--from'");
	if (!values.output && isatty(STDOUT_FILENO))
		return command_error(command->name, "this is no text for a terminal: name a file with '-o FILE'");
	if (!memory_bound(command->name, values.max_memory))
		return EXIT_CODE_TROUBLE;
	code = export_trace(&job);
	perfetto_free(job.perfetto);
	analysis_free(job.analysis);
	trace_input_free(job.input);
	return code;
}

const struct command command_export = {
    .name = "export",
    .summary = "write a trace for another tool: Perfetto's user interface",
    .operands = "[OPTION]... -o FILE TRACE",
    .about = "Writes TRACE, a trace file or JSON Lines, told apart by content, in the form of another tool: so far "
             "Perfetto's, whose user interface shows workers, runs, steals, sleep, queue depths and reports on one "
             "time line. '-' is standard input.",
    .exits =
        (const struct exit_row[]){
            {"0", "The file was written, whatever the verdict on the trace"},
            {"2", "Wrong usage, input that could not be read, or a result that could not be written"},
            {NULL, NULL},
        },
    .examples =
        (const struct example_row[]){
            {"Look at a run", "$ wscheck export trace.zst -o trace.pftrace"},
            {"At a stretch of a long one", "$ wscheck export --from 250ms --to 270ms trace.zst -o stretch.pftrace"},
            {NULL, NULL},
        },
    .form = ARGUMENT_FILE,
    .options = options,
    .option_count = sizeof(options) / sizeof(*options),
    .run = run,
};
