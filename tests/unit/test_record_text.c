/* SPDX-License-Identifier: MIT */
/* Strings of the host, made fit for a trace. */
#include <criterion/criterion.h>
#include <stdlib.h>

#include "text.h"

static void expect_clean(const char *text, size_t bytes_max, const char *want)
{
	char *got = text_clean(text, bytes_max);
	cr_assert_neq(got, NULL);
	cr_assert_str_eq(got, want);
	free(got);
}

Test(text, keeps_valid_utf8)
{
	expect_clean("", 10, "");
	expect_clean("plain", 100, "plain");
	expect_clean("\xc3\xa4\xe2\x82\xac\xf0\x9f\x98\x80", 100, "\xc3\xa4\xe2\x82\xac\xf0\x9f\x98\x80");
}

Test(text, replaces_what_is_not_utf8)
{
	expect_clean("a\xff"
	             "b",
	             100, "a?b");
	expect_clean("\xc3", 100, "?");
	expect_clean("\xe2\x82", 100, "??");
	expect_clean("\xc0\x80", 100, "??");                /* overlong */
	expect_clean("\xe0\x80\x80", 100, "???");           /* overlong */
	expect_clean("\xed\xa0\x80", 100, "???");           /* surrogate */
	expect_clean("\xf4\x90\x80\x80", 100, "????");      /* beyond 10FFFF */
	expect_clean("\xf5\x80\x80\x80\x80", 100, "?????"); /* no lead byte */
}

Test(text, cuts_between_characters)
{
	expect_clean("abcdef", 3, "abc");
	expect_clean("ab\xe2\x82\xac", 4, "ab");
	expect_clean("ab\xe2\x82\xac", 5, "ab\xe2\x82\xac");
	expect_clean("abc", 0, "");
}

Test(text, quotes_json)
{
	char *got = text_json("a\"b\\c\n\x01\xff\xc3\xa4", 100);
	cr_assert_str_eq(got, "\"a\\\"b\\\\c\\n\\u0001?\xc3\xa4\"");
	free(got);
	got = text_json("\x01\x01\x01", 14);
	cr_assert_str_eq(got, "\"\\u0001\\u0001\"", "stays under its limit");
	free(got);
	got = text_json("abc", 1);
	cr_assert_str_eq(got, "\"\"");
	free(got);
}
