// SPDX-License-Identifier: GPL-2.0-only
/* tally.c - see tally.h. */
#include "trace/tally.h"

/* of sched_enable: the numbers of enum scx_enable_state */
enum enable_state { DISABLED, ENABLING, ENABLED, DISABLING };

/* ---- tasks ---- */

struct tally_task *tally_task(const struct tally *ty, s64 pid)
{
	struct tally_task *t = pid > 0 ? pids_find(&ty->tasks, (u64)pid) : NULL;

	return t && t->seen ? t : NULL;
}

/* NULL: idle, or nobody */
static struct tally_task *task_get(struct tally *ty, u64 pid)
{
	struct tally_task *t;

	ty->tasks.size = sizeof(*t);
	if (!pid || pid >= PID_LIMIT)
		return NULL;
	t = pids_get(&ty->tasks, pid);
	if (!t->seen)
		*t = (struct tally_task){ .seen = true, .on_ns = TALLY_OFF };
	return t;
}

static u64 since(u64 then, u64 now)
{
	return then == TALLY_OFF || then > now ? 0 : now - then;
}

u64 tally_run_ns(const struct tally_task *t, u64 now_ns)
{
	return t->run_ns + since(t->on_ns, now_ns);
}

/* ---- events ---- */

static void begins_waiting(struct tally *ty, struct tally_task *t, enum wait_kind kind, u64 now_ns)
{
	ty->nr_waiting += !t->waits.open;
	waits_begin(&t->waits, kind, now_ns);
}

static void leaves(struct tally *ty, struct tally_task *t, u64 now_ns, bool runnable)
{
	if (t->on_ns != TALLY_OFF) {
		t->nr_runs++;
		t->run_ns += since(t->on_ns, now_ns);
	}
	t->on_ns = TALLY_OFF;
	if (runnable)
		begins_waiting(ty, t, WAIT_PREEMPTED, now_ns);
}

static void comes(struct tally *ty, struct tally_task *t, u64 now_ns)
{
	t->on_ns = now_ns;
	t->delay_ns = waits_open_ns(&t->waits, now_ns);
	if (t->waits.open && (!t->worst_at_ns || t->delay_ns > t->worst_ns)) {
		t->worst_ns = t->delay_ns;
		t->worst_at_ns = now_ns;
	}
	ty->nr_waiting -= t->waits.open;
	waits_end(&t->waits, now_ns);
}

/* Tasks are looked up one after the other: the table may move. */
static void on_switch(struct tally *ty, const struct trace_record *r)
{
	u64 now_ns = max(r->time_ns, ty->begin_ns);
	struct tally_task *t;

	if (r->cpu < 0)
		return;
	t = task_get(ty, r->arg[0]);
	if (t)
		leaves(ty, t, now_ns, !r->arg[1]);
	t = task_get(ty, r->arg[2]);
	if (t)
		comes(ty, t, now_ns);
}

void tally_runs(struct tally *ty, u64 pid, u64 now_ns)
{
	struct tally_task *t = task_get(ty, pid);

	if (t && t->on_ns == TALLY_OFF)
		comes(ty, t, max(now_ns, ty->begin_ns));
}

static void on_wakeup(struct tally *ty, const struct trace_record *r)
{
	struct tally_task *t = task_get(ty, r->arg[0]);

	if (!t || t->on_ns != TALLY_OFF || t->waits.open) /* it had not slept yet */
		return;
	t->nr_wakeups += !r->arg[2]; /* a new task's is its birth */
	begins_waiting(ty, t, WAIT_WOKEN, max(r->time_ns, ty->begin_ns));
}

/* ---- parts ---- */

static void task_restart(struct tally_task *t, u64 now_ns)
{
	if (t->on_ns != TALLY_OFF)
		t->on_ns = max(t->on_ns, now_ns);
	t->run_ns = t->nr_runs = t->nr_wakeups = t->worst_ns = t->worst_at_ns = 0;
	waits_cut(&t->waits, now_ns);
	for (u32 kind = 0; kind < NR_WAIT_KINDS; kind++)
		hist_finish(&t->waits.stay[kind]);
}

void tally_restart(struct tally *ty, u64 now_ns)
{
	ty->begin_ns = now_ns;
	for (u32 pid = 0; pid < ty->tasks.nr; pid++)
		if (tally_task(ty, pid))
			task_restart(tally_task(ty, pid), now_ns);
}

/* A scheduler came or went: what follows is apart. */
static void part_ends(struct tally *ty, bool after, u64 now_ns)
{
	if (ty->after == after)
		return;
	if (ty->part_ends)
		ty->part_ends(ty, now_ns);
	ty->after = after;
	tally_restart(ty, now_ns);
}

static void on_enable(struct tally *ty, const struct trace_record *r)
{
	if (r->arg[0] == ENABLING)
		ty->exit_claimed = false;
	else if (r->arg[0] == DISABLING)
		part_ends(ty, true, r->time_ns);
	else if (r->arg[0] == ENABLED && !ty->exit_claimed)
		part_ends(ty, false, r->time_ns);
}

void tally_take(struct tally *ty, const struct trace_record *r)
{
	u64 of = ty->of;

	ty->of = r->id == EV_of_sched ? r->arg[0] : 0;
	switch (r->id) {
	case EV_sched_switch:
		on_switch(ty, r);
		break;
	case EV_sched_wakeup:
		on_wakeup(ty, r);
		break;
	case EV_sched_enable:
		on_enable(ty, r);
		break;
	case EV_scx_exit:
		if (of) /* a sub-scheduler's: the root goes on */
			break;
		ty->exit_claimed = true;
		part_ends(ty, true, r->time_ns);
		break;
	}
}

/* ---- life ---- */

void tally_forget(struct tally *ty, s64 pid)
{
	struct tally_task *t = tally_task(ty, pid);

	if (!t)
		return;
	ty->nr_waiting -= t->waits.open;
	waits_finish(&t->waits);
	*t = (struct tally_task){ .seen = false };
}

void tally_finish(struct tally *ty)
{
	for (u32 pid = 0; pid < ty->tasks.nr; pid++)
		tally_forget(ty, pid);
	pids_finish(&ty->tasks);
}
