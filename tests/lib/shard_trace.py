#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Prints a history of a simulated pool with defects of every kind that shards say, as JSON Lines.

Handles lie on many pages (see src/check/share.h), tasks wander between own deques, a shared fifo and a lifo of an owner.
"""
import json
import random

WORKERS, TASKS, SHARED = 5, 900, 64
source = random.Random(7)
events, ts = [], 1000
queues = {q: [] for q in [*range(1, WORKERS + 1), SHARED]}


def emit(kind, **fields):
  global ts
  ts += source.randrange(1, 60)
  events.append({"ts": ts, "ev": kind, **fields})


def handle(number):
  return number if number % 3 == 0 else number * 4096 + 77 if number % 3 == 1 else 0x7F0000000000 + number * 64 * 129


def push(task, worker, queue, record=True):
  queues[queue].append(task)
  if record:
    emit("queued", task=task, worker=worker, queue=queue)


def run(task, worker):
  emit("exec_start", task=task, worker=worker)
  if source.random() < 0.05:
    emit("suspended", task=task, worker=worker)
    emit("resumed", task=task, worker=worker)
  emit("exec_complete", task=task, worker=worker)


def take(worker):
  own = queues[worker]
  if own and source.random() < 0.7:
    task = own.pop() if source.random() < 0.97 else own.pop(0)  # now and then out of turn
    if source.random() < 0.3:
      emit("dequeued", task=task, worker=worker)
    return task
  victim = source.choice([q for q in queues if q != worker])
  emit("steal_start", **{"from": victim, "to": worker})
  if not queues[victim] or source.random() < 0.2:
    reason = "empty" if source.random() < 0.6 else "lost_race"
    emit("steal_failure", **{"from": victim, "to": worker, "reason": reason})
    return None
  if source.random() < 0.02:
    globals()["ts"] += 2_000_000
  at = 0 if source.random() < 0.95 else -1
  task = queues[victim].pop(at)
  emit("steal_success", task=task, **{"from": victim, "to": worker})
  if source.random() < 0.1:
    push(task, worker, worker)  # loot
    return None
  return task


def step(number):
  worker = source.randrange(1, WORKERS + 1)
  chance = source.random()
  if chance < 0.45 and number < TASKS:
    for _ in range(source.randrange(1, 4)):
      push(handle(number), worker, worker if source.random() < 0.8 else SHARED)
      number += 1
    if source.random() < 0.03 and queues[worker]:
      emit("queued", task=queues[worker][0], worker=worker % WORKERS + 1, queue=worker)  # again
    return number
  if chance < 0.5:
    emit("parked", worker=worker)
    if source.random() < 0.3:
      globals()["ts"] += 7_000_000
    if source.random() < 0.3:
      emit("wake", **{"from": worker % WORKERS + 1, "to": worker})
    emit("unparked", worker=worker)
    return number
  task = take(worker)
  if task is None:
    return number
  luck = source.random()
  if luck < 0.02:
    emit("cancelled", task=task, worker=worker)
  elif luck > 0.015:
    run(task, worker)
  if 0.1 < luck < 0.13:
    run(task, worker % WORKERS + 1)  # twice
  return number


print(json.dumps({"wscheck": 1, "uncertainty_ns": 20, "publish_ns": 10, "queues": [
    {"queue": SHARED, "discipline": "fifo", "name": "injector"}]}))
made = 1
while made < TASKS or any(queues.values()):
  made = step(made)
  if made >= TASKS and sum(map(len, queues.values())) < 12:
    break
for event in events:
  print(json.dumps(event))
print('{"end":"clean"}')
