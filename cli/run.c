// SPDX-License-Identifier: GPL-2.0-only
/*
 * run.c - `kickstand run`: from options to a report and an exit status. All that
 * can be wrong with the command line is found before the machine runs.
 */
#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include "cli.h"
#include "progress.h"
#include "sandbox.h"
#include "state.h"

struct run {
	struct run_options o;
	struct ks_machine *machine;
	struct ks_object *object;
	struct output json;
	struct progress progress;
	char *options;
	bool attached; /* there is something to report of */
};

static void log_line(void *arg, enum ks_level level, const char *line)
{
	struct run *r = arg;

	if (level == KS_DEBUG ? r->o.verbose < 2 : level == KS_INFO && r->o.verbose < 1)
		return;
	progress_clear(&r->progress);
	if (r->o.front)
		r->o.front->log(r->o.front->arg, line);
	fprintf(stderr, level == KS_WARNING ? "kickstand: warning: %s\n" : "%s\n", line);
}

/* ---- Ctrl-C ---- */

/* Once: whoever is impatient gets what a signal does without us. */
static void on_signal(int sig)
{
	struct sigaction usual = { .sa_handler = SIG_DFL };

	cli_state.interrupted = 1;
	if (cli_state.interruptible)
		ks_machine_stop(cli_state.interruptible);
	sigaction(sig, &usual, NULL);
}

static void let_interrupt(struct ks_machine *m)
{
	struct sigaction sa = { .sa_handler = m ? on_signal : SIG_DFL };
	struct sigaction was;

	cli_state.interruptible = m;
	if (!sigaction(SIGINT, NULL, &was) && was.sa_handler != SIG_IGN)
		sigaction(SIGINT, &sa, NULL);
	sigaction(SIGTERM, &sa, NULL);
	if (!sigaction(SIGHUP, NULL, &was) && was.sa_handler != SIG_IGN) /* nohup */
		sigaction(SIGHUP, &sa, NULL);
}

/* ---- steps ---- */

static int for_words(struct ks_object *obj, const struct words *w,
		     int (*fn)(struct ks_object *, const char *))
{
	unsigned int i;
	int err = KS_OK;

	for (i = 0; !err && i < w->nr; i++)
		err = fn(obj, w->at[i]);
	return err;
}

static int set_globals(struct ks_object *obj, const struct run_options *o)
{
	int err = for_words(obj, &o->setup, ks_object_setup);

	if (!err)
		err = for_words(obj, &o->programs, ks_object_choose);
	if (!err)
		err = for_words(obj, &o->resize, ks_object_resize);
	if (!err)
		err = for_words(obj, &o->set, ks_object_set);
	return err ? err : for_words(obj, &o->dump_map, ks_object_check_map);
}

/* From here on programs run: of SYSCALL, of maps that fill themselves, of the scheduler. */
static void enter_sandbox(const struct run_options *o)
{
	const struct ks_machine_opts *m = &o->machine;
	const struct sandbox s = {
		.off = o->no_sandbox,
		.say = o->verbose > 0 ? stderr : NULL,
		.reads = o->front || o->reads_later, /* about its terminal, of the object */
		.outputs = { o->json, m->trace, m->svg, m->html },
	};

	sandbox_enter(&s);
}

int run_assert(struct ks_object *obj, const struct run_options *o)
{
	int err = KS_OK;

	for (unsigned int i = 0; !err && i < o->asserts.nr; i++)
		err = ks_object_assert(obj, o->asserts.at[i]);
	return err;
}

static int load(struct ks_machine *m, struct ks_object *obj, const struct run_options *o)
{
	int err = ks_object_load(obj);

	if (!err)
		err = run_assert(obj, o);
	if (!err && o->schedule)
		err = ks_machine_schedule(m, o->schedule);
	if (!err)
		enter_sandbox(o);
	return err ? err : run_before_attach(obj, o);
}

int run_before_attach(struct ks_object *obj, const struct run_options *o)
{
	int err = for_words(obj, &o->set_map, ks_object_set_map);

	return err ? err : for_words(obj, &o->run_prog, ks_object_run_prog);
}

int run_open(struct ks_machine *m, const struct run_options *o, struct ks_object **obj)
{
	struct ks_build_opts build = source_options(o);
	struct ks_object_opts opts = { .sz = sizeof(opts),
				       .ops = o->ops,
				       .kconfig = o->kconfig,
				       .build = &build,
				       .subs = o->sub.at };
	int err = ks_object_open(m, o->object, &opts, obj);

	return err ? err : set_globals(*obj, o);
}

int run_load(struct ks_machine *m, const struct run_options *o, struct ks_object **obj)
{
	int err = run_open(m, o, obj);

	return err ? err : load(m, *obj, o);
}

static int make_machine(struct run *r)
{
	enum ks_status status;

	r->o.machine.log = log_line;
	r->o.machine.log_arg = r;
	r->o.machine.options = r->options;
	r->machine = ks_machine_create(&r->o.machine, &status);
	if (!r->machine)
		return status;
	let_interrupt(r->machine);
	return ks_machine_workload(r->machine, r->o.workload);
}

static int prepare(struct run *r)
{
	int err = make_machine(r);

	if (!err && r->o.no_scheduler)
		enter_sandbox(&r->o);
	return err || r->o.no_scheduler ? err : run_load(r->machine, &r->o, &r->object);
}

/* What is for programs stays alone on standard output: the summary for people goes aside. */
static FILE *summary_stream(const struct run *r)
{
	return r->o.dump_map.nr || (r->o.json && !strcmp(r->o.json, "-")) ||
			       (r->o.machine.trace && !strcmp(r->o.machine.trace, "-")) ?
		       stderr :
		       stdout;
}

static int print(struct run *r)
{
	unsigned int i;
	int err = KS_OK;

	if (r->o.verbose >= 0)
		err = ks_machine_summary(r->machine, summary_stream(r));
	for (i = 0; !err && i < r->o.dump_map.nr; i++)
		err = ks_object_dump_map(r->object, r->o.dump_map.at[i], stdout);
	return err ? complain_error(err) : flush_output();
}

/* Of standard output, print() says what went wrong with it. */
static int write_json(struct run *r)
{
	bool aside = r->json.file != stdout;

	if (!r->json.file)
		return KS_OK;
	if (ks_machine_json(r->machine, r->json.file) && !ferror(r->json.file))
		return complain_error(KS_USAGE);
	output_check(&r->json);
	return aside ? output_commit(&r->json) : KS_OK;
}

/* One that cannot be written is no reason to lose the others; the first says why. */
static int report(struct run *r)
{
	int json = write_json(r), printed = print(r);
	int traced = ks_machine_finish_trace(r->machine);

	if (traced)
		traced = complain_error(traced);
	return json ? json : printed ? printed : traced;
}

/* A picture of what will not be: better said before the run than after it. */
static int check_window(struct run *r)
{
	uint64_t from_ns = r->o.machine.svg_from_ns, end_ns;
	int err;

	if (!r->o.machine.svg)
		return KS_OK;
	err = ks_machine_run(r->machine, 0); /* it begins */
	if (err == KS_USAGE)
		return complain_error(err);
	end_ns = ks_machine_now(r->machine) + r->o.duration_ns;
	if (from_ns > end_ns)
		return complain(KS_USAGE,
				"%s: the window begins at %llu ns, and the run will end at %llu",
				r->o.machine.svg, (unsigned long long)from_ns,
				(unsigned long long)end_ns);
	return KS_OK;
}

static int go(struct run *r)
{
	const struct run_front *front = r->o.front;
	int status;

	if (front)
		return front->run(front->arg, r->machine, r->o.duration_ns);
	if (r->o.verbose >= 0)
		progress_begin(&r->progress, r->machine);
	status = ks_machine_run(r->machine, r->o.duration_ns);
	progress_clear(&r->progress);
	return status;
}

/* Up to where the time of the run begins. Says itself what goes wrong. */
static int start(struct run *r)
{
	const struct run_front *front = r->o.front;
	int status = front ? front->watch(front->arg, r->machine) : KS_OK;

	if (status)
		return status;
	if (r->object)
		status = ks_object_attach(r->object);
	if (status == KS_EJECTED || status == KS_LOAD)
		ks_machine_exit_report(r->machine, stderr);
	return status ? complain_error(status) : check_window(r);
}

/* What the machine came to, and, if that is bad, why. */
static int run_machine(struct run *r)
{
	int status = start(r);

	r->attached = status != KS_INTERRUPTED;
	if (status)
		return status;
	status = go(r);
	if (status < 0)
		return KS_USAGE;
	if (status == KS_EJECTED)
		ks_machine_exit_report(r->machine, stderr);
	return status ? complain_error(status) : KS_OK;
}

/* What is asserted does not hold, or --strict and the verdict is not ok: 1, and a line. */
static int judge(struct run *r)
{
	int status = ks_machine_asserted(r->machine);

	if (!status && r->o.strict)
		status = ks_machine_verdict(r->machine, NULL, NULL);
	return status ? complain_error(status) : KS_OK;
}

/*
 * The reports come before the scheduler is unregistered: they tell of the run. A
 * run that was ejected or locked up has them too.
 */
static int run_and_report(struct run *r)
{
	int status = run_machine(r), err;

	if (status == KS_USAGE || status == KS_LOAD || status == STATUS_CLOSED_PIPE || !r->attached)
		return status;
	err = report(r);
	if (!err && ks_machine_schedule_came(r->machine))
		err = complain_error(KS_USAGE);
	if (!status && !err)
		status = judge(r);
	if (!status && !err && r->object)
		ks_object_detach(r->object);
	return err ? err : status;
}

int run_once(const struct run_options *o)
{
	struct run r = { .o = *o, .options = options_text(o) };
	int status = r.options ? output_open(&r.json, r.o.json) :
				 complain(KS_USAGE, "out of memory");

	if (!status) {
		status = prepare(&r);
		if (status && cli_state.interrupted) /* a file was being read */
			status = complain(KS_INTERRUPTED, "interrupted before the run");
		else if (status)
			complain_error(status);
		else
			status = run_and_report(&r);
	}
	let_interrupt(NULL);
	output_drop(&r.json);
	ks_machine_destroy(r.machine);
	free(r.options);
	return status;
}

/* A schedule says for how long its run goes. */
static int schedule_duration(struct run_options *o)
{
	uint64_t ns;

	if (ks_schedule_duration(o->schedule, &ns))
		return complain_error(KS_USAGE);
	o->duration_ns = ns ? ns : o->duration_ns;
	return KS_OK;
}

int cmd_run(int argc, char **argv)
{
	struct ks_built *built = NULL;
	struct run_options o;
	int status = options_read(argc, argv, &o);

	if (!status && o.schedule && !o.has_duration)
		status = schedule_duration(&o);
	if (!status && o.has_seeds) /* of kernels, each has its own types */
		status = source_build(&o, &built);
	if (!status)
		status = o.has_seeds || o.nr_kernels > 1 ? run_several(&o) : run_once(&o);
	ks_built_drop(built);
	options_finish(&o);
	return status < 0 ? KS_OK : status;
}
