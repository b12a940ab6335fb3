/* SPDX-License-Identifier: MIT */
/* How many processors this process may use: those of its affinity mask; at least 1. */
#ifndef CLI_CPUS_H
#define CLI_CPUS_H

unsigned cpus_usable(void);

#endif
