// SPDX-License-Identifier: GPL-2.0-only
/*
 * figures.c - what paths name: a figure of the JSON summary, or else a
 * global or map of the object.
 *
 *	kicks.idle  ops.dispatch  per_cpu[2].busy_ns  tasks.spin.runtime_ns  exit.kind
 *
 * Tasks are named by their comm (the first one so called), groups as the summary names them
 * (groups.sleeper-*.wakeup_latency_ns.p99). While it lives, a task has figures that the summary
 * lacks: marks, cpu, class, policy, nice, state. What stands behind "after." is of the time after
 * the scheduler's end; so is a task that was made there.
 */
#include <fnmatch.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "base/figure.h"
#include "base/text_stream.h"
#include "scenario/scenario.h"
#include "kern/ext/ext.h"
#include "kern/machine.h"
#include "kern/sched.h"

static const char kick_figures[] =
	"plain idle preempt wait sent skipped_idle coalesced dropped ipis latency_ns";
static const char cpu_figures[] = "busy_ns idle_ns switches kicked";
static const char task_figure_names[] =
	"pid comm runtime_ns wait_ns waiting_ns wakeups wakeup_latency_ns queue_wait_ns switches "
	"migrations marks cpu class policy nice state";
static const char group_figures[] =
	"nr runtime_ns wait_ns waiting_ns wakeups wakeup_latency_ns queue_wait_ns switches migrations";
static const char task_words[] = "comm class policy state";
static const char exit_figures[] = "kind code reason msg at_ns";
static const char after_figures[] = "from_ns duration_ns switches tasks groups all_tasks per_cpu";

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
		if (!strcmp(scx_op_name(i), op) ||
		    (scn_is_pattern(op) && !fnmatch(op, scx_op_name(i), 0)))
			return 0;
	return scn_fail(s, "there is no figure '%s': there is no op '%s'", path, op);
}

/* Of "[N].FIGURE" or "[*].FIGURE", the FIGURE; NULL: it is no such thing */
static const char *index_take(const char *rest, u64 *i)
{
	char *end;

	*i = 0;
	if (has_prefix(rest, "[*]."))
		return rest + 4;
	*i = strtoull(rest + 1, &end, 10);
	return end == rest + 1 || !has_prefix(end, "].") ? NULL : end + 2;
}

static int check_cpu(struct ks_scenario *s, const char *path, const char *rest)
{
	u64 cpu;
	const char *figure = index_take(rest, &cpu);

	if (!figure || cpu >= machine->nr_cpu_ids)
		return scn_fail(s, "'%s': per_cpu[N].FIGURE is due, N from 0 to %u or *", path,
				machine->nr_cpu_ids - 1);
	return check_among(s, path, figure, cpu_figures);
}

/* tasks.COMM.FIGURE, groups.NAME.FIGURE; a name may have dots, a figure has none but in waits */
static const char *task_figure(const char *rest)
{
	const char *dot = strstr(rest, ".wakeup_latency_ns.");

	if (!dot)
		dot = strstr(rest, ".queue_wait_ns.");
	return dot ? dot : strrchr(rest, '.');
}

static int check_task(struct ks_scenario *s, const char *path, const char *rest)
{
	const char *dot = task_figure(rest);

	if (!dot)
		return scn_fail(s, "'%s': tasks.COMM.FIGURE is due", path);
	return check_among(s, path, dot + 1, task_figure_names);
}

static int check_group(struct ks_scenario *s, const char *path, const char *rest)
{
	const char *dot = task_figure(rest);

	if (!dot)
		return scn_fail(s, "'%s': groups.NAME.FIGURE is due", path);
	return check_among(s, path, dot + 1, group_figures);
}

static bool root_is(const char *path, const char *root, char follows)
{
	size_t n = strlen(root);

	return !strncmp(path, root, n) && path[n] == follows;
}

bool scn_is_figure(const char *path)
{
	const char *inner;
	char text[256];
	size_t len;

	if (aggregate_parse(path, &inner, &len)) {
		snprintf(text, sizeof(text), "%.*s", (int)len, inner);
		path = text;
	}
	return !strcmp(path, "switches") || !strcmp(path, "duration_ns") ||
	       root_is(path, "kicks", '.') || root_is(path, "ops", '.') ||
	       root_is(path, "tasks", '.') || root_is(path, "per_cpu", '[') ||
	       root_is(path, "groups", '.') || root_is(path, "all_tasks", '.') ||
	       root_is(path, "after", '.') || root_is(path, "events", '.') ||
	       root_is(path, "exit", '.') || root_is(path, "subs", '[');
}

static const char sub_figures[] = "name cgroup level state exit ops events";

/* "subs[0].exit.kind": by order of attachment */
static int check_sub(struct ks_scenario *s, const char *path, const char *rest)
{
	u64 i;
	const char *figure = index_take(rest, &i);

	if (!figure)
		return scn_fail(s, "'%s': subs[N].FIGURE is due", path);
	return check_among(s, path, figure, sub_figures);
}

static int check_after(struct ks_scenario *s, const char *path)
{
	const char *rest = path + 6;

	if (has_prefix(rest, "after.") || check_among(s, path, rest, after_figures))
		return scn_fail(s, "there is no figure '%s'; 'after' has: %s", path, after_figures);
	return scn_is_figure(rest) ? scn_check_figure(s, rest) : 0;
}

static int check_aggregate(struct ks_scenario *s, const char *text, const char *at, size_t len)
{
	char path[256];

	snprintf(path, sizeof(path), "%.*s", (int)len, at);
	if (strchr(path, '('))
		return scn_fail(s, "'%s': an aggregate is of figures", text);
	return scn_check_figure(s, path);
}

/* "tasks.spin.class", "exit.msg": can it be a word? */
bool scn_figure_is_word(const char *path)
{
	const char *dot;

	if (has_prefix(path, "after."))
		path += 6;
	if (has_prefix(path, "exit.") || has_prefix(path, "subs["))
		return true;
	dot = has_prefix(path, "tasks.") ? strrchr(path, '.') : NULL;
	return dot && is_among(task_words, dot + 1, strlen(dot + 1));
}

int scn_check_figure(struct ks_scenario *s, const char *path)
{
	const char *inner;
	size_t len;

	if (aggregate_parse(path, &inner, &len))
		return check_aggregate(s, path, inner, len);
	if (root_is(path, "kicks", '.'))
		return check_among(s, path, path + 6, kick_figures);
	if (root_is(path, "ops", '.'))
		return check_op(s, path, path + 4);
	if (root_is(path, "tasks", '.'))
		return check_task(s, path, path + 6);
	if (root_is(path, "groups", '.'))
		return check_group(s, path, path + 7);
	if (root_is(path, "all_tasks", '.'))
		return check_among(s, path, path + 10, group_figures);
	if (root_is(path, "after", '.'))
		return check_after(s, path);
	if (root_is(path, "per_cpu", '['))
		return check_cpu(s, path, path + 7);
	if (root_is(path, "subs", '['))
		return check_sub(s, path, path + 4);
	if (root_is(path, "exit", '.'))
		return check_among(s, path, path + 5, exit_figures);
	if (scn_is_figure(path))
		return 0;
	return scn_fail(s,
			"there is no figure '%s'; there are: switches, duration_ns, kicks.*, "
			"ops.*, tasks.COMM.*, groups.NAME.*, all_tasks.*, per_cpu[N].*, events.*, "
			"exit.*, subs[N].*, after.*",
			path);
}

/* ---- the summary ---- */

static const char *policy_name(u32 policy)
{
	static const char *const names[] = { "other", "fifo", "rr",	  "batch",
					     "iso",   "idle", "deadline", "ext" };

	return policy < ARRAY_SIZE(names) ? names[policy] : "?";
}

static const char *state_name(const struct task_struct *p)
{
	if (host_of(p)->m->exiting || host_of(p)->m->dead)
		return "dead";
	if (p->on_cpu)
		return "running";
	return task_runnable(p) ? "runnable" : "sleeping";
}

static json_t *task_by_pid(json_t *part, pid_t pid)
{
	json_t *t;
	size_t i;

	json_array_foreach(json_object_get(part, "tasks"), i, t)
		if (json_integer_value(json_object_get(t, "pid")) == pid)
			return t;
	return NULL;
}

static void add_state(json_t *t, const struct task_struct *p)
{
	const struct thread *th = thread_of(p);

	json_object_set_new(t, "marks", json_integer(th ? th->nr_marks : 0));
	json_object_set_new(t, "cpu", json_integer(task_cpu(p)));
	json_object_set_new(t, "class", json_string(task_class_name(p)));
	json_object_set_new(t, "policy", json_string(policy_name(p->policy)));
	json_object_set_new(t, "nice", json_integer(task_nice(p)));
	json_object_set_new(t, "state", json_string(state_name(p)));
}

static void add_living(json_t *part)
{
	struct task_struct *p;
	json_t *t;

	for_each_task(p) {
		t = task_by_pid(part, p->pid);
		if (t)
			add_state(t, p);
	}
}

json_t *scn_summary(struct ks_scenario *s)
{
	json_t *summary = NULL;
	char *text = NULL;
	size_t n = 0;
	FILE *f = text_stream(&text, &n);

	if (!ks_machine_json(s->km, f) && !fflush(f))
		summary = json_loads(text, 0, NULL);
	fclose(f);
	free(text);
	if (!summary)
		return NULL;
	add_living(summary);
	if (json_object_get(summary, "after"))
		add_living(json_object_get(summary, "after"));
	return summary;
}

/* ---- looking up ---- */

/* the row of @list whose @key is the first @n bytes of @name */
static json_t *row_by_name(json_t *list, const char *key, const char *name, size_t n)
{
	const char *has;
	json_t *row;
	size_t i;

	json_array_foreach(list, i, row) {
		has = json_string_value(json_object_get(row, key));
		if (has && strlen(has) == n && !strncmp(has, name, n))
			return row;
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

/* @rest: "NAME.FIGURE" of @part's list @key, whose rows are named by @name */
static json_t *row_figure(json_t *part, const char *key, const char *name, const char *rest)
{
	const char *dot = task_figure(rest);
	json_t *row = dot ? row_by_name(json_object_get(part, key), name, rest, dot - rest) : NULL;

	return row ? member(row, dot + 1) : NULL;
}

static json_t *indexed_figure(json_t *part, const char *key, const char *rest)
{
	u64 i;
	const char *name = index_take(rest, &i);

	return name ? member(json_array_get(json_object_get(part, key), i), name) : NULL;
}

static json_t *figure(json_t *part, const char *path)
{
	json_t *v;

	if (root_is(path, "tasks", '.')) {
		v = row_figure(part, "tasks", "comm", path + 6);
		/* made after the scheduler's end? */
		return v ? v :
			   row_figure(json_object_get(part, "after"), "tasks", "comm", path + 6);
	}
	if (root_is(path, "groups", '.'))
		return row_figure(part, "groups", "name", path + 7);
	if (root_is(path, "after", '.'))
		return json_object_get(part, "after") ?
			       figure(json_object_get(part, "after"), path + 6) :
			       NULL;
	if (root_is(path, "per_cpu", '['))
		return indexed_figure(part, "per_cpu", path + 7);
	if (root_is(path, "subs", '['))
		return indexed_figure(part, "subs", path + 4);
	return member(part, path);
}

/* counters that never counted are not in the summary */
static bool is_counter(const char *path)
{
	return root_is(path, "ops", '.') || root_is(path, "events", '.') ||
	       (root_is(path, "subs", '[') &&
		(strstr(path, "].ops.") || strstr(path, "].events.")));
}

json_t *scn_lookup(struct ks_scenario *s, json_t *summary, const char *path)
{
	const char *inner;
	size_t len;
	json_t *v;

	if (!scn_is_figure(path))
		return scn_object_value(s, path);
	if (aggregate_parse(path, &inner, &len))
		return scn_lookup_aggregate(s, summary, path);
	v = json_incref(figure(summary, path));
	if (!v && scn_is_pattern(path))
		v = scn_lookup_pattern(s, summary, path);
	if (!v && is_counter(path))
		return json_integer(0);
	if (v || scn_is_pattern(path))
		return v;
	scn_fail(s,
		 root_is(path, "tasks", '.') ? "'%s': there was no such task, or it has ended" :
					       "there is no figure '%s'",
		 path);
	return NULL;
}
