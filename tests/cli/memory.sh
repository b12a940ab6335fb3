#!/bin/sh
# Each command that reads files keeps the bound of --max-memory: beyond it one sentence that names the file and what to do, and
# nothing under an output's name. What fits is as without a bound. (Several passes of analyze: bombs.sh.)
. tests/lib/cli.sh
case $B in
*/release) ;;
*)
  echo "ok --max-memory # SKIP a sanitizer takes memory of its own"
  finish
  ;;
esac

# A trace of very many workers, in which a task runs twice.
workers() { # how many
  awk -v n="$1" 'BEGIN {
    print "{\"wscheck\":1}"
    for (i = 1; i <= n; i++)
      printf "{\"ts\":%d,\"ev\":\"parked\",\"worker\":%d}\n", i, i
    printf "{\"ts\":%d,\"ev\":\"queued\",\"task\":1,\"worker\":1}\n", n + 1
    for (i = 1; i <= 2; i++)
      printf "{\"ts\":%d,\"ev\":\"exec_start\",\"task\":1,\"worker\":%d}\n", n + 10 * i, i
    print "{\"end\":\"clean\"}"
  }'
}
mkdir "$WORK/results"
result=$WORK/results/result.jsonl bound=8M told="8.00 MiB"

beyond() { # name, the file that is named, command and its operands
  title=$1 named=$2 command=$3
  shift 3
  run "$command" --max-memory "$bound" "$@"
  trouble "$title: beyond its bound" \
    "^wscheck $command: $named: this takes more memory than '--max-memory' allows, $told: give it more\$"
  holds "$title: ... leaves nothing" [ -z "$(ls "$WORK/results")" ]
}

within() { # name, exit code, command and its operands
  title=$1 expected=$2 command=$3
  shift 3
  run "$command" "$@"
  mv "$WORK/out" "$WORK/unbounded.out"
  [ ! -e "$result" ] || mv "$result" "$WORK/unbounded"
  run "$command" --max-memory 1G "$@"
  check "$title: within its bound" "$expected" ""
  same "$title: ... says the same" "$WORK/unbounded.out" "$WORK/out"
  [ ! -e "$WORK/unbounded" ] || same "$title: ... writes the same" "$WORK/unbounded" "$result"
  rm -f "$result" "$WORK/unbounded"
}

both() { # name, exit code within, the file that is named, command and its operands
  title=$1 expected=$2 named=$3
  shift 3
  beyond "$title" "$named" "$@"
  within "$title" "$expected" "$@"
}

# JSON Lines are kept whole; of a trace, its blocks and its workers.
lines=$WORK/many.jsonl trace=$WORK/trace.zst few=$WORK/few.jsonl
workers 100000 >"$lines"
workers 10000 >"$few"
workers 30000 | "$WSCHECK" import -o "$trace" -
both "info of lines" 0 "$lines" info "$lines"
both "info" 0 "$trace" info -f json "$trace"
both "dump of lines" 0 "$lines" dump -o "$result" "$lines"
both "dump" 0 "$trace" dump -o "$result" "$trace"
beyond "import" "$lines" import -o "$result" "$lines"
run import --max-memory 1G -o "$result" "$few"
check "import: within its bound" 0 "" ""
run dump "$result"
mv "$WORK/out" "$WORK/imported"
run dump "$few"
same "import: ... loses nothing" "$WORK/out" "$WORK/imported"
rm "$result"
both "export" 0 "$few" export -o "$result" "$few"
both "minimize" 0 "$few" minimize -o "$result" "$few"
both "diff of traces" 0 "$few" diff -o "$result" "$few" "$few"

# What is read back.
"$WSCHECK" analyze -f json -o "$WORK/report" "$few"
for i in 0 1; do
  "$WSCHECK" analyze --shard $i/2 -o "$WORK/$i.shard" "$trace"
done
both "diff of reports" 0 "$WORK/report" diff -o "$result" "$WORK/report" "$WORK/report"
both "merge of reports" 1 "$WORK/report" merge -f json -o "$result" "$WORK/report"
both "merge of shards" 1 "$WORK/0.shard" merge -f json -o "$result" "$WORK/0.shard" "$WORK/1.shard"

# What a killed run left, and what is no trace at all.
left=$WORK/left.zst.4194303.01234567.wscheck-tmp
cp "$trace" "$left"
beyond "recover" "$left" recover -o "$result" "$WORK/left.zst"
run recover --max-memory 1G -o "$result" "$WORK/left.zst"
check "recover: within its bound" 0 "result.jsonl: 30,003 events from the unfinished trace" ""
rm "$result"

# Outputs that take more than what they are made of.
run analyze --max-memory 36M -f json -o "$result" "$few"
trouble "a report beyond the bound" "^wscheck analyze: cannot write $result: this takes more memory than '--max-memory' allows, "
holds "... leaves nothing" [ -z "$(ls "$WORK/results")" ]
yes 'lost_work task=1 reason="known"' | head -n 200000 >"$WORK/accepted"
run analyze --max-memory $bound --suppressions "$WORK/accepted" "$few"
trouble "suppressions beyond the bound" "^wscheck analyze: $WORK/accepted: this takes more memory than "

# One bound for all that a command starts, and none for what is no size.
run analyze --max-memory $bound -q "$CASES/batch_steal.jsonl" "$few" "$CASES/dequeue_batch.jsonl"
check "of several, the one that is too large takes no other with it" 2 "^wscheck analyze: $few: this takes more memory than '--max-memory' allows, $told: give it more\$" "3 traces: 1 unreadable, 2 pass"
for command in info dump import export diff merge minimize recover snapshot; do
  run $command --max-memory much -o "$result" "$few"
  [ $command != info ] || run info --max-memory much "$few"
  trouble "$command: a bound needs a size" "^wscheck $command: '--max-memory"
done

# Without a bound, or with one that is above a limit of the process, there is another remedy; above one that is not reached, the
# bound is what counts. (-v: of all that is mapped; -d: of what is written to.)
limited() { # name, the limit (v or d) in KiB, expected message, option and its argument or nothing
  title=$1 limit=$2 kib=$3 expected=$4
  shift 4
  # shellcheck disable=SC3045 # dash has it
  if ! (ulimit "-$limit" "$kib" && "$WSCHECK" --version) >/dev/null 2>&1; then
    echo "ok $title # SKIP this build does not run under ulimit -$limit $kib"
    return
  fi
  code=0
  # shellcheck disable=SC3045
  (ulimit "-$limit" "$kib" && exec "$WSCHECK" export "$@" -o "$result" "$lines") >"$WORK/out" 2>"$WORK/err" || code=$?
  trouble "$title" "^wscheck export: $lines: $expected\$"
}
more="out of memory: run it where there is more, or raise its limit \\(ulimit\\)"
give="this takes more memory than '--max-memory' allows"
limited "no memory, and no bound" v 100000 "$more"
limited "no memory, and a bound above ulimit -v" v 100000 "$more" --max-memory 1G
limited "no memory, and a bound just above ulimit -v" v 100000 "$more" --max-memory 98M
limited "no memory, and a bound above ulimit -d" d 20000 "$more" --max-memory 1G
limited "beyond a bound below ulimit -v" v 4000000 "$give, $told: give it more" --max-memory $bound
limited "beyond a bound below ulimit -d" d 4000000 "$give, $told: give it more" --max-memory $bound
finish
