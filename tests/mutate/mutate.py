#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Mutation of the verdict engine: each mutant is one small defect, and the tests must notice every one.

usage: make mutate [FILES="order.c ..."] [SAMPLE=1/10] [AGAIN=1] [QUICK=1] [MUTANT=text] [LIST=1] [JOBS=4]

Copies the tree to build/mutate/tree and builds it once (-O1, no link-time optimization); the work tree is never
touched. Then, JOBS mutants (2) at a time, the changed source is compiled alone, linked in front of the
libraries, and run against the tests of `make test-fast`, the one that killed it the last time and then the fastest
killers first, up to the first that fails:

  cases    tests/mutate/driver: every case of tests/cases against its expect.tsv, in one process
  unit     the unit tests of the mutated file, and later those of the rest of the engine
  model    the histories of tests/unit/test_model, in the driver
  memory   tests/plain/test_check_memory
  more     the rest of what `make test` runs on the engine (not with QUICK=1): tests/cases/run.py, and the driver and
           the file's own unit tests under ASan and UBSan

A mutant that does not compile, or compiles to the object code of the original or of another mutant, is not counted. One that crashes,
runs out of time or memory, or fails a test is killed. The others survive, unless tests/mutate/equivalent.txt says why
nothing can tell them from the original. Lines of that file: FILE, FUNCTION, SOURCE LINE, MUTATION, REASON, separated
by tabs; a line of source stands for itself wherever it moves, and an entry that fits no mutant any more, or one that
is killed, is an error. Several mutations of one line are separated by " ; ".

Mutation operators, inside function bodies only: comparisons swapped and negated, && and || swapped, conditions
negated, negations dropped, + and - swapped, constants off by one, true and false swapped, a flag of a set dropped, a
statement removed, a report not returned, an early return. FILES selects sources by name, SAMPLE=1/N every Nth mutant,
MUTANT those whose name, function or line contains the text, AGAIN those that survived the last time; LIST only lists.

Prints the survivors and a table. Exit code 0: every mutant was killed or is listed; 1: some survived, or a listed one
is out of date; 2: the unmutated tree does not build or fails its own tests.
"""
import hashlib
import os
import queue
import re
import resource
import shutil
import subprocess
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
WORK = os.path.join(ROOT, "build", "mutate")
TREE = os.path.join(WORK, "tree")
EQUIVALENT = os.path.join(ROOT, "tests", "mutate", "equivalent.txt")
KILLERS = os.path.join(WORK, "killers.tsv")
LAST = os.path.join(WORK, "survivors.txt")
FILES = ["ownership.c", "slot.c", "order.c", "window.c", "apply.c", "survivors.c", "stay.c", "course.c", "findings.c", "lane.c", "stream.c", "presence.c", "idle.c",
         "finished_set.c"]
COPIED = ["Makefile", "include", "src", "tracefmt", "tests"]
CPU_LIMIT_S = 40  # under sanitizers, where page faults are dear
RUN_PY_CPU_LIMIT_S = 60  # it starts the program for each case, twice
CASES_CPU_LIMIT_S = 1  # the original takes a hundredth of that
WALL_LIMIT_S = 240
RUN_PY = "tests/cases/run.py"
ENVIRONMENT = {name: value for name, value in os.environ.items() if name not in ("MAKEFLAGS", "MFLAGS", "MAKELEVEL")}
# Thousands of analyses in one process: memory that goes back to the kernel between them costs up to 30 times their own time.
ENVIRONMENT.update(MALLOC_TRIM_THRESHOLD_="268435456", MALLOC_TOP_PAD_="16777216", MALLOC_MMAP_THRESHOLD_="67108864")
MEMORY_LIMIT_BYTES = 4 << 30
CFLAGS = ["-std=c11", "-w", "-Iinclude", "-Itracefmt", "-Isrc/check", "-D_GNU_SOURCE", "-pthread", "-fPIE"]
VARIANTS = {"release": ["-O1"], "asan": ["-O1", "-g", "-fsanitize=address,undefined", "-fno-sanitize-recover=all"]}

# --- Mutants. ---

RELATIONAL = {"<": ["<=", ">="], "<=": ["<", ">"], ">": [">=", "<="], ">=": [">", "<"], "==": ["!="], "!=": ["=="]}
LOGICAL = {"&&": "||", "||": "&&"}
DECLARATION = re.compile(r"(const|static|struct|enum|unsigned|bool|int|u?int\d+_t|size_t|char|void|typedef)\b")
CONTROL = re.compile(r"(?:if|for|while|switch|else|case|default|do|_Static_assert)\b|return .*")
FLAGS = re.compile(r"\b[A-Z][A-Z0-9_]+(?: \| [A-Z][A-Z0-9_]+)+")


class Mutant:
    def __init__(self, path, function, number, line, mutation, text):
        self.path, self.function, self.number, self.line = path, function, number, line
        self.mutation, self.text = mutation, text

    @property
    def key(self):
        return (os.path.basename(self.path), self.function, self.line, self.mutation)

    @property
    def name(self):
        return f"{self.path}:{self.number}:{self.mutation}"


def blank(text):
    """The text with comments, strings, characters and preprocessor lines blanked out: same length, same lines."""
    pattern = re.compile(r'/\*.*?\*/|//[^\n]*|"(?:\\.|[^"\\\n])*"|\'(?:\\.|[^\'\\\n])+\'|^[ \t]*#(?:\\\n|[^\n])*',
                         re.S | re.M)
    return pattern.sub(lambda m: re.sub(r"[^\n]", " ", m.group()), text)


def functions(code):
    """(name, is it void or bool, start and end of the body) of each function."""
    for match in re.finditer(r"^\{\n(.*?)^\}$", code, re.S | re.M):
        head = code[: match.start()].rstrip()
        head = head[max(head.rfind("\n\n"), head.rfind(";\n"), head.rfind("}\n")) + 1 :]
        name = re.search(r"(\w+)\(", head)
        if name:
            kind = re.match(r"\s*(?:static )?(?:inline )?(void|bool) \w", head)
            yield name.group(1), kind.group(1) if kind else "", match.start(1), match.end(1)


def closing(code, at):
    depth = 0
    for i in range(at, len(code)):
        depth += (code[i] == "(") - (code[i] == ")")
        if depth == 0:
            return i
    return len(code)


def operator_edits(code, start, end):
    """(start, end, replacement, mutation) of what changes within an expression."""
    body = code[start:end]
    for m in re.finditer(r" (<=|>=|==|!=|<|>) ", body):
        for new in RELATIONAL[m.group(1)]:
            yield start + m.start(1), start + m.end(1), new, f"{m.group(1)} -> {new}"
    for m in re.finditer(r"(&&|\|\|)(?=\s)", body):
        yield start + m.start(1), start + m.end(1), LOGICAL[m.group(1)], f"{m.group(1)} -> {LOGICAL[m.group(1)]}"
    for m in re.finditer(r" ([+-]) ", body):
        new = "-" if m.group(1) == "+" else "+"
        yield start + m.start(1), start + m.end(1), new, f"{m.group(1)} -> {new}"
    for m in re.finditer(r"!(?!=)", body):
        yield start + m.start(), start + m.end(), "", "drop !"
    for m in re.finditer(r"\b(true|false)\b", body):
        if re.search(r"[\w\])] = $", body[: m.start()]) and body[m.end()] == ";" and not in_declaration(body, m.start()):
            continue  # the removal of the statement says the same
        new = "false" if m.group() == "true" else "true"
        yield start + m.start(), start + m.end(), new, f"{m.group()} -> {new}"
    for m in re.finditer(r"(?<![\w.])(\d+)U?\b(?! <<)", body):
        if body[m.start() - 1] == "{" and body[m.end()] == "}" or body[: m.start()].endswith("UINT64_C("):
            continue
        value = int(m.group(1))
        for new in [value + 1] + ([value - 1] if value > 0 else []):
            yield start + m.start(1), start + m.end(1), str(new), f"{value} -> {new}"
    for m in FLAGS.finditer(body):
        parts = m.group().split(" | ")
        for i, part in enumerate(parts):
            new = " | ".join(parts[:i] + parts[i + 1 :])
            yield start + m.start(), start + m.end(), new, f"drop {part}"
    for m in re.finditer(r"return (WSC_VIOLATION_\w+);", body):
        yield start + m.start(1), start + m.end(1), "-1", "no report"
    for m in re.finditer(r"\b(?:if|while) \(", body):
        at = start + m.end() - 1
        condition = code[at + 1 : closing(code, at)].replace("->", ".")
        # A lone comparison or a lone "!" is negated by the operators above.
        if not re.fullmatch(r"[^&|?!<>]+ (==|!=|<|>|<=|>=) [^&|?<>]+", condition) and not re.fullmatch(r"![^&|?]+", condition):
            yield at, at + 1, "", "negate"


def in_declaration(body, at):
    line = body[body.rfind("\n", 0, at) + 1 : at].strip()
    return DECLARATION.match(line) is not None


def statement_edits(code, start, end):
    """Each statement that is not a declaration, a return of a value or a control structure, removed."""
    at, previous, headed = start, "{", False
    while at < end:
        line_end = code.find("\n", at)
        text = code[at:line_end].strip()
        if not text:
            at = line_end + 1
            continue
        begins = previous[-1] in "{};:" or previous.endswith("else") or (headed and previous[-1] == ")")
        if begins:
            headed = re.match(r"(\} )?(else )?(if|for|while|switch) ", text) is not None
        if begins and re.match(r"[\w*(+-]", text) and not CONTROL.match(text) and not DECLARATION.match(text):
            first = at + code[at:line_end].index(text[0])
            depth, stop = 0, first
            while stop < end and (code[stop] != ";" or depth):
                depth += (code[stop] in "({[") - (code[stop] in ")}]")
                stop += 1
            yield first, stop, "", "remove"
            line_end = code.find("\n", stop)
            text = code[first:line_end].strip()
        previous = text
        at = line_end + 1


def early_returns(code, kind, start):
    at = code.find("\n", start - 2) + 1
    if kind == "void":
        yield at, at, "return;\n", "return early"
    for value in ["true", "false"] if kind == "bool" else []:
        yield at, at, f"return {value};\n", f"return {value} early"


def apply_edit(text, edit):
    start, end, new, mutation = edit
    if mutation == "negate":
        stop = closing(blank(text), start)
        return text[:start] + "(!" + text[start : stop + 1] + ")" + text[stop + 1 :]
    removed = text[start:end]
    if mutation == "remove":
        new = "\n" * removed.count("\n")
    return text[:start] + new + text[end:]


def mutants_of(path, text):
    """All mutants of a source, in the order of its lines. Several of one kind on a line are numbered."""
    code = blank(text)
    lines = text.split("\n")
    found, seen = [], set()
    for function, kind, start, end in functions(code):
        edits = [*early_returns(code, kind, start), *operator_edits(code, start, end), *statement_edits(code, start, end)]
        edits.sort(key=lambda edit: (code.count("\n", 0, edit[0]), edit[0]))
        counts = {}
        for edit in edits:
            number = code.count("\n", 0, edit[0]) + 1
            line, mutation = lines[number - 1].strip(), edit[3]
            if "early" in mutation:
                line = "{"
            count = counts[number, mutation] = counts.get((number, mutation), 0) + 1
            mutation += f" #{count}" if count > 1 else ""
            changed = apply_edit(text, edit)
            if changed not in seen:
                seen.add(changed)
                found.append(Mutant(path, function, number, line, mutation, changed))
    occurrence = {}
    for mutant in found:  # the same line twice in a function
        count = occurrence[mutant.key] = occurrence.get(mutant.key, 0) + 1
        if count > 1:
            mutant.mutation += f" ({count})"
    return found


# --- Building. ---


def run(command, **options):
    return subprocess.run(command, cwd=options.pop("cwd", TREE), stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                          env=options.pop("env", ENVIRONMENT), **options)


def libraries(*modules):
    return subprocess.run(["pkg-config", "--libs", *modules], stdout=subprocess.PIPE, check=True).stdout.decode().split()


def limit(cpu_s, is_sanitized):
    resource.setrlimit(resource.RLIMIT_CPU, (cpu_s, cpu_s + 2))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    if not is_sanitized:  # a sanitizer's shadow takes any amount
        resource.setrlimit(resource.RLIMIT_AS, (MEMORY_LIMIT_BYTES, MEMORY_LIMIT_BYTES))


def files_below(root):
    paths = {name for name in COPIED if os.path.isfile(os.path.join(root, name))}
    for name in COPIED:
        for directory, _, files in os.walk(os.path.join(root, name)):
            paths.update(os.path.relpath(os.path.join(directory, file), root) for file in files if "__pycache__" not in directory)
    return paths


def copy_tree():
    """Only what changed, so that make builds only that anew; what is gone goes."""
    wanted = files_below(ROOT)
    for path in files_below(TREE) - wanted:
        os.remove(os.path.join(TREE, path))
    for path in wanted:
        old, new = os.path.join(ROOT, path), os.path.join(TREE, path)
        os.makedirs(os.path.dirname(new), exist_ok=True)
        if not os.path.exists(new) or open(old, "rb").read() != open(new, "rb").read():
            shutil.copy(old, new)


class Build:
    """The programs of the tree, and how each is linked with a mutated object in front of the libraries."""

    def __init__(self):
        self.unit = sorted(f[:-2] for f in os.listdir(os.path.join(TREE, "tests/unit")) if f.startswith("test_"))
        self.model = sorted("tests/model/" + f[:-2] for f in os.listdir(os.path.join(TREE, "tests/model"))
                            if f.endswith(".c") and f not in ("compare.c", "simulate.c"))
        self.cli = sorted("src/cli/" + f[:-2] for f in os.listdir(os.path.join(TREE, "src/cli")) if f.endswith(".c"))
        with open(os.path.join(TREE, "Makefile"), encoding="utf-8") as file:
            self.tool = libraries(*re.search(r"^TOOL_LIBS = \$\(call pc,--libs,([^)]*)\)", file.read(), re.M).group(1).split())
        self.criterion = libraries("criterion")
        self.sound = set()  # what the original passes

    def make(self):
        settings = ["LTO_release=", "HARDEN=-fPIE", "WERROR=", "OPT_release=-O1"]
        programs = ["wscheck", "tests/mutate/driver", "tests/plain/test_check_memory"]
        programs += [f"tests/unit/{name}" for name in self.unit if name in ENGINE_TESTS]
        checked = [DRIVER] + [f"tests/unit/{name}" for name in self.unit if name in sum(OWN_TESTS.values(), [])]
        for variant, targets in {"release": programs, "asan": checked}.items():
            made = run(["make", "-j2", f"VARIANT={variant}", *settings, *[f"build/{variant}/{t}" for t in targets]])
            if made.returncode:
                sys.exit(broken(made.stdout.decode(errors="replace")))

    def objects(self, program):
        if program == "wscheck":
            return self.cli
        return [program] + (self.model if program in (DRIVER, *MODEL_TESTS) else [])

    def link(self, program, mutated, output, variant="release"):
        base = f"build/{variant}"
        own = [f"{base}/obj/{name}.o" for name in self.objects(program)]
        command = ["gcc", "-pie", "-pthread", *VARIANTS[variant], "-o", output, *own, *mutated, f"{base}/libwscheck-tool.a"]
        command += [f"{base}/libwscheck-inner.a"] if "/unit/" in program else []
        return run([*command, *self.tool, *(self.criterion if "/unit/" in program else [])])


def broken(text):
    print(text, file=sys.stderr)
    print("mutate: the unmutated tree does not build or fails its own tests", file=sys.stderr)
    return 2


# --- Killing. ---

ENGINE_TESTS = ["test_ownership", "test_ownership_next", "test_slot", "test_order", "test_order_pairs", "test_course", "test_stream", "test_window", "test_presence",
                "test_finished_set", "test_apply", "test_life", "test_explain", "test_report", "test_minimize", "test_check",
                "test_statistics", "test_timeline", "test_lane", "test_diagnosis", "test_simulate",
                "test_partial", "test_undecided"]
OWN_TESTS = {"ownership.c": ["test_ownership", "test_ownership_next"], "slot.c": ["test_ownership_next", "test_slot", "test_ownership"],
             "order.c": ["test_order", "test_order_pairs", "test_diagnosis"],
             "idle.c": ["test_presence", "test_partial"], "stream.c": ["test_stream", "test_timeline"], "stay.c": ["test_apply", "test_lane", "test_window"],
             "survivors.c": ["test_apply", "test_window"], "findings.c": ["test_apply", "test_partial", "test_story", "test_report"],
             "window.c": ["test_window", "test_apply"], "lane.c": ["test_lane", "test_apply"]}
OWN_TESTS = {name: OWN_TESTS.get(name, ["test_" + name[:-2]]) for name in FILES}
DRIVER = "tests/mutate/driver"
MODEL_TESTS = ["tests/unit/test_model", "tests/unit/test_partial", "tests/unit/test_simulate"]


def stages(build, path, is_listed):
    """(name, program, arguments, variant), the fastest killers first. What is listed as equivalent gets the first."""
    name = os.path.basename(path)
    unit = [test for test in ENGINE_TESTS if test in build.unit]
    own = [test for test in OWN_TESTS.get(name, []) if test in unit]
    yield "cases", DRIVER, ["cases"], "release"
    for test in own:
        yield test, f"tests/unit/{test}", [], "release"
    yield "test_model", DRIVER, ["model"], "release"
    if is_listed:
        return
    yield "test_check_memory", "tests/plain/test_check_memory", [], "release"
    if os.environ.get("QUICK"):
        return
    for test in unit:
        if test not in own:
            yield test, f"tests/unit/{test}", [], "release"
    yield "run.py", "wscheck", [], "release"
    yield "sanitizers", DRIVER, ["cases"], "asan"
    for test in own:
        yield "sanitizers", f"tests/unit/{test}", [], "asan"
    yield "sanitizers", DRIVER, ["model", "30"], "asan"


def leaks(scratch):
    """What sanitizers wrote of processes that Criterion had started, and ended well: as tests/run.sh reads it."""
    found = False
    for name in os.listdir(scratch):
        if name.startswith("report."):
            path = os.path.join(scratch, name)
            found |= run(["awk", "-f", "tests/lib/leaks.awk", path]).returncode != 0
            os.remove(path)
    return found


def fails(command, variant, scratch):
    """Why the command fails, or None."""
    environment = dict(ENVIRONMENT, B=f"build/{variant}", WORK=scratch)
    if variant == "asan" and "test_" in command[0]:
        environment["ASAN_OPTIONS"] = f"exitcode=99:log_path={scratch}/report"
    cpu_s = CASES_CPU_LIMIT_S if command[1:] == ["cases"] and variant == "release" else CPU_LIMIT_S
    if command[0] == RUN_PY:
        cpu_s = RUN_PY_CPU_LIMIT_S
    try:
        result = run(command, timeout=WALL_LIMIT_S, env=environment, preexec_fn=lambda: limit(cpu_s, variant == "asan"))
    except subprocess.TimeoutExpired:
        return "time"
    found = leaks(scratch)
    if result.returncode in (0, 99) and "ASAN_OPTIONS" in environment:
        return "sanitizer" if found else None
    return result.stdout.decode(errors="replace") or "exit code" if result.returncode else None


def digest(path):
    with open(path, "rb") as file:
        return hashlib.sha256(file.read()).digest()


def compile_to(text, source, output, variant):
    """Whether it compiles. The source's name goes into the object: the same for all of a directory."""
    with open(source, "w", encoding="utf-8") as file:
        file.write(text)
    command = ["gcc", *CFLAGS, *VARIANTS[variant], "-c", "-o", output, os.path.basename(source)]
    command = [f"-I{os.path.join(TREE, word[2:])}" if word.startswith("-I") else word for word in command]
    return run(command, cwd=os.path.dirname(source)).returncode == 0


def slot_directory(slot):
    directory = os.path.join(WORK, f"slot{slot}")
    os.makedirs(directory, exist_ok=True)
    return directory


def object_of(mutant):
    return os.path.join(WORK, "objects", hashlib.sha256("\t".join(mutant.key).encode()).hexdigest()[:24] + ".o")


def judge(build, mutant, slot, is_listed, hint=None):
    """The name of the stage that kills the mutant; "" if none does. Without text it is the original: also why."""
    directory = slot_directory(slot)
    order = list(stages(build, mutant.path, is_listed))
    order.sort(key=lambda each: each[0] != hint)  # stable: the stage that killed it the last time comes first
    objects = {"release": object_of(mutant)} if mutant.text is not None else {}
    linked = {}
    for stage, program, arguments, variant in order:
        if mutant.text is None and (program, *arguments, variant) in build.sound:
            continue
        if variant not in objects and mutant.text is not None:
            objects[variant] = os.path.join(directory, "mutant.o")
            compile_to(mutant.text, os.path.join(directory, os.path.basename(mutant.path)), objects[variant], variant)
        output = os.path.join(directory, os.path.basename(program) + "-" + variant)
        if (program, variant) not in linked:
            result = linked[program, variant] = build.link(program, list(filter(None, [objects.get(variant)])), output, variant)
            if result.returncode:
                return "link" if mutant.text is not None else stage + ": " + result.stdout.decode()
        command = [RUN_PY, output] if program == "wscheck" else [output, *arguments]
        why = fails(command, variant, directory)
        if why is not None:
            return stage if mutant.text is not None else f"{stage}: {why}"
        if mutant.text is None:
            build.sound.add((program, *arguments, variant))
    return ""


# --- The equivalent ones. ---


def read_equivalent():
    """{key: reason}"""
    listed = {}
    if not os.path.exists(EQUIVALENT):
        return listed
    with open(EQUIVALENT, encoding="utf-8") as file:
        for number, line in enumerate(file, 1):
            if not line.strip() or line.startswith("#"):
                continue
            fields = line.rstrip("\n").split("\t")
            if len(fields) != 5 or not all(fields):
                sys.exit(f"{EQUIVALENT}:{number}: not five fields separated by tabs")
            for mutation in fields[3].split(" ; "):
                listed[fields[0], fields[1], fields[2], mutation] = fields[4]
    return listed


# --- All of it. ---


def select(mutants, last):
    step = int(os.environ.get("SAMPLE", "1/1").split("/")[-1])
    wanted = os.environ.get("MUTANT", "")
    chosen = [m for i, m in enumerate(mutants) if i % step == 0 and wanted in f"{m.name} {m.function} {m.line}"]
    return [m for m in chosen if "\t".join(m.key) in last] if os.environ.get("AGAIN") else chosen


def in_parallel(work, items, what):
    """work(item, slot) for each, with a line of progress now and then; a slot is a directory of its own."""
    slots = queue.Queue()
    jobs = max(1, int(os.environ.get("JOBS", "2")))
    for slot in range(jobs):
        slots.put(slot)
    lock, start, done = threading.Lock(), time.monotonic(), [0]

    def with_slot(item):
        slot = slots.get()
        try:
            return work(item, slot)
        finally:
            slots.put(slot)
            with lock:
                done[0] += 1
                if done[0] % 100 == 0:
                    print(f"{what} {done[0]} of {len(items)}, {time.monotonic() - start:.0f} s", file=sys.stderr, flush=True)

    with ThreadPoolExecutor(jobs) as pool:
        return list(pool.map(with_slot, items))


def compile_all(mutants):
    """Those whose object code is their own."""
    shutil.rmtree(os.path.join(WORK, "objects"), ignore_errors=True)
    os.makedirs(os.path.join(WORK, "objects"))
    originals = []
    for path in sorted({m.path for m in mutants}):
        with open(os.path.join(TREE, path), encoding="utf-8") as file:
            originals.append(Mutant(path, "", 0, "", "", file.read()))

    def work(mutant, slot):
        source = os.path.join(slot_directory(slot), os.path.basename(mutant.path))
        return digest(object_of(mutant)) if compile_to(mutant.text, source, object_of(mutant), "release") else None

    first = {}
    for mutant, code in zip(originals + mutants, in_parallel(work, originals + mutants, "compiled")):
        if code is not None:
            first.setdefault((mutant.path, code), mutant)
    kept = set(first.values())
    return [mutant for mutant in mutants if mutant in kept]


def read_killers():
    """{key: the stage that killed the mutant the last time}: a hint where to start, never a verdict."""
    if not os.path.exists(KILLERS):
        return {}
    with open(KILLERS, encoding="utf-8") as file:
        return dict(line.rstrip("\n").rsplit("\t", 1) for line in file)


def judge_all(build, mutants, listed):
    """{mutant: stage}"""

    killers = read_killers()

    def work(mutant, slot):
        key = "\t".join(mutant.key)
        stage = judge(build, mutant, slot, mutant.key in listed, killers.get(key))
        if stage == "" and mutant.key not in listed:
            print(f"survives  {mutant.name}\n          {mutant.function}: {mutant.line}", flush=True)
        with open(KILLERS, "a", encoding="utf-8") as file:  # at once: a run may be stopped; the last word counts
            file.write(f"{key}\t{stage}\n" if stage else "")
        return stage

    return dict(zip(mutants, in_parallel(work, mutants, "run")))


def print_table(paths, outcome, listed):
    print(f"\n{'file':<16}{'mutants':>8}{'killed':>8}{'equivalent':>12}{'survived':>10}")
    totals = [0, 0, 0, 0]
    for path in paths:
        mine = {m: stage for m, stage in outcome.items() if m.path == path}
        equivalent = sum(stage == "" and m.key in listed for m, stage in mine.items())
        killed = sum(stage != "" for stage in mine.values())
        row = [len(mine), killed, equivalent, len(mine) - killed - equivalent]
        totals = [a + b for a, b in zip(totals, row)]
        print(f"{os.path.basename(path):<16}{row[0]:>8}{row[1]:>8}{row[2]:>12}{row[3]:>10}")
    print(f"{'all':<16}{totals[0]:>8}{totals[1]:>8}{totals[2]:>12}{totals[3]:>10}")
    kills = {}
    for stage in outcome.values():
        kills[stage] = kills.get(stage, 0) + 1
    kills.pop("", None)
    print("killed by:", ", ".join(f"{stage} {count}" for stage, count in kills.items()))
    return totals[3]


def main():
    start = time.monotonic()
    copy_tree()
    names = os.environ.get("FILES", "").split() or FILES
    paths = [f"src/check/{os.path.basename(name)}" for name in names]
    every, last = [], set()
    for path in paths:
        with open(os.path.join(TREE, path), encoding="utf-8") as file:
            every += mutants_of(path, file.read())
    if os.path.exists(LAST):
        with open(LAST, encoding="utf-8") as file:
            last = set(file.read().split("\n"))
    mutants = select(every, last)
    if os.environ.get("LIST"):
        for mutant in mutants:
            print(f"{mutant.name}\t{mutant.function}\t{mutant.line}")
        print(len(mutants), "mutants", file=sys.stderr)
        return 0
    listed = read_equivalent()
    build = Build()
    build.make()
    for path in paths:
        original = judge(build, Mutant(path, "", 0, "", "", None), 0, False)
        if original != "":
            return broken(original)
    counted = compile_all(mutants)
    outcome = judge_all(build, counted, listed)
    survived = print_table(paths, outcome, listed)
    print(f"not counted, as they have the object code of the original or of another mutant: {len(mutants) - len(counted)}")
    with open(LAST, "w", encoding="utf-8") as file:
        file.writelines("\t".join(m.key) + "\n" for m, stage in outcome.items() if stage == "" and m.key not in listed)
    known = {m.key for m in every}
    wrong = [f"fits no mutant: {key}" for key in listed if f"src/check/{key[0]}" in paths and key not in known]
    wrong += [f"killed by {stage}: {m.key}" for m, stage in outcome.items() if stage and m.key in listed]
    for line in wrong:
        print("equivalent.txt:", line)
    print(f"{time.monotonic() - start:.0f} s")
    return 1 if survived or wrong else 0


if __name__ == "__main__":
    sys.exit(main())
