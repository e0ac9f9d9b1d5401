// SPDX-License-Identifier: GPL-2.0-only
/* machine.c - a machine from its options; its trace; its CPUs on and off; its end. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include "base/budget.h"
#include "base/region.h"
#include "abi/cpumask.h"
#include "abi/profile.h"
#include "api/assertion.h"
#include "api/handle.h"
#include "api/schedule.h"
#include "api/watch.h"
#include "bpf/env.h"
#include "check/invariants.h"
#include "check/verdict.h"
#include "kern/ext/ext.h"
#include "kern/lockup.h"
#include "kern/machine.h"
#include "kern/preempt.h"
#include "kern/sched.h"
#include "kern/topology.h"
#include "load/workload.h"
#include "sys/door.h"
#include "trace/file.h"
#include "trace/html.h"
#include "trace/out.h"
#include "trace/spool.h"
#include "trace/svg.h"
#include "trace/value.h"

#define DEFAULT_CPUS 8

/* ---- options ---- */

static int choose_topology(const struct ks_machine_opts *opts, struct topology_spec *topo)
{
	const char *why = "";
	u32 n;

	if (!opts->topology) {
		*topo = (struct topology_spec){ 1, 1, opts->cpus ? opts->cpus : DEFAULT_CPUS, 1 };
	} else if (topology_parse(opts->topology, topo, &why)) {
		return api_fail(KS_USAGE, "topology '%s': %s", opts->topology, why);
	}
	n = topology_nr_cpus(topo);
	if (n > NR_CPUS || opts->cpus > NR_CPUS)
		return api_fail(KS_USAGE, "a machine has 1 to %u CPUs, not %u", NR_CPUS,
				max(n, opts->cpus));
	if (opts->cpus && n != opts->cpus)
		return api_fail(KS_USAGE, "%u CPUs contradict topology '%s', which has %u",
				opts->cpus, opts->topology, n);
	return KS_OK;
}

static int choose_preempt(const char *name, struct machine_config *config)
{
	char names[64];

	if (!name)
		return KS_OK;
	config->preempt = preempt_model_find(name);
	if (preempt_model_known(config->profile, config->preempt))
		return KS_OK;
	preempt_model_names(config->profile, names, sizeof(names));
	return api_fail(KS_USAGE, "preemption model '%s': Linux %s has: %s", name,
			config->profile->name, names);
}

static int choose_kthreads(const char *word, struct machine_config *config)
{
	config->kthreads = KTHREADS_LIVE;
	if (!word || !strcmp(word, "live"))
		return KS_OK;
	config->kthreads = KTHREADS_NONE;
	if (!strcmp(word, "none"))
		return KS_OK;
	return api_fail(KS_USAGE, "kernel threads '%s': allowed are live and none", word);
}

/* kernel/Kconfig.hz */
static int choose_hz(u32 hz, struct machine_config *config)
{
	config->hz = hz;
	if (!hz || hz == 100 || hz == 250 || hz == 300 || hz == 1000)
		return KS_OK;
	return api_fail(KS_USAGE, "a tick of %u Hz: a kernel has 100, 250, 300 or 1000", hz);
}

static int make_config(const struct ks_machine_opts *opts, struct machine_config *config)
{
	int err;

	*config = (struct machine_config){ .sz = sizeof(*config), .lsm_bpf = true };
	config->seed = opts->seed;
	config->partial = opts->partial;
	config->interpret = opts->interpret;
	err = api_choose_profile(opts->kernel, &config->profile);
	if (!err)
		err = choose_preempt(opts->preempt, config);
	if (!err)
		err = choose_kthreads(opts->kthreads, config);
	if (!err)
		err = choose_hz(opts->hz, config);
	return err ? err : choose_topology(opts, &config->topo);
}

/* ---- the console ---- */

static void console(const char *line)
{
	api_log(api_machine, KS_INFO, "%s", line);
}

static void big_trace(const char *path, u64 bytes)
{
	api_log(api_machine, KS_WARNING,
		"%s: %llu MiB by %llu.%03llu s of virtual time, and it goes on; "
		"a shorter run may do, or a .pftrace or .dat, which are smaller",
		path, bytes >> 20, now_ns() / NSEC_PER_SEC,
		now_ns() % NSEC_PER_SEC / NSEC_PER_MSEC);
}

static void note(const char *line)
{
	diag_note(line);
}

/* ---- life ---- */

static int add_sink(struct ks_machine *km, const char *path, int err, struct trace_sink *sink)
{
	if (err)
		return api_fail(KS_USAGE, "%s: cannot be written: %s", path, strerror(-err));
	sink->path = path;
	trace_add_sink(&km->stream, sink);
	return KS_OK;
}

static int open_file(struct ks_machine *km, const char *about, const struct trace_place *place)
{
	struct trace_machine traced = { about, machine->nr_cpu_ids, place,
					K->b.trace_comm_dynamic };
	const char *path = km->opts.trace;
	int err;

	if (!path)
		return KS_OK;
	err = trace_file_create(path, &traced, &km->trace);
	if (err == -EINVAL)
		return api_fail(KS_USAGE, "trace '%s': its ending says the format: %s", path,
				TRACE_FILE_ENDINGS);
	return add_sink(km, path, err, km->trace);
}

static int open_picture(struct ks_machine *km, struct spool_options *o)
{
	const struct svg_window window = { km->opts.svg_from_ns, km->opts.svg_to_ns };
	const char *path = km->opts.svg;
	int err;

	if (!path)
		return KS_OK;
	if (window.from_ns >= window.to_ns)
		return api_fail(KS_USAGE, "%s: its window is empty", path);
	o->write = trace_svg_write;
	o->arg = &window;
	o->arg_size = sizeof(window);
	o->until_ns = window.to_ns + SVG_TAIL_NS;
	err = trace_spool_create(path, o, &km->picture);
	return add_sink(km, path, err, km->picture);
}

static int open_page(struct ks_machine *km, struct spool_options *o)
{
	const char *path = km->opts.html;
	int err;

	if (!path)
		return KS_OK;
	o->write = trace_html_write;
	o->arg_size = 0;
	o->until_ns = ~0ULL;
	err = trace_spool_create(path, o, &km->page);
	return add_sink(km, path, err, km->page);
}

static int open_sinks(struct ks_machine *km)
{
	struct trace_place place[NR_CPUS];
	char about[96];
	struct spool_options o = { .about = about, .nr_cpus = machine->nr_cpu_ids, .place = place };
	int err;

	for (u32 cpu = 0; cpu < machine->nr_cpu_ids; cpu++)
		place[cpu] = (struct trace_place){ machine->topo[cpu].node, machine->topo[cpu].llc,
						   machine->topo[cpu].core };
	snprintf(about, sizeof(about), "kernel %s, %u cpus, seed %llu", K->name,
		 machine->nr_cpu_ids, machine->config.seed);
	err = open_file(km, about, place);
	if (!err)
		err = open_picture(km, &o);
	return err ? err : open_page(km, &o);
}

/* What the trace says at its end, if that was a bad one. */
static void end_story(FILE *out)
{
	if (machine->lockup)
		fprintf(out, "The machine locked up: %s\n", machine->lockup->text);
	if (*machine->guest_fault)
		fprintf(out, "%s\n", machine->guest_fault);
	if (scx.last_exit.valid && scx.last_exit.kind >= SCX_EXIT_ERROR)
		ks_machine_exit_report(api_machine, out);
}

/* Events that nobody keeps any longer need not be made. */
static void end_run_early(void *arg)
{
	struct ks_machine *km = arg;

	if (km->running)
		engine_stop_now(km->m->engine);
}

static int open_trace(struct ks_machine *km)
{
	int err;

	km->m->trace = &km->stream;
	trace_state.end_story = end_story;
	trace_state.big = big_trace;
	if (km->opts.trace || km->opts.svg || km->opts.html || km->opts.hash)
		trace_start(&km->stream, km->opts.hash);
	km->stream.failed = end_run_early;
	km->stream.failed_arg = km;
	err = open_sinks(km);
	if (!err)
		tasks_trace(); /* the hash is the same with a file and without */
	return err;
}

static int finish_file(struct ks_machine *km)
{
	int err = trace_sink_close(km->trace, true);

	km->trace = NULL;
	return err ? api_fail(KS_USAGE, "%s: cannot be written: %s", km->opts.trace,
			      strerror(-err)) :
		     KS_OK;
}

static int finish_picture(struct ks_machine *km)
{
	int err = trace_sink_close(km->picture, true);

	km->picture = NULL;
	if (err == -ERANGE)
		return api_fail(KS_USAGE,
				"%s: the window begins at %llu ns, and the run ended at %llu",
				km->opts.svg, (u64)km->opts.svg_from_ns, now_ns());
	return err ? api_fail(KS_USAGE, "%s: cannot be written: %s", km->opts.svg, strerror(-err)) :
		     KS_OK;
}

static int finish_page(struct ks_machine *km)
{
	int err = trace_sink_close(km->page, true);

	km->page = NULL;
	return err ? api_fail(KS_USAGE, "%s: cannot be written: %s", km->opts.html,
			      strerror(-err)) :
		     KS_OK;
}

KS_PUBLIC int ks_machine_finish_trace(struct ks_machine *km)
{
	int err, picture_err, page_err;

	if (api_enter(km, API_OUTSIDE))
		return KS_USAGE;
	if (!km->trace && !km->picture && !km->page)
		return KS_OK;
	trace_remove_sink(&km->stream, km->trace);
	trace_remove_sink(&km->stream, km->picture);
	trace_remove_sink(&km->stream, km->page);
	err = finish_file(km);
	picture_err = finish_picture(km);
	page_err = finish_page(km);
	return err ? err : picture_err ? picture_err : page_err;
}

static void drop_trace(struct ks_machine *km)
{
	trace_stop(&km->stream); /* a finished one is active yet, without sinks */
	trace_sink_close(km->trace, false);
	trace_sink_close(km->picture, false);
	trace_sink_close(km->page, false);
	km->trace = km->picture = km->page = NULL;
}

/* A copy of the path at @opt, which points to it from now on. */
static bool keep_path(const char **opt, char **copy)
{
	*copy = *opt ? strdup(*opt) : NULL;
	if (*opt && !*copy)
		return false;
	*opt = *copy;
	return true;
}

/* Paths that are read again at the end. */
static int keep_paths(struct ks_machine *km)
{
	struct ks_machine_opts *o = &km->opts;

	if (!keep_path(&o->trace, &km->trace_path) || !keep_path(&o->svg, &km->svg_path) ||
	    !keep_path(&o->html, &km->html_path) || !keep_path(&o->options, &km->options))
		return api_fail(KS_USAGE, "out of memory");
	return KS_OK;
}

#define MEMORY_DEFAULT (4ULL << 30)

/* Addresses are all that it needs much of, and a shell's limit is what mostly lacks them. */
static int machine_refused(int err)
{
	const u64 reserved = REGION_HOST_OFF + REGION_SIZE;
	struct rlimit lim;

	if (err == -ENOMEM && !getrlimit(RLIMIT_AS, &lim) && lim.rlim_cur < 2 * reserved)
		return api_fail(KS_USAGE,
				"the machine cannot be made: it reserves %llu GiB of addresses "
				"(not of memory), and ulimit -v allows %llu KiB",
				reserved >> 30, (u64)lim.rlim_cur >> 10);
	return api_fail(KS_USAGE, "the machine cannot be made: %s", strerror(-err));
}

static int choose_nohz_full(const char *cpus)
{
	struct cpumask mask = {};
	char why[128];

	if (!cpus)
		return KS_OK;
	if (cpu_list_parse(cpus, ',', &mask, why, sizeof(why)))
		return api_fail(KS_USAGE, "nohz_full CPUs '%s': %s", cpus, why);
	if (cpumask_test_cpu(0, &mask))
		return api_fail(KS_USAGE, "nohz_full CPUs '%s': CPU 0 keeps the time, and its tick",
				cpus);
	tick_nohz_init(&mask);
	return KS_OK;
}

static int build(struct ks_machine *km)
{
	struct machine_config config;
	int status = keep_paths(km), err;

	if (!status)
		status = make_config(&km->opts, &config);
	if (status)
		return status;
	km->seed = config.seed;
	budget_begin(km->opts.max_memory ? km->opts.max_memory : MEMORY_DEFAULT);
	err = machine_create(&config, &km->m);
	if (err)
		return machine_refused(err);
	status = choose_nohz_full(km->opts.nohz_full);
	if (status)
		return status;
	km->m->console = console;
	if (!verdict_create(km->m, km->opts.starvation_ns))
		return api_fail(KS_USAGE, "out of memory");
	invariants_watch(km->m, km->opts.check_every);
	door_notes_to(note);
	diag_begin(km);
	err = door_open(km->m);
	if (err)
		return api_fail(KS_USAGE, "the machine cannot be opened: %s", strerror(-err));
	return open_trace(km);
}

static int create(const struct ks_machine_opts *opts, struct ks_machine **out)
{
	struct ks_machine *km;
	int err;

	if (api_machine)
		return api_fail(KS_USAGE,
				"there is a machine already: one at a time, destroy it first");
	km = calloc(1, sizeof(*km));
	if (!km)
		return api_fail(KS_USAGE, "out of memory");
	err = api_take(&km->opts, sizeof(km->opts), opts, "ks_machine_opts");
	if (err) {
		free(km);
		return err;
	}
	api_machine = *out = km;
	err = build(km);
	if (err)
		ks_machine_destroy(km);
	return err;
}

KS_PUBLIC struct ks_machine *ks_machine_create(const struct ks_machine_opts *opts,
					       enum ks_status *status)
{
	struct ks_machine *km = NULL;
	int err = create(opts, &km);

	if (status)
		*status = err;
	return err ? NULL : km;
}

/*
 * Power off: tasks may be anywhere, in programs of objects and in functions of the user's,
 * and none of them runs any more. They point into the workload and into those of
 * ks_task_add(): the machine goes first.
 */
KS_PUBLIC void ks_machine_destroy(struct ks_machine *km)
{
	if (!km || km != api_machine || (km->m && api_enter(km, API_OUTSIDE)))
		return;
	if (km->m)
		machine_stop(km->m);
	objects_close(km);
	drop_trace(km);
	door_close();
	verdict_destroy(km->m ? km->m->judge : NULL);
	machine_destroy(km->m);
	workload_close(km->workload);
	api_tasks_drop(km);
	listen_finish(km);
	watches_close(km);
	schedule_file_free(km->schedule);
	assertions_free(km->assertions);
	diag_end();
	door_notes_to(NULL);
	api_machine = NULL;
	free(km->trace_path);
	free(km->svg_path);
	free(km->html_path);
	free(km->options);
	free(km->workload_spec);
	free(km);
}

/* ---- hotplug ---- */

struct hotplug {
	s32 cpu;
	bool online;
	int err;
};

static void hotplug(void *arg)
{
	struct hotplug *h = arg;

	h->err = h->online ? cpu_up(h->cpu) : cpu_down(h->cpu);
}

KS_PUBLIC int ks_machine_hotplug(struct ks_machine *km, unsigned int cpu, int online)
{
	struct hotplug h = { .cpu = cpu, .online = online };
	int err = api_enter(km, API_OUTSIDE | API_IN_TASK);

	if (err)
		return err;
	if (cpu >= km->m->nr_cpu_ids)
		return api_fail(KS_USAGE, "the machine has CPUs 0 to %u, not %u",
				km->m->nr_cpu_ids - 1, cpu);
	err = machine_in_task(km, hotplug, &h);
	if (err)
		return err;
	return h.err ? api_fail(KS_USAGE, "CPU %u cannot go %s: %s", cpu, online ? "on" : "off",
				h.err == -EBUSY ? "it is the last one" : strerror(-h.err)) :
		       KS_OK;
}
