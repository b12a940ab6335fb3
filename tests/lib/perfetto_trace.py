#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Holds an exported Perfetto trace to its history. Prints a line "ok ..." or "not ok ..." for each promise.

usage: perfetto_trace.py EXPORT HISTORY.jsonl REPORT.json [--window FROM TO]

EXPORT is decoded by protoc with perfetto.proto, which lies beside this file. HISTORY.jsonl is the same trace as
`wscheck dump` writes it, REPORT.json its JSON report. --window: the export was asked for this stretch, in ns into the
trace; counts are then not compared.
"""

import json
import pathlib
import re
import subprocess
import sys

bad = False
RESTARTED = ("suspended", "ended_before")


def check(holds, name, why=""):
    global bad
    print(f"ok {name}" if holds else f"not ok {name}: {why}")
    bad |= not holds


def decode(path):
    """The packets as nested dicts of lists, from protoc's text form."""
    here = pathlib.Path(__file__).parent
    with open(path, "rb") as file:
        text = subprocess.run(
            ["protoc", f"--proto_path={here}", "--decode=Trace", str(here / "perfetto.proto")],
            stdin=file, stdout=subprocess.PIPE, check=True,
        ).stdout.decode()
    root, stack = {}, []
    here = root
    for line in text.splitlines():
        line = line.strip()
        if line.endswith("{"):
            inner = {}
            here.setdefault(line[:-2], []).append(inner)
            stack.append(here)
            here = inner
        elif line == "}":
            here = stack.pop()
        else:
            key, value = line.split(": ", 1)
            if value[0] == '"':
                value = re.sub(rb"\\([0-7]{3})", lambda m: bytes([int(m[1], 8)]), value[1:-1].encode()).decode()
                value = value.replace("\\\"", '"').replace("\\'", "'").replace("\\\\", "\\").replace("\\n", "\n")
            elif re.fullmatch(r"-?\d+", value):
                value = int(value)
            here.setdefault(key, []).append(value)
    return root.get("packet", [])


def unknown_fields(item):
    for key, values in item.items():
        if key.isdigit():
            yield key
        for value in values:
            if isinstance(value, dict):
                yield from unknown_fields(value)


class Export:
    """What the packets say, in their order, and what is wrong with that."""

    def __init__(self, packets):
        self.faults, self.tracks, self.events, self.names, self.notes = [], {}, [], {}, {}
        for number, packet in enumerate(packets):
            if packet.get("trusted_packet_sequence_id") != [1]:
                self.faults.append(f"packet {number} is of no sequence")
            if packet.get("sequence_flags") != [3 if number == 0 else 2]:
                self.faults.append(f"packet {number} has flags {packet.get('sequence_flags')}")
            for data in packet.get("interned_data", []):
                self.intern(data)
            for track in packet.get("track_descriptor", []):
                self.describe(track)
            for event in packet.get("track_event", []):
                self.add(packet["timestamp"][0], event)

    def intern(self, data):
        for field, table in (("event_names", self.names), ("debug_annotation_names", self.notes)):
            for text in data.get(field, []):
                if text["iid"][0] in table:
                    self.faults.append(f"{text} is interned twice")
                table[text["iid"][0]] = text["name"][0]

    def describe(self, track):
        uuid = track["uuid"][0]
        if uuid in self.tracks or uuid == 0:
            self.faults.append(f"track {uuid} twice")
        if any(parent not in self.tracks for parent in track.get("parent_uuid", [])):
            self.faults.append(f"track {uuid} has no parent")
        self.tracks[uuid] = track

    def add(self, ts, event):
        uuid = event["track_uuid"][0]
        if uuid not in self.tracks:
            self.faults.append(f"no track {uuid}")
        name = event.get("name", [None])[0]
        for iid in event.get("name_iid", []):
            if iid not in self.names:
                self.faults.append(f"no name {iid}")
            name = self.names.get(iid)
        notes = {}
        for note in event.get("debug_annotations", []):
            if note["name_iid"][0] not in self.notes:
                self.faults.append(f"no note {note}")
            value = [note[key][0] for key in ("uint_value", "string_value", "bool_value") if key in note]
            notes[self.notes.get(note["name_iid"][0])] = value[0]
        self.events.append({
            "ts": ts, "type": event["type"][0], "track": uuid, "name": name, "notes": notes,
            "starts": event.get("flow_ids", []), "ends": event.get("terminating_flow_ids", []),
            "value": event.get("counter_value", [None])[0],
        })

    def worker_of(self, uuid):
        thread = self.tracks[uuid].get("thread")
        return int(re.match(r"worker (\d+)", thread[0]["thread_name"][0])[1]) if thread else None


def check_tracks(export):
    threads = [track["thread"][0] for track in export.tracks.values() if "thread" in track]
    check(len({thread["tid"][0] for thread in threads}) == len(threads), "each worker is a thread of its own")
    processes = [track["process"][0] for track in export.tracks.values() if "process" in track]
    check(len(processes) == 1 and {thread["pid"][0] for thread in threads} <= {processes[0]["pid"][0]}, "one process")


def check_order(export):
    """Stamps ascend on each track as they are written, but for the starts of arrows, which are written late."""
    latest, wrong = {}, []
    for event in export.events:
        if event["name"] == "pushed, then stolen":
            continue
        if event["ts"] < latest.get(event["track"], 0):
            wrong.append(event)
        latest[event["track"]] = event["ts"]
    check(not wrong, "stamps ascend on every track", wrong[:3])


def slices_of(export):
    """(worker, task, begin, end) of all runs, cut ones put together, and what is wrong with the nesting."""
    stacks, runs, open_runs, faults = {}, [], {}, []
    for event in sorted(export.events, key=lambda event: event["ts"]):
        stack = stacks.setdefault(event["track"], [])
        if event["type"] == "BEGIN":
            stack.append(event)
        if event["type"] != "END":
            continue
        if not stack:
            faults.append(event)
            continue
        begin = stack.pop()
        task = begin["notes"].get("task")
        if task is None or begin["name"] == "steal":
            continue
        key = (event["track"], task)
        start = open_runs.pop(key, begin["ts"]) if "continued" in begin["notes"] else begin["ts"]
        run = (export.worker_of(event["track"]), task, start, event["ts"], "unfinished" in event["notes"])
        runs.append(run)
        open_runs[key] = start
    faults += [event for stack in stacks.values() for event in stack]
    # Of a cut run, the last part has it all.
    whole = {}
    for run in runs:
        whole[run[:3]] = run
    return sorted(whole.values()), faults


def runs_of(history):
    """The same from the events: a completion ends the latest run of its task on its worker."""
    runs, open_runs, end = [], {}, 0
    for line in history:
        kind = line.get("ev")
        if kind is None or kind == "gap":
            continue
        end = max(end, line["ts"])
        if kind in ("exec_start", "resumed"):
            open_runs.setdefault((line["worker"], line["task"]), []).append(line["ts"])
        elif kind in ("exec_complete", "suspended"):
            begun = open_runs.get((line["worker"], line["task"]))
            if begun:
                runs.append((line["worker"], line["task"], begun.pop(), line["ts"], False))
    for (worker, task), begun in open_runs.items():
        runs += [(worker, task, ts, end, True) for ts in begun]
    return sorted(runs)


def thefts_of(history):
    """How many takes by a thief found a task where another worker had pushed it."""
    pushers, thefts = {}, 0
    for line in history:
        kind, task = line.get("ev"), line.get("task")
        if kind == "queued":
            pushers[task] = line["worker"]
        elif kind == "steal_success":
            thefts += pushers.pop(task, line["to"]) != line["to"]
        elif kind in ("dequeued", "exec_start", "resumed", "cancelled", "push_failed"):
            pushers.pop(task, None)
    return thefts


def check_flows(export, history, window):
    starts, ends, wrong = {}, {}, []
    for event in export.events:
        for flow in event["starts"]:
            if flow in starts:
                wrong.append(f"flow {flow} starts twice")
            starts[flow] = event
        for flow in event["ends"]:
            if flow in ends or flow not in starts or starts[flow]["ts"] > event["ts"]:
                wrong.append(f"flow {flow} ends before it starts, or twice")
            elif starts[flow]["notes"]["task"] != event["notes"]["task"]:
                wrong.append(f"flow {flow} leads from one task to another")
            ends[flow] = event
    pushes = {(line["worker"], line["task"], line["ts"]) for line in history if line.get("ev") == "queued"}
    for event in starts.values():
        if (export.worker_of(event["track"]), event["notes"]["task"], event["ts"]) not in pushes:
            wrong.append(f"{event} is no push")
    check(not wrong, "arrows lead from a push to a run of that task", wrong[:3])
    if not window:
        thefts = thefts_of(history)
        check(len(starts) == thefts, "an arrow for each theft", f"{len(starts)}, not {thefts}")


def check_counters(export, history, report, window):
    depths, failures = {}, {}
    for event in export.events:
        if event["type"] == "COUNTER":
            name = export.tracks[event["track"]]["name"][0]
            table = failures if name == "failed steals" else depths
            table.setdefault(event["track"], []).append(event["value"])
    check(all(min(values) >= 0 for values in depths.values()), "no depth below zero")
    if window:
        return
    stats = report["stats"]
    found = {int(export.tracks[uuid]["name"][0].split()[1]): max(values) for uuid, values in depths.items()}
    pushed = {line.get("queue", line.get("worker")) for line in history if line.get("ev") == "queued"}
    check(set(found) == pushed, "a counter for each queue", found)
    if not report["violation_counts"] and report["trace"]["end"] == "clean":
        # What each worker is about to do with the queue may be counted a moment before or after.
        deepest = {row["queue"]: row["max_depth"] for row in stats["queues"]}
        close = all(abs(found[queue] - deepest[queue]) <= len(stats["workers"]) for queue in deepest)
        check(close, "depths are the report's", f"{found}, not {deepest}")
    check(sum(values[-1] for values in failures.values()) <= stats["failed_steals"], "failed attempts are counted")


def main():
    packets = decode(sys.argv[1])
    with open(sys.argv[2], encoding="utf-8") as file:
        history = [json.loads(line) for line in file]
    for line in history:
        if "ts" in line and history[0].get("clock") == "ticks":
            line["ts"] = int(line["ts"]) * 10**9 // history[0]["ticks_per_second"]
    with open(sys.argv[3], encoding="utf-8") as file:
        report = json.load(file)
    window = [int(number) for number in sys.argv[5:7]]
    unknown = {key for packet in packets for key in unknown_fields(packet)}
    check(not unknown, "only fields that Perfetto has", unknown)
    export = Export(packets)
    check(not export.faults, "whatever is named was declared", export.faults[:3])
    check_tracks(export)
    check_order(export)
    runs, faults = slices_of(export)
    check(not faults, "slices are balanced", faults[:3])
    check_flows(export, history, window)
    check_counters(export, history, report, window)
    marks = [event for event in export.events if event["type"] == "INSTANT" and "message" in event["notes"]]
    if not window:
        expected = runs_of(history)
        check(runs == expected, "runs are those of the history", list(set(runs) ^ set(expected))[:4])
        listed = sorted((v["kind"], v["ts_ns"]) for v in report["violations"])
        check(sorted((event["name"], event["ts"]) for event in marks) == listed, "reports are marked", listed[:3])
    else:
        first = min(line["ts"] for line in history if "ev" in line)
        inside = [e for e in export.events if not first + window[0] <= e["ts"] <= first + window[1]]
        check(not inside, "nothing lies outside of the window", inside[:3])
        check(len(export.events) > 0, "there is something in it")
    sys.exit(bad)


main()
