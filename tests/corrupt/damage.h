/* SPDX-License-Identifier: MIT */
/* The ways in which files are damaged. Everything follows from `seed` and `number`. */
#ifndef CORRUPT_DAMAGE_H
#define CORRUPT_DAMAGE_H

#include "original.h"

/* X(name, "what"): a function damage_NAME each. */
#define CORRUPT_DAMAGES(X)                                                                                             \
	X(bits, "one to three bits flipped")                                                                           \
	X(run, "a run of bytes overwritten")                                                                           \
	X(cut, "cut")                                                                                                  \
	X(hole, "bytes taken out or put in")                                                                           \
	X(dropped, "a frame dropped")                                                                                  \
	X(doubled, "a frame doubled, at any place")                                                                    \
	X(swapped, "two frames swapped")                                                                               \
	X(spliced, "a frame of another trace, put in or in another's place")                                           \
	X(footer, "the footer, the index or both lost")                                                                \
	X(field, "a redundant field altered, its checksum made anew")

struct corrupt_job {
	const struct corrupt_original *original;
	const struct corrupt_original *other; /* where frames of another trace come from */
	uint64_t random;
	size_t number, count; /* which of how many damages of this kind */
	/* The result. */
	unsigned char *bytes;
	size_t size;
	size_t first_at; /* everything before this byte is as it was */
	/*
	 * Everything stamped before this is there, and the file says so: reports on what came before must be the same.
	 * 0: not known.
	 */
	uint64_t intact_until;
};

typedef void corrupt_damage(struct corrupt_job *job);

#define CORRUPT_DAMAGE_DECLARE(name, what) corrupt_damage damage_##name;
CORRUPT_DAMAGES(CORRUPT_DAMAGE_DECLARE)
#undef CORRUPT_DAMAGE_DECLARE

/* A random number below `bound`, which is not 0. */
uint64_t corrupt_random(struct corrupt_job *job, uint64_t bound);

/* Sets the result: the original with bytes [at, at + old_size) replaced. */
void corrupt_replace(struct corrupt_job *job, size_t at, size_t old_size, const void *bytes, size_t size);

#endif
