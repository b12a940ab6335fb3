#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Whether reports are what their formats say. Also a module, for tests/cases/run.py.

usage: validate.py json|ndjson|sarif|github FILE...

json, ndjson: report.schema.json, with jsonschema. sarif: what any reader relies on, and that the parts agree with each
other; a validator of the whole standard is run by tests/cli/formats.sh where there is one. github: every line is a
command with its separators escaped. Exit code 1, with a sentence for each fault, if something is wrong.
"""
import json
import os
import re
import sys

import jsonschema

SCHEMA = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", "src", "report", "report.schema.json")
with open(SCHEMA, encoding="utf-8") as file:
    SCHEMA_JSON = json.load(file)
REPORT = jsonschema.Draft202012Validator(SCHEMA_JSON)
LINE = jsonschema.Draft202012Validator({"$ref": "#/$defs/line", "$defs": SCHEMA_JSON["$defs"]})


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


def check_json(text):
    yield from report_errors(json.loads(text, object_pairs_hook=no_twice))


def check_ndjson(text):
    if not text.endswith("\n"):
        yield "no newline at the end"
    lines = [json.loads(line, object_pairs_hook=no_twice) for line in text.splitlines()]
    for number, line in enumerate(lines, 1):
        yield from (f"line {number}: {fault}" for fault in faults(LINE, line))
    kinds = "".join(line["type"][0] for line in lines)
    if not re.fullmatch("hr*b*s", kinds):
        yield f"lines in another order: {kinds}"
    if kinds.count("r") != lines[-1]["view"]["listed"]:
        yield "another number of reports than the summary says"


def check_sarif(text):
    log = json.loads(text, object_pairs_hook=no_twice)
    if log["version"] != "2.1.0" or "sarif-2.1.0" not in log["$schema"] or len(log["runs"]) != 1:
        yield "not one run of SARIF 2.1.0"
    run = log["runs"][0]
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
