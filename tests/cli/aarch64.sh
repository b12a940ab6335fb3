#!/bin/sh
# The recorder for aarch64: cross-compiled, and run by qemu. The stamps need nothing but libc; the recorder itself needs
# arm64 libraries, which .ci/arm64-root puts into build/arm64-root. (test_record_host is left out: qemu's own emulation
# fails in children of programs with threads.)
# shellcheck disable=SC2034,SC2317 # the checks read $code; functions run by way of `holds`
. tests/lib/cli.sh

[ "${B:-build/release}" = build/release ] || exit 77 # once is enough
cross=aarch64-linux-gnu-gcc
root=$PWD/build/arm64-root
code=0
: >"$WORK/out"
for tool in "$cross" qemu-aarch64; do
  command -v "$tool" >/dev/null 2>&1 || {
    echo "ok the recorder on aarch64 # SKIP no $tool here"
    finish
  }
done
flags='-std=c11 -O2 -pthread -Wall -Wextra -Wpedantic -Wconversion -Wshadow -Wundef -Wcast-align -Werror -D_GNU_SOURCE
  -Iinclude'

compile() { # arguments
  # shellcheck disable=SC2086 # words are meant
  "$cross" $flags "$@"
}
emulate() { # program, arguments...
  timeout 120 qemu-aarch64 -L /usr/aarch64-linux-gnu -E "LD_LIBRARY_PATH=$root/usr/lib/aarch64-linux-gnu" "$@" 2>"$WORK/err"
}

for header in include/wscheck/*.h; do
  echo "#include \"wscheck/$(basename "$header")\"" >"$WORK/header.c"
  holds "$(basename "$header") compiles" compile -c -o "$WORK/header.o" "$WORK/header.c"
done
for clock in '' -DWSC_CLOCK_PORTABLE; do
  # shellcheck disable=SC2086 # no word, if it is empty
  holds "stamps compile $clock" compile $clock -static -Isrc/record -o "$WORK/stamps" tests/cli/aarch64/stamps.c src/record/clock.c tracefmt/clock_ns.c
  holds "stamps keep their promises $clock" emulate "$WORK/stamps"
done
compile -S -o "$WORK/stamps.s" -Isrc/record tests/cli/aarch64/stamps.c
holds "stamps are the processor's counter" grep -q 'cntvct_el0' "$WORK/stamps.s"
holds "fenced ones wait" grep -q 'isb' "$WORK/stamps.s"

if [ ! -e "$root/complete" ]; then
  echo "ok the whole recorder on aarch64 # SKIP no arm64 libraries in build/arm64-root (.ci/arm64-root fetches them)"
  finish
fi
mkdir "$WORK/obj"
for source in src/record/*.c tracefmt/*.c; do
  case $source in
  tracefmt/jsonl_* | tracefmt/trace_input.c) continue ;; # the recorder has no JSON
  esac
  compile -Itracefmt -Isrc/record -isystem "$root/usr/include" -c -o "$WORK/obj/$(basename "$source" .c).o" "$source" 2>>"$WORK/err"
done
holds "the recorder compiles" [ ! -s "$WORK/err" ]
link() { # output, arguments...
  output=$1
  shift
  compile -o "$output" "$@" "$WORK"/obj/*.o -L"$root/usr/lib/aarch64-linux-gnu" -lzstd -lcbor
}
for test in stamps events hooks life rings; do
  holds "test_record_$test links" link "$WORK/test" -Itracefmt -Isrc/record "tests/plain/test_record_$test.c"
  holds "test_record_$test passes" emulate "$WORK/test"
done
for sample in fork-join async continuations; do
  holds "$sample links" link "$WORK/sample" -Isamples "samples/$sample/main.c"
  holds "$sample runs" emulate "$WORK/sample" --workers 3 --trace "$WORK/sample.zst"
  run analyze "$WORK/sample.zst"
  check "$sample: its trace passes" 0 "" '^PASS '
  run info "$WORK/sample.zst"
  check "$sample: its clock is the processor's" 0 "" '^clock +ticks'
done
finish
