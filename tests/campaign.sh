#!/bin/sh
# Records the sample pool many times, sound and broken, and counts what the analysis says of it.
# usage: tests/campaign.sh [RUNS]      (20 runs of each bug by default, and a quarter more of each sound pool; B=build/release)
# Exit 0 if no sound run has an error and each planted bug is caught in 9 runs of 10: with a kind that the table names,
# and with a first story that names the bug's cause first; and if each run was recorded and judged at all.
set -eu
cd "$(dirname "$0")/.."
B=${B:-build/release}
runs=${1:-20}
dir=$(mktemp -d "${TMPDIR:-/tmp}/wscheck-campaign.XXXXXX")
trap 'rm -rf "$dir"' EXIT
bad=0

# Records one run into $dir/t.zst and analyzes it: prints "VERDICT kind kind ...". What the run before left is no verdict on
# this one: without a trace or a report of its own, it is "trouble, exit code N".
record() {
  rm -f "$dir/t.zst" "$dir/report.json"
  judged=0
  "$B/samples/pool" --trace "$dir/t.zst" "$@" >"$dir/pool.out" 2>&1 || true
  "$B/wscheck" analyze --format json -o "$dir/report.json" "$dir/t.zst" || judged=$?
  case $judged in
  0 | 1 | 3) ;;
  *)
    echo trouble >"$dir/cause"
    echo "trouble, exit code $judged"
    return
    ;;
  esac
  jq -r 'first(.violations[] | select(.story == 1)).causes[0] // "none"' "$dir/report.json" >"$dir/cause"
  jq -r '[.verdict] + (.violation_counts | keys) | join(" ")' "$dir/report.json"
}

sound=$((runs + runs / 4))
echo "sound pool, $sound runs each: workers, batch, passed, inconclusive, failed"
for workers in 2 4 8 16; do
  for batch in 1 8; do
    pass=0 inconclusive=0 fail=0
    for seed in $(seq "$sound"); do
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

tally() { # file of words: each once, with how often it occurs
  sort "$1" | uniq -c | awk '{printf "%s(%d) ", $2, $1}'
}

echo "planted bugs, 2 workers, $runs runs each: bug, caught, cause named, kinds | causes"
while read -r bug cause kinds; do
  caught=0 named_cause=0
  : >"$dir/kinds"
  : >"$dir/causes"
  for seed in $(seq "$runs"); do
    set -- --workers 2 --bug "$bug" --seed "$seed"
    result=$(record "$@")
    case $result in
    trouble*)
      bad=1
      echo "FAILED: pool $* -> $result" >&2
      ;;
    esac
    named=no
    for kind in $kinds; do
      case " $result " in *" $kind "*) named=yes ;; esac
    done
    [ "$(cat "$dir/cause")" != "$cause" ] || named_cause=$((named_cause + 1))
    cat "$dir/cause" >>"$dir/causes"
    case $result in fail*) [ "$named" = no ] || caught=$((caught + 1)) ;; esac
    echo "$result" | cut -d' ' -f2- | tr ' ' '\n' >>"$dir/kinds"
  done
  printf '%-14s %3d/%d %3d/%d  %s| %s\n' "$bug" "$caught" "$runs" "$named_cause" "$runs" "$(tally "$dir/kinds")" \
    "$(tally "$dir/causes")"
  [ $((caught * 10)) -ge $((runs * 9)) ] && [ $((named_cause * 10)) -ge $((runs * 9)) ] || bad=1
done <<'TABLE'
take-fence missing-fence multiple_owners double_execution
steal-store stale-cas multiple_owners double_execution
lost-push lost-push stalled_work lost_work
drop-stolen dropped-loot stalled_work lost_work
thief-newest wrong-end-thief ordering_violation
owner-oldest wrong-end-owner ordering_violation
run-cancelled ran-cancelled exec_after_cancel
double-push pushed-twice multiple_owners double_execution
lost-wakeup lost-wakeup stalled_work idle_while_work
TABLE
exit $bad
