#!/bin/sh
# The same with GNU parallel: on this machine, or, with PARALLEL='--sshloginfile FILE' in the environment, on several
# that see the two directories under these names.
# usage: parallel.sh TRACES REPORTS [N]
set -eu
# shellcheck source=samples/slurm/prepare.sh
. "$(dirname "$0")/prepare.sh"

# Whether or not each share was done: what is missing is named in the report.
seq 0 "$((shares - 1))" |
  parallel --will-cite -q "$here/share.sh" "$shares" "$reports" "{}" >"$reports/shares.log" 2>&1 || :
"$here/merge.sh" "$shares" "$reports"
