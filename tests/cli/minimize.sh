#!/bin/sh
# wscheck minimize: the small history shows the report, no event of it can go, and what can't be done is said.
. tests/lib/cli.sh
: "${B:=build/release}"

# Whether the file shows a report: `shows FILE KIND TASK`
shows() {
  "$WSCHECK" analyze -f json "$1" 2>/dev/null | tr -d ' \n' |
    grep -Eq "\"kind\":\"$2\",\"severity\":\"[a-z]*\",\"task\":$3,"
}

# The small history shows the report, and without any one of its events it does not.
minimal() { # name, JSON Lines, kind, task
  holds "$1: shows $3" shows "$2" "$3" "$4"
  events=$(grep -c '"ev"' "$2")
  needless=0
  number=0
  while [ "$number" -lt "$events" ]; do
    number=$((number + 1))
    awk -v gone=$number '/"ev"/ && ++seen == gone { next } { print }' "$2" >"$WORK/without.jsonl"
    if shows "$WORK/without.jsonl" "$3" "$4"; then needless=$number; fi
  done
  holds "$1: none of $events events can go" [ "$events" -gt 0 ] && [ "$needless" -eq 0 ]
}

for row in owner_and_thief_both_take:multiple_owners:100 owner_takes_oldest:ordering_violation:1 \
  lost_in_steal:lost_work:100 stalled_queue:stalled_work:1 slow_steal:slow_steal:100 gap_elsewhere_in_time:multiple_owners:1; do
  case=${row%%:*} kind=${row#*:} task=${row##*:}
  kind=${kind%:*}
  run minimize "$CASES/$case.jsonl" -o "$WORK/$case.jsonl"
  check "$case" 0 "" "^$kind on task $task: [0-9]+ of [0-9]+ events are left$"
  minimal "$case" "$WORK/$case.jsonl" "$kind" "$task"
  # The same as a trace, from a trace, and on standard output.
  "$WSCHECK" import "$CASES/$case.jsonl" -o "$WORK/$case.zst"
  run minimize "$WORK/$case.zst" -o "$WORK/small.zst"
  check "$case: from a trace to a trace" 0 ""
  run dump "$WORK/small.zst" -o "$WORK/small.jsonl"
  same "$case: the same events" "$WORK/small.jsonl" "$WORK/$case.jsonl"
  run minimize "$CASES/$case.jsonl" -o -
  check "$case: onto standard output" 0 ""
  same "$case: the same on standard output" "$WORK/out" "$WORK/$case.jsonl"
done

# A choice of report.
both=$CASES/owner_and_thief_both_take.jsonl
run minimize -k double_execution -t 0x64 -o "$WORK/double.jsonl" "$both"
check "--kind and --task" 0 "" "^double_execution on task 100: 2 of 7 events"
minimal "--kind" "$WORK/double.jsonl" double_execution 100
run minimize --exact -k multiple_owners -o - "$both"
check "--exact keeps what explains it" 0 "" '"ev":"queued"'
run minimize -o - - <"$both"
check "from standard input" 0 "" '"task":100'

# The pool with a planted defect.
for row in double-push:multiple_owners owner-oldest:ordering_violation; do
  bug=${row%:*} kind=${row#*:}
  if [ -x "$B/samples/pool" ]; then
    "$B/samples/pool" --workers 4 --tasks 20000 --bug "$bug" --trace "$WORK/pool.zst" >/dev/null 2>&1 || :
    run minimize -k "$kind" "$WORK/pool.zst" -o "$WORK/pool.jsonl"
    check "pool --bug $bug" 0 "" "^$kind on task [0-9]+: [1-6] of "
    task=$(sed -n 's/.* on task \([0-9]*\):.*/\1/p' "$WORK/out")
    minimal "pool --bug $bug" "$WORK/pool.jsonl" "$kind" "$task"
  fi
done

# What can't be done.
run minimize "$both"
trouble "no output is named" "name the file to write with '-o SMALL'"
run minimize -o "$WORK/x" "$CASES/queue_run.jsonl"
trouble "nothing to report" "there is no report: nothing to minimize"
run minimize -o "$WORK/x" -t 100 "$CASES/queue_run.jsonl"
trouble "nothing to report on a task" "there is no report on task 100|no event concerns task 100"
run minimize -o "$WORK/x" -t 55 "$both"
trouble "an unknown task" "no event concerns task 55"
run minimize -o "$WORK/x" -k lost_work "$both"
trouble "nothing of that kind" "there is no report of kind lost_work"
run minimize -o "$WORK/x" -k lost "$both"
trouble "no such kind" "no kind of report is called 'lost'"
for task in 0 -1 x 0x '' 18446744073709551616 '1 '; do
  run minimize -o "$WORK/x" -t "$task" "$both"
  trouble "task '$task'" "'--task' takes a task"
done
run minimize -o "$WORK/x" "$WORK/none"
trouble "no such input" "No such file"
holds "nothing was written" [ ! -e "$WORK/x" ]
run minimize -o "$WORK/no/such/file" "$both"
trouble "into no directory" "No such file"
run minimize -o /dev/full "$both"
trouble "onto a full device" "No space left"
code=0
"$WSCHECK" minimize -o - "$both" >/dev/full 2>"$WORK/err" || code=$?
: >"$WORK/out"
trouble "full standard output" "No space left"
holds "nothing temporary is left" [ -z "$(find "$WORK" -name '*.tmp')" ]
finish
