#!/bin/sh
# A short share of `make corrupt`: damaged traces are refused, or the report says that something is missing.
. tests/lib/cli.sh

# A longer history: three workers, and one of their tasks runs twice.
awk 'BEGIN {
  print "{\"wscheck\":1}"
  for (i = 1; i <= 400; i++) {
    w = i % 3; t = 100 * i
    printf "{\"ts\":%d,\"ev\":\"queued\",\"task\":%d,\"worker\":%d}\n", t, i, w
    for (runs = i == 77 ? 2 : 1; runs > 0; runs--) {
      printf "{\"ts\":%d,\"ev\":\"exec_start\",\"task\":%d,\"worker\":%d}\n", t + 50 - 20 * runs, i, w
      printf "{\"ts\":%d,\"ev\":\"exec_complete\",\"task\":%d,\"worker\":%d}\n", t + 60 - 20 * runs, i, w
    }
  }
  print "{\"end\":\"clean\"}"
}' >"$WORK/long.jsonl"

set --
for history in "$WORK/long" "$CASES"/double_run_concurrent "$CASES"/injector_out_of_order "$CASES"/batch_steal; do
  run import -o "$WORK/${history##*/}.zst" "$history.jsonl"
  check "a trace of ${history##*/}" 0 "" ""
  set -- "$@" "$WORK/${history##*/}.zst"
done
case $B in */release) count=100 ;; *) count=25 ;; esac
code=0
"$B"/tests/corrupt/corrupt -n "$count" "$@" >"$WORK/out" 2>"$WORK/err" || code=$?
check "damage of ten kinds" 0 "" "^$((count * 10 * $#)) damaged files of $# traces, 0 silent"

# What the campaign itself must notice: a report that changed, and says nothing.
echo nothing >"$WORK/none.zst"
"$B"/tests/corrupt/corrupt "$WORK/none.zst" >"$WORK/out" 2>"$WORK/err" && code=0 || code=$?
check "no trace" 2 "none.zst: not a whole trace" ""
finish
