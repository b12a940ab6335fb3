/* SPDX-License-Identifier: MIT */
/* Every call once: for headers.sh, which compiles it in every language version and runs nothing. */
#include "wscheck/check.h"
int use_check(void);
int use_check(void)
{
	struct wsc_check_options options = WSC_CHECK_OPTIONS_INIT;
	struct wsc_check_result result;
	struct wsc_check_violation violation;
	struct wsc_check_stream stream = {NULL, 0};
	struct wsc_event event = {0, 0, 0, 0, 0, WSC_EV_PARKED, 0, 0, 0};
	wsc_check *c;
	wsc_check_options_init(&options);
	if (wsc_check_create(&c, &options) != WSC_OK)
		return 1;
	(void)wsc_check_feed(c, &event, 1);
	(void)wsc_check_feed_now(c, &event);
	(void)wsc_check_feed_streams(c, &stream, 1);
	(void)wsc_check_queued(c, 1, 1);
	(void)wsc_check_queued_on(c, 1, 2, 3);
	(void)wsc_check_queued_pinned(c, 1, 3, 1);
	(void)wsc_check_push_failed(c, 1, 3, 1);
	(void)wsc_check_dequeued(c, 1, 1);
	(void)wsc_check_dequeued_from(c, 1, 2, 3);
	(void)wsc_check_steal_start(c, 2, 1);
	(void)wsc_check_steal_success(c, 2, 1, 1);
	(void)wsc_check_steal_failure(c, 2, 1, WSC_REASON_EMPTY);
	(void)wsc_check_steal_failures(c, 2, 1, WSC_REASON_BUSY, 3);
	(void)wsc_check_exec_start(c, 1, 1);
	(void)wsc_check_suspended(c, 1, 1);
	(void)wsc_check_resumed(c, 1, 1);
	(void)wsc_check_cancelled(c, 1, 1);
	(void)wsc_check_exec_complete(c, 1, 1);
	(void)wsc_check_parked(c, 1);
	(void)wsc_check_unparked(c, 1);
	(void)wsc_check_wake(c, 1, 2);
	(void)wsc_check_finish(c, WSC_END_CLEAN, &result);
	(void)wsc_check_get_violation(c, 0, &violation);
	wsc_check_free(c);
	if (result.undecided_by_reason[WSC_UNDECIDED_GAP] > 0)
		return wsc_undecided_name(WSC_UNDECIDED_GAP) == wsc_undecided_clause(WSC_UNDECIDED_GAP);
	return result.verdict == WSC_CHECK_PASS ? 0 : 1;
}
