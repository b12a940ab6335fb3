#!/bin/zsh
# Prints what zsh would offer for a command line that ends where the cursor is, one a line. A shell at a terminal of its
# own is given the line and a tab; in it compadd, which every match goes through, tells of the matches.
# usage: zsh_words.zsh DIRECTORY-OF-COMPLETION LINE DIRECTORY-FOR-FILES
zmodload zsh/zpty || exit 2
zpty shell zsh -f -i
zpty -w shell "fpath=(${(q)1} \$fpath)"
zpty -w shell "cd ${(q)3} && source ${(q)0:A:h}/zsh_setup.zsh ${(q)3}/.matches && echo set''-up"
zpty -r shell answer '*set-up*'
zpty -w -n shell "$2"$'\t'
# What is offered is written to a file, and then the shell ends.
while zpty -r shell answer; do :; done 2>/dev/null
zpty -d shell
sort -u -- $3/.matches
