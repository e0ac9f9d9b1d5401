// SPDX-License-Identifier: GPL-2.0-only
/*
 * explore.c - `kickstand explore`: a search of interleavings for runs that end badly. This
 * process reads, forks and writes; what guests do, they do in the forked ones, which enter
 * the sandbox first.
 */
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "base/host_clock.h"
#include "cli.h"
#include "sandbox.h"
#include "state.h"

#define BUDGET_DEFAULT_NS (60 * 1000000000ULL)

struct campaign {
	const struct run_options *o;
	struct output json;
	char *options, *kept; /* kept: options_scenario() */
	bool shown;
};

/* ---- Ctrl-C: what is found is told; a second one ends it at once ---- */

/* timeout(1) sends each signal twice, to us and to our group: that is one. */
#define SAME_SIGNAL_NS 300000000

static void on_signal(int sig)
{
	struct sigaction usual = { .sa_handler = SIG_DFL };

	if (!cli_state.asked_to_end) {
		cli_state.asked_to_end = sig;
		cli_state.asked_at_ns = host_ns();
	} else if (host_ns() - cli_state.asked_at_ns > SAME_SIGNAL_NS) {
		sigaction(sig, &usual, NULL);
		raise(sig);
	}
}

static void let_interrupt(void)
{
	struct sigaction sa = { .sa_handler = on_signal }, was;

	if (!sigaction(SIGINT, NULL, &was) && was.sa_handler != SIG_IGN)
		sigaction(SIGINT, &sa, NULL);
	sigaction(SIGTERM, &sa, NULL);
}

/* ---- what the campaign calls ---- */

static void clear_line(struct campaign *c)
{
	if (c->shown)
		fputs("\r\033[K", stderr);
	c->shown = false;
}

static void show(void *arg, const struct ks_explore_progress *p)
{
	struct campaign *c = arg;
	double s = (double)p->real_ns / 1e9;

	if (c->o->verbose < 0 || !isatty(STDERR_FILENO))
		return;
	clear_line(c);
	fprintf(stderr, "%llu runs, %.0f a second, %llu behaviours, %llu findings",
		(unsigned long long)p->runs, s > 0 ? (double)p->runs / s : 0,
		(unsigned long long)p->behaviours, (unsigned long long)p->findings);
	fflush(stderr);
	c->shown = true;
}

static int begin(void *arg, struct ks_object *obj)
{
	const struct campaign *c = arg;
	/* a scenario reads objects when it comes to them */
	bool reads = c->o->scenario || !obj;
	const struct sandbox s = { .off = c->o->no_sandbox, .reads = reads };

	sandbox_enter(&s);
	return reads ? KS_OK : run_before_attach(obj, c->o);
}

static void log_line(void *arg, enum ks_level level, const char *line)
{
	struct campaign *c = arg;

	if (level == KS_DEBUG ? c->o->verbose < 2 : level == KS_INFO && c->o->verbose < 1)
		return;
	clear_line(c);
	fprintf(stderr, level == KS_WARNING ? "kickstand: warning: %s\n" : "%s\n", line);
}

/* ---- the campaign ---- */

/* @obj, or NULL: run @run of @s */
static int search(struct campaign *c, struct ks_object *obj, struct ks_scenario *s,
		  unsigned int run)
{
	const struct run_options *o = c->o;
	const struct ks_explore_opts opts = {
		.sz = sizeof(opts),
		.duration_ns = o->duration_ns,
		.runs = o->runs,
		.budget_ns = o->budget_ns || o->runs ? o->budget_ns : BUDGET_DEFAULT_NS,
		.jobs = (unsigned int)o->jobs,
		.seed = o->search_seed,
		.strategy = o->strategy,
		.out = o->out,
		.json = c->json.file,
		.begin = begin,
		.progress = show,
		.arg = c,
		.stop = &cli_state.asked_to_end,
		.scenario = c->kept,
		.faults = o->faults,
	};
	FILE *out = o->json && !strcmp(o->json, "-") ? stderr : stdout;
	int status, err;

	let_interrupt();
	if (o->verbose < 0)
		out = stderr;
	status = s ? ks_explore_scenario(s, run, &opts, out) : ks_explore(obj, &opts, out);
	clear_line(c);
	if (status && status != KS_FAILED)
		return complain_error(status);
	output_check(&c->json);
	err = c->json.file == stdout ? KS_OK : output_commit(&c->json);
	if (!err)
		err = flush_output();
	return err ? err : cli_state.asked_to_end && !status ? KS_INTERRUPTED : status;
}

/* The one that --kernel says, or the first */
static int find_run(const struct run_options *o, struct ks_scenario *s, unsigned int *run)
{
	const char *kernel;

	for (*run = 0; (kernel = ks_scenario_kernel(s, *run)); ++*run)
		if (!o->machine.kernel || !strcmp(o->machine.kernel, kernel))
			return KS_OK;
	return complain(KS_USAGE, "%s: it has no kernel %s", o->scenario, o->machine.kernel);
}

static int open_scenario(struct campaign *c, const char *object, struct ks_scenario **s)
{
	const struct run_options *o = c->o;
	const struct ks_scenario_opts opts = {
		.sz = sizeof(opts),
		.object = object,
		.seed = o->has_seed ? &o->machine.seed : NULL,
		.log = log_line,
		.log_arg = c,
	};
	int err = ks_scenario_open(o->scenario, &opts, s);

	return err ? complain_error(err) : KS_OK;
}

/* An object that is a source is built first, and the scenario read again to run that. */
static int scenario_build(struct campaign *c, struct ks_scenario **s, unsigned int run,
			  struct ks_built **built)
{
	struct run_options o = *c->o;
	char *source = ks_scenario_source(*s, run);
	int err;

	if (!source)
		return KS_OK;
	o.object = source;
	o.machine.kernel = ks_scenario_kernel(*s, run);
	err = source_build(&o, built);
	if (!err) {
		ks_scenario_close(*s);
		*s = NULL;
		err = open_scenario(c, ks_built_object(*built), s);
	}
	free(source);
	return err;
}

static int explore_scenario(struct campaign *c)
{
	struct ks_built *built = NULL;
	struct ks_scenario *s = NULL;
	unsigned int run;
	int err = open_scenario(c, NULL, &s);

	if (!err)
		err = find_run(c->o, s, &run);
	if (!err)
		err = scenario_build(c, &s, run, &built);
	if (!err)
		err = search(c, NULL, s, run);
	ks_scenario_close(s);
	ks_built_drop(built);
	return err;
}

static int explore(struct campaign *c)
{
	struct run_options o = *c->o;
	struct ks_object *obj = NULL;
	struct ks_machine *m;
	enum ks_status status;
	int err;

	o.machine.log = log_line;
	o.machine.log_arg = c;
	o.machine.options = c->options;
	m = ks_machine_create(&o.machine, &status);
	if (!m)
		return complain_error(status);
	err = ks_machine_workload(m, o.workload);
	if (!err)
		err = run_open(m, &o, &obj);
	if (!err)
		err = ks_object_load(obj);
	if (!err)
		err = run_assert(obj, &o);
	err = err ? complain_error(err) : search(c, obj, NULL, 0);
	ks_machine_destroy(m);
	return err;
}

int cmd_explore(int argc, char **argv)
{
	struct ks_built *built = NULL;
	struct run_options o;
	int status = options_read_explore(argc, argv, &o);
	struct campaign c = { .o = &o };

	if (!status)
		status = source_build(&o, &built);
	if (!status) {
		c.options = options_text(&o);
		c.kept = o.out && !o.scenario ? options_scenario(&o) : NULL;
		status = c.options ? output_open(&c.json, o.json) :
				     complain(KS_USAGE, "out of memory");
		if (!status)
			status = o.scenario ? explore_scenario(&c) : explore(&c);
	}
	output_drop(&c.json);
	free(c.options);
	free(c.kept);
	ks_built_drop(built);
	options_finish(&o);
	return status < 0 ? KS_OK : status;
}
