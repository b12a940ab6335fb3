/* SPDX-License-Identifier: MIT */
/* JSON reports as `wscheck diff` and `wscheck merge` read them: one, or two with a NUL between. */
#include <json-c/json.h>
#include <stdio.h>
#include <string.h>

#include "diff.h"
#include "fleet.h"
#include "fuzz.h"
#include "json_read.h"
#include "memory_file.h"

struct sides {
	int fds[2];
	struct memory_path paths[2];
};

static void compare(const struct sides *sides, const struct page *page)
{
	struct diff diff;
	char wrong[DIFF_WRONG_MAX] = "";
	diff_init(&diff);
	must(diff_bound_add(&diff, "p99.steal_latency=10%", wrong) && diff_bound_add(&diff, "wasted_idle=1us", wrong));
	enum wsc_status status = WSC_OK;
	for (int side = 0; side < 2 && status == WSC_OK; side++) {
		status = diff_read(&diff, side, sides->paths[side].text, sides->fds[side], wrong);
		must(status == WSC_OK || status == WSC_NOMEM || wrong[0] != '\0'); /* not refused without a word */
	}
	if (status == WSC_OK && diff_compare(&diff) == WSC_OK) {
		(void)diff_text(&diff, page);
		(void)diff_json(&diff, page->out);
	}
	diff_free(&diff);
}

/* A report, or each of several that were merged before. */
static void add(struct fleet *fleet, const char *path, json_object *root)
{
	char wrong[FLEET_WRONG_MAX] = "";
	json_object *traces = NULL, *report;
	if (!json_object_is_type(root, json_type_object) || !json_object_object_get_ex(root, "traces", &traces) ||
	    !json_object_is_type(traces, json_type_array)) {
		must(fleet_add(fleet, path, root, wrong) != WSC_FORMAT || wrong[0] != '\0');
		return;
	}
	for (size_t i = 0; i < json_object_array_length(traces); i++) {
		if (json_object_object_get_ex(json_object_array_get_idx(traces, i), "report", &report))
			(void)fleet_add(fleet, path, report, wrong);
	}
}

static void merge(const struct sides *sides, const struct page *page)
{
	struct fleet *fleet = fleet_create();
	struct json_document document;
	must(fleet != NULL);
	for (int side = 0; side < 2; side++) {
		char wrong[JSON_READ_WRONG_MAX] = "";
		json_object *root = NULL;
		const enum wsc_status status = json_read(sides->paths[side].text, &root, wrong);
		must(status == WSC_OK || status == WSC_NOMEM || wrong[0] != '\0');
		if (status == WSC_OK)
			add(fleet, "report", root);
		else
			(void)fleet_add_error(fleet, "report", wrong);
		json_object_put(root);
	}
	(void)fleet_text(fleet, REPORT_FULL, page);
	json_document_init(&document);
	fleet_json(&document, document.root, fleet);
	(void)json_document_write(&document, page->out);
	(void)fleet_verdict(fleet);
	fleet_free(fleet);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const uint8_t *end = size > 0 ? memchr(data, 0, size) : NULL;
	const size_t first = end ? (size_t)(end - data) : size;
	struct sides sides;
	char *text = NULL;
	size_t text_size;
	sides.fds[0] = memory_file(data, first);
	sides.fds[1] = end ? memory_file(end + 1, size - first - 1) : memory_file(data, first);
	for (int side = 0; side < 2; side++)
		sides.paths[side] = memory_path(sides.fds[side]);
	struct page page = {.out = open_memstream(&text, &text_size)};
	must(page.out != NULL);
	compare(&sides, &page);
	merge(&sides, &page);
	fclose(page.out);
	free(text);
	close(sides.fds[0]);
	close(sides.fds[1]);
	return 0;
}
