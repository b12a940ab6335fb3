/* SPDX-License-Identifier: MIT */
/* The statistics as JSON. report.schema.json says what each key means; change both together. */
#include "report_json_parts.h"
#include "report_parts.h"

/* The mean is of stamps: scaled as one number, because a tick may be less than a nanosecond. */
static double mean_ns(const struct trace_header *header, const struct histogram *histogram)
{
	return report_real_ns(header, histogram_mean(histogram));
}

static void add_max_event(struct teller *teller, json_object *to, const struct histogram *histogram)
{
	struct json_document *document = &teller->document;
	if (histogram->count == 0) {
		json_add_null(document, to, "max_event");
		return;
	}
	json_object *event = json_add_object(document, to, "max_event");
	teller_add_task(teller, event, "task", histogram->of_max.task);
	json_add_u64(document, event, "worker", histogram->of_max.worker);
	teller_add_ns(teller, event, "ts_ns", histogram->of_max.ts);
}

struct bucket_list {
	json_object *values, *counts;
};

static void add_bucket(struct teller *teller, const struct bucket_list *list, uint64_t ns, uint64_t count)
{
	if (count == 0)
		return;
	json_add_u64(&teller->document, list->values, NULL, ns);
	json_add_u64(&teller->document, list->counts, NULL, count);
}

/* What it is made of, so that reports can be joined. Buckets that are of one nanosecond are one. */
static void add_buckets_of(struct teller *teller, json_object *to, const struct histogram *histogram)
{
	struct json_document *document = &teller->document;
	json_object *buckets = json_add_object(document, to, "buckets");
	const struct bucket_list list = {json_add_array(document, buckets, "ns"),
	                                 json_add_array(document, buckets, "counts")};
	uint64_t value = 0, count = 0;
	for (unsigned i = 0; i < HISTOGRAM_BUCKETS && !document->failed; i++) {
		if (histogram->buckets[i] == 0)
			continue;
		uint64_t ns = trace_header_ns(teller->report->header, histogram_bucket_value(histogram, i));
		if (ns != value) {
			add_bucket(teller, &list, value, count);
			count = 0;
		}
		value = ns;
		count += histogram->buckets[i];
	}
	add_bucket(teller, &list, value, count);
}

static void add_histogram(struct teller *teller, json_object *stats, const char *key, const struct histogram *histogram)
{
	static const struct {
		const char *key;
		double quantile;
	} rows[] = {{"p50", 0.5}, {"p90", 0.9}, {"p99", 0.99}, {"p999", 0.999}};
	struct json_document *document = &teller->document;
	json_object *to = json_add_object(document, stats, key);
	json_add_u64(document, to, "count", histogram->count);
	teller_add_ns(teller, to, "min", histogram->count ? histogram->min : 0);
	json_add_real(document, to, "mean", mean_ns(teller->report->header, histogram));
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++)
		teller_add_ns(teller, to, rows[i].key, histogram_quantile(histogram, rows[i].quantile));
	teller_add_ns(teller, to, "max", histogram->count ? histogram->max : 0);
	add_max_event(teller, to, histogram);
	add_buckets_of(teller, to, histogram);
}

/* What a series over time has in common with others: an object with the begin and the length of its buckets. */
static json_object *add_buckets(struct teller *teller, json_object *to, const char *key, uint64_t first, unsigned shift)
{
	struct json_document *document = &teller->document;
	json_object *buckets = json_add_object(document, to, key);
	teller_add_ns(teller, buckets, "from_ns", first << shift);
	json_add_real(document, buckets, "bucket_ns",
	              report_real_ns(teller->report->header, (double)(UINT64_C(1) << shift)));
	return buckets;
}

static void add_timeline(struct teller *teller, json_object *worker, const struct timeline *timeline)
{
	static const char *const keys[TIMELINE_STATES] = {"busy_ns", "stealing_ns", "parked_ns", "overlap_ns"};
	struct json_document *document = &teller->document;
	if (timeline == NULL) {
		json_add_null(document, worker, "timeline");
		return;
	}
	json_object *to = add_buckets(teller, worker, "timeline", timeline->first, timeline->shift);
	for (unsigned state = 0; state < TIMELINE_STATES; state++) {
		json_object *time = json_add_array(document, to, keys[state]);
		for (unsigned i = 0; i < timeline->count && !document->failed; i++)
			teller_add_ns(teller, time, NULL, timeline->time[i][state]);
	}
}

static void add_worker(struct teller *teller, json_object *workers, const struct worker_stats *row)
{
	struct json_document *document = &teller->document;
	const struct trace_worker *declared = trace_header_worker(teller->report->header, row->worker);
	json_object *to = json_add_object(document, workers, NULL);
	json_add_u64(document, to, "worker", row->worker);
	if (declared && declared->name)
		json_add_string(document, to, "name", declared->name);
	else
		json_add_null(document, to, "name");
	json_add_u64(document, to, "events", row->events);
	json_add_u64(document, to, "executed", row->executed);
	json_add_u64(document, to, "stolen", row->stolen);
	json_add_u64(document, to, "lost_to_thieves", row->lost_to_thieves);
	json_add_u64(document, to, "attempts", row->attempts);
	json_add_u64(document, to, "failed_attempts", row->failed_attempts);
	teller_add_ns(teller, to, "attached_ns", row->attached);
	teller_add_ns(teller, to, "busy_ns", row->busy);
	teller_add_ns(teller, to, "stealing_ns", row->stealing);
	teller_add_ns(teller, to, "parked_ns", row->parked);
	if (teller->report->header->sampling > 1)
		json_add_null(document, to, "idle_ns");
	else
		teller_add_ns(teller, to, "idle_ns", row->idle);
	teller_add_ns(teller, to, "first_ns", row->first_ts);
	teller_add_ns(teller, to, "last_ns", row->last_ts);
	add_timeline(teller, to, row->timeline);
}

static void add_depth(struct teller *teller, json_object *queue, const struct depth_series *series)
{
	struct json_document *document = &teller->document;
	if (series == NULL) {
		json_add_null(document, queue, "depth");
		return;
	}
	json_object *to = add_buckets(teller, queue, "depth", series->first, series->shift);
	json_object *max = json_add_array(document, to, "max");
	for (unsigned i = 0; i < series->count; i++)
		json_add_u64(document, max, NULL, series->max[i]);
}

static void add_queues(struct teller *teller, json_object *stats)
{
	const struct analysis_result *result = teller->report->result;
	struct json_document *document = &teller->document;
	json_object *queues = json_add_array(document, stats, "queues");
	for (size_t i = 0; i < result->queue_count && !document->failed; i++) {
		const struct queue_stats *row = &result->queues[i];
		json_object *to = json_add_object(document, queues, NULL);
		json_add_u64(document, to, "queue", row->queue);
		json_add_u64(document, to, "pushes", row->pushes);
		json_add_u64(document, to, "takes", row->takes);
		json_add_u64(document, to, "steals", row->steals);
		json_add_u64(document, to, "max_depth", row->max_depth);
		teller_add_ns(teller, to, "max_depth_ts_ns", row->max_depth_ts);
		add_depth(teller, to, row->depth);
	}
	json_object *rest = json_add_object(document, stats, "queues_left_out");
	json_add_u64(document, rest, "queues", result->queues_left_out);
	json_add_u64(document, rest, "pushes", result->pushes_left_out);
}

static void add_tables(struct teller *teller, json_object *stats)
{
	const struct analysis_result *result = teller->report->result;
	struct json_document *document = &teller->document;
	json_object *workers = json_add_array(document, stats, "workers");
	for (size_t i = 0; i < result->worker_count; i++)
		add_worker(teller, workers, &result->workers[i]);
	json_object *matrix = json_add_array(document, stats, "steal_matrix");
	for (size_t i = 0; i < result->steal_count; i++) {
		json_object *to = json_add_object(document, matrix, NULL);
		json_add_u64(document, to, "thief", result->steals[i].thief);
		json_add_u64(document, to, "queue", result->steals[i].queue);
		json_add_u64(document, to, "tasks", result->steals[i].tasks);
		json_add_u64(document, to, "attempts", result->steals[i].attempts);
	}
}

static void add_ratio(struct teller *teller, json_object *to, const char *key, double value, bool known)
{
	if (known)
		json_add_real(&teller->document, to, key, value);
	else
		json_add_null(&teller->document, to, key);
}

static void add_steals_per_life(struct teller *teller, json_object *stats)
{
	static const char *const keys[STEALS_PER_LIFE] = {"once", "twice", "three_times", "more_often"};
	const struct steals_per_life *steals = &teller->report->result->steals_per_life;
	struct json_document *document = &teller->document;
	json_object *to = json_add_object(document, stats, "steals_per_life");
	for (unsigned i = 0; i < STEALS_PER_LIFE; i++)
		json_add_u64(document, to, keys[i], steals->lives[i]);
	json_add_u64(document, to, "repeated", steals_per_life_repeated(steals));
	json_add_u64(document, to, "max", steals->max);
	teller_add_task(teller, to, "max_task", steals->max == 0 ? 0 : steals->task);
	if (steals->max == 0)
		json_add_null(document, to, "max_ts_ns");
	else
		teller_add_ns(teller, to, "max_ts_ns", steals->ts);
}

static void add_balance_and_waste(struct teller *teller, json_object *stats)
{
	const struct analysis_result *result = teller->report->result;
	struct json_document *document = &teller->document;
	struct balance balance = balance_of(result->workers, result->worker_count);
	json_object *to = json_add_object(document, stats, "load_imbalance");
	json_add_u64(document, to, "workers", balance.workers);
	add_ratio(teller, to, "busy", balance.busy, balance.busy > 0);
	add_ratio(teller, to, "executed", balance.executed, balance.executed > 0);

	to = json_add_object(document, stats, "wasted");
	json_add_u64(document, to, "idle_parks", result->counts[WSC_VIOLATION_IDLE_WHILE_WORK]);
	teller_add_ns(teller, to, "idle_ns", result->wasted.idle);
	json_add_u64(document, to, "false_empties", result->counts[WSC_VIOLATION_FALSE_EMPTY]);
	teller_add_ns(teller, to, "false_empty_ns", result->wasted.false_empty);
}

/* Counts of tasks, were all recorded. */
static void add_estimated(struct teller *teller, json_object *stats)
{
	const struct report *report = teller->report;
	struct json_document *document = &teller->document;
	uint64_t executed = 0, pushes = report->result->pushes_left_out;
	if (report->header->sampling <= 1) {
		json_add_null(document, stats, "estimated");
		return;
	}
	for (size_t i = 0; i < report->result->worker_count; i++)
		executed += report->result->workers[i].executed;
	for (size_t i = 0; i < report->result->queue_count; i++)
		pushes += report->result->queues[i].pushes;
	json_object *to = json_add_object(document, stats, "estimated");
	json_add_u64(document, to, "tasks", report_scaled(report, report->result->tasks));
	json_add_u64(document, to, "lives", report_scaled(report, report->result->lives));
	json_add_u64(document, to, "executed", report_scaled(report, executed));
	json_add_u64(document, to, "pushes", report_scaled(report, pushes));
	json_add_u64(document, to, "repeatedly_stolen_lives",
	             report_scaled(report, steals_per_life_repeated(&report->result->steals_per_life)));
}

void report_json_stats(struct teller *teller, json_object *root)
{
	const struct analysis_result *result = teller->report->result;
	struct json_document *document = &teller->document;
	json_object *stats = json_add_object(document, root, "stats");
	json_add_u64(document, stats, "steal_attempts", result->steal_attempts);
	json_add_u64(document, stats, "successful_steals", result->successful_steals);
	json_add_u64(document, stats, "stolen_tasks", result->stolen_tasks);
	json_add_u64(document, stats, "failed_steals", result->failed_steals);
	add_ratio(teller, stats, "success_ratio",
	          (double)result->successful_steals / (double)(result->steal_attempts + (result->steal_attempts == 0)),
	          result->steal_attempts > 0);
	json_add_u64(document, stats, "ownership_violations", result->counts[WSC_VIOLATION_MULTIPLE_OWNERS]);
	json_add_u64(document, stats, "double_execution_violations", result->counts[WSC_VIOLATION_DOUBLE_EXECUTION]);
	json_add_u64(document, stats, "lost_work_violations", result->counts[WSC_VIOLATION_LOST_WORK]);
	json_add_real(document, stats, "avg_steal_latency_us",
	              mean_ns(teller->report->header, &result->steal_latency) / 1000);
	add_histogram(teller, stats, "steal_latency_ns", &result->steal_latency);
	add_histogram(teller, stats, "failed_steal_latency_ns", &result->failed_steal_latency);
	add_histogram(teller, stats, "queue_wait_ns", &result->queue_wait);
	add_histogram(teller, stats, "exec_ns", &result->exec);
	add_histogram(teller, stats, "queued_to_done_ns", &result->queued_to_done);
	add_steals_per_life(teller, stats);
	add_balance_and_waste(teller, stats);
	add_estimated(teller, stats);
	add_tables(teller, stats);
	add_queues(teller, stats);
}
