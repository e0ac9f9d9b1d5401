// SPDX-License-Identifier: GPL-2.0-only
/* options.c - the command line of `run`, and what all subcommands need to read theirs. */
#include <ctype.h>
#include <errno.h>
#include <getopt.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>
#include "base/text_stream.h"
#include "cli.h"

#define NSEC_PER_SEC 1000000000ULL
#define SEEDS_MAX 1000000
#define EXPLORE_DURATION_NS (NSEC_PER_SEC / 10)
#define JOBS_MAX 4096
#define CPUS_MAX 1000000000 /* the library knows the real limit and names it */

enum {
	OPT_KERNEL = 256,
	OPT_CPUS,
	OPT_TOPOLOGY,
	OPT_DURATION,
	OPT_WORKLOAD,
	OPT_SEED,
	OPT_SET,
	OPT_RESIZE,
	OPT_OPS,
	OPT_PARTIAL,
	OPT_TRACE,
	OPT_JSON,
	OPT_DUMP_MAP,
	OPT_QUIET,
	OPT_HASH,
	OPT_CHECK,
	OPT_MAX_MEMORY,
	OPT_NO_SANDBOX,
	OPT_SET_MAP,
	OPT_RUN_PROG,
	OPT_SETUP,
	OPT_KCONFIG,
	OPT_SEEDS,
	OPT_JOBS,
	OPT_SVG,
	OPT_WINDOW,
	OPT_HTML,
	OPT_PROGRAMS,
	OPT_STRICT,
	OPT_STARVATION,
	OPT_INCLUDE,
	OPT_PREEMPT,
	OPT_NOHZ_FULL,
	OPT_INTERP,
	OPT_KTHREADS,
	OPT_HZ,
	OPT_SUB,
	OPT_SCHEDULE,
	OPT_BUDGET,
	OPT_RUNS,
	OPT_SEARCH_SEED,
	OPT_STRATEGY,
	OPT_OUT,
	OPT_SCENARIO,
	OPT_ASSERT,
	OPT_FAULTS,
	OPT_SCHEDULER,
	OPT_SPEED, /* top's: it reads it itself */
};

/* which object on which machine, and what is done to it before it runs */
#define LOAD_OPTIONS                                                   \
	{ "kernel", required_argument, NULL, OPT_KERNEL },             \
		{ "cpus", required_argument, NULL, OPT_CPUS },         \
		{ "topology", required_argument, NULL, OPT_TOPOLOGY }, \
		{ "programs", required_argument, NULL, OPT_PROGRAMS }, \
		{ "set", required_argument, NULL, OPT_SET },           \
		{ "resize", required_argument, NULL, OPT_RESIZE },     \
		{ "set-map", required_argument, NULL, OPT_SET_MAP },   \
		{ "run-prog", required_argument, NULL, OPT_RUN_PROG }, \
		{ "setup", required_argument, NULL, OPT_SETUP },       \
		{ "kconfig", required_argument, NULL, OPT_KCONFIG },   \
		{ "ops", required_argument, NULL, OPT_OPS },           \
		{ "sub", required_argument, NULL, OPT_SUB },           \
	{                                                              \
		"include", required_argument, NULL, OPT_INCLUDE        \
	}

/* How a run is shown and written: of one run, whoever makes it. */
#define ONE_RUN_OPTIONS                                                    \
	{ "duration", required_argument, NULL, OPT_DURATION },             \
		{ "workload", required_argument, NULL, OPT_WORKLOAD },     \
		{ "seed", required_argument, NULL, OPT_SEED },             \
		{ "partial", no_argument, NULL, OPT_PARTIAL },             \
		{ "preempt", required_argument, NULL, OPT_PREEMPT },       \
		{ "nohz-full", required_argument, NULL, OPT_NOHZ_FULL },   \
		{ "kthreads", required_argument, NULL, OPT_KTHREADS },     \
		{ "hz", required_argument, NULL, OPT_HZ },                 \
		{ "trace", required_argument, NULL, OPT_TRACE },           \
		{ "html", required_argument, NULL, OPT_HTML },             \
		{ "json", required_argument, NULL, OPT_JSON },             \
		{ "hash", no_argument, NULL, OPT_HASH },                   \
		{ "check", optional_argument, NULL, OPT_CHECK },           \
		{ "strict", no_argument, NULL, OPT_STRICT },               \
		{ "starvation", required_argument, NULL, OPT_STARVATION }, \
		{ "interp", no_argument, NULL, OPT_INTERP },               \
		{ "max-memory", required_argument, NULL, OPT_MAX_MEMORY }, \
		{ "quiet", no_argument, NULL, OPT_QUIET }, { "help", no_argument, NULL, 'h' }

/* Both are read as run's, so that what is only run's is refused by name: these are for the tab key. */
const struct option exec_options[] = {
	{ "kernel", required_argument, NULL, OPT_KERNEL },
	{ "cpus", required_argument, NULL, OPT_CPUS },
	{ "topology", required_argument, NULL, OPT_TOPOLOGY },
	ONE_RUN_OPTIONS,
	{ NULL, 0, NULL, 0 },
};

const struct option top_options[] = {
	LOAD_OPTIONS,
	ONE_RUN_OPTIONS,
	{ "scheduler", required_argument, NULL, OPT_SCHEDULER },
	{ "svg", required_argument, NULL, OPT_SVG },
	{ "window", required_argument, NULL, OPT_WINDOW },
	{ "dump-map", required_argument, NULL, OPT_DUMP_MAP },
	{ "schedule", required_argument, NULL, OPT_SCHEDULE },
	{ "no-sandbox", no_argument, NULL, OPT_NO_SANDBOX },
	{ "speed", required_argument, NULL, OPT_SPEED },
	{ NULL, 0, NULL, 0 },
};

const struct option run_options[] = {
	LOAD_OPTIONS,
	ONE_RUN_OPTIONS,
	{ "seeds", required_argument, NULL, OPT_SEEDS },
	{ "jobs", required_argument, NULL, OPT_JOBS },
	{ "scheduler", required_argument, NULL, OPT_SCHEDULER },
	{ "svg", required_argument, NULL, OPT_SVG },
	{ "window", required_argument, NULL, OPT_WINDOW },
	{ "dump-map", required_argument, NULL, OPT_DUMP_MAP },
	{ "schedule", required_argument, NULL, OPT_SCHEDULE },
	{ "assert", required_argument, NULL, OPT_ASSERT },
	{ "no-sandbox", no_argument, NULL, OPT_NO_SANDBOX },
	{ NULL, 0, NULL, 0 },
};

const struct option explore_options[] = {
	LOAD_OPTIONS,
	{ "duration", required_argument, NULL, OPT_DURATION },
	{ "workload", required_argument, NULL, OPT_WORKLOAD },
	{ "seed", required_argument, NULL, OPT_SEED },
	{ "jobs", required_argument, NULL, OPT_JOBS },
	{ "partial", no_argument, NULL, OPT_PARTIAL },
	{ "preempt", required_argument, NULL, OPT_PREEMPT },
	{ "nohz-full", required_argument, NULL, OPT_NOHZ_FULL },
	{ "json", required_argument, NULL, OPT_JSON },
	{ "starvation", required_argument, NULL, OPT_STARVATION },
	{ "max-memory", required_argument, NULL, OPT_MAX_MEMORY },
	{ "no-sandbox", no_argument, NULL, OPT_NO_SANDBOX },
	{ "interp", no_argument, NULL, OPT_INTERP },
	{ "quiet", no_argument, NULL, OPT_QUIET },
	{ "budget", required_argument, NULL, OPT_BUDGET },
	{ "runs", required_argument, NULL, OPT_RUNS },
	{ "search-seed", required_argument, NULL, OPT_SEARCH_SEED },
	{ "strategy", required_argument, NULL, OPT_STRATEGY },
	{ "out", required_argument, NULL, OPT_OUT },
	{ "scenario", required_argument, NULL, OPT_SCENARIO },
	{ "faults", required_argument, NULL, OPT_FAULTS },
	{ "assert", required_argument, NULL, OPT_ASSERT },
	{ "help", no_argument, NULL, 'h' },
	{ NULL, 0, NULL, 0 },
};

static const char explore_help[] =
	"usage: kickstand explore OBJECT [options]\n"
	"       kickstand explore --scenario FILE [options]\n\n"
	"Search the interleavings of a run for one that ends badly: the scheduler is ejected, a\n"
	"task starves, CPUs idle beside work, the machine locks up. What is found is cut to the\n"
	"fewest and shortest holds of a CPU that still show it, and written as a schedule that\n"
	"kickstand run --schedule replays.\n\n"
	"  --scenario FILE     the scenario's machine, object, tasks and actions; what is found\n"
	"                      is what it does not expect, written as a scenario, too\n"
	"  --budget T          search for so long: 30s, 10m (default 60s)\n"
	"  --runs N            or for about so many runs\n"
	"  --jobs N            processes at a time (default: as many as CPUs here)\n"
	"  --strategy NAME     pairs, gaps, combine, delays, pct or faults (default: all\n"
	"                      in turn)\n"
	"  --faults LIST       what may happen around: hotplug, affinity, nice, class, exit, fork,\n"
	"                      alloc, steal, or all (default: nothing)\n"
	"  --search-seed N     of what is tried (default 1)\n"
	"  --assert EXPR       must hold of the object's globals whenever no program runs:\n"
	"                      'nr_queued >= 0 && mode != 3'\n"
	"  --out DIR           folder for the findings: schedule, text, a scenario to keep as a\n"
	"                      test (default: schedules, here)\n"
	"  --json FILE         the findings as JSON; - for standard output\n"
	"  --duration T        of each run (default 100ms)\n"
	"  --kernel V, --cpus N, --topology SPEC, --workload W, --seed N, --programs, --set,\n"
	"  --resize, --set-map, --run-prog, --setup, --kconfig, --ops, --sub, --partial,\n"
	"  --preempt, --nohz-full, --include, --starvation, --max-memory, --no-sandbox,\n"
	"  --interp\n"
	"                      as for kickstand run; with --scenario only --kernel, --seed,\n"
	"                      --include and --no-sandbox\n"
	"  --quiet, -v         say less, say more\n\n"
	"Exit status: 0 nothing was found; 1 something was; 2 bad usage or unreadable input; 3 the\n"
	"object could not be loaded or enabled; 130 it was interrupted and had found nothing.\n";

const struct option inspect_options[] = {
	LOAD_OPTIONS,
	{ "partial", no_argument, NULL, OPT_PARTIAL },
	{ "json", no_argument, NULL, OPT_JSON },
	{ "help", no_argument, NULL, 'h' },
	{ NULL, 0, NULL, 0 },
};

static const char inspect_help[] =
	"usage: kickstand inspect OBJECT [options]\n\n"
	"What the object needs, what of that the machine lacks, what a loader would set, and\n"
	"whether it runs: it is loaded and enabled as kickstand run does it.\n\n"
	"  --kernel V          profile: see kickstand kernels (default: the newest)\n"
	"  --cpus N, --topology SPEC, --programs, --set, --resize, --set-map, --run-prog,\n"
	"  --setup, --kconfig, --ops, --sub, --partial, --include\n"
	"                      as for kickstand run\n"
	"  --json              the same for programs\n\n"
	"Exit status: that of kickstand run, had it stopped when the scheduler was enabled.\n";

static const char run_help[] =
	"usage: kickstand run OBJECT [options]\n"
	"       kickstand run --scheduler none [options]\n\n"
	"OBJECT is a compiled scheduler (.bpf.o), or its source (.bpf.c), which is built first.\n\n"
	"  --kernel V          profile: see kickstand kernels (default: the newest); V,V... or\n"
	"                      all: a run of each, and what differs; {kernel} in FILE\n"
	"                      below stands for it\n"
	"  --cpus N            flat machine of N CPUs (default 8)\n"
	"  --topology SPEC     NUMA nodes, LLCs a node, cores an LLC, threads a core: 1n2l4c2t\n"
	"  --duration T        virtual time: 500us, 10ms, 2s (default 1s)\n"
	"  --workload W        a file of rt-app JSON, or NAME[:key=value,...] (default mixed)\n"
	"  --seed N            of the machine's random numbers (default 1)\n"
	"  --seeds A..B        a run for each seed; {seed} in FILE below stands for it\n"
	"  --jobs N            so many of them at a time (default: as many as CPUs here)\n"
	"  --programs NAME=WHAT which take part: false, true, if_possible, unattached; NAME may\n"
	"                      be a pattern: 'probe_*=false'\n"
	"  --set VAR=VALUE     a global of the object, before load: v=8 a[3]=1 a=1,2,3 s.f=0\n"
	"  --resize VAR=N      elements of an array that has a data section of its own\n"
	"  --set-map NAME=JSON elements of a map, before the scheduler is enabled: [1, 2] or\n"
	"                      [{\"key\": K, \"value\": V}]\n"
	"  --run-prog NAME[:CTX] run a SYSCALL program before; its argument as JSON or hexadecimal\n"
	"  --setup FILE        all of these as JSON, in place of the scheduler's own loader\n"
	"  --kconfig FILE      CONFIG_X=y lines for __kconfig variables, over the machine's own\n"
	"  --ops NAME          which sched_ext_ops, if the object has several\n"
	"  --sub NAME=/CGROUP  attach another one below it, to this cgroup, where the\n"
	"                      kernel has sub-schedulers; NAME=/CGROUP:PROGRAM,... also\n"
	"                      associates programs with it\n"
	"  --scheduler none    no object: the workload under the kernel's own classes\n"
	"  --partial           leave fair tasks to the fair class\n"
	"  --preempt MODEL     when kernel code gives its CPU away: none, voluntary, full, lazy\n"
	"                      (default: as the kernel boots, see kickstand kernels)\n"
	"  --nohz-full CPUS    their tick may stop while a task runs: 1-3,6 (default: none)\n"
	"  --kthreads WORD     live: the kernel's own threads run; none: they are silent\n"
	"                      (default: live)\n"
	"  --hz N              ticks a second: 100, 250, 300, 1000 (default: as the kernel)\n"
	"  --include DIR       headers of a source: see kickstand build --help\n"
	"  --trace FILE        write the event stream: Perfetto (.pftrace), trace-cmd (.dat),\n"
	"                      text (.txt)\n"
	"  --svg FILE          draw who ran and who kicked whom in the window\n"
	"  --window A..B       of virtual time: 3ms..5ms\n"
	"  --html FILE         write the event stream as a page to look at in a browser\n"
	"  --json FILE         write the summary as JSON; - for standard output\n"
	"  --dump-map NAME     print a map's contents after the run as JSON\n"
	"  --hash              compute the hash of the event stream\n"
	"  --assert EXPR       must hold of the object's globals whenever no program runs, as\n"
	"                      'nr_queued >= 0'; exit status 1 if it does not\n"
	"  --schedule FILE     the interleaving that kickstand explore found, of the same run\n"
	"  --check[=N]         verify the simulator itself between events (slow), or every N\n"
	"  --strict            exit status 1 if the verdict is not ok\n"
	"  --starvation T      how long a runnable task may wait (default 500ms, or two rounds\n"
	"                      of those it shares its CPUs with, if that is more)\n"
	"  --max-memory SIZE   what guests' maps and tasks may take: 512M, 2G (default 4G)\n"
	"  --no-sandbox        keep what a run does not need of the process (docs/security.md)\n"
	"  --interp            interpret programs: slower than native code, else the same\n"
	"  --quiet, -v         say less, say more\n\n"
	"Exit status: 0 the run reached its end; 1 with --strict, the verdict is not ok; 2 bad usage or unreadable input; 3 the\n"
	"object could not be loaded or enabled; 4 the scheduler was ejected; 5 the machine\n"
	"locked up; 130 it was interrupted.\n";

/* strtoull() takes blanks and signs, and 010 for eight */
bool parse_number(const char *text, uint64_t least, uint64_t most, uint64_t *out)
{
	int base = has_prefix(text, "0x") ? 16 : 10;
	char *end;

	if (!isdigit((unsigned char)*text))
		return false;
	errno = 0;
	*out = strtoull(text, &end, base);
	return !errno && !*end && *out >= least && *out <= most;
}

bool parse_moment(const char *text, uint64_t *ns)
{
	static const struct {
		const char *name;
		uint64_t ns;
	} units[] = { { "ns", 1 }, { "us", 1000 }, { "ms", 1000000 }, { "s", NSEC_PER_SEC } };
	unsigned long long n;
	char *end;
	size_t i;

	errno = 0;
	n = strtoull(text, &end, 10);
	if (errno || !isdigit((unsigned char)*text))
		return false;
	if (!n && !*end) { /* it is nothing in any unit */
		*ns = 0;
		return true;
	}
	for (i = 0; i < sizeof(units) / sizeof(units[0]); i++)
		if (!strcmp(end, units[i].name) && n <= UINT64_MAX / 4 / units[i].ns) {
			*ns = n * units[i].ns;
			return true;
		}
	return false;
}

int take_time(const char *option, const char *text, const char *like, uint64_t *ns)
{
	if (!parse_moment(text, ns))
		return complain(KS_USAGE, "%s %s: a time with its unit is due, as %s", option, text,
				like);
	return *ns ? KS_OK :
		     complain(KS_USAGE, "%s %s: a time above 0 is due, as %s", option, text, like);
}

int take_word(struct words *w, const char *word)
{
	const char **at = realloc(w->at, (w->nr + 2) * sizeof(*at));

	if (!at)
		return complain(KS_USAGE, "out of memory");
	w->at = at;
	at[w->nr++] = word;
	at[w->nr] = NULL;
	return KS_OK;
}

const char *only_argument(int argc, char **argv, const char *what)
{
	if (optind == argc - 1)
		return argv[optind];
	if (optind >= argc)
		complain(KS_USAGE, "%s is missing", what);
	else
		complain(KS_USAGE, "'%s' is one argument too many", argv[optind + 1]);
	return NULL;
}

static int take_cpus(struct run_options *o, const char *text)
{
	uint64_t n;

	if (!parse_number(text, 1, CPUS_MAX, &n))
		return complain(KS_USAGE, "--cpus %s: a machine has at least 1 CPU", text);
	o->machine.cpus = n;
	return KS_OK;
}

/* which there are is the machine's to say */
static int take_hz(struct run_options *o, const char *text)
{
	uint64_t n;

	if (!parse_number(text, 1, 10000, &n))
		return complain(KS_USAGE, "--hz %s: not a number of ticks a second", text);
	o->machine.hz = n;
	return KS_OK;
}

static int take_duration(struct run_options *o, const char *text)
{
	o->has_duration = true;
	return take_time("--duration", text, "500us, 10ms or 2s", &o->duration_ns);
}

static int take_seed(struct run_options *o, const char *text)
{
	return parse_number(text, 0, UINT64_MAX, &o->machine.seed) ?
		       KS_OK :
		       complain(KS_USAGE, "--seed %s: a number is due", text);
}

int take_seeds(const char *text, uint64_t *first, uint64_t *last)
{
	const char *dots = strstr(text, "..");
	char from[32] = "";

	if (dots && (size_t)(dots - text) < sizeof(from))
		snprintf(from, sizeof(from), "%.*s", (int)(dots - text), text);
	return *from && parse_number(from, 0, UINT64_MAX - SEEDS_MAX, first) &&
			       parse_number(dots + 2, *first, *first + SEEDS_MAX - 1, last) ?
		       KS_OK :
		       complain(KS_USAGE, "--seeds %s: A..B is due, at most %d seeds", text,
				SEEDS_MAX);
}

/* 6.18.3 is itself, by the dates of what changed; 6.18.20 the release before it. */
static void say_inexact(const char *name, const char *known)
{
	name += *name == 'v';
	if (strcmp(name, known))
		fprintf(stderr, "kickstand: there is no kernel %s of its own: %s it is\n", name,
			known);
	else
		fprintf(stderr,
			"kickstand: no kernel of its series as old as %s is known: it is the oldest that is, "
			"without what has a later date\n",
			name);
}

const char *known_kernel(const char *name)
{
	bool exact;
	const char *known = ks_kernel_find(name, &exact);

	if (!known)
		complain_error(KS_USAGE);
	else if (!exact)
		say_inexact(name, known);
	return known;
}

static int add_kernel(struct run_options *o, const char *name)
{
	const char *known = known_kernel(name);

	if (!known)
		return KS_USAGE;
	for (unsigned int i = 0; i < o->nr_kernels; i++)
		if (!strcmp(o->kernels[i], known))
			return complain(KS_USAGE, "--kernel: %s stands there twice", known);
	if (o->nr_kernels == KERNELS_MAX)
		return complain(KS_USAGE, "--kernel: at most %d", KERNELS_MAX);
	o->kernels[o->nr_kernels++] = known;
	o->machine.kernel = o->kernels[0];
	return KS_OK;
}

/* "6.12", "6.12,7.3", "all" */
static int take_kernels(struct run_options *o, const char *text)
{
	const char *name;
	char one[64];
	int err = KS_OK;

	o->nr_kernels = 0;
	if (!strcmp(text, "all")) {
		for (unsigned int i = 0; !err && (name = ks_kernel_name(i)); i++)
			err = add_kernel(o, name);
		return err;
	}
	for (; !err; text++) {
		size_t len = strcspn(text, ",");

		snprintf(one, sizeof(one), "%.*s", (int)(len < sizeof(one) ? len : sizeof(one) - 1),
			 text);
		err = add_kernel(o, one);
		text += len;
		if (!*text)
			break;
	}
	return err;
}

bool parse_window(const char *text, uint64_t *from_ns, uint64_t *to_ns)
{
	const char *dots = strstr(text, "..");
	char first[32] = "";

	if (dots && (size_t)(dots - text) < sizeof(first))
		snprintf(first, sizeof(first), "%.*s", (int)(dots - text), text);
	return *first && parse_moment(first, from_ns) && parse_moment(dots + 2, to_ns) &&
	       *from_ns < *to_ns;
}

static int take_window(struct run_options *o, const char *text)
{
	uint64_t from_ns, to_ns;

	if (!parse_window(text, &from_ns, &to_ns))
		return complain(KS_USAGE, WINDOW_IS_DUE, text);
	o->machine.svg_from_ns = from_ns;
	o->machine.svg_to_ns = to_ns;
	return KS_OK;
}

static int take_jobs(struct run_options *o, const char *text)
{
	return parse_number(text, 1, JOBS_MAX, &o->jobs) ?
		       KS_OK :
		       complain(KS_USAGE, "--jobs %s: a number from 1 to %d is due", text,
				JOBS_MAX);
}

static int take_starvation(struct run_options *o, const char *text)
{
	return take_time("--starvation", text, "100ms or 2s", &o->machine.starvation_ns);
}

/* "90s", "10m": of the host's clock */
static int take_budget(struct run_options *o, const char *text)
{
	size_t n = strlen(text);
	char digits[32];
	uint64_t minutes;

	snprintf(digits, sizeof(digits), "%.*s", (int)(n ? n - 1 : 0), text);
	if (n && text[n - 1] == 'm' && parse_number(digits, 1, 1000000, &minutes)) {
		o->budget_ns = minutes * 60 * NSEC_PER_SEC;
		return KS_OK;
	}
	return take_time("--budget", text, "30s or 10m", &o->budget_ns);
}

static int take_check(struct run_options *o, const char *text)
{
	uint64_t n = 1;

	if (text && !parse_number(text, 1, UINT32_MAX, &n))
		return complain(KS_USAGE, "--check=%s: a number of events is due", text);
	o->machine.check_every = n;
	return KS_OK;
}

/* "512M", "2G" */
static int take_memory(struct run_options *o, const char *text)
{
	size_t n = strlen(text);
	unsigned int shift = n && text[n - 1] == 'M' ? 20 : n && text[n - 1] == 'G' ? 30 : 0;
	char digits[32];
	uint64_t size;

	snprintf(digits, sizeof(digits), "%.*s", (int)(n ? n - 1 : 0), text);
	if (!shift || !parse_number(digits, 1, UINT64_MAX >> shift, &size))
		return complain(KS_USAGE, "--max-memory %s: a size is due, as 512M or 2G", text);
	o->machine.max_memory = size << shift;
	return KS_OK;
}

static int take_option(struct run_options *o, int opt)
{
	switch (opt) {
	case OPT_KERNEL:
		return take_kernels(o, optarg);
	case OPT_CPUS:
		return take_cpus(o, optarg);
	case OPT_TOPOLOGY:
		o->machine.topology = optarg;
		return KS_OK;
	case OPT_DURATION:
		return take_duration(o, optarg);
	case OPT_WORKLOAD:
		o->workload = optarg;
		o->has_workload = true;
		return KS_OK;
	case OPT_SEED:
		o->has_seed = true;
		return take_seed(o, optarg);
	case OPT_SEEDS:
		o->has_seeds = true;
		return take_seeds(optarg, &o->seed_first, &o->seed_last);
	case OPT_JOBS:
		return take_jobs(o, optarg);
	case OPT_INCLUDE:
		return take_word(&o->include, optarg);
	case OPT_PROGRAMS:
		return take_word(&o->programs, optarg);
	case OPT_SET:
		return take_word(&o->set, optarg);
	case OPT_RESIZE:
		return take_word(&o->resize, optarg);
	case OPT_SET_MAP:
		return take_word(&o->set_map, optarg);
	case OPT_RUN_PROG:
		return take_word(&o->run_prog, optarg);
	case OPT_SETUP:
		return take_word(&o->setup, optarg);
	case OPT_KCONFIG:
		o->kconfig = optarg;
		return KS_OK;
	case OPT_OPS:
		if (!*optarg)
			return complain(KS_USAGE, "--ops: the name of a sched_ext_ops is due");
		o->ops = optarg;
		return KS_OK;
	case OPT_SCHEDULER:
		if (strcmp(optarg, "none"))
			return complain(
				KS_USAGE,
				"--scheduler %s: only 'none' can be said; a scheduler is the "
				"object, in the option's place",
				optarg);
		o->no_scheduler = true;
		return KS_OK;
	case OPT_SUB:
		return take_word(&o->sub, optarg);
	case OPT_PARTIAL:
		o->machine.partial = 1;
		return KS_OK;
	case OPT_PREEMPT:
		o->machine.preempt = optarg;
		return KS_OK;
	case OPT_NOHZ_FULL:
		o->machine.nohz_full = optarg;
		return KS_OK;
	case OPT_INTERP:
		o->machine.interpret = 1;
		return KS_OK;
	case OPT_KTHREADS:
		o->machine.kthreads = optarg;
		return KS_OK;
	case OPT_HZ:
		return take_hz(o, optarg);
	case OPT_TRACE:
		o->machine.trace = optarg;
		return KS_OK;
	case OPT_SVG:
		o->machine.svg = optarg;
		return KS_OK;
	case OPT_WINDOW:
		return take_window(o, optarg);
	case OPT_HTML:
		o->machine.html = optarg;
		return KS_OK;
	case OPT_JSON:
		o->json = optarg ? optarg : "-";
		return KS_OK;
	case OPT_DUMP_MAP:
		return take_word(&o->dump_map, optarg);
	case OPT_HASH:
		o->machine.hash = 1;
		return KS_OK;
	case OPT_MAX_MEMORY:
		return take_memory(o, optarg);
	case OPT_NO_SANDBOX:
		o->no_sandbox = true;
		return KS_OK;
	case OPT_CHECK:
		return take_check(o, optarg);
	case OPT_BUDGET:
		return take_budget(o, optarg);
	case OPT_RUNS:
		return parse_number(optarg, 1, UINT32_MAX, &o->runs) ?
			       KS_OK :
			       complain(KS_USAGE, "--runs %s: a number is due", optarg);
	case OPT_SEARCH_SEED:
		return parse_number(optarg, 0, UINT64_MAX, &o->search_seed) ?
			       KS_OK :
			       complain(KS_USAGE, "--search-seed %s: a number is due", optarg);
	case OPT_STRATEGY:
		o->strategy = optarg;
		return KS_OK;
	case OPT_OUT:
		o->out = optarg;
		return KS_OK;
	case OPT_FAULTS:
		o->faults = optarg;
		return KS_OK;
	case OPT_ASSERT:
		return take_word(&o->asserts, optarg);
	case OPT_SCENARIO:
		o->scenario = optarg;
		return KS_OK;
	case OPT_SCHEDULE:
		o->schedule = optarg;
		return KS_OK;
	case OPT_STRICT:
		o->strict = true;
		return KS_OK;
	case OPT_STARVATION:
		return take_starvation(o, optarg);
	case OPT_QUIET:
		o->verbose = -1;
		return KS_OK;
	default:
		o->verbose = o->verbose < 0 ? 1 : o->verbose + 1;
		return KS_OK;
	}
}

static bool is_stdout(const char *path)
{
	return path && !strcmp(path, "-");
}

/* Two outputs in one file, and what only has a meaning beside something else. */
static int check_together(const struct run_options *o)
{
	const struct ks_machine_opts *m = &o->machine;
	const char *file[] = { o->json, m->trace, m->svg, m->html };
	const char *const name[] = { "--json", "--trace", "--svg", "--html" };
	size_t i, j;

	for (i = 0; i < sizeof(file) / sizeof(file[0]); i++) {
		if (file[i] && !*file[i])
			return complain(KS_USAGE, "%s: the name of a file is due", name[i]);
		for (j = 0; j < i; j++)
			if (file[i] && file[j] && !strcmp(file[i], file[j]))
				return complain(KS_USAGE, "%s and %s both write to %s", name[j],
						name[i], file[i]);
	}
	if (is_stdout(m->trace) && o->dump_map.nr)
		return complain(KS_USAGE, "--trace - and --dump-map both write to standard output");
	if (!m->svg != !m->svg_to_ns)
		return complain(KS_USAGE, "--svg FILE and --window A..B come together");
	if (o->schedule && (o->has_seeds || o->nr_kernels > 1))
		return complain(KS_USAGE, "--schedule is of one run: one seed, one kernel");
	if (o->has_seeds && o->nr_kernels > 1)
		return complain(KS_USAGE, "--seeds and several kernels: one of them");
	if (o->has_seeds && o->has_seed)
		return complain(KS_USAGE, "--seed and --seeds: one of them");
	if (m->hash && o->verbose < 0 && !o->json)
		return complain(KS_USAGE,
				"--hash with --quiet is printed nowhere; add --json FILE");
	if (o->jobs && !o->explores && !o->has_seeds && o->nr_kernels < 2)
		return complain(KS_USAGE,
				"--jobs is for the runs of --seeds A..B or several kernels");
	return KS_OK;
}

/* --scheduler none: what is for an object has none to be for. */
static int check_no_object(const struct run_options *o, int argc, char **argv)
{
	if (optind < argc)
		return complain(KS_USAGE,
				"--scheduler none loads no object: '%s' is one argument too many",
				argv[optind]);
	if (o->programs.nr || o->set.nr || o->resize.nr || o->set_map.nr || o->run_prog.nr ||
	    o->setup.nr || o->sub.nr || o->dump_map.nr || o->include.nr || o->kconfig || o->ops ||
	    o->machine.partial || o->schedule || o->asserts.nr)
		return complain(
			KS_USAGE,
			"--scheduler none loads no object: --programs, --set, --resize, --set-map, "
			"--run-prog, --setup, --kconfig, --ops, --sub, --partial, --include, "
			"--schedule, --assert and --dump-map are for one");
	return KS_OK;
}

/* --scenario: what it says itself is not said beside it. */
static int check_scenario(const struct run_options *o, int argc, char **argv)
{
	const struct ks_machine_opts *m = &o->machine;

	if (optind < argc)
		return complain(KS_USAGE,
				"--scenario says which object: '%s' is one argument too many",
				argv[optind]);
	if (o->programs.nr || o->set.nr || o->resize.nr || o->set_map.nr || o->run_prog.nr ||
	    o->setup.nr || o->sub.nr || o->kconfig || o->ops || m->partial || m->cpus ||
	    o->asserts.nr || m->topology || m->preempt || m->nohz_full || m->starvation_ns ||
	    m->max_memory || m->interpret || o->has_duration || o->has_workload)
		return complain(
			KS_USAGE,
			"--scenario says what runs: --cpus, --topology, --workload, --duration, "
			"--programs, --set, --resize, --set-map, --run-prog, --setup, --kconfig, "
			"--ops, --sub, --partial, --preempt, --nohz-full, --starvation and --assert are "
			"the file's; --max-memory and --interp are of a search without one");
	return KS_OK;
}

/* @command has options in a table and its help; KS_OK, KS_USAGE or -1 as options_read() */
static int read_options(int argc, char **argv, const struct option *table, const char *command,
			const char *help, struct run_options *o)
{
	int opt, err = KS_OK;

	*o = (struct run_options){
		.machine = { .sz = sizeof(o->machine), .seed = 1 },
		.duration_ns = table == explore_options ? EXPLORE_DURATION_NS : NSEC_PER_SEC,
		.workload = "mixed",
		.explores = table == explore_options,
		.search_seed = 1,
	};
	opterr = 0;
	while (!err && (opt = getopt_long(argc, argv, ":vh", table, NULL)) != -1) {
		if (opt == 'h') {
			fputs(help, stdout);
			return -1;
		}
		err = opt == '?' || opt == ':' ? complain_option(argv, opt, table, command) :
						 take_option(o, opt);
	}
	if (!err)
		err = check_together(o);
	if (err)
		return err;
	if (o->no_scheduler)
		return check_no_object(o, argc, argv);
	if (o->scenario)
		return check_scenario(o, argc, argv);
	o->object = only_argument(argc, argv, "the object (a .bpf.o file, or its source)");
	return o->object ? KS_OK : KS_USAGE;
}

int options_read(int argc, char **argv, struct run_options *o)
{
	return read_options(argc, argv, run_options, "kickstand run", run_help, o);
}

int options_read_explore(int argc, char **argv, struct run_options *o)
{
	int err = read_options(argc, argv, explore_options, "kickstand explore", explore_help, o);

	if (!err && o->nr_kernels > 1)
		return complain(KS_USAGE, "explore: one kernel at a time");
	return err;
}

int options_read_inspect(int argc, char **argv, struct run_options *o)
{
	return read_options(argc, argv, inspect_options, "kickstand inspect", inspect_help, o);
}

/* ---- provenance ---- */

/* as parse_moment() takes it: 1500us */
static void time_put(FILE *f, const char *option, uint64_t ns)
{
	static const char *const unit[] = { "ns", "us", "ms", "s" };
	unsigned int i = 0;

	for (; i < 3 && !(ns % 1000); i++)
		ns /= 1000;
	fprintf(f, "%s %llu%s", option, (unsigned long long)ns, unit[i]);
}

static void words_text(FILE *f, const char *option, const struct words *w)
{
	for (unsigned int i = 0; i < w->nr; i++)
		fprintf(f, " %s %s", option, w->at[i]);
}

/* In one order, whatever the command line's: machine, workload, seed and object are told apart. */
char *options_text(const struct run_options *o)
{
	char *text = NULL;
	size_t len;
	FILE *f = text_stream(&text, &len);

	time_put(f, "--duration", o->duration_ns);
	if (o->no_scheduler)
		fputs(" --scheduler none", f);
	if (o->ops)
		fprintf(f, " --ops %s", o->ops);
	words_text(f, "--sub", &o->sub);
	if (o->machine.partial)
		fputs(" --partial", f);
	if (o->machine.preempt)
		fprintf(f, " --preempt %s", o->machine.preempt);
	if (o->machine.nohz_full)
		fprintf(f, " --nohz-full %s", o->machine.nohz_full);
	if (o->machine.kthreads)
		fprintf(f, " --kthreads %s", o->machine.kthreads);
	if (o->machine.hz)
		fprintf(f, " --hz %u", o->machine.hz);
	words_text(f, "--programs", &o->programs);
	words_text(f, "--setup", &o->setup);
	words_text(f, "--resize", &o->resize);
	words_text(f, "--set", &o->set);
	words_text(f, "--set-map", &o->set_map);
	words_text(f, "--run-prog", &o->run_prog);
	if (o->kconfig)
		fprintf(f, " --kconfig %s", o->kconfig);
	if (o->machine.starvation_ns)
		time_put(f, " --starvation", o->machine.starvation_ns);
	return fclose(f) ? NULL : text;
}

/* "a=1,2" as a member "a": [1, 2]; numbers and words as --set has them */
static json_t *set_value(const char *text)
{
	json_t *list = json_array(), *only;
	uint64_t n;

	while (*text) {
		size_t len = strcspn(text, ",");
		char word[128];

		snprintf(word, sizeof(word), "%.*s", (int)len, text);
		json_array_append_new(list, parse_number(word, 0, INT64_MAX, &n) ?
						    json_integer((json_int_t)n) :
						    json_string(word));
		text += len + (text[len] == ',');
	}
	if (json_array_size(list) != 1)
		return list;
	only = json_incref(json_array_get(list, 0));
	json_decref(list);
	return only;
}

static void put_assignments(json_t *root, const char *key, const struct words *w)
{
	json_t *o = json_object();

	for (unsigned int i = 0; i < w->nr; i++) {
		const char *is = strchr(w->at[i], '=');
		char name[256];

		if (!is)
			continue;
		snprintf(name, sizeof(name), "%.*s", (int)(is - w->at[i]), w->at[i]);
		json_object_set_new(o, name, set_value(is + 1));
	}
	if (w->nr)
		json_object_set_new(root, key, o);
	else
		json_decref(o);
}

static json_t *words_json(const struct words *w)
{
	json_t *list = json_array();

	for (unsigned int i = 0; i < w->nr; i++)
		json_array_append_new(list, json_string(w->at[i]));
	return list;
}

static void put_text(json_t *root, const char *key, const char *text)
{
	if (text)
		json_object_set_new(root, key, json_string(text));
}

static void put_time(json_t *root, const char *key, uint64_t ns)
{
	char text[32];

	snprintf(text, sizeof(text), "%lluns", (unsigned long long)ns);
	json_object_set_new(root, key, json_string(text));
}

static void put_machine(json_t *root, const struct ks_machine_opts *m)
{
	if (m->cpus && !m->topology)
		json_object_set_new(root, "cpus", json_integer(m->cpus));
	put_text(root, "topology", m->topology);
	put_text(root, "preempt", m->preempt);
	put_text(root, "nohz_full", m->nohz_full);
	json_object_set_new(root, "seed", json_integer((json_int_t)m->seed));
	if (m->partial)
		json_object_set_new(root, "partial", json_true());
}

static void put_starvation(json_t *root, uint64_t ns)
{
	json_t *verdict = json_object();

	put_time(verdict, "starvation", ns);
	json_object_set_new(root, "expect", json_pack("{so}", "verdict", verdict));
}

char *options_scenario(const struct run_options *o)
{
	json_t *root;
	char *text;

	if (o->programs.nr || o->set_map.nr || o->run_prog.nr || o->setup.nr || o->sub.nr ||
	    o->kconfig)
		return NULL;
	root = json_object();
	put_text(root, "name", "what explore found");
	put_machine(root, &o->machine);
	put_time(root, "duration", o->duration_ns);
	put_text(root, "workload", o->workload);
	put_text(root, "ops", o->ops);
	put_assignments(root, "set", &o->set);
	put_assignments(root, "resize", &o->resize);
	if (o->machine.starvation_ns)
		put_starvation(root, o->machine.starvation_ns);
	if (o->asserts.nr)
		json_object_set_new(root, "assert", words_json(&o->asserts));
	text = json_dumps(root, 0);
	json_decref(root);
	return text;
}

void options_finish(struct run_options *o)
{
	free(o->programs.at);
	free(o->set.at);
	free(o->resize.at);
	free(o->dump_map.at);
	free(o->set_map.at);
	free(o->run_prog.at);
	free(o->setup.at);
	free(o->sub.at);
	free(o->include.at);
	free(o->asserts.at);
}
