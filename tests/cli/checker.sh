#!/bin/sh
# The unit test of samples/unit-test/: the sound scheduler passes, each planted defect is found and named.
. tests/lib/cli.sh

program=$PWD/${B:-build/release}/samples/unit-test

# What the sample says of a defect.
sample() { # defect
  code=0
  "$program" "$@" >"$WORK/out" 2>"$WORK/err" || code=$?
}

sample
check "sound" 0 "" "^ok - 4 workers: 20 rounds"
holds "sound: nothing else is said" [ "$(wc -l <"$WORK/out")" -eq 3 ]
sample copy
check "copy" 1 "" "^  double_execution: task 1 ran twice"
check "copy: two owners" 1 "" "^  multiple_owners: task 1 "
sample drop
check "drop" 1 "" "^  lost_work: task 1 was taken out of queue 0 and not run up to a clean end: worker 1"
sample newest
check "newest" 1 "" "^  ordering_violation: task [0-9]+ was taken from queue 0 out of turn"
sample no-such-defect
check "a defect that is none" 2 "^unit-test: no bug is called 'no-such-defect' "
sample copy drop
check "too many arguments" 2 "^unit-test: one bug at a time, not also 'drop' "
finish
