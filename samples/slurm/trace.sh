#!/bin/sh
# Judges one huge trace with Slurm: a job array analyzes it in shards, and a job that depends on it merges them. All
# machines see the trace and the directory under these names.
# usage: trace.sh TRACE RESULTS [N]
#
# Waits for the result: the report, and the exit code, are those of `wscheck analyze TRACE` on one machine. With GNU
# parallel instead:
#   seq 0 7 | parallel wscheck analyze --shard {}/8 -o RESULTS/shard.{} TRACE && wscheck merge RESULTS/shard.[0-7]
set -eu
here=$(cd "$(dirname "$0")" && pwd)
[ $# -ge 2 ] || {
  echo "usage: $0 TRACE RESULTS [N]" >&2
  exit 2
}
trace=$1 results=$2 shards=${3:-8}
mkdir -p "$results"
rm -f "$results"/shard.*

array=$(sbatch --parsable --array="0-$((shards - 1))" --output="$results/shard-%a.log" "$here/shard.sh" "$shards" "$trace" "$results")
# Whether or not each shard was done: the one that is missing is named.
code=0
sbatch --wait --dependency="afterany:${array%%;*}" --output="$results/report" "$here/merge-shards.sh" "$shards" "$results" >"$results/merge.log" || code=$?
cat "$results/report" || :
exit "$code"
