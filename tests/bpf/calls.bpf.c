/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * calls.bpf.c - makes one call of a sched_ext kfunc, once, from a chosen place, and keeps the
 * answer. tests/calls.py has the table of calls and of what they must come to.
 *
 *	{"set": {"req": {"from": "FROM_running", "what": "CALL_cpu_rq", "a": 2}}}
 *	{"wake": "w"}					ops.running() of w makes the call
 *	"expect": {"map": {"made": 1, "answer": 1}}	1: a pointer
 *
 * Each place makes the calls that it may make; with EVERYWHERE (calls_everywhere.bpf.c) all.
 */
#include "test.h"

bool scx_bpf_task_set_lazy_resched(struct task_struct *p, bool lazy) __ksym __weak;

#define SLICE_NS 20000000
#define ABSENT -1000	/* the kernel has no such kfunc */
#define FIFO_DSQ 100
#define VTIME_DSQ 101

enum from {
	FROM_nowhere, FROM_init, FROM_select_cpu, FROM_enqueue, FROM_dispatch, FROM_running,
	FROM_tick, FROM_cpu_release, FROM_dequeue, FROM_getpgid, FROM_dump,
};

enum call {
	CALL_none,
	/* anywhere */
	CALL_cpu_rq, CALL_locked_rq, CALL_cpu_curr, CALL_cpuperf_cap, CALL_cpuperf_cur,
	CALL_cpuperf_set, CALL_task_running, CALL_task_cpu, CALL_set_slice, CALL_set_vtime,
	CALL_tid_to_task, CALL_own_tid, CALL_now, CALL_nr_queued, CALL_peek, CALL_destroy_dsq,
	CALL_iter, CALL_dsq_reenq, CALL_reenqueue_v2, CALL_task_cgroup, CALL_kick, CALL_error,
	CALL_exit, CALL_lazy_resched, CALL_events, CALL_dump_text,
	/* idle CPUs, anywhere */
	CALL_pick_idle, CALL_pick_any, CALL_pick_idle_node, CALL_pick_any_node, CALL_claim,
	CALL_cpu_node, CALL_idle_mask, CALL_smt_mask, CALL_idle_mask_node, CALL_smt_mask_node,
	/* selecting */
	CALL_select_dfl, CALL_select_and, CALL_select_and_old,
	/* inserting */
	CALL_insert, CALL_insert_vtime, CALL_insert_packed,
	/* dispatching */
	CALL_nr_slots, CALL_cancel, CALL_move_to_local, CALL_move_to_local_v2, CALL_insert_cancel,
	/* moving what an iterator shows */
	CALL_move, CALL_move_slice,
	/* where nothing is locked */
	CALL_create_dsq,
	/* in ops.cpu_release() */
	CALL_reenqueue,
};

struct request {
	enum from from;
	enum call what;
	s32 pid;	/* the task that it is about; 0: the op's own, or the running one */
	u64 a, b, c;
	u64 mask;	/* CPUs; 0: the task's own */
};

volatile struct request req;
const volatile struct request at_init;
s64 answer;
u32 made, flag;
volatile u32 hold;	/* ops.enqueue() keeps w */
volatile u32 to_dsq;	/* or puts it there */
volatile u32 release_reenq;	/* ops.cpu_release() reenqueues: ops.enqueue() is nested */
static char text[128];

/* ---- the calls ---- */

static __always_inline s64 not_null(const void *p)
{
	return p != NULL;
}

#define MAYBE(kfunc, expr) (bpf_ksym_exists(kfunc) ? (s64)(expr) : ABSENT)

static __noinline s64 call_about_task(struct task_struct *p, u32 what, u64 a)
{
	struct cgroup *cgrp;
	s64 id = ABSENT;

	switch (what) {
	case CALL_task_running:
		return scx_bpf_task_running(p);
	case CALL_task_cpu:
		return scx_bpf_task_cpu(p);
	case CALL_set_slice:
		return MAYBE(scx_bpf_task_set_slice, (scx_bpf_task_set_slice)(p, a));
	case CALL_set_vtime:
		return MAYBE(scx_bpf_task_set_dsq_vtime, (scx_bpf_task_set_dsq_vtime)(p, a));
	case CALL_lazy_resched:
		return MAYBE(scx_bpf_task_set_lazy_resched, scx_bpf_task_set_lazy_resched(p, a));
	case CALL_task_cgroup:
		if (bpf_ksym_exists(scx_bpf_task_cgroup)) {
			cgrp = scx_bpf_task_cgroup(p);
			id = cgrp->kn->id;
			bpf_cgroup_release(cgrp);
		}
		return id;
	case CALL_own_tid:
		return bpf_core_field_exists(p->scx.tid) && bpf_ksym_exists(scx_bpf_tid_to_task) ?
			scx_bpf_tid_to_task(p->scx.tid) == p : ABSENT;
	}
	return ABSENT;
}

static __noinline s64 walk(u64 dsq, u64 flags)
{
	struct bpf_iter_scx_dsq it;
	s64 n = 0, err = bpf_iter_scx_dsq_new(&it, dsq, flags);

	while (bpf_iter_scx_dsq_next(&it))
		n++;
	bpf_iter_scx_dsq_destroy(&it);
	return err ?: n;
}

static __noinline s64 call_with_text(u32 what, u64 a, u64 size)
{
	static unsigned long long words[4] = { 1, 2, 3, 4 };
	unsigned long long *data = a & 1 ? NULL : a & 2 ? (void *)8 : words;

	__builtin_memcpy(text, a & 4 ? "bad %q" : "n %llu", 7);
	if (what == CALL_error)
		scx_bpf_error_bstr(text, data, size);
	else if (what == CALL_exit)
		scx_bpf_exit_bstr(77, text, data, size);
	else
		scx_bpf_dump_bstr(text, data, size);
	return 0;
}

static __noinline s64 call_anywhere(u32 what, u64 a, u64 b)
{
	switch (what) {
	case CALL_cpu_rq:
		return MAYBE(scx_bpf_cpu_rq, not_null(scx_bpf_cpu_rq(a)));
	case CALL_locked_rq:
		return MAYBE(scx_bpf_locked_rq, not_null(scx_bpf_locked_rq()));
	case CALL_cpu_curr:
		return MAYBE(scx_bpf_cpu_curr, not_null(scx_bpf_cpu_curr(a)));
	case CALL_cpuperf_cap:
		return scx_bpf_cpuperf_cap(a);
	case CALL_cpuperf_cur:
		return scx_bpf_cpuperf_cur(a);
	case CALL_cpuperf_set:
		scx_bpf_cpuperf_set(a, b);
		return 0;
	case CALL_tid_to_task:
		return MAYBE(scx_bpf_tid_to_task, not_null(scx_bpf_tid_to_task(a)));
	case CALL_now:
		return MAYBE(scx_bpf_now, scx_bpf_now() <= bpf_ktime_get_ns());
	case CALL_nr_queued:
		return scx_bpf_dsq_nr_queued(a);
	case CALL_peek:
		return MAYBE(scx_bpf_dsq_peek, not_null(scx_bpf_dsq_peek(a)));
	case CALL_destroy_dsq:
		scx_bpf_destroy_dsq(a);
		return 0;
	case CALL_iter:
		return walk(a, b);
	case CALL_dsq_reenq:
		if (!bpf_ksym_exists(scx_bpf_dsq_reenq))
			return ABSENT;
		scx_bpf_dsq_reenq(a, b);
		return 0;
	case CALL_reenqueue_v2:
		if (!bpf_ksym_exists(scx_bpf_reenqueue_local___v2___ks))
			return ABSENT;
		scx_bpf_reenqueue_local___v2___ks();
		return 0;
	case CALL_kick:
		scx_bpf_kick_cpu(a, b);
		return 0;
	case CALL_events:
		if (bpf_ksym_exists(scx_bpf_events)) {
			struct scx_event_stats events = {};

			scx_bpf_events(&events, sizeof(events));
			return events.SCX_EV_SELECT_CPU_FALLBACK;
		}
		break;
	case CALL_error:
	case CALL_exit:
	case CALL_dump_text:
		return call_with_text(what, a, b);
	}
	return ABSENT;
}

static __noinline s64 call_idle(const struct cpumask *cpus, u32 what, u64 a, u64 b)
{
	const struct cpumask *mask;
	s64 n = ABSENT;

	switch (what) {
	case CALL_pick_idle:
		return scx_bpf_pick_idle_cpu(cpus, b);
	case CALL_pick_any:
		return scx_bpf_pick_any_cpu(cpus, b);
	case CALL_pick_idle_node:
		return MAYBE(scx_bpf_pick_idle_cpu_node, scx_bpf_pick_idle_cpu_node(cpus, a, b));
	case CALL_pick_any_node:
		return MAYBE(scx_bpf_pick_any_cpu_node, scx_bpf_pick_any_cpu_node(cpus, a, b));
	case CALL_claim:
		return scx_bpf_test_and_clear_cpu_idle(a);
	case CALL_cpu_node:
		return MAYBE(scx_bpf_cpu_node, scx_bpf_cpu_node(a));
	case CALL_idle_mask:
		mask = scx_bpf_get_idle_cpumask();
		break;
	case CALL_smt_mask:
		mask = scx_bpf_get_idle_smtmask();
		break;
	case CALL_idle_mask_node:
		if (!bpf_ksym_exists(scx_bpf_get_idle_cpumask_node))
			return ABSENT;
		mask = scx_bpf_get_idle_cpumask_node(a);
		break;
	case CALL_smt_mask_node:
		if (!bpf_ksym_exists(scx_bpf_get_idle_smtmask_node))
			return ABSENT;
		mask = scx_bpf_get_idle_smtmask_node(a);
		break;
	default:
		return ABSENT;
	}
	n = bpf_cpumask_weight(mask);
	scx_bpf_put_idle_cpumask(mask);
	return n;
}

static __noinline s64 call_select(struct task_struct *p, const struct cpumask *cpus, u32 what, u64 a,
				  u64 b)
{
	u64 c = req.c;
	bool is_idle = false;
	s64 cpu;

	switch (what) {
	case CALL_select_dfl:
		cpu = scx_bpf_select_cpu_dfl(p, a, c, &is_idle);
		return cpu + (is_idle ? 100 : 0);
	case CALL_select_and:
		if (bpf_ksym_exists(__scx_bpf_select_cpu_and)) {
			struct scx_bpf_select_cpu_and_args args = {
				.prev_cpu = a, .wake_flags = c, .flags = b,
			};

			return __scx_bpf_select_cpu_and(p, cpus, &args);
		}
		break;
	case CALL_select_and_old:
		return MAYBE(scx_bpf_select_cpu_and, (scx_bpf_select_cpu_and)(p, a, c, cpus, b));
	}
	return ABSENT;
}

static __noinline s64 call_insert(struct task_struct *p, u32 what, u64 a, u64 b)
{
	switch (what) {
	case CALL_insert:
		if (bpf_ksym_exists(scx_bpf_dsq_insert___v2___ks))
			return scx_bpf_dsq_insert___v2___ks(p, a, SLICE_NS, b);
		dsq_insert(p, a, SLICE_NS, b);
		return 1;
	case CALL_insert_vtime:
		dsq_insert_vtime(p, a, SLICE_NS, 5, b);
		return 1;
	case CALL_insert_packed:
		if (bpf_ksym_exists(__scx_bpf_dsq_insert_vtime)) {
			struct scx_bpf_dsq_insert_vtime_args args = {
				.dsq_id = a, .slice = SLICE_NS, .vtime = 5, .enq_flags = b,
			};

			return __scx_bpf_dsq_insert_vtime(p, &args);
		}
		break;
	}
	return ABSENT;
}

static __noinline s64 call_dispatch(struct task_struct *p, u32 what, u64 a, u64 b)
{
	u32 before;

	switch (what) {
	case CALL_nr_slots:
		return scx_bpf_dispatch_nr_slots();
	case CALL_cancel:
		scx_bpf_dispatch_cancel();
		return 0;
	case CALL_move_to_local:
		return dsq_move_to_local(a);
	case CALL_move_to_local_v2:
		return MAYBE(scx_bpf_dsq_move_to_local___v2___ks,
			     scx_bpf_dsq_move_to_local___v2___ks(a, b));
	case CALL_insert_cancel:
		before = scx_bpf_dispatch_nr_slots();
		if (p)
			dsq_insert(p, FIFO_DSQ, SLICE_NS, 0);
		before -= scx_bpf_dispatch_nr_slots();
		scx_bpf_dispatch_cancel();
		return before * 10 + scx_bpf_dispatch_nr_slots();
	}
	return ABSENT;
}

/* the first of @from to @to; 10 with the iterator's end */
static __noinline s64 call_move(u32 what, u64 from, u64 to, u64 vtime)
{
	struct bpf_iter_scx_dsq it;
	struct task_struct *p;
	s64 moved = 10;

	bpf_iter_scx_dsq_new(&it, from, 0);
	p = bpf_iter_scx_dsq_next(&it);
	if (p && bpf_ksym_exists(scx_bpf_dsq_move)) {
		if (what == CALL_move_slice)
			(scx_bpf_dsq_move_set_slice)(&it, 4321);
		if (vtime)
			moved = (scx_bpf_dsq_move_vtime)(&it, p, to, 0);
		else
			moved = (scx_bpf_dsq_move)(&it, p, to, 0);
	} else if (p) {
		if (what == CALL_move_slice)
			(scx_bpf_dispatch_from_dsq_set_slice)(&it, 4321);
		if (vtime)
			moved = (scx_bpf_dispatch_vtime_from_dsq)(&it, p, to, 0);
		else
			moved = (scx_bpf_dispatch_from_dsq)(&it, p, to, 0);
	}
	bpf_iter_scx_dsq_destroy(&it);
	return moved;
}

/* ---- which of them a place makes ---- */

enum {
	MAY_SELECT = 1, MAY_INSERT = 2, MAY_DISPATCH = 4, MAY_MOVE = 8, MAY_CREATE = 16,
	MAY_REENQUEUE = 32, MAY_ALL = 63 & ~MAY_CREATE,	/* that one sleeps */
};

static __always_inline s64 call_of(struct task_struct *p, const struct cpumask *cpus, const u32 may)
{
	u32 what = req.what;
	u64 a = req.a, b = req.b, c = req.c;

	if (what >= CALL_select_dfl && what <= CALL_select_and_old)
		return may & MAY_SELECT ? call_select(p, cpus, what, a, b) : ABSENT;
	if (what >= CALL_insert && what <= CALL_insert_packed)
		return may & MAY_INSERT ? call_insert(p, what, a, b) : ABSENT;
	if (what >= CALL_nr_slots && what <= CALL_insert_cancel)
		return may & MAY_DISPATCH ? call_dispatch(p, what, a, b) : ABSENT;
	if (what == CALL_move || what == CALL_move_slice)
		return may & MAY_MOVE ? call_move(what, a, b, c) : ABSENT;
	if (what == CALL_create_dsq)
		return may & MAY_CREATE ? scx_bpf_create_dsq(a, b) : ABSENT;
	if (what == CALL_reenqueue)
		return may & MAY_REENQUEUE ? (s64)(scx_bpf_reenqueue_local)() : ABSENT;
	if (what >= CALL_pick_idle)
		return call_idle(cpus, what, a, b);
	if ((what >= CALL_task_running && what <= CALL_set_vtime) || what == CALL_own_tid ||
	    what == CALL_task_cgroup || what == CALL_lazy_resched)
		return call_about_task(p, what, a);
	return call_anywhere(what, a, b);
}

static __always_inline s64 call_masked(struct task_struct *p, const u32 may)
{
	struct bpf_cpumask *only;
	s64 ret = ABSENT;

	if (!req.mask)
		return call_of(p, p ? p->cpus_ptr : NULL, may);
	only = bpf_cpumask_create();
	if (!only)
		return ABSENT;
	for (u32 cpu = 0; cpu < 64; cpu++)
		if (req.mask >> cpu & 1)
			bpf_cpumask_set_cpu(cpu, only);
	ret = call_of(p, (void *)only, may);
	bpf_cpumask_release(only);
	return ret;
}

static __always_inline s64 make_call(struct task_struct *p, const u32 may)
{
	struct task_struct *other;

	made++;
	if (!req.pid) {
		answer = call_masked(p, may);
		return answer;
	}
	other = bpf_task_from_pid(req.pid);
	if (other) {
		answer = call_masked(other, may);
		bpf_task_release(other);
	}
	return answer;
}

/* ---- the places ---- */

#ifdef EVERYWHERE
#define MAY(bits) MAY_ALL
#else
#define MAY(bits) (bits)
#endif

static __always_inline bool is_w(const struct task_struct *p)
{
	return p && p->comm[0] == 'w' && !p->comm[1];
}

#define CALL_IF(place, p, bits) ({ \
	bool ks_now = req.from == FROM_##place && !made; \
	if (ks_now) \
		make_call(p, bits); \
	ks_now; \
})
#define CALL_FROM(place, p, bits) CALL_IF(place, p, MAY(bits))
#define CALL_FROM_TRACING(place, p) CALL_IF(place, p, 0)

SEC("syscall")
int call(void *ctx)
{
	return make_call(bpf_get_current_task_btf(), MAY_MOVE | MAY_CREATE);
}

/* refused before 6.16 */
SEC("syscall")
int select(void *ctx)
{
	return make_call(bpf_get_current_task_btf(), MAY_SELECT);
}

SEC("fentry/__x64_sys_getpgid")
int BPF_PROG(c_getpgid)
{
	struct task_struct *p = bpf_get_current_task_btf();

	if (is_w(p))
		CALL_FROM_TRACING(getpgid, p);
	return 0;
}

SCX_OP(c_select_cpu)
s32 BPF_PROG(c_select_cpu, struct task_struct *p, s32 prev_cpu, u64 wake_flags)
{
	if (is_w(p))
		CALL_FROM(select_cpu, p, MAY_SELECT | MAY_INSERT);
	return prev_cpu;
}

SCX_OP(c_enqueue)
void BPF_PROG(c_enqueue, struct task_struct *p, u64 enq_flags)
{
	if (is_w(p) && CALL_FROM(enqueue, p, MAY_SELECT | MAY_INSERT) && req.what >= CALL_insert &&
	    req.what <= CALL_insert_packed)
		return;
	if (is_w(p) && hold)
		return;
	if (is_w(p) && to_dsq == VTIME_DSQ)
		dsq_insert_vtime(p, to_dsq, SLICE_NS, 9, 0);
	else
		dsq_insert(p, is_w(p) && to_dsq ? to_dsq : SCX_DSQ_LOCAL, SLICE_NS, 0);
}

SCX_OP(c_dequeue)
void BPF_PROG(c_dequeue, struct task_struct *p, u64 deq_flags)
{
	if (is_w(p))
		CALL_FROM(dequeue, p, 0);
}

SCX_OP(c_dispatch)
void BPF_PROG(c_dispatch, s32 cpu, struct task_struct *prev)
{
	if (cpu == 1)
		CALL_FROM(dispatch, prev, MAY_INSERT | MAY_DISPATCH | MAY_MOVE);
}

SCX_OP(c_running)
void BPF_PROG(c_running, struct task_struct *p)
{
	if (is_w(p))
		CALL_FROM(running, p, 0);
}

SCX_OP(c_tick)
void BPF_PROG(c_tick, struct task_struct *p)
{
	if (is_w(p))
		CALL_FROM(tick, p, 0);
}

SCX_OP(c_update_idle)
void BPF_PROG(c_update_idle, s32 cpu, bool idle)
{
}

SCX_OP(c_cpu_release)
void BPF_PROG(c_cpu_release, s32 cpu, struct scx_cpu_release_args *args)
{
	if (cpu == 1)
		CALL_FROM(cpu_release, args->task, MAY_REENQUEUE);
	if (cpu == 1 && release_reenq)
		(scx_bpf_reenqueue_local)();
}

SCX_OP(c_dump)
void BPF_PROG(c_dump, struct scx_dump_ctx *dctx)
{
	CALL_FROM(dump, NULL, 0);
}

SCX_OP_SLEEPABLE(c_init)
s32 BPF_PROG(c_init)
{
	s32 err = scx_bpf_create_dsq(FIFO_DSQ, -1) ?: scx_bpf_create_dsq(VTIME_DSQ, 0);

	if (at_init.what) {
		req.what = at_init.what;
		req.a = at_init.a;
		req.b = at_init.b;
		make_call(NULL, MAY_CREATE);
	}
	return err;
}

SEC(".struct_ops.link")
struct sched_ext_ops calls_ops = {
	.select_cpu = (void *)c_select_cpu,
	.enqueue = (void *)c_enqueue,
	.dequeue = (void *)c_dequeue,
	.dispatch = (void *)c_dispatch,
	.running = (void *)c_running,
	.tick = (void *)c_tick,
	.update_idle = (void *)c_update_idle,
	.cpu_release = (void *)c_cpu_release,
	.dump = (void *)c_dump,
	.init = (void *)c_init,
	.flags = SCX_OPS_SWITCH_PARTIAL | SCX_OPS_KEEP_BUILTIN_IDLE,
	.timeout_ms = 30000,
	.name = "calls",
};
