// SPDX-License-Identifier: GPL-2.0-only
/*
 * rtapp.c - the outer objects of an rt-app file: global, tasks, resources.
 *
 * Options that only say how rt-app measures or logs are accepted and do nothing:
 * they cannot change what the scheduler sees. The rest is either done or refused
 * by name.
 */
#include "load/rtapp.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "load/phases.h"

struct globals {
	u32 policy;
};

/* ---- global ---- */

static int global_duration(struct parse *ps, struct globals *g, const json_t *v)
{
	s64 seconds;
	int ret = parse_int(ps, v, -1, 1000000000, &seconds);

	if (!ret && seconds > 0)
		ps->w->duration_ns = seconds * NSEC_PER_SEC;
	if (!ret && !seconds)
		ret = parse_fail(ps, "'duration' is 0; say seconds, or -1 for no end");
	return ret;
}

static int global_policy(struct parse *ps, struct globals *g, const json_t *v)
{
	return parse_policy(ps, v, &g->policy);
}

static int global_pi(struct parse *ps, struct globals *g, const json_t *v)
{
	if (!json_is_boolean(v))
		return parse_fail(ps, "'%s' must be true or false", ps->at.name);
	if (json_is_true(v))
		return parse_fail(ps,
				  "'pi_enabled' is not supported: the machine's mutexes have no "
				  "priority inheritance");
	return 0;
}

static int global_ignored(struct parse *ps, struct globals *g, const json_t *v)
{
	return 0;
}

static const struct global_kind {
	const char *name;
	int (*parse)(struct parse *ps, struct globals *g, const json_t *v);
} global_kinds[] = {
	{ "duration", global_duration },
	{ "default_policy", global_policy },
	{ "pi_enabled", global_pi },
	{ "calibration", global_ignored }, /* 'run' is CPU time here, by definition */
	{ "lock_pages", global_ignored },
	{ "logdir", global_ignored },
	{ "log_basename", global_ignored },
	{ "log_size", global_ignored },
	{ "ftrace", global_ignored },
	{ "gnuplot", global_ignored },
	{ "cumulative_slack", global_ignored },
	{ "io_device", global_ignored }, /* of 'mem' and 'iorun', which are refused */
	{ "mem_buffer_size", global_ignored },
	{ "frag", global_ignored }, /* old files have it */
};

static int parse_global_member(struct parse *ps, struct globals *g, const json_t *v)
{
	if (parse_comment(ps))
		return 0;
	for (u32 i = 0; i < ARRAY_SIZE(global_kinds); i++)
		if (!strcmp(ps->at.name, global_kinds[i].name))
			return global_kinds[i].parse(ps, g, v);
	return parse_unknown(ps, "'global'",
			     "duration, default_policy, pi_enabled, calibration, "
			     "lock_pages, logdir, log_basename, log_size, ftrace, gnuplot, "
			     "cumulative_slack, io_device, mem_buffer_size");
}

static int parse_globals(struct parse *ps, struct globals *g, const json_t *v)
{
	const char *key;
	json_t *val;
	int ret = 0;

	if (!json_is_object(v))
		return parse_fail(ps, "'global' must be an object");
	json_object_foreach((json_t *)v, key, val) {
		jtext_key(key, &ps->at);
		ret = parse_global_member(ps, g, val);
		if (ret)
			break;
	}
	return ret;
}

/* ---- tasks ---- */

static int parse_task(struct parse *ps, const struct globals *g, const json_t *v)
{
	int ret;

	if (workload_find_spec(ps->w, ps->at.name))
		return parse_fail(ps, "task '%s' is described twice", ps->at.name);
	if (!*ps->at.name)
		return parse_fail(ps, "a task needs a name");
	ps->spec = workload_add_spec(ps->w, ps->at.name);
	ps->spec->numbered = ps->spec->sets_policy = true;
	ret = parse_thread(ps, v, g->policy);
	ps->spec = NULL;
	return ret;
}

static int parse_tasks(struct parse *ps, const struct globals *g, const json_t *v)
{
	const char *key;
	json_t *val;
	int ret = 0;

	if (!json_is_object(v))
		return parse_fail(ps, "'tasks' must be an object");
	json_object_foreach((json_t *)v, key, val) {
		jtext_key(key, &ps->at);
		if (parse_comment(ps))
			continue;
		ret = parse_task(ps, g, val);
		if (ret)
			break;
	}
	return ret;
}

/* ---- the file ---- */

struct sections {
	const json_t *global, *tasks;
	struct jkey global_at, tasks_at;
};

static int take_section(struct parse *ps, const json_t **section, struct jkey *at, const json_t *v)
{
	if (*section)
		return parse_fail(ps, "a second '%s'", ps->at.name);
	*section = v;
	*at = ps->at;
	return 0;
}

static int find_sections(struct parse *ps, const json_t *root, struct sections *s)
{
	const char *key;
	json_t *val;
	int ret = 0;

	if (!json_is_object(root))
		return parse_fail(ps, "an rt-app file is an object with \"tasks\"");
	json_object_foreach((json_t *)root, key, val) {
		jtext_key(key, &ps->at);
		if (!strcmp(ps->at.name, "global"))
			ret = take_section(ps, &s->global, &s->global_at, val);
		else if (!strcmp(ps->at.name, "tasks"))
			ret = take_section(ps, &s->tasks, &s->tasks_at, val);
		else if (strcmp(ps->at.name, "resources") &&
			 !parse_comment(ps)) /* they come into being by use */
			ret = parse_unknown(ps, "the file", "tasks, global, resources");
		if (ret)
			return ret;
	}
	ps->at = (struct jkey){};
	return s->tasks ? 0 : parse_fail(ps, "has no \"tasks\"");
}

static int parse_root(struct parse *ps, const json_t *root)
{
	struct sections s = {};
	struct globals g = { .policy = SCHED_NORMAL };
	int ret = find_sections(ps, root, &s);

	if (!ret && s.global) {
		ps->at = s.global_at;
		ret = parse_globals(ps, &g, s.global);
	}
	if (ret)
		return ret;
	ps->at = s.tasks_at;
	ret = parse_tasks(ps, &g, s.tasks);
	return ret ? ret : workload_seal(ps->w, ps->err, ps->len);
}

int rtapp_load(struct workload *w, char *err, size_t len)
{
	struct parse ps = { .file = w->name, .rtapp = true, .w = w, .err = err, .len = len };
	json_t *root = jtext_load(w->name, err, len);
	int ret;

	if (!root)
		return -EINVAL;
	ret = parse_root(&ps, root);
	json_decref(root);
	return ret;
}
