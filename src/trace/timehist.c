// SPDX-License-Identifier: GPL-2.0-only
/* timehist.c - see timehist.h. */
#include "trace/timehist.h"

#include <stdlib.h>
#include <string.h>

#include "base/hist.h"

#define PIDS_MAX (1 << 22)
#define NEVER (~0ULL)

struct thread {
	bool seen;
	char comm[READER_COMM_BYTES];
	u64 out_ns, ready_ns, in_ns;	/* left a CPU, could run, ran; NEVER: not known */
	u64 run_ns, nr_runs, nr_wakeups, worst_at_ns;
	struct hist delay;
};

struct timehist {
	struct trace_reader *r;
	FILE *rows;
	struct thread *thread;	/* by pid */
	u32 nr_threads;
	struct thread *idle;	/* by cpu */
	u64 end_ns;
};

/* ---- threads ---- */

static struct thread *thread_of(struct timehist *h, const struct trace_value *v, s32 cpu)
{
	u32 nr = max(h->nr_threads, 256u);
	struct thread *more, *t;

	if (!v->num && cpu >= 0)
		return &h->idle[cpu];
	if (v->num >= PIDS_MAX)
		return NULL;
	while (nr <= v->num)
		nr *= 2;
	if (nr != h->nr_threads) {
		more = realloc(h->thread, nr * sizeof(*more));
		if (!more)
			return NULL;
		memset(more + h->nr_threads, 0, (nr - h->nr_threads) * sizeof(*more));
		h->thread = more;
		h->nr_threads = nr;
	}
	t = &h->thread[v->num];
	if (!t->seen) {
		t->seen = true;
		t->out_ns = t->ready_ns = t->in_ns = NEVER;
	}
	memcpy(t->comm, v->comm, sizeof(t->comm));
	return t;
}

/* ---- rows ---- */

static void put_msec(FILE *out, u64 ns)
{
	fprintf(out, " %5llu.%06llu", ns / NSEC_PER_MSEC, ns % NSEC_PER_MSEC);
}

static void rows_head(FILE *out)
{
	fputs("       time (s)     cpu  task name [pid]             wait time     sch delay      run time\n"
	      "                                                        (msec)        (msec)        (msec)\n"
	      "---------------  ------  ------------------------ ------------  ------------  ------------\n",
	      out);
}

static void row_put(struct timehist *h, const struct trace_line *e, const struct trace_value *who,
		    u64 wait_ns, u64 delay_ns, u64 run_ns)
{
	char name[64];

	if (who->num)
		snprintf(name, sizeof(name), "%s[%llu]", who->comm, who->num);
	else
		snprintf(name, sizeof(name), "<idle>");
	fprintf(h->rows, "%5llu.%09llu  [%04d]  %-24s", e->time_ns / NSEC_PER_SEC,
		e->time_ns % NSEC_PER_SEC, e->cpu, name);
	put_msec(h->rows, wait_ns);
	fputs(" ", h->rows);
	put_msec(h->rows, delay_ns);
	fputs(" ", h->rows);
	put_msec(h->rows, run_ns);
	fputs("\n", h->rows);
}

/* ---- events ---- */

static u64 since(u64 then, u64 now)
{
	return then == NEVER || then > now ? 0 : now - then;
}

static void leaves(struct timehist *h, const struct trace_line *e, struct thread *t)
{
	u64 run = since(t->in_ns, e->time_ns);
	u64 delay = t->in_ns == NEVER ? 0 : since(t->ready_ns, t->in_ns);
	u64 wait = t->in_ns == NEVER ? 0 : since(t->out_ns, t->in_ns);

	if (h->rows)
		row_put(h, e, &e->arg[0], wait, delay, run);
	if (t->in_ns != NEVER)
		t->nr_runs++;
	t->run_ns += run;
	t->out_ns = e->time_ns;
	t->in_ns = NEVER;
	t->ready_ns = *e->arg[1].text == 'R' ? e->time_ns : NEVER;
}

static void comes(const struct trace_line *e, struct thread *t)
{
	u64 delay = since(t->ready_ns, e->time_ns);

	t->in_ns = e->time_ns;
	if (t->ready_ns == NEVER)
		return;
	if (!t->delay.nr || delay > t->delay.max)
		t->worst_at_ns = e->time_ns;
	hist_add(&t->delay, delay);
}

static int on_switch(struct timehist *h, const struct trace_line *e)
{
	struct thread *prev, *next;

	if (e->cpu < 0)
		return trace_reader_fail(h->r, "sched_switch: a CPU is due");
	next = thread_of(h, &e->arg[2], e->cpu);
	prev = thread_of(h, &e->arg[0], e->cpu);
	if (next)	/* the table may have moved */
		next = thread_of(h, &e->arg[2], e->cpu);
	if (!prev || !next)
		return trace_reader_fail(h->r, "sched_switch: there is no such task");
	leaves(h, e, prev);
	comes(e, next);
	return 0;
}

static int on_wakeup(struct timehist *h, const struct trace_line *e)
{
	struct thread *t = e->arg[0].num ? thread_of(h, &e->arg[0], -1) : NULL;

	if (!t)
		return trace_reader_fail(h->r, "%s: there is no such task", trace_event_name(e->id));
	t->nr_wakeups++;
	if (t->in_ns == NEVER && t->ready_ns == NEVER)
		t->ready_ns = e->time_ns;
	return 0;
}

/* ---- the second table ---- */

static void sums_put(const struct timehist *h, FILE *out)
{
	fputs("\n  task name [pid]            run time      runs   wakeups      avg delay      p50 delay"
	      "      p99 delay      max delay  max delay until\n"
	      "                               (msec)                             (msec)         (msec)"
	      "         (msec)         (msec)              (s)\n", out);
	for (u32 pid = 0; pid < h->nr_threads; pid++) {
		const struct thread *t = &h->thread[pid];
		const struct hist *d = &t->delay;
		u64 last = t->seen ? since(t->in_ns, h->end_ns) : 0;	/* it is on its CPU yet */
		char name[64];

		if (!t->nr_runs && !t->nr_wakeups && !last)
			continue;
		snprintf(name, sizeof(name), "%s[%u]", t->comm, pid);
		fprintf(out, "  %-22s", name);
		put_msec(out, t->run_ns + last);
		fprintf(out, " %9llu %9llu  ", t->nr_runs, t->nr_wakeups);
		put_msec(out, d->nr ? d->sum / d->nr : 0);
		fputs("  ", out);
		put_msec(out, hist_percentile(d, 50));
		fputs("  ", out);
		put_msec(out, hist_percentile(d, 99));
		fputs("  ", out);
		put_msec(out, d->max);
		fprintf(out, " %6llu.%09llu\n", t->worst_at_ns / NSEC_PER_SEC,
			t->worst_at_ns % NSEC_PER_SEC);
	}
}

static int events_read(struct timehist *h)
{
	struct trace_line e;
	int ret;

	while ((ret = trace_reader_next(h->r, &e)) > 0) {
		h->end_ns = e.time_ns;
		if (e.id == EV_sched_switch)
			ret = on_switch(h, &e);
		else if (e.id == EV_sched_wakeup)
			ret = on_wakeup(h, &e);
		if (ret < 0)
			break;
	}
	return ret;
}

int timehist_print(struct trace_reader *r, FILE *rows, FILE *sums)
{
	struct timehist h = { .r = r, .rows = rows };
	u32 cpus = trace_reader_about(r)->cpus;
	int ret;

	h.idle = calloc(cpus, sizeof(*h.idle));
	if (!h.idle)
		return trace_reader_fail(r, "out of memory");
	for (u32 i = 0; i < cpus; i++)
		h.idle[i] = (struct thread){ .seen = true, .out_ns = NEVER, .ready_ns = NEVER,
					     .in_ns = NEVER };
	if (rows)
		rows_head(rows);
	ret = events_read(&h);
	if (!ret)
		sums_put(&h, sums);
	for (u32 i = 0; i < h.nr_threads; i++)
		hist_finish(&h.thread[i].delay);
	for (u32 i = 0; i < cpus; i++)
		hist_finish(&h.idle[i].delay);
	free(h.thread);
	free(h.idle);
	return ret;
}
