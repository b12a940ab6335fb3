#!/bin/sh
# Every C file of the tree passes clang with the warnings of the build, as it passes the compiler of the build.
. tests/lib/cli.sh

[ "${B:-build/release}" = build/release ] || exit 77 # once is enough
if ! command -v clang >/dev/null 2>&1; then
  echo "ok clang # SKIP no clang here"
  exit 0
fi
# shellcheck disable=SC2016 # make expands it
warn=$(make -s --no-print-directory --eval='print-warn: ; @echo $(WARN)' print-warn)
case $warn in
*-Wconversion*-Werror*) ;;
*) echo "not ok clang: these are no warnings: $warn" && exit 1 ;;
esac
# The directories that include each other's headers are all named: layers are for tests/lint/layers.sh to hold.
# shellcheck disable=SC2046,SC2086 # words on purpose
if git ls-files 'tracefmt/*.c' 'src/*.c' 'tests/unit/*.c' 'tests/plain/*.c' 'tests/model/*.c' 'tests/mutate/*.c' \
  'tests/corrupt/*.c' 'tests/fuzz/*.c' 'tests/fail/*.c' 'tests/kill/*.c' 'tests/bench/*.c' |
  xargs -n 16 clang -std=c11 -fsyntax-only $warn -D_GNU_SOURCE -DWSCHECK_VERSION='"0"' -Iinclude -Itracefmt -Isrc/record \
    -Isrc/check -Isrc/report -Isrc/cli -Isrc/ompt -Itests/unit -Itests/model -Itests/corrupt -Itests/fuzz \
    -Isamples/pool -I"${B:-build/release}/gen" \
    $(pkg-config --cflags libzstd libcbor json-c libxml-2.0 criterion) >"$WORK/out" 2>&1; then
  echo "ok clang finds nothing to warn of"
else
  echo "not ok clang warns"
  sed 's/^/    /' "$WORK/out"
  exit 1
fi
