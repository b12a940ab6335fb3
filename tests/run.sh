#!/bin/sh
# Runs the tests that are built and prints one line for each, the output of those that failed, and at the end exactly
# one line "N passed, N failed, N skipped". Exit code 1 if any failed or none ran.
# usage: tests/run.sh all|fast|asan|tsan|script FILE...
#   fast  unit tests and cases, release build       asan  what ASan and UBSan can see into
#   tsan  what TSan can see into                    all   everything, but of valgrind a share
#   valgrind  the recorder's tests under memcheck, release build
#   sanitized  of `all`, what is not the release build: its other half runs beside it where there are two processors
#   script  scripts of tests/cli, release build
set -u
cd "$(dirname "$0")/.." || exit 2
exec </dev/null
# `make install` in a test is its own make: not a part of the one that runs the tests, and without its options.
unset MAKEFLAGS MFLAGS MAKELEVEL MAKEOVERRIDES VARIANT
suite=${1:-all}
passed=0 failed=0 skipped=0
scratch=$(mktemp -d "${TMPDIR:-/tmp}/wscheck-test.XXXXXX") || exit 2
trap 'rm -rf "$scratch"' EXIT
trap 'exit 130' INT TERM HUP
log=$scratch/log

count_lines() { # extended regular expression: how many lines of the log match
  grep -Ec "$1" "$log" || :
}

# Criterion hides the standard error of the process that it starts for each test, and ignores its exit code once the
# test is over: what a sanitizer finds there, leaks first of all, goes into files.
SANITIZER_FOUND=99
reports=$scratch/report

# Adds to the log what sanitizers reported, and overlooks what they hold against Criterion alone.
read_reports() {
  found=
  for report in "$reports".*; do
    [ -e "$report" ] || return
    awk -f tests/lib/leaks.awk "$report" >>"$log" || found=yes
    rm -f "$report"
  done
  if [ "$found" ]; then
    code=$SANITIZER_FOUND
  elif [ "$code" -eq "$SANITIZER_FOUND" ]; then
    code=0
  fi
}

# Runs a command and counts what it says: its "ok" and "not ok" lines if it prints any, else its exit code (77 = skipped).
run() { # name, command...
  name=$1
  shift
  mkdir -p "$scratch/work"
  began=$(date +%s)
  WORK=$scratch/work timeout 1800 "$@" >"$log" 2>&1
  code=$?
  seconds=$(($(date +%s) - began))
  rm -rf "$scratch/work"
  read_reports
  bad=$(count_lines '^not ok')
  skip=$(count_lines '^ok .*# SKIP')
  good=$(($(count_lines '^ok') - skip))
  if [ "$good" -eq 0 ] && [ "$bad" -eq 0 ] && [ "$skip" -eq 0 ]; then
    case $code in
    0) good=1 ;;
    77) skip=1 ;;
    esac
  fi
  # A crash, a time-out, or a test program that found nothing to run.
  if [ "$code" -ne 0 ] && [ "$code" -ne 77 ] && [ "$bad" -eq 0 ]; then
    bad=1
  fi
  passed=$((passed + good)) failed=$((failed + bad)) skipped=$((skipped + skip))
  if [ "$bad" -gt 0 ]; then
    echo "FAILED  $name (exit code $code)"
    sed 's/^/    /' "$log"
  elif [ "$skip" -gt 0 ] && [ "$good" -eq 0 ]; then
    echo "skipped $name"
    sed 's/^/    /' "$log"
  else
    echo "passed  $name ($good$([ "$skip" -eq 0 ] || echo ", $skip skipped")$([ "$seconds" -lt 10 ] || echo ", $seconds s"))"
  fi
}

# Test programs are named by their sources, so that one that was not built is a failure and an old one is not run.
unit() { # variant
  for source in tests/unit/test_*.c; do
    [ -e "$source" ] || continue
    program=build/$1/tests/unit/$(basename "$source" .c)
    ASAN_OPTIONS=exitcode=$SANITIZER_FOUND:log_path=$reports B=build/$1 run "$program" "$program" --tap
  done
}

plain() { # variant [name]
  for source in tests/plain/${2:-test_*}.c; do
    [ -e "$source" ] || continue
    program=build/$1/tests/plain/$(basename "$source" .c)
    if [ "$1" = tsan ] && setarch -R true 2>/dev/null; then
      # TSan's shadow memory and a kernel's wide address space randomization don't go together.
      B=build/$1 run "$program" setarch -R "$program"
    else
      B=build/$1 run "$program" "$program"
    fi
  done
}

# The release build itself, where sanitizers see another one. Children that a test forks end without their parent's other
# threads, whose stacks are then lost, possibly.
memcheck() { # names of tests...
  for name in "$@"; do
    if command -v valgrind >/dev/null 2>&1; then
      run "$name (valgrind)" valgrind -q --error-exitcode=9 --leak-check=full \
        --errors-for-leak-kinds=definite,indirect "build/release/tests/plain/$name"
    else
      run "$name (valgrind)" sh -c 'echo "valgrind is not installed"; exit 77'
    fi
  done
}

# The samples under TSan; the analyzer is that of the release build.
samples_tsan() {
  B=build/tsan WSCHECK=$PWD/build/release/wscheck run "tests/cli/samples.sh (tsan)" sh tests/cli/samples.sh
}

cases() { # variant
  B=build/$1 run "tests/cases ($1)" tests/cases/run.py "build/$1/wscheck"
}

cli() { # variant [scripts]
  for script in ${2:-tests/cli/*.sh}; do
    [ -e "$script" ] || continue
    B=build/$1 WSCHECK=$PWD/build/$1/wscheck run "$script ($1)" sh "$script"
  done
}

released() {
  unit release
  plain release
  cases release
  cli release
}

sanitized() {
  unit asan
  plain asan
  cases asan
  cli asan
  plain tsan
  samples_tsan
  memcheck test_record_events test_record_hooks test_record_life
}

# Prints what the other half printed, and adds up the counts of its last line.
add_half() { # file
  if tail -n 1 "$1" | grep -Eq '^[0-9]+ passed, [0-9]+ failed, [0-9]+ skipped$'; then
    sed '$d' "$1"
    # shellcheck disable=SC2046 # the words are wanted
    set -- $(tail -n 1 "$1")
    passed=$((passed + $1)) failed=$((failed + $3)) skipped=$((skipped + $5))
  else
    cat "$1"
    echo "FAILED  the sanitized half ended early"
    failed=$((failed + 1))
  fi
}

case $suite in
fast)
  unit release
  plain release test_check_memory
  cases release
  ;;
asan)
  unit asan
  plain asan
  cases asan
  cli asan
  ;;
tsan)
  plain tsan
  samples_tsan
  ;;
script)
  shift
  cli release "$*"
  ;;
valgrind)
  names=
  for source in tests/plain/test_record_*.c; do
    names="$names $(basename "$source" .c)"
  done
  # shellcheck disable=SC2086 # the names are words
  memcheck $names
  ;;
sanitized)
  sanitized
  ;;
all)
  beside=$scratch/sanitized
  if [ "$(nproc 2>/dev/null || echo 1)" -gt 1 ]; then
    sh "$0" sanitized >"$beside" 2>&1 &
    trap 'kill $!; exit 130' INT TERM HUP
    released
    wait
  else
    released
    sh "$0" sanitized >"$beside" 2>&1
  fi
  add_half "$beside"
  ;;
*)
  echo "run.sh: unknown suite '$suite' (all, fast, asan, tsan, sanitized, valgrind, script)" >&2
  exit 2
  ;;
esac

echo "$passed passed, $failed failed, $skipped skipped"
[ "$failed" -eq 0 ] && [ "$passed" -gt 0 ]
