#!/bin/sh
# A short share of `make fail`: allocations and system calls of the program and of a recorder's host fail in turn.
. tests/lib/cli.sh

# A reader that is slow, and a writer that is.
input=$CASES/double_run_concurrent.jsonl
run dump "$input"
cp "$WORK/out" "$WORK/whole"
"$WSCHECK" dump "$input" 2>"$WORK/err" | (sleep 0.2 && dd bs=1 2>"$WORK/dd") >"$WORK/slowly"
same "a pipe that is read slowly gets all" "$WORK/whole" "$WORK/slowly"
(head -c 100 "$input" && sleep 0.2 && tail -c +101 "$input") | "$WSCHECK" dump - >"$WORK/out" 2>"$WORK/err"
same "a pipe that is written slowly is read to its end" "$WORK/whole" "$WORK/out"
# A reader that is gone, where the signal that tells of it is ignored. (Else the program ends by it, quietly.)
for command in dump analyze info; do
  code=0
  : >"$WORK/out"
  tests/lib/unread.py 1 ignored "$WSCHECK" $command "$input" 2>"$WORK/err" || code=$?
  trouble "$command: a reader that is gone" "standard output: .*Broken pipe"
done

# With a sanitizer, or where system calls can't be watched, nothing is made to fail.
if [ -e "$B/tests/fail/faults.so" ]; then
  tests/fail/campaign.py "$B" --share >"$WORK/out" 2>"$WORK/err" && code=0 || code=$?
  grep '^FAILED' "$WORK/out"
fi
if [ ! -e "$B/tests/fail/faults.so" ] || [ "$code" -eq 77 ]; then
  echo "ok calls fail in turn # SKIP they can't be made to fail here"
else
  check "calls fail in turn" 0 "" '^[0-9]{4,} runs, 0 not as they should be'
fi
finish
