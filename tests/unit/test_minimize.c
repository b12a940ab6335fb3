/* SPDX-License-Identifier: MIT */
/* What is left of a history still shows the report, and without any one event it does not: tried out, event by event.
 */
#include <criterion/criterion.h>
#include <dirent.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>

#include "jsonl_support.h"
#include "minimize.h"
#include "trace_input.h"

enum { EVENTS_MAX = 2000 };

struct loaded {
	struct trace_input *input;
	struct wsc_event events[EVENTS_MAX];
	size_t count;
	struct analysis *analysis;
};

static void load(struct loaded *loaded, int fd)
{
	char path[64];
	struct trace_error err = {.status = WSC_OK};
	const struct wsc_event *events;
	size_t count;
	*loaded = (struct loaded){.count = 0};
	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	cr_assert_eq(trace_input_open(&loaded->input, path, &err), WSC_OK, "%s", err.message);
	while (trace_input_next(loaded->input, &events, &count, &err) == WSC_OK) {
		cr_assert(loaded->count + count <= EVENTS_MAX);
		memcpy(&loaded->events[loaded->count], events, count * sizeof(*events));
		loaded->count += count;
	}
	struct analysis_options options;
	analysis_options_init(&options);
	const uint32_t *workers = trace_input_workers(loaded->input, &count);
	cr_assert_eq(analysis_create(&loaded->analysis, trace_input_header(loaded->input), workers, count, &options),
	             WSC_OK);
	cr_assert_eq(analysis_feed(loaded->analysis, loaded->events, loaded->count), WSC_OK);
	cr_assert_eq(analysis_finish(loaded->analysis, trace_input_summary(loaded->input)->end, 0), WSC_OK);
	close(fd);
}

static void unload(struct loaded *loaded)
{
	analysis_free(loaded->analysis);
	trace_input_free(loaded->input);
}

static struct minimize_job job_of(const struct loaded *loaded, const struct violation *report, bool exact)
{
	struct minimize_job job = {.header = trace_input_header(loaded->input),
	                           .end = trace_input_summary(loaded->input)->end,
	                           .report = report,
	                           .known = minimize_known(analysis_result(loaded->analysis), report),
	                           .exact = exact};
	job.workers = trace_input_workers(loaded->input, &job.worker_count);
	analysis_options_init(&job.options);
	return job;
}

/* As `wscheck analyze` sees the events once they are written. */
static bool shows_when_written(const struct minimize_job *job, const struct wsc_event *events, size_t count)
{
	struct support_history history = {
	    .events = (struct wsc_event *)(uintptr_t)events, .count = count, .end = job->end};
	struct loaded *written = malloc(sizeof(*written));
	size_t size;
	cr_assert_eq(minimize_header(job, events, count, &history.header), WSC_OK);
	char *text = support_write(&history, &size);
	load(written, memory_file(text, size));
	const struct minimize_choice choice = {
	    .has_kind = true, .kind = job->report->kind, .has_task = true, .task = job->report->task};
	bool shows = minimize_choose(analysis_result(written->analysis), &choice) != NULL;
	unload(written);
	free(written);
	free(text);
	trace_header_free(&history.header);
	return shows;
}

/* The events without one of them, in the order in which a reader will hand them out. */
static bool shows_without(const struct minimize_job *job, const struct wsc_event *events, size_t count, size_t gone)
{
	struct wsc_event rest[EVENTS_MAX];
	memcpy(rest, events, gone * sizeof(*events));
	memcpy(&rest[gone], &events[gone + 1], (count - gone - 1) * sizeof(*events));
	return shows_when_written(job, rest, count - 1);
}

/* The least slice that shows the report. */
static size_t slice(const struct loaded *loaded, const struct minimize_job *job, struct wsc_event *events)
{
	bool shows = false;
	size_t count = 0;
	for (unsigned width = MINIMIZE_NARROW; width <= MINIMIZE_WHOLE && !shows; width++) {
		struct minimize_slice *s;
		cr_assert_eq(minimize_slice_create(&s, job->report, (enum minimize_width)width), WSC_OK);
		cr_assert_eq(minimize_slice_feed(s, loaded->events, loaded->count), WSC_OK);
		const struct wsc_event *kept = minimize_slice_events(s, &count);
		cr_assert(kept && count <= loaded->count);
		memcpy(events, kept, count * sizeof(*events));
		cr_assert(width != MINIMIZE_WHOLE || count == loaded->count);
		cr_assert_eq(minimize_shows(job, events, count, &shows), WSC_OK);
		minimize_slice_free(s);
	}
	cr_assert(shows);
	return count;
}

static void check_report(const struct loaded *loaded, const struct violation *report, const char *name)
{
	struct wsc_event events[EVENTS_MAX];
	struct minimize_job job = job_of(loaded, report, false);
	size_t count = slice(loaded, &job, events);
	cr_assert_eq(minimize_events(&job, events, &count), WSC_OK);
	cr_expect(shows_when_written(&job, events, count), "%s: %s is gone", name, wsc_violation_name(report->kind));
	for (size_t i = 0; i < count; i++)
		cr_expect(!shows_without(&job, events, count, i), "%s: %s is there without event %zu of %zu", name,
		          wsc_violation_name(report->kind), i, count);
}

static void check_exact(const struct loaded *loaded, const struct violation *report, const char *name)
{
	struct wsc_event events[EVENTS_MAX], rest[EVENTS_MAX];
	struct minimize_job job = job_of(loaded, report, true);
	bool shows;
	size_t count = slice(loaded, &job, events), gaps = 0, gaps_left = 0;
	for (size_t i = 0; i < loaded->count; i++)
		gaps += loaded->events[i].kind == WSC_EV_GAP;
	cr_assert_eq(minimize_events(&job, events, &count), WSC_OK);
	cr_assert_eq(minimize_shows(&job, events, count, &shows), WSC_OK);
	cr_expect(shows && shows_when_written(&job, events, count), "%s", name);
	for (size_t i = 0; i < count; i++) {
		gaps_left += events[i].kind == WSC_EV_GAP;
		memcpy(rest, events, i * sizeof(*events));
		memcpy(&rest[i], &events[i + 1], (count - i - 1) * sizeof(*events));
		cr_assert_eq(minimize_shows(&job, rest, count - 1, &shows), WSC_OK);
		/* Without a stamp that runs backwards, the rest is in merged order. */
		cr_expect(!shows || events[i].kind == WSC_EV_GAP || report->task == 0, "%s: %s: event %zu of %zu", name,
		          wsc_violation_name(report->kind), i, count);
	}
	cr_expect_eq(gaps, gaps_left, "%s", name);
}

static unsigned check_all(int fd, const char *name, bool exact)
{
	struct loaded *loaded = malloc(sizeof(*loaded));
	load(loaded, fd);
	const struct analysis_result *result = analysis_result(loaded->analysis);
	unsigned count = (unsigned)result->violation_count;
	for (size_t i = 0; i < result->violation_count; i++) {
		/* Of several reports of one kind on one task, any one will do. */
		check_report(loaded, &result->violations[i], name);
		if (exact)
			check_exact(loaded, &result->violations[i], name);
	}
	unload(loaded);
	free(loaded);
	return count;
}

Test(minimize, every_case_is_1_minimal)
{
	DIR *directory = opendir("tests/cases");
	unsigned reports = 0;
	cr_assert(directory != NULL, "the tests run in the repository's root");
	for (struct dirent *entry; (entry = readdir(directory)) != NULL;) {
		char path[400];
		size_t length = strlen(entry->d_name);
		if (length < 6 || strcmp(entry->d_name + length - 6, ".jsonl") != 0)
			continue;
		snprintf(path, sizeof(path), "tests/cases/%s", entry->d_name);
		int fd = open(path, O_RDONLY | O_CLOEXEC);
		cr_assert(fd >= 0);
		reports += check_all(fd, entry->d_name, true);
	}
	closedir(directory);
	cr_expect(reports >= 40, "%u reports", reports);
}

/* Anything goes: stamps that run backwards, ties, gaps, windows, declared queues. */
Test(minimize, random_histories_are_1_minimal, .timeout = 120)
{
	unsigned reports = 0;
	for (uint64_t seed = 1; seed <= 300; seed++) {
		struct support_history history;
		char name[40];
		size_t size;
		snprintf(name, sizeof(name), "seed %" PRIu64, seed);
		support_history_random(&history, seed);
		char *text = support_write(&history, &size);
		struct loaded *loaded = malloc(sizeof(*loaded));
		load(loaded, memory_file(text, size));
		const struct analysis_result *result = analysis_result(loaded->analysis);
		for (size_t i = 0; i < result->violation_count; i += 1 + result->violation_count / 3) {
			check_report(loaded, &result->violations[i], name);
			reports++;
		}
		unload(loaded);
		free(loaded);
		free(text);
		support_history_free(&history);
	}
	cr_expect(reports >= 150, "%u reports", reports);
}

static const char *const two_bugs = "{\"wscheck\":1}\n"
                                    "{\"ts\":1,\"ev\":\"steal_start\",\"from\":1,\"to\":2}\n"
                                    "{\"ts\":2,\"ev\":\"queued\",\"task\":7,\"worker\":1}\n"
                                    "{\"ts\":2000000,\"ev\":\"steal_success\",\"task\":7,\"from\":1,\"to\":2}\n"
                                    "{\"ts\":2000001,\"ev\":\"exec_start\",\"task\":7,\"worker\":2}\n"
                                    "{\"ts\":2000002,\"ev\":\"exec_complete\",\"task\":7,\"worker\":2}\n"
                                    "{\"ts\":2000003,\"ev\":\"queued\",\"task\":8,\"worker\":1}\n"
                                    "{\"ts\":2000004,\"ev\":\"exec_start\",\"task\":8,\"worker\":1}\n"
                                    "{\"ts\":2000005,\"ev\":\"exec_start\",\"task\":8,\"worker\":1}\n"
                                    "{\"ts\":2000006,\"ev\":\"exec_complete\",\"task\":8,\"worker\":1}\n"
                                    "{\"end\":\"clean\"}\n";

Test(minimize, errors_are_chosen_before_warnings)
{
	struct loaded *loaded = malloc(sizeof(*loaded));
	load(loaded, memory_file(two_bugs, strlen(two_bugs)));
	const struct analysis_result *result = analysis_result(loaded->analysis);
	struct minimize_choice choice = {.has_task = false};
	cr_assert_eq(result->violation_count, 2U);
	cr_expect_eq(minimize_choose(result, &choice)->kind, WSC_VIOLATION_DOUBLE_EXECUTION);
	choice = (struct minimize_choice){.has_task = true, .task = 7};
	cr_expect_eq(minimize_choose(result, &choice)->kind, WSC_VIOLATION_SLOW_STEAL);
	choice = (struct minimize_choice){.has_kind = true, .kind = WSC_VIOLATION_SLOW_STEAL};
	cr_expect_eq(minimize_choose(result, &choice)->task, 7U);
	choice = (struct minimize_choice){.has_task = true, .task = 7, .has_kind = true};
	cr_expect_eq(minimize_choose(result, &choice), NULL, "multiple_owners");
	choice = (struct minimize_choice){.has_task = true, .task = 9};
	cr_expect_eq(minimize_choose(result, &choice), NULL);
	unload(loaded);
	free(loaded);
}

/* The steal that explains the second run stays; kind and task alone could be had without it. */
Test(minimize, the_exact_proof_keeps_what_explains_it)
{
	static const uint8_t kinds[] = {WSC_EV_QUEUED, WSC_EV_STEAL_SUCCESS, WSC_EV_EXEC_START};
	struct wsc_event events[EVENTS_MAX];
	struct loaded *loaded = malloc(sizeof(*loaded));
	static const char text[] = "{\"wscheck\":1}\n"
	                           "{\"ts\":1,\"ev\":\"queued\",\"task\":7,\"worker\":1}\n"
	                           "{\"ts\":2,\"ev\":\"steal_success\",\"task\":7,\"from\":1,\"to\":2}\n"
	                           "{\"ts\":3,\"ev\":\"exec_start\",\"task\":7,\"worker\":1}\n"
	                           "{\"ts\":4,\"ev\":\"exec_complete\",\"task\":7,\"worker\":1}\n"
	                           "{\"end\":\"clean\"}\n";
	load(loaded, memory_file(text, strlen(text)));
	const struct analysis_result *result = analysis_result(loaded->analysis);
	cr_assert_eq(result->violation_count, 1U);
	struct minimize_job job = job_of(loaded, &result->violations[0], true);
	size_t count = slice(loaded, &job, events);
	cr_assert_eq(minimize_events(&job, events, &count), WSC_OK);
	cr_assert_eq(count, sizeof(kinds));
	for (size_t i = 0; i < count; i++)
		cr_expect_eq(events[i].kind, kinds[i]);
	unload(loaded);
	free(loaded);
}

Test(minimize, a_queue_keeps_its_owner)
{
	struct trace_header header, small;
	const uint32_t workers[] = {3, 5};
	trace_header_init(&header);
	for (uint32_t queue = 3; queue < 7; queue++)
		cr_assert(trace_header_add_queue(&header, queue));
	struct wsc_event events[] = {{.ts = 1, .task = 1, .worker = 9, .queue = 3, .kind = WSC_EV_QUEUED},
	                             {.ts = 2, .task = 1, .worker = 9, .queue = 4, .kind = WSC_EV_DEQUEUED}};
	struct minimize_job job = {.header = &header, .workers = workers, .worker_count = 2};
	cr_assert_eq(minimize_header(&job, events, 2, &small), WSC_OK);
	cr_assert_eq(small.queue_count, 2U, "only those that are used");
	cr_expect(trace_header_queue(&small, 3)->has_owner, "its worker had a stream");
	cr_expect_eq(trace_header_queue(&small, 3)->owner, 3U);
	cr_expect_not(trace_header_queue(&small, 4)->has_owner);
	trace_header_free(&small);
	trace_header_free(&header);
}

Test(minimize, too_much_is_said)
{
	struct minimize_slice *slice;
	struct violation report = {.kind = WSC_VIOLATION_LOST_WORK, .task = 1, .ts = 1};
	static struct wsc_event events[1 << 12];
	enum wsc_status status = WSC_OK;
	for (size_t i = 0; i < sizeof(events) / sizeof(events[0]); i++)
		events[i] = (struct wsc_event){.ts = 1, .task = 1, .kind = WSC_EV_QUEUED};
	cr_assert_eq(minimize_slice_create(&slice, &report, MINIMIZE_NARROW), WSC_OK);
	for (size_t fed = 0; fed < MINIMIZE_EVENTS_MAX; fed += sizeof(events) / sizeof(events[0])) {
		status = minimize_slice_feed(slice, events, sizeof(events) / sizeof(events[0]));
		cr_assert_eq(status, WSC_OK);
	}
	cr_expect_eq(minimize_slice_feed(slice, events, 1), WSC_LIMIT);
	minimize_slice_free(slice);
}

static struct wsc_event event(enum wsc_event_kind kind, uint64_t ts, uint64_t task, uint32_t worker)
{
	return (struct wsc_event){.ts = ts, .task = task, .worker = worker, .queue = 1, .kind = (uint8_t)kind};
}

Test(minimize, a_slice_keeps_what_bounds_an_event)
{
	const struct wsc_event events[] = {event(WSC_EV_PARKED, 1, 0, 1),        event(WSC_EV_UNPARKED, 2, 0, 1),
	                                   event(WSC_EV_QUEUED, 3, 7, 1),        event(WSC_EV_QUEUED, 4, 8, 1),
	                                   event(WSC_EV_QUEUED, 5, 9, 1),        event(WSC_EV_PARKED, 6, 0, 1),
	                                   event(WSC_EV_UNPARKED, 7, 0, 1),      event(WSC_EV_PARKED, 8, 0, 2),
	                                   event(WSC_EV_STEAL_START, 9, 0, 3),   event(WSC_EV_STEAL_SUCCESS, 10, 6, 3),
	                                   event(WSC_EV_STEAL_SUCCESS, 11, 7, 3)};
	/* The neighbours, the event that ends the pushes, and the start of the attempt; not what is further away. */
	static const uint64_t kept_ts[] = {2, 3, 4, 6, 9, 10, 11};
	struct violation report = {.kind = WSC_VIOLATION_LOST_WORK, .task = 7, .ts = 11, .since = 3};
	struct minimize_slice *slice;
	size_t count;
	cr_assert_eq(minimize_slice_create(&slice, &report, MINIMIZE_NARROW), WSC_OK);
	cr_assert_eq(minimize_slice_feed(slice, events, sizeof(events) / sizeof(events[0])), WSC_OK);
	const struct wsc_event *kept = minimize_slice_events(slice, &count);
	cr_assert_eq(count, sizeof(kept_ts) / sizeof(kept_ts[0]));
	for (size_t i = 0; i < count; i++)
		cr_expect_eq(kept[i].ts, kept_ts[i]);
	minimize_slice_free(slice);
}

Test(minimize, an_error_that_was_not_there_is_no_proof)
{
	const struct wsc_event whole[] = {event(WSC_EV_QUEUED, 1, 7, 1), event(WSC_EV_EXEC_START, 2, 7, 1),
	                                  event(WSC_EV_EXEC_COMPLETE, 3, 7, 1), event(WSC_EV_EXEC_START, 4, 7, 2)};
	const struct wsc_event part[] = {whole[0], whole[2], whole[3]}; /* a completion without a start */
	struct trace_header header;
	struct analysis *analysis;
	struct analysis_options options;
	bool shows;
	analysis_options_init(&options);
	trace_header_init(&header);
	cr_assert_eq(analysis_create(&analysis, &header, NULL, 0, &options), WSC_OK);
	cr_assert_eq(analysis_feed(analysis, whole, 4), WSC_OK);
	cr_assert_eq(analysis_finish(analysis, WSC_END_CLEAN, 0), WSC_OK);
	const struct violation *report = &analysis_result(analysis)->violations[0];
	cr_assert_eq(report->kind, WSC_VIOLATION_DOUBLE_EXECUTION);
	struct minimize_job job = {
	    .header = &header, .options = options, .end = WSC_END_CLEAN, .report = report, .exact = true};
	job.known = minimize_known(analysis_result(analysis), report);
	cr_assert_eq(minimize_shows(&job, whole, 4, &shows), WSC_OK);
	cr_expect(shows);
	cr_assert_eq(minimize_shows(&job, part, 3, &shows), WSC_OK);
	cr_expect_not(shows);
	job.known |= 1U << WSC_VIOLATION_PROTOCOL_VIOLATION; /* had the whole said so, too */
	cr_assert_eq(minimize_shows(&job, part, 3, &shows), WSC_OK);
	cr_expect(shows);
	analysis_free(analysis);
}
