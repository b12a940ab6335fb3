/* SPDX-License-Identifier: MIT */
/*
 * What the head of the rings' file (SPEC.md) names a process by, so that another one of the same id, later or after the
 * next boot, is not taken for it: what a recorder writes there, and what a reader compares. Any thread.
 */
#ifndef RING_PROCESS_H
#define RING_PROCESS_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

struct ring_process {
	/* Of its first thread, a letter as in its stat file. NUL: there is no such process, or it can't be looked at. */
	char state;
	unsigned long threads;
	uint64_t start; /* field 22 of its stat file, ticks since the boot; 0: not known */
};

enum { RING_PROCESS_BOOT_BYTES = 16 };

/* `id` 0: this process. */
void ring_process_look(pid_t id, struct ring_process *process);

/* Whether it has ended and is only still in the table. */
bool ring_process_has_ended(const struct ring_process *process);

/*
 * Whether it may have a file of that inode mapped, as a recorder has its rings from before they are worth anything until
 * they are removed: false if all that it has mapped can be seen, and none is. `id` 0: this process.
 */
bool ring_process_may_map(pid_t id, uint64_t inode);

/* Of the kernel that runs. Zeros: not known. */
void ring_process_boot_id(uint8_t id[RING_PROCESS_BOOT_BYTES]);

/* The process that records into the rings of this file, open for reading; 0: none, -1: it can't be seen from here. */
pid_t ring_process_of(int rings_fd);

#endif
