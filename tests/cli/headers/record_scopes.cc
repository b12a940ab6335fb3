// SPDX-License-Identifier: MIT
// What record.hpp records as its scopes end, for record_hpp.sh: writes the trace argv[1], in the order of that script.
#include "wscheck/record.hpp"

#include <cstring>
#include <utility>

namespace
{

// A run that its scope ends, one that ends earlier and only once, one that is moved and one that is left unfinished.
void executions(wsc::worker &w)
{
	{
		wsc::execution run(w, 1);
		w.queued(2);
	}
	{
		wsc::execution run(w, 2);
		run.complete();
		w.wake(7);
	}
	{
		wsc::execution first(w, 3);
		wsc::execution second(std::move(first));
		w.wake(8);
	}
	{
		wsc::execution run(w, 4);
		run.suspend();
	}
	wsc::execution again = wsc::execution::resume(w, 4);
	again = wsc::execution(w, 5);
}

void attempts(wsc::worker &w)
{
	{
		wsc::steal_attempt forgotten(w, 64);
	}
	{
		wsc::steal_attempt batch(w, 64);
		batch.success(10);
		batch.success(11);
	}
	{
		wsc::steal_attempt empty(w, 65);
		empty.failure(WSC_REASON_EMPTY);
		empty.failure(WSC_REASON_BUSY);
	}
	wsc::steal_attempt first(w, 66);
	wsc::steal_attempt second(std::move(first));
	w.steal_failures(67, WSC_REASON_LOST_RACE, 9);
}

void others(wsc::worker &w, uint32_t label)
{
	{
		wsc::park asleep(w);
		w.wake(9);
	}
	w.queued_on(20, 64);
	w.push_failed(20, 64);
	w.queued_with(21, 64, WSC_FLAG_PINNED, label);
	w.dequeued_from(21, 64);
	w.dequeued(22);
	w.cancelled(23);
}

} // namespace

int main(int argc, char **argv)
{
	if (argc != 3)
		return 2;
	wsc_options options = wsc::options();
	options.path = argv[1];
	wsc::recorder recorder(options);
	if (!recorder)
		return 2;
	{
		wsc::worker first(recorder, 1, "first");
		wsc::worker w;
		w.queued(1); // has no ring yet
		w = std::move(first);
		first = wsc::worker();
		executions(w);
		attempts(w);
		others(w, wsc_label(recorder.get(), "label"));
	}
	// The worker of before is detached, or its id would not be free.
	wsc::worker second(recorder, 1);
	if (second.get() == nullptr)
		return 2;
	second = wsc::worker(recorder, 2, "second");
	second.queued(&options);
	if (std::strcmp(argv[2], "close") != 0)
		return 0; // torn down: a cut
	wsc::recorder moved(std::move(recorder));
	return moved.close(WSC_END_CLEAN) && moved.close(WSC_END_CLEAN) && !recorder && recorder.close(WSC_END_CLEAN)
	           ? 0
	           : 1;
}
