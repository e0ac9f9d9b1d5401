# SPDX-License-Identifier: GPL-2.0-only
"""A Plan as a scenario file for `kickstand test`, and what its run left."""
import re

# programs that only their own experiment loads (drv.c:main())
ON_DEMAND = ('nmi_tp', 'ssw_kick')
BIG = 1 << 63


def number(v):
    return '0x%x' % v if isinstance(v, int) and v >= BIG else v


def action(ms, a):
    out = {'time': '%dus' % round(ms * 1000)}
    out.update(a)
    if 'set' in a:
        out['set'] = {k: number(v) for k, v in a['set'].items()}
    if 'emit' in a:
        out['emit'] = ['evs[0..nev]' if v == 'evs' else v for v in a['emit']]
    else:
        out['result'] = 'any'
    return out


def tasks(p):
    """asleep, each on the first of its CPUs"""
    out = []
    for name, policy, cpus in p.workers:
        task = {'comm': name, 'policy': policy, 'cpus': cpus[:1], 'phases': [{'suspend': True}],
                'loop': -1}
        if name in getattr(p, 'workers_forked', ()):
            task['instances'] = 0
        out.append(task)
    return out


def scenario(p, ident, objects):
    """@objects: {'k': path, 'enqlast': path} of the plan's kernel"""
    # what is compared is filtered to the instrument's own tasks
    doc = {'name': ident, 'object': objects[p.object], 'kernel': p.kernel, 'kthreads': 'none', 'cpus': 4,
           'programs': {}, 'attach': 'programs', 'tasks': tasks(p)}
    doc['programs']['i_*'] = 'if_possible'
    for prog in ON_DEMAND:
        doc['programs'][prog] = prog in p.programs
    start = 10      # the workers are asleep by then
    steps = [(start + ms, a) for ms, a in p.steps]
    doc['at'] = [{'time': '1ms', 'task': name, 'cpus': sorted(cpus)}
                 for name, _, cpus in p.workers if len(cpus) > 1]
    doc['at'] += [action(ms, a) for ms, a in steps]
    doc['duration'] = '%dms' % (start + p.now + 20)
    doc['emit'] = ['tasks.%s.pid' % name for name, _, _ in p.workers
                   if name not in getattr(p, 'workers_forked', ())]
    if p.may_lock_up:
        doc['emit'] += ['evs[0..nev]', 'exi', 'cyc_kicks']
    return doc


class Outcome:
    """What a run emitted."""

    def __init__(self, doc):
        self.doc = doc
        self.vars = doc.get('vars', {})
        self.samples = [a['vars'] for a in doc.get('actions', ()) if a.get('vars') is not None]
        self.names = {}
        for path, pid in self.vars.items():
            m = re.fullmatch(r'tasks\.(.+)\.pid', path)
            if m and pid:
                self.names[pid] = m[1]

    def sample(self, path):
        """the last value of @path that was sampled"""
        for s in [self.vars] + self.samples[::-1]:
            if path in s:
                return s[path]
        return None

    @property
    def records(self):
        for s in self.samples + [self.vars]:
            for path, v in s.items():
                if path.startswith('evs['):
                    return v or []
        return None

    @property
    def exit(self):
        return self.sample('exi') or {}

    def failed_action(self):
        """an action that returned an error, as text; the first one"""
        for a in self.doc.get('actions', ()):
            if a.get('done') and a.get('result'):
                return 'action %d (%s) returned %d' % (a['action'], a['verb'], a['result'])
        return None
