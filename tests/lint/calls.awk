# Functions that can overrun a buffer, hide an error or trust the bytes of a file, called or only named. After files.awk.
BEGIN {
	copies = "strcpy|strcat|stpcpy|strncpy|stpncpy|strncat|sprintf|vsprintf"
	calls = "((__builtin_(__)?)?(" copies "|alloca(_with_align(_and_max)?)?)(_chk)?|strdupa|strndupa|wcscpy|wcscat|wcpcpy|wcsncpy|wcsncat|wcpncpy|gets|strtok|atoi|atol|atoll|atof|tmpnam|mktemp|cbor_load)"
}
{
	line = code($0)
	if (match(line, "(^|[^A-Za-z0-9_])" calls "([^A-Za-z0-9_]|$)")) {
		printf "%s:%d: forbidden function: %s\n", FILENAME, FNR, substr(line, RSTART, RLENGTH)
		bad = 1
	}
}
END { exit bad }
