#!/bin/sh
# Unpacks to DIRECTORY/TARGET what was kept of earlier fuzzing (keep.sh); nothing if there is nothing.
# usage: tests/fuzz/unpack.sh TARGET DIRECTORY
set -eu
kept=$(dirname "$0")/kept/$1.tar.zst
mkdir -p "$2/$1"
[ ! -e "$kept" ] || zstd -dcq "$kept" | tar -C "$2" -xf -
