/* SPDX-License-Identifier: MIT */
/* Every call once: for headers.sh, which compiles it in every language version and runs nothing. */
#include "wscheck/record.h"
int use_record(void);
int use_record(void)
{
	struct wsc_options options = WSC_OPTIONS_INIT;
	wsc_recorder *recorder;
	wsc_worker *w;
	wsc_options_init(&options);
	recorder = wsc_open(&options);
	w = wsc_attach(recorder, 1, NULL);
	wsc_queued(w, 1);
	wsc_queued_on(w, 1, 2);
	wsc_queued_with(w, 1, 2, WSC_FLAG_PINNED, wsc_label(recorder, "label"));
	wsc_push_failed(w, 1, 2);
	wsc_dequeued(w, 1);
	wsc_dequeued_from(w, 1, 2);
	wsc_steal_start(w, 2);
	wsc_steal_success(w, 1, 2);
	wsc_steal_success_inferred(w, 1, 2);
	wsc_steal_failure(w, 2, WSC_REASON_EMPTY);
	wsc_steal_failures(w, 2, WSC_REASON_BUSY, 3);
	wsc_exec_start(w, 1);
	wsc_suspended(w, 1);
	wsc_resumed(w, 1);
	wsc_cancelled(w, 1);
	wsc_exec_complete(w, 1);
	wsc_parked(w);
	wsc_unparked(w);
	wsc_wake(w, 2);
	wsc_detach(w);
	return wsc_close(recorder, WSC_END_CLEAN);
}
