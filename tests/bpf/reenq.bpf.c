/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * reenq.bpf.c - a scheduler that has its tasks offered again: which come, in which order and for
 * which reason, and where it may ask. Since 7.1; before that, what ops.cpu_release() may do.
 *
 * Tasks "H..." go to their CPU's local DSQ with a slice without end, all others to @first_dsq;
 * what is offered again goes to @then_dsq.
 */
#include "test.h"

#define FIFO_DSQ 1
#define NEXT_DSQ 2
#define EMPTY_DSQ 3		/* nothing is ever inserted */
#define REASON_MASK 0x7000
#define NR_ORDER 8

void scx_bpf_dsq_reenq(u64 dsq_id, u64 reenq_flags) __ksym __weak;
s32 scx_bpf_dsq_nr_queued(u64 dsq_id) __ksym;
void scx_bpf_destroy_dsq(u64 dsq_id) __ksym;

enum in { IN_NOTHING, IN_ENQUEUE, IN_DISPATCH, IN_TICK, IN_TICK_BUT_DESTROYED };

u64 first_dsq = FIFO_DSQ, then_dsq = NEXT_DSQ, insert_flags;
enum in ask_in;			/* which op asks, once: for @ask_dsq, @ask_times over */
u64 ask_dsq = FIFO_DSQ, ask_flags;
u32 ask_times = 1;
bool again;			/* offered again, a task goes where it was, and the op asks once more */
bool old_call;			/* ops.cpu_release() asks, once, by the call that counts */
bool no_dispatch;

u32 nr_enqueue, nr_reenq, nr_reenq_op;	/* nr_reenq_op: as the op that asked returned */
u32 nr_released = -1, nr_local_after;
u32 reasons[8];
char order[NR_ORDER + 1];	/* first letters of their names */
s32 nr_first, nr_then;

static void ask(void)
{
	for (u32 i = 0; i < ask_times && i < 4; i++)
		if (bpf_ksym_exists(scx_bpf_dsq_reenq))
			scx_bpf_dsq_reenq(ask_dsq, ask_flags);
	nr_reenq_op = nr_reenq;
}

static void ask_once(enum in in)
{
	if (ask_in != in)
		return;
	ask_in = IN_NOTHING;
	ask();
}

SCX_OP(reenq_select_cpu)
s32 BPF_PROG(reenq_select_cpu, struct task_struct *p, s32 prev_cpu, u64 wake_flags)
{
	return prev_cpu;
}

SCX_OP(reenq_enqueue)
void BPF_PROG(reenq_enqueue, struct task_struct *p, u64 enq_flags)
{
	if (p->comm[0] == 'H') {
		dsq_insert(p, SCX_DSQ_LOCAL, SCX_SLICE_INF, 0);
		return;
	}
	if (!(enq_flags & SCX_ENQ_REENQ)) {
		nr_enqueue++;
		dsq_insert(p, first_dsq, 1000000, insert_flags);
		ask_once(IN_ENQUEUE);
		return;
	}
	reasons[(p->scx.flags & REASON_MASK) >> 12]++;
	if (nr_reenq < NR_ORDER)
		order[nr_reenq] = p->comm[0];
	nr_reenq++;
	dsq_insert(p, again ? first_dsq : then_dsq, 1000000, 0);
	if (again)
		ask();
}

SCX_OP(reenq_dispatch)
void BPF_PROG(reenq_dispatch, s32 cpu, struct task_struct *prev)
{
	ask_once(IN_DISPATCH);
	if (!no_dispatch && !dsq_move_to_local(FIFO_DSQ))
		dsq_move_to_local(NEXT_DSQ);
}

SCX_OP(reenq_tick)
void BPF_PROG(reenq_tick, struct task_struct *p)
{
	ask_once(IN_TICK);
	if (ask_in != IN_TICK_BUT_DESTROYED)
		return;
	ask_in = IN_NOTHING;
	ask();
	scx_bpf_destroy_dsq(EMPTY_DSQ);
}

SCX_OP(reenq_cpu_release)
void BPF_PROG(reenq_cpu_release, s32 cpu, struct scx_cpu_release_args *args)
{
	if (old_call && bpf_ksym_exists(scx_bpf_reenqueue_local)) {
		old_call = false;
		nr_released = (scx_bpf_reenqueue_local)();
		nr_local_after = scx_bpf_dsq_nr_queued(SCX_DSQ_LOCAL_ON | cpu);
	}
}

SCX_OP(reenq_cpu_online)
void BPF_PROG(reenq_cpu_online, s32 cpu)
{
}

SCX_OP(reenq_cpu_offline)
void BPF_PROG(reenq_cpu_offline, s32 cpu)
{
}

SCX_OP_SLEEPABLE(reenq_init)
s32 BPF_PROG(reenq_init)
{
	s32 err = scx_bpf_create_dsq(FIFO_DSQ, -1);

	if (!err)
		err = scx_bpf_create_dsq(NEXT_DSQ, -1);
	return err ? err : scx_bpf_create_dsq(EMPTY_DSQ, -1);
}

SEC("syscall")
int do_ask(void *ctx)
{
	ask();
	return 0;
}

SEC("syscall")
int do_ask_local(void *ctx)
{
	if (!bpf_ksym_exists(scx_bpf_reenqueue_local___v2___ks))
		return -38;
	scx_bpf_reenqueue_local___v2___ks();
	return 0;
}

SEC("syscall")
int count_queued(void *ctx)
{
	nr_first = scx_bpf_dsq_nr_queued(first_dsq);
	nr_then = scx_bpf_dsq_nr_queued(then_dsq);
	return 0;
}

SEC(".struct_ops.link")
struct sched_ext_ops reenq_ops = {
	.select_cpu = (void *)reenq_select_cpu,
	.enqueue = (void *)reenq_enqueue,
	.dispatch = (void *)reenq_dispatch,
	.tick = (void *)reenq_tick,
	.cpu_online = (void *)reenq_cpu_online,
	.cpu_offline = (void *)reenq_cpu_offline,
	.init = (void *)reenq_init,
	.flags = SCX_OPS_SWITCH_PARTIAL,
	.timeout_ms = 30000,
	.name = "reenq",
};

/* the same, and told when a higher class takes its CPU */
SEC(".struct_ops.link")
struct sched_ext_ops reenq_release_ops = {
	.select_cpu = (void *)reenq_select_cpu,
	.enqueue = (void *)reenq_enqueue,
	.dispatch = (void *)reenq_dispatch,
	.cpu_release = (void *)reenq_cpu_release,
	.init = (void *)reenq_init,
	.flags = SCX_OPS_SWITCH_PARTIAL,
	.timeout_ms = 30000,
	.name = "reenq_release",
};
