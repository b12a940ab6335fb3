/* SPDX-License-Identifier: MIT */
#include "passes.h"

#include "memory.h"

enum wsc_status passes_feed(struct passes *p, const struct feed *feed, struct trace_error *err)
{
	struct feed whole = *feed;
	whole.is_quiet = p->is_quiet;
	whole.jobs = p->threads;
	enum wsc_status status = p->was_read ? trace_input_rewind(p->input, err) : WSC_OK;
	p->was_read = true;
	if (status == WSC_OK)
		status = memory_status(feed->restart(feed->context), err);
	return status == WSC_OK ? feed_all(p->input, &whole, err) : status;
}

/* --- the findings and statistics --- */

static enum wsc_status analysis_restart(void *context)
{
	struct passes *p = context;
	struct analysis_options options = *p->options;
	size_t count;
	const uint32_t *workers = trace_input_workers(p->input, &count);
	analysis_free(p->analysis);
	p->analysis = NULL;
	options.share = p->share;
	if (p->share.kind != SHARE_QUEUES)
		finished_set_free(&p->handles);
	return analysis_create(&p->analysis, trace_input_header(p->input), workers, count, &options);
}

static enum wsc_status analysis_events(void *context, const struct wsc_event *events, size_t count)
{
	struct passes *p = context;
	return analysis_feed(p->analysis, events, count);
}

/* While a share of the tasks is analyzed, the handles are gathered that the share of the queues will follow. */
static enum wsc_status tasks_events(void *context, const struct wsc_event *events, size_t count)
{
	struct passes *p = context;
	struct share queues = p->share;
	queues.kind = SHARE_QUEUES;
	queues.handles = &p->handles;
	return share_collect(&queues, events, count) ? analysis_feed(p->analysis, events, count) : WSC_NOMEM;
}

static enum wsc_status judge(struct passes *p, const struct share *share, struct trace_error *err)
{
	const struct feed feed = {.events = share->kind == SHARE_TASKS ? tasks_events : analysis_events,
	                          .restart = analysis_restart,
	                          .context = p};
	p->share = *share;
	enum wsc_status status = passes_feed(p, &feed, err);
	if (status != WSC_OK)
		return status;
	const struct trace_summary *summary = trace_input_summary(p->input);
	return memory_status(analysis_finish(p->analysis, summary->end, summary->damaged_blocks), err);
}

enum wsc_status passes_whole(struct passes *p, struct trace_error *err)
{
	enum wsc_status status = judge(p, &(struct share){0}, err);
	p->result = status == WSC_OK ? analysis_result(p->analysis) : NULL;
	return status;
}

/* Adds a share to the partial result. */
static enum wsc_status join(struct passes *p, const struct share *share, struct trace_error *err)
{
	struct partial part;
	enum wsc_status status = judge(p, share, err);
	if (status != WSC_OK)
		return status;
	partial_init(&part);
	status = partial_take(&part, p->analysis);
	analysis_free(p->analysis);
	p->analysis = NULL;
	if (status == WSC_OK)
		status = partial_join(&p->partial, &part);
	partial_free(&part);
	return memory_status(status, err);
}

static enum wsc_status join_both(struct passes *p, uint32_t index, uint32_t count, struct trace_error *err)
{
	enum wsc_status status = join(p, &(struct share){.kind = SHARE_TASKS, .index = index, .count = count}, err);
	if (status == WSC_OK)
		status = join(
		    p, &(struct share){.kind = SHARE_QUEUES, .index = index, .count = count, .handles = &p->handles},
		    err);
	finished_set_free(&p->handles);
	return status;
}

static void list_reports(struct passes *p)
{
	p->result = &p->partial.result;
	p->result->violations = p->partial.reports.list;
	p->result->violation_count = p->partial.reports.count;
}

enum wsc_status passes_shares(struct passes *p, uint32_t count, struct trace_error *err)
{
	enum wsc_status status = WSC_OK;
	partial_init(&p->partial);
	for (uint32_t i = 0; i < count && status == WSC_OK; i++)
		status = join_both(p, i, count, err);
	if (status == WSC_OK)
		status = memory_status(partial_conclude(&p->partial, trace_input_header(p->input), p->kept), err);
	if (status == WSC_OK)
		list_reports(p);
	return status;
}

enum { BOUND_SHARES_MIN = 2, BOUND_SHARES_FIRST_MAX = 8, BOUND_SHARES_MAX = 512, BOUND_SHARES_STEP = 2 };

/* Tasks pile up as the trace goes on: the part of it that fit into the bound says how many such parts there may be. */
static uint32_t first_count(const struct passes *p)
{
	uint64_t read = trace_input_position(p->input), whole = trace_input_summary(p->input)->file_bytes;
	uint64_t count = read == 0 ? BOUND_SHARES_FIRST_MAX : (whole + read - 1) / read;
	if (count > BOUND_SHARES_FIRST_MAX)
		return BOUND_SHARES_FIRST_MAX;
	return count < BOUND_SHARES_MIN ? BOUND_SHARES_MIN : (uint32_t)count;
}

/* Whether a share had one queue to follow at most: what waits there can't be told apart any further. */
static bool is_of_one_queue(const struct passes *p)
{
	return p->analysis != NULL && p->share.kind == SHARE_QUEUES &&
	       analysis_queue_count(p->analysis) <= p->share.count;
}

enum wsc_status passes_in_bound(struct passes *p, struct trace_error *err)
{
	enum wsc_status status = WSC_NOMEM;
	p->threads = 1; /* another one's stack and batches are worth some tasks */
	for (uint32_t count = first_count(p); count <= BOUND_SHARES_MAX; count *= BOUND_SHARES_STEP) {
		passes_forget(p);
		status = passes_shares(p, count, err);
		if (status != WSC_NOMEM || is_of_one_queue(p))
			break;
	}
	return status;
}

/* --- their evidence --- */

static enum wsc_status story_restart(void *context)
{
	struct passes *p = context;
	story_pass_free(p->story);
	p->story = NULL;
	return story_pass_create(&p->story, p->result, trace_input_header(p->input));
}

static enum wsc_status story_events(void *context, const struct wsc_event *events, size_t count)
{
	struct passes *p = context;
	return story_pass_feed(p->story, events, count);
}

static enum wsc_status gather(struct passes *p, struct trace_error *err)
{
	const struct feed feed = {.events = story_events, .restart = story_restart, .context = p};
	enum wsc_status status = WSC_OK;
	if (p->result->violation_count > 0)
		status = passes_feed(p, &feed, err);
	if (status == WSC_OK && p->result->violation_count > 0)
		status = memory_status(story_pass_finish(p->story), err);
	story_pass_free(p->story); /* its memory may be wanted for the report */
	p->story = NULL;
	return status;
}

enum wsc_status passes_evidence(struct passes *p, struct trace_error *err)
{
	enum wsc_status status = gather(p, err);
	return status == WSC_OK ? memory_status(story_conclude(p->result, trace_input_header(p->input)), err) : status;
}

enum wsc_status passes_shard(struct passes *p, uint32_t index, uint32_t count, struct trace_error *err)
{
	partial_init(&p->partial);
	enum wsc_status status = join_both(p, index, count, err);
	if (status != WSC_OK)
		return status;
	list_reports(p);
	return gather(p, err);
}

void passes_forget(struct passes *p)
{
	story_pass_free(p->story);
	analysis_free(p->analysis);
	partial_free(&p->partial);
	finished_set_free(&p->handles);
	p->story = NULL;
	p->analysis = NULL;
	p->result = NULL;
}
