#!/bin/sh
# Makes seeds of tests/cases for the targets that take files: tests/fuzz/seeds.sh BUILD DIRECTORY
set -eu
cd "$(dirname "$0")/../.."
build=$1 to=$2
mkdir -p "$to/jsonl" "$to/trace" "$to/rules" "$to/block" "$to/rings" "$to/events" "$to/engine"
for history in tests/cases/*.jsonl; do
  name=$(basename "$history" .jsonl)
  cp "$history" "$to/jsonl/$name"
  "$build/wscheck" import -o "$to/whole.zst" "$history" 2>/dev/null || continue
  "$build/tests/fuzz/seed_trace" "$to/whole.zst" >"$to/trace/$name" 2>/dev/null || rm -f "$to/trace/$name"
done
printf '\0slow_steal label=bench* until=2027-01-31 reason="shared runners"\n# note\n\ndouble_execution task=1 worker=2 queue=own\n' \
  >"$to/rules/suppressions"
{
  printf '\1'
  "$build/wscheck" analyze -f json tests/cases/double_run_concurrent.jsonl || true
} >"$to/rules/baseline"
rm -f "$to/whole.zst"
