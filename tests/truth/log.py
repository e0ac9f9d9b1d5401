# SPDX-License-Identifier: GPL-2.0-only
"""The instrument's log: events, as the driver prints them and as the object records them.

An event is one line of the log of k.bpf.c.  truth.tsv has them as text
("dispatch@2+3743us(cpu2,prev=T1,slice=0)"), `kickstand test --emit` as numbers;
both become the same Event, so that one rule compares them.
"""
import re

OPS = {1: 'select_cpu', 2: 'enqueue', 3: 'dequeue', 4: 'dispatch', 5: 'tick', 6: 'runnable',
       7: 'running', 8: 'stopping', 9: 'quiescent', 10: 'yield', 11: 'set_weight',
       12: 'set_cpumask', 13: 'update_idle', 14: 'cpu_acquire', 15: 'cpu_release',
       16: 'init_task', 17: 'exit_task', 18: 'enable', 19: 'disable', 20: 'dump',
       21: 'dump_cpu', 22: 'dump_task', 23: 'cgroup_init', 24: 'cgroup_exit',
       25: 'cgroup_prep_move', 26: 'cgroup_move', 27: 'cgroup_cancel_move',
       28: 'cgroup_set_weight', 29: 'cgroup_set_bandwidth', 30: 'cgroup_set_idle',
       31: 'cpu_online', 32: 'cpu_offline', 33: 'init', 34: 'exit',
       40: 'SYSCALL', 41: 'TRACING.fentry', 42: 'TRACING.tp_btf', 43: 'TRACEPOINT',
       44: 'PERF_EVENT', 45: 'LSM', 46: 'TRACING.nmi', 47: 'TRACING.sched_switch',
       48: 'RAW_TRACEPOINT', 49: 'TRACING.fmod_ret', 50: 'TRACING.iter',
       51: 'SYSCALL.bpf_timer_cb', 52: 'TRACING.fexit', 53: 'TRACING.fentry.s',
       60: 'KICK{', 61: '}KICK', 62: '}SPIN', 63: 'IRQW{', 64: '}IRQW', 65: 'resched_curr',
       66: 'WAITCB{', 67: '}WAITCB', 68: 'pick_idle', 69: 'pick_fair', 70: 'pick_rt',
       71: 'pick_scx', 72: 'put_prev_scx', 73: 'balance_scx', 74: 'switch'}
OP = {name: nr for nr, name in OPS.items()}

KICK_BEGIN, KICK_END, SPIN_END, IRQW_IN, IRQW_OUT, RESCHED, WAIT_IN, WAIT_OUT, PICK_IDLE = \
    range(60, 69)
SWITCH = OP['switch']
SIGNED = 1 << 31


def signed(v, bits=32):
    v &= (1 << bits) - 1
    return v - (1 << bits) if v >> (bits - 1) else v


class Event:
    """name, the CPU it happened on, microseconds since the kick, and its arguments as text"""
    __slots__ = ('name', 'cpu', 'us', 'args', 'at')

    def __init__(self, name, cpu, us, args=()):
        self.name, self.cpu, self.us, self.args = name, cpu, us, tuple(args)

    def __repr__(self):
        args = '(%s)' % ','.join(self.args) if self.args else ''
        return '%s@%d%s' % (self.name, self.cpu, args)

    def is_op(self):
        return 0 < OP[self.name] < 40

    def arg(self, key):
        """the value behind "key=", or None"""
        for a in self.args:
            if a.startswith(key + '='):
                return a[len(key) + 1:]
        return None


TEXT = re.compile(r'(\S+?)@(-?\d+)([+-]\d+)us(?:\(([^)]*)\))?')


def parse_timeline(text):
    """the last but one column of truth.tsv"""
    out = []
    for word in text.split():
        m = TEXT.fullmatch(word)
        if not m:
            raise ValueError('not an event: %s' % word)
        out.append(Event(m[1], int(m[2]), int(m[3]), m[4].split(',') if m[4] else ()))
    return out


class Record:
    """one struct ev"""
    __slots__ = ('ts', 'op', 'cpu', 'acpu', 'pid', 'slice', 'flags')

    def __init__(self, e):
        self.ts, self.op = int(e['ts']), int(e['op'])
        self.cpu, self.acpu, self.pid = (signed(int(e[k])) for k in ('cpu', 'acpu', 'pid'))
        self.slice, self.flags = (int(e[k]) & (2 ** 64 - 1) for k in ('slice', 'flags'))


def to_event(r, t0, names):
    """drv.c:fmt()"""
    def pn(pid):
        return names.get(pid, str(pid))
    name = OPS.get(r.op, '?')
    us = int((r.ts - t0) / 1000)
    if r.op == RESCHED:
        args = ['cpu%d' % r.acpu] + (['in_irqwork'] if r.flags else [])
    elif r.op == SWITCH:
        args = ['%s->%s' % (pn(r.pid) if r.pid else 'idle', pn(r.acpu) if r.acpu else 'idle')]
    elif name == 'update_idle':
        args = ['cpu%d' % r.acpu, 'enter' if r.flags else 'exit']
    elif name == 'dispatch':
        args = ['cpu%d' % r.acpu, 'prev=' + ('NULL' if r.pid < 0 else pn(r.pid)),
                'slice=%d' % r.slice]
    elif name in ('put_prev_scx', 'balance_scx'):
        args = ['cpu%d' % r.acpu, pn(r.pid), 'slice=%d' % r.slice]
    elif r.op == KICK_BEGIN:
        args = [OPS.get(r.slice, '?'), 'cpu%d' % r.acpu, 'fl=%x' % r.flags]
    elif r.op >= PICK_IDLE:
        args = ['cpu%d' % r.acpu]
    elif r.op >= 60:
        args = []
    else:
        args = [pn(r.pid) if r.pid else '-', 'slice=%d' % r.slice, 'fl=%x' % r.flags]
    return Event(name, r.cpu, us, args)


class Report:
    """what drv.c:report() counts"""
    __slots__ = ('kicked', 'irqworks', 'resched', 'dispatches', 'switches', 'first_dispatch',
                 'first_stopping', 'irqw_us', 'waitcb_us', 'events')


def report(records, target, names, window_us=12000):
    """drv.c:report(): which events of the log belong to the kick, and the sums over them.

    Kept are the target CPU's ops, picks and switches, the calling CPU's kicks, irq works and
    waits, and ops.exit; from the first kick until 12 ms after the caller's last part of it.
    (The driver printed 28 of them.)
    """
    rep = Report()
    begin = next((i for i, r in enumerate(records) if r.op == KICK_BEGIN), len(records))
    rep.kicked = begin < len(records)
    caller = records[begin].cpu if rep.kicked else -1
    t0 = records[begin].ts if rep.kicked else records[0].ts if records else 0
    last = t0
    for r in records[begin:]:
        if r.cpu == caller and r.op in (IRQW_OUT, WAIT_OUT, KICK_END, SPIN_END) and \
                r.ts < t0 + 1500000000 and (r.op != IRQW_OUT or r.ts < last + 2000000000):
            last = r.ts
    last += window_us * 1000
    rep.irqworks = rep.resched = rep.dispatches = rep.switches = 0
    rep.first_dispatch = rep.first_stopping = None
    rep.irqw_us = rep.waitcb_us = None
    rep.events = []
    irq_in = wait_in = None
    for r in records[begin:]:
        name = OPS.get(r.op, '?')
        if name == 'tick' or (r.ts > last and name != 'exit'):
            continue
        mine = r.cpu == caller
        if r.op == SWITCH and r.cpu == target:
            rep.switches += 1
        if mine and r.op == IRQW_IN:
            rep.irqworks += 1
            irq_in = r.ts
        if mine and r.op == IRQW_OUT and irq_in is not None and rep.irqw_us is None:
            rep.irqw_us = (r.ts - irq_in) // 1000
        if mine and r.op == WAIT_IN:
            wait_in = r.ts
        if mine and r.op == WAIT_OUT and wait_in is not None and rep.waitcb_us is None:
            rep.waitcb_us = (r.ts - wait_in) // 1000
        if r.op == RESCHED and r.acpu == target and r.flags and mine:
            rep.resched += 1
        if name == 'dispatch' and r.acpu == target:
            rep.dispatches += 1
            if rep.first_dispatch is None:
                rep.first_dispatch = r.slice
        if name == 'stopping' and r.cpu == target and rep.first_stopping is None:
            rep.first_stopping = r.slice
        if (r.cpu == target and (r.op < 40 or r.op >= PICK_IDLE)) or name == 'exit' or \
                (60 <= r.op <= WAIT_OUT and mine and
                 (r.op != RESCHED or (r.flags and r.acpu == target))):
            rep.events.append(to_event(r, t0, names))
    return rep
