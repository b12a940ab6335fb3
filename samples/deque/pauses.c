/* SPDX-License-Identifier: MIT */
#include "pauses.h"

#include <sched.h>
#include <stdlib.h>

#include "cpu.h"

enum { STORES_MAX = 24, STORES_ODDS = 4 };

bool pauses_init(struct pauses *pauses, uint64_t seed, uint64_t stream)
{
	/* Any odd multiplier spreads neighbouring seeds; xorshift must not start at 0. */
	pauses->state = (seed * 64 + stream + 1) * 0x9e3779b97f4a7c15 | 1;
	pauses->lines = calloc(PAUSES_LINES, PAUSES_LINE_BYTES);
	return pauses->lines != NULL;
}

void pauses_free(struct pauses *pauses)
{
	free(pauses->lines);
	pauses->lines = NULL;
}

/* xorshift64* (Marsaglia 2003, Vigna 2016). The remainder's bias does not matter here. */
uint64_t pauses_random(struct pauses *pauses, uint64_t bound)
{
	uint64_t x = pauses->state;

	x ^= x >> 12;
	x ^= x << 25;
	x ^= x >> 27;
	pauses->state = x;
	return ((x * 0x2545f4914f6cdd1d) >> 16) % bound;
}

void pauses_wait(unsigned log2)
{
	if (log2 > PAUSES_SPIN_LOG2_MAX) {
		sched_yield();
		return;
	}
	for (unsigned i = 0; i < 1U << log2; i++)
		cpu_relax();
}

void pauses_between(struct pauses *pauses)
{
	const uint64_t die = pauses_random(pauses, 256);

	/* Half of the calls follow at once: races need the threads to be close as well as apart. */
	if (die >= 128)
		return;
	if (die >= 8)
		pauses_wait((unsigned)pauses_random(pauses, 4));
	else if (die >= 1)
		pauses_wait((unsigned)pauses_random(pauses, PAUSES_SPIN_LOG2_MAX + 1));
	else
		pauses_wait(PAUSES_SPIN_LOG2_MAX + 1);
}

void pauses_fill_store_buffer(struct pauses *pauses)
{
	uint64_t stores;

	if (pauses_random(pauses, STORES_ODDS) != 0)
		return;
	stores = pauses_random(pauses, STORES_MAX);
	for (uint64_t i = 0; i < stores; i++) {
		/* Volatile: nobody reads the lines, but the stores are what this is about. */
		volatile unsigned char *line = pauses->lines + pauses_random(pauses, PAUSES_LINES) * PAUSES_LINE_BYTES;

		*line = (unsigned char)i;
	}
}
