/* SPDX-License-Identifier: MIT */
/* The public checker: validates what it is given, keeps it in order, and hands it to the analysis. */
#include "wscheck/check.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "engine.h"

_Static_assert(sizeof(((struct wsc_check_violation *)0)->workers) == sizeof(((struct violation *)0)->workers),
               "the public form of a report has room for its workers");

/* What the next event's stamp is compared with. */
struct feed_order {
	uint64_t newest; /* greatest stamp so far */
	uint32_t worker; /* of the latest event */
};

struct wsc_check {
	struct trace_header header;
	struct analysis_options options;
	uint32_t *workers; /* ascending */
	size_t worker_count;
	struct analysis *analysis; /* NULL: there was no memory */
	struct feed_order order;
	uint64_t refused;
	bool finished;
	bool is_partial; /* events had been refused by then */
	bool no_memory;  /* until a reset */
};

void wsc_check_options_init(struct wsc_check_options *options)
{
	const struct wsc_check_options defaults = WSC_CHECK_OPTIONS_INIT;
	*options = defaults;
}

static enum wsc_status check_options(const struct wsc_check_options *options)
{
	if (options->size != sizeof(*options) || (unsigned)options->identity > WSC_IDENTITY_RECYCLED ||
	    (unsigned)options->discipline > WSC_DISCIPLINE_NONE || (unsigned)options->scope > WSC_SCOPE_DEQUE ||
	    (options->queue_count > 0 && options->queues == NULL) ||
	    (options->worker_count > 0 && options->workers == NULL))
		return WSC_INVALID;
	if (options->queue_count > WSC_CHECK_QUEUES_MAX || options->worker_count > WSC_CHECK_WORKERS_MAX)
		return WSC_LIMIT;
	for (size_t i = 0; i < options->queue_count; i++) {
		const struct wsc_queue_info *queue = &options->queues[i];
		if (queue->has_discipline && (unsigned)queue->discipline > WSC_DISCIPLINE_NONE)
			return WSC_INVALID;
	}
	return WSC_OK;
}

static bool add_queues(struct trace_header *header, const struct wsc_check_options *options)
{
	for (size_t i = 0; i < options->queue_count; i++) {
		const struct wsc_queue_info *from = &options->queues[i];
		struct trace_queue *queue = trace_header_add_queue(header, from->queue);
		if (queue == NULL)
			return false;
		queue->has_owner = from->has_owner != 0;
		queue->owner = from->owner;
		queue->has_discipline = from->has_discipline != 0;
		queue->discipline = from->discipline;
		queue->unstealable = from->unstealable != 0;
		queue->deferred = from->deferred != 0;
		queue->has_capacity = from->capacity != 0;
		queue->capacity = from->capacity;
	}
	return true;
}

static int compare_ids(const void *left, const void *right)
{
	const uint32_t *a = left, *b = right;
	return (*a > *b) - (*a < *b);
}

static bool copy_workers(struct wsc_check *check, const struct wsc_check_options *options)
{
	if (options->worker_count == 0)
		return true;
	check->workers = malloc(options->worker_count * sizeof(*check->workers));
	if (check->workers == NULL)
		return false;
	memcpy(check->workers, options->workers, options->worker_count * sizeof(*check->workers));
	check->worker_count = options->worker_count;
	qsort(check->workers, check->worker_count, sizeof(*check->workers), compare_ids);
	return true;
}

static void copy_options(struct wsc_check *check, const struct wsc_check_options *options)
{
	struct trace_header *header = &check->header;
	header->identity = options->identity;
	header->discipline = options->discipline;
	header->scope = options->scope;
	header->complete = options->complete != 0;
	header->uncertainty_ns = options->uncertainty_ns;
	header->publish_ns = options->publish_ns;
	analysis_options_init(&check->options);
	check->options.slow_steal_ns = options->slow_steal_ns;
	check->options.idle_ns = options->idle_ns;
	check->options.max_reports = options->max_reports;
}

enum wsc_status wsc_check_create(wsc_check **out, const struct wsc_check_options *options)
{
	struct wsc_check_options defaults;
	if (out == NULL)
		return WSC_INVALID;
	*out = NULL;
	if (options == NULL) {
		wsc_check_options_init(&defaults);
		options = &defaults;
	}
	enum wsc_status status = check_options(options);
	if (status != WSC_OK || options->disabled)
		return status;
	struct wsc_check *check = calloc(1, sizeof(*check));
	if (check == NULL)
		return WSC_NOMEM;
	trace_header_init(&check->header);
	copy_options(check, options);
	if (!add_queues(&check->header, options) || !copy_workers(check, options) || wsc_check_reset(check) != WSC_OK) {
		wsc_check_free(check);
		return WSC_NOMEM;
	}
	*out = check;
	return WSC_OK;
}

void wsc_check_free(wsc_check *check)
{
	if (check == NULL)
		return;
	analysis_free(check->analysis);
	trace_header_free(&check->header);
	free(check->workers);
	free(check);
}

enum wsc_status wsc_check_reset(wsc_check *check)
{
	if (check == NULL)
		return WSC_OK;
	analysis_free(check->analysis);
	check->order = (struct feed_order){0};
	check->refused = 0;
	check->finished = check->is_partial = false;
	enum wsc_status status =
	    analysis_create(&check->analysis, &check->header, check->workers, check->worker_count, &check->options);
	check->no_memory = status != WSC_OK;
	return status;
}

/* Whether the event is what event.h says. */
static bool is_valid(const struct wsc_event *event)
{
	const unsigned with_task = 1U << WSC_EV_QUEUED | 1U << WSC_EV_PUSH_FAILED | 1U << WSC_EV_DEQUEUED |
	                           1U << WSC_EV_EXEC_START | 1U << WSC_EV_EXEC_COMPLETE | 1U << WSC_EV_SUSPENDED |
	                           1U << WSC_EV_RESUMED | 1U << WSC_EV_CANCELLED;
	if (event->kind == 0 || event->kind >= WSC_EV_END || event->reserved != 0 ||
	    (event->flags & ~(WSC_FLAG_PINNED | WSC_FLAG_INFERRED)) != 0 || event->reason > WSC_REASON_BUSY)
		return false;
	if ((with_task >> event->kind & 1U) != 0)
		return event->task != 0;
	if (event->kind == WSC_EV_STEAL_FAILURE)
		return event->arg >= 1;
	return event->kind != WSC_EV_GAP || event->task >= event->ts;
}

/* Whether the event may come next; if so, it is the latest. */
static bool comes_next(struct feed_order *order, const struct wsc_event *event)
{
	if (event->ts < order->newest && event->worker != order->worker)
		return false;
	order->newest = event->ts > order->newest ? event->ts : order->newest;
	order->worker = event->worker;
	return true;
}

static enum wsc_status refuse(struct wsc_check *check, uint64_t count)
{
	check->refused += count;
	return WSC_INVALID;
}

/* Hands over what is valid and in order. */
static enum wsc_status hand_over(struct wsc_check *check, const struct wsc_event *events, size_t count)
{
	enum wsc_status status = analysis_feed(check->analysis, events, count);
	check->no_memory = status != WSC_OK;
	return status;
}

enum wsc_status wsc_check_feed(wsc_check *check, const struct wsc_event *events, size_t count)
{
	if (check == NULL)
		return WSC_OK;
	if (check->no_memory)
		return WSC_NOMEM;
	struct feed_order order = check->order;
	if (check->finished || (events == NULL && count > 0))
		return refuse(check, count);
	for (size_t i = 0; i < count; i++) {
		if (!is_valid(&events[i]) || !comes_next(&order, &events[i]))
			return refuse(check, count);
	}
	check->order = order;
	return hand_over(check, events, count);
}

enum wsc_status wsc_check_feed_now(wsc_check *check, const struct wsc_event *event)
{
	struct timespec now;
	if (check == NULL)
		return WSC_OK;
	if (event == NULL)
		return check->no_memory ? WSC_NOMEM : refuse(check, 1);
	clock_gettime(CLOCK_MONOTONIC, &now);
	struct wsc_event stamped = *event;
	uint64_t newest = check->order.newest;
	stamped.ts = (uint64_t)now.tv_sec * 1000000000U + (uint64_t)now.tv_nsec;
	if (stamped.ts <= newest)
		stamped.ts = newest == UINT64_MAX ? newest : newest + 1;
	return wsc_check_feed(check, &stamped, 1);
}

/* How far the merge has come in a stream. */
struct merge_place {
	size_t next;
	uint64_t key; /* greatest stamp of the stream up to the next event */
};

static bool are_valid(const struct wsc_check_stream *stream, uint64_t newest)
{
	if (stream->count > 0 && (stream->events == NULL || stream->events[0].ts < newest))
		return false;
	for (size_t i = 0; i < stream->count; i++) {
		if (!is_valid(&stream->events[i]) || stream->events[i].worker != stream->events[0].worker)
			return false;
	}
	return true;
}

/* The stream whose next event has the least key, the first of several; `count` if all are at their ends. */
static size_t least(const struct wsc_check_stream *streams, const struct merge_place *places, size_t count)
{
	size_t best = count;
	for (size_t i = 0; i < count; i++) {
		if (places[i].next < streams[i].count && (best == count || places[i].key < places[best].key))
			best = i;
	}
	return best;
}

static enum wsc_status merge(struct wsc_check *check, const struct wsc_check_stream *streams,
                             struct merge_place *places, size_t count)
{
	enum wsc_status status = WSC_OK;
	for (size_t i = 0; i < count; i++)
		places[i] = (struct merge_place){.key = streams[i].count > 0 ? streams[i].events[0].ts : 0};
	for (size_t i; status == WSC_OK && (i = least(streams, places, count)) < count;) {
		const struct wsc_event *event = &streams[i].events[places[i].next++];
		comes_next(&check->order, event);
		status = hand_over(check, event, 1);
		if (places[i].next < streams[i].count && event[1].ts > places[i].key)
			places[i].key = event[1].ts;
	}
	return status;
}

enum wsc_status wsc_check_feed_streams(wsc_check *check, const struct wsc_check_stream *streams, size_t count)
{
	uint64_t events = 0;
	bool valid = true;
	if (check == NULL)
		return WSC_OK;
	if (check->no_memory)
		return WSC_NOMEM;
	if (streams == NULL && count > 0)
		return refuse(check, 0);
	for (size_t i = 0; i < count; i++) {
		valid = valid && are_valid(&streams[i], check->order.newest);
		events += streams[i].count;
	}
	if (!valid || check->finished)
		return refuse(check, events);
	struct merge_place *places = calloc(count + 1, sizeof(*places));
	if (places == NULL) {
		check->no_memory = true;
		return WSC_NOMEM;
	}
	enum wsc_status status = merge(check, streams, places, count);
	free(places);
	return status;
}

enum wsc_status wsc_check_finish(wsc_check *check, enum wsc_end end, struct wsc_check_result *result)
{
	if (check == NULL)
		return wsc_check_get_result(check, result);
	if (check->no_memory)
		return WSC_NOMEM;
	if ((unsigned)end > WSC_END_STALLED || check->finished)
		return WSC_INVALID;
	enum wsc_status status = analysis_finish(check->analysis, end, 0);
	check->finished = status == WSC_OK;
	check->is_partial = check->refused > 0;
	check->no_memory = status != WSC_OK;
	return status == WSC_OK ? wsc_check_get_result(check, result) : status;
}

static struct wsc_check_latency latency_of(const struct histogram *from)
{
	if (from->count == 0)
		return (struct wsc_check_latency){0};
	return (struct wsc_check_latency){
	    .count = from->count,
	    .min_ns = from->min,
	    .p50_ns = histogram_quantile(from, 0.5),
	    .p90_ns = histogram_quantile(from, 0.9),
	    .p99_ns = histogram_quantile(from, 0.99),
	    .p999_ns = histogram_quantile(from, 0.999),
	    .max_ns = from->max,
	    .mean_ns = histogram_mean(from),
	    .max_ts_ns = from->of_max.ts,
	    .max_task = from->of_max.task,
	    .max_worker = from->of_max.worker,
	};
}

/* Applies what waits in the window as far as it may be: what is known does not depend on when it is asked for. */
static bool catch_up(struct wsc_check *check)
{
	struct analysis *a = check->analysis;
	if (check->finished)
		return true;
	window_advance(a, a->last_ts);
	check->no_memory = engine_has_no_memory(a);
	return !check->no_memory;
}

static void count_violations(const struct wsc_check *check, struct wsc_check_result *result)
{
	const struct analysis *a = check->analysis;
	for (int kind = 0; kind < WSC_VIOLATION_KIND_COUNT; kind++) {
		uint64_t count = check->finished ? a->result.counts[kind]
		                                 : reports_count(&a->findings.reports, (enum wsc_violation_kind)kind,
		                                                 a->reuses_cancelled);
		bool error = wsc_violation_severity((enum wsc_violation_kind)kind) == WSC_SEVERITY_ERROR;
		result->counts[kind] = count;
		*(error ? &result->errors : &result->warnings) += count;
	}
}

static void copy_statistics(const struct analysis *a, struct wsc_check_result *result)
{
	const struct analysis_result *r = &a->result;
	result->events = r->events;
	result->workers = a->stream_count;
	result->tasks = a->tasks.seen;
	result->lives = r->lives;
	result->duration_ns = r->last_ts > r->first_ts ? r->last_ts - r->first_ts : 0;
	result->dropped = r->dropped;
	/* As long as nothing shows reuse nothing is withheld. */
	const uint64_t stands = a->reuses_cancelled ? 0 : r->undecided_by_reason[WSC_UNDECIDED_REUSED_HANDLE];
	memcpy(result->undecided_by_reason, r->undecided_by_reason, sizeof(result->undecided_by_reason));
	result->undecided_by_reason[WSC_UNDECIDED_REUSED_HANDLE] -= stands;
	result->undecided_tasks = analysis_undecided(r) - stands;
	result->undecided_reason = r->undecided_reason;
	result->waiting_tasks = r->waiting_total;
	result->steal_attempts = a->totals.attempts;
	result->successful_steals = a->totals.successes;
	result->failed_steals = a->totals.failures;
	result->stolen_tasks = a->totals.stolen;
	result->stolen_again = steals_per_life_repeated(&r->steals_per_life);
	result->most_steals = r->steals_per_life.max;
	result->most_stolen_task = r->steals_per_life.task;
	result->wasted_idle_ns = r->wasted.idle;
	result->steal_latency = latency_of(&r->steal_latency);
	result->failed_steal = latency_of(&r->failed_steal_latency);
	result->queue_wait = latency_of(&r->queue_wait);
	result->exec = latency_of(&r->exec);
	result->queued_to_done = latency_of(&r->queued_to_done);
}

static enum wsc_check_verdict verdict_of(const struct wsc_check *check, uint64_t errors)
{
	if (errors > 0)
		return WSC_CHECK_FAIL;
	const bool passes = check->finished && !check->is_partial;
	return passes && check->analysis->result.verdict == ANALYSIS_PASS ? WSC_CHECK_PASS : WSC_CHECK_INCONCLUSIVE;
}

enum wsc_status wsc_check_get_result(wsc_check *check, struct wsc_check_result *result)
{
	if (check != NULL && (check->no_memory || !catch_up(check)))
		return WSC_NOMEM;
	if (result == NULL)
		return WSC_OK;
	*result = (struct wsc_check_result){.verdict = WSC_CHECK_INCONCLUSIVE};
	if (check == NULL)
		return WSC_OK;
	copy_statistics(check->analysis, result);
	count_violations(check, result);
	result->finished = check->finished;
	result->end = check->analysis->result.end;
	result->refused = check->refused;
	result->verdict = verdict_of(check, result->errors);
	return WSC_OK;
}

const char *wsc_check_verdict_name(enum wsc_check_verdict verdict)
{
	static const char *const names[] = {"pass", "fail", "inconclusive"};
	return names[verdict == WSC_CHECK_PASS || verdict == WSC_CHECK_FAIL ? verdict : WSC_CHECK_INCONCLUSIVE];
}

const char *wsc_check_reason(const wsc_check *check, size_t index)
{
	static const struct {
		unsigned bit;
		const char *clause;
	} rows[] = {
#define ROW(NAME, bit, clause_) {1U << (bit), clause_},
	    ANALYSIS_REASONS(ROW)
#undef ROW
	};
	if (check == NULL || !check->finished)
		return NULL;
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		if ((check->analysis->result.reasons & rows[i].bit) != 0 && index-- == 0)
			return rows[i].clause;
	}
	return check->is_partial && index == 0
	           ? "events were refused: calls that recorded them answered INVALID or LIMIT"
	           : NULL;
}

/* Before the history is over: of those that stand whatever follows. NULL: no more. */
static struct violation *violation_at(struct wsc_check *check, size_t index)
{
	struct reports *reports = &check->analysis->findings.reports;
	if (index >= reports->max || index >= reports->count)
		return NULL;
	if (check->finished)
		return &reports->list[index];
	for (size_t i = 0; i < reports->count; i++) {
		if (reports_stands_for_good(&reports->list[i], check->analysis->reuses_cancelled) && index-- == 0)
			return &reports->list[i];
	}
	return NULL;
}

enum wsc_status wsc_check_get_violation(wsc_check *check, size_t index, struct wsc_check_violation *violation)
{
	if (check == NULL)
		return WSC_DONE;
	if (check->no_memory || !catch_up(check))
		return WSC_NOMEM;
	struct violation *from = violation_at(check, index);
	if (from == NULL)
		return WSC_DONE;
	if (!reports_describe(&check->header, from))
		return WSC_NOMEM;
	*violation = (struct wsc_check_violation){
	    .kind = from->kind,
	    .severity = wsc_violation_severity(from->kind),
	    .name = wsc_violation_name(from->kind),
	    .task = from->task,
	    .other_task = from->other_task,
	    .worker_count = from->worker_count,
	    .has_queue = from->has_queue,
	    .queue = from->queue,
	    .ts_ns = from->ts,
	    .since_ns = from->since,
	    .message = from->message,
	};
	memcpy(violation->workers, from->workers, sizeof(violation->workers));
	return WSC_OK;
}

/* The result of a finished history, or NULL. */
static const struct analysis_result *finished_result(const struct wsc_check *check)
{
	return check != NULL && check->finished ? &check->analysis->result : NULL;
}

enum wsc_status wsc_check_get_worker(const wsc_check *check, size_t index, struct wsc_check_worker *row)
{
	const struct analysis_result *result = finished_result(check);
	if (result == NULL || index >= result->worker_count)
		return WSC_DONE;
	const struct worker_stats *from = &result->workers[index];
	*row = (struct wsc_check_worker){
	    .worker = from->worker,
	    .events = from->events,
	    .executed = from->executed,
	    .stolen = from->stolen,
	    .lost_to_thieves = from->lost_to_thieves,
	    .attempts = from->attempts,
	    .failed_attempts = from->failed_attempts,
	    .busy_ns = from->busy,
	    .stealing_ns = from->stealing,
	    .parked_ns = from->parked,
	    .idle_ns = from->idle,
	};
	return WSC_OK;
}

enum wsc_status wsc_check_get_steals(const wsc_check *check, size_t index, struct wsc_check_steals *row)
{
	const struct analysis_result *result = finished_result(check);
	if (result == NULL || index >= result->steal_count)
		return WSC_DONE;
	const struct steal_pair *from = &result->steals[index];
	*row = (struct wsc_check_steals){from->thief, from->queue, from->tasks, from->attempts};
	return WSC_OK;
}

enum wsc_status wsc_check_get_queue_use(const wsc_check *check, size_t index, struct wsc_check_queue_use *row)
{
	const struct analysis_result *result = finished_result(check);
	if (result == NULL || index >= result->queue_count)
		return WSC_DONE;
	const struct queue_stats *from = &result->queues[index];
	*row = (struct wsc_check_queue_use){
	    .queue = from->queue,
	    .pushes = from->pushes,
	    .takes = from->takes,
	    .steals = from->steals,
	    .max_depth = from->max_depth,
	    .max_depth_ts_ns = from->max_depth_ts,
	};
	return WSC_OK;
}

enum wsc_status wsc_check_get_waiting(const wsc_check *check, size_t index, struct wsc_check_waiting *row)
{
	const struct analysis_result *result = finished_result(check);
	if (result == NULL || index >= result->waiting_count)
		return WSC_DONE;
	const struct waiting_task *from = &result->waiting[index];
	*row = (struct wsc_check_waiting){from->task, from->since, from->taken, from->place};
	return WSC_OK;
}

enum wsc_status wsc_check_get_sleeper(const wsc_check *check, size_t index, struct wsc_check_sleeper *row)
{
	const struct analysis_result *result = finished_result(check);
	if (result == NULL || index >= result->parked_count)
		return WSC_DONE;
	*row = (struct wsc_check_sleeper){result->parked[index].worker, result->parked[index].since};
	return WSC_OK;
}

enum wsc_status wsc_check_get_unchecked(const wsc_check *check, size_t index, struct wsc_check_unchecked *row)
{
	const struct analysis_result *result = finished_result(check);
	if (result == NULL || index >= result->unchecked_count)
		return WSC_DONE;
	*row = (struct wsc_check_unchecked){result->unchecked[index].queue, result->unchecked[index].why};
	return WSC_OK;
}
