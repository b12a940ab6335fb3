/* SPDX-License-Identifier: MIT */
/* Run when the program is built: fills in a template from the commands' tables, and prints it. */
#include <string.h>

#include "pages.h"

static int usage(void)
{
	fputs("usage: pages man|bash|zsh TEMPLATE [COMMAND]\n", stderr);
	return 2;
}

int main(int argc, char **argv)
{
	struct template template;
	if (argc < 3)
		return usage();
	bool man = strcmp(argv[1], "man") == 0;
	if (!man && strcmp(argv[1], "bash") != 0 && strcmp(argv[1], "zsh") != 0)
		return usage();
	bool good = template_read(&template, argv[2]) &&
	            (man ? manual_write(stdout, &template, argv[3]) : completion_write(stdout, &template, argv[1]));
	template_free(&template);
	return good && fflush(stdout) == 0 ? 0 : 1;
}
