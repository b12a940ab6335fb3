#!/bin/sh
# One shard of a trace. usage: shard.sh N TRACE RESULTS [I]
# Of N shards this one is I, from 0; in a job array, the number of the task. Options of the analysis belong here.
#SBATCH --job-name=wscheck-shard
set -eu
shards=$1 trace=$2 results=$3 shard=${4:-${SLURM_ARRAY_TASK_ID:?shard.sh: name the shard, from 0 on}}

"${WSCHECK:-wscheck}" analyze -q --shard "$shard/$shards" -o "$results/shard.$shard" "$trace"
