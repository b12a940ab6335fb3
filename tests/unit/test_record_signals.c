/* SPDX-License-Identifier: MIT */
/* A signal that asks for a snapshot: the host's own handlers are called, and are there again afterwards (A9). */
#include <criterion/criterion.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "wscheck/record.h"

static char directory[64];
static volatile sig_atomic_t plain_calls, info_calls, info_value;

static void on_plain(int number)
{
	(void)number;
	plain_calls++;
}

static void on_info(int number, siginfo_t *info, void *context)
{
	(void)context;
	info_calls++;
	info_value = info->si_signo == number ? info->si_value.sival_int : -1;
}

static void make_directory(void)
{
	snprintf(directory, sizeof(directory), "/tmp/wscheck-signals.XXXXXX");
	cr_assert_neq(mkdtemp(directory), NULL);
}

static void remove_directory(void)
{
	cr_expect_eq(rmdir(directory), 0);
}

TestSuite(record_signals, .init = make_directory, .fini = remove_directory, .timeout = 60);

static wsc_recorder *open_with(const char *name, int number)
{
	struct wsc_options options = WSC_OPTIONS_INIT;
	char path[96];
	snprintf(path, sizeof(path), "%s/%s", directory, name);
	options.path = path;
	options.uncertainty_ns = 100;
	options.snapshot_signal = number;
	wsc_recorder *recorder = wsc_open(&options);
	cr_assert_not_null(recorder);
	return recorder;
}

static void close_and_remove(wsc_recorder *recorder)
{
	char path[96];
	snprintf(path, sizeof(path), "%s", wsc_path(recorder));
	cr_assert_eq(wsc_close(recorder, WSC_END_CLEAN), 0);
	cr_assert_eq(unlink(path), 0);
}

/* Waits for the snapshot and removes it. */
static void expect_snapshot(const wsc_recorder *recorder, unsigned number)
{
	char path[128];
	snprintf(path, sizeof(path), "%s.snapshot-%u", wsc_path(recorder), number);
	for (unsigned i = 0; i < 20000 && access(path, F_OK) != 0; i++)
		usleep(1000);
	cr_assert_eq(unlink(path), 0, "there is no %s", path);
}

static void take(int number, void (*info)(int, siginfo_t *, void *), void (*plain)(int))
{
	struct sigaction action = {.sa_flags = info != NULL ? SA_SIGINFO : 0};
	if (info != NULL)
		action.sa_sigaction = info;
	else
		action.sa_handler = plain;
	cr_assert_eq(sigaction(number, &action, NULL), 0);
}

Test(record_signals, the_handler_of_before_gets_all_that_it_had)
{
	struct sigaction now;
	take(SIGUSR1, on_info, NULL);
	wsc_recorder *recorder = open_with("t", SIGUSR1);
	cr_assert_eq(sigqueue(getpid(), SIGUSR1, (union sigval){.sival_int = 4711}), 0);
	expect_snapshot(recorder, 1);
	cr_expect(info_calls == 1 && info_value == 4711);
	close_and_remove(recorder);
	cr_assert_eq(sigaction(SIGUSR1, NULL, &now), 0);
	cr_expect((now.sa_flags & SA_SIGINFO) != 0 && now.sa_sigaction == on_info, "it is not there again");
}

/* What would end the process, or be ignored, asks for a snapshot while a recorder takes it, and for nothing else. */
Test(record_signals, a_signal_without_handler_does_nothing_else)
{
	struct sigaction now;
	for (int ignored = 0; ignored < 2; ignored++) {
		take(SIGUSR2, NULL, ignored ? SIG_IGN : SIG_DFL);
		wsc_recorder *recorder = open_with("t", SIGUSR2);
		raise(SIGUSR2);
		expect_snapshot(recorder, 1);
		close_and_remove(recorder);
		cr_assert_eq(sigaction(SIGUSR2, NULL, &now), 0);
		cr_expect(now.sa_handler == (ignored ? SIG_IGN : SIG_DFL));
	}
}

/* Two recorders, two signals; a third one shares the first: each is asked by its own alone. */
Test(record_signals, each_recorder_has_its_own)
{
	take(SIGUSR1, NULL, on_plain);
	take(SIGUSR2, NULL, on_plain);
	wsc_recorder *one = open_with("one", SIGUSR1), *other = open_with("other", SIGUSR2),
	             *same = open_with("same", SIGUSR1);
	raise(SIGUSR1);
	expect_snapshot(one, 1);
	expect_snapshot(same, 1);
	cr_expect_eq(plain_calls, 1, "called for each recorder");
	close_and_remove(same);
	raise(SIGUSR1);
	expect_snapshot(one, 2);
	raise(SIGUSR2);
	expect_snapshot(other, 1);
	cr_expect_eq(plain_calls, 3);
	close_and_remove(one);
	close_and_remove(other);
}

/* A handler that the host installs later is the host's: it stays, at the close, too. */
Test(record_signals, a_later_handler_stays)
{
	struct sigaction now;
	take(SIGUSR1, NULL, on_plain);
	wsc_recorder *recorder = open_with("t", SIGUSR1);
	take(SIGUSR1, on_info, NULL);
	close_and_remove(recorder);
	cr_assert_eq(sigaction(SIGUSR1, NULL, &now), 0);
	cr_expect((now.sa_flags & SA_SIGINFO) != 0 && now.sa_sigaction == on_info);
	recorder = open_with("t", SIGUSR1);
	raise(SIGUSR1);
	cr_expect(info_calls == 1 && plain_calls == 0);
	close_and_remove(recorder);
}

Test(record_signals, one_that_can_not_be_taken_is_named)
{
	char said[256] = "";
	const int fd = memfd_create("said", MFD_CLOEXEC);
	cr_assert(fd >= 0 && dup2(fd, STDERR_FILENO) >= 0);
	wsc_recorder *recorder = open_with("t", SIGKILL);
	cr_assert_geq(pread(fd, said, sizeof(said) - 1, 0), 0);
	cr_expect_str_eq(said, "wscheck: signal 9 can't ask for snapshots: Invalid argument\n");
	close_and_remove(recorder);
}
