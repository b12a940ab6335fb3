/* SPDX-License-Identifier: MIT */
/* LTTng-UST tracepoints: one integer, for recorder_modes.c, and any event, for lttng_copy.c. Read several times, as LTTng asks. */
#undef LTTNG_UST_TRACEPOINT_PROVIDER
#define LTTNG_UST_TRACEPOINT_PROVIDER wscheck_bench
#undef LTTNG_UST_TRACEPOINT_INCLUDE
#define LTTNG_UST_TRACEPOINT_INCLUDE "./lttng_probe.h"

#if !defined(BENCH_LTTNG_PROBE_H) || defined(LTTNG_UST_TRACEPOINT_HEADER_MULTI_READ)
#define BENCH_LTTNG_PROBE_H

#include <lttng/tracepoint.h>
#include <stdint.h>

LTTNG_UST_TRACEPOINT_EVENT(wscheck_bench, start, LTTNG_UST_TP_ARGS(uint64_t, task),
                           LTTNG_UST_TP_FIELDS(lttng_ust_field_integer(uint64_t, task, task)))
LTTNG_UST_TRACEPOINT_EVENT(wscheck_bench, event,
                           LTTNG_UST_TP_ARGS(uint8_t, kind, uint64_t, task, uint32_t, worker, uint32_t, queue),
                           LTTNG_UST_TP_FIELDS(lttng_ust_field_integer(uint8_t, kind, kind)
                                                   lttng_ust_field_integer(uint64_t, task, task)
                                                       lttng_ust_field_integer(uint32_t, worker, worker)
                                                           lttng_ust_field_integer(uint32_t, queue, queue)))

#endif

#include <lttng/tracepoint-event.h>
