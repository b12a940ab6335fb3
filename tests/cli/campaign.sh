#!/bin/sh
# tests/campaign.sh itself, with a pool and an analyzer that say what they are told: what an analyzer that crashes, or
# can't read what it is given, leaves unsaid is no verdict.
. tests/lib/cli.sh

export B="$WORK/build" CALLS="$WORK/calls" TABLE="$WORK/table"
sed -n '/TABLE.$/,/^TABLE$/p' tests/campaign.sh | sed '1d;$d' >"$TABLE"
mkdir -p "$B/samples"
cat >"$B/samples/pool" <<'POOL'
#!/bin/sh
bug=none
while [ $# -gt 0 ]; do
  case $1 in
  --trace) trace=$2 ;;
  --bug) bug=$2 ;;
  esac
  shift
done
[ "$bug" = "${UNRECORDED:-}" ] || echo "$bug" >"$trace"
POOL
cat >"$B/wscheck" <<'ANALYZER'
#!/bin/sh
# What the table expects of the bug; but for the call number $AT, which ends with the exit code $CODE.
while [ $# -gt 1 ]; do
  [ "$1" != -o ] || report=$2
  shift
done
echo call >>"$CALLS"
[ "$(wc -l <"$CALLS")" != "${AT:-0}" ] || exit "$CODE"
bug=$(cat "$1") || exit 2
if [ "$bug" = none ]; then
  echo '{"verdict":"pass","violations":[],"violation_counts":{}}' >"$report"
else
  awk -v bug="$bug" '$1 == bug { printf "{\"verdict\":\"fail\",\"violations\":[{\"story\":1,\"causes\":[\"%s\"]}],\"violation_counts\":{\"%s\":1}}\n", $2, $3 }' "$TABLE" >"$report"
  exit 1
fi
ANALYZER
chmod +x "$B/samples/pool" "$B/wscheck"

campaign() { # [VARIABLE=VALUE]...: two runs of each kind
  : >"$CALLS"
  code=0
  env "$@" tests/campaign.sh 2 >"$WORK/out" 2>"$WORK/err" || code=$?
}
campaign AT=0
check "all as expected" 0 "" "^double-push +2/2 +2/2 "
sound=16
campaign AT=$((sound - 1)) CODE=2
check "unreadable, a sound pool" 1 "^FAILED: pool .* -> trouble, exit code 2$"
campaign AT=$((sound + 2)) CODE=139
check "a crash, a planted bug" 1 "^FAILED: pool .*take-fence .* -> trouble, exit code 139$"
campaign UNRECORDED=double-push
check "nothing recorded" 1 "^FAILED: pool .*double-push .* -> trouble, exit code 2$"
finish
