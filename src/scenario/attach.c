// SPDX-License-Identifier: GPL-2.0-only
/*
 * attach.c - which programs are loaded, which are attached, and when. What
 * is named is a pattern as the shell has them; "scheduler" is the scheduler.
 */
#include <errno.h>
#include <fnmatch.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <bpf/btf.h>
#include <bpf/libbpf.h>
#include "abi/btf.h"
#include "api/subs.h"
#include "scenario/scenario.h"
#include "kern/machine.h"
#include "sys/door.h"

#define SCHEDULER "scheduler"

/* ---- finding ---- */

static bool has_scheduler(const struct ks_scenario *s)
{
	return s->obj && s->obj->ops;
}

const char **scn_read_subs(struct ks_scenario *s)
{
	struct scn_row *rows = NULL;
	const char **texts;
	char *text;
	size_t len;
	u32 n = 0;

	s->ps.at = s->subs_at;
	if (s->subs && scn_read_rows(s, s->subs, "'subs'", &rows))
		return NULL;
	texts = scn_alloc(s, (json_object_size(s->subs) + 1) * sizeof(*texts));
	for (struct scn_row *r = rows; r; r = r->next) {
		s->ps.at = r->at;
		if (!json_is_string(r->want)) {
			scn_fail(s, "'%s' must be a cgroup's path", r->path);
			return NULL;
		}
		len = strlen(r->path) + json_string_length(r->want) + 2;
		text = scn_alloc(s, len);
		snprintf(text, len, "%s=%s", r->path, json_string_value(r->want));
		texts[n++] = text;
	}
	return texts;
}

bool scn_knows_program(struct ks_scenario *s, const char *pattern)
{
	if (!s->obj)
		return false;
	if (!strcmp(pattern, SCHEDULER))
		return has_scheduler(s);
	return subs_find(s->obj, pattern) || programs_match(s->obj, pattern);
}

static int no_such_program(struct ks_scenario *s, const char *name)
{
	if (!s->obj)
		return scn_fail(s, "program '%s': the scenario has no object", name);
	programs_none(s->obj, name);
	return scn_fail(s, "%s", ks_error());
}

struct bpf_program *scn_find_program(struct ks_scenario *s, const char *name)
{
	struct bpf_program *p = s->obj ? bpf_object__find_program_by_name(s->obj->obj, name) : NULL;

	if (!p)
		no_such_program(s, name);
	return p;
}

/* ---- loading ---- */

int scn_choose_programs(struct ks_scenario *s, const json_t *v)
{
	const char *key;
	json_t *choice;
	int err;

	if (!json_is_object(v))
		return scn_fail(s, "'programs' must be an object: NAME: true or false");
	json_object_foreach((json_t *)v, key, choice) {
		jtext_key(key, &s->ps.at);
		if (!s->obj)
			return scn_fail(s, "the scenario has no object");
		err = programs_choose(s->obj, s->ps.at.name, choice);
		if (err)
			return scn_fail(s, "%s", ks_error());
	}
	return 0;
}

int scn_choose_maps(struct ks_scenario *s, const json_t *v)
{
	struct bpf_map *map;
	const char *key;
	json_t *choice;

	if (!json_is_object(v))
		return scn_fail(s, "'maps' must be an object: NAME: true or false");
	json_object_foreach((json_t *)v, key, choice) {
		jtext_key(key, &s->ps.at);
		map = s->obj ? bpf_object__find_map_by_name(s->obj->obj, s->ps.at.name) : NULL;
		if (!map)
			return scn_fail(s, "there is no map '%s'", s->ps.at.name);
		if (!json_is_boolean(choice))
			return scn_fail(s, "'%s' must be true or false", s->ps.at.name);
		bpf_map__set_autocreate(map, json_is_true(choice));
	}
	return 0;
}

bool scn_find_map(struct ks_scenario *s, const char *name)
{
	return s->obj && bpf_object__find_map_by_name(s->obj->obj, name);
}

/* ---- attaching ---- */

int scn_keep_link(struct ks_scenario *s, const char *name, struct bpf_link *link, int fd)
{
	struct scn_link *l = scn_alloc(s, sizeof(*l));

	l->name = scn_strdup(s, name);
	l->link = link;
	l->fd = fd;
	l->next = s->links;
	s->links = l;
	return 0;
}

static bool is_attached(const struct ks_scenario *s, const char *name)
{
	for (const struct scn_link *l = s->links; l; l = l->next)
		if (l->link && !strcmp(l->name, name))
			return true;
	return false;
}

/* Nothing to attach to by itself: run by bpf(2), by an event, or read. */
static bool goes_by_itself(const struct bpf_program *p)
{
	switch (bpf_program__type(p)) {
	case BPF_PROG_TYPE_STRUCT_OPS:
	case BPF_PROG_TYPE_SYSCALL:
	case BPF_PROG_TYPE_PERF_EVENT:
		return false;
	default:
		return bpf_program__fd(p) >= 0 && bpf_program__autoattach(p) &&
		       bpf_program__expected_attach_type(p) != BPF_TRACE_ITER;
	}
}

static int attach_program(struct ks_scenario *s, struct bpf_program *p)
{
	struct bpf_link *link;

	diag_clear();
	link = bpf_program__attach(p);
	if (link)
		return scn_keep_link(s, bpf_program__name(p), link, -1);
	return -errno;
}

static int attach_scheduler(struct ks_scenario *s)
{
	diag_clear();
	if (s->obj->ops_link)
		return -EBUSY;
	s->obj->ops_link = bpf_map__attach_struct_ops(s->obj->ops);
	return s->obj->ops_link ? 0 : -errno;
}

int scn_attach(struct ks_scenario *s, const char *pattern)
{
	bool literal = !strpbrk(pattern, "*?[");
	struct bpf_program *p;
	int err = 0;

	if (!strcmp(pattern, SCHEDULER))
		return attach_scheduler(s);
	if (subs_find(s->obj, pattern))
		return subs_attach(subs_find(s->obj, pattern));
	bpf_object__for_each_program(p, s->obj->obj)
		if (!err && !fnmatch(pattern, bpf_program__name(p), 0) &&
		    (goes_by_itself(p) || literal) && !is_attached(s, bpf_program__name(p)))
			err = attach_program(s, p);
	return err;
}

static void drop_link(struct scn_link *l)
{
	if (!l->link)
		return;
	bpf_link__destroy(l->link);
	if (l->fd >= 0)
		close(l->fd);
	l->link = NULL;
}

int scn_detach(struct ks_scenario *s, const char *pattern)
{
	int found = -ENOENT;

	if (!strcmp(pattern, SCHEDULER)) {
		if (!s->obj->ops_link)
			return -ENOENT;
		object_unlink_ops(s->obj);
		return 0;
	}
	if (subs_find(s->obj, pattern))
		return subs_detach(subs_find(s->obj, pattern));
	for (struct scn_link *l = s->links; l; l = l->next)
		if (l->link && !fnmatch(pattern, l->name, 0)) {
			drop_link(l);
			found = 0;
		}
	door_reap();
	return found;
}

void scn_drop_links(struct ks_scenario *s)
{
	for (struct scn_link *l = s->links; l; l = l->next)
		drop_link(l);
	s->links = NULL;
}

/* ---- what is attached at time 0 ---- */

static int add_pattern(struct ks_scenario *s, const char *pattern)
{
	const char **more = scn_alloc(s, (s->nr_attach_patterns + 1) * sizeof(*more));

	if (!scn_knows_program(s, pattern))
		return no_such_program(s, pattern);
	if (s->nr_attach_patterns)
		memcpy(more, s->attach_patterns, s->nr_attach_patterns * sizeof(*more));
	more[s->nr_attach_patterns++] = pattern;
	s->attach_patterns = more;
	return 0;
}

/* The order of loaders: other programs first, since 7.3's headers hook the registration. */
static int add_all(struct ks_scenario *s, bool scheduler)
{
	int err = 0;

	if (!s->obj)
		return 0;
	if (scn_knows_program(s, "*"))
		err = add_pattern(s, "*");
	if (err || !scheduler || !has_scheduler(s))
		return err;
	err = add_pattern(s, SCHEDULER);
	for (u32 i = 0; !err && i < s->obj->nr_subs; i++)
		err = add_pattern(s, bpf_map__name(s->obj->subs[i].map));
	return err;
}

static int add_list(struct ks_scenario *s, const json_t *v)
{
	const char *name;
	json_t *e;
	size_t i;
	int err;

	json_array_foreach((json_t *)v, i, e) {
		name = scn_string(s, e);
		err = name ? add_pattern(s, name) : -EINVAL;
		if (err)
			return err;
	}
	return 0;
}

int scn_read_attach(struct ks_scenario *s, const json_t *v)
{
	const char *text = json_string_value(v);

	if (!v || json_is_true(v))
		return add_all(s, true);
	if (json_is_false(v))
		return 0;
	if (text && !strcmp(text, "programs"))
		return add_all(s, false);
	if (json_is_array(v))
		return add_list(s, v);
	return scn_fail(s, "'attach' must be true, false, \"programs\" or a list of names");
}

int scn_attach_first(struct ks_scenario *s)
{
	int err;

	for (u32 i = 0; i < s->nr_attach_patterns; i++) {
		err = scn_attach(s, s->attach_patterns[i]);
		if (err)
			return diag_fail(s->obj, "attached", err);
	}
	return KS_OK;
}
