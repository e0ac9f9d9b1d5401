// SPDX-License-Identifier: GPL-2.0-only
/*
 * ftrace.c - see ftrace.h. The name of the event is looked for, and what stands before
 * it is read from there to the left, since only there the columns are of one kind:
 *
 *	[LEAD]COMM-PID [(TGID)] [CPU] [FLAGS] SECONDS.FRACTION: EVENT: FIELDS
 */
#include "trace/ftrace.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "trace/scan.h"

#define CPU_MAX (READER_CPUS_MAX - 1)
#define PID_MAX ((1 << 22) - 1) /* the kernel's */
#define STATE_BYTES 8

struct who {
	s32 pid;
	char comm[READER_COMM_BYTES];
};

struct ftrace_event {
	u64 time_ns, nr; /* nr: its place in the text */
	enum trace_event_id id;
	s32 cpu;
	struct who current, task, next;
	s32 a, b; /* CPUs, or new */
	char state[STATE_BYTES];
};

struct ftrace {
	struct ftrace_event *at;
	u64 nr, room, cursor;
	u64 lost;
	u32 cpus;
};

/* ---- small readers: each moves *@at behind what it took ---- */

static void skip_blanks(const char **at)
{
	*at += strspn(*at, " \t");
}

static bool s32_take(const char **at, u64 max, s32 *out)
{
	u64 n = 0;

	if (!number_take(at, max, &n))
		return false;
	*out = (s32)n;
	return true;
}

/* "KEY=12" behind blanks */
static bool key_take(const char **at, const char *key, u64 max, s32 *out)
{
	skip_blanks(at);
	return skip(at, key) && skip(at, "=") && s32_take(at, max, out);
}

static bool name_set(char *to, const char *from, const char *end)
{
	size_t n = min((size_t)(end - from), (size_t)READER_COMM_BYTES - 1);

	if (end <= from)
		return false;
	memcpy(to, from, n);
	to[n] = '\0';
	for (char *c = to; *c; c++)
		if ((u8)*c < ' ' || *c == 127)
			*c = '?';
	return true;
}

static void name_idle(struct who *w)
{
	if (!w->pid)
		strcpy(w->comm, "<idle>");
}

/* ---- the columns before the event's name ---- */

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static void back_over_blanks(const char *line, const char **end)
{
	while (*end > line && ((*end)[-1] == ' ' || (*end)[-1] == '\t'))
		--*end;
}

/* "12.345678" or "12.345678901" that ends at *@end, which goes to its beginning */
static bool time_back(const char *line, const char **end, u64 *ns)
{
	const char *at = *end;
	u64 sec, part;
	size_t digits;

	while (at > line && (is_digit(at[-1]) || at[-1] == '.'))
		at--;
	if (!is_digit(*at))
		return false;
	sec = strtoull(at, NULL, 10);
	digits = strspn(at, "0123456789");
	if (digits > 10 || at[digits] != '.')
		return false;
	part = strtoull(at + digits + 1, NULL, 10);
	digits = *end - (at + digits + 1);
	if (digits != 6 && digits != 9)
		return false;
	*ns = sec * NSEC_PER_SEC + (digits == 6 ? part * NSEC_PER_USEC : part);
	*end = at;
	return true;
}

/* "[003]", with a word of flags behind it or not */
static bool cpu_back(const char *line, const char **end, s32 *cpu)
{
	const char *at;

	back_over_blanks(line, end);
	if (*end > line && (*end)[-1] != ']') { /* d..2., dNh3. */
		while (*end > line && (*end)[-1] != ' ' && (*end)[-1] != ']')
			--*end;
		back_over_blanks(line, end);
	}
	if (*end == line || (*end)[-1] != ']')
		return false;
	at = *end - 1;
	while (at > line && is_digit(at[-1]))
		at--;
	if (at == line || at[-1] != '[')
		return false;
	*end = at - 1;
	return s32_take(&at, CPU_MAX, cpu);
}

/* "(   12)" or "(-----)", where tracefs is told to print thread groups */
static void tgid_back(const char *line, const char **end)
{
	const char *at = *end;

	back_over_blanks(line, &at);
	if (at == line || at[-1] != ')')
		return;
	at--;
	while (at > line && (is_digit(at[-1]) || at[-1] == ' ' || at[-1] == '-'))
		at--;
	if (at > line && at[-1] == '(')
		*end = at - 1;
}

static bool current_back(const char *line, const char *end, struct who *w)
{
	const char *at;

	back_over_blanks(line, &end);
	at = end;
	while (at > line && is_digit(at[-1]))
		at--;
	if (at == end || at <= line + 1 || at[-1] != '-')
		return false;
	end = at - 1;
	if (!s32_take(&at, PID_MAX, &w->pid))
		return false;
	line += strspn(line, "> \t"); /* quoted in a mail */
	return name_set(w->comm, line, end);
}

static bool head_take(const char *line, const char *end, struct ftrace_event *e)
{
	if (!time_back(line, &end, &e->time_ns) || !cpu_back(line, &end, &e->cpu))
		return false;
	tgid_back(line, &end);
	if (!current_back(line, end, &e->current))
		return false;
	name_idle(&e->current);
	return true;
}

/* ---- fields ---- */

/* "comm=NAME pid=12 prio=120", each key with @prefix before it */
static bool long_task(const char **at, const char *prefix, struct who *w)
{
	char comm[24], pid[24], prio[24];
	const char *name, *end;
	s32 unused;

	snprintf(comm, sizeof(comm), "%scomm=", prefix);
	snprintf(pid, sizeof(pid), "%spid", prefix);
	snprintf(prio, sizeof(prio), "%sprio", prefix);
	skip_blanks(at);
	if (!skip(at, comm))
		return false;
	name = *at;
	snprintf(comm, sizeof(comm), " %spid=", prefix);
	end = strstr(name, comm);
	if (!end || !name_set(w->comm, name, end))
		return false;
	*at = end;
	if (!key_take(at, pid, PID_MAX, &w->pid) || !key_take(at, prio, INT32_MAX, &unused))
		return false;
	name_idle(w);
	return true;
}

/* trace-cmd's "NAME:12 [120]", where the name may have colons of its own, up to @end */
static bool short_task(const char *at, const char *end, struct who *w)
{
	const char *bracket = end, *colon, *pid;

	while (bracket > at && *bracket != '[')
		bracket--;
	if (bracket == at || bracket[-1] != ' ')
		return false;
	for (colon = bracket - 1; colon > at && *colon != ':';)
		colon--;
	pid = colon + 1;
	skip_blanks(&at);
	if (*colon != ':' || !name_set(w->comm, at, colon) || !s32_take(&pid, PID_MAX, &w->pid))
		return false;
	name_idle(w);
	return pid == bracket - 1;
}

/* "S", "R+", "D|K": a task that was preempted is as runnable as any */
static bool state_set(struct ftrace_event *e, const char *at, const char *end)
{
	size_t n = end - at;

	if (n > 1 && at[n - 1] == '+')
		n--;
	if (!n || n >= STATE_BYTES || strcspn(at, " \t") < n)
		return false;
	memcpy(e->state, at, n);
	return true;
}

static bool long_switch(const char *at, struct ftrace_event *e)
{
	const char *end;

	if (!long_task(&at, "prev_", &e->task) || !skip(&at, " prev_state="))
		return false;
	end = strstr(at, " ==> ");
	if (!end || !state_set(e, at, end))
		return false;
	at = end + 5;
	return long_task(&at, "next_", &e->next);
}

static bool short_switch(const char *at, struct ftrace_event *e)
{
	const char *arrow = strstr(at, " ==> "), *state = arrow;

	if (!arrow)
		return false;
	while (state > at && state[-1] != ' ')
		state--;
	if (state <= at + 1 || !state_set(e, state, arrow) || !short_task(at, state - 2, &e->task))
		return false;
	at = arrow + 5;
	return short_task(at, at + strlen(at), &e->next);
}

static bool switch_take(const char *at, struct ftrace_event *e)
{
	return long_switch(at, e) || short_switch(at, e);
}

/* "comm=... [success=1] target_cpu=003", or trace-cmd's "NAME:12 [120] [success=1] CPU:003" */
static bool wakeup_fields(const char *at, struct ftrace_event *e, s32 *cpu)
{
	const char *end;
	s32 unused;

	if (long_task(&at, "", &e->task)) {
		key_take(&at, "success", 1, &unused);
		return e->task.pid && key_take(&at, "target_cpu", CPU_MAX, cpu);
	}
	end = strstr(at, " CPU:");
	if (!end || !short_task(at, end, &e->task))
		return false;
	end += 5;
	return e->task.pid && s32_take(&end, CPU_MAX, cpu);
}

static bool wakeup_take(const char *at, struct ftrace_event *e)
{
	return wakeup_fields(at, e, &e->a);
}

static bool wakeup_new_take(const char *at, struct ftrace_event *e)
{
	e->b = 1;
	return wakeup_fields(at, e, &e->a);
}

static bool migrate_take(const char *at, struct ftrace_event *e)
{
	return long_task(&at, "", &e->task) && e->task.pid &&
	       key_take(&at, "orig_cpu", CPU_MAX, &e->a) &&
	       key_take(&at, "dest_cpu", CPU_MAX, &e->b);
}

static const struct {
	const char *name;
	enum trace_event_id id;
	bool (*take)(const char *at, struct ftrace_event *e);
} kinds[] = {
	{ "sched_switch:", EV_sched_switch, switch_take },
	{ "sched_wakeup:", EV_sched_wakeup, wakeup_take },
	{ "sched_wakeup_new:", EV_sched_wakeup, wakeup_new_take },
	{ "sched_waking:", EV_sched_waking, wakeup_take },
	{ "sched_migrate_task:", EV_sched_migrate_task, migrate_take },
};

/* ---- lines ---- */

/* The event of a line; false: it is none of those, or not whole. */
static bool event_take(const char *line, struct ftrace_event *e)
{
	const char *colon = strstr(line, ": sched_"), *at = colon ? colon + 2 : NULL;

	for (u32 i = 0; at && i < ARRAY_SIZE(kinds); i++)
		if (skip(&at, kinds[i].name)) {
			e->id = kinds[i].id;
			return head_take(line, colon, e) && kinds[i].take(at, e);
		}
	return false;
}

static void cpus_at_least(struct ftrace *f, s32 cpus)
{
	f->cpus = max(f->cpus, (u32)cpus);
}

/* "cpus=4", "# ... #P:4", "CPU:1 [LOST 42 EVENTS]", "CPU:1 [42 EVENTS DROPPED]" */
static void other_take(struct ftrace *f, const char *line)
{
	const char *at = line + strspn(line, "> \t"), *p = strstr(line, "#P:");
	s32 n;

	if (*at == '#' && p) {
		p += 3;
		if (s32_take(&p, READER_CPUS_MAX, &n))
			cpus_at_least(f, n);
	} else if (skip(&at, "cpus=")) {
		if (s32_take(&at, READER_CPUS_MAX, &n))
			cpus_at_least(f, n);
	} else if (skip(&at, "CPU:") && s32_take(&at, CPU_MAX, &n) && skip(&at, " [")) {
		skip(&at, "LOST ");
		f->lost += s32_take(&at, INT32_MAX, &n) ? (u64)n : 1;
	}
}

static void cpus_of(struct ftrace *f, const struct ftrace_event *e)
{
	cpus_at_least(f, e->cpu + 1);
	if (e->id == EV_sched_switch)
		return;
	cpus_at_least(f, e->a + 1);
	if (e->id == EV_sched_migrate_task)
		cpus_at_least(f, e->b + 1);
}

int ftrace_take(struct ftrace *f, const char *line)
{
	struct ftrace_event e = { .nr = f->nr }, *more;

	if (!event_take(line, &e)) {
		other_take(f, line);
		return 0;
	}
	if (f->nr == f->room) {
		u64 room = f->room ? 2 * f->room : 1024;

		more = realloc(f->at, room * sizeof(*more));
		if (!more)
			return -ENOMEM;
		f->at = more;
		f->room = room;
	}
	f->at[f->nr++] = e;
	cpus_of(f, &e);
	return 0;
}

/* ---- all of them ---- */

static int by_time(const void *a, const void *b)
{
	const struct ftrace_event *x = a, *y = b;

	if (x->time_ns != y->time_ns)
		return x->time_ns < y->time_ns ? -1 : 1;
	return x->nr < y->nr ? -1 : x->nr > y->nr;
}

u64 ftrace_end(struct ftrace *f, struct trace_about *about)
{
	if (f->nr)
		qsort(f->at, f->nr, sizeof(*f->at), by_time);
	*about =
		(struct trace_about){ .origin = TRACE_OF_FTRACE, .cpus = f->cpus, .lost = f->lost };
	return f->nr;
}

static void task_value(struct trace_value *v, const struct who *w)
{
	v->num = w->pid;
	memcpy(v->comm, w->comm, sizeof(v->comm));
}

/* in the order of events.def */
static void fields_value(const struct ftrace_event *x, struct trace_line *e)
{
	task_value(&e->arg[0], &x->task);
	switch (x->id) {
	case EV_sched_switch:
		e->arg[1].text = x->state;
		task_value(&e->arg[2], &x->next);
		break;
	case EV_sched_waking:
		task_value(&e->arg[1], &x->current);
		e->arg[2].num = x->a;
		break;
	default: /* wakeup: cpu, new; migrate: from, to */
		e->arg[1].num = x->a;
		e->arg[2].num = x->b;
	}
}

int ftrace_next(struct ftrace *f, struct trace_line *e)
{
	const struct ftrace_event *x;

	if (f->cursor == f->nr)
		return 0;
	x = &f->at[f->cursor++];
	*e = (struct trace_line){
		.time_ns = x->time_ns, .id = x->id, .cpu = x->cpu, .pid = x->current.pid
	};
	for (u32 i = 0; i < TRACE_ARGS_MAX; i++)
		e->arg[i].text = "";
	memcpy(e->comm, x->current.comm, sizeof(e->comm));
	fields_value(x, e);
	return 1;
}

void ftrace_rewind(struct ftrace *f)
{
	f->cursor = 0;
}

struct ftrace *ftrace_create(void)
{
	return calloc(1, sizeof(struct ftrace));
}

void ftrace_destroy(struct ftrace *f)
{
	if (!f)
		return;
	free(f->at);
	free(f);
}
