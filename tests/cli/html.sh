#!/bin/sh
# The page: sound markup whatever a trace holds, figures that are the JSON report's, a bounded size; and in a browser,
# where there is one, not a word of complaint.
. tests/lib/cli.sh
: "${B:=build/release}"

# Writes the page and the JSON report of one analysis, and checks the one against the other.
page() { # name, input, exit code, [option...]
  name=$1 input=$2 expected=$3
  shift 3
  run analyze "$input" -o json="$WORK/$name.json" -o html="$WORK/$name.html" "$@"
  check "$name" "$expected" ""
  set -- "$name"
  python3 tests/lib/html_page.py "$WORK/$1.html" "$WORK/$1.json" >"$WORK/said" || bad=1
  sed "s/^\(ok\|not ok\) /&$1: /" "$WORK/said"
}

shown() { # name, file, text: what a reader must find there
  if grep -Fq -e "$3" "$2"; then result 0 "$1"; else result 1 "$1" "no '$3'"; fi
}

for case in owner_and_thief_both_take owner_takes_oldest stalled_queue gap_elsewhere_in_time slow_steal cut_queue; do
  [ -e "$CASES/$case.jsonl" ] || continue
  code=$(awk -v case=$case '$1 == case { print $2 }' "$CASES/expect.tsv")
  page $case "$CASES/$case.jsonl" "$code"
done
shown "what happened" "$WORK/owner_and_thief_both_take.html" "had taken it"
shown "the usual cause" "$WORK/owner_and_thief_both_take.html" "<code>missing-fence</code>"
shown "the evidence" "$WORK/owner_and_thief_both_take.html" '<tr class="convicts">'
shown "the verdict" "$WORK/slow_steal.html" "<title>PASS: "

# What the user's rules make of it.
printf '%s\n' 'double_execution task=100 reason="<b>known & harmless</b>"' >"$WORK/accepted"
page rules "$CASES/owner_and_thief_both_take.jsonl" 1 --suppressions "$WORK/accepted" --max max.exec=1s --max errors=1 \
  --kind double_execution
shown "a suppressed report" "$WORK/rules.html" "Suppressed: &#60;b&#62;known &#38; harmless"
shown "a filtered one" "$WORK/rules.html" "1 report that filters hide"
shown "a budget" "$WORK/rules.html" '<td class="words kind error">exceeded</td>'

# Nothing happened at all.
printf '{"wscheck":1}\n' >"$WORK/none.jsonl"
page nothing "$WORK/none.jsonl" 3

# The pool, sound and broken; the same bytes twice.
for bug in "" owner-oldest; do
  "$B/samples/pool" --workers 3 --tasks 5000 ${bug:+--bug "$bug"} --trace "$WORK/pool.zst" >/dev/null 2>&1 || :
  run analyze -q "$WORK/pool.zst"
  page "pool${bug:+-$bug}" "$WORK/pool.zst" "$code"
done
run analyze -f html "$WORK/pool.zst"
same "the same bytes again" "$WORK/out" "$WORK/pool-owner-oldest.html"

# Names that are markup, control characters or directions, and a file that is called so, too.
python3 - "$WORK/evil.jsonl" <<'PYTHON'
import json, sys

evil = '</style></script><script>alert(1)</script><img src=x onerror="alert(1)">\'"`&amp;--></svg>]]>\u202e\u200b\x1b[31m\x07'
lines = [
    {"wscheck": 1, "host": evil, "meta": {evil: evil}, "workers": [{"worker": w, "name": evil} for w in (1, 2)],
     "queues": [{"queue": 1, "name": evil, "discipline": evil}]},
    {"ts": 10, "ev": "queued", "task": 7, "worker": 1, "label": evil},
    {"ts": 12, "ev": "steal_start", "from": 1, "to": 2},
    {"ts": 15, "ev": "steal_success", "task": 7, "from": 1, "to": 2},
    {"ts": 20, "ev": "exec_start", "task": 7, "worker": 1},
    {"ts": 25, "ev": "exec_start", "task": 7, "worker": 2},
    {"ts": 30, "ev": "exec_complete", "task": 7, "worker": 1},
    {"ts": 35, "ev": "exec_complete", "task": 7, "worker": 2},
]
with open(sys.argv[1], "w") as file:
    file.write("".join(json.dumps(line) + "\n" for line in lines))
PYTHON
name="$WORK/$(printf '<svg onload=alert(1)>\"\377\033.jsonl')"
cp "$WORK/evil.jsonl" "$name"
page hostile "$name" 1
shown "the hostile name is text" "$WORK/hostile.html" "&#60;/script&#62;"
if grep -Eq '<(img|script>alert|svg onload)' "$WORK/hostile.html"; then result 1 "no markup of others" "there is"; else result 0 "no markup of others"; fi

# More of everything than the page shows: workers, queues, pairs, reports, events of a report, long names.
python3 - "$WORK/large.jsonl" <<'PYTHON'
import json, random, sys

random.seed(1)
many, name = 300, "&<>\"'" * 80
with open(sys.argv[1], "w") as file:
    write = lambda **line: file.write(json.dumps(line) + "\n")
    write(wscheck=1, host=name, meta={f"{i}{name}"[:4000]: name for i in range(40)},
          workers=[{"worker": w, "name": name} for w in range(many)],
          queues=[{"queue": q, "name": name} for q in range(many)])
    ts = 0
    for task in range(1, 20001):
        worker, thief = random.randrange(many), random.randrange(many)
        ts += random.randrange(1, 4000)
        write(ts=ts, ev="queued", task=task, worker=worker, label=name[:200])
        if task % 2:
            write(ts=ts + 1, ev="steal_start", **{"from": worker, "to": thief})
            write(ts=ts + 2, ev="steal_success", task=task, **{"from": worker, "to": thief})
        taker = thief if task % 2 else worker
        write(ts=ts + 3, ev="exec_start", task=task, worker=taker)
        if task % 5 == 0:
            for other in range(20):
                write(ts=ts + 4, ev="exec_start", task=task, worker=other)
        write(ts=ts + random.randrange(5, 60000), ev="exec_complete", task=task, worker=taker)
PYTHON
page large "$WORK/large.jsonl" 1
shown "what is left out is said" "$WORK/large.html" "</strong> of the same run"
shown "and of workers" "$WORK/large.html" "more workers are in the table alone"

# In a browser. The page is the same in every build: one is enough.
[ "${B##*/}" = release ] || finish
for browser in chromium chromium-browser google-chrome none; do
  command -v "$browser" >/dev/null && break
done
# What it makes of the page goes to $WORK/document, what the page's console says to $WORK/console.
browse() { # page
  timeout 120 "$browser" --headless --no-sandbox --disable-gpu --disable-quic --no-first-run \
    --disable-background-networking --disable-component-update --disable-sync --user-data-dir="$WORK/browser" \
    --enable-logging=stderr --dump-dom "file://$1" >"$WORK/document" 2>"$WORK/messages" || :
  grep CONSOLE "$WORK/messages" >"$WORK/console" || :
}
printf '<!doctype html><title>x</title><p>it works' >"$WORK/try.html"
[ "$browser" = none ] || browse "$WORK/try.html"
if ! grep -q 'it works' "$WORK/document" 2>/dev/null; then
  echo "ok in a browser # SKIP there is no chromium that starts"
  finish
fi
in_browser() { # name, [--altered]
  python3 tests/lib/html_page.py "$WORK/document" "$WORK/$1.json" ${2:+"$2"} >"$WORK/said" || bad=1
  sed "s/^\(ok\|not ok\) /&$1 in a browser${2:+ without scripts}: /" "$WORK/said"
}
for name in pool-owner-oldest hostile; do
  browse "$WORK/$name.html"
  if [ -s "$WORK/console" ]; then result 1 "$name: a quiet console" "$(cat "$WORK/console")"; else result 0 "$name: a quiet console"; fi
  shown "$name: the script ran" "$WORK/document" 'aria-label="Zoom in"'
  in_browser $name
done
# A script that is not the page's own is refused, aloud; what is left is the page without scripts.
sed 's/"use strict";$/"use strict"; document.title = "mine";/' "$WORK/pool-owner-oldest.html" >"$WORK/altered.html"
browse "$WORK/altered.html"
holds "another script is refused" grep -q 'Content Security Policy' "$WORK/console"
shown "and does not run" "$WORK/document" "<title>FAIL"
if grep -q 'aria-label="Zoom in"' "$WORK/document"; then result 1 "nothing is added" "a button"; else result 0 "nothing is added"; fi
in_browser pool-owner-oldest --altered
finish
