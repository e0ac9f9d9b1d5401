// SPDX-License-Identifier: GPL-2.0-only
/* test_options.c - the command line of `test`. */
#include <getopt.h>
#include <string.h>
#include <unistd.h>
#include "test.h"

#define JOBS_MAX 1024
#define LIMIT_S 300
#define LIMIT_S_MAX 1000000

enum {
	OPT_JOBS = 'j',
	OPT_FILTER = 'f',
	OPT_KERNEL = 256,
	OPT_JUNIT,
	OPT_EMIT,
	OPT_OBJECTS,
	OPT_OBJECT,
	OPT_INCLUDE,
	OPT_SEED,
	OPT_SEEDS,
	OPT_ANNOTATIONS,
	OPT_HTML,
	OPT_PREEMPT,
	OPT_SCHEDULER,
	OPT_TRACE,
	OPT_LIST,
	OPT_NO_SANDBOX,
	OPT_LIMIT,
};

const struct option test_options[] = {
	{ "jobs", required_argument, NULL, OPT_JOBS },
	{ "filter", required_argument, NULL, OPT_FILTER },
	{ "kernel", required_argument, NULL, OPT_KERNEL },
	{ "junit", required_argument, NULL, OPT_JUNIT },
	{ "emit", required_argument, NULL, OPT_EMIT },
	{ "objects", required_argument, NULL, OPT_OBJECTS },
	{ "object-dir", required_argument, NULL, OPT_OBJECTS },
	{ "object", required_argument, NULL, OPT_OBJECT },
	{ "include", required_argument, NULL, OPT_INCLUDE },
	{ "seed", required_argument, NULL, OPT_SEED },
	{ "seeds", required_argument, NULL, OPT_SEEDS },
	{ "annotations", required_argument, NULL, OPT_ANNOTATIONS },
	{ "html", required_argument, NULL, OPT_HTML },
	{ "preempt", required_argument, NULL, OPT_PREEMPT },
	{ "scheduler", required_argument, NULL, OPT_SCHEDULER },
	{ "trace", required_argument, NULL, OPT_TRACE },
	{ "list", no_argument, NULL, OPT_LIST },
	{ "no-sandbox", no_argument, NULL, OPT_NO_SANDBOX },
	{ "limit", required_argument, NULL, OPT_LIMIT },
	{ "help", no_argument, NULL, 'h' },
	{ NULL, 0, NULL, 0 },
};

static const char help_text[] =
	"usage: kickstand test FILE|DIR... [options]\n\n"
	"Runs scenario files (docs/scenarios.md), of a folder all in it and below, and prints TAP.\n\n"
	"  --jobs N, -j N      runs at a time (default: the CPUs of this computer)\n"
	"  --limit SECONDS     a run that takes longer, of this computer's time, has failed\n"
	"                      (default: 300; 0: none)\n"
	"  --filter GLOB, -f   only runs whose name, with or without the kernel, fits\n"
	"  --kernel V          only runs of this kernel\n"
	"  --objects DIR       look for objects here first (default: $KICKSTAND_OBJECTS); may be\n"
	"                      given several times; also --object-dir\n"
	"  --object FILE       run this object instead of those the files name\n"
	"  --include DIR       headers of objects that are sources: see kickstand build --help\n"
	"  --seed N            instead of those in the files\n"
	"  --seeds A..B        a run for each seed, instead of those in the files\n"
	"  --preempt MODEL     none, voluntary, full or lazy, instead of what the files say\n"
	"  --scheduler none    leave the objects out: the tasks under the kernel's own classes\n"
	"  --junit FILE        write the results as JUnit's XML too, with times and output\n"
	"  --annotations WHERE failures beside the lines of a change: github (on standard output),\n"
	"                      gitlab, gitlab=FILE (default gl-code-quality-report.json)\n"
	"  --html DIR          a page of each run that failed, to look at in a browser, and an index\n"
	"  --emit FILE         write what the scenarios' \"emit\" asks for, a JSON array\n"
	"                      (.jsonl: an object a line)\n"
	"  --trace FILE        write the event stream of the run, which must be the only one\n"
	"  --list              print the names, run nothing\n"
	"  --no-sandbox        keep what a run does not need of the process (docs/security.md)\n"
	"  -v                  print what the machines and libbpf said, too\n\n"
	"Exit status: 0 all is as expected; 1 something is not; 2 bad usage, or a file\n"
	"that is wrong or cannot be read.\n";

static int take_number(const char *option, const char *text, uint64_t least, uint64_t most,
		       uint64_t *out)
{
	return parse_number(text, least, most, out) ?
		       KS_OK :
		       complain(KS_USAGE, "%s %s: a number is due", option, text);
}

static int take_jobs(struct test_options *o)
{
	uint64_t n = 0;
	int err = take_number("--jobs", optarg, 1, JOBS_MAX, &n);

	o->jobs = n;
	return err;
}

static int take_limit(struct test_options *o)
{
	uint64_t n = 0;
	int err = take_number("--limit", optarg, 0, LIMIT_S_MAX, &n);

	o->limit_s = n;
	return err;
}

static int take_scheduler(struct test_options *o)
{
	if (strcmp(optarg, "none"))
		return complain(KS_USAGE,
				"--scheduler %s: only 'none' can be said; a scheduler is an "
				"object, which the files name, or --object",
				optarg);
	o->scenario.no_scheduler = true;
	return KS_OK;
}

static int take_option(struct test_options *o, int opt)
{
	switch (opt) {
	case OPT_JOBS:
		return take_jobs(o);
	case OPT_LIMIT:
		return take_limit(o);
	case OPT_NO_SANDBOX:
		o->no_sandbox = true;
		return KS_OK;
	case OPT_FILTER:
		o->filter = optarg;
		return KS_OK;
	case OPT_KERNEL:
		o->kernel = optarg;
		return KS_OK;
	case OPT_JUNIT:
		o->junit = optarg;
		return KS_OK;
	case OPT_EMIT:
		o->emit = optarg;
		return KS_OK;
	case OPT_OBJECTS:
		return take_word(&o->objects, optarg);
	case OPT_OBJECT:
		o->scenario.object = optarg;
		return KS_OK;
	case OPT_INCLUDE:
		return take_word(&o->include, optarg);
	case OPT_SEED:
		o->scenario.seed = &o->seed;
		o->has_seeds = false;
		return take_number("--seed", optarg, 0, UINT64_MAX, &o->seed);
	case OPT_SEEDS:
		o->scenario.seed = &o->seed;
		o->has_seeds = true;
		return take_seeds(optarg, &o->seed, &o->seed_last);
	case OPT_ANNOTATIONS:
		return annotations_take(o, optarg);
	case OPT_HTML:
		o->html = optarg;
		return KS_OK;
	case OPT_PREEMPT:
		o->scenario.preempt = optarg;
		return KS_OK;
	case OPT_SCHEDULER:
		return take_scheduler(o);
	case OPT_TRACE:
		o->scenario.trace = optarg;
		return KS_OK;
	case OPT_LIST:
		o->list = true;
		return KS_OK;
	default:
		o->verbose = true;
		return KS_OK;
	}
}

static unsigned int default_jobs(void)
{
	long n = sysconf(_SC_NPROCESSORS_ONLN);

	return n < 1 ? 1 : n > JOBS_MAX ? JOBS_MAX : n;
}

int test_options_read(int argc, char **argv, struct test_options *o)
{
	int opt, err = KS_OK;

	*o = (struct test_options){ .scenario.sz = sizeof(o->scenario),
				    .jobs = default_jobs(),
				    .limit_s = LIMIT_S };
	opterr = 0;
	while (!err && (opt = getopt_long(argc, argv, ":j:f:vh", test_options, NULL)) != -1) {
		if (opt == 'h') {
			fputs(help_text, stdout);
			return -1;
		}
		err = opt == '?' || opt == ':' ?
			      complain_option(argv, opt, test_options, "kickstand test") :
			      take_option(o, opt);
	}
	if (!err && o->scenario.no_scheduler && o->scenario.object)
		err = complain(KS_USAGE,
			       "--scheduler none leaves objects out, --object names one: "
			       "say one of them");
	if (err)
		return err;
	o->build = (struct ks_build_opts){ .sz = sizeof(o->build),
					   .includes = o->include.at,
					   .nr_includes = o->include.nr };
	o->scenario.build = &o->build;
	o->scenario.object_dirs = o->objects.at;
	o->scenario.nr_seeds = o->has_seeds ? o->seed_last - o->seed + 1 : 0;
	if (optind == argc)
		return complain(KS_USAGE, "a scenario file is missing; see kickstand test --help");
	return test_files(o, argv + optind, argc - optind);
}
