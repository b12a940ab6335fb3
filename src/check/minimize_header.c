/* SPDX-License-Identifier: MIT */
/* The header that belongs to a part of a trace. */
#include <stdlib.h>

#include "id_map.h"
#include "minimize.h"

/* Ids that the part refers to. */
struct used {
	struct id_map queues, workers, labels;
	bool no_memory;
};

static void use(struct used *used, struct id_map *ids, uint32_t id)
{
	used->no_memory |= !id_map_put(ids, id);
}

static void use_event(struct used *used, const struct wsc_event *event)
{
	const unsigned no_queue = 1U << WSC_EV_EXEC_START | 1U << WSC_EV_EXEC_COMPLETE | 1U << WSC_EV_SUSPENDED |
	                          1U << WSC_EV_RESUMED | 1U << WSC_EV_CANCELLED | 1U << WSC_EV_PARKED |
	                          1U << WSC_EV_UNPARKED | 1U << WSC_EV_WAKE | 1U << WSC_EV_GAP;
	use(used, &used->workers, event->worker);
	if (event->kind == WSC_EV_WAKE)
		use(used, &used->workers, event->queue);
	else if ((no_queue >> event->kind & 1U) == 0)
		use(used, &used->queues, event->queue);
	if (event->kind == WSC_EV_QUEUED && event->arg != 0)
		use(used, &used->labels, event->arg);
}

static bool has_stream(const struct minimize_job *job, uint32_t worker)
{
	for (size_t i = 0; i < job->worker_count; i++) {
		if (job->workers[i] == worker)
			return true;
	}
	return false;
}

static enum wsc_status copy_queues(const struct minimize_job *job, struct used *used, struct trace_header *out)
{
	for (size_t i = 0; i < job->header->queue_count; i++) {
		const struct trace_queue *from = &job->header->queues[i];
		if (!id_map_has(&used->queues, from->queue))
			continue;
		struct trace_queue *to = trace_header_add_queue(out, from->queue);
		if (to == NULL)
			return WSC_NOMEM;
		*to = *from;
		to->name = to->discipline_word = NULL;
		if (!to->has_owner && has_stream(job, to->queue)) {
			to->has_owner = true;
			to->owner = to->queue;
		}
		if (to->has_owner)
			use(used, &used->workers, to->owner);
		enum wsc_status status = trace_header_set_string(&to->name, from->name);
		if (status == WSC_OK)
			status = trace_header_set_string(&to->discipline_word, from->discipline_word);
		if (status != WSC_OK)
			return status;
	}
	return WSC_OK;
}

static enum wsc_status copy_workers(const struct trace_header *header, const struct used *used,
                                    struct trace_header *out)
{
	for (size_t i = 0; i < header->worker_count; i++) {
		const struct trace_worker *from = &header->workers[i];
		if (!id_map_has(&used->workers, from->worker))
			continue;
		struct trace_worker *to = trace_header_add_worker(out, from->worker);
		if (to == NULL)
			return WSC_NOMEM;
		*to = *from;
		to->name = NULL;
		enum wsc_status status = trace_header_set_string(&to->name, from->name);
		if (status != WSC_OK)
			return status;
	}
	return WSC_OK;
}

static enum wsc_status copy_labels(const struct trace_header *header, const struct used *used, struct trace_header *out)
{
	for (size_t i = 0; i < header->label_count; i++) {
		const struct trace_label *from = &header->labels[i];
		if (!id_map_has(&used->labels, from->label))
			continue;
		struct trace_label *to = trace_header_add_label(out, from->label);
		if (to == NULL)
			return WSC_NOMEM;
		enum wsc_status status = trace_header_set_string(&to->text, from->text);
		if (status != WSC_OK)
			return status;
	}
	return WSC_OK;
}

static enum wsc_status copy_scalars(const struct trace_header *header, struct trace_header *out)
{
	out->clock = header->clock;
	out->ticks_per_second = header->ticks_per_second;
	out->identity = header->identity;
	out->discipline = header->discipline;
	out->scope = header->scope;
	out->complete = header->complete;
	out->uncertainty_ns = header->uncertainty_ns;
	out->publish_ns = header->publish_ns;
	out->sampling = header->sampling;
	out->absent = header->absent;
	out->has_process_id = header->has_process_id;
	out->process_id = header->process_id;
	enum wsc_status status = trace_header_set_string(&out->discipline_word, header->discipline_word);
	if (status == WSC_OK)
		status = trace_header_set_string(&out->host, header->host);
	for (size_t i = 0; i < header->anchor_count && status == WSC_OK; i++)
		status = trace_header_add_anchor(out, header->anchors[i].ts, header->anchors[i].wall_ns);
	for (size_t i = 0; i < header->meta_count && status == WSC_OK; i++)
		status = trace_header_add_meta(out, header->meta[i].key, header->meta[i].json);
	return status;
}

enum wsc_status minimize_header(const struct minimize_job *job, const struct wsc_event *events, size_t count,
                                struct trace_header *out)
{
	struct used used = {.no_memory = false};
	trace_header_init(out);
	out->ordered = true;
	for (size_t i = 0; i < count; i++)
		use_event(&used, &events[i]);
	enum wsc_status status = copy_scalars(job->header, out);
	if (status == WSC_OK)
		status = copy_queues(job, &used, out);
	if (status == WSC_OK)
		status = copy_workers(job->header, &used, out);
	if (status == WSC_OK)
		status = copy_labels(job->header, &used, out);
	if (status == WSC_OK && used.no_memory)
		status = WSC_NOMEM;
	id_map_free(&used.queues);
	id_map_free(&used.workers);
	id_map_free(&used.labels);
	if (status != WSC_OK)
		trace_header_free(out);
	return status;
}
