#!/bin/sh
# `make install` into a DESTDIR gives a program that runs and a library that links; `make uninstall` leaves nothing.
. tests/lib/cli.sh

[ "${B:-build/release}" = build/release ] || exit 77 # once is enough
[ -e src/record/wscheck.pc.in ] || exit 77
root=$PWD/build/install-test
rm -rf "$root"
code=0
: >"$WORK/out"
: >"$WORK/err"
make -s install DESTDIR="$root" PREFIX=/opt/wscheck >"$WORK/out" 2>"$WORK/err" || code=$?
check "make install" 0 ""
holds "the program runs" "$root/opt/wscheck/bin/wscheck" --version
for page in src/cli/man/*.1; do
  holds "$(basename "$page") is installed" [ -s "$root/opt/wscheck/share/man/man1/$(basename "$page")" ]
done
cat >"$WORK/user.c" <<'EOF'
#include <wscheck/record.h>
int main(void) { return 0; }
EOF
cat >"$WORK/user.sh" <<'EOF'
export PKG_CONFIG_PATH="$1/opt/wscheck/lib/pkgconfig" PKG_CONFIG_SYSROOT_DIR="$1"
flags=$(pkg-config --cflags --libs --static wscheck) || exit 1
# shellcheck disable=SC2086
${CC:-cc} "$2/user.c" -o "$2/user" $flags
EOF
holds "a program builds with pkg-config" sh "$WORK/user.sh" "$root" "$WORK"
cat >"$WORK/user.c" <<'EOF'
#include <wscheck/check.h>
/* Names that the library uses inside. */
int order_init, analysis_create, id_map_find, trace_header_init;
int main(void)
{
	wsc_check *check;
	return wsc_check_create(&check, NULL) == WSC_OK && wsc_check_parked(check, 1) == WSC_OK ? 0 : 1;
}
EOF
cat >"$WORK/checker.sh" <<'EOF'
export PKG_CONFIG_PATH="$1/opt/wscheck/lib/pkgconfig" PKG_CONFIG_SYSROOT_DIR="$1"
flags=$(pkg-config --cflags --libs "$3") || exit 1
# shellcheck disable=SC2086
${CC:-cc} "$2/user.c" -o "$2/user" $flags && "$2/user"
EOF
holds "a test builds with the checker alone" sh "$WORK/checker.sh" "$root" "$WORK" wscheck-check
holds "and with the recorder beside it" sh "$WORK/checker.sh" "$root" "$WORK" "wscheck wscheck-check"
make -s uninstall DESTDIR="$root" PREFIX=/opt/wscheck >"$WORK/out" 2>"$WORK/err" || code=$?
check "make uninstall" 0 ""
holds "nothing is left" [ -z "$(find "$root" ! -type d)" ]
rm -rf "$root"
finish
