/* SPDX-License-Identifier: MIT */
/*
 * Measures column codings: what a stream of events costs in the file, and how fast each coding is written and read.
 *
 *   columns         a simulated fork-join run of 4 workers; stamps of a counter that runs in steps of 26
 *   columns fine    the same with a counter that runs in single steps
 *   columns TRACE   the events of a trace
 *
 * Prints the table that SPEC.md quotes. Every coding is compressed as the format does it: zstd -3, one frame per block.
 */
#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>
#include <zstd.h>

#include "block.h"
#include "frame.h"
#include "trace_reader.h"
#include "trace_writer.h"

enum { WORKERS = 4, BLOCK_EVENTS = 16384, CHUNK_IDS = 1024, DEPTH = 22, TICK = 26, REPEATS = 3 };

struct stream {
	struct wsc_event *events;
	size_t count, capacity;
};

struct streams {
	struct stream *rows;
	size_t count;
	size_t events;
};

static _Noreturn void die(const char *what)
{
	(void)fprintf(stderr, "columns: %s\n", what);
	exit(1);
}

static void *grown(void *memory, size_t size)
{
	void *bigger = realloc(memory, size);

	if (bigger == NULL)
		die("out of memory");
	return bigger;
}

static double seconds(void)
{
	struct timespec now;

	(void)clock_gettime(CLOCK_MONOTONIC, &now);
	return (double)now.tv_sec + (double)now.tv_nsec * 1e-9;
}

static void push(struct stream *stream, const struct wsc_event *e)
{
	if (stream->count == stream->capacity) {
		stream->capacity = stream->capacity == 0 ? 4096 : stream->capacity * 2;
		stream->events = grown(stream->events, stream->capacity * sizeof *e);
	}
	stream->events[stream->count++] = *e;
}

/* ---- the simulated run ---- */

struct item {
	uint64_t task;
	unsigned depth;
};

struct worker {
	uint32_t id;
	double ns;
	uint64_t next_id, ids_left;
	struct item deque[4 * DEPTH];
	size_t bottom, top;
	bool has_loot;
	struct item loot;
	uint32_t failures;
};

static uint64_t state = 88172645463325252U;

static double uniform(void)
{
	state ^= state << 13;
	state ^= state >> 7;
	state ^= state << 17;
	return (double)(state >> 11) / 9007199254740992.0;
}

static bool is_fine;

/* A CPU's counter: steps of TICK, one reading in a hundred off by one, as was seen on real hardware. */
static uint64_t ticks(double ns)
{
	uint64_t steps = is_fine ? (uint64_t)(ns * 2.6) : (uint64_t)(ns * 2.6 / TICK) * TICK;
	double odd = is_fine ? 1 : uniform();

	return steps + (odd < 0.005 ? 1 : odd < 0.01 ? (uint64_t)-1 : 0) + UINT64_C(81000000000000);
}

static void record(struct streams *out, struct worker *worker, double least_ns, double mean_ns, struct wsc_event e)
{
	worker->ns += least_ns - (mean_ns - least_ns) * log(1 - uniform());
	if (uniform() < 0.01) /* a cache miss, an interrupt */
		worker->ns += 4000 * uniform() * uniform();
	e.ts = ticks(worker->ns);
	e.worker = worker->id;
	push(&out->rows[worker->id], &e);
	out->events++;
}

static uint64_t new_id(struct worker *worker, uint64_t *ids)
{
	if (worker->ids_left == 0) {
		worker->next_id = *ids;
		*ids += CHUNK_IDS;
		worker->ids_left = CHUNK_IDS;
	}
	worker->ids_left--;
	return worker->next_id++;
}

static void run(struct streams *out, struct worker *worker, struct item item, unsigned children, uint64_t *ids)
{
	struct wsc_event e = {.task = item.task, .kind = WSC_EV_EXEC_START};

	record(out, worker, 20, 50, e);
	for (unsigned child = 0; child < children; child++) {
		struct item new = {new_id(worker, ids), item.depth - 1};

		record(out, worker, 20, 45,
		       (struct wsc_event){.task = new.task, .queue = worker->id, .kind = WSC_EV_QUEUED});
		worker->deque[worker->top++] = new;
	}
	e.kind = WSC_EV_EXEC_COMPLETE;
	record(out, worker, 20, children > 0 ? 45 : 120, e);
}

static void steal(struct streams *out, struct worker *workers, struct worker *thief)
{
	uint32_t from = (uint32_t)(uniform() * (WORKERS - 1));
	struct worker *victim = &workers[from >= thief->id ? from + 1 : from];
	struct wsc_event e = {.queue = victim->id, .kind = WSC_EV_STEAL_START};

	record(out, thief, 40, 70, e);
	if (victim->top > victim->bottom) {
		thief->loot = victim->deque[victim->bottom++];
		thief->has_loot = true;
		e.task = thief->loot.task;
		e.kind = WSC_EV_STEAL_SUCCESS;
	} else {
		e.kind = WSC_EV_STEAL_FAILURE;
		e.arg = 1 + (uint32_t)(uniform() * 20);
		e.reason = WSC_REASON_EMPTY;
		thief->ns += e.arg * 60.0;
	}
	record(out, thief, 60, 110, e);
}

static void simulate(struct streams *out)
{
	static struct worker workers[WORKERS];
	uint64_t ids = 1, open = 1;

	out->rows = grown(NULL, WORKERS * sizeof *out->rows);
	memset(out->rows, 0, WORKERS * sizeof *out->rows);
	out->count = WORKERS;
	for (uint32_t w = 0; w < WORKERS; w++)
		workers[w].id = w;
	workers[0].deque[workers[0].top++] = (struct item){new_id(&workers[0], &ids), DEPTH};
	while (open > 0) {
		struct worker *worker = &workers[0];
		unsigned children;

		for (unsigned w = 1; w < WORKERS; w++)
			worker = workers[w].ns < worker->ns ? &workers[w] : worker;
		if (worker->has_loot || worker->top > worker->bottom) {
			/* 1 to 3 children, so that no two stretches of the run look alike */
			struct item item = worker->has_loot ? worker->loot : worker->deque[--worker->top];

			worker->has_loot = false;
			children = item.depth > 0 ? 1 + (unsigned)(uniform() * 3) : 0;
			open += children;
			run(out, worker, item, children, &ids);
			open--;
			if (worker->top == worker->bottom)
				worker->top = worker->bottom = 0;
		} else {
			steal(out, workers, worker);
		}
	}
}

static void load(struct streams *out, const char *path)
{
	struct trace_reader *reader;
	struct trace_error err;
	const struct wsc_event *events;
	const uint32_t *ids;
	size_t n, w = 0;
	int fd = open(path, O_RDONLY | O_CLOEXEC);

	if (fd < 0)
		die(strerror(errno));
	if (trace_reader_open(&reader, fd, &err) != WSC_OK)
		die(err.message);
	ids = trace_reader_workers(reader, &out->count);
	out->rows = grown(NULL, (out->count + 1) * sizeof *out->rows);
	memset(out->rows, 0, (out->count + 1) * sizeof *out->rows);
	while (trace_reader_next(reader, &events, &n, &err) == WSC_OK) {
		for (size_t i = 0; i < n; i++) {
			while (ids[w] != events[i].worker)
				w = (w + 1) % out->count;
			push(&out->rows[w], &events[i]);
		}
		out->events += n;
	}
	trace_reader_free(reader);
}

/* ---- codings ---- */

/* Where a coding puts a block: parts that are compressed with a Huffman table each. */
struct coded {
	unsigned char *room; /* BLOCK_EVENTS * 64 bytes */
	struct frame_part parts[64];
	size_t count;
};

static unsigned char *part(struct coded *coded, unsigned char *from, const unsigned char *to)
{
	if (to > from)
		coded->parts[coded->count++] = (struct frame_part){from, (size_t)(to - from)};
	return from + (to - from);
}

static void stamps_varint(struct coded *coded, const struct wsc_event *e, size_t n)
{
	unsigned char *to = coded->room;

	for (size_t i = 1; i < n; i++)
		to = codec_put_varint(to, e[i].ts - e[i - 1].ts);
	(void)part(coded, coded->room, to);
}

static uint64_t read_varint(const unsigned char *content, size_t size, size_t n)
{
	const unsigned char *at = content;
	uint64_t ts = 0, difference;

	for (size_t i = 1; i < n && codec_get_varint(&at, content + size, &difference); i++)
		ts += difference;
	return ts;
}

static void stamps_planes(struct coded *coded, const struct wsc_event *e, size_t n)
{
	unsigned char *to = coded->room;

	for (unsigned plane = 0; plane < 8; plane++) {
		unsigned char *from = to;

		for (size_t i = 1; i < n; i++)
			*to++ = (unsigned char)((e[i].ts - e[i - 1].ts) >> (8 * plane));
		to = part(coded, from, to);
	}
}

static uint64_t read_planes(const unsigned char *content, size_t size, size_t n)
{
	uint64_t ts = 0;

	(void)size;
	for (size_t i = 0; i + 1 < n; i++) {
		uint64_t difference = 0;

		for (unsigned plane = 0; plane < 8; plane++)
			difference |= (uint64_t)content[plane * (n - 1) + i] << (8 * plane);
		ts += difference;
	}
	return ts;
}

/* Symbols and bits; the symbols in streams of events that share a context. */
static void put_symbols(struct coded *coded, const struct wsc_event *e, size_t n, unsigned contexts, uint64_t divisor)
{
	unsigned char *to = coded->room, *odd = coded->room + n * 32;
	struct codec_bit_writer bits = {.to = coded->room + n * 16};
	size_t even = 0;

	for (unsigned context = 0; context < contexts; context++) {
		unsigned char *from = to;

		for (size_t i = 1; i < n; i++) {
			unsigned here = contexts == 1    ? 0
			                : contexts == 16 ? e[i].kind
			                                 : e[i].kind + 16U * e[i - 1].kind;

			if (here == context)
				*to++ = codec_symbol_of((e[i].ts - e[i - 1].ts) / divisor);
		}
		if (coded->count < 60)
			to = part(coded, from, to);
		else if (to > from)
			coded->parts[coded->count - 1].size += (size_t)(to - from);
	}
	for (size_t i = 1; i < n; i++) {
		uint64_t difference = e[i].ts - e[i - 1].ts, quotient = difference / divisor;
		const struct codec_symbol *symbol = &codec_symbols[codec_symbol_of(quotient)];

		codec_put_bits(&bits, quotient - symbol->base, (unsigned)symbol->bits);
		if (quotient * divisor != difference) {
			odd = codec_put_varint(odd, i - even);
			odd = codec_put_varint(odd, difference % divisor);
			even = i;
		}
	}
	(void)part(coded, coded->room + n * 16, codec_end_bits(&bits));
	(void)part(coded, coded->room + n * 32, odd);
}

static void stamps_symbols(struct coded *coded, const struct wsc_event *e, size_t n)
{
	put_symbols(coded, e, n, 1, 1);
}

static void stamps_symbols_kind(struct coded *coded, const struct wsc_event *e, size_t n)
{
	put_symbols(coded, e, n, 16, 1);
}

static void stamps_symbols_kind_divisor(struct coded *coded, const struct wsc_event *e, size_t n)
{
	put_symbols(coded, e, n, 16, TICK);
}

static void stamps_symbols_pair_divisor(struct coded *coded, const struct wsc_event *e, size_t n)
{
	put_symbols(coded, e, n, 256, TICK);
}

static uint64_t read_symbols(const unsigned char *content, size_t size, size_t n)
{
	struct codec_bit_reader bits = {.bytes = content + n - 1, .size = size - (n - 1)};
	uint64_t ts = 0;

	for (size_t i = 0; i + 1 < n; i++)
		ts += codec_symbols[content[i]].base + codec_get_bits(&bits, (unsigned)codec_symbols[content[i]].bits);
	return ts;
}

static void kinds(struct coded *coded, const struct wsc_event *e, size_t n)
{
	for (size_t i = 0; i < n; i++)
		coded->room[i] = e[i].kind;
	(void)part(coded, coded->room, coded->room + n);
}

static void tasks_delta(struct coded *coded, const struct wsc_event *e, size_t n)
{
	unsigned char *to = coded->room;

	for (size_t i = 1; i < n; i++)
		to = codec_put_varint(to, codec_zigzag(e[i].task - e[i - 1].task));
	(void)part(coded, coded->room, to);
}

static struct block_encoder *encoder;
static struct block_decoder decoder;
static struct block block;

/* What the format does, or some of its columns. */
static void format_columns(struct coded *coded, const struct wsc_event *e, size_t n, unsigned columns)
{
	unsigned char *to = coded->room;

	if (block_encode(encoder, e, n, NULL, &block) != WSC_OK)
		die("an event that cannot be written");
	for (unsigned c = 0; c < BLOCK_COLUMNS; c++) {
		size_t left = block.columns[c].size;
		const unsigned char *from = block.columns[c].bytes;

		if ((columns >> c & 1) == 0)
			continue;
		/* As the writer does it: the stamps of each kind by themselves. */
		for (unsigned k = 0; c == BLOCK_SYMBOLS && k < 16; k++) {
			size_t same = 0;

			for (size_t i = 0; i < n; i++)
				same += e[i].kind == k;
			memcpy(to, from, same);
			to = part(coded, to, to + same);
			from += same;
			left -= same;
		}
		if (left > 0)
			memcpy(to, from, left);
		to = part(coded, to, to + left);
	}
}

static void format_rest(struct coded *coded, const struct wsc_event *e, size_t n)
{
	format_columns(coded, e, n, 1U << BLOCK_TOKENS | 1U << BLOCK_TASKS | 1U << BLOCK_QUEUES | 1U << BLOCK_DETAILS);
}

static void format_stamps(struct coded *coded, const struct wsc_event *e, size_t n)
{
	format_columns(coded, e, n, 1U << BLOCK_SYMBOLS | 1U << BLOCK_BITS | 1U << BLOCK_ODD);
}

static void format_all(struct coded *coded, const struct wsc_event *e, size_t n)
{
	format_columns(coded, e, n, (1U << BLOCK_COLUMNS) - 1);
}

static uint64_t read_format(const unsigned char *content, size_t size, size_t n)
{
	static uint8_t operands[256];
	static uint64_t counts[256];
	static struct wsc_event events[BLOCK_CHUNK_EVENTS];
	struct block_chunk chunk = {.events = events};
	uint64_t sum = 0;

	(void)size, (void)n;
	for (unsigned c = 0; c < BLOCK_COLUMNS; c++) {
		block.columns[c].bytes = content;
		content += block.columns[c].size;
	}
	if (block_decoder_start(&decoder, &block, operands, counts) != WSC_OK)
		die("a block does not decode");
	while (block_decode(&decoder, &chunk) == WSC_OK)
		sum += chunk.events[0].ts;
	return sum;
}

static void rows16(struct coded *coded, const struct wsc_event *e, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		uint64_t row[2] = {e[i].ts, e[i].task << 8 | e[i].kind};

		memcpy(coded->room + i * 16, row, 16);
	}
	(void)part(coded, coded->room, coded->room + n * 16);
}

static const struct coding {
	const char *name;
	void (*write)(struct coded *, const struct wsc_event *, size_t);
	uint64_t (*read)(const unsigned char *, size_t, size_t); /* NULL: not measured */
} codings[] = {
    {"stamps: differences, LEB128", stamps_varint, read_varint},
    {"stamps: differences, 8 byte planes", stamps_planes, read_planes},
    {"stamps: symbols and bits", stamps_symbols, read_symbols},
    {"stamps: symbols by kind, and bits", stamps_symbols_kind, read_symbols},
    {"stamps: the same, divided by 26", stamps_symbols_kind_divisor, NULL},
    {"stamps: the same, by kind and kind before", stamps_symbols_pair_divisor, NULL},
    {"stamps: as in the format (divisor found)", format_stamps, NULL},
    {"kinds: a byte each", kinds, NULL},
    {"tasks: differences, LEB128", tasks_delta, NULL},
    {"kinds, tasks, queues, details: as in the format", format_rest, NULL},
    {"all: rows of 16 bytes", rows16, NULL},
    {"all: as in the format", format_all, read_format},
};

static volatile uint64_t sink;

/* One coding over all blocks: bytes per event; millions of events a second, with zstd, both ways. */
static void measure(const struct coding *coding, const struct streams *streams, struct frame_writer *writer,
                    struct frame_reader *reader)
{
	struct coded coded = {.room = grown(NULL, BLOCK_EVENTS * 64 + CODEC_SLACK_BYTES)};
	unsigned char *content = grown(NULL, BLOCK_EVENTS * 64 + CODEC_SLACK_BYTES);
	double writing = 0, reading = 0;
	size_t bytes = 0;

	for (size_t s = 0; s < streams->count; s++) {
		for (size_t at = 0; at < streams->rows[s].count; at += BLOCK_EVENTS) {
			size_t left = streams->rows[s].count - at, n = left < BLOCK_EVENTS ? left : BLOCK_EVENTS, size;
			const unsigned char *frame;
			double start = seconds();

			if (n < 2)
				continue;
			coded.count = 0;
			coding->write(&coded, streams->rows[s].events + at, n);
			if (coded.count == 0 || frame_write(writer, coded.parts, coded.count, &frame, &size) != WSC_OK)
				die("a block does not compress");
			writing += seconds() - start;
			bytes += size;
			start = seconds();
			struct frame_info info = frame_inspect(frame, size, BLOCK_EVENTS * 64);
			if (frame_read(reader, frame, info, content) != WSC_OK)
				die("a block does not decompress");
			if (coding->read != NULL)
				sink += coding->read(content, info.content_size, n);
			reading += seconds() - start;
		}
	}
	printf("| %s | %.3f | %.0f | ", coding->name, (double)bytes / (double)streams->events,
	       (double)streams->events / writing * 1e-6);
	if (coding->read != NULL)
		printf("%.0f |\n", (double)streams->events / reading * 1e-6);
	else
		printf("- |\n");
	free(coded.room);
	free(content);
}

/* ---- a whole file ---- */

static enum wsc_status write_fd(void *context, const void *bytes, size_t size)
{
	return write(*(int *)context, bytes, size) == (ssize_t)size ? WSC_OK : WSC_IO;
}

static void write_file(int fd, const struct streams *streams)
{
	struct trace_sink out = {.write = write_fd, .context = &fd};
	struct trace_header header;
	struct trace_writer *writer;
	bool more = true;

	trace_header_init(&header);
	header.clock = WSC_CLOCK_TICKS;
	header.ticks_per_second = 2600000000;
	if (trace_writer_create(&writer, out, &header, 0) != WSC_OK)
		die("the file cannot be written");
	for (size_t at = 0; more; at += BLOCK_EVENTS) {
		more = false;
		for (size_t s = 0; s < streams->count; s++) {
			size_t left = streams->rows[s].count > at ? streams->rows[s].count - at : 0;

			if (left == 0)
				continue;
			more = true;
			if (trace_writer_block(writer, streams->rows[s].events + at,
			                       left < BLOCK_EVENTS ? left : BLOCK_EVENTS, NULL) != WSC_OK)
				die("the file cannot be written");
		}
		if (trace_writer_epoch(writer, 0) != WSC_OK)
			die("the file cannot be written");
	}
	if (trace_writer_finish(writer, WSC_END_CLEAN) != WSC_OK)
		die("the file cannot be written");
	trace_writer_free(writer);
}

static size_t read_file(int fd)
{
	struct trace_reader *reader;
	struct trace_error err;
	const struct wsc_event *events;
	size_t n, runs = 0;
	enum wsc_status status;

	if (trace_reader_open(&reader, dup(fd), &err) != WSC_OK)
		die(err.message);
	while ((status = trace_reader_next(reader, &events, &n, &err)) == WSC_OK) {
		sink += events[0].ts;
		runs++;
	}
	if (status != WSC_DONE)
		die("the file does not read");
	trace_reader_free(reader);
	return runs;
}

/* What `zstd -dc` does with it. */
static void decompress_file(int fd, size_t size)
{
	ZSTD_DCtx *context = ZSTD_createDCtx();
	unsigned char *bytes = mmap(NULL, size, PROT_READ, MAP_PRIVATE, fd, 0), *room = grown(NULL, 1 << 17);
	ZSTD_inBuffer in = {.src = bytes, .size = size};

	if (bytes == MAP_FAILED || context == NULL)
		die("out of memory");
	while (in.pos < in.size) {
		ZSTD_outBuffer out = {.dst = room, .size = 1 << 17};

		if (ZSTD_isError(ZSTD_decompressStream(context, &out, &in)))
			die("the file does not decompress");
	}
	(void)munmap(bytes, size);
	(void)ZSTD_freeDCtx(context);
	free(room);
}

static void measure_file(const struct streams *streams)
{
	int fd = memfd_create("columns", MFD_CLOEXEC);
	double start = seconds(), writing, reading, plain;
	size_t size, runs;

	if (fd < 0)
		die(strerror(errno));
	write_file(fd, streams);
	writing = seconds() - start;
	size = (size_t)lseek(fd, 0, SEEK_END);
	start = seconds();
	decompress_file(fd, size);
	plain = seconds() - start;
	start = seconds();
	runs = read_file(fd);
	reading = seconds() - start;
	printf(
	    "\nfile: %zu events, %zu bytes, %.3f bytes/event; written %.1f M events/s, read and merged %.1f M events/s "
	    "(%.1f events a run), zstd alone %.1f M events/s: reading takes %.2f times as long\n",
	    streams->events, size, (double)size / (double)streams->events, (double)streams->events / writing * 1e-6,
	    (double)streams->events / reading * 1e-6, (double)streams->events / (double)runs,
	    (double)streams->events / plain * 1e-6, reading / plain);
	(void)close(fd);
}

int main(int argc, char **argv)
{
	struct streams streams = {0};
	struct frame_writer *writer;
	struct frame_reader *reader;

	is_fine = argc > 1 && strcmp(argv[1], "fine") == 0;
	if (argc > 1 && !is_fine)
		load(&streams, argv[1]);
	else
		simulate(&streams);
	if (frame_writer_create(&writer, 3) != WSC_OK || frame_reader_create(&reader) != WSC_OK ||
	    block_encoder_create(&encoder) != WSC_OK)
		die("out of memory");
	printf("%zu events of %zu workers, %s, blocks of %d events\n\n", streams.events, streams.count,
	       argc > 1 ? argv[1] : "simulated", BLOCK_EVENTS);
	printf("| coding | bytes/event | write, M events/s | read, M events/s |\n|---|---|---|---|\n");
	for (size_t i = 0; i < sizeof codings / sizeof codings[0]; i++)
		measure(&codings[i], &streams, writer, reader);
	measure_file(&streams);
	frame_writer_free(writer);
	frame_reader_free(reader);
	block_encoder_free(encoder);
	for (size_t s = 0; s < streams.count; s++)
		free(streams.rows[s].events);
	free(streams.rows);
	return 0;
}
