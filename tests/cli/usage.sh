#!/bin/sh
# What the program says about itself, and to those who mistype.
. tests/lib/cli.sh

run
check "no command: usage on stderr" 2 '^usage: wscheck' ""
run --help
check "--help" 0 "" '^usage: wscheck'
run help
check "help" 0 "" '^  analyze '
run --version
check "--version" 0 "" '^wscheck [0-9]+\.[0-9]+\.[0-9]+$'
version='[0-9]+(\.[0-9]+)+'
check "--version names the libraries" 0 "" "^with zstd $version, json-c $version and libxml2 $version, built for libcbor $version$"
for library in libzstd json-c libxml-2.0 libcbor; do
  # A library may have been replaced since; libcbor says what was built for.
  holds "--version has the version of $library" grep -qF " $(pkg-config --modversion $library)" "$WORK/out"
done
run frobnicate
trouble "unknown command" "unknown command 'frobnicate'"
run anlyze
trouble "mistyped command" "did you mean 'analyze'"
run help anlyze
trouble "help for a mistyped command" "did you mean 'analyze'"
run --frob
trouble "unknown option before the command" "unknown option '--frob' \(see"
run --verison
trouble "a mistyped option before the command" "unknown option '--verison': did you mean '--version'\?"
run analyze --fromat x
trouble "a mistyped option" "unknown option '--fromat': did you mean '--format'\?"
run analyze --qeuue=own x
trouble "a mistyped option with a value" "unknown option '--qeuue=own': did you mean '--queue'\?"
run analyze --hepl
trouble "a mistyped --help" "did you mean '--help'"
run analyze --fo=json --fr x
check "unique beginnings of options" 2 "takes a duration|'x'"
run analyze --f json x
trouble "the beginning of several" "option '--f' may be '--format' or '--fail-on' or '--from': say which"
run explain misssing-fence
trouble "a mistyped cause" "did you mean 'missing-fence'"
run explain frobnication
trouble "nothing like it" "'wscheck explain' lists them"
run minimize -o y -k lost_wrok x
trouble "a mistyped kind" "no kind of report is called 'lost_wrok': did you mean 'lost_work'"
run record --mode blok -- ls
trouble "a mistyped choice" "takes 'drop' or 'block' or 'overwrite', not 'blok': did you mean 'block'"

for command in analyze explain info dump import export diff merge minimize record recover snapshot help; do
  run help $command
  check "help $command" 0 "" "^usage: wscheck $command "
  holds "help $command fits 80 columns" [ "$(awk 'length > 80' "$WORK/out" | wc -l)" -eq 0 ]
  holds "help $command: no duration is a bare number" [ "$(grep -c -e '^ .*--[a-z-]* NS' "$WORK/out")" -eq 0 ]
  cp "$WORK/out" "$WORK/help"
  run $command --help
  check "$command --help" 0 "" "^usage: wscheck $command "
  same "$command: both helps are the same" "$WORK/out" "$WORK/help"
  run $command --foo x
  trouble "$command: unknown option" "^wscheck $command: unknown option '--foo' \(see 'wscheck $command --help'\)$"
  run $command -Z x
  trouble "$command: unknown short option" "unknown option '-Z'"
  [ $command != record ] || continue # what follows are arguments of a program
  case $command in analyze | merge) continue ;; esac # they take as many as there are
  run $command a b c
  trouble "$command: too many operands" "'b' is a second|no command|needs '-o|3 are named"
done
run help
holds "the list of commands fits 80 columns" [ "$(awk 'length > 80' "$WORK/out" | wc -l)" -eq 0 ]
for command in analyze info dump minimize; do
  run $command
  trouble "$command: no operand" "no trace is named"
done

run analyze --format pdf x
trouble "no such format" "no format is called 'pdf'; there are text, json, "
run analyze --format jsn x
trouble "a mistyped format" "no format is called 'jsn': did you mean 'json'\?"
run info --format xml x
trouble "a word that is no choice" "'--format' takes 'text' or 'json', not 'xml'"
run analyze --format
trouble "a missing argument" "'--format' needs its argument"
run analyze --quiet=yes x
trouble "an argument too many" "'--quiet' takes no argument"
for value in -1 '' x 1x 1.5 99999999999999999999; do
  run analyze --max-reports "$value" x
  trouble "--max-reports '$value'" "takes a whole number"
done
for value in -1 '' 5h 1. .5ms ms 99999999999s 18446744073709551615 '5 ms'; do
  run analyze --idle "$value" x
  trouble "--idle '$value'" "takes a duration"
done
printf '{"wscheck":1}\n{"ts":1,"ev":"queued","task":1,"worker":1}\n{"ts":2,"ev":"exec_start","task":1,"worker":1}\n{"ts":3,"ev":"exec_complete","task":1,"worker":1}\n{"end":"clean"}\n' >"$WORK/x"
for value in 0 7 7ns 1.5us 0.25ms 1.000000001s; do
  run analyze --idle $value --slow-steal $value "$WORK/x"
  check "--idle $value" 0 ""
done
run analyze -- "$WORK/x"
check "-- ends the options" 0 ""
run analyze "$WORK/x" --format json
check "options after the operand" 0 "" '"schema": ?"wscheck-report/1"'
run analyze --form=json "$WORK/x"
check "an abbreviated option" 0 "" '"schema"'
# A small stack, as a thread's or a container's may be.
small_stack() { # words...
  code=0
  # shellcheck disable=SC3045 # dash has it
  (ulimit -s 256 && exec "$WSCHECK" "$@") >"$WORK/out" 2>"$WORK/err" || code=$?
  check "$1 on a stack of 256 KiB" 0 ""
}
case $WSCHECK in
*/release/wscheck) # unoptimized, literals of large structs lie on the stack
  small_stack analyze -q "$CASES/batch_steal.jsonl"
  small_stack analyze -q "$CASES/batch_steal.jsonl" "$CASES/batch_steal.jsonl"
  small_stack diff "$CASES/batch_steal.jsonl" "$CASES/batch_steal.jsonl"
  ;;
esac
finish
