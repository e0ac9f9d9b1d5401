// SPDX-License-Identifier: GPL-2.0-only
/*
 * kfuncs_cid.c - scx_bpf_* that speak of cids. Those about caps are in ext/caps.c.
 */
#include <stdlib.h>
#include <string.h>
#include "bpf/callable.h"
#include "bpf/vm.h"
#include "kern/cpumask.h"
#include "kern/ext/caps.h"
#include "kern/ext/cid.h"
#include "kern/ext/kfuncs.h"
#include "kern/topology.h"

/* the CPU at a program's cid; < 0 without a scheduler, for a bad cid, before the tables are up */
static s32 arg_cpu(struct vm *vm, u64 cid)
{
	struct scx_sched *sch = scx_prog_sched(vm);

	return sch ? scx_cid_to_cpu(sch, (s32)cid) : -ENODEV;
}

/* ---- numbers and tables ---- */

static u64 scx_bpf_nr_cids(struct vm *vm, const u64 *a)
{
	return num_possible_cpus();
}

static u64 scx_bpf_nr_online_cids(struct vm *vm, const u64 *a)
{
	return cpumask_weight(machine->online);
}

static u64 scx_bpf_this_cid(struct vm *vm, const u64 *a)
{
	return S32(scx_this_cid());
}

static u64 scx_bpf_task_cid(struct vm *vm, const u64 *a)
{
	struct task_struct *p = scx_kf_task(vm, a[0]);

	return S32(p ? scx_task_cid(p) : -EINVAL);
}

static u64 scx_bpf_cid_to_cpu(struct vm *vm, const u64 *a)
{
	struct scx_sched *sch = scx_prog_sched(vm);

	return S32(sch ? scx_cid_to_cpu(sch, (s32)a[0]) : -EINVAL);
}

static u64 scx_bpf_cpu_to_cid(struct vm *vm, const u64 *a)
{
	struct scx_sched *sch = scx_prog_sched(vm);

	return S32(sch ? scx_cpu_to_cid(sch, (s32)a[0]) : -EINVAL);
}

static u64 scx_bpf_cid_curr(struct vm *vm, const u64 *a)
{
	s32 cpu = arg_cpu(vm, a[0]);

	return cpu < 0 ? 0 : P64(cpu_rq(cpu)->curr);
}

static u64 scx_bpf_kick_cid(struct vm *vm, const u64 *a)
{
	s32 cpu = arg_cpu(vm, a[0]);

	if (cpu >= 0)
		scx_bpf_kick(scx_prog_sched(vm), cpu, a[1]);
	return 0;
}

/* The kernel's struct; it only grew. */
static size_t cid_topo_size(void)
{
	if (K->b.cid_topo_clusters)
		return sizeof(struct scx_cid_topo);
	return K->b.cid_topo_shards ? offsetof(struct scx_cid_topo, cluster_cid) :
				      offsetof(struct scx_cid_topo, shard_cid);
}

/* The program's struct may be older or newer: what ours lacks reads -1. */
static u64 scx_bpf_cid_topo(struct vm *vm, const u64 *a)
{
	const struct scx_cid_tables *t = scx_cid_published();
	struct scx_sched *sch = scx_prog_sched(vm);
	u32 size = (u32)a[2];
	void *out = size ? vm_wptr(vm, a[1], size) : NULL;

	if (!out)
		return 0;
	memset(out, 0xff, size);
	if (sch && scx_cid_valid(sch, (s32)a[0]) && t)
		memcpy(out, &t->topo[(s32)a[0]], min((size_t)size, cid_topo_size()));
	return 0;
}

static u64 scx_bpf_cid_node(struct vm *vm, const u64 *a)
{
	s32 cpu = arg_cpu(vm, a[0]);

	return S32(cpu < 0 ? NUMA_NO_NODE : (s32)machine->topo[cpu].node);
}

static u64 scx_bpf_online_cmask(struct vm *vm, const u64 *a)
{
	struct scx_sched *sch = scx_prog_sched(vm);

	return sch && sch->online_cmask ? scx_kaddr_to_arena(sch, sch->online_cmask) : 0;
}

/* ---- performance: every CPU of the machine is as fast as the others, always ---- */

static u64 scx_bpf_cidperf_cap(struct vm *vm, const u64 *a)
{
	arg_cpu(vm, a[0]); /* for the error */
	return SCX_CPUPERF_ONE;
}

static u64 scx_bpf_cidperf_cur(struct vm *vm, const u64 *a)
{
	arg_cpu(vm, a[0]);
	return SCX_CPUPERF_ONE;
}

/* ext.c:scx_cpuperf_set(); under a run queue lock only for that CPU, lest two deadlock */
/* Context: any. */
static s32 cpuperf_set(struct scx_sched *sch, s32 cpu, u32 perf)
{
	struct rq *rq = cpu_rq(cpu), *locked = scx_locked_rq();
	unsigned long flags = 0;
	s32 ret = 0;

	if (perf > SCX_CPUPERF_ONE) {
		scx_error(sch, "Invalid cpuperf target %u for CPU %d", perf, cpu);
		return -EINVAL;
	}
	if (locked && rq != locked) {
		scx_error(sch, "Invalid target CPU %d", cpu);
		return -EINVAL;
	}
	if (!locked)
		flags = rq_lock_irqsave(rq);
	if (scx_missing_caps(sch, cpu, SCX_CAP_PERF)) {
		scx_add_event(sch, SUB_CIDPERF_DENIED, 1);
		ret = -EACCES;
	} else {
		rq->scx.cpuperf_target = perf;
	}
	if (!locked)
		rq_unlock_irqrestore(rq, flags);
	return ret;
}

static u64 scx_bpf_cidperf_set(struct vm *vm, const u64 *a)
{
	struct scx_sched *sch = scx_prog_sched(vm);
	s32 cpu;

	if (sch && scx_refused_in_nmi(sch, __func__))
		return S32(-EDEADLK);
	cpu = arg_cpu(vm, a[0]);
	return S32(cpu < 0 ? cpu : cpuperf_set(scx_prog_sched(vm), cpu, (u32)a[1]));
}

/* ---- scx_bpf_cid_override(): a layout of the scheduler's own ---- */

struct cid_layout {
	s32 cid[NR_CPUS];   /* by cpu */
	s32 start[NR_CPUS]; /* first cid of each shard */
	u32 nr_shards;
};

static u32 shard_end(const struct cid_layout *l, u32 i)
{
	return i + 1 < l->nr_shards ? (u32)l->start[i + 1] : num_possible_cpus();
}

/* Context: any. */
static bool check_shards(struct scx_sched *sch, const struct cid_layout *l)
{
	u32 possible = num_possible_cpus();

	if (l->start[0] != 0) {
		scx_error(sch, "scx_bpf_cid_override: shard_start[0] must be 0, got %d",
			  l->start[0]);
		return false;
	}
	for (u32 i = 1; i <= l->nr_shards; i++) {
		s32 span;

		if (i < l->nr_shards && l->start[i] <= l->start[i - 1]) {
			scx_error(sch, "scx_bpf_cid_override: shard_start not increasing at [%u]",
				  i);
			return false;
		}
		if (i < l->nr_shards && l->start[i] >= (s32)possible) {
			scx_error(sch, "scx_bpf_cid_override: shard_start[%u]=%d >= %u", i,
				  l->start[i], possible);
			return false;
		}
		span = (s32)shard_end(l, i - 1) - l->start[i - 1];
		if (span > SCX_CID_SHARD_MAX_CPUS) {
			scx_error(sch, "scx_bpf_cid_override: shard[%u] span %d exceeds max %d",
				  i - 1, span, SCX_CID_SHARD_MAX_CPUS);
			return false;
		}
	}
	return true;
}

/* Context: any. */
static bool check_cids(struct scx_sched *sch, const struct cid_layout *l)
{
	struct cpumask seen = {};
	s32 cpu;

	for_each_possible_cpu(cpu) {
		if (!scx_cid_valid(sch, l->cid[cpu]))
			return false;
		if (cpumask_test_and_set_cpu(l->cid[cpu], &seen)) {
			scx_error(sch, "cid %d assigned to multiple cpus", l->cid[cpu]);
			return false;
		}
	}
	return true;
}

/* Context: any. */
static void install_layout(struct scx_cid_tables *t, const struct cid_layout *l)
{
	s32 cpu;

	for_each_possible_cpu(cpu) {
		t->cpu_to_cid[cpu] = (s16)l->cid[cpu];
		t->cid_to_cpu[l->cid[cpu]] = (s16)cpu;
	}
	for (u32 i = 0; i < l->nr_shards; i++)
		for (u32 cid = (u32)l->start[i]; cid < shard_end(l, i); cid++)
			t->topo[cid] = (struct scx_cid_topo){ -1, -1,	       -1,     -1, -1,
							      -1, l->start[i], (s32)i, -1, -1 };
	t->nr_shards = l->nr_shards;
}

static bool copy_words(struct scx_sched *sch, s32 *dst, u64 ptr, u32 nr)
{
	const void *src = host_of(sch)->arena_map ? scx_arena_to_kaddr(sch, ptr) : NULL;

	if (!src || !vm_ptr(P64(src), nr * sizeof(*dst))) {
		scx_error(sch, "scx_bpf_cid_override: allocation failed");
		return false;
	}
	memcpy(dst, src, nr * sizeof(*dst));
	return true;
}

/* Context: any. */
static bool read_layout(struct scx_sched *sch, struct cid_layout *l, const u64 *a)
{
	u32 nr_cids = (u32)a[1];

	l->nr_shards = (u32)a[3];
	if (nr_cids != machine->nr_cpu_ids) {
		scx_error(sch, "scx_bpf_cid_override: cpu_to_cid expected %u entries, got %u",
			  machine->nr_cpu_ids, nr_cids);
		return false;
	}
	if (!l->nr_shards || l->nr_shards > num_possible_cpus()) {
		scx_error(sch, "scx_bpf_cid_override: invalid shard_start count %u", l->nr_shards);
		return false;
	}
	return copy_words(sch, l->cid, a[0], nr_cids) &&
	       copy_words(sch, l->start, a[2], l->nr_shards);
}

/* cid_override_in_init: the tables are up already, and have no shards that anybody is told of */
/* Context: any. */
static bool read_mapping(struct vm *vm, struct scx_sched *sch, struct cid_layout *l, const u64 *a)
{
	size_t size = machine->nr_cpu_ids * sizeof(*l->cid);

	if (scx_parent(sch)) {
		scx_error(sch, "scx_bpf_cid_override() only allowed from root sched");
		return false;
	}
	if ((u32)a[1] != size) {
		scx_error(sch, "scx_bpf_cid_override: expected %zu bytes, got %u", size, (u32)a[1]);
		return false;
	}
	for (u32 cpu = 0; cpu < machine->nr_cpu_ids; cpu++) {
		const s32 *cid = vm_obj_read(vm, a[0] + cpu * sizeof(*cid), sizeof(*cid));

		if (!cid)
			return false;
		l->cid[cpu] = *cid;
	}
	l->nr_shards = 1;
	return true;
}

static u64 scx_bpf_cid_override(struct vm *vm, const u64 *a)
{
	struct scx_sched *sch = scx_prog_sched(vm);
	struct scx_cid_tables *t = scx_cid_building();
	struct cid_layout *l;
	bool ok;

	if (!sch || !t)
		return 0;
	l = calloc(1, sizeof(*l));
	if (!l)
		return 0;
	if (K->b.cid_override_in_init)
		ok = read_mapping(vm, sch, l, a);
	else
		ok = read_layout(sch, l, a) && check_shards(sch, l);
	if (ok && check_cids(sch, l))
		install_layout(t, l);
	free(l);
	return 0;
}

/* ---- the table ---- */

#define KF(name, flags, groups) { #name, name, flags, groups, scx_kfunc_allow }

static const struct kfunc cid_kfuncs[] = {
	KF(scx_bpf_nr_cids, 0, KFB(ANY)),
	KF(scx_bpf_nr_online_cids, 0, KFB(ANY)),
	KF(scx_bpf_this_cid, 0, KFB(ANY)),
	KF(scx_bpf_task_cid, KF_RCU, KFB(ANY)),
	KF(scx_bpf_cid_to_cpu, KF_IMPLICIT_ARGS, KFB(CID)),
	KF(scx_bpf_cpu_to_cid, KF_IMPLICIT_ARGS, KFB(CID)),
	KF(scx_bpf_cid_topo, KF_IMPLICIT_ARGS, KFB(CID)),
	KF(scx_bpf_cid_node, KF_IMPLICIT_ARGS, KFB(CID)),
	KF(scx_bpf_cid_curr, KF_IMPLICIT_ARGS | KF_RET_NULL, KFB(ANY)),
	KF(scx_bpf_kick_cid, KF_IMPLICIT_ARGS, KFB(ANY)),
	KF(scx_bpf_online_cmask, KF_IMPLICIT_ARGS, KFB(ANY)),
	KF(scx_bpf_cidperf_cap, KF_IMPLICIT_ARGS, KFB(ANY)),
	KF(scx_bpf_cidperf_cur, KF_IMPLICIT_ARGS, KFB(ANY)),
	KF(scx_bpf_cidperf_set, KF_IMPLICIT_ARGS, KFB(ANY)),
	KF(scx_bpf_cid_override, KF_IMPLICIT_ARGS | KF_SLEEPABLE, KFB(INIT_CIDS)),
};

void scx_cid_kfuncs_register(void)
{
	kfunc_register(cid_kfuncs, ARRAY_SIZE(cid_kfuncs));
}
