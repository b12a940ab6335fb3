/* SPDX-License-Identifier: MIT */
/*
 * Every recorder there ever was: for fork, for signals, and so that none is ever a dangling pointer. Any thread.
 */
#ifndef RECORD_REGISTRY_H
#define RECORD_REGISTRY_H

#include "recorder.h"

/* Adds a recorder; it stays for good. Takes its signal for snapshots, if it has one. */
void registry_add(struct wsc_recorder *recorder);

/* The recorder is closed: gives its signal back, unless another needs it or the host has taken it since. */
void registry_closed(const struct wsc_recorder *recorder);

/* Held while a forked child opens a recorder of its own; by nobody across a fork. */
void registry_lock_children(void);
void registry_unlock_children(void);

#endif
