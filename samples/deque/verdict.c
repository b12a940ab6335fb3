/* SPDX-License-Identifier: MIT */
#include "verdict.h"

#include <errno.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

/* Removes the last component of a path. False: there is none left. */
static bool go_up(char *path)
{
	char *slash = strrchr(path, '/');

	if (!slash)
		return false;
	*slash = '\0';
	return true;
}

/* Looks in this program's directory and the one above it. */
static bool find_near(char *found, size_t bytes)
{
	char self[PATH_MAX];
	const ssize_t length = readlink("/proc/self/exe", self, sizeof(self) - 1);

	if (length <= 0)
		return false;
	self[length] = '\0';
	for (int i = 0; i < 2 && go_up(self); i++) {
		const int needed = snprintf(found, bytes, "%s/wscheck", self);

		if (needed > 0 && (size_t)needed < bytes && access(found, X_OK) == 0)
			return true;
	}
	return false;
}

int verdict_of(const char *program, const char *trace)
{
	char near[PATH_MAX];
	const char *name = program;
	int status = 0;
	pid_t child;

	if (!name)
		name = find_near(near, sizeof(near)) ? near : "wscheck";
	printf("$ %s analyze %s\n", name, trace);
	fflush(stdout);
	child = fork();
	if (child == 0) {
		execlp(name, name, "analyze", "--", trace, (char *)NULL);
		fprintf(stderr, "deque: cannot run %s: %s (say where it is with --analyze)\n", name, strerror(errno));
		_exit(VERDICT_TROUBLE);
	}
	if (child < 0 || waitpid(child, &status, 0) != child) {
		fprintf(stderr, "deque: cannot run %s: %s\n", name, strerror(errno));
		return VERDICT_TROUBLE;
	}
	if (WIFEXITED(status) && WEXITSTATUS(status) <= VERDICT_INCONCLUSIVE)
		return WEXITSTATUS(status);
	fprintf(stderr, "deque: %s did not come to a verdict\n", name);
	return VERDICT_TROUBLE;
}
