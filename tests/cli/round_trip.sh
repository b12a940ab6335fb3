#!/bin/sh
# dump | import | dump gives the same lines, for every case; and a trace that was damaged or cut is read as far as it goes.
. tests/lib/cli.sh

code=0
: >"$WORK/out"
: >"$WORK/err"
for case in "$CASES"/*.jsonl; do
  name=$(basename "$case" .jsonl)
  "$WSCHECK" dump "$case" >"$WORK/a" 2>"$WORK/err" &&
    "$WSCHECK" import - -o - <"$WORK/a" 2>>"$WORK/err" >"$WORK/a.zst" &&
    "$WSCHECK" dump - <"$WORK/a.zst" >"$WORK/b" 2>>"$WORK/err" &&
    "$WSCHECK" import "$WORK/b" -o "$WORK/b.zst" 2>>"$WORK/err" &&
    "$WSCHECK" dump "$WORK/b.zst" >"$WORK/c" 2>>"$WORK/err"
  holds "$name: no complaints" [ ! -s "$WORK/err" ]
  same "$name: as a trace" "$WORK/a" "$WORK/b"
  same "$name: and again" "$WORK/a" "$WORK/c"
done

# A trace of many blocks, so that there is something to lose.
awk 'BEGIN {
  print "{\"wscheck\":1}"
  for (i = 1; i <= 60000; i++) {
    printf "{\"ts\":%d,\"ev\":\"queued\",\"task\":%d,\"worker\":%d}\n", i * 10, i, i % 4
    printf "{\"ts\":%d,\"ev\":\"exec_start\",\"task\":%d,\"worker\":%d}\n", i * 10 + 3, i, i % 4
    printf "{\"ts\":%d,\"ev\":\"exec_complete\",\"task\":%d,\"worker\":%d}\n", i * 10 + 5, i, i % 4
  }
  print "{\"end\":\"clean\"}"
}' >"$WORK/big.jsonl"
run import "$WORK/big.jsonl" -o "$WORK/big.zst"
check "import a big history" 0 "" ""
run analyze "$WORK/big.zst"
check "it passes" 0 "" "^PASS"
size=$(stat -c %s "$WORK/big.zst")

for part in 99 90 50 20; do
  head -c $((size * part / 100)) "$WORK/big.zst" >"$WORK/cut.zst"
  run analyze "$WORK/cut.zst"
  check "cut at $part %" 3 "" "^INCONCLUSIVE"
  run info "$WORK/cut.zst"
  check "cut at $part %: info" 0 "" "^end +none|^lost .* [1-9][0-9]* block"
done
head -c 3 "$WORK/big.zst" >"$WORK/cut.zst"
run analyze "$WORK/cut.zst"
trouble "cut within the header" "cut.zst: "

cp "$WORK/big.zst" "$WORK/damaged.zst"
printf 'XXXXXXXX' | dd of="$WORK/damaged.zst" bs=1 seek=$((size / 2)) conv=notrunc 2>/dev/null
run analyze "$WORK/damaged.zst"
check "damaged" 3 "" "^because   parts of the file are damaged"
run analyze --allow-incomplete "$WORK/damaged.zst"
check "damaged, --allow-incomplete" 0 "" "^INCONCLUSIVE"
run info "$WORK/damaged.zst"
check "damaged: info shows it" 0 "" "^lost .*, [1-9][0-9]* blocks? damaged"
run dump "$WORK/damaged.zst" -o "$WORK/damaged.jsonl"
check "damaged: dump says so" 3 "^wscheck dump: .*damaged.zst: [0-9]+ blocks? (is|are) damaged" ""
holds "damaged: a gap stands for it" grep -q '"ev":"gap"' "$WORK/damaged.jsonl"
run analyze "$WORK/damaged.jsonl"
check "damaged: its dump is not a pass either" 3 "" "^INCONCLUSIVE"
finish
