// SPDX-License-Identifier: GPL-2.0-only
/*
 * record.c - the event stream, kept: all of it if the scenario expects
 * sequences, else the last part, to be shown when something fails.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "scenario/scenario.h"
#include "base/shortage.h"
#include "kern/ext/ext.h"
#include "kern/sched.h"
#include "trace/replay.h"

#define RECORDS_MAX (4u << 20) /* 300 MB */
#define TAIL_MAX (1u << 16)
#define LINES_AROUND 6
#define LINES_ABOUT 12

/* ---- keeping ---- */

static bool grow(struct scn_recorder *rec)
{
	u64 cap = rec->cap ? 2 * rec->cap : 4096;
	void *more;

	if (cap > (rec->keep_all ? RECORDS_MAX : TAIL_MAX))
		return false;
	more = realloc(rec->at, cap * sizeof(*rec->at));
	shortage_on(!more, "out of memory for a scenario's events");
	rec->at = more;
	rec->cap = cap;
	return true;
}

static bool make_room(struct scn_recorder *rec)
{
	u64 half = rec->nr / 2;

	if (rec->nr < rec->cap || grow(rec))
		return true;
	if (rec->keep_all) {
		rec->full = true;
		return false;
	}
	memmove(rec->at, rec->at + half, (rec->nr - half) * sizeof(*rec->at));
	rec->nr -= half;
	rec->nr_dropped += half;
	return true;
}

static void keep_record(struct trace_sink *sink, const struct trace_record *r)
{
	struct scn_recorder *rec = container_of(sink, struct scn_recorder, sink);

	if (r->id == EV_task_new)
		trace_names_add(&rec->names, r->arg[0], &r->arg[2]);
	if (rec->replay)
		replay_take(rec->replay, r);
	if (make_room(rec))
		rec->at[rec->nr++] = *r;
}

/* A machine without a trace file has no stream yet. Tasks of the boot are known by now. */
int scn_record_start(struct ks_scenario *s)
{
	u64 comm[2];
	struct task_struct *p;

	trace_ensure(&s->km->stream);
	s->rec = (struct scn_recorder){ .sink.record = keep_record };
	for_each_task(p) {
		memcpy(comm, p->comm, sizeof(comm));
		trace_names_add(&s->rec.names, p->pid, comm);
	}
	s->rec.replay = scn_replay_create();
	trace_add_sink(&s->km->stream, &s->rec.sink);
	return 0;
}

void scn_record_finish(struct ks_scenario *s)
{
	free(s->rec.at);
	trace_names_finish(&s->rec.names);
	replay_destroy(s->rec.replay);
	s->rec = (struct scn_recorder){ 0 };
}

/* ---- values as text ---- */

const char *scn_comm(const struct ks_scenario *s, s64 pid)
{
	const struct trace_names *n = &s->rec.names;

	if (!pid)
		return "idle";
	return trace_names_find(n, pid);
}

/* As in traces, but that a task is its comm: files cannot know pids. */
void scn_field_text(const struct ks_scenario *s, enum trace_field_type type, u64 v,
		    char buf[TRACE_VALUE_MAX])
{
	if (type == FIELD_task)
		snprintf(buf, TRACE_VALUE_MAX, "%s", scn_comm(s, (s64)v));
	else
		trace_value_text(buf, &s->rec.names, type, v);
}

/* ---- lines ---- */

static void print_fields(const struct ks_scenario *s, const struct trace_record *r, FILE *out)
{
	const char *field, *colon;
	char text[TRACE_VALUE_MAX];

	for (u32 i = 0; (field = trace_event_field(r->id, i)); i++) {
		colon = strchrnul(field, ':');
		if (!strcmp(colon, ":str8"))
			continue;
		scn_field_text(s, trace_field_type_parse(*colon ? colon + 1 : ""), r->arg[i], text);
		fprintf(out, " %.*s=%s", (int)(colon - field), field, text);
		if (!strcmp(colon, ":task"))
			fprintf(out, "[%lld]", (s64)r->arg[i]);
	}
}

void scn_record_line(const struct ks_scenario *s, const struct trace_record *r, FILE *out)
{
	s64 us = (s64)(r->time_ns - s->begin_ns) / 1000,
	    ns = (s64)(r->time_ns - s->begin_ns) % 1000;

	fprintf(out, "%8lld.%03lldus cpu %d %-15s %s", us, ns < 0 ? -ns : ns, r->cpu,
		scn_comm(s, r->pid), trace_event_name(r->id));
	print_fields(s, r, out);
	fputc('\n', out);
}

void scn_record_around(const struct ks_scenario *s, u64 at, const char *indent, FILE *out)
{
	u64 from = at > LINES_AROUND ? at - LINES_AROUND : 0;
	u64 to = min(s->rec.nr, at + LINES_AROUND);

	for (; from < to; from++) {
		fprintf(out, "%s%s", indent, from == at ? ">" : " ");
		scn_record_line(s, &s->rec.at[from], out);
	}
}

/* ---- what a figure is about ---- */

static bool mentions_task(const struct ks_scenario *s, const struct trace_record *r,
			  const char *comm, size_t n)
{
	const char *field, *name = scn_comm(s, r->pid);

	if (strlen(name) == n && !strncmp(name, comm, n))
		return true;
	for (u32 i = 0; (field = trace_event_field(r->id, i)); i++) {
		name = strstr(field, ":task") ? scn_comm(s, (s64)r->arg[i]) : "";
		if (strlen(name) == n && !strncmp(name, comm, n))
			return true;
	}
	return false;
}

static bool is_about(const struct ks_scenario *s, const struct trace_record *r, const char *path)
{
	const char *name = trace_event_name(r->id), *rest = strpbrk(path, ".[");

	if (!rest)
		return true;
	if (has_prefix(path, "kicks."))
		return has_prefix(name, "kick");
	if (has_prefix(path, "ops."))
		return r->id == EV_op_enter && r->arg[0] < NR_SCX_OPS &&
		       !strcmp(scx_op_name(r->arg[0]), rest + 1);
	if (has_prefix(path, "per_cpu["))
		return r->cpu == atoi(rest + 1);
	if (has_prefix(path, "tasks."))
		return mentions_task(s, r, rest + 1, strcspn(rest + 1, "."));
	if (has_prefix(path, "exit."))
		return r->id == EV_scx_exit || r->id == EV_sched_enable || r->id == EV_bypass;
	return true;
}

void scn_record_about(struct ks_scenario *s, const char *path, const char *indent, FILE *out)
{
	u64 found[LINES_ABOUT], i = s->rec.nr;
	u32 nr = 0;

	while (i-- && nr < LINES_ABOUT)
		if (is_about(s, &s->rec.at[i], path))
			found[nr++] = i;
	while (nr--) {
		fputs(indent, out);
		scn_record_line(s, &s->rec.at[found[nr]], out);
	}
}
