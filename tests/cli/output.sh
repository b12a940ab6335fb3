#!/bin/sh
# Results that can't be written, and files that must be whole or not there.
. tests/lib/cli.sh

good=$CASES/queue_run.jsonl
run import "$good" -o "$WORK/good.zst"
check "import" 0 "" ""
holds "a trace is for its owner only" [ "$(stat -c %a "$WORK/good.zst")" = 600 ]

for input in "$good" "$WORK/good.zst"; do
  for command in analyze dump; do
    run $command "$input" -o "$WORK/no/such/file"
    trouble "$command: into no directory" "cannot write .*no/such/file: No such file"
    mkdir -p "$WORK/directory"
    run $command "$input" -o "$WORK/directory"
    trouble "$command: onto a directory" "directory: Is a directory"
    run $command "$input" -o /dev/full
    trouble "$command: onto a full device" "/dev/full: .*No space left"
    holds "$command: /dev/full is still a device" [ -c /dev/full ]
    run $command "$input" -o /dev/null
    check "$command: onto /dev/null" 0 "" ""
    holds "$command: /dev/null is still a device" [ -c /dev/null ]
  done
  for command in analyze dump info; do
    code=0
    : >"$WORK/out"
    "$WSCHECK" $command "$input" >/dev/full 2>"$WORK/err" || code=$?
    trouble "$command: full standard output" "standard output: .*No space left"
    code=0
    "$WSCHECK" $command "$input" >&- 2>"$WORK/err" || code=$?
    trouble "$command: closed standard output" "standard output"
    # The input must not take the place of the closed descriptor: the result would be written over it.
    cp "$input" "$WORK/both_ways"
    code=0
    "$WSCHECK" $command - <>"$WORK/both_ways" >&- 2>"$WORK/err" || code=$?
    trouble "$command: closed standard output, writable input" "standard output"
    same "$command: the input is as it was" "$input" "$WORK/both_ways"
  done
done
for word in --help help --version "analyze --help"; do
  code=0
  # shellcheck disable=SC2086
  "$WSCHECK" $word >/dev/full 2>"$WORK/err" || code=$?
  trouble "$word: full standard output" "standard output"
done

run import "$good" -o "$WORK/no/such/file"
trouble "import: into no directory" "No such file"
run import "$good" -o /dev/full
trouble "import: onto a full device" "No space left"
run import "$good"
trouble "import: no output is named" "-o"
run import "$WORK/good.zst" -o "$WORK/again.zst"
trouble "import: a trace" "trace already|already a trace"
holds "import: a trace leaves no file" [ ! -e "$WORK/again.zst" ]

# A report replaces what was there, keeps to the umask, and keeps a link a link.
rm -f "$WORK/report"
(umask 027 && "$WSCHECK" analyze "$good" -o "$WORK/report")
holds "a report keeps to the umask" [ "$(stat -c %a "$WORK/report")" = 640 ]
echo old >"$WORK/behind"
ln -s behind "$WORK/link"
run analyze "$good" -o "$WORK/link"
check "onto a link" 0 "" ""
holds "the link is still one" [ -L "$WORK/link" ]
holds "what is behind it is new" grep -q '^PASS' "$WORK/behind"

# A link that another user laid is not followed. (Only root can lay one for another.)
if [ "$(id -u)" -eq 0 ]; then
  echo precious >"$WORK/victim"
  ln -s "$WORK/victim" "$WORK/trap"
  chown -h 65534 "$WORK/trap"
  for words in "analyze $good" "dump $good" "import $good" "minimize $CASES/double_run_concurrent.jsonl" "export $good"; do
    # shellcheck disable=SC2086 # words are meant
    run $words -o "$WORK/trap"
    trouble "${words%% *}: onto another user's link" "trap: it is a symbolic link of another user"
  done
  run analyze "$good" -o json="$WORK/trap"
  trouble "a report onto another user's link" "trap: it is a symbolic link of another user"
  holds "what is behind it is as it was" grep -q precious "$WORK/victim"
  ln -s "$WORK/nowhere" "$WORK/dangling"
  chown -h 65534 "$WORK/dangling"
  run import "$good" -o "$WORK/dangling"
  trouble "onto another user's link to nothing" "it is a symbolic link of another user"
  holds "nothing is made behind it" [ ! -e "$WORK/nowhere" ]

  # Nor is a pipe written to that another user laid where anybody may lay one; in the user's own directory it is.
  mkdir -m 1777 "$WORK/shared"
  mkfifo "$WORK/shared/pipe" "$WORK/own_pipe"
  chown 65534 "$WORK/shared/pipe" "$WORK/own_pipe"
  run analyze "$good" -o "$WORK/shared/pipe"
  trouble "into another user's pipe" "shared/pipe: it is a pipe of another user"
  chown 0 "$WORK/shared/pipe"
  for pipe in "$WORK/shared/pipe" "$WORK/own_pipe"; do
    timeout 300 cat "$pipe" >"$WORK/piped" &
    timeout 300 "$WSCHECK" analyze "$good" -o "$pipe" 2>"$WORK/err"
    wait
    holds "into ${pipe#"$WORK"/}" grep -q '^PASS' "$WORK/piped"
  done
else
  echo "ok another user's link # SKIP not root"
fi

# A descriptor is written to from where it stands: the file behind it is not replaced.
for place in /dev/stdout /dev/fd/1 /proc/self/fd/1; do
  echo earlier >"$WORK/log"
  "$WSCHECK" analyze "$good" -o json="$place" >>"$WORK/log" 2>"$WORK/err"
  holds "$place: what was there" grep -q '^earlier' "$WORK/log"
  holds "$place: the report, and nothing else" [ "$(sed 1d "$WORK/log" | jq -r .verdict)" = pass ]
  "$WSCHECK" export "$good" -o "$place" >"$WORK/out" 2>"$WORK/err"
  "$WSCHECK" export "$good" -o - >"$WORK/whole" 2>"$WORK/err"
  same "$place: an export, and no word on it" "$WORK/whole" "$WORK/out"
  run analyze "$good" -o json="$place" -o html=-
  trouble "$place: two reports" "two reports can't both go to standard output"
done
"$WSCHECK" analyze -q "$good" -o /dev/fd/7 7>"$WORK/seventh" 2>"$WORK/err"
holds "/dev/fd/7" grep -q '^PASS' "$WORK/seventh"
run analyze -q "$good" -o /dev/fd/7 -o json=/proc/self/fd/7
trouble "two reports to a descriptor" "Bad file descriptor|two reports can't both go"
# None that is not open, that is for reading, or that is the program's own.
code=0
"$WSCHECK" analyze -q "$good" -o /dev/fd/7 7<"$WORK/behind" >"$WORK/out" 2>"$WORK/err" || code=$?
trouble "a descriptor that is for reading" "cannot write /dev/fd/7: Bad file descriptor"
for number in 3 4 5 6 7 8 77; do
  for words in dump analyze export "minimize $CASES/double_run_concurrent.jsonl" import; do
    code=0
    [ "$words" = "${words% *}" ] && words="$words -"
    # shellcheck disable=SC2086,SC2002 # words are meant; a pipe, not the file
    cat "$good" | "$WSCHECK" $words -o /dev/fd/$number >"$WORK/out" 2>"$WORK/err" 3>&- 4>&- 5>&- 6>&- 7>&- 8>&- || code=$?
    trouble "${words%% *}: descriptor $number, that was not given" "cannot write /dev/fd/$number: Bad file descriptor"
  done
done
# One place is one place, under whatever name.
run analyze -q "$good" -o json="$WORK/new" -o html="$WORK/./new"
trouble "two reports to one place" "two reports can't both go to .*/new"
# A link to what is not there yet, and links that lead to it by another way.
ln -s new "$WORK/leads_on"
ln -s ./leads_on "$WORK/leads_there"
for order in "json=$WORK/new ndjson=$WORK/leads_there" "json=$WORK/leads_there ndjson=$WORK/new" \
  "json=$WORK/leads_on ndjson=$WORK/leads_there" "json=$WORK/new ndjson=$WORK/./leads_on"; do
  run analyze -o "${order% *}" -o "${order#* }" "$CASES/double_run_concurrent.jsonl"
  trouble "two reports to one place, by a link to it: $order" "two reports can't both go to"
done
ln -s circle "$WORK/circle"
run analyze -q -o "json=$WORK/circle" -o "ndjson=$WORK/leads_on" "$CASES/double_run_concurrent.jsonl"
check "two reports, one of them to a circle of links" 1 "" FAIL
rm -f "$WORK/circle" "$WORK/leads_on" "$WORK/leads_there"
holds "two reports to one place: neither is written" [ ! -e "$WORK/new" ]
# What was closed to others stays closed.
echo old >"$WORK/closed"
chmod 600 "$WORK/closed"
(umask 022 && "$WSCHECK" analyze -q "$good" -o "$WORK/closed")
holds "a report takes the mode of what it replaces" [ "$(stat -c %a "$WORK/closed")" = 600 ]
holds "... and its place" grep -q '^PASS' "$WORK/closed"

# Traces are their owner's alone, whatever the umask; nobody's file is opened that came in between.
for words in "import $good" "minimize $CASES/double_run_concurrent.jsonl"; do
  rm -f "$WORK/private.zst"
  # shellcheck disable=SC2086
  (umask 0 && "$WSCHECK" $words -o "$WORK/private.zst" 2>"$WORK/err")
  holds "${words%% *}: a trace is its owner's alone" [ "$(stat -c %a "$WORK/private.zst")" = 600 ]
done

# A slip of the keys must not cost the trace.
for command in analyze dump; do
  cp "$WORK/good.zst" "$WORK/only"
  ln -sf only "$WORK/alias"
  for name in only alias; do
    run $command "$WORK/only" -o "$WORK/$name"
    trouble "$command: onto its input ($name)" "it is the input"
  done
  same "$command: its input is as it was" "$WORK/good.zst" "$WORK/only"
done
cp "$good" "$WORK/only"
run import "$WORK/only" -o "$WORK/only"
trouble "import: onto its input" "it is the input"
same "import: its input is as it was" "$good" "$WORK/only"

# What a copy lacks is said.
printf '{"wscheck":1}\n{"ts":1,"ev":"parked","worker":1}\n{"ts":2,"ev":"blinked","worker":1}\n' >"$WORK/blink"
run dump "$WORK/blink"
check "dump: an unknown kind" 0 '1 event of a kind unknown here, .blinked., left out' parked
run import "$WORK/blink" -o "$WORK/blink.zst"
check "import: an unknown kind" 0 '1 event of a kind unknown here, .blinked., left out' ""

# A failure leaves the old file, and nothing temporary.
echo precious >"$WORK/kept"
run dump "$CASES/no_such_case" -o "$WORK/kept"
trouble "dump: no input" "No such file"
printf '{"wscheck":1}\n{"ts":1,"ev":"bro\n' >"$WORK/broken"
run import "$WORK/broken" -o "$WORK/kept"
trouble "import: broken input" "line 2"
holds "the old file is kept" grep -q precious "$WORK/kept"
if (ulimit -f 1) 2>/dev/null; then
  awk 'BEGIN { print "{\"wscheck\":1}"; for (i = 1; i < 5000; i++) printf "{\"ts\":%d,\"ev\":\"parked\",\"worker\":1}\n", i }' >"$WORK/long"
  for words in "dump $WORK/long" "export $WORK/long" "analyze -f json $WORK/long"; do
    code=0
    # shellcheck disable=SC2086 # words are meant
    (ulimit -f 1 && exec "$WSCHECK" $words -o "$WORK/limited") >"$WORK/out" 2>"$WORK/err" || code=$?
    trouble "${words%% *}: beyond the file size limit" "File too large"
    holds "${words%% *}: half a file is no file" [ ! -e "$WORK/limited" ]
  done
  code=0
  # shellcheck disable=SC2002 # a pipe is meant
  (ulimit -f 1 && cat "$WORK/long" | "$WSCHECK" analyze -) >"$WORK/out" 2>"$WORK/err" || code=$?
  trouble "a pipe that is copied beyond the file size limit" "File too large"
  run record -o "$WORK/none.zst" -- sh -c 'ulimit -c 0; kill -25 $$'
  holds "a recorded program has the signal as it was" [ "$code" -eq 153 ] # 128 + SIGXFSZ
fi
# A signal in the middle takes the temporary file with it.
awk 'BEGIN { print "{\"wscheck\":1}"; for (i = 1; i < 200000; i++) printf "{\"ts\":%d,\"ev\":\"parked\",\"worker\":1}\n", i }' >"$WORK/longer"
for signal in HUP INT QUIT PIPE ALRM TERM USR1 USR2 XCPU VTALRM PROF IO; do
  mkdir "$WORK/$signal"
  ended=$(timeout 300 python3 tests/lib/signalled.py $signal "$WORK/$signal" "$WSCHECK" dump "$WORK/longer" -o "$WORK/$signal/out")
  holds "SIG$signal ends it" [ "$ended" = "SIG$signal" ]
  holds "SIG$signal: nothing is left" [ -z "$(ls "$WORK/$signal")" ]
done
holds "nothing temporary is left" [ -z "$(find "$WORK" -name '*.tmp')" ]

# A reader that goes away ends a dump quietly.
"$WSCHECK" dump "$good" 2>"$WORK/err" | head -n 1 >"$WORK/out"
holds "dump | head says nothing" [ ! -s "$WORK/err" ]
run import "$good" -o -
check "import onto standard output" 0 ""
finish
