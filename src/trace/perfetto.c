// SPDX-License-Identifier: GPL-2.0-only
/*
 * perfetto.c - see perfetto.h. What is open on a CPU's track is, from the outside in:
 * the task that runs (none for idle), then the ops and irqs of that task's context. A
 * task that is switched out within an op takes its slices along: they end on this CPU
 * and begin again where it runs next.
 */
#include "trace/perfetto.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/shortage.h"
#include "trace/kick_match.h"
#include "trace/perfetto_packet.h"
#include "trace/replay.h"

#define OPEN_MAX_DEPTH 16	/* ops and irqs within each other; what is deeper is an instant */
#define WINDOW_NS NSEC_PER_MSEC /* of utilisation */

enum { ROOT = 1, GROUP_CPUS, GROUP_USE, GROUP_DSQS, GROUP_TASKS, GROUP_MACHINE };
enum track_kind { TRACK_CPU = 1, TRACK_USE, TRACK_DSQ, TRACK_TASK, TRACK_RUN };

/* slices that are open in a task's, or an idle CPU's, context */
struct context {
	struct trace_record *open;
	u32 nr;
};

struct task {
	struct context context;
	const char *state; /* the slice on its own track; NULL: none */
	u64 flow;	   /* of its wakeup, until it runs; 0: none */
};

struct cpu {
	struct context idle;
	u64 busy_since_ns, busy_ns;
	s32 use_told;
};

struct perfetto {
	struct trace_sink sink;
	struct pf_writer w;
	struct trace_catalogue catalogue;
	struct replay *rp; /* who runs, and what they are called */
	struct kick_match *kicks;
	struct intern dsqs;
	u32 nr_told; /* of what is run */
	struct cpu *cpu;
	u32 nr_cpus;
	struct pids tasks; /* of struct task * */
	u64 nr_flows, window_end_ns, now_ns;
};

static u64 track_of(enum track_kind kind, u64 i)
{
	return (u64)kind << 32 | i;
}

/* arrows of wakeups and of kicks have numbers of their own */
static u64 wakeup_flow(struct perfetto *p)
{
	return ++p->nr_flows << 1;
}

static u64 kick_flow(u64 n)
{
	return n << 1 | 1;
}

/* ---- tasks and CPUs ---- */

static void task_track(struct perfetto *p, s64 pid)
{
	char name[TRACE_VALUE_MAX];

	trace_value_text(name, &p->rp->names, FIELD_task, pid);
	pf_track(&p->w, &(struct pf_track){ .uuid = track_of(TRACK_TASK, pid),
					    .name = name,
					    .parent = GROUP_TASKS,
					    .rank = pid });
}

/* NULL: idle, nobody */
static struct task *task_of(struct perfetto *p, s64 pid)
{
	struct task **at = pid > 0 ? pids_get(&p->tasks, pid) : NULL;

	if (at && !*at) {
		*at = calloc(1, sizeof(struct task));
		shortage_on(!*at, "out of memory for a task's track");
		task_track(p, pid);
	}
	return at ? *at : NULL;
}

/* NULL: no event mentioned it */
static struct task *task_known(const struct perfetto *p, u64 pid)
{
	struct task **at = pids_find(&p->tasks, pid);

	return at ? *at : NULL;
}

static struct cpu *cpu_at(struct perfetto *p, s64 cpu)
{
	return cpu >= 0 && cpu < p->nr_cpus ? &p->cpu[cpu] : NULL;
}

static struct context *context_of(struct perfetto *p, s64 pid, s32 cpu)
{
	struct task *t = task_of(p, pid);

	if (t)
		return &t->context;
	return !pid && cpu_at(p, cpu) ? &p->cpu[cpu].idle : NULL;
}

static bool context_push(struct context *c, const struct trace_record *r)
{
	if (!c || c->nr == OPEN_MAX_DEPTH)
		return false;
	if (!c->open)
		c->open = calloc(OPEN_MAX_DEPTH, sizeof(*c->open));
	shortage_on(!c->open, "out of memory for a trace's open slices");
	c->open[c->nr++] = *r;
	return true;
}

/* ---- events ---- */

static void field_put(struct perfetto *p, const struct trace_record *r, u32 i)
{
	const struct trace_field *f = &p->catalogue.field[r->id][i];
	char text[TRACE_VALUE_MAX];

	if (f->type == FIELD_ns) {
		pf_uint(&p->w, f->name, r->arg[i]);
	} else if (trace_value_is_number(f->type)) {
		pf_int(&p->w, f->name, r->arg[i]);
	} else if (f->type == FIELD_str8) { /* the first of two */
		trace_comm_copy(text, &r->arg[i]);
		pf_text(&p->w, "comm", text);
	} else {
		trace_value_text(text, &p->rp->names, f->type, r->arg[i]);
		pf_text(&p->w, f->name, text);
	}
}

static void fields_put(struct perfetto *p, const struct trace_record *r, u32 from)
{
	for (u32 i = from; i < p->catalogue.nr[r->id]; i++) {
		field_put(p, r, i);
		if (p->catalogue.field[r->id][i].type == FIELD_str8)
			i++;
	}
}

static u64 track_of_record(const struct perfetto *p, const struct trace_record *r)
{
	return r->cpu >= 0 && (u32)r->cpu < p->nr_cpus ? track_of(TRACK_CPU, r->cpu) :
							 GROUP_MACHINE;
}

static void record_begin(struct perfetto *p, const struct trace_record *r, u32 type)
{
	pf_begin(&p->w, r->time_ns, track_of_record(p, r), type);
	pf_category(&p->w, trace_event_name(r->id));
}

static void instant_begin(struct perfetto *p, const struct trace_record *r)
{
	record_begin(p, r, TYPE_INSTANT);
	pf_name(&p->w, trace_event_name(r->id));
	fields_put(p, r, 0);
}

static void instant(struct perfetto *p, const struct trace_record *r)
{
	instant_begin(p, r);
	pf_end(&p->w);
}

static void slice_end(struct perfetto *p, u64 time_ns, u64 track)
{
	pf_begin(&p->w, time_ns, track, TYPE_SLICE_END);
	pf_end(&p->w);
}

/* ---- states of tasks ---- */

static void state_set(struct perfetto *p, u64 time_ns, s64 pid, const char *state, s32 cpu)
{
	struct task *t = task_of(p, pid);
	u64 track = track_of(TRACK_TASK, pid);

	if (!t || t->state == state)
		return;
	if (t->state)
		slice_end(p, time_ns, track);
	t->state = state;
	if (!state)
		return;
	pf_begin(&p->w, time_ns, track, TYPE_SLICE_BEGIN);
	pf_name(&p->w, state);
	if (t->flow)
		pf_flow(&p->w, t->flow, false);
	if (cpu >= 0)
		pf_int(&p->w, "cpu", cpu);
	pf_end(&p->w);
}

static const char RUNNING[] = "running", RUNNABLE[] = "runnable", SLEEPING[] = "sleeping";

/* The replay has taken it. */
static void task_leaves(struct perfetto *p, const struct trace_record *r)
{
	const struct replay_task *t = replay_task(p->rp, (s64)r->arg[0]);

	if (t)
		state_set(p, r->time_ns, r->arg[0],
			  t->state == TASK_GONE		       ? NULL :
			  trace_state_letter(r->arg[1]) == 'R' ? RUNNABLE :
								 SLEEPING,
			  -1);
}

/* ---- utilisation ---- */

/* Nothing that comes after the window has been taken yet. */
static void use_tell(struct perfetto *p, u32 cpu)
{
	struct cpu *c = &p->cpu[cpu];
	s32 use;

	if (p->rp->cpu[cpu].curr > 0) {
		c->busy_ns += p->window_end_ns - c->busy_since_ns;
		c->busy_since_ns = p->window_end_ns;
	}
	use = c->busy_ns * 100 / WINDOW_NS;
	c->busy_ns = 0;
	if (use != c->use_told)
		pf_counter(&p->w, p->window_end_ns - WINDOW_NS, track_of(TRACK_USE, cpu), use);
	c->use_told = use;
}

static void use_advance(struct perfetto *p, u64 now_ns)
{
	for (; p->window_end_ns <= now_ns; p->window_end_ns += WINDOW_NS)
		for (u32 cpu = 0; cpu < p->nr_cpus; cpu++)
			use_tell(p, cpu);
}

/* The replay knows who came there, and who was there before. */
static void use_switch(struct perfetto *p, u32 cpu, u64 now_ns)
{
	struct cpu *c = &p->cpu[cpu];

	if (p->rp->cpu[cpu].prev > 0)
		c->busy_ns += now_ns - c->busy_since_ns;
	c->busy_since_ns = now_ns;
}

/* ---- CPUs ---- */

static void running_name(struct perfetto *p, s64 pid)
{
	char text[TRACE_VALUE_MAX];

	trace_value_text(text, &p->rp->names, FIELD_task, pid);
	pf_name(&p->w, text);
}

/* Who runs there was switched to before the trace began. The replay has not taken it. */
static void cpu_first_seen(struct perfetto *p, const struct trace_record *r)
{
	struct cpu *c = cpu_at(p, r->cpu);

	if (!c || p->rp->cpu[r->cpu].curr >= 0 || r->pid < 0)
		return;
	c->busy_since_ns = r->time_ns;
	if (!r->pid)
		return;
	pf_begin(&p->w, r->time_ns, track_of(TRACK_CPU, r->cpu), TYPE_SLICE_BEGIN);
	running_name(p, r->pid);
	pf_end(&p->w);
	state_set(p, r->time_ns, r->pid, RUNNING, r->cpu);
}

static void slice_name(struct perfetto *p, const struct trace_record *r)
{
	char text[TRACE_VALUE_MAX + 8] = "irq ";
	u32 n = r->id == EV_irq ? 4 : 0;

	trace_value_text(text + n, &p->rp->names, p->catalogue.field[r->id][0].type, r->arg[0]);
	pf_name(&p->w, text);
}

static void switch_out(struct perfetto *p, const struct trace_record *r)
{
	struct context *c = context_of(p, r->arg[0], r->cpu);

	for (u32 i = 0; c && i < c->nr; i++)
		slice_end(p, r->time_ns, track_of_record(p, r));
	if (r->arg[0])
		slice_end(p, r->time_ns, track_of_record(p, r));
	task_leaves(p, r);
}

static void switch_in(struct perfetto *p, const struct trace_record *r)
{
	struct task *t = task_of(p, r->arg[2]);
	struct context *c = context_of(p, r->arg[2], r->cpu);

	record_begin(p, r, t ? TYPE_SLICE_BEGIN : TYPE_INSTANT);
	if (t)
		running_name(p, r->arg[2]);
	else
		pf_name(&p->w, "idle");
	if (t && t->flow)
		pf_flow(&p->w, t->flow, true);
	fields_put(p, r, 0);
	pf_end(&p->w);
	if (t)
		t->flow = 0;
	for (u32 i = 0; c && i < c->nr; i++) {
		pf_begin(&p->w, r->time_ns, track_of_record(p, r), TYPE_SLICE_BEGIN);
		slice_name(p, &c->open[i]);
		fields_put(p, &c->open[i], 0);
		pf_end(&p->w);
	}
	state_set(p, r->time_ns, r->arg[2], RUNNING, r->cpu);
}

static void on_switch(struct perfetto *p, const struct trace_record *r)
{
	if (!cpu_at(p, r->cpu)) {
		instant(p, r);
		return;
	}
	switch_out(p, r);
	switch_in(p, r);
	use_switch(p, (u32)r->cpu, r->time_ns);
}

static void on_slice_begin(struct perfetto *p, const struct trace_record *r)
{
	if (!cpu_at(p, r->cpu) || !context_push(context_of(p, r->pid, r->cpu), r)) {
		instant(p, r);
		return;
	}
	record_begin(p, r, TYPE_SLICE_BEGIN);
	slice_name(p, r);
	fields_put(p, r, 0);
	pf_end(&p->w);
}

/* An end has the fields which the begin does not have: it names the same op and task. */
static void on_slice_end(struct perfetto *p, const struct trace_record *r,
			 enum trace_event_id begin, u32 nr_shared)
{
	struct context *c = cpu_at(p, r->cpu) ? context_of(p, r->pid, r->cpu) : NULL;
	const struct trace_record *top = c && c->nr ? &c->open[c->nr - 1] : NULL;

	if (!top || top->id != begin || memcmp(top->arg, r->arg, nr_shared * sizeof(u64))) {
		instant(p, r);
		return;
	}
	c->nr--;
	record_begin(p, r, TYPE_SLICE_END);
	fields_put(p, r, nr_shared);
	pf_end(&p->w);
}

/* ---- wakeups ---- */

static void on_waking(struct perfetto *p, const struct trace_record *r)
{
	struct task *t = task_of(p, r->arg[0]);

	instant_begin(p, r);
	if (t) {
		t->flow = wakeup_flow(p);
		pf_flow(&p->w, t->flow, false);
	}
	pf_end(&p->w);
}

static void on_wakeup(struct perfetto *p, const struct trace_record *r)
{
	struct task *t = task_of(p, r->arg[0]);

	if (t && !t->flow) /* a new task: nobody said sched_waking */
		t->flow = wakeup_flow(p);
	instant_begin(p, r);
	if (t)
		pf_flow(&p->w, t->flow, false);
	pf_end(&p->w);
	if (t && t->state != RUNNING)
		state_set(p, r->time_ns, r->arg[0], RUNNABLE, r->arg[1]);
	else if (t)
		t->flow = 0; /* it had not left the CPU */
}

/* ---- kicks ---- */

static void on_kick(struct perfetto *p, const struct trace_record *r)
{
	instant_begin(p, r);
	pf_flow(&p->w, kick_flow(r->arg[0]), r->id == EV_kick_drop);
	pf_end(&p->w);
}

/* the arrows of all that a delivery is for, or that a pass answers */
static void flows_put(struct perfetto *p, bool end)
{
	const struct kick_list *list = kick_match_last(p->kicks);

	for (u32 i = 0; i < list->nr; i++)
		pf_flow(&p->w, kick_flow(list->n[i]), end);
}

static void on_kick_deliver(struct perfetto *p, const struct trace_record *r)
{
	instant_begin(p, r);
	flows_put(p, false);
	pf_end(&p->w);
	if (!kick_match_last(p->kicks)->nr || !cpu_at(p, r->arg[1]))
		return;
	pf_begin(&p->w, r->time_ns, track_of(TRACK_CPU, r->arg[1]), TYPE_INSTANT);
	pf_name(&p->w, "kicked");
	flows_put(p, !verdict_asks(r->arg[5]));
	pf_end(&p->w);
}

static void on_kick_answer(struct perfetto *p, const struct trace_record *r)
{
	instant_begin(p, r);
	flows_put(p, true);
	pf_end(&p->w);
}

/* ---- DSQs ---- */

static void dsq_count(struct perfetto *p, u64 time_ns, u64 dsq, u64 nr)
{
	char name[TRACE_VALUE_MAX + 4] = "DSQ ";
	bool fresh;
	u32 i;

	trace_value_text(name + 4, &p->rp->names, FIELD_dsq, dsq);
	i = intern_get(&p->dsqs, name, &fresh);
	if (fresh)
		pf_track(&p->w, &(struct pf_track){ .uuid = track_of(TRACK_DSQ, i),
						    .name = name,
						    .parent = GROUP_DSQS,
						    .rank = i,
						    .unit = "tasks" });
	pf_counter(&p->w, time_ns, track_of(TRACK_DSQ, i), nr);
}

/* ---- what Perfetto itself knows of scheduling ---- */

static void ftrace_task(struct perfetto *p, s64 pid, s32 cpu, u32 comm)
{
	char idle[TRACE_COMM_BYTES];

	snprintf(idle, sizeof(idle), "swapper/%d", cpu);
	pf_ftrace_text(&p->w, comm, pid ? trace_names_get(&p->rp->names, pid) : idle);
	pf_ftrace_int(&p->w, comm + 1, pid);
	pf_ftrace_int(&p->w, comm + 2, trace_state.task_prio ? trace_state.task_prio(pid) : 120);
}

static void ftrace_switch(struct perfetto *p, const struct trace_record *r)
{
	pf_ftrace_begin(&p->w, r->time_ns, r->cpu, r->arg[0], FTRACE_SCHED_SWITCH);
	ftrace_task(p, r->arg[0], r->cpu, SWITCH_PREV_COMM);
	pf_ftrace_int(&p->w, SWITCH_PREV_STATE, trace_state_reported(r->arg[1]));
	ftrace_task(p, r->arg[2], r->cpu, SWITCH_NEXT_COMM);
	pf_ftrace_end(&p->w);
}

static void ftrace_wakeup(struct perfetto *p, const struct trace_record *r)
{
	bool waking = r->id == EV_sched_waking;

	pf_ftrace_begin(&p->w, r->time_ns, r->cpu, r->pid,
			waking	  ? FTRACE_SCHED_WAKING :
			r->arg[2] ? FTRACE_SCHED_WAKEUP_NEW :
				    FTRACE_SCHED_WAKEUP);
	ftrace_task(p, r->arg[0], r->cpu, WAKING_COMM);
	pf_ftrace_int(&p->w, WAKING_SUCCESS, 1);
	pf_ftrace_int(&p->w, WAKING_TARGET_CPU, waking ? r->arg[2] : r->arg[1]);
	pf_ftrace_end(&p->w);
}

/* The kernel's own events once more, as a kernel's trace has them: sched_slice, thread_state. */
static void ftrace_put(struct perfetto *p, const struct trace_record *r)
{
	if (!cpu_at(p, r->cpu))
		return;
	if (r->id == EV_sched_switch)
		ftrace_switch(p, r);
	else if (r->id == EV_sched_waking || r->id == EV_sched_wakeup)
		ftrace_wakeup(p, r);
}

/* ---- the sink ---- */

static void perfetto_record(struct trace_sink *sink, const struct trace_record *r)
{
	struct perfetto *p = container_of(sink, struct perfetto, sink);
	bool no_memory;

	p->now_ns = r->time_ns;
	use_advance(p, r->time_ns);
	cpu_first_seen(p, r);
	no_memory = replay_take(p->rp, r) || kick_match_take(p->kicks, r);
	ftrace_put(p, r);
	switch (r->id) {
	case EV_task_new:
		if (task_known(p, r->arg[0]))
			task_track(p, r->arg[0]); /* it was seen before it was named */
		task_of(p, r->arg[0]);
		instant(p, r);
		break;
	case EV_sched_switch:
		on_switch(p, r);
		break;
	case EV_sched_waking:
		on_waking(p, r);
		break;
	case EV_sched_wakeup:
		on_wakeup(p, r);
		break;
	case EV_op_enter:
	case EV_irq:
		on_slice_begin(p, r);
		break;
	case EV_op_exit:
		on_slice_end(p, r, EV_op_enter, 2);
		break;
	case EV_irq_exit:
		on_slice_end(p, r, EV_irq, 1);
		break;
	case EV_kick:
	case EV_kick_drop:
	case EV_kick_queue:
		on_kick(p, r);
		break;
	case EV_kick_deliver:
		on_kick_deliver(p, r);
		break;
	case EV_kick_answer:
		on_kick_answer(p, r);
		break;
	case EV_insert:
		instant(p, r);
		dsq_count(p, r->time_ns, r->arg[1], r->arg[5]);
		break;
	case EV_dsq_leave:
		instant(p, r);
		dsq_count(p, r->time_ns, r->arg[1], r->arg[2]);
		break;
	default:
		instant(p, r);
	}
	sink->err = p->w.out.to.err ? p->w.out.to.err : p->w.failed || no_memory ? -ENOMEM : 0;
}

/* Descriptors have no place for free text but their names: a track of no events for each. */
static void perfetto_tell(struct trace_sink *sink, const char *key, const char *value)
{
	struct perfetto *p = container_of(sink, struct perfetto, sink);
	char name[512];

	snprintf(name, sizeof(name), "%s: %s", key, value);
	trace_make_printable(name);
	pf_track(&p->w, &(struct pf_track){ .uuid = track_of(TRACK_RUN, p->nr_told),
					    .parent = ROOT,
					    .rank = GROUP_MACHINE + p->nr_told,
					    .name = name });
	p->nr_told++;
}

/* ---- life ---- */

static void groups_tell(struct perfetto *p, const char *about)
{
	static const char *const names[] = { "CPUs", "utilisation", "DSQ lengths", "tasks",
					     "machine" };

	pf_track(&p->w, &(struct pf_track){ .uuid = ROOT, .name = about, .ordered = true });
	for (u32 i = 0; i < ARRAY_SIZE(names); i++)
		pf_track(&p->w, &(struct pf_track){ .uuid = GROUP_CPUS + i,
						    .parent = ROOT,
						    .rank = i,
						    .name = names[i],
						    .ordered = true });
}

static void cpus_tell(struct perfetto *p)
{
	char name[32];

	for (u32 i = 0; i < p->nr_cpus; i++) {
		snprintf(name, sizeof(name), "CPU %u", i);
		pf_track(&p->w, &(struct pf_track){ .uuid = track_of(TRACK_CPU, i),
						    .rank = i,
						    .parent = GROUP_CPUS,
						    .name = name });
		snprintf(name, sizeof(name), "CPU %u busy", i);
		pf_track(&p->w, &(struct pf_track){ .uuid = track_of(TRACK_USE, i),
						    .rank = i,
						    .parent = GROUP_USE,
						    .name = name,
						    .unit = "%" });
		p->cpu[i].use_told = -1;
	}
}

/* What is open at the end ends there. */
static void all_end(struct perfetto *p)
{
	for (u32 i = 0; i < p->nr_cpus; i++) {
		s32 curr = p->rp->cpu[i].curr;
		struct context *c = context_of(p, curr, i);

		for (u32 k = 0; c && k < c->nr; k++)
			slice_end(p, p->now_ns, track_of(TRACK_CPU, i));
		if (curr > 0)
			slice_end(p, p->now_ns, track_of(TRACK_CPU, i));
	}
	for (u32 pid = 0; pid < p->tasks.nr; pid++)
		if (task_known(p, pid))
			state_set(p, p->now_ns, pid, NULL, -1);
}

static void perfetto_free(struct perfetto *p)
{
	for (u32 pid = 0; pid < p->tasks.nr; pid++) {
		struct task *t = task_known(p, pid);

		if (t)
			free(t->context.open);
		free(t);
	}
	for (u32 i = 0; p->cpu && i < p->nr_cpus; i++)
		free(p->cpu[i].idle.open);
	pids_finish(&p->tasks);
	free(p->cpu);
	intern_finish(&p->dsqs);
	replay_destroy(p->rp);
	kick_match_destroy(p->kicks);
	pf_finish(&p->w);
	free(p);
}

static int perfetto_close(struct trace_sink *sink, bool commit)
{
	struct perfetto *p = container_of(sink, struct perfetto, sink);
	bool failed;
	int ret;

	if (commit)
		all_end(p);
	failed = p->w.failed;
	ret = trace_out_close(&p->w.out, commit && !failed);
	perfetto_free(p);
	return failed && !ret ? -ENOMEM : ret;
}

int trace_perfetto_create(const char *path, const char *about, u32 nr_cpus, struct trace_sink **out)
{
	struct perfetto *p = calloc(1, sizeof(*p));
	int ret;

	if (!p)
		return -ENOMEM;
	p->nr_cpus = nr_cpus;
	p->tasks.size = sizeof(struct task *);
	p->cpu = calloc(nr_cpus, sizeof(*p->cpu));
	p->rp = replay_create(nr_cpus, NULL);
	p->kicks = kick_match_create(nr_cpus);
	ret = p->cpu && p->rp && p->kicks ? trace_out_open(&p->w.out, path) : -ENOMEM;
	if (ret) {
		perfetto_free(p);
		return ret;
	}
	p->sink.record = perfetto_record;
	p->sink.tell = perfetto_tell;
	p->sink.close = perfetto_close;
	p->window_end_ns = WINDOW_NS;
	trace_catalogue_init(&p->catalogue);
	pf_head(&p->w);
	groups_tell(p, about);
	cpus_tell(p);
	*out = &p->sink;
	return 0;
}
