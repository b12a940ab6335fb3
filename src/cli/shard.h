/* SPDX-License-Identifier: MIT */
/* One trace analyzed in shards, by as many processes or machines: each writes a partial result, and all are merged. */
#ifndef CLI_SHARD_H
#define CLI_SHARD_H

#include "outputs.h"
#include "passes.h"
#include "report_file.h"
#include "rule_options.h"

struct shard {
	uint32_t index, count; /* count 0: none was asked for */
};

/* "I/N". False: it is none, and the message is on stderr. */
bool shard_parse(struct shard *shard, const char *command, const char *text);

/* Analyzes the shard of the input that `passes` has, and writes the partial result. The exit code. */
int shard_write(const struct shard *shard, const char *command, struct passes *passes, const char *path,
                const char *output, struct trace_error *err);

/* How the merged report is told. */
struct shard_report {
	const char *command;
	const struct outputs *outputs;
	const struct rule_options *options;
	struct rules *rules;
	enum report_detail detail;
};

/* Joins all shards of one trace to the report that one analysis would have given. The exit code. */
int shards_merge(const struct shard_report *how, const struct report_file *files, size_t count);

#endif
