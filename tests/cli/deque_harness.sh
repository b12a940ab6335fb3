#!/bin/sh
# samples/deque: sound deques pass whatever the seed and the number of thieves, defects that show in every run are
# found, and the exit code is the verdict.
. tests/lib/cli.sh
: "${B:=build/release}"
case $B in
/*) DEQUE=$B/samples/deque ;;
*) DEQUE=$PWD/$B/samples/deque ;;
esac

# Runs the harness as `run` does wscheck; the exit code goes to $code.
hammer() {
  code=0
  "$DEQUE" --analyze "$WSCHECK" --trace "$WORK/deque.zst" "$@" >"$WORK/out" 2>"$WORK/err" || code=$?
}

for impl in chase-lev locked-deque locked-queue; do
  for thieves in 1 2 3 4; do
    for seed in 1 2; do
      hammer --impl "$impl" --thieves "$thieves" --seed "$seed" --ops 10000 --batch $((thieves * seed))
      check "$impl, $thieves thieves, seed $seed" 0 "" "^PASS"
    done
  done
  # With the default sizes nothing is dropped: that would be inconclusive.
  hammer --impl "$impl"
  check "$impl, by default" 0 "" "^PASS"
  hammer --impl "$impl" --thieves 0 --ops 2000
  check "$impl, alone" 0 "" " 0 stolen in 0 attempts$"
  hammer --impl "$impl" --ops 1
  check "$impl, one operation" 0 "" "^PASS"
done

# The bounded ones refuse pushes when nobody steals.
hammer --impl locked-deque --thieves 0
check "pushes are refused" 0 "" "\(and [1-9][0-9]* refused\)"

for impl in thief-newest owner-oldest; do
  hammer --impl "$impl" --thieves 2
  check "$impl is found" 1 "" "^  ordering_violation +[1-9]"
done
hammer --impl lost-push
check "lost-push is found" 1 "" "^  lost_work +[1-9]"
# In the order of the owner's program alone, without a thief.
hammer --impl owner-oldest --thieves 0
check "owner-oldest is found alone" 1 "" "^  ordering_violation +[1-9]"

# Whether these show is up to the processor; but they come to a verdict.
for impl in take-fence steal-store; do
  hammer --impl "$impl" --thieves 2 --batch 8
  holds "$impl comes to a verdict" [ "$code" -le 1 ]
done

hammer --seed 3
holds "the command is printed" grep -qxF "$ $WSCHECK analyze $WORK/deque.zst" "$WORK/out"
run analyze "$WORK/deque.zst"
check "the trace is kept" 0 "" "^PASS"
run info "$WORK/deque.zst"
check "the trace says what it is" 0 "" "scope deque"

# Without --analyze, wscheck is found in the directory above or beside, else in PATH.
code=0
rm -f "$WORK/deque.zst"
(cd "$WORK" && "$DEQUE" --ops 1000 >out 2>err) || code=$?
check "wscheck is found" 0 "" "^PASS"
holds "the default trace" [ -s "$WORK/deque.zst" ]
cp "$DEQUE" "$WORK/alone"
code=0
(cd "$WORK" && PATH=$(dirname "$WSCHECK"):$PATH ./alone --ops 1000 >out 2>err) || code=$?
check "wscheck is found in PATH" 0 "" "^PASS"

# Trouble is never a verdict.
hammer --analyze "$WORK/missing"
check "no wscheck" 2 "cannot run .*missing"
hammer --analyze /bin/false --ops 1000
check "the analyzer's exit code is passed on" 1 ""
# shellcheck disable=SC2016 # the inner shell expands it
printf '#!/bin/sh\nkill -9 $$\n' >"$WORK/killed"
chmod +x "$WORK/killed"
hammer --analyze "$WORK/killed" --ops 1000
check "the analyzer is killed" 2 "did not come to a verdict"
printf '#!/bin/sh\nexit 3\n' >"$WORK/unsure"
chmod +x "$WORK/unsure"
hammer --analyze "$WORK/unsure" --ops 1000
check "inconclusive" 3 ""
hammer --trace "$WORK/no/such/directory"
check "the trace can't be written" 2 "."
for option in --thieves=9 --thieves=-1 --thieves= --ops=0 --ops=1000001 --batch=0 --batch=65 --seed=x --impl=none; do
  hammer "$option"
  check "usage: $option" 2 "^deque: " ""
done
hammer more
check "usage: an argument" 2 "^deque: unexpected argument 'more' " ""
hammer --list
check "--list" 0 "" "^chase-lev +"
holds "--list names each once" [ "$(awk '{print $1}' "$WORK/out" | sort -u | wc -l)" -eq 8 ]
hammer --help
check "--help" 0 "" "^exit status: 0 pass, 1 fail, 2 usage or trouble, 3 inconclusive$"

finish
