/* SPDX-License-Identifier: MIT */
/*
 * The number codes of which columns are made (SPEC.md, "Number codes"). Pure functions over memory of the caller's.
 *
 *   varint   LEB128 of an unsigned 64-bit number, at most 10 bytes, the shortest form only
 *   zigzag   a signed difference as an unsigned number: 0, -1, 1, -2, ...
 *   symbol   one byte for the magnitude of a 64-bit number, its remaining low bits in a bit string: bytes of equal
 *            meaning stay together, where a Huffman coder makes the most of them, and noise stays out of its way
 */
#ifndef CODEC_H
#define CODEC_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

enum { CODEC_VARINT_BYTES_MAX = 10, CODEC_SLACK_BYTES = 16 };

/* Writes at `to`, returns the end. CODEC_VARINT_BYTES_MAX bytes must fit. */
unsigned char *codec_put_varint(unsigned char *to, uint64_t value);

/* Reads at *from, before `end`; moves *from. False: truncated, longer than 64 bits or not the shortest form. */
bool codec_get_varint(const unsigned char **from, const unsigned char *end, uint64_t *value);

static inline uint64_t codec_zigzag(uint64_t difference)
{
	return (difference << 1) ^ (0 - (difference >> 63));
}

static inline uint64_t codec_unzigzag(uint64_t value)
{
	return (value >> 1) ^ (0 - (value & 1));
}

/* What a symbol stands for: base + the next `bits` bits of the bit string, 0..63. */
struct codec_symbol {
	uint64_t base;
	uint64_t bits;
};
extern const struct codec_symbol codec_symbols[256];

/* The symbol of `value`; its remaining bits are value - codec_symbols[symbol].base. */
static inline uint8_t codec_symbol_of(uint64_t value)
{
	unsigned octave;

	if (value < 32)
		return (uint8_t)value;
	octave = 63U - (unsigned)__builtin_clzll(value);
	if (octave < 16)
		return (uint8_t)(32 + (octave - 5) * 16 + ((value >> (octave - 4)) & 15));
	return (uint8_t)(208 + (octave - 16));
}

/* Bit strings: the first bit is the lowest of the first byte. The rest of the last byte is 0. */
struct codec_bit_writer {
	unsigned char *to; /* where the next whole word goes; room is the caller's affair */
	uint64_t word;
	unsigned fill; /* bits of `word` in use, 0..63 */
};

static inline void codec_put_bits(struct codec_bit_writer *writer, uint64_t value, unsigned bits)
{
	writer->word |= value << writer->fill;
	writer->fill += bits;
	if (writer->fill >= 64) {
		for (unsigned i = 0; i < 8; i++)
			*writer->to++ = (unsigned char)(writer->word >> (8 * i));
		writer->fill -= 64;
		writer->word = writer->fill == 0 ? 0 : value >> (bits - writer->fill);
	}
}

/* Writes what is left, returns the end. */
unsigned char *codec_end_bits(struct codec_bit_writer *writer);

/*
 * `bytes` must be followed by CODEC_SLACK_BYTES readable bytes. A read past the end gives bits of no meaning and is
 * told afterwards by codec_bits_ended(): so a loop over many reads has no branch for it.
 */
struct codec_bit_reader {
	const unsigned char *bytes;
	uint64_t at;   /* bits read so far */
	uint64_t size; /* bytes */
};

static inline uint64_t codec_load_le64(const unsigned char *from)
{
#if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
	uint64_t value;

	memcpy(&value, from, sizeof value);
	return value;
#else
	uint64_t value = 0;

	for (unsigned i = 0; i < 8; i++)
		value |= (uint64_t)from[i] << (8 * i);
	return value;
#endif
}

static inline uint64_t codec_get_bits(struct codec_bit_reader *reader, unsigned bits)
{
	uint64_t byte = reader->at >> 3, shift = reader->at & 7, value;
	const unsigned char *from = reader->bytes + (byte < reader->size ? byte : reader->size);

	value = codec_load_le64(from) >> shift;
	if (__builtin_expect(bits > 56, 0))
		value |= shift == 0 ? 0 : (uint64_t)from[8] << (64 - shift);
	reader->at += bits;
	return value & ((UINT64_C(1) << bits) - 1);
}

/* Whether exactly the whole string was read: less than a byte is left, and that is 0. */
bool codec_bits_ended(const struct codec_bit_reader *reader);

#endif
