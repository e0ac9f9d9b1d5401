// SPDX-License-Identifier: GPL-2.0-only
/*
 * tracecmd.c - see tracecmd.h. A page of the kernel's ring buffer:
 *
 *	u64 time of its first event, u64 bytes used behind these two
 *	events: u32 { length in words : 5, ns since the event before : 27 }, data
 *
 * Length 0: a u32 with the length in bytes, itself included, comes before the data.
 * Length 30: no event; 27 low bits and a u32 above them of the time to add.
 */
#include "trace/tracecmd.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/text_stream.h"
#include "trace/out.h"
#include "trace/tracecmd_format.h"

#define PAGE_HEAD_BYTES 16
#define DATA_BYTES (TC_PAGE_BYTES - PAGE_HEAD_BYTES)
#define DELTA_BITS 27
#define TYPE_TIME_EXTEND 30
#define SMALL_WORDS_MAX 28
#define ENTRY_HEAD_BYTES 8 /* the common fields */
#define ENTRY_BYTES_MAX (ENTRY_HEAD_BYTES + TRACE_ARGS_MAX * TC_TEXT_BYTES)

_Static_assert(TC_TEXT_BYTES % 8 == 0, "numbers behind a word are aligned");
_Static_assert(ENTRY_BYTES_MAX + 16 < DATA_BYTES, "an event fits into a page");

struct page {
	u64 time_ns, used;
	u8 data[DATA_BYTES];
};

struct cpu_buffer {
	struct page page;
	u64 last_ns, nr_pages;
};

struct tracecmd {
	struct trace_sink sink;
	struct trace_out out;
	FILE *spool;
	struct trace_catalogue catalogue;
	struct trace_names names;
	struct cpu_buffer *cpu;
	u32 nr_cpus;
	u32 *page_cpu; /* whose page the spool's @i-th is */
	u64 nr_pages;
	bool comm_dynamic, failed;
};

/* an event's data while it is put together */
struct entry {
	u8 data[ENTRY_BYTES_MAX];
	u32 len;
};

/* ---- pages ---- */

static bool page_listed(struct tracecmd *t, u32 cpu)
{
	u64 nr = t->nr_pages;
	u32 *more = t->page_cpu;

	if (!(nr & (nr - 1))) /* full at powers of two */
		more = realloc(more, max(nr * 2, 1ULL) * sizeof(*more));
	if (!more)
		return false;
	t->page_cpu = more;
	more[t->nr_pages++] = cpu;
	return true;
}

static void page_flush(struct tracecmd *t, u32 cpu)
{
	struct cpu_buffer *b = &t->cpu[cpu];

	if (!b->page.used)
		return;
	if (!page_listed(t, cpu))
		t->sink.err = -ENOMEM;
	memset(b->page.data + b->page.used, 0, DATA_BYTES - b->page.used);
	errno = 0;
	if (fwrite(&b->page, sizeof(b->page), 1, t->spool) != 1 && !t->sink.err)
		t->sink.err = errno ? -errno : -EIO;
	trace_out_count(&t->out, sizeof(b->page));
	b->nr_pages++;
	b->page.used = 0;
}

static void put_u32(struct page *p, u32 v)
{
	memcpy(p->data + p->used, &v, sizeof(v));
	p->used += sizeof(v);
}

static void event_put(struct page *p, u64 delta_ns, const struct entry *e)
{
	u32 bytes = ALIGN_UP(e->len, 4u);
	bool small = bytes / 4 <= SMALL_WORDS_MAX;

	if (delta_ns >> DELTA_BITS) {
		put_u32(p, TYPE_TIME_EXTEND | (u32)(delta_ns << 5));
		put_u32(p, delta_ns >> DELTA_BITS);
		delta_ns = 0;
	}
	put_u32(p, (small ? bytes / 4 : 0) | (u32)delta_ns << 5);
	if (!small)
		put_u32(p, bytes + 4);
	memset(p->data + p->used, 0, bytes);
	memcpy(p->data + p->used, e->data, e->len);
	p->used += bytes;
}

static void entry_write(struct tracecmd *t, u32 cpu, u64 time_ns, const struct entry *e)
{
	struct cpu_buffer *b = &t->cpu[cpu];

	if (b->page.used + e->len + 20 > DATA_BYTES)
		page_flush(t, cpu);
	if (!b->page.used)
		b->page.time_ns = b->last_ns = time_ns;
	event_put(&b->page, time_ns - b->last_ns, e);
	b->last_ns = time_ns;
}

/* ---- entries ---- */

static void entry_begin(struct entry *e, u32 type, s32 pid)
{
	u16 common_type = type;

	memset(e->data, 0, ENTRY_HEAD_BYTES);
	memcpy(e->data, &common_type, sizeof(common_type));
	pid = max(pid, 0);
	memcpy(e->data + 4, &pid, sizeof(pid));
	e->len = ENTRY_HEAD_BYTES;
}

static void put_int(struct entry *e, s32 v)
{
	memcpy(e->data + e->len, &v, sizeof(v));
	e->len += sizeof(v);
}

static void put_long(struct entry *e, s64 v)
{
	memcpy(e->data + e->len, &v, sizeof(v));
	e->len += sizeof(v);
}

static void put_text(struct entry *e, const char *text, u32 size)
{
	memset(e->data + e->len, 0, size);
	memcpy(e->data + e->len, text, strnlen(text, size - 1));
	e->len += size;
}

static const char *comm_of(const struct tracecmd *t, s64 pid, s32 cpu, char *idle)
{
	if (pid)
		return trace_names_get(&t->names, pid);
	snprintf(idle, TRACE_COMM_BYTES, "swapper/%d", cpu);
	return idle;
}

static void put_task(struct entry *e, const struct tracecmd *t, s64 pid, s32 cpu, bool with_comm)
{
	char idle[TRACE_COMM_BYTES];

	if (with_comm)
		put_text(e, comm_of(t, pid, cpu, idle), TRACE_COMM_BYTES);
	put_int(e, pid);
	put_int(e, trace_state.task_prio ? trace_state.task_prio(pid) : 120);
}

static void switch_entry(struct entry *e, const struct tracecmd *t, const struct trace_record *r)
{
	entry_begin(e, TC_SCHED_SWITCH, r->pid);
	put_task(e, t, r->arg[0], r->cpu, true);
	put_long(e, trace_state_reported(r->arg[1]));
	put_task(e, t, r->arg[2], r->cpu, true);
}

static void wakeup_entry(struct entry *e, const struct tracecmd *t, const struct trace_record *r)
{
	bool waking = r->id == EV_sched_waking;

	entry_begin(e,
		    waking    ? TC_SCHED_WAKING :
		    r->arg[2] ? TC_SCHED_WAKEUP_NEW :
				TC_SCHED_WAKEUP,
		    r->pid);
	put_task(e, t, r->arg[0], r->cpu, true);
	put_int(e, waking ? r->arg[2] : r->arg[1]);
}

static void migrate_entry(struct entry *e, const struct tracecmd *t, const struct trace_record *r)
{
	char idle[TRACE_COMM_BYTES];
	const char *comm = comm_of(t, r->arg[0], r->cpu, idle);

	entry_begin(e, TC_SCHED_MIGRATE_TASK, r->pid);
	if (t->comm_dynamic) /* 28: behind the last field; its length includes the NUL */
		put_int(e, 28 | (strlen(comm) + 1) << 16);
	put_task(e, t, r->arg[0], r->cpu, !t->comm_dynamic);
	put_int(e, r->arg[1]);
	put_int(e, r->arg[2]);
	if (t->comm_dynamic)
		put_text(e, comm, strlen(comm) + 1);
}

static void own_entry(struct entry *e, const struct tracecmd *t, const struct trace_record *r)
{
	const struct trace_field *f = t->catalogue.field[r->id];
	char text[TRACE_VALUE_MAX];

	entry_begin(e, TC_OWN_ID + r->id, r->pid);
	for (u32 i = 0; i < t->catalogue.nr[r->id]; i++) {
		if (f[i].type == FIELD_str8) {
			trace_comm_copy(text, &r->arg[i++]);
			put_text(e, text, TRACE_COMM_BYTES);
		} else if (trace_value_is_number(f[i].type)) {
			put_long(e, r->arg[i]);
		} else {
			trace_value_text(text, &t->names, f[i].type, r->arg[i]);
			put_text(e, text, TC_TEXT_BYTES);
		}
	}
}

static void tracecmd_record(struct trace_sink *sink, const struct trace_record *r)
{
	struct tracecmd *t = container_of(sink, struct tracecmd, sink);
	struct entry e;

	if (r->id == EV_task_new)
		trace_names_add(&t->names, r->arg[0], &r->arg[2]);
	if (r->id == EV_sched_switch)
		switch_entry(&e, t, r);
	else if (r->id == EV_sched_waking || r->id == EV_sched_wakeup)
		wakeup_entry(&e, t, r);
	else if (r->id == EV_sched_migrate_task)
		migrate_entry(&e, t, r);
	else
		own_entry(&e, t, r);
	entry_write(t, r->cpu >= 0 && (u32)r->cpu < t->nr_cpus ? r->cpu : 0, r->time_ns, &e);
}

/* ---- the end ---- */

static void cmdlines_write(struct tracecmd *t, FILE *out)
{
	char *text = NULL;
	size_t len = 0;
	FILE *f = text_stream(&text, &len);

	for (u32 pid = 1; pid < t->names.comms.nr; pid++) {
		const char *comm = trace_names_find(&t->names, pid);

		if (*comm)
			fprintf(f, "%u %s\n", pid, comm);
	}
	fclose(f);
	tc_text_write(out, text, len);
	free(text);
}

/* The head, whose last part says where each CPU's pages are. */
static void head_write(struct tracecmd *t, FILE *out)
{
	long at;
	u64 offset, size;

	tc_formats_write(out, &t->catalogue, t->comm_dynamic);
	cmdlines_write(t, out);
	fwrite(&t->nr_cpus, 4, 1, out);
	fwrite("options  \0\0", 12, 1, out); /* none: ends with a type of 16 bits, 0 */
	fwrite("flyrecord", 10, 1, out);
	at = ftell(out);
	offset = ALIGN_UP((u64)at + 16ULL * t->nr_cpus, (u64)TC_PAGE_BYTES);
	for (u32 cpu = 0; cpu < t->nr_cpus; cpu++) {
		size = t->cpu[cpu].nr_pages * TC_PAGE_BYTES;
		fwrite(&offset, 8, 1, out);
		fwrite(&size, 8, 1, out);
		offset += size;
	}
	for (at = ftell(out); at % TC_PAGE_BYTES; at++)
		fputc(0, out);
}

static int pages_copy(struct tracecmd *t, u32 cpu)
{
	struct page page;

	for (u64 i = 0; i < t->nr_pages; i++) {
		if (t->page_cpu[i] != cpu)
			continue;
		if (pread(fileno(t->spool), &page, sizeof(page), i * sizeof(page)) != sizeof(page))
			return -EIO;
		trace_out_write(&t->out, &page, sizeof(page));
		if (t->out.to.err)
			return t->out.to.err;
	}
	return 0;
}

static int file_write(struct tracecmd *t)
{
	char *head = NULL;
	size_t len = 0;
	FILE *f;
	int ret = 0;

	for (u32 cpu = 0; cpu < t->nr_cpus; cpu++)
		page_flush(t, cpu);
	errno = 0;
	if (t->sink.err || fflush(t->spool))
		return t->sink.err ? t->sink.err : errno ? -errno : -EIO;
	f = text_stream(&head, &len);
	head_write(t, f);
	fclose(f);
	t->out.bytes = 0; /* those of the spool come again */
	trace_out_write(&t->out, head, len);
	free(head);
	for (u32 cpu = 0; !ret && cpu < t->nr_cpus; cpu++)
		ret = pages_copy(t, cpu);
	return ret ? ret : t->failed ? -ENOMEM : 0;
}

/* ---- life ---- */

static void tracecmd_free(struct tracecmd *t)
{
	if (t->spool)
		fclose(t->spool);
	trace_names_finish(&t->names);
	free(t->page_cpu);
	free(t->cpu);
	free(t);
}

static int tracecmd_close(struct trace_sink *sink, bool commit)
{
	struct tracecmd *t = container_of(sink, struct tracecmd, sink);
	int ret = commit ? file_write(t) : 0, err;

	err = trace_out_close(&t->out, commit && !ret);
	tracecmd_free(t);
	return ret ? ret : err;
}

int trace_tracecmd_create(const char *path, u32 nr_cpus, bool comm_dynamic, struct trace_sink **out)
{
	struct tracecmd *t = calloc(1, sizeof(*t));
	int ret = -ENOMEM;

	if (!t)
		return -ENOMEM;
	t->nr_cpus = nr_cpus;
	t->comm_dynamic = comm_dynamic;
	t->cpu = calloc(nr_cpus, sizeof(*t->cpu));
	if (t->cpu)
		ret = trace_out_open(&t->out, path);
	if (ret)
		goto free_it;
	t->spool = whole_file_spool(&t->out.to);
	if (!t->spool) {
		ret = -errno;
		trace_out_close(&t->out, false);
		goto free_it;
	}
	trace_catalogue_init(&t->catalogue);
	t->sink.record = tracecmd_record;
	t->sink.close = tracecmd_close;
	*out = &t->sink;
	return 0;
free_it:
	tracecmd_free(t);
	return ret;
}
