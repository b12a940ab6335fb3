#!/bin/sh
# Records traces of the sample pool, sound and broken, small and large, and damages each in many
# ways.
# usage: tests/corrupt/campaign.sh [COUNT [SEED]]   COUNT of each kind to each trace (1700; cuts: at every byte), SEED of the damages (1); B=build/release
set -eu
cd "$(dirname "$0")/../.."
B=${B:-build/release}
dir=$(mktemp -d "${TMPDIR:-/tmp}/wscheck-corrupt.XXXXXX")
trap 'rm -rf "$dir"' EXIT

# What is damaged must say something: a sound one passes, a planted bug, which need not show in each run, is reported.
record() { # name, exit code of analyze, options of the pool...
  name=$1 wanted=$2
  shift 2
  for _ in 1 2 3 4 5 6 7 8; do
    "$B/samples/pool" --trace "$dir/$name.zst" "$@" >"$dir/out" 2>&1 || true # a planted bug may spoil the sum
    code=0
    "$B/wscheck" analyze -q "$dir/$name.zst" || code=$?
    [ "$code" != "$wanted" ] || return 0
  done
  echo "campaign.sh: $name: exit code $code, not $wanted" >&2
  exit 2
}

record sound 0 --workers 4 --tasks 3000
record long 0 --workers 3 --tasks 2000 --grain 300000 # some watermarks
record large 0 --workers 4 --tasks 12000 --batch 8
record double-push 1 --workers 2 --tasks 3000 --bug double-push
record owner-oldest 1 --workers 3 --tasks 2000 --bug owner-oldest
record lost-push 1 --workers 2 --tasks 3000 --bug lost-push
"$B/tests/corrupt/corrupt" -b -n "${1:-1700}" -s "${2:-1}" "$dir"/*.zst
