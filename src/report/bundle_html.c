/* SPDX-License-Identifier: MIT */
/*
 * Several traces as one page: which of them passed, and what they are all in all. A page of its own each (html_report.c)
 * would be megabytes together: it is named how to get one.
 */
#include <inttypes.h>

#include "bundle_parts.h"
#include "explain.h"
#include "html_parts.h"
#include "units.h"

enum { TRACES_SHOWN = 2000, WORDS_BYTES = 400 };

static enum wsc_status add_html(struct bundle *bundle, const char *path, FILE *document)
{
	(void)bundle, (void)path, (void)document; /* fleet.h knows all that the page shows */
	return WSC_OK;
}

static enum wsc_status add_html_error(struct bundle *bundle, const char *path, const char *error)
{
	(void)bundle, (void)path, (void)error;
	return WSC_OK;
}

static void figure(const struct html *html, const char *key, uint64_t value, const char *shown)
{
	html_print(html, "<data data-key=\"in_all.%s\" value=\"%" PRIu64 "\">%s</data>", key, value, shown);
}

static void tile(const struct html *html, const char *label, const char *key, uint64_t value, const char *shown)
{
	html_print(html, "<div><dt>%s</dt><dd>", label);
	figure(html, key, value, shown);
	html_print(html, "</dd></div>\n");
}

static void tiles(const struct html *html, const struct fleet_sums *sums)
{
	char shown[UNITS_MAX];
	html_print(html, "<dl class=\"tiles\">\n");
	tile(html, "events", "trace.events", sums->events, units_count(shown, sums->events));
	tile(html, "tasks", "trace.tasks", sums->tasks, units_count(shown, sums->tasks));
	tile(html, "duration", "trace.duration_ns", sums->duration_ns, units_duration(shown, sums->duration_ns));
	tile(html, "steals", "stats.successful_steals", sums->successful_steals,
	     units_count(shown, sums->successful_steals));
	tile(html, "dropped", "trace.dropped", sums->dropped, units_count(shown, sums->dropped));
	html_print(html, "</dl>\n");
}

/* Heads end with a NULL; one of words begins with a blank. */
static void table(const struct html *html, const char *caption, const char *const *heads)
{
	html_print(html,
	           "<div class=\"scroll\" role=\"region\" aria-label=\"%s\" tabindex=\"0\"><table class=\"kinds\">"
	           "<caption>%s</caption><thead><tr>",
	           caption, caption);
	for (; *heads; heads++)
		html_print(html, "<th scope=\"col\" class=\"%s\">%s</th>", **heads == ' ' ? "words" : "figure",
		           *heads + (**heads == ' '));
	html_print(html, "</tr></thead><tbody>\n");
}

static void end_table(const struct html *html)
{
	html_print(html, "</tbody></table></div>\n");
}

static void kinds(const struct html *html, const struct fleet_sums *sums)
{
	static const char *const heads[] = {"kind", "count", "suppressed", "known", " meaning", NULL};
	char shown[UNITS_MAX], key[UNITS_MAX * 2];
	bool any = false;
	for (unsigned k = 0; k < WSC_VIOLATION_KIND_COUNT; k++) {
		enum wsc_violation_kind kind = (enum wsc_violation_kind)k;
		if (sums->counts[kind] == 0)
			continue;
		if (!any)
			table(html, "What was found", heads);
		any = true;
		html_print(html, "<tr><th scope=\"row\"><span class=\"kind %s\">%s</span></th><td>",
		           wsc_violation_severity(kind) == WSC_SEVERITY_ERROR ? "error" : "warning",
		           wsc_violation_name(kind));
		snprintf(key, sizeof(key), "violation_counts.%s", wsc_violation_name(kind));
		figure(html, key, sums->counts[kind], units_count(shown, sums->counts[kind]));
		html_print(html, "</td><td>%s</td>", units_count(shown, sums->suppressed[kind]));
		html_print(html, "<td>%s</td>", units_count(shown, sums->known[kind]));
		html_print(html, "<td class=\"words\">%s</td></tr>\n", wsc_violation_help(kind));
	}
	if (any)
		end_table(html);
}

static void latency(const struct html *html, const struct fleet *fleet, const char *words,
                    const struct fleet_latency *row)
{
	static const double quantiles[] = {0, 0.5, 0.9, 0.99, 0.999, 1};
	char shown[UNITS_MAX], path[PAGE_NAME_MAX];
	if (row->ns.count == 0)
		return;
	html_print(html, "<tr><th scope=\"row\">%s</th>", words);
	for (size_t i = 0; i < sizeof(quantiles) / sizeof(*quantiles); i++)
		html_print(html, "<td>%s</td>", units_duration(shown, histogram_quantile(&row->ns, quantiles[i])));
	html_print(html, "<td class=\"words\"><bdi>%s</bdi></td></tr>\n",
	           page_clean(path, sizeof(path), fleet->traces[row->longest].path));
}

static void latencies(const struct html *html, const struct fleet *fleet)
{
	static const char *const heads[] = {"latency", "min", "p50", "p90", "p99", "p99.9", "max", " the longest is of",
	                                    NULL};
	table(html, "Latencies", heads);
#define ROW(NAME, key, words) latency(html, fleet, words, &fleet->sums.latencies[FLEET_##NAME]);
	FLEET_LATENCIES(ROW)
#undef ROW
	end_table(html);
}

static const char *reasons_words(char words[WORDS_BYTES], unsigned reasons)
{
	const struct explain_reason *reason;
	size_t used = 0;
	words[0] = '\0';
	for (size_t i = 0; i < FLEET_REASONS_MAX && (reason = explain_reason(i)) != NULL; i++) {
		if (reasons >> i & 1U)
			used += (size_t)snprintf(words + used, WORDS_BYTES - used, "%s%s", used > 0 ? ", " : "",
			                         reason->name);
	}
	return words;
}

static void traces(const struct html *html, const struct fleet *fleet)
{
	static const char *const heads[] = {"verdict", " trace", "errors", "warnings", " not known in full", NULL};
	char words[WORDS_BYTES], path[PAGE_NAME_MAX], errors[UNITS_MAX], warnings[UNITS_MAX];
	table(html, "The traces", heads);
	for (size_t i = 0; i < fleet->count && i < TRACES_SHOWN; i++) {
		const struct fleet_trace *trace = &fleet->traces[i];
		const bool bad = trace->error || trace->verdict == ANALYSIS_FAIL;
		html_print(
		    html,
		    "<tr><th scope=\"row\"><span class=\"kind %s\">%s</span></th>"
		    "<td class=\"words\"><bdi>%s</bdi></td><td>%s</td><td>%s</td><td class=\"words\">%s</td></tr>\n",
		    bad                               ? "error"
		    : trace->verdict == ANALYSIS_PASS ? "kept"
		                                      : "warning",
		    trace->error ? "unreadable" : report_verdict_name(trace->verdict),
		    page_clean(path, sizeof(path), trace->path), units_count(errors, trace->errors),
		    units_count(warnings, trace->warnings),
		    trace->error ? trace->error : reasons_words(words, trace->reasons));
	}
	end_table(html);
	if (fleet->count > TRACES_SHOWN)
		html_print(html, "<p class=\"note\">And %zu more.</p>\n", fleet->count - TRACES_SHOWN);
}

static enum wsc_status write_html(struct bundle *bundle, const struct fleet *fleet, const struct page *page)
{
	size_t bytes = 0;
	const struct html html = {page->out, &bytes};
	char words[WORDS_BYTES];
	(void)bundle;
	fleet_words(words, sizeof(words), fleet);
	html_head(&html, fleet_verdict(fleet), words);
	html_print(&html, "<body>\n<a class=\"skip\" href=\"#main\">Skip to the report</a>\n");
	html_title(&html, fleet_verdict(fleet), words);
	html_print(&html,
	           "<p>The page of one trace: <code>wscheck analyze -o html=PAGE TRACE</code></p>\n</header>\n"
	           "<main id=\"main\">\n<section aria-labelledby=\"all-title\"><h2 id=\"all-title\">In all</h2>\n");
	tiles(&html, &fleet->sums);
	kinds(&html, &fleet->sums);
	latencies(&html, fleet);
	html_print(&html, "</section>\n<section aria-labelledby=\"each-title\"><h2 id=\"each-title\">Each</h2>\n");
	traces(&html, fleet);
	html_print(&html, "</section>\n");
	html_foot(&html);
	return WSC_OK;
}

const struct bundle_kind bundle_html = {add_html, add_html_error, write_html};
