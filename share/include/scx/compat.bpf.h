/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * compat.bpf.h - one source for kernels from 6.12 on.
 *
 * The kernel renamed the DSQ kfuncs in 6.13, dropped the old names in 6.17 and gave some
 * of them other arguments later. A source may use the names of either time: each is a
 * macro that calls whichever the kernel has. All of them are declared weak; the branch on
 * bpf_ksym_exists() that is not taken is never verified.
 *
 *	scx_bpf_dispatch(p, ...)     ─┐	___v2, if the kernel has it
 *	scx_bpf_dsq_insert(p, ...)   ─┴▶ else scx_bpf_dsq_insert(), else scx_bpf_dispatch()
 *
 * (What follows ___ in a name is left out by libbpf when it looks the kfunc up, the last
 * one only: name___v2___ks is the kernel's name___v2.)
 */
#ifndef KS_SCX_COMPAT_BPF_H
#define KS_SCX_COMPAT_BPF_H

/* an enumerator that the kernel may lack: 0 then */
#define __COMPAT_ENUM_OR_ZERO(type, name) \
	(bpf_core_enum_value_exists(type, name) ? bpf_core_enum_value(type, name) : 0)

/* ---- inserting ---- */

bool scx_bpf_dsq_insert___v2___ks(struct task_struct *p, u64 dsq_id, u64 slice,
				  u64 enq_flags) __ksym __weak;
void scx_bpf_dsq_insert(struct task_struct *p, u64 dsq_id, u64 slice, u64 enq_flags) __ksym __weak;
void scx_bpf_dispatch(struct task_struct *p, u64 dsq_id, u64 slice, u64 enq_flags) __ksym __weak;
void scx_bpf_dsq_insert_vtime(struct task_struct *p, u64 dsq_id, u64 slice, u64 vtime,
			      u64 enq_flags) __ksym __weak;
void scx_bpf_dispatch_vtime(struct task_struct *p, u64 dsq_id, u64 slice, u64 vtime,
			    u64 enq_flags) __ksym __weak;

static __always_inline bool ks_dsq_insert(struct task_struct *p, u64 dsq_id, u64 slice,
					  u64 enq_flags)
{
	if (bpf_ksym_exists(scx_bpf_dsq_insert___v2___ks))
		return scx_bpf_dsq_insert___v2___ks(p, dsq_id, slice, enq_flags);
	if (bpf_ksym_exists(scx_bpf_dsq_insert))
		scx_bpf_dsq_insert(p, dsq_id, slice, enq_flags);
	else
		scx_bpf_dispatch(p, dsq_id, slice, enq_flags);
	return true;
}

static __always_inline bool ks_dsq_insert_vtime(struct task_struct *p, u64 dsq_id, u64 slice,
						u64 vtime, u64 enq_flags)
{
	if (bpf_ksym_exists(scx_bpf_dsq_insert_vtime))
		scx_bpf_dsq_insert_vtime(p, dsq_id, slice, vtime, enq_flags);
	else
		scx_bpf_dispatch_vtime(p, dsq_id, slice, vtime, enq_flags);
	return true;
}

/* ---- moving ---- */

bool scx_bpf_dsq_move_to_local___v2___ks(u64 dsq_id, u64 enq_flags) __ksym __weak;
bool scx_bpf_dsq_move_to_local(u64 dsq_id) __ksym __weak;
bool scx_bpf_consume(u64 dsq_id) __ksym __weak;

static __always_inline bool ks_dsq_move_to_local(u64 dsq_id, u64 enq_flags)
{
	if (bpf_ksym_exists(scx_bpf_dsq_move_to_local___v2___ks))
		return scx_bpf_dsq_move_to_local___v2___ks(dsq_id, enq_flags);
	if (bpf_ksym_exists(scx_bpf_dsq_move_to_local))
		return scx_bpf_dsq_move_to_local(dsq_id);
	return scx_bpf_consume(dsq_id);
}

bool scx_bpf_dsq_move(struct bpf_iter_scx_dsq *it__iter, struct task_struct *p, u64 dsq_id,
		      u64 enq_flags) __ksym __weak;
bool scx_bpf_dsq_move_vtime(struct bpf_iter_scx_dsq *it__iter, struct task_struct *p, u64 dsq_id,
			    u64 enq_flags) __ksym __weak;
void scx_bpf_dsq_move_set_slice(struct bpf_iter_scx_dsq *it__iter, u64 slice) __ksym __weak;
void scx_bpf_dsq_move_set_vtime(struct bpf_iter_scx_dsq *it__iter, u64 vtime) __ksym __weak;
bool scx_bpf_dispatch_from_dsq(struct bpf_iter_scx_dsq *it__iter, struct task_struct *p, u64 dsq_id,
			       u64 enq_flags) __ksym __weak;
bool scx_bpf_dispatch_vtime_from_dsq(struct bpf_iter_scx_dsq *it__iter, struct task_struct *p,
				     u64 dsq_id, u64 enq_flags) __ksym __weak;
void scx_bpf_dispatch_from_dsq_set_slice(struct bpf_iter_scx_dsq *it__iter,
					 u64 slice) __ksym __weak;
void scx_bpf_dispatch_from_dsq_set_vtime(struct bpf_iter_scx_dsq *it__iter,
					 u64 vtime) __ksym __weak;

/* Macros, since an iterator must stay in the frame that made it. */
#define ks_move_either(now, before, it, ...) \
	(bpf_ksym_exists(now) ? now((it), ##__VA_ARGS__) : before((it), ##__VA_ARGS__))

/* ---- tasks ---- */

bool scx_bpf_task_set_slice(struct task_struct *p, u64 slice) __ksym __weak;
bool scx_bpf_task_set_dsq_vtime(struct task_struct *p, u64 vtime) __ksym __weak;

static __always_inline void ks_task_set_slice(struct task_struct *p, u64 slice)
{
	if (bpf_ksym_exists(scx_bpf_task_set_slice))
		scx_bpf_task_set_slice(p, slice);
	else
		p->scx.slice = slice;
}

static __always_inline void ks_task_set_dsq_vtime(struct task_struct *p, u64 vtime)
{
	if (bpf_ksym_exists(scx_bpf_task_set_dsq_vtime))
		scx_bpf_task_set_dsq_vtime(p, vtime);
	else
		p->scx.dsq_vtime = vtime;
}

struct task_struct *scx_bpf_cpu_curr(s32 cpu) __ksym __weak;
struct rq *scx_bpf_cpu_rq(s32 cpu) __ksym __weak;

static __always_inline struct task_struct *__COMPAT_scx_bpf_cpu_curr(s32 cpu)
{
	struct rq *rq;

	if (bpf_ksym_exists(scx_bpf_cpu_curr))
		return scx_bpf_cpu_curr(cpu);
	rq = scx_bpf_cpu_rq(cpu);
	return rq ? rq->curr : NULL;
}

void scx_bpf_reenqueue_local___v2___ks(void) __ksym __weak;
u32 scx_bpf_reenqueue_local(void) __ksym __weak;

/* how many, where the kernel says so; it was void later */
static __always_inline u32 ks_reenqueue_local(void)
{
	if (!bpf_ksym_exists(scx_bpf_reenqueue_local___v2___ks))
		return scx_bpf_reenqueue_local();
	scx_bpf_reenqueue_local___v2___ks();
	return 0;
}

extern bool CONFIG_PREEMPT_RCU __kconfig __weak;

/*
 * May the task leave its CPU? In a callback that does not sleep. Of the task that runs it,
 * one of the count is the callback's own on kernels before 6.18, and with PREEMPT_RCU.
 */
static __always_inline bool is_migration_disabled(const struct task_struct *p)
{
	if (!bpf_core_field_exists(p->migration_disabled))
		return false;
	if (p->migration_disabled != 1)
		return p->migration_disabled;
	if (!CONFIG_PREEMPT_RCU && LINUX_KERNEL_VERSION >= KERNEL_VERSION(6, 18, 0))
		return true;
	return bpf_get_current_task_btf() != p;
}

/* ---- CPUs and nodes ---- */

s32 scx_bpf_select_cpu_and(struct task_struct *p, s32 prev_cpu, u64 wake_flags,
			   const struct cpumask *cpus_allowed, u64 flags) __ksym __weak;
u32 scx_bpf_nr_node_ids(void) __ksym __weak;
s32 scx_bpf_cpu_node(s32 cpu) __ksym __weak;
const struct cpumask *scx_bpf_get_idle_cpumask_node(s32 node) __ksym __weak;
const struct cpumask *scx_bpf_get_idle_smtmask_node(s32 node) __ksym __weak;
s32 scx_bpf_pick_idle_cpu_node(const struct cpumask *cpus_allowed, s32 node,
			       u64 flags) __ksym __weak;
s32 scx_bpf_pick_any_cpu_node(const struct cpumask *cpus_allowed, s32 node,
			      u64 flags) __ksym __weak;

#define __COMPAT_HAS_scx_bpf_select_cpu_and bpf_ksym_exists(scx_bpf_select_cpu_and)
#define __COMPAT_scx_bpf_nr_node_ids() \
	(bpf_ksym_exists(scx_bpf_nr_node_ids) ? scx_bpf_nr_node_ids() : 1)
#define __COMPAT_scx_bpf_cpu_node(cpu) \
	(bpf_ksym_exists(scx_bpf_cpu_node) ? scx_bpf_cpu_node(cpu) : 0)
#define __COMPAT_scx_bpf_get_idle_cpumask_node(node) \
	(bpf_ksym_exists(scx_bpf_get_idle_cpumask_node) ? scx_bpf_get_idle_cpumask_node(node) : \
	 scx_bpf_get_idle_cpumask())
#define __COMPAT_scx_bpf_get_idle_smtmask_node(node) \
	(bpf_ksym_exists(scx_bpf_get_idle_smtmask_node) ? scx_bpf_get_idle_smtmask_node(node) : \
	 scx_bpf_get_idle_smtmask())
#define __COMPAT_scx_bpf_pick_idle_cpu_node(allowed, node, flags) \
	(bpf_ksym_exists(scx_bpf_pick_idle_cpu_node) ? \
	 scx_bpf_pick_idle_cpu_node(allowed, node, flags) : scx_bpf_pick_idle_cpu(allowed, flags))
#define __COMPAT_scx_bpf_pick_any_cpu_node(allowed, node, flags) \
	(bpf_ksym_exists(scx_bpf_pick_any_cpu_node) ? \
	 scx_bpf_pick_any_cpu_node(allowed, node, flags) : scx_bpf_pick_any_cpu(allowed, flags))

/* ---- clocks, flags ---- */

u64 scx_bpf_now(void) __ksym __weak;

#define ks_now() (bpf_ksym_exists(scx_bpf_now) ? scx_bpf_now() : bpf_ktime_get_ns())

enum scx_enq_flags___ks {
	SCX_ENQ_CPU_SELECTED___ks = 1,	/* by its name; the number is the kernel's */
};

/* Did ops.select_cpu() run for this enqueue? A kernel that has no flag for it never skips it. */
static __always_inline bool __COMPAT_is_enq_cpu_selected(u64 enq_flags)
{
	if (!bpf_core_enum_value_exists(enum scx_enq_flags___ks, SCX_ENQ_CPU_SELECTED___ks))
		return true;
	return enq_flags & bpf_core_enum_value(enum scx_enq_flags___ks, SCX_ENQ_CPU_SELECTED___ks);
}

/* ---- from here on, the names are of either time ---- */

#define scx_bpf_dsq_insert(p, dsq_id, slice, enq_flags) \
	ks_dsq_insert((p), (dsq_id), (slice), (enq_flags))
#define scx_bpf_dispatch(p, dsq_id, slice, enq_flags) \
	ks_dsq_insert((p), (dsq_id), (slice), (enq_flags))
#define scx_bpf_dsq_insert_vtime(p, dsq_id, slice, vtime, enq_flags) \
	ks_dsq_insert_vtime((p), (dsq_id), (slice), (vtime), (enq_flags))
#define scx_bpf_dispatch_vtime(p, dsq_id, slice, vtime, enq_flags) \
	ks_dsq_insert_vtime((p), (dsq_id), (slice), (vtime), (enq_flags))

/* (dsq_id), and since 7.1 (dsq_id, enq_flags) */
#define ks_second(first, second, ...) (second)
#define scx_bpf_dsq_move_to_local(dsq_id, ...) \
	ks_dsq_move_to_local((dsq_id), ks_second(0, ##__VA_ARGS__, 0))
#define scx_bpf_consume(dsq_id) ks_dsq_move_to_local((dsq_id), 0)

#define scx_bpf_dsq_move(it, p, dsq_id, enq_flags) \
	ks_move_either(scx_bpf_dsq_move, scx_bpf_dispatch_from_dsq, it, p, dsq_id, enq_flags)
#define scx_bpf_dsq_move_vtime(it, p, dsq_id, enq_flags) \
	ks_move_either(scx_bpf_dsq_move_vtime, scx_bpf_dispatch_vtime_from_dsq, it, p, dsq_id, \
		       enq_flags)
#define scx_bpf_dsq_move_set_slice(it, slice) \
	ks_move_either(scx_bpf_dsq_move_set_slice, scx_bpf_dispatch_from_dsq_set_slice, it, slice)
#define scx_bpf_dsq_move_set_vtime(it, vtime) \
	ks_move_either(scx_bpf_dsq_move_set_vtime, scx_bpf_dispatch_from_dsq_set_vtime, it, vtime)

#define __COMPAT_scx_bpf_dispatch_from_dsq scx_bpf_dsq_move
#define __COMPAT_scx_bpf_dispatch_vtime_from_dsq scx_bpf_dsq_move_vtime
#define __COMPAT_scx_bpf_dispatch_from_dsq_set_slice scx_bpf_dsq_move_set_slice
#define __COMPAT_scx_bpf_dispatch_from_dsq_set_vtime scx_bpf_dsq_move_set_vtime
#define __COMPAT_scx_bpf_task_cgroup scx_bpf_task_cgroup

#define scx_bpf_task_set_slice(p, slice) ks_task_set_slice((p), (slice))
#define scx_bpf_task_set_dsq_vtime(p, vtime) ks_task_set_dsq_vtime((p), (vtime))
#define scx_bpf_reenqueue_local() ks_reenqueue_local()
#define scx_bpf_now() ks_now()

#endif
