#!/bin/sh
# Makes seeds of tests/cases and of random histories, COUNT of each profile, and dictionaries of the words in them:
# tests/fuzz/seeds.sh BUILD DIRECTORY COUNT
set -eu
cd "$(dirname "$0")/../.."
build=$1 to=$2 count=$3
for target in jsonl trace rules reports cbor block rings events engine partial; do
  rm -rf "${to:?}/$target" # of an earlier run
  mkdir -p "$to/$target"
done

pieces() { # history, name: a whole trace as fuzz_trace.c takes it, and the items in it
  "$build/wscheck" import -o "$to/whole.zst" "$1" 2>/dev/null || return 0
  "$build/tests/fuzz/seed_trace" "$to/whole.zst" "$to/cbor/$2" >"$to/trace/$2" 2>/dev/null || rm -f "$to/trace/$2" "$to/cbor/$2"-*
}

# Blocks of some hundred events, whose stamps run in steps of 26, nearly all.
awk 'BEGIN {
  print "{\"wscheck\":1,\"clock\":\"ns\"}"
  for (i = 1; i <= 400; i++) {
    w = i % 3; t = 2600 * i + (i % 50 == 0)
    printf "{\"ts\":%d,\"ev\":\"queued\",\"task\":%d,\"worker\":%d}\n", t, i * i, w
    if (i % 4 == 0) {
      printf "{\"ts\":%d,\"ev\":\"steal_start\",\"from\":%d,\"to\":3}\n", t + 52, w
      printf "{\"ts\":%d,\"ev\":\"steal_success\",\"task\":%d,\"from\":%d,\"to\":3}\n", t + 26 * (4 + i % 7), i * i, w
      w = 3
    }
    printf "{\"ts\":%d,\"ev\":\"exec_start\",\"task\":%d,\"worker\":%d}\n", t + 26 * (12 + i % 31), i * i, w
    printf "{\"ts\":%d,\"ev\":\"exec_complete\",\"task\":%d,\"worker\":%d}\n", t + 26 * (50 + i % 13), i * i, w
  }
  print "{\"end\":\"clean\"}"
}' >"$to/long.jsonl"
pieces "$to/long.jsonl" long
for history in tests/cases/*.jsonl tests/cases/more/*.jsonl; do
  cp "$history" "$to/jsonl/$(basename "$history" .jsonl)"
done
"$build/tests/fuzz/seed_histories" "$to" "$count"
for history in "$to"/jsonl/*; do
  name=$(basename "$history")
  pieces "$history" "$name"
  "$build/wscheck" analyze --shard 0/1 "$history" | zstd -dcq >"$to/partial/$name" || rm -f "$to/partial/$name"
done
cp "$to"/cbor/* "$to/block"
"$build/tests/fuzz/seed_rings" >"$to/rings/two_workers"
{
  printf '\1' # of a process that lives
  tail -c +2 "$to/rings/two_workers"
} >"$to/rings/live"
{
  printf '\100\5\5\0' # with an older file of five frames, which the trace goes on from
  tail -c +2 "$to/rings/two_workers"
} >"$to/rings/older"
{
  printf '\200\1\1\1\0\20\0\0\0\0\0\0' # the first segment's size is another
  tail -c +2 "$to/rings/two_workers"
} >"$to/rings/lies"
printf '\0slow_steal label=bench* until=2027-01-31 reason="shared runners"\n# note\n\ndouble_execution task=1 worker=2 queue=own\n' \
  >"$to/rules/suppressions"
{
  printf '\1'
  "$build/wscheck" analyze -f json tests/cases/double_run_concurrent.jsonl || true
} >"$to/rules/baseline"
report() { # of histories...
  "$build/wscheck" analyze -f json "$@" || true
}
report tests/cases/double_run_concurrent.jsonl >"$to/reports/one"
report tests/cases/double_run_concurrent.jsonl tests/cases/batch_steal.jsonl >"$to/reports/fleet"
{
  report tests/cases/batch_steal.jsonl
  printf '\0'
  report tests/cases/double_run_concurrent.jsonl
} >"$to/reports/two"
rm -f "$to/whole.zst" "$to/long.jsonl"

words() { # files: each word in quotation marks, as libFuzzer's dictionaries have it
  grep -aoh '"[a-z_][a-z_0-9]*"' "$@" | sort -u | sed 's/"/\\"/g; s/.*/"&"/'
}
words "$to"/jsonl/* >"$to/jsonl.dict"
words "$to"/reports/* >"$to/reports.dict"
{
  words "$to"/rules/*
  printf '"%s"\n' multiple_owners lost_work stalled_work unfinished_execution 'task=' 'worker=' 'queue=' 'label=' 'until=' 'reason=' '*'
} >"$to/rules.dict"
# Heads of CBOR: numbers at their bounds, strings, arrays, maps and tags of some sizes.
for head in '\x18\x18' '\x18\xff' '\x19\xff\xff' '\x1a\xff\xff\xff\xff' '\x1b\x00\x00\x00\x01\x00\x00\x00\x00' '\x1b\xff\xff\xff\xff\xff\xff\xff\xff' \
  '\x40' '\x58\xff' '\x5b\xff\xff\xff\xff\xff\xff\xff\xff' '\x60' '\x78\xff' '\x80' '\x82' '\x9b\xff\xff\xff\xff\xff\xff\xff\xff' '\xa0' '\xa1' \
  '\xbb\xff\xff\xff\xff\xff\xff\xff\xff' '\xd9\x01\x06' '\xf4' '\xf5' '\xf6' '\xff' '\x9f' '\x5f' '\xbf' '\xfb'; do
  printf '"%s"\n' "$head"
done >"$to/cbor.dict"
# What fuzzing found once: a block without events, in a window a wrong push that failed, dead entries there that may explain
# ties, a push that is missing, and fails, and four takes that a cut hides.
printf '\250\0\1\1\110\260\345\140\377\377\45\121\11\2\4\3\1\4\6\5\0\6\5\7\30\12' >"$to/cbor/no_events"
printf '\20\0\0\0\0\0\0\0\0\0\20' >"$to/events/wrong_failed_push"
printf '\20\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\367' >"$to/events/four_hidden_takes"
printf '\66\0\12\2\2\1\0\2\2\0\0\0\0\0\23\2\0\0\0\5\0\23\2' >"$to/events/dead_entries_in_ties"
printf '\46\0\2\0\0\0\0\0\0\0\1\0\0\0\0' >"$to/events/missing_push_fails"
cp "$to/cbor.dict" "$to/block.dict"
cp "$to/cbor.dict" "$to/trace.dict"
cp "$to/cbor.dict" "$to/partial.dict"
# Numbers of 8 bytes at their bounds, and the heads of the rings' segments.
for number in '\x00\x00\x00\x00\x00\x00\x00\x00' '\x01\x00\x00\x00\x00\x00\x00\x00' '\xff\xff\xff\xff\xff\xff\xff\xff' \
  '\xff\xff\xff\xff\x00\x00\x00\x00' '\x00\x00\x00\x00\x01\x00\x00\x00' '\x00\x10\x00\x00\x00\x00\x00\x00' '\x40\x00\x00\x00\x00\x00\x00\x00'; do
  printf '"%s"\n' "$number"
done >"$to/rings.dict"
cp "$to/rings.dict" "$to/events.dict"
cp "$to/rings.dict" "$to/engine.dict"
