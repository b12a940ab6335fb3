/* SPDX-License-Identifier: MIT */
/*
 * OpenMP tasks of many kinds, for `wscheck record`; in this directory:
 *
 *	clang -O2 -fopenmp *.c -o tasks       (or gcc)
 *	wscheck record --analyze -- ./tasks fib
 *
 * usage: tasks KERNEL [SIZE]    exit code 1 if the kernel's result is wrong
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "kernels.h"

static const struct {
	const char *name;
	bool (*run)(unsigned size);
	unsigned size;
} kernels[] = {
    {"fib", kernel_fib, 8},        {"queens", kernel_queens, 8},
    {"sort", kernel_sort, 50},     {"pipeline", kernel_pipeline, 20},
    {"loops", kernel_loops, 4},    {"untied", kernel_untied, 9},
    {"search", kernel_search, 20}, {"priority", kernel_priority, 20},
    {"nested", kernel_nested, 20}, {"events", kernel_events, 100},
};

static int print_help(void)
{
	printf("usage: tasks KERNEL [SIZE]\n\nkernels:");
	for (size_t i = 0; i < sizeof(kernels) / sizeof(*kernels); i++)
		printf(" %s", kernels[i].name);
	printf("\n\nexit status: 0 the result is right, 1 it is wrong, 2 usage\n");
	return 0;
}

int main(int argc, char **argv)
{
	if (argc > 1 && (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-h") == 0))
		return print_help();
	for (size_t i = 0; i < sizeof(kernels) / sizeof(*kernels); i++) {
		if (argc < 2 || argc > 3 || strcmp(argv[1], kernels[i].name) != 0)
			continue;
		const unsigned long size = argc > 2 ? strtoul(argv[2], NULL, 10) : kernels[i].size;
		if (size == 0 || size > 100000)
			break;
		const bool is_right = kernels[i].run((unsigned)size);
		printf("%s: %s\n", argv[1], is_right ? "right" : "wrong");
		return is_right ? 0 : 1;
	}
	fputs("tasks: no such kernel, or no size from 1 to 100000 (see tasks --help)\n", stderr);
	return 2;
}
