#!/bin/sh
# Records the sample pool many times, sound and broken, and counts what the analysis says of it.
# usage: tests/campaign.sh [RUNS]      (20 runs of each kind by default; B=build/release)
# Exit 0 if no sound run has an error and each planted bug is caught, with a kind that the table names, in 9 runs of 10.
set -eu
cd "$(dirname "$0")/.."
B=${B:-build/release}
runs=${1:-20}
dir=$(mktemp -d "${TMPDIR:-/tmp}/wscheck-campaign.XXXXXX")
trap 'rm -rf "$dir"' EXIT
bad=0

# Records one run into $dir/t.zst and analyzes it: prints "VERDICT kind kind ...".
record() {
  "$B/samples/pool" --trace "$dir/t.zst" "$@" >"$dir/pool.out" 2>&1 || true
  "$B/wscheck" analyze --format json -o "$dir/report.json" "$dir/t.zst" || true
  jq -r '[.verdict] + (.violation_counts | keys) | join(" ")' "$dir/report.json"
}

echo "sound pool, $runs runs each: workers, batch, passed, inconclusive, failed"
for workers in 2 4 8 16; do
  for batch in 1 8; do
    pass=0 inconclusive=0 fail=0
    for seed in $(seq "$runs"); do
      set -- --workers "$workers" --tasks 100000 --batch "$batch" --seed "$seed"
      result=$(record "$@")
      case $result in
      pass*) pass=$((pass + 1)) ;;
      inconclusive*) inconclusive=$((inconclusive + 1)) ;;
      *)
        fail=$((fail + 1))
        bad=1
        echo "FAILED: pool $* -> $result" >&2
        ;;
      esac
    done
    printf '%7d %5d %7d %12d %6d\n' "$workers" "$batch" "$pass" "$inconclusive" "$fail"
  done
done

echo "planted bugs, 2 workers, $runs runs each: bug, caught, kinds"
while read -r bug kinds; do
  caught=0
  : >"$dir/kinds"
  for seed in $(seq "$runs"); do
    result=$(record --workers 2 --bug "$bug" --seed "$seed")
    named=no
    for kind in $kinds; do
      case " $result " in *" $kind "*) named=yes ;; esac
    done
    case $result in fail*) [ "$named" = no ] || caught=$((caught + 1)) ;; esac
    echo "$result" | cut -d' ' -f2- | tr ' ' '\n' >>"$dir/kinds"
  done
  printf '%-14s %3d/%d  %s\n' "$bug" "$caught" "$runs" "$(sort "$dir/kinds" | uniq -c | awk '{printf "%s(%d) ", $2, $1}')"
  [ $((caught * 10)) -ge $((runs * 9)) ] || bad=1
done <<'TABLE'
take-fence multiple_owners double_execution
steal-store multiple_owners double_execution
lost-push stalled_work lost_work
drop-stolen stalled_work lost_work
thief-newest ordering_violation
owner-oldest ordering_violation
run-cancelled exec_after_cancel
double-push multiple_owners double_execution
lost-wakeup stalled_work idle_while_work
TABLE
exit $bad
