/* SPDX-License-Identifier: MIT */
/*
 * The harness of samples/deque by itself: on a sound deque every value comes out once and nothing is dropped, and it
 * comes to an end on deques that no trace can describe. ThreadSanitizer sees the harness, the deque and the recorder.
 */
#include "../../samples/deque/harness.c"
#include "../../samples/deque/pauses.c"
#include "../../samples/pool/deque.c"

#include <string.h>
#include <unistd.h>

#if defined(ORDER_TSAN)
enum { OPS = 5000 };
#else
enum { OPS = 30000 };
#endif

/* --- Deques --- */

static void *chase_lev_init(const void *context)
{
	struct deque *deque = aligned_alloc(_Alignof(struct deque), sizeof(*deque));

	(void)context;
	if (deque && !deque_init(deque, 0)) {
		free(deque);
		return NULL;
	}
	return deque;
}

static void chase_lev_free(void *deque)
{
	deque_free(deque);
	free(deque);
}

static bool chase_lev_push(void *deque, uint64_t value)
{
	if (!deque_reserve(deque))
		return false;
	deque_push(deque, (void *)(uintptr_t)value);
	return true;
}

static uint64_t chase_lev_take(void *deque)
{
	return (uintptr_t)deque_take(deque);
}

static enum wsc_reason chase_lev_steal(void *deque, uint64_t *value)
{
	void *item = NULL;
	const enum deque_answer answer = deque_steal(deque, &item);

	*value = (uintptr_t)item;
	return answer == DEQUE_TAKEN   ? WSC_REASON_NONE
	       : answer == DEQUE_EMPTY ? WSC_REASON_EMPTY
	                               : WSC_REASON_LOST_RACE;
}

static const struct harness_impl sound = {
    .name = "sound",
    .init = chase_lev_init,
    .free = chase_lev_free,
    .push = chase_lev_push,
    .take = chase_lev_take,
    .steal = chase_lev_steal,
};

static bool push_refused(void *deque, uint64_t value)
{
	(void)deque;
	(void)value;
	return false;
}

static uint64_t take_forever(void *deque)
{
	(void)deque;
	return 1;
}

static enum wsc_reason steal_zero(void *deque, uint64_t *value)
{
	(void)deque;
	*value = 0;
	return WSC_REASON_NONE;
}

/* The thief waits forever, and the owner for the thief. */
static enum wsc_reason steal_hangs(void *deque, uint64_t *value)
{
	(void)deque;
	(void)value;
	while (pause() == -1)
		;
	return WSC_REASON_BUSY;
}

static void *init_without_memory(const void *context)
{
	(void)context;
	return NULL;
}

/* --- Tests --- */

static int failed(const char *test, const char *what)
{
	fprintf(stderr, "test_deque_harness: %s: %s\n", test, what);
	return 1;
}

/* Runs and records it, and says whether the harness came to the end that is expected with nothing dropped. */
static int run(const struct harness_impl *impl, unsigned thieves, unsigned batch, struct harness_counts *counts)
{
	struct wsc_options options = WSC_OPTIONS_INIT;
	struct harness_options harness = {
	    .impl = impl, .ops = OPS, .seed = 7, .thieves = thieves, .batch = batch, .stall_ms = HARNESS_STALL_MS};
	char path[] = "/tmp/wscheck-deque-XXXXXX";
	const int file = mkstemp(path);
	enum harness_end end;
	int bad = 0;

	if (file < 0)
		return failed(impl->name, "no temporary file");
	close(file);
	options.path = path;
	options.scope = WSC_SCOPE_DEQUE;
	options.ring_events = harness_ring_events(OPS);
	options.uncertainty_ns = 1000;
	harness.recorder = wsc_open(&options);
	end = harness_run(&harness, counts);
	if (wsc_dropped(harness.recorder) != 0)
		bad = failed(impl->name, "events were dropped");
	if (wsc_close(harness.recorder, WSC_END_CLEAN) != 0)
		bad = failed(impl->name, "the trace could not be written");
	unlink(path);
	if (end != HARNESS_DONE)
		bad = failed(impl->name, "it did not come to its end");
	return bad;
}

static int test_sound(void)
{
	for (unsigned thieves = 0; thieves <= 3; thieves++) {
		struct harness_counts counts;

		if (run(&sound, thieves, 1 + thieves, &counts))
			return 1;
		if (counts.taken + counts.stolen != counts.pushed)
			return failed("sound", "not every value came out once");
		if (counts.pushed < OPS / 4 || counts.taken == 0 || (counts.stolen > 0) != (thieves > 0))
			return failed("sound", "it was hardly used");
		if (counts.zeros != 0 || counts.exhausted)
			return failed("sound", "it was taken for a broken one");
	}
	return 0;
}

static int test_full(void)
{
	struct harness_impl full = sound;
	struct harness_counts counts;

	full.name = "always full";
	full.push = push_refused;
	if (run(&full, 1, 1, &counts))
		return 1;
	if (counts.pushed != 0 || counts.refused == 0 || counts.taken + counts.stolen != 0)
		return failed(full.name, "a refused push was counted as one");
	return 0;
}

static int test_never_empty(void)
{
	struct harness_impl endless = sound;
	struct harness_counts counts;

	endless.name = "never empty";
	endless.take = take_forever;
	if (run(&endless, 1, 1, &counts))
		return 1;
	return counts.exhausted ? 0 : failed(endless.name, "it was not noticed");
}

static int test_zero(void)
{
	struct harness_impl zero = sound;
	struct harness_counts counts;

	zero.name = "steals 0";
	zero.steal = steal_zero;
	if (run(&zero, 2, HARNESS_BATCH_MAX, &counts))
		return 1;
	return counts.zeros > 0 && counts.stolen == 0 ? 0 : failed(zero.name, "it was not noticed");
}

static int test_no_memory(void)
{
	struct harness_impl none = sound;
	const struct harness_options options = {
	    .impl = &none, .ops = OPS, .thieves = 1, .batch = 1, .stall_ms = HARNESS_STALL_MS};
	struct harness_counts counts;

	none.init = init_without_memory;
	return harness_run(&options, &counts) == HARNESS_NO_RESOURCES ? 0 : failed("no memory", "it ran all the same");
}

/* The last: its threads stay. */
static int test_hangs(void)
{
	static struct harness_impl hanging;
	const struct harness_options options = {
	    .impl = &hanging, .ops = OPS, .thieves = 1, .batch = 1, .stall_ms = 300};
	struct harness_counts counts;

	hanging = sound;
	hanging.steal = steal_hangs;
	return harness_run(&options, &counts) == HARNESS_STALLED ? 0 : failed("hangs", "it was not noticed");
}

int main(void)
{
	_exit(test_sound() | test_full() | test_never_empty() | test_zero() | test_no_memory() | test_hangs());
}
