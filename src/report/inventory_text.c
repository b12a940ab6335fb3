/* SPDX-License-Identifier: MIT */
#include <inttypes.h>
#include <string.h>

#include "inventory.h"
#include "units.h"

enum { LINE_BYTES = 600, LONG_TABLE = 64 };

static void form(const struct inventory_source *source, const struct text *text)
{
	const struct trace_summary *summary = source->summary;
	char path[TEXT_NAME_MAX], size[UNITS_MAX], blocks[UNITS_MAX], line[LINE_BYTES];
	text_coloured(text, TEXT_BOLD, "%s", text_clean(path, sizeof(path), source->path));
	fputc('\n', text->out);
	if (summary->is_jsonl)
		snprintf(line, sizeof(line), "JSON Lines, %s", units_bytes(size, summary->file_bytes));
	else
		snprintf(line, sizeof(line), "wscheck trace, version %" PRIu32 ", %s, %s blocks",
		         source->header->version, units_bytes(size, summary->file_bytes),
		         units_count(blocks, summary->blocks));
	text_item(text, "form", line);
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

static void completeness(const struct inventory_source *source, const struct text *text)
{
	const struct trace_summary *summary = source->summary;
	char dropped[UNITS_MAX], damaged[UNITS_MAX], sampling[UNITS_MAX], line[LINE_BYTES];
	text_item(text, "begin", source->header->complete ? "before the first task" : "a window: after the first task");
	text_item(text, "end", end_clause(summary->end));
	snprintf(line, sizeof(line), "%s event%s dropped, %s block%s damaged or missing",
	         units_count(dropped, summary->dropped), units_plural(summary->dropped),
	         units_count(damaged, summary->damaged_blocks), units_plural(summary->damaged_blocks));
	text_item(text, "lost", line);
	if (source->header->sampling > 1) {
		snprintf(line, sizeof(line), "one task in %s", units_count(sampling, source->header->sampling));
		text_item(text, "sampled", line);
	}
}

static void rules(const struct inventory_source *source, const struct text *text)
{
	const struct trace_header *header = source->header;
	char line[LINE_BYTES], number[UNITS_MAX], word[TEXT_NAME_MAX];
	snprintf(line, sizeof(line), "identity %s, discipline %s%s%s", trace_identity_name(header->identity),
	         trace_discipline_name(header->discipline), header->discipline_word ? ", written as " : "",
	         header->discipline_word ? text_clean(word, sizeof(word), header->discipline_word) : "");
	if (header->scope == WSC_SCOPE_DEQUE)
		snprintf(line + strlen(line), sizeof(line) - strlen(line), ", scope deque");
	text_item(text, "rules", line);
	if (header->clock == WSC_CLOCK_TICKS)
		snprintf(line, sizeof(line), "ticks, %s a second", units_count(number, header->ticks_per_second));
	else
		snprintf(line, sizeof(line), "nanoseconds");
	snprintf(line + strlen(line), sizeof(line) - strlen(line),
	         "; uncertainty %" PRIu64 " ns, publish %" PRIu64 " ns", header->uncertainty_ns, header->publish_ns);
	text_item(text, "clock", line);
}

static void origin(const struct inventory_source *source, const struct text *text)
{
	const struct trace_header *header = source->header;
	char line[LINE_BYTES], host[TEXT_NAME_MAX] = "";
	if (header->has_process_id || header->host) {
		if (header->host)
			text_clean(host, sizeof(host), header->host);
		if (header->has_process_id)
			snprintf(line, sizeof(line), "process %" PRIu64 "%s%s", header->process_id,
			         host[0] ? " on " : "", host);
		else
			snprintf(line, sizeof(line), "%s", host);
		text_item(text, "origin", line);
	}
	for (size_t i = 0; i < header->meta_count && i < LONG_TABLE; i++) {
		char key[TEXT_NAME_MAX], value[TEXT_NAME_MAX];
		snprintf(line, sizeof(line), "%s = %s", text_clean(key, sizeof(key), header->meta[i].key),
		         text_clean(value, sizeof(value), header->meta[i].json));
		text_item(text, i == 0 ? "meta" : "", line);
	}
}

static void queues(const struct inventory_source *source, const struct text *text)
{
	const struct trace_header *header = source->header;
	for (size_t i = 0; i < header->queue_count; i++) {
		const struct trace_queue *row = &header->queues[i];
		char line[LINE_BYTES], name[TEXT_NAME_MAX] = "", owner[UNITS_MAX] = "", capacity[UNITS_MAX] = "";
		if (i == LONG_TABLE) {
			snprintf(line, sizeof(line), "... and %zu more", header->queue_count - i);
			text_item(text, "", line);
			return;
		}
		if (row->name)
			text_clean(name, sizeof(name), row->name);
		if (row->has_owner)
			snprintf(owner, sizeof(owner), ", owner %" PRIu32, row->owner);
		if (row->has_capacity)
			snprintf(capacity, sizeof(capacity), ", capacity %" PRIu64, row->capacity);
		snprintf(line, sizeof(line), "%" PRIu32 "%s%s: %s%s%s%s%s", row->queue, name[0] ? " " : "", name,
		         trace_discipline_name(row->has_discipline ? row->discipline : header->discipline), owner,
		         row->unstealable ? ", not stealable" : "", row->deferred ? ", deferred" : "", capacity);
		text_item(text, i == 0 ? "queues" : "", line);
	}
}

static void time_range(const struct inventory *inventory, const struct inventory_source *source,
                       const struct text *text)
{
	char line[LINE_BYTES], number[UNITS_MAX];
	uint64_t wall;
	if (!inventory->has_time)
		return;
	snprintf(line, sizeof(line), "%s, stamps %" PRIu64 " to %" PRIu64,
	         units_duration(number, trace_header_ns(source->header, inventory->last_ts - inventory->first_ts)),
	         inventory->first_ts, inventory->last_ts);
	text_item(text, "time", line);
	if (inventory_wall_ns(source->header, inventory->first_ts, &wall))
		text_item(text, "started", units_wall(number, wall));
}

static void kinds(const struct inventory *inventory, const struct inventory_source *source, const struct text *text)
{
	const struct trace_summary *summary = source->summary;
	char line[LINE_BYTES], number[UNITS_MAX];
	if (summary->events > 0 && summary->file_bytes > 0)
		snprintf(line, sizeof(line), "%s, %.2f bytes each", units_count(number, summary->events),
		         (double)summary->file_bytes / (double)summary->events);
	else
		snprintf(line, sizeof(line), "%s", units_count(number, summary->events));
	text_item(text, "events", line);
	for (unsigned kind = 1; kind < WSC_EV_END; kind++) {
		if (inventory->kinds[kind] == 0)
			continue;
		snprintf(line, sizeof(line), "%-14s %15s", trace_event_name(kind),
		         units_count(number, inventory->kinds[kind]));
		fprintf(text->out, "%*s%s", TEXT_LABEL_COLUMNS, "", line);
		if (kind == WSC_EV_STEAL_FAILURE && inventory->attempts_failed != inventory->kinds[kind])
			fprintf(text->out, "  (%s attempts)", units_count(number, inventory->attempts_failed));
		fputc('\n', text->out);
	}
	for (size_t i = 0; i < summary->skipped_count; i++) {
		char name[TEXT_NAME_MAX];
		fprintf(text->out, "%*s%-14s %15s  (unknown here, skipped)\n", TEXT_LABEL_COLUMNS, "",
		        text_clean(name, sizeof(name), summary->skipped[i].name),
		        units_count(number, summary->skipped[i].count));
	}
}

static void workers(const struct inventory *inventory, const struct inventory_source *source, const struct text *text)
{
	char line[LINE_BYTES];
	snprintf(line, sizeof(line), "%zu", inventory->worker_count);
	text_item(text, "workers", line);
	for (size_t i = 0; i < inventory->worker_count; i++) {
		const struct inventory_worker *row = &inventory->workers[i];
		const struct trace_worker *declared = trace_header_worker(source->header, row->worker);
		char number[UNITS_MAX], name[TEXT_NAME_MAX];
		if (i == LONG_TABLE) {
			fprintf(text->out, "%*s... %zu more\n", TEXT_LABEL_COLUMNS, "", inventory->worker_count - i);
			return;
		}
		fprintf(text->out, "%*s%-14" PRIu32 " %15s event%s", TEXT_LABEL_COLUMNS, "", row->worker,
		        units_count(number, row->events), units_plural(row->events));
		if (row->dropped > 0)
			fprintf(text->out, ", %s dropped", units_count(number, row->dropped));
		if (declared && declared->name)
			fprintf(text->out, "  %s", text_clean(name, sizeof(name), declared->name));
		fputc('\n', text->out);
	}
}

void inventory_text(const struct inventory *inventory, const struct inventory_source *source, const struct text *text)
{
	form(source, text);
	completeness(source, text);
	rules(source, text);
	origin(source, text);
	queues(source, text);
	time_range(inventory, source, text);
	kinds(inventory, source, text);
	workers(inventory, source, text);
}
