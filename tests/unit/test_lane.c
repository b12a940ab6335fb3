/* SPDX-License-Identifier: MIT */
/*
 * Which lives pass in the fast lane. That the lane says what the general machine says is held by tests/model; that it is
 * used at all, where it should be, is seen only here.
 */
#include "analysis_support.h"
#include "engine.h"

/* Feeds a history and lets all of it take effect: up to each | before what follows comes. */
static void feed(struct support_analysis *s, const char *history)
{
	char *line = strdup(history), *save;
	support_create(s);
	for (char *part = strtok_r(line, "|", &save); part != NULL; part = strtok_r(NULL, "|", &save)) {
		support_feed(s, part);
		window_advance(s->analysis, WINDOW_END);
	}
	free(line);
}

/* How many records of each kind a history needs at the same time. */
static void expect_of(struct support_analysis *s, const char *history, uint32_t lane, uint32_t general)
{
	feed(s, history);
	cr_expect_eq(s->analysis->lane.used, lane, "%s: %" PRIu32 " in the lane", history, s->analysis->lane.used);
	cr_expect_eq(s->analysis->tasks.used, general, "%s: %" PRIu32 " in general", history, s->analysis->tasks.used);
	support_end(s);
}

static void expect(const char *history, uint32_t lane, uint32_t general)
{
	struct support_analysis s;
	support_begin(&s);
	expect_of(&s, history, lane, general);
}

Test(lane, lives_of_one_worker)
{
	expect("10Q1:5", 1, 0);
	expect("10Q1:5 20S1:5", 1, 0);
	expect("10Q1:5 20S1:5 30C1:5", 1, 0);
	expect("10Q1:5 20D1:5", 1, 0);
	expect("10Q1:5 20D1:5 30S1:5 40C1:5", 1, 0);
	expect("10S1:5 20C1:5", 1, 0);
	expect("10Q1:5 20S1:5 30C1:5 | 40Q1:6 50S1:6 60C1:6", 1, 0); /* a record is used again */
	expect("10Q1:5 20S1:5 30C1:5 | 40Q1:5 50S1:5 60C1:5", 1, 0); /* a handle, too */
	expect("10S1:5 20C1:5 | 30S1:5 40C1:5", 1, 0);
	expect("10S1:5 20C1:5 | 30Q1:5 40S1:5", 1, 0);
	expect("10S1:5 20C1:5 30S1:5 40C1:5", 1, 1); /* two lives wait in the window at the same time */
	expect("10Q1:5 11Q1:6 12S1:6 13C1:6 14S1:5 15C1:5", 2, 0);
	expect("10Q1:5 11S1:5 12Q1:6 13S1:6 14C1:6 15C1:5", 2, 0); /* nested */
	expect("10Q1:5 11Q2:6 12S2:6 13S1:5 14C1:5 15C2:6", 2, 0);
	expect("10Q1:5 20P1 30N1 40S1:5 50C1:5", 1, 0);
	expect("10Q1:5 20B2@1 30E2@1 40S1:5 50C1:5", 1, 0);
}

/* What is stolen, cancelled or suspended leaves the lane, and what is older in its deque with it. */
Test(lane, what_leaves)
{
	expect("10Q1:5 20B2@1 30T2@1:5", 1, 1);
	expect("10Q1:5 11Q1:6 20B2@1 30T2@1:5 40S1:6", 2, 1); /* 6 is newer, and stays */
	expect("10Q1:5 11Q1:6 12X1:5", 2, 1);
	expect("10Q1:5 11Q1:6 12X1:6", 2, 2);
	expect("10Q1:5 11S1:5 12U1:5", 1, 1);
	expect("10Q1:5 11S2:5", 1, 1);
	expect("10Q1:5 11Q1:6 12S1:5", 2, 2); /* out of order */
	expect("10Q1:5 11Q1:5", 1, 1);
	expect("10S1:5 11Q2:6 12S2:5", 2, 1);
}

/* A record has not the room for a push that takes 2^36 stamps, nor for 64 events that wait. */
Test(lane, what_a_record_has_no_room_for)
{
	expect("10Q1:5 68719476744S1:5 68719476745C1:5", 1, 0);
	expect("10Q1:5 68719476745S1:5 68719476746C1:5", 1, 1);
	expect("10Q1:5 | 68719476745S1:5 | 68719476746C1:5", 1, 1);
	expect("10Q1:5 68719476745S1:5 68719476746C1:5 | 68719476800Q1:6!", 1, 1); /* 5 is forgotten */
	expect("10Q1:5 11Q1:6 68719476745S1:6", 2, 1);                             /* 6 was pushed in time */
	expect("10Q1:5 11Q1:6 68719476746S1:6 68719476747C1:6", 2, 2);
	struct support_analysis s;
	support_begin(&s);
	s.header.uncertainty_ns = 1000; /* all wait until the end */
	support_create(&s);
	for (int i = 1; i <= 64; i++) {
		char word[32];
		snprintf(word, sizeof(word), "%d%c1:5", 10 * i, i % 2 == 1 ? 'S' : 'C');
		support_feed(&s, word);
		cr_expect_eq(s.analysis->tasks.used, i == 64, "%d", i);
	}
	support_end(&s);
}

/* A push that leaves the lane because it took too long ends all the same with the event that ended it. */
Test(lane, long_pushes_end)
{
	struct support_analysis s;
	support_begin(&s);
	support_expect(
	    &s,
	    "10Q1:5 68719476800S1:7 68719476810B2@1 68719476820E2@1? 68719476900C1:7 68719477000S1:5 68719477001C1:5",
	    WSC_END_CLEAN, "false_empty:5 68719476810-68719476820 q1 w2");
}

/* Without memory for what an event tells of its worker, it is done with: there may be no task for the general machine. */
Test(lane, without_memory)
{
	struct support_analysis s;
	support_begin(&s);
	feed(&s, "10Q1:5!");
	support_feed(&s, "20S1:7");
	struct analysis *a = s.analysis;
	struct window_entry *entry = &a->window.entries[a->window.head & a->window.mask];
	cr_assert(entry->lane != 0 && a->streams[0].push_count == 1);
	a->no_memory = true;
	cr_expect(lane_step(a, entry));
	support_end(&s);
}

Test(lane, what_never_enters)
{
	expect("10Q1:5!", 0, 1);
	expect("10Q1@2:5", 0, 1);
	expect("10X1:5", 0, 1);
	expect("10G2~20 30Q1:5", 0, 1);
	struct support_analysis s;
	support_begin(&s);
	s.header.identity = WSC_IDENTITY_RECYCLED;
	expect_of(&s, "10Q1:5", 0, 1);
	support_begin(&s);
	s.header.scope = WSC_SCOPE_DEQUE;
	expect_of(&s, "10Q1:5", 0, 1);
	support_begin(&s);
	s.header.complete = false;
	expect_of(&s, "10Q1:5", 0, 1);
	support_begin(&s);
	s.header.discipline = WSC_DISCIPLINE_FIFO;
	expect_of(&s, "10Q1:5", 0, 1);
	support_begin(&s);
	trace_header_add_queue(&s.header, 1)->deferred = true;
	expect_of(&s, "10Q1:5", 0, 1);
	support_begin(&s);
	s.options.no_lane = true;
	expect_of(&s, "10Q1:5", 0, 1);
}

/* Lives that are plain but for one stamp: it is said, as it would be of any other. */
Test(lane, stamps_that_run_backwards)
{
	static const char *const histories[] = {"10Q1:5 20S1:5 15C1:5", "10Q1:5 20Q1:6 15S1:6 30C1:6 40S1:5 50C1:5",
	                                        "10Q1:5 5Q1:6 20S1:6 30C1:6 40S1:5 50C1:5"};
	for (size_t i = 0; i < sizeof(histories) / sizeof(histories[0]); i++) {
		struct support_analysis s;
		support_begin(&s);
		feed(&s, histories[i]);
		support_finish(&s, WSC_END_CLEAN);
		cr_expect_eq(s.result->counts[WSC_VIOLATION_PROTOCOL_VIOLATION], 1, "%s", histories[i]);
		support_end(&s);
	}
}

/* A queue that is declared, of the worker of its name or of another one. */
Test(lane, declared_queues)
{
	struct support_analysis s;
	const uint32_t worker = 1;
	support_begin(&s);
	s.header.discipline = WSC_DISCIPLINE_FIFO;
	struct trace_queue *queue = trace_header_add_queue(&s.header, 1);
	queue->has_discipline = queue->has_owner = true;
	queue->discipline = WSC_DISCIPLINE_LIFO;
	queue->owner = worker;
	expect_of(&s, "10Q1:5", 1, 0);
	support_begin(&s);
	queue = trace_header_add_queue(&s.header, 1);
	queue->has_owner = true;
	queue->owner = worker + 1;
	expect_of(&s, "10Q1:5", 0, 1);
}

/* A run that leaves the lane is measured from its start and its push. */
Test(lane, runs_that_leave)
{
	static const struct {
		const char *history;
		uint64_t runs, queued;
	} rows[] = {{"10S1:5 | 15X2:5 | 30C1:5", 1, 0}, {"10Q1:5 20S1:5 | 25X2:5 | 40C1:5", 1, 1}};
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct support_analysis s;
		support_begin(&s);
		feed(&s, rows[i].history);
		support_finish(&s, WSC_END_CLEAN);
		cr_expect_eq(s.result->exec.count, rows[i].runs, "%s", rows[i].history);
		cr_expect_eq(s.result->exec.min, 20, "%s", rows[i].history);
		cr_expect_eq(s.result->queued_to_done.count, rows[i].queued, "%s", rows[i].history);
		support_end(&s);
	}
}

/* What is reported of a life that left the lane goes for its stay: that convicts nobody. */
Test(lane, reported_lives_that_leave)
{
	struct support_analysis s;
	support_begin(&s);
	feed(&s, "10Q1:5 11Q1:6 12P1 | 20B8@1 30T8@1:6 31B7@1 40T7@1:5 60S8:6 61S9:6 62C8:6 63C9:6 70S7:5 71C7:5");
	support_finish(&s, WSC_END_CLEAN);
	cr_expect_str_eq(support_reports(&s), "double_execution:6 11-61 q1 w8,9", "%s", s.text);
	support_end(&s);
}

/* --- What the diagnosis of a wrongly declared discipline is told. --- */

/*
 * The owner pushes `count` tasks and takes them all: first as many as `neither` from the middle, then always the oldest.
 * After that it pushes and takes `lane` more, one by one, on top of as many as `below`.
 */
static uint64_t misfits(bool no_lane, unsigned count, unsigned neither, unsigned lane, unsigned below)
{
	struct support_analysis s;
	uint64_t ts = 0;
	char word[64];
	support_begin(&s);
	s.options.no_lane = no_lane;
	support_create(&s);
	for (unsigned i = 1; i <= count; i++) {
		snprintf(word, sizeof(word), "%" PRIu64 "Q1:%u", ++ts, i);
		support_feed(&s, word);
	}
	for (unsigned i = 0; i < count; i++) {
		unsigned task = i < neither ? i + 2 : i == neither ? 1 : i + 1;
		snprintf(word, sizeof(word), "%" PRIu64 "S1:%u %" PRIu64 "C1:%u", ts + 1, task, ts + 2, task);
		support_feed(&s, word);
		ts += 2;
	}
	for (unsigned i = 0; i < lane + below; i++) {
		snprintf(word, sizeof(word), "%" PRIu64 "Q1:%u", ++ts, 1000 + i);
		support_feed(&s, word);
		if (i < below)
			continue;
		snprintf(word, sizeof(word), "%" PRIu64 "S1:%u %" PRIu64 "C1:%u", ts + 1, 1000 + i, ts + 2, 1000 + i);
		support_feed(&s, word);
		ts += 2;
	}
	window_advance(s.analysis, WINDOW_END);
	uint64_t result = order_misfits(&s.analysis->order, 0);
	support_end(&s);
	return result;
}

/* Takes in the lane are takes in turn; where nothing else was there, a fifo queue would have given the same. */
Test(lane, takes_in_the_lane_fit_the_discipline)
{
	for (int no_lane = 0; no_lane <= 1; no_lane++) {
		cr_expect_eq(misfits(no_lane, 100, 0, 0, 0), 99);
		cr_expect_eq(misfits(no_lane, 100, 0, 9, 0), 99);
		cr_expect_eq(misfits(no_lane, 100, 0, 11, 0), 0); /* fewer than nine in ten */
		cr_expect_eq(misfits(no_lane, 134, 14, 0, 0), 0); /* 120 fit fifo */
		cr_expect_eq(misfits(no_lane, 134, 14, 6, 0), 133);
		cr_expect_eq(misfits(no_lane, 134, 14, 6, 1), 0);
	}
}

/* --- Long histories: what grows, and goes round. --- */

struct deque_run {
	struct support_analysis s;
	uint64_t ts, random, pushed;
	uint64_t tasks[4096]; /* in the deque, from `oldest` to `newest` */
	unsigned oldest, newest, most;
};

static unsigned pick(struct deque_run *run, unsigned limit)
{
	run->random = run->random * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
	return (unsigned)(run->random >> 33) % limit;
}

static void say(struct deque_run *run, enum wsc_event_kind kind, uint32_t worker, uint64_t task)
{
	run->ts += 10;
	struct wsc_event e = {.ts = run->ts, .kind = (uint8_t)kind, .worker = worker, .queue = 1, .task = task};
	cr_assert_eq(analysis_feed(run->s.analysis, &e, 1), WSC_OK);
}

static void run_one(struct deque_run *run, uint32_t worker, uint64_t task)
{
	say(run, WSC_EV_EXEC_START, worker, task);
	say(run, WSC_EV_EXEC_COMPLETE, worker, task);
}

/* Worker 1 pushes and takes, worker 2 steals; the deque goes up to `most` and down to nothing again and again. */
static void run_deque(struct deque_run *run, bool no_lane, unsigned most, unsigned pushes)
{
	memset(run, 0, sizeof(*run));
	support_begin(&run->s);
	run->s.options.no_lane = no_lane;
	support_create(&run->s);
	for (bool fills = true; run->pushed < pushes || run->oldest != run->newest;) {
		unsigned length = run->newest - run->oldest, choice = pick(run, 10);
		fills = run->pushed < pushes && (fills ? length < most : length == 0);
		if (length == 0 || (length < most && choice < (fills ? 7 : 2) && run->pushed < pushes)) {
			run->tasks[run->newest++ % 4096] = ++run->pushed;
			say(run, WSC_EV_QUEUED, 1, run->pushed);
		} else if (choice < 9) {
			run_one(run, 1, run->tasks[--run->newest % 4096]);
		} else {
			say(run, WSC_EV_STEAL_START, 2, 0);
			uint64_t task = run->tasks[run->oldest++ % 4096];
			say(run, WSC_EV_STEAL_SUCCESS, 2, task);
			run_one(run, 2, task);
		}
		if (run->newest - run->oldest > run->most)
			run->most = run->newest - run->oldest;
	}
	window_advance(run->s.analysis, WINDOW_END);
}

static void expect_same(unsigned most, unsigned pushes)
{
	static struct deque_run fast, plain;
	run_deque(&fast, false, most, pushes);
	run_deque(&plain, true, most, pushes);
	const struct analysis *a = fast.s.analysis;
	const struct lane_stack *stack = &a->by_queue[0].lane;
	cr_expect_eq(fast.most, most);
	cr_expect(a->lane.used > most / 2 && a->lane.used <= a->lane.capacity, "%" PRIu32, a->lane.used);
	cr_expect(stack->mask < 2 * most || stack->mask < 64, "%" PRIu32 " for %u", stack->mask, most);
	cr_expect_eq(plain.s.analysis->lane.used, 0);
	support_finish(&fast.s, WSC_END_CLEAN);
	support_finish(&plain.s, WSC_END_CLEAN);
	const struct analysis_result *f = fast.s.result, *p = plain.s.result;
	cr_expect(f->verdict == ANALYSIS_PASS && p->verdict == ANALYSIS_PASS);
	cr_expect(f->tasks == pushes && f->lives == pushes && f->exec.count == pushes);
	cr_expect_eq(memcmp(&f->queue_wait, &p->queue_wait, sizeof(f->queue_wait)), 0);
	cr_expect_eq(memcmp(&f->queued_to_done, &p->queued_to_done, sizeof(f->queued_to_done)), 0);
	cr_expect_eq(f->queues[0].max_depth, p->queues[0].max_depth);
	support_end(&fast.s);
	support_end(&plain.s);
}

Test(lane, what_grows_and_goes_round)
{
	expect_same(1, 1000);
	expect_same(63, 3000);
	expect_same(64, 3000);
	expect_same(65, 3000);
	expect_same(300, 6000);
	expect_same(1500, 10000);
}

/* Whatever ends the lane, all that waits leaves it in the order of the deque, in whatever order records were used. */
Test(lane, a_gap_ends_it)
{
	struct support_analysis s;
	support_begin(&s);
	feed(&s, "10Q1:5 11Q1:6 12B2@1 13T2@1:5 | 14Q1:7 15Q3:8 16S3:9 | 20G4~21");
	const struct analysis *a = s.analysis;
	for (uint32_t i = 0; i < 2; i++)
		cr_expect_eq(a->by_queue[i].lane.bottom, a->by_queue[i].lane.top);
	cr_expect_eq(a->tasks.used, 5);
	uint32_t older = task_table_get(&s.analysis->tasks, 6)->item,
	         newer = task_table_get(&s.analysis->tasks, 7)->item;
	cr_assert(older != TASK_NO_ITEM && newer != TASK_NO_ITEM);
	cr_expect(a->order.items[older].newer == newer && a->order.items[newer].older == older);
	support_end(&s);
}

/* --- The short way in. --- */

/* The worker has a deque, and has recorded enough for guesses; records 0 and 1 are of tasks that wait. */
#define PRELUDE "1Q1:1 2P1 3N1 4Q1:2 | "

/* How many guesses are left shows whether the starts and completions were where they are looked for first. */
Test(lane, guesses)
{
	static const struct {
		const char *history;
		uint32_t ready, running;
	} rows[] = {
	    {PRELUDE "10Q1:5", 1, 0},
	    {PRELUDE "10Q1:5 11S1:5", 0, 1},
	    {PRELUDE "10Q1:5 11S1:5 12C1:5", 0, 0},
	    {PRELUDE "10Q1:5 11Q1:6", 2, 0},
	    {PRELUDE "10Q1:5 11Q1:6 12S1:6 13S1:5", 0, 2},
	    {PRELUDE "10Q1:5 11Q1:6 12S1:6 13S1:5 14C1:5", 0, 1},
	    {PRELUDE "10Q1:5 11Q1:6 12S1:6 13S1:5 14C1:5 15C1:6", 0, 0},
	    {PRELUDE "10Q1:5 11Q1:6 12S1:6 13S1:5 14C1:6", 0, 2},        /* not the latest run */
	    {PRELUDE "10Q1:5 11Q1:6 12D1:6 13S1:5", 0, 1},               /* 6 went the long way */
	    {PRELUDE "10Q1:5 11Q1:6 12Q1:7 13D1:7 14D1:6 15S1:5", 3, 1}, /* so did two: that is searched for */
	    {PRELUDE "10Q1:5 11S1:5 12S1:5", 0, 2},
	    {PRELUDE "10Q1:5 11S2:5", 1, 0},                                             /* somebody else's */
	    {PRELUDE "10Q1:5 11Q1:6 12S1:6 13S1:5 14C1:5 15C1:6 | 20Q1:7 21S1:7", 0, 1}, /* a record of its old place */
	};
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct support_analysis s;
		support_begin(&s);
		feed(&s, rows[i].history);
		const struct lane_guess *guess = s.analysis->streams[0].guess;
		cr_assert_not_null(guess, "%s", rows[i].history);
		cr_expect(guess->ready_top == rows[i].ready && guess->running_top == rows[i].running,
		          "%s: %" PRIu32 " ready, %" PRIu32 " running", rows[i].history, guess->ready_top,
		          guess->running_top);
		support_end(&s);
	}
}

/* What lane_feed() takes, after a history and as the next event; nothing happens where it takes nothing. */
Test(lane, what_goes_the_short_way)
{
	static const struct {
		const char *history, *word;
		bool taken;
	} rows[] = {
	    {PRELUDE, "10Q1:5", true},
	    {PRELUDE, "4Q1:5", true},
	    {PRELUDE, "3Q1:5", false}, /* backwards */
	    {PRELUDE, "10Q1@2:5", false},
	    {PRELUDE, "10Q1:5!", false},
	    {PRELUDE, "10Q1", false},
	    {PRELUDE, "10Q1:1", false}, /* it is there */
	    {PRELUDE, "10S1:1", true},
	    {PRELUDE, "10S1:2", true},
	    {PRELUDE, "10S1:5", false},
	    {PRELUDE, "10D1:1", true},
	    {PRELUDE, "10D1@2:1", false},
	    {PRELUDE, "10D1:5", false},
	    {PRELUDE "10S1:2", "11C1:2", true},
	    {PRELUDE, "10C1:5", false},
	    {PRELUDE, "10X1:1", false},
	    {PRELUDE, "10P1", false},
	    {"1Q1:1 2Q1:2 3Q1:3", "10Q1:5", false}, /* too little is known of the worker */
	    {"1Q1:1 2Q1:2 3Q1:3 4Q2:4", "10Q1:5", false},
	    {"1Q1:1 2Q1:2 3Q1:3 4Q1:4", "10Q1:5", true},
	    {"1P1 2N1 3P1 4N1", "10Q1:5", false}, /* its first push */
	    {"1P1 2N1 3P1 4N1", "10S1:5", false},
	    {"1S2:5 2P1 3N1 4P1 5N1", "10C1:5", false}, /* another worker's */
	};
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct support_analysis s;
		support_begin(&s);
		feed(&s, rows[i].history);
		struct analysis *a = s.analysis;
		const struct wsc_event e = support_parse(rows[i].word);
		const uint64_t tail = a->window.tail;
		const uint32_t stream = id_map_find(&a->stream_index, e.worker) - 1;
		bool taken = lane_feed(a, &a->streams[stream], stream, &e);
		cr_expect_eq(taken, rows[i].taken, "%s %s", rows[i].history, rows[i].word);
		cr_expect_eq(a->window.tail, tail + taken, "%s %s", rows[i].history, rows[i].word);
		support_end(&s);
	}
}

/* It goes on for as long as there is room in the window, which goes round. */
Test(lane, the_short_way_is_open_while_there_is_room)
{
	enum { ROOM = 256 };
	struct support_analysis s;
	support_begin(&s);
	feed(&s, PRELUDE);
	struct analysis *a = s.analysis;
	cr_assert_eq(a->window.mask + 1, ROOM);
	for (uint64_t i = 0; i < 3 * ROOM; i++) {
		const struct wsc_event e = {
		    .ts = 10 + i, .kind = WSC_EV_QUEUED, .worker = 1, .queue = 1, .task = 10 + i};
		cr_assert(lane_feed(a, &a->streams[0], 0, &e), "%" PRIu64, i);
		if (i % ROOM < ROOM - 1)
			continue;
		cr_assert_eq(a->window.tail - a->window.head, ROOM);
		const struct wsc_event next = {
		    .ts = e.ts, .kind = WSC_EV_QUEUED, .worker = 1, .queue = 1, .task = 1 << 20};
		cr_assert_not(lane_feed(a, &a->streams[0], 0, &next));
		window_advance(a, WINDOW_END);
	}
	cr_expect_eq(a->by_queue[0].waiting, 2 + 3 * ROOM);
	support_end(&s);
}

/* What the search finds beside the lane is handed on: it need not be repeated. */
Test(lane, what_is_found_beside_it)
{
	static const struct {
		const char *word;
		bool taken;
		uint32_t general;
	} rows[] = {{"20Q1:5", true, 0},  {"20S1:1", true, 0},  {"20X1:1", false, 0},
	            {"20X1:2", false, 1}, {"20X1:5", false, 0}, {"20S2:3", false, 2}};
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct support_analysis s;
		uint32_t general = UINT32_MAX;
		support_begin(&s);
		feed(&s, "1Q2:2 2X2:2 3Q2:3 4X2:3 5Q1:1 | 6Q2:2! 7Q2:3! 8P2");
		struct analysis *a = s.analysis;
		const struct wsc_event e = support_parse(rows[i].word);
		struct window_entry *entry = window_add(a, &e);
		entry->stream = id_map_find(&a->stream_index, e.worker) - 1;
		cr_expect_eq(lane_arrives(a, entry, &general), rows[i].taken, "%s", rows[i].word);
		cr_expect_eq(general, rows[i].general, "%s: %" PRIu32, rows[i].word, general);
		support_end(&s);
	}
}

/* It is for the whole alone: a share follows some handles, and a short way would let in all. */
Test(lane, what_a_share_follows)
{
	enum { SHARES = 2, TASKS = 64 };
	uint32_t followed = 0;
	for (uint32_t index = 0; index < SHARES; index++) {
		struct support_analysis s;
		support_begin(&s);
		s.options.share = (struct share){.kind = SHARE_TASKS, .index = index, .count = SHARES};
		support_create(&s);
		for (unsigned i = 0; i < TASKS; i++) {
			char word[64];
			snprintf(word, sizeof(word), "%uQ1:%u", 10 * i, i + 1);
			support_feed(&s, word);
		}
		window_advance(s.analysis, WINDOW_END);
		cr_expect(s.analysis->lane.used > 0);
		followed += s.analysis->lane.used;
		cr_expect_null(s.analysis->streams[0].guess);
		support_end(&s);
	}
	cr_expect_eq(followed, TASKS);
}

/* Where nothing is for the lane, nothing gets in the short way. */
Test(lane, no_short_way_when_off)
{
	struct support_analysis s;
	support_begin(&s);
	s.header.identity = WSC_IDENTITY_RECYCLED;
	feed(&s, PRELUDE "10Q1:5 11S1:5 12C1:5");
	cr_expect_eq(s.analysis->lane.used, 0);
	support_end(&s);
}

/* What ends a worker's pushes is looked at only where there are some. */
Test(lane, open_pushes)
{
	static const struct {
		const char *history;
		bool open;
	} rows[] = {{"10Q1:5", true}, {"10Q1:5 11Q1:6", true}, {"10Q1:5 11S1:5", false}, {"10Q1:5 11P1", false}};
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct support_analysis s;
		support_begin(&s);
		feed(&s, rows[i].history);
		cr_expect_eq(s.analysis->streams[0].has_open_push, rows[i].open, "%s", rows[i].history);
		support_end(&s);
	}
}

/* --- What a record has room for. --- */

/* The place of a push in its worker's program outlasts the lane, up to 40 bits of it. */
Test(lane, places_of_pushes)
{
	static const struct {
		uint64_t sequence;
		uint32_t lane;
	} rows[] = {{1, 1},
	            {(UINT64_C(1) << 28) - 1, 1},
	            {(UINT64_C(0xabc) << 28) + 5, 1},
	            {(UINT64_C(1) << 40) - 1, 1},
	            {UINT64_C(1) << 40, 0}};
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct support_analysis s;
		support_begin(&s);
		feed(&s, "1P1 2N1");
		s.analysis->streams[0].stream.sequence = rows[i].sequence - 1;
		support_feed(&s, "10Q1:5");
		window_advance(s.analysis, WINDOW_END);
		cr_expect_eq(s.analysis->tasks.used, 1 - rows[i].lane);
		lane_close(s.analysis);
		cr_expect_eq(s.analysis->order.items[0].sequence, rows[i].sequence, "%zu", i);
		support_end(&s);
	}
}

/* 65,536 workers have numbers that fit into a record; the next ones have no lane. */
Test(lane, workers_beyond_a_record)
{
	enum { WORKERS = (1 << 16) + 2 };
	struct support_analysis s;
	support_begin(&s);
	support_create(&s);
	for (uint32_t worker = 0; worker < WORKERS; worker++) {
		struct wsc_event e = {
		    .ts = worker, .kind = WSC_EV_QUEUED, .worker = worker, .queue = worker, .task = worker + 1};
		cr_assert_eq(analysis_feed(s.analysis, &e, 1), WSC_OK);
	}
	window_advance(s.analysis, WINDOW_END);
	cr_expect_eq(s.analysis->lane.used, 1 << 16);
	cr_expect_eq(s.analysis->tasks.used, WORKERS - (1 << 16));
	support_end(&s);
}
