// SPDX-License-Identifier: GPL-2.0-only
/* text.c - see text.h. */
#include "trace/text.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define COMM_BYTES 16
#define PID_MAX (1 << 22)	/* Linux's; names of pids beyond are not kept */

/* bits of a DSQ id, the same in all kernels (enum scx_dsq_id_flags) */
#define DSQ_BUILTIN (1ULL << 63)
#define DSQ_LOCAL_ON (1ULL << 62)

enum field_type {
	FIELD_task, FIELD_cpu, FIELD_int, FIELD_hex, FIELD_ns, FIELD_dsq, FIELD_kick, FIELD_op,
	FIELD_bool, FIELD_state, FIELD_class, FIELD_verdict, FIELD_vector, FIELD_str8,
	NR_FIELD_TYPES
};

struct field {
	char name[24];
	enum field_type type;
};

/* an instruction that calls a traced kfunc */
struct call_site {
	u32 prog, insn;
};

struct text_sink {
	struct trace_sink sink;
	FILE *out;
	bool is_stdout, usec;
	char *path, *temp;	/* temp NULL: written in place (a device, a pipe) */
	struct field fields[NR_TRACE_EVENTS][TRACE_ARGS_MAX];
	u32 nr_fields[NR_TRACE_EVENTS];
	char (*comm)[COMM_BYTES];	/* by pid */
	u32 nr_comms;
	struct call_site *sites;	/* told by a comment line already */
	u32 nr_sites;
	u64 nr_records;
	bool about;
};

const char *(*trace_op_name)(u64 op);
const char *(*trace_class_name)(u64 class);
const char *(*trace_verdict_name)(u64 verdict);
const char *(*trace_vector_name)(u64 vector);
const char *(*trace_prog_name)(u64 prog);
bool (*trace_source_line)(u64 prog, u64 insn, char *buf, size_t len);

/* ---- names of tasks ---- */

static void comm_store(struct text_sink *t, u64 pid, const u64 *words)
{
	u32 nr = t->nr_comms ? t->nr_comms : 256;
	char (*more)[COMM_BYTES];

	if (pid >= PID_MAX)
		return;
	while (nr <= pid)
		nr *= 2;
	if (nr != t->nr_comms) {
		more = realloc(t->comm, nr * sizeof(*more));
		if (!more)
			return;
		memset(more + t->nr_comms, 0, (nr - t->nr_comms) * sizeof(*more));
		t->comm = more;
		t->nr_comms = nr;
	}
	memcpy(t->comm[pid], words, COMM_BYTES);
	t->comm[pid][COMM_BYTES - 1] = '\0';
}

static const char *comm_of(const struct text_sink *t, s64 pid)
{
	if (!pid)
		return "<idle>";
	if (pid < 0 || pid >= t->nr_comms || !t->comm[pid][0])
		return "<...>";
	return t->comm[pid];
}

/* ---- values ---- */

static void put_dsq(FILE *f, u64 id)
{
	static const char *const builtin[] = { "INVALID", "GLOBAL", "LOCAL", "BYPASS" };

	if (!(id & DSQ_BUILTIN))
		fprintf(f, "0x%llx", id);
	else if (id & DSQ_LOCAL_ON)
		fprintf(f, "LOCAL_ON|%u", (u32)id);
	else if ((u32)id < ARRAY_SIZE(builtin))
		fputs(builtin[(u32)id], f);
	else
		fprintf(f, "0x%llx", id);
}

static void put_kick(FILE *f, u64 flags)
{
	static const char *const names[] = { "IDLE", "PREEMPT", "WAIT" };
	const char *sep = "";

	for (u32 i = 0; i < ARRAY_SIZE(names); i++)
		if (flags & (1u << i)) {
			fprintf(f, "%s%s", sep, names[i]);
			sep = "|";
		}
	flags &= ~7ULL;
	if (flags || !*sep)
		fprintf(f, "%s0x%llx", sep, flags);
}

/* as sched_switch prints prev_state */
static void put_state(FILE *f, u64 state)
{
	static const char letters[] = "SDTtXZPI";
	u32 report = state & 0x7f;

	if (state == 0x402)
		fputc('I', f);
	else
		fputc(report ? letters[__builtin_ctz(report)] : state & 0x80 ? 'X' : 'R', f);
}

static void put_name(FILE *f, const char *(*name)(u64), u64 v)
{
	const char *text = name ? name(v) : NULL;

	if (text)
		fputs(text, f);
	else
		fprintf(f, "%llu", v);
}

static void put_value(const struct text_sink *t, enum field_type type, u64 v)
{
	FILE *f = t->out;

	switch (type) {
	case FIELD_task:
		fprintf(f, "%s-%lld", comm_of(t, (s64)v), (s64)v);
		break;
	case FIELD_hex:
		fprintf(f, "0x%llx", v);
		break;
	case FIELD_ns:
		fprintf(f, "%llu", v);
		break;
	case FIELD_dsq:
		put_dsq(f, v);
		break;
	case FIELD_kick:
		put_kick(f, v);
		break;
	case FIELD_op:
		put_name(f, trace_op_name, v);
		break;
	case FIELD_class:
		put_name(f, trace_class_name, v);
		break;
	case FIELD_verdict:
		put_name(f, trace_verdict_name, v);
		break;
	case FIELD_vector:
		put_name(f, trace_vector_name, v);
		break;
	case FIELD_state:
		put_state(f, v);
		break;
	default:
		fprintf(f, "%lld", (s64)v);
	}
}

/* ---- records ---- */

static void put_head(const struct text_sink *t, const struct trace_record *r)
{
	u64 sec = r->time_ns / NSEC_PER_SEC, ns = r->time_ns % NSEC_PER_SEC;

	fprintf(t->out, "%16s-%-7d ", comm_of(t, r->pid), max(r->pid, 0));
	if (r->cpu < 0)
		fputs("[---] ..... ", t->out);
	else
		fprintf(t->out, "[%03d] ..... ", r->cpu);
	if (t->usec)
		fprintf(t->out, "%5llu.%06llu: ", sec, ns / NSEC_PER_USEC);
	else
		fprintf(t->out, "%5llu.%09llu: ", sec, ns);
}

static void put_comm_field(const struct text_sink *t, const u64 *words)
{
	char comm[COMM_BYTES];

	memcpy(comm, words, sizeof(comm));
	fprintf(t->out, " comm=%.15s", comm);
}

static bool prog_told(const struct text_sink *t, u32 prog)
{
	for (u32 i = 0; i < t->nr_sites; i++)
		if (t->sites[i].prog == prog)
			return true;
	return false;
}

static bool site_told(const struct text_sink *t, u32 prog, u32 insn)
{
	for (u32 i = 0; i < t->nr_sites; i++)
		if (t->sites[i].prog == prog && t->sites[i].insn == insn)
			return true;
	return false;
}

/* Before the first event from there: what the numbers of program and instruction mean. */
static void tell_site(struct text_sink *t, u32 prog, u32 insn)
{
	const char *name = trace_prog_name ? trace_prog_name(prog) : NULL;
	struct call_site *more;
	char line[256];

	if (!name || site_told(t, prog, insn))
		return;
	if (!prog_told(t, prog))
		fprintf(t->out, "# prog %u %s\n", prog, name);
	if (trace_source_line && trace_source_line(prog, insn, line, sizeof(line)))
		fprintf(t->out, "# line %u %u %s\n", prog, insn, line);
	more = realloc(t->sites, (t->nr_sites + 1) * sizeof(*more));
	if (!more)
		return;	/* then it is told again */
	t->sites = more;
	more[t->nr_sites++] = (struct call_site){ prog, insn };
}

static void text_record(struct trace_sink *sink, const struct trace_record *r)
{
	struct text_sink *t = container_of(sink, struct text_sink, sink);
	const struct field *f = t->fields[r->id];

	t->nr_records++;
	if (r->id == EV_task_new)
		comm_store(t, r->arg[0], &r->arg[2]);
	if (r->id == EV_kick && r->arg[4])
		tell_site(t, r->arg[4], r->arg[5]);
	put_head(t, r);
	fprintf(t->out, "%s:", trace_event_name(r->id));
	for (u32 i = 0; i < t->nr_fields[r->id]; i++) {
		if (f[i].type == FIELD_str8) {
			put_comm_field(t, &r->arg[i++]);
			continue;
		}
		fprintf(t->out, " %s=", f[i].name);
		put_value(t, f[i].type, r->arg[i]);
	}
	fputc('\n', t->out);
}

/* ---- life ---- */

static enum field_type type_parse(const char *name)
{
	static const char *const names[NR_FIELD_TYPES] = {
		"task", "cpu", "int", "hex", "ns", "dsq", "kick", "op", "bool", "state", "class",
		"verdict", "vector", "str8",
	};

	for (u32 i = 0; i < NR_FIELD_TYPES; i++)
		if (!strcmp(name, names[i]))
			return i;
	return FIELD_hex;
}

static void fields_parse(struct text_sink *t, enum trace_event_id id)
{
	const char *text, *colon;
	u32 i;

	for (i = 0; (text = trace_event_field(id, i)); i++) {
		struct field *f = &t->fields[id][i];

		colon = strchrnul(text, ':');
		snprintf(f->name, sizeof(f->name), "%.*s", (int)(colon - text), text);
		f->type = type_parse(*colon ? colon + 1 : "");
	}
	t->nr_fields[id] = i;
}

/* What is no plain file (a terminal, a pipe, /dev/null) cannot be renamed over. */
static bool written_in_place(const char *path)
{
	struct stat st;

	return !stat(path, &st) && !S_ISREG(st.st_mode);
}

static int out_open(struct text_sink *t, const char *path)
{
	int fd, saved;

	if (!strcmp(path, "-")) {
		t->is_stdout = true;
		t->out = stdout;
		return 0;
	}
	t->path = strdup(path);
	if (!t->path)
		return -ENOMEM;
	if (!written_in_place(path) && asprintf(&t->temp, "%s.%d.tmp", path, getpid()) < 0) {
		t->temp = NULL;
		return -ENOMEM;
	}
	fd = open(t->temp ? t->temp : path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
	t->out = fd < 0 ? NULL : fdopen(fd, "w");
	if (t->out)
		return 0;
	saved = errno;
	if (fd >= 0)
		close(fd);
	return -saved;
}

static void text_free(struct text_sink *t)
{
	free(t->comm);
	free(t->sites);
	free(t->path);
	free(t->temp);
	free(t);
}

int trace_text_create(const char *path, const struct text_options *options, struct trace_sink **out)
{
	struct text_sink *t = calloc(1, sizeof(*t));
	int ret;

	if (!t)
		return -ENOMEM;
	for (u32 id = 0; id < NR_TRACE_EVENTS; id++)
		fields_parse(t, id);
	t->sink.record = text_record;
	t->usec = options && options->usec;
	ret = out_open(t, path);
	if (ret) {
		text_free(t);
		return ret;
	}
	t->about = options && options->about;
	if (t->about)
		fprintf(t->out, "# tracer: nop\n# kickstand trace 1: %s\n", options->about);
	*out = &t->sink;
	return 0;
}

/* stdio remembers that a write failed; its cause by then is the flush's. */
static int out_close(struct text_sink *t)
{
	int failed = ferror(t->out);

	errno = failed ? EIO : 0;
	if ((t->is_stdout ? fflush(t->out) : fclose(t->out)) || failed)
		return errno ? -errno : -EIO;
	return 0;
}

int trace_text_close(struct trace_sink *sink, bool commit)
{
	struct text_sink *t;
	int ret;

	if (!sink)
		return 0;
	t = container_of(sink, struct text_sink, sink);
	if (t->about && commit)
		fprintf(t->out, "# end: %llu events\n", t->nr_records);
	ret = out_close(t);
	if (t->temp && !ret && commit && rename(t->temp, t->path))
		ret = -errno;
	if (t->temp && (ret || !commit))
		unlink(t->temp);
	text_free(t);
	return ret;
}
