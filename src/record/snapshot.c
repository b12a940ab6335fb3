/* SPDX-License-Identifier: MIT */
#include "snapshot.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "drain.h"
#include "notice.h"
#include "ring_window.h"

#define NAMES_MAX 1000000u

/* The first name of its own kind that is free, as a new string. NULL: none, or no memory. */
static char *free_name(struct wsc_recorder *r)
{
	const size_t size = strlen(r->file.path) + 32;
	char *name = malloc(size);
	while (name != NULL && r->snapshots < NAMES_MAX) {
		snprintf(name, size, "%s.snapshot-%u", r->file.path, ++r->snapshots);
		if (access(name, F_OK) != 0)
			return name;
	}
	free(name);
	return NULL;
}

/* The rings as they are now, for they are all that there is. */
static enum wsc_status write_window(struct wsc_recorder *r, struct record_file *file)
{
	static const uint8_t other_id[TRACE_ID_BYTES];
	const struct trace_sink sink = {record_file_write, file};
	struct trace_writer *writer = NULL;
	const uint64_t now = wsc_stamp_fenced();
	drain_flush(r); /* writes nothing, but takes note of the workers */
	enum wsc_status status = ring_window_begin(r, sink, other_id, &writer);
	if (status == WSC_OK)
		status = ring_window_write(r, writer, now);
	if (status == WSC_OK)
		status = trace_writer_epoch(writer, drain_watermark(r, now));
	trace_writer_free(writer);
	return status;
}

static int take_snapshot(struct wsc_recorder *r, const char *path)
{
	struct record_file file;
	char *name = path != NULL ? record_file_expand(path, getpid()) : free_name(r);
	if (name == NULL) {
		notice("%s: no name or no memory for a snapshot", r->file.path);
		return -1;
	}
	bool done = record_file_open(&file, name, "no snapshot is made");
	if (done) {
		enum wsc_status status = WSC_OK;
		if (r->config.mode != WSC_MODE_OVERWRITE)
			drain_flush(r);
		status =
		    r->config.mode == WSC_MODE_OVERWRITE ? write_window(r, &file) : record_file_copy(&r->file, &file);
		if (status == WSC_OK && file.bytes == 0)
			status = WSC_IO; /* of a trace that could not even be begun */
		if (status != WSC_OK && !file.said)
			notice("%s: the snapshot can't be written (status %d)", name, (int)status);
		if (status != WSC_OK)
			record_file_abandon(&file);
		done = status == WSC_OK && record_file_commit(&file);
		record_file_free(&file);
	}
	free(name);
	return done ? 0 : -1;
}

static struct snapshot_request *next_request(struct wsc_recorder *r)
{
	pthread_mutex_lock(&r->mutex);
	struct snapshot_request *request = r->requests;
	if (request != NULL)
		r->requests = request->next;
	pthread_mutex_unlock(&r->mutex);
	return request;
}

void snapshot_serve(struct wsc_recorder *r)
{
	struct snapshot_request *request;
	/* Acquire: pairs with the handler's release; there is nothing to be seen but the wish. */
	if (__atomic_exchange_n(&r->is_asked, 0, __ATOMIC_ACQUIRE) != 0)
		take_snapshot(r, NULL);
	while ((request = next_request(r)) != NULL) {
		const int result = take_snapshot(r, request->path);
		pthread_mutex_lock(&r->mutex);
		request->result = result;
		request->is_done = true;
		pthread_cond_broadcast(&r->changed);
		pthread_mutex_unlock(&r->mutex);
	}
}
