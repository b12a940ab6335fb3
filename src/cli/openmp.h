/* SPDX-License-Identifier: MIT */
/*
 * How an OpenMP program that knows nothing of wscheck is made to record itself: the adapter is an OMPT tool, which
 * LLVM's libomp loads where OMP_TOOL_LIBRARIES says; a program that was linked with GCC's libgomp gets libomp in its
 * place, whose GOMP_* entry points do the same.
 */
#ifndef CLI_OPENMP_H
#define CLI_OPENMP_H

#include <stdbool.h>

/* Which OpenMP libraries a program's loader would load, by themselves or for another library. */
struct openmp_links {
	bool gomp, llvm;
};

/* `name` as execvp() finds it. */
struct openmp_links openmp_links(const char *name);

/* The adapter beside this program: built, or installed. An allocated path, or NULL. */
char *openmp_adapter(void);

/* The file that the dynamic loader would take for LLVM's libomp, allocated; NULL if there is none. */
char *openmp_libomp(void);

/* Whether the dynamic loader finds a library of that name. */
bool openmp_is_library(const char *name);

#endif
