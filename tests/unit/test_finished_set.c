/* SPDX-License-Identifier: MIT */
/* Two bits for each finished handle at most: in short lists, in bitmaps, before and after gaps. */
#include <criterion/criterion.h>

#include <inttypes.h>
#include <malloc.h>

#include "finished_set.h"

enum { PAGE = 4096 };

static enum finished what_of(uint64_t handle)
{
	return (enum finished)(1 + handle % 2);
}

/* Puts `count` handles, each `step` after the one before, and looks at them and at their neighbours. */
static void fill(uint64_t first, uint64_t step, unsigned count)
{
	struct finished_set set = {0};
	for (uint64_t i = 0; i < count; i++)
		cr_assert(finished_set_put(&set, first + i * step, what_of(i)));
	for (uint64_t i = 0; i < count; i++) {
		cr_expect_eq(finished_set_find(&set, first + i * step), what_of(i), "%u of %u", (unsigned)i, count);
		if (step > 1)
			cr_expect_eq(finished_set_find(&set, first + i * step + 1), FINISHED_NEVER);
	}
	cr_expect_eq(finished_set_find(&set, first + count * step), FINISHED_NEVER);
	finished_set_free(&set);
	cr_expect_eq(set.page_count, 0);
	cr_expect_eq(finished_set_find(&set, first), FINISHED_NEVER);
}

Test(finished_set, keeps_what_was_put)
{
	fill(1, 1, 1);
	fill(1, 1, 3);
	fill(7, 3, 5);
	fill(1, 3, 64);
	fill(1, 3, 65); /* the list becomes a bitmap */
	fill(1, 1, 3 * PAGE);
	fill(1, PAGE, 200); /* each on a page of its own */
	fill(UINT64_MAX - 300, 2, 100);
}

static void change(unsigned others)
{
	struct finished_set set = {0};
	for (uint64_t i = 0; i < others; i++)
		finished_set_put(&set, 1000 + i, FINISHED_INLINE);
	cr_assert(finished_set_put(&set, 5, FINISHED_QUEUED));
	cr_assert(finished_set_put(&set, 5, FINISHED_INLINE));
	cr_expect_eq(finished_set_find(&set, 5), FINISHED_INLINE);
	cr_assert(finished_set_put(&set, 5, FINISHED_VAGUE));
	cr_expect_eq(finished_set_find(&set, 5), FINISHED_VAGUE);
	cr_assert(finished_set_put(&set, 5, FINISHED_QUEUED));
	cr_expect_eq(finished_set_find(&set, 5), FINISHED_QUEUED);
	cr_assert(finished_set_put(&set, 5, FINISHED_NEVER));
	cr_expect_eq(finished_set_find(&set, 5), FINISHED_NEVER);
	cr_assert(finished_set_put(&set, 6, FINISHED_NEVER));
	cr_expect_eq(finished_set_find(&set, 6), FINISHED_NEVER);
	cr_expect_eq(finished_set_find(&set, 1000), others > 0 ? FINISHED_INLINE : FINISHED_NEVER);
	finished_set_free(&set);
}

Test(finished_set, changes_and_removes)
{
	change(0);
	change(1);
	change(60);
	change(200);
}

/* A removal of what never was costs nothing. */
Test(finished_set, removes_nothing_from_nothing)
{
	struct finished_set set = {0};
	cr_assert(finished_set_put(&set, 5, FINISHED_NEVER));
	cr_expect_eq(set.page_count, 0);
	cr_assert(finished_set_put(&set, 5, FINISHED_QUEUED));
	for (uint64_t i = 100; i < 1000; i++)
		cr_assert(finished_set_put(&set, i, FINISHED_NEVER));
	cr_expect_eq(set.page_count, 1);
	cr_expect_eq(finished_set_find(&set, 5), FINISHED_QUEUED);
	finished_set_free(&set);
}

static void blur(unsigned others)
{
	struct finished_set set = {0};
	finished_set_put(&set, 0, FINISHED_QUEUED);
	finished_set_put(&set, 4, FINISHED_INLINE);
	finished_set_put(&set, 22, FINISHED_INLINE);
	finished_set_put(&set, 5, FINISHED_QUEUED);
	finished_set_put(&set, 6, FINISHED_QUEUED);
	finished_set_put(&set, 6, FINISHED_NEVER);
	for (uint64_t i = 0; i < others; i++)
		finished_set_put(&set, 1000 + i, FINISHED_INLINE);
	finished_set_blur(&set);
	cr_expect_eq(set.epoch, 1);
	cr_expect_eq(finished_set_find(&set, 5), FINISHED_VAGUE);
	cr_expect_eq(finished_set_find(&set, 6), FINISHED_NEVER, "a gap adds nothing");
	finished_set_put(&set, 7, FINISHED_QUEUED); /* which makes the page new again */
	cr_expect_eq(finished_set_find(&set, 0), FINISHED_VAGUE);
	cr_expect_eq(finished_set_find(&set, 4), FINISHED_VAGUE);
	cr_expect_eq(finished_set_find(&set, 5), FINISHED_VAGUE);
	for (uint64_t i = 20; i < 24; i++)
		cr_expect_eq(finished_set_find(&set, i), i == 22 ? FINISHED_VAGUE : FINISHED_NEVER);
	cr_expect_eq(finished_set_find(&set, 6), FINISHED_NEVER);
	cr_expect_eq(finished_set_find(&set, 7), FINISHED_QUEUED);
	finished_set_put(&set, 8, FINISHED_INLINE);
	cr_expect_eq(finished_set_find(&set, 7), FINISHED_QUEUED, "no gap since");
	cr_expect_eq(finished_set_find(&set, 8), FINISHED_INLINE);
	finished_set_put(&set, 5 + PAGE, FINISHED_QUEUED); /* a page made after the gap */
	cr_expect_eq(finished_set_find(&set, 5 + PAGE), FINISHED_QUEUED);
	finished_set_blur(&set);
	cr_expect_eq(finished_set_find(&set, 7), FINISHED_VAGUE);
	cr_expect_eq(finished_set_find(&set, 5 + PAGE), FINISHED_VAGUE);
	finished_set_free(&set);
}

/* Pages whose handles came to this, in turns; with few of the one and many of the other. */
static const struct {
	enum finished what[8];
	size_t bits_at_most; /* that a handle takes */
} pages[] = {
    {{1, 1, 1, 1, 1, 1, 1, 1}, 0}, {{2, 2, 2, 2, 2, 2, 2, 2}, 0}, {{3, 3, 3, 3, 3, 3, 3, 3}, 0},
    {{1, 2, 1, 1, 2, 2, 1, 2}, 1}, {{2, 0, 2, 2, 0, 0, 2, 2}, 2}, {{1, 0, 1, 1, 1, 0, 1, 1}, 1},
    {{3, 3, 1, 3, 3, 3, 0, 3}, 2}, {{1, 3, 1, 1, 1, 2, 1, 1}, 2}, {{3, 1, 3, 3, 3, 1, 1, 3}, 2},
    {{0, 3, 0, 3, 0, 3, 0, 3}, 1}, {{0, 3, 2, 1, 0, 3, 2, 1}, 2},
};
enum { KINDS_OF_PAGES = sizeof(pages) / sizeof(pages[0]) };

Test(finished_set, gaps_in_all_kinds_of_pages)
{
	for (size_t kind = 0; kind < KINDS_OF_PAGES; kind++) {
		struct finished_set set = {0};
		for (uint64_t i = 0; i < PAGE; i++)
			cr_assert(finished_set_put(&set, i, pages[kind].what[i % 8]));
		for (uint64_t i = 0; i < PAGE; i++)
			cr_expect_eq(finished_set_find(&set, i), pages[kind].what[i % 8]);
		finished_set_blur(&set);
		cr_assert(finished_set_put(&set, 9, FINISHED_QUEUED)); /* which makes the page new again */
		for (uint64_t i = 0; i < PAGE; i++) {
			enum finished blurred =
			    pages[kind].what[i % 8] == FINISHED_NEVER ? FINISHED_NEVER : FINISHED_VAGUE;
			cr_expect_eq(finished_set_find(&set, i), i == 9 ? FINISHED_QUEUED : blurred, "%zu: %" PRIu64,
			             kind, i);
		}
		finished_set_free(&set);
	}
}

enum { PAGES = 100, PAGE_OWN_BYTES = 200 };

/* By what the allocator says, where it does; the page itself and where it is found take some more. */
static size_t page_bytes_since(size_t before)
{
	return (mallinfo2().uordblks - before) / PAGES;
}

/* What is before a gap comes to one bit, which is alike in a page without handles that never were. */
Test(finished_set, bits_that_are_alike_take_no_memory)
{
	for (size_t kind = 0; kind < KINDS_OF_PAGES; kind++) {
		struct finished_set set = {0};
		bool is_full = true;
		const size_t before = mallinfo2().uordblks;
		for (uint64_t i = 0; i < (uint64_t)PAGES * PAGE; i++) {
			is_full &= pages[kind].what[i % 8] != FINISHED_NEVER;
			cr_assert(finished_set_put(&set, i, pages[kind].what[i % 8]));
		}
		size_t each = page_bytes_since(before);
		cr_expect_leq(each, pages[kind].bits_at_most * PAGE / 8 + PAGE_OWN_BYTES, "%zu: %zu", kind, each);
		finished_set_blur(&set);
		for (uint64_t i = 0; i < PAGES; i++)
			cr_assert(
			    finished_set_put(&set, i * PAGE, FINISHED_VAGUE)); /* which makes the page new again */
		each = page_bytes_since(before);
		cr_expect_leq(each, (is_full ? 0 : PAGE / 8) + PAGE_OWN_BYTES, "%zu: %zu after a gap", kind, each);
		finished_set_free(&set);
	}
}

Test(finished_set, scattered_handles_take_less_than_bits)
{
	struct finished_set set = {0};
	const size_t before = mallinfo2().uordblks;
	for (uint64_t i = 0; i < PAGES; i++)
		cr_assert(finished_set_put(&set, i * PAGE, FINISHED_QUEUED));
	const size_t each = page_bytes_since(before);
	cr_expect_leq(each, PAGE_OWN_BYTES, "%zu", each);
	finished_set_free(&set);
}

Test(finished_set, gaps)
{
	blur(0);
	blur(10);
	blur(11); /* a list without room */
	blur(200);
}

/* Dense handles cost two bits each, scattered ones tens of bytes: what is in no page is in no list either. */
Test(finished_set, the_list_gives_way_to_the_bitmap)
{
	struct finished_set set = {0};
	for (uint64_t i = 0; i < PAGE; i++)
		cr_assert(finished_set_put(&set, i, FINISHED_QUEUED));
	for (uint64_t i = 0; i < PAGE; i += 2)
		cr_assert(finished_set_put(&set, i, FINISHED_NEVER));
	for (uint64_t i = 0; i < PAGE; i++)
		cr_expect_eq(finished_set_find(&set, i), i % 2 == 0 ? FINISHED_NEVER : FINISHED_QUEUED);
	cr_expect_eq(set.page_count, 1);
	finished_set_free(&set);
}
