/* SPDX-License-Identifier: MIT */
#include "json_read.h"

#include <errno.h>
#include <fcntl.h>
#include <json-c/json.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "json_memory.h"
#include "read_whole.h"

#define NOT_JSON "no JSON report: "

enum { CHUNK_BYTES = 65536, PEEK_BYTES = 4096 };

/* Counts what json-c would allocate for, so that a small file can't ask for much memory. */
struct census {
	size_t bytes, values, objects;
	size_t blanks; /* of `bytes`, those between values, which take no memory */
	bool in_string, escaped;
};

static bool census_take(struct census *census, const char *text, size_t length)
{
	census->bytes += length;
	for (size_t i = 0; i < length; i++) {
		char c = text[i];
		if (census->in_string) {
			census->in_string = census->escaped || c != '"';
			census->escaped = !census->escaped && c == '\\';
			continue;
		}
		census->in_string = c == '"';
		census->objects += c == '{';
		census->values += c == ',' || c == '[' || c == '{';
		census->blanks += c == ' ' || c == '\t' || c == '\n' || c == '\r';
	}
	return census->bytes <= JSON_READ_BYTES_MAX && census->values <= JSON_READ_VALUES_MAX &&
	       census->objects <= JSON_READ_OBJECTS_MAX;
}

/*
 * Whether there is memory to parse `length` bytes more. Beyond what these hold, a table or string that is not yet at its end may
 * move to a larger place.
 */
static bool has_memory(const struct census *census, size_t length)
{
	enum { VALUE_MOVES = 128, BYTE_MOVES = 3 };
	return json_has_memory(length, census->values * VALUE_MOVES + (census->bytes - census->blanks) * BYTE_MOVES);
}

static enum wsc_status complain(char wrong[JSON_READ_WRONG_MAX], enum wsc_status status, const char *words,
                                const char *more)
{
	snprintf(wrong, JSON_READ_WRONG_MAX, "%s%s", words, more);
	return status;
}

static bool is_blank(const char *text, size_t length)
{
	size_t i = 0;
	while (i < length && (text[i] == ' ' || text[i] == '\t' || text[i] == '\n' || text[i] == '\r'))
		i++;
	return i == length;
}

/* The next part of the document, or of what is behind it, where there may be nothing. (To json-c a NUL is an end.) */
static enum wsc_status take(struct json_tokener *tokener, json_object **root, const char *chunk, size_t length,
                            char wrong[JSON_READ_WRONG_MAX])
{
	size_t end = 0;
	if (*root == NULL) {
		*root = json_tokener_parse_ex(tokener, chunk, (int)length);
		end = json_tokener_get_parse_end(tokener);
	}
	const enum json_tokener_error error = json_tokener_get_error(tokener);
	if (error == json_tokener_continue)
		return WSC_OK;
	if (error != json_tokener_success)
		return complain(wrong, WSC_FORMAT, NOT_JSON, json_tokener_error_desc(error));
	if (*root == NULL || !is_blank(chunk + end, length - end))
		return complain(wrong, WSC_FORMAT, NOT_JSON, *root ? "more follows its end" : "it is `null`");
	return WSC_OK;
}

/* `start`: the first bytes, NUL-terminated. */
static enum wsc_status parse(int fd, json_object **root, char start[PEEK_BYTES + 1], char wrong[JSON_READ_WRONG_MAX])
{
	struct census census = {0};
	enum wsc_status status = WSC_OK;
	struct json_tokener *tokener = json_tokener_new_ex(JSON_READ_DEPTH_MAX);
	char *chunk = malloc(CHUNK_BYTES);
	ssize_t length = 1;
	if (!tokener || !chunk)
		status = WSC_NOMEM;
	if (tokener)
		json_tokener_set_flags(tokener, JSON_TOKENER_STRICT | JSON_TOKENER_VALIDATE_UTF8);
	while (status == WSC_OK && length > 0) {
		length = read_next(fd, chunk, CHUNK_BYTES);
		if (length > 0 && census.bytes == 0)
			snprintf(start, PEEK_BYTES + 1, "%.*s", (int)length, chunk);
		if (length < 0)
			status = complain(wrong, WSC_IO, strerror(errno), "");
		else if (!census_take(&census, chunk, (size_t)length))
			status = complain(wrong, WSC_LIMIT,
			                  "too large for a report: write it with a lower --max-reports", "");
		else if (!has_memory(&census, (size_t)length))
			status = WSC_NOMEM;
		else if (length > 0)
			status = take(tokener, root, chunk, (size_t)length, wrong);
	}
	if (status == WSC_OK && *root == NULL)
		status =
		    complain(wrong, WSC_FORMAT, "no whole JSON document: a report ends earlier than it should", "");
	free(chunk);
	if (tokener)
		json_tokener_free(tokener);
	return status;
}

json_object *json_read_own(int fd)
{
	enum { PARSED_BYTES = 40 }; /* of a byte of what we write, and more than that */
	struct stat about;
	if (fstat(fd, &about) != 0 || about.st_size < 0 || !json_has_memory(0, (size_t)about.st_size * PARSED_BYTES))
		return NULL;
	return json_object_from_fd(fd);
}

static bool is_history(const char *start)
{
	return strstr(start, "\"wscheck\"") != NULL;
}

/* Instead of a report, what was given is often something else of ours: then it is called by its name. */
static void name_it(const char *start, char wrong[JSON_READ_WRONG_MAX])
{
	char why[JSON_READ_WRONG_MAX];
	const char *what = strncmp(start, "\x28\xb5\x2f\xfd", 4) == 0            ? "this is a trace"
	                   : strncmp(start, "{\"type\":\"header\"", 16) == 0     ? "this is the form ndjson"
	                   : start[0] == '{' && is_history(start)                ? "this is a history as JSON Lines"
	                   : strncmp(wrong, NOT_JSON, sizeof(NOT_JSON) - 1) == 0 ? wrong + sizeof(NOT_JSON) - 1
	                                                                         : NULL;
	if (!what)
		return;
	snprintf(why, sizeof(why), "%s", what);
	snprintf(wrong, JSON_READ_WRONG_MAX, NOT_JSON "%.100s; " JSON_READ_REMEDY, why);
}

enum wsc_status json_read_from(int fd, struct json_object **root, char wrong[JSON_READ_WRONG_MAX])
{
	char start[PEEK_BYTES + 1] = "";
	*root = NULL;
	enum wsc_status status = parse(fd, root, start, wrong);
	if (status != WSC_OK) {
		json_object_put(*root);
		*root = NULL;
	}
	if (status == WSC_FORMAT)
		name_it(start, wrong);
	return status;
}

enum wsc_status json_read(const char *path, struct json_object **root, char wrong[JSON_READ_WRONG_MAX])
{
	const bool is_stdin = strcmp(path, "-") == 0;
	const int fd = is_stdin ? STDIN_FILENO : open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
	*root = NULL;
	if (fd < 0)
		return complain(wrong, WSC_IO, strerror(errno), "");
	enum wsc_status status = json_read_from(fd, root, wrong);
	if (!is_stdin)
		close(fd);
	return status;
}

bool json_read_is_report_from(int fd)
{
	char start[PEEK_BYTES + 1];
	const ssize_t length = read_whole(fd, start, PEEK_BYTES, 0);
	start[length > 0 ? length : 0] = '\0';
	/* A pretty one begins with a line break; JSON Lines has the header's `wscheck` in its first object. */
	const char *first = start + strspn(start, " \t\r\n");
	return first[0] == '{' && !is_history(start) &&
	       (strstr(start, "\"wscheck-report/") || strstr(start, "\"wscheck-fleet/"));
}

bool json_read_is_report(const char *path)
{
	/* Of a pipe nothing is taken, nor is one waited for that nobody writes to. */
	const int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
	if (fd < 0)
		return false;
	const bool is_report = json_read_is_report_from(fd);
	close(fd);
	return is_report;
}
