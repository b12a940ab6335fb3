#!/bin/sh
# Every function is short.
set -eu
cd "$(dirname "$0")/../.."
git ls-files -co --exclude-standard '*.c' '*.h' '*.cc' '*.hpp' | xargs -r awk -f tests/lint/files.awk -f tests/lint/functions.awk
