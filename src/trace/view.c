// SPDX-License-Identifier: GPL-2.0-only
/* view.c - see view.h. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "trace/view.h"
#include "trace/words.h"

/* ---- what happens ---- */

static struct view_cpu *cpu_of(struct view *v, s64 cpu)
{
	return cpu >= 0 && cpu < v->nr_cpus ? &v->cpu[cpu] : NULL;
}

/* of the stay on a CPU that began at @since_ns: what of it counts */
static u64 stay_ns(const struct view *v, s32 pid, u64 since_ns, u64 now_ns)
{
	u64 from = max(since_ns, v->tally.begin_ns);

	return pid > 0 && now_ns > from ? now_ns - from : 0;
}

/* The replay has taken it. */
static void on_switch(struct view *v, const struct trace_record *r)
{
	struct view_cpu *c = cpu_of(v, r->cpu);
	const struct replay_task *t;

	v->switches++;
	if (!c)
		return;
	c->busy_ns +=
		stay_ns(v, v->rp->cpu[r->cpu].prev, v->rp->cpu[r->cpu].prev_since_ns, r->time_ns);
	c->switches++;
	t = replay_task(v->rp, (s64)r->arg[0]);
	if (t && t->state == TASK_GONE)
		tally_forget(&v->tally, t->pid);
}

/* where its ops are counted; NULL: there are too many */
static struct view_op *ops_of(struct view *v, u64 sched)
{
	u32 i = 0;

	while (i < v->nr_scheds && v->sched[i] != sched)
		i++;
	if (i == VIEW_SCHEDS_MAX)
		return NULL;
	if (i == v->nr_scheds)
		v->sched[v->nr_scheds++] = sched;
	return v->op[i];
}

/* the root's, until told otherwise */
static void on_op_enter(struct view *v, const struct trace_record *r)
{
	if (r->arg[0] < VIEW_OPS_MAX)
		v->op[0][r->arg[0]].calls++;
}

/* the callback that the replay has seen begin there */
static void on_op_sched(struct view *v, const struct trace_record *r)
{
	const struct replay_cpu *c = cpu_of(v, r->cpu) ? &v->rp->cpu[r->cpu] : NULL;
	struct view_op *ops = ops_of(v, r->arg[0]);
	u32 op = c && c->nr_ops ? c->ops[c->nr_ops - 1].op : VIEW_OPS_MAX;

	if (op >= VIEW_OPS_MAX || !v->op[0][op].calls)
		return;
	v->op[0][op].calls--;
	if (ops)
		ops[op].calls++;
}

/*
 * Before the replay takes it: it knows yet since when the op runs. One that slept in between
 * counts as a call, and its cost is not known.
 */
static void on_op_exit(struct view *v, const struct trace_record *r)
{
	const struct replay_cpu *c = cpu_of(v, r->cpu) ? &v->rp->cpu[r->cpu] : NULL;
	const struct replay_op *op = c && c->nr_ops ? &c->ops[c->nr_ops - 1] : NULL;
	struct view_op *ops = op && !op->slept ? ops_of(v, op->sched) : NULL;

	if (!ops || op->op != r->arg[0] || op->op >= VIEW_OPS_MAX)
		return;
	ops[op->op].timed++;
	ops[op->op].sum_ns += r->time_ns - op->ns;
}

void view_name(struct view *v, s32 pid, const char *comm)
{
	char bytes[TRACE_COMM_BYTES] = "";
	u64 words[2];

	snprintf(bytes, sizeof(bytes), "%s", comm);
	memcpy(words, bytes, sizeof(words));
	trace_names_add(&v->rp->names, pid, words);
}

/* A scheduler came or went. */
static void figures_apart(struct tally *ty, u64 now_ns)
{
	view_restart(container_of(ty, struct view, tally), now_ns);
}

static void counts(struct view *v, const struct trace_record *r)
{
	switch (r->id) {
	case EV_sched_switch:
		on_switch(v, r);
		break;
	case EV_op_enter:
		on_op_enter(v, r);
		break;
	case EV_op_sched:
		on_op_sched(v, r);
		break;
	case EV_kick:
		v->kicks++;
		break;
	case EV_kick_answer:
		if (cpu_of(v, r->cpu))
			v->cpu[r->cpu].kicked++;
		break;
	case EV_bypass: /* the root's */
		if (v->rp->about)
			break;
		v->bypass_depth = r->arg[1];
		break;
	case EV_scx_exit:
		if (v->rp->about)
			break;
		v->exited = true;
		v->exit_ns = r->time_ns;
		break;
	}
}

void view_record(struct view *v, const struct trace_record *r)
{
	v->now_ns = max(v->now_ns, r->time_ns); /* CPUs are a little apart */
	v->event[v->events++ % VIEW_EVENTS] = *r;
	if (r->id == EV_op_exit)
		on_op_exit(v, r);
	v->no_memory |= replay_take(v->rp, r) < 0;
	if (r->cpu < (s32)v->nr_cpus)
		tally_take(&v->tally, r);
	counts(v, r);
}

/* ---- windows ---- */

static u64 busy_ns(const struct view *v, u32 cpu)
{
	const struct replay_cpu *c = &v->rp->cpu[cpu];

	return v->cpu[cpu].busy_ns + stay_ns(v, c->curr, c->since_ns, v->now_ns);
}

static void mark(struct view *v, struct view_mark *m)
{
	u32 cpu;

	m->at_ns = v->now_ns;
	m->switches = v->switches;
	m->kicks = v->kicks;
	memcpy(m->op, v->op, sizeof(m->op));
	for (cpu = 0; cpu < v->nr_cpus; cpu++)
		m->busy_ns[cpu] = busy_ns(v, cpu);
}

void view_tick(struct view *v, u64 now_ns)
{
	struct view_mark was = v->old;

	v->now_ns = now_ns;
	if (now_ns - min(now_ns, v->mid.at_ns) < VIEW_WINDOW_NS)
		return;
	v->old = v->mid;
	v->mid = was;
	mark(v, &v->mid);
}

void view_restart(struct view *v, u64 now_ns)
{
	v->now_ns = now_ns;
	tally_restart(&v->tally, now_ns);
	for (u32 i = 0; i < v->nr_cpus; i++)
		v->cpu[i].busy_ns = v->cpu[i].switches = v->cpu[i].kicked = 0;
	memset(v->op, 0, sizeof(v->op));
	v->switches = v->kicks = 0;
	mark(v, &v->old);
	mark(v, &v->mid);
}

/* ---- looking ---- */

const struct replay_task *view_task(const struct view *v, u64 pid)
{
	const struct replay_task *t = replay_task(v->rp, (s64)pid);

	return t && t->state != TASK_GONE ? t : NULL;
}

s32 view_curr(const struct view *v, u32 cpu)
{
	return max(v->rp->cpu[cpu].curr, 0);
}

u32 view_queued(const struct view *v, u32 cpu)
{
	const struct replay_dsq *d = replay_dsq(v->rp, DSQ_LOCAL_ON_CPU(cpu), 0);

	return d ? d->nr : 0;
}

const char *view_comm(const struct view *v, s32 pid)
{
	return replay_comm(v->rp, pid);
}

const char *view_class(u32 class)
{
	const char *name = trace_word(FIELD_class, class);

	return name ? name : "";
}

const char *view_op_name(u32 op)
{
	return trace_word(FIELD_op, op);
}

const char *view_sched_name(const struct view *v, u64 sched, char buf[VIEW_SCHED_NAME_MAX])
{
	if (!v->rp->has_subs)
		return "";
	if (!sched)
		return "root";
	snprintf(buf, VIEW_SCHED_NAME_MAX, "sub-%llu", sched);
	return buf;
}

u32 view_busy_permille(const struct view *v, u32 cpu)
{
	u64 whole = v->now_ns - min(v->old.at_ns, v->now_ns), busy = busy_ns(v, cpu);

	busy -= min(v->old.busy_ns[cpu], busy);
	return whole ? min(busy * 1000 / whole, 1000ULL) : 0;
}

u64 view_rate(const struct view *v, u64 now, u64 old)
{
	u64 ns = v->now_ns - min(v->old.at_ns, v->now_ns);

	return ns && now > old ? (u64)((unsigned __int128)(now - old) * NSEC_PER_SEC / ns) : 0;
}

/* what @t came to; of one that has done nothing, nothing */
static const struct tally_task *sums_of(const struct view *v, const struct replay_task *t)
{
	static const struct tally_task none = { .on_ns = TALLY_OFF };
	const struct tally_task *sums = tally_task(&v->tally, t->pid);

	return sums ? sums : &none;
}

u64 view_task_run_ns(const struct view *v, const struct replay_task *t)
{
	return tally_run_ns(sums_of(v, t), v->now_ns);
}

u64 view_task_wakeups(const struct view *v, const struct replay_task *t)
{
	return sums_of(v, t)->nr_wakeups;
}

void view_task_waits(const struct view *v, const struct replay_task *t, struct wait_figures *f)
{
	struct wait_sum sum = {};

	wait_sum_add(&sum, &sums_of(v, t)->waits, v->now_ns);
	wait_sum_figures(&sum, f);
	wait_sum_finish(&sum);
}

/* Without percentiles there is no need to take histograms apart: for each task of each frame. */
u64 view_task_wait_ns(const struct view *v, const struct replay_task *t)
{
	const struct waits *w = &sums_of(v, t)->waits;
	u64 ns = waits_open_ns(w, v->now_ns);

	for (u32 kind = 0; kind < NR_WAIT_KINDS; kind++)
		ns += w->stay[kind].sum;
	return ns;
}

static u64 open_latency_ns(const struct view *v, const struct waits *w)
{
	return w->kind == WAIT_WOKEN ? waits_open_ns(w, v->now_ns) : 0;
}

u64 view_task_latency_ns(const struct view *v, const struct replay_task *t)
{
	const struct waits *w = &sums_of(v, t)->waits;
	const struct hist *h = &w->stay[WAIT_WOKEN];
	u64 open_ns = open_latency_ns(v, w), nr = h->nr + !!open_ns;

	return nr ? (h->sum + open_ns) / nr : 0;
}

u64 view_task_latency_max_ns(const struct view *v, const struct replay_task *t)
{
	const struct waits *w = &sums_of(v, t)->waits;

	return max(w->stay[WAIT_WOKEN].max, open_latency_ns(v, w));
}

static const struct view_op *op_now(const struct view *v, struct view_op_at at)
{
	return &v->op[at.sched][at.op];
}

u64 view_op_cost_ns(const struct view *v, struct view_op_at at)
{
	const struct view_op *now = op_now(v, at), *old = &v->old.op[at.sched][at.op];

	if (now->timed > old->timed)
		return (now->sum_ns - old->sum_ns) / (now->timed - old->timed);
	return now->timed ? now->sum_ns / now->timed : 0;
}

u64 view_op_rate(const struct view *v, struct view_op_at at)
{
	return view_rate(v, op_now(v, at)->calls, v->old.op[at.sched][at.op].calls);
}

void view_dsq_name(const struct view *v, const struct replay_dsq *d, char buf[VIEW_DSQ_NAME_MAX])
{
	char name[VIEW_SCHED_NAME_MAX];
	const char *sched = dsq_is_local_on(d->id) ? "" : view_sched_name(v, d->sched, name);
	int n = snprintf(buf, VIEW_SCHED_NAME_MAX, "%s%s", sched, *sched ? " " : "");

	trace_value_text(buf + n, &v->rp->names, FIELD_dsq, d->id);
}

/* Of several since the same moment, the first by pid. */
struct view_oldest view_oldest(const struct replay_dsq *d)
{
	struct view_oldest o = { .pid = -1 };
	const struct replay_task *t;

	list_for_each_entry(t, &d->members, node)
		if (o.pid < 0 || t->dsq_ns < o.since_ns ||
		    (t->dsq_ns == o.since_ns && t->pid < o.pid))
			o = (struct view_oldest){ t->pid, t->dsq_ns };
	return o;
}

/* ---- in order ---- */

struct sort_key {
	u64 key;
	const struct replay_task *t;
};

static int by_key(const void *a, const void *b)
{
	const struct sort_key *x = a, *y = b;

	if (x->key != y->key)
		return x->key > y->key ? -1 : 1;
	return x->t->pid - y->t->pid;
}

static u64 key_of(const struct view *v, const struct replay_task *t, enum view_sort by)
{
	switch (by) {
	case VIEW_BY_RUN:
		return view_task_run_ns(v, t);
	case VIEW_BY_WAIT:
		return view_task_wait_ns(v, t);
	case VIEW_BY_LATENCY:
		return view_task_latency_max_ns(v, t);
	default:
		return 0;
	}
}

u32 view_tasks_room(const struct view *v)
{
	return max(v->rp->tasks.nr, 1u);
}

u32 view_sorted_tasks(const struct view *v, enum view_sort by, const struct replay_task **list)
{
	struct sort_key *keys = malloc(view_tasks_room(v) * sizeof(*keys));
	u32 i, n = 0;

	for (i = 0; keys && i < v->rp->tasks.nr; i++) {
		const struct replay_task *t = view_task(v, i);

		if (t)
			keys[n++] = (struct sort_key){ key_of(v, t, by), t };
	}
	if (keys)
		qsort(keys, n, sizeof(*keys), by_key);
	for (i = 0; i < n; i++)
		list[i] = keys[i].t;
	free(keys);
	return n;
}

u32 view_sorted_ops(const struct view *v, struct view_op_at list[])
{
	u32 n = 0, i;

	for (u32 row = 0; row < v->nr_scheds * VIEW_OPS_MAX; row++) {
		struct view_op_at at = { row / VIEW_OPS_MAX, row % VIEW_OPS_MAX };

		if (!op_now(v, at)->calls)
			continue;
		for (i = n++; i && op_now(v, list[i - 1])->calls < op_now(v, at)->calls; i--)
			list[i] = list[i - 1];
		list[i] = at;
	}
	return n;
}

u32 view_sorted_dsqs(const struct view *v, const struct replay_dsq **list)
{
	const struct replay_dsq *d;
	u32 n = 0;

	for (int empty = 0; empty < 2; empty++)
		list_for_each_entry(d, &v->rp->dsqs, node) {
			if (!d->seq || dsq_is_local_on(d->id) || (d->nr == 0) != empty)
				continue;
			if (list)
				list[n] = d;
			n++;
		}
	return n;
}

/* ---- events ---- */

static u32 field_text(const struct view *v, const struct trace_record *r, u32 i, char *buf)
{
	const struct trace_field *f = &v->catalogue.field[r->id][i];
	u32 n = sprintf(buf, "%s=", f->name);

	return n + trace_value_text(buf + n, &v->rp->names, f->type, r->arg[i]);
}

void view_event_text(const struct view *v, u64 number, char buf[VIEW_TEXT_MAX])
{
	const struct trace_record *r = &v->event[number % VIEW_EVENTS];
	char field[TRACE_VALUE_MAX + 32];
	u32 n = 0, i;

	buf[0] = '\0';
	for (i = 0; i < v->catalogue.nr[r->id] && n < VIEW_TEXT_MAX; i++) {
		if (v->catalogue.field[r->id][i].type == FIELD_str8)
			continue;
		field_text(v, r, i, field);
		n += snprintf(buf + n, VIEW_TEXT_MAX - n, "%s%s", n ? " " : "", field);
	}
}

/* ---- life ---- */

int view_init(struct view *v, u32 nr_cpus)
{
	memset(v, 0, sizeof(*v));
	trace_catalogue_init(&v->catalogue);
	v->tally.part_ends = figures_apart;
	v->nr_cpus = nr_cpus;
	v->nr_scheds = 1;
	v->rp = replay_create(nr_cpus, NULL);
	v->cpu = calloc(nr_cpus, sizeof(*v->cpu));
	v->old.busy_ns = calloc(nr_cpus, sizeof(u64));
	v->mid.busy_ns = calloc(nr_cpus, sizeof(u64));
	if (v->rp && v->cpu && v->old.busy_ns && v->mid.busy_ns)
		return 0;
	view_finish(v);
	return -ENOMEM;
}

void view_finish(struct view *v)
{
	tally_finish(&v->tally);
	replay_destroy(v->rp);
	free(v->cpu);
	free(v->old.busy_ns);
	free(v->mid.busy_ns);
	memset(v, 0, sizeof(*v));
}
