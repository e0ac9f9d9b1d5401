// SPDX-License-Identifier: GPL-2.0-only
/*
 * subs.c - further schedulers of an object, each below another one, on a cgroup:
 *
 *	"low=/batch"	the table low is attached to /batch, which is made if it is not there
 *
 *	"low=/batch:tune"	the same, and the program tune acts on it, not on the root
 *
 * They are loaded with the object and attached after its scheduler, in the order in
 * which they are given, so that a parent comes before its children.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <bpf/libbpf.h>
#include "api/api.h"
#include "api/subs.h"
#include "kern/cgroup.h"
#include "kern/ext/ext.h"
#include "sys/door.h"

static struct bpf_map *find_table(struct ks_object *obj, const char *name)
{
	struct bpf_map *map = bpf_object__find_map_by_name(obj->obj, name);

	return map && bpf_map__type(map) == BPF_MAP_TYPE_STRUCT_OPS && map != obj->ops ? map : NULL;
}

/* the table's sub_cgroup_id is what its loader would write there */
static int set_cgroup(struct ks_object *obj, const char *table, const struct cgroup *cgrp)
{
	char text[320];

	snprintf(text, sizeof(text), "%s.sub_cgroup_id=%llu", table, cgroup_id(cgrp));
	return variable_assign(obj, text);
}

/* of "a,b": "b"; NULL: there is no other */
static const char *next_name(const char *names)
{
	const char *comma = strchr(names, ',');

	return comma ? comma + 1 : NULL;
}

/* each of "a,b" is a program that is no op */
static int check_programs(const struct ks_object *obj, const char *table, const char *programs)
{
	const struct bpf_program *prog;
	char name[128];

	for (const char *at = programs; at; at = next_name(at)) {
		snprintf(name, sizeof(name), "%.*s", (int)strcspn(at, ","), at);
		prog = bpf_object__find_program_by_name(obj->obj, name);
		if (!prog || bpf_program__type(prog) == BPF_PROG_TYPE_STRUCT_OPS)
			return api_fail(KS_USAGE,
					"'%s': '%s' is no program that can be associated with it",
					table, name);
	}
	return KS_OK;
}

static int add(struct ks_object *obj, const char *name, struct bpf_map *map, const char *path)
{
	struct object_sub *subs = realloc(obj->subs, (obj->nr_subs + 1) * sizeof(*subs));
	struct cgroup *cgrp;
	char cgroup[300]; /* longer than any that can be made */
	int err;

	if (!subs)
		return api_fail(KS_LOAD, "out of memory");
	obj->subs = subs;
	snprintf(cgroup, sizeof(cgroup), "%.*s", (int)strcspn(path, ":"), path);
	cgrp = cgroup_make(cgroup);
	if (!cgrp || !cgrp->level)
		return api_fail(KS_USAGE, "'%s': '%s' is no cgroup below the root", name, cgroup);
	path += strcspn(path, ":");
	err = check_programs(obj, name, *path ? path + 1 : NULL);
	if (err)
		return err;
	subs[obj->nr_subs++] = (struct object_sub){ map, NULL, *path ? strdup(path + 1) : NULL };
	if (*path && !subs[obj->nr_subs - 1].programs)
		return api_fail(KS_LOAD, "out of memory");
	return set_cgroup(obj, name, cgrp);
}

int subs_choose(struct ks_object *obj, const char *text)
{
	const char *path = strchr(text, '=');
	struct bpf_map *map;
	char name[256];

	if (!path || path[1] != '/')
		return api_fail(
			KS_USAGE,
			"'%s': TABLE=/CGROUP is due, a sched_ext_ops and where it is attached",
			text);
	if (!obj->km->m->prof->b.sub_scheds)
		return api_fail(KS_USAGE, "'%s': kernel %s has no sub-schedulers", text,
				obj->km->m->prof->name);
	snprintf(name, sizeof(name), "%.*s", (int)(path - text), text);
	map = find_table(obj, name);
	if (!map)
		return api_fail(KS_USAGE, "%s: has no other sched_ext_ops '%s'", obj->name, name);
	return add(obj, name, map, path + 1);
}

static bool names(const char *programs, const char *name)
{
	size_t len = strlen(name);

	for (const char *at = programs; at; at = next_name(at))
		if (strcspn(at, ",") == len && !strncmp(at, name, len))
			return true;
	return false;
}

struct bpf_map *subs_map_of(const struct ks_object *obj, const struct bpf_program *prog)
{
	for (u32 i = 0; i < obj->nr_subs; i++)
		if (names(obj->subs[i].programs, bpf_program__name(prog)))
			return obj->subs[i].map;
	return obj->ops;
}

bool subs_have(const struct ks_object *obj, const struct bpf_map *map)
{
	for (u32 i = 0; i < obj->nr_subs; i++)
		if (obj->subs[i].map == map)
			return true;
	return false;
}

struct object_sub *subs_find(struct ks_object *obj, const char *name)
{
	for (u32 i = 0; i < obj->nr_subs; i++)
		if (!strcmp(bpf_map__name(obj->subs[i].map), name))
			return &obj->subs[i];
	return NULL;
}

int subs_attach(struct object_sub *sub)
{
	if (sub->link)
		return -EBUSY;
	sub->link = bpf_map__attach_struct_ops(sub->map);
	return sub->link ? 0 : -errno;
}

int subs_detach(struct object_sub *sub)
{
	if (!sub->link)
		return -ENOENT;
	bpf_link__destroy(sub->link);
	sub->link = NULL;
	door_reap();
	return 0;
}

static int not_enabled(const struct ks_object *obj, const struct object_sub *sub, int err)
{
	const struct scx_sub_record *e = scx.nr_sub_records ? &scx.subs[scx.nr_sub_records - 1] :
							      NULL;

	if (!err && e)
		return api_fail(KS_LOAD, "%s: sub-scheduler '%s' could not be enabled: %s (%s)",
				obj->name, bpf_map__name(sub->map), e->reason, e->msg);
	return api_fail(KS_LOAD, "%s: sub-scheduler '%s' could not be enabled: %s%s", obj->name,
			bpf_map__name(sub->map), strerror(-err),
			err == -EOPNOTSUPP ? " (the scheduler above it has no ops.sub_attach)" :
					     "");
}

int subs_attach_all(struct ks_object *obj)
{
	for (u32 i = 0; i < obj->nr_subs; i++) {
		u64 enabled = scx.sub_enable_seq;
		int err = subs_attach(&obj->subs[i]);

		if (err || scx.sub_enable_seq == enabled)
			return not_enabled(obj, &obj->subs[i], err);
	}
	return KS_OK;
}

void subs_detach_all(struct ks_object *obj)
{
	for (u32 i = obj->nr_subs; i-- > 0;)
		if (obj->subs[i].link)
			subs_detach(&obj->subs[i]);
}

void subs_finish(struct ks_object *obj)
{
	for (u32 i = 0; i < obj->nr_subs; i++)
		free(obj->subs[i].programs);
	free(obj->subs);
}
