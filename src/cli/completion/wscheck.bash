# SPDX-License-Identifier: MIT
# Completion of wscheck's command line for bash. What there is to complete comes from the program's own tables.

# The options of a command, into `options`; without one, the commands.
_wscheck_options() { # command or nothing
  options='-h --help'
  case $1 in
%options
  esac
}

# What an argument is like, into `form` (empty: there is none), and its fixed words, into `words`.
_wscheck_argument() { # command, option (empty: the command's operands)
  form='' words=''
  case $1:$2 in
%arguments
  esac
}

_wscheck_reply() { # prefix, compgen's arguments...
  local prefix=$1 line
  shift
  while IFS= read -r line; do
    COMPREPLY+=("$prefix$line")
  done < <(compgen "$@")
}

_wscheck_files() { # prefix, what is typed of the file's name
  compopt -o filenames 2>/dev/null
  _wscheck_reply "$1" -f -- "$2"
}

_wscheck_value() { # what is before it in the same word, what is typed of it
  local word=${2%%=*}
  case $form in
  file) _wscheck_files "$1" "$2" ;;
  word) _wscheck_reply "$1" -W "$words" -- "$2" ;;
  words)
    local last=${2##*,}
    compopt -o nospace 2>/dev/null
    _wscheck_reply "$1${2%"$last"}" -W "$words" -- "$last"
    ;;
  word_value)
    compopt -o nospace 2>/dev/null
    _wscheck_reply "$1" -S = -W "$words" -- "$2"
    ;;
  word_file)
    if [[ $2 == *=* && " $words " == *" $word "* ]]; then
      _wscheck_files "$1$word=" "${2#*=}"
    else
      # The names of files are quoted where they stand alone: `json\=` is none.
      _wscheck_reply "$1" -S = -W "$words" -- "$2"
      if ((${#COMPREPLY[@]} > 0)); then
        compopt -o nospace 2>/dev/null
        _wscheck_reply "$1" -f -- "$2"
      else
        _wscheck_files "$1" "$2"
      fi
    fi
    ;;
  program)
    if [[ $2 == */* ]]; then _wscheck_files "$1" "$2"; else _wscheck_reply "$1" -c -- "$2"; fi
    ;;
  esac
}

_wscheck() {
  local -a typed=() at=()
  local i word command='' option='' operands='' program='' options form words
  COMPREPLY=()

  # `--format=json` comes as three words where `=` parts words: they are one again.
  for ((i = 1; i <= COMP_CWORD; i++)); do
    word=${COMP_WORDS[i]}
    if ((${#typed[@]} > 0)) && [[ ${COMP_WORDBREAKS//[^=:]/} && ($word == [=:]* || ${typed[-1]} == *[=:]) ]]; then
      typed[-1]+=$word
    else
      typed+=("$word") at+=("$i")
    fi
  done
  local current=${typed[-1]}

  for ((i = 0; i < ${#typed[@]} - 1; i++)); do
    word=${typed[i]}
    if [[ -z $command ]]; then
      [[ $word == -* ]] || command=$word
    elif [[ $option ]]; then
      option=
    elif [[ $word == -- && -z $operands ]]; then
      operands=1
    elif [[ $word == -* && -z $operands ]]; then
      _wscheck_argument "$command" "$word"
      [[ -z $form ]] || option=$word
    else
      _wscheck_argument "$command" ''
      [[ $form != program || $program ]] || program=${at[i]} operands=1
    fi
  done

  if [[ $program ]]; then # what follows is the program's
    if declare -F _command_offset >/dev/null; then
      _command_offset "$program"
    else
      _wscheck_files '' "$current"
    fi
    return
  fi
  if [[ -z $command ]]; then
    if [[ $current == -* ]]; then
      _wscheck_reply '' -W '-h --help -V --version' -- "$current"
    else
      _wscheck_options ''
      _wscheck_reply '' -W "$options" -- "$current"
    fi
  elif [[ $option ]]; then
    _wscheck_argument "$command" "$option"
    _wscheck_value '' "$current"
  elif [[ $current == --*=* && -z $operands ]]; then
    _wscheck_argument "$command" "${current%%=*}"
    _wscheck_value "${current%%=*}=" "${current#*=}"
  elif [[ $current == -* && -z $operands ]]; then
    _wscheck_options "$command"
    _wscheck_reply '' -W "$options" -- "$current"
  else
    _wscheck_argument "$command" ''
    _wscheck_value '' "$current"
  fi

  # What readline puts in takes the place of the last part alone.
  local done=''
  for word in = :; do
    [[ $COMP_WORDBREAKS == *"$word"* && $current == *"$word"* ]] || continue
    local before=${current%"$word"*}$word
    ((${#before} <= ${#done})) || done=$before
  done
  for i in "${!COMPREPLY[@]}"; do
    COMPREPLY[i]=${COMPREPLY[i]#"$done"}
  done
}

complete -F _wscheck wscheck
