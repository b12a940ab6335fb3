#!/bin/sh
# Runs shellcheck over every shell script, found by name or first line.
set -eu
cd "$(dirname "$0")/../.."
git ls-files -co --exclude-standard | while read -r path; do
  case ${path##*/} in
  *.sh) echo "$path" ;;
  *.*) ;;
  *) [ -f "$path" ] && head -c 64 "$path" | head -n 1 | grep -aq '^#!.*sh$' && echo "$path" ;;
  esac
done | xargs -r shellcheck -f gcc
