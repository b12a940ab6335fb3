# shellcheck shell=sh
# Sourced by submit.sh and parallel.sh: reads their arguments, TRACES REPORTS [N], lists the traces, and says how many
# shares there are: N, or one for each trace if those are fewer.
# shellcheck disable=SC2034 # those who source this use it
here=$(cd "$(dirname "$0")" && pwd)
[ $# -ge 2 ] || {
  echo "usage: $0 TRACES REPORTS [N]" >&2
  exit 2
}
traces=$1 reports=$2 shares=${3:-8}
mkdir -p "$reports"
rm -f "$reports"/share-*.json "$reports"/all.*
find "$traces" -name '*.zst' | LC_ALL=C sort >"$reports/traces"
count=$(wc -l <"$reports/traces")
[ "$count" -gt 0 ] || {
  echo "$0: there is no trace in $traces: nothing was recorded" >&2
  exit 2
}
[ "$shares" -le "$count" ] || shares=$count
