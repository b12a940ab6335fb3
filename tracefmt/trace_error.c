/* SPDX-License-Identifier: MIT */
#include "trace_error.h"

#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>

enum wsc_status trace_error_set(struct trace_error *err, enum wsc_status status, uint64_t offset, const char *format,
                                ...)
{
	va_list args;

	if (err == NULL)
		return status;
	*err = (struct trace_error){.status = status, .offset = offset};
	va_start(args, format);
	(void)vsnprintf(err->message, sizeof err->message, format, args);
	va_end(args);
	return status;
}
