// SPDX-License-Identifier: GPL-2.0-only
/*
 * sysfs.c - what a loader reads to learn the topology. A row is a pattern, in which
 * '#' stands for a number, and a function that writes the file:
 *
 *	"cpu/cpu#/cache/index#/level"	fits cpu/cpu3/cache/index2/level: n = { 3, 2 }
 *
 * A directory is whatever begins some pattern; its names are the next components.
 * node/node#/cpu# is a link to cpu/cpu# in the kernel; here it is a way to the same files.
 * Facts: drivers/base/{cpu,topology,cacheinfo,node}.c.
 */
#include "sys/sysfs.h"

#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "kern/account.h"
#include "kern/cpumask.h"
#include "kern/sched.h"
#include "kern/topology.h"

#define ROOT "/sys/devices/system/"
#define NR_CACHES 4 /* L1d, L1i, L2 of a core, L3 */
#define NUMBERS_MAX 2
#define COMPONENT_MAX 64
#define PATH_BYTES 256
#define USER_HZ 100

struct row {
	const char *pattern;
	void (*show)(FILE *f, const u32 *n);
	/* NULL: there for all numbers; @nr of them are known so far */
	bool (*has)(const u32 *n, u32 nr);
	int (*store)(const char *text, const u32 *n); /* written to; may sleep */
};

/* ---- masks ---- */

/* "0-3,8" */
static void show_list(FILE *f, const struct cpumask *mask)
{
	const char *comma = "";
	s32 first, last = -1;

	while (cpumask_next_range(mask, &first, &last)) {
		fprintf(f, first == last ? "%s%d" : "%s%d-%d", comma, first, last);
		comma = ",";
	}
	fputc('\n', f);
}

/* "00000000,0000000f": words of 32, the highest first */
static void show_bits(FILE *f, const struct cpumask *mask)
{
	u32 words = (machine->nr_cpu_ids + 31) / 32, digits, i;

	for (i = words; i--;) {
		digits = i == words - 1 ? ((machine->nr_cpu_ids - 1) % 32) / 4 + 1 : 8;
		fprintf(f, "%0*x%c", (int)digits, (u32)(mask->bits[i / 2] >> (i % 2 * 32)),
			i ? ',' : '\n');
	}
}

static const struct cpu_topology *topo(const u32 *n)
{
	return &machine->topo[n[0]];
}

#define MASK_FILES(name, mask)                                \
	static void show_##name(FILE *f, const u32 *n)        \
	{                                                     \
		show_bits(f, mask);                           \
	}                                                     \
	static void show_##name##_list(FILE *f, const u32 *n) \
	{                                                     \
		show_list(f, mask);                           \
	}

MASK_FILES(siblings, topo(n)->smt_mask)
MASK_FILES(package, topo(n)->node_mask)

/* ---- files of all CPUs ---- */

static void show_possible(FILE *f, const u32 *n)
{
	show_list(f, machine->possible);
}

static void show_online(FILE *f, const u32 *n)
{
	show_list(f, machine->online);
}

static void show_nohz_full(FILE *f, const u32 *n)
{
	show_list(f, machine->nohz_full);
}

static bool nohz_is_full(const u32 *n, u32 nr)
{
	return machine->nohz_full;
}

static void show_offline(FILE *f, const u32 *n)
{
	struct cpumask off = *machine->possible;
	size_t i;

	for (i = 0; i < ARRAY_SIZE(off.bits); i++)
		off.bits[i] &= ~machine->online->bits[i];
	show_list(f, &off);
}

static void show_kernel_max(FILE *f, const u32 *n)
{
	fprintf(f, "%u\n", NR_CPUS - 1);
}

static void show_nothing(FILE *f, const u32 *n)
{
	fputc('\n', f);
}

static void show_smt_active(FILE *f, const u32 *n)
{
	fprintf(f, "%d\n", sched_smt_active());
}

static void show_smt_control(FILE *f, const u32 *n)
{
	fputs(sched_smt_active() ? "on\n" : "notsupported\n", f);
}

/* ---- of one CPU ---- */

static void show_cpu_online(FILE *f, const u32 *n)
{
	fprintf(f, "%d\n", cpu_online((s32)n[0]));
}

/* drivers/base/core.c:online_store(), kstrtobool() */
static int store_cpu_online(const char *text, const u32 *n)
{
	s32 cpu = (s32)n[0];
	int err;

	if (!*text || !strchr("01nyNY", *text))
		return -EINVAL;
	if (strchr("1yY", *text))
		err = cpu_online(cpu) ? 0 : cpu_up(cpu);
	else
		err = cpu_online(cpu) ? cpu_down(cpu) : 0;
	return err;
}

/* core ids are counted within a package, which is a NUMA node here */
static void show_core_id(FILE *f, const u32 *n)
{
	const struct topology_spec *t = &machine->config.topo;

	fprintf(f, "%u\n", (u32)topo(n)->core % (t->llcs * t->cores));
}

static void show_package_id(FILE *f, const u32 *n)
{
	fprintf(f, "%d\n", topo(n)->node);
}

/* CPUs that share an L2: here, of one core (asm/topology.h: topology_cluster_id()) */
static void show_cluster_id(FILE *f, const u32 *n)
{
	fprintf(f, "%d\n", topo(n)->core);
}

static void show_zero(FILE *f, const u32 *n)
{
	fputs("0\n", f);
}

/* ---- caches: index 0 L1d, 1 L1i, 2 L2, 3 L3 ---- */

static const struct cache {
	u32 level, kib, ways;
	const char *type;
} caches[NR_CACHES] = {
	{ 1, 32, 8, "Data" },
	{ 1, 32, 8, "Instruction" },
	{ 2, 1024, 16, "Unified" },
	{ 3, 32768, 16, "Unified" },
};

static const struct cpumask *cache_mask(const u32 *n)
{
	return caches[n[1]].level == 3 ? topo(n)->llc_mask : topo(n)->smt_mask;
}

MASK_FILES(cache_cpus, cache_mask(n))

static void show_cache_id(FILE *f, const u32 *n)
{
	fprintf(f, "%d\n", caches[n[1]].level == 3 ? topo(n)->llc : topo(n)->core);
}

static void show_cache_level(FILE *f, const u32 *n)
{
	fprintf(f, "%u\n", caches[n[1]].level);
}

static void show_cache_type(FILE *f, const u32 *n)
{
	fprintf(f, "%s\n", caches[n[1]].type);
}

static void show_cache_size(FILE *f, const u32 *n)
{
	fprintf(f, "%uK\n", caches[n[1]].kib);
}

static void show_cache_line(FILE *f, const u32 *n)
{
	fputs("64\n", f);
}

static void show_cache_ways(FILE *f, const u32 *n)
{
	fprintf(f, "%u\n", caches[n[1]].ways);
}

static void show_cache_sets(FILE *f, const u32 *n)
{
	fprintf(f, "%u\n", caches[n[1]].kib * 1024 / 64 / caches[n[1]].ways);
}

/* ---- nodes ---- */

static void show_nodes(FILE *f, const u32 *n)
{
	fprintf(f, machine->nr_node_ids > 1 ? "0-%u\n" : "%u\n", machine->nr_node_ids - 1);
}

static const struct cpumask *node_cpus(const u32 *n)
{
	u32 cpu;

	for (cpu = 0; cpu < machine->nr_cpu_ids; cpu++)
		if (machine->topo[cpu].node == (s32)n[0])
			break;
	return machine->topo[cpu].node_mask;
}

MASK_FILES(node_cpus, node_cpus(n))

static void show_distance(FILE *f, const u32 *n)
{
	u32 i;

	for (i = 0; i < machine->nr_node_ids; i++)
		fprintf(f, "%d%c", node_distance((s32)n[0], (s32)i),
			i + 1 < machine->nr_node_ids ? ' ' : '\n');
}

/* what is in a CPU's folder goes away with the CPU, the folder stays */
static bool cpu_is_up(const u32 *n, u32 nr)
{
	return nr < 1 || cpu_online((s32)n[0]);
}

static bool cpu_is_on_node(const u32 *n, u32 nr)
{
	return nr < 2 || machine->topo[n[1]].node == (s32)n[0];
}

/* rows of one directory stand together */
static const struct row rows[] = {
	{ "cpu/possible", show_possible },
	{ "cpu/present", show_possible },
	{ "cpu/online", show_online },
	{ "cpu/offline", show_offline },
	{ "cpu/isolated", show_nothing },
	{ "cpu/nohz_full", show_nohz_full, nohz_is_full },
	{ "cpu/kernel_max", show_kernel_max },
	{ "cpu/smt/active", show_smt_active },
	{ "cpu/smt/control", show_smt_control },
	{ "cpu/cpu#/online", show_cpu_online, .store = store_cpu_online },
	{ "cpu/cpu#/topology/core_id", show_core_id, cpu_is_up },
	{ "cpu/cpu#/topology/physical_package_id", show_package_id, cpu_is_up },
	{ "cpu/cpu#/topology/die_id", show_zero, cpu_is_up },
	{ "cpu/cpu#/topology/cluster_id", show_cluster_id, cpu_is_up },
	{ "cpu/cpu#/topology/cluster_cpus", show_siblings, cpu_is_up },
	{ "cpu/cpu#/topology/cluster_cpus_list", show_siblings_list, cpu_is_up },
	{ "cpu/cpu#/topology/thread_siblings", show_siblings, cpu_is_up },
	{ "cpu/cpu#/topology/thread_siblings_list", show_siblings_list, cpu_is_up },
	{ "cpu/cpu#/topology/core_cpus", show_siblings, cpu_is_up },
	{ "cpu/cpu#/topology/core_cpus_list", show_siblings_list, cpu_is_up },
	{ "cpu/cpu#/topology/core_siblings", show_package, cpu_is_up },
	{ "cpu/cpu#/topology/core_siblings_list", show_package_list, cpu_is_up },
	{ "cpu/cpu#/topology/package_cpus", show_package, cpu_is_up },
	{ "cpu/cpu#/topology/package_cpus_list", show_package_list, cpu_is_up },
	{ "cpu/cpu#/topology/die_cpus", show_package, cpu_is_up },
	{ "cpu/cpu#/topology/die_cpus_list", show_package_list, cpu_is_up },
	{ "cpu/cpu#/cache/index#/id", show_cache_id, cpu_is_up },
	{ "cpu/cpu#/cache/index#/level", show_cache_level, cpu_is_up },
	{ "cpu/cpu#/cache/index#/type", show_cache_type, cpu_is_up },
	{ "cpu/cpu#/cache/index#/size", show_cache_size, cpu_is_up },
	{ "cpu/cpu#/cache/index#/coherency_line_size", show_cache_line, cpu_is_up },
	{ "cpu/cpu#/cache/index#/ways_of_associativity", show_cache_ways, cpu_is_up },
	{ "cpu/cpu#/cache/index#/number_of_sets", show_cache_sets, cpu_is_up },
	{ "cpu/cpu#/cache/index#/shared_cpu_map", show_cache_cpus, cpu_is_up },
	{ "cpu/cpu#/cache/index#/shared_cpu_list", show_cache_cpus_list, cpu_is_up },
	{ "node/possible", show_nodes },
	{ "node/online", show_nodes },
	{ "node/has_cpu", show_nodes },
	{ "node/has_memory", show_nodes },
	{ "node/has_normal_memory", show_nodes },
	{ "node/node#/cpulist", show_node_cpus_list },
	{ "node/node#/cpumap", show_node_cpus },
	{ "node/node#/distance", show_distance },
	{ "node/node#/cpu#/", NULL, cpu_is_on_node }, /* links: see resolve() */
};

/* ---- matching ---- */

/* how many there are of what a component "cpu#" counts */
static u32 range_of(const char *component)
{
	return has_prefix(component, "cpu")  ? machine->nr_cpu_ids :
	       has_prefix(component, "node") ? machine->nr_node_ids :
					       NR_CACHES;
}

static size_t component_len(const char *s)
{
	return strcspn(s, "/");
}

/* one component of a pattern against one of a path: its number goes to *@n, if it has one */
static bool component_fits(const char *pattern, const char *path, u32 *n)
{
	size_t plen = component_len(pattern), len = component_len(path), i;
	unsigned long v;
	char *end;

	if (!plen || pattern[plen - 1] != '#')
		return plen == len && !memcmp(pattern, path, len);
	if (len < plen || memcmp(pattern, path, plen - 1))
		return false;
	for (i = plen - 1; i < len; i++)
		if (!isdigit((unsigned char)path[i]))
			return false;
	v = strtoul(path + plen - 1, &end, 10);
	if (v >= range_of(pattern) || (len > plen && path[plen - 1] == '0'))
		return false;
	*n = (u32)v;
	return true;
}

/*
 * What of @row's pattern is left when @path is used up: "" for the file itself, a
 * component for a directory above it, NULL if @path leads elsewhere.
 */
static const char *row_rest(const struct row *row, const char *path, u32 n[NUMBERS_MAX])
{
	const char *pattern = row->pattern;
	u32 nr = 0;

	while (*path == '/')
		path++;
	while (*path) {
		if (!*pattern || !component_fits(pattern, path, &n[nr]))
			return NULL;
		pattern += component_len(pattern);
		nr += pattern[-1] == '#';
		pattern += *pattern == '/';
		path += component_len(path);
		while (*path == '/')
			path++;
	}
	return !row->has || row->has(n, nr) ? pattern : NULL;
}

/* what follows the root; "node/node1/cpu3/online" becomes "cpu/cpu3/online" */
static const char *resolve(const char *path, char buf[PATH_BYTES])
{
	u32 n[NUMBERS_MAX];
	int len = 0;

	path += strlen(ROOT);
	if (sscanf(path, "node/node%u/cpu%u%n", &n[0], &n[1], &len) != 2 ||
	    (path[len] && path[len] != '/') || n[1] >= machine->nr_cpu_ids ||
	    !cpu_is_on_node(n, 2) ||
	    snprintf(buf, PATH_BYTES, "cpu/cpu%u%s", n[1], path + len) >= PATH_BYTES)
		return path;
	return buf;
}

bool sysfs_ours(const char *path)
{
	size_t n = strlen(ROOT);

	if (strncmp(path, ROOT, n))
		return false;
	path += n;
	n = component_len(path);
	return (n == 3 && has_prefix(path, "cpu")) || (n == 4 && has_prefix(path, "node"));
}

int sysfs_show(const char *path, FILE *f)
{
	u32 n[NUMBERS_MAX] = { 0 };
	char buf[PATH_BYTES];
	const char *rest;
	bool directory = false;
	size_t i;

	path = resolve(path, buf);
	for (i = 0; i < ARRAY_SIZE(rows); i++) {
		rest = row_rest(&rows[i], path, n);
		if (rest && !*rest) {
			rows[i].show(f, n);
			return 0;
		}
		directory |= rest != NULL;
	}
	return directory ? -EISDIR : -ENOENT;
}

static const struct row *stored_row(const char *path, u32 n[NUMBERS_MAX])
{
	const char *rest;
	size_t i;

	for (i = 0; sysfs_ours(path) && i < ARRAY_SIZE(rows); i++) {
		rest = rows[i].store ? row_rest(&rows[i], path + strlen(ROOT), n) : NULL;
		if (rest && !*rest)
			return &rows[i];
	}
	return NULL;
}

bool sysfs_writable(const char *path)
{
	u32 n[NUMBERS_MAX] = { 0 };

	return stored_row(path, n);
}

int sysfs_store(const char *path, const char *text)
{
	u32 n[NUMBERS_MAX] = { 0 };
	const struct row *row = stored_row(path, n);

	return row ? row->store(text, n) : -EACCES;
}

static u32 nr_numbers(const char *pattern, const char *end)
{
	u32 nr = 0;

	for (; pattern < end; pattern++)
		nr += *pattern == '#';
	return nr;
}

static void emit(const struct row *row, const char *component, u32 *n,
		 void (*fn)(void *arg, const char *name, bool directory), void *arg)
{
	u32 nr = nr_numbers(row->pattern, component);
	size_t len = component_len(component);
	bool directory = component[len] == '/';
	char name[COMPONENT_MAX];
	u32 i;

	if (component[len - 1] != '#') {
		snprintf(name, sizeof(name), "%.*s", (int)len, component);
		fn(arg, name, directory);
		return;
	}
	for (i = 0; i < range_of(component); i++) {
		n[nr] = i;
		if (row->has && !row->has(n, nr + 1))
			continue;
		snprintf(name, sizeof(name), "%.*s%u", (int)len - 1, component, i);
		fn(arg, name, directory);
	}
}

int sysfs_list(const char *path, void (*fn)(void *arg, const char *name, bool directory), void *arg)
{
	const char *rest, *last = "";
	u32 n[NUMBERS_MAX] = { 0 };
	char buf[PATH_BYTES];
	bool found = false;
	size_t i;

	path = resolve(path, buf);
	for (i = 0; i < ARRAY_SIZE(rows); i++) {
		rest = row_rest(&rows[i], path, n);
		if (!rest)
			continue;
		if (!*rest)
			return -ENOTDIR;
		found = true;
		if (component_len(rest) == component_len(last) &&
		    !strncmp(rest, last, component_len(rest)))
			continue;
		last = rest;
		emit(&rows[i], rest, n, fn, arg);
	}
	return found ? 0 : -ENOENT;
}

/* ---- /proc ---- */

static u64 to_user_hz(u64 ns)
{
	return ns / (NSEC_PER_SEC / USER_HZ);
}

/* the part of the present stretch that the CPU's figures do not hold yet */
static void cpu_times(u32 cpu, u64 *busy, u64 *idle)
{
	const struct rq *rq = cpu_rq((s32)cpu);
	const struct rq_model *c = host_of(rq)->m;
	u64 rest = account_rest_ns(rq);

	*busy = c->busy_ns + (is_idle_task(c->running) ? 0 : rest);
	*idle = c->idle_ns + (is_idle_task(c->running) ? rest : 0);
}

static void stat_line(FILE *f, u64 busy, u64 idle)
{
	fprintf(f, " %llu 0 0 %llu 0 0 0 0 0 0\n", to_user_hz(busy), to_user_hz(idle));
}

/* all busy time counts as user time: the model does not tell it apart */
int sysfs_proc_stat(FILE *f, const char *tail)
{
	u64 busy = 0, idle = 0, b, i;
	u32 cpu;

	for (cpu = 0; cpu < machine->nr_cpu_ids; cpu++) {
		cpu_times(cpu, &b, &i);
		busy += b;
		idle += i;
	}
	fputs("cpu ", f);
	stat_line(f, busy, idle);
	for (cpu = 0; cpu < machine->nr_cpu_ids; cpu++) {
		if (!cpu_online((s32)cpu))
			continue;
		cpu_times(cpu, &b, &i);
		fprintf(f, "cpu%u", cpu);
		stat_line(f, b, i);
	}
	fprintf(f, "ctxt %llu\nbtime 1767225600\nprocesses %d\n", machine->nr_switches,
		machine->next_pid - 1);
	return 0;
}

int sysfs_cpuinfo(FILE *f, const char *tail)
{
	const struct topology_spec *t = &machine->config.topo;
	u32 cpu;

	for (cpu = 0; cpu < machine->nr_cpu_ids; cpu++) {
		if (!cpu_online((s32)cpu))
			continue;
		fprintf(f,
			"processor\t: %u\nvendor_id\t: Kickstand\nmodel name\t: simulated CPU\n"
			"cpu MHz\t\t: 3000.000\nphysical id\t: %d\nsiblings\t: %u\ncore id\t\t: %u\n"
			"cpu cores\t: %u\nflags\t\t: \n\n",
			cpu, machine->topo[cpu].node, t->llcs * t->cores * t->threads,
			(u32)machine->topo[cpu].core % (t->llcs * t->cores), t->llcs * t->cores);
	}
	return 0;
}
