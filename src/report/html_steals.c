/* SPDX-License-Identifier: MIT */
/* The page's tables of workers, and of who stole from where: a heat map that is a table, too. */
#include <inttypes.h>
#include <stdlib.h>

#include "html_parts.h"
#include "report_parts.h"
#include "steal_matrix.h"

enum { LEVELS = 9 };

/* ---- who stole from where ---- */

static void matrix_cell(const struct html_page *page, const struct steal_matrix *matrix, size_t place)
{
	char path[UNITS_MAX * 2];
	if (place == 0) {
		html_print(&page->html, "<td class=\"none\">0</td>");
		return;
	}
	uint64_t tasks = page->report->result->steals[place - 1].tasks;
	unsigned level = 1 + (unsigned)((double)tasks * (LEVELS - 1) / (double)matrix->greatest);
	html_print(&page->html, "<td class=\"heat-%u\">", level);
	snprintf(path, sizeof(path), "stats.steal_matrix.%zu.tasks", place - 1);
	html_count(page, path, tasks);
	html_print(&page->html, "</td>");
}

static void matrix_row(const struct html_page *page, const struct steal_matrix *matrix, size_t thief)
{
	char number[UNITS_MAX];
	html_print(&page->html, "<tr><th scope=\"row\">");
	html_worker_cell(page, matrix->thieves[thief].id);
	html_print(&page->html, "</th>");
	for (size_t queue = 0; queue < matrix->queue_count; queue++)
		matrix_cell(page, matrix, matrix->pair[thief][queue]);
	html_print(&page->html, "<td class=\"sum\">%s</td></tr>\n", units_count(number, matrix->thieves[thief].tasks));
}

static void matrix_table(const struct html_page *page, const struct steal_matrix *matrix)
{
	const struct html *html = &page->html;
	char number[UNITS_MAX];
	html_print(html,
	           "<div class=\"scroll\" role=\"region\" aria-label=\"Heat map of steals\" tabindex=\"0\">"
	           "<table class=\"heat\"><caption>Tasks stolen, by thief (rows) and by the queue that was robbed "
	           "(columns)</caption><thead><tr><th scope=\"col\">thief</th>");
	for (size_t i = 0; i < matrix->queue_count; i++) {
		html_print(html, "<th scope=\"col\">");
		html_queue_cell(page, matrix->queues[i].id);
		html_print(html, "</th>");
	}
	html_print(html, "<th scope=\"col\" class=\"sum\">all</th></tr></thead><tbody>\n");
	for (size_t i = 0; i < matrix->thief_count; i++)
		matrix_row(page, matrix, i);
	html_print(html, "</tbody><tfoot><tr><th scope=\"row\">all</th>");
	for (size_t i = 0; i < matrix->queue_count; i++)
		html_print(html, "<td class=\"sum\">%s</td>", units_count(number, matrix->queues[i].tasks));
	html_print(html, "<td class=\"sum\">%s</td></tr></tfoot></table></div>\n",
	           units_count(number, page->report->result->stolen_tasks));
}

static void figures(const struct html_page *page)
{
	const struct analysis_result *result = page->report->result;
	const struct html *html = &page->html;
	char percent[UNITS_MAX], share[UNITS_MAX + 3];
	const bool blind = report_is_absent(page->report, WSC_EV_STEAL_FAILURE);
	snprintf(share, sizeof(share), " (%s)",
	         units_share(percent, result->successful_steals, result->steal_attempts));
	html_print(html, "<p>");
	html_count(page, "stats.steal_attempts", result->steal_attempts);
	html_print(html, " attempt%s: ", units_plural(result->steal_attempts));
	html_count(page, "stats.successful_steals", result->successful_steals);
	html_print(html, " succeeded%s and took ", blind ? "" : share);
	html_count(page, "stats.stolen_tasks", result->stolen_tasks);
	html_print(html, " task%s, ", units_plural(result->stolen_tasks));
	html_count(page, "stats.failed_steals", result->failed_steals);
	html_print(html, blind ? " failed: such attempts are not recorded." : " failed.");
	uint64_t repeated = steals_per_life_repeated(&result->steals_per_life);
	if (repeated > 0) {
		html_print(html, " ");
		html_count(page, "stats.steals_per_life.repeated", repeated);
		html_print(html, " task%s stolen more than once; most often task %" PRIu64 ", ",
		           repeated == 1 ? " was" : "s were", result->steals_per_life.task);
		html_count(page, "stats.steals_per_life.max", result->steals_per_life.max);
		html_print(html, " times.");
	}
	html_print(html, "</p>\n");
}

enum wsc_status html_steals(const struct html_page *page)
{
	const struct analysis_result *result = page->report->result;
	char hidden[UNITS_MAX];
	figures(page);
	if (result->steal_count == 0)
		return WSC_OK;
	struct steal_matrix *matrix = steal_matrix_of(result, HTML_PAIRS_MAX);
	if (!matrix)
		return WSC_NOMEM;
	matrix_table(page, matrix);
	if (matrix->shown < result->stolen_tasks)
		html_print(&page->html,
		           "<p class=\"note\">%s more tasks were stolen by thieves or from queues that are not shown: "
		           "these are the %d with the most.</p>\n",
		           units_count(hidden, result->stolen_tasks - matrix->shown), HTML_PAIRS_MAX);
	free(matrix);
	return WSC_OK;
}

/* ---- workers ---- */

/* A time and its share of the trace. */
static void share_cell(const struct html_page *page, size_t i, const char *key, uint64_t time)
{
	const struct analysis_result *result = page->report->result;
	uint64_t span = result->end_ts > result->first_ts ? result->end_ts - result->first_ts : 0;
	char path[UNITS_MAX * 2], share[UNITS_MAX];
	snprintf(path, sizeof(path), "stats.workers.%zu.%s", i, key);
	html_print(&page->html, "<td>");
	html_figure(page, path, trace_header_ns(page->report->header, time), units_percent(share, time, span));
	html_print(&page->html, "</td>");
}

/* A share, if it is known. */
static void share_if(const struct html_page *page, bool known, size_t i, const char *key, uint64_t time)
{
	if (known)
		share_cell(page, i, key, time);
	else
		html_print(&page->html, "<td>-</td>");
}

static void worker_row(const struct html_page *page, size_t i)
{
	const struct worker_stats *row = &page->report->result->workers[i];
	const struct html *html = &page->html;
	char path[UNITS_MAX * 2], percent[UNITS_MAX];
	const struct {
		const char *key;
		uint64_t count;
	} cells[] = {{"executed", row->executed},
	             {"stolen", row->stolen},
	             {"lost_to_thieves", row->lost_to_thieves},
	             {"attempts", row->attempts}};
	html_print(html, "<tr><th scope=\"row\">");
	html_worker_cell(page, row->worker);
	html_print(html, "</th>");
	for (size_t k = 0; k < sizeof(cells) / sizeof(*cells); k++) {
		snprintf(path, sizeof(path), "stats.workers.%zu.%s", i, cells[k].key);
		html_print(html, "<td>");
		html_count(page, path, cells[k].count);
		html_print(html, "</td>");
	}
	const bool blind = report_is_absent(page->report, WSC_EV_STEAL_FAILURE);
	snprintf(path, sizeof(path), "stats.workers.%zu.failed_attempts", i);
	html_print(html, "<td>");
	html_figure(page, path, row->failed_attempts,
	            units_percent(percent, row->failed_attempts, blind ? 0 : row->attempts));
	html_print(html, "</td>");
	const bool no_runs = page->report->header->scope == WSC_SCOPE_DEQUE;
	share_if(page, !no_runs, i, "busy_ns", row->busy);
	share_if(page, !report_is_absent(page->report, WSC_EV_STEAL_START), i, "stealing_ns", row->stealing);
	share_if(page, !report_is_absent(page->report, WSC_EV_PARKED), i, "parked_ns", row->parked);
	share_if(page, page->report->header->sampling <= 1 && !no_runs, i, "idle_ns", row->idle);
	html_print(html, "</tr>\n");
}

void html_workers(const struct html_page *page)
{
	const struct analysis_result *result = page->report->result;
	const struct html *html = &page->html;
	size_t shown = result->worker_count < HTML_WORKERS_MAX ? result->worker_count : HTML_WORKERS_MAX;
	html_print(
	    html,
	    "<div class=\"scroll\" role=\"region\" aria-label=\"Table of workers\" tabindex=\"0\"><table>"
	    "<caption>What each worker did; times as shares of the whole trace, in %%; where they "
	    "make less than 100, the worker was not attached, or not recorded, all the time</caption><thead><tr>"
	    "<th scope=\"col\">worker</th><th scope=\"col\">runs</th><th scope=\"col\">stole</th>"
	    "<th scope=\"col\"><abbr title=\"tasks that others took from its own queue\">lost</abbr></th>"
	    "<th scope=\"col\">attempts</th><th scope=\"col\">failed&nbsp;%%</th><th scope=\"col\">busy&nbsp;%%</th>"
	    "<th scope=\"col\">stealing&nbsp;%%</th><th scope=\"col\">parked&nbsp;%%</th>"
	    "<th scope=\"col\">idle&nbsp;%%</th></tr></thead><tbody>\n");
	for (size_t i = 0; i < shown; i++)
		worker_row(page, i);
	html_print(html, "</tbody></table></div>\n");
	if (shown < result->worker_count)
		html_print(html, "<p class=\"note\">And %zu more workers.</p>\n", result->worker_count - shown);
}
