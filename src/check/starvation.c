// SPDX-License-Identifier: GPL-2.0-only
/*
 * starvation.c - a task that is runnable and does not run for longer than a threshold,
 * whether the wait has ended or not. Whatever keeps it waiting: a queue that nobody looks
 * into, a hog that is not preempted, a real-time task.
 *
 * The default threshold is 500 ms. That is 25 slices of 20 ms, so that of 16 hogs a CPU in
 * one FIFO each waits 300 ms and none starves. Where more tasks share a CPU, or one of
 * little weight among heavy ones, a fair wait is longer: two rounds of those that compete
 * are allowed, each of them a slice, by weight. Where a real-time task wants each of the CPUs
 * and the kernel has a server for the task's class, the server's period is allowed: it is the
 * kernel's word on how long that takes, and no scheduler can do better. In a run of less than a second a wait that
 * has not ended is long if it is half of the run, and at least 50 ms.
 */
#include "check/detector.h"

#include <stdio.h>
#include <string.h>

#include "kern/dl_server.h"

#define ROUNDS 2
#define COUNT_AGAIN_NS (5 * NSEC_PER_MSEC)
#define OPEN_LEAST_NS (50 * NSEC_PER_MSEC)
#define IDLE_WEIGHT 3 /* fair.c: of SCHED_IDLE */

/* ---- what is a long wait? ---- */

bool cpu_idles(const struct rq *rq)
{
	return is_idle_task(rq->curr) && cpu_active(rq->cpu) &&
	       now_ns() >= host_of(rq)->m->idle_since_ns + LOOK_NS;
}

u64 waits_since(const struct task_struct *p)
{
	const struct waits *w = &host_of(p)->m->waits;

	return w->open && task_runnable(p) && !task_current(task_rq(p), p) ? w->began_ns : 0;
}

static u64 weight_of(const struct task_struct *p)
{
	return p->policy == SCHED_IDLE ? IDLE_WEIGHT : sched_weight_from_nice(task_nice(p));
}

static bool competes(const struct task_struct *q, const struct cpumask *cpus)
{
	return task_runnable(q) && (class_id(q) == CLASS_EXT || class_id(q) == CLASS_FAIR) &&
	       cpumask_intersects(q->cpus_ptr, cpus);
}

static void count_competition(struct competition *c, const struct cpumask *cpus)
{
	const struct task_struct *q;
	s32 cpu;

	*c = (struct competition){ .at_ns = now_ns(), .cpus = *cpus };
	for_each_cpu_and(cpu, cpus, machine->active) {
		c->idle |= cpu_idles(cpu_rq(cpu));
		c->nr_cpus++;
	}
	for_each_task(q)
		c->weight += competes(q, cpus) ? weight_of(q) : 0;
}

/* Long waits come in numbers, of tasks that may use the same CPUs: what was counted just now will do. */
static const struct competition *competition_for(const struct cpumask *cpus)
{
	struct competition *c = &machine->judge->competition;

	if (!c->nr_cpus || now_ns() - c->at_ns >= COUNT_AGAIN_NS || !cpumask_equal(&c->cpus, cpus))
		count_competition(c, cpus);
	return c;
}

/* Is @p behind real-time tasks, wherever it may run, and in a class that a server keeps alive? */
static bool has_server(const struct task_struct *p)
{
	enum sched_class_id class = class_id(p);
	s32 cpu;

	if (class != CLASS_FAIR && !(class == CLASS_EXT && K->b.ext_dl_server))
		return false;
	for_each_cpu_and(cpu, p->cpus_ptr, machine->active)
		if (!cpu_rq(cpu)->rt.rt_nr_running)
			return false;
	return true;
}

u64 patience_ns(const struct task_struct *p)
{
	const struct competition *c = competition_for(p->cpus_ptr);
	u64 weight = weight_of(p);

	if (c->idle)
		return 0;
	if (has_server(p))
		return DL_PERIOD_NS;
	return ROUNDS * SCX_SLICE_DFL / weight * (weight + c->weight) / max(c->nr_cpus, 1u);
}

static bool is_long(const struct judge *v, const struct task_struct *p, u64 since_ns, u64 least_ns)
{
	u64 ns = ns_since(since_ns);

	return ns >= least_ns && (v->starvation_said || ns >= patience_ns(p));
}

/* The same of a wait that has not ended, for which a short run has its own measure. */
static bool is_starving(const struct judge *v, const struct task_struct *p)
{
	u64 half_ns = max(verdict_duration_ns(v) / 2, (u64)OPEN_LEAST_NS),
	    since_ns = waits_since(p);

	return since_ns &&
	       is_long(v, p, since_ns,
		       v->starvation_said ? v->starvation_ns : min(v->starvation_ns, half_ns));
}

bool starves(const struct judge *v, const struct task_struct *p)
{
	return host_of(p)->m->starved || is_starving(v, p);
}

/* ---- waits that end ---- */

void long_wait_note(struct long_wait *w, const struct task_struct *p, u64 since_ns)
{
	*w = (struct long_wait){ .pid = p->pid,
				 .cpu = task_cpu(p),
				 .since_ns = since_ns,
				 .queued_ns = since_ns,
				 .until_ns = max(now_ns(), since_ns),
				 .put = host_of(p)->m->put };
	if (p->sched_info.last_queued) /* enqueued, a little before sched_wakeup tells so */
		w->queued_ns = min(since_ns, (u64)p->sched_info.last_queued);
	memcpy(w->comm, p->comm, sizeof(w->comm));
	cpumask_copy(&w->allowed, p->cpus_ptr);
	w->open = waits_since(p);
	if (w->open && p->scx.dsq) {
		w->has_dsq = true;
		w->dsq_id = p->scx.dsq->id;
	} else if (!w->open && w->put.at_ns >= w->queued_ns) {
		w->has_dsq = true;
		w->dsq_id = w->put.dsq_id;
	}
}

void finding_of_wait(struct finding *at, const struct long_wait *w)
{
	at->pid = w->pid;
	memcpy(at->comm, w->comm, sizeof(at->comm));
	at->cpu = w->cpu;
	at->has_dsq = w->has_dsq;
	at->dsq_id = w->dsq_id;
	at->since_ns = w->since_ns;
	at->duration_ns = w->until_ns - w->since_ns;
}

static u64 wait_ns(const struct long_wait *w)
{
	return w->until_ns - w->since_ns;
}

/* Where @pid's wait goes, or the shortest if that is shorter than @ns; NULL: nowhere */
static struct long_wait *wait_slot(struct judge *v, pid_t pid, u64 ns)
{
	struct long_wait *least = NULL;

	for (u32 i = 0; i < v->nr_waits; i++) {
		if (v->waits[i].pid == pid)
			return wait_ns(&v->waits[i]) < ns ? &v->waits[i] : NULL;
		if (!least || wait_ns(&v->waits[i]) < wait_ns(least))
			least = &v->waits[i];
	}
	if (v->nr_waits < LONG_WAITS_MAX)
		return &v->waits[v->nr_waits++];
	return wait_ns(least) < ns ? least : NULL;
}

/* rq locked */
void starvation_wait_over(const struct task_struct *p, u64 since_ns)
{
	const struct waits *waits = &host_of(p)->m->waits;
	struct judge *v = machine->judge;
	struct long_wait *w;

	if (waits->open) /* as all figures have it, from sched_wakeup on */
		since_ns = waits->began_ns;
	if (!is_long(v, p, since_ns, v->starvation_ns))
		return;
	v->nr_starved += !host_of(p)->m->starved;
	host_of(p)->m->starved = true;
	w = wait_slot(v, p->pid, ns_since(since_ns));
	if (w)
		long_wait_note(w, p, since_ns);
}

void starvation_begin(struct judge *v)
{
	struct task_struct *p;

	v->nr_waits = v->nr_starved = 0;
	for_each_task(p)
		host_of(p)->m->starved = false;
}

/* ---- the finding ---- */

static void add(struct judge *v, struct findings *f, const struct long_wait *w)
{
	struct finding *at = finding_add(v, f, FINDING_STARVATION);

	if (at)
		finding_of_wait(at, w);
}

/* the worst wait of @p that ended; NULL: none */
static const struct long_wait *ended_wait(const struct judge *v, const struct task_struct *p)
{
	for (u32 i = 0; i < v->nr_waits; i++)
		if (v->waits[i].pid == p->pid)
			return &v->waits[i];
	return NULL;
}

static bool waits_longer_now(const struct judge *v, pid_t pid)
{
	const struct task_struct *p = find_task_by_pid(pid);
	const struct long_wait *w = p ? ended_wait(v, p) : NULL;

	return p && w && is_starving(v, p) && ns_since(waits_since(p)) > wait_ns(w);
}

static void find_open(struct judge *v, struct findings *f, const struct task_struct *p)
{
	struct long_wait w;

	if (!is_starving(v, p) || (ended_wait(v, p) && !waits_longer_now(v, p->pid)))
		return;
	long_wait_note(&w, p, waits_since(p));
	add(v, f, &w);
}

void starvation_find(struct judge *v, struct findings *f)
{
	const struct task_struct *p;

	for (u32 i = 0; i < v->nr_waits; i++)
		if (!waits_longer_now(v, v->waits[i].pid))
			add(v, f, &v->waits[i]);
	for_each_task(p)
		find_open(v, f, p);
	if (v->nr_starved > v->nr_waits)
		f->more[FINDING_STARVATION] += v->nr_starved - v->nr_waits;
}

void starvation_tell(struct judge *v, struct finding *at)
{
	const struct task_struct *p = find_task_by_pid(at->pid);
	char place[PUT_BYTES], name[NAME_BYTES];
	struct long_wait w = {};
	u32 n;

	for (u32 i = 0; i < v->nr_waits; i++)
		if (v->waits[i].pid == at->pid && v->waits[i].since_ns == at->since_ns)
			w = v->waits[i];
	if (!w.pid && p)
		long_wait_note(&w, p, at->since_ns);
	n = (u32)snprintf(at->text, sizeof(at->text),
			  "%s %s for %s since %s%s: ", pid_text(at->pid, name),
			  w.open ? "has been waiting" : "waited", TEXT(at->duration_ns),
			  TEXT(at->since_ns), verdict_place_text(&w, place));
	history_tell(&v->history, &w.allowed, w.since_ns, w.until_ns, at->text + n,
		     (u32)sizeof(at->text) - n);
}
