#!/bin/sh
# Fuzzes each target for some time, from seeds that are made of tests/cases and of random histories, and from what earlier
# runs found (build/fuzz/corpus, and tests/fuzz/kept: see keep.sh), and prints executions, edges covered, for how many minutes
# at the end no new one was found, and how many inputs were found that break something.
# usage: [JOBS=2] tests/fuzz/run.sh [SECONDS [TARGET...]]     (60 seconds each; all of tests/fuzz/fuzz_*.c; one at a time)
# Exit code not 0: something was found; it lies in build/fuzz/found, and the target runs it alone when given its name.
set -eu
cd "$(dirname "$0")/../.."

# Of lines such as "#81 NEW    cov: 12 ft: 34 corp: 5/6b lim: 7 exec/s: 8 ...", where exec/s is the mean since the start: the
# executions, the edges, and the minutes after the last new edge.
summary() {
  awk -v seconds="$2" '/^#[0-9]+[ \t].* cov: / {
    runs = substr($1, 2)
    for (i = 2; i < NF; i++) {
      if ($i == "cov:") edges = $(i + 1)
      if ($i == "exec/s:") rate = $(i + 1)
    }
    if (edges > most) { most = edges; since = rate > 0 ? runs / rate : 0 }
  }
  END { printf "%14.0f %8d %6d", runs, edges, (seconds > since) * (seconds - since) / 60 }' "$1"
}

found() {
  find "build/fuzz/found/$1" -type f | wc -l
}

# Not with -fork: what it calls edges, in clang 14, is something else, and grows where these do not.
fuzz() {
  target=$1 seconds=$2 code=0 began=$(date +%s)
  log=build/fuzz/$target.log dict=build/fuzz/seeds/$target.dict
  mkdir -p "build/fuzz/corpus/$target" "build/fuzz/seeds/$target" "build/fuzz/found/$target"
  tests/fuzz/unpack.sh "$target" build/fuzz/kept
  [ -e "$dict" ] || dict=
  before=$(found "$target")
  "build/fuzz/tests/fuzz/$target" ${dict:+-dict="$dict"} -max_total_time="$seconds" -timeout=100 -rss_limit_mb=2048 \
    -max_len=16384 -artifact_prefix="build/fuzz/found/$target/" "build/fuzz/corpus/$target" "build/fuzz/seeds/$target" \
    "build/fuzz/kept/$target" >"$log" 2>&1 || code=1
  printf '%-8s %s %6d\n' "$target" "$(summary "$log" $(($(date +%s) - began)))" $(($(found "$target") - before))
  return "$code"
}

if [ "${1-}" = --one ]; then
  fuzz "$3" "$2"
  exit
fi
seconds=${1:-60}
[ $# -eq 0 ] || shift
if [ $# -eq 0 ]; then
  for source in tests/fuzz/fuzz_*.c; do
    source=${source#tests/fuzz/fuzz_}
    set -- "$@" "${source%.c}"
  done
fi
tests/fuzz/seeds.sh build/release build/fuzz/seeds 40
printf '%-8s %14s %8s %6s %6s\n' target executions edges quiet found
printf '%s\n' "$@" | xargs -P "${JOBS:-1}" -n 1 tests/fuzz/run.sh --one "$seconds"
