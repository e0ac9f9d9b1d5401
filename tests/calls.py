#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""calls.py - makes scenarios of a table: calls of sched_ext's kfuncs, what they come to.

    calls.py OUTDIR     one file a row, for `kickstand test`

A row is a call by bpf/calls.bpf.c: from which place, what, with which arguments, on which
kernels; its answer, and the message of the exit if it ejects the scheduler. Rows of ASKED are
made by a system call, one after the other in one run, and harm nobody.
"""
import json
import os
import sys

ALL = ["6.12", "6.16", "6.17", "6.18", "6.19", "7.0", "7.1", "7.2", "7.3", "7.4"]
EINVAL, ENOENT, EBUSY, ENODEV, EOPNOTSUPP, EEXIST = -22, -2, -16, -19, -95, -17
PTR = 1                 # a pointer that is not NULL
FIFO, VTIME = 100, 101  # the scheduler's queues
LOCAL, GLOBAL = 2 - (1 << 63), 1 - (1 << 63)
LOCAL_ON = -(1 << 62)
REVERSE = 1 << 16      # of an iterator
PARTIAL, KEEP_IDLE, PER_NODE, TID = 1 << 3, 1 << 0, 1 << 6, 1 << 8
SYNC = 16               # SCX_WAKE_SYNC
W = {"pid": "w"}
X = {"pid": "x"}


def since(v):
    return ALL[ALL.index(v):]


def until(v):
    return ALL[:ALL.index(v)]


# ---- what harms nobody: kernels, call, arguments, answer ------------------------------------
#
# CPU 0 asks, w sleeps on CPU 1, x runs on CPU 2, CPU 3 is idle: 2 nodes of 2 CPUs.

ASKED = [
    # (kernels, what, {a, b, c, pid, mask}, answer)
    (until("7.3"), "cpu_rq", {"a": 3}, PTR),
    (since("6.18"), "cpu_curr", {"a": 2}, PTR),
    (ALL, "cpuperf_cap", {"a": 1}, 1024),
    (ALL, "cpuperf_cur", {"a": 1}, 1024),
    (ALL, "cpuperf_set", {"a": 1, "b": 512}, 0),
    (ALL, "task_running", {}, 1),
    (ALL, "task_running", {"pid": W}, 0),
    (ALL, "task_running", {"pid": X}, 1),
    (ALL, "task_cpu", {"pid": X}, 2),
    (since("6.19"), "set_slice", {"a": 5000000, "pid": X}, 1),
    (since("6.19"), "set_vtime", {"a": 5, "pid": W}, 1),
    (since("7.4"), "lazy_resched", {"a": 1, "pid": W}, 1),
    (since("6.16"), "now", {}, 1),
    (ALL, "nr_queued", {"a": FIFO}, 0),
    (ALL, "nr_queued", {"a": 4711}, ENOENT),
    (ALL, "nr_queued", {"a": GLOBAL}, ENOENT),
    (ALL, "nr_queued", {"a": LOCAL}, 0),
    (ALL, "nr_queued", {"a": LOCAL_ON | 2}, 0),
    (since("6.19"), "peek", {"a": FIFO}, 0),
    (ALL, "destroy_dsq", {"a": 4711}, 0),
    (ALL, "iter", {"a": FIFO}, 0),
    (ALL, "iter", {"a": FIFO, "b": REVERSE}, 0),
    (ALL, "iter", {"a": 4711}, ENOENT),
    (ALL, "iter", {"a": FIFO, "b": 2}, EINVAL),
    (ALL, "move", {"a": FIFO, "b": VTIME}, 10),
    (ALL, "create_dsq", {"a": 7, "b": 0}, 0),
    (ALL, "create_dsq", {"a": 7, "b": 1}, EEXIST),
    (ALL, "create_dsq", {"a": 8, "b": 99}, EINVAL),
    (ALL, "create_dsq", {"a": LOCAL, "b": 0}, EINVAL),
    (ALL, "destroy_dsq", {"a": 7}, 0),
    (ALL, "create_dsq", {"a": 7, "b": 1}, 0),
    (since("6.16"), "events", {}, 0),
    (ALL, "pick_any", {"mask": 4}, 2),
    (ALL, "pick_any", {"mask": 1 << 40}, EBUSY),
    (ALL, "pick_idle", {"mask": 4}, EBUSY),
    (ALL, "pick_idle", {"mask": 12}, 3),
    (ALL, "pick_idle", {"mask": 12}, EBUSY),
    (ALL, "claim", {"a": 3}, 0),
    (ALL, "claim", {"a": 1}, 1),
    (ALL, "claim", {"a": 1}, 0),
    (since("6.16"), "cpu_node", {"a": 1}, 0),
    (since("6.16"), "cpu_node", {"a": 3}, 1),
    (ALL, "idle_mask", {}, 0),
    (ALL, "smt_mask", {}, 0),
    (ALL, "kick", {"a": 3}, 0),
]

# the same by select_cpu's kfuncs, which cannot be called like this before 6.16; 3 is idle.
# An answer of select_dfl is 100 more if it found the CPU idle.
SELECTED = [
    (since("6.16"), "select_dfl", {"a": 3, "pid": X}, 3),
    (since("6.16"), "select_dfl", {"a": 2, "pid": W}, 103),
    (since("6.16"), "select_and_old", {"a": 1, "pid": W, "mask": 14}, 1),
    (since("6.19"), "select_and", {"a": 1, "pid": W, "mask": 14}, EBUSY),
]

# ---- with no scheduler: what each says then --------------------------------------------------

ALONE = [
    (until("7.3"), "cpu_rq", {"a": 99}, 0),
    (["6.12"], "cpu_rq", {"a": 1}, PTR),
    (["6.16", "6.18", "7.2"], "cpu_rq", {"a": 1}, 0),
    (since("6.18"), "cpu_curr", {"a": 1}, 0),
    (since("6.18"), "locked_rq", {}, 0),
    (ALL, "cpuperf_cap", {"a": 1}, 1024),
    (ALL, "cpuperf_cur", {"a": 99}, 1024),
    (ALL, "cpuperf_set", {"a": 1, "b": 512}, 0),
    (ALL, "cpuperf_set", {"a": 99, "b": 5000}, 0),
    (since("6.19"), "set_slice", {"a": 1, "pid": W}, 0),
    (since("6.19"), "set_vtime", {"a": 1, "pid": W}, 0),
    (since("7.4"), "lazy_resched", {"a": 1, "pid": W}, 0),
    (ALL, "task_cgroup", {"pid": W}, 1),
    (["6.12"], "nr_queued", {"a": FIFO}, ENOENT),
    (since("6.16"), "nr_queued", {"a": FIFO}, ENODEV),
    (since("6.19"), "peek", {"a": FIFO}, 0),
    (ALL, "destroy_dsq", {"a": FIFO}, 0),
    (since("6.16"), "iter", {"a": FIFO}, ENODEV),
    (since("6.16"), "create_dsq", {"a": FIFO}, ENODEV),
    (since("7.1"), "dsq_reenq", {"a": LOCAL}, 0),
    (since("6.19"), "reenqueue_v2", {}, 0),
    (ALL, "kick", {"a": 1}, 0),
    (ALL, "error", {"b": 8}, 0),
    (ALL, "exit", {"b": 8}, 0),
    (ALL, "dump_text", {"b": 8}, 0),
    (since("6.18"), "pick_idle", {}, ENODEV),
    (since("6.18"), "pick_any", {}, ENODEV),
    (until("6.18"), "pick_idle", {}, EBUSY),
    (until("6.18"), "pick_any", {"mask": 2}, 1),
    (since("6.18"), "pick_idle_node", {}, ENODEV),
    (since("6.18"), "pick_any_node", {}, ENODEV),
    (ALL, "claim", {"a": 1}, 0),
    (since("6.16"), "cpu_node", {"a": 1}, -1),
    (ALL, "idle_mask", {}, 0),
    (ALL, "smt_mask", {}, 0),
    (since("6.16"), "idle_mask_node", {}, 0),
    (since("6.16"), "smt_mask_node", {}, 0),
    (since("6.18"), "select_dfl", {"a": 1, "pid": W}, ENODEV),
    (since("6.19"), "select_and", {"a": 1, "pid": W}, ENODEV),
    (since("6.18"), "select_and_old", {"a": 1, "pid": W}, ENODEV),
]

# ---- cids, since 7.2: with a cid-form scheduler, and with none ---------------------------------
#
# The same machine; cids are CPUs here, each a core of its own. curr of CPU 3 is its idle task.

CID = since("7.2")
CID_ASKED = [
    (CID, "to_cpu", {"a": 2}, 2), (CID, "to_cid", {"a": 3}, 3),
    (CID, "nr", {}, 4), (CID, "nr_online", {}, 4), (CID, "this", {}, 0), (CID, "task", {}, 0),
    (CID, "curr", {"a": 3}, 1), (CID, "kick_cid", {"a": 3}, 0),
    (CID, "topo", {"a": 3}, 303), (CID, "topo_short", {"a": 2}, 202),
    (since("7.4"), "node", {"a": 1}, 0), (since("7.4"), "node", {"a": 2}, 1),
    (CID, "perf_cap", {"a": 1}, 1024), (CID, "perf_cur", {"a": 1}, 1024),
    (since("7.3"), "perf_set", {"a": 1, "b": 300}, 0),
]
CID_ALONE = [
    (CID, "to_cpu", {"a": 2}, EINVAL), (CID, "to_cid", {"a": 3}, EINVAL),
    (CID, "nr", {}, 4), (CID, "nr_online", {}, 4), (CID, "this", {}, EINVAL), (CID, "task", {}, EINVAL),
    (CID, "curr", {"a": 3}, 0), (CID, "kick_cid", {"a": 3}, 0),
    (CID, "topo", {"a": 3}, -101), (since("7.4"), "node", {"a": 1}, -1),
    (CID, "perf_cap", {"a": 99}, 1024), (CID, "perf_cur", {"a": 99}, 1024),
    (since("7.3"), "perf_set", {"a": 1, "b": 5000}, ENODEV),
]

# ---- from the ops, and what ejects -----------------------------------------------------------


def row(kernels, place, what, answer, msg=None, **more):
    return dict(kernels=kernels, place=place, what=what, answer=answer, msg=msg, **more)


BAD_CPU = "invalid CPU 99"
NO_TRACKING = "built-in idle tracking is disabled"
NO_NODES = "per-node idle tracking is disabled"
NODES = "per-node idle tracking is enabled"
PER_NODE_OPS = {"flags": PARTIAL | KEEP_IDLE | PER_NODE}
NO_IDLE_OPS = {"flags": PARTIAL}
TID_OPS = {"flags": PARTIAL | KEEP_IDLE | TID}
NOT_ALLOWED = "kfunc with mask 0x%x called from an operation only allowing 0x%x"

ROWS = [
    # CPUs that are not there
    row(["6.12", "6.18", "7.2"], "call", "cpu_rq", 0, BAD_CPU, a=99),
    row(["6.12"], "call", "cpu_rq", 0, "invalid CPU -1", a=(1 << 32) - 1),
    row(since("6.18"), "call", "cpu_curr", 0, BAD_CPU, a=99),
    row(["6.12", "7.3"], "call", "cpuperf_cap", 1024, BAD_CPU, a=99),
    row(["6.12", "7.3"], "call", "cpuperf_set", 0, BAD_CPU, a=99, b=1),
    row(["6.12", "7.3"], "call", "cpuperf_set", 0, "Invalid cpuperf target 1025 for CPU 1", a=1, b=1025),
    row(["6.12"], "running", "cpuperf_set", 0, a=3, b=1),
    row(["6.16", "7.3"], "running", "cpuperf_set", 0, "Invalid target CPU 3", a=3, b=1),
    row(["6.16", "7.3"], "running", "cpuperf_set", 0, a=1, b=1),
    row(["6.12", "7.3"], "call", "kick", 0, BAD_CPU, a=99),
    row(["6.12", "7.3"], "call", "claim", 0, BAD_CPU, a=99),
    row(["6.16", "7.3"], "call", "cpu_node", -1, BAD_CPU, a=99),
    row(["6.12", "7.3"], "call", "nr_queued", ENOENT, BAD_CPU, a=LOCAL_ON | 99),

    # the run queue that is locked, and the time of an op
    row(since("6.18"), "running", "locked_rq", PTR),
    row(since("6.18"), "enqueue", "locked_rq", PTR),
    row(["6.18", "7.3"], "call", "locked_rq", 0, "accessing rq without holding rq lock"),
    row(["6.18", "7.3"], "select_cpu", "locked_rq", 0, "accessing rq without holding rq lock"),
    row(["6.16", "7.3"], "running", "now", 1),
    row(["6.16", "7.3"], "getpgid", "now", 1),

    # tasks
    row(["6.12", "7.0", "7.3"], "running", "task_cgroup", 1),
    row(["6.12", "7.0"], "getpgid", "task_cgroup", 1, NOT_ALLOWED % (0x1f, 0)),
    row(["7.3"], "getpgid", "task_cgroup", 1, "called on a task not being operated on"),
    row(["6.12", "7.3"], "running", "task_cgroup", 1, "called on a task not being operated on", pid=X),
    row(since("7.2"), "running", "own_tid", 1, set=TID_OPS),
    row(since("7.2"), "running", "tid_to_task", 0, set=TID_OPS, a=1 << 40),
    row(since("7.2"), "running", "tid_to_task", 0,
        "scx_bpf_tid_to_task() called without SCX_OPS_TID_TO_TASK", a=1),
    row(since("6.19"), "running", "set_slice", 1, a=1000000),
    row(since("6.19"), "running", "set_vtime", 1, a=1000000),
    row(["6.12", "7.3"], "running", "task_running", 0),     # the switch comes after

    # texts
    row(["6.12", "7.3"], "call", "error", 0, "n 1", b=8, kind="error_bpf"),
    row(["6.12"], "call", "error", 0, "invalid data=0000000000000000 and data__sz=8", a=1, b=8, msg_re=True),
    row(["6.12"], "call", "error", 0, "invalid data=[0-9a-f]{16} and data__sz=12", b=12, msg_re=True),
    row(["6.12"], "call", "error", 0, r"failed to read data fields \(-14\)", a=2, b=8, msg_re=True),
    row(["6.12"], "call", "error", 0, r"format preparation failed \(-22\)", a=4, b=8, msg_re=True),
    row(["7.3"], "call", "error", 0, r"exit message formatting failed \(-22\)", a=4, b=8, msg_re=True,
        kind="error_bpf"),
    row(["6.12", "7.3"], "call", "exit", 0, "n 1", b=8, kind="unreg_bpf"),
    row(["6.12", "7.3"], "dump", "dump_text", 0, b=8),
    row(["6.12", "7.3"], "running", "dump_text", 0,
        "scx_bpf_dump() must only be called from ops.dump() and friends", b=8),

    # idle CPUs: tracked by node, or not at all
    row(["6.12", "6.17", "7.3"], "call", "idle_mask", 0, NO_TRACKING, set=NO_IDLE_OPS),
    row(["6.12", "7.3"], "call", "smt_mask", 0, NO_TRACKING, set=NO_IDLE_OPS),
    row(["6.12", "7.3"], "call", "pick_idle", EBUSY, NO_TRACKING, set=NO_IDLE_OPS),
    row(["6.12", "7.3"], "call", "pick_any", 2, set=NO_IDLE_OPS, mask=4),
    row(["6.12", "7.3"], "call", "claim", 0, NO_TRACKING, set=NO_IDLE_OPS, a=3),
    row(["6.12", "7.3"], "select_cpu", "select_dfl", 1, NO_TRACKING, set=NO_IDLE_OPS, a=1),
    row(["6.16", "7.3"], "call", "idle_mask", 0, "SCX_OPS_BUILTIN_IDLE_PER_NODE enabled", set=PER_NODE_OPS),
    row(["6.16", "7.3"], "call", "pick_idle", EBUSY, NODES, set=PER_NODE_OPS),
    row(["6.16", "7.3"], "call", "pick_any", EBUSY, NODES, set=PER_NODE_OPS),
    row(["6.16", "7.3"], "call", "pick_idle_node", EOPNOTSUPP, NO_NODES),
    row(["6.16", "7.3"], "call", "pick_any_node", EOPNOTSUPP, NO_NODES),
    row(["6.16", "7.3"], "call", "idle_mask_node", 0, NO_NODES),
    row(["6.16", "7.3"], "call", "smt_mask_node", 0, NO_NODES),
    row(["6.16", "7.3"], "call", "pick_idle_node", ENOENT, set=PER_NODE_OPS, a=(1 << 32) - 1),
    row(["6.16", "7.3"], "call", "pick_idle_node", EINVAL, "invalid node 5", set=PER_NODE_OPS, a=5),
    row(["6.16", "7.3"], "call", "pick_any_node", EINVAL, "invalid node -7", set=PER_NODE_OPS, a=(1 << 32) - 7),
    row(["6.16", "7.3"], "call", "pick_idle_node", 3, set=PER_NODE_OPS, a=1, mask=15),
    row(["6.16", "7.3"], "call", "pick_idle_node", 1, set=PER_NODE_OPS, a=1, mask=7),
    row(["6.16", "7.3"], "call", "pick_idle_node", EBUSY, set=PER_NODE_OPS, a=1, b=2, mask=7),
    row(["6.16", "7.3"], "call", "pick_idle_node", EBUSY, set=PER_NODE_OPS, a=0, b=1, mask=4),
    row(["6.16", "7.3"], "call", "pick_any_node", 1, set=PER_NODE_OPS, a=0, mask=15),
    row(["6.16", "7.3"], "call", "pick_any_node", 2, set=PER_NODE_OPS, a=1, b=2, mask=7),
    row(["6.16", "7.3"], "call", "pick_any_node", EBUSY, set=PER_NODE_OPS, a=1, b=2, mask=1),
    row(["6.16", "7.3"], "call", "pick_any_node", 0, set=PER_NODE_OPS, a=1, mask=1),
    row(["6.16", "7.3"], "call", "idle_mask_node", 1, set=PER_NODE_OPS, a=1),
    row(["6.16", "7.3"], "call", "smt_mask_node", 1, set=PER_NODE_OPS, a=0),
    row(["6.16", "7.3"], "select_cpu", "select_dfl", 101, set=PER_NODE_OPS, a=1),

    # choosing one
    row(["6.12", "7.3"], "select_cpu", "select_dfl", 99, BAD_CPU, a=99),
    row(["6.12", "7.0"], "enqueue", "select_dfl", {"6.12": 1, "7.0": 101}, {"6.12": NOT_ALLOWED % (8, 4)},
        a=1, everywhere=True),
    row(["6.16", "7.0"], "dispatch", "select_dfl", 1, NOT_ALLOWED % (0xc, 2), a=1, everywhere=True),
    row(["7.1", "7.3"], "select_cpu", "select_dfl", 2, "called on a task not being operated on", a=2, pid=X),
    row(["7.1", "7.3"], "enqueue", "select_dfl", 2, r"select_cpu kfunc called cross-task on x\[[0-9]+\]",
        a=2, pid=X, msg_re=True),
    row(["7.1", "7.3"], "enqueue", "select_dfl", 101, a=1),
    row(["6.16", "7.3"], "select_cpu", "select_and_old", EBUSY, a=1, mask=4),
    row(["6.19", "7.3"], "select_cpu", "select_and", 3, a=1, mask=12),
    row(["6.19", "7.3"], "select_cpu", "select_and", EBUSY, a=1, mask=5),
    row(["7.3"], "select_cpu", "select_and", EINVAL, BAD_CPU, a=99, mask=5),
    row(["6.16", "7.0"], "enqueue", "select_and_old", EBUSY, a=2, mask=4, bound=True),
    row(["7.3"], "enqueue", "select_and_old", {"7.3": 1}, a=2, mask=2, bound=True),
    row(["7.3"], "enqueue", "select_and_old", EBUSY, a=1, mask=8, bound=True),
    row(["7.3"], "enqueue", "select_and_old", EBUSY, a=3, b=2, mask=2, bound=True, set=PER_NODE_OPS),
    row(["7.3"], "enqueue", "select_and_old", 1, a=0, b=2, mask=2, bound=True, set=PER_NODE_OPS),

    # a sync wakeup by CPU 0, of a task whose CPU is in the other LLC, or shares it; w may use 0, 1, 3
    row(["6.12", "6.18", "6.19", "7.0", "7.3"], "select_cpu", "select_dfl", 100, a=3, c=SYNC, cpus=[0, 1, 3]),
    row(["6.16", "6.17"], "select_cpu", "select_dfl", 103, a=3, c=SYNC, cpus=[0, 1, 3]),
    row(["6.17", "7.3"], "select_cpu", "select_dfl", 100, a=3, c=SYNC, cpus=[0, 1, 3], set=PER_NODE_OPS),
    row(["7.3"], "select_cpu", "select_and", 1, a=1, c=SYNC, mask=15, cpus=[0, 1, 3]),
    row(["7.3"], "select_cpu", "select_and", 1, a=3, c=SYNC, mask=2, cpus=[0, 1, 3]),
    row(["7.3"], "select_cpu", "select_and", 3, a=3, b=2, c=SYNC, mask=11, cpus=[0, 1, 3], set=PER_NODE_OPS),

    # cids
    row(["7.2", "7.4"], "call", "to_cpu", EINVAL, "invalid cid 4", a=4, cid=True),
    row(["7.2", "7.4"], "call", "to_cid", EINVAL, BAD_CPU, a=99, cid=True),
    row(["7.2", "7.4"], "call", "curr", 0, "invalid cid 4", a=4, cid=True),
    row(["7.2", "7.4"], "call", "kick_cid", 0, "invalid cid 4", a=4, cid=True),
    row(["7.2", "7.4"], "call", "topo", -101, "invalid cid 4", a=4, cid=True),
    row(["7.4"], "call", "node", -1, "invalid cid 4", a=4, cid=True),
    row(["7.2", "7.4"], "call", "perf_cap", 1024, "invalid cid 4", a=4, cid=True),
    row(["7.3", "7.4"], "running", "perf_set", 0, a=1, b=5, cid=True, cpus=[1]),
    row(["7.3", "7.4"], "running", "perf_set", EINVAL, "Invalid target CPU 3", a=3, b=5, cid=True, cpus=[1]),
    row(["7.2", "7.4"], "running", "this", 1, cid=True, cpus=[1]),
    row(["7.2", "7.4"], "running", "task", 1, cid=True, cpus=[1]),

    # inserting, dispatching, moving
    row(["6.19", "7.3"], "enqueue", "insert_packed", 1, a=VTIME),
    row(["6.12", "7.3"], "enqueue", "insert_vtime", 1, a=VTIME),
    row(["6.12", "7.3"], "enqueue", "insert_vtime", 1, "cannot use vtime ordering for built-in DSQs", a=LOCAL),
    row(["6.12", "7.3"], "enqueue", "insert", {"6.12": 1, "7.3": 0}, "invalid enq_flags 0x4000000000000000",
        a=LOCAL, b=1 << 62),
    row(["6.12"], "running", "insert", 1, NOT_ALLOWED % (6, 16), a=LOCAL, everywhere=True),
    row(["6.12"], "select_cpu", "nr_slots", 0, NOT_ALLOWED % (2, 12), everywhere=True),
    row(["6.12"], "select_cpu", "cancel", 0, NOT_ALLOWED % (2, 12), everywhere=True),
    row(["6.12"], "enqueue", "move_to_local", 0, NOT_ALLOWED % (2, 4), a=FIFO, everywhere=True),
    row(["6.12", "7.0"], "running", "reenqueue", 0, NOT_ALLOWED % (1, 16), everywhere=True),
    row(["6.12", "7.3"], "dispatch", "nr_slots", 32),
    row(["6.12", "7.3"], "dispatch", "cancel", 0, "dispatch buffer underflow"),
    row(["6.12", "7.3"], "dispatch", "insert_cancel", 42),
    row(["6.12", "7.3"], "dispatch", "move_to_local", 0, a=FIFO),
    row(["6.12", "7.3"], "dispatch", "move_to_local", 0, "invalid DSQ ID 0x0000000000001267", a=4711),
    row(["7.1", "7.3"], "dispatch", "move_to_local_v2", 0, "invalid enq_flags 0x4000000000000000", a=FIFO, b=1 << 62),
    row(["6.12", "7.3"], "call", "move", 1, a=FIFO, b=VTIME, c=1, queued=FIFO),
    row(["6.12", "7.3"], "call", "move_slice", 1, a=FIFO, b=LOCAL_ON | 1, queued=FIFO),
    row(["6.12", "7.3"], "call", "iter", 1, a=FIFO, queued=FIFO),
    row(["6.12", "7.3"], "call", "iter", 1, a=VTIME, b=REVERSE, queued=VTIME),
    row(["6.12", "7.3"], "call", "nr_queued", 1, a=FIFO, queued=FIFO),
    row(["6.19", "7.3"], "call", "peek", PTR, a=VTIME, queued=VTIME),
    row(["6.12", "7.3"], "call", "destroy_dsq", 0, "attempting to destroy in-use dsq 0x0000000000000064 (nr=1)",
        a=FIFO, queued=FIFO),
    row(["7.1", "7.3"], "call", "dsq_reenq", 0, "invalid SCX_REENQ flags 0x80", a=LOCAL, b=128),
    row(["7.1", "7.3"], "call", "dsq_reenq", 0, "non-existent DSQ 0x1267", a=4711),
    row(["6.19", "7.3"], "call", "reenqueue_v2", 0),
    row(["6.12", "7.0", "7.3"], "init", "create_dsq", EEXIST, a=FIFO, b=0),
]

# ---- scenarios -------------------------------------------------------------------------------

TASKS = [
    {"comm": "w", "policy": "ext", "cpus": [1], "phases": [{"suspend": True}, {"run": "100us"}]},
    {"comm": "x", "policy": "ext", "cpus": [2], "phases": [{"run": "forever"}]},
]
# so that it sleeps on CPU 1, and may wake elsewhere
def unbind(cpus):
    return {"time": "500us", "task": "w", "cpus": cpus}


PLACES = {
    "select_cpu": [{"wake": "w"}], "enqueue": [{"wake": "w"}], "running": [{"wake": "w"}],
    "dispatch": [{"wake": "w"}], "getpgid": [{"task": "w", "do": [{"getpgid": 0}], "wake": True}],
    "dump": [{"sysrq": "D"}],
}


def u32(n):
    return n & 0xffffffff


def u64(n):
    return n & 0xffffffffffffffff


def request(what, args, cid=False):
    whole = {} if cid else {"c": 0, "mask": 0}
    return {"req": dict({"from": "FROM_nowhere", "what": "CALL_" + what, "pid": 0, "a": 0, "b": 0},
                        **dict(whole, **args))}


CID_FORM = {"object": "calls_cid.bpf.o", "programs": {}}


def head(name, kernel, **more):
    d = {"name": name, "object": "calls.bpf.o", "kernel": kernel, "topology": "2n1l2c1t",
         "duration": "12ms", "tasks": TASKS, "programs": {"select": kernel != "6.12"}}
    d.update(more)
    return d


def program_of(what):
    return "select" if what.startswith("select") else "call"


def asked(name, table, kernel, **more):
    """all rows of a table that hold for the kernel, in one run"""
    at, ms = [unbind([1, 3])], 3
    for kernels, what, args, answer in table:
        if kernel not in kernels:
            continue
        at += [{"time": "%dms" % ms, "set": request(what, args, "object" in more)},
               {"time": "%dms" % ms, "run_prog": program_of(what), "retval": u32(answer)}]
    return head("%s on %s" % (name, kernel), kernel, at=at, expect={"exit": "none", "verdict": "any"}, **more)


def of_kernel(value, kernel):
    return value.get(kernel) if isinstance(value, dict) else value


def one(i, r, kernel):
    args = {k: r[k] for k in ("a", "b", "c", "pid", "mask") if k in r}
    answer, msg, place = of_kernel(r["answer"], kernel), of_kernel(r["msg"], kernel), r["place"]
    if r.get("cid") and place != "call":
        args["pid"] = W
    d = head("%d: %s from %s on %s" % (i, r["what"], place, kernel), kernel)
    if r.get("everywhere"):
        d["object"] = "calls_everywhere.bpf.o"
    if r.get("set"):
        d["set"] = {"calls_ops." + k: v for k, v in r["set"].items()}
    if r.get("cid"):
        d.update(CID_FORM)
    at = [] if r.get("bound") else [unbind(r.get("cpus", [1, 3]))]
    if r.get("queued"):
        at += [{"time": "1ms", "set": {"to_dsq": r["queued"]}}, {"time": "2ms", "wake": "w"}]
    if place == "init":
        d.setdefault("set", {}).update({"at_init.what": "CALL_" + r["what"], "at_init.a": r["a"]})
    elif place == "call":
        at += [{"time": "3ms", "set": request(r["what"], args, r.get("cid"))},
               {"time": "4ms", "run_prog": program_of(r["what"])}]
    else:
        at += [{"time": "3ms",
                "set": request(r["what"], dict(args, **{"from": "FROM_" + place}), r.get("cid"))}]
        at += [dict(a, time="4ms") for a in PLACES[place]]
    kind = r.get("kind", "error")
    d["at"] = at
    d["expect"] = {"map": {"made": ">=1", "answer": answer}, "verdict": "any",
                   "exit": {"kind": kind, "msg": "/^%s$/" % msg if r.get("msg_re") else msg} if msg else "none"}
    return d


def write(folder, name, scenario):
    with open(os.path.join(folder, name + ".json"), "w", encoding="utf-8") as f:
        json.dump(scenario, f)


def main():
    folder = sys.argv[1]
    for kernel in ALL:
        write(folder, "asked-" + kernel, asked("kfuncs by a system call", ASKED, kernel))
        if kernel != "6.12":
            write(folder, "selected-" + kernel, asked("a CPU is selected by a system call", SELECTED, kernel))
        write(folder, "alone-" + kernel,
              asked("kfuncs without a scheduler", ALONE, kernel, attach="programs"))
        if kernel in CID:
            write(folder, "cids-" + kernel, asked("kfuncs of cids", CID_ASKED, kernel, **CID_FORM))
            write(folder, "cids-alone-" + kernel, asked("kfuncs of cids without a scheduler", CID_ALONE,
                                                        kernel, attach="programs", **CID_FORM))
    for i, r in enumerate(ROWS):
        for kernel in r["kernels"]:
            write(folder, "%03d-%s" % (i, kernel), one(i, r, kernel))


main()
