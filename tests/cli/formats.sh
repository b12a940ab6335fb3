#!/bin/sh
# One analysis, several reports: which goes where, and what can't be written.
. tests/lib/cli.sh

trace=$CASES/owner_and_thief_both_take.jsonl
run analyze -f json "$trace"
cp "$WORK/out" "$WORK/json"
run analyze "$trace"
cp "$WORK/out" "$WORK/text"

run analyze -o json="$WORK/a.json" "$trace"
check "-o FORMAT=PATH: text is printed as well" 1 "" "^FAIL"
same "-o FORMAT=PATH: the file is what -f prints" "$WORK/json" "$WORK/a.json"
run analyze -o json="$WORK/a.json" -o text="$WORK/a.txt" -o "$WORK/main" -f json "$trace"
check "-o FILE: nothing is printed" 1 "" ""
same "several: json" "$WORK/json" "$WORK/a.json"
same "several: text" "$WORK/text" "$WORK/a.txt"
same "several: the file without a format" "$WORK/json" "$WORK/main"
run analyze -o json=- "$trace"
same "-o FORMAT=-: only that is printed" "$WORK/json" "$WORK/out"
run analyze -q -o json="$WORK/q.json" "$trace"
holds "-q is about the text" [ "$(wc -l <"$WORK/out")" -eq 1 ]
same "-q: the file is whole" "$WORK/json" "$WORK/q.json"
(cd "$WORK" && "$WSCHECK" analyze -o ./a=b "$trace")
holds "a file's name may have a = in it" [ -s "$WORK/a=b" ]

run analyze -o jsn="$WORK/x" "$trace"
trouble "a mistyped format" "no format is called 'jsn': did you mean 'json'"
run analyze -o json= "$trace"
trouble "no path" "names no file"
run analyze -o json=- -f text "$trace"
trouble "twice to standard output" "two reports can't both go to standard output"
run analyze -o json="$WORK/x" -o text="$WORK/x" "$trace"
trouble "twice to one file" "two reports can't both go to .*/x"
ln -s a.json "$WORK/link.json"
run analyze -o json="$WORK/a.json" -o text="$WORK/link.json" "$trace"
trouble "twice to one file, by a link" "two reports can't both go to"
run analyze -o "$WORK/x" -o "$WORK/y" "$trace"
trouble "two files for one format" "two files"
cp "$trace" "$WORK/input"
run analyze -o json="$WORK/input" "$WORK/input"
trouble "onto the input" "it is the input"
same "the input is as it was" "$trace" "$WORK/input"
run analyze -o json="$WORK/no/such" "$WORK/not_there"
trouble "into no directory: said before the input is read" "cannot write .*no/such"
run analyze -o json="$WORK/input/x" "$trace"
trouble "below a file" "Not a directory"
run analyze --explain 100 -o json="$WORK/life" "$trace"
trouble "a life is text" "tells a life as text"

for format in json ndjson junit sarif github html; do
  run analyze -q -o $format=/dev/full "$trace"
  holds "to a full disk, $format: said once" [ "$(cat "$WORK/err")" = "wscheck analyze: cannot write /dev/full: No space left on device" ]
done

# One that fails does not take the others with it.
run analyze -q -o json=/dev/full -o text="$WORK/good.txt" "$trace"
check "one can't be written" 2 "cannot write /dev/full"
holds "the other is there" grep -q '^FAIL' "$WORK/good.txt"
holds "nothing temporary is left" [ -z "$(find "$WORK" -name '*.tmp')" ]

# What each format must be, checked by what reads it.
multitool=build/npm/node_modules/@microsoft/sarif-multitool-linux/Sarif.Multitool
validate() { # name
  for format in json ndjson sarif github; do
    tests/lib/validate.py $format "$WORK/report.$format" >"$WORK/err" 2>&1
    holds "$1: valid $format" [ ! -s "$WORK/err" ]
  done
  xmllint --noout --schema tests/lib/junit.xsd "$WORK/report.junit" >"$WORK/out" 2>"$WORK/err" || code=1
  check "$1: valid junit" 0 "validates$"
}
report() { # name, exit code, option or trace...
  what=$1 expected=$2
  shift 2
  run analyze -o json="$WORK/report.json" -o ndjson="$WORK/report.ndjson" -o junit="$WORK/report.junit" \
    -o sarif="$WORK/report.sarif" -o github="$WORK/report.github" "$@"
  check "$what: exit code" "$expected" ""
  code=0
  validate "$what"
  cp "$WORK/report.sarif" "$WORK/validate.$(echo "$what" | tr ' ' _).sarif"
}
value() { # jq expression, file
  jq -r "$1" "$WORK/report.$2"
}
# shellcheck disable=SC2317 # called by `holds`
cases() { # count, outcome
  [ "$(xmllint --xpath "count(//testcase[$2])" "$WORK/report.junit")" = "$1" ]
}

report "a pass" 0 "$CASES/queue_run.jsonl"
holds "a pass: no result" [ "$(value '.runs[0].results | length' sarif)" = 0 ]
holds "a pass: no failure" cases 0 "failure or error or skipped"
holds "a pass: a notice" grep -q '^::notice title=wscheck%3A pass::' "$WORK/report.github"
report "a fail" 1 "$trace"
holds "a fail: two results" [ "$(value '[.runs[0].results[].ruleId] | join(" ")' sarif)" = "multiple_owners double_execution" ]
holds "a fail: the evidence is a code flow" [ "$(value '.runs[0].results[0].codeFlows[0].threadFlows | length' sarif)" = 2 ]
holds "a fail: two failures" cases 2 failure
holds "a fail: one story, one annotation" [ "$(grep -c '^::error' "$WORK/report.github")" = 2 ]
report "a cut" 3 "$CASES/pending_at_cut.jsonl"
holds "a cut: one error, for all was not seen" cases 1 "error and @name='everything_was_seen'"
holds "a cut: a notification" [ "$(value '.runs[0].invocations[0].toolExecutionNotifications[0] | .descriptor.id + .level' sarif)" = cutwarning ]
holds "a cut: a warning" grep -q '^::warning title=wscheck%3A inconclusive::' "$WORK/report.github"
report "an accepted cut" 0 --allow-incomplete "$CASES/pending_at_cut.jsonl"
holds "an accepted cut: skipped" cases 1 skipped
holds "an accepted cut: no error" cases 0 error
report "a warning" 0 "$CASES/slow_steal.jsonl"
holds "a warning: told, no failure" cases 1 system-out
holds "a warning: its level" [ "$(value '.runs[0].results[0].level' sarif)" = warning ]
report "a warning that fails" 1 --fail-on slow_steal "$CASES/slow_steal.jsonl"
holds "a warning that fails: a failure" cases 1 "failure and @name='slow_steal'"
holds "a warning that fails: its level" [ "$(value '.runs[0].results[0].level' sarif)" = error ]
code=0
"$WSCHECK" analyze -f sarif - <"$trace" >"$WORK/report.sarif" || code=$?
holds "from a pipe" [ "$(value '.runs[0].artifacts[0].location.uri' sarif)" = stdin ]

# Many reports: what is listed is bounded, what is counted is not.
awk 'BEGIN {
  print "{\"wscheck\":1}"
  for (i = 1; i <= 1200; i++) printf "{\"ts\":%d,\"ev\":\"queued\",\"task\":%d,\"worker\":1}\n", 10 * i, i
  print "{\"end\":\"clean\"}" }' >"$WORK/many.jsonl"
report "many" 1 "$WORK/many.jsonl"
holds "many: 1000 listed" [ "$(value '.runs[0].results | length' sarif)" = 1000 ]
holds "many: 200 not listed" [ "$(value '.runs[0].properties.notListed' sarif)" = 200 ]
holds "many: fingerprints number them" [ "$(value '[.runs[0].results[].partialFingerprints[] | sub(".*:"; "") | tonumber] | max' sarif)" = 1000 ]
holds "many: the rest is counted for a workflow" grep -q '^::error .*stories are not annotated' "$WORK/report.github"

# Names that would like to be markup, commands or formulas.
sh tests/lib/hostile_trace.sh >"$WORK/hostile.jsonl"
cp "$WORK/hostile.jsonl" "$WORK/$(printf "a%%b\"<&>'\\::,=1+2\n\033[31m\377.jsonl")"
report "hostile names" 1 -v "$WORK"/a*.jsonl
holds "hostile names: they are told in SARIF" [ "$(value '[.. | .text? // empty | select(test("http://x"))] | length > 0' sarif)" = true ]
holds "hostile names: they are no links there" [ "$(value '[.. | .text? // empty | select(test("(^|[^\\\\])\\]\\("))] | length' sarif)" = 0 ]
holds "hostile names: in one suite" [ "$(xmllint --xpath 'count(//testsuite)' "$WORK/report.junit")" = 1 ]
holds "hostile names: no command of their own" [ "$(grep -c '^::' "$WORK/report.github")" = "$(grep -c '' "$WORK/report.github")" ]
escape=$(printf '[\001-\010\013-\037\177]|\302[\200-\237]')
for format in json ndjson junit sarif github; do
  if LC_ALL=C grep -aEq "$escape" "$WORK/report.$format"; then
    result 1 "hostile names: no control character in $format" "there are some"
  else
    result 0 "hostile names: no control character in $format"
  fi
done

# The whole standard, where its validator is there (.ci/deps fetches it with npm).
if [ -x "$multitool" ]; then
  code=0
  DOTNET_SYSTEM_GLOBALIZATION_INVARIANT=1 "$multitool" validate "$WORK"/validate.*.sarif --output "$WORK/verdict.sarif" \
    --log ForceOverwrite >"$WORK/out" 2>"$WORK/err" || code=$?
  check "sarif-multitool read them all" 0 "" "^Done. $(find "$WORK" -name 'validate.*.sarif' | wc -l) files scanned"
  holds "sarif-multitool has no result of level error" jq -e '[.runs[].results[] | select(.level == "error")] == []' "$WORK/verdict.sarif"
else
  echo "ok sarif-multitool # SKIP no npm"
fi
finish
