#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""Read the data of a page of --html back, knowing only what docs/html.md says of it.

	html_data.py PAGE events	a line each, as in the text trace, our fields only
	html_data.py PAGE kicks		number, outcome, latency
	html_data.py PAGE slices	who comes to a CPU: time, CPU, task
	html_data.py PAGE ops		when a callback began and ended on a CPU, and its depth
	html_data.py PAGE story N	what is told of kick N
	html_data.py PAGE meta KEY	a part of the last block, as JSON
"""
import base64
import json
import re
import sys
import zlib

EVENTS, KICKS, DELIVERIES, STORIES, META, SLICES, SPANS, STEPS, NOTES = range(1, 10)
SIGNED = {"cpu", "int"}
NAMED = {"op", "class", "state", "dsq", "verdict", "vector"}
KICK_FIELDS = ["called", "asker", "target", "flags", "op", "prog", "insn", "task", "fate", "outcome",
               "coalesced", "way", "marks", "sched"]
WAY_TIMES = ["work", "ipi", "answer", "passed", "wait_begin", "wait_end"]


class Numbers:
    def __init__(self, data):
        self.data, self.at = data, 0

    def uint(self):
        v = shift = 0
        while True:
            byte = self.data[self.at]
            self.at += 1
            v |= (byte & 0x7f) << shift
            if byte < 0x80:
                return v
            shift += 7

    def int(self):
        v = self.uint()
        return v >> 1 ^ -(v & 1)

    def column(self, n, signed=False):
        return [self.int() if signed else self.uint() for _ in range(n)]


def blocks_of(page):
    match = re.search(r'<script id="data" type="text/plain">([^<]*)</script>', page)
    data = zlib.decompress(base64.b64decode(match.group(1), validate=False))
    numbers, blocks = Numbers(data), []
    while numbers.at < len(data):
        kind, length = numbers.uint(), numbers.uint()
        blocks.append((kind, data[numbers.at:numbers.at + length]))
        numbers.at += length
    assert numbers.at == len(data)
    return blocks


class Page:
    def __init__(self, path):
        with open(path, encoding="utf-8") as f:
            self.blocks = blocks_of(f.read())
        assert self.blocks[-1][0] == META
        self.meta = json.loads(self.blocks[-1][1])
        self.catalogue = [(e["name"], [f.split(":") for f in e["fields"].split()])
                          for e in self.meta["events"]]

    def of(self, kind):
        return [Numbers(data) for k, data in self.blocks if k == kind]

    def name(self, number):
        return self.meta["strings"][number - 1] if number else ""

    def value(self, kind, v):
        if kind == "task":
            return self.meta["tasks"][v - 1]
        if kind == "hex":
            return "0x%x" % v
        if kind == "kick":
            words = [w for i, w in enumerate(("IDLE", "PREEMPT", "WAIT")) if v & 1 << i]
            if v & ~7 or not words:
                words.append("0x%x" % (v & ~7))
            return "|".join(words)
        return self.name(v) if kind in NAMED else str(v)

    def chunk(self, numbers):
        n = numbers.uint()
        columns = [numbers.column(n), numbers.column(n), numbers.column(n, True), numbers.column(n)]
        rows = {}
        for kind, (_, fields) in enumerate(self.catalogue):
            count = columns[1].count(kind)
            rows[kind] = iter(list(zip(*[numbers.column(count, t in SIGNED) for _, t in fields]))
                              if fields else [()] * count)
        assert numbers.at == len(numbers.data)
        for after, kind, cpu, task in zip(*columns):
            yield after, kind, cpu, task, next(rows[kind])

    def events(self):
        time = 0
        for numbers in self.of(EVENTS):
            for after, kind, cpu, task, row in self.chunk(numbers):
                time += after
                name, fields = self.catalogue[kind]
                texts, i = [], 0
                while i < len(fields):
                    if fields[i][1] == "str8":
                        texts.append(" comm=" + self.name(row[i]))
                        i += 2
                        continue
                    texts.append(" %s=%s" % (fields[i][0], self.value(fields[i][1], row[i])))
                    i += 1
                cpu = "[%03d]" % cpu if cpu >= 0 else "[---]"
                yield "%s %s %d.%09d: %s:%s" % (self.meta["tasks"][task - 1], cpu, time // 10 ** 9,
                                                time % 10 ** 9, name, "".join(texts))

    def table(self, kind, columns):
        """Rows of a table: the number of an event, then the other columns."""
        event = 0
        for numbers in self.of(kind):
            n = numbers.uint()
            rows = zip(*[numbers.column(n, not i) for i in range(columns)])
            for after, *row in rows:
                event += after
                yield [event] + row
            assert numbers.at == len(numbers.data)

    def common(self):
        """(time, CPU) of each event, and of the end."""
        time, common = 0, []
        for numbers in self.of(EVENTS):
            for after, _, cpu, _, _ in self.chunk(numbers):
                time += after
                common.append((time, cpu))
        return common + [(self.meta["end_ns"], -1)]

    def slices(self):
        common = self.common()
        for event, task, how, back in self.table(SLICES, 4):
            assert (how > 1) == (back > 0)
            if how:
                yield "%d %d %s" % (*common[event], self.meta["tasks"][task - 1])

    def ops(self):
        common = self.common()
        for until, what, length, _ in self.table(SPANS, 4):
            if not what & 3:
                time, cpu = common[until - length]
                yield "%d %d %d %d" % (cpu, what >> 2, time, common[until][0])

    def kicks(self):
        ways = []
        for numbers in self.of(DELIVERIES):
            for _ in range(numbers.uint()):
                way = {"at": numbers.uint(), "first": numbers.uint(), "nr": numbers.uint()}
                for name in WAY_TIMES:
                    v = numbers.int()
                    way[name] = None if not v else way["at"] + (v - 1 if v > 0 else v)
                way["pass"] = numbers.uint()
                ways.append(way)
        n = 0
        for numbers in self.of(KICKS):
            for _ in range(numbers.uint()):
                kick = {f: numbers.int() if f in ("asker", "target") else numbers.uint()
                        for f in KICK_FIELDS}
                n += 1
                way = ways[kick["way"] - 1] if kick["way"] else None
                answer = way["answer"] if way else None
                outcome = self.name(kick["outcome"])
                if way and way["first"] != n:
                    outcome += " (with %d)" % way["first"]
                yield "%d|%d|%d|%s|%s" % (n, kick["asker"], kick["target"], outcome,
                                          "-" if answer is None else answer - kick["called"])

    def story(self, n):
        stories = b"".join(numbers.data for numbers in self.of(STORIES)).split(b"\0")
        return stories[n - 1].decode()


def main():
    page, what = Page(sys.argv[1]), sys.argv[2]
    if what == "events":
        for line in page.events():
            print(line)
    elif what in ("kicks", "slices", "ops"):
        for line in getattr(page, what)():
            print(line)
    elif what == "story":
        sys.stdout.write(page.story(int(sys.argv[3])))
    else:
        print(json.dumps(page.meta[sys.argv[3]], indent=0))


main()
