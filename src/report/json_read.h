/* SPDX-License-Identifier: MIT */
/* A JSON report read back from a file that may be anything: what it may ask for is bounded. */
#ifndef REPORT_JSON_READ_H
#define REPORT_JSON_READ_H

#include <stdbool.h>

#include "wscheck/status.h"

struct json_object;

/* What a file may hold: beyond that it is no report of ours, and is refused before it costs memory. */
enum {
	JSON_READ_BYTES_MAX = 64 << 20,
	JSON_READ_VALUES_MAX = 4 << 20,
	JSON_READ_OBJECTS_MAX = 256 << 10,
	JSON_READ_DEPTH_MAX = 16,
	JSON_READ_WRONG_MAX = 200
};

/* What helps where a report is needed and something else was given. */
#define JSON_READ_REMEDY "write one with 'wscheck analyze --format json'"

/* The document, to be put back with json_object_put(); '-' is standard input. FORMAT, LIMIT, IO: `wrong` is a clause that says why. NOMEM. */
enum wsc_status json_read(const char *path, struct json_object **root, char wrong[JSON_READ_WRONG_MAX]);

/* The same from where `fd`, which stays open, stands. */
enum wsc_status json_read_from(int fd, struct json_object **root, char wrong[JSON_READ_WRONG_MAX]);

/* What a child of this program wrote. NULL: no memory. */
struct json_object *json_read_own(int fd);

/* Whether the file begins as a JSON report, or one of several traces, does, and not as JSON Lines or a trace. Of a pipe that is not known. */
bool json_read_is_report(const char *path);

/* ... behind a descriptor, which stands where it did then. */
bool json_read_is_report_from(int fd);

#endif
