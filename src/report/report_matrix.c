/* SPDX-License-Identifier: MIT */
/* Who stole from where, as text: a table with a row for each thief and a column for each queue, of those with most. */
#include <inttypes.h>
#include <stdlib.h>

#include "report_parts.h"
#include "steal_matrix.h"
#include "table.h"

enum { MOST = 8, COLUMNS = MOST + 2 };

/* The column of a queue is left out the earlier, the more queues lost more. */
static unsigned rank_of(const struct steal_matrix *matrix, size_t queue)
{
	unsigned rank = 1;
	for (size_t i = 0; i < matrix->queue_count; i++)
		rank += matrix->queues[i].tasks > matrix->queues[queue].tasks;
	return rank;
}

static void row(struct table *table, const struct analysis_result *result, const struct steal_matrix *matrix, size_t i)
{
	char cell[UNITS_MAX];
	snprintf(cell, sizeof(cell), "%" PRIu32, matrix->thieves[i].id);
	table_add(table, cell);
	for (size_t queue = 0; queue < matrix->queue_count; queue++) {
		size_t place = matrix->pair[i][queue];
		table_add(table, units_count(cell, place == 0 ? 0 : result->steals[place - 1].tasks));
	}
	table_add(table, units_count(cell, matrix->thieves[i].tasks));
}

static enum wsc_status write_matrix(const struct report *report, const struct page *page,
                                    const struct steal_matrix *matrix)
{
	char heads[MOST][UNITS_MAX], number[UNITS_MAX];
	struct table_column columns[COLUMNS] = {{"thief", true, 0}};
	struct table table;
	for (size_t i = 0; i < matrix->queue_count; i++) {
		snprintf(heads[i], sizeof(heads[i]), "%" PRIu32, matrix->queues[i].id);
		columns[1 + i] = (struct table_column){heads[i], false, rank_of(matrix, i)};
	}
	columns[1 + matrix->queue_count] = (struct table_column){"all", false, 0};
	page_item(page, "stolen", "tasks, by the thief and by the queue that was robbed");
	table_init(&table, columns, 2 + matrix->queue_count);
	for (size_t i = 0; i < matrix->thief_count; i++)
		row(&table, report->result, matrix, i);
	enum wsc_status status = table_write(&table, page);
	uint64_t rest = report->result->stolen_tasks - matrix->shown;
	if (rest > 0)
		fprintf(page->out, "... %s more, by or from others: these are the %d with most\n",
		        units_count(number, rest), MOST);
	return status;
}

enum wsc_status report_steal_matrix(const struct report *report, const struct page *page)
{
	if (report->result->steal_count == 0)
		return WSC_OK;
	struct steal_matrix *matrix = steal_matrix_of(report->result, MOST);
	if (!matrix)
		return WSC_NOMEM;
	enum wsc_status status = write_matrix(report, page, matrix);
	free(matrix);
	return status;
}
