/* SPDX-License-Identifier: MIT */
/* Every hook once: for headers.sh, which compiles it in every language version and runs nothing. */
#include "wscheck/check.h"
#include "wscheck/hooks.h"

struct task {
	int unused;
};
uint64_t next_id(void);
void use_hooks(wsc_recorder *recorder, struct task *task);

/* Arguments that call something: compiled out, they are not evaluated. */
void use_hooks(wsc_recorder *recorder, struct task *task)
{
	const uint32_t victim = 2;
	WSC_HOOK_ATTACH(recorder, 1, "name");
	WSC_HOOK_QUEUED(task);
	WSC_HOOK_QUEUED(next_id());
	WSC_HOOK_QUEUED_ON(task, 2);
	WSC_HOOK_QUEUED_WITH(next_id(), 2, WSC_FLAG_PINNED, 0);
	WSC_HOOK_PUSH_FAILED(task, 2);
	WSC_HOOK_DEQUEUED(task);
	WSC_HOOK_DEQUEUED_FROM(task, 2);
	WSC_HOOK_STEAL_START(victim);
	if (task != NULL)
		WSC_HOOK_STEAL_SUCCESS(task, victim);
	else
		WSC_HOOK_STEAL_FAILURE(victim, WSC_REASON_EMPTY);
	WSC_HOOK_STEAL_FAILURES(victim, WSC_REASON_BUSY, 3);
	WSC_HOOK_EXEC_START(task);
	WSC_HOOK_SUSPENDED(task);
	WSC_HOOK_RESUMED(task);
	WSC_HOOK_CANCELLED(task);
	WSC_HOOK_EXEC_COMPLETE(task);
	WSC_HOOK_PARKED();
	WSC_HOOK_UNPARKED();
	WSC_HOOK_WAKE(victim);
	wsc_steal_success_inferred(WSC_HOOK_WORKER(), 1, victim);
	WSC_HOOK_DETACH();
}
