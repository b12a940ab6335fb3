#!/bin/sh
# One analysis, several reports: which goes where, and what can't be written.
. tests/lib/cli.sh

trace=$CASES/owner_and_thief_both_take.jsonl
run analyze -f json "$trace"
cp "$WORK/out" "$WORK/json"
run analyze "$trace"
cp "$WORK/out" "$WORK/text"

run analyze -o json="$WORK/a.json" "$trace"
check "-o FORMAT=PATH: text is printed as well" 1 "" "^FAIL"
same "-o FORMAT=PATH: the file is what -f prints" "$WORK/json" "$WORK/a.json"
run analyze -o json="$WORK/a.json" -o text="$WORK/a.txt" -o "$WORK/main" -f json "$trace"
check "-o FILE: nothing is printed" 1 "" ""
same "several: json" "$WORK/json" "$WORK/a.json"
same "several: text" "$WORK/text" "$WORK/a.txt"
same "several: the file without a format" "$WORK/json" "$WORK/main"
run analyze -o json=- "$trace"
same "-o FORMAT=-: only that is printed" "$WORK/json" "$WORK/out"
run analyze -q -o json="$WORK/q.json" "$trace"
holds "-q is about the text" [ "$(wc -l <"$WORK/out")" -eq 1 ]
same "-q: the file is whole" "$WORK/json" "$WORK/q.json"
(cd "$WORK" && "$WSCHECK" analyze -o ./a=b "$trace")
holds "a file's name may have a = in it" [ -s "$WORK/a=b" ]

run analyze -o jsn="$WORK/x" "$trace"
trouble "a mistyped format" "no format is called 'jsn': did you mean 'json'"
run analyze -o json= "$trace"
trouble "no path" "names no file"
run analyze -o json=- -f text "$trace"
trouble "twice to standard output" "two reports can't both go to standard output"
run analyze -o json="$WORK/x" -o text="$WORK/x" "$trace"
trouble "twice to one file" "two reports can't both go to .*/x"
ln -s a.json "$WORK/link.json"
run analyze -o json="$WORK/a.json" -o text="$WORK/link.json" "$trace"
trouble "twice to one file, by a link" "two reports can't both go to"
run analyze -o "$WORK/x" -o "$WORK/y" "$trace"
trouble "two files for one format" "two files"
cp "$trace" "$WORK/input"
run analyze -o json="$WORK/input" "$WORK/input"
trouble "onto the input" "it is the input"
same "the input is as it was" "$trace" "$WORK/input"
run analyze -o json="$WORK/no/such" "$WORK/not_there"
trouble "into no directory: said before the input is read" "cannot write .*no/such"
run analyze -o json="$WORK/input/x" "$trace"
trouble "below a file" "Not a directory"
run analyze --explain 100 -o json="$WORK/life" "$trace"
trouble "a life is text" "tells a life as text"

# One that fails does not take the others with it.
run analyze -q -o json=/dev/full -o text="$WORK/good.txt" "$trace"
check "one can't be written" 2 "cannot write /dev/full"
holds "the other is there" grep -q '^FAIL' "$WORK/good.txt"
holds "nothing temporary is left" [ -z "$(find "$WORK" -name '*.tmp')" ]
finish
