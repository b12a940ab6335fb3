#!/bin/sh
# A real trace cut at every byte of its last blocks: each cut is salvaged, and is never taken for a whole trace.
. tests/lib/cli.sh

"$B/samples/pool" --workers 2 --tasks 3000 --trace "$WORK/whole.zst" >/dev/null || exit 1
run analyze -q "$WORK/whole.zst"
check "the whole trace" 0 "" "^PASS"
size=$(wc -c <"$WORK/whole.zst")

# Every byte of the footer and the seek index, strides in the event blocks before them. (`make corrupt` cuts all at each
# byte.) A sanitized program is slow.
case $B in */release) stride=5 last=500 ;; *) stride=41 last=0 ;; esac
cut=$((size - 2500))
[ "$cut" -gt 0 ] || cut=1
first=$cut bad=0
while [ "$cut" -lt "$size" ]; do
  head -c "$cut" "$WORK/whole.zst" >"$WORK/cut.zst"
  code=0
  "$WSCHECK" analyze -q "$WORK/cut.zst" >"$WORK/out" 2>"$WORK/err" || code=$?
  { [ "$code" -eq 3 ] && grep -q '^INCONCLUSIVE' "$WORK/out" && [ ! -s "$WORK/err" ]; } || {
    bad=$((bad + 1))
    [ "$bad" -gt 5 ] || echo "  cut at $cut: exit code $code, $(cat "$WORK/out" "$WORK/err")"
  }
  if [ $((size - cut)) -gt "$last" ]; then cut=$((cut + stride)); else cut=$((cut + 1)); fi
done
holds "every cut from byte $first to $size is inconclusive" [ "$bad" -eq 0 ]
finish
