/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * lazy.bpf.c - slices that end, tasks whose ends are lazy or not, inserts that preempt lazily,
 * and the kfuncs that came with them; from Linux 7.4 on.
 */
#include "test.h"

#define QUEUE(cpu) (100 + (u64)(cpu))
#define NR_QUEUES 8
#define RUN_TRACKED 0x80	/* SCX_TASK_RUN_TRACKED, and the field of SCX_TASK_REENQ_* */
#define REASON_MASK 0x7000

bool scx_bpf_task_set_lazy_resched(struct task_struct *p, bool lazy) __ksym __weak;
u32 scx_bpf_cgroup_nr_cpus(struct cgroup *cgrp) __ksym __weak;
struct cgroup *bpf_cgroup_from_id(u64 cgid) __ksym;
void bpf_cgroup_release(struct cgroup *cgrp) __ksym;
void scx_bpf_destroy_dsq(u64 dsq_id) __ksym;
void scx_bpf_dsq_reenq(u64 dsq_id, u64 reenq_flags) __ksym __weak;
void scx_bpf_cpuperf_set(s32 cpu, u32 perf) __ksym;
s32 bpf_iter_scx_dsq_new(struct bpf_iter_scx_dsq *it, u64 dsq_id, u64 flags) __ksym;
struct task_struct *bpf_iter_scx_dsq_next(struct bpf_iter_scx_dsq *it) __ksym;
void bpf_iter_scx_dsq_destroy(struct bpf_iter_scx_dsq *it) __ksym;
s32 scx_bpf_cid_node(s32 cid) __ksym __weak;
void scx_bpf_cid_topo(s32 cid, struct scx_cid_topo *out, size_t out__sz) __ksym __weak;

enum override { AS_THE_FLAG, EAGER, LAZY };
enum in_nmi { NMI_nothing, NMI_destroy_dsq, NMI_dsq_reenq, NMI_cpuperf_set, NMI_iter };

u64 slice_ns = 2000000;
u64 b_flags;		/* of B's insert, to CPU 2 if there are any */
u64 new_slice_ns;	/* ops.tick() sets it, once, where it finds 0 */
enum override override;
enum in_nmi in_nmi;
s32 set_answer = -1, iter_answer;	/* of the kfuncs */
u32 nr_cpus, blocked_seen;
u32 tracked;		/* SCX_TASK_RUN_TRACKED of the running task at a tick */
s32 enqueue_reason = -1, dequeue_reason = -1;	/* of a reenqueue, as these ops see it */
s32 node;
s32 topo[10];		/* struct scx_cid_topo, as 7.4 has it */

static bool is(const struct task_struct *p, char which)
{
	return p->comm[0] == which && !p->comm[1];
}

SCX_OP(lazy_select_cpu)
s32 BPF_PROG(lazy_select_cpu, struct task_struct *p, s32 prev_cpu, u64 wake_flags)
{
	return prev_cpu;
}

SCX_OP(lazy_enqueue)
void BPF_PROG(lazy_enqueue, struct task_struct *p, u64 enq_flags)
{
	blocked_seen |= !!(enq_flags & (1ULL << 42));
	if (enq_flags & SCX_ENQ_REENQ) {
		enqueue_reason = p->scx.flags & REASON_MASK;
		dsq_insert(p, SCX_DSQ_LOCAL, slice_ns, 0);
		return;
	}
	if (b_flags && is(p, 'B'))
		dsq_insert(p, SCX_DSQ_LOCAL_ON | 2, slice_ns, b_flags);
	else
		dsq_insert(p, QUEUE(scx_bpf_task_cpu(p)), slice_ns, 0);
}

SCX_OP(lazy_dequeue)
void BPF_PROG(lazy_dequeue, struct task_struct *p, u64 deq_flags)
{
	if (enqueue_reason >= 0 && dequeue_reason < 0)
		dequeue_reason = p->scx.flags & REASON_MASK;
}

SCX_OP(lazy_dispatch)
void BPF_PROG(lazy_dispatch, s32 cpu, struct task_struct *prev)
{
	dsq_move_to_local(QUEUE(cpu));
}

SCX_OP(lazy_tick)
void BPF_PROG(lazy_tick, struct task_struct *p)
{
	tracked = p->scx.flags & RUN_TRACKED;
	if (p->scx.slice || !new_slice_ns)
		return;
	p->scx.slice = new_slice_ns;
	new_slice_ns = 0;
}

SCX_OP(lazy_running)
void BPF_PROG(lazy_running, struct task_struct *p)
{
}

SCX_OP(lazy_stopping)
void BPF_PROG(lazy_stopping, struct task_struct *p, bool runnable)
{
}

SCX_OP(lazy_enable)
void BPF_PROG(lazy_enable, struct task_struct *p)
{
	if (override && is(p, 'A') && bpf_ksym_exists(scx_bpf_task_set_lazy_resched))
		set_answer = scx_bpf_task_set_lazy_resched(p, override == LAZY);
}

SCX_OP_SLEEPABLE(lazy_init)
s32 BPF_PROG(lazy_init)
{
	for (u32 cpu = 0; cpu < NR_QUEUES; cpu++) {
		s32 err = scx_bpf_create_dsq(QUEUE(cpu), -1);

		if (err)
			return err;
	}
	return 0;
}

SEC("syscall")
int ask_nr_cpus(void *ctx)
{
	struct cgroup *cgrp;

	if (!bpf_ksym_exists(scx_bpf_cgroup_nr_cpus))
		return -38;
	cgrp = bpf_cgroup_from_id(1);
	if (!cgrp)
		return -2;
	nr_cpus = scx_bpf_cgroup_nr_cpus(cgrp);
	bpf_cgroup_release(cgrp);
	return 0;
}

SEC("syscall")
int reenqueue(void *ctx)
{
	if (bpf_ksym_exists(scx_bpf_dsq_reenq))
		scx_bpf_dsq_reenq(QUEUE(2), 0);
	return 0;
}

SEC("syscall")
int ask_cid(void *ctx)
{
	if (bpf_ksym_exists(scx_bpf_cid_node))
		node = scx_bpf_cid_node(5);
	if (!bpf_ksym_exists(scx_bpf_cid_topo))
		return -38;
	scx_bpf_cid_topo(5, (void *)topo, sizeof(topo));
	return 0;
}

SEC("tp_btf/nmi_handler")
int BPF_PROG(nmi, void *handler, s64 delta_ns, int handled)
{
	struct bpf_iter_scx_dsq it;

	switch (in_nmi) {
	case NMI_destroy_dsq:
		scx_bpf_destroy_dsq(QUEUE(NR_QUEUES - 1));	/* nobody uses it */
		break;
	case NMI_dsq_reenq:
		if (bpf_ksym_exists(scx_bpf_dsq_reenq))
			scx_bpf_dsq_reenq(SCX_DSQ_LOCAL, 0);
		break;
	case NMI_cpuperf_set:
		scx_bpf_cpuperf_set(1, 512);
		break;
	case NMI_iter:
		iter_answer = bpf_iter_scx_dsq_new(&it, QUEUE(2), 0);
		if (bpf_iter_scx_dsq_next(&it))
			iter_answer = 1;
		bpf_iter_scx_dsq_destroy(&it);
		break;
	case NMI_nothing:
		break;
	}
	return 0;
}

SEC(".struct_ops.link")
struct sched_ext_ops lazy_ops = {
	.select_cpu = (void *)lazy_select_cpu,
	.enqueue = (void *)lazy_enqueue,
	.dequeue = (void *)lazy_dequeue,
	.dispatch = (void *)lazy_dispatch,
	.tick = (void *)lazy_tick,
	.running = (void *)lazy_running,
	.stopping = (void *)lazy_stopping,
	.enable = (void *)lazy_enable,
	.init = (void *)lazy_init,
	.flags = SCX_OPS_SWITCH_PARTIAL | SCX_OPS_KEEP_BUILTIN_IDLE,
	.timeout_ms = 30000,
	.name = "lazy",
};
