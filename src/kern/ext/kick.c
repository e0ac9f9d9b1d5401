// SPDX-License-Identifier: GPL-2.0-only
/*
 * kick.c - scx_bpf_kick_cpu(), from the call to the target's reschedule.
 *
 * A kick does nothing at once. It sets bits in masks of the CPU that calls and
 * queues that CPU's irq work, which runs when its interrupts are on again:
 *
 *	CPU 1, in ops.enqueue() (irqs off)       CPU 2
 *	  kick(2, PREEMPT)
 *	    cpus_to_kick, _preempt |= 2
 *	    irq_work_queue()
 *	  ... the op and the wakeup end, irqs on
 *	  kick_cpus_irq_workfn()
 *	    lock rq 2; slice = 0; resched ──────▶ TIF_NEED_RESCHED, IPI
 *	                                          schedule(): ops.dispatch(2, prev)
 *
 * So a kick never changes the pick that is under way; many kicks of a CPU become
 * one; a full kick absorbs an idle kick. The masks are the run queue's, or the
 * scheduler's by CPU (kick_masks_per_sched).
 *
 * A lazy preemption (preempt_may_be_lazy) has a mask of its own, and is delivered with the
 * others; unless one of them asks at once, the target hears of it at its next tick or return
 * to user mode (kern/preempt.h).
 *
 * SCX_KICK_WAIT waits for the target's sequence number to move. With
 * kick_wait_spins_in_irq it spins in the irq work, interrupts off: cycles hang the machine,
 * and where the number moves only when the target leaves EXT for another class
 * (kick_seq_on_class_switch), quiet targets do too. Else it waits after the CPU's
 * next EXT pick, interrupts on, and the number moves whenever the target comes to a
 * pick or a put, or waits itself.
 */
#include "base/shortage.h"
#include "kern/ext/dsq.h"

#include <stdlib.h>

#include "bpf/prog.h"
#include "kern/ext/caps.h"

/* the masks that a kick of this CPU goes to */
struct kick_masks {
	struct cpumask *kick, *idle, *preempt, *wait;
	struct cpumask *lazy;  /* NULL: there are no lazy ones */
	struct scx_sched *sch; /* whose, NULL: anybody's */
};

static struct kick_masks masks_of(struct scx_sched_pcpu *pcpu, struct rq *rq)
{
	lockdep_assert_irqs_off();
	if (K->b.kick_masks_per_sched)
		return (struct kick_masks){ &pcpu->cpus_to_kick,
					    &pcpu->cpus_to_kick_if_idle,
					    &pcpu->cpus_to_preempt,
					    &pcpu->cpus_to_wait,
					    K->b.preempt_may_be_lazy ? &pcpu->cpus_to_preempt_lazy :
								       NULL,
					    pcpu->sch };
	return (struct kick_masks){ &rq->scx.cpus_to_kick, &rq->scx.cpus_to_kick_if_idle,
				    &rq->scx.cpus_to_preempt, &rq->scx.cpus_to_wait, NULL };
}

/* ---- the call ---- */

/* the flags that an idle kick excludes */
static u64 busy_flags(void)
{
	return SCX_KICK_PREEMPT | SCX_KICK_WAIT |
	       (K->b.preempt_may_be_lazy ? KV(SCX_KICK_PREEMPT_LAZY) : 0);
}

static void count_call(u64 flags)
{
	struct kick_stats *k = &machine->kicks;
	u64 preempt = busy_flags() & ~SCX_KICK_WAIT;

	assert_in_prog();
	if (flags & SCX_KICK_IDLE)
		k->idle++;
	else if (!(flags & (preempt | SCX_KICK_WAIT)))
		k->plain++;
	if (flags & SCX_KICK_IDLE)
		return;
	k->preempt += !!(flags & preempt);
	k->wait += !!(flags & SCX_KICK_WAIT);
}

/* @prog NULL: the kernel kicks for itself */
static u64 number_kick(const struct scx_sched *sch, s32 cpu, u64 flags, const struct prog *prog)
{
	const struct scx_op_ctx *ctx = prog ? scx_op_ctx() : NULL;
	u64 n = ++machine->kicks.calls;

	scx_trace_of(sch);
	TRACE(kick, n, cpu, flags, ctx ? ctx->op : SCX_OP_NONE, prog ? prog_id(prog) : 0,
	      prog ? prog_current_insn() : 0);
	return n;
}

_Static_assert((u32)NR_KICK_OUTCOMES <= (u32)KICK_OUTCOMES_MAX, "kick_stats has room for each");

/* @prog NULL: who asked is not known any more */
static void count_lost(s32 cpu, enum kick_outcome why, const struct prog *prog)
{
	struct kick_loss *l = &machine->kicks.lost[why];

	if (!l->nr++)
		*l = (struct kick_loss){ 1, now_ns(), cpu, prog ? prog_id(prog) : 0 };
}

static void kick_dropped(u64 n, s32 cpu, enum kick_outcome why)
{
	count_lost(cpu, why, prog_current());
	if (why == KICK_BUSY)
		machine->kicks.skipped_idle++;
	else
		machine->kicks.dropped++;
	TRACE(kick_drop, n, cpu, why);
}

/*
 * ext.c:can_skip_idle_kick(): @rq comes through a full scheduling pass before it can
 * idle. One that dispatches may find nothing.
 */
static bool can_skip_idle_kick(const struct rq *rq)
{
	lockdep_assert_rq_held(rq);
	return !is_idle_task(rq->curr) && !(rq->scx.flags & SCX_RQ_IN_DISPATCH);
}

/* The test before the queueing, if nobody has the lock: an op of the target's holds it itself. */
static bool idle_kick_is_moot(struct rq *rq)
{
	bool moot;

	lockdep_assert_irqs_off();
	if (!raw_spin_rq_trylock(rq))
		return false;
	moot = can_skip_idle_kick(rq);
	raw_spin_rq_unlock(rq);
	return moot;
}

/* A lazy one is not in the mask of the others, so that its delivery knows whether any was not. */
static bool mark_busy_kick(struct kick_masks *m, s32 cpu, u64 flags)
{
	bool lazy = m->lazy && (flags & KV(SCX_KICK_PREEMPT_LAZY));
	bool again = cpumask_test_cpu(cpu, m->kick) || (m->lazy && cpumask_test_cpu(cpu, m->lazy));

	lockdep_assert_irqs_off();
	cpumask_set_cpu(cpu, lazy ? m->lazy : m->kick);
	if (flags & SCX_KICK_PREEMPT)
		cpumask_set_cpu(cpu, m->preempt);
	if (flags & SCX_KICK_WAIT)
		cpumask_set_cpu(cpu, m->wait);
	return again;
}

static void mark_kick(struct kick_masks *m, u64 n, s32 cpu, u64 flags)
{
	bool again = flags & SCX_KICK_IDLE ? cpumask_test_and_set_cpu(cpu, m->idle) :
					     mark_busy_kick(m, cpu, flags);

	lockdep_assert_irqs_off();
	machine->kicks.coalesced += again;
	TRACE(kick_queue, n, cpu, again);
}

static void note_called(struct rq *this_rq, u64 n, s32 cpu)
{
	lockdep_assert_irqs_off();
	if (host_of(this_rq)->scx.kick_called_ns[cpu])
		return;
	host_of(this_rq)->scx.kick_called_ns[cpu] = now_ns();
	host_of(this_rq)->scx.kick_called_n[cpu] = n;
}

/* irqs off */
static void queue_kick(struct scx_sched *sch, u64 n, s32 cpu, u64 flags)
{
	struct rq *rq = this_rq();
	struct scx_sched_pcpu *pcpu = sch ? &sch->pcpu[cpu_of(rq)] : NULL;
	struct kick_masks m = masks_of(pcpu, rq);

	lockdep_assert_irqs_off();
	if (scx_bypassing(sch, cpu_of(rq))) {
		kick_dropped(n, cpu, KICK_BYPASS);
		return;
	}
	if (flags & SCX_KICK_IDLE) {
		if (flags & busy_flags())
			scx_kf_error(sch, "PREEMPT/WAIT cannot be used with SCX_KICK_IDLE");
		if (idle_kick_is_moot(cpu_rq(cpu))) {
			kick_dropped(n, cpu, KICK_BUSY);
			return;
		}
	}
	note_called(rq, n, cpu);
	mark_kick(&m, n, cpu, flags);
	if (K->b.kick_masks_per_sched && list_empty(&pcpu->to_kick_node))
		list_add_tail(&pcpu->to_kick_node, &rq->scx.sched_pcpus_to_kick);
	irq_work_queue(&rq->scx.kick_cpus_irq_work);
}

static bool kick_refused_in_nmi(struct scx_sched *sch)
{
	if (K->b.kick_from_nmi || !in_nmi())
		return false;
	scx_kf_error(sch, K->b.nmi_error_names_function ? "scx_kick_cpu called from NMI" :
							  "scx_bpf_kick_cpu() called from NMI");
	return true;
}

static bool kick_flags_refused(struct scx_sched *sch, u64 flags)
{
	if (!K->b.kick_refuses_unknown_flags || !(flags & ~KV(SCX_KICK_ALL_FLAGS)))
		return false;
	scx_kf_error(sch, "invalid kick flags 0x%llx", flags);
	return true;
}

/* Context: any. */
static void kick_cpu(struct scx_sched *sch, u64 n, s32 cpu, u64 flags)
{
	unsigned long irq_flags;

	if (!sch && !K->b.kick_without_sched) {
		kick_dropped(n, cpu, KICK_NO_SCHED);
		return;
	}
	if (kick_refused_in_nmi(sch)) {
		kick_dropped(n, cpu, KICK_NMI);
		return;
	}
	if (kick_flags_refused(sch, flags)) {
		kick_dropped(n, cpu, KICK_BAD_FLAGS);
		return;
	}
	irq_flags = local_irq_save();
	queue_kick(sch, n, cpu, flags);
	local_irq_restore(irq_flags);
}

void scx_kick_cpu(struct scx_sched *sch, s32 cpu, u64 flags)
{
	kick_cpu(sch, number_kick(sch, cpu, flags, NULL), cpu, flags);
}

void scx_bpf_kick(struct scx_sched *sch, s32 cpu, u64 flags)
{
	u64 n = number_kick(sch, cpu, flags, prog_current());

	assert_in_prog();
	count_call(flags);
	if ((sch || K->b.kick_without_sched) && !scx_kf_cpu_valid(sch, cpu)) {
		kick_dropped(n, cpu, KICK_BAD_CPU);
		return;
	}
	kick_cpu(sch, n, cpu, flags);
}

/* ---- the delivery, in the irq work of the CPU that called ---- */

static void trace_target(const struct rq *rq)
{
	const struct task_struct *curr = rq->curr;

	lockdep_assert_rq_held(rq);
	TRACE(kick_target, cpu_of(rq), task_on_scx(curr) ? curr->scx.slice : 0,
	      test_tsk_thread_flag(curr, K->b.tif_polling_nrflag),
	      !!(rq->scx.flags & SCX_RQ_IN_DISPATCH), test_tsk_need_resched(curr));
}

static void trace_deliver(const struct rq *this_rq, const struct rq *rq, u64 flags,
			  enum kick_outcome outcome)
{
	lockdep_assert_irqs_off();
	TRACE(kick_deliver, host_of(this_rq)->scx.kick_called_n[cpu_of(rq)], cpu_of(rq), flags,
	      class_id(rq->curr), rq->curr->pid, outcome);
}

/* Ask @rq to reschedule, and note since when somebody wants it. */
static enum kick_outcome kick_resched(struct rq *this_rq, struct rq *rq, bool lazy)
{
	bool already = test_tsk_need_resched(rq->curr) ||
		       (lazy && test_tsk_need_resched_lazy(rq->curr));
	u64 ipis = machine->nr_resched_ipis,
	    *called = &host_of(this_rq)->scx.kick_called_ns[cpu_of(rq)];

	if (!host_of(rq)->m->kick_asked_ns) {
		host_of(rq)->m->kick_asked_ns = *called ? *called : now_ns();
		host_of(rq)->m->kick_asker = cpu_of(this_rq);
	}
	host_of(rq)->m->nr_kicked++;
	machine->kicks.sent++;
	machine->kicks.coalesced += already;
	if (lazy)
		scx_resched_curr_lazy(rq);
	else
		resched_curr(rq);
	bug_on(!test_tsk_need_resched(rq->curr) && !(lazy && test_tsk_need_resched_lazy(rq->curr)),
	       "CPU %d is kicked and does not know", cpu_of(rq));
	machine->kicks.ipis += !already && machine->nr_resched_ipis != ipis;
	if (already)
		return KICK_ALREADY;
	return test_tsk_need_resched(rq->curr) ? KICK_RESCHED : KICK_LAZY;
}

static void drop_undelivered(s32 cpu, enum kick_outcome why)
{
	lockdep_assert_irqs_off();
	if (why == KICK_RESCHED || why == KICK_ALREADY || why == KICK_LAZY)
		return;
	count_lost(cpu, why, NULL);
	if (why == KICK_BUSY)
		machine->kicks.skipped_idle++;
	else
		machine->kicks.dropped++;
}

/* Can @rq be kicked from @this_rq? During hotplug a CPU may depend on kicking itself. */
static enum kick_outcome kickable(const struct rq *this_rq, const struct rq *rq)
{
	lockdep_assert_irqs_off();
	if (!cpu_online(cpu_of(rq)) && rq != this_rq)
		return KICK_OFFLINE;
	if (!K->b.kick_higher_class && class_id(rq->curr) > CLASS_EXT)
		return KICK_HIGHER_CLASS;
	return KICK_RESCHED;
}

/* A scheduler without access to a CPU has no business there. Rq locked. */
static bool lacks_access(struct scx_sched *sch, s32 cpu)
{
	if (!sch || !scx_missing_caps(sch, cpu, SCX_CAP_BASE))
		return false;
	scx_add_event(sch, SUB_KICK_DENIED, 1);
	return true;
}

/* true: it may be preempted, whether it had a slice to lose or not */
static bool preempt_target(struct scx_sched *sch, struct rq *rq)
{
	lockdep_assert_rq_held(rq);
	if (!task_on_scx(rq->curr))
		return true;
	if (sch && scx_missing_caps(sch, cpu_of(rq), scx_caps_for_preempt(sch, rq, 0))) {
		scx_add_event(sch, SUB_PREEMPT_DENIED, 1);
		return false;
	}
	if (!scx_set_task_slice(rq->curr, 0))
		scx_add_event(sch, SLICE_DENIED, 1);
	return true;
}

/* The number that waiters watch; it has had two names. */
static unsigned long *kick_seq(struct rq *rq)
{
	return K->b.kick_seq_is_pnt_seq ? &rq->scx.pnt_seq : &rq->scx.kick_sync;
}

/*
 * Take a snapshot of the target's number. For a spin in this irq work the bit stays,
 * for a wait after the next pick the targets are collected.
 */
static bool wait_for_target(struct rq *this_rq, struct rq *rq)
{
	unsigned long seq = *kick_seq(rq);

	lockdep_assert_irqs_off();
	if (!K->b.kick_wait_any_class && !task_on_scx(rq->curr))
		return false;
	if (!K->b.kick_wait_spins_in_irq)
		cpumask_set_cpu(cpu_of(rq), &this_rq->scx.cpus_to_sync);
	host_of(this_rq)->scx.kick_syncs[cpu_of(rq)] = seq;
	TRACE(kick_wait_ask, cpu_of(rq), seq);
	return true;
}

/* ext.c:kick_one_cpu(); true: the caller has to wait */
static bool kick_one_cpu(s32 cpu, struct kick_masks *m, struct rq *this_rq)
{
	struct rq *rq = cpu_rq(cpu);
	unsigned long irq_flags = rq_lock_irqsave(rq);
	bool preempt = cpumask_test_and_clear_cpu(cpu, m->preempt);
	bool lazy = m->lazy && cpumask_test_and_clear_cpu(cpu, m->lazy);
	bool wait = cpumask_test_cpu(cpu, m->wait), should_wait = false;
	bool at_once = preempt || wait || cpumask_test_cpu(cpu, m->kick);
	enum kick_outcome outcome = kickable(this_rq, rq);

	lockdep_assert_irqs_off();
	cpu_charge(machine->cost.kick_target_ns);
	trace_target(rq);
	if (outcome == KICK_RESCHED && lacks_access(m->sch, cpu))
		outcome = KICK_NO_CAP;
	if (outcome == KICK_RESCHED) {
		/* who may not preempt has made a plain kick */
		if (preempt || lazy)
			at_once |= !preempt_target(m->sch, rq);
		if (wait)
			should_wait = wait_for_target(this_rq, rq);
		outcome = kick_resched(this_rq, rq, !at_once);
	}
	if (!should_wait || !K->b.kick_wait_spins_in_irq)
		cpumask_clear_cpu(cpu, m->wait);
	drop_undelivered(cpu, outcome);
	trace_deliver(this_rq, rq,
		      (preempt ? SCX_KICK_PREEMPT : 0) | (wait ? SCX_KICK_WAIT : 0) |
			      (lazy ? KV(SCX_KICK_PREEMPT_LAZY) : 0),
		      outcome);
	rq_unlock_irqrestore(rq, irq_flags);
	return should_wait;
}

static void kick_one_cpu_if_idle(struct scx_sched *sch, s32 cpu, struct rq *this_rq)
{
	struct rq *rq = cpu_rq(cpu);
	unsigned long irq_flags = rq_lock_irqsave(rq);
	enum kick_outcome outcome;

	lockdep_assert_irqs_off();
	cpu_charge(machine->cost.kick_target_ns);
	trace_target(rq);
	if (can_skip_idle_kick(rq))
		outcome = KICK_BUSY;
	else if (!cpu_online(cpu) && rq != this_rq)
		outcome = KICK_OFFLINE;
	else if (lacks_access(sch, cpu))
		outcome = KICK_NO_CAP;
	else
		outcome = kick_resched(this_rq, rq, false);
	drop_undelivered(cpu, outcome);
	trace_deliver(this_rq, rq, SCX_KICK_IDLE, outcome);
	rq_unlock_irqrestore(rq, irq_flags);
}

/* the next CPU behind @after that is kicked, lazily or not */
static s32 next_kicked(const struct kick_masks *m, s32 after)
{
	s32 kick = cpumask_next(after, m->kick);

	return m->lazy ? min(kick, cpumask_next(after, m->lazy)) : kick;
}

/* One set of masks, in ascending order; another kick absorbs an idle kick of the same CPU. */
static bool kick_masked(struct kick_masks *m, struct rq *this_rq)
{
	bool should_wait = false;
	s32 cpu;

	lockdep_assert_irqs_off();
	for (cpu = next_kicked(m, -1); cpu < (s32)machine->nr_cpu_ids; cpu = next_kicked(m, cpu)) {
		should_wait |= kick_one_cpu(cpu, m, this_rq);
		cpumask_clear_cpu(cpu, m->kick);
		cpumask_clear_cpu(cpu, m->idle);
		host_of(this_rq)->scx.kick_called_ns[cpu] = 0;
	}
	for_each_cpu(cpu, m->idle) {
		kick_one_cpu_if_idle(m->sch, cpu, this_rq);
		cpumask_clear_cpu(cpu, m->idle);
		host_of(this_rq)->scx.kick_called_ns[cpu] = 0;
	}
	return should_wait;
}

/* the kicks of each scheduler that has some on this CPU */
static bool kick_scheds(struct rq *this_rq)
{
	struct scx_sched_pcpu *pcpu;
	bool should_wait = false;

	lockdep_assert_irqs_off();
	while ((pcpu = list_first_entry_or_null(&this_rq->scx.sched_pcpus_to_kick,
						struct scx_sched_pcpu, to_kick_node))) {
		struct kick_masks m = masks_of(pcpu, this_rq);

		list_del_init(&pcpu->to_kick_node);
		if (scx_root) /* else its numbers are gone, free_kick_syncs() */
			should_wait |= kick_masked(&m, this_rq);
	}
	return should_wait;
}

/* ---- the wait in hard irq ---- */

struct seq_wait {
	struct rq *target;
	unsigned long seq;
};

static bool kick_seq_moved(void *arg)
{
	const struct seq_wait *w = arg;

	return *kick_seq(w->target) != w->seq;
}

static void wait_in_irq(struct rq *this_rq)
{
	struct cpumask *wait = &this_rq->scx.cpus_to_wait;
	s32 cpu;

	lockdep_assert_irqs_off();
	for_each_cpu(cpu, wait) {
		struct seq_wait w = { cpu_rq(cpu), host_of(this_rq)->scx.kick_syncs[cpu] };

		if (cpu != cpu_of(this_rq)) {
			TRACE(kick_wait_begin, cpu, w.seq);
			spin_until(kick_seq_moved, &w, cpu, "kick_cpus_irq_workfn()");
			TRACE(kick_wait_end, cpu);
		}
		cpumask_clear_cpu(cpu, wait);
	}
}

/* ---- the wait after the next EXT pick ---- */

/* Nobody can wait in hard irq: see to it that this CPU comes to a pick. */
static void ask_for_wait(struct rq *this_rq)
{
	lockdep_assert_irqs_off();
	raw_spin_rq_lock(this_rq);
	this_rq->scx.kick_sync_pending = true;
	resched_curr(this_rq);
	raw_spin_rq_unlock(this_rq);
}

/* A target that waits itself bumps its number all the time, so cycles end. */
static bool kick_sync_moved(void *arg)
{
	const struct seq_wait *w = arg;

	return w->target->scx.kick_sync != w->seq || w->target->scx.in_kick_wait;
}

/* irqs on, rq unlocked while we wait: the target may need us to answer an IPI. */
static void kick_sync_wait_for(struct rq *rq, s32 cpu)
{
	struct seq_wait w = { cpu_rq(cpu), host_of(rq)->scx.kick_syncs[cpu] };

	lockdep_assert_rq_held(rq);
	TRACE(kick_wait_begin, cpu, w.seq);
	raw_spin_rq_unlock(rq);
	rq->scx.in_kick_wait = true;
	scx_kick_seq_bump(rq);
	local_irq_enable();
	spin_until(kick_sync_moved, &w, cpu, "kick_sync_wait_bal_cb()");
	local_irq_disable();
	rq->scx.in_kick_wait = false;
	scx_kick_seq_bump(rq);
	raw_spin_rq_lock(rq);
	TRACE(kick_wait_end, cpu);
}

static bool kick_sync_wait_round(struct rq *rq)
{
	struct cpumask *sync = &rq->scx.cpus_to_sync;
	bool waited = false;
	s32 cpu;

	lockdep_assert_rq_held(rq);
	for_each_cpu(cpu, sync) {
		if (cpu == cpu_of(rq) ||
		    cpu_rq(cpu)->scx.kick_sync != host_of(rq)->scx.kick_syncs[cpu]) {
			cpumask_clear_cpu(cpu, sync);
			continue;
		}
		kick_sync_wait_for(rq, cpu);
		if (cpu_rq(cpu)->scx.in_kick_wait)
			cpumask_clear_cpu(cpu, sync); /* its number moves as we look */
		waited = true;
	}
	return waited;
}

/*
 * ext.c:kick_sync_wait_bal_cb(), rq locked. New targets may come while we wait, so
 * look until there was nothing to wait for. Another CPU that flushes our callbacks
 * has no business here, but it was not always turned away.
 */
static void kick_sync_wait_bal_cb(struct rq *rq)
{
	lockdep_assert_rq_held(rq);
	FN_ENTER(kick_sync_wait_bal_cb, P64(rq));
	if (K->b.kick_wait_any_flusher || cpu_of(rq) == smp_processor_id())
		while (kick_sync_wait_round(rq))
			;
	FN_EXIT(kick_sync_wait_bal_cb, 0, P64(rq));
}

void scx_kick_queue_wait(struct rq *rq)
{
	lockdep_assert_rq_held(rq);
	if (!rq->scx.kick_sync_pending)
		return;
	rq->scx.kick_sync_pending = false;
	queue_balance_callback(rq, &rq->scx.kick_sync_bal_cb, kick_sync_wait_bal_cb);
}

/* ---- the irq work ---- */

/* for the trace: how many targets wait in the masks of @rq's CPU */
static u32 nr_marked(struct rq *rq)
{
	struct scx_sched_pcpu *pcpu;
	struct kick_masks m;
	u32 nr = 0;

	lockdep_assert_irqs_off();
	if (!K->b.kick_masks_per_sched) {
		m = masks_of(NULL, rq);
		return cpumask_weight(m.kick) + cpumask_weight(m.idle);
	}
	list_for_each_entry(pcpu, &rq->scx.sched_pcpus_to_kick, to_kick_node) {
		m = masks_of(pcpu, rq);
		nr += cpumask_weight(m.kick) + cpumask_weight(m.idle);
	}
	return nr;
}

/*
 * The snapshots are there while a scheduler is. Without them the marks stay in the
 * masks, for the first delivery after the next scheduler's start. Masks of a
 * scheduler's own go with it.
 */
static bool kick_syncs_missing(void)
{
	lockdep_assert_irqs_off();
	if (!K->b.kick_syncs_while_enabled || K->b.kick_masks_per_sched || scx_root)
		return false;
	if (K->b.kick_syncs_null_warns && !scx.warned_kick_syncs)
		pr_warn("kick_cpus_irq_workfn() called with NULL %s",
			K->b.kick_seq_is_pnt_seq ? "scx_kick_pseqs" : "scx_kick_syncs");
	scx.warned_kick_syncs = true;
	return true;
}

static void kick_cpus_irq_workfn(struct irq_work *w)
{
	struct rq *rq = this_rq();
	struct kick_masks m;
	bool should_wait;

	lockdep_assert_irqs_off();
	FN_ENTER(kick_cpus_irq_workfn, P64(w));
	TRACE(kick_work, nr_marked(rq));
	if (kick_syncs_missing()) {
		should_wait = false;
	} else if (K->b.kick_masks_per_sched) {
		should_wait = kick_scheds(rq);
	} else {
		m = masks_of(NULL, rq);
		should_wait = kick_masked(&m, rq);
	}
	if (should_wait && K->b.kick_wait_spins_in_irq)
		wait_in_irq(rq);
	else if (should_wait)
		ask_for_wait(rq);
	FN_EXIT(kick_cpus_irq_workfn, 0, P64(w));
}

/* ---- progress, and setting up ---- */

void scx_kick_seq_bump(struct rq *rq)
{
	(*kick_seq(rq))++;
	spin_wake(cpu_of(rq));
}

void scx_kick_init_rq(struct rq *rq)
{
	u32 n = machine->nr_cpu_ids;

	bug_on(smp_processor_id() >= 0, "CPU %d sets a run queue up", smp_processor_id());
	INIT_LIST_HEAD(&rq->scx.sched_pcpus_to_kick);
	init_irq_work(&rq->scx.kick_cpus_irq_work, kick_cpus_irq_workfn);
	host_of(rq)->scx.kick_syncs = calloc(n, sizeof(*host_of(rq)->scx.kick_syncs));
	host_of(rq)->scx.kick_called_ns = calloc(n, sizeof(*host_of(rq)->scx.kick_called_ns));
	host_of(rq)->scx.kick_called_n = calloc(n, sizeof(*host_of(rq)->scx.kick_called_n));
	shortage_on(!host_of(rq)->scx.kick_syncs || !host_of(rq)->scx.kick_called_ns ||
			    !host_of(rq)->scx.kick_called_n,
		    "out of memory for %u CPUs", n);
}

void scx_kick_finish_rq(struct rq *rq)
{
	free(host_of(rq)->scx.kick_syncs);
	free(host_of(rq)->scx.kick_called_ns);
	free(host_of(rq)->scx.kick_called_n);
}
