/* SPDX-License-Identifier: MIT */
#include "analysis.h"

#include <stdlib.h>

#include "absent.h"
#include "array.h"
#include "engine.h"

void analysis_options_init(struct analysis_options *options)
{
	*options = (struct analysis_options){.uncertainty_ns = UINT64_MAX,
	                                     .publish_ns = UINT64_MAX,
	                                     .slow_steal_ns = 1000000,
	                                     .idle_ns = 5000000,
	                                     .max_reports = 1000};
}

/* In a window it was not seen what a worker did before it attached, or its own window started. Not a loss: it is what the window says of itself. */
static void blur_beginning(struct analysis *a)
{
	uint64_t until = trace_header_all_seen(a->header);
	if (until == 0)
		return;
	a->has_gap = a->has_late = true;
	a->late_end = a->gap_end = a->counted_gap_end = later_by(until, a->uncertainty);
	engine_order_gap(a, a->gap_end);
}

/* Nor was it seen what is stamped before the first event. Where stamps are exact, that was over when the window began. */
static void blur_head(struct analysis *a, const struct wsc_event *events, size_t count)
{
	size_t i = 0;
	while (i < count && events[i].kind == WSC_EV_GAP)
		i++;
	if (i == count)
		return;
	a->has_begun = true;
	if (a->header->complete || a->uncertainty == 0 || events[i].ts == 0)
		return;
	a->head_end = later_by(events[i].ts - 1, a->uncertainty);
	engine_order_gap(a, a->head_end);
}

enum wsc_status analysis_create(struct analysis **out, const struct trace_header *header, const uint32_t *workers,
                                size_t worker_count, const struct analysis_options *options)
{
	struct analysis *a = calloc(1, sizeof(*a));
	*out = NULL;
	if (a == NULL)
		return WSC_NOMEM;
	if (queue_table_init(&a->queues, header, workers, worker_count) != WSC_OK) {
		analysis_free(a);
		return WSC_NOMEM;
	}
	a->header = header;
	a->options = *options;
	struct share *share = &a->options.share;
	uint64_t uncertainty_ns =
	    options->uncertainty_ns != UINT64_MAX ? options->uncertainty_ns : header->uncertainty_ns;
	uint64_t publish_ns = options->publish_ns != UINT64_MAX ? options->publish_ns : header->publish_ns;
	a->uncertainty = trace_header_stamps(header, uncertainty_ns);
	a->publish = trace_header_stamps(header, publish_ns);
	a->idle = trace_header_stamps(header, options->idle_ns);
	a->idle_least = later_by(later_by(a->publish, a->idle), later_by(a->uncertainty, a->uncertainty));
	a->slow_steal = trace_header_stamps(header, options->slow_steal_ns);
	a->rules = ownership_rules_of(header, a->uncertainty, &a->queues);
	lane_init(a);
	order_init(&a->order, &a->queues, a->uncertainty, a->publish);
	order_init(&a->reading, &a->queues, a->uncertainty, a->publish);
	a->order.vague = a->reading.vague = a->rules.vague;
	blur_beginning(a);
	findings_init(&a->findings, header, share, options->max_reports);
	histogram_init(&a->result.steal_latency);
	histogram_init(&a->result.failed_steal_latency);
	histogram_init(&a->result.queue_wait);
	histogram_init(&a->result.exec);
	histogram_init(&a->result.queued_to_done);
	stream_totals_init(&a->totals, header, &a->result.steal_latency, &a->result.failed_steal_latency);
	a->totals.timelines = share_leads(share) ? &a->timelines : NULL;
	*out = a;
	return WSC_OK;
}

void analysis_free(struct analysis *a)
{
	if (a == NULL)
		return;
	for (uint32_t i = 0; i < a->stream_count; i++) {
		free(a->streams[i].pushes);
		free(a->streams[i].guess);
		free(a->streams[i].takes);
		free(a->streams[i].park.covers);
		presence_list_free(&a->streams[i].parks);
		stream_free(&a->streams[i].stream);
	}
	free(a->streams);
	for (size_t i = 0; i < a->queue_capacity; i++) {
		presence_list_free(&a->by_queue[i].empties);
		depth_free(&a->by_queue[i].depth);
	}
	lane_free(a);
	free(a->by_queue);
	id_map_free(&a->stream_index);
	id_map_free(&a->pair_index);
	id_map_free(&a->undecided);
	id_map_free(&a->wakings);
	id_map_free(&a->unused_wakes);
	free(a->pairs);
	free(a->gaps);
	free(a->gap_begins);
	window_free(&a->window);
	findings_free(&a->findings);
	order_free(&a->order);
	order_free(&a->reading);
	id_map_free(&a->read_late);
	id_map_free(&a->misread);
	free(a->kept);
	for (size_t i = 0; i < a->sleep_count; i++)
		free(a->sleeps[i].covers);
	free(a->sleeps);
	task_table_free(&a->tasks);
	task_table_free(&a->ghosts);
	queue_table_free(&a->queues);
	free(a->result.unchecked);
	free(a->result.parked);
	free(a->result.workers);
	free(a->result.queues);
	free(a);
}

static struct engine_stream *stream_of(struct analysis *a, uint32_t worker, uint32_t *number)
{
	uint32_t found =
	    worker < ANALYSIS_SMALL_IDS ? a->stream_of_small[worker] : id_map_find(&a->stream_index, worker);
	if (found == ID_MAP_NONE) {
		struct engine_stream *grown =
		    array_room(a->streams, a->stream_count, &a->stream_capacity, sizeof(*grown));
		if (grown == NULL)
			return NULL;
		a->streams = grown;
		if (!id_map_add(&a->stream_index, worker, a->stream_count + 1))
			return NULL;
		struct engine_stream *s = &a->streams[a->stream_count];
		*s = (struct engine_stream){.parks.max = PRESENCE_PARKS_MAX};
		stream_init(&s->stream, worker);
		found = ++a->stream_count;
		if (worker < ANALYSIS_SMALL_IDS)
			a->stream_of_small[worker] = found;
	}
	*number = found - 1;
	return &a->streams[*number];
}

/* A stamp that runs backwards by more than counters may differ: said once for each worker. */
static bool check_backwards(struct analysis *a, struct stream *s, const struct wsc_event *e)
{
	if (s->backwards || e->kind == WSC_EV_GAP || e->ts >= s->previous_ts ||
	    s->previous_ts - e->ts <= a->uncertainty)
		return true;
	s->backwards = true;
	struct violation v = {.kind = WSC_VIOLATION_PROTOCOL_VIOLATION,
	                      .ts = s->previous_ts,
	                      .since = e->ts,
	                      .workers = {e->worker},
	                      .worker_count = 1};
	return findings_add(&a->findings, &v);
}

/* An event of task 0, which is no task, tells nothing: said once for each worker. A steal of one is not sampled. */
static bool check_no_task(struct analysis *a, struct stream *s, const struct wsc_event *e)
{
	if (s->no_task || e->kind == WSC_EV_STEAL_SUCCESS)
		return true;
	s->no_task = true;
	struct violation v = {.kind = WSC_VIOLATION_PROTOCOL_VIOLATION,
	                      .ts = e->ts,
	                      .since = e->ts,
	                      .workers = {e->worker},
	                      .worker_count = 1};
	return findings_add(&a->findings, &v);
}

static bool count_steal(struct analysis *a, const struct wsc_event *e, bool first)
{
	uint64_t key = (uint64_t)e->worker << 32 | e->queue;
	uint32_t found = id_map_find(&a->pair_index, key);
	if (found == ID_MAP_NONE) {
		struct steal_pair *grown = array_room(a->pairs, a->pair_count, &a->pair_capacity, sizeof(*grown));
		if (grown == NULL)
			return false;
		a->pairs = grown;
		if (!id_map_add(&a->pair_index, key, a->pair_count + 1))
			return false;
		a->pairs[a->pair_count] = (struct steal_pair){.thief = e->worker, .queue = e->queue};
		found = ++a->pair_count;
	}
	a->pairs[found - 1].tasks++;
	a->pairs[found - 1].attempts += first;
	return true;
}

/* Whether the event concerns the ownership of a task. */
static bool needs_task(const struct wsc_event *e)
{
	const unsigned kinds = 1U << WSC_EV_QUEUED | 1U << WSC_EV_PUSH_FAILED | 1U << WSC_EV_DEQUEUED |
	                       1U << WSC_EV_STEAL_SUCCESS | 1U << WSC_EV_EXEC_START | 1U << WSC_EV_EXEC_COMPLETE |
	                       1U << WSC_EV_SUSPENDED | 1U << WSC_EV_RESUMED | 1U << WSC_EV_CANCELLED;
	return (kinds >> e->kind & 1U) != 0;
}

/* The event concerns a task. False: no memory. */
static bool feed_task(struct analysis *a, struct window_entry *entry)
{
	uint64_t handle = entry->event.task;
	bool follows = share_follows(&a->options.share, handle);
	uint32_t known = 0;
	if (follows && lane_arrives(a, entry, &known))
		return true;
	struct task *task =
	    known != 0 ? task_table_at(&a->tasks, known - 1) : task_table_get(follows ? &a->tasks : &a->ghosts, handle);
	if (task == NULL)
		return false;
	task->is_ghost = !follows;
	window_set_task(a, entry, task);
	return true;
}

/* Which queues have a series of depths is decided by the order in which they are pushed to, whosever tasks. */
static bool note_pushed(struct analysis *a, struct engine_stream *s, uint32_t id)
{
	int64_t number = queue_table_number(&a->queues, id);
	struct engine_queue *queue = number < 0 ? NULL : idle_queue(a, (uint32_t)number);
	if (queue == NULL)
		return false;
	if (!queue->was_pushed)
		depth_admit(&a->depths, &queue->depth);
	queue->was_pushed = true;
	s->has_pushed_queue = true;
	s->pushed_queue = id;
	if (id == s->stream.worker)
		lane_own_deque(a, s, (uint32_t)number);
	return true;
}

/* What the worker took since its latest event, or in the attempt or batch under way, it may have told in the gap. */
static void hide_takes(struct analysis *a, const struct stream *s)
{
	uint64_t since = s->previous_ts;
	if ((s->open || s->batch) && s->attempt_lower < since)
		since = s->attempt_lower;
	if (s->dequeuing && s->dequeue_lower < since)
		since = s->dequeue_lower;
	const uint64_t earliest = earlier_by(since, a->uncertainty);
	if (a->findings.hidden_since > earliest)
		a->findings.hidden_since = earliest;
}

static bool feed_one(struct analysis *a, struct engine_stream *s, uint32_t number, const struct wsc_event *e)
{
	struct window_entry *entry = window_add(a, e);
	if (entry == NULL || !check_backwards(a, &s->stream, e))
		return false;
	if (e->kind == WSC_EV_GAP) {
		hide_takes(a, &s->stream);
		if (!apply_note_gap(a, e))
			return false;
	}
	if (e->kind == WSC_EV_QUEUED && (e->queue != s->pushed_queue || !s->has_pushed_queue) &&
	    !note_pushed(a, s, e->queue))
		return false;
	entry->stream = number;
	stream_event(&s->stream, e, &a->totals, &entry->context);
	if (needs_task(e) && !(e->task == 0 ? check_no_task(a, &s->stream, e) : feed_task(a, entry)))
		return false;
	return e->kind != WSC_EV_STEAL_SUCCESS || count_steal(a, e, entry->context.first);
}

static inline void note_time(struct analysis *a, const struct wsc_event *e)
{
	struct analysis_result *r = &a->result;
	if (e->ts > a->last_ts)
		a->last_ts = e->ts;
	if (e->kind == WSC_EV_GAP)
		return;
	if (__builtin_expect(r->events++ == 0 || e->ts < r->first_ts, 0))
		r->first_ts = e->ts;
	if (e->ts > r->last_ts)
		r->last_ts = e->ts;
}

/* How many events ahead. */
enum { FORESEE_LATER = 16, FORESEE_SOONER = 8 };

/* False: no memory. */
static bool feed_some(struct analysis *a, const struct wsc_event *events, size_t count, size_t ahead)
{
	for (size_t i = 0; i < count; i++) {
		uint32_t number;
		if (i + FORESEE_LATER < ahead)
			lane_foresee(a, &events[i + FORESEE_LATER], &events[i + FORESEE_SOONER]);
		struct engine_stream *s = stream_of(a, events[i].worker, &number);
		if (s == NULL || !(lane_feed(a, s, number, &events[i]) || feed_one(a, s, number, &events[i])))
			return false;
		note_time(a, &events[i]);
	}
	return true;
}

enum wsc_status analysis_feed(struct analysis *a, const struct wsc_event *events, size_t count)
{
	/*
	 * Now and then is cheaper than always. When the window moves on changes no verdict, only how soon lives are forgotten,
	 * and how far behind a group that is too large to search nothing is concluded.
	 */
	const size_t advance_every = a->options.stepwise ? 1 : 64;
	if (!course_keep(a, events, count))
		return WSC_NOMEM;
	if (!a->has_begun)
		blur_head(a, events, count);
	while (count > 0) {
		size_t some = advance_every - a->since_advance;
		some = some < count ? some : count;
		if (!feed_some(a, events, some, count))
			return WSC_NOMEM;
		events += some;
		count -= some;
		a->since_advance += (unsigned)some;
		if (a->since_advance == advance_every) {
			a->since_advance = 0;
			window_advance(a, a->last_ts);
		}
	}
	return engine_has_no_memory(a) ? WSC_NOMEM : WSC_OK;
}

static int compare_workers(const void *left, const void *right)
{
	const struct worker_stats *a = left, *b = right;
	return (a->worker > b->worker) - (a->worker < b->worker);
}

static int compare_events(const void *left, const void *right)
{
	const struct worker_stats *a = left, *b = right;
	if (a->events != b->events)
		return a->events > b->events ? -1 : 1;
	return compare_workers(left, right);
}

static int compare_pairs(const void *left, const void *right)
{
	const struct steal_pair *a = left, *b = right;
	if (a->thief != b->thief)
		return a->thief < b->thief ? -1 : 1;
	return (a->queue > b->queue) - (a->queue < b->queue);
}

static int compare_parked(const void *left, const void *right)
{
	const struct parked_worker *a = left, *b = right;
	return (a->worker > b->worker) - (a->worker < b->worker);
}

static int compare_unchecked(const void *left, const void *right)
{
	const struct unchecked_queue *a = left, *b = right;
	return (a->queue > b->queue) - (a->queue < b->queue);
}

static void collect_stats(struct analysis *a)
{
	struct analysis_result *r = &a->result;
	for (uint32_t i = 0; i < a->stream_count; i++) {
		const struct stream *s = &a->streams[i].stream;
		if (s->stats.events == 0)
			continue; /* it is but the bearer of a gap */
		r->workers[r->worker_count] = s->stats;
		r->workers[r->worker_count++].timeline = s->timeline;
	}
	qsort(r->workers, r->worker_count, sizeof(*r->workers), compare_events);
	for (size_t i = WORKER_TIMELINES_MAX; i < r->worker_count; i++)
		r->workers[i].timeline = NULL;
	qsort(r->workers, r->worker_count, sizeof(*r->workers), compare_workers);
}

static bool collect_workers(struct analysis *a)
{
	struct analysis_result *r = &a->result;
	r->workers = calloc((size_t)a->stream_count + 1, sizeof(*r->workers));
	r->parked = calloc((size_t)a->stream_count + 1, sizeof(*r->parked));
	if (r->workers == NULL || r->parked == NULL)
		return false;
	for (uint32_t i = 0; i < a->stream_count; i++) {
		struct stream *s = &a->streams[i].stream;
		stream_end(s, r->end_ts, &a->totals);
		statistics_idle(a, s);
		if (s->is_parked)
			r->parked[r->parked_count++] = (struct parked_worker){s->worker, s->parked_since};
	}
	for (uint32_t i = 0; i < a->pair_count; i++) {
		/* What thieves took from a worker's own queue; an owner that takes from the thieves' end is no thief.
		 */
		const struct steal_pair *p = &a->pairs[i];
		int64_t queue = queue_table_number(&a->queues, p->queue);
		if (queue < 0)
			return false;
		const struct queue_traits *traits = &a->queues.queues[queue];
		uint32_t owner = traits->owned ? id_map_find(&a->stream_index, traits->owner) : ID_MAP_NONE;
		if (owner != ID_MAP_NONE && traits->owner != p->thief)
			a->streams[owner - 1].stream.stats.lost_to_thieves += p->tasks;
	}
	collect_stats(a);
	qsort(r->parked, r->parked_count, sizeof(*r->parked), compare_parked);
	if (a->pair_count > 0)
		qsort(a->pairs, a->pair_count, sizeof(*a->pairs), compare_pairs);
	r->steals = a->pairs;
	r->steal_count = a->pair_count;
	return true;
}

/* Of so many stays in a queue, nine tenths: then its order was not checked. */
enum { UNORDERED_STAYS_MIN = 100 };

/* Why the queue's order, which is declared, could not be checked, or NULL. */
static const char *why_unchecked(struct analysis *a, uint32_t queue)
{
	const char *why = order_unchecked(&a->order, queue);
	if (why != NULL || queue >= a->queue_capacity || a->queues.queues[queue].discipline == WSC_DISCIPLINE_NONE)
		return why;
	const struct engine_queue *q = &a->by_queue[queue];
	a->result.undecided_stays += q->unordered;
	if (q->seems_out && !has_slots(a))
		return "stamps are so close that it is ambiguous which take was whose, and whether all came in turn";
	if (!has_slots(a))
		return NULL; /* the first reading is in order */
	if (q->seems_out)
		return "handles are used again so soon that it is ambiguous which take was whose, and whether all "
		       "came in turn";
	if (q->depth.pushes < UNORDERED_STAYS_MIN || q->unordered < q->depth.pushes - q->depth.pushes / 10)
		return NULL;
	return "handles are used again so soon that of nearly all its tasks it is ambiguous which take was whose";
}

static bool collect_unchecked(struct analysis *a)
{
	struct analysis_result *r = &a->result;
	r->unchecked = calloc(a->queues.count + 1, sizeof(*r->unchecked));
	if (r->unchecked == NULL)
		return false;
	for (size_t i = 0; i < a->queues.count; i++) {
		if (!share_has_queue(&a->options.share, a->queues.queues[i].queue))
			continue;
		const char *why = why_unchecked(a, (uint32_t)i);
		if (why != NULL)
			r->unchecked[r->unchecked_count++] = (struct unchecked_queue){a->queues.queues[i].queue, why};
	}
	analysis_sort_unchecked(r);
	return true;
}

void analysis_sort_unchecked(struct analysis_result *r)
{
	if (r->unchecked_count > 0)
		qsort(r->unchecked, r->unchecked_count, sizeof(*r->unchecked), compare_unchecked);
}

/* What keeps a trace without errors from being a pass. */
static void find_reasons(struct analysis *a)
{
	struct analysis_result *r = &a->result;
	const struct {
		bool holds;
		enum analysis_reason reason;
	} reasons[] = {
	    {r->end == WSC_END_CUT, ANALYSIS_REASON_CUT},
	    {r->end == WSC_END_STALLED, ANALYSIS_REASON_STALLED},
	    {!a->header->complete, ANALYSIS_REASON_WINDOW},
	    /* Behind its last watermark a cut trace has a gap that counts nothing: that is the cut. */
	    {a->gap_begin_count > 0 && (a->has_counted_gap || r->end != WSC_END_CUT), ANALYSIS_REASON_LOSSY},
	    {r->damaged_blocks > 0, ANALYSIS_REASON_DAMAGED},
	    {r->events == 0, ANALYSIS_REASON_EMPTY},
	    {r->unchecked_count > 0, ANALYSIS_REASON_UNCHECKED_ORDER},
	    {a->ambiguous || a->window.overrun, ANALYSIS_REASON_AMBIGUOUS},
	    {absent_hides(a->header), ANALYSIS_REASON_ABSENT},
	};
	for (size_t i = 0; i < sizeof(reasons) / sizeof(reasons[0]); i++)
		r->reasons |= reasons[i].holds ? (unsigned)reasons[i].reason : 0;
}

static const struct {
	const char *name, *clause;
} undecided[] = {
#define ROW(NAME, name_, clause_) {name_, clause_},
    WSC_UNDECIDED_REASONS(ROW)
#undef ROW
};

const char *wsc_undecided_name(enum wsc_undecided_reason reason)
{
	return undecided[reason].name;
}

const char *wsc_undecided_clause(enum wsc_undecided_reason reason)
{
	return undecided[reason].clause;
}

uint64_t analysis_undecided(const struct analysis_result *r)
{
	uint64_t sum = 0;
	for (unsigned i = 0; i < WSC_UNDECIDED_REASON_COUNT; i++)
		sum += r->undecided_by_reason[i];
	return sum;
}

/* One clause for all of them: of several reasons it says what they have in common. */
static const char *undecided_reason(const struct analysis_result *r)
{
#define UNSEEN "some of what concerns them was not seen"
#define CROWD  "more happened at once than can be told apart"
	for (unsigned i = 0; i < WSC_UNDECIDED_REASON_COUNT; i++) {
		if (r->undecided_by_reason[i] == r->undecided_tasks)
			return wsc_undecided_clause((enum wsc_undecided_reason)i);
	}
	uint64_t unseen = r->undecided_by_reason[WSC_UNDECIDED_GAP] +
	                  r->undecided_by_reason[WSC_UNDECIDED_LATE_WORKER] +
	                  r->undecided_by_reason[WSC_UNDECIDED_REUSED_HANDLE];
	if (unseen == 0)
		return CROWD;
	return unseen < r->undecided_tasks ? UNSEEN ", or " CROWD : UNSEEN;
#undef UNSEEN
#undef CROWD
}

void analysis_judge(struct analysis_result *r, bool reuses_cancelled)
{
	if (!reuses_cancelled)
		r->undecided_by_reason[WSC_UNDECIDED_REUSED_HANDLE] = 0; /* nothing was withheld */
	r->verdict = r->reasons == 0 ? ANALYSIS_PASS : ANALYSIS_INCONCLUSIVE;
	for (int kind = 0; kind < WSC_VIOLATION_KIND_COUNT; kind++) {
		if (r->counts[kind] > 0 && wsc_violation_severity((enum wsc_violation_kind)kind) == WSC_SEVERITY_ERROR)
			r->verdict = ANALYSIS_FAIL;
	}
	r->undecided_tasks = analysis_undecided(r);
	if (r->undecided_tasks > 0)
		r->undecided_reason = undecided_reason(r);
}

/* Where all is known: which reports stand, and the verdict. */
static bool conclude(struct analysis *a)
{
	struct analysis_result *r = &a->result;
	struct reports *reports = &a->findings.reports;
	const struct reports_facts facts = {
	    .reuses_cancelled = a->reuses_cancelled, .doubts_all = a->findings.doubts_all, .lives = r->lives};
	reports_conclude(reports, &facts, r->counts);
	r->violations = reports->list;
	r->violation_count = reports->count;
	analysis_judge(r, a->reuses_cancelled);
	return reports_describe_all(a->header, reports);
}

/*
 * How lives end, a share of the queues does not say. It matters to it where somebody would be convicted who is not to be,
 * if the life was lost, or where stays end because what became of them is not known; and where a first reading may turn out
 * to be none, as those of slots. Else that can be saved: a life that is under way takes more memory at its end than before (lane.h).
 */
static bool ends_without_lives(struct analysis *a)
{
	if (a->options.share.kind != SHARE_QUEUES || has_slots(a) || a->branches)
		return false;
	stay_end(a);
	return a->order.conviction_count == 0 && !a->has_gap && a->head_end == 0 && !a->window.overrun;
}

enum wsc_status analysis_finish(struct analysis *a, enum wsc_end end, uint64_t damaged_blocks)
{
	struct analysis_result *r = &a->result;
	window_advance(a, WINDOW_END);
	if (ends_without_lives(a))
		idle_end(a);
	else
		apply_end(a, end);
	r->end = end;
	findings_look_out(a);
	r->damaged_blocks = damaged_blocks;
	r->tasks = a->tasks.seen;
	r->end_ts = statistics_end(a);
	if (engine_has_no_memory(a) || !course_search(a) || !collect_workers(a) || !collect_unchecked(a) ||
	    !statistics_queues(a) || a->depths.no_memory || a->timelines.no_memory || !findings_finish(a))
		return WSC_NOMEM;
	r->workers_seen = r->worker_count;
	r->steal_attempts = a->totals.attempts;
	r->successful_steals = a->totals.successes;
	r->failed_steals = a->totals.failures;
	r->stolen_tasks = a->totals.stolen;
	find_reasons(a);
	return a->options.share.kind != SHARE_WHOLE || conclude(a) ? WSC_OK : WSC_NOMEM;
}

size_t analysis_queue_count(const struct analysis *a)
{
	return a->queues.count;
}

struct analysis_result *analysis_result(struct analysis *a)
{
	return &a->result;
}
