/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * pair.bpf.c - the two CPUs of a pair run tasks of one cgroup at a time.
 *
 * As core scheduling does for hyperthreads that must not share a core with strangers.
 * CPUs 2n and 2n + 1 are a pair. The pair has an owner, a cgroup, for turn_ns. The CPU
 * that finds the turn over makes another cgroup the owner; its sibling still runs a
 * task of the old one, and has to be rid of it before the new one's task executes.
 * There are two ways to be sure of that:
 *
 *	7.0 and later: PREEMPT|WAIT	before: leave and be called
 *	  CPU 0           CPU 1		  CPU 0           CPU 1
 *	  owner = B       runs a1	  next = B        runs a1
 *	  picks b1        runs a1	  kick(1, PREEMPT)
 *	  kick(1, P|W) ─▶ slice 0	  goes idle       slice 0
 *	  waits ...       picks, b2	                  nobody left: owner = B
 *	  executes b1			  picks b1   ◀─── kick(0), picks b2
 *
 * Never use WAIT where the kernel spins in the interrupt (all before 7.0): there it
 * ends only when the target goes from a sched_ext task to another class, and two CPUs
 * that wait for each other are dead. The program asks the kernel's types which it is.
 *
 * ENQ_LAST is needed: without, a CPU for which dispatch finds nothing keeps its task.
 *
 * Run it with `--set kick=0` to see the pair disagree for as long as slices last.
 */
#include "scx.h"

char _license[] SEC("license") = "GPL";

#define MAX_CPUS 256
#define MAX_GROUPS 8

const volatile bool kick = true;
const volatile bool may_wait = true;	/* WAIT where it is safe */
const volatile u64 slice_ns = 5000000;
const volatile u64 turn_ns = 5000000;

/* what ran beside a stranger, as the callbacks see it, and in which way the pair changed */
u64 nr_turns, nr_waits, nr_calls, overlap_max_ns, overlap_sum_ns;

/* cgroups by their order of appearance; DSQ 1 + i holds the tasks of the i-th */
u64 group_id[MAX_GROUPS];
u32 nr_groups;

struct pair {
	struct bpf_spin_lock lock;
	u32 owner;		/* group + 1, 0: none yet */
	u32 next;		/* who is owner when both have left; 0: no change is under way */
	u64 until_ns;
	u64 overlap_ns;		/* since when they disagree, 0: they do not */
	u32 runs[2];		/* group + 1 of what each CPU runs, 0: nothing of ours */
};

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, MAX_CPUS / 2);
	__type(key, u32);
	__type(value, struct pair);
} pairs SEC(".maps");

EXIT_RECORD_DEFINE(pair_exit);

static struct pair *pair_of(s32 cpu)
{
	u32 key = (u32)cpu / 2;

	return bpf_map_lookup_elem(&pairs, &key);
}

/* The last CPU of an odd number has none: itself then, which nobody ever kicks. */
static s32 sibling_of(s32 cpu)
{
	s32 sibling = cpu ^ 1;

	return sibling < (s32)scx_bpf_nr_cpu_ids() ? sibling : cpu;
}

/* The wait that answers interrupts came together with this field. */
static bool wait_is_safe(void)
{
	return may_wait && bpf_core_field_exists(((struct scx_rq *)0)->kick_sync_pending);
}

static u32 group_of(struct task_struct *p)
{
	struct cgroup *cgrp = scx_bpf_task_cgroup(p);
	u64 id = cgrp->kn->id;
	u32 i;

	bpf_cgroup_release(cgrp);
	for (i = 0; i < MAX_GROUPS; i++)
		if (i < nr_groups && group_id[i] == id)
			return i;
	return 0;
}

/* ---- who may run ---- */

struct change {
	u64 sibling_flags;	/* of the kick that the sibling is to get */
	bool call;		/* the sibling may idle, and has to look again */
	u32 group;		/* + 1: from which to take a task; 0: from none */
	u32 before;		/* + 1: that of the task that ran here until now */
};

static u32 next_group(u32 owner)
{
	u32 i, g;

	for (i = 1; i <= MAX_GROUPS; i++) {
		g = (owner + i - 1) % MAX_GROUPS;
		if (g < nr_groups && scx_bpf_dsq_nr_queued(1 + g) > 0)
			return g + 1;
	}
	return 0;
}

/* pair locked: what @cpu runs next, and what that means for its sibling */
static __always_inline struct change choose(struct pair *pr, s32 cpu, u64 now, u32 next,
					    bool owner_has, bool wait)
{
	u32 other = pr->runs[!(cpu & 1)];
	struct change c = { .before = pr->runs[cpu & 1] };

	pr->runs[cpu & 1] = 0;	/* its task has stopped, or is about to */
	if (pr->next) {
		next = pr->next;	/* agreed on before */
	} else if (pr->owner && (now < pr->until_ns ? owner_has || other == pr->owner : !next)) {
		c.group = pr->owner;	/* its turn, or nobody else is there */
		return c;
	}
	if (!next || next == pr->owner) {
		pr->until_ns = now + turn_ns;
		c.group = pr->owner;
		pr->next = 0;
		return c;
	}
	if (other && other != next && !wait) {
		pr->next = next;	/* the sibling has to leave first */
		c.sibling_flags = SCX_KICK_PREEMPT;
		return c;
	}
	if (other && other != next)
		c.sibling_flags = SCX_KICK_PREEMPT | SCX_KICK_WAIT;
	c.call = !other;
	pr->owner = next;
	pr->next = 0;
	pr->until_ns = now + turn_ns;
	c.group = next;
	return c;
}

/* Nobody is queued, but the task that is here may stay: it gets another slice. */
static void stay(struct pair *pr, s32 cpu, struct task_struct *prev, const struct change *c)
{
	bool may;

	if (!prev || c->before != c->group || !(prev->scx.flags & SCX_TASK_QUEUED))
		return;
	bpf_spin_lock(&pr->lock);
	may = pr->owner == c->group && !pr->next;
	if (may)
		pr->runs[cpu & 1] = c->group;
	bpf_spin_unlock(&pr->lock);
	if (may)
		prev->scx.slice = slice_ns;
}

SCX_OP(pair_dispatch)
void BPF_PROG(pair_dispatch, s32 cpu, struct task_struct *prev)
{
	struct pair *pr = pair_of(cpu);
	u64 now = bpf_ktime_get_ns();
	u32 owner, next, before;
	bool wait = wait_is_safe() || !kick;
	struct change c;
	bool owner_has;

	if (!pr)
		return;
	/* asked for outside of the lock: nothing may be called in it */
	owner = pr->owner;
	next = next_group(owner);
	owner_has = owner && scx_bpf_dsq_nr_queued(owner) > 0;
	bpf_spin_lock(&pr->lock);
	before = pr->owner;
	c = choose(pr, cpu, now, next, owner_has, wait);
	if (pr->owner != before)
		nr_turns++;
	bpf_spin_unlock(&pr->lock);
	if (c.sibling_flags && kick) {
		__sync_fetch_and_add(c.sibling_flags & SCX_KICK_WAIT ? &nr_waits : &nr_calls, 1);
		scx_bpf_kick_cpu(sibling_of(cpu), c.sibling_flags);
	}
	if (c.call && sibling_of(cpu) != cpu)
		scx_bpf_kick_cpu(sibling_of(cpu), SCX_KICK_IDLE);
	if (c.group && !dsq_move_to_local(c.group))
		stay(pr, cpu, prev, &c);
}

/* ---- what runs ---- */

/* pair locked, after a change of pr->runs[] */
static __always_inline void account(struct pair *pr, u64 now)
{
	bool overlap = pr->runs[0] && pr->runs[1] && pr->runs[0] != pr->runs[1];
	u64 took;

	if (overlap && !pr->overlap_ns)
		pr->overlap_ns = now;
	if (overlap || !pr->overlap_ns)
		return;
	took = now - pr->overlap_ns;
	pr->overlap_ns = 0;
	overlap_sum_ns += took;
	if (took > overlap_max_ns)
		overlap_max_ns = took;
}

static void runs(s32 cpu, u32 group)
{
	struct pair *pr = pair_of(cpu);
	u64 now = bpf_ktime_get_ns();

	if (!pr)
		return;
	bpf_spin_lock(&pr->lock);
	pr->runs[cpu & 1] = group;
	account(pr, now);
	bpf_spin_unlock(&pr->lock);
}

static bool is_ours(const struct task_struct *p)
{
	return !(p->flags & PF_KTHREAD);
}

SCX_OP(pair_running)
void BPF_PROG(pair_running, struct task_struct *p)
{
	if (is_ours(p))
		runs(scx_bpf_task_cpu(p), 1 + group_of(p));
}

SCX_OP(pair_stopping)
void BPF_PROG(pair_stopping, struct task_struct *p, bool runnable)
{
	runs(scx_bpf_task_cpu(p), 0);
}

/* The default would put the task onto an idle CPU's local queue, which asks nobody. */
SCX_OP(pair_select_cpu)
s32 BPF_PROG(pair_select_cpu, struct task_struct *p, s32 prev_cpu, u64 wake_flags)
{
	return prev_cpu;
}

/* The queue is every pair's: an idle CPU is told, and looks whether it may. */
SCX_OP(pair_enqueue)
void BPF_PROG(pair_enqueue, struct task_struct *p, u64 enq_flags)
{
	u64 last = bpf_core_enum_value(enum scx_enq_flags, SCX_ENQ_LAST);
	s32 cpu;

	if (!is_ours(p)) {
		dsq_insert(p, SCX_DSQ_LOCAL, slice_ns, enq_flags);
		return;
	}
	dsq_insert(p, 1 + group_of(p), slice_ns, enq_flags);
	if (enq_flags & last)
		return;		/* this CPU has just found that it must not run it */
	cpu = scx_bpf_pick_idle_cpu(p->cpus_ptr, 0);
	if (cpu >= 0)
		scx_bpf_kick_cpu(cpu, SCX_KICK_IDLE);
}

SCX_OP_SLEEPABLE(pair_cgroup_init)
s32 BPF_PROG(pair_cgroup_init, struct cgroup *cgrp, struct scx_cgroup_init_args *args)
{
	u32 i = nr_groups;
	s32 err;

	if (i >= MAX_GROUPS)
		return 0;	/* shares group 0's queue */
	err = scx_bpf_create_dsq(1 + i, -1);
	if (err)
		return err;
	group_id[i] = cgrp->kn->id;
	nr_groups = i + 1;
	return 0;
}

SCX_OP(pair_exit_op)
void BPF_PROG(pair_exit_op, struct scx_exit_info *ei)
{
	EXIT_RECORD(pair_exit, ei);
}

SEC(".struct_ops.link")
struct sched_ext_ops pair_ops = {
	.select_cpu = (void *)pair_select_cpu,
	.enqueue = (void *)pair_enqueue,
	.dispatch = (void *)pair_dispatch,
	.running = (void *)pair_running,
	.stopping = (void *)pair_stopping,
	.cgroup_init = (void *)pair_cgroup_init,
	.exit = (void *)pair_exit_op,
	.flags = SCX_OPS_ENQ_LAST,
	.name = "pair",
};
