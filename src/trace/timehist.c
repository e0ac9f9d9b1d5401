// SPDX-License-Identifier: GPL-2.0-only
/* timehist.c - see timehist.h. */
#include "trace/timehist.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/text_stream.h"
#include "base/waits.h"
#include "trace/pids.h"

#define NEVER (~0ULL)

/* of sched_enable: the numbers of enum scx_enable_state */
enum enable_state { DISABLED, ENABLING, ENABLED, DISABLING };

struct thread {
	bool seen;
	char comm[READER_COMM_BYTES];
	u64 out_ns, in_ns;	/* left a CPU, came to one; NEVER: not known */
	u64 delay_ns;		/* before it came there */
	struct waits waits;
	/* what counts in the second table */
	u64 count_ns;		/* it is on its CPU: time up to here has been counted */
	u64 run_ns, nr_runs, nr_wakeups, worst_ns, worst_at_ns;
};

struct timehist {
	struct trace_reader *r;
	FILE *rows;
	struct pids threads;	/* of struct thread */
	struct thread *idle;	/* by cpu */
	/* the second table is one for the time under a scheduler and one for the time after it */
	FILE *tables;		/* in memory: rows come first */
	u64 part_ns;		/* when the present part began */
	bool parted, after, exit_claimed;
};

/* ---- threads ---- */

static struct thread *thread_of(struct timehist *h, const struct trace_value *v, s32 cpu)
{
	struct thread *t;

	if (!v->num && cpu >= 0)
		return &h->idle[cpu];
	t = pids_get(&h->threads, v->num);
	if (!t)
		return NULL;
	if (!t->seen) {
		t->seen = true;
		t->out_ns = t->in_ns = NEVER;
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

/* Time on the CPU is counted up to @now_ns. */
static void run_counted(struct thread *t, u64 now_ns)
{
	t->run_ns += since(t->count_ns, now_ns);
	t->count_ns = now_ns;
}

static void leaves(struct timehist *h, const struct trace_line *e, struct thread *t)
{
	u64 wait = t->in_ns == NEVER ? 0 : since(t->out_ns, t->in_ns);

	if (h->rows)
		row_put(h, e, &e->arg[0], wait, t->delay_ns, since(t->in_ns, e->time_ns));
	if (t->in_ns != NEVER) {
		t->nr_runs++;
		run_counted(t, e->time_ns);
	}
	t->out_ns = e->time_ns;
	t->in_ns = NEVER;
	if (e->arg[0].num && *e->arg[1].text == 'R')
		waits_begin(&t->waits, WAIT_PREEMPTED, e->time_ns);
}

/* a stay, as long as it is; one that goes on, too */
static void worst_seen(struct thread *t, u64 delay_ns, u64 now_ns)
{
	if (t->worst_at_ns && delay_ns <= t->worst_ns)
		return;
	t->worst_ns = delay_ns;
	t->worst_at_ns = now_ns;
}

static void comes(const struct trace_line *e, struct thread *t)
{
	t->delay_ns = waits_open_ns(&t->waits, e->time_ns);
	t->in_ns = t->count_ns = e->time_ns;
	if (t->waits.open)
		worst_seen(t, t->delay_ns, e->time_ns);
	waits_end(&t->waits, e->time_ns);
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
	if (t->in_ns != NEVER || t->waits.open)	/* it had not slept yet */
		return 0;
	t->nr_wakeups += !e->arg[2].num;	/* a new task's is its birth */
	waits_begin(&t->waits, WAIT_WOKEN, e->time_ns);
	return 0;
}

/* ---- the second table ---- */

static void spread_put(const struct wait_spread *w, FILE *out)
{
	put_msec(out, w->p50_ns);
	fputs("  ", out);
	put_msec(out, w->p99_ns);
	fputs("  ", out);
	put_msec(out, w->max_ns);
}

static void thread_put(struct thread *t, u32 pid, u64 now_ns, FILE *out)
{
	struct wait_sum sum = {};
	struct wait_figures w;
	char name[64];

	wait_sum_add(&sum, &t->waits, now_ns);
	wait_sum_figures(&sum, &w);
	if (t->waits.open)
		worst_seen(t, waits_open_ns(&t->waits, now_ns), now_ns);
	snprintf(name, sizeof(name), "%s[%u]", t->comm, pid);
	fprintf(out, "  %-22s", name);
	put_msec(out, t->run_ns);
	fprintf(out, " %9llu %9llu  ", t->nr_runs, t->nr_wakeups);
	put_msec(out, w.wait_ns);
	fputs("  ", out);
	put_msec(out, w.queue.nr ? w.wait_ns / w.queue.nr : 0);
	fputs("  ", out);
	spread_put(&w.queue, out);
	fprintf(out, " %6llu.%09llu  ", t->worst_at_ns / NSEC_PER_SEC, t->worst_at_ns % NSEC_PER_SEC);
	spread_put(&w.wakeup, out);
	if (t->waits.open)
		fprintf(out, " %6llu.%09llu", t->waits.since_ns / NSEC_PER_SEC,
			t->waits.since_ns % NSEC_PER_SEC);
	fputc('\n', out);
	wait_sum_finish(&sum);
}

static void sums_put(const struct timehist *h, u64 now_ns, FILE *out)
{
	fputs("\n  task name [pid]            run time      runs   wakeups     sum delay      avg delay"
	      "      p50 delay      p99 delay      max delay  max delay until     p50 wakeup"
	      "     p99 wakeup     max wakeup  waits since\n"
	      "                               (msec)                            (msec)         (msec)"
	      "         (msec)         (msec)         (msec)              (s)         (msec)"
	      "         (msec)         (msec)          (s)\n", out);
	for (u32 pid = 0; pid < h->threads.nr; pid++) {
		struct thread *t = pids_find(&h->threads, pid);

		if (t->seen && t->in_ns != NEVER)	/* it is on its CPU yet */
			run_counted(t, now_ns);
		if (t->nr_runs || t->nr_wakeups || t->run_ns || t->waits.open)
			thread_put(t, pid, now_ns, out);
	}
}

static void stays_forget(struct thread *t)
{
	for (u32 kind = 0; kind < NR_WAIT_KINDS; kind++)
		hist_finish(&t->waits.stay[kind]);
}

/* A scheduler came or went: what follows is apart (kern/account.h has the rule). */
static void part_ends(struct timehist *h, bool after, u64 now_ns)
{
	if (h->after == after)
		return;
	fprintf(h->tables, "\n%s, up to %llu.%09llu s:\n", h->after ? "after it" : "under the scheduler",
		now_ns / NSEC_PER_SEC, now_ns % NSEC_PER_SEC);
	sums_put(h, now_ns, h->tables);
	for (u32 pid = 0; pid < h->threads.nr; pid++) {
		struct thread *t = pids_find(&h->threads, pid);

		waits_cut(&t->waits, now_ns);
		stays_forget(t);
		t->run_ns = t->nr_runs = t->nr_wakeups = t->worst_ns = t->worst_at_ns = 0;
	}
	h->parted = true;
	h->after = after;
	h->part_ns = now_ns;
}

static void on_enable(struct timehist *h, const struct trace_line *e)
{
	if (e->arg[0].num == ENABLING)
		h->exit_claimed = false;
	else if (e->arg[0].num == DISABLING)
		part_ends(h, true, e->time_ns);
	else if (e->arg[0].num == ENABLED && !h->exit_claimed)
		part_ends(h, false, e->time_ns);
}

static int event_take(struct timehist *h, const struct trace_line *e)
{
	switch (e->id) {
	case EV_sched_switch:
		return on_switch(h, e);
	case EV_sched_wakeup:
		return on_wakeup(h, e);
	case EV_sched_enable:
		on_enable(h, e);
		return 0;
	case EV_scx_exit:
		h->exit_claimed = true;
		part_ends(h, true, e->time_ns);
		return 0;
	default:
		return 0;
	}
}

static int events_read(struct timehist *h)
{
	struct trace_line e;
	int ret;

	while ((ret = trace_reader_next(h->r, &e)) > 0) {
		ret = event_take(h, &e);
		if (ret < 0)
			break;
	}
	return ret;
}

/* The last part, and with it all of them. */
static int tables_end(struct timehist *h, char **text)
{
	if (h->parted)
		fprintf(h->tables, "\n%s, from %llu.%09llu s on:\n",
			h->after ? "after it, in the fair class" : "under the scheduler",
			h->part_ns / NSEC_PER_SEC, h->part_ns % NSEC_PER_SEC);
	sums_put(h, trace_reader_end_ns(h->r), h->tables);
	return fflush(h->tables) || !*text ? trace_reader_fail(h->r, "out of memory") : 0;
}

static void threads_finish(struct thread *list, u32 nr)
{
	for (u32 i = 0; i < nr; i++)
		waits_finish(&list[i].waits);
}

int timehist_print(struct trace_reader *r, FILE *rows, FILE *sums)
{
	struct timehist h = { .r = r, .rows = rows, .threads.size = sizeof(struct thread) };
	u32 cpus = trace_reader_about(r)->cpus;
	char *text = NULL;
	size_t len;
	int ret = -ENOMEM;

	h.idle = calloc(cpus, sizeof(*h.idle));
	h.tables = text_stream(&text, &len);
	for (u32 i = 0; h.idle && i < cpus; i++)
		h.idle[i] = (struct thread){ .seen = true, .out_ns = NEVER, .in_ns = NEVER };
	if (h.idle) {
		if (rows)
			rows_head(rows);
		ret = events_read(&h);
		if (!ret)
			ret = tables_end(&h, &text);
	} else {
		trace_reader_fail(r, "out of memory");
	}
	fclose(h.tables);
	if (!ret)
		fputs(text, sums);
	free(text);
	threads_finish(h.threads.at, h.threads.nr);
	threads_finish(h.idle, h.idle ? cpus : 0);
	pids_finish(&h.threads);
	free(h.idle);
	return ret;
}
