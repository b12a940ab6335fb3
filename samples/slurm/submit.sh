#!/bin/sh
# Judges the traces of a fleet with Slurm: a job array analyzes them in shares, and a job that depends on it joins the
# reports. All machines see the two directories under these names.
# usage: submit.sh TRACES REPORTS [N]
#
# Waits for the result: the exit code is the verdict on all (0 pass, 1 fail, 2 trouble, 3 inconclusive). In REPORTS are
# then all.json, all.html, and what Slurm kept of each job's output. Options of sbatch, as a partition or a limit of
# time, come from its own environment variables (SBATCH_PARTITION, SBATCH_TIMELIMIT, ...).
set -eu
# shellcheck source=samples/slurm/prepare.sh
. "$(dirname "$0")/prepare.sh"

array=$(sbatch --parsable --array="0-$((shares - 1))" --output="$reports/share-%a.log" "$here/share.sh" "$shares" "$reports")
# Whether or not each share was done: what is missing is named in the report.
code=0
sbatch --wait --dependency="afterany:${array%%;*}" --output="$reports/merge.log" "$here/merge.sh" "$shares" "$reports" || code=$?
cat "$reports/merge.log" || :
exit "$code"
