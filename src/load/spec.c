// SPDX-License-Identifier: GPL-2.0-only
/*
 * spec.c - thread objects, of rt-app files and of scenarios, and what can be said
 * of threads only when all of them are known.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "load/phases.h"

#define INSTANCES_MAX 100000

/* a thread object while it is read */
struct reader {
	struct members m;
	struct phase single; /* events that stand in the thread object itself */
	const json_t *phases;
	struct jkey phases_at;
};

static int thread_instances(struct parse *ps, const json_t *v)
{
	s64 n;
	int ret = parse_int(ps, v, 0, INSTANCES_MAX, &n);

	ps->spec->instances = ret ? 0 : n;
	return ret;
}

static int thread_phases_once(struct parse *ps, struct reader *r, const json_t *v)
{
	if (r->phases)
		return parse_fail(ps, "a second 'phases'");
	r->phases = v;
	r->phases_at = ps->at;
	return 0;
}

static int thread_member(struct parse *ps, struct reader *r, const json_t *v)
{
	const char *name = ps->at.name;

	if (parse_comment(ps))
		return 0;
	if (!strcmp(name, ps->rtapp ? "instance" : "instances"))
		return thread_instances(ps, v);
	if (!strcmp(name, "delay"))
		return parse_duration(ps, v, &ps->spec->delay_ns);
	if (!ps->rtapp && !strcmp(name, "comm"))
		return 0;
	if (!strcmp(name, "phases"))
		return thread_phases_once(ps, r, v);
	return parse_member(ps, &r->m, v);
}

static int thread_unknown(struct parse *ps)
{
	char allowed[512];

	snprintf(allowed, sizeof(allowed), "%s, delay, phases, %s",
		 ps->rtapp ? "instance" : "comm, instances", member_names(ps->rtapp));
	return parse_unknown(ps, "a task", allowed);
}

static int single_phase(struct parse *ps, struct reader *r)
{
	ps->spec->phases = workload_alloc(ps->w, sizeof(r->single));
	ps->spec->phases[0] = r->single;
	ps->spec->nr_phases = 1;
	return 0;
}

static int thread_phases(struct parse *ps, struct reader *r, u32 policy)
{
	const struct jkey at = ps->at;
	u32 events = 0;
	int ret;

	if (r->phases && r->single.nr_events)
		return parse_fail(ps, "has events beside 'phases'; put them into a phase");
	if (r->phases)
		ps->at = r->phases_at;
	ret = r->phases ? parse_phases(ps, r->phases, policy) : single_phase(ps, r);
	for (u32 i = 0; !ret && i < ps->spec->nr_phases; i++)
		events += ps->spec->phases[i].nr_events;
	ps->at = at;
	if (!ret && !events)
		return parse_fail(ps, "has no events: nothing to do");
	return ret;
}

int parse_thread(struct parse *ps, const json_t *v, u32 policy)
{
	struct reader r = { .single.loop = 1 };
	const struct jkey at = ps->at;
	const char *key;
	json_t *val;
	int ret;

	if (!json_is_object(v))
		return parse_fail(ps, "must be an object");
	r.m = (struct members){ .cpus = &ps->spec->props.cpus,
				.cgrp = &ps->spec->props.cgrp,
				.cookie = &ps->spec->props.cookie,
				.loop = &ps->spec->loop,
				.phase = &r.single };
	json_object_foreach((json_t *)v, key, val) {
		jtext_key(key, &ps->at);
		ret = thread_member(ps, &r, val);
		if (ret == -ENOENT)
			return thread_unknown(ps);
		if (ret)
			return ret;
	}
	ps->at = at;
	ret = props_finish(ps, &r.m.raw, &ps->spec->props, &policy);
	ps->at = at;
	return ret ? ret : thread_phases(ps, &r, policy);
}

/* ---- scenario files ---- */

int workload_task_from_json(struct workload *w, const json_t *task, char *err, size_t len)
{
	struct parse ps = { .w = w, .err = err, .len = len };
	const char *comm = json_string_value(json_object_get(task, "comm"));

	if (!json_is_object(task))
		return parse_fail(&ps, "a task must be an object");
	if (!comm || !*comm)
		return parse_fail(&ps, "a task needs a \"comm\"");
	ps.spec = workload_add_spec(w, comm);
	return parse_thread(&ps, task, SCHED_NORMAL);
}

/* ---- the whole ---- */

typedef int event_visit(struct workload *w, struct thread_spec *spec, struct thread_event *ev,
			char *err, size_t len);

static int visit_spec(struct workload *w, struct thread_spec *spec, event_visit *fn, char *err,
		      size_t len)
{
	int ret = 0;

	for (u32 i = 0; i < spec->nr_phases; i++)
		for (u32 j = 0; !ret && j < spec->phases[i].nr_events; j++)
			ret = fn(w, spec, &spec->phases[i].events[j], err, len);
	return ret;
}

static int visit_events(struct workload *w, event_visit *fn, char *err, size_t len)
{
	int ret = 0;

	for (u32 i = 0; !ret && i < w->nr_specs; i++)
		ret = visit_spec(w, w->specs[i], fn, err, len);
	return ret;
}

static int resolve_fork(struct workload *w, struct thread_spec *spec, struct thread_event *ev,
			char *err, size_t len)
{
	if (ev->op != OP_FORK)
		return 0;
	ev->target = workload_find_spec(w, ev->name);
	if (!ev->target) {
		snprintf(err, len, "%s: task '%s': 'fork' names '%s', and there is no such task",
			 w->name, spec->name, ev->name);
		return -EINVAL;
	}
	ev->target->forked = true;
	return 0;
}

/* Every use of a name is one arrival that the barrier waits for. */
static int count_barrier(struct workload *w, struct thread_spec *spec, struct thread_event *ev,
			 char *err, size_t len)
{
	if (ev->op != OP_BARRIER)
		return 0;
	if (spec->forked) {
		snprintf(err, len,
			 "%s: task '%s': a task that others fork cannot use barrier '%s': "
			 "how many wait there is not known",
			 w->name, spec->name, ev->res->name);
		return -EINVAL;
	}
	ev->res->barrier.users += spec->instances;
	return 0;
}

static u64 total_instances(const struct workload *w)
{
	u64 n = 0;

	for (u32 i = 0; i < w->nr_specs; i++)
		n += w->specs[i]->instances;
	return n;
}

int workload_seal(struct workload *w, char *err, size_t len)
{
	int ret = visit_events(w, resolve_fork, err, len);

	if (!ret)
		ret = visit_events(w, count_barrier, err, len);
	w->nr_wanted = total_instances(w);
	if (!ret && !w->nr_wanted) {
		snprintf(err, len, "%s: zero tasks: nothing would run", w->name);
		ret = -EINVAL;
	}
	return ret;
}
