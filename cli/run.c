// SPDX-License-Identifier: GPL-2.0-only
/*
 * run.c - `kickstand run`: from options to a report and an exit status. All that
 * can be wrong with the command line is found before the machine runs.
 */
#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>
#include "cli.h"

#define PROGRESS_NS 50000000ULL	/* real time between two updates of the line */

struct run {
	struct run_options o;
	struct ks_machine *machine;
	struct ks_object *object;
	struct output json;
	uint64_t progress_at_ns;
	bool progress_shown;
};

/* ---- progress, on a terminal only ---- */

static uint64_t real_ns(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec * 1000000000ULL + ts.tv_nsec;
}

static void show_progress(void *arg, uint64_t done_ns, uint64_t of_ns)
{
	struct run *r = arg;
	uint64_t now = real_ns();

	if (now - r->progress_at_ns < PROGRESS_NS)
		return;
	r->progress_at_ns = now;
	r->progress_shown = true;
	fprintf(stderr, "\r%3u%%  %.3f of %.3f s", (unsigned int)(done_ns * 100.0 / of_ns),
		done_ns / 1e9, of_ns / 1e9);
	fflush(stderr);
}

static void clear_progress(struct run *r)
{
	if (r->progress_shown)
		fputs("\r\033[K", stderr);
	r->progress_shown = false;
}

static void log_line(void *arg, enum ks_level level, const char *line)
{
	struct run *r = arg;

	if (level == KS_DEBUG ? r->o.verbose < 2 : level == KS_INFO && r->o.verbose < 1)
		return;
	clear_progress(r);
	fprintf(stderr, level == KS_WARNING ? "kickstand: warning: %s\n" : "%s\n", line);
}

/* ---- Ctrl-C ---- */

static struct ks_machine *interruptible;

/* Once: whoever is impatient gets what a signal does without us. */
static void on_signal(int sig)
{
	struct sigaction usual = { .sa_handler = SIG_DFL };

	if (interruptible)
		ks_machine_stop(interruptible);
	sigaction(sig, &usual, NULL);
}

static void let_interrupt(struct ks_machine *m)
{
	struct sigaction sa = { .sa_handler = m ? on_signal : SIG_DFL };
	struct sigaction was;

	interruptible = m;
	if (!sigaction(SIGINT, NULL, &was) && was.sa_handler != SIG_IGN)
		sigaction(SIGINT, &sa, NULL);
	sigaction(SIGTERM, &sa, NULL);
}

/* ---- steps ---- */

static int set_globals(struct run *r)
{
	unsigned int i;
	int err = KS_OK;

	for (i = 0; !err && i < r->o.setup.nr; i++)
		err = ks_object_setup(r->object, r->o.setup.at[i]);
	for (i = 0; !err && i < r->o.resize.nr; i++)
		err = ks_object_resize(r->object, r->o.resize.at[i]);
	for (i = 0; !err && i < r->o.set.nr; i++)
		err = ks_object_set(r->object, r->o.set.at[i]);
	for (i = 0; !err && i < r->o.dump_map.nr; i++)
		err = ks_object_check_map(r->object, r->o.dump_map.at[i]);
	return err;
}

static int load(struct run *r)
{
	int err = ks_object_load(r->object);
	unsigned int i;

	for (i = 0; !err && i < r->o.set_map.nr; i++)
		err = ks_object_set_map(r->object, r->o.set_map.at[i]);
	for (i = 0; !err && i < r->o.run_prog.nr; i++)
		err = ks_object_run_prog(r->object, r->o.run_prog.at[i]);
	return err;
}

static int make_machine(struct run *r)
{
	enum ks_status status;

	r->o.machine.log = log_line;
	r->o.machine.log_arg = r;
	r->machine = ks_machine_create(&r->o.machine, &status);
	if (!r->machine)
		return status;
	let_interrupt(r->machine);
	if (r->o.verbose >= 0 && isatty(STDERR_FILENO))
		ks_machine_on_progress(r->machine, show_progress, r);
	return ks_machine_workload(r->machine, r->o.workload);
}

static int prepare(struct run *r)
{
	struct ks_object_opts opts = { .sz = sizeof(opts), .ops = r->o.ops, .kconfig = r->o.kconfig };
	int err = make_machine(r);

	if (!err)
		err = ks_object_open(r->machine, r->o.object, &opts, &r->object);
	if (!err)
		err = set_globals(r);
	if (!err)
		err = load(r);
	return err;
}

/* JSON on standard output stays alone there: the summary for people goes aside. */
static FILE *summary_stream(const struct run *r)
{
	return r->o.dump_map.nr || (r->o.json && !strcmp(r->o.json, "-")) ? stderr : stdout;
}

static int report(struct run *r)
{
	unsigned int i;
	int err = KS_OK;

	if (r->json.file && ks_machine_json(r->machine, r->json.file))
		return complain(KS_USAGE, "%s: cannot be written: %s", r->o.json, strerror(errno));
	if (r->o.verbose >= 0)
		err = ks_machine_summary(r->machine, summary_stream(r));
	for (i = 0; !err && i < r->o.dump_map.nr; i++)
		err = ks_object_dump_map(r->object, r->o.dump_map.at[i], stdout);
	if (err)
		return complain_error(err);
	err = flush_output();
	return err ? err : output_commit(&r->json);
}

/* What the machine came to, and, if that is bad, why. */
static int run_machine(struct run *r)
{
	int status = ks_object_attach(r->object);

	if (!status)
		status = ks_machine_run(r->machine, r->o.duration_ns);
	clear_progress(r);
	if (status == KS_EJECTED || status == KS_LOAD)
		ks_machine_exit_report(r->machine, stderr);
	if (status)
		complain_error(status);
	return status;
}

/*
 * The reports come before the scheduler is unregistered: they tell of the run. A
 * run that was ejected or locked up has them too.
 */
static int run_and_report(struct run *r)
{
	int status = run_machine(r), err;

	if (status == KS_USAGE || status == KS_LOAD)
		return status;
	err = report(r);
	if (!err && ks_machine_finish_trace(r->machine))
		err = complain_error(KS_USAGE);
	if (!status && !err)
		ks_object_detach(r->object);
	return err ? err : status;
}

int run_once(const struct run_options *o)
{
	struct run r = { .o = *o };
	int status = output_open(&r.json, r.o.json);

	if (!status) {
		status = prepare(&r);
		if (status)
			complain_error(status);
		else
			status = run_and_report(&r);
	}
	let_interrupt(NULL);
	output_drop(&r.json);
	ks_machine_destroy(r.machine);
	return status;
}

int cmd_run(int argc, char **argv)
{
	struct run_options o;
	int status = options_read(argc, argv, &o);

	if (!status)
		status = o.has_seeds ? run_seeds(&o) : run_once(&o);
	options_finish(&o);
	return status < 0 ? KS_OK : status;
}
