#!/bin/sh
# The gate of samples/ci: many processes, one verdict.
. tests/lib/cli.sh

pool=${B:-build/release}/samples/pool
# shellcheck disable=SC2034 # `check` reads the code
gate() { # options of the gate
  code=0
  WSCHECK=$WSCHECK sh samples/ci/gate.sh "$WORK/traces" "$WORK/reports" "$@" >"$WORK/out" 2>"$WORK/err" || code=$?
}
# Warnings are no surprise on a busy machine, and change nothing here.
mkdir "$WORK/traces"
gate
check "no trace: trouble" 2 "nothing was recorded"
for run in 1 2; do
  "$pool" --tasks 2000 --workers 2 --seed $run --trace "$WORK/traces/pool-%p.zst" >/dev/null
done
gate
check "sound processes pass" 0 "" "^2 traces: 2 passed, 0 failed"
holds "a report in each form for each" [ "$(find "$WORK/reports" -name 'pool-*' | wc -l)" -eq 10 ]
"$WSCHECK" import "$CASES/pending_at_cut.jsonl" -o "$WORK/traces/cut.zst"
gate
check "a cut: inconclusive" 3 "" "^INCONCLUSIVE"
gate --allow-incomplete
check "a cut that is accepted" 0 "" "^3 traces: 3 passed"
"$WSCHECK" import "$CASES/owner_and_thief_both_take.jsonl" -o "$WORK/traces/broken.zst"
GITHUB_ACTIONS=true
export GITHUB_ACTIONS
gate
check "a fail is worse" 1 "" "^4 traces: 2 passed, 1 failed, 1 inconclusive"
check "a fail is annotated" 1 "" "^::error title=wscheck%3A fail::"
echo "no trace" >"$WORK/traces/rubbish.zst"
gate
check "trouble is worst" 2 "rubbish.zst" "1 could not be judged"
rm "$WORK/traces/rubbish.zst"
printf 'multiple_owners,double_execution reason="known"\nlost_work reason="none"\n' >"$WORK/accepted"
gate --suppressions "$WORK/accepted"
holds "what no trace needs is said once" [ "$(cat "$WORK/err")" = "wscheck analyze: $WORK/accepted:2: suppresses nothing" ]
check "options are passed on" 3 "suppresses" "^4 traces: 3 passed, 0 failed, 1 inconclusive"

# What the GitLab job makes of the test's and the gate's exit codes: a test that crashed must block.
job() { # the test's exit code, the gate's, what the job's must be
  sed -n '/^    - wscheck record/,/^    - exit/s/^    - //p' samples/ci/gitlab.yml |
    sed "s,^wscheck record.*test-program,(exit $1),; s,/usr/local/share/wscheck/gate.sh [^|]*,(exit $2) ," >"$WORK/job"
  # shellcheck disable=SC2034 # `check` reads it
  code=0
  sh -e "$WORK/job" >"$WORK/out" 2>"$WORK/err" || code=$?
  check "the GitLab job: test $1, gate $2" "$3" ""
}
job 0 0 0
job 0 3 3
job 0 1 1
job 1 0 1
job 139 3 1

for job in samples/ci/*.yml; do
  if python3 -c 'import yaml' 2>/dev/null; then
    holds "$job is YAML" python3 -c "import sys, yaml; yaml.safe_load(open(sys.argv[1]))" "$job"
  else
    echo "ok $job is YAML # SKIP no yaml module"
  fi
done
finish
