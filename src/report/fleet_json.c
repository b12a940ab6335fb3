/* SPDX-License-Identifier: MIT */
/* All in all, as JSON: in the layout of a report, so that who reads one reads both. fleet.schema.json says what each key means. */
#include "explain.h"
#include "fleet.h"
#include "report_json_parts.h"

static void add_verdicts(struct json_document *document, json_object *to, const struct fleet *fleet)
{
	json_object *traces = json_add_object(document, to, "traces");
	for (unsigned i = ANALYSIS_PASS; i <= ANALYSIS_INCONCLUSIVE; i++)
		json_add_u64(document, traces, report_verdict_name((enum analysis_verdict)i), fleet->verdicts[i]);
	json_add_u64(document, traces, "unreadable", fleet->unreadable);
}

/* The section of that name, made when it is first asked for. */
static json_object *section_of(struct json_document *document, json_object *to, const char *name)
{
	json_object *section;
	if (json_object_object_get_ex(to, name, &section))
		return section;
	return json_add_object(document, to, name);
}

static void add_sums(struct json_document *document, json_object *to, const struct fleet_sums *sums)
{
#define ADD(field, section, key) json_add_u64(document, section_of(document, to, section), key, sums->field);
	FLEET_SUMS(ADD)
#undef ADD
	report_json_undecided(document, section_of(document, to, "undecided"), sums->undecided_by_reason);
	json_object *reasons = json_add_object(document, section_of(document, to, "trace"), "reasons");
	const struct explain_reason *reason;
	for (size_t i = 0; i < FLEET_REASONS_MAX && (reason = explain_reason(i)) != NULL; i++) {
		if (sums->reasons[i] > 0)
			json_add_u64(document, reasons, reason->name, sums->reasons[i]);
	}
}

static void add_kinds(struct json_document *document, json_object *to, const char *key,
                      const uint64_t counts[WSC_VIOLATION_KIND_COUNT])
{
	json_object *kinds = json_add_object(document, to, key);
	for (unsigned kind = 0; kind < WSC_VIOLATION_KIND_COUNT; kind++) {
		if (counts[kind] > 0)
			json_add_u64(document, kinds, wsc_violation_name((enum wsc_violation_kind)kind), counts[kind]);
	}
}

static void add_judgement(struct json_document *document, json_object *to, const struct fleet_sums *sums)
{
	json_object *judgement = section_of(document, to, "judgement");
	add_kinds(document, to, "violation_counts", sums->counts);
	add_kinds(document, judgement, "suppressed_counts", sums->suppressed);
	add_kinds(document, judgement, "known_counts", sums->known);
	json_add_u64(document, judgement, "budgets_exceeded", sums->exceeded);
	json_add_u64(document, judgement, "budgets_unmeasured", sums->unmeasured);
}

static void add_latency(struct json_document *document, json_object *stats, const char *key,
                        const struct fleet_latency *latency)
{
	static const struct {
		const char *key;
		double quantile;
	} rows[] = {{"p50", 0.5}, {"p90", 0.9}, {"p99", 0.99}, {"p999", 0.999}};
	const uint64_t count = latency->ns.count;
	json_object *to = json_add_object(document, stats, key);
	json_add_u64(document, to, "count", count);
	json_add_u64(document, to, "min", count > 0 ? latency->ns.min : 0);
	json_add_real(document, to, "mean", count > 0 ? latency->total_ns / (double)count : 0);
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++)
		json_add_u64(document, to, rows[i].key, histogram_quantile(&latency->ns, rows[i].quantile));
	json_add_u64(document, to, "max", latency->ns.max);
	if (count > 0)
		json_add_u64(document, to, "max_trace", latency->longest);
	else
		json_add_null(document, to, "max_trace");
}

void fleet_json(struct json_document *document, json_object *to, const struct fleet *fleet)
{
	const struct fleet_sums *sums = &fleet->sums;
	add_verdicts(document, to, fleet);
	add_sums(document, to, sums);
	add_judgement(document, to, sums);
	json_object *stats = section_of(document, to, "stats");
	if (sums->steal_attempts > 0)
		json_add_real(document, stats, "success_ratio",
		              (double)sums->successful_steals / (double)sums->steal_attempts);
	else
		json_add_null(document, stats, "success_ratio");
#define ADD(NAME, key, words) add_latency(document, stats, key, &sums->latencies[FLEET_##NAME]);
	FLEET_LATENCIES(ADD)
#undef ADD
}
