/* SPDX-License-Identifier: MIT */
#include "memory.h"

#include <errno.h>
#include <malloc.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>

#include "command.h"
#include "units.h"

/* What the program and its libraries are loaded from: resident, too, but not among what the kernel bounds. */
enum { LOADED_BYTES = 6 << 20, MMAP_BYTES = 64 << 10, WRONG_MAX = 160 };

/* Empty: there is no bound. */
static char beyond[WRONG_MAX];

/* Later there may be no memory to make it of. */
static void prepare_words(uint64_t bytes)
{
	char size[UNITS_MAX];
	snprintf(beyond, sizeof(beyond), "this takes more memory than '--max-memory' allows, %s: give it more",
	         units_bytes(size, bytes));
}

/* How much the process may map (ulimit -v), what it is loaded from included; UINT64_MAX: there is no limit, or it isn't known. */
static uint64_t address_space(void)
{
	struct rlimit limit;
	return getrlimit(RLIMIT_AS, &limit) == 0 && limit.rlim_cur != RLIM_INFINITY ? limit.rlim_cur : UINT64_MAX;
}

bool memory_bound(const char *command, uint64_t bytes)
{
	const uint64_t most = bytes > 2 * LOADED_BYTES ? bytes - LOADED_BYTES : bytes / 2;
	struct rlimit limit;
	if (bytes == 0)
		return true;
#ifdef M_MMAP_THRESHOLD
	/* What is large is given back as soon as it is free, and grows where it is: glibc would change its mind on that. */
	mallopt(M_MMAP_THRESHOLD, MMAP_BYTES);
#endif
	if (getrlimit(RLIMIT_DATA, &limit) == 0) {
		/* One that is lower already stays, and it is not the option that more is to be given. */
		if (limit.rlim_cur >= most && address_space() >= bytes)
			prepare_words(bytes);
		limit.rlim_max = limit.rlim_max < most ? limit.rlim_max : most;
		limit.rlim_cur = limit.rlim_cur < most ? limit.rlim_cur : most;
		if (setrlimit(RLIMIT_DATA, &limit) == 0)
			return true;
	}
	command_error(command, "cannot bound its memory: %s", strerror(errno));
	return false;
}

const char *memory_wrong(void)
{
	return beyond[0] != '\0' ? beyond : "out of memory: run it where there is more, or raise its limit (ulimit)";
}

const char *memory_strerror(int error)
{
	return error == ENOMEM ? memory_wrong() : strerror(error);
}

enum wsc_status memory_status(enum wsc_status status, struct trace_error *err)
{
	return status == WSC_OK ? status : trace_error_set(err, status, 0, "%s", memory_wrong());
}

int memory_error(const char *command, const char *input)
{
	if (input == NULL)
		return command_error(command, "%s", memory_wrong());
	return command_error(command, "%s: %s", command_input_name(input), memory_wrong());
}
