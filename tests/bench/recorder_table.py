#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""What the recorder costs, in each mode and beside LTTng-UST: runs recorder_modes and the sample pool, prints tables and
writes build/bench-recorder.json. `make bench-recorder` builds and runs this.

usage: recorder_table.py BUILD_DIRECTORY OUTPUT

LTTng-UST is measured where it is installed (Debian: liblttng-ust-dev when building, lttng-tools); nothing of it stays. Timings never make this fail: it exits with 1 only if something
could not be run.

What the file holds (spreads are {"median", "low", "high"}):
  machine, repetitions, phases, lttng (whether it was measured)
  cells     for each number of threads, kind of work and tracer: added_ns, what an event adds to the processor time of a
            round of its own thread; beyond_limit_ns, what it adds beyond rdtsc, a 16-byte store and a release store.
            Spreads are those of the phases (tests/bench/loops.h), of each of which the fastest burst counts
  targets   name, value, at_most or at_least, holds
  sustain   events a second that one worker records with nothing dropped; drain_ns, the processor time that the drain
            thread takes for each, which no cell has
  pool      for each grain: tasks a second without and with recording, in turns; loss, the median of the pairs' shares
  probe     double takes a second that `pool --bug take-fence` shows without and with recording, in turns
"""
import json
import os
import platform
import re
import shutil
import statistics
import subprocess
import sys
import tempfile

from lttng import Lttng

SHORT = os.environ.get("BENCH_SHORT", "") not in ("", "0")
REPETITIONS = 3 if SHORT else 30
SUSTAIN_S = 0.2 if SHORT else 2
POOL_GRAINS_NS = (100, 1000, 10000)
POOL_WORK_NS = 20_000_000 if SHORT else 1_000_000_000  # of all tasks together
POOL_RUNS = 3 if SHORT else 11
PROBE_RUNS = 2 if SHORT else 10
PROBE_TASKS = 100_000 if SHORT else 1_000_000


def output_of(*command, environment=None, codes=(0,)):
  result = subprocess.run(command, env=environment, stdin=subprocess.DEVNULL, capture_output=True, timeout=900)
  if result.returncode not in codes:
    sys.exit(f"bench: '{' '.join(command)}' exited with {result.returncode}: {result.stderr.decode()[-500:]}")
  return result.stdout.decode()


def measure_modes(build):
  lttng = Lttng()
  try:
    started = lttng.start("wscheck_bench:start")
    environment = lttng.environment if started else dict(os.environ, LTTNG_UST_REGISTER_TIMEOUT="0")
    return json.loads(output_of(f"{build}/tests/bench/recorder_modes", str(REPETITIONS), environment=environment))
  finally:
    lttng.stop()


def pool(build, *arguments, trace=None):
  """The numbers that the pool prints: tasks a second, double takes, seconds."""
  command = [f"{build}/samples/pool", *arguments] + (["--trace", trace] if trace else [])
  text = output_of(*command, codes=(0, 1, 3))
  found = re.search(r"in ([0-9.]+) s, (\d+) tasks/s, \d+ stolen, (\d+) run again", text)
  if not found:
    sys.exit(f"bench: the pool printed '{text.strip()}'")
  return float(found[1]), int(found[2]), int(found[3])


def spread(values):
  return {"median": statistics.median(values), "low": min(values), "high": max(values)}


def measure_pool(build, scratch):
  rows = []
  for grain in POOL_GRAINS_NS:
    bare, recorded, loss = [], [], []
    arguments = ("--workers", "2", "--grain", str(grain), "--tasks", str(max(1000, POOL_WORK_NS // grain)))
    for _ in range(POOL_RUNS):
      bare.append(pool(build, *arguments)[1])
      recorded.append(pool(build, *arguments, trace=f"{scratch}/pool.zst")[1])
      loss.append(1 - recorded[-1] / bare[-1])
    rows.append({"grain_ns": grain, "bare": spread(bare), "recorded": spread(recorded), "loss": spread(loss)})
  return rows


def measure_probe(build, scratch):
  rates = {"bare": [], "recorded": []}
  for seed in range(PROBE_RUNS):
    for name, trace in (("bare", None), ("recorded", f"{scratch}/probe.zst")):
      seconds, _, again = pool(build, "--bug", "take-fence", "--workers", "2", "--tasks", str(PROBE_TASKS), "--seed",
                               str(seed + 1), trace=trace)
      rates[name].append(again / max(seconds, 1e-9))
  return {name: spread(values) for name, values in rates.items()}


def cell(figures, threads, work, tracer):
  for row in figures["cells"]:
    if (row["threads"], row["work"], row["tracer"]) == (threads, work, tracer):
      return row
  return None


def targets(figures):
  rows = []
  for tracer in ("drop", "overwrite"):
    for threads in (1, 2):
      ours = cell(figures, threads, "latency", tracer)["beyond_limit_ns"]["median"]
      rows.append({"name": f"{tracer}, {threads} threads, latency-bound: ns beyond the limit", "value": ours, "at_most": 1})
      limit = cell(figures, threads, "alu", "limit")["added_ns"]["median"]
      ours = cell(figures, threads, "alu", tracer)["added_ns"]["median"]
      rows.append({"name": f"{tracer}, {threads} threads, ALU-bound: times what the limit adds",
                   "value": ours / limit if limit > 0 else None, "at_most": 1.25})
      peer = cell(figures, threads, "alu", "lttng_ust")
      if peer:
        rows.append({"name": f"{tracer}, {threads} threads, ALU-bound: LTTng-UST adds so many times more",
                     "value": peer["added_ns"]["median"] / ours if ours > 0 else None, "at_least": 10})
  for row in rows:
    value = row["value"]
    row["holds"] = value is not None and row.get("at_least", value) <= value <= row.get("at_most", value)
  return rows


def print_tables(figures):
  print(f"{figures['machine']}; ns an event adds to its thread: median (spread) of {figures['phases']} phases, "
        f"of each the fastest of {figures['repetitions']} bursts")
  tracers = [name for name in ("limit", "drop", "overwrite", "block", "drop_full", "lttng_ust")
             if cell(figures, 1, "tight", name)]
  print(f"{'threads':>7} {'work':<8}" + "".join(f"{name:>24}" for name in tracers))
  for threads in (1, 2):
    for work in ("tight", "latency", "alu"):
      row = ""
      for name in tracers:
        added = cell(figures, threads, work, name)["added_ns"]
        row += f"{added['median']:>8.2f} ({added['low']:.2f} to {added['high']:.2f})".rjust(24)
      print(f"{threads:>7} {work:<8}{row}")
  if not figures["lttng"]:
    print("LTTng-UST was not measured: liblttng-ust-dev and lttng-tools are needed")
  for row in figures["targets"]:
    bound = f"at most {row['at_most']}" if "at_most" in row else f"at least {row['at_least']}"
    value = "nothing measurable" if row["value"] is None else f"{row['value']:.2f}"
    print(f"  {'holds ' if row['holds'] else 'MISSED'}  {row['name']}: {value} ({bound})")
  print(f"sustained: {figures['sustain']['events_per_s'] / 1e6:.1f} million events a second of one worker, none dropped; "
        f"each takes {figures['sustain']['drain_ns']:.0f} ns of the drain thread")
  for row in figures["pool"]:
    loss = row["loss"]
    print(f"pool, grain {row['grain_ns']:>6,} ns: {row['bare']['median']:>12,.0f} tasks/s bare, "
          f"{row['recorded']['median']:>12,.0f} recorded: {100 * loss['median']:.1f} % lost "
          f"({100 * loss['low']:.1f} to {100 * loss['high']:.1f})")
  probe = figures["probe"]
  print("probe effect: pool --bug take-fence takes twice "
        + ", ".join(f"{probe[name]['median']:.1f} times a second {name} ({probe[name]['low']:.1f} to "
                    f"{probe[name]['high']:.1f})" for name in ("bare", "recorded")))


def main():
  if len(sys.argv) != 3:
    sys.exit("usage: recorder_table.py BUILD_DIRECTORY OUTPUT")
  build, output = sys.argv[1:]
  figures = measure_modes(build)
  figures["machine"] = f"{platform.machine()}, {len(os.sched_getaffinity(0))} cores, load {os.getloadavg()[0]:.1f}"
  figures["targets"] = targets(figures)
  figures["sustain"] = json.loads(output_of(f"{build}/tests/bench/recorder_modes", "--sustain", str(SUSTAIN_S)))
  scratch = tempfile.mkdtemp(prefix="wscheck-bench.")
  try:
    figures["pool"] = measure_pool(build, scratch)
    figures["probe"] = measure_probe(build, scratch)
  finally:
    shutil.rmtree(scratch, ignore_errors=True)
  with open(output, "w", encoding="utf-8") as file:
    json.dump(figures, file, indent=1)
  print_tables(figures)


main()
