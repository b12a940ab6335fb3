#!/bin/sh
# The program and the history in README.md do what README.md says of them. (A warning is no surprise on a busy machine.)
. tests/lib/cli.sh

[ "${B:-build/release}" = build/release ] || exit 77 # once is enough

# The quick start builds all with a plain `make`.
code=0
env -u MAKEFLAGS make -npq >"$WORK/out" 2>/dev/null || :
holds "a plain make makes all" grep -qx '.DEFAULT_GOAL := all' "$WORK/out"

block() { # language: the first block of it
  sed -n "/^\`\`\`$1\$/,/^\`\`\`\$/p" README.md | sed '1d;/^```$/,$d'
}

block c >"$WORK/tiny.c"
code=0
# shellcheck disable=SC2046
${CC:-cc} -O2 -Wall -Wextra -Werror -Iinclude "$WORK/tiny.c" -o "$WORK/tiny" build/release/libwscheck.a \
  $(pkg-config --libs libzstd libcbor) -pthread >"$WORK/out" 2>"$WORK/err" || code=$?
check "the program compiles without a warning" 0 ""
code=0
(cd "$WORK" && ./tiny) >"$WORK/out" 2>"$WORK/err" || code=$?
check "the program runs" 0 "" ""
run analyze "$WORK/tiny.zst"
check "its trace passes" 0 "" '^PASS .*: no errors'
run dump "$WORK/tiny.zst"
for event in queued exec_start exec_complete; do
  holds "each task has one $event" [ "$(grep -c "\"$event\"" "$WORK/out")" -eq 10000 ]
done

block json >"$WORK/history.jsonl"
run analyze "$WORK/history.jsonl"
check "the history fails" 1 "" 'double_execution task 100'
run import "$WORK/history.jsonl" -o "$WORK/history.zst"
check "the history is imported" 0 "" ""
run analyze "$WORK/history.zst"
check "and still fails" 1 "" 'double_execution task 100'
finish
