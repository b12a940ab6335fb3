# SPDX-License-Identifier: MIT
"""What the measuring scripts share: running programs, spreads, the size of it all."""
import os
import statistics
import subprocess
import sys

SHORT = os.environ.get("BENCH_SHORT", "") not in ("", "0")
SCALE = 20 if SHORT else 1
TIMEOUT_S = 900


class Trouble(Exception):
  pass


def run(*command, codes=(0,), environment=None):
  """The standard output of a command that must end with one of these exit codes."""
  try:
    result = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, env=environment,
                            timeout=TIMEOUT_S)
  except (OSError, subprocess.TimeoutExpired) as error:
    raise Trouble(f"{command[0]}: {error}") from None
  if result.returncode not in codes:
    output = (result.stdout + result.stderr).decode(errors="replace").strip()
    raise Trouble(f"'{' '.join(command)}' exited with {result.returncode}: {output[-1000:]}")
  return result.stdout.decode(errors="replace")


def ask(*command):
  """The first line of what a command says about itself, or None."""
  try:
    lines = run(*command).splitlines()
  except Trouble:
    return None
  return lines[0].strip() if lines else None


def spread(values):
  return {"median": statistics.median(values), "min": min(values), "max": max(values), "count": len(values)}


def say(what):
  print(f"bench: {what} ...", file=sys.stderr, flush=True)


def shown(values, digits=2, scale=1.0):
  median, low, high = (f"{values[key] * scale:,.{digits}f}" for key in ("median", "min", "max"))
  return f"{median} ({low} to {high})"
