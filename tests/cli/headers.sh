#!/bin/sh
# SPDX-License-Identifier: MIT
# The public headers compile alone, without a warning, in every language version they promise, with both compilers.
set -eu
cd "$(dirname "$0")/../.."
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
warn='-Wall -Wextra -Wpedantic -Wconversion -Wshadow -Wundef -Wcast-align -Wwrite-strings -Werror'
failed=0
compiled=0

# compile COMPILER STANDARD SOURCE OPTIONS
compile() {
	# shellcheck disable=SC2086 # the options are words
	if "$1" "-std=$2" $warn $4 -Iinclude -c -o "$work/out.o" "$3" 2>"$work/log"; then
		compiled=$((compiled + 1))
	else
		echo "headers: $1 -std=$2 $4: $(basename "$3") does not compile cleanly" >&2
		cat "$work/log" >&2
		failed=1
	fi
}

for header in include/wscheck/*.h; do
	name=$(basename "$header" .h)
	echo "#include \"wscheck/$name.h\"" >"$work/$name.c"
	echo "#include \"wscheck/$name.h\"" >"$work/$name.cc"
done
cat >"$work/use.c" <<'END'
#include "wscheck/record.h"
int use(void);
int use(void)
{
	struct wsc_options options = WSC_OPTIONS_INIT;
	wsc_recorder *recorder;
	wsc_worker *w;
	wsc_options_init(&options);
	recorder = wsc_open(&options);
	w = wsc_attach(recorder, 1, NULL);
	wsc_queued(w, 1);
	wsc_queued_on(w, 1, 2);
	wsc_queued_with(w, 1, 2, WSC_FLAG_PINNED, wsc_label(recorder, "label"));
	wsc_push_failed(w, 1, 2);
	wsc_dequeued(w, 1);
	wsc_dequeued_from(w, 1, 2);
	wsc_steal_start(w, 2);
	wsc_steal_success(w, 1, 2);
	wsc_steal_success_inferred(w, 1, 2);
	wsc_steal_failure(w, 2, WSC_REASON_EMPTY);
	wsc_steal_failures(w, 2, WSC_REASON_BUSY, 3);
	wsc_exec_start(w, 1);
	wsc_suspended(w, 1);
	wsc_resumed(w, 1);
	wsc_cancelled(w, 1);
	wsc_exec_complete(w, 1);
	wsc_parked(w);
	wsc_unparked(w);
	wsc_wake(w, 2);
	wsc_detach(w);
	return wsc_close(recorder, WSC_END_CLEAN);
}
END
cp "$work/use.c" "$work/use.cc"

for pair in gcc:g++ clang:clang++; do
	cc=${pair%%:*}
	cxx=${pair##*:}
	for source in "$work"/*.c; do
		command -v "$cc" >/dev/null || continue
		for std in c99 c11 c17 gnu17; do
			for options in -O0 -O2 -DWSC_RECORD_DISABLED -DWSC_CLOCK_PORTABLE; do
				compile "$cc" $std "$source" $options
			done
		done
	done
	for source in "$work"/*.cc; do
		command -v "$cxx" >/dev/null || continue
		for std in c++11 c++14 c++20; do
			compile "$cxx" $std "$source" -O0
		done
	done
done
if [ "$compiled" -eq 0 ]; then
	echo "headers: no compiler found" >&2
	exit 77
fi
exit $failed
