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
#include <unistd.h>

#include "command.h"
#include "memory.h"
#include "output.h"
#include "page.h"
#include "read_whole.h"
#include "recorder_process.h"
#include "trace_recover.h"
#include "wscheck/record.h"

enum { RANDOM_DIGITS = 8, PID_DIGITS_MAX = 10, PATH_WORD_BYTES = 1000 };
/* Parts of a trace that is being recorded are opened again if they changed their names meanwhile. */
enum { OPEN_TRIES = 100 };

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

/* Whether what could not be opened is not there, or not the user's own: then it is left aside. */
static bool is_absence(int error)
{
	return error == ENOENT || error == ENOTDIR || error == EACCES || error == EPERM || error == ELOOP ||
	       error == ENXIO;
}

/* A regular file of the user's own (or of anybody's, for root), or -1. What else is in the way goes to *error. */
static int open_own(const char *path, int *error)
{
	struct stat status;
	const int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
	if (fd < 0) {
		*error = is_absence(errno) ? *error : errno;
		return -1;
	}
	if (fstat(fd, &status) == 0 && S_ISREG(status.st_mode) && (geteuid() == 0 || status.st_uid == geteuid()))
		return fd;
	close(fd);
	return -1;
}

/* An empty list and a directory that can't be read are not the same. True: the directory is read, or not there. */
static bool is_read(const DIR *directory)
{
	return directory != NULL || is_absence(errno);
}

/* False, and errno: there was an error. */
static bool is_none(int error)
{
	errno = error;
	return error == 0;
}

static void close_file(int *fd)
{
	if (*fd >= 0)
		close(*fd);
	*fd = -1;
}

static void leftover_free(struct leftover *leftover)
{
	free(leftover->final);
	free(leftover->temporary);
	free(leftover->older);
	free(leftover->rings);
	close_file(&leftover->trace_fd);
	close_file(&leftover->older_fd);
	close_file(&leftover->rings_fd);
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
	const int size = (int)(strlen(tail) - strlen(RING_FILE_TRACE_SUFFIX));
	const int before = (int)(tail - leftover->temporary);
	char *places[2] = {NULL, NULL};
	if (asprintf(&places[0], RING_FILE_SHARED_DIRECTORY RING_FILE_SHARED_PREFIX "%.*s" RING_FILE_SHARED_SUFFIX,
	             size, tail) < 0) {
		places[0] = NULL;
		leftover->error = ENOMEM;
	}
	if (asprintf(&places[1], "%.*s%.*s" RING_FILE_RINGS_SUFFIX, before, leftover->temporary, size, tail) < 0) {
		places[1] = NULL;
		leftover->error = ENOMEM;
	}
	for (int i = 0; i < 2; i++) {
		if (leftover->rings == NULL && places[i] != NULL)
			leftover->rings_fd = open_own(places[i], &leftover->error);
		if (leftover->rings == NULL && leftover->rings_fd >= 0)
			leftover->rings = places[i];
		else
			free(places[i]);
	}
	leftover->is_live = leftover->rings_fd >= 0 ? recorder_lives(leftover->rings_fd)
	                                            : recorder_has_open(leftover->process, leftover->trace_fd);
}

/* Whether a name stands for what was opened by it, or still for nothing that could be. */
static bool is_still(const char *path, int fd)
{
	struct stat named, opened;
	const bool is_there = lstat(path, &named) == 0 && S_ISREG(named.st_mode);
	if (fd < 0)
		return !is_there;
	return is_there && fstat(fd, &opened) == 0 && named.st_dev == opened.st_dev && named.st_ino == opened.st_ino;
}

/* The trace, in one part or two as they belong together. */
static void open_parts(struct leftover *leftover)
{
	for (unsigned i = 0; i < OPEN_TRIES; i++) {
		close_file(&leftover->older_fd);
		close_file(&leftover->trace_fd);
		leftover->older_fd = open_own(leftover->older, &leftover->error);
		leftover->trace_fd = open_own(leftover->temporary, &leftover->error);
		if (is_still(leftover->older, leftover->older_fd) && is_still(leftover->temporary, leftover->trace_fd))
			return;
	}
}

/* Room for one more at the end of the list; NULL: no memory. */
static struct leftover *next_place(struct leftovers *leftovers)
{
	if (leftovers->count == leftovers->capacity) {
		const size_t capacity = leftovers->capacity == 0 ? 8 : leftovers->capacity * 2;
		struct leftover *grown = realloc(leftovers->list, capacity * sizeof(*grown));
		if (grown == NULL)
			return NULL;
		leftovers->list = grown;
		leftovers->capacity = capacity;
	}
	struct leftover *place = &leftovers->list[leftovers->count];
	*place = (struct leftover){.trace_fd = -1, .older_fd = -1, .rings_fd = -1};
	return place;
}

/* The ".PID.RANDOM" and suffix at the end of a path, or its end if it has no such thing. */
static const char *tail_of(const char *path, const char *suffix)
{
	const char *tail = path + strlen(path);
	for (int dots = 0; dots < 3 && tail > path;)
		dots += *--tail == '.';
	return is_tail(tail, suffix) ? tail : path + strlen(path);
}

static bool is_listed(const struct leftovers *leftovers, const char *temporary)
{
	for (size_t i = 0; i < leftovers->count; i++) {
		if (strcmp(leftovers->list[i].temporary, temporary) == 0)
			return true;
	}
	return false;
}

/* Adds what belongs to the temporary trace of this path; nothing if that is not one. */
static bool add(struct leftovers *leftovers, const char *temporary)
{
	const char *tail = tail_of(temporary, RING_FILE_TRACE_SUFFIX);
	if (*tail == '\0' || is_listed(leftovers, temporary))
		return true;
	struct leftover *leftover = next_place(leftovers);
	if (leftover == NULL)
		return false;
	const int whole = (int)(strlen(temporary) - strlen(RING_FILE_TRACE_SUFFIX));
	leftover->temporary = strdup(temporary);
	leftover->final = strndup(temporary, (size_t)(tail - temporary));
	if (asprintf(&leftover->older, "%.*s" RING_FILE_OLDER_SUFFIX, whole, temporary) < 0)
		leftover->older = NULL;
	leftover->process = (pid_t)strtol(tail + 1, NULL, 10);
	leftovers->count++;
	if (leftover->temporary == NULL || leftover->final == NULL || leftover->older == NULL)
		return false;
	open_parts(leftover);
	find_rings(leftover, leftover->temporary + (tail - temporary));
	const int error = leftover->error;
	if (leftover->trace_fd < 0 && leftover->older_fd < 0 && leftover->rings_fd < 0)
		leftover_free(&leftovers->list[--leftovers->count]);
	return is_none(error);
}

/* The same by the name that its older part has. */
static bool add_by_older(struct leftovers *leftovers, const char *older)
{
	char *temporary;
	const int whole = (int)(strlen(older) - strlen(RING_FILE_OLDER_SUFFIX));
	if (asprintf(&temporary, "%.*s" RING_FILE_TRACE_SUFFIX, whole, older) < 0)
		return false;
	const bool done = add(leftovers, temporary);
	free(temporary);
	return done;
}

/*
 * Reads the path of the temporary trace that a rings' file names, and whether the file is another user's. False: it is none,
 * or names none, or *error.
 */
static bool read_path(const char *rings, char path[RING_FILE_PATH_BYTES_MAX + 1], bool *is_of_other, int *error)
{
	struct ring_file_head head;
	struct stat status;
	const int fd = open_own(rings, error);
	if (fd < 0)
		return false;
	*is_of_other = fstat(fd, &status) != 0 || status.st_uid != geteuid();
	const ssize_t size = read_whole(fd, &head, sizeof(head), 0);
	if (size < 0)
		*error = errno;
	close(fd);
	if (size != (ssize_t)sizeof(head) || memcmp(head.magic, RING_FILE_MAGIC, RING_FILE_MAGIC_BYTES) != 0 ||
	    memchr(head.path, '\0', sizeof(head.path)) == NULL || head.path[0] != '/')
		return false;
	memcpy(path, head.path, sizeof(head.path));
	return true;
}

static bool add_by_rings(struct leftovers *leftovers, const char *rings)
{
	char path[RING_FILE_PATH_BYTES_MAX + 1];
	bool is_of_other;
	int error = 0;
	const size_t before = leftovers->count;
	if (!read_path(rings, path, &is_of_other, &error))
		return is_none(error);
	const bool done = add(leftovers, path);
	if (done && leftovers->count > before)
		leftovers->list[before].final_is_of_other = is_of_other;
	return done;
}

static int compare(const void *a, const void *b)
{
	return strcmp(((const struct leftover *)a)->temporary, ((const struct leftover *)b)->temporary);
}

/* By what lies beside the trace. */
static bool find_beside(struct leftovers *leftovers, const char *prefix, const char *name)
{
	const struct dirent *entry;
	DIR *directory = opendir(*prefix != '\0' ? prefix : ".");
	bool done = is_read(directory);
	while (done && directory != NULL && (entry = readdir(directory)) != NULL) {
		const size_t size = match(entry->d_name, name);
		const bool is_older = size > 0 && is_tail(entry->d_name + size, RING_FILE_OLDER_SUFFIX);
		char *path = NULL;
		if (size == 0 || (!is_older && !is_tail(entry->d_name + size, RING_FILE_TRACE_SUFFIX)))
			continue;
		done = asprintf(&path, "%s%s", prefix, entry->d_name) >= 0;
		done = done && (is_older ? add_by_older(leftovers, path) : add(leftovers, path));
		free(path);
	}
	if (directory != NULL)
		closedir(directory);
	return done;
}

/* Whether a temporary trace of that absolute path is one of NAME in that directory. */
static bool is_of(const char *temporary, const char *directory, const char *name)
{
	const size_t size = strlen(directory);
	if (strncmp(temporary, directory, size) != 0)
		return false;
	temporary += size;
	temporary += *temporary == '/';
	const size_t length = match(temporary, name);
	return length > 0 && is_tail(temporary + length, RING_FILE_TRACE_SUFFIX);
}

/* Whether they are those of one on the list. */
static bool has_rings(const struct leftovers *leftovers, const char *rings)
{
	for (size_t i = 0; i < leftovers->count; i++) {
		if (leftovers->list[i].rings != NULL && strcmp(leftovers->list[i].rings, rings) == 0)
			return true;
	}
	return false;
}

/* By rings in memory, whose trace may have been removed; `directory` NULL: those of all traces. */
static bool find_in_memory(struct leftovers *leftovers, const char *directory, const char *name)
{
	char path[RING_FILE_PATH_BYTES_MAX + 1], rings[sizeof(RING_FILE_SHARED_DIRECTORY) + NAME_MAX];
	const struct dirent *entry;
	DIR *shared = opendir(RING_FILE_SHARED_DIRECTORY);
	bool done = is_read(shared);
	while (done && shared != NULL && (entry = readdir(shared)) != NULL) {
		const size_t prefix = strlen(RING_FILE_SHARED_PREFIX);
		if (strncmp(entry->d_name, RING_FILE_SHARED_PREFIX, prefix) != 0 ||
		    !is_tail(entry->d_name + prefix, RING_FILE_SHARED_SUFFIX))
			continue;
		snprintf(rings, sizeof(rings), RING_FILE_SHARED_DIRECTORY "%s", entry->d_name);
		if (has_rings(leftovers, rings))
			continue;
		bool is_of_other;
		int error = 0;
		const bool has_path = read_path(rings, path, &is_of_other, &error);
		done = is_none(error);
		if (has_path && (directory == NULL || is_of(path, directory, name)))
			done = add(leftovers, path);
	}
	if (shared != NULL)
		closedir(shared);
	return done;
}

static void sort(struct leftovers *leftovers)
{
	if (leftovers->count > 1)
		qsort(leftovers->list, leftovers->count, sizeof(*leftovers->list), compare);
}

bool leftovers_find(struct leftovers *leftovers, const char *path)
{
	*leftovers = (struct leftovers){0};
	if (ends_with(path, RING_FILE_TRACE_SUFFIX))
		return add(leftovers, path);
	if (ends_with(path, RING_FILE_OLDER_SUFFIX))
		return add_by_older(leftovers, path);
	if (ends_with(path, RING_FILE_RINGS_SUFFIX) || ends_with(path, RING_FILE_SHARED_SUFFIX))
		return add_by_rings(leftovers, path);
	const char *slash = strrchr(path, '/'), *name = slash != NULL ? slash + 1 : path;
	char *prefix = strndup(path, (size_t)(name - path));
	if (prefix == NULL)
		return false;
	bool done = find_beside(leftovers, prefix, name);
	char *directory = done ? realpath(*prefix != '\0' ? prefix : ".", NULL) : NULL;
	if (directory != NULL)
		done = find_in_memory(leftovers, directory, name);
	else
		done = done && is_absence(errno);
	free(directory);
	free(prefix);
	sort(leftovers);
	return done;
}

bool leftovers_find_all(struct leftovers *leftovers)
{
	*leftovers = (struct leftovers){0};
	const bool done = find_in_memory(leftovers, NULL, NULL);
	sort(leftovers);
	return done;
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
		if (path != NULL && strstr(path, "wscheck") != NULL && !has_rings(leftovers, path) &&
		    (ends_with(path, RING_FILE_RINGS_SUFFIX) || ends_with(path, RING_FILE_SHARED_SUFFIX)))
			done = add_by_rings(leftovers, path);
	}
	const int error = done && !ferror(maps) ? 0 : errno;
	free(line);
	fclose(maps);
	return is_none(error);
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
		snprintf(sentence, size, "%zu runs ended without closing it; to see which: wscheck recover --list %s",
		         found->count, word);
}

bool leftovers_advise(char *sentence, size_t size, const char *path)
{
	struct leftovers found;
	const bool is_one = ends_with(path, RING_FILE_TRACE_SUFFIX) || ends_with(path, RING_FILE_OLDER_SUFFIX) ||
	                    ends_with(path, RING_FILE_RINGS_SUFFIX) || ends_with(path, RING_FILE_SHARED_SUFFIX);
	if (!is_one && access(path, F_OK) == 0)
		return false;
	const bool left = leftovers_find(&found, path) && found.count > 0;
	if (left)
		advise(sentence, size, &found, path);
	leftovers_free(&found);
	return left;
}

/* --- saving --- */

static uint64_t now_stamp(enum wsc_clock clock)
{
	return clock == WSC_CLOCK_TICKS ? wsc_stamp_fenced() : wsc_clock_ns();
}

static enum wsc_status recover(struct leftover *leftover, struct trace_sink sink, struct trace_recovered *recovered,
                               struct trace_error *err)
{
	struct ring_reader rings;
	struct ring_file_head head = {0};
	struct trace_recover_from from = {.until = UINT64_MAX};
	if (leftover->rings_fd >= 0) {
		if (leftover->is_live &&
		    read_whole(leftover->rings_fd, &head, sizeof(head), 0) == (ssize_t)sizeof(head))
			from.until = now_stamp((enum wsc_clock)head.clock);
		enum wsc_status status = ring_reader_open(&rings, leftover->rings_fd, leftover->is_live, err);
		if (status != WSC_OK)
			return status;
		from.rings = &rings;
		if (leftover->is_live)
			open_parts(leftover); /* events go from the rings to these */
	}
	from.trace_fd = leftover->trace_fd;
	from.older_fd = leftover->older_fd;
	const enum wsc_status status = trace_recover(sink, &from, recovered, err);
	if (from.rings != NULL)
		ring_reader_free(from.rings);
	return status;
}

int leftover_save(struct leftover *leftover, const char *command, const char *target, struct trace_recovered *recovered)
{
	struct output output;
	struct trace_error err = {0};
	if (!output_open(&output, command, target, OUTPUT_TRACE))
		return EXIT_CODE_TROUBLE;
	const enum wsc_status status = recover(leftover, output_sink(&output), recovered, &err);
	if (status == WSC_OK)
		return output_commit(&output) ? EXIT_CODE_PASS : EXIT_CODE_TROUBLE;
	output_abandon(&output);
	if (output.error != 0)
		return command_error(command, "cannot write %s: %s", output_name(target),
		                     memory_strerror(output.error));
	return command_error(command, "%s: %s", leftover->rings != NULL ? leftover->rings : leftover->temporary,
	                     err.status == WSC_NOMEM ? memory_wrong() : err.message);
}
