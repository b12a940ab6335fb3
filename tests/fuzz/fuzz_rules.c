/* SPDX-License-Identifier: MIT */
/* Suppressions, and a baseline: the first byte says which. */
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include "baseline.h"
#include "fuzz.h"
#include "suppress.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char path[64], wrong[BASELINE_WRONG_MAX + SUPPRESS_WRONG_MAX] = ""; /* room for either */
	if (size == 0)
		return 0;
	const int fd = memfd_create("rules", MFD_CLOEXEC);
	if (fd < 0 || write(fd, data + 1, size - 1) != (ssize_t)size - 1)
		abort();
	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	enum wsc_status status;
	if (data[0] % 2 == 0) {
		struct suppressions suppressions = {0};
		status = suppressions_read(&suppressions, path, 20260101, wrong);
		suppressions_free(&suppressions);
	} else {
		struct baseline baseline = {0};
		status = baseline_read(&baseline, path, wrong);
		baseline_free(&baseline);
	}
	if (status != WSC_OK && status != WSC_NOMEM && wrong[0] == '\0')
		abort(); /* refused without a word */
	close(fd);
	return 0;
}
