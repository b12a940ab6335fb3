#!/bin/sh
# record.hpp: scopes record their ends, once, whatever was moved; a recorder that nobody closed leaves a cut.
. tests/lib/cli.sh

: "${B:=build/release}"
command -v "${CXX:=g++}" >/dev/null 2>&1 || {
  echo "ok record.hpp # SKIP no $CXX here"
  finish
}
case $B in
*asan*) sanitize=-fsanitize=address,undefined ;;
*) sanitize= ;;
esac

cat >"$WORK/expected" <<'EOT'
exec_start 1
queued 2
exec_complete 1
exec_start 2
exec_complete 2
wake 7
exec_start 3
wake 8
exec_complete 3
exec_start 4
suspended 4
resumed 4
exec_start 5
exec_complete 4
exec_complete 5
steal_start 64
steal_failure 64
steal_start 64
steal_success 10 64
steal_success 11 64
steal_start 65
steal_failure 65 empty
steal_start 66
steal_failure 67 lost_race 9
steal_failure 66
parked
wake 9
unparked
queued 20 64
push_failed 20 64
queued 21 64 pinned label
dequeued 21 64
dequeued 22
cancelled 23
EOT

for standard in c++11 c++20; do
  code=0
  # shellcheck disable=SC2086,SC2046 # words are meant
  "$CXX" -std=$standard -O1 $sanitize -Wall -Wextra -Werror -Iinclude tests/cli/headers/record_scopes.cc \
    -o "$WORK/scopes" "$B/libwscheck.a" $(pkg-config --libs libzstd libcbor) -pthread >"$WORK/out" 2>"$WORK/err" || code=$?
  check "$standard: the program is built" 0 ""
  for end in close leave; do
    code=0
    rm -f "$WORK/$end.zst"
    "$WORK/scopes" "$WORK/$end.zst" $end >"$WORK/out" 2>"$WORK/err" || code=$?
    check "$standard, $end: it runs" 0 "" ""
    run dump "$WORK/$end.zst"
    check "$standard, $end: its trace is whole" 0 ""
    grep -o '{"ts":.*"worker":1.*\|{"ts":.*"to":1[,}].*\|{"ts":.*"from":1,"to":[789]}.*' "$WORK/out" |
      jq -r '[.ev, .task, (if .ev == "wake" then .to else .from end),
        (if .queue == 1 then null else .queue end), .reason, (if .count == 1 then null else .count end),
        (if .pinned then "pinned" else null end), .label] | map(select(. != null) | tostring) | join(" ")' >"$WORK/recorded"
    same "$standard, $end: the events" "$WORK/expected" "$WORK/recorded"
    tail -n 1 "$WORK/out" >"$WORK/last"
    if [ $end = close ]; then
      holds "$standard: a closed recorder ends the trace" grep -qF '{"end":"clean"}' "$WORK/last"
    else
      holds "$standard: a recorder torn down leaves a cut" sh -c "! grep -q '\"end\"' '$WORK/out'"
    fi
  done
done
finish
