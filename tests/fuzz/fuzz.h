/* SPDX-License-Identifier: MIT */
/*
 * What a fuzz target is: one function that takes any bytes and returns. libFuzzer (https://llvm.org/docs/LibFuzzer.html)
 * calls it with VARIANT=fuzz; replay.c does without clang.
 */
#ifndef FUZZ_H
#define FUZZ_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Changes an input in its own way; a target need not have one. Returns the size, at most max_size. */
size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t max_size, unsigned seed);

/* The fuzzer's own way to change bytes. */
size_t LLVMFuzzerMutate(uint8_t *data, size_t size, size_t max_size);

/* What every input must keep to. */
static inline void must(bool holds)
{
	if (!holds)
		abort();
}

/* What is left of the input. */
struct fuzz_input {
	const uint8_t *data;
	size_t size;
};

/* The next bytes, fewer or none at the end. */
static inline size_t fuzz_take(struct fuzz_input *input, size_t want, const uint8_t **bytes)
{
	const size_t got = want < input->size ? want : input->size;
	*bytes = input->data;
	input->data += got;
	input->size -= got;
	return got;
}

/* A little-endian number of `size` bytes; what is missing is 0. */
static inline uint64_t fuzz_number(struct fuzz_input *input, size_t size)
{
	const uint8_t *bytes;
	uint64_t number = 0;
	for (size_t i = 0, got = fuzz_take(input, size, &bytes); i < got; i++)
		number |= (uint64_t)bytes[i] << 8 * i;
	return number;
}

#endif
