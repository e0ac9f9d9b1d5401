#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""
Objects of strangers, made by the hundred: what each gets is a report or a run.

    strangers.py made NR SEED       schedulers that are made at random, NR of them
    strangers.py matrix STEP SEED   each op calls each family of helpers and kfuncs; STEP 5:
                                    every fifth of these pairs
    strangers.py changed NR SEED OBJECT...  the objects, NR changes of each: instructions,
                                    words of BTF and tables, bytes, the sections' headers

The environment says what is tested: KICKSTAND, HEADERS (a folder with vmlinux-7.3.h),
KICKSTAND_SRC, KICKSTAND_DEPS; BUILDER, a kickstand that compiles, if another is faster. Works in the current folder; what failed is left there. The
same seed makes the same objects.

What is called comes from the prototypes in vmlinux.h and bpf_helper_defs.h, so a kfunc that
is new is called by the next run. No verifier stands between: arguments are whatever fits
the type's width: tasks that are none, addresses that lead nowhere, sizes beyond all.

A run is right if it ends in time with a documented status; with a line, if that is not 0;
without a control character, a word of a sanitizer's or a failed check of ours; and if what
it wrote is whole.
"""
import json
import os
import random
import re
import struct
import subprocess
import sys

KERNELS = ("6.12", "7.3")
LIMIT_S = 60
RETRIES = 30
SHOWN_MAX = 10
STATUSES = (0, 3, 4, 5)

OPS = {
    "select_cpu": "struct task_struct *p, s32 prev, u64 flags", "enqueue": "struct task_struct *p, u64 flags",
    "dequeue": "struct task_struct *p, u64 flags", "dispatch": "s32 cpu, struct task_struct *p",
    "tick": "struct task_struct *p", "runnable": "struct task_struct *p, u64 flags",
    "running": "struct task_struct *p", "stopping": "struct task_struct *p, bool runnable",
    "quiescent": "struct task_struct *p, u64 flags", "yield": "struct task_struct *p, struct task_struct *to",
    "core_sched_before": "struct task_struct *p, struct task_struct *b",
    "set_weight": "struct task_struct *p, u32 weight",
    "set_cpumask": "struct task_struct *p, const struct cpumask *mask",
    "update_idle": "s32 cpu, bool idle", "init_task": "struct task_struct *p, struct scx_init_task_args *args",
    "exit_task": "struct task_struct *p, struct scx_exit_task_args *args",
    "enable": "struct task_struct *p", "disable": "struct task_struct *p",
    "dump": "struct scx_dump_ctx *ctx_", "dump_cpu": "struct scx_dump_ctx *ctx_, s32 cpu, bool idle",
    "dump_task": "struct scx_dump_ctx *ctx_, struct task_struct *p",
    "cgroup_init": "struct cgroup *cgrp, struct scx_cgroup_init_args *args", "cgroup_exit": "struct cgroup *cgrp",
    "cgroup_prep_move": "struct task_struct *p, struct cgroup *from, struct cgroup *to",
    "cgroup_move": "struct task_struct *p, struct cgroup *from, struct cgroup *to",
    "cgroup_cancel_move": "struct task_struct *p, struct cgroup *from, struct cgroup *to",
    "cgroup_set_weight": "struct cgroup *cgrp, u32 weight",
    "cgroup_set_bandwidth": "struct cgroup *cgrp, u64 period, u64 quota, u64 burst",
    "cgroup_set_idle": "struct cgroup *cgrp, bool idle", "cpu_online": "s32 cpu", "cpu_offline": "s32 cpu",
    "cpu_acquire": "s32 cpu, struct scx_cpu_acquire_args *args",
    "cpu_release": "s32 cpu, struct scx_cpu_release_args *args", "init": "", "exit": "struct scx_exit_info *info",
}
SLEEPABLE = {"init_task", "cgroup_init", "cgroup_exit", "cgroup_prep_move", "cpu_online", "cpu_offline",
             "init", "exit"}
INTEGER = {"select_cpu", "init_task", "cgroup_init", "cgroup_prep_move", "init", "yield", "core_sched_before"}
MAPS = ("ARRAY", "HASH", "PERCPU_ARRAY", "PERCPU_HASH", "LRU_HASH", "LRU_PERCPU_HASH", "QUEUE", "STACK", "RINGBUF",
        "USER_RINGBUF", "PROG_ARRAY", "BLOOM_FILTER", "STACK_TRACE", "PERF_EVENT_ARRAY")
KEYLESS = {"QUEUE", "STACK", "RINGBUF", "USER_RINGBUF", "BLOOM_FILTER"}
NUMBERS = ("0", "1", "2", "7", "8", "63", "64", "255", "4095", "4096", "65535", "65536", "0x7fffffff", "0x80000000",
           "0xffffffff", "0x7fffffffffffffffULL", "0x8000000000000000ULL", "~0ULL", "~0ULL - 7", "-4095ULL",
           "0x8000000000000001ULL", "0x8000000000000002ULL", "0xc000000000000001ULL", "count", "state")
PLACES = ("(u64)p_", "(u64)buf", "(u64)&buf[7]", "(u64)value_()", "(u64)text", "(u64)&m0", "(u64)&m1", "(u64)called",
          "(u64)bpf_get_current_task()", "(u64)p_ + 8", "0x200000001000ULL", "0x1ffffffff000ULL", "0x100000000000ULL",
          "0x208000000000ULL", "(u64)big + 4090")

FAMILIES = (    # the first that fits
    ("dsq", r"scx_.*dsq|scx_bpf_(dispatch|consume|reenqueue)|iter_scx"), ("scx", r"scx_"), ("cpumask", r"cpumask"),
    ("objects", r"obj_|list_|rbtree|refcount|kptr|percpu|throw"), ("dynptr", r"dynptr|snprintf"), ("iter", r"iter_"),
    ("strings", r"str|printk|seq_"), ("maps", r"map_|storage|for_each|tail_call"), ("ringbuf", r"ringbuf"),
    ("timers", r"timer|wq_|task_work|jiffies|ktime"), ("locks", r"lock|preempt|irq|rcu"),
    ("tasks", r"task|cgroup|cgrp|css|pid"), ("memory", r"probe|arena|read|copy|user"), ("other", r""),
)

HEAD = """// made by strangers.py: %s
#include "scx.h"
char _license[] SEC("license") = "GPL";
const volatile u32 first;
static u64 count, state = 88172645463325252ULL;
static char text[64] = "%%s\\x1b[31m%%d\\n# line of ours\\x07%%p";
static char big[8192];
%s
static void *value_(void)
{
	u32 key = 0;

	return bpf_map_lookup_elem(&m0, &key);
}

static long called(void *a, void *b, void *c, void *d)
{
	count++;
	return count %% 7 == 0;
}
"""


def split_args(text):
    """At commas that are in no parentheses; a function's type is a pointer's"""
    out, depth, start = [], 0, 0
    for i, c in enumerate(text + ","):
        depth += (c == "(") - (c == ")")
        if c == "," and not depth:
            out.append(text[start:i].strip())
            start = i + 1
    return [] if out in ([""], ["void"]) else ["void *f" if "(" in a else a for a in out]


class Call:
    """A helper or kfunc: its name and the types of its arguments"""

    def __init__(self, name, args, kfunc):
        self.name, self.kfunc = name, kfunc
        self.args = [re.sub(r"\w+$", "", a).strip() or a for a in args]

    def family(self):
        return next(name for name, words in FAMILIES if re.search(words, self.name))

    def text(self, rng):
        args = ["(%s)(u64)(%s)" % (t, self.value(t, rng)) for t in self.args]
        call = "%s(%s);" % (self.name, ", ".join(args))
        if not self.kfunc:
            return call
        return "if (bpf_ksym_exists(%s)) %s" % (self.name, "(%s)(%s);" % (self.name, ", ".join(args)))

    @staticmethod
    def value(kind, rng):
        if "*" not in kind:
            return rng.choice(NUMBERS)
        if "task_struct" in kind and rng.random() < 0.7:
            return "p_"
        if "map" in kind and rng.random() < 0.7:
            return rng.choice(("&m0", "&m1"))
        if "cpumask" in kind and rng.random() < 0.5:
            return "p_ ? p_->cpus_ptr : 0"
        if ("char" in kind or "fmt" in kind) and rng.random() < 0.6:
            return "text"
        return rng.choice(PLACES) if rng.random() < 0.85 else rng.choice(NUMBERS)


def read_calls():
    """Those of this machine's kernel, in the order of their names"""
    calls = []
    with open(os.path.join(os.environ["HEADERS"], "vmlinux-7.3.h")) as f:
        for m in re.finditer(r"^extern [\w *]*?(\w+)\((.*)\) __weak __ksym;", f.read(), re.M):
            if "..." not in m.group(2):
                calls.append(Call(m.group(1), split_args(m.group(2)), True))
    helpers = os.path.join(os.environ["KICKSTAND_DEPS"], "libbpf/include/bpf/bpf_helper_defs.h")
    with open(helpers) as f:
        for m in re.finditer(r"^static [\w *]*\(\* const (\w+)\)\((.*)\) = \(void \*\) (\d+);", f.read(), re.M):
            if "..." not in m.group(2) and not re.search(r"skb|sock|xdp|sk_|msg_|tcp_|csum|lwt|fib|redirect|ima_|lirc"
                                                         r"|sysctl|inode|bprm|mptcp|unix_sk|netns|clone|vlan", m.group(1)):
                calls.append(Call(m.group(1), split_args(m.group(2)), False))
    return sorted(calls, key=lambda c: c.name)


def families(calls):
    out = {}
    for c in calls:
        out.setdefault(c.family(), []).append(c)
    return out


class Refused:
    """What loading refused is left out, so that most objects run: helpers for good, kfuncs by op"""

    def __init__(self):
        self.names = set()

    def learn(self, line):
        m = re.search(rb"program 'made_(\w+)' is refused: .*calls (helper|kfunc) (\w+)", line)
        if not m:
            return False
        op, kind, name = (w.decode() for w in m.groups())
        key = name if kind == "helper" else (op, name)
        new = key not in self.names
        self.names.add(key)
        return new

    def rest(self, op, calls):
        return [c for c in calls if c.name not in self.names and (op, c.name) not in self.names]


# ---- making ----

def put_maps(rng):
    out = []
    for i in range(2):
        kind = rng.choice(MAPS) if i else "ARRAY"
        out.append("struct {\n\t__uint(type, BPF_MAP_TYPE_%s);" % kind)
        if kind.endswith("RINGBUF"):
            out.append("\t__uint(max_entries, %s);" % rng.choice(("4096", "65536", "4095")))
        else:
            out.append("\t__uint(max_entries, %d);" % rng.choice((1, 2, 64)))
            if kind not in KEYLESS:
                out.append("\t__uint(key_size, 4);")
            size = 4 if kind in ("PROG_ARRAY", "PERF_EVENT_ARRAY") else 80 if kind == "STACK_TRACE" else 64
            out.append("\t__uint(value_size, %d);" % size)
        out.append("} m%d SEC(\".maps\");" % i)
    return "\n".join(out)


def put_op(name, body, prologue=""):
    args = OPS[name]
    section = "struct_ops.s" if name in SLEEPABLE else "struct_ops"
    kind = "s32" if name in INTEGER else "void"
    task = "p" if re.search(r"\*p\b", args) else "(struct task_struct *)0"
    ret = "\treturn %s;\n" % ("prev" if name == "select_cpu" else "0") if name in INTEGER else ""
    return ("SEC(\"%s/made_%s\") %s BPF_PROG(made_%s%s)\n{\n\tstruct task_struct *p_ = %s;\n\tu64 buf[8] = {};\n\n"
            "\tbarrier_var(p_);\n%s%s%s}\n\n" % (section, name, kind, name, ", " + args if args else "", task,
                                                 prologue, body, ret))


def put_ops(names, flags, timeout):
    members = "".join("\t.%s = (void *)made_%s,\n" % (n, n) for n in names)
    return ("SEC(\".struct_ops.link\")\nstruct sched_ext_ops made_ops = {\n%s\t.flags = %s,\n\t.timeout_ms = %d,\n"
            "\t.name = \"made\",\n};\n" % (members, flags, timeout))


WORK = {
    "enqueue": "\tdsq_insert(p, SCX_DSQ_GLOBAL, 1000000, flags);\n",
    "dispatch": "\tdsq_move_to_local(SCX_DSQ_GLOBAL);\n",
}


def statement(rng, calls):
    how = rng.random()
    if how < 0.7:
        return rng.choice(calls).text(rng)
    if how < 0.76:
        return "if (p_) p_->scx.%s = %s;" % (rng.choice(("slice", "dsq_vtime")), rng.choice(NUMBERS))
    if how < 0.80:
        return "*(volatile u%s *)(%s) = %s;" % (rng.choice(("8", "16", "32", "64")), rng.choice(PLACES), rng.choice(NUMBERS))
    if how < 0.86:
        return "count += *(volatile u64 *)(%s);" % rng.choice(PLACES)
    if how < 0.90:
        return "bpf_loop(%s, called, buf, 0);" % rng.choice(("1", "100", "1 << 23", "0xffffffff"))
    if how < 0.94:
        return "for (u64 i = 0; i < %s; i++) count += big[i & 8191];" % rng.choice(("10", "1000", "~0ULL"))
    return "__sync_fetch_and_add((u64 *)(%s), 1);" % rng.choice(PLACES)


def make(rng, calls, refused, title):
    names = sorted(rng.sample(sorted(OPS), rng.randint(1, 7)) + ["enqueue"])
    names = sorted(set(names))
    out = [HEAD % (title, put_maps(rng))]
    for n in names:
        body = "".join("\tif (count++ >= %d) { %s }\n" % (rng.choice((0, 0, 1, 20)), statement(rng, refused.rest(n, calls)))
                       for _ in range(rng.randint(1, 6)))
        out.append(put_op(n, body, WORK.get(n, "") if rng.random() < 0.8 else ""))
    flags = rng.choice(("0", "0", "SCX_OPS_ENQ_LAST", "SCX_OPS_KEEP_BUILTIN_IDLE", "SCX_OPS_ENQ_EXITING", "0xffff"))
    out.append(put_ops(names, flags, rng.choice((0, 1, 5000, 30000))))
    return "".join(out)


def make_matrix(name, family, calls, refused, rng):
    """Op @name calls one of @family after the other, beginning with --set first"""
    calls = refused.rest(name, calls) or calls
    cases = "".join("\tcase %d:\n\t\t%s\n\t\tbreak;\n" % (i, c.text(rng)) for i, c in enumerate(calls))
    body = "\tswitch ((first + count++) %% %d) {\n%s\t}\n" % (len(calls), cases)
    out = [HEAD % ("%s calls %s" % (name, family), put_maps(rng))]
    names = sorted({name, "enqueue", "dispatch"})
    for n in names:
        out.append(put_op(n, body if n == name else "", WORK.get(n, "")))
    out.append(put_ops(names, "0", 5000))
    return "".join(out)


# ---- changing ----

def sections(data):
    """(offset, size, kind, is code) of each section whose bytes lie in the file"""
    if len(data) < 64 or data[:4] != b"\x7fELF":
        return []
    at, = struct.unpack_from("<Q", data, 40)
    nr, = struct.unpack_from("<H", data, 60)
    out = []
    for i in range(nr):
        if at + 64 * (i + 1) > len(data):
            break
        kind, flags, _, off, size = struct.unpack_from("<IQQQQ", data, at + 64 * i + 4)
        if kind != 8 and size >= 8 and off + size <= len(data):
            out.append((off, size, kind, bool(flags & 4)))
    out.append((at, 64 * nr, 0, False))
    return out


def change(data, rng):
    data = bytearray(data)
    for _ in range(rng.randint(1, 4)):
        off, size, _, code = rng.choice(sections(data) or [(0, len(data), 0, False)])
        if code:
            at = off + rng.randrange(size // 8) * 8
            what = rng.randrange(5)
            if what == 0:
                data[at] ^= 1 << rng.randrange(8)
            elif what == 1:
                data[at + 1] = rng.randrange(256)
            elif what == 2:
                data[at + 2:at + 4] = struct.pack("<h", rng.randint(-40, 40))
            elif what == 3:
                data[at + 4:at + 8] = struct.pack("<I", rng.choice((0, 1, 8, 4096, 0x7fffffff, 0xffffffff, rng.getrandbits(32))))
            else:
                src = off + rng.randrange(size // 8) * 8
                data[at:at + 8] = data[src:src + 8]
        elif rng.random() < 0.6:
            at = off + rng.randrange(size // 4) * 4
            old, = struct.unpack_from("<I", data, at)
            new = rng.choice((0, 1, 0xffffffff, old + 1 & 0xffffffff, old - 1 & 0xffffffff, old ^ 1 << rng.randrange(32)))
            struct.pack_into("<I", data, at, new)
        else:
            data[off + rng.randrange(size)] = rng.randrange(256)
    return bytes(data)


# ---- running ----

class Tally:
    def __init__(self):
        self.runs, self.objects, self.by, self.bad = 0, 0, {}, 0

    def object_done(self, path, bad):
        """What has shown nothing is not kept"""
        self.objects += 1
        if not bad:
            for p in (path, path.replace(".bpf.o", ".bpf.c")):
                if os.path.exists(p):
                    os.remove(p)

    def count(self, args, status, err, why):
        """a run, and what is wrong with it; True: nothing"""
        self.runs += 1
        self.by[str(status)] = self.by.get(str(status), 0) + 1
        if why:
            self.bad += 1
        if why and self.bad <= SHOWN_MAX:
            print("# %s: %s" % (" ".join(args[1:]), why))
            for line in err.decode("latin-1").splitlines()[-8:]:
                print("#   " + repr(line)[1:-1])
        return why is None

    def show(self, title):
        ends = ", ".join("%s: %d" % (k, v) for k, v in sorted(self.by.items()))
        print("%s 1 - %s: %d objects, %d runs (%s)" %
              ("not ok" if self.bad or not self.runs else "ok", title, self.objects, self.runs, ends))
        print("1..1")
        return 1 if self.bad or not self.runs else 0


def wrong(status, out, err):
    text = out + err
    if status not in STATUSES:
        return "exit status %s" % status
    if re.search(rb"[^\x20-\x7e\t\n\x80-\xff]", text):
        return "a control character"
    if re.search(rb"bug at |ERROR: \w+Sanitizer|runtime error: .*(\.c:|address)|LeakSanitizer", text):
        return "a finding of the sanitizer's, or of ours"
    if status and not re.search(rb"^kickstand: ", err, re.M):
        return "exit status %d without a line" % status
    return None


def half(status, summary):
    if os.path.exists(summary):
        try:
            with open(summary, errors="replace") as f:
                json.load(f)
        except ValueError as e:
            return "half a summary: %s" % e
    elif status == 0:
        return "no summary"
    return None


def ended(args):
    try:
        p = subprocess.run(args, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                           timeout=LIMIT_S)
        return p.returncode, p.stdout, p.stderr
    except subprocess.TimeoutExpired:
        return "none: it does not end", b"", b""


def run(tally, path, kernel, *more, refused=None):
    """True: as it should be. None: @refused has learnt why it was not loaded"""
    summary = "summary.json"
    if os.path.exists(summary):
        os.remove(summary)
    args = [os.environ["KICKSTAND"], "run", path, "--kernel", kernel, "--cpus", "3", "--workload", "forks:rate=2000",
            "--duration", "4ms", "--json", summary] + list(more)
    status, out, err = ended(args)
    if status == 3 and refused and refused.learn(err):
        return None
    why = wrong(status, out, err) or half(status, summary)
    for left in [f for f in os.listdir(".") if f.endswith(".tmp")]:
        why = why or "half a file"
        os.remove(left)
    return tally.count(args, status, err, why)


def compile_object(source, text):
    with open(source, "w") as f:
        f.write(text)
    path = source[:-1] + "o"
    src = os.environ["KICKSTAND_SRC"]
    builder = os.environ.get("BUILDER") or os.environ["KICKSTAND"]
    p = subprocess.run([builder, "build", source, "-o", path, "--include", src + "/examples/include",
                        "--include", os.environ["HEADERS"]], stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    if p.returncode:
        sys.exit("%s does not compile:\n%s" % (source, p.stdout.decode()[-2000:]))
    return path


def settle(tally, refused, name, text):
    """An object of what @text() makes, less what is refused, and how it ran first"""
    for _ in range(RETRIES):
        path = compile_object(name, text())
        good = run(tally, path, KERNELS[-1], refused=refused)
        if good is not None:
            break
    return path, bool(good) or good is None


def cmd_made(tally, nr, seed):
    calls, refused = read_calls(), Refused()
    for i in range(nr):
        path, good = settle(tally, refused, "made_%d_%d.bpf.c" % (seed, i), lambda: make(
            random.Random("made %d %d" % (seed, i)), calls, refused, "seed %d, %d" % (seed, i)))
        good &= run(tally, path, KERNELS[0])
        tally.object_done(path, not good)


def cmd_matrix(tally, step, seed):
    table, refused = families(read_calls()), Refused()
    pairs = [(op, family) for op in sorted(OPS) for family in sorted(table)]
    for op, family in pairs[seed % step::step]:
        path, good = settle(tally, refused, "%s_%s.bpf.c" % (op, family), lambda: make_matrix(
            op, family, table[family], refused, random.Random("matrix %d %s %s" % (seed, op, family))))
        good &= run(tally, path, KERNELS[0])
        for part in range(1, 4):
            for kernel in KERNELS:
                good &= run(tally, path, kernel, "--set", "first=%d" % (len(table[family]) * part // 4))
        tally.object_done(path, not good)


def cmd_changed(tally, nr, seed, paths):
    for path in paths:
        with open(path, "rb") as f:
            data = f.read()
        for i in range(nr):
            rng = random.Random("changed %d %d %s" % (seed, i, os.path.basename(path)))
            name = "%s_%d.bpf.o" % (os.path.basename(path)[:-6], i)
            with open(name, "wb") as f:
                f.write(change(data, rng))
            tally.object_done(name, not run(tally, name, KERNELS[i % len(KERNELS)]))


def main(argv):
    commands = {"made": cmd_made, "matrix": cmd_matrix, "changed": cmd_changed}
    if len(argv) < 4 or argv[1] not in commands:
        sys.exit(__doc__)
    tally = Tally()
    more = [argv[4:]] if argv[1] == "changed" else []
    commands[argv[1]](tally, int(argv[2]), int(argv[3]), *more)
    return tally.show("%s, seed %s" % (argv[1], argv[3]))


if __name__ == "__main__":
    sys.exit(main(sys.argv))
