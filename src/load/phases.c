// SPDX-License-Identifier: GPL-2.0-only
/*
 * phases.c - reading threads: properties, events, phases.
 *
 * An event is a key of a phase, its argument the value; the kinds are the rows of
 * event_kinds[]. In rt-app files a key may carry a suffix that makes it unique
 * ("run0", "run_b"), since JSON readers drop all but the last of equal keys.
 */
#include "load/phases.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "kern/cgroup.h"
#include "kern/core_sched.h"

/* ---- complaints ---- */

int parse_fail(struct parse *ps, const char *fmt, ...)
{
	char what[768], where[320] = "";
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(what, sizeof(what), fmt, ap);
	va_end(ap);
	if (ps->file && ps->at.line)
		snprintf(where, sizeof(where), "%.255s:%u:%u: ", ps->file, ps->at.line, ps->at.col);
	else if (ps->file)
		snprintf(where, sizeof(where), "%.255s: ", ps->file);
	snprintf(ps->err, ps->len, "%s%s%s%s%s", where, ps->spec ? "task '" : "",
		 ps->spec ? ps->spec->name : "", ps->spec ? "': " : "", what);
	return -EINVAL;
}

bool parse_comment(const struct parse *ps)
{
	return ps->rtapp && has_prefix(ps->at.name, "_comment");
}

int parse_unknown(struct parse *ps, const char *where, const char *allowed)
{
	return parse_fail(ps, "unknown key '%s' in %s; allowed: %s", ps->at.name, where, allowed);
}

/* ---- values ---- */

int parse_int(struct parse *ps, const json_t *v, s64 lo, s64 hi, s64 *out)
{
	if (!json_is_integer(v))
		return parse_fail(ps, "'%s' must be an integer", ps->at.name);
	*out = json_integer_value(v);
	if (*out < lo || *out > hi)
		return parse_fail(ps, "'%s' is %lld; allowed: %lld to %lld", ps->at.name, *out, lo,
				  hi);
	return 0;
}

int parse_duration(struct parse *ps, const json_t *v, u64 *ns)
{
	s64 us;
	int ret;

	if (ps->rtapp) {
		ret = parse_int(ps, v, 0, DURATION_NS_MAX / NSEC_PER_USEC, &us);
		*ns = ret ? 0 : us * NSEC_PER_USEC;
		return ret;
	}
	if (!json_is_string(v) || duration_parse(json_string_value(v), ns))
		return parse_fail(ps, "'%s' must be a duration like \"500us\", \"5ms\" or \"2s\"",
				  ps->at.name);
	return 0;
}

static char *workload_strdup(struct workload *w, const char *s)
{
	char *copy = workload_alloc(w, strlen(s) + 1);

	return strcpy(copy, s);
}

char *parse_string(struct parse *ps, const json_t *v)
{
	if (json_is_string(v))
		return workload_strdup(ps->w, json_string_value(v));
	parse_fail(ps, "'%s' must be a string", ps->at.name);
	return NULL;
}

static const struct policy_name {
	const char *name;
	u32 policy;
} policy_names[] = {
	{ "OTHER", SCHED_NORMAL }, { "NORMAL", SCHED_NORMAL },	   { "FIFO", SCHED_FIFO },
	{ "RR", SCHED_RR },	   { "BATCH", SCHED_BATCH },	   { "IDLE", SCHED_IDLE },
	{ "EXT", SCHED_EXT },	   { "DEADLINE", SCHED_DEADLINE },
};

int parse_policy(struct parse *ps, const json_t *v, u32 *policy)
{
	const char *text = json_string_value(v), *name = text;

	if (!text)
		return parse_fail(ps, "'%s' must be a string", ps->at.name);
	if (!strncasecmp(name, "SCHED_", 6))
		name += 6;
	for (u32 i = 0; i < ARRAY_SIZE(policy_names); i++)
		if (!strcasecmp(name, policy_names[i].name)) {
			*policy = policy_names[i].policy;
			return 0;
		}
	return parse_fail(ps,
			  "unknown policy '%s'; allowed: SCHED_OTHER, SCHED_BATCH, SCHED_IDLE, "
			  "SCHED_FIFO, SCHED_RR, SCHED_DEADLINE, SCHED_EXT",
			  text);
}

static int parse_cpus(struct parse *ps, const json_t *v, struct cpumask **out)
{
	struct cpumask *mask = workload_alloc(ps->w, sizeof(*mask));
	char why[128];
	json_t *cpu;
	size_t i;

	if (!json_is_array(v) || !json_array_size(v))
		return parse_fail(ps, "'%s' must be a list of CPU numbers, not empty", ps->at.name);
	json_array_foreach((json_t *)v, i, cpu) {
		if (!json_is_integer(cpu))
			return parse_fail(ps, "'%s' must be a list of CPU numbers", ps->at.name);
		if (cpu_check(json_integer_value(cpu), why, sizeof(why)))
			return parse_fail(ps, "%s", why);
		cpumask_set_cpu(json_integer_value(cpu), mask);
	}
	*out = mask;
	return 0;
}

/* ---- resources ---- */

static void resource_init(struct resource *r)
{
	umutex_init(&r->mutex);
	ucond_init(&r->cond);
	ubarrier_init(&r->barrier, 0);
	usem_init(&r->sem, 0);
	pipe_init(&r->pipe);
}

static struct resource *resource_get(struct parse *ps, enum resource_kind kind, const char *name)
{
	struct resource *r;

	for (r = ps->w->resources; r; r = r->next)
		if (r->kind == kind && !strcmp(r->name, name))
			return r;
	r = workload_alloc(ps->w, sizeof(*r));
	r->name = workload_strdup(ps->w, name);
	r->kind = kind;
	resource_init(r);
	r->next = ps->w->resources;
	ps->w->resources = r;
	return r;
}

static s32 timer_slot(struct parse *ps, const char *name)
{
	struct thread_spec *spec = ps->spec;
	char **more;
	u32 i;

	for (i = 0; i < spec->nr_timers; i++)
		if (!strcmp(spec->timers[i], name))
			return i;
	more = workload_alloc(ps->w, (i + 1) * sizeof(*more));
	if (i)
		memcpy(more, spec->timers, i * sizeof(*more));
	more[i] = workload_strdup(ps->w, name);
	spec->timers = more;
	spec->nr_timers++;
	return i;
}

/* ---- events ---- */

struct event_kind {
	const char *name;
	enum thread_op op;
	int (*parse)(struct parse *ps, const struct event_kind *k, const json_t *v,
		     struct thread_event *ev);
	enum resource_kind res;
	bool scenario_only;
};

static int event_duration(struct parse *ps, const struct event_kind *k, const json_t *v,
			  struct thread_event *ev)
{
	const char *text = json_string_value(v);

	if (!ps->rtapp && k->op == OP_RUN && text && !strcmp(text, "forever")) {
		ev->ns = RUN_FOREVER;
		return 0;
	}
	return parse_duration(ps, v, &ev->ns);
}

/* An event that is an object. @member: of the name in ps->at; -ENOENT: it is none of @names. */
static int event_members(struct parse *ps, const json_t *v, struct thread_event *ev,
			 int (*member)(struct parse *ps, const json_t *v, struct thread_event *ev),
			 const char *names)
{
	const struct jkey event = ps->at;
	const char *key;
	json_t *val;
	int ret;

	json_object_foreach((json_t *)v, key, val) {
		jtext_key(key, &ps->at);
		ret = member(ps, val, ev);
		if (ret == -ENOENT)
			return parse_unknown(ps, event.name, names);
		if (ret)
			return ret;
	}
	ps->at = event;
	return 0;
}

static int event_offer(struct parse *ps, const json_t *v, struct thread_event *ev)
{
	if (ev->offer_ns)
		return parse_fail(ps, "\"cond_resched\" and \"might_sleep\": one of them");
	ev->might_sleep = !strcmp(ps->at.name, "might_sleep");
	return parse_duration(ps, v, &ev->offer_ns);
}

static int kernel_member(struct parse *ps, const json_t *v, struct thread_event *ev)
{
	if (!strcmp(ps->at.name, "for"))
		return parse_duration(ps, v, &ev->ns);
	if (!strcmp(ps->at.name, "cond_resched") || !strcmp(ps->at.name, "might_sleep"))
		return event_offer(ps, v, ev);
	return -ENOENT;
}

/* "5ms", or {"for": "5ms", "cond_resched": "1ms"}, or with "might_sleep" */
static int event_kernel(struct parse *ps, const struct event_kind *k, const json_t *v,
			struct thread_event *ev)
{
	int ret;

	if (!json_is_object(v))
		return parse_duration(ps, v, &ev->ns);
	ret = event_members(ps, v, ev, kernel_member, "for, cond_resched, might_sleep");
	if (ret)
		return ret;
	return ev->ns ? 0 : parse_fail(ps, "'%s' needs \"for\": how long it computes", ps->at.name);
}

static int event_resource(struct parse *ps, const struct event_kind *k, const json_t *v,
			  struct thread_event *ev)
{
	const bool own = !ps->rtapp && k->res == RES_SUSPEND && json_is_true(v);
	const char *name = own ? "" : parse_string(ps, v);

	if (!name)
		return -EINVAL;
	/* rt-app no longer looks at what a suspend says: a thread suspends itself */
	if (k->res == RES_SUSPEND && (!*name || (ps->rtapp && k->op == OP_SUSPEND)))
		name = ps->spec->name;
	if (!*name)
		return parse_fail(ps, "'%s' needs a name", ps->at.name);
	ev->res = resource_get(ps, k->res, name);
	return 0;
}

static int pair_member(struct parse *ps, const json_t *v, struct thread_event *ev)
{
	const bool ref = !strcmp(ps->at.name, "ref");
	const char *name;

	if (!ref && strcmp(ps->at.name, "mutex"))
		return -ENOENT;
	name = parse_string(ps, v);
	if (!name)
		return -EINVAL;
	if (ref)
		ev->res = resource_get(ps, RES_COND, name);
	else
		ev->mutex = resource_get(ps, RES_MUTEX, name);
	return 0;
}

/* {"ref": condition, "mutex": mutex} */
static int event_pair(struct parse *ps, const struct event_kind *k, const json_t *v,
		      struct thread_event *ev)
{
	int ret;

	if (!json_is_object(v))
		return parse_fail(ps, "'%s' must be {\"ref\": condition, \"mutex\": mutex}",
				  ps->at.name);
	ret = event_members(ps, v, ev, pair_member, "ref, mutex");
	if (ret)
		return ret;
	if (!ev->res || !ev->mutex)
		return parse_fail(ps, "'%s' needs \"ref\" and \"mutex\"", ps->at.name);
	return 0;
}

static int timer_mode(struct parse *ps, const json_t *v, struct thread_event *ev)
{
	const char *mode = json_string_value(v);

	ev->absolute = mode && !strcmp(mode, "absolute");
	if (mode && (ev->absolute || !strcmp(mode, "relative")))
		return 0;
	return parse_fail(ps, "'mode' must be \"relative\" or \"absolute\"");
}

/* A timer whose name begins with "unique" is one of each instance, others are shared. */
static int timer_ref(struct parse *ps, const json_t *v, struct thread_event *ev)
{
	const char *name = parse_string(ps, v);

	if (!name)
		return -EINVAL;
	if (has_prefix(name, "unique"))
		ev->timer_slot = timer_slot(ps, name);
	else
		ev->res = resource_get(ps, RES_TIMER, name);
	return 0;
}

static int timer_member(struct parse *ps, const json_t *v, struct thread_event *ev)
{
	if (!strcmp(ps->at.name, "ref"))
		return timer_ref(ps, v, ev);
	if (!strcmp(ps->at.name, "period"))
		return parse_duration(ps, v, &ev->ns);
	return strcmp(ps->at.name, "mode") ? -ENOENT : timer_mode(ps, v, ev);
}

static int event_timer(struct parse *ps, const struct event_kind *k, const json_t *v,
		       struct thread_event *ev)
{
	int ret;

	if (!json_is_object(v))
		return parse_fail(ps, "'%s' must be {\"ref\": name, \"period\": time}",
				  ps->at.name);
	ret = event_members(ps, v, ev, timer_member, "ref, period, mode");
	if (ret)
		return ret;
	if (!ev->ns || (!ev->res && ev->timer_slot < 0))
		return parse_fail(ps, "'%s' needs \"ref\" and a \"period\" above 0", ps->at.name);
	return 0;
}

static int event_name(struct parse *ps, const struct event_kind *k, const json_t *v,
		      struct thread_event *ev)
{
	ev->name = parse_string(ps, v);
	if (ev->name && !*ev->name)
		return parse_fail(ps, "'%s' needs a name", ps->at.name);
	return ev->name ? 0 : -EINVAL;
}

static int event_pid(struct parse *ps, const struct event_kind *k, const json_t *v,
		     struct thread_event *ev)
{
	s64 pid = 0;
	int ret = parse_int(ps, v, 0, INT32_MAX, &pid);

	ev->ns = ret ? 0 : pid;
	return ret;
}

static int event_yield(struct parse *ps, const struct event_kind *k, const json_t *v,
		       struct thread_event *ev)
{
	if (json_is_string(v) || json_is_true(v))
		return 0;
	return parse_fail(ps, "'%s' must be a string (it may be empty)", ps->at.name);
}

/* "NAME" or {"name": NAME, "ctx": ...}: whoever runs it reads the rest */
static int event_run_prog(struct parse *ps, const struct event_kind *k, const json_t *v,
			  struct thread_event *ev)
{
	ev->json = v;
	ev->line = ps->at.line;
	ev->col = ps->at.col;
	return ps->w->control ? 0 : parse_fail(ps, "'%s' has nobody to do it here", ps->at.name);
}

static int event_refused(struct parse *ps, const struct event_kind *k, const json_t *v,
			 struct thread_event *ev)
{
	return parse_fail(ps,
			  "event '%s' is not supported: memory and I/O are not simulated; use "
			  "'run' or 'sleep'",
			  k->name);
}

static const struct event_kind event_kinds[] = {
	/* before "run", which takes any suffix */
	{ "run_prog", OP_RUN_PROG, event_run_prog, .scenario_only = true },
	{ "run", OP_RUN, event_duration },
	{ "runtime", OP_RUNTIME, event_duration },
	{ "sleep", OP_SLEEP, event_duration },
	{ "timer", OP_TIMER, event_timer },
	{ "suspend", OP_SUSPEND, event_resource, RES_SUSPEND },
	{ "resume", OP_RESUME, event_resource, RES_SUSPEND },
	{ "lock", OP_LOCK, event_resource, RES_MUTEX },
	{ "unlock", OP_UNLOCK, event_resource, RES_MUTEX },
	{ "wait", OP_WAIT, event_pair },
	{ "signal", OP_SIGNAL, event_resource, RES_COND },
	{ "broad", OP_BROADCAST, event_resource, RES_COND },
	{ "broadcast", OP_BROADCAST, event_resource, RES_COND },
	{ "sync", OP_SYNC, event_pair },
	{ "sem_wait", OP_SEM_WAIT, event_resource, RES_SEM },
	{ "sem_post", OP_SEM_POST, event_resource, RES_SEM },
	{ "pipe_read", OP_PIPE_READ, event_resource, RES_PIPE },
	{ "pipe_write", OP_PIPE_WRITE, event_resource, RES_PIPE },
	{ "barrier", OP_BARRIER, event_resource, RES_BARRIER },
	{ "yield", OP_YIELD, event_yield },
	{ "kernel", OP_KERNEL, event_kernel, .scenario_only = true },
	{ "fork", OP_FORK, event_name },
	{ "exec", OP_EXEC, event_name, .scenario_only = true },
	{ "mark", OP_MARK, event_yield, .scenario_only = true },
	{ "setsid", OP_SETSID, event_yield, .scenario_only = true },
	{ "getpgid", OP_GETPGID, event_pid, .scenario_only = true },
	{ "mem", 0, event_refused },
	{ "memrun", 0, event_refused },
	{ "iorun", 0, event_refused },
};

/* @key is @name, or @name and a suffix that makes it unique */
static bool key_is(const char *key, const char *name)
{
	size_t n = strlen(name);

	if (strncmp(key, name, n))
		return false;
	return !key[n] || strchr("0123456789_-", key[n]);
}

static const struct event_kind *event_find(const struct parse *ps)
{
	for (u32 i = 0; i < ARRAY_SIZE(event_kinds); i++)
		if (key_is(ps->at.name, event_kinds[i].name) &&
		    !(ps->rtapp && event_kinds[i].scenario_only))
			return &event_kinds[i];
	return NULL;
}

static struct thread_event *event_add(struct parse *ps, struct members *m)
{
	struct phase *ph = m->phase;
	struct thread_event *more;

	if (ph->nr_events == m->events_max) {
		m->events_max = m->events_max ? 2 * m->events_max : 8;
		more = workload_alloc(ps->w, m->events_max * sizeof(*more));
		if (ph->nr_events)
			memcpy(more, ph->events, ph->nr_events * sizeof(*more));
		ph->events = more;
	}
	return &ph->events[ph->nr_events++];
}

static int parse_event(struct parse *ps, struct members *m, const json_t *v)
{
	const struct event_kind *k = event_find(ps);
	struct thread_event *ev;

	if (!k)
		return -ENOENT;
	ev = event_add(ps, m);
	*ev = (struct thread_event){ .op = k->op, .timer_slot = -1 };
	return k->parse(ps, k, v, ev);
}

/* ---- properties ---- */

#define GROUP_PATH_MAX 200

static int prop_loop(struct parse *ps, struct members *m, const json_t *v)
{
	return parse_int(ps, v, -1, INT32_MAX, m->loop);
}

static int prop_policy(struct parse *ps, struct members *m, const json_t *v)
{
	m->raw.policy_set = true;
	return parse_policy(ps, v, &m->raw.policy);
}

static int prop_priority(struct parse *ps, struct members *m, const json_t *v)
{
	if (m->raw.nice_set)
		return parse_fail(ps, "'nice' and 'priority' exclude each other");
	m->raw.priority_set = true;
	m->raw.priority_at = ps->at;
	return parse_int(ps, v, -20, 99, &m->raw.priority);
}

static int prop_nice(struct parse *ps, struct members *m, const json_t *v)
{
	if (m->raw.priority_set)
		return parse_fail(ps, "'nice' and 'priority' exclude each other");
	m->raw.nice_set = true;
	m->raw.priority_at = ps->at;
	return parse_int(ps, v, -20, 19, &m->raw.nice);
}

int parse_dl_member(struct parse *ps, struct raw_props *raw, const json_t *v)
{
	const struct {
		const char *name;
		bool *set;
		u64 *ns;
	} keys[] = {
		{ "dl-runtime", &raw->runtime_set, &raw->runtime_ns },
		{ "dl-deadline", &raw->deadline_set, &raw->deadline_ns },
		{ "dl-period", &raw->period_set, &raw->period_ns },
	};

	for (u32 i = 0; i < ARRAY_SIZE(keys); i++)
		if (!strcmp(ps->at.name, keys[i].name)) {
			*keys[i].set = true;
			return parse_duration(ps, v, keys[i].ns);
		}
	return -ENOENT;
}

static int prop_dl(struct parse *ps, struct members *m, const json_t *v)
{
	return parse_dl_member(ps, &m->raw, v);
}

static struct cookie *cookie_named(struct workload *w, const char *name)
{
	struct cookie *c;

	for (c = w->cookies; c; c = c->next)
		if (!strcmp(c->name, name))
			return c;
	c = workload_alloc(w, sizeof(*c));
	c->name = workload_strdup(w, name);
	c->next = w->cookies;
	return w->cookies = c;
}

int parse_cookie(struct parse *ps, const json_t *v, struct cookie **out)
{
	const char *why;

	if (!json_is_string(v))
		return parse_fail(ps, "'%s' must be a string", ps->at.name);
	if (sched_core_possible(&why))
		return parse_fail(ps, "'%s': %s", ps->at.name, why);
	*out = cookie_named(ps->w, json_string_value(v));
	return 0;
}

static int prop_cookie(struct parse *ps, struct members *m, const json_t *v)
{
	if (ps->rtapp || !m->cookie)
		return parse_fail(ps, "'%s' is for tasks of scenarios", ps->at.name);
	return parse_cookie(ps, v, m->cookie);
}

static int prop_reset_on_fork(struct parse *ps, struct members *m, const json_t *v)
{
	if (ps->rtapp)
		return parse_unknown(ps, "a task", member_names(true));
	if (!json_is_boolean(v))
		return parse_fail(ps, "'%s' must be true or false", ps->at.name);
	m->raw.reset_on_fork = json_is_true(v);
	return 0;
}

static int prop_cpus(struct parse *ps, struct members *m, const json_t *v)
{
	return parse_cpus(ps, v, m->cpus);
}

static int prop_taskgroup(struct parse *ps, struct members *m, const json_t *v)
{
	const char *path = json_string_value(v);

	if (path && !*path)
		return 0;
	if (!ps->rtapp)
		return parse_fail(ps,
				  "'taskgroup' is rt-app's; a scenario's tasks have \"cgroup\"");
	if (!path || *path != '/' || strlen(path) > GROUP_PATH_MAX)
		return parse_fail(ps,
				  "'taskgroup' must be a path like \"/tg1/tg2\", of at most %d "
				  "bytes",
				  GROUP_PATH_MAX);
	*m->cgrp = cgroup_make(path);
	return *m->cgrp ? 0 : parse_fail(ps, "'taskgroup' '%s' cannot be made", path);
}

static int prop_refused(struct parse *ps, struct members *m, const json_t *v)
{
	return parse_fail(ps, "'%s' is not supported", ps->at.name);
}

static const struct prop_kind {
	const char *name;
	int (*parse)(struct parse *ps, struct members *m, const json_t *v);
} prop_kinds[] = {
	{ "loop", prop_loop },
	{ "policy", prop_policy },
	{ "priority", prop_priority },
	{ "nice", prop_nice },
	{ "cpus", prop_cpus },
	{ "taskgroup", prop_taskgroup },
	{ "dl-runtime", prop_dl },
	{ "dl-period", prop_dl },
	{ "dl-deadline", prop_dl },
	{ "reset_on_fork", prop_reset_on_fork },
	{ "cookie", prop_cookie },
	{ "period", prop_refused },
	{ "deadline", prop_refused },
	{ "util_min", prop_refused },
	{ "util_max", prop_refused },
	{ "membind_nodes", prop_refused },
	{ "nodes_membind", prop_refused },
};

const char *member_names(bool rtapp)
{
	if (rtapp)
		return "loop, policy, priority, nice, dl-runtime, dl-deadline, dl-period, cpus, run, "
		       "runtime, sleep, timer, suspend, resume, lock, unlock, wait, signal, broad, sync, "
		       "sem_wait, sem_post, pipe_read, pipe_write, barrier, yield, fork, taskgroup";
	return "loop, policy, priority, nice, dl-runtime, dl-deadline, dl-period, reset_on_fork, cpus, "
	       "run, runtime, sleep, timer, suspend, resume, lock, unlock, wait, signal, broad, sync, "
	       "sem_wait, sem_post, pipe_read, pipe_write, barrier, yield, fork, exec, getpgid, setsid, "
	       "run_prog, mark, kernel, cookie";
}

int parse_member(struct parse *ps, struct members *m, const json_t *v)
{
	for (u32 i = 0; i < ARRAY_SIZE(prop_kinds); i++)
		if (!strcmp(ps->at.name, prop_kinds[i].name))
			return prop_kinds[i].parse(ps, m, v);
	return parse_event(ps, m, v);
}

static int props_finish_rt(struct parse *ps, const struct raw_props *raw, struct sched_props *props)
{
	s64 prio = raw->priority_set ? raw->priority : RT_PRIORITY_DEFAULT;

	if (raw->nice_set)
		return parse_fail(ps, "SCHED_FIFO and SCHED_RR take no 'nice'; use 'priority'");
	if (prio < 1 || prio > MAX_RT_PRIO - 1)
		return parse_fail(ps, "'priority' is %lld; real-time policies allow 1 to 99", prio);
	props->rt_priority = prio;
	return 0;
}

static int props_finish_fair(struct parse *ps, const struct raw_props *raw,
			     struct sched_props *props)
{
	s64 nice = raw->nice_set ? raw->nice : raw->priority_set ? raw->priority : 0;

	if (nice < -20 || nice > 19)
		return parse_fail(ps,
				  "'priority' is %lld; it is the nice value unless the "
				  "policy is a real-time one, and allows -20 to 19",
				  nice);
	props->nice = nice;
	return 0;
}

void props_finish_dl(const struct raw_props *raw, struct sched_props *props)
{
	u64 period = raw->period_set   ? raw->period_ns :
		     raw->deadline_set ? raw->deadline_ns :
					 raw->runtime_ns;

	props->dl_runtime_ns = raw->runtime_ns;
	props->dl_period_ns = period;
	props->dl_deadline_ns = raw->deadline_set ? raw->deadline_ns : period;
}

static int props_check_dl(struct parse *ps, const struct raw_props *raw, bool dl)
{
	if (!dl && (raw->runtime_set || raw->deadline_set || raw->period_set))
		return parse_fail(ps,
				  "'dl-runtime', 'dl-deadline' and 'dl-period' are for "
				  "SCHED_DEADLINE");
	if (dl && (raw->nice_set || raw->priority_set))
		return parse_fail(ps, "SCHED_DEADLINE takes no 'nice' and no 'priority'");
	if (dl && raw->policy_set && !raw->runtime_set)
		return parse_fail(ps, "SCHED_DEADLINE needs 'dl-runtime'");
	return 0;
}

int props_finish(struct parse *ps, const struct raw_props *raw, struct sched_props *props,
		 u32 *policy)
{
	if (raw->policy_set)
		*policy = raw->policy;
	props->sched_set = raw->policy_set || raw->priority_set || raw->nice_set ||
			   raw->runtime_set || raw->reset_on_fork;
	props->policy = *policy;
	props->reset_on_fork = raw->reset_on_fork;
	if (raw->priority_at.line)
		ps->at = raw->priority_at;
	if (props_check_dl(ps, raw, *policy == SCHED_DEADLINE))
		return -EINVAL;
	if (*policy == SCHED_DEADLINE) {
		props_finish_dl(raw, props);
		return 0;
	}
	return rt_policy(*policy) ? props_finish_rt(ps, raw, props) :
				    props_finish_fair(ps, raw, props);
}

/* ---- phases ---- */

static int parse_phase(struct parse *ps, const json_t *v, struct phase *ph, u32 *policy)
{
	struct members m = {
		.cpus = &ph->props.cpus, .cgrp = &ph->props.cgrp, .loop = &ph->loop, .phase = ph
	};
	const char *key;
	json_t *val;
	int ret;

	ph->loop = 1;
	if (!json_is_object(v))
		return parse_fail(ps, "a phase must be an object");
	json_object_foreach((json_t *)v, key, val) {
		jtext_key(key, &ps->at);
		ret = parse_comment(ps) ? 0 : parse_member(ps, &m, val);
		if (ret == -ENOENT)
			return parse_unknown(ps, "a phase", member_names(ps->rtapp));
		if (ret)
			return ret;
	}
	return props_finish(ps, &m.raw, &ph->props, policy);
}

static int parse_phase_array(struct parse *ps, const json_t *v, u32 policy)
{
	json_t *val;
	size_t i;
	int ret;

	json_array_foreach((json_t *)v, i, val) {
		ret = parse_phase(ps, val, &ps->spec->phases[ps->spec->nr_phases++], &policy);
		if (ret)
			return ret;
	}
	return 0;
}

static int parse_phase_object(struct parse *ps, const json_t *v, u32 policy)
{
	const char *key;
	json_t *val;
	int ret;

	json_object_foreach((json_t *)v, key, val) {
		jtext_key(key, &ps->at);
		if (parse_comment(ps))
			continue;
		ret = parse_phase(ps, val, &ps->spec->phases[ps->spec->nr_phases++], &policy);
		if (ret)
			return ret;
	}
	return 0;
}

/*
 * "It will inherit the affinity from the task level": once one phase has a list of
 * its own, the others go back to the thread's.
 */
static void inherit_cpus(struct workload *w, struct thread_spec *spec)
{
	struct cpumask *all = spec->props.cpus;
	bool any = false;
	u32 i;

	for (i = 0; i < spec->nr_phases; i++)
		any |= spec->phases[i].props.cpus != NULL;
	if (any && !all) {
		all = workload_alloc(w, sizeof(*all));
		for (i = 0; i < machine->nr_cpu_ids; i++)
			cpumask_set_cpu(i, all);
	}
	for (i = 0; any && i < spec->nr_phases; i++)
		if (!spec->phases[i].props.cpus)
			spec->phases[i].props.cpus = all;
}

int parse_phases(struct parse *ps, const json_t *v, u32 policy)
{
	size_t n = ps->rtapp ? json_object_size(v) : json_array_size(v);
	int ret;

	if (!n)
		return parse_fail(ps, "'phases' must be %s of phases, not empty",
				  ps->rtapp ? "an object" : "a list");
	ps->spec->phases = workload_alloc(ps->w, n * sizeof(*ps->spec->phases));
	ret = ps->rtapp ? parse_phase_object(ps, v, policy) : parse_phase_array(ps, v, policy);
	if (!ret)
		inherit_cpus(ps->w, ps->spec);
	return ret;
}
