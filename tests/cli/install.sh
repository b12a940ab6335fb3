#!/bin/sh
# `make install` gives a program that runs and libraries that link, by pkg-config and by CMake, wherever it is put;
# `make uninstall` leaves nothing.
# shellcheck disable=SC2016,SC2034,SC2089,SC2090,SC2317 # functions run by way of `succeeds`, words quoted for `eval`
. tests/lib/cli.sh

[ "${B:-build/release}" = build/release ] || exit 77 # once is enough
root=$PWD/build/install-test
rm -rf "$root"
code=0

# Runs a command; the exit code goes to $code, the outputs to $WORK/out and $WORK/err.
try() {
  code=0
  "$@" >"$WORK/out" 2>"$WORK/err" || code=$?
}
succeeds() { # name, command...
  name=$1
  shift
  try "$@"
  if [ "$code" -eq 0 ]; then result 0 "$name"; else result 1 "$name" "failed: $*"; fi
}
exported() { # nm options, library: its names, sorted
  # shellcheck disable=SC2086 # words are meant
  nm $1 --defined-only "$2" | awk '$2 ~ /[A-Z]/ && $2 != "A" { sub(/@.*/, "", $3); print $3 }' | sort
}

# --- A tree in a DESTDIR, as packagers make it. ---
try make -s install DESTDIR="$root" PREFIX=/opt/wscheck
check "make install" 0 ""
prefix=$root/opt/wscheck
holds "the program runs" "$prefix/bin/wscheck" --version
for page in build/release/man/man1/*.1; do
  holds "$(basename "$page") is installed" [ -s "$prefix/share/man/man1/$(basename "$page")" ]
done
holds "completion for bash is installed" [ -s "$prefix/share/bash-completion/completions/wscheck" ]
holds "completion for zsh is installed" [ -s "$prefix/share/zsh/site-functions/_wscheck" ]
holds "the schema of reports is installed" jq -e '.title' "$prefix/share/wscheck/report.schema.json"
holds "the schema of reports of several traces is installed" jq -e '.title' "$prefix/share/wscheck/fleet.schema.json"
holds "the gate for CI jobs is installed" [ -x "$prefix/share/wscheck/gate.sh" ]
for header in include/wscheck/*; do
  holds "$(basename "$header") is installed" [ -s "$prefix/include/wscheck/$(basename "$header")" ]
done
holds "no path of the build in it" [ -z "$(grep -rlF "$root" "$prefix/lib/pkgconfig" "$prefix/lib/cmake")" ]

# --- What it is made of. ---
shared=$prefix/lib/libwscheck.so
ompt=$prefix/lib/wscheck/libwscheck-ompt.so
for file in "$prefix/bin/wscheck" "$ompt" "$shared"; do
  name=$(basename "$file")
  [ -e "$file" ] || continue # the adapter is not built everywhere
  # Calls that the compiler checks become __NAME_chk; the stack protector ends a function that was overrun.
  nm -D --undefined-only "$file" >"$WORK/undefined"
  holds "$name: its buffers are checked" grep -Eq ' __(snprintf|vsnprintf|memmove)_chk@' "$WORK/undefined"
  holds "$name: its stack is protected" grep -q ' __stack_chk_fail@' "$WORK/undefined"
  readelf -hlWd "$file" >"$WORK/elf"
  holds "$name is position-independent" grep -Eq '^ *Type: *DYN' "$WORK/elf"
  holds "$name: relocations are read-only" grep -q GNU_RELRO "$WORK/elf"
  holds "$name is bound at the start" grep -Eq 'BIND_NOW|FLAGS.*NOW' "$WORK/elf"
  holds "$name: no code on the stack" grep -Eq 'GNU_STACK .* RW ' "$WORK/elf"
done
# A linked file says so only if the C library's start files do, which Debian's don't: what a program links is looked at.
if [ "$(uname -m)" = x86_64 ]; then
  for file in "$prefix/lib/libwscheck.a" "$prefix/lib/libwscheck-check.a"; do
    readelf -nW "$file" >"$WORK/notes"
    holds "$(basename "$file"): branches are tracked, returns shadowed" grep -q 'x86 feature: IBT, SHSTK' "$WORK/notes"
  done
fi
readelf -dW "$shared" >"$WORK/elf"
holds "the shared library has its soname" grep -qF 'soname: [libwscheck.so.0]' "$WORK/elf"
holds "the shared library can't be unloaded" grep -q 'FLAGS_1.*NODELETE' "$WORK/elf"
holds "the soname is there" [ -e "$prefix/lib/libwscheck.so.0" ]
exported -D "$shared" >"$WORK/shared"
exported -g "$prefix/lib/libwscheck.a" | sort -u >"$WORK/static"
sed -n 's/^[A-Za-z].*[ *]\(wsc_[a-z_0-9]*\)\((.*\|;\)$/\1/p' include/wscheck/record.h include/wscheck/hooks.h |
  grep -v '^wsc_\(recorder\|worker\)$' | sort -u >"$WORK/declared"
same "the shared library shows what is declared" "$WORK/declared" "$WORK/shared"
same "and so does the static one" "$WORK/declared" "$WORK/static"

# --- The adapter for OpenMP programs. ---
if [ -e build/release/libwscheck-ompt.so ]; then
  exported -D "$prefix/lib/wscheck/libwscheck-ompt.so" >"$WORK/shown"
  echo ompt_start_tool >"$WORK/expected"
  same "the OpenMP adapter shows its one name" "$WORK/shown" "$WORK/expected"
  try env -u OMP_TOOL_LIBRARIES "$prefix/bin/wscheck" record -o "$WORK/none.zst" -- sh -c 'echo "$OMP_TOOL_LIBRARIES"'
  check "the program finds it" 0 "no trace" "^$prefix/lib/wscheck/libwscheck-ompt.so$"
else
  echo "ok the OpenMP adapter # SKIP it is not built: there is no omp-tools.h"
fi

# --- pkg-config. ---
sed -n '/^```c$/,/^```$/p' README.md | sed '1d;/^```$/,$d' >"$WORK/tiny.c"
cat >"$WORK/clash.c" <<'EOC'
#include <wscheck/record.h>
/* Names that the library uses inside. */
int ring_create, notice, drain_main, trace_header_init, frame_write, clock_rate;
int main(void)
{
	struct wsc_options options = WSC_OPTIONS_INIT;
	wsc_recorder *recorder;
	wsc_worker *w;
	options.path = "clash.zst";
	recorder = wsc_open(&options);
	w = wsc_attach(recorder, 1, NULL);
	wsc_exec_start(w, 1);
	wsc_exec_complete(w, 1);
	wsc_detach(w);
	return recorder && wsc_close(recorder, WSC_END_CLEAN) == 0 ? 0 : 1;
}
EOC
cat >"$WORK/checker.c" <<'EOC'
#include <wscheck/check.h>
int order_init, analysis_create, id_map_find, trace_header_init;
int main(void)
{
	wsc_check *check;
	return wsc_check_create(&check, NULL) == WSC_OK && wsc_check_parked(check, 1) == WSC_OK ? 0 : 1;
}
EOC
PKG_CONFIG_PATH=$prefix/lib/pkgconfig
PKG_CONFIG_SYSROOT_DIR=$root
export PKG_CONFIG_PATH PKG_CONFIG_SYSROOT_DIR
# What pkg-config prints is quoted for a shell.
build() { # source, output, pkg-config's arguments...
  source=$1
  output=$2
  shift 2
  flags=$(pkg-config --cflags --libs "$@") || return
  eval "${CC:-cc} -O2 -Wall -Wextra -Werror -Isamples \"\$source\" -o \"\$output\" $flags -pthread"
}
in_work() {
  (cd "$WORK" && "$@")
}
loads() { # program: whether it loads the shared library
  readelf -dW "$1" | grep -qF '[libwscheck.so.0]'
}
succeeds "README's program builds with pkg-config" build "$WORK/tiny.c" "$WORK/tiny" wscheck
holds "it loads the shared library" loads "$WORK/tiny"
holds "it loads nothing that only that needs" sh -c "! readelf -dW '$WORK/tiny' | grep -q 'zstd\|cbor'"
succeeds "it runs" in_work env LD_LIBRARY_PATH="$prefix/lib" ./tiny
run analyze "$WORK/tiny.zst"
check "its trace passes" 0 "" '^PASS .*: no errors'
succeeds "a sample builds with pkg-config" build samples/fork-join/main.c "$WORK/fork-join" wscheck
succeeds "the sample runs" in_work env LD_LIBRARY_PATH="$prefix/lib" ./fork-join --workers 2 --trace fork-join.zst
run info "$WORK/fork-join.zst"
check "the sample leaves a trace" 0 "" 'exec_complete'
succeeds "a test builds with the checker alone" build "$WORK/checker.c" "$WORK/checker" wscheck-check
holds "and runs" "$WORK/checker"
succeeds "a test builds with the checker and the recorder" build "$WORK/checker.c" "$WORK/both" wscheck wscheck-check
mkdir "$root/aside"
mv "$prefix"/lib/libwscheck.so* "$root/aside"
for program in tiny clash; do
  rm -f "$WORK/$program.zst"
  succeeds "$program builds with the static library alone" build "$WORK/$program.c" "$WORK/$program" --static wscheck
  succeeds "$program runs" in_work "./$program"
  run analyze "$WORK/$program.zst"
  check "$program's trace passes" 0 "" '^PASS .*: no errors'
done
mv "$root"/aside/* "$prefix/lib"
unset PKG_CONFIG_PATH PKG_CONFIG_SYSROOT_DIR

# --- CMake. ---
mkdir "$WORK/project"
cp "$WORK/tiny.c" "$WORK/checker.c" "$WORK/clash.c" "$WORK/project"
cp samples/sample.h "$WORK/project"
cp samples/fork-join/main.c "$WORK/project/fork-join.c"
cat >"$WORK/project/CMakeLists.txt" <<'EOC'
cmake_minimum_required(VERSION 3.13)
project(user C)
find_package(wscheck 0.1 REQUIRED)
find_package(wscheck 0.1 REQUIRED) # twice, as parts of a project do
find_package(Threads REQUIRED)
add_executable(tiny tiny.c)
target_link_libraries(tiny wscheck::wscheck Threads::Threads)
add_executable(fork-join fork-join.c)
target_link_libraries(fork-join wscheck::wscheck Threads::Threads)
add_executable(clash clash.c)
target_link_libraries(clash wscheck::wscheck_static)
add_executable(checker checker.c)
target_link_libraries(checker wscheck::check)
enable_testing()
add_test(NAME version COMMAND ${wscheck_PROGRAM} --version)
EOC
cmake_project() { # prefix, directory for what is built
  cmake -S "$WORK/project" -B "$2" -DCMAKE_PREFIX_PATH="$1" -DCMAKE_C_FLAGS="-Wall -Wextra -Werror" &&
    cmake --build "$2" && (cd "$2" && ctest -Q && ./tiny && ./clash && ./checker &&
      ./fork-join --workers 2 --trace fork-join.zst)
}
by_cmake() { # name, prefix
  rm -rf "$WORK/cmake"
  succeeds "$1: a CMake project builds and runs" cmake_project "$2" "$WORK/cmake"
  for program in tiny clash; do
    run analyze "$WORK/cmake/$program.zst"
    check "$1: $program's trace passes" 0 "" '^PASS .*: no errors'
  done
  holds "$1: one is linked with the shared library" loads "$WORK/cmake/tiny"
  holds "$1: one with the static library" sh -c "! readelf -dW '$WORK/cmake/clash' | grep -q wscheck"
}
by_cmake "installed" "$prefix"
versions() { # version: find_package() as a script
  printf 'find_package(wscheck %s REQUIRED)\n' "$1" >"$WORK/project/find.cmake"
  sed "s/find_package(wscheck 0.1 REQUIRED)/include(find.cmake)/;/add_\|target_/d" "$WORK/project/CMakeLists.txt" \
    >"$WORK/versions/CMakeLists.txt"
  cp "$WORK/project/find.cmake" "$WORK/versions"
  rm -rf "$WORK/cmake"
  cmake -S "$WORK/versions" -B "$WORK/cmake" -DCMAKE_PREFIX_PATH="$prefix"
}
mkdir "$WORK/versions"
version=$("$prefix/bin/wscheck" --version | grep -Eo '[0-9]+\.[0-9]+\.[0-9]+' | head -n 1)
succeeds "this version is found" versions "$version EXACT"
for other in 0.0.9 99.0 "${version%.*}.99"; do
  try versions "$other"
  holds "version $other is not found" grep -q 'compatible with requested version' "$WORK/err"
done

# --- Uninstalling. ---
try env BUILD=build/none VERSION="$version" DESTDIR="$root" PREFIX=/opt/wscheck LIBDIR= src/install/install.sh uninstall
check "uninstalling, when nothing that was built is left" 0 ""
holds "nothing of it is left" [ -z "$(find "$root" ! -type d)" ]
try make -s uninstall DESTDIR="$root" PREFIX=/opt/wscheck
check "make uninstall, also twice" 0 ""
holds "nothing is left" [ -z "$(find "$root" ! -type d)" ]
holds "no directory of its own is left" [ -z "$(find "$root" -mindepth 3 -name wscheck)" ]
rm -rf "$root"

# --- A relative prefix with blanks and other letters that mean something, and a LIBDIR as on Debian. ---
odd="build/install-test/a b & 'c|d'"
try make -s install PREFIX="$odd" LIBDIR="$odd/lib/x86_64-linux-gnu"
check "make install PREFIX='a b' LIBDIR=" 0 ""
prefix="$PWD/$odd"
holds "the libraries are in LIBDIR" [ -e "$prefix/lib/x86_64-linux-gnu/libwscheck.so.0" ]
PKG_CONFIG_PATH=$prefix/lib/x86_64-linux-gnu/pkgconfig
export PKG_CONFIG_PATH
rm -f "$WORK/tiny" "$WORK/tiny.zst"
succeeds "pkg-config with such a prefix" build "$WORK/tiny.c" "$WORK/tiny" wscheck
succeeds "its program runs" in_work env LD_LIBRARY_PATH="$prefix/lib/x86_64-linux-gnu" ./tiny
unset PKG_CONFIG_PATH
plain="$PWD/build/install-test/moved"
mv "$prefix" "$plain"
by_cmake "moved" "$plain"
mv "$plain" "$prefix"
try make -s uninstall PREFIX="$odd" LIBDIR="$odd/lib/x86_64-linux-gnu"
check "make uninstall PREFIX='a b' LIBDIR=" 0 ""
holds "nothing is left there" [ -z "$(find "$root" ! -type d)" ]
rm -rf "$root"
# A LIBDIR outside of the prefix.
try make -s install PREFIX=build/install-test/p LIBDIR=build/install-test/l
check "make install LIBDIR=elsewhere" 0 ""
by_cmake "elsewhere" "$root/l/cmake/wscheck"
rm -rf "$root"
finish
