/* SPDX-License-Identifier: MIT */
/* The calls of record.h that are not hot. */
#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <unistd.h>

#include "drain.h"
#include "environment.h"
#include "left_rings.h"
#include "notice.h"
#include "recorder.h"
#include "registry.h"
#include "text.h"
#include "trace_item.h"
#include "trace_limits.h"

/* Of uncertainty_ns and publish_ns: a minute. */
#define BOUND_NS_MAX UINT64_C(60000000000)
/* Rings that are overwritten need some room that can't be. */
#define OVERWRITE_SLOTS_MIN 1024u

/* --- open --- */

static const char *option_error(const struct wsc_options *options)
{
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
	if ((unsigned)options->mode > WSC_MODE_OVERWRITE || (unsigned)options->on_fork > WSC_ON_FORK_FOLLOW)
		return "mode or on_fork is none of the known values";
	if (options->max_bytes != 0 && options->max_bytes < WSC_MAX_BYTES_MIN)
		return "max_bytes is too small";
	if (options->sampling > WSC_SAMPLING_MAX)
		return "sampling is too large";
	if (options->snapshot_signal < 0 || options->snapshot_signal >= NSIG)
		return "snapshot_signal is not a signal";
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

/* What is said of the process that records. */
static bool fill_process(struct trace_header *header)
{
	char host[256] = "";
	header->has_process_id = true;
	header->process_id = (uint64_t)getpid();
	if (gethostname(host, sizeof(host) - 1) == 0 && host[0] != '\0')
		header->host = text_clean(host, TRACE_STRING_BYTES_MAX);
	return getrandom(header->trace_id, sizeof(header->trace_id), 0) == (ssize_t)sizeof(header->trace_id);
}

/* All that is known before the clock has been measured. */
static bool fill_header(struct trace_header *header, const struct wsc_options *options)
{
	trace_header_init(header);
	header->clock = clock_unit();
	header->identity = options->identity;
	header->discipline = options->discipline;
	header->scope = options->scope;
	header->complete = options->window == 0;
	header->uncertainty_ns = options->uncertainty_ns;
	header->publish_ns = options->publish_ns != 0 ? options->publish_ns : WSC_PUBLISH_NS_DEFAULT;
	header->absent = options->absent;
	header->sampling = options->sampling != 0 ? options->sampling : 1;
	return fill_process(header) && fill_queues(header, options) && fill_meta(header, options);
}

static size_t slots_for(size_t wanted, size_t least)
{
	size_t slots = least;
	if (wanted == 0)
		wanted = WSC_RING_EVENTS_DEFAULT;
	while (slots < wanted)
		slots *= 2;
	return slots;
}

static bool fill_config(struct record_config *config, const struct wsc_options *options)
{
	const enum wsc_mode mode = options->mode != WSC_MODE_DEFAULT ? options->mode : WSC_MODE_DROP;
	*config = (struct record_config){
	    .pattern = strdup(options->path),
	    .mode = mode,
	    .ring_slots =
	        slots_for(options->ring_events, mode == WSC_MODE_OVERWRITE ? OVERWRITE_SLOTS_MIN : WSC_RING_EVENTS_MIN),
	    .epoch_ms = options->epoch_ms != 0 ? options->epoch_ms : WSC_EPOCH_MS_DEFAULT,
	    .level = options->level,
	    .max_bytes = options->max_bytes,
	    .keeps_last = options->keep_last != 0,
	    .uncertainty_ns = options->uncertainty_ns,
	    .snapshot_signal = options->snapshot_signal,
	    .follows_fork = options->on_fork == WSC_ON_FORK_FOLLOW,
	    .ring = {.hold_max = options->no_coalescing != 0 ? 0 : RING_FILE_HOLDS,
	             .sample_last = ring_sample_last(options->sampling)}};
	return config->pattern != NULL;
}

static bool init_locks(struct wsc_recorder *r)
{
	return sem_init(&r->common.bell, 0, 0) == 0 && pthread_cond_init(&r->changed, NULL) == 0 &&
	       pthread_mutex_init(&r->mutex, NULL) == 0;
}

void recorder_share_header(struct wsc_recorder *r)
{
	struct trace_cbor_writer item = {0};
	struct trace_header header = r->header; /* read only: it owns nothing */
	if (header.ticks_per_second == 0) {     /* not measured yet: what is known so far must do */
		header.ticks_per_second =
		    clock_rate((struct clock_pair){r->opened.stamp, r->opened.raw_ns}, clock_pair_raw());
		if (header.uncertainty_ns == 0)
			header.uncertainty_ns = CLOCK_UNCERTAINTY_UNMEASURED_NS;
	}
	struct ring_segment *segment = NULL;
	if (trace_item_write_header(&item, &header) == WSC_OK)
		segment = ring_store_take(
		    &r->store,
		    (RING_FILE_SEGMENT_BYTES + item.size + RING_FILE_PAGE - 1) / RING_FILE_PAGE * RING_FILE_PAGE, true);
	if (segment != NULL) {
		struct ring_file_header *to = (struct ring_file_header *)(void *)segment->map;
		to->size = item.size;
		memcpy((char *)to + RING_FILE_SEGMENT_BYTES, item.bytes, item.size);
		ring_store_publish(segment, RING_FILE_HEADER);
		/* Release: the segment is whole. Pairs with readers of the rings' file. */
		__atomic_store_n(&r->store.head->header_at, segment->offset, __ATOMIC_RELEASE);
		ring_store_give(&r->store, r->header_segment);
		r->header_segment = segment;
	}
	trace_cbor_free(&item);
}

static bool has_process_id(const char *pattern)
{
	for (const char *s = pattern; *s != '\0'; s++) {
		if (s[0] == '%' && s[1] == 'p')
			return true;
		if (s[0] == '%' && s[1] == '%')
			s++;
	}
	return false;
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

/* Rings, chunks, and the header for whoever finds them. False: no memory. */
static bool open_store(struct wsc_recorder *r)
{
	const size_t wanted = ring_bytes(r->config.ring_slots) + chunk_segment_bytes();
	const uint32_t policy = (uint32_t)r->config.mode - (uint32_t)WSC_MODE_DROP;
	if (!ring_store_open(&r->store, &r->file, r->header.trace_id, policy, r->opened, wanted))
		return false;
	if (!chunk_pool_init(&r->pool, &r->store)) {
		ring_store_close(&r->store);
		return false;
	}
	recorder_share_header(r);
	ring_store_recording(&r->store);
	return true;
}

static void close_store(struct wsc_recorder *r)
{
	ring_segment_free(r->header_segment);
	r->header_segment = NULL;
	chunk_pool_free(&r->pool);
	labels_free(&r->labels);
	ring_store_close(&r->store);
}

/* Frees a recorder that did not get to its thread. */
static struct wsc_recorder *give_up(struct wsc_recorder *r, const char *why)
{
	if (why != NULL)
		notice("%s; nothing is recorded", why);
	trace_header_free(&r->header);
	free(r->sink.events);
	free(r->file.path);
	free(r->config.pattern);
	free(r);
	return NULL;
}

/*
 * Opens the files and starts the thread; NULL, with everything freed, when that fails, which was said. A child that goes
 * on for its parent (`is_child`) leaves what killed runs left to that.
 */
static struct wsc_recorder *start(struct wsc_recorder *r, bool is_child)
{
	r->owner = own_process_now();
	r->common.mode = (uint32_t)r->config.mode;
	r->opened = clock_moment();
	r->sink = (struct ring_stream_sink){.events = malloc(RING_STREAM_BLOCK_EVENTS * sizeof(struct wsc_event)),
	                                    .pool = &r->pool};
	trace_header_init(&r->later);
	char *path = record_file_expand(r->config.pattern, getpid());
	if (r->sink.events == NULL || path == NULL || !init_locks(r)) {
		free(path);
		return give_up(r, "out of memory");
	}
	if (!record_file_open(&r->file, path, "nothing is recorded"))
		return give_up(r, NULL);
	r->file.bytes_max = r->config.keeps_last ? r->config.max_bytes / 2 : r->config.max_bytes;
	if (!open_store(r)) {
		record_file_abandon(&r->file);
		return give_up(r, "out of memory");
	}
	if (!is_child)
		left_rings_tidy(r->config.pattern, r->store.head->path, r->file.directory.fd,
		                has_process_id(r->config.pattern));
	const int error = start_drain(r);
	if (error != 0) {
		notice("can't start a thread: %s; nothing is recorded", strerror(error));
		close_store(r);
		record_file_abandon(&r->file);
		return give_up(r, NULL);
	}
	registry_add(r);
	return r;
}

wsc_recorder *wsc_open(const struct wsc_options *given)
{
	struct wsc_options options;
	if (given == NULL)
		return NULL;
	if (given->abi != WSC_RECORD_ABI || given->size != sizeof(options)) {
		notice("the program was compiled with another version of wscheck/record.h than this library; "
		       "nothing is recorded");
		return NULL;
	}
	options = *given;
	if (!environment_apply(&options))
		return NULL;
	const char *wrong = option_error(&options);
	struct wsc_recorder *r = wrong == NULL ? calloc(1, sizeof(*r)) : NULL;
	if (r == NULL) {
		notice("%s; nothing is recorded", wrong != NULL ? wrong : "out of memory");
		return NULL;
	}
	if (!fill_config(&r->config, &options) || !fill_header(&r->header, &options))
		return give_up(r, "out of memory");
	return start(r, false);
}

/* --- a forked child --- */

/* A recorder for this process in place of its parent's, of which only what never changed may be read. */
static struct wsc_recorder *follow(const struct wsc_recorder *parent)
{
	struct trace_header tables = parent->header;
	struct wsc_recorder *r = calloc(1, sizeof(*r));
	if (r == NULL)
		return NULL;
	r->config = parent->config;
	r->config.pattern = strdup(parent->config.pattern);
	trace_header_init(&r->header);
	r->header.clock = tables.clock;
	r->header.identity = tables.identity;
	r->header.discipline = tables.discipline;
	r->header.scope = tables.scope;
	r->header.publish_ns = tables.publish_ns;
	r->header.absent = tables.absent;
	r->header.sampling = tables.sampling;
	r->header.uncertainty_ns = r->config.uncertainty_ns;
	r->header.complete = false; /* what the parent had queued is the child's too */
	tables.workers = NULL;
	tables.anchors = NULL;
	tables.worker_count = tables.anchor_count = 0;
	if (r->config.pattern == NULL || !fill_process(&r->header) || trace_header_merge(&r->header, &tables) != WSC_OK)
		return give_up(r, "out of memory");
	return start(r, true);
}

/* Opens it in a forked child, once: a failure was said. */
static void open_child(struct wsc_recorder *r)
{
	registry_lock_children();
	if (!r->is_followed && has_process_id(r->config.pattern)) {
		struct wsc_recorder *child = follow(r);
		pthread_mutex_lock(&r->mutex);
		r->child = child;
		pthread_mutex_unlock(&r->mutex);
	}
	r->is_followed = true;
	registry_unlock_children();
}

/*
 * The recorder that stands for this one in this process: itself, or that of a forked child, or none. In a child that was
 * made without the handlers of fork nothing of it is looked at: its mutex may be held by a thread that is not there.
 */
static struct wsc_recorder *current(struct wsc_recorder *r, bool may_open)
{
	while (r != NULL) {
		if (!own_process_is(&r->owner))
			return NULL;
		pthread_mutex_lock(&r->mutex);
		const bool is_forked = r->state == RECORDER_FORKED && r->config.follows_fork;
		pthread_mutex_unlock(&r->mutex);
		if (!is_forked)
			break;
		if (may_open)
			open_child(r);
		pthread_mutex_lock(&r->mutex);
		struct wsc_recorder *child = r->child;
		pthread_mutex_unlock(&r->mutex);
		r = child;
	}
	return r;
}

/* --- workers --- */

static struct ring_stream *find_stream(const struct wsc_recorder *r, uint32_t worker_id)
{
	struct ring_stream *s = r->streams;
	while (s != NULL && (s->worker != worker_id || (s->is_detached && r->config.mode != WSC_MODE_OVERWRITE)))
		s = s->next;
	return s;
}

static void add_stream(struct wsc_recorder *r, struct ring_stream *stream)
{
	struct ring_stream **link = &r->streams;
	while (*link != NULL)
		link = &(*link)->next;
	*link = stream;
	const bool is_off = r->common.pauses % 2 != 0;
	/* What the worker does before it is switched on is behind a gap. */
	ring_shared(stream->ring)->pauses_seen = r->common.pauses & ~UINT64_C(1);
	ring_switch(stream->ring, !is_off);
	ring_store_publish(stream->segment, RING_FILE_RING);
}

/* The ring of a worker that is gone goes on with one that has its id: what it holds is the same worker's past. */
static void revive(struct wsc_recorder *r, struct ring_stream *s)
{
	s->is_detached = false;
	s->detached = 0;
	r->detached_count--;
	__atomic_store_n(&ring_shared(s->ring)->detached, 0, __ATOMIC_RELAXED); /* a mere number, for readers */
	ring_notice_pause(s->ring); /* of pauses since, wsc_resume() told only those that were attached */
	ring_switch(s->ring, r->common.pauses % 2 == 0);
}

/* Under the mutex: attaches `fresh` or what is there already. NULL: *wrong says why. */
static struct ring_stream *attach(struct wsc_recorder *r, uint32_t worker_id, struct ring_stream *fresh,
                                  const char **wrong)
{
	struct ring_stream *found = find_stream(r, worker_id);
	if (worker_id == WSC_WORKER_UNATTACHED)
		*wrong = "the id is reserved";
	else if (found != NULL && !found->is_detached)
		*wrong = "the id is in use";
	else if (found == NULL && fresh == NULL)
		*wrong = "out of memory";
	if (*wrong != NULL)
		return NULL;
	if (found != NULL)
		revive(r, found);
	else
		add_stream(r, fresh);
	return found != NULL ? found : fresh;
}

/* Notes that a worker is missing; true for the first. The mutex is held. */
static bool note_unattached(struct wsc_recorder *r)
{
	const bool is_first = !r->is_unattached;
	if (is_first) {
		r->unattached = wsc_stamp();
		ring_store_lost_since(&r->store, r->unattached);
	}
	r->is_unattached = true;
	return is_first;
}

wsc_worker *wsc_attach(wsc_recorder *recorder, uint32_t worker_id, const char *name)
{
	struct wsc_recorder *r = current(recorder, true);
	struct ring_stream *fresh = NULL, *attached = NULL;
	const char *wrong = NULL;
	if (r == NULL)
		return NULL;
	pthread_mutex_lock(&r->mutex);
	const bool is_new =
	    r->state == RECORDER_OPEN && worker_id != WSC_WORKER_UNATTACHED && find_stream(r, worker_id) == NULL;
	if (is_new) {
		const uint64_t order = ++r->last_order;
		r->attaching++;
		pthread_mutex_unlock(&r->mutex);
		fresh = ring_stream_create(r, worker_id, name, order);
		pthread_mutex_lock(&r->mutex);
	}
	if (r->state == RECORDER_OPEN)
		attached = attach(r, worker_id, fresh, &wrong);
	const bool is_first = wrong != NULL && note_unattached(r);
	if (fresh != NULL && attached != fresh)
		ring_stream_free(fresh, &r->store);
	if (is_new && --r->attaching == 0)
		pthread_cond_broadcast(&r->changed);
	pthread_mutex_unlock(&r->mutex);
	if (is_first)
		notice("worker %u is not recorded: %s", worker_id, wrong);
	return attached != NULL ? attached->ring : NULL;
}

static void unlink_stream(struct wsc_recorder *r, const struct ring_stream *stream)
{
	struct ring_stream **link = &r->streams;
	while (*link != NULL && *link != stream)
		link = &(*link)->next;
	if (*link != NULL)
		*link = stream->next;
}

void wsc_detach(wsc_worker *worker)
{
	/* In a forked child nothing of the worker is left, or only what says that it is off. */
	if (worker == NULL || worker->consumer == NULL)
		return;
	struct ring_stream *s = worker->consumer;
	struct wsc_recorder *r = s->recorder;
	if (!own_process_is(&r->owner))
		return;
	if (wsc_is_on(worker))
		ring_flush(worker);
	ring_switch(worker, false);
	pthread_mutex_lock(&r->mutex);
	const bool is_gone = r->state == RECORDER_CLOSED;
	if (is_gone) {
		r->dropped += ring_stream_dropped(s);
		unlink_stream(r, s);
	} else if (r->state != RECORDER_FORKED) {
		s->detached = wsc_stamp();
		__atomic_store_n(&ring_shared(worker)->detached, s->detached, __ATOMIC_RELAXED); /* for readers */
		s->is_detached = true; /* from here on it is the drain thread's to free */
		r->detached_count++;
	}
	pthread_mutex_unlock(&r->mutex);
	if (is_gone)
		ring_stream_free(s, NULL);
}

/* --- pause --- */

/* Tells workers and readers of the rings' file that the recorder was switched. The mutex is held. */
static void count_pause(struct wsc_recorder *r)
{
	const uint64_t pauses = r->common.pauses + 1;
	/* Sequentially consistent: before ring_notice_pause(); see set_limit(). It releases, too: pairs with pauses_now()
	 * and readers of the file. */
	__atomic_store_n(&r->store.head->pauses, pauses, __ATOMIC_SEQ_CST);
	__atomic_store_n(&r->common.pauses, pauses, __ATOMIC_SEQ_CST);
}

void wsc_pause(wsc_recorder *recorder)
{
	struct wsc_recorder *r = current(recorder, false);
	if (r == NULL)
		return;
	pthread_mutex_lock(&r->mutex);
	if (r->state == RECORDER_OPEN && r->common.pauses % 2 == 0) {
		const uint64_t now = wsc_stamp();
		count_pause(r);
		/* Release: whoever sees the stamp sees that the pause is counted. Pairs as above. */
		__atomic_store_n(&r->store.head->paused, now, __ATOMIC_RELEASE);
		__atomic_store_n(&r->common.paused, now, __ATOMIC_RELEASE);
		for (struct ring_stream *s = r->streams; s != NULL; s = s->next)
			ring_switch(s->ring, false);
	}
	pthread_mutex_unlock(&r->mutex);
}

void wsc_resume(wsc_recorder *recorder)
{
	struct wsc_recorder *r = current(recorder, false);
	if (r == NULL)
		return;
	pthread_mutex_lock(&r->mutex);
	if (r->state == RECORDER_OPEN && r->common.pauses % 2 != 0) {
		count_pause(r);
		for (struct ring_stream *s = r->streams; s != NULL; s = s->next) {
			if (s->is_detached)
				continue;
			ring_notice_pause(s->ring);
			ring_switch(s->ring, true);
		}
	}
	pthread_mutex_unlock(&r->mutex);
}

/* --- snapshots --- */

int wsc_snapshot(wsc_recorder *recorder, const char *path)
{
	struct wsc_recorder *r = current(recorder, false);
	struct snapshot_request request = {.path = path, .result = -1};
	if (r == NULL)
		return -1;
	pthread_mutex_lock(&r->mutex);
	if (r->state == RECORDER_OPEN) {
		struct snapshot_request **link = &r->requests;
		while (*link != NULL)
			link = &(*link)->next;
		*link = &request;
		ring_bell(&r->common);
		while (!request.is_done) /* the drain thread answers all before it ends */
			pthread_cond_wait(&r->changed, &r->mutex);
	}
	pthread_mutex_unlock(&r->mutex);
	return request.result;
}

/* --- close --- */

/* After the drain thread's end: what only it used, and the rings whose workers are gone. The mutex is held. */
static void free_drained(struct wsc_recorder *r)
{
	struct ring_stream **link = &r->streams;
	while (*link != NULL) {
		struct ring_stream *s = *link;
		if (!s->is_detached) {
			link = &s->next;
			continue;
		}
		r->dropped += ring_stream_dropped(s);
		*link = s->next;
		ring_stream_free(s, NULL);
	}
	trace_header_free(&r->header);
	trace_header_free(&r->later);
	record_file_free(&r->file);
	close_store(r);
	free(r->sink.events);
	free(r->pass);
	r->sink.events = NULL;
	r->pass = NULL;
}

static int close_open(struct wsc_recorder *r, enum wsc_end end)
{
	pthread_mutex_lock(&r->mutex);
	if (r->state == RECORDER_OPEN) {
		r->state = RECORDER_CLOSING;
		r->end = end;
		ring_block_no_more(&r->common);
		for (struct ring_stream *s = r->streams; s != NULL; s = s->next)
			ring_switch(s->ring, false);
		pthread_mutex_unlock(&r->mutex);
		ring_bell(&r->common);
		pthread_join(r->drain, NULL);
		registry_closed(r);
		pthread_mutex_lock(&r->mutex);
		while (r->attaching > 0) /* they use the store */
			pthread_cond_wait(&r->changed, &r->mutex);
		free_drained(r);
		r->state = RECORDER_CLOSED;
		pthread_cond_broadcast(&r->changed);
	}
	while (r->state == RECORDER_CLOSING) /* another thread is closing it */
		pthread_cond_wait(&r->changed, &r->mutex);
	const bool is_well = r->state == RECORDER_FORKED || r->is_whole;
	pthread_mutex_unlock(&r->mutex);
	return is_well ? 0 : -1;
}

int wsc_close(wsc_recorder *recorder, enum wsc_end end)
{
	struct wsc_recorder *r = current(recorder, false);
	if (r == NULL)
		return 0;
	const bool is_known = (unsigned)end <= WSC_END_STALLED;
	if (!is_known)
		notice("%s: %d is no way to end a trace: it is left without an end", r->file.path, (int)end);
	const int result = close_open(r, is_known ? end : WSC_END_CUT);
	return is_known ? result : -1;
}

const char *wsc_path(const wsc_recorder *recorder)
{
	const struct wsc_recorder *r = current((struct wsc_recorder *)(uintptr_t)recorder, false);
	return r != NULL ? r->file.path : recorder != NULL ? recorder->file.path : NULL;
}

uint64_t wsc_dropped(wsc_recorder *recorder)
{
	struct wsc_recorder *r = current(recorder, false);
	if (r == NULL)
		return 0;
	pthread_mutex_lock(&r->mutex);
	uint64_t dropped = r->dropped;
	if (r->state != RECORDER_FORKED) { /* there the rings are not to be looked at */
		for (const struct ring_stream *s = r->streams; s != NULL; s = s->next)
			dropped += ring_stream_dropped(s);
	}
	pthread_mutex_unlock(&r->mutex);
	return dropped;
}

uint32_t wsc_label(wsc_recorder *recorder, const char *text)
{
	struct wsc_recorder *r = current(recorder, false);
	if (r == NULL || text == NULL)
		return 0;
	char *clean = text_clean(text, TRACE_STRING_BYTES_MAX);
	uint32_t label = 0;
	if (clean == NULL)
		return 0;
	pthread_mutex_lock(&r->mutex);
	if (r->state == RECORDER_OPEN)
		label = labels_number(&r->labels, &r->store, clean);
	else
		free(clean);
	pthread_mutex_unlock(&r->mutex);
	return label;
}
