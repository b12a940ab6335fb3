/* SPDX-License-Identifier: MIT */
#include "simulated_plan.h"

#include "random_source.h"

static const struct {
	const char *name, *text;
} presets[] = {
#define SIM_PRESET_ROW(NAME, name, features) {(name), (features)},
    SIM_PRESETS(SIM_PRESET_ROW)
#undef SIM_PRESET_ROW
};

static const struct {
	const char *name, *text;
} faults[] = {
#define SIM_FAULT_ROW(NAME, name, what) {(name), (what)},
    SIM_FAULTS(SIM_FAULT_ROW)
#undef SIM_FAULT_ROW
};

const char *sim_preset_name(enum sim_preset preset)
{
	return presets[preset].name;
}

const char *sim_preset_features(enum sim_preset preset)
{
	return presets[preset].text;
}

const char *sim_fault_name(enum sim_fault fault)
{
	return faults[fault].name;
}

const char *sim_fault_what(enum sim_fault fault)
{
	return faults[fault].text;
}

/* A feature that the preset is about, or that `mixed` has now and then. */
static bool has_feature(const struct sim_plan *plan, uint64_t *random, enum sim_preset preset)
{
	return plan->preset == preset || (plan->preset == SIM_PRESET_MIXED && random_chance(random, 35));
}

static void draw_queues(struct sim_plan *plan, uint64_t *random)
{
	bool is_bounded = has_feature(plan, random, SIM_PRESET_BOUNDED);

	plan->discipline = has_feature(plan, random, SIM_PRESET_FIFO) || random_chance(random, 20)
	                       ? WSC_DISCIPLINE_FIFO
	                       : WSC_DISCIPLINE_LIFO;
	if (plan->preset == SIM_PRESET_FORK_JOIN)
		plan->discipline = WSC_DISCIPLINE_LIFO;
	if (has_feature(plan, random, SIM_PRESET_UNORDERED) && random_chance(random, 70)) {
		plan->discipline = WSC_DISCIPLINE_NONE;
		plan->foreign = random_chance(random, 50) ? 10 : 0;
	} else if (plan->preset == SIM_PRESET_UNORDERED ||
	           (plan->preset == SIM_PRESET_MIXED && random_chance(random, 10))) {
		plan->foreign = 5;
	}
	plan->has_injector = plan->preset == SIM_PRESET_FIFO || is_bounded || random_chance(random, 25);
	plan->injector_as_steals = random_chance(random, 40);
	plan->is_split = has_feature(plan, random, SIM_PRESET_SPLIT) && plan->foreign == 0;
	plan->capacity = is_bounded ? 2 + random_below(random, plan->small ? 2 : 30) : 0;
	plan->has_slots = (is_bounded || plan->preset == SIM_PRESET_PINNED) && random_chance(random, 60);
	plan->batch_max = random_chance(random, 50) ? 1 : 2 + random_below(random, plan->small ? 3 : 12);
	plan->batch_at_once = random_chance(random, 50);
	plan->pinned = has_feature(plan, random, SIM_PRESET_PINNED) ? 10 + random_below(random, 30) : 0;
	plan->busy = random_chance(random, 20) ? 10 : 0;
	plan->requeue = random_chance(random, 50) ? 60 : 10;
}

static void draw_tasks(struct sim_plan *plan, uint64_t *random)
{
	bool is_polled = has_feature(plan, random, SIM_PRESET_POLLED);

	plan->identity = is_polled ? WSC_IDENTITY_POLLED : WSC_IDENTITY_UNIQUE;
	if (!is_polled && has_feature(plan, random, SIM_PRESET_RECYCLED))
		plan->identity = WSC_IDENTITY_RECYCLED;
	plan->reuse = random_chance(random, 50) ? 0 : 20 + random_below(random, 80);
	if (plan->identity == WSC_IDENTITY_RECYCLED)
		plan->reuse = 90;
	plan->fork = 30 + random_below(random, 40);
	plan->inline_run = random_chance(random, 50) ? 0 : 15;
	plan->joins = !is_polled && (plan->preset == SIM_PRESET_FORK_JOIN || random_chance(random, 40));
	plan->polls = is_polled ? 3 : 0;
	plan->wake_while_running = is_polled ? 20 : 0;
	if (plan->identity != WSC_IDENTITY_RECYCLED) {
		plan->suspend = has_feature(plan, random, SIM_PRESET_SUSPEND) || is_polled ? 20 : 0;
		plan->cancel = has_feature(plan, random, SIM_PRESET_CANCEL) ? 12 : 0;
	}
	plan->has_injector |= plan->suspend > 0 || is_polled;
	if (plan->identity != WSC_IDENTITY_RECYCLED && plan->capacity > 0 && !plan->has_injector)
		plan->reuse = 0; /* what does not fit is run inline: only a fresh handle may be */
	plan->frees_cancelled = plan->cancel > 0 && random_chance(random, 50);
	if (plan->frees_cancelled) { /* whoever moves a task cannot know that its handle is another's by now */
		plan->has_slots = false;
		plan->requeue = plan->capacity = 0;
	}
}

/* A deque that is tested alone: its owner pushes and takes, the others steal, nothing runs. */
static void draw_bare_deque(struct sim_plan *plan, uint64_t *random)
{
	plan->scope = WSC_SCOPE_DEQUE;
	plan->identity = WSC_IDENTITY_UNIQUE;
	plan->discipline = random_chance(random, 80) ? WSC_DISCIPLINE_LIFO : WSC_DISCIPLINE_FIFO;
	plan->has_injector = plan->has_slots = plan->is_split = plan->joins = plan->parks = false;
	plan->capacity = 0;
	plan->fork = plan->inline_run = plan->suspend = plan->cancel = plan->polls = plan->foreign = plan->requeue = 0;
	plan->producers = 0;
	plan->records_dequeued = 100;
}

static void draw_recording(struct sim_plan *plan, uint64_t *random)
{
	uint32_t choice = random_below(random, 100);

	plan->records_start = random_chance(random, 70) ? 100 : random_below(random, 100);
	plan->records_dequeued = random_chance(random, 50) ? 0 : random_below(random, 101);
	plan->coalesces = random_chance(random, 30);
	plan->uncertainty_ns = random_chance(random, 50) ? 0 : random_below(random, 40);
	plan->publish_ns = random_chance(random, 50) ? 0 : random_below(random, 200);
	plan->idle_ns = plan->small ? 100 : 3000;
	plan->short_ns = random_chance(random, 30) ? 3 : 30;
	plan->long_ns = random_chance(random, 50) ? 500 : 20000;
	plan->long_per_mille = plan->small ? 50 + random_below(random, 250) : 2 + random_below(random, 60);
	plan->end = choice < 75 ? WSC_END_CLEAN : choice < 90 ? WSC_END_CUT : WSC_END_STALLED;
	choice = random_below(random, 100);
	if (plan->fault == SIM_FAULT_NONE || !plan->small)
		plan->loss = choice < 70   ? SIM_LOSS_NONE
		             : choice < 86 ? SIM_LOSS_GAPS
		             : choice < 93 ? SIM_LOSS_WINDOW
		                           : SIM_LOSS_RING;
	plan->sampling = !plan->small && random_chance(random, 12) ? 2 + random_below(random, 7) : 1;
}

void sim_plan_draw(struct sim_plan *plan, enum sim_preset preset, enum sim_fault fault, uint64_t seed, bool small)
{
	uint64_t source = seed * UINT64_C(0x2545f4914f6cdd1d) + (uint64_t)preset * 1000 + (uint64_t)fault;
	uint64_t *random = &source;

	*plan = (struct sim_plan){.preset = preset, .fault = fault, .seed = random_next(random), .small = small};
	plan->workers = small ? 2 + random_below(random, 2) : 2 + random_below(random, 15);
	plan->jobs = small ? 2 + random_below(random, 8) : 20 + random_below(random, 380);
	plan->scope = WSC_SCOPE_SCHEDULER;
	plan->parks = has_feature(plan, random, SIM_PRESET_SLEEPY) || random_chance(random, 15);
	plan->wakes = random_chance(random, 60) ? 100 : random_below(random, 100);
	plan->late_workers = random_chance(random, 30) ? 30 : 0;
	plan->leavers = random_chance(random, 20) ? 10 : 0;
	draw_queues(plan, random);
	draw_tasks(plan, random);
	draw_recording(plan, random);
	plan->producers = plan->has_injector && random_chance(random, 50) ? 1 + random_below(random, small ? 1 : 3) : 0;
	plan->records_drops = !plan->frees_cancelled || random_chance(random, 50);
	if (preset == SIM_PRESET_DEQUE)
		draw_bare_deque(plan, random);
}
