/* SPDX-License-Identifier: MIT */
#include "damage.h"

#include <stdlib.h>
#include <string.h>

#include "random_source.h"

uint64_t corrupt_random(struct corrupt_job *job, uint64_t bound)
{
	return random_next(&job->random) % bound;
}

void corrupt_replace(struct corrupt_job *job, size_t at, size_t old_size, const void *bytes, size_t size)
{
	const struct corrupt_original *o = job->original;
	const size_t rest = o->size - at - old_size;
	job->size = at + size + rest;
	job->bytes = malloc(job->size + 1);
	if (job->bytes == NULL)
		abort();
	memcpy(job->bytes, o->bytes, at);
	if (size > 0)
		memcpy(job->bytes + at, bytes, size);
	memcpy(job->bytes + at + size, o->bytes + at + old_size, rest);
	job->first_at = at;
}

void damage_bits(struct corrupt_job *job)
{
	corrupt_replace(job, 0, 0, NULL, 0);
	job->first_at = job->size;
	for (uint64_t flips = 1 + corrupt_random(job, 3); flips > 0; flips--) {
		const size_t at = (size_t)corrupt_random(job, job->size);
		job->bytes[at] ^= (unsigned char)(1u << corrupt_random(job, 8));
		job->first_at = at < job->first_at ? at : job->first_at;
	}
}

void damage_run(struct corrupt_job *job)
{
	corrupt_replace(job, 0, 0, NULL, 0);
	const size_t at = (size_t)corrupt_random(job, job->size);
	const size_t most = job->size - at < 5000 ? job->size - at : 5000;
	const size_t size = 1 + (size_t)corrupt_random(job, most);
	const uint64_t what = corrupt_random(job, 3);
	for (size_t i = 0; i < size; i++)
		job->bytes[at + i] = what == 0 ? 0 : what == 1 ? 0xff : (unsigned char)corrupt_random(job, 256);
	job->first_at = at;
}

/* At every byte, if the count is that of the bytes or more. */
void damage_cut(struct corrupt_job *job)
{
	const size_t size = job->original->size;
	const size_t at = job->number * (job->count >= size ? 1 : size / job->count) % size;
	corrupt_replace(job, at, size - at, NULL, 0);
}

void damage_hole(struct corrupt_job *job)
{
	const size_t whole = job->original->size;
	const size_t at = (size_t)corrupt_random(job, whole), most = whole - at < 3000 ? whole - at : 3000;
	const size_t size = 1 + (size_t)corrupt_random(job, most);
	if (corrupt_random(job, 2) == 0)
		corrupt_replace(job, at, size, NULL, 0);
	else
		corrupt_replace(job, at, 0, job->original->bytes + corrupt_random(job, whole - size + 1), size);
}

static const struct corrupt_frame *any_frame(struct corrupt_job *job, const struct corrupt_original *of)
{
	return &of->frames[corrupt_random(job, of->frame_count)];
}

void damage_dropped(struct corrupt_job *job)
{
	const struct corrupt_frame *frame = any_frame(job, job->original);
	corrupt_replace(job, frame->at, frame->size, NULL, 0);
}

void damage_doubled(struct corrupt_job *job)
{
	const struct corrupt_frame *frame = any_frame(job, job->original), *at = any_frame(job, job->original);
	corrupt_replace(job, at->at, 0, job->original->bytes + frame->at, frame->size);
}

void damage_swapped(struct corrupt_job *job)
{
	const struct corrupt_original *o = job->original;
	const size_t first = (size_t)corrupt_random(job, o->frame_count - 1);
	const size_t far = corrupt_random(job, 2) == 0 ? 1 : o->frame_count - 1 - first;
	const struct corrupt_frame *a = &o->frames[first], *b = &o->frames[first + 1 + corrupt_random(job, far)];
	const size_t end = b->at + b->size, between = b->at - a->at - a->size;
	unsigned char *swapped = malloc(end - a->at);
	if (swapped == NULL)
		abort();
	memcpy(swapped, o->bytes + b->at, b->size);
	memcpy(swapped + b->size, o->bytes + a->at + a->size, between);
	memcpy(swapped + b->size + between, o->bytes + a->at, a->size);
	corrupt_replace(job, a->at, end - a->at, swapped, end - a->at);
	free(swapped);
}

void damage_spliced(struct corrupt_job *job)
{
	const struct corrupt_frame *at = any_frame(job, job->original), *foreign = any_frame(job, job->other);
	const size_t old_size = corrupt_random(job, 2) == 0 ? at->size : 0;
	corrupt_replace(job, at->at, old_size, job->other->bytes + foreign->at, foreign->size);
}

void damage_footer(struct corrupt_job *job)
{
	const struct corrupt_original *o = job->original;
	const struct corrupt_frame *footer = &o->frames[o->frame_count - 1];
	const uint64_t what = corrupt_random(job, 3);
	if (what == 0)
		corrupt_replace(job, footer->at, footer->size, NULL, 0);
	else if (what == 1)
		corrupt_replace(job, o->index_at, o->size - o->index_at, NULL, 0);
	else
		corrupt_replace(job, footer->at, o->size - footer->at, NULL, 0);
}
