// SPDX-License-Identifier: MIT
// Every member of record.hpp once: for headers.sh, which compiles it in every language version and runs nothing.
#include "wscheck/record.hpp"

#include <type_traits>
#include <utility>

template <typename T> constexpr bool only_moves()
{
	return std::is_nothrow_move_constructible<T>::value && !std::is_copy_constructible<T>::value &&
	       !std::is_copy_assignable<T>::value && std::is_nothrow_destructible<T>::value;
}
static_assert(only_moves<wsc::recorder>(), "");
static_assert(only_moves<wsc::worker>(), "");
static_assert(only_moves<wsc::execution>(), "");
static_assert(only_moves<wsc::steal_attempt>(), "");
static_assert(only_moves<wsc::park>(), "");
static_assert(std::is_nothrow_move_assignable<wsc::recorder>::value, "");
static_assert(std::is_nothrow_move_assignable<wsc::worker>::value, "");
static_assert(std::is_nothrow_move_assignable<wsc::execution>::value, "");

bool use_hpp(int *address);
bool use_hpp(int *address)
{
	wsc_options options = wsc::options();
	wsc::recorder none, recorder(options);
	none = std::move(recorder);
	wsc::worker other, worker(none, 1), named(none, 2, "name");
	other = std::move(worker);
	other.queued(address);
	other.queued_on(1, 2);
	other.queued_with(1, 2, WSC_FLAG_PINNED, wsc_label(none.get(), "label"));
	other.push_failed(1, 2);
	other.dequeued(1);
	other.dequeued_from(1, 2);
	other.cancelled(address);
	other.wake(2);
	other.steal_failures(2, WSC_REASON_BUSY, 3);
	{
		wsc::steal_attempt attempt(other, 2);
		attempt.success(1);
		attempt.failure(WSC_REASON_EMPTY);
	}
	wsc::execution run(other, address);
	run = wsc::execution::resume(other, 1);
	run.suspend();
	run.complete();
	wsc::park asleep(other);
	wsc_parked(named.get());
	return none && none.close(WSC_END_CLEAN);
}
