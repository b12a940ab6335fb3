/* SPDX-License-Identifier: MIT */
/*
 * Several reports as one JSON document, and as lines of JSON. fleet.schema.json says what each key means; change both
 * together. A report's own text is kept as it is: what it holds may be more than fits in memory.
 */
#include "bundle_parts.h"
#include "json_value.h"

/* "path": ..., "error": ... of a trace, between braces of whoever calls. */
static enum wsc_status write_name(FILE *out, const char *separator, const char *path, const char *error)
{
	fputs("\"path\":", out);
	enum wsc_status status = json_write_text(path, out);
	fprintf(out, "%s\"error\":", separator);
	if (status == WSC_OK && error)
		return json_write_text(error, out);
	fputs("null", out);
	return status;
}

/* ---- one document ---- */

static enum wsc_status begin_trace(struct bundle *bundle, const char *path, const char *error)
{
	fputs(bundle->count > 0 ? ",\n    {\n      " : "    {\n      ", bundle->spool);
	return write_name(bundle->spool, ",\n      ", path, error);
}

static enum wsc_status add_json(struct bundle *bundle, const char *path, FILE *document)
{
	enum wsc_status status = begin_trace(bundle, path, NULL);
	fputs(",\n      \"report\":\n", bundle->spool);
	if (status == WSC_OK)
		status = bundle_copy_indented(document, bundle->spool, "      ");
	fputs("    }", bundle->spool);
	return status;
}

static enum wsc_status add_json_error(struct bundle *bundle, const char *path, const char *error)
{
	enum wsc_status status = begin_trace(bundle, path, error);
	fputs(",\n      \"report\":null\n    }", bundle->spool);
	return status;
}

static enum wsc_status write_json(struct bundle *bundle, const struct fleet *fleet, const struct page *page)
{
	struct json_document all;
	json_document_init(&all);
	fleet_json(&all, all.root, fleet);
	fprintf(page->out, "{\n  \"schema\":\"%s\",\n  \"verdict\":\"%s\",\n  \"in_all\":", FLEET_SCHEMA,
	        report_verdict_name(fleet_verdict(fleet)));
	enum wsc_status status = json_document_write_within(&all, 1, page->out);
	fputs(",\n  \"traces\":[\n", page->out);
	if (status == WSC_OK)
		status = bundle_copy(bundle->spool, page->out);
	fputs(bundle->count > 0 ? "\n  ]\n}\n" : "  ]\n}\n", page->out);
	return status;
}

const struct bundle_kind bundle_json = {add_json, add_json_error, write_json};

/* ---- lines ---- */

static enum wsc_status add_line(struct bundle *bundle, const char *path, const char *error)
{
	fputs("{\"type\":\"trace\",", bundle->spool);
	enum wsc_status status = write_name(bundle->spool, ",", path, error);
	fputs("}\n", bundle->spool);
	return status;
}

static enum wsc_status add_ndjson(struct bundle *bundle, const char *path, FILE *document)
{
	enum wsc_status status = add_line(bundle, path, NULL);
	return status == WSC_OK ? bundle_copy(document, bundle->spool) : status;
}

static enum wsc_status write_ndjson(struct bundle *bundle, const struct fleet *fleet, const struct page *page)
{
	struct json_document document;
	enum wsc_status status = bundle_copy(bundle->spool, page->out);
	json_document_init(&document);
	json_add_string(&document, document.root, "type", "in_all");
	json_add_string(&document, document.root, "schema", FLEET_SCHEMA);
	json_add_string(&document, document.root, "verdict", report_verdict_name(fleet_verdict(fleet)));
	fleet_json(&document, json_add_object(&document, document.root, "in_all"), fleet);
	enum wsc_status written = json_document_write_line(&document, page->out);
	return status == WSC_OK ? written : status;
}

const struct bundle_kind bundle_ndjson = {add_ndjson, add_line, write_ndjson};
