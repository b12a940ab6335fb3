#!/bin/sh
# C files are as clang-format leaves them (`make format`).
set -eu
cd "$(dirname "$0")/../.."
git ls-files -co --exclude-standard '*.c' '*.h' | xargs -r clang-format --dry-run -Werror
