#!/bin/sh
# Programs killed while they record leave everything whose call had returned; recover and snapshot say what they can't do.
. tests/lib/cli.sh

# A short share of `make kill-campaign`.
code=0
tests/kill/campaign.py "$B" 4 11 >"$WORK/out" 2>"$WORK/err" || code=$?
check "killed at random moments" 0 "" "^overwrite +4 killed, .*, 0 traces lacked something"

"$B"/tests/kill/target drop "$WORK/counters" "$WORK/live.zst" 2 >"$WORK/victim" &
victim=$!
# "recording" is written once the recorder is open.
until grep -q recording "$WORK/victim"; do sleep 0.05; done
run snapshot -o "$WORK/snap.zst" $victim
check "a snapshot by process id" 0 "snapshot: .*snap.zst: [0-9]+ events that were written, [0-9]+ from the rings; process $victim records on" ""
run analyze -q "$WORK/snap.zst"
# Known defect: under load, one outside snapshot in some tens of a sound run has been judged to fail.
if [ "$code" -eq 1 ]; then
  echo "ok ... is inconclusive # SKIP known defect: an outside snapshot of a sound run was judged to fail"
else
  check "... is inconclusive" 3 "" "^INCONCLUSIVE"
fi
run snapshot -o "$WORK/snap2.zst" "$WORK/live.zst"
check "a snapshot by path" 0 "process $victim records on" ""
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
check "recover to another name" 0 "recovered.zst: [0-9]+ events from the unfinished trace, [0-9]+ from the rings" ""
run recover --remove -o "$WORK/again.zst" "$WORK"/live.zst.*.wscheck-tmp
check "by the name of what was left" 0 "again.zst" ""
same "twice the same" "$WORK/recovered.zst" "$WORK/again.zst"
run recover -o "$WORK/third.zst" "$WORK/live.zst"
trouble "and then nothing is left" "no run left anything of it"
run snapshot -o "$WORK/x.zst" 4194304
trouble "no such process" "there is no process 4194304"
run snapshot -o "$WORK/x.zst" $$
trouble "a process that does not record" "no recorder with rings in a file is at work there"
run snapshot $$
trouble "no output" "name the trace to write with '-o TRACE'"
finish
