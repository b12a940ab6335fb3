#!/bin/sh
# The sample pool as its users run it: sound runs have no error, defects that show in every run are caught, bad arguments
# are refused. (Defects that need luck to show are the campaign's: tests/campaign.sh.)
. tests/lib/cli.sh

verdict() { # pool arguments: records, analyzes, leaves the exit code in $code and the report in $WORK/report.json
  "$B/samples/pool" --tasks 20000 --trace "$WORK/pool.zst" "$@" >"$WORK/pool.out" 2>&1 || :
  run analyze --format json "$WORK/pool.zst"
  cp "$WORK/out" "$WORK/report.json"
}
counted() { # kind: how many
  jq -r ".violation_counts.$1 // 0" "$WORK/report.json"
}

for workers in 2 4 16; do
  for batch in 1 8; do
    verdict --workers $workers --batch $batch
    holds "sound, $workers workers, batch $batch: no error" [ "$code" -ne 1 ]
    holds "sound, $workers workers, batch $batch: readable" [ "$code" -ne 2 ]
    holds "sound, $workers workers, batch $batch: every task" \
      [ "$(jq .trace.lives "$WORK/report.json")" -ge 19800 ] || [ "$code" -eq 3 ]
  done
done

verdict --workers 2 --bug run-cancelled
holds "run-cancelled fails" [ "$code" -eq 1 ]
holds "run-cancelled is named" [ "$(counted exec_after_cancel)" -gt 0 ]
verdict --workers 2 --bug owner-oldest
holds "owner-oldest fails" [ "$code" -eq 1 ]
holds "owner-oldest is named" [ "$(counted ordering_violation)" -gt 0 ]

for arguments in "--workers 0" "--workers x" "--tasks -1" "--bug nonsense" "--nonsense" "operand" "--grain"; do
  pool_code=0
  # shellcheck disable=SC2086 # words are meant
  "$B/samples/pool" $arguments >"$WORK/pool.out" 2>"$WORK/pool.err" || pool_code=$?
  holds "pool $arguments: exit 2" [ "$pool_code" -eq 2 ]
  holds "pool $arguments: one line" [ "$(wc -l <"$WORK/pool.err")" -eq 1 ]
done
finish
