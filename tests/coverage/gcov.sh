#!/bin/sh
# What gcovr runs for gcov. Threads that count while a process ends leave counts that don't add up, of which gcov makes a
# negative one here and there, which gcovr does not read: such a branch or line counts as not reached.
gcov "$@" || exit
for report in *.gcov; do
  [ ! -e "$report" ] || sed -i 's/ taken -[0-9][0-9]*/ taken 0/; s/^ *-[0-9][0-9]*:/    #####:/' "$report"
done
