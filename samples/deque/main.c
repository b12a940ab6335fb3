/* SPDX-License-Identifier: MIT */
/* deque: hammers a work-stealing deque, records it and has wscheck judge it. */
#include <errno.h>
#include <getopt.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "harness.h"
#include "impls.h"
#include "verdict.h"

enum { OPS = 100000, BATCH = 4, THIEVES_BY_DEFAULT_MAX = 4 };

#define TRACE_BY_DEFAULT "deque.zst"

struct settings {
	const struct harness_impl *impl;
	uint64_t thieves;
	uint64_t ops;
	uint64_t seed;
	uint64_t batch;
	const char *trace;
	const char *wscheck; /* NULL: to be found */
};

static void print_help(void)
{
	printf("usage: deque [--impl NAME] [--thieves N] [--ops N] [--seed S] [--batch N]\n"
	       "             [--trace FILE] [--analyze WSCHECK]\n"
	       "       deque --list | --help\n"
	       "Hammers a deque from an owner and thieves, records it and judges it.\n\n"
	       "  --impl NAME        the deque (default %s); see --list\n"
	       "  --thieves N        threads that steal, 0 to %d (default: a processor each\n"
	       "                     beside the owner's, from 1 to %d)\n"
	       "  --ops N            pushes and takes of the owner, 1 to %d\n"
	       "                     (default %d)\n"
	       "  --seed S           of the operations and the pauses (default 1)\n"
	       "  --batch N          values that a thief takes in one attempt: up to N, at\n"
	       "                     most %d (default %d)\n"
	       "  --trace FILE       where to record (default %s)\n"
	       "  --analyze WSCHECK  the program wscheck (default: beside this one, above it,\n"
	       "                     or in PATH)\n"
	       "  --list             the deques there are\n\n"
	       "exit status: 0 pass, 1 fail, 2 usage or trouble, 3 inconclusive\n",
	       impls[0]->name, HARNESS_THIEVES_MAX, THIEVES_BY_DEFAULT_MAX, HARNESS_OPS_MAX, OPS, HARNESS_BATCH_MAX,
	       BATCH, TRACE_BY_DEFAULT);
}

static void print_list(void)
{
	for (size_t i = 0; impls[i]; i++)
		printf("%-14s %s\n", impls[i]->name, impls[i]->help);
}

/* Reads a decimal number; complains and returns false if it is none or not within the bounds. */
static bool parse_number(const char *option, const char *text, uint64_t min, uint64_t max, uint64_t *value)
{
	char *end;

	errno = 0;
	*value = strtoull(text, &end, 10);
	if (text[0] >= '0' && text[0] <= '9' && *end == '\0' && errno == 0 && *value >= min && *value <= max)
		return true;
	fprintf(stderr, "deque: --%s takes a number from %" PRIu64 " to %" PRIu64 ", not '%s' (see deque --help)\n",
	        option, min, max, text);
	return false;
}

static bool find_impl(const char *name, const struct harness_impl **impl)
{
	for (size_t i = 0; impls[i]; i++)
		if (strcmp(impls[i]->name, name) == 0) {
			*impl = impls[i];
			return true;
		}
	fprintf(stderr, "deque: no deque is called '%s' (see deque --list)\n", name);
	return false;
}

static bool parse_option(struct settings *settings, int option, const char *text)
{
	switch (option) {
	case 'i':
		return find_impl(text, &settings->impl);
	case 'n':
		return parse_number("thieves", text, 0, HARNESS_THIEVES_MAX, &settings->thieves);
	case 'o':
		return parse_number("ops", text, 1, HARNESS_OPS_MAX, &settings->ops);
	case 's':
		return parse_number("seed", text, 0, UINT64_MAX, &settings->seed);
	case 'b':
		return parse_number("batch", text, 1, HARNESS_BATCH_MAX, &settings->batch);
	case 't':
		settings->trace = text;
		return true;
	case 'a':
		settings->wscheck = text;
		return true;
	case ':':
		fprintf(stderr, "deque: there is no value behind '%s' (see deque --help)\n", text);
		return false;
	default:
		fprintf(stderr, "deque: unknown option '%s' (see deque --help)\n", text);
		return false;
	}
}

/* Fills in the settings, or answers --help, --list or a mistake and exits. */
static void parse(int argc, char **argv, struct settings *settings)
{
	static const struct option options[] = {
	    {"impl", required_argument, NULL, 'i'},  {"thieves", required_argument, NULL, 'n'},
	    {"ops", required_argument, NULL, 'o'},   {"seed", required_argument, NULL, 's'},
	    {"batch", required_argument, NULL, 'b'}, {"trace", required_argument, NULL, 't'},
	    {"list", no_argument, NULL, 'l'},        {"analyze", required_argument, NULL, 'a'},
	    {"help", no_argument, NULL, 'h'},        {NULL, 0, NULL, 0},
	};
	int option;

	while ((option = getopt_long(argc, argv, ":h", options, NULL)) != -1) {
		if (option == 'h' || option == 'l') {
			option == 'h' ? print_help() : print_list();
			exit(VERDICT_PASS);
		}
		if (!parse_option(settings, option, option == '?' || option == ':' ? argv[optind - 1] : optarg))
			exit(VERDICT_TROUBLE);
	}
	if (optind < argc) {
		fprintf(stderr, "deque: unexpected argument '%s' (see deque --help)\n", argv[optind]);
		exit(VERDICT_TROUBLE);
	}
}

static wsc_recorder *open_trace(const struct settings *settings)
{
	struct wsc_options options = WSC_OPTIONS_INIT;
	char seed[24];
	const struct wsc_meta meta[] = {{"program", "deque"}, {"impl", settings->impl->name}, {"seed", seed}};

	snprintf(seed, sizeof(seed), "%" PRIu64, settings->seed);
	options.path = settings->trace;
	options.ring_events = harness_ring_events(settings->ops);
	options.scope = WSC_SCOPE_DEQUE;
	options.discipline = settings->impl->discipline;
	options.meta = meta;
	options.meta_count = sizeof(meta) / sizeof(meta[0]);
	return wsc_open(&options);
}

static void print_counts(const struct harness_counts *counts)
{
	printf("%" PRIu64 " pushed (and %" PRIu64 " refused), %" PRIu64 " taken by the owner, %" PRIu64
	       " stolen in %" PRIu64 " attempts\n",
	       counts->pushed, counts->refused, counts->taken, counts->stolen, counts->attempts);
}

/* What the harness saw by itself is a failure whatever the trace says: 0 can't be recorded. */
static int with_own_findings(int verdict, const struct harness_counts *counts)
{
	if (counts->zeros > 0)
		printf("wrong: %" PRIu64 " successful steals handed out 0, which was never pushed\n", counts->zeros);
	if (counts->exhausted)
		printf("wrong: the deque does not get empty\n");
	return (counts->zeros > 0 || counts->exhausted) && verdict != VERDICT_TROUBLE ? VERDICT_FAIL : verdict;
}

static int run(const struct settings *settings)
{
	struct harness_options options = {.impl = settings->impl,
	                                  .recorder = open_trace(settings),
	                                  .ops = settings->ops,
	                                  .seed = settings->seed,
	                                  .thieves = (unsigned)settings->thieves,
	                                  .batch = (unsigned)settings->batch,
	                                  .stall_ms = HARNESS_STALL_MS};
	struct harness_counts counts = {0};
	enum harness_end end;

	if (!options.recorder)
		return VERDICT_TROUBLE; /* the recorder has said why */
	end = harness_run(&options, &counts);
	if (wsc_close(options.recorder, end == HARNESS_DONE ? WSC_END_CLEAN : WSC_END_STALLED) != 0)
		return VERDICT_TROUBLE;
	if (end == HARNESS_NO_RESOURCES) {
		fprintf(stderr, "deque: no memory or threads\n");
		return VERDICT_TROUBLE;
	}
	if (end == HARNESS_STALLED)
		printf("stalled: for %d s no operation has come to an end\n", HARNESS_STALL_MS / 1000);
	else
		print_counts(&counts);
	return with_own_findings(verdict_of(settings->wscheck, wsc_path(options.recorder)), &counts);
}

int main(int argc, char **argv)
{
	struct settings settings = {.impl = impls[0], .ops = OPS, .seed = 1, .batch = BATCH, .trace = TRACE_BY_DEFAULT};
	const long others = sysconf(_SC_NPROCESSORS_ONLN) - 1;
	int verdict;

	settings.thieves = others < 1 ? 1 : others > THIEVES_BY_DEFAULT_MAX ? THIEVES_BY_DEFAULT_MAX : (uint64_t)others;
	parse(argc, argv, &settings);
	verdict = run(&settings);
	fflush(stdout);
	/* Not exit(): the threads of a deque that hangs may still use what it would tear down. */
	_exit(verdict);
}
