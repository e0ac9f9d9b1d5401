// SPDX-License-Identifier: GPL-2.0-only
/*
 * task.c - a scenario's tasks: read, run, told what to do, run programs.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <bpf/bpf.h>
#include <bpf/btf.h>
#include <bpf/libbpf.h>
#include "scenario/scenario.h"
#include "bpf/prog.h"
#include "kern/cgroup.h"
#include "kern/sched.h"
#include "load/control.h"

#define CTX_MAX 65535 /* bpf_prog_test_run_syscall() */

static struct ks_scenario *scenario_now; /* whose tasks run: one machine at a time */

/* ---- running user code that can be interrupted ---- */

static bool is_poked(const void *thread)
{
	return thread_poked(thread);
}

static u64 run_user_code(struct thread *t, u64 ns)
{
	return user_run_until(ns, is_poked, t);
}

static void poke_user_code(struct thread *t)
{
	struct task_struct *p = find_task_by_pid(t->pid);

	if (p)
		user_poke(p);
}

/* ---- programs that a task runs by bpf(2) ---- */

int scn_call_prog(const struct scn_call *call, u32 *retval)
{
	LIBBPF_OPTS(bpf_test_run_opts, opts);
	int err;

	if (call->size) {
		opts.ctx_in = call->ctx;
		opts.ctx_size_in = call->size;
	}
	err = bpf_prog_test_run_opts(bpf_program__fd(call->prog), &opts);
	*retval = opts.retval;
	return err;
}

static void run_prog_event(struct thread *t, const struct thread_event *ev)
{
	struct ks_scenario *s = scenario_now;
	const struct scn_call *call = ev->prog;
	u32 retval;
	int err = scn_call_prog(call, &retval);

	if (err && !s->task_error[0])
		snprintf(s->task_error, sizeof(s->task_error),
			 "task '%s' could not run program '%s': %s", current->comm,
			 bpf_program__name(call->prog), strerror(-err));
}

const struct thread_control scn_control = {
	.run = run_user_code,
	.run_prog = run_prog_event,
	.poke = poke_user_code,
};

/* The structure that the program's argument points to; 0: it does not say */
static u32 ctx_type(const struct btf *btf, const char *prog)
{
	s32 id = btf__find_by_name_kind(btf, prog, BTF_KIND_FUNC);
	const struct btf_type *t = id > 0 ? btf__type_by_id(btf, id) : NULL;

	t = t ? btf__type_by_id(btf, t->type) : NULL;
	if (!t || !btf_is_func_proto(t) || !btf_vlen(t))
		return 0;
	t = btf__type_by_id(btf, btf_params(t)->type);
	while (t && (btf_is_mod(t) || btf_is_typedef(t)))
		t = btf__type_by_id(btf, t->type);
	if (!t || !btf_is_ptr(t))
		return 0;
	for (id = t->type, t = btf__type_by_id(btf, id); t && (btf_is_mod(t) || btf_is_typedef(t));
	     t = btf__type_by_id(btf, id))
		id = t->type;
	return t && btf_is_composite(t) ? id : 0;
}

/* {"type": "struct name", "value": {...}} for programs that take a void * */
static int ctx_of_type(struct ks_scenario *s, const struct btf *btf, const json_t *ctx, u32 *type,
		       const json_t **value)
{
	const json_t *name = scn_find(s, ctx, "type"), *v = scn_find(s, ctx, "value");
	const char *text = json_string_value(name);
	s32 id;

	if (!text || !v || json_object_size(ctx) != 2)
		return scn_fail(
			s,
			"the program does not say the type of its context: {\"type\": "
			"STRUCT, \"value\": {...}}, {\"size\": N} or hexadecimal digits are due");
	if (has_prefix(text, "struct "))
		text += 7;
	id = btf__find_by_name_kind(btf, text, BTF_KIND_STRUCT);
	if (id <= 0)
		return scn_fail(s, "there is no struct '%s' in the object", text);
	*type = id;
	*value = v;
	return 0;
}

static int ctx_hex(struct ks_scenario *s, struct scn_call *call, const json_t *ctx, u32 want)
{
	size_t n = strlen(json_string_value(ctx)) / 2;

	if (want && n != want)
		return scn_fail(s, "the context has %zu bytes, the program's has %u", n, want);
	if (!n || n > CTX_MAX)
		return scn_fail(s, "a context has 1 to %u bytes", CTX_MAX);
	call->size = n;
	call->ctx = scn_alloc(s, n + 8);
	/* no type, and more than a word: digits */
	return scn_bytes(s, NULL, 0, n, ctx, call->ctx);
}

static int ctx_zeroes(struct ks_scenario *s, struct scn_call *call, const json_t *v)
{
	s64 n = 0;
	int err = scn_int(s, v, 1, CTX_MAX, &n);

	call->size = n;
	call->ctx = err ? NULL : scn_alloc(s, n);
	return err;
}

/* arguments of a raw tracepoint */
static int ctx_words(struct ks_scenario *s, struct scn_call *call, const json_t *v)
{
	size_t n = json_array_size(v);

	if (!n || n > PROG_ARGS_MAX)
		return scn_fail(s, "'%s' must be a list of 1 to %u numbers", s->ps.at.name,
				PROG_ARGS_MAX);
	call->size = n * sizeof(u64);
	call->ctx = scn_alloc(s, call->size);
	for (size_t i = 0; i < n; i++) {
		const json_t *e = json_array_get(v, i);
		u64 word = json_integer_value(e);

		if (!json_is_integer(e))
			return scn_fail(s, "'%s' must be a list of numbers", s->ps.at.name);
		memcpy(call->ctx + i * sizeof(word), &word, sizeof(word));
	}
	return 0;
}

static int read_ctx(struct ks_scenario *s, struct scn_call *call, const json_t *ctx)
{
	const struct btf *btf = bpf_object__btf(s->obj->obj);
	u32 type = ctx_type(btf, bpf_program__name(call->prog));
	const json_t *zeroes;
	int err = 0;

	if (json_is_array(ctx))
		return ctx_words(s, call, ctx);
	if (json_is_string(ctx))
		return ctx_hex(s, call, ctx, type ? btf__resolve_size(btf, type) : 0);
	zeroes = type ? NULL : scn_find(s, ctx, "size");
	if (zeroes)
		return ctx_zeroes(s, call, zeroes);
	if (!type)
		err = ctx_of_type(s, btf, ctx, &type, &ctx);
	if (err)
		return err;
	call->size = btf__resolve_size(btf, type);
	call->ctx = scn_alloc(s, call->size);
	return scn_bytes(s, btf, type, call->size, ctx, call->ctx);
}

int scn_read_call(struct ks_scenario *s, const json_t *name, const json_t *ctx,
		  struct scn_call *call)
{
	const char *text = scn_string(s, name);
	enum bpf_prog_type type;

	call->prog = text ? scn_find_program(s, text) : NULL;
	if (!call->prog)
		return -EINVAL;
	type = bpf_program__type(call->prog);
	if (type != BPF_PROG_TYPE_SYSCALL && type != BPF_PROG_TYPE_RAW_TRACEPOINT)
		return scn_fail(s,
				"program '%s' is of type %s; bpf(2) runs only syscall and "
				"raw_tracepoint",
				text, libbpf_bpf_prog_type_str(type));
	return ctx ? read_ctx(s, call, ctx) : 0;
}

/* ---- reading tasks ---- */

/* "NAME", or {"name": NAME, "ctx": ...} */
static int read_event_call(struct ks_scenario *s, struct thread_event *ev)
{
	const json_t *name = ev->json, *ctx = NULL;
	struct scn_call *call = scn_alloc(s, sizeof(*call));

	s->ps.at = (struct jkey){ .name = "run_prog", .line = ev->line, .col = ev->col };
	if (json_is_object(name)) {
		ctx = scn_find(s, ev->json, "ctx");
		name = scn_find(s, ev->json, "name");
		if (!name || json_object_size(ev->json) != 1 + (ctx ? 1u : 0u))
			return scn_fail(s,
					"'run_prog' must be a name or {\"name\": ..., "
					"\"ctx\": ...}");
	}
	ev->prog = call;
	return scn_read_call(s, name, ctx, call);
}

static int read_calls(struct ks_scenario *s, struct thread_spec *spec)
{
	int err = 0;

	for (u32 i = 0; i < spec->nr_phases; i++)
		for (u32 j = 0; !err && j < spec->phases[i].nr_events; j++)
			if (spec->phases[i].events[j].op == OP_RUN_PROG)
				err = read_event_call(s, &spec->phases[i].events[j]);
	return err;
}

static int read_cgroup(struct ks_scenario *s, const json_t *v, struct thread_spec *spec)
{
	const char *path = scn_string(s, v);

	if (!path)
		return -EINVAL;
	spec->cgrp = cgroup_find(path);
	return spec->cgrp ?
		       0 :
		       scn_fail(s, "there is no cgroup '%s' yet: name it in \"cgroups\"", path);
}

/* The members that parse_thread() knows: "cgroup" and "comment" are ours. */
static json_t *without_ours(const json_t *v)
{
	json_t *copy = json_copy((json_t *)v), *m;
	struct jkey at;
	const char *key;
	void *tmp;

	json_object_foreach_safe(copy, tmp, key, m)
	{
		jtext_key(key, &at);
		if (!strcmp(at.name, "cgroup") || !strcmp(at.name, "comment"))
			json_object_del(copy, key);
	}
	return copy;
}

int scn_read_task(struct ks_scenario *s, const json_t *v, struct thread_spec **out)
{
	const json_t *comm, *cgroup;
	const char *name;
	json_t *rest;
	int err;

	if (!json_is_object(v))
		return scn_fail(s, "a task must be an object");
	comm = scn_find(s, v, "comm");
	name = comm ? scn_string(s, comm) : NULL;
	if (!name)
		return comm ? -EINVAL : scn_fail(s, "a task needs a \"comm\"");
	if (strlen(name) >= TASK_COMM_LEN)
		return scn_fail(s, "comm '%s' is longer than %u characters", name,
				TASK_COMM_LEN - 1);
	*out = s->ps.spec = workload_add_spec(s->w, name);
	rest = without_ours(v);
	err = parse_thread(&s->ps, rest, SCHED_NORMAL);
	json_decref(rest);
	cgroup = err ? NULL : scn_find(s, v, "cgroup");
	if (cgroup)
		err = read_cgroup(s, cgroup, *out);
	if (!err)
		err = read_calls(s, *out);
	s->ps.spec = NULL;
	return err;
}

int scn_read_tasks(struct ks_scenario *s, const json_t *v)
{
	struct thread_spec *spec;
	json_t *task;
	size_t i;
	int err;

	if (!json_is_array(v))
		return scn_fail(s, "'tasks' must be a list");
	json_array_foreach((json_t *)v, i, task) {
		err = scn_read_task(s, task, &spec);
		if (err)
			return err;
	}
	return 0;
}

/* A spec that nobody starts: instances 0. Its name is the task's, for {"suspend": true}. */
int scn_read_phases(struct ks_scenario *s, const char *name, const json_t *v, s64 loop,
		    struct thread_spec **out)
{
	const struct thread_spec *task = workload_find_spec(s->w, name);
	struct thread_spec *spec = workload_add_spec(s->w, name);
	int err;

	spec->instances = 0;
	spec->loop = loop;
	s->ps.spec = spec;
	err = parse_phases(&s->ps, v, task ? task->props.policy : SCHED_NORMAL);
	if (!err && spec->nr_timers)
		err = scn_fail(s,
			       "a timer whose name begins with \"unique\" belongs into \"tasks\"");
	if (!err)
		err = read_calls(s, spec);
	s->ps.spec = NULL;
	*out = spec;
	return err;
}

int scn_seal_tasks(struct ks_scenario *s)
{
	if (!s->w->nr_specs)
		return 0;
	return workload_seal(s->w, s->err, sizeof(s->err));
}

/* ---- finding them ---- */

/* An instance is called NAME-INDEX: both names do. */
static bool is_called(const struct task_struct *p, const char *name)
{
	const struct thread *t = thread_of(p);

	if (!strncmp(p->comm, name, TASK_COMM_LEN))
		return true;
	return t && t->w == scenario_now->w && !strcmp(t->born->name, name);
}

struct task_struct *scn_next_task(struct ks_scenario *s, const char *name,
				  const struct task_struct *prev)
{
	bool behind = !prev;
	struct task_struct *p;

	scenario_now = s;
	for_each_task(p) {
		if (behind && !host_of(p)->m->kthread && !host_of(p)->m->exiting &&
		    is_called(p, name))
			return p;
		behind |= p == prev;
	}
	return NULL;
}

static bool is_instance_of(const char *name, const char *stem)
{
	size_t n = strlen(stem);

	return !strncmp(name, stem, n) && name[n] == '-' && name[n + 1] &&
	       strspn(name + n + 1, "0123456789") == strlen(name + n + 1);
}

/* Some task comes to be called so by its own doing. */
static bool is_exec_name(const struct thread_spec *spec, const char *name)
{
	for (u32 i = 0; i < spec->nr_phases; i++)
		for (u32 j = 0; j < spec->phases[i].nr_events; j++)
			if (spec->phases[i].events[j].op == OP_EXEC &&
			    !strcmp(spec->phases[i].events[j].name, name))
				return true;
	return false;
}

/* Tasks of "workload" have names that only the machine knows: everything goes then. */
bool scn_knows_task(const struct ks_scenario *s, const char *name)
{
	for (u32 i = 0; i < s->w->nr_specs; i++)
		if (!strcmp(s->w->specs[i]->name, name) ||
		    is_instance_of(name, s->w->specs[i]->name) ||
		    is_exec_name(s->w->specs[i], name))
			return true;
	return s->nr_workloads || has_prefix(name, "drv/");
}
