/* SPDX-License-Identifier: MIT */
#include "shard.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "command.h"
#include "memory.h"
#include "output.h"
#include "partial_file.h"

bool shard_parse(struct shard *shard, const char *command, const char *text)
{
	char *end = NULL;
	const uint64_t index = strtoull(text, &end, 10);
	const bool slash = end != text && *end == '/';
	const char *second = slash ? end + 1 : end;
	const uint64_t count = strtoull(second, &end, 10);
	if (!slash || end == second || *end != '\0' || text[0] < '0' || text[0] > '9' || second[0] < '0' ||
	    second[0] > '9') {
		command_error(command, "'--shard %s': I/N is needed, such as 0/4 for the first of four", text);
		return false;
	}
	if (count == 0 || count > SHARE_COUNT_MAX || index >= count) {
		command_error(command, "'--shard %s': I is counted from 0, N is at most %d, and I is less than N", text,
		              SHARE_COUNT_MAX);
		return false;
	}
	*shard = (struct shard){(uint32_t)index, (uint32_t)count};
	return true;
}

/* --- writing --- */

static int write_file(const struct partial_file *file, const char *command, const char *path)
{
	struct output output;
	if (!output_open(&output, command, path, OUTPUT_REPORT))
		return EXIT_CODE_TROUBLE;
	const enum wsc_status status = partial_file_write(file, output.stream);
	if (status == WSC_OK)
		return output_commit(&output) ? EXIT_CODE_PASS : EXIT_CODE_TROUBLE;
	output_abandon(&output);
	return command_error(command, "cannot write %s: %s", output_name(path),
	                     status == WSC_NOMEM ? memory_wrong() : "the partial result is too large: use more shards");
}

int shard_write(const struct shard *shard, const char *command, struct passes *passes, const char *path,
                const char *output, struct trace_error *err)
{
	if (passes_shard(passes, shard->index, shard->count, err) != WSC_OK)
		return EXIT_CODE_TROUBLE;
	char *name = strdup(path);
	if (name == NULL)
		return memory_error(command, path);
	/* All is borrowed. */
	const struct partial_file file = {.index = shard->index,
	                                  .path = name,
	                                  .origin = {.count = shard->count,
	                                             .header = *trace_input_header(passes->input),
	                                             .summary = *trace_input_summary(passes->input),
	                                             .options = *passes->options},
	                                  .partial = passes->partial};
	const int code = write_file(&file, command, output);
	free(name);
	return code;
}

/* --- merging --- */

struct merge {
	const struct shard_report *how;
	struct partial all;
	struct partial_file first; /* its partial is empty: it is among all */
	const char *first_path;
	const char **paths; /* by index: where that shard was read from, or NULL */
};

/* Says why two files are not of one analysis. */
static int not_together(const struct merge *merge, const struct partial_file *file, const char *path)
{
	const struct partial_origin *a = &merge->first.origin, *b = &file->origin;
	const char *name = merge->how->command;
	if (a->count != b->count)
		return command_error(name, "%s is one of %" PRIu32 " shards, and %s of %" PRIu32 ": merge those of one",
		                     merge->first_path, a->count, path, b->count);
	if (a->options.uncertainty_ns != b->options.uncertainty_ns || a->options.publish_ns != b->options.publish_ns ||
	    a->options.slow_steal_ns != b->options.slow_steal_ns || a->options.idle_ns != b->options.idle_ns ||
	    a->options.max_reports != b->options.max_reports)
		return command_error(name,
		                     "%s and %s were analyzed with different options: use the same for all shards",
		                     merge->first_path, path);
	return command_error(name, "%s and %s are shards of different traces, or of different stretches of one",
	                     merge->first_path, path);
}

/* The first says what the others must be of. */
static bool take_first(struct merge *merge, struct partial_file *file, const char *path)
{
	merge->paths = calloc(file->origin.count, sizeof(*merge->paths));
	merge->first = *file;
	merge->first_path = path;
	partial_init(&merge->first.partial);
	file->origin = (struct partial_origin){0}; /* they are the first's now */
	file->path = NULL;
	file->origin_bytes = NULL;
	return merge->paths != NULL;
}

static int add(struct merge *merge, struct partial_file *file, const char *path)
{
	const char *name = merge->how->command;
	const uint32_t index = file->index;
	const bool is_first = merge->first_path == NULL;
	if (is_first && !take_first(merge, file, path))
		return memory_error(name, path);
	const struct partial_file *first = &merge->first;
	if (!is_first && (file->origin_size != first->origin_size ||
	                  memcmp(file->origin_bytes, first->origin_bytes, first->origin_size) != 0))
		return not_together(merge, file, path);
	if (merge->paths[index] != NULL)
		return command_error(name, "%s and %s are the same shard, %" PRIu32 " of %" PRIu32, merge->paths[index],
		                     path, index, first->origin.count);
	merge->paths[index] = path;
	return partial_join(&merge->all, &file->partial) == WSC_OK ? EXIT_CODE_PASS : memory_error(name, path);
}

static int add_file(struct merge *merge, const struct report_file *from)
{
	char wrong[PARTIAL_WRONG_MAX] = "";
	struct partial_file file;
	const char *name = merge->how->command, *path = from->path;
	const int fd = report_file_open(from);
	if (fd < 0 || !partial_file_begins(fd)) {
		report_file_close(from, fd);
		return command_error(name, "%s: no partial result, and others are: merge the shards of a trace alone",
		                     path);
	}
	const enum wsc_status status = partial_file_read(&file, fd, wrong);
	report_file_close(from, fd);
	if (status != WSC_OK)
		return command_error(name, "%s: %s", command_input_name(path),
		                     status == WSC_NOMEM ? memory_wrong() : wrong);
	const int code = add(merge, &file, path);
	partial_file_free(&file);
	return code;
}

static int check_whole(const struct merge *merge)
{
	for (uint32_t i = 0; i < merge->first.origin.count; i++) {
		if (merge->paths[i] == NULL)
			return command_error(merge->how->command, "shard %" PRIu32 " of %" PRIu32 " is missing", i,
			                     merge->first.origin.count);
	}
	return EXIT_CODE_PASS;
}

static int out_of_memory(const struct merge *merge)
{
	return memory_error(merge->how->command, merge->first.path);
}

/* As analyze tells what it found. */
static int tell(struct merge *merge)
{
	const struct shard_report *how = merge->how;
	struct judgement judgement;
	struct report report = {.path = merge->first.path,
	                        .header = &merge->first.origin.header,
	                        .summary = &merge->first.origin.summary,
	                        .options = &merge->first.origin.options,
	                        .result = &merge->all.result,
	                        .detail = how->detail};
	if (!rule_options_has_story(how->rules, how->command, report.result))
		return EXIT_CODE_TROUBLE;
	int code = EXIT_CODE_TROUBLE;
	if (judgement_init(&judgement, &report, how->rules) != WSC_OK) {
		out_of_memory(merge);
	} else if (outputs_write(how->outputs, how->command, &report)) {
		rule_options_note_filters(how->options, how->command, &report);
		rule_options_note_files(how->rules, how->command);
		code = command_exit_code(report.verdict, how->rules->allow_incomplete);
	}
	judgement_free(&judgement);
	return code;
}

static int conclude(struct merge *merge)
{
	const struct shard_report *how = merge->how;
	const struct trace_header *header = &merge->first.origin.header;
	const uint64_t kept = rules_kept(how->rules);
	if (kept > merge->first.origin.options.max_reports)
		return command_error(
		    how->command, "the shards have the first %" PRIu64 " reports: analyze with a greater --max-reports",
		    merge->first.origin.options.max_reports);
	if (partial_conclude(&merge->all, header, kept) != WSC_OK)
		return out_of_memory(merge);
	if ((rules_need_evidence(how->rules) || outputs_need_evidence(how->outputs, how->detail)) &&
	    story_conclude(&merge->all.result, header) != WSC_OK)
		return out_of_memory(merge);
	return tell(merge);
}

int shards_merge(const struct shard_report *how, const struct report_file *files, size_t count)
{
	struct merge merge = {.how = how};
	int code = EXIT_CODE_PASS;
	partial_init(&merge.all);
	for (size_t i = 0; i < count && code == EXIT_CODE_PASS; i++)
		code = add_file(&merge, &files[i]);
	if (code == EXIT_CODE_PASS)
		code = check_whole(&merge);
	if (code == EXIT_CODE_PASS)
		code = conclude(&merge);
	if (merge.first_path != NULL)
		partial_file_free(&merge.first);
	partial_free(&merge.all);
	free(merge.paths);
	return code;
}
