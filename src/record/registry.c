/* SPDX-License-Identifier: MIT */
#include "registry.h"

#include <errno.h>
#include <signal.h>
#include <string.h>

#include "notice.h"
#include "worker_page.h"

static pthread_mutex_t children = PTHREAD_MUTEX_INITIALIZER; /* taken before the other */
static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static struct wsc_recorder *first; /* a list that only grows; atomic, for the handler of signals */
static pthread_once_t once = PTHREAD_ONCE_INIT;

/* What each signal did before. Stored before our handler is, which reads it. */
static struct sigaction earlier[NSIG];
static unsigned users[NSIG]; /* mutex: open recorders that have it */
static bool taken[NSIG];     /* mutex: our handler is there, or called by one that came later */

/* --- fork --- */

void registry_lock_children(void)
{
	pthread_mutex_lock(&children);
}

void registry_unlock_children(void)
{
	pthread_mutex_unlock(&children);
}

static void before_fork(void)
{
	registry_lock_children();
	pthread_mutex_lock(&mutex);
	for (struct wsc_recorder *r = first; r != NULL; r = r->next) {
		r->is_held = own_process_is(&r->owner); /* of another's the mutex may be held for good */
		if (r->is_held)
			pthread_mutex_lock(&r->mutex);
	}
	worker_page_before_fork();
}

static void after_fork_in_parent(void)
{
	worker_page_after_fork();
	for (struct wsc_recorder *r = first; r != NULL; r = r->next) {
		if (r->is_held)
			pthread_mutex_unlock(&r->mutex);
	}
	pthread_mutex_unlock(&mutex);
	registry_unlock_children();
}

/* The child has no drain thread, and the files are its parent's (A10). Memory is left as it is. */
static void forget(struct wsc_recorder *r)
{
	if (r->state == RECORDER_CLOSED || r->state == RECORDER_FORKED)
		return;
	r->is_followed = r->state != RECORDER_OPEN;
	record_file_forget(&r->file);
	ring_store_forget(&r->store);
	r->state = RECORDER_FORKED;
	for (struct ring_stream *s = r->streams; s != NULL; s = s->next)
		ring_switch(s->ring, false); /* where the kernel did not do it already: see worker_page.h */
}

static void after_fork_in_child(void)
{
	const struct own_process child = own_process_now();
	worker_page_after_fork();
	for (struct wsc_recorder *r = first; r != NULL; r = r->next) {
		if (!r->is_held)
			continue;
		forget(r);
		r->owner = child;
		pthread_mutex_unlock(&r->mutex);
	}
	pthread_mutex_unlock(&mutex);
	registry_unlock_children();
}

static void register_fork_handlers(void)
{
	pthread_atfork(before_fork, after_fork_in_parent, after_fork_in_child);
}

/* --- signals --- */

/* Asks for snapshots, and does what was done before. Only what is async-signal-safe. */
static void on_signal(int number, siginfo_t *info, void *context)
{
	const int saved = errno;
	/* Acquire: the recorders in the list were made before. Pairs with registry_add(). */
	for (struct wsc_recorder *r = __atomic_load_n(&first, __ATOMIC_ACQUIRE); r != NULL; r = r->next) {
		if (r->config.snapshot_signal != number)
			continue;
		/* Release: pairs with snapshot_serve(). */
		__atomic_store_n(&r->is_asked, 1, __ATOMIC_RELEASE);
		ring_bell(&r->common);
	}
	const struct sigaction *before = &earlier[number];
	if ((before->sa_flags & SA_SIGINFO) != 0)
		before->sa_sigaction(number, info, context);
	else if (before->sa_handler != SIG_DFL && before->sa_handler != SIG_IGN)
		before->sa_handler(number);
	errno = saved;
}

static bool is_ours(const struct sigaction *action)
{
	return (action->sa_flags & SA_SIGINFO) != 0 && action->sa_sigaction == on_signal;
}

static void take_signal(int number)
{
	struct sigaction ours;
	users[number]++;
	if (taken[number]) /* a second time, a handler that came later and calls ours would be called by ours */
		return;
	memset(&ours, 0, sizeof(ours));
	ours.sa_sigaction = on_signal;
	ours.sa_flags = SA_SIGINFO | SA_RESTART | SA_ONSTACK;
	sigemptyset(&ours.sa_mask);
	if (sigaction(number, NULL, &earlier[number]) == 0 && sigaction(number, &ours, NULL) == 0)
		taken[number] = true;
	else
		notice("signal %d can't ask for snapshots: %s", number, strerror(errno));
}

void registry_add(struct wsc_recorder *recorder)
{
	pthread_once(&once, register_fork_handlers);
	pthread_mutex_lock(&mutex);
	recorder->next = first;
	/* Release: the recorder is whole. Pairs with on_signal(). */
	__atomic_store_n(&first, recorder, __ATOMIC_RELEASE);
	if (recorder->config.snapshot_signal != 0)
		take_signal(recorder->config.snapshot_signal);
	pthread_mutex_unlock(&mutex);
}

void registry_closed(const struct wsc_recorder *recorder)
{
	const int number = recorder->config.snapshot_signal;
	struct sigaction now;
	if (number == 0)
		return;
	pthread_mutex_lock(&mutex);
	if (--users[number] == 0 && taken[number] && sigaction(number, NULL, &now) == 0 && is_ours(&now))
		taken[number] = sigaction(number, &earlier[number], NULL) != 0;
	pthread_mutex_unlock(&mutex);
}
