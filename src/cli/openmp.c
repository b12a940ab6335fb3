/* SPDX-License-Identifier: MIT */
#include "openmp.h"

#include <dlfcn.h>
#include <elf.h>
#include <errno.h>
#include <fcntl.h>
#include <glob.h>
#include <limits.h>
#include <link.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "read_whole.h"

#define ADAPTER "libwscheck-ompt.so"

/* --- which libraries a program links --- */

/* Where execvp() finds `name`; false if nowhere. */
static bool find_program(const char *name, char path[PATH_MAX])
{
	const char *search = getenv("PATH");
	if (strchr(name, '/') || !search)
		return snprintf(path, PATH_MAX, "%s", name) < PATH_MAX;
	while (*search) {
		const int length = (int)strcspn(search, ":");
		if (snprintf(path, PATH_MAX, "%.*s%s%s", length, search, length > 0 ? "/" : "", name) < PATH_MAX &&
		    access(path, X_OK) == 0)
			return true;
		search += length;
		search += *search == ':';
	}
	return false;
}

static bool read_at(int fd, void *to, size_t size, ElfW(Off) offset)
{
	return offset <= INT64_MAX && read_whole(fd, to, size, offset) == (ssize_t)size;
}

/* The loader that a dynamic program of this machine's own kind names. */
static bool find_loader(int fd, char loader[PATH_MAX])
{
	ElfW(Ehdr) head;
	if (!read_at(fd, &head, sizeof(head), 0) || memcmp(head.e_ident, ELFMAG, SELFMAG) != 0 ||
	    head.e_ident[EI_CLASS] != (sizeof(void *) == 8 ? ELFCLASS64 : ELFCLASS32) ||
	    head.e_phentsize != sizeof(ElfW(Phdr)))
		return false;
	for (unsigned i = 0; i < head.e_phnum; i++) {
		ElfW(Phdr) part;
		if (!read_at(fd, &part, sizeof(part), head.e_phoff + i * sizeof(part)))
			return false;
		if (part.p_type != PT_INTERP)
			continue;
		if (part.p_filesz == 0 || part.p_filesz > PATH_MAX ||
		    !read_at(fd, loader, part.p_filesz, part.p_offset))
			return false;
		loader[part.p_filesz - 1] = '\0';
		return loader[0] == '/';
	}
	return false;
}

/* Starts `loader --list path`, which loads the program's libraries, names them, and runs nothing. */
static FILE *list_libraries(const char *loader, const char *path, pid_t *pid)
{
	extern char **environ;
	int ends[2];
	char *const argv[] = {(char[]){"ld.so"}, (char[]){"--list"}, (char *)(uintptr_t)path, NULL};
	posix_spawn_file_actions_t actions;
	if (pipe2(ends, O_CLOEXEC) != 0)
		return NULL;
	posix_spawn_file_actions_init(&actions);
	posix_spawn_file_actions_adddup2(&actions, ends[1], STDOUT_FILENO);
	posix_spawn_file_actions_addopen(&actions, STDERR_FILENO, "/dev/null", O_WRONLY, 0);
	const int error = posix_spawn(pid, loader, &actions, NULL, argv, environ);
	posix_spawn_file_actions_destroy(&actions);
	close(ends[1]);
	FILE *list = error == 0 ? fdopen(ends[0], "r") : NULL;
	if (!list)
		close(ends[0]);
	return list;
}

static bool starts_with(const char *line, const char *name)
{
	line += strspn(line, " \t");
	const char *slash = strrchr(line, '/'); /* a library that is named by its path */
	const char *arrow = strstr(line, " => ");
	if (slash && !arrow)
		line = slash + 1;
	return strncmp(line, name, strlen(name)) == 0;
}

struct openmp_links openmp_links(const char *name)
{
	struct openmp_links links = {0};
	char path[PATH_MAX], loader[PATH_MAX], line[PATH_MAX];
	pid_t pid;
	if (!find_program(name, path))
		return links;
	const int fd = open(path, O_RDONLY | O_CLOEXEC);
	const bool has_loader = fd != -1 && find_loader(fd, loader);
	if (fd != -1)
		close(fd);
	FILE *list = has_loader ? list_libraries(loader, path, &pid) : NULL;
	if (!list)
		return links;
	while (fgets(line, sizeof(line), list)) {
		links.gomp = links.gomp || starts_with(line, "libgomp.so");
		links.llvm = links.llvm || starts_with(line, "libomp.so") || starts_with(line, "libomp5.so") ||
		             starts_with(line, "libiomp5.so");
	}
	fclose(list);
	while (waitpid(pid, NULL, 0) == -1 && errno == EINTR)
		continue;
	return links;
}

/* --- what is to be loaded --- */

static char *first_match(const char *directory, const char *rest)
{
	char pattern[PATH_MAX];
	glob_t found = {0};
	if (snprintf(pattern, sizeof(pattern), "%s/%s", directory, rest) >= (int)sizeof(pattern))
		return NULL;
	char *path = glob(pattern, 0, NULL, &found) == 0 ? strdup(found.gl_pathv[0]) : NULL;
	globfree(&found);
	return path;
}

char *openmp_adapter(void)
{
	static const char *const places[] = {ADAPTER, "../lib/wscheck/" ADAPTER, "../lib64/wscheck/" ADAPTER,
	                                     "../lib/*-linux-*/wscheck/" ADAPTER};
	char program[PATH_MAX];
	const ssize_t length = readlink("/proc/self/exe", program, sizeof(program) - 1);
	if (length <= 0)
		return NULL;
	program[length] = '\0';
	*strrchr(program, '/') = '\0';
	char *path = NULL;
	for (size_t i = 0; i < sizeof(places) / sizeof(*places) && !path; i++)
		path = first_match(program, places[i]);
	char *real = path ? realpath(path, NULL) : NULL;
	free(path);
	return real;
}

bool openmp_is_library(const char *name)
{
	void *library = dlopen(name, RTLD_LAZY | RTLD_LOCAL);
	if (library)
		dlclose(library);
	return library != NULL;
}

char *openmp_libomp(void)
{
	static const char *const names[] = {"libomp.so.5", "libomp.so"};
	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++) {
		void *library = dlopen(names[i], RTLD_LAZY | RTLD_LOCAL);
		struct link_map *map = NULL;
		if (!library)
			continue;
		char *path = dlinfo(library, RTLD_DI_LINKMAP, &map) == 0 ? strdup(map->l_name) : NULL;
		dlclose(library);
		return path;
	}
	return NULL;
}
