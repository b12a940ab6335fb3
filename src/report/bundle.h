/* SPDX-License-Identifier: MIT */
/*
 * One document that holds those of several traces, in one format: each trace's document, as the format's own writer
 * (format.h) makes it, or why there is none, and what they are all in all (fleet.h). They wait in a temporary file, so
 * that memory does not grow with their number.
 */
#ifndef REPORT_BUNDLE_H
#define REPORT_BUNDLE_H

#include "fleet.h"
#include "format.h"

struct bundle_kind;
enum { BUNDLE_TOTALS = 4 };

struct bundle {
	const struct bundle_kind *kind;
	FILE *spool;
	enum report_detail detail;
	size_t count;                   /* of traces so far */
	uint64_t totals[BUNDLE_TOTALS]; /* the format's own */
};

/* IO: there is no temporary file, errno says why. Free it either way. */
enum wsc_status bundle_init(struct bundle *bundle, const struct report_format *format, enum report_detail detail);
void bundle_free(struct bundle *bundle);

/*
 * Adds the next trace; `document` stands at its begin. IO: it could not be read or kept. NOMEM.
 */
enum wsc_status bundle_add(struct bundle *bundle, const char *path, FILE *document);
/* The same for a trace without a report. */
enum wsc_status bundle_add_error(struct bundle *bundle, const char *path, const char *error);

/* Once, when all are added. NOMEM, IO; write errors stay in the stream. */
enum wsc_status bundle_write(struct bundle *bundle, const struct fleet *fleet, const struct page *page);

#endif
