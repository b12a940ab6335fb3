#!/bin/sh
# What compilers and other tools say of the sources without running them. Prints a line for each, and what it found.
# usage: tests/static/run.sh BUILD [recursion|analyzer|cppcheck|tidy...]     (all of them)
# BUILD has the generated headers (gen/, include/). Exit code 1: something was found.
set -eu
cd "$(dirname "$0")/../.."
build=$1
shift
[ $# -gt 0 ] || set -- recursion analyzer cppcheck tidy
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
bad=0

flags="-std=c11 -D_GNU_SOURCE -Iinclude -Itracefmt -Isrc/record -Isrc/check -Isrc/report -Isrc/cli -Isrc/pages -Isrc/ompt
  -I$build/gen -isystem $build/include -isystem $build/.. $(pkg-config --cflags libxml-2.0)"
sources=$(git ls-files 'tracefmt/*.c' 'src/*.c')
[ -e "$build/include/omp-tools.h" ] || sources=$(echo "$sources" | grep -v '^src/ompt/')

# Each source in turn, what it says with its own name in front, once.
each() { # command and arguments, to which a source and $flags are added
  for source in $sources; do
    # shellcheck disable=SC2086 # the flags are words
    "$@" "$source" $flags '-DWSCHECK_VERSION="0"' 2>&1 || :
  done | grep -E '(warning|error): ' | sort -u
}

report() { # name, file with what was found
  if [ -s "$2" ]; then
    cat "$2"
    echo "static: $1 FAILED"
    bad=1
  else
    echo "static: $1 clean"
  fi
}

# Functions that call themselves, and arrays of variable size. (What ccache knows already it makes without the graph.)
recursion() {
  mkdir "$scratch/graph"
  for source in $sources; do
    # shellcheck disable=SC2086
    CCACHE_DISABLE=1 gcc -O0 -Wvla -fcallgraph-info -c -o "$scratch/graph/$(echo "$source" | tr / _).o" "$source" $flags \
      '-DWSCHECK_VERSION="0"' 2>>"$scratch/warnings" || {
      cat "$scratch/warnings"
      exit 2
    }
  done
  grep -F '[-Wvla]' "$scratch/warnings" >"$scratch/vla" || :
  report "variable arrays" "$scratch/vla"
  python3 tests/static/recursion.py "$scratch"/graph/*.ci >"$scratch/said" || cat "$scratch/said" >"$scratch/recursion"
  touch "$scratch/recursion"
  report recursion "$scratch/recursion"
}

# GCC 12's analyzer loses sight of memory that an array or an out-parameter keeps, and of what a callee fills in only where
# it succeeds: these two kinds are wrong here each time. Leaks are looked for by running (ASan), and unset values by
# -Wmaybe-uninitialized and valgrind. A task of an OpenMP program has as many references as it has places, which a free
# looks for.
analyzer() {
  each gcc -O1 -fanalyzer -Wno-analyzer-malloc-leak -Wno-analyzer-use-of-uninitialized-value -c -o /dev/null |
    grep -v '^src/ompt/task.c:.*-Wanalyzer-use-after-free' >"$scratch/analyzer" || :
  report "gcc -fanalyzer" "$scratch/analyzer"
}

# What it is told to overlook stands in tests/static/cppcheck.txt, with reasons.
cppcheck_() {
  # shellcheck disable=SC2046,SC2086
  cppcheck --quiet --enable=warning,performance,portability --std=c11 --suppressions-list=tests/static/cppcheck.txt \
    --template='{file}:{line}: error: {message} [{id}]' -D'ElfW(x)=Elf64_##x' -D_GNU_SOURCE $(echo "$flags" | tr ' ' '\n' | grep '^-I[it]\|^-Isrc\|^-Ii') \
    -I"$build/gen" -j2 $sources 2>"$scratch/cppcheck" || :
  report cppcheck "$scratch/cppcheck"
}

# .clang-tidy says which of its checks.
tidy() {
  echo 'int main(void) { int unused; return 0; }' >"$scratch/probe.c"
  clang-tidy --quiet "$scratch/probe.c" -- -Wunused-variable 2>/dev/null | grep -q "unused variable 'unused'" || {
    echo "static: clang-tidy does not find what is there to find" >&2
    exit 2
  }
  for source in $sources; do
    # shellcheck disable=SC2086
    clang-tidy --quiet "$source" -- $flags '-DWSCHECK_VERSION="0"' 2>/dev/null || :
  done | grep -E '(warning|error): ' | sort -u >"$scratch/tidy" || :
  report clang-tidy "$scratch/tidy"
}

# A tool that is not there finds nothing.
need() { command -v "$1" >/dev/null || { echo "static: $1 is missing: 'make static' installs it" >&2 && exit 2; }; }

for tool in "$@"; do
  case $tool in
  recursion) recursion ;;
  analyzer) need gcc && analyzer ;;
  cppcheck) need cppcheck && cppcheck_ ;;
  tidy) need clang-tidy && tidy ;;
  *) echo "static: no tool is called $tool" >&2 && exit 2 ;;
  esac
done
exit "$bad"
