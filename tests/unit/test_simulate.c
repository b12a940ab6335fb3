/* SPDX-License-Identifier: MIT */
/* A little of `make simulate`: nothing is said of sound schedulers, and of faulty ones what the model can prove. */
#include <criterion/criterion.h>

#include "simulated_campaign.h"

enum { SEED = 20260101, LEGAL = 40, FAULTY = 6 };

Test(simulate, says_nothing_of_sound_schedulers)
{
	for (int p = 0; p < SIM_PRESET_COUNT; p++) {
		struct sim_legal row = {0};

		sim_campaign_legal((enum sim_preset)p, SEED, LEGAL, stderr, &row);
		cr_expect(sim_legal_is_good(&row), "%s: of %llu runs", sim_preset_name((enum sim_preset)p),
		          (unsigned long long)row.runs);
		cr_expect_gt(row.steals, row.runs, "%s: few steals", sim_preset_name((enum sim_preset)p));
		cr_expect_gt(row.judged, row.runs / 4, "%s: the model judges few", sim_preset_name((enum sim_preset)p));
		cr_expect_gt(row.passed, row.runs / 4, "%s: few pass", sim_preset_name((enum sim_preset)p));
	}
}

Test(simulate, says_what_is_provable_of_faulty_schedulers)
{
	struct sim_faulty sum = {0};

	for (int f = SIM_FAULT_NONE + 1; f < SIM_FAULT_COUNT; f++) {
		struct sim_faulty row = {0};

		cr_expect(sim_campaign_faulty((enum sim_fault)f, SEED, FAULTY, FAULTY, stderr, &row), "%s: seldom",
		          sim_fault_name((enum sim_fault)f));
		cr_expect(sim_faulty_is_good(&row), "%s: of %llu provable ones %llu are reported",
		          sim_fault_name((enum sim_fault)f), (unsigned long long)row.provable,
		          (unsigned long long)row.reported);
		sum.provable += row.provable;
		sum.unprovable += row.unprovable;
		sum.noticed += row.noticed;
	}
	cr_expect_gt(sum.provable, SIM_FAULT_COUNT * FAULTY / 3);
	cr_expect_gt(sum.unprovable, SIM_FAULT_COUNT);
	cr_expect_gt(sum.noticed, SIM_FAULT_COUNT * FAULTY / 3);
}
