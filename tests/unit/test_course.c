/* SPDX-License-Identifier: MIT */
/* How far the courses of slots are gone through. What they tell is compared with the model, and held by tests/cases. */
#include <criterion/criterion.h>

#include "analysis_support.h"
#include "engine.h"

/* Whichever stay of 3 the thief took, the owner took the other from under 1, or 1 from under it. */
static const char broken[] =
    "6Q1:3 7Q1:1 14S1:3 15Q1:3 16T2@1:3 21S2:3 22C2:3 24S1:1 27C1:1 32C1:3 33D1@1:3 34S1:3 45C1:3";
enum { BROKEN_EVENTS = 13 };

static struct support_analysis run;

static void begin(void)
{
	support_begin(&run);
	run.header.identity = WSC_IDENTITY_RECYCLED;
}

/* `more`: events of others behind it. */
static void expect_known(unsigned more, enum wsc_end end, bool known)
{
	support_create(&run);
	support_feed(&run, broken);
	for (unsigned i = 0; i < more; i++) {
		char event[32];
		snprintf(event, sizeof(event), "%uP7", 100 + i);
		support_feed(&run, event);
	}
	support_finish(&run, end);
	cr_expect_eq(run.result->counts[WSC_VIOLATION_ORDERING_VIOLATION], known, "%u more", more);
	cr_expect_eq(run.result->verdict, known ? ANALYSIS_FAIL : ANALYSIS_INCONCLUSIVE, "%u more", more);
	support_end(&run);
}

Test(course, a_trace_is_short_up_to_a_number_of_events)
{
	begin();
	expect_known(COURSE_EVENTS_MAX - BROKEN_EVENTS, WSC_END_CLEAN, true);
	begin();
	expect_known(COURSE_EVENTS_MAX - BROKEN_EVENTS + 1, WSC_END_CLEAN, false);
}

Test(course, what_is_fed_at_once_counts_alike)
{
	for (unsigned more = 0; more < 2; more++) {
		struct wsc_event events[COURSE_EVENTS_MAX + 1];
		unsigned count = 0;
		char history[sizeof(broken)], *save;
		memcpy(history, broken, sizeof(broken));
		for (char *word = strtok_r(history, " ", &save); word != NULL; word = strtok_r(NULL, " ", &save))
			events[count++] = support_parse(word);
		for (; count < COURSE_EVENTS_MAX + more; count++)
			events[count] = (struct wsc_event){.ts = 100 + count, .kind = WSC_EV_PARKED, .worker = 7};
		begin();
		support_create(&run);
		cr_assert_eq(analysis_feed(run.analysis, events, count), WSC_OK);
		support_finish(&run, WSC_END_CLEAN);
		cr_expect_eq(run.result->counts[WSC_VIOLATION_ORDERING_VIOLATION], !more);
		support_end(&run);
	}
}

Test(course, nothing_may_be_fed)
{
	begin();
	support_create(&run);
	for (unsigned i = 0; i < 3; i++)
		cr_assert_eq(analysis_feed(run.analysis, NULL, 0), WSC_OK);
	support_feed(&run, broken);
	support_finish(&run, WSC_END_CLEAN);
	cr_expect_eq(run.result->counts[WSC_VIOLATION_ORDERING_VIOLATION], 1);
	support_end(&run);
}

/* Then a take may be missing, or a life. */
Test(course, of_what_is_not_whole_nothing_is_known)
{
	begin();
	expect_known(0, WSC_END_CUT, false);
	begin();
	expect_known(0, WSC_END_STALLED, false);
	begin();
	run.header.complete = false;
	expect_known(0, WSC_END_CLEAN, false);
	begin();
	run.header.absent = 1U << WSC_EV_CANCELLED;
	expect_known(0, WSC_END_CLEAN, false);
	begin();
	run.options.no_courses = true;
	expect_known(0, WSC_END_CLEAN, false);
}

/* What else its slots went through leaves more open than a course says. */
Test(course, slots_that_were_cancelled_are_left_alone)
{
	char history[2 * sizeof(broken)];
	snprintf(history, sizeof(history), "1S3:3 2X3:3 3C3:3 %s", broken);
	begin();
	support_run(&run, history, WSC_END_CLEAN);
	cr_expect_eq(run.result->counts[WSC_VIOLATION_ORDERING_VIOLATION], 0);
	support_end(&run);
	snprintf(history, sizeof(history), "1S3:9 2X3:9 3C3:9 %s", broken);
	begin();
	support_run(&run, history, WSC_END_CLEAN);
	cr_expect_eq(run.result->counts[WSC_VIOLATION_ORDERING_VIOLATION], 1);
	support_end(&run);
}
