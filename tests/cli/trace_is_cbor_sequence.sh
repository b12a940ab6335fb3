#!/bin/sh
# `zstd -dc` of a trace is a CBOR sequence that another implementation reads: header first, footer last, numbered items.
set -eu
cd "$(dirname "$0")/../.."
: "${WSCHECK:=${B:-build/release}/wscheck}"

command -v zstd >/dev/null || { echo "zstd is missing"; exit 77; }
python=
for p in python3 /usr/bin/python3; do
	if "$p" -c 'import cbor2' 2>/dev/null; then python=$p; break; fi
done
[ -n "$python" ] || { echo "python3-cbor2 is missing"; exit 77; }

tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
set -- tests/vectors/*.trace.zst
if [ -x "$WSCHECK" ]; then
	for case in steal_then_run batch_steal ids_beyond_2_53; do
		"$WSCHECK" import "tests/cases/$case.jsonl" -o "$tmp/$case.zst"
		set -- "$@" "$tmp/$case.zst"
	done
fi

for trace; do
	zstd -dc "$trace" >"$tmp/items"
	"$python" - "$trace" "$tmp/items" <<'PY'
import sys, cbor2
name, path = sys.argv[1:]
items = []
with open(path, "rb") as f:
    while f.peek(1):
        items.append(cbor2.load(f))
assert len(items) >= 2, name
assert all(type(i) is dict for i in items), name
assert items[0][0] == "wscheck" and items[0][3] == 1 and len(items[0][1]) == 16, items[0]
assert [i[2] for i in items] == list(range(len(items))), "numbers"
assert all(i[1] == items[0][1][:8] for i in items[1:]), "trace id"
footer, blocks = items[-1], [i for i in items if i[0] == 1]
assert footer[0] == 4 and footer[6] == len(items), footer
assert footer[4] == sum(b[5] for b in blocks), "events"
for b in blocks:
    assert len(b[13]) == len(b[14]) == b[5], "columns"
totals = footer[9]
assert sum(totals[1::3]) == footer[4] and totals[0::3] == sorted(totals[0::3]), totals
PY
done
