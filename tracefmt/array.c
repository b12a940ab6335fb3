/* SPDX-License-Identifier: MIT */
#include "array.h"

#include <stdint.h>
#include <stdlib.h>

enum { CAPACITY_FIRST = 16 };

void *array_grow(void *array, size_t *capacity, size_t item_bytes)
{
	const size_t more = *capacity == 0 ? CAPACITY_FIRST : *capacity * 2;
	void *grown = more <= SIZE_MAX / item_bytes ? realloc(array, more * item_bytes) : NULL;
	if (grown != NULL)
		*capacity = more;
	return grown;
}
