/* SPDX-License-Identifier: MIT */
#include "original.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "condition.h"
#include "format.h"
#include "frame.h"
#include "judgement.h"
#include "memory_file.h"
#include "trace_input.h"
#include "trace_item.h"
#include "trace_limits.h"
#include "trace_seek.h"

/* --- judging --- */

static enum wsc_status begin(struct analysis **analysis, const struct trace_input *input)
{
	struct analysis_options options;
	size_t count;
	const uint32_t *workers = trace_input_workers(input, &count);
	analysis_options_init(&options);
	analysis_free(*analysis);
	*analysis = NULL;
	return analysis_create(analysis, trace_input_header(input), workers, count, &options);
}

static enum wsc_status feed(struct trace_input *input, struct analysis **analysis, struct trace_error *err)
{
	const struct wsc_event *events;
	size_t count;
	enum wsc_status status = begin(analysis, input);
	while (status == WSC_OK) {
		status = trace_input_next(input, &events, &count, err);
		if (status == WSC_OK)
			status = analysis_feed(*analysis, events, count);
		else if (status == WSC_RESTART)
			status = begin(analysis, input);
	}
	if (status != WSC_DONE)
		return status;
	const struct trace_summary *summary = trace_input_summary(input);
	return analysis_finish(*analysis, summary->end, summary->damaged_blocks);
}

static void note_findings(const struct analysis_result *result, struct corrupt_verdict *verdict)
{
	verdict->findings = calloc(result->violation_count + 1, sizeof(*verdict->findings));
	for (size_t i = 0; i < result->violation_count; i++) {
		const struct violation *v = &result->violations[i];
		if (wsc_violation_severity(v->kind) == WSC_SEVERITY_ERROR)
			verdict->findings[verdict->finding_count++] =
			    (struct corrupt_finding){v->kind, v->task, v->ts, v->queue};
	}
}

/* The report as JSON, without what tells the file's size rather than what is in it. */
static void note_report(const struct trace_input *input, const struct analysis_result *result, const char *path,
                        struct corrupt_verdict *verdict)
{
	struct trace_summary summary = *trace_input_summary(input);
	struct rules rules;
	struct judgement judgement;
	summary.file_bytes = 0;
	struct report report = {
	    .path = path, .header = trace_input_header(input), .summary = &summary, .result = result};
	rules_init(&rules);
	FILE *out = open_memstream(&verdict->json, &verdict->json_size);
	if (out == NULL || judgement_init(&judgement, &report, &rules) != WSC_OK)
		abort();
	struct page page = {.out = out};
	if (report_json(&report, &page) != WSC_OK || fclose(out) != 0)
		abort();
	verdict->verdict = report.verdict;
	judgement_free(&judgement);
	rules_free(&rules);
}

void corrupt_judge(const unsigned char *bytes, size_t size, const char *path, const struct corrupt_range *range,
                   struct corrupt_verdict *verdict)
{
	enum { AHEAD_THREADS = 3 };
	static unsigned readings;
	struct trace_input *input = NULL;
	struct analysis *analysis = NULL;
	struct trace_error err = {0};
	*verdict = (struct corrupt_verdict){0};
	const int fd = memory_file(bytes, size);
	verdict->status = trace_input_open(&input, memory_path(fd).text, &err);
	/* Threads that decode ahead must find the same damage: each other time there are some. */
	if (verdict->status == WSC_OK && readings++ % 2 == 1)
		trace_input_threads(input, AHEAD_THREADS);
	if (verdict->status == WSC_OK && range)
		verdict->status = trace_input_limit(input, range->from_ns, range->to_ns, &err);
	if (verdict->status == WSC_OK)
		verdict->status = feed(input, &analysis, &err);
	if (verdict->status == WSC_OK) {
		const struct analysis_result *result = analysis_result(analysis);
		verdict->reasons = result->reasons;
		note_findings(result, verdict);
		note_report(input, result, path, verdict);
	}
	snprintf(verdict->message, sizeof(verdict->message), "%s", err.message);
	analysis_free(analysis);
	trace_input_free(input);
	close(fd);
}

void corrupt_verdict_free(struct corrupt_verdict *verdict)
{
	free(verdict->json);
	free(verdict->findings);
	*verdict = (struct corrupt_verdict){0};
}

/* --- frames --- */

static bool read_item(struct corrupt_frame *frame)
{
	struct trace_cbor_reader cbor = {.bytes = frame->content, .size = frame->content_size};
	struct trace_envelope envelope;
	struct block block;
	struct trace_epoch epoch;
	uint64_t left;
	if (trace_item_read(&cbor, &envelope, &left) != WSC_OK)
		return false;
	frame->type = envelope.type;
	frame->first_ts = UINT64_MAX;
	if (envelope.type == TRACE_ITEM_BLOCK) {
		if (trace_item_read_block(&cbor, left, &block) != WSC_OK)
			return false;
		frame->first_ts = block.min_ts;
		frame->last_ts = block.max_ts;
	} else if (envelope.type == TRACE_ITEM_EPOCH) {
		if (trace_item_read_epoch(&cbor, left, &epoch) != WSC_OK)
			return false;
		frame->watermark = epoch.watermark;
		free(epoch.totals);
	}
	return true;
}

/* What the frame is that stands at `bytes`, decompressed to a new buffer. NULL: nothing sound. */
static unsigned char *read_content(struct frame_reader *reader, const unsigned char *bytes, struct frame_info info)
{
	unsigned char *content = info.kind == FRAME_DATA ? calloc(1, info.content_size + CODEC_SLACK_BYTES) : NULL;
	if (content != NULL && frame_read(reader, bytes, info, content) == WSC_OK)
		return content;
	free(content);
	return NULL;
}

static bool read_index(struct corrupt_original *o, struct frame_reader *reader)
{
	const unsigned char *bytes = o->bytes + o->index_at + TRACE_SEEK_HEAD_BYTES;
	const struct frame_info info =
	    frame_inspect(bytes, o->size - o->index_at - TRACE_SEEK_HEAD_BYTES, TRACE_INDEX_BYTES_MAX);
	o->index_content = read_content(reader, bytes, info);
	o->index_content_size = info.content_size;
	return o->index_content != NULL;
}

static bool read_frames(struct corrupt_original *o)
{
	struct frame_reader *reader;
	size_t at = 0, capacity = 0;
	bool sound = frame_reader_create(&reader) == WSC_OK;
	o->index_at = o->size;
	while (sound && at < o->size) {
		const struct frame_info info = frame_inspect(o->bytes + at, o->size - at, TRACE_CONTENT_BYTES_MAX);
		if (info.kind == FRAME_SKIPPABLE) {
			o->index_at = at;
			sound = read_index(o, reader);
			break;
		}
		if (o->frame_count == capacity) {
			capacity = capacity != 0 ? 2 * capacity : 64;
			o->frames = realloc(o->frames, capacity * sizeof(*o->frames));
		}
		struct corrupt_frame *frame = &o->frames[o->frame_count++];
		*frame = (struct corrupt_frame){.at = at, .size = info.size, .content_size = info.content_size};
		frame->content = read_content(reader, o->bytes + at, info);
		sound = frame->content != NULL && read_item(frame);
		at += info.size;
	}
	frame_reader_free(reader);
	return sound && o->frame_count > 2;
}

static struct corrupt_range middle(const struct corrupt_original *o)
{
	struct trace_cbor_reader cbor = {.bytes = o->frames[0].content, .size = o->frames[0].content_size};
	const struct corrupt_frame *block = NULL;
	struct trace_envelope envelope;
	struct trace_header header;
	uint64_t left, origin = UINT64_MAX;
	if (trace_item_read(&cbor, &envelope, &left) != WSC_OK ||
	    trace_item_read_header(&cbor, &envelope, left, &header) != WSC_OK)
		abort();
	for (size_t i = 0; i < o->frame_count; i++) {
		const struct corrupt_frame *frame = &o->frames[i];
		if (frame->type != TRACE_ITEM_BLOCK)
			continue;
		origin = frame->first_ts < origin ? frame->first_ts : origin;
		if (block == NULL || i <= o->frame_count / 2)
			block = frame;
	}
	struct corrupt_range range = {0};
	if (block != NULL)
		range = (struct corrupt_range){trace_header_ns(&header, block->first_ts - origin),
		                               trace_header_ns(&header, block->last_ts - origin)};
	trace_header_free(&header);
	return range;
}

static bool read_file(struct corrupt_original *o)
{
	FILE *file = fopen(o->path, "rb");
	size_t capacity = 0, got;
	if (file == NULL)
		return false;
	do {
		if (o->size == capacity) {
			capacity = capacity != 0 ? 2 * capacity : 1 << 16;
			o->bytes = realloc(o->bytes, capacity);
		}
		got = fread(o->bytes + o->size, 1, capacity - o->size, file);
		o->size += got;
	} while (got > 0);
	const bool read = ferror(file) == 0;
	fclose(file);
	return read;
}

static bool is_usable(const struct corrupt_original *o, const char *why)
{
	if (why != NULL)
		fprintf(stderr, "corrupt: %s: %s\n", o->path, why);
	return why == NULL;
}

bool corrupt_original_load(struct corrupt_original *o, const char *path)
{
	*o = (struct corrupt_original){.path = path};
	if (!read_file(o))
		return is_usable(o, strerror(errno));
	return is_usable(o, read_frames(o) ? NULL : "not a whole trace");
}

bool corrupt_original_read(struct corrupt_original *o, const char *path)
{
	const unsigned bad = ANALYSIS_REASON_CUT | ANALYSIS_REASON_DAMAGED | ANALYSIS_REASON_EMPTY;
	if (!corrupt_original_load(o, path))
		return false;
	corrupt_judge(o->bytes, o->size, path, NULL, &o->verdict);
	if (o->verdict.status != WSC_OK)
		return is_usable(o, o->verdict.message);
	if ((o->verdict.reasons & bad) != 0)
		return is_usable(o, "the trace is cut, damaged or empty");
	o->range = middle(o);
	corrupt_judge(o->bytes, o->size, path, &o->range, &o->range_verdict);
	if (o->range_verdict.status != WSC_OK || (o->range_verdict.reasons & ANALYSIS_REASON_EMPTY) != 0)
		return is_usable(o, "nothing is in the middle of it");
	return true;
}

void corrupt_original_free(struct corrupt_original *o)
{
	for (size_t i = 0; i < o->frame_count; i++)
		free(o->frames[i].content);
	free(o->frames);
	free(o->bytes);
	free(o->index_content);
	corrupt_verdict_free(&o->verdict);
	corrupt_verdict_free(&o->range_verdict);
	*o = (struct corrupt_original){0};
}
