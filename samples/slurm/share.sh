#!/bin/sh
# One share of a fleet's traces: analyzes those whose turn it is, and writes one report on them.
# usage: share.sh N REPORTS [I]
#
# REPORTS/traces lists the traces, a line each. Of N shares this one is I, from 0; in a job array, the number of the task.
# The exit code is 0 if REPORTS/share-I.json was written, whatever the verdicts: merge.sh judges them all.
#SBATCH --job-name=wscheck
set -eu
shares=$1 reports=$2 share=${3:-${SLURM_ARRAY_TASK_ID:?share.sh: name the share, from 0 on}}

number=0
set --
while IFS= read -r trace; do
  [ $((number % shares)) -ne "$share" ] || set -- "$@" "$trace"
  number=$((number + 1))
done <"$reports/traces"
rm -f "$reports/share-$share.json"
code=0
"${WSCHECK:-wscheck}" analyze --in-all -q -o json="$reports/share-$share.json" -- "$@" || code=$?
[ -s "$reports/share-$share.json" ] || exit "$code"
