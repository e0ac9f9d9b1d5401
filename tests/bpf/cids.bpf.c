/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * cids.bpf.c - a cid-form scheduler that lays out its cids itself, in ops.init_cids(), and asks
 * for them. Since 7.3.
 */
#include "test.h"

#define __arena __attribute__((address_space(1)))
#define MAX_CPUS 8

void scx_bpf_cid_override(const s32 *cpu_to_cid__arena, u32 cpu_to_cid_cnt,
			  const s32 *shard_start__arena, u32 shard_start_cnt) __ksym __weak;
s32 scx_bpf_cid_to_cpu(s32 cid) __ksym __weak;
s32 scx_bpf_cpu_to_cid(s32 cpu) __ksym __weak;
void scx_bpf_cid_topo(s32 cid, struct scx_cid_topo *out, size_t out__sz) __ksym __weak;
s32 scx_bpf_cidperf_set(s32 cid, u32 perf) __ksym __weak;
u32 scx_bpf_nr_cids(void) __ksym __weak;

s32 layout[MAX_CPUS];		/* by cpu */
s32 starts[MAX_CPUS];		/* first cid of each shard */
u32 nr_layout, nr_starts;	/* nr_layout 0: as the machine lays them out */
s32 ask = -1;			/* the cid or cpu that do_ask asks about */
u32 perf = 512;
s32 cpu_of_cid[MAX_CPUS], cid_of_cpu[MAX_CPUS], shard_of[MAX_CPUS], node_of[MAX_CPUS];
s32 answer, perf_answer;

struct {
	__uint(type, BPF_MAP_TYPE_ARENA);
	__uint(map_flags, BPF_F_MMAPABLE);
	__uint(max_entries, 64);
} arena SEC(".maps");

SCX_OP(cids_enqueue)
void BPF_PROG(cids_enqueue, struct task_struct *p, u64 enq_flags)
{
	dsq_insert(p, SCX_DSQ_GLOBAL, 1000000, 0);
}

SCX_OP_SLEEPABLE(cids_init_cids)
s32 BPF_PROG(cids_init_cids)
{
	s32 __arena *mem;

	if (!nr_layout || !bpf_ksym_exists(scx_bpf_cid_override))
		return 0;
	mem = (s32 __arena *)(u64)bpf_arena_alloc_pages(&arena, NULL, 1, -1, 0);
	if (!mem)
		return -12;
	for (u32 i = 0; i < MAX_CPUS; i++) {
		mem[i] = layout[i];
		mem[MAX_CPUS + i] = starts[i];
	}
	scx_bpf_cid_override((void *)mem, nr_layout, (void *)(mem + MAX_CPUS), nr_starts);
	return 0;
}

SCX_OP_SLEEPABLE(cids_init)
s32 BPF_PROG(cids_init)
{
	asm volatile("" :: "r"(&arena));
	return 0;
}

SEC("syscall")
int read_all(void *ctx)
{
	u32 nr = scx_bpf_nr_cids();

	for (u32 i = 0; i < MAX_CPUS && i < nr; i++) {
		struct scx_cid_topo topo;

		cpu_of_cid[i] = scx_bpf_cid_to_cpu(i);
		cid_of_cpu[i] = scx_bpf_cpu_to_cid(i);
		scx_bpf_cid_topo(i, &topo, sizeof(topo));
		shard_of[i] = topo.shard_idx;
		node_of[i] = topo.node_idx;
	}
	return 0;
}

SEC("syscall")
int ask_cid(void *ctx)
{
	answer = scx_bpf_cid_to_cpu(ask);
	return 0;
}

SEC("syscall")
int ask_cpu(void *ctx)
{
	answer = scx_bpf_cpu_to_cid(ask);
	return 0;
}

SEC("syscall")
int set_perf(void *ctx)
{
	perf_answer = scx_bpf_cidperf_set(ask, perf);
	return 0;
}

SEC(".struct_ops.link")
struct sched_ext_ops_cid cids_ops = {
	.enqueue = (void *)cids_enqueue,
	.init_cids = (void *)cids_init_cids,
	.init = (void *)cids_init,
	.flags = SCX_OPS_SWITCH_PARTIAL,
	.name = "cids",
};
