// SPDX-License-Identifier: GPL-2.0-only
/* act_system.c - actions on the machine: CPUs, cgroups, interrupts, perf events. */
#include <errno.h>
#include <linux/perf_event.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>
#include <bpf/libbpf.h>
#include "scenario/scenario.h"
#include "kern/cgroup.h"
#include "kern/ext/ext.h"
#include "kern/perf.h"
#include "kern/sched.h"

/* ---- CPUs ---- */

static int read_hotplug(struct ks_scenario *s, struct scn_action *a, const json_t *v)
{
	const json_t *online;
	bool on = false;
	int err = scn_int(s, v, 0, machine->nr_cpu_ids - 1, &a->number);

	if (err)
		return err;
	online = scn_find(s, a->json, "online");
	if (!online)
		return scn_fail(s, "'hotplug' needs \"online\": true or false");
	err = scn_bool(s, online, &on);
	a->data = on ? a : NULL;
	return err;
}

static s64 run_hotplug(struct ks_scenario *s, struct scn_action *a)
{
	return a->data ? cpu_up(a->number) : cpu_down(a->number);
}

static int read_nmi(struct ks_scenario *s, struct scn_action *a, const json_t *v)
{
	return scn_int(s, v, 0, machine->nr_cpu_ids - 1, &a->number);
}

static s64 run_nmi(struct ks_scenario *s, struct scn_action *a)
{
	nmi_trigger_backtrace(&machine->cpumask_of[a->number]);
	return 0;
}

/* ---- sysrq ---- */

static int read_sysrq(struct ks_scenario *s, struct scn_action *a, const json_t *v)
{
	const char *text = json_string_value(v);

	a->name = text;
	if (text && strlen(text) == 1 && strchr("SDl", *text))
		return 0;
	return scn_fail(s,
			"'sysrq' must be \"S\" (leave sched_ext), \"D\" (dump) or \"l\" "
			"(backtraces: an NMI on all CPUs)");
}

static s64 run_sysrq(struct ks_scenario *s, struct scn_action *a)
{
	if (*a->name == 'S')
		sysrq_sched_ext_reset();
	else if (*a->name == 'D')
		sysrq_sched_ext_dump();
	else
		nmi_trigger_backtrace(machine->online);
	return 0;
}

/* ---- suspending ---- */

static int read_pm(struct ks_scenario *s, struct scn_action *a, const json_t *v)
{
	a->name = json_string_value(v);
	if (a->name && (!strcmp(a->name, "suspend") || !strcmp(a->name, "resume")))
		return 0;
	return scn_fail(s, "'pm' must be \"suspend\" or \"resume\"");
}

/* What suspending the machine does to a scheduler: scx_pm_handler(). -EALREADY: it is so. */
static s64 run_pm(struct ks_scenario *s, struct scn_action *a)
{
	return scx_pm_notify(!strcmp(a->name, "suspend"));
}

/* ---- cgroups ---- */

/* "/a/b" is b in /a. */
static struct cgroup *parent_of(const char *path, const char **name)
{
	const char *slash = strrchr(path, '/');
	char parent[256];

	*name = slash + 1;
	snprintf(parent, sizeof(parent), "%.*s", slash == path ? 1 : (int)(slash - path), path);
	return cgroup_find(parent);
}

static s64 mkdir_path(const char *path)
{
	const char *name;
	struct cgroup *parent = parent_of(path, &name), *cgrp;

	return parent ? cgroup_mkdir(parent, name, &cgrp) : -ENOENT;
}

static int read_path(struct ks_scenario *s, struct scn_action *a, const json_t *v)
{
	a->name = scn_string(s, v);
	if (!a->name)
		return -EINVAL;
	if (*a->name != '/')
		return scn_fail(s, "a cgroup is named by its path: \"/a\"");
	return 0;
}

static s64 run_mkdir(struct ks_scenario *s, struct scn_action *a)
{
	return mkdir_path(a->name);
}

static s64 run_rmdir(struct ks_scenario *s, struct scn_action *a)
{
	struct cgroup *cgrp = cgroup_find(a->name);

	return cgrp ? cgroup_rmdir(cgrp) : -ENOENT;
}

/* {"cgroup": "/a", "write": {"cpu.weight": "200"}} */
static int read_cgroup(struct ks_scenario *s, struct scn_action *a, const json_t *v)
{
	int err = read_path(s, a, v);
	const json_t *files = err ? NULL : scn_find(s, a->json, "write");
	struct scn_row *rows = NULL;

	if (err)
		return err;
	if (!files)
		return scn_fail(s, "'cgroup' needs \"write\": {FILE: TEXT}");
	err = scn_read_rows(s, files, "'write'", &rows);
	for (struct scn_row *r = rows; r && !err; r = r->next) {
		s->ps.at = r->at;
		err = scn_string(s, r->want) ? 0 : -EINVAL;
	}
	a->data = rows;
	return err;
}

static s64 write_files(const char *path, const struct scn_row *r)
{
	struct cgroup *cgrp = cgroup_find(path);
	s64 err = cgrp ? 0 : -ENOENT;

	for (; r && !err; r = r->next)
		err = cgroup_write(cgrp, r->path, json_string_value(r->want));
	return err;
}

static s64 run_cgroup(struct ks_scenario *s, struct scn_action *a)
{
	return write_files(a->name, a->data);
}

/* one with its files, the first that is refused by name and value */
static int make_cgroup(struct ks_scenario *s, const struct scn_row *r, const struct scn_row *files)
{
	struct cgroup *cgrp;
	s64 err = mkdir_path(r->path);

	if (err)
		return scn_fail(s, "cgroup '%s' cannot be made: %s", r->path,
				err == -ENOENT ? "its parent is not there, name it before" :
						 strerror(-(int)err));
	cgrp = cgroup_find(r->path);
	for (; files; files = files->next) {
		s->ps.at = files->at;
		err = cgroup_write(cgrp, files->path, json_string_value(files->want));
		if (err == -ENOENT)
			return scn_fail(s, "cgroup '%s' has no file '%s'; there are: %s", r->path,
					files->path, cgroup_files());
		if (err)
			return scn_fail(s, "cgroup '%s': '%s' is refused by %s: %s", r->path,
					json_string_value(files->want), files->path,
					strerror(-(int)err));
	}
	return 0;
}

/* "cgroups": {"/a": {}, "/a/b": {"cpu.weight": "200"}}: there before anything runs */
int scn_make_cgroups(struct ks_scenario *s, const json_t *v)
{
	struct scn_row *rows = NULL, *files;
	int err = scn_read_rows(s, v, "'cgroups'", &rows);

	for (struct scn_row *r = rows; r && !err; r = r->next) {
		s->ps.at = r->at;
		files = NULL;
		err = *r->path == '/' ? scn_read_rows(s, r->want, "a cgroup", &files) :
					scn_fail(s, "a cgroup is named by its path: \"/a\"");
		for (struct scn_row *f = files; f && !err; f = f->next)
			err = json_is_string(f->want) ?
				      0 :
				      scn_fail(s, "'%s' must be a string", f->path);
		if (err)
			return err;
		err = make_cgroup(s, r, files);
	}
	return err;
}

/* ---- perf events ---- */

static const struct perf_kind {
	const char *name;
	u32 type;
	u64 config;
	bool timed; /* its period is a time */
} perf_kinds[] = {
	{ "cpu-clock", PERF_TYPE_SOFTWARE, PERF_COUNT_SW_CPU_CLOCK, true },
	{ "task-clock", PERF_TYPE_SOFTWARE, PERF_COUNT_SW_TASK_CLOCK, true },
	{ "context-switches", PERF_TYPE_SOFTWARE, PERF_COUNT_SW_CONTEXT_SWITCHES },
	{ "cpu-migrations", PERF_TYPE_SOFTWARE, PERF_COUNT_SW_CPU_MIGRATIONS },
	{ "cycles", PERF_TYPE_HARDWARE, PERF_COUNT_HW_CPU_CYCLES },
};

struct perf_arg {
	struct perf_event_attr attr;
	const struct perf_kind *kind;
	const char *task; /* NULL: all of a CPU */
	s32 cpu;
};

static int perf_event_kind(struct ks_scenario *s, void *to, const json_t *v)
{
	struct perf_arg *arg = to;
	const char *text = json_string_value(v);

	for (u32 i = 0; text && i < ARRAY_SIZE(perf_kinds); i++)
		if (!strcmp(text, perf_kinds[i].name)) {
			arg->kind = &perf_kinds[i];
			arg->attr.type = perf_kinds[i].type;
			arg->attr.config = perf_kinds[i].config;
			return 0;
		}
	return scn_fail(s,
			"'event' must be one of: cpu-clock, task-clock, context-switches, "
			"cpu-migrations, cycles");
}

static int perf_period(struct ks_scenario *s, void *to, const json_t *v)
{
	struct perf_arg *arg = to;
	u64 ns = 0;
	s64 n = 0;
	int err = json_is_string(v) ? scn_time(s, v, &ns) : scn_int(s, v, 1, INT64_MAX, &n);

	arg->attr.sample_period = n ? (u64)n : ns;
	return err;
}

static int perf_freq(struct ks_scenario *s, void *to, const json_t *v)
{
	struct perf_arg *arg = to;
	s64 n = 0;
	int err = scn_int(s, v, 1, 1000000, &n);

	arg->attr.freq = 1;
	arg->attr.sample_freq = n;
	return err;
}

static int perf_task(struct ks_scenario *s, void *to, const json_t *v)
{
	struct perf_arg *arg = to;

	arg->task = scn_string(s, v);
	if (!arg->task)
		return -EINVAL;
	return scn_knows_task(s, arg->task) ? 0 : scn_fail(s, "there is no task '%s'", arg->task);
}

static int perf_cpu(struct ks_scenario *s, void *to, const json_t *v)
{
	return scn_cpu(s, v, &((struct perf_arg *)to)->cpu);
}

static const struct scn_key perf_keys[] = {
	{ "event", perf_event_kind }, { "period", perf_period }, { "freq", perf_freq },
	{ "task", perf_task },	      { "cpu", perf_cpu },
};

/* {"perf_event": {"event": "cpu-clock", "period": "5ms", "task": "C"}, "prog": NAME} */
static int read_perf(struct ks_scenario *s, struct scn_action *a, const json_t *v)
{
	struct perf_arg *arg = scn_alloc(s, sizeof(*arg));
	const json_t *prog;
	int err;

	arg->cpu = -1;
	arg->attr.size = sizeof(arg->attr);
	err = scn_read_object(s, v, "a perf event", perf_keys, ARRAY_SIZE(perf_keys), arg);
	if (err)
		return err;
	s->ps.at = a->at;
	if (!arg->kind || !arg->attr.sample_period || (!arg->task && arg->cpu < 0))
		return scn_fail(s,
				"a perf event needs an \"event\", a \"period\" or \"freq\", and "
				"a \"task\" or a \"cpu\"");
	a->data = arg;
	prog = scn_find(s, a->json, "prog");
	a->name = prog ? scn_string(s, prog) : NULL;
	a->call.prog = a->name ? scn_find_program(s, a->name) : NULL;
	if (!prog)
		return scn_fail(s, "a \"prog\" for the event is missing");
	return a->call.prog ? 0 : -EINVAL;
}

static s64 run_perf(struct ks_scenario *s, struct scn_action *a)
{
	struct perf_arg *arg = a->data;
	struct task_struct *p = arg->task ? scn_next_task(s, arg->task, NULL) : NULL;
	struct bpf_link *link;
	int fd, err;

	if (arg->task && !p)
		return -ESRCH;
	fd = syscall(__NR_perf_event_open, &arg->attr, p ? p->pid : -1, arg->cpu, -1,
		     PERF_FLAG_FD_CLOEXEC);
	if (fd < 0)
		return -errno;
	link = bpf_program__attach_perf_event(a->call.prog, fd);
	if (link)
		return scn_keep_link(s, a->name, link, -1); /* the link closes it */
	err = -errno;
	close(fd);
	return err;
}

const struct scn_verb scn_system_verbs[] = {
	{ "hotplug", "online", read_hotplug, run_hotplug },
	{ "nmi", "", read_nmi, run_nmi },
	{ "sysrq", "", read_sysrq, run_sysrq },
	{ "pm", "", read_pm, run_pm },
	{ "mkdir", "", read_path, run_mkdir },
	{ "rmdir", "", read_path, run_rmdir },
	{ "cgroup", "write", read_cgroup, run_cgroup },
	{ "perf_event", "prog", read_perf, run_perf },
	{ NULL },
};
