// SPDX-License-Identifier: GPL-2.0-only
/*
 * idle.c - which CPUs are idle, as the built-in tracking sees it, and the
 * default choice of a CPU for a waking task.
 *
 * A bit of the cpu mask does not say that the CPU runs its idle task now. It says
 * that it went idle and nobody has claimed it since:
 *
 *	task ─▶ idle      set          claimed and kicked, nothing to run:
 *	idle ─▶ task      clear        idle ─▶ idle re-pick sets it again
 *	claimed           clear        claimed and never kicked: stays clear
 *
 * The smt mask holds the CPUs whose whole core is in the cpu mask. Both are
 * written without a lock of their own: racy, and mended by the next transition.
 * There can be a pair for each NUMA node instead of one for all (idle_per_node).
 */
#include "bpf/cpumask.h"
#include "kern/cpumask.h"
#include "kern/ext/caps.h"
#include "kern/ext/ext.h"
#include "kern/points.h"
#include "kern/topology.h"

static void pair_init(struct scx_idle_cpus *pair)
{
	pair->cpu = mask_alloc(1);
	pair->smt = mask_alloc(1);
}

void scx_idle_init(void)
{
	cpumask_cursors_reset();
	scx.none_mask = mask_alloc(1);
	pair_init(&scx.idle.global);
	for (u32 node = 0; K->b.idle_per_node && node < machine->nr_node_ids; node++)
		pair_init(&scx.idle.node[node]);
}

static struct scx_idle_cpus *idle_cpumask(s32 node)
{
	return node == NUMA_NO_NODE ? &scx.idle.global : &scx.idle.node[node];
}

/* the pair that @cpu's bits are in */
static s32 scx_cpu_node_if_enabled(s32 cpu)
{
	return scx.idle.per_node ? cpu_to_node(cpu) : NUMA_NO_NODE;
}

const struct cpumask *scx_idle_cpumask(s32 node)
{
	return idle_cpumask(node)->cpu;
}

const struct cpumask *scx_idle_smtmask(s32 node)
{
	return sched_smt_active() ? idle_cpumask(node)->smt : idle_cpumask(node)->cpu;
}

bool scx_idle_tracking(void)
{
	return scx.idle.enabled;
}

bool scx_idle_per_node(void)
{
	return scx.idle.per_node;
}

/*
 * lib/cpumask.c: spread by starting after the last choice of this CPU; the cursors are
 * shared with the guests' bpf_cpumask_any_distribute() and its like.
 */

u32 cpumask_any_and_distribute(const struct cpumask *a, const struct cpumask *b)
{
	return cpumask_distribute(a, b);
}

u32 cpumask_any_distribute(const struct cpumask *m)
{
	return cpumask_distribute(m, NULL);
}

/* ---- claiming and picking ---- */

/* The core is not wholly idle any more, whether the claim succeeds or not. */
static void clear_core(s32 cpu, struct cpumask *smts)
{
	const struct cpumask *smt = cpu_smt_mask(cpu);

	if (cpumask_intersects(smt, smts))
		cpumask_andnot(smts, smts, smt);
	else if (cpumask_test_cpu(cpu, smts)) /* offline: in no sibling mask */
		cpumask_clear_cpu(cpu, smts);
}

/* One of several claimers wins. */
bool scx_idle_test_and_clear_cpu(s32 cpu)
{
	struct scx_idle_cpus *pair = idle_cpumask(scx_cpu_node_if_enabled(cpu));

	point_here(POINT_IDLE_MASK, pair->cpu, true);
	if (sched_smt_active())
		clear_core(cpu, pair->smt);
	return cpumask_test_and_clear_cpu(cpu, pair->cpu);
}

/* Context: any. */
static s32 pick_idle_cpu_in_node(const struct cpumask *allowed, s32 node, u64 flags)
{
	struct scx_idle_cpus *pair = idle_cpumask(node);
	s32 cpu;

	point_here(POINT_IDLE_MASK, pair->cpu, false);
	do {
		cpu = (s32)machine->nr_cpu_ids;
		if (sched_smt_active()) {
			cpu = (s32)cpumask_any_and_distribute(pair->smt, allowed);
			if (cpu >= (s32)machine->nr_cpu_ids && (flags & SCX_PICK_IDLE_CORE))
				return -EBUSY;
		}
		if (cpu >= (s32)machine->nr_cpu_ids)
			cpu = (s32)cpumask_any_and_distribute(pair->cpu, allowed);
		if (cpu >= (s32)machine->nr_cpu_ids)
			return -EBUSY;
	} while (!scx_idle_test_and_clear_cpu(cpu));
	return cpu;
}

/* a node with CPUs that is not in @visited and next to @from; NUMA_NO_NODE: none left */
/* Context: any. */
static s32 nearest_node(s32 from, u64 visited)
{
	s32 best = NUMA_NO_NODE;

	for (s32 node = 0; node < (s32)machine->nr_node_ids; node++) {
		if (visited >> node & 1)
			continue;
		if (best == NUMA_NO_NODE || node_distance(from, node) < node_distance(from, best))
			best = node;
	}
	return best;
}

/* Context: any. */
static s32 pick_idle_cpu_from_online_nodes(const struct cpumask *allowed, s32 start, u64 flags)
{
	u64 visited = 1ULL << start;
	s32 node, cpu;

	while ((node = nearest_node(start, visited)) != NUMA_NO_NODE) {
		cpu = pick_idle_cpu_in_node(allowed, node, flags);
		if (cpu >= 0)
			return cpu;
		visited |= 1ULL << node;
	}
	return -EBUSY;
}

s32 scx_pick_idle_cpu(const struct cpumask *allowed, s32 node, u64 flags)
{
	s32 cpu = pick_idle_cpu_in_node(allowed, node, flags);

	if (cpu >= 0 || node == NUMA_NO_NODE || (flags & SCX_PICK_IDLE_IN_NODE))
		return cpu;
	return pick_idle_cpu_from_online_nodes(allowed, node, flags);
}

/* ---- default selection without topology: ext.c:scx_select_cpu_dfl() ---- */

/* A waker about to sleep, with nothing queued here, while the system is not full */
static bool wake_sync_here(const struct cpumask *allowed, s32 node)
{
	s32 cpu = smp_processor_id();

	return !(current->flags & PF_EXITING) && cpu_rq(cpu)->scx.local_dsq.nr == 0 &&
	       !cpumask_empty(idle_cpumask(node)->cpu) && cpumask_test_cpu(cpu, allowed);
}

/* Context: any. */
static s32 select_cpu_flat(struct task_struct *p, s32 prev_cpu, u64 wake_flags)
{
	s32 cpu;

	/* the waker's bit, if it has one, stays: it is not claimed */
	if ((wake_flags & SCX_WAKE_SYNC) && wake_sync_here(p->cpus_ptr, NUMA_NO_NODE))
		return smp_processor_id();
	if (sched_smt_active()) {
		if (cpumask_test_cpu(prev_cpu, scx.idle.global.smt) &&
		    scx_idle_test_and_clear_cpu(prev_cpu))
			return prev_cpu;
		cpu = scx_pick_idle_cpu(p->cpus_ptr, NUMA_NO_NODE, SCX_PICK_IDLE_CORE);
		if (cpu >= 0)
			return cpu;
	}
	/* not checked against the task's mask: the core mends a bad choice */
	if (scx_idle_test_and_clear_cpu(prev_cpu))
		return prev_cpu;
	return scx_pick_idle_cpu(p->cpus_ptr, NUMA_NO_NODE, 0);
}

/* ---- default selection, idle.c:scx_select_cpu_dfl() ---- */

/* sd_llc's span; a domain of one CPU is degenerate and does not exist: NULL */
static const struct cpumask *llc_span(s32 cpu)
{
	const struct cpumask *m = machine->topo[cpu].llc_mask;

	return cpumask_weight(m) > 1 ? m : NULL;
}

/* span of the local group of sd_numa, which only a machine of several nodes has */
static const struct cpumask *numa_span(s32 cpu)
{
	const struct cpumask *m = machine->topo[cpu].node_mask;

	return cpumask_weight(m) < cpumask_weight(machine->online) ? m : NULL;
}

static u32 span_weight(const struct cpumask *span)
{
	return span ? cpumask_weight(span) : 0;
}

static bool llc_numa_mismatch(void)
{
	s32 cpu;

	for_each_online_cpu(cpu) {
		if (span_weight(llc_span(cpu)) != span_weight(numa_span(cpu)))
			return true;
	}
	return false;
}

/* At enable and when CPUs come and go: are there several LLCs, several nodes? */
/* Context: any. */
void scx_idle_update_topology(void)
{
	s32 cpu = cpumask_first(machine->online);
	u32 online = cpumask_weight(machine->online), llc, numa;

	if (!K->b.idle_select_topology)
		return;
	llc = span_weight(llc_span(cpu));
	numa = span_weight(numa_span(cpu));
	scx.idle.llc = llc > 0 && llc < online;
	scx.idle.numa = !(scx_root->flags & SCX_OPS_BUILTIN_IDLE_PER_NODE) && numa > 0 &&
			numa < online && llc_numa_mismatch();
}

static bool task_affinity_all(const struct task_struct *p)
{
	return p->nr_cpus_allowed >= (s32)cpumask_weight(machine->possible);
}

/* what a selection looks at; masks that need it have their room here */
struct selcpu {
	struct task_struct *p;
	s32 prev_cpu, node; /* @node: whose pair of masks, prev's */
	u64 flags;
	bool prev_ok;
	const struct cpumask *allowed, *llc, *numa; /* the last two may be NULL */
	struct cpumask allowed_buf, llc_buf, numa_buf;
};

/* the CPUs of @span that the task may use, @buf's if that takes narrowing; NULL: none */
static const struct cpumask *selcpu_span(const struct selcpu *s, const struct cpumask *span,
					 struct cpumask *buf)
{
	if (s->allowed == s->p->cpus_ptr && task_affinity_all(s->p))
		return span;
	return span && cpumask_and(buf, s->allowed, span) ? buf : NULL;
}

/* Context: any. */
static int selcpu_init(struct selcpu *s, struct task_struct *p, s32 prev_cpu,
		       const struct cpumask *allowed, u64 flags)
{
	s->p = p;
	s->prev_cpu = prev_cpu;
	s->node = scx_cpu_node_if_enabled(prev_cpu);
	s->flags = flags;
	s->allowed = allowed ?: p->cpus_ptr;
	s->prev_ok = cpumask_test_cpu(prev_cpu, s->allowed);
	if (s->allowed != p->cpus_ptr && !task_affinity_all(p)) {
		if (!cpumask_and(&s->allowed_buf, allowed, p->cpus_ptr))
			return -EBUSY;
		s->allowed = &s->allowed_buf;
	}
	if (!K->b.prev_tested_unnarrowed)
		s->prev_ok = cpumask_test_cpu(prev_cpu, s->allowed);
	s->numa = scx.idle.numa ? selcpu_span(s, numa_span(prev_cpu), &s->numa_buf) : NULL;
	s->llc = scx.idle.llc ? selcpu_span(s, llc_span(prev_cpu), &s->llc_buf) : NULL;
	return 0;
}

/* The wakee goes to an idle cache-affine prev, else to the waker's CPU. -EBUSY: neither */
/* Context: any. */
static s32 selcpu_sync(struct selcpu *s)
{
	s32 cpu = smp_processor_id(), node = scx_cpu_node_if_enabled(cpu);

	if (s->prev_ok && cpus_share_cache(cpu, s->prev_cpu) &&
	    scx_idle_test_and_clear_cpu(s->prev_cpu))
		return s->prev_cpu;
	if (K->b.wake_sync_wrong_node && !scx.idle.per_node)
		return -EBUSY; /* it asks a node's mask, which nobody fills */
	if (((s->flags & SCX_PICK_IDLE_IN_NODE) && node != s->node) ||
	    !wake_sync_here(s->allowed, node))
		return -EBUSY;
	if (K->b.wake_sync_claims_waker)
		scx_idle_test_and_clear_cpu(cpu);
	return cpu;
}

/* the LLC, then the node, then anywhere */
static s32 selcpu_outward(struct selcpu *s, u64 near_flags, u64 far_flags)
{
	s32 cpu = -EBUSY;

	if (s->llc)
		cpu = pick_idle_cpu_in_node(s->llc, s->node, near_flags);
	if (cpu < 0 && s->numa)
		cpu = pick_idle_cpu_in_node(s->numa, s->node, near_flags);
	return cpu >= 0 ? cpu : scx_pick_idle_cpu(s->allowed, s->node, far_flags);
}

/* a CPU of a wholly idle core, best prev's */
static s32 selcpu_core(struct selcpu *s)
{
	if (s->prev_ok && cpumask_test_cpu(s->prev_cpu, idle_cpumask(s->node)->smt) &&
	    scx_idle_test_and_clear_cpu(s->prev_cpu))
		return s->prev_cpu;
	return selcpu_outward(s, SCX_PICK_IDLE_CORE, s->flags | SCX_PICK_IDLE_CORE);
}

static s32 selcpu_sibling(struct selcpu *s)
{
	s32 cpu;

	for_each_cpu_and(cpu, cpu_smt_mask(s->prev_cpu), s->allowed) {
		if (cpu != s->prev_cpu && scx_idle_test_and_clear_cpu(cpu))
			return cpu;
	}
	return -EBUSY;
}

/* Context: any. */
static s32 select_cpu_topology(struct selcpu *s, u64 wake_flags)
{
	s32 cpu;

	if (wake_flags & SCX_WAKE_SYNC) {
		cpu = selcpu_sync(s);
		if (cpu >= 0)
			return cpu;
	}
	if (sched_smt_active()) {
		cpu = selcpu_core(s);
		if (cpu >= 0 || (s->flags & SCX_PICK_IDLE_CORE))
			return cpu;
	}
	if (s->prev_ok && scx_idle_test_and_clear_cpu(s->prev_cpu))
		return s->prev_cpu;
	if (K->b.select_prev_sibling && sched_smt_active()) {
		cpu = selcpu_sibling(s);
		if (cpu >= 0)
			return cpu;
	}
	return selcpu_outward(s, 0, s->flags);
}

s32 scx_select_cpu_dfl(struct task_struct *p, s32 prev_cpu, u64 wake_flags,
		       const struct cpumask *allowed, u64 flags)
{
	struct selcpu s;

	if (!K->b.idle_select_topology)
		return select_cpu_flat(p, prev_cpu, wake_flags);
	if (selcpu_init(&s, p, prev_cpu, allowed, flags))
		return -EBUSY;
	return select_cpu_topology(&s, wake_flags);
}

/* ---- transitions ---- */

static void update_builtin_idle(s32 cpu, bool is_idle)
{
	struct scx_idle_cpus *pair = idle_cpumask(scx_cpu_node_if_enabled(cpu));
	const struct cpumask *smt;

	lockdep_assert_rq_held(this_rq());
	point_here(POINT_IDLE_MASK, pair->cpu, true);
	if (is_idle)
		cpumask_set_cpu(cpu, pair->cpu);
	else
		cpumask_clear_cpu(cpu, pair->cpu);
	if (!sched_smt_active())
		return;
	smt = cpu_smt_mask(cpu);
	if (!is_idle)
		cpumask_andnot(pair->smt, pair->smt, smt);
	else if (cpumask_subset(smt, pair->cpu))
		cpumask_or(pair->smt, pair->smt, smt);
}

static void notify_one(struct scx_sched *sch, struct rq *rq, bool is_idle)
{
	lockdep_assert_rq_held(rq);
	if (SCX_HAS_OP(sch, update_idle) && !scx_bypassing(sch, cpu_of(rq)))
		SCX_CALL_OP(sch, update_idle, rq, (u64)(s64)scx_cpu_arg(cpu_of(rq)), is_idle);
}

/* @sch missed it, bypassing or without access then, and is told at this re-pick */
static bool is_owed(struct scx_sched *sch, struct rq *rq, bool root_owed)
{
	struct scx_sched_pcpu *pcpu = &sch->pcpu[cpu_of(rq)];
	bool owed = sch->level ? pcpu->idle_renotify : root_owed;

	lockdep_assert_rq_held(rq);
	pcpu->idle_renotify = false;
	return owed;
}

/* To all that have access to the CPU, a parent before its children; not sub_caps: to the root. */
static void notify(struct rq *rq, bool is_idle, bool do_notify, bool root_owed)
{
	struct scx_sched *pos = scx_root;

	lockdep_assert_rq_held(rq);
	if (!scx_caps_matter()) {
		if (do_notify || root_owed)
			notify_one(pos, rq, is_idle);
		return;
	}
	while (pos) {
		if (scx_missing_caps(pos, cpu_of(rq), SCX_CAP_BASE)) {
			pos = scx_skip_subtree_pre(pos, scx_root);
			continue;
		}
		if (is_owed(pos, rq, root_owed) || do_notify)
			notify_one(pos, rq, is_idle);
		pos = scx_next_descendant_pre(pos, scx_root);
	}
}

/* update_idle_op_first: the op first, then the masks, unless set_next_task_idle() is about to do it */
static void update_op_first(struct rq *rq, bool is_idle, bool do_notify)
{
	lockdep_assert_rq_held(rq);
	if (do_notify)
		notify(rq, is_idle, true, false);
	if (scx.idle.enabled && (do_notify || is_idle_task(rq->curr)))
		update_builtin_idle(cpu_of(rq), is_idle);
}

/*
 * Else the masks first, so that either ops.enqueue() sees the bit or ops.update_idle()
 * the task. A CPU that went idle unheard while bypassing tells so at a re-pick.
 */
static void update_masks_first(struct rq *rq, bool is_idle, bool do_notify)
{
	u32 owed = rq->scx.flags & (SCX_RQ_ROOT_IDLE_RENOTIFY | SCX_RQ_SUB_IDLE_RENOTIFY);

	lockdep_assert_rq_held(rq);
	if (scx.idle.enabled)
		update_builtin_idle(cpu_of(rq), is_idle);
	if (!do_notify && !(is_idle && owed))
		return;
	rq->scx.flags &= ~owed;
	notify(rq, is_idle, do_notify, owed & SCX_RQ_ROOT_IDLE_RENOTIFY);
}

/* __scx_update_idle(); rq locked. @do_notify: a real transition, not a re-pick */
void scx_update_idle(struct rq *rq, bool is_idle, bool do_notify)
{
	if (!scx_enabled())
		return;
	lockdep_assert_rq_held(rq);
	if (K->b.update_idle_op_first)
		update_op_first(rq, is_idle, do_notify);
	else if (do_notify || K->b.idle_repick_always_refreshes || is_idle_task(rq->curr))
		update_masks_first(rq, is_idle, do_notify);
}

/* ---- enable ---- */

/* @within: the CPUs whose bits are in @pair */
static void reset_pair(struct scx_idle_cpus *pair, const struct cpumask *within)
{
	lockdep_assert_mutex_held(&scx.enable_mutex);
	if (K->b.idle_masks_start_full) {
		cpumask_and(pair->cpu, machine->online, within);
		cpumask_and(pair->smt, machine->online, within);
	} else {
		cpumask_clear(pair->cpu);
		cpumask_clear(pair->smt);
	}
}

void scx_idle_enable(struct scx_sched *sch)
{
	lockdep_assert_mutex_held(&scx.enable_mutex);
	scx.idle.enabled = !host_of(sch)->ops_prog[SCX_OP_update_idle] ||
			   (sch->flags & SCX_OPS_KEEP_BUILTIN_IDLE);
	scx.idle.per_node = K->b.idle_per_node && (sch->flags & SCX_OPS_BUILTIN_IDLE_PER_NODE);
	scx.idle.llc = scx.idle.numa = false;
	if (!scx.idle.per_node && (scx.idle.enabled || !K->b.idle_masks_start_full))
		reset_pair(&scx.idle.global, machine->possible);
	for (u32 node = 0; scx.idle.per_node && node < machine->nr_node_ids; node++)
		reset_pair(&scx.idle.node[node], cpumask_of_node((s32)node));
}

void scx_idle_disable(void)
{
	scx.idle.enabled = scx.idle.per_node = false;
}
