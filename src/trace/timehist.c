// SPDX-License-Identifier: GPL-2.0-only
/*
 * timehist.c - see timehist.h. Who runs since when is the replay's, what tasks come to the
 * tally's: a row is made of what they know just before the switch that ends a stay.
 */
#include "trace/timehist.h"

#include <errno.h>
#include <stdlib.h>

#include "base/text_stream.h"
#include "trace/replay.h"
#include "trace/tally.h"

struct timehist {
	struct trace_reader *r;
	FILE *rows;
	struct replay *rp;
	/* the second table is one for the time under a scheduler and one for the time after it */
	struct tally tally;
	FILE *tables; /* in memory: rows come first */
	bool parted;
};

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

/* of somebody's stay on a CPU */
struct row {
	u64 off_ns, on_ns; /* left a CPU before it, came to this one; REPLAY_NEVER: not seen */
	u64 delay_ns;
};

static u64 since(u64 then, u64 now)
{
	return then == REPLAY_NEVER || then > now ? 0 : now - then;
}

static struct row idle_row(const struct replay_cpu *c)
{
	return (struct row){ .off_ns = c->idled_ns,
			     .on_ns = c->nr_switches && !c->curr ? c->since_ns : REPLAY_NEVER };
}

static struct row task_row(const struct timehist *h, s64 pid)
{
	const struct replay_task *t = replay_task(h->rp, pid);
	const struct tally_task *sums = tally_task(&h->tally, pid);

	if (!t)
		return (struct row){ REPLAY_NEVER, REPLAY_NEVER, 0 };
	return (struct row){ .off_ns = t->off_ns,
			     .delay_ns = sums ? sums->delay_ns : 0,
			     .on_ns = t->state == TASK_RUNS ? t->state_ns : REPLAY_NEVER };
}

/* The stay of @r's first task ends with it; nobody has taken it yet. */
static void row_put(const struct timehist *h, const struct trace_record *r)
{
	s64 pid = (s64)r->arg[0];
	struct row row = pid ? task_row(h, pid) : idle_row(&h->rp->cpu[r->cpu]);
	char name[64];

	if (pid)
		snprintf(name, sizeof(name), "%s[%lld]", replay_comm(h->rp, pid), pid);
	else
		snprintf(name, sizeof(name), "<idle>");
	fprintf(h->rows, "%5llu.%09llu  [%04d]  %-24s", r->time_ns / NSEC_PER_SEC,
		r->time_ns % NSEC_PER_SEC, r->cpu, name);
	put_msec(h->rows, row.on_ns == REPLAY_NEVER ? 0 : since(row.off_ns, row.on_ns));
	fputs(" ", h->rows);
	put_msec(h->rows, row.delay_ns);
	fputs(" ", h->rows);
	put_msec(h->rows, since(row.on_ns, r->time_ns));
	fputs("\n", h->rows);
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

/* a stay that goes on is as long as it has become */
static void worst_put(const struct tally_task *t, u64 now_ns, FILE *out)
{
	u64 open_ns = waits_open_ns(&t->waits, now_ns), at_ns = t->worst_at_ns;

	if (t->waits.open && (!at_ns || open_ns > t->worst_ns))
		at_ns = now_ns;
	fprintf(out, " %6llu.%09llu  ", at_ns / NSEC_PER_SEC, at_ns % NSEC_PER_SEC);
}

static void task_put(const struct timehist *h, u32 pid, u64 now_ns, FILE *out)
{
	const struct tally_task *t = tally_task(&h->tally, pid);
	struct wait_sum sum = {};
	struct wait_figures w;
	char name[64];

	wait_sum_add(&sum, &t->waits, now_ns);
	wait_sum_figures(&sum, &w);
	snprintf(name, sizeof(name), "%s[%u]", replay_comm(h->rp, pid), pid);
	fprintf(out, "  %-22s", name);
	put_msec(out, tally_run_ns(t, now_ns));
	fprintf(out, " %9llu %9llu  ", t->nr_runs, t->nr_wakeups);
	put_msec(out, w.wait_ns);
	fputs("  ", out);
	put_msec(out, w.queue.nr ? w.wait_ns / w.queue.nr : 0);
	fputs("  ", out);
	spread_put(&w.queue, out);
	worst_put(t, now_ns, out);
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
	      "         (msec)         (msec)          (s)\n",
	      out);
	for (u32 pid = 0; pid < h->tally.tasks.nr; pid++) {
		const struct tally_task *t = tally_task(&h->tally, pid);

		if (t && (t->nr_runs || t->nr_wakeups || tally_run_ns(t, now_ns) || t->waits.open))
			task_put(h, pid, now_ns, out);
	}
}

static void part_ends(struct tally *ty, u64 now_ns)
{
	struct timehist *h = container_of(ty, struct timehist, tally);

	fprintf(h->tables, "\n%s, up to %llu.%09llu s:\n",
		ty->after ? "after it" : "under the scheduler", now_ns / NSEC_PER_SEC,
		now_ns % NSEC_PER_SEC);
	sums_put(h, now_ns, h->tables);
	h->parted = true;
}

/* The last part, and with it all of them. */
static int tables_end(struct timehist *h, char **text)
{
	if (h->parted)
		fprintf(h->tables, "\n%s, from %llu.%09llu s on:\n",
			h->tally.after ? "after it, in the fair class" : "under the scheduler",
			h->tally.begin_ns / NSEC_PER_SEC, h->tally.begin_ns % NSEC_PER_SEC);
	sums_put(h, trace_reader_end_ns(h->r), h->tables);
	return fflush(h->tables) || !*text ? trace_reader_fail(h->r, "out of memory") : 0;
}

/* ---- events ---- */

static bool is_task(u64 pid)
{
	return pid < PID_LIMIT;
}

/* what no switch and no wakeup can be */
static int event_check(const struct timehist *h, const struct trace_record *r)
{
	if (r->id == EV_sched_switch && r->cpu < 0)
		return trace_reader_fail(h->r, "sched_switch: a CPU is due");
	if (r->id == EV_sched_switch && !(is_task(r->arg[0]) && is_task(r->arg[2])))
		return trace_reader_fail(h->r, "sched_switch: there is no such task");
	if (r->id == EV_sched_wakeup && (!r->arg[0] || !is_task(r->arg[0])))
		return trace_reader_fail(h->r, "sched_wakeup: there is no such task");
	return 0;
}

static int event_take(struct timehist *h, const struct trace_record *r)
{
	int ret = event_check(h, r);

	if (ret)
		return ret;
	if (r->id == EV_sched_switch && h->rows)
		row_put(h, r);
	ret = replay_take(h->rp, r);
	tally_take(&h->tally, r);
	return ret ? trace_reader_fail(h->r, "out of memory") : 0;
}

static int events_read(struct timehist *h)
{
	struct trace_record rec;
	int ret;

	while ((ret = replay_read(h->rp, h->r, &rec)) > 0) {
		ret = event_take(h, &rec);
		if (ret < 0)
			break;
	}
	return ret;
}

int timehist_print(struct trace_reader *r, FILE *rows, FILE *sums)
{
	struct timehist h = {
		.r = r, .rows = rows, .rp = replay_of_reader(r), .tally.part_ends = part_ends
	};
	char *text = NULL;
	size_t len;
	int ret = -ENOMEM;

	h.tables = text_stream(&text, &len);
	if (h.rp) {
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
	tally_finish(&h.tally);
	replay_destroy(h.rp);
	return ret;
}
