// SPDX-License-Identifier: GPL-2.0-only
/*
 * invariants.c - see invariants.h. A queued EXT task that does not run is in exactly
 * one place, and the counts follow:
 *
 *	on a DSQ		p->scx.dsq, linked
 *	deferred verdict	no DSQ, linked (its run queue's ddsp_deferred_locals)
 *	the scheduler has it	ops_state QUEUED
 *	on its way		ops_state DISPATCHING, or holding_cpu >= 0
 *
 * Whoever holds a lock is in the middle of something: what the lock guards is left
 * alone until it is free.
 */
#include "check/invariants.h"

#include "kern/ext/dsq.h"
#include "kern/topology.h"

#define WHO "%s[%d] on CPU %d: "
#define WHO_ARGS(p) (p)->comm, (p)->pid, task_cpu(p)

/* all that the folder keeps beside the machine's judge; emptied by invariants_watch() */
static struct check_state {
	/* what the walk over all tasks counts for each CPU */
	struct tally {
		u32 running, ext, waiting; /* on_rq; of them EXT; of them not current */
	} tallies[NR_CPUS];
	/* CPUs whose idle bit was seen clear while they were busy, since scheduler idle_id */
	struct cpumask idle_settled;
	u64 idle_id;
} check_state;

static bool is_locked(const struct rq *rq)
{
	return raw_spin_is_locked(rq_lockp(rq));
}

static bool is_linked(const struct task_struct *p)
{
	return !list_empty(&p->scx.dsq_list.node);
}

/* ---- tasks ---- */

/* reenq_limit: a task that was reenqueued too often waits, nowhere, for the scheduler's end */
static bool may_be_stranded(void)
{
	return !scx_root || scx_root->exit_kind != SCX_EXIT_NONE;
}

/*
 * Migration may be disabled where the mask, changed since, does not reach; one that ran as
 * its mask changed waits for the stopper to take it away.
 */
static bool may_run_there(const struct task_struct *p)
{
	const struct rq *rq = task_rq(p);

	return is_migration_disabled(p) || cpumask_test_cpu(task_cpu(p), p->cpus_ptr) ||
	       (rq->stop && task_on_rq_queued(rq->stop));
}

static void check_waiting(const struct task_struct *p)
{
	enum scx_ops_state state = opss_state(opss_read(p));
	bool on_dsq = p->scx.dsq, moving = state == SCX_OPSS_DISPATCHING || p->scx.holding_cpu >= 0;
	bool held = state == SCX_OPSS_QUEUED;

	bug_on(list_empty(&p->scx.runnable_node), WHO "waits and is not on the runnable list",
	       WHO_ARGS(p));
	bug_on(state == SCX_OPSS_QUEUEING,
	       WHO "ops.enqueue() is over, and it is still being asked about", WHO_ARGS(p));
	bug_on(held && (on_dsq || is_linked(p)), WHO "the scheduler has it, and a queue too",
	       WHO_ARGS(p));
	bug_on(held && scx_bypassing(scx_task_sched(p), task_cpu(p)),
	       WHO "the scheduler has it, in bypass mode", WHO_ARGS(p));
	bug_on(!on_dsq && !is_linked(p) && !held && !moving && !may_be_stranded(),
	       WHO "waits, and nobody has it", WHO_ARGS(p));
	if (!on_dsq || moving || raw_spin_is_locked(&p->scx.dsq->lock))
		return;
	bug_on(!is_linked(p), WHO "has a DSQ 0x%llx that does not have it", WHO_ARGS(p),
	       p->scx.dsq->id);
	bug_on(dsq_is_local(p->scx.dsq) && local_dsq_rq(p->scx.dsq) != task_rq(p),
	       WHO "is on the local DSQ of CPU %d", WHO_ARGS(p), cpu_of(local_dsq_rq(p->scx.dsq)));
	bug_on(dsq_is_local(p->scx.dsq) && !may_run_there(p),
	       WHO "is on a local DSQ, and may not run there", WHO_ARGS(p));
}

static void check_running(const struct task_struct *p)
{
	bug_on(p->scx.dsq || is_linked(p), WHO "runs and is queued", WHO_ARGS(p));
	bug_on(opss_state(opss_read(p)) != SCX_OPSS_NONE, WHO "runs in state %lu", WHO_ARGS(p),
	       opss_read(p));
	bug_on(!list_empty(&p->scx.runnable_node), WHO "runs and is on the runnable list",
	       WHO_ARGS(p));
	bug_on(!(p->scx.flags & SCX_TASK_RESET_RUNNABLE_AT), WHO "runs, and its last wait goes on",
	       WHO_ARGS(p));
}

static void check_ext_task(const struct task_struct *p, struct tally *t)
{
	bool queued = p->scx.flags & SCX_TASK_QUEUED;

	bug_on(queued != task_on_rq_queued(p), WHO "on_rq is %d, its EXT flags 0x%x", WHO_ARGS(p),
	       p->on_rq, p->scx.flags);
	if (!queued)
		return;
	t->ext++;
	if (task_current(task_rq(p), p)) {
		check_running(p);
	} else {
		t->waiting++;
		check_waiting(p);
	}
}

static void check_task(const struct task_struct *p)
{
	const struct rq *rq = task_rq(p);
	struct tally *t = &check_state.tallies[task_cpu(p)];

	if (is_locked(rq) || task_on_rq_migrating(p))
		return;
	bug_on(task_on_rq_queued(p) && host_of(rq)->m->halted && p != rq->stop &&
		       !host_of(p)->m->per_cpu_kthread,
	       WHO "is runnable there, and that is offline", WHO_ARGS(p));
	t->running += task_on_rq_queued(p) && !host_of(p)->m->fair.throttled &&
		      (class_id(p) != CLASS_DL || host_of(p)->m->dl.queued);
	if (task_on_scx(p))
		check_ext_task(p, t);
}

/* ---- queues ---- */

static void check_dsq_task(const struct scx_dispatch_q *dsq, const struct task_struct *p)
{
	bug_on(p->scx.dsq != dsq, WHO "is in the list of DSQ 0x%llx and knows nothing of it",
	       WHO_ARGS(p), dsq->id);
	/* a dequeue clears the flag first */
	bug_on(!(p->scx.flags & SCX_TASK_QUEUED) && !is_locked(task_rq(p)),
	       WHO "is on DSQ 0x%llx and not queued", WHO_ARGS(p), dsq->id);
	bug_on(!(p->scx.dsq_flags & SCX_TASK_DSQ_ON_PRIQ) != !dsq->priq.rb_node,
	       WHO "differs from DSQ 0x%llx in whether that is ordered by vtime", WHO_ARGS(p),
	       dsq->id);
}

/* a user, global or bypass DSQ */
static void check_dsq(struct scx_dispatch_q *dsq)
{
	struct task_struct *p;
	u32 n = 0;

	if (raw_spin_is_locked(&dsq->lock))
		return;
	nldsq_for_each_task(p, dsq) {
		check_dsq_task(dsq, p);
		n++;
	}
	bug_on(n != dsq->nr, "DSQ 0x%llx counts %u tasks and lists %u", dsq->id, dsq->nr, n);
	bug_on(!dsq_is_builtin(dsq) && dsq->first_task != nldsq_next_task(dsq, NULL, false),
	       "DSQ 0x%llx does not know its first task", dsq->id);
}

static void check_local_dsq(const struct rq *rq)
{
	const struct scx_dispatch_q *dsq = &rq->scx.local_dsq;
	const struct task_struct *p;
	u32 n = 0, nr_immed = 0;

	list_for_each_entry(p, &dsq->list, scx.dsq_list.node) {
		check_dsq_task(dsq, p);
		nr_immed += !!(p->scx.flags & SCX_TASK_IMMED);
		n++;
	}
	bug_on(n != dsq->nr, "the local DSQ of CPU %d counts %u tasks and lists %u", cpu_of(rq),
	       dsq->nr, n);
	bug_on(nr_immed != rq->scx.nr_immed, "CPU %d counts %u immediate tasks and has %u",
	       cpu_of(rq), rq->scx.nr_immed, nr_immed);
}

static void check_sched(const struct scx_sched *sch)
{
	struct scx_dispatch_q *dsq;

	list_for_each_entry(dsq, &sch->dsqs, all_node)
		check_dsq(dsq);
	for (u32 node = 0; node < machine->nr_node_ids; node++)
		check_dsq(host_of(sch)->global_dsqs[node]);
	for (u32 cpu = 0; K->b.bypass_per_cpu_dsq && cpu < machine->nr_cpu_ids; cpu++)
		check_dsq(&sch->pcpu[cpu].bypass_dsq);
}

/* ---- CPUs ---- */

/* An idle CPU may have been claimed; a busy one has no bit, once it had its first change. */
static void check_idle_bit(const struct rq *rq)
{
	s32 cpu = cpu_of(rq), node = scx_idle_per_node() ? cpu_to_node(cpu) : -1;
	struct cpumask *settled = &check_state.idle_settled;

	if (!scx_idle_tracking() || is_idle_task(rq->curr) || !cpu_online(cpu))
		return;
	if (!cpumask_test_cpu(cpu, scx_idle_cpumask(node)))
		cpumask_set_cpu(cpu, settled);
	else
		bug_on(cpumask_test_cpu(cpu, settled), "CPU %d runs %s[%d] and counts as idle", cpu,
		       rq->curr->comm, rq->curr->pid);
	bug_on(cpumask_test_cpu(cpu, settled) && cpumask_test_cpu(cpu, scx_idle_smtmask(node)),
	       "CPU %d runs %s[%d] and its core counts as idle", cpu, rq->curr->comm,
	       rq->curr->pid);
}

/* Who marked a target has queued the work that delivers it, and which then clears the mark. */
static void check_kick_marks(const struct rq *rq, const struct cpumask *kick,
			     const struct cpumask *idle, const struct cpumask *preempt,
			     const struct cpumask *lazy)
{
	struct cpumask any;

	bug_on(!irq_work_is_pending(&rq->scx.kick_cpus_irq_work) &&
		       (!cpumask_empty(kick) || !cpumask_empty(lazy) || !cpumask_empty(idle)),
	       "CPU %d has marked CPUs to kick, and no irq work will", cpu_of(rq));
	cpumask_or(&any, kick, lazy);
	bug_on(!cpumask_subset(preempt, &any),
	       "CPU %d has marked a CPU to preempt, and not to kick", cpu_of(rq));
}

static void check_kicks(const struct rq *rq)
{
	static const struct cpumask none;
	const struct scx_sched_pcpu *pcpu;
	const struct scx_sched *sch;

	if (host_of(rq)->m->hardirq_count) /* it may be in that work */
		return;
	if (!K->b.kick_masks_per_sched) {
		check_kick_marks(rq, &rq->scx.cpus_to_kick, &rq->scx.cpus_to_kick_if_idle,
				 &rq->scx.cpus_to_preempt, &none);
		return;
	}
	scx_for_each_sched(sch) {
		pcpu = &sch->pcpu[cpu_of(rq)];
		check_kick_marks(rq, &pcpu->cpus_to_kick, &pcpu->cpus_to_kick_if_idle,
				 &pcpu->cpus_to_preempt, &pcpu->cpus_to_preempt_lazy);
	}
}

static u32 nr_runnable_listed(const struct rq *rq)
{
	const struct task_struct *p;
	u32 n = 0;

	list_for_each_entry(p, &rq->scx.runnable_list, scx.runnable_node) {
		bug_on(task_rq(p) != rq, WHO "is on the runnable list of CPU %d", WHO_ARGS(p),
		       cpu_of(rq));
		n++;
	}
	return n;
}

static void check_cpu(const struct rq *rq)
{
	const struct tally *t = &check_state.tallies[cpu_of(rq)];
	u32 listed;

	if (is_locked(rq))
		return;
	bug_on(!is_idle_task(rq->curr) && task_rq(rq->curr) != rq, WHO "CPU %d runs it",
	       WHO_ARGS(rq->curr), cpu_of(rq));
	bug_on(rq->nr_running != t->running, "CPU %d counts %u runnable tasks and has %u",
	       cpu_of(rq), rq->nr_running, t->running);
	bug_on(rq->scx.nr_running != t->ext, "CPU %d counts %u EXT tasks and has %u", cpu_of(rq),
	       rq->scx.nr_running, t->ext);
	listed = nr_runnable_listed(rq);
	bug_on(listed != t->waiting, "CPU %d lists %u waiting EXT tasks and has %u", cpu_of(rq),
	       listed, t->waiting);
	check_local_dsq(rq);
	check_idle_bit(rq);
	check_kicks(rq);
	bug_on(scx_root && scx_bypass_is_settled() &&
		       scx_bypassing(scx_root, cpu_of(rq)) != !!scx_root->bypass_depth,
	       "CPU %d %s, the scheduler %s", cpu_of(rq),
	       scx_root->bypass_depth ? "does not bypass" : "bypasses",
	       scx_root->bypass_depth ? "does" : "does not");
}

/* ---- the walk ---- */

static void settle_anew(void)
{
	u64 id = scx_root ? scx_root->id : 0;

	if (id == check_state.idle_id)
		return;
	check_state.idle_id = id;
	cpumask_clear(&check_state.idle_settled);
}

static void invariants_walk(struct engine *e)
{
	const struct task_struct *p;
	const struct scx_sched *sch;

	settle_anew();
	memset(check_state.tallies, 0, machine->nr_cpu_ids * sizeof(struct tally));
	for_each_task(p)
		check_task(p);
	for (u32 cpu = 0; cpu < machine->nr_cpu_ids; cpu++)
		check_cpu(cpu_rq((s32)cpu));
	scx_for_each_sched(sch)
		check_sched(sch);
}

void invariants_watch(struct machine *m, u32 every)
{
	check_state = (struct check_state){};
	m->engine->probe_every = every;
	m->engine->probe = every ? invariants_walk : NULL;
}
