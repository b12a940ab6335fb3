#!/bin/sh
# Several traces in one call: a report on each, in their order, and one on all; the worst exit code.
. tests/lib/cli.sh

pass=$CASES/queue_run.jsonl
fail=$CASES/owner_and_thief_both_take.jsonl
cut=$CASES/pending_at_cut.jsonl
slow=$CASES/slow_steal.jsonl
all="$WORK/all"
mkdir "$all"

# --- The exit code is the worst: 2, then 1, then 3. ---
code_of() { # name, exit code, options and traces...
  what=$1 expected=$2
  shift 2
  run analyze -q "$@"
  if [ "$code" -eq "$expected" ]; then result 0 "$what"; else result 1 "$what" "exit code $code, expected $expected"; fi
}
code_of "two that pass" 0 "$pass" "$slow"
code_of "a pass and a cut" 3 "$pass" "$cut"
code_of "a cut and a pass" 3 "$cut" "$pass"
code_of "an accepted cut" 0 --allow-incomplete "$pass" "$cut"
code_of "a cut and a fail" 1 "$cut" "$fail"
code_of "a fail and one that is not there" 2 "$fail" "$WORK/not_there"
code_of "one that is not there, and a pass" 2 "$WORK/not_there" "$pass"
code_of "a warning that fails" 1 --fail-on warning "$pass" "$slow"

# Reports wait in temporary files, which are where TMPDIR says.
code=0
TMPDIR=$all/missing "$WSCHECK" analyze "$pass" "$cut" >"$WORK/out" 2>"$WORK/err" || code=$?
trouble "no TMPDIR" "a temporary file can't be written or read; set TMPDIR to a directory with room"

# --- Text: each report as it is alone, then all. ---
for trace in "$pass" "$fail" "$cut"; do
  "$WSCHECK" analyze "$trace"
  echo
done >"$WORK/alone"
run analyze "$pass" "$fail" "$cut"
check "text: exit code" 1 "" "^FAIL  in all: 3 traces: 1 fail, 1 inconclusive, 1 pass$"
head -n "$(wc -l <"$WORK/alone")" "$WORK/out" >"$WORK/first"
same "text: the reports are those of each alone" "$WORK/alone" "$WORK/first"
holds "text: what did not pass is listed" [ "$(grep -cE '^  (fail|inconclusive) ' "$WORK/out")" = 2 ]
run analyze -v "$pass" "$fail"
holds "-v: all are listed" grep -q "^  pass  *$pass" "$WORK/out"
run analyze -q "$pass" "$fail" "$cut"
holds "-q: a line each, and one" [ "$(wc -l <"$WORK/out")" -eq 4 ]
cp "$WORK/out" "$WORK/quiet"
for jobs in 1 2 7; do
  run analyze -q -j $jobs "$pass" "$fail" "$cut"
  same "--jobs $jobs: the same" "$WORK/quiet" "$WORK/out"
done

# --- A file that can't be read takes no other with it. ---
head -c 100 "$fail" >"$WORK/broken.jsonl"
run analyze "$pass" "$WORK/not_there" "$WORK/broken.jsonl" "$slow"
check "bad files" 2 "^wscheck analyze: $WORK/not_there: No such file" "^UNREADABLE  $WORK/not_there: No such file"
holds "bad files: each is told of once" [ "$(wc -l <"$WORK/err")" -eq 2 ]
holds "bad files: the others are judged" [ "$(grep -c '^PASS' "$WORK/out")" = 2 ]
holds "bad files: in all" grep -q "^INCONCLUSIVE  in all: 4 traces: 2 unreadable, 2 pass$" "$WORK/out"

# --- Every format. ---
run analyze -q -o json="$all/json" -o ndjson="$all/ndjson" -o junit="$all/junit" -o sarif="$all/sarif" \
  -o github="$all/github" -o html="$all/html" "$pass" "$fail" "$WORK/not_there" "$cut" "$slow"
check "all formats at once" 2 "not_there"
for format in json ndjson sarif github; do
  tests/lib/validate.py $format "$all/$format" >"$WORK/err" 2>&1
  holds "valid $format" [ ! -s "$WORK/err" ]
done
xmllint --noout --schema tests/lib/junit.xsd "$all/junit" >"$WORK/out" 2>"$WORK/err" || :
holds "valid junit" grep -q 'validates$' "$WORK/err"
holds "junit: a suite for each" [ "$(xmllint --xpath 'count(//testsuite)' "$all/junit")" = 5 ]
holds "junit: the sums" [ "$(xmllint --xpath 'string(/testsuites/@failures)' "$all/junit")" = 2 ]
holds "junit: one that is unreadable is an error" [ "$(xmllint --xpath 'count(//testsuite[3]//error)' "$all/junit")" = 1 ]
holds "sarif: a run for each" [ "$(jq '.runs | length' "$all/sarif")" = 5 ]
holds "sarif: its id" [ "$(jq -r '.runs[0].automationDetails.id' "$all/sarif")" = "wscheck/$pass/" ]
holds "github: the verdict of all comes first" [ "$(head -n 1 "$all/github")" = \
  "::error title=wscheck%2C in all%3A fail::5 traces: 1 fail, 1 inconclusive, 1 unreadable, 2 pass" ]
holds "html: each is listed" [ "$(grep -c "<bdi>$CASES.*\.jsonl</bdi></td><td>" "$all/html")" = 4 ]
holds "html: the verdict" grep -q 'data-key="verdict" data-value="fail"' "$all/html"
number=0
for trace in "$pass" "$fail" not "$cut" "$slow"; do
  if [ "$trace" != not ]; then
    "$WSCHECK" analyze -f json "$trace" | jq . >"$WORK/alone"
    jq ".traces[$number].report" "$all/json" >"$WORK/within"
    same "json: report $number is that of the trace alone" "$WORK/alone" "$WORK/within"
    "$WSCHECK" analyze -f ndjson "$trace" >"$WORK/alone"
    awk -v want=$number '/^{"type":"(trace|in_all)"/ { at++; next } at == want + 1' "$all/ndjson" >"$WORK/within"
    same "ndjson: the lines of $number are those of the trace alone" "$WORK/alone" "$WORK/within"
    "$WSCHECK" analyze -f sarif "$trace" | jq '.runs[0]' >"$WORK/alone"
    jq ".runs[$number] | del(.automationDetails)" "$all/sarif" >"$WORK/within"
    same "sarif: run $number is that of the trace alone" "$WORK/alone" "$WORK/within"
  fi
  number=$((number + 1))
done
holds "json: counts are added" [ "$(jq '.in_all.trace.events' "$all/json")" = \
  "$(jq '[.traces[].report.trace.events // 0] | add' "$all/json")" ]
holds "json: reasons are counted by trace" [ "$(jq -c '.in_all.trace.reasons' "$all/json")" = '{"cut":1}' ]

# More annotations than a step shows.
set --
for _ in 1 2 3 4 5 6 7 8 9 10 11 12; do set -- "$@" "$fail"; done
run analyze -f github "$@"
holds "github: no more than a step shows" [ "$(grep -c '^::error' "$WORK/out")" -le 10 ]
holds "github: the rest is counted" grep -q '^::error title=wscheck::[0-9]* more annotations are left out' "$WORK/out"

# --- One, as several. ---
run analyze --in-all -q "$slow"
check "--in-all: one trace" 0 "" "^PASS  in all: 1 trace: 1 pass$"
run analyze --in-all -f json "$slow"
holds "--in-all: one trace has its name" [ "$(jq -r '.traces[0].path' "$WORK/out")" = "$slow" ]
run analyze --in-all --story 1 "$fail"
trouble "--in-all and --story" "'--story' tells a story of one trace: leave out '--in-all'"

# --- Latencies of all are those of each, put together. ---
if [ -x "${B:-build/release}/samples/pool" ]; then
  "${B:-build/release}/samples/pool" --workers 2 --trace "$WORK/pool.zst" >/dev/null 2>&1
  run analyze -q -o json="$all/twice" "$WORK/pool.zst" "$WORK/pool.zst"
  # shellcheck disable=SC2016 # the names are jq's
  holds "the same trace twice: twice as many, the same latencies to 1 %" jq -e '
    .traces[0].report.stats as $one | .in_all.stats as $all
    | ["steal_latency_ns", "queue_wait_ns", "exec_ns", "queued_to_done_ns"]
    | all(.[]; . as $key | $all[$key].count == 2 * $one[$key].count and $all[$key].max == $one[$key].max
        and ([["p50", "p90", "p99", "p999"][] | ($all[$key][.] - $one[$key][.] | fabs) <= 0.01 * $one[$key][.]] | all))
  ' "$all/twice"
fi

# --- Rules. ---
cat >"$WORK/accepted" <<EOT
slow_steal reason="shared runners"
lost_work reason="nothing has it"
EOT
run analyze -q --fail-on warning --suppressions "$WORK/accepted" "$pass" "$slow" "$pass"
check "what suppresses in one of them is of use" 0 "accepted:2: suppresses nothing"
holds "what suppresses in none is said, and once" [ "$(wc -l <"$WORK/err")" -eq 1 ]

run analyze --explain 100 "$pass" "$fail"
trouble "--explain takes one" "'--explain' tells a life in one trace: name one"
run analyze --story 1 "$pass" "$fail"
trouble "--story takes one" "'--story' tells a story of one trace: name one"
run analyze - "$pass" -
trouble "standard input twice" "only one of the traces can be standard input"
cp "$pass" "$WORK/input"
run analyze -o json="$WORK/input" "$fail" "$WORK/input"
trouble "onto one of them" "it is the input"
same "it is as it was" "$pass" "$WORK/input"
run analyze -q -o json=/dev/full "$fail" "$pass"
check "a full disk" 2 "^wscheck analyze: cannot write /dev/full: No space left on device$"
code=0
"$WSCHECK" analyze -q "$fail" - <"$pass" >"$WORK/out" 2>"$WORK/err" || code=$?
check "one from a pipe" 1 "" "^PASS  -: no errors"

# --- Order, and an analysis that dies. A FIFO holds the first trace back until the second is done. ---
mkfifo "$WORK/fifo"
"$WSCHECK" analyze -q -j 2 "$WORK/fifo" "$slow" >"$WORK/out" 2>"$WORK/err" &
program=$!
cat "$pass" >"$WORK/fifo"
code=0
wait $program || code=$?
check "one that is held back" 0 "" "in all"
holds "is told first" [ "$(sed -n 1p "$WORK/out")" = "PASS  $WORK/fifo: no errors" ]

"$WSCHECK" analyze -q -j 2 "$WORK/fifo" "$slow" >"$WORK/out" 2>"$WORK/err" &
program=$!
exec 9>"$WORK/fifo" # when this is over, the child has it open
tr ' ' '\n' <"/proc/$program/task/$program/children" | while read -r child; do
  for descriptor in "/proc/$child/fd/"*; do
    [ "$(readlink "$descriptor")" != "$WORK/fifo" ] || kill -KILL "$child"
  done
done
exec 9>&-
code=0
wait $program || code=$?
check "one that is killed" 2 "^wscheck analyze: $WORK/fifo: its analysis was ended by signal 9 \(Killed\)$" \
  "^UNREADABLE  $WORK/fifo: its analysis was ended by signal 9"
holds "takes no other with it" grep -q "^PASS  $slow" "$WORK/out"

finish
