/* SPDX-License-Identifier: MIT */
#include "story_list.h"

#include <stdlib.h>
#include <string.h>

static int compare(const void *a, const void *b)
{
	const struct report_item *x = *(const struct report_item *const *)a, *y = *(const struct report_item *const *)b;
	if (x->violation->story != y->violation->story)
		return x->violation->story < y->violation->story ? -1 : 1;
	return x < y ? -1 : x > y; /* both in one array: by time */
}

static void take(struct story_list *list, const struct report *report, size_t from, size_t to)
{
	struct story_group group = {.items = &list->items[from], .count = to - from};
	for (size_t i = from; i < to; i++) {
		const struct report_item *item = list->items[i];
		group.counted += item->state == REPORT_COUNTED;
		group.fails |= item->state == REPORT_COUNTED && judgement_fails(report, item->violation->kind);
	}
	list->groups[list->count++] = group;
}

enum wsc_status story_list_init(struct story_list *list, const struct report *report)
{
	const struct judgement *judgement = report->judgement;
	size_t count = judgement->shown_count;
	*list = (struct story_list){.items = calloc(count + 1, sizeof(*list->items)),
	                            .groups = calloc(count + 1, sizeof(*list->groups))};
	if (!list->items || !list->groups)
		return WSC_NOMEM;
	memcpy(list->items, judgement->shown, count * sizeof(*list->items));
	qsort(list->items, count, sizeof(*list->items), compare);
	for (size_t from = 0, to; from < count; from = to) {
		uint32_t number = list->items[from]->violation->story;
		for (to = from + 1; to < count && number != 0 && list->items[to]->violation->story == number;)
			to++;
		take(list, report, from, to);
	}
	return WSC_OK;
}

void story_list_free(struct story_list *list)
{
	free(list->items);
	free(list->groups);
	*list = (struct story_list){.items = NULL};
}

uint32_t story_group_number(const struct story_group *group)
{
	return group->items[0]->violation->story;
}

const char *story_group_next_key(const struct story_group *group, size_t *at, const char *before)
{
	while (*at < group->count) {
		const struct report_item *item = group->items[(*at)++];
		if (item->state == REPORT_COUNTED && !(before && strcmp(before, item->key) == 0))
			return item->key;
	}
	return NULL;
}

const struct report_item *story_group_speaker(const struct story_group *group, const struct report *report)
{
	const struct report_item *counted = NULL;
	for (size_t i = 0; i < group->count; i++) {
		const struct report_item *item = group->items[i];
		if (item->state != REPORT_COUNTED)
			continue;
		if (judgement_fails(report, item->violation->kind))
			return item;
		if (!counted)
			counted = item;
	}
	return counted ? counted : group->items[0];
}
