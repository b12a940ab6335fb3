#!/bin/sh
# Prints a style and a script as C: their lines, and their checksums as a Content-Security-Policy names them.
# usage: html_assets.sh html_style.css html_script.js
set -eu

lines() { # name, file
  echo "static const char *const $1[] = {"
  sed -e 's/\\/\\\\/g' -e 's/"/\\"/g' -e 's/\t/\\t/g' -e 's/^/	"/' -e 's/$/\\n",/' "$2"
  echo "	0};"
}

checksum() { # file
  hexadecimal=$(sha256sum <"$1" | cut -c 1-64 | sed 's/../\\x&/g')
  env printf "$hexadecimal" | base64
}

lines html_style "$1"
lines html_script "$2"
echo "#define HTML_STYLE_SHA256 \"$(checksum "$1")\""
echo "#define HTML_SCRIPT_SHA256 \"$(checksum "$2")\""
