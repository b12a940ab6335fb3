#!/bin/sh
# Makes, of the last commit, a source tarball and Debian packages: `make package`. The same commit gives the same files.
# usage: .packaging/package.sh VERSION DIRECTORY
set -eu
version=$1
out=$2
cd "$(dirname "$0")/.."

git rev-parse --verify -q HEAD >/dev/null || {
  echo "package: this needs a git working tree: its last commit is what is packaged" >&2
  exit 2
}
[ -z "$(git status --porcelain)" ] || echo "package: what is not committed is left out" >&2
SOURCE_DATE_EPOCH=$(git log -1 --format=%ct)
export SOURCE_DATE_EPOCH
# What a make above says is not meant for the build in the package.
unset MAKEFLAGS MFLAGS MAKELEVEL MAKEOVERRIDES

name=wscheck-$version
rm -rf "$out"
mkdir -p "$out/stage"
git archive --format=tar --prefix="$name/" HEAD | gzip -9n >"$out/$name.tar.gz"

# The packaging lies in a dot folder, so that a packager's own debian/ meets none.
ln "$out/$name.tar.gz" "$out/stage/wscheck_$version.orig.tar.gz"
tar -xzf "$out/$name.tar.gz" -C "$out/stage"
tree=$out/stage/$name
cp -R "$tree/.packaging/debian" "$tree/debian"
date=$(LC_ALL=C date -u -d "@$SOURCE_DATE_EPOCH" '+%a, %d %b %Y %H:%M:%S +0000')
sed -e "s/@VERSION@/$version/" -e "s/@DATE@/$date/" "$tree/debian/changelog.in" >"$tree/debian/changelog"
copyright=$(sed -n 's/^Copyright (c) //p' "$tree/LICENSE")
sed '1,/^Copyright/d;/./,$!d' "$tree/LICENSE" | sed 's/^$/./;s/^/ /' >"$out/license"
sed -e "s/@COPYRIGHT@/$copyright/" -e "/@LICENSE@/{r $out/license
d}" "$tree/debian/copyright.in" >"$tree/debian/copyright"
rm -f "$tree"/debian/*.in "$out/license"

if ! (cd "$tree" && dpkg-buildpackage -us -uc) >"$out/log" 2>&1; then
  tail -n 30 "$out/log" >&2
  echo "package: the build failed; $out/log has all of it" >&2
  exit 1
fi
rm -rf "$tree"
mv "$out"/stage/* "$out"
rmdir "$out/stage"
ls "$out"/*.tar.gz "$out"/*.deb
