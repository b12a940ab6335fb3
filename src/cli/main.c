/* SPDX-License-Identifier: MIT */
/* Finds the command and runs it. */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <unistd.h>

#include "command.h"
#include "report_versions.h"
#include "suggest.h"
#include "trace_versions.h"

/*
 * A caller may have closed 0, 1 or 2; then the first file opened would take its place and be written over. Each gets a
 * descriptor that fails as a closed one does: reading from 0, writing to the others.
 */
static void occupy_standard_descriptors(void)
{
	for (int fd = 0; fd <= 2; fd++) {
		if (fcntl(fd, F_GETFD) == -1 && errno == EBADF &&
		    open("/dev/null", fd == 0 ? O_WRONLY : O_RDONLY) != fd)
			_exit(EXIT_CODE_TROUBLE);
	}
}

static int finish_stdout(int code)
{
	if (fflush(stdout) == 0 && !ferror(stdout))
		return code;
	return command_error(NULL, "cannot write to standard output: %s", strerror(errno));
}

static void print_versions(void)
{
	char libxml[VERSION_BYTES];
	printf("wscheck %s\n", WSCHECK_VERSION);
	printf("with zstd %s, json-c %s and libxml2 %s, built for libcbor %s\n", trace_zstd_version(),
	       report_json_version(), report_xml_version(libxml), trace_cbor_version());
}

static int unknown_option(const char *typed)
{
	struct suggest suggest = suggest_for(typed);
	suggest_offer(&suggest, "--version");
	suggest_offer(&suggest, "--help");
	if (suggest.nearest)
		return command_error(NULL, "unknown option '%s': did you mean '%s'?", typed, suggest.nearest);
	return command_error(NULL, "unknown option '%s' (see 'wscheck --help')", typed);
}

int main(int argc, char **argv)
{
	occupy_standard_descriptors();
	if (argc < 2) {
		commands_print(stderr);
		return EXIT_CODE_TROUBLE;
	}
	if (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-h") == 0) {
		commands_print(stdout);
		return finish_stdout(EXIT_CODE_PASS);
	}
	if (strcmp(argv[1], "--version") == 0 || strcmp(argv[1], "-V") == 0) {
		print_versions();
		return finish_stdout(EXIT_CODE_PASS);
	}
	if (argv[1][0] == '-')
		return unknown_option(argv[1]);
	const struct command *command = command_find(argv[1]);
	if (!command)
		return command_unknown(argv[1]);
	/* A file that may not grow is to be an error like a full disk. (A program that is recorded has the signal as it was.) */
	if (command != &command_record)
		signal(SIGXFSZ, SIG_IGN);
	return command->run(command, argc - 1, argv + 1);
}
