/* SPDX-License-Identifier: MIT */
#include "environment.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "notice.h"

/* Set, and not empty. */
static const char *get(const char *name)
{
	const char *value = secure_getenv(name); /* who runs a set-user-id program does not choose its files */
	return value != NULL && *value != '\0' ? value : NULL;
}

enum variable { MODE, BUFFER, MAX_BYTES, SAMPLE };
static const char *const names[] = {[MODE] = "WSCHECK_MODE",
                                    [BUFFER] = "WSCHECK_BUFFER",
                                    [MAX_BYTES] = "WSCHECK_MAX_BYTES",
                                    [SAMPLE] = "WSCHECK_SAMPLE"};

/* Names a value that can't be read, at the first recorder that meets it. */
static void complain(enum variable which, const char *value, const char *remedy)
{
	static uint32_t said;
	const char *name = names[which];
	const uint32_t bit = 1u << which;
	/* Relaxed: only the number is at stake. Pairs with itself. */
	if ((__atomic_fetch_or(&said, bit, __ATOMIC_RELAXED) & bit) == 0)
		notice("%s=%s is not understood and has no effect: %s", name, value, remedy);
}

/* Decimal digits up to `end`. False: none, or too many. */
static bool read_digits(const char **at, uint64_t *value)
{
	const char *s = *at;
	*value = 0;
	for (; *s >= '0' && *s <= '9'; s++) {
		const uint64_t digit = (uint64_t)(*s - '0');
		if (*value > (UINT64_MAX - digit) / 10)
			return false;
		*value = *value * 10 + digit;
	}
	const bool any = s != *at;
	*at = s;
	return any;
}

/* A number of bytes with K, M or G behind it, or nothing. */
static bool read_bytes(const char **at, uint64_t *bytes)
{
	unsigned shift = 0;
	if (!read_digits(at, bytes))
		return false;
	switch (**at) {
	case 'k':
	case 'K':
		shift = 10;
		break;
	case 'm':
	case 'M':
		shift = 20;
		break;
	case 'g':
	case 'G':
		shift = 30;
		break;
	default:
		return true;
	}
	++*at;
	if (*bytes > UINT64_MAX >> shift)
		return false;
	*bytes <<= shift;
	return true;
}

static void apply_mode(struct wsc_options *options)
{
	static const char *const words[] = {
	    [WSC_MODE_DROP] = "drop", [WSC_MODE_BLOCK] = "block", [WSC_MODE_OVERWRITE] = "overwrite"};
	const char *value = get(names[MODE]);
	if (options->mode != WSC_MODE_DEFAULT || value == NULL)
		return;
	for (unsigned mode = WSC_MODE_DROP; mode <= WSC_MODE_OVERWRITE; mode++) {
		if (strcmp(value, words[mode]) == 0)
			options->mode = (enum wsc_mode)mode;
	}
	if (options->mode == WSC_MODE_DEFAULT)
		complain(MODE, value, "say drop, block or overwrite");
}

static void apply_buffer(struct wsc_options *options)
{
	const char *value = get(names[BUFFER]), *at = value;
	const uint64_t slot = sizeof(struct wsc_slot);
	uint64_t bytes;
	if (options->ring_events != 0 || value == NULL)
		return;
	if (read_bytes(&at, &bytes) && *at == '\0' && bytes >= WSC_RING_EVENTS_MIN * slot &&
	    bytes <= WSC_RING_EVENTS_MAX * slot)
		options->ring_events = (size_t)(bytes / slot);
	else
		complain(BUFFER, value, "say the bytes of a worker's ring, 1K to 1G");
}

static void apply_max_bytes(struct wsc_options *options)
{
	const char *value = get(names[MAX_BYTES]), *at = value;
	uint64_t bytes;
	if (options->max_bytes != 0 || value == NULL)
		return;
	if (read_bytes(&at, &bytes) && bytes >= WSC_MAX_BYTES_MIN && (*at == '\0' || strcmp(at, ",last") == 0)) {
		options->max_bytes = bytes;
		options->keep_last = *at != '\0';
	} else {
		complain(MAX_BYTES, value, "say 2M or more, and ,last behind it to keep the end");
	}
}

/* "1/N" or "N". */
static void apply_sample(struct wsc_options *options)
{
	const char *value = get(names[SAMPLE]), *at = value;
	uint64_t sampling;
	if (options->sampling != 0 || value == NULL)
		return;
	if (strncmp(at, "1/", 2) == 0)
		at += 2;
	if (read_digits(&at, &sampling) && *at == '\0' && sampling >= 1 && sampling <= WSC_SAMPLING_MAX)
		options->sampling = (uint32_t)sampling;
	else
		complain(SAMPLE, value, "say 1/N or N, for one task in N, N up to 1000000");
}

bool environment_apply(struct wsc_options *options)
{
	const char *disable = get("WSCHECK_DISABLE");
	if (disable != NULL && strcmp(disable, "0") != 0)
		return false;
	if (options->path == NULL)
		options->path = get("WSCHECK_TRACE");
	if (options->path == NULL)
		return false;
	apply_mode(options);
	apply_buffer(options);
	apply_max_bytes(options);
	apply_sample(options);
	return true;
}
