/* SPDX-License-Identifier: MIT */
/* The parts of the text report, one file each, and what they share. Not for other layers. */
#ifndef REPORT_PARTS_H
#define REPORT_PARTS_H

#include "explain.h"
#include "report.h"
#include "units.h"

/* "2 errors, 1 warning, 3 suppressed": all that counts for the verdict, and what does not. */
const char *report_verdict_words(char *buffer, size_t size, const struct report *report);

/* Why what is no error is no pass: clauses, "; " between them. "" if nothing is. */
const char *report_reasons_words(char *buffer, size_t size, const struct report *report);

/*
 * The reasons that hold, one a call, in the words for this trace. *at begins with 0. NULL: no more.
 */
const struct explain_reason *report_reason(const struct report *report, size_t *at);

/*
 * The disciplines that are none of ours, and so are read as none: that of the trace first, one a call. *at begins with 0.
 * False: no more.
 */
struct unknown_discipline {
	const char *word;                /* as written; not cleaned */
	const struct trace_queue *queue; /* NULL: the trace's */
};
bool report_unknown_discipline(const struct trace_header *header, size_t *at, struct unknown_discipline *row);

/* "none of lifo, fifo and none: it is read as none, and no order is checked there": what follows of it. */
const char *report_unknown_discipline_words(const struct unknown_discipline *row);

/* "3 tasks: events that concern them are missing (2); ...": how many are undecided, and why; one reason takes no count. */
enum { REPORT_UNDECIDED_MAX = 600 };
const char *report_undecided_words(char buffer[REPORT_UNDECIDED_MAX], uint64_t tasks,
                                   const uint64_t by_reason[WSC_UNDECIDED_REASON_COUNT]);

/* "task 7  workers 1, 2 (name)  queue 3": what a report concerns. */
enum { REPORT_PLACE_MAX = 320 };
const char *report_place_words(char buffer[REPORT_PLACE_MAX], const struct report *report,
                               const struct violation *violation);

/*
 * The stories: in a summary the first few in brief, with what to do next; else in full, event by event. NOMEM.
 */
enum wsc_status report_stories(const struct report *report, const struct page *page);
struct story_list;
void report_stories_brief(const struct report *report, const struct page *page, const struct story_list *list);

/* What the steals and the workers did, and how long things took. Those with tables: NOMEM. */
enum wsc_status report_latencies(const struct report *report, const struct page *page);
void report_steals(const struct report *report, const struct page *page);
/* The same for what is no report: those of several traces (fleet_text.c). Latencies are in the order of FLEET_LATENCIES. */
enum { REPORT_LATENCIES = 5 };
enum wsc_status report_latency_table(const struct page *page, const struct trace_header *header,
                                     const struct histogram *const latencies[REPORT_LATENCIES]);
/* How many stays had no order checked, if there are any. */
void report_unordered_line(const struct page *page, uint64_t stays);
void report_steals_line(const struct page *page, uint64_t attempts, uint64_t successes, uint64_t stolen);
enum wsc_status report_workers(const struct report *report, const struct page *page);
enum wsc_status report_steal_matrix(const struct report *report, const struct page *page);
void report_balance(const struct report *report, const struct page *page);
enum wsc_status report_queues(const struct report *report, const struct page *page);
void report_waste(const struct report *report, const struct page *page);

/* Whether the source can't see events of the kind: that there are none then says nothing. */
bool report_is_absent(const struct report *report, enum wsc_event_kind kind);

/* The same with "~" before it where it is an estimate. */
const char *report_estimate(char buffer[UNITS_MAX], const struct report *report, uint64_t count);

/* The recorder's WSC_WORKER_UNATTACHED: it stands for the workers whose wsc_attach() failed. */
#define REPORT_UNATTACHED UINT32_MAX

/* A worker's name, if it has one that says more than "worker 7"; else NULL. Not cleaned. */
const char *report_worker_given_name(const struct trace_header *header, uint32_t worker);

/* " (name)" of a worker or a queue, or "". Cleaned. */
enum { REPORT_NAME_MAX = 40 };
const char *report_worker_name(char buffer[REPORT_NAME_MAX], const struct trace_header *header, uint32_t worker);
const char *report_queue_name(char buffer[REPORT_NAME_MAX], const struct trace_header *header, uint32_t queue);

/* "worker 7 (name)" */
enum { REPORT_WORKER_MAX = REPORT_NAME_MAX + 20 };
const char *report_worker_words(char buffer[REPORT_WORKER_MAX], const struct report *report, uint32_t worker);

/* Queue, label and so on of an event, in words. */
enum { REPORT_WORDS_MAX = 400 };
void report_event_words(char buffer[REPORT_WORDS_MAX], const struct report *report, const struct wsc_event *event);

/* What happened, a sentence with workers, queues and tasks named; "" if the evidence does not say. */
enum { REPORT_HAPPENED_MAX = 600 };
const char *report_happened(char buffer[REPORT_HAPPENED_MAX], const struct report *report,
                            const struct violation *violation);

/* The same where no events stand beside it, and so without the marks of those that it speaks of. */
const char *report_happened_alone(char buffer[REPORT_HAPPENED_MAX], const struct report *report,
                                  const struct violation *violation);

/* Whether the two racing operations of the report may have been under way at the same time. */
bool report_overlaps(const struct violation *violation);

/* Whether the event is the one that proves the report: it has its stamp, one of its workers and its task. */
bool report_proves(const struct violation *violation, const struct wsc_event *event);

/* The time into the whole trace of a stamp, in ns; 0 if it lies before. */
uint64_t report_into_ns(const struct report *report, uint64_t ts);

/* The time from stamp `from` to stamp `to`, in ns; 0 if it ran backwards. */
uint64_t report_between_ns(const struct trace_header *header, uint64_t from, uint64_t to);

/* Stamps in ns, where fractions matter. */
double report_real_ns(const struct trace_header *header, double stamps);

/* A count of recorded tasks, times the sampling; saturating. */
uint64_t report_scaled(const struct report *report, uint64_t count);

#endif
