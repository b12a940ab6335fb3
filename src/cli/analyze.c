/* SPDX-License-Identifier: MIT */
/* wscheck analyze: reads a trace, judges it, tells why, and says the verdict with its exit code. */
#include <stdint.h>
#include <string.h>
#include <unistd.h>

#include "command.h"
#include "cpus.h"
#include "life.h"
#include "many.h"
#include "memory.h"
#include "output.h"
#include "outputs.h"
#include "passes.h"
#include "report.h"
#include "rule_options.h"
#include "shard.h"
#include "words.h"

struct values {
	const char *format;
	struct option_list output;
	struct rule_options rules;
	const char *shard;
	bool verbose, quiet, in_all;
	uint64_t from_ns, to_ns; /* what is read */
	uint64_t task;           /* whose life is told, or 0 */
	uint64_t jobs;
	uint64_t max_memory; /* bytes, for each trace; 0: no bound */
	struct analysis_options analysis;
};

#define ROW(field) .offset = offsetof(struct values, field)
#define FILES      .form = ARGUMENT_FILE
static const struct option_row options[] = {
    {'f', "format", OPTION_STRING, "FORMAT", ROW(format), .form = ARGUMENT_WORD, .words = words_formats,
     .words_shown = true, .help = "What is printed, text unless said otherwise"},
    {'o', "output", OPTION_LIST, "[FORMAT=]PATH", ROW(output), .form = ARGUMENT_WORD_FILE, .words = words_formats,
     .help = "Also write the report to PATH in that format; may be repeated. Without FORMAT=, what would be printed "
             "goes to PATH. '-' is standard output"},
    {'v', "verbose", OPTION_FLAG, ROW(verbose),
     .help = "Text: tell every story, and show every worker and queue, and who stole from where"},
    {'q', "quiet", OPTION_FLAG, ROW(quiet),
     .help = "Text: the verdict line alone. On a terminal, no line that says how far the reading is"},
    {'e', "explain", OPTION_TASK, "TASK", ROW(task),
     .help = "Text: instead of the report, tell the life of one task, in decimal or as 0x hexadecimal"},
    RULE_OPTION_ROWS,
    {0, "from", OPTION_DURATION, "TIME", ROW(from_ns),
     .help = "Analyze only what lies from this time on, into the trace as reports say it: 1.5ms. What lies before was "
             "not seen, and the verdict is inconclusive at best"},
    {0, "to", OPTION_DURATION, "TIME", ROW(to_ns),
     .help = "Analyze only what lies up to this time. Of a trace with an index, blocks outside of a range "
             "are not decoded"},
    {0, "uncertainty", OPTION_DURATION, "DURATION", ROW(analysis.uncertainty_ns),
     .help = "Stamps of different workers this close may be in either order, whatever the trace says"},
    {0, "publish", OPTION_DURATION, "DURATION", ROW(analysis.publish_ns),
     .help = "A push is visible this long after its bound at the latest, whatever the trace says"},
    {0, "slow-steal", OPTION_DURATION, "DURATION", ROW(analysis.slow_steal_ns),
     .help = "Report a successful steal that took longer than this (default 1ms)"},
    {0, "idle", OPTION_DURATION, "DURATION", ROW(analysis.idle_ns),
     .help = "Report a worker that slept longer than this beside work it could steal (default 5ms)"},
    {0, "shard", OPTION_STRING, "I/N", ROW(shard),
     .help = "Analyze the Ith of N shards of the trace, from 0 on, and write a partial result, which 'wscheck merge' "
             "joins with the others. What counts and what is shown is said there"},
    {'j', "jobs", OPTION_COUNT, "N", ROW(jobs),
     .help = "Use N threads, or of several traces N processes (default: one for each processor that may be used). The "
             "report does not depend on it"},
    {0, "in-all", OPTION_FLAG, ROW(in_all),
     .help = "Report on one trace as on several: each document has that form, whatever a pattern finds"},
    {0, "max-memory", OPTION_BYTES, "SIZE", ROW(max_memory),
     .help = "Take no more memory than SIZE, such as 512M, for a trace: what does not fit in one pass is analyzed in "
             "several, over shares of the tasks. Where that is too much, too, exit with 2"},
};
#undef ROW
#undef FILES

struct job {
	struct values *values;
	struct rules rules;
	struct judgement judgement;
	struct outputs outputs;
	struct passes passes;
	struct life *life;
	unsigned threads;   /* for one trace */
	FILE *const *files; /* of several traces: where the documents go (many.h), or NULL */
};

static enum report_detail detail(const struct values *values)
{
	return values->quiet ? REPORT_QUIET : values->verbose ? REPORT_FULL : REPORT_NORMAL;
}

/* Reports that are kept where not the first ones are asked for, but those on one task. */
enum { EXPLAIN_REPORTS_MAX = 1 << 16 };

static enum wsc_status life_restart(void *context)
{
	struct job *job = context;
	size_t count;
	const struct trace_header *header = trace_input_header(job->passes.input);
	const uint32_t *workers = trace_input_workers(job->passes.input, &count);
	uint64_t uncertainty_ns = job->values->analysis.uncertainty_ns;
	if (uncertainty_ns == UINT64_MAX)
		uncertainty_ns = header->uncertainty_ns;
	life_free(job->life);
	return life_create(&job->life, header, workers, count, trace_header_stamps(header, uncertainty_ns),
	                   job->values->task);
}

static enum wsc_status life_events(void *context, const struct wsc_event *events, size_t count)
{
	struct job *job = context;
	return life_feed(job->life, events, count);
}

/* The findings and statistics. What takes more memory than it may in one pass may do so in several. */
static enum wsc_status judge(struct job *job, struct trace_error *err)
{
	enum wsc_status status = passes_whole(&job->passes, err);
	return status == WSC_NOMEM && job->values->max_memory > 0 ? passes_in_bound(&job->passes, err) : status;
}

/* The evidence, when there is something to prove, and somebody to read it. */
static enum wsc_status tell(struct job *job, struct trace_error *err)
{
	if (!rules_need_evidence(&job->rules) && !outputs_need_evidence(&job->outputs, detail(job->values)))
		return WSC_OK;
	return passes_evidence(&job->passes, err);
}

/* Where one task is to be explained: its events. */
static enum wsc_status explain(struct job *job, struct trace_error *err)
{
	const struct feed feed = {.events = life_events, .restart = life_restart, .context = job};
	enum wsc_status status = passes_feed(&job->passes, &feed, err);
	if (status == WSC_OK && life_event_count(job->life) == 0)
		status = trace_error_set(err, WSC_INVALID, 0, "no event concerns task %llu",
		                         (unsigned long long)job->values->task);
	return status;
}

/* Instead of the report: the life of one task. */
static bool print_life(const struct job *job, const struct report *report)
{
	struct output output;
	if (!output_open(&output, command_analyze.name, job->outputs.rows[0].path, OUTPUT_REPORT))
		return false;
	struct page page = command_page(output.stream);
	report_life(report, &page, job->life);
	return output_commit(&output);
}

/* What the input's reader or the analysis says. */
static int input_error(const struct job *job, const char *path, const struct trace_error *err)
{
	char words[COMMAND_WORDS_MAX];
	int code = command_input_error(command_analyze.name, path, err);
	return job->files ? many_give_up(&job->outputs, command_input_words(words, path, err), job->files) : code;
}

static int no_memory(const struct job *job, const char *path)
{
	struct trace_error err = {0};
	memory_status(WSC_NOMEM, &err);
	return input_error(job, path, &err);
}

/* Of one trace. False: it could not be written. */
static bool write_report(const struct job *job, const struct report *report)
{
	const char *name = command_analyze.name;
	if (!(job->life ? print_life(job, report) : outputs_write(&job->outputs, name, report)))
		return false;
	command_unfinished(name, report->path);
	rule_options_note_filters(&job->values->rules, name, report);
	rule_options_note_files(&job->rules, name);
	return true;
}

static int report(struct job *job, const char *path)
{
	struct report report = {
	    .path = path,
	    .header = trace_input_header(job->passes.input),
	    .summary = trace_input_summary(job->passes.input),
	    .options = &job->values->analysis,
	    .result = job->passes.result,
	    .detail = detail(job->values),
	};
	if (!rule_options_has_story(&job->rules, command_analyze.name, report.result))
		return EXIT_CODE_TROUBLE;
	if (judgement_init(&job->judgement, &report, &job->rules) != WSC_OK)
		return no_memory(job, path);
	if (!job->files && !write_report(job, &report))
		return EXIT_CODE_TROUBLE;
	if (job->files && many_hand_over(&job->outputs, &report, job->files) != WSC_OK)
		return no_memory(job, path);
	if (job->files)
		command_unfinished(command_analyze.name, path);
	return command_exit_code(report.verdict, job->rules.allow_incomplete);
}

/* Only the range that was asked for, if one was. */
static enum wsc_status narrow(struct job *job, struct trace_error *err)
{
	const struct values *values = job->values;
	if (values->from_ns == 0 && values->to_ns == UINT64_MAX)
		return WSC_OK;
	return trace_input_limit(job->passes.input, values->from_ns, values->to_ns, err);
}

static enum wsc_status open_trace(struct job *job, const char *path, struct trace_error *err)
{
	job->passes = (struct passes){.options = &job->values->analysis,
	                              .is_quiet = job->values->quiet,
	                              .threads = job->threads,
	                              .kept = job->values->analysis.max_reports};
	enum wsc_status status = trace_input_open(&job->passes.input, path, err);
	return status == WSC_OK ? narrow(job, err) : status;
}

static int analyze(struct job *job, const char *path)
{
	struct trace_error err = {0};
	uint64_t *kept = &job->values->analysis.max_reports;
	*kept = rules_kept(&job->rules);
	if (job->values->task != 0)
		*kept = EXPLAIN_REPORTS_MAX;
	if (open_trace(job, path, &err) != WSC_OK || judge(job, &err) != WSC_OK ||
	    (job->values->task != 0 ? explain(job, &err) : tell(job, &err)) != WSC_OK)
		return input_error(job, path, &err);
	return report(job, path);
}

/* The partial result has enough for whatever rules are applied to it. */
static int analyze_shard(struct job *job, const struct shard *shard, const char *path)
{
	struct trace_error err = {0};
	struct values *values = job->values;
	const char *output = values->output.count > 0 ? values->output.items[0] : NULL;
	const uint64_t asked = values->rules.max_reports;
	values->analysis.max_reports = asked > RULES_REPORTS_MAX ? asked : RULES_REPORTS_MAX;
	if (open_trace(job, path, &err) != WSC_OK)
		return input_error(job, path, &err);
	const int code = shard_write(shard, command_analyze.name, &job->passes, path, output, &err);
	return err.status == WSC_OK ? code : input_error(job, path, &err);
}

static void finish(struct job *job)
{
	life_free(job->life);
	passes_forget(&job->passes);
	judgement_free(&job->judgement);
	trace_input_free(job->passes.input);
}

/* One of several, in a process of its own: the rules and the outputs are those of all. */
static int analyze_one_of_many(void *context, const char *path, FILE *const *files)
{
	struct job *job = context;
	job->files = files;
	int code = analyze(job, path);
	finish(job);
	return code;
}

/* More are of no use. */
enum { JOBS_MAX = 1024 };

static uint64_t jobs_of(const struct values *values)
{
	const uint64_t jobs = values->jobs > 0 ? values->jobs : cpus_usable();
	return jobs < JOBS_MAX ? jobs : JOBS_MAX;
}

static int analyze_many(struct job *job, char *const *paths, size_t count)
{
	struct values *values = job->values;
	const uint64_t jobs = jobs_of(values), at_a_time = jobs < count ? jobs : count;
	job->threads = (unsigned)(jobs / at_a_time);
	const struct many many = {.command = command_analyze.name,
	                          .paths = paths,
	                          .count = count,
	                          .jobs = (unsigned)at_a_time,
	                          .is_quiet = values->quiet,
	                          .outputs = &job->outputs,
	                          .rules = &job->rules,
	                          .detail = detail(values),
	                          .analyze = analyze_one_of_many,
	                          .context = job};
	int code = many_run(&many);
	rule_options_note_files(&job->rules, command_analyze.name);
	return code;
}

/* False, with a message: several traces, and an option that is about one. */
static bool is_for_many(const struct values *values)
{
	const char *name = command_analyze.name, *remedy = values->in_all ? "leave out '--in-all'" : "name one";
	if (values->task != 0)
		command_error(name, "'--explain' tells a life in one trace: %s", remedy);
	else if (values->rules.story != RULE_OPTIONS_ALL)
		command_error(name, "'--story' tells a story of one trace: %s", remedy);
	else
		return true;
	return false;
}

/* False, with a message: two options ask for what can't both be had. */
static bool do_options_agree(const struct values *values, const struct outputs *outputs)
{
	const char *name = command_analyze.name;
	const struct rule_options *rules = &values->rules;
	const bool story = rules->story != RULE_OPTIONS_ALL, life = values->task != 0;
	const bool filter = rules->kinds.count + rules->tasks.count + rules->workers.count + rules->queues.count > 0;
	const bool range = values->from_ns > 0 || values->to_ns < UINT64_MAX;
	if (life && (outputs->count != 1 || !report_format_is_text(outputs->rows[0].format)))
		command_error(name, "'--explain' tells a life as text, and once: not as %s",
		              outputs->rows[0].format->name);
	else if (values->from_ns > values->to_ns)
		command_error(name, "'--from' lies behind '--to'");
	else if (life && (story || values->quiet || filter || range))
		command_error(name, "'--explain' tells the whole life of a task instead of the report: leave out %s",
		              story           ? "'--story'"
		              : values->quiet ? "'--quiet'"
		              : range         ? "'--from' and '--to'"
		                              : "the filters");
	else if (story && values->quiet && !outputs_need_evidence(outputs, REPORT_QUIET))
		command_error(name, "'--quiet' prints the verdict line alone, and '--story' a story: leave one out");
	else
		return true;
	return false;
}

/* False, with a message: a shard is one of one trace, and its partial result no report. */
static bool is_for_shard(const struct values *values, size_t count)
{
	const char *name = command_analyze.name;
	struct rule_options rules = values->rules, defaults;
	rule_options_init(&defaults);
	rules.max_reports = defaults.max_reports;
	if (count > 1 || values->in_all)
		command_error(name, "'--shard' is of one trace: name one");
	else if (values->format || values->verbose || values->rules.allow_incomplete || rule_options_are_given(&rules))
		command_error(
		    name, "'--shard' writes a partial result, and no report: say to 'wscheck merge' what it is to be "
		          "like, and what counts");
	else if (values->from_ns > values->to_ns)
		command_error(name, "'--from' lies behind '--to'");
	else if (values->task != 0)
		command_error(name, "'--explain' tells a life in a whole trace: leave out '--shard'");
	else if (values->output.count > 1)
		command_error(name, "'--shard' writes one file: name one with '-o'");
	else if (isatty(STDOUT_FILENO) && (values->output.count == 0 || output_is_stdout(values->output.items[0])))
		command_error(name, "a partial result is not for a terminal: name a file with '-o'");
	else
		return values->output.count == 0 || output_check(name, values->output.items[0]);
	return false;
}

static int run_shard(struct job *job, char *const *paths, size_t count)
{
	struct values *values = job->values;
	struct shard shard;
	int code = EXIT_CODE_TROUBLE;
	if (!shard_parse(&shard, command_analyze.name, values->shard) || !is_for_shard(values, count) ||
	    (values->output.count > 0 && output_is_input(command_analyze.name, values->output.items[0], paths[0])))
		return EXIT_CODE_TROUBLE;
	if (memory_bound(command_analyze.name, values->max_memory))
		code = analyze_shard(job, &shard, paths[0]);
	finish(job);
	return code;
}

static int run(const struct command *command, int argc, char **argv)
{
	/* Not on the stack, which may be small: 300 KiB. */
	static struct values values = {.to_ns = UINT64_MAX};
	static struct job job = {.values = &values};
	int first, code;
	analysis_options_init(&values.analysis);
	rule_options_init(&values.rules);
	if (!command_options(command, argc, argv, &values, &first, &code))
		return code;
	char **paths = argv + first;
	const size_t count = (size_t)(argc - first);
	const bool many = count > 1 || values.in_all;
	job.threads = (unsigned)jobs_of(&values);
	if (count == 0)
		return command_error(command->name, "no trace is named (see 'wscheck %s --help')", command->name);
	if (values.shard)
		return run_shard(&job, paths, count);
	if (!outputs_init(&job.outputs, command->name, values.format, &values.output, paths) ||
	    !rule_options_are_spared(&values.rules, command->name, &job.outputs) ||
	    !do_options_agree(&values, &job.outputs))
		return EXIT_CODE_TROUBLE;
	if (many && (!is_for_many(&values) || !many_can_be_read(command->name, paths, count)))
		return EXIT_CODE_TROUBLE;
	code = EXIT_CODE_TROUBLE;
	if (memory_bound(command->name, values.max_memory) &&
	    rule_options_read(&values.rules, command->name, &job.rules))
		code = many ? analyze_many(&job, paths, count) : analyze(&job, paths[0]);
	finish(&job);
	rules_free(&job.rules);
	return code;
}

const struct command command_analyze = {
    .name = "analyze",
    .summary = "replay a trace and say pass, fail or inconclusive, with evidence",
    .operands = "[OPTION]... TRACE...",
    .about = "Replays TRACE through an ownership state machine for each task and an order check for each queue, and "
             "says pass, fail or inconclusive, with the evidence and statistics. TRACE is a trace file or JSON Lines, "
             "told apart by content; '-' is standard input. Several are analyzed in parallel: there is a report on "
             "each, in the order in which they are named, and on all; the exit code is the worst, of 2, 1, 3 and 0 "
             "in this order.",
    .exits =
        (const struct exit_row[]){
            {"0", "Pass: the trace is complete to a clean end, nothing is unknown, no error that counts"},
            {"1", "Fail: at least one error that counts, or an exceeded budget"},
            {"2", "Wrong usage, unreadable input, or the report could not be written"},
            {"3", "Inconclusive: no error that counts, but the trace is cut, stalled, a window, lossy, damaged or "
                  "empty, something in it could not be decided, or a budget could not be measured"},
            {NULL, NULL},
        },
    .examples =
        (const struct example_row[]){
            {"Fail on warnings too, and do not mind that the run was killed",
             "$ wscheck analyze --fail-on warning --allow-incomplete trace.zst"},
            {"Which tasks ran twice", "$ wscheck analyze -f json trace.zst | jq '.violations[].task'"},
            {"Print the report, and keep it for programs, CI servers and browsers",
             "$ wscheck analyze -o json=r.json -o junit=r.xml -o html=r.html trace.zst"},
            {"A gate that holds latencies, too", "$ wscheck analyze --max p99.steal_latency=50us \\\n"
                                                 "    --max failed_steal_ratio=0.9 trace.zst"},
            {"Accept what the last release had", "$ wscheck analyze --baseline release.json trace.zst"},
            {"Accept slow steals of the tests on a busy machine, for a while",
             "$ cat accepted\n"
             "slow_steal label=bench* until=2027-01-31 reason=\"shared runners\"\n"
             "$ wscheck analyze --fail-on slow_steal --suppressions accepted trace.zst"},
            {"The traces of a night, one verdict and one document for all",
             "$ wscheck analyze -q -o json=all.json traces/*.zst"},
            {"One trace on two machines, in as much memory as each half needs",
             "$ wscheck analyze --shard 0/2 -o first trace.zst\n"
             "$ wscheck analyze --shard 1/2 -o second trace.zst\n"
             "$ wscheck merge first second"},
            {"What became of one task", "$ wscheck analyze --explain 1099 trace.zst"},
            {NULL, NULL},
        },
    .form = ARGUMENT_FILE,
    .options = options,
    .option_count = sizeof(options) / sizeof(*options),
    .run = run,
};
