// SPDX-License-Identifier: GPL-2.0-only
/*
 * cid.c - topological CPU ids: dense numbers in which a core, an LLC and a
 * node are ranges.
 *
 *	1n2l2c2t, cpus 0-3 first threads, 4-7 their siblings:
 *	cpu   0 4 1 5   2 6 3 7
 *	cid   0 1 2 3   4 5 6 7
 *	core  └0┘ └1┘   └2┘ └3┘      llc  └──0──┘   └──1──┘
 *
 * Online CPUs come first, by what they share; possible ones that are off follow
 * without topology. A shard is a range of cids of one LLC, of bounded size. Each
 * enabling builds its tables, ops.init_cids() may lay them out anew, then they
 * are published until the scheduler is gone (cid_override_in_init: ops.init() may, after
 * that). Schedulers of either form may use them; to a cid-form one every CPU argument of an op is a cid, and masks are
 * struct scx_cmask in its arena.
 */
#include <stdlib.h>
#include <string.h>
#include "bpf/arena.h"
#include "kern/cpumask.h"
#include "kern/ext/ext.h"
#include "kern/ext/cid.h"
#include "kern/topology.h"

#define ARENA_GROW_PAGES 4

u32 num_possible_cpus(void)
{
	return cpumask_weight(machine->possible);
}

struct scx_cid_tables *scx_cid_building(void)
{
	return scx.cid_building;
}

const struct scx_cid_tables *scx_cid_published(void)
{
	return scx.cid_published;
}

/* ---- building ---- */

/* where the walk is: next cid and the numbers of the units it is in */
struct cid_walk {
	struct scx_cid_tables *t;
	u32 shard_size;
	s32 next_cid, next_node, next_llc, next_core, next_shard;
	struct scx_cid_topo at;
	u32 cores_per_shard, nr_large; /* of this LLC: the first @nr_large have one core more */
	u32 shard_of_llc, cores_in_shard, cids_in_shard;
};

static u32 max_cids_per_shard(const struct cid_walk *w)
{
	return min(w->shard_size, (u32)SCX_CID_SHARD_MAX_CPUS);
}

static void start_shard(struct cid_walk *w)
{
	lockdep_assert_mutex_held(&scx.enable_mutex);
	w->at.shard_cid = w->next_cid;
	w->at.shard_idx = w->next_shard++;
	w->cores_in_shard = w->cids_in_shard = 0;
}

/* Cores spread evenly over as few shards as the size allows (cid.c:calc_shard_layout()). */
static void calc_shard_layout(struct cid_walk *w, const struct cpumask *llc)
{
	u32 nr_cores = 0, nr_cpus = 0, nr_shards;
	s32 cpu;

	lockdep_assert_mutex_held(&scx.enable_mutex);
	for_each_cpu(cpu, llc) {
		nr_cpus++;
		nr_cores += cpumask_first(cpu_smt_mask(cpu)) == cpu;
	}
	nr_shards = max(1u, DIV_ROUND_UP(nr_cpus, w->shard_size));
	nr_shards = max(nr_shards, DIV_ROUND_UP(nr_cpus, (u32)SCX_CID_SHARD_MAX_CPUS));
	w->cores_per_shard = nr_cores / nr_shards;
	w->nr_large = nr_cores % nr_shards;
}

static void assign_cid(struct cid_walk *w, s32 cpu, const struct scx_cid_topo *topo)
{
	s32 cid = w->next_cid++;

	lockdep_assert_mutex_held(&scx.enable_mutex);
	w->t->cid_to_cpu[cid] = (s16)cpu;
	w->t->cpu_to_cid[cpu] = (s16)cid;
	w->t->topo[cid] = *topo;
}

/* never an empty shard, never a core in two */
static void maybe_next_shard(struct cid_walk *w, u32 cids_in_core)
{
	u32 max_cores = w->cores_per_shard + (w->shard_of_llc < w->nr_large);

	lockdep_assert_mutex_held(&scx.enable_mutex);
	if (w->cores_in_shard && (w->cores_in_shard >= max_cores ||
				  w->cids_in_shard + cids_in_core > max_cids_per_shard(w))) {
		w->shard_of_llc++;
		start_shard(w);
	}
	w->cores_in_shard++;
	w->cids_in_shard += cids_in_core;
}

static void walk_core(struct cid_walk *w, struct cpumask *llc, struct cpumask *to_walk)
{
	struct cpumask core;
	s32 cpu;

	lockdep_assert_mutex_held(&scx.enable_mutex);
	cpumask_and(&core, llc, cpu_smt_mask(cpumask_first(llc)));
	w->at.core_cid = w->next_cid;
	w->at.core_idx = w->next_core++;
	w->at.cluster_cid = w->at.core_cid; /* no cache between core and LLC: a cluster each */
	w->at.cluster_idx = w->at.core_idx;
	maybe_next_shard(w, cpumask_weight(&core));
	for_each_cpu(cpu, &core)
		assign_cid(w, cpu, &w->at);
	cpumask_andnot(llc, llc, &core);
	cpumask_andnot(to_walk, to_walk, &core);
}

static void walk_llc(struct cid_walk *w, struct cpumask *node, struct cpumask *to_walk)
{
	struct cpumask llc;

	lockdep_assert_mutex_held(&scx.enable_mutex);
	cpumask_and(&llc, node, machine->topo[cpumask_first(node)].llc_mask);
	cpumask_andnot(node, node, &llc);
	w->at.llc_cid = w->next_cid;
	w->at.llc_idx = w->next_llc++;
	calc_shard_layout(w, &llc);
	w->shard_of_llc = 0;
	start_shard(w);
	while (!cpumask_empty(&llc))
		walk_core(w, &llc, to_walk);
}

static void walk_node(struct cid_walk *w, struct cpumask *to_walk)
{
	struct cpumask node;

	lockdep_assert_mutex_held(&scx.enable_mutex);
	cpumask_and(&node, to_walk, machine->topo[cpumask_first(to_walk)].node_mask);
	w->at.node_cid = w->next_cid;
	w->at.node_idx = w->next_node++;
	while (!cpumask_empty(&node))
		walk_llc(w, &node, to_walk);
}

/* possible CPUs that are off: shards of their own, packed full */
static void walk_no_topo(struct cid_walk *w)
{
	struct scx_cid_topo topo = { -1, -1, -1, -1, -1, -1, -1, -1, -1, -1 };
	u32 in_shard = max_cids_per_shard(w);
	s32 cpu;

	lockdep_assert_mutex_held(&scx.enable_mutex);
	for_each_possible_cpu(cpu) {
		if (w->t->cpu_to_cid[cpu] >= 0)
			continue;
		if (in_shard >= max_cids_per_shard(w)) {
			topo.shard_cid = w->next_cid;
			topo.shard_idx = w->next_shard++;
			in_shard = 0;
		}
		in_shard++;
		assign_cid(w, cpu, &topo);
	}
}

/* cpus lock held. 0, -ENOMEM */
int scx_cid_init(struct scx_sched *sch)
{
	struct cid_walk w = { .shard_size = sch->cid_shard_size ?: SCX_CID_SHARD_SIZE_DFL };
	struct cpumask to_walk;

	lockdep_assert_mutex_held(&scx.enable_mutex);
	if (!K->b.cids)
		return 0;
	free(scx.cid_building);
	scx.cid_building = calloc(1, sizeof(*scx.cid_building));
	if (!scx.cid_building)
		return -ENOMEM;
	memset(scx.cid_building->cpu_to_cid, 0xff, sizeof(scx.cid_building->cpu_to_cid));
	w.t = scx.cid_building;
	cpumask_copy(&to_walk, machine->online);
	while (!cpumask_empty(&to_walk))
		walk_node(&w, &to_walk);
	walk_no_topo(&w);
	scx.cid_building->nr_shards = (u32)w.next_shard;
	return 0;
}

void scx_cid_publish_tables(void)
{
	scx.cid_published = scx.cid_building;
}

void scx_cid_retire_tables(void)
{
	scx.cid_published = NULL;
	free(scx.cid_building);
	scx.cid_building = NULL;
}

/* ---- translating ---- */

s32 scx_cpu_arg(s32 cpu)
{
	return scx_is_cid_type() && scx.cid_published ? scx.cid_published->cpu_to_cid[cpu] : cpu;
}

s32 scx_cpu_ret(struct scx_sched *sch, s32 cpu_or_cid)
{
	if (cpu_or_cid < 0 || !scx_is_cid_type())
		return cpu_or_cid;
	return scx_cid_to_cpu(sch, cpu_or_cid);
}

bool scx_cid_valid(struct scx_sched *sch, s32 cid)
{
	if (likely(cid >= 0 && cid < (s32)num_possible_cpus()))
		return true;
	scx_error(sch, "invalid cid %d", cid);
	return false;
}

s32 scx_cid_to_cpu(struct scx_sched *sch, s32 cid)
{
	if (!scx_cid_valid(sch, cid) || !scx.cid_published)
		return -EINVAL;
	return scx.cid_published->cid_to_cpu[cid];
}

s32 scx_cpu_to_cid(struct scx_sched *sch, s32 cpu)
{
	if (!scx_cpu_valid(sch, cpu, NULL) || !scx.cid_published)
		return -EINVAL;
	return scx.cid_published->cpu_to_cid[cpu];
}

s32 scx_this_cid(void)
{
	return scx.cid_published ? scx.cid_published->cpu_to_cid[smp_processor_id()] : -EINVAL;
}

s32 scx_task_cid(const struct task_struct *p)
{
	return scx.cid_published ? scx.cid_published->cpu_to_cid[task_cpu(p)] : -EINVAL;
}

/* ---- cmasks in the arena ---- */

u64 scx_kaddr_to_arena(const struct scx_sched *sch, const void *kaddr)
{
	return P64(kaddr) - map_arena_kern_base(host_of(sch)->arena_map);
}

/* @ptr: what a program holds; only the low half says where in the window it points */
void *scx_arena_to_kaddr(const struct scx_sched *sch, u64 ptr)
{
	return (void *)(uintptr_t)(map_arena_kern_base(host_of(sch)->arena_map) + (u32)ptr);
}

struct scx_cmask_ref scx_cmask_init(struct scx_cmask *m, u32 base, u32 nr_cids)
{
	m->base = base;
	m->nr_cids = nr_cids;
	m->alloc_words = SCX_CMASK_NR_WORDS(nr_cids);
	memset(m->bits, 0, SCX_CMASK_NR_WORDS(nr_cids) * sizeof(u64));
	return (struct scx_cmask_ref){ m, base, nr_cids };
}

static void cmask_fill(struct scx_cmask *m, const struct cpumask *cpus)
{
	struct scx_cmask_ref ref = scx_cmask_init(m, 0, num_possible_cpus());

	for (u32 cid = 0; cid < ref.nr_cids; cid++)
		scx_cmask_ref_assign_cid(
			&ref, cid, cpumask_test_cpu(scx.cid_published->cid_to_cpu[cid], cpus));
}

struct scx_cmask *scx_fill_cmask_scratch(struct scx_sched *sch, const struct cpumask *mask)
{
	struct scx_cmask *m = host_of(sch)->set_cmask_scratch[smp_processor_id()];

	cmask_fill(m, mask);
	return m;
}

/* arena.c: the kernel's part of the arena grows by some pages and is cut up in order */
static void *scx_arena_alloc(struct scx_sched *sch, size_t size)
{
	u32 pages = max((u32)ARENA_GROW_PAGES, (u32)DIV_ROUND_UP(size, REGION_PAGE_SIZE));
	void *p;
	u64 addr;

	lockdep_assert_mutex_held(&scx.enable_mutex);
	if (sch->arena_left < size) {
		addr = arena_alloc_pages(host_of(sch)->arena_map, 0, pages, -1);
		if (!addr)
			return NULL;
		host_of(sch)->arena_next = scx_arena_to_kaddr(sch, addr);
		sch->arena_left = pages * REGION_PAGE_SIZE;
	}
	p = host_of(sch)->arena_next;
	host_of(sch)->arena_next += size;
	sch->arena_left -= size;
	return p;
}

void *scx_arena_alloc_cmask(struct scx_sched *sch, u32 nr_cids)
{
	size_t size = sizeof(struct scx_cmask) + SCX_CMASK_NR_WORDS(nr_cids) * sizeof(u64);

	lockdep_assert_mutex_held(&scx.enable_mutex);
	return scx_arena_alloc(sch, ALIGN_UP(size, 8UL));
}

/* A mask for each CPU to hand to ops, and the one of online cids. Hotplug is locked out. */
int scx_alloc_kern_arena_objs(struct scx_sched *sch)
{
	u32 nr = num_possible_cpus();

	lockdep_assert_mutex_held(&scx.enable_mutex);
	if (!sch->is_cid)
		return 0;
	host_of(sch)->set_cmask_scratch =
		calloc(machine->nr_cpu_ids, sizeof(*host_of(sch)->set_cmask_scratch));
	if (!host_of(sch)->set_cmask_scratch)
		return -ENOMEM;
	for (u32 cpu = 0; cpu < machine->nr_cpu_ids; cpu++) {
		host_of(sch)->set_cmask_scratch[cpu] = scx_arena_alloc_cmask(sch, nr);
		if (!host_of(sch)->set_cmask_scratch[cpu])
			return -ENOMEM;
	}
	sch->online_cmask = scx_arena_alloc_cmask(sch, nr);
	if (!sch->online_cmask)
		return -ENOMEM;
	cmask_fill(sch->online_cmask, machine->active);
	return 0;
}

/* the pages go with the arena map */
void scx_free_kern_arena_objs(struct scx_sched *sch)
{
	free(host_of(sch)->set_cmask_scratch);
	host_of(sch)->set_cmask_scratch = NULL;
	sch->online_cmask = NULL;
	sch->arena_left = 0;
}

/* before ops.cid_online() or cid_offline() */
void scx_cid_hotplug(s32 cpu, bool online)
{
	struct scx_sched *pos;

	might_sleep();
	if (!scx.cid_published)
		return;
	scx_for_each_sched(pos) {
		struct scx_cmask_ref ref = { pos->online_cmask, 0, num_possible_cpus() };

		if (ref.src)
			scx_cmask_ref_assign_cid(&ref, (u32)scx.cid_published->cpu_to_cid[cpu],
						 online);
	}
}

/* cid.c:scx_cmask_ref_init(): a mask that a program made, its head looked at once */
/* Context: any. */
int scx_cmask_ref_init(struct scx_cmask *src, struct scx_cmask_ref *ref)
{
	u32 possible = num_possible_cpus();

	if (P64(src) % sizeof(u64) || !region_ok(P64(src), sizeof(*src)) ||
	    region_zone_of(P64(src)) == ZONE_KOBJ)
		return -EINVAL;
	ref->src = src;
	ref->base = src->base;
	ref->nr_cids = src->nr_cids;
	if (ref->base >= possible || ref->nr_cids > possible - ref->base ||
	    SCX_CMASK_NR_WORDS(ref->nr_cids) > src->alloc_words)
		return -EINVAL;
	if (!region_range_ok(P64(src->bits), SCX_CMASK_NR_WORDS(ref->nr_cids) * sizeof(u64)))
		return -EINVAL;
	return 0;
}

static u64 *ref_word(const struct scx_cmask_ref *ref, u32 cid)
{
	return &ref->src->bits[cid / 64 - ref->base / 64];
}

bool scx_cmask_ref_test(const struct scx_cmask_ref *ref, u32 cid)
{
	return *ref_word(ref, cid) >> (cid % 64) & 1;
}

/* bits of the first word below the range stay */
void scx_cmask_ref_assign_cid(const struct scx_cmask_ref *ref, u32 cid, bool on)
{
	u64 *word = ref_word(ref, cid);

	*word &= ~(1ULL << (cid % 64));
	*word |= (u64)on << (cid % 64);
}

void scx_cmask_ref_set(const struct scx_cmask_ref *ref, u32 cid)
{
	if (cid >= ref->base && cid < ref->base + ref->nr_cids)
		scx_cmask_ref_assign_cid(ref, cid, true);
}
