// SPDX-License-Identifier: GPL-2.0-only
/*
 * Every op calls what may take a lock or wake a task: which kfunc (@call), from which op
 * (@from). What the kernel does then is a deadlock in some, and never more than that.
 */
#include "scx.h"
#include "hostile.h"

enum { FROM_SELECT_CPU = 1, FROM_ENQUEUE, FROM_DEQUEUE, FROM_DISPATCH, FROM_RUNNABLE, FROM_RUNNING,
       FROM_STOPPING, FROM_QUIESCENT, FROM_TICK, FROM_SET_WEIGHT, FROM_ENABLE, FROM_DISABLE,
       FROM_INIT_TASK, FROM_EXIT_TASK, FROM_UPDATE_IDLE, FROM_SET_CPUMASK, FROM_CPU_RELEASE,
       FROM_DUMP, FROM_EXIT };
enum { CALL_WQ, CALL_TIMER, CALL_TIMER_CANCEL, CALL_KICK, CALL_PREEMPT, CALL_IRQ, CALL_DSQ,
       CALL_MOVE, CALL_ERROR, CALL_PRINTK, CALL_CGROUP, CALL_LOCK_TWICE,
       NR_CALLS };

const volatile u32 from, call;

int bpf_wq_init(struct bpf_wq *wq, void *p__map, unsigned int flags) __ksym;
int bpf_wq_start(struct bpf_wq *wq, unsigned int flags) __ksym;
int bpf_wq_set_callback(struct bpf_wq *wq, int (*cb)(void *, int *, void *),
			unsigned int flags) __ksym __weak;
int bpf_wq_set_callback_impl(struct bpf_wq *wq, int (*cb)(void *, int *, void *),
			     unsigned int flags, void *aux) __ksym __weak;
void bpf_preempt_enable(void) __ksym;
void bpf_preempt_disable(void) __ksym;
void bpf_local_irq_save(unsigned long *flags) __ksym __weak;
void bpf_local_irq_restore(unsigned long *flags) __ksym __weak;
void scx_bpf_error_bstr(char *fmt, unsigned long long *data, u32 data__sz) __ksym;
struct cgroup *bpf_cgroup_from_id(u64 id) __ksym;
void bpf_cgroup_release(struct cgroup *cgrp) __ksym;

struct async {
	struct bpf_wq wq;
};

struct timed {
	struct bpf_timer t;
};

struct locked {
	struct bpf_spin_lock lock;
};

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__type(key, u32);
	__type(value, struct async);
} works SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__type(key, u32);
	__type(value, struct timed);
} timers SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__type(key, u32);
	__type(value, struct locked);
} locks SEC(".maps");

static u64 nr_calls;

static int work_fires(void *map, int *key, void *value)
{
	nr_calls++;
	return 0;
}

static int timer_fires(void *map, int *key, struct timed *value)
{
	nr_calls++;
	return 0;
}

static void *value_of(void *map)
{
	u32 key = 0;

	return bpf_map_lookup_elem(map, &key);
}

static void lock_twice(void)
{
	struct locked *v = value_of(&locks);

	if (!v)
		return;
	bpf_spin_lock(&v->lock);
	bpf_spin_lock(&v->lock);
	bpf_spin_unlock(&v->lock);
}

static void do_call(struct task_struct *p)
{
	struct cgroup *cgrp;
	unsigned long flags = 0;
	static char fmt[] = "hostile";

	switch (call) {
	case CALL_WQ: {
		struct async *v = value_of(&works);

		if (v)
			bpf_wq_start(&v->wq, 0);
		break;
	}
	case CALL_TIMER:
	case CALL_TIMER_CANCEL: {
		struct timed *v = value_of(&timers);

		if (v && call == CALL_TIMER)
			bpf_timer_start(&v->t, 1000, 0);
		else if (v)
			bpf_timer_cancel(&v->t);
		break;
	}
	case CALL_KICK:
		scx_bpf_kick_cpu(bpf_get_smp_processor_id(), SCX_KICK_PREEMPT | SCX_KICK_WAIT);
		break;
	case CALL_PREEMPT:
		bpf_preempt_enable();
		break;
	case CALL_IRQ:
		if (bpf_ksym_exists(bpf_local_irq_restore))
			bpf_local_irq_restore(&flags);
		break;
	case CALL_DSQ:
		scx_bpf_create_dsq(77, -1);
		scx_bpf_destroy_dsq(77);
		break;
	case CALL_MOVE:
		if (p)
			dsq_insert(p, SCX_DSQ_LOCAL, SCX_SLICE_DFL, 0);
		break;
	case CALL_ERROR:
		scx_bpf_error_bstr(fmt, NULL, 0);
		break;
	case CALL_PRINTK:
		bpf_printk("%s", fmt);
		break;
	case CALL_CGROUP:
		cgrp = bpf_cgroup_from_id(1);
		if (cgrp)
			bpf_cgroup_release(cgrp);
		break;
	case CALL_LOCK_TWICE:
		lock_twice();
		break;
	}
}

#define FROM(what, p) do { if (from == FROM_##what) do_call(p); } while (0)

SCX_OP(hostile_select_cpu) s32 BPF_PROG(hostile_select_cpu, struct task_struct *p, s32 prev, u64 flags)
{
	FROM(SELECT_CPU, p);
	return prev;
}

SCX_OP(hostile_enqueue) void BPF_PROG(hostile_enqueue, struct task_struct *p, u64 enq_flags)
{
	FROM(ENQUEUE, p);
	dsq_insert(p, SCX_DSQ_GLOBAL, 1000000, enq_flags);
}

#define TASK_OP(name, what, ...) \
SCX_OP(hostile_##name) void BPF_PROG(hostile_##name, struct task_struct *p, ##__VA_ARGS__) \
{ \
	FROM(what, p); \
}
TASK_OP(dequeue, DEQUEUE, u64 flags)
TASK_OP(runnable, RUNNABLE, u64 flags)
TASK_OP(running, RUNNING)
TASK_OP(stopping, STOPPING, bool runnable)
TASK_OP(quiescent, QUIESCENT, u64 flags)
TASK_OP(tick, TICK)
TASK_OP(set_weight, SET_WEIGHT, u32 weight)
TASK_OP(enable, ENABLE)
TASK_OP(disable, DISABLE)
TASK_OP(exit_task, EXIT_TASK, struct scx_exit_task_args *args)
TASK_OP(set_cpumask, SET_CPUMASK, const struct cpumask *mask)

SCX_OP(hostile_dispatch) void BPF_PROG(hostile_dispatch, s32 cpu, struct task_struct *prev)
{
	FROM(DISPATCH, prev);
}

SCX_OP(hostile_cpu_release) void BPF_PROG(hostile_cpu_release, s32 cpu, struct scx_cpu_release_args *args)
{
	FROM(CPU_RELEASE, NULL);
}

SCX_OP(hostile_dump) void BPF_PROG(hostile_dump, struct scx_dump_ctx *dctx)
{
	FROM(DUMP, NULL);
}

SCX_OP(hostile_exit) void BPF_PROG(hostile_exit, struct scx_exit_info *info)
{
	FROM(EXIT, NULL);
}

SCX_OP_SLEEPABLE(hostile_init_task) s32 BPF_PROG(hostile_init_task, struct task_struct *p,
						 struct scx_init_task_args *args)
{
	FROM(INIT_TASK, p);
	return 0;
}

SCX_OP_SLEEPABLE(hostile_init) s32 BPF_PROG(hostile_init)
{
	struct async *w = value_of(&works);
	struct timed *t = value_of(&timers);

	if (!w || !t)
		return -1;
	bpf_wq_init(&w->wq, &works, 0);
	if (bpf_ksym_exists(bpf_wq_set_callback))
		bpf_wq_set_callback(&w->wq, work_fires, 0);
	else
		bpf_wq_set_callback_impl(&w->wq, work_fires, 0, NULL);
	bpf_timer_init(&t->t, &timers, 1);
	bpf_timer_set_callback(&t->t, timer_fires);
	return 0;
}

#define OP(name) .name = (void *)hostile_##name
HOSTILE_OPS(hostile_ops, OP(select_cpu), OP(enqueue), OP(dequeue), OP(dispatch), OP(runnable),
	    OP(running), OP(stopping), OP(quiescent), OP(tick), OP(set_weight), OP(enable),
	    OP(disable), OP(exit_task), OP(set_cpumask), OP(cpu_release), OP(dump), OP(exit),
	    OP(init_task), OP(init));
