# SPDX-License-Identifier: GPL-2.0-only
"""The figures of one run, seen in several ways: do they agree, to the nanosecond?

    figures.py SUMMARY.json REPORT.txt    what `kickstand report --summary` prints of its trace
    figures.py SUMMARY.json               the summary with itself: sums, groups, phases
    figures.py --why SUMMARY.json WHY.json    what `kickstand why --json` says of its trace
    figures.py --page SUMMARY.json TEXT   what the page's self-test prints
"""
import json
import re
import sys

MSEC = r" +(\d+\.\d{6})"
ROW = re.compile(r"^  (.*)\[(\d+)\]" + MSEC + r" +(\d+) +(\d+) " + MSEC * 5 + r" +(\d+\.\d{9}) " +
                 MSEC * 3 + r"(?: +(\d+\.\d{9}))?$")


def ns(text):
    whole, part = text.split(".")
    return int(whole) * 10 ** len(part) + int(part)


def report_tables(path):
    """[{pid: row}], a table for each part of the run"""
    tables = []
    for line in open(path):
        if line.startswith("  task name [pid]"):
            tables.append({})
        found = ROW.match(line)
        if not found:
            continue
        g = found.groups()
        tables[-1][int(g[1])] = {
            "comm": g[0], "runtime_ns": ns(g[2]), "wakeups": int(g[4]), "wait_ns": ns(g[5]),
            "queue": tuple(map(ns, g[7:10])), "wakeup": tuple(map(ns, g[11:14])), "since": g[14]}
    return tables


def spread(o):
    return o["p50"], o["p99"], o["max"]


def compare_part(part, table, what):
    assert part["tasks"], what
    for t in part["tasks"]:
        row = table.get(t["pid"])
        if row is None:     # it did nothing there
            assert not (t["runtime_ns"] or t["wait_ns"] or t["wakeups"]), (what, t)
            continue
        mine = (t["comm"], t["runtime_ns"], t["wakeups"], t["wait_ns"], spread(t["queue_wait_ns"]),
                spread(t["wakeup_latency_ns"]), t["waiting_ns"] > 0)
        its = (row["comm"], row["runtime_ns"], row["wakeups"], row["wait_ns"], row["queue"],
               row["wakeup"], bool(row["since"]))
        assert mine == its, (what, t["pid"], mine, its)


def compare_page(run, path):
    """a line: part, pid, ran, waited, wakeups, p50, p99 of wakeups, the longest wait"""
    rows = {}
    for line in open(path):
        v = list(map(int, line.split()))
        rows.setdefault(tuple(v[:2]), []).append(v[2:])
    parts = [run] + ([run["after"]] if "after" in run else [])
    assert run["tasks"]
    for k, part in enumerate(parts):
        for t in part["tasks"]:
            mine = [t["runtime_ns"], t["wait_ns"], t["wakeups"], t["wakeup_latency_ns"]["p50"],
                    t["wakeup_latency_ns"]["p99"], t["queue_wait_ns"]["max"]]
            its = rows.get((k, t["pid"]), [[0] * 6])
            if len(its) == 1:   # one that changed its name is several on the page
                assert mine == its[0], (k, t["pid"], t["comm"], mine, its)


def stem(comm):
    return re.sub(r"[0-9]+$", "*", comm)


def check_part(part, what):
    groups = {g["name"]: g for g in part["groups"]}
    assert len(groups) == len(part["groups"]), what
    for key in "runtime_ns", "wait_ns", "wakeups", "switches", "migrations":
        assert sum(g[key] for g in part["groups"]) == part["all_tasks"][key], (what, key)
        for name, g in groups.items():
            members = [t for t in part["tasks"] if stem(t["comm"]) == name]
            assert len(members) == g["nr"], (what, name)
            assert sum(t[key] for t in members) == g[key], (what, name, key)
    for key in "wakeup_latency_ns", "queue_wait_ns":
        for name, g in list(groups.items()) + [("", part["all_tasks"])]:
            of = [t[key] for t in part["tasks"] if not name or stem(t["comm"]) == name]
            assert sum(o["count"] for o in of) == g[key]["count"], (what, name, key)
            assert max((o["max"] for o in of), default=0) == g[key]["max"], (what, name, key)
            # at least half of what was seen is within the median
            assert g[key]["p50"] <= g[key]["p99"] <= g[key]["max"], (what, name, key)
    for t in part["tasks"]:
        assert t["queue_wait_ns"]["count"] >= t["wakeup_latency_ns"]["count"], (what, t)
        assert t["waiting_ns"] <= t["queue_wait_ns"]["max"] <= t["wait_ns"], (what, t)
    assert part["switches"] == sum(c["switches"] for c in part["per_cpu"]), what


def check(run):
    check_part(run, "the run")
    under = run["duration_ns"]
    if "after" in run:
        check_part(run["after"], "after")
        under -= run["after"]["duration_ns"]
        assert run["after"]["from_ns"] == run["exit"]["at_ns"], run["exit"]
        for c in run["after"]["per_cpu"]:
            assert c["busy_ns"] + c["idle_ns"] == run["after"]["duration_ns"], c
    if run["scheduler"]:
        assert run["scheduler"]["duration_ns"] == under, (run["scheduler"], under)
    for c in run["per_cpu"]:
        assert c["busy_ns"] + c["idle_ns"] == under, (c, under)


def compare_why(run, why):
    """the verdict's worst wait, the one that why tells, and the task's figures"""
    worst = next(f for f in run["verdict"]["findings"] if f["kind"] == "starvation")
    task = next(t for t in run["tasks"] if t["pid"] == worst["pid"])
    wait = why["wait"]
    mine = (worst["pid"], worst["since_ns"], worst["duration_ns"])
    assert mine == (why["pid"], wait["since_ns"], wait["duration_ns"]), (mine, why["pid"], wait)
    assert worst["duration_ns"] == task["queue_wait_ns"]["max"], (worst, task)
    assert wait["until_ns"] is not None or task["waiting_ns"] == wait["duration_ns"], (wait, task)


def main():
    if sys.argv[1] == "--why":
        compare_why(json.load(open(sys.argv[2])), json.load(open(sys.argv[3])))
        return
    if sys.argv[1] == "--page":
        compare_page(json.load(open(sys.argv[2])), sys.argv[3])
        return
    run = json.load(open(sys.argv[1]))
    check(run)
    if len(sys.argv) < 3:
        return
    tables = report_tables(sys.argv[2])
    assert len(tables) == 1 + ("after" in run), len(tables)
    if run["tasks"]:
        compare_part(run, tables[0], "under the scheduler")
    if "after" in run:
        compare_part(run["after"], tables[1], "after it")


main()
