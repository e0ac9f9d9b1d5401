// SPDX-License-Identifier: GPL-2.0-only
/*
 * action.c - actions: what all have in common, and those on the object.
 *
 *	{"time": "3ms", "cpu": 0, "run_prog": "kick", "ctx": {"cpu": 2}, "result": 0}
 *	  when           whose driver  the verb               its own keys   common ones
 *
 * A verb reads its arguments when the file is read and runs in a driver's task.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include "scenario/scenario.h"
#include "bpf/prog.h"
#include "kern/iter.h"
#include "kern/machine.h"
#include "kern/sched.h"

#define COMMON_KEYS "time cpu if result retval comment"

/* ---- common keys ---- */

static const struct scn_verb *const verb_tables[] = {
	scn_object_verbs,
	scn_task_verbs,
	scn_system_verbs,
};

static const struct scn_verb *find_verb(const char *name)
{
	for (u32 i = 0; i < ARRAY_SIZE(verb_tables); i++)
		for (const struct scn_verb *v = verb_tables[i]; v->name; v++)
			if (!strcmp(v->name, name))
				return v;
	return NULL;
}

static void verb_names(char *buf, size_t len)
{
	size_t n = 0;

	for (u32 i = 0; i < ARRAY_SIZE(verb_tables); i++)
		for (const struct scn_verb *v = verb_tables[i]; v->name && n < len; v++)
			n += snprintf(buf + n, len - n, "%s%s", n ? ", " : "", v->name);
}

static bool is_word_of(const char *words, const char *word)
{
	size_t n = strlen(word);

	if (!n)
		return false;
	for (const char *p = words; (p = strstr(p, word)); p += n)
		if ((p == words || p[-1] == ' ') && (!p[n] || p[n] == ' '))
			return true;
	return false;
}

/* The verb is the key that is one; one that is another verb's argument is none. */
static int choose_verb(struct ks_scenario *s, struct scn_action *a)
{
	const struct scn_verb *verb;
	char allowed[1024];
	struct jkey at;
	const char *key;
	json_t *v;

	json_object_foreach((json_t *)a->json, key, v) {
		jtext_key(key, &at);
		verb = find_verb(at.name);
		if (!verb || (a->verb && is_word_of(a->verb->keys, at.name)))
			continue;
		if (a->verb && !is_word_of(verb->keys, a->verb->name)) {
			s->ps.at = at;
			return scn_fail(s, "'%s' and '%s' are two actions: one is due",
					a->verb->name, at.name);
		}
		a->verb = verb;
		a->at = at;
	}
	if (a->verb)
		return 0;
	verb_names(allowed, sizeof(allowed));
	return scn_fail(s, "an action lacks what to do; one of: %s", allowed);
}

static int check_keys(struct ks_scenario *s, const struct scn_action *a)
{
	char allowed[512];
	const char *key;
	json_t *v;

	json_object_foreach((json_t *)a->json, key, v) {
		jtext_key(key, &s->ps.at);
		if (!strcmp(s->ps.at.name, a->verb->name) ||
		    is_word_of(COMMON_KEYS, s->ps.at.name) ||
		    is_word_of(a->verb->keys, s->ps.at.name))
			continue;
		snprintf(allowed, sizeof(allowed), "%s %s %s", a->verb->name, a->verb->keys,
			 COMMON_KEYS);
		return parse_unknown(&s->ps, "an action", allowed);
	}
	return 0;
}

/* "3ms" from the beginning, "+1ms" from the action before */
static int read_time(struct ks_scenario *s, struct scn_action *a)
{
	const json_t *v = scn_find(s, a->json, "time");
	const char *text = json_string_value(v);
	bool relative = text && *text == '+';

	if (!v)
		return scn_fail(s, "an action needs a \"time\"");
	if (!text || duration_parse(text + relative, &a->time_ns))
		return scn_fail(s,
				"'time' must be a duration like \"3ms\", or \"+1ms\" after the "
				"action before");
	a->time_ns += relative ? s->last_time_ns : 0;
	s->last_time_ns = a->time_ns;
	if (a->time_ns >= s->duration_ns)
		return scn_fail(s, "the action comes at %llu ns, the scenario ends at %llu ns",
				a->time_ns, s->duration_ns);
	return 0;
}

static int read_result(struct ks_scenario *s, struct scn_action *a)
{
	const json_t *v = scn_find(s, a->json, "result");

	if (!v)
		return 0;
	a->any_result = json_is_string(v) && !strcmp(json_string_value(v), "any");
	return a->any_result ? 0 : scn_errno(s, v, &a->want_result);
}

static int read_conditions(struct ks_scenario *s, struct scn_action *a)
{
	const json_t *v = scn_find(s, a->json, "if");
	int err = v ? scn_read_rows(s, v, "'if'", &a->conditions) : 0;

	for (struct scn_row *r = a->conditions; r && !err; r = r->next) {
		s->ps.at = r->at;
		err = scn_is_figure(r->path) ? scn_check_figure(s, r->path) : 0;
		if (!err)
			err = scn_check_regex(s, r->want);
	}
	return err;
}

static int read_common(struct ks_scenario *s, struct scn_action *a)
{
	const json_t *v;
	int err = read_time(s, a);

	v = err ? NULL : scn_find(s, a->json, "cpu");
	if (v)
		err = scn_cpu(s, v, &a->cpu);
	if (!err)
		err = read_result(s, a);
	if (!err)
		err = read_conditions(s, a);
	return err;
}

static int read_action(struct ks_scenario *s, const json_t *v, struct scn_action *a)
{
	int err;

	a->json = v;
	if (!json_is_object(v))
		return scn_fail(s, "an action must be an object");
	err = choose_verb(s, a);
	if (!err)
		err = check_keys(s, a);
	if (!err)
		err = read_common(s, a);
	if (err)
		return err;
	s->ps.at = a->at;
	return a->verb->read(s, a, scn_find(s, v, a->verb->name));
}

int scn_read_actions(struct ks_scenario *s, const json_t *v)
{
	struct scn_action *a;
	json_t *e;
	size_t i;
	int err;

	if (!json_is_array(v))
		return scn_fail(s, "'at' must be a list of actions");
	s->actions = scn_alloc(s, (json_array_size(v) + 1) * sizeof(*s->actions));
	json_array_foreach((json_t *)v, i, e) {
		a = scn_alloc(s, sizeof(*a));
		a->index = i;
		s->actions[s->nr_actions++] = a;
		err = read_action(s, e, a);
		if (err)
			return err;
		scn_queue_action(s, a);
	}
	return 0;
}

/* ---- performing ---- */

bool scn_conditions_hold(struct ks_scenario *s, const struct scn_row *rows)
{
	json_t *summary = rows ? scn_summary(s) : NULL, *seen;
	struct scn_misfit bad;
	bool hold = true;

	for (; rows && hold; rows = rows->next) {
		seen = scn_lookup(s, summary, rows->path);
		hold = scn_holds(rows, seen, &bad);
		json_decref(seen);
	}
	json_decref(summary);
	return hold;
}

void scn_perform(struct ks_scenario *s, struct scn_action *a)
{
	if (!scn_conditions_hold(s, a->conditions)) {
		a->skipped = true;
		return;
	}
	a->begun = true;
	a->begun_ns = now_ns() - s->begin_ns;
	a->result = a->verb->run(s, a);
	a->done_ns = now_ns() - s->begin_ns;
	a->done = true;
}

/* ---- run_prog ---- */

static int read_run_prog(struct ks_scenario *s, struct scn_action *a, const json_t *v)
{
	const json_t *retval = scn_find(s, a->json, "retval");
	const json_t *ctx = scn_find(s, a->json, "ctx");
	int err = 0;

	if (retval) {
		scn_find(s, a->json, "retval");
		a->want_retval = true;
		err = scn_int(s, retval, INT32_MIN, UINT32_MAX, &a->number);
	}
	scn_find(s, a->json, ctx ? "ctx" : "run_prog");
	return err ? err : scn_read_call(s, v, ctx, &a->call);
}

static s64 run_prog(struct ks_scenario *s, struct scn_action *a)
{
	return scn_call_prog(&a->call, &a->retval);
}

/* ---- set ---- */

static int read_set(struct ks_scenario *s, struct scn_action *a, const json_t *v)
{
	a->value = v;
	return scn_set(s, v, true, true);
}

static s64 run_set(struct ks_scenario *s, struct scn_action *a)
{
	s->ps.at = a->at;
	return scn_set(s, a->value, true, false);
}

/* ---- map elements ---- */

struct element {
	struct bpf_map *map;
	u8 *key, *value;
	u32 value_bytes;
};

static struct bpf_map *map_arg(struct ks_scenario *s, const json_t *v)
{
	const char *name = scn_string(s, v);
	struct bpf_map *map;

	if (!name)
		return NULL;
	map = s->obj ? bpf_object__find_map_by_name(s->obj->obj, name) : NULL;
	if (!map)
		scn_fail(s, "there is no map '%s'", name);
	return map;
}

static bool is_percpu(const struct bpf_map *map)
{
	switch (bpf_map__type(map)) {
	case BPF_MAP_TYPE_PERCPU_ARRAY:
	case BPF_MAP_TYPE_PERCPU_HASH:
	case BPF_MAP_TYPE_LRU_PERCPU_HASH:
	case BPF_MAP_TYPE_PERCPU_CGROUP_STORAGE:
		return true;
	default:
		return false;
	}
}

static int read_key(struct ks_scenario *s, struct scn_action *a, struct element *e)
{
	const struct btf *btf = bpf_object__btf(s->obj->obj);
	const json_t *v = scn_find(s, a->json, "key");
	u32 size = bpf_map__key_size(e->map);

	if (!v)
		return scn_fail(s, "a \"key\" is missing");
	e->key = scn_alloc(s, size + 8);
	return scn_bytes(s, btf, bpf_map__btf_key_type_id(e->map), size, v, e->key);
}

/* One value for all CPUs, if the map has one for each. */
static int read_value(struct ks_scenario *s, struct scn_action *a, struct element *e)
{
	const struct btf *btf = bpf_object__btf(s->obj->obj);
	const json_t *v = scn_find(s, a->json, "value");
	u32 size = bpf_map__value_size(e->map), stride = ALIGN_UP(size, 8u);
	u32 nr = is_percpu(e->map) ? machine->nr_cpu_ids : 1;
	int err;

	if (!v)
		return scn_fail(s, "a \"value\" is missing");
	e->value_bytes = nr > 1 ? nr * stride : size;
	e->value = scn_alloc(s, (size_t)nr * stride);
	err = scn_bytes(s, btf, bpf_map__btf_value_type_id(e->map), size, v, e->value);
	for (u32 cpu = 1; !err && cpu < nr; cpu++)
		memcpy(e->value + cpu * stride, e->value, size);
	return err;
}

static int read_map_delete(struct ks_scenario *s, struct scn_action *a, const json_t *v)
{
	struct element *e = scn_alloc(s, sizeof(*e));

	a->data = e;
	e->map = map_arg(s, v);
	return e->map ? read_key(s, a, e) : -EINVAL;
}

static int read_map_update(struct ks_scenario *s, struct scn_action *a, const json_t *v)
{
	const json_t *flags = scn_find(s, a->json, "flags");
	int err = 0;

	if (flags)
		err = scn_int(s, flags, 0, INT64_MAX, &a->number);
	s->ps.at = a->at;
	if (!err)
		err = read_map_delete(s, a, v);
	return err ? err : read_value(s, a, a->data);
}

static s64 run_map_update(struct ks_scenario *s, struct scn_action *a)
{
	const struct element *e = a->data;

	return bpf_map__update_elem(e->map, e->key, bpf_map__key_size(e->map), e->value,
				    e->value_bytes, a->number);
}

static s64 run_map_delete(struct ks_scenario *s, struct scn_action *a)
{
	const struct element *e = a->data;

	return bpf_map__delete_elem(e->map, e->key, bpf_map__key_size(e->map), 0);
}

/* ---- attach, detach ---- */

static int read_attach(struct ks_scenario *s, struct scn_action *a, const json_t *v)
{
	a->name = scn_string(s, v);
	if (!a->name)
		return -EINVAL;
	if (scn_knows_program(s, a->name))
		return 0;
	return scn_find_program(s, a->name) ? 0 : -EINVAL;
}

static s64 run_attach(struct ks_scenario *s, struct scn_action *a)
{
	return scn_attach(s, a->name);
}

static s64 run_detach(struct ks_scenario *s, struct scn_action *a)
{
	return scn_detach(s, a->name);
}

/* ---- iterators ---- */

static int read_iter(struct ks_scenario *s, struct scn_action *a, const json_t *v)
{
	const char *name = scn_string(s, v);

	a->call.prog = name ? scn_find_program(s, name) : NULL;
	if (!a->call.prog)
		return -EINVAL;
	if (bpf_program__expected_attach_type(a->call.prog) != BPF_TRACE_ITER)
		return scn_fail(s, "program '%s' is no iterator", name);
	return 0;
}

static void drop_output(void *arg, const void *data, size_t len)
{
}

static s64 run_iter(struct ks_scenario *s, struct scn_action *a)
{
	struct prog *prog = prog_from_fd(bpf_program__fd(a->call.prog));
	int err;

	if (!prog)
		return -ENOENT;
	err = hook_iter_run(prog, NULL, drop_output, NULL);
	prog_put(prog);
	return err;
}

/* ---- samples ---- */

static int read_sample(struct ks_scenario *s, struct scn_action *a, const json_t *v)
{
	struct scn_row *rows = NULL;
	int err = scn_read_emit(s, v, &rows);

	a->data = rows;
	return err;
}

static s64 run_sample(struct ks_scenario *s, struct scn_action *a)
{
	a->sample = scn_emit_rows(s, a->data);
	return 0;
}

const struct scn_verb scn_object_verbs[] = {
	{ "run_prog", "ctx", read_run_prog, run_prog },
	{ "set", "", read_set, run_set },
	{ "map_update", "key value flags", read_map_update, run_map_update },
	{ "map_delete", "key", read_map_delete, run_map_delete },
	{ "attach", "", read_attach, run_attach },
	{ "detach", "", read_attach, run_detach },
	{ "iter", "", read_iter, run_iter },
	{ "emit", "", read_sample, run_sample },
	{ NULL },
};
