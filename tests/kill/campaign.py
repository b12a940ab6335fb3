#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Kills recording programs at random moments and looks whether anything is missing whose call had returned.

usage: campaign.py BUILD_DIRECTORY [RUNS [SEED]]      RUNS of each mode (75), SEED of the moments (1)

In each run `target` records, is killed with SIGKILL, and `wscheck recover` makes a trace of what it left. That trace must
hold, in order, every event whose call had returned, by the counters that the program kept in a mapping of its own; but
for what gaps count (drop), what lies before a gap from the beginning (overwrite, keep-last), what may have been in a
pause and has a gap in its place (pauses), and tasks that are not in the sample. With fork a child's trace is held
against its counters, too. `analyze` must exit with 3.
Prints a line a mode, and each failure. Exit code 0: none; 1: some.
"""
import glob
import json
import os
import random
import signal
import struct
import subprocess
import sys
import tempfile
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lib"))
sys.dont_write_bytecode = True
from demand import Failure, demand  # noqa: E402

MODES = ("drop", "block", "overwrite", "sampling", "pauses", "keep-last", "fork")
WORDS, WORKERS, WORKERS_MAX, SAMPLING = 8, 4, 64, 4
KINDS = ("queued", "exec_start", "exec_complete")
MOMENT_S_MAX = {"keep-last": 0.5}
MOMENT_S_USUAL = 0.12


def run(*command):
  return subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, timeout=120)


def kill_one(build, mode, workers, moment_s, scratch):
  """Runs and kills the program. Returns the words of each worker, those of its child behind them, and its id."""
  counters, trace = f"{scratch}/counters", f"{scratch}/trace.%p"
  victim = subprocess.Popen((f"{build}/tests/kill/target", mode, counters, trace, str(workers)),
                            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                            start_new_session=True)
  demand(victim.stdout.readline() == b"recording\n", "the program does not record")
  time.sleep(moment_s)
  os.killpg(victim.pid, signal.SIGKILL)
  said = victim.communicate()[1]
  demand(victim.returncode == -signal.SIGKILL, f"the program ended by itself: {victim.returncode}")
  demand(said == b"", f"the program said {said}")
  with open(counters, "rb") as file:
    words = struct.unpack(f"={WORKERS_MAX * WORDS}Q", file.read())
  return [words[i * WORDS:(i + 1) * WORDS] for i in range(2 * workers)], victim.pid


def child_of(parent, scratch):
  """The id of the child whose trace or its parts lie there, or None: it writes before fork() returns in either process."""
  ids = {int(name.split(".")[1]) for name in os.listdir(scratch) if name.startswith("trace.")} - {parent}
  demand(len(ids) < 2, f"traces of {ids}")
  return ids.pop() if ids else None


def is_sampled(task):
  """As the recorder chooses (src/record/ring.c): splitmix64's finalizer, its upper half."""
  mask = (1 << 64) - 1
  task = (task ^ task >> 30) * 0xbf58476d1ce4e5b9 & mask
  task = (task ^ task >> 27) * 0x94d049bb133111eb & mask
  return (task ^ task >> 31) >> 32 <= (1 << 32) // SAMPLING - 1


class Stream:
  """What the recovered trace has of one worker."""

  def __init__(self, worker, mode):
    self.worker, self.samples = worker, mode == "sampling"
    self.last = dict.fromkeys(KINDS, 0)
    self.seen = dict.fromkeys(KINDS, 0)
    self.is_after_gap = dict.fromkeys(KINDS, False)
    self.failed, self.dropped = 0, 0
    self.has_lost_head = False

  def missing(self, kind, until):
    """The first task after the last one seen and before `until` that should be there, or None."""
    tasks = range(self.last[kind] + 1, until)
    if self.samples:
      tasks = (n for n in tasks if is_sampled(self.worker << 40 | n))
    return next(iter(tasks), None)

  def add(self, event):
    kind = event["ev"]
    if kind == "gap":
      self.is_after_gap = dict.fromkeys(KINDS, True)
      self.dropped += event.get("count", 0)
      self.has_lost_head |= event["ts"] == 0
    elif kind == "steal_failure":
      self.failed += event.get("count", 1)
    elif kind in KINDS:
      number = event["task"] - (self.worker << 40)
      demand(number > self.last[kind], f"{kind} of task {number} comes after that of {self.last[kind]}")
      if not self.is_after_gap[kind]:
        missing = self.missing(kind, number)
        demand(missing is None, f"{kind}: task {missing} is missing, and there is no gap")
      self.last[kind], self.is_after_gap[kind] = number, False
      self.seen[kind] += 1


def read_streams(build, mode, trace, first, workers):
  streams = [Stream(first + i, mode) for i in range(workers)]
  for line in run(f"{build}/wscheck", "dump", trace).stdout.splitlines()[1:]:
    event = json.loads(line)
    worker = event.get("to") if event.get("ev", "").startswith("steal_") else event.get("worker")
    if worker is not None and first <= worker < first + workers:
      streams[worker - first].add(event)
    elif worker is not None:
      # After a pause nobody's gap stands for all, until each worker has its own.
      demand(mode == "pauses" and event["ev"] == "gap", f"worker {worker} is in the trace, which never recorded")
  return streams


def judge(stream, words, mode):
  """Held against the counters; a call may have done its work and not yet been counted."""
  counted, failed, sure = dict(zip(KINDS, words[:3])), words[3], dict(zip(KINDS, words[4:7]))
  total, found = sum(words[:4]), sum(stream.seen.values()) + stream.failed
  demand(mode in ("drop", "overwrite", "keep-last") or stream.dropped == 0, f"{stream.dropped} events were dropped")
  if mode == "drop" and stream.dropped > 0:
    demand(found + stream.dropped >= total, "events are missing")
    return
  for kind in KINDS:
    demand(stream.last[kind] <= counted[kind] + 1, f"{kind}: task {stream.last[kind]} was never recorded")
    may_lack = mode == "pauses" and stream.is_after_gap[kind]
    missing = stream.missing(kind, (sure if may_lack else counted)[kind] + 1)
    demand(missing is None, f"{kind}: {counted[kind]} calls returned, task {missing} is missing at the end")
  demand(stream.failed <= failed + 1, f"{failed} attempts had failed, the trace has {stream.failed}")
  if mode == "keep-last":
    demand(found + stream.dropped >= total, f"{total} calls returned, {found} are there and {stream.dropped} counted")
  elif mode != "pauses" and not stream.has_lost_head:
    demand(failed <= stream.failed, f"{failed} attempts had failed, the trace has {stream.failed}")


def recover_one(build, mode, trace, first, counted):
  recovered = run(f"{build}/wscheck", "recover", "--remove", trace)
  if b"before it had begun to record" in recovered.stderr and not any(map(any, counted)):
    for file in glob.glob(f"{trace}.*") + glob.glob(f"/dev/shm/wscheck.{trace.split('.')[-1]}.*.rings"):
      os.unlink(file)
    return
  demand(recovered.returncode == 0, f"recover: {recovered.stderr.decode().strip()}")
  code = run(f"{build}/wscheck", "analyze", "-q", trace).returncode
  demand(code == 3, f"analyze exits with {code}")
  for stream, words in zip(read_streams(build, mode, trace, first, len(counted)), counted):
    judge(stream, words, mode)
  os.unlink(trace)


def one_run(build, mode, moment_s, workers, scratch):
  """The calls that had returned, and the parts of traces that were left."""
  counted, parent = kill_one(build, mode, workers, moment_s, scratch)
  parts = len(glob.glob(f"{scratch}/*.wscheck-tmp") + glob.glob(f"{scratch}/*.wscheck-old"))
  recover_one(build, mode, f"{scratch}/trace.{parent}", 0, counted[:workers])
  child = child_of(parent, scratch)
  if child is not None: # it had begun
    recover_one(build, mode, f"{scratch}/trace.{child}", workers, counted[workers:])
  else:
    demand(not any(map(any, counted[workers:])), "nothing is left of the child")
  left = [name for name in os.listdir(scratch) if name != "counters"]
  demand(not left, f"left behind: {left}")
  return sum(sum(words[:4]) for words in counted), parts


def main():
  if len(sys.argv) not in (2, 3, 4):
    sys.exit("usage: campaign.py BUILD_DIRECTORY [RUNS [SEED]]")
  build = sys.argv[1]
  runs = int(sys.argv[2]) if len(sys.argv) > 2 else 75
  moments = random.Random(int(sys.argv[3]) if len(sys.argv) > 3 else 1)
  failures = 0
  for mode in MODES:
    calls, parts, failed = 0, 0, 0
    for number in range(runs):
      moment_s, workers = moments.uniform(0, MOMENT_S_MAX.get(mode, MOMENT_S_USUAL)), moments.randint(1, WORKERS)
      with tempfile.TemporaryDirectory(prefix="wscheck-kill.") as scratch:
        try:
          more_calls, more_parts = one_run(build, mode, moment_s, workers, scratch)
          calls, parts = calls + more_calls, parts + more_parts
        except Failure as failure:
          failed += 1
          print(f"FAILED: {mode}, run {number}, {workers} workers, after {1000 * moment_s:.1f} ms: {failure}")
    print(f"{mode:<10} {runs:>4} killed, {calls:>10,} calls had returned, {parts:>4} traces were left in part, "
          f"{failed} lacked something", flush=True)
    failures += failed
  sys.exit(1 if failures else 0)


main()
