/* SPDX-License-Identifier: MIT */
#include "trace_files.h"

#include <fnmatch.h>
#include <glob.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define ANY_NUMBER "[0-9]*"

/* For glob(): what has a meaning there is escaped. Allocated, or NULL. */
static char *as_glob(const char *pattern, const char *suffix)
{
	char *glob_pattern = malloc(strlen(pattern) * sizeof(ANY_NUMBER) + strlen(suffix) + 1);
	if (!glob_pattern)
		return NULL;
	char *to = glob_pattern;
	for (const char *from = pattern; *from; from++) {
		if (from[0] == '%' && from[1] == 'p') {
			memcpy(to, ANY_NUMBER, sizeof(ANY_NUMBER) - 1);
			to += sizeof(ANY_NUMBER) - 1;
			from++;
			continue;
		}
		if (from[0] == '%' && from[1] == '%')
			from++;
		if (strchr("*?[]\\", *from))
			*to++ = '\\';
		*to++ = *from;
	}
	memcpy(to, suffix, strlen(suffix) + 1);
	return glob_pattern;
}

/* glob() can't say "digits only": what each %p stands for is looked at here. */
static bool is_of(const char *path, const char *pattern, const char *suffix)
{
	for (; *pattern; pattern++) {
		if (pattern[0] == '%' && pattern[1] == 'p') {
			const size_t digits = strspn(path, "0123456789");
			if (digits == 0)
				return false;
			path += digits;
			pattern++;
			continue;
		}
		if (pattern[0] == '%' && pattern[1] == '%')
			pattern++;
		if (*path++ != *pattern)
			return false;
	}
	return fnmatch(suffix, path, 0) == 0;
}

static int by_time(const void *left, const void *right)
{
	const struct trace_file *a = left, *b = right;
	if (a->stat.st_mtim.tv_sec != b->stat.st_mtim.tv_sec)
		return a->stat.st_mtim.tv_sec < b->stat.st_mtim.tv_sec ? -1 : 1;
	if (a->stat.st_mtim.tv_nsec != b->stat.st_mtim.tv_nsec)
		return a->stat.st_mtim.tv_nsec < b->stat.st_mtim.tv_nsec ? -1 : 1;
	return strcmp(a->path, b->path);
}

static bool take(struct trace_files *found, const glob_t *matches, const char *pattern, const char *suffix)
{
	found->files = calloc(matches->gl_pathc + 1, sizeof(*found->files));
	if (!found->files)
		return false;
	for (size_t i = 0; i < matches->gl_pathc; i++) {
		struct trace_file *file = &found->files[found->count];
		if (!is_of(matches->gl_pathv[i], pattern, suffix) || lstat(matches->gl_pathv[i], &file->stat) != 0)
			continue;
		file->path = strdup(matches->gl_pathv[i]);
		if (!file->path)
			return false;
		found->count++;
	}
	qsort(found->files, found->count, sizeof(*found->files), by_time);
	return true;
}

bool trace_files_find(struct trace_files *found, const char *pattern, const char *suffix)
{
	glob_t matches = {0};
	*found = (struct trace_files){0};
	char *glob_pattern = as_glob(pattern, suffix);
	if (!glob_pattern)
		return false;
	const int error = glob(glob_pattern, GLOB_NOSORT, NULL, &matches);
	free(glob_pattern);
	const bool done = error == GLOB_NOMATCH || (error == 0 && take(found, &matches, pattern, suffix));
	globfree(&matches);
	return done;
}

static bool is_same(const struct trace_file *a, const struct trace_file *b)
{
	return a->stat.st_dev == b->stat.st_dev && a->stat.st_ino == b->stat.st_ino &&
	       a->stat.st_size == b->stat.st_size && a->stat.st_mtim.tv_sec == b->stat.st_mtim.tv_sec &&
	       a->stat.st_mtim.tv_nsec == b->stat.st_mtim.tv_nsec && strcmp(a->path, b->path) == 0;
}

void trace_files_keep_new(struct trace_files *found, const struct trace_files *before)
{
	size_t kept = 0;
	for (size_t i = 0; i < found->count; i++) {
		bool is_old = false;
		for (size_t j = 0; j < before->count && !is_old; j++)
			is_old = is_same(&found->files[i], &before->files[j]);
		if (is_old)
			free(found->files[i].path);
		else
			found->files[kept++] = found->files[i];
	}
	found->count = kept;
}

void trace_files_free(struct trace_files *files)
{
	for (size_t i = 0; i < files->count; i++)
		free(files->files[i].path);
	free(files->files);
	*files = (struct trace_files){0};
}

/* The current directory, with each percent sign doubled; allocated. */
static char *here(void)
{
	char *directory = getcwd(NULL, 0);
	char *doubled = directory ? malloc(2 * strlen(directory) + 1) : NULL;
	if (doubled) {
		char *to = doubled;
		for (const char *from = directory; *from; from++) {
			if (*from == '%')
				*to++ = '%';
			*to++ = *from;
		}
		*to = '\0';
	}
	free(directory);
	return doubled;
}

char *trace_files_plain(const char *pattern, size_t size)
{
	char *path = calloc(size + 1, 1), *to = path;
	for (size_t i = 0; path && i < size; i++) {
		if (pattern[i] == '%' && pattern[i + 1] == 'p') {
			free(path);
			return NULL;
		}
		i += pattern[i] == '%' && pattern[i + 1] == '%';
		*to++ = pattern[i];
	}
	return path;
}

char *trace_files_absolute(const char *pattern)
{
	char *path = NULL;
	if (pattern[0] == '/')
		return strdup(pattern);
	char *directory = here();
	if (directory && asprintf(&path, "%s/%s", strcmp(directory, "/") == 0 ? "" : directory, pattern) == -1)
		path = NULL;
	free(directory);
	return path;
}
