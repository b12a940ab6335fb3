/* SPDX-License-Identifier: MIT */
/*
 * generate [OPTION]... FILE: writes a trace of a sound run of any size and shape, the same for the same options.
 *
 * A simulation of workers that push, take, steal and run, an event at a time: the worker whose clock is behind does its
 * next one, and what it does takes effect at its stamp, so no order of the stamps explains another run. The deques fill
 * up to their share of the live tasks and drain to a tenth of it in turns, so that every task waits, and all of them are
 * in use. Stamps are of a CPU's counter: steps of `--step` ticks, one reading in a hundred off by one, 2.6 to the
 * nanosecond; gaps are exponential beyond a least one, and in one of a hundred comes an interruption of up to 4 us.
 */
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "trace_writer.h"

#define TICKS_PER_NS       2.6
#define FIRST_TICK         UINT64_C(81000000000000)
#define GAP_LEAST          0.4    /* of the mean one */
#define ATTEMPT_NS         100.0  /* that a steal takes, on average */
#define INTERRUPTION_NS    4000.0 /* the longest */
#define INTERRUPTION_SHARE 0.01
#define REQUEUE_NS         5.0 /* from the `queued` of a polled task to the end of its run: no thief is that fast */

enum { WORKERS_MAX = 4096, DEPTH_MAX = 4096, BLOCK_EVENTS = 16384, CHUNK_IDS = 1024, CHILDREN_MAX = 3 };

enum ids { IDS_DENSE, IDS_RANDOM };

struct options {
	uint64_t events, live, seed, step;
	unsigned workers, depth;
	double steals, failures, gap_ns, duration_s;
	enum wsc_identity identity;
	enum ids ids;
	const char *path;
};

struct run {
	uint64_t task;
	unsigned children; /* yet to be pushed */
	bool was_requeued;
};

struct worker {
	uint32_t id;
	double ns;
	uint64_t last_ts;
	uint64_t *deque; /* a ring; [oldest, newest) modulo the capacity */
	uint64_t oldest, newest, capacity, high;
	bool fills; /* pushes more than it takes */
	struct run *stack;
	unsigned depth;
	bool has_attempt;
	uint32_t victim;
	uint64_t loot; /* stolen, not yet begun; 0: none */
	uint64_t next_id, ids_left;
	uint64_t *free_ids; /* recycled handles */
	size_t free_count, free_capacity;
	struct wsc_event *events; /* of the block that is being filled */
	size_t event_count;
};

struct generator {
	struct options options;
	struct worker *workers;
	struct trace_writer *writer;
	uint64_t random, ids, events, waiting;
	bool drains; /* nothing new any more */
};

static _Noreturn void die(const char *what)
{
	fprintf(stderr, "generate: %s\n", what);
	exit(2);
}

static void *grown(void *memory, size_t bytes)
{
	memory = realloc(memory, bytes);
	if (memory == NULL)
		die("out of memory");
	return memory;
}

static double uniform(struct generator *g)
{
	g->random ^= g->random << 13;
	g->random ^= g->random >> 7;
	g->random ^= g->random << 17;
	return (double)(g->random >> 11) / 9007199254740992.0;
}

/* ---- the trace ---- */

static void flush(struct generator *g, struct worker *w)
{
	if (w->event_count > 0 && trace_writer_block(g->writer, w->events, w->event_count, NULL) != WSC_OK)
		die("the trace cannot be written");
	w->event_count = 0;
}

/* What a counter shows; a worker's own stamps never run backwards. */
static uint64_t stamp(struct generator *g, struct worker *w)
{
	const uint64_t step = g->options.step;
	const double odd = step > 1 ? uniform(g) : 1;
	uint64_t ts = (uint64_t)(w->ns * TICKS_PER_NS / (double)step) * step + FIRST_TICK;

	ts += odd < 0.005 ? 1 : odd < 0.01 ? (uint64_t)-1 : 0;
	w->last_ts = ts > w->last_ts ? ts : w->last_ts;
	return w->last_ts;
}

/* Records an event at the worker's clock. */
static void record(struct generator *g, struct worker *w, struct wsc_event e)
{
	e.ts = stamp(g, w);
	e.worker = w->id;
	w->events[w->event_count++] = e;
	g->events++;
	if (w->event_count == BLOCK_EVENTS)
		flush(g, w);
}

static void pass(struct generator *g, struct worker *w, double mean)
{
	w->ns += mean * GAP_LEAST - mean * (1 - GAP_LEAST) * log(1 - uniform(g));
	if (uniform(g) < INTERRUPTION_SHARE)
		w->ns += INTERRUPTION_NS * uniform(g) * uniform(g);
}

static void pass_time(struct generator *g, struct worker *w)
{
	pass(g, w, g->options.gap_ns);
}

/* ---- tasks ---- */

/* Each step can be undone, so that no two numbers get the same handle; only 0, which is no id, gives 0. */
static uint64_t scattered(uint64_t x)
{
	x = (x ^ x >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
	x = (x ^ x >> 27) * UINT64_C(0x94d049bb133111eb);
	return x ^ x >> 31;
}

static uint64_t new_task(struct generator *g, struct worker *w)
{
	if (g->options.identity == WSC_IDENTITY_RECYCLED && w->free_count > 0)
		return w->free_ids[--w->free_count];
	if (w->ids_left == 0) {
		w->next_id = g->ids;
		g->ids += CHUNK_IDS;
		w->ids_left = CHUNK_IDS;
	}
	w->ids_left--;
	const uint64_t id = w->next_id++;
	return g->options.ids == IDS_RANDOM ? scattered(id) : id;
}

static void recycle(struct worker *w, uint64_t task)
{
	if (w->free_count == w->free_capacity) {
		w->free_capacity = w->free_capacity == 0 ? 64 : w->free_capacity * 2;
		w->free_ids = grown(w->free_ids, w->free_capacity * sizeof *w->free_ids);
	}
	w->free_ids[w->free_count++] = task;
}

/* ---- what a worker does ---- */

static uint64_t length(const struct worker *w)
{
	return w->newest - w->oldest;
}

static void push(struct generator *g, struct worker *w, uint64_t task)
{
	if (length(w) == w->capacity)
		die("a deque is full"); /* steals only shorten them, and pushes stop before */
	record(g, w, (struct wsc_event){.kind = WSC_EV_QUEUED, .task = task, .queue = w->id});
	w->deque[w->newest++ % w->capacity] = task;
	g->waiting++;
	w->fills = w->fills && length(w) < w->high;
	pass_time(g, w);
}

static void start(struct generator *g, struct worker *w, uint64_t task)
{
	record(g, w, (struct wsc_event){.kind = WSC_EV_EXEC_START, .task = task});
	w->stack[w->depth++] = (struct run){
	    .task = task, .children = w->fills && !g->drains ? 1 + (unsigned)(uniform(g) * CHILDREN_MAX) : 0};
	pass_time(g, w);
}

static void complete(struct generator *g, struct worker *w)
{
	struct run *run = &w->stack[w->depth - 1];

	if (g->options.identity == WSC_IDENTITY_POLLED && !run->was_requeued && !g->drains && length(w) < w->capacity &&
	    uniform(g) < 0.25) {
		const double ns = w->ns;

		run->was_requeued = true;
		push(g, w, run->task);
		w->ns = ns + REQUEUE_NS;
		return;
	}
	record(g, w, (struct wsc_event){.kind = WSC_EV_EXEC_COMPLETE, .task = run->task});
	if (g->options.identity == WSC_IDENTITY_RECYCLED)
		recycle(w, run->task);
	w->depth--;
	pass_time(g, w);
}

static void start_attempt(struct generator *g, struct worker *w)
{
	const unsigned other = (unsigned)(uniform(g) * (g->options.workers - 1));

	w->victim = other >= w->id ? other + 1 : other;
	w->has_attempt = true;
	record(g, w, (struct wsc_event){.kind = WSC_EV_STEAL_START, .queue = w->victim});
	pass(g, w, ATTEMPT_NS); /* however long the tasks are */
}

static void end_attempt(struct generator *g, struct worker *w)
{
	struct worker *victim = &g->workers[w->victim];
	const bool is_empty = length(victim) == 0;
	struct wsc_event e = {.kind = WSC_EV_STEAL_SUCCESS, .queue = w->victim};

	w->has_attempt = false;
	if (is_empty || uniform(g) * 100 < g->options.failures) {
		e.kind = WSC_EV_STEAL_FAILURE;
		e.arg = 1;
		e.reason = is_empty ? WSC_REASON_EMPTY : WSC_REASON_LOST_RACE;
	} else {
		e.task = w->loot = victim->deque[victim->oldest++ % victim->capacity];
		g->waiting--;
		victim->fills = victim->fills || length(victim) <= victim->high / 10;
	}
	record(g, w, e);
	pass_time(g, w);
}

/* Takes the newest task and starts it. */
static void take(struct generator *g, struct worker *w)
{
	const uint64_t task = w->deque[--w->newest % w->capacity];

	g->waiting--;
	w->fills = w->fills || length(w) <= w->high / 10;
	start(g, w, task);
}

/* The next event of a worker. Whoever is at its end may steal what is left. */
static void step(struct generator *g, struct worker *w)
{
	struct run *run = w->depth > 0 ? &w->stack[w->depth - 1] : NULL;
	const bool may_nest = w->depth < g->options.depth && (run == NULL || !run->was_requeued);

	if (w->has_attempt) {
		end_attempt(g, w);
	} else if (w->loot != 0) {
		const uint64_t loot = w->loot;
		w->loot = 0;
		start(g, w, loot);
	} else if (run != NULL && run->children > 0 && length(w) < w->high && !g->drains) {
		run->children--;
		push(g, w, new_task(g, w));
	} else if (run != NULL && (!may_nest || uniform(g) < 0.5)) {
		complete(g, w);
	} else if (g->options.workers > 1 && uniform(g) * 100 < g->options.steals) {
		start_attempt(g, w);
	} else if (length(w) > 0) {
		take(g, w);
	} else if (run != NULL) {
		complete(g, w);
	} else if (!g->drains) {
		push(g, w, new_task(g, w));
	} else {
		w->ns = INFINITY;
	}
}

static struct worker *behind(struct generator *g)
{
	struct worker *least = &g->workers[0];

	for (unsigned i = 1; i < g->options.workers; i++)
		least = g->workers[i].ns < least->ns ? &g->workers[i] : least;
	return least;
}

static void simulate(struct generator *g)
{
	/* Each waiting task is yet to begin and to end. */
	const uint64_t each = 2;
	struct worker *w;

	while ((w = behind(g))->ns < INFINITY) {
		step(g, w);
		g->drains = g->drains || g->events + each * g->waiting >= g->options.events;
	}
	for (unsigned i = 0; i < g->options.workers; i++)
		flush(g, &g->workers[i]);
}

/* ---- setting up ---- */

static void create_workers(struct generator *g)
{
	const struct options *o = &g->options;
	const uint64_t share = o->live / o->workers;

	g->workers = grown(NULL, o->workers * sizeof *g->workers);
	for (unsigned i = 0; i < o->workers; i++) {
		struct worker *w = &g->workers[i];

		*w = (struct worker){.id = i, .high = share > 0 ? share : 1, .fills = true};
		w->capacity = w->high + o->depth; /* a polled task comes back to a full one */
		w->deque = grown(NULL, w->capacity * sizeof *w->deque);
		w->stack = grown(NULL, o->depth * sizeof *w->stack);
		w->events = grown(NULL, BLOCK_EVENTS * sizeof *w->events);
	}
}

static enum wsc_status write_out(void *context, const void *bytes, size_t size)
{
	return fwrite(bytes, 1, size, context) == size ? WSC_OK : WSC_IO;
}

static void generate(struct generator *g)
{
	const bool is_stdout = strcmp(g->options.path, "-") == 0;
	FILE *file = is_stdout ? stdout : fopen(g->options.path, "wb");
	struct trace_header header;

	if (file == NULL)
		die(strerror(errno));
	trace_header_init(&header);
	header.clock = WSC_CLOCK_TICKS;
	header.ticks_per_second = (uint64_t)(TICKS_PER_NS * 1e9);
	header.identity = g->options.identity;
	header.uncertainty_ns = 50;
	header.publish_ns = 5000;
	memcpy(header.trace_id, "generated trace.", sizeof header.trace_id);
	if (trace_writer_create(&g->writer, (struct trace_sink){write_out, file}, &header, 0) != WSC_OK)
		die("the trace cannot be written");
	simulate(g);
	if (trace_writer_finish(g->writer, WSC_END_CLEAN) != WSC_OK || fclose(file) != 0)
		die("the trace cannot be written");
	trace_writer_free(g->writer);
	trace_header_free(&header);
}

static double number(const char *text, double least, double most)
{
	char *end;
	const double value = strtod(text, &end);

	if (end == text || *end != '\0' || !(value >= least && value <= most)) {
		fprintf(stderr, "generate: '%s' is no number from %g to %g\n", text, least, most);
		exit(2);
	}
	return value;
}

static const char usage[] = "usage: generate [OPTION]... FILE ('-': standard output)\n"
                            "  -n, --events N      events, about (1e6)\n"
                            "  -l, --live N        tasks that wait, at most (1000)\n"
                            "  -w, --workers N     (4)\n"
                            "  -s, --steals P      per cent of takes that are attempts to steal (5)\n"
                            "  -f, --failures P    per cent of attempts on a queue with tasks that lose a race (10)\n"
                            "  -d, --depth N       runs nested on a worker, at most (1)\n"
                            "  -i, --identity ID   unique, polled or recycled (unique)\n"
                            "      --ids HOW       dense (each worker has chunks of 1,024) or random (dense)\n"
                            "  -g, --gap NS        between two events of a worker, on average (60)\n"
                            "  -t, --duration S    of the whole, about, instead of --gap\n"
                            "      --step TICKS    of the counter, which makes 2.6e9 a second (26)\n"
                            "      --seed N        (1)\n";

static void choose(struct options *o, int option)
{
	switch (option) {
	case 'n':
		o->events = (uint64_t)number(optarg, 1, 1e12);
		break;
	case 'l':
		o->live = (uint64_t)number(optarg, 1, 1e9);
		break;
	case 'w':
		o->workers = (unsigned)number(optarg, 1, WORKERS_MAX);
		break;
	case 's':
		o->steals = number(optarg, 0, 100);
		break;
	case 'f':
		o->failures = number(optarg, 0, 99);
		break;
	case 'd':
		o->depth = (unsigned)number(optarg, 1, DEPTH_MAX);
		break;
	case 'g':
		o->gap_ns = number(optarg, 1, 1e12);
		break;
	case 't':
		o->duration_s = number(optarg, 1e-9, 1e9);
		break;
	case 'T':
		o->step = (uint64_t)number(optarg, 1, 1e6);
		break;
	case 'S':
		o->seed = (uint64_t)number(optarg, 1, 1e15);
		break;
	default:
		fputs(usage, stderr);
		exit(2);
	}
}

static int word(const char *text, const char *const *words)
{
	for (int i = 0; words[i] != NULL; i++) {
		if (strcmp(text, words[i]) == 0)
			return i;
	}
	fprintf(stderr, "generate: what is '%s'?\n", text);
	exit(2);
}

static void parse(struct options *o, int argc, char **argv)
{
	static const char *const identities[] = {"unique", "polled", "recycled", NULL}, *const ids[] = {"dense",
	                                                                                                "random", NULL};
	static const struct option rows[] = {
	    {"events", 1, NULL, 'n'},   {"live", 1, NULL, 'l'},     {"workers", 1, NULL, 'w'},
	    {"steals", 1, NULL, 's'},   {"failures", 1, NULL, 'f'}, {"depth", 1, NULL, 'd'},
	    {"gap", 1, NULL, 'g'},      {"duration", 1, NULL, 't'}, {"step", 1, NULL, 'T'},
	    {"identity", 1, NULL, 'i'}, {"ids", 1, NULL, 'I'},      {"seed", 1, NULL, 'S'},
	    {NULL, 0, NULL, 0},
	};
	int option;

	while ((option = getopt_long(argc, argv, "n:l:w:s:f:d:g:t:i:", rows, NULL)) != -1) {
		if (option == 'i')
			o->identity = (enum wsc_identity)word(optarg, identities);
		else if (option == 'I')
			o->ids = (enum ids)word(optarg, ids);
		else
			choose(o, option);
	}
	if (optind + 1 != argc) {
		fputs(usage, stderr);
		exit(2);
	}
	o->path = argv[optind];
	if (o->duration_s > 0)
		o->gap_ns = o->duration_s * 1e9 * o->workers / (double)o->events;
}

int main(int argc, char **argv)
{
	struct generator g = {.options = {.events = 1000000,
	                                  .live = 1000,
	                                  .seed = 1,
	                                  .step = 26,
	                                  .workers = 4,
	                                  .depth = 1,
	                                  .steals = 5,
	                                  .failures = 10,
	                                  .gap_ns = 60},
	                      .ids = 1};

	parse(&g.options, argc, argv);
	g.random = g.options.seed * UINT64_C(0x9e3779b97f4a7c15);
	create_workers(&g);
	generate(&g);
	for (unsigned i = 0; i < g.options.workers; i++) {
		free(g.workers[i].deque);
		free(g.workers[i].stack);
		free(g.workers[i].free_ids);
		free(g.workers[i].events);
	}
	free(g.workers);
	return 0;
}
