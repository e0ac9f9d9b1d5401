// SPDX-License-Identifier: GPL-2.0-only
/* workload.c - a workload's life: what --workload names, memory, start, end. */
#include "load/workload.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/blocks.h"
#include "base/shortage.h"
#include "base/suggest.h"
#include "load/builtins.h"
#include "load/rtapp.h"
#include "load/thread.h"

/* ---- memory: a list of blocks, freed together ---- */

void *workload_alloc(struct workload *w, size_t size)
{
	void *p = blocks_alloc(&w->allocs, size);

	shortage_on(!p, "out of memory for a workload");
	return p;
}

struct workload *workload_create(const char *name)
{
	struct workload *w = calloc(1, sizeof(*w));

	shortage_on(!w, "out of memory for a workload");
	INIT_LIST_HEAD(&w->threads);
	INIT_LIST_HEAD(&w->spare);
	w->name = strcpy(workload_alloc(w, strlen(name) + 1), name);
	w->begin_ns = ~0ULL;
	return w;
}

void workload_close(struct workload *w)
{
	if (!w)
		return;
	blocks_free(&w->allocs);
	free(w->specs);
	free(w->failed);
	free(w);
}

/* ---- threads ---- */

struct thread_spec *workload_add_spec(struct workload *w, const char *name)
{
	struct thread_spec *spec = workload_alloc(w, sizeof(*spec)), **more;

	more = realloc(w->specs, (w->nr_specs + 1) * sizeof(*more));
	shortage_on(!more, "out of memory for a workload");
	spec->name = strcpy(workload_alloc(w, strlen(name) + 1), name);
	spec->loop = -1;
	spec->instances = 1;
	w->specs = more;
	w->specs[w->nr_specs++] = spec;
	return spec;
}

struct thread_spec *workload_find_spec(const struct workload *w, const char *name)
{
	for (u32 i = 0; i < w->nr_specs; i++)
		if (!strcmp(w->specs[i]->name, name))
			return w->specs[i];
	return NULL;
}

int cpu_check(s64 cpu, char *err, size_t len)
{
	if (cpu >= 0 && cpu < machine->nr_cpu_ids)
		return 0;
	snprintf(err, len, "CPU %lld is outside the machine, which has CPUs 0 to %u", cpu,
		 machine->nr_cpu_ids - 1);
	return -EINVAL;
}

int cpu_list_parse(const char *text, char comma, struct cpumask *mask, char *err, size_t len)
{
	s64 from, to;
	char *end;

	for (;; text = end + 1) {
		from = to = strtoll(text, &end, 10);
		if (end != text && *end == '-')
			to = strtoll(text = end + 1, &end, 10);
		if (end == text || to < from || (*end && *end != comma)) {
			snprintf(err, len, "a list of CPUs looks like 0-3%c6", comma);
			return -EINVAL;
		}
		if (cpu_check(from, err, len) || cpu_check(to, err, len))
			return -EINVAL;
		for (; from <= to; from++)
			cpumask_set_cpu(from, mask);
		if (!*end)
			return 0;
	}
}

/* ---- durations ---- */

static const struct unit {
	const char *name;
	u64 ns;
} units[] = {
	{ "ns", 1 },
	{ "us", NSEC_PER_USEC },
	{ "ms", NSEC_PER_MSEC },
	{ "s", NSEC_PER_SEC },
};

int duration_parse(const char *text, u64 *ns)
{
	char *end;
	u64 n;

	if (*text < '0' || *text > '9')
		return -EINVAL;
	errno = 0;
	n = strtoull(text, &end, 10);
	if (errno)
		return -ERANGE;
	for (u32 i = 0; i < ARRAY_SIZE(units); i++)
		if (!strcmp(end, units[i].name)) {
			*ns = n * units[i].ns;
			return n > DURATION_NS_MAX / units[i].ns ? -ERANGE : 0;
		}
	return -EINVAL;
}

/* ---- open ---- */

static bool is_file(const char *path)
{
	struct stat st;

	return !stat(path, &st);
}

static int open_file(struct workload *w, char *err, size_t len)
{
	struct stat st;

	if (!stat(w->name, &st) && S_ISDIR(st.st_mode)) {
		snprintf(err, len, "%s: is a directory; a workload is an rt-app file or one of: %s",
			 w->name, workload_builtin_names());
		return -EISDIR;
	}
	return rtapp_load(w, err, len);
}

static int open_unknown(const char *spec, char *err, size_t len)
{
	struct suggestion s = { .word = spec };
	char near[80];

	builtin_suggest(&s);
	snprintf(err, len, "workload '%s': no such file, and no such built-in; allowed: %s%s", spec,
		 workload_builtin_names(), suggest_text(&s, near, sizeof(near)));
	return -ENOENT;
}

int workload_open(const char *spec, struct workload **out, char *err, size_t len)
{
	const struct builtin *b = builtin_find(spec);
	struct workload *w;
	int ret;

	if (!b && !is_file(spec))
		return open_unknown(spec, err, len);
	w = workload_create(spec);
	ret = b ? builtin_open(w, b, spec, err, len) : open_file(w, err, len);
	if (ret) {
		workload_close(w);
		return ret;
	}
	*out = w;
	return 0;
}

/* ---- start ---- */

/* rt-app's own thread: sleeps for the duration, then ends the others. */
static void watch_body(void *arg)
{
	struct workload *w = arg;

	sys_nanosleep(w->duration_ns);
	threads_kill(w);
}

static int start_watch(struct workload *w)
{
	struct task_attr attr = { .comm = "rt-app", .new_process = true };
	int err = 0;

	if (!w->duration_ns || task_create(&attr, watch_body, w, &err))
		return 0;
	return err > 0 ? -err : err;
}

static void start_barriers(struct workload *w)
{
	for (struct resource *r = w->resources; r; r = r->next)
		if (r->kind == RES_BARRIER)
			ubarrier_init(&r->barrier, r->barrier.users);
}

static void start_threads(struct workload *w)
{
	for (u32 i = 0; i < w->nr_specs; i++)
		for (u32 n = 0; n < w->specs[i]->instances; n++)
			thread_spawn(w, w->specs[i], false);
}

int workload_start(struct workload *w)
{
	int ret = 0;

	w->begin_ns = now_ns();
	if (w->builtin) {
		ret = builtin_start(w);
	} else {
		start_barriers(w);
		start_threads(w);
		ret = start_watch(w);
	}
	return w->nr_failed ? w->failed[0].err : ret;
}

void workload_unadmitted(struct workload *w, const char *comm, int err)
{
	if (w->nr_unadmitted++)
		return;
	snprintf(w->unadmitted.comm, sizeof(w->unadmitted.comm), "%s", comm);
	w->unadmitted.err = err;
}

int workload_refused(struct workload *w, int err)
{
	if (!err || w->nr_refused++)
		return err;
	w->refused_ns = now_ns();
	w->refused_err = err;
	return err;
}
