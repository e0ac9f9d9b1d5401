// SPDX-License-Identifier: GPL-2.0-only
/*
 * html.c - see html.h. The page is a template with one gap, and what goes into the gap is
 * a stream of blocks (html_block.h):
 *
 *	EVENTS     up to 65536 of them, in columns
 *	SLICES, SPANS, STEPS, NOTES   what the replay made of them (html_model.h)
 *	KICKS      what kicks.c found out about as many calls, in columns
 *	DELIVERIES the same of deliveries, with the times of their passes
 *	STORIES    what explain says of kicks, in order, each with a NUL
 *	META       last: JSON; the catalogue, the names that the numbers stand for, the CPUs,
 *	           what tasks came to, the longest waits with what why says of them
 *
 * Numbers are varints. Columns lie one behind the other; how long they are follows from
 * the number of events and, for a field of an event, from the column of kinds. Memory does
 * not grow with the events, but with the kicks, as it does for explain.
 */
#include "trace/html.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/bug.h"
#include "base/text_stream.h"
#include "trace/explain.h"
#include "trace/explain_words.h"
#include "trace/html_model.h"
#include "trace/html_waits.h"
#include "trace/intern.h"
#include "trace/value.h"
#include "trace/why_print.h"
#include "trace/words.h"

#define STORIES_CHUNK 1024
#define GAP "@data@"

/* from the template, see scripts/html-page.sh */
extern const char ks_html_page_start[], ks_html_page_end[];

enum { COLUMN_TIME, COLUMN_EVENT, COLUMN_CPU, COLUMN_TASK, NR_COMMON };

struct html {
	struct trace_out *out;
	struct html_blocks blocks;
	struct html_model model;
	struct trace_reader *r;
	struct kick_lives lives;
	struct replay *rp;
	struct html_waits waits;
	struct trace_catalogue catalogue;
	struct intern strings, tasks; /* a task is "comm-pid" */
	struct pb common[NR_COMMON], field[NR_TRACE_EVENTS][TRACE_ARGS_MAX];
	u32 nr_in_chunk;
	u64 nr_events, last_ns;
};

/* ---- names ---- */

static u32 number_of(struct intern *in, const char *text)
{
	bool fresh;

	return intern_get(in, text, &fresh);
}

static u32 string_number(struct html *h, const char *text)
{
	return number_of(&h->strings, text);
}

static u32 task_number(struct html *h, const char *comm, s64 pid)
{
	return html_task_number(&h->tasks, comm, pid);
}

/* ---- events ---- */

static void chunk_end(struct html *h)
{
	if (!h->nr_in_chunk)
		return;
	pb_bare(&h->blocks.block, h->nr_in_chunk);
	for (u32 i = 0; i < NR_COMMON; i++)
		html_column_put(&h->blocks, &h->common[i]);
	for (u32 id = 0; id < NR_TRACE_EVENTS; id++)
		for (u32 i = 0; i < h->catalogue.nr[id]; i++)
			html_column_put(&h->blocks, &h->field[id][i]);
	html_block_end(&h->blocks, BLOCK_EVENTS);
	h->nr_in_chunk = 0;
}

/* "" where an ftrace text does not say; the word of another version is not known */
static u32 value_number(struct html *h, enum trace_field_type type, u64 v)
{
	char text[TRACE_VALUE_MAX];

	if (v == WORD_UNKNOWN)
		return string_number(h, trace_reader_about(h->r)->origin == TRACE_OF_FTRACE ? "" :
											      "?");
	trace_value_text(text, NULL, type, v);
	return string_number(h, text);
}

static u32 comm_number(struct html *h, const u64 *words)
{
	char comm[TRACE_COMM_BYTES];

	trace_comm_copy(comm, words);
	return *comm ? string_number(h, comm) : 0;
}

static void field_add(struct html *h, struct pb *c, enum trace_field_type type, u64 v)
{
	switch (type) {
	case FIELD_task:
		pb_bare(c, task_number(h, replay_comm(h->rp, (s64)v), (s64)v));
		break;
	case FIELD_cpu:
	case FIELD_int:
		pb_bare_signed(c, (s64)v);
		break;
	case FIELD_hex:
	case FIELD_ns:
	case FIELD_kick:
	case FIELD_bool:
		pb_bare(c, v);
		break;
	default: /* a name */
		pb_bare(c, value_number(h, type, v));
	}
}

static void fields_add(struct html *h, const struct trace_record *r)
{
	const struct trace_field *f = h->catalogue.field[r->id];

	for (u32 i = 0; i < h->catalogue.nr[r->id]; i++) {
		if (f[i].type != FIELD_str8) {
			field_add(h, &h->field[r->id][i], f[i].type, r->arg[i]);
			continue;
		}
		pb_bare(&h->field[r->id][i], comm_number(h, &r->arg[i])); /* of two words */
		pb_bare(&h->field[r->id][++i], 0);
	}
}

static void event_add(struct html *h, const struct trace_record *r)
{
	const char *comm = r->cpu < 0 && !r->pid ? "<...>" : replay_comm(h->rp, r->pid);

	pb_bare(&h->common[COLUMN_TIME], r->time_ns - h->last_ns);
	pb_bare(&h->common[COLUMN_EVENT], r->id);
	pb_bare_signed(&h->common[COLUMN_CPU], r->cpu);
	pb_bare(&h->common[COLUMN_TASK], task_number(h, comm, r->pid));
	fields_add(h, r);
	h->last_ns = r->time_ns;
	h->nr_events++;
	if (++h->nr_in_chunk == HTML_CHUNK)
		chunk_end(h);
}

/* ---- kicks ---- */

static void kick_task_put(struct html *h, struct pb *c, const struct kick_task *t)
{
	pb_bare(c, task_number(h, t->comm, t->pid));
}

/* A time that is NEVER is 0; others are told from @base on, which they do not precede by much. */
static void moment_put(struct pb *c, u64 ns, u64 base)
{
	s64 after = (s64)(ns - base);

	pb_bare_signed(c, ns == NEVER ? 0 : after >= 0 ? after + 1 : after);
}

static void kick_put(struct html *h, u32 i)
{
	const struct kick *k = &h->lives.kicks[i];
	struct text outcome = kick_outcome_text(&h->lives, k);
	struct pb *b = &h->blocks.block;

	pb_bare(b, k->called_ns);
	pb_bare_signed(b, k->asker);
	pb_bare_signed(b, k->target);
	pb_bare(b, k->flags);
	pb_bare(b, string_number(h, word_text(FIELD_op, k->op)));
	pb_bare(b, k->prog);
	pb_bare(b, k->insn);
	kick_task_put(h, b, &k->curr);
	pb_bare(b, kick_fate(&h->lives, k));
	pb_bare(b, string_number(h, outcome.at));
	pb_bare(b, k->coalesced);
	pb_bare(b, k->delivery == NOBODY ? 0 : k->delivery + 1);
	pb_bare(b, k->suspicions);
	pb_bare(b, k->sched);
}

static void delivery_put(struct html *h, u32 i)
{
	const struct kick_delivery *d = &h->lives.deliveries[i];
	const struct kick_pass *p = d->pass == NOBODY ? NULL : &h->lives.passes[d->pass];
	struct pb *b = &h->blocks.block;

	pb_bare(b, d->at_ns);
	pb_bare(b, d->first + 1);
	pb_bare(b, d->nr);
	moment_put(b, d->work_ns, d->at_ns);
	moment_put(b, d->ipi_ns, d->at_ns);
	moment_put(b, d->answer_ns, d->at_ns);
	moment_put(b, p ? p->end_ns : NEVER, d->at_ns);
	moment_put(b, d->wait_begin_ns, d->at_ns);
	moment_put(b, d->wait_end_ns, d->at_ns);
	pb_bare(b, d->pass == NOBODY ? 0 : d->pass + 1);
}

/* Number 0 to @nr - 1, by @put, in blocks of HTML_CHUNK: how many, then each. */
static void chunks_put(struct html *h, u32 nr, void (*put)(struct html *h, u32 i),
		       enum html_block kind)
{
	for (u32 i = 0; i < nr; i += HTML_CHUNK) {
		u32 end = min(nr, i + HTML_CHUNK);

		pb_bare(&h->blocks.block, end - i);
		for (u32 k = i; k < end; k++)
			put(h, k);
		html_block_end(&h->blocks, kind);
	}
}

static void stories_put(struct html *h)
{
	u32 nr = h->lives.nr_kicks;

	for (u32 i = 0; i < nr; i += STORIES_CHUNK) {
		char *text = NULL;
		size_t len;
		FILE *f = text_stream(&text, &len);

		for (u32 k = i; k < min(nr, i + STORIES_CHUNK); k++) {
			explain_kick(&h->lives, h->r, k + 1, f);
			fputc('\0', f);
		}
		fclose(f);
		html_block_put(&h->blocks, BLOCK_STORIES, text, len);
		free(text);
	}
}

/* ---- meta ---- */

static void put_json_string(FILE *f, const char *text)
{
	fputc('"', f);
	for (; *text; text++) {
		if (*text == '"' || *text == '\\')
			fprintf(f, "\\%c", *text);
		else if ((u8)*text < ' ')
			fprintf(f, "\\u%04x", *text);
		else
			fputc(*text, f);
	}
	fputc('"', f);
}

static void put_names(FILE *f, const char *key, const struct intern *in)
{
	fprintf(f, ",\n\"%s\":[", key);
	for (u32 i = 0; i < in->nr; i++) {
		fputs(i ? "," : "", f);
		put_json_string(f, in->text[i]);
	}
	fputc(']', f);
}

static void put_catalogue(FILE *f)
{
	fputs(",\n\"events\":[", f);
	for (u32 id = 0; id < NR_TRACE_EVENTS; id++) {
		fprintf(f, "%s{\"name\":\"%s\",\"about\":", id ? "," : "", trace_event_name(id));
		put_json_string(f, trace_event_about(id));
		fprintf(f, ",\"fields\":\"%s\"}", trace_event_fields(id));
	}
	fputc(']', f);
}

static void put_places(FILE *f, const struct trace_reader *r)
{
	fputs(",\n\"cpus\":[", f);
	for (u32 cpu = 0; cpu < trace_reader_about(r)->cpus; cpu++) {
		struct trace_place p = trace_reader_place(r, cpu);

		fprintf(f, "%s[%d,%d,%d]", cpu ? "," : "", p.node, p.llc, p.core);
	}
	fputc(']', f);
}

/* of kicks, by bit */
static void put_flags(FILE *f)
{
	fputs(",\n\"flags\":[", f);
	for (u32 i = 0; i < NR_KICK_FLAG_WORDS; i++)
		fprintf(f, "%s\"%s\"", i ? "," : "", trace_kick_words[i]);
	fputc(']', f);
}

static void put_marks(FILE *f)
{
	fputs(",\n\"marks\":[", f);
	for (u32 i = 0; i < NR_KICK_SUSPICIONS; i++) {
		fprintf(f, "%s[\"%s\",", i ? "," : "", kick_marks[i].mark);
		put_json_string(f, kick_marks[i].meaning);
		fputc(']', f);
	}
	fputc(']', f);
}

/* [["object", "shared.bpf.o"], ...] */
static void put_runs(FILE *f, const struct trace_reader *r)
{
	const struct trace_run *run;

	fputs(",\n\"run\":[", f);
	for (u32 i = 0; (run = trace_reader_run(r, i)); i++) {
		fputs(i ? ",[" : "[", f);
		put_json_string(f, run->key);
		fputc(',', f);
		put_json_string(f, run->value);
		fputc(']', f);
	}
	fputc(']', f);
}

/* ---- waits ---- */

static void put_story(FILE *f, const struct why_story *s)
{
	char *text = NULL;
	size_t len;
	FILE *m = text_stream(&text, &len);

	why_story_text(s, m);
	fclose(m);
	put_json_string(f, text);
	free(text);
}

/* who could have taken the task, and idled meanwhile */
static void put_idle(FILE *f, const struct why_case *c)
{
	struct why_set reach;
	const char *sep = "";

	cpus_within_reach(c, &reach);
	for (u32 i = 0; i < c->nr_cpus; i++)
		if (set_has(&reach, i) && c->cpu[i].idle_ns) {
			fprintf(f, "%s%u", sep, i);
			sep = ",";
		}
}

static void put_wait(struct html *h, FILE *f, const struct why_case *c)
{
	const struct why_story s = { .c = c, .rp = h->waits.rp, .lives = &h->lives, .r = h->r };

	fprintf(f, "{\"task\":%u,\"since\":%llu,\"until\":%llu,\"open\":%s,\"cpu\":%d,\"queue\":",
		task_number(h, c->comm, c->wait.pid), c->wait.since_ns, c->end_ns,
		c->ran_on < 0 ? "true" : "false", c->main.cpu);
	put_json_string(f, place_text(&c->main).at);
	fputs(",\"idle\":[", f);
	put_idle(f, c);
	fputs("],\"story\":", f);
	put_story(f, &s);
	fputc('}', f);
}

static void put_waits(struct html *h, FILE *f)
{
	fputs(",\n\"waits\":[", f);
	for (u32 i = 0; i < h->waits.nr; i++) {
		fputs(i ? ",\n" : "", f);
		put_wait(h, f, &h->waits.c[i]);
	}
	fputc(']', f);
}

static void put_meta(struct html *h, FILE *f)
{
	const struct trace_about *a = trace_reader_about(h->r);
	char about[96];

	trace_about_text(a, about, sizeof(about));
	fputs("{\"kernel\":", f);
	put_json_string(f, a->kernel);
	fputs(",\"about\":", f);
	put_json_string(f, about);
	/* a string: a seed may be more than what a browser's numbers hold */
	fprintf(f, ",\"seed\":\"%llu\",\"end_ns\":%llu,\"nr_events\":%llu,\"nr_kicks\":%u", a->seed,
		trace_reader_end_ns(h->r), h->nr_events, h->lives.nr_kicks);
	put_runs(f, h->r);
	put_places(f, h->r);
	put_catalogue(f);
	put_flags(f);
	put_marks(f);
	html_model_json(&h->model, &h->lives, f);
	put_waits(h, f);
	put_names(f, "tasks", &h->tasks);
	put_names(f, "strings", &h->strings);
	fputs(",\n\"exit\":", f);
	put_json_string(f, trace_reader_exit(h->r));
	fputs("}\n", f);
}

static void meta_put(struct html *h)
{
	char *text = NULL;
	size_t len;
	FILE *f = text_stream(&text, &len);

	put_meta(h, f);
	fclose(f);
	html_block_put(&h->blocks, BLOCK_META, text, len);
	free(text);
}

/* ---- the page ---- */

static int event_put(void *arg, const struct trace_record *rec, const struct replay *rp)
{
	struct html *h = arg;

	event_add(h, rec);
	html_model_event(&h->model, rp, rec);
	html_waits_event(&h->waits, rp, rec);
	return 0;
}

static int data_put(struct html *h)
{
	int ret = packed_begin(&h->blocks.packed, h->out);

	if (ret)
		return ret;
	ret = kicks_follow(h->r, h->rp, &h->lives, event_put, h);
	chunk_end(h);
	html_model_end(&h->model, h->rp, trace_reader_end_ns(h->r));
	if (!ret)
		ret = html_waits_read(&h->waits, h->rp, h->r);
	if (!ret) {
		chunks_put(h, h->lives.nr_kicks, kick_put, BLOCK_KICKS);
		chunks_put(h, h->lives.nr_deliveries, delivery_put, BLOCK_DELIVERIES);
		stories_put(h);
		meta_put(h);
	}
	packed_end(&h->blocks.packed);
	return ret ? ret : h->blocks.no_memory || h->model.no_memory ? -ENOMEM : 0;
}

static int page_put(struct html *h)
{
	size_t len = ks_html_page_end - ks_html_page_start;
	const char *gap = memmem(ks_html_page_start, len, GAP, strlen(GAP)), *rest;
	int ret;

	bug_on(!gap, "the page's template has no gap");
	rest = gap + strlen(GAP);
	trace_out_write(h->out, ks_html_page_start, gap - ks_html_page_start);
	ret = data_put(h);
	trace_out_write(h->out, rest, ks_html_page_end - rest);
	return ret;
}

static void html_free(struct html *h)
{
	for (u32 i = 0; i < NR_COMMON; i++)
		pb_finish(&h->common[i]);
	for (u32 id = 0; id < NR_TRACE_EVENTS; id++)
		for (u32 i = 0; i < TRACE_ARGS_MAX; i++)
			pb_finish(&h->field[id][i]);
	pb_finish(&h->blocks.block);
	html_model_finish(&h->model);
	intern_finish(&h->strings);
	intern_finish(&h->tasks);
	kicks_finish(&h->lives);
	html_waits_finish(&h->waits);
	replay_destroy(h->rp);
	free(h);
}

int trace_html_write(struct trace_reader *r, struct trace_out *out, const void *arg)
{
	struct html *h = calloc(1, sizeof(*h));
	int ret;

	if (!h)
		return -ENOMEM;
	h->out = out;
	h->r = r;
	h->rp = replay_of_reader(r);
	trace_catalogue_init(&h->catalogue);
	ret = html_model_init(&h->model, trace_reader_about(r)->cpus, &h->blocks, &h->strings,
			      &h->tasks);
	if (!ret)
		ret = h->rp ? page_put(h) : -ENOMEM;
	html_free(h);
	return ret;
}
