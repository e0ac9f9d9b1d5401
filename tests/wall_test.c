// SPDX-License-Identifier: GPL-2.0-only
/*
 * wall_test.c - no address of the host's lies where a guest can load it. Every scheduler
 * here runs on every kernel; between stretches of the run all that the guest can see is
 * searched, word by word, for values inside of this process's mappings.
 */
#include <ctype.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include <kickstand.h>
#include "base/region.h"

#define STRETCH_NS 3000000ULL
#define NR_STRETCHES 8
#define RANGES_MAX 4096
#define SHOWN_MAX 16
/* below it sanitizers keep mappings so large that times and counts fall into them */
#define ADDRESS_MIN (1ULL << 44)

struct range {
	u64 from, to;
	char what[64];
};

static struct range host[RANGES_MAX], guest[RANGES_MAX];
static u32 nr_host, nr_guest;

static void take_line(const char *line)
{
	struct range r = { 0 };
	char perms[8] = "";

	if (sscanf(line, "%llx-%llx %7s %*s %*s %*s %63s", &r.from, &r.to, perms, r.what) < 3 ||
	    r.from < ADDRESS_MIN)
		return;
	if (!region_contains(r.from) && nr_host < RANGES_MAX)
		host[nr_host++] = r;
	else if (region_contains(r.from) && perms[0] == 'r' && nr_guest < RANGES_MAX)
		guest[nr_guest++] = r;
}

static void read_maps(void)
{
	FILE *f = fopen("/proc/self/maps", "r");
	char line[1024];

	assert_non_null(f);
	nr_host = nr_guest = 0;
	while (fgets(line, sizeof(line), f))
		take_line(line);
	fclose(f);
	assert_true(nr_host && nr_guest);
}

/*
 * AddressSanitizer has its heap where six letters are an address: "rodata" is no finding.
 * Without it no mapping of a process is there.
 */
static bool is_text(u64 value)
{
#ifdef __SANITIZE_ADDRESS__
	for (; value; value >>= 8)
		if (!isprint((int)(value & 0xff)))
			return false;
	return true;
#else
	return false;
#endif
}

static const struct range *host_range(u64 value)
{
	if (is_text(value))
		return NULL;
	for (u32 i = 0; i < nr_host; i++)
		if (value >= host[i].from && value < host[i].to)
			return &host[i];
	return NULL;
}

/* how many words of the guest's memory look like addresses of the host's */
static u32 search(const char *where)
{
	const struct range *in;
	u32 nr = 0;

	read_maps();
	for (u32 i = 0; i < nr_guest; i++)
		for (u64 a = guest[i].from; a < guest[i].to; a += 8) {
			u64 value = *(const u64 *)(uintptr_t)a;

			if (value < ADDRESS_MIN || !(in = host_range(value)))
				continue;
			if (nr++ < SHOWN_MAX)
				print_message("# %s: 0x%llx at 0x%llx, in %s\n", where, value, a,
					      in->what[0] ? in->what : "memory");
		}
	return nr;
}

/* One scheduler on one kernel: what was found in all of its run. */
static u32 search_run(const char *path, const char *kernel, const char *workload)
{
	struct ks_machine_opts opts = { .sz = sizeof(opts), .cpus = 3, .kernel = kernel };
	struct ks_machine *m = ks_machine_create(&opts, NULL);
	struct ks_object *obj;
	char where[256];
	u32 nr = 0;

	snprintf(where, sizeof(where), "%s on %s, %s", strrchr(path, '/') + 1, kernel, workload);
	assert_non_null(m);
	if (ks_object_open(m, path, NULL, &obj) || ks_object_load(obj) || ks_object_attach(obj) ||
	    ks_machine_workload(m, workload))
		fail_msg("%s: %s", where, ks_error());
	for (u32 i = 0; i < NR_STRETCHES; i++) {
		ks_machine_run(m, STRETCH_NS);
		nr += search(where);
	}
	ks_machine_destroy(m);
	return nr;
}

/* On every kernel that there is. */
static u32 search_runs(const char *folder, const char *name, const char *workload)
{
	char path[512];
	u32 nr = 0;

	snprintf(path, sizeof(path), "%s/%s.bpf.o", getenv(folder), name);
	for (u32 k = 0; ks_kernel_name(k); k++)
		nr += search_run(path, ks_kernel_name(k), workload);
	return nr;
}

static void test_examples(void **state)
{
	static const char *const names[] = { "central",	   "deadline", "embed",
					     "kick_progs", "pair",     "shared" };
	u32 nr = 0;

	for (u32 i = 0; i < ARRAY_SIZE(names); i++)
		nr += search_runs("EXAMPLES", names[i], "mixed") +
		      search_runs("EXAMPLES", names[i], "forks");
	assert_int_equal(nr, 0);
}

static void test_others(void **state)
{
	static const char *const names[] = { "plain", "vtime", "churn",	 "faults",
					     "waits", "life",  "hostile" };
	u32 nr = 0;

	for (u32 i = 0; i < ARRAY_SIZE(names); i++)
		nr += search_runs("TEST_OBJECTS", names[i], "forks");
	assert_int_equal(nr, 0);
}

/* The search itself: it finds what is there. */
static void test_found(void **state)
{
	u64 *word;

	assert_int_equal(region_create(), 0);
	word = region_alloc(ZONE_KOBJ, 64, 0);
	assert_non_null(word);
	assert_int_equal(search("nothing"), 0);
	word[3] = (uintptr_t)state;
	assert_int_equal(search("planted"), 1);
	region_destroy();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_found),
		cmocka_unit_test(test_examples),
		cmocka_unit_test(test_others),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
