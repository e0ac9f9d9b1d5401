// SPDX-License-Identifier: GPL-2.0-only
/*
 * run.c - one run of a scenario: the machine, the object, the first pass
 * over the rest of the file, the load, the tasks and drivers, virtual time, the
 * verdict. The scenario's time 0 is when its tasks begin; what is attached from the
 * start is attached before.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <bpf/libbpf.h>
#include "api/handle.h"
#include "base/blocks.h"
#include "check/verdict.h"
#include "scenario/scenario.h"
#include "kern/loader.h"
#include "kern/machine.h"
#include "kern/sched.h"
#include "sys/door.h"

/* ---- the machine ---- */

static int cost_member(struct ks_scenario *s, const char *name, const json_t *v)
{
	static const struct {
		const char *name;
		size_t off;
	} costs[] = {
#define COST(name, ns, text) { #name, offsetof(struct costs, name##_ns) },
#include "kern/costs.def"
#undef COST
	};
	u64 ns = 0;
	s64 n = 0;
	int err = json_is_string(v) ? scn_time(s, v, &ns) : scn_int(s, v, 0, UINT32_MAX, &n);

	if (err)
		return err;
	for (u32 i = 0; i < ARRAY_SIZE(costs); i++)
		if (!strcmp(costs[i].name, name)) {
			*(u32 *)((u8 *)&machine->cost + costs[i].off) = ns ? ns : (u64)n;
			return 0;
		}
	return scn_fail(s, "there is no cost '%s'; see kern/costs.def", name);
}

static int take_costs(struct ks_scenario *s)
{
	struct scn_row *rows = NULL;
	int err = s->costs ? scn_read_rows(s, s->costs, "'costs'", &rows) : 0;

	for (const struct scn_row *r = rows; r && !err; r = r->next) {
		s->ps.at = r->at;
		err = cost_member(s, r->path, r->want);
	}
	return err;
}

static int make_machine(struct ks_scenario *s)
{
	struct ks_machine_opts opts = s->machine;
	enum ks_status status;

	opts.kernel = s->kernel;
	opts.log = s->opts.log;
	opts.log_arg = s->opts.log_arg;
	opts.trace = s->opts.trace;
	opts.html = s->opts.html;
	opts.seed = s->now.seed;
	opts.cpus = s->now.machine.cpus;
	opts.topology = s->now.machine.topology;
	if (s->opts.preempt)
		opts.preempt = s->opts.preempt;
	s->km = ks_machine_create(&opts, &status);
	if (!s->km) {
		snprintf(s->err, sizeof(s->err), "%s: %s", s->path, ks_error());
		return -EINVAL;
	}
	machine->config.idle_polls = s->idle_polls;
	s->rec.keep_all = s->expect && scn_find(s, s->expect, "events");
	return take_costs(s);
}

static int open_object(struct ks_scenario *s, const struct scn_kernel *k)
{
	struct ks_object_opts opts = { .sz = sizeof(opts), .ops = s->ops, .build = s->opts.build };
	const char **subs;
	char *path;
	int err;

	if (!s->object && !k->object && !s->opts.object)
		return 0;
	subs = scn_read_subs(s);
	path = subs ? scn_object_path(s, k) : NULL;
	if (!path)
		return -EINVAL;
	opts.subs = subs;
	err = ks_object_open(s->km, path, &opts, &s->obj);
	free(path);
	if (!err)
		return 0;
	s->ps.at = s->object_at;
	return scn_fail(s, "%s", ks_error());
}

/* ---- the first pass ---- */

static int resize_globals(struct ks_scenario *s)
{
	struct scn_row *rows = NULL;
	char text[320];
	s64 n;
	int err = s->resize ? scn_read_rows(s, s->resize, "'resize'", &rows) : 0;

	for (const struct scn_row *r = rows; r && !err; r = r->next) {
		s->ps.at = r->at;
		err = scn_int(s, r->want, 1, UINT32_MAX, &n);
		if (err)
			return err;
		snprintf(text, sizeof(text), "%s=%lld", r->path, n);
		if (!s->obj || ks_object_resize(s->obj, text))
			return scn_fail(s, "%s", s->obj ? ks_error() : "there is no object");
	}
	return err;
}

/* What is done to the object before load; tasks' pids cannot be known here. */
static int prepare_parts(struct ks_scenario *s)
{
	int err = resize_globals(s);

	s->ps.at = s->programs_at;
	if (!err && s->programs)
		err = scn_choose_programs(s, s->programs);
	s->ps.at = s->maps_at;
	if (!err && s->maps)
		err = scn_choose_maps(s, s->maps);
	s->ps.at = s->set_at;
	if (!err && s->set)
		err = scn_set(s, s->set, false, false);
	s->ps.at = s->assertions_at;
	if (!err && s->assertions && !s->obj)
		return scn_fail(s, "'assert' is of globals, and the scenario has no object");
	return err;
}

static int read_workload(struct ks_scenario *s)
{
	if (!s->now.workload || !ks_machine_workload(s->km, s->now.workload))
		return 0;
	s->ps.at = s->workload_at;
	return scn_fail(s, "%s", ks_error());
}

static int read_parts(struct ks_scenario *s)
{
	int err;

	s->ps.at = s->driver_at;
	err = scn_read_driver(s, s->driver);
	s->ps.at = s->attach_at;
	if (!err)
		err = scn_read_attach(s, s->attach);
	s->ps.at = s->tasks_at;
	if (!err && s->tasks)
		err = scn_read_tasks(s, s->tasks);
	s->ps.at = s->at_at;
	if (!err && s->at)
		err = scn_read_actions(s, s->at);
	s->ps.at = s->emit_at;
	if (!err && s->emit)
		err = scn_read_emit(s, s->emit, &s->emit_rows);
	s->ps.at = s->expect_at;
	if (!err)
		err = scn_read_expect(s, s->expect);
	return err ? err : scn_seal_tasks(s);
}

static int first_pass(struct ks_scenario *s, const struct scn_kernel *k)
{
	int err;

	s->w = workload_create(s->path);
	s->w->control = &scn_control;
	s->ps.w = s->w;
	err = make_machine(s);
	s->ps.at = s->cgroups_at;
	if (!err && s->cgroups)
		err = scn_make_cgroups(s, s->cgroups);
	if (!err)
		err = read_workload(s);
	s->ps.at = s->schedule_at;
	if (!err && s->schedule)
		err = scn_read_schedule(s, s->schedule);
	if (!err)
		err = open_object(s, k);
	if (!err)
		err = prepare_parts(s);
	if (!err)
		err = read_parts(s);
	return err;
}

/* ---- loading ---- */

/* "assert": expressions, or one. A wrong one is a failure: the object is read by now. */
static int assert_all(struct ks_scenario *s)
{
	const json_t *v = s->assertions;
	size_t nr = json_is_array(v) ? json_array_size(v) : v ? 1 : 0;
	int err = KS_OK;

	for (size_t i = 0; !err && i < nr; i++) {
		const json_t *one = json_is_array(v) ? json_array_get(v, i) : v;

		err = ks_object_assert(s->obj, json_string_value(one));
	}
	if (err)
		scn_failure(s, &s->assertions_at, "assert", "an expression over globals",
			    ks_error(), NULL);
	return err;
}

/* KS_OK: it is loaded. A failure may be what is expected. */
int scn_load(struct ks_scenario *s)
{
	json_t *seen;
	bool wanted;

	if (!s->obj)
		return KS_OK;
	errno = 0;
	s->load_status = ks_object_load(s->obj);
	s->load_errno = s->load_status ? -errno : 0; /* libbpf's convention */
	if (!s->load_status) {
		s->load_status = assert_all(s);
		if (s->load_status)
			return s->load_status;
		if (s->want.load)
			scn_failure(s, &s->want.load_at, "load", json_string_value(s->want.load),
				    "the object was loaded", NULL);
		return KS_OK;
	}
	seen = json_string(ks_error());
	wanted = s->want.load && scn_match(s->want.load, seen);
	json_decref(seen);
	if (!wanted)
		scn_failure(s, &s->want.load_at, "load",
			    s->want.load ? json_string_value(s->want.load) : "the object is loaded",
			    ks_error(), NULL);
	return s->load_status;
}

/* ---- running ---- */

static void start_all(void *arg)
{
	struct ks_scenario *s = arg;

	s->begin_ns = now_ns();
	s->begun = true;
	s->start_err = workload_start(s->w);
	if (!s->start_err)
		s->start_err = scn_start_drivers(s);
}

/* Whoever makes the tasks is a task itself, and had no CPU for it or was refused a fork. */
static void start_failure(struct ks_scenario *s, int err)
{
	struct workload_missing gone;
	char seen[256];

	if (machine->ended)
		return;
	if (!workload_missing(s->w, 0, &gone))
		snprintf(seen, sizeof(seen), "%s", strerror(-err));
	else
		snprintf(seen, sizeof(seen), "%llu of %llu: '%s': %s", workload_nr_created(s->w),
			 workload_nr_wanted(s->w), gone.comm,
			 gone.err ? strerror(-gone.err) :
				    "its turn did not come, the task that makes them got no CPU");
	scn_failure(s, &s->tasks_at, "start", "all tasks are created", seen, NULL);
}

/*
 * ks_machine_run(0): figures count from here, "workload" is started. Where there is nothing else
 * to start, the run is that of kickstand run, event by event.
 */
static void run_machine(struct ks_scenario *s)
{
	u64 end;
	int err;

	s->begin_ns = now_ns();
	s->begun = true;
	if (s->now.workload && !s->tasks && !s->at) {
		ks_machine_run(s->km, s->duration_ns);
		return;
	}
	ks_machine_run(s->km, 0);
	verdict_add_workload(machine->judge, s->w);
	err = loader_run(start_all, s, s->duration_ns);
	if (err || s->start_err)
		start_failure(s, err ? err : s->start_err);
	end = s->begin_ns + s->duration_ns;
	if (now_ns() < end)
		ks_machine_run(s->km, end - now_ns());
}

/* A scheduler that cannot be enabled is a failure, unless "exit" says how it ended. */
static void run(struct ks_scenario *s)
{
	scn_record_start(s);
	if (s->obj && scn_attach_first(s) && !s->want.exit_said)
		scn_failure(s, &s->attach_at, "attach", "it is attached", ks_error(), NULL);
	run_machine(s);
	if (s->km->stream.broken)
		return;
	scn_check_expect(s);
	scn_check_schedule(s);
}

/* ---- the end ---- */

static void free_samples(struct ks_scenario *s)
{
	for (u32 i = 0; i < s->nr_actions; i++)
		json_decref(s->actions[i]->sample);
}

/* A trace that is not whole says nothing of the scheduler, nor does a run that it ended. */
static int finish_trace(struct ks_scenario *s)
{
	int err = s->km->stream.broken ? machine_verdict(s->km, 0) : KS_OK;
	char why[sizeof(s->err)];

	if (!err)
		err = ks_machine_finish_trace(s->km);
	if (!err)
		return KS_OK;
	snprintf(why, sizeof(why), "%s", ks_error());
	snprintf(s->err, sizeof(s->err), "%s", why);
	return err;
}

/* Tasks point into the workload and the drivers: the machine goes first. */
void scn_finish(struct ks_scenario *s)
{
	s->over = true;
	if (s->km) {
		scn_drop_links(s);
		if (s->obj)
			object_disable(s->obj);
		ks_machine_destroy(s->km);
	}
	free_samples(s);
	scn_record_finish(s);
	workload_close(s->w);
	blocks_free(&s->allocs);
	s->km = NULL;
	s->obj = NULL;
	s->w = NULL;
	s->ps.w = NULL;
	s->ps.spec = NULL;
	s->drivers = NULL;
	s->actions = NULL;
	s->nr_actions = s->nr_attach_patterns = 0;
	s->attach_patterns = NULL;
	s->emit_rows = NULL;
	s->want = (struct scn_expect){ 0 };
	schedule_file_free(s->decided);
	s->decided = NULL;
}

static void reset(struct ks_scenario *s, FILE *report)
{
	s->report = report;
	s->nr_failures = 0;
	s->last_time_ns = 0;
	s->begun = s->over = false;
	s->start_err = 0;
	s->load_status = KS_OK;
	s->task_error[0] = s->err[0] = s->failed_what[0] = '\0';
	s->driver_policy = SCHED_NORMAL;
	s->driver_priority = 0;
}

int scn_prepare(struct ks_scenario *s, unsigned int i, FILE *report)
{
	if (!scn_run_get(s, i, &s->now))
		return api_fail(KS_USAGE, "%s: there is no run %u", s->path, i);
	reset(s, report);
	s->kernel = s->now.kernel->name;
	if (!first_pass(s, s->now.kernel))
		return KS_OK;
	scn_finish(s);
	return api_fail(KS_USAGE, "%s", s->err);
}

void scn_go(struct ks_scenario *s, FILE *report)
{
	s->report = report;
	run(s);
}

KS_PUBLIC int ks_scenario_run(struct ks_scenario *s, unsigned int i, FILE *report)
{
	int status, err;

	if (api_need(s) || api_need(report))
		return KS_USAGE;
	err = scn_prepare(s, i, report);
	if (err)
		return err;
	if (!scn_load(s)) {
		scn_schedule_begin(s);
		run(s);
	}
	err = finish_trace(s);
	status = err ? err : s->nr_failures ? KS_FAILED : KS_OK;
	if (!err)
		scn_emit(s, status);
	scn_finish(s);
	return err ? api_fail(err, "%s", s->err) : status;
}
