/* SPDX-License-Identifier: MIT */
/*
 * Several reports as one SARIF log: a run for each trace. What tells a run from the others is its automationDetails
 * (SARIF 2.1.0, 3.17): "wscheck/PATH/", a category without a run's own name behind it, so that a trace of that name is
 * followed from one log to the next.
 */
#include <stdlib.h>
#include <string.h>

#include "bundle_parts.h"
#include "json_read.h"
#include "json_value.h"

static void add_details(struct json_document *document, json_object *run, const char *path)
{
	size_t size = strlen(path) + sizeof("wscheck//");
	char *id = malloc(size);
	json_object *details = json_add_object(document, run, "automationDetails");
	if (id) {
		snprintf(id, size, "wscheck/%s/", path);
		json_add_text(document, details, "id", id);
	} else {
		document->failed = true;
	}
	free(id);
}

/* The run, which is the document, goes to the spool. */
static enum wsc_status add_run(struct bundle *bundle, struct json_document *run)
{
	enum { DEPTH = 2 };
	fputs(bundle->count > 0 ? ",\n    " : "    ", bundle->spool);
	return json_document_write_within(run, DEPTH, bundle->spool);
}

static enum wsc_status add_sarif(struct bundle *bundle, const char *path, FILE *document)
{
	json_object *log = json_read_own(fileno(document)), *runs = NULL;
	struct json_document run = {.failed = true};
	if (log && json_object_object_get_ex(log, "runs", &runs) && json_object_array_length(runs) == 1)
		run = (struct json_document){.root = json_object_get(json_object_array_get_idx(runs, 0))};
	if (!run.failed)
		add_details(&run, run.root, path);
	enum wsc_status status = add_run(bundle, &run);
	json_object_put(log);
	return status;
}

static enum wsc_status add_sarif_error(struct bundle *bundle, const char *path, const char *error)
{
	struct json_document run;
	json_document_init(&run);
	json_object *driver = json_add_object(&run, json_add_object(&run, run.root, "tool"), "driver");
	json_add_string(&run, driver, "name", "wscheck");
	json_add_string(&run, driver, "version", WSCHECK_VERSION);
	json_object *invocation = json_add_object(&run, json_add_array(&run, run.root, "invocations"), NULL);
	json_add_bool(&run, invocation, "executionSuccessful", false);
	json_object *list = json_add_array(&run, invocation, "toolExecutionNotifications");
	json_object *notification = json_add_object(&run, list, NULL);
	json_add_string(&run, json_add_object(&run, notification, "descriptor"), "id", "unreadable");
	json_add_text(&run, json_add_object(&run, notification, "message"), "text", error);
	json_add_string(&run, notification, "level", "error");
	json_add_array(&run, run.root, "results");
	add_details(&run, run.root, path);
	return add_run(bundle, &run);
}

static enum wsc_status write_sarif(struct bundle *bundle, const struct fleet *fleet, const struct page *page)
{
	(void)fleet; /* its runs say it */
	fputs("{\n  \"$schema\":\"https://json.schemastore.org/sarif-2.1.0.json\",\n"
	      "  \"version\":\"2.1.0\",\n  \"runs\":[\n",
	      page->out);
	enum wsc_status status = bundle_copy(bundle->spool, page->out);
	fputs("\n  ]\n}\n", page->out);
	return status;
}

const struct bundle_kind bundle_sarif = {add_sarif, add_sarif_error, write_sarif};
