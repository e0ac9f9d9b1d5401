// SPDX-License-Identifier: GPL-2.0-only
/*
 * kfuncs.c - who may call which scx_bpf_*(), and those about CPUs, tasks,
 * kicks and time. Each checks what the kernel's own checks and makes one call into
 * the model.
 *
 * The kernel keeps its kfuncs in sets (struct kfunc.group) and lets program types
 * have some of them:
 *
 *			checked at run time		checked at load
 *	struct_ops	all				by op, sched_ext's only
 *	syscall		unlocked, any			unlocked, select_cpu, any, idle, cid
 *	tracing *	any				any, idle, cid
 *
 *	* fentry and the like, tracepoint, perf_event, lsm; raw tracepoints since kfunc_raw_tp
 *
 * Those of other struct_ops have all while kfunc_any_struct_ops, else none.
 * Which it is, says kfunc_context_at_load; at run time by scx_kf_allowed().
 */
#include "bpf/callable.h"
#include "bpf/env.h"
#include "bpf/prog.h"
#include "bpf/vm.h"
#include "base/region.h"
#include "kern/ext/caps.h"
#include "kern/ext/dsq.h"
#include "kern/ext/kfuncs.h"

#include <errno.h>

/* ---- permission at load ---- */

/* ext.c:scx_kf_allow_flags[]: sets that ops have beyond any, idle and cid */
/* Context: any. */
static u32 op_groups(enum scx_op op)
{
	switch (op) {
	case SCX_OP_select_cpu:
	case SCX_OP_enqueue:
		return KFB(SELECT_CPU) | KFB(ENQUEUE);
	case SCX_OP_dispatch:
	case SCX_OP_sub_ecaps_updated:
	case SCX_OP_sub_child_ecaps_updated:
		return KFB(ENQUEUE) | KFB(DISPATCH);
	case SCX_OP_cpu_release:
		return KFB(CPU_RELEASE);
	case SCX_OP_init_cids:
		return KFB(UNLOCKED) | KFB(INIT_CIDS);
	case SCX_OP_init_task:
	case SCX_OP_dump:
	case SCX_OP_cgroup_init:
	case SCX_OP_cgroup_exit:
	case SCX_OP_cgroup_prep_move:
	case SCX_OP_cgroup_cancel_move:
	case SCX_OP_cgroup_set_weight:
	case SCX_OP_cgroup_set_bandwidth:
	case SCX_OP_cgroup_set_idle:
	case SCX_OP_sub_attach:
	case SCX_OP_sub_detach:
	case SCX_OP_cpu_online:
	case SCX_OP_cpu_offline:
	case SCX_OP_exit:
		return KFB(UNLOCKED);
	case SCX_OP_init:
		return KFB(UNLOCKED) | (K->b.cid_override_in_init ? KFB(INIT_CIDS) : 0);
	default:
		return 0;
	}
}

#define GROUPS_ANYWHERE (KFB(ANY) | KFB(IDLE) | KFB(CID))

/* cids and cpus are both small numbers: a cid-form scheduler must not mix them up */
/* Context: any. */
static u32 struct_ops_groups(const struct kfunc *kf, const struct prog *prog)
{
	const char *type = prog_struct_ops_type(prog), *member = prog_attach_name(prog);
	bool cid = type && !strcmp(type, "sched_ext_ops_cid");

	if (!type || (!cid && strcmp(type, "sched_ext_ops")))
		return K->b.kfunc_any_struct_ops ? ~0u : 0;
	if (!K->b.kfunc_context_at_load)
		return ~0u;
	if (cid && (kf->group & KFB(CPU_ONLY)))
		return 0;
	return GROUPS_ANYWHERE | op_groups(member ? scx_op_by_name(member) : SCX_OP_NONE);
}

/* selection was for ops only, before its kfuncs became unlocked ones too */
static u32 syscall_groups(const struct kfunc *kf)
{
	if (K->b.select_cpu_from_anywhere)
		return GROUPS_ANYWHERE | KFB(UNLOCKED) | KFB(SELECT_CPU);
	return kf->group & KFB(SELECT_CPU) ? 0 : GROUPS_ANYWHERE | KFB(UNLOCKED);
}

/* Context: any. */
static u32 prog_groups(const struct kfunc *kf, const struct prog *prog)
{
	switch (prog_type(prog)) {
	case BPF_PROG_TYPE_STRUCT_OPS:
		return struct_ops_groups(kf, prog);
	case BPF_PROG_TYPE_SYSCALL:
		return syscall_groups(kf);
	case BPF_PROG_TYPE_RAW_TRACEPOINT:
		return K->b.kfunc_raw_tp ? GROUPS_ANYWHERE : 0;
	case BPF_PROG_TYPE_TRACING:
	case BPF_PROG_TYPE_TRACEPOINT:
	case BPF_PROG_TYPE_PERF_EVENT:
	case BPF_PROG_TYPE_LSM:
		return GROUPS_ANYWHERE;
	default:
		return 0;
	}
}

int scx_kfunc_allow(const struct kfunc *kf, const struct prog *prog)
{
	return kf->group & ~KFB(CPU_ONLY) & prog_groups(kf, prog) ? 0 : -EACCES;
}

/* ---- permission at run time ---- */

/* the bits above the highest of @mask */
static u32 higher_bits(u32 mask)
{
	return ~((2u << (31 - __builtin_clz(mask))) - 1);
}

/* A kfunc of an outer op must not be called from an op that runs inside of it. */
static const char *nested_kfunc(u32 mask, u32 running)
{
	if (!(running & higher_bits(mask)))
		return NULL;
	if (mask == SCX_KF_CPU_RELEASE)
		return "cpu_release";
	return mask == SCX_KF_DISPATCH ? "dispatch" : NULL;
}

bool scx_kf_allowed(struct scx_sched *sch, u32 mask)
{
	u32 running = current->scx.kf_mask;
	const char *nested;

	assert_in_prog();
	if (K->b.kfunc_context_at_load)
		return true;
	if (!(running & mask)) {
		scx_kf_error(sch,
			     "kfunc with mask 0x%x called from an operation only allowing 0x%x",
			     mask, running);
		return false;
	}
	nested = nested_kfunc(mask, running);
	if (nested)
		scx_kf_error(sch, "%s kfunc called from a nested operation", nested);
	return !nested;
}

bool scx_kf_allowed_if_unlocked(void)
{
	return K->b.kfunc_context_at_load || !current->scx.kf_mask;
}

bool scx_kf_arg_task_ok(struct scx_sched *sch, const struct task_struct *p)
{
	const struct task_struct *curr = current;

	if (p == curr->scx.kf_tasks[0] || p == curr->scx.kf_tasks[1])
		return true;
	scx_kf_error(sch, "called on a task not being operated on");
	return false;
}

bool scx_kf_cpu_valid(struct scx_sched *sch, s32 cpu)
{
	if (sch)
		return scx_cpu_valid(sch, cpu, NULL);
	return cpu_possible(cpu);
}

/* The kernel's verifier lets trusted pointers through only; ours meets what is left at run time. */
/* Context: any. */
struct task_struct *scx_kf_task(struct vm *vm, u64 addr)
{
	if (!addr)
		return NULL;
	if (task_is_at(addr))
		return (struct task_struct *)(uintptr_t)addr;
	vm_fault(
		vm, FAULT_WILD_STORE, addr, sizeof(struct task_struct),
		"a kfunc was given a task that is none%s",
		region_contains(addr) && region_zone_of(addr) == ZONE_STACK ?
			", but the program's own context or stack: most likely BPF_PROG() was forgotten" :
			"");
	return NULL;
}

/* where the kernel requires a task: NULL is a fault too */
struct task_struct *scx_kf_task_nonnull(struct vm *vm, u64 addr)
{
	if (!addr)
		vm_fault(vm, FAULT_WILD_STORE, 0, 0, "a kfunc was given NULL for a task");
	return scx_kf_task(vm, addr);
}

bool scx_refused_in_nmi(struct scx_sched *sch, const char *function)
{
	if (!K->b.kfuncs_refused_in_nmi || !in_nmi())
		return false;
	scx_kf_error(sch, "%s called from NMI", function);
	return true;
}

/* ---- kicking ---- */

static u64 scx_bpf_kick_cpu(struct vm *vm, const u64 *a)
{
	scx_bpf_kick(scx_prog_sched(vm), (s32)a[0], a[1]);
	return 0;
}

/* ---- CPUs ---- */

static u64 scx_bpf_nr_cpu_ids(struct vm *vm, const u64 *a)
{
	return machine->nr_cpu_ids;
}

static u64 scx_bpf_nr_node_ids(struct vm *vm, const u64 *a)
{
	return machine->nr_node_ids;
}

static u64 scx_bpf_get_possible_cpumask(struct vm *vm, const u64 *a)
{
	return P64(machine->possible);
}

static u64 scx_bpf_get_online_cpumask(struct vm *vm, const u64 *a)
{
	return P64(machine->online);
}

static u64 scx_bpf_put_cpumask(struct vm *vm, const u64 *a)
{
	return 0; /* these masks are not counted */
}

static u64 scx_bpf_cpu_rq(struct vm *vm, const u64 *a)
{
	struct scx_sched *sch = scx_prog_sched(vm);

	if ((K->b.kfunc_needs_sched && !sch) || !scx_kf_cpu_valid(sch, (s32)a[0]))
		return 0;
	if (K->b.cpu_rq_warns && !sch->warned_cpu_rq) {
		pr_warn("sched_ext: scx_bpf_cpu_rq() is deprecated; use scx_bpf_locked_rq() when holding rq lock or scx_bpf_cpu_curr() to access remote curr safely.");
		sch->warned_cpu_rq = true;
	}
	return P64(cpu_rq((s32)a[0]));
}

static u64 scx_bpf_locked_rq(struct vm *vm, const u64 *a)
{
	struct scx_sched *sch = scx_prog_sched(vm);
	struct rq *rq = scx_locked_rq();

	if (sch && !rq)
		scx_error(sch, "accessing rq without holding rq lock");
	return sch ? P64(rq) : 0;
}

static u64 scx_bpf_cpu_curr(struct vm *vm, const u64 *a)
{
	struct scx_sched *sch = scx_prog_sched(vm);
	s32 cpu = (s32)a[0];

	return sch && scx_cpu_valid(sch, cpu, NULL) ? P64(cpu_rq(cpu)->curr) : 0;
}

/* Frequency and capacity are not modelled: every CPU has all of both. */
static u64 scx_bpf_cpuperf_query(struct vm *vm, const u64 *a)
{
	struct scx_sched *sch = scx_prog_sched(vm);

	if (sch || !K->b.kfunc_needs_sched)
		scx_kf_cpu_valid(sch, (s32)a[0]);
	return SCX_CPUPERF_ONE;
}

/*
 * ext.c:scx_cpuperf_set(). The target's lock is taken unless an op holds one, which
 * has to be the same then (cpuperf_one_locked_rq).
 */
/* Context: any. */
s32 scx_cpuperf_set(struct scx_sched *sch, s32 cpu, u32 perf)
{
	struct rq *locked = scx_locked_rq(), *rq;

	if (perf > SCX_CPUPERF_ONE) {
		scx_kf_error(sch, "Invalid cpuperf target %u for CPU %d", perf, cpu);
		return -EINVAL;
	}
	if (!scx_kf_cpu_valid(sch, cpu))
		return -EINVAL;
	rq = cpu_rq(cpu);
	if (K->b.cpuperf_one_locked_rq && locked && locked != rq) {
		scx_error(sch, "Invalid target CPU %d", cpu);
		return -EINVAL;
	}
	if (sch && scx_missing_caps(sch, cpu, SCX_CAP_PERF)) {
		scx_add_event(sch, SUB_CIDPERF_DENIED, 1);
		return -EACCES;
	}
	rq->scx.cpuperf_target = perf;
	return 0;
}

static u64 scx_bpf_cpuperf_set(struct vm *vm, const u64 *a)
{
	struct scx_sched *sch = scx_prog_sched(vm);

	if (sch && scx_refused_in_nmi(sch, __func__))
		return 0;
	if (sch || !K->b.kfunc_needs_sched)
		scx_cpuperf_set(sch, (s32)a[0], (u32)a[1]);
	return 0;
}

/* ---- tasks ---- */

static u64 scx_bpf_task_running(struct vm *vm, const u64 *a)
{
	const struct task_struct *p = scx_kf_task_nonnull(vm, a[0]);

	return p && task_rq(p)->curr == p;
}

static u64 scx_bpf_task_cpu(struct vm *vm, const u64 *a)
{
	const struct task_struct *p = scx_kf_task_nonnull(vm, a[0]);

	return p ? (u64)task_cpu(p) : 0;
}

static u64 scx_bpf_task_set_slice(struct vm *vm, const u64 *a)
{
	struct scx_sched *sch = scx_prog_sched(vm);
	struct task_struct *p = scx_kf_task_nonnull(vm, a[0]);

	if (!sch || !p || !scx_task_on_sched(sch, p))
		return false;
	if (K->b.slice_set_by_request)
		scx_request_task_slice(sch, p, a[1]);
	else
		p->scx.slice = a[1];
	return true;
}

/* Nothing is asked for: it counts from the next tick on. */
static u64 scx_bpf_task_set_lazy_resched(struct vm *vm, const u64 *a)
{
	struct scx_sched *sch = scx_prog_sched(vm);
	struct task_struct *p = scx_kf_task_nonnull(vm, a[0]);

	if (!sch || !p || p->scx.sched != sch)
		return false;
	p->scx.lazy_resched = a[1] & 1;
	return true;
}

static u64 scx_bpf_task_set_dsq_vtime(struct vm *vm, const u64 *a)
{
	struct scx_sched *sch = scx_prog_sched(vm);
	struct task_struct *p = scx_kf_task_nonnull(vm, a[0]);

	if (!sch || !p || !scx_task_on_sched(sch, p))
		return false;
	p->scx.dsq_vtime = a[1];
	return true;
}

static u64 scx_bpf_tid_to_task(struct vm *vm, const u64 *a)
{
	if (scx.tid_to_task)
		return P64(scx_tid_to_task(a[0]));
	if (scx_root)
		scx_error(scx_root, "scx_bpf_tid_to_task() called without SCX_OPS_TID_TO_TASK");
	return 0;
}

/* ---- time ---- */

/* The run queue's clock while its lock is held, so that one operation sees one time. */
static u64 scx_bpf_now(struct vm *vm, const u64 *a)
{
	const struct rq *rq = this_rq();

	return rq->scx.flags & SCX_RQ_CLK_VALID ? rq->scx.clock : now_ns();
}

/* ---- the table ---- */

#define ANY KFB(ANY)
#define CPU (KFB(ANY) | KFB(CPU_ONLY))
#define KF(name, flags, groups) { #name, name, flags, groups, scx_kfunc_allow }

static const struct kfunc kfuncs[] = {
	KF(scx_bpf_kick_cpu, KF_IMPLICIT_ARGS, CPU),
	KF(scx_bpf_nr_cpu_ids, 0, ANY),
	KF(scx_bpf_nr_node_ids, 0, ANY),
	KF(scx_bpf_get_possible_cpumask, KF_ACQUIRE, CPU),
	KF(scx_bpf_get_online_cpumask, KF_ACQUIRE, CPU),
	KF(scx_bpf_put_cpumask, KF_RELEASE, CPU),
	KF(scx_bpf_cpu_rq, 0, ANY),
	KF(scx_bpf_locked_rq, KF_IMPLICIT_ARGS | KF_RET_NULL, ANY),
	KF(scx_bpf_cpu_curr, KF_IMPLICIT_ARGS | KF_RET_NULL, CPU),
	{ "scx_bpf_cpuperf_cap", scx_bpf_cpuperf_query, KF_IMPLICIT_ARGS, CPU, scx_kfunc_allow },
	{ "scx_bpf_cpuperf_cur", scx_bpf_cpuperf_query, KF_IMPLICIT_ARGS, CPU, scx_kfunc_allow },
	KF(scx_bpf_cpuperf_set, KF_IMPLICIT_ARGS, CPU),
	KF(scx_bpf_task_running, KF_RCU, ANY),
	KF(scx_bpf_task_cpu, KF_RCU, CPU),
	KF(scx_bpf_task_set_slice, KF_IMPLICIT_ARGS | KF_RCU, ANY),
	KF(scx_bpf_task_set_lazy_resched, KF_IMPLICIT_ARGS | KF_RCU, ANY),
	KF(scx_bpf_task_set_dsq_vtime, KF_IMPLICIT_ARGS | KF_RCU, ANY),
	KF(scx_bpf_tid_to_task, KF_RET_NULL, ANY),
	KF(scx_bpf_now, 0, ANY),
};

void scx_kfuncs_register(void)
{
	kfunc_register(kfuncs, ARRAY_SIZE(kfuncs));
	scx_dsq_kfuncs_register();
	scx_idle_kfuncs_register();
	scx_exit_kfuncs_register();
	scx_cid_kfuncs_register();
	scx_caps_kfuncs_register();
	cgroup_kfuncs_register();
}
