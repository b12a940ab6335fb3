/* SPDX-License-Identifier: MIT */
/* A partial result, unpacked: what is read can be written again as it was, joined, and told. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "format.h"
#include "fuzz.h"
#include "judgement.h"
#include "partial_file.h"
#include "story.h"

static void tell(const struct partial_file *file, struct partial *all)
{
	const struct trace_header *header = &file->origin.header;
	struct rules rules;
	struct judgement judgement;
	struct report report = {.path = file->path,
	                        .header = header,
	                        .summary = &file->origin.summary,
	                        .result = &all->result,
	                        .detail = REPORT_FULL};
	rules_init(&rules);
	if (partial_conclude(all, header, rules.max_reports) != WSC_OK ||
	    story_conclude(&all->result, header) != WSC_OK)
		return;
	if (judgement_init(&judgement, &report, &rules) == WSC_OK) {
		FILE *out = fopen("/dev/null", "w");
		must(out != NULL);
		const struct page page = {.out = out, .width = 80};
		for (size_t i = 0; report_format(i) != NULL; i++)
			report_format(i)->write(&report, &page);
		fclose(out);
	}
	judgement_free(&judgement);
	rules_free(&rules);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct trace_cbor_writer content = {0};
	struct partial_file file;
	struct partial all;
	char wrong[PARTIAL_WRONG_MAX] = "";
	enum wsc_status status = partial_file_decode(&file, data, size, wrong);
	if (status != WSC_OK) {
		must(status == WSC_NOMEM || wrong[0] != '\0');
		return 0;
	}
	must(partial_file_encode(&file, &content) == WSC_OK);
	trace_cbor_free(&content);
	partial_init(&all);
	if (partial_join(&all, &file.partial) == WSC_OK)
		tell(&file, &all);
	partial_free(&all);
	partial_file_free(&file);
	return 0;
}
