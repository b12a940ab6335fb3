#!/bin/sh
# Records traces of the sample pool, sound and broken, small and large, and damages each in many
# ways.
# usage: tests/corrupt/campaign.sh [COUNT [SEED]]   COUNT of each kind to each trace (1700; cuts: at every byte), SEED of the damages (1); B=build/release
set -eu
cd "$(dirname "$0")/../.."
B=${B:-build/release}
dir=$(mktemp -d "${TMPDIR:-/tmp}/wscheck-corrupt.XXXXXX")
trap 'rm -rf "$dir"' EXIT

record() { # name, options of the pool...
  name=$1
  shift
  "$B/samples/pool" --trace "$dir/$name.zst" "$@" >"$dir/out" 2>&1 || true # a planted bug may spoil the sum
}

record sound --workers 4 --tasks 3000
record long --workers 3 --tasks 2000 --grain 300000 # some watermarks
record large --workers 4 --tasks 12000 --batch 8
record double-push --workers 2 --tasks 3000 --bug double-push
record owner-oldest --workers 3 --tasks 2000 --bug owner-oldest
record lost-push --workers 2 --tasks 3000 --bug lost-push
for trace in "$dir"/*.zst; do
  "$B/wscheck" analyze -q "$trace" || true
done
"$B/tests/corrupt/corrupt" -b -n "${1:-1700}" -s "${2:-1}" "$dir"/*.zst
