/* SPDX-License-Identifier: MIT */
/* The one variable of hooks.h. */
#include "wscheck/hooks.h"

__thread wsc_worker *wsc_hook_worker;
