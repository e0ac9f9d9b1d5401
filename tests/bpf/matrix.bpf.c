/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * matrix.bpf.c - kicks one CPU once, from a chosen place, and writes down what came of it.
 *
 * A scenario arms @req: "when OP runs (for this task, on this CPU), kick CPU with FLAGS".
 * The rest of the scheduler is dull, so that whatever happens around the kick is the
 * kick's doing: tasks have slices of 20 s, and a queue for each CPU.
 *
 *	{"set": {"req": {"op": "AT_yield", "cpu": 2, "flags": 2}}}	armed
 *	{"task": "C", "do": [{"yield": ""}]}				fired
 *	seen.works 1, seen.zeroed 1, seen.dispatches 1			what came of it
 *
 * What is counted is counted by programs on the kernel's functions along the way of a
 * kick, so the same object says the same things of a real kernel.
 */
#include "scx.h"
#include "matrix.h"

char _license[] SEC("license") = "GPL";

#define QUEUE(cpu) (100 + (u64)(cpu))
#define NR_QUEUES 64
#define WINDOW_NS 2000000	/* what the target does later has other reasons */
#define SPIN_STEPS (1 << 23)
#define MAX_AGAIN 8

enum matrix_at {
	AT_nowhere,
#define X(op) AT_##op,
	MATRIX_OPS(X)
#undef X
	AT_nmi,
};

struct request {
	enum matrix_at op;
	s32 pid;		/* 0: whichever task */
	s32 oncpu;		/* -1: wherever the op runs */
	s32 cpu;
	u64 flags;
	s32 starve_pid;		/* this task's slice is written to 0 before the kick */
	u32 again;		/* more kicks like it */
	s32 also_cpu;		/* and one of another kind, if also is set */
	u64 also_flags;
	bool also;
};

struct seen {
	u32 calls;
	s32 caller;		/* the CPU that called */
	u32 works;		/* kick_cpus_irq_workfn() began on it */
	u32 works_inside;	/* so it did before the callback returned */
	u32 works_done;
	u32 rescheds;		/* resched_curr(target) in there */
	u32 zeroed;		/* with the target's task's slice at 0 */
	u32 dispatches;		/* ops.dispatch on the target soon after */
	s32 prev;		/* the pid that the first of these was given, 0 for none */
	u32 waits;		/* kick_sync_wait_bal_cb() on the caller */
	char waiter[16];	/* who was current in the last of these */
	u32 stops;		/* ops.stopping on the target */
	u32 idles;		/* ops.update_idle of the target */
};

volatile struct request req = { .oncpu = -1 };
volatile struct seen seen = { .caller = -1 };
volatile bool inside, in_work[NR_QUEUES];
volatile u64 work_ns;

volatile u64 slice_ns = 20000000000ULL;
volatile s32 hold_pid;		/* ops.enqueue does not queue this task */
volatile s32 stray_pid;		/* this one it puts on the queue of stray_cpu */
volatile s32 stray_cpu;
volatile s32 fail_prep_pid;	/* nor may this one change its cgroup */
volatile s32 spin_cpu = -1;	/* ops.dispatch of this CPU takes spin_ns, once */
volatile u64 spin_ns;
volatile u64 linger_ns;		/* the callback takes that much longer after the kick */
volatile bool enq_local;	/* ops.enqueue takes the local queue, not that of the CPU */

/* each yield on CPUs 1, 2, 3 kicks the next of them */
volatile bool ring;
volatile u64 ring_flags;

EXIT_RECORD_DEFINE(matrix_exit);

struct spin {
	u64 end;
};

static long spin_step(u32 i, struct spin *s)
{
	return bpf_ktime_get_ns() >= s->end;
}

static __noinline int spin_for(u64 ns)
{
	struct spin s = { bpf_ktime_get_ns() + ns };

	bpf_loop(SPIN_STEPS, spin_step, &s, 0);
	return 0;
}

static __noinline int at(u32 op, s32 pid)
{
	s32 here = bpf_get_smp_processor_id();
	u32 i;

	if (req.op != op || (req.pid && req.pid != pid) || (req.oncpu >= 0 && req.oncpu != here))
		return 0;
	if (__sync_fetch_and_add(&seen.calls, 1))
		return 0;
	seen.caller = here;
	inside = true;
	scx_bpf_kick_cpu(req.cpu, req.flags);
	for (i = 0; i < MAX_AGAIN && i < req.again; i++)
		scx_bpf_kick_cpu(req.cpu, req.flags);
	if (req.also)
		scx_bpf_kick_cpu(req.also_cpu, req.also_flags);
	if (linger_ns)
		spin_for(linger_ns);
	inside = false;
	return 0;
}

/* the same in an op, which may write slices */
static __always_inline void at_op(u32 op, s32 pid)
{
	struct task_struct *p;

	if (req.op == op && req.starve_pid && !seen.calls) {
		p = bpf_task_from_pid(req.starve_pid);
		if (p) {
			p->scx.slice = 0;
			bpf_task_release(p);
		}
	}
	at(op, pid);
}

static __always_inline bool soon(void)
{
	return seen.works && bpf_ktime_get_ns() - work_ns < WINDOW_NS;
}

/* ---- along the way of a kick ---- */

SEC("fentry/kick_cpus_irq_workfn")
int BPF_PROG(work_begins)
{
	u32 cpu = bpf_get_smp_processor_id();

	if (cpu != seen.caller || cpu >= NR_QUEUES)
		return 0;
	in_work[cpu] = true;
	work_ns = bpf_ktime_get_ns();
	__sync_fetch_and_add(&seen.works, 1);
	if (inside)
		__sync_fetch_and_add(&seen.works_inside, 1);
	return 0;
}

SEC("fexit/kick_cpus_irq_workfn")
int BPF_PROG(work_ends)
{
	u32 cpu = bpf_get_smp_processor_id();

	if (cpu != seen.caller || cpu >= NR_QUEUES)
		return 0;
	in_work[cpu] = false;
	__sync_fetch_and_add(&seen.works_done, 1);
	return 0;
}

SEC("fentry/resched_curr")
int BPF_PROG(asked, struct rq *rq)
{
	u32 cpu = bpf_get_smp_processor_id();

	if (cpu >= NR_QUEUES || !in_work[cpu] || rq->cpu != req.cpu)
		return 0;
	__sync_fetch_and_add(&seen.rescheds, 1);
	if (!rq->curr->scx.slice)
		__sync_fetch_and_add(&seen.zeroed, 1);
	return 0;
}

SEC("fentry/kick_sync_wait_bal_cb")
int BPF_PROG(waited)
{
	if (bpf_get_smp_processor_id() != seen.caller)
		return 0;
	bpf_get_current_comm((void *)seen.waiter, sizeof(seen.waiter));
	__sync_fetch_and_add(&seen.waits, 1);
	return 0;
}

/* ---- places that are no ops ---- */

SEC("syscall")
int matrix_syscall(void *ctx)
{
	at(AT_syscall, 0);
	return 0;
}

/* claims the CPU; never kicks it */
SEC("syscall")
int matrix_claim(void *ctx)
{
	return scx_bpf_test_and_clear_cpu_idle(req.cpu);
}

/* A stopper begins: what it is switched in for runs on this CPU above all classes. */
SEC("tp_btf/sched_switch")
int BPF_PROG(matrix_switch, bool preempt, struct task_struct *prev, struct task_struct *next)
{
	char comm[16];

	if (req.op != AT_sched_switch)
		return 0;
	bpf_probe_read_kernel_str(comm, sizeof(comm), next->comm);
	if (!__builtin_memcmp(comm, "migration", 9))
		at(AT_sched_switch, next->pid);
	return 0;
}

SEC("fentry/__x64_sys_getpgid")
int BPF_PROG(matrix_fentry)
{
	at(AT_fentry, 0);
	return 0;
}

SEC("fexit/__x64_sys_getpgid")
int BPF_PROG(matrix_fexit)
{
	at(AT_fexit, 0);
	return 0;
}

SEC("fmod_ret/security_task_getpgid")
int BPF_PROG(matrix_fmod_ret)
{
	at(AT_fmod_ret, 0);
	return 0;
}

SEC("lsm/task_getpgid")
int BPF_PROG(matrix_lsm)
{
	at(AT_lsm, 0);
	return 0;
}

SEC("tracepoint/syscalls/sys_enter_getpgid")
int matrix_tracepoint(void *ctx)
{
	at(AT_tracepoint, 0);
	return 0;
}

SEC("iter/task")
int matrix_iter(struct bpf_iter__task *ctx)
{
	at(AT_iter, 0);
	return 0;
}

SEC("perf_event")
int matrix_perf_event(struct bpf_perf_event_data *ctx)
{
	at(AT_perf_event, 0);
	return 0;
}

/* once, a moment after this program has run */

struct alarm {
	struct bpf_timer timer;
};

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__type(key, u32);
	__type(value, struct alarm);
} alarms SEC(".maps");

static int matrix_timer(void *map, int *key, struct bpf_timer *timer)
{
	at(AT_timer, 0);
	return 0;
}

SEC("syscall")
int matrix_start_timer(void *ctx)
{
	u32 key = 0;
	struct alarm *a = bpf_map_lookup_elem(&alarms, &key);

	if (!a)
		return -2;
	bpf_timer_init(&a->timer, &alarms, 1);	/* CLOCK_MONOTONIC */
	bpf_timer_set_callback(&a->timer, matrix_timer);
	return bpf_timer_start(&a->timer, 10000, 0);
}

SEC("tp_btf/nmi_handler")
int BPF_PROG(matrix_nmi, void *handler, s64 delta_ns, int handled)
{
	at(AT_nmi, 0);
	return 0;
}

/* ---- the scheduler ---- */

SCX_OP(m_select_cpu)
s32 BPF_PROG(m_select_cpu, struct task_struct *p, s32 prev_cpu, u64 wake_flags)
{
	at_op(AT_select_cpu, p->pid);
	return prev_cpu;
}

SCX_OP(m_enqueue)
void BPF_PROG(m_enqueue, struct task_struct *p, u64 enq_flags)
{
	at_op(AT_enqueue, p->pid);
	s32 cpu = p->pid == stray_pid ? stray_cpu : scx_bpf_task_cpu(p);

	if (p->pid != hold_pid)
		dsq_insert(p, enq_local ? SCX_DSQ_LOCAL : QUEUE(cpu), slice_ns, enq_flags);
}

SCX_OP(m_dequeue)
void BPF_PROG(m_dequeue, struct task_struct *p, u64 deq_flags)
{
	at_op(AT_dequeue, p->pid);
}

SCX_OP(m_dispatch)
void BPF_PROG(m_dispatch, s32 cpu, struct task_struct *prev)
{
	if (cpu == req.cpu && soon() && !__sync_fetch_and_add(&seen.dispatches, 1))
		seen.prev = prev ? prev->pid : 0;
	at_op(AT_dispatch, prev ? prev->pid : 0);
	if (cpu == spin_cpu) {
		spin_cpu = -1;
		spin_for(spin_ns);
	}
	dsq_move_to_local(QUEUE(cpu));
}

SCX_OP(m_tick)
void BPF_PROG(m_tick, struct task_struct *p)
{
	at_op(AT_tick, p->pid);
}

SCX_OP(m_runnable)
void BPF_PROG(m_runnable, struct task_struct *p, u64 enq_flags)
{
	at_op(AT_runnable, p->pid);
}

SCX_OP(m_running)
void BPF_PROG(m_running, struct task_struct *p)
{
	at_op(AT_running, p->pid);
}

SCX_OP(m_stopping)
void BPF_PROG(m_stopping, struct task_struct *p, bool runnable)
{
	if (scx_bpf_task_cpu(p) == req.cpu && soon())
		__sync_fetch_and_add(&seen.stops, 1);
	at_op(AT_stopping, p->pid);
}

SCX_OP(m_quiescent)
void BPF_PROG(m_quiescent, struct task_struct *p, u64 deq_flags)
{
	at_op(AT_quiescent, p->pid);
}

static void ring_kick(void)
{
	s32 here = bpf_get_smp_processor_id();

	if (ring && here >= 1 && here <= 3)
		scx_bpf_kick_cpu(here == 3 ? 1 : here + 1, ring_flags);
}

SCX_OP(m_yield)
bool BPF_PROG(m_yield, struct task_struct *from, struct task_struct *to)
{
	ring_kick();
	at_op(AT_yield, from->pid);
	return false;
}

SCX_OP(m_core_sched_before)
bool BPF_PROG(m_core_sched_before, struct task_struct *a, struct task_struct *b)
{
	at_op(AT_core_sched_before, a->pid);
	return false;
}

SCX_OP(m_set_weight)
void BPF_PROG(m_set_weight, struct task_struct *p, u32 weight)
{
	at_op(AT_set_weight, p->pid);
}

SCX_OP(m_set_cpumask)
void BPF_PROG(m_set_cpumask, struct task_struct *p, const struct cpumask *cpumask)
{
	at_op(AT_set_cpumask, p->pid);
}

SCX_OP(m_update_idle)
void BPF_PROG(m_update_idle, s32 cpu, bool idle)
{
	if (cpu == req.cpu && soon())
		__sync_fetch_and_add(&seen.idles, 1);
	at_op(AT_update_idle, 0);
}

SCX_OP(m_cpu_acquire)
void BPF_PROG(m_cpu_acquire, s32 cpu, struct scx_cpu_acquire_args *args)
{
	at_op(AT_cpu_acquire, 0);
}

SCX_OP(m_cpu_release)
void BPF_PROG(m_cpu_release, s32 cpu, struct scx_cpu_release_args *args)
{
	at_op(AT_cpu_release, 0);
}

SCX_OP_SLEEPABLE(m_init_task)
s32 BPF_PROG(m_init_task, struct task_struct *p, struct scx_init_task_args *args)
{
	at(AT_init_task, p->pid);
	return 0;
}

SCX_OP(m_exit_task)
void BPF_PROG(m_exit_task, struct task_struct *p, struct scx_exit_task_args *args)
{
	at_op(AT_exit_task, p->pid);
}

SCX_OP(m_enable)
void BPF_PROG(m_enable, struct task_struct *p)
{
	at_op(AT_enable, p->pid);
}

SCX_OP(m_disable)
void BPF_PROG(m_disable, struct task_struct *p)
{
	at_op(AT_disable, p->pid);
}

SCX_OP(m_dump)
void BPF_PROG(m_dump, struct scx_dump_ctx *dctx)
{
	at_op(AT_dump, 0);
}

SCX_OP(m_dump_cpu)
void BPF_PROG(m_dump_cpu, struct scx_dump_ctx *dctx, s32 cpu, bool idle)
{
	at_op(AT_dump_cpu, 0);
}

SCX_OP(m_dump_task)
void BPF_PROG(m_dump_task, struct scx_dump_ctx *dctx, struct task_struct *p)
{
	at_op(AT_dump_task, 0);
}

SCX_OP_SLEEPABLE(m_cgroup_init)
s32 BPF_PROG(m_cgroup_init, struct cgroup *cgrp, struct scx_cgroup_init_args *args)
{
	at(AT_cgroup_init, 0);
	return 0;
}

SCX_OP_SLEEPABLE(m_cgroup_exit)
void BPF_PROG(m_cgroup_exit, struct cgroup *cgrp)
{
	at(AT_cgroup_exit, 0);
}

SCX_OP_SLEEPABLE(m_cgroup_prep_move)
s32 BPF_PROG(m_cgroup_prep_move, struct task_struct *p, struct cgroup *from, struct cgroup *to)
{
	at(AT_cgroup_prep_move, p->pid);
	return p->pid == fail_prep_pid ? -11 : 0;
}

SCX_OP(m_cgroup_move)
void BPF_PROG(m_cgroup_move, struct task_struct *p, struct cgroup *from, struct cgroup *to)
{
	at_op(AT_cgroup_move, p->pid);
}

SCX_OP(m_cgroup_cancel_move)
void BPF_PROG(m_cgroup_cancel_move, struct task_struct *p, struct cgroup *from, struct cgroup *to)
{
	at_op(AT_cgroup_cancel_move, p->pid);
}

SCX_OP(m_cgroup_set_weight)
void BPF_PROG(m_cgroup_set_weight, struct cgroup *cgrp, u32 weight)
{
	at_op(AT_cgroup_set_weight, 0);
}

SCX_OP(m_cgroup_set_bandwidth)
void BPF_PROG(m_cgroup_set_bandwidth, struct cgroup *cgrp, u64 period_us, u64 quota_us,
	      u64 burst_us)
{
	at_op(AT_cgroup_set_bandwidth, 0);
}

SCX_OP(m_cgroup_set_idle)
void BPF_PROG(m_cgroup_set_idle, struct cgroup *cgrp, bool idle)
{
	at_op(AT_cgroup_set_idle, 0);
}

SCX_OP_SLEEPABLE(m_cpu_online)
void BPF_PROG(m_cpu_online, s32 cpu)
{
	at(AT_cpu_online, 0);
}

SCX_OP_SLEEPABLE(m_cpu_offline)
void BPF_PROG(m_cpu_offline, s32 cpu)
{
	at(AT_cpu_offline, 0);
}

SCX_OP_SLEEPABLE(m_init)
s32 BPF_PROG(m_init)
{
	s32 err;
	u32 i;

	for (i = 0; i < NR_QUEUES; i++) {
		err = scx_bpf_create_dsq(QUEUE(i), -1);
		if (err)
			return err;
	}
	at(AT_init, 0);
	return 0;
}

SCX_OP(m_exit)
void BPF_PROG(m_exit, struct scx_exit_info *ei)
{
	EXIT_RECORD(matrix_exit, ei);
	at_op(AT_exit, 0);
}

SEC(".struct_ops.link")
struct sched_ext_ops matrix_ops = {
#define OP(op) .op = (void *)m_##op
	OP(select_cpu), OP(enqueue), OP(dequeue), OP(dispatch), OP(tick), OP(runnable), OP(running),
	OP(stopping), OP(quiescent), OP(yield), OP(core_sched_before), OP(set_weight),
	OP(set_cpumask), OP(update_idle), OP(cpu_acquire), OP(cpu_release), OP(init_task),
	OP(exit_task), OP(enable), OP(disable), OP(dump), OP(dump_cpu), OP(dump_task),
	OP(cgroup_init), OP(cgroup_exit), OP(cgroup_prep_move), OP(cgroup_move),
	OP(cgroup_cancel_move), OP(cgroup_set_weight), OP(cgroup_set_bandwidth),
	OP(cgroup_set_idle), OP(cpu_online), OP(cpu_offline), OP(init), OP(exit),
#undef OP
	/* fair and real-time targets are wanted, and the masks of idle CPUs */
	.flags = SCX_OPS_SWITCH_PARTIAL | SCX_OPS_KEEP_BUILTIN_IDLE,
	.timeout_ms = 30000,
	.name = "matrix",
};
