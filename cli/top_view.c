// SPDX-License-Identifier: GPL-2.0-only
/* top_view.c - see top_view.h. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "top_view.h"
#include "trace/words.h"

/* ---- what there is ---- */

static struct view_cpu *cpu_of(struct view *v, s64 cpu)
{
	return cpu >= 0 && cpu < v->nr_cpus ? &v->cpu[cpu] : NULL;
}

struct view_task *view_task(const struct view *v, u64 pid)
{
	struct view_task **at = pids_find(&v->tasks, pid);

	return at ? *at : NULL;
}

/* NULL for the idle tasks and for no task. It is made when it is first heard of. */
static struct view_task *task_of(struct view *v, s64 pid)
{
	struct view_task **at;

	if (pid <= 0 || pid >= PID_LIMIT)
		return NULL;
	at = pids_get(&v->tasks, pid);
	if (at && *at)
		return *at;
	if (at)
		*at = calloc(1, sizeof(**at));
	if (!at || !*at) {
		v->no_memory = true;
		return NULL;
	}
	**at = (struct view_task){ .pid = pid, .cpu = -1, .class = VIEW_NO_CLASS,
				   .since_ns = v->now_ns };
	return *at;
}

/* The DSQs are few. */
static struct view_dsq *dsq_of(struct view *v, u64 id)
{
	struct view_dsq *more;
	u32 i;

	for (i = 0; i < v->nr_dsqs; i++)
		if (v->dsq[i].id == id)
			return &v->dsq[i];
	more = realloc(v->dsq, (v->nr_dsqs + 1) * sizeof(*more));
	if (!more) {
		v->no_memory = true;
		return NULL;
	}
	v->dsq = more;
	more[v->nr_dsqs] = (struct view_dsq){ .id = id, .oldest = -1 };
	return &more[v->nr_dsqs++];
}

/* The CPU whose local DSQ it is; -1: it is another's. */
static s32 local_cpu(u64 id)
{
	return id >> 62 == 3 ? (s32)(u32)id : -1;
}

/* ---- what happens ---- */

static void task_enters(struct view *v, struct view_task *t, enum view_state state, u64 time_ns)
{
	u64 ns = time_ns > t->since_ns ? time_ns - t->since_ns : 0;

	if (t->state == VIEW_RUNS)
		t->run_ns += ns;
	t->state = state;
	t->since_ns = max(time_ns, t->since_ns);
}

static void on_wakeup(struct view *v, const struct trace_record *r)
{
	struct view_task *t = task_of(v, r->arg[0]);

	if (!t || t->state != VIEW_SLEEPS)
		return;
	task_enters(v, t, VIEW_QUEUED, r->time_ns);
	t->cpu = r->arg[1];
	t->wakeups += !r->arg[2];	/* a new task's is its birth */
	waits_begin(&t->waits, WAIT_WOKEN, t->since_ns);
}

static void task_starts(struct view *v, s64 pid, s32 cpu, u32 class, u64 time_ns)
{
	struct view_task *t = task_of(v, pid);

	if (!t)
		return;
	task_enters(v, t, VIEW_RUNS, time_ns);
	t->cpu = cpu;
	t->class = class;
	waits_end(&t->waits, t->since_ns);
}

static void task_stops(struct view *v, s64 pid, u64 state, u64 time_ns)
{
	struct view_task *t = task_of(v, pid);

	if (!t)
		return;
	task_enters(v, t, state ? VIEW_SLEEPS : VIEW_QUEUED, time_ns);
	if (!state)
		waits_begin(&t->waits, WAIT_PREEMPTED, t->since_ns);
}

static void on_switch(struct view *v, const struct trace_record *r)
{
	struct view_cpu *c = cpu_of(v, r->cpu);

	v->switches++;
	if (!c)
		return;
	if (c->pid)
		c->busy_ns += r->time_ns - min(c->since_ns, r->time_ns);
	c->since_ns = r->time_ns;
	c->pid = r->arg[2];
	c->class = r->arg[4];
	c->need_resched = false;
	c->switches++;
	task_stops(v, r->arg[0], r->arg[1], r->time_ns);
	task_starts(v, r->arg[2], r->cpu, r->arg[4], r->time_ns);
}

static void dsq_changes(struct view *v, u64 id, u32 nr, bool insert)
{
	struct view_cpu *c = cpu_of(v, local_cpu(id));
	struct view_dsq *dsq;

	if (local_cpu(id) >= 0) {
		if (c)
			c->queued = nr;
		return;
	}
	dsq = dsq_of(v, id);
	if (!dsq)
		return;
	dsq->nr = nr;
	dsq->inserts += insert;
}

static void on_insert(struct view *v, const struct trace_record *r)
{
	struct view_task *t = task_of(v, r->arg[0]);

	dsq_changes(v, r->arg[1], r->arg[5], true);
	if (!t)
		return;
	t->on_dsq = true;
	t->dsq = r->arg[1];
	t->dsq_since_ns = r->time_ns;
}

static void on_leave(struct view *v, const struct trace_record *r)
{
	struct view_task *t = task_of(v, r->arg[0]);

	dsq_changes(v, r->arg[1], r->arg[2], false);
	if (t)
		t->on_dsq = false;
}

static void on_op_enter(struct view *v, const struct trace_record *r)
{
	struct view_cpu *c = cpu_of(v, r->cpu);

	if (r->arg[0] >= VIEW_OPS_MAX)
		return;
	v->op[r->arg[0]].calls++;
	if (!c)
		return;
	if (c->nr_run == VIEW_OP_DEPTH)	/* the outermost sleeps, or it was left elsewhere */
		memmove(c->run, c->run + 1, --c->nr_run * sizeof(*c->run));
	c->run[c->nr_run++] = (struct view_op_run){ r->arg[0], r->time_ns };
}

/* One that slept and came back on another CPU counts as a call, and its cost is not known. */
static void on_op_exit(struct view *v, const struct trace_record *r)
{
	struct view_cpu *c = cpu_of(v, r->cpu);

	if (!c || !c->nr_run || c->run[c->nr_run - 1].op != r->arg[0])
		return;
	c->nr_run--;
	v->op[r->arg[0]].timed++;
	v->op[r->arg[0]].sum_ns += r->time_ns - c->run[c->nr_run].since_ns;
}

static void on_task_new(struct view *v, const struct trace_record *r)
{
	trace_names_add(&v->names, r->arg[0], &r->arg[2]);
	task_of(v, r->arg[0]);
}

void view_name(struct view *v, s32 pid, const char *comm)
{
	char bytes[TRACE_COMM_BYTES] = "";
	u64 words[2];

	snprintf(bytes, sizeof(bytes), "%s", comm);
	memcpy(words, bytes, sizeof(words));
	trace_names_add(&v->names, pid, words);
}

static void on_task_exit(struct view *v, s64 pid)
{
	struct view_task **at = pid > 0 ? pids_find(&v->tasks, pid) : NULL;

	if (!at || !*at)
		return;
	waits_finish(&(*at)->waits);
	free(*at);
	*at = NULL;
}

static void on_cpu_event(struct view *v, const struct trace_record *r)
{
	struct view_cpu *here = cpu_of(v, r->cpu), *c = cpu_of(v, r->arg[0]);

	switch (r->id) {
	case EV_sched_keep:
		if (here)
			here->need_resched = false;
		break;
	case EV_resched:
		if (c)
			c->need_resched = true;
		break;
	case EV_kick_answer:
		if (here)
			here->kicked++;
		break;
	case EV_kick_wait_begin:
		if (here)
			here->waits_for = r->arg[0];
		break;
	case EV_kick_wait_end:
		if (here)
			here->waits_for = -1;
		break;
	case EV_hotplug:
		if (c)
			c->online = r->arg[1];
		break;
	}
}

/* kern/account.h has the rule */
static void figures_apart(struct view *v, bool after, u64 time_ns)
{
	if (v->after == after)
		return;
	v->after = after;
	view_restart(v, time_ns);
}

/* The numbers are those of enum scx_enable_state. */
static void on_sched_enable(struct view *v, const struct trace_record *r)
{
	enum { DISABLED, ENABLING, ENABLED, DISABLING };

	if (r->arg[0] == ENABLING)
		v->exit_claimed = false;
	else if (r->arg[0] == DISABLING)
		figures_apart(v, true, r->time_ns);
	else if (r->arg[0] == ENABLED && !v->exit_claimed)
		figures_apart(v, false, r->time_ns);
}

/* The task of a task_exit has switched out for good when its CPU switches next. */
void view_record(struct view *v, const struct trace_record *r)
{
	v->now_ns = max(v->now_ns, r->time_ns);	/* CPUs are a little apart */
	v->event[v->events++ % VIEW_EVENTS] = *r;
	switch (r->id) {
	case EV_task_new:
		on_task_new(v, r);
		break;
	case EV_sched_switch:
		on_switch(v, r);
		if (r->arg[1] & 0x80)	/* TASK_DEAD */
			on_task_exit(v, r->arg[0]);
		break;
	case EV_sched_wakeup:
		on_wakeup(v, r);
		break;
	case EV_insert:
		on_insert(v, r);
		break;
	case EV_dsq_leave:
		on_leave(v, r);
		break;
	case EV_op_enter:
		on_op_enter(v, r);
		break;
	case EV_op_exit:
		on_op_exit(v, r);
		break;
	case EV_kick:
		v->kicks++;
		break;
	case EV_bypass:
		v->bypass_depth = r->arg[1];
		break;
	case EV_scx_exit:
		v->exited = true;
		v->exit_ns = r->time_ns;
		v->exit_claimed = true;
		figures_apart(v, true, r->time_ns);
		break;
	case EV_sched_enable:
		on_sched_enable(v, r);
		break;
	default:
		on_cpu_event(v, r);
	}
}

/* The stream hands out the catalogue's own strings. */
static u16 id_of(const char *name)
{
	u16 id = 0;

	while (id < NR_TRACE_EVENTS && trace_event_name(id) != name)
		id++;
	return id;
}

/* A task's name is no field of its event, but in the text of one: "spin-12". */
static void take_name(struct trace_record *r, const struct ks_event *ev)
{
	char comm[TRACE_COMM_BYTES] = "";
	const char *text = ks_event_text(ev, "task"), *end = strrchr(text, '-');

	if (end)
		snprintf(comm, sizeof(comm), "%.*s", (int)(end - text), text);
	memcpy(&r->arg[2], comm, sizeof(comm));
}

u16 view_hear(struct view *v, const struct ks_event *ev)
{
	struct trace_record r = { .time_ns = ev->time_ns, .id = id_of(ev->name), .cpu = ev->cpu,
				  .pid = ev->pid };

	if (r.id == NR_TRACE_EVENTS)
		return r.id;
	for (u32 i = 0; i < ev->nr_fields && i < TRACE_ARGS_MAX; i++)
		r.arg[i] = ev->values[i];
	if (r.id == EV_task_new)
		take_name(&r, ev);
	view_record(v, &r);
	return r.id;
}

/* ---- windows ---- */

static u64 busy_ns(const struct view *v, u32 cpu)
{
	const struct view_cpu *c = &v->cpu[cpu];

	return c->busy_ns + (c->pid && v->now_ns > c->since_ns ? v->now_ns - c->since_ns : 0);
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

static void task_restart(struct view_task *t, u64 now_ns)
{
	t->run_ns = t->wakeups = 0;
	t->since_ns = max(t->since_ns, now_ns);
	waits_cut(&t->waits, now_ns);
	for (u32 kind = 0; kind < NR_WAIT_KINDS; kind++)
		hist_finish(&t->waits.stay[kind]);
}

void view_restart(struct view *v, u64 now_ns)
{
	u32 i;

	v->now_ns = now_ns;
	for (i = 0; i < v->tasks.nr; i++)
		if (view_task(v, i))
			task_restart(view_task(v, i), now_ns);
	for (i = 0; i < v->nr_cpus; i++) {
		v->cpu[i].busy_ns = v->cpu[i].switches = v->cpu[i].kicked = 0;
		v->cpu[i].since_ns = max(v->cpu[i].since_ns, now_ns);
	}
	for (i = 0; i < v->nr_dsqs; i++)
		v->dsq[i].inserts = 0;
	memset(v->op, 0, sizeof(v->op));
	v->switches = v->kicks = 0;
	mark(v, &v->old);
	mark(v, &v->mid);
}

/* ---- looking ---- */

const char *view_comm(const struct view *v, s32 pid)
{
	return trace_names_get(&v->names, pid);
}

const char *view_class(u32 class)
{
	const char *name = class == VIEW_NO_CLASS ? NULL : trace_word(FIELD_class, class);

	return name ? name : "";
}

const char *view_op_name(u32 op)
{
	return trace_word(FIELD_op, op);
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

static u64 in_state(const struct view *v, const struct view_task *t, enum view_state state)
{
	return t->state == state && v->now_ns > t->since_ns ? v->now_ns - t->since_ns : 0;
}

u64 view_task_run_ns(const struct view *v, const struct view_task *t)
{
	return t->run_ns + in_state(v, t, VIEW_RUNS);
}

void view_task_waits(const struct view *v, const struct view_task *t, struct wait_figures *f)
{
	struct wait_sum sum = {};

	wait_sum_add(&sum, &t->waits, v->now_ns);
	wait_sum_figures(&sum, f);
	wait_sum_finish(&sum);
}

/* Without percentiles there is no need to take histograms apart: for each task of each frame. */
u64 view_task_wait_ns(const struct view *v, const struct view_task *t)
{
	u64 ns = waits_open_ns(&t->waits, v->now_ns);

	for (u32 kind = 0; kind < NR_WAIT_KINDS; kind++)
		ns += t->waits.stay[kind].sum;
	return ns;
}

static u64 open_latency_ns(const struct view *v, const struct view_task *t)
{
	return t->waits.kind == WAIT_WOKEN ? waits_open_ns(&t->waits, v->now_ns) : 0;
}

u64 view_task_latency_ns(const struct view *v, const struct view_task *t)
{
	const struct hist *h = &t->waits.stay[WAIT_WOKEN];
	u64 open_ns = open_latency_ns(v, t), nr = h->nr + !!open_ns;

	return nr ? (h->sum + open_ns) / nr : 0;
}

u64 view_task_latency_max_ns(const struct view *v, const struct view_task *t)
{
	return max(t->waits.stay[WAIT_WOKEN].max, open_latency_ns(v, t));
}

void view_find_oldest(struct view *v)
{
	struct view_dsq *dsq;
	u32 i;

	for (i = 0; i < v->nr_dsqs; i++)
		v->dsq[i].oldest = -1;
	for (i = 0; i < v->tasks.nr; i++) {
		const struct view_task *t = view_task(v, i);

		if (!t || !t->on_dsq || local_cpu(t->dsq) >= 0)
			continue;
		dsq = dsq_of(v, t->dsq);
		if (dsq && (dsq->oldest < 0 || t->dsq_since_ns < dsq->oldest_since_ns)) {
			dsq->oldest = t->pid;
			dsq->oldest_since_ns = t->dsq_since_ns;
		}
	}
}

/* ---- tasks in order ---- */

struct sort_key {
	u64 key;
	const struct view_task *t;
};

static int by_key(const void *a, const void *b)
{
	const struct sort_key *x = a, *y = b;

	if (x->key != y->key)
		return x->key > y->key ? -1 : 1;
	return x->t->pid - y->t->pid;
}

static u64 key_of(const struct view *v, const struct view_task *t, enum view_sort by)
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

u32 view_sorted_tasks(const struct view *v, enum view_sort by, const struct view_task **list)
{
	struct sort_key *keys = malloc(max(v->tasks.nr, 1u) * sizeof(*keys));
	u32 i, n = 0;

	for (i = 0; keys && i < v->tasks.nr; i++) {
		const struct view_task *t = view_task(v, i);

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

/* ---- events as lines ---- */

static u32 field_text(const struct view *v, const struct trace_record *r, u32 i, char *buf)
{
	const struct trace_field *f = &v->catalogue.field[r->id][i];
	u32 n = sprintf(buf, " %s=", f->name);

	return n + trace_value_text(buf + n, &v->names, f->type, r->arg[i]);
}

void view_event_text(const struct view *v, u64 number, char buf[VIEW_TEXT_MAX])
{
	const struct trace_record *r = &v->event[number % VIEW_EVENTS];
	char who[TRACE_COMM_BYTES + 16], field[TRACE_VALUE_MAX + 32];
	u32 n, i;

	snprintf(who, sizeof(who), r->pid > 0 ? "%s-%d" : "%s", view_comm(v, r->pid), r->pid);
	n = snprintf(buf, VIEW_TEXT_MAX, "%3llu.%09llu %3d %-15.15s %s", r->time_ns / NSEC_PER_SEC,
		     r->time_ns % NSEC_PER_SEC, r->cpu, who, trace_event_name(r->id));
	for (i = 0; i < v->catalogue.nr[r->id] && n < VIEW_TEXT_MAX; i++) {
		if (v->catalogue.field[r->id][i].type == FIELD_str8)
			continue;
		field_text(v, r, i, field);
		n += snprintf(buf + n, VIEW_TEXT_MAX - n, "%s", field);
	}
}

/* ---- life ---- */

int view_init(struct view *v, u32 nr_cpus)
{
	u32 cpu;

	memset(v, 0, sizeof(*v));
	trace_catalogue_init(&v->catalogue);
	v->tasks.size = sizeof(struct view_task *);
	v->nr_cpus = nr_cpus;
	v->cpu = calloc(nr_cpus, sizeof(*v->cpu));
	v->old.busy_ns = calloc(nr_cpus, sizeof(u64));
	v->mid.busy_ns = calloc(nr_cpus, sizeof(u64));
	if (!v->cpu || !v->old.busy_ns || !v->mid.busy_ns) {
		view_finish(v);
		return -ENOMEM;
	}
	for (cpu = 0; cpu < nr_cpus; cpu++) {
		v->cpu[cpu].online = true;
		v->cpu[cpu].waits_for = -1;
	}
	return 0;
}

void view_finish(struct view *v)
{
	u32 i;

	for (i = 0; i < v->tasks.nr; i++)
		on_task_exit(v, i);
	pids_finish(&v->tasks);
	free(v->cpu);
	free(v->dsq);
	free(v->old.busy_ns);
	free(v->mid.busy_ns);
	trace_names_finish(&v->names);
	memset(v, 0, sizeof(*v));
}
