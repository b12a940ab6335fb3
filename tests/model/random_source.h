/* SPDX-License-Identifier: MIT */
/* Repeatable random numbers: the same state gives the same numbers everywhere. */
#ifndef MODEL_RANDOM_SOURCE_H
#define MODEL_RANDOM_SOURCE_H

#include <stdbool.h>
#include <stdint.h>

/* splitmix64 */
static inline uint64_t random_next(uint64_t *state)
{
	uint64_t z = *state += UINT64_C(0x9e3779b97f4a7c15);

	z = (z ^ z >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
	z = (z ^ z >> 27) * UINT64_C(0x94d049bb133111eb);
	return z ^ z >> 31;
}

/* In [0, limit); limit: not 0. */
static inline uint32_t random_below(uint64_t *state, uint32_t limit)
{
	return (uint32_t)(random_next(state) % limit);
}

static inline bool random_chance(uint64_t *state, uint32_t percent)
{
	return random_below(state, 100) < percent;
}

#endif
