/* SPDX-License-Identifier: MIT */
/* Suppressions, and a baseline: the first byte says which. */
#include "baseline.h"
#include "fuzz.h"
#include "memory_file.h"
#include "suppress.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char wrong[BASELINE_WRONG_MAX + SUPPRESS_WRONG_MAX] = ""; /* room for either */
	if (size == 0)
		return 0;
	const int fd = memory_file(data + 1, size - 1);
	const struct memory_path path = memory_path(fd);
	enum wsc_status status;
	if (data[0] % 2 == 0) {
		struct suppressions suppressions = {0};
		status = suppressions_read(&suppressions, path.text, 20260101, wrong);
		suppressions_free(&suppressions);
	} else {
		struct baseline baseline = {0};
		status = baseline_read(&baseline, path.text, wrong);
		baseline_free(&baseline);
	}
	must(status == WSC_OK || status == WSC_NOMEM || wrong[0] != '\0'); /* not refused without a word */
	close(fd);
	return 0;
}
