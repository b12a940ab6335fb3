#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Finds functions that call themselves, also by way of others: a stack that a file may make deep is a crash.

usage: recursion.py CALLGRAPH...      files as `gcc -fcallgraph-info` writes them

Prints each cycle that is not in BOUNDED, and each entry of that which is no cycle any more. Exit code 1: there are some.
(Calls by way of a pointer are not seen; those of the program are to callbacks that call nothing of their caller's.)
"""
import re
import sys

# What may call itself, and why its depth is bounded.
BOUNDED = {
    ("src/report/json_value.c", "write_value"): "as deep as the documents that are built, and meta data: 32",
    ("src/check/window.c", "explore"): "an event a step, of a group of 64 (GROUP_EVENTS_MAX) at most",
    ("src/check/window.c", "follow"): "with explore",
    ("src/check/analysis.c", "analysis_finish"): "once: of an analysis that goes through one course, no courses are gone through",
    ("src/check/course.c", "course_search"): "with analysis_finish",
    ("src/check/course.c", "search_queue"): "with analysis_finish",
    ("src/check/course.c", "judge"): "with analysis_finish",
    ("src/check/course.c", "judge_all"): "with analysis_finish",
    ("src/check/course.c", "judge_queue"): "with analysis_finish",
    ("src/check/course.c", "run"): "with analysis_finish",
    ("src/check/course.c", "go_through"): "with analysis_finish",
}


def read(paths):
  """name -> called names, of functions defined in the files."""
  calls, places = {}, {}
  for path in paths:
    with open(path, encoding="utf-8") as file:
      for line in file:
        node = re.match(r'node: \{ title: "([^"]+)" label: "[^"\\]*\\n([^":]*):\d+:\d+', line)
        edge = re.match(r'edge: \{ sourcename: "([^"]+)" targetname: "([^"]+)"', line)
        if node and "shape" not in line:
          calls.setdefault(node.group(1), set())
          places[node.group(1)] = node.group(2)
        elif edge:
          calls.setdefault(edge.group(1), set()).add(edge.group(2))
  return calls, places


def cycles(calls):
  """Tarjan, without recursion of its own: strongly connected components that are cycles."""
  index, low, on_stack, stack, found = {}, {}, set(), [], []
  for root in calls:
    if root in index:
      continue
    work = [(root, iter(calls[root]))]
    index[root] = low[root] = len(index)
    stack.append(root)
    on_stack.add(root)
    while work:
      node, rest = work[-1]
      for called in rest:
        if called not in calls:
          continue
        if called not in index:
          index[called] = low[called] = len(index)
          stack.append(called)
          on_stack.add(called)
          work.append((called, iter(calls[called])))
          break
        if called in on_stack:
          low[node] = min(low[node], index[called])
      else:
        work.pop()
        if work:
          low[work[-1][0]] = min(low[work[-1][0]], low[node])
        if low[node] == index[node]:
          part = []
          while not part or part[-1] != node:
            part.append(stack.pop())
            on_stack.discard(part[-1])
          if len(part) > 1 or node in calls[node]:
            found.append(sorted(part))
  return found


def main():
  calls, places = read(sys.argv[1:])
  if not calls:
    sys.exit("recursion.py: no call graph is given")
  bad, seen = 0, set()
  for cycle in cycles(calls):
    names = [(places.get(name, "?"), name.split(":")[-1]) for name in cycle]
    seen.update(names)
    if any(name not in BOUNDED for name in names):
      bad += 1
      print("recursion:", ", ".join(f"{place}: {name}" for place, name in names))
  for name in BOUNDED:
    if name not in seen:
      bad += 1
      print(f"recursion.py: {name[1]} is listed and does not call itself")
  print(f"{len(calls)} functions, {len(seen)} call themselves, {bad} not known to be bounded")
  return 1 if bad else 0


sys.exit(main())
