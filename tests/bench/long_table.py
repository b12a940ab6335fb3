#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""A trace of a billion events; and what reads the same ten million from an LTTng trace: babeltrace2, as text and with a
sink that looks at nothing. `make bench-long` builds and runs this.

usage: long_table.py BUILD_DIRECTORY OUTPUT      TMPDIR: where the traces go, up to 2 GB

LTTng is left out where it is not installed. Timings never make this fail: it exits with 1 only if something could not
be run. What the file holds (spreads are {"median", "min", "max", "count"}):
  machine   cpus, load_before, load_after
  long      events, live, file_bytes, peak_kib, analyze_s, zstd_s, events_per_s
  peers     events, analyze_s, text_s, dummy_s (spreads), their events_per_s; null without LTTng
"""
import json
import os
import shutil
import statistics
import sys
import tempfile

from common import SHORT, Trouble, run, say, shown, spread
from lttng import Lttng

LONG_EVENTS = 1_000_000 if SHORT else 1_000_000_000
PEER_EVENTS = 100_000 if SHORT else 10_000_000
LIVE = 1000
RUNS = 2 if SHORT else 3


class Bench:
  def __init__(self, build, scratch):
    self.build, self.scratch = build, scratch

  def measured(self, *command):
    result = json.loads(run(f"{self.build}/tests/bench/peak", *command))
    if result["exit_code"] != 0:
      raise Trouble(f"'{' '.join(command)}' exited with {result['exit_code']}")
    return result

  def generated(self, events):
    path = os.path.join(self.scratch, f"{events}.zst")
    run(f"{self.build}/tests/bench/generate", "--events", str(events), "--live", str(LIVE), path)
    info = json.loads(run(f"{self.build}/wscheck", "info", "--format", "json", path))
    return path, info["events"]

  def long(self):
    say(f"generating {LONG_EVENTS:,} events")
    path, events = self.generated(LONG_EVENTS)
    say("zstd -dc and analyze")
    zstd = self.measured("zstd", "-dc", path)
    ours = self.measured(f"{self.build}/wscheck", "analyze", "-q", path)
    return {
      "events": events,
      "live": LIVE,
      "file_bytes": os.path.getsize(path),
      "peak_kib": ours["peak_kib"],
      "analyze_s": ours["wall_s"],
      "zstd_s": zstd["wall_s"],
      "events_per_s": events / ours["wall_s"],
    }

  def peers(self):
    say(f"copying {PEER_EVENTS:,} events to LTTng")
    path, events = self.generated(PEER_EVENTS)
    lttng = Lttng()
    try:
      if not lttng.start("wscheck_bench:event", "--blocking-timeout=inf"):
        return None
      environment = dict(lttng.environment, LTTNG_UST_ALLOW_BLOCKING="1")
      copied = int(run(f"{self.build}/tests/bench/lttng_copy", path, environment=environment))
      lttng.run("stop")
      seen = run("babeltrace2", lttng.trace, "--component=sink.utils.counter").split()
      if copied != events or str(copied) not in seen:
        raise Trouble(f"of {events} events {copied} were copied, and babeltrace2 counts: {' '.join(seen)}")
      say("babeltrace2 and analyze, in turns")
      commands = {
        "text_s": ("babeltrace2", lttng.trace),
        "dummy_s": ("babeltrace2", lttng.trace, "--component=sink.utils.dummy"),
        "analyze_s": (f"{self.build}/wscheck", "analyze", "-q", path),
      }
      walls = {name: [] for name in commands}
      for _ in range(RUNS):
        for name, command in commands.items():
          walls[name].append(self.measured(*command)["wall_s"])
    finally:
      lttng.stop()
    figures = {"events": events, **{name: spread(times) for name, times in walls.items()}}
    figures["events_per_s"] = {name[:-2]: events / statistics.median(times) for name, times in walls.items()}
    return figures


def show(figures):
  long, peers, machine = figures["long"], figures["peers"], figures["machine"]
  print(f"\n{machine['cpus']} CPUs, load {machine['load_before']:.1f} to {machine['load_after']:.1f}")
  print(f"\n{long['events']:,} events, {long['live']:,} live tasks, {long['file_bytes']:,} bytes")
  print(f"  zstd -dc             {long['zstd_s']:.1f} s")
  print(f"  wscheck analyze -q   {long['analyze_s']:.1f} s, {long['analyze_s'] / long['zstd_s']:.1f} times as long; "
        f"{long['events_per_s'] / 1e6:.1f} million events/s, peak memory {long['peak_kib']:,} KiB")
  if peers is None:
    print("\nbabeltrace2 was not measured: liblttng-ust-dev, lttng-tools and babeltrace2 are needed")
    return
  print(f"\nThe same {peers['events']:,} events, read once from LTTng's trace and once from ours: seconds, million events/s")
  for name, what in (("text", "babeltrace2, as text"), ("dummy", "babeltrace2, sink.utils.dummy"),
                     ("analyze", "wscheck analyze -q")):
    print(f"  {what:30} {shown(peers[name + '_s'])}   {peers['events_per_s'][name] / 1e6:.2f}")


def main():
  if len(sys.argv) != 3:
    sys.exit("usage: long_table.py BUILD_DIRECTORY OUTPUT")
  before = os.getloadavg()[0]
  scratch = tempfile.mkdtemp(prefix="wscheck-bench.")
  try:
    bench = Bench(sys.argv[1], scratch)
    figures = {"schema": "wscheck-bench-long/1", "peers": bench.peers(), "long": bench.long()}
  except Trouble as trouble:
    sys.exit(f"bench: {trouble}")
  finally:
    shutil.rmtree(scratch, ignore_errors=True)
  figures["machine"] = {"cpus": len(os.sched_getaffinity(0)), "load_before": before, "load_after": os.getloadavg()[0]}
  with open(sys.argv[2], "w", encoding="utf-8") as file:
    json.dump(figures, file, indent=2)
    file.write("\n")
  show(figures)


main()
