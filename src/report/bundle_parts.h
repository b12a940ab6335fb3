/* SPDX-License-Identifier: MIT */
/* What each format does to make one document of several. Used by bundle*.c only. */
#ifndef REPORT_BUNDLE_PARTS_H
#define REPORT_BUNDLE_PARTS_H

#include "bundle.h"

enum { BUNDLE_ERROR_MAX = 1200 }; /* bytes of an error that are shown */

struct bundle_kind {
	/* To the spool; bundle->count is the trace's number. */
	enum wsc_status (*add)(struct bundle *bundle, const char *path, FILE *document);
	enum wsc_status (*add_error)(struct bundle *bundle, const char *path, const char *error);
	/* The whole document. The spool stands at its begin. */
	enum wsc_status (*write)(struct bundle *bundle, const struct fleet *fleet, const struct page *page);
};

#define BUNDLE_DECLARE(name, writer, help) extern const struct bundle_kind bundle_##name;
REPORT_FORMATS(BUNDLE_DECLARE)
#undef BUNDLE_DECLARE

/* All that is left of a stream. IO: it could not be read. */
enum wsc_status bundle_copy(FILE *from, FILE *to);
/* The same, with `indent` before every line. */
enum wsc_status bundle_copy_indented(FILE *from, FILE *to, const char *indent);

#endif
