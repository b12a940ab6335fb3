#!/bin/sh
# Small files that ask for much end within a bound of memory, and linear work. (A sanitizer's memory is not looked at.)
. tests/lib/cli.sh

case $B in */release) bounded=bounded ;; *) bounded= ;; esac
# shellcheck disable=SC2086 # no word, or one
python3 tests/lib/bombs.py "$WSCHECK" "$WORK" $bounded || bad=1

# The bound that a user sets.
awk 'BEGIN {
  print "{\"wscheck\":1}"
  for (i = 1; i <= 50000; i++)
    printf "{\"ts\":%d,\"ev\":\"queued\",\"task\":%d,\"worker\":1}\n", i, i
  print "{\"end\":\"clean\"}"
}' >"$WORK/waiting.jsonl"
run import -o "$WORK/waiting.zst" "$WORK/waiting.jsonl"
for input in "$WORK/waiting.jsonl" "$WORK/waiting.zst"; do
  input_name=$(basename "$input")
  [ "$bounded" ] || break
  run analyze "$input"
  cp "$WORK/out" "$WORK/unbounded"
  run analyze --max-memory 2G "$input"
  same "$input_name: --max-memory that suffices changes nothing" "$WORK/unbounded" "$WORK/out"
  for size in 64K 8M; do
    run analyze --max-memory $size -o json="$WORK/report.json" "$input"
    trouble "$input_name: --max-memory $size" "more memory than '--max-memory' allows, .*iB: "
    holds "$input_name: --max-memory $size leaves no report" [ ! -e "$WORK/report.json" ]
  done
  # In one pass it needs 40 MiB.
  run analyze --max-memory 20M "$input"
  same "$input_name: --max-memory that does not suffice for one pass changes nothing" "$WORK/unbounded" "$WORK/out"
  code=0
  "$WSCHECK" analyze --max-memory 20M -f json - <"$input" >"$WORK/out" 2>"$WORK/err" || code=$?
  "$WSCHECK" analyze -f json - <"$input" >"$WORK/unbounded" || :
  same "$input_name: nor of standard input" "$WORK/unbounded" "$WORK/out"
  code=0
  "$WSCHECK" analyze --max-memory 8M - <"$input" >"$WORK/out" 2>"$WORK/err" || code=$?
  trouble "$input_name: --max-memory of standard input" "^wscheck analyze: standard input: .*--max-memory"
done
run analyze --max-memory none "$WORK/waiting.jsonl"
trouble "--max-memory needs a size" "max-memory"
finish
