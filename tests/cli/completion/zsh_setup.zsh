# For zsh_words.zsh: what the shell is told before it completes. The argument is the file for the matches.
matches=$1
: >$matches
autoload -Uz compinit
compinit -D -u
bindkey '^I' complete-word
compadd() {
  if [[ ${@[1,(i)(-|--)]} == *-(O|A|D)\ * ]]; then
    builtin compadd "$@"
    return
  fi
  typeset -a hits suffix
  zparseopts -E -a ignored P:=prefix S:=suffix
  builtin compadd -A hits "$@"
  (( $#hits == 0 )) || print -rl -- "$IPREFIX"${^hits}"${suffix[2]}" >>$matches
  builtin compadd "$@"
}
told() { exit }
comppostfuncs=(told)
