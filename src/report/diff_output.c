/* SPDX-License-Identifier: MIT */
/* What a comparison says: as aligned text, or as JSON (diff.schema.json). */
#include <inttypes.h>
#include <stdio.h>

#include "diff.h"
#include "json_value.h"
#include "table.h"
#include "units.h"

enum { LINE_BYTES = 400 };

static const char *unit_name(enum diff_unit unit)
{
	static const char *const names[] = {[DIFF_COUNT] = "count",
	                                    [DIFF_NS] = "ns",
	                                    [DIFF_RATIO] = "ratio",
	                                    [DIFF_FACTOR] = "factor",
	                                    [DIFF_RATE] = "per_second"};
	return names[unit];
}

/* ---- text ---- */

static uint64_t whole(double value)
{
	return value >= DIFF_VALUE_MAX ? UINT64_MAX : (uint64_t)(value + 0.5);
}

static const char *value_words(char buffer[UNITS_MAX], const struct diff_figure *figure, int side)
{
	double value = figure->value[side];
	if (!figure->measured[side])
		snprintf(buffer, UNITS_MAX, "-");
	else if (figure->unit == DIFF_NS)
		units_duration(buffer, whole(value));
	else if (figure->unit == DIFF_RATIO)
		snprintf(buffer, UNITS_MAX, "%.1f %%", value * 100);
	else if (figure->unit == DIFF_FACTOR)
		snprintf(buffer, UNITS_MAX, "%.2f", value);
	else
		units_count(buffer, whole(value));
	return buffer;
}

static const char *shift_words(char buffer[UNITS_MAX], const struct diff_figure *figure)
{
	double shift;
	if (!diff_shift(figure, &shift))
		snprintf(buffer, UNITS_MAX, figure->measured[0] && figure->measured[1] ? "from 0" : "-");
	else if (shift < 0.0005 && shift > -0.0005)
		snprintf(buffer, UNITS_MAX, "same");
	else if (shift >= 10)
		snprintf(buffer, UNITS_MAX, "x %.3g", shift + 1);
	else
		snprintf(buffer, UNITS_MAX, "%+.1f %%", shift * 100);
	return buffer;
}

static void text_verdicts(const struct diff *diff, const struct page *page)
{
	char a[PAGE_NAME_MAX], b[PAGE_NAME_MAX], verdicts[2][PAGE_LABEL_COLUMNS * 2], line[LINE_BYTES * 2];
	for (int side = 0; side < 2; side++)
		page_clean(verdicts[side], sizeof(verdicts[side]), diff->verdict[side]);
	snprintf(line, sizeof(line), "%s: %s", page_clean(a, sizeof(a), diff->path[0]), verdicts[0]);
	page_item(page, "A", line);
	snprintf(line, sizeof(line), "%s: %s", page_clean(b, sizeof(b), diff->path[1]), verdicts[1]);
	page_item(page, "B", line);
}

static void text_keys(const struct diff *diff, const struct page *page)
{
	char before[UNITS_MAX], after[UNITS_MAX], key[LINE_BYTES], line[LINE_BYTES + 2 * UNITS_MAX + 20];
	if (diff->key_count == 0)
		page_item(page, "reports", "none on either side");
	for (size_t i = 0; i < diff->key_count; i++) {
		const struct diff_key *row = &diff->keys[i];
		bool added = row->count[0] == 0, gone = row->count[1] == 0;
		page_coloured(page,
		              added  ? PAGE_RED
		              : gone ? PAGE_GREEN
		                     : PAGE_DIM,
		              "%-*s", PAGE_LABEL_COLUMNS,
		              added  ? "new"
		              : gone ? "gone"
		                     : "both");
		snprintf(line, sizeof(line), "%s  (%s, then %s)", page_clean(key, sizeof(key), row->key),
		         units_count(before, row->count[0]), units_count(after, row->count[1]));
		page_wrap(page, PAGE_LABEL_COLUMNS, PAGE_LABEL_COLUMNS, line);
	}
	for (int side = 0; side < 2; side++) {
		if (diff->unlisted[side] == 0)
			continue;
		snprintf(line, sizeof(line), "%s further reports of %c are counted and not listed (--max-reports)",
		         units_count(before, diff->unlisted[side]), "AB"[side]);
		page_item(page, "note", line);
	}
}

static enum wsc_status text_figures(const struct diff *diff, const struct page *page)
{
	static const struct table_column columns[] = {
	    {"figure", true, 0}, {"A", false, 0}, {"B", false, 0}, {"shift", false, 0}};
	struct table table;
	char cell[UNITS_MAX];
	table_init(&table, columns, sizeof(columns) / sizeof(*columns));
	for (size_t i = 0; i < diff->figure_count; i++) {
		const struct diff_figure *figure = &diff->figures[i];
		if (!figure->measured[0] && !figure->measured[1])
			continue;
		table_add(&table, figure->name);
		table_add(&table, value_words(cell, figure, 0));
		table_add(&table, value_words(cell, figure, 1));
		table_add(&table, shift_words(cell, figure));
	}
	return table_write(&table, page);
}

static void text_bounds(const struct diff *diff, const struct page *page)
{
	static const char *const words[] = {
	    [DIFF_KEPT] = "kept", [DIFF_EXCEEDED] = "exceeded", [DIFF_UNMEASURED] = "not measured on both sides"};
	static const enum page_colour colours[] = {
	    [DIFF_KEPT] = PAGE_GREEN, [DIFF_EXCEEDED] = PAGE_RED, [DIFF_UNMEASURED] = PAGE_YELLOW};
	char text[PAGE_NAME_MAX], shift[UNITS_MAX];
	for (size_t i = 0; i < diff->bound_count; i++) {
		page_coloured(page, PAGE_BOLD, "%-*s", PAGE_LABEL_COLUMNS, i == 0 ? "bounds" : "");
		page_coloured(page, colours[diff->outcomes[i]], "%s", words[diff->outcomes[i]]);
		fprintf(page->out, "  %s  (%s)\n", page_clean(text, sizeof(text), diff->bounds[i].text),
		        shift_words(shift, &diff->figures[diff->bounds[i].figure]));
	}
}

enum wsc_status diff_text(const struct diff *diff, const struct page *page)
{
	text_verdicts(diff, page);
	text_keys(diff, page);
	fputc('\n', page->out);
	enum wsc_status status = text_figures(diff, page);
	if (diff->bound_count > 0)
		fputc('\n', page->out);
	text_bounds(diff, page);
	return status;
}

/* ---- JSON ---- */

static void add_side(struct json_document *document, const struct diff *diff, const char *key, int side)
{
	json_object *to = json_add_object(document, document->root, key);
	json_add_text(document, to, "path", diff->path[side]);
	json_add_string(document, to, "verdict", diff->verdict[side]);
	json_add_u64(document, to, "unlisted_reports", diff->unlisted[side]);
}

static void add_keys(struct json_document *document, const struct diff *diff)
{
	json_object *rows = json_add_array(document, document->root, "reports");
	for (size_t i = 0; i < diff->key_count && !document->failed; i++) {
		const struct diff_key *row = &diff->keys[i];
		json_object *to = json_add_object(document, rows, NULL);
		json_add_string(document, to, "key", row->key);
		json_add_string(document, to, "status",
		                row->count[0] == 0   ? "new"
		                : row->count[1] == 0 ? "gone"
		                                     : "both");
		json_add_u64(document, to, "a", row->count[0]);
		json_add_u64(document, to, "b", row->count[1]);
	}
}

static void add_value(struct json_document *document, json_object *to, const char *key, bool known, double value)
{
	if (known)
		json_add_number(document, to, key, value);
	else
		json_add_null(document, to, key);
}

static void add_figures(struct json_document *document, const struct diff *diff)
{
	json_object *rows = json_add_array(document, document->root, "figures");
	for (size_t i = 0; i < diff->figure_count && !document->failed; i++) {
		const struct diff_figure *figure = &diff->figures[i];
		json_object *to = json_add_object(document, rows, NULL);
		double shift;
		bool known = diff_shift(figure, &shift);
		json_add_string(document, to, "name", figure->name);
		json_add_string(document, to, "unit", unit_name(figure->unit));
		json_add_string(document, to, "better", figure->more_is_better ? "more" : "less");
		add_value(document, to, "a", figure->measured[0], figure->value[0]);
		add_value(document, to, "b", figure->measured[1], figure->value[1]);
		add_value(document, to, "shift", known, shift);
	}
}

static void add_bounds(struct json_document *document, const struct diff *diff)
{
	static const char *const words[] = {
	    [DIFF_KEPT] = "kept", [DIFF_EXCEEDED] = "exceeded", [DIFF_UNMEASURED] = "unmeasured"};
	json_object *rows = json_add_array(document, document->root, "bounds");
	for (size_t i = 0; i < diff->bound_count && !document->failed; i++) {
		json_object *to = json_add_object(document, rows, NULL);
		json_add_text(document, to, "bound", diff->bounds[i].text);
		json_add_string(document, to, "figure", diff->figures[diff->bounds[i].figure].name);
		json_add_string(document, to, "status", words[diff->outcomes[i]]);
	}
}

enum wsc_status diff_json(const struct diff *diff, FILE *out)
{
	struct json_document document;
	json_document_init(&document);
	json_add_string(&document, document.root, "schema", "wscheck-diff/1");
	add_side(&document, diff, "a", 0);
	add_side(&document, diff, "b", 1);
	add_keys(&document, diff);
	add_figures(&document, diff);
	add_bounds(&document, diff);
	return json_document_write(&document, out);
}
