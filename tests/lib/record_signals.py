#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Signals and `wscheck record`: those sent to it reach the program, and a terminal stops, continues and ends both.

usage: record_signals.py WSCHECK    prints one "ok" or "not ok" line for each check
"""
import os
import pty
import signal
import subprocess
import sys
import time

WSCHECK = sys.argv[1]
# Says what it got, and with QUIT ends in its own way; it waits for at most a minute. No print(): a signal that comes while
# that writes makes the handler's an error.
PROGRAM = """
import os, signal, sys, time
def got(number, frame):
    os.write(1, f"got {signal.Signals(number).name}\\n".encode())
    if number == signal.SIGQUIT:
        sys.exit(7)
for name in ("INT", "TERM", "HUP", "QUIT", "USR1", "USR2"):
    signal.signal(getattr(signal, "SIG" + name), got)
os.write(1, b"ready\\n")
time.sleep(60)
"""
SLEEPER = 'import signal, time; signal.signal(signal.SIGINT, signal.SIG_DFL); print("ready", flush=True); time.sleep(60)'
bad = False


def check(name, condition, seen=""):
    global bad
    print(f"ok {name}" if condition else f"not ok {name}: {seen}", flush=True)
    bad = bad or not condition


def defaults():
    for number in (signal.SIGINT, signal.SIGQUIT, signal.SIGTSTP):
        signal.signal(number, signal.SIG_DFL)


def record(program):
    return [WSCHECK, "record", "-o", os.path.join(os.environ.get("WORK", "."), "none.zst"), "--",
            sys.executable, "-c", program]


def sent_on():
    process = subprocess.Popen(record(PROGRAM), stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True,
                               preexec_fn=defaults)
    process.stdout.readline()
    for name in ("INT", "TERM", "HUP", "USR1", "USR2", "QUIT"):
        process.send_signal(getattr(signal, "SIG" + name))
        line = process.stdout.readline()
        check(f"SIG{name} reaches the program", line == f"got SIG{name}\n", line)
    check("its exit code is ours", process.wait() == 7, process.returncode)


def state(pid):
    with open(f"/proc/{pid}/stat") as stat:
        return stat.read().rsplit(")", 1)[1].split()[0]


def wait_for(condition):
    until = time.monotonic() + 60
    while not condition() and time.monotonic() < until:
        time.sleep(0.01)
    return condition()


def child_of(pid):
    with open(f"/proc/{pid}/task/{pid}/children") as children:
        return int(children.read().split()[0])


def dies_alike():
    process = subprocess.Popen(record(SLEEPER), stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True,
                               preexec_fn=lambda: (defaults(), os.setsid()))
    process.stdout.readline()
    program = child_of(process.pid)
    process.send_signal(signal.SIGUSR1)
    process.wait()
    check("the program's signal is ours", process.returncode == -signal.SIGUSR1, process.returncode)
    check("and it is gone", not os.path.exists(f"/proc/{program}"))


def shell(report):
    """What a shell does with its one job, in the terminal's session: says when it stops, continues it, says how it ends."""
    job = os.fork()
    if job == 0:
        os.setpgid(0, 0)
        signal.signal(signal.SIGTTOU, signal.SIG_IGN)
        os.tcsetpgrp(0, os.getpid())
        signal.signal(signal.SIGTTOU, signal.SIG_DFL)
        defaults()
        command = record(SLEEPER)
        os.execv(command[0], command)
    _, status = os.waitpid(job, os.WUNTRACED)
    os.write(report, b"stopped\n" if os.WIFSTOPPED(status) else b"not stopped\n")
    os.killpg(job, signal.SIGCONT)
    os.write(report, b"continued\n")
    _, status = os.waitpid(job, 0)
    os.write(report, f"{os.WTERMSIG(status) if os.WIFSIGNALED(status) else 'exited'}\n".encode())
    os._exit(0)


def terminal():
    reading, writing = os.pipe()
    pid, master = pty.fork()
    if pid == 0:
        shell(writing)
    os.close(writing)
    seen = b""
    while b"ready" not in seen:
        seen += os.read(master, 1000)
    with os.fdopen(reading) as report:
        job = child_of(pid)
        program = child_of(job)
        os.write(master, b"\x1a")
        line = report.readline()
        check("^Z stops it", line == "stopped\n", line)
        check("it is continued", report.readline() == "continued\n")
        check("and so is the program", wait_for(lambda: state(program) != "T"), state(program))
        os.write(master, b"\x03")
        line = report.readline()
        check("^C ends it", line == f"{int(signal.SIGINT)}\n", line)
    os.close(master)
    os.waitpid(pid, 0)


sent_on()
dies_alike()
terminal()
sys.exit(bad)
