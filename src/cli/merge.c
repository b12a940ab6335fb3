/* SPDX-License-Identifier: MIT */
/* wscheck merge: joins the reports of several traces, which may be those of many machines, and says the verdict on all. */
#include <string.h>

#include "bundle.h"
#include "command.h"
#include "json_read.h"
#include "output.h"
#include "outputs.h"

static const char *const formats[] = {"text", "json", "html", NULL};

struct values {
	unsigned format;
	const char *output;
	bool quiet, verbose, allow_incomplete;
};

#define ROW(field) .offset = offsetof(struct values, field)
static const struct option_row options[] = {
    {'f', "format", OPTION_CHOICE, "FORMAT", formats, ROW(format),
     .help = "text (default): what they are in all. json: one document with all reports. html: one page"},
    {'o', "output", OPTION_STRING, "FILE", ROW(output), .form = ARGUMENT_FILE,
     .help = "Write to FILE instead of standard output"},
    {'v', "verbose", OPTION_FLAG, ROW(verbose), .help = "Text: list what passed, too"},
    {'q', "quiet", OPTION_FLAG, ROW(quiet), .help = "Text: the verdict line alone"},
    {0, "allow-incomplete", OPTION_FLAG, ROW(allow_incomplete),
     .help = "Exit 0 instead of 3 when no trace failed, and some are inconclusive"},
};
#undef ROW

struct merge {
	const struct values *values;
	struct fleet *fleet;
	struct bundle bundle;
};

/* Text and the page are of the sums alone. */
static bool lists_reports(const struct merge *merge)
{
	return strcmp(formats[merge->values->format], "json") == 0;
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
	FILE *text = tmpfile();
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

static enum wsc_status add(struct merge *merge, const char *path)
{
	char wrong[JSON_READ_WRONG_MAX];
	json_object *root = NULL;
	enum wsc_status status = json_read(path, &root, wrong);
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

static int join(struct merge *merge, char *const *paths)
{
	const struct values *values = merge->values;
	const char *name = command_merge.name, *format = formats[values->format];
	const enum report_detail detail = values->quiet ? REPORT_QUIET : values->verbose ? REPORT_FULL : REPORT_NORMAL;
	merge->fleet = fleet_create();
	enum wsc_status status = merge->fleet ? WSC_OK : WSC_NOMEM;
	if (status == WSC_OK)
		status = bundle_init(&merge->bundle, report_format_find(format, strlen(format)), detail);
	for (; *paths && status == WSC_OK; paths++)
		status = add(merge, *paths);
	if (status != WSC_OK)
		return command_error(name, status == WSC_NOMEM ? "out of memory"
		                                               : "a temporary file can't be written or read");
	if (!outputs_write_to(name, values->output, write_all, merge))
		return EXIT_CODE_TROUBLE;
	return exit_code(merge->fleet, values->allow_incomplete);
}

static int run(const struct command *command, int argc, char **argv)
{
	struct values values = {.format = 0};
	struct merge merge = {.values = &values};
	int first, code;
	if (!command_options(command, argc, argv, &values, &first, &code))
		return code;
	if (first == argc)
		return command_error(command->name, "no report is named (see 'wscheck %s --help')", command->name);
	for (int i = first; i < argc; i++) {
		if (output_is_input(command->name, values.output, argv[i]))
			return EXIT_CODE_TROUBLE;
	}
	if (!output_check(command->name, values.output))
		return EXIT_CODE_TROUBLE;
	code = join(&merge, argv + first);
	bundle_free(&merge.bundle);
	fleet_free(merge.fleet);
	return code;
}

const struct command command_merge = {
    .name = "merge",
    .summary = "join the reports of several traces: one verdict, one document",
    .operands = "[OPTION]... REPORT...",
    .about =
        "Joins reports that 'wscheck analyze --format json' wrote, of one trace or of several, and what was merged "
        "before, and says what they are in all: the same as one call over all the traces. So the traces of many "
        "machines can be analyzed where they are. A report that can't be read counts as one that is missing, and "
        "takes no other with it. '-' is standard input.",
    .exits =
        (const struct exit_row[]){
            {"0", "Every trace passed"},
            {"1", "At least one failed"},
            {"2", "Wrong usage, a trace or a report that could not be read, or a result that could not be written"},
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
            {NULL, NULL},
        },
    .form = ARGUMENT_FILE,
    .options = options,
    .option_count = sizeof(options) / sizeof(*options),
    .run = run,
};
