/* SPDX-License-Identifier: MIT */
/* Several reports as one JUnit document: a suite for each trace, and their sums. */
#include <inttypes.h>
#include <libxml/parser.h>
#include <libxml/tree.h>
#include <stdlib.h>

#include "bundle_parts.h"

enum total { TESTS, FAILURES, ERRORS, SKIPPED, TOTALS };
static const char *const attributes[] = {"tests", "failures", "errors", "skipped"};
_Static_assert((int)TOTALS <= (int)BUNDLE_TOTALS, "a bundle has room for the sums");

static void add_totals(struct bundle *bundle, xmlNodePtr suite)
{
	for (unsigned i = 0; i < TOTALS; i++) {
		xmlChar *value = xmlGetProp(suite, BAD_CAST attributes[i]);
		bundle->totals[i] += value ? strtoull((const char *)value, NULL, 10) : 0;
		xmlFree(value);
	}
}

static enum wsc_status add_suite(struct bundle *bundle, xmlDocPtr document, xmlNodePtr suite)
{
	xmlBufferPtr text = xmlBufferCreate();
	bool good = text && xmlNodeDump(text, document, suite, 1, 1) >= 0;
	if (good) {
		add_totals(bundle, suite);
		fprintf(bundle->spool, " %s\n", (const char *)xmlBufferContent(text));
	}
	xmlBufferFree(text);
	return good ? WSC_OK : WSC_NOMEM;
}

/* Servers know a test case by its class and its name: each has the suite's name before its own. False: no memory. */
static bool name_cases(xmlNodePtr suite)
{
	xmlChar *trace = xmlGetProp(suite, BAD_CAST "name");
	bool good = trace != NULL;
	for (xmlNodePtr test = xmlFirstElementChild(suite); good && test; test = xmlNextElementSibling(test)) {
		xmlChar *name = xmlGetProp(test, BAD_CAST "name");
		char both[PAGE_NAME_MAX * 2];
		if (!name)
			continue; /* it is no test case */
		snprintf(both, sizeof(both), "%s: %s", (const char *)trace, (const char *)name);
		good = xmlSetProp(test, BAD_CAST "name", BAD_CAST both) != NULL;
		xmlFree(name);
	}
	xmlFree(trace);
	return good;
}

/* libxml2 does not return all that goes wrong: text that it finds no memory for is left out, and it is said here. */
static void take_message(void *failed, const char *format, ...)
{
	(void)format;
	*(bool *)failed = true;
}

static void take_error(void *failed, xmlErrorPtr error)
{
	(void)error;
	*(bool *)failed = true;
}

static void listen(bool *failed)
{
	xmlSetGenericErrorFunc(failed, failed ? take_message : NULL);
	xmlSetStructuredErrorFunc(failed, failed ? take_error : NULL);
}

/* Whole buffers: of a short one libxml2 may think that it is the end. */
static int read_some(void *document, char *buffer, int size)
{
	size_t length = fread(buffer, 1, (size_t)size, document);
	return ferror(document) ? -1 : (int)length;
}

static enum wsc_status add_junit(struct bundle *bundle, const char *path, FILE *document)
{
	bool failed = false;
	(void)path; /* the suite's name */
	listen(&failed);
	xmlDocPtr parsed = xmlReadIO(read_some, NULL, document, NULL, NULL, XML_PARSE_NONET | XML_PARSE_HUGE);
	xmlNodePtr root = parsed ? xmlDocGetRootElement(parsed) : NULL;
	xmlNodePtr suite = root ? xmlFirstElementChild(root) : NULL;
	enum wsc_status status = suite && name_cases(suite) ? add_suite(bundle, parsed, suite) : WSC_NOMEM;
	xmlFreeDoc(parsed);
	listen(NULL);
	return failed ? WSC_NOMEM : status;
}

static bool attribute(xmlNodePtr node, const char *name, const char *value)
{
	return xmlNewProp(node, BAD_CAST name, BAD_CAST value) != NULL;
}

static bool fill_suite(xmlNodePtr suite, const char *path, const char *error)
{
	char name[PAGE_NAME_MAX], words[BUNDLE_ERROR_MAX];
	bool good = attribute(suite, "name", page_clean(name, sizeof(name), path));
	for (unsigned i = 0; i < TOTALS; i++)
		good = good && attribute(suite, attributes[i], i == TESTS || i == ERRORS ? "1" : "0");
	xmlNodePtr test = xmlNewChild(suite, NULL, BAD_CAST "testcase", NULL);
	xmlNodePtr why = test ? xmlNewChild(test, NULL, BAD_CAST "error", NULL) : NULL;
	return good && why && attribute(suite, "time", "0") && attribute(test, "classname", "wscheck.trace") &&
	       attribute(test, "name", "everything_was_seen") && attribute(test, "time", "0") &&
	       attribute(why, "message", page_clean(words, sizeof(words), error)) &&
	       attribute(why, "type", "unreadable");
}

/* A suite with the one test case that says that there was nothing to see. NULL: no memory. */
static xmlNodePtr error_suite(const char *path, const char *error)
{
	xmlNodePtr suite = xmlNewNode(NULL, BAD_CAST "testsuite");
	if (suite && fill_suite(suite, path, error))
		return suite;
	xmlFreeNode(suite);
	return NULL;
}

static enum wsc_status add_junit_error(struct bundle *bundle, const char *path, const char *error)
{
	bool failed = false;
	listen(&failed);
	xmlNodePtr suite = error_suite(path, error);
	enum wsc_status status = suite && name_cases(suite) ? add_suite(bundle, NULL, suite) : WSC_NOMEM;
	xmlFreeNode(suite);
	listen(NULL);
	return failed ? WSC_NOMEM : status;
}

static enum wsc_status write_junit(struct bundle *bundle, const struct fleet *fleet, const struct page *page)
{
	fputs("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites name=\"wscheck\"", page->out);
	for (unsigned i = 0; i < TOTALS; i++)
		fprintf(page->out, " %s=\"%" PRIu64 "\"", attributes[i], bundle->totals[i]);
	fprintf(page->out, " time=\"%.9f\">\n", (double)fleet->sums.duration_ns / 1e9);
	enum wsc_status status = bundle_copy(bundle->spool, page->out);
	fputs("</testsuites>\n", page->out);
	return status;
}

const struct bundle_kind bundle_junit = {add_junit, add_junit_error, write_junit};
