#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Kills recording programs at random moments and looks whether anything is missing whose call had returned.

usage: campaign.py BUILD_DIRECTORY [RUNS [SEED]]      RUNS of each mode (170), SEED of the moments (1)

In each run `target` records, is killed with SIGKILL, and `wscheck recover` makes a trace of what it left. That trace must
hold, in order, every event whose call had returned, by the counters that the program kept in a mapping of its own; but
for what gaps count (drop), or what lies before a gap from the beginning (overwrite). `analyze` must exit with 3.
Prints a line a mode, and each failure. Exit code 0: none; 1: some.
"""
import json
import os
import random
import signal
import struct
import subprocess
import sys
import tempfile
import time

MODES = ("drop", "block", "overwrite")
WORDS, WORKERS = 8, 4
KINDS = ("queued", "exec_start", "exec_complete")
MOMENT_S_MAX = 0.12


class Failure(Exception):
  pass


def demand(holds, what):
  if not holds:
    raise Failure(what)


def run(*command):
  return subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, timeout=120)


def kill_one(build, mode, workers, moment_s, scratch):
  """Runs and kills the program. Returns the counters of each worker."""
  counters, trace = f"{scratch}/counters", f"{scratch}/trace.zst"
  victim = subprocess.Popen((f"{build}/tests/kill/target", mode, counters, trace, str(workers)),
                            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
  demand(victim.stdout.readline() == b"recording\n", "the program does not record")
  time.sleep(moment_s)
  victim.send_signal(signal.SIGKILL)
  said = victim.communicate()[1]
  demand(victim.returncode == -signal.SIGKILL, f"the program ended by itself: {victim.returncode}")
  demand(said == b"", f"the program said {said}")
  with open(counters, "rb") as file:
    words = struct.unpack(f"={64 * WORDS}Q", file.read())
  return [words[i * WORDS:i * WORDS + 4] for i in range(workers)]


class Stream:
  """What the recovered trace has of one worker."""

  def __init__(self):
    self.last = dict.fromkeys(KINDS, 0)
    self.first = dict.fromkeys(KINDS)
    self.seen = dict.fromkeys(KINDS, 0)
    self.failed, self.dropped, self.gaps = 0, 0, 0
    self.has_lost_head = False

  def add(self, event, worker):
    kind = event["ev"]
    if kind == "gap":
      self.gaps += 1
      self.dropped += event.get("count", 0)
      self.has_lost_head |= event["ts"] == 0
    elif kind == "steal_failure":
      self.failed += event.get("count", 1)
    elif kind in KINDS:
      number = event["task"] - (worker << 40)
      demand(number > self.last[kind], f"{kind} of task {number} comes after that of {self.last[kind]}")
      if self.first[kind] is None:
        self.first[kind] = number
      demand(self.gaps > 0 or self.seen[kind] == 0 or number == self.last[kind] + 1,
             f"{kind}: task {self.last[kind] + 1} is missing")
      self.last[kind] = number
      self.seen[kind] += 1


def read_streams(build, trace, workers):
  streams = [Stream() for _ in range(workers)]
  for line in run(f"{build}/wscheck", "dump", trace).stdout.splitlines()[1:]:
    event = json.loads(line)
    worker = event.get("to") if event.get("ev", "").startswith("steal_") else event.get("worker")
    if worker is not None and worker < workers:
      streams[worker].add(event, worker)
    elif worker is not None:
      demand(False, f"worker {worker} is in the trace, which never recorded")
  return streams


def judge(stream, counted, mode):
  """Held against the counters; a call may have done its work and not yet been counted."""
  queued, started, completed, failed = counted
  expected = dict(zip(KINDS, (queued, started, completed)))
  if mode == "drop" and stream.dropped > 0:
    total = sum(stream.seen.values())
    demand(total + stream.failed + stream.dropped >= queued + started + completed + failed, "events are missing")
    return
  demand(mode == "overwrite" or stream.gaps == 0, "there is a gap that counts nothing")
  for kind in KINDS:
    demand(expected[kind] <= stream.last[kind] <= expected[kind] + 1,
           f"{kind}: {expected[kind]} calls returned, the last in the trace is {stream.last[kind]}")
    demand(stream.first[kind] in (1, None) or stream.has_lost_head, f"{kind}: the first are missing")
  if not stream.has_lost_head:
    demand(failed <= stream.failed <= failed + 1, f"{failed} attempts had failed, the trace has {stream.failed}")


def one_run(build, mode, moment_s, workers, scratch):
  counted = kill_one(build, mode, workers, moment_s, scratch)
  trace = f"{scratch}/trace.zst"
  recovered = run(f"{build}/wscheck", "recover", "--remove", trace)
  demand(recovered.returncode == 0, f"recover: {recovered.stderr.decode().strip()}")
  code = run(f"{build}/wscheck", "analyze", "-q", trace).returncode
  demand(code == 3, f"analyze exits with {code}")
  streams = read_streams(build, trace, workers)
  for stream, counts in zip(streams, counted):
    judge(stream, counts, mode)
  left = [name for name in os.listdir(scratch) if name not in ("trace.zst", "counters")]
  demand(not left, f"left behind: {left}")
  os.unlink(trace)
  return sum(sum(counts) for counts in counted)


def main():
  if len(sys.argv) not in (2, 3, 4):
    sys.exit("usage: campaign.py BUILD_DIRECTORY [RUNS [SEED]]")
  build = sys.argv[1]
  runs = int(sys.argv[2]) if len(sys.argv) > 2 else 170
  moments = random.Random(int(sys.argv[3]) if len(sys.argv) > 3 else 1)
  failures = 0
  for mode in MODES:
    calls, failed = 0, 0
    for number in range(runs):
      moment_s, workers = moments.uniform(0, MOMENT_S_MAX), moments.randint(1, WORKERS)
      with tempfile.TemporaryDirectory(prefix="wscheck-kill.") as scratch:
        try:
          calls += one_run(build, mode, moment_s, workers, scratch)
        except Failure as failure:
          failed += 1
          print(f"FAILED: {mode}, run {number}, {workers} workers, after {1000 * moment_s:.1f} ms: {failure}")
    print(f"{mode:<10} {runs:>4} killed, {calls:>10,} calls had returned, {failed} traces lacked something")
    failures += failed
  sys.exit(1 if failures else 0)


main()
