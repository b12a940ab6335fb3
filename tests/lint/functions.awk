# Every function is under 70 lines, from the line before its opening brace to its closing one. After files.awk.
{ line = code($0) }
FNR == 1 { start = 0 }
line ~ /^\{[ \t]*$/ && before !~ /^(class|struct|union|enum|namespace)[^(]*$/ { start = FNR - 1 }
line ~ /^\}/ && start {
	if (FNR - start + 1 >= 70) {
		printf "%s:%d: a function of %d lines (under 70)\n", FILENAME, start, FNR - start + 1
		bad = 1
	}
	start = 0
}
{ before = line }
END { exit bad }
