/* SPDX-License-Identifier: MIT */
#include "baseline.h"

#include <json-c/json.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "json_read.h"
#include "report.h"

static __attribute__((format(printf, 4, 5))) enum wsc_status complain(char wrong[BASELINE_WRONG_MAX], const char *path,
                                                                      enum wsc_status status, const char *format, ...)
{
	va_list arguments;
	int used = snprintf(wrong, BASELINE_WRONG_MAX, "%.300s: ", path);
	va_start(arguments, format);
	vsnprintf(wrong + used, (size_t)(BASELINE_WRONG_MAX - used), format, arguments);
	va_end(arguments);
	return status;
}

static const char *string_of(json_object *object, const char *name)
{
	json_object *value;
	if (!json_object_object_get_ex(object, name, &value) || !json_object_is_type(value, json_type_string))
		return NULL;
	return json_object_get_string(value);
}

static int compare(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

static void sort(struct baseline *baseline)
{
	size_t kept = 0;
	if (baseline->count == 0)
		return;
	qsort(baseline->keys, baseline->count, sizeof(*baseline->keys), compare);
	for (size_t i = 0; i < baseline->count; i++) {
		if (kept > 0 && strcmp(baseline->keys[kept - 1], baseline->keys[i]) == 0)
			free(baseline->keys[i]);
		else
			baseline->keys[kept++] = baseline->keys[i];
	}
	baseline->count = kept;
}

static enum wsc_status take_keys(struct baseline *baseline, json_object *violations, const char *path,
                                 char wrong[BASELINE_WRONG_MAX])
{
	size_t count = json_object_array_length(violations);
	baseline->keys = calloc(count + 1, sizeof(*baseline->keys));
	if (!baseline->keys)
		return WSC_NOMEM;
	for (size_t i = 0; i < count; i++) {
		json_object *row = json_object_array_get_idx(violations, i);
		const char *key = json_object_is_type(row, json_type_object) ? string_of(row, "key") : NULL;
		if (!key)
			return complain(wrong, path, WSC_FORMAT,
			                "its reports have no `key`: write it again with this version");
		char *copy = strdup(key);
		if (!copy)
			return WSC_NOMEM;
		baseline->keys[baseline->count++] = copy;
	}
	return WSC_OK;
}

/* Counts are numbers, or strings above 2^53. */
static uint64_t all_counts(json_object *root)
{
	uint64_t sum = 0;
	json_object *counts;
	if (!json_object_object_get_ex(root, "violation_counts", &counts) ||
	    !json_object_is_type(counts, json_type_object))
		return 0;
	json_object_object_foreach(counts, name, value)
	{
		(void)name;
		uint64_t count = json_object_get_uint64(value);
		sum = count > UINT64_MAX - sum ? UINT64_MAX : sum + count;
	}
	return sum;
}

static enum wsc_status take(struct baseline *baseline, json_object *root, const char *path,
                            char wrong[BASELINE_WRONG_MAX])
{
	json_object *violations;
	const char *schema = json_object_is_type(root, json_type_object) ? string_of(root, "schema") : NULL;
	if (!schema || strcmp(schema, REPORT_SCHEMA) != 0)
		return complain(wrong, path, WSC_FORMAT, "no report of this version (%s): " JSON_READ_REMEDY,
		                REPORT_SCHEMA);
	if (!json_object_object_get_ex(root, "violations", &violations) ||
	    !json_object_is_type(violations, json_type_array))
		return complain(wrong, path, WSC_FORMAT, "no report: it lists no `violations`");
	uint64_t all = all_counts(root), listed = json_object_array_length(violations);
	baseline->unlisted = all > listed ? all - listed : 0;
	enum wsc_status status = take_keys(baseline, violations, path, wrong);
	if (status == WSC_OK)
		sort(baseline);
	return status;
}

enum wsc_status baseline_read(struct baseline *baseline, const char *path, char wrong[BASELINE_WRONG_MAX])
{
	json_object *root;
	char clause[JSON_READ_WRONG_MAX];
	*baseline = (struct baseline){.keys = NULL};
	enum wsc_status status = json_read(path, &root, clause);
	if (status == WSC_OK)
		status = take(baseline, root, path, wrong);
	else if (status != WSC_NOMEM)
		complain(wrong, path, status, "%s", clause);
	json_object_put(root);
	return status;
}

void baseline_free(struct baseline *baseline)
{
	for (size_t i = 0; i < baseline->count; i++)
		free(baseline->keys[i]);
	free(baseline->keys);
	*baseline = (struct baseline){.keys = NULL};
}

bool baseline_has(const struct baseline *baseline, const char *key)
{
	return baseline->count > 0 &&
	       bsearch(&key, baseline->keys, baseline->count, sizeof(*baseline->keys), compare) != NULL;
}
