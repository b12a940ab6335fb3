/* SPDX-License-Identifier: MIT */
/*
 * Small programs of OpenMP tasks, each with a result that can be checked. Nothing here knows of wscheck.
 * Each kernel returns whether its result is right; `size` is how much there is to do.
 */
#ifndef KERNELS_H
#define KERNELS_H

#include <stdbool.h>

bool kernel_fib(unsigned size);      /* a task for each call; its parent waits for it */
bool kernel_queens(unsigned size);   /* tasks in a taskgroup, as deep as the board is large */
bool kernel_sort(unsigned size);     /* merge sort: tasks that are final, or not deferred, at the leaves */
bool kernel_pipeline(unsigned size); /* stages and items: tasks with dependences */
bool kernel_loops(unsigned size);    /* taskloops, with a reduction and without, and a full queue */
bool kernel_untied(unsigned size);   /* untied tasks that yield: they may go on on another thread */
bool kernel_search(unsigned size);   /* a taskgroup that is cancelled, if OMP_CANCELLATION=true */
bool kernel_priority(unsigned size); /* tasks of several priorities */
bool kernel_nested(unsigned size);   /* tasks in parallel regions within tasks of others */
bool kernel_events(unsigned size);   /* detached tasks, if the compiler has them */

#endif
