/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * moves.bpf.c - moves tasks about by dice, where churn leaves off: between DSQs while it
 * walks over one, with immediate inserts where the kernel has them, through CPUs that go
 * and come back. A pid that is held may be sent twice: the second verdict is void.
 */
#include "test.h"

#define FIFO_DSQ 1
#define VTIME_DSQ 2

const volatile u64 slice_ns = 500000;

struct {
	__uint(type, BPF_MAP_TYPE_QUEUE);
	__uint(max_entries, 64);
	__type(value, s32);
} held SEC(".maps");

u64 nr_moved, nr_immed, nr_sent;

static s32 any_cpu(void)
{
	return bpf_get_prandom_u32() % scx_bpf_nr_cpu_ids();
}

static u64 some_local(struct task_struct *p)
{
	s32 cpu = any_cpu();

	return bpf_cpumask_test_cpu(cpu, p->cpus_ptr) ? SCX_DSQ_LOCAL_ON | cpu : SCX_DSQ_GLOBAL;
}

static u64 immed(void)
{
	if (!bpf_core_enum_value_exists(enum scx_enq_flags, SCX_ENQ_IMMED))
		return 0;
	nr_immed++;
	return bpf_core_enum_value(enum scx_enq_flags, SCX_ENQ_IMMED);
}

SCX_OP(moves_enqueue)
void BPF_PROG(moves_enqueue, struct task_struct *p, u64 enq_flags)
{
	u64 reenq = bpf_core_enum_value(enum scx_enq_flags, SCX_ENQ_REENQ);
	s32 pid = p->pid;

	switch (bpf_get_prandom_u32() % 6) {
	case 0:
		dsq_insert_vtime(p, VTIME_DSQ, slice_ns, bpf_get_prandom_u32(), enq_flags);
		break;
	case 1:
		if (!(enq_flags & reenq)) {
			dsq_insert(p, SCX_DSQ_LOCAL, slice_ns, enq_flags | immed());
			break;
		}
		/* fallthrough */
	case 2:
		dsq_insert(p, FIFO_DSQ, slice_ns, enq_flags);
		break;
	case 3:
		if (!bpf_map_push_elem(&held, &pid, 0)) {
			bpf_map_push_elem(&held, &pid, 0);
			break;
		}
		/* fallthrough */
	default:
		dsq_insert_vtime(p, VTIME_DSQ, slice_ns, p->scx.dsq_vtime, enq_flags);
		break;
	}
	scx_bpf_kick_cpu(any_cpu(), bpf_get_prandom_u32() % 3);
}

static void send_held(void)
{
	struct task_struct *p;
	s32 pid;

	if (bpf_map_pop_elem(&held, &pid))
		return;
	p = bpf_task_from_pid(pid);
	if (!p)
		return;
	dsq_insert(p, bpf_get_prandom_u32() % 2 ? FIFO_DSQ : some_local(p), slice_ns, 0);
	nr_sent++;
	bpf_task_release(p);
}

static bool move(struct bpf_iter_scx_dsq *it, struct task_struct *p, u64 dsq_id)
{
	if (bpf_ksym_exists(scx_bpf_dsq_move))
		return (scx_bpf_dsq_move)(it, p, dsq_id, 0);
	return (scx_bpf_dispatch_from_dsq)(it, p, dsq_id, 0);
}

/* Every third one elsewhere: to the other DSQ, or to a CPU. */
static void move_some(void)
{
	struct bpf_iter_scx_dsq it;
	struct task_struct *p;
	u32 n = 0;

	if (!bpf_iter_scx_dsq_new(&it, VTIME_DSQ, 0))
		while ((p = bpf_iter_scx_dsq_next(&it)) && n < 16) {
			if (n++ % 3 == 0)
				nr_moved += move(&it, p, n % 2 ? FIFO_DSQ : some_local(p));
		}
	bpf_iter_scx_dsq_destroy(&it);
}

SCX_OP(moves_dispatch)
void BPF_PROG(moves_dispatch, s32 cpu, struct task_struct *prev)
{
	send_held();
	if (bpf_get_prandom_u32() % 4 == 0)
		move_some();
	dsq_move_to_local(FIFO_DSQ) || dsq_move_to_local(VTIME_DSQ);
}

/* nobody may be left behind when all CPUs went idle at the wrong moment */
SCX_OP(moves_update_idle)
void BPF_PROG(moves_update_idle, s32 cpu, bool idle)
{
	if (idle && (scx_bpf_dsq_nr_queued(FIFO_DSQ) || scx_bpf_dsq_nr_queued(VTIME_DSQ)))
		scx_bpf_kick_cpu(cpu, 0);
}

SCX_OP_SLEEPABLE(moves_cpu_online)
void BPF_PROG(moves_cpu_online, s32 cpu)
{
}

SCX_OP_SLEEPABLE(moves_cpu_offline)
void BPF_PROG(moves_cpu_offline, s32 cpu)
{
}

SCX_OP_SLEEPABLE(moves_init)
s32 BPF_PROG(moves_init)
{
	s32 err = scx_bpf_create_dsq(FIFO_DSQ, -1);

	return err ?: scx_bpf_create_dsq(VTIME_DSQ, -1);
}

SEC(".struct_ops.link")
struct sched_ext_ops moves_ops = {
	.enqueue = (void *)moves_enqueue,
	.dispatch = (void *)moves_dispatch,
	.update_idle = (void *)moves_update_idle,
	.cpu_online = (void *)moves_cpu_online,
	.cpu_offline = (void *)moves_cpu_offline,
	.init = (void *)moves_init,
	.flags = SCX_OPS_KEEP_BUILTIN_IDLE,
	.timeout_ms = 5000,
	.name = "moves",
};
