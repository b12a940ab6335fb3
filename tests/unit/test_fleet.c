/* SPDX-License-Identifier: MIT */
/* Reports of several traces summed up: what is added and joined, and what is refused whatever a file says. */
#include <criterion/criterion.h>

#include <json-c/json.h>
#include <stdlib.h>
#include <string.h>

#include "fleet.h"

/* A report as `analyze` writes it, as far as it is summed up. */
#define LATENCY(name, count, min, max, ns, counts)                                                                     \
	"\"" name "\":{\"count\":" count ",\"min\":" min ",\"mean\":20.5,\"max\":" max ",\"buckets\":{\"ns\":[" ns     \
	"],\"counts\":[" counts "]}}"
#define REPORT(verdict, reasons, counts, steal)                                                                        \
	"{\"schema\":\"wscheck-report/1\",\"verdict\":\"" verdict "\","                                                \
	"\"trace\":{\"events\":10,\"workers\":2,\"tasks\":3,\"lives\":4,\"duration_ns\":500,\"dropped\":1,"            \
	"\"damaged_blocks\":0,\"reasons\":[" reasons "]},\"violation_counts\":{" counts "},"                           \
	"\"judgement\":{\"errors\":1,\"warnings\":0,\"suppressed_counts\":{\"lost_work\":1},\"known_counts\":{},"      \
	"\"budgets\":[{\"status\":\"exceeded\"},{\"status\":\"ok\"},{\"status\":\"unmeasured\"}]},"                    \
	"\"undecided\":{\"tasks\":1,\"stays\":3," UNDECIDED "},\"waiting\":{\"tasks\":0},"                             \
	"\"stats\":{\"steal_attempts\":7,\"successful_steals\":4,\"stolen_tasks\":5,\"failed_steals\":3," steal        \
	"," NONE "}}"
#define UNDECIDED                                                                                                      \
	"\"by_reason\":{\"gap\":1,\"late_worker\":0,\"overrun\":0,\"many_orders\":0,\"many_lives\":0,\"reused_"        \
	"handle\":0}"
#define NONE                                                                                                           \
	LATENCY("failed_steal_latency_ns", "0", "0", "0", "", "")                                                      \
	"," LATENCY("queue_wait_ns", "0", "0", "0", "", "") "," LATENCY("exec_ns", "0", "0", "0", "", "") "," LATENCY( \
	    "queued_to_done_ns", "0", "0", "0", "", "")
#define STEAL LATENCY("steal_latency_ns", "3", "10", "40", "10,30", "2,1")
static const char sound[] = REPORT("fail", "\"cut\",\"lossy\"", "\"multiple_owners\":1,\"lost_work\":1", STEAL);

static char wrong[FLEET_WRONG_MAX];

static enum wsc_status add(struct fleet *fleet, const char *path, const char *text)
{
	json_object *report = json_tokener_parse(text);
	cr_assert(report, "no JSON: %s", text);
	wrong[0] = '\0';
	enum wsc_status status = fleet_add(fleet, path, report, wrong);
	json_object_put(report);
	return status;
}

Test(fleet, counts_are_added)
{
	struct fleet *fleet = fleet_create();
	cr_assert_eq(add(fleet, "a", sound), WSC_OK, "%s", wrong);
	cr_assert_eq(add(fleet, "b", sound), WSC_OK);
	cr_assert_eq(fleet_add_error(fleet, "c", "no such file"), WSC_OK);
	cr_expect_eq(fleet->count, 3U);
	cr_expect_eq(fleet->verdicts[ANALYSIS_FAIL], 2U);
	cr_expect_eq(fleet->unreadable, 1U);
	cr_expect_eq(fleet->sums.events, 20U);
	cr_expect_eq(fleet->sums.lives, 8U);
	cr_expect_eq(fleet->sums.undecided_tasks, 2U);
	cr_expect_eq(fleet->sums.undecided_stays, 6U);
	cr_expect_eq(fleet->sums.undecided_by_reason[WSC_UNDECIDED_GAP], 2U);
	cr_expect_eq(fleet->sums.undecided_by_reason[WSC_UNDECIDED_LATE_WORKER], 0U);
	cr_expect_eq(fleet->sums.failed_steals, 6U);
	cr_expect_eq(fleet->sums.counts[WSC_VIOLATION_LOST_WORK], 2U);
	cr_expect_eq(fleet->sums.suppressed[WSC_VIOLATION_LOST_WORK], 2U);
	cr_expect_eq(fleet->sums.exceeded, 2U);
	cr_expect_eq(fleet->sums.unmeasured, 2U);
	cr_expect_eq(fleet->sums.reasons[0], 2U, "cut is the first of the reasons");
	cr_expect_eq(fleet->traces[0].reasons, (1U << 0) | (1U << 3));
	fleet_free(fleet);
}

Test(fleet, the_verdict_is_the_worst)
{
	char words[200];
	struct fleet *fleet = fleet_create();
	cr_expect_eq(fleet_verdict(fleet), ANALYSIS_INCONCLUSIVE, "nothing was seen");
	add(fleet, "a", REPORT("pass", "", "", STEAL));
	cr_expect_eq(fleet_verdict(fleet), ANALYSIS_PASS);
	fleet_add_error(fleet, "b", "no such file");
	cr_expect_eq(fleet_verdict(fleet), ANALYSIS_INCONCLUSIVE, "one was not seen");
	add(fleet, "c", REPORT("inconclusive", "", "", STEAL));
	add(fleet, "d", sound);
	cr_expect_eq(fleet_verdict(fleet), ANALYSIS_FAIL);
	cr_expect_str_eq(fleet_words(words, sizeof(words), fleet),
	                 "4 traces: 1 fail, 1 inconclusive, 1 unreadable, 1 pass");
	fleet_free(fleet);
}

Test(fleet, latencies_are_joined)
{
	struct fleet *fleet = fleet_create();
	add(fleet, "a", sound);
	add(fleet, "b", REPORT("pass", "", "", LATENCY("steal_latency_ns", "3", "5", "90", "7,90", "1,2")));
	add(fleet, "c", REPORT("pass", "", "", LATENCY("steal_latency_ns", "1", "90", "90", "90", "1")));
	const struct fleet_latency *steal = &fleet->sums.latencies[FLEET_STEAL];
	cr_expect_eq(steal->ns.count, 7U);
	cr_expect_eq(steal->ns.min, 5U, "the exact ones, not those of the buckets");
	cr_expect_eq(steal->ns.max, 90U);
	cr_expect_eq(steal->longest, 1U, "the first of several");
	/* 7, 10, 10, 30, 90, 90, 90 */
	cr_expect_eq(histogram_quantile(&steal->ns, 0.4), 10U);
	cr_expect_eq(histogram_quantile(&steal->ns, 0.5), 30U);
	cr_expect_float_eq(steal->total_ns, 20.5 * 7, 1e-9);
	fleet_free(fleet);
}

Test(fleet, sums_saturate_and_great_numbers_are_strings)
{
	struct fleet *fleet = fleet_create();
	char *text = strdup(sound), *at = strstr(text, "\"events\":10,"), great[sizeof(sound) + 30];
	snprintf(great, sizeof(great), "%.*s\"events\":\"18446744073709551615\",%s", (int)(at - text), text,
	         at + strlen("\"events\":10,"));
	cr_assert_eq(add(fleet, "a", great), WSC_OK, "%s", wrong);
	cr_expect_eq(fleet->sums.events, UINT64_MAX);
	cr_assert_eq(add(fleet, "b", sound), WSC_OK);
	cr_expect_eq(fleet->sums.events, UINT64_MAX);
	free(text);
	fleet_free(fleet);
}

static void refused(struct fleet *fleet, const char *text, const char *why)
{
	cr_expect_eq(add(fleet, "x", text), WSC_FORMAT, "%s", text);
	cr_expect(strstr(wrong, why), "'%s' is not '%s'", wrong, why);
	cr_expect_eq(fleet->count, 0U);
	cr_expect_eq(fleet->sums.events, 0U);
}

Test(fleet, what_is_no_report_is_refused_whole)
{
	struct fleet *fleet = fleet_create();
	refused(fleet, "[]", "no report of this version");
	refused(fleet, "{}", "no report of this version");
	refused(fleet, "{\"schema\":7}", "no report of this version");
	refused(fleet, "{\"schema\":\"wscheck-report/0\"}", "no report of this version");
	refused(fleet, "{\"schema\":\"wscheck-report/1\"}", "lacks some of its counts");
	refused(fleet, REPORT("maybe", "", "", STEAL), "lacks some of its counts");
	refused(fleet, REPORT("pass", "", "", LATENCY("steal_latency", "0", "0", "0", "", "")), "bucket by bucket");
	refused(fleet, REPORT("pass", "", "", LATENCY("steal_latency_ns", "3", "1", "9", "1,2", "1")),
	        "bucket by bucket");
	refused(fleet, REPORT("pass", "", "", LATENCY("steal_latency_ns", "3", "1", "9", "1,2", "1,1")),
	        "bucket by bucket");
	refused(fleet, REPORT("pass", "", "", LATENCY("steal_latency_ns", "3", "1", "9", "1,2", "1,9")),
	        "bucket by bucket");
	refused(fleet, REPORT("pass", "", "", LATENCY("steal_latency_ns", "3", "1", "9", "1,2", "2,true")),
	        "bucket by bucket");
	refused(fleet, REPORT("pass", "", "", LATENCY("steal_latency_ns", "1", "9", "1", "1", "1")),
	        "bucket by bucket");
	fleet_free(fleet);
}

/* Each key of it left out in turn, at any depth: refused, or of no matter; never a crash. */
static void leave_out_each(struct fleet *fleet, json_object *root, json_object *object, unsigned *left_out)
{
	json_object_object_foreach(object, key, value)
	{
		if (json_object_is_type(value, json_type_object))
			leave_out_each(fleet, root, value, left_out);
		json_object *kept = json_object_get(value);
		char *name = strdup(key);
		json_object_object_add(object, name, NULL);
		fleet_add(fleet, "x", root, wrong);
		json_object_object_add(object, name, kept);
		free(name);
		++*left_out;
	}
}

Test(fleet, any_key_may_be_missing)
{
	struct fleet *fleet = fleet_create();
	unsigned left_out = 0;
	json_object *root = json_tokener_parse(sound);
	leave_out_each(fleet, root, root, &left_out);
	cr_expect_gt(left_out, 60U);
	cr_expect_leq(fleet->count, 2U + 5U, "only counts of kinds and means may be missing: %zu were added",
	              fleet->count);
	json_object_put(root);
	fleet_free(fleet);
}
