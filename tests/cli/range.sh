#!/bin/sh
# --from and --to: a stretch of a trace, read alone. What lies outside was not seen, so nothing is said of it.
. tests/lib/cli.sh

both=$CASES/owner_and_thief_both_take.jsonl

# Reports, as kind:task, of a range of the case whose whole has two.
reports() { # name, exit code, what jq must give, options...
  title=$1 exits=$2 expected=$3
  shift 3
  run analyze -f json "$@" "$both"
  check "$title" "$exits" ""
  holds "$title: $expected" [ "$(jq -c "[.violations[] | \"\(.kind):\(.task)\"]" "$WORK/out")" = "$expected" ]
  holds "$title: the report is what the schema says" tests/lib/validate.py json "$WORK/out"
}

range() { # name, what jq must give of the range
  holds "$1" [ "$(jq -c '.trace.range' "$WORK/out")" = "$2" ]
}
reports "the whole" 1 '["multiple_owners:100","double_execution:100"]' --from 0 --to 1s
range "is no range" null
reports "up to a stamp" 1 '["multiple_owners:100"]' --to 12ns
range "with its end" '{"from_ns":0,"to_ns":12}'
holds "it is a cut, and the begin is whole" [ "$(jq -c '[.trace.end, .trace.complete]' "$WORK/out")" = '["cut",true]' ]
both=$CASES/double_run_after_complete.jsonl
reports "what began in it is reported on" 1 '["double_execution:100"]' --to 1s
reports "what began before is not" 3 '[]' --from 25ns
range "without an end" '{"from_ns":25,"to_ns":null}'
holds "it is a window, and the end is whole" [ "$(jq -c '[.trace.end, .trace.complete]' "$WORK/out")" = '["clean",false]' ]

run analyze --from 25 "$both"
check "text says that the verdict is of a range" 3 "" "^because +only a range of the trace was analyzed$"
holds "and which" grep -q '^range  *only what lies from 25 ns into it on was read$' "$WORK/out"
run analyze --from 1 --to 11 "$both"
holds "also where it ends" grep -q '^range  *only what lies from 1 ns to 11 ns into it was read$' "$WORK/out"
run analyze --from 1s "$both"
check "behind the end is nothing" 3 "" "the range has no events"
run analyze --from 2ms --to 1ms "$both"
trouble "a time that runs backwards" "'--from' lies behind '--to'"

# The commands that a summary offers are about the same range, with the same options.
both=$CASES/owner_and_thief_both_take.jsonl
run analyze --to 12ns --uncertainty 1ns --slow-steal 1ms "$both"
check "next is told the range" 1 "" "^next +wscheck analyze --story 1 --to 12ns --uncertainty 1ns /"
holds "... which minimize can't be" [ "$(grep -c minimize "$WORK/out")" = 0 ]
command=$(sed -n 's/^next  *wscheck \(.*\) [^ ]*$/\1/p' "$WORK/out")
# shellcheck disable=SC2086 # words
run $command "$both"
check "... and shows the story" 1 "" "^multiple_owners  task 100"
run analyze --to 12us --publish 3us --idle 7ms --max-reports 5 "$both"
check "next is told the options" 1 "" \
  "^next +wscheck analyze --story 1 --max-reports 5 --publish 3us --idle 7ms /"
check "... and minimize those that it has" 1 "" "^ +wscheck minimize --exact --publish 3us --idle 7ms -o small.jsonl /"

# Times are into the whole trace, and both forms of it say the same.
for case in "$CASES"/*.jsonl "$CASES"/more/gap_*.jsonl; do
  "$WSCHECK" import "$case" -o "$WORK/trace.zst" >/dev/null 2>&1 || continue
  "$WSCHECK" analyze -f json --from 15 --to 45 "$case" >"$WORK/jsonl.report" 2>/dev/null
  "$WSCHECK" analyze -f json --from 15 --to 45 "$WORK/trace.zst" >"$WORK/zst.report" 2>/dev/null
  cmp "$WORK/jsonl.report" "$WORK/zst.report" >"$WORK/differ" 2>&1 || break
done
holds "a trace and its JSON Lines say the same of a range: $(basename "$case")" [ ! -s "$WORK/differ" ]
finish
