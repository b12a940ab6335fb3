/* SPDX-License-Identifier: MIT */
/* The options that say what counts and what is shown, and what is made of them: the rules of judgement.h. */
#ifndef CLI_RULE_OPTIONS_H
#define CLI_RULE_OPTIONS_H

#include "judgement.h"
#include "options.h"

/* As given on the command line. */
struct rule_options {
	struct option_list fail_on, budgets, suppressions, kinds, tasks, workers, queues;
	const char *baseline;
	uint64_t max_reports;
	uint64_t story; /* RULE_OPTIONS_ALL: none was asked for */
	bool allow_incomplete;
};

#define RULE_OPTIONS_ALL UINT64_MAX

void rule_options_init(struct rule_options *options);

/* Makes the rules, reading the files. False, with the message on stderr: some option or file is wrong. Free them. */
bool rule_options_read(const struct rule_options *options, const char *command, struct rules *rules);

/* Once they were applied, on stderr: which filters fit nothing in this trace ... */
void rule_options_note_filters(const struct rule_options *options, const char *command, const struct report *report);
/* ... and which suppressions are of no use, and what a baseline leaves out. */
void rule_options_note_files(const struct rules *rules, const char *command);

#endif
