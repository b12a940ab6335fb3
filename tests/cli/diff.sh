#!/bin/sh
# wscheck diff: what is new and what is gone, by how much figures shifted, which bounds are passed, from traces and from
# reports alike.
. tests/lib/cli.sh
: "${B:=build/release}"

# Steals of 10 and of 15 ns; B has a double execution, A lost work.
history() { # duration of a steal, rest of the lines
  printf '{"wscheck":1}\n{"ts":100,"ev":"queued","task":1,"worker":1}\n{"ts":110,"ev":"steal_start","from":1,"to":2}\n'
  printf '{"ts":%d,"ev":"steal_success","task":1,"from":1,"to":2}\n' $((110 + $1))
  printf '{"ts":130,"ev":"exec_start","task":1,"worker":2}\n{"ts":230,"ev":"exec_complete","task":1,"worker":2}\n'
  cat
  printf '{"end":"clean"}\n'
}
echo '{"ts":300,"ev":"queued","task":2,"worker":1}' | history 10 >"$WORK/a.jsonl"
history 15 >"$WORK/b.jsonl" <<'EOF_B'
{"ts":240,"ev":"exec_start","task":1,"worker":1}
{"ts":300,"ev":"exec_complete","task":1,"worker":1}
EOF_B
run diff "$WORK/a.jsonl" "$WORK/b.jsonl"
check "new and gone" 0 "" '^gone +lost_work .*\(1, then 0\)$'
check "new" 0 "" '^new +double_execution .*\(0, then 1\)$'
check "a latency" 0 "" '^p99\.steal_latency +10 ns +15 ns +\+50\.0 %$'
check "a rate" 0 "" '^runs_per_second +5,000,000 +10,000,000 +\+100\.0 %$'
check "verdicts" 0 "" '^A .*a\.jsonl: fail$'
widest=$(awk '{ if (length($0) > most) most = length($0) } END { print most }' "$WORK/out")
holds "it fits a terminal" [ "$widest" -le 80 ]
cp "$WORK/out" "$WORK/of_traces"

# A report of each says the same, and so does a trace.
for side in a b; do
  "$WSCHECK" analyze -q "$WORK/$side.jsonl" -o json="$WORK/$side.json" >/dev/null
  "$WSCHECK" import "$WORK/$side.jsonl" -o "$WORK/$side.zst"
done
for pair in "a.json b.json" "a.zst b.json" "a.json b.jsonl" "a.zst b.zst"; do
  run diff "$WORK/${pair% *}" "$WORK/${pair#* }"
  sed "s/\(^[AB] .*[ab]\)\.[a-z]*:/\1.jsonl:/" "$WORK/out" >"$WORK/renamed"
  same "$pair" "$WORK/of_traces" "$WORK/renamed"
done
code=0
"$WSCHECK" diff "$WORK/a.json" - <"$WORK/b.zst" >"$WORK/out" 2>"$WORK/err" || code=$?
check "standard input" 0 "" '^new +double_execution'

# Pipes, of which each can be read but once.
mkfifo "$WORK/pipe" "$WORK/pipe2"
feed() { # file, pipe
  timeout 300 cat "$1" >"$2" 2>"$WORK/feed" &
}
for pair in "a.json b.json" "a.zst b.json" "a.jsonl b.zst"; do
  feed "$WORK/${pair% *}" "$WORK/pipe"
  feed "$WORK/${pair#* }" "$WORK/pipe2"
  code=0
  timeout 300 "$WSCHECK" diff "$WORK/pipe" "$WORK/pipe2" >"$WORK/out" 2>"$WORK/err" || code=$?
  check "pipes of $pair: exit code" 0
  sed "s,\(^[AB] .*/\)[a-z0-9]*:,\1:," "$WORK/out" >"$WORK/renamed"
  sed "s,\(^[AB] .*/\)[a-z.]*:,\1:," "$WORK/of_traces" >"$WORK/expected"
  same "pipes of $pair" "$WORK/expected" "$WORK/renamed"
  wait
done
code=0
"$WSCHECK" diff - "$WORK/b.json" <"$WORK/a.json" >"$WORK/out" 2>"$WORK/err" || code=$?
check "a report on standard input" 0 "" '^new +double_execution'
code=0
head -c 900 "$WORK/a.json" | "$WSCHECK" diff - "$WORK/b.json" >"$WORK/out" 2>"$WORK/err" || code=$?
check "part of a report on standard input" 2 '^wscheck diff: standard input: no whole JSON document'
run diff "$WORK/b.json" "$WORK/b.zst"
check "nothing changed" 0 "" '^both +double_execution .*\(1, then 1\)$'
holds "all figures are the same" [ "$(grep -Ec '(same|-)$' "$WORK/out")" -eq "$(sed -n '/^figure/,$p' "$WORK/out" | tail -n +2 | wc -l)" ]

# Bounds: of what is worse, either way.
bound() { # exit code, bound, word
  run diff "$WORK/a.json" "$WORK/b.json" --max-shift "$2"
  check "--max-shift $2" "$1" "" "^bounds +$3  "
}
bound 0 p99.steal_latency=50% kept
bound 1 p99.steal_latency=49% exceeded
bound 0 p99.steal_latency=5ns kept
bound 1 p99.steal_latency=4 exceeded
bound 0 runs_per_second=0% kept
bound 3 p99.failed_steal_latency=10% "not measured on both sides"
bound 0 steal_attempts=0 kept
run diff "$WORK/b.json" "$WORK/a.json" --max-shift runs_per_second=49%
check "a rate that falls" 1 "" '^bounds +exceeded'
run diff "$WORK/b.json" "$WORK/a.json" --max-shift runs_per_second=50% --max-shift p99.steal_latency=0%
check "two bounds" 0 "" '^bounds +kept'
run diff "$WORK/a.json" "$WORK/b.json" --fail-on-new
check "--fail-on-new" 1 "" '^new'
run diff "$WORK/b.json" "$WORK/b.zst" --fail-on-new
check "--fail-on-new, nothing new" 0 ""

# JSON, by its schema.
run diff "$WORK/a.json" "$WORK/b.json" -f json --max-shift p99.steal_latency=10% --max-shift p99.failed_steal_latency=1%
check "json" 1 ""
cp "$WORK/out" "$WORK/diff.json"
for python in python3 /usr/bin/python3; do
  "$python" -c 'import jsonschema' 2>/dev/null && break
done
cat >"$WORK/validate.py" <<'PYTHON'
import json, sys
import jsonschema

with open(sys.argv[1]) as file, open("src/report/diff.schema.json") as schema:
    jsonschema.Draft202012Validator(json.load(schema)).validate(json.load(file))
PYTHON
holds "the schema holds" "$python" "$WORK/validate.py" "$WORK/diff.json"
jq '.figures[0].unit = "miles"' "$WORK/diff.json" >"$WORK/wrong.json"
holds "and is not empty" sh -c "! '$python' '$WORK/validate.py' '$WORK/wrong.json'"
holds "shifts in it" jq -e '.figures[] | select(.name == "p99.steal_latency") | .a == 10 and .b == 15 and .shift == 0.5' "$WORK/diff.json"
holds "reports in it" jq -e '[.reports[].status] | sort == ["gone", "new"]' "$WORK/diff.json"
holds "bounds in it" jq -e '[.bounds[].status] == ["exceeded", "unmeasured"]' "$WORK/diff.json"

# Reports that are not listed are said to be there.
"$B/samples/pool" --workers 3 --tasks 5000 --bug owner-oldest --trace "$WORK/pool.zst" >/dev/null 2>&1 || :
run diff --max-reports 3 "$WORK/pool.zst" "$WORK/pool.zst"
check "unlisted" 0 "" 'further reports of A are counted and not listed'

# Files that are no reports, and what can't be done.
hostile() { # name, content, pattern
  echo "$2" >"$WORK/hostile"
  run diff "$WORK/a.json" "$WORK/hostile"
  trouble "$1" "$3"
}
hostile "half a report" '{"schema":"wscheck-report/1","verdict":"pass",' "no whole JSON document"
hostile "another version" '{"schema":"wscheck-report/99","verdict":"pass","stats":{},"violations":[]}' "no report of this version"
hostile "no statistics" '{"schema":"wscheck-report/1","verdict":"pass","violations":[]}' "no report of this version"
hostile "no keys" '{"schema":"wscheck-report/1","verdict":"pass","stats":{},"violations":[{}]}' "have no .key."
hostile "violations of numbers" '{"schema":"wscheck-report/1","verdict":"pass","stats":{},"violations":[1]}' "have no .key."
hostile "text" 'neither' "neither a wscheck trace nor JSON Lines"
printf '{"schema":"wscheck-report/1","verdict":"\\u001b[31m","stats":{"steal_attempts":"99999999999999999999","successful_steals":-5,"exec_ns":{"count":1,"p50":1e308,"max":"nan"},"workers":[1,{"executed":"18446744073709551615"}],"queues":7},"violations":[],"violation_counts":{"x":"y"},"trace":{"duration_ns":1,"events":"18446744073709551615"}}' \
  >"$WORK/odd.json"
run diff "$WORK/odd.json" "$WORK/odd.json"
check "odd numbers" 0 "" '^runs_per_second +18,446,744,073,709,551,615'
holds "no escapes" sh -c "! grep -q \"\$(printf '\\033')\" '$WORK/out'"
run diff "$WORK/a.json"
trouble "one file" "two traces or reports are compared, and 1 is named"
run diff "$WORK/a.json" "$WORK/b.json" "$WORK/a.json"
trouble "three files" "and 3 are named"
run diff - -
trouble "twice standard input" "only one of the two can be standard input"
run diff "$WORK/a.json" "$WORK/none"
trouble "no such file" "No such file"
run diff "$WORK/a.json" "$WORK/b.json" --max-shift p99.stel_latency=1%
trouble "no such figure" "did you mean 'p99.steal_latency'\\?"
run diff "$WORK/a.json" "$WORK/b.json" --max-shift p99.steal_latency=fast
trouble "no such bound" "neither a share, as 20%, nor a time, as 50us"
run diff "$WORK/a.json" "$WORK/b.json" --max-shift p99.steal_latency
trouble "no bound" "is no METRIC=VALUE"
run diff "$WORK/a.json" "$WORK/b.json" -o "$WORK/a.json"
trouble "over its input" "it is the input"
run diff "$WORK/a.json" "$WORK/b.json" -o /dev/full
check "a full disk" 2 "No space left on device"

# json-c crashes, or loses members, where it finds no memory: what it may need is asked for beforehand.
jq '.more = [range(200000) | {}]' "$WORK/a.json" >"$WORK/wide.json"
# shellcheck disable=SC3045 # dash has it
if (ulimit -v 100000 && "$WSCHECK" --version) >/dev/null 2>&1; then
  for words in "diff $WORK/a.json" merge "analyze -q $WORK/b.jsonl --baseline"; do
    code=0
    # shellcheck disable=SC2086,SC3045 # words
    (ulimit -v 100000 && exec "$WSCHECK" $words "$WORK/wide.json") >"$WORK/out" 2>"$WORK/err" || code=$?
    trouble "no memory for a report: ${words%% *}" "^wscheck ${words%% *}: $WORK/wide.json: out of memory: run it where there is more, or raise its limit"
  done
else
  echo "ok no memory for a report # SKIP this build does not run in 100 MB"
fi
finish
