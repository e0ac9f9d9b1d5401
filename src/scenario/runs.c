// SPDX-License-Identifier: GPL-2.0-only
/*
 * runs.c - which runs a scenario file is: each of its kernels, on each of its machines, with each
 * of its workloads and seeds.
 *
 *	"kernel": ["6.12", "7.3"], "topology": ["1n1l4c1t", "2n2l2c2t"], "seeds": "1..3"
 *		6.12 1n1l4c1t 1, 6.12 1n1l4c1t 2, ... 7.3 2n2l2c2t 3: 12 runs
 *
 * Of what there is more than one, a run's name says which.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include "api/handle.h"
#include "api/number.h"
#include "base/shortage.h"
#include "base/text_stream.h"
#include "kern/topology.h"
#include "scenario/scenario.h"

#define LIST_MAX 64
#define RUNS_MAX 1000000

/* ---- a member, or a list of them ---- */

/* How many there are; 0: complained */
static u32 list_length(struct ks_scenario *s, const json_t *v)
{
	size_t n = json_is_array(v) ? json_array_size(v) : 1;

	if (n && n <= LIST_MAX)
		return n;
	scn_fail(s, "'%s' is a list of %zu; allowed: 1 to %u", s->ps.at.name, n, LIST_MAX);
	return 0;
}

static const json_t *list_at(const json_t *v, u32 i)
{
	return json_is_array(v) ? json_array_get(v, i) : v;
}

/* What is there twice would be two tests of one name. */
static int refuse_twice(struct ks_scenario *s, const json_t *v)
{
	for (u32 i = 0; i < json_array_size(v); i++)
		for (u32 k = 0; k < i; k++)
			if (json_equal(json_array_get(v, i), json_array_get(v, k)))
				return scn_fail(s, "'%s': its element %u is there twice",
						s->ps.at.name, i);
	return 0;
}

/* Room for as many machines, of which the other of "cpus" and "topology" may be there already. */
static int make_machines(struct ks_scenario *s, u32 nr)
{
	if (s->machines && nr == 1 && s->nr_machines == 1)
		return 0;
	if (s->machines)
		return scn_fail(s, "of 'cpus' and 'topology', one may be a list, and alone");
	s->machines = calloc(nr, sizeof(*s->machines));
	shortage_on(!s->machines, "out of memory for a scenario");
	s->nr_machines = nr;
	return 0;
}

int scn_head_cpus(struct ks_scenario *s, void *to, const json_t *v)
{
	u32 nr = list_length(s, v);
	s64 n = 0;

	if (!nr || make_machines(s, nr) || refuse_twice(s, v))
		return -EINVAL;
	for (u32 i = 0; i < nr; i++) {
		if (scn_int(s, list_at(v, i), 1, NR_CPUS, &n))
			return -EINVAL;
		s->machines[i].cpus = n;
	}
	return 0;
}

int scn_head_topology(struct ks_scenario *s, void *to, const json_t *v)
{
	u32 nr = list_length(s, v);

	if (!nr || make_machines(s, nr) || refuse_twice(s, v))
		return -EINVAL;
	for (u32 i = 0; i < nr; i++) {
		s->machines[i].topology = scn_string(s, list_at(v, i));
		if (!s->machines[i].topology)
			return -EINVAL;
	}
	return 0;
}

int scn_head_workload(struct ks_scenario *s, void *to, const json_t *v)
{
	u32 nr = list_length(s, v);

	s->workload_at = s->ps.at;
	if (!nr || refuse_twice(s, v))
		return -EINVAL;
	s->workloads = calloc(nr, sizeof(*s->workloads));
	shortage_on(!s->workloads, "out of memory for a scenario");
	s->nr_workloads = nr;
	for (u32 i = 0; i < nr; i++) {
		s->workloads[i] = scn_string(s, list_at(v, i));
		if (!s->workloads[i])
			return -EINVAL;
	}
	return 0;
}

/* ---- seeds ---- */

static int one_way(struct ks_scenario *s)
{
	if (s->seed_said)
		return scn_fail(s, "'seed' and 'seeds' are both there: one is due");
	s->seed_said = true;
	return 0;
}

int scn_head_seed(struct ks_scenario *s, void *to, const json_t *v)
{
	s64 n = 0;

	if (one_way(s) || scn_int(s, v, 0, INT64_MAX, &n))
		return -EINVAL;
	s->seed_first = n;
	s->nr_seeds = 1;
	return 0;
}

/* "1..32" */
static bool take_range(struct ks_scenario *s, const char *text)
{
	const char *rest, *end;
	bool negative, negative_last;
	u64 first, last;

	if (!text || !number_begins(text, &first, &negative, &rest) || negative ||
	    !has_prefix(rest, "..") || !number_begins(rest + 2, &last, &negative_last, &end) ||
	    negative_last || *end || last < first || last - first >= RUNS_MAX)
		return false;
	s->seed_first = first;
	s->nr_seeds = last - first + 1;
	return true;
}

static int take_seed_list(struct ks_scenario *s, const json_t *v)
{
	u32 nr = list_length(s, v);
	s64 n = 0;

	if (!nr || refuse_twice(s, v))
		return -EINVAL;
	s->seeds = calloc(nr, sizeof(*s->seeds));
	shortage_on(!s->seeds, "out of memory for a scenario");
	s->nr_seeds = nr;
	for (u32 i = 0; i < nr; i++) {
		if (scn_int(s, json_array_get(v, i), 0, INT64_MAX, &n))
			return -EINVAL;
		s->seeds[i] = n;
	}
	return 0;
}

int scn_head_seeds(struct ks_scenario *s, void *to, const json_t *v)
{
	if (one_way(s))
		return -EINVAL;
	if (json_is_array(v))
		return take_seed_list(s, v);
	return take_range(s, json_string_value(v)) ?
		       0 :
		       scn_fail(
			       s,
			       "'seeds' must be \"A..B\", at most %u of them, or a list of numbers",
			       RUNS_MAX);
}

/* ---- all together ---- */

static u64 nr_machines(const struct ks_scenario *s)
{
	return max(s->nr_machines, 1u);
}

static u64 nr_workloads(const struct ks_scenario *s)
{
	return max(s->nr_workloads, 1u);
}

static u64 nr_seeds(const struct ks_scenario *s)
{
	return s->opts.seed ? max(s->opts.nr_seeds, 1ULL) : max(s->nr_seeds, 1ULL);
}

static u64 nr_runs(const struct ks_scenario *s)
{
	return s->nr_kernels * nr_machines(s) * nr_workloads(s) * nr_seeds(s);
}

int scn_runs_check(struct ks_scenario *s)
{
	if (nr_seeds(s) > RUNS_MAX || nr_runs(s) > RUNS_MAX)
		return scn_fail(s, "kernels, machines, workloads and seeds are more than %u runs",
				RUNS_MAX);
	return 0;
}

void scn_runs_finish(struct ks_scenario *s)
{
	free(s->machines);
	free(s->workloads);
	free(s->seeds);
}

static u64 seed_of(const struct ks_scenario *s, u64 i)
{
	if (s->opts.seed)
		return *s->opts.seed + i;
	if (!s->nr_seeds)
		return 1;
	return s->seeds ? s->seeds[i] : s->seed_first + i;
}

/* The seed changes first, the kernel last. */
bool scn_run_get(const struct ks_scenario *s, u64 i, struct scn_run *run)
{
	*run = (struct scn_run){ 0 };
	if (i >= nr_runs(s))
		return false;
	run->seed = seed_of(s, i % nr_seeds(s));
	i /= nr_seeds(s);
	if (s->nr_workloads)
		run->workload = s->workloads[i % s->nr_workloads];
	i /= nr_workloads(s);
	if (s->nr_machines)
		run->machine = s->machines[i % s->nr_machines];
	run->kernel = &s->kernels[i / nr_machines(s)];
	return true;
}

KS_PUBLIC const char *ks_scenario_kernel(const struct ks_scenario *s, unsigned int i)
{
	struct scn_run run;

	return s && scn_run_get(s, i, &run) ? run.kernel->name : NULL;
}

KS_PUBLIC char *ks_scenario_run_name(const struct ks_scenario *s, unsigned int i)
{
	struct scn_run run;
	char *text = NULL;
	size_t len;
	FILE *f;

	if (!s || !scn_run_get(s, i, &run))
		return NULL;
	f = text_stream(&text, &len);
	fprintf(f, "%s (kernel %s", s->name, run.kernel->name);
	if (s->nr_machines > 1 && run.machine.topology)
		fprintf(f, ", topology %s", run.machine.topology);
	else if (s->nr_machines > 1)
		fprintf(f, ", cpus %u", run.machine.cpus);
	if (s->nr_workloads > 1)
		fprintf(f, ", workload %s", run.workload);
	if (nr_seeds(s) > 1)
		fprintf(f, ", seed %llu", run.seed);
	fputc(')', f);
	fclose(f);
	return text;
}

/* ---- is it one? ---- */

static bool has_member(const json_t *o, const char *name, bool list)
{
	struct jkey at;
	const char *key;
	json_t *v;

	json_object_foreach((json_t *)o, key, v) {
		jtext_key(key, &at);
		if (!strcmp(at.name, name))
			return !list || json_is_array(v);
	}
	return false;
}

static bool looks_like_one(const json_t *root)
{
	return has_member(root, "expect", false) || has_member(root, "object", false) ||
	       has_member(root, "tasks", true) || has_member(root, "at", true);
}

/* A workload has tasks by name, a scenario a list of them; so has a summary, which has a schema. */
KS_PUBLIC int ks_scenario_known(const char *path)
{
	char err[1024];
	json_t *root = path ? jtext_load(path, err, sizeof(err)) : NULL;
	bool known = !root || (looks_like_one(root) && !has_member(root, "schema", false));

	json_decref(root);
	return known;
}
