#!/bin/sh
# A short share of `make fuzz`, without a fuzzer: seeds, and copies of them with small changes, always the same; and what
# earlier fuzzing found.
. tests/lib/cli.sh

sh tests/fuzz/seeds.sh "$B" "$WORK/seeds" 1 >"$WORK/out" 2>"$WORK/err" && code=0 || code=$?
check "seeds" 0 ""
# These take any bytes.
for target in rings engine events; do
  cp "$WORK/seeds/trace/batch_steal" "$WORK/seeds/trace/recycled_late_stamp" "$WORK/seeds/jsonl/double_run_concurrent" \
    "$WORK/seeds/$target"
done
case $B in */release) share=1 ;; *) share=5 ;; esac
for line in cbor:100 block:100 rings:400 engine:400 events:100 rules:2000 reports:100 trace:20 jsonl:20 partial:20; do
  target=${line%:*}
  code=0
  "$B/tests/fuzz/$target" -n $((${line#*:} / share)) "$WORK/seeds/$target"/* >"$WORK/out" 2>"$WORK/err" || code=$?
  check "$target" 0 "" "files, $((${line#*:} / share)) changed copies of each"
done
for kept in tests/fuzz/kept/*.tar.zst; do
  target=$(basename "$kept" .tar.zst) code=0
  tests/fuzz/unpack.sh "$target" "$WORK/kept"
  "$B/tests/fuzz/$target" -n 0 "$WORK/kept/$target"/* >"$WORK/out" 2>"$WORK/err" || code=$?
  check "$target, what was found" 0 "" "files, 0 changed copies of each"
done
finish
