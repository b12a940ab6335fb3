#!/bin/sh
# Input that is none: one sentence on stderr, exit code 2, whatever the command.
. tests/lib/cli.sh

mkdir "$WORK/directory"
: >"$WORK/empty"
printf 'hello\n' >"$WORK/hello"
printf 'hello, this is no trace' | zstd -q >"$WORK/other.zst"
: | zstd -q >"$WORK/nothing.zst"
head -c 100000 /dev/urandom >"$WORK/random"
printf '{"wscheck":1}\n{"ts":1,"ev":"queued","task":1,"worker":1}\n{"ts":2,"ev":queued,"task":1}\n' >"$WORK/broken.jsonl"
printf '{"wscheck":1}\n{"ts":1,"ev":"queued","worker":1}\n' >"$WORK/keyless.jsonl"
printf '{"no":"trace"}\n' >"$WORK/other.jsonl"
printf '{"wscheck":2}\n' >"$WORK/newer.jsonl"
printf '{"a\033[31mb":1' >"$WORK/escapes.jsonl"
printf 'secret' >"$WORK/unreadable"
chmod 000 "$WORK/unreadable"

for command in analyze info dump; do
  run $command "$WORK/missing"
  trouble "$command: missing file" "^wscheck $command: .*missing: No such file"
  : >"$WORK/hung.zst.7.01234567.wscheck-tmp"
  run $command "$WORK/hung.zst"
  trouble "$command: a recorder that was not closed" "hung.zst: No such file or directory; its run .*: wscheck recover $WORK/hung.zst$"
  : >"$WORK/hung.zst.8.01234567.wscheck-tmp"
  run $command "$WORK/hung.zst"
  trouble "$command: two that were not closed" "2 runs ended without closing it; to see which: wscheck recover --list $WORK/hung.zst$"
  rm "$WORK/hung.zst.8.01234567.wscheck-tmp"
  for input in directory empty hello other.zst nothing.zst random other.jsonl newer.jsonl escapes.jsonl; do
    run $command "$WORK/$input"
    trouble "$command: $input" "^wscheck $command: .*/$input: ."
  done
  run $command "$WORK/broken.jsonl"
  trouble "$command: a broken line" "broken\.jsonl: line 3, column [0-9]+: "
  run $command "$WORK/keyless.jsonl"
  trouble "$command: a line without its task" "keyless\.jsonl: line 2"
  if ! [ -r "$WORK/unreadable" ]; then
    run $command "$WORK/unreadable"
    trouble "$command: no permission" "Permission denied"
  fi
  code=0
  "$WSCHECK" $command - <"$WORK/hello" >"$WORK/out" 2>"$WORK/err" || code=$?
  trouble "$command: hello on standard input" "standard input: "
  code=0
  "$WSCHECK" $command - <&- >"$WORK/out" 2>"$WORK/err" || code=$?
  trouble "$command: closed standard input" "standard input: .*Bad file descriptor"
done
# A pipe is copied first, since the trace is read more than once.
mkdir "$WORK/tmp"
for directory in "$WORK/tmp" "$WORK/tmp/missing" "$WORK/hello"; do
  code=0
  # shellcheck disable=SC2002 # a pipe, not the file
  cat "$CASES/queue_run.jsonl" | TMPDIR=$directory "$WSCHECK" analyze -q - >"$WORK/out" 2>"$WORK/err" || code=$?
  if [ "$directory" = "$WORK/tmp" ]; then
    check "a pipe, by way of TMPDIR" 0 "" "^PASS"
  else
    trouble "a pipe, and no TMPDIR" "standard input: .* temporary file in $directory: No.*; set TMPDIR to a directory with room"
  fi
done
holds "... leaves nothing there" rmdir "$WORK/tmp"
for input in missing directory empty hello broken.jsonl; do
  run import "$WORK/$input" -o "$WORK/made.zst"
  trouble "import: $input" "^wscheck import: .*/$input: ."
  holds "import: $input leaves no file" [ ! -e "$WORK/made.zst" ]
done
holds "no escapes on standard error" [ -z "$(grep -l "$(printf '\033')" "$WORK/err")" ]

# The name itself may carry escapes, or a second line.
run analyze "$WORK/$(printf 'a\033[31mb\nc')"
trouble "a hostile file name" 'a.x1b.31mb.x0ac: No such file'
holds "its escapes are spelled out" [ -z "$(grep -l "$(printf '\033')" "$WORK/err")" ]
holds "nothing temporary is left" [ -z "$(find "$WORK" -name '*.tmp')" ]
finish
