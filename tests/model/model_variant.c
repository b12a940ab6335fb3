/* SPDX-License-Identifier: MIT */
#include "model_variant.h"

#include <string.h>

static bool same_stay(const struct model_stay *a, const struct model_stay *b)
{
	return a->queue == b->queue && a->push == b->push && a->take == b->take && a->pinned == b->pinned &&
	       a->cancelled == b->cancelled;
}

bool model_variant_add(struct model_variant *variants, size_t *count, const struct model_stay *stays, size_t stay_count)
{
	struct model_variant sorted = {.count = stay_count};

	memcpy(sorted.stays, stays, stay_count * sizeof(stays[0]));
	for (size_t i = 1; i < stay_count; i++)
		for (size_t j = i; j > 0 && sorted.stays[j].push < sorted.stays[j - 1].push; j--) {
			struct model_stay other = sorted.stays[j];

			sorted.stays[j] = sorted.stays[j - 1];
			sorted.stays[j - 1] = other;
		}
	for (size_t v = 0; v < *count; v++) {
		bool is_same = variants[v].count == stay_count;

		for (size_t i = 0; is_same && i < stay_count; i++)
			is_same = same_stay(&variants[v].stays[i], &sorted.stays[i]);
		if (is_same)
			return true;
	}
	if (*count == MODEL_VARIANTS_MAX)
		return false;
	variants[(*count)++] = sorted;
	return true;
}

bool model_variant_all_have(const struct model_variant *variants, size_t count, const struct model_stay *stay)
{
	for (size_t v = 0; v < count; v++) {
		bool is_there = false;

		for (size_t i = 0; i < variants[v].count; i++)
			is_there |= same_stay(&variants[v].stays[i], stay);
		if (!is_there)
			return false;
	}
	return true;
}
