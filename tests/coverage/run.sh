#!/bin/sh
# Runs the tests that are built in build/cov, and prints what they reach of the checker, the format and the recorder:
# tests/coverage/judge.py. Exit code 1 if a test failed, or what they reach is less than it should be.
# usage: tests/coverage/run.sh
set -u
cd "$(dirname "$0")/../.." || exit 2
exec </dev/null
unset MAKEFLAGS MFLAGS MAKELEVEL MAKEOVERRIDES VARIANT
B=build/cov
out=build/coverage
scratch=$(mktemp -d "${TMPDIR:-/tmp}/wscheck-coverage.XXXXXX") || exit 2
trap 'rm -rf "$scratch"' EXIT
trap 'exit 130' INT TERM HUP
rm -rf "$out"
mkdir -p "$out"
find $B -name '*.gcda' -delete
failed=0

run() { # name, command...
  name=$1
  shift
  mkdir "$scratch/work"
  WORK=$scratch/work timeout 600 "$@" >"$scratch/log" 2>&1
  code=$?
  rm -rf "$scratch/work"
  if { [ $code -ne 0 ] && [ $code -ne 77 ]; } || grep -q '^not ok' "$scratch/log"; then
    echo "FAILED  $name (exit code $code)"
    sed 's/^/    /' "$scratch/log"
    failed=1
  fi
}

for source in tests/unit/test_*.c tests/plain/test_*.c; do
  program=$B/${source%.c}
  case $source in
  tests/unit/*) run "$program" env B=$B "$program" --tap ;;
  *) run "$program" env B=$B "$program" ;;
  esac
done
# The program that counts, on what the release's samples record; those scripts that reach what nothing above does.
for script in bad_input corrupt diff explain formats gates many merge minimize range recover round_trip shard usage verdict; do
  run "tests/cli/$script.sh" env B=build/release WSCHECK="$PWD/$B/wscheck" sh "tests/cli/$script.sh"
done
# Calls that fail, also those of a host.
run tests/cli/fail.sh env B=$B WSCHECK="$PWD/$B/wscheck" sh tests/cli/fail.sh

# Branches that the compiler made are left out, and those of assertions, of which one way is for our own mistakes.
gcovr --root . --gcov-executable tests/coverage/gcov.sh --filter src/check/ --filter src/record/ --filter tracefmt/ \
  --exclude-throw-branches --exclude-unreachable-branches --exclude-branches-by-pattern '\s*assert\(.*' \
  --json "$out/coverage.json" --html-details "$out/index.html" --html-title wscheck \
  $B/obj/src/check $B/obj/src/record $B/obj/tracefmt >"$scratch/log" 2>&1 || {
  cat "$scratch/log"
  exit 2
}
tests/coverage/judge.py "$out/coverage.json" tests/coverage/left.txt || failed=1
echo "line by line: $out/index.html"
exit $failed
