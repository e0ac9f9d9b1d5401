// SPDX-License-Identifier: GPL-2.0-only
/*
 * file.c - a scenario file and its head: which machine, which kernels,
 * which object. The rest is only put aside; it is read when there is a machine.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "abi/profile.h"
#include "api/build.h"
#include "api/handle.h"
#include "scenario/scenario.h"
#include "base/shortage.h"

#define KERNELS_MAX 16
#define OBJECTS_ENV "KICKSTAND_OBJECTS"

/* ---- the head ---- */

static int take_string(struct ks_scenario *s, const char **out, const json_t *v)
{
	*out = scn_string(s, v);
	return *out ? 0 : -EINVAL;
}

static int head_name(struct ks_scenario *s, void *to, const json_t *v)
{
	const char *text = scn_string(s, v);

	if (text && strchr(text, '\n'))
		return scn_fail(s, "'name' must be one line");
	snprintf(s->name, sizeof(s->name), "%s", text ? text : "");
	return text ? 0 : -EINVAL;
}

static int add_kernel(struct ks_scenario *s, const char *name)
{
	char names[PROFILE_NAMES_MAX];

	if (s->nr_kernels == KERNELS_MAX)
		return scn_fail(s, "more than %u kernels", KERNELS_MAX);
	if (profile_find(name)) {
		snprintf(s->kernels[s->nr_kernels++].name, sizeof(s->kernels->name), "%s", name);
		return 0;
	}
	profile_names(names, sizeof(names));
	return scn_fail(s, "there is no kernel '%s', but: %s", name, names);
}

static int head_kernel(struct ks_scenario *s, void *to, const json_t *v)
{
	json_t *e;
	size_t i;
	int err = 0;

	if (json_is_string(v))
		return add_kernel(s, json_string_value(v));
	if (!json_is_array(v) || !json_array_size(v))
		return scn_fail(s, "'kernel' must be a version or a list of them");
	json_array_foreach((json_t *)v, i, e) {
		err = json_is_string(e) ? add_kernel(s, json_string_value(e)) :
					  scn_fail(s, "'kernel' must be a list of strings");
		if (err)
			return err;
	}
	return 0;
}

/* "FILE", or a file for each kernel: {"6.12": "FILE", ...} */
static int head_object(struct ks_scenario *s, void *to, const json_t *v)
{
	s->object_at = s->ps.at;
	if (json_is_object(v))
		return 0; /* take_objects() */
	return take_string(s, &s->object, v);
}

static int head_duration(struct ks_scenario *s, void *to, const json_t *v)
{
	int err = scn_time(s, v, &s->duration_ns);

	return !err && !s->duration_ns ? scn_fail(s, "'duration' must be above 0") : err;
}

/* NAME, or false: the object is not used as a scheduler */
static int head_ops(struct ks_scenario *s, void *to, const json_t *v)
{
	if (json_is_false(v)) {
		s->ops = "";
		return 0;
	}
	return take_string(s, &s->ops, v);
}

static int head_partial(struct ks_scenario *s, void *to, const json_t *v)
{
	bool on = false;
	int err = scn_bool(s, v, &on);

	s->machine.partial = on;
	return err;
}

static int head_preempt(struct ks_scenario *s, void *to, const json_t *v)
{
	return take_string(s, &s->machine.preempt, v);
}

static int head_hz(struct ks_scenario *s, void *to, const json_t *v)
{
	s64 n = 0;
	int err = scn_int(s, v, 100, 1000, &n);

	s->machine.hz = (unsigned int)n;
	return err;
}

static int head_kthreads(struct ks_scenario *s, void *to, const json_t *v)
{
	return take_string(s, &s->machine.kthreads, v);
}

static int head_nohz_full(struct ks_scenario *s, void *to, const json_t *v)
{
	return take_string(s, &s->machine.nohz_full, v);
}

static int head_idle_polls(struct ks_scenario *s, void *to, const json_t *v)
{
	return scn_bool(s, v, &s->idle_polls);
}

static int head_comment(struct ks_scenario *s, void *to, const json_t *v)
{
	return 0;
}

/* Parts that wait for the machine: a pointer and a place. */
#define LATER(part)                                                              \
	static int head_##part(struct ks_scenario *s, void *to, const json_t *v) \
	{                                                                        \
		s->part = v;                                                     \
		s->part##_at = s->ps.at;                                         \
		return 0;                                                        \
	}
LATER(costs)
LATER(set)
LATER(resize)
LATER(programs)
LATER(maps)
LATER(attach)
LATER(cgroups)
LATER(tasks)
LATER(at)
LATER(expect)
LATER(emit)
LATER(driver)
LATER(subs)
LATER(schedule)

/* "EXPR", or a list of them */
static int head_assert(struct ks_scenario *s, void *to, const json_t *v)
{
	json_t *e;
	size_t i;

	s->assertions = v;
	s->assertions_at = s->ps.at;
	if (!json_is_array(v))
		return scn_string(s, v) ? 0 : -EINVAL;
	json_array_foreach((json_t *)v, i, e)
		if (!scn_string(s, e))
			return -EINVAL;
	return 0;
}

static const struct scn_key head_keys[] = {
	{ "name", head_name },	       { "comment", head_comment },
	{ "object", head_object },     { "kernel", head_kernel },
	{ "cpus", scn_head_cpus },     { "topology", scn_head_topology },
	{ "seed", scn_head_seed },     { "seeds", scn_head_seeds },
	{ "duration", head_duration }, { "workload", scn_head_workload },
	{ "ops", head_ops },	       { "partial", head_partial },
	{ "preempt", head_preempt },   { "nohz_full", head_nohz_full },
	{ "kthreads", head_kthreads }, { "hz", head_hz },
	{ "set", head_set },	       { "resize", head_resize },
	{ "programs", head_programs }, { "maps", head_maps },
	{ "attach", head_attach },     { "idle_polls", head_idle_polls },
	{ "costs", head_costs },       { "cgroups", head_cgroups },
	{ "driver", head_driver },     { "subs", head_subs },
	{ "tasks", head_tasks },       { "at", head_at },
	{ "expect", head_expect },     { "emit", head_emit },
	{ "assert", head_assert },     { "schedule", head_schedule },
};

static struct scn_kernel *kernel_of(struct ks_scenario *s, const char *name)
{
	for (u32 i = 0; i < s->nr_kernels; i++)
		if (!strcmp(s->kernels[i].name, name))
			return &s->kernels[i];
	return NULL;
}

/* Objects by kernel: they can be looked up only when "kernel" was read. */
static int take_objects(struct ks_scenario *s)
{
	const json_t *v = scn_find(s, s->root, "object");
	struct scn_kernel *k;
	const char *key;
	json_t *o;

	if (!json_is_object(v))
		return 0;
	json_object_foreach((json_t *)v, key, o) {
		jtext_key(key, &s->ps.at);
		k = kernel_of(s, s->ps.at.name);
		if (!k)
			return scn_fail(s, "'%s' is no kernel of this scenario", s->ps.at.name);
		k->object = scn_string(s, o);
		if (!k->object)
			return -EINVAL;
	}
	for (u32 i = 0; i < s->nr_kernels; i++)
		if (!s->kernels[i].object)
			return scn_fail(s, "there is no object for kernel %s", s->kernels[i].name);
	return 0;
}

/* A scenario without a name is called by its file. */
static void default_name(struct ks_scenario *s)
{
	const char *slash = strrchr(s->path, '/'), *base = slash ? slash + 1 : s->path;
	size_t n = strlen(base);

	if (n > 5 && !strcmp(base + n - 5, ".json"))
		n -= 5;
	snprintf(s->name, sizeof(s->name), "%.*s", (int)n, base);
}

/* Without the object there is nothing that these could be said of. */
static void leave_object_out(struct ks_scenario *s)
{
	s->object = s->ops = NULL;
	s->subs = s->set = s->resize = s->programs = s->maps = s->attach = s->assertions = NULL;
	for (u32 i = 0; i < s->nr_kernels; i++)
		s->kernels[i].object = NULL;
}

int scn_read_head(struct ks_scenario *s)
{
	int err;

	s->machine = (struct ks_machine_opts){ .sz = sizeof(s->machine) };
	s->duration_ns = NSEC_PER_SEC;
	default_name(s);
	err = scn_read_object(s, s->root, "a scenario", head_keys, ARRAY_SIZE(head_keys), NULL);
	if (err)
		return err;
	s->ps.at = (struct jkey){ 0 };
	if (!s->nr_kernels)
		add_kernel(s, profile_default()->name);
	err = take_objects(s);
	if (!err && s->opts.no_scheduler)
		leave_object_out(s);
	return err ? err : scn_runs_check(s);
}

/* ---- the object's place ---- */

static char *in_folder(const char *dir, size_t n, const char *name)
{
	char *path;

	if (asprintf(&path, "%.*s/%s", (int)n, dir, name) < 0)
		return NULL;
	if (!access(path, F_OK))
		return path;
	free(path);
	return NULL;
}

/* of those the command line says, the first that has it */
static char *in_folders(const struct ks_scenario_opts *o, const char *name)
{
	char *found = o->objects ? in_folder(o->objects, strlen(o->objects), name) : NULL;

	for (u32 i = 0; !found && o->object_dirs && o->object_dirs[i]; i++)
		found = in_folder(o->object_dirs[i], strlen(o->object_dirs[i]), name);
	return found;
}

static int no_object(struct ks_scenario *s, const char *name)
{
	const char *env = getenv(OBJECTS_ENV);
	char dirs[384] = "";
	size_t n = 0;

	for (u32 i = 0; s->opts.object_dirs && s->opts.object_dirs[i] && n < sizeof(dirs); i++)
		n += snprintf(dirs + n, sizeof(dirs) - n, "%s%s", n ? ", " : "",
			      s->opts.object_dirs[i]);
	return scn_fail(s, "object '%s' is neither in the scenario's folder nor in %s%s%s", name,
			s->opts.objects ? s->opts.objects :
			*dirs		? dirs :
					  "(no --objects)",
			env ? " or " : " or $" OBJECTS_ENV, env ? env : "");
}

/* What the command line says, what the environment says, beside the scenario. */
char *scn_object_path(struct ks_scenario *s, const struct scn_kernel *k)
{
	const char *name = s->opts.object ? s->opts.object : k->object ? k->object : s->object;
	const char *env = getenv(OBJECTS_ENV), *slash = strrchr(s->path, '/');
	char *found;

	s->ps.at = s->object_at;
	if (s->opts.object || *name == '/')
		return strdup(name);
	found = in_folders(&s->opts, name);
	if (!found && env)
		found = in_folder(env, strlen(env), name);
	if (!found)
		found = slash ? in_folder(s->path, slash - s->path, name) : in_folder(".", 1, name);
	if (!found)
		no_object(s, name);
	return found;
}

KS_PUBLIC char *ks_scenario_source(struct ks_scenario *s, unsigned int run)
{
	const struct scn_kernel *k;
	struct scn_run r;
	char *path;

	if (api_need(s) || !scn_run_get(s, run, &r))
		return NULL;
	k = r.kernel;
	path = s->object || k->object || s->opts.object ? scn_object_path(s, k) : NULL;
	if (path && is_source(path))
		return path;
	free(path);
	return NULL;
}

/* ---- life ---- */

KS_PUBLIC int ks_scenario_open(const char *path, const struct ks_scenario_opts *opts,
			       struct ks_scenario **out)
{
	struct ks_scenario_opts o;
	struct ks_scenario *s;

	if (out)
		*out = NULL;
	if (api_need(path) || api_need(out) || api_take(&o, sizeof(o), opts, "ks_scenario_opts"))
		return KS_USAGE;
	s = calloc(1, sizeof(*s));
	shortage_on(!s, "out of memory for a scenario");
	s->opts = o;
	s->path = strdup(path);
	s->kernels = calloc(KERNELS_MAX, sizeof(*s->kernels));
	shortage_on(!s->path || !s->kernels, "out of memory for a scenario");
	s->ps = (struct parse){ .file = s->path, .err = s->err, .len = sizeof(s->err) };
	s->root = jtext_load(path, s->err, sizeof(s->err));
	if (!s->root || scn_read_head(s)) {
		api_fail(KS_USAGE, "%s", s->err);
		ks_scenario_close(s);
		return KS_USAGE;
	}
	*out = s;
	return KS_OK;
}

KS_PUBLIC void ks_scenario_close(struct ks_scenario *s)
{
	if (!s)
		return;
	json_decref(s->root);
	scn_runs_finish(s);
	free(s->kernels);
	free(s->path);
	free(s);
}

KS_PUBLIC const char *ks_scenario_name(const struct ks_scenario *s)
{
	return s ? s->name : NULL;
}
