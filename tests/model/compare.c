/* SPDX-License-Identifier: MIT */
/*
 * Holds the engine against the model: compare [-n HISTORIES] [-s SEED] [-p PROFILE] [-m MAX].
 * Prints the first disagreements, each as a minimized JSON Lines history behind comment lines with what both say.
 * Exit 0: none; 1: some; 2: usage. Without -p every profile.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "disagreement.h"
#include "random_history.h"

struct campaign {
	uint64_t histories, seed, max;
	uint64_t compared, beyond, found;
	uint64_t tasks[3], queues[3], illegal_tasks, undecided;
};

static void count_claims(struct campaign *campaign, const struct model_result *model)
{
	for (size_t i = 0; i < model->task_count; i++) {
		campaign->tasks[model->tasks[i].claim]++;
		campaign->illegal_tasks += model->tasks[i].claim == MODEL_SOME || model->tasks[i].kinds != 0;
	}
	for (size_t i = 0; i < model->queue_count; i++)
		campaign->queues[model->queues[i].order]++;
}

static void run_profile(struct campaign *campaign, enum random_profile profile)
{
	struct campaign totals = {.histories = campaign->histories};
	clock_t start = clock();
	double seconds;

	for (uint64_t i = 0; i < campaign->histories && campaign->found < campaign->max; i++) {
		struct history history;
		struct model_result model;
		bool is_legal;

		random_history_make(campaign->seed + i, profile, &history, &is_legal);
		if (!model_run(&history, &model)) {
			totals.beyond++;
			continue;
		}
		uint64_t out_of_order = totals.queues[MODEL_OUT_OF_ORDER];
		count_claims(&totals, &model);
		totals.compared++;
		if (totals.queues[MODEL_OUT_OF_ORDER] > out_of_order)
			totals.undecided += disagreement_undecided(&history, &model);
		if (!disagreement_exists(&history, is_legal))
			continue;
		campaign->found++;
		totals.found++;
		disagreement_minimize(&history, is_legal);
		printf("# %s seed %" PRIu64 "%s\n", random_profile_name(profile), campaign->seed + i,
		       is_legal ? " (made by a sound scheduler)" : "");
		disagreement_print(&history);
	}
	campaign->compared += totals.compared;
	seconds = (double)(clock() - start) / CLOCKS_PER_SEC;
	fprintf(stderr,
	        "%-10s %" PRIu64 " histories, %.0f a second, %" PRIu64 " beyond the model, %" PRIu64
	        " disagreements; tasks exact %" PRIu64 " some %" PRIu64 " any %" PRIu64 " (illegal %" PRIu64
	        "); queues in order %" PRIu64 " out %" PRIu64 " (left undecided %" PRIu64 ") unknown %" PRIu64 "\n",
	        random_profile_name(profile), totals.compared, (double)totals.compared / (seconds > 0 ? seconds : 1e-9),
	        totals.beyond, totals.found, totals.tasks[0], totals.tasks[1], totals.tasks[2], totals.illegal_tasks,
	        totals.queues[0], totals.queues[1], totals.undecided, totals.queues[2]);
}

static int find_profile(const char *name)
{
	for (int i = 0; i < RANDOM_PROFILE_COUNT; i++)
		if (strcmp(name, random_profile_name((enum random_profile)i)) == 0)
			return i;
	return -1;
}

static bool parse_number(const char *text, uint64_t *number)
{
	char *end;

	*number = strtoull(text, &end, 10);
	return *text != '\0' && *end == '\0';
}

static int usage(void)
{
	fprintf(stderr, "usage: compare [-n HISTORIES] [-s SEED] [-p PROFILE] [-m MAX_DISAGREEMENTS]\n");
	return 2;
}

static bool set_option(struct campaign *campaign, int *only, char option, const char *value)
{
	switch (option) {
	case 'n':
		return parse_number(value, &campaign->histories);
	case 's':
		return parse_number(value, &campaign->seed);
	case 'm':
		return parse_number(value, &campaign->max);
	case 'p':
		*only = find_profile(value);
		return *only >= 0;
	default:
		return false;
	}
}

int main(int argc, char **argv)
{
	struct campaign campaign = {.histories = 100000, .seed = 1, .max = 10};
	int only = -1;

	for (int i = 1; i < argc; i += 2)
		if (i + 1 == argc || argv[i][0] != '-' || strlen(argv[i]) != 2 ||
		    !set_option(&campaign, &only, argv[i][1], argv[i + 1]))
			return usage();
	for (int profile = 0; profile < RANDOM_PROFILE_COUNT; profile++)
		if (only == profile || only < 0)
			run_profile(&campaign, (enum random_profile)profile);
	fprintf(stderr, "%" PRIu64 " histories in all, %" PRIu64 " disagreements\n", campaign.compared, campaign.found);
	return campaign.found > 0 ? 1 : 0;
}
