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
cat >"$work/use_check.c" <<'END'
#include "wscheck/check.h"
int use_check(void);
int use_check(void)
{
	struct wsc_check_options options = WSC_CHECK_OPTIONS_INIT;
	struct wsc_check_result result;
	struct wsc_check_violation violation;
	struct wsc_check_stream stream = {NULL, 0};
	struct wsc_event event = {0, 0, 0, 0, 0, WSC_EV_PARKED, 0, 0, 0};
	wsc_check *c;
	wsc_check_options_init(&options);
	if (wsc_check_create(&c, &options) != WSC_OK)
		return 1;
	(void)wsc_check_feed(c, &event, 1);
	(void)wsc_check_feed_now(c, &event);
	(void)wsc_check_feed_streams(c, &stream, 1);
	(void)wsc_check_queued(c, 1, 1);
	(void)wsc_check_queued_on(c, 1, 2, 3);
	(void)wsc_check_queued_pinned(c, 1, 3, 1);
	(void)wsc_check_push_failed(c, 1, 3, 1);
	(void)wsc_check_dequeued(c, 1, 1);
	(void)wsc_check_dequeued_from(c, 1, 2, 3);
	(void)wsc_check_steal_start(c, 2, 1);
	(void)wsc_check_steal_success(c, 2, 1, 1);
	(void)wsc_check_steal_failure(c, 2, 1, WSC_REASON_EMPTY);
	(void)wsc_check_steal_failures(c, 2, 1, WSC_REASON_BUSY, 3);
	(void)wsc_check_exec_start(c, 1, 1);
	(void)wsc_check_suspended(c, 1, 1);
	(void)wsc_check_resumed(c, 1, 1);
	(void)wsc_check_cancelled(c, 1, 1);
	(void)wsc_check_exec_complete(c, 1, 1);
	(void)wsc_check_parked(c, 1);
	(void)wsc_check_unparked(c, 1);
	(void)wsc_check_wake(c, 1, 2);
	(void)wsc_check_finish(c, WSC_END_CLEAN, &result);
	(void)wsc_check_get_violation(c, 0, &violation);
	wsc_check_free(c);
	return result.verdict == WSC_CHECK_PASS ? 0 : 1;
}
END
printf '#include "wscheck/check.h"\n#include "wscheck/record.h"\n' >"$work/both.c"
for source in use use_check both; do
	cp "$work/$source.c" "$work/$source.cc"
done

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
