# SPDX-License-Identifier: GPL-2.0-only
"""Can the comparison fail?  Each row that agrees is changed in one place, and judged again.

A mutation is a lie about what a kernel did, in a part that the rule of compare.py compares:
all of them have to be found.  None needs another run: the row lies, the run stays.
"""
import copy
import re

import compare
import kernels
import log


def lie(row, **changes):
    out = copy.copy(row)
    for name, value in changes.items():
        setattr(out, name, value)
    return out


def words(row):
    return row.timeline.split()


def events(row):
    return log.parse_timeline(row.timeline)


# ---- columns and effects ----

def exit_kind(row, plan):
    text = 'kind=1024 code=0x0 runtime error: invalid CPU 9' if row.exit == 'none' else 'none'
    return lie(row, exit=text)


def exit_message(row, plan):
    return lie(row, exit=row.exit + 'x') if row.exit.startswith('kind') else None


def exit_code(row, plan):
    return lie(row, exit=row.exit.replace('code=0x0', 'code=0x1')) if 'code=0x0' in row.exit \
        else None


def flags(row, plan):
    return lie(row, flags='1<<63')


def more_irqworks(row, plan):
    m = re.search(r'irq_work x(\d+)', row.effects)
    return m and lie(row, effects=row.effects.replace(m[0], 'irq_work x%d' % (int(m[1]) + 1)))


def an_irqwork(row, plan):
    return lie(row, effects=row.effects.replace('no irq_work', 'irq_work x1', 1)) \
        if row.effects.startswith('no irq_work') else None


def no_resched(row, plan):
    m = re.search(r'resched_curr\(target\) x\d+ from irq_work', row.effects)
    return m and lie(row, effects=row.effects.replace(m[0],
                                                      'target NOT rescheduled by the kick'))


def a_resched(row, plan):
    return lie(row, effects=row.effects.replace('target NOT rescheduled by the kick',
                                                'resched_curr(target) x1 from irq_work')) \
        if 'target NOT rescheduled' in row.effects else None


def order(row, plan):
    m = re.search(r'irq_work (AFTER|BEFORE) the kick calls', row.effects)
    other = m and {'AFTER': 'BEFORE', 'BEFORE': 'AFTER'}[m[1]]
    return m and lie(row, effects=row.effects.replace(m[0], 'irq_work %s the kick calls' % other))


def done(row, plan):
    m = re.search(r'done=(\d)', row.effects)
    return m and lie(row, effects=row.effects.replace(m[0], 'done=%d' % (1 - int(m[1]))))


def waited(row, plan):
    if 'no wait' in row.effects and not kernels.does(row.profile, 'kick_wait_spins_in_irq'):
        return lie(row, effects=row.effects.replace('no wait',
                                                    'caller waited in balance callback 9 us'))
    m = re.search(r'caller waited in balance callback \d+ us', row.effects)
    return m and lie(row, effects=row.effects.replace(m[0], 'no wait'))


def unknown_clause(row, plan):
    return lie(row, effects=row.effects + '; the moon was full')


def other_ops(row, plan):
    m = re.search(r'target ops: [^;]*', row.effects)
    return m and lie(row, effects=row.effects.replace(m[0], 'target ops: tick(T1,slice=0)'))


def loads(row, plan):
    if row.effects.startswith('LOADS'):
        return lie(row, effects=row.effects.replace('LOADS (0)', 'REJECTED (-13)', 1))
    return lie(row, effects='LOADS (0)')


def load_errno(row, plan):
    return lie(row, effects=row.effects.replace('(-13)', '(-22)', 1)) \
        if '(-13)' in row.effects else None


# ---- the timeline ----

def with_words(row, new):
    return lie(row, timeline=' '.join(new))


def kick_flags(row, plan):
    w = words(row)
    return with_words(row, [w[0].replace('fl=', 'fl=9')] + w[1:])


def kick_cpu(row, plan):
    w = words(row)
    return with_words(row, [re.sub(r'cpu-?\d+,', 'cpu77,', w[0])] + w[1:])


def caller_swapped(row, plan):
    """two neighbours of the caller's own, up to the reschedule"""
    w = words(row)
    own = [i for i, e in enumerate(events(row)) if e.name in compare.CALLER]
    if len(own) < 3:
        return None
    i, j = own[1], own[2]
    w[i], w[j] = w[j], w[i]
    return with_words(row, w)


def caller_lacks(row, plan):
    w = words(row)
    i = next((i for i, e in enumerate(events(row)) if e.name in ('}KICK', 'IRQW{')), None)
    return None if i is None else with_words(row, w[:i] + w[i + 1:])


def caller_resched_again(row, plan):
    w = words(row)
    i = next((i for i, e in enumerate(events(row)) if e.name == 'resched_curr'), None)
    return None if i is None else with_words(row, w[:i] + [w[i]] + w[i:])


def first_reaction(row, plan):
    """indexes of the target's first pass, if it is compared"""
    if row.exit.startswith('kind=1024') or plan.transition:
        return []
    side = compare.Side(events(row), row.profile, plan.target)
    seq = side.cpus.get(plan.target)
    if not seq or seq.hole is not None or not seq.reaction:
        return []
    n = len(seq.reaction)
    shapes = [compare.plain(e) for e in seq.events]
    for i in range(len(shapes)):
        if shapes[i:i + n] == seq.reaction:
            return [e.at for e in seq.events[i:i + n] if e.cpu == plan.target]
    return []


def target_lacks(row, plan):
    """an event of the reaction, wherever it comes again (a spurious pass would do in its place)"""
    at = first_reaction(row, plan)
    gone = at and events(row)[at[0]].name
    return with_words(row, [x for x, e in zip(words(row), events(row))
                            if e.name != gone or e.cpu != plan.target]) if at else None


def target_swapped(row, plan):
    at = first_reaction(row, plan)
    w = words(row)
    if len(at) < 2 or compare.plain(events(row)[at[0]]) == compare.plain(events(row)[at[1]]):
        return None
    w[at[0]], w[at[1]] = w[at[1]], w[at[0]]
    return with_words(row, w)


def target_extra_op(row, plan):
    at = first_reaction(row, plan)
    w = words(row)
    extra = 'stopping@%d+9us(T1,slice=0,fl=1)' % plan.target
    return with_words(row, w[:at[-1] + 1] + [extra] + w[at[-1] + 1:]) if at else None


def change_in_reaction(row, plan, pattern, new):
    w = words(row)
    for i in first_reaction(row, plan):
        if re.search(pattern, w[i]):
            w[i] = re.sub(pattern, new, w[i], count=1)
            return with_words(row, w)
    return None


def target_task(row, plan):
    return change_in_reaction(row, plan, r'T1', 'T2')


def target_slice(row, plan):
    return change_in_reaction(row, plan, r'slice=0\b', 'slice=20000000000')


def target_enq_flags(row, plan):
    return change_in_reaction(row, plan, r'fl=[0-9a-f]+', 'fl=77')


def target_prev(row, plan):
    return change_in_reaction(row, plan, r'prev=NULL', 'prev=T1')


def target_cpu(row, plan):
    return change_in_reaction(row, plan, r'\(cpu\d', '(cpu7')


COLUMN_LIES = [exit_kind, exit_message, exit_code, flags, more_irqworks, an_irqwork, no_resched,
               a_resched, order, done, waited, unknown_clause, other_ops]
LOAD_LIES = [loads, load_errno, flags]
TIMELINE_LIES = [kick_flags, kick_cpu, caller_swapped, caller_lacks, caller_resched_again,
                 target_lacks, target_swapped, target_extra_op, target_task, target_slice,
                 target_enq_flags, target_prev, target_cpu]


def lies_about(row):
    if row.id.startswith('load.'):
        return [] if 'inconclusive' in row.effects else LOAD_LIES
    if not row.timeline:
        return [exit_kind, flags, unknown_clause]
    return COLUMN_LIES + TIMELINE_LIES


def run(verdicts, plans, judge_row):
    """@judge_row(row, plan): a Verdict of the run that there is. (told, found, [not found])"""
    told, missed = 0, []
    agreeing = {id(v.row) for v in verdicts if v.word == 'agree'}
    for row, plan, cannot in plans:
        if cannot or id(row) not in agreeing:
            continue
        for fn in lies_about(row):
            changed = fn(row, plan)
            if changed is None or vars(changed) == vars(row):
                continue
            told += 1
            if judge_row(changed, plan).word != 'disagree':
                missed.append('%s: %s' % (row.name, fn.__name__))
    return told, missed
