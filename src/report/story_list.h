/* SPDX-License-Identifier: MIT */
/* The shown reports by story: those with one cause together, in the order in which stories are told. */
#ifndef REPORT_STORY_LIST_H
#define REPORT_STORY_LIST_H

#include "judgement.h"

struct story_group {
	const struct report_item *const *items; /* by time */
	size_t count;
	size_t counted; /* of them, those that count */
	bool fails;     /* one that counts makes the verdict fail */
};

struct story_list {
	const struct report_item **items;
	struct story_group *groups;
	size_t count;
};

/* NOMEM. Free it either way. */
enum wsc_status story_list_init(struct story_list *list, const struct report *report);
void story_list_free(struct story_list *list);

/* The number of a group's story, or 0 if it has none. */
uint32_t story_group_number(const struct story_group *group);

/* The keys of a group's reports that count, each once in a row: the next one, from *at (0 at first) on, behind `before`
 * (NULL at first). NULL: there are no more. */
const char *story_group_next_key(const struct story_group *group, size_t *at, const char *before);

/* The report that speaks for the group: the first that makes the verdict fail, else that counts, else the first. */
const struct report_item *story_group_speaker(const struct story_group *group, const struct report *report);

#endif
