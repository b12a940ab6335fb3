#!/bin/sh
# The report does not depend on how many threads make it; nor do messages.
. tests/lib/cli.sh

B=${B:-build/release}
"$B/samples/pool" --workers 4 --tasks 30000 --grain 100 --trace "$WORK/pool.zst" >"$WORK/out" 2>"$WORK/err" || exit 1
"$B/samples/pool" --workers 4 --tasks 30000 --grain 100 --bug owner-oldest --trace "$WORK/broken.zst" \
  >"$WORK/out" 2>"$WORK/err" || [ $? = 1 ] || exit 1
head -c 20000 "$WORK/pool.zst" >"$WORK/cut.zst"
{
  head -c 10000 "$WORK/pool.zst"
  head -c 4000 /dev/zero
  tail -c +14001 "$WORK/pool.zst"
} >"$WORK/damaged.zst"
printf 'no trace' >"$WORK/other.zst"

for trace in pool broken cut damaged other; do
  for options in "-f text" "-f json" "-f json --from 1ms --to 2ms"; do
    # shellcheck disable=SC2086 # the words of the options
    run analyze $options --jobs 1 "$WORK/$trace.zst"
    cp "$WORK/out" "$WORK/one.out"
    cp "$WORK/err" "$WORK/one.err"
    exits=$code
    for jobs in 2 3 8; do
      # shellcheck disable=SC2086
      run analyze $options --jobs $jobs "$WORK/$trace.zst"
      holds "$trace, $options, $jobs threads: as with one" cmp "$WORK/one.out" "$WORK/out"
      holds "and the message" cmp "$WORK/one.err" "$WORK/err"
      holds "and the exit code" [ "$code" = "$exits" ]
    done
  done
done

# Where no more threads are to be had, fewer do it: their stacks don't fit. (A sanitizer needs more memory than that.)
case $B in
*/release)
  run analyze -f json --jobs 1 "$WORK/pool.zst"
  cp "$WORK/out" "$WORK/one.out"
  code=0
  prlimit --as=600000000 --stack=8388608 "$WSCHECK" analyze -f json --jobs 1000 "$WORK/pool.zst" >"$WORK/out" 2>"$WORK/err" || code=$?
  check "more threads than there is room for" 0 ""
  holds "the same report" cmp "$WORK/one.out" "$WORK/out"
  ;;
*) echo "ok more threads than there is room for # SKIP under a sanitizer" ;;
esac
finish
