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
