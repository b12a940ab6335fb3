#!/bin/sh
# `make package`: a source tarball and Debian packages of the last commit. What is in them works where it is unpacked.
. tests/lib/cli.sh

[ "${B:-build/release}" = build/release ] || exit 77 # once is enough
for tool in dpkg-buildpackage dh dpkg-deb; do
  command -v "$tool" >/dev/null || exit 77 # no Debian
done
git rev-parse --verify -q HEAD >/dev/null 2>&1 || exit 77 # unpacked from a tarball
version=$("$WSCHECK" --version | sed -n 's/^wscheck //p')
out=build/package-test
root=$PWD/build/package-root
code=0

# Link-time optimization is tested elsewhere, and symbols for a debugger are not looked at here.
DEB_BUILD_OPTIONS='optimize=-lto noautodbgsym nocheck' .packaging/package.sh "$version" "$out" >"$WORK/out" 2>"$WORK/err" || code=$?
check "the package is built" 0 "$(grep -q 'left out' "$WORK/err" && echo 'left out')" "wscheck_$version-[^_]*_[a-z0-9]*\.deb$"
[ "$code" -eq 0 ] || finish

# --- The tarball: the commit, all of it, and the same each time. ---
tarball=$out/wscheck-$version.tar.gz
tar -tzf "$tarball" | sed -n "s|^wscheck-$version/||p" | grep -v '/$' | grep . | sort >"$WORK/packed"
git ls-tree -r --name-only --full-tree HEAD | sort >"$WORK/committed"
same "the tarball has the files of the commit" "$WORK/packed" "$WORK/committed"
holds "and nothing beside them" [ -z "$(tar -tzf "$tarball" | grep -v "^wscheck-$version/")" ]
git archive --format=tar --prefix="wscheck-$version/" HEAD | gzip -9n >"$WORK/again.tar.gz"
same "the tarball is reproducible" "$tarball" "$WORK/again.tar.gz"
holds "no debian/ in it" [ -z "$(grep '^debian/' "$WORK/packed")" ]

# --- The packages, unpacked into a tree of their own. ---
rm -rf "$root"
mkdir -p "$root"
for package in wscheck libwscheck0 libwscheck-dev; do
  set -- "$out/${package}_$version"-*.deb
  holds "$package is there" [ -s "$1" ]
  holds "$package says what it is" [ "$(dpkg-deb -f "$1" Package)" = "$package" ]
  dpkg-deb -x "$1" "$root"
done
set -- "$out"/wscheck_"$version"-*.deb
dpkg-deb -f "$1" Depends >"$WORK/depends"
for library in libzstd1 libcbor libjson-c libxml2 libc6; do
  holds "wscheck depends on $library" grep -q "$library" "$WORK/depends"
done
run --version
cp "$WORK/out" "$WORK/version"
code=0
"$root/usr/bin/wscheck" --version >"$WORK/out" 2>"$WORK/err" || code=$?
check "wscheck --version" 0 ""
same "it is this version" "$WORK/out" "$WORK/version"
if command -v man >/dev/null; then
  man -M "$root/usr/share/man" -w wscheck wscheck-analyze >"$WORK/out" 2>"$WORK/err" || code=$?
  check "man finds its pages" 0 "" "usr/share/man/man1/wscheck-analyze.1.gz"
else
  echo "ok man finds its pages # SKIP no man here"
fi
adapter=$(echo "$root"/usr/lib/*/wscheck/libwscheck-ompt.so)
# shellcheck disable=SC2016 # expanded by the shell that is run
env -u OMP_TOOL_LIBRARIES "$root/usr/bin/wscheck" record -o "$WORK/none.zst" -- sh -c 'echo "$OMP_TOOL_LIBRARIES"' \
  >"$WORK/out" 2>"$WORK/err"
holds "record finds its adapter" grep -qxF "$adapter" "$WORK/out"
holds "completion for bash" [ -s "$root/usr/share/bash-completion/completions/wscheck" ]
holds "completion for zsh" [ -s "$root/usr/share/zsh/vendor-completions/_wscheck" ]
holds "the licence" grep -q 'WITHOUT WARRANTY OF ANY KIND' "$root/usr/share/doc/wscheck/copyright"

# --- A program built with what libwscheck-dev and libwscheck0 have. ---
libdir=$(dirname "$(dirname "$adapter")")
flags=$(PKG_CONFIG_PATH=$libdir/pkgconfig PKG_CONFIG_SYSROOT_DIR=$root PKG_CONFIG_ALLOW_SYSTEM_CFLAGS=1 \
  PKG_CONFIG_ALLOW_SYSTEM_LIBS=1 pkg-config --cflags --libs wscheck)
code=0
eval "${CC:-cc} -O2 -Wall -Werror -Isamples samples/fork-join/main.c -o \"\$WORK/fork-join\" $flags -pthread" >"$WORK/out" 2>"$WORK/err" || code=$?
check "a sample builds with pkg-config" 0 ""
(cd "$WORK" && LD_LIBRARY_PATH=$libdir ./fork-join --workers 2 --trace fork-join.zst) >"$WORK/out" 2>"$WORK/err" || code=$?
holds "it runs" [ "$code" -eq 0 ]
code=0
"$root/usr/bin/wscheck" info "$WORK/fork-join.zst" >"$WORK/out" 2>"$WORK/err" || code=$?
check "it leaves a trace" 0 "" 'exec_complete'

if command -v lintian >/dev/null; then
  code=0
  lintian --allow-root --fail-on error "$out"/*.changes >"$WORK/out" 2>"$WORK/err" || code=$?
  holds "lintian finds no error" [ "$code" -eq 0 ]
  grep '^[EW]:' "$WORK/out"
else
  echo "ok lintian finds no error # SKIP no lintian here"
fi
rm -rf "$root" "$out"
finish
