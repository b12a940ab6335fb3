/* SPDX-License-Identifier: MIT */
/* The one external definition of each inline call of check.h, so that other languages can link them. */
#include "wscheck/check.h"

extern inline enum wsc_status wsc_check_event(wsc_check *check, unsigned kind, uint32_t worker, uint64_t task,
                                              uint32_t queue, uint32_t arg, unsigned flags, unsigned reason);
extern inline enum wsc_status wsc_check_queued_on(wsc_check *check, uint32_t worker, uint64_t task, uint32_t queue);
extern inline enum wsc_status wsc_check_queued(wsc_check *check, uint32_t worker, uint64_t task);
extern inline enum wsc_status wsc_check_queued_pinned(wsc_check *check, uint32_t worker, uint64_t task, uint32_t queue);
extern inline enum wsc_status wsc_check_push_failed(wsc_check *check, uint32_t worker, uint64_t task, uint32_t queue);
extern inline enum wsc_status wsc_check_dequeued_from(wsc_check *check, uint32_t worker, uint64_t task, uint32_t queue);
extern inline enum wsc_status wsc_check_dequeued(wsc_check *check, uint32_t worker, uint64_t task);
extern inline enum wsc_status wsc_check_steal_start(wsc_check *check, uint32_t worker, uint32_t victim);
extern inline enum wsc_status wsc_check_steal_success(wsc_check *check, uint32_t worker, uint64_t task,
                                                      uint32_t victim);
extern inline enum wsc_status wsc_check_steal_failures(wsc_check *check, uint32_t worker, uint32_t victim,
                                                       enum wsc_reason reason, uint32_t count);
extern inline enum wsc_status wsc_check_steal_failure(wsc_check *check, uint32_t worker, uint32_t victim,
                                                      enum wsc_reason reason);
extern inline enum wsc_status wsc_check_exec_start(wsc_check *check, uint32_t worker, uint64_t task);
extern inline enum wsc_status wsc_check_exec_complete(wsc_check *check, uint32_t worker, uint64_t task);
extern inline enum wsc_status wsc_check_suspended(wsc_check *check, uint32_t worker, uint64_t task);
extern inline enum wsc_status wsc_check_resumed(wsc_check *check, uint32_t worker, uint64_t task);
extern inline enum wsc_status wsc_check_cancelled(wsc_check *check, uint32_t worker, uint64_t task);
extern inline enum wsc_status wsc_check_parked(wsc_check *check, uint32_t worker);
extern inline enum wsc_status wsc_check_unparked(wsc_check *check, uint32_t worker);
extern inline enum wsc_status wsc_check_wake(wsc_check *check, uint32_t worker, uint32_t target_worker);
