// SPDX-License-Identifier: GPL-2.0-only
/*
 * watch.c - a live run for whoever shows one: a sink of the event stream that keeps a view
 * (trace/view.h), and pictures of it. What a picture lists is fixed by the look; the figures are
 * those of the moment at which they are asked for.
 */
#include <stdlib.h>
#include <string.h>
#include "api/handle.h"
#include "api/watch.h"
#include "kern/machine.h"
#include "kern/sched.h"
#include "kern/task.h"
#include "kern/topology.h"

_Static_assert(KS_WATCH_EVENTS == VIEW_EVENTS && KS_WATCH_TEXT_MAX == VIEW_TEXT_MAX,
	       "as published");
_Static_assert((int)KS_BY_PID == (int)VIEW_BY_PID && (int)KS_BY_RUN == (int)VIEW_BY_RUN &&
		       (int)KS_BY_WAIT == (int)VIEW_BY_WAIT,
	       "orders have one number");
_Static_assert(sizeof(((struct ks_watch_op *)0)->sched) == VIEW_SCHED_NAME_MAX &&
		       sizeof(((struct ks_watch_dsq *)0)->name) >= VIEW_DSQ_NAME_MAX &&
		       sizeof(((struct ks_watch_task *)0)->dsq) >= VIEW_DSQ_NAME_MAX,
	       "there is room for each name");

/* ---- life ---- */

static void record(struct trace_sink *sink, const struct trace_record *r)
{
	view_record(&container_of(sink, struct ks_watch, sink)->view, r);
}

/* What no event will say: tasks that are there already, CPUs that are not. */
static void learn(struct ks_watch *w)
{
	struct task_struct *p;

	for_each_task(p)
		view_name(&w->view, p->pid, p->comm);
	for (u32 cpu = 0; cpu < w->view.nr_cpus; cpu++)
		w->view.rp->cpu[cpu].online = cpu_online(cpu);
}

static void watch_free(struct ks_watch *w)
{
	view_finish(&w->view);
	free(w->look.dsq);
	free(w->look.task);
	free(w);
}

KS_PUBLIC struct ks_watch *ks_machine_watch(struct ks_machine *km)
{
	struct ks_watch *w;

	if (api_enter(km, API_OUTSIDE))
		return NULL;
	w = calloc(1, sizeof(*w));
	if (!w || view_init(&w->view, km->m->nr_cpu_ids)) {
		free(w);
		api_fail(KS_USAGE, "out of memory");
		return NULL;
	}
	w->km = km;
	w->sink.record = record;
	w->next = km->watches;
	km->watches = w;
	learn(w);
	view_restart(&w->view, ks_machine_now(km));
	trace_ensure(&km->stream);
	trace_add_sink(&km->stream, &w->sink);
	return w;
}

void watches_close(struct ks_machine *km)
{
	struct ks_watch *w;

	while ((w = km->watches)) {
		km->watches = w->next;
		watch_free(w);
	}
}

/* ---- looking ---- */

static bool is_watch(const struct ks_watch *w)
{
	const struct ks_watch *of = api_machine ? api_machine->watches : NULL;

	while (of && of != w)
		of = of->next;
	return of;
}

/* KS_OK: @w is one, can tell, and may be asked from here. */
static int enter(const struct ks_watch *w, const char *call)
{
	int err = api_need_arg(w, "the watch", call);

	if (err)
		return err;
	if (!is_watch(w))
		return api_fail(KS_USAGE, "%s: this watch's machine was destroyed", call);
	err = api_enter_call(w->km, API_ANYWHERE, call);
	return !err && w->view.no_memory ?
		       api_fail(KS_USAGE, "%s: there was no memory to follow the events", call) :
		       err;
}

KS_PUBLIC int ks_watch_restart(struct ks_watch *w)
{
	int err = enter(w, __func__);

	if (!err)
		view_restart(&w->view, ks_machine_now(w->km));
	return err;
}

/* Room for what there is now; false: there is none. */
static bool look_room(struct ks_watch *w, u32 nr_dsqs)
{
	struct watch_look *l = &w->look;
	const struct replay_task **task =
		realloc(l->task, view_tasks_room(&w->view) * sizeof(*task));
	const struct replay_dsq **dsq;

	if (!task)
		return false;
	l->task = task;
	dsq = realloc(l->dsq, (nr_dsqs + 1) * sizeof(*dsq));
	if (dsq)
		l->dsq = dsq;
	return dsq;
}

static int look(struct ks_watch *w, enum ks_watch_order by)
{
	struct watch_look *l = &w->look;
	struct view *v = &w->view;
	u32 nr_dsqs = view_sorted_dsqs(v, NULL);

	l->nr_tasks = l->nr_dsqs = 0;
	if (!look_room(w, nr_dsqs))
		return api_fail(KS_USAGE, "out of memory");
	view_tick(v, ks_machine_now(w->km));
	l->nr_ops = view_sorted_ops(v, l->op);
	l->nr_dsqs = view_sorted_dsqs(v, l->dsq);
	l->nr_tasks = view_sorted_tasks(v, (enum view_sort)by, l->task);
	return KS_OK;
}

KS_PUBLIC int ks_watch_look(struct ks_watch *w, enum ks_watch_order by, struct ks_watch_state *out)
{
	const struct view *v;
	int err = enter(w, __func__);

	if (!err && (u32)by > KS_BY_PID)
		err = api_fail(KS_USAGE, "ks_watch_look: there is no order %d", (int)by);
	if (!err)
		err = api_need(out);
	if (!err)
		err = look(w, by);
	if (err)
		return err;
	v = &w->view;
	return api_give(out,
			&(struct ks_watch_state){
				.now_ns = v->now_ns,
				.switches_per_s = view_rate(v, v->switches, v->old.switches),
				.kicks_per_s = view_rate(v, v->kicks, v->old.kicks),
				.bypass_depth = v->bypass_depth,
				.exited = v->exited,
				.exit_ns = v->exit_ns,
				.nr_ops = w->look.nr_ops,
				.nr_dsqs = w->look.nr_dsqs,
				.nr_tasks = w->look.nr_tasks,
				.nr_events = v->events,
			},
			sizeof(*out), "ks_watch_state");
}

/* Number @i of @nr that the look found: KS_OK, or KS_FAILED. */
static int enter_row(const struct ks_watch *w, u64 i, u64 nr, const char *what)
{
	return i < nr ? KS_OK :
			api_fail(KS_FAILED, "there are %llu %s, from 0, and no number %llu", nr,
				 what, i);
}

static void comm_of(const struct view *v, s32 pid, char comm[16])
{
	snprintf(comm, 16, "%s", view_comm(v, pid));
}

KS_PUBLIC int ks_watch_cpu(struct ks_watch *w, unsigned int cpu, struct ks_watch_cpu *out)
{
	const struct replay_cpu *on;
	struct ks_watch_cpu c;
	int err = enter(w, __func__);

	if (err || (err = api_need(out)))
		return err;
	if (cpu >= w->view.nr_cpus)
		return api_fail(KS_USAGE, "the machine has CPUs 0 to %u, not %u",
				w->view.nr_cpus - 1, cpu);
	on = &w->view.rp->cpu[cpu];
	c = (struct ks_watch_cpu){
		.online = on->online,
		.core = w->km->m->topo[cpu].core,
		.llc = w->km->m->topo[cpu].llc,
		.node = w->km->m->topo[cpu].node,
		.pid = view_curr(&w->view, cpu),
		.task_class = view_class(on->class),
		.busy_milli = view_busy_permille(&w->view, cpu),
		.queued = view_queued(&w->view, cpu),
		.resched = on->resched,
		.waits_for = on->waits_for,
		.switches = w->view.cpu[cpu].switches,
		.kicked = w->view.cpu[cpu].kicked,
	};
	comm_of(&w->view, c.pid, c.comm);
	return api_give(out, &c, sizeof(c), "ks_watch_cpu");
}

KS_PUBLIC int ks_watch_op(struct ks_watch *w, unsigned int i, struct ks_watch_op *out)
{
	const struct view *v;
	struct view_op_at at;
	struct ks_watch_op o;
	char sched[VIEW_SCHED_NAME_MAX];
	const char *name;
	int err = enter(w, __func__);

	if (err || (err = api_need(out)) || (err = enter_row(w, i, w->look.nr_ops, "ops")))
		return err;
	v = &w->view;
	at = w->look.op[i];
	name = view_op_name(at.op);
	o = (struct ks_watch_op){
		.name = name ? name : "?",
		.calls = v->op[at.sched][at.op].calls,
		.timed = v->op[at.sched][at.op].timed,
		.calls_per_s = view_op_rate(v, at),
		.cost_ns = view_op_cost_ns(v, at),
	};
	snprintf(o.sched, sizeof(o.sched), "%s", view_sched_name(v, v->sched[at.sched], sched));
	return api_give(out, &o, sizeof(o), "ks_watch_op");
}

KS_PUBLIC int ks_watch_dsq(struct ks_watch *w, unsigned int i, struct ks_watch_dsq *out)
{
	const struct replay_dsq *dsq;
	struct view_oldest oldest;
	struct ks_watch_dsq d;
	int err = enter(w, __func__);

	if (err || (err = api_need(out)) || (err = enter_row(w, i, w->look.nr_dsqs, "DSQs")))
		return err;
	dsq = w->look.dsq[i];
	oldest = view_oldest(dsq);
	d = (struct ks_watch_dsq){
		.id = dsq->id,
		.nr = dsq->nr,
		.oldest_pid = oldest.pid,
	};
	view_dsq_name(&w->view, dsq, d.name);
	if (oldest.pid >= 0) {
		comm_of(&w->view, oldest.pid, d.oldest_comm);
		d.oldest_ns = w->view.now_ns - min(w->view.now_ns, oldest.since_ns);
	}
	return api_give(out, &d, sizeof(d), "ks_watch_dsq");
}

static char state_of(const struct replay_task *t)
{
	return t->state == TASK_RUNS ? 'R' : t->state == TASK_WAITS ? 'Q' : 'S';
}

KS_PUBLIC int ks_watch_task(struct ks_watch *w, unsigned int i, struct ks_watch_task *out)
{
	const struct replay_task *t;
	const struct view *v;
	struct ks_watch_task o;
	int err = enter(w, __func__);

	if (err || (err = api_need(out)) || (err = enter_row(w, i, w->look.nr_tasks, "tasks")))
		return err;
	v = &w->view;
	t = w->look.task[i];
	o = (struct ks_watch_task){
		.pid = t->pid,
		.state = state_of(t),
		.cpu = t->cpu,
		.task_class = view_class(t->class),
		.run_ns = view_task_run_ns(v, t),
		.wait_ns = view_task_wait_ns(v, t),
		.wakeups = view_task_wakeups(v, t),
		.latency_ns = view_task_latency_ns(v, t),
		.latency_max_ns = view_task_latency_max_ns(v, t),
	};
	comm_of(v, t->pid, o.comm);
	if (t->dsq)
		view_dsq_name(v, t->dsq, o.dsq);
	return api_give(out, &o, sizeof(o), "ks_watch_task");
}

KS_PUBLIC int ks_watch_event(struct ks_watch *w, uint64_t n, struct ks_watch_event *out)
{
	const struct trace_record *r;
	const struct view *v;
	struct ks_watch_event e;
	int err = enter(w, __func__);

	if (err || (err = api_need(out)))
		return err;
	v = &w->view;
	if (n >= v->events || v->events - n > KS_WATCH_EVENTS)
		return api_fail(KS_FAILED, "of %llu events the last %u are kept, not number %llu",
				v->events, KS_WATCH_EVENTS, (u64)n);
	r = &v->event[n % VIEW_EVENTS];
	e = (struct ks_watch_event){
		.time_ns = r->time_ns,
		.cpu = r->cpu,
		.pid = r->pid,
		.name = trace_event_name(r->id),
	};
	comm_of(v, r->pid, e.comm);
	view_event_text(v, n, e.text);
	return api_give(out, &e, sizeof(e), "ks_watch_event");
}
