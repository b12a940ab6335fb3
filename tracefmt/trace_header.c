/* SPDX-License-Identifier: MIT */
#include "trace_header.h"

#include <stdlib.h>
#include <string.h>

#include "trace_limits.h"

enum { NS_PER_SECOND = 1000000000, ROWS_FIRST = 8 };

void trace_header_init(struct trace_header *header)
{
	*header = (struct trace_header){.version = TRACE_VERSION,
	                                .clock = WSC_CLOCK_NS,
	                                .identity = WSC_IDENTITY_UNIQUE,
	                                .discipline = WSC_DISCIPLINE_LIFO,
	                                .scope = WSC_SCOPE_SCHEDULER,
	                                .complete = true,
	                                .first_frame = 1,
	                                .sampling = 1};
}

void trace_header_free(struct trace_header *header)
{
	for (size_t i = 0; i < header->queue_count; i++) {
		free(header->queues[i].discipline_word);
		free(header->queues[i].name);
	}
	for (size_t i = 0; i < header->worker_count; i++)
		free(header->workers[i].name);
	for (size_t i = 0; i < header->label_count; i++)
		free(header->labels[i].text);
	for (size_t i = 0; i < header->meta_count; i++) {
		free(header->meta[i].key);
		free(header->meta[i].json);
	}
	for (size_t i = 0; i < header->extension_count; i++)
		free(header->extensions[i].name);
	free(header->queues);
	free(header->workers);
	free(header->anchors);
	free(header->labels);
	free(header->meta);
	free(header->extensions);
	free(header->discipline_word);
	free(header->host);
	id_map_free(&header->queue_index);
	id_map_free(&header->worker_index);
	id_map_free(&header->label_index);
	trace_header_init(header);
}

/* Room for one more row: arrays hold a power of two of rows, so that their count tells when they are full. */
static enum wsc_status make_room(void **rows, size_t count, size_t row_bytes)
{
	void *bigger;

	if (count >= TRACE_TABLE_ROWS_MAX)
		return WSC_LIMIT;
	if (count != 0 && (count < ROWS_FIRST || (count & (count - 1)) != 0))
		return WSC_OK;
	bigger = realloc(*rows, (count == 0 ? ROWS_FIRST : count * 2) * row_bytes);
	if (bigger == NULL)
		return WSC_NOMEM;
	*rows = bigger;
	return WSC_OK;
}

/* The row of `id`, or that of a new one, whose memory is yet to be filled (*added). */
static void *find_or_add(struct id_map *index, void **rows, size_t *count, size_t row_bytes, uint32_t id, bool *added)
{
	uint32_t number = id_map_find(index, id);

	*added = number == ID_MAP_NONE;
	if (!*added)
		return (char *)*rows + (number - 1) * row_bytes;
	if (make_room(rows, *count, row_bytes) != WSC_OK || !id_map_add(index, id, (uint32_t)*count + 1))
		return NULL;
	return (char *)*rows + (*count)++ * row_bytes;
}

struct trace_queue *trace_header_add_queue(struct trace_header *header, uint32_t queue)
{
	void *rows = header->queues;
	bool added;
	struct trace_queue *row =
	    find_or_add(&header->queue_index, &rows, &header->queue_count, sizeof *row, queue, &added);

	header->queues = rows;
	if (row != NULL && added)
		*row = (struct trace_queue){.queue = queue};
	return row;
}

struct trace_worker *trace_header_add_worker(struct trace_header *header, uint32_t worker)
{
	void *rows = header->workers;
	bool added;
	struct trace_worker *row =
	    find_or_add(&header->worker_index, &rows, &header->worker_count, sizeof *row, worker, &added);

	header->workers = rows;
	if (row != NULL && added)
		*row = (struct trace_worker){.worker = worker};
	return row;
}

struct trace_label *trace_header_add_label(struct trace_header *header, uint32_t label)
{
	void *rows = header->labels;
	bool added;
	struct trace_label *row =
	    find_or_add(&header->label_index, &rows, &header->label_count, sizeof *row, label, &added);

	header->labels = rows;
	if (row != NULL && added)
		*row = (struct trace_label){.label = label};
	return row;
}

enum wsc_status trace_header_add_anchor(struct trace_header *header, uint64_t ts, uint64_t wall_ns)
{
	void *rows = header->anchors;
	enum wsc_status status = make_room(&rows, header->anchor_count, sizeof *header->anchors);

	header->anchors = rows;
	if (status == WSC_OK)
		header->anchors[header->anchor_count++] = (struct trace_anchor){.ts = ts, .wall_ns = wall_ns};
	return status;
}

enum wsc_status trace_header_set_string(char **string, const char *text)
{
	char *copy = NULL;

	if (text != NULL) {
		if (strlen(text) > TRACE_STRING_BYTES_MAX)
			return WSC_LIMIT;
		copy = strdup(text);
		if (copy == NULL)
			return WSC_NOMEM;
	}
	free(*string);
	*string = copy;
	return WSC_OK;
}

enum wsc_status trace_header_add_meta(struct trace_header *header, const char *key, const char *json)
{
	struct trace_meta row = {0};
	void *rows = header->meta;
	enum wsc_status status;

	/* Linear: there are at most TRACE_META_ROWS_MAX. */
	for (size_t i = 0; i < header->meta_count; i++) {
		if (strcmp(header->meta[i].key, key) == 0)
			return trace_header_set_string(&header->meta[i].json, json);
	}
	status = trace_header_set_string(&row.key, key);
	if (status == WSC_OK)
		status = trace_header_set_string(&row.json, json);
	if (status == WSC_OK && header->meta_count >= TRACE_META_ROWS_MAX)
		status = WSC_LIMIT;
	if (status == WSC_OK)
		status = make_room(&rows, header->meta_count, sizeof *header->meta);
	header->meta = rows;
	if (status != WSC_OK) {
		free(row.key);
		free(row.json);
		return status;
	}
	header->meta[header->meta_count++] = row;
	return WSC_OK;
}

enum wsc_status trace_header_add_extension(struct trace_header *header, uint8_t kind, const char *name,
                                           uint8_t operands, bool critical)
{
	struct trace_extension *row = NULL;
	void *rows = header->extensions;
	enum wsc_status status;
	char *copy = NULL;

	if (kind < TRACE_EXTENSION_KIND_MIN || operands == UINT8_MAX)
		return WSC_INVALID;
	for (size_t i = 0; i < header->extension_count; i++) {
		if (header->extensions[i].kind == kind)
			row = &header->extensions[i];
	}
	status = trace_header_set_string(&copy, name);
	if (status == WSC_OK && row == NULL) {
		status = make_room(&rows, header->extension_count, sizeof *header->extensions);
		header->extensions = rows;
		if (status == WSC_OK)
			row = &header->extensions[header->extension_count++];
		else
			free(copy);
	} else if (row != NULL && status == WSC_OK) {
		free(row->name);
	}
	if (status == WSC_OK)
		*row = (struct trace_extension){.kind = kind, .operands = operands, .critical = critical, .name = copy};
	return status;
}

const struct trace_queue *trace_header_queue(const struct trace_header *header, uint32_t queue)
{
	uint32_t number = id_map_find(&header->queue_index, queue);

	return number == ID_MAP_NONE ? NULL : &header->queues[number - 1];
}

const struct trace_worker *trace_header_worker(const struct trace_header *header, uint32_t worker)
{
	uint32_t number = id_map_find(&header->worker_index, worker);

	return number == ID_MAP_NONE ? NULL : &header->workers[number - 1];
}

const char *trace_header_label(const struct trace_header *header, uint32_t label)
{
	uint32_t number = id_map_find(&header->label_index, label);

	return number == ID_MAP_NONE ? NULL : header->labels[number - 1].text;
}

static enum wsc_status merge_queue(struct trace_header *header, const struct trace_queue *later)
{
	struct trace_queue *row = trace_header_add_queue(header, later->queue);
	enum wsc_status status = row == NULL ? WSC_NOMEM : WSC_OK;

	if (status == WSC_OK && later->name != NULL)
		status = trace_header_set_string(&row->name, later->name);
	if (status == WSC_OK && later->has_discipline)
		status = trace_header_set_string(&row->discipline_word, later->discipline_word);
	if (status != WSC_OK)
		return status;
	if (later->has_owner) {
		row->has_owner = true;
		row->owner = later->owner;
	}
	if (later->has_discipline) {
		row->has_discipline = true;
		row->discipline = later->discipline;
	}
	if (later->has_capacity) {
		row->has_capacity = true;
		row->capacity = later->capacity;
	}
	row->unstealable |= later->unstealable;
	row->deferred |= later->deferred;
	return WSC_OK;
}

static enum wsc_status merge_worker(struct trace_header *header, const struct trace_worker *later)
{
	struct trace_worker *row = trace_header_add_worker(header, later->worker);

	if (row == NULL)
		return WSC_NOMEM;
	if (later->has_thread_id) {
		row->has_thread_id = true;
		row->thread_id = later->thread_id;
	}
	if (later->has_window_start) {
		row->has_window_start = true;
		row->window_start = later->window_start;
	}
	if (later->has_attached) {
		row->has_attached = true;
		row->attached = later->attached;
	}
	if (later->has_detached) {
		row->has_detached = true;
		row->detached = later->detached;
	}
	return later->name == NULL ? WSC_OK : trace_header_set_string(&row->name, later->name);
}

uint64_t trace_header_all_seen(const struct trace_header *header)
{
	uint64_t latest = 0;

	for (size_t i = 0; i < header->worker_count && !header->complete; i++) {
		const struct trace_worker *row = &header->workers[i];

		if (row->has_attached && row->attached > latest)
			latest = row->attached;
		if (row->has_window_start && row->window_start > latest)
			latest = row->window_start;
	}
	return latest;
}

static enum wsc_status merge_label(struct trace_header *header, const struct trace_label *later)
{
	struct trace_label *row = trace_header_add_label(header, later->label);

	return row == NULL ? WSC_NOMEM : trace_header_set_string(&row->text, later->text);
}

enum wsc_status trace_header_merge(struct trace_header *header, const struct trace_header *later)
{
	enum wsc_status status = WSC_OK;

	for (size_t i = 0; i < later->queue_count && status == WSC_OK; i++)
		status = merge_queue(header, &later->queues[i]);
	for (size_t i = 0; i < later->worker_count && status == WSC_OK; i++)
		status = merge_worker(header, &later->workers[i]);
	for (size_t i = 0; i < later->label_count && status == WSC_OK; i++)
		status = merge_label(header, &later->labels[i]);
	/* A very long trace has more anchors than anybody needs: what does not fit is left out. */
	for (size_t i = 0; i < later->anchor_count && status == WSC_OK && header->anchor_count < TRACE_TABLE_ROWS_MAX;
	     i++)
		status = trace_header_add_anchor(header, later->anchors[i].ts, later->anchors[i].wall_ns);
	for (size_t i = 0; i < later->meta_count && status == WSC_OK; i++)
		status = trace_header_add_meta(header, later->meta[i].key, later->meta[i].json);
	for (size_t i = 0; i < later->extension_count && status == WSC_OK; i++) {
		const struct trace_extension *row = &later->extensions[i];

		status = trace_header_add_extension(header, row->kind, row->name, row->operands, row->critical);
	}
	return status;
}

#define WORDS(a) (sizeof(a) / sizeof((a)[0]))

static int find_word(const char *const *words, size_t count, const char *word)
{
	for (size_t i = 0; i < count; i++) {
		if (words[i] != NULL && strcmp(words[i], word) == 0)
			return (int)i;
	}
	return -1;
}

static const char *const event_names[WSC_EV_END] = {
#define EVENT_NAME(code, NAME, name, help) [code] = name,
    WSC_EVENT_KINDS(EVENT_NAME)
#undef EVENT_NAME
};
static const char *const identity_names[] = {
    [WSC_IDENTITY_UNIQUE] = "unique", [WSC_IDENTITY_POLLED] = "polled", [WSC_IDENTITY_RECYCLED] = "recycled"};
static const char *const discipline_names[] = {
    [WSC_DISCIPLINE_LIFO] = "lifo", [WSC_DISCIPLINE_FIFO] = "fifo", [WSC_DISCIPLINE_NONE] = "none"};
static const char *const reason_names[] = {[WSC_REASON_NONE] = "none",
                                           [WSC_REASON_EMPTY] = "empty",
                                           [WSC_REASON_LOST_RACE] = "lost_race",
                                           [WSC_REASON_BUSY] = "busy"};
static const char *const end_names[] = {
    [WSC_END_CUT] = "cut", [WSC_END_CLEAN] = "clean", [WSC_END_STALLED] = "stalled"};

const char *trace_event_name(unsigned kind)
{
	return kind < WORDS(event_names) && event_names[kind] != NULL ? event_names[kind] : "unknown";
}

int trace_event_kind(const char *name)
{
	return find_word(event_names, WORDS(event_names), name);
}

const char *trace_identity_name(enum wsc_identity identity)
{
	return (size_t)identity < WORDS(identity_names) ? identity_names[identity] : "unknown";
}

const char *trace_discipline_name(enum wsc_discipline discipline)
{
	return (size_t)discipline < WORDS(discipline_names) ? discipline_names[discipline] : "unknown";
}

int trace_discipline(const char *name)
{
	return find_word(discipline_names, WORDS(discipline_names), name);
}

const char *trace_reason_name(enum wsc_reason reason)
{
	return (size_t)reason < WORDS(reason_names) ? reason_names[reason] : "unknown";
}

const char *trace_end_name(enum wsc_end end)
{
	return (size_t)end < WORDS(end_names) ? end_names[end] : "unknown";
}

uint64_t trace_header_ns(const struct trace_header *header, uint64_t stamp)
{
	__extension__ unsigned __int128 ns = stamp;

	if (header->clock == WSC_CLOCK_NS || header->ticks_per_second == 0)
		return stamp;
	ns = ns * NS_PER_SECOND / header->ticks_per_second;
	return ns > UINT64_MAX ? UINT64_MAX : (uint64_t)ns;
}

uint64_t trace_header_stamps(const struct trace_header *header, uint64_t ns)
{
	__extension__ unsigned __int128 stamps = ns;

	if (header->clock == WSC_CLOCK_NS || header->ticks_per_second == 0)
		return ns;
	stamps = (stamps * header->ticks_per_second + NS_PER_SECOND - 1) / NS_PER_SECOND;
	return stamps > UINT64_MAX ? UINT64_MAX : (uint64_t)stamps;
}
