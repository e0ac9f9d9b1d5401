#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""matrix.py - makes the scenarios of the kick matrix from tables.

    matrix.py OUTDIR            one file per table cell, for `kickstand test`
    matrix.py --list            their names

Two tables, on both kernels:

    ops     every place that may kick, by flags, at a CPU that runs a task with slice:
            is the kick delivered, and inside of the callback or after it?
    states  every state of the target, by flags (contradictory and undefined ones too),
            from a program with interrupts on and from an op with them off:
            what is asked of the target, and what does it do?

What is expected follows from expect(), which says the rules of spec/kick.md once.
The object is bpf/matrix.bpf.c; what it counts is explained there.
"""
import json
import os
import re
import sys

IDLE, PREEMPT, WAIT = 1, 2, 4
BIT40 = 1 << 40
KERNELS = ("6.12", "7.3")
CALLER, TARGET, SPARE = 1, 2, 3     # CPUs; drivers are on 0
KICK_MS = 5                         # when the callback is provoked
ENDLESS = [{"run": "forever"}]
ASLEEP = [{"suspend": True}]

C = {"comm": "C", "policy": "ext", "cpus": [CALLER], "phases": ENDLESS}
C_ASLEEP = dict(C, phases=ASLEEP)
T = {"comm": "T", "policy": "ext", "cpus": [TARGET], "phases": ENDLESS}
R = {"comm": "R", "policy": "fifo", "cpus": [CALLER], "phases": ASLEEP}
X = {"comm": "X", "policy": "ext", "cpus": [SPARE], "phases": ASLEEP}
X_FAIR = dict(X, policy="other")

WAKE_C = {"wake": "C"}
SUSPEND_C = {"suspend": "C"}
GETPGID = {"task": "C", "do": [{"getpgid": 0}]}
YIELD_C = {"task": "C", "do": [{"yield": ""}]}

# ---- the ops: how each is made to run ----------------------------------------
#
# tasks      those beside T
# fire       the actions, at KICK_MS
# req        more of the request: which task, which CPU
# inside     the irq work runs before the callback returns: interrupts are on there
# before     actions at 1 ms, before the request
# since      the first kernel that has the op
# delivered  False: bypassing, or never called ("never")
# late       ms after which the figures are complete, if it takes long


def op(tasks, fire, inside=False, **more):
    return dict(tasks=tasks, fire=fire if isinstance(fire, list) else [fire], inside=inside, **more)


def mine(**more):
    return dict({"pid": {"pid": "C"}}, **more)


OPS = {
    "select_cpu": op([dict(C_ASLEEP, cpus=[CALLER, SPARE])], WAKE_C, req=mine()),
    "enqueue": op([C_ASLEEP], WAKE_C, req=mine()),
    "dequeue": op([C_ASLEEP], [WAKE_C, {"task": "C", "nice": 5}], req=mine(),
                  before=[{"set": {"hold_pid": {"pid": "C"}}}]),
    "dispatch": op([C], SUSPEND_C, req={"oncpu": CALLER}, often=True),
    "tick": op([C], [], req=mine(), often=True),
    "runnable": op([C_ASLEEP], WAKE_C, req=mine()),
    "running": op([C_ASLEEP], WAKE_C, req=mine()),
    "stopping": op([C], SUSPEND_C, req=mine()),
    "quiescent": op([C], SUSPEND_C, req=mine()),
    "yield": op([C], YIELD_C, req=mine()),
    "core_sched_before": op([C], YIELD_C, never=True),
    "set_weight": op([C], {"task": "C", "nice": 5}, req=mine()),
    "set_cpumask": op([C], {"task": "C", "cpus": [CALLER, SPARE]}, req=mine()),
    "update_idle": op([C], SUSPEND_C, req={"oncpu": CALLER}),
    "cpu_acquire": op([C, R], {"task": "R", "phases": [{"run": "100us"}]}, req={"oncpu": CALLER}),
    "cpu_release": op([C, R], {"task": "R", "phases": [{"run": "100us"}]}, req={"oncpu": CALLER}),
    "init_task": op([], {"spawn": X}, inside=True),
    "exit_task": op([X], {"task": "X", "kill": True}, req={"pid": {"pid": "X"}}, late=20),
    "enable": op([X_FAIR], {"task": "X", "policy": "ext"}, req={"pid": {"pid": "X"}}),
    "disable": op([X], {"task": "X", "policy": "other"}, req={"pid": {"pid": "X"}}),
    "dump": op([], {"sysrq": "D"}),
    "dump_cpu": op([], {"sysrq": "D"}, often=True),
    "dump_task": op([C], {"sysrq": "D"}, often=True),
    "cgroup_init": op([], {"mkdir": "/a"}, inside=True),
    "cgroup_exit": op([], [{"mkdir": "/a"}, {"rmdir": "/a"}], inside=True, late=20),
    "cgroup_prep_move": op([X], [{"mkdir": "/a"}, {"task": "X", "cgroup": "/a"}], inside=True),
    "cgroup_move": op([X], [{"mkdir": "/a"}, {"task": "X", "cgroup": "/a"}]),
    "cgroup_cancel_move": op(
        [], [{"mkdir": "/a"}, {"task": "drv/0", "cgroup": "/a", "result": "EAGAIN"}], inside=True,
        before=[{"spawn": X, "thread": True}, {"set": {"fail_prep_pid": {"pid": "X"}}}]),
    "cgroup_set_weight": op(
        [], [{"mkdir": "/a"}, {"cgroup": "/a", "write": {"cpu.weight": "200"}}], inside=True),
    "cgroup_set_bandwidth": op(
        [], [{"mkdir": "/a"}, {"cgroup": "/a", "write": {"cpu.max": "50000 100000"}}],
        inside=True, since="7.3"),
    "cgroup_set_idle": op(
        [], [{"mkdir": "/a"}, {"cgroup": "/a", "write": {"cpu.idle": "1"}}], inside=True,
        since="7.3"),
    "cpu_online": op([], [{"hotplug": SPARE, "online": False},
                          {"hotplug": SPARE, "online": True}], inside=True, late=40),
    "cpu_offline": op([], {"hotplug": SPARE, "online": False}, inside=True, late=40),
    "init": op([], {"attach": "scheduler"}, inside=True, attach="programs", fair_target=True),
    "exit": op([], {"detach": "scheduler"}, delivered=False, late=40),
    "syscall": op([], {"run_prog": "matrix_syscall"}, inside=True),
    "fentry": op([C], GETPGID, inside=True),
    "fexit": op([C], GETPGID, inside=True),
    "fmod_ret": op([C], GETPGID, inside=True),
    "lsm": op([C], GETPGID, inside=True),
    "tracepoint": op([C], GETPGID, inside=True),
    "iter": op([], {"iter": "matrix_iter"}, inside=True, often=True),
    "perf_event": op([C], {"perf_event": {"event": "cpu-clock", "period": "1ms", "cpu": CALLER},
                          "prog": "matrix_perf_event"}, often=True),
    "timer": op([], {"run_prog": "matrix_start_timer"}, inside=True),
    "sched_switch": op([dict(C, cpus=[CALLER])], {"task": "C", "cpus": [SPARE]},
                       req={"oncpu": CALLER}),
}

# ops during the load and the unload, when everything bypasses
BYPASSING = {
    "init_task": op([X], {"attach": "scheduler"}, attach="programs", delivered=False),
    "enable": op([X], {"attach": "scheduler"}, attach="programs", delivered=False),
    "disable": op([X], {"detach": "scheduler"}, delivered=False, late=40),
    "exit_task": op([X], {"detach": "scheduler"}, delivered=False, late=40),
}

# ---- the states of the target -------------------------------------------------
#
# tasks     what makes the target what it is
# kind      what expect() goes by; idles: it is idle, too
# self      the caller is the target
# place     where the kick comes from, if only this makes sense, and its trigger, fire
# before    actions at 1 ms; prelude: right before the trigger, by pause
# leaves    the target's task goes elsewhere, so that the target dispatches anyway
# more      of the scenario

STATES = {
    "idle": dict(tasks=[], kind="idle"),
    "polling": dict(tasks=[], kind="idle", more={"idle_polls": True}),
    "scx": dict(tasks=[T], kind="scx"),
    "starved": dict(tasks=[T], kind="scx", slice0=True, req={"starve_pid": {"pid": "T"}}),
    "fair": dict(tasks=[dict(T, policy="other")], kind="higher"),
    "rt": dict(tasks=[dict(T, policy="fifo")], kind="higher"),
    "stop": dict(tasks=[T], kind="higher", self=True, place="sched_switch", leaves=True,
                 fire={"task": "T", "cpus": [SPARE]}),
    "dispatching": dict(
        tasks=[T], kind="idle", pause="100us",
        prelude=[{"set": {"spin_cpu": TARGET, "spin_ns": 300000}}, {"suspend": "T"}]),
    "self": dict(tasks=[], kind="scx", self=True, target=CALLER),
    "offline": dict(tasks=[], kind="offline", before=[{"hotplug": TARGET, "online": False}]),
    "going_offline": dict(tasks=[], kind="going", place="cpu_offline",
                          fire={"hotplug": TARGET, "online": False}),
    "bypassing": dict(tasks=[T], kind="bypassing", place="exit", fire={"detach": "scheduler"}),
    "no_cpu": dict(tasks=[], kind="none", target=64),
    "negative": dict(tasks=[], kind="none", target=-1),
    "unloaded": dict(tasks=[dict(T, policy="other")], kind="unloaded", attach="programs"),
    "unloaded_idle": dict(tasks=[], kind="unloaded", idles=True, attach="programs"),
}

FLAGS = {
    "0": 0, "IDLE": IDLE, "PREEMPT": PREEMPT, "WAIT": WAIT, "PREEMPT_WAIT": PREEMPT | WAIT,
    "IDLE_PREEMPT": IDLE | PREEMPT, "IDLE_WAIT": IDLE | WAIT,
    "IDLE_PREEMPT_WAIT": IDLE | PREEMPT | WAIT, "bit3": 8, "bit40": BIT40,
    "bit40_PREEMPT": BIT40 | PREEMPT, "bit40_IDLE": BIT40 | IDLE,
}
OP_FLAGS = ("0", "IDLE", "PREEMPT", "WAIT", "PREEMPT_WAIT")
CONTRADICTION = "PREEMPT/WAIT cannot be used with SCX_KICK_IDLE"

# ---- the rules ----------------------------------------------------------------


def contradictory(flags):
    return bool(flags & IDLE and flags & (PREEMPT | WAIT))


def hangs(kernel, kind, flags, self):
    """6.12's WAIT spins in the irq work, whatever an online target does."""
    return (kernel == "6.12" and flags & WAIT and not flags & IDLE and not self and
            kind not in ("offline", "bypassing", "none"))


def expect(kernel, kind, flags, irqs_on, self=False, idles=False, slice0=False):
    """What matrix.bpf.c counts, and the exit, for one kick."""
    seen = {"calls": 1}
    idle = flags & IDLE
    if kind in ("bypassing", "none") or (kind == "unloaded" and kernel == "7.3"):
        return dict(seen, works=0, rescheds=0, zeroed=0, dispatches=0, waits=0)
    if idle and kind not in ("idle", "going", "offline") and not idles:
        # not queued; but where the target's own lock is held nobody can know yet
        return dict(seen, works=1 if self and not irqs_on else 0, rescheds=0, dispatches=0,
                    waits=0)
    higher = kind in ("higher", "unloaded")
    delivered = kind != "offline" and not (higher and kernel == "7.3")
    zeroed = delivered and kind == "scx" and (slice0 or flags & PREEMPT and not idle)
    # 7.3 reschedules the caller to wait
    again = kernel == "7.3" and self and kind == "scx" and flags & WAIT and not idle
    seen.update(works=1, rescheds=int(delivered) + int(bool(again)), works_inside=int(irqs_on))
    if kind == "scx":
        seen["zeroed"] = seen["rescheds"] if zeroed else 0
    seen["dispatches"] = ">=1" if zeroed or kind == "idle" else 0
    if kernel == "7.3" and flags & WAIT and not idle and kind == "scx":
        seen["waits"] = ">=1"
        seen["works_done"] = 1
    else:
        seen["waits"] = 0
        seen["works_done"] = 0 if hangs(kernel, kind, flags, self) else 1
    return seen


def exit_of(kernel, kind, flags, target):
    if kind == "none":
        return {"kind": 1024, "reason": "runtime error", "msg": "invalid CPU %d" % target}
    if contradictory(flags) and kind not in ("bypassing", "unloaded"):
        return {"kind": 1024, "reason": "runtime error", "msg": CONTRADICTION}
    return None


# ---- scenarios ----------------------------------------------------------------


def timed(actions, ms):
    return [dict({"time": "%dms" % ms}, **a) for a in actions]


def scenario(name, kernel, tasks, actions, seen, **more):
    d = {"name": name, "object": "matrix.bpf.o", "kernel": kernel, "kthreads": "none", "cpus": 4, "seed": 1,
         "duration": "%dms" % more.pop("late", 12),
         "tasks": tasks, "at": actions,
         "expect": dict({"map": {"seen.%s" % k: v for k, v in seen.items()}},
                        **more.pop("expect", {}))}
    d["programs"] = {"waited": "if_possible"}
    d.update(more)
    return d


def request(place, target, flags, more):
    return {"set": {"req": dict({"op": "AT_" + place, "cpu": target, "flags": flags}, **more)}}


def op_scenario(kernel, name, o, flag, prefix="op"):
    flags = FLAGS[flag]
    target_kind = "scx"
    tasks = [T] + o["tasks"]
    more = {"late": KICK_MS + o.get("late", 7)}
    if o.get("fair_target"):
        target_kind = "higher"
    if o.get("attach"):
        more["attach"] = o["attach"]
    if not o.get("delivered", True):
        target_kind = "bypassing"
    seen = expect(kernel, target_kind, flags, o["inside"])
    if o.get("never"):
        seen = {"calls": 0, "works": 0}
    if target_kind == "bypassing" or o.get("often"):
        seen["calls"] = ">=1"   # how often it was asked; the kick is one
    if o.get("attach") or not o.get("delivered", True):
        seen.pop("dispatches", None)
    actions = timed(o.get("before", []), 1)
    actions += timed([request(name, TARGET, flags, o.get("req", {}))], KICK_MS - 1)
    hung = {"result": "any"} if hangs(kernel, target_kind, flags, False) else {}
    actions += timed([dict(a, **hung) for a in o["fire"]], KICK_MS)
    return scenario("%s %s, flags %s" % (prefix, name, flag), kernel, tasks, actions, seen, **more)


def state_scenario(kernel, name, st, flag, place):
    flags = FLAGS[flag]
    self = st.get("self", False)
    target = st.get("target", TARGET)
    place = st.get("place", place)
    tasks = list(st["tasks"])
    req = dict(st.get("req", {}))
    fire = st.get("fire")
    if not fire and place == "yield":
        tasks.append(C)
        fire = YIELD_C
        req["pid"] = {"pid": "C"}
    elif not fire:
        fire = {"run_prog": "matrix_syscall"}
    irqs_on = place in ("syscall", "cpu_offline")
    seen = expect(kernel, st["kind"], flags, irqs_on, self, st.get("idles", False),
                  st.get("slice0", False))
    actions = timed(st.get("before", []), 1)
    actions += timed([request(place, target, flags, req)], KICK_MS - 1)
    actions += timed(st.get("prelude", []), KICK_MS)
    if hangs(kernel, st["kind"], flags, self):
        fire = dict(fire, result="any")     # its caller hangs as well, maybe
    actions += timed([fire], KICK_MS)
    if st.get("pause"):
        actions[-1]["time"] = "+" + st["pause"]
    if st.get("leaves"):
        del seen["dispatches"]
    more = {k: v for k, v in st.get("more", {}).items()}
    if st.get("attach"):
        more["attach"] = st["attach"]
    if place in ("cpu_offline", "exit"):
        more["late"] = KICK_MS + 40
    if st["kind"] == "bypassing":
        seen["calls"] = ">=1"
    seen_exit = exit_of(kernel, st["kind"], flags, target)
    more["expect"] = {}
    if seen_exit:
        more["expect"]["exit"] = seen_exit
        more["late"] = KICK_MS + 40
        # the end of the scheduler reschedules every CPU
        seen = {k: v for k, v in seen.items() if k in ("calls", "works")}
    return scenario("state %s, flags %s, from %s" % (name, flag, place), kernel, tasks, actions,
                    seen, **more)


def has(kernel, since):
    return not since or KERNELS.index(kernel) >= KERNELS.index(since)


def op_scenarios(kernel):
    for name, o in OPS.items():
        if has(kernel, o.get("since")):
            for flag in OP_FLAGS:
                yield op_scenario(kernel, name, o, flag)
    for name, o in BYPASSING.items():
        yield op_scenario(kernel, name, o, "PREEMPT", "bypassing op")


def places_of(name, st):
    if st.get("place"):
        return [st["place"]]
    if name in ("starved", "self"):
        return ["yield"]        # who may write slices; who runs on its own CPU
    if st.get("attach"):
        return ["syscall"]      # without a scheduler there is no op
    return ["syscall", "yield"]


def state_scenarios(kernel):
    for name, st in STATES.items():
        for place in places_of(name, st):
            for flag in FLAGS:
                yield state_scenario(kernel, name, st, flag, place)


def all_scenarios():
    for kernel in KERNELS:
        yield from op_scenarios(kernel)
        yield from state_scenarios(kernel)


def check_table(header):
    """Every place that matrix.h knows has a row."""
    with open(header) as f:
        names = re.findall(r"X\((\w+)\)", f.read())
    missing = [n for n in names if n not in OPS and n != "op"]
    if missing:
        sys.exit("matrix.py: no row for: " + ", ".join(missing))


def file_name(s):
    return "%s-%s.json" % (s["kernel"], re.sub(r"\W+", "_", s["name"]))


def main(argv):
    check_table(os.path.join(os.path.dirname(os.path.abspath(__file__)), "bpf", "matrix.h"))
    if len(argv) != 2 or argv[1] in ("-h", "--help"):
        sys.exit(__doc__)
    if argv[1] != "--list":
        os.makedirs(argv[1], exist_ok=True)
    for s in all_scenarios():
        if argv[1] == "--list":
            print(s["kernel"], s["name"])
            continue
        with open(os.path.join(argv[1], file_name(s)), "w") as f:
            json.dump(s, f, indent=1)


main(sys.argv)
