/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * life.bpf.c - a scheduler with every op that tells of a task's life, so that traces show when
 * each comes and with which flags; and what arguments do not show is noted in seen. Tasks are
 * known by the second letter of their name: "wA", "wB".
 */
#include "test.h"

#define FIFO_DSQ 100
#define EMPTY_DSQ 101

s32 bpf_iter_scx_dsq_new(struct bpf_iter_scx_dsq *it, u64 dsq_id, u64 flags) __ksym;
struct task_struct *bpf_iter_scx_dsq_next(struct bpf_iter_scx_dsq *it) __ksym;
void bpf_iter_scx_dsq_destroy(struct bpf_iter_scx_dsq *it) __ksym;
struct task_struct *scx_bpf_dsq_peek(u64 dsq_id) __ksym __weak;
const struct cpumask *scx_bpf_get_idle_cpumask(void) __ksym;
void scx_bpf_put_idle_cpumask(const struct cpumask *mask) __ksym;

/* what ops.enqueue() asks about wB: for another task's CPU, or for its own from CPU 2 */
enum ask { ASK_NOTHING, ASK_FOR_OTHER, ASK_FROM_CPU_2 };

/* what ops.enqueue() does with wB */
enum to { TO_DSQ, TO_LOCAL, TO_NOBODY, TO_CPU_2, TO_MISSING, TO_VTIME };

struct seen {
	u64 idle_in_init, idle_in_update;	/* mask; bit of the CPU that goes idle */
	u64 slice_at_insert, slice_after_insert;
	u64 enable_vtime, enable_slice;
	u64 ext_class;
	u32 disabled_as_ext;
	s32 release_reason;
	s32 selected;				/* -1: no idle one */
	s32 nr_queued;
	u32 peeked;				/* the task that was queued */
	u32 nr_stop_releases, nr_releases;
};

u64 slice_ns = 20000000;
u64 insert_flags;
enum to to;
enum ask ask;
s32 other_pid, tail_pid;
u32 disallow;		/* ops.init_task() does wD, and whoever is forked */
u32 fail_x, last_is_local, insert_prev, stay, watch_cpu = 1;
u64 stop_slice_ns, disp_slice_ns;	/* wA's, once, from ops.stopping and, after a move, ops.dispatch */
s32 picked[4];				/* scx_bpf_pick_idle_cpu(), so many times in a row */
struct seen seen;

static bool is(const struct task_struct *p, char which)
{
	return p->comm[0] == 'w' && p->comm[1] == which;
}

/* never a verdict: ops.enqueue() is to be asked */
SCX_OP(life_select_cpu)
s32 BPF_PROG(life_select_cpu, struct task_struct *p, s32 prev_cpu, u64 wake_flags)
{
	bool is_idle = false;

	return stay ? prev_cpu : scx_bpf_select_cpu_dfl(p, prev_cpu, wake_flags, &is_idle);
}

static s32 idle_or_none(struct task_struct *p, s32 prev_cpu)
{
	bool is_idle = false;
	s32 cpu = scx_bpf_select_cpu_dfl(p, prev_cpu, 0, &is_idle);

	return is_idle ? cpu : -1;
}

static void ask_for(struct task_struct *p)
{
	struct task_struct *other;

	if (ask == ASK_FROM_CPU_2)
		seen.selected = idle_or_none(p, 2);
	if (ask != ASK_FOR_OTHER)
		return;
	other = bpf_task_from_pid(other_pid);
	if (!other)
		return;
	seen.selected = idle_or_none(other, scx_bpf_task_cpu(other));
	bpf_task_release(other);
}

SCX_OP(life_enqueue)
void BPF_PROG(life_enqueue, struct task_struct *p, u64 enq_flags)
{
	if (last_is_local && (enq_flags & SCX_ENQ_LAST)) {
		dsq_insert(p, SCX_DSQ_LOCAL, slice_ns, 0);
		return;
	}
	if (ask && is(p, 'B'))
		ask_for(p);
	switch (is(p, 'B') ? to : TO_DSQ) {
	case TO_DSQ:
		dsq_insert(p, FIFO_DSQ, slice_ns, insert_flags);
		break;
	case TO_LOCAL:
		dsq_insert(p, SCX_DSQ_LOCAL, slice_ns, insert_flags);
		break;
	case TO_NOBODY:
		break;
	case TO_CPU_2:
		dsq_insert(p, SCX_DSQ_LOCAL_ON | 2, slice_ns, insert_flags);
		break;
	case TO_MISSING:
		dsq_insert(p, 4711, slice_ns, 0);
		break;
	case TO_VTIME:
		dsq_insert_vtime(p, FIFO_DSQ, slice_ns, 5, 0);
		break;
	}
}

SCX_OP(life_dequeue)
void BPF_PROG(life_dequeue, struct task_struct *p, u64 deq_flags)
{
}

/*
 * The only task of the DSQ leaves it behind a cursor, and another, that ops.enqueue() kept,
 * comes to its tail: does a peek see it?
 */
static void peek_behind_cursor(void)
{
	struct task_struct *tail = bpf_task_from_pid(tail_pid);
	struct bpf_iter_scx_dsq it;

	if (!tail)
		return;
	if (!bpf_iter_scx_dsq_new(&it, FIFO_DSQ, 0) && bpf_iter_scx_dsq_next(&it) &&
	    dsq_move_to_local(FIFO_DSQ)) {
		dsq_insert(tail, FIFO_DSQ, slice_ns, 0);
		dsq_move_to_local(EMPTY_DSQ);	/* for it flushes what was inserted */
		seen.nr_queued = scx_bpf_dsq_nr_queued(FIFO_DSQ);
		seen.peeked = scx_bpf_dsq_peek(FIFO_DSQ) == tail;
		tail_pid = 0;
	}
	bpf_iter_scx_dsq_destroy(&it);
	bpf_task_release(tail);
}

SCX_OP(life_dispatch)
void BPF_PROG(life_dispatch, s32 cpu, struct task_struct *prev)
{
	if (insert_prev && prev && is(prev, 'A')) {
		insert_prev = 0;
		seen.slice_at_insert = prev->scx.slice;
		dsq_insert(prev, FIFO_DSQ, 77777, 0);
		seen.slice_after_insert = prev->scx.slice;
	}
	if (tail_pid && bpf_ksym_exists(scx_bpf_dsq_peek))
		peek_behind_cursor();
	dsq_move_to_local(FIFO_DSQ);
	if (disp_slice_ns && prev && is(prev, 'A')) {
		prev->scx.slice = disp_slice_ns;
		disp_slice_ns = 0;
	}
}

SCX_OP(life_runnable)
void BPF_PROG(life_runnable, struct task_struct *p, u64 enq_flags)
{
}

SCX_OP(life_running)
void BPF_PROG(life_running, struct task_struct *p)
{
	seen.ext_class = (u64)p->sched_class;
}

SCX_OP(life_stopping)
void BPF_PROG(life_stopping, struct task_struct *p, bool runnable)
{
	if (stop_slice_ns && is(p, 'A')) {
		p->scx.slice = stop_slice_ns;
		stop_slice_ns = 0;
	}
}

SCX_OP(life_quiescent)
void BPF_PROG(life_quiescent, struct task_struct *p, u64 deq_flags)
{
}

SCX_OP(life_set_weight)
void BPF_PROG(life_set_weight, struct task_struct *p, u32 weight)
{
}

SCX_OP(life_set_cpumask)
void BPF_PROG(life_set_cpumask, struct task_struct *p, const struct cpumask *mask)
{
}

SCX_OP(life_update_idle)
void BPF_PROG(life_update_idle, s32 cpu, bool idle)
{
	const struct cpumask *mask = scx_bpf_get_idle_cpumask();

	if (idle && cpu == watch_cpu)
		seen.idle_in_update = bpf_cpumask_test_cpu(cpu, mask);
	scx_bpf_put_idle_cpumask(mask);
}

SCX_OP(life_cpu_acquire)
void BPF_PROG(life_cpu_acquire, s32 cpu, struct scx_cpu_acquire_args *args)
{
}

SCX_OP(life_cpu_release)
void BPF_PROG(life_cpu_release, s32 cpu, struct scx_cpu_release_args *args)
{
	seen.nr_releases++;
	seen.release_reason = args->reason;
	seen.nr_stop_releases += args->reason == SCX_CPU_PREEMPT_STOP;
}

SCX_OP(life_init_task)
s32 BPF_PROG(life_init_task, struct task_struct *p, struct scx_init_task_args *args)
{
	if (disallow && (is(p, 'D') || args->fork))
		p->scx.disallow = true;
	return fail_x && is(p, 'X') ? -7 : 0;
}

SCX_OP(life_exit_task)
void BPF_PROG(life_exit_task, struct task_struct *p, struct scx_exit_task_args *args)
{
}

SCX_OP(life_enable)
void BPF_PROG(life_enable, struct task_struct *p)
{
	if (!is(p, 'A'))
		return;
	seen.enable_slice = p->scx.slice;
	seen.enable_vtime = p->scx.dsq_vtime;
}

SCX_OP(life_disable)
void BPF_PROG(life_disable, struct task_struct *p)
{
	if (!is(p, 'A'))
		return;
	seen.disabled_as_ext = (u64)p->sched_class == seen.ext_class;
	p->scx.dsq_vtime = 99;
}

SCX_OP_SLEEPABLE(life_init)
s32 BPF_PROG(life_init)
{
	const struct cpumask *mask = scx_bpf_get_idle_cpumask();

	for (u32 cpu = 0; cpu < 4; cpu++)
		seen.idle_in_init |= (u64)bpf_cpumask_test_cpu(cpu, mask) << cpu;
	scx_bpf_put_idle_cpumask(mask);
	return scx_bpf_create_dsq(FIFO_DSQ, -1) ?: scx_bpf_create_dsq(EMPTY_DSQ, -1);
}

static int nothing(u32 i, void *ctx)
{
	return 0;
}

/* several milliseconds with migration disabled, preemption on */
SEC("syscall")
int spin(void *ctx)
{
	for (int i = 0; i < 100; i++)
		bpf_loop(20000, nothing, NULL, 0);
	return 0;
}

SEC("syscall")
int pick_four(void *ctx)
{
	struct task_struct *p = bpf_task_from_pid(1);

	if (!p)
		return -3;
	for (u32 i = 0; i < 4; i++)
		picked[i] = scx_bpf_pick_idle_cpu(p->cpus_ptr, 0);
	bpf_task_release(p);
	return 0;
}

SEC(".struct_ops.link")
struct sched_ext_ops life_ops = {
	.select_cpu = (void *)life_select_cpu,
	.enqueue = (void *)life_enqueue,
	.dequeue = (void *)life_dequeue,
	.dispatch = (void *)life_dispatch,
	.runnable = (void *)life_runnable,
	.running = (void *)life_running,
	.stopping = (void *)life_stopping,
	.quiescent = (void *)life_quiescent,
	.set_weight = (void *)life_set_weight,
	.set_cpumask = (void *)life_set_cpumask,
	.update_idle = (void *)life_update_idle,
	.cpu_acquire = (void *)life_cpu_acquire,
	.cpu_release = (void *)life_cpu_release,
	.init_task = (void *)life_init_task,
	.exit_task = (void *)life_exit_task,
	.enable = (void *)life_enable,
	.disable = (void *)life_disable,
	.init = (void *)life_init,
	.flags = SCX_OPS_KEEP_BUILTIN_IDLE,
	.timeout_ms = 30000,
	.name = "life",
};
