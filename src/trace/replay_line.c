// SPDX-License-Identifier: GPL-2.0-only
/* replay_line.c - the events of a file as records, whatever it has them as: see replay.h. */
#include <stdlib.h>
#include <string.h>

#include "base/shortage.h"
#include "trace/replay.h"

/* the catalogue's types, taken apart once */
static const struct trace_catalogue *catalogue(void)
{
	if (!trace_state.catalogue) {
		trace_state.catalogue = malloc(sizeof(*trace_state.catalogue));
		shortage_on(!trace_state.catalogue, "out of memory for the catalogue of events");
		trace_catalogue_init(trace_state.catalogue);
	}
	return trace_state.catalogue;
}

static u64 number_of(enum trace_field_type type, const struct trace_value *v)
{
	u64 n;

	switch (type) {
	case FIELD_op:
	case FIELD_class:
	case FIELD_verdict:
	case FIELD_vector:
		return v->text && trace_word_number(type, v->text, &n) ? n : WORD_UNKNOWN;
	case FIELD_dsq:
		return v->text && trace_dsq_number(v->text, &n) ? n : WORD_UNKNOWN;
	case FIELD_state:
		return v->text ? trace_state_number(v->text) : WORD_UNKNOWN;
	default:
		return v->num;
	}
}

static void line_record(const struct trace_line *e, struct trace_record *r)
{
	const struct trace_catalogue *c = catalogue();

	*r = (struct trace_record){
		.time_ns = e->time_ns, .id = e->id, .cpu = (s16)e->cpu, .pid = e->pid
	};
	for (u32 i = 0; i < c->nr[e->id]; i++) {
		if (c->field[e->id][i].type != FIELD_str8) {
			r->arg[i] = number_of(c->field[e->id][i].type, &e->arg[i]);
			continue;
		}
		memcpy(&r->arg[i], e->arg[i].comm, TRACE_COMM_BYTES); /* two of them */
		i++;
	}
}

static void name_note(struct replay *rp, s64 pid, const char *comm)
{
	u64 words[2] = { 0 };

	if (pid <= 0 || !strcmp(comm, "<...>") || !strcmp(replay_comm(rp, pid), comm))
		return;
	memcpy(words, comm, strnlen(comm, TRACE_COMM_BYTES - 1));
	trace_names_add(&rp->names, pid, words);
}

static void names_note(struct replay *rp, const struct trace_line *e)
{
	const struct trace_catalogue *c = catalogue();

	name_note(rp, e->pid, e->comm);
	for (u32 i = 0; i < c->nr[e->id]; i++)
		if (c->field[e->id][i].type == FIELD_task)
			name_note(rp, (s64)e->arg[i].num, e->arg[i].comm);
}

int replay_read(struct replay *rp, struct trace_reader *r, struct trace_record *rec)
{
	struct trace_line e;
	int ret;

	if (trace_reader_has_records(r))
		return trace_reader_next_record(r, rec);
	ret = trace_reader_next(r, &e);
	if (ret <= 0)
		return ret;
	names_note(rp, &e);
	line_record(&e, rec);
	return 1;
}

struct replay *replay_of_reader(const struct trace_reader *r)
{
	const struct trace_about *about = trace_reader_about(r);

	return replay_create(about->cpus, about->kernel);
}
