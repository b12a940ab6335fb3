/* SPDX-License-Identifier: MIT */
/* Divide and conquer: fib, queens, sort. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "kernels.h"

/* --- fib --- */

static uint64_t fib(unsigned n)
{
	uint64_t a, b;
	if (n < 2)
		return n;
#pragma omp task shared(a)
	a = fib(n - 1);
#pragma omp task shared(b)
	b = fib(n - 2);
#pragma omp taskwait
	return a + b;
}

static uint64_t fib_in_a_loop(unsigned n)
{
	uint64_t a = 0, b = 1;
	while (n-- > 0) {
		uint64_t sum = a + b;
		a = b;
		b = sum;
	}
	return a;
}

bool kernel_fib(unsigned size)
{
	const unsigned n = size < 10 ? 10 + size : 20;
	uint64_t result = 0;
#pragma omp parallel
#pragma omp single
	result = fib(n);
	return result == fib_in_a_loop(n);
}

/* --- queens --- */

enum { BOARD_MAX = 12 };

struct board {
	unsigned rows;
	unsigned column[BOARD_MAX];
};

static bool is_safe(const struct board *board, unsigned column)
{
	for (unsigned row = 0; row < board->rows; row++) {
		const unsigned other = board->column[row], apart = board->rows - row;
		if (other == column || other + apart == column || column + apart == other)
			return false;
	}
	return true;
}

static void place(const struct board *board, unsigned width, unsigned *solutions)
{
	if (board->rows == width) {
#pragma omp atomic
		*solutions += 1;
		return;
	}
	for (unsigned column = 0; column < width; column++) {
		if (!is_safe(board, column))
			continue;
		struct board next = *board;
		next.column[next.rows++] = column;
#pragma omp task firstprivate(next)
		place(&next, width, solutions);
	}
}

bool kernel_queens(unsigned size)
{
	static const unsigned expected[BOARD_MAX] = {1, 1, 0, 0, 2, 10, 4, 40, 92, 352, 724, 2680};
	const unsigned width = size < BOARD_MAX ? size : 8;
	const struct board empty = {.rows = 0};
	unsigned solutions = 0;
#pragma omp parallel
#pragma omp single
#pragma omp taskgroup
	place(&empty, width, &solutions);
	return solutions == expected[width];
}

/* --- sort --- */

static void merge(uint32_t *to, const uint32_t *left, size_t left_count, const uint32_t *right, size_t right_count)
{
	while (left_count > 0 || right_count > 0) {
		const bool is_left = right_count == 0 || (left_count > 0 && *left <= *right);
		*to++ = is_left ? *left++ : *right++;
		left_count -= is_left;
		right_count -= !is_left;
	}
}

/* Small parts are not worth a task that others could take: `if`; and smaller ones no task at all: `final`. */
static void sort(uint32_t *numbers, uint32_t *room, size_t count)
{
	if (count < 2)
		return;
	const size_t half = count / 2;
#pragma omp task if (half > 64) final(half < 16)
	sort(numbers, room, half);
#pragma omp task if (half > 64) final(half < 16)
	sort(numbers + half, room + half, count - half);
#pragma omp taskwait
	merge(room, numbers, half, numbers + half, count - half);
	memcpy(numbers, room, count * sizeof(*numbers));
}

bool kernel_sort(unsigned size)
{
	const size_t count = (size_t)size * 1000;
	uint32_t *numbers = malloc((count + 1) * sizeof(*numbers)), *room = malloc((count + 1) * sizeof(*room));
	uint32_t state = 1;
	bool is_sorted = numbers != NULL && room != NULL;
	for (size_t i = 0; is_sorted && i < count; i++)
		numbers[i] = state = state * 1664525 + 1013904223;
	if (is_sorted) {
#pragma omp parallel
#pragma omp single
		sort(numbers, room, count);
	}
	for (size_t i = 1; is_sorted && i < count; i++)
		is_sorted = numbers[i - 1] <= numbers[i];
	free(numbers);
	free(room);
	return is_sorted;
}
