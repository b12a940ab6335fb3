#!/bin/sh
# OpenMP programs that know nothing of wscheck, built with each compiler, are recorded as they are, and pass.
. tests/lib/cli.sh

[ "${B:-build/release}" = build/release ] || exit 77 # the adapter is built without sanitizers only
if [ ! -e build/release/libwscheck-ompt.so ]; then
  echo "the OpenMP adapter is not built: there is no omp-tools.h"
  exit 77
fi
unset WSCHECK_TRACE WSCHECK_MODE WSCHECK_BUFFER WSCHECK_MAX_BYTES WSCHECK_SAMPLE WSCHECK_DISABLE OMP_TOOL OMP_TOOL_LIBRARIES LD_PRELOAD
export OMP_CANCELLATION=true OMP_MAX_ACTIVE_LEVELS=2
trace=$WORK/t.zst

skip() { # compiler, reason
  echo "ok OpenMP built by $1 # SKIP $2"
}
builds() { # compiler, program, sources
  to=$2
  with=$1
  shift 2
  "$with" -std=gnu11 -O2 -Wall -Wextra -fopenmp "$@" -o "$WORK/$to" 2>"$WORK/err"
}
counts() { # name, expected: the events of each kind in the trace
  run info --format json "$trace"
  jq -r '.kinds | to_entries | map("\(.key) \(.value)") | join(", ")' "$WORK/out" >"$WORK/seen"
  result "$([ "$(cat "$WORK/seen")" = "$2" ] && echo 0 || echo 1)" "$1" "is '$(cat "$WORK/seen")', not '$2'"
}
has() { # name, kind, in a trace
  run info --format json "$trace"
  holds "$1" jq -e ".kinds.$2 > 0" "$WORK/out"
}
exact() { # program
  rm -f "$WORK"/t*.zst
  run record -o "$trace" --analyze -- "$WORK/exact" "$1"
}

kernels() { # compiler: programs of all kinds, by several threads
  for kernel in fib queens sort pipeline loops untied search priority nested events; do
    for threads in 2 5; do
      export OMP_NUM_THREADS=$threads
      size=
      [ $kernel != sort ] || size=5
      rm -f "$trace"
      # shellcheck disable=SC2086 # it may be none
      run record -o "$trace" --analyze -- "$WORK/tasks" $kernel $size
      if grep -q 'not in this compiler' "$WORK/out"; then
        echo "ok $1: $kernel # SKIP it has no such tasks"
        break
      fi
      check "$1: $kernel, $threads threads" 0 '^PASS ' "^$kernel: right$"
    done
  done
  unset OMP_NUM_THREADS
}

random_trees() { # compiler: tasks of every kind, however they mix
  for seed in 1 2 3; do
    export OMP_NUM_THREADS=$((seed + 1))
    rm -f "$trace"
    run record -o "$trace" --analyze -- "$WORK/random" $seed 1000
    check "$1: a random tree, seed $seed" 0 '^PASS ' '^done$'
  done
  unset OMP_NUM_THREADS
}

programs() { # compiler: what is recorded, event by event
  exact steal
  check "$1: a task that another thread runs" 0 '^PASS ' '^0$'
  counts "$1: is stolen" 'queued 1, steal_success 1, exec_start 1, exec_complete 1'
  run dump "$trace"
  holds "$1: by inference" grep -q '"ev":"steal_success","task":[0-9]*,"from":1,"to":2,"inferred":true' "$WORK/out"

  exact full
  check "$1: more tasks than a queue holds" 0 '^PASS ' '^1000$'
  run info --format json "$trace"
  holds "$1: run inline" jq -e '.kinds | .queued == 1001 and .push_failed == 744 and .exec_complete == 1001' "$WORK/out"
  exact cancel
  check "$1: a group that is cancelled" 0 '^PASS ' '^0$'
  counts "$1: is" 'queued 11, steal_success 1, exec_start 2, exec_complete 2, cancelled 10'
  exact inline
  check "$1: tasks that are not deferred" 0 '^PASS ' '^3$'
  counts "$1: are inline runs" 'exec_start 4, exec_complete 4'

  exact chain
  check "$1: dependences" 0 '^PASS ' '^3$'
  run dump "$trace"
  jq -r 'select(.worker == 1) | "\(.ev) \(.queue // 1)"' "$WORK/out" | sed '1d' | paste -sd, >"$WORK/seen"
  echo 'queued 1,exec_start 1,queued 0,exec_complete 1,exec_start 1,queued 0,exec_complete 1,exec_start 1,exec_complete 1' |
    sed 's/queued 0,exec_complete 1/exec_complete 1,queued 0/g' >"$WORK/expected"
  same "$1: queue a task when it is ready" "$WORK/seen" "$WORK/expected"

  exact regions
  check "$1: regions of many sizes, and within each other" 0 '^PASS ' '^118$'
  exact waits
  check "$1: waits for dependences, in region after region" 0 '^PASS ' '^6$'
  counts "$1: are inline runs, too" 'exec_start 6, exec_complete 6'
  exact exit-in-region
  check "$1: exit inside a region" 3 '^INCONCLUSIVE .*no errors$' ''
  holds "$1: is a trace without an end" grep -q '^wscheck record: .*t.zst: .*no end$' "$WORK/err"
  exact exit-in-task
  check "$1: exit inside a task" 3 '^INCONCLUSIVE .*no errors$' ''
  exact killed
  check "$1: killed" 137 "t.zst.[0-9.a-f]*wscheck-tmp: .*: wscheck recover .*wscheck-tmp$" ''
  run recover --remove "$trace"
  check "$1: and recovered" 0 't.zst: '
  counts "$1: with all that was recorded" 'queued 2, steal_success 1, exec_start 1'
  run analyze -q "$trace"
  check "$1: is inconclusive" 3 '' '^INCONCLUSIVE .*no errors$'
  run record -a -o "$WORK/t%p.zst" -- "$WORK/exact" fork
  check "$1: fork" 0 '^PASS ' '^1000$'
  holds "$1: gives the child a trace of its own" [ "$(grep -c '^PASS ' "$WORK/err")" -eq 2 ]
  exact fork
  check "$1: fork, with one name" 0 '^PASS ' '^1000$'
  holds "$1: records the parent alone" [ "$(grep -c '^PASS ' "$WORK/err")" -eq 1 ]
}

built=0
for compiler in clang gcc; do
  if ! command -v "$compiler" >/dev/null; then
    skip "$compiler" "it is not installed"
  elif ! builds "$compiler" tasks samples/openmp/*.c || ! builds "$compiler" exact tests/lib/openmp_exact.c ||
    ! builds "$compiler" random tests/lib/openmp_random.c -DUNTIED="$([ "$compiler" = clang ] || echo untied)"; then
    skip "$compiler" "it does not build OpenMP programs: $(head -n 1 "$WORK/err")"
  elif run record -o "$trace" -- "$WORK/exact" inline && grep -q 'libomp is not there to take' "$WORK/err"; then
    skip "$compiler" "LLVM's libomp is not installed"
  else
    built=$((built + 1))
    kernels "$compiler"
    random_trees "$compiler"
    programs "$compiler"
    [ "$compiler" = gcc ] || {
      run record -o "$trace" -- "$WORK/tasks" untied
      has "$compiler: untied tasks are suspended" suspended
      has "$compiler: and go on" resumed
    }
  fi
done
[ "$built" -gt 0 ] || exit 77

# The ways in and out of it.
exact inline
rm -f "$trace"
run record -o "$trace" --adapter "$PWD/build/release/libwscheck-ompt.so" -- "$WORK/exact" inline
check "an adapter that is named" 0 't.zst: 8 events' '^3$'
rm -f "$trace"
export OMP_TOOL=disabled
run record -o "$trace" -- "$WORK/exact" inline
check "OMP_TOOL=disabled" 0 'OMP_TOOL=disabled keeps' '^3$'
unset OMP_TOOL
run record -o "$WORK/none-%p/t.zst" -- "$WORK/exact" inline
check "a trace that can't be written leaves the program alone" 0 'none-[0-9]+/t.zst: .*nothing is recorded' '^3$'
OMP_TOOL_LIBRARIES=$PWD/build/release/libwscheck-ompt.so "$WORK/exact" inline >"$WORK/out" 2>"$WORK/err"
check "the adapter without WSCHECK_TRACE does nothing" 0 '' '^3$'
finish
