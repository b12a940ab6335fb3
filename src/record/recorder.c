/* SPDX-License-Identifier: MIT */
/* The calls of record.h that are not hot. */
#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "notice.h"
#include "recorder.h"
#include "ring.h"
#include "text.h"
#include "trace_limits.h"

#define LABEL_INDEX_MIN 64u
/* Of uncertainty_ns and publish_ns: a minute. */
#define BOUND_NS_MAX UINT64_C(60000000000)
/* Much less than a string may have, so that many workers fit one declaration. */
#define WORKER_NAME_BYTES_MAX 256u

/* --- the registry: every recorder there ever was, for fork and so that none is ever a dangling pointer --- */

static pthread_mutex_t registry_mutex = PTHREAD_MUTEX_INITIALIZER;
static struct wsc_recorder *registry;
static pthread_once_t registry_once = PTHREAD_ONCE_INIT;

static void before_fork(void)
{
	pthread_mutex_lock(&registry_mutex);
	for (struct wsc_recorder *r = registry; r != NULL; r = r->next)
		pthread_mutex_lock(&r->mutex);
}

static void after_fork_in_parent(void)
{
	for (struct wsc_recorder *r = registry; r != NULL; r = r->next)
		pthread_mutex_unlock(&r->mutex);
	pthread_mutex_unlock(&registry_mutex);
}

/* The child has no drain thread, and the file is its parent's (A10). Memory is left as it is. */
static void after_fork_in_child(void)
{
	for (struct wsc_recorder *r = registry; r != NULL; r = r->next) {
		if (r->state != RECORDER_CLOSED)
			record_file_forget(&r->file);
		r->state = RECORDER_FORKED;
		for (struct stream *s = r->streams; s != NULL; s = s->next)
			ring_switch(s->ring, false);
		pthread_mutex_unlock(&r->mutex);
	}
	pthread_mutex_unlock(&registry_mutex);
}

static void register_fork_handlers(void)
{
	pthread_atfork(before_fork, after_fork_in_parent, after_fork_in_child);
}

static void registry_add(struct wsc_recorder *recorder)
{
	pthread_once(&registry_once, register_fork_handlers);
	pthread_mutex_lock(&registry_mutex);
	recorder->next = registry;
	registry = recorder;
	pthread_mutex_unlock(&registry_mutex);
}

/* --- open --- */

static const char *option_error(const struct wsc_options *options)
{
	if (options->abi != WSC_RECORD_ABI || options->size != sizeof(*options))
		return "the program was compiled with another version of wscheck/record.h than this library";
	if (*options->path == '\0')
		return "the path is empty";
	if (options->ring_events > WSC_RING_EVENTS_MAX)
		return "ring_events is too large";
	if (options->epoch_ms > WSC_EPOCH_MS_MAX)
		return "epoch_ms is too large";
	if (options->level < 0 || options->level > TRACE_LEVEL_MAX)
		return "the compression level is not in 0..15";
	if ((unsigned)options->identity > WSC_IDENTITY_RECYCLED ||
	    (unsigned)options->discipline > WSC_DISCIPLINE_NONE || (unsigned)options->scope > WSC_SCOPE_DEQUE)
		return "identity, discipline or scope is none of the known values";
	if (options->queue_count > TRACE_TABLE_ROWS_MAX || options->meta_count > TRACE_META_ROWS_MAX)
		return "too many queues or meta entries";
	if (options->uncertainty_ns > BOUND_NS_MAX || options->publish_ns > BOUND_NS_MAX)
		return "uncertainty_ns or publish_ns is too large";
	for (size_t i = 0; i < options->queue_count; i++) {
		if ((unsigned)options->queues[i].discipline > WSC_DISCIPLINE_NONE)
			return "a queue's discipline is none of the known values";
	}
	return NULL;
}

static bool fill_queues(struct trace_header *header, const struct wsc_options *options)
{
	for (size_t i = 0; i < options->queue_count; i++) {
		const struct wsc_queue_info *info = &options->queues[i];
		struct trace_queue *row = trace_header_add_queue(header, info->queue);
		if (row == NULL)
			return false;
		row->has_owner = info->has_owner != 0;
		row->owner = info->owner;
		row->has_discipline = info->has_discipline != 0;
		row->discipline = info->discipline;
		row->unstealable = info->unstealable != 0;
		row->deferred = info->deferred != 0;
		row->has_capacity = info->capacity != 0;
		row->capacity = info->capacity;
		free(row->name);
		row->name = info->name != NULL ? text_clean(info->name, TRACE_STRING_BYTES_MAX) : NULL;
		if (info->name != NULL && row->name == NULL)
			return false;
	}
	return true;
}

static bool fill_meta(struct trace_header *header, const struct wsc_options *options)
{
	for (size_t i = 0; i < options->meta_count; i++) {
		const struct wsc_meta *meta = &options->meta[i];
		if (meta->key == NULL || meta->value == NULL)
			continue;
		char *key = text_clean(meta->key, TRACE_STRING_BYTES_MAX);
		char *json = text_json(meta->value, TRACE_STRING_BYTES_MAX);
		const bool done = key != NULL && json != NULL && trace_header_add_meta(header, key, json) == WSC_OK;
		free(key);
		free(json);
		if (!done)
			return false;
	}
	return true;
}

/* All that is known before the clock has been measured. */
static bool fill_header(struct trace_header *header, const struct wsc_options *options)
{
	char host[256] = "";
	trace_header_init(header);
	header->clock = clock_unit();
	header->identity = options->identity;
	header->discipline = options->discipline;
	header->scope = options->scope;
	header->complete = options->window == 0;
	header->uncertainty_ns = options->uncertainty_ns;
	header->publish_ns = options->publish_ns != 0 ? options->publish_ns : WSC_PUBLISH_NS_DEFAULT;
	header->absent = options->absent;
	header->has_process_id = true;
	header->process_id = (uint64_t)getpid();
	if (gethostname(host, sizeof(host) - 1) == 0 && host[0] != '\0')
		header->host = text_clean(host, TRACE_STRING_BYTES_MAX);
	return fill_queues(header, options) && fill_meta(header, options);
}

static size_t slots_for(size_t wanted)
{
	size_t slots = WSC_RING_EVENTS_MIN;
	if (wanted == 0)
		wanted = WSC_RING_EVENTS_DEFAULT;
	while (slots < wanted)
		slots *= 2;
	return slots;
}

/* The thread inherits a mask that blocks every signal: the host's handlers never run on it, and SIGXFSZ is an EFBIG. */
static int start_drain(struct wsc_recorder *recorder)
{
	sigset_t all, old;
	sigfillset(&all);
	int error = pthread_sigmask(SIG_SETMASK, &all, &old);
	if (error != 0)
		return error;
	error = pthread_create(&recorder->drain, NULL, drain_main, recorder);
	pthread_sigmask(SIG_SETMASK, &old, NULL);
	return error;
}

static bool init_locks(struct wsc_recorder *recorder)
{
	pthread_condattr_t attributes;
	if (pthread_condattr_init(&attributes) != 0)
		return false;
	bool done = pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC) == 0 &&
	            pthread_cond_init(&recorder->changed, &attributes) == 0;
	pthread_condattr_destroy(&attributes);
	return done && pthread_mutex_init(&recorder->mutex, NULL) == 0;
}

static struct wsc_recorder *recorder_create(const struct wsc_options *options)
{
	struct wsc_recorder *recorder = calloc(1, sizeof(*recorder));
	if (recorder == NULL)
		return NULL;
	trace_header_init(&recorder->later);
	if (!init_locks(recorder) || !fill_header(&recorder->header, options)) {
		trace_header_free(&recorder->header);
		free(recorder);
		return NULL;
	}
	recorder->ring_slots = slots_for(options->ring_events);
	recorder->epoch_ms = options->epoch_ms != 0 ? options->epoch_ms : WSC_EPOCH_MS_DEFAULT;
	recorder->level = options->level;
	recorder->opened = wsc_stamp();
	recorder->rate_begin = clock_pair_raw();
	return recorder;
}

wsc_recorder *wsc_open(const struct wsc_options *options)
{
	if (options == NULL || options->path == NULL)
		return NULL;
	const char *wrong = option_error(options);
	struct wsc_recorder *recorder = wrong == NULL ? recorder_create(options) : NULL;
	if (recorder == NULL) {
		notice("%s; nothing is recorded", wrong != NULL ? wrong : "out of memory");
		return NULL;
	}
	if (!record_file_open(&recorder->file, options->path)) {
		trace_header_free(&recorder->header);
		free(recorder);
		return NULL;
	}
	const int error = start_drain(recorder);
	if (error != 0) {
		notice("can't start a thread: %s; nothing is recorded", strerror(error));
		record_file_abandon(&recorder->file);
		free(recorder->file.path);
		trace_header_free(&recorder->header);
		free(recorder);
		return NULL;
	}
	registry_add(recorder);
	return recorder;
}

/* --- workers --- */

struct stream *stream_create(struct wsc_recorder *recorder, uint32_t worker_id, const char *name)
{
	struct stream *stream = calloc(1, sizeof(*stream));
	if (stream == NULL)
		return NULL;
	stream->recorder = recorder;
	stream->worker = worker_id;
	stream->thread_id = (uint64_t)syscall(SYS_gettid);
	stream->first = stream->filling = malloc(sizeof(struct batch));
	stream->ring = ring_create(worker_id, recorder->ring_slots);
	if (name != NULL)
		stream->name = text_clean(name, WORKER_NAME_BYTES_MAX);
	if (stream->ring == NULL || stream->first == NULL || (name != NULL && stream->name == NULL)) {
		stream_free(stream);
		return NULL;
	}
	stream->first->next = NULL;
	stream->first->count = 0;
	stream->ring->consumer = stream;
	return stream;
}

void stream_free(struct stream *stream)
{
	while (stream->first != NULL) {
		struct batch *batch = stream->first;
		stream->first = batch->next;
		free(batch);
	}
	if (stream->ring != NULL)
		ring_free(stream->ring);
	free(stream->name);
	free(stream);
}

/* Puts a stream at the end of the list, if its id is free. */
static bool add_stream(struct wsc_recorder *recorder, struct stream *stream)
{
	struct stream **link = &recorder->streams;
	for (; *link != NULL; link = &(*link)->next) {
		if ((*link)->worker == stream->worker && !(*link)->is_detached)
			return false;
	}
	*link = stream;
	return true;
}

wsc_worker *wsc_attach(wsc_recorder *recorder, uint32_t worker_id, const char *name)
{
	if (recorder == NULL)
		return NULL;
	struct stream *stream = worker_id != WSC_WORKER_UNATTACHED ? stream_create(recorder, worker_id, name) : NULL;
	const char *wrong = NULL;
	pthread_mutex_lock(&recorder->mutex);
	const bool is_open = recorder->state == RECORDER_OPEN;
	if (is_open && stream != NULL) {
		stream->attached = wsc_stamp_fenced();
		if (!add_stream(recorder, stream))
			wrong = "the id is in use";
	} else if (is_open) {
		wrong = worker_id == WSC_WORKER_UNATTACHED ? "the id is reserved" : "out of memory";
	}
	const bool is_first = wrong != NULL && !recorder->is_unattached;
	if (is_first) {
		recorder->is_unattached = true;
		recorder->unattached = wsc_stamp();
	}
	pthread_mutex_unlock(&recorder->mutex);
	if (is_open && wrong == NULL)
		return stream->ring;
	if (stream != NULL)
		stream_free(stream);
	if (is_first)
		notice("worker %u is not recorded: %s", worker_id, wrong);
	return NULL;
}

static void unlink_stream(struct wsc_recorder *recorder, const struct stream *stream)
{
	struct stream **link = &recorder->streams;
	while (*link != NULL && *link != stream)
		link = &(*link)->next;
	if (*link != NULL)
		*link = stream->next;
}

void wsc_detach(wsc_worker *worker)
{
	if (worker == NULL)
		return;
	struct stream *stream = worker->consumer;
	struct wsc_recorder *recorder = stream->recorder;
	ring_switch(worker, false);
	pthread_mutex_lock(&recorder->mutex);
	const bool is_gone = recorder->state == RECORDER_CLOSED;
	if (is_gone) {
		recorder->dropped += ring_dropped(worker);
		unlink_stream(recorder, stream);
	} else {
		stream->detached = wsc_stamp();
		stream->is_detached = true; /* from here on it is the drain thread's to free */
	}
	pthread_mutex_unlock(&recorder->mutex);
	if (is_gone)
		stream_free(stream);
}

/* --- close --- */

/* After the drain thread's end: what only it used, and the rings whose workers are gone. */
static void free_drained(struct wsc_recorder *recorder)
{
	struct stream **link = &recorder->streams;
	while (*link != NULL) {
		struct stream *stream = *link;
		if (!stream->is_detached) {
			link = &stream->next;
			continue;
		}
		recorder->dropped += ring_dropped(stream->ring);
		*link = stream->next;
		stream_free(stream);
	}
	for (uint32_t i = 0; i < recorder->labels.count; i++)
		free(recorder->labels.texts[i]);
	free(recorder->labels.texts);
	free(recorder->labels.index);
	recorder->labels = (struct recorder_labels){0};
	trace_header_free(&recorder->header);
	trace_header_free(&recorder->later);
	record_file_free(&recorder->file);
}

int wsc_close(wsc_recorder *recorder, enum wsc_end end)
{
	if (recorder == NULL)
		return 0;
	pthread_mutex_lock(&recorder->mutex);
	if (recorder->state == RECORDER_OPEN) {
		recorder->state = RECORDER_CLOSING;
		recorder->end = end;
		for (struct stream *s = recorder->streams; s != NULL; s = s->next)
			ring_switch(s->ring, false);
		pthread_cond_broadcast(&recorder->changed);
		pthread_mutex_unlock(&recorder->mutex);
		pthread_join(recorder->drain, NULL);
		pthread_mutex_lock(&recorder->mutex);
		free_drained(recorder);
		recorder->state = RECORDER_CLOSED;
		pthread_cond_broadcast(&recorder->changed);
	}
	while (recorder->state == RECORDER_CLOSING) /* another thread is closing it */
		pthread_cond_wait(&recorder->changed, &recorder->mutex);
	const bool is_well = recorder->state == RECORDER_FORKED || recorder->is_whole;
	pthread_mutex_unlock(&recorder->mutex);
	return is_well ? 0 : -1;
}

const char *wsc_path(const wsc_recorder *recorder)
{
	return recorder != NULL ? recorder->file.path : NULL;
}

uint64_t wsc_dropped(wsc_recorder *recorder)
{
	if (recorder == NULL)
		return 0;
	pthread_mutex_lock(&recorder->mutex);
	uint64_t dropped = recorder->dropped;
	for (const struct stream *s = recorder->streams; s != NULL; s = s->next)
		dropped += ring_dropped(s->ring);
	pthread_mutex_unlock(&recorder->mutex);
	return dropped;
}

/* --- labels --- */

/* FNV-1a (http://www.isthe.com/chongo/tech/comp/fnv/). */
static uint32_t hash_text(const char *text)
{
	uint32_t hash = 2166136261u;
	for (; *text != '\0'; text++)
		hash = (hash ^ (unsigned char)*text) * 16777619u;
	return hash;
}

/* The place of a text in the index, or the free place where it belongs. */
static uint32_t *find_label(const struct recorder_labels *labels, const char *text)
{
	uint32_t at = hash_text(text) & (labels->index_size - 1);
	while (labels->index[at] != 0 && strcmp(labels->texts[labels->index[at] - 1], text) != 0)
		at = (at + 1) & (labels->index_size - 1);
	return &labels->index[at];
}

/* Room for one label more, with at most half the index in use. */
static bool grow_labels(struct recorder_labels *labels)
{
	if (labels->index_size > 2 * labels->count)
		return true;
	const uint32_t size = labels->index_size != 0 ? 2 * labels->index_size : LABEL_INDEX_MIN;
	char **texts = realloc(labels->texts, size / 2 * sizeof(*texts));
	if (texts == NULL)
		return false;
	labels->texts = texts;
	uint32_t *index = calloc(size, sizeof(*index));
	if (index == NULL)
		return false;
	free(labels->index);
	labels->index = index;
	labels->index_size = size;
	for (uint32_t i = 0; i < labels->count; i++)
		*find_label(labels, labels->texts[i]) = i + 1;
	return true;
}

uint32_t wsc_label(wsc_recorder *recorder, const char *text)
{
	if (recorder == NULL || text == NULL)
		return 0;
	char *clean = text_clean(text, TRACE_STRING_BYTES_MAX);
	if (clean == NULL)
		return 0;
	struct recorder_labels *labels = &recorder->labels;
	uint32_t label = 0;
	pthread_mutex_lock(&recorder->mutex);
	if (recorder->state == RECORDER_OPEN && grow_labels(labels)) {
		uint32_t *place = find_label(labels, clean);
		if (*place == 0 && labels->count < TRACE_TABLE_ROWS_MAX) {
			labels->texts[labels->count++] = clean;
			*place = labels->count;
			clean = NULL;
		}
		label = *place;
	}
	pthread_mutex_unlock(&recorder->mutex);
	free(clean);
	return label;
}
