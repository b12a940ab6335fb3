/* SPDX-License-Identifier: MIT */
/* The engine and the slow model agree on a few thousand random histories of every kind; `make model` runs many more. */
#include <criterion/criterion.h>

#include "disagreement.h"
#include "short_run.h"

static void compare(enum random_profile profile)
{
	uint64_t compared = 0, histories = short_run_histories(profile);

	for (uint64_t i = 0; i < histories; i++) {
		struct history history;
		struct model_result model;
		bool is_legal;

		random_history_make(SHORT_RUN_SEED + i, profile, &history, &is_legal);
		if (!model_run(&history, &model))
			continue;
		compared++;
		if (!disagreement_exists(&history, is_legal))
			continue;
		disagreement_minimize(&history, is_legal);
		disagreement_print(&history);
		cr_assert_fail("seed %llu of profile %s", (unsigned long long)(SHORT_RUN_SEED + i),
		               random_profile_name(profile));
	}
	cr_assert_gt(compared, histories / 10 * 9);
}

Test(model, agrees_when_anything_may_come)
{
	compare(RANDOM_CHAOS);
}

Test(model, agrees_on_ownership)
{
	compare(RANDOM_OWNERSHIP);
}

Test(model, agrees_on_order)
{
	compare(RANDOM_LIFO);
	compare(RANDOM_FIFO);
	compare(RANDOM_DEQUE);
}

Test(model, agrees_on_close_stamps)
{
	compare(RANDOM_TIES);
	compare(RANDOM_UNCERTAIN);
	compare(RANDOM_CLOSE);
}

Test(model, agrees_on_what_is_unknown)
{
	compare(RANDOM_GAP);
	compare(RANDOM_WINDOW);
}

Test(model, agrees_on_the_rarer_events)
{
	compare(RANDOM_EXTRA);
	compare(RANDOM_POLLED);
}

/* Every order of what was done with a slot is tried. */
Test(model, agrees_on_slots)
{
	compare(RANDOM_RECYCLED);
	compare(RANDOM_SLOTS);
	compare(RANDOM_SLOT_ORDER);
}

/* The model is worth something only if it convicts: one defect of each kind. */
Test(model, convicts)
{
	struct history history = {.count = 6, .end = WSC_END_CLEAN};
	struct model_result model;

	history.events[0] = (struct wsc_event){.ts = 10, .task = 1, .kind = WSC_EV_QUEUED};
	history.events[1] = (struct wsc_event){.ts = 20, .task = 2, .kind = WSC_EV_QUEUED};
	history.events[2] = (struct wsc_event){.ts = 30, .task = 1, .kind = WSC_EV_EXEC_START};
	history.events[3] = (struct wsc_event){.ts = 40, .task = 1, .kind = WSC_EV_EXEC_COMPLETE};
	history.events[4] = (struct wsc_event){.ts = 50, .task = 2, .kind = WSC_EV_EXEC_START};
	history.events[5] = (struct wsc_event){.ts = 60, .task = 2, .kind = WSC_EV_EXEC_COMPLETE};
	cr_assert(model_run(&history, &model));
	cr_assert_eq(model.queues[0].order, MODEL_OUT_OF_ORDER);
	cr_assert_eq(model.tasks[0].kinds | model.tasks[1].kinds, 0);

	history.discipline = WSC_DISCIPLINE_FIFO;
	history.events[5].task = 1;
	cr_assert(model_run(&history, &model));
	cr_assert_eq(model.queues[0].order, MODEL_IN_ORDER);
	cr_assert_eq(model.tasks[0].kinds, 1U << WSC_VIOLATION_PROTOCOL_VIOLATION);
	cr_assert_eq(model.tasks[1].kinds, 1U << WSC_VIOLATION_UNFINISHED_EXECUTION);
}
