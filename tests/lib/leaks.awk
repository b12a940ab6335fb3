# Reads the reports that sanitizers wrote into files; prints those that count. Exit code 1 if there are any.
#
# Criterion 2.4 loses memory of its own in some runs. A suppression "leak:libcriterion.so" would overlook every leak
# there is, because it asks whether any frame of the stack is in the library, and a test is called from there. So a
# leak is overlooked only if all of its stack, from the allocation to its end, is Criterion's or the C library's.
function flush() {
	if (ours || !criterion)
		printf "%s", record
	if (record != "" && (ours || !criterion))
		bad = 1
	record = ""
	ours = criterion = 0
}
/ERROR: LeakSanitizer: detected memory leaks/ { next }
/^(Direct|Indirect) leak of / {
	flush()
	in_leak = 1
}
/^SUMMARY: / || /^=+$/ || /^$/ {
	flush()
	in_leak = 0
	next
}
in_leak {
	record = record $0 "\n"
	if ($1 == "#0" || $0 ~ /\/libc\.so|\.\.\/sysdeps\/| in _start |<unknown module>/)
		next
	if (/\/libcriterion\.so/)
		criterion = 1
	else if ($1 ~ /^#[0-9]+$/)
		ours = 1
	next
}
# Not a leak: whatever it is, it counts.
{
	print
	bad = 1
}
END {
	flush()
	exit bad
}
