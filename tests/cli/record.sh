#!/bin/sh
# `wscheck record` runs a program as if it were not there, and tells what it left. (OpenMP: openmp.sh.)
. tests/lib/cli.sh

unset WSCHECK_TRACE WSCHECK_MODE WSCHECK_BUFFER WSCHECK_MAX_BYTES WSCHECK_SAMPLE WSCHECK_DISABLE OMP_TOOL_LIBRARIES LD_PRELOAD
trace=$WORK/t.zst

# The program's exit code, output and arguments.
run record -o "$trace" -- sh -c 'echo out; echo err >&2; exit 5'
check "exit code and output are the program's" 5 '^err$' '^out$'
# Its standard error is read by nobody any more.
code=0
tests/lib/unread.py 2 default "$WSCHECK" record -o "$trace" -- sh -c 'exit 5' >"$WORK/out" 2>"$WORK/err" || code=$?
check "the exit code is the program's though nobody reads what is said" 5 "" ""
run record echo -o --analyze
check "options end at the program" 0 'no trace was written' '^-o --analyze$'
# shellcheck disable=SC2016 # its own number
run record -o "$trace" -- sh -c 'kill -KILL $$'
check "a signal's end" 137 'no trace was written'
run record -- "$WORK/nothing"
check "a program that is not there" 127 "can't run .*/nothing: No such file"
: >"$WORK/plain"
run record -- "$WORK/plain"
check "a program that can't run" 126 "can't run .*/plain: Permission denied"
run record
trouble "no program" "no program is named"
run record --sample 2/3 true
trouble "a bad share" "'--sample' takes 1/N or N, .*not '2/3'"
run record --sample 1/1000001 true
trouble "a share that is too small" "N up to 1000000, not '1/1000001'"
run record --sample 0 true
trouble "no share" "N up to 1000000, not '0'"
for share in 1/10 10; do
  run record -o "$trace" --sample $share -- env
  check "--sample $share" 0 . "^WSCHECK_SAMPLE=$share$"
done
run record --buffer 1000 true
trouble "a buffer that is too small" "'--buffer' takes 1K to 1G, not 1000 bytes"
run record --max-bytes 100K true
trouble "a trace that is too small" "'--max-bytes' takes [0-9]+M or more, not 102400 bytes"
run record --keep-last true
trouble "--keep-last alone" "needs '--max-bytes SIZE'"
run record --mode loose true
trouble "a bad mode" "'--mode' takes 'drop' or 'block' or 'overwrite', not 'loose'"
for size in -1 '' 5T 1.5M 99999999999G; do
  run record --max-bytes "$size" true
  trouble "--max-bytes '$size'" "takes a size such as"
done
run record --adapter "$WORK/nothing" true
trouble "an adapter that is not there" "nothing: No such file"

# What can't be is said before the program is started; it would leave $WORK/ran.
mkdir "$WORK/dir"
echo text >"$WORK/text"
mkfifo "$WORK/pipe"
early() { # name, pattern, options...
  title=$1 pattern=$2
  shift 2
  run record "$@" -- touch "$WORK/ran"
  trouble "$title" "$pattern"
  holds "$title: the program is not started" [ ! -e "$WORK/ran" ]
}
early "standard output" "'--output' takes a path, not '-': standard output is the program's$" -o -
early "no path" "'--output' takes a path, not ''$" -o ''
early "a directory" "'--output': $WORK/dir is a directory: name a file, such as $WORK/dir/wscheck-%p.zst$" -o "$WORK/dir"
early "a directory with its slash" "is a directory: name a file, such as $WORK/dir/wscheck-%p.zst$" -o "$WORK/dir/"
early "the directory here" "'--output': . is a directory: name a file, such as ./wscheck-%p.zst$" -o .
early "a pipe" "pipe is not a regular file: name another path" -o "$WORK/pipe"
early "a directory that is not there" "there is no directory $WORK/no%/: make it first$" -o "$WORK/no%%/t-%p.zst"
early "a file as directory" "'--output': .*$WORK/text/" -o "$WORK/text/t.zst"
early "a library that is not there" "'--libomp': $WORK/nope is not there: name LLVM's OpenMP library, such as" --libomp "$WORK/nope"
early "a library that the loader does not find" "'--libomp': nope is not there: " --libomp nope
early "a library that is none" "'--libomp': $WORK/text is no shared library: " --libomp "$WORK/text"
cp /bin/true "$WORK/a b"
early "a library that LD_PRELOAD can't name" "can't hold a path with a colon or a blank, as $WORK/a b: move it" --libomp "$WORK/a b"
WSCHECK_TRACE=$WORK/dir
export WSCHECK_TRACE
early "a directory in the environment" "WSCHECK_TRACE: $WORK/dir is a directory"
unset WSCHECK_TRACE
rm "$WORK/pipe"

# The environment.
cat >"$WORK/set" <<END
WSCHECK_BUFFER=65536
WSCHECK_MAX_BYTES=10485760,last
WSCHECK_MODE=block
WSCHECK_SAMPLE=1/10
WSCHECK_TRACE=$WORK/a%%b/%p.zst
END
mkdir "$WORK/a%b"
at=$PWD
cd "$WORK/a%b" || exit 1
run record -o %p.zst --mode block --buffer 64K --max-bytes 10M --keep-last --sample 1/10 -- env
grep '^WSCHECK_[BMST]' "$WORK/out" | sort >"$WORK/seen"
cd "$at" || exit 1
same "settings are in the environment" "$WORK/seen" "$WORK/set"
export OMP_TOOL_LIBRARIES=/own/tool.so
run record --adapter "$WORK/plain" -- env
check "the user's own tool comes after the adapter" 0 . "^OMP_TOOL_LIBRARIES=$WORK/plain:/own/tool.so$"
unset OMP_TOOL_LIBRARIES

# What was written: $WSCHECK_TRACE is what a recorder would write to.
for name in pass fail cut; do
  case $name in
  pass) from=inline_run ;;
  fail) from=double_run_concurrent ;;
  cut) from=suspended_at_cut ;;
  esac
  [ -e "tests/cases/$from.jsonl" ] || from=more/$from
  "$WSCHECK" import "tests/cases/$from.jsonl" -o "$WORK/$name.zst"
done
run record -o "$trace" -- cp "$WORK/pass.zst" "$trace"
check "the trace is named" 0 "^wscheck record: $trace: [0-9]+ events of [0-9]+ workers?, a clean end$" ""
run record -o "$trace" -- true
check "an old trace is not taken for a new one" 0 'no trace was written' ""
rm "$trace"
run record -o "$WORK/many-%p.zst" -- sh -c "cp $WORK/pass.zst $WORK/many-12.zst; cp $WORK/cut.zst $WORK/many-7.zst; cp $WORK/cut.zst $WORK/many-x7.zst"
check "several processes: one" 0 'many-12.zst: .*clean' ""
check "several processes: another" 0 'many-7.zst: .*no end' ""
holds "several processes: no other" [ "$(wc -l <"$WORK/err")" -eq 2 ]
run record -o "$trace" -- sh -c "echo >$WORK/t.zst.12.0123abcd.wscheck-tmp"
check "what was not closed" 0 "t.zst.12.0123abcd.wscheck-tmp: its run ended without closing it; .*: wscheck recover $trace.12.0123abcd.wscheck-tmp$" ""
rm "$WORK"/t.zst.*
run record -o "$trace" -- sh -c "echo nonsense >$WORK/t.zst"
check "what can't be read" 0 "t.zst: " ""
rm "$trace"

# --analyze.
for expected in pass:0 fail:1 cut:3; do
  run record --analyze -o "$trace" -- cp "$WORK/${expected%:*}.zst" "$trace"
  check "--analyze: ${expected%:*}" "${expected#*:}" "t.zst" ""
  rm "$trace"
done
run record -a -o "$WORK/many-%p.zst" -- sh -c "cp $WORK/pass.zst $WORK/many-1.zst; cp $WORK/fail.zst $WORK/many-2.zst; cp $WORK/cut.zst $WORK/many-3.zst"
check "--analyze: the worst of several" 1 'FAIL' ""
run record -a -o "$trace" -- sh -c "cp $WORK/fail.zst $WORK/t.zst; exit 9"
check "--analyze: the program's own exit code comes first" 9 'FAIL' ""
rm "$trace"
run record -a -o "$trace" -- true
check "--analyze: no trace" 2 'no trace was written' ""

python3 tests/lib/record_signals.py "$WSCHECK" || bad=1
finish
