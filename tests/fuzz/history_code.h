/* SPDX-License-Identifier: MIT */
/*
 * What a history declares of itself, as the first two bytes of an input of fuzz_engine.c and fuzz_events.c: a number in
 * mixed radix, a digit each.
 */
#ifndef HISTORY_CODE_H
#define HISTORY_CODE_H

#include "history.h"

enum { CODE_UNCERTAINTY_NS = 3, CODE_PUBLISH_NS = 5, CODE_STEPS = 4 };

static inline unsigned history_code_digit(unsigned *code, unsigned radix)
{
	const unsigned digit = *code % radix;
	*code /= radix;
	return digit;
}

/* Any number is a code. */
static inline void history_code_read(unsigned code, struct history *history)
{
	history->discipline = (enum wsc_discipline)history_code_digit(&code, 3);
	history->identity = (enum wsc_identity)history_code_digit(&code, 3);
	history->scope = (enum wsc_scope)history_code_digit(&code, 2);
	history->end = (enum wsc_end)history_code_digit(&code, 3);
	history->window = history_code_digit(&code, 2) != 0;
	history->uncertainty_ns = CODE_UNCERTAINTY_NS * history_code_digit(&code, CODE_STEPS);
	history->publish_ns = CODE_PUBLISH_NS * history_code_digit(&code, CODE_STEPS);
}

static inline unsigned history_code_step(uint64_t ns, unsigned unit)
{
	const uint64_t step = (ns + unit - 1) / unit;
	return step < CODE_STEPS ? (unsigned)step : CODE_STEPS - 1;
}

/* The code that comes closest. */
static inline unsigned history_code(const struct history *history)
{
	unsigned code = history_code_step(history->publish_ns, CODE_PUBLISH_NS);
	code = code * CODE_STEPS + history_code_step(history->uncertainty_ns, CODE_UNCERTAINTY_NS);
	code = code * 2 + history->window;
	code = code * 3 + (unsigned)history->end;
	code = code * 2 + (unsigned)history->scope;
	code = code * 3 + (unsigned)history->identity;
	return code * 3 + (unsigned)history->discipline;
}

#endif
