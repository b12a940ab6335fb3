/* SPDX-License-Identifier: MIT */
#include "html.h"

#include <assert.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdbool.h>
#include <string.h>

#include "page.h"

static void put(const struct html *html, const char *bytes, size_t count)
{
	*html->bytes += fwrite(bytes, 1, count, html->out);
}

static void text(const struct html *html, const char *string)
{
	char clean[HTML_TEXT_MAX], entity[8];
	page_clean(clean, sizeof(clean), string ? string : "");
	for (const char *c = clean; *c;) {
		size_t plain = strcspn(c, "&<>\"'");
		put(html, c, plain);
		c += plain;
		if (*c)
			put(html, entity, (size_t)snprintf(entity, sizeof(entity), "&#%d;", *c++));
	}
}

static void character(const struct html *html, int value)
{
	const char string[] = {(char)value, '\0'};
	text(html, string);
}

/* One directive, behind its percent sign. Returns what follows it. */
static const char *directive(const struct html *html, const char *at, va_list *arguments)
{
	char number[400]; /* the digits of a double */
	int length = 0;
	if (at[0] == 's')
		text(html, va_arg(*arguments, const char *));
	else if (at[0] == 'c')
		character(html, va_arg(*arguments, int));
	else if (at[0] == 'd')
		length = snprintf(number, sizeof(number), "%d", va_arg(*arguments, int));
	else if (at[0] == 'u')
		length = snprintf(number, sizeof(number), "%u", va_arg(*arguments, unsigned));
	else if (at[0] == '%')
		put(html, "%", 1);
	else if (strncmp(at, "zu", 2) == 0)
		length = snprintf(number, sizeof(number), "%zu", va_arg(*arguments, size_t));
	else if (strncmp(at, "llu", 3) == 0)
		length = snprintf(number, sizeof(number), "%llu", va_arg(*arguments, unsigned long long));
	else if (strncmp(at, "lu", 2) == 0)
		length = snprintf(number, sizeof(number), "%lu", va_arg(*arguments, unsigned long));
	else if (at[0] == '.' && at[1] >= '0' && at[1] <= '9' && at[2] == 'f')
		length = snprintf(number, sizeof(number), "%.*f", at[1] - '0', va_arg(*arguments, double));
	else
		assert(false); /* a directive that html_print() does not know */
	put(html, number, (size_t)length);
	return at + (at[0] == 'z' || at[0] == 'l' ? strspn(at, "zl") + 1 : at[0] == '.' ? 3 : 1);
}

void html_print(const struct html *html, const char *format, ...)
{
	va_list arguments;
	va_start(arguments, format);
	while (*format) {
		size_t literal = strcspn(format, "%");
		put(html, format, literal);
		format += literal;
		if (*format)
			format = directive(html, format + 1, &arguments);
	}
	va_end(arguments);
}

void html_raw(const struct html *html, const char *markup)
{
	put(html, markup, strlen(markup));
}

void html_prose(const struct html *html, const char *string)
{
	char clean[HTML_TEXT_MAX];
	bool code = false;
	page_clean(clean, sizeof(clean), string);
	for (char *part = clean; part; code = !code) {
		char *end = strchr(part, '`');
		if (end)
			*end++ = '\0';
		html_print(html, code ? "<code>%s</code>" : "%s", part);
		part = end;
	}
}

void html_list(const struct html *html, const uint64_t *values, unsigned count)
{
	for (unsigned i = 0; i < count; i++)
		html_print(html, "%s%" PRIu64, i > 0 ? "," : "", values[i]);
}
