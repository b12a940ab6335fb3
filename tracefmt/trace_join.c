/* SPDX-License-Identifier: MIT */
#include "trace_join.h"

#include <string.h>
#include <unistd.h>

#include "trace_limits.h"
#include "trace_map.h"
#include "trace_scan.h"

/* What of a header the two are held against each other by. */
struct beginning {
	bool is_whole; /* there is a header */
	uint64_t size; /* of its frame */
	uint64_t first_frame;
	unsigned char id[TRACE_ID_BYTES];
};

static enum wsc_status read_beginning(struct trace_file *file, struct beginning *beginning)
{
	struct trace_map map;
	trace_map_init(&map, file);
	const enum wsc_status status = trace_scan_header(&map, NULL);
	*beginning = (struct beginning){
	    .is_whole = status == WSC_OK, .size = map.header_size, .first_frame = map.header.first_frame};
	memcpy(beginning->id, map.header.trace_id, TRACE_ID_BYTES);
	trace_map_free(&map);
	return status == WSC_IO || status == WSC_NOMEM ? status : WSC_OK;
}

static enum wsc_status read_newer(int fd, struct beginning *beginning)
{
	struct trace_file file;
	*beginning = (struct beginning){.is_whole = false};
	if (fd < 0)
		return WSC_OK;
	const int own = dup(fd);
	enum wsc_status status = own < 0 ? WSC_IO : trace_file_open(&file, own);
	if (status != WSC_OK)
		return status;
	status = read_beginning(&file, beginning);
	trace_file_close(&file);
	return status;
}

/* Where the frame of that number begins, the first behind the header having the number `first`. FORMAT: it has none. */
static enum wsc_status find_frame(struct trace_file *file, uint64_t header, uint64_t first, uint64_t number,
                                  uint64_t *offset)
{
	const unsigned char *bytes;
	struct frame_info info;
	*offset = header;
	for (uint64_t at = first; at < number; at++) {
		enum wsc_status status =
		    trace_file_frame(file, *offset, TRACE_FRAME_BYTES_MAX, TRACE_CONTENT_BYTES_MAX, &bytes, &info);
		if (status == WSC_OK && info.kind != FRAME_DATA)
			status = WSC_FORMAT;
		if (status != WSC_OK)
			return status;
		*offset += info.size;
	}
	return number < first ? WSC_FORMAT : WSC_OK;
}

enum wsc_status trace_join(struct trace_file *older, int newer_fd, bool *fits)
{
	struct beginning first, second;
	uint64_t end;
	*fits = false;
	enum wsc_status status = read_beginning(older, &first);
	if (status == WSC_OK)
		status = read_newer(newer_fd, &second);
	if (status != WSC_OK || !first.is_whole)
		return status;
	*fits = true;
	if (!second.is_whole)
		return WSC_OK;
	status = memcmp(first.id, second.id, TRACE_ID_BYTES) == 0
	             ? find_frame(older, first.size, first.first_frame, second.first_frame, &end)
	             : WSC_FORMAT;
	*fits = status != WSC_FORMAT;
	if (status != WSC_OK)
		return *fits ? status : WSC_OK;
	older->size = end;
	const int own = dup(newer_fd);
	return own >= 0 ? trace_file_append(older, own, second.size) : WSC_IO;
}
