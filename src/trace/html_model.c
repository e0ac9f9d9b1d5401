// SPDX-License-Identifier: GPL-2.0-only
/*
 * html_model.c - see html_model.h. The rows:
 *
 *	SLICES	the event since when, task, how it came there, from which event it waited
 *	SPANS	the event until when, what and how deep, how many events long, of which event
 *	STEPS	the event, the queue (0: waiting to run; else its name), how long it is from there on
 *	NOTES	the event, what is noted, and of what
 *
 * Numbers of events are told from the row before on, others from the row's own event back. The
 * CPU is that of the event at which a slice or span begins.
 */
#include "trace/html_model.h"

#include <errno.h>
#include <stdlib.h>

#include "base/text_stream.h"

/* how a slice begins: numbers of the page */
enum slice_how { SLICE_SEEN, SLICE_NO_WAIT, SLICE_PREEMPTED, SLICE_WOKEN };
enum note { NOTE_WAKING, NOTE_SCHED, NOTE_MARK, NOTE_BAD };

#define DEPTH_SHIFT 2 /* of a span: the kind is below */
#define EXIT_ERROR 1024
#define POWERS 64

struct html_part {
	u64 from_ns, to_ns;
	bool after;
	char *rows;
};

/* by the task's number; events by their numbers, from 1 on */
struct begun {
	u64 waits; /* since which it waits to run */
	u64 waking;
	struct hist latency; /* of all parts */
};

u32 html_task_number(struct intern *tasks, const char *comm, s64 pid)
{
	char text[READER_COMM_BYTES + 24];
	bool fresh;

	snprintf(text, sizeof(text), "%s-%lld", comm, pid);
	return intern_get(tasks, text, &fresh);
}

static u32 named(struct html_model *m, const struct replay *rp, s64 pid)
{
	return html_task_number(m->tasks, replay_comm(rp, pid), pid);
}

/* as the tally has it: 0 is idle, or nobody */
static u64 counted(struct html_model *m, const struct replay *rp, u64 pid)
{
	return (s64)pid > 0 ? named(m, rp, (s64)pid) : 0;
}

static struct begun *begun_of(struct html_model *m, u64 task)
{
	struct begun *b = pids_get(&m->begun, task);

	m->no_memory |= !b;
	return b;
}

/* ---- rows ---- */

/* Its first column: @event, from the row before on. */
static void row_event(struct html_table *t, u64 *last, u64 event)
{
	pb_bare_signed(&t->column[0], (s64)(event - *last));
	*last = event;
}

static void slice_put(struct html_model *m, u64 event, u32 task, enum slice_how how, u64 waited)
{
	struct html_table *t = &m->slices;

	row_event(t, &m->slice_event, event);
	pb_bare(&t->column[1], task);
	pb_bare(&t->column[2], how);
	pb_bare(&t->column[3], waited ? event - (waited - 1) : 0);
	html_row_end(m->blocks, t);
}

static void span_put(struct html_model *m, u64 until, const struct replay_span *s)
{
	struct html_table *t = &m->spans;

	row_event(t, &m->span_event, until);
	pb_bare(&t->column[1], s->kind | s->depth << DEPTH_SHIFT);
	pb_bare(&t->column[2], until - s->since);
	pb_bare(&t->column[3], s->since - s->of);
	html_row_end(m->blocks, t);
}

static void step_put(struct html_model *m, u64 event, u32 queue, u32 nr)
{
	struct html_table *t = &m->steps;

	row_event(t, &m->step_event, event);
	pb_bare(&t->column[1], queue);
	pb_bare(&t->column[2], nr);
	html_row_end(m->blocks, t);
}

static void note_put(struct html_model *m, u64 event, enum note what, u64 of)
{
	struct html_table *t = &m->notes;

	row_event(t, &m->note_event, event);
	pb_bare(&t->column[1], what);
	pb_bare(&t->column[2], of);
	html_row_end(m->blocks, t);
}

/* ---- who runs, who waits ---- */

/* The tally counts by the page's numbers. */
static struct trace_record by_number(struct html_model *m, const struct replay *rp,
				     const struct trace_record *r)
{
	struct trace_record n = *r;

	if (r->id == EV_sched_switch) {
		n.arg[0] = counted(m, rp, r->arg[0]);
		n.arg[2] = counted(m, rp, r->arg[2]);
	} else if (r->id == EV_sched_wakeup) {
		n.arg[0] = counted(m, rp, r->arg[0]);
	}
	return n;
}

static bool waits(const struct html_model *m, u64 task)
{
	const struct tally_task *t = tally_task(&m->tally, (s64)task);

	return t && t->waits.open;
}

/* the event since when, from 1 on; 0: it does not wait */
static u64 waits_since(struct html_model *m, u64 task)
{
	struct begun *b = waits(m, task) ? begun_of(m, task) : NULL;

	return b ? b->waits : 0;
}

/* @task may have begun to wait just now. */
static void note_begin(struct html_model *m, u64 task, bool waited, u64 event)
{
	struct begun *b = !waited && waits(m, task) ? begun_of(m, task) : NULL;

	if (b)
		b->waits = event + 1;
}

/* Who is on a CPU as the stream first tells of it. */
static void first_slice(struct html_model *m, const struct replay *rp, const struct trace_record *r,
			u64 event)
{
	if (r->cpu < 0 || m->seen[r->cpu])
		return;
	m->seen[r->cpu] = true;
	slice_put(m, event, named(m, rp, r->pid), SLICE_SEEN, 0);
	tally_runs(&m->tally, counted(m, rp, (u64)(s64)r->pid), r->time_ns);
}

static void on_switch(struct html_model *m, const struct replay *rp, const struct trace_record *r,
		      u64 event)
{
	struct trace_record n = by_number(m, rp, r);
	u64 prev = n.arg[0], next = n.arg[2], since = waits_since(m, next);
	const struct tally_task *t = tally_task(&m->tally, (s64)next);
	enum slice_how how = SLICE_NO_WAIT;
	bool waited = waits(m, prev);

	if (since)
		how = t->waits.kind == WAIT_WOKEN ? SLICE_WOKEN : SLICE_PREEMPTED;
	tally_take(&m->tally, &n);
	note_begin(m, prev, waited, event);
	if (r->cpu >= 0)
		slice_put(m, event, named(m, rp, (s64)r->arg[2]), how, since);
}

static void on_wakeup(struct html_model *m, const struct replay *rp, const struct trace_record *r,
		      u64 event)
{
	struct trace_record n = by_number(m, rp, r);
	bool waited = waits(m, n.arg[0]);
	struct begun *b;

	tally_take(&m->tally, &n);
	note_begin(m, n.arg[0], waited, event);
	b = n.arg[0] ? begun_of(m, n.arg[0]) : NULL;
	if (b && b->waking)
		note_put(m, event, NOTE_WAKING, event - (b->waking - 1));
}

static void on_waking(struct html_model *m, const struct replay *rp, const struct trace_record *r,
		      u64 event)
{
	u64 task = counted(m, rp, r->arg[0]);
	struct begun *b = task ? begun_of(m, task) : NULL;

	if (b)
		b->waking = event + 1;
}

/* ---- queues ---- */

static void queue_step(struct html_model *m, const struct replay *rp, u64 event)
{
	const struct replay_dsq *d = rp->queue;
	char id[TRACE_VALUE_MAX], name[TRACE_VALUE_MAX + 32];
	bool fresh;

	if (dsq_is_local_on(d->id)) {
		step_put(m, event, intern_get(m->strings, "local", &fresh), rp->nr_local);
		return;
	}
	trace_value_text(id, NULL, FIELD_dsq, d->id);
	snprintf(name, sizeof(name), d->sched ? "%s of sub-%llu" : "%s", id, d->sched);
	step_put(m, event, intern_get(m->strings, name, &fresh), d->nr);
}

/* ---- what is noted ---- */

/* of which scheduler the event is, and the callback that it says it of */
static void note_sched(struct html_model *m, const struct replay *rp, const struct trace_record *r,
		       u64 event)
{
	const struct replay_cpu *c = r->cpu >= 0 ? &rp->cpu[r->cpu] : NULL;

	if (r->id == EV_op_sched && c && c->nr_ops)
		note_put(m, c->ops[c->nr_ops - 1].event, NOTE_SCHED, r->arg[0]);
	if (r->id != EV_of_sched && rp->about)
		note_put(m, event, NOTE_SCHED, rp->about);
}

static void note_mark(struct html_model *m, const struct trace_record *r, u64 event)
{
	switch (r->id) {
	case EV_scx_exit:
		note_put(m, event, r->arg[0] >= EXIT_ERROR ? NOTE_BAD : NOTE_MARK, 0);
		break;
	case EV_lockup:
		note_put(m, event, NOTE_BAD, 0);
		break;
	case EV_bypass:
	case EV_hotplug:
	case EV_sched_enable:
		note_put(m, event, NOTE_MARK, 0);
		break;
	}
}

/* ---- the stream ---- */

void html_model_event(struct html_model *m, const struct replay *rp, const struct trace_record *r)
{
	u64 event = rp->nr_records - 1;

	if (r->cpu >= (s32)rp->nr_cpus) /* the replay did not take it */
		return;
	first_slice(m, rp, r, event);
	for (u32 i = 0; i < rp->nr_spans; i++)
		span_put(m, event, &rp->span[i]);
	switch (r->id) {
	case EV_sched_switch:
		on_switch(m, rp, r, event);
		break;
	case EV_sched_wakeup:
		on_wakeup(m, rp, r, event);
		break;
	case EV_sched_waking:
		on_waking(m, rp, r, event);
		break;
	default:
		tally_take(&m->tally, r);
	}
	if (rp->queue)
		queue_step(m, rp, event);
	if (m->tally.nr_waiting != m->nr_waiting)
		step_put(m, event, 0, m->tally.nr_waiting);
	m->nr_waiting = m->tally.nr_waiting;
	note_sched(m, rp, r, event);
	note_mark(m, r, event);
}

/* ---- figures ---- */

/* "[task, ran, waited, wakeups, longest wait, number of latencies, p50, p99, max]" */
static bool row_print(struct html_model *m, u32 task, u64 now_ns, bool first, FILE *f)
{
	const struct tally_task *t = tally_task(&m->tally, task);
	struct wait_figures w;
	struct wait_sum sum = {};
	struct begun *b;
	u64 run_ns;

	if (!t)
		return false;
	run_ns = tally_run_ns(t, now_ns);
	wait_sum_add(&sum, &t->waits, now_ns);
	wait_sum_figures(&sum, &w);
	hist_merge(&m->latency, &sum.wakeup);
	b = begun_of(m, task);
	if (b)
		hist_merge(&b->latency, &sum.wakeup);
	wait_sum_finish(&sum);
	if (!run_ns && !t->nr_wakeups && !w.queue.nr)
		return false;
	fprintf(f, "%s[%u,%llu,%llu,%llu,%llu,%llu,%llu,%llu,%llu]", first ? "" : ",\n", task,
		run_ns, w.wait_ns, t->nr_wakeups, w.queue.max_ns, w.wakeup.nr, w.wakeup.p50_ns,
		w.wakeup.p99_ns, w.wakeup.max_ns);
	return true;
}

static void part_end(struct html_model *m, u64 now_ns)
{
	struct html_part *parts = realloc(m->parts, (m->nr_parts + 1) * sizeof(*parts)), *p;
	bool first = true;
	size_t len;
	FILE *f;

	if (!parts) {
		m->no_memory = true;
		return;
	}
	m->parts = parts;
	p = &parts[m->nr_parts++];
	*p = (struct html_part){ m->part_from_ns, now_ns, m->tally.after, NULL };
	m->part_from_ns = now_ns;
	f = text_stream(&p->rows, &len);
	for (u32 task = 0; task < m->tally.tasks.nr; task++)
		first &= !row_print(m, task, now_ns, first, f);
	fclose(f);
}

static void on_part_end(struct tally *ty, u64 now_ns)
{
	part_end(container_of(ty, struct html_model, tally), now_ns);
}

void html_model_end(struct html_model *m, const struct replay *rp, u64 end_ns)
{
	struct replay_span open[REPLAY_SPANS_MAX];

	for (u32 cpu = 0; cpu < rp->nr_cpus; cpu++) {
		u32 nr = replay_open_spans(rp, cpu, open);

		for (u32 i = 0; i < nr; i++)
			span_put(m, rp->nr_records, &open[i]);
	}
	part_end(m, end_ns);
	html_table_end(m->blocks, &m->slices);
	html_table_end(m->blocks, &m->spans);
	html_table_end(m->blocks, &m->steps);
	html_table_end(m->blocks, &m->notes);
}

/* {"nr": 3, "p50": 40, "p99": 90, "max": 90, "powers": [[5, 2], [6, 1]]} */
static void latency_print(const struct hist *h, FILE *f)
{
	struct wait_spread s = hist_spread(h);
	const char *sep = "";

	fprintf(f, "{\"nr\":%llu,\"p50\":%llu,\"p99\":%llu,\"max\":%llu,\"powers\":[", s.nr,
		s.p50_ns, s.p99_ns, s.max_ns);
	for (u32 power = 0; power < POWERS; power++) {
		u64 nr = hist_power(h, power);

		if (!nr)
			continue;
		fprintf(f, "%s[%u,%llu]", sep, power, nr);
		sep = ",";
	}
	fputs("]}", f);
}

/* from the call to the target's schedule(), of each kick that was answered */
static void kick_latency_print(const struct kick_lives *lives, FILE *f)
{
	struct hist h = {};

	for (u32 i = 0; i < lives->nr_kicks; i++) {
		const struct kick *k = &lives->kicks[i];

		if (kick_fate(lives, k) == KICK_ANSWERED)
			hist_add(&h, kick_answered_ns(lives, k) - k->called_ns);
	}
	fputs(",\n\"kick_latency\":", f);
	latency_print(&h, f);
	hist_finish(&h);
}

/* of all tasks, and of each that was woken */
static void latencies_print(const struct html_model *m, FILE *f)
{
	const char *sep = "";

	fputs(",\n\"latency\":", f);
	latency_print(&m->latency, f);
	fputs(",\n\"latencies\":[", f);
	for (u32 task = 0; task < m->begun.nr; task++) {
		const struct begun *b = pids_find(&m->begun, task);

		if (!b->latency.nr)
			continue;
		fprintf(f, "%s[%u,", sep, task);
		latency_print(&b->latency, f);
		fputc(']', f);
		sep = ",\n";
	}
	fputc(']', f);
}

static void parts_print(const struct html_model *m, FILE *f)
{
	fputs(",\n\"parts\":[", f);
	for (u32 i = 0; i < m->nr_parts; i++)
		fprintf(f, "%s{\"from\":%llu,\"to\":%llu,\"after\":%s,\"tasks\":[%s]}",
			i ? ",\n" : "", m->parts[i].from_ns, m->parts[i].to_ns,
			m->parts[i].after ? "true" : "false", m->parts[i].rows);
	fputc(']', f);
}

/* [task, the event since when, was it woken?] of those who wait as the trace ends */
static void waiting_print(struct html_model *m, FILE *f)
{
	const char *sep = "";

	fputs(",\n\"waiting\":[", f);
	for (u32 task = 0; task < m->tally.tasks.nr; task++) {
		u64 since = waits_since(m, task);

		if (!since)
			continue;
		fprintf(f, "%s[%u,%llu,%d]", sep, task, since - 1,
			tally_task(&m->tally, task)->waits.kind == WAIT_WOKEN);
		sep = ",";
	}
	fputc(']', f);
}

void html_model_json(struct html_model *m, const struct kick_lives *lives, FILE *f)
{
	parts_print(m, f);
	waiting_print(m, f);
	latencies_print(m, f);
	kick_latency_print(lives, f);
}

/* ---- life ---- */

int html_model_init(struct html_model *m, u32 nr_cpus, struct html_blocks *b,
		    struct intern *strings, struct intern *tasks)
{
	*m = (struct html_model){
		.blocks = b,
		.strings = strings,
		.tasks = tasks,
		.tally.part_ends = on_part_end,
		.begun.size = sizeof(struct begun),
		.slices = { .kind = BLOCK_SLICES, .nr_columns = 4 },
		.spans = { .kind = BLOCK_SPANS, .nr_columns = 4 },
		.steps = { .kind = BLOCK_STEPS, .nr_columns = 3 },
		.notes = { .kind = BLOCK_NOTES, .nr_columns = 3 },
		.seen = calloc(nr_cpus ? nr_cpus : 1, sizeof(bool)),
	};
	return m->seen ? 0 : -ENOMEM;
}

void html_model_finish(struct html_model *m)
{
	for (u32 i = 0; i < m->nr_parts; i++)
		free(m->parts[i].rows);
	free(m->parts);
	free(m->seen);
	for (u32 task = 0; task < m->begun.nr; task++)
		hist_finish(&((struct begun *)pids_find(&m->begun, task))->latency);
	pids_finish(&m->begun);
	tally_finish(&m->tally);
	hist_finish(&m->latency);
	html_table_finish(&m->slices);
	html_table_finish(&m->spans);
	html_table_finish(&m->steps);
	html_table_finish(&m->notes);
}
