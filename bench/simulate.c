// SPDX-License-Identifier: GPL-2.0-only
/*
 * simulate.c - how fast the machine runs: virtual seconds, context switches and
 * callbacks a second of real time on one core; start-up time; memory; and what the verdict
 * costs, as a ratio.
 *
 *	bench_simulate [OBJECT]
 *
 * Without OBJECT the kernel's scx_simple is taken, if `make kernel-schedulers` has
 * compiled it, else the example `shared`. Each figure comes from a process of its
 * own, so that memory is that of one machine.
 */
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <jansson.h>

#include "kern/machine.h"
#include "kickstand.h"

#undef NSEC_PER_SEC
#define NSEC_PER_SEC 1000000000.0

struct bench {
	unsigned int cpus;
	uint64_t duration_ns;
	const char *workload;
};

static double now_s(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (double)ts.tv_sec + (double)ts.tv_nsec / NSEC_PER_SEC;
}

static long peak_kib(void)
{
	struct rusage ru;

	getrusage(RUSAGE_SELF, &ru);
	return ru.ru_maxrss;
}

static void check(int status)
{
	if (status == KS_OK)
		return;
	fprintf(stderr, "bench_simulate: %s\n", ks_error());
	exit(1);
}

static json_t *summary_of(struct ks_machine *m)
{
	char *text = NULL;
	size_t len;
	FILE *f = open_memstream(&text, &len);
	json_t *root;

	check(ks_machine_json(m, f));
	fclose(f);
	root = json_loads(text, 0, NULL);
	free(text);
	return root;
}

static double callbacks_of(const json_t *root)
{
	const char *name;
	json_t *n;
	double sum = 0;

	json_object_foreach(json_object_get(root, "ops"), name, n)
		sum += (double)json_integer_value(n);
	return sum;
}

static struct ks_machine *machine_with(const char *object, const struct bench *b)
{
	struct ks_machine_opts opts = { .sz = sizeof(opts), .cpus = b->cpus, .seed = 1 };
	struct ks_machine *m;
	struct ks_object *obj;
	enum ks_status status;

	m = ks_machine_create(&opts, &status);
	check(m ? KS_OK : (int)status);
	check(ks_object_open(m, object, NULL, &obj));
	check(ks_object_load(obj));
	check(ks_object_attach(obj));
	return m;
}

static void measure(const char *object, const struct bench *b)
{
	double start = now_s(), ready, ran;
	struct ks_machine *m = machine_with(object, b);
	long boot_kib = peak_kib();
	json_t *root;
	size_t tasks;

	ready = now_s();
	check(ks_machine_workload(m, b->workload));
	check(ks_machine_run(m, b->duration_ns));
	ran = now_s() - ready;
	root = summary_of(m);
	tasks = json_array_size(json_object_get(root, "tasks"));
	printf("%4u CPUs %-8s start-up %6.1f ms | %8.2f virtual s/s | %8.0f switches/s | %8.0f callbacks/s"
	       " | boot %5ld KiB/CPU, run %4ld KiB/task of %zu\n",
	       b->cpus, b->workload, (ready - start) * 1000,
	       (double)b->duration_ns / NSEC_PER_SEC / ran,
	       (double)json_integer_value(json_object_get(root, "switches")) / ran,
	       callbacks_of(root) / ran, boot_kib / b->cpus,
	       (peak_kib() - boot_kib) / (long)(tasks ? tasks : 1), tasks);
	json_decref(root);
	ks_machine_destroy(m);
}

static void measure_apart(void (*measure)(const char *object, const struct bench *b),
			  const char *object, const struct bench *b)
{
	pid_t pid;

	fflush(stdout);
	pid = fork();
	if (!pid) {
		measure(object, b);
		exit(0);
	}
	waitpid(pid, NULL, 0);
}

/* ---- what the verdict costs ---- */

#define VERDICT_ROUNDS 9

static double cpu_s(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &ts);
	return (double)ts.tv_sec + (double)ts.tv_nsec / NSEC_PER_SEC;
}

/* CPU time of a run of @b: with detectors, or with their hooks taken out */
static double run_time(const char *object, const struct bench *b, bool judged)
{
	struct ks_machine *m = machine_with(object, b);
	double start;

	check(ks_machine_workload(m, b->workload));
	check(ks_machine_run(m, 0));
	if (!judged) {
		machine->engine->look_ns = ~0ULL;
		machine->wait_told_ns = ~0ULL;
	}
	start = cpu_s();
	check(ks_machine_run(m, b->duration_ns));
	start = cpu_s() - start;
	ks_machine_destroy(m);
	return start;
}

/* The shortest of each, taken in turn: the ratio is of one process at one time. */
static void measure_verdict(const char *object, const struct bench *b)
{
	double with = 1e9, without = 1e9, t;

	for (int i = 0; i < VERDICT_ROUNDS; i++) {
		t = run_time(object, b, false);
		without = t < without ? t : without;
		t = run_time(object, b, true);
		with = t < with ? t : with;
	}
	printf("%4u CPUs %-8s verdict: %.3f of the CPU time without it (%.1f ms, %.1f ms)\n",
	       b->cpus, b->workload, with / without, with * 1000, without * 1000);
}

static const char *default_object(void)
{
	static char path[512];
	const char *build = getenv("KICKSTAND_BUILD"), *examples = getenv("EXAMPLES");

	snprintf(path, sizeof(path), "%s/kernel-schedulers/7.3/scx_simple.bpf.o",
		 build ? build : ".");
	if (access(path, R_OK))
		snprintf(path, sizeof(path), "%s/shared.bpf.o", examples ? examples : "examples");
	return path;
}

int main(int argc, char **argv)
{
	static const struct bench benches[] = {
		{ 8, 20000000000, "mixed" },  { 64, 4000000000, "mixed" },
		{ 512, 500000000, "mixed" },  { 8, 1000000000, "pingpong" },
		{ 64, 1000000000, "bursty" }, { 8, 1000000000, "forks" },
	};
	static const struct bench verdicts[] = {
		{ 8, 1000000000, "mixed" },
		{ 64, 500000000, "mixed" },
		{ 8, 200000000, "pingpong" },
		{ 64, 50000000, "pingpong" },
	};
	const char *object = argc > 1 ? argv[1] : default_object();

	printf("%s\n", object);
	for (size_t i = 0; i < sizeof(benches) / sizeof(benches[0]); i++)
		measure_apart(measure, object, &benches[i]);
	for (size_t i = 0; i < sizeof(verdicts) / sizeof(verdicts[0]); i++)
		measure_apart(measure_verdict, object, &verdicts[i]);
	return 0;
}
