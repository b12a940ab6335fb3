/* SPDX-License-Identifier: MIT */
/* Anything as a file that is to be analyzed, JSON Lines first of all. */
#include "fuzz.h"
#include "original.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct corrupt_verdict verdict;
	corrupt_judge(data, size, "input", &verdict);
	corrupt_verdict_free(&verdict);
	return 0;
}
