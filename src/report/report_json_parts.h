/* SPDX-License-Identifier: MIT */
/* The parts of the JSON report, and what they share. Used by report_json*.c only. */
#ifndef REPORT_JSON_PARTS_H
#define REPORT_JSON_PARTS_H

#include "json_value.h"
#include "report.h"

/* What every part needs: the document and what is told. */
struct teller {
	struct json_document document;
	const struct report *report;
};

void teller_add_ns(struct teller *teller, json_object *to, const char *key, uint64_t stamp);
void teller_add_task(struct teller *teller, json_object *to, const char *key, uint64_t task); /* 0: null */

void report_json_stats(struct teller *teller);

#endif
