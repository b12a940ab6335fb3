/* SPDX-License-Identifier: MIT */
/* The number codes: every value comes back, and what SPEC.md forbids is refused. */
#include <criterion/criterion.h>

#include "codec.h"
#include "trace_fixture.h"

/* Values around every power of two, and random ones of every length. */
static size_t interesting(uint64_t *values)
{
	uint64_t state = 3;
	size_t n = 0;

	for (unsigned bit = 0; bit < 64; bit++) {
		uint64_t power = UINT64_C(1) << bit;

		values[n++] = power - 1;
		values[n++] = power;
		values[n++] = power + 1;
		for (unsigned i = 0; i < 20; i++)
			values[n++] = random_next(&state) >> bit;
	}
	values[n++] = UINT64_MAX;
	return n;
}

Test(codec, varints_come_back_in_their_shortest_form)
{
	uint64_t values[2000], value;
	size_t n = interesting(values);

	for (size_t i = 0; i < n; i++) {
		unsigned char bytes[CODEC_VARINT_BYTES_MAX];
		unsigned char *end = codec_put_varint(bytes, values[i]);
		const unsigned char *at = bytes;

		cr_assert(codec_get_varint(&at, end, &value));
		cr_assert(at == end && value == values[i]);
		at = bytes;
		cr_assert_not(codec_get_varint(&at, end - 1, &value), "truncated");
	}
}

Test(codec, varints_that_are_too_long_are_refused)
{
	static const unsigned char longer[] = {0x85, 0x00};
	static const unsigned char beyond[] = {0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x02};
	static const unsigned char eleven[] = {0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x01};
	const unsigned char *at = longer;
	uint64_t value;

	cr_assert_not(codec_get_varint(&at, longer + sizeof longer, &value));
	at = beyond;
	cr_assert_not(codec_get_varint(&at, beyond + sizeof beyond, &value));
	at = eleven;
	cr_assert_not(codec_get_varint(&at, eleven + sizeof eleven, &value));
}

Test(codec, zigzag_keeps_small_differences_small)
{
	uint64_t values[2000];
	size_t n = interesting(values);

	for (size_t i = 0; i < n; i++)
		cr_assert_eq(codec_unzigzag(codec_zigzag(values[i])), values[i]);
	cr_assert_eq(codec_zigzag(0), 0);
	cr_assert_eq(codec_zigzag(UINT64_MAX), 1);
	cr_assert_eq(codec_zigzag(1), 2);
}

/* Each symbol begins where the one before ends, and the last one ends with the last number. */
Test(codec, symbols_cover_all_numbers_once)
{
	for (unsigned s = 0; s < 256; s++) {
		uint64_t last = codec_symbols[s].base + ((UINT64_C(1) << codec_symbols[s].bits) - 1);

		cr_assert_eq(codec_symbol_of(codec_symbols[s].base), s);
		cr_assert_eq(codec_symbol_of(last), s);
		cr_assert_eq(last + 1, s < 255 ? codec_symbols[s + 1].base : 0);
	}
}

Test(codec, symbols_and_bits_come_back)
{
	uint64_t values[2000];
	size_t n = interesting(values), size;
	unsigned char bytes[2000 * 8 + CODEC_SLACK_BYTES] = {0};
	struct codec_bit_writer writer = {.to = bytes};
	struct codec_bit_reader reader = {.bytes = bytes};

	for (size_t i = 0; i < n; i++) {
		const struct codec_symbol *symbol = &codec_symbols[codec_symbol_of(values[i])];

		codec_put_bits(&writer, values[i] - symbol->base, (unsigned)symbol->bits);
	}
	size = (size_t)(codec_end_bits(&writer) - bytes);
	reader.size = size;
	for (size_t i = 0; i < n; i++) {
		const struct codec_symbol *symbol = &codec_symbols[codec_symbol_of(values[i])];

		cr_assert_eq(symbol->base + codec_get_bits(&reader, (unsigned)symbol->bits), values[i], "number %zu",
		             i);
	}
	cr_assert(codec_bits_ended(&reader));
	reader.size = size + 1;
	cr_assert_not(codec_bits_ended(&reader), "a byte is left over");
	reader.size = size - 1;
	cr_assert_not(codec_bits_ended(&reader), "a byte is missing");
}

Test(codec, bits_behind_the_last_must_be_zero)
{
	unsigned char bytes[1 + CODEC_SLACK_BYTES] = {0x15};
	struct codec_bit_reader reader = {.bytes = bytes, .size = 1};

	cr_assert_eq(codec_get_bits(&reader, 5), 0x15);
	cr_assert(codec_bits_ended(&reader));
	bytes[0] = 0x35;
	cr_assert_not(codec_bits_ended(&reader));
}
