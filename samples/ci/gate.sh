#!/bin/sh
# Judges every trace that a test run left in a directory: one report in each form for each trace, and one exit code.
# usage: gate.sh TRACES REPORTS [OPTION OF wscheck analyze]...
#
# A test may start many processes: let each write its own trace, with %p (the process id) in the path, as in
# `options.path = "traces/pool-%p.zst"` or `wscheck record -o traces/test-%p.zst -- ./test`.
#
# Exit code, the worst of all traces:
#   1  fail: a bug was found. The report names it; the trace is kept.
#   2  trouble: a trace could not be read or a report not written, or there is no trace: nothing was recorded.
#   3  inconclusive: no error, but not all was seen. The report says why:
#        cut       a process was killed, often because it hung: see `waiting` in the report, and the test's own log
#        lossy     events were dropped: larger buffers (`wscheck record --buffer`, WSCHECK_BUFFER, ring_events), mode
#                  `block` (`wscheck record --mode`, WSCHECK_MODE), or fewer events
#        stalled   a watchdog closed the trace: see what waits
#      Decide per job. A test that must end cleanly should fail on it (the default of this script). A run that is killed
#      on purpose may pass: give --allow-incomplete. Between the two, let CI show it without blocking (the jobs here).
#   0  pass
set -u

case ${1:-} in
-h | --help)
  sed -n '2,/^set -u/s/^# \{0,1\}//p' "$0"
  exit 0
  ;;
esac
[ $# -ge 2 ] || {
  echo "gate.sh: name the directory of the traces and that of the reports (see gate.sh --help)" >&2
  exit 2
}
traces=$1 reports=$2
shift 2
wscheck=${WSCHECK:-wscheck}
mkdir -p "$reports" || exit 2
rm -f "$reports"/*.xml "$reports"/*.sarif "$reports"/*.json "$reports"/*.txt "$reports"/*.github

# What a killed process left is judged, too: its trace is a cut.
for rest in "$traces"/*.wscheck-tmp; do
  [ -e "$rest" ] || continue
  path=${rest%.*.*.wscheck-tmp}
  [ -e "$path" ] || "$wscheck" recover --remove "$path" >&2 || :
done

# Which of two exit codes is worse: 2, then 1, then 3.
rank() {
  case $1 in
  0) echo 0 ;;
  3) echo 1 ;;
  1) echo 2 ;;
  *) echo 3 ;;
  esac
}

worst=0 count=0 passed=0 failed=0 unknown=0 trouble=0
for trace in "$traces"/*.zst; do
  [ -e "$trace" ] || continue
  name=$(basename "$trace" .zst)
  count=$((count + 1))
  code=0
  "$wscheck" analyze "$@" -f text -o "$reports/$name.txt" -o json="$reports/$name.json" -o junit="$reports/$name.xml" \
    -o sarif="$reports/$name.sarif" -o github="$reports/$name.github" "$trace" 2>>"$reports/messages.txt" || code=$?
  case $code in
  0) passed=$((passed + 1)) ;;
  1) failed=$((failed + 1)) ;;
  3) unknown=$((unknown + 1)) ;;
  *) code=2 trouble=$((trouble + 1)) ;;
  esac
  [ $code -ne 0 ] || continue
  [ "$(rank $code)" -le "$(rank "$worst")" ] || worst=$code
  # A step shows ten annotations of each level: only what did not pass is annotated.
  [ $code -ne 2 ] || continue # it said why
  [ "${GITHUB_ACTIONS:-}" != true ] || cat "$reports/$name.github"
  cat "$reports/$name.txt"
done

# Each message once; that a suppression is of no use, only if it is of none for any trace.
[ ! -e "$reports/messages.txt" ] ||
  awk -v traces="$count" '
    /: suppresses nothing$/ { unused[$0]++; next }
    !said[$0]++
    END { for (line in unused) if (unused[line] == traces) print line }' "$reports/messages.txt" >&2

if [ "$count" -eq 0 ]; then
  echo "gate.sh: no trace in $traces: nothing was recorded, so nothing passes" >&2
  exit 2
fi
echo "$count traces: $passed passed, $failed failed, $unknown inconclusive, $trouble could not be judged"
exit "$worst"
