/* SPDX-License-Identifier: MIT */
/* Defines the tracepoints of lttng_probe.h in the one file that includes this; LTTng's own headers warn of much. */
#ifndef BENCH_LTTNG_DEFINE_H
#define BENCH_LTTNG_DEFINE_H

#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wpedantic"
#pragma GCC diagnostic ignored "-Wconversion"
#pragma GCC diagnostic ignored "-Wcast-align"
#pragma GCC diagnostic ignored "-Wundef"
#pragma GCC diagnostic ignored "-Wmissing-prototypes"
#pragma GCC diagnostic ignored "-Wshadow"
#define LTTNG_UST_TRACEPOINT_CREATE_PROBES
#define LTTNG_UST_TRACEPOINT_DEFINE
#include "lttng_probe.h"
#pragma GCC diagnostic pop

#endif
