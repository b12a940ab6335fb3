/* SPDX-License-Identifier: MIT */
/*
 * States of a recycled handle made one: what is kept of each, and that whatever is legal from one of them is legal from what
 * stands for it. What each event makes of a state is in test_ownership_next.c.
 */
#include "ownership_support.h"

enum { WORD_BYTES = 32, LINE_BYTES = 512, TEXT_BYTES = 1024, REACHED_MAX = 256 };

struct bench {
	struct trace_queue shared;
	struct trace_header header;
	struct queue_table queues;
	struct ownership_rules rules;
};

static void set_up(struct bench *bench, uint64_t uncertainty)
{
	*bench = (struct bench){.shared = {.queue = 64}, .header = {.queue_count = 1}};
	bench->header.queues = &bench->shared;
	cr_assert_eq(queue_table_init(&bench->queues, &bench->header, NULL, 0), WSC_OK);
	bench->rules = (struct ownership_rules){
	    .identity = WSC_IDENTITY_RECYCLED, .complete = true, .uncertainty = uncertainty, .queues = &bench->queues};
}

static void tear_down(struct bench *bench)
{
	queue_table_free(&bench->queues);
}

/*
 * The state that the words leave; they are stamped 10, 20, 30, ..., or after a "." as the one before. A digit takes that
 * outcome of the step before it, ~ forgets all.
 */
static struct ownership state_after(const struct bench *bench, const char *words)
{
	char line[LINE_BYTES], *save;
	struct ownership state = {0};
	struct ownership_step step;
	uint64_t ts = 0;
	snprintf(line, sizeof(line), "%s", words);
	for (char *word = strtok_r(line, " ", &save); word != NULL; word = strtok_r(NULL, " ", &save)) {
		int which = *word >= '0' && *word <= '9' ? *word - '0' : 0;
		if (*word == '~') {
			ownership_forget(&state);
			continue;
		}
		if (*word == '.') {
			ts -= 10;
			continue;
		}
		if (which == 0) {
			struct ownership_event e = ownership_parse(word, ts += 10);
			ownership_step(&bench->rules, &state, &e, &step);
			cr_assert_lt(step.report, 0, "%s: %s is not legal", words, word);
		}
		cr_assert_lt(which, step.count, "%s: there are %d outcomes", words, step.count);
		state = step.outcomes[which].state;
	}
	return state;
}

/* What the event makes of it. */
static void after(const struct bench *bench, struct ownership *state, const char *word)
{
	struct ownership_event e = ownership_parse(word, 1000);
	struct ownership_step step;
	ownership_step(&bench->rules, state, &e, &step);
	cr_assert_lt(step.report, 0, "%s is not legal", word);
	*state = step.outcomes[0].state;
}

/* A state that stands for both; they wait in one place. */
static struct ownership join(const struct ownership *one, const struct ownership *other)
{
	struct ownership states[] = {*one, *other};
	states[0].flags |= OWNERSHIP_BLURRED; /* what certainly seems to be is kept for itself */
	cr_assert_eq(slot_join(states, 2), 1);
	return states[0];
}

/* `joined`: ! if this push fails, nothing is concluded; < the first covers the other, > the other covers the first. */
struct join_row {
	const char *one, *other, *joined;
};

static void check_join(const struct bench *bench, const struct join_row *row)
{
	char text[TEXT_BYTES];
	struct ownership one = state_after(bench, row->one), other = state_after(bench, row->other);
	struct ownership joined = join(&one, &other);
	FILE *out = fmemopen(text, sizeof(text), "w");
	ownership_tell(out, &joined);
	if (joined.before_flags == OWNERSHIP_CROWDED)
		fprintf(out, "%s", joined.before_where == 0 && joined.before_place == 0 ? " !" : " rubbish");
	fprintf(out, "%s%s", slot_covers(&one, &other) ? " <" : "", slot_covers(&other, &one) ? " >" : "");
	fclose(out);
	cr_expect_str_eq(text, row->joined, "\t    {\"%s\", \"%s\", \"%s\"},", row->one, row->other, text);
}

static const struct join_row join_rows[] = {
    {"Q1", "Q1", "queued 1 life blurred fresh < >"},
    {"Q1 Q1 Q1 T4@1=5", "Q1 Q1 Q1 T4@1=5 1", "queued 1 4[0]{1?0} life blurred fresh 1?1<1=20 1?1<1=30 !"},
    {"Q1 Q2 Q3", "Q1 Q2 Q3", "queued 3 life blurred fresh 1<2=20 2<3=30 < >"},
    {"Q1 Q2 Q3", "Q9 Q2 Q3", "queued 3 life blurred fresh 2<3=30 1?1<2=20 1?9<2=20 !"},
    {"Q9 Q2 Q3", "Q1 Q2 Q3", "queued 3 life blurred fresh 2<3=30 1?1<2=20 1?9<2=20 !"},
    {"Q4 Q1@4 . Q3", "Q4 Q2@4 . Q3", "queued 3 life blurred fresh 4<3=20 1?4<1=20 1?4<2=20 !"},
    {"Q1 Q2 Q3", "Q3", "queued 3 life blurred fresh 1?1<2=20 1?2<3=30 !"},
    {"Q3", "Q1 Q2 Q3", "queued 3 life blurred fresh 1?1<2=20 1?2<3=30 !"},
    {"Q3", "Q1 S1 C1 Q3", "queued 3 life blurred fresh 1?1<1=20 !"},
    {"Q1 S1 C1 Q3", "Q3", "queued 3 life blurred fresh 1?1<1=20 !"},
    {"Q1 T2@1 Q3", "Q3", "queued 3 2[0]{0?1} life blurred fresh !"},
    {"Q3", "Q1 T2@1 Q3", "queued 3 2[0]{0?1} life blurred fresh !"},
    {"Q1 T2@1 Q1 T2@1 Q3", "Q1 T2@1 Q3", "queued 3 2[0]{1?1} life blurred fresh"},
    {"Q1 T2@1 Q3", "Q1 T2@1 Q1 T2@1 Q3", "queued 3 2[0]{1?1} life blurred fresh"},
    {"Q1 T2@1 Q2@3", "Q1 T2@1 Q1 T2@1 Q3", "queued 3 2[0]{0?2} life blurred"},
    {"Q1 T2@1 Q1 T2@1 Q3", "Q1 T2@1 Q2@3", "queued 3 2[0]{0?2} life blurred fresh"},
    {"Q1 T2@1 Q1 T2@1 Q2@3", "Q1 T2@1 Q2@3", "queued 3 2[0]{0?2} life blurred"},
    {"Q1 T2@1 Q2@3", "Q1 T2@1 Q1 T2@1 Q2@3", "queued 3 2[0]{0?2} life blurred"},
    {"Q1 X9 T2@1 Q3", "Q3", "queued 3 2[0]{1 stale} life blurred fresh !"},
    {"Q3", "Q1 X9 T2@1 Q3", "queued 3 2[0]{1 stale} life blurred fresh !"},
    {"Q1 X9 Q1 X9 T2@1 T2@1 Q3", "Q1 X9 T2@1 Q3", "queued 3 2[0]{2 stale} life blurred fresh <"},
    {"Q1 T2@1 Q1 T4@1 Q3", "Q1 T5@1 Q3", "queued 3 2[0]{0?1} 4[0]{0?1} 5[0]{0?1} life blurred fresh"},
    {"Q1 T2@1 S2 Q3", "S2 Q3", "queued 3 2[1]{0?1} life blurred fresh !"},
    {"Q1 T2@1 Q1 T4@1 Q1 T5@1 Q3", "Q1 T6@1 Q1 T7@1 Q3",
     "queued 3 4[0]{0?1} 5[0]{0?1} 6[0]{0?1} 7[0]{0?1} life blurred fresh maybe"},
    {"Q1 X1 Q3", "Q3", "queued 3 1 stale@1 life blurred fresh !"},
    {"Q3", "Q1 X1 Q3", "queued 3 1 stale@1 life blurred fresh !"},
    {"Q3", "Q1 X1 Q1 X1 Q3", "queued 3 2 stale@1 life blurred fresh !"},
    {"Q1 Q1 Q2 T4@1=5", "Q1 Q1 Q2 T4@1=5 1", "queued 2 4[0]{1?0} life blurred fresh 1?1<1=20 1?1<2=30 !"},
    {"Q1 Q1 Q2 T4@1=5", "Q1 Q1 Q2 T4@1=5", "queued 2 4[0]{1?0} life blurred fresh 1<2=30 < >"},
    {"Q1 Q1 Q2 T4@1=5", "Q1 Q1 Q2", "queued 2 4[0]{0?1} life blurred fresh 1<2=30 1?1<1=20 !"},
    {"Q1 Q1 Q2", "Q1 Q1 Q2 T4@1=5", "queued 2 4[0]{0?1} life blurred fresh 1<2=30 1?1<1=20 !"},
    /* Pinned is what is pinned in both. */
    {"Q1!", "Q1", "queued 1 life blurred fresh >"},
    {"Q1", "Q1!", "queued 1 life blurred fresh <"},
    {"Q1!", "Q1!", "queued 1 life pinned blurred fresh < >"},
    {"Q1! Q1", "Q1! Q1", "queued 1 life blurred fresh 1<1=20! < >"},
    {"Q1! Q1", "Q1 Q1", "queued 1 life blurred fresh 1<1=20 !"},
    {"Q1 Q1", "Q1! Q1", "queued 1 life blurred fresh 1<1=20 !"},
    {"Q1! Q1! Q2", "Q1! Q1! Q2 T4@1=5", "queued 2 4[0]{0?1} life blurred fresh 1<2=30! 1?1<1=20! !"},
    {"Q1! Q1! Q2 T4@1=5", "Q1! Q1! Q2", "queued 2 4[0]{0?1} life blurred fresh 1<2=30! 1?1<1=20! !"},
    {"Q1! Q1! Q2 T4@1=5", "Q1! Q1! Q2 T4@1=5 1", "queued 2 4[0]{1?0} life blurred fresh 1?1<1=20! 1?1<2=30! !"},
    {"Q1! Q1 . Q1", "Q1", "queued 1 life blurred fresh 2?1<1=20 !"},
    {"Q1 Q1! . Q1", "Q1", "queued 1 life blurred fresh 2?1<1=20 !"},
    {"Q1! Q1! . Q1", "Q1", "queued 1 life blurred fresh 2?1<1=20! !"},
    {"Q1! S1 C1", "Q1 S1 C1", "nowhere life ran completed blurred fresh 1?1<1=20 >"},
    {"Q1 S1 C1", "Q1! S1 C1", "nowhere life ran completed blurred fresh 1?1<1=20 <"},
    {"Q1! S1 C1", "Q1! S1 C1", "nowhere life ran completed blurred fresh 1?1<1=20! < >"},
    {"Q1! S1 C1 Q3", "Q3", "queued 3 life blurred fresh 1?1<1=20! !"},
    {"Q3", "Q1! S1 C1 Q3", "queued 3 life blurred fresh 1?1<1=20! !"},
    {"Q1 Q2 T4@2 Q3", "Q1 Q2 T4@2 T5@1=5 Q3", "queued 3 4[0]{1?0} 5[0]{0?1} life blurred fresh 1?1<2=20"},
    {"Q1 X1 Q3", "Q1 X1 Q1 X1 Q3", "queued 3 2 stale@1 life blurred fresh >"},
    {"Q1 X1 Q1 X1 Q3", "Q1 X1 Q3", "queued 3 2 stale@1 life blurred fresh <"},
    {"Q2 X1 Q4 X1 Q3", "Q1 X1 Q2 X1 Q3", "queued 3 1 stale@1 1 stale@2 1 stale@4 life blurred fresh"},
    {"Q1 S1 U1", "Q1 S1 C1", "nowhere life ran blurred fresh 1?1<1=20 suspended{0?1}"},
    {"Q1 S1 C1", "Q1 S1 U1", "nowhere life ran completed blurred fresh 1?1<1=20 suspended{0?1}"},
    {"Q1 S1 U1 Q1 S1 U1", "Q1 S1 U1", "nowhere life ran suspended blurred 1?1<1=20 1?1<1=50 suspended{1?1} <"},
    {"Q1 S1 U1 Q3", "Q3", "queued 3 life ran blurred 1?1<1=20 suspended{0?1} !"},
    {"Q3", "Q1 S1 U1 Q3", "queued 3 life blurred fresh 1?1<1=20 suspended{0?1} !"},
    {"Q1 S1 C1", "X1", "nowhere life ran completed cancelled blurred fresh 1?1<1=20"},
    {"X1", "S1 C1", "nowhere life cancelled blurred <"},
    {"Q1 Q2 X1 1 Q3", "Q1 Q2 Q3", "queued 3 life dropped blurred fresh 1<2=20 1?2<3=30 1?2<3=40 !"},
    {"Q1 Q2 Q3", "Q1 Q2 X1 1 Q3", "queued 3 life dropped blurred fresh 1<2=20 1?2<3=30 1?2<3=40 !"},
    {"~ Q1", "Q1", "queued 1 life blurred fresh vague !"},
    {"Q1", "~ Q1", "queued 1 life blurred fresh vague !"},
    {"~ Q1", "~ Q2 T3@2 Q1", "queued 1 3[0]{0?1} life blurred fresh vague since 10 !"},
    {"~ Q1", "Q2 ~ Q1", "queued 1 life blurred fresh vague since 20 >"},
    {"Q2 ~ Q1", "~ Q1", "queued 1 life blurred fresh vague since 20 <"},
    {"Q1 T2@1 Q3 T4@3 Q5 T6@5 Q7 T8@7 Q9 T10@9 Q11", "Q11",
     "queued 11 4[0]{0?1} 6[0]{0?1} 8[0]{0?1} 10[0]{0?1} life blurred fresh maybe !"},
    {"Q11", "Q1 T2@1 Q3 T4@3 Q5 T6@5 Q7 T8@7 Q9 T10@9 Q11",
     "queued 11 4[0]{0?1} 6[0]{0?1} 8[0]{0?1} 10[0]{0?1} life blurred fresh maybe !"},
    {"Q1 Q2", "Q2", "queued 2 life blurred fresh 1?1<2=20 !"},
    {"Q1 Q2", "Q9 Q2", "queued 2 life blurred fresh 1?1<2=20 1?9<2=20 !"},
    {"S1 C1 Q1", "Q1", "queued 1 life blurred fresh !"},
    {"S1 Q1 Q2", "Q1 Q2", "queued 2 1[1] life blurred fresh 1?1<2=20 1?1<2=30 !"},
};

Test(slot, joined)
{
	struct bench bench;
	set_up(&bench, 5);
	for (size_t i = 0; i < sizeof(join_rows) / sizeof(join_rows[0]); i++)
		check_join(&bench, &join_rows[i]);
	tear_down(&bench);
}

struct state_row {
	const char *history, *state;
};

/* By stamp, then queue, then worker; of more than there is room for, two are made one. */
static const struct state_row order_rows[] = {
    {"Q5 Q1@4 . Q2@3", "queued 3 life fresh 4<2=20 5<1=20"},
    {"Q5 Q1@6 . Q2@3", "queued 3 life fresh 5<1=20 6<2=20"},
    {"Q4 Q2@4 . Q1@4", "queued 4 life fresh 4<1=20 4<2=20"},
    {"Q4 Q1@4 . Q2@4", "queued 4 life fresh 4<1=20 4<2=20"},
    {"Q4 Q1@4 . Q1@4", "queued 4 life fresh 4<1=20 4<1=20"},
    {"Q4 Q9@4 Q1@4", "queued 4 life fresh 4<9=20 4<1=30"},
    {"Q1@64 S2 . Q1@64 . S1", "nowhere 2[1] 1[1] life ran fresh 1?64<1=20 1?64<2=20"},
    {"Q1@64 S1 . Q1@64 . S1", "nowhere 1[2] life ran fresh 2?64<1=20"},
    {"Q1 S1 Q1 S1 Q1 S1 Q1 S1", "nowhere 1[4] life ran fresh 2?1<1=40 1?1<1=60 1?1<1=80"},
    {"Q1 S1 Q1 S1 Q1 S1 Q1 S1 Q1 S1", "nowhere 1[5] life ran fresh 3?1<1=60 1?1<1=80 1?1<1=100"},
    {"Q1 S1 Q2 S2 Q3 S3 Q4 S4",
     "nowhere 1[1] 2[1] 3[1] 4[1] life ran fresh 2?4294967295<4294967295=40 1?3<3=60 1?4<4=80"},
    {"Q1 S1 Q2 S2 Q2 S2 Q4 S4", "nowhere 1[1] 2[2] 4[1] life ran fresh 1?1<1=20 2?2<2=60 1?4<4=80"},
    {"Q1 S1 Q2 S2 Q1 S1 Q4 S4", "nowhere 1[2] 2[1] 4[1] life ran fresh 1?2<2=40 2?1<1=60 1?4<4=80"},
    {"Q1@64 S1 Q1@64 S2 Q1@64 S3 Q1@64 S4",
     "nowhere 1[1] 2[1] 3[1] 4[1] life ran fresh 2?64<4294967295=40 1?64<3=60 1?64<4=80"},
    {"Q0 S0 Q1 S1 Q2 S2 Q3 S3",
     "nowhere 0[1] 1[1] 2[1] 3[1] life ran fresh 2?4294967295<4294967295=40 1?2<2=60 1?3<3=80"},
    {"Q1@64 S1 Q1 S1 Q2 S2 Q3 S3", "nowhere 1[2] 2[1] 3[1] life ran fresh 2?4294967295<1=40 1?2<2=60 1?3<3=80"},
    {"Q1 S1 Q1 S1 Q1 S1 Q1 S1 T2@1=5", "nowhere 1[4] 2[0]{1?0} life ran fresh 1?1<1=40 1?1<1=60 1?1<1=80"},
    {"Q1 S1 Q1 S1 Q1 S1 Q1 S1 T2@1=5 T3@1=5", "nowhere 1[4] 2[0]{1?0} 3[0]{1?0} life ran fresh 1?1<1=60 1?1<1=80"},
    {"Q1 S1 C1 Q2 S2 C2 Q3 S3 C3 Q4 S4 C4 T9@9=5",
     "nowhere 9[0]{0?1} life ran completed fresh 1?4294967295<4294967295=50 1?3<3=80 1?4<4=110"},
    {"Q1 S1 C1 Q2 S2 C2 Q3 S3 C3 Q4 S4 C4 T4294967295@9=55",
     "nowhere 4294967295[0]{0?1} life ran completed fresh 1?4294967295<4294967295=50 1?3<3=80 1?4<4=110"},
    {"Q1 S1#99 C1 Q1 S1 C1 Q2 S2 C2 Q3 S3 C3", "nowhere life ran completed fresh 2?1<1=50#99 1?2<2=80 1?3<3=110"},
    {"Q1 S1 C1 Q1 S1#9 C1 Q2 S2 C2 Q3 S3 C3", "nowhere life ran completed fresh 2?1<1=50#20 1?2<2=80 1?3<3=110"},
    {"Q1@64 S1 Q1 S1 Q2 S2 Q3 S3 T1@9=39",
     "nowhere 1[2]{0?1} 2[1] 3[1] life ran fresh 1?4294967295<1=40 1?2<2=60 1?3<3=80"},
    {"Q1@64 S1 Q1 S1 Q2 S2 Q3 S3 T4@9=45",
     "nowhere 1[2] 2[1] 3[1] 4[0]{1?0} life ran fresh 1?4294967295<1=40 1?2<2=60 1?3<3=80"},
};

/* What few histories need: a push that fails, a resumption, a late take. */
static const struct state_row rare_rows[] = {
    {"Q1!", "queued 1 life pinned fresh"},
    {"Q9 X9 Q1 S1 C1 Q2 S2 C2 Q3 S3 C3 T8@1=5",
     "nowhere 8[0]{1?0} 1 stale@9 life ran completed fresh 1?2<2=70 1?3<3=100"},
    {"Q9 X9 Q1 S1 C1 Q2 S2 C2 Q3 S3 C3 T8@2=5",
     "nowhere 8[0]{1?0} 1 stale@9 life ran completed fresh 1?1<1=40 1?3<3=100"},
    {"Q9 X9 Q1 S1 C1 Q2 S2 C2 Q3 S3 C3 T8@3=5",
     "nowhere 8[0]{1?0} 1 stale@9 life ran completed fresh 1?1<1=40 1?2<2=70"},
    {"Q1 X2 F1", "nowhere 1[0]{1 stale} life cancelled fresh"},
    {"Q1 X2 Q1 X2 F1", "nowhere 1[0]{1 stale} 1 stale@1 life cancelled fresh"},
    {"Q2 X1 Q1 X2 F1", "nowhere 1[0]{1 stale} 1 stale@2 life cancelled fresh"},
    {"Q1 Q1#5 . Q1#7", "queued 1 life fresh 1<1=20#5 1<1=20#7"},
    {"Q1 Q1#7 . Q1#5", "queued 1 life fresh 1<1=20#5 1<1=20#7"},
    {"Q1 S1 C1 Q1 F1", "nowhere life ran completed fresh 1?1<1=20"},
    {"Q1 S1 Q1 F1", "nowhere 1[1] life ran fresh 1?1<1=20"},
    {"Q1 S1 Q1 C1 F1", "nowhere life ran completed fresh 1?1<1=20"},
    {"Q1 Q2 X3 1 F2", "queued 1 life dropped fresh"},
    {"Q1 Q2 X3 1 Q3 F3", "queued 2 life dropped fresh 1<2=20"},
    {"Q1 S1 U1 Q1 F1", "nowhere life ran completed suspended fresh 1?1<1=20 suspended{1?0}"},
    {"Q1 S1 U1 Q1 R2 F1", "nowhere 2[1] life ran fresh 1?1<1=20"},
    {"Q1 S1 U1 S1 R2", "nowhere 1[1] 2[1] life ran fresh 1?1<1=20"},
    {"Q1 S1 U1 S1 R2 U2", "nowhere 1[1] life ran suspended fresh 1?1<1=20 suspended{1?0}"},
    {"Q1 T2@1 Q1 S1 U1 S2 U2 Q1 F1", "nowhere 2[0]{0?1} life ran completed suspended fresh 1?1<1=40 suspended{2?0}"},
    {"Q1 T2@1 Q2 T3@2 Q3 T4@3 Q4 T5@4 Q5 T6@5 Q7 S2 S2",
     "queued 7 4[0]{0?1} 5[0]{0?1} 6[0]{1?0} 2[2] life fresh maybe"},
    {"Q1 Q2 Q3 Q4 Q5 F5", "queued 4 life blurred fresh 2<3=30 3<4=40 1?1<2=20"},
    {"Q1 Q2 Q3 Q4 Q5 Q6 F6", "queued 5 life blurred fresh 3<4=40 4<5=50 1?1<2=20 1?2<3=30"},
};

static void check_states(const struct bench *bench, const struct state_row *rows, size_t count)
{
	char text[TEXT_BYTES];
	for (size_t i = 0; i < count; i++) {
		struct ownership s = state_after(bench, rows[i].history);
		FILE *out = fmemopen(text, sizeof(text), "w");
		ownership_tell(out, &s);
		fclose(out);
		cr_expect_str_eq(text, rows[i].state, "\t    {\"%s\", \"%s\"},", rows[i].history, text);
	}
}

Test(slot, kept_in_one_order)
{
	struct bench bench;
	set_up(&bench, 5);
	check_states(&bench, order_rows, sizeof(order_rows) / sizeof(order_rows[0]));
	check_states(&bench, rare_rows, sizeof(rare_rows) / sizeof(rare_rows[0]));
	tear_down(&bench);
}

/* The first that seems to be stays what it is; all others are joined by where they wait. */
Test(slot, few_of_many)
{
	struct bench bench;
	set_up(&bench, 5);
	const struct ownership plain = state_after(&bench, "Q1"), after = state_after(&bench, "Q2 Q1"),
	                       empty = state_after(&bench, "S1 C1"), ran = state_after(&bench, "Q1 S1 C1"),
	                       elsewhere = state_after(&bench, "Q2");
	struct ownership states[] = {plain, after, empty, plain, ran, elsewhere};
	cr_expect_eq(slot_join(states, 6), 4);
	cr_expect_eq(memcmp(&states[0], &plain, sizeof(plain)), 0);
	struct ownership joined = join(&after, &plain);
	cr_expect_eq(memcmp(&states[1], &joined, sizeof(joined)), 0);
	joined = join(&empty, &ran);
	cr_expect_eq(memcmp(&states[2], &joined, sizeof(joined)), 0);
	cr_expect_eq(memcmp(&states[3], &elsewhere, sizeof(elsewhere)), 0);
	cr_expect_not(slot_joins(states, 1, &after), "it is certain as it is");
	cr_expect_not(slot_joins(states, 1, &joined), "the first is certain as it is");
	cr_expect_not(slot_joins(states, 2, &joined), "none waits there");
	cr_expect(slot_joins(states, 3, &joined));
	joined = join(&after, &plain);
	cr_expect(slot_joins(states, 2, &joined));
	cr_expect(slot_joins(&joined, 1, &joined), "the first is not certain");
	states[4] = state_after(&bench, "S1 S2 S3 S4");
	states[4].flags |= OWNERSHIP_BLURRED;
	states[5] = state_after(&bench, "S1 S2 S3 S5");
	cr_expect_eq(slot_join(&states[4], 2), 0, "more run than there is room for");
	states[4] = state_after(&bench, "Q1 X1 Q2 X2 Q4 X4 Q3");
	states[4].flags |= OWNERSHIP_BLURRED;
	states[5] = state_after(&bench, "Q5 X5 Q3");
	cr_expect_eq(slot_join(&states[4], 2), 0, "more queues with stale entries than there is room for");
	states[3].flags |= OWNERSHIP_CROWDED;
	cr_expect_eq(slot_join(states, 4), 0);
	cr_expect_eq(slot_join(states, 3), 3);
	states[3] = states[2];
	states[3].flags |= OWNERSHIP_CROWDED;
	cr_expect_eq(slot_join(states, 4), 0);
	tear_down(&bench);
}

/* None stands for what waits elsewhere, nor one that is not certain for one that is. */
Test(slot, what_is_not_covered)
{
	struct bench bench;
	set_up(&bench, 5);
	const struct ownership one = state_after(&bench, "Q0"), joined = join(&one, &one);
	struct ownership other = one;
	cr_expect(slot_covers(&one, &other));
	cr_expect(slot_covers(&one, &joined) && slot_covers(&joined, &joined) && !slot_covers(&joined, &one));
	other.place = 5;
	cr_expect_not(slot_covers(&one, &other));
	other = one;
	other.where = OWNERSHIP_NOWHERE;
	cr_expect_not(slot_covers(&one, &other));
	tear_down(&bench);
}

/* What lies behind the last worker is none. */
Test(slot, as_many_hands_as_there_is_room_for)
{
	struct bench bench;
	struct {
		struct ownership state;
		struct ownership_runner behind;
	} full = {.behind = {.worker = 9, .held = 1}};
	struct ownership_event cancelled = ownership_parse("X1", 100);
	struct ownership_step step;
	set_up(&bench, 5);
	full.state = state_after(&bench, "Q1 T2@1 Q1 T3@1 Q1 T4@1 Q1 T5@1");
	ownership_step(&bench.rules, &full.state, &cancelled, &step);
	cr_expect(step.report < 0 && step.count == OWNERSHIP_RUNNERS_MAX);
	full.behind.runs = 1;
	cr_expect_not(ownership_running(&full.state));
	for (unsigned i = 0; i < OWNERSHIP_RUNNERS_MAX; i++)
		full.state.runners[i] = (struct ownership_runner){.worker = i, .maybe = 1};
	cr_expect_not(ownership_is_open(&full.state));
	tear_down(&bench);
}

/* Counts that stand for any number, and such as would be more. */
Test(slot, joined_counts_saturate)
{
	struct bench bench;
	set_up(&bench, 5);
	struct ownership one = state_after(&bench, "Q1 S1 U1 Q1 T2@1 Q4@3"), other = one, joined;
	other.credit_counts[0] = 7;
	joined = join(&one, &other);
	cr_expect_eq(joined.credit_counts[0], 7);
	joined = join(&other, &one);
	cr_expect_eq(joined.credit_counts[0], 7);
	cr_expect(slot_covers(&other, &one) && !slot_covers(&one, &other));
	one.runners[0].held = 0;
	one.runners[0].maybe = UINT16_MAX;
	other.runners[0].held = 3;
	other.runners[0].maybe = UINT16_MAX;
	joined = join(&one, &other);
	cr_expect(joined.runners[0].held == 0 && joined.runners[0].maybe == UINT16_MAX);
	one.suspended = 0;
	one.maybe_suspended = 255;
	other.suspended = 255;
	other.maybe_suspended = 255;
	joined = join(&one, &other);
	cr_expect(joined.suspended == 0 && joined.maybe_suspended == 255);
	joined = join(&other, &one);
	cr_expect(joined.suspended == 0 && joined.maybe_suspended == 255);
	after(&bench, &joined, "R3");
	cr_expect_eq(joined.maybe_suspended, 255, "any number, less one");
	joined = state_after(&bench, "Q1 S1 U1 Q3");
	joined.maybe_suspended = 255;
	after(&bench, &joined, "F3");
	cr_expect(joined.suspended == 1 && joined.maybe_suspended == 255);
	one.suspended = other.suspended = one.maybe_suspended = 100;
	other.maybe_suspended = 120;
	joined = join(&one, &other);
	cr_expect(joined.suspended == 100 && joined.maybe_suspended == 120);
	one = state_after(&bench, "Q1 S1 C1 Q1 S1 C1 Q1 S1 C1");
	one.credit_counts[0] = 200;
	one.credit_counts[1] = 100;
	other = state_after(&bench, "Q2 S2 C2");
	joined = join(&one, &other);
	cr_expect_eq(joined.credit_counts[1], 255);
	after(&bench, &joined, "T8@1=5");
	cr_expect_eq(joined.credit_counts[1], 255);
	tear_down(&bench);
}

/* The queues that a take may be of an earlier stay in than it seems, apart from each other by blanks. */
static void put_doubts(const struct bench *bench, const struct ownership *s, const struct ownership_event *event,
                       char *text, size_t size)
{
	uint64_t queues[OWNERSHIP_CREDITS_MAX];
	const unsigned count = slot_doubts(&bench->rules, s, event, queues);
	FILE *out = fmemopen(text, size, "w");
	for (unsigned i = 0; i < count; i++) {
		if (queues[i] == OWNERSHIP_ANY_QUEUE)
			fputs(" any", out);
		else
			fprintf(out, " %" PRIu64, queues[i]);
	}
	fclose(out);
}

Test(slot, doubts)
{
	static const struct {
		const char *history, *word, *queues;
	} rows[] = {
	    {"Q1 S1", "T2@1=5", " 1"},
	    {"Q1 S1", "T2@1=25", " 1"},
	    {"Q1 S1", "T2@1=26", ""},
	    {"Q1 S1", "T2@2=5", ""},
	    {"Q1 S1", "D1@1=19", " 1"},
	    {"Q1 S1", "D1@1=20", ""},
	    {"Q1@64 S1", "S2=5", " 64"},
	    {"Q1 S1", "S2=5", ""},
	    {"Q1 S1", "S1=5", " 1"},
	    {"Q1", "T2@1=5", ""},
	    {"Q1 Q2", "T2@1=5", ""},
	    {"Q1@64 S1", "S2=26", ""},
	    /* A take is of one queue; a start may be of each that the worker may run from. */
	    {"Q1@64 S1 Q1 S1", "T2@64=5", " 64"},
	    {"Q1@64 S1 Q1 S1", "S1=5", " 64 1"},
	    {"Q1@64 S1 Q1 S1", "S2=5", " 64"},
	    /* More than there is room for: of two it is not known any more which queues they are of. */
	    {"Q1 S1 Q2 S2 Q3 S3 Q4 S4", "T8@1=5", " 1"},
	    {"Q1 S1 Q2 S2 Q3 S3 Q4 S4", "S3=5", " any 3"},
	};
	struct bench bench;
	set_up(&bench, 5);
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct ownership s = state_after(&bench, rows[i].history);
		struct ownership_event e = ownership_parse(rows[i].word, 90);
		char text[64] = "";
		put_doubts(&bench, &s, &e, text, sizeof(text));
		cr_expect_str_eq(text, rows[i].queues, "%s %s: '%s', expected '%s'", rows[i].history, rows[i].word,
		                 text, rows[i].queues);
	}
	tear_down(&bench);
}

/* All states that the slot may be in, none of them joined. */
struct reached {
	unsigned count;
	bool overflow;
	struct ownership states[REACHED_MAX];
};

static void reach(struct reached *reached, const struct ownership *state)
{
	for (unsigned i = 0; i < reached->count; i++) {
		if (memcmp(&reached->states[i], state, sizeof(*state)) == 0)
			return;
	}
	reached->overflow |= reached->count == REACHED_MAX;
	if (!reached->overflow)
		reached->states[reached->count++] = *state;
}

static void advance(const struct bench *bench, struct reached *reached, const struct ownership_event *e)
{
	static struct reached next;
	next = (struct reached){.overflow = reached->overflow};
	for (unsigned i = 0; i < reached->count; i++) {
		struct ownership_step step;
		ownership_step(&bench->rules, &reached->states[i], e, &step);
		for (int k = 0; k < step.count && step.report < 0; k++)
			reach(&next, &step.outcomes[k].state);
	}
	*reached = next;
}

static bool may_end_well(const struct bench *bench, const struct reached *reached)
{
	for (unsigned i = 0; i < reached->count; i++) {
		const struct ownership *s = &reached->states[i];
		/* In what is vague, a life that is in a hand may have been cancelled before it was seen. */
		bool is_vague = (s->flags & OWNERSHIP_VAGUE) != 0 && s->where == OWNERSHIP_NOWHERE;
		int end = ownership_end(&bench->rules, s);
		if (end < 0 || (end == WSC_VIOLATION_LOST_WORK && is_vague))
			return true;
	}
	return false;
}

static uint32_t draw(uint64_t *random, uint32_t limit)
{
	*random = *random * UINT64_C(6364136223846793005) + 1442695040888963407;
	return (uint32_t)((*random >> 33) % limit);
}

static void append(char *line, const char *word)
{
	size_t used = strlen(line);
	snprintf(line + used, LINE_BYTES - used, " %s", word);
}

/* Only the latest push may fail, as long as its worker does nothing else; or nobody does, if `at_once`. */
static void note_queued(char last_queued[WORD_BYTES], const char *word, bool at_once)
{
	if (*word == 'Q')
		snprintf(last_queued, WORD_BYTES, "%s", word);
	else if (at_once || word[1] == last_queued[1])
		last_queued[0] = '\0';
}

static struct ownership_event draw_event(uint64_t *random, uint64_t ts, const char *last_queued, char word[WORD_BYTES])
{
	static const char ops[] = "QQQQDDTTTTSSSSSCCCURXF";
	static const char *const queues[] = {"", "", "@1", "@2", "@64"};
	unsigned worker = 1 + draw(random, 3);
	const char *queue = queues[draw(random, 5)];
	char op = ops[draw(random, sizeof(ops) - 1)];
	uint64_t back = draw(random, 60);
	if (op == 'F' && *last_queued == 'Q')
		snprintf(word, WORD_BYTES, "F%s", last_queued + 1);
	else
		snprintf(word, WORD_BYTES, "%c%u%s=%" PRIu64, op == 'F' ? 'Q' : op, worker, queue,
		         back < ts ? ts - back : 0);
	return ownership_parse(word, ts);
}

/* Walks at random through legal events alone: all that the slot may be in after them. */
static uint64_t wander(const struct bench *bench, uint64_t *random, struct reached *reached, unsigned steps, char *told,
                       char last_queued[WORD_BYTES])
{
	uint64_t ts = 10;
	*reached = (struct reached){.count = 1};
	last_queued[0] = '\0';
	for (unsigned tries = 0; steps > 0 && tries < 100; tries++) {
		static struct reached before;
		char word[WORD_BYTES];
		struct ownership_event e = draw_event(random, ts, last_queued, word);
		before = *reached;
		advance(bench, reached, &e);
		if (reached->count == 0 || reached->overflow) {
			*reached = before;
			continue;
		}
		append(told, word);
		note_queued(last_queued, word, false);
		ts += 10;
		steps--;
	}
	return ts;
}

/* Whether nothing of it was left out for want of room: which room is made depends on what else there is. */
static bool is_exact(const struct ownership *s)
{
	bool exact = (s->flags & (OWNERSHIP_BLURRED | OWNERSHIP_CROWDED | OWNERSHIP_VAGUE)) == 0 && s->maybe == 0;
	for (unsigned i = 0; i < s->credit_count; i++)
		exact &= s->credit_counts[i] == 1;
	return exact;
}

static bool are_exact(const struct reached *reached)
{
	bool exact = !reached->overflow;
	for (unsigned i = 0; i < reached->count; i++)
		exact &= is_exact(&reached->states[i]);
	return exact;
}

/* Whatever is legal from `one` has to be legal from `all`, too, and to end as well. */
static bool follows(const struct bench *bench, uint64_t random, const struct ownership *one,
                    const struct ownership *all, uint64_t ts, const char *queued, char *told)
{
	char last_queued[WORD_BYTES];
	snprintf(last_queued, sizeof(last_queued), "%s", queued);
	static struct reached from_one, from_all;
	from_one = (struct reached){.count = 1, .states = {*one}};
	from_all = (struct reached){.count = 1, .states = {*all}};
	for (unsigned steps = 0, tries = 0; steps < 6 && tries < 60; tries++) {
		static struct reached was_one;
		char word[WORD_BYTES];
		struct ownership_event e = draw_event(&random, ts, last_queued, word);
		if (may_end_well(bench, &from_one) && !may_end_well(bench, &from_all))
			return false;
		was_one = from_one;
		advance(bench, &from_one, &e);
		if (from_one.count == 0) {
			from_one = was_one;
			continue;
		}
		advance(bench, &from_all, &e);
		if (from_all.overflow || !are_exact(&from_one))
			return true;
		append(told, word);
		note_queued(last_queued, word, true);
		if (from_all.count == 0)
			return false;
		ts += 10;
		steps++;
	}
	return true;
}

/* Every pair of the states that the slot may be in after one history. */
static void check_pairs(const struct bench *bench, uint64_t random, const struct reached *reached, uint64_t ts,
                        const char *queued, const char *history, unsigned counts[2])
{
	for (unsigned i = 0; i < reached->count; i++) {
		for (unsigned k = 0; k < reached->count; k++) {
			const struct ownership *one = &reached->states[i], *other = &reached->states[k];
			char then[LINE_BYTES] = "";
			if (i == k || one->where != other->where || one->place != other->place || !is_exact(one) ||
			    !is_exact(other))
				continue;
			struct ownership joined = join(one, other);
			counts[0]++;
			cr_assert(follows(bench, random, one, &joined, ts, queued, then), "%s joined %u %u:%s", history,
			          i, k, then);
			then[0] = '\0';
			cr_assert(follows(bench, random, other, &joined, ts, queued, then), "%s joined %u %u:%s",
			          history, i, k, then);
			then[0] = '\0';
			if (!slot_covers(one, other))
				continue;
			counts[1]++;
			cr_assert(follows(bench, random, other, one, ts, queued, then), "%s covered %u %u:%s", history,
			          i, k, then);
		}
	}
}

Test(slot, what_stands_for_two_allows_what_either_does)
{
	static struct reached reached;
	struct bench bench;
	unsigned counts[2] = {0};
	uint64_t random = 1;
	set_up(&bench, 5);
	for (unsigned i = 0; i < 5000; i++) {
		char history[LINE_BYTES] = "", queued[WORD_BYTES];
		uint64_t ts = wander(&bench, &random, &reached, 2 + draw(&random, 7), history, queued);
		check_pairs(&bench, random, &reached, ts, queued, history, counts);
	}
	cr_expect(counts[0] > 1000 && counts[1] > 100, "%u joined, %u covered", counts[0], counts[1]);
	tear_down(&bench);
}
