/* SPDX-License-Identifier: MIT */
/* What is alike for all formats, and those whose documents are put one behind the other: text and lines. */
#include "bundle.h"

#include <stdlib.h>
#include <string.h>

#include "bundle_parts.h"
#include "temporary.h"

enum { CHUNK_BYTES = 1 << 16 };

static const struct bundle_kind *const kinds[] = {
#define KIND(name, writer, help) &bundle_##name,
    REPORT_FORMATS(KIND)
#undef KIND
};

enum wsc_status bundle_init(struct bundle *bundle, const struct report_format *format, enum report_detail detail)
{
	*bundle = (struct bundle){.spool = temporary_stream(), .detail = detail};
	for (size_t i = 0; report_format(i); i++) {
		if (report_format(i) == format)
			bundle->kind = kinds[i];
	}
	return bundle->spool ? WSC_OK : WSC_IO;
}

void bundle_free(struct bundle *bundle)
{
	if (bundle->spool)
		fclose(bundle->spool);
	bundle->spool = NULL;
}

static enum wsc_status kept(struct bundle *bundle, enum wsc_status status)
{
	bundle->count++;
	return status == WSC_OK && ferror(bundle->spool) ? WSC_IO : status;
}

enum wsc_status bundle_add(struct bundle *bundle, const char *path, FILE *document)
{
	return kept(bundle, bundle->kind->add(bundle, path, document));
}

enum wsc_status bundle_add_error(struct bundle *bundle, const char *path, const char *error)
{
	return kept(bundle, bundle->kind->add_error(bundle, path, error));
}

enum wsc_status bundle_write(struct bundle *bundle, const struct fleet *fleet, const struct page *page)
{
	if (ferror(bundle->spool) || fseek(bundle->spool, 0, SEEK_SET) != 0)
		return WSC_IO;
	return bundle->kind->write(bundle, fleet, page);
}

enum wsc_status bundle_copy(FILE *from, FILE *to)
{
	char *chunk = malloc(CHUNK_BYTES);
	size_t length;
	if (!chunk)
		return WSC_NOMEM;
	while ((length = fread(chunk, 1, CHUNK_BYTES, from)) > 0)
		fwrite(chunk, 1, length, to);
	free(chunk);
	return ferror(from) ? WSC_IO : WSC_OK;
}

enum wsc_status bundle_copy_indented(FILE *from, FILE *to, const char *indent)
{
	char *line = NULL;
	size_t size = 0;
	ssize_t length;
	while ((length = getline(&line, &size, from)) > 0) {
		fputs(indent, to);
		fwrite(line, 1, (size_t)length, to);
	}
	free(line);
	return ferror(from) || !feof(from) ? WSC_IO : WSC_OK;
}

/* ---- text: one report below the other, and all in all at the end, where a terminal shows it ---- */

static void end_text(struct bundle *bundle)
{
	if (bundle->detail != REPORT_QUIET)
		fputc('\n', bundle->spool);
}

static enum wsc_status add_text(struct bundle *bundle, const char *path, FILE *document)
{
	(void)path; /* the report begins with it */
	enum wsc_status status = bundle_copy(document, bundle->spool);
	end_text(bundle);
	return status;
}

static enum wsc_status add_text_error(struct bundle *bundle, const char *path, const char *error)
{
	char name[PAGE_NAME_MAX], words[BUNDLE_ERROR_MAX];
	fprintf(bundle->spool, "UNREADABLE  %s: %s\n", page_clean(name, sizeof(name), path),
	        page_clean(words, sizeof(words), error));
	end_text(bundle);
	return WSC_OK;
}

static enum wsc_status write_text(struct bundle *bundle, const struct fleet *fleet, const struct page *page)
{
	enum wsc_status status = bundle_copy(bundle->spool, page->out);
	return status == WSC_OK ? fleet_text(fleet, bundle->detail, page) : status;
}

const struct bundle_kind bundle_text = {add_text, add_text_error, write_text};
