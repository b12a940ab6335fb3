#!/bin/sh
# Keeps what a run of `make fuzz` found: of build/fuzz/corpus/TARGET and of what was kept before, the fewest inputs that
# reach as much go to tests/fuzz/kept/TARGET.tar.zst. Fuzzing begins from these, and the tests run them. Where they take
# more than a file of the repository may, how often an edge was taken no longer counts, but only which edges were.
# usage: tests/fuzz/keep.sh TARGET...
set -eu
cd "$(dirname "$0")/../.."
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT

# target, [option of libFuzzer]...: the fewest of all its inputs, into $scratch/kept.tar.zst
merge() {
  target=$1
  shift
  rm -rf "${scratch:?}/$target"
  mkdir "$scratch/$target"
  "build/fuzz/tests/fuzz/$target" -merge=1 -max_len=4096 "$@" "$scratch/$target" "$scratch/before/$target" \
    "build/fuzz/corpus/$target" >"$scratch/log" 2>&1 || {
    cat "$scratch/log" >&2
    exit 1
  }
  tar -C "$scratch" --sort=name --mtime=@0 --owner=0 --group=0 --numeric-owner -cf - "$target" |
    zstd -q -19 -f -o "$scratch/kept.tar.zst"
}
fits() { [ "$(wc -c <"$scratch/kept.tar.zst")" -le 1048576 ]; }

for target in "$@"; do
  mkdir -p "$scratch/before/$target" "build/fuzz/corpus/$target"
  tests/fuzz/unpack.sh "$target" "$scratch/before"
  merge "$target"
  fits || merge "$target" -use_counters=0
  fits || {
    echo "keep.sh: $target: more than 1 MiB, though only new edges count; nothing was kept" >&2
    exit 1
  }
  mv "$scratch/kept.tar.zst" "tests/fuzz/kept/$target.tar.zst"
  printf '%-8s %6d inputs, %d bytes\n' "$target" "$(find "$scratch/$target" -type f | wc -l)" \
    "$(wc -c <"tests/fuzz/kept/$target.tar.zst")"
done
