/* SPDX-License-Identifier: MIT */
/* One block: the CBOR item, then its columns. */
#include <stdlib.h>
#include <string.h>

#include "fuzz.h"
#include "trace_item.h"

static void decode(const struct block *block)
{
	static struct block_decoder decoder;
	static struct wsc_event events[BLOCK_CHUNK_EVENTS];
	static uint64_t order[BLOCK_CHUNK_EVENTS], extensions[256];
	static uint8_t operands[256]; /* kinds of one operand and of none, and undeclared ones */
	struct block_chunk chunk = {.events = events, .order = order};
	for (unsigned kind = 0; kind < 256; kind++)
		operands[kind] = (uint8_t)(kind < 64 ? kind % 3 : 255);
	enum wsc_status status = block_decoder_start(&decoder, block, operands, extensions);
	while (status == WSC_OK)
		status = block_decode(&decoder, &chunk);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct trace_envelope envelope;
	struct block block;
	uint64_t left;
	unsigned char *bytes = calloc(1, size + CODEC_SLACK_BYTES);
	if (bytes == NULL)
		abort();
	if (size > 0)
		memcpy(bytes, data, size);
	struct trace_cbor_reader reader = {.bytes = bytes, .size = size};
	if (trace_item_read(&reader, &envelope, &left) == WSC_OK &&
	    trace_item_read_block(&reader, left, &block) == WSC_OK)
		decode(&block);
	free(bytes);
	return 0;
}
