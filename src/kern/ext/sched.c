// SPDX-License-Identifier: GPL-2.0-only
/*
 * sched.c - struct scx_sched: what a struct_ops map of a scheduler becomes.
 *
 *	MAP_UPDATE ─ scx_sched_create() ─ members checked, programs held
 *	LINK_CREATE ─ scx_sched_start() ─ queues, exit info, per-CPU state
 *	link gone ─ scx_sched_stop() ── may be attached again
 *	map gone ─ scx_sched_destroy()
 *
 * Tasks point at it (p->scx.sched) and at its queues, so it is guest-visible
 * memory; what only the model reads hangs off it in host memory.
 */
#include <ctype.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include "bpf/map.h"
#include "bpf/prog.h"
#include "kern/cpumask.h"
#include "kern/ext/caps.h"
#include "kern/ext/ext.h"
#include "kern/ext/sub.h"

#define MAPS_MAX 64 /* a program's, MAX_USED_MAPS */

/* ext.c:bpf_scx_check_member() */
/* Context: any. */
int scx_check_member(enum scx_op op, bool sleepable)
{
	switch (op) {
	case SCX_OP_init_task:
	case SCX_OP_cgroup_init:
	case SCX_OP_cgroup_exit:
	case SCX_OP_cgroup_prep_move:
	case SCX_OP_cgroup_set_bandwidth:
	case SCX_OP_cpu_online:
	case SCX_OP_cpu_offline:
	case SCX_OP_init_cids:
	case SCX_OP_init:
	case SCX_OP_exit:
	case SCX_OP_sub_attach:
	case SCX_OP_sub_detach:
		return 0;
	default:
		return sleepable ? -EINVAL : 0;
	}
}

/* bpf_obj_name_cpy(): letters, digits, '_' and '.', terminated, not empty */
/* Context: any. */
static int copy_name(char *dst, const char *src, size_t size)
{
	size_t n = strnlen(src, size);

	if (!n || n == size)
		return -EINVAL;
	for (size_t i = 0; i < n; i++)
		if (!isalnum((unsigned char)src[i]) && src[i] != '_' && src[i] != '.')
			return -EINVAL;
	memcpy(dst, src, n + 1);
	return 0;
}

static int check_rescue(u32 bw_ppt, u32 quantum_us)
{
	if (bw_ppt > SCX_RESCUE_MAX_BW_PPT && bw_ppt != SCX_RESCUE_DISABLE)
		return -E2BIG;
	if (quantum_us > SCX_RESCUE_MAX_QUANTUM_US)
		return -E2BIG;
	return quantum_us && quantum_us < SCX_RESCUE_MIN_QUANTUM_US ? -EINVAL : 0;
}

/* ext.c:bpf_scx_init_member(), in the order of the members */
/* Context: any. */
static int init_members(struct scx_sched *sch, const struct sched_ext_ops *ops)
{
	int err;

	if (ops->dispatch_max_batch > INT_MAX)
		return -E2BIG;
	if (ops->flags & ~KV(SCX_OPS_ALL_FLAGS))
		return -EINVAL;
	if (ops->timeout_ms > KV(SCX_WATCHDOG_MAX_TIMEOUT) * 1000 / machine->hz)
		return -E2BIG;
	err = check_rescue(ops->rescue_bandwidth_ppt, ops->rescue_quantum_us);
	if (err)
		return err;
	sch->dispatch_max_batch = ops->dispatch_max_batch ?: SCX_DSP_DFL_MAX_BATCH;
	sch->flags = ops->flags;
	sch->timeout_ms = ops->timeout_ms;
	sch->exit_dump_len = ops->exit_dump_len ?: SCX_EXIT_DUMP_DFL_LEN;
	sch->hotplug_seq = ops->hotplug_seq;
	sch->cid_shard_size = ops->cid_shard_size;
	sch->rescue_bandwidth_ppt = ops->rescue_bandwidth_ppt;
	sch->rescue_quantum_us = ops->rescue_quantum_us;
	sch->sub_cgroup_id = ops->sub_cgroup_id;
	return copy_name(sch->name, ops->name, sizeof(sch->name));
}

/* ---- the arena of a cid-form scheduler ---- */

/* With a reference; NULL: the program uses none. */
static struct map *prog_find_arena(const struct prog *prog)
{
	u32 ids[MAPS_MAX];
	struct bpf_prog_info info = { .nr_map_ids = MAPS_MAX, .map_ids = P64(ids) };
	u32 len = sizeof(info);

	lockdep_assert_mutex_held(&scx.enable_mutex);
	if (prog_info(prog, &info, &len))
		return NULL;
	for (u32 i = 0; i < info.nr_map_ids && i < MAPS_MAX; i++) {
		struct map *map = map_by_id(ids[i]);

		if (map && map->type == BPF_MAP_TYPE_ARENA)
			return map;
		if (map)
			map_put(map);
	}
	return NULL;
}

/* ext.c:bpf_scx_reg_cid(): exactly one arena among all programs. Sets sch->arena_map. */
static int find_arena(struct scx_sched *sch)
{
	struct map *arena = NULL, *map;

	lockdep_assert_mutex_held(&scx.enable_mutex);
	for (int op = 0; op < NR_SCX_OPS; op++) {
		map = host_of(sch)->ops_prog[op] ? prog_find_arena(host_of(sch)->ops_prog[op]) :
						   NULL;
		if (!map)
			continue;
		if (arena && map != arena) {
			map_put(map);
			map_put(arena);
			pr_err("sched_ext: cid-form scheduler uses multiple arena maps");
			return -EINVAL;
		}
		if (arena)
			map_put(map);
		arena = map;
	}
	if (!arena) {
		pr_err("sched_ext: cid-form scheduler must use a BPF arena map");
		return -EINVAL;
	}
	host_of(sch)->arena_map = arena;
	return 0;
}

/* ---- create, destroy ---- */

static void take_progs(struct scx_sched *sch, struct prog *const progs[NR_SCX_OPS])
{
	for (int op = 0; op < NR_SCX_OPS; op++) {
		host_of(sch)->ops_prog[op] = progs[op];
		if (!progs[op])
			continue;
		prog_get(progs[op]);
		prog_set_owner(progs[op], sch);
	}
}

/* The same members of a cid-form table, where they lie elsewhere. */
/* Context: any. */
static void read_cid_members(struct sched_ext_ops *to, const struct sched_ext_ops_cid *from)
{
	*to = (struct sched_ext_ops){
		.dispatch_max_batch = from->dispatch_max_batch,
		.flags = from->flags,
		.timeout_ms = from->timeout_ms,
		.exit_dump_len = from->exit_dump_len,
		.hotplug_seq = from->hotplug_seq,
		.cid_shard_size = from->cid_shard_size,
		.rescue_bandwidth_ppt = from->rescue_bandwidth_ppt,
		.rescue_quantum_us = from->rescue_quantum_us,
		.sub_cgroup_id = from->sub_cgroup_id,
	};
	memcpy(to->name, from->name, sizeof(to->name));
}

/* Context: any. */
int scx_sched_create(const void *guest_ops, bool is_cid, struct prog *const progs[NR_SCX_OPS],
		     struct scx_sched **out)
{
	struct scx_sched *sch = region_alloc(ZONE_KOBJ, sizeof(*sch), 64);
	struct sched_ext_ops ops;
	int err;

	if (!sch)
		return -ENOMEM;
	/* nothing to exit from, nobody to answer for, until it is attached */
	sch->exit_kind = SCX_EXIT_DONE;
	sch->dead = true;
	sch->is_cid = is_cid;
	if (is_cid)
		read_cid_members(&ops, guest_ops);
	err = init_members(sch, is_cid ? &ops : guest_ops);
	if (err) {
		region_free(ZONE_KOBJ, sch, sizeof(*sch));
		return err;
	}
	take_progs(sch, progs);
	*out = sch;
	return 0;
}

/* Context: any. */
void scx_sched_destroy(struct scx_sched *sch)
{
	if (!sch)
		return;
	if (sch->nr_pins) { /* a child is still on its way out */
		sch->doomed = true;
		return;
	}
	scx_sched_stop(sch);
	for (int op = 0; op < NR_SCX_OPS; op++) {
		if (!host_of(sch)->ops_prog[op])
			continue;
		if (prog_owner(host_of(sch)->ops_prog[op]) == sch)
			prog_set_owner(host_of(sch)->ops_prog[op], NULL);
		prog_put(host_of(sch)->ops_prog[op]);
	}
	region_free(ZONE_KOBJ, sch, sizeof(*sch));
}

/* ---- start, stop ---- */

static void pcpu_init(struct scx_sched *sch, s32 cpu)
{
	struct scx_sched_pcpu *pcpu = &sch->pcpu[cpu];

	lockdep_assert_mutex_held(&scx.enable_mutex);
	pcpu->sch = sch;
	pcpu->cpu = cpu;
	INIT_LIST_HEAD(&pcpu->to_kick_node);
	INIT_LIST_HEAD(&pcpu->ecaps_to_sync_node);
	scx_init_dsq(&pcpu->bypass_dsq, SCX_DSQ_BYPASS, sch);
}

static size_t pcpu_bytes(void)
{
	return machine->nr_cpu_ids * sizeof(struct scx_sched_pcpu);
}

static int alloc_pcpu(struct scx_sched *sch)
{
	lockdep_assert_mutex_held(&scx.enable_mutex);
	sch->pcpu = region_alloc(ZONE_KOBJ, pcpu_bytes(), 64);
	if (!sch->pcpu)
		return -ENOMEM;
	for (u32 cpu = 0; cpu < machine->nr_cpu_ids; cpu++) {
		pcpu_init(sch, cpu);
		host_of(&sch->pcpu[cpu])->dsp_buf =
			calloc(sch->dispatch_max_batch, sizeof(struct scx_dsp_buf_ent));
		if (!host_of(&sch->pcpu[cpu])->dsp_buf)
			return -ENOMEM;
	}
	return 0;
}

static int alloc_global_dsqs(struct scx_sched *sch)
{
	lockdep_assert_mutex_held(&scx.enable_mutex);
	host_of(sch)->global_dsqs =
		calloc(machine->nr_node_ids, sizeof(*host_of(sch)->global_dsqs));
	if (!host_of(sch)->global_dsqs)
		return -ENOMEM;
	for (u32 node = 0; node < machine->nr_node_ids; node++) {
		struct scx_dispatch_q *dsq = region_alloc(ZONE_KOBJ, sizeof(*dsq), 64);

		if (!dsq)
			return -ENOMEM;
		scx_init_dsq(dsq, SCX_DSQ_GLOBAL, sch);
		host_of(sch)->global_dsqs[node] = dsq;
	}
	return 0;
}

static u64 watchdog_timeout_ns(const struct scx_sched *sch)
{
	u64 jiffies = sch->timeout_ms ? msecs_to_jiffies(sch->timeout_ms) :
					KV(SCX_WATCHDOG_MAX_TIMEOUT);

	lockdep_assert_mutex_held(&scx.enable_mutex);
	return jiffies * tick_period_ns();
}

static void reset_state(struct scx_sched *sch)
{
	lockdep_assert_mutex_held(&scx.enable_mutex);
	memset(sch->has_op, 0, sizeof(sch->has_op));
	sch->id = ++scx.sched_id;
	sch->slice_dfl = SCX_SLICE_DFL;
	sch->watchdog_timeout_ns = watchdog_timeout_ns(sch);
	sch->exit_kind = SCX_EXIT_NONE;
	sch->dead = sch->aborting = sch->warned_zero_slice = sch->initialized = false;
	sch->dump_disabled = false;
	sch->warned_unassoc_progs = sch->sub_attached = false;
	INIT_LIST_HEAD(&sch->children);
	INIT_LIST_HEAD(&sch->sibling);
	INIT_LIST_HEAD(&sch->all);
	sch->exit_where[0] = '\0';
	INIT_LIST_HEAD(&sch->dsqs);
	init_irq_work(&sch->error_irq_work, scx_error_irq_workfn);
	init_irq_work(&sch->propagate_exit_irq_work, scx_propagate_exit_irq_workfn);
	scx_bypass_init(sch);
}

int scx_sched_start(struct scx_sched *sch)
{
	int err;

	lockdep_assert_mutex_held(&scx.enable_mutex);
	scx_sched_stop(sch);
	reset_state(sch);
	err = sch->is_cid ? find_arena(sch) : 0;
	if (err)
		return err;
	sch->exit_info = scx_alloc_exit_info(sch);
	host_of(sch)->dsq_hash = calloc(1u << SCX_DSQ_HASH_BITS, sizeof(*host_of(sch)->dsq_hash));
	if (!sch->exit_info || !host_of(sch)->dsq_hash || alloc_global_dsqs(sch) ||
	    alloc_pcpu(sch)) {
		scx_sched_stop(sch);
		return -ENOMEM;
	}
	return 0;
}

/* Context: any. */
static void free_pcpu(struct scx_sched *sch)
{
	if (!sch->pcpu)
		return;
	for (u32 cpu = 0; cpu < machine->nr_cpu_ids; cpu++) {
		struct scx_sched_pcpu *pcpu = &sch->pcpu[cpu];

		/* bypass blocks new kicks; what a CPU with interrupts off has not done is moot */
		if (pcpu->to_kick_node.next)
			list_del_init(&pcpu->to_kick_node);
		if (pcpu->ecaps_to_sync_node.next)
			list_del_init(&pcpu->ecaps_to_sync_node);
		free(host_of(pcpu)->dsp_buf);
	}
	region_free(ZONE_KOBJ, sch->pcpu, pcpu_bytes());
	sch->pcpu = NULL;
}

static void free_global_dsqs(struct scx_sched *sch)
{
	if (!host_of(sch)->global_dsqs)
		return;
	for (u32 node = 0; node < machine->nr_node_ids; node++)
		region_free(ZONE_KOBJ, host_of(sch)->global_dsqs[node],
			    sizeof(**host_of(sch)->global_dsqs));
	free(host_of(sch)->global_dsqs);
	host_of(sch)->global_dsqs = NULL;
}

/* Context: any. */
void scx_sched_stop(struct scx_sched *sch)
{
	sch->exit_kind = SCX_EXIT_DONE;
	sch->dead = true;
	scx_bypass_finish(sch);
	scx_sub_stop(sch);
	scx_free_pshards(sch);
	scx_free_kern_arena_objs(sch);
	if (host_of(sch)->arena_map)
		map_put(host_of(sch)->arena_map);
	host_of(sch)->arena_map = NULL;
	free_pcpu(sch);
	free_global_dsqs(sch);
	free(host_of(sch)->dsq_hash);
	host_of(sch)->dsq_hash = NULL;
	scx_free_exit_info(sch);
}
