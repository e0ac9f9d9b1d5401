// SPDX-License-Identifier: GPL-2.0-only
/*
 * emit.c - what a run leaves for other programs: one JSON object with the
 * summary, the results of the actions, and the values that "emit" names.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <bpf/libbpf.h>
#include "base/json_out.h"
#include "scenario/scenario.h"
#include "kern/machine.h"

/* ---- reading ---- */

int scn_read_emit(struct ks_scenario *s, const json_t *v, struct scn_row **rows)
{
	struct scn_row *r, **end = rows;
	const char *path;
	json_t *e;
	size_t i;
	int err = 0;

	if (!json_is_array(v))
		return scn_fail(s, "'emit' must be a list of paths");
	json_array_foreach((json_t *)v, i, e) {
		path = scn_string(s, e);
		if (!path)
			return -EINVAL;
		r = scn_alloc(s, sizeof(*r));
		r->at = s->ps.at;
		snprintf(r->path, sizeof(r->path), "%s", path);
		*end = r;
		end = &r->next;
		err = scn_is_figure(path) ? scn_check_figure(s, path) : 0;
		if (err)
			return err;
	}
	return 0;
}

/* ---- writing ---- */

json_t *scn_emit_rows(struct ks_scenario *s, const struct scn_row *rows)
{
	json_t *summary = rows ? scn_summary(s) : NULL, *to = json_object(), *v;

	for (; rows; rows = rows->next) {
		s->ps.at = rows->at;
		v = scn_lookup(s, summary, rows->path);
		json_object_set_new(to, rows->path, v ? v : json_null());
	}
	json_decref(summary);
	return to;
}

static bool is_map(const struct ks_scenario *s, const char *path)
{
	return s->obj && !scn_is_figure(path) && bpf_object__find_map_by_name(s->obj->obj, path);
}

static json_t *split_maps(const struct ks_scenario *s, json_t *vars)
{
	json_t *maps = json_object(), *v;
	const char *path;
	void *tmp;

	json_object_foreach_safe(vars, tmp, path, v) if (is_map(s, path))
	{
		json_object_set(maps, path, v);
		json_object_del(vars, path);
	}
	return maps;
}

static json_t *action_json(const struct scn_action *a)
{
	json_t *o = json_pack("{s:i, s:s, s:i, s:I, s:b, s:b}", "action", a->index, "verb",
			      a->verb->name, "cpu", a->cpu, "time_ns", (json_int_t)a->time_ns,
			      "skipped", a->skipped, "done", a->done);

	if (a->begun)
		json_object_set_new(o, "begun_ns", json_integer(a->begun_ns));
	if (a->done) {
		json_object_set_new(o, "done_ns", json_integer(a->done_ns));
		json_object_set_new(o, "result", json_integer(a->result));
	}
	if (a->call.prog)
		json_object_set_new(o, "retval", json_integer(a->retval));
	if (a->sample)
		json_object_set(o, "vars", a->sample);
	return o;
}

static json_t *actions_json(const struct ks_scenario *s)
{
	json_t *list = json_array();

	for (u32 i = 0; i < s->nr_actions; i++)
		json_array_append_new(list, action_json(s->actions[i]));
	return list;
}

/* What of a run exists depends on how far it came. */
static void add_run(struct ks_scenario *s, json_t *o)
{
	json_t *summary = scn_summary(s), *vars = scn_emit_rows(s, s->emit_rows);

	json_object_set_new(o, "lockup", json_boolean(machine->lockup));
	json_object_set(o, "exit", json_object_get(summary, "exit"));
	json_object_set_new(o, "maps", split_maps(s, vars));
	json_object_set_new(o, "vars", vars);
	json_object_set_new(o, "summary", summary);
	json_object_set_new(o, "actions", actions_json(s));
}

void scn_emit(struct ks_scenario *s, int status)
{
	json_t *o;

	if (!s->opts.emit)
		return;
	o = json_pack("{s:s, s:s, s:s, s:i, s:i}", "name", s->name, "file", s->path, "kernel",
		      s->kernel, "status", status, "failures", s->nr_failures);
	if (s->load_status)
		json_object_update_new(o, json_pack("{s:i, s:s}", "load_errno", s->load_errno,
						    "load_error", ks_error()));
	if (s->begun)
		add_run(s, o);
	json_out(o, s->opts.emit, JSON_COMPACT);
	fputc('\n', s->opts.emit);
	json_decref(o);
}
