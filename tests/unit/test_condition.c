/* SPDX-License-Identifier: MIT */
/* What a report is picked by, and the key that names its like: a line made of it suppresses it, whatever the names. */
#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "condition.h"
#include "suppress.h"

enum { LABELS = 300, LABEL_BYTES_MAX = 12 };

static struct trace_header header;
static struct analysis_result result;
static struct wsc_event pushed = {.ts = 5, .task = 7, .worker = 1, .queue = 64, .kind = WSC_EV_QUEUED};
static const struct trace_summary summary;
static const struct report report = {.header = &header, .summary = &summary, .result = &result};

static void init(void)
{
	trace_header_init(&header);
}

static void fini(void)
{
	trace_header_free(&header);
}

TestSuite(condition, .init = init, .fini = fini);

static struct violation violation(void)
{
	return (struct violation){.kind = WSC_VIOLATION_LOST_WORK,
	                          .task = 7,
	                          .workers = {1},
	                          .worker_count = 1,
	                          .has_queue = true,
	                          .queue = 64,
	                          .ts = 10,
	                          .events = &pushed,
	                          .event_count = 1};
}

static bool matches(enum condition_type type, const char *value)
{
	char wrong[CONDITION_WRONG_MAX];
	struct condition condition;
	struct violation v = violation();
	cr_assert_eq(condition_parse(&condition, type, value, wrong), WSC_OK, "%s: %s", value, wrong);
	bool yes = condition_matches(&condition, &report, &v);
	condition_free(&condition);
	return yes;
}

Test(condition, names_with_stars)
{
	trace_header_set_string(&trace_header_add_queue(&header, 64)->name, "in*jector\xc3\xbc");
	static const char *const yes[] = {"64",
	                                  "in*",
	                                  "*",
	                                  "*jector*",
	                                  "in\\*jector\xc3\xbc",
	                                  "i**j*c*r*",
	                                  "*\xc3\xbc",
	                                  "in\\x2aj*",
	                                  "in\\*jector\\xc3\\xbc"};
	static const char *const no[] = {"6",         "65",  "own", "in",        "injector\xc3\xbc",
	                                 "in*jector", "*x*", "\\*", "in*\\x2a*r"};
	for (size_t i = 0; i < sizeof(yes) / sizeof(*yes); i++)
		cr_expect(matches(CONDITION_QUEUE, yes[i]), "%s", yes[i]);
	for (size_t i = 0; i < sizeof(no) / sizeof(*no); i++)
		cr_expect(!matches(CONDITION_QUEUE, no[i]), "%s", no[i]);
}

Test(condition, a_deque_that_is_not_declared_is_a_workers_own)
{
	cr_expect(matches(CONDITION_QUEUE, "own"));
	cr_expect(!matches(CONDITION_QUEUE, "*"), "it has no name");
}

Test(condition, many_stars_take_no_longer)
{
	char pattern[200] = "", name[2000];
	memset(name, 'a', sizeof(name) - 1);
	name[sizeof(name) - 1] = '\0';
	for (int i = 0; i < 60; i++)
		memcpy(pattern + 3 * i, "*a*", 4);
	pattern[180] = 'b';
	pattern[181] = '\0';
	trace_header_set_string(&trace_header_add_worker(&header, 1)->name, name);
	cr_expect(!matches(CONDITION_WORKER, pattern));
}

Test(condition, times_are_into_the_trace)
{
	result.first_ts = 4;
	cr_expect(matches(CONDITION_TIME, "6ns..6ns") && matches(CONDITION_TIME, "..6ns") &&
	          matches(CONDITION_TIME, "6.."));
	cr_expect(!matches(CONDITION_TIME, "7ns..") && !matches(CONDITION_TIME, "..5ns"));
	result.first_ts = 0;
}

/* Reads one line as a suppressions file, and says whether it fits the report. */
static bool suppressed(const char *line)
{
	char path[] = "/tmp/wscheck-test.XXXXXX", wrong[SUPPRESS_WRONG_MAX];
	int fd = mkstemp(path);
	FILE *file = fdopen(fd, "w");
	cr_assert(fd >= 0 && file);
	fprintf(file, "%s\n", line);
	fclose(file);
	struct suppressions suppressions = {0};
	cr_expect_eq(suppressions_read(&suppressions, path, 20260101, wrong), WSC_OK, "%s\n%s", wrong, line);
	struct violation v = violation();
	bool found = suppressions_find(&suppressions, &report, &v) != NULL;
	suppressions_free(&suppressions);
	unlink(path);
	return found;
}

static char *ready_line(void)
{
	struct violation v = violation();
	char *key = condition_key(&report, &v), *line = malloc(SUPPRESSION_LINE_MAX);
	cr_assert(key && line);
	snprintf(line, SUPPRESSION_LINE_MAX, "%s%s", key, SUPPRESS_READY_REASON);
	free(key);
	return line;
}

/* Pieces of which odd names are made. */
static void odd_name(char name[LABEL_BYTES_MAX + 4], unsigned *seed)
{
	static const char *const pieces[] = {"a",  "own", "7",    "*",        "\\",           "\"",  " ", "=", "#",
	                                     "\t", "\n",  "\033", "\xc3\xbc", "\xe2\x80\xae", "x41", ",", "."};
	name[0] = '\0';
	while (strlen(name) < LABEL_BYTES_MAX - 4 && rand_r(seed) % 4 != 0) {
		size_t used = strlen(name);
		snprintf(name + used, LABEL_BYTES_MAX + 4 - used, "%s",
		         pieces[(unsigned)rand_r(seed) % (sizeof(pieces) / sizeof(*pieces))]);
	}
}

Test(condition, a_line_made_of_the_key_holds_for_its_like_alone)
{
	unsigned seed = 1;
	for (uint32_t i = 1; i <= LABELS; i++) {
		char label[LABEL_BYTES_MAX + 4], queue[LABEL_BYTES_MAX + 4];
		odd_name(label, &seed);
		odd_name(queue, &seed);
		trace_header_set_string(&trace_header_add_label(&header, 1)->text, label);
		trace_header_set_string(&trace_header_add_label(&header, 2)->text, "another");
		trace_header_set_string(&trace_header_add_queue(&header, 64)->name, queue);
		pushed.arg = 1;
		char *line = ready_line();
		for (const char *c = line; *c; c++)
			cr_assert(*c >= 0x20 || *c < 0, "a control character: %s", line);
		cr_assert(suppressed(line), "%s", line);
		pushed.arg = 2;
		cr_assert(!suppressed(line), "of another label: %s", line);
		pushed.arg = 1;
		trace_header_set_string(&trace_header_add_queue(&header, 64)->name, "elsewhere");
		cr_assert(!suppressed(line) || queue[0] == '\0', "of another queue: %s", line);
		free(line);
	}
}

Test(condition, what_changes_from_run_to_run_is_not_in_the_key)
{
	struct violation v = violation(), other = violation();
	other.task = 8;
	other.workers[0] = 2;
	other.queue = 3; /* another worker's deque */
	other.ts = 1000;
	char *a = condition_key(&report, &v), *b = condition_key(&report, &other);
	cr_expect_str_eq(a, "lost_work queue=own");
	cr_expect_str_eq(b, a);
	free(a);
	free(b);
}
