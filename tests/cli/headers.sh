#!/bin/sh
# The public headers compile alone, and their calls in use, without a warning, in every language version that they
# promise, with both compilers; with recording compiled out nothing of the library is needed.
. tests/lib/cli.sh

[ "${B:-build/release}" = build/release ] || exit 77 # once is enough
warn='-Wall -Wextra -Wpedantic -Wconversion -Wsign-conversion -Wshadow -Wundef -Wcast-align -Wcast-qual -Wwrite-strings
  -Wpointer-arith -Wformat=2 -Werror'
code=0
: >"$WORK/out"

for header in include/wscheck/*; do
  name=$(basename "$header")
  [ "$name" = "${name%.hpp}" ] && echo "#include \"wscheck/$name\"" >"$WORK/alone_$name.c"
  echo "#include \"wscheck/$name\"" >"$WORK/alone_$name.cc"
done
for source in tests/cli/headers/*.c; do
  cp "$source" "$WORK"
  cp "$source" "$WORK/$(basename "$source").cc"
done
cp tests/cli/headers/*.cc "$WORK"

# Compiles each source with each set of options; one line says whether all did.
all_compile() { # compiler, standard, suffix, warnings, options...
  compiler=$1 standard=$2 suffix=$3 more=$4
  shift 4
  if ! command -v "$compiler" >/dev/null 2>&1; then
    echo "ok $compiler -std=$standard # SKIP no $compiler here"
    return
  fi
  : >"$WORK/err"
  for source in "$WORK"/*"$suffix"; do
    for options in "$@"; do
      # shellcheck disable=SC2086 # words are meant
      "$compiler" "-std=$standard" $warn $more $options -Iinclude -c -o "$WORK/out.o" "$source" 2>"$WORK/log" || {
        echo "$compiler -std=$standard $options $(basename "$source")"
        cat "$WORK/log"
      } >>"$WORK/err"
    done
  done
  holds "$compiler -std=$standard compiles every header" [ ! -s "$WORK/err" ]
}

for compiler in gcc clang; do
  all_compile "$compiler" c99 .c '-Wstrict-prototypes -Wmissing-prototypes' -O2 -DWSC_RECORD_DISABLED
  all_compile "$compiler" c11 .c '-Wstrict-prototypes -Wmissing-prototypes' -O0 -DWSC_CLOCK_PORTABLE
  all_compile "$compiler" c17 .c '-Wstrict-prototypes -Wmissing-prototypes' -O0 "-O2 -DWSC_RECORD_DISABLED"
  all_compile "$compiler" gnu17 .c '-Wstrict-prototypes -Wmissing-prototypes' -O2
done
for compiler in g++ clang++; do
  all_compile "$compiler" c++11 .cc -Wnon-virtual-dtor -O0 "-O2 -DWSC_RECORD_DISABLED"
  all_compile "$compiler" c++14 .cc -Wnon-virtual-dtor -O2
  all_compile "$compiler" c++20 .cc -Wnon-virtual-dtor -O0 -DWSC_RECORD_DISABLED
done

# What a call leaves behind when it is compiled out: no name of the library, and nothing evaluated.
for source in use_hooks.c use_hooks.c.cc; do
  compiler=gcc
  [ "$source" = use_hooks.c ] || compiler=g++
  $compiler -O2 -DWSC_RECORD_DISABLED -Iinclude -c -o "$WORK/out.o" "$WORK/$source" 2>"$WORK/err" || code=$?
  holds "hooks that are compiled out need no library ($compiler)" sh -c "! nm -u '$WORK/out.o' | grep wsc_"
done

# On a processor without a counter: what the program takes of the headers, it has.
grep -l 'wscheck/record.h' src/cli/*.c | while read -r source; do
  gcc -std=c11 -O2 -DWSC_CLOCK_PORTABLE -D_GNU_SOURCE -Iinclude -Itracefmt -Isrc/check -Isrc/report -Isrc/cli -c \
    -o "$WORK/out.o" "$source" || echo "$source"
  for name in $(nm -u "$WORK/out.o" | grep -o 'wsc_.*'); do
    nm build/release/libwscheck-tool.a | grep -q " T $name\$" || echo "$source: $name"
  done
done >"$WORK/missing" 2>&1
holds "without a counter the program links" [ ! -s "$WORK/missing" ]
finish
