/* SPDX-License-Identifier: MIT */
/* Tables are aligned, and leave out what matters least where they don't fit. */
#include <criterion/criterion.h>
#include <stdlib.h>

#include "table.h"

static const struct table_column columns[] = {{"name", true, 0}, {"a", false, 2}, {"b", false, 1}, {"note", true, 3}};

static char *written(unsigned width, const char *const *cells, size_t count)
{
	char *string = NULL;
	size_t size;
	struct page page = {.out = open_memstream(&string, &size), .width = width};
	struct table table;
	table_init(&table, columns, sizeof(columns) / sizeof(*columns));
	for (size_t i = 0; i < count; i++)
		table_add(&table, cells[i]);
	cr_assert_eq(table_write(&table, &page), WSC_OK);
	fclose(page.out);
	return string;
}

static void expect(unsigned width, const char *wanted)
{
	static const char *const cells[] = {"x", "1", "20,000", "", "\xc3\xbc\xc3\xbcnder", "300", "4", "why"};
	char *string = written(width, cells, sizeof(cells) / sizeof(*cells));
	cr_expect_str_eq(string, wanted, "%u:\n%s", width, string);
	free(string);
}

Test(table, columns_are_as_wide_as_what_is_in_them)
{
	expect(80, "name      a       b  note\n"
	           "x         1  20,000\n"
	           "\xc3\xbc\xc3\xbcnder  300       4  why\n");
}

Test(table, the_gaps_go_first)
{
	expect(22, "name     a      b note\n"
	           "x        1 20,000\n"
	           "\xc3\xbc\xc3\xbcnder 300      4 why\n");
}

Test(table, then_columns_by_rank)
{
	expect(21, "name     a      b\n"
	           "x        1 20,000\n"
	           "\xc3\xbc\xc3\xbcnder 300      4\n");
	expect(16, "name        b\n"
	           "x      20,000\n"
	           "\xc3\xbc\xc3\xbcnder      4\n");
	expect(4, "name\nx\n\xc3\xbc\xc3\xbcnder\n");
}

Test(table, without_rows_there_is_the_head)
{
	char *string = written(80, NULL, 0);
	cr_expect_str_eq(string, "name  a  b  note\n");
	free(string);
}

Test(table, many_rows)
{
	const char *cells[4000];
	for (size_t i = 0; i < 4000; i++)
		cells[i] = "7";
	char *string = written(80, cells, 4000);
	size_t lines = 0;
	for (const char *c = string; *c; c++)
		lines += *c == '\n';
	cr_expect_eq(lines, 1001);
	free(string);
}
