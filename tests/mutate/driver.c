/* SPDX-License-Identifier: MIT */
/*
 * What kills most mutants, in one process and without Criterion: driver cases | driver model [DIVISOR].
 *   cases  every history of tests/cases against its line of expect.tsv: verdict, reports, statistics
 *   model  the histories of tests/unit/test_model.c, or the first DIVISORth part of each kind, against the slow model
 * Stops at the first that differs. Exit 0: none; 1: one; 2: usage, or a file that cannot be read.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "analysis.h"
#include "disagreement.h"
#include "short_run.h"
#include "trace_input.h"

enum { LINE_BYTES = 2048, REPORTS_MAX = 16, WORD_BYTES = 48 };

/* A line of expect.tsv. */
struct row {
	const char *name, *verdict, *reports, *stats;
};

static bool split(char *line, struct row *row)
{
	char *save;
	row->name = strtok_r(line, "\t", &save);
	row->verdict = strtok_r(NULL, "\t", &save);
	row->reports = strtok_r(NULL, "\t", &save);
	row->stats = strtok_r(NULL, "\t", &save);
	return row->stats != NULL;
}

static bool feed(struct analysis *analysis, struct trace_input *input)
{
	const struct wsc_event *events;
	size_t count;
	struct trace_error err;
	enum wsc_status status;
	while ((status = trace_input_next(input, &events, &count, &err)) == WSC_OK) {
		if (analysis_feed(analysis, events, count) != WSC_OK)
			return false;
	}
	const struct trace_summary *summary = trace_input_summary(input);
	return status == WSC_DONE && analysis_finish(analysis, summary->end, summary->damaged_blocks) == WSC_OK;
}

/* How often the word occurs among words parted by blanks. */
static size_t occurrences(const char *words, const char *word)
{
	size_t count = 0, length = strlen(word);
	for (const char *at = words; (at = strstr(at, word)) != NULL; at += length)
		count += (at == words || at[-1] == ' ') && (at[length] == ' ' || at[length] == '\0');
	return count;
}

/* A report as expect.tsv writes it. */
static void name_report(const struct violation *v, char word[WORD_BYTES])
{
	int used = snprintf(word, WORD_BYTES, "%s:", wsc_violation_name(v->kind));
	if (v->task == 0)
		snprintf(word + used, (size_t)(WORD_BYTES - used), "-");
	else
		snprintf(word + used, (size_t)(WORD_BYTES - used), "%" PRIu64, v->task);
}

static bool reports_differ(const struct analysis_result *result, const char *expected)
{
	char words[REPORTS_MAX * WORD_BYTES] = "", word[WORD_BYTES];
	size_t used = 0, wanted = strcmp(expected, "-") != 0;
	for (const char *at = expected; *at != '\0'; at++)
		wanted += *at == ' ';
	if (result->violation_count != wanted || wanted > REPORTS_MAX)
		return true;
	for (size_t i = 0; i < wanted; i++) {
		name_report(&result->violations[i], word);
		used += (size_t)snprintf(words + used, sizeof(words) - used, "%s ", word);
	}
	for (size_t i = 0; i < wanted; i++) {
		name_report(&result->violations[i], word);
		if (occurrences(words, word) != occurrences(expected, word))
			return true;
	}
	return false;
}

static bool stats_differ(const struct analysis_result *r, const char *expected)
{
	const struct {
		const char *key;
		uint64_t value;
	} stats[] = {{"steal_attempts", r->steal_attempts},   {"successful_steals", r->successful_steals},
	             {"failed_steals", r->failed_steals},     {"stolen_tasks", r->stolen_tasks},
	             {"undecided_tasks", r->undecided_tasks}, {"undecided_stays", r->undecided_stays}};
	for (size_t i = 0; i < sizeof(stats) / sizeof(stats[0]); i++) {
		char word[WORD_BYTES];
		snprintf(word, sizeof(word), "%s=", stats[i].key);
		const char *at = strstr(expected, word);
		if (at != NULL && strtoull(at + strlen(word), NULL, 10) != stats[i].value)
			return true;
	}
	return false;
}

static bool result_differs(const struct analysis_result *result, const struct row *row)
{
	static const char *const codes[] = {
	    [ANALYSIS_PASS] = "0", [ANALYSIS_FAIL] = "1", [ANALYSIS_INCONCLUSIVE] = "3"};
	return strcmp(codes[result->verdict], row->verdict) != 0 || reports_differ(result, row->reports) ||
	       stats_differ(result, row->stats);
}

/* 0, 1 or 2, as the program. */
static int run_case(const char *directory, const struct row *row, bool stepwise)
{
	char path[LINE_BYTES];
	struct trace_error err;
	struct trace_input *input;
	struct analysis *analysis = NULL;
	struct analysis_options options;
	size_t worker_count;
	int outcome = 2;
	snprintf(path, sizeof(path), "%s/%s.jsonl", directory, row->name);
	if (trace_input_open(&input, path, &err) != WSC_OK)
		return 2;
	const uint32_t *workers = trace_input_workers(input, &worker_count);
	analysis_options_init(&options);
	options.stepwise = stepwise;
	if (analysis_create(&analysis, trace_input_header(input), workers, worker_count, &options) == WSC_OK) {
		bool fed = feed(analysis, input);
		outcome = !fed || result_differs(analysis_result(analysis), row);
	}
	analysis_free(analysis);
	trace_input_free(input);
	return outcome;
}

static bool is_later(const char *name)
{
	char line[LINE_BYTES];
	bool found = false;
	FILE *file = fopen("tests/cases/later.txt", "r");
	while (file != NULL && !found && fgets(line, sizeof(line), file) != NULL) {
		line[strcspn(line, " #\n")] = '\0';
		found = strcmp(line, name) == 0;
	}
	if (file != NULL)
		fclose(file);
	return found;
}

static int run_cases(const char *directory)
{
	char line[LINE_BYTES];
	struct row row;
	int outcome = 0;
	snprintf(line, sizeof(line), "%s/expect.tsv", directory);
	FILE *file = fopen(line, "r");
	if (file == NULL || fgets(line, sizeof(line), file) == NULL)
		outcome = 2;
	while (outcome == 0 && fgets(line, sizeof(line), file) != NULL) {
		if (!split(line, &row))
			outcome = 2;
		else if (!is_later(row.name) && ((outcome = run_case(directory, &row, false)) != 0 ||
		                                 (outcome = run_case(directory, &row, true)) != 0))
			printf("%s/%s differs\n", directory, row.name);
	}
	if (file != NULL)
		fclose(file);
	return outcome;
}

static int run_profile(enum random_profile profile, uint64_t divisor)
{
	for (uint64_t i = 0; i < short_run_histories(profile) / divisor; i++) {
		struct history history;
		bool is_legal;
		random_history_make(SHORT_RUN_SEED + i, profile, &history, &is_legal);
		if (disagreement_exists(&history, is_legal)) {
			printf("seed %" PRIu64 " of %s\n", SHORT_RUN_SEED + i, random_profile_name(profile));
			return 1;
		}
	}
	return 0;
}

static int run_model(uint64_t divisor)
{
	int outcome = divisor == 0 ? 2 : 0;
	for (int profile = 0; profile < RANDOM_PROFILE_COUNT && outcome == 0; profile++)
		outcome = run_profile((enum random_profile)profile, divisor);
	return outcome;
}

int main(int argc, char **argv)
{
	if (argc == 2 && strcmp(argv[1], "cases") == 0) {
		int outcome = run_cases("tests/cases");
		return outcome != 0 ? outcome : run_cases("tests/cases/more");
	}
	if (argc > 1 && argc < 4 && strcmp(argv[1], "model") == 0)
		return run_model(argc == 3 ? strtoull(argv[2], NULL, 10) : 1);
	fprintf(stderr, "usage: driver cases | driver model [DIVISOR]\n");
	return 2;
}
