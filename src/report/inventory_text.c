/* SPDX-License-Identifier: MIT */
#include <inttypes.h>
#include <string.h>

#include "inventory.h"
#include "units.h"

enum { LINE_BYTES = 600, LONG_TABLE = 64 };

static void form(const struct inventory_source *source, const struct page *page)
{
	const struct trace_summary *summary = source->summary;
	char path[PAGE_NAME_MAX], size[UNITS_MAX], blocks[UNITS_MAX], line[LINE_BYTES];
	page_coloured(page, PAGE_BOLD, "%s", page_clean(path, sizeof(path), source->path));
	fputc('\n', page->out);
	if (summary->is_jsonl)
		snprintf(line, sizeof(line), "JSON Lines, %s", units_bytes(size, summary->file_bytes));
	else
		snprintf(line, sizeof(line), "wscheck trace, version %" PRIu32 ", %s, %s blocks",
		         source->header->version, units_bytes(size, summary->file_bytes),
		         units_count(blocks, summary->blocks));
	page_item(page, "form", line);
}

static const char *end_clause(enum wsc_end end)
{
	switch (end) {
	case WSC_END_CLEAN:
		return "clean";
	case WSC_END_STALLED:
		return "stalled: closed by a watchdog for want of progress";
	default:
		return "none (cut: killed, truncated, or still being written)";
	}
}

static void completeness(const struct inventory_source *source, const struct page *page)
{
	const struct trace_summary *summary = source->summary;
	char dropped[UNITS_MAX], damaged[UNITS_MAX], sampling[UNITS_MAX], over[PAGE_OVER_LIMIT_MAX], line[LINE_BYTES];
	page_item(page, "begin", source->header->complete ? "before the first task" : "a window: after the first task");
	page_item(page, "end", end_clause(summary->end));
	snprintf(line, sizeof(line), "%s event%s dropped%s, %s block%s damaged or missing",
	         units_count(dropped, summary->dropped), units_plural(summary->dropped),
	         page_over_limit(over, summary->over_limit), units_count(damaged, summary->damaged_blocks),
	         units_plural(summary->damaged_blocks));
	page_item(page, "lost", line);
	if (source->header->sampling > 1) {
		snprintf(line, sizeof(line), "one task in %s", units_count(sampling, source->header->sampling));
		page_item(page, "sampled", line);
	}
}

/* "none, written as prio": the word as well where it is none of ours. */
static const char *discipline_words(char buffer[LINE_BYTES / 2], enum wsc_discipline discipline, const char *written)
{
	char word[PAGE_NAME_MAX];
	snprintf(buffer, LINE_BYTES / 2, "%s%s%s", trace_discipline_name(discipline), written ? ", written as " : "",
	         written ? page_clean(word, sizeof(word), written) : "");
	return buffer;
}

static void rules(const struct inventory_source *source, const struct page *page)
{
	const struct trace_header *header = source->header;
	char line[LINE_BYTES], number[UNITS_MAX], words[LINE_BYTES / 2];
	snprintf(line, sizeof(line), "identity %s, discipline %s", trace_identity_name(header->identity),
	         discipline_words(words, header->discipline, header->discipline_word));
	if (header->scope == WSC_SCOPE_DEQUE)
		snprintf(line + strlen(line), sizeof(line) - strlen(line), ", scope deque");
	page_item(page, "rules", line);
	if (header->clock == WSC_CLOCK_TICKS)
		snprintf(line, sizeof(line), "ticks, %s a second", units_count(number, header->ticks_per_second));
	else
		snprintf(line, sizeof(line), "nanoseconds");
	snprintf(line + strlen(line), sizeof(line) - strlen(line),
	         "; uncertainty %" PRIu64 " ns, publish %" PRIu64 " ns", header->uncertainty_ns, header->publish_ns);
	page_item(page, "clock", line);
}

/* Kinds of event that the source can't see. */
static void absent(const struct inventory_source *source, const struct page *page)
{
	char line[LINE_BYTES] = "";
	for (unsigned kind = 0; kind < WSC_EV_END; kind++) {
		size_t used = strlen(line);
		if (source->header->absent >> kind & 1U)
			snprintf(line + used, sizeof(line) - used, "%s%s", used > 0 ? ", " : "",
			         trace_event_name(kind));
	}
	if (line[0])
		page_item(page, "absent", line);
}

static void origin(const struct inventory_source *source, const struct page *page)
{
	const struct trace_header *header = source->header;
	char line[LINE_BYTES], host[PAGE_NAME_MAX] = "";
	if (header->has_process_id || header->host) {
		if (header->host)
			page_clean(host, sizeof(host), header->host);
		if (header->has_process_id)
			snprintf(line, sizeof(line), "process %" PRIu64 "%s%s", header->process_id,
			         host[0] ? " on " : "", host);
		else
			snprintf(line, sizeof(line), "%s", host);
		page_item(page, "origin", line);
	}
	for (size_t i = 0; i < header->meta_count && i < LONG_TABLE; i++) {
		char key[PAGE_NAME_MAX], value[PAGE_NAME_MAX];
		snprintf(line, sizeof(line), "%s = %s", page_clean(key, sizeof(key), header->meta[i].key),
		         page_clean(value, sizeof(value), header->meta[i].json));
		page_item(page, i == 0 ? "meta" : "", line);
	}
}

static void queues(const struct inventory_source *source, const struct page *page)
{
	const struct trace_header *header = source->header;
	for (size_t i = 0; i < header->queue_count; i++) {
		const struct trace_queue *row = &header->queues[i];
		char line[LINE_BYTES], name[PAGE_NAME_MAX] = "", owner[UNITS_MAX] = "", capacity[UNITS_MAX] = "";
		char words[LINE_BYTES / 2];
		if (i == LONG_TABLE) {
			snprintf(line, sizeof(line), "... and %zu more", header->queue_count - i);
			page_item(page, "", line);
			return;
		}
		if (row->name)
			page_clean(name, sizeof(name), row->name);
		if (row->has_owner)
			snprintf(owner, sizeof(owner), ", owner %" PRIu32, row->owner);
		if (row->has_capacity)
			snprintf(capacity, sizeof(capacity), ", capacity %" PRIu64, row->capacity);
		snprintf(line, sizeof(line), "%" PRIu32 "%s%s: %s%s%s%s%s", row->queue, name[0] ? " " : "", name,
		         discipline_words(words, row->has_discipline ? row->discipline : header->discipline,
		                          row->discipline_word),
		         owner, row->unstealable ? ", not stealable" : "", row->deferred ? ", deferred" : "", capacity);
		page_item(page, i == 0 ? "queues" : "", line);
	}
}

static void time_range(const struct inventory *inventory, const struct inventory_source *source,
                       const struct page *page)
{
	char line[LINE_BYTES], number[UNITS_MAX];
	uint64_t wall;
	if (!inventory->has_time)
		return;
	snprintf(line, sizeof(line), "%s, stamps %" PRIu64 " to %" PRIu64,
	         units_duration(number, trace_header_ns(source->header, inventory->last_ts - inventory->first_ts)),
	         inventory->first_ts, inventory->last_ts);
	page_item(page, "time", line);
	if (inventory_wall_ns(source->header, inventory->first_ts, &wall))
		page_item(page, "started", units_wall(number, wall));
}

static void kinds(const struct inventory *inventory, const struct inventory_source *source, const struct page *page)
{
	const struct trace_summary *summary = source->summary;
	char line[LINE_BYTES], number[UNITS_MAX];
	if (summary->events > 0 && summary->file_bytes > 0)
		snprintf(line, sizeof(line), "%s, %.2f bytes each", units_count(number, summary->events),
		         (double)summary->file_bytes / (double)summary->events);
	else
		snprintf(line, sizeof(line), "%s", units_count(number, summary->events));
	page_item(page, "events", line);
	for (unsigned kind = 1; kind < WSC_EV_END; kind++) {
		if (inventory->kinds[kind] == 0)
			continue;
		snprintf(line, sizeof(line), "%-14s %15s", trace_event_name(kind),
		         units_count(number, inventory->kinds[kind]));
		fprintf(page->out, "%*s%s", PAGE_LABEL_COLUMNS, "", line);
		if (kind == WSC_EV_STEAL_FAILURE && inventory->attempts_failed != inventory->kinds[kind])
			fprintf(page->out, "  (%s attempts)", units_count(number, inventory->attempts_failed));
		fputc('\n', page->out);
	}
	for (size_t i = 0; i < summary->skipped_count; i++) {
		char name[PAGE_NAME_MAX];
		fprintf(page->out, "%*s%-14s %15s  (unknown here, skipped)\n", PAGE_LABEL_COLUMNS, "",
		        page_clean(name, sizeof(name), summary->skipped[i].name),
		        units_count(number, summary->skipped[i].count));
	}
}

static void workers(const struct inventory *inventory, const struct inventory_source *source, const struct page *page)
{
	char line[LINE_BYTES];
	snprintf(line, sizeof(line), "%zu", inventory->worker_count);
	page_item(page, "workers", line);
	for (size_t i = 0; i < inventory->worker_count; i++) {
		const struct inventory_worker *row = &inventory->workers[i];
		const struct trace_worker *declared = trace_header_worker(source->header, row->worker);
		char number[UNITS_MAX], name[PAGE_NAME_MAX];
		if (i == LONG_TABLE) {
			fprintf(page->out, "%*s... %zu more\n", PAGE_LABEL_COLUMNS, "", inventory->worker_count - i);
			return;
		}
		fprintf(page->out, "%*s%-14" PRIu32 " %15s event%s", PAGE_LABEL_COLUMNS, "", row->worker,
		        units_count(number, row->events), units_plural(row->events));
		if (row->dropped > 0)
			fprintf(page->out, ", %s dropped", units_count(number, row->dropped));
		if (declared && declared->name)
			fprintf(page->out, "  %s", page_clean(name, sizeof(name), declared->name));
		fputc('\n', page->out);
	}
}

void inventory_text(const struct inventory *inventory, const struct inventory_source *source, const struct page *page)
{
	form(source, page);
	completeness(source, page);
	rules(source, page);
	absent(source, page);
	origin(source, page);
	queues(source, page);
	time_range(inventory, source, page);
	kinds(inventory, source, page);
	workers(inventory, source, page);
}
