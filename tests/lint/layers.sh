#!/bin/sh
# Includes go down the layers, never up: a header is found by its name, and its layer must be one that the including
# file may use. Libraries of others stay in their layer, too.
set -eu
cd "$(dirname "$0")/../.."
{
  git ls-files -co --exclude-standard '*.h' '*.hpp' | sed 's/^/H /'
  git ls-files -co --exclude-standard '*.c' '*.h' '*.cc' '*.hpp' | grep -v '^tests/' | xargs -r grep -Hn '^[[:space:]]*#[[:space:]]*include' |
    sed 's/^/I /'
} | awk '
  # The layer of a path: its directory, samples and adapters each their own.
  function layer(path,    part) {
    split(path, part, "/")
    if (part[1] == "src" || part[1] == "samples")
      return part[1] "/" part[2]
    return part[1]
  }
  function allowed(from) {
    if (from == "include") return " include "
    if (from == "tracefmt") return " include tracefmt "
    if (from == "src/record") return " include tracefmt src/record "
    if (from == "src/check") return " include tracefmt src/check "
    if (from == "src/report") return " include tracefmt src/check src/report "
    if (from == "src/cli") return " include tracefmt src/check src/report src/cli "
    if (from == "src/pages") return " include tracefmt src/check src/report src/cli src/pages "
    if (from == "samples/deque") return " include samples/deque samples/pool "
    if (from ~ /^samples\//) return " include samples/sample.h " from " "
    return " include " from " "  # adapters: the public headers and their own
  }
  # Where each library of others may be used.
  function foreign(name, path,    from) {
    from = layer(path)
    if (name ~ /^(cbor\.h|cbor\/|zstd)/ && from != "tracefmt")
      return "tracefmt"
    if (name ~ /^json-c\// && from != "src/report" && path !~ /^tracefmt\/jsonl_/)
      return "tracefmt/jsonl_* and src/report"
    if (name ~ /^(json-c|cbor|zstd)/ && path ~ /^include\//)
      return "no public header"
    if (name ~ /^libxml\// && from != "src/report")
      return "src/report"
    if (name ~ /^criterion\//)
      return "tests"
    if (name ~ /^(omp|omp-tools|ompt)\.h$/ && from != "src/ompt" && from != "samples/openmp")
      return "src/ompt"
    return ""
  }
  $1 == "H" {
    path = $2
    name = path
    sub(/.*\//, "", name)
    home[name] = home[name] " " layer(path)
    next
  }
  {
    line = substr($0, 3)
    match(line, /:[0-9]+:/)
    path = substr(line, 1, RSTART - 1)
    number = substr(line, RSTART + 1, RLENGTH - 2)
    text = substr(line, RSTART + RLENGTH)
    match(text, /[<"][^>"]*[>"]/)
    name = substr(text, RSTART + 1, RLENGTH - 2)
    from = layer(path)
    place = foreign(name, path)
    if (place != "") {
      printf "%s:%s: %s belongs to %s\n", path, number, name, place
      bad = 1
    }
    if (name ~ /\.\.\//) {
      printf "%s:%s: %s: an include names no way up\n", path, number, name
      bad = 1
      next
    }
    base = name
    sub(/.*\//, "", base)
    if (name ~ /^wscheck\//)
      places = " include"
    else if (text !~ /"/ || !(base in home))
      next
    else
      places = home[base]
    # A name may occur in several layers: the compiler is given only the directories of those that are allowed.
    count = split(places, to, " ")
    good = 0
    for (i = 1; i <= count; i++)
      good += index(allowed(from), " " to[i] " ") > 0
    if (good == 0) {
      printf "%s:%s: %s may not include %s, which is of%s\n", path, number, from, name, places
      bad = 1
    }
  }
  END { exit bad }'
