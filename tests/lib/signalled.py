# SPDX-License-Identifier: MIT
"""Runs a command, and sends it a signal while it has a temporary file.

usage: signalled.py SIGNAL DIRECTORY COMMAND...

The command is stopped as soon as a file DIRECTORY/*.tmp is there; if it was too fast for that, it is run again. Prints the
name of the signal that ended it, or its exit code.
"""
import os
import signal
import subprocess
import sys


def has_temporary(directory):
  return any(name.endswith(".tmp") for name in os.listdir(directory))


def default_signals():
  for number in signal.valid_signals() - {signal.SIGKILL, signal.SIGSTOP}:
    if number < signal.SIGRTMIN:
      signal.signal(number, signal.SIG_DFL)


def main():
  name, directory, *command = sys.argv[1:]
  while True:
    child = subprocess.Popen(command, preexec_fn=default_signals)
    while not has_temporary(directory) and child.poll() is None:
      pass
    if child.returncode is None:
      child.send_signal(signal.SIGSTOP)
      os.waitid(os.P_PID, child.pid, os.WSTOPPED | os.WEXITED | os.WNOWAIT)
      if has_temporary(directory):
        break
    child.wait()
    for name_left in os.listdir(directory):
      os.remove(f"{directory}/{name_left}")
  child.send_signal(getattr(signal, "SIG" + name))
  child.send_signal(signal.SIGCONT)
  code = child.wait()
  print(signal.Signals(-code).name if code < 0 else f"exit {code}")


main()
