/* SPDX-License-Identifier: MIT */
/* Several traces in one call: analyzed in parallel, a process each, and told in one document for each output. */
#ifndef CLI_MANY_H
#define CLI_MANY_H

#include "judgement.h"
#include "outputs.h"

struct many {
	const char *command;
	char *const *paths;
	size_t count;
	unsigned jobs; /* traces at a time */
	bool is_quiet; /* no line on a terminal that says how many are done */
	const struct outputs *outputs;
	struct rules *rules; /* what their suppressions match in any trace is added up */
	enum report_detail detail;
	/*
	 * In a process of its own: analyzes a trace and answers the exit code. `files` are one for each output, for the
	 * document in its format, then the digest of the report, and why there is none.
	 */
	int (*analyze)(void *context, const char *path, FILE *const *files);
	void *context;
};

/* What `analyze` does with a report. NOMEM; write errors stay in the streams. */
enum wsc_status many_hand_over(const struct outputs *outputs, const struct report *report, FILE *const *files);

/* ... and with the sentence that says why there is none. Returns EXIT_CODE_TROUBLE. */
int many_give_up(const struct outputs *outputs, const char *why, FILE *const *files);

/* Whether the input can be read as often as it is named: else the message is on stderr. */
bool many_can_be_read(const char *command, char *const *paths, size_t count);

/* The exit code: the worst of all. What went wrong with a trace, or with what is written, is on stderr. */
int many_run(const struct many *many);

#endif
