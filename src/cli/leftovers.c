/* SPDX-License-Identifier: MIT */
#include "leftovers.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "command.h"
#include "output.h"
#include "page.h"
#include "trace_recover.h"
#include "wscheck/record.h"

#define TEMPORARY_SUFFIX ".wscheck-tmp"
#define RINGS_SUFFIX     ".wscheck-rings"
#define SHARED_DIRECTORY "/dev/shm/"
#define SHARED_SUFFIX    ".rings"

enum { RANDOM_DIGITS = 8, PID_DIGITS_MAX = 10, PATH_WORD_BYTES = 1000 };
/* A process that was killed is waited for so long: ten seconds in all. */
enum { DYING_WAIT_NS = 5000000, DYING_WAITS_MAX = 2000 };

static bool ends_with(const char *text, const char *suffix)
{
	const size_t size = strlen(text), end = strlen(suffix);
	return size >= end && strcmp(text + size - end, suffix) == 0;
}

/* The digits of a process id at `text`, as many as there are. */
static size_t pid_digits(const char *text)
{
	size_t count = strspn(text, "0123456789");
	return count <= PID_DIGITS_MAX ? count : 0;
}

/* Whether `text` is ".PID.RANDOM" and `suffix`. */
static bool is_tail(const char *text, const char *suffix)
{
	if (*text++ != '.')
		return false;
	const size_t digits = pid_digits(text);
	text += digits;
	if (digits == 0 || *text++ != '.' || strspn(text, "0123456789abcdef") != RANDOM_DIGITS)
		return false;
	return strcmp(text + RANDOM_DIGITS, suffix) == 0;
}

/* The length of the name that `name` begins with and `pattern`, in which %p is a process id, describes; 0: none. */
static size_t match(const char *name, const char *pattern)
{
	const char *at = name;
	for (; *pattern != '\0'; pattern++) {
		if (pattern[0] == '%' && pattern[1] == 'p') {
			const size_t digits = pid_digits(at);
			if (digits == 0)
				return 0;
			at += digits;
			pattern++;
			continue;
		}
		pattern += pattern[0] == '%' && pattern[1] == '%';
		if (*at++ != *pattern)
			return 0;
	}
	return (size_t)(at - name);
}

/* A regular file of the user's own (or of anybody's, for root), or -1. */
static int open_own(const char *path)
{
	struct stat status;
	const int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
	if (fd < 0)
		return -1;
	if (fstat(fd, &status) == 0 && S_ISREG(status.st_mode) && (geteuid() == 0 || status.st_uid == geteuid()))
		return fd;
	close(fd);
	return -1;
}

/* What is known of a process. */
struct process {
	char
	    state; /* of its first thread, as in its stat file; '\0': there is no such process, or it can't be looked at */
	unsigned long threads;
	uint64_t start; /* in ticks since the machine's */
};

static void look_at(pid_t id, struct process *process)
{
	char name[64], text[1024];
	*process = (struct process){0};
	snprintf(name, sizeof(name), "/proc/%ld/stat", (long)id);
	FILE *file = fopen(name, "re");
	if (file == NULL)
		return;
	text[fread(text, 1, sizeof(text) - 1, file)] = '\0';
	fclose(file);
	const char *at = strrchr(text, ')'); /* the second field may hold blanks and parentheses */
	for (unsigned field = 3; at != NULL && (at = strchr(at, ' ')) != NULL && field <= 22; field++) {
		at++;
		if (field == 3)
			process->state = *at;
		else if (field == 20)
			process->threads = strtoul(at, NULL, 10);
		else if (field == 22)
			process->start = strtoull(at, NULL, 10);
	}
}

/* Whether a process was killed, or has ended, and is only still being cleared away. */
static bool is_dying(pid_t id)
{
	char name[64], *line = NULL;
	size_t capacity = 0;
	bool killed = false;
	struct process process;
	look_at(id, &process);
	if (process.state == '\0' || process.state == 'X' || (process.state == 'Z' && process.threads <= 1))
		return true;
	snprintf(name, sizeof(name), "/proc/%ld/status", (long)id);
	FILE *file = fopen(name, "re");
	while (!killed && file != NULL && getline(&line, &capacity, file) > 0) {
		if (strncmp(line, "SigPnd:", 7) == 0 || strncmp(line, "ShdPnd:", 7) == 0)
			killed = (strtoull(line + 7, NULL, 16) >> (SIGKILL - 1) & 1) != 0;
	}
	free(line);
	if (file != NULL)
		fclose(file);
	return killed;
}

/*
 * The process that records into these rings; 0: none, -1: it can't be seen from here. It holds a write lock on their first
 * byte, but for one that closed descriptors that it does not own: then the process that the rings name has to do.
 */
static pid_t recorder_of(int fd)
{
	struct ring_file_head head;
	struct process process;
	struct flock lock = {.l_type = F_WRLCK, .l_whence = SEEK_SET, .l_start = 0, .l_len = 1};
	if (fcntl(fd, F_GETLK, &lock) == 0 && lock.l_type != F_UNLCK)
		return lock.l_pid > 0 ? lock.l_pid : -1;
	if (pread(fd, &head, sizeof(head), 0) != (ssize_t)sizeof(head) || head.state != RING_FILE_RECORDING ||
	    head.process_start == 0 || head.process_id > INT_MAX)
		return 0;
	look_at((pid_t)head.process_id, &process);
	const bool is_it = process.start == head.process_start && !(process.state == 'Z' && process.threads <= 1);
	return is_it ? (pid_t)head.process_id : 0;
}

/* One that has just been killed keeps its lock until its memory has been given back: that is waited for. */
static bool is_recording(int fd)
{
	const struct timespec wait = {0, DYING_WAIT_NS};
	pid_t process = 0;
	for (unsigned i = 0; i < DYING_WAITS_MAX; i++) {
		process = recorder_of(fd);
		if (process <= 0 || !is_dying(process))
			break;
		nanosleep(&wait, NULL);
	}
	return process != 0;
}

/* Where there are no rings: whether the process still has the trace open. If it can't be looked at, it may. */
static bool is_open_in(pid_t process, int trace_fd)
{
	char name[64];
	struct stat trace, other;
	const struct dirent *entry;
	bool found = false;
	snprintf(name, sizeof(name), "/proc/%ld/fd", (long)process);
	DIR *directory = opendir(name);
	if (directory == NULL)
		return errno == EACCES || errno == EPERM;
	while (!found && trace_fd >= 0 && fstat(trace_fd, &trace) == 0 && (entry = readdir(directory)) != NULL)
		found = fstatat(dirfd(directory), entry->d_name, &other, 0) == 0 && other.st_dev == trace.st_dev &&
		        other.st_ino == trace.st_ino;
	closedir(directory);
	return found;
}

static void leftover_free(struct leftover *leftover)
{
	free(leftover->final);
	free(leftover->temporary);
	free(leftover->rings);
	if (leftover->trace_fd >= 0)
		close(leftover->trace_fd);
	if (leftover->rings_fd >= 0)
		close(leftover->rings_fd);
}

void leftovers_free(struct leftovers *leftovers)
{
	for (size_t i = 0; i < leftovers->count; i++)
		leftover_free(&leftovers->list[i]);
	free(leftovers->list);
	*leftovers = (struct leftovers){0};
}

/* `tail`: ".PID.RANDOM.wscheck-tmp" at the end of `temporary`. */
static void find_rings(struct leftover *leftover, const char *tail)
{
	const int size = (int)(strlen(tail) - strlen(TEMPORARY_SUFFIX));
	const int before = (int)(tail - leftover->temporary);
	char *places[2] = {NULL, NULL};
	if (asprintf(&places[0], SHARED_DIRECTORY "wscheck%.*s" SHARED_SUFFIX, size, tail) < 0)
		places[0] = NULL;
	if (asprintf(&places[1], "%.*s%.*s" RINGS_SUFFIX, before, leftover->temporary, size, tail) < 0)
		places[1] = NULL;
	for (int i = 0; i < 2; i++) {
		if (leftover->rings == NULL && places[i] != NULL)
			leftover->rings_fd = open_own(places[i]);
		if (leftover->rings == NULL && leftover->rings_fd >= 0)
			leftover->rings = places[i];
		else
			free(places[i]);
	}
	leftover->is_live = leftover->rings_fd >= 0 ? is_recording(leftover->rings_fd)
	                                            : is_open_in(leftover->process, leftover->trace_fd);
}

/* Adds what belongs to the temporary trace of this path; nothing if that is not one. */
static bool add(struct leftovers *leftovers, const char *temporary)
{
	const char *tail = temporary + strlen(temporary);
	for (int dots = 0; dots < 3 && tail > temporary;)
		dots += *--tail == '.';
	if (!is_tail(tail, TEMPORARY_SUFFIX))
		return true;
	if (leftovers->count == leftovers->capacity) {
		const size_t capacity = leftovers->capacity == 0 ? 8 : leftovers->capacity * 2;
		struct leftover *grown = realloc(leftovers->list, capacity * sizeof(*grown));
		if (grown == NULL)
			return false;
		leftovers->list = grown;
		leftovers->capacity = capacity;
	}
	struct leftover *leftover = &leftovers->list[leftovers->count];
	*leftover = (struct leftover){.trace_fd = -1, .rings_fd = -1};
	leftover->temporary = strdup(temporary);
	leftover->final = strndup(temporary, (size_t)(tail - temporary));
	leftover->process = (pid_t)strtol(tail + 1, NULL, 10);
	leftovers->count++;
	if (leftover->temporary == NULL || leftover->final == NULL)
		return false;
	leftover->trace_fd = open_own(temporary);
	find_rings(leftover, leftover->temporary + (tail - temporary));
	if (leftover->trace_fd < 0 && leftover->rings_fd < 0)
		leftover_free(&leftovers->list[--leftovers->count]);
	return true;
}

/* The temporary trace that a rings' file names. */
static bool add_by_rings(struct leftovers *leftovers, const char *path)
{
	struct ring_file_head head;
	const int fd = open_own(path);
	if (fd < 0)
		return true;
	const ssize_t size = pread(fd, &head, sizeof(head), 0);
	close(fd);
	if (size != (ssize_t)sizeof(head) || memcmp(head.magic, RING_FILE_MAGIC, RING_FILE_MAGIC_BYTES) != 0 ||
	    memchr(head.path, '\0', sizeof(head.path)) == NULL || head.path[0] != '/')
		return true;
	return add(leftovers, head.path);
}

static int compare(const void *a, const void *b)
{
	return strcmp(((const struct leftover *)a)->temporary, ((const struct leftover *)b)->temporary);
}

static bool find_in(struct leftovers *leftovers, DIR *directory, const char *prefix, const char *name)
{
	const struct dirent *entry;
	bool done = true;
	while (done && (entry = readdir(directory)) != NULL) {
		const size_t size = match(entry->d_name, name);
		char *path = NULL;
		if (size == 0 || !is_tail(entry->d_name + size, TEMPORARY_SUFFIX))
			continue;
		done = asprintf(&path, "%s%s", prefix, entry->d_name) >= 0;
		done = done && add(leftovers, path);
		free(path);
	}
	if (leftovers->count > 1)
		qsort(leftovers->list, leftovers->count, sizeof(*leftovers->list), compare);
	return done;
}

bool leftovers_find(struct leftovers *leftovers, const char *path)
{
	*leftovers = (struct leftovers){0};
	if (ends_with(path, TEMPORARY_SUFFIX))
		return add(leftovers, path);
	if (ends_with(path, RINGS_SUFFIX) || ends_with(path, SHARED_SUFFIX))
		return add_by_rings(leftovers, path);
	const char *slash = strrchr(path, '/'), *name = slash != NULL ? slash + 1 : path;
	char *prefix = strndup(path, (size_t)(name - path));
	if (prefix == NULL)
		return false;
	DIR *directory = opendir(*prefix != '\0' ? prefix : ".");
	const bool done = directory == NULL || find_in(leftovers, directory, prefix, name);
	if (directory != NULL)
		closedir(directory);
	free(prefix);
	return done;
}

static bool is_known(const struct leftovers *leftovers, const char *rings)
{
	for (size_t i = 0; i < leftovers->count; i++) {
		if (leftovers->list[i].rings != NULL && strcmp(leftovers->list[i].rings, rings) == 0)
			return true;
	}
	return false;
}

bool leftovers_of_process(struct leftovers *leftovers, pid_t process)
{
	char name[64], *line = NULL;
	size_t capacity = 0;
	ssize_t size;
	bool done = true;
	*leftovers = (struct leftovers){0};
	snprintf(name, sizeof(name), "/proc/%ld/maps", (long)process);
	FILE *maps = fopen(name, "re");
	if (maps == NULL)
		return false;
	while (done && (size = getline(&line, &capacity, maps)) > 0) {
		const char *path = strchr(line, '/');
		line[size - 1] = '\0'; /* the newline */
		if (path != NULL && strstr(path, "wscheck") != NULL && !is_known(leftovers, path) &&
		    (ends_with(path, RINGS_SUFFIX) || ends_with(path, SHARED_SUFFIX)))
			done = add_by_rings(leftovers, path);
	}
	free(line);
	fclose(maps);
	errno = done ? 0 : ENOMEM;
	return done;
}

static void advise(char *sentence, size_t size, const struct leftovers *found, const char *path)
{
	char buffer[PATH_WORD_BYTES];
	const char *word = page_path_word(buffer, sizeof(buffer), path);
	const struct leftover *live = NULL;
	for (size_t i = 0; i < found->count && live == NULL; i++)
		live = found->list[i].is_live ? &found->list[i] : NULL;
	if (live != NULL)
		snprintf(sentence, size,
		         "process %ld still records it; to see what there is: wscheck snapshot -o TRACE %s",
		         (long)live->process, word);
	else if (found->count == 1)
		snprintf(sentence, size,
		         "its run ended without closing it; to make a trace of what it left: wscheck recover %s", word);
	else
		snprintf(sentence, size, "%zu runs ended without closing it; to see which: wscheck recover %s",
		         found->count, word);
}

bool leftovers_advise(char *sentence, size_t size, const char *path)
{
	struct leftovers found;
	const bool is_one =
	    ends_with(path, TEMPORARY_SUFFIX) || ends_with(path, RINGS_SUFFIX) || ends_with(path, SHARED_SUFFIX);
	if (!is_one && access(path, F_OK) == 0)
		return false;
	const bool left = leftovers_find(&found, path) && found.count > 0;
	if (left)
		advise(sentence, size, &found, path);
	leftovers_free(&found);
	return left;
}

/* --- saving --- */

struct sink {
	FILE *stream;
	int error; /* why a write failed */
};

static enum wsc_status write_bytes(void *context, const void *bytes, size_t size)
{
	struct sink *sink = context;
	if (fwrite(bytes, 1, size, sink->stream) == size)
		return WSC_OK;
	sink->error = errno;
	return WSC_IO;
}

static uint64_t now_stamp(enum wsc_clock clock)
{
	struct timespec now;
	if (clock == WSC_CLOCK_TICKS)
		return wsc_stamp_fenced();
	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}

static enum wsc_status recover(const struct leftover *leftover, struct trace_sink sink,
                               struct trace_recovered *recovered, struct trace_error *err)
{
	struct ring_reader rings;
	struct ring_file_head head = {0};
	if (leftover->rings_fd < 0)
		return trace_recover(sink, leftover->trace_fd, NULL, UINT64_MAX, recovered, err);
	uint64_t until = UINT64_MAX;
	if (leftover->is_live && pread(leftover->rings_fd, &head, sizeof(head), 0) == (ssize_t)sizeof(head))
		until = now_stamp((enum wsc_clock)head.clock);
	enum wsc_status status = ring_reader_open(&rings, leftover->rings_fd, leftover->is_live, err);
	if (status != WSC_OK)
		return status;
	status = trace_recover(sink, leftover->trace_fd, &rings, until, recovered, err);
	ring_reader_free(&rings);
	return status;
}

int leftover_save(const struct leftover *leftover, const char *command, const char *target,
                  struct trace_recovered *recovered)
{
	struct output output;
	struct trace_error err = {0};
	if (!output_open(&output, command, target, OUTPUT_TRACE))
		return EXIT_CODE_TROUBLE;
	struct sink sink = {.stream = output.stream};
	const enum wsc_status status = recover(leftover, (struct trace_sink){write_bytes, &sink}, recovered, &err);
	if (status == WSC_OK)
		return output_commit(&output) ? EXIT_CODE_PASS : EXIT_CODE_TROUBLE;
	output_abandon(&output);
	if (sink.error != 0)
		return command_error(command, "cannot write %s: %s", output_name(target), strerror(sink.error));
	return command_input_error(command, leftover->rings != NULL ? leftover->rings : leftover->temporary, &err);
}
