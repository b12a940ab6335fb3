/* SPDX-License-Identifier: MIT */
#include "inventory.h"

#include <string.h>

#include "json_memory.h"
#include "json_value.h"
#include "units.h"

enum { TRACE_ID_BYTES = 16 };

static void add_string_or_null(struct json_document *document, json_object *to, const char *key, const char *value)
{
	if (value)
		json_add_string(document, to, key, value);
	else
		json_add_null(document, to, key);
}

static void add_trace_id(struct json_document *document, json_object *to, const struct inventory_source *source)
{
	char hex[2 * TRACE_ID_BYTES + 1];
	for (size_t i = 0; i < TRACE_ID_BYTES; i++)
		snprintf(hex + 2 * i, 3, "%02x", source->header->trace_id[i]);
	add_string_or_null(document, to, "trace_id", source->summary->is_jsonl ? NULL : hex);
}

static void add_meta(struct json_document *document, json_object *to, const struct trace_header *header)
{
	json_object *meta = json_add_object(document, to, "meta");
	json_tokener *tokener = json_tokener_new();
	if (!tokener) {
		document->failed = true;
		return;
	}
	for (size_t i = 0; i < header->meta_count; i++) {
		json_tokener_reset(tokener);
		const bool has_memory = json_has_memory(strlen(header->meta[i].json), 0);
		json_object *value = has_memory ? json_tokener_parse_ex(tokener, header->meta[i].json, -1) : NULL;
		if (!has_memory)
			document->failed = true;
		else if (value)
			json_add(document, meta, header->meta[i].key, value);
		else /* JSON null, or text that is none: shown as it is written */
			json_add_string(document, meta, header->meta[i].key, header->meta[i].json);
	}
	json_tokener_free(tokener);
}

static void add_queues(struct json_document *document, json_object *to, const struct trace_header *header)
{
	json_object *queues = json_add_array(document, to, "queues");
	for (size_t i = 0; i < header->queue_count; i++) {
		const struct trace_queue *row = &header->queues[i];
		json_object *queue = json_add_object(document, queues, NULL);
		enum wsc_discipline discipline = row->has_discipline ? row->discipline : header->discipline;
		json_add_u64(document, queue, "queue", row->queue);
		add_string_or_null(document, queue, "name", row->name);
		json_add_string(document, queue, "discipline", trace_discipline_name(discipline));
		if (row->discipline_word)
			json_add_string(document, queue, "discipline_written", row->discipline_word);
		if (row->has_owner)
			json_add_u64(document, queue, "owner", row->owner);
		json_add_bool(document, queue, "stealable", !row->unstealable);
		json_add_string(document, queue, "visibility", row->deferred ? "deferred" : "immediate");
		if (row->has_capacity)
			json_add_u64(document, queue, "capacity", row->capacity);
	}
}

static void add_header(struct json_document *document, const struct inventory_source *source)
{
	const struct trace_header *header = source->header;
	json_object *to = json_add_object(document, document->root, "header");
	json_add_u64(document, to, "version", header->version);
	add_trace_id(document, to, source);
	json_add_string(document, to, "clock", header->clock == WSC_CLOCK_TICKS ? "ticks" : "ns");
	if (header->clock == WSC_CLOCK_TICKS)
		json_add_u64(document, to, "ticks_per_second", header->ticks_per_second);
	json_add_string(document, to, "identity", trace_identity_name(header->identity));
	json_add_string(document, to, "discipline", trace_discipline_name(header->discipline));
	if (header->discipline_word)
		json_add_string(document, to, "discipline_written", header->discipline_word);
	json_add_string(document, to, "scope", header->scope == WSC_SCOPE_DEQUE ? "deque" : "scheduler");
	json_add_bool(document, to, "complete", header->complete);
	json_add_u64(document, to, "uncertainty_ns", header->uncertainty_ns);
	json_add_u64(document, to, "publish_ns", header->publish_ns);
	json_add_u64(document, to, "sampling", header->sampling);
	json_object *absent = json_add_array(document, to, "absent");
	for (unsigned kind = 0; kind < WSC_EV_END; kind++) {
		if (header->absent >> kind & 1U)
			json_add_string(document, absent, NULL, trace_event_name(kind));
	}
	if (header->has_process_id)
		json_add_u64(document, to, "process_id", header->process_id);
	add_string_or_null(document, to, "host", header->host);
	add_queues(document, to, header);
	add_meta(document, to, header);
}

static void add_sizes(struct json_document *document, const struct trace_summary *summary)
{
	json_object *root = document->root;
	json_add_string(document, root, "form", summary->is_jsonl ? "jsonl" : "trace");
	json_add_string(document, root, "end", trace_end_name(summary->end));
	json_add_u64(document, root, "events", summary->events);
	json_add_u64(document, root, "dropped", summary->dropped);
	json_add_u64(document, root, "dropped_over_limit", summary->over_limit);
	json_add_u64(document, root, "damaged_blocks", summary->damaged_blocks);
	json_add_u64(document, root, "file_bytes", summary->file_bytes);
	json_add_u64(document, root, "blocks", summary->blocks);
	json_add_real(document, root, "bytes_per_event",
	              summary->events ? (double)summary->file_bytes / (double)summary->events : 0);
	json_object *skipped = json_add_object(document, root, "skipped_events");
	for (size_t i = 0; i < summary->skipped_count; i++)
		json_add_u64(document, skipped, summary->skipped[i].name, summary->skipped[i].count);
}

static void add_time(struct json_document *document, const struct inventory *inventory,
                     const struct trace_header *header)
{
	json_object *root = document->root;
	char buffer[UNITS_MAX];
	uint64_t wall;
	bool anchored = inventory->has_time && inventory_wall_ns(header, inventory->first_ts, &wall);
	if (inventory->has_time) {
		json_add_u64(document, root, "first_ts", inventory->first_ts);
		json_add_u64(document, root, "last_ts", inventory->last_ts);
		json_add_u64(document, root, "duration_ns",
		             trace_header_ns(header, inventory->last_ts - inventory->first_ts));
	}
	add_string_or_null(document, root, "started", anchored ? units_wall(buffer, wall) : NULL);
}

static void add_counts(struct json_document *document, const struct inventory *inventory,
                       const struct trace_header *header)
{
	json_object *kinds = json_add_object(document, document->root, "kinds");
	for (unsigned kind = 1; kind < WSC_EV_END; kind++) {
		if (inventory->kinds[kind] > 0)
			json_add_u64(document, kinds, trace_event_name(kind), inventory->kinds[kind]);
	}
	json_add_u64(document, document->root, "failed_attempts", inventory->attempts_failed);
	json_object *workers = json_add_array(document, document->root, "workers");
	for (size_t i = 0; i < inventory->worker_count; i++) {
		const struct inventory_worker *row = &inventory->workers[i];
		const struct trace_worker *declared = trace_header_worker(header, row->worker);
		json_object *worker = json_add_object(document, workers, NULL);
		json_add_u64(document, worker, "worker", row->worker);
		add_string_or_null(document, worker, "name", declared ? declared->name : NULL);
		json_add_u64(document, worker, "events", row->events);
		json_add_u64(document, worker, "dropped", row->dropped);
		if (row->first_ts <= row->last_ts) {
			json_add_u64(document, worker, "first_ts", row->first_ts);
			json_add_u64(document, worker, "last_ts", row->last_ts);
		}
	}
}

enum wsc_status inventory_json(const struct inventory *inventory, const struct inventory_source *source, FILE *out)
{
	struct json_document document;
	json_document_init(&document);
	json_add_string(&document, document.root, "schema", "wscheck-info/1");
	add_sizes(&document, source->summary);
	add_time(&document, inventory, source->header);
	add_header(&document, source);
	add_counts(&document, inventory, source->header);
	return json_document_write(&document, out);
}
