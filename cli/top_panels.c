// SPDX-License-Identifier: GPL-2.0-only
/*
 * top_panels.c - the tables of `kickstand top`, each in its area. With more CPUs than
 * lines, a CPU is a sign instead of a line, and a line is CPUs that share a cache:
 *
 *	n0 l1   ..3#9.R.  24%	'.' idle, '3' busy for 30 % and more of the time, '#'
 *				for 95 % and more; 'R' must reschedule, 'W' waits, '-' offline
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "top_screen.h"
#include "numbers.h"

#define WHO_MAX 40
#define OP_NAME_MAX 64
#define FOLD_LABEL 7
#define FOLD_SHARE 5
#define FOLD_GROUP 8 /* signs come in so many */
#define WIDE_CPUS 64 /* columns from which the topology has one */
#define BAR_MAX 40
#define KICK_COLS 60 /* counts; latencies stand to the right */

/* "spin-12" */
static const char *who(const struct ks_watch_cpu *c, char buf[WHO_MAX])
{
	if (c->pid <= 0)
		snprintf(buf, WHO_MAX, "%s", c->pid ? "" : "idle");
	else
		snprintf(buf, WHO_MAX, "%s-%d", c->comm, c->pid);
	return buf;
}

static struct ks_watch_cpu cpu_of(const struct top_frame *f, u32 cpu)
{
	struct ks_watch_cpu c = { .sz = sizeof(c) };

	ks_watch_cpu(f->watch, cpu, &c);
	return c;
}

/* ---- CPUs, a line each ---- */

static char cpu_flag(const struct ks_watch_cpu *c)
{
	return !c->online ? '-' : c->waits_for >= 0 ? 'W' : c->resched ? 'R' : ' ';
}

static enum shade cpu_shade(const struct ks_watch_cpu *c)
{
	return !c->online	 ? SHADE_DIM :
	       c->waits_for >= 0 ? SHADE_BAD :
	       c->resched	 ? SHADE_WARN :
				   SHADE_NONE;
}

static void put_cpu(const struct top_frame *f, u32 cpu, int y, const struct area *a, int bar)
{
	struct ks_watch_cpu c = cpu_of(f, cpu);
	bool wide = a->cols >= WIDE_CPUS;
	char name[WHO_MAX], place[WHO_MAX] = "";
	int x = a->x, full = (c.busy_milli * bar + 500) / 1000;

	if (wide)
		snprintf(place, sizeof(place), " n%d l%d c%d", c.node, c.llc, c.core);
	put(y, x, 5 + (wide ? 12 : 0), SHADE_NONE, "%4u%-12s", cpu, place);
	x += 5 + (wide ? 12 : 0);
	put(y, x, 16, c.pid ? SHADE_NONE : SHADE_DIM, "%-15.15s", who(&c, name));
	put(y, x + 16, 5, SHADE_DIM, "%-4.4s", c.pid ? c.task_class : "");
	put(y, x + 21, full, SHADE_GOOD, "%.*s", full, "||||||||||||||||||||||||||||||||||||||||");
	x += 21 + bar;
	put(y, x, 6, SHADE_NONE, " %3u%%", c.busy_milli / 10);
	put(y, x + 6, 1, cpu_shade(&c), "%c", cpu_flag(&c));
	put(y, x + 7, a->cols, SHADE_NONE, "%4u %6s", c.queued, COUNT(c.kicked));
}

static void list_cpus(const struct top_frame *f, struct top_wants *w, const struct area *a)
{
	bool wide = a->cols >= WIDE_CPUS;
	int bar = min(a->cols - 5 - (wide ? 12 : 0) - 21 - 6 - 1 - 12, BAR_MAX), i;
	s64 from = w->scroll[PANEL_CPUS] =
		clamp_scroll(w->scroll[PANEL_CPUS], f->nr_cpus, a->lines - 1);

	put_head(a, w->focus == PANEL_CPUS, " CPU%-*s %-15s %-4s %-*s%5s  %4s %6s", wide ? 12 : 0,
		 wide ? " PLACE" : "", "TASK", "CLS", bar, bar > 10 ? "BUSY" : "", "BUSY", "DSQ",
		 "KICKED");
	for (i = 0; i < a->lines - 1 && from + i < f->nr_cpus; i++)
		put_cpu(f, from + i, a->y + 1 + i, a, bar);
}

/* ---- CPUs, a sign each ---- */

struct place {
	u32 cpu;
	struct ks_watch_cpu c;
};

static int by_place(const void *a, const void *b)
{
	const struct place *x = a, *y = b;
	const struct ks_watch_cpu *p = &x->c, *q = &y->c;

	if (p->node != q->node)
		return p->node - q->node;
	if (p->llc != q->llc)
		return p->llc - q->llc;
	if (p->core != q->core)
		return p->core - q->core;
	return (s32)x->cpu - (s32)y->cpu;
}

static struct place *places_of(const struct top_frame *f)
{
	struct place *list = calloc(f->nr_cpus, sizeof(*list));
	u32 i;

	for (i = 0; list && i < f->nr_cpus; i++)
		list[i] = (struct place){ i, cpu_of(f, i) };
	if (list)
		qsort(list, f->nr_cpus, sizeof(*list), by_place);
	return list;
}

static u32 signs_a_line(int cols)
{
	return max((cols - FOLD_LABEL - FOLD_SHARE) / FOLD_GROUP * FOLD_GROUP, FOLD_GROUP);
}

/* how many of @list, from @at on, stand in one line */
static u32 fold_line(const struct place *list, u32 at, u32 nr, u32 most)
{
	u32 n = 1;

	while (n < most && at + n < nr && list[at + n].c.llc == list[at].c.llc)
		n++;
	return n;
}

static u32 count_fold_lines(const struct top_frame *f, const struct place *list, int cols)
{
	u32 at = 0, n;

	for (n = 0; list && at < f->nr_cpus; n++)
		at += fold_line(list, at, f->nr_cpus, signs_a_line(cols));
	return n;
}

static char cpu_sign(const struct ks_watch_cpu *c)
{
	u32 busy = c->busy_milli;
	char flag = cpu_flag(c);

	if (flag != ' ')
		return flag;
	return busy >= 950 ? '#' : busy < 50 ? '.' : '0' + min(busy / 100, 9u);
}

/* @one: all CPUs share a cache, and a line is named by its first */
static void put_fold_line(const struct place *list, u32 n, bool one, int y, const struct area *a)
{
	u32 i, sum = 0;

	if (one)
		put(y, a->x, FOLD_LABEL, SHADE_NONE, "%5u", list[0].cpu);
	else
		put(y, a->x, FOLD_LABEL, SHADE_NONE, "n%d l%d", list[0].c.node, list[0].c.llc);
	for (i = 0; i < n; i++) {
		char sign = cpu_sign(&list[i].c);
		enum shade shade = cpu_shade(&list[i].c);

		put(y, a->x + FOLD_LABEL + (int)i, 1,
		    shade	? shade :
		    sign == '.' ? SHADE_DIM :
				  SHADE_GOOD,
		    "%c", sign);
		sum += list[i].c.busy_milli;
	}
	put(y, a->x + a->cols - FOLD_SHARE - 1, FOLD_SHARE, SHADE_NONE, "%4u%%", sum / n / 10);
}

static void fold_cpus(const struct top_frame *f, struct top_wants *w, const struct area *a)
{
	struct place *list = places_of(f);
	bool one = list && list[0].c.llc == list[f->nr_cpus - 1].c.llc;
	u32 total = count_fold_lines(f, list, a->cols), line, at = 0, n;
	s64 from = w->scroll[PANEL_CPUS] = clamp_scroll(w->scroll[PANEL_CPUS], total, a->lines - 1);

	put_head(a, w->focus == PANEL_CPUS, "%u CPUS BY CACHE%*s", f->nr_cpus, a->cols - 21,
		 "BUSY");
	for (line = 0; list && at < f->nr_cpus; line++, at += n) {
		n = fold_line(list, at, f->nr_cpus, signs_a_line(a->cols));
		if (line >= from && line < from + a->lines - 1)
			put_fold_line(list + at, n, one, a->y + 1 + (int)(line - from), a);
	}
	free(list);
}

static bool is_folded(const struct top_frame *f, const struct top_wants *w, int lines)
{
	return !w->list_cpus && f->nr_cpus > (u32)lines - 1;
}

int cpu_lines(const struct top_frame *f, const struct top_wants *w, int cols, int most)
{
	struct place *list;
	u32 n = f->nr_cpus;

	if (is_folded(f, w, most)) {
		list = places_of(f);
		n = count_fold_lines(f, list, cols);
		free(list);
	}
	return min(n + 1, (u32)most);
}

void draw_cpus(const struct top_frame *f, struct top_wants *w, const struct area *a)
{
	if (is_folded(f, w, a->lines))
		fold_cpus(f, w, a);
	else
		list_cpus(f, w, a);
}

/* ---- ops ---- */

/* "dispatch"; "sub-2 dispatch" when there are several schedulers */
static void put_op(const struct ks_watch_op *o, int y, const struct area *a)
{
	char text[2 * OP_NAME_MAX];

	snprintf(text, sizeof(text), "%s%s%s", o->sched, *o->sched ? " " : "", o->name);
	put(y, a->x, a->cols, SHADE_NONE, "%-*.*s %6s %8s", a->cols - 16, a->cols - 16, text,
	    COUNT(o->calls_per_s), o->timed ? TIME(o->cost_ns) : "");
}

void draw_ops(const struct top_frame *f, struct top_wants *w, const struct area *a)
{
	struct ks_watch_op o = { .sz = sizeof(o) };
	s64 from = w->scroll[PANEL_OPS] =
		clamp_scroll(w->scroll[PANEL_OPS], f->now.nr_ops, a->lines - 1);

	put_head(a, w->focus == PANEL_OPS, "%-*s %6s %8s", a->cols - 17, "OP", "CALLS/S", "COST");
	for (int i = 0; i < a->lines - 1 && !ks_watch_op(f->watch, from + i, &o); i++)
		put_op(&o, a->y + 1 + i, a);
}

/* ---- DSQs ---- */

static void put_dsq(const struct ks_watch_dsq *d, int y, const struct area *a)
{
	char name[WHO_MAX] = "";
	int id_cols = max((a->cols - 12) * 4 / 9, 7);

	if (d->oldest_pid >= 0) /* the pid first: there may be no room for the whole name */
		snprintf(name, sizeof(name), "%d %s", d->oldest_pid, d->oldest_comm);
	put(y, a->x, a->cols, d->nr ? SHADE_NONE : SHADE_DIM, "%-*.*s %3s %-*.*s %7s", id_cols,
	    id_cols, d->name, COUNT(d->nr), a->cols - 13 - id_cols, a->cols - 13 - id_cols, name,
	    d->oldest_pid < 0 ? "" : TIME(d->oldest_ns));
}

void draw_dsqs(const struct top_frame *f, struct top_wants *w, const struct area *a)
{
	struct ks_watch_dsq d = { .sz = sizeof(d) };
	int id_cols = max((a->cols - 12) * 4 / 9, 7), i;
	s64 from = w->scroll[PANEL_DSQS] =
		clamp_scroll(w->scroll[PANEL_DSQS], f->now.nr_dsqs, a->lines - 1);

	put_head(a, w->focus == PANEL_DSQS, "%-*s %3s %-*s %7s", id_cols, "DSQ", "NR",
		 a->cols - 13 - id_cols, "OLDEST", "FOR");
	for (i = 0; i < a->lines - 1 && !ks_watch_dsq(f->watch, from + i, &d); i++)
		put_dsq(&d, a->y + 1 + i, a);
}

/* ---- kicks ---- */

void draw_kicks(const struct top_frame *f, const struct area *a)
{
	const struct ks_kicks *k = f->kicks;

	put(a->y, a->x, 6, SHADE_HEAD, "KICKS");
	put(a->y, a->x + 7, KICK_COLS, SHADE_NONE, "plain %-5s idle %-5s preempt %-5s wait %-5s",
	    COUNT(k->plain), COUNT(k->idle), COUNT(k->preempt), COUNT(k->wait));
	put(a->y + 1, a->x + 7, KICK_COLS, SHADE_NONE,
	    "sent %-5s IPI %-5s merged %-5s busy %-5s dropped %-5s", COUNT(k->sent), COUNT(k->ipis),
	    COUNT(k->coalesced), COUNT(k->skipped_idle), COUNT(k->dropped));
	if (!k->latency_max_ns)
		return;
	put(a->y, a->x + 7 + KICK_COLS - 12, a->cols, SHADE_NONE, "p50 %-7s p99 %-7s",
	    TIME(k->latency_p50_ns), TIME(k->latency_p99_ns));
	put(a->y + 1, a->x + 7 + KICK_COLS, a->cols, SHADE_NONE, "max %-7s",
	    TIME(k->latency_max_ns));
}

/* ---- tasks ---- */

static void put_task(const struct ks_watch_task *t, int y, const struct area *a)
{
	put(y, a->x, a->cols, t->state == 'S' ? SHADE_DIM : SHADE_NONE,
	    "%6d %-15.15s %c %4d %-4.4s %8s %8s %6s %8s %8s %s", t->pid, t->comm, t->state, t->cpu,
	    t->task_class, TIME(t->run_ns), TIME(t->wait_ns), COUNT(t->wakeups),
	    TIME(t->latency_ns), TIME(t->latency_max_ns), t->dsq);
}

void draw_tasks(const struct top_frame *f, struct top_wants *w, const struct area *a)
{
	static const char orders[] = {
		[KS_BY_RUN] = 'r',
		[KS_BY_WAIT] = 'w',
		[KS_BY_LATENCY] = 'l',
		[KS_BY_PID] = 'p',
	};
	struct ks_watch_task t = { .sz = sizeof(t) };
	s64 from = w->scroll[PANEL_TASKS] =
		clamp_scroll(w->scroll[PANEL_TASKS], f->now.nr_tasks, a->lines - 1);
	char by = orders[w->sort];
	int i;

	put_head(a, w->focus == PANEL_TASKS, "%6s %-15s %c %4s %-4s %8s %8s %6s %8s %8s %s",
		 by == 'p' ? "PID*" : "PID", "TASK", 'S', "CPU", "CLS", by == 'r' ? "RAN*" : "RAN",
		 by == 'w' ? "WAITED*" : "WAITED", "WAKES", "LATENCY",
		 by == 'l' ? "LONGEST*" : "LONGEST", a->cols > 90 ? "DSQ" : "");
	for (i = 0; i < a->lines - 1 && !ks_watch_task(f->watch, from + i, &t); i++)
		put_task(&t, a->y + 1 + i, a);
}

/* ---- events ---- */

static enum shade event_shade(const char *name)
{
	static const char *const bad[] = { "scx_exit", "lockup" };
	static const char *const warn[] = { "kick", "kick_drop", "kick_deliver", "kick_answer" };

	for (u32 i = 0; i < ARRAY_SIZE(bad); i++)
		if (!strcmp(name, bad[i]))
			return SHADE_BAD;
	for (u32 i = 0; i < ARRAY_SIZE(warn); i++)
		if (!strcmp(name, warn[i]))
			return SHADE_WARN;
	return SHADE_NONE;
}

static void put_event(const struct ks_watch_event *e, int y, const struct area *a)
{
	char name[WHO_MAX];

	snprintf(name, sizeof(name), e->pid > 0 ? "%s-%d" : "%s", e->comm, e->pid);
	put(y, a->x, a->cols, event_shade(e->name), "%3llu.%09llu %3d %-15.15s %s%s%s",
	    (unsigned long long)(e->time_ns / NSEC_PER_SEC),
	    (unsigned long long)(e->time_ns % NSEC_PER_SEC), e->cpu, name, e->name,
	    *e->text ? " " : "", e->text);
}

void draw_events(const struct top_frame *f, struct top_wants *w, const struct area *a)
{
	u64 kept = min(f->now.nr_events, (u64)KS_WATCH_EVENTS);
	s64 back = w->scroll[PANEL_EVENTS] =
		clamp_scroll(w->scroll[PANEL_EVENTS], kept, a->lines - 1);
	struct ks_watch_event e = { .sz = sizeof(e) };
	int i;

	put_head(a, w->focus == PANEL_EVENTS, "%13s %3s %-15s %s%*s%s", "TIME", "CPU", "TASK",
		 "EVENT", 2, "", back ? "(older ones; End: the newest)" : "");
	for (i = 0;
	     i < a->lines - 1 && !ks_watch_event(f->watch, f->now.nr_events - 1 - back - i, &e);
	     i++)
		put_event(&e, a->y + a->lines - 1 - i, a);
}
