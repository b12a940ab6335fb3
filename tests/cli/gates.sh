#!/bin/sh
# What counts and what is shown: filters, budgets, suppressions, baselines, --fail-on.
. tests/lib/cli.sh

both=$CASES/owner_and_thief_both_take.jsonl # multiple_owners and double_execution on task 100, queue 1, workers 1 and 2
slow=$CASES/slow_steal.jsonl

# --- --fail-on: errors always fail, the rest if it is named ---
for what in warning slow_steal error,slow_steal lost_work,slow_steal; do
  run analyze -q --fail-on $what "$slow"
  check "--fail-on $what" 1 "" "^FAIL .*no errors, 1 warning"
done
for what in error false_empty lost_work; do
  run analyze -q --fail-on $what "$slow"
  check "--fail-on $what is about others" 0 "" "^PASS"
done
run analyze -q --fail-on false_empty --fail-on slow_steal "$slow"
check "--fail-on twice" 1 "" "^FAIL"
run analyze -q --fail-on lost_work "$both"
check "--fail-on one error: the others fail all the same" 1 "" "^FAIL .*2 errors"
run analyze --fail-on slow_stel "$slow"
trouble "--fail-on a mistyped kind" "no kind of report is called 'slow_stel': did you mean 'slow_steal'\?"
run analyze --fail-on slow_steal, "$slow"
trouble "--fail-on with nothing behind the comma" "no kind of report is called ''"

run analyze --fail-on warnings "$slow"
trouble "--fail-on warnings" "'--fail-on' takes 'error', 'warning' or a kind of report, not 'warnings': did you mean 'warning'\?"

# --- Filters: what is shown, never what is judged ---
shows() { # name, kinds as jq gives them, options...
  title=$1 expected=$2
  shift 2
  run analyze -f json "$@" "$both"
  check "$title: the verdict stays" 1 "${said:-}" '"verdict": ?"fail"'
  holds "$title: shows $expected" [ "$(jq -c '[.violations[].kind]' "$WORK/out")" = "$expected" ]
  holds "$title: hides the others" [ "$(jq '.view.listed + .view.filtered' "$WORK/out")" = 2 ]
  holds "$title: counts are whole" [ "$(jq '[.violation_counts[]] | add' "$WORK/out")" = 2 ]
}
all='["multiple_owners","double_execution"]'
shows "a kind" '["double_execution"]' --kind double_execution
shows "kinds" "$all" -k double_execution,multiple_owners
shows "kinds, twice" "$all" -k double_execution -k multiple_owners
shows "the task" "$all" --task 0x64
said="no report concerns that task"
shows "another task" '[]' --task 7
shows "one of two tasks" "$all" --task 7 -t 100
said=
shows "a worker" "$all" --worker 2
said="the trace has no such worker"
shows "another worker" '[]' -w 3
said=
shows "the queue" "$all" --queue 1
shows "workers' own deques" "$all" --queue own
shows "another queue" '[]' --queue 2
shows "two that must hold" '[]' --worker 2 --queue 2
run analyze --kind double_execution "$both"
check "text says what is hidden" 1 "" "^filtered  1 report is hidden; verdict, counts"
check "text counts them" 1 "" "^  multiple_owners +1 "
run analyze --kind lost_work "$both"
check "text says that nothing is left" 1 "" "^filtered  no report is what the filters ask for; 2 reports are hidden"
run analyze --kind lost_work -f junit "$both"
check "JUnit still fails" 1 "" 'failures="2"'
check "JUnit says what is hidden" 1 "" '"reports hidden by filters" value="2"'
run analyze --from 2ms --to 1ms "$both"
trouble "a time that runs backwards" "'--from' lies behind '--to'"
run analyze --kind doble_execution "$both"
trouble "a mistyped kind" "did you mean 'double_execution'"
refuses() { # option, value, pattern
  run analyze "$1" "$2" "$both"
  trouble "$1 $2" "'$1 .*': $3"
}
refuses --task 0 "a task is as 100 or 0x64"
refuses --task x "a task is as"
refuses --worker 99999999999 "the id of a worker is at most 4294967295"
refuses --queue 'a\b' "a name has only the escapes"
refuses --queue "" "a queue is an id or a name"
sh tests/lib/hostile_trace.sh >"$WORK/named.jsonl"
run analyze -f json -w 'a%0A*' "$WORK/named.jsonl"
holds "a name with a star" [ "$(jq -c '[.violations[].task]' "$WORK/out")" = '[7]' ]

named() { # name, pattern in stderr ("": nothing there), options...
  title=$1 pattern=$2
  shift 2
  run analyze -f json "$@" "$both"
  check "a filter names $title" 1 "$pattern"
}
named "a worker that is not there" "'--worker 99': the trace has no such worker$" -w 1 -w 99
named "a worker that is there" "" -w 1
named "a name that is not there" "'--worker bob': the trace has no such worker$" -w bob
named "a queue that is not there" "'--queue 9': the trace has no such queue$" --queue 9
named "a worker's deque that nobody used" "" --queue 2
named "a task without reports" "'--task 7': no report concerns that task; '--explain 7' tells its life$" -t 7
run analyze -w 99 "$CASES/queue_run.jsonl"
check "a filter on a trace without reports is looked at, too" 0 "no such worker" "^PASS"

# --- Stories and lives ---
run analyze -s 0 "$both"
trouble "--story 0" "from 1 on, not 0"
run analyze -s 2 "$both"
trouble "a story that is not there" "no story 2: the trace has 1, numbered from 1$"
run analyze -q -s 1 "$both"
trouble "--quiet and --story" "leave one out"
run analyze -q -s 1 -o json="$WORK/story.json" "$both"
check "--quiet and --story in another format" 1 "" "^FAIL"
run analyze -q -s 2 -o json="$WORK/story.json" "$both"
trouble "a story that is not there, and --quiet" "no story 2"
for option in --story=1 --quiet --kind=lost_work --from=1ns; do
  run analyze -e 100 $option "$both"
  trouble "--explain and $option" "'--explain' tells the whole life of a task .*: leave out"
done
run analyze -s 1 -k lost_work "$both"
check "a story that filters hide" 1 "" "^filtered  no report"

# --- Budgets ---
budget() { # name, exit code, pattern, options...
  title=$1 expected=$2 pattern=$3
  shift 3
  run analyze "$@"
  check "budget: $title" "$expected" "" "$pattern"
}
budget "within" 0 "^budget +max.exec is 10 ns, within the 1.00 s allowed" --max max.exec=1s "$CASES/queue_run.jsonl"
budget "at it" 0 "within" --max max.exec=10ns "$CASES/queue_run.jsonl"
budget "over" 1 "^FAIL .*: no errors, 1 budget exceeded" --max max.exec=9ns "$CASES/queue_run.jsonl"
budget "the line names it" 1 "^budget +max.exec is 10 ns, over the 9 ns allowed" --max max.exec=9ns "$CASES/queue_run.jsonl"
budget "no samples" 3 "^budget +p99.steal_latency could not be measured: no steal succeeded" --max p99.steal_latency=1s "$CASES/queue_run.jsonl"
budget "no samples, accepted" 0 "^INCONCLUSIVE" --allow-incomplete --max p99.steal_latency=1s "$CASES/queue_run.jsonl"
budget "no attempts" 3 "failed_steal_ratio could not be measured: nobody tried to steal" --max failed_steal_ratio=1 "$CASES/queue_run.jsonl"
budget "no failures" 3 "p50.failed_steal_latency could not be measured: no steal failed" --max p50.failed_steal_latency=1s "$slow"
printf '{"wscheck":1}\n{"ts":1,"ev":"queued","task":1,"worker":1}\n{"end":"clean"}\n' >"$WORK/still.jsonl"
budget "no runs" 1 "max.exec could not be measured: no task completed a run" --max max.exec=1s "$WORK/still.jsonl"
budget "nobody busy" 1 "load_imbalance could not be measured: no worker ran a task" --max load_imbalance=2 "$WORK/still.jsonl"
printf '{"wscheck":1}\n{"end":"clean"}\n' >"$WORK/nothing.jsonl"
budget "no events" 3 "duration could not be measured: the trace has no events" --max duration=1s "$WORK/nothing.jsonl"
printf '{"wscheck":1,"sampling":10}\n{"ts":1,"ev":"queued","task":1,"worker":1}\n{"end":"clean"}\n' >"$WORK/sampled.jsonl"
budget "a sample" 1 "queue_depth could not be measured: only one task in 10 was recorded" --max queue_depth=1 "$WORK/sampled.jsonl"
printf '{"wscheck":1,"absent":["steal_failure"]}\n{"ts":1,"ev":"queued","task":1,"worker":1}\n' >"$WORK/blind.jsonl"
budget "what is not recorded" 3 "failed_steals could not be measured: what it is made of can't be$" --max failed_steals=0 "$WORK/blind.jsonl"
run info "$WORK/blind.jsonl"
check "info names what is not recorded" 0 "" "^absent    steal_failure$"
budget "a ratio" 0 "^budget +failed_steal_ratio is 0, within the 0.5" --max failed_steal_ratio=50% "$slow"
budget "a count" 1 "over the 0 allowed" --max stolen_tasks=0 "$slow"
budget "a kind" 1 "slow_steal is 1, over the 0" --max slow_steal=0 "$slow"
budget "several" 1 "2 budgets exceeded" --max slow_steal=0 --max stolen_tasks=0 --max dropped=0 "$slow"
for format in json ndjson junit sarif github; do
  budget "in $format" 1 "max.exec is 10 ns, over the 9 ns allowed" -f $format --max max.exec=9ns "$CASES/queue_run.jsonl"
  run analyze -f $format --max p50.steal_latency=1s "$CASES/queue_run.jsonl"
  check "budget: not measured, in $format" 3 "" "could not be measured"
done
wrong() { # budget, pattern
  run analyze --max "$1" "$slow"
  trouble "budget: $1" "$2"
}
wrong p99.steel_latency=1s "did you mean 'steal_latency'"
wrong failed_steal_rato=1 "did you mean 'failed_steal_ratio'"
wrong slow_stel=1 "did you mean 'slow_steal'"
wrong nonsense=1 "no figure is called 'nonsense' \(the man page lists them\)"
wrong steal_latency=1s "as in p99.steal_latency"
wrong p100.steal_latency=1s "'p100.steal_latency' is no figure: .* p01 to p99, p99.9 or p999 .*, max and min, as in p99.steal_latency$"
wrong p0.steal_latency=1s "is no figure"
wrong p5x.steal_latency=1s "is no figure"
wrong p99.dropped=1 "has no quantiles"
wrong p99.steal_latency=fast "takes a duration such as"
wrong failed_steal_ratio=1s "takes a number such as 0.9"
wrong dropped=1.5 "takes a whole number"
wrong dropped "a budget is as p99"
wrong "=1" "a budget is as p99"
for name in p9.exec p90.exec p99.9.exec p999.exec p9999.exec mean.exec min.exec; do
  [ $name = p9.exec ] && wrong $name=1s "is no figure" && continue
  run analyze --max $name=1s "$slow"
  check "budget: $name" 0 "" "^budget +$name is .*, within"
done

# --- Suppressions ---
suppress() { # name, lines, exit code, pattern in stdout, [pattern in stderr]
  printf '%b\n' "$2" >"$WORK/accepted"
  run analyze --suppressions "$WORK/accepted" "$both"
  check "suppress: $1" "$3" "${5:-}" "$4"
}
# Not over what was written by hand.
printf '* reason=mine' >"$WORK/accepted"
cp "$WORK/accepted" "$WORK/accepted.kept"
ln -sf accepted "$WORK/accepted_link"
for option in suppressions baseline; do
  run analyze --$option "$WORK/accepted" -o json="$WORK/accepted_link" "$both"
  trouble "a report over the file of --$option" "cannot write .*accepted_link: it is the input"
  run merge --$option "$WORK/accepted" -f json -o "$WORK/./accepted" "$both"
  trouble "merge: a report over the file of --$option" "cannot write .*accepted: it is the input"
done
same "it is as it was" "$WORK/accepted.kept" "$WORK/accepted"
suppress "both" 'multiple_owners reason="a"\ndouble_execution reason="b"' 0 "^PASS .*: no errors, 2 suppressed"
check "suppress: the kinds say so" 0 "" "^  double_execution +0 .*\(besides: 1 suppressed\)"
suppress "one" 'multiple_owners reason=a' 1 "^FAIL .*: 1 error, 1 suppressed"
suppress "both in a line" 'double_execution,multiple_owners task=100 worker=1 queue=1 reason=a' 0 "2 suppressed"
suppress "any kind, one task" '* task=0x64 reason=a' 0 "2 suppressed"
suppress "any kind, its cause" '* cause=missing-fence reason=a' 0 "2 suppressed"
suppress "by time" '* time=..11ns reason=a' 1 "1 error, 1 suppressed"
suppress "comments and blanks" '# why\n\n  \t\n* queue=own reason=a # because\r' 0 "2 suppressed"
suppress "up to a day to come" '* queue=own until=2999-12-31 reason=a' 0 "2 suppressed"
suppress "expired" '* queue=own until=2020-02-29 reason=a' 1 "^FAIL .*: 2 errors$" "accepted:1: expired on 2020-02-29, and not applied"
suppress "of no use" '* queue=own reason=a\nlost_work reason=a' 0 "2 suppressed" "accepted:2: suppresses nothing"
suppress "the first line counts" '* queue=own reason=a\nmultiple_owners reason=b' 0 "2 suppressed" "accepted:2: suppresses nothing"
suppress "another queue" '* queue=2 reason=a' 1 "2 errors" "suppresses nothing"
suppress "no label" '* label="" reason=a' 0 "2 suppressed"
printf '\357\273\277multiple_owners reason=a\n' >"$WORK/first"
printf 'double_execution reason=b' >"$WORK/second"
run analyze --suppressions "$WORK/first" --suppressions "$WORK/second" "$both"
check "suppress: two files, a mark at the beginning, no newline at the end" 0 "" "2 suppressed"
run analyze -v --suppressions "$WORK/first" "$both"
check "suppress: -v says why" 1 "" "^  suppressed: a \(.*first:1\)"
run analyze -f json --suppressions "$WORK/first" "$both"
holds "suppress: JSON says why" [ "$(jq -r '.violations[0] | .state + .suppressed_by.reason' "$WORK/out")" = suppresseda ]
holds "suppress: JSON has the line's count" [ "$(jq '.judgement.suppressions[0].matched' "$WORK/out")" = 1 ]
run analyze -f sarif --suppressions "$WORK/first" "$both"
holds "suppress: SARIF says why" [ "$(jq -r '.runs[0].results[0].suppressions[0].justification' "$WORK/out")" = a ]
holds "suppress: SARIF says which are not" [ "$(jq -c '.runs[0].results[1].suppressions' "$WORK/out")" = '[]' ]
run analyze -f junit --suppressions "$WORK/first" "$both"
check "suppress: JUnit skips" 1 "" '<skipped message="1 suppressed, 0 known"'
run analyze -f github --suppressions "$WORK/first" "$both"
holds "suppress: no annotation" [ "$(grep -c multiple_owners "$WORK/out")" = 0 ]
# Ready to be pasted, whatever the names.
run analyze -f json "$WORK/named.jsonl"
jq -r '.violations[] | select(.severity == "error").suppress_with' "$WORK/out" >"$WORK/pasted"
run analyze -q --suppressions "$WORK/pasted" "$WORK/named.jsonl"
check "suppress: pasted lines hold" 3 "" "no errors, 1 warning, 3 suppressed"
sed "s/\"label\":\"/&$(printf '%03000d' 0)/" "$WORK/named.jsonl" >"$WORK/long.jsonl"
pasted() { # format, input, what prints the lines of $WORK/out
  run analyze -v -f "$1" "$2"
  sh -c "$3" <"$WORK/out" >"$WORK/pasted"
  run analyze -q --suppressions "$WORK/pasted" "$2"
  check "suppress: lines pasted from $1 hold, $(basename "$2" .jsonl)" 3 "" "no errors, 4 suppressed"
}
for input in named long; do
  pasted text "$WORK/$input.jsonl" "sed -n 's/^    \(.* reason=.not looked into yet.\)$/\1/p'"
  pasted junit "$WORK/$input.jsonl" "sed 's/&quot;/\"/g; s/&lt;/</g; s/&gt;/>/g; s/&amp;/\\&/g' | sed -n 's/^  to accept: //p'"
  pasted sarif "$WORK/$input.jsonl" "jq -r '.runs[].results[].properties.suppressWith'"
  pasted github "$WORK/$input.jsonl" "sed 's/%0A/\n/g; s/%25/%/g' | sed -n 's/^to accept: //p'"
done
bad() { # lines, pattern
  printf '%b\n' "$1" >"$WORK/accepted"
  run analyze --suppressions "$WORK/accepted" "$both"
  trouble "suppress: $1" "$2"
}
bad '# first\nlost_wrk reason=a' "accepted:2: no kind of report is called 'lost_wrk': did you mean 'lost_work'"
bad 'lost_work' "accepted:1: say why"
bad 'lost_work reason=""' "say why"
bad 'lost_work reason=" "' "say why"
bad '* reason=a' "suppress everything"
bad 'lost_work task reason=a' "'task' is no condition"
bad 'lost_work tsk=1 reason=a' "no condition is called 'tsk'"
bad 'lost_work task=0 reason=a' "a task is as 100"
bad 'lost_work task=1 task=2 reason=a' "given twice"
bad 'lost_work time=5ms reason=a' "a time is as"
bad 'lost_work time=5ms..1ms reason=a' "a time is as"
bad 'lost_work time=.. reason=a' "a time is as"
bad 'lost_work cause=missing-fense reason=a' "did you mean 'missing-fence'"
bad 'lost_work queue="" reason=a' "a queue is an id or a name"
bad 'lost_work label=a\\q reason=a' "only the escapes"
bad 'lost_work label="open reason=a' "a quotation mark is missing"
bad 'lost_work until=2027-02-29 reason=a' "a day as 2027-01-31"
bad 'lost_work until=tomorrow reason=a' "a day as 2027-01-31"
bad 'task=1 reason=a' "begins with a kind"
bad 'lost_work reason=a reason=b' "given twice"
run analyze --suppressions "$WORK/not_there" "$both"
trouble "suppress: no file" "not_there: No such file"
run analyze --suppressions "$WORK" "$both"
trouble "suppress: a directory" "Is a directory"
printf 'lost_work\0 reason=a\n' >"$WORK/accepted"
run analyze --suppressions "$WORK/accepted" "$both"
trouble "suppress: a NUL" "accepted:1: .*NUL"
awk 'BEGIN { for (i = 0; i < 40000; i++) printf "x"; print "" }' >"$WORK/accepted"
run analyze --suppressions "$WORK/accepted" "$both"
trouble "suppress: a long line" "accepted:1: the line is longer than 32768 bytes"
awk 'BEGIN { for (i = 0; i < 10001; i++) print "lost_work reason=a" }' >"$WORK/accepted"
run analyze --suppressions "$WORK/accepted" "$both"
trouble "suppress: too many lines" "accepted:10001: more than 10000"
# Beyond what is kept, a line for the whole kind still holds, and another does not.
awk 'BEGIN {
  print "{\"wscheck\":1}"
  for (i = 1; i <= 17000; i++) printf "{\"ts\":%d,\"ev\":\"queued\",\"task\":%d,\"worker\":1}\n", 10 * i, i
  print "{\"end\":\"clean\"}" }' >"$WORK/many.jsonl"
echo 'lost_work reason=a' >"$WORK/accepted"
run analyze -q --suppressions "$WORK/accepted" "$WORK/many.jsonl"
check "suppress: a whole kind" 0 "" "no errors, 17,000 suppressed"
echo 'lost_work queue=own reason=a' >"$WORK/accepted"
run analyze -q --suppressions "$WORK/accepted" "$WORK/many.jsonl"
check "suppress: those beyond count" 1 "" "616 errors, 16,384 suppressed"

# --- Baselines ---
"$WSCHECK" analyze -f json "$both" >"$WORK/base.json"
run analyze --baseline "$WORK/base.json" "$both"
check "baseline: the same again" 0 "" "^PASS .*: no new errors, 2 known"
sed 's/"ts": /"ts": 7/; s/"task": 100/"task": 4711/' "$both" >"$WORK/later.jsonl"
holds "baseline: other times and tasks are there" grep -q '"ts": 720.*4711' "$WORK/later.jsonl"
run analyze --baseline "$WORK/base.json" "$WORK/later.jsonl"
check "baseline: other times and tasks" 0 "" "2 known"
"$WSCHECK" analyze -f json --max-reports 1 "$both" >"$WORK/part.json"
run analyze --baseline "$WORK/part.json" "$both"
check "baseline: what it does not list is new" 1 "part.json: 1 of its reports are counted but not listed" "1 new error, 1 known"
run analyze --baseline "$WORK/base.json" "$CASES/lost_in_queue.jsonl"
check "baseline: another kind" 1 "" "^FAIL .*: 1 new error$"
run analyze -f json --baseline "$WORK/base.json" "$both"
holds "baseline: JSON says so" [ "$(jq -c '[.violations[].state, .judgement.baseline.keys]' "$WORK/out")" = '["known","known",2]' ]
run analyze -f sarif --baseline "$WORK/base.json" "$both"
holds "baseline: SARIF says so" [ "$(jq -c '[.runs[0].results[].baselineState]' "$WORK/out")" = '["unchanged","unchanged"]' ]
hostile() { # name, pattern, printf format
  # shellcheck disable=SC2059
  printf "$3" >"$WORK/base.json"
  run analyze --baseline "$WORK/base.json" "$both"
  trouble "baseline: $1" "$2"
}
case $B in
*/release) # a sanitizer wants more memory
  python3 -c 'print("{\"schema\":\"wscheck-report/1\",\"x\":[" + ",".join(["[]"] * 3000000) + "]}")' >"$WORK/large.json"
  run analyze --max-memory 16M --baseline "$WORK/large.json" "$both"
  trouble "baseline: --max-memory bounds it, too" "^wscheck analyze: $WORK/large.json: this takes more memory than '--max-memory' allows"
  ;;
esac
hostile "empty" "base.json: no whole JSON document" ''
hostile "half" "no whole JSON document" '{"schema":"wscheck-report/1","violations":['
hostile "no JSON" "no JSON report: .*; write one with .wscheck analyze --format json.$" 'FAIL  trace: 2 errors'
for format in ndjson junit; do
  "$WSCHECK" analyze -o $format="$WORK/base.$format" -q "$both" >/dev/null
done
"$WSCHECK" import -o "$WORK/base.zst" "$both"
taken() { # file, what the message calls it
  run analyze --baseline "$1" "$both"
  trouble "baseline: $2" "no JSON report: $2; write one with 'wscheck analyze --format json'$"
}
taken "$WORK/base.ndjson" "this is the form ndjson"
taken "$WORK/base.junit" "unexpected character"
taken "$WORK/base.zst" "this is a trace"
taken "$both" "this is a history as JSON Lines"
hostile "no report" "no report of this version" '[]'
hostile "of another version" "no report of this version" '{"schema":"wscheck-report/2","violations":[]}'
hostile "without violations" "lists no .violations." '{"schema":"wscheck-report/1"}'
hostile "an old one" "have no .key." '{"schema":"wscheck-report/1","violations":[{"kind":"lost_work"}]}'
hostile "a key that is none" "have no .key." '{"schema":"wscheck-report/1","violations":[{"key":7}]}'
hostile "no UTF-8" "no JSON report" '{"schema":"\377"}'
awk 'BEGIN { for (i = 0; i < 100000; i++) printf "[" }' >"$WORK/base.json"
run analyze --baseline "$WORK/base.json" "$both"
trouble "baseline: deep" "no JSON report: nesting too deep"
awk 'BEGIN { printf "{\"schema\":[{}"; for (i = 0; i < 300000; i++) printf ",{}" }' >"$WORK/base.json"
run analyze --baseline "$WORK/base.json" "$both"
trouble "baseline: wide" "too large for a report"
run analyze --baseline "$WORK" "$both"
trouble "baseline: a directory" "Is a directory"
run analyze --baseline "$WORK/not_there" "$both"
trouble "baseline: no file" "not_there: No such file"
finish
