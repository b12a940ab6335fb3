/* SPDX-License-Identifier: MIT */
/*
 * Reads a history in JSON Lines and hands its events out merged by stamp, with the calls of trace_input.h. The whole
 * file is checked and loaded by open(), at 32 bytes for each event (4 more where the file is not in merged order), so
 * nothing fails later and RESTART never comes. One thread at a time.
 *
 *   {"wscheck":1,"clock":"ns","identity":"unique"}      the first line that is not blank
 *   {"ts":10,"ev":"queued","task":100,"worker":1}       an event
 *   {"workers":[{"worker":1,"name":"main"}]}            a declaration: neither event nor end
 *   {"end":"clean"}                                     the last line; a file without it is cut
 *
 * Unknown keys are ignored, as are null ones; LF and CR LF, a byte order mark, blank lines and a missing last newline
 * are all fine. header.ordered says whether the file order decides between equal stamps of different workers.
 */
#ifndef JSONL_READER_H
#define JSONL_READER_H

#include "trace_error.h"
#include "trace_header.h"
#include "trace_input.h"

#define JSONL_VERSION           1
#define JSONL_EVENTS_MAX        UINT32_MAX
#define JSONL_SKIPPED_NAMES_MAX 64 /* unknown event names counted apart; the others share one row */
#define JSONL_SKIPPED_BYTES_MAX 64 /* a longer unknown name is counted with the others */
#define JSONL_RUN_EVENTS_MAX    4096

struct jsonl_reader;

/* Takes `fd`, a seekable file, over (also on failure) and reads it by offset from 0. */
enum wsc_status jsonl_reader_open(struct jsonl_reader **out, int fd, struct trace_error *err);
const struct trace_header *jsonl_reader_header(const struct jsonl_reader *reader);
const uint32_t *jsonl_reader_workers(const struct jsonl_reader *reader, size_t *count);
enum wsc_status jsonl_reader_next(struct jsonl_reader *reader, const struct wsc_event **events, size_t *count);
void jsonl_reader_limit(struct jsonl_reader *reader, uint64_t from_ns, uint64_t to_ns);
void jsonl_reader_rewind(struct jsonl_reader *reader);
const struct trace_summary *jsonl_reader_summary(const struct jsonl_reader *reader);
uint64_t jsonl_reader_position(const struct jsonl_reader *reader);
void jsonl_reader_free(struct jsonl_reader *reader);

/* All events in file order. */
const struct wsc_event *jsonl_reader_events(const struct jsonl_reader *reader, size_t *count);

#endif
