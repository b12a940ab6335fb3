#!/bin/sh
# What analyze and info say, and with which exit code, for both forms and from standard input.
. tests/lib/cli.sh

# The two forms of a case: JSON Lines, and the trace made of it.
forms() { # case
  run import "$CASES/$1.jsonl" -o "$WORK/$1.zst"
  check "import $1" 0 "" ""
  jsonl=$CASES/$1.jsonl trace=$WORK/$1.zst
}

forms queue_run
for input in "$jsonl" "$trace"; do
  run analyze "$input"
  check "pass" 0 "" "^PASS  .*$(basename "$input"): no errors$"
  run analyze -q "$input"
  check "quiet" 0 "" "^PASS"
  holds "quiet is one line" [ "$(wc -l <"$WORK/out")" -eq 1 ]
  run analyze --fail-on warning "$input"
  check "no warnings to fail on" 0 "" "^PASS"
  code=0
  # shellcheck disable=SC2002 # a pipe can't be read twice, a file could
  cat "$input" | "$WSCHECK" analyze - >"$WORK/out" 2>"$WORK/err" || code=$?
  check "pass from a pipe" 0 "" "^PASS  -: no errors$"
  code=0
  "$WSCHECK" info - <"$input" >"$WORK/out" 2>"$WORK/err" || code=$?
  check "info from standard input" 0 "" "^events    3"
done

forms owner_and_thief_both_take
for input in "$jsonl" "$trace"; do
  run analyze "$input"
  check "fail" 1 "" "^FAIL  .*: 2 errors$"
  check "fail: counts" 1 "" "^  double_execution +1  a task ran twice"
  check "fail: story" 1 "" "^story 1 +multiple_owners task 100, double_execution task 100"
  check "fail: cause" 1 "" "^cause +missing-fence: "
  check "fail: what next" 1 "" "^next +wscheck analyze --story 1 "
  check "fail: small, and still this defect" 1 "" "^ +wscheck minimize --exact -o small.jsonl "
  holds "fail: fits a screen" [ "$(wc -l <"$WORK/out")" -le 24 ]
  run analyze --story 1 "$input"
  check "fail: the event that proves it" 1 "" "^  > \+.* worker 2 +exec_start +task 100"
  check "fail: expected" 1 "" "^  expected: "
  check "fail: usual cause" 1 "" "^  usual cause: "
  cp "$WORK/out" "$WORK/story"
  run analyze -v "$input"
  holds "-v tells it, too" [ "$(grep -c -e "$(grep '^  > ' "$WORK/story" | head -n 1)" "$WORK/out")" = 1 ]
  run analyze --story 2 "$input"
  trouble "no such story" "there is no story 2: the trace has 1, numbered from 1"
  run analyze --allow-incomplete "$input"
  check "fail: --allow-incomplete changes nothing" 1 "" "^FAIL"
  run analyze -f json --max-reports 1 "$input"
  holds "--max-reports lists one" [ "$(jq '.violations | length' "$WORK/out")" = 1 ]
  holds "--max-reports counts all" [ "$(jq '[.violation_counts[]] | add' "$WORK/out")" = 2 ]
  run analyze --max-reports 0 "$input"
  check "--max-reports 0 still fails" 1 "" "^\.\.\. and 2 more reports: raise --max-reports"
  run analyze "$input" -o "$WORK/report"
  check "fail into a file" 1 "" ""
  holds "the file has the report" grep -q '^FAIL' "$WORK/report"
done

forms pending_at_cut
for input in "$jsonl" "$trace"; do
  run analyze "$input"
  check "inconclusive" 3 "" "^INCONCLUSIVE"
  check "inconclusive: why" 3 "" "^because   the trace has no end"
  check "inconclusive: what waits" 3 "" "^waiting +task 100 for "
  run analyze --allow-incomplete "$input"
  check "--allow-incomplete" 0 "" "^INCONCLUSIVE"
  run analyze --allow-incomplete -f json "$input"
  check "--allow-incomplete, JSON" 0 "" '"verdict": ?"inconclusive"'
  run info "$input"
  check "info judges nothing" 0 "" "^end +none \(cut"
done

forms slow_steal
for input in "$jsonl" "$trace"; do
  run analyze "$input"
  check "a warning passes" 0 "" "^PASS  .*: no errors, 1 warning$"
  run analyze --fail-on warning "$input"
  check "--fail-on warning" 1 "" "^FAIL  .*: no errors, 1 warning$"
  run analyze --fail-on warning -f json "$input"
  check "--fail-on warning, JSON" 1 "" '"verdict": ?"fail"'
  run analyze --fail-on error "$input"
  check "--fail-on error" 0 "" "^PASS"
  run analyze --slow-steal 2ms "$input"
  check "--slow-steal" 0 "" "^PASS  .*: no errors$"
done

printf '{"wscheck":1}\n{"end":"clean"}\n' >"$WORK/nothing.jsonl"
run analyze "$WORK/nothing.jsonl"
check "no events" 3 "" "^because   the trace has no events"
run info "$WORK/nothing.jsonl"
check "info: no events" 0 "" "^events    0"
run info -f json "$WORK/nothing.jsonl"
holds "info: no events, JSON" jq -e '.events == 0 and .bytes_per_event == 0 and .started == null and .workers == []' "$WORK/out"

# Whether rings were full or the file: the latter's gap is nobody's.
gap() { echo "{\"ts\":9000,\"ev\":\"gap\",\"worker\":$1,\"count\":$2,\"until\":9001}"; }
{ sed '$d' "$CASES/queue_run.jsonl" && gap 4294967295 1200; } >"$WORK/limit.jsonl"
run import "$WORK/limit.jsonl" -o "$WORK/limit.zst"
for input in "$WORK/limit.jsonl" "$WORK/limit.zst"; do
  run analyze "$input"
  check "the file was full" 3 "" "the file reached its size limit"
  check "... and how much it lacks" 3 "" "\(1,200 over the file's size limit\)"
  run info "$input"
  check "... says info" 0 "" "^lost +1,200 events dropped \(1,200 over the file's size limit\)"
done
gap 1 34 >>"$WORK/limit.jsonl"
run analyze -f json "$WORK/limit.jsonl"
holds "rings and file were full" jq -e '.trace.dropped == 1234 and .trace.dropped_over_limit == 1200
  and (.trace.reasons | index("lossy") != null)' "$WORK/out"
run info -f json "$WORK/limit.jsonl"
holds "... says info in JSON" jq -e '.dropped == 1234 and .dropped_over_limit == 1200' "$WORK/out"

# A slot that was used again: which take was whose may be ambiguous, and then the order is not checked.
run analyze "$CASES/more/recycled_loot.jsonl"
check "an ambiguous stay" 0 "" "^unordered 1 stay of tasks in queues, whose order was not checked"
for i in 0 1; do
  run analyze --shard "$i/2" -o "$WORK/ambiguous.$i" "$CASES/more/recycled_loot.jsonl"
done
run merge -f json "$WORK/ambiguous.0" "$WORK/ambiguous.1"
holds "... in JSON, of shards" jq -e '.undecided == {tasks: 0, reason: null, stays: 1,
  by_reason: {gap: 0, late_worker: 0, overrun: 0, many_orders: 0, many_lives: 0, reused_handle: 0}}' "$WORK/out"

# Tasks of which nothing can be said, and why: each by the reason that came first.
awk '
function ev(ts, kind, task, worker) {
  printf "{\"ts\":%d,\"ev\":\"%s\",\"task\":%d,\"worker\":%d}\n", ts, kind, task, worker
}
BEGIN {
  print "{\"wscheck\":1,\"identity\":\"recycled\",\"complete\":false,\"workers\":[{\"worker\":9,\"attached\":20}]}"
  ev(20, "queued", 1, 1); ev(30, "exec_start", 1, 1); ev(31, "exec_complete", 1, 1)
  for (i = 1; i <= 3; i++) ev(40, "queued", 4096 * i * 17, 1)
  print "{\"ts\":50,\"ev\":\"gap\",\"worker\":3,\"count\":7,\"until\":60}"
  for (i = 1; i <= 3; i++) { ev(70, "exec_start", 4096 * i * 17, 1); ev(70, "exec_complete", 4096 * i * 17, 1) }
  for (task = 100000; task < 500000; task += 200000) ev(90, "queued", task, 1)
  for (task = 100000; task < 500000; task += 200000)
    for (i = 0; i < 65; i++) ev(100, "cancelled", task, 1 + i % 2)
  ev(190, "queued", 700000, 1)
  for (i = 1; i <= 5; i++) ev(200 + i, "exec_start", 700000, i)
  for (i = 1; i <= 5; i++) ev(210 + i, "exec_complete", 700000, i)
  print "{\"end\":\"clean\"}"
}' >"$WORK/undecided.jsonl"
run analyze "$WORK/undecided.jsonl" -o json="$WORK/undecided.json" -o html="$WORK/undecided.html" -o text="$WORK/undecided.txt"
check "undecided tasks" 3 ""
sed -n '/^undecided/,/^[a-z]/p' "$WORK/undecided.txt" | tr -s ' \n' ' ' >"$WORK/out"
holds "... why, in text" grep -qF "undecided 7 tasks: events that concern them are missing (3); what was done before \
a worker attached, or the window began, was not seen (1); their stamps fit more courses of events than are followed (2); more of their lives were open \
at once than are kept apart (1)" "$WORK/out"
holds "... in JSON" jq -e '.undecided == {tasks: 7, stays: 1,
  reason: "some of what concerns them was not seen, or more happened at once than can be told apart",
  by_reason: {gap: 3, late_worker: 1, overrun: 0, many_orders: 2, many_lives: 1, reused_handle: 0}}' "$WORK/undecided.json"
holds "... as the schema says" tests/lib/validate.py json "$WORK/undecided.json"
python3 tests/lib/html_page.py "$WORK/undecided.html" "$WORK/undecided.json" >"$WORK/said"
result $? "... in HTML, with the same figures" "$WORK/said"
holds "... each of them" [ "$(grep -o 'data-key="undecided.by_reason[^>]*' "$WORK/undecided.html" | wc -l)" = 4 ]
for i in 0 1 2; do
  run analyze --shard "$i/3" -o "$WORK/undecided.$i" "$WORK/undecided.jsonl"
done
run merge -f json "$WORK/undecided.0" "$WORK/undecided.1" "$WORK/undecided.2"
same "... the sums of shards" "$WORK/undecided.json" "$WORK/out"
run analyze -f json --in-all "$WORK/undecided.jsonl" "$CASES/queue_run.jsonl" "$WORK/undecided.jsonl"
holds "... the sums of several traces" jq -e '.in_all.undecided == {tasks: 14, stays: 2,
  by_reason: {gap: 6, late_worker: 2, overrun: 0, many_orders: 4, many_lives: 2, reused_handle: 0}}' "$WORK/out"
holds "... as their schema says" tests/lib/validate.py json "$WORK/out"
run merge "$WORK/undecided.json" "$WORK/undecided.json"
check "... in text" 3 "" "^unordered 2 stays of tasks in queues, whose order was not checked"
run analyze "$CASES/gap_hides_the_steal.jsonl" -o text="$WORK/one.txt" -o json="$WORK/one.json" -o html="$WORK/one.html"
cp "$WORK/one.txt" "$WORK/out"
check "... one reason needs no count" 3 "" "^undecided 1 task: events that concern them are missing$"
holds "... nor in HTML" grep -q '</data> task: events that concern them are missing\.</p>' "$WORK/one.html"
python3 tests/lib/html_page.py "$WORK/one.html" "$WORK/one.json" >"$WORK/said"
result $? "... whose figures are the same" "$WORK/said"

# A discipline that is none of ours binds nothing, and the reader is told so: a slip of the pen is no order.
{
  echo '{"wscheck":1,"discipline":"prio","queues":[{"queue":1,"discipline":"fiffo"},{"queue":2},{"queue":3,"discipline":"fifo"}]}'
  sed 1d "$CASES/queue_run.jsonl"
} >"$WORK/words.jsonl"
run import "$WORK/words.jsonl" -o "$WORK/words.zst"
for input in "$WORK/words.jsonl" "$WORK/words.zst"; do
  run analyze "$input"
  check "an unknown discipline changes no verdict" 0 "" '^PASS'
  check "... of the trace is said" 0 "" '^unknown   the discipline .prio. of the trace is none of'
  check "... of a queue is said" 0 "" '^unknown   the discipline .fiffo. of queue 1 is none of'
  holds "... and no known one" [ "$(grep -c '^unknown' "$WORK/out")" = 2 ]
  run analyze -f html "$input"
  holds "... in HTML" grep -q '<code>fiffo</code> of queue 1 is none of' "$WORK/out"
  for form in json ndjson; do
    run analyze -f $form "$input"
    holds "... in $form" jq -es '.[0].trace.unknown_disciplines ==
      [{"queue":null,"discipline":"prio"},{"queue":1,"discipline":"fiffo"}]' "$WORK/out"
  done
  run info "$input"
  check "... by info, of the trace" 0 "" 'discipline none, written as prio$'
  check "... by info, of a queue" 0 "" '1: none, written as fiffo$'
  run info -f json "$input"
  holds "... by info in JSON" jq -e '.header.discipline == "none" and .header.discipline_written == "prio"
    and ([.header.queues[].discipline_written] == ["fiffo", null, null])' "$WORK/out"
done
run analyze -f json "$CASES/queue_run.jsonl"
holds "a known discipline is not" jq -e '.trace.unknown_disciplines == []' "$WORK/out"

# Who stole from where: those with most, however many there are.
awk 'BEGIN {
  print "{\"wscheck\":1}"
  for (i = 1; i <= 110; i++) {
    thief = i <= 100 ? 50 + i % 10 : 1; from = i <= 100 ? i % 7 : 99; ts = 100 * i; task = "\"task\":" i
    printf "{\"ts\":%d,\"ev\":\"queued\",%s,\"worker\":%d}\n", ts, task, from
    printf "{\"ts\":%d,\"ev\":\"steal_success\",%s,\"from\":%d,\"to\":%d}\n", ts + 1, task, from, thief
    printf "{\"ts\":%d,\"ev\":\"exec_start\",%s,\"worker\":%d}\n", ts + 2, task, thief
    printf "{\"ts\":%d,\"ev\":\"exec_complete\",%s,\"worker\":%d}\n", ts + 3, task, thief
  }
  print "{\"end\":\"clean\"}" }' >"$WORK/steals.jsonl"
run analyze "$WORK/steals.jsonl"
holds "no matrix in a summary" [ "$(grep -c '^stolen' "$WORK/out")" = 0 ]
run analyze -v "$WORK/steals.jsonl"
check "-v: who stole from where" 0 "" "^thief +0 +1 +2 +3 +4 +5 +6 +99 +all$"
check "... by each thief" 0 "" "^1 +0 +0 +0 +0 +0 +0 +0 +10 +10$"
holds "... of those with most" [ "$(sed -n '/^thief/,/more, by/p' "$WORK/out" | wc -l)" = 10 ]
check "... and what the others stole" 0 "" "^\.\.\. 30 more, by or from others: these are the 8 with most$"
run analyze -v "$CASES/queue_run.jsonl"
holds "no steals, no matrix" [ "$(grep -c '^stolen' "$WORK/out")" = 0 ]

# What is declared wrongly is said once, with its figures, and that is its first cause.
declared() { # cause, what the summary says
  run analyze "$WORK/declared.jsonl"
  check "$1: the summary has the figures" 1 "" "^story 1 "
  holds "... as words" grep -q "$2" "$WORK/out"
  check "... and the cause" 1 "" "^cause +$1: "
  run analyze --story 1 "$WORK/declared.jsonl"
  check "... the story has both" 1 "" "^  usual cause: $1: "
  run analyze -f json "$WORK/declared.jsonl"
  holds "... JSON and the key, too" jq -e ".violations | length == 1
    and .[0].causes[0] == \"$1\" and (.[0].key | endswith(\" cause=$1\"))" "$WORK/out"
  run explain "$1"
  check "... explain knows it" 0 "" "^Where to look$"
}
awk 'BEGIN {
  print "{\"wscheck\":1}"
  for (i = 1; i <= 120; i++) printf "{\"ts\":%d,\"ev\":\"queued\",\"task\":%d,\"worker\":1}\n", i, i
  for (i = 1; i <= 120; i++) {
    printf "{\"ts\":%d,\"ev\":\"exec_start\",\"task\":%d,\"worker\":1}\n", 200 + 2 * i, i
    printf "{\"ts\":%d,\"ev\":\"exec_complete\",\"task\":%d,\"worker\":1}\n", 201 + 2 * i, i
  }
  print "{\"end\":\"clean\"}" }' >"$WORK/declared.jsonl"
declared wrong-discipline "queue 1 seems to be declared wrongly: 119 takes"
awk 'BEGIN {
  print "{\"wscheck\":1}"
  split("queued exec_start queued exec_complete exec_start exec_complete", kinds)
  for (i = 0; i < 600; i++)
    printf "{\"ts\":%d,\"ev\":\"%s\",\"task\":%d,\"worker\":1}\n", i + 1, kinds[i % 6 + 1], int(i / 6) + 1
  print "{\"end\":\"clean\"}" }' >"$WORK/declared.jsonl"
declared wrong-identity "the identity seems to be declared wrongly: in 100 lives"

# The same input gives the same bytes.
run analyze -f json "$CASES/owner_and_thief_both_take.jsonl"
cp "$WORK/out" "$WORK/first"
run analyze -f json "$CASES/owner_and_thief_both_take.jsonl"
same "the same bytes again" "$WORK/first" "$WORK/out"

# Integers that a double can't hold are strings, and only those.
run analyze -f json "$CASES/ids_beyond_2_53.jsonl"
holds "an id above 2^53" [ "$(jq -r '.violations[0].task | type' "$WORK/out")" = string ]
run analyze -f json "$CASES/double_run_concurrent.jsonl"
holds "an id below 2^53" [ "$(jq -r '.violations[0].task' "$WORK/out")" = 100 ]
finish
