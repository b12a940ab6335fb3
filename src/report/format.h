/* SPDX-License-Identifier: MIT */
/*
 * The formats in which a report is written. One row of REPORT_FORMATS gives the name, the writer and one line of help:
 * options, help and tests are made of it. A new format is a row here and a function; src/cli/man has what else
 * the manual page says of it.
 */
#ifndef REPORT_FORMAT_H
#define REPORT_FORMAT_H

#include "page.h"
#include "report.h"
#include "wscheck/status.h"

/* X(name, writer, "help") */
#define REPORT_FORMATS(X)                                                                                              \
	X(text, report_text, "for people")                                                                             \
	X(json, report_json, "one document for programs (report.schema.json)")                                         \
	X(ndjson, report_ndjson, "the same in lines: a header, each report, a summary")                                \
	X(junit, report_junit, "XML as test runners write it, a test case for each kind of report")                    \
	X(sarif, report_sarif, "SARIF 2.1.0, for code scanning")                                                       \
	X(github, report_github, "annotations of a GitHub workflow")                                                   \
	X(html, report_html, "one page for a browser, with charts; needs no network")

/*
 * Writes the report to page->out; what is no text for people has no use for the page's width and colour. NOMEM; write
 * errors stay in the stream.
 */
typedef enum wsc_status report_writer(const struct report *report, const struct page *page);

#define REPORT_FORMAT_DECLARE(name, writer, help) report_writer writer;
REPORT_FORMATS(REPORT_FORMAT_DECLARE)
#undef REPORT_FORMAT_DECLARE

struct report_format {
	const char *name;
	const char *help;
	report_writer *write;
};

/* By number, in the order of REPORT_FORMATS: the first is the default. NULL: past the last. */
const struct report_format *report_format(size_t number);

/* By name, of `length` bytes, or NULL. */
const struct report_format *report_format_find(const char *name, size_t length);

/* Whether it is text for people, whose detail may be chosen. */
bool report_format_is_text(const struct report_format *format);

#endif
