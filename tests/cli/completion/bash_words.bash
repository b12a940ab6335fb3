#!/bin/bash
# Prints what bash would offer for a command line that ends where the cursor is, one a line.
# usage: bash_words.bash COMPLETION LINE [WORDBREAKS]
# shellcheck disable=SC1090,SC2034 # given as an argument; bash's own variables
source "$1" || exit 2
COMP_LINE=$2
COMP_POINT=${#2}
COMP_WORDBREAKS=${3-$' \t\n"\'><=;|&(:'}
# As readline parts words: at blanks, and around those of `=` and `:` that part words here.
parted=$COMP_LINE
for mark in = :; do
  [[ $COMP_WORDBREAKS != *"$mark"* ]] || parted=${parted//"$mark"/ "$mark" }
done
read -ra COMP_WORDS <<<"$parted"
[[ $COMP_LINE != *' ' ]] || COMP_WORDS+=('')
COMP_CWORD=$((${#COMP_WORDS[@]} - 1))
function_name=$(complete -p wscheck | sed -n 's/.* -F \([^ ]*\) .*/\1/p')
"$function_name" wscheck "${COMP_WORDS[COMP_CWORD]}" "${COMP_WORDS[COMP_CWORD - 1]}"
((${#COMPREPLY[@]} == 0)) || printf '%s\n' "${COMPREPLY[@]}"
