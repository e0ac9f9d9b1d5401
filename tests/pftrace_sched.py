#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""pftrace_sched.py FILE.pftrace FILE.txt - what Perfetto makes its own tables of scheduling of.

Reads the ftrace packets of a Perfetto trace by the published schema (protos/perfetto/trace/ftrace/),
and no other way than the wire format tells, and compares them with the text trace of the same run:
each context switch and wakeup, in order, with its time, CPU and tasks. Who is switched out must be who was
switched in before, as sched_slice and thread_state need it. Prints what does not fit, or a line
of numbers.
"""
import re
import sys

EVENTS = {4: 'sched_switch', 17: 'sched_wakeup', 20: 'sched_waking', 114: 'sched_wakeup_new'}
SWITCH = {1: 'prev_comm', 2: 'prev_pid', 3: 'prev_prio', 4: 'prev_state', 5: 'next_comm', 6: 'next_pid', 7: 'next_prio'}
WAKE = {1: 'comm', 2: 'pid', 3: 'prio', 4: 'success', 5: 'target_cpu'}


def fields(data):
    """(number, value) of a message; bytes of what has a length"""
    at = 0

    def varint():
        nonlocal at
        v = shift = 0
        while True:
            byte = data[at]
            at += 1
            v |= (byte & 0x7f) << shift
            shift += 7
            if not byte & 0x80:
                return v

    while at < len(data):
        key = varint()
        if key & 7 == 0:
            yield key >> 3, varint()
        elif key & 7 == 1:
            yield key >> 3, data[at:at + 8]
            at += 8
        elif key & 7 == 2:
            n = varint()
            yield key >> 3, data[at:at + n]
            at += n
        else:
            raise ValueError(f'wire type {key & 7}')


def message(data, names):
    o = {}
    for number, v in fields(data):
        name = names[number]	# a KeyError: the schema has no such field
        assert name not in o, f'{name} twice'
        o[name] = v.decode() if isinstance(v, bytes) else v
    assert set(o) == set(names.values()), f'{o} lacks {set(names.values()) - set(o)}'
    return o


def events_of(path):
    with open(path, 'rb') as f:
        trace = f.read()
    for number, packet in fields(trace):
        assert number == 1, f'a trace has field {number}'
        for bundle in [v for n, v in fields(packet) if n == 1]:
            parts = dict(fields(bundle))
            assert set(parts) == {1, 2}, parts.keys()
            event = dict(fields(parts[2]))
            (kind,) = set(event) - {1, 2}
            yield parts[1], event[1], event[2], EVENTS[kind], message(event[kind], SWITCH if kind == 4 else WAKE)


STATES = {0: 'R', 1: 'S', 2: 'D', 4: 'T', 8: 't', 16: 'X', 32: 'Z', 64: 'P', 128: 'I'}
line_of = re.compile(r'^ *(.{15})-(\d+) +\[(\d+)\] \S+ +(\d+)\.(\d+): (sched_(?:switch|waking|wakeup)): (.*?) \t (.*)$')
switch_of = re.compile(r'prev_comm=(.*) prev_pid=(\d+) prev_prio=(\d+) prev_state=(\S+) ==> '
                       r'next_comm=(.*) next_pid=(\d+) next_prio=(\d+)')
wake_of = re.compile(r'comm=(.*) pid=(\d+) prio=(\d+) target_cpu=(\d+)')


def wanted_of(path):
    for line in open(path, encoding='utf-8'):
        m = line_of.match(line)
        if not m:
            continue
        kind = m[6] + ('_new' if m[6] == 'sched_wakeup' and ' new=1' in m[8] else '')
        said = (switch_of if kind == 'sched_switch' else wake_of).fullmatch(m[7]).groups()
        yield int(m[3]), int(m[4] + m[5]), int(m[2]), kind, tuple(int(v) if v.isdigit() else v for v in said)


def found_of(path):
    runs = {}
    for cpu, time, pid, kind, e in events_of(path):
        if kind == 'sched_switch':
            before = runs.get(cpu, e['prev_pid'])
            if not before == e['prev_pid'] == pid:
                sys.exit(f'CPU {cpu} at {time}: {before} ran there, {e["prev_pid"]} is switched out')
            runs[cpu] = e['next_pid']
            e['prev_state'] = STATES[e['prev_state']]
        elif e.pop('success') != 1:
            sys.exit(f'CPU {cpu} at {time}: a wakeup without success')
        yield cpu, time, pid, kind, tuple(e[name] for name in (SWITCH if kind == 'sched_switch' else WAKE).values()
                                         if name in e)


found, wanted = list(found_of(sys.argv[1])), list(wanted_of(sys.argv[2]))
for got, want in zip(found, wanted):
    if got != want:
        sys.exit(f'found  {got}\nwanted {want}')
if len(found) != len(wanted):
    sys.exit(f'{len(found)} events, {len(wanted)} in the text')
print(f'{len(found)} events of {len({e[3] for e in found})} kinds on {len({e[0] for e in found})} CPUs')
