/* SPDX-License-Identifier: MIT */
/* The texts. One row for each kind of report and each reason; the layout is in explain_text.c. */
#include "explain.h"

#define DUMP     "`wscheck dump TRACE | grep -w '\"task\":TASK'`: the task's events, as recorded."
#define LIFE     "`wscheck analyze --explain TASK TRACE`: the task's life, event by event, with its state after each."
#define MINIMIZE "`wscheck minimize --exact -t TASK -o small.jsonl TRACE`: the fewest events of it, for a bug report."

static const struct explanation kinds[WSC_VIOLATION_KIND_COUNT] = {
    [WSC_VIOLATION_MULTIPLE_OWNERS] =
        {.means = "A task belonged to two workers or two queues at once: it was taken out of a queue where it did not "
                  "wait, taken twice, queued while it waited or ran, or run or completed by a worker that did not hold "
                  "it.",
         .expected = "One owner at a time. A task is taken only out of the queue where it waits, and once; a steal "
                     "moves it from its queue to the thief in one step.",
         .causes = {"Owner and thief both take the last entry: in take(), the seq_cst fence between storing `bottom` "
                    "and loading `top` is missing or too weak, so that each side reads the other's old value.",
                    "The CAS on `top` is missing, is a plain store, or is made on a value of `top` that was loaded "
                    "again after the entry was read, so that two thieves take one entry.",
                    "A resize copies entries that a thief takes at the same time, or a thief reads the old buffer "
                    "after it was reused.",
                    "The task is pushed twice: on two paths, or in a retry after a push that had succeeded.",
                    "A handle is used after it was handed on, or a wake-up queues a task that still waits.",
                    "A task is woken before it has left its worker; a memory slot is freed twice.",
                    "The handle is a memory slot or an async task: declare the identity `recycled` or `polled`."},
         .further =
             {LIFE, DUMP, MINIMIZE,
              "Look for lost_work on the same queue soon after: a copy that both sides took often costs the next "
              "push on that deque."},
         .legal = {"Two thieves attempt one task, and one of them records a failure: attempts are speculative.",
                   "A steal fails and the owner then runs its task.", "A thief queues its loot on its own queue.",
                   "A thief takes the entry that a cancelled life left behind, and drops it.",
                   "`polled`: queued again while it runs. `recycled`: queued again as soon as the last life was taken, "
                   "even if that take is stamped later.",
                   "Stamps that are closer than the uncertainty, as long as some order of them is legal."}},
    [WSC_VIOLATION_DOUBLE_EXECUTION] =
        {.means = "A task was started while it ran, or again after it had run in the same life.",
         .expected = "One run for each time that the task is queued.",
         .causes = {"Two owners: each of them took the same entry (see `wscheck explain multiple_owners`), and each "
                    "runs its copy.",
                    "The task is pushed twice, and each entry is run.",
                    "A join or a helping worker runs a task directly that still waits in a queue.",
                    "An async task is woken and polled while its poll still goes on: no atomic step claims the run.",
                    "A suspended task is resumed twice: by the wake-up and by its time-out.",
                    "The recorder's call for the second `queued`, or for `suspended`, is missing."},
         .further = {LIFE, DUMP, MINIMIZE},
         .legal = {"Queued, run, queued again and run again: a new life.",
                   "Run inline, without ever being queued, any number of times.",
                   "Suspended on one worker and resumed on another.",
                   "A task that runs others inside itself (join): it does not end by that."}},
    [WSC_VIOLATION_LOST_WORK] =
        {.means = "A task was queued, or taken, and neither run nor cancelled, and the trace ends cleanly: it can't "
                  "come any more.",
         .expected = "What is queued is run, or cancelled, before the scheduler says that it is done.",
         .causes =
             {"The push is lost: a store to `bottom` that another take() overwrites, or an owner and a thief that "
              "both took the entry before it.",
              "A thief takes the task and drops it, on a path that leaves early.", "A resize copies one entry too few.",
              "The pool closes while tasks wait: the count of open tasks is decremented too early.",
              "The run is not recorded: a worker that was not attached, or a start outside the recorder's "
              "calls."},
         .further = {LIFE, DUMP, MINIMIZE,
                     "See who touched the queue last: `wscheck dump TRACE | grep -w '\"from\":QUEUE'`."},
         .legal = {"Cancelled before it ran.",
                   "Queued when the trace was cut: nothing is known then, and the report lists what waits.",
                   "Queued after a gap, or taken in one: it is counted as undecided."}},
    [WSC_VIOLATION_STALLED_WORK] =
        {.means = "A task still waited, queued or taken, when a watchdog closed the trace because nothing moved.",
         .expected = "While a task waits where somebody may take it, somebody comes for it.",
         .causes = {"A wake-up is lost: a worker looks for work, finds none, and sleeps, while the push that comes "
                    "between its look and its sleep finds nobody to wake. Look again after announcing the sleep.",
                    "The push is lost, as in lost_work: nobody can find the task.",
                    "The task waits in a queue that thieves can't reach, or pinned to a worker that sleeps or is "
                    "blocked.",
                    "All workers wait for tasks that only they could run (a join that does not help).",
                    "A thief took the task and dropped it."},
         .further = {LIFE, "`wscheck analyze TRACE` lists under `waiting` and `parked` what waited and who slept.",
                     MINIMIZE},
         .legal = {"A stall with nothing left behind: inconclusive, without a report.",
                   "A task that runs, or is suspended, at a stall: unfinished_execution."}},
    [WSC_VIOLATION_EXEC_AFTER_CANCEL] =
        {.means = "A task was cancelled before it ran, and ran all the same.",
         .expected = "Either the cancellation wins, and the task does not run; or the run wins, and goes on to its "
                     "completion.",
         .causes = {"The run looks at the flag and begins in two steps: claim the task with one atomic operation.",
                    "The canceller records `cancelled` though it lost the race: only the side that won records it.",
                    "The entry is left in the queue, and whoever takes it does not check whether it is stale."},
         .further = {LIFE, DUMP, MINIMIZE},
         .legal = {"Cancelled while it runs: the run goes on and completes.",
                   "The entry of a cancelled task is taken and dropped.",
                   "Cancelled, queued again and run: a new life."}},
    [WSC_VIOLATION_ORDERING_VIOLATION] =
        {.means = "A task was taken out of the order that its queue declares, or a pinned task was stolen. `task` was "
                  "taken out of turn, `other_task` was left behind.",
         .expected = "`lifo`: the owner takes the newest task, thieves take the oldest. `fifo`: everybody takes the "
                     "oldest. A pinned task stays with its worker.",
         .causes = {"The wrong end of the queue is taken, by the owner or by the thieves.",
                    "The declared discipline is not the real one: declare it for the queue, or `none`.",
                    "Two steals are not atomic: each reads `top`, and the one that read first takes last.",
                    "A push to somebody else's deque, which a deque with one owner does not allow.",
                    "Thieves look at entries that are pinned.",
                    "`steal_start` or `queued` is recorded too late, or `steal_success` too early."},
         .further = {LIFE, "Do the same for `other_task`: it was certainly there, and due first.", MINIMIZE},
         .legal = {"Steals that overlap in time: the later stamp of the older task is only a late stamp.",
                   "The tasks of one batch, in any order: one CAS may have taken them all.",
                   "An owner's take that is stamped after a steal which it preceded.",
                   "Older tasks that were cancelled, that were lost, or that are pinned, for a thief.",
                   "A task of which two owners were reported convicts nobody of misorder."}},
    [WSC_VIOLATION_PROTOCOL_VIOLATION] =
        {.means = "What no scheduler can do, whatever its bugs: the recording calls are wrong. Without a task: stamps "
                  "of one worker run backwards, or it recorded an event of task 0, which is none.",
         .expected =
             "A task is queued before it is taken, and started before it completes; a worker's stamps never run "
             "backwards.",
         .causes = {"`queued` is recorded after the push: a thief can be faster. Record it before the task becomes "
                    "visible.",
                    "`exec_start`, or `steal_success`, is missing on some path (a fast path, a join, shutdown).",
                    "A worker that was not attached takes or queues tasks: attach it, or begin the trace as a window.",
                    "Backwards stamps: one worker id is used by two threads, or the counters of two cores differ by "
                    "more than the stated uncertainty.",
                    "`push_failed` without the `queued` that it takes back."},
         .further = {LIFE, DUMP,
                     "Move the call: `queued`, `exec_complete`, `suspended` and `steal_start` stand before their "
                     "operation; `dequeued`, `steal_success`, `exec_start` and `resumed` after it."},
         .legal = {"A steal of an unknown task in a window, or after a gap: its life began unseen.",
                   "A start of a task that was never queued: an inline run.",
                   "A steal stamped before the `queued`, within the uncertainty.",
                   "A success without a `steal_start`: an attempt of its own."}},
    [WSC_VIOLATION_SLOW_STEAL] =
        {.means = "A successful steal took longer than the limit (--slow-steal, 1ms), from its start to its success. "
                  "Said once for an attempt, on its first task.",
         .expected = "A steal is a few memory operations.",
         .causes = {"The thief was descheduled in the middle: more threads than processors.",
                    "The victim's lock was held, perhaps by a thread that did not run.",
                    "`steal_start` is recorded once for a whole round of victims."},
         .further = {"`wscheck analyze -v TRACE`: the latencies of all steals, and how many are slow.",
                     "`wscheck analyze --slow-steal 5ms TRACE`: another limit."},
         .legal = {"A failed attempt, however long.", "A success without a `steal_start`: its length is not known."}},
    [WSC_VIOLATION_UNFINISHED_EXECUTION] =
        {.means = "A task started and had not completed, or was suspended and had not come back, at the end of the "
                  "trace.",
         .expected = "What starts completes before the trace is closed.",
         .causes = {"The trace is closed while tasks run: close it after the workers were joined.",
                    "A path leaves the task without its `exec_complete` (an exception, a longjmp, a cancelled thread).",
                    "A suspended task was never woken: the wake-up came before the suspension and was lost.",
                    "At a stall: the task hangs, and everybody waits for it."},
         .further = {LIFE, DUMP},
         .legal = {"A run under way when the trace was cut: nothing is said of it."}},
    [WSC_VIOLATION_IDLE_WHILE_WORK] =
        {.means = "A worker slept for longer than the limit (--idle, 5ms) while a task certainly waited that it could "
                  "have stolen. The oldest such task is named.",
         .expected = "A worker that could steal does not sleep.",
         .causes = {"A wake-up is lost, or sent before the push is visible.",
                    "The worker does not look again between announcing its sleep and sleeping.",
                    "Only one sleeper is woken for several pushes, and it does not wake the next.",
                    "A policy: fewer workers are kept awake than there is work for."},
         .further = {LIFE, "`wscheck analyze -v TRACE`: how long each worker was parked.",
                     "`wscheck analyze --idle 20ms TRACE`: another limit."},
         .legal = {"The time from a `wake` to the `unparked` that it causes: the kernel was slow. Also in a sleep "
                   "that begins between the `wake` and the next event of its worker, if the sleeper has not woken "
                   "as often as it was woken since: the signal may come in it.",
                   "Tasks that are pinned, or in a queue that thieves can't reach, or not yet public.",
                   "A task that was never seen to be taken: it may have been lost."}},
    [WSC_VIOLATION_FALSE_EMPTY] =
        {.means = "A thief was answered `empty` though a task that it could have taken was certainly in the queue from "
                  "the start of the attempt to the answer. The oldest such task is named.",
         .expected = "`empty` is answered only if the queue may have been empty at some moment of the attempt.",
         .causes = {"The thief compares values of `top` and `bottom` that it loaded in the wrong order, or without the "
                    "fence between them.",
                    "The push is published with too weak an order, much later than it is recorded.",
                    "A lost race or a busy lock is recorded as `empty`: use the reasons `lost_race` and `busy`.",
                    "Pushes become public late by design (a split deque): declare the queue's visibility `deferred`."},
         .further = {LIFE, "`wscheck dump TRACE | grep -w '\"from\":QUEUE'`: all attempts on the queue."},
         .legal = {"`empty` while the last task may just have been taken.",
                   "`empty` shortly after a push that may not have been visible yet (the publish bound).",
                   "Tasks that are pinned, or in a queue with deferred visibility.",
                   "Failures for other reasons, or for none."}},
};

const struct explanation *explain_kind(enum wsc_violation_kind kind)
{
	return &kinds[kind];
}

/* In the order of ANALYSIS_REASONS: name, what it means, what to do. */
#define CUT_NAME "cut"
#define CUT_MEANS                                                                                                      \
	"The run was killed, the file is cut short, or it is still being written. What happened after its last event " \
	"is not known, so nothing is lost work; what waited longest is listed, for a hang is a usual reason to kill."
#define CUT_WHAT_NEXT "Let the run end and close its trace, or let a watchdog close it as stalled."
#define STALLED_NAME  "stalled"
#define STALLED_MEANS                                                                                                  \
	"A watchdog saw no progress and closed the trace. Tasks that still waited are reported as stalled_work; "      \
	"where "                                                                                                       \
	"there are none, why the scheduler stood still is not in the trace."
#define STALLED_WHAT_NEXT "See what runs, is suspended or parked at the end: `wscheck analyze -v TRACE`."
#define WINDOW_NAME       "window"
#define WINDOW_MEANS                                                                                                   \
	"The recording began after the first task (`complete` is false). A life that began earlier is unknown, not "   \
	"wrong; what is seen whole is judged as ever."
#define WINDOW_WHAT_NEXT "Open the recorder before the first task is queued."
#define LOSSY_NAME       "lossy"
#define LOSSY_MEANS                                                                                                    \
	"Rings were full and events were dropped, or a ring kept only its end: a gap. Every task whose evidence "      \
	"spans "                                                                                                       \
	"a gap is undecided, whichever worker's gap it is; the count of them is in the report."
#define LOSSY_WHAT_NEXT                                                                                                \
	"Give each worker a larger buffer (`wscheck record --buffer`, WSCHECK_BUFFER, ring_events), record in mode "   \
	"`block`, or record a sample of the tasks (WSCHECK_SAMPLE=1/10). If the file reached its size limit, raise "   \
	"that (WSCHECK_MAX_BYTES). Attach each worker under an id of its own: what a worker records that could not "   \
	"attach is dropped, too."
#define DAMAGED_NAME "damaged"
#define DAMAGED_MEANS                                                                                                  \
	"Blocks of the file are missing, doubled, changed or from another trace: checksums and numbers tell. What "    \
	"could be read was analyzed; what is missing counts as a gap."
#define DAMAGED_WHAT_NEXT    "Fetch the file again; `wscheck info TRACE` says what is missing."
#define EMPTY_NAME           "empty"
#define EMPTY_MEANS          "There is not one event in the trace: nothing was seen, so nothing passes."
#define EMPTY_WHAT_NEXT      "Check that the program was built with the recorder, and that its workers attach to it."
#define UNCHECKED_ORDER_NAME "unchecked_order"
#define UNCHECKED_ORDER_MEANS                                                                                          \
	"A queue declares an order that could not be checked to the end: several producers push to a `lifo` deque, "   \
	"or its pushes become public at unknown times, or its handles are memory slots that are used again so soon "   \
	"that it is ambiguous which take was whose: of nine tenths of its tasks, or of some that seem to have been "   \
	"taken out of turn. Ownership was checked all the same."
#define UNCHECKED_ORDER_WHAT_NEXT                                                                                      \
	"Declare the discipline `none` for a queue whose order does not matter; `fifo` queues may have many "          \
	"producers."
#define AMBIGUOUS_NAME "ambiguous"
#define AMBIGUOUS_MEANS                                                                                                \
	"So many stamps of one task were equal, or closer than the uncertainty, that their possible orders could not " \
	"all be tried. Those tasks are undecided."
#define AMBIGUOUS_WHAT_NEXT "Record with a finer clock, or with counters that agree better."
#define ABSENT_NAME         "absent"
#define ABSENT_MEANS                                                                                                   \
	"The trace says that some kinds of events can't be seen by what recorded it (`wscheck info`: absent). Any of " \
	"them may have happened unseen: what one of them may explain is not reported, and nothing passes."
#define ABSENT_WHAT_NEXT                                                                                               \
	"Record them too, or, if the scheduler never does what they tell of, don't declare them absent."

#define CUT_BRIEF     "let the run end and close its trace; what a hang would leave behind is listed below as `waiting`"
#define STALLED_BRIEF "see what waits below, and who was parked meanwhile"
#define WINDOW_BRIEF                                                                                                   \
	"open the recorder before the first task is queued; a file that keeps only its end (`--keep-last`) begins "    \
	"late, too"
#define LOSSY_BRIEF                                                                                                    \
	"give each worker a larger buffer (`wscheck record --buffer 16M`, WSCHECK_BUFFER=16M, ring_events) or record " \
	"in mode `block`; if the file reached its size limit (WSCHECK_MAX_BYTES), raise that"
#define DAMAGED_BRIEF         "fetch the file again; what could be read was analyzed"
#define EMPTY_BRIEF           "check that the program was built with the recorder and that workers attach to it"
#define UNCHECKED_ORDER_BRIEF "declare the discipline `none` for a queue whose order does not matter"
#define AMBIGUOUS_BRIEF       "record with a finer clock"
#define ABSENT_BRIEF          "record them, or don't declare absent what the scheduler never does"

static const struct explain_reason reasons[] = {
#define ROW(NAME, bit, clause)                                                                                         \
	{ANALYSIS_REASON_##NAME, NAME##_NAME, clause, NAME##_MEANS, NAME##_WHAT_NEXT, NAME##_BRIEF},
    ANALYSIS_REASONS(ROW)
#undef ROW
};

#define OVERWRITTEN_NEXT                                                                                               \
	"larger buffers keep more of it (`wscheck record --buffer 64M`, WSCHECK_BUFFER=64M, ring_events); the modes "  \
	"`drop` and `block` record a whole run"
#define OVERWRITTEN_WHAT_NEXT                                                                                          \
	"Larger buffers keep more of it (`wscheck record --buffer`, WSCHECK_BUFFER, ring_events). The modes `drop` "   \
	"and `block` record a whole run."
#define SWITCHED_OFF_NEXT      "leave the recorder on (wsc_pause(), wsc_resume()) while there are tasks"
#define SWITCHED_OFF_WHAT_NEXT "Leave the recorder on (wsc_pause(), wsc_resume()) while there are tasks."

#define OVER_LIMIT_NEXT                                                                                                \
	"raise that (`wscheck record --max-bytes`, WSCHECK_MAX_BYTES), keep the end of the run instead "               \
	"(`--keep-last`), or record a sample of the tasks (WSCHECK_SAMPLE=1/10)"
#define OVER_LIMIT_WHAT_NEXT                                                                                           \
	"Raise that (`wscheck record --max-bytes`, WSCHECK_MAX_BYTES), keep the end of the run instead "               \
	"(`--keep-last`), or record a sample of the tasks (WSCHECK_SAMPLE=1/10)."

#define RANGE_NEXT      "leave out `--from` and `--to` to judge the whole"
#define RANGE_WHAT_NEXT "Leave out `--from` and `--to` to judge the whole."

static const struct explain_reason losses[] = {
    [EXPLAIN_OVERWRITTEN] = {ANALYSIS_REASON_WINDOW, WINDOW_NAME,
                             "the trace is a window: recorded in mode `overwrite`, it has only the last events of each "
                             "worker",
                             LOSSY_MEANS, OVERWRITTEN_WHAT_NEXT, OVERWRITTEN_NEXT},
    [EXPLAIN_SWITCHED_OFF] = {ANALYSIS_REASON_LOSSY, LOSSY_NAME, "for some time not all workers were recorded",
                              LOSSY_MEANS, SWITCHED_OFF_WHAT_NEXT, SWITCHED_OFF_NEXT},
    [EXPLAIN_OVER_LIMIT] = {ANALYSIS_REASON_LOSSY, LOSSY_NAME,
                            "the file reached its size limit, and what came after was dropped", LOSSY_MEANS,
                            OVER_LIMIT_WHAT_NEXT, OVER_LIMIT_NEXT},
    [EXPLAIN_DAMAGED] = {ANALYSIS_REASON_LOSSY, LOSSY_NAME,
                         "events are missing: those of the damaged parts, and any that the recorder dropped",
                         LOSSY_MEANS, LOSSY_WHAT_NEXT, LOSSY_BRIEF},
    [EXPLAIN_RANGE] = {ANALYSIS_REASON_WINDOW, WINDOW_NAME, "only a range of the trace was analyzed", WINDOW_MEANS,
                       RANGE_WHAT_NEXT, RANGE_NEXT},
    [EXPLAIN_RANGE_EMPTY] = {ANALYSIS_REASON_EMPTY, EMPTY_NAME, "the range has no events", EMPTY_MEANS, RANGE_WHAT_NEXT,
                             RANGE_NEXT},
};

const struct explain_reason *explain_loss(enum explain_loss loss)
{
	return &losses[loss];
}

const struct explain_reason *explain_reason(size_t number)
{
	return number < sizeof(reasons) / sizeof(reasons[0]) ? &reasons[number] : NULL;
}
