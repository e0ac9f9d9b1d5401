// SPDX-License-Identifier: GPL-2.0-only
/*
 * kfuncs_idle.c - scx_bpf_* about idle CPUs and choosing one: the checks, in
 * the kernel's order, then one call into ext/idle.c.
 *
 * A kfunc without a scheduler to answer for says -ENODEV, false or an empty mask, or
 * (not idle_kfunc_needs_sched) asks for none and finds tracking switched off.
 */
#include "bpf/callable.h"
#include "bpf/vm.h"
#include "kern/cpumask.h"
#include "kern/ext/ext.h"
#include "kern/ext/kfuncs.h"
#include "kern/topology.h"

static bool no_sched(const struct scx_sched *sch)
{
	return K->b.idle_kfunc_needs_sched && !sch;
}

static bool check_builtin_idle_enabled(struct scx_sched *sch)
{
	if (scx_idle_tracking())
		return true;
	scx_kf_error(sch, "built-in idle tracking is disabled");
	return false;
}

/* per-node tracking refuses the kfuncs that know no node */
static bool check_global(struct scx_sched *sch, const char *text)
{
	if (!scx_idle_per_node())
		return true;
	scx_kf_error(sch, "%s", text);
	return false;
}

/* idle.c:validate_node(): the node, or an errno */
/* Context: any. */
static s32 validate_node(struct scx_sched *sch, s32 node)
{
	if (!scx_idle_per_node()) {
		scx_error(sch, "per-node idle tracking is disabled");
		return -EOPNOTSUPP;
	}
	if (node == NUMA_NO_NODE)
		return -ENOENT;
	if (node < 0 || node >= (s32)machine->nr_node_ids) {
		scx_error(sch, "invalid node %d", node);
		return -EINVAL;
	}
	return node;
}

/* a mask argument; what is not there holds no CPU */
static const struct cpumask *arg_mask(u64 addr)
{
	const struct cpumask *mask = vm_ptr(addr, sizeof(*mask));

	return mask && !(addr % sizeof(u64)) ? mask : scx.none_mask;
}

static u64 cpu_or_ebusy(u32 cpu)
{
	return cpu < machine->nr_cpu_ids ? cpu : S32(-EBUSY);
}

/* ---- select_cpu ---- */

/* The program's own prologue pins current: that does not count (CONFIG_PREEMPT_RCU). */
static bool is_bpf_migration_disabled(const struct task_struct *p)
{
	return p->migration_disabled == 1 ? p != current : p->migration_disabled;
}

/* A task with one place to be: that, if it is idle and all asked for allow it. */
static s32 select_cpu_restricted(struct task_struct *p, s32 prev_cpu, const struct cpumask *allowed,
				 u64 flags)
{
	bool pinned = is_bpf_migration_disabled(p);
	s32 cpu = pinned ? task_cpu(p) : cpumask_first(p->cpus_ptr);

	lockdep_assert_irqs_off();
	if (!cpumask_test_cpu(cpu, p->cpus_ptr) || (allowed && !cpumask_test_cpu(cpu, allowed)))
		return -EBUSY;
	if ((flags & SCX_PICK_IDLE_IN_NODE) && scx_idle_per_node() &&
	    cpu_to_node(cpu) != cpu_to_node(prev_cpu))
		return -EBUSY;
	return scx_idle_test_and_clear_cpu(cpu) ? cpu : -EBUSY;
}

/* select_restricted_prev_only: wherever it may be, prev_cpu is asked */
static s32 select_cpu_prev_only(const struct task_struct *p, s32 prev_cpu,
				const struct cpumask *allowed)
{
	if (!cpumask_test_cpu(prev_cpu, allowed ?: p->cpus_ptr))
		return -EBUSY;
	return scx_idle_test_and_clear_cpu(prev_cpu) ? prev_cpu : -EBUSY;
}

static s32 select_cpu_locked(struct task_struct *p, s32 prev_cpu, u64 wake_flags,
			     const struct cpumask *allowed, u64 flags)
{
	bool restricted = p->nr_cpus_allowed == 1 || is_bpf_migration_disabled(p);

	lockdep_assert_irqs_off();
	if (restricted && K->b.select_restricted_prev_only)
		return select_cpu_prev_only(p, prev_cpu, allowed);
	if (restricted)
		return select_cpu_restricted(p, prev_cpu, allowed, flags);
	return scx_select_cpu_dfl(p, prev_cpu, wake_flags, allowed ?: p->cpus_ptr, flags);
}

/* select_kfunc_locks_rq: what select_cpu and enqueue hold is taken to protect any task's mask */
/* Context: any. */
static s32 select_cpu_rq_locked(struct scx_sched *sch, struct task_struct *p, s32 prev_cpu,
				u64 wake_flags, const struct cpumask *allowed, u64 flags)
{
	unsigned long irqflags;
	struct rq *rq;
	s32 cpu;

	if (!scx_kf_allowed_if_unlocked()) {
		if (!scx_kf_allowed(sch, SCX_KF_SELECT_CPU | SCX_KF_ENQUEUE))
			return -EPERM;
		return select_cpu_locked(p, prev_cpu, wake_flags, allowed, flags);
	}
	rq = task_rq_lock(p, &irqflags);
	cpu = select_cpu_locked(p, prev_cpu, wake_flags, allowed, flags);
	task_rq_unlock(rq, p, irqflags);
	return cpu;
}

/* Does the lock that the op's caller holds protect p's mask? Unlocked: take pi_lock here. */
/* Context: any. */
static s32 select_cpu_protected(struct scx_sched *sch, struct task_struct *p, s32 prev_cpu,
				u64 wake_flags, const struct cpumask *allowed, u64 flags)
{
	struct rq *locked = scx_locked_rq();
	unsigned long irqflags;
	s32 cpu;

	if (this_rq()->scx.in_select_cpu) {
		if (!scx_kf_arg_task_ok(sch, p))
			return -EINVAL;
	} else if (locked) {
		if (task_rq(p) != locked) {
			scx_error(sch, "select_cpu kfunc called cross-task on %s[%d]", p->comm,
				  p->pid);
			return -EINVAL;
		}
	} else {
		irqflags = raw_spin_lock_irqsave(&host_of(p)->m->pi_lock);
		cpu = select_cpu_locked(p, prev_cpu, wake_flags, allowed, flags);
		raw_spin_unlock_irqrestore(&host_of(p)->m->pi_lock, irqflags);
		return cpu;
	}
	return select_cpu_locked(p, prev_cpu, wake_flags, allowed, flags);
}

/* idle.c:select_cpu_from_kfunc(); without select_cpu_from_anywhere ext.c:scx_bpf_select_cpu_dfl() */
/* Context: any. */
static s32 select_cpu_from_kfunc(struct scx_sched *sch, struct task_struct *p, s32 prev_cpu,
				 u64 wake_flags, const struct cpumask *allowed, u64 flags)
{
	if (!p || !scx_kf_cpu_valid(sch, prev_cpu))
		return -EINVAL;
	if (!check_builtin_idle_enabled(sch))
		return -EBUSY;
	if (K->b.select_kfunc_locks_rq)
		return select_cpu_rq_locked(sch, p, prev_cpu, wake_flags, allowed, flags);
	if (K->b.select_cpu_from_anywhere)
		return select_cpu_protected(sch, p, prev_cpu, wake_flags, allowed, flags);
	if (!scx_kf_allowed(sch, SCX_KF_SELECT_CPU))
		return -EINVAL;
	return scx_select_cpu_dfl(p, prev_cpu, wake_flags, NULL, 0);
}

static u64 scx_bpf_select_cpu_dfl(struct vm *vm, const u64 *a)
{
	struct scx_sched *sch = scx_prog_sched(vm);
	bool *is_idle = vm_obj(vm, a[3], sizeof(*is_idle));
	s32 cpu;

	if (no_sched(sch) || !is_idle)
		return S32(-ENODEV);
	cpu = select_cpu_from_kfunc(sch, scx_kf_task(vm, a[0]), (s32)a[1], a[2], NULL, 0);
	*is_idle = cpu >= 0;
	return S32(cpu >= 0 ? cpu : (s32)a[1]);
}

static u64 __scx_bpf_select_cpu_and(struct vm *vm, const u64 *a)
{
	const struct scx_bpf_select_cpu_and_args *args = vm_obj_read(vm, a[2], sizeof(*args));
	struct scx_sched *sch = scx_prog_sched(vm);

	if (!sch)
		return S32(-ENODEV);
	if (!args)
		return S32(-EINVAL);
	return S32(select_cpu_from_kfunc(sch, scx_kf_task(vm, a[0]), args->prev_cpu,
					 args->wake_flags, arg_mask(a[1]), args->flags));
}

/* The old form does not tell who calls: with several schedulers, the task's is to blame. */
static s32 refuse_untold(const struct task_struct *p)
{
	if (p && p->scx.sched)
		scx_error(p->scx.sched, "__scx_bpf_select_cpu_and() must be used");
	return -EINVAL;
}

/* the five-argument form of older programs: the root's, whoever calls */
static u64 scx_bpf_select_cpu_and(struct vm *vm, const u64 *a)
{
	struct scx_sched *sch = scx_root;

	if (!sch)
		return S32(-ENODEV);
	if (K->b.sub_scheds && !list_empty(&sch->children))
		return S32(refuse_untold(scx_kf_task(vm, a[0])));
	return S32(select_cpu_from_kfunc(sch, scx_kf_task(vm, a[0]), (s32)a[1], a[2],
					 arg_mask(a[3]), a[4]));
}

/* ---- masks ---- */

static u64 get_idle_mask(struct vm *vm, const struct cpumask *(*get)(s32 node))
{
	struct scx_sched *sch = scx_prog_sched(vm);

	if (no_sched(sch) || !check_global(sch, "SCX_OPS_BUILTIN_IDLE_PER_NODE enabled") ||
	    !check_builtin_idle_enabled(sch))
		return P64(scx.none_mask);
	return P64(get(NUMA_NO_NODE));
}

static u64 get_idle_mask_node(struct vm *vm, s32 node, const struct cpumask *(*get)(s32 node))
{
	struct scx_sched *sch = scx_prog_sched(vm);

	if (!sch || validate_node(sch, node) < 0)
		return P64(scx.none_mask);
	return P64(get(node));
}

static u64 scx_bpf_get_idle_cpumask(struct vm *vm, const u64 *a)
{
	return get_idle_mask(vm, scx_idle_cpumask);
}

static u64 scx_bpf_get_idle_smtmask(struct vm *vm, const u64 *a)
{
	return get_idle_mask(vm, scx_idle_smtmask);
}

static u64 scx_bpf_get_idle_cpumask_node(struct vm *vm, const u64 *a)
{
	return get_idle_mask_node(vm, (s32)a[0], scx_idle_cpumask);
}

static u64 scx_bpf_get_idle_smtmask_node(struct vm *vm, const u64 *a)
{
	return get_idle_mask_node(vm, (s32)a[0], scx_idle_smtmask);
}

/* get took no reference: the pair is there for the verifier */
static u64 scx_bpf_put_idle_cpumask(struct vm *vm, const u64 *a)
{
	return 0;
}

/* ---- claiming and picking ---- */

static u64 scx_bpf_test_and_clear_cpu_idle(struct vm *vm, const u64 *a)
{
	struct scx_sched *sch = scx_prog_sched(vm);

	if (no_sched(sch) || !check_builtin_idle_enabled(sch) || !scx_kf_cpu_valid(sch, (s32)a[0]))
		return false;
	return scx_idle_test_and_clear_cpu((s32)a[0]);
}

static u64 scx_bpf_pick_idle_cpu(struct vm *vm, const u64 *a)
{
	struct scx_sched *sch = scx_prog_sched(vm);

	if (no_sched(sch))
		return S32(-ENODEV);
	if (!check_global(sch, "per-node idle tracking is enabled") ||
	    !check_builtin_idle_enabled(sch))
		return S32(-EBUSY);
	return S32(scx_pick_idle_cpu(arg_mask(a[0]), NUMA_NO_NODE, a[1]));
}

static u64 scx_bpf_pick_idle_cpu_node(struct vm *vm, const u64 *a)
{
	struct scx_sched *sch = scx_prog_sched(vm);
	s32 node = sch ? validate_node(sch, (s32)a[1]) : -ENODEV;

	return S32(node < 0 ? node : scx_pick_idle_cpu(arg_mask(a[0]), node, a[2]));
}

static u64 scx_bpf_pick_any_cpu(struct vm *vm, const u64 *a)
{
	struct scx_sched *sch = scx_prog_sched(vm);
	s32 cpu;

	if (no_sched(sch))
		return S32(-ENODEV);
	if (!check_global(sch, "per-node idle tracking is enabled"))
		return S32(-EBUSY);
	if (scx_idle_tracking()) {
		cpu = scx_pick_idle_cpu(arg_mask(a[0]), NUMA_NO_NODE, a[1]);
		if (cpu >= 0)
			return S32(cpu);
	}
	return cpu_or_ebusy(cpumask_any_distribute(arg_mask(a[0])));
}

static u64 scx_bpf_pick_any_cpu_node(struct vm *vm, const u64 *a)
{
	struct scx_sched *sch = scx_prog_sched(vm);
	const struct cpumask *allowed = arg_mask(a[0]);
	s32 node = sch ? validate_node(sch, (s32)a[1]) : -ENODEV, cpu;

	if (node < 0)
		return S32(node);
	cpu = scx_pick_idle_cpu(allowed, node, a[2]);
	if (cpu >= 0)
		return S32(cpu);
	if (a[2] & SCX_PICK_IDLE_IN_NODE)
		return cpu_or_ebusy(cpumask_any_and_distribute(cpumask_of_node(node), allowed));
	return cpu_or_ebusy(cpumask_any_distribute(allowed));
}

static u64 scx_bpf_cpu_node(struct vm *vm, const u64 *a)
{
	struct scx_sched *sch = scx_prog_sched(vm);

	if (!sch || !scx_kf_cpu_valid(sch, (s32)a[0]))
		return S32(NUMA_NO_NODE);
	return S32(cpu_to_node((s32)a[0]));
}

/* ---- the table ---- */

#define IDLE (KFB(IDLE) | KFB(CPU_ONLY))
#define SELECT (KFB(SELECT_CPU) | KFB(UNLOCKED) | KFB(CPU_ONLY))
#define KF(name, flags, groups) { #name, name, flags, groups, scx_kfunc_allow }

static const struct kfunc idle_kfuncs[] = {
	KF(scx_bpf_select_cpu_dfl, KF_RCU | KF_IMPLICIT_ARGS, SELECT),
	KF(__scx_bpf_select_cpu_and, KF_RCU | KF_IMPLICIT_ARGS, SELECT),
	KF(scx_bpf_select_cpu_and, KF_RCU, SELECT),
	KF(scx_bpf_cpu_node, KF_IMPLICIT_ARGS, IDLE),
	KF(scx_bpf_get_idle_cpumask, KF_ACQUIRE | KF_IMPLICIT_ARGS, IDLE),
	KF(scx_bpf_get_idle_smtmask, KF_ACQUIRE | KF_IMPLICIT_ARGS, IDLE),
	KF(scx_bpf_get_idle_cpumask_node, KF_ACQUIRE | KF_IMPLICIT_ARGS, IDLE),
	KF(scx_bpf_get_idle_smtmask_node, KF_ACQUIRE | KF_IMPLICIT_ARGS, IDLE),
	KF(scx_bpf_put_idle_cpumask, KF_RELEASE, IDLE),
	KF(scx_bpf_test_and_clear_cpu_idle, KF_IMPLICIT_ARGS, IDLE),
	KF(scx_bpf_pick_idle_cpu, KF_RCU | KF_IMPLICIT_ARGS, IDLE),
	KF(scx_bpf_pick_idle_cpu_node, KF_RCU | KF_IMPLICIT_ARGS, IDLE),
	KF(scx_bpf_pick_any_cpu, KF_RCU | KF_IMPLICIT_ARGS, IDLE),
	KF(scx_bpf_pick_any_cpu_node, KF_RCU | KF_IMPLICIT_ARGS, IDLE),
};

void scx_idle_kfuncs_register(void)
{
	kfunc_register(idle_kfuncs, ARRAY_SIZE(idle_kfuncs));
}
