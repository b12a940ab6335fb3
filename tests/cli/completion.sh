#!/bin/sh
# What bash and zsh offer for command lines of wscheck: commands, options, fixed words of arguments, files elsewhere.
. tests/lib/cli.sh

build=$PWD/${B:-build/release}/completion
tests=$PWD/tests/cli/completion
code=0
: >"$WORK/err"
mkdir "$WORK/files" "$WORK/bin"
printf '#!/bin/sh\n' >"$WORK/bin/frobnicator"
chmod +x "$WORK/bin/frobnicator"
PATH=$WORK/bin:$PATH
export PATH
cd "$WORK/files" || exit 2
mkdir runs
: >trace.zst
: >release.json
here=$PWD
completed=$(mktemp -d "$WORK/zsh.XXXXXX")
ln -s "$here/runs" "$here/trace.zst" "$here/release.json" "$completed"

# Compares the lines of $WORK/out with the words expected.
are() { # name, expected words...
  of=$1
  shift
  [ $# -eq 0 ] || printf '%s\n' "$@" | sort >"$WORK/expected"
  [ $# -gt 0 ] || : >"$WORK/expected"
  sort "$WORK/out" >"$WORK/sorted"
  same "$of" "$WORK/sorted" "$WORK/expected"
}
bash_offers() { # line, expected words...
  line=$1
  shift
  bash "$tests/bash_words.bash" "$build/wscheck.bash" "$line" >"$WORK/out" 2>"$WORK/err"
  are "bash: '$line'" "$@"
}
unparted() { # the same where `=` and `:` don't part words
  line=$1
  shift
  bash "$tests/bash_words.bash" "$build/wscheck.bash" "$line" ' ' >"$WORK/out" 2>"$WORK/err"
  are "bash, whole words: '$line'" "$@"
}
zsh_offers() { # line, expected words...
  line=$1
  shift
  (cd "$completed" && timeout 60 zsh "$tests/zsh_words.zsh" "$build" "$line" "$completed") >"$WORK/out" 2>"$WORK/err"
  are "zsh: '$line'" "$@"
}

commands=$("$WSCHECK" help | sed -n '/^commands:$/,/^$/s/^  \([a-z]*\) .*/\1/p')
formats='text json ndjson junit sarif github html'
holds "there are commands" [ -n "$commands" ]

if command -v bash >/dev/null; then
  holds "bash reads its file" bash -n "$build/wscheck.bash"
  # shellcheck disable=SC2086 # words
  bash_offers 'wscheck ' $commands
  bash_offers 'wscheck rec' record recover
  bash_offers 'wscheck --v' --version
  # Every option that --help shows, and no other.
  for command in $commands; do
    # shellcheck disable=SC2046 # words
    bash_offers "wscheck $command --" $("$WSCHECK" "$command" --help | sed -n '/^options:$/,/^$/s/^  \(-., \|    \)\(--[a-z-]*\).*/\2/p')
  done
  # shellcheck disable=SC2086
  bash_offers 'wscheck analyze --format ' $formats
  # shellcheck disable=SC2086
  bash_offers 'wscheck analyze -f ' $formats
  bash_offers 'wscheck analyze --format=js' json
  unparted 'wscheck analyze --format=js' --format=json
  bash_offers 'wscheck analyze -o js' json=
  bash_offers 'wscheck analyze -o tr' trace.zst
  bash_offers 'wscheck analyze -o json=re' release.json
  unparted 'wscheck analyze -o json=re' json=release.json
  bash_offers 'wscheck analyze --kind lo' lost_work
  bash_offers 'wscheck analyze --kind lost_work,sl' lost_work,slow_steal
  bash_offers 'wscheck analyze --kind=lost_work,sl' lost_work,slow_steal
  bash_offers 'wscheck analyze --fail-on w' warning
  bash_offers 'wscheck analyze --max p99.st' p99.steal_latency=
  bash_offers 'wscheck analyze --max lost' lost_work=
  bash_offers 'wscheck analyze --baseline ' release.json runs trace.zst
  bash_offers 'wscheck analyze --task '
  bash_offers 'wscheck analyze -q -f json tr' trace.zst
  bash_offers 'wscheck analyze trace.zst --verb' --verbose
  bash_offers 'wscheck analyze -- --verb'
  bash_offers 'wscheck explain missing-f' missing-fence
  bash_offers 'wscheck explain inc' inconclusive
  bash_offers 'wscheck diff --max-shift runs' runs_per_second=
  bash_offers 'wscheck record --mode ' block drop overwrite
  bash_offers 'wscheck record frobni' frobnicator
  bash_offers 'wscheck record -a -- ls --mo'
  bash_offers 'wscheck record ls tr' trace.zst
  bash_offers 'wscheck help sna' snapshot
  bash_offers 'wscheck frobnicate --' --help

  # What is offered is taken.
  printf '{"wscheck":1}\n{"ts":1,"ev":"exec_start","task":1,"worker":1}\n{"ts":2,"ev":"exec_complete","task":1,"worker":1}\n{"end":"clean"}\n' >"$WORK/sound"
  offered() { # command and option, what follows the word, operands...
    of=$1 value=$2
    shift 2
    bash "$tests/bash_words.bash" "$build/wscheck.bash" "wscheck $of " | grep -v '\.json$\|\.zst$\|^runs$' >"$WORK/words"
    holds "bash: there are words for '$of'" [ -s "$WORK/words" ]
    : >"$WORK/refused"
    while read -r word; do
      # shellcheck disable=SC2086 # words
      "$WSCHECK" $of "$word$value" "$@" >"$WORK/out" 2>&1 </dev/null
      [ $? -ne 2 ] || echo "$word: $(cat "$WORK/out")" >>"$WORK/refused"
    done <"$WORK/words"
    cp "$WORK/refused" "$WORK/err"
    holds "every word for '$of' is taken" [ ! -s "$WORK/refused" ]
  }
  offered 'analyze --format' '' "$WORK/sound"
  offered 'analyze --kind' '' "$WORK/sound"
  offered 'analyze --fail-on' '' "$WORK/sound"
  offered 'analyze --max' 1000000 "$WORK/sound"
  offered 'diff --max-shift' 10000% "$WORK/sound" "$WORK/sound"
  offered explain ''
  offered help ''
else
  echo "ok completion for bash # SKIP no bash here"
fi

if command -v zsh >/dev/null; then
  holds "zsh reads its file" zsh -n "$build/_wscheck"
  # shellcheck disable=SC2086
  zsh_offers 'wscheck ' $commands
  zsh_offers 'wscheck rec' record recover
  zsh_offers 'wscheck analyze --fo' --format
  zsh_offers 'wscheck analyze trace.zst --q' --queue --quiet
  # shellcheck disable=SC2086
  zsh_offers 'wscheck analyze -f ' $formats
  zsh_offers 'wscheck analyze --format=js' --format=json
  zsh_offers 'wscheck analyze -o json=re' json=release.json
  zsh_offers 'wscheck analyze --kind lost_work,sl' lost_work,slow_steal
  zsh_offers 'wscheck analyze --fail-on w' warning
  zsh_offers 'wscheck analyze --max p99.st' p99.steal_latency=
  zsh_offers 'wscheck analyze tr' trace.zst
  zsh_offers 'wscheck explain missing-f' missing-fence
  zsh_offers 'wscheck record --mode ' block drop overwrite
  zsh_offers 'wscheck record frobni' frobnicator
  zsh_offers 'wscheck record -a -- ls tr' trace.zst
  zsh_offers 'wscheck help sna' snapshot
else
  echo "ok completion for zsh # SKIP no zsh here"
fi
finish
