/* SPDX-License-Identifier: MIT */
#include "many.h"

#include <string.h>

#include "bundle.h"
#include "command.h"
#include "crew.h"
#include "json_read.h"
#include "memory.h"
#include "output.h"
#include "temporary.h"

enum { OUTPUTS_MAX = OPTION_LIST_MAX + 1, WHY_BYTES = 2400 };
_Static_assert((int)OUTPUTS_MAX + 2 <= (int)CREW_FILES_MAX, "each task has a file for each output, and two more");

/* Behind the documents. */
static unsigned digest_file(const struct outputs *outputs)
{
	return (unsigned)outputs->count;
}

static unsigned why_file(const struct outputs *outputs)
{
	return (unsigned)outputs->count + 1;
}

struct many_state {
	const struct many *many;
	struct fleet *fleet;
	struct bundle bundles[OUTPUTS_MAX];
	size_t bundle_count;
	bool not_kept; /* a report could not be put with the others */
	int code;
};

enum wsc_status many_hand_over(const struct outputs *outputs, const struct report *report, FILE *const *files)
{
	enum wsc_status status = report_digest(report, files[digest_file(outputs)]);
	for (size_t i = 0; i < outputs->count && status == WSC_OK; i++) {
		const struct outputs_row *row = &outputs->rows[i];
		struct page page = command_page(output_is_stdout(row->path) ? stdout : files[i]);
		page.out = files[i];
		status = row->format->write(report, &page);
	}
	return status;
}

int many_give_up(const struct outputs *outputs, const char *why, FILE *const *files)
{
	fputs(why, files[why_file(outputs)]);
	return EXIT_CODE_TROUBLE;
}

bool many_can_be_read(const char *command, char *const *paths, size_t count)
{
	size_t times = 0;
	for (size_t i = 0; i < count; i++)
		times += strcmp(paths[i], "-") == 0;
	if (times > 1)
		command_error(command, "only one of the traces can be standard input");
	return times <= 1;
}

static int work(void *context, size_t number, FILE *const *files)
{
	const struct many *many = ((struct many_state *)context)->many;
	return many->analyze(many->context, many->paths[number], files);
}

/* The worst comes first: what was not judged, what failed, what is not known. */
static int worse(int a, int b)
{
	static const int order[] = {EXIT_CODE_TROUBLE, EXIT_CODE_FAIL, EXIT_CODE_INCONCLUSIVE};
	for (size_t i = 0; i < sizeof(order) / sizeof(*order); i++) {
		if (a == order[i] || b == order[i])
			return order[i];
	}
	return EXIT_CODE_PASS;
}

/* `path`: of the trace that was to be added, or NULL. */
static void keep(struct many_state *state, const char *path, enum wsc_status status)
{
	const char *wrong = status == WSC_NOMEM ? memory_wrong() : TEMPORARY_WRONG;
	if (status != WSC_OK && !state->not_kept && path)
		command_error(state->many->command, "%s: its report can't be put with the others: %s", path, wrong);
	else if (status != WSC_OK && !state->not_kept)
		command_error(state->many->command, "%s", wrong);
	state->not_kept |= status != WSC_OK;
}

static void add_matches(struct rules *rules, json_object *report)
{
	json_object *judgement, *rows, *matched;
	if (!json_object_object_get_ex(report, "judgement", &judgement) ||
	    !json_object_object_get_ex(judgement, "suppressions", &rows))
		return;
	for (size_t i = 0; i < rules->suppressions.count && i < json_object_array_length(rows); i++) {
		if (json_object_object_get_ex(json_object_array_get_idx(rows, i), "matched", &matched))
			rules->suppressions.rows[i].matched += json_object_get_uint64(matched);
	}
}

static void add_report(struct many_state *state, const char *path, FILE *const *files)
{
	const struct many *many = state->many;
	char wrong[FLEET_WRONG_MAX];
	json_object *report = json_read_own(fileno(files[digest_file(many->outputs)]));
	keep(state, path, report ? fleet_add(state->fleet, path, report, wrong) : WSC_NOMEM);
	add_matches(many->rules, report);
	json_object_put(report);
	for (size_t i = 0; i < state->bundle_count; i++)
		keep(state, path, bundle_add(&state->bundles[i], path, files[i]));
}

static void add_error(struct many_state *state, const char *path, const char *why)
{
	keep(state, path, fleet_add_error(state->fleet, path, why));
	for (size_t i = 0; i < state->bundle_count; i++)
		keep(state, path, bundle_add_error(&state->bundles[i], path, why));
}

/* An analysis that ended as no analysis should has not said why. */
static const char *why_words(char why[WHY_BYTES], const struct many_state *state, size_t number, int code, FILE *said)
{
	size_t length = fread(why, 1, WHY_BYTES - 1, said);
	why[length] = '\0';
	if (length > 0 && code == EXIT_CODE_TROUBLE)
		return why;
	if (code < 0)
		snprintf(why, WHY_BYTES, "its analysis was ended by signal %d (%s)", -code, strsignal(-code));
	else
		snprintf(why, WHY_BYTES, "%s",
		         code == CREW_NOT_WRITTEN ? TEMPORARY_WRONG : "its analysis could not be finished");
	command_error(state->many->command, "%s: %s", state->many->paths[number], why);
	return why;
}

static bool done(void *context, size_t number, int code, FILE *const *files)
{
	struct many_state *state = context;
	const char *path = state->many->paths[number];
	char why[WHY_BYTES];
	if (code == EXIT_CODE_PASS || code == EXIT_CODE_FAIL || code == EXIT_CODE_INCONCLUSIVE) {
		add_report(state, path, files);
	} else {
		add_error(state, path, why_words(why, state, number, code, files[why_file(state->many->outputs)]));
		code = EXIT_CODE_TROUBLE;
	}
	state->code = worse(state->code, code);
	return !state->not_kept;
}

struct writing {
	struct bundle *bundle;
	const struct fleet *fleet;
};

static enum wsc_status write_bundle(void *context, const struct page *page)
{
	const struct writing *writing = context;
	return bundle_write(writing->bundle, writing->fleet, page);
}

static bool write_all(struct many_state *state)
{
	const struct many *many = state->many;
	bool good = true;
	for (size_t i = 0; i < state->bundle_count; i++) {
		struct writing writing = {&state->bundles[i], state->fleet};
		good = outputs_write_to(many->command, many->outputs->rows[i].path, write_bundle, &writing) && good;
	}
	return good;
}

static bool prepare(struct many_state *state)
{
	const struct many *many = state->many;
	state->fleet = fleet_create();
	keep(state, NULL, state->fleet ? WSC_OK : WSC_NOMEM);
	for (size_t i = 0; i < many->outputs->count && !state->not_kept; i++)
		keep(state, NULL,
		     bundle_init(&state->bundles[state->bundle_count++], many->outputs->rows[i].format, many->detail));
	return !state->not_kept;
}

int many_run(const struct many *many)
{
	struct many_state state = {.many = many, .code = EXIT_CODE_PASS};
	const struct crew crew = {.command = many->command,
	                          .count = many->count,
	                          .jobs = many->jobs,
	                          .files = (unsigned)many->outputs->count + 2,
	                          .is_quiet = many->is_quiet,
	                          .work = work,
	                          .done = done,
	                          .context = &state};
	if (!prepare(&state) || !crew_run(&crew) || !write_all(&state))
		state.code = EXIT_CODE_TROUBLE;
	for (size_t i = 0; i < state.bundle_count; i++)
		bundle_free(&state.bundles[i]);
	fleet_free(state.fleet);
	return state.code;
}
