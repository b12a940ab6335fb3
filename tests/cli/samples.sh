#!/bin/sh
# The small samples: sound, each gives the right result and a trace that passes, and keeps the promises that the sample
# is there to show; with a planted defect, `analyze` names it. Under TSan the sound ones alone (a defect is a race).
# SAMPLES_RUNS: how often each is run (1).
# shellcheck disable=SC2016,SC2034 # programs of jq; the checks read $code
. tests/lib/cli.sh

: "${B:=build/release}" "${SAMPLES_RUNS:=1}"
case $B in
*tsan*) is_tsan=yes ;;
*) is_tsan= ;;
esac
# TSan's shadow memory and a kernel's wide address space randomization don't go together.
plainly=
if [ "$is_tsan" ] && setarch -R true 2>/dev/null; then plainly='setarch -R'; fi

# Records a sample: its exit code goes to $sample_code, its trace to $WORK/sample.zst.
record() { # sample, arguments...
  program=$B/samples/$1
  shift
  rm -f "$WORK/sample.zst"
  sample_code=0
  # shellcheck disable=SC2086 # words are meant
  $plainly "$program" --trace "$WORK/sample.zst" "$@" >"$WORK/sample.out" 2>&1 || sample_code=$?
}
count() { # jq expression: what it gives for the report
  jq -r "$1" "$WORK/report.json"
}

# Records and analyzes until the exit code is as expected, some times at most: stamps may come too close to be ordered
# (exit 3), and a defect that is a race may not show in a run.
TRIES=5
judged() { # exit code, sample, arguments...
  expected=$1
  shift
  for _ in $(seq "$TRIES"); do
    record "$@"
    run analyze --format json "$WORK/sample.zst"
    cp "$WORK/out" "$WORK/report.json"
    # A sound run that fails is never tried again.
    if [ "$code" -eq "$expected" ] || { [ "$expected" -eq 0 ] && [ "$code" -ne 3 ]; }; then break; fi
  done
}

sound() { # sample, workers
  judged 0 "$1" --workers "$2"
  if [ "$sample_code" -ne 0 ]; then
    result 1 "$1, $2 workers: the result is right" "exit code $sample_code: $(cat "$WORK/sample.out")"
  else
    result 0 "$1, $2 workers: the result is right"
  fi
  check "$1, $2 workers: the trace passes" 0 ""
}

broken() { # sample, defect, kind that must be reported, or two of which one must
  judged 1 "$1" --bug "$2"
  check "$1 --bug $2 fails" 1 ""
  holds "$1 --bug $2: $3" [ "$(count "[.violation_counts[\"${3%%/*}\", \"${3##*/}\"]] | add // 0")" -gt 0 ]
}

# Whether the sample is there, which it is but for want of a compiler.
built() { # sample, compiler
  [ -x "$B/samples/$1" ] && return
  if [ -n "$2" ] && ! command -v "$2" >/dev/null 2>&1; then
    echo "ok $1 # SKIP no $2 here"
  elif [ "$1" = rust ] && [ "$B" != build/release ]; then
    echo "ok $1 # SKIP a sanitizer of GCC does not see into Rust"
  else
    result 1 "$1" "$B/samples/$1 was not built"
  fi
  return 1
}

try() { # sample, compiler (empty: that of the library), then pairs of a defect and its kind
  sample=$1
  built "$sample" "$2" || return 0
  shift 2
  for _ in $(seq "$SAMPLES_RUNS"); do
    for workers in 2 4 8; do
      sound "$sample" $workers
    done
    for pair in "$@"; do
      [ "$is_tsan" ] || broken "$sample" "${pair%%:*}" "${pair#*:}"
    done
  done
  record "$sample" --workers 1
  holds "$sample --workers 1: exit 2" [ "$sample_code" -eq 2 ]
  holds "$sample --workers 1: one line" [ "$(wc -l <"$WORK/sample.out")" -eq 1 ]
  record "$sample" --bug nonsense
  holds "$sample --bug nonsense: exit 2" [ "$sample_code" -eq 2 ]
}

code=0
: >"$WORK/err"
: >"$WORK/out"
try fork-join "" copy:multiple_owners/double_execution newest:ordering_violation
try async "" two-polls:double_execution double-wake:multiple_owners
try slots "" double-free:multiple_owners
try continuations "" early-push:multiple_owners newest:ordering_violation
try cpp "${CXX:-g++}" twice:multiple_owners/double_execution newest:ordering_violation
try rust "${RUSTC:-rustc}" newest:ordering_violation drop:lost_work

# What each is there to show is in its trace.
shows() { # sample, what, jq expression over the array of events
  [ -x "$B/samples/$1" ] || return 0
  record "$1"
  run dump "$WORK/sample.zst"
  holds "$1: $2" sh -c "sed 1d '$WORK/out' | jq -es '$3'"
}
running='reduce .[] as $e ({n: {}, most: 0, again: 0};
  ($e.task | tostring) as $t | ($e.worker | tostring) as $w |
  if $e.ev == "exec_start" then .n[$w] += 1 | .run[$t] = true | .most = ([.most, .n[$w]] | max)
  elif $e.ev == "exec_complete" then .n[$w] -= 1 | .run[$t] = false
  elif $e.ev == "queued" and .run[$t] then .again += 1 else . end)'
shows fork-join "runs are nested" "sort_by(.ts) | $running | .most > 2"
shows async "a task is queued while it runs" "sort_by(.ts) | $running | .again > 0"
shows async "the injector and the slots are used" \
  '[.[] | select(.ev == "queued") | .queue] | any(. == 101) and any(. != null and . >= 200)'
shows slots "a slot is queued while it runs" "sort_by(.ts) | $running | .again > 0"
shows continuations "tasks are suspended and go on" 'any(.ev == "suspended") and any(.ev == "resumed")'
# What samples say about themselves, and to those who mistype, has one form.
says() { # sample, arguments...
  program=$B/samples/$1
  shift
  code=0
  # shellcheck disable=SC2086 # words are meant
  $plainly "$program" "$@" >"$WORK/out" 2>"$WORK/err" || code=$?
}
for program in "$B"/samples/*; do
  sample=${program##*/}
  says "$sample" --help
  check "$sample --help" 0 "" "^usage: $sample "
  holds "$sample --help tells the exit codes" grep -q '^exit status: 0 .* 1 .* 2 usage' "$WORK/out"
  holds "$sample --help fits 80 columns" [ "$(awk 'length > 80' "$WORK/out" | wc -l)" -eq 0 ]
  says "$sample" --nonsense
  check "$sample --nonsense" 2 "^$sample: .*'--nonsense' \(see $sample --help\)$" ""
  holds "$sample --nonsense: one line" [ "$(wc -l <"$WORK/err")" -eq 1 ]
done
finish
