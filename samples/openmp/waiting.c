/* SPDX-License-Identifier: MIT */
/* Tasks that are not simply run when their turn comes: dependences, untied tasks, events. */
#include <omp.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include "kernels.h"

static void work(unsigned steps)
{
	for (volatile unsigned i = 0; i < steps;)
		i = i + 1;
}

/* Item i passes stage s when it has passed stage s - 1, and when item i - 1 has passed stage s. */
enum { STAGES = 5 };

bool kernel_pipeline(unsigned size)
{
	const unsigned items = size * 10;
	unsigned at_stage[STAGES] = {0};
	unsigned char *stage_of = calloc(items + 1, 1);
	bool is_right = stage_of != NULL;
	if (!is_right)
		return false;
#pragma omp parallel
#pragma omp single
	for (unsigned item = 0; item < items; item++) {
		for (unsigned stage = 0; stage < STAGES; stage++) {
#pragma omp task depend(inout : stage_of[item]) depend(inout : at_stage[stage]) shared(is_right)
			{
				if (stage_of[item] != stage || at_stage[stage] != item) {
#pragma omp atomic write
					is_right = false;
				}
				work(50);
				stage_of[item]++;
				at_stage[stage]++;
			}
		}
	}
	for (unsigned item = 0; item < items; item++)
		is_right = is_right && stage_of[item] == STAGES;
	free(stage_of);
	return is_right;
}

static unsigned leaves(unsigned depth)
{
	unsigned left = 0, right = 0;
	if (depth == 0)
		return 1;
#pragma omp task untied shared(left) firstprivate(depth)
	{
		left = leaves(depth - 1);
#pragma omp taskyield
		work(20);
	}
#pragma omp task untied shared(right) firstprivate(depth)
	{
		work(20);
#pragma omp taskyield
		right = leaves(depth - 1);
	}
#pragma omp taskwait
	return left + right;
}

bool kernel_untied(unsigned size)
{
	const unsigned depth = size < 14 ? size : 10;
	unsigned count = 0, flat = 0;
#pragma omp parallel
#pragma omp single
	{
		count = leaves(depth);
		for (unsigned i = 0; i < 10 * size; i++) {
#pragma omp task untied shared(flat)
			{
				work(20);
#pragma omp taskyield
				work(20);
#pragma omp taskyield
#pragma omp atomic
				flat += 1;
			}
		}
	}
	return count == 1u << depth && flat == 10 * size;
}

#if _OPENMP >= 201811
/* A detached task is over when its event is fulfilled, here by another task. */
bool kernel_events(unsigned size)
{
	unsigned done = 0, after = 0;
#pragma omp parallel
#pragma omp single
	for (unsigned i = 0; i < size; i++) {
		omp_event_handle_t event;
		unsigned *token = &after;
#pragma omp task detach(event) depend(out : token[0]) shared(done)
		{
#pragma omp atomic
			done += 1;
		}
#pragma omp task firstprivate(event)
		{
			work(500);
			omp_fulfill_event(event);
		}
#pragma omp task depend(inout : token[0])
		token[0]++;
	}
	return done == size && after == size;
}
#else
bool kernel_events(unsigned size)
{
	(void)size;
	puts("events: not in this compiler");
	return true;
}
#endif
