// SPDX-License-Identifier: GPL-2.0-only
/* spool.c - see spool.h. */
#include "trace/spool.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "trace/told.h"
#include "trace/value.h"

struct spool {
	struct trace_sink sink;
	struct spool_options o;
	void *arg;
	struct trace_out out;
	FILE *file;
	struct trace_out records; /* into file */
	struct trace_reader *r;	  /* is told what comes */
	struct told told;
	u64 end_ns;
	int err; /* of what was told */
};

/* ---- what is told ---- */

static void note(struct spool *s, int ret)
{
	s->err = s->err ? s->err : ret;
}

static void tell_prog(struct told *t, u32 prog, const char *name)
{
	struct spool *s = container_of(t, struct spool, told);

	note(s, trace_reader_tell_site(s->r, prog, -1, name));
}

static void tell_line(struct told *t, u32 prog, u32 insn, const char *text)
{
	struct spool *s = container_of(t, struct spool, told);

	note(s, trace_reader_tell_site(s->r, prog, insn, text));
}

static void tell_exit(struct told *t, const char *line)
{
	struct spool *s = container_of(t, struct spool, told);

	note(s, trace_reader_tell_exit(s->r, line));
}

static const struct told_to reader = { tell_prog, tell_line, tell_exit };

static void spool_tell(struct trace_sink *sink, const char *key, const char *value)
{
	struct spool *s = container_of(sink, struct spool, sink);
	char text[TOLD_LINE_MAX];

	snprintf(text, sizeof(text), "%s", value);
	trace_make_printable(text);
	note(s, trace_reader_tell_run(s->r, key, text));
}

/* ---- events ---- */

static void spool_record(struct trace_sink *sink, const struct trace_record *r)
{
	struct spool *s = container_of(sink, struct spool, sink);
	struct trace_record kept = *r;

	if (r->time_ns > s->o.until_ns)
		return;
	told_event(&s->told, r);
	kept.pid = max(r->pid, 0); /* as text has it */
	s->end_ns = r->time_ns;
	trace_out_write(&s->records, &kept, sizeof(kept));
	sink->err = s->records.to.err ? s->records.to.err : s->err;
}

static int spool_read(struct spool *s)
{
	int ret = s->err;

	told_end(&s->told);
	if (trace_state.now)
		s->end_ns = max(s->end_ns, trace_state.now());
	trace_reader_tell_end(s->r, s->end_ns);
	ret = ret ? ret : s->err;
	if (!ret)
		ret = trace_reader_again(s->r);
	return ret ? ret : s->o.write(s->r, &s->out, s->arg);
}

/* ---- life ---- */

static void spool_free(struct spool *s)
{
	trace_reader_close(s->r);
	told_finish(&s->told);
	if (s->file)
		fclose(s->file);
	free(s->arg);
	free(s);
}

static int spool_close(struct trace_sink *sink, bool commit)
{
	struct spool *s = container_of(sink, struct spool, sink);
	int ret = trace_out_close(&s->records, commit), err;

	if (!ret && commit)
		ret = spool_read(s);
	err = trace_out_close(&s->out, commit && !ret);
	spool_free(s);
	return ret ? ret : err;
}

static int records_open(struct spool *s)
{
	int ret;

	s->file = whole_file_spool(&s->out.to);
	if (!s->file)
		return -errno;
	trace_out_borrow(&s->records, s->file);
	ret = trace_reader_of_records(s->file, "the trace", s->o.about, &s->r);
	for (u32 cpu = 0; !ret && s->o.place && cpu < s->o.nr_cpus; cpu++)
		trace_reader_tell_place(s->r, cpu, &s->o.place[cpu]);
	return ret;
}

static int spool_open(struct spool *s, const char *path)
{
	int ret = trace_out_open(&s->out, path);

	if (ret)
		return ret;
	ret = records_open(s);
	if (ret)
		trace_out_close(&s->out, false);
	return ret;
}

int trace_spool_create(const char *path, const struct spool_options *o, struct trace_sink **out)
{
	struct spool *s = calloc(1, sizeof(*s));
	int ret = -ENOMEM;

	if (!s)
		return -ENOMEM;
	s->o = *o;
	s->told.to = &reader;
	s->sink.record = spool_record;
	s->sink.tell = spool_tell;
	s->sink.close = spool_close;
	s->arg = malloc(o->arg_size + 1);
	if (s->arg) {
		if (o->arg_size)
			memcpy(s->arg, o->arg, o->arg_size);
		ret = spool_open(s, path);
	}
	if (ret) {
		spool_free(s);
		return ret;
	}
	*out = &s->sink;
	return 0;
}
