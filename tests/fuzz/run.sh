#!/bin/sh
# Fuzzes each target for some time, from seeds that are made of tests/cases and from what earlier runs found
# (build/fuzz/corpus), and prints executions and edges covered.
# usage: tests/fuzz/run.sh [SECONDS [TARGET...]]     (60 seconds each; all of tests/fuzz/fuzz_*.c; JOBS=1 of each at a time)
# Exit code 1: something was found; it lies in build/fuzz/found, and the target runs it alone when given its name.
set -eu
cd "$(dirname "$0")/../.."
seconds=${1:-60}
[ $# -eq 0 ] || shift
if [ $# -eq 0 ]; then
  for source in tests/fuzz/fuzz_*.c; do
    source=${source#tests/fuzz/fuzz_}
    set -- "$@" "${source%.c}"
  done
fi
mkdir -p build/fuzz/found build/fuzz/seeds
bad=0

tests/fuzz/seeds.sh build/release build/fuzz/seeds

found() {
  find build/fuzz/found -type f | wc -l
}

printf '%-8s %14s %12s %8s\n' target executions edges found
for target in "$@"; do
  mkdir -p "build/fuzz/corpus/$target" "build/fuzz/seeds/$target"
  log=build/fuzz/$target.log
  before=$(found)
  "build/fuzz/tests/fuzz/$target" -max_total_time="$seconds" -timeout=20 -rss_limit_mb=2048 -max_len=16384 \
    -artifact_prefix="build/fuzz/found/$target-" -print_final_stats=1 -fork="${JOBS:-1}" -ignore_crashes=0 \
    "build/fuzz/corpus/$target" "build/fuzz/seeds/$target" >"$log" 2>&1 || bad=1
  executions=$(sed -n 's/^#\([0-9]*\): cov.*/\1/p' "$log" | tail -1)
  edges=$(sed -n 's/.*cov: \([0-9]*\).*/\1/p' "$log" | tail -1)
  printf '%-8s %14s %12s %8d\n' "$target" "${executions:-?}" "${edges:-?}" $(($(found) - before))
done
exit "$bad"
