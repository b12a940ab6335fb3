/* SPDX-License-Identifier: MIT */
/* Anything as a file of JSON Lines: what is read can be written and read again, and nothing is lost or changed. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "fuzz.h"
#include "jsonl_writer.h"
#include "memory_file.h"
#include "trace_input.h"

struct text {
	char *bytes; /* the caller frees them */
	size_t size;
};

/* Reads a file in memory and writes all that it says. False: it was refused. */
static bool write_again(const void *bytes, size_t size, struct text *text)
{
	struct trace_input *input = NULL;
	struct trace_error err = {0};
	const int fd = memory_file(bytes, size);
	FILE *out = open_memstream(&text->bytes, &text->size);
	must(out != NULL);
	bool is_read =
	    trace_input_open(&input, memory_path(fd).text, &err) == WSC_OK && jsonl_dump(input, out, &err) == WSC_OK;
	must(is_read || err.message[0] != '\0');
	trace_input_free(input);
	fclose(out);
	close(fd);
	return is_read;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct text first = {0}, second = {0};
	if (write_again(data, size, &first)) {
		must(write_again(first.bytes, first.size, &second));
		must(first.size == second.size && memcmp(first.bytes, second.bytes, first.size) == 0);
	}
	free(first.bytes);
	free(second.bytes);
	return 0;
}
