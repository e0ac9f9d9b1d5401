// SPDX-License-Identifier: GPL-2.0-only
/*
 * machine.c - a machine from its options, its workload, its run. The run goes in
 * steps of fixed virtual length, whether or not anybody watches its progress, so
 * that watching changes nothing.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <bpf/btf.h>
#include "abi/btf.h"
#include "abi/cpumask.h"
#include "abi/profile.h"
#include "api/api.h"
#include "bpf/env.h"
#include "check/invariants.h"
#include "kern/ext.h"
#include "kern/lockup.h"
#include "kern/machine.h"
#include "kern/topology.h"
#include "load/workload.h"
#include "sys/door.h"
#include "trace/file.h"
#include "trace/html.h"
#include "trace/spool.h"
#include "trace/svg.h"
#include "trace/value.h"

#define DEFAULT_CPUS 8
#define STEP_NS (10 * NSEC_PER_MSEC)

/* ---- options ---- */

/* The caller's structure may be shorter or longer than ours. */
static void take_opts(struct ks_machine_opts *to, const struct ks_machine_opts *from)
{
	memset(to, 0, sizeof(*to));
	if (from)
		memcpy(to, from, min(from->sz, sizeof(*to)));
	to->sz = sizeof(*to);
}

static int choose_profile(const char *name, const struct profile **out)
{
	char names[128] = "";
	const struct profile *p;
	u32 i;

	*out = name ? profile_find(name) : profile_at(0);
	if (*out)
		return KS_OK;
	for (i = 0; (p = profile_at(i)); i++) {
		strncat(names, i ? ", " : "", sizeof(names) - strlen(names) - 1);
		strncat(names, p->name, sizeof(names) - strlen(names) - 1);
	}
	return api_fail(KS_USAGE, "there is no kernel '%s', but: %s", name, names);
}

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

static int make_config(const struct ks_machine_opts *opts, struct machine_config *config)
{
	int err;

	*config = (struct machine_config){ .sz = sizeof(*config), .lsm_bpf = true };
	config->seed = opts->seed;
	config->partial = opts->partial;
	err = choose_profile(opts->kernel, &config->profile);
	return err ? err : choose_topology(opts, &config->topo);
}

/* ---- the console ---- */

static struct ks_machine *console_of;

static void console(const char *line)
{
	api_log(console_of, KS_INFO, "%s", line);
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
		ks_machine_exit_report(console_of, out);
}

static int open_trace(struct ks_machine *km)
{
	int err;

	km->m->trace = &km->stream;
	trace_end_story = end_story;
	if (km->opts.trace || km->opts.svg || km->opts.html || km->opts.hash)
		trace_start(&km->stream, km->opts.hash);
	err = open_sinks(km);
	if (!err)
		tasks_trace();	/* the hash is the same with a file and without */
	return err;
}

static int finish_file(struct ks_machine *km)
{
	int err = trace_sink_close(km->trace, true);

	km->trace = NULL;
	return err ? api_fail(KS_USAGE, "%s: cannot be written: %s", km->opts.trace,
			      strerror(-err)) : KS_OK;
}

static int finish_picture(struct ks_machine *km)
{
	int err = trace_sink_close(km->picture, true);

	km->picture = NULL;
	if (err == -ERANGE)
		return api_fail(KS_USAGE, "%s: the window begins at %llu ns, and the run ended at %llu",
				km->opts.svg, (u64)km->opts.svg_from_ns, now_ns());
	return err ? api_fail(KS_USAGE, "%s: cannot be written: %s", km->opts.svg,
			      strerror(-err)) : KS_OK;
}

static int finish_page(struct ks_machine *km)
{
	int err = trace_sink_close(km->page, true);

	km->page = NULL;
	return err ? api_fail(KS_USAGE, "%s: cannot be written: %s", km->opts.html,
			      strerror(-err)) : KS_OK;
}

KS_PUBLIC int ks_machine_finish_trace(struct ks_machine *km)
{
	int err, picture_err, page_err;

	if (!km->trace && !km->picture && !km->page)
		return KS_OK;
	trace_stop(&km->stream);
	err = finish_file(km);
	picture_err = finish_picture(km);
	page_err = finish_page(km);
	return err ? err : picture_err ? picture_err : page_err;
}

static void drop_trace(struct ks_machine *km)
{
	if (trace_on)
		trace_stop(&km->stream);
	trace_sink_close(km->trace, false);
	trace_sink_close(km->picture, false);
	trace_sink_close(km->page, false);
	km->trace = km->picture = km->page = NULL;
}

static int build(struct ks_machine *km)
{
	struct machine_config config;
	int status = make_config(&km->opts, &config);
	int err;

	if (status)
		return status;
	km->seed = config.seed;
	err = machine_create(&config, &km->m);
	if (err)
		return api_fail(KS_USAGE, "the machine cannot be made: %s%s", strerror(-err),
				err == -EBUSY ? " (one at a time)" : "");
	console_of = km;
	pr_sink = console;
	km->m->console = console;
	invariants_watch(km->m, km->opts.check_every);
	door_note_sink = note;
	diag_begin(km);
	err = door_open(km->m);
	if (err)
		return api_fail(KS_USAGE, "the machine cannot be opened: %s", strerror(-err));
	return open_trace(km);
}

KS_PUBLIC struct ks_machine *ks_machine_create(const struct ks_machine_opts *opts,
					       enum ks_status *status)
{
	struct ks_machine *km = calloc(1, sizeof(*km));
	int err;

	if (!km) {
		err = api_fail(KS_USAGE, "out of memory");
	} else {
		take_opts(&km->opts, opts);
		err = build(km);
	}
	if (status)
		*status = err;
	if (!err)
		return km;
	ks_machine_destroy(km);
	return NULL;
}

static void free_baseline(struct baseline *b)
{
	free(b->idle_ns);
	free(b->busy_ns);
	free(b->switches);
	free(b->kicked);
}

KS_PUBLIC void ks_machine_destroy(struct ks_machine *km)
{
	if (!km)
		return;
	while (km->objects)
		ks_object_close(km->objects);
	drop_trace(km);
	door_close();
	machine_destroy(km->m);
	workload_close(km->workload);
	diag_end();
	door_note_sink = NULL;
	pr_sink = NULL;
	console_of = NULL;
	free_baseline(&km->base);
	free(km);
}

/* ---- running ---- */

static int take_baseline(struct ks_machine *km)
{
	struct baseline *b = &km->base;
	u32 n = km->m->nr_cpu_ids, cpu;

	free_baseline(b);
	b->idle_ns = calloc(n, sizeof(u64));
	b->busy_ns = calloc(n, sizeof(u64));
	b->switches = calloc(n, sizeof(u64));
	b->kicked = calloc(n, sizeof(u64));
	if (!b->idle_ns || !b->busy_ns || !b->switches || !b->kicked)
		return api_fail(KS_USAGE, "out of memory");
	for (cpu = 0; cpu < n; cpu++) {
		const struct rq_model *c = cpu_rq(cpu)->m;

		b->idle_ns[cpu] = c->idle_ns;
		b->busy_ns[cpu] = c->busy_ns;
		b->switches[cpu] = cpu_rq(cpu)->nr_switches;
		b->kicked[cpu] = c->nr_kicked;
	}
	b->now_ns = now_ns();
	b->nr_switches = km->m->nr_switches;
	return KS_OK;
}

static void start_workload(void *arg)
{
	struct ks_machine *km = arg;
	int err = workload_start(km->workload);

	if (err)
		api_log(km, KS_WARNING, "the workload could not start all its tasks: %s",
			strerror(-err));
}

KS_PUBLIC int ks_machine_workload(struct ks_machine *km, const char *spec)
{
	char why[512] = "";
	int err;

	if (km->workload)
		return api_fail(KS_USAGE, "the machine has its workload already");
	err = workload_open(spec, &km->workload, why, sizeof(why));
	return err ? api_fail(KS_USAGE, "%s", *why ? why : strerror(-err)) : KS_OK;
}

/* The first run begins: reports count from here, and the workload is forked. */
static int begin(struct ks_machine *km)
{
	int err;

	if (km->begun)
		return KS_OK;
	err = take_baseline(km);
	if (err)
		return err;
	err = km->workload ? sys_post_to_task(start_workload, km) : 0;
	if (err)
		return api_fail(KS_USAGE, "the workload cannot start: %s", strerror(-err));
	km->begun = true;
	return KS_OK;
}

KS_PUBLIC void ks_machine_on_progress(struct ks_machine *km,
				      void (*progress)(void *arg, uint64_t done_ns, uint64_t of_ns),
				      void *arg)
{
	km->progress = progress;
	km->progress_arg = arg;
}

static int verdict(const struct ks_machine *km)
{
	const struct machine *m = km->m;

	if (m->lockup)
		return api_fail(KS_LOCKUP, "the machine locked up at %llu ns: %s",
				m->lockup->at_ns, m->lockup->text);
	if (m->guest_fault[0])
		return api_fail(KS_EJECTED, "%s", m->guest_fault);
	if (scx.last_exit.valid && scx.last_exit.kind >= SCX_EXIT_ERROR)
		return api_fail(KS_EJECTED, "scheduler '%s' was ejected: %s (%s)",
				scx.last_exit.name, scx.last_exit.reason, scx.last_exit.msg);
	if (km->stopped_short_ns)
		return api_fail(KS_INTERRUPTED, "interrupted at %llu ns of virtual time, %llu ns short",
				now_ns(), km->stopped_short_ns);
	return KS_OK;
}

KS_PUBLIC int ks_machine_run(struct ks_machine *km, uint64_t duration_ns)
{
	u64 start, end;
	int err = begin(km);

	if (err)
		return err;
	start = now_ns();
	end = start + duration_ns;
	while (now_ns() < end && !km->m->ended && !km->stop) {
		machine_run(km->m, min(now_ns() + STEP_NS, end));
		if (km->progress)
			km->progress(km->progress_arg, now_ns() - start, duration_ns);
	}
	if (km->stop && now_ns() < end && !km->m->ended)
		km->stopped_short_ns = end - now_ns();
	return verdict(km);
}

KS_PUBLIC void ks_machine_stop(struct ks_machine *km)
{
	km->stop = 1;
}

KS_PUBLIC uint64_t ks_machine_now(const struct ks_machine *km)
{
	return now_ns();
}

/* ---- profiles ---- */

KS_PUBLIC int ks_kernels(FILE *out)
{
	int err = profile_describe(out);

	return err ? api_fail(KS_USAGE, "the profiles cannot be told: %s", strerror(-err)) : KS_OK;
}

KS_PUBLIC int ks_btf(const char *kernel, const char *format, FILE *out)
{
	const struct profile *prof;
	struct btf_types *types;
	int err = choose_profile(kernel, &prof);

	if (err)
		return err;
	if (strcmp(format, "raw") && strcmp(format, "c"))
		return api_fail(KS_USAGE, "there is no format '%s', but: raw, c", format);
	err = vmbtf_create(prof, &types);
	if (err)
		return api_fail(KS_USAGE, "the types cannot be made: %s", strerror(-err));
	if (!strcmp(format, "c"))
		err = vmbtf_dump_c(types, out);
	else if (fwrite(types->raw, types->raw_size, 1, out) != 1)
		err = -errno;
	vmbtf_destroy(types);
	return err ? api_fail(KS_USAGE, "the types cannot be written: %s", strerror(-err)) : KS_OK;
}

KS_PUBLIC int ks_btf_file(const char *path, FILE *out)
{
	struct btf_types types = { .btf = btf__parse(path, NULL) };
	int err;

	if (!types.btf)
		return api_fail(KS_USAGE, "%s: has no BTF that can be read: %s", path, strerror(errno));
	err = vmbtf_dump_c(&types, out);
	btf__free(types.btf);
	return err ? api_fail(KS_USAGE, "the types cannot be written: %s", strerror(-err)) : KS_OK;
}
