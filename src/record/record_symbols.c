/* SPDX-License-Identifier: MIT */
/* The one external definition of each inline call of record.h, so that other languages can link them. */
#include "wscheck/record.h"

extern inline uint64_t wsc_stamp(void);
extern inline uint64_t wsc_stamp_fenced(void);
extern inline int wsc_is_on(const wsc_worker *w);
extern inline struct wsc_slot *wsc_slot_at(struct wsc_ring *ring, uint64_t place);
extern inline void wsc_slot_put(struct wsc_slot *slot, uint64_t word0, uint64_t word1);
extern inline uint64_t wsc_limit(const wsc_worker *w);
extern inline void wsc_record(wsc_worker *w, unsigned kind, int fenced, uint64_t operand);
extern inline void wsc_record_wide(wsc_worker *w, unsigned kind, int fenced, uint64_t task, uint64_t more0,
                                   uint64_t more1);
extern inline void wsc_options_init(struct wsc_options *options);
extern inline void wsc_queued(wsc_worker *w, uint64_t task);
extern inline void wsc_queued_with(wsc_worker *w, uint64_t task, uint32_t queue, unsigned flags, uint32_t label);
extern inline void wsc_queued_on(wsc_worker *w, uint64_t task, uint32_t queue);
extern inline void wsc_push_failed(wsc_worker *w, uint64_t task, uint32_t queue);
extern inline void wsc_dequeued(wsc_worker *w, uint64_t task);
extern inline void wsc_dequeued_from(wsc_worker *w, uint64_t task, uint32_t queue);
extern inline void wsc_steal_start(wsc_worker *w, uint32_t victim);
extern inline void wsc_steal_success(wsc_worker *w, uint64_t task, uint32_t victim);
extern inline void wsc_steal_success_inferred(wsc_worker *w, uint64_t task, uint32_t victim);
extern inline void wsc_steal_failure(wsc_worker *w, uint32_t victim, enum wsc_reason reason);
extern inline void wsc_steal_failures(wsc_worker *w, uint32_t victim, enum wsc_reason reason, uint32_t count);
extern inline void wsc_exec_start(wsc_worker *w, uint64_t task);
extern inline void wsc_exec_complete(wsc_worker *w, uint64_t task);
extern inline void wsc_suspended(wsc_worker *w, uint64_t task);
extern inline void wsc_resumed(wsc_worker *w, uint64_t task);
extern inline void wsc_cancelled(wsc_worker *w, uint64_t task);
extern inline void wsc_parked(wsc_worker *w);
extern inline void wsc_unparked(wsc_worker *w);
extern inline void wsc_wake(wsc_worker *w, uint32_t target_worker);
