/* SPDX-License-Identifier: MIT */
#include "declare.h"

#include <stdlib.h>
#include <string.h>

#include "trace_limits.h"

/* Labels are at most TRACE_STRING_BYTES_MAX long, and a frame holds TRACE_CONTENT_BYTES_MAX. */
#define LABELS_PER_FRAME 512u

_Static_assert(LABELS_PER_FRAME *TRACE_STRING_BYTES_MAX <= TRACE_CONTENT_BYTES_MAX / 2, "labels fit a frame");

struct trace_worker *declare_worker(struct trace_header *later, const struct ring_stream *s)
{
	struct trace_worker *row = trace_header_add_worker(later, s->worker);
	if (row == NULL)
		return NULL;
	row->has_thread_id = true;
	row->thread_id = s->thread_id;
	row->has_attached = true;
	row->attached = s->attached;
	if (s->name != NULL && row->name == NULL)
		row->name = strdup(s->name);
	return row;
}

bool declare_labels(struct trace_header *later, const struct labels *labels, uint32_t *declared)
{
	while (*declared < labels->count && later->label_count < LABELS_PER_FRAME) {
		char *text = strdup(labels->texts[*declared]);
		struct trace_label *row = NULL;
		if (text != NULL)
			row = trace_header_add_label(later, *declared + 1);
		if (row == NULL) {
			free(text);
			return false; /* the next time tries again */
		}
		free(row->text);
		row->text = text;
		++*declared;
	}
	return *declared == labels->count;
}

void declare_anchor(struct trace_header *header)
{
	const struct clock_pair pair = clock_pair_wall();
	(void)trace_header_add_anchor(header, pair.stamp, pair.ns); /* where memory is short: there will be others */
}

enum wsc_status declare_write(struct trace_writer *writer, struct trace_header *later)
{
	if (later->worker_count + later->label_count + later->anchor_count == 0)
		return WSC_OK;
	const enum wsc_status status = writer != NULL ? trace_writer_declare(writer, later) : WSC_OK;
	trace_header_free(later);
	return status;
}

enum wsc_status declare_all(struct wsc_recorder *r, struct trace_writer *writer)
{
	enum wsc_status status = WSC_OK;
	struct trace_header later;
	uint32_t declared = 0;
	bool done = false;
	trace_header_init(&later);
	declare_anchor(&later);
	for (size_t i = 0; i < r->pass_count; i++) {
		struct trace_worker *row = declare_worker(&later, r->pass[i]);
		if (row != NULL && r->pass[i]->is_last_pass) {
			row->has_detached = true;
			row->detached = r->pass[i]->detached;
		}
	}
	while (status == WSC_OK && !done) {
		const uint32_t before = declared;
		pthread_mutex_lock(&r->mutex);
		done = declare_labels(&later, &r->labels, &declared) || declared == before;
		pthread_mutex_unlock(&r->mutex);
		status = declare_write(writer, &later);
	}
	trace_header_free(&later);
	return status;
}
