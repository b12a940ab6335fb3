#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Kills a process and runs a command while that is held up on its way out: killed, and not yet gone.

usage: dying.py PID COMMAND...      exit code: the command's; 77: this may not be done here
"""
import ctypes
import os
import signal
import subprocess
import sys
import time

PTRACE_SEIZE, PTRACE_O_TRACEEXIT = 0x4206, ctypes.c_void_p(0x40)
HELD_S = 0.5

victim = int(sys.argv[1])
# Whoever traces a process sees its first thread stop when it has begun to end, and it goes on when the tracer is gone.
tracer = os.fork()
if tracer == 0:
  if ctypes.CDLL(None).ptrace(PTRACE_SEIZE, victim, None, PTRACE_O_TRACEEXIT) != 0:
    os._exit(77)
  os.kill(victim, signal.SIGKILL)
  os.kill(os.getpid(), signal.SIGSTOP)
  time.sleep(HELD_S)
  os._exit(0)
status = os.waitpid(tracer, os.WUNTRACED)[1]
if not os.WIFSTOPPED(status):
  sys.exit(77)
command = subprocess.Popen(sys.argv[2:])
os.kill(tracer, signal.SIGCONT)
code = command.wait()
os.waitpid(tracer, 0)
sys.exit(code)
