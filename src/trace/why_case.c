// SPDX-License-Identifier: GPL-2.0-only
/* why_case.c - see why_case.h. */
#include "trace/why_case.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* ---- which wait ---- */

static bool is_asked_for(const struct why_choice *c, const struct replay *rp, s32 pid)
{
	if (c->pid)
		return c->pid == pid;
	return !c->comm || !strcmp(replay_comm(rp, pid), c->comm);
}

/* Of equally long ones the first, so that there is one answer. */
static void consider(struct why_choice *c, const struct replay *rp, s32 pid, u64 since, u64 until)
{
	u64 end = until == REPLAY_NEVER ? rp->now_ns : until;

	if (!is_asked_for(c, rp, pid))
		return;
	c->known = true;
	if (c->has_at && (c->at_ns < since || c->at_ns > end))
		return;
	if (c->wait.pid && end - since <= c->worst_ns)
		return;
	c->wait = (struct why_wait){ pid, since, until };
	c->worst_ns = end - since;
}

bool wait_ended(const struct replay *rp, const struct trace_record *r, struct why_wait *out)
{
	const struct replay_task *t;

	if (r->id != EV_sched_switch)
		return false;
	t = replay_task(rp, (s64)r->arg[2]);
	if (!t || t->waited_until_ns != r->time_ns || t->state_ns != r->time_ns)
		return false;
	*out = (struct why_wait){ t->pid, t->waited_since_ns, t->waited_until_ns };
	return true;
}

void choice_event(struct why_choice *c, const struct replay *rp, const struct trace_record *r)
{
	struct why_wait w;

	if (wait_ended(rp, r, &w))
		consider(c, rp, w.pid, w.since_ns, w.until_ns);
}

void choice_end(struct why_choice *c, const struct replay *rp)
{
	for (u32 pid = 0; pid < rp->tasks.nr; pid++) {
		const struct replay_task *t = replay_task(rp, pid);

		if (!t)
			continue;
		c->known |= is_asked_for(c, rp, t->pid);
		if (t->state == TASK_WAITS)
			consider(c, rp, t->pid, t->state_ns, REPLAY_NEVER);
	}
}

/* ---- CPUs ---- */

static void run_add(struct why_cpu *c, s32 pid, u32 class, u64 ns)
{
	u32 i = 0;

	if (!ns)
		return;
	while (i < c->nr_runs && c->run[i].pid != pid)
		i++;
	if (i < c->nr_runs) {
		c->run[i].ns += ns;
		c->run[i].class = class;
	} else if (i < WHY_RUNS_MAX) {
		c->run[c->nr_runs++] = (struct why_run){ pid, class, ns };
	} else {
		c->rest_ns += ns;
	}
}

/* what the CPU did until now */
static void cpu_charge_until(struct why_cpu *c, u64 now)
{
	u64 ns = now - c->from_ns;

	if (c->curr < 0) {
		c->unknown_ns += ns;
	} else if (!c->curr) {
		c->idle_ns += ns;
		if (ns > c->longest_ns) {
			c->longest_ns = ns;
			c->longest_from_ns = c->from_ns;
		}
	} else {
		c->busy_ns += ns;
		run_add(c, c->curr, c->class, ns);
	}
}

/* and at the place where the task is */
static void looks_charge_until(struct why_looks *l, const struct why_cpu *c, u64 now)
{
	u64 ns = now - l->from_ns;

	if (c->curr)
		return;
	l->idle_ns += ns;
	if (ns > l->longest_ns) {
		l->longest_ns = ns;
		l->longest_from_ns = l->from_ns;
	}
}

static void cpu_switch(struct why_cpu *c, struct why_looks *l, const struct trace_record *r)
{
	looks_charge_until(l, c, r->time_ns);
	l->from_ns = r->time_ns;
	cpu_charge_until(c, r->time_ns);
	c->from_ns = r->time_ns;
	c->curr = (s32)r->arg[2];
	c->class = (u32)min(r->arg[4], (u64)NR_TRACE_CLASSES);
}

/* ---- places ---- */

static void place_keep(struct why_case *c, const struct why_place *p)
{
	if (c->nr_places == WHY_STEPS_MAX) {
		memmove(&c->place[WHY_STEPS_MAX / 2], &c->place[WHY_STEPS_MAX / 2 + 1],
			(WHY_STEPS_MAX / 2 - 1) * sizeof(*p));
		c->nr_places--;
		c->nr_left_out++;
	}
	c->place[c->nr_places++] = *p;
}

static void looks_begin(struct why_case *c, const struct replay *rp, const struct replay_task *t)
{
	const struct replay_dsq *d =
		c->now.place == PLACE_DSQ ? replay_dsq(rp, c->now.dsq, c->now.dsq_sched) : NULL;

	for (u32 i = 0; i < c->nr_cpus; i++) {
		c->looks_now[i] = (struct why_looks){ .last = { REPLAY_NEVER, -1, 0 },
						      .from_ns = c->now.ns,
						      .allowed = replay_allowed(rp, t, i) };
		if (d && d->look)
			c->looks_now[i].last = d->look[i];
		if (!c->looks_now[i].allowed)
			continue;
		if (!c->now.nr_allowed++)
			c->now.first_allowed = i;
	}
}

static void place_end(struct why_case *c, u64 now)
{
	struct why_looks *swap = c->looks;

	for (u32 i = 0; i < c->nr_cpus; i++)
		looks_charge_until(&c->looks_now[i], &c->cpu[i], now);
	c->now.until_ns = now;
	place_keep(c, &c->now);
	/* one that nobody knows explains nothing; that of a moment neither */
	if (c->main.until_ns && now - c->now.ns <= c->main.until_ns - c->main.ns)
		return;
	c->main = c->now;
	c->looks = c->looks_now;
	c->looks_now = swap;
}

static struct why_place place_of(const struct replay_task *t, u64 now)
{
	return (struct why_place){ .ns = now,
				   .place = t->place,
				   .cpu = t->cpu,
				   .class = t->class,
				   .dsq = t->dsq ? t->dsq->id : 0,
				   .dsq_sched = t->dsq ? t->dsq->sched : 0,
				   .put = t->put };
}

static bool same_place(const struct why_place *a, const struct why_place *b)
{
	if (a->place != b->place || a->dsq != b->dsq || a->dsq_sched != b->dsq_sched ||
	    a->class != b->class)
		return false;
	if (a->place == PLACE_DSQ || a->place == PLACE_SCHEDULER)
		return a->put.ns == b->put.ns;
	return a->cpu == b->cpu;
}

static void place_follow(struct why_case *c, const struct replay *rp, const struct replay_task *t)
{
	struct why_place p = place_of(t, rp->now_ns);

	if (same_place(&c->now, &p))
		return;
	place_end(c, rp->now_ns);
	c->now = p;
	looks_begin(c, rp, t);
}

/* ---- the wait ---- */

/* of what runs on @cpu: as the switch told, or as the task's own events did */
static u32 class_there(const struct replay *rp, u32 cpu)
{
	const struct replay_task *t = replay_task(rp, rp->cpu[cpu].curr);

	return rp->cpu[cpu].class == NR_TRACE_CLASSES && t ? t->class : rp->cpu[cpu].class;
}

static void wait_begins(struct why_case *c, const struct replay *rp, const struct replay_task *t,
			const struct trace_record *r)
{
	c->begun = true;
	if (r->id == EV_sched_waking) {
		c->waker = (s32)r->arg[1];
		c->woken_ns = r->time_ns;
	}
	for (u32 i = 0; i < c->nr_cpus; i++)
		c->cpu[i] = (struct why_cpu){ .curr = rp->cpu[i].curr,
					      .class = class_there(rp, i),
					      .from_ns = c->wait.since_ns,
					      .nr_dispatches = rp->cpu[i].nr_dispatches };
	c->now = place_of(t, c->wait.since_ns);
	looks_begin(c, rp, t);
}

static void wait_ends(struct why_case *c, const struct replay *rp, const struct replay_task *t)
{
	place_end(c, rp->now_ns);
	c->over = true;
	c->end_ns = rp->now_ns;
	c->class = c->main.class;
	memcpy(c->comm, replay_comm(rp, t->pid),
	       strnlen(replay_comm(rp, t->pid), sizeof(c->comm) - 1));
	for (u32 i = 0; i < c->nr_cpus; i++) {
		struct why_cpu *cpu = &c->cpu[i];

		cpu_charge_until(cpu, rp->now_ns);
		cpu->idle = !cpu->curr;
		cpu->online = rp->cpu[i].online;
		cpu->nr_dispatches = rp->cpu[i].nr_dispatches - cpu->nr_dispatches;
	}
}

/* looks of CPUs at the queue in which it is */
static void look_event(struct why_case *c, const struct replay *rp, const struct trace_record *r)
{
	bool none = r->id == EV_consume_none;
	u64 cpu = r->arg[none ? 1 : 2];

	if (c->now.place != PLACE_DSQ || r->arg[none ? 0 : 1] != c->now.dsq ||
	    rp->about != c->now.dsq_sched || cpu >= c->nr_cpus)
		return;
	c->looks_now[cpu].nr++;
	c->looks_now[cpu].last = (struct replay_look){ r->time_ns, none ? -1 : (s32)r->arg[0],
						       none ? (u32)r->arg[2] : 0 };
	if (!none && (s32)r->arg[0] != c->wait.pid)
		c->looks_now[cpu].nr_taken++;
}

static void wait_event(struct why_case *c, const struct replay *rp, const struct trace_record *r)
{
	if (r->id == EV_consume || r->id == EV_consume_none)
		look_event(c, rp, r);
	if (r->cpu < 0)
		return;
	if (r->id == EV_op_enter && r->arg[0] == OP_dispatch)
		c->looks_now[r->cpu].nr_dispatches++;
	if (r->id == EV_sched_switch || r->id == EV_sched_keep)
		c->looks_now[r->cpu].nr_picks++;
	if (r->id == EV_sched_switch && c->cpu[r->cpu].from_ns <= r->time_ns)
		cpu_switch(&c->cpu[r->cpu], &c->looks_now[r->cpu], r);
}

void case_event(struct why_case *c, const struct replay *rp, const struct trace_record *r)
{
	const struct replay_task *t = replay_task(rp, c->wait.pid);

	if (c->over || !t)
		return;
	if (!c->begun) {
		if (t->state == TASK_WAITS && t->state_ns == c->wait.since_ns)
			wait_begins(c, rp, t, r);
		return;
	}
	if (r->id == EV_sched_switch && t->state == TASK_RUNS) {
		c->ran_on = r->cpu;
		wait_event(c, rp, r);
		wait_ends(c, rp, t);
		return;
	}
	wait_event(c, rp, r);
	place_follow(c, rp, t);
}

void case_end(struct why_case *c, const struct replay *rp)
{
	const struct replay_task *t = replay_task(rp, c->wait.pid);

	if (c->begun && !c->over && t)
		wait_ends(c, rp, t);
	c->knows_queues = rp->seen[EV_insert];
	c->knows_ops = rp->seen[EV_op_enter];
	c->is_whole = replay_is_whole(rp);
}

int case_begin(struct why_case *c, const struct why_wait *wait, u32 nr_cpus)
{
	*c = (struct why_case){ .wait = *wait, .nr_cpus = nr_cpus, .waker = -1, .ran_on = -1 };
	c->cpu = calloc(nr_cpus, sizeof(*c->cpu));
	c->looks = calloc(nr_cpus, sizeof(*c->looks));
	c->looks_now = calloc(nr_cpus, sizeof(*c->looks_now));
	return c->cpu && c->looks && c->looks_now ? 0 : -ENOMEM;
}

void case_finish(struct why_case *c)
{
	free(c->cpu);
	free(c->looks);
	free(c->looks_now);
	*c = (struct why_case){ 0 };
}
