#!/bin/sh
# wscheck explain, and the life of a task as `analyze --explain` tells it.
. tests/lib/cli.sh

run explain
check "the list" 0 "" "^  multiple_owners  "
kinds=$(sed -n 's/.*"enum": \["multiple_owners", \(.*\)\]/multiple_owners \1/p' src/report/report.schema.json | tr -d '",')
holds "the schema names kinds" [ -n "$kinds" ]
for name in $kinds pass fail inconclusive cut lossy; do
  run explain "$name"
  check "explain $name" 0 "" "^What it means$"
  run explain
  check "$name is listed" 0 "" "^  $name "
done
for name in missing-fence stale-cas lost-wakeup late-queued; do
  run explain "$name"
  check "explain the cause $name" 0 "" "^Where to look$"
done
run explain nonsense
trouble "no such name" "no report, verdict, reason or cause is called 'nonsense'"
code=0
"$WSCHECK" explain >/dev/full 2>"$WORK/err" || code=$?
: >"$WORK/out"
trouble "full standard output" "standard output: .*No space left"

case=$CASES/owner_and_thief_both_take.jsonl
run import "$case" -o "$WORK/both.zst"
for input in "$case" "$WORK/both.zst"; do
  for task in 100 0x64; do
    run analyze --explain "$task" "$input"
    check "the life of task $task" 1 "" "^task 100  6 events, 1 life, 2 reports$"
    check "its states" 1 "" "queued +queue 1 +waits in queue 1$"
    check "its proofs are marked" 1 "" "^  > .* worker 2  exec_start .* runs on worker 1, runs on worker 2$"
    check "its reports" 1 "" "^double_execution  task 100 ran twice"
  done
  run analyze --explain 101 "$input"
  trouble "an unknown task" "no event concerns task 101"
done
run analyze -e 100 "$CASES/queue_run.jsonl"
check "a life without a report" 0 "" "^task 100  3 events, 1 life, no reports$"
run analyze -e 100 "$CASES/pending_at_cut.jsonl"
check "a life in a cut trace" 3 "" "end of the trace: cut"
run analyze -e 100 -f json "$case"
trouble "a life is text" "tells a life as text"
for task in 0 -1 x 0x 1x ''; do
  run analyze --explain "$task" "$case"
  trouble "task '$task'" "'--explain' takes a task"
done
finish
