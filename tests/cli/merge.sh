#!/bin/sh
# wscheck merge: reports of many traces come to what one call over all of them says, to the byte.
. tests/lib/cli.sh

pass=$CASES/queue_run.jsonl
fail=$CASES/owner_and_thief_both_take.jsonl
cut=$CASES/pending_at_cut.jsonl
slow=$CASES/slow_steal.jsonl
set -- "$pass" "$fail" "$cut" "$slow" "$CASES/batch_steal.jsonl" "$CASES/ids_beyond_2_53.jsonl"
number=0
for trace in "$@"; do
  "$WSCHECK" analyze -f json "$trace" >"$WORK/$number.json"
  number=$((number + 1))
done
"$WSCHECK" analyze -f json "$@" >"$WORK/all.json"
"$WSCHECK" analyze -f json "$pass" "$fail" >"$WORK/first.json"
"$WSCHECK" analyze -f json "$cut" "$slow" "$CASES/batch_steal.jsonl" >"$WORK/second.json"
"$WSCHECK" analyze -f json "$CASES/ids_beyond_2_53.jsonl" "$WORK/none" >"$WORK/third.json" 2>"$WORK/err"

# --- The same as one call. ---
run merge -f json "$WORK/0.json" "$WORK/1.json" "$WORK/2.json" "$WORK/3.json" "$WORK/4.json" "$WORK/5.json"
check "whole reports: exit code" 1 ""
jq 'del(.traces[].path)' "$WORK/out" >"$WORK/merged"
jq 'del(.traces[].path)' "$WORK/all.json" >"$WORK/called"
same "whole reports: but for the names, what one call gives" "$WORK/called" "$WORK/merged"
sed -n '/"in_all":/,/^  },/p' "$WORK/out" >"$WORK/merged"
sed -n '/"in_all":/,/^  },/p' "$WORK/all.json" >"$WORK/called"
holds "whole reports: there is something to compare" grep -q '"queue_wait_ns"' "$WORK/called"
same "whole reports: all in all, to the byte" "$WORK/called" "$WORK/merged"

run analyze -f json "$@" "$WORK/none"
cp "$WORK/out" "$WORK/called"
run merge -f json "$WORK/first.json" "$WORK/second.json" "$WORK/third.json"
check "of several traces: exit code" 2 "^wscheck merge: $WORK/none: No such file"
same "of several traces: to the byte" "$WORK/called" "$WORK/out"
run merge -f json -o "$WORK/half.json" "$WORK/first.json" "$WORK/second.json"
check "half of them: exit code" 1 "" ""
run merge -f json "$WORK/half.json" "$WORK/third.json"
same "merged before: to the byte" "$WORK/called" "$WORK/out"
run merge -f json "$WORK/called"
same "one that has all: to the byte" "$WORK/called" "$WORK/out"
cp "$WORK/called" "$WORK/of_all.json"
code=0
"$WSCHECK" merge -f json - <"$WORK/of_all.json" >"$WORK/out" 2>"$WORK/err" || code=$?
same "from a pipe: to the byte" "$WORK/of_all.json" "$WORK/out"
tests/lib/validate.py json "$WORK/out" >"$WORK/err" 2>&1
holds "the schema holds" [ ! -s "$WORK/err" ]

# --- Pipes, which can be read once: reports and shards. ---
mkfifo "$WORK/pipe" "$WORK/pipe2"
feed() { # file, pipe
  timeout 300 cat "$1" >"$2" 2>"$WORK/feed" &
}
piped() { # [operand]...: as `run merge`, which must not wait for what never comes
  code=0
  timeout 300 "$WSCHECK" merge "$@" >"$WORK/out" 2>"$WORK/err" || code=$?
}
feed "$WORK/first.json" "$WORK/pipe"
code=0
TMPDIR=$WORK/missing timeout 300 "$WSCHECK" merge "$WORK/pipe" "$WORK/second.json" >"$WORK/out" 2>"$WORK/err" || code=$?
check "a pipe, and no TMPDIR" 2 "a temporary file can't be written or read; set TMPDIR"
wait
feed "$WORK/first.json" "$WORK/pipe"
feed "$WORK/third.json" "$WORK/pipe2"
piped -f json "$WORK/pipe" "$WORK/second.json" "$WORK/pipe2"
check "named pipes: exit code" 2 "^wscheck merge: $WORK/none: No such file"
same "named pipes: to the byte" "$WORK/of_all.json" "$WORK/out"
feed "$WORK/0.json" "$WORK/pipe"
piped -f json "$WORK/pipe"
holds "a pipe is named as it was" [ "$(jq -r '.traces[].path' "$WORK/out")" = "$WORK/pipe" ]
for i in 0 1 2; do
  "$WSCHECK" analyze --shard $i/3 -o "$WORK/part.$i" "$fail"
done
"$WSCHECK" merge "$WORK/part.0" "$WORK/part.1" "$WORK/part.2" >"$WORK/called"
feed "$WORK/part.0" "$WORK/pipe"
feed "$WORK/part.1" "$WORK/pipe2"
piped "$WORK/pipe" "$WORK/pipe2" - <"$WORK/part.2"
check "shards from pipes" 1 "" "^FAIL"
same "shards from pipes: to the byte" "$WORK/called" "$WORK/out"
feed "$WORK/0.json" "$WORK/pipe"
piped "$WORK/part.0" "$WORK/pipe"
trouble "a shard, and a report from a pipe" "$WORK/pipe: no partial result, and others are"
feed "$pass" "$WORK/pipe"
piped -q "$WORK/0.json" "$WORK/pipe"
check "a history from a pipe" 2 "$WORK/pipe: no JSON report: this is a history as JSON Lines"
python3 -c 'print(" " * (65 << 20))' >"$WORK/long"
feed "$WORK/long" "$WORK/pipe"
piped -q "$WORK/0.json" "$WORK/pipe"
check "too much from a pipe" 2 "$WORK/pipe: too large for a report"
feed "$WORK/0.json" "$WORK/pipe"
code=0
timeout 300 "$WSCHECK" analyze "$WORK/pipe" >"$WORK/out" 2>"$WORK/err" || code=$?
trouble "analyze: of a pipe that is no trace it waits for no second one" "$WORK/pipe: "

# A recorded one: its clock counts ticks, its histograms are full.
if [ -x "${B:-build/release}/samples/pool" ]; then
  for run in 1 2; do
    "${B:-build/release}/samples/pool" --workers 2 --trace "$WORK/pool$run.zst" >/dev/null 2>&1
    "$WSCHECK" analyze -f json "$WORK/pool$run.zst" >"$WORK/pool$run.json"
  done
  "$WSCHECK" analyze -f json "$WORK/pool1.zst" "$WORK/pool2.zst" | sed -n '/"in_all":/,/^  },/p' >"$WORK/called"
  "$WSCHECK" merge -f json "$WORK/pool1.json" "$WORK/pool2.json" | sed -n '/"in_all":/,/^  },/p' >"$WORK/merged"
  same "recorded traces: to the byte" "$WORK/called" "$WORK/merged"
fi

# --- Text and page: what the call says in all. ---
"$WSCHECK" analyze "$pass" "$fail" >"$WORK/called"
run merge "$WORK/first.json"
check "text: exit code" 1 "" "^FAIL  in all: 2 traces: 1 fail, 1 pass$"
tail -n "$(wc -l <"$WORK/out")" "$WORK/called" >"$WORK/end"
same "text: the end of what the call says" "$WORK/end" "$WORK/out"
run merge -v "$WORK/first.json"
check "-v: what passed, too" 1 "" "^  pass  *$pass"
run merge -q "$WORK/first.json"
holds "-q: one line" [ "$(wc -l <"$WORK/out")" -eq 1 ]
"$WSCHECK" analyze -q -o html="$WORK/called" "$pass" "$fail" >"$WORK/out"
run merge -f html "$WORK/first.json"
same "html: the same page" "$WORK/called" "$WORK/out"

# --- Exit codes. ---
run merge -q "$WORK/0.json" "$WORK/3.json"
check "all passed" 0 "" "^PASS  in all: 2 traces: 2 pass$"
run merge -q "$WORK/0.json" "$WORK/2.json"
check "one is inconclusive" 3 "" "^INCONCLUSIVE  in all"
run merge -q --allow-incomplete "$WORK/0.json" "$WORK/2.json"
check "one is inconclusive, and accepted" 0 "" "^INCONCLUSIVE  in all"

# --- What is no report is missing, and takes no other with it. ---
bad() { # name, file, why
  run merge -q "$WORK/0.json" "$2"
  check "$1" 2 "^wscheck merge: .*$3" "^INCONCLUSIVE  in all: 2 traces: 1 unreadable, 1 pass$"
  holds "$1: said once" [ "$(wc -l <"$WORK/err")" -eq 1 ]
}
bad "none" "$WORK/none" "No such file"
bad "a history" "$pass" "this is a history as JSON Lines"
"$WSCHECK" analyze -f ndjson "$pass" >"$WORK/lines"
bad "lines" "$WORK/lines" "this is the form ndjson"
head -c 1000 "$WORK/0.json" >"$WORK/bad"
bad "cut" "$WORK/bad" "no whole JSON document"
# A document may end where a read of the file does: what is behind it is seen.
padded() { # size: a report that passes, with blanks before its end
  jq -c . "$WORK/0.json" | awk -v size="$1" '{ printf "%s%*s}", substr($0, 1, length($0) - 1), size - length($0), "" }'
}
for size in 65536 131072 65537; do
  {
    padded $size
    cat "$WORK/2.json"
  } >"$WORK/bad"
  bad "two reports in one file, the first of $size bytes" "$WORK/bad" "no JSON report: .*; write one"
  {
    padded $size
    printf '\n \t'
  } >"$WORK/padded"
  run merge -q "$WORK/0.json" "$WORK/padded"
  check "blanks behind a report of $size bytes" 0 "" "^PASS  in all: 2 traces"
done
{
  cat "$WORK/0.json"
  printf '\0'
  cat "$WORK/2.json"
} >"$WORK/bad"
bad "two reports, a NUL between" "$WORK/bad" "no JSON report: more follows its end; write one"
echo null >"$WORK/bad"
bad "null" "$WORK/bad" "no JSON report"
echo '{}' >"$WORK/bad"
bad "an empty object" "$WORK/bad" "no report of this version"
jq 'del(.stats.exec_ns.buckets)' "$WORK/0.json" >"$WORK/bad"
bad "of an older version" "$WORK/bad" "latencies are not told bucket by bucket"
jq '.stats.exec_ns.count = 7' "$WORK/0.json" >"$WORK/bad"
bad "counts that don't agree" "$WORK/bad" "latencies are not told bucket by bucket"
echo '{"schema":"wscheck-fleet/1"}' >"$WORK/bad"
bad "several, and no traces" "$WORK/bad" "lists no .traces"
echo '{"schema":"wscheck-fleet/1","traces":[{"path":"x","error":null,"report":7}]}' >"$WORK/bad"
bad "several, and a number for a report" "$WORK/bad" "x: no report of this version"
echo '{"schema":"wscheck-fleet/1","traces":[7]}' >"$WORK/bad"
bad "several, and a number for a trace" "$WORK/bad" "has no .path"
run merge "$WORK/0.json" "$WORK/none"
holds "text: what is missing is told once" [ "$(grep -c "$WORK/none" "$WORK/out")" -eq 1 ]
for command in analyze info dump; do
  for report in 0 all; do
    run $command "$WORK/$report.json"
    trouble "$command: a report is no trace ($report)" "this is a report, and no trace: 'wscheck merge' joins reports$"
  done
done
run merge
trouble "nothing" "no report is named"
run merge -f sarif "$WORK/0.json"
trouble "another format" "as text, json or html, not as sarif"
run merge -o "$WORK/0.json" "$WORK/0.json"
trouble "onto a report" "it is the input"
run merge -o /dev/full "$WORK/0.json"
check "a full disk" 2 "^wscheck merge: cannot write /dev/full: No space left on device$"

finish
