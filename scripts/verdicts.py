#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""verdicts.py - the verdict of every scheduler here under every built-in workload.

    scripts/verdicts.py BUILD_DIR [PATTERN...]      only lines that have one of PATTERN

Runs the examples and, where scripts/kernel-schedulers.sh has compiled them, the kernel's own
schedulers with the options of tests/kernel-schedulers.txt, and by their loaders those that do
not run without, if scripts/kernel-loaders.sh has built them: on each KERNELS, with 8, 64 and 256
CPUs for 1 s, 300 ms and 100 ms of virtual time. A line a machine, a column a workload:

    object       kernel  cpus  mixed      spin  ...
    shared       7.3        8  ok         ok

A cell is "ok", or the kinds that were found with their numbers (a note as `(no_effect 1)`), or
"status N" of a run that did not begin. What was found is told below the table, a line each; all of it is in
BUILD_DIR/verdicts/. It reports, and is no test: a finding is the scheduler's as a rule.
LIMIT is the seconds of real time that a run may take (120), JOBS how many run at a time.
"""
import concurrent.futures
import json
import os
import subprocess
import sys

KERNELS = os.environ.get("KERNELS", "6.12,7.3").split(",")
MACHINES = ((8, "1s"), (64, "300ms"), (256, "100ms"))
WORKLOADS = ("mixed", "spin", "pingpong", "bursty", "forks", "storm", "storm:hotplug=1")
LOADED = ("scx_pair", "scx_sdt", "scx_userland")        # their loaders set them up
EXAMPLES = ("central", "deadline", "pair", "shared")    # the others have no scheduler

build = os.path.abspath(sys.argv[1])
top = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..")
out = os.path.join(build, "verdicts")


def schedulers(kernel):
    """name, object, options ($n: the machine's CPUs); of a loader: None"""
    for name in EXAMPLES:
        yield name, f"{build}/examples/{name}.bpf.o", ""
    for line in open(f"{top}/tests/kernel-schedulers.txt"):
        if line.startswith("#"):
            continue
        kernels, name, options = (line.rstrip("\n").split("\t") + [""])[:3]
        path = f"{build}/kernel-schedulers/{kernel}/{name}.bpf.o"
        if kernel in kernels.split(",") and os.path.exists(path):
            fifo = "fifo_sched=true" in options and "/fifo" or ""
            yield name + fifo, path, options
    for name in LOADED:
        path = f"{build}/kernel-loaders/{kernel}/{name}"
        if os.path.exists(path):
            yield name, path, None


def judge(name, path, options, kernel, cpus, duration, workload):
    """The cell, and a line for each finding."""
    stem = f"{out}/{name}-{kernel}-{cpus}-{workload}".replace("/fifo", "-fifo").replace(":", "-")
    how = ["exec"] if options is None else ["run", path]
    args = [f"{build}/kickstand", *how, "--kernel", kernel, "--cpus", str(cpus),
            "--duration", duration, "--workload", workload, "--quiet", "--json", stem + ".json",
            *(["--", path] if options is None else options.replace("$n", str(cpus)).split())]
    if os.path.exists(stem + ".json"):
        os.remove(stem + ".json")
    try:
        run = subprocess.run(args, stderr=subprocess.PIPE, stdout=subprocess.DEVNULL, text=True,
                             timeout=int(os.environ.get("LIMIT", "120")))
    except subprocess.TimeoutExpired:
        return "too slow", []
    if not os.path.exists(stem + ".json"):
        return f"status {run.returncode}", [run.stderr.strip().split("\n")[0]]
    with open(stem + ".json") as f:
        verdict = json.load(f)["verdict"]
    found = {}
    for one in verdict["findings"]:
        found.setdefault((one["note"], one["kind"]), []).append(one["text"])
    cell, lines = [], []
    for (note, kind), texts in sorted(found.items()):
        count = len(texts) + verdict["more"].get(kind, 0)
        cell.append(f"({kind} {count})" if note else f"{kind} {count}")
        lines.append(f"{kind}: {texts[0]}")
    return ("ok " if verdict["ok"] and cell else "") + " ".join(cell) or "ok", lines


def main():
    os.makedirs(out, exist_ok=True)
    rows = [(name, path, options, kernel, cpus, duration) for kernel in KERNELS
            for cpus, duration in MACHINES for name, path, options in schedulers(kernel)]
    wanted = sys.argv[2:]
    rows = [r for r in rows if not wanted or any(w in f"{r[0]} {r[3]} {r[4]}" for w in wanted)]
    print(f"{'object':17} kernel cpus  " + " | ".join(WORKLOADS))
    told = []
    with concurrent.futures.ThreadPoolExecutor(int(os.environ.get("JOBS", "2"))) as pool:
        cells = [[pool.submit(judge, *row, w) for w in WORKLOADS] for row in rows]
        for row, line in zip(rows, cells):
            line = [c.result() for c in line]
            print(f"{row[0]:17} {row[3]:6} {row[4]:4}  " + " | ".join(c for c, _ in line), flush=True)
            for w, (_, lines) in zip(WORKLOADS, line):
                told += [f"{row[0]} {row[3]} {row[4]} {w}: {one}" for one in lines]
    print("\n" + "\n".join(told))


main()
