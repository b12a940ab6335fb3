/* SPDX-License-Identifier: MIT */
#include "format.h"

#include <string.h>

static const struct report_format formats[] = {
#define ROW(name, writer, help) {#name, help, writer},
    REPORT_FORMATS(ROW)
#undef ROW
};

const struct report_format *report_format(size_t number)
{
	return number < sizeof(formats) / sizeof(*formats) ? &formats[number] : NULL;
}

const struct report_format *report_format_find(const char *name, size_t length)
{
	for (size_t i = 0; i < sizeof(formats) / sizeof(*formats); i++) {
		if (strlen(formats[i].name) == length && memcmp(formats[i].name, name, length) == 0)
			return &formats[i];
	}
	return NULL;
}

bool report_format_is_text(const struct report_format *format)
{
	return format == &formats[0];
}
