#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Every labelled history of expect.tsv, here and in more/, as JSON Lines and as the trace that `import` makes of it.

usage: run.py WSCHECK [NAME...]

Checks the exit code, the exact reports, the listed statistics, and that the report fits its schema; that the text
report has the same exit code; and that both forms give the same report. Cases of later.txt are counted as skipped, and
one of them that passes is a failure. Prints "ok" and "not ok" lines.
"""
import json
import os
import re
import subprocess
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "..", "lib"))
sys.dont_write_bytecode = True
import validate  # noqa: E402

DIRECTORIES = [HERE, os.path.join(HERE, "more")]
VERDICTS = {"pass": 0, "fail": 1, "inconclusive": 3}
TIMEOUT_S = 120


class Mismatch(Exception):
    pass


def rows():
    for directory in DIRECTORIES:
        with open(os.path.join(directory, "expect.tsv"), encoding="utf-8") as file:
            header = file.readline().rstrip("\n").split("\t")
            for line in file:
                yield dict(zip(header, line.rstrip("\n").split("\t"), strict=True), directory=directory)


def later():
    path = os.path.join(HERE, "later.txt")
    if not os.path.exists(path):
        return set()
    with open(path, encoding="utf-8") as file:
        return {line.split("#")[0].strip() for line in file} - {""}


def run(*command):
    return subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, timeout=TIMEOUT_S)


def expect(condition, message):
    if not condition:
        raise Mismatch(message)


def check_report(report, row):
    reports = sorted(f"{v['kind']}:{'-' if v['task'] is None else v['task']}" for v in report["violations"])
    wanted = [] if row["violations"] == "-" else sorted(row["violations"].split())
    expect(reports == wanted, f"reports {reports}, expected {wanted}")
    expect(sum(report["violation_counts"].values()) == len(reports), f"counts {report['violation_counts']}")
    counts = dict(report["stats"], undecided_stays=report["undecided"]["stays"], undecided_tasks=report["undecided"]["tasks"])
    for pair in [] if row["stats"] == "-" else row["stats"].split():
        key, value = pair.split("=")
        expect(counts[key] == int(value), f"{key} is {counts[key]}, expected {value}")
    for violation in report["violations"]:
        expect(violation["message"], f"{violation['kind']} has no message")
        expect(violation["events"], f"{violation['kind']} has no evidence")


def check_form(wscheck, path, row):
    """The JSON report of one form, after checking it."""
    result = run(wscheck, "analyze", "--format", "json", path)
    errors = result.stderr.decode(errors="replace")
    expect(result.returncode == int(row["exit"]), f"exit code {result.returncode}, expected {row['exit']}: {errors}")
    expect(not errors, f"said on stderr: {errors}")
    report = json.loads(result.stdout)
    expect(VERDICTS[report["verdict"]] == result.returncode, f"verdict {report['verdict']}, exit {result.returncode}")
    check_report(report, row)
    wrong = list(validate.report_errors(report))
    expect(not wrong, "; ".join(wrong[:5]))
    text = run(wscheck, "analyze", path)
    expect(text.returncode == result.returncode, f"the text report exits with {text.returncode}")
    word = text.stdout.decode().split()[0].lower()
    expect(word == report["verdict"], f"the text report says {word}")
    expect(not re.search(rb"[\x00-\x09\x0b-\x1f\x7f]", text.stdout), "control characters in the text report")
    return report


def check_case(wscheck, row, scratch):
    source = os.path.join(row["directory"], row["case"] + ".jsonl")
    trace = os.path.join(scratch, row["case"] + ".zst")
    report = check_form(wscheck, source, row)
    imported = run(wscheck, "import", source, "-o", trace)
    expect(imported.returncode == 0, f"import exits with {imported.returncode}: {imported.stderr.decode()}")
    try:
        same = check_form(wscheck, trace, row)
    except Mismatch as mismatch:
        raise Mismatch(f"as a trace: {mismatch}") from None
    expect(same == report, "as a trace: another report than as JSON Lines")


def outcome(wscheck, row, scratch):
    """None, or what is wrong."""
    try:
        check_case(wscheck, row, scratch)
    except (Mismatch, OSError, ValueError, KeyError, IndexError, subprocess.TimeoutExpired) as error:
        return f"{type(error).__name__}: {error}" if not isinstance(error, Mismatch) else str(error)
    return None


def main():
    wscheck, names = sys.argv[1], sys.argv[2:]
    put_off = later()
    cases = [row for row in rows() if not names or row["case"] in names]
    known = {row["case"] for row in cases}
    failed = 0
    with tempfile.TemporaryDirectory() as scratch, ThreadPoolExecutor(os.cpu_count()) as pool:
        outcomes = list(pool.map(lambda row: outcome(wscheck, row, scratch), cases))
    for row, wrong in zip(cases, outcomes):
        name = row["case"]
        if name in put_off and wrong is None:
            wrong = "passes: remove it from later.txt"
        elif name in put_off:
            print(f"ok {name} # SKIP later ({wrong})")
            continue
        failed += wrong is not None
        print(f"ok {name}" if wrong is None else f"not ok {name}: {wrong}\n    ({row['why']})")
    for name in [] if names else sorted(put_off - known):
        failed += 1
        print(f"not ok {name}: later.txt names a case that expect.tsv does not have")
    for name in [] if names else sorted(f[:-6] for d in DIRECTORIES for f in os.listdir(d) if f.endswith(".jsonl")):
        if name not in known:
            failed += 1
            print(f"not ok {name}: expect.tsv does not name it")
    return 1 if failed or not cases else 0


if __name__ == "__main__":
    sys.exit(main())
