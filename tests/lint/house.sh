#!/bin/sh
# What every file owes: a place in the layout, a size under 1 MiB, no blanks at line ends, a final newline, and in
# programs the licence.
set -eu
cd "$(dirname "$0")/../.."
bad=0
complain() { # file, line, reason
  echo "$1:$2: $3"
  bad=1
}
list=$(mktemp)
trap 'rm -f "$list"' EXIT
git ls-files -co --exclude-standard >"$list"
while read -r path; do
  [ -f "$path" ] || continue
  case $path in
  src/* | include/* | tracefmt/* | tests/* | samples/* | Makefile | README.md | LICENSE | .*) ;;
  *) complain "$path" 1 "not part of the layout" ;;
  esac
  [ "$(wc -c <"$path")" -le 1048576 ] || complain "$path" 1 "larger than 1 MiB"
  case $path in
  *.c | *.h | *.cc | *.hpp | *.py | *.rs)
    head -n 2 "$path" | grep -q 'SPDX-License-Identifier: MIT' || complain "$path" 1 "no SPDX-License-Identifier"
    ;;
  esac
  grep -Iq . "$path" || continue # binary or empty
  if [ -n "$(tail -c 1 "$path")" ]; then
    complain "$path" "$(wc -l <"$path")" "no newline at the end"
  fi
  line=$(grep -nm1 '[[:blank:]]$' "$path" | cut -d: -f1) || :
  [ -z "$line" ] || complain "$path" "$line" "blanks at the end of the line"
done <"$list"
exit "$bad"
