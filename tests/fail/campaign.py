#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Lets each call of a program fail in turn, and looks what becomes of it.

usage: campaign.py BUILD_DIRECTORY [--share] [WORD...]      --share: not each call, but fewer the further on;
                                                           WORD: only what has it in its name

For each command of wscheck on small inputs, and for a host that records: the first call of a kind fails, then the second,
and so on until a run has no more of them (tests/fail/faults.c). Then wscheck
  - ends as if nothing had failed: same exit code, same outputs; or with exit code 2 and one sentence on standard error;
  - leaves under an output's name what was there before, or the whole result, and nothing else beside it;
  - removes what a killed run left only when a whole trace is made of it;
and the host of a recorder prints what it prints, exits as it does, and is told of each trouble once; if there is a trace,
it can be read, and is not judged to be whole unless it is.
Prints a line for each command and kind of failure, and each run that was not so. Exit code 0: none; 1: some; 77: nothing
can be made to fail here.
"""
import glob
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lib"))
sys.dont_write_bytecode = True
from demand import Failure, demand  # noqa: E402

CALLS = 2 * 300 * 3 + 2 * 3 * 2  # that a host's workers make: see host.c
FAULTS = ("malloc:ENOMEM", "malloc:ENOMEM+", "open:EACCES", "open:EMFILE+", "open:EINTR", "read:EIO", "read:EIO+",
          "read:short+", "read:EINTR", "write:EIO", "write:ENOSPC+", "write:short+", "write:EINTR", "mmap:ENOMEM",
          "mmap:ENOMEM+", "stat:EIO", "seek:EIO", "rename:EACCES", "sync:EIO", "allocate:ENOSPC+", "allocate:EINTR",
          "close:EIO", "lock:EACCES", "random:EAGAIN+", "thread:EAGAIN", "thread:EAGAIN+", "fork:EAGAIN", "unlink:EPERM")
# What a program must bear: a short transfer goes on, an interrupted read begins anew. (Where stdio reads, that would fail;
# but the program has no signal handler that returns.)
SHORT = ("read:short+", "write:short+")
BORNE = (*SHORT, "read:EINTR")
# What may be left over: nothing can be done about it.
CANNOT_CLEAN = ("unlink:EPERM",)
TIMEOUT_S = 60


class Case:
  """One command of wscheck. Words of the command: IN/... are files made before, OUT/... what it writes. With `parts`, an
  input that is not to be had takes no other with it: exit code 2, and the outputs say which it is."""

  def __init__(self, name, *words, code=0, stdin=None, faults=FAULTS, borne=BORNE, parts=False):
    self.name, self.words, self.code, self.stdin, self.faults, self.borne = name, words, code, stdin, faults, borne
    self.parts = parts
    self.good = None


REPORTS = ("json", "ndjson", "junit", "sarif", "github", "html")
CASES = (
    Case("analyze", "analyze", "-v", *[w for f in REPORTS for w in ("-o", f"{f}=OUT/r.{f}")], "-o", "OUT/r.txt",
         "IN/a.zst", code=1),
    Case("analyze-stdout", "analyze", "IN/a.jsonl", code=1),
    Case("analyze-pipe", "analyze", "-q", "-", code=1, stdin="a.zst"),
    Case("analyze-json", "analyze", "-f", "json", "IN/cut.jsonl", code=3),
    Case("analyze-rules", "analyze", "--suppressions", "IN/rules", "--baseline", "IN/base.json", "--max",
         "p99.steal_latency=1ns", "-o", "json=OUT/r.json", "IN/a.jsonl", code=1, borne=SHORT),
    Case("analyze-explain", "analyze", "--explain", "77", "IN/a.zst", code=1),
    Case("analyze-many", "analyze", *[w for f in REPORTS for w in ("-o", f"{f}=OUT/r.{f}")], "-o", "OUT/r.txt", "IN/a.zst",
         "IN/cut.jsonl", code=1, parts=True, borne=SHORT),
    Case("analyze-range", "analyze", "-f", "json", "--from", "2us", "--to", "6us", "IN/a.zst", code=3),
    Case("analyze-memory", "analyze", "-q", "--max-memory", "64M", "IN/a.zst", code=1),
    Case("analyze-shard", "analyze", "--shard", "0/2", "-o", "OUT/0.shard", "IN/a.zst"),
    Case("merge-shards", "merge", "-f", "json", "-o", "OUT/all.json", "IN/0.shard", "IN/1.shard", code=1, parts=True,
         borne=SHORT),
    Case("merge", "merge", "-f", "json", "-o", "OUT/all.json", "IN/base.json", "IN/all.json", code=1, parts=True,
         borne=SHORT),
    Case("merge-text", "merge", "IN/base.json", "IN/all.json", code=1, parts=True, borne=SHORT),
    Case("merge-html", "merge", "-f", "html", "-o", "OUT/all.html", "IN/all.json", code=1, parts=True, borne=SHORT),
    Case("import", "import", "-o", "OUT/t.zst", "IN/a.jsonl"),
    Case("dump", "dump", "-o", "OUT/t.jsonl", "IN/a.zst"),
    Case("info", "info", "IN/a.zst"),
    # The file's size is null where it is not known.
    Case("info-json", "info", "-f", "json", "IN/a.jsonl", faults=[f for f in FAULTS if f != "stat:EIO"]),
    Case("minimize", "minimize", "-o", "OUT/small.jsonl", "IN/a.zst"),
    Case("minimize-trace", "minimize", "-o", "OUT/small.zst", "IN/a.jsonl"),
    Case("export", "export", "-o", "OUT/t.pftrace", "IN/a.zst"),
    Case("diff", "diff", "-f", "json", "-o", "OUT/d.json", "IN/base.json", "IN/a.zst"),
    Case("explain", "explain", "double_execution"),
    Case("recover", "recover", "-o", "OUT/t.zst", "IN/killed.zst", borne=SHORT),
    # An open file's size, which is shown, is always known; what may not be opened is somebody else's.
    Case("recover-list", "recover", "--list", "IN/killed.zst", borne=SHORT,
         faults=[f for f in FAULTS if f not in ("stat:EIO", "open:EACCES")]),
)


class Place:
  """A scratch directory: in/ has the inputs, out/ what is written, tmp/ is TMPDIR."""

  def __init__(self, build, root):
    self.build, self.root, self.mark = build, root, f"{root}/mark"
    self.wscheck, self.rings = f"{build}/wscheck", []  # rings that an input has
    for name in ("in", "out", "tmp"):
      os.mkdir(f"{root}/{name}")

  def path(self, word):
    return word.replace("IN/", f"{self.root}/in/").replace("OUT/", f"{self.root}/out/")

  def run(self, argv, fault=None, stdin=None, program=None):
    """Returns (exit code, stdout, stderr, whether the call was reached)."""
    env = {**os.environ, "TMPDIR": f"{self.root}/tmp", "MALLOC_PERTURB_": "165"}
    if fault:
      env.update(LD_PRELOAD=f"{self.build}/tests/fail/faults.so", FAULT=fault, FAULT_MARK=self.mark)
      if program:
        env["FAULT_PROGRAM"] = program
    if fault and os.path.exists(self.mark):
      os.unlink(self.mark)
    try:
      with open(f"{self.root}/in/{stdin}" if stdin else os.devnull, "rb") as file:
        # What is not a file is read as a pipe is.
        source = subprocess.PIPE if stdin else file
        done = subprocess.run(argv, **({"input": file.read()} if stdin else {"stdin": source}), capture_output=True,
                              env=env, timeout=TIMEOUT_S)
    except subprocess.TimeoutExpired:
      raise Failure("it hangs")
    # How long ago a run ended is another in each run.
    out = re.sub(rb"[0-9]+ (s|min|h|days?) ago", b"some time ago", done.stdout)
    return done.returncode, out, done.stderr, os.path.exists(self.mark)

  def files(self, directory):
    """Name and content of each; of a trace, which has a random id, the events."""
    found = {}
    for name in os.listdir(f"{self.root}/{directory}"):
      path = f"{self.root}/{directory}/{name}"
      with open(path, "rb") as file:
        found[name] = file.read()
      if directory == "out" and name.endswith(".zst"):
        found[name] = self.run([self.wscheck, "dump", path])[:3]
    return found

  def clear(self, *directories):
    for directory in directories:
      for name in os.listdir(f"{self.root}/{directory}"):
        os.unlink(f"{self.root}/{directory}/{name}")


def numbers(fault, share):
  """1, 2, 3, ...; with `share`, or where all later ones fail too, in growing steps."""
  number = 1
  while True:
    yield number
    number += 1 + (number if share else number // 16 if fault.endswith("+") else 0)


def are_sentences(said, parts):
  """One; or if several outputs can't be written, or several inputs of `parts` not be read, one for each."""
  lines = said.splitlines()
  return said.endswith(b"\n") and len(set(lines)) == len(lines) and all(
      re.fullmatch(rb"wscheck[^\n]*: [^\n]+", line) and b"Success" not in line and
      (len(lines) == 1 or parts or b"cannot write" in line) for line in lines)


def judge_parts(outputs, good):
  """What there is, is whole; and is as it should be, or says what is missing."""
  for name in outputs:
    if name.endswith("json") and "ndjson" not in name and outputs[name] != good[2].get(name):
      demand(json.loads(outputs[name])["in_all"]["traces"]["unreadable"] > 0, f"{name} does not say what is missing")
    elif name.endswith("html"):
      demand(outputs[name].endswith(b"</html>\n"), f"{name} is not whole")
    elif name.endswith(("junit", "sarif")):
      demand(outputs[name].endswith((b"</testsuites>\n", b"\n}\n")), f"{name} is not whole")


def judge(case, place, fault, good, outcome):
  """What a run of wscheck may be when something failed."""
  code, out, said, _ = outcome
  demand(code >= 0, f"it died of signal {-code}: {said.decode(errors='replace')}")
  outputs = place.files("out")
  if code == good[0] and out == good[1]:
    demand(outputs.keys() == good[2].keys(), f"it exits with {code} and leaves {sorted(outputs)}")
    demand(outputs == good[2], "it exits as it should and writes something else")
  else:
    demand(fault not in case.borne, f"it exits with {code}: {said.decode(errors='replace')}")
    demand(code == 2, f"it exits with {code}, having said: {said.decode(errors='replace')}")
    demand(are_sentences(said, case.parts), f"not one sentence on standard error: {said.decode(errors='replace')}")
    if case.parts:
      judge_parts(outputs, good)
    elif fault not in CANNOT_CLEAN:
      strange = [name for name in outputs if outputs[name] != good[2].get(name)]
      demand(not strange, f"left behind, not whole: {strange}")
      demand(not os.listdir(f"{place.root}/tmp"), "left behind in TMPDIR")


def as_fault(fault, number):
  return f"{fault.rstrip('+')}:{number}{'+' if fault.endswith('+') else ''}"


def undisturbed(case, place, argv):
  """Exit code, standard output and files of a run in which nothing fails."""
  if not case.good:
    code, out, said, _ = place.run(argv, stdin=case.stdin)
    demand(code == case.code, f"undisturbed it exits with {code}: {said.decode()}")
    case.good = code, out, place.files("out")
  return case.good


def walk(case, place, fault, share):
  """Number of runs, and how many were not as they should be."""
  argv = [place.wscheck, *map(place.path, case.words)]
  good, inputs, runs, bad = undisturbed(case, place, argv), place.files("in"), 0, 0
  for number in numbers(fault, share):
    place.clear("out", "tmp")
    name = as_fault(fault, number)
    try:
      outcome = place.run(argv, name, case.stdin)
      judge(case, place, fault, good, outcome)
      demand(place.files("in") == inputs, "an input was changed")
    except Failure as failure:
      bad += 1
      print(f"FAILED: {case.name}, {name}: {failure}", flush=True)
    runs += 1
    if not os.path.exists(place.mark):
      break
  place.clear("out", "tmp")
  return runs, bad


# --- The recorder's host. ---

MODES = ("drop", "block", "overwrite", "keep-last", "probe")
HOST_FAULTS = ("malloc:ENOMEM", "malloc:ENOMEM+", "open:EACCES", "open:EMFILE+", "open:EINTR", "read:EIO+", "read:short+",
               "write:EIO", "write:ENOSPC+", "write:short+", "write:EINTR", "mmap:ENOMEM", "mmap:ENOMEM+", "stat:EIO",
               "seek:EIO", "rename:EACCES", "sync:EIO", "allocate:ENOSPC", "allocate:ENOSPC+", "allocate:EINTR",
               "close:EIO", "lock:EACCES", "random:EAGAIN+", "thread:EAGAIN", "thread:EAGAIN+", "unlink:EPERM")
# What may leave files behind. (Of an open descriptor, stat never fails.)
LEAVES = ("unlink:EPERM", "rename:EACCES", "stat:EIO")


def events_of(place, trace):
  return json.loads(place.run([place.wscheck, "info", "-f", "json", trace])[1])["events"]


def judge_host(place, mode, fault, outcome):
  code, out, said, _ = outcome
  words = said.decode(errors="replace")
  demand(code == 7 and out == b"host: done\n", f"the host was harmed: exit code {code}, {out}, {words}")
  lines = said.splitlines()
  demand(all(line.startswith(b"wscheck: ") for line in lines), f"it says {words}")
  demand(len(set(lines)) == len(lines), f"it says something twice: {words}")
  demand(b"Success" not in said, words)
  left = os.listdir(f"{place.root}/out")
  traces = [name for name in left if name.startswith("t.zst") and not name.endswith(("-tmp", "-rings", "-old"))]
  for name in traces:
    code, _, why, _ = place.run([place.wscheck, "analyze", "-q", place.path(f"OUT/{name}")])
    demand(code in (0, 3), f"analyze {name} exits with {code}: {why.decode()}, having said: {words}")
    whole = events_of(place, place.path(f"OUT/{name}")) >= CALLS
    demand(code == 3 or whole, f"{name} passes, and lacks events; it said: {words}")
    demand(lines or whole or mode == "overwrite", "events are missing, and it said nothing")
  demand(lines or "t.zst" in traces, "there is no trace, and it said nothing")
  # Of a descriptor that can't be looked at any more, the name may mean something else.
  if fault not in LEAVES and b"the program closed" not in said:
    left += [name for name in rings_of(place) if name not in place.rings]
    demand(len(left) == len(traces), f"left behind: {left}; it said: {words}")


def rings_of(place):
  """Files in shared memory whose trace is to be in this place."""
  found = []
  for name in glob.glob("/dev/shm/wscheck.*.rings"):
    try:
      with open(name, "rb") as file:
        if place.root.encode() in file.read(8192):
          found.append(name)
    except OSError:
      pass  # another run's, which is over
  return found


def remove_rings(place, kept=()):
  for name in rings_of(place):
    if name not in kept:
      os.unlink(name)


def walk_host(place, mode, fault, share):
  argv = [f"{place.build}/tests/fail/host", mode, place.path("OUT/t.zst")]
  return walk_recorded(place, f"host {mode}", argv, fault, share, lambda outcome: judge_host(place, mode, fault, outcome))


def judge_record(place, fault, outcome):
  """`wscheck record -a`, of a program in which nothing fails; if it can be run, which else 126 says."""
  code, out, said, _ = outcome
  words = said.decode(errors="replace")
  demand(code in (0, 2, 126) and (code > 0 or b"result ok" in out), f"it exits with {code}, {out}, having said: {words}")
  told = [line for line in said.splitlines() if line.startswith(b"wscheck") and b" a clean end" not in line]
  demand(code == 0 or told, f"it exits with {code} and does not say why: {words}")
  demand(b"Success" not in said, words)
  left = os.listdir(f"{place.root}/out")
  demand(left in (["t.zst"], []), f"left behind: {left}")
  for name in left:
    demand(place.run([place.wscheck, "analyze", "-q", place.path(f"OUT/{name}")])[0] == 0, f"{name} is not whole")


def walk_record(place, fault, share):
  argv = [place.wscheck, "record", "-a", "-o", place.path("OUT/t.zst"), "--", f"{place.build}/samples/pool", "--workers", "2",
          "--tasks", "100"]
  return walk_recorded(place, "record", argv, fault, share, lambda outcome: judge_record(place, fault, outcome), "wscheck")


# --- What a run left, and one that goes on. ---

class Leftovers:
  """What a killed run left: files, to be put back after each run that may remove them."""

  def __init__(self, place):
    paths = place.rings + glob.glob(place.path("IN/killed.zst*"))
    self.contents = {}
    for path in paths:
      with open(path, "rb") as file:
        self.contents[path] = file.read()

  def put_back(self):
    for path, content in self.contents.items():
      with open(path, "wb") as file:
        file.write(content)

  def are_whole(self):
    try:
      for path, content in self.contents.items():
        with open(path, "rb") as file:
          if file.read() != content:
            return False
    except FileNotFoundError:
      return False
    return True

  def are_gone(self):
    return not any(map(os.path.exists, self.contents))


def judge_remove(leftovers, good, place, fault, outcome):
  """`recover --remove`: whatever fails, what was recorded is in the trace or still where it was."""
  code, _, said, _ = outcome
  words = said.decode(errors="replace")
  outputs = place.files("out")
  demand(list(outputs.values()) in ([], [good]), f"left behind, not whole: {sorted(outputs)}; it said: {words}")
  demand(outputs or leftovers.are_whole(), f"what was recorded is lost; it exits with {code}, having said: {words}")
  if code == 0:
    is_told = fault in CANNOT_CLEAN and "cannot remove" in words
    demand(outputs and (leftovers.are_gone() or is_told), f"it exits with 0, and not all was done: {words}")
  else:
    demand(code == 2 and fault not in SHORT, f"it exits with {code}, having said: {words}")
    demand(are_sentences(said, False), f"not one sentence on standard error: {words}")


def walk_remove(place, fault, share):
  leftovers = Leftovers(place)
  argv = [place.wscheck, "recover", "--remove", "-o", place.path("OUT/t.zst"), place.path("IN/killed.zst")]

  def undo():
    leftovers.put_back()
    place.clear("out", "tmp")

  try:
    place.clear("out", "tmp")
    demand(place.run(argv)[0] == 0 and leftovers.are_gone(), "undisturbed it does not remove what was left")
    good = place.files("out")["t.zst"]
    undo()
    return walk_recorded(place, "recover-remove", argv, fault, share,
                         lambda outcome: judge_remove(leftovers, good, place, fault, outcome), after=undo)
  finally:
    undo()


def judge_snapshot(place, fault, outcome):
  code, _, said, _ = outcome
  words = said.decode(errors="replace")
  left = os.listdir(f"{place.root}/out")
  if code == 0:
    demand(left == ["s.zst"], f"it exits with 0 and leaves {left}")
    verdict = place.run([place.wscheck, "analyze", "-q", place.path("OUT/s.zst")])
    demand(verdict[0] == 3, f"analyze exits with {verdict[0]}: {verdict[2].decode()}, after: {words}")
  else:
    demand(code == 2 and fault not in SHORT, f"it exits with {code}, having said: {words}")
    demand(are_sentences(said, False), f"not one sentence on standard error: {words}")
    demand(fault in CANNOT_CLEAN or not left, f"left behind: {left}; it said: {words}")


def walk_snapshot(place, fault, share):
  """Of a host that waits meanwhile, and that nothing is done to."""
  host = subprocess.Popen([f"{place.build}/tests/fail/host", "drop", place.path("IN/live.zst"), "wait"],
                          stdout=subprocess.PIPE)
  try:
    demand(host.stdout.readline() == b"ready\n", "the host does not start")
    argv = [place.wscheck, "snapshot", "-o", place.path("OUT/s.zst"), str(host.pid)]
    kept = rings_of(place)
    runs, bad = walk_recorded(place, "snapshot", argv, fault, share, lambda outcome: judge_snapshot(place, fault, outcome),
                              kept=kept)
    demand(host.poll() is None, "the host is gone")
    return runs, bad
  finally:
    host.kill()
    host.wait()
    remove_rings(place, place.rings)
    for name in glob.glob(place.path("IN/live.zst*")):
      os.unlink(name)


def walk_recorded(place, title, argv, fault, share, judge_one, program=None, kept=None, after=None):
  """`kept`: rings that are not to be removed after each run (those of the inputs); `after`: done after each run."""
  runs = bad = 0
  for number in numbers(fault, share):
    place.clear("out", "tmp")
    name = as_fault(fault, number)
    try:
      judge_one(place.run(argv, name, program=program))
    except Failure as failure:
      bad += 1
      print(f"FAILED: {title}, {name}: {failure}", flush=True)
    remove_rings(place, place.rings if kept is None else kept)
    if after:
      after()
    runs += 1
    if not os.path.exists(place.mark):
      break
  place.clear("out", "tmp")
  return runs, bad


# --- What the inputs are. ---

def long_history(twice, end):
  """Three workers and steals; task `twice` runs twice."""
  lines = ['{"wscheck":1,"workers":[{"worker":0,"name":"main"}],"meta":{"commit":"abc"}}']
  for i in range(1, 121):
    worker, ts = i % 3, 100 * i
    lines.append(f'{{"ts":{ts},"ev":"queued","task":{i},"worker":{worker}}}')
    thief = (worker + 1) % 3 if i % 4 == 0 else worker
    if thief != worker:
      lines.append(f'{{"ts":{ts + 10},"ev":"steal_start","from":{worker},"to":{thief}}}')
      lines.append(f'{{"ts":{ts + 20},"ev":"steal_success","task":{i},"from":{worker},"to":{thief}}}')
    for run in range(2 if i == twice else 1):
      lines.append(f'{{"ts":{ts + 30 + 20 * run},"ev":"exec_start","task":{i},"worker":{thief}}}')
      lines.append(f'{{"ts":{ts + 40 + 20 * run},"ev":"exec_complete","task":{i},"worker":{thief}}}')
  return "\n".join(lines + [end, ""])


def make_inputs(place):
  def write(name, text):
    with open(f"{place.root}/in/{name}", "w", encoding="utf-8") as file:
      file.write(text)

  def wscheck(*words):
    done = place.run([place.wscheck, *map(place.path, words)])
    demand(done[0] in (0, 1), f"{words}: {done[2].decode()}")

  write("a.jsonl", long_history(77, '{"end":"clean"}'))
  write("cut.jsonl", long_history(None, ""))
  write("rules", "lost_work task=5 reason=\"known\"\n")
  wscheck("import", "-o", "IN/a.zst", "IN/a.jsonl")
  wscheck("analyze", "-f", "json", "-o", "IN/base.json", "IN/a.zst")
  for shard in "01":
    wscheck("analyze", "--shard", f"{shard}/2", "-o", f"IN/{shard}.shard", "IN/a.zst")
  wscheck("analyze", "-f", "json", "-o", "IN/all.json", "IN/a.zst", "IN/a.jsonl")
  code = place.run([f"{place.build}/tests/fail/host", "drop", place.path("IN/killed.zst"), "kill"])[0]
  demand(code == -signal.SIGKILL, f"the host was not killed: {code}")
  place.rings = rings_of(place)


def can_watch(place):
  code, _, said, _ = place.run(["/bin/true"], "open:EACCES:1000000")
  if code == 0:
    return True
  print(f"nothing can be made to fail here: {said.decode().strip()}")
  return False


def rows():
  for case in CASES:
    for fault in case.faults:
      yield case.name, fault, lambda place, share, case=case, fault=fault: walk(case, place, fault, share)
  for fault in FAULTS:
    yield "recover-remove", fault, lambda place, share, fault=fault: walk_remove(place, fault, share)
  for fault in FAULTS:
    yield "snapshot", fault, lambda place, share, fault=fault: walk_snapshot(place, fault, share)
  for fault in FAULTS:
    yield "record", fault, lambda place, share, fault=fault: walk_record(place, fault, share)
  for mode in MODES:
    for fault in HOST_FAULTS:
      yield f"host {mode}", fault, lambda place, share, m=mode, fault=fault: walk_host(place, m, fault, share)


def main():
  words = [word for word in sys.argv[1:] if word != "--share"]
  if not words or not os.path.isdir(words[0]):
    sys.exit("usage: campaign.py BUILD_DIRECTORY [--share] [WORD...]")
  share, total, failures = "--share" in sys.argv, 0, 0
  root = tempfile.mkdtemp(prefix="wscheck-fail.")
  place = Place(os.path.abspath(words[0]), root)
  try:
    if not can_watch(place):
      return 77
    make_inputs(place)
    for name, fault, walk_row in rows():
      if all(word in f"{name} {fault}" for word in words[1:]):
        try:
          runs, bad = walk_row(place, share)
        except Failure as failure:
          runs, bad = 1, 1
          print(f"FAILED: {name}: {failure}")
        print(f"{name:<18} {fault:<16} {runs:>6} runs, {bad} not as they should be", flush=True)
        total, failures = total + runs, failures + bad
  finally:
    remove_rings(place)
    shutil.rmtree(root)
  print(f"{total} runs, {failures} not as they should be")
  return 1 if failures or total == 0 else 0


sys.exit(main())
