/* SPDX-License-Identifier: MIT */
/* One thread makes the tasks: taskloops, priorities, cancellation, nested regions. */
#include <stdint.h>
#include <stdlib.h>

#include "kernels.h"

static void work(unsigned steps)
{
	for (volatile unsigned i = 0; i < steps;)
		i = i + 1;
}

bool kernel_loops(unsigned size)
{
	const unsigned count = size * 1000;
	uint64_t sum = 0, ones = 0;
#pragma omp parallel
#pragma omp single
	{
#pragma omp taskloop grainsize(16) reduction(+ : sum)
		for (unsigned i = 0; i < count; i++)
			sum += i;
		/* More than a queue holds: libomp then runs tasks at once. */
		for (unsigned i = 0; i < count; i++) {
#pragma omp task shared(ones)
			{
#pragma omp atomic
				ones += 1;
			}
		}
	}
	return sum == (uint64_t)count * (count - 1) / 2 && ones == count;
}

bool kernel_priority(unsigned size)
{
	const unsigned count = size * 50;
	unsigned done = 0;
#pragma omp parallel
#pragma omp single
	for (unsigned i = 0; i < count; i++) {
#pragma omp task priority((int)(i % 4)) shared(done)
		{
			work(200);
#pragma omp atomic
			done += 1;
		}
	}
	return done == count;
}

/* The first to find the number cancels the others; with cancellation off all look to the end. */
bool kernel_search(unsigned size)
{
	const unsigned count = size * 100, wanted = count / 3;
	unsigned found = 0;
#pragma omp parallel
#pragma omp single
#pragma omp taskgroup
	for (unsigned i = 0; i < count; i++) {
#pragma omp task shared(found)
		{
			work(100);
			if (i == wanted) {
#pragma omp atomic write
				found = i;
#pragma omp cancel taskgroup
			}
#pragma omp cancellation point taskgroup
			work(100);
		}
	}
	return found == wanted;
}

bool kernel_nested(unsigned size)
{
	unsigned done = 0;
#pragma omp parallel num_threads(2)
#pragma omp single
	for (unsigned i = 0; i < size; i++) {
#pragma omp task shared(done)
		{
#pragma omp parallel num_threads(2)
#pragma omp single
			for (unsigned j = 0; j < 10; j++) {
#pragma omp task shared(done)
				{
					work(100);
#pragma omp atomic
					done += 1;
				}
			}
		}
	}
	return done == 10 * size;
}
