// SPDX-License-Identifier: GPL-2.0-only
/*
 * sweep.c - `kickstand sweep`: a plan of many runs into a database. What a campaign is, src/campaign
 * knows; here are its options, and how a run is one of our own commands.
 */
#include <getopt.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "base/types.h"
#include "campaign/campaign.h"
#include "campaign/state.h"
#include "child.h"
#include "cli.h"
#include "progress.h"
#include "sweep.h"

#define JOBS_MAX 4096
#define PART_USUAL 3

enum {
	OPT_DB = 256,
	OPT_JOBS,
	OPT_DRY_RUN,
	OPT_YES,
	OPT_RETRY,
	OPT_QUIET,
	OPT_SPOOL,
	OPT_SEARCH,
	OPT_PART,
	OPT_ON,
	OPT_PARTITION,
	OPT_ACCOUNT,
	OPT_SBATCH,
	OPT_WORKER,
	OPT_BATCH,
	OPT_BISECT,
	OPT_TREE,
	OPT_BUILD,
	OPT_SCENARIO,
};

const struct option sweep_options[] = {
	{ "db", required_argument, NULL, OPT_DB },
	{ "jobs", required_argument, NULL, OPT_JOBS },
	{ "dry-run", no_argument, NULL, OPT_DRY_RUN },
	{ "yes", no_argument, NULL, OPT_YES },
	{ "retry", no_argument, NULL, OPT_RETRY },
	{ "spool", required_argument, NULL, OPT_SPOOL },
	{ "on", required_argument, NULL, OPT_ON },
	{ "partition", required_argument, NULL, OPT_PARTITION },
	{ "account", required_argument, NULL, OPT_ACCOUNT },
	{ "sbatch", required_argument, NULL, OPT_SBATCH },
	{ "worker", required_argument, NULL, OPT_WORKER },
	{ "batch", required_argument, NULL, OPT_BATCH },
	{ "bisect", required_argument, NULL, OPT_BISECT },
	{ "tree", required_argument, NULL, OPT_TREE },
	{ "build", required_argument, NULL, OPT_BUILD },
	{ "scenario", required_argument, NULL, OPT_SCENARIO },
	{ "search", required_argument, NULL, OPT_SEARCH },
	{ "part", required_argument, NULL, OPT_PART },
	{ "quiet", no_argument, NULL, OPT_QUIET },
	{ "help", no_argument, NULL, 'h' },
	{ NULL, 0, NULL, 0 },
};

static const char help_text[] =
	"usage: kickstand sweep PLAN.json --db FILE.sqlite [options]\n"
	"       kickstand sweep --bisect GOOD..BAD --build COMMAND --scenario FILE [--tree DIR]\n\n"
	"Runs what a plan asks for: schedulers x settings x kernels x machines x workloads x seeds,\n"
	"or searches of them; each in a process of its own, each a row of the database, with all that\n"
	"it takes to repeat it. What the database has is not run again: killed at any time, the same\n"
	"command goes on. kickstand results tells what came of it.\n\n"
	"  --db FILE           the database, a file of SQLite; it is made if it is not there\n"
	"  --jobs N            runs at a time (default: as many as CPUs here)\n"
	"  --dry-run           how many runs these are, and how long they will take; writes nothing\n"
	"  --yes               more than 100000 runs are meant\n"
	"  --retry             runs that ended by a limit of time or memory are done again\n"
	"  --spool DIR         where workers leave what they record (default: FILE.spool)\n"
	"  --on local|slurm    workers here, or a job array of Slurm; --spool is then on a file system\n"
	"                      that its nodes have, and --jobs as many tasks at a time\n"
	"  --partition P, --account A, --sbatch WORD  for sbatch: --sbatch=--time=30; may be repeated\n"
	"  --worker DIR --batch N  what a task of such an array is\n"
	"  --search OBJECTIVE  the best of schedulers and settings by min:PATH or max:PATH of a figure:\n"
	"                      all with few seeds, the better of them with more (successive halving)\n"
	"  --part N            of those, one in N goes on (default 3)\n"
	"  --bisect GOOD..BAD  of the git tree DIR (default: here): COMMAND builds a revision in a folder of\n"
	"                      its own, and the scenario, whose object is looked for there, says which\n"
	"                      revision is the first that fails\n"
	"  --quiet             say nothing but what is wrong\n\n"
	"docs/campaigns.md says what plans and databases hold. Exit status: 0 all runs are recorded,\n"
	"however they ended; 2 bad usage, a plan or a database that cannot be used; 130 it was\n"
	"interrupted.\n";

/* ---- a run is one of our commands ---- */

static void run_command(int argc, char **argv)
{
	const struct subcommand *c;
	int status;

	for (c = subcommands; c->name && strcmp(c->name, argv[0]); c++)
		;
	status = c->name ? c->fn(argc, argv) : KS_USAGE;
	fflush(NULL);
	child_end(status);
}

/* What only a single run has a use for. */
static int check_single(const struct run_options *o)
{
	const struct ks_machine_opts *m = &o->machine;

	if (o->has_seeds || o->nr_kernels > 1)
		return complain(KS_USAGE,
				"a plan's runs have one seed and one kernel each: \"seeds\" "
				"and \"kernels\" are lists");
	if (o->json || m->trace || m->svg || m->html || o->dump_map.nr || o->out)
		return complain(KS_USAGE,
				"a plan's runs write to the database: --json, --trace, --svg, "
				"--html, --dump-map and --out are for one run");
	return KS_OK;
}

static int check_command(int argc, char **argv)
{
	struct run_options o = { 0 };
	int err;

	optind = 0;
	err = !strcmp(argv[0], "exec")	  ? options_read_exec(argc, argv, &o) :
	      !strcmp(argv[0], "explore") ? options_read_explore(argc, argv, &o) :
					    options_read(argc, argv, &o);
	if (err < 0)
		err = complain(KS_USAGE, "a plan's options cannot be --help");
	if (!err)
		err = check_single(&o);
	options_finish(&o);
	return err;
}

const struct runner command_runner = { run_command, check_command, child_end };

int complain_campaign(int status)
{
	return *campaign_error() ? complain(status, "%s", campaign_error()) : status;
}

/* ---- signals: what runs is given up, what is recorded stays ---- */

static void on_ending(int sig)
{
	campaign_state.asked_to_end = sig;
}

void campaign_let_interrupt(void)
{
	static const int ending[] = { SIGINT, SIGTERM, SIGHUP };
	struct sigaction sa = { .sa_handler = on_ending }, was;

	for (u32 i = 0; i < sizeof(ending) / sizeof(ending[0]); i++)
		if (!sigaction(ending[i], NULL, &was) && was.sa_handler != SIG_IGN)
			sigaction(ending[i], &sa, NULL);
}

/* ---- the command ---- */

static void show(void *arg, u64 done, u64 nr)
{
	struct progress *p = arg;

	if (nr)
		progress_runs(p, done, nr, 0);
	else
		progress_clear(p);
}

struct command {
	struct sweep_opts sweep;
	struct search_opts search;
	struct bisect_opts bisect;
	const char *worker; /* the spool that it works for; NULL: it is none */
	u32 batch;
	bool has_batch, has_place;
};

static int take_number(const char *option, const char *text, u32 least, u32 most, u32 *to)
{
	uint64_t n;

	if (!parse_number(text, least, most, &n))
		return complain(KS_USAGE, "%s %s: a number from %u to %u is due", option, text,
				least, most);
	*to = (u32)n;
	return KS_OK;
}

static int take_place(struct sweep_opts *o, const char *text)
{
	o->slurm = !strcmp(text, "slurm");
	return o->slurm || !strcmp(text, "local") ?
		       KS_OK :
		       complain(KS_USAGE, "--on %s: local or slurm is due", text);
}

static int take_objective(struct command *c, const char *text)
{
	c->search.more = has_prefix(text, "max:");
	if ((!c->search.more && !has_prefix(text, "min:")) || !text[4] || strchr(text, '"'))
		return complain(KS_USAGE,
				"--search %s: min: or max: and the path of a figure is due, as "
				"min:all_tasks.wakeup_latency_ns.p99",
				text);
	c->search.path = text + 4;
	c->sweep.search = search_run;
	c->sweep.search_arg = &c->search;
	return KS_OK;
}

static int take_option(struct command *c, int opt)
{
	struct sweep_opts *o = &c->sweep;

	switch (opt) {
	case OPT_DB:
		o->db = optarg;
		return KS_OK;
	case OPT_JOBS:
		o->limited = true;
		return take_number("--jobs", optarg, 1, JOBS_MAX, &o->jobs);
	case OPT_ON:
		c->has_place = true;
		return take_place(o, optarg);
	case OPT_PARTITION:
		argv_add(&o->sbatch, "--partition=%s", optarg);
		return KS_OK;
	case OPT_ACCOUNT:
		argv_add(&o->sbatch, "--account=%s", optarg);
		return KS_OK;
	case OPT_SBATCH:
		argv_add(&o->sbatch, "%s", optarg);
		return KS_OK;
	case OPT_WORKER:
		c->worker = optarg;
		return KS_OK;
	case OPT_BATCH:
		c->has_batch = true;
		return take_number("--batch", optarg, 0, UINT32_MAX - 1, &c->batch);
	case OPT_DRY_RUN:
		o->dry_run = true;
		return KS_OK;
	case OPT_YES:
		o->yes = true;
		return KS_OK;
	case OPT_RETRY:
		o->retry = true;
		return KS_OK;
	case OPT_SPOOL:
		o->spool = optarg;
		return KS_OK;
	case OPT_BISECT:
		c->bisect.range = optarg;
		return KS_OK;
	case OPT_TREE:
		c->bisect.tree = optarg;
		return KS_OK;
	case OPT_BUILD:
		c->bisect.build = optarg;
		return KS_OK;
	case OPT_SCENARIO:
		c->bisect.scenario = optarg;
		return KS_OK;
	case OPT_SEARCH:
		return take_objective(c, optarg);
	case OPT_PART:
		return take_number("--part", optarg, 2, 1000, &c->search.part);
	default:
		o->quiet = true;
		return KS_OK;
	}
}

/* Is there one that says how a plan is swept? */
static bool sweeps(const struct command *c)
{
	const struct sweep_opts *o = &c->sweep;

	return o->db || o->limited || o->dry_run || o->yes || o->retry || o->spool ||
	       c->has_place || o->sbatch.nr || o->search || c->search.part;
}

static int check_bisect(struct command *c, int argc)
{
	struct bisect_opts *b = &c->bisect;

	if (!b->range || !b->build || !b->scenario)
		return complain(KS_USAGE,
				"--bisect GOOD..BAD, --build COMMAND and --scenario FILE come "
				"together");
	if (optind < argc || sweeps(c) || c->worker || c->has_batch)
		return complain(
			KS_USAGE,
			"--bisect takes no plan and no --db, and no other option of a plan's: "
			"its runs are a scenario's");
	b->tree = b->tree ?: ".";
	b->out = stdout;
	return KS_OK;
}

/* KS_OK, KS_USAGE after a complaint, -1: help was printed */
static int read_options(int argc, char **argv, struct command *c)
{
	struct sweep_opts *o = &c->sweep;
	int opt, err = KS_OK;

	opterr = 0;
	while (!err && (opt = getopt_long(argc, argv, ":h", sweep_options, NULL)) != -1) {
		if (opt == 'h') {
			fputs(help_text, stdout);
			return -1;
		}
		err = opt == '?' || opt == ':' ?
			      complain_option(argv, opt, sweep_options, "kickstand sweep") :
			      take_option(c, opt);
	}
	if (err)
		return err;
	if (c->bisect.range || c->bisect.build || c->bisect.scenario || c->bisect.tree)
		return check_bisect(c, argc);
	o->plan = only_argument(argc, argv, "the plan (PLAN.json)");
	if (!o->plan)
		return KS_USAGE;
	if (o->sbatch.nr && !o->slurm)
		return complain(KS_USAGE, "--partition, --account and --sbatch are for --on slurm");
	if (!c->worker != !c->has_batch)
		return complain(KS_USAGE, "--worker DIR and --batch N come together");
	if (c->worker)
		return sweeps(c) ? complain(KS_USAGE,
					    "--worker writes no database: without --db and what "
					    "else says how a plan is swept") :
				   KS_OK;
	if (c->search.part && !o->search)
		return complain(KS_USAGE, "--part is of --search, and there is none");
	return o->db && *o->db ? KS_OK :
				 complain(KS_USAGE, "--db FILE.sqlite is missing: where to?");
}

int cmd_sweep(int argc, char **argv)
{
	struct progress progress;
	struct command c = { .sweep = { .jobs = (u32)sysconf(_SC_NPROCESSORS_ONLN),
					.runner = &command_runner,
					.progress = show,
					.arg = &progress,
					.out = stdout } };
	int status = read_options(argc, argv, &c), err;

	if (status) {
		argv_finish(&c.sweep.sbatch);
		return status < 0 ? KS_OK : status;
	}
	c.search.part = c.search.part ?: PART_USUAL;
	campaign_let_interrupt();
	if (c.bisect.range) {
		status = campaign_bisect(&c.bisect);
		err = flush_output();
		return status ? complain_campaign(status) : err;
	}
	if (c.worker) {
		status = campaign_worker(c.sweep.plan, c.worker, c.batch, &command_runner);
		return status ? complain_campaign(status) : KS_OK;
	}
	progress_begin(&progress, NULL);
	progress.wanted = progress.wanted && !c.sweep.quiet;
	status = campaign_sweep(&c.sweep);
	progress_clear(&progress);
	argv_finish(&c.sweep.sbatch);
	err = flush_output();
	return status ? complain_campaign(status) : err;
}
