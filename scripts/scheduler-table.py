#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""scheduler-table.py - docs/schedulers.md's tables: which scheduler does what on which kernel.

    scripts/scheduler-table.py BUILD_DIR            rewrites what is between the marks
    scripts/scheduler-table.py BUILD_DIR -          prints it instead
    scripts/scheduler-table.py BUILD_DIR scx        the table of scx's alone; - as well

A row a scheduler, a column each kernel that `kickstand kernels` lists. Runs what
scripts/kernel-schedulers.sh and scripts/kernel-loaders.sh have built from the kernel's trees:
each object as tests/kernel/selftests.tsv says (judged by scripts/kernel-selftests.sh, workload
mixed), each loader by `kickstand exec` for DURATION_MS; those of scx as well that
scripts/scx-schedulers.sh has built, the others keep their rows. The same build writes the same text.

    | object     | of  | 6.12 | 7.3     |
    | scx_simple | 7.3 | runs | needs 1 |      1. kfunc `x`, until 7.1

An object has several lines in selftests.tsv, if its test runs it in several ways; its cell tells
how many of them end as the test expects. Why something does not is a note below the table.
"""
import glob
import json
import os
import re
import subprocess
import sys

DURATION_MS = 200
CPUS = "8"
TREES = ("6.12", "7.3")
DOC = "docs/schedulers.md"
BACKTRACE = re.compile(r"^Stack backtrace:\n(?:(?!kickstand: ).+\n)*", re.M)  # of a program in Rust

build = os.path.abspath(sys.argv[1])
top = os.path.abspath(os.path.join(os.path.dirname(__file__), ".."))
kickstand = f"{build}/kickstand"


class Notes:
    """The reasons below a table, each once, numbered as they come."""

    def __init__(self):
        self.texts = []

    def ref(self, text):
        if text not in self.texts:
            self.texts.append(text)
        return self.texts.index(text) + 1

    def __str__(self):
        return "".join(f"{n}. {text}\n" for n, text in enumerate(self.texts, 1))


def kernels():
    said = subprocess.run([kickstand, "kernels", "--json"], stdout=subprocess.PIPE, check=True)
    return [k["name"] for k in json.loads(said.stdout)["kernels"]]


def span(having):
    """["7.2", "7.3", "7.4"] -> "since 7.2"; the lists are in the kernels' order"""
    first, last = having[0], having[-1]
    if last == ALL[-1]:
        return f"since {first}"
    return f"until {last}" if first == ALL[0] else f"{first} to {last}"


def words(why):
    """A message without what is this machine's or stands in the table already."""
    why = re.sub(r"/\S+/", "", why)
    why = re.sub(r"^\S+\.bpf\.o: ", "", why)
    why = re.sub(r"^cannot be loaded on kernel \S+: ", "", why)
    why = re.sub(r"^scheduler '\w+' (was ejected|could not be enabled): ", "", why)
    return why.replace("|", "\\|").replace("<", "&lt;")


def needed(why):
    """What a kernel lacks and who has it, of kickstand's message; None if that is not the reason"""
    text, mark, having = words(why).partition("; kernels that have it: ")
    if not mark:
        return None
    for pattern, what in ((r"kfunc '(\w+)'", "`{}()`"), (r"struct bpf_struct_ops_(\w+)", "`struct {}`"),
                          (r"this kernel's (\w+) has no member (\w+)", "`{}.{}`"),
                          (r"does not model 'struct ([\w.]+)'", "`struct {}`")):
        found = re.search(pattern, text)
        if found:
            return f"{what.format(*found.groups())}, {span(having.split(', '))}"
    return f"{text}, {span(having.split(', '))}"


def outcome(got, why, notes):
    """The cell of one run that is not just as it should be."""
    need = needed(why)
    if need:
        return f"needs {notes.ref(need)}"
    told = words(why)
    said = {"runs": "runs", "error": "ejected", "refused": "refused", "lockup": "locks up",
            "does not": "differs", "no_scheduler": "no"}.get(got, "ejected" if got.startswith("disabled") else got)
    return f"{said} {notes.ref(told)}" if told else said


def object_cell(is_sched, runs, notes):
    """runs: (expected, got, why) of one object on one kernel"""
    cells, good = [], 0
    for expected, got, why in runs:
        fine = got == "runs" if is_sched else got != "no_scheduler"
        if got == expected and fine and not needed(why):
            good += 1
        else:
            cells.append(outcome(got, why, notes))
    if not cells:
        return "runs" if is_sched else "ok"
    cells = list(dict.fromkeys(cells))
    return (f"{good} of {len(runs)} ok, " if good else "") + ", ".join(cells)


def by_object():
    """{(is a scheduler, object, tree): {kernel: [run...]}}"""
    rows = {}
    for kernel in ALL:
        env = dict(os.environ, KS_KERNEL=kernel, KS_WORKLOADS="mixed", KS_TSV="1")
        said = subprocess.run(["sh", f"{top}/scripts/kernel-selftests.sh", build], env=env, text=True,
                              stdout=subprocess.PIPE)
        if said.returncode:
            sys.exit(said.returncode)
        for line in said.stdout.splitlines():
            tree, name, _, expected, got, why = line.split("\t", 5)
            rows.setdefault((name.startswith("scx_"), name, tree), {}).setdefault(kernel, []).append(
                (expected, got, why))
    return rows


def loader_words(log):
    """What a loader that gave up said last, and what kickstand says of it"""
    log = BACKTRACE.sub("", re.sub("\x1b\\[[0-9;]*m", "", log))
    lines = [line.strip() for line in log.splitlines()]
    lines = [re.sub(r"^\d+: ", "", line) for line in lines if line]
    ours = [line for line in lines if line.startswith("kickstand: ")]
    own = [line for line in lines if not line.startswith(("kickstand: ", "libbpf: ", "[SCX_BUG]"))]
    return own[-1] if own else ours[-1].removeprefix("kickstand: ") if ours else ""


def was_enabled(summary):
    """Was its scheduler there for most of the run? A loader may end well without one."""
    with open(summary) as f:
        scheduler = json.load(f)["scheduler"]
    os.remove(summary)
    return scheduler is not None and scheduler["duration_ns"] > DURATION_MS * 1000000 * 9 // 10


def loader_cell(loader, kernel, notes):
    summary = f"{build}/scheduler-table.json"
    run = subprocess.run([kickstand, "exec", "--kernel", kernel, "--cpus", CPUS, "--duration",
                          f"{DURATION_MS}ms", "--workload", "mixed", "--quiet", "--json", summary, "--",
                          loader.program, *loader.args], stdout=subprocess.DEVNULL,
                         stderr=subprocess.PIPE, stdin=subprocess.DEVNULL, text=True)
    if run.returncode == 0:
        return "runs" if was_enabled(summary) else outcome("no", loader_words(run.stderr), notes)
    if run.returncode == 4:
        why = re.findall("^kickstand: (.*)$", run.stderr, re.M)[-1]
        return outcome("error", why, notes)
    # what the object lacks is in words that libbpf, in the loader, has not
    alone = subprocess.run([kickstand, "run", loader.object, "--kernel", kernel, "--duration", "1ms",
                            "--quiet"], stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
    need = alone.returncode == 3 and needed(alone.stderr.strip().split("\n")[-1])
    if need:
        return f"needs {notes.ref(need)}"
    return outcome({5: "lockup"}.get(run.returncode, "no"), loader_words(run.stderr), notes)


class Loader:
    def __init__(self, name, source, program, obj):
        self.name, self.source, self.program, self.object = name, source, program, obj
        self.args = ["--run-example"] if name == "scx_layered" else []  # it does not start without


def tree_loaders():
    """What scripts/kernel-loaders.sh has built."""
    for tree in TREES:
        folder = f"{build}/kernel-loaders/{tree}"
        if not os.path.isdir(folder):
            sys.exit(f"scheduler-table: no {folder}: sh scripts/kernel-loaders.sh")
        for path in sorted(glob.glob(f"{folder}/scx_*")):
            if "." not in os.path.basename(path):
                yield Loader(os.path.basename(path), tree, path, path + ".bpf.o")


def crate_loaders():
    """What scripts/scx-schedulers.sh has built; the source is the crate's version."""
    for path in sorted(glob.glob(f"{build}/scx/bin/*")):
        name = os.path.basename(path)
        with open(f"{build}/scx/.crates.toml") as f:
            version = re.search(f'"{name} (\\S+) ', f.read()).group(1)
        out = f"{build}/scx/target/debug/build/{name}-*/out"
        objects = sorted(glob.glob(f"{out}/bpf.bpf.o") + glob.glob(f"{out}/main.bpf.o"))
        yield Loader(name, version, path, objects[-1] if objects else path)


def table(head, rows, notes):
    """rows: (name, tree, {kernel: cell})"""
    text = f"| {head} | of | " + " | ".join(ALL) + " |\n|" + "---|" * (len(ALL) + 2) + "\n"
    for name, tree, cells in rows:
        text += f"| {name} | {tree} | " + " | ".join(cells[k] for k in ALL) + " |\n"
    return text + (f"\n{notes}" if notes.texts else "")


def object_table(head, found, is_sched):
    notes = Notes()
    rows = [(name, tree, {k: object_cell(sched, runs, notes) for k, runs in by_kernel.items()})
            for (sched, name, tree), by_kernel in sorted(found.items()) if sched == is_sched]
    return table(head, rows, notes)


def loader_table(loaders, kept=()):
    """kept: (name, source, {kernel: what puts a cell into notes}) of loaders that are not there"""
    notes = Notes()
    rows = [(one.name, one.source, {k: lambda n, one=one, k=k: loader_cell(one, k, n) for k in ALL})
            for one in loaders] + list(kept)
    return table("loader", [(name, source, {k: cells[k](notes) for k in ALL})
                            for name, source, cells in sorted(rows, key=lambda row: row[:2])], notes)


def split(mark):
    """The page: before the marks of that name with the first, between, from the second on."""
    marks = [f"<!-- {edge}: make scheduler-table, {mark} -->\n" for edge in ("begin", "end")]
    with open(f"{top}/{DOC}") as f:
        doc = f.read()
    before, begin, rest = doc.partition(marks[0])
    between, end, after = rest.partition(marks[1])
    if not begin or not end:
        sys.exit(f"scheduler-table: {DOC} has no lines {marks}")
    return before + begin, between, end + after


def kept_rows(mark, built):
    """The page's rows of loaders that are not built here, if they have all kernels."""
    text = split(mark)[1]
    texts = dict(re.findall(r"^(\d+)\. (.*)$", text, re.M))
    rows = [[cell.strip() for cell in line.strip("|").split("|")]
            for line in text.split("\n") if line.startswith("| ")]

    def cell(old):
        return lambda notes: re.sub(r"\b\d+$", lambda m: str(notes.ref(texts[m[0]])), old)
    if rows[0][2:] != ALL:
        return []
    return [(row[0], row[1], {k: cell(old) for k, old in zip(ALL, row[2:])})
            for row in rows[1:] if row[0] not in built]


def rewrite(mark, text):
    """Puts text between the marks of that name."""
    before, _, after = split(mark)
    with open(f"{top}/{DOC}", "w") as f:
        f.write(f"{before}\n{text}\n{after}")


ALL = kernels()


def sections(wanted):
    """(mark, text) of each table"""
    if wanted != ["scx"]:
        found = by_object()
        yield "objects", object_table("object", found, True)
        yield "loaders", loader_table(tree_loaders())
        yield "selftests", object_table("object", found, False)
    crates = list(crate_loaders())
    if crates:
        yield "scx", loader_table(crates, kept_rows("scx", [one.name for one in crates]))


def main():
    wanted = [arg for arg in sys.argv[2:] if arg != "-"]
    for mark, text in sections(wanted):
        if "-" in sys.argv[2:]:
            print(text)
        else:
            rewrite(mark, text)


main()
