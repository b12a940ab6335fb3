/* SPDX-License-Identifier: MIT */
#include "minimize.h"

#include <stdlib.h>
#include <string.h>

#include "id_map.h"

static bool is_error(enum wsc_violation_kind kind)
{
	return wsc_violation_severity(kind) == WSC_SEVERITY_ERROR;
}

const struct violation *minimize_choose(const struct analysis_result *result, const struct minimize_choice *choice)
{
	const struct violation *warning = NULL;
	for (size_t i = 0; i < result->violation_count; i++) {
		const struct violation *v = &result->violations[i];
		if ((choice->has_task && v->task != choice->task) || (choice->has_kind && v->kind != choice->kind))
			continue;
		if (choice->has_kind || is_error(v->kind))
			return v;
		if (warning == NULL)
			warning = v;
	}
	return warning;
}

static bool is_about(const struct violation *v, const struct violation *report)
{
	return v->task == report->task || (v->task != 0 && v->task == report->other_task);
}

unsigned minimize_known(const struct analysis_result *result, const struct violation *report)
{
	unsigned known = 0;
	for (size_t i = 0; i < result->violation_count; i++) {
		const struct violation *v = &result->violations[i];
		if (is_about(v, report) && is_error(v->kind))
			known |= 1U << v->kind;
	}
	return known;
}

static bool has_worker(const struct violation *v, uint32_t worker)
{
	for (unsigned i = 0; i < v->worker_count; i++) {
		if (v->workers[i] == worker)
			return true;
	}
	return false;
}

/* The same kind and task; and, if the proof is asked for, the same event, other task, queue and workers. */
static bool is_same(const struct violation *v, const struct violation *report, bool proof)
{
	if (v->kind != report->kind || v->task != report->task)
		return false;
	if (!proof)
		return true;
	if (v->ts != report->ts || v->other_task != report->other_task || v->worker_count != report->worker_count ||
	    v->has_queue != report->has_queue || v->queue != report->queue)
		return false;
	for (unsigned i = 0; i < v->worker_count; i++) {
		if (!has_worker(report, v->workers[i]))
			return false;
	}
	return true;
}

/* An error that says of a task of the report what the whole trace does not. A life that was cut short says nothing. */
static bool is_made_up(const struct minimize_job *job, const struct violation *v)
{
	const unsigned ends = 1U << WSC_VIOLATION_LOST_WORK | 1U << WSC_VIOLATION_STALLED_WORK;
	return is_about(v, job->report) && is_error(v->kind) && (1U << v->kind & (job->known | ends)) == 0;
}

static bool result_shows(const struct minimize_job *job, const struct analysis_result *result, bool proof)
{
	bool shown = false;
	for (size_t i = 0; i < result->violation_count; i++) {
		shown |= is_same(&result->violations[i], job->report, proof);
		if (proof && is_made_up(job, &result->violations[i]))
			return false;
	}
	return shown;
}

static enum wsc_status judge(const struct minimize_job *job, const struct wsc_event *events, size_t count, bool proof,
                             bool *shows)
{
	struct analysis *analysis;
	struct analysis_options options = job->options;
	options.max_reports = MINIMIZE_REPORTS_MAX;
	*shows = false;
	enum wsc_status status = analysis_create(&analysis, job->header, job->workers, job->worker_count, &options);
	if (status == WSC_OK)
		status = analysis_feed(analysis, events, count);
	if (status == WSC_OK)
		status = analysis_finish(analysis, job->end, 0);
	if (status == WSC_OK)
		*shows = result_shows(job, analysis_result(analysis), proof);
	analysis_free(analysis);
	return status;
}

enum wsc_status minimize_shows(const struct minimize_job *job, const struct wsc_event *events, size_t count,
                               bool *shows)
{
	return judge(job, events, count, true, shows);
}

/* An event that is still there: its number among those that were given, and the unit that it goes with. */
struct member {
	uint32_t number;
	uint32_t unit;
};

/* An event and what decides where it stands in the merged order. */
struct place {
	struct wsc_event event;
	uint64_t maximum;
	uint32_t number;
};

struct minimizer {
	const struct minimize_job *job;
	const struct wsc_event *events; /* as given */
	struct member *members;         /* ascending by number */
	size_t count;
	struct wsc_event *candidate; /* scratch: the events that are tried */
	struct place *places;        /* scratch: where they stand in the merged order */
	bool *gone;                  /* by unit: taken away, perhaps on trial */
	bool backwards;              /* some worker's stamps run backwards: the merged order depends on what is left */
	bool proof;                  /* what is asked for */
	enum wsc_status status;
};

/* ---- the merged order of a part ---- */

/* Finds each event's place: the greatest stamp of its worker so far. False: no memory. */
static bool find_places(const struct wsc_event *events, size_t count, struct place *places, bool *backwards)
{
	struct id_map index = {0};
	uint32_t rows = 0;
	uint64_t *maxima = malloc((count + 1) * sizeof(*maxima));
	bool ok = maxima != NULL;
	for (size_t i = 0; ok && i < count; i++) {
		uint32_t row = id_map_find(&index, events[i].worker);
		if (row == ID_MAP_NONE) {
			maxima[rows] = events[i].ts;
			row = ++rows;
			ok = id_map_add(&index, events[i].worker, row);
		}
		*backwards |= events[i].ts < maxima[row - 1];
		if (events[i].ts > maxima[row - 1])
			maxima[row - 1] = events[i].ts;
		places[i] = (struct place){.maximum = maxima[row - 1], .event = events[i], .number = (uint32_t)i};
	}
	free(maxima);
	id_map_free(&index);
	return ok;
}

static int compare_places(const void *left, const void *right)
{
	const struct place *a = left, *b = right;
	if (a->maximum != b->maximum)
		return a->maximum < b->maximum ? -1 : 1;
	return (a->number > b->number) - (a->number < b->number);
}

/* Puts the candidate into the order in which a reader will hand it out. */
static bool merge_candidate(struct minimizer *m, size_t count)
{
	bool backwards = false;
	if (!find_places(m->candidate, count, m->places, &backwards))
		return false;
	if (count > 0)
		qsort(m->places, count, sizeof(*m->places), compare_places);
	for (size_t i = 0; i < count; i++)
		m->candidate[i] = m->places[i].event;
	return true;
}

/* ---- taking away ---- */

/* Whether the report is there without the units that are gone. */
static bool holds_without(struct minimizer *m)
{
	size_t count = 0;
	bool shows;
	for (size_t i = 0; i < m->count; i++) {
		if (!m->gone[m->members[i].unit])
			m->candidate[count++] = m->events[m->members[i].number];
	}
	if (m->backwards && !merge_candidate(m, count)) {
		m->status = WSC_NOMEM;
		return false;
	}
	m->status = judge(m->job, m->candidate, count, m->proof, &shows);
	return m->status == WSC_OK && shows;
}

static void take_away(struct minimizer *m)
{
	size_t kept = 0;
	for (size_t i = 0; i < m->count; i++) {
		if (!m->gone[m->members[i].unit])
			m->members[kept++] = m->members[i];
	}
	m->count = kept;
}

/* Tries each stretch of `chunk` units, the last first. Answers how many units are left. */
static uint32_t sweep(struct minimizer *m, uint32_t *units, uint32_t count, uint32_t chunk)
{
	uint32_t end = count;
	while (end > 0 && m->status == WSC_OK) {
		uint32_t begin = end > chunk ? end - chunk : 0;
		for (uint32_t i = begin; i < end; i++)
			m->gone[units[i]] = true;
		if (holds_without(m)) {
			take_away(m);
			memmove(&units[begin], &units[end], (count - end) * sizeof(*units));
			count -= end - begin;
		} else {
			for (uint32_t i = begin; i < end; i++)
				m->gone[units[i]] = false;
		}
		end = begin;
	}
	return count;
}

/* ddmin's complements: sweeps with chunks that halve, then one by one until no unit can go. */
static void reduce(struct minimizer *m, uint32_t *units, uint32_t count)
{
	uint32_t chunk = count;
	while (count > 0 && m->status == WSC_OK) {
		uint32_t left = sweep(m, units, count, chunk);
		bool done = chunk == 1 && left == count;
		count = left;
		if (done)
			return;
		chunk = chunk > 1 ? (chunk + 1) / 2 : 1;
	}
}

/* With `fixed_gaps` a gap is in no unit: it says what is not known, and that stays as it is. */
static enum wsc_status reduce_events(struct minimizer *m, bool fixed_gaps)
{
	uint32_t *units = malloc((m->count + 1) * sizeof(*units)), count = 0;
	if (units == NULL)
		return WSC_NOMEM;
	for (size_t i = 0; i < m->count; i++) {
		m->members[i].unit = (uint32_t)i;
		m->gone[i] = false;
		if (!fixed_gaps || m->events[m->members[i].number].kind != WSC_EV_GAP)
			units[count++] = (uint32_t)i;
	}
	reduce(m, units, count);
	free(units);
	return m->status;
}

/* All events of a task are one unit; those of no task are one for each worker. Unit 0 is never taken away: the gaps. */
static enum wsc_status reduce_lives(struct minimizer *m)
{
	struct id_map tasks = {0}, workers = {0};
	uint32_t *units = malloc((m->count + 1) * sizeof(*units)), count = 0;
	bool ok = units != NULL;
	m->gone[0] = false;
	for (size_t i = 0; ok && i < m->count; i++) {
		const struct wsc_event *event = &m->events[m->members[i].number];
		struct id_map *map = event->task != 0 ? &tasks : &workers;
		uint64_t key = event->task != 0 ? event->task : event->worker;
		m->members[i].unit = event->kind == WSC_EV_GAP ? 0 : id_map_find(map, key);
		if (event->kind == WSC_EV_GAP || m->members[i].unit != ID_MAP_NONE)
			continue;
		units[count] = count + 1;
		m->members[i].unit = ++count;
		m->gone[count] = false;
		ok = id_map_add(map, key, count);
	}
	if (ok)
		reduce(m, units, count);
	free(units);
	id_map_free(&tasks);
	id_map_free(&workers);
	return ok ? m->status : WSC_NOMEM;
}

static bool minimizer_init(struct minimizer *m, const struct minimize_job *job, const struct wsc_event *events,
                           size_t count)
{
	*m = (struct minimizer){.job = job, .events = events, .count = count, .proof = true, .status = WSC_OK};
	m->members = calloc(count + 1, sizeof(*m->members));
	m->candidate = malloc((count + 1) * sizeof(*m->candidate));
	m->places = malloc((count + 1) * sizeof(*m->places));
	m->gone = calloc(count + 2, sizeof(*m->gone));
	if (m->members == NULL || m->candidate == NULL || m->places == NULL || m->gone == NULL)
		return false;
	for (size_t i = 0; i < count; i++)
		m->members[i].number = (uint32_t)i;
	return find_places(events, count, m->places, &m->backwards);
}

static void minimizer_free(struct minimizer *m)
{
	free(m->members);
	free(m->candidate);
	free(m->places);
	free(m->gone);
}

static enum wsc_status run_rounds(struct minimizer *m)
{
	enum wsc_status status = reduce_lives(m);
	if (status == WSC_OK)
		status = reduce_events(m, true);
	if (status != WSC_OK || m->job->exact)
		return status;
	m->proof = false;
	return reduce_events(m, false);
}

enum wsc_status minimize_events(const struct minimize_job *job, struct wsc_event *events, size_t *count)
{
	struct minimizer m;
	if (*count > MINIMIZE_EVENTS_MAX)
		return WSC_LIMIT;
	enum wsc_status status = minimizer_init(&m, job, events, *count) ? run_rounds(&m) : WSC_NOMEM;
	if (status == WSC_OK) {
		for (size_t i = 0; i < m.count; i++)
			m.candidate[i] = events[m.members[i].number];
		if (m.backwards && !merge_candidate(&m, m.count))
			status = WSC_NOMEM;
	}
	if (status == WSC_OK) {
		memcpy(events, m.candidate, m.count * sizeof(*events));
		*count = m.count;
	}
	minimizer_free(&m);
	return status;
}
