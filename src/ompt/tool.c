/* SPDX-License-Identifier: MIT */
/*
 * The OpenMP adapter: a tool in the sense of OMPT (OpenMP 5.0, chapter 4),
 * which LLVM's libomp loads where OMP_TOOL_LIBRARIES says, and which records
 * what its scheduler does with tasks. The program need not know.
 */
#include <omp-tools.h>
#include <stddef.h>
#include <stdlib.h>

#include "session.h"
#include "task.h"
#include "thread.h"

static void on_thread_begin(ompt_thread_t type, ompt_data_t *data)
{
	(void)data;
	thread_begin(type == ompt_thread_initial ? "initial" : type == ompt_thread_worker ? "worker" : "other");
}

static void on_thread_end(ompt_data_t *data)
{
	(void)data;
	thread_end();
}

static void on_parallel_begin(ompt_data_t *task, const ompt_frame_t *frame, ompt_data_t *parallel, unsigned wanted,
                              int flags, const void *code)
{
	(void)frame;
	(void)parallel;
	(void)wanted;
	(void)flags;
	(void)code;
	task_settle(thread_self(), task);
	session_region_begins();
}

static void on_parallel_end(ompt_data_t *parallel, ompt_data_t *task, int flags, const void *code)
{
	(void)parallel;
	(void)flags;
	(void)code;
	task_settle(thread_self(), task);
	session_region_ends();
}

static void on_implicit_task(ompt_scope_endpoint_t endpoint, ompt_data_t *parallel, ompt_data_t *task, unsigned size,
                             unsigned index, int flags)
{
	(void)parallel;
	(void)size;
	(void)index;
	(void)flags;
	(void)task;
	struct thread *thread = thread_self();
	task_settle(thread, NULL);
	if (endpoint == ompt_scope_begin)
		task_implicit_begins(thread);
	else
		task_implicit_ends(thread);
}

/* Waiting: a thread runs other tasks meanwhile. That it waits is what is of interest here. */
static void on_sync_region(ompt_sync_region_t kind, ompt_scope_endpoint_t endpoint, ompt_data_t *parallel,
                           ompt_data_t *task, const void *code)
{
	(void)kind;
	(void)endpoint;
	(void)parallel;
	(void)code;
	task_settle(thread_self(), task);
}

static void on_task_create(ompt_data_t *task, const ompt_frame_t *frame, ompt_data_t *created, int flags,
                           int has_dependences, const void *code)
{
	(void)frame;
	(void)code;
	struct thread *thread = thread_self();
	(void)task; /* of a taskloop's tasks: not what the thread is in */
	task_settle(thread, NULL);
	if ((flags & ompt_task_explicit) != 0)
		task_create(thread, created, flags, has_dependences != 0);
}

static void on_task_dependence(ompt_data_t *source, ompt_data_t *sink)
{
	task_depend(source, sink);
}

static void on_task_schedule(ompt_data_t *prior, ompt_task_status_t status, ompt_data_t *next)
{
	if (next == NULL) { /* nothing is scheduled: a wait is over, or an event fulfilled, whatever the status says */
		if (status != ompt_taskwait_complete && status != ompt_task_early_fulfill)
			task_fulfil(thread_self_if_attached(), prior);
	} else if (status == ompt_task_complete || status == ompt_task_cancel || status == ompt_task_detach) {
		task_finish(thread_self(), prior, status);
	} else {
		task_switch(thread_self(), prior, status, next);
	}
}

#define CALLBACK(name)                                                                                                 \
	{                                                                                                              \
		ompt_callback_##name, (ompt_callback_t)on_##name                                                       \
	}
static const struct {
	ompt_callbacks_t event;
	ompt_callback_t callback;
} callbacks[] = {
    CALLBACK(thread_begin),
    CALLBACK(thread_end),
    CALLBACK(parallel_begin),
    CALLBACK(parallel_end),
    CALLBACK(implicit_task),
    CALLBACK(task_create),
    CALLBACK(task_schedule),
    CALLBACK(task_dependence),
    {ompt_callback_sync_region_wait, (ompt_callback_t)on_sync_region},
};

/*
 * Whether the program ends where it has not come to an end: inside a parallel
 * region or a task. Who leaves it there has lost no work, and of what other
 * threads do the rest is not heard.
 */
static bool is_cut_short(void)
{
	const struct thread *thread = thread_self_if_attached();
	return session_has_regions() || (thread != NULL && task_is_inside(thread));
}

/*
 * Before the first destructor, libomp's among them. What is cut short is closed
 * now: while other threads run on, libomp takes itself apart under them, and
 * the time from then to the program's end must not grow.
 */
static void at_exit(void)
{
	if (is_cut_short())
		session_close(WSC_END_CUT);
}

static void end_session(void)
{
	session_close(is_cut_short() ? WSC_END_CUT : WSC_END_CLEAN);
}

static const char *runtime;

static int initialize(ompt_function_lookup_t look_up, int device, ompt_data_t *data)
{
	(void)device;
	(void)data;
	const ompt_set_callback_t set = (ompt_set_callback_t)look_up("ompt_set_callback");
	if (set == NULL || !session_open(runtime))
		return 0;
	atexit(at_exit);
	for (size_t i = 0; i < sizeof(callbacks) / sizeof(*callbacks); i++)
		set(callbacks[i].event, callbacks[i].callback);
	return 1;
}

static void finalize(ompt_data_t *data)
{
	(void)data;
	end_session();
}

/* After libomp's, which does not call finalize() in every case. */
__attribute__((destructor)) static void end_with_program(void)
{
	end_session();
}

__attribute__((visibility("default"))) ompt_start_tool_result_t *ompt_start_tool(unsigned version,
                                                                                 const char *runtime_version);
ompt_start_tool_result_t *ompt_start_tool(unsigned version, const char *runtime_version)
{
	static ompt_start_tool_result_t tool = {.initialize = initialize, .finalize = finalize};
	const char *path = getenv("WSCHECK_TRACE");
	(void)version;
	runtime = runtime_version;
	return path != NULL && *path != '\0' ? &tool : NULL;
}
