#!/bin/sh
# Puts what was built in its place, or takes it away again: `make install` and `make uninstall`. One list serves both.
# usage: install.sh install|uninstall
# environment: BUILD (directory of what was built), VERSION; DESTDIR, put before every path; PREFIX; LIBDIR (empty:
# PREFIX/lib); ZSHDIR, for zsh's completion (empty: PREFIX/share/zsh/site-functions). Relative ones are meant from the
# current directory.
set -eu
verb=$1

absolute() { # path
  case $1 in
  '' | /*) ;;
  *) set -- "$PWD/$1" ;;
  esac
  printf '%s\n' "${1%/}"
}
PREFIX=$(absolute "$PREFIX")
LIBDIR=$(absolute "${LIBDIR:-$PREFIX/lib}")
ZSHDIR=$(absolute "${ZSHDIR:-$PREFIX/share/zsh/site-functions}")
soversion=${VERSION%%.*}

# Runs a command on a file of the list, DESTDIR before it, or removes the file.
place() { # path, command...
  path=$DESTDIR$1
  shift
  if [ "$verb" = uninstall ]; then
    rm -f "$path"
    return
  fi
  install -d -m 755 "$(dirname "$path")"
  "$@" "$path"
}
copy() { # mode, source, directory
  place "$3/$(basename "$2")" install -m "$1" "$2"
}
link() { # path, target
  place "$1" ln -sf "$2"
}
# The way from LIBDIR to PREFIX, so that a tree that was moved is still whole; PREFIX itself if there is none.
prefix_from_libdir() {
  case $LIBDIR in
  "$PREFIX"/*) printf '%s\n' "${LIBDIR#"$PREFIX"/}" | sed 's|[^/][^/]*|..|g' ;;
  *) printf '%s\n' "$PREFIX" ;;
  esac
}
quoted() { # text, for the right side of a substitution
  printf '%s\n' "$1" | sed 's/[\\&|]/\\&/g'
}
fill_in() { # template, path
  sed -e "s|@PREFIX@|$(quoted "$PREFIX")|g" -e "s|@LIBDIR@|$(quoted "$LIBDIR")|g" -e "s|@VERSION@|$VERSION|g" \
    -e "s|@SOVERSION@|$soversion|g" -e "s|@PREFIX_FROM_LIBDIR@|$(quoted "$(prefix_from_libdir)")|g" "$1" >"$2"
  chmod 644 "$2"
}
template() { # file in src/install, directory
  place "$2/$1" fill_in "src/install/$1.in"
}

copy 755 "$BUILD/wscheck" "$PREFIX/bin"
for page in src/cli/man/*.mdoc; do # what was built may be gone when it is uninstalled
  copy 644 "$BUILD/man/man1/$(basename "$page" .mdoc).1" "$PREFIX/share/man/man1"
done
place "$PREFIX/share/bash-completion/completions/wscheck" install -m 644 "$BUILD/completion/wscheck.bash"
copy 644 "$BUILD/completion/_wscheck" "$ZSHDIR"
copy 644 src/report/report.schema.json "$PREFIX/share/wscheck"
copy 644 src/report/fleet.schema.json "$PREFIX/share/wscheck"
copy 755 samples/ci/gate.sh "$PREFIX/share/wscheck"
for header in include/wscheck/*.h*; do
  copy 644 "$header" "$PREFIX/include/wscheck"
done
copy 644 "$BUILD/libwscheck.a" "$LIBDIR"
copy 644 "$BUILD/libwscheck-check.a" "$LIBDIR"
copy 644 "$BUILD/libwscheck.so.$VERSION" "$LIBDIR"
link "$LIBDIR/libwscheck.so.$soversion" "libwscheck.so.$VERSION"
link "$LIBDIR/libwscheck.so" "libwscheck.so.$soversion"
if [ "$verb" = uninstall ] || [ -e "$BUILD/libwscheck-ompt.so" ]; then # it is built where omp-tools.h is there
  copy 644 "$BUILD/libwscheck-ompt.so" "$LIBDIR/wscheck" # loaded by its path: nothing links it
fi
template wscheck.pc "$LIBDIR/pkgconfig"
template wscheck-check.pc "$LIBDIR/pkgconfig"
template wscheckConfig.cmake "$LIBDIR/cmake/wscheck"
template wscheckConfigVersion.cmake "$LIBDIR/cmake/wscheck"

# Directories that are wscheck's alone.
if [ "$verb" = uninstall ]; then
  for directory in "$PREFIX/include/wscheck" "$PREFIX/share/wscheck" "$LIBDIR/cmake/wscheck" "$LIBDIR/wscheck"; do
    [ ! -d "$DESTDIR$directory" ] || rmdir "$DESTDIR$directory"
  done
fi
# The loader keeps a list of the libraries in the system's directories.
if [ -z "$DESTDIR" ] && [ "$(id -u)" -eq 0 ]; then
  PATH=$PATH:/sbin:/usr/sbin ldconfig 2>/dev/null || :
fi
