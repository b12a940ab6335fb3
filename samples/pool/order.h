/* SPDX-License-Identifier: MIT */
/*
 * Memory orders that differ under ThreadSanitizer.
 *
 * The deque and the sleepers order their accesses with fences, as their papers do: on x86 and Arm that is cheaper than
 * strong accesses. ThreadSanitizer does not model fences, so it would miss the happens-before edges that they make and
 * report races where there are none. Under it, every access that a fence orders is sequentially consistent instead, and
 * the fences are gone: a stronger program, whose edges the tool sees.
 */
#ifndef POOL_ORDER_H
#define POOL_ORDER_H

#include <stdatomic.h>

#if defined(__SANITIZE_THREAD__)
#define ORDER_TSAN 1
#elif defined(__has_feature)
#if __has_feature(thread_sanitizer)
#define ORDER_TSAN 1
#endif
#endif

#ifdef ORDER_TSAN
#define ORDER_FENCED_LOAD    memory_order_seq_cst
#define ORDER_FENCED_ACQUIRE memory_order_seq_cst
#define ORDER_FENCED_STORE   memory_order_seq_cst
#define order_fence(order)   ((void)0)
#else
#define ORDER_FENCED_LOAD    memory_order_relaxed
#define ORDER_FENCED_ACQUIRE memory_order_acquire
#define ORDER_FENCED_STORE   memory_order_relaxed
#define order_fence(order)   atomic_thread_fence(order)
#endif

#endif
