/* SPDX-License-Identifier: MIT */
#include "session.h"

#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "task.h"

/* What libomp's callbacks can't show. Attempts are not told, nor that a waiting thread sleeps, nor who wakes it. */
#define ABSENT                                                                                                         \
	(1U << WSC_EV_DEQUEUED | 1U << WSC_EV_STEAL_START | 1U << WSC_EV_STEAL_FAILURE | 1U << WSC_EV_PARKED |         \
	 1U << WSC_EV_UNPARKED | 1U << WSC_EV_WAKE)

#define RING_EVENTS ((size_t)1 << 18)

static struct {
	pthread_mutex_t mutex; /* guards all but the generation, which only a forked child's first thread changes */
	unsigned generation;
	bool is_to_open; /* a forked child's recording, which begins with its first thread */
	wsc_recorder *recorder;
	uint64_t handles;
	unsigned regions; /* parallel regions that began and did not end */
	uint32_t workers; /* ids given so far */
	uint32_t *free_ids;
	size_t free_count, free_room;
	char runtime[256];
} session = {.mutex = PTHREAD_MUTEX_INITIALIZER, .generation = 1, .handles = 1};

static wsc_recorder *open_recorder(void)
{
	const struct wsc_queue_info released = {.queue = SESSION_QUEUE_RELEASED, .name = "released dependents"};
	const struct wsc_meta meta[] = {{"program", program_invocation_short_name}, {"openmp", session.runtime}};
	struct wsc_options options = WSC_OPTIONS_INIT;
	options.identity = WSC_IDENTITY_UNIQUE;
	/* Its deques are lifo, but a thread that waits for certain tasks passes over others, the oldest of a
	 * victim's too. */
	options.discipline = WSC_DISCIPLINE_NONE;
	options.queues = &released;
	options.queue_count = 1;
	options.meta = meta;
	options.meta_count = sizeof(meta) / sizeof(*meta);
	options.absent = ABSENT;
	/* Fine-grained tasks come fast, and there are seldom more threads than processors. */
	if (getenv("WSCHECK_BUFFER") == NULL)
		options.ring_events = RING_EVENTS;
	return wsc_open(&options);
}

/* The child has its parent's trace no more. One of its own needs a path of its own. */
static void start_anew(void)
{
	const char *path = secure_getenv("WSCHECK_TRACE");
	free(session.free_ids);
	pthread_mutex_init(&session.mutex, NULL);
	session.generation++;
	session.recorder = NULL;
	session.is_to_open = path != NULL && strstr(path, "%p") != NULL;
	session.handles = 1;
	session.regions = session.workers = 0;
	session.free_ids = NULL;
	session.free_count = session.free_room = 0;
	task_init_locks();
}

bool session_open(const char *runtime)
{
	snprintf(session.runtime, sizeof(session.runtime), "%s", runtime);
	task_init_locks();
	session.recorder = open_recorder();
	if (session.recorder == NULL)
		return false;
	pthread_atfork(NULL, NULL, start_anew);
	return true;
}

void session_close(enum wsc_end end)
{
	pthread_mutex_lock(&session.mutex);
	wsc_recorder *recorder = session.recorder;
	session.recorder = NULL;
	session.is_to_open = false;
	pthread_mutex_unlock(&session.mutex);
	wsc_close(recorder, end);
}

unsigned session_generation(void)
{
	return session.generation;
}

wsc_worker *session_attach(uint32_t *id, const char *name)
{
	pthread_mutex_lock(&session.mutex);
	if (session.is_to_open) {
		session.is_to_open = false;
		session.recorder = open_recorder();
	}
	wsc_recorder *recorder = session.recorder;
	*id =
	    session.free_count > 0 ? session.free_ids[--session.free_count] : SESSION_WORKER_FIRST + session.workers++;
	pthread_mutex_unlock(&session.mutex);
	return wsc_attach(recorder, *id, name);
}

void session_detach(wsc_worker *worker, uint32_t id)
{
	wsc_detach(worker);
	pthread_mutex_lock(&session.mutex);
	if (session.free_count == session.free_room) {
		const size_t room = session.free_room > 0 ? 2 * session.free_room : 64;
		uint32_t *ids = realloc(session.free_ids, room * sizeof(*ids));
		if (ids != NULL) {
			session.free_ids = ids;
			session.free_room = room;
		}
	}
	if (session.free_count < session.free_room)
		session.free_ids[session.free_count++] = id;
	pthread_mutex_unlock(&session.mutex);
}

uint64_t session_handles(void)
{
	pthread_mutex_lock(&session.mutex);
	const uint64_t first = session.handles;
	session.handles += SESSION_HANDLES;
	pthread_mutex_unlock(&session.mutex);
	return first;
}

void session_region_begins(void)
{
	pthread_mutex_lock(&session.mutex);
	session.regions++;
	pthread_mutex_unlock(&session.mutex);
}

void session_region_ends(void)
{
	pthread_mutex_lock(&session.mutex);
	if (session.regions > 0)
		session.regions--;
	pthread_mutex_unlock(&session.mutex);
}

bool session_has_regions(void)
{
	pthread_mutex_lock(&session.mutex);
	const bool has_regions = session.regions > 0;
	pthread_mutex_unlock(&session.mutex);
	return has_regions;
}
