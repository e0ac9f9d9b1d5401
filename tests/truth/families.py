# SPDX-License-Identifier: GPL-2.0-only
"""The experiments of truth.tsv, as data.

Every row of truth.tsv was made by the driver (drv.c): some workers are set spinning, a kick
request is armed in the object, the log starts, something triggers the request, the log stops.
plan(id, kernel) gives that as a Plan: steps in virtual time, which CPU is looked at, and the
texts of the row that come from the driver.  Families are rows of FAMILIES (a pattern of the
id and who builds it); what differs within a family is in tables.

Workers (drv.c:main): T1 T2 ext on CPU 2, F fair there, R fifo there; C ext on CPU 1, CF fair
and R1 fifo there; S ext on CPUs 1 and 3.  The driver is a fair task on CPU 0.
"""
import re

import kernels

IDLE, PREEMPT, WAIT = 1, 2, 4
FLAG_NAMES = {0: '0', IDLE: 'IDLE', PREEMPT: 'PREEMPT', WAIT: 'WAIT',
              PREEMPT | WAIT: 'PREEMPT|WAIT', IDLE | PREEMPT: 'IDLE|PREEMPT',
              IDLE | WAIT: 'IDLE|WAIT', IDLE | PREEMPT | WAIT: 'IDLE|PREEMPT|WAIT',
              1 << 40: '1<<40', 8: '1<<3', 1 << 40 | PREEMPT: '1<<40|PREEMPT', 1 << 63: '1<<63'}
OP = {'select_cpu': 1, 'enqueue': 2, 'dequeue': 3, 'dispatch': 4, 'tick': 5, 'runnable': 6,
      'running': 7, 'stopping': 8, 'quiescent': 9, 'yield': 10, 'set_weight': 11,
      'set_cpumask': 12, 'update_idle': 13, 'cpu_acquire': 14, 'cpu_release': 15,
      'init_task': 16, 'exit_task': 17, 'enable': 18, 'disable': 19, 'dump': 20,
      'dump_cpu': 21, 'dump_task': 22, 'cgroup_init': 23, 'cgroup_exit': 24,
      'cgroup_prep_move': 25, 'cgroup_move': 26, 'cgroup_cancel_move': 27,
      'cgroup_set_weight': 28, 'cgroup_set_bandwidth': 29, 'cgroup_set_idle': 30,
      'cpu_online': 31, 'cpu_offline': 32, 'init': 33, 'exit': 34,
      'SYSCALL': 40, 'TRACING.fentry': 41, 'TRACING.tp_btf': 42, 'TRACEPOINT': 43,
      'PERF_EVENT': 44, 'LSM': 45, 'TRACING.nmi': 46, 'TRACING.sched_switch': 47,
      'RAW_TRACEPOINT': 48, 'TRACING.fmod_ret': 49, 'TRACING.iter': 50,
      'SYSCALL.bpf_timer_cb': 51, 'TRACING.fexit': 52, 'TRACING.fentry.s': 53}

WORKERS = [('T1', 'ext', [2]), ('T2', 'ext', [2]), ('F', 'other', [2]), ('R', 'fifo', [2]),
           ('C', 'ext', [1]), ('CF', 'other', [1]), ('S', 'ext', [3, 1]), ('R1', 'fifo', [1])]

# what runs on CPU 2: the steps of drv.c:setup(), its name, does it enqueue to user DSQs
TG_IDLE, TG_SCX, TG_SCX2, TG_SCX2U, TG_CFS, TG_CFSQ, TG_RT, TG_SELF = range(8)
TARGETS = [((), 'idle'), (('T1',), 'scx(1 task,20s slice)'),
           (('T1', 'T2'), 'scx(2 tasks,local DSQ)'), (('T1', 'T2'), 'scx(2 tasks,user DSQ)'),
           (('F',), 'cfs'), (('T1', 'F'), 'cfs(+scx queued)'), (('R',), 'rt(fifo)'),
           ((), 'self(scx caller)')]


def target_text(kernel, tg):
    if tg == TG_SCX2U and kernel in kernels.WITHOUT_DSQ:
        return 'scx(2 tasks,SCX_DSQ_GLOBAL in place of a user DSQ)'
    return TARGETS[tg][1]


class Plan:
    """One experiment. Times of steps are virtual milliseconds since the machine started."""

    def __init__(self, ident, kernel):
        self.id, self.kernel = ident, kernel
        self.object = 'k'            # or 'enqlast'
        self.programs = set()        # of those that only their own experiment loads
        self.globals = {}            # before load
        self.workers = list(WORKERS)
        self.target = 2              # the CPU that is reported
        self.window_us = 12000
        self.prog = self.flags = self.state = None
        self.note = None             # the driver's words in the effects
        self.transition = False      # the scheduler comes or goes meanwhile
        self.may_lock_up = False     # so that the log is also read when the machine has ended
        self.caller = 'C'            # whose marks count what it has done
        self.steps = []              # (ms, action)
        self.now = 0.0
        self.end = None

    # ---- steps ----
    def ms(self, n):
        self.now += n
        return self

    def act(self, **action):
        self.steps.append((self.now, action))
        return self

    def set(self, **values):
        return self.act(set=values)

    def spin(self, *names):
        for i, name in enumerate(names):
            if i:
                self.ms(20)
            self.act(task=name, phases=[{'run': 'forever'}])
        return self

    def park(self, name):
        return self.act(task=name, phases=[{'suspend': True}], loop=-1)

    def attach(self):
        return self.act(attach='scheduler').ms(30)

    def detach(self):
        return self.act(detach='scheduler').ms(20)

    def setup(self, tg):
        self.set(enq_mode=int(tg == TG_SCX2U))
        return self.spin(*TARGETS[tg][0]).ms(60)

    def caller_spins(self, ms=40, name='C'):
        return self.spin(name).ms(ms)

    def arm(self, op, pid, oncpu, *kicks, spin_ns=0):
        """@pid: a number, or the name of a worker"""
        req = {'req.op': 0, 'req.pid': {'pid': pid} if isinstance(pid, str) else pid,
               'req.oncpu': oncpu, 'req.max': 1, 'req.used': 0, 'req.nk': len(kicks),
               'req.spin_ns': spin_ns}
        for i, (cpu, flags) in enumerate(kicks):
            req['req.k[%d].cpu' % i] = cpu
            req['req.k[%d].flags' % i] = flags
        req['req.op'] = OP[op]
        return self.act(set=req)

    def log(self):
        return self.act(set={'nev': 0, 'log_on': 1})

    def stop(self):
        """the log ends; what it says by now is what is compared"""
        self.act(set={'log_on': 0, 'req.op': 0, 'req.spin_ns': 0})
        self.act(emit=['nev', 'evs', 'exi', 'cyc_kicks'])
        return self

    def says(self, prog, flags, state, note=None):
        self.prog, self.state, self.note = prog, state, note
        self.flags = flags if isinstance(flags, str) else FLAG_NAMES[flags]
        return self

    # ---- what a worker does when told ----
    def order(self, name, event, after='spin', mark=False):
        do = {event: {'yield': True, 'run_prog': 'p_syscall', 'getpgid': 0}[event]}
        if mark:
            do['mark'] = True
        if after == 'park':
            return self.act(task=name, phases=[do, {'suspend': True}])
        return self.act(task=name, do=[do], wake=True)


# ---- triggers (drv.c:t_*) ----

def fork_thread(p):
    return p.act(spawn={'comm': 'nul', 'phases': [{'run': '10us'}], 'loop': 1}, thread=True)


TRIGGERS = {
    'nop': lambda p: p,
    'sysc': lambda p: p.order('C', 'run_prog'),
    'getpgid': lambda p: p.order('C', 'getpgid'),
    'yield': lambda p: p.order('C', 'yield'),
    'wakeS': lambda p: p.spin('S'),
    'wakeC': lambda p: p.spin('C'),
    'parkC': lambda p: p.park('C'),
    'nice': lambda p: p.act(task='C', nice=5),
    'aff': lambda p: p.act(task='S', cpus=[1]),
    'R1': lambda p: p.spin('R1').ms(20).park('R1'),
    'fork': fork_thread,
    'ext': lambda p: p.act(task='C', policy='ext'),
    'other': lambda p: p.act(task='C', policy='other'),
    'sysrqD': lambda p: p.act(sysrq='D'),
    'sysrql': lambda p: p.act(sysrq='l'),
    'mkcg': lambda p: p.act(mkdir='/x'),
    'rmcg': lambda p: p.act(rmdir='/x'),
    'mvcg': lambda p: p.act(task='kid', cgroup='/x'),
    'cgw': lambda p: p.act(cgroup='/x', write={'cpu.weight': '200'}),
    'cgmax': lambda p: p.act(cgroup='/x', write={'cpu.max': '50000 100000'}),
    'cgidle': lambda p: p.act(cgroup='/x', write={'cpu.idle': '1'}),
    'off': lambda p: p.act(hotplug=3, online=False),
    'on': lambda p: p.act(hotplug=3, online=True),
    'attach': lambda p: p.attach(),
    'detach': lambda p: p.detach(),
    'sysCF': lambda p: p.order('CF', 'run_prog', mark=True),
    'sysR1': lambda p: p.order('R1', 'run_prog', after='park', mark=True),
    'iter': lambda p: p.act(iter='p_iter'),
    'timer': lambda p: p.act(run_prog='p_timerstart'),
}


def one(p, op, pid, oncpu, cpu, flags, tg, trigger, wait, note=None, prog=None, state=None):
    """drv.c:one()"""
    p.target = cpu
    p.arm(op, pid, oncpu, (cpu, flags)).log()
    TRIGGERS[trigger](p)
    p.ms(wait).stop()
    default = 'STRUCT_OPS/' + op if OP[op] < 40 else op
    return p.says(prog or default, flags, state or (target_text(p.kernel, tg) if tg is not None else note),
                  note)


# ---- families ----

def cell(p, m):
    """the matrix: flags by target state, from ops.yield or a SYSCALL program (drv.c:cell())"""
    prefix, via, tg, flags = m[1], m[2], int(m[3]), int(m[4], 16)
    if prefix == 'enqlast':
        p.object = 'enqlast'
    rescue = prefix != 'enqlast'
    p.target = 1 if tg == TG_SELF else 2
    p.attach().setup(tg).caller_spins()
    p.arm('SYSCALL' if via == 'sys' else 'yield', 'C', 1, (p.target, flags)).log()
    p.order('C', 'run_prog' if via == 'sys' else 'yield', mark=True)
    p.ms(150)
    done, stuck = {'if': {'tasks.C.marks': '>=1'}}, {'if': {'tasks.C.marks': 0}}
    for action in ({'set': {'log_on': 0, 'req.op': 0}}, ):
        p.act(**action, **done)
    p.ms(850 if rescue else 100)
    p.stop()
    if rescue:      # the target runs SCX, then CFS: a 6.12 wait sees its counter move
        if tg == TG_RT:
            p.act(task='R', phases=[{'suspend': True}], loop=-1, **stuck)
        for _ in range(2):      # the second time helps if it is F that runs already
            p.act(task='T1', phases=[{'run': 'forever'}], **stuck).ms(50)
            p.act(task='F', phases=[{'run': 'forever'}], **stuck).ms(100)
            p.act(task='F', phases=[{'suspend': True}], loop=-1, **stuck).ms(100)
    p.act(emit=['tasks.C.marks'])
    p.caller = 'C'
    return p.says('SYSCALL' if via == 'sys' else 'STRUCT_OPS/yield', flags, target_text(p.kernel, tg))


# op: (request op, pid, only on cpu, before the trigger, trigger, wait, text)
OPS = {
    'select_cpu': ('select_cpu', 0, -1, None, 'wakeS', 120, 'trigger: wake S'),
    'runnable': ('runnable', 'C', -1, None, 'wakeC', 120, 'trigger: wake C'),
    'enqueue': ('enqueue', 'C', -1, None, 'wakeC', 120, 'trigger: wake C'),
    'running': ('running', 'C', -1, None, 'wakeC', 120, 'trigger: wake C'),
    'tick': ('tick', 'C', -1, 'C', 'nop', 120, 'trigger: tick of C'),
    'stopping': ('stopping', 'C', -1, 'C', 'parkC', 120, 'trigger: C sleeps'),
    'quiescent': ('quiescent', 'C', -1, 'C', 'parkC', 120, 'trigger: C sleeps'),
    'dispatch': ('dispatch', 0, 1, 'C', 'parkC', 120, 'trigger: C sleeps'),
    'update_idle': ('update_idle', 1, -1, 'C', 'parkC', 120, 'trigger: C sleeps'),
    'yield': ('yield', 'C', -1, 'C', 'yield', 120, 'trigger: sched_yield'),
    'set_weight': ('set_weight', 'C', -1, 'C', 'nice', 120, 'trigger: setpriority'),
    'set_cpumask': ('set_cpumask', 'S', -1, 'S', 'aff', 120, 'trigger: sched_setaffinity'),
    'cpu_release': ('cpu_release', 1, -1, 'C', 'R1', 120, 'trigger: FIFO preempts C'),
    'cpu_acquire': ('cpu_acquire', 1, -1, 'C', 'R1', 120, 'trigger: FIFO task leaves'),
    'init_task': ('init_task', 0, -1, None, 'fork', 120, 'trigger: fork'),
    'exit_task': ('exit_task', 0, -1, None, 'fork', 200, 'trigger: thread exits'),
    'disable': ('disable', 'C', -1, None, 'other', 120, 'trigger: setscheduler OTHER'),
    'enable': ('enable', 'C', -1, None, 'ext', 120, 'trigger: setscheduler EXT'),
    'dequeue': ('dequeue', 'C', -1, 'hold', 'nice', 120,
                'trigger: setpriority of a task held by BPF'),
    'dump': ('dump', 0, -1, None, 'sysrqD', 300, 'trigger: sysrq-D'),
    'dump_cpu': ('dump_cpu', 0, -1, None, 'sysrqD', 300, 'trigger: sysrq-D'),
    'dump_task': ('dump_task', 0, -1, None, 'sysrqD', 300, 'trigger: sysrq-D'),
    'cgroup_init': ('cgroup_init', 0, -1, None, 'mkcg', 120, 'trigger: mkdir cgroup'),
    'cgroup_prep_move': ('cgroup_prep_move', 0, -1, 'kid', 'mvcg', 120, 'trigger: move task'),
    'cgroup_move': ('cgroup_move', 0, -1, 'kid', 'mvcg', 120, 'trigger: move task'),
    'cgroup_set_weight': ('cgroup_set_weight', 0, -1, 'cg', 'cgw', 120, 'trigger: cpu.weight'),
    'cgroup_set_bandwidth': ('cgroup_set_bandwidth', 0, -1, 'cg', 'cgmax', 120,
                             'trigger: cpu.max'),
    'cgroup_set_idle': ('cgroup_set_idle', 0, -1, 'cg', 'cgidle', 120, 'trigger: cpu.idle'),
    'cgroup_exit': ('cgroup_exit', 0, -1, 'cg', 'rmcg', 400, 'trigger: rmdir cgroup'),
    'cgroup_cancel_move': ('cgroup_cancel_move', 0, -1, 'kids', 'mvcg', 120,
                           'trigger: 2nd prep_move of a 2-thread process returns -EAGAIN'),
    'cpu_offline': ('cpu_offline', 3, -1, None, 'off', 300, 'trigger: cpu3 offline'),
    'cpu_online': ('cpu_online', 3, -1, 'off', 'on', 300, 'trigger: cpu3 online'),
}

KID = {'comm': 'kid', 'policy': 'ext', 'cpus': [0], 'phases': [{'suspend': True}], 'loop': -1}


def op(p, m):
    """PREEMPT at CPU 2, which runs T1, from every op"""
    request, pid, oncpu, before, trigger, wait, note = OPS[m[1]]
    p.attach()
    if before in ('cg', 'kid', 'kids'):
        p.act(mkdir='/x').ms(5)
    if before in ('kid', 'kids'):
        kid = dict(KID)
        if before == 'kids':
            kid['phases'] = [{'fork': 'kid2'}, {'suspend': True, 'loop': -1}]
            kid['loop'] = 1
            p.workers.append(('kid2', 'ext', [0]))
            p.workers_forked = {'kid2'}
        p.act(spawn=kid).ms(20)
        if before == 'kids':
            p.set(fail_prep_pid={'pid': 'kid2'})
    if before == 'off':
        p.act(hotplug=3, online=False).ms(50)
    if m[1] == 'enable':
        p.act(task='C', policy='other')
    p.setup(TG_SCX)
    if before == 'hold':
        p.set(hold_pid={'pid': 'C'}, enq_mode=2)
    if before in ('C', 'S', 'hold'):
        p.caller_spins(name='S' if before == 'S' else 'C')
    one(p, request, pid, oncpu, 2, PREEMPT, TG_SCX, trigger, wait, '(%s)' % note)
    return p


# loading and unloading: (request op, cpu, flags, is the scheduler on before, trigger, state, text)
LOADS = {
    'exit': ('exit', 2, PREEMPT, True, 'detach', TG_SCX, 'trigger: unregister; target T1'),
    'init': ('init', 3, 0, False, 'attach', TG_IDLE, 'trigger: register; target cpu3 idle'),
    'init.preempt': ('init', 2, PREEMPT, False, 'attach', None,
                     'cpu2 runs T1 (SCHED_EXT task, still on CFS)'),
    'init_task.load': ('init_task', 3, 0, False, 'attach', TG_IDLE,
                       'trigger: init_task of load (not fork); target cpu3 idle'),
    'enable.load': ('enable', 3, 0, False, 'attach', TG_IDLE,
                    'trigger: enable of load; target cpu3 idle'),
    'disable.unload': ('disable', 3, 0, True, 'detach', TG_IDLE,
                       'trigger: disable of unload; target cpu3 idle'),
    'exit_task.unload': ('exit_task', 3, 0, True, 'detach', TG_IDLE,
                         'trigger: exit_task of unload; target cpu3 idle'),
    'exit.idle3': ('exit', 3, 0, True, 'detach', TG_IDLE,
                   'trigger: unregister; target cpu3 idle'),
    'exit.idle': ('exit', 3, 0, False, 'nop', None, '(skipped)'),
}


def op_load(p, m):
    """a kick while the scheduler comes or goes"""
    request, cpu, flags, on, trigger, tg, note = LOADS[m[1]]
    if on:
        p.attach()
    p.setup(TG_SCX)
    one(p, request, 0, -1, cpu, flags, tg, trigger, 200,
        '(%s)' % note if note.startswith('trigger') else note)
    p.state = target_text(p.kernel, tg) if tg is not None else note
    p.transition = True
    return p


def cpu(p, m):
    """CPUs that do not exist"""
    via, nr, preempt = m[1], int(m[2]), bool(m[3])
    p.attach().caller_spins()
    note = 'cpu=%d' % nr
    request = {'yield': 'yield', 'sys': 'SYSCALL', 'fentry': 'TRACING.fentry'}[via]
    trigger = {'yield': 'yield', 'sys': 'sysc', 'fentry': 'getpgid'}[via]
    return one(p, request, 'C', -1, nr, PREEMPT if preempt else 0, None, trigger, 200, note)


def offline(p, m):
    """a CPU that is there and off"""
    via, flags = m[1], int(m[2], 16)
    p.attach().act(hotplug=3, online=False).ms(50).caller_spins()
    return one(p, 'SYSCALL' if via == 'sys' else 'yield', 'C', -1, 3, flags, None,
               'sysc' if via == 'sys' else 'yield', 200, 'cpu3 offline')


def online_again(p, m):
    p.attach().act(hotplug=3, online=False).ms(50).act(hotplug=3, online=True).ms(50)
    p.caller_spins()
    return one(p, 'SYSCALL', 'C', -1, 3, 0, None, 'sysc', 200, 'cpu3 back online, idle')


TYPE_TARGETS = (TG_SCX, TG_IDLE, TG_SCX, TG_CFS)
NO_SCHEDULER = ('NO SCHEDULER; cpu2 runs SCHED_EXT task (on CFS)', 'NO SCHEDULER; cpu2 idle',
                'NO SCHEDULER; cpu2 runs SCHED_EXT task (on CFS)',
                'NO SCHEDULER; cpu2 runs CFS task')


def without_scheduler(p, row):
    """never loaded, or loaded and unloaded: the log's name tells"""
    if 'neverloaded' not in row.log and 'nosched_wait' not in row.log:
        p.attach().detach().set(**{'exi.kind': 0})


def types(p, m, row):
    """program types, with a scheduler and without"""
    sched, kind, nr = m[1] == 'sched', m[2], int(m[3])
    if sched:
        p.attach()
    else:
        without_scheduler(p, row)
    tg = TYPE_TARGETS[nr]
    p.setup(tg).caller_spins()
    if kind == 'PERF_EVENT':
        p.act(perf_event={'event': 'cpu-clock', 'period': '5ms', 'task': 'C'}, prog='p_perf')
    trigger = {'SYSCALL': 'sysc', 'PERF_EVENT': 'nop'}.get(kind, 'getpgid')
    note = target_text(p.kernel, tg) if sched else NO_SCHEDULER[nr]
    return one(p, kind, 'C', -1, 2, 0 if nr else PREEMPT, None, trigger, 150, note)


def types_bad(p, m, row):
    without_scheduler(p, row)
    p.caller_spins()
    return one(p, 'SYSCALL', 'C', -1, int(m[1]), 0, None, 'sysc', 150,
               'NO SCHEDULER; invalid cpu')


def types_idlepre(p, m, row):
    without_scheduler(p, row)
    p.caller_spins()
    return one(p, 'SYSCALL', 'C', -1, 2, IDLE | PREEMPT, None, 'sysc', 150,
               'NO SCHEDULER; IDLE|PREEMPT, cpu2 idle')


def types2(p, m):
    """the other program types"""
    kind, nr = m[1], int(m[2])
    tg = TG_IDLE if nr else TG_SCX
    p.attach().setup(tg).caller_spins()
    trigger = {'TRACING.iter': 'iter', 'SYSCALL.bpf_timer_cb': 'timer'}.get(kind, 'getpgid')
    pid = 0 if trigger in ('iter', 'timer') else 'C'
    return one(p, kind, pid, -1, 2, 0 if nr else PREEMPT, None, trigger, 150, target_text(p.kernel, tg))


def nosched_wait(p, m):
    tg = int(m[1])
    p.setup(tg).caller_spins()
    p.arm('SYSCALL', 'C', -1, (2, WAIT)).log().order('C', 'run_prog', mark=True)
    p.ms(1000).stop().act(emit=['tasks.C.marks'])
    p.caller = 'C'
    state = {0: NO_SCHEDULER[1], 1: NO_SCHEDULER[0], 4: 'NO SCHEDULER; cpu2 CFS'}[tg]
    return p.says('SYSCALL', WAIT, state)


P, I = PREEMPT, IDLE
COALESCE = {'0x1': [(2, 0)], '0x5': [(2, 0)] * 5, 'PREx5': [(2, P)] * 5,
            'IDLE,0': [(2, I), (2, 0)], '0,IDLE': [(2, 0), (2, I)], '0,PRE': [(2, 0), (2, P)],
            'PRE,0': [(2, P), (2, 0)], 'IDLE,PRE': [(2, I), (2, P)], 'IDLEx5': [(2, I)] * 5,
            'cpu3,2,0': [(3, 0), (2, 0), (0, 0)], 'cpu3 IDLE,cpu2 PRE': [(3, I), (2, P)],
            'cpu2 PRE,cpu1(self) PRE,cpu3 0': [(2, P), (1, P), (3, 0)]}


def coalesce(p, m):
    """several kicks in one callback"""
    via, name, scx = m[1], m[2], m[3] == 'scx'
    tg = TG_SCX if scx else TG_IDLE
    p.attach().setup(tg).caller_spins()
    p.arm('SYSCALL' if via == 'sys' else 'yield', 'C', -1, *COALESCE[name]).log()
    TRIGGERS['sysc' if via == 'sys' else 'yield'](p)
    p.ms(150).stop()
    return p.says('SYSCALL' if via == 'sys' else 'STRUCT_OPS/yield', name, target_text(p.kernel, tg))


# (pid, oncpu, trigger)
ASYNC = {'yield': ('C', -1, 'yield'), 'enqueue': ('C', -1, 'wakeC'), 'tick': ('C', -1, 'nop'),
         'SYSCALL': ('C', -1, 'sysc'), 'TRACING.fentry': ('C', -1, 'getpgid'),
         'select_cpu': (0, -1, 'wakeS'), 'set_weight': ('C', -1, 'nice'),
         'init_task': (0, -1, 'fork'), 'dispatch': (0, 1, 'parkC'),
         'update_idle': (1, -1, 'parkC')}


def asynchrony(p, m):
    """the callback spins 300 ms after its kick"""
    name = m[1]
    pid, oncpu, trigger = ASYNC[name]
    p.attach().setup(TG_SCX)
    if name != 'enqueue':
        p.caller_spins()
    p.arm(name, pid, oncpu, (2, PREEMPT), spin_ns=300000000).set(log_ticks=1).log()
    TRIGGERS[trigger](p)
    p.ms(500).stop()
    return p.says('STRUCT_OPS/' + name if OP[name] < 40 else name, PREEMPT, target_text(p.kernel, TG_SCX))


def cyc(p, m):
    """a ring of three CPUs whose enqueues kick the next one"""
    oneway, flags = m[1] == 'oneway', int(m[2], 16)
    p.set(cyc_oneway=int(oneway), cyc_flags=flags, slice_ns=20000000, yield_zero=1).attach()
    p.workers += [('cyc%d' % i, 'ext', [1 + i // 4]) for i in range(12)]
    for i in range(12):
        p.act(task='cyc%d' % i, phases=[{'yield': True, 'mark': True}], loop=-1)
    p.ms(20).set(cyc_on=1)
    marks = ['tasks.cyc%d.marks' % i for i in range(12)]
    for _ in range(5):      # the driver's seconds are 10 ms here
        p.act(emit=marks + ['cyc_kicks']).ms(10)
    p.may_lock_up = True
    p.stop().act(emit=marks + ['cyc_kicks']).set(cyc_on=0)
    return p.says('STRUCT_OPS/enqueue', flags, '3 CPUs x 4 yielding SCX tasks'
                  + (' (1 kicks 2 only)' if oneway else ' (ring 1->2->3->1)'))


def selftest(p, m, row):
    """selftests' cyclic_kick_wait is the ring of waits"""
    cyc(p, re.match('(ring)(.)', 'ring4'))
    return p.says('STRUCT_OPS/enqueue', WAIT, row.state)


def stale(p, m):
    """a kick without a scheduler; then one is loaded, and the same CPU kicks another"""
    tries, what = int(m[1]), m[2]
    for n in range(tries + 1):
        p.detach() if n else None
        p.caller_spins()
        if n == tries and what == 'nosched':
            return one(p, 'SYSCALL', 'C', -1, 2, PREEMPT, None, 'sysc', 150, 'NO SCHEDULER; cpu2 idle')
        p.arm('SYSCALL', 'C', -1, (2, PREEMPT)).order('C', 'run_prog')
        p.ms(150).park('C')
        p.ms(50).attach().setup(TG_SCX).caller_spins(60)
        for kick in (1, 2):
            p.arm('SYSCALL', 'C', 1, (3, 0))
            if n == tries and what == 'kick%d_of_cpu3' % kick:
                p.log().order('C', 'run_prog')
                p.ms(200).stop()
                return p.says('SYSCALL', 0, 'scx(1 task,20s slice) on cpu2, cpu3 idle; the kick names '
                              "cpu3; columns are cpu2's",
                              'after a kick of cpu2 with PREEMPT made without a scheduler')
            p.order('C', 'run_prog')
            p.ms(200)
    return None


def hang(p, m):
    """a wait that nobody ends; the driver looked for 40 s, 3 s are enough here"""
    tg, flags = int(m[1]), int(m[2], 16)
    p.attach().setup(tg).caller_spins()
    p.arm('SYSCALL', 'C', -1, (2, flags)).log().order('C', 'run_prog', mark=True)
    p.ms(2000).stop().ms(1000).act(emit=['tasks.C.marks'])
    p.caller = 'C'
    return p.says('SYSCALL', flags, target_text(p.kernel, tg), 'no rescue:')


def wait7(p, m):
    """waits from every kind of context, 7.3"""
    p.attach()
    name = m[1]
    if name.startswith('dispatch_spins.'):
        p.setup(int(name[-1])).caller_spins(60).set(dsp_spin_ns=200000000, dsp_spin_cpu=2)
        return one(p, 'yield', 'C', 1, 2, PREEMPT | WAIT, None, 'yield', 500,
                   "target's ops.dispatch spins 200 ms")
    if name == 'two_targets':
        p.setup(TG_SCX).spin('S').ms(60).caller_spins(60)
        p.arm('yield', 'C', -1, (2, WAIT), (3, WAIT)).log()
        TRIGGERS['yield'](p)
        p.ms(200).stop()
        return p.says('STRUCT_OPS/yield', '[cpu2:WAIT][cpu3:WAIT]',
                      'cpu2 scx1, cpu3 maybe scx (S)')
    table = {
        'timer_on_idle_cpu0': ('SYSCALL.bpf_timer_cb', 0, -1, False, 'timer',
                               'target scx1; timer callback on CPU 0 (idle or CFS)'),
        'update_idle': ('update_idle', 1, -1, True, 'parkC',
                        'target scx1; caller: ops.update_idle of cpu1'),
        'dispatch': ('dispatch', 0, 1, True, 'parkC',
                     'target scx1; caller: ops.dispatch of cpu1 going idle'),
        'enqueue': ('enqueue', 'C', -1, False, 'wakeC',
                    'target scx1; caller: ops.enqueue (wakeup of C from CPU 0)'),
        'tick': ('tick', 'C', -1, True, 'nop', 'target scx1; caller: ops.tick of C on cpu1'),
    }
    request, pid, oncpu, spins, trigger, note = table[name]
    p.setup(TG_SCX)
    if spins:
        p.caller_spins(60)
    return one(p, request, pid, oncpu, 2, WAIT, None, trigger, 150, note)


def notpresent(p, m):
    nr, flags = int(m[1]), int(m[2], 16)
    p.attach().caller_spins()
    return one(p, 'yield', 'C', -1, nr, flags, None, 'yield', 200,
               'cpu%d (see cpu/possible, cpu/present in the log)' % nr)


def nmi(p, m):
    p.programs.add('nmi_tp')
    p.attach().setup(TG_SCX).caller_spins()
    one(p, 'TRACING.nmi', 0, 1, 2, PREEMPT, TG_SCX, 'sysrql', 500)
    return p.says('TRACING tp_btf/nmi_handler (NMI context)', PREEMPT, target_text(p.kernel, TG_SCX))


def ssw(p, m):
    p.programs.add('ssw_kick')
    p.attach().setup(TG_SCX)
    one(p, 'TRACING.sched_switch', 'C', 1, 2, PREEMPT, TG_SCX, 'wakeC', 200)
    return p.says('TRACING tp_btf/sched_switch (rq lock held)', PREEMPT, target_text(p.kernel, TG_SCX))


# ---- group "extra" ----

def selfkick(p, m):
    name, flags = m[1], int(m[2], 16)
    request, pid, spins, trigger, note = {
        'dispatch': ('dispatch', 0, True, 'parkC',
                     'self kick from ops.dispatch while cpu1 goes idle'),
        'update_idle': ('update_idle', 1, True, 'parkC',
                        'self kick from ops.update_idle(enter)'),
        'enqueue': ('running', 'C', False, 'wakeC', 'self kick from ops.running'),
        'tick': ('tick', 'C', True, 'nop', 'self kick from ops.tick'),
    }[name]
    p.attach()
    if spins:
        p.caller_spins(60)
    return one(p, request, pid, 1, 1, flags, None, trigger, 100, note)


def sliceinf(p, m):
    two, flags = bool(m[1]), int(m[2], 16)
    p.attach().set(slice_ns=2 ** 64 - 1).setup(TG_SCX2 if two else TG_SCX).caller_spins(60)
    note = 'scx, 2 tasks local DSQ, SCX_SLICE_INF' if two else 'scx, 1 task, SCX_SLICE_INF'
    return one(p, 'yield', 'C', 1, 2, flags, None, 'yield', 100, note)


def cfscaller(p, m):
    flags = int(m[1], 16)
    p.attach().setup(TG_SCX).caller_spins(60, 'CF')
    return one(p, 'SYSCALL', 'CF', 1, 2, flags, None, 'sysCF', 100,
               'caller SCHED_OTHER (keeps running), target scx1')


def cfsself(p, m):
    flags = int(m[1], 16)
    p.attach().caller_spins(60, 'CF')
    return one(p, 'SYSCALL', 'CF', 1, 1, flags, None, 'sysCF', 100,
               'caller SCHED_OTHER kicks its own CPU')


# kicks, reported CPU, flags as the driver says them, state
SEVERAL = {
    'err_then_kick': ([(-1, 0), (2, P)], 2, '[cpu-1:0][cpu2:PREEMPT]', TARGETS[TG_SCX][1]),
    'idlepre_then_kick': ([(3, I | P), (2, P)], 2, '[cpu3:IDLE|PREEMPT][cpu2:PREEMPT]',
                          TARGETS[TG_SCX][1]),
    'two_errors': ([(-1, 0), (3, I | P)], 2, '[cpu-1:0][cpu3:IDLE|PREEMPT]',
                   TARGETS[TG_SCX][1]),
    'all_flags': ([(3, I | P | WAIT)], 3, 'IDLE|PREEMPT|WAIT', 'cpu3 idle'),
}


def several(p, m):
    kicks, p.target, flags, state = SEVERAL[m[1]]
    p.attach().setup(TG_SCX).caller_spins(60)
    p.arm('yield', 'C', 1, *kicks).log()
    TRIGGERS['yield'](p)
    p.ms(200).stop()
    return p.says('STRUCT_OPS/yield', flags, state)


# request op, cpu, flags, on attach?, prog, state
BAD_LOADS = {
    'init_badcpu': ('init', -1, 0, True, 'STRUCT_OPS/init', 'cpu=-1 from ops.init', 2),
    'init_task_badcpu': ('init_task', -1, 0, True, 'STRUCT_OPS/init_task(load)',
                         'cpu=-1 from ops.init_task of load', 2),
    'init_idlepre': ('init', 3, I | P, True, 'STRUCT_OPS/init', 'cpu3 idle, from ops.init', 3),
    'exit_badcpu': ('exit', -1, 0, False, 'STRUCT_OPS/exit',
                    'cpu=-1 from ops.exit (regular unregister)', 2),
    'exit_task_badcpu': ('exit_task', -1, 0, False, 'STRUCT_OPS/exit_task(unload)',
                         'cpu=-1 from ops.exit_task of unload', 2),
}


def bad_load(p, m):
    request, nr, flags, on_attach, prog, state, p.target = BAD_LOADS[m[1]]
    if m[1] == 'init_idlepre':
        # ops.init ran on CPU 3 then (truth.md, "limits"): no other is idle
        p.workers += [('busy%d' % nr, 'other', [nr]) for nr in range(3)]
        for nr in range(3):
            p.act(task='busy%d' % nr, phases=[{'run': 'forever'}])
        p.ms(20)
        nr = 3
    if not on_attach:
        p.attach()
    p.arm(request, 0, -1, (nr, flags)).log()
    p.act(**{'attach' if on_attach else 'detach': 'scheduler'}).ms(700).stop()
    p.transition = True
    return p.says(prog, flags, state, 'attach=OK(link) errno=0' if on_attach else None)


def extra_wait(p, m):
    """WAIT from callers that are not SCX tasks"""
    name = m[1]
    caller = 'R1' if name == 'rt' else 'CF'
    p.attach().setup(TG_SCX)
    if name == 'cfs':
        p.spin('CF')
    p.ms(60)
    p.window_us = 400000
    p.arm('SYSCALL', caller, 1, (2, WAIT)).log()
    TRIGGERS['sysR1' if name == 'rt' else 'sysCF'](p)
    p.ms(210)
    marks = 'tasks.%s.marks' % caller
    done, stuck = {'if': {marks: '>=1'}}, {'if': {marks: 0}}
    p.act(task='CF', phases=[{'suspend': True}], loop=-1, **done).ms(100)
    p.act(set={'log_on': 0, 'req.op': 0}, **done).ms(700)
    p.stop()
    p.act(task='F', phases=[{'run': 'forever'}], **stuck).ms(100)
    p.act(task='F', phases=[{'suspend': True}], loop=-1, **stuck).ms(100)
    p.act(emit=[marks])
    p.caller = caller
    return p.says('SYSCALL', WAIT, 'caller SCHED_FIFO, target scx1' if name == 'rt' else
                  'caller SCHED_OTHER spins on, later parks; target scx1')


def takes_row(fn):
    fn.takes_row = True
    return fn


for _fn in (types, types_bad, types_idlepre, selftest):
    takes_row(_fn)

HEX = r'([0-9a-f]+)'
FAMILIES = [
    (r'(m|w|enqlast)\.(sys|yield)\.([0-7])\.' + HEX, cell),
    (r'op\.(%s)' % '|'.join(OPS), op),
    (r'op\.(%s)' % '|'.join(map(re.escape, LOADS)), op_load),
    (r'cpu\.(sys|yield|fentry)\.(-?\d+)(\.preempt)?', cpu),
    (r'off\.(sys|yield)\.' + HEX, offline),
    (r'on\.again', online_again),
    (r'type\.nosched\.badcpu\.(-?\d+)', types_bad),
    (r'type\.nosched\.idlepre', types_idlepre),
    (r'type\.(sched|nosched)\.(SYSCALL|TRACING\.fentry|TRACING\.tp_btf|TRACEPOINT|LSM|PERF_EVENT)'
     r'\.([0-3])', types),
    (r'type2\.(RAW_TRACEPOINT|TRACING\.fmod_ret|TRACING\.fexit|TRACING\.fentry\.s|TRACING\.iter|'
     r'SYSCALL\.bpf_timer_cb)\.([01])', types2),
    (r'nosched\.wait\.([014])', nosched_wait),
    (r'coal\.(sys|yield)\.(%s)\.(scx|idle)' % '|'.join(map(re.escape, COALESCE)), coalesce),
    (r'async\.(%s)' % '|'.join(map(re.escape, ASYNC)), asynchrony),
    (r'cyc\.(ring|oneway)\.' + HEX + r'(?:\.long)?', cyc),
    (r'cyc\.selftest', selftest),
    (r'stale\.(\d+)\.(nosched|kick[12]_of_cpu3)', stale),
    (r'hang\.([0-7])\.' + HEX, hang),
    (r'wait7\.(dispatch_spins\.[0-7]|two_targets|timer_on_idle_cpu0|update_idle|dispatch|enqueue|'
     r'tick)', wait7),
    (r'notpresent\.cpu(\d+)\.' + HEX, notpresent),
    (r'nmi', nmi),
    (r'ssw', ssw),
    (r'extra\.selfkick\.(dispatch|update_idle|enqueue|tick)\.' + HEX, selfkick),
    (r'extra\.sliceinf(2?)\.' + HEX, sliceinf),
    (r'extra\.cfscaller\.' + HEX, cfscaller),
    (r'extra\.cfsself\.' + HEX, cfsself),
    (r'extra\.(%s)' % '|'.join(SEVERAL), several),
    (r'extra\.(%s)' % '|'.join(BAD_LOADS), bad_load),
    (r'extra\.wait\.(cfs|rt)caller', extra_wait),
]
COMPILED = [(re.compile(pattern), fn) for pattern, fn in FAMILIES]


def plan(row):
    """The Plan of a row, or None: its id belongs to no family."""
    ident = re.sub(r'#\d+$', '', row.id)      # "#2": the second run of the same
    for pattern, fn in COMPILED:
        m = pattern.fullmatch(ident)
        if m:
            p = Plan(row.id, row.profile)
            p.family = pattern.pattern
            return fn(p, m, row) if getattr(fn, 'takes_row', False) else fn(p, m)
    return None
