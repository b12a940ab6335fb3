/* SPDX-License-Identifier: MIT */
/* The options that say what counts and what is shown, and what is made of them: the rules of judgement.h. */
#ifndef CLI_RULE_OPTIONS_H
#define CLI_RULE_OPTIONS_H

#include "judgement.h"
#include "options.h"
#include "outputs.h"
#include "words.h"

/* As given on the command line. */
struct rule_options {
	struct option_list fail_on, budgets, suppressions, kinds, tasks, workers, queues;
	const char *baseline;
	uint64_t max_reports;
	uint64_t story; /* RULE_OPTIONS_ALL: none was asked for */
	bool allow_incomplete;
};

#define RULE_OPTIONS_ALL UINT64_MAX

/*
 * Their rows, for a command whose own struct has them as `rules`. ROW and FILES are as beside the tables.
 */
#define RULE_OPTION_ROWS                                                                                               \
	{0, "allow-incomplete", OPTION_FLAG, ROW(rules.allow_incomplete),                                              \
	 .help = "Exit 0 instead of 3 when the trace is inconclusive"},                                                \
	    {0,                                                                                                        \
	     "fail-on",                                                                                                \
	     OPTION_LIST,                                                                                              \
	     "WHAT",                                                                                                   \
	     ROW(rules.fail_on),                                                                                       \
	     .form = ARGUMENT_WORDS,                                                                                   \
	     .words = words_fail_on,                                                                                   \
	     .help = "What makes the verdict fail: error (always does), warning (any), or kinds of report, separated " \
	             "by commas"},                                                                                     \
	    {0,                                                                                                        \
	     "max",                                                                                                    \
	     OPTION_LIST,                                                                                              \
	     "METRIC=VALUE",                                                                                           \
	     ROW(rules.budgets),                                                                                       \
	     .form = ARGUMENT_WORD_VALUE,                                                                              \
	     .words = words_budgets,                                                                                   \
	     .help =                                                                                                   \
	         "Fail if a figure is greater, as p99.steal_latency=50us or failed_steal_ratio=0.9; may be repeated"}, \
	    {0,                                                                                                        \
	     "suppressions",                                                                                           \
	     OPTION_LIST,                                                                                              \
	     "FILE",                                                                                                   \
	     ROW(rules.suppressions),                                                                                  \
	     FILES,                                                                                                    \
	     .help = "Reports that a line of FILE names don't count; may be repeated"},                                \
	    {0,                                                                                                        \
	     "baseline",                                                                                               \
	     OPTION_STRING,                                                                                            \
	     "REPORT",                                                                                                 \
	     ROW(rules.baseline),                                                                                      \
	     FILES,                                                                                                    \
	     .help = "Reports like those in this JSON report of an earlier run don't count: only what is new fails"},  \
	    {'k',                                                                                                      \
	     "kind",                                                                                                   \
	     OPTION_LIST,                                                                                              \
	     "KIND",                                                                                                   \
	     ROW(rules.kinds),                                                                                         \
	     .form = ARGUMENT_WORDS,                                                                                   \
	     .words = words_kinds,                                                                                     \
	     .help = "Show only reports of this kind. This and the next three don't change the verdict; each may be "  \
	             "repeated, "                                                                                      \
	             "and shows what any of its values fits"},                                                         \
	    {'t',    "task",           OPTION_LIST,                                                                    \
	     "TASK", ROW(rules.tasks), .help = "Show only reports on this task, as 100 or 0x64"},                      \
	    {'w',                                                                                                      \
	     "worker",                                                                                                 \
	     OPTION_LIST,                                                                                              \
	     "WORKER",                                                                                                 \
	     ROW(rules.workers),                                                                                       \
	     .help = "Show only reports on this worker, by id or name; * in a name stands for any characters"},        \
	    {0,                                                                                                        \
	     "queue",                                                                                                  \
	     OPTION_LIST,                                                                                              \
	     "QUEUE",                                                                                                  \
	     ROW(rules.queues),                                                                                        \
	     .help = "Show only reports on this queue, by id or name; own: on workers' own deques"},                   \
	    {'s', "story",          OPTION_COUNT,                                                                      \
	     "N", ROW(rules.story), .help = "Tell one story, by its number, event by event"},                          \
	{                                                                                                              \
		0, "max-reports", OPTION_COUNT, "N", ROW(rules.max_reports),                                           \
		    .help = "List the first N reports (default 1000), errors before warnings; counts are always whole" \
	}

void rule_options_init(struct rule_options *options);

/* Makes the rules, reading the files. False, with the message on stderr: some option or file is wrong. Free them. */
bool rule_options_read(const struct rule_options *options, const char *command, struct rules *rules);

/* Whether no output would take the place of a file that they name. False: the message is on stderr. */
bool rule_options_are_spared(const struct rule_options *options, const char *command, const struct outputs *outputs);

/* Whether any of them was given, but for `allow_incomplete`. */
bool rule_options_are_given(const struct rule_options *options);

/* Whether the story that is asked for, if one is, is there: else the message is on stderr. */
bool rule_options_has_story(const struct rules *rules, const char *command, const struct analysis_result *result);

/* Once they were applied, on stderr: which filters fit nothing in this trace ... */
void rule_options_note_filters(const struct rule_options *options, const char *command, const struct report *report);
/* ... and which suppressions are of no use, and what a baseline leaves out. */
void rule_options_note_files(const struct rules *rules, const char *command);

#endif
