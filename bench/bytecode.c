// SPDX-License-Identifier: GPL-2.0-only
/*
 * bytecode.c - how fast programs run: as native code (bpf/jit.h) and interpreted, and the same
 * C compiled for this host; what translation takes. All in one run, so the ratios hold
 * where the seconds do not.
 *
 *	bench_bytecode [OBJECT]		OBJECT is translated; work.bpf.o unless given
 */
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "bpf/jit.h"
#include "bpf/prog.h"
#include "bpf/prog_priv.h"
#include "kickstand.h"

#include "../tests/bpf/work.h"

#define ROUNDS 7

static work_t host_cells[WORK_CELLS];
static volatile work_t host_result;

static double cpu_s(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &ts);
	return (double)ts.tv_sec + (double)ts.tv_nsec / 1e9;
}

static void check(int status)
{
	if (status == KS_OK)
		return;
	fprintf(stderr, "bench_bytecode: %s\n", ks_error());
	exit(1);
}

static struct ks_machine *machine_with(const char *path, int interpret, struct ks_object **obj)
{
	struct ks_machine_opts opts = { .sz = sizeof(opts), .cpus = 1, .interpret = interpret };
	enum ks_status status;
	struct ks_machine *m = ks_machine_create(&opts, &status);

	check(m ? KS_OK : (int)status);
	check(ks_object_open(m, path, NULL, obj));
	check(ks_object_load(*obj));
	return m;
}

/* The shortest of some runs of @prog, in s of CPU time */
static double guest_s(const char *path, const char *prog, int interpret)
{
	struct ks_object *obj;
	struct ks_machine *m = machine_with(path, interpret, &obj);
	double best = 1e9;

	for (int i = 0; i < ROUNDS; i++) {
		double t = cpu_s();

		check(ks_object_run_prog(obj, prog));
		t = cpu_s() - t;
		best = t < best ? t : best;
	}
	ks_machine_destroy(m);
	return best;
}

static double host_s(work_t (*work)(void))
{
	double best = 1e9;

	for (int i = 0; i < ROUNDS; i++) {
		double t = cpu_s();

		host_result = work();
		t = cpu_s() - t;
		best = t < best ? t : best;
	}
	return best;
}

static work_t host_on_cells(void)
{
	return work_on_cells(host_cells);
}

static work_t host_on_bits(void)
{
	return work_on_bits(host_cells);
}

static void compare(const char *path, const char *prog, work_t (*host)(void))
{
	double native = guest_s(path, prog, 0), interpreted = guest_s(path, prog, 1);

	printf("%-9s native code %7.2f ms, interpreted %7.2f ms: %5.1f times as fast", prog,
	       native * 1e3, interpreted * 1e3, interpreted / native);
	if (host) {
		double own = host_s(host);

		printf("; the host's own %7.2f ms: %.2f of it", own * 1e3, native / own);
	}
	putchar('\n');
}

/* Each program of the machine is translated again, and again. */
static void measure_translation(const char *path)
{
	struct ks_object *obj;
	struct ks_machine *m = machine_with(path, 0, &obj);
	u64 insns = 0, bytes = 0;
	double best = 1e9;

	for (int i = 0; i < ROUNDS; i++) {
		double t = cpu_s();

		insns = bytes = 0;
		for (u32 id = 1; id < 10000; id++) {
			struct prog *prog = prog_by_id(id);

			if (!prog)
				continue;
			jit_release(prog);
			jit_compile(prog);
			insns += prog->nr_insns;
			bytes += prog->native ? prog->native->bytes : 0;
			prog_put(prog);
		}
		t = cpu_s() - t;
		best = t < best ? t : best;
	}
	printf("translation: %llu instructions, %.3f ms per 1000, %.1f bytes each\n", insns,
	       best * 1e6 / (double)insns, (double)bytes / (double)insns);
	ks_machine_destroy(m);
}

int main(int argc, char **argv)
{
	const char *objects = getenv("TEST_OBJECTS");
	char path[512];

	snprintf(path, sizeof(path), "%s/work.bpf.o", objects ? objects : "tests");
	compare(path, "on_cells", host_on_cells);
	compare(path, "on_bits", host_on_bits);
	compare(path, "on_arena", NULL);
	compare(path, "on_map", NULL);
	measure_translation(argc > 1 ? argv[1] : path);
	return 0;
}
