/* SPDX-License-Identifier: MIT */
#include "crew.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "command.h"
#include "memory.h"
#include "progress.h"
#include "temporary.h"

/*
 * Tasks under way or waiting for an earlier one to be used, for each that runs at a time; and files open for them, far
 * below what a process may usually have (1,024).
 */
enum { AHEAD = 4, FILES_OPEN_MAX = 512 };

struct slot {
	pid_t pid; /* 0: not under way */
	bool over;
	int code;
	FILE *files[CREW_FILES_MAX + 1]; /* the last has what it said on standard error */
};

struct crew_state {
	const struct crew *crew;
	unsigned jobs;
	struct slot *slots; /* by a task's number, in a ring */
	size_t slot_count;
	size_t started, used;
	unsigned running;
	struct progress progress;
};

static struct slot *slot_of(struct crew_state *state, size_t number)
{
	return &state->slots[number % state->slot_count];
}

static void close_files(const struct crew *crew, struct slot *slot)
{
	for (unsigned i = 0; i <= crew->files; i++) {
		if (slot->files[i])
			fclose(slot->files[i]);
	}
	*slot = (struct slot){.pid = 0};
}

static bool open_files(const struct crew *crew, struct slot *slot)
{
	for (unsigned i = 0; i <= crew->files; i++) {
		slot->files[i] = temporary_stream();
		if (!slot->files[i]) {
			command_error(crew->command, "can't create a temporary file in %s: %s; " TEMPORARY_REMEDY,
			              temporary_directory(), strerror(errno));
			close_files(crew, slot);
			return false;
		}
	}
	return true;
}

/* In the new process. */
static _Noreturn void work(const struct crew *crew, size_t number, struct slot *slot, pid_t parent)
{
	prctl(PR_SET_PDEATHSIG, SIGTERM);
	if (getppid() != parent || dup2(fileno(slot->files[crew->files]), STDERR_FILENO) < 0)
		_exit(EXIT_CODE_TROUBLE);
	int code = crew->work(crew->context, number, slot->files);
	fflush(stderr);
	for (unsigned i = 0; i < crew->files; i++) {
		if (fflush(slot->files[i]) != 0 || ferror(slot->files[i]))
			code = CREW_NOT_WRITTEN;
	}
	_exit(code);
}

/* Starts the next task. False, with a message: it can't be. */
static bool start(struct crew_state *state, bool *later)
{
	const struct crew *crew = state->crew;
	struct slot *slot = slot_of(state, state->started);
	const pid_t parent = getpid();
	*later = false;
	if (!open_files(crew, slot))
		return false;
	fflush(NULL); /* what is buffered is written once, by this process */
	slot->pid = fork();
	if (slot->pid == 0)
		work(crew, state->started, slot, parent);
	if (slot->pid > 0) {
		state->started++;
		state->running++;
		return true;
	}
	const int error = errno;
	close_files(crew, slot);
	*later = state->running > 0; /* when one of them has ended there is room */
	if (!*later)
		command_error(crew->command, "no process can be started (%s): raise `ulimit -u`, or try again later",
		              strerror(error));
	return *later;
}

static void await_one(struct crew_state *state)
{
	int status;
	pid_t pid;
	do
		pid = waitpid(-1, &status, 0);
	while (pid < 0 && errno == EINTR);
	for (size_t i = state->used; i < state->started; i++) {
		struct slot *slot = slot_of(state, i);
		if (slot->over || slot->pid != pid)
			continue;
		slot->over = true;
		slot->code = WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status);
		state->running--;
		progress_files(&state->progress, state->started - state->running);
		return;
	}
}

/* Passes on what the task said. */
static void repeat(FILE *said, struct progress *progress)
{
	char chunk[4096];
	size_t length;
	fflush(stdout);
	rewind(said);
	while ((length = fread(chunk, 1, sizeof(chunk), said)) > 0) {
		progress_end(progress);
		fwrite(chunk, 1, length, stderr);
	}
}

static bool use_next(struct crew_state *state)
{
	const struct crew *crew = state->crew;
	struct slot *slot = slot_of(state, state->used);
	if (slot->code < 0 || slot->code == CREW_NOT_WRITTEN)
		progress_end(&state->progress); /* there is something to say */
	repeat(slot->files[crew->files], &state->progress);
	for (unsigned i = 0; i < crew->files; i++) {
		/* The descriptor, too, for those who read it: the task moved it. */
		if (fseek(slot->files[i], 0, SEEK_SET) != 0 || lseek(fileno(slot->files[i]), 0, SEEK_SET) != 0)
			slot->code = CREW_NOT_WRITTEN;
	}
	bool good = crew->done(crew->context, state->used, slot->code, slot->files);
	close_files(crew, slot);
	state->used++;
	return good;
}

static bool start_some(struct crew_state *state)
{
	bool later = false;
	while (!later && state->started < state->crew->count && state->running < state->jobs &&
	       state->started - state->used < state->slot_count) {
		if (!start(state, &later))
			return false;
	}
	return true;
}

/* What is still under way is of no use any more. */
static void give_up(struct crew_state *state)
{
	for (size_t i = state->used; i < state->started; i++) {
		struct slot *slot = slot_of(state, i);
		if (!slot->over)
			kill(slot->pid, SIGTERM);
	}
	while (state->running > 0)
		await_one(state);
	for (size_t i = state->used; i < state->started; i++)
		close_files(state->crew, slot_of(state, i));
}

bool crew_run(const struct crew *crew)
{
	const size_t most = FILES_OPEN_MAX / (crew->files + 1), wanted = crew->jobs > 0 ? crew->jobs : 1;
	struct crew_state state = {.crew = crew, .jobs = (unsigned)(wanted < most ? wanted : most)};
	bool good = true;
	signal(SIGCHLD, SIG_DFL); /* ignored, as it may be inherited, it would hide how they ended */
	state.slot_count = state.jobs * AHEAD < most ? state.jobs * AHEAD : most;
	state.slots = calloc(state.slot_count, sizeof(*state.slots));
	if (!state.slots) {
		memory_error(crew->command, NULL);
		return false;
	}
	progress_begin(&state.progress, crew->count, crew->is_quiet);
	while (good && state.used < crew->count) {
		good = start_some(&state);
		if (!good)
			break;
		if (slot_of(&state, state.used)->over)
			good = use_next(&state);
		else
			await_one(&state);
	}
	give_up(&state);
	progress_end(&state.progress);
	free(state.slots);
	return good;
}
