/* SPDX-License-Identifier: MIT */
/*
 * OpenMP programs of two threads in which it is known which thread does what: the adapter's record of them can be told
 * in advance (tests/cli/openmp.sh). One argument, the name of the program.
 */
#include <omp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

enum { FULL_TASKS = 1000 };
static int is_other_busy, may_other_end, done;

static int read_flag(const int *flag)
{
	int value;
#pragma omp atomic read
	value = *flag;
	return value;
}

static void set_flag(int *flag)
{
#pragma omp atomic write
	*flag = 1;
}

static void wait_for(const int *flag)
{
	while (read_flag(flag) == 0)
		usleep(100);
}

static void count(void)
{
#pragma omp atomic
	done += 1;
}

/* The other thread is in a task that does not end before end_other(). */
static void occupy_other(void)
{
#pragma omp task
	{
		set_flag(&is_other_busy);
		wait_for(&may_other_end);
	}
	wait_for(&is_other_busy);
}

static void end_other(void)
{
	set_flag(&may_other_end);
}

/* The other thread takes the one task. */
static void steal(void)
{
	occupy_other();
	end_other();
}

/* More tasks than libomp's queue holds: the rest run at once. */
static void full(void)
{
	occupy_other();
	for (int i = 0; i < FULL_TASKS; i++) {
#pragma omp task
		count();
	}
	end_other();
}

/* Tasks of a group that is cancelled before any of them has run. */
static void cancel(void)
{
	occupy_other();
#pragma omp taskgroup
	{
		for (int i = 0; i < 10; i++) {
#pragma omp task
			count();
		}
#pragma omp task if (0)
		{
#pragma omp cancel taskgroup
		}
	}
	end_other();
}

/* A chain of three: the first is ready when it is made, the others when the one before is over. */
static void chain(void)
{
	int token = 0;
	occupy_other();
#pragma omp taskgroup
	for (int i = 0; i < 3; i++) {
#pragma omp task depend(inout : token) shared(token)
		token++;
	}
	done = token;
	end_other();
}

/* Never queued: not deferred, and in a final task, and alone. */
static void inline_runs(void)
{
#pragma omp task if (0)
	count();
#pragma omp task final(1) if (0)
	{
#pragma omp task
		count();
	}
#pragma omp parallel num_threads(1)
	{
#pragma omp task
		count();
	}
}

static void in_team(void (*program)(void))
{
#pragma omp parallel num_threads(2)
#pragma omp single
	program();
}

static void exit_in_region(void)
{
	occupy_other();
#pragma omp task
	count();
	exit(3);
}

static void exit_in_task(void)
{
#pragma omp task if (0)
	exit(3);
}

/* Killed while one task runs and one is queued. */
static void killed(void)
{
	occupy_other();
#pragma omp task
	count();
	raise(SIGKILL);
}

/* A child that goes on with OpenMP, and one that does not. */
static void forking(void)
{
	in_team(steal);
	is_other_busy = may_other_end = 0;
	const pid_t pid = fork();
	if (pid == 0) {
		in_team(steal);
		exit(0);
	}
	waitpid(pid, NULL, 0);
	const pid_t idle = fork();
	if (idle == 0)
		_exit(0);
	waitpid(idle, NULL, 0);
	in_team(full);
}

/* More threads than processors, and fewer, with regions within regions. */
static void regions(void)
{
	static const int threads[] = {20, 3, 1, 33, 2};
	omp_set_max_active_levels(2);
	for (size_t i = 0; i < sizeof(threads) / sizeof(*threads); i++) {
#pragma omp parallel num_threads(threads[i])
		{
#pragma omp task
			{
#pragma omp parallel num_threads(2)
				{
#pragma omp task
					count();
				}
			}
		}
	}
}

/* Each thread waits for dependences, in region after region. */
static void waits(void)
{
	for (int i = 0; i < 3; i++) {
#pragma omp parallel num_threads(2)
		{
			char token = 0;
#pragma omp task if (0) depend(inout : token)
			count();
		}
	}
}

int main(int argc, char **argv)
{
	static const struct {
		const char *name;
		void (*run)(void);
		int is_team;
	} programs[] = {
	    {"steal", steal, 1},
	    {"full", full, 1},
	    {"cancel", cancel, 1},
	    {"chain", chain, 1},
	    {"inline", inline_runs, 0},
	    {"exit-in-region", exit_in_region, 1},
	    {"exit-in-task", exit_in_task, 0},
	    {"fork", forking, 0},
	    {"regions", regions, 0},
	    {"waits", waits, 0},
	    {"killed", killed, 1},
	};
	for (size_t i = 0; argc == 2 && i < sizeof(programs) / sizeof(*programs); i++) {
		if (strcmp(argv[1], programs[i].name) != 0)
			continue;
		if (programs[i].is_team)
			in_team(programs[i].run);
		else
			programs[i].run();
		printf("%d\n", done);
		return 0;
	}
	return 2;
}
