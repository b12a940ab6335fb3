/* SPDX-License-Identifier: MIT */
/* What a program and its user may ask of the recorder, and what each is told of a wish that can't be met. */
#include <criterion/criterion.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "environment.h"
#include "trace_limits.h"

/* What goes to stderr comes here. */
static int said_fd = -1;

static void listen_to_stderr(void)
{
	said_fd = memfd_create("said", MFD_CLOEXEC);
	cr_assert(said_fd >= 0 && dup2(said_fd, STDERR_FILENO) >= 0);
}

/* What was said since the last call; valid until the next. */
static const char *said(void)
{
	static char text[2048];
	const ssize_t got = pread(said_fd, text, sizeof(text) - 1, 0);
	cr_assert_geq(got, 0);
	text[got] = '\0';
	cr_assert_eq(ftruncate(said_fd, 0), 0);
	lseek(said_fd, 0, SEEK_SET);
	return text;
}

TestSuite(record_options, .init = listen_to_stderr);

static struct wsc_options options_of(const char *path)
{
	struct wsc_options options = WSC_OPTIONS_INIT;
	options.path = path;
	return options;
}

/* --- what the program says --- */

static void expect_refused(const struct wsc_options *options, const char *why)
{
	char line[256];
	cr_expect_null(wsc_open(options), "%s", why);
	snprintf(line, sizeof(line), "wscheck: %s; nothing is recorded\n", why);
	cr_expect_str_eq(said(), line);
}

/* One option out of its bounds at a time. The last value that is allowed is not refused for it. */
#define REFUSES(field, value, why)                                                                                     \
	do {                                                                                                           \
		struct wsc_options options = options_of("/nonexistent-directory/t.zst");                               \
		options.field = value;                                                                                 \
		expect_refused(&options, why);                                                                         \
	} while (0)
#define ALLOWS(field, value)                                                                                           \
	do {                                                                                                           \
		struct wsc_options options = options_of("/nonexistent-directory/t.zst");                               \
		options.field = value;                                                                                 \
		cr_expect_null(wsc_open(&options));                                                                    \
		cr_expect(strstr(said(), "can't open its directory") != NULL, #field);                                 \
	} while (0)

Test(record_options, numbers_have_bounds)
{
	REFUSES(path, "", "the path is empty");
	ALLOWS(ring_events, WSC_RING_EVENTS_MAX);
	REFUSES(ring_events, WSC_RING_EVENTS_MAX + 1, "ring_events is too large");
	ALLOWS(epoch_ms, WSC_EPOCH_MS_MAX);
	REFUSES(epoch_ms, WSC_EPOCH_MS_MAX + 1, "epoch_ms is too large");
	ALLOWS(level, 15);
	REFUSES(level, 16, "the compression level is not in 0..15");
	REFUSES(level, -1, "the compression level is not in 0..15");
	ALLOWS(max_bytes, WSC_MAX_BYTES_MIN);
	REFUSES(max_bytes, WSC_MAX_BYTES_MIN - 1, "max_bytes is too small");
	ALLOWS(sampling, WSC_SAMPLING_MAX);
	REFUSES(sampling, WSC_SAMPLING_MAX + 1, "sampling is too large");
	REFUSES(snapshot_signal, -1, "snapshot_signal is not a signal");
	REFUSES(snapshot_signal, NSIG, "snapshot_signal is not a signal");
	ALLOWS(uncertainty_ns, UINT64_C(60000000000));
	REFUSES(uncertainty_ns, UINT64_C(60000000001), "uncertainty_ns or publish_ns is too large");
	REFUSES(publish_ns, UINT64_C(60000000001), "uncertainty_ns or publish_ns is too large");
	REFUSES(queue_count, TRACE_TABLE_ROWS_MAX + 1, "too many queues or meta entries");
	REFUSES(meta_count, TRACE_META_ROWS_MAX + 1, "too many queues or meta entries");
}

Test(record_options, words_are_known_ones)
{
	static const char header[] = "identity, discipline or scope is none of the known values";
	static const char behaviour[] = "mode or on_fork is none of the known values";
	struct wsc_queue_info queue = {.queue = 1, .discipline = (enum wsc_discipline)9};
	struct wsc_options with_queue = options_of("/nonexistent-directory/t.zst");
	REFUSES(identity, (enum wsc_identity)9, header);
	REFUSES(discipline, (enum wsc_discipline)9, header);
	REFUSES(scope, (enum wsc_scope)9, header);
	REFUSES(mode, (enum wsc_mode)9, behaviour);
	REFUSES(on_fork, (enum wsc_on_fork)9, behaviour);
	with_queue.queues = &queue;
	with_queue.queue_count = 1;
	expect_refused(&with_queue, "a queue's discipline is none of the known values");
}

Test(record_options, another_version_of_the_header)
{
	static const char why[] = "the program was compiled with another version of wscheck/record.h than this library";
	REFUSES(abi, WSC_RECORD_ABI + 1, why);
	REFUSES(size, sizeof(struct wsc_options) - 8, why);
	cr_expect_null(wsc_open(NULL));
	cr_expect_str_eq(said(), "");
}

/* --- what its user says --- */

/* Applies NAME=value to options that leave all open. */
static struct wsc_options with(const char *name, const char *value)
{
	struct wsc_options options = options_of("t.zst");
	setenv(name, value, 1);
	cr_expect(environment_apply(&options), "%s=%s", name, value);
	unsetenv(name);
	return options;
}

/* Each is named once, with what to say instead. */
static void expect_not_understood(const char *name, const char *const *values, const char *remedy)
{
	const struct wsc_options plain = options_of("t.zst");
	for (size_t i = 0; values[i] != NULL; i++) {
		char line[256] = "";
		const struct wsc_options options = with(name, values[i]);
		cr_expect_eq(memcmp(&options, &plain, sizeof(plain)), 0, "%s=%s has an effect", name, values[i]);
		if (i == 0)
			snprintf(line, sizeof(line), "wscheck: %s=%s is not understood and has no effect: say %s\n",
			         name, values[i], remedy);
		cr_expect_str_eq(said(), line);
	}
}

Test(record_options, the_mode)
{
	static const char *const not_understood[] = {"dorp", "droP", "drop ", NULL};
	cr_expect_eq(with("WSCHECK_MODE", "drop").mode, WSC_MODE_DROP);
	cr_expect_eq(with("WSCHECK_MODE", "block").mode, WSC_MODE_BLOCK);
	cr_expect_eq(with("WSCHECK_MODE", "overwrite").mode, WSC_MODE_OVERWRITE);
	cr_expect_eq(with("WSCHECK_MODE", "").mode, WSC_MODE_DEFAULT);
	cr_expect_str_eq(said(), "", "what is empty is as good as not set");
	expect_not_understood("WSCHECK_MODE", not_understood, "drop, block or overwrite");
}

Test(record_options, the_buffer)
{
	static const char *const not_understood[] = {
	    "1023", "1025M", "64Q", "K", "64KK", "-1", "18446744073709551616", "17179869185G", NULL};
	cr_expect_eq(with("WSCHECK_BUFFER", "1K").ring_events, 64);
	cr_expect_eq(with("WSCHECK_BUFFER", "1024").ring_events, 64);
	cr_expect_eq(with("WSCHECK_BUFFER", "64k").ring_events, 4096);
	cr_expect_eq(with("WSCHECK_BUFFER", "2m").ring_events, 131072);
	cr_expect_eq(with("WSCHECK_BUFFER", "1G").ring_events, WSC_RING_EVENTS_MAX);
	cr_expect_eq(with("WSCHECK_BUFFER", "1g").ring_events, WSC_RING_EVENTS_MAX);
	expect_not_understood("WSCHECK_BUFFER", not_understood, "the bytes of a worker's ring, 1K to 1G");
}

Test(record_options, the_largest_file)
{
	static const char *const not_understood[] = {"1M", "2M,first", "2M,", ",last", "many", NULL};
	struct wsc_options options = with("WSCHECK_MAX_BYTES", "3M");
	cr_expect(options.max_bytes == 3 << 20 && options.keep_last == 0);
	options = with("WSCHECK_MAX_BYTES", "2097152,last");
	cr_expect(options.max_bytes == 2 << 20 && options.keep_last != 0);
	expect_not_understood("WSCHECK_MAX_BYTES", not_understood, "2M or more, and ,last behind it to keep the end");
}

Test(record_options, the_sample)
{
	static const char *const not_understood[] = {"0", "1/0", "1/", "2/3", "1000001", "1/8x", NULL};
	cr_expect_eq(with("WSCHECK_SAMPLE", "1/8").sampling, 8);
	cr_expect_eq(with("WSCHECK_SAMPLE", "1").sampling, 1);
	cr_expect_eq(with("WSCHECK_SAMPLE", "1000000").sampling, WSC_SAMPLING_MAX);
	expect_not_understood("WSCHECK_SAMPLE", not_understood, "1/N or N, for one task in N, N up to 1000000");
}

Test(record_options, what_the_program_says_goes_first)
{
	struct wsc_options given = options_of("t.zst"), options;
	given.mode = WSC_MODE_BLOCK;
	given.ring_events = 64;
	given.max_bytes = WSC_MAX_BYTES_MIN;
	given.sampling = 3;
	setenv("WSCHECK_TRACE", "other.zst", 1);
	setenv("WSCHECK_MODE", "drop", 1);
	setenv("WSCHECK_BUFFER", "1M", 1);
	setenv("WSCHECK_MAX_BYTES", "4M,last", 1);
	setenv("WSCHECK_SAMPLE", "2", 1);
	options = given;
	cr_expect(environment_apply(&options));
	cr_expect_eq(memcmp(&options, &given, sizeof(given)), 0);
}

Test(record_options, whether_there_is_a_trace)
{
	struct wsc_options options = options_of(NULL);
	cr_expect_not(environment_apply(&options));
	setenv("WSCHECK_TRACE", "", 1);
	cr_expect_not(environment_apply(&options));
	setenv("WSCHECK_TRACE", "u.zst", 1);
	cr_expect(environment_apply(&options));
	cr_expect_str_eq(options.path, "u.zst");
	setenv("WSCHECK_DISABLE", "0", 1);
	cr_expect(environment_apply(&options));
	setenv("WSCHECK_DISABLE", "", 1);
	cr_expect(environment_apply(&options));
	setenv("WSCHECK_DISABLE", "1", 1);
	cr_expect_not(environment_apply(&options));
	cr_expect_str_eq(said(), "");
}
