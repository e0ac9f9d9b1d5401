// SPDX-License-Identifier: GPL-2.0-only
/*
 * dump.c - see dump.h. A line is first freed of what logs, traces and mails put before it
 * (dump_prefix.c); then it is looked at by whoever knows its beginning. What is due next
 * is kept in struct parse, so that the end of the text can be told from the end of the
 * dump.
 */
#include "trace/dump.h"

#include <errno.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "abi/profile.h"
#include "trace/dump_prefix.h"
#include "trace/scan.h"

#define TEXT_MAX (256u << 20)

enum part { OUTSIDE, HEAD, BACKTRACE, OWN, CPUS, COUNTERS };

/* of a task, in the order in which they come */
enum { NEED_STATE = 1, NEED_STICKY = 2, NEED_CPUS = 4, NEED_ALL = 7 };

struct parse {
	struct dump *d;
	const char *name;
	enum part part;
	u64 line;
	bool only_traced; /* lines are of sched_ext_dump events */
	bool fields;	  /* lines may be the task's */
	u32 need;	  /* of the last task */
	bool need_curr;	  /* of the last CPU */
	bool is_named;	  /* the dump says whose it is */
	bool need_reason;
	char before[128];   /* the line before, which may name the scheduler */
	char disabled[128]; /* the scheduler of a message of the log */
};

/* ---- messages ---- */

static int __printf(2, 3) fail(struct parse *p, const char *fmt, ...)
{
	va_list ap;
	int n = snprintf(p->d->error, sizeof(p->d->error), "%.200s: line %llu: ", p->name, p->line);

	va_start(ap, fmt);
	vsnprintf(p->d->error + n, sizeof(p->d->error) - n, fmt, ap);
	va_end(ap);
	return -EINVAL;
}

static int no_memory(struct dump *d)
{
	snprintf(d->error, sizeof(d->error), "out of memory");
	return -ENOMEM;
}

/* ---- small readers ---- */

static bool u32_take(const char **at, u32 *out)
{
	u64 n = 0;

	if (!number_take(at, UINT32_MAX, &n))
		return false;
	*out = n;
	return true;
}

static bool hex_take(const char **at, u64 *out)
{
	const char *begin;
	char *end;

	if (!skip(at, "0x"))
		return false;
	begin = *at;
	errno = 0;
	*out = strtoull(begin, &end, 16);
	*at = end;
	return end > begin && *begin != '-' && *begin != '+' && !errno;
}

static bool signed_take(const char **at, s64 *out)
{
	bool minus = **at == '-';
	u64 n = 0;

	if (**at == '-' || **at == '+')
		++*at;
	if (!number_take(at, INT64_MAX, &n))
		return false;
	*out = minus ? -(s64)n : (s64)n;
	return true;
}

static bool s32_take(const char **at, s32 *out)
{
	s64 n = 0;

	if (!signed_take(at, &n) || n < INT32_MIN || n > INT32_MAX)
		return false;
	*out = n;
	return true;
}

/* "f", "3,ffffffff" */
static bool mask_take(const char **at, struct dump_mask *m)
{
	static const char digits[] = "0123456789abcdef";
	size_t n = strspn(*at, "0123456789abcdef,");
	const char *c = *at + n;
	u32 bit = 0;

	*m = (struct dump_mask){ 0 };
	for (; c > *at; c--) {
		u64 v;

		if (c[-1] == ',')
			continue;
		if (bit + 4 > DUMP_CPUS_MAX)
			return false;
		v = strchr(digits, c[-1]) - digits;
		m->bits[bit / 64] |= v << bit % 64;
		bit += 4;
		m->digits++;
	}
	*at += n;
	return m->digits;
}

/* "COMM[PID]" that begins at @at, where the bracket is at @bracket */
static bool who_take(const char *at, const char *bracket, char comm[DUMP_COMM_BYTES], s32 *pid)
{
	size_t n = bracket - at;

	if (!n || n >= DUMP_COMM_BYTES)
		return false;
	memcpy(comm, at, n);
	comm[n] = '\0';
	at = bracket + 1;
	return s32_take(&at, pid) && *at == ']';
}

/* The bracket of "[12]TEXT", the last there is before @text. */
static const char *bracket_before(const char *line, const char *text)
{
	const char *at = strstr(line, text);

	if (!at)
		return NULL;
	while (at > line && *at != '[')
		at--;
	return *at == '[' ? at : NULL;
}

/* ---- lists ---- */

static int lines_add(struct dump *d, struct dump_lines *l, const char *text)
{
	char **more = realloc(l->at, (l->nr + 1) * sizeof(*more));

	if (!more)
		return no_memory(d);
	l->at = more;
	more[l->nr] = strdup(text);
	return more[l->nr] && ++l->nr ? 0 : no_memory(d);
}

static void lines_finish(struct dump_lines *l)
{
	for (u32 i = 0; i < l->nr; i++)
		free(l->at[i]);
	free(l->at);
	*l = (struct dump_lines){ 0 };
}

static struct dump_task *last_task(struct dump *d)
{
	return &d->tasks[d->nr_tasks - 1];
}

static struct dump_cpu *last_cpu(struct dump *d)
{
	return &d->cpus[d->nr_cpus - 1];
}

static void drop_last_task(struct dump *d)
{
	lines_finish(&last_task(d)->lines);
	last_cpu(d)->nr_told--;
	d->nr_tasks--;
}

/* What is in it, but for how many there were before, and the message. */
static void content_free(struct dump *d)
{
	for (u32 i = 0; i < d->nr_tasks; i++)
		lines_finish(&d->tasks[i].lines);
	lines_finish(&d->backtrace);
	lines_finish(&d->own);
	free(d->tasks);
	free(d->cpus);
	free(d->counters);
	*d = (struct dump){ .nr_dumps = d->nr_dumps, .exit_cpu = -1 };
}

/* ---- the end of a dump ---- */

/* @whole: something follows that is none of it, so it is of another form rather than cut. */
static int incomplete(struct parse *p, bool whole, const char *where)
{
	const struct kernel *oldest = kernel_at(0), *newest = profile_default()->kernel;

	if (whole)
		return fail(p, "this is %s, of another form than Linux %u.%u to %u.%u print", where,
			    oldest->major, oldest->minor, newest->major, newest->minor);
	return fail(p, "the dump stops here, %s: the rest is missing", where);
}

static int task_check(struct parse *p, bool whole)
{
	struct dump *d = p->d;
	char where[80];

	if (!p->need)
		return 0;
	snprintf(where, sizeof(where), "in the middle of task %s[%d]", last_task(d)->comm,
		 last_task(d)->pid);
	return incomplete(p, whole, where);
}

static int cpu_check(struct parse *p, bool whole)
{
	char where[40];

	if (!p->need_curr)
		return 0;
	snprintf(where, sizeof(where), "in the middle of CPU %u", last_cpu(p->d)->cpu);
	return incomplete(p, whole, where);
}

/* Where there is no_mig, and where schedulers are named, a dump ends in counters (dump_events). */
static int counters_check(struct parse *p)
{
	struct dump *d = p->d;

	if (!d->nr_counters && (p->is_named || (d->nr_tasks && d->tasks[0].has_no_mig)))
		return incomplete(p, false, "before its event counters");
	return 0;
}

/* Whoever raised the error runs on a CPU, and one that does not idle is in the dump. */
static int raiser_check(struct parse *p)
{
	struct dump *d = p->d;

	if (!d->has_exit || !d->pid || d->nr_counters)
		return 0;
	for (u32 i = 0; i < d->nr_cpus; i++)
		if (d->cpus[i].pid == d->pid)
			return 0;
	return fail(p,
		    "the dump stops here, before the CPU on which %s[%d] runs: the rest is missing",
		    d->comm, d->pid);
}

static int told_check(struct parse *p)
{
	struct dump *d = p->d;
	struct dump_cpu *c = d->nr_cpus ? last_cpu(d) : NULL;

	if (!c || !d->has_exit || d->nr_counters || c->nr_told >= c->nr_run)
		return 0;
	return fail(p, "the dump stops here: CPU %u has %u runnable tasks, and %u are told", c->cpu,
		    c->nr_run, c->nr_told);
}

/* The kernel ran out of room: what it began is left out. */
static void truncate(struct parse *p)
{
	struct dump *d = p->d;

	d->truncated = true;
	if (p->need)
		drop_last_task(d);
	if (p->need_curr)
		d->nr_cpus--;
	p->need = 0;
	p->need_curr = false;
	p->part = OUTSIDE;
}

/* @whole: it is known to end here */
static int dump_end(struct parse *p, bool whole)
{
	int err = 0;

	if (p->part == OUTSIDE)
		return 0;
	if (p->part < CPUS)
		err = incomplete(p, whole, "before its CPU states");
	if (!err)
		err = task_check(p, whole);
	if (!err)
		err = cpu_check(p, whole);
	if (!err && !whole)
		err = counters_check(p);
	if (!err && !whole)
		err = told_check(p);
	if (!err && !whole)
		err = raiser_check(p);
	p->part = OUTSIDE;
	return err;
}

/* ---- the head ---- */

static void dump_begin(struct parse *p)
{
	struct dump *d = p->d;
	const char *colon = strstr(p->before, ": ");

	content_free(d);
	d->nr_dumps++;
	d->line = p->line;
	p->is_named = colon && colon > p->before && !strchr(p->before, '[') &&
		      (!strcmp(colon, ": root") || has_prefix(colon, ": sub"));
	if (p->is_named)
		snprintf(d->scheduler, sizeof(d->scheduler), "%.*s", (int)(colon - p->before),
			 p->before);
	else
		snprintf(d->scheduler, sizeof(d->scheduler), "%s", p->disabled);
	p->part = HEAD;
	p->need = 0;
	p->need_curr = p->fields = false;
}

/* "COMM[12] triggered exit kind 1026 on CPU 1:" */
static bool exit_line(struct parse *p, const char *at)
{
	const char *bracket = bracket_before(at, "] triggered exit kind "), *c;
	char comm[DUMP_COMM_BYTES];
	s32 pid, cpu = -1;
	u32 kind;

	if (!bracket || !who_take(at, bracket, comm, &pid))
		return false;
	c = strstr(bracket, " kind ") + 6;
	if (!u32_take(&c, &kind) || (skip(&c, " on CPU ") && !s32_take(&c, &cpu)) || strcmp(c, ":"))
		return false;
	dump_begin(p);
	p->d->has_exit = p->need_reason = true;
	memcpy(p->d->comm, comm, sizeof(comm));
	p->d->pid = pid;
	p->d->kind = kind;
	p->d->exit_cpu = cpu;
	p->d->has_on_cpu = cpu >= 0;
	return true;
}

static bool look_line(struct parse *p, const char *at)
{
	if (!skip(&at, "Debug dump triggered by "))
		return false;
	dump_begin(p);
	p->need_reason = false;
	snprintf(p->d->reason, sizeof(p->d->reason), "%s", at);
	p->part = OWN;
	return true;
}

/* "REASON (MESSAGE)" */
static int reason_line(struct parse *p, const char *at)
{
	const char *open = strstr(at, " ("), *end = strrchr(at, ')');
	struct dump *d = p->d;

	if (!open || !end || end[1] || end < open + 2)
		return fail(p, "the exit's 'reason (message)' is due");
	snprintf(d->reason, sizeof(d->reason), "%.*s", (int)min(open - at, (ptrdiff_t)127), at);
	snprintf(d->msg, sizeof(d->msg), "%.*s", (int)min(end - open - 2, (ptrdiff_t)1023),
		 open + 2);
	p->need_reason = false;
	return 0;
}

static int head_line(struct parse *p, const char *at)
{
	if (!*at)
		return 0;
	if (p->need_reason)
		return reason_line(p, at);
	if (!strcmp(at, "Backtrace:"))
		p->part = BACKTRACE;
	return 0;
}

static int backtrace_line(struct parse *p, const char *at)
{
	if (*at)
		return lines_add(p->d, &p->d->backtrace, at);
	p->part = OWN;
	return 0;
}

/* ---- CPUs ---- */

/* "nr_run=2 flags=0x3 cpu_rel=0 ops_qseq=8 ksync=64", whatever a kernel adds or leaves out */
static bool cpu_fields(struct dump *d, struct dump_cpu *c, const char *at)
{
	u64 flags = 0, n = 0;

	if (!skip(&at, "nr_run=") || !u32_take(&at, &c->nr_run) || !skip(&at, " flags=") ||
	    !hex_take(&at, &flags) || !skip(&at, " cpu_rel=") || !number_take(&at, 1, &n))
		return false;
	c->flags = flags;
	c->released = n;
	d->has_pnt_seq |= !!strstr(at, " pnt_seq=");
	d->has_ops_qseq |= !!strstr(at, " ops_qseq=");
	return strstr(at, " pnt_seq=") || strstr(at, " ksync=");
}

static int cpu_add(struct parse *p, const char *at, u32 cpu)
{
	struct dump *d = p->d;
	struct dump_cpu *more;
	int err = task_check(p, true);

	if (!err)
		err = cpu_check(p, true);
	if (err)
		return err;
	more = realloc(d->cpus, (d->nr_cpus + 1) * sizeof(*more));
	if (!more)
		return no_memory(d);
	d->cpus = more;
	more[d->nr_cpus] = (struct dump_cpu){ .cpu = cpu };
	if (!cpu_fields(d, &more[d->nr_cpus], at))
		return fail(p, "what this line says of CPU %u cannot be read", cpu);
	d->nr_cpus++;
	d->cpus_min = max(d->cpus_min, cpu + 1);
	p->need_curr = true;
	p->fields = false;
	return 0;
}

/* "CPU 12  : nr_run=..."; 1: it is one */
static int cpu_line(struct parse *p, const char *at)
{
	u64 cpu = 0;
	int err;

	if (!skip(&at, "CPU ") || !number_take(&at, UINT32_MAX, &cpu))
		return 0;
	at += strspn(at, " ");
	if (!skip(&at, ": ") || !has_prefix(at, "nr_run="))
		return 0;
	if (cpu >= DUMP_CPUS_MAX)
		return fail(p, "CPU %llu: there are at most %u", cpu, DUMP_CPUS_MAX);
	err = cpu_add(p, at, cpu);
	return err ? err : 1;
}

/* "curr=COMM[12] class=ext_sched_class"; 1: it is one */
static int curr_line(struct parse *p, const char *at)
{
	const char *bracket = bracket_before(at, "] class="), *class;
	struct dump_cpu *c;
	size_t n;

	if (!p->need_curr || !skip(&at, "curr=") || !bracket)
		return 0;
	c = last_cpu(p->d);
	class = strstr(bracket, " class=") + 7;
	n = strcspn(class, "_ ");
	if (bracket < at || !who_take(at, bracket, c->comm, &c->pid) || !n ||
	    n >= sizeof(c->class) || !has_prefix(class + n, "_sched_class"))
		return fail(p, "what CPU %u runs cannot be read", c->cpu);
	memcpy(c->class, class, n);
	c->class[n] = '\0';
	c->has_curr = true;
	p->need_curr = false;
	return 1;
}

/* "cpus_to_kick   : 4"; 1: it is one */
static int kick_line(struct parse *p, const char *at)
{
	static const char *const names[DUMP_NR_MASKS] = {
		[DUMP_KICK] = "cpus_to_kick",
		[DUMP_KICK_IDLE] = "idle_to_kick",
		[DUMP_KICK_PREEMPT] = "cpus_to_preempt",
		[DUMP_KICK_WAIT] = "cpus_to_wait",
		[DUMP_KICK_SYNC] = "cpus_to_sync",
	};
	size_t len = strcspn(at, " :");

	if (!p->d->nr_cpus)
		return 0;
	for (u32 i = 0; i < DUMP_NR_MASKS; i++) {
		if (strlen(names[i]) != len || strncmp(at, names[i], len))
			continue;
		at += len + strspn(at + len, " :");
		if (!mask_take(&at, &last_cpu(p->d)->kick[i]))
			return fail(p, "%s: the mask cannot be read", names[i]);
		return 1;
	}
	return 0;
}

/* ---- tasks ---- */

/* "*root -12ms": which scheduler's, and since when it is runnable */
static bool since_take(const char *at, struct dump_task *t)
{
	size_t n;

	at += strspn(at, " ");
	if (*at != '-' && *at != '+') {
		at += *at == '*';
		n = strcspn(at, " ");
		if (n >= sizeof(t->sched))
			return false;
		snprintf(t->sched, sizeof(t->sched), "%.*s", (int)n, at);
		at += n + strspn(at + n, " ");
	}
	if ((*at != '-' && *at != '+') || !signed_take(&at, &t->runnable_ms) || strcmp(at, "ms"))
		return false;
	t->runnable_ms = -t->runnable_ms;
	return true;
}

/* "*R COMM[12] *root -12ms", "R COMM[12] +0ms" */
static bool task_head(const char *at, struct dump_task *t)
{
	const char *bracket = strrchr(at, '['), *end;

	t->running = *at == '*';
	at += t->running;
	if (*at < 'A' || *at > 'Z' || at[1] != ' ' || !bracket || bracket < at + 3)
		return false;
	t->state = *at;
	at += 2;
	end = strchr(bracket, ']');
	return end && who_take(at, bracket, t->comm, &t->pid) && since_take(end + 1, t);
}

/* 1: a task begins */
static int task_line(struct parse *p, const char *at)
{
	struct dump_task t = { .sticky_cpu = -1, .holding_cpu = -1 }, *more;
	struct dump *d = p->d;
	int err;

	if (!d->nr_cpus || p->need_curr || !task_head(at, &t))
		return 0;
	err = task_check(p, true);
	if (err)
		return err;
	more = realloc(d->tasks, (d->nr_tasks + 1) * sizeof(*more));
	if (!more)
		return no_memory(d);
	d->tasks = more;
	t.cpu = last_cpu(d)->cpu;
	more[d->nr_tasks++] = t;
	last_cpu(d)->nr_told++;
	p->need = NEED_ALL;
	p->fields = true;
	return 1;
}

/* "scx_state/flags=3/0x5 dsq_flags=0x0 ops_state/qseq=0/0" */
static bool state_fields(struct dump_task *t, const char *at)
{
	u64 flags = 0, dsq_flags = 0;
	bool ok = u32_take(&at, &t->scx_state) && skip(&at, "/") && hex_take(&at, &flags) &&
		  skip(&at, " dsq_flags=") && hex_take(&at, &dsq_flags) &&
		  skip(&at, " ops_state/qseq=") && number_take(&at, UINT64_MAX, &t->ops_state) &&
		  skip(&at, "/") && number_take(&at, UINT64_MAX, &t->qseq);

	t->flags = flags;
	t->dsq_flags = dsq_flags;
	return ok;
}

static bool vtime_take(struct dump_task *t, const char **at)
{
	t->has_vtime = skip(at, "dsq_vtime=") && number_take(at, UINT64_MAX, &t->vtime);
	return t->has_vtime;
}

/* "sticky/holding_cpu=-1/-1 dsq_id=0x64[ dsq_vtime=0]" */
static bool sticky_fields(struct dump_task *t, const char *at)
{
	if (!s32_take(&at, &t->sticky_cpu) || !skip(&at, "/") || !s32_take(&at, &t->holding_cpu) ||
	    !skip(&at, " dsq_id="))
		return false;
	if (!skip(&at, "(n/a)")) {
		t->has_dsq = hex_take(&at, &t->dsq);
		if (!t->has_dsq)
			return false;
	}
	return !skip(&at, " ") || !*at || vtime_take(t, &at);
}

/* "dsq_vtime=0 slice=20000000 weight=100" */
static bool slice_fields(struct dump_task *t, const char *at)
{
	if (!vtime_take(t, &at))
		return false;
	t->has_slice = skip(&at, " slice=") && number_take(&at, UINT64_MAX, &t->slice_ns) &&
		       skip(&at, " weight=") && u32_take(&at, &t->weight);
	return t->has_slice;
}

/* "cpus=f[ no_mig=0]" */
static bool cpus_fields(struct dump_task *t, const char *at)
{
	if (!mask_take(&at, &t->cpus))
		return false;
	t->has_no_mig = skip(&at, " no_mig=") && u32_take(&at, &t->no_mig);
	return t->has_no_mig || !*at;
}

/* What the machine must have, for a task to be allowed there. */
static void cpus_of_mask(struct dump *d, const struct dump_mask *m)
{
	for (u32 cpu = d->cpus_min; cpu < m->digits * 4; cpu++)
		if (dump_mask_has(m, cpu))
			d->cpus_min = cpu + 1;
}

/* 1: it is a line of the last task's fields */
static int field_line(struct parse *p, const char *at)
{
	struct dump_task *t;
	bool ok;

	if (!p->fields)
		return 0;
	t = last_task(p->d);
	if (skip(&at, "scx_state/flags=")) {
		ok = state_fields(t, at);
		p->need &= ~NEED_STATE;
	} else if (skip(&at, "sticky/holding_cpu=")) {
		ok = sticky_fields(t, at);
		p->need &= ~NEED_STICKY;
	} else if (has_prefix(at, "dsq_vtime=")) {
		ok = slice_fields(t, at);
	} else if (skip(&at, "cpus=")) {
		ok = cpus_fields(t, at);
		p->need &= ~NEED_CPUS;
		cpus_of_mask(p->d, &t->cpus);
		p->fields = false; /* it is the last */
	} else {
		return 0;
	}
	if (!ok)
		p->need |= NEED_CPUS;
	return ok ? 1 :
		    fail(p, "what this line says of task %s[%d] cannot be read", t->comm, t->pid);
}

/* What the scheduler prints for a task, and where the task is. */
static int other_line(struct parse *p, const char *at)
{
	struct dump *d = p->d;

	if (has_prefix(at, "rescue=") && p->need_curr) {
		d->has_rescue = true;
		return 0;
	}
	if (!*at || p->need || !d->nr_tasks || last_task(d)->cpu != last_cpu(d)->cpu)
		return 0;
	return lines_add(d, &last_task(d)->lines, at);
}

static int cpus_line(struct parse *p, const char *at)
{
	int ret = cpu_line(p, at);

	if (!ret)
		ret = curr_line(p, at);
	if (!ret)
		ret = task_line(p, at);
	if (!ret)
		ret = field_line(p, at);
	if (!ret)
		ret = kick_line(p, at);
	if (!ret)
		ret = other_line(p, at);
	return min(ret, 0);
}

/* ---- counters ---- */

static int counter_line(struct parse *p, const char *at)
{
	struct dump *d = p->d;
	struct dump_counter c = { .value = 0 }, *more;
	size_t n = strcspn(at, ":");

	if (!*at || *at == '-')
		return 0;
	if (!has_prefix(at, "SCX_EV_")) {
		p->part = OUTSIDE; /* something else has begun */
		return 0;
	}
	if (n >= sizeof(c.name) || at[n] != ':')
		return incomplete(p, false, "in the middle of its event counters");
	memcpy(c.name, at, n);
	at += n + 1;
	at += strspn(at, " ");
	if (!signed_take(&at, &c.value))
		return incomplete(p, false, "in the middle of its event counters");
	more = realloc(d->counters, (d->nr_counters + 1) * sizeof(*more));
	if (!more)
		return no_memory(d);
	d->counters = more;
	more[d->nr_counters++] = c;
	return 0;
}

/* ---- lines ---- */

/* BPF scheduler "fid" disabled (...), which the kernel logs */
static void log_line(struct parse *p, const char *at)
{
	const char *name = strstr(at, "BPF scheduler \""), *end;

	if (!name)
		return;
	name += 15;
	end = strchr(name, '"');
	if (end && has_prefix(end, "\" disabled"))
		snprintf(p->disabled, sizeof(p->disabled), "%.*s", (int)(end - name), name);
}

/* 1: it is a line that ends one part and begins another */
static int mark_line(struct parse *p, const char *at)
{
	if (strstr(at, "] triggered exit kind ") || strstr(at, "Debug dump triggered by ") == at) {
		int err = dump_end(p, true);

		if (err)
			return err;
		return exit_line(p, at) || look_line(p, at);
	}
	if (p->part == OUTSIDE)
		return 0;
	if (strstr(at, "~~~~ TRUNCATED ~~~~")) {
		truncate(p);
		return 1;
	}
	if (p->part < CPUS && !strcmp(at, "CPU states")) {
		if (p->need_reason)
			return fail(p,
				    "the exit's 'reason (message)' is due before the CPU states");
		p->part = CPUS;
		return 1;
	}
	if (p->part == CPUS && !strcmp(at, "Event counters")) {
		int err = task_check(p, true);

		p->part = COUNTERS;
		return err ? err : 1;
	}
	if (p->part >= CPUS && has_prefix(at, "==========")) {
		int err = dump_end(p, true);

		return err ? err : 1;
	}
	return 0;
}

static int part_line(struct parse *p, const char *at)
{
	switch (p->part) {
	case OUTSIDE:
		log_line(p, at);
		return 0;
	case HEAD:
		return head_line(p, at);
	case BACKTRACE:
		return backtrace_line(p, at);
	case OWN:
		return *at && *at != '-' ? lines_add(p->d, &p->d->own, at) : 0;
	case CPUS:
		return *at == '-' ? 0 : cpus_line(p, at);
	case COUNTERS:
		return counter_line(p, at);
	}
	return 0;
}

static int line_take(struct parse *p, const char *at)
{
	int ret = mark_line(p, at);

	if (!ret)
		ret = part_line(p, at);
	snprintf(p->before, sizeof(p->before), "%s", at);
	return min(ret, 0);
}

/* The text without the prefixes of a log, and without what is not of ASCII's letters. */
static void line_clean(char *line)
{
	size_t n = strlen(line);

	while (n && (line[n - 1] == ' ' || line[n - 1] == '\t'))
		line[--n] = '\0';
	for (; *line; line++)
		if ((u8)*line < ' ' || (u8)*line > '~')
			*line = '?';
}

static int text_take(struct parse *p, char *text)
{
	char *line, *at;
	u64 last_line = 0;
	int err = 0;

	p->only_traced = !!strstr(text, DUMP_TRACE_MARK "CPU states");
	for (char *rest = text; !err && (line = strsep(&rest, "\n"));) {
		p->line++;
		line[strcspn(line, "\r")] = '\0';
		at = dump_prefix_skip(line, p->only_traced);
		if (!at || (!*at && !rest))
			continue;
		line_clean(at);
		last_line = *at ? p->line : last_line;
		err = line_take(p, at);
		if (err && err != -ENOMEM && (!rest || !*rest) && p->part != OUTSIDE)
			return dump_end(p, false) ?:
				       incomplete(p, false, "in the middle of this line");
	}
	if (err)
		return err;
	p->line = last_line;
	return dump_end(p, false);
}

/* ---- files ---- */

static char *text_read(FILE *in, struct dump *d, const char *name)
{
	size_t len = 0, room = 65536, n;
	char *text = malloc(room), *more;

	while (text && (n = fread(text + len, 1, room - len - 1, in))) {
		len += n;
		if (len + 1 < room)
			continue;
		room *= 2;
		more = room > TEXT_MAX ? NULL : realloc(text, room);
		if (!more) {
			snprintf(
				d->error, sizeof(d->error),
				"%.200s: is too large for a log with a dump: cut it to the part about "
				"sched_ext",
				name);
			free(text);
			return NULL;
		}
		text = more;
	}
	if (!text) {
		no_memory(d);
		return NULL;
	}
	text[len] = '\0';
	if (ferror(in))
		snprintf(d->error, sizeof(d->error), "%.200s: cannot be read", name);
	else if (memchr(text, '\0', len))
		snprintf(d->error, sizeof(d->error), "%.200s: is not text", name);
	else
		return text;
	free(text);
	return NULL;
}

int dump_read(FILE *in, const char *name, struct dump **out)
{
	struct dump *d = *out = calloc(1, sizeof(*d));
	struct parse p = { .d = d, .name = name };
	char *text;
	int err;

	if (!d)
		return -ENOMEM;
	text = text_read(in, d, name);
	if (!text)
		return -EINVAL;
	err = text_take(&p, text);
	free(text);
	if (!err && !d->nr_dumps) {
		snprintf(d->error, sizeof(d->error),
			 "%.200s: there is no sched_ext debug dump in it ('triggered exit kind', "
			 "'CPU states')",
			 name);
		err = -EINVAL;
	}
	return err;
}

void dump_destroy(struct dump *d)
{
	if (!d)
		return;
	content_free(d);
	free(d);
}

/* A trace of ours that tells of a dump is a trace all the same. */
bool dump_is_in(FILE *in)
{
	char line[512];
	bool found = false, ours = false;

	/* a line that begins with NUL is no text, and of a device that has no end */
	for (u32 n = 0; !found && !ours && fgets(line, sizeof(line), in) && *line; n++) {
		ours = n < 2 && has_prefix(line, "# kickstand trace");
		found = strstr(line, "] triggered exit kind ") ||
			strstr(line, "Debug dump triggered by ");
	}
	rewind(in);
	return found && !ours;
}

/* ---- what is in it ---- */

/* What the form shows of a behaviour; a dump without a CPU or a task does not show all. */
struct mark {
	bool told, seen; /* is it to be seen here? Was it? */
	bool expected;	 /* of the kernel that is asked about */
};

#define NR_MARKS 8

static void marks_of(const struct dump *d, const struct profile_behaviour *b,
		     struct mark marks[NR_MARKS])
{
	const struct dump_task *t = d->nr_tasks ? &d->tasks[0] : NULL;
	const struct mark all[] = {
		{ d->nr_cpus, d->has_pnt_seq, b->kick_seq_is_pnt_seq },
		{ d->nr_cpus, d->has_ops_qseq, b->dump_ops_qseq },
		{ d->nr_cpus, d->has_rescue, b->dump_rescue },
		{ t, t && t->has_slice, b->dump_slice_weight },
		{ t, t && t->has_no_mig, b->dump_no_mig },
		{ t, t && *t->sched, b->dump_sched_names },
		/* these may be missing for another reason */
		{ d->nr_counters, true, b->dump_events },
		{ d->has_on_cpu, true, b->dump_exit_cpu },
	};

	_Static_assert(ARRAY_SIZE(all) == NR_MARKS, "a row for each");
	memcpy(marks, all, sizeof(all));
}

/* How many marks speak against @prof? */
static u32 differences(const struct dump *d, const struct profile *prof)
{
	struct mark marks[NR_MARKS];
	u32 n = 0;

	marks_of(d, &prof->b, marks);
	for (u32 i = 0; i < NR_MARKS; i++)
		n += marks[i].told && marks[i].seen != marks[i].expected;
	return n;
}

static bool same_series(const struct profile *a, const struct profile *b)
{
	return a && b && a->kernel->major == b->kernel->major &&
	       a->kernel->minor == b->kernel->minor;
}

/* "6.12", or "6.12 before .117" and "6.12 since .117" where a series changes its form on the way */
static void span_name(u32 i, u32 first, u32 last, char *buf, size_t len)
{
	const struct profile *prof = profile_at(i), *before = first ? profile_at(first - 1) : NULL,
			     *after = profile_at(last + 1);
	const struct kernel *k = prof->kernel;

	if (same_series(prof, after))
		snprintf(buf, len, "%u.%u before .%u", k->major, k->minor, after->kernel->point);
	else if (same_series(prof, before))
		snprintf(buf, len, "%u.%u since .%u", k->major, k->minor, k->point);
	else
		snprintf(buf, len, "%u.%u", k->major, k->minor);
}

/* profiles @first to @last, by their numbers */
static void span_text(u32 first, u32 last, char *buf, size_t len)
{
	char a[32], b[32];

	span_name(first, first, last, a, sizeof(a));
	span_name(last, first, last, b, sizeof(b));
	if (!profile_at(last + 1))
		snprintf(buf, len, "%s or later", a);
	else if (!strcmp(a, b))
		snprintf(buf, len, "%s", a);
	else
		snprintf(buf, len, "%s %s %s", a, last - first == 1 ? "or" : "to", b);
}

/* Of a form that no kernel prints, the nearest. */
const struct profile *dump_kernels(const struct dump *d, char *text, size_t len)
{
	u32 best = UINT32_MAX, first = 0, last = 0;

	for (u32 i = 0; profile_at(i); i++) {
		u32 n = differences(d, profile_at(i));

		if (n < best)
			first = i;
		if (n <= best)
			last = i;
		best = min(best, n);
	}
	if (text)
		span_text(first, last, text, len);
	while (first < last && same_series(profile_at(first), profile_at(first + 1)))
		first++;
	return profile_at(first);
}

bool dump_mask_has(const struct dump_mask *m, u32 cpu)
{
	return cpu < DUMP_CPUS_MAX && m->bits[cpu / 64] >> cpu % 64 & 1;
}

const struct dump_cpu *dump_cpu(const struct dump *d, u32 cpu)
{
	for (u32 i = 0; i < d->nr_cpus; i++)
		if (d->cpus[i].cpu == cpu)
			return &d->cpus[i];
	return NULL;
}

bool dump_cpu_is_busy(const struct dump *d, u32 cpu)
{
	const struct dump_cpu *c = dump_cpu(d, cpu);

	return c && strcmp(c->class, "idle");
}

const char *dump_cpus_text(const struct dump_mask *m, u32 nr, char *buf, size_t len)
{
	size_t n = 0;

	snprintf(buf, len, "none");
	for (u32 cpu = 0; cpu < nr && n + 16 < len; cpu++) {
		u32 first = cpu;

		if (!dump_mask_has(m, cpu))
			continue;
		while (cpu + 1 < nr && dump_mask_has(m, cpu + 1))
			cpu++;
		n += snprintf(buf + n, len - n, "%s%u", n ? ", " : "", first);
		if (cpu > first)
			n += snprintf(buf + n, len - n, "-%u", cpu);
	}
	if (n + 16 >= len)
		snprintf(buf + len - 4, 4, "...");
	return buf;
}
