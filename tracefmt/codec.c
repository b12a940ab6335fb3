/* SPDX-License-Identifier: MIT */
#include "codec.h"

/* clang-format off */
#define DIRECT(v)        { (v), 0 }
#define DIRECT4(v)       DIRECT(v), DIRECT((v) + 1), DIRECT((v) + 2), DIRECT((v) + 3)
#define DIRECT16(v)      DIRECT4(v), DIRECT4((v) + 4), DIRECT4((v) + 8), DIRECT4((v) + 12)
#define FINE(octave, m)  { (UINT64_C(16) + (m)) << ((octave) - 4), (octave) - 4 }
#define FINE4(octave, m) FINE(octave, m), FINE(octave, (m) + 1), FINE(octave, (m) + 2), FINE(octave, (m) + 3)
#define FINE16(octave)   FINE4(octave, 0), FINE4(octave, 4), FINE4(octave, 8), FINE4(octave, 12)
#define COARSE(octave)   { UINT64_C(1) << (octave), (octave) }
#define COARSE4(octave)  COARSE(octave), COARSE((octave) + 1), COARSE((octave) + 2), COARSE((octave) + 3)
#define COARSE16(octave) COARSE4(octave), COARSE4((octave) + 4), COARSE4((octave) + 8), COARSE4((octave) + 12)

const struct codec_symbol codec_symbols[256] = {
	DIRECT16(0), DIRECT16(16),
	FINE16(5), FINE16(6), FINE16(7), FINE16(8), FINE16(9), FINE16(10), FINE16(11), FINE16(12), FINE16(13), FINE16(14),
	FINE16(15),
	COARSE16(16), COARSE16(32), COARSE16(48),
};
/* clang-format on */

unsigned char *codec_put_varint(unsigned char *to, uint64_t value)
{
	while (value >= 0x80) {
		*to++ = (unsigned char)(value | 0x80);
		value >>= 7;
	}
	*to++ = (unsigned char)value;
	return to;
}

bool codec_get_varint(const unsigned char **from, const unsigned char *end, uint64_t *value)
{
	const unsigned char *at = *from;
	uint64_t sum = 0;

	for (unsigned shift = 0; shift < 64 && at < end; shift += 7) {
		unsigned char byte = *at++;

		if (shift == 63 && byte > 1)
			return false;
		sum |= (uint64_t)(byte & 0x7f) << shift;
		if (byte < 0x80) {
			*from = at;
			*value = sum;
			return byte != 0 || shift == 0;
		}
	}
	return false;
}

unsigned char *codec_end_bits(struct codec_bit_writer *writer)
{
	while (writer->fill > 0) {
		*writer->to++ = (unsigned char)writer->word;
		writer->word >>= 8;
		writer->fill = writer->fill < 8 ? 0 : writer->fill - 8;
	}
	return writer->to;
}

bool codec_bits_ended(const struct codec_bit_reader *reader)
{
	unsigned odd = (unsigned)(reader->at & 7);

	if ((reader->at + 7) / 8 != reader->size)
		return false;
	return odd == 0 || reader->bytes[reader->size - 1] >> odd == 0;
}
