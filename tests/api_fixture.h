/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * api_fixture.h - a machine of the public library with tests/bpf/api.bpf.c, in each of the states
 * that an object can be in, for tests that know <kickstand.h> alone.
 */
#ifndef KS_TESTS_API_FIXTURE_H
#define KS_TESTS_API_FIXTURE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include <kickstand.h>

#define MS 1000000ULL
#define NR_CPUS 4

/* what its program "kick" takes, and "poke" */
struct poke_args {
	uint32_t in, out;
};

static struct ks_machine *m;
static struct ks_object *obj;

/* KS_OK, or the test fails with the line */
#define ok(call) assert_status(call, KS_OK, #call, __FILE__, __LINE__)
/* refused as bad usage, with a line that has these words */
#define refused(call, words)                                                       \
	do {                                                                       \
		assert_status(call, KS_USAGE, #call, __FILE__, __LINE__);          \
		if (!strstr(ks_error(), words))                                    \
			fail_msg("%s: '%s' lacks '%s'", #call, ks_error(), words); \
	} while (0)

static void assert_status(int status, int want, const char *call, const char *file, int line)
{
	if (status != want)
		fail_msg("%s:%d: %s is %d, not %d: %s", file, line, call, status, want, ks_error());
}

static const char *object_path(void)
{
	static char path[512];

	snprintf(path, sizeof(path), "%s/api.bpf.o", getenv("TEST_OBJECTS"));
	return path;
}

static int with_machine(void **state)
{
	struct ks_machine_opts opts = { .sz = sizeof(opts), .cpus = NR_CPUS, .seed = 1 };

	m = ks_machine_create(&opts, NULL);
	return m ? 0 : -1;
}

static int with_object(void **state)
{
	return with_machine(state) || ks_object_open(m, object_path(), NULL, &obj);
}

static int with_loaded(void **state)
{
	return with_object(state) || ks_object_load(obj);
}

static int with_scheduler(void **state)
{
	return with_loaded(state) || ks_object_attach(obj);
}

static int done(void **state)
{
	ks_machine_destroy(m);
	m = NULL;
	obj = NULL;
	return 0;
}

static const struct ks_step spin[] = { { KS_RUN, KS_FOREVER } };

static int add(const char *comm, const char *cpus, const struct ks_step *steps, unsigned int nr,
	       unsigned int rounds)
{
	struct ks_task_opts opts = {
		.sz = sizeof(opts),
		.comm = comm,
		.cpus = cpus,
		.steps = steps,
		.nr_steps = nr,
		.rounds = rounds,
	};
	int pid = 0;

	ok(ks_task_add(m, &opts, &pid));
	assert_true(pid > 1);
	return pid;
}

#define with(fixture, test) cmocka_unit_test_setup_teardown(test, fixture, done)

#endif
