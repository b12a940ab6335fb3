#!/bin/sh
# wscheck export: what protoc decodes is the history, arrows and counters and reports included, and what can't be done is
# said.
. tests/lib/cli.sh
: "${B:=build/release}"
command -v protoc >/dev/null || exit 77

# Exports, decodes, and holds the result to the history: `exported NAME INPUT [OPTION...]`, options with --window for it
exported() {
  name=$1 input=$2
  shift 2
  run export "$input" -o "$WORK/$name.pftrace" "$@"
  check "$name" 0 "" 'slices, .* arrows of steals, .* reports; https://ui.perfetto.dev opens it$'
  "$WSCHECK" dump "$input" -o "$WORK/$name.history" 2>/dev/null
  "$WSCHECK" analyze -q "$input" -o json="$WORK/$name.json" >/dev/null 2>&1
  # shellcheck disable=SC2086 # two words, or none
  python3 tests/lib/perfetto_trace.py "$WORK/$name.pftrace" "$WORK/$name.history" "$WORK/$name.json" $window \
    >"$WORK/said" 2>&1 || bad=1
  sed "s/^\(ok\|not ok\) /&$name: /" "$WORK/said"
}
window=

for case in queue_run steal_then_run owner_and_thief_both_take batch_steal nested_run inline_run polled_on_two_workers \
  recycled_slot push_failed cancelled_entry_run idle_while_work injector_fifo deque_scope gap_elsewhere_in_time \
  ids_beyond_2_53 never_finishes stalled_queue overflow_from_the_top; do
  holds "$case is there" [ -e "$CASES/$case.jsonl" ]
  exported $case "$CASES/$case.jsonl"
done
for bug in "" steal-store lost-wakeup; do
  "$B/samples/pool" --workers 3 --tasks 3000 ${bug:+--bug "$bug"} --trace "$WORK/pool.zst" >/dev/null 2>&1 || :
  exported "pool${bug:+-$bug}" "$WORK/pool.zst"
done
exported again "$WORK/pool.zst"
same "the same bytes again" "$WORK/pool-lost-wakeup.pftrace" "$WORK/again.pftrace"
code=0
"$WSCHECK" export - <"$WORK/pool.zst" >"$WORK/out" 2>"$WORK/err" || code=$?
same "from standard input to standard output" "$WORK/out" "$WORK/again.pftrace"
holds "nothing on standard error" [ ! -s "$WORK/err" ]

# A stretch of it. A task that runs all the time is cut at both ends.
cat >"$WORK/long.jsonl" <<'EOF_LONG'
{"wscheck":1,"workers":[{"worker":1,"name":"first","thread_id":71},{"worker":2,"thread_id":71}]}
{"ts":1000,"ev":"queued","task":7,"worker":1,"label":"all <the> time"}
{"ts":1010,"ev":"exec_start","task":7,"worker":1}
{"ts":1100,"ev":"queued","task":8,"worker":1}
{"ts":1200,"ev":"parked","worker":2}
{"ts":1300,"ev":"unparked","worker":2}
{"ts":1400,"ev":"steal_start","from":1,"to":2}
{"ts":1450,"ev":"steal_success","task":8,"from":1,"to":2}
{"ts":1460,"ev":"exec_start","task":8,"worker":2}
{"ts":1600,"ev":"exec_complete","task":8,"worker":2}
{"ts":2000,"ev":"exec_complete","task":7,"worker":1}
{"end":"clean"}
EOF_LONG
exported whole "$WORK/long.jsonl"
decode() { # file
  protoc --proto_path=tests/lib --decode=Trace tests/lib/perfetto.proto <"$1" >"$WORK/out"
}
decode "$WORK/whole.pftrace"
holds "a label names the run" grep -q 'name: "all <the> time"' "$WORK/out"
holds "a worker has its name" grep -q 'thread_name: "worker 1 (first)"' "$WORK/out"
window="--window 150 500"
exported stretch "$WORK/long.jsonl" --from 150ns --to 500
decode "$WORK/stretch.pftrace"
holds "what ran before begins at the edge" grep -q 'timestamp: 1150' "$WORK/out"
holds "what runs on ends at the edge" grep -q 'timestamp: 1500' "$WORK/out"
holds "an arrow from before is left out" [ "$(grep -c flow_ids "$WORK/out")" -eq 0 ]

# Histories that no scheduler makes: ends out of order, no ends, stamps backwards, nested without bounds.
python3 - "$WORK/wild.jsonl" "$WORK/deep.jsonl" <<'PYTHON'
import json, random, sys

random.seed(5)
kinds = ("queued", "dequeued", "exec_start", "exec_complete", "suspended", "resumed", "cancelled", "steal_success",
         "steal_start", "steal_failure", "parked", "unparked", "push_failed", "wake")
with open(sys.argv[1], "w") as file:
    file.write('{"wscheck":1,"identity":"recycled"}\n')
    ts = 10**6
    for _ in range(6000):
        kind, a, b = random.choice(kinds), random.randrange(4), random.randrange(4)
        line = {"ts": ts, "ev": kind}
        if kind.startswith("steal") or kind == "wake":
            line |= {"from": a, "to": b}
        else:
            line["worker"] = a
        if kind not in ("steal_start", "steal_failure", "parked", "unparked", "wake"):
            line["task"] = random.randrange(1, 60)
        file.write(json.dumps(line) + "\n")
        ts += random.randrange(-20, 60)
with open(sys.argv[2], "w") as file:
    file.write('{"wscheck":1}\n')
    for task in range(1, 5001):
        file.write(json.dumps({"ts": task, "ev": "exec_start", "task": task, "worker": 1}) + "\n")
    for task in range(1, 5001):
        file.write(json.dumps({"ts": 9000 + task, "ev": "exec_complete", "task": task, "worker": 1}) + "\n")
PYTHON
window="--window 0 10000000000"
exported wild "$WORK/wild.jsonl"
run export "$WORK/deep.jsonl" -o "$WORK/deep.pftrace"
check "deep" 0 "904 runs or sleeps, nested too deep or without an end, are left out"
holds "its size is bounded" [ "$(wc -c <"$WORK/deep.pftrace")" -lt 20000000 ]

# Names from a trace, and a file that is cut.
printf '{"wscheck":1,"host":"h\\u001b","workers":[{"worker":1,"name":"\\u202e\\"\\\\"}]}\n' >"$WORK/evil.jsonl"
printf '{"ts":1,"ev":"queued","task":1,"worker":1,"label":"\\u0007<b>"}\n{"ts":2,"ev":"exec_start","task":1,"worker":1}\n' \
  >>"$WORK/evil.jsonl"
window=
exported evil "$WORK/evil.jsonl"
if LC_ALL=C grep -aq "$(printf '\342\200\256')" "$WORK/evil.pftrace"; then
  result 1 "no direction mark" "there is one"
else
  result 0 "no direction mark"
fi
printf '{"wscheck":1}\n' >"$WORK/none.jsonl"
exported nothing "$WORK/none.jsonl"
head -c 3000 "$WORK/pool.zst" >"$WORK/cut.zst"
exported cut "$WORK/cut.zst"

# What can't be done.
run export "$WORK/long.jsonl" -o "$WORK"
trouble "into a directory" "cannot write .*: Is a directory"
run export "$WORK/long.jsonl" -o "$WORK/no/such/file"
trouble "into no directory" "No such file"
run export "$WORK/long.jsonl" -o "$WORK/long.jsonl"
trouble "over its input" "it is the input"
run export "$WORK/none" -o "$WORK/x"
trouble "no such input" "No such file"
run export "$WORK/long.jsonl" -o "$WORK/x" --format ctf
trouble "no such format" "ctf"
run export "$WORK/long.jsonl" -o "$WORK/x" --from 5ms --to 1ms
trouble "ends before it begins" "'--to' is before '--from'"
run export -o "$WORK/x"
trouble "no input" "no trace is named"
printf 'neither\n' >"$WORK/text"
run export "$WORK/text" -o "$WORK/x"
trouble "no trace" "neither a wscheck trace nor JSON Lines"
holds "nothing was written" [ ! -e "$WORK/x" ]
run export "$WORK/pool.zst" -o /dev/full
check "a full disk" 2 "cannot write /dev/full: No space left on device"
code=0
"$WSCHECK" export "$WORK/pool.zst" >/dev/full 2>"$WORK/err" || code=$?
: >"$WORK/out"
trouble "standard output is full" "cannot write standard output: No space left on device"
finish
