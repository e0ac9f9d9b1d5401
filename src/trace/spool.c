// SPDX-License-Identifier: GPL-2.0-only
/* spool.c - see spool.h. */
#include "trace/spool.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "trace/text.h"

struct spool {
	struct trace_sink sink;
	struct spool_options o;
	void *arg;
	struct trace_out out;
	FILE *file;
	struct trace_sink *text;
};

static void spool_record(struct trace_sink *sink, const struct trace_record *r)
{
	struct spool *s = container_of(sink, struct spool, sink);

	if (r->time_ns <= s->o.until_ns)
		s->text->record(s->text, r);
	sink->err = s->text->err;
}

static void spool_tell(struct trace_sink *sink, const char *key, const char *value)
{
	struct spool *s = container_of(sink, struct spool, sink);

	s->text->tell(s->text, key, value);
}

static int spool_read(struct spool *s)
{
	struct trace_reader *r;
	int ret;

	rewind(s->file);
	ret = trace_reader_open_in(s->file, "the trace", &r);
	if (!ret)
		ret = s->o.write(r, &s->out, s->arg);
	trace_reader_close(r);
	return ret;
}

static void spool_free(struct spool *s)
{
	if (s->file)
		fclose(s->file);
	free(s->arg);
	free(s);
}

static int spool_close(struct trace_sink *sink, bool commit)
{
	struct spool *s = container_of(sink, struct spool, sink);
	int ret = trace_sink_close(s->text, commit), err;

	if (!ret && commit)
		ret = spool_read(s);
	err = trace_out_close(&s->out, commit && !ret);
	spool_free(s);
	return ret ? ret : err;
}

static int spool_open(struct spool *s, const char *path)
{
	const struct text_options text = { .about = s->o.about, .place = s->o.place,
					   .nr_cpus = s->o.nr_cpus };
	int ret = trace_out_open(&s->out, path);

	if (ret)
		return ret;
	s->file = whole_file_spool(&s->out.to);
	ret = s->file ? trace_text_create_in(s->file, &text, &s->text) : -errno;
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
