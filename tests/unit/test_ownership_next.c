/* SPDX-License-Identifier: MIT */
/*
 * The `next` column of the ownership table: what each event makes of a handle, in full. test_ownership.c has the column
 * of reports. A state that differs anywhere, or holds anything in parts that are unused, is another state to the search
 * for orders, so nothing of it is left out here.
 */
#include "ownership_support.h"

/*
 * A history is words of ownership_support.h, stamped 10, 20, 30, ...; ~ all is forgotten. Where a step has two outcomes, the
 * history goes on from the first.
 *
 * `next` is what the last event leaves: the state; then the effect on the stay; + for a new life, - for one that never was;
 * the report; ! behind the effect: what is taken was certainly pinned. A second outcome follows a |.
 */
struct row {
	const char *history, *next;
};

static void tell(FILE *out, const struct ownership_step *step)
{
	static const char *const effects[] = {"", " PUSH", " TAKE", " VOID", " OWED"};
	cr_assert(step->count >= 1 && step->count <= OWNERSHIP_OUTCOMES_MAX);
	for (int i = 0; i < step->count; i++) {
		const struct ownership_outcome *o = &step->outcomes[i];
		fprintf(out, "%s", i > 0 ? " | " : "");
		ownership_tell(out, &o->state);
		fprintf(out, "%s%s%s%s%s", effects[o->effect], o->pinned ? "!" : "", o->new_life ? " +" : "",
		        o->unlife ? " -" : "", o->forgot ? " ?" : "");
	}
	if (step->report >= 0)
		fprintf(out, " %s", wsc_violation_name((enum wsc_violation_kind)step->report));
}

/* Whether both ways of a step agree where the short one says that it is one of its own. */
static void check_plain(const struct ownership_rules *rules, const struct ownership *state,
                        const struct wsc_event *event, const struct ownership_step *step, const char *history)
{
	static const enum ownership_effect effects[] = {OWNERSHIP_EFFECT_NONE, OWNERSHIP_EFFECT_TAKE,
	                                                OWNERSHIP_EFFECT_NONE};
	struct ownership plain = *state;
	bool was_plain = ownership_step_plain(rules, &plain, event);
	const struct ownership_outcome *out = &step->outcomes[0];
	cr_expect_eq(memcmp(&plain, was_plain ? &out->state : state, sizeof(plain)), 0, "%s: the short way", history);
	if (!was_plain)
		return;
	enum ownership_effect effect = event->kind == WSC_EV_QUEUED       ? OWNERSHIP_EFFECT_PUSH
	                               : event->kind == WSC_EV_EXEC_START ? effects[state->where]
	                                                                  : OWNERSHIP_EFFECT_NONE;
	cr_expect(step->report < 0 && step->count == 1 && !out->unlife && out->effect == effect &&
	              out->new_life == (event->kind == WSC_EV_QUEUED),
	          "%s: the short way", history);
}

static void check_row(const struct ownership_rules *rules, const struct row *row)
{
	char line[128], text[1024], *save;
	struct ownership state = {0};
	struct ownership_step step = {0};
	uint64_t ts = 10;
	snprintf(line, sizeof(line), "%s", row->history);
	for (char *word = strtok_r(line, " ", &save); word != NULL; word = strtok_r(NULL, " ", &save), ts += 10) {
		if (*word == '~') {
			ownership_forget(&state);
			continue;
		}
		struct ownership_event e = ownership_parse(word, ts);
		memset(&step, 0, sizeof(step));
		ownership_step(rules, &state, &e, &step);
		check_plain(rules, &state, &e.event, &step, row->history);
		state = step.outcomes[0].state;
	}
	FILE *out = fmemopen(text, sizeof(text), "w");
	tell(out, &step);
	fclose(out);
	cr_expect_str_eq(text, row->next, "\t    {\"%s\", \"%s\"},", row->history, text);
}

static void check(struct ownership_rules rules, const struct row *rows, size_t count)
{
	struct trace_queue shared = {.queue = 64};
	struct trace_header header = {.queues = &shared, .queue_count = 1};
	struct queue_table queues;
	cr_assert_eq(queue_table_init(&queues, &header, NULL, 0), WSC_OK);
	rules.queues = &queues;
	for (size_t i = 0; i < count; i++)
		check_row(&rules, &rows[i]);
	queue_table_free(&queues);
}
#define CHECK(rows, ...) check((struct ownership_rules){__VA_ARGS__}, rows, sizeof(rows) / sizeof((rows)[0]))

static const struct row unique_rows[] = {
    {"Q1!", "queued 1 life pinned fresh PUSH +"},
    {"Q1", "queued 1 life fresh PUSH +"},
    {"Q1 S1", "nowhere 1[1] life ran fresh TAKE"},
    {"Q1 S1 C1", "nowhere life ran completed fresh"},
    {"Q1 S1 C1 Q2", "queued 2 life fresh PUSH +"},
    {"Q1 S1 C1 Q2 S2 C2", "nowhere life ran completed fresh"},
    {"S1", "nowhere 1[1] life ran inline +"},
    {"S1 C1", "nowhere life ran completed inline"},
    {"S1 C1 S2", "nowhere 2[1] life ran inline +"},
    {"S1 C1 Q1", "queued 1 life fresh PUSH +"},
    {"Q1 Q2", "queued 2 life PUSH multiple_owners"},
    {"Q1 S1 Q2", "queued 2 1[1] life fresh PUSH + multiple_owners"},
    {"Q1 X1", "nowhere 1 stale@1 life cancelled fresh VOID"},
    {"Q1 X1 X2", "nowhere 1 stale@1 life cancelled fresh"},
    {"Q1 X2 F1", "nowhere 1[0]{1 stale} life cancelled fresh"},
    {"Q1 X2 F3", "nowhere 1 stale@1 life cancelled fresh protocol_violation"},
    {"X2 F1", "nowhere life cancelled protocol_violation"},
    {"X1", "nowhere life cancelled +"},
    {"X1 S1", "nowhere 1[1] life ran exec_after_cancel"},
    {"X1 Q1", "queued 1 life fresh PUSH +"},
    {"Q1 X1 Q2", "queued 2 1 stale@1 life fresh PUSH +"},
    {"Q1 X1 S1", "nowhere 1[1] 1 stale@1 life ran fresh exec_after_cancel"},
    {"Q1 X1 S1 C1", "nowhere 1 stale@1 life ran completed fresh"},
    {"Q1 X1 Q2 T3@1", "queued 2 3[0]{1 stale} life fresh"},
    {"Q1 X1 Q2 T3@2", "taken 3 1 stale@1 life fresh TAKE"},
    {"Q1 X1 T3@1", "nowhere 3[0]{1 stale} life cancelled fresh"},
    {"Q1 X1 T3@1 T4@1", "nowhere 3[0]{1 stale} life cancelled fresh"},
    {"Q1 X1 Q1 T3@1", "taken 3 1 stale@1 life fresh TAKE | queued 1 3[0]{1 stale} life fresh"},
    {"Q1 X1 Q2 S2 C2 Q3", "queued 3 1 stale@1 life fresh PUSH +"},
    {"Q1 X1 Q1 S1", "nowhere 1[1] 1 stale@1 life ran fresh TAKE"},
    {"Q1 X1 Q2 X2", "nowhere 1 stale@1 1 stale@2 life cancelled fresh VOID | queued 2 life fresh"},
    {"Q1 X1 Q2 X2 T3@1", "nowhere 3[0]{1 stale} 1 stale@2 life cancelled fresh"},
    {"Q1 X1 Q2 X2 T3@2", "nowhere 3[0]{1 stale} 1 stale@1 life cancelled fresh"},
    {"Q1 X1 Q2 X2 Q3 X3 Q4 X4", "nowhere 1 stale@1 1 stale@2 1 stale@3 life cancelled crowded fresh VOID | "
                                "queued 4 1 stale@2 1 stale@3 life fresh | queued 4 1 stale@1 1 stale@3 life fresh | "
                                "queued 4 1 stale@1 1 stale@2 life fresh"},
    {"Q1 X1 Q2 X2 Q3 X3 Q4 X4 Q5 T9@6", "queued 5 1 stale@1 1 stale@2 1 stale@3 life crowded fresh"},
    {"Q1 X1 Q2 X2 Q3 X3 Q4 X4 Q5 S5 C9", "nowhere 5[1] 1 stale@1 1 stale@2 1 stale@3 life ran crowded fresh"},
    {"Q1 X1 Q2 X2 Q3 X3 Q4 X4 Q5 F5",
     "nowhere 5 1 stale@1 1 stale@2 1 stale@3 life ran completed cancelled inline refused crowded fresh VOID -"},
    {"Q1 X1 Q2 X2 Q3 X3 Q4 X4 Q2 X2", "nowhere 1 stale@1 2 stale@2 1 stale@3 life cancelled crowded fresh VOID | "
                                      "queued 2 1 stale@1 1 stale@2 1 stale@3 life crowded fresh | "
                                      "queued 2 1 stale@2 1 stale@3 life crowded fresh | "
                                      "queued 2 1 stale@1 1 stale@3 life crowded fresh | "
                                      "queued 2 1 stale@1 1 stale@2 life crowded fresh"},
    {"Q1 X1 Q2 X2 Q3 X3 Q4 T9@5", "taken 9 1 stale@1 1 stale@2 1 stale@3 life disputed fresh VOID multiple_owners"},
    {"Q3 X3 Q1 X1 Q2 X2", "nowhere 1 stale@1 1 stale@2 1 stale@3 life cancelled fresh VOID | "
                          "queued 2 1 stale@3 life fresh | queued 2 1 stale@1 life fresh"},
    {"Q3 X3 Q1 X1 Q2 X2 Q1 X1 Q4 T9@1", "queued 4 9[0]{1 stale} 1 stale@1 1 stale@2 1 stale@3 life fresh"},
    {"Q3 X3 Q1 X1 Q2 X2 Q1 X1 Q4 T9@1 T9@1", "queued 4 9[0]{2 stale} 1 stale@2 1 stale@3 life fresh"},
    {"Q1 X1 Q1 X1 Q1 X1 Q4 T9@1 T9@1 T9@1 T9@1", "taken 9 9[0]{3 stale} life disputed fresh VOID multiple_owners"},
    {"Q1 X1 Q1 X1 Q1 X1 Q1 T9@1", "taken 9 3 stale@1 life fresh TAKE | queued 1 9[0]{1 stale} 2 stale@1 life fresh"},
    {"Q1 X1 Q2 X2 Q3 T9@2", "queued 3 9[0]{1 stale} 1 stale@1 life fresh"},
    {"Q1 S1 X2", "nowhere 1[1] life ran fresh"},
    {"Q1 S1 X2 C1", "nowhere life ran completed fresh"},
    {"Q1 S1 U1", "nowhere life ran suspended fresh"},
    {"Q1 S1 U1 Q2", "queued 2 life ran suspended PUSH"},
    {"Q1 S1 U1 Q2 S2", "nowhere 2[1] life ran TAKE"},
    {"Q1 S1 U1 R2", "nowhere 2[1] life ran fresh"},
    {"Q1 S1 U1 R2 C2", "nowhere life ran completed fresh"},
    {"Q1 S1 U1 X3", "nowhere life ran cancelled suspended fresh"},
    {"Q1 S1 U1 X3 Q3", "queued 3 life fresh unseen PUSH +"},
    {"Q1 S1 U1 X3 R3", "nowhere 3[1] life ran fresh"},
    {"Q1 S1 U1 Q2 X3", "nowhere 1 stale@2 life ran cancelled suspended VOID"},
    {"Q1 S1 U1 Q2 T3@2", "taken 3 life ran suspended TAKE"},
    {"Q1 S1 U1 Q2 F2", "nowhere 2 life ran suspended refused fresh VOID"},
    {"Q1 S1 U1 T2@1", "taken 2 life ran suspended disputed fresh multiple_owners"},
    {"Q1 S1 U1 S1", "nowhere 1[1] life ran fresh"},
    {"Q1 T2@1", "taken 2 life fresh TAKE"},
    {"Q1 D1", "taken 1 life fresh TAKE"},
    {"Q1 D1 S1", "nowhere 1[1] life ran fresh"},
    {"Q1 T2@1 S2", "nowhere 2[1] life ran fresh"},
    {"Q1 T2@1 S2 C2", "nowhere life ran completed fresh"},
    {"Q1 T2@1 X2", "nowhere 2[0]{1 stale} life cancelled fresh"},
    /* An entry of a cancelled life in a worker's hand: its own `cancelled` may be of that. */
    {"Q1 X1 Q2 T3@1 X3", "nowhere 3[0]{1 stale} 1 stale@2 life cancelled fresh VOID | queued 2 life fresh"},
    {"Q1 X1 Q2 T3@1 X4", "nowhere 3[0]{1 stale} 1 stale@2 life cancelled fresh VOID"},
    {"Q1 X1 Q1 X1 Q2 T3@1 T3@1 X3 X3", "nowhere 3[0]{1 stale} 1 stale@2 life cancelled fresh"},
    {"Q1 X1 T3@1 X3", "nowhere life cancelled fresh"},
    {"Q1 X1 T3@1 X4", "nowhere 3[0]{1 stale} life cancelled fresh"},
    {"Q1 T2@1 X9 X2", "nowhere life cancelled fresh"},
    {"Q1 T2@1 X9 Q9 X2", "nowhere 2[0]{1 stale} 1 stale@9 life cancelled fresh VOID | queued 9 life fresh"},
    {"Q1 X1 Q2 T2@1 S2 C2", "nowhere 2[0]{1 stale} life ran completed fresh"},
    {"Q1 X1 Q2 T2@1 S2 C2 Q2", "queued 2 2[0]{1 stale} life fresh PUSH +"},
    {"Q1 T2@1 Q2", "queued 2 life PUSH"},
    {"Q1 T2@1 Q2 F2", "taken 2 life fresh VOID"},
    {"Q1 T2@1 Q3", "queued 3 life PUSH multiple_owners"},
    {"Q1 T2@1 S3", "nowhere 3[1] life ran fresh multiple_owners"},
    {"Q1 T2@1 T3@1", "taken 3 life disputed fresh multiple_owners"},
    {"Q1 T3@2", "taken 3 life disputed fresh VOID multiple_owners"},
    {"Q1 S1 T2@1", "taken 2 1[1] life ran disputed fresh multiple_owners"},
    {"Q1 S1 T2@1 C1", "taken 2 life ran completed disputed fresh"},
    {"Q1 S1 T2@1 S2", "nowhere 1[1] 2[1] life ran fresh double_execution"},
    {"Q1 S1 T2@1 S2 C1", "nowhere 2[1] life ran fresh"},
    {"Q1 S1 T2@1 S2 C1 C2", "nowhere life ran completed fresh"},
    {"Q1 S1 C1 T2@1", "taken 2 life ran completed disputed fresh multiple_owners"},
    {"Q1 S1 C1 T2@1 Q3", "queued 3 life fresh PUSH +"},
    {"T2@1", "taken 2 life disputed awaited@1 + protocol_violation"},
    {"T2@1 Q1", "taken 2 life disputed found@1"},
    {"T2@1 Q1 Q1", "queued 1 life PUSH multiple_owners"},
    {"T2@1 Q1 F1", "taken 2 life disputed awaited@1"},
    {"T2@1 Q1 F1 Q1", "taken 2 life disputed found@1"},
    {"T2@1 Q1 F1 Q1 Q2", "queued 2 life PUSH"},
    {"T2@1 Q1 F3", "taken 2 life disputed found@1 protocol_violation"},
    {"T2@1 Q3 Q1 F1", "queued 3 life protocol_violation"},
    {"T2@1 Q1 S2 F1", "nowhere 2[1] life ran awaited@1"},
    {"T2@1 Q1 S2 C2", "nowhere life ran completed"},
    {"T2@1 Q3", "queued 3 life awaited@1 PUSH multiple_owners"},
    {"T2@1 Q1 S2", "nowhere 2[1] life ran found@1"},
    {"T2@1 S2", "nowhere 2[1] life ran awaited@1"},
    {"T2@1 S2 C2", "nowhere life ran completed"},
    {"T2@1 S2 C2 Q1", "queued 1 life fresh PUSH +"},
    {"T2@1 S2 U2", "nowhere life ran suspended awaited@1"},
    {"T2@1 S2 U2 Q1", "nowhere life ran suspended found@1"}, /* its run is not over: this is the missing one */
    {"T2@1 S2 Q1", "nowhere 2[1] life ran found@1"},
    {"T2@1 X2 Q1", "nowhere 2[0]{1 stale} life cancelled found@1"},
    {"Q1 S2", "nowhere 2[1] life ran fresh VOID multiple_owners"},
    {"Q1 S2 C2", "nowhere life ran completed fresh"},
    {"S1 S2", "nowhere 1[1] 2[1] life ran inline double_execution"},
    {"S1 S2 C1", "nowhere 2[1] life ran inline"},
    {"S1 S2 C2", "nowhere 1[1] life ran inline"},
    {"S1 S2 C3", "nowhere 2[1] life ran inline multiple_owners"},
    {"S1 S2 S3 C1", "nowhere 2[1] 3[1] life ran inline"},
    {"S1 S2 S3 C2", "nowhere 1[1] 3[1] life ran inline"},
    {"S1 S2 S3 C3", "nowhere 1[1] 2[1] life ran inline"},
    {"S1 S2 S3 S4 C4", "nowhere 1[1] 2[1] 3[1] life ran inline"},
    {"S1 S2 S3 S4 S5", "nowhere 1[1] 2[1] 3[1] 4[1] life ran inline crowded double_execution"},
    {"S1 S2 S3 S4 S5 C5", "nowhere 1[1] 2[1] 3[1] 4[1] life ran inline crowded"},
    {"S1 S2 U1", "nowhere 2[1] life ran inline"},
    {"S1 S1", "nowhere 1[1] life ran inline double_execution"},
    {"S1 S1 C1", "nowhere life ran completed inline"},
    {"S1 C1 S2 S3", "nowhere 2[1] 3[1] life ran inline double_execution"},
    {"Q1 S1 C1 S1", "nowhere 1[1] life ran fresh double_execution"},
    {"Q1 S1 C1 S1 C1", "nowhere life ran completed fresh"},
    {"Q1 S1 C2", "nowhere life ran completed fresh multiple_owners"},
    {"Q1 C1", "nowhere life ran completed fresh VOID protocol_violation"},
    {"Q1 C1 Q1", "queued 1 life fresh PUSH +"},
    {"C1", "nowhere life ran completed protocol_violation"},
    {"C1 Q1", "queued 1 life fresh PUSH +"},
    {"Q1 T2@1 C2", "nowhere life ran completed fresh protocol_violation"},
    {"Q1 U1", "nowhere life ran suspended fresh VOID protocol_violation"},
    {"U1", "nowhere life ran suspended protocol_violation"},
    {"R1", "nowhere 1[1] life ran protocol_violation"},
    {"Q1 R1", "nowhere 1[1] life ran fresh VOID protocol_violation"},
    {"Q1 S1 U1 Q1 R1", "nowhere 1[1] life ran TAKE"},
    {"Q1 F1", "nowhere 1 refused VOID -"},
    {"Q1 F1 S1", "nowhere 1[1] life ran inline +"},
    {"Q1 F1@2", "queued 1 life fresh protocol_violation"},
    {"F1", "nowhere protocol_violation"},
    {"Q1 D1 F1", "taken 1 life fresh protocol_violation"},
    {"S1 C1 Q1 F1", "nowhere 1 life ran completed inline refused VOID -"},
    {"Q1 X1 Q2 F2", "nowhere 2 1 stale@1 life ran completed cancelled inline refused fresh VOID -"},
    {"Q1 X1 Q2 F2 S2", "nowhere 2[1] 1 stale@1 life ran inline fresh +"},
    {"Q1 S1 C1 Q1 F1", "nowhere 1 life ran completed inline refused fresh VOID -"},
    {"Q1 S1 C1 Q1 F1 S1", "nowhere 1[1] life ran inline fresh +"},
    {"Q1 S1 C1 Q1 F1 S1 S2", "nowhere 1[1] 2[1] life ran inline fresh double_execution"},
    {"Q1 F1 Q1", "queued 1 life fresh PUSH +"},
    {"Q1 F1 Q2@1 F2@1", "nowhere 2 refused VOID -"},
    {"Q1 F1 X2", "nowhere 1[0]{1 stale} life cancelled +"},
    {"Q1 S1 C1 Q2 F2 X2", "nowhere 2[0]{1 stale} life ran completed cancelled inline fresh"},
    {"Q1 X1 Q2 F2 X2", "nowhere 2[0]{1 stale} 1 stale@1 life ran completed cancelled inline fresh"},
    {"S1 Q2 F2 C1", "nowhere 2 life ran completed inline refused"},
    {"Q1! F1", "nowhere 1 refused VOID -"},
    {"Q1! T2@1", "taken 2 life fresh TAKE"},
    {"Q1! S1", "nowhere 1[1] life ran fresh TAKE"},
    {"Q1@64 S7", "nowhere 7[1] life ran fresh TAKE"},
    {"Q1 T2@1 Q2 S2", "nowhere 2[1] life ran TAKE"},
    {"Q1 S1 C1 T2@1 Q3 F3", "taken 2 life ran completed disputed fresh VOID -"},
    {"S1 X1 C1 Q1", "queued 1 life fresh PUSH +"},
    {"S1 X1 C1 S1", "nowhere 1[1] life ran inline +"},
    {"S1 T2@1 F1", "taken 2 1[1] life ran inline disputed protocol_violation"},
    {"S1 Q2 F2", "nowhere 2 1[1] life ran inline refused VOID -"},
    {"S1 S2 S3 S4 S5 Q1 F1", "nowhere 1 1[1] 2[1] 3[1] 4[1] life ran inline refused crowded VOID -"},
    {"Q1 T2@1 Q2 S2 C2 Q1", "queued 1 life fresh PUSH +"},
};

Test(ownership_next, unique)
{
	CHECK(unique_rows, .identity = WSC_IDENTITY_UNIQUE, .complete = true);
}

static const struct row polled_rows[] = {
    {"Q1 S1 Q2", "queued 2 1[1] life fresh PUSH +"},
    {"Q1 S1 Q2 C1", "queued 2 life fresh"},
    {"Q1 S1 Q2 C1 S2", "nowhere 2[1] life ran fresh TAKE"},
    {"Q1 S1 Q2 U1", "queued 2 life ran suspended fresh"},
    {"Q1 S1 Q2 U1 R2", "nowhere 2[1] life ran fresh TAKE"},
    {"Q1 S1 Q2 F2", "nowhere 2 1[1] life ran inline refused fresh VOID -"},
    {"Q1 S1 Q2 C1 F2", "nowhere 2 life ran completed inline refused fresh VOID -"},
    {"Q1 S1 Q2 X1", "nowhere 1[1] 1 stale@2 life ran fresh VOID | queued 2 1[1] life fresh"},
    {"Q1 S1 Q2 X1 C1", "nowhere 1 stale@2 life ran completed fresh"},
    {"Q1 S1 Q2 T3@2", "taken 3 1[1] life fresh TAKE"},
    {"Q1 S1 Q2 T3@2 X3", "nowhere 1[1] 3[0]{1 stale} life ran fresh | taken 3 1[1] life fresh"},
    {"Q1 S1 Q2 T3@2 C1", "taken 3 life fresh"},
    {"Q1 S1 Q2 T3@2 C1 S3", "nowhere 3[1] life ran fresh"},
    {"Q1 S1 Q2 S2", "nowhere 1[1] 2[1] life ran fresh VOID double_execution"},
    {"Q1 S1 U1 Q1 Q2", "queued 2 life ran suspended PUSH multiple_owners"},
    {"Q1 S1 U1 Q1 S1 Q2 X2", "nowhere 1[1] 1 stale@2 life ran fresh VOID | queued 2 1[1] life fresh"},
    {"Q1 S1 Q2 Q3", "queued 3 1[1] life PUSH multiple_owners"},
    {"Q1 S1 C2", "nowhere life ran completed fresh multiple_owners"},
    {"Q1 C1", "nowhere life ran completed fresh VOID protocol_violation"},
    {"S1 Q2 X2 C1 Q3", "queued 3 1 stale@2 life fresh PUSH +"},
};

Test(ownership_next, polled)
{
	CHECK(polled_rows, .identity = WSC_IDENTITY_POLLED, .complete = true);
}

static const struct row recycled_rows[] = {
    {"Q1", "queued 1 life fresh PUSH +"},
    {"Q1 S1", "nowhere 1[1] life ran fresh 1?1<1=20 TAKE"},
    {"Q1 S1 C1", "nowhere life ran completed fresh 1?1<1=20"},
    {"Q1 S1 Q1", "queued 1 1[1] life fresh 1?1<1=20 PUSH +"},
    {"Q1 S1 Q1 S1", "nowhere 1[2] life ran fresh 1?1<1=20 1?1<1=40 TAKE"},
    {"Q1 S1 Q1 S1 C1", "nowhere 1[1] life ran fresh 1?1<1=20 1?1<1=40"},
    {"Q1 S1 Q1 S1 C1 C1", "nowhere life ran completed fresh 1?1<1=20 1?1<1=40"},
    {"Q1 S1 S1", "nowhere 1[2] life ran fresh 1?1<1=20 +"},
    {"Q1 S1 S2", "nowhere 1[1] 2[1] life ran fresh 1?1<1=20 +"},
    {"Q1 S1 C1 S2", "nowhere 2[1] life ran fresh 1?1<1=20 +"},
    {"Q1 S1 C2", "nowhere life ran completed fresh 1?1<1=20 multiple_owners"},
    {"Q1 S1 C1 C1", "nowhere life ran completed fresh 1?1<1=20 protocol_violation"},
    {"Q1 S1 U1", "nowhere life ran suspended fresh 1?1<1=20 suspended{1?0}"},
    {"Q1 S1 U1 S1", "nowhere 1[1] life ran fresh 1?1<1=20 suspended{0?1}"},
    {"Q1 S1 U1 R2", "nowhere 2[1] life ran fresh 1?1<1=20"},
    {"Q1 S1 U1 Q2", "queued 2 life ran 1?1<1=20 suspended{0?1} PUSH"},
    {"Q1 S1 X1", "nowhere 1[1] life ran dropped fresh 1?1<1=20"},
    {"Q1 S1 X1 S1", "nowhere 1[2] life ran dropped fresh 1?1<1=20 +"},
    {"X1 S1", "nowhere 1[1] life ran +"},
    {"Q1 X1 S2", "nowhere 2[1] 1 stale@1 life ran fresh +"},
    {"Q1 Q2", "queued 2 life fresh 1<2=20 PUSH +"},
    {"Q1 Q2 Q3 T4@1=5", "queued 3 4[0]{1?0} life fresh 2<3=30 OWED"},
    {"Q1 Q1 Q1 T4@1=5", "queued 1 4[0]{1?0} life fresh 1<1=30 OWED | queued 1 4[0]{1?0} life fresh 1<1=20 OWED | "
                        "nowhere 4[0]{1?0} life fresh 1<1=20 1<1=30 TAKE"},
    {"Q1 Q1 Q1 T4@1=26", "queued 1 4[0]{1?0} life fresh 1<1=20 OWED | nowhere 4[0]{1?0} life fresh 1<1=20 1<1=30 TAKE"},
    {"Q1 Q2 Q3 Q4", "queued 4 life fresh 1<2=20 2<3=30 3<4=40 PUSH +"},
    {"Q1 Q2 Q3 Q4 Q5", "queued 5 life blurred fresh 2<3=30 3<4=40 4<5=50 1?1<2=20 PUSH +"},
    {"Q1 Q2 Q3 Q4 F4", "queued 3 life fresh 1<2=20 2<3=30 VOID -"},
    {"Q1 T2@1 Q2 T3@2 Q3 T4@3 Q4 T5@4 Q5 T6@5 Q6 T2@6",
     "nowhere 4[0]{0?1} 5[0]{0?1} 6[0]{0?1} 2[0]{1?0} life maybe TAKE"},
    {"Q1 T2@1 Q2 T3@2 Q3 T4@3 Q4 T5@4 Q5 T6@5 Q7 S2",
     "queued 7 4[0]{0?1} 5[0]{0?1} 6[0]{1?0} 2[1] life fresh maybe | nowhere 4[0]{0?1} 5[0]{0?1} 6[0]{1?0} 2[1] life "
     "ran fresh 7<2=120 maybe +"},
    {"Q1 T2@1 Q2 T3@2 Q3 T4@3 Q4 T5@4 Q5 T6@5 Q7 S57",
     "queued 7 4[0]{0?1} 5[0]{0?1} 6[0]{1?0} 57[1] life fresh maybe | nowhere 4[0]{0?1} 5[0]{0?1} 6[0]{1?0} 57[1] life "
     "ran fresh 7<57=120 maybe +"}, /* others are not taken for it */
    {"Q1 T2@1 Q2 T3@2 Q3 T4@3 Q4 T5@4 Q5 T6@5 Q7 S74",
     "nowhere 4[0]{0?1} 5[0]{0?1} 6[0]{1?0} 74[1] life ran fresh 7<74=120 maybe +"},
    {"Q1 Q2 Q3", "queued 3 life fresh 1<2=20 2<3=30 PUSH +"},
    {"Q1 Q2 X3", "nowhere 1 stale@2 life cancelled fresh 1<2=20 VOID | queued 2 life dropped fresh 1<2=20"},
    {"Q1 Q2 T3@1=20", "queued 2 3[0]{1?0} life fresh OWED"},
    {"Q1 Q2 T3@1=25", "queued 2 3[0]{1?0} life fresh OWED"},
    {"Q1 Q2 T3@1=26", "nowhere 3[0]{0?1} life fresh VOID multiple_owners"},
    {"Q1 Q2 T3@1=5", "queued 2 3[0]{1?0} life fresh OWED"},
    {"Q1 Q2 T2@1=19", "queued 2 2[0]{0?1} life fresh OWED"},
    {"Q1 Q2 T2@1=20", "nowhere 2[0]{0?1} life fresh VOID multiple_owners"},
    {"Q1 Q2 T3@2", "nowhere 3[0]{1?0} life fresh 1<2=20 TAKE"},
    {"Q1 Q2 T3@2 T3@1=5", "nowhere 3[0]{2?0} life fresh OWED"},
    {"Q1 Q2 T3@1=20 S3", "queued 2 3[1] life fresh | nowhere 3[1]{1?0} life ran fresh 2<3=40 +"},
    {"Q1 Q2 T3@1=20 S3 S2", "nowhere 3[1] 2[1] life ran fresh 1?2<2=50 TAKE"},
    {"Q1 Q2 T3@1=20 S3 S2 C2", "nowhere 3[1] life ran fresh 1?2<2=50"},
    {"Q1 Q2 S1=20", "queued 2 1[1] life fresh OWED | nowhere 1[1] life ran fresh 1<2=20 2<1=30#20 +"},
    {"Q1 Q2 S1=26", "nowhere 1[1] life ran fresh 1<2=20 2<1=30#26 +"},
    {"Q1 Q2 S3=20", "nowhere 3[1] life ran fresh 1<2=20 2<3=30#20 +"},
    {"Q1 Q2 S1=20 C1", "queued 2 life ran fresh"},
    {"Q1 Q2 S1=20 S2", "nowhere 1[1] 2[1] life ran fresh 1?2<2=40 TAKE"},
    {"Q1 Q2 S2", "nowhere 2[1] life ran fresh 1<2=20 1?2<2=30 TAKE"},
    {"Q1 Q2 S2 S1=20", "nowhere 2[1] 1[1] life ran fresh 1?1<2=20 1?2<2=30 OWED"},
    {"Q1 Q2 T3@1=5 Q3", "queued 3 3[0]{0?1} life fresh 2<3=40 PUSH +"},
    {"Q1 T2@1", "nowhere 2[0]{1?0} life fresh TAKE"},
    {"Q1 T2@1 Q1", "queued 1 2[0]{1?0} life fresh PUSH +"},
    {"Q1 T2@1 Q1 S2", "queued 1 2[1] life fresh | nowhere 2[1]{1?0} life ran fresh 1<2=40 +"},
    {"Q1 T2@1 Q1 S2 S1", "nowhere 2[1] 1[1] life ran fresh 1?1<1=50 TAKE"},
    {"Q1 T2@1 Q1 T2@1", "nowhere 2[0]{2?0} life fresh TAKE"},
    {"Q1 T2@1 Q1 T2@1 S2", "nowhere 2[1]{1?1} life ran fresh"},
    {"Q1 T2@1 Q1 T2@1 S2 S2", "nowhere 2[2]{0?2} life ran fresh"},
    {"Q1 T2@1 Q1 T2@1 S2 S2 C2", "nowhere 2[1]{0?2} life ran fresh"},
    {"Q1 T2@1 Q1 T2@1 S2 S2 C2 C2", "nowhere 2[0]{0?2} life ran completed fresh"},
    {"Q1 T2@1 Q2", "queued 2 2[0]{0?1} life PUSH"},
    {"Q1 T2@1 S2 Q1", "queued 1 2[1]{0?1} life fresh PUSH +"},
    {"Q1 T2@1 S3", "nowhere 2[0]{1?0} 3[1] life ran fresh +"},
    {"Q1 T2@1 S3 S2", "nowhere 2[1]{0?1} 3[1] life ran fresh"},
    {"Q1 T2@1 S3 C3", "nowhere 2[0]{1?0} life ran completed fresh"},
    {"Q1 T2@1 S3 C3 S2", "nowhere 2[1]{0?1} life ran fresh"},
    {"Q1 T2@1 S3 Q3", "queued 3 2[0]{1?0} 3[1] life fresh PUSH +"},
    {"Q1 T2@1 T3@1", "nowhere 2[0]{0?1} 3[0]{0?1} life fresh multiple_owners"},
    {"Q1 T2@1 C2", "nowhere 2[0]{0?1} life ran completed fresh protocol_violation"},
    {"Q1 T2@1 Q3 T4@3 Q5 T6@5 Q7 T8@7 Q9", "queued 9 2[0]{1?0} 4[0]{1?0} 6[0]{1?0} 8[0]{1?0} life fresh PUSH +"},
    {"Q1 D1 S1 C1 Q1", "queued 1 1[0]{0?1} life fresh PUSH +"},
    /* A worker that holds a life and queues the slot may queue that life, unless it took the one that it queues. */
    {"Q1 T2@1 Q1 Q2", "queued 2 2[0]{0?1} life fresh 1<2=40 PUSH +"},
    {"Q1 T2@1 Q1 T3@1 Q2", "queued 2 2[0]{0?1} 3[0]{1?0} life PUSH"},
    {"Q1 T2@1 Q1 T2@1 Q2", "queued 2 2[0]{1?1} life PUSH"},
    /* A push that failed is taken back only if the take that it made the slot owe is its own. */
    {"Q1 Q2 Q3 T9@2=5 F3", "nowhere 9[0]{1?0} life fresh 1<2=20 VOID -"},
    {"Q1 Q2 Q2@5 T9@2=5 F2@5", "nowhere 9[0]{1?0} life fresh 1<2=20 VOID -"},
    {"Q1 Q3 Q2 T9@3=5 F2", "nowhere 9[0]{1?0} life fresh 1<3=20 VOID -"},
    /* ... or if the worker still holds what it had taken before. */
    {"Q7 Q1 T3@1 Q1 T4@1 Q1 T5@1 Q1 T2@1 Q2 T6@7=5 F2",
     "nowhere 3[0]{1?0} 4[0]{1?0} 5[0]{1?0} 6[0]{1?0} life fresh maybe VOID"},
    {"Q1 T3@1 Q3 T3@3 Q1 F1", "nowhere 3[0]{1?1} life VOID -"},
    {"Q1 T2@1 Q2@1 S2 F2@1", "nowhere 2[1] life fresh VOID"},
    {"Q1 T3@1 Q3 T3@3 Q1 S3 F1", "nowhere 3[1]{0?1} life VOID -"},
    /* On a shared queue a start that is stamped late may have been the one that took, and the one before it inline. */
    {"Q1@64 S2 S3=5", "nowhere 2[1] 3[1] life ran fresh 1?64<2=20 +"},
    {"Q1@64 S2 S2=5", "nowhere 2[2] life ran fresh 1?64<2=20 +"},
    {"Q1@64 S2 S3=5 S4=5", "nowhere 2[1] 3[1] 4[1] life ran fresh 1?64<2=20 +"},
    /* One that may hold a life, as far as is remembered, may start any number. */
    {"Q7 Q1 T3@1 Q1 T4@1 Q1 T5@1 Q1 T2@1 Q2 T6@7=5 S3 C3 S2 S2",
     "nowhere 4[0]{1?0} 5[0]{1?0} 6[0]{1?0} 2[2] life ran 1?2<2=140 maybe +"},
    {"Q1 Q2 Q3 Q4 S4", "nowhere 4[1] life ran fresh 1<2=20 2<3=30 3<4=40 1?4<4=50 TAKE"},
    {"Q1 T2@1 S3 C9", "nowhere 2[0]{1?0} life ran completed fresh multiple_owners"},
    {"Q1 T2@1 Q1 C9", "nowhere 2[0]{0?1} life ran completed fresh VOID protocol_violation"},
    {"Q1 T2@1 Q3 T4@3 Q5 T6@5 Q7 T8@7 Q9 T10@9 Q11",
     "queued 11 4[0]{1?0} 6[0]{1?0} 8[0]{1?0} 10[0]{1?0} life blurred fresh maybe PUSH +"},
    {"Q1 T2@1 Q3 T4@3 Q5 T6@5 Q7 T8@7 Q9 T10@9 Q10",
     "queued 10 4[0]{1?0} 6[0]{1?0} 8[0]{1?0} 10[0]{0?1} life blurred maybe PUSH"},
    {"Q1 T2@1 Q3 T4@3 Q5 T6@5 Q7 T8@7 Q9 Q10 S9=5",
     "queued 10 4[0]{1?0} 6[0]{1?0} 8[0]{1?0} 9[1] life blurred fresh maybe OWED | nowhere 4[0]{1?0} 6[0]{1?0} "
     "8[0]{1?0} 9[1] life ran blurred fresh 9<10=100 10<9=110#5 maybe +"},
    {"T2@1", "nowhere 2[0]{0?1} life awaited@1 + protocol_violation"},
    {"T2@1 Q3 Q4", "queued 4 2[0]{0?1} life awaited fresh@1 3<4=30 PUSH +"},
    {"T2@1 Q1 Q1", "queued 1 2[0]{0?1} life fresh PUSH +"},
    {"Q1 T2@1 Q1 X1", "nowhere 2[0]{1?0} 1 stale@1 life cancelled fresh VOID | queued 1 2[0]{1 stale} life fresh"},
    {"Q1 T2@1 Q1 X1 S2", "nowhere 2[1]{0?1} 1 stale@1 life ran fresh"},
    {"Q1 T2@1 Q1 S2 U2", "queued 1 life ran suspended fresh suspended{1?0}"},
    {"Q1 R1", "nowhere 1[1] life ran fresh VOID protocol_violation"},
    {"Q1 S2", "nowhere 2[1] life ran fresh 1<2=20 +"},
    {"S1 Q1", "queued 1 1[1] life fresh PUSH +"},
    /* It held one life, and ran something: that, or another inline, so that it may start it later. */
    {"Q1 T2@1 S2 C2 Q1 S2", "queued 1 2[1] life fresh | nowhere 2[1]{0?1} life ran fresh 1<2=60 +"},
    {"Q1 T2@1 S2 C2 Q1 S3", "nowhere 2[0]{0?1} 3[1] life ran fresh 1<3=60 +"},
    {"Q1 T2@1 S2 C2 Q1 T3@1 S2", "nowhere 2[1]{0?1} 3[0]{1?0} life ran fresh +"},
    {"Q1 T2@1 Q1 S2 C2 S2", "nowhere 2[1] life ran fresh 1<2=60 +"},
    /* A thief may have emptied the slot before an earlier start, which was inline: then only its stamp is late. */
    {"Q1 S1 Q2 S2 T3@1=25", "nowhere 1[1] 2[1] 3[0]{1?0} life ran fresh 1?2<2=40 OWED"},
    {"Q1 S1 C1 Q2 S2 C2 Q1 T3@1=25",
     "nowhere 3[0]{1?0} life fresh 1?1<1=20 1?2<2=50 TAKE | queued 1 3[0]{1?0} life fresh 1?2<2=50 OWED"},
    {"Q1 S1 C1 Q2 S2 C2 Q1 T3@1=26", "nowhere 3[0]{1?0} life fresh 1?1<1=20 1?2<2=50 TAKE"},
    {"Q1 S1 Q2 S2 T3@1=26", "nowhere 1[1] 2[1] 3[0]{0?1} life ran fresh 1?1<1=20 1?2<2=40 multiple_owners"},
    {"Q1 S1 Q2 S2 T1@1=19", "nowhere 1[1]{0?1} 2[1] life ran fresh 1?2<2=40 OWED"},
    {"Q1 S1 Q2 S2 T1@1=20", "nowhere 1[1]{0?1} 2[1] life ran fresh 1?1<1=20 1?2<2=40 multiple_owners"},
    {"Q1 S2 S1=10 T3@1=35", "nowhere 2[1] 1[1] 3[0]{0?1} life ran fresh 1?1<2=20 multiple_owners"},
    {"Q1 S2 S1=10 T3@1=36", "nowhere 2[1] 1[1] 3[0]{0?1} life ran fresh 1?1<2=20 multiple_owners"},
    {"S1 S1 C1", "nowhere 1[1] life ran"},
    {"S1 C1 S1", "nowhere 1[1] life ran +"},
    {"Q1 T2@1 S3 T2@1=5", "nowhere 2[0]{0?2} 3[1] life ran fresh multiple_owners"},
    {"Q1 Q2 S2 T3@2=5", "nowhere 2[1] 3[0]{1?0} life ran fresh 1<2=20 OWED"},
    {"Q1 S1 S2", "nowhere 1[1] 2[1] life ran fresh 1?1<1=20 +"},
    {"Q1 S1 T2@1=5", "nowhere 1[1] 2[0]{1?0} life ran fresh OWED"},
    {"Q1 S1 T2@1=5 S2", "nowhere 1[1] 2[1]{0?1} life ran fresh"},
    {"Q1 S1 T2@1=15", "nowhere 1[1] 2[0]{1?0} life ran fresh OWED"},
    {"Q1 S1 T2@2=5", "nowhere 1[1] 2[0]{0?1} life ran fresh 1?1<1=20 multiple_owners"},
    {"Q1 S3", "nowhere 3[1] life ran fresh 1<3=20 +"},
    {"Q1 T2@1 Q2 S2", "nowhere 2[1]{0?1} life ran 1?2<2=40 TAKE | queued 2 2[1] life"},
    {"Q1 T2@1 Q2 S2 S2", "nowhere 2[2]{0?1} life ran 1?2<2=40 +"},
    {"Q1 T2@1 Q2 T3@2 S2", "nowhere 2[1]{0?1} 3[0]{1?0} life ran +"},
    {"Q1 T2@1 Q2 T3@2 S2 S3 C2 C3", "nowhere 2[0]{0?1} 3[0]{0?1} life ran completed"},
    {"Q1 T2@1 Q1 T2@1 Q1 S2 C2", "queued 1 2[0]{1?0} life ran fresh"},
    {"Q1 S1 Q1 Q1 Q1", "queued 1 1[1] life fresh 1<1=40 1<1=50 1?1<1=20 PUSH +"},
    {"Q1 Q2 T3@1=5 F2", "nowhere 3[0]{1?0} life fresh VOID -"},
    {"Q1 T0@1 Q1 F1", "nowhere 0[0]{1?0} life fresh VOID -"},
    {"Q2 Q1 T2@1 Q1 F1", "nowhere 2[0]{1?0} life fresh 2<1=20 VOID -"},
    {"T2@1 Q3 F3", "nowhere 2[0]{0?1} life awaited@1 VOID -"},
    {"Q1 S1 Q3 F3", "nowhere 1[1] life ran fresh 1?1<1=20 VOID -"},
    {"Q1 Q1 F1", "queued 1 life fresh VOID -"},
    {"Q1 S2 Q3 F3", "nowhere 2[1] life ran fresh 1<2=20 VOID -"},
    {"Q1 S2 Q3 F3 T4@1=5", "nowhere 2[1] 4[0]{1?0} life ran fresh OWED"},
    {"Q1 S1 Q3 F3 T2@1=5", "nowhere 1[1] 2[0]{1?0} life ran fresh OWED"},
    {"Q1 S2 Q3 T4@1=5 F3", "nowhere 2[1] 4[0]{1?0} life ran fresh VOID -"},
    {"Q1 Q1 Q1 F1", "queued 1 life fresh 1<1=20 VOID -"},
    {"Q1 T2@1 Q1 S1 U1 S2",
     "nowhere 2[1]{0?1} life ran suspended fresh 1?1<1=40 suspended{1?0} | nowhere 2[1]{1?0} life ran fresh 1?1<1=40"},
    {"Q1 T2@1 Q1 S1 U1 S2 C2 R1", "nowhere 2[0]{0?1} 1[1] life ran fresh 1?1<1=40"},
    {"Q1 T2@1 Q1 S1 U1 S2 R1", "nowhere 2[1]{0?1} 1[1] life ran fresh 1?1<1=40"},
    {"Q1 T2@1 Q1 S1 U1 S2 U2", "nowhere 2[0]{0?1} life ran suspended fresh 1?1<1=40 suspended{2?0}"},
    {"Q1 T2@1 Q1 S1 U1 S2 U2 R2", "nowhere 2[1]{0?1} life ran suspended fresh 1?1<1=40 suspended{1?0}"},
    {"Q1 T2@1 Q1 S1 U1 S2 U2 R2 C2 R1", "nowhere 2[0]{0?1} 1[1] life ran fresh 1?1<1=40"},
    {"Q1 S1 U1 R2", "nowhere 2[1] life ran fresh 1?1<1=20"},
    {"Q1 S1 R1", "nowhere 1[2] life ran fresh 1?1<1=20 double_execution"},
    {"Q1 S1 C1 R1", "nowhere 1[1] life ran fresh 1?1<1=20 double_execution"},
    {"Q1 T2@1 Q1 S1 U1 S2 C2 R1 C1", "nowhere 2[0]{0?1} life ran completed fresh 1?1<1=40"},
    {"Q1 T2@1 Q1 S1 U1 S2 C2", "nowhere 2[0]{0?1} life ran completed suspended fresh 1?1<1=40 suspended{1?0}"},
    {"Q1 T2@1 Q2 T2@2 Q1 S2", "queued 1 2[1]{0?1} life fresh | nowhere 2[1]{1?1} life ran fresh 1<2=60 +"},
    {"Q1 T2@1 Q1 S2 F1", "nowhere 2[1] life fresh VOID -"},
    {"Q1 T2@1 Q1 S2 C2 F1", "nowhere life fresh VOID -"},
    {"Q1 T2@1 Q2 F2", "nowhere 2[0]{0?1} life fresh VOID"},
    {"X2 F1", "nowhere life cancelled protocol_violation"},
    {"F1", "nowhere protocol_violation"},
    {"Q1 F2", "queued 1 life fresh protocol_violation"},
    {"Q1 S1 F1", "nowhere 1[1] life ran fresh 1?1<1=20 protocol_violation"},
    {"Q1 X2 F3", "nowhere 1 stale@1 life cancelled fresh protocol_violation"},
    {"Q1 D1 Q2@1 Q2@2 T3@2 S1=5",
     "nowhere 1[1]{1?0} 3[0]{1?0} life ran fresh 1?1<2=40 OWED | nowhere 3[0]{1?0} 1[1] life ran fresh 1<2=40"},
    {"Q1@64 S2 Q1@64 S3=5",
     "nowhere 2[1] 3[1] life ran fresh 1?64<2=20 1?64<3=40#5 TAKE | queued 64 2[1] 3[1] life fresh OWED"},
    {"Q1 S1 U1 Q1 R1", "nowhere 1[1] life ran 1?1<1=20 TAKE | queued 1 1[1] life ran 1?1<1=20 OWED"},
    {"Q1 S1 U1 Q1 S1",
     "nowhere 1[1] life ran 1?1<1=20 1?1<1=50 suspended{0?1} TAKE | queued 1 1[1] life ran 1?1<1=20 OWED"},
    {"Q1 S1 U1 Q1 S3", "queued 1 3[1] life ran 1?1<1=20 OWED | nowhere 3[1] life ran 1<3=50 1?1<1=20 suspended{0?1} +"},
    {"S1 Q2 U1 S3",
     "queued 2 3[1] life ran fresh OWED | nowhere 3[1] life ran suspended fresh 2<3=40 suspended{1?0} +"},
    {"S1 Q2 U1 S2",
     "nowhere 2[1] life ran suspended fresh 1?2<2=40 suspended{1?0} TAKE | queued 2 2[1] life ran fresh OWED"},
    {"S1 Q2 U1 R3", "queued 2 3[1] life ran fresh OWED"},
    {"T2@1 S2 C2", "nowhere 2[0]{0?1} life ran completed"},
    {"T2@1 S2 U2", "nowhere 2[0]{0?1} life ran suspended awaited@1 suspended{1?0}"},
    {"C1", "nowhere life ran completed protocol_violation"},
    {"U1", "nowhere life ran suspended suspended{1?0} protocol_violation"},
    {"Q1 S1 U1 X2", "nowhere life ran cancelled fresh 1?1<1=20 suspended{0?1} | nowhere life ran cancelled suspended "
                    "dropped fresh 1?1<1=20 suspended{1?0}"},
    {"Q1 S1 U1 X2 X2", "nowhere life ran cancelled dropped fresh 1?1<1=20 suspended{0?1}"},
    {"Q1 T2@1 X2 X2", "nowhere 2[0]{1 stale} life cancelled fresh"},
    {"Q1 T2@1 X9 Q3 X2", "nowhere 2[0]{1 stale} 1 stale@3 life cancelled fresh VOID | queued 3 life fresh"},
    {"Q1 T2@1 X9 Q3 X4", "nowhere 2[0]{1 stale} 1 stale@3 life cancelled fresh VOID"},
    {"Q1 X9 Q3 F1", "queued 3 1[0]{1 stale} life fresh"},
    {"Q1 X9 Q3 F2", "queued 3 1 stale@1 life fresh protocol_violation"},
    {"Q1 X1 X1", "nowhere 1 stale@1 life cancelled fresh"},
    {"Q1 X1 Q1 S1 C1 X1", "nowhere 1 stale@1 life ran completed cancelled dropped fresh 1?1<1=40 | nowhere life ran "
                          "completed cancelled fresh 1?1<1=40"},
    {"S1 X1", "nowhere 1[1] life ran"},
    {"Q1 S1 X1 C1", "nowhere life ran completed dropped fresh 1?1<1=20"},
    {"Q1 X1 T2@1 X1", "nowhere 2[0]{1 stale} life cancelled fresh"},
    {"Q1 T2@1 X3 S2", "nowhere 2[1]{1 stale} life ran fresh +"},
    {"X1 X1", "nowhere life cancelled"},
    {"X1", "nowhere life cancelled +"},
    {"Q1 X1 Q2 X2 Q3 X3", "nowhere 1 stale@1 1 stale@2 1 stale@3 life cancelled fresh VOID | queued 3 1 stale@2 life "
                          "fresh | queued 3 1 stale@1 life fresh"},
    /* More workers than there is room for: all is forgotten, and what the event says is all that is known. */
    {"S1 S2 S3 S4 S5", "nowhere life unknown ?"},
    {"S1 S2 S3 S4 Q1 S5", "nowhere life unknown ?"},
    {"S1 S2 S3 S4 T5@1", "nowhere 1[1] 2[1] 3[1] 4[1] life ran crowded multiple_owners"},
    {"S1 S2 S3 S4 Q1 T5@1", "nowhere life unknown ?"},
    {"S1 S2 S3 S4 S5 Q1", "queued 1 life fresh vague since 60 PUSH +"},
    {"Q1 Q1 Q1 Q2 T3@1=90", "nowhere 3[0]{0?1} life fresh 1<1=30 1<2=40 VOID multiple_owners"},
    {"Q9 Q1 Q2 T3@1=90", "nowhere 3[0]{0?1} life fresh 9<1=20 VOID multiple_owners"},
    {"Q1 Q1 Q2 T3@1=90", "nowhere 3[0]{0?1} life fresh 1<2=30 VOID multiple_owners"},
    {"Q0 Q0 T3@0=5 F0", "nowhere 3[0]{1?0} life fresh VOID -"},
};

Test(ownership_next, recycled)
{
	CHECK(recycled_rows, .identity = WSC_IDENTITY_RECYCLED, .complete = true, .uncertainty = 5);
}

/* What is taken late may have been pinned, and that is known as long as it is owed, or may be. */
static const struct row recycled_pinned_rows[] = {
    {"Q1! Q1", "queued 1 life fresh 1<1=20! PUSH +"},
    {"Q1 Q1!", "queued 1 life pinned fresh 1<1=20 PUSH +"},
    {"Q1! Q1!", "queued 1 life pinned fresh 1<1=20! PUSH +"},
    {"Q1! Q1! T2@1=5", "queued 1 2[0]{1?0} life pinned fresh OWED! | nowhere 2[0]{1?0} life fresh 1<1=20! TAKE!"},
    {"Q1! Q1 T2@1=5", "queued 1 2[0]{1?0} life fresh OWED! | nowhere 2[0]{1?0} life fresh 1<1=20! TAKE"},
    {"Q1 Q1! T2@1=5", "queued 1 2[0]{1?0} life pinned fresh OWED | nowhere 2[0]{1?0} life fresh 1<1=20 TAKE!"},
    {"Q1! Q1! Q1", "queued 1 life fresh 1<1=20! 1<1=30! PUSH +"},
    {"Q1! Q1 Q1! Q1", "queued 1 life fresh 1<1=20! 1<1=30 1<1=40! PUSH +"},
    {"Q1! Q1 Q1! Q1 T2@1=5",
     "queued 1 2[0]{1?0} life fresh 1<1=30 1<1=40! OWED! | queued 1 2[0]{1?0} life fresh 1<1=20! 1<1=40! OWED | queued "
     "1 2[0]{1?0} life fresh 1<1=20! 1<1=30 OWED! | nowhere 2[0]{1?0} life fresh 1<1=20! 1<1=30 1<1=40! TAKE"},
    {"Q1 Q1! Q1 Q1! Q1", "queued 1 life blurred fresh 1<1=30! 1<1=40 1<1=50! 1?1<1=20 PUSH +"},
    {"Q1! Q1 Q1! Q1 Q1", "queued 1 life blurred fresh 1<1=30 1<1=40! 1<1=50 1?1<1=20! PUSH +"},
    {"Q1! S1", "nowhere 1[1] life ran fresh 1?1<1=20! TAKE"},
    {"Q1! S1 T2@1=5", "nowhere 1[1] 2[0]{1?0} life ran fresh OWED!"},
    {"Q1! S2", "nowhere 2[1] life ran fresh 1<2=20! +"},
    {"Q1! S2 S1=5", "nowhere 2[1] 1[1] life ran fresh 1?1<2=20! OWED"},
    {"Q1! S1 C1 Q1 S1 C1 Q1! S1 C1", "nowhere life ran completed fresh 1?1<1=20! 1?1<1=50 1?1<1=80!"},
    {"Q1 S1 C1 Q1! S1 C1 Q1 S1 C1 Q1! S1", "nowhere 1[1] life ran fresh 2?1<1=50 1?1<1=80 1?1<1=110! TAKE"},
    {"Q1! S1 C1 Q1! S1 C1 Q1! S1 C1 Q1 S1", "nowhere 1[1] life ran fresh 2?1<1=50! 1?1<1=80! 1?1<1=110 TAKE"},
    {"Q1! S1 C1 Q1! S1 C1 Q1! S1 C1 Q1! S1", "nowhere 1[1] life ran fresh 2?1<1=50! 1?1<1=80! 1?1<1=110! TAKE"},
    {"Q1! S1 C1 Q1 S1 C1 T2@1=5", "nowhere 2[0]{1?0} life ran completed fresh 1?1<1=50 OWED! | nowhere 2[0]{1?0} life "
                                  "ran completed fresh 1?1<1=20! OWED"},
    {"Q1! Q1 F1", "queued 1 life pinned fresh VOID -"},
    {"Q1! Q1 F1 T2@1=5", "nowhere 2[0]{1?0} life fresh TAKE!"},
};

Test(ownership_next, recycled_pinned)
{
	CHECK(recycled_pinned_rows, .identity = WSC_IDENTITY_RECYCLED, .complete = true, .uncertainty = 5);
}

static const struct row forgotten_rows[] = {
    {"~ Q1", "queued 1 life fresh unseen vague PUSH +"},
    {"~ Q1 F1", "nowhere life unknown VOID -"},
    {"~ F1", "nowhere life unknown"},
    {"~ D1", "nowhere life unknown"},
    {"~ T2@1", "nowhere life unknown"},
    {"~ S1", "nowhere 1[1] life ran inline vague"},
    {"~ C1", "nowhere life ran completed inline vague"},
    {"~ U1", "nowhere life ran suspended inline vague"},
    {"~ R1", "nowhere 1[1] life ran inline vague"},
    {"~ X1", "nowhere life cancelled unknown"},
};

Test(ownership_next, of_what_was_forgotten)
{
	CHECK(forgotten_rows, .identity = WSC_IDENTITY_UNIQUE, .complete = true);
}

/* Other lives of the slot may be anywhere: only a push tells something. */
static const struct row forgotten_slot_rows[] = {
    {"~ Q1", "queued 1 life fresh vague since 20 PUSH +"},
    {"~ Q1 F1", "nowhere life unknown since 20 VOID -"},
    {"~ F1", "nowhere life unknown"},
    {"~ D1", "nowhere life unknown"},
    {"~ T2@1", "nowhere life unknown"},
    {"~ S1", "nowhere life unknown"},
    {"~ C1", "nowhere life unknown"},
    {"~ U1", "nowhere life unknown"},
    {"~ R1", "nowhere life unknown"},
    {"~ X1", "nowhere life cancelled unknown"},
    {"~ Q1 T2@1=30", "nowhere 2[0]{1?0} life fresh vague since 20 TAKE"},
    {"~ Q1 T2@1=20",
     "nowhere 2[0]{1?0} life fresh vague since 20 TAKE | queued 1 2[0]{0?1} life fresh vague since 20 OWED"},
    {"~ Q1 T2@3=20", "queued 1 2[0]{0?1} life fresh vague since 20 OWED"},
    {"~ Q1 T2@3=30", "queued 1 life fresh vague since 20"},
    {"~ X1 Q1 T2@1=40", "nowhere 2[0]{1?0} life fresh vague since 18446744073709551615 TAKE | queued 1 2[0]{0?1} life "
                        "fresh vague since 18446744073709551615 OWED"},
    {"Q1 X1 ~ Q1 T2@1=50", "nowhere 2[0]{1?0} life fresh vague since 18446744073709551615 TAKE | queued 1 2[0]{0?1} "
                           "life fresh vague since 18446744073709551615 OWED"},
    {"Q1 X1 ~ Q1 ~ Q1 T2@1=70", "nowhere 2[0]{1?0} life fresh vague since 18446744073709551615 TAKE | queued 1 "
                                "2[0]{0?1} life fresh vague since 18446744073709551615 OWED"},
    {"~ Q1 S1",
     "nowhere 1[1] life ran fresh vague 1?1<1=30 since 20 TAKE | queued 1 1[1] life fresh vague since 20 OWED"},
    {"~ Q1 S2", "queued 1 2[1] life fresh vague since 20 OWED | nowhere 2[1] life ran fresh vague 1<2=30 since 20 +"},
    {"~ Q1 S2 C2", "queued 1 life ran fresh vague since 20"},
    {"~ Q1 C2", "queued 1 life ran fresh vague since 20"},
};

Test(ownership_next, of_a_slot_whose_lives_were_forgotten)
{
	CHECK(forgotten_slot_rows, .identity = WSC_IDENTITY_RECYCLED, .complete = true);
}

static const struct row in_a_window_rows[] = {
    {"Q1", "queued 1 life fresh unseen vague PUSH +"},
    {"Q1 F1", "nowhere life unknown VOID -"},
    {"Q1 F1 Q1", "queued 1 life fresh unseen vague PUSH +"},
    {"F1", "nowhere life unknown +"},
    {"T2@1", "nowhere life unknown +"},
    {"T2@1 S2", "nowhere 2[1] life ran inline vague"},
    {"T2@1 S2 S3", "nowhere 2[1] 3[1] life ran inline vague double_execution"},
    {"S1", "nowhere 1[1] life ran inline vague +"},
    {"S1 C1", "nowhere life ran completed inline vague"},
    {"S1 C1 S1", "nowhere 1[1] life ran inline vague +"},
    {"C1", "nowhere life ran completed inline vague +"},
    {"C1 S1", "nowhere 1[1] life ran inline vague +"},
    {"C1 Q1", "queued 1 life fresh vague PUSH +"},
    {"C1 C1", "nowhere life ran completed inline vague protocol_violation"},
    {"U1", "nowhere life ran suspended inline vague +"},
    {"U1 R2", "nowhere 2[1] life ran inline vague"},
    {"U1 Q1", "queued 1 life ran suspended inline vague PUSH"},
    {"R1", "nowhere 1[1] life ran inline vague +"},
    {"X1", "nowhere life cancelled unknown +"},
    {"X1 S1", "nowhere 1[1] life ran inline vague"},
    {"Q1 T2@1 F1", "nowhere life unknown"},
    {"Q1 F3@3", "queued 1 life fresh unseen vague"},
    {"S1 C1 F3@3", "nowhere life ran completed inline vague"},
    {"Q1 T3@2", "queued 1 life fresh unseen vague multiple_owners"},
    {"Q1 S1 C1", "nowhere life ran completed fresh vague"},
    {"Q1 C1", "nowhere life ran completed fresh vague VOID protocol_violation"},
    {"Q1 S1 C2", "nowhere life ran completed fresh vague multiple_owners"},
    {"Q1 R1", "nowhere 1[1] life ran fresh vague TAKE"},
    {"Q1 X1", "nowhere 1 stale@1 life cancelled fresh unseen vague VOID"},
    {"D1", "nowhere life unknown +"},
    {"~ Q1", "queued 1 life fresh unseen vague PUSH +"},
    {"~ Q1 F1", "nowhere life unknown VOID -"},
    {"~ F1", "nowhere life unknown"},
    {"~ D1", "nowhere life unknown"},
    {"~ T2@1", "nowhere life unknown"},
    {"~ S1", "nowhere 1[1] life ran inline vague"},
    {"~ C1", "nowhere life ran completed inline vague"},
    {"~ U1", "nowhere life ran suspended inline vague"},
    {"~ R1", "nowhere 1[1] life ran inline vague"},
    {"~ X1", "nowhere life cancelled unknown"},
};

Test(ownership_next, in_a_window)
{
	CHECK(in_a_window_rows, .identity = WSC_IDENTITY_UNIQUE, .vague = true);
}

static const struct row polled_in_a_window_rows[] = {
    {"Q1 X1 C1", "nowhere 1 stale@1 life ran completed cancelled fresh vague"},
    {"Q1 C2", "queued 1 life fresh vague"},
    {"Q1 S1 C2", "nowhere life ran completed fresh vague multiple_owners"},
    {"Q1 U2", "queued 1 life ran suspended fresh vague"},
    {"Q1 S1 C1 C1", "nowhere life ran completed fresh vague protocol_violation"},
    {"Q1", "queued 1 life fresh unseen vague PUSH +"},
    {"Q1 S1", "nowhere 1[1] life ran fresh vague TAKE"},
    {"Q1 S2", "nowhere 2[1] life ran fresh vague VOID multiple_owners"},
    {"Q1 U2 C2", "nowhere life ran completed fresh vague VOID protocol_violation"},
    {"Q1 X2 U1", "nowhere 1 stale@1 life ran suspended fresh vague"},
    {"S1 Q1 T2@1 F1", "nowhere 1[1] life ran fresh vague"},
    {"S1 Q1 F3@3", "queued 1 1[1] life fresh vague"},
    {"S1 F3@3", "nowhere 1[1] life ran inline vague"},
    {"Q1 S1 Q1 C1 C1", "nowhere life ran completed fresh vague VOID protocol_violation"},
    {"S1 C1 Q1", "queued 1 life fresh vague PUSH +"}, /* all that ran was seen */
};

Test(ownership_next, polled_in_a_window)
{
	CHECK(polled_in_a_window_rows, .identity = WSC_IDENTITY_POLLED, .vague = true);
}

static const struct row recycled_in_a_window_rows[] = {
    {"Q1 X1 C1", "nowhere 1 stale@1 life ran completed cancelled fresh vague since 10"},
    {"Q1 C1", "queued 1 life ran fresh vague since 10"},
    {"Q1 S1 C2", "nowhere 1[1] life ran fresh vague 1?1<1=20 since 10"},
    {"S1 C1 C1", "nowhere life unknown"},
    {"Q1 U1", "queued 1 life ran suspended fresh vague suspended{1?0} since 10"},
    {"Q1 X1", "nowhere 1 stale@1 life cancelled fresh vague since 10 VOID | queued 1 life fresh vague since 10"},
};

Test(ownership_next, recycled_in_a_window)
{
	CHECK(recycled_in_a_window_rows, .identity = WSC_IDENTITY_RECYCLED, .vague = true);
}

static const struct row recycled_after_a_gap_rows[] = {
    {"Q1", "queued 1 life fresh since 10 PUSH +"},
    {"Q1 S1 C1 Q1", "queued 1 life fresh 1?1<1=20 since 10 PUSH +"},
    {"Q1 T2@1 T3@1=5", "nowhere 2[0]{1?0} 3[0]{0?1} life fresh since 10 OWED"},
    {"Q1 T2@1 T3@1", "nowhere 2[0]{1?0} life fresh since 10"},
    {"S1 T2@1", "nowhere 1[1] 2[0]{0?1} life ran OWED"},
    {"C1", "nowhere life ran completed"},
    {"U1", "nowhere life ran suspended suspended{1?0}"},
    {"X1", "nowhere life cancelled +"},
    {"Q1 X1", "nowhere 1 stale@1 life cancelled fresh since 10 VOID | queued 1 life fresh since 10"},
    {"S1 X1", "nowhere 1[1] life ran"},
    {"S1 C1 X1", "nowhere life ran completed cancelled"},
};

Test(ownership_next, recycled_after_a_gap)
{
	CHECK(recycled_after_a_gap_rows, .identity = WSC_IDENTITY_RECYCLED, .complete = true, .vague = true);
}

static const struct row after_a_gap_rows[] = {
    {"T2@1", "nowhere"},
    {"S1", "nowhere 1[1] life ran inline +"},
    {"R1", "nowhere 1[1] life ran protocol_violation"},
    {"C1", "nowhere life ran completed protocol_violation"},
    {"Q1 R1", "nowhere 1[1] life ran fresh VOID protocol_violation"},
};

Test(ownership_next, after_a_gap)
{
	CHECK(after_a_gap_rows, .identity = WSC_IDENTITY_UNIQUE, .complete = true, .vague = true);
}

/* The source can't see cancellations: what nothing else explains was one. */
static const struct row cancels_unseen_rows[] = {
    {"Q1 Q2", "queued 2 1 stale@1 life fresh PUSH +"},
    {"Q1 Q2 T3@1", "queued 2 life fresh"},
    {"Q1 Q1 T3@1", "taken 3 1 stale@1 life fresh TAKE | queued 1 life fresh"},
    {"Q1 Q2 F2", "nowhere 1 stale@1 life ran completed cancelled inline fresh VOID -"},
    {"Q1 Q2 F2 S2 C2 S3", "nowhere 3[1] 1 stale@1 life ran inline fresh +"},
    {"Q1 Q1 T3@1 F1", "taken 3 life fresh"},
    {"Q1 T2@1 Q3", "queued 3 life fresh PUSH +"},
    {"Q1 T2@1 Q2", "queued 2 life PUSH"},
    {"Q1 T2@1 Q2 F2", "taken 2 life inline fresh VOID"},
    {"Q1 T2@1 Q2 F2 S2 C2 S2", "nowhere 2[1] life ran inline fresh +"},
    {"Q1 S1 C1 T2@1 Q3 F3", "taken 2 life ran completed disputed fresh VOID -"},
    {"Q1 S1 C1 Q1 F1", "nowhere life ran completed inline fresh VOID -"},
    {"Q1 S1 Q2", "queued 2 1[1] life fresh PUSH + multiple_owners"},
    {"Q1 S1 U1 Q1 Q2", "queued 2 1 stale@1 life fresh unseen PUSH +"},
    {"Q1 S1 U1 Q1 F1", "nowhere life ran suspended inline fresh VOID"},
    {"Q1 S1 S2", "nowhere 1[1] 2[1] life ran fresh double_execution"},
    {"Q1 S1 C1 S2", "nowhere 2[1] life ran fresh double_execution"},
    {"Q1 T2@1 T3@1", "taken 3 life disputed fresh multiple_owners"},
};

Test(ownership_next, cancels_unseen)
{
	CHECK(cancels_unseen_rows, .identity = WSC_IDENTITY_UNIQUE, .complete = true, .cancels_unseen = true);
}

static const struct row polled_cancels_unseen_rows[] = {
    {"Q1 S1 Q2 Q3", "queued 3 1[1] 1 stale@2 life fresh PUSH +"},
    {"Q1 S1 Q2 Q3 F3", "nowhere 1[1] 1 stale@2 life ran inline fresh VOID -"},
    {"Q1 S1 Q2 T3@2 Q1", "queued 1 1[1] life fresh PUSH +"},
    {"Q1 S1 Q2 Q3 F3 C1 S3 C3 S1", "nowhere 1[1] 1 stale@2 life ran inline fresh +"},
};

Test(ownership_next, polled_cancels_unseen)
{
	CHECK(polled_cancels_unseen_rows, .identity = WSC_IDENTITY_POLLED, .complete = true, .cancels_unseen = true);
}

static const struct row of_a_deque_rows[] = {
    {"Q1 T2@1", "nowhere life ran completed fresh TAKE"},
    {"Q1 D1", "nowhere life ran completed fresh TAKE"},
    {"Q1 D1 Q1", "queued 1 life fresh PUSH +"},
    {"Q1 T2@1 T3@1", "nowhere life ran completed fresh multiple_owners"},
    {"T2@1", "nowhere life ran completed awaited@1 + protocol_violation"},
    {"T2@1 Q1", "nowhere life ran completed found@1"},
    {"Q1 X1 Q1 T2@1", "nowhere 1 stale@1 life ran completed fresh TAKE | queued 1 life fresh"},
    /* Runs are out of its scope; but a start may be all that is recorded of a take. */
    {"Q1 S1", "nowhere life ran completed fresh TAKE"},
    {"Q1 R1", "nowhere life ran completed fresh TAKE"},
    {"Q1 S2", "queued 1 life fresh"},
    {"Q1 D1 S1", "nowhere life ran completed fresh"},
    {"Q1 D1 S1 S2", "nowhere life ran completed fresh"},
    {"Q1 S1 C1", "nowhere life ran completed fresh"},
    {"Q1 S1 U1", "nowhere life ran completed fresh"},
    {"Q1 S1 Q1", "queued 1 life fresh PUSH +"},
    {"Q1 C1", "queued 1 life fresh"},
    {"Q1 S1 T2@1", "nowhere life ran completed fresh multiple_owners"},
    {"S1", "nowhere"},
    {"C1", "nowhere"},
    {"T2@1 U2", "nowhere life ran completed awaited@1"},
    {"T2@1 C2", "nowhere life ran completed"},
    {"T2@1 C2 Q1", "queued 1 life fresh PUSH +"},
    {"~ S1", "nowhere life unknown"},
    {"~ C1", "nowhere life unknown"},
};

Test(ownership_next, of_a_deque)
{
	CHECK(of_a_deque_rows, .scope = WSC_SCOPE_DEQUE, .complete = true);
}

static const struct row of_a_deque_of_slots_rows[] = {
    {"Q1 Q1 T2@1=5", "queued 1 life fresh OWED | nowhere life ran completed fresh 1<1=20 TAKE"},
    {"Q1 D1 Q1", "queued 1 life fresh PUSH +"},
    /* ... of the life that waits, or of one that was taken before. */
    {"Q1 S1", "nowhere life ran completed fresh TAKE | queued 1 life fresh"},
    {"Q1 S2", "queued 1 life fresh"},
    {"Q1 D1 S1", "nowhere life ran completed fresh"},
    {"Q1 Q2 S1=5", "queued 2 life fresh OWED | queued 2 life fresh 1<2=20"},
    {"Q1 Q2 S1=25", "queued 2 life fresh 1<2=20"},
    {"Q1 Q2 S3=5", "queued 2 life fresh 1<2=20"},
    {"Q1 S1 C1", "nowhere life ran completed fresh"},
    {"Q1 C1", "queued 1 life fresh"},
    {"Q1 U1", "queued 1 life fresh"},
    {"Q1 T3@2=5", "nowhere life ran completed fresh VOID multiple_owners"},
    {"Q1 Q1 S1=15",
     "queued 1 life fresh OWED | nowhere life ran completed fresh 1<1=20 TAKE | queued 1 life fresh 1<1=20"},
};

Test(ownership_next, of_a_deque_of_slots)
{
	CHECK(of_a_deque_of_slots_rows, .identity = WSC_IDENTITY_RECYCLED, .scope = WSC_SCOPE_DEQUE, .complete = true);
}

/* The steps of a plain life go the short way: it is there for speed, so a test must see that it is taken. */
Test(ownership_next, a_plain_life_goes_the_short_way)
{
	static const char *const histories[] = {"Q1 S1 C1", "Q1 S1 C1 Q2 S2 C2", "Q1! S1 C1 Q1", "S1 C1 Q1 S1 C1",
	                                        "Q1 T2@1 S2 C2"};
	static const struct trace_header header;
	struct queue_table queues;
	cr_assert_eq(queue_table_init(&queues, &header, NULL, 0), WSC_OK);
	struct ownership_rules rules = {.complete = true, .queues = &queues};
	for (size_t i = 0; i < sizeof(histories) / sizeof(histories[0]); i++) {
		struct ownership state = {0};
		uint64_t ts = 10;
		char line[64], *save;
		snprintf(line, sizeof(line), "%s", histories[i]);
		for (char *word = strtok_r(line, " ", &save); word != NULL;
		     word = strtok_r(NULL, " ", &save), ts += 10) {
			struct ownership_event e = ownership_parse(word, ts);
			struct ownership_step step;
			bool first = state.flags == 0 && *word != 'Q', is_take = *word == 'T';
			ownership_step(&rules, &state, &e, &step);
			cr_expect_eq(ownership_step_plain(&rules, &state, &e.event), !first && !is_take, "%s: %s",
			             histories[i], word);
			state = step.outcomes[0].state;
		}
	}
	queue_table_free(&queues);
}

/* In a window, too, once the task is known to be unknown; before that, what was not seen may have been anything. */
Test(ownership_next, a_plain_life_in_a_window_goes_the_short_way)
{
	static const char *const words[] = {"Q1", "S1", "C1", "Q2", "S2", "C2", "?", "Q1!", "S1", "C1"};
	static const struct trace_header header;
	struct queue_table queues;
	cr_assert_eq(queue_table_init(&queues, &header, NULL, 0), WSC_OK);
	struct ownership_rules rules = {.vague = true, .queues = &queues};
	struct ownership state = {0};
	cr_expect(!ownership_step_plain(&rules, &state, &(struct wsc_event){.kind = WSC_EV_QUEUED, .task = 1}));
	ownership_forget(&state);
	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
		if (*words[i] == '?') {
			ownership_forget(&state);
			continue;
		}
		struct ownership_event e = ownership_parse(words[i], 10 + i);
		struct ownership_step step;
		ownership_step(&rules, &state, &e, &step);
		cr_expect(ownership_step_plain(&rules, &state, &e.event), "%s", words[i]);
		cr_expect_eq(memcmp(&state, &step.outcomes[0].state, sizeof(state)), 0, "%s", words[i]);
		cr_expect((state.flags & OWNERSHIP_VAGUE) != 0);
	}
	queue_table_free(&queues);
}

static struct ownership state_after(enum wsc_identity identity, const char *history)
{
	static const struct trace_header header;
	struct queue_table queues;
	struct ownership state = {0};
	char line[64], *save;
	uint64_t ts = 10;
	cr_assert_eq(queue_table_init(&queues, &header, NULL, 0), WSC_OK);
	struct ownership_rules rules = {.identity = identity, .complete = true, .queues = &queues};
	snprintf(line, sizeof(line), "%s", history);
	for (char *word = strtok_r(line, " ", &save); word != NULL; word = strtok_r(NULL, " ", &save), ts += 10) {
		struct ownership_event e = ownership_parse(word, ts);
		struct ownership_step step;
		ownership_step(&rules, &state, &e, &step);
		state = step.outcomes[0].state;
	}
	queue_table_free(&queues);
	return state;
}

/* Who pushed what was taken since is of no more interest: the states are one. */
Test(ownership_next, a_state_knows_the_pusher_of_what_waits_alone)
{
	struct ownership own = state_after(WSC_IDENTITY_UNIQUE, "Q1"),
	                 others = state_after(WSC_IDENTITY_UNIQUE, "Q2@1");
	cr_expect_neq(memcmp(&own, &others, sizeof(own)), 0);
	own = state_after(WSC_IDENTITY_UNIQUE, "Q1 T3@1");
	others = state_after(WSC_IDENTITY_UNIQUE, "Q2@1 T3@1");
	cr_expect_eq(memcmp(&own, &others, sizeof(own)), 0);
}

static void expect_runs(enum wsc_identity identity, const char *history, bool one, bool two, bool open)
{
	struct ownership state = state_after(identity, history);
	cr_expect_eq(ownership_runs_on(&state, 1), one, "%s: on 1", history);
	cr_expect_eq(ownership_runs_on(&state, 2), two, "%s: on 2", history);
	cr_expect_not(ownership_runs_on(&state, 0), "%s: on 0", history);
	cr_expect_eq(ownership_running(&state), one || two, "%s: running", history);
	cr_expect_eq(ownership_is_open(&state), open, "%s: open", history);
}

Test(ownership_next, where_it_runs_and_whether_it_is_open)
{
	expect_runs(WSC_IDENTITY_UNIQUE, "", false, false, false);
	expect_runs(WSC_IDENTITY_UNIQUE, "Q1", false, false, true);
	expect_runs(WSC_IDENTITY_UNIQUE, "Q1 F1", false, false, false);
	expect_runs(WSC_IDENTITY_UNIQUE, "Q1 T2@1", false, false, true);
	expect_runs(WSC_IDENTITY_UNIQUE, "Q1 T2@1 S2", false, true, true);
	expect_runs(WSC_IDENTITY_UNIQUE, "S1", true, false, true);
	expect_runs(WSC_IDENTITY_UNIQUE, "S1 S2", true, true, true);
	expect_runs(WSC_IDENTITY_UNIQUE, "S1 S2 C1", false, true, true);
	expect_runs(WSC_IDENTITY_UNIQUE, "S1 C1", false, false, false);
	expect_runs(WSC_IDENTITY_UNIQUE, "S1 U1", false, false, true);
	expect_runs(WSC_IDENTITY_UNIQUE, "S1 U1 X2", false, false, false);
	expect_runs(WSC_IDENTITY_UNIQUE, "X1", false, false, false);
	expect_runs(WSC_IDENTITY_RECYCLED, "Q1 T2@1 Q1", false, false, true);
	expect_runs(WSC_IDENTITY_RECYCLED, "Q1 T2@1 Q1 S1", true, false, true);
	expect_runs(WSC_IDENTITY_RECYCLED, "Q1 T2@1 Q1 S2", false, true, true);
	expect_runs(WSC_IDENTITY_RECYCLED, "Q1 T3@1 Q1 T4@1 Q1 T5@1 Q1 T6@1 Q1", false, false, true);
}

/*
 * A start may have taken one of three that are owed, what waits, or one of three that starts before seem to have taken; or it
 * is of a life in the worker's hand, or of one that was suspended.
 */
Test(ownership_next, as_many_outcomes_as_there_is_room_for)
{
	char words[] = "Q1 X9 Q2 X9 Q3 X9 Q3 X9 T6@3 Q3 T5@3 Q3 T5@3 Q3 T6@3 Q3 T6@3 Q3 T7@3 Q3 T8@3 Q3 S5 U5 S6 X6",
	     *save;
	static const struct trace_header header;
	struct queue_table queues;
	struct ownership state = {0};
	struct ownership_step step = {0};
	uint64_t ts = 10;
	cr_assert_eq(queue_table_init(&queues, &header, NULL, 0), WSC_OK);
	struct ownership_rules rules = {
	    .identity = WSC_IDENTITY_RECYCLED, .complete = true, .uncertainty = 1000, .queues = &queues};
	for (char *word = strtok_r(words, " ", &save); word != NULL; word = strtok_r(NULL, " ", &save), ts += 10) {
		struct ownership_event e = ownership_parse(word, ts);
		ownership_step(&rules, &state, &e, &step);
		state = step.outcomes[0].state;
	}
	cr_expect_eq(step.count, OWNERSHIP_OUTCOMES_MAX);
	for (int i = 0; i < step.count; i++) {
		for (int k = 0; k < i; k++)
			cr_expect_neq(memcmp(&step.outcomes[i].state, &step.outcomes[k].state, sizeof(state)), 0);
	}
	queue_table_free(&queues);
}

/* Feeds `count` times the words of a round, on a recycled handle; the stamps stand still. */
static void repeat(struct ownership *state, const char *round, unsigned count)
{
	static const struct trace_header header;
	struct queue_table queues;
	struct ownership_event events[4];
	size_t length = 0;
	char line[64], *save;
	cr_assert_eq(queue_table_init(&queues, &header, NULL, 0), WSC_OK);
	struct ownership_rules rules = {.identity = WSC_IDENTITY_RECYCLED, .complete = true, .queues = &queues};
	snprintf(line, sizeof(line), "%s", round);
	for (char *word = strtok_r(line, " ", &save); word != NULL; word = strtok_r(NULL, " ", &save))
		events[length++] = ownership_parse(word, 10);
	for (unsigned i = 0; i < count; i++) {
		for (size_t k = 0; k < length; k++) {
			struct ownership_step step;
			ownership_step(&rules, state, &events[k], &step);
			*state = step.outcomes[0].state;
		}
	}
	queue_table_free(&queues);
}

/* Counts stay at their greatest value: they never begin again at 0. */
Test(ownership_next, counts_saturate)
{
	enum { MANY = UINT16_MAX + 3 };
	struct ownership state = {0};
	repeat(&state, "S1", MANY);
	cr_expect_eq(state.runners[0].runs, UINT16_MAX);
	state = (struct ownership){0};
	repeat(&state, "Q1 T2@1", MANY);
	cr_expect_eq(state.runners[0].held, UINT16_MAX);
	state = (struct ownership){0};
	repeat(&state, "Q1 T2@1 Q2 T1@2", MANY);
	cr_expect(state.runner_count == 2 && state.runners[0].maybe == UINT16_MAX);
	state = (struct ownership){0};
	repeat(&state, "Q1 T2@1 Q1", MANY);
	repeat(&state, "S2", MANY);
	cr_expect_eq(state.runners[0].runs, UINT16_MAX);
	repeat(&state, "Q1 T2@1 Q1 S2", 1);
	cr_expect_eq(state.runners[0].runs, UINT16_MAX);
	state = (struct ownership){0};
	repeat(&state, "Q1 X1", 1);
	state.stale[0].count = UINT32_MAX;
	repeat(&state, "Q1 X1", 1);
	cr_expect_eq(state.stale[0].count, UINT32_MAX);
}
