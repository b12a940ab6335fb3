/* SPDX-License-Identifier: MIT */
/* Strings from a file are harmless, and paragraphs keep to their width. */
#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

#include "page.h"

static char clean[64];

Test(page, a_path_is_one_word)
{
	static const char *const rows[][2] = {{"a/b-c.zst", "a/b-c.zst"}, {"a b", "'a b'"}, {"a;b", "'a;b'"},
	                                      {"it's", "'it'\\''s'"},     {"", "''"},       {"~a", "'~a'"},
	                                      {"-q", "'./-q'"},           {"-", "'./-'"},   {"a~-", "a~-"},
	                                      {"a\n", "'a\\x0a'"}};
	char word[PAGE_PATH_WORD_MAX], cut[12];
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++)
		cr_expect_str_eq(page_path_word(word, sizeof(word), rows[i][0]), rows[i][1]);
	cr_expect_str_eq(page_path_word(cut, sizeof(cut), "aaaaaaaaaaaaaaaa"), "aaaa...");
	cr_expect_str_eq(page_path_word(cut, sizeof(cut), "a''''''''''''"), "'a'\\'''\\'''");
	cr_expect_str_eq(page_path_word(cut, sizeof(cut), "a b c d e f g h"), "'a b ...'");
}

Test(page, plain_strings_stay)
{
	cr_expect_str_eq(page_clean(clean, sizeof(clean), ""), "");
	cr_expect_str_eq(page_clean(clean, sizeof(clean), "worker 1"), "worker 1");
	cr_expect_str_eq(page_clean(clean, sizeof(clean), "Gr\xc3\xbc\xc3\x9f \xf0\x9f\x90\x8c"),
	                 "Gr\xc3\xbc\xc3\x9f \xf0\x9f\x90\x8c");
}

Test(page, what_a_terminal_obeys_is_spelled_out)
{
	cr_expect_str_eq(page_clean(clean, sizeof(clean), "\033[31m"), "\\x1b[31m");
	cr_expect_str_eq(page_clean(clean, sizeof(clean), "a\nb\r\x7f"), "a\\x0ab\\x0d\\x7f");
	cr_expect_str_eq(page_clean(clean, sizeof(clean), "\xc2\x9b"), "\\xc2\\x9b");          /* C1: CSI */
	cr_expect_str_eq(page_clean(clean, sizeof(clean), "\xe2\x80\xae"), "\\xe2\\x80\\xae"); /* right to left */
	/* Commands in the log of a workflow. */
	cr_expect_str_eq(page_clean(clean, sizeof(clean), "::a ::b"), "\\x3a:a \\x3a:b");
	cr_expect_str_eq(page_clean(clean, sizeof(clean), "\xc2\xa0::a"), "\xc2\xa0\\x3a:a"); /* a blank, too */
	cr_expect_str_eq(page_clean(clean, sizeof(clean), "a::b(:c:d) :"), "a::b(:c:d) :");
	cr_expect_str_eq(page_clean(clean, sizeof(clean), ":::: a"), "\\x3a::: a");
	cr_expect_str_eq(page_clean(clean, sizeof(clean), "###[a] #[b]#"), "\\x23\\x23#[a] #[b]#");
	cr_expect_str_eq(page_clean(clean, sizeof(clean), "\xc2\xad"), "\\xc2\\xad"); /* soft hyphen */
	cr_expect_str_eq(page_clean(clean, sizeof(clean), "\xf3\xa0\x80\x81"), "\\xf3\\xa0\\x80\\x81"); /* tag */
}

Test(page, what_is_not_utf8_is_spelled_out)
{
	cr_expect_str_eq(page_clean(clean, sizeof(clean), "\xff"), "\\xff");
	cr_expect_str_eq(page_clean(clean, sizeof(clean), "\xc3"), "\\xc3");                   /* cut */
	cr_expect_str_eq(page_clean(clean, sizeof(clean), "\xc0\xaf"), "\\xc0\\xaf");          /* too long */
	cr_expect_str_eq(page_clean(clean, sizeof(clean), "\xed\xa0\x80"), "\\xed\\xa0\\x80"); /* surrogate */
	cr_expect_str_eq(page_clean(clean, sizeof(clean), "\xf5\x80\x80\x80"), "\\xf5\\x80\\x80\\x80");
}

/* Whatever the size, the result fits it, is cut at a character, and is whole where it fits. */
Test(page, a_cut_ends_in_dots)
{
	static const char *const strings[] = {"0123456789", "\xc3\xbc\xc3\xbc\xc3\xbc", "a\033b\033c",
	                                      "\xf0\x9f\x90\x8c\xf0\x9f\x90\x8c"};
	for (size_t i = 0; i < sizeof(strings) / sizeof(*strings); i++) {
		char whole[64], again[64];
		page_clean(whole, sizeof(whole), strings[i]);
		for (size_t size = 4; size <= sizeof(again); size++) {
			memset(again, '#', sizeof(again));
			page_clean(again, size, strings[i]);
			size_t length = strlen(again);
			cr_assert_lt(length, size);
			if (strlen(whole) < size) {
				cr_expect_str_eq(again, whole);
				continue;
			}
			cr_expect_str_eq(again + length - 3, "...");
			cr_expect_eq(strncmp(again, whole, length - 3), 0);
			cr_expect_neq(whole[length - 3] & 0xc0, 0x80, "cut within a character");
		}
	}
}

static char *wrapped(unsigned width, unsigned column, unsigned indent, const char *string)
{
	char *result = NULL;
	size_t size;
	struct page page = {.out = open_memstream(&result, &size), .width = width};
	page_wrap(&page, column, indent, string);
	fclose(page.out);
	return result;
}

Test(page, wrapping_breaks_at_blanks)
{
	char *result = wrapped(10, 0, 2, "aaa bbb ccc ddd");
	cr_expect_str_eq(result, "aaa bbb\n  ccc ddd\n");
	free(result);
	result = wrapped(10, 8, 2, "aaa bbb"); /* the first word stays on its line */
	cr_expect_str_eq(result, "aaa\n  bbb\n");
	free(result);
	result = wrapped(10, 0, 0, "aaaaaaaaaaaaaaa b");
	cr_expect_str_eq(result, "aaaaaaaaaaaaaaa\nb\n");
	free(result);
	result = wrapped(10, 0, 0, "");
	cr_expect_str_eq(result, "\n");
	free(result);
}

Test(page, colour_only_where_it_is_wanted)
{
	for (int colour = 0; colour < 2; colour++) {
		char *result = NULL;
		size_t size;
		struct page page = {.out = open_memstream(&result, &size), .width = 80, .colour = colour == 1};
		page_coloured(&page, PAGE_RED, "%d", 7);
		fclose(page.out);
		cr_expect_str_eq(result, colour ? "\033[31;1m7\033[0m" : "7");
		free(result);
	}
}

Test(page, a_number_keeps_its_unit)
{
	char *text = wrapped(12, 0, 0, "between 5 ns and 11 ms.");
	cr_expect_str_eq(text, "between 5 ns\nand 11 ms.\n");
	free(text);
	text = wrapped(10, 0, 0, "between 5 ns, or 7 nsx");
	cr_expect_str_eq(text, "between\n5 ns, or 7\nnsx\n");
	free(text);
}

Test(page, blanks_between_words_stay)
{
	char *text = wrapped(9, 0, 2, "a  b   cde");
	cr_expect_str_eq(text, "a  b\n  cde\n");
	free(text);
}
