# Calls that can overrun a buffer, hide an error or trust the bytes of a file. (Variable arrays: -Wvla.) After files.awk.
BEGIN {
	calls = "(strcpy|strcat|stpcpy|strncpy|stpncpy|strncat|sprintf|vsprintf|gets|alloca|__builtin_alloca|strtok|atoi|atol|atoll|atof|tmpnam|mktemp|cbor_load)"
}
{
	line = code($0)
	if (match(line, "(^|[^A-Za-z0-9_])" calls "[ \t]*[(]")) {
		printf "%s:%d: forbidden call: %s)\n", FILENAME, FNR, substr(line, RSTART, RLENGTH)
		bad = 1
	}
}
END { exit bad }
