/* SPDX-License-Identifier: MIT */
/*
 * Damages traces in many ways and looks whether the damage is noticed.
 *
 *   corrupt [-b] [-n COUNT] [-s SEED] [-k KIND [-i NUMBER]] TRACE...     COUNT damages of each kind to each trace (1,000)
 *
 * -b: but cuts at every byte. TRACE must be whole and have at least three frames; frames spliced in come from the next one. -k and -i repeat one kind,
 * or one damage, and then write the damaged file to standard output. Each damaged file is one of
 *
 *   refused     not read, with a message (exit code 2)
 *   said        judged, and the report says that something is missing: cut, damaged or lossy
 *   the same    judged pass or fail with the very report of the whole trace (what was damaged says nothing else)
 *   WRONG       judged pass or fail with another report that says nothing
 *   LOST        an error before the damage is not reported any more, though it is known whose events are missing
 *
 * One in three is judged once more by a stretch of it, which must give the very report of that stretch of the whole trace, or say
 * that something is missing.
 *
 * Exit code 0: none is WRONG or LOST, nothing crashed, took longer than 20 s or, without sanitizers, more than 1 GiB.
 */
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "damage.h"
#include "trace_item.h"

enum { LIMIT_S = 20, SHOWN_MAX = 20 };
#define MEMORY_MAX ((rlim_t)1 << 30)

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define IS_SANITIZED 1
#else
#define IS_SANITIZED 0
#endif

enum outcome { REFUSED, SAID, SAME, WRONG, LOST, OUTCOMES };

static const struct damage {
	const char *name, *what;
	corrupt_damage *apply;
} damages[] = {
#define CORRUPT_DAMAGE_ROW(name, what) {#name, what, damage_##name},
    CORRUPT_DAMAGES(CORRUPT_DAMAGE_ROW)
#undef CORRUPT_DAMAGE_ROW
};
enum { DAMAGES = sizeof(damages) / sizeof(*damages) };

static char running[512]; /* what is being tried, for a signal handler */

static void on_signal(int signal)
{
	(void)!write(STDERR_FILENO, running, strlen(running));
	_exit(signal == SIGALRM ? 3 : 4);
}

static void prepare(void)
{
	const struct rlimit memory = {MEMORY_MAX, MEMORY_MAX};
	signal(SIGALRM, on_signal);
	if (IS_SANITIZED)
		return; /* they tell more, and take more */
	signal(SIGSEGV, on_signal);
	signal(SIGBUS, on_signal);
	signal(SIGABRT, on_signal);
	setrlimit(RLIMIT_AS, &memory);
}

/* Everything that is stamped before this lies before the damage, and the file says that it is all. */
static uint64_t intact_until(const struct corrupt_original *o, size_t first_at)
{
	uint64_t until = UINT64_MAX, watermark = 0;
	for (size_t i = 0; i < o->frame_count; i++) {
		const struct corrupt_frame *frame = &o->frames[i];
		if (frame->at + frame->size <= first_at)
			watermark = frame->watermark > watermark ? frame->watermark : watermark;
		else if (frame->first_ts < until)
			until = frame->first_ts;
	}
	return until < watermark ? until : watermark;
}

static bool is_reported(const struct corrupt_verdict *verdict, const struct corrupt_finding *finding)
{
	for (size_t i = 0; i < verdict->finding_count; i++) {
		const struct corrupt_finding *f = &verdict->findings[i];
		if (f->kind == finding->kind && f->task == finding->task && f->queue == finding->queue &&
		    f->ts == finding->ts)
			return true;
	}
	return false;
}

static bool is_lost(const struct corrupt_original *o, const struct corrupt_verdict *verdict, uint64_t until)
{
	for (size_t i = 0; i < o->verdict.finding_count; i++) {
		const struct corrupt_finding *f = &o->verdict.findings[i];
		/* That a task is lost, or waits for ever, is known at the end alone. */
		const bool at_end = f->kind == WSC_VIOLATION_LOST_WORK || f->kind == WSC_VIOLATION_STALLED_WORK;
		if (f->ts < until && !at_end && !is_reported(verdict, f))
			return true;
	}
	return false;
}

/* Whether it is known whose events are missing: by the footer, or because nothing comes after. Else it may be anybody's. */
static bool is_accounted(const struct corrupt_job *job, const struct corrupt_verdict *verdict)
{
	return (verdict->reasons & ANALYSIS_REASON_CUT) == 0 || job->size == job->first_at;
}

static bool is_same(const struct corrupt_verdict *a, const struct corrupt_verdict *b)
{
	return a->json_size == b->json_size && memcmp(a->json, b->json, a->json_size) == 0;
}

static const unsigned says = ANALYSIS_REASON_CUT | ANALYSIS_REASON_DAMAGED | ANALYSIS_REASON_LOSSY;

/* Whether a range of what is judged `whole` is the range of the original, or says that it is not. */
static bool is_range_honest(const struct corrupt_job *job, const struct corrupt_verdict *whole)
{
	const struct corrupt_original *o = job->original;
	struct corrupt_verdict verdict;
	corrupt_judge(job->bytes, job->size, o->path, &o->range, &verdict);
	/* A range is a cut itself, so that a file is one is not said of its ranges. */
	const unsigned reasons = (verdict.reasons & ~o->range_verdict.reasons) | (whole->reasons & ANALYSIS_REASON_CUT);
	const bool honest = verdict.status != WSC_OK               ? verdict.message[0] != '\0'
	                    : is_same(&verdict, &o->range_verdict) ? true
	                                                           : (reasons & says) != 0;
	corrupt_verdict_free(&verdict);
	return honest;
}

static enum outcome judge(const struct corrupt_job *job)
{
	enum { RANGES_EACH = 3 };
	const struct corrupt_original *o = job->original;
	struct corrupt_verdict verdict;
	corrupt_judge(job->bytes, job->size, o->path, NULL, &verdict);
	enum outcome outcome = SAID;
	if (verdict.status != WSC_OK)
		outcome = verdict.message[0] != '\0' ? REFUSED : WRONG;
	else if (is_same(&verdict, &o->verdict))
		outcome = SAME;
	else if ((verdict.reasons & says & ~o->verdict.reasons) == 0 && verdict.verdict != ANALYSIS_INCONCLUSIVE)
		outcome = WRONG;
	else if (is_accounted(job, &verdict) && is_lost(o, &verdict, intact_until(o, job->first_at)))
		outcome = LOST;
	if (job->number % RANGES_EACH == 0 && !is_range_honest(job, &verdict))
		outcome = WRONG;
	corrupt_verdict_free(&verdict);
	return outcome;
}

struct campaign {
	struct corrupt_original *traces;
	size_t trace_count;
	uint64_t seed, count;
	bool at_every_byte; /* cuts are */
	uint64_t outcomes[DAMAGES][OUTCOMES];
	unsigned shown;
};

static uint64_t count_of(const struct campaign *c, size_t trace, size_t kind)
{
	return c->at_every_byte && damages[kind].apply == damage_cut ? c->traces[trace].size : c->count;
}

static struct corrupt_job damage(const struct campaign *c, size_t trace, size_t kind, size_t number)
{
	const uint64_t mix =
	    c->seed ^ (kind + 1) * UINT64_C(0x9e3779b97f4a7c15) ^ (trace + 1) * UINT64_C(0xbf58476d1ce4e5b9);
	struct corrupt_job job = {.original = &c->traces[trace],
	                          .other = &c->traces[(trace + 1) % c->trace_count],
	                          .random = mix + number * UINT64_C(0x94d049bb133111eb),
	                          .number = number,
	                          .count = count_of(c, trace, kind)};
	damages[kind].apply(&job);
	return job;
}

static void try_one(struct campaign *c, size_t trace, size_t kind, size_t number)
{
	snprintf(running, sizeof(running), "corrupt: died or hung at -s %" PRIu64 " -n %" PRIu64 " -k %s -i %zu %s\n",
	         c->seed, c->count, damages[kind].name, number, c->traces[trace].path);
	alarm(LIMIT_S);
	struct corrupt_job job = damage(c, trace, kind, number);
	const enum outcome outcome = judge(&job);
	c->outcomes[kind][outcome]++;
	if ((outcome == WRONG || outcome == LOST) && c->shown++ < SHOWN_MAX)
		printf("%s: -s %" PRIu64 " -n %" PRIu64 " -k %s -i %zu, trace %zu: %s\n",
		       outcome == WRONG ? "WRONG" : "LOST", c->seed, c->count, damages[kind].name, number, trace + 1,
		       c->traces[trace].path);
	free(job.bytes);
}

static int print_table(const struct campaign *c)
{
	uint64_t all = 0, bad = 0;
	struct rusage usage;
	printf("%-64s %8s %8s %8s %6s %6s\n", "damage", "refused", "said", "the same", "WRONG", "LOST");
	for (size_t k = 0; k < DAMAGES; k++) {
		const uint64_t *o = c->outcomes[k];
		printf("%-64s %8" PRIu64 " %8" PRIu64 " %8" PRIu64 " %6" PRIu64 " %6" PRIu64 "\n", damages[k].what,
		       o[REFUSED], o[SAID], o[SAME], o[WRONG], o[LOST]);
		bad += o[WRONG] + o[LOST];
		for (int i = 0; i < OUTCOMES; i++)
			all += o[i];
	}
	getrusage(RUSAGE_SELF, &usage);
	printf("%" PRIu64 " damaged files of %zu traces, %" PRIu64 " silent; at most %ld MiB\n", all, c->trace_count,
	       bad, usage.ru_maxrss / 1024);
	return bad > 0 ? 1 : 0;
}

static int write_one(const struct campaign *c, size_t kind, size_t number)
{
	struct corrupt_job job = damage(c, 0, kind, number);
	const bool written = fwrite(job.bytes, 1, job.size, stdout) == job.size;
	free(job.bytes);
	return written ? 0 : 2;
}

static int run(struct campaign *c, size_t kind, bool is_one, size_t number)
{
	if (is_one)
		return write_one(c, kind, number);
	for (size_t trace = 0; trace < c->trace_count; trace++) {
		for (size_t k = 0; k < DAMAGES; k++) {
			for (size_t i = 0; (kind == DAMAGES || k == kind) && i < count_of(c, trace, k); i++)
				try_one(c, trace, k, i);
		}
	}
	return print_table(c);
}

static size_t kind_of(const char *name)
{
	size_t kind = 0;
	while (kind < DAMAGES && strcmp(damages[kind].name, name) != 0)
		kind++;
	return kind;
}

int main(int argc, char **argv)
{
	struct campaign c = {.seed = 1, .count = 1000};
	size_t kind = DAMAGES, number = 0;
	bool is_one = false, is_wrong = false;
	int option;
	while ((option = getopt(argc, argv, "bn:s:k:i:")) != -1) {
		if (option == 'b')
			c.at_every_byte = true;
		else if (option == 'n')
			c.count = strtoull(optarg, NULL, 10);
		else if (option == 's')
			c.seed = strtoull(optarg, NULL, 10);
		else if (option == 'k')
			is_wrong |= (kind = kind_of(optarg)) == DAMAGES;
		else if (option == 'i')
			is_one = true, number = strtoull(optarg, NULL, 10);
		else
			is_wrong = true;
	}
	if (is_wrong || optind == argc || c.count == 0 || (is_one && kind == DAMAGES)) {
		fputs("usage: corrupt [-b] [-n COUNT] [-s SEED] [-k KIND [-i NUMBER]] TRACE...\n", stderr);
		return 2;
	}
	prepare();
	c.trace_count = (size_t)(argc - optind);
	c.traces = calloc(c.trace_count, sizeof(*c.traces));
	bool sound = c.traces != NULL;
	for (size_t i = 0; sound && i < c.trace_count; i++)
		sound = corrupt_original_read(&c.traces[i], argv[optind + (int)i]);
	const int code = sound ? run(&c, kind, is_one, number) : 2;
	for (size_t i = 0; c.traces != NULL && i < c.trace_count; i++)
		corrupt_original_free(&c.traces[i]);
	free(c.traces);
	return code;
}
