# SPDX-License-Identifier: MIT
"""Analysis of generated traces, beside what bounds it: zstd alone, and a bare loop over the same events in memory.

run.sh says what the fields mean.
"""
import json
import os
import statistics

from common import SCALE, SHORT, Trouble, run, say, shown, spread

RUNS = 2 if SHORT else 5
EVENTS = 10000000 // SCALE
FEW = 1000
MANY = 1000000 // SCALE
TIMES_LONGER = 10
RANGE_PERCENT = 1

BARE_RATIO = (2, 1)  # targets, and what would be better still
PEAK_KIB = (64 * 1024, 32 * 1024)
LIVE_TASK_BYTES = (64, 40)
HANDLE_BITS = (2,)
LONGER_RATIO = (10.5,)
LONGER_PEAK_RATIO = (1.05,)
RANGE_PER_CENT = (3, 1.5)


class Trace:
  """A generated trace, and what was measured on it."""

  def __init__(self, directory, scratch, name, events, live):
    self.path = os.path.join(scratch, f"{name}.zst")
    self.walls, self.zstd, self.peaks = [], [], []
    run(os.path.join(directory, "tests", "bench", "generate"), "--events", str(events), "--live", str(live), self.path)
    info = json.loads(run(os.path.join(directory, "wscheck"), "info", "--format", "json", self.path))
    self.events, self.bytes, self.duration_ns = info["events"], info["file_bytes"], info["duration_ns"]


def bare(directory, trace):
  result = json.loads(run(os.path.join(directory, "tests", "bench", "bare"), trace.path, str(RUNS)))
  if result["illegal"]:
    raise Trouble(f"the bare loop finds {result['illegal']} events of a sound trace illegal")
  return result


def range_options(trace):
  """One per cent of the whole, from its middle on."""
  part = trace.duration_ns * RANGE_PERCENT // 100
  return ["--from", f"{trace.duration_ns // 2}ns", "--to", f"{trace.duration_ns // 2 + part}ns"]


def seconds(traces, wscheck, measured):
  """Measures all in turns; the wall times of the range."""
  walls = []
  for trace in traces.values():  # warms the caches
    measured("zstd", "-dc", trace.path)
  for _ in range(RUNS):
    for trace in traces.values():
      trace.zstd.append(measured("zstd", "-dc", trace.path)["wall_s"])
      one = measured(wscheck, "analyze", "-q", trace.path)
      trace.walls.append(one["wall_s"])
      trace.peaks.append(one["peak_kib"])
    few = traces["few"]
    walls.append(
      measured(wscheck, "analyze", "-q", "--allow-incomplete", *range_options(few), few.path)["wall_s"])
  return walls


def against_bare(trace, loop):
  """How many times as fast the bare loop is."""
  return spread([ours / theirs for ours, theirs in zip(trace.walls, loop["seconds"])])


def row(trace, loop):
  return {
    "events": trace.events,
    "live": loop["live"],
    "file_bytes": trace.bytes,
    "analyze_s": spread(trace.walls),
    "zstd_s": spread(trace.zstd),
    "zstd_ratio": spread([ours / theirs for ours, theirs in zip(trace.walls, trace.zstd)]),
    "bare_s": spread(loop["seconds"]),
    "bare_ratio": against_bare(trace, loop),
    "events_per_s": spread([trace.events / wall for wall in trace.walls]),
    "bare_events_per_s": spread([trace.events / wall for wall in loop["seconds"]]),
    "peak_kib": spread(trace.peaks),
  }


def longer(short, long, tasks):
  """What ten times as many events take; the memory without the bits that tell finished handles."""
  grown_kib = statistics.median(long.peaks) - statistics.median(short.peaks)
  handles_kib = tasks * HANDLE_BITS[0] / 8 / 1024
  return {
    "events": long.events / short.events,
    "time_ratio": spread([a / b / (long.events / short.events / TIMES_LONGER)
                          for a, b in zip(long.walls, short.walls)]),
    "memory_ratio": (statistics.median(long.peaks) - handles_kib) / statistics.median(short.peaks),
    "bits_per_handle": grown_kib * 1024 * 8 / tasks,
  }


def tasks_of(directory, trace):
  report = run(os.path.join(directory, "wscheck"), "analyze", "-f", "json", trace.path)
  return json.loads(report)["trace"]["tasks"]


def figures(directory, scratch, measured):
  say("analysis of generated traces")
  traces = {
    "few": Trace(directory, scratch, "few", EVENTS, FEW),
    "many": Trace(directory, scratch, "many", EVENTS, MANY),
    "short": Trace(directory, scratch, "tenth", EVENTS // TIMES_LONGER, FEW),
  }
  few, many, short = (traces[name] for name in ("few", "many", "short"))
  loops = {name: bare(directory, traces[name]) for name in ("few", "many")}
  walls = seconds(traces, os.path.join(directory, "wscheck"), measured)
  peaks = {name: statistics.median(trace.peaks) for name, trace in traces.items()}
  return {
    "few": row(few, loops["few"]),
    "many": row(many, loops["many"]),
    "bytes_per_live_task":
      (peaks["many"] - peaks["few"]) * 1024 / (loops["many"]["live"] - loops["few"]["live"]),
    "longer": longer(short, few, tasks_of(directory, few) - tasks_of(directory, short)),
    "range": {
      "per_cent": RANGE_PERCENT,
      "analyze_s": spread(walls),
      "per_cent_of_time": spread([100 * part / whole for part, whole in zip(walls, few.walls)]),
    },
  }


def targets(replay):
  few, many, longer_ = replay["few"], replay["many"], replay["longer"]
  return [
    ("bare loop, times analyze's speed, 1,000 live tasks", few["bare_ratio"]["median"], BARE_RATIO, "times"),
    (f"bare loop, times analyze's speed, {MANY:,} live tasks", many["bare_ratio"]["median"], BARE_RATIO, "times"),
    ("peak memory of analyze, 1,000 live tasks", few["peak_kib"]["max"], PEAK_KIB, "KiB"),
    ("memory for each further live task", replay["bytes_per_live_task"], LIVE_TASK_BYTES, "bytes"),
    ("memory for each finished handle, dense", longer_["bits_per_handle"], HANDLE_BITS, "bits"),
    ("time of ten times as many events", longer_["time_ratio"]["median"], LONGER_RATIO, "times"),
    ("memory of ten times as many events, without finished handles", longer_["memory_ratio"], LONGER_PEAK_RATIO,
     "times"),
    (f"analyze --from --to, a range of {RANGE_PERCENT} %, of the whole's time",
     replay["range"]["per_cent_of_time"]["median"], RANGE_PER_CENT, "%"),
  ]


def show(replay):
  print("\nAnalysis of generated traces, 4 workers; the bare loop has the same events in memory and forgets time and order")
  print(f"  {'live tasks':>10}{'events':>12}   {'analyze, M events/s':26}{'bare loop, M events/s':26}"
        f"{'times the bare loop':24}{'times zstd -dc':24}peak, KiB")
  for name in ("few", "many"):
    one = replay[name]
    print(f"  {one['live']:>10,}{one['events']:>12,}   {shown(one['events_per_s'], 1, 1e-6):26}"
          f"{shown(one['bare_events_per_s'], 1, 1e-6):26}{shown(one['bare_ratio']):24}{shown(one['zstd_ratio']):24}"
          f"{shown(one['peak_kib'], 0)}")
  print(f"  each live task       {replay['bytes_per_live_task']:.1f} bytes")
  longer_ = replay["longer"]
  print(f"  {longer_['events']:.2f} times as long   {shown(longer_['time_ratio'])} times the time (of ten times), "
        f"{longer_['memory_ratio']:.2f} times the memory, and {longer_['bits_per_handle']:.2f} bits for each finished "
        "handle")
  part = replay["range"]
  print(f"  {part['per_cent']} % of the time    {shown(part['analyze_s'], 3)} s, {shown(part['per_cent_of_time'], 1)} % "
        "of the whole's")
