# Functions for the checks that read C: code() is a line without its comments, strings and character constants.
function code(line,    out, c, rest) {
	out = ""
	if (FNR == 1)
		in_comment = 0
	while (length(line) > 0) {
		if (in_comment) {
			c = index(line, "*/")
			if (c == 0)
				return out
			line = substr(line, c + 2)
			in_comment = 0
			continue
		}
		c = match(line, /\/\*|\/\/|"|'/)
		if (c == 0)
			return out line
		out = out substr(line, 1, c - 1)
		rest = substr(line, c)
		if (substr(rest, 1, 2) == "//")
			return out
		if (substr(rest, 1, 2) == "/*") {
			in_comment = 1
			line = substr(rest, 3)
		} else if (match(rest, /^"([^"\\]|\\.)*"/) || match(rest, /^'([^'\\]|\\.)*'/)) {
			out = out "\"\""
			line = substr(rest, RLENGTH + 1)
		} else {
			line = substr(rest, 2)
		}
	}
	return out
}
