// SPDX-License-Identifier: GPL-2.0-only
/*
 * ops.c - calls from the class into the scheduler's ops.
 *
 * An op runs on the stack of whatever task is current on the CPU. What the
 * kfuncs that it calls may do depends on the op and on what its caller holds, so
 * each call puts a context on the current task's chain:
 *
 *	task stack    ops.dispatch(cpu, prev)           locked_rq = this rq
 *	                └ kfunc moves p ─ ops.dequeue(p)  locked_rq = p's rq, subject p
 *
 * The chain belongs to the stack, as the C frames do: a sleepable op that is
 * switched out takes its context along, and what interrupts an op comes and goes
 * on top of it.
 */
#include "bpf/prog.h"
#include "bpf/vm.h"
#include "kern/ext/ext.h"

static const char *const op_names[] = {
#define OP(name) [SCX_OP_##name] = #name,
	SCX_OPS(OP)
#undef OP
		[SCX_OP_NONE] = "none",
};

/* members of struct sched_ext_ops_cid that have another name than their slot in sched_ext_ops */
static const struct {
	const char *name;
	enum scx_op op;
} cid_op_names[] = {
	{ "select_cid", SCX_OP_select_cpu },
	{ "set_cmask", SCX_OP_set_cpumask },
	{ "dump_cid", SCX_OP_dump_cpu },
	{ "cid_online", SCX_OP_cpu_online },
	{ "cid_offline", SCX_OP_cpu_offline },
	{ "cpuctl_init", SCX_OP_cgroup_init },
	{ "cpuctl_exit", SCX_OP_cgroup_exit },
	{ "cpuctl_prep_move", SCX_OP_cgroup_prep_move },
	{ "cpuctl_move", SCX_OP_cgroup_move },
	{ "cpuctl_cancel_move", SCX_OP_cgroup_cancel_move },
	{ "cpuctl_set_weight", SCX_OP_cgroup_set_weight },
	{ "cpuctl_set_bandwidth", SCX_OP_cgroup_set_bandwidth },
	{ "cpuctl_set_idle", SCX_OP_cgroup_set_idle },
};

const char *scx_op_name(enum scx_op op)
{
	return op <= SCX_OP_NONE ? op_names[op] : "?";
}

enum scx_op scx_op_by_name(const char *member)
{
	for (u32 i = 0; i < NR_SCX_OPS; i++)
		if (!strcmp(op_names[i], member))
			return i;
	for (u32 i = 0; i < ARRAY_SIZE(cid_op_names); i++)
		if (!strcmp(cid_op_names[i].name, member))
			return cid_op_names[i].op;
	return SCX_OP_NONE;
}

/* ---- contexts ---- */

/*
 * ext.c:SCX_CALL_OP(), while that is checked at run time: what kfuncs an op allows, in current->scx.kf_mask.
 * Ops that hold no run queue have none and may call the unlocked kfuncs.
 */
/* Context: any. */
static u32 kf_mask_of(enum scx_op op)
{
	switch (op) {
	case SCX_OP_select_cpu:
		return SCX_KF_ENQUEUE | SCX_KF_SELECT_CPU;
	case SCX_OP_enqueue:
		return SCX_KF_ENQUEUE;
	case SCX_OP_dispatch:
		return SCX_KF_DISPATCH;
	case SCX_OP_cpu_release:
		return SCX_KF_CPU_RELEASE;
	case SCX_OP_init:
	case SCX_OP_exit:
	case SCX_OP_init_task:
	case SCX_OP_dump:
	case SCX_OP_cpu_online:
	case SCX_OP_cpu_offline:
	case SCX_OP_cgroup_init:
	case SCX_OP_cgroup_exit:
	case SCX_OP_cgroup_prep_move:
	case SCX_OP_cgroup_move:
	case SCX_OP_cgroup_cancel_move:
	case SCX_OP_cgroup_set_weight:
		return SCX_KF_UNLOCKED;
	default:
		return SCX_KF_REST;
	}
}

struct scx_op_ctx *scx_op_ctx(void)
{
	return smp_processor_id() < 0 ? NULL : host_of(current)->m->op_ctx;
}

struct rq *scx_locked_rq(void)
{
	const struct scx_op_ctx *ctx = scx_op_ctx();

	if (K->b.locked_rq_unknown_in_nmi && in_nmi())
		return NULL;
	return ctx ? ctx->locked_rq : NULL;
}

/* An op without a locked run queue leaves that of the op it is nested in (__SCX_CALL_OP()). */
/* Context: any. */
static void ctx_push(struct scx_op_ctx *ctx, struct task_struct *curr)
{
	ctx->outer = host_of(curr)->m->op_ctx;
	if (!ctx->locked_rq && ctx->outer)
		ctx->locked_rq = ctx->outer->locked_rq;
	ctx->kf_mask = curr->scx.kf_mask;
	if (!K->b.kfunc_context_at_load)
		curr->scx.kf_mask |= kf_mask_of(ctx->op);
	if (ctx->subject[0]) {
		curr->scx.kf_tasks[0] = ctx->subject[0];
		curr->scx.kf_tasks[1] = ctx->subject[1];
	}
	host_of(curr)->m->op_ctx = ctx;
}

/* kf_tasks[] does not stack: after a task's op there is none. */
static void ctx_pop(const struct scx_op_ctx *ctx, struct task_struct *curr)
{
	host_of(curr)->m->op_ctx = ctx->outer;
	curr->scx.kf_mask = ctx->kf_mask;
	if (ctx->subject[0])
		curr->scx.kf_tasks[0] = curr->scx.kf_tasks[1] = NULL;
}

/* ---- the trace: arguments that are numbers, not addresses ---- */

/* Context: any. */
static u32 op_number_args(enum scx_op op)
{
	switch (op) {
	case SCX_OP_dispatch:
	case SCX_OP_cpu_online:
	case SCX_OP_cpu_offline:
	case SCX_OP_cpu_acquire:
	case SCX_OP_cpu_release:
		return 1 << 0;
	case SCX_OP_update_idle:
	case SCX_OP_sub_cid_sched_updated:
	case SCX_OP_sub_child_ecaps_updated:
		return 1 << 0 | 1 << 1;
	case SCX_OP_enqueue:
	case SCX_OP_dequeue:
	case SCX_OP_runnable:
	case SCX_OP_stopping:
	case SCX_OP_quiescent:
	case SCX_OP_set_weight:
	case SCX_OP_cgroup_set_weight:
	case SCX_OP_cgroup_set_idle:
		return 1 << 1;
	case SCX_OP_select_cpu:
	case SCX_OP_dump_cpu:
	case SCX_OP_cgroup_set_bandwidth:
		return 1 << 1 | 1 << 2;
	default:
		return 0;
	}
}

static const struct task_struct *op_task(enum scx_op op, const struct task_struct *p, u32 nr,
					 const u64 *args)
{
	if (op == SCX_OP_dispatch && nr > 1)
		return (const struct task_struct *)(uintptr_t)args[1];
	return p;
}

static void trace_op_enter(enum scx_op op, const struct task_struct *p, u32 nr, const u64 *args)
{
	u32 numbers = op_number_args(op), n = 0;
	u64 arg[2] = { 0, 0 };

	for (u32 i = 0; i < nr && n < 2; i++)
		if (numbers & 1 << i)
			arg[n++] = args[i];
	TRACE(op_enter, op, p ? p->pid : -1, arg[0], arg[1], p ? p->scx.slice : 0);
}

/* ---- calls ---- */

/* Context: any. */
static u64 op_run(struct scx_sched *sch, enum scx_op op, const struct task_struct *p, u32 nr,
		  const u64 *args)
{
	struct prog *prog = host_of(sch)->ops_prog[op];
	u64 insns, ret;

	sch->pcpu[smp_processor_id()].op_calls[op]++;
	scx.total_op_calls[op]++;
	p = op_task(op, p, nr, args);
	if (unlikely(trace_state.on))
		trace_op_enter(op, p, nr, args);
	if (unlikely(sch->level))
		TRACE(op_sched, sch->sub_cgroup_id);
	cpu_charge(machine->cost.prog_enter_ns);
	insns = prog_insns_run(prog);
	ret = prog_run_args(prog, args, nr);
	TRACE(op_exit, op, p ? p->pid : -1, ret, prog_insns_run(prog) - insns);
	return ret;
}

u64 scx_call_op(struct scx_sched *sch, enum scx_op op, struct rq *rq, struct task_struct *p,
		struct task_struct *q, u32 nr, const u64 *args)
{
	struct scx_op_ctx ctx = { .op = op, .locked_rq = rq, .subject = { p, q } };
	struct task_struct *curr = current;
	u64 ret;

	if (!host_of(sch)->ops_prog[op])
		return 0;
	if (rq)
		lockdep_assert_rq_held(rq);
	ctx_push(&ctx, curr);
	ret = op_run(sch, op, p, nr, args);
	ctx_pop(&ctx, curr);
	return ret;
}

/* ---- whose program, and is it bypassed ---- */

/* One that is told which scheduler it belongs to acts on none while that one is not there. */
static struct scx_sched *associated_sched(const struct prog *prog)
{
	const struct prog *of = prog_assoc(prog);

	return of ? prog_owner(of) : NULL;
}

/* The root's, as before there could be others; not if it lets others attach, which it hears once. */
static struct scx_sched *sched_of_unassociated(const struct prog *prog)
{
	struct scx_sched *root = scx_root;

	assert_in_prog();
	if (!root || root->dead || !host_of(root)->ops_prog[SCX_OP_sub_attach])
		return root;
	if (!root->warned_unassoc_progs)
		pr_warn("sched_ext: Unassociated program %s (id %d)", prog_name(prog),
			prog_id(prog));
	root->warned_unassoc_progs = true;
	return NULL;
}

/*
 * internal.h:scx_prog_sched(): a struct_ops program belongs to the scheduler of its map, one
 * that is associated with a map to the scheduler of that, others to the root. After
 * ops.exit() a scheduler has no kfuncs any more. Without kfunc_sched_by_prog there is one
 * scheduler, and nobody is asked.
 */
struct scx_sched *scx_prog_sched(struct vm *vm)
{
	struct scx_sched *sch;

	assert_in_prog();
	if (!K->b.kfunc_sched_by_prog)
		return scx_root;
	if (prog_is_associated(vm->prog)) {
		sch = associated_sched(vm->prog);
	} else {
		sch = prog_owner(vm->prog);
		if (!sch)
			sch = sched_of_unassociated(vm->prog);
	}
	return sch && !sch->dead ? sch : NULL;
}
