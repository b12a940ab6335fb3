/* SPDX-License-Identifier: MIT */
/*
 * The passes over one trace that an analysis takes: one over the whole, or several over shares of it (share.h), which are
 * joined; and one more for the evidence of what is reported. One at a time.
 */
#ifndef CLI_PASSES_H
#define CLI_PASSES_H

#include "feed.h"
#include "partial.h"
#include "story.h"

/* The first five are the caller's, the rest is zero at first. */
struct passes {
	struct trace_input *input;
	const struct analysis_options *options;
	bool is_quiet;
	unsigned threads;
	uint64_t kept; /* as many reports are listed */
	/* After passes_whole() or passes_shares(): what was found, evidence included after passes_evidence(). */
	struct analysis_result *result;
	struct analysis *analysis;
	struct partial partial; /* of shares */
	struct story_pass *story;
	struct finished_set handles; /* of the share of the queues that comes next */
	struct share share;
	bool was_read; /* the input is to be rewound before it is read again */
};

/* Each answers OK, or with `err` filled in. NOMEM may be the caller's bound: then passes_forget(), and another try. */
enum wsc_status passes_whole(struct passes *passes, struct trace_error *err);

/* The whole, `count` shares one after the other: the same result, in less memory and more time. */
enum wsc_status passes_shares(struct passes *passes, uint32_t count, struct trace_error *err);

/* The same, after passes_whole() had no memory, in as many shares as need no more than there is. NOMEM: there is too little. */
enum wsc_status passes_in_bound(struct passes *passes, struct trace_error *err);

/* One shard of `count`: its share of the tasks and of the queues, with the evidence of its own reports. `partial` has it. */
enum wsc_status passes_shard(struct passes *passes, uint32_t index, uint32_t count, struct trace_error *err);

/* Gathers the evidence of the result's reports; only where there are any. */
enum wsc_status passes_evidence(struct passes *passes, struct trace_error *err);

/* A pass of the caller's own, from the beginning. */
enum wsc_status passes_feed(struct passes *passes, const struct feed *feed, struct trace_error *err);

/* What was found so far, and its memory. */
void passes_forget(struct passes *passes);

#endif
