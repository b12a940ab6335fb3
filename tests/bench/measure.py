#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Measures, prints the table and writes bench.json. Called by run.sh, which says what the fields mean.

usage: measure.py BUILD_DIRECTORY OUTPUT
"""
import collections
import json
import os
import platform
import random
import re
import shutil
import statistics
import sys
import tempfile
import time

import replay
from common import SCALE, SHORT, Trouble, ask, run, say, shown, spread

WORKERS = 4

RECORDER_RUNS = 1 if SHORT else 5
RECORDER_REPETITIONS = 2 if SHORT else 15
SIZE_RUNS = 2 if SHORT else 3
SIZE_TASKS = 1000000 // SCALE
SIZE_GRAINS_NS = (200, 2000)
SIZE_BATCHES = (1, 8)
ANALYSIS_RUNS = 3 if SHORT else 9
LONG_TASKS = 6600000 // SCALE  # three events each, and the steals
SHORT_TASKS = LONG_TASKS // 10
LONG_GRAINS_NS = (200, 400, 800, 1600, 3200)  # the next one if events were dropped
SHORT_RUNS = 3
BLUR_TASKS = 100000 // SCALE

TIGHT_RATIO_MAX = 1.3
ADDED_NS_MAX = 2.0
BYTES_PER_EVENT = (2.0, 1.7)  # the target, and what would be better still
ANALYSIS_RATIO = (4, 2.5)
PEAK_KIB = (64 * 1024, 32 * 1024)


# What was measured, and where.


def cpu_model():
  try:
    with open("/proc/cpuinfo", encoding="utf-8") as file:
      names = re.findall(r"^model name\s*: (.*)$", file.read(), re.M)
  except OSError:
    names = []
  return names[0] if names else platform.machine()


def machine():
  return {
    "cpu": cpu_model(),
    "cores": len(os.sched_getaffinity(0)),
    "kernel": f"{platform.system()} {platform.release()} {platform.machine()}",
    "memory_kib": os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") // 1024,
    "load_before": os.getloadavg()[0],
  }


def compiler_of(program):
  """What the compiler left in the program, so that it is not another one's name."""
  try:
    text = run("readelf", "-p", ".comment", program)
  except Trouble:
    return None
  return ", ".join(sorted(set(re.findall(r"^\s*\[\s*[0-9a-f]+\]\s+(.*)$", text, re.M)))) or None


def build(program):
  return {
    "compiler": compiler_of(program),
    "libc": " ".join(platform.libc_ver()),
    "libzstd": ask("pkg-config", "--modversion", "libzstd"),
    "libcbor": ask("pkg-config", "--modversion", "libcbor"),
    "json_c": ask("pkg-config", "--modversion", "json-c"),
    "zstd": ask("zstd", "--version"),
    "python": platform.python_version(),
  }


def recording_worker(event):
  """The worker whose stream an event belongs to."""
  if event["ev"].startswith("steal_"):
    return event["to"]
  return event["from"] if event["ev"] == "wake" else event["worker"]


def commonest_distance(events):
  """Of neighbouring stamps of one worker. Where the counter advances in coarse steps, this is a step or a few."""
  last = {}
  distances = collections.Counter()
  for event in events:
    worker = recording_worker(event)
    distances[event["ts"] - last.get(worker, event["ts"])] += 1
    last[worker] = event["ts"]
  del distances[0]
  if not distances:
    raise Trouble("a trace without stamps")
  return distances.most_common(1)[0][0]


def blur(events, distance):
  """Adds noise below `distance` to every stamp; each worker's stay in order."""
  noise = random.Random(1)
  last = {}
  for event in events:
    worker = recording_worker(event)
    event["ts"] = max(event["ts"] + noise.randrange(distance), last.get(worker, 0))
    last[worker] = event["ts"]


# The measurements.


class Bench:
  def __init__(self, directory, scratch):
    self.wscheck = os.path.join(directory, "wscheck")
    self.pool = os.path.join(directory, "samples", "pool")
    self.recorder_loops = os.path.join(directory, "tests", "bench", "recorder")
    self.peak = os.path.join(directory, "tests", "bench", "peak")
    self.directory = directory
    self.scratch = scratch

  def record(self, name, tasks, grain_ns, batch=1, seed=1):
    """Records the pool; the path of the trace and what `info` says about it."""
    path = os.path.join(self.scratch, name)
    run(self.pool, "--workers", str(WORKERS), "--tasks", str(tasks), "--grain", str(grain_ns), "--batch", str(batch),
        "--seed", str(seed), "--trace", path)
    info = json.loads(run(self.wscheck, "info", "--format", "json", path))
    if info["end"] != "clean" or info["damaged_blocks"] or not info["events"]:
      raise Trouble(f"the pool's trace is not whole: end {info['end']}, {info['damaged_blocks']} damaged blocks")
    return path, info

  def record_whole(self, name, tasks):
    """Records with the smallest grain that drops nothing; also says which it was."""
    for grain_ns in LONG_GRAINS_NS:
      path, info = self.record(name, tasks, grain_ns)
      if not info["dropped"]:
        return path, info, grain_ns
    raise Trouble(f"events were dropped even with a grain of {LONG_GRAINS_NS[-1]} ns: is the machine busy?")

  def measured(self, *command):
    result = json.loads(run(self.peak, *command))
    if result["exit_code"] != 0:
      raise Trouble(f"'{' '.join(command)}' exited with {result['exit_code']}")
    return result

  def recorder(self):
    runs = [json.loads(run(self.recorder_loops, "--json", str(RECORDER_REPETITIONS))) for _ in range(RECORDER_RUNS)]
    work = {}
    for name in runs[0]["work"]:
      rows = [one["work"][name] for one in runs]
      work[name] = {key: spread([row[key] for row in rows]) for key in rows[0] if key != "ours_minus_limit_ns"}
      work[name]["ours_minus_limit_ns"] = spread([row["ours_minus_limit_ns"]["median"] for row in rows])
    return {"tight_ratio": spread([one["tight_ratio"]["median"] for one in runs]), "work": work}

  def size(self):
    kinds = [(grain_ns, batch) for grain_ns in SIZE_GRAINS_NS for batch in SIZE_BATCHES]
    infos = {kind: [] for kind in kinds}
    for seed in range(1, SIZE_RUNS + 1):
      for grain_ns, batch in kinds:
        infos[grain_ns, batch].append(self.record("size.zst", SIZE_TASKS, grain_ns, batch, seed)[1])
    return [{
      "grain_ns": grain_ns,
      "batch": batch,
      "tasks": SIZE_TASKS,
      "events": sum(info["events"] for info in infos[grain_ns, batch]),
      "dropped": sum(info["dropped"] for info in infos[grain_ns, batch]),
      "bytes_per_event": spread([info["file_bytes"] / info["events"] for info in infos[grain_ns, batch]]),
    } for grain_ns, batch in kinds]

  def blurred(self):
    """What a trace takes whose stamps are as if of a finer counter: random below their commonest distance."""
    path, info, _ = self.record_whole("sharp.zst", BLUR_TASKS)
    lines = [json.loads(line) for line in run(self.wscheck, "dump", path).splitlines()]
    events = [line for line in lines if "ev" in line]
    distance = commonest_distance(events)
    blur(events, distance)
    source, blurred = (os.path.join(self.scratch, name) for name in ("blurred.jsonl", "blurred.zst"))
    with open(source, "w", encoding="utf-8") as file:
      file.writelines(json.dumps(line, separators=(",", ":")) + "\n" for line in lines)
    run(self.wscheck, "import", source, "-o", blurred)
    finer = json.loads(run(self.wscheck, "info", "--format", "json", blurred))
    return {
      "noise_ticks": distance,
      "events": info["events"],
      "sharp_bytes_per_event": info["file_bytes"] / info["events"],
      "bytes_per_event": finer["file_bytes"] / finer["events"],
    }

  def analysis(self, path, info, grain_ns):
    """The figures of `analysis`, and the peaks."""
    analyze = [self.wscheck, "analyze", "-q", path]
    zstd = ["zstd", "-dc", path]
    times = {"analyze": [], "zstd": []}
    for command in (zstd, analyze):  # warms the caches
      self.measured(*command)
    for i in range(ANALYSIS_RUNS):
      pair = [("zstd", zstd), ("analyze", analyze)]
      for name, command in pair if i % 2 == 0 else reversed(pair):
        times[name].append(self.measured(*command))
    walls, cpus = ({name: [one[key] for one in rows] for name, rows in times.items()} for key in ("wall_s", "cpu_s"))
    figures = {
      "tasks": LONG_TASKS,
      "workers": WORKERS,
      "grain_ns": grain_ns,
      "events": info["events"],
      "file_bytes": info["file_bytes"],
      "analyze_s": spread(walls["analyze"]),
      "zstd_s": spread(walls["zstd"]),
      "ratio": spread([ours / theirs for ours, theirs in zip(walls["analyze"], walls["zstd"])]),
      "ratio_of_least": min(walls["analyze"]) / min(walls["zstd"]),
      "cpu_ratio": spread([ours / theirs for ours, theirs in zip(cpus["analyze"], cpus["zstd"])]),
      "events_per_s": spread([info["events"] / wall for wall in walls["analyze"]]),
    }
    return figures, [one["peak_kib"] for one in times["analyze"]]

  def memory(self, short, long, long_peaks):
    """Of the paths and inventories of a short and a long trace."""
    short_path, short_info = short
    peaks = [self.measured(self.wscheck, "analyze", "-q", short_path)["peak_kib"] for _ in range(SHORT_RUNS)]
    events = long["events"] - short_info["events"]
    return {
      "floor_kib": self.measured("true")["peak_kib"],
      "short": {"events": short_info["events"], "peak_kib": spread(peaks)},
      "long": {"events": long["events"], "peak_kib": spread(long_peaks)},
      "bytes_per_event": (statistics.median(long_peaks) - statistics.median(peaks)) * 1024 / events,
    }

  def all(self):
    figures = {
      "schema": "wscheck-bench/1",
      "short": SHORT,
      "started": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()),
      "commit": ask("git", "describe", "--always", "--dirty"),
      "machine": machine(),
      "build": build(self.wscheck),
    }
    say("recording cost")
    figures["recorder"] = self.recorder()
    say("bytes per event")
    figures["size"] = self.size()
    figures["size_blurred"] = self.blurred()
    say("analysis")
    short_path, short_info, _ = self.record_whole("short.zst", SHORT_TASKS)
    figures["machine"]["ticks_per_second"] = short_info["header"].get("ticks_per_second")
    long_path, long_info, grain_ns = self.record_whole("long.zst", LONG_TASKS)
    figures["analysis"], peaks = self.analysis(long_path, long_info, grain_ns)
    figures["memory"] = self.memory((short_path, short_info), long_info, peaks)
    figures["replay"] = replay.figures(self.directory, self.scratch, self.measured)
    figures["machine"]["load_after"] = os.getloadavg()[0]
    figures["targets"] = targets(figures)
    return figures


def targets(figures):
  work = figures["recorder"]["work"]
  rows = [
    ("tight loop, times the limit's", figures["recorder"]["tight_ratio"]["median"], (TIGHT_RATIO_MAX,), "times"),
    ("added to latency-bound work beyond the limit", work["latency"]["ours_minus_limit_ns"]["median"], (ADDED_NS_MAX,),
     "ns"),
    ("added to ALU-bound work beyond the limit", work["alu"]["ours_minus_limit_ns"]["median"], (ADDED_NS_MAX,), "ns"),
    ("file size per event, pool", max(row["bytes_per_event"]["median"] for row in figures["size"]), BYTES_PER_EVENT,
     "bytes"),
    ("analyze, times zstd -dc, pool", figures["analysis"]["ratio"]["median"], ANALYSIS_RATIO, "times"),
    ("peak memory of analyze, pool", figures["memory"]["long"]["peak_kib"]["max"], PEAK_KIB, "KiB"),
  ] + replay.targets(figures["replay"])
  return [{
    "name": name,
    "value": value,
    "at_most": limits[0],
    "stretch": limits[1] if len(limits) > 1 else None,
    "unit": unit,
    "holds": value <= limits[0],
  } for name, value, limits, unit in rows]


# What people see.


def print_setting(figures):
  host, made = figures["machine"], figures["build"]
  print(f"wscheck {figures['commit']}, {figures['started']}"
        + (", short: the figures say little" if figures["short"] else ""))
  print(f"  machine   {host['cpu']}, {host['cores']} cores, {host['memory_kib'] // 1024:,} MiB, {host['kernel']}, "
        f"load {host['load_before']:.1f} to {host['load_after']:.1f}")
  if host["ticks_per_second"]:
    print(f"  clock     {host['ticks_per_second'] / 1e6:,.0f} MHz")
  print(f"  built by  {made['compiler']}; {made['libc']}, libzstd {made['libzstd']}, libcbor {made['libcbor']}, "
        f"json-c {made['json_c']}")
  print(f"  against   {made['zstd']}")


def print_recorder(recorder):
  print("\nRecording, ns per iteration with one event: median (least to most)")
  print(f"  {'work':9}{'alone':>8}{'limit':>8}{'ours':>8}{'limit adds':>12}{'ours adds':>12}   ours - limit")
  for name, row in recorder["work"].items():
    columns = "".join(f"{row[key]['median']:{width}.2f}" for key, width in
                      (("alone_ns", 8), ("limit_ns", 8), ("ours_ns", 8), ("limit_added_ns", 12), ("ours_added_ns", 12)))
    print(f"  {name:9}{columns}   {shown(row['ours_minus_limit_ns'])}")
  print(f"  tight loop: {shown(recorder['tight_ratio'], 3)} times the limit's")


def print_size(size, blurred):
  print(f"\nTrace files of the pool with {WORKERS} workers")
  print(f"  {'grain ns':>8}{'batch':>7}{'events':>12}{'dropped':>11}   bytes per event")
  for row in size:
    print(f"  {row['grain_ns']:8}{row['batch']:7}{row['events']:12,}{row['dropped']:11,}   "
          f"{shown(row['bytes_per_event'], 3)}")
  print(f"  with noise of {blurred['noise_ticks']} ticks, the commonest distance, in every stamp (as of a finer counter): "
        f"{blurred['bytes_per_event']:.3f} instead of {blurred['sharp_bytes_per_event']:.3f}")


def print_analysis(analysis, memory):
  print(f"\nAnalysis of {analysis['events']:,} events in {analysis['file_bytes']:,} bytes (grain {analysis['grain_ns']} "
        "ns, none dropped)")
  print(f"  wscheck analyze -q   {shown(analysis['analyze_s'], 3)} s, "
        f"{shown(analysis['events_per_s'], 1, 1e-6)} million events/s")
  print(f"  zstd -dc             {shown(analysis['zstd_s'], 3)} s")
  print(f"  ratio                {shown(analysis['ratio'])}; of the least times {analysis['ratio_of_least']:.2f}; "
        f"of processor time {shown(analysis['cpu_ratio'])}")
  print(f"  peak memory          {shown(memory['long']['peak_kib'], 0)} KiB")
  print(f"  of {memory['short']['events']:,} events  {shown(memory['short']['peak_kib'], 0)} KiB "
        f"({memory['bytes_per_event']:.3f} bytes for each further event; a program that does nothing: "
        f"{memory['floor_kib']:,} KiB)")


def print_targets(rows):
  print("\nTargets")
  for row in rows:
    digits = 0 if row["unit"] == "KiB" else 2
    stretch = "" if row["stretch"] is None else f" (better: {row['stretch']:,})"
    print(f"  {'holds ' if row['holds'] else 'MISSED'}  {row['name']}: {row['value']:,.{digits}f} {row['unit']}, "
          f"at most {row['at_most']:,} {row['unit']}{stretch}")


def measure(directory):
  scratch = tempfile.mkdtemp(prefix="wscheck-bench.")
  try:
    return Bench(directory, scratch).all()
  finally:
    shutil.rmtree(scratch, ignore_errors=True)


def print_all(figures):
  print_setting(figures)
  print_recorder(figures["recorder"])
  print_size(figures["size"], figures["size_blurred"])
  print_analysis(figures["analysis"], figures["memory"])
  replay.show(figures["replay"])
  print_targets(figures["targets"])


def main():
  if len(sys.argv) != 3:
    print(__doc__, file=sys.stderr)
    return 1
  directory, output = sys.argv[1:]
  temporary = f"{output}.{os.getpid()}.tmp"
  try:
    os.makedirs(os.path.dirname(output) or ".", exist_ok=True)
    if os.path.isdir(output):
      raise Trouble(f"{output} is a directory")
    with open(temporary, "w", encoding="utf-8") as file:  # now, and not after a minute of measuring
      figures = measure(directory)
      print_all(figures)
      json.dump(figures, file, indent=2)
      file.write("\n")
    os.replace(temporary, output)
  except (Trouble, OSError, ValueError, KeyError) as error:
    print(f"bench: {error if isinstance(error, (Trouble, OSError)) else repr(error)}", file=sys.stderr)
    return 1
  finally:
    if os.path.exists(temporary):
      os.unlink(temporary)
  print(f"\nAll of it is in {output}.")
  return 0


if __name__ == "__main__":
  sys.exit(main())
