// SPDX-License-Identifier: GPL-2.0-only
/*
 * summary_json.c - the report for programs, schema 1: docs/figures.md has the keys.
 * Times are integers in ns of virtual time.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <jansson.h>
#include "abi/profile.h"
#include "api/figures.h"
#include "api/handle.h"
#include "api/provenance.h"
#include "api/verdict.h"
#include "base/json_out.h"
#include "kern/ext/ext.h"
#include "kern/machine.h"

#define SCHEMA 1

/*
 * Tasks may be many, dead ones above all: their lists are written a line each as they are made,
 * where the rest, which is one tree, has a mark in their place. A string cannot have these bytes
 * in it: its quotes would be escaped.
 */
static const char *const tasks_mark[NR_PHASES] = { "@tasks", "@tasks after" };

static json_t *percentiles(const struct wait_spread *s)
{
	return json_pack("{s:I, s:I, s:I}", "p50", (json_int_t)s->p50_ns, "p99",
			 (json_int_t)s->p99_ns, "max", (json_int_t)s->max_ns);
}

static json_t *waits_spread(const struct wait_spread *s)
{
	json_t *o = percentiles(s);

	json_object_set_new(o, "count", json_integer(s->nr));
	return o;
}

static void set_int(json_t *o, const char *key, u64 v)
{
	json_object_set_new(o, key, json_integer(v));
}

static json_t *exit_json(const struct figures *f)
{
	json_t *o = json_object();

	json_object_set_new(o, "kind", json_string(f->exit_kind));
	json_object_set_new(o, "code", json_integer(f->exit_code));
	json_object_set_new(o, "reason", json_string(f->exit_reason));
	json_object_set_new(o, "msg", json_string(f->exit_msg));
	if (f->exit_ns)
		set_int(o, "at_ns", f->exit_ns);
	return o;
}

static json_t *ops_json(void)
{
	json_t *o = json_object();
	u32 op;

	for (op = 0; op < NR_SCX_OPS; op++)
		if (scx.total_op_calls[op])
			set_int(o, scx_op_name(op), scx.total_op_calls[op]);
	return o;
}

static json_t *kicks_json(void)
{
	const struct kick_stats *k = &machine->kicks;
	const struct wait_spread latency = hist_spread(&machine->kick_latency);
	json_t *o = json_object();

	set_int(o, "plain", k->plain);
	set_int(o, "idle", k->idle);
	set_int(o, "preempt", k->preempt);
	set_int(o, "wait", k->wait);
	set_int(o, "sent", k->sent);
	set_int(o, "skipped_idle", k->skipped_idle);
	set_int(o, "coalesced", k->coalesced);
	set_int(o, "dropped", k->dropped);
	set_int(o, "ipis", k->ipis);
	json_object_set_new(o, "latency_ns", percentiles(&latency));
	return o;
}

/* what a task, a group and all of them have */
static void set_figures(json_t *o, const struct task_counts *n, const struct wait_figures *w)
{
	set_int(o, "runtime_ns", n->runtime_ns);
	set_int(o, "wait_ns", w->wait_ns);
	set_int(o, "waiting_ns", w->waiting_ns);
	set_int(o, "wakeups", n->nr_wakeups);
	json_object_set_new(o, "wakeup_latency_ns", waits_spread(&w->wakeup));
	json_object_set_new(o, "queue_wait_ns", waits_spread(&w->queue));
	set_int(o, "switches", n->nr_switches);
	set_int(o, "migrations", n->nr_migrations);
}

static json_t *task_json(const struct task_row *row)
{
	json_t *o = json_object();

	set_int(o, "pid", row->t.pid);
	json_object_set_new(o, "comm", json_string(row->t.comm));
	set_figures(o, &row->t.n, &row->t.wait);
	return o;
}

static json_t *group_json(const struct group_row *g)
{
	json_t *o = json_object();

	if (*g->name)
		json_object_set_new(o, "name", json_string(g->name));
	set_int(o, "nr", g->nr);
	set_figures(o, &g->n, &g->wait);
	return o;
}

static json_t *groups_json(const struct figures_part *f)
{
	json_t *list = json_array();
	u32 i;

	for (i = 0; i < f->nr_groups; i++)
		json_array_append_new(list, group_json(&f->groups[i]));
	return list;
}

static json_t *cpus_json(const struct figures_part *f)
{
	json_t *list = json_array(), *o;
	u32 i;

	for (i = 0; i < f->nr_cpus; i++) {
		o = json_object();
		set_int(o, "busy_ns", f->cpus[i].busy_ns);
		set_int(o, "idle_ns", f->cpus[i].idle_ns);
		set_int(o, "switches", f->cpus[i].switches);
		set_int(o, "kicked", f->cpus[i].kicked);
		json_array_append_new(list, o);
	}
	return list;
}

static void set_part(json_t *o, const struct figures_part *f)
{
	json_object_set_new(o, "tasks", json_string(tasks_mark[f->phase]));
	json_object_set_new(o, "groups", groups_json(f));
	json_object_set_new(o, "all_tasks", group_json(&f->all));
	json_object_set_new(o, "per_cpu", cpus_json(f));
}

/* what came after a scheduler's end, in the fair class */
static json_t *after_json(const struct figures *f)
{
	json_t *o = json_object();

	set_int(o, "from_ns", f->after_ns);
	set_int(o, "duration_ns", f->after.duration_ns);
	set_int(o, "switches", f->after.switches);
	set_part(o, &f->after);
	return o;
}

/* under which scheduler the figures were made, and for how long; null: under none */
static json_t *scheduler_json(const struct figures *f)
{
	json_t *o;

	if (!f->scheduler)
		return json_null();
	o = json_object();
	json_object_set_new(o, "name", json_string(f->scheduler));
	set_int(o, "from_ns", f->scheduler_ns);
	set_int(o, "duration_ns", f->under.duration_ns);
	return o;
}

/* CPUs that wait with interrupts off as the run ends */
static json_t *waits_json(const struct figures_part *f)
{
	json_t *list = json_array(), *o;
	u32 i;

	for (i = 0; i < f->nr_cpus; i++) {
		if (!f->cpus[i].waits_in)
			continue;
		o = json_object();
		set_int(o, "cpu", i);
		json_object_set_new(o, "in", json_string(f->cpus[i].waits_in));
		json_object_set_new(o, "for_cpu", json_integer(f->cpus[i].waits_for));
		set_int(o, "ns", f->cpus[i].waiting_ns);
		json_array_append_new(list, o);
	}
	return list;
}

/* The counters are s64 members named as the kernel names them, one list for both. */
static const struct {
	const char *name;
	size_t off;
} events[] = {
#define EVENT_ROW(n) { "SCX_EV_" #n, offsetof(struct scx_event_stats, SCX_EV_##n) }
	EVENT_ROW(SELECT_CPU_FALLBACK),
	EVENT_ROW(DISPATCH_LOCAL_DSQ_OFFLINE),
	EVENT_ROW(DISPATCH_KEEP_LAST),
	EVENT_ROW(ENQ_SKIP_EXITING),
	EVENT_ROW(ENQ_SKIP_MIGRATION_DISABLED),
	EVENT_ROW(REENQ_IMMED),
	EVENT_ROW(REENQ_REPEAT),
	EVENT_ROW(REFILL_SLICE_DFL),
	EVENT_ROW(SLICE_CLAMPED),
	EVENT_ROW(SLICE_DENIED),
	EVENT_ROW(BYPASS_DURATION),
	EVENT_ROW(BYPASS_DISPATCH),
	EVENT_ROW(BYPASS_ACTIVATE),
	EVENT_ROW(INSERT_NOT_OWNED),
	EVENT_ROW(SUB_BYPASS_DISPATCH),
	EVENT_ROW(SUB_FORCED_ADMIT),
	EVENT_ROW(SUB_PREEMPT_DENIED),
	EVENT_ROW(SUB_KICK_DENIED),
	EVENT_ROW(SUB_REENQ_DENIED),
	EVENT_ROW(SUB_CIDPERF_DENIED),
	EVENT_ROW(SUB_RESCUE),
#undef EVENT_ROW
};

static void add_events(struct scx_event_stats *sum, const struct scx_event_stats *more)
{
	for (size_t i = 0; i < ARRAY_SIZE(events); i++)
		*(s64 *)((u8 *)sum + events[i].off) +=
			*(const s64 *)((const u8 *)more + events[i].off);
}

static json_t *stats_json(const struct scx_event_stats *stats)
{
	json_t *o = json_object();

	for (size_t i = 0; i < ARRAY_SIZE(events); i++)
		if (scx_has_event(events[i].name))
			json_object_set_new(
				o, events[i].name,
				json_integer(*(const s64 *)((const u8 *)stats + events[i].off)));
	return o;
}

static json_t *events_json(void)
{
	struct scx_event_stats sum = scx.total_events, live;
	const struct scx_sched *sch;

	if (!K->b.event_counters)
		return json_object();
	scx_for_each_sched(sch) {
		scx_read_events(sch, &live);
		add_events(&sum, &live);
	}
	return stats_json(&sum);
}

/* ---- schedulers below it; the member is there if there was one ---- */

static json_t *sub_exit_json(const struct scx_sub_record *r)
{
	json_t *o = json_object();

	json_object_set_new(o, "kind", json_string(r->sch ? "none" : figures_exit_kind(r->kind)));
	set_int(o, "code", (u64)r->code);
	json_object_set_new(o, "reason", json_string(r->reason));
	json_object_set_new(o, "msg", json_string(r->msg));
	return o;
}

static json_t *sub_ops_json(const struct scx_sub_record *r)
{
	json_t *o = json_object();

	for (u32 op = 0; op < NR_SCX_OPS; op++)
		if (scx_sub_op_calls(r, op))
			set_int(o, scx_op_name(op), scx_sub_op_calls(r, op));
	return o;
}

static json_t *sub_json(const struct scx_sub_record *r)
{
	struct scx_event_stats live = r->events;
	json_t *o = json_object();

	if (r->sch)
		scx_read_events(r->sch, &live);
	json_object_set_new(o, "name", json_string(r->name));
	json_object_set_new(o, "cgroup", json_string(r->cgroup));
	set_int(o, "level", (u64)r->level);
	json_object_set_new(o, "state", json_string(scx_sub_state(r)));
	json_object_set_new(o, "exit", sub_exit_json(r));
	json_object_set_new(o, "ops", sub_ops_json(r));
	json_object_set_new(o, "events", stats_json(&live));
	return o;
}

static json_t *subs_json(void)
{
	json_t *list = json_array();

	for (u32 i = 0; i < scx.nr_sub_records; i++)
		json_array_append_new(list, sub_json(&scx.subs[i]));
	return list;
}

static json_t *summary_json(struct ks_machine *km, const struct figures *f)
{
	json_t *o = json_object();
	char hash[24];

	set_int(o, "schema", SCHEMA);
	json_object_set_new(o, "kernel", json_string(K->name));
	set_int(o, "cpus", f->under.nr_cpus);
	set_int(o, "seed", km->seed);
	set_int(o, "begin_ns", f->begin_ns);
	json_object_set_new(o, "provenance", provenance_json(km));
	set_int(o, "duration_ns", f->duration_ns);
	json_object_set_new(o, "interrupted", json_boolean(km->stopped_short_ns));
	json_object_set_new(o, "scheduler", scheduler_json(f));
	json_object_set_new(o, "exit", exit_json(f));
	json_object_set_new(o, "verdict", verdict_json(km));
	set_int(o, "switches", f->under.switches);
	json_object_set_new(o, "ops", ops_json());
	json_object_set_new(o, "kicks", kicks_json());
	set_part(o, &f->under);
	if (f->has_after)
		json_object_set_new(o, "after", after_json(f));
	json_object_set_new(o, "waiting", waits_json(f->has_after ? &f->after : &f->under));
	json_object_set_new(o, "events", events_json());
	if (scx.nr_sub_records)
		json_object_set_new(o, "subs", subs_json());
	if (km->opts.hash) {
		snprintf(hash, sizeof(hash), "%016llx", km->stream.hash);
		json_object_set_new(o, "trace_hash", json_string(hash));
	}
	return o;
}

/* ---- writing ---- */

static int tasks_put(const struct figures_part *f, const char *indent, FILE *out)
{
	int err = fputc('[', out) == EOF;

	for (u32 i = 0; !err && i < f->nr_tasks; i++) {
		json_t *row = task_json(&f->tasks[i]);

		err = !row || fprintf(out, "%s\n%s  ", i ? "," : "", indent) < 0 ||
		      json_out(row, out, 0);
		json_decref(row);
	}
	if (!err && f->nr_tasks)
		err = fprintf(out, "\n%s", indent) < 0;
	return err || fputc(']', out) == EOF;
}

/* @text up to the list of @f, then that list; the rest of @text, NULL: it could not be written */
static const char *text_put(const char *text, const struct figures_part *f, const char *indent,
			    FILE *out)
{
	char mark[32];
	const char *at;

	snprintf(mark, sizeof(mark), "\"tasks\": \"%s\"", tasks_mark[f->phase]);
	at = strstr(text, mark);
	if (!at)
		return text; /* there is no such part */
	if (fprintf(out, "%.*s\"tasks\": ", (int)(at - text), text) < 0 ||
	    tasks_put(f, indent, out))
		return NULL;
	return at + strlen(mark);
}

static int json_put(struct ks_machine *km, const struct figures *f, FILE *out)
{
	json_t *json = summary_json(km, f);
	char *text = json ? json_out_text(json, JSON_INDENT(2)) : NULL;
	const char *rest = text;

	json_decref(json);
	if (rest)
		rest = text_put(rest, &f->under, "  ", out);
	if (rest)
		rest = text_put(rest, &f->after, "    ", out);
	if (rest && fprintf(out, "%s\n", rest) < 0)
		rest = NULL;
	free(text);
	return rest ? 0 : -1;
}

KS_PUBLIC int ks_machine_json(struct ks_machine *km, FILE *out)
{
	struct figures f;
	int err, why;

	if (api_enter(km, API_OUTSIDE | API_BETWEEN | API_IN_TASK) || api_need(out))
		return KS_USAGE;
	err = figures_gather(km, &f);
	if (err)
		return err;
	errno = 0;
	err = json_put(km, &f, out);
	why = errno ? errno : EIO;
	figures_finish(&f);
	errno = why;
	return err ? api_fail(KS_USAGE, "the summary cannot be written: %s", strerror(why)) : KS_OK;
}
