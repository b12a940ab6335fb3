/* SPDX-License-Identifier: MIT */
/* What the plain tests of the recorder share: checks that count, temporary directories, and a trace read into memory.
 */
#ifndef RECORD_SUPPORT_H
#define RECORD_SUPPORT_H

#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "trace_reader.h"
#include "wscheck/record.h"

/* Set by TSan builds, in which loops run some ten times slower. */
#if defined(__SANITIZE_THREAD__)
#define UNDER_TSAN 1
#else
#define UNDER_TSAN 0
#endif
/* Set by ASan builds: a process forked while another thread allocates finds the allocator locked for good. */
#if defined(__SANITIZE_ADDRESS__)
#define UNDER_ASAN 1
#else
#define UNDER_ASAN 0
#endif

/* Valgrind needs memory of its own in the process that it runs. */
static inline int under_valgrind(void)
{
	const char *preloaded = getenv("LD_PRELOAD");
	return preloaded != NULL && strstr(preloaded, "vgpreload") != NULL;
}

static int failures;

#define CHECK(condition, ...)                                                                                          \
	do {                                                                                                           \
		if (!(condition)) {                                                                                    \
			fprintf(stderr, "%s:%d: %s: ", __FILE__, __LINE__, #condition);                                \
			fprintf(stderr, __VA_ARGS__);                                                                  \
			fputc('\n', stderr);                                                                           \
			failures++;                                                                                    \
		}                                                                                                      \
	} while (0)

struct recorded {
	struct trace_reader *reader;
	const struct trace_header *header;
	struct wsc_event *events;
	size_t count, room;
	struct trace_summary summary;
};

static inline void recorded_append(struct recorded *trace, const struct wsc_event *events, size_t count)
{
	if (trace->count + count > trace->room) {
		trace->room = 2 * (trace->count + count);
		trace->events = realloc(trace->events, trace->room * sizeof(*events));
		if (trace->events == NULL)
			abort();
	}
	memcpy(trace->events + trace->count, events, count * sizeof(*events));
	trace->count += count;
}

/* Reads a whole trace. Anything but a sound one counts as a failure. */
static inline struct recorded recorded_read(const char *path)
{
	struct recorded trace = {0};
	struct trace_error error = {0};
	const int fd = open(path, O_RDONLY | O_CLOEXEC);
	CHECK(fd >= 0, "%s", path);
	if (fd < 0)
		return trace;
	if (trace_reader_open(&trace.reader, fd, &error) != WSC_OK) {
		CHECK(0, "%s: %s", path, error.message);
		return trace;
	}
	trace.header = trace_reader_header(trace.reader);
	const struct wsc_event *events;
	size_t count;
	enum wsc_status status;
	while ((status = trace_reader_next(trace.reader, &events, &count, &error)) == WSC_OK)
		recorded_append(&trace, events, count);
	CHECK(status == WSC_DONE, "%s: status %d: %s", path, (int)status, error.message);
	trace.summary = *trace_reader_summary(trace.reader);
	CHECK(trace.summary.damaged_blocks == 0, "%" PRIu64, trace.summary.damaged_blocks);
	return trace;
}

static inline void recorded_free(struct recorded *trace)
{
	trace_reader_free(trace->reader);
	free(trace->events);
	*trace = (struct recorded){0};
}

/* A fresh directory; the path of `name` in it goes to `path`, of 256 bytes. */
static inline void scratch_path(char *path, const char *name)
{
	static char directory[128];
	if (directory[0] == '\0') {
		const char *base = getenv("TMPDIR");
		snprintf(directory, sizeof(directory), "%s/wscheck-test-XXXXXX", base != NULL ? base : "/tmp");
		if (mkdtemp(directory) == NULL) {
			perror("mkdtemp");
			exit(77);
		}
	}
	snprintf(path, 256, "%s/%s", directory, name);
}

/* Removes the directory of a scratch path, which must be empty but for the path itself. */
static inline void scratch_remove(const char *path)
{
	char directory[256];
	unlink(path);
	snprintf(directory, sizeof(directory), "%s", path);
	*strrchr(directory, '/') = '\0';
	CHECK(rmdir(directory) == 0, "%s: something was left there", directory);
}

#endif
