#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""coverage.py - what the runs of a build with -Db_coverage=true took, by gcov.

    scripts/coverage.py BUILD_DIR [FILE...]

A table of src's folders, and of the files of src/kern, src/kern/ext and src/bpf, worst first:
lines that ran, and branches that were taken. With FILE (as src/kern/idle.c), the branches that
were not: "LINE: taken/of source". A line stands once, whoever includes it.

Not counted are the branches of

    bug_on(), shortage_on()         a bug of ours, a host without memory: the process ends
    if (...) return -ENOMEM;        the same where it can be told (`make faults` fails each
                                    allocation in turn), one line or two; and ... ? ... : -ENOMEM
    TRACE()                         does anybody listen: one flag for all
"""
import json
import os
import re
import subprocess
import sys

build = os.path.abspath(sys.argv[1])
top = os.path.abspath(os.path.join(os.path.dirname(os.path.abspath(__file__)), ".."))
BY_FILE = ("src/kern", "src/kern/ext", "src/bpf")
ALWAYS = re.compile(r"\b(bug_on|shortage_on|TRACE)\(")
ENOMEM = re.compile(r"^\s*(return|\w+ =) .*-ENOMEM;")

ELSE_ENOMEM = re.compile(r"(?<!err) \? .* : -ENOMEM;")


def excluded(text):
    """The numbers of the lines whose branches are not counted."""
    lines = set()
    for nr, line in enumerate(text, 1):
        if ALWAYS.search(line) or ELSE_ENOMEM.search(line):
            lines.add(nr)
        elif ENOMEM.search(line) and nr > 1 and re.search(r"\bif \(", text[nr - 2]):
            lines.add(nr - 1)
        elif re.search(r"\bif \(.*\) return -ENOMEM;", line):
            lines.add(nr)
    return lines


class File:
    def __init__(self, path):
        self.path = path
        with open(os.path.join(top, path), encoding="utf-8") as f:
            self.text = f.read().split("\n")
        self.left_out = excluded(self.text)
        self.lines = {}         # number: times
        self.branches = {}      # (function, number): [times of each branch]

    def add(self, line):
        nr = line["line_number"]
        self.lines[nr] = self.lines.get(nr, 0) + line["count"]
        if not line["branches"] or nr in self.left_out:
            return
        key = line.get("function_name"), nr
        counts = [b["count"] for b in line["branches"]]
        have = self.branches.get(key)
        # another instance of an inline function, shaped otherwise: the first one stands
        if have is None or len(have) != len(counts):
            self.branches.setdefault(key, counts)
        else:
            self.branches[key] = [a + b for a, b in zip(have, counts)]

    def figures(self):
        taken = sum(1 for b in self.branches.values() for n in b if n)
        of = sum(len(b) for b in self.branches.values())
        return sum(1 for n in self.lines.values() if n), len(self.lines), taken, of


def counts():
    """What gcov says of each object file, once."""
    for folder, _, names in sorted(os.walk(build)):
        for name in sorted(names):
            if not name.endswith(".gcno"):
                continue
            run = subprocess.run(["gcov", "-b", "--json-format", "--stdout", name], cwd=folder,
                                 stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, check=True)
            for line in run.stdout.splitlines():
                yield json.loads(line)


def read():
    files = {}
    for unit in counts():
        for one in unit["files"]:
            path = os.path.join(unit["current_working_directory"], one["file"])
            path = os.path.relpath(os.path.realpath(path), top)
            if not path.startswith("src/"):
                continue
            if path not in files:
                files[path] = File(path)
            for line in one["lines"]:
                files[path].add(line)
    return files


def percent(taken, of):
    return f"{100 * taken / of:5.1f} %" if of else "      -"


def row(name, figures):
    lines, of_lines, taken, of = figures
    print(f"{name:<28} {percent(lines, of_lines)} of {of_lines:5} lines, "
          f"{percent(taken, of)} of {of:5} branches")


def total(files):
    return [sum(column) for column in zip(*(f.figures() for f in files))]


def share(figures):
    return figures[2] / figures[3] if figures[3] else 1


def table(files):
    folders = {}
    for f in files.values():
        folders.setdefault(os.path.dirname(f.path), []).append(f)
        if f.path.startswith("src/kern/"):
            folders.setdefault("src/kern with ext", []).append(f)
    for name, of in sorted(folders.items(), key=lambda item: (share(total(item[1])), item[0])):
        row(name, total(of))
    row("src", total(files.values()))
    for name in BY_FILE:
        print(f"\n{name}:")
        for f in sorted(folders.get(name, []), key=lambda f: (share(f.figures()), f.path)):
            if f.figures()[3]:
                row("  " + os.path.basename(f.path), f.figures())


def missing(f):
    print(f"{f.path}:")
    for (_, nr), times in sorted(f.branches.items(), key=lambda item: item[0][1]):
        if 0 in times:
            marks = "".join("+" if n else "-" for n in times)
            print(f"{nr:5}: {marks:<8} {f.text[nr - 1].strip()}")


files = read()
if not files:
    sys.exit(f"coverage: {build} has no counts; build it with -Db_coverage=true and run its tests")
if len(sys.argv) < 3:
    table(files)
for path in sys.argv[2:]:
    if path not in files:
        sys.exit(f"coverage: {path} is no file that was built; name it as src/kern/idle.c")
    missing(files[path])
