#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Whether reports are what their formats say. Also a module, for tests/cases/run.py.

usage: validate.py json|ndjson|sarif|github FILE...

json, ndjson: report.schema.json, and of several traces fleet.schema.json, with jsonschema. sarif: what any reader relies on, and that the parts agree with each
other; a validator of the whole standard is run by tests/cli/formats.sh where there is one. github: every line is a
command with its separators escaped. Exit code 1, with a sentence for each fault, if something is wrong.
"""
import json
import os
import re
import sys

import jsonschema



def validators(name):
    """Of the document and of its lines."""
    source = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", "src", "report")
    with open(os.path.join(source, name + ".schema.json"), encoding="utf-8") as file:
        schema = json.load(file)
    line = {"$ref": "#/$defs/line", "$defs": schema["$defs"]}
    return jsonschema.Draft202012Validator(schema), jsonschema.Draft202012Validator(line)


REPORT, LINE = validators("report")
FLEET, FLEET_LINE = validators("fleet")


def no_twice(pairs):
    """For json.load: no key may occur twice in an object."""
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError(f"a key occurs twice among {[key for key, _ in pairs]}")
    return found


def faults(validator, value):
    for error in validator.iter_errors(value):
        yield f"{error.json_path}: {error.message[:300]}"


def report_errors(report):
    yield from faults(REPORT, report)


def fleet_errors(fleet):
    yield from faults(FLEET, fleet)
    for trace in fleet["traces"]:
        if trace["report"] is not None:
            yield from (f"{trace['path']}: {fault}" for fault in report_errors(trace["report"]))
    if sum(fleet["in_all"]["traces"].values()) != len(fleet["traces"]):
        yield "another number of traces than there are"


def check_json(text):
    document = json.loads(text, object_pairs_hook=no_twice)
    yield from fleet_errors(document) if "in_all" in document else report_errors(document)


def check_ndjson(text):
    if not text.endswith("\n"):
        yield "no newline at the end"
    lines = [json.loads(line, object_pairs_hook=no_twice) for line in text.splitlines()]
    if lines[0]["type"] != "trace":
        yield from check_lines(lines)
        return
    starts = [place for place, line in enumerate(lines) if line["type"] in ("trace", "in_all")]
    for start in starts:
        yield from faults(FLEET_LINE, lines[start])
    if lines[-1]["type"] != "in_all" or sum(line["type"] == "in_all" for line in lines) != 1:
        yield "the last line is not of all"
    for start, end in zip(starts, starts[1:]):
        if lines[start]["error"] is None:
            yield from check_lines(lines[start + 1:end])
        elif end != start + 1:
            yield "a trace without a report has lines"


def check_lines(lines):
    for number, line in enumerate(lines, 1):
        yield from (f"line {number}: {fault}" for fault in faults(LINE, line))
    kinds = "".join(line["type"][0] for line in lines)
    if not re.fullmatch("hr*b*s", kinds):
        yield f"lines in another order: {kinds}"
    if kinds.count("r") != lines[-1]["view"]["listed"]:
        yield "another number of reports than the summary says"


def check_sarif(text):
    log = json.loads(text, object_pairs_hook=no_twice)
    if log["version"] != "2.1.0" or "sarif-2.1.0" not in log["$schema"] or not log["runs"]:
        yield "no run of SARIF 2.1.0"
    ids = [run["automationDetails"]["id"] for run in log["runs"] if len(log["runs"]) > 1]
    if len(set(ids)) != len(ids):
        yield "two runs with one id"
    for run in log["runs"]:
        if run["invocations"][0]["executionSuccessful"]:
            yield from check_run(run)


def check_run(run):
    rules = [rule["id"] for rule in run["tool"]["driver"]["rules"]]
    if len(set(rules)) != len(rules):
        yield "a rule occurs twice"
    prints = [json.dumps(result["partialFingerprints"], sort_keys=True) for result in run["results"]]
    if len(set(prints)) != len(prints):
        yield "a fingerprint occurs twice"
    for result in run["results"]:
        if rules[result["ruleIndex"]] != result["ruleId"]:
            yield f"{result['ruleId']}: ruleIndex is that of another rule"
        if result["level"] not in ("error", "warning") or not result["message"]["text"]:
            yield f"{result['ruleId']}: level or message"
        for location in result["locations"]:
            artifact = location["physicalLocation"]["artifactLocation"]
            if artifact["uri"] != run["artifacts"][artifact["index"]]["location"]["uri"]:
                yield f"{result['ruleId']}: the artifact is another one"
            if not re.fullmatch(r"[A-Za-z0-9._~/%-]+|file:///[A-Za-z0-9._~/%-]*", artifact["uri"]):
                yield f"no URI: {artifact['uri']}"
        for flow in result.get("codeFlows", []):
            orders = [step["executionOrder"] for thread in flow["threadFlows"] for step in thread["locations"]]
            if sorted(orders) != list(range(1, len(orders) + 1)):
                yield f"{result['ruleId']}: the steps are not in one order"


def check_github(text):
    for line in text.splitlines():
        if not re.fullmatch(r"::(error|warning|notice) title=[^:,]*::(%(25|0A|0D)|[^%\r\n])*", line):
            yield f"no annotation: {line[:200]}"
    for level in ("error", "warning", "notice"):
        if sum(line.startswith(f"::{level} ") for line in text.splitlines()) > 10:
            yield f"more annotations of {level} than a step shows"


CHECKS = {"json": check_json, "ndjson": check_ndjson, "sarif": check_sarif, "github": check_github}


def main():
    bad = 0
    for path in sys.argv[2:]:
        try:
            with open(path, encoding="utf-8", newline="") as report:
                found = list(CHECKS[sys.argv[1]](report.read()))
        except (ValueError, KeyError, IndexError, TypeError) as error:
            found = [f"{type(error).__name__}: {error}"]
        for fault in found:
            print(f"{path}: {fault}")
        bad |= bool(found)
    return bad


if __name__ == "__main__":
    sys.exit(main())
