/* SPDX-License-Identifier: MIT */
/* wscheck merge: joins the reports of several traces, which may be those of many machines, and says the verdict on all. */
#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "bundle.h"
#include "command.h"
#include "json_read.h"
#include "memory.h"
#include "output.h"
#include "outputs.h"
#include "partial_file.h"
#include "report_file.h"
#include "rule_options.h"
#include "shard.h"
#include "temporary.h"

struct values {
	const char *format;
	struct option_list output;
	struct rule_options rules;
	bool quiet, verbose;
	uint64_t max_memory; /* bytes; 0: no bound */
};

#define ROW(field) .offset = offsetof(struct values, field)
#define FILES      .form = ARGUMENT_FILE
static const struct option_row options[] = {
    {'f', "format", OPTION_STRING, "FORMAT", ROW(format), .form = ARGUMENT_WORD, .words = words_formats,
     .words_shown = true,
     .help = "What is printed, text unless said otherwise. Reports are joined as text, json (one document with all of "
             "them) or html (one page)"},
    {'o', "output", OPTION_LIST, "[FORMAT=]PATH", ROW(output), .form = ARGUMENT_WORD_FILE, .words = words_formats,
     .help = "Write to PATH instead of standard output. Of shards also in other formats; may be repeated then"},
    {'v', "verbose", OPTION_FLAG, ROW(verbose),
     .help = "Text: list what passed, too. Of shards: tell every story, and show every worker and queue"},
    {'q', "quiet", OPTION_FLAG, ROW(quiet), .help = "Text: the verdict line alone"},
    RULE_OPTION_ROWS,
    MEMORY_OPTION_ROW,
};
#undef ROW
#undef FILES

struct merge {
	const struct values *values;
	const struct outputs_row *output;
	struct fleet *fleet;
	struct bundle bundle;
};

/* Text and the page are of the sums alone. */
static bool lists_reports(const struct merge *merge)
{
	return strcmp(merge->output->format->name, "json") == 0;
}

/* A report that can't be used is one that is missing. */
static enum wsc_status add_error(struct merge *merge, const char *path, const char *why)
{
	command_error(command_merge.name, "%s: %s", path, why);
	enum wsc_status status = fleet_add_error(merge->fleet, path, why);
	return status == WSC_OK && lists_reports(merge) ? bundle_add_error(&merge->bundle, path, why) : status;
}

/* The bundle takes a document: it is written anew as it was. */
static enum wsc_status add_document(struct merge *merge, const char *path, json_object *report)
{
	struct json_document document = {.root = json_object_get(report)};
	FILE *text = temporary_stream();
	if (!text) {
		json_object_put(document.root);
		return WSC_IO;
	}
	enum wsc_status status = json_document_write(&document, text);
	if (status == WSC_OK && (ferror(text) || fseek(text, 0, SEEK_SET) != 0))
		status = WSC_IO;
	if (status == WSC_OK)
		status = bundle_add(&merge->bundle, path, text);
	fclose(text);
	return status;
}

static enum wsc_status add_report(struct merge *merge, const char *path, json_object *report)
{
	char wrong[FLEET_WRONG_MAX];
	enum wsc_status status = fleet_add(merge->fleet, path, report, wrong);
	if (status == WSC_FORMAT)
		return add_error(merge, path, wrong);
	return status == WSC_OK && lists_reports(merge) ? add_document(merge, path, report) : status;
}

static const char *string_of(json_object *object, const char *key)
{
	json_object *value;
	if (!json_object_is_type(object, json_type_object) || !json_object_object_get_ex(object, key, &value) ||
	    !json_object_is_type(value, json_type_string))
		return NULL;
	return json_object_get_string(value);
}

/* What was merged before, or written of several traces in one call, keeps its names. */
static enum wsc_status add_fleet(struct merge *merge, const char *path, json_object *fleet)
{
	json_object *traces, *report = NULL;
	enum wsc_status status = WSC_OK;
	if (!json_object_object_get_ex(fleet, "traces", &traces) || !json_object_is_type(traces, json_type_array))
		return add_error(merge, path, "reports of several traces that lists no `traces`");
	for (size_t i = 0; i < json_object_array_length(traces) && status == WSC_OK; i++) {
		json_object *row = json_object_array_get_idx(traces, i);
		const char *name = string_of(row, "path"), *why = string_of(row, "error");
		if (!name)
			status = add_error(merge, path, "one of its traces has no `path`");
		else if (why)
			status = add_error(merge, name, why);
		else if (json_object_object_get_ex(row, "report", &report))
			status = add_report(merge, name, report);
		else
			status = add_error(merge, name, "there is no report on it");
	}
	return status;
}

static enum wsc_status add(struct merge *merge, const struct report_file *file)
{
	char wrong[JSON_READ_WRONG_MAX];
	json_object *root = NULL;
	const char *path = file->path;
	const int fd = report_file_open(file);
	if (fd < 0)
		return add_error(merge, path, memory_strerror(errno));
	enum wsc_status status = json_read_from(fd, &root, wrong);
	report_file_close(file, fd);
	if (status == WSC_OK) {
		const char *schema = string_of(root, "schema");
		status = schema && strcmp(schema, FLEET_SCHEMA) == 0 ? add_fleet(merge, path, root)
		                                                     : add_report(merge, path, root);
	} else if (status != WSC_NOMEM) {
		status = add_error(merge, path, wrong);
	}
	json_object_put(root);
	return status;
}

static enum wsc_status write_all(void *context, const struct page *page)
{
	struct merge *merge = context;
	return bundle_write(&merge->bundle, merge->fleet, page);
}

static int exit_code(const struct fleet *fleet, bool allow_incomplete)
{
	if (fleet->unreadable > 0)
		return EXIT_CODE_TROUBLE;
	if (fleet->verdicts[ANALYSIS_FAIL] > 0)
		return EXIT_CODE_FAIL;
	return fleet->verdicts[ANALYSIS_INCONCLUSIVE] > 0 && !allow_incomplete ? EXIT_CODE_INCONCLUSIVE
	                                                                       : EXIT_CODE_PASS;
}

static enum report_detail detail(const struct values *values)
{
	return values->quiet ? REPORT_QUIET : values->verbose ? REPORT_FULL : REPORT_NORMAL;
}

/* `path`: of the report that was read last, or NULL. */
static int not_joined(const char *path, enum wsc_status status)
{
	return status == WSC_NOMEM ? memory_error(command_merge.name, path)
	                           : command_error(command_merge.name, TEMPORARY_WRONG);
}

static int join(struct merge *merge, const struct report_file *files, size_t count)
{
	const char *name = command_merge.name;
	merge->fleet = fleet_create();
	const char *path = NULL;
	enum wsc_status status = merge->fleet ? WSC_OK : WSC_NOMEM;
	if (status == WSC_OK)
		status = bundle_init(&merge->bundle, merge->output->format, detail(merge->values));
	for (size_t i = 0; i < count && status == WSC_OK; i++) {
		path = files[i].path;
		status = add(merge, &files[i]);
	}
	if (status != WSC_OK)
		return not_joined(path, status);
	if (!outputs_write_to(name, merge->output->path, write_all, merge))
		return EXIT_CODE_TROUBLE;
	return exit_code(merge->fleet, merge->values->rules.allow_incomplete);
}

/* What can be made of reports is less than what can be made of a trace. */
static bool is_for_reports(const struct values *values, const struct outputs *outputs)
{
	static const char *const formats[] = {"text", "json", "html"};
	const char *name = command_merge.name, *format = outputs->rows[0].format->name;
	bool known = false;
	for (size_t i = 0; i < sizeof(formats) / sizeof(*formats); i++)
		known |= strcmp(format, formats[i]) == 0;
	if (outputs->count > 1)
		command_error(name, "reports are joined to one output: name one");
	else if (!known)
		command_error(name, "reports are joined as text, json or html, not as %s", format);
	else if (rule_options_are_given(&values->rules))
		command_error(name, "reports are judged already: only of the shards of a trace may an option say what "
		                    "counts, and what is shown");
	else
		return true;
	return false;
}

static int join_reports(const struct values *values, const struct outputs *outputs, const struct report_file *files,
                        size_t count)
{
	struct merge merge = {.values = values, .output = &outputs->rows[0]};
	if (!is_for_reports(values, outputs))
		return EXIT_CODE_TROUBLE;
	const int code = join(&merge, files, count);
	bundle_free(&merge.bundle);
	fleet_free(merge.fleet);
	return code;
}

static int join_shards(const struct values *values, const struct outputs *outputs, const struct report_file *files,
                       size_t count)
{
	struct rules rules;
	const struct shard_report how = {.command = command_merge.name,
	                                 .outputs = outputs,
	                                 .options = &values->rules,
	                                 .rules = &rules,
	                                 .detail = detail(values)};
	int code = EXIT_CODE_TROUBLE;
	if (rule_options_read(&values->rules, command_merge.name, &rules))
		code = shards_merge(&how, files, count);
	rules_free(&rules);
	return code;
}

static bool is_shard(const struct report_file *file)
{
	const int fd = report_file_open(file);
	const bool is = fd >= 0 && partial_file_begins(fd);
	report_file_close(file, fd);
	return is;
}

static int join_files(const struct values *values, const struct outputs *outputs, char *const *paths, size_t count)
{
	const char *name = command_merge.name;
	struct report_file *files = calloc(count, sizeof(*files));
	bool ok = true, shards = false;
	size_t kept = 0;
	if (!files)
		return memory_error(name, paths[0]);
	for (; kept < count && ok; kept++) {
		ok = report_file_init(&files[kept], paths[kept]);
		shards |= ok && is_shard(&files[kept]);
	}
	const int code = ok ? (shards ? join_shards : join_reports)(values, outputs, files, count)
	                    : command_error(name, TEMPORARY_WRONG);
	while (kept-- > 0)
		report_file_free(&files[kept]);
	free(files);
	return code;
}

static int run(const struct command *command, int argc, char **argv)
{
	struct values values = {.format = NULL};
	struct outputs outputs;
	int first, code;
	rule_options_init(&values.rules);
	if (!command_options(command, argc, argv, &values, &first, &code))
		return code;
	char **paths = argv + first;
	if (first == argc)
		return command_error(command->name, "no report is named (see 'wscheck %s --help')", command->name);
	if (!outputs_init(&outputs, command->name, values.format, &values.output, paths) ||
	    !rule_options_are_spared(&values.rules, command->name, &outputs) ||
	    !memory_bound(command->name, values.max_memory))
		return EXIT_CODE_TROUBLE;
	return join_files(&values, &outputs, paths, (size_t)(argc - first));
}

const struct command command_merge = {
    .name = "merge",
    .summary = "join the reports of several traces, or the shards of one",
    .operands = "[OPTION]... REPORT...",
    .about =
        "Joins reports that 'wscheck analyze --format json' wrote, of one trace or of several, and what was merged "
        "before, and says what they are in all: the same as one call over all the traces. So the traces of many "
        "machines can be analyzed where they are. A report that can't be read counts as one that is missing, and "
        "takes no other with it. Or joins what 'wscheck analyze --shard' wrote of all the "
        "shards of one trace, told apart by content: to the report that one machine would have given, to the byte. "
        "Any of these may come from a pipe; '-' is standard input.",
    .exits =
        (const struct exit_row[]){
            {"0", "Every trace passed, or a trace whose shards these are"},
            {"1", "At least one failed"},
            {"2",
             "Wrong usage, a trace or a report that could not be read, shards that are not those of one trace, or a "
             "result that could not be written"},
            {"3", "None failed, but at least one is inconclusive"},
            {NULL, NULL},
        },
    .examples =
        (const struct example_row[]){
            {"The traces of a fleet, each analyzed where it was recorded",
             "$ wscheck analyze -f json -o reports/$(hostname).json trace.zst\n"
             "$ wscheck merge reports/*.json"},
            {"One document for programs, and a page for people", "$ wscheck merge -f json -o all.json reports/*.json\n"
                                                                 "$ wscheck merge -f html -o all.html all.json"},
            {"One trace, in two shards", "$ wscheck analyze --shard 0/2 -o first trace.zst\n"
                                         "$ wscheck analyze --shard 1/2 -o second trace.zst\n"
                                         "$ wscheck merge first second"},
            {NULL, NULL},
        },
    .form = ARGUMENT_FILE,
    .options = options,
    .option_count = sizeof(options) / sizeof(*options),
    .run = run,
};
