/* SPDX-License-Identifier: MIT */
#include "json_memory.h"

#include <stdint.h>
#include <stdlib.h>

/* Objects without members cost it most, 270 bytes for each byte of text. */
enum { PARSED_BYTES_MAX = 320, SLACK = 4096 };

bool json_has_memory(size_t bytes, size_t more)
{
	void *volatile probe = NULL; /* volatile: or the compiler leaves both calls out */

	if (bytes > (SIZE_MAX / 2 - SLACK) / PARSED_BYTES_MAX || more > SIZE_MAX / 2)
		return false;
	probe = malloc(bytes * PARSED_BYTES_MAX + SLACK + more);
	free(probe);
	return probe != NULL;
}
