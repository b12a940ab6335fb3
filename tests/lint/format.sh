#!/bin/sh
# C and C++ files are as clang-format leaves them (`make format`).
set -eu
cd "$(dirname "$0")/../.."
git ls-files -co --exclude-standard '*.c' '*.h' '*.cc' '*.hpp' | xargs -r clang-format --dry-run -Werror
