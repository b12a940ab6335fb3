#!/bin/sh
# One trace in shards: what `merge` makes of their partial results is the report on the whole, to the byte, in every
# format, with the same exit code; and what is no whole set of them is refused.
. tests/lib/cli.sh

shards() { # N, trace, [option]...: into $WORK/part.0 ...
  n=$1 trace=$2
  shift 2
  i=0
  rm -f "$WORK"/part.*
  while [ "$i" -lt "$n" ]; do
    "$WSCHECK" analyze -j 1 --shard "$i/$n" -o "$WORK/part.$i" "$@" "$trace" || return 1
    i=$((i + 1))
  done
}
# The last first, since their order does not matter.
parts() {
  i=$n
  set --
  while [ "$i" -gt 0 ]; do
    i=$((i - 1))
    set -- "$@" "$WORK/part.$i"
  done
  for part in "$@"; do printf '%s\n' "$part"; done
}

differ() { # format, [option of the report]...: 0 if they do
  format=$1
  shift
  whole=0 joined=0
  "$WSCHECK" analyze -j 1 -f "$format" "$@" "$trace" >"$WORK/whole" 2>"$WORK/whole.err" || whole=$?
  # shellcheck disable=SC2046 # no blanks in these names
  "$WSCHECK" merge -f "$format" "$@" $(parts) >"$WORK/out" 2>"$WORK/err" || joined=$?
  ! { [ "$whole" -eq "$joined" ] && cmp -s "$WORK/whole" "$WORK/out"; }
}

# --- Every labelled history, in all forms. ---
different=
compared=0
for trace in "$CASES"/*.jsonl "$CASES"/more/*.jsonl; do
  compared=$((compared + 1))
  # The number of shards changes from one to the next; now and then all of them.
  case $((compared % 21)) in
  0) counts="1 2 3 7" ;;
  *) counts=$((1 + compared % 3)) ;;
  esac
  case $trace in *_before_a_gap.jsonl | *_beside_another_share.jsonl) counts="1 2 3 7" ;; esac
  for count in $counts; do
    shards "$count" "$trace" || different="$different $trace:$count"
    ! differ json || different="$different $trace:$count"
  done
done
holds "the $compared labelled histories: merged shards are the whole$different" [ -z "$different" ]
holds "there are labelled histories" [ "$compared" -gt 200 ]

# --- A run with defects of every kind, as a trace. ---
everything=$WORK/everything.zst
python3 tests/lib/shard_trace.py >"$WORK/everything.jsonl"
"$WSCHECK" import -o "$everything" "$WORK/everything.jsonl"
run analyze -f json "$everything"
for kind in multiple_owners double_execution lost_work ordering_violation idle_while_work false_empty slow_steal; do
  holds "the run has $kind" grep -q "\"$kind\":[1-9]" "$WORK/out"
done
for count in 1 2 3 7; do
  shards "$count" "$everything"
  different=
  for format in text json ndjson junit sarif github html; do
    ! differ "$format" || different="$different $format"
  done
  holds "a run with many defects in $count shards: every format$different" [ -z "$different" ]
done
different=
for options in "-v" "-q" "--max-reports 3" "--kind lost_work" "--queue own -v" "--story 2" "--fail-on warning" \
  "--max p99.exec=1ns" "--allow-incomplete -q"; do
  # shellcheck disable=SC2086 # words
  ! differ text $options || different="$different '$options'"
done
holds "... with rules$different" [ -z "$different" ]
echo 'lost_work reason="known"' >"$WORK/accepted"
"$WSCHECK" analyze -f json "$everything" >"$WORK/before.json" || :
! differ json --suppressions "$WORK/accepted" --baseline "$WORK/before.json"
result $? "... with suppressions and a baseline" "they differ"
shards 3 "$everything" --idle 1us --slow-steal 200ns --uncertainty 5ns --publish 3ns
trace=$everything
"$WSCHECK" analyze -f json --idle 1us --slow-steal 200ns --uncertainty 5ns --publish 3ns "$trace" >"$WORK/whole" || :
# shellcheck disable=SC2046
run merge -f json $(parts)
same "... with options of the analysis" "$WORK/whole" "$WORK/out"

# --- A stretch, a cut and a damaged trace. ---
shards 3 "$everything" --from 2us --to 60us
"$WSCHECK" analyze -f json --from 2us --to 60us "$everything" >"$WORK/whole" || :
# shellcheck disable=SC2046
run merge -f json $(parts)
same "a stretch of time" "$WORK/whole" "$WORK/out"
size=$(wc -c <"$everything")
head -c $((size * 2 / 3)) "$everything" >"$WORK/cut.zst"
shards 3 "$WORK/cut.zst"
! differ json
result $? "a trace that is cut" "they differ"

# --- What is no whole set. ---
shards 4 "$everything"
run merge "$WORK/part.0" "$WORK/part.1" "$WORK/part.3"
trouble "one is missing" "shard 2 of 4 is missing"
run merge "$WORK"/part.[0-3] "$WORK/part.1"
trouble "one is there twice" "part.1 and .*part.1 are the same shard, 1 of 4"
"$WSCHECK" analyze --shard 1/3 -o "$WORK/of3" "$everything"
run merge "$WORK/part.0" "$WORK/of3"
trouble "another number of shards" "is one of 4 shards, and .*of3 of 3"
"$WSCHECK" analyze --shard 1/4 -o "$WORK/other" --idle 1ms "$everything"
run merge "$WORK/part.0" "$WORK/other"
trouble "other options" "different options"
"$WSCHECK" analyze --shard 1/4 -o "$WORK/other" "$CASES/steal_then_run.jsonl"
run merge "$WORK/part.0" "$WORK/other"
trouble "another trace" "different traces"
"$WSCHECK" analyze --shard 1/4 -o "$WORK/other" --to 50us "$everything"
run merge "$WORK/part.0" "$WORK/other"
trouble "another stretch" "different stretches"
run merge "$WORK"/part.[0-3] "$WORK/before.json"
trouble "a report beside shards" "before.json: no partial result"
run merge --max-reports 100000 "$WORK"/part.[0-3]
trouble "more reports than the shards have" "the first 16384 reports"
run analyze "$WORK/part.0"
trouble "a partial result is no trace" "'wscheck merge' joins the shards"
run merge --kind lost_work "$WORK/before.json"
trouble "reports are judged already" "judged already"

# --- What is no partial result. ---
for option in "-f json" "--in-all" "--explain 1" "--fail-on warning" "-v" "--kind lost_work"; do
  # shellcheck disable=SC2086
  run analyze --shard 0/2 $option "$everything"
  trouble "--shard with $option" "shard"
done
for text in "" 1 1/ /2 a/2 1/b 2/2 3/2 -1/2 0/0 0/5000 1/2/3 "0 /2" 18446744073709551616/2; do
  run analyze --shard "$text" "$everything"
  trouble "--shard '$text'" "'--shard $text'"
done
run analyze --shard 0/2 "$everything" "$everything"
trouble "--shard of two traces" "one trace"

# --- Damage. ---
size=$(wc -c <"$WORK/part.1")
missed=
for keep in 0 7 8 23 24 40 $((size / 2)) $((size - 1)); do
  head -c "$keep" "$WORK/part.1" >"$WORK/damaged"
  run merge "$WORK/part.0" "$WORK/damaged"
  [ "$code" -eq 2 ] || missed="$missed $keep bytes"
done
python3 - "$WORK/part.1" "$WORK" <<'EOT'
import random, sys
data = open(sys.argv[1], "rb").read()
source = random.Random(1)
for number in range(40):
  changed = bytearray(data)
  changed[source.randrange(len(data))] ^= 1 << source.randrange(8)
  open(f"{sys.argv[2]}/flip.{number}", "wb").write(changed)
open(f"{sys.argv[2]}/added.twice", "wb").write(data + data)
open(f"{sys.argv[2]}/added.more", "wb").write(data + b"\0")
EOT
for damaged in "$WORK"/added.*; do
  run merge "$WORK/part.0" "$damaged" "$WORK/part.2" "$WORK/part.3"
  [ "$code" -eq 2 ] || missed="$missed $(basename "$damaged")"
done
# Some bits of a compressed frame only fill up a byte: then the report is the same.
run merge "$WORK/part.0" "$WORK/part.1" "$WORK/part.2" "$WORK/part.3"
mv "$WORK/out" "$WORK/undamaged"
whole=$code refused=0
for damaged in "$WORK"/flip.*; do
  run merge "$WORK/part.0" "$damaged" "$WORK/part.2" "$WORK/part.3"
  if [ "$code" -eq 2 ]; then
    refused=$((refused + 1))
  elif [ "$code" -ne "$whole" ] || ! cmp -s "$WORK/undamaged" "$WORK/out"; then
    missed="$missed $(basename "$damaged")"
  fi
done
holds "damage is refused$missed" [ -z "$missed" ]
holds "... nearly always: $refused of 40" [ "$refused" -ge 30 ]

# --- A million tasks, in two thirds of the memory that one pass takes. (A sanitizer's memory is not looked at.) ---
peak() { # document, [option]...: exit code, and the most that was resident, in KiB
  "$B/tests/bench/peak" "$WSCHECK" analyze -q -o json="$WORK/$1" "$2" "$3" "$WORK/live.zst" |
    sed 's/.*"exit_code":\([0-9]*\),.*"peak_kib":\([0-9]*\).*/\1 \2/'
}
case $B in
*/release)
  "$B/tests/bench/generate" -n 2200000 -l 1000000 -w 16 "$WORK/live.zst"
  read -r code need <<EOT
$(peak whole -j 2)
EOT
  bound=$((need * 2 / 3))
  read -r code_bounded most <<EOT
$(peak bounded --max-memory ${bound}K)
EOT
  same "--max-memory $bound KiB: the same report" "$WORK/whole" "$WORK/bounded"
  holds "... and exit code" [ "$code" -eq "$code_bounded" ]
  holds "... in $most KiB" [ "$most" -le "$bound" ]
  ;;
esac

# --- By hand: a partial result is CBOR that any zstd unpacks. ---
zstd -dc "$WORK/part.0" >"$WORK/out"
holds "zstd unpacks it" grep -aq 'wscheck-partial' "$WORK/out"
finish
