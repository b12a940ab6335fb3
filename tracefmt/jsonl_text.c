/* SPDX-License-Identifier: MIT */
#include "jsonl_text.h"

#include <string.h>

#include "utf8.h"

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

/* One character inside a string, *at on it; steps over an escaped one as a whole. */
static const char *check_in_string(const char *text, size_t length, size_t *at)
{
	unsigned char c = (unsigned char)text[*at];
	if (c < 0x20)
		return "a control character in a string must be escaped";
	if (c == '\\' && *at + 1 < length) {
		if (length - *at >= 6 && memcmp(text + *at, "\\u0000", 6) == 0)
			return "a string must not hold the character U+0000";
		*at += (unsigned char)text[*at + 1] < 0x80 ? 2 : 1;
		return NULL;
	}
	uint32_t value;
	size_t size = utf8_character((const unsigned char *)text + *at, length - *at, &value);
	if (size == 0)
		return "the line is not valid UTF-8";
	*at += size;
	return NULL;
}

/* Whether the digit at `at` is not the first one of its number. */
static bool goes_on_number(const char *text, size_t at)
{
	if (at > 1 && text[at - 1] == '-')
		return text[at - 2] == 'e' || text[at - 2] == 'E';
	return at > 0 && (is_digit(text[at - 1]) || strchr(".eE+", text[at - 1]) != NULL);
}

static const char *check_outside_string(const char *text, size_t length, size_t at)
{
	char c = text[at];
	char next = at + 1 < length ? text[at + 1] : '\0';
	if (c == '\0')
		return "the line holds a NUL byte";
	if ((unsigned char)c >= 0x80 || c == '\'')
		return "strings stand in double quotes";
	if (c == 'N' || c == 'I')
		return "JSON has no such number";
	if (c == '0' && is_digit(next) && !goes_on_number(text, at))
		return "a number must not begin with 0";
	if (c == '.' && !is_digit(next))
		return "digits must follow the decimal point";
	return NULL;
}

const char *jsonl_text_check(const char *text, size_t length, size_t *at)
{
	bool in_string = false;
	const char *wrong = NULL;
	for (*at = 0; *at < length && !wrong;) {
		if (text[*at] == '"') {
			in_string = !in_string;
			++*at;
		} else if (in_string) {
			wrong = check_in_string(text, length, at);
		} else {
			wrong = check_outside_string(text, length, *at);
			*at += wrong ? 0 : 1;
		}
	}
	return wrong;
}

size_t jsonl_text_skip_space(const char *text, size_t at)
{
	while (text[at] == ' ' || text[at] == '\t' || text[at] == '\r' || text[at] == '\n')
		at++;
	return at;
}

/* Index behind the string whose opening quote is at `at`. */
static size_t skip_string(const char *text, size_t at)
{
	for (at++; text[at] != '\0' && text[at] != '"'; at++) {
		if (text[at] == '\\' && text[at + 1] != '\0')
			at++;
	}
	return text[at] == '"' ? at + 1 : at;
}

/* Index behind the value that begins at `at`. */
static size_t skip_value(const char *text, size_t at)
{
	size_t depth = 0;
	while (text[at] != '\0') {
		char c = text[at];
		if (depth == 0 && strchr(",]} \t\r\n", c))
			break;
		if (c == '"') {
			at = skip_string(text, at);
		} else {
			depth += c == '{' || c == '[';
			depth -= c == '}' || c == ']';
			at++;
		}
		if (depth == 0 && (c == '"' || c == '}' || c == ']'))
			break;
	}
	return at;
}

bool jsonl_text_next_element(const char *text, size_t *cursor, struct jsonl_span *value)
{
	size_t at = jsonl_text_skip_space(text, *cursor);
	if (text[at] == '\0' || text[at] == '}' || text[at] == ']')
		return false;
	at = jsonl_text_skip_space(text, at + 1); /* behind the opening bracket or the comma */
	if (text[at] == '\0' || text[at] == '}' || text[at] == ']')
		return false;
	size_t end = skip_value(text, at);
	*value = (struct jsonl_span){.at = at, .length = end - at};
	*cursor = end;
	return end > at;
}

bool jsonl_text_next_member(const char *text, size_t *cursor, struct jsonl_span *key, struct jsonl_span *value)
{
	size_t at = jsonl_text_skip_space(text, *cursor);
	if (text[at] == '\0' || text[at] == '}')
		return false;
	at = jsonl_text_skip_space(text, at + 1);
	if (text[at] != '"')
		return false;
	size_t end = skip_string(text, at);
	*key = (struct jsonl_span){.at = at, .length = end - at};
	at = jsonl_text_skip_space(text, end);
	if (text[at] != ':')
		return false;
	at = jsonl_text_skip_space(text, at + 1);
	end = skip_value(text, at);
	*value = (struct jsonl_span){.at = at, .length = end - at};
	*cursor = end;
	return end > at;
}

bool jsonl_text_member(const char *text, size_t object, const char *key, struct jsonl_span *key_span,
                       struct jsonl_span *value)
{
	size_t key_length = strlen(key);
	struct jsonl_span this_key, this_value;
	bool found = false;
	while (jsonl_text_next_member(text, &object, &this_key, &this_value)) {
		if (this_key.length == key_length + 2 && memcmp(text + this_key.at + 1, key, key_length) == 0) {
			*key_span = this_key;
			*value = this_value;
			found = true;
		}
	}
	return found;
}

bool jsonl_text_uint64(const char *digits, size_t length, uint64_t *number)
{
	uint64_t value = 0;
	if (length == 0 || (length > 1 && digits[0] == '0'))
		return false;
	for (size_t i = 0; i < length; i++) {
		if (!is_digit(digits[i]) || __builtin_mul_overflow(value, 10U, &value) ||
		    __builtin_add_overflow(value, (uint64_t)(digits[i] - '0'), &value))
			return false;
	}
	*number = value;
	return true;
}
