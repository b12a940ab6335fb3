#!/bin/sh
# Joins all shards of a trace, and judges: the report and the exit code are those of one machine. What counts, and other
# formats (-o html=...), belong here. usage: merge-shards.sh N RESULTS
#SBATCH --job-name=wscheck-merge
set -eu
shards=$1 results=$2

set --
shard=0
while [ "$shard" -lt "$shards" ]; do
  [ ! -e "$results/shard.$shard" ] || set -- "$@" "$results/shard.$shard"
  shard=$((shard + 1))
done
[ $# -gt 0 ] || {
  echo "merge-shards.sh: no shard was done" >&2
  exit 2
}
"${WSCHECK:-wscheck}" merge "$@"
