/* SPDX-License-Identifier: MIT */
/*
 * record.h for C++: a recorder, a worker, a run, an attempt and a park that end when their scopes do.
 *
 *	wsc::recorder recorder(options);                 // wsc_open()
 *	wsc::worker worker(recorder, id, "name");        // on the worker's thread
 *	{
 *		wsc::steal_attempt attempt(worker, victim);  // answers "failed" at the end of its scope ...
 *		if (task *t = deque.steal())
 *			attempt.success(t);                  // ... if this did not answer
 *	}
 *	{
 *		wsc::execution run(worker, t);               // exec_start; exec_complete at the end of its scope ...
 *		t->run();
 *		run.complete();                              // ... or here: before anybody can learn that it is done
 *	}
 *	recorder.close(WSC_END_CLEAN);                   // when the workers have stopped
 *
 * Nothing here throws, allocates or costs more than the calls of record.h, whose guarantees and whose table of where to
 * put each call hold unchanged. Objects can be moved and not copied; one that was moved from does nothing any more.
 * A worker and what is made of it belong to one thread (A1), and must not outlive the worker object. C++11 and later.
 */
#ifndef WSCHECK_RECORD_HPP
#define WSCHECK_RECORD_HPP

#include "wscheck/record.h"

namespace wsc
{

/* Options with their defaults set. */
inline wsc_options options() noexcept
{
	wsc_options defaults;
	wsc_options_init(&defaults);
	return defaults;
}

/*
 * A task's handle: a number, or an address. Neither may be 0. Addresses that are used again want
 * options.identity = WSC_IDENTITY_RECYCLED.
 */
class task_id
{
	uint64_t value_;

public:
	task_id(uint64_t value) noexcept : value_(value)
	{
	}
	template <typename T>
	task_id(T *task) noexcept : value_(static_cast<uint64_t>(reinterpret_cast<uintptr_t>(task)))
	{
	}
	uint64_t value() const noexcept
	{
		return value_;
	}
};

/* Owns a wsc_recorder. One that could not be opened, or has none, records nothing, and all calls are harmless. */
class recorder
{
	wsc_recorder *raw_;

public:
	recorder() noexcept : raw_(nullptr)
	{
	}
	explicit recorder(const wsc_options &opened) noexcept : raw_(wsc_open(&opened))
	{
	}
	recorder(const recorder &) = delete;
	recorder &operator=(const recorder &) = delete;
	recorder(recorder &&other) noexcept : raw_(other.raw_)
	{
		other.raw_ = nullptr;
	}
	recorder &operator=(recorder &&other) noexcept
	{
		if (this != &other) {
			close(WSC_END_CUT);
			raw_ = other.raw_;
			other.raw_ = nullptr;
		}
		return *this;
	}
	/*
	 * What nobody closed was torn down before its end, and its trace is a cut: a scheduler that an exception
	 * stopped has lost no work. So whoever reaches the end says so, with close(WSC_END_CLEAN).
	 */
	~recorder()
	{
		close(WSC_END_CUT);
	}
	/* As wsc_close(): true when the trace is whole, or there is none. A second call answers as the first. */
	bool close(wsc_end end) noexcept
	{
		return wsc_close(raw_, end) == 0;
	}
	explicit operator bool() const noexcept
	{
		return raw_ != nullptr;
	}
	wsc_recorder *get() const noexcept
	{
		return raw_;
	}
};

/* Owns a wsc_worker: attaches the calling thread, and detaches at the end. */
class worker
{
	wsc_worker *raw_;

public:
	worker() noexcept : raw_(nullptr)
	{
	}
	/* `name` may be null. */
	worker(const recorder &owner, uint32_t id, const char *name = nullptr) noexcept
	    : raw_(wsc_attach(owner.get(), id, name))
	{
	}
	worker(const worker &) = delete;
	worker &operator=(const worker &) = delete;
	worker(worker &&other) noexcept : raw_(other.raw_)
	{
		other.raw_ = nullptr;
	}
	worker &operator=(worker &&other) noexcept
	{
		if (this != &other) {
			wsc_detach(raw_);
			raw_ = other.raw_;
			other.raw_ = nullptr;
		}
		return *this;
	}
	~worker()
	{
		wsc_detach(raw_);
	}
	wsc_worker *get() const noexcept
	{
		return raw_;
	}

	/* The calls of record.h that open no scope, under their names. */
	void queued(task_id task) noexcept
	{
		wsc_queued(raw_, task.value());
	}
	void queued_on(task_id task, uint32_t queue) noexcept
	{
		wsc_queued_on(raw_, task.value(), queue);
	}
	void queued_with(task_id task, uint32_t queue, unsigned flags, uint32_t label) noexcept
	{
		wsc_queued_with(raw_, task.value(), queue, flags, label);
	}
	void push_failed(task_id task, uint32_t queue) noexcept
	{
		wsc_push_failed(raw_, task.value(), queue);
	}
	void dequeued(task_id task) noexcept
	{
		wsc_dequeued(raw_, task.value());
	}
	void dequeued_from(task_id task, uint32_t queue) noexcept
	{
		wsc_dequeued_from(raw_, task.value(), queue);
	}
	void cancelled(task_id task) noexcept
	{
		wsc_cancelled(raw_, task.value());
	}
	void wake(uint32_t target_worker) noexcept
	{
		wsc_wake(raw_, target_worker);
	}
	/* `count` attempts at once, without a scope of their own. */
	void steal_failures(uint32_t victim, wsc_reason reason, uint32_t count) noexcept
	{
		wsc_steal_failures(raw_, victim, reason, count);
	}
};

/*
 * A run, from exec_start to exec_complete. The end of the scope is late where the body lets a waiter go on, or lets the
 * task be freed or queued again: call complete() before that.
 */
class execution
{
	wsc_worker *worker_;
	uint64_t task_; /* 0: the run is over, or was moved away */

	execution(wsc_worker *worker, uint64_t task) noexcept : worker_(worker), task_(task)
	{
	}

public:
	execution(const worker &runner, task_id task) noexcept : worker_(runner.get()), task_(task.value())
	{
		wsc_exec_start(worker_, task_);
	}
	/* A suspended task goes on here, after its dequeued or success(). */
	static execution resume(const worker &runner, task_id task) noexcept
	{
		wsc_resumed(runner.get(), task.value());
		return execution(runner.get(), task.value());
	}
	execution(const execution &) = delete;
	execution &operator=(const execution &) = delete;
	execution(execution &&other) noexcept : worker_(other.worker_), task_(other.task_)
	{
		other.task_ = 0;
	}
	execution &operator=(execution &&other) noexcept
	{
		if (this != &other) {
			complete();
			worker_ = other.worker_;
			task_ = other.task_;
			other.task_ = 0;
		}
		return *this;
	}
	~execution()
	{
		complete();
	}
	/* Both end the run for this object; what is called after them does nothing. */
	void complete() noexcept
	{
		if (task_ != 0)
			wsc_exec_complete(worker_, task_);
		task_ = 0;
	}
	/* Unfinished: before anyone may wake the task. */
	void suspend() noexcept
	{
		if (task_ != 0)
			wsc_suspended(worker_, task_);
		task_ = 0;
	}
};

/*
 * An attempt, from steal_start to its answer. Make it before the first load of the attempt. Without an answer it has
 * failed for a reason not said when its scope ends.
 */
class steal_attempt
{
	wsc_worker *worker_;
	uint32_t victim_;
	bool is_open_;

public:
	/* `victim`: the id of the queue to steal from. */
	steal_attempt(const worker &thief, uint32_t victim) noexcept
	    : worker_(thief.get()), victim_(victim), is_open_(true)
	{
		wsc_steal_start(worker_, victim_);
	}
	steal_attempt(const steal_attempt &) = delete;
	steal_attempt &operator=(const steal_attempt &) = delete;
	steal_attempt(steal_attempt &&other) noexcept
	    : worker_(other.worker_), victim_(other.victim_), is_open_(other.is_open_)
	{
		other.is_open_ = false;
	}
	steal_attempt &operator=(steal_attempt &&) = delete; /* one open attempt per thief */
	~steal_attempt()
	{
		failure(WSC_REASON_NONE);
	}
	/* After the CAS that took the task. Once per task of a batch, oldest first. */
	void success(task_id task) noexcept
	{
		wsc_steal_success(worker_, task.value(), victim_);
		is_open_ = false;
	}
	/* After the attempt gave up. Nothing if it was answered already. */
	void failure(wsc_reason reason) noexcept
	{
		if (is_open_)
			wsc_steal_failure(worker_, victim_, reason);
		is_open_ = false;
	}
};

/* From before a sleep for want of work to after waking. */
class park
{
	wsc_worker *worker_;

public:
	explicit park(const worker &sleeper) noexcept : worker_(sleeper.get())
	{
		wsc_parked(worker_);
	}
	park(const park &) = delete;
	park &operator=(const park &) = delete;
	park(park &&other) noexcept : worker_(other.worker_)
	{
		other.worker_ = nullptr;
	}
	park &operator=(park &&) = delete; /* a worker sleeps once at a time */
	~park()
	{
		wsc_unparked(worker_);
	}
};

} // namespace wsc
#endif
