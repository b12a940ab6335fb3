#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Says which share of the lines and branches of each layer tests reach, and holds it to the targets.

usage: judge.py COVERAGE.json LEFT.txt

COVERAGE.json is gcovr's. LEFT.txt lists the files that are under a target, with the reason of each: `FILE  REASON`, # begins
a comment. Exit code 1 if a layer is under a target, if a file is that is not listed, or if one is listed that no longer is.
"""
import json
import sys

LAYERS = ("src/check/", "tracefmt/", "src/record/")
TARGETS = {"lines": 95, "branches": 90}
# Of a listed file: so much over both targets is no accident of timing.
CLEARLY = 3


class Reached:
  """How many of how many, of lines and branches."""

  def __init__(self):
    self.of = {kind: [0, 0] for kind in TARGETS}

  def add_line(self, line):
    self.of["lines"][0] += line["count"] > 0
    self.of["lines"][1] += 1
    for branch in line["branches"]:
      self.of["branches"][0] += branch["count"] > 0
      self.of["branches"][1] += 1

  def add(self, other):
    for kind, (some, every) in other.of.items():
      self.of[kind][0] += some
      self.of[kind][1] += every

  def percent(self, kind):
    some, every = self.of[kind]
    return 100 * some / every if every else 100

  def is_over(self, by=0):
    return all(self.percent(kind) >= min(target + by, 100) for kind, target in TARGETS.items())

  def __str__(self):
    return "  ".join(f"{self.percent(kind):5.1f} % of {self.of[kind][1]:5,} {kind}" for kind in TARGETS)


def read_coverage(path):
  files = {}
  with open(path, encoding="utf-8") as file:
    for entry in json.load(file)["files"]:
      reached = files.setdefault(entry["file"], Reached())
      for line in entry["lines"]:
        if not line["gcovr/noncode"]:
          reached.add_line(line)
  return files


def read_left(path):
  left = {}
  with open(path, encoding="utf-8") as file:
    for line in file:
      if line.strip() and not line.startswith("#"):
        name, reason = line.strip().split(None, 1)
        left[name] = reason
  return left


def judge_layers(files):
  wrong = []
  for layer in LAYERS:
    total = Reached()
    for name, reached in files.items():
      if name.startswith(layer):
        total.add(reached)
    print(f"{layer.rstrip('/'):<12} {total}")
    if total.of["lines"][1] == 0 or not total.is_over():
      wrong.append(f"{layer.rstrip('/')} is under a target: {TARGETS['lines']} % of lines, {TARGETS['branches']} % of branches")
  return wrong


def judge_files(files, left):
  wrong = []
  for name, reached in sorted(files.items()):
    if not reached.is_over():
      print(f"  {name:<32} {reached}  {left.get(name, '')}")
      if name not in left:
        wrong.append(f"{name} is under a target, and is not listed with a reason")
    elif name in left and reached.is_over(CLEARLY):
      wrong.append(f"{name} is listed, and is over the targets now")
  return wrong + [f"{name} is listed, and there is no such file" for name in left if name not in files]


def main():
  if len(sys.argv) != 3:
    sys.exit(__doc__)
  files, left = read_coverage(sys.argv[1]), read_left(sys.argv[2])
  wrong = judge_layers(files) + judge_files(files, left)
  for what in wrong:
    print(f"FAILED: {what}")
  return 1 if wrong else 0


sys.exit(main())
