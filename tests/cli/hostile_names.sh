#!/bin/sh
# What a trace calls its workers, queues, labels and keys does no harm to a terminal, in any output.
. tests/lib/cli.sh

sh tests/lib/hostile_trace.sh >"$WORK/evil.jsonl"
escape=$(printf '[\001-\010\013-\037\177]|\302[\200-\237]|\342\200[\215\250\256]|\302\255|\330\234|\357\273\277|\363\240\200\201')
harmless() { # name
  if LC_ALL=C grep -aEq "$escape" "$WORK/out" "$WORK/err"; then
    result 1 "$1" "control characters"
  elif LC_ALL=C grep -aEq '##(\[|vso)' "$WORK/out" "$WORK/err" ||
    { [ "${form:-}" != github ] && LC_ALL=C grep -aEq '^[^[:graph:]]*::' "$WORK/out" "$WORK/err"; }; then
    result 1 "$1" "a command of a workflow"
  else
    result 0 "$1"
  fi
}
run info "$WORK/evil.jsonl"
check "info shows the names" 0 "" 'x1b.*name'
harmless "info"
run analyze "$WORK/evil.jsonl"
check "analyze shows the names" 1 "" 'x1b'
harmless "analyze"
run analyze -v "$WORK/evil.jsonl"
harmless "analyze -v"

# Every form of every command's output, of one trace and of several. JSON spells these characters, and keeps the names.
escape=$(printf '[\001-\010\013-\037\177]|\302[\200-\237]|\342\200[\213-\217\250-\256]|\342\201[\240-\257]|\302\255|\330\234|\357\273\277|\363\240\200\201')
run import -o "$WORK/evil.zst" "$WORK/evil.jsonl"
forms=$("$WSCHECK" analyze --help | sed -n '/--format FORMAT/,/--output/s/^  *\([a-z][a-z]*\)  .*for .*\|^  *\([a-z][a-z]*\)   *[^ ].*/\1\2/p')
holds "the forms are listed" [ "$(echo "$forms" | wc -l)" -ge 7 ]
for input in "$WORK/evil.jsonl" "$WORK/evil.zst"; do
  name=$(basename "$input")
  for form in $forms; do
    run analyze -v -f "$form" "$input"
    harmless "$name: analyze, $form"
    run analyze -v -f "$form" "$input" "$CASES/queue_run.jsonl"
    harmless "$name: analyze of two, $form"
  done
  form= # no output below is for a workflow
  for words in "analyze --explain 7" "analyze --story 1" "info -f json" dump "minimize -o -" "diff $CASES/queue_run.jsonl" \
    "diff -f json $CASES/queue_run.jsonl"; do
    # shellcheck disable=SC2086 # words are meant
    run $words "$input"
    holds "$name: $words says something" [ -s "$WORK/out" ]
    harmless "$name: $words"
  done
done
run info -f json "$WORK/evil.jsonl"
holds "the name is whole" [ "$(jq -c '.workers[0].name' "$WORK/out")" = "$(jq -c '.workers[0].name // empty' "$WORK/evil.jsonl")" ]
names() {
  jq -csS 'add|[.workers,.queues,.meta,.host]'
}
run dump "$WORK/evil.zst"
holds "dump: the names are whole" [ "$(names <"$WORK/out")" = "$(names <"$WORK/evil.jsonl")" ]
printf '{"wscheck":1}\n{"ts":1,"ev":"\033[31mred","task":1}\n' >"$WORK/red.jsonl"
run analyze "$WORK/red.jsonl"
harmless "an error that quotes the input"

# Colour: only on a terminal, and not where it is not wanted.
if command -v script >/dev/null; then
  on_terminal() { # environment, command: what the terminal gets
    script -qec "env $1 $WSCHECK analyze $CASES/queue_run.jsonl" /dev/null </dev/null >"$WORK/out" 2>"$WORK/err"
    grep -q "$(printf '\033')" "$WORK/out"
  }
  code=0
  holds "colour on a terminal" on_terminal "-u NO_COLOR TERM=xterm"
  holds "NO_COLOR= is not set" on_terminal "NO_COLOR= TERM=xterm"
  for environment in "NO_COLOR=1 TERM=xterm" "-u NO_COLOR TERM=dumb" "-u NO_COLOR -u TERM"; do
    if on_terminal "$environment"; then result 1 "no colour with $environment" "colour"; else result 0 "no colour with $environment"; fi
  done
fi
finish
