#!/bin/sh
# Fuzzes each target for some time, from seeds that are made of tests/cases and of random histories, and from what earlier
# runs found (build/fuzz/corpus, and tests/fuzz/kept: see keep.sh), and prints executions, edges covered, for how many minutes at the end no new one was
# found, and how many inputs were found that break something.
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

tests/fuzz/seeds.sh build/release build/fuzz/seeds 40

found() {
  find build/fuzz/found -type f | wc -l
}

# Minutes from the last new edge to the end. A log has lines such as "#81: cov: 12 ft: 34 ... time: 56s job: 7 ...".
quiet() {
  awk '/^#[0-9]+: cov: / {
    for (i = 1; i < NF; i++) {
      if ($i == "cov:") edges = $(i + 1)
      if ($i == "time:") now = $(i + 1) + 0
    }
    if (edges > most) { most = edges; since = now }
  }
  END { printf "%d", (now - since) / 60 }' "$1"
}

printf '%-8s %14s %8s %6s %6s\n' target executions edges quiet found
for target in "$@"; do
  mkdir -p "build/fuzz/corpus/$target" "build/fuzz/seeds/$target"
  tests/fuzz/unpack.sh "$target" build/fuzz/kept
  log=build/fuzz/$target.log
  before=$(found)
  dict=build/fuzz/seeds/$target.dict
  [ -e "$dict" ] || dict=
  "build/fuzz/tests/fuzz/$target" ${dict:+-dict="$dict"} -max_total_time="$seconds" -timeout=20 -rss_limit_mb=2048 -max_len=16384 \
    -artifact_prefix="build/fuzz/found/$target-" -print_final_stats=1 -fork="${JOBS:-1}" -ignore_crashes=0 \
    "build/fuzz/corpus/$target" "build/fuzz/seeds/$target" "build/fuzz/kept/$target" >"$log" 2>&1 || bad=1
  executions=$(sed -n 's/^#\([0-9]*\): cov.*/\1/p' "$log" | tail -1)
  edges=$(sed -n 's/.*cov: \([0-9]*\).*/\1/p' "$log" | tail -1)
  printf '%-8s %14s %8s %6s %6d\n' "$target" "${executions:-?}" "${edges:-?}" "$(quiet "$log")" $(($(found) - before))
done
exit "$bad"
