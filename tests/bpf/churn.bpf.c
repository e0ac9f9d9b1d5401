/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * churn.bpf.c - decides by dice. Tasks go to every kind of DSQ, or stay with us in
 * a queue until some CPU's dispatch sends them to some CPU; kicks of all kinds go
 * anywhere. No policy, all paths.
 */
#include "test.h"

#define FIFO_DSQ 1
#define VTIME_DSQ 2

const volatile bool waits = false;	/* SCX_KICK_WAIT too: 6.12 may lock up */
const volatile u64 slice_ns = 1000000;

struct {
	__uint(type, BPF_MAP_TYPE_QUEUE);
	__uint(max_entries, 64);
	__type(value, s32);
} held SEC(".maps");

u64 nr_held, nr_sent, nr_stale;

static s32 any_cpu(void)
{
	return bpf_get_prandom_u32() % scx_bpf_nr_cpu_ids();
}

static void kick_some(void)
{
	u32 dice = bpf_get_prandom_u32() % 16;

	if (dice < 3)
		scx_bpf_kick_cpu(any_cpu(), SCX_KICK_IDLE);
	else if (dice < 5)
		scx_bpf_kick_cpu(any_cpu(), SCX_KICK_PREEMPT);
	else if (dice < 7)
		scx_bpf_kick_cpu(any_cpu(), 0);
	else if (dice < 8 && waits)
		scx_bpf_kick_cpu(any_cpu(), SCX_KICK_WAIT | SCX_KICK_PREEMPT);
}

/* on a CPU that is allowed, else wherever */
static u64 some_local(struct task_struct *p)
{
	s32 cpu = any_cpu();

	return bpf_cpumask_test_cpu(cpu, p->cpus_ptr) ? SCX_DSQ_LOCAL_ON | cpu : SCX_DSQ_GLOBAL;
}

static bool hold(struct task_struct *p)
{
	s32 pid = p->pid;

	if (bpf_map_push_elem(&held, &pid, 0))
		return false;
	__sync_fetch_and_add(&nr_held, 1);
	return true;
}

SCX_OP(churn_select_cpu)
s32 BPF_PROG(churn_select_cpu, struct task_struct *p, s32 prev_cpu, u64 wake_flags)
{
	u32 dice = bpf_get_prandom_u32() % 4;
	bool idle = false;
	s32 cpu;

	if (!dice)
		return prev_cpu;
	cpu = scx_bpf_select_cpu_dfl(p, prev_cpu, wake_flags, &idle);
	if (dice == 1 && idle)
		dsq_insert(p, SCX_DSQ_LOCAL, slice_ns, 0);
	else if (dice == 2)
		dsq_insert(p, FIFO_DSQ, slice_ns, 0);
	return cpu;
}

SCX_OP(churn_enqueue)
void BPF_PROG(churn_enqueue, struct task_struct *p, u64 enq_flags)
{
	switch (bpf_get_prandom_u32() % 8) {
	case 0:
		dsq_insert(p, SCX_DSQ_LOCAL, slice_ns, enq_flags);
		break;
	case 1:
		dsq_insert(p, SCX_DSQ_GLOBAL, slice_ns, enq_flags);
		break;
	case 2:
		dsq_insert_vtime(p, VTIME_DSQ, slice_ns, bpf_get_prandom_u32(), enq_flags);
		break;
	case 3:
		dsq_insert(p, some_local(p), slice_ns, enq_flags);
		break;
	case 4:
	case 5:
		if (hold(p))
			break;
		/* fallthrough */
	default:
		dsq_insert(p, FIFO_DSQ, slice_ns, enq_flags);
		break;
	}
	kick_some();
}

/* The pid may be somebody's who was dequeued and is elsewhere by now: then nothing happens. */
static bool send_held(void)
{
	struct task_struct *p;
	s32 pid;

	if (bpf_map_pop_elem(&held, &pid))
		return false;
	p = bpf_task_from_pid(pid);
	if (!p) {
		__sync_fetch_and_add(&nr_stale, 1);
		return true;
	}
	dsq_insert(p, some_local(p), slice_ns, 0);
	__sync_fetch_and_add(&nr_sent, 1);
	bpf_task_release(p);
	return true;
}

SCX_OP(churn_dispatch)
void BPF_PROG(churn_dispatch, s32 cpu, struct task_struct *prev)
{
	int i;

	for (i = 0; i < 4; i++)
		if (!send_held())
			break;
	if (bpf_get_prandom_u32() % 2)
		dsq_move_to_local(VTIME_DSQ) || dsq_move_to_local(FIFO_DSQ);
	else
		dsq_move_to_local(FIFO_DSQ) || dsq_move_to_local(VTIME_DSQ);
}

SCX_OP(churn_tick)
void BPF_PROG(churn_tick, struct task_struct *p)
{
	kick_some();
	if (!(bpf_get_prandom_u32() % 8))
		p->scx.slice = 0;
}

/* nobody may be left behind when all CPUs went idle at the wrong moment */
SCX_OP(churn_update_idle)
void BPF_PROG(churn_update_idle, s32 cpu, bool idle)
{
	if (idle && (scx_bpf_dsq_nr_queued(FIFO_DSQ) || scx_bpf_dsq_nr_queued(VTIME_DSQ)))
		scx_bpf_kick_cpu(cpu, 0);
}

SCX_OP_SLEEPABLE(churn_init)
s32 BPF_PROG(churn_init)
{
	s32 err = scx_bpf_create_dsq(FIFO_DSQ, -1);

	return err ?: scx_bpf_create_dsq(VTIME_DSQ, -1);
}

SEC(".struct_ops.link")
struct sched_ext_ops churn_ops = {
	.select_cpu = (void *)churn_select_cpu,
	.enqueue = (void *)churn_enqueue,
	.dispatch = (void *)churn_dispatch,
	.tick = (void *)churn_tick,
	.update_idle = (void *)churn_update_idle,
	.init = (void *)churn_init,
	.flags = SCX_OPS_KEEP_BUILTIN_IDLE,
	.name = "churn",
};
