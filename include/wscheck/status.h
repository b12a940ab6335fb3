/* SPDX-License-Identifier: MIT */
/* What a call of any wscheck library can answer. 0 is success; libraries never print and never exit. */
#ifndef WSCHECK_STATUS_H
#define WSCHECK_STATUS_H

#ifdef __cplusplus
extern "C" {
#endif

/* X(NAME, "what it means") */
#define WSC_STATUSES(X)                                                                                                \
	X(OK, "success")                                                                                               \
	X(DONE, "nothing more to read")                                                                                \
	X(RESTART, "damage came to light: forget what was read and read on from the beginning")                        \
	X(NOMEM, "out of memory")                                                                                      \
	X(IO, "a system call failed")                                                                                  \
	X(FORMAT, "the bytes are not what the format says")                                                            \
	X(LIMIT, "a stated limit is exceeded")                                                                         \
	X(UNSUPPORTED, "written by a newer version than this one reads")                                               \
	X(INVALID, "an argument is not valid")

enum wsc_status {
#define WSC_STATUS_ENUM(NAME, help) WSC_##NAME,
	WSC_STATUSES(WSC_STATUS_ENUM)
#undef WSC_STATUS_ENUM
};

#ifdef __cplusplus
}
#endif
#endif
