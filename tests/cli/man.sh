#!/bin/sh
# The man pages are clean, and name every option of --help and every command.
. tests/lib/cli.sh

command -v mandoc >/dev/null || exit 77
code=0
: >"$WORK/out"
for page in src/cli/man/*.1; do
  mandoc -Tlint -W warning "$page" >"$WORK/err" 2>&1
  holds "$page is clean" [ ! -s "$WORK/err" ]
done
for command in analyze explain info dump import export diff minimize record recover snapshot; do
  "$WSCHECK" $command --help | grep -o -e ' --[a-z][a-z-]*' -e '^  -[a-zA-Z],' | tr -d ' ,' | sort -u >"$WORK/options"
  holds "$command has options" [ -s "$WORK/options" ]
  while read -r option; do
    holds "wscheck-$command.1 names $option" grep -Eq -e "^\.It (Fl . , )?Fl ${option#-}( |$)" src/cli/man/wscheck-$command.1
  done <<EOF
$(grep -e -- "$WORK/options")
EOF
  # And the other way round: the page has no option that the program lacks.
  sed -n 's/^\.It \(Fl . , \)\{0,1\}Fl -\([a-z-]*\).*/--\2/p' src/cli/man/wscheck-$command.1 | sort >"$WORK/paged"
  grep -e -- "$WORK/options" | sort >"$WORK/helped"
  same "wscheck-$command.1 has no other" "$WORK/paged" "$WORK/helped"
  holds "wscheck.1 names $command" grep -q "^\.It Cm $command" src/cli/man/wscheck.1
done
while read -r format; do
  holds "wscheck-analyze.1 explains $format" grep -q "^\.It Cm $format$" src/cli/man/wscheck-analyze.1
done <<EOF
$(sed -n 's/^\tX(\([a-z0-9]*\), report_.*/\1/p' src/report/format.h)
EOF
for kind in $(sed -n 's/.*"enum": \["multiple_owners", \(.*\)\]/\1/p' src/report/report.schema.json | tr -d '",'); do
  holds "wscheck-analyze.1 explains $kind" grep -q "^\.It Sy $kind$" src/cli/man/wscheck-analyze.1
done
finish
