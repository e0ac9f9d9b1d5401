// SPDX-License-Identifier: GPL-2.0-only
/*
 * idle_beside_work.c - a CPU idles while a task waits that it could take: allowed there, in
 * a queue that its dispatch could reach, or in the scheduler's own hands.
 *
 *	CPU 1	▮▮▮▮▮.......................	idle since
 *	task	   ├── waits ───────────────▶	queued since
 *		      └ an episode ────────┘	ends as the CPU has work, or the task runs
 *
 * A look comes every LOOK_NS; what it finds has lasted for as long. Begin and end of an
 * episode are the model's own stamps. One task keeps one CPU from idling, so a look pairs
 * them. While the scheduler is bypassed nobody asks it, so nothing is its doing.
 */
#include "check/detector.h"

#include <stdio.h>
#include <string.h>

#define LONGEST_NS (20 * NSEC_PER_MSEC) /* a slice */
#define SHARE_PERMILLE 20		/* of all CPU time */

/* ---- could it take it? ---- */

static bool in_schedulers_hands(const struct task_struct *p)
{
	return !p->scx.dsq && opss_state(opss_read(p)) == SCX_OPSS_QUEUED;
}

/* the only CPU whose queue it is in; -1: a queue of several */
static s32 only_cpu(const struct task_struct *p)
{
	struct scx_dispatch_q *dsq = p->scx.dsq;

	if (is_migration_disabled(p) || (dsq && (dsq_is_local(dsq) || dsq->id == SCX_DSQ_BYPASS)))
		return task_cpu(p);
	return -1;
}

static bool reaches(s32 cpu, const struct task_struct *p)
{
	const struct scx_dispatch_q *dsq = p->scx.dsq;

	return is_cpu_allowed(p, cpu) &&
	       (!dsq || dsq->id != SCX_DSQ_GLOBAL || dsq == find_global_dsq(scx_root, cpu));
}

static bool is_work(const struct task_struct *p, u64 now)
{
	u64 since_ns = waits_since(p);

	return since_ns && now >= since_ns + LOOK_NS && !p->on_cpu &&
	       (p->scx.dsq || in_schedulers_hands(p));
}

/* A CPU of @idle for @p: one that idles beside work already, else the first; -1: none */
static s32 pair_up(const struct idle_beside *b, const struct task_struct *p,
		   const struct cpumask *idle)
{
	s32 only = only_cpu(p), cpu, first = -1;

	if (only >= 0)
		return cpumask_test_cpu(only, idle) ? only : -1;
	for_each_cpu_and(cpu, idle, p->cpus_ptr) {
		if (!reaches(cpu, p))
			continue;
		if (b->cpu[cpu].open)
			return cpu;
		if (first < 0)
			first = cpu;
	}
	return first;
}

/* ---- episodes ---- */

static u64 episode_end_ns(s32 cpu, const struct idle_episode *e)
{
	const struct task_struct *p = find_task_by_pid(e->pid);
	u64 end_ns = host_of(cpu_rq(cpu))->m->idle_until_ns;

	if (end_ns > e->seen_ns)
		return end_ns;
	return p && p->sched_info.last_arrival > e->seen_ns ? p->sched_info.last_arrival :
							      e->seen_ns;
}

static void episode_count(struct idle_beside *b, s32 cpu, u64 end_ns)
{
	struct idle_episode *e = &b->cpu[cpu];

	b->cpu_ns[cpu] += end_ns - e->since_ns;
	b->nr++;
	e->open = false;
}

/* The task of the longest is remembered as it stands: later it may be anywhere. */
static void note_worst(struct idle_beside *b, s32 cpu, const struct task_struct *p, u64 since_ns)
{
	struct long_wait *w = &b->worst;

	if (now_ns() <= since_ns + (w->until_ns - w->since_ns))
		return;
	long_wait_note(w, p, waits_since(p));
	w->since_ns = since_ns;
	w->cpu = cpu;
}

static void episode_seen(struct idle_beside *b, s32 cpu, const struct task_struct *p)
{
	struct idle_episode *e = &b->cpu[cpu];

	if (!e->open)
		*e = (struct idle_episode){ .open = true,
					    .since_ns = max(host_of(cpu_rq(cpu))->m->idle_since_ns,
							    waits_since(p)) };
	e->seen_ns = now_ns();
	e->pid = p->pid;
	note_worst(b, cpu, p, e->since_ns);
}

/* ---- a look ---- */

/* CPUs that idle; an episode of one that came to work meanwhile is over */
static u32 find_idle(struct idle_beside *b, struct cpumask *idle)
{
	u32 nr = 0;
	s32 cpu;

	for_each_online_cpu(cpu) {
		const struct rq *rq = cpu_rq(cpu);
		struct idle_episode *e = &b->cpu[cpu];

		if (e->open && host_of(rq)->m->idle_until_ns > e->since_ns)
			episode_count(b, cpu, episode_end_ns(cpu, e));
		if (cpu_idles(rq) && !sched_core_forces_idle(rq)) {
			cpumask_set_cpu(cpu, idle);
			nr++;
		}
	}
	return nr;
}

static u32 pair_queue(struct idle_beside *b, const struct rq *rq, struct cpumask *idle, u32 nr_idle)
{
	const struct task_struct *p;
	u64 now = now_ns();
	s32 cpu;

	list_for_each_entry(p, &rq->scx.runnable_list, scx.runnable_node) {
		cpu = nr_idle && is_work(p, now) ? pair_up(b, p, idle) : -1;
		if (cpu < 0)
			continue;
		episode_seen(b, cpu, p);
		cpumask_clear_cpu(cpu, idle);
		nr_idle--;
	}
	return nr_idle;
}

/* those that idle and that nothing waits for any longer */
static void close_rest(struct idle_beside *b, const struct cpumask *idle)
{
	s32 cpu;

	for_each_cpu(cpu, idle)
		if (b->cpu[cpu].open)
			episode_count(b, cpu, episode_end_ns(cpu, &b->cpu[cpu]));
}

void idle_beside_work_look(struct judge *v)
{
	struct cpumask idle = {};
	u32 nr_idle = find_idle(&v->idle, &idle);

	if (!nr_idle)
		return;
	if (scx_root && scx_enabled() && !scx_root->bypass_depth)
		for (u32 cpu = 0; nr_idle && cpu < machine->nr_cpu_ids; cpu++)
			nr_idle = pair_queue(&v->idle, cpu_rq((s32)cpu), &idle, nr_idle);
	close_rest(&v->idle, &idle);
}

void idle_beside_work_begin(struct judge *v)
{
	u32 nr = machine->nr_cpu_ids;

	memset(v->idle.cpu, 0, nr * sizeof(*v->idle.cpu));
	memset(v->idle.cpu_ns, 0, nr * sizeof(*v->idle.cpu_ns));
	v->idle.worst = (struct long_wait){};
	v->idle.nr = 0;
}

/* ---- the finding ---- */

static u64 cpu_beside_ns(const struct idle_beside *b, s32 cpu)
{
	const struct idle_episode *e = &b->cpu[cpu];

	return b->cpu_ns[cpu] + (e->open ? episode_end_ns(cpu, e) - e->since_ns : 0);
}

/* CPUs that did so, and for how long together */
static u64 sum_up(const struct idle_beside *b, struct cpumask *cpus)
{
	u64 sum_ns = 0, ns;

	for (u32 cpu = 0; cpu < machine->nr_cpu_ids; cpu++) {
		ns = cpu_beside_ns(b, (s32)cpu);
		if (ns)
			cpumask_set_cpu((s32)cpu, cpus);
		sum_ns += ns;
	}
	return sum_ns;
}

void idle_beside_work_find(struct judge *v, struct findings *f)
{
	const struct long_wait *w = &v->idle.worst;
	struct cpumask cpus = {};
	char place[PUT_BYTES], name[NAME_BYTES], list[96];
	u64 sum_ns = sum_up(&v->idle, &cpus), longest_ns = w->until_ns - w->since_ns;
	u64 all_ns = max(verdict_duration_ns(v) * machine->nr_cpu_ids, 1ULL);
	struct finding *at;

	if (longest_ns < LONGEST_NS && sum_ns * 1000 / all_ns < SHARE_PERMILLE)
		return;
	if (!sum_ns)
		return;
	at = finding_add(v, f, FINDING_IDLE_BESIDE_WORK);
	if (!at)
		return;
	finding_of_wait(at, w);
	cpus_text(&cpus, list, sizeof(list));
	snprintf(at->text, sizeof(at->text),
		 "%s idled beside work for %llu.%llu %% of all CPU time; "
		 "longest CPU %d, for %s since %s, while %s waited%s",
		 list, sum_ns * 100 / all_ns, sum_ns * 1000 / all_ns % 10, w->cpu, TEXT(longest_ns),
		 TEXT(w->since_ns), pid_text(w->pid, name), verdict_place_text(w, place));
}
