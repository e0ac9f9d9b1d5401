// SPDX-License-Identifier: GPL-2.0-only
/* text.c - see text.h. */
#include "trace/text.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "trace/out.h"
#include "trace/told.h"
#include "trace/value.h"

#define LINE_BYTES 1024 /* a head, and twice six values of TRACE_VALUE_MAX at most */

_Static_assert(LINE_BYTES >= 128 + 2 * TRACE_ARGS_MAX * (TRACE_VALUE_MAX + 4) / 2 + 24, "");

struct text_sink {
	struct trace_sink sink;
	struct trace_out out;
	bool usec, about;
	struct trace_catalogue catalogue;
	struct trace_names names;
	struct told told; /* by comment lines */
	u64 nr_records;
	u64 end_ns; /* of the last event; then of the run */
};

/* ---- records ---- */

static u32 put_head(char *to, const struct text_sink *t, const struct trace_record *r)
{
	u64 sec = r->time_ns / NSEC_PER_SEC, ns = r->time_ns % NSEC_PER_SEC;
	u32 n = sprintf(to, "%16s-%-7d ", trace_names_get(&t->names, r->pid), max(r->pid, 0));

	n += r->cpu < 0 ? sprintf(to + n, "[---] ..... ") :
			  sprintf(to + n, "[%03d] ..... ", r->cpu);
	if (t->usec)
		return n + sprintf(to + n, "%5llu.%06llu: ", sec, ns / NSEC_PER_USEC);
	return n + sprintf(to + n, "%5llu.%09llu: ", sec, ns);
}

/* "comm=spin pid=12 prio=120", each key with @prefix before it */
static u32 put_task(char *to, const struct text_sink *t, const char *prefix, s64 pid, s32 cpu)
{
	char idle[TRACE_COMM_BYTES];
	const char *comm = trace_names_get(&t->names, pid);

	if (!pid) {
		snprintf(idle, sizeof(idle), "swapper/%d", cpu);
		comm = idle;
	}
	return sprintf(to, "%scomm=%s %spid=%lld %sprio=%d", prefix, comm, prefix, pid, prefix,
		       trace_state.task_prio ? trace_state.task_prio(pid) : 120);
}

static u32 put_switch(char *to, const struct text_sink *t, const struct trace_record *r)
{
	u32 n = sprintf(to, " ");

	n += put_task(to + n, t, "prev_", r->arg[0], r->cpu);
	n += sprintf(to + n, " prev_state=%c ==> ", trace_state_letter(r->arg[1]));
	return n + put_task(to + n, t, "next_", r->arg[2], r->cpu);
}

/* The kernel's own fields of its own events, which scripts know; ours follow a tab. */
static u32 put_kernel_fields(char *to, const struct text_sink *t, const struct trace_record *r)
{
	u32 n;

	if (r->id == EV_sched_switch) {
		n = put_switch(to, t, r);
		return n + sprintf(to + n, " \t");
	}
	if (r->id != EV_sched_waking && r->id != EV_sched_wakeup && r->id != EV_sched_migrate_task)
		return 0;
	n = sprintf(to, " ");
	n += put_task(to + n, t, "", r->arg[0], r->cpu);
	if (r->id == EV_sched_migrate_task)
		return n + sprintf(to + n, " orig_cpu=%llu dest_cpu=%llu \t", r->arg[1], r->arg[2]);
	return n + sprintf(to + n, " target_cpu=%03llu \t",
			   r->id == EV_sched_waking ? r->arg[2] : r->arg[1]);
}

static u32 put_fields(char *to, const struct text_sink *t, const struct trace_record *r)
{
	const struct trace_field *f = t->catalogue.field[r->id];
	char comm[TRACE_COMM_BYTES];
	u32 n = 0;

	for (u32 i = 0; i < t->catalogue.nr[r->id]; i++) {
		if (f[i].type == FIELD_str8) {
			trace_comm_copy(comm, &r->arg[i++]);
			n += sprintf(to + n, " comm=%s", comm);
			continue;
		}
		n += sprintf(to + n, " %s=", f[i].name);
		n += trace_value_text(to + n, &t->names, f[i].type, r->arg[i]);
	}
	return n;
}

static FILE *file_of(struct told *t)
{
	return container_of(t, struct text_sink, told)->out.to.file;
}

static void tell_prog(struct told *t, u32 prog, const char *name)
{
	fprintf(file_of(t), "# prog %u %s\n", prog, name);
}

static void tell_line(struct told *t, u32 prog, u32 insn, const char *text)
{
	fprintf(file_of(t), "# line %u %u %s\n", prog, insn, text);
}

static void tell_exit(struct told *t, const char *line)
{
	fprintf(file_of(t), "# exit %s\n", line);
}

static const struct told_to comment_lines = { tell_prog, tell_line, tell_exit };

static void text_record(struct trace_sink *sink, const struct trace_record *r)
{
	struct text_sink *t = container_of(sink, struct text_sink, sink);
	char line[LINE_BYTES];
	u32 n;

	t->nr_records++;
	t->end_ns = r->time_ns;
	if (r->id == EV_task_new)
		trace_names_add(&t->names, r->arg[0], &r->arg[2]);
	told_event(&t->told, r);
	n = put_head(line, t, r);
	n += sprintf(line + n, "%s:", trace_event_name(r->id));
	n += put_kernel_fields(line + n, t, r);
	n += put_fields(line + n, t, r);
	line[n++] = '\n';
	trace_out_write(&t->out, line, n);
	sink->err = t->out.to.err;
}

static void text_tell(struct trace_sink *sink, const char *key, const char *value)
{
	struct text_sink *t = container_of(sink, struct text_sink, sink);
	char line[TOLD_LINE_MAX];

	if (!t->about)
		return;
	snprintf(line, sizeof(line), "# run %s %s", key, value);
	trace_make_printable(line);
	fprintf(t->out.to.file, "%s\n", line);
}

/* ---- life ---- */

static void text_free(struct text_sink *t)
{
	trace_names_finish(&t->names);
	told_finish(&t->told);
	free(t);
}

static int text_close(struct trace_sink *sink, bool commit)
{
	struct text_sink *t = container_of(sink, struct text_sink, sink);
	int ret;

	if (t->about && commit) {
		told_end(&t->told);
		if (trace_state.now)
			t->end_ns = max(t->end_ns, trace_state.now());
		fprintf(t->out.to.file, "# end: %llu events at %llu.%09llu s\n", t->nr_records,
			t->end_ns / NSEC_PER_SEC, t->end_ns % NSEC_PER_SEC);
	}
	ret = trace_out_close(&t->out, commit);
	text_free(t);
	return ret;
}

static void tell_head(struct text_sink *t, const struct text_options *o)
{
	fprintf(t->out.to.file, "# tracer: nop\n# kickstand trace 1: %s\n", o->about);
	for (u32 cpu = 0; o->place && cpu < o->nr_cpus; cpu++)
		fprintf(t->out.to.file, "# cpu %u node %d llc %d core %d\n", cpu,
			o->place[cpu].node, o->place[cpu].llc, o->place[cpu].core);
}

static struct text_sink *text_new(const struct text_options *options)
{
	struct text_sink *t = calloc(1, sizeof(*t));

	if (!t)
		return NULL;
	trace_catalogue_init(&t->catalogue);
	t->told.to = &comment_lines;
	t->sink.record = text_record;
	t->sink.tell = text_tell;
	t->sink.close = text_close;
	t->usec = options && options->usec;
	t->about = options && options->about;
	return t;
}

int trace_text_create(const char *path, const struct text_options *options, struct trace_sink **out)
{
	struct text_sink *t = text_new(options);
	int ret;

	if (!t)
		return -ENOMEM;
	ret = trace_out_open(&t->out, path);
	if (ret) {
		text_free(t);
		return ret;
	}
	if (t->about)
		tell_head(t, options);
	*out = &t->sink;
	return 0;
}
