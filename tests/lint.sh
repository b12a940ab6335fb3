#!/bin/sh
# Checks what a compiler does not: runs every script of tests/lint/. Each prints "file:line: reason" for what it finds.
# Exit code 1 if any found something.
set -u
cd "$(dirname "$0")/.." || exit 2
if [ -z "$(git ls-files '*.c')" ]; then
  echo "lint: this needs a git working tree: its files are what is checked" >&2
  exit 2
fi
found=0
for check in tests/lint/*.sh; do
  if sh "$check"; then
    echo "lint: $(basename "$check" .sh) clean"
  else
    echo "lint: $(basename "$check" .sh) FAILED"
    found=1
  fi
done
exit "$found"
