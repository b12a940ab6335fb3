#!/bin/sh
# The manual pages, which are made of the commands' tables and of src/cli/man: they are clean, and have every command,
# option, format, kind of report and figure.
. tests/lib/cli.sh

command -v mandoc >/dev/null || exit 77
build=${B:-build/release}
pages=$build/man/man1
code=0
: >"$WORK/out"
for source in src/cli/man/*.mdoc; do
  page=$pages/$(basename "$source" .mdoc).1
  holds "$page is built" [ -s "$page" ]
  mandoc -Tlint -W warning "$page" >"$WORK/err" 2>&1
  holds "$page is clean" [ ! -s "$WORK/err" ]
  if command -v man >/dev/null && command -v groff >/dev/null; then
    MANROFFSEQ='' man --warnings -E UTF-8 -l -Tutf8 -Z "$page" >/dev/null 2>"$WORK/err"
    holds "groff has no complaint about $page" [ ! -s "$WORK/err" ]
  else
    echo "ok groff has no complaint about $page # SKIP no man and groff here"
  fi
done

for command in analyze explain info dump import export diff merge minimize record recover snapshot; do
  page=$pages/wscheck-$command.1
  "$WSCHECK" $command --help | sed '/^exit codes:$/,$d' | grep -o -e '^  \(-., \|    \)--[a-z-]*' | grep -o -e '--[a-z-]*' | sort >"$WORK/helped"
  sed -n 's/^\.It \(Fl . , \)\{0,1\}Fl -\([a-z-]*\).*/--\2/p' "$page" | sort >"$WORK/paged"
  holds "$command has options" [ -s "$WORK/helped" ]
  same "wscheck-$command.1 has the options of --help" "$WORK/paged" "$WORK/helped"
  mandoc -Tascii -Owidth=500 "$page" | col -b | tr -s '\t ' ' ' >"$WORK/plain"
  "$WSCHECK" $command --help | sed -n '/^exit codes:$/,/^$/s/^  \([0-9][0-9]*\)  .*/\1/p' >"$WORK/codes"
  while read -r number; do
    holds "wscheck-$command.1 has exit code $number" grep -Eq "^ $number [A-Z]" "$WORK/plain"
  done <"$WORK/codes"
  "$WSCHECK" $command --help | sed -n '/^examples:$/,$s/^    //p' | tr -s ' ' >"$WORK/examples"
  holds "$command has examples" [ -s "$WORK/examples" ]
  while read -r line; do
    holds "wscheck-$command.1 has the example: $line" grep -qF -e "$line" "$WORK/plain"
  done <"$WORK/examples"
  holds "wscheck.1 names $command" grep -q "^\.It Cm $command" "$pages/wscheck.1"
done
while read -r format; do
  holds "wscheck-analyze.1 explains $format" grep -q "^\.It Cm $format$" "$pages/wscheck-analyze.1"
done <<EOT
$(sed -n 's/^\tX(\([a-z0-9]*\), report_.*/\1/p' src/report/format.h)
EOT
for kind in $(sed -n 's/.*"enum": \["multiple_owners", \(.*\)\]/\1/p' src/report/report.schema.json | tr -d '",'); do
  holds "wscheck-analyze.1 explains $kind" grep -q "^\.It Sy $kind$" "$pages/wscheck-analyze.1"
done
for reason in $("$WSCHECK" analyze -f json "$CASES/queue_run.jsonl" | jq -r '.undecided.by_reason | keys[]'); do
  holds "wscheck-analyze.1 explains $reason" grep -q "^\.It Cm $reason$" "$pages/wscheck-analyze.1"
done
while read -r figure; do
  holds "wscheck-analyze.1 explains $figure" grep -q "^\.It Cm $figure$" "$pages/wscheck-analyze.1"
done <<EOT
$(sed -n 's/^\tX([A-Z_]*, "\([a-z_]*\)", [A-Z]*, ".*/\1/p' src/report/budget.h)
EOT

# --- The rules by which plain sentences get their markup. ---
has() { # command, line...
  page=wscheck-$1.1
  shift
  for line in "$@"; do
    holds "$page: $line" grep -qxF -e "$line" "$pages/$page"
  done
}
has analyze '.It Fl o , Fl -output Oo Ar format Ns = Oc Ns Ar path' '.Op Fl -max Ar metric Ns = Ns Ar value' \
  '.Ar format Ns = ,' '.Sq -' '.Ar trace' '.Op Fl hqv' '.Cm warning'
has diff '.Ar a Ns '\''s ,' '.Ql wscheck analyze --format json' '.Ar a' '.Ar b'
has explain '.Op Ar kind' '.Po' '.Cm pass ,' '.Pc ,' '.Xr wscheck-analyze 1'
has minimize '.Fl o Ar small' '.Sq -'
has record '.Op Fl -' '.Ar program' '.Op Ar argument ...' '.Fl -max-bytes :' '.It 1 , 2 , 3'
has snapshot '.Ar pid | Ar path'

# --- A template that speaks of what is not there. ---
wrong() { # name, command, what is said, lines
  printf '%b' "$4" >"$WORK/template"
  code=0
  "$build/pages" man "$WORK/template" "$2" >"$WORK/out" 2>"$WORK/err" || code=$?
  check "$1" 1 "$3"
}
wrong "an option that the command lacks" dump "template:2: wrong here: '%--frob'" '%options\n%--frob\nText.\n%end\n'
wrong "a word that the option lacks" analyze "template:2: wrong here: '%--format pdf'" '%options\n%--format pdf\n%end\n'
wrong "a list without its end" dump "template:1: wrong here: '%options'" '%options\n%--output\n'
wrong "no such directive" dump "template:1: wrong here: '%frob'" '%frob\n'
wrong "no such severity" analyze "template:1: wrong here: '%reports fatal'" '%reports fatal\n'
wrong "no such command" frob "there is no command 'frob'" 'text\n'
finish
