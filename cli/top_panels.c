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
#define DSQ_NAME_MAX (VIEW_SCHED_NAME_MAX + TRACE_VALUE_MAX)
#define FOLD_LABEL 7
#define FOLD_SHARE 5
#define FOLD_GROUP 8 /* signs come in so many */
#define WIDE_CPUS 64 /* columns from which the topology has one */
#define BAR_MAX 40
#define KICK_COLS 60 /* counts; latencies stand to the right */

/* "spin-12" */
static const char *who(const struct view *v, s32 pid, char buf[WHO_MAX])
{
	if (pid <= 0)
		snprintf(buf, WHO_MAX, "%s", pid ? "" : "idle");
	else
		snprintf(buf, WHO_MAX, "%s-%d", view_comm(v, pid), pid);
	return buf;
}

/* ---- CPUs, a line each ---- */

static char cpu_flag(const struct replay_cpu *c)
{
	return !c->online ? '-' : c->waits_for >= 0 ? 'W' : c->resched ? 'R' : ' ';
}

static enum shade cpu_shade(const struct replay_cpu *c)
{
	return !c->online	 ? SHADE_DIM :
	       c->waits_for >= 0 ? SHADE_BAD :
	       c->resched	 ? SHADE_WARN :
				   SHADE_NONE;
}

static void put_cpu(const struct view *v, u32 cpu, int y, const struct area *a, int bar)
{
	const struct replay_cpu *on = &v->rp->cpu[cpu];
	const struct view_cpu *c = &v->cpu[cpu];
	s32 pid = view_curr(v, cpu);
	u32 busy = view_busy_permille(v, cpu);
	bool wide = a->cols >= WIDE_CPUS;
	char name[WHO_MAX], place[WHO_MAX] = "";
	int x = a->x, full = (busy * bar + 500) / 1000;

	if (wide)
		snprintf(place, sizeof(place), " n%d l%d c%d", c->node, c->llc, c->core);
	put(y, x, 5 + (wide ? 12 : 0), SHADE_NONE, "%4u%-12s", cpu, place);
	x += 5 + (wide ? 12 : 0);
	put(y, x, 16, pid ? SHADE_NONE : SHADE_DIM, "%-15.15s", who(v, pid, name));
	put(y, x + 16, 5, SHADE_DIM, "%-4.4s", pid ? view_class(on->class) : "");
	put(y, x + 21, full, SHADE_GOOD, "%.*s", full, "||||||||||||||||||||||||||||||||||||||||");
	x += 21 + bar;
	put(y, x, 6, SHADE_NONE, " %3u%%", busy / 10);
	put(y, x + 6, 1, cpu_shade(on), "%c", cpu_flag(on));
	put(y, x + 7, a->cols, SHADE_NONE, "%4u %6s", view_queued(v, cpu), COUNT(c->kicked));
}

static void list_cpus(const struct view *v, struct top_wants *w, const struct area *a)
{
	bool wide = a->cols >= WIDE_CPUS;
	int bar = min(a->cols - 5 - (wide ? 12 : 0) - 21 - 6 - 1 - 12, BAR_MAX), i;
	s64 from = w->scroll[PANEL_CPUS] =
		clamp_scroll(w->scroll[PANEL_CPUS], v->nr_cpus, a->lines - 1);

	put_head(a, w->focus == PANEL_CPUS, " CPU%-*s %-15s %-4s %-*s%5s  %4s %6s", wide ? 12 : 0,
		 wide ? " PLACE" : "", "TASK", "CLS", bar, bar > 10 ? "BUSY" : "", "BUSY", "DSQ",
		 "KICKED");
	for (i = 0; i < a->lines - 1 && from + i < v->nr_cpus; i++)
		put_cpu(v, from + i, a->y + 1 + i, a, bar);
}

/* ---- CPUs, a sign each ---- */

struct place {
	s32 node, llc, core;
	u32 cpu;
};

static int by_place(const void *a, const void *b)
{
	const struct place *p = a, *q = b;

	if (p->node != q->node)
		return p->node - q->node;
	if (p->llc != q->llc)
		return p->llc - q->llc;
	if (p->core != q->core)
		return p->core - q->core;
	return (s32)p->cpu - (s32)q->cpu;
}

static struct place *places_of(const struct view *v)
{
	struct place *list = calloc(v->nr_cpus, sizeof(*list));
	u32 i;

	for (i = 0; list && i < v->nr_cpus; i++)
		list[i] = (struct place){ v->cpu[i].node, v->cpu[i].llc, v->cpu[i].core, i };
	if (list)
		qsort(list, v->nr_cpus, sizeof(*list), by_place);
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

	while (n < most && at + n < nr && list[at + n].llc == list[at].llc)
		n++;
	return n;
}

static u32 count_fold_lines(const struct view *v, const struct place *list, int cols)
{
	u32 at = 0, n;

	for (n = 0; list && at < v->nr_cpus; n++)
		at += fold_line(list, at, v->nr_cpus, signs_a_line(cols));
	return n;
}

static char cpu_sign(const struct view *v, u32 cpu)
{
	u32 busy = view_busy_permille(v, cpu);
	char flag = cpu_flag(&v->rp->cpu[cpu]);

	if (flag != ' ')
		return flag;
	return busy >= 950 ? '#' : busy < 50 ? '.' : '0' + min(busy / 100, 9u);
}

static void put_fold_line(const struct view *v, const struct place *list, u32 n, int y,
			  const struct area *a)
{
	u32 i, sum = 0;

	if (list[0].llc != v->cpu[0].llc || v->cpu[v->nr_cpus - 1].llc != v->cpu[0].llc)
		put(y, a->x, FOLD_LABEL, SHADE_NONE, "n%d l%d", list[0].node, list[0].llc);
	else
		put(y, a->x, FOLD_LABEL, SHADE_NONE, "%5u", list[0].cpu);
	for (i = 0; i < n; i++) {
		char sign = cpu_sign(v, list[i].cpu);
		enum shade shade = cpu_shade(&v->rp->cpu[list[i].cpu]);

		put(y, a->x + FOLD_LABEL + (int)i, 1,
		    shade	? shade :
		    sign == '.' ? SHADE_DIM :
				  SHADE_GOOD,
		    "%c", sign);
		sum += view_busy_permille(v, list[i].cpu);
	}
	put(y, a->x + a->cols - FOLD_SHARE - 1, FOLD_SHARE, SHADE_NONE, "%4u%%", sum / n / 10);
}

static void fold_cpus(const struct view *v, struct top_wants *w, const struct area *a)
{
	struct place *list = places_of(v);
	u32 total = count_fold_lines(v, list, a->cols), line, at = 0, n;
	s64 from = w->scroll[PANEL_CPUS] = clamp_scroll(w->scroll[PANEL_CPUS], total, a->lines - 1);

	put_head(a, w->focus == PANEL_CPUS, "%u CPUS BY CACHE%*s", v->nr_cpus, a->cols - 21,
		 "BUSY");
	for (line = 0; list && at < v->nr_cpus; line++, at += n) {
		n = fold_line(list, at, v->nr_cpus, signs_a_line(a->cols));
		if (line >= from && line < from + a->lines - 1)
			put_fold_line(v, list + at, n, a->y + 1 + (int)(line - from), a);
	}
	free(list);
}

static bool is_folded(const struct view *v, const struct top_wants *w, int lines)
{
	return !w->list_cpus && v->nr_cpus > (u32)lines - 1;
}

int cpu_lines(const struct top_frame *f, const struct top_wants *w, int cols, int most)
{
	const struct view *v = f->view;
	struct place *list;
	u32 n = v->nr_cpus;

	if (is_folded(v, w, most)) {
		list = places_of(v);
		n = count_fold_lines(v, list, cols);
		free(list);
	}
	return min(n + 1, (u32)most);
}

void draw_cpus(const struct top_frame *f, struct top_wants *w, const struct area *a)
{
	if (is_folded(f->view, w, a->lines))
		fold_cpus(f->view, w, a);
	else
		list_cpus(f->view, w, a);
}

/* ---- ops ---- */

/* an op of a scheduler */
struct op_row {
	u32 sched, op; /* indices */
};

static const struct view_op *row_now(const struct view *v, struct op_row r)
{
	return &v->op[r.sched][r.op];
}

/* Those that were called, the most called first. */
static u32 ops_in_order(const struct view *v, struct op_row list[])
{
	u32 n = 0, i;

	for (u32 at = 0; at < v->nr_scheds * VIEW_OPS_MAX; at++) {
		struct op_row r = { at / VIEW_OPS_MAX, at % VIEW_OPS_MAX };

		if (!row_now(v, r)->calls)
			continue;
		for (i = n++; i && row_now(v, list[i - 1])->calls < row_now(v, r)->calls; i--)
			list[i] = list[i - 1];
		list[i] = r;
	}
	return n;
}

/* in the window, or of all, if it was not called there */
static u64 op_cost(const struct view *v, struct op_row r)
{
	const struct view_op *now = row_now(v, r), *old = &v->old.op[r.sched][r.op];

	if (now->timed > old->timed)
		return (now->sum_ns - old->sum_ns) / (now->timed - old->timed);
	return now->timed ? now->sum_ns / now->timed : 0;
}

/* "dispatch"; "sub-2 dispatch" when there are several schedulers */
static void put_op(const struct view *v, struct op_row r, int y, const struct area *a)
{
	char buf[VIEW_SCHED_NAME_MAX], text[VIEW_TEXT_MAX];
	const char *name = view_op_name(r.op), *sched = view_sched_name(v, v->sched[r.sched], buf);

	snprintf(text, sizeof(text), "%s%s%s", sched, *sched ? " " : "", name ? name : "?");
	put(y, a->x, a->cols, SHADE_NONE, "%-*.*s %6s %8s", a->cols - 16, a->cols - 16, text,
	    COUNT(view_rate(v, row_now(v, r)->calls, v->old.op[r.sched][r.op].calls)),
	    row_now(v, r)->timed ? TIME(op_cost(v, r)) : "");
}

void draw_ops(const struct top_frame *f, struct top_wants *w, const struct area *a)
{
	const struct view *v = f->view;
	struct op_row list[VIEW_SCHEDS_MAX * VIEW_OPS_MAX];
	u32 n = ops_in_order(v, list);
	s64 from = w->scroll[PANEL_OPS] = clamp_scroll(w->scroll[PANEL_OPS], n, a->lines - 1);

	put_head(a, w->focus == PANEL_OPS, "%-*s %6s %8s", a->cols - 17, "OP", "CALLS/S", "COST");
	for (int i = 0; i < a->lines - 1 && from + i < n; i++)
		put_op(v, list[from + i], a->y + 1 + i, a);
}

/* ---- DSQs ---- */

/* Those with tasks first, then in order of appearance. @list: NULL, or room; how many. */
static u32 dsqs_in_order(const struct view *v, const struct replay_dsq **list)
{
	const struct replay_dsq *d;
	u32 n = 0;

	for (int empty = 0; empty < 2; empty++)
		list_for_each_entry(d, &v->rp->dsqs, node) {
			if (!view_lists_dsq(d) || (d->nr == 0) != empty)
				continue;
			if (list)
				list[n] = d;
			n++;
		}
	return n;
}

/* "0x7"; "sub-2 0x7" when there are several schedulers */
static void dsq_name(const struct view *v, const struct replay_dsq *d, char id[DSQ_NAME_MAX])
{
	char buf[VIEW_SCHED_NAME_MAX];
	const char *sched = dsq_is_local_on(d->id) ? "" : view_sched_name(v, d->sched, buf);
	int n = snprintf(id, VIEW_SCHED_NAME_MAX, "%s%s", sched, *sched ? " " : "");

	trace_value_text(id + n, &v->rp->names, FIELD_dsq, d->id);
}

static void put_dsq(const struct view *v, const struct replay_dsq *d, int y, const struct area *a)
{
	struct view_oldest o = view_oldest(d);
	char id[DSQ_NAME_MAX], name[WHO_MAX] = "";
	int id_cols = max((a->cols - 12) * 4 / 9, 7);
	u64 ns = v->now_ns - min(v->now_ns, o.since_ns);

	dsq_name(v, d, id);
	if (o.pid >= 0) /* the pid first: there may be no room for the whole name */
		snprintf(name, sizeof(name), "%d %s", o.pid, view_comm(v, o.pid));
	put(y, a->x, a->cols, d->nr ? SHADE_NONE : SHADE_DIM, "%-*.*s %3s %-*.*s %7s", id_cols,
	    id_cols, id, COUNT(d->nr), a->cols - 13 - id_cols, a->cols - 13 - id_cols, name,
	    o.pid < 0 ? "" : TIME(ns));
}

void draw_dsqs(const struct top_frame *f, struct top_wants *w, const struct area *a)
{
	const struct view *v = f->view;
	const struct replay_dsq **list = calloc(dsqs_in_order(v, NULL) + 1, sizeof(*list));
	u32 n = list ? dsqs_in_order(v, list) : 0;
	int id_cols = max((a->cols - 12) * 4 / 9, 7), i;
	s64 from = w->scroll[PANEL_DSQS] = clamp_scroll(w->scroll[PANEL_DSQS], n, a->lines - 1);

	put_head(a, w->focus == PANEL_DSQS, "%-*s %3s %-*s %7s", id_cols, "DSQ", "NR",
		 a->cols - 13 - id_cols, "OLDEST", "FOR");
	for (i = 0; i < a->lines - 1 && from + i < n; i++)
		put_dsq(v, list[from + i], a->y + 1 + i, a);
	free(list);
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

static void put_task(const struct view *v, const struct replay_task *t, int y, const struct area *a)
{
	char state = t->state == TASK_RUNS ? 'R' : t->state == TASK_WAITS ? 'Q' : 'S';
	char dsq[DSQ_NAME_MAX] = "";

	if (t->dsq)
		dsq_name(v, t->dsq, dsq);
	put(y, a->x, a->cols, state == 'S' ? SHADE_DIM : SHADE_NONE,
	    "%6d %-15.15s %c %4d %-4.4s %8s %8s %6s %8s %8s %s", t->pid, view_comm(v, t->pid),
	    state, t->cpu, view_class(t->class), TIME(view_task_run_ns(v, t)),
	    TIME(view_task_wait_ns(v, t)), COUNT(view_task_wakeups(v, t)),
	    TIME(view_task_latency_ns(v, t)), TIME(view_task_latency_max_ns(v, t)), dsq);
}

void draw_tasks(const struct top_frame *f, struct top_wants *w, const struct area *a)
{
	static const char *const orders[NR_VIEW_SORTS] = {
		[VIEW_BY_RUN] = "r",
		[VIEW_BY_WAIT] = "w",
		[VIEW_BY_LATENCY] = "l",
		[VIEW_BY_PID] = "p",
	};
	const struct view *v = f->view;
	const struct replay_task **list = calloc(view_tasks_room(v), sizeof(*list));
	u32 n = list ? view_sorted_tasks(v, w->sort, list) : 0;
	s64 from = w->scroll[PANEL_TASKS] = clamp_scroll(w->scroll[PANEL_TASKS], n, a->lines - 1);
	const char *by = orders[w->sort];
	int i;

	put_head(a, w->focus == PANEL_TASKS, "%6s %-15s %c %4s %-4s %8s %8s %6s %8s %8s %s",
		 *by == 'p' ? "PID*" : "PID", "TASK", 'S', "CPU", "CLS",
		 *by == 'r' ? "RAN*" : "RAN", *by == 'w' ? "WAITED*" : "WAITED", "WAKES", "LATENCY",
		 *by == 'l' ? "LONGEST*" : "LONGEST", a->cols > 90 ? "DSQ" : "");
	for (i = 0; i < a->lines - 1 && from + i < n; i++)
		put_task(v, list[from + i], a->y + 1 + i, a);
	free(list);
}

/* ---- events ---- */

static enum shade event_shade(const struct view *v, u64 n)
{
	switch (v->event[n % VIEW_EVENTS].id) {
	case EV_scx_exit:
	case EV_lockup:
		return SHADE_BAD;
	case EV_kick:
	case EV_kick_drop:
	case EV_kick_deliver:
	case EV_kick_answer:
		return SHADE_WARN;
	default:
		return SHADE_NONE;
	}
}

void draw_events(const struct top_frame *f, struct top_wants *w, const struct area *a)
{
	const struct view *v = f->view;
	u64 kept = min(v->events, (u64)VIEW_EVENTS), n;
	s64 back = w->scroll[PANEL_EVENTS] =
		clamp_scroll(w->scroll[PANEL_EVENTS], kept, a->lines - 1);
	char text[VIEW_TEXT_MAX];
	int i;

	put_head(a, w->focus == PANEL_EVENTS, "%13s %3s %-15s %s%*s%s", "TIME", "CPU", "TASK",
		 "EVENT", 2, "", back ? "(older ones; End: the newest)" : "");
	for (i = 0; i < a->lines - 1 && (u64)i + back < kept; i++) {
		n = v->events - 1 - back - i;
		view_event_text(v, n, text);
		put(a->y + a->lines - 1 - i, a->x, a->cols, event_shade(v, n), "%s", text);
	}
}
