# shellcheck shell=sh
# For shell tests of the command line: sourced from the repository's root. WSCHECK is the program, WORK an empty
# directory. Each check prints one "ok" or "not ok" line; end with `finish`.
: "${WSCHECK:=$PWD/build/release/wscheck}" "${WORK:=$(mktemp -d)}"
# shellcheck disable=SC2034 # the tests use it
CASES=$PWD/tests/cases
bad=0

result() { # succeeded (0 or not), name, why
  if [ "$1" -eq 0 ]; then
    echo "ok $2"
  else
    echo "not ok $2: $3"
    echo "    exit code $code, standard error:"
    sed 's/^/      /' "$WORK/err"
    echo "    standard output:"
    head -n 20 "$WORK/out" | sed 's/^/      /'
    bad=1
  fi
}

# Runs wscheck; the exit code goes to $code, the outputs to $WORK/out and $WORK/err.
run() {
  code=0
  "$WSCHECK" "$@" >"$WORK/out" 2>"$WORK/err" || code=$?
}

# Checks the last run's exit code and that one of the outputs has a line that matches (or, for "", that it is empty).
check() { # name, exit code, pattern in stderr, [pattern in stdout]
  if [ "$code" -ne "$2" ]; then
    result 1 "$1" "exit code $code, expected $2"
  elif [ -z "$3" ] && [ -s "$WORK/err" ]; then
    result 1 "$1" "something on standard error"
  elif [ -n "$3" ] && ! grep -Eq -e "$3" "$WORK/err"; then
    result 1 "$1" "no '$3' on standard error"
  elif [ $# -gt 3 ] && [ -z "$4" ] && [ -s "$WORK/out" ]; then
    result 1 "$1" "something on standard output"
  elif [ $# -gt 3 ] && [ -n "$4" ] && ! grep -Eq -e "$4" "$WORK/out"; then
    result 1 "$1" "no '$4' on standard output"
  else
    result 0 "$1"
  fi
}

# Trouble is one sentence on standard error that names the command, nothing on standard output, exit code 2.
trouble() { # name, pattern in stderr
  if [ "$(wc -l <"$WORK/err")" -ne 1 ]; then
    result 1 "$1" "not one line on standard error"
  elif ! grep -q '^wscheck' "$WORK/err"; then
    result 1 "$1" "standard error does not begin with the program's name"
  else
    check "$1" 2 "$2" ""
  fi
}

# Any condition: `holds NAME test ...`
holds() {
  name=$1
  shift
  if "$@" >/dev/null 2>&1; then result 0 "$name"; else result 1 "$name" "not so: $*"; fi
}

same() { # name, file, file
  if cmp -s "$2" "$3"; then result 0 "$1"; else result 1 "$1" "$(cmp "$2" "$3" 2>&1)"; fi
}

finish() {
  exit "$bad"
}
