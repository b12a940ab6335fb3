#!/bin/sh
# Programs killed while they record leave everything whose call had returned; recover and snapshot say what they can't do.
. tests/lib/cli.sh

# A short share of `make kill-campaign`.
code=0
tests/kill/campaign.py "$B" 1 11 >"$WORK/out" 2>"$WORK/err" || code=$?
check "killed at random moments" 0 "" "^keep-last +1 killed, .*, 0 lacked something"

# So much that it records for a while, and little enough to be read with a sanitizer however long this takes.
TASKS=50000
victim_of() { # mode, path
  : >"$WORK/victim"
  "$B"/tests/kill/target "$1" "$WORK/counters" "$2" 2 $TASKS >"$WORK/victim" 2>"$WORK/said" &
  victim=$!
  # "recording" is written once the recorder is open.
  until grep -q recording "$WORK/victim" || ! kill -0 "$victim"; do sleep 0.05; done
}

victim_of drop "$WORK/live.zst"
run snapshot -o "$WORK/snap.zst" $victim
check "a snapshot by process id" 0 "snapshot: .*snap.zst: [0-9,]+ events that were written, [0-9,]+ from the rings; process $victim records on" ""
run analyze -q "$WORK/snap.zst"
check "... is inconclusive" 3 "" "^INCONCLUSIVE"
run snapshot -o "$WORK/snap2.zst" "$WORK/live.zst"
check "a snapshot by path" 0 "process $victim records on" ""
case $B in
*/release) # a sanitizer takes memory of its own
  run snapshot --max-memory 64K -o "$WORK/snap4.zst" $victim
  trouble "a snapshot beyond --max-memory" "this takes more memory than '--max-memory' allows, 64.0 KiB: give it more$"
  holds "... leaves nothing" [ ! -e "$WORK/snap4.zst" ]
  run snapshot --max-memory 64M -o "$WORK/snap4.zst" $victim
  check "... and one within" 0 "process $victim records on" ""
  ;;
esac
run snapshot -o "$WORK/./live.zst" $victim
trouble "a snapshot does not take the trace's place" "live.zst is where process $victim will put its trace: name another file"
run analyze "$WORK/live.zst"
trouble "analyze names the snapshot" "No such file or directory; process $victim still records it; .*: wscheck snapshot -o TRACE $WORK/live.zst$"
run recover "$WORK/live.zst"
trouble "what is still recorded is left alone" "process $victim still records it; 'wscheck snapshot -o TRACE $victim'"
kill -KILL $victim
wait $victim 2>/dev/null
run analyze "$WORK/live.zst"
trouble "analyze names the recovery" "No such file or directory; its run .*: wscheck recover $WORK/live.zst$"
for command in analyze info; do
  run $command "$WORK"/live.zst.*.wscheck-tmp
  holds "$command reads what was written, and says what it lacks" grep -q "is unfinished, and lacks .*: wscheck recover $WORK/live.zst.*.wscheck-tmp$" "$WORK/err"
done
run snapshot -o "$WORK/snap3.zst" "$WORK/live.zst"
trouble "a snapshot of what is gone" "nothing records it any more; 'wscheck recover "
echo mine >"$WORK/live.zst"
run recover "$WORK/live.zst"
trouble "no file is overwritten" "live.zst exists: name another file with '-o TRACE'"
run recover -o "$WORK/recovered.zst" "$WORK/live.zst"
check "recover to another name" 0 "recovered.zst: [0-9,]+ events from the unfinished trace, [0-9,]+ from the rings" ""
run recover --remove -o "$WORK/again.zst" "$WORK"/live.zst.*.wscheck-tmp
check "by the name of what was left" 0 "again.zst" ""
same "twice the same" "$WORK/recovered.zst" "$WORK/again.zst"
run recover -o "$WORK/third.zst" "$WORK/live.zst"
trouble "and then nothing is left" "no run left anything of it"
# One that has just been killed and is not gone yet.
recover_dying() { # name, path
  code=0
  tests/lib/dying.py "$victim" "$WSCHECK" recover --remove "$2" >"$WORK/out" 2>"$WORK/err" || code=$?
  kill -KILL "$victim" 2>/dev/null
  wait "$victim" 2>/dev/null
  if [ "$code" -eq 77 ]; then
    echo "ok $1 # SKIP no process may be traced here"
    rm -f "$2".*.wscheck-tmp "/dev/shm/wscheck.$victim".*.rings
  else
    check "$1" 0 "[0-9,]+ events from the unfinished trace, [0-9,]+ from the rings" ""
  fi
}

victim_of drop "$WORK/dying.zst"
recover_dying "what is being killed is waited for" "$WORK/dying.zst"
# The rings are no longer locked then: the process that they name has to do.
victim_of closed "$WORK/closed.zst"
run recover "$WORK/closed.zst"
trouble "one whose host closed its files is left alone" "process $victim still records it"
run snapshot -o "$WORK/closed-snap.zst" "$WORK/closed.zst"
check "... and has a snapshot" 0 "process $victim records on" ""
recover_dying "... and is recovered once it is gone" "$WORK/closed.zst"
# ... and is none of an earlier boot.
victim_of closed "$WORK/boot.zst"
rings=$(echo "/dev/shm/wscheck.$victim".*.rings)
if [ -e "$rings" ]; then
  printf 'an earlier boot!' | dd of="$rings" bs=1 seek=32 conv=notrunc 2>/dev/null
  run recover --remove -o "$WORK/boot-recovered.zst" "$WORK/boot.zst"
  check "a process of another boot is not its recorder" 0 "[0-9,]+ events from the unfinished trace" ""
else
  echo "ok a process of another boot is not its recorder # SKIP no rings in /dev/shm here"
fi
kill -KILL "$victim"
wait "$victim" 2>/dev/null

# Names are cleaned, and quoted for the shell.
odd=$(printf 'o\033[31md d')
leave_odd() {
  victim_of drop "$WORK/$odd.zst"
  kill -KILL $victim
  wait $victim 2>/dev/null
}
leave_odd
leave_odd
run recover "$WORK/$odd.zst"
check "two runs" 2 "zst: 2 runs left a trace; name the one to recover:"
holds "... are named so that a shell takes them" [ "$(grep -c "^  wscheck recover '.*o\\\\x1b\[31md d\.zst\..*'\$" "$WORK/err")" -eq 2 ]
holds "... and tell a terminal nothing" [ -z "$(tr -d '\n -~' <"$WORK/err")" ]
rm -f "$WORK/$odd".*
find /dev/shm -name 'wscheck.*.rings' -newer "$WORK/boot-recovered.zst" -exec grep -lZF "$WORK" {} + 2>/dev/null | xargs -0r rm -f

# Of a run whose trace somebody removed, the rings are found by the path that is in them.
victim_of drop "$WORK/removed.zst"
kill -KILL $victim
wait $victim 2>/dev/null
rm "$WORK"/removed.zst.*.wscheck-tmp
rings=$(echo "/dev/shm/wscheck.$victim".*.rings)
if [ -e "$rings" ]; then
  run recover --list "$WORK/removed.zst"
  check "the list names what was left" 0 "rm FILE" "removed.zst: left by process $victim, [0-9]+ (s|min) ago: [0-9]+ bytes in $rings\$"
  (cd "$WORK" && "$WSCHECK" recover --list removed.zst >out2 2>err)
  same "... by a relative path, too" "$WORK/out" "$WORK/out2"
  run recover --list
  check "... and of all traces" 0 "rm FILE" "removed.zst: left by process $victim, [0-9]+ (s|min) ago: [0-9]+ bytes in $rings\$"
  victim_of drop "$WORK/removed.zst"
  holds "the next run tells of it" grep -q "^wscheck: $WORK/removed.zst: rings of 1 killed run lie in memory ([0-9]* KiB); see 'wscheck recover --list'\$" "$WORK/said"
  kill -KILL "$victim"
  wait "$victim" 2>/dev/null
  rm "$WORK"/removed.zst.*.wscheck-tmp "/dev/shm/wscheck.$victim".*.rings
  holds "... and leaves it there" test -e "$rings"
  # The path in rings that another user made is that user's word. (Only root may read those.)
  if [ "$(id -u)" -eq 0 ]; then
    chown 65534 "$rings"
    run recover "$rings"
    trouble "another user's rings don't say where root writes" "rings are another user's, .*removed\.zst\): name it with '-o TRACE'"
    run recover -o "$WORK/named.zst" "$rings"
    check "... but root does" 0 "named.zst: 0 events from the unfinished trace" ""
    chown 0 "$rings"
  fi
  run recover --remove "$WORK/removed.zst"
  check "rings without their trace" 0 "removed.zst: 0 events from the unfinished trace, [0-9,]+ from the rings" ""
  holds "... are removed" test ! -e "$rings"
  run analyze "$WORK/removed.zst"
  check "... and are not taken for the whole" 3 "" "^INCONCLUSIVE"
else
  echo "ok rings without their trace # SKIP no rings in /dev/shm here"
fi
run recover --list "$WORK/removed.zst"
check "nothing is left to be listed" 0 "no run that is gone left anything" ""
run recover --list one two
trouble "the list of two" "one trace at a time"

run snapshot -o "$WORK/x.zst" 4194304
trouble "no such process" "there is no process 4194304"
run snapshot -o "$WORK/x.zst" $$
trouble "a process that does not record" "no recorder with rings in a file is at work there"
run snapshot $$
trouble "no output" "name the trace to write with '-o TRACE'"
finish
