#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Holds the HTML report to what it promises. Prints a line "ok ..." or "not ok ..." for each promise.

usage: html_page.py PAGE REPORT.json [--altered]

PAGE is the page as written, or as a browser gives its document back. REPORT.json is the JSON report of the same trace:
every figure of the page that names its place there must be equal to it. --altered: the page's script was changed on
purpose, so that its policy does not fit.
"""

import base64
import hashlib
import json
import re
import sys
from html.parser import HTMLParser

VOID = {"meta", "link", "br", "hr", "img", "input"}
SHAPES = {"path", "circle", "rect", "line"}  # may close themselves within an svg
URLS = {"href", "src", "action", "srcset", "poster", "data", "xlink:href", "formaction", "background"}
bad = False


def check(holds, name, why=""):
    global bad
    print(f"ok {name}" if holds else f"not ok {name}: {why}")
    bad |= not holds


class Page(HTMLParser):
    def __init__(self, text):
        super().__init__(convert_charrefs=True)
        self.open, self.faults, self.ids, self.references, self.figures, self.lanes = [], [], [], [], [], []
        self.headings, self.text, self.tags = [], {}, {}
        self.policy = None
        self.feed(text)
        self.close()
        if self.open:
            self.faults.append(f"not closed: {self.open}")

    def fault(self, why):
        self.faults.append(f"line {self.getpos()[0]}: {why}")

    def handle_starttag(self, tag, attributes):
        self.start(tag, attributes)
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag, attributes):
        if tag not in SHAPES or "svg" not in self.open:
            self.fault(f"<{tag}/> closes itself")
        self.start(tag, attributes)

    def start(self, tag, pairs):
        attributes = dict(pairs)
        self.tags[tag] = self.tags.get(tag, 0) + 1
        if len(attributes) != len(pairs):
            self.fault(f"<{tag}> has an attribute twice")
        for name, value in pairs:
            if name.startswith("on") or (name == "style" and attributes.get("id") != "tip"):
                self.fault(f"<{tag}> has {name}")
            if name in URLS and not (value or "").startswith(("#", "data:image/svg+xml,")):
                self.fault(f"<{tag}> has {name} {value!r}")
        if "id" in attributes:
            self.ids.append(attributes["id"])
        for name in ("aria-labelledby", "aria-describedby"):
            self.references += attributes.get(name, "").split()
        if tag == "a" and attributes.get("href", "").startswith("#"):
            self.references.append(attributes["href"][1:])
        if "data-key" in attributes:
            self.figures.append((attributes["data-key"], attributes.get("value", attributes.get("data-value"))))
        if "data-lane" in attributes:
            self.lanes.append(attributes)
        if tag == "svg" and attributes.get("role") != "img" and attributes.get("aria-hidden") != "true":
            self.fault("an svg that is neither named nor hidden")
        if attributes.get("role") == "img" and not attributes.get("aria-label"):
            self.fault("an image without a name")
        if tag == "table":
            self.captioned = False
        if tag == "caption":
            self.captioned = True
        if tag == "thead" and not self.captioned:
            self.fault("a table without a caption")
        if tag == "th" and attributes.get("scope") not in ("row", "col"):
            self.fault("a <th> without a scope")
        if re.fullmatch("h[1-6]", tag):
            self.headings.append(int(tag[1]))
        if attributes.get("http-equiv") == "Content-Security-Policy":
            self.policy = attributes["content"]

    def handle_endtag(self, tag):
        if not self.open or self.open[-1] != tag:
            self.fault(f"</{tag}> within {self.open[-3:]}")
        else:
            self.open.pop()

    def handle_data(self, data):
        for tag in ("style", "script", "title"):
            if self.open and self.open[-1] == tag:
                self.text[tag] = self.text.get(tag, "") + data


def of_path(report, path):
    for part in path.split("."):
        report = report[int(part)] if isinstance(report, list) else report[part]
    return report


def check_figures(page, report):
    wrong = []
    for path, value in page.figures:
        try:
            expected = of_path(report, path)
        except (KeyError, IndexError):
            expected = None
        if str(expected) != value:
            wrong.append(f"{path}: {value}, not {expected}")
    check(not wrong, "every figure is the JSON report's", wrong[:5])
    check(len(page.figures) >= 10, "there are figures", len(page.figures))


def numbers(text):
    return [int(number) for number in text.split(",")] if text else []


def check_worker(report, lane):
    row = report["stats"]["workers"][int(lane["data-row"])]
    line = row["timeline"]
    begin = min(worker["first_ns"] for worker in report["stats"]["workers"])
    end = begin + float(report["span"])
    close = True
    for i, running in enumerate(numbers(lane["data-running"])):
        from_ns = line["from_ns"] + i * line["bucket_ns"]
        width = min(end, from_ns + line["bucket_ns"]) - max(begin, from_ns)
        shares = (
            (running, line["busy_ns"][i] - line["overlap_ns"][i]),
            (numbers(lane["data-stealing"])[i], line["stealing_ns"][i]),
            (numbers(lane["data-parked"])[i], line["parked_ns"][i]),
        )
        # Two units of rounding, and one stamp each at the ends of a bucket.
        close &= all(abs(share * width - time * 1000) <= 2 * width + 8000 for share, time in shares)
    sums = all(
        abs(sum(line[key]) - row[key]) <= len(line[key]) for key in ("busy_ns", "stealing_ns", "parked_ns")
    )
    return close and sums and len(numbers(lane["data-running"])) == len(line["busy_ns"])


def check_lanes(page, report):
    stats = report["stats"]
    kinds = {"worker": 0, "queue": 0, "histogram": 0}
    wrong = []
    for lane in page.lanes:
        kind = lane["data-lane"]
        kinds[kind] += 1
        if kind == "worker":
            good = check_worker(report, lane)
        elif kind == "queue":
            good = numbers(lane["data-max"]) == stats["queues"][int(lane["data-row"])]["depth"]["max"]
        else:
            histogram, low = stats[lane["data-row"]], numbers(lane["data-low"])
            good = sum(numbers(lane["data-counts"])) == histogram["count"]
            # What is drawn are the middles of the buckets, exact to 1 %: one may lie in the bar beside.
            good &= low[0] <= histogram["min"] * 1.01 + 1 and histogram["max"] <= low[-1] * 1.01 + 1
        if not good:
            wrong.append(f"{kind} {lane['data-row']}")
    check(not wrong, "every chart is the JSON report's", wrong[:5])
    expected = {
        "worker": sum(1 for row in stats["workers"] if row["timeline"]),
        "queue": sum(1 for row in stats["queues"] if row["depth"]),
        "histogram": sum(1 for key in stats if key.endswith("_ns") and stats[key]["count"] > 0),
    }
    check(kinds == expected, "every chart is there", f"{kinds}, not {expected}")


def checksum(text):
    return "'sha256-" + base64.b64encode(hashlib.sha256(text.encode()).digest()).decode() + "'"


def check_policy(page):
    policy = dict(part.strip().split(" ", 1) for part in (page.policy or "").split(";"))
    expected = {
        "default-src": "'none'",
        "style-src": checksum(page.text["style"]),
        "script-src": checksum(page.text["script"]),
        "img-src": "data:",
        "base-uri": "'none'",
        "form-action": "'none'",
    }
    check(policy == expected, "the policy allows the page's own style and script alone", policy)
    check(page.tags.get("script") == 1 and page.tags.get("style") == 1, "one style, one script", page.tags)


def main():
    with open(sys.argv[1], encoding="utf-8", newline="") as file:
        text = file.read()
    with open(sys.argv[2], encoding="utf-8") as file:
        report = json.load(file)
    report["span"] = re.search(r'<body data-span="(\d+)"', text)[1]
    page = Page(text)
    check(not page.faults, "sound markup", page.faults[:5])
    twice = {name for name in page.ids if page.ids.count(name) > 1}
    check(not twice, "each id once", twice)
    lost = set(page.references) - set(page.ids)
    check(not lost, "each reference leads somewhere", lost)
    landmarks = {tag: page.tags.get(tag) for tag in ("header", "nav", "main", "footer", "h1")}
    check(all(count == 1 for count in landmarks.values()), "one of each landmark", landmarks)
    skipped = [level for before, level in zip(page.headings, page.headings[1:]) if level > before + 1]
    check(not skipped, "no level of heading is skipped", page.headings)
    control = re.search(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff]", text)
    check(not control, "no control and no invisible character", control)
    check(len(text.encode()) < 2 << 20, "less than 2 MiB", len(text))
    if sys.argv[3:] != ["--altered"]:
        check_policy(page)
    check_figures(page, report)
    check_lanes(page, report)
    sys.exit(bad)


main()
