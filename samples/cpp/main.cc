// SPDX-License-Identifier: MIT
// A work-stealing pool in C++, recorded with the scopes of <wscheck/record.hpp>. A thief takes half of what its victim
// has, and a worker that finds nothing sleeps until somebody pushes.
//
// The work: the sum of a range, halved until the pieces are small.
#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <deque>
#include <memory>
#include <mutex>
#include <thread>
#include <vector>

#include <wscheck/record.hpp>

#include "sample.h"

namespace
{

enum bug { none, twice, newest };
const char *const bugs[] = {
    "twice",  // a thief leaves the first job that it takes in the deque, once
    "newest", // thieves take the newest jobs instead of the oldest
    nullptr,
};

constexpr std::uint64_t range_size = 1u << 18, piece_size = 64;

struct job {
	std::uint64_t id, begin, end;
};

// The owner pushes and takes at the back, thieves take at the front.
struct worker {
	std::mutex mutex;
	std::deque<job> jobs;
	std::condition_variable wake_up; // with the pool's mutex
	bool is_woken = false;
};

class pool
{
	const sample_options options_;
	wsc::recorder &recorder_;
	std::vector<std::unique_ptr<worker>> workers_;
	std::atomic<std::uint64_t> next_id_{1}, left_{range_size}, sum_{0};
	std::atomic<bool> has_struck_{false}; // the planted defect
	std::mutex mutex_;                    // for what follows
	std::vector<unsigned> sleepers_;
	std::uint64_t pushes_ = 0;

	void push(wsc::worker &recorded, unsigned self, std::uint64_t begin, std::uint64_t end)
	{
		const job pushed{next_id_++, begin, end};
		recorded.queued(pushed.id); // before the push
		{
			std::lock_guard<std::mutex> lock(workers_[self]->mutex);
			workers_[self]->jobs.push_back(pushed);
		}
		std::lock_guard<std::mutex> lock(mutex_);
		pushes_++;
		if (sleepers_.empty())
			return;
		recorded.wake(sleepers_.back()); // before the signal
		wake(sleepers_.back());
		sleepers_.pop_back();
	}

	void wake(unsigned sleeper)
	{
		workers_[sleeper]->is_woken = true;
		workers_[sleeper]->wake_up.notify_one();
	}

	bool take(unsigned self, job &taken)
	{
		std::lock_guard<std::mutex> lock(workers_[self]->mutex);
		auto &jobs = workers_[self]->jobs;
		if (jobs.empty())
			return false;
		taken = jobs.back();
		jobs.pop_back();
		return true; // records nothing: exec_start follows at once
	}

	job take_oldest(std::deque<job> &jobs)
	{
		const job taken = options_.bug == newest ? jobs.back() : jobs.front();
		if (options_.bug == newest) {
			has_struck_ = has_struck_ || jobs.size() > 1;
			jobs.pop_back();
		} else if (options_.bug != twice || has_struck_.exchange(true))
			jobs.pop_front();
		else
			left_ += taken.end - taken.begin; // it is done twice, and counted twice
		return taken;
	}

	// Half of what the victim has: one to run, the others for the thief's own deque.
	bool steal(wsc::worker &recorded, unsigned self, unsigned victim, job &taken)
	{
		std::vector<job> loot;
		{
			wsc::steal_attempt attempt(recorded, victim); // before the attempt reads anything
			{
				std::lock_guard<std::mutex> lock(workers_[victim]->mutex);
				auto &jobs = workers_[victim]->jobs;
				for (std::size_t left = (jobs.size() + 1) / 2; left > 0; left--)
					loot.push_back(take_oldest(jobs));
			}
			for (const job &stolen : loot)
				attempt.success(stolen.id); // after it; without one the attempt has failed
		}
		if (loot.empty())
			return false;
		taken = loot.front();
		for (std::size_t i = 1; i < loot.size(); i++) {
			recorded.queued(loot[i].id);
			std::lock_guard<std::mutex> lock(workers_[self]->mutex);
			workers_[self]->jobs.push_back(loot[i]);
		}
		return true;
	}

	bool find(wsc::worker &recorded, unsigned self, job &taken)
	{
		if (take(self, taken))
			return true;
		for (unsigned i = 1; i < options_.workers; i++) {
			if (steal(recorded, self, (self + i) % options_.workers, taken))
				return true;
		}
		return false;
	}

	// The planted defects are those of thieves: worker 0 lets them come while it has something for them.
	void wait_for_thieves(unsigned self)
	{
		bool has_jobs = options_.bug != none && self == 0;
		while (has_jobs && !has_struck_) {
			std::this_thread::yield();
			std::lock_guard<std::mutex> lock(workers_[self]->mutex);
			has_jobs = !workers_[self]->jobs.empty();
		}
	}

	void execute(wsc::worker &recorded, unsigned self, const job &taken)
	{
		wsc::execution run(recorded, taken.id);
		std::uint64_t begin = taken.begin, sum = 0;
		while (taken.end - begin > piece_size) {
			const std::uint64_t middle = begin + (taken.end - begin) / 2;
			push(recorded, self, begin, middle);
			begin = middle;
		}
		for (std::uint64_t i = begin; i < taken.end; i++)
			sum += i;
		sample_compute();
		wait_for_thieves(self);
		sum_ += sum;
		run.complete(); // before anybody can learn that it is done
		if ((left_ -= taken.end - begin) == 0) {
			std::lock_guard<std::mutex> lock(mutex_);
			for (unsigned sleeper = 0; sleeper < options_.workers; sleeper++)
				wake(sleeper);
		}
	}

	std::uint64_t pushes()
	{
		std::lock_guard<std::mutex> lock(mutex_);
		return pushes_;
	}

	// Unless something was pushed since `seen`: the worker may have looked in vain before that.
	void sleep(wsc::worker &recorded, unsigned self, std::uint64_t seen)
	{
		std::unique_lock<std::mutex> lock(mutex_);
		if (pushes_ != seen || left_ == 0)
			return;
		sleepers_.push_back(self);
		wsc::park asleep(recorded);
		workers_[self]->wake_up.wait(lock, [&] { return workers_[self]->is_woken; });
		workers_[self]->is_woken = false;
	}

	void work(unsigned self)
	{
		wsc::worker recorded(recorder_, self);
		sample_meet();
		if (self == 0)
			push(recorded, self, 0, range_size);
		while (left_ > 0) {
			job taken;
			const std::uint64_t seen = pushes();
			if (find(recorded, self, taken))
				execute(recorded, self, taken);
			else
				sleep(recorded, self, seen);
		}
	}

public:
	pool(const sample_options &options, wsc::recorder &recorder) : options_(options), recorder_(recorder)
	{
		for (unsigned i = 0; i < options.workers; i++)
			workers_.emplace_back(new worker);
	}

	std::uint64_t run()
	{
		std::vector<std::thread> threads;
		pthread_barrier_init(&sample_start, nullptr, options_.workers);
		for (unsigned i = 0; i < options_.workers; i++)
			threads.emplace_back(&pool::work, this, i);
		for (std::thread &thread : threads)
			thread.join();
		return sum_;
	}
};

} // namespace

int main(int, char **argv)
{
	const sample_options options = sample_options_read(argv, bugs);
	wsc_options recording = wsc::options();
	recording.path = options.trace;
	wsc::recorder recorder(recording);
	const std::uint64_t sum = pool(options, recorder).run();
	if (!recorder.close(WSC_END_CLEAN)) // the workers have stopped
		return 2;
	std::printf("sum of 0 to %lu: %lu\n", static_cast<unsigned long>(range_size - 1),
	            static_cast<unsigned long>(sum));
	return sum == range_size * (range_size - 1) / 2 ? 0 : 1;
}
