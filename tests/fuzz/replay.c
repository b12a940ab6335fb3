/* SPDX-License-Identifier: MIT */
/*
 * A fuzz target without a fuzzer: replay [-n COUNT] FILE...
 * Runs the target on each file, and on COUNT (0) changed copies of each, always the same ones. It ends with exit code 0,
 * or dies of what it found; 2: a file can't be read.
 */
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "fuzz.h"
#include "random_source.h"

enum { SIZE_MAX_BYTES = 1 << 20, ROOM = 64 };

#pragma weak LLVMFuzzerCustomMutator

static uint64_t state = 1;

static uint64_t below(uint64_t bound)
{
	return random_next(&state) % bound;
}

/* One to four small changes. Returns the size, at most ROOM greater. */
static size_t change(uint8_t *bytes, size_t size)
{
	for (uint64_t changes = 1 + below(4); changes > 0 && size > 0; changes--) {
		const size_t at = (size_t)below(size), run = 1 + (size_t)below(size - at < 16 ? size - at : 16);
		switch (below(5)) {
		case 0:
			bytes[at] ^= (uint8_t)(1u << below(8));
			break;
		case 1:
			bytes[at] = (uint8_t)below(256);
			break;
		case 2:
			memmove(bytes + at, bytes + at + run, size - at - run);
			size -= run;
			break;
		case 3:
			memmove(bytes + at + run, bytes + at, size - at);
			size += run;
			break;
		default:
			memcpy(bytes + below(size - run + 1), bytes + at, 1);
			break;
		}
	}
	return size;
}

size_t LLVMFuzzerMutate(uint8_t *data, size_t size, size_t max_size)
{
	return size + ROOM <= max_size ? change(data, size) : size;
}

static bool replay(const char *path, uint64_t count)
{
	static uint8_t original[SIZE_MAX_BYTES], bytes[SIZE_MAX_BYTES + ROOM];
	FILE *file = fopen(path, "rb");
	if (file == NULL)
		return false;
	const size_t size = fread(original, 1, sizeof(original), file);
	const bool read = ferror(file) == 0;
	fclose(file);
	if (read)
		LLVMFuzzerTestOneInput(original, size);
	for (uint64_t i = 0; read && i < count; i++) {
		memcpy(bytes, original, size);
		const size_t changed =
		    LLVMFuzzerCustomMutator != NULL
		        ? LLVMFuzzerCustomMutator(bytes, size, sizeof(bytes), (unsigned)below(UINT32_MAX))
		        : change(bytes, size);
		uint8_t *exact = malloc(changed + 1); /* so that a sanitizer sees where it ends */
		if (exact == NULL)
			return false;
		memcpy(exact, bytes, changed);
		LLVMFuzzerTestOneInput(exact, changed);
		free(exact);
	}
	return read;
}

int main(int argc, char **argv)
{
	uint64_t count = 0;
	int option;
	while ((option = getopt(argc, argv, "n:")) != -1) {
		if (option != 'n')
			return 2;
		count = strtoull(optarg, NULL, 10);
	}
	for (int i = optind; i < argc; i++) {
		if (!replay(argv[i], count)) {
			perror(argv[i]);
			return 2;
		}
	}
	printf("%d files, %llu changed copies of each\n", argc - optind, (unsigned long long)count);
	return 0;
}
