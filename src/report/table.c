/* SPDX-License-Identifier: MIT */
#include "table.h"

#include <stdlib.h>
#include <string.h>

#include "array.h"

enum { GAP = 2, GAP_NARROW = 1 };

/* What is shown, and how. */
struct layout {
	size_t widths[TABLE_COLUMNS_MAX];
	bool shown[TABLE_COLUMNS_MAX];
	unsigned gap;
};

void table_init(struct table *table, const struct table_column *columns, size_t column_count)
{
	*table = (struct table){.columns = columns, .column_count = column_count};
}

void table_add(struct table *table, const char *cell)
{
	void *cells = array_room(table->cells, table->count, &table->capacity, sizeof(*table->cells));
	if (!cells) {
		table->failed = true;
		return;
	}
	table->cells = cells;
	snprintf(table->cells[table->count++], TABLE_CELL_MAX, "%s", cell);
}

static void measure(const struct table *table, struct layout *layout)
{
	for (size_t c = 0; c < table->column_count; c++) {
		layout->shown[c] = true;
		layout->widths[c] = page_columns(table->columns[c].head);
	}
	for (size_t i = 0; i < table->count; i++) {
		size_t width = page_columns(table->cells[i]), c = i % table->column_count;
		layout->widths[c] = width > layout->widths[c] ? width : layout->widths[c];
	}
}

static size_t total(const struct table *table, const struct layout *layout)
{
	size_t width = 0;
	for (size_t c = 0; c < table->column_count; c++) {
		if (layout->shown[c])
			width += layout->widths[c] + (c > 0 ? layout->gap : 0);
	}
	return width;
}

/* Leaves the shown column out that matters least. False: all that are left must stay. */
static bool narrow(const struct table *table, struct layout *layout)
{
	size_t least = table->column_count;
	for (size_t c = 0; c < table->column_count; c++) {
		if (layout->shown[c] && table->columns[c].rank > 0 &&
		    (least == table->column_count || table->columns[c].rank > table->columns[least].rank))
			least = c;
	}
	if (least == table->column_count)
		return false;
	layout->shown[least] = false;
	return true;
}

static void fit(const struct table *table, const struct page *page, struct layout *layout)
{
	layout->gap = GAP;
	if (total(table, layout) > page->width)
		layout->gap = GAP_NARROW;
	while (total(table, layout) > page->width && narrow(table, layout))
		;
}

/* A line; the blanks at its end are left out. */
static void write_line(const struct table *table, const struct page *page, const struct layout *layout,
                       const char *(*cell)(const struct table *, size_t row, size_t column), size_t row)
{
	size_t owed = 0; /* blanks that are due before what comes next */
	for (size_t c = 0; c < table->column_count; c++) {
		const char *string = cell(table, row, c);
		if (!layout->shown[c])
			continue;
		size_t padding = layout->widths[c] - page_columns(string);
		owed += c > 0 ? layout->gap : 0;
		if (!table->columns[c].left)
			owed += padding;
		if (string[0])
			fprintf(page->out, "%*s%s", (int)owed, "", string);
		owed = string[0] ? 0 : owed;
		if (table->columns[c].left)
			owed += padding;
	}
}

static const char *head_cell(const struct table *table, size_t row, size_t column)
{
	(void)row;
	return table->columns[column].head;
}

static const char *body_cell(const struct table *table, size_t row, size_t column)
{
	size_t place = row * table->column_count + column;
	return place < table->count ? table->cells[place] : "";
}

enum wsc_status table_write(struct table *table, const struct page *page)
{
	struct layout layout = {.gap = GAP};
	size_t rows = (table->count + table->column_count - 1) / table->column_count;
	if (!table->failed) {
		measure(table, &layout);
		fit(table, page, &layout);
		page_begin(page, PAGE_BOLD);
		write_line(table, page, &layout, head_cell, 0);
		page_end(page);
		fputc('\n', page->out);
		for (size_t row = 0; row < rows; row++) {
			write_line(table, page, &layout, body_cell, row);
			fputc('\n', page->out);
		}
	}
	free(table->cells);
	table->cells = NULL;
	return table->failed ? WSC_NOMEM : WSC_OK;
}
