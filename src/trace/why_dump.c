// SPDX-License-Identifier: GPL-2.0-only
/* why_dump.c - see why_dump.h. What is said here about kernels stands in docs/dumps.md. */
#include "trace/why_dump.h"

#include <errno.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "base/json_out.h"
#include "trace/near.h"
#include "trace/words.h"

#define SCHEMA 1
#define SHOWN_MAX 20 /* tasks in the text; JSON has all */
#define CPUS_TEXT 256
#define BUSY_MAX 4 /* CPUs that are told one by one */

#define OPSS_QUEUED 2

/* ---- words ---- */

const char *why_dump_meaning(u32 kind)
{
	switch (kind) {
	case 64:
		return "user space took the scheduler off: nothing went wrong";
	case 65:
		return "the scheduler left of its own accord, by scx_bpf_exit()";
	case 66:
		return "the kernel asked it to leave, as for a CPU that comes or goes";
	case 67:
		return "somebody asked for it with SysRq-S";
	case 68:
	case 69:
		return "the scheduler above this one left or was taken off";
	case 1024:
		return "the kernel caught the scheduler at what no scheduler may do; the message says at what";
	case 1025:
		return "the scheduler itself found an error and called scx_bpf_error()";
	case 1026:
		return "a task that could run was not run for longer than the watchdog allows (the "
		       "scheduler's timeout_ms, at most 30 s)";
	case 1027:
		return "tasks were put back into the scheduler's hands over and over";
	case 1028:
		return "more tasks had to be rescued from this scheduler than there is bandwidth for";
	default:
		return "";
	}
}

/* The message tells more than the kind. */
static const char *meaning(const struct dump *d)
{
	if (d->kind == 1026 && strstr(d->msg, "watchdog failed to check in"))
		return "the kernel's own watchdog did not get to run: a CPU was kept, or its worker starved";
	return why_dump_meaning(d->kind);
}

const char *why_dump_queue(const struct dump_task *t, char *buf, size_t len)
{
	if (!t->has_dsq && t->ops_state == OPSS_QUEUED)
		snprintf(buf, len,
			 "the scheduler's hands: ops.enqueue() has it, and put it into no queue");
	else if (!t->has_dsq)
		snprintf(buf, len, "no queue");
	else if (t->dsq == DSQ_LOCAL)
		snprintf(buf, len, "the local queue of CPU %u", t->cpu);
	else if (t->dsq == DSQ_GLOBAL)
		snprintf(buf, len, "the global queue");
	else if (t->dsq == DSQ_BYPASS)
		snprintf(buf, len, "the bypass queue");
	else if (t->dsq & DSQ_BUILTIN)
		snprintf(buf, len, "the kernel's own queue 0x%llx", t->dsq);
	else
		snprintf(buf, len, "the scheduler's queue 0x%llx", t->dsq);
	return buf;
}

static const char *wait_text(s64 ms, char buf[32])
{
	ms = max(ms, 0LL); /* became runnable while the dump was being made */
	if (ms >= 1000)
		snprintf(buf, 32, "%lld.%03lld s", ms / 1000, ms % 1000);
	else
		snprintf(buf, 32, "%lld ms", ms);
	return buf;
}

/* The program in "bpf_prog_1234567890abcdef_NAME+0x1/0x2", or the machine's "NAME: FILE.c:5: ..." */
static const char *program_of(const char *line, char *buf, size_t len)
{
	const char *at = strstr(line, "bpf_prog_");
	size_t digits;

	if (!at)
		return strstr(line, ".c:") ? line : NULL;
	at += 9;
	digits = strspn(at, "0123456789abcdef");
	if (digits != 16 || at[16] != '_')
		return NULL;
	snprintf(buf, len, "%.*s", (int)strcspn(at + 17, "+ "), at + 17);
	return buf;
}

static const char *program_where(const struct dump *d, char *buf, size_t len)
{
	const char *at = NULL;

	for (u32 i = 0; !at && i < d->backtrace.nr; i++)
		at = program_of(d->backtrace.at[i], buf, len);
	return at;
}

/* ---- which CPUs ---- */

/* The dump leaves out those that idle with nothing to run, unless it was cut by the kernel. */
static void idle_mask(const struct dump *d, struct dump_mask *m)
{
	*m = (struct dump_mask){ 0 };
	for (u32 cpu = 0; cpu < d->cpus_min; cpu++)
		if (dump_cpu(d, cpu) ? !dump_cpu_is_busy(d, cpu) : !d->truncated)
			m->bits[cpu / 64] |= 1ULL << cpu % 64;
}

/* Who may take it from where it is */
static bool may_take(const struct dump_task *t, u32 cpu)
{
	if (t->has_dsq && t->dsq == DSQ_LOCAL)
		return cpu == t->cpu;
	if (t->has_no_mig && t->no_mig)
		return cpu == t->cpu;
	return dump_mask_has(&t->cpus, cpu);
}

static u32 takers(const struct dump *d, const struct dump_task *t, bool busy, struct dump_mask *m)
{
	struct dump_mask idle;
	u32 nr = 0;

	idle_mask(d, &idle);
	*m = (struct dump_mask){ 0 };
	for (u32 cpu = 0; cpu < d->cpus_min; cpu++)
		if (may_take(t, cpu) &&
		    (busy ? dump_cpu_is_busy(d, cpu) : dump_mask_has(&idle, cpu))) {
			m->bits[cpu / 64] |= 1ULL << cpu % 64;
			nr++;
		}
	return nr;
}

static bool mask_is_empty(const struct dump_mask *m)
{
	for (u32 i = 0; i < ARRAY_SIZE(m->bits); i++)
		if (m->bits[i])
			return false;
	return true;
}

/* ---- which tasks ---- */

/* Who waits, the longest first; who runs behind them. */
static int by_wait(const void *a, const void *b)
{
	const struct dump_task *x = *(const struct dump_task *const *)a;
	const struct dump_task *y = *(const struct dump_task *const *)b;

	if (x->running != y->running)
		return x->running ? 1 : -1;
	if (x->runnable_ms != y->runnable_ms)
		return x->runnable_ms > y->runnable_ms ? -1 : 1;
	return x->pid < y->pid ? -1 : x->pid > y->pid;
}

static bool is_called(const struct dump_task *t, const char *name)
{
	char text[DUMP_COMM_BYTES + 16];

	if (!name || !strcmp(t->comm, name))
		return true;
	snprintf(text, sizeof(text), "%d", t->pid);
	if (!strcmp(text, name))
		return true;
	snprintf(text, sizeof(text), "%s-%d", t->comm, t->pid);
	return !strcmp(text, name);
}

struct tasks {
	const struct dump_task **at;
	u32 nr, nr_waiting;
};

static int tasks_pick(const struct dump *d, const char *name, struct tasks *out)
{
	*out = (struct tasks){ .at = calloc(d->nr_tasks + 1, sizeof(*out->at)) };
	if (!out->at)
		return -ENOMEM;
	for (u32 i = 0; i < d->nr_tasks; i++)
		if (is_called(&d->tasks[i], name)) {
			out->at[out->nr++] = &d->tasks[i];
			out->nr_waiting += !d->tasks[i].running;
		}
	qsort(out->at, out->nr, sizeof(*out->at), by_wait);
	if (name && !out->nr) {
		free(out->at);
		return -ENOENT;
	}
	return 0;
}

/* ---- text ---- */

static void put_exit(const struct dump *d, FILE *out)
{
	char where[128];
	const char *text = program_where(d, where, sizeof(where));

	if (d->nr_dumps > 1)
		fprintf(out, "The file has %u dumps; this is the last, from line %llu.\n",
			d->nr_dumps, d->line);
	if (!d->has_exit) {
		fprintf(out, "scheduler %s: a look at it, asked for by %s; it goes on\n",
			*d->scheduler ? d->scheduler : "(not named)", d->reason);
		return;
	}
	fprintf(out, "scheduler %s: ejected: %s%s%s\n",
		*d->scheduler ? d->scheduler : "(not named)", d->reason, *d->msg ? ": " : "",
		d->msg);
	if (*meaning(d))
		fprintf(out, "  exit kind %u: %s.\n", d->kind, meaning(d));
	else
		fprintf(out, "  exit kind %u\n", d->kind);
	fprintf(out, "  found while %s[%d] ran", d->comm, d->pid);
	if (d->exit_cpu >= 0)
		fprintf(out, ", on CPU %d", d->exit_cpu);
	if (text)
		fprintf(out, ", in %s", text);
	fputc('\n', out);
}

/* "CPU 1", "CPUs 0, 2-3", "no CPU" */
static const char *cpus_phrase(const struct dump_mask *m, u32 nr, char buf[CPUS_TEXT])
{
	char text[CPUS_TEXT - 8];

	dump_cpus_text(m, nr, text, sizeof(text));
	if (!strcmp(text, "none"))
		snprintf(buf, CPUS_TEXT, "no CPU");
	else
		snprintf(buf, CPUS_TEXT, "CPU%s %s", strpbrk(text, ",-") ? "s" : "", text);
	return buf;
}

static void put_busy(const struct dump *d, const struct dump_mask *busy, u32 nr, FILE *out)
{
	u32 shown = 0;

	for (u32 i = 0; i < d->nr_cpus; i++) {
		const struct dump_cpu *c = &d->cpus[i];

		if (!dump_mask_has(busy, c->cpu))
			continue;
		if (++shown > BUSY_MAX) {
			fprintf(out, ", and %u more", nr - BUSY_MAX);
			break;
		}
		fprintf(out, "%s CPU %u runs %s[%d] (%s)", shown > 1 ? "," : "", c->cpu, c->comm,
			c->pid, c->class);
	}
}

/* @before: whose takers were told; many tasks wait for the same CPUs */
static void put_takers(const struct dump *d, const struct dump_task *t,
		       const struct dump_task *before, FILE *out)
{
	char text[CPUS_TEXT];
	struct dump_mask idle, busy, idle_before, busy_before;
	u32 nr_idle = takers(d, t, false, &idle), nr_busy = takers(d, t, true, &busy);

	if (before && takers(d, before, false, &idle_before) == nr_idle &&
	    takers(d, before, true, &busy_before) == nr_busy &&
	    !memcmp(&idle, &idle_before, sizeof(idle)) &&
	    !memcmp(&busy, &busy_before, sizeof(busy))) {
		fputs("      who could take it: as before\n", out);
		return;
	}
	if (nr_idle)
		fprintf(out, "      %s could take it and had nothing to run%s\n",
			cpus_phrase(&idle, d->cpus_min, text), d->truncated ? "" : ", if online");
	if (!nr_busy)
		return;
	fprintf(out, "      %s",
		nr_idle	    ? "busy:" :
		nr_busy > 1 ? "all that could take it are busy:" :
			      "who alone could take it is busy:");
	put_busy(d, &busy, nr_busy, out);
	fputc('\n', out);
}

static void put_waiting(const struct dump *d, const struct dump_task *t,
			const struct dump_task *before, FILE *out)
{
	char wait[32], queue[80], cpus[CPUS_TEXT];

	fprintf(out, "  %s[%d] has waited for %s, in %s\n", t->comm, t->pid,
		wait_text(t->runnable_ms, wait), why_dump_queue(t, queue, sizeof(queue)));
	fprintf(out, "      it may run on %s; it is on the run queue of CPU %u",
		cpus_phrase(&t->cpus, d->cpus_min, cpus), t->cpu);
	if (t->has_slice)
		fprintf(out, "; weight %u", t->weight);
	if (t->has_no_mig && t->no_mig)
		fputs("; it has migration disabled", out);
	fputc('\n', out);
	put_takers(d, t, before, out);
}

static void put_tasks(const struct dump *d, const struct tasks *tasks, FILE *out)
{
	if (!tasks->nr_waiting) {
		fputs("\nNo task waits in it.\n", out);
		return;
	}
	fprintf(out, "\n%u task%s could run and did not, the longest wait first:\n",
		tasks->nr_waiting, tasks->nr_waiting > 1 ? "s" : "");
	for (u32 i = 0; i < min(tasks->nr_waiting, (u32)SHOWN_MAX); i++)
		put_waiting(d, tasks->at[i], i ? tasks->at[i - 1] : NULL, out);
	if (tasks->nr_waiting > SHOWN_MAX)
		fprintf(out, "  and %u more: --task T tells of one, --json of all\n",
			tasks->nr_waiting - SHOWN_MAX);
}

static void put_kicks(const struct dump *d, FILE *out)
{
	static const char *const words[DUMP_NR_MASKS] = {
		[DUMP_KICK] = "a kick",
		[DUMP_KICK_IDLE] = "a kick if they idle",
		[DUMP_KICK_PREEMPT] = "a preempting kick",
		[DUMP_KICK_WAIT] = "a kick that it waits for",
		[DUMP_KICK_SYNC] = "the end of its wait",
	};
	char text[CPUS_TEXT];

	for (u32 i = 0; i < d->nr_cpus; i++)
		for (u32 k = 0; k < DUMP_NR_MASKS; k++)
			if (!mask_is_empty(&d->cpus[i].kick[k]))
				fprintf(out, "  CPU %u has %s of %s under way\n", d->cpus[i].cpu,
					words[k],
					cpus_phrase(&d->cpus[i].kick[k], DUMP_CPUS_MAX, text));
}

static void put_cpus(const struct dump *d, FILE *out)
{
	char text[CPUS_TEXT];
	struct dump_mask idle;

	fputs("\nCPUs:\n", out);
	for (u32 i = 0; i < d->nr_cpus; i++) {
		const struct dump_cpu *c = &d->cpus[i];

		fprintf(out, "  CPU %u %s %s[%d] (%s)", c->cpu,
			dump_cpu_is_busy(d, c->cpu) ? "runs" : "idles:", c->comm, c->pid, c->class);
		if (c->released)
			fputs("; a higher class has it", out);
		fprintf(out, "; %u runnable\n", c->nr_run);
	}
	idle_mask(d, &idle);
	for (u32 i = 0; i < d->nr_cpus; i++)
		idle.bits[d->cpus[i].cpu / 64] &= ~(1ULL << d->cpus[i].cpu % 64);
	if (!mask_is_empty(&idle))
		fprintf(out, "  %s: not in the dump, so idle with nothing to run, or not online\n",
			cpus_phrase(&idle, d->cpus_min, text));
	put_kicks(d, out);
	if (d->truncated)
		fputs("  The kernel cut the dump (exit_dump_len): more CPUs and tasks may be missing.\n",
		      out);
}

static void put_end(const struct dump *d, FILE *out)
{
	char kernels[DUMP_KERNELS_TEXT_MAX];

	dump_kernels(d, kernels, sizeof(kernels));
	fprintf(out,
		"\nThe form is that of Linux %s. What came before is not in a dump: kickstand import "
		"makes a\nscenario of it, whose trace tells.\n",
		kernels);
}

/* ---- JSON ---- */

static void set(json_t *o, const char *key, json_t *v)
{
	json_object_set_new(o, key, v);
}

static json_t *text_or_null(const char *text)
{
	return text && *text ? json_string(text) : json_null();
}

static json_t *lines_json(const struct dump_lines *l)
{
	json_t *list = json_array();

	for (u32 i = 0; i < l->nr; i++)
		json_array_append_new(list, json_string(l->at[i]));
	return list;
}

static json_t *mask_json(const struct dump_mask *m, u32 nr)
{
	json_t *list = json_array();

	for (u32 cpu = 0; cpu < nr; cpu++)
		if (dump_mask_has(m, cpu))
			json_array_append_new(list, json_integer(cpu));
	return list;
}

static json_t *exit_json(const struct dump *d)
{
	json_t *o = json_object();
	char where[128];

	set(o, "kind", json_integer(d->kind));
	set(o, "reason", text_or_null(d->reason));
	set(o, "msg", json_string(d->msg));
	set(o, "meaning", text_or_null(meaning(d)));
	set(o, "comm", text_or_null(d->comm));
	set(o, "pid", json_integer(d->pid));
	set(o, "cpu", d->exit_cpu >= 0 ? json_integer(d->exit_cpu) : json_null());
	set(o, "program", text_or_null(program_where(d, where, sizeof(where))));
	set(o, "backtrace", lines_json(&d->backtrace));
	return o;
}

static json_t *dsq_json(const struct dump_task *t)
{
	char text[24];

	if (!t->has_dsq)
		return json_null();
	snprintf(text, sizeof(text), "0x%llx", t->dsq); /* more than a JSON number holds */
	return json_string(text);
}

static json_t *u64_json(bool known, u64 v)
{
	char text[24];

	if (!known)
		return json_null();
	if (v <= INT64_MAX)
		return json_integer((s64)v);
	snprintf(text, sizeof(text), "%llu", v);
	return json_string(text);
}

static json_t *task_json(const struct dump *d, const struct dump_task *t)
{
	json_t *o = json_object();
	struct dump_mask m;
	char queue[80], state[2] = { t->state };

	set(o, "comm", json_string(t->comm));
	set(o, "pid", json_integer(t->pid));
	set(o, "cpu", json_integer(t->cpu));
	set(o, "running", json_boolean(t->running));
	set(o, t->running ? "runnable_ms" : "wait_ms", json_integer(t->runnable_ms));
	set(o, "state", json_string(state));
	set(o, "scheduler", text_or_null(t->sched));
	set(o, "dsq", dsq_json(t));
	set(o, "queue",
	    t->running ? json_null() : json_string(why_dump_queue(t, queue, sizeof(queue))));
	set(o, "ops_state", json_integer((s64)t->ops_state));
	set(o, "cpus", mask_json(&t->cpus, d->cpus_min));
	set(o, "weight", t->has_slice ? json_integer(t->weight) : json_null());
	set(o, "slice_ns", u64_json(t->has_slice, t->slice_ns));
	set(o, "dsq_vtime", u64_json(t->has_vtime, t->vtime));
	set(o, "migration_disabled", t->has_no_mig ? json_integer(t->no_mig) : json_null());
	if (!t->running) {
		takers(d, t, false, &m);
		set(o, "idle_cpus", mask_json(&m, d->cpus_min));
		takers(d, t, true, &m);
		set(o, "busy_cpus", mask_json(&m, d->cpus_min));
	}
	set(o, "lines", lines_json(&t->lines));
	return o;
}

static json_t *cpu_json(const struct dump_cpu *c)
{
	static const char *const keys[DUMP_NR_MASKS] = {
		[DUMP_KICK] = "cpus_to_kick",
		[DUMP_KICK_IDLE] = "idle_to_kick",
		[DUMP_KICK_PREEMPT] = "cpus_to_preempt",
		[DUMP_KICK_WAIT] = "cpus_to_wait",
		[DUMP_KICK_SYNC] = "cpus_to_sync",
	};
	json_t *o = json_object();

	set(o, "cpu", json_integer(c->cpu));
	set(o, "comm", json_string(c->comm));
	set(o, "pid", json_integer(c->pid));
	set(o, "class", json_string(c->class));
	set(o, "runnable", json_integer(c->nr_run));
	set(o, "released", json_boolean(c->released));
	for (u32 i = 0; i < DUMP_NR_MASKS; i++)
		if (c->kick[i].digits)
			set(o, keys[i], mask_json(&c->kick[i], DUMP_CPUS_MAX));
	return o;
}

static void put_json(const struct dump *d, const struct tasks *tasks, FILE *out)
{
	json_t *o = json_object(), *waiting = json_array(), *running = json_array(),
	       *cpus = json_array(), *counters = json_object();
	struct dump_mask idle;
	char kernels[DUMP_KERNELS_TEXT_MAX];

	idle_mask(d, &idle);
	dump_kernels(d, kernels, sizeof(kernels));
	for (u32 i = 0; i < tasks->nr; i++)
		json_array_append_new(tasks->at[i]->running ? running : waiting,
				      task_json(d, tasks->at[i]));
	for (u32 i = 0; i < d->nr_cpus; i++)
		json_array_append_new(cpus, cpu_json(&d->cpus[i]));
	for (u32 i = 0; i < d->nr_counters; i++)
		set(counters, d->counters[i].name, json_integer(d->counters[i].value));
	set(o, "schema", json_integer(SCHEMA));
	set(o, "origin", json_string("dump"));
	set(o, "dumps", json_integer(d->nr_dumps));
	set(o, "line", json_integer((s64)d->line));
	set(o, "linux", json_string(kernels));
	set(o, "scheduler", text_or_null(d->scheduler));
	set(o, "exit", d->has_exit ? exit_json(d) : json_null());
	set(o, "truncated", json_boolean(d->truncated));
	set(o, "waiting", waiting);
	set(o, "running", running);
	set(o, "cpus", cpus);
	set(o, "idle_or_offline", mask_json(&idle, d->cpus_min));
	set(o, "lines", lines_json(&d->own));
	set(o, "counters", counters);
	json_out(o, out, JSON_INDENT(2));
	fputc('\n', out);
	json_decref(o);
}

int why_dump_print(const struct dump *d, const char *task, bool json, FILE *out)
{
	struct tasks tasks;
	int err = tasks_pick(d, task, &tasks);

	if (err)
		return err;
	if (json) {
		put_json(d, &tasks, out);
	} else {
		put_exit(d, out);
		put_tasks(d, &tasks, out);
		put_cpus(d, out);
		put_end(d, out);
	}
	free(tasks.at);
	return 0;
}

const char *why_dump_near(const struct dump *d, const char *task, char *buf, size_t len)
{
	struct near near = { .asked = task };

	for (u32 i = 0; i < d->nr_tasks; i++)
		near_try(&near, d->tasks[i].comm, d->tasks[i].pid);
	return near_text(&near, buf, len);
}
