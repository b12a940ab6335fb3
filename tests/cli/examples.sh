#!/bin/sh
# The examples of --help, and so of the manual pages, can be run as they stand.
. tests/lib/cli.sh

cd "$WORK" || exit 2
mkdir bin
# Stand-ins for what the examples run besides wscheck.
stand_in() { # name, what it does
  printf '#!/bin/sh\n%s\n' "$2" >"bin/$1"
  chmod +x "bin/$1"
}
stand_in vi :
stand_in make :
stand_in pidof 'echo 999999999'
# shellcheck disable=SC2016 # expanded when it runs
stand_in fib 'cp trace.zst "$(echo "$WSCHECK_TRACE" | sed "s/%p/$$/")"' # records
ln -s "$WSCHECK" bin/wscheck
PATH=$WORK/bin:$PATH
export PATH
code=0

# A run with a task that runs twice, and a sound one before it.
cat >history.jsonl <<'EOT'
{"wscheck":1}
{"ts":10,"ev":"queued","task":1099,"worker":1}
{"ts":20,"ev":"steal_start","from":1,"to":2}
{"ts":25,"ev":"steal_success","task":1099,"from":1,"to":2}
{"ts":30,"ev":"exec_start","task":1099,"worker":2}
{"ts":31,"ev":"exec_start","task":1099,"worker":1}
{"ts":40,"ev":"exec_complete","task":1099,"worker":2}
{"ts":41,"ev":"exec_complete","task":1099,"worker":1}
{"end":"clean"}
EOT
wscheck import history.jsonl -o good.zst
grep -v '"ts":[34]1,' history.jsonl | wscheck analyze -f json - >good.json

# What a scene has: each example finds its files as they were, and may write beside them.
set_scene() {
  rm -rf scene
  mkdir -p scene/traces
  cp good.zst scene/trace.zst
  cp good.json scene/release.json
  cp good.zst scene/traces/monday.zst
  cp good.zst scene/traces/tuesday.zst
  mkdir scene/reports
  cp good.json scene/reports/monday.json
  cp good.json scene/reports/tuesday.json
  cp bin/fib scene/fib
  echo 'slow_steal label=bench* until=2027-01-31 reason="shared runners"' >scene/accepted
}
in_scene() { # command line
  code=0
  (cd scene && sh -c "$1") >out 2>err || code=$?
}

for command in analyze explain info dump import export diff merge minimize record recover snapshot help; do
  wscheck $command --help | sed -n '/^examples:$/,$s/^    //p' >lines
  holds "$command has examples" grep -q '^\$ wscheck ' lines
  set_scene
  # Lines without a dollar are what the one before prints, or go on with it after a backslash.
  sed -e ':join' -e '/\\$/{N;s/\\\n *//;b join' -e '}' lines | sed -n 's/^\$ //p' >commands
  while read -r line; do
    in_scene "$line" </dev/null
    case $line in
    *recover\ --list*) # of all that was ever killed on this machine
      holds "$line" [ "$code" -eq 0 ]
      ;;
    *recover* | *snapshot* | *hang.zst) # nothing was killed, nothing records
      holds "$line" grep -Eq 'no run left anything|[Nn]o such|there is no process' err
      ;;
    *)
      holds "$line" sh -c "[ $code -ne 2 ] && [ $code -lt 100 ] && ! grep -q 'see .wscheck' err && ! grep -qx null out"
      ;;
    esac
  done <commands
done
finish
