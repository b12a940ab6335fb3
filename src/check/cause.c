/* SPDX-License-Identifier: MIT */
#include "cause.h"

static const struct {
	const char *id, *text, *look;
} rows[CAUSE_COUNT] = {
#define ROW(NAME, id, text, look) [CAUSE_##NAME] = {id, text, look},
    CAUSES(ROW)
#undef ROW
};

const char *cause_id(enum cause cause)
{
	return rows[cause].id;
}

const char *cause_text(enum cause cause)
{
	return rows[cause].text;
}

const char *cause_look(enum cause cause)
{
	return rows[cause].look;
}
