// SPDX-License-Identifier: GPL-2.0-only
/*
 * figures.c - what paths name: a figure of the JSON summary, or else a
 * global or map of the object.
 *
 *	kicks.idle  ops.dispatch  per_cpu[2].busy_ns  tasks.spin.runtime_ns  exit.kind
 *
 * Tasks are named by their comm (the first one so called). While it lives, a task
 * has figures that the summary lacks: marks, cpu, class, policy, nice, state.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "scenario/scenario.h"
#include "kern/ext/ext.h"
#include "kern/machine.h"
#include "kern/sched.h"

static const char kick_figures[] =
	"plain idle preempt wait sent skipped_idle coalesced dropped ipis latency_ns";
static const char cpu_figures[] = "busy_ns idle_ns switches kicked";
static const char task_figure_names[] =
	"pid comm runtime_ns wait_ns wakeups wakeup_latency_ns switches migrations marks cpu class "
	"policy nice state";
static const char exit_figures[] = "kind code reason msg";

/* ---- names, when the file is read ---- */

/* is the first @n bytes of @word one of @words, which blanks separate? */
static bool is_among(const char *words, const char *word, size_t n)
{
	const char *p = words;

	for (; (p = strstr(p, word)); p++) {
		if ((p == words || p[-1] == ' ') && (!p[n] || p[n] == ' '))
			return true;
	}
	return false;
}

static int check_among(struct ks_scenario *s, const char *path, const char *rest, const char *words)
{
	char word[64];
	size_t n;

	snprintf(word, sizeof(word), "%.*s", (int)strcspn(rest, ".["), rest);
	n = strlen(word);
	if (n && is_among(words, word, n))
		return 0;
	return scn_fail(s, "there is no figure '%s'; '%s' may be one of: %s", path, word, words);
}

static int check_op(struct ks_scenario *s, const char *path, const char *op)
{
	for (u32 i = 0; i < NR_SCX_OPS; i++)
		if (!strcmp(scx_op_name(i), op))
			return 0;
	return scn_fail(s, "there is no figure '%s': there is no op '%s'", path, op);
}

static int check_cpu(struct ks_scenario *s, const char *path, const char *rest)
{
	char *end;
	u64 cpu = strtoull(rest + 1, &end, 10);

	if (*rest != '[' || end == rest + 1 || strncmp(end, "].", 2) || cpu >= machine->nr_cpu_ids)
		return scn_fail(s, "'%s': per_cpu[N].FIGURE is due, N from 0 to %u", path,
				machine->nr_cpu_ids - 1);
	return check_among(s, path, end + 2, cpu_figures);
}

/* tasks.COMM.FIGURE; a comm may have dots, a figure has none but in latencies */
static const char *task_figure(const char *rest)
{
	const char *dot = strstr(rest, ".wakeup_latency_ns.");

	return dot ? dot : strrchr(rest, '.');
}

static int check_task(struct ks_scenario *s, const char *path, const char *rest)
{
	const char *dot = task_figure(rest);

	if (!dot)
		return scn_fail(s, "'%s': tasks.COMM.FIGURE is due", path);
	return check_among(s, path, dot + 1, task_figure_names);
}

static bool root_is(const char *path, const char *root, char follows)
{
	size_t n = strlen(root);

	return !strncmp(path, root, n) && path[n] == follows;
}

bool scn_is_figure(const char *path)
{
	return !strcmp(path, "switches") || !strcmp(path, "duration_ns") ||
	       root_is(path, "kicks", '.') || root_is(path, "ops", '.') ||
	       root_is(path, "tasks", '.') || root_is(path, "per_cpu", '[') ||
	       root_is(path, "events", '.') || root_is(path, "exit", '.');
}

int scn_check_figure(struct ks_scenario *s, const char *path)
{
	if (root_is(path, "kicks", '.'))
		return check_among(s, path, path + 6, kick_figures);
	if (root_is(path, "ops", '.'))
		return check_op(s, path, path + 4);
	if (root_is(path, "tasks", '.'))
		return check_task(s, path, path + 6);
	if (root_is(path, "per_cpu", '['))
		return check_cpu(s, path, path + 7);
	if (root_is(path, "exit", '.'))
		return check_among(s, path, path + 5, exit_figures);
	if (scn_is_figure(path))
		return 0;
	return scn_fail(s,
			"there is no figure '%s'; there are: switches, duration_ns, kicks.*, "
			"ops.*, tasks.COMM.*, per_cpu[N].*, events.*",
			path);
}

/* ---- the summary ---- */

static const char *policy_name(u32 policy)
{
	static const char *const names[] = {"other", "fifo", "rr",	 "batch",
					    "iso",   "idle", "deadline", "ext"};

	return policy < ARRAY_SIZE(names) ? names[policy] : "?";
}

static const char *state_name(const struct task_struct *p)
{
	if (p->m->exiting || p->m->dead)
		return "dead";
	if (p->on_cpu)
		return "running";
	return p->on_rq ? "runnable" : "sleeping";
}

static json_t *task_by_pid(json_t *summary, pid_t pid)
{
	json_t *t;
	size_t i;

	json_array_foreach(json_object_get(summary, "tasks"), i,
			   t) if (json_integer_value(json_object_get(t, "pid")) == pid) return t;
	return NULL;
}

static void add_living(json_t *summary)
{
	const struct thread *th;
	struct task_struct *p;
	json_t *t;

	for_each_task(p)
	{
		t = task_by_pid(summary, p->pid);
		if (!t)
			continue;
		th = thread_of(p);
		json_object_set_new(t, "marks", json_integer(th ? th->nr_marks : 0));
		json_object_set_new(t, "cpu", json_integer(task_cpu(p)));
		json_object_set_new(t, "class", json_string(task_class_name(p)));
		json_object_set_new(t, "policy", json_string(policy_name(p->policy)));
		json_object_set_new(t, "nice", json_integer(task_nice(p)));
		json_object_set_new(t, "state", json_string(state_name(p)));
	}
}

json_t *scn_summary(struct ks_scenario *s)
{
	json_t *summary = NULL;
	char *text = NULL;
	size_t n = 0;
	FILE *f = open_memstream(&text, &n);

	if (!f)
		return NULL;
	if (!ks_machine_json(s->km, f) && !fflush(f))
		summary = json_loads(text, 0, NULL);
	fclose(f);
	free(text);
	if (summary)
		add_living(summary);
	return summary;
}

/* ---- looking up ---- */

static json_t *task_by_comm(json_t *summary, const char *comm, size_t n)
{
	const char *name;
	json_t *t;
	size_t i;

	json_array_foreach(json_object_get(summary, "tasks"), i, t)
	{
		name = json_string_value(json_object_get(t, "comm"));
		if (name && strlen(name) == n && !strncmp(name, comm, n))
			return t;
	}
	return NULL;
}

/* Members down a dotted path. */
static json_t *member(json_t *v, const char *path)
{
	char name[128];
	size_t n;

	for (;;) {
		n = strcspn(path, ".");
		snprintf(name, sizeof(name), "%.*s", (int)n, path);
		v = json_object_get(v, name);
		if (!v || !path[n])
			return v;
		path += n + 1;
	}
}

static json_t *figure(json_t *summary, const char *path)
{
	const char *dot;
	json_t *v;

	if (root_is(path, "tasks", '.')) {
		dot = task_figure(path + 6);
		v = dot ? task_by_comm(summary, path + 6, dot - path - 6) : NULL;
		return v ? member(v, dot + 1) : NULL;
	}
	if (root_is(path, "per_cpu", '[')) {
		dot = strchr(path, '.');
		v = json_array_get(json_object_get(summary, "per_cpu"),
				   strtoul(path + 8, NULL, 10));
		return dot ? member(v, dot + 1) : NULL;
	}
	return member(summary, path);
}

json_t *scn_lookup(struct ks_scenario *s, json_t *summary, const char *path)
{
	json_t *v;

	if (!scn_is_figure(path))
		return scn_object_value(s, path);
	v = figure(summary, path);
	if (v)
		return json_incref(v);
	/* counters that never counted are not in the summary */
	if (root_is(path, "ops", '.') || root_is(path, "events", '.'))
		return json_integer(0);
	scn_fail(s,
		 root_is(path, "tasks", '.') ? "'%s': there was no such task, or it has ended"
					     : "there is no figure '%s'",
		 path);
	return NULL;
}
