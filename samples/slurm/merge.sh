#!/bin/sh
# Joins the reports of all shares, and judges: the exit code is that of `wscheck analyze` over all traces. A share without
# a report counts as a trace that could not be read: exit code 2.
# usage: merge.sh N REPORTS
#SBATCH --job-name=wscheck-merge
set -eu
shares=$1 reports=$2

set --
share=0
while [ "$share" -lt "$shares" ]; do
  set -- "$@" "$reports/share-$share.json"
  share=$((share + 1))
done
code=0
"${WSCHECK:-wscheck}" merge -f json -o "$reports/all.json" "$@" || code=$?
if [ -s "$reports/all.json" ]; then
  "${WSCHECK:-wscheck}" merge -f html -o "$reports/all.html" "$reports/all.json" 2>/dev/null || :
  "${WSCHECK:-wscheck}" merge "$reports/all.json" 2>/dev/null || :
fi
exit "$code"
