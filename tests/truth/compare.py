# SPDX-License-Identifier: GPL-2.0-only
"""Does what the machine did agree with a row?  The rule, for all rows alike.

WHAT IS COMPARED
  exit      kind, code, reason and message, as text.
  effects   irq works and reschedules by number; AFTER/BEFORE the kick calls returned; slice
            zeroed or not; whether a wait took place; done or not; the driver's own words.
            Its lists of ops and switches are the timeline's, which is compared itself; if
            they are not, they are compared as they stand.
  timeline  for each CPU the order of its events with names and arguments, and across CPUs
            what one causes in the other: the target's first pass comes after the
            reschedule, a 7.3 wait ends after the target has entered a pick.

WHAT IS NOT (the kernels ran emulated, and were whole kernels)
  times     microseconds, and values that come from elapsed time: a slice is zero, short (up
            to a default slice), long or infinite.
  noise     what a real kernel does besides: kworkers and other tasks that are no workers (all
            have a number for a name) and
            - the scheduling passes that switch to or from them, with the ops these call,
            - cpu_acquire and cpu_release on the target: they tell of such passes,
            - passes that pick the same task again and call nothing, but for the first one
              after a kick's reschedule,
            - a pass that only dispatches again as the one before did (the default slice is
              over, every 20 ms; a spurious reschedule of an idle CPU),
            - 6.12: the core's kick of its own CPU, which comes of a fair task's delayed
              dequeue: see without_rescue_kicks(),
            - which CPU a kernel thread runs on: ops.exit, and kicks from ops that kernel
              threads call.
            It is dropped on both sides.  Where a dropped pass of the row stands in the
            place of an expected reaction, the row shows no more than that: the rest of its
            sequence is not compared.
            - 6.12: a CPU that idles while a task is on its local DSQ (ENQ_LAST) goes on when
              anything reschedules it: when is not compared.
  the end   a row's timeline is cut after 28 events or 12 ms.  Of two sequences of which one
            is cut, the shorter is a prefix of the longer.
  changes   after an error (exit kind >= 1024) the target runs under bypass as soon as the
            disabling thread comes to it, and while a scheduler is loaded or unloaded its
            enabling and disabling reschedule all CPUs: of the target only its first pass after
            the kick's reschedule is compared, unless bypass was there before it.
  6.12 waits are never ended by what an experiment does, on real kernels only by some kworker;
            a row's wait that lasted and ours that lasts agree, whenever it ended.
"""
import re

import kernels

from log import OP, parse_timeline

WORKERS = {'T1', 'T2', 'F', 'R', 'C', 'CF', 'S', 'R1', 'idle', 'NULL', '-', '0', 'kid', 'kid2'}
CUT = 28
DEFAULT_SLICE = 20000000
INFINITE = 2 ** 63
QUIET = {'cpu_acquire', 'cpu_release'}
BACKGROUND = {'dump', 'dump_cpu', 'dump_task', 'cgroup_exit', 'exit_task', 'tick'}
KTHREAD_OPS = {'init', 'exit', 'init_task', 'exit_task', 'disable', 'enable', 'cgroup_exit',
               'cgroup_init', 'cpu_online', 'cpu_offline'}
CALLER = {'KICK{', '}KICK', '}SPIN', 'IRQW{', '}IRQW', 'resched_curr', 'WAITCB{', '}WAITCB'}
PICKS = ['balance_scx', 'pick_rt', 'pick_fair', 'pick_scx', 'pick_idle']    # in order


# ---- one event ----

def slice_class(text):
    n = int(text)
    if n == 0:
        return '0'
    return 'short' if n <= DEFAULT_SLICE else 'inf' if n >= INFINITE else 'long'


def plain(e):
    """an event without what elapsed time decides"""
    args = ['slice=' + slice_class(a[6:]) if a.startswith('slice=') else a for a in e.args]
    return '%s(%s)' % (e.name, ','.join(args))


def who(e):
    """the tasks that an event names"""
    if e.name == 'switch':
        return e.args[0].split('->')
    if e.name in ('put_prev_scx', 'balance_scx'):
        return [e.args[1]]
    if e.name == 'dispatch':
        return [e.arg('prev')]
    if e.is_op() and e.name not in ('update_idle',):
        return [e.args[0]] if e.args else []
    return []


def is_foreign(e):
    return any(w not in WORKERS for w in who(e))


# ---- scheduling passes ----

class Pass:
    """Events of one CPU from a pick to the next; the caller's own events stand alone."""

    def __init__(self):
        self.events = []
        self.closed = False

    def seen(self, name):
        return sum(e.name == name for e in self.events)

    def begins_another(self, e, profile):
        """classes are asked from the top; 6.12 has two functions that log pick_fair"""
        if e.name not in PICKS:
            return False
        last = next((PICKS.index(x.name) for x in reversed(self.events) if x.name in PICKS), -1)
        if e.name == 'pick_fair' and kernels.does(profile, 'dispatch_in_balance') and self.seen('pick_fair') == 1:
            return last > PICKS.index('pick_fair')
        return PICKS.index(e.name) <= last

    @property
    def foreign(self):
        return any(is_foreign(e) for e in self.events)

    @property
    def picks(self):
        return any(e.name in PICKS for e in self.events)

    @property
    def dispatch_only(self):
        return all(e.name in PICKS or e.name in QUIET or e.name == 'dispatch'
                   for e in self.events)

    @property
    def empty(self):
        return all(e.name in PICKS or e.name in QUIET for e in self.events)


def passes(events, profile):
    """A CPU's events in groups; the caller's events between them."""
    out, cur = [], None
    for e in events:
        if e.name in CALLER:
            out.append(e)
            # a wait callback runs inside of a pass, other parts of a kick between two
            if cur and e.name not in ('WAITCB{', '}WAITCB'):
                cur.closed = True
            continue
        if cur is None or cur.closed or cur.begins_another(e, profile):
            cur = Pass()
            out.append(cur)
        cur.events.append(e)
        if e.name == 'switch':
            cur.closed = True
    return out


class Sequence:
    """A CPU's events that count, and what is to be known of those that do not."""

    def __init__(self):
        self.events = []
        self.hole = None        # index at which a foreign pass was dropped first
        self.reaction = []      # the first pass after the kick's reschedule


def sequence(events, profile, resched):
    """@resched: index of the kick's reschedule in the whole log, None: there is none"""
    seq = Sequence()
    last = None
    for group in passes(events, profile):
        if not isinstance(group, Pass):
            seq.events.append(group)
            continue
        reacts = resched is not None and group.events[0].at > resched and group.picks
        if group.foreign:
            if seq.hole is None:
                seq.hole = len(seq.events)
            continue
        if group.empty and (seq.reaction or not reacts):
            continue
        kept = [e for e in group.events if e.name not in QUIET and e.name not in BACKGROUND]
        shape = [plain(e) for e in kept]
        if group.dispatch_only and shape == last:
            continue
        last = shape
        if reacts and not seq.reaction:
            seq.reaction = shape
        seq.events += kept
    return seq


class Side:
    """What a row or a run shows."""

    def __init__(self, events, profile, target, whole=False):
        self.raw = events
        self.target = target
        self.caller = events[0].cpu if events and events[0].name == 'KICK{' else None
        self.kick = events[0] if self.caller is not None else None
        self.resched = [e for e in events if e.name == 'resched_curr']
        self.cut = not whole and len(events) >= CUT
        for i, e in enumerate(events):
            e.at = i
        first = self.index(lambda e: e.name == 'resched_curr')
        body = without_rescue_kicks([e for e in events if e.name != 'exit'], profile)
        self.irqworks_dropped = sum(e.name == 'IRQW{' for e in events) - \
            sum(e.name == 'IRQW{' for e in body)
        self.cpus = {cpu: sequence([e for e in body if e.cpu == cpu], profile, first)
                     for cpu in {e.cpu for e in body}}

    def index(self, test):
        return next((i for i, e in enumerate(self.raw) if test(e)), None)


def without_rescue_kicks(events, profile):
    """6.12: pick_task_scx() without a balance pass before it kicks its own CPU.  That comes of
    a fair task's delayed dequeue, so on the driver's CPU 0: an irq work that reschedules nobody,
    after those of the kick."""
    if not kernels.does(profile, 'balance_rescue_kick') or not events or events[0].cpu != 0:
        return events
    out, first = [], True
    for i, e in enumerate(events):
        if e.cpu == 0 and e.name in ('IRQW{', '}IRQW') and not first:
            own = [x.name for x in events[i:] if x.cpu == 0][:2]
            if own == ['IRQW{', '}IRQW'] or (e.name == '}IRQW' and out_drops(out)):
                continue
        if e.cpu == 0 and e.name == '}IRQW':
            first = False
        out.append(e)
    return out


def out_drops(out):
    """is the irq work that ends here one that was dropped?"""
    return next((e.name for e in reversed(out) if e.cpu == 0 and e.name in
                 ('IRQW{', '}IRQW')), None) != 'IRQW{'


# ---- effects ----

def derive(events, target, flags, idle_target):
    """The clauses that the author of truth.tsv derived from a timeline, as far as they can be."""
    out = []
    irqworks = sum(e.name == 'IRQW{' for e in events)
    resched = sum(e.name == 'resched_curr' for e in events)
    out.append('irq_work x%d' % irqworks if irqworks else 'no irq_work')
    out.append('resched_curr(target) x%d from irq_work' % resched if resched else
               'target NOT rescheduled by the kick')
    ops = ['%s(%s)' % (e.name, ','.join(a for a in e.args if not a.startswith('fl=')))
           for e in events if e.is_op() and e.cpu == target and e.name not in BACKGROUND]
    if ops:
        out.append('target ops: ' + ' '.join(ops[:8]) + (' ...' if len(ops) > 8 else ''))
    elif resched:
        repicked = any(e.cpu == target and e.name.startswith('pick') for e in events)
        out.append('target ops: none' + (' (target CPU re-picked, same task kept)'
                                         if repicked else ''))
    zeroed = any(e.name in ('dispatch', 'stopping') and e.cpu == target and
                 e.arg('slice') == '0' and e.arg('prev') != 'NULL' for e in events)
    if zeroed:
        out.append('slice zeroed before dispatch/stopping')
    elif resched and 'PREEMPT' in flags:
        out.append('no slice zeroed')
    switches = [e.args[0] for e in events if e.name == 'switch']
    if switches:
        out.append('context switch: ' + ' '.join(switches[:3]))
    elif resched and not idle_target:
        out.append('running task kept')
    returned = next((i for i, e in enumerate(events) if e.name == '}KICK'), None)
    ran = next((i for i, e in enumerate(events) if e.name == 'IRQW{'), None)
    if returned is not None and ran is not None:
        out.append('irq_work %s the kick calls returned' % ('AFTER' if ran > returned else
                                                            'BEFORE'))
    return out


FIGURES = re.compile(r'irq_work ran \d+ us|caller waited in balance callback \d+ us|no wait')


def split_effects(text, note):
    """clauses; the driver's words, which may have semicolons, are one of them"""
    if note and note in text:
        before, after = text.split(note, 1)
        return [c.strip() for c in (before + '; ' + after).split('; ') if c.strip('; ')], True
    return [c for c in text.split('; ') if c], not note


def same_list(row, ours):
    """lists of ops: slices by class, without cpu_acquire and cpu_release; "...": and more"""
    def words(text):
        return [re.sub(r'slice=(\d+)', lambda m: 'slice=' + slice_class(m[1]), w)
                for w in re.sub(r'^[^:]*: ', '', text).split()
                if not re.match(r'cpu_(acquire|release)|exit\(|none$|\(target|CPU|re-picked|same|task|kept', w)]
    a, b = words(row), words(ours)
    if a and a[-1] == '...':
        a = a[:-1]
        b = b[:len(a)]
    return a == b


# ---- the comparison ----

class Comparison:
    def __init__(self, row, plan, report, outcome):
        self.row, self.plan, self.report, self.outcome = row, plan, report, outcome
        self.why = []
        self.profile = row.profile
        self.row_events = parse_timeline(row.timeline)
        self.theirs = Side(self.row_events, self.profile, plan.target)
        self.ours = Side(report.events, self.profile, plan.target, whole=True)
        self.errored = row.exit.startswith('kind=1024')
        self.waits = kernels.does(self.profile, 'kick_seq_on_class_switch') and \
            'WAIT' in row.flags and 'IDLE' not in row.flags

    def differ(self, what, theirs, ours):
        self.why.append('%s: row has %s, run has %s' % (what, theirs, ours))

    # -- columns --
    def columns(self):
        for name in ('prog', 'flags', 'state'):
            theirs, ours = getattr(self.row, name), getattr(self.plan, name)
            if theirs != ours:
                self.differ(name, repr(theirs), repr(ours))

    def exit(self):
        ours = exit_text(self.outcome.exit)
        theirs = self.row.exit
        if theirs.startswith('none yet when the row was printed'):
            # the log's words of it, which are the reason and the message
            if not ours.endswith(theirs.split('right after: ')[1]):
                self.differ('exit', repr(theirs), repr(ours))
        elif theirs == 'scheduler never got to exit':
            if ours != 'none' or not self.dead():
                self.differ('exit', repr(theirs), repr(ours))
        elif theirs not in (ours, '-'):
            self.differ('exit', repr(self.row.exit), repr(ours))
        theirs = [e for e in self.row_events if e.name == 'exit']
        mine = [e for e in self.report.events if e.name == 'exit']
        if theirs and mine and theirs[-1].args != mine[-1].args:
            self.differ('ops.exit', theirs[-1], mine[-1])

    # -- timeline --
    def lasted(self):
        """6.12: the target has been rescheduled by a kick that waits, for another CPU"""
        return self.waits and bool(self.theirs.resched) and self.theirs.caller != self.plan.target

    def caller_sequences(self):
        a, b = self.theirs, self.ours
        if a.caller is None and b.caller is None:
            return
        if a.caller is None or b.caller is None:
            self.differ('kick', a.kick, b.kick)
            return
        if plain(a.kick) != plain(b.kick):
            self.differ('kick', plain(a.kick), plain(b.kick))
        op = a.kick.args[0]
        if a.caller != b.caller and op not in KTHREAD_OPS:
            self.differ('CPU of the kick', a.caller, b.caller)

    def strip_wait(self, events):
        """6.12: what a caller does when its wait is over"""
        if not self.lasted():
            return events
        end = next((i for i, e in enumerate(events) if e.name == '}IRQW'), None)
        return events if end is None else events[:end]

    def cpu_sequences(self):
        """the caller's part of the kick, and all that the target did"""
        a, b = self.theirs, self.ours
        if a.caller is not None:
            own = [self.strip_wait([e for e in side.cpus[side.caller].events if e.name in CALLER])
                   for side in (a, b)]
            self.same_events('caller', *own)
        sa, sb = (side.cpus.get(side.target, Sequence()) for side in (a, b))
        if self.errored or self.plan.transition:
            self.reactions(sa, sb)
        else:
            self.same_events('target', sa.events, sb.events, sa.hole)

    def same_events(self, what, ea, eb, hole=None):
        pa, pb = [plain(e) for e in ea], [plain(e) for e in eb]
        n = min(len(pa), len(pb))
        if hole is not None:
            n = min(n, max(hole, sum(e.name in CALLER for e in ea)))
        for i in range(n):
            if pa[i] != pb[i]:
                self.differ('%s event %d' % (what, i + 1), pa[i], pb[i])
                return
        if hole is not None or len(pa) == len(pb) or (len(pa) < len(pb) and self.theirs.cut) or \
                self.idles_with_a_task(eb[:n]):
            return
        self.differ('%s event %d' % (what, n + 1), pa[n] if n < len(pa) else 'none',
                    pb[n] if n < len(pb) else 'none')

    def idles_with_a_task(self, events):
        """6.12: ENQ_LAST to the own local DSQ; the CPU goes on when noise reschedules it"""
        return not kernels.does(self.profile, 'enq_last_local_resched') and len(events) > 3 and \
            events[-1].name == 'switch' and events[-1].args[0].endswith('->idle') and \
            any(e.name == 'enqueue' and e.arg('fl') == '20000000000' for e in events)

    def reactions(self, sa, sb):
        """while a scheduler comes or goes: the first pass only, unless bypass was faster"""
        a, b = sa.reaction, sb.reaction
        bypassed = any(r and not any(x.startswith(('dispatch', 'stopping')) for x in r)
                       for r in (a, b))
        if a != b and sa.hole is None and not bypassed and not self.plan.transition:
            self.differ('the target', a or 'no reaction', b or 'no reaction')

    def causes(self):
        for name, side in (('row', self.theirs), ('run', self.ours)):
            first = side.index(lambda e: e.name == 'resched_curr')
            if first is None or side.caller == side.target:
                continue
            wait = side.index(lambda e: e.name == '}WAITCB')
            pick = side.index(lambda e: e.cpu == side.target and
                              e.name in ('pick_scx', 'put_prev_scx'))
            if wait is not None and (pick is None or pick > wait):
                self.why.append('%s: a wait ended before the target picked' % name)
            react = side.index(lambda e: e.cpu == side.target and
                               e.name in ('dispatch', 'balance_scx'))
            if react is not None and react < first and \
                    not any(is_foreign(e) for e in side.raw[:first] if e.cpu == side.target) \
                    and name == 'run':
                self.why.append('%s: the target dispatched before it was rescheduled' % name)

    # -- effects --
    def effects(self):
        row, rep = self.row, self.report
        clauses, noted = split_effects(row.effects, self.plan.note)
        if not noted and self.plan.note not in (None, ''):
            self.differ("the driver's words", repr(row.effects), repr(self.plan.note))
        idle = 'idle' in row.state
        from_row = set(derive(self.row_events, self.plan.target, row.flags, idle))
        mine = derive(rep.events, self.plan.target, row.flags, idle)
        seen = set()
        for c in clauses:
            kind = clause_kind(c)
            if kind is None:
                self.differ('effects', repr(c), 'nothing like it')
                continue
            if kind in seen and kind not in REPEATABLE:
                self.differ('effects', 'twice: ' + repr(c), 'once')
            seen.add(kind)
            getattr(self, 'clause_' + kind)(c, from_row, mine)
        for need in ('irqworks', 'resched'):
            if need not in seen and row.timeline:
                self.differ('effects', 'no word of ' + need, mine)

    def counted(self, c, word, ours, dropped=0, our_dropped=0):
        m = re.search(r' x(\d+)', c)
        theirs = (int(m[1]) if m else 0) - dropped
        ours -= our_dropped
        if theirs != ours:
            self.differ(word, theirs, ours)

    def clause_irqworks(self, c, from_row, mine):
        self.counted(c, 'irq works', self.report.irqworks, self.theirs.irqworks_dropped,
                     self.ours.irqworks_dropped)

    def clause_resched(self, c, from_row, mine):
        self.counted(c, 'reschedules', self.report.resched)

    def from_timeline(self, c, from_row, mine, prefix):
        """the row's clause is its timeline's, which is compared; or it is ours"""
        if c in from_row:
            return
        ours = next((m for m in mine if m.startswith(prefix)), 'none')
        shown = any(x.startswith(prefix) for x in from_row)
        if same_list(c, ours) or (not shown and self.theirs.cut):
            return
        self.differ('effects', repr(c), repr(ours))

    def clause_ops(self, c, from_row, mine):
        self.from_timeline(c, from_row, mine, 'target ops:')

    def clause_switches(self, c, from_row, mine):
        self.from_timeline(c, from_row, mine, 'context switch:')

    def clause_kept(self, c, from_row, mine):
        switched = [e for e in self.ours.raw if e.name == 'switch' and not is_foreign(e)
                    and e.cpu == self.plan.target]
        if switched and not self.errored and not self.theirs.cut:
            self.differ('effects', repr(c), switched)

    def clause_zeroed(self, c, from_row, mine):
        if c in mine or (self.errored and c in from_row):
            return
        # the driver looked at the first slices: those of a kworker's pass, if there is one
        if any(is_foreign(e) for e in self.row_events):
            return
        self.differ('effects', repr(c), 'no such effect')

    def clause_order(self, c, from_row, mine):
        names = [e.name for e in self.ours.raw]
        waiting = self.lasted() and 'IRQW{' in names and '}KICK' not in names
        ours = ['irq_work BEFORE the kick calls returned'] if waiting else mine
        if c not in ours:
            self.differ('effects', repr(c), [m for m in ours if m.endswith('returned')])

    def clause_figures(self, c, from_row, mine):
        waited = self.report.waitcb_us is not None or \
            any(e.name == 'WAITCB{' for e in self.ours.raw)
        if c.startswith('caller waited') and not waited:
            self.differ('effects', repr(c), 'no wait')
        if c == 'no wait' and (waited or (kernels.does(self.profile, 'kick_seq_on_class_switch') and
                                          self.plan.target != self.ours.caller and
                                          self.stuck())):
            self.differ('effects', repr(c), 'a wait')

    def stuck(self):
        """6.12: our caller is in its irq work still"""
        names = [e.name for e in self.ours.raw if e.cpu == self.ours.caller]
        return 'IRQW{' in names and '}IRQW' not in names

    def clause_done(self, c, from_row, mine):
        theirs = int(re.search(r'done=(\d+)', c)[1])
        ours = self.outcome.sample('tasks.%s.marks' % self.plan.caller)
        if theirs != ours:
            self.differ('done', theirs, ours)
        if 'STUCK' in c and not self.stuck():
            self.differ('effects', repr(c), 'not stuck')

    def clause_async(self, c, from_row, mine):
        end = next((i for i, e in enumerate(self.ours.raw) if e.name == '}SPIN'), None)
        ran = next((i for i, e in enumerate(self.ours.raw) if e.name == 'IRQW{'), None)
        word = '(none)' if ran is None else 'AFTER' if end is None or ran > end else 'BEFORE'
        if 'irq_work %s the callback returned' % word not in c:
            self.differ('effects', repr(c), 'irq_work ' + word)

    def clause_attach(self, c, from_row, mine):
        result = next((a['result'] for a in self.outcome.doc['actions']
                       if a['verb'] == 'attach'), None)
        if (c == 'attach=OK(link) errno=0') != (result == 0):
            self.differ('effects', repr(c), 'attach returned %s' % result)

    def dead(self):
        """periods in which a CPU of a ring got nowhere"""
        samples = [s for s in self.outcome.samples if 'tasks.cyc0.marks' in s]
        return dead_periods(samples) + bool(self.outcome.doc.get('lockup'))

    def clause_died(self, c, from_row, mine):
        """a machine that is dead, as its last words or their absence tell"""
        if not self.dead():
            self.differ('effects', repr(c), 'a machine that lives')

    def clause_lived(self, c, from_row, mine):
        if self.dead():
            self.differ('effects', repr(c), '%d periods with a dead CPU' % self.dead())

    def clause_spun(self, c, from_row, mine):
        """the irq work that spins ends after the target's pick or put"""
        raw = self.ours.raw
        end = next((i for i, e in enumerate(raw) if e.name == '}IRQW'), len(raw))
        begin = next((i for i, e in enumerate(raw) if e.name == 'IRQW{'), end)
        if not any(e.cpu == self.plan.target and e.name in ('pick_scx', 'put_prev_scx')
                   for e in raw[begin:end]):
            self.differ('effects', repr(c), 'an irq work that did not wait for it')

    def clause_cycle(self, c, from_row, mine):
        kicks = self.outcome.sample('cyc_kicks') or [0] * 4
        dead = self.dead()
        # the kicks of a dead ring are a result, those of a living one a speed; the waits of a
        # single CPU are ended by kworkers (6.12), whose number is noise
        exact = dead and 'ring' in self.row.state
        m = re.search(r'kicks cpu1=(\d+) cpu2=(\d+) cpu3=(\d+)', c)
        for cpu in range(3 if m else 0):
            theirs, ours = int(m[cpu + 1]), kicks[cpu + 1]
            if theirs != ours if exact else bool(theirs) != bool(ours):
                self.differ('kicks of CPU %d' % (cpu + 1), theirs, ours)
        m = re.search(r'dead CPU: (\d+) of', c)
        if m and (int(m[1]) > 0) != (dead > 0):
            self.differ('effects', repr(c), '%d periods with a dead CPU' % dead)

    def clause_words(self, c, from_row, mine):
        pass

    def run(self):
        self.columns()
        self.exit()
        if self.row.timeline:
            self.caller_sequences()
            if not self.why:
                self.cpu_sequences()
                self.causes()
        self.effects()
        return self.why


KINDS = [(r'irq_work x\d+|no irq_work', 'irqworks'),
         (r'resched_curr\(target\) x\d+ from irq_work|target NOT rescheduled by the kick',
          'resched'),
         (r'target ops: .*', 'ops'), (r'context switch: .*', 'switches'),
         (r'running task kept', 'kept'),
         (r'slice zeroed before dispatch/stopping|no slice zeroed', 'zeroed'),
         (r'irq_work (AFTER|BEFORE) the kick calls returned', 'order'),
         (FIGURES.pattern, 'figures'),
         (r'(caller_syscall_done|caller_done)=\d+.*', 'done'),
         (r'callback_spun_ms=.*', 'async'), (r'attach=.*', 'attach'),
         (r'kicks cpu1=.*|seconds with at least one dead CPU: .*', 'cycle'),
         (r'machine dead .*|machine locks up.*|rcu_preempt detected stalls .*|never finished .*|'
          r'QEMU monitor at .*|two of these four printed .*|CPU 0 in pv_native.*', 'died'),
         (r'PASSED .*', 'lived'),
         (r'caller waited inside the irq_work until the target reached pick/put', 'spun')]
REPEATABLE = {'figures', 'cycle', 'died'}


def clause_kind(c):
    for pattern, kind in KINDS:
        if re.fullmatch(pattern, c):
            return kind
    return None


def exit_text(exi):
    """the column: drv.c prints the object's copy of what ops.exit was told"""
    if not exi.get('kind'):
        return 'none'
    return 'kind=%d code=0x%x %s: %s' % (exi['kind'], exi.get('code', 0) & (2 ** 64 - 1),
                                         exi.get('reason', ''), exi.get('msg', ''))


def dead_periods(samples):
    """how often a CPU neither got a task on nor kicked (kicks alone: a starving workload)"""
    def progress(sample, cpu):
        names = ['tasks.cyc%d.marks' % i for i in range(4 * cpu, 4 * cpu + 4)]
        return sum(sample[n] or 0 for n in names) + sample['cyc_kicks'][cpu + 1]
    return sum(any(progress(a, cpu) == progress(b, cpu) for cpu in range(3))
               for a, b in zip(samples, samples[1:]))


assert all(name in OP for name in [*PICKS, *QUIET, *BACKGROUND])
