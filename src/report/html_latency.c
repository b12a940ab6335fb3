/* SPDX-License-Identifier: MIT */
/* The page's latencies: a table, and a histogram of each on one logarithmic axis. */
#include <inttypes.h>

#include "html_parts.h"
#include "report_parts.h"

/* The histograms' buckets are taken together, in ns: eight for each power of two, below 8 ns one for each number. */
enum { SUB_BITS = 3, BINS = (64 - SUB_BITS + 1) << SUB_BITS, PLOT_HEIGHT = 200 };

struct latency {
	const char *key, *name, *what;
	const struct histogram *histogram;
};
enum { LATENCIES = 5 };

static void latencies(const struct html_page *page, struct latency rows[LATENCIES])
{
	const struct analysis_result *result = page->report->result;
	rows[0] = (struct latency){"steal_latency_ns", "steal", "from the start of a successful attempt to its answer",
	                           &result->steal_latency};
	rows[1] = (struct latency){"failed_steal_latency_ns", "failed steal",
	                           "from the start of a failed attempt to its answer", &result->failed_steal_latency};
	rows[2] = (struct latency){"queue_wait_ns", "wait in queue", "from a push to the take", &result->queue_wait};
	rows[3] = (struct latency){"exec_ns", "run", "from start to completion, nested runs included", &result->exec};
	rows[4] = (struct latency){"queued_to_done_ns", "queued to done", "from the first push to completion",
	                           &result->queued_to_done};
}

static uint64_t ns(const struct html_page *page, uint64_t stamps)
{
	return trace_header_ns(page->report->header, stamps);
}

/* ---- the table ---- */

static void longest(const struct html_page *page, const struct histogram *histogram)
{
	const struct html *html = &page->html;
	const struct histogram_event *event = &histogram->of_max;
	char when[UNITS_MAX];
	units_duration(when, report_into_ns(page->report, event->ts));
	html_print(html, "<td class=\"words\">");
	if (event->task != 0)
		html_print(html, "task %" PRIu64 ", ", event->task);
	html_print(html, "worker %" PRIu32 ", at %s</td>", event->worker, when);
}

static void table_row(const struct html_page *page, const struct latency *row)
{
	static const struct {
		const char *key;
		double quantile;
	} quantiles[] = {{"p50", 0.5}, {"p90", 0.9}, {"p99", 0.99}, {"p999", 0.999}};
	const struct html *html = &page->html;
	const struct histogram *histogram = row->histogram;
	char path[UNITS_MAX * 2];
	html_print(html, "<tr><th scope=\"row\">%s</th><td>", row->name);
	snprintf(path, sizeof(path), "stats.%s.count", row->key);
	html_count(page, path, histogram->count);
	snprintf(path, sizeof(path), "stats.%s.min", row->key);
	html_print(html, "</td><td>");
	html_time(page, path, histogram->min);
	for (size_t i = 0; i < sizeof(quantiles) / sizeof(*quantiles); i++) {
		snprintf(path, sizeof(path), "stats.%s.%s", row->key, quantiles[i].key);
		html_print(html, "</td><td>");
		html_time(page, path, histogram_quantile(histogram, quantiles[i].quantile));
	}
	snprintf(path, sizeof(path), "stats.%s.max", row->key);
	html_print(html, "</td><td>");
	html_time(page, path, histogram->max);
	html_print(html, "</td>");
	longest(page, histogram);
	html_print(html, "</tr>\n");
}

static void table(const struct html_page *page, const struct latency rows[LATENCIES])
{
	html_print(
	    &page->html,
	    "<div class=\"scroll\" role=\"region\" aria-label=\"Table of latencies\" tabindex=\"0\"><table>"
	    "<caption>Quantiles, exact to 1 %%</caption><thead><tr><th scope=\"col\">latency</th>"
	    "<th scope=\"col\">count</th><th scope=\"col\">min</th><th scope=\"col\">p50</th>"
	    "<th scope=\"col\">p90</th><th scope=\"col\">p99</th><th scope=\"col\">p99.9</th>"
	    "<th scope=\"col\">max</th><th scope=\"col\" class=\"words\">the longest</th></tr></thead><tbody>\n");
	for (size_t i = 0; i < LATENCIES; i++) {
		if (rows[i].histogram->count > 0)
			table_row(page, &rows[i]);
	}
	html_print(&page->html, "</tbody></table></div>\n");
}

/* ---- histograms ---- */

struct bins {
	uint64_t count[BINS];
	unsigned first, last; /* those that are not empty */
	uint64_t greatest;
};

static unsigned bin_of(uint64_t value)
{
	if (value < 1U << SUB_BITS)
		return (unsigned)value;
	unsigned shift = 63U - (unsigned)__builtin_clzll(value) - SUB_BITS;
	return (shift << SUB_BITS) + (unsigned)(value >> shift);
}

/* The least value of a bin. Of the one behind the last: the greatest there is. */
static uint64_t bin_low(unsigned bin)
{
	if (bin < 1U << SUB_BITS)
		return bin;
	if (bin >= BINS)
		return UINT64_MAX;
	return (uint64_t)((bin & ((1U << SUB_BITS) - 1)) | 1U << SUB_BITS) << ((bin >> SUB_BITS) - 1);
}

static void collect(const struct html_page *page, const struct histogram *histogram, struct bins *bins)
{
	*bins = (struct bins){.first = BINS};
	for (unsigned i = 0; i < HISTOGRAM_BUCKETS; i++) {
		if (histogram->buckets[i] == 0)
			continue;
		unsigned bin = bin_of(ns(page, histogram_bucket_value(histogram, i)));
		bins->count[bin] += histogram->buckets[i];
		bins->first = bin < bins->first ? bin : bins->first;
		bins->last = bin > bins->last ? bin : bins->last;
		bins->greatest = bins->count[bin] > bins->greatest ? bins->count[bin] : bins->greatest;
	}
}

/* The binary logarithm, exact at the bounds of bins and straight between them; of 0: one power below that of 1. */
static double log_of(uint64_t value)
{
	static const double of_eighths[] = {0,
	                                    0.169925001442312,
	                                    0.321928094887362,
	                                    0.459431618637297,
	                                    0.584962500721156,
	                                    0.700439718141092,
	                                    0.807354922057604,
	                                    0.906890595608519,
	                                    1};
	if (value == 0)
		return -1;
	unsigned power = 63U - (unsigned)__builtin_clzll(value);
	double eighths = ((double)value / (double)(UINT64_C(1) << power) - 1) * 8;
	unsigned below = eighths >= 7 ? 7 : (unsigned)eighths;
	return power + of_eighths[below] + (of_eighths[below + 1] - of_eighths[below]) * (eighths - below);
}

/* From logarithm to logarithm. */
struct log_axis {
	double from, to;
};

static double place(const struct log_axis *axis, double logarithm)
{
	double x = (logarithm - axis->from) * HTML_WIDTH / (axis->to - axis->from);
	return x < 0 ? 0 : x > HTML_WIDTH ? HTML_WIDTH : x;
}

static struct log_axis axis_of(const struct html_page *page, const struct latency rows[LATENCIES])
{
	struct log_axis axis = {64, -1};
	for (size_t i = 0; i < LATENCIES; i++) {
		const struct histogram *histogram = rows[i].histogram;
		if (histogram->count == 0)
			continue;
		double from = log_of(bin_low(bin_of(ns(page, histogram->min))));
		double to = log_of(bin_low(bin_of(ns(page, histogram->max)) + 1));
		axis.from = from < axis.from ? from : axis.from;
		axis.to = to > axis.to ? to : axis.to;
	}
	return axis;
}

static void bars(const struct html_page *page, const struct log_axis *axis, const struct bins *bins)
{
	const struct html *html = &page->html;
	unsigned before = 0;
	html_print(html, "<path class=\"bars\" d=\"M%.0f %d", place(axis, log_of(bin_low(bins->first))), PLOT_HEIGHT);
	for (unsigned i = bins->first; i <= bins->last; i++) {
		uint64_t count = bins->count[i];
		unsigned height =
		    count == 0 ? 0 : (unsigned)((1 + log_of(count)) * PLOT_HEIGHT / (1 + log_of(bins->greatest)));
		if (height != before)
			html_print(html, "H%.0fV%u", place(axis, log_of(bin_low(i))), PLOT_HEIGHT - height);
		before = height;
	}
	html_print(html, "H%.0fV%dZ\"/>", place(axis, log_of(bin_low(bins->last + 1))), PLOT_HEIGHT);
}

static void bin_data(const struct html_page *page, const struct log_axis *axis, const struct bins *bins)
{
	const struct html *html = &page->html;
	html_print(html, " data-from=\"%.4f\" data-to=\"%.4f\" data-low=\"", axis->from, axis->to);
	const char *comma = "";
	for (unsigned i = bins->first; i <= bins->last + 1; i++) {
		html_print(html, "%s%" PRIu64, comma, bin_low(i));
		comma = ",";
	}
	html_print(html, "\" data-counts=\"");
	html_list(html, &bins->count[bins->first], bins->last - bins->first + 1);
	html_print(html, "\"");
}

/* Where the quantiles are; a label that would lie on another one is left out: the table has them all. */
static void quantile_labels(const struct html_page *page, const struct log_axis *axis,
                            const struct histogram *histogram)
{
	static const struct {
		const char *name;
		double quantile;
	} rows[] = {{"p50", 0.5}, {"p99", 0.99}, {"max", 1}};
	double before = -100;
	char time[UNITS_MAX];
	html_print(&page->html, "<svg class=\"axis tags\" aria-hidden=\"true\">");
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		uint64_t value = ns(page, histogram_quantile(histogram, rows[i].quantile));
		double percent = place(axis, log_of(value)) * 100 / HTML_WIDTH;
		if (percent < before + 22)
			continue;
		before = percent;
		html_print(&page->html, "<text class=\"%s\" x=\"%.2f%%\" y=\"12\">%s %s</text>",
		           percent < 12   ? "first"
		           : percent > 88 ? "last"
		                          : "tick",
		           percent, rows[i].name, units_duration(time, value));
	}
	html_print(&page->html, "</svg>");
}

static void quantile_lines(const struct html_page *page, const struct log_axis *axis, const struct histogram *histogram)
{
	static const double quantiles[] = {0.5, 0.99, 1};
	for (size_t i = 0; i < sizeof(quantiles) / sizeof(*quantiles); i++)
		html_print(&page->html, "<path class=\"quantile\" d=\"M%.0f 0V%d\"/>",
		           place(axis, log_of(ns(page, histogram_quantile(histogram, quantiles[i])))), PLOT_HEIGHT);
}

/* Powers of ten; where there are many, every other one is hidden on a narrow page. */
static void ticks(const struct html_page *page, const struct log_axis *axis)
{
	char words[UNITS_MAX];
	uint64_t value = 1;
	html_print(&page->html, "<svg class=\"axis\" aria-hidden=\"true\">");
	if (axis->from < 0)
		html_print(&page->html, "<text class=\"first\" x=\"0\" y=\"14\">0</text>");
	for (unsigned power = 0; power < 19; power++, value *= 10) {
		double percent = (log_of(value) - axis->from) * 100 / (axis->to - axis->from);
		if (percent >= 0 && percent <= 97)
			html_print(&page->html, "<text x=\"%.2f%%\" y=\"14\" class=\"%s%s\">%s</text>", percent,
			           percent < 4 ? "first" : "", power % 2 ? " odd" : "",
			           html_tick_words(words, (double)value));
	}
	html_print(&page->html, "</svg>");
}

static void histogram_figure(const struct html_page *page, const struct log_axis *axis, const struct latency *row)
{
	const struct html *html = &page->html;
	const struct histogram *histogram = row->histogram;
	char p50[UNITS_MAX], p99[UNITS_MAX], max[UNITS_MAX], count[UNITS_MAX];
	struct bins bins;
	collect(page, histogram, &bins);
	units_duration(p50, ns(page, histogram_quantile(histogram, 0.5)));
	units_duration(p99, ns(page, histogram_quantile(histogram, 0.99)));
	units_duration(max, ns(page, histogram->max));
	units_count(count, histogram->count);
	html_print(html, "<figure class=\"histogram\"><figcaption><h3>%s</h3><p>%s</p></figcaption>", row->name,
	           row->what);
	quantile_labels(page, axis, histogram);
	html_print(html,
	           "<svg class=\"plot\" viewBox=\"0 0 %.0f %d\" preserveAspectRatio=\"none\" role=\"img\" aria-label="
	           "\"Histogram of %s: %s of them, half within %s, 99 %% within %s, the longest %s\" "
	           "data-lane=\"histogram\" data-row=\"%s\"",
	           HTML_WIDTH, PLOT_HEIGHT, row->name, count, p50, p99, max, row->key);
	bin_data(page, axis, &bins);
	html_print(html, ">");
	bars(page, axis, &bins);
	quantile_lines(page, axis, histogram);
	html_print(html, "</svg>");
	ticks(page, axis);
	html_print(html, "</figure>\n");
}

void html_latency(const struct html_page *page)
{
	struct latency rows[LATENCIES];
	latencies(page, rows);
	struct log_axis axis = axis_of(page, rows);
	if (axis.to <= axis.from) {
		html_print(&page->html, "<p>The trace has nothing that takes time.</p>");
		return;
	}
	table(page, rows);
	html_print(&page->html, "<div class=\"histograms\">\n");
	for (size_t i = 0; i < LATENCIES; i++) {
		if (rows[i].histogram->count > 0)
			histogram_figure(page, &axis, &rows[i]);
	}
	html_print(&page->html, "</div>\n<p class=\"note\">All on one logarithmic axis. "
	                        "Heights are logarithmic, too: one straggler shows beside a million.</p>\n");
}
