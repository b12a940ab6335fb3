/* SPDX-License-Identifier: MIT */
/*
 * A table of text: columns as wide as what is in them, numbers to the right. Where the page is too narrow, the columns
 * that matter least are left out.
 */
#ifndef REPORT_TABLE_H
#define REPORT_TABLE_H

#include "page.h"
#include "wscheck/status.h"

struct table_column {
	const char *head;
	bool left;     /* to the left; else to the right, as numbers stand */
	unsigned rank; /* 0: always there; of the others the greatest is left out first */
};

enum { TABLE_COLUMNS_MAX = 12, TABLE_CELL_MAX = 64 };

struct table {
	const struct table_column *columns;
	size_t column_count;
	char (*cells)[TABLE_CELL_MAX]; /* row by row */
	size_t count, capacity;
	bool failed; /* out of memory */
};

/* `columns` must live on; at most TABLE_COLUMNS_MAX. */
void table_init(struct table *table, const struct table_column *columns, size_t column_count);

/* Adds the next cell, row by row: a clean string (page.h), cut if it is longer than a cell holds. */
void table_add(struct table *table, const char *cell);

/* Writes the head and the rows, fills up what is missing of the last one, and frees the table. NOMEM. */
enum wsc_status table_write(struct table *table, const struct page *page);

#endif
