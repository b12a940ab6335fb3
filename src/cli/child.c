/* SPDX-License-Identifier: MIT */
#include "child.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

/* The mask and the action of SIGCHLD that this process was started with: the program is to start with them, too. */
struct inherited {
	sigset_t mask;
	struct sigaction on_child;
};

static sigset_t waited_for(void)
{
	static const int sent_on[] = {SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGUSR1, SIGUSR2, SIGTSTP, SIGCONT};
	sigset_t set;
	sigemptyset(&set);
	sigaddset(&set, SIGCHLD);
	for (size_t i = 0; i < sizeof(sent_on) / sizeof(*sent_on); i++)
		sigaddset(&set, sent_on[i]);
	return set;
}

/* From here on signals wait for sigwaitinfo(). (A SIGCHLD that is ignored would take the child's exit code away.) */
static void take_signals(struct inherited *inherited, const sigset_t *set)
{
	struct sigaction plain = {.sa_handler = SIG_DFL};
	sigprocmask(SIG_BLOCK, set, &inherited->mask);
	sigaction(SIGCHLD, &plain, &inherited->on_child);
}

/* What came after the child's end was meant for it. */
static void give_signals_back(const struct inherited *inherited, const sigset_t *set)
{
	const struct timespec at_once = {0};
	while (sigtimedwait(set, NULL, &at_once) > 0)
		continue;
	sigaction(SIGCHLD, &inherited->on_child, NULL);
	sigprocmask(SIG_SETMASK, &inherited->mask, NULL);
}

static _Noreturn void become(const struct child *child, const struct inherited *inherited, int report)
{
	sigaction(SIGCHLD, &inherited->on_child, NULL);
	sigprocmask(SIG_SETMASK, &inherited->mask, NULL);
	if (child->prepare(child->context))
		execvp(child->argv[0], child->argv);
	const int error = errno;
	while (write(report, &error, sizeof(error)) == -1 && errno == EINTR)
		continue;
	_exit(127);
}

/* Whether the program began: the pipe closes with the exec, or else brings the error. */
static bool began(struct child *child, int report)
{
	int error;
	ssize_t size;
	while ((size = read(report, &error, sizeof(error))) == -1 && errno == EINTR)
		continue;
	if (size != sizeof(error))
		return true;
	child->error = error;
	return false;
}

static bool start(struct child *child, const struct inherited *inherited)
{
	int ends[2];
	if (pipe2(ends, O_CLOEXEC) != 0) {
		child->error = errno;
		return false;
	}
	child->pid = fork();
	if (child->pid == 0)
		become(child, inherited, ends[1]);
	if (child->pid == -1)
		child->error = errno;
	close(ends[1]);
	const bool has_begun = child->pid != -1 && began(child, ends[0]);
	close(ends[0]);
	if (child->pid != -1 && !has_begun)
		waitpid(child->pid, &child->status, 0);
	return has_begun;
}

static bool has_terminal(void)
{
	const int fd = open("/dev/tty", O_RDONLY | O_CLOEXEC | O_NOCTTY);
	if (fd == -1)
		return false;
	close(fd);
	return true;
}

/*
 * Whoever watches this process sees it stop when a terminal stopped the child. Without a terminal nobody watches, and
 * whoever continues the child alone would leave this process stopped for ever.
 */
static void stop_along(const struct child *child)
{
	const int by = WSTOPSIG(child->status);
	if ((by != SIGTSTP && by != SIGTTIN && by != SIGTTOU) || !has_terminal())
		return;
	raise(SIGSTOP);
	kill(child->pid, SIGCONT);
}

static bool has_ended(struct child *child)
{
	pid_t pid;
	while ((pid = waitpid(child->pid, &child->status, WNOHANG | WUNTRACED)) == -1 && errno == EINTR)
		continue;
	if (pid != child->pid)
		return false;
	if (!WIFSTOPPED(child->status))
		return true;
	stop_along(child);
	return false;
}

static void wait_for_end(struct child *child, const sigset_t *set)
{
	for (;;) {
		siginfo_t info;
		const int number = sigwaitinfo(set, &info);
		if (number == SIGCHLD && has_ended(child))
			return;
		/* The kernel sends a terminal's signals to every process of the group. */
		if (number > 0 && number != SIGCHLD && info.si_code != SI_KERNEL)
			kill(child->pid, number);
	}
}

bool child_run(struct child *child)
{
	struct inherited inherited;
	const sigset_t set = waited_for();
	take_signals(&inherited, &set);
	const bool has_begun = start(child, &inherited);
	if (has_begun)
		wait_for_end(child, &set);
	give_signals_back(&inherited, &set);
	return has_begun;
}

void child_die_of(int signal_number)
{
	struct sigaction plain = {.sa_handler = SIG_DFL};
	sigset_t set;
	prctl(PR_SET_DUMPABLE, 0); /* a core of this process would tell nothing of the other */
	sigemptyset(&set);
	sigaddset(&set, signal_number);
	sigaction(signal_number, &plain, NULL);
	sigprocmask(SIG_UNBLOCK, &set, NULL);
	raise(signal_number);
}
