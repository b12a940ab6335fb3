/* SPDX-License-Identifier: MIT */
/* The parts of the JSON report, and what they share: its lines in report_ndjson.c are made of them, too. */
#ifndef REPORT_JSON_PARTS_H
#define REPORT_JSON_PARTS_H

#include "json_value.h"
#include "judgement.h"

/* What every part needs: the document and what is told. */
struct teller {
	struct json_document document;
	const struct report *report;
};

void teller_add_ns(struct teller *teller, json_object *to, const char *key, uint64_t stamp);
void teller_add_task(struct teller *teller, json_object *to, const char *key, uint64_t task); /* 0: null */

/* Each adds its keys to `to`, or to the document's root. report.schema.json says what they mean. */
void teller_add_item(struct teller *teller, json_object *to, const struct report_item *item);
void teller_add_budget(struct teller *teller, json_object *to, const struct budget_outcome *outcome);
void teller_add_trace(struct teller *teller, json_object *root);
void teller_add_counts(struct teller *teller, json_object *root);
void teller_add_judgement(struct teller *teller, json_object *root);
void teller_add_findings(struct teller *teller, json_object *root); /* undecided, unchecked, waiting, parked */
/* `by_reason`, with every reason's count: who reads it need not ask whether it is there. */
void report_json_undecided(struct json_document *document, json_object *to,
                           const uint64_t by_reason[WSC_UNDECIDED_REASON_COUNT]);
/* The document that report_json() writes, to be put back with json_object_put(), also after NOMEM. */
enum wsc_status report_json_root(const struct report *report, json_object **root);

void report_json_stats(struct teller *teller, json_object *root);

/* A line for a suppressions file that suppresses what has this key, as the member `name`. */
void report_json_suppress_with(struct json_document *document, json_object *to, const char *name, const char *key);

#endif
