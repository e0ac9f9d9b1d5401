/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * cid_map.bpf.c - cid-form schedulers that map CPUs to cids in ops.init(), as 7.2 has it: a root,
 * and one to attach below it.
 */
#include "test.h"

#define MAX_CPUS 8

void scx_bpf_cid_override___by_size(const s32 *cpu_to_cid, u32 cpu_to_cid__sz) __ksym __weak;
s32 scx_bpf_cid_to_cpu(s32 cid) __ksym __weak;
s32 scx_bpf_cpu_to_cid(s32 cpu) __ksym __weak;
void scx_bpf_cid_topo(s32 cid, struct scx_cid_topo *out, size_t out__sz) __ksym __weak;

s32 map[MAX_CPUS];		/* by cpu */
u32 size = 16;			/* what is said of it, in bytes, at most all of it */
bool child_maps;
bool there;			/* is there such a function? */
s32 cpu_of_cid[MAX_CPUS], cid_of_cpu[MAX_CPUS], node_of[MAX_CPUS];

struct {
	__uint(type, BPF_MAP_TYPE_ARENA);
	__uint(map_flags, BPF_F_MMAPABLE);
	__uint(max_entries, 64);
} arena SEC(".maps");

static __always_inline s32 override(void)
{
	u32 n = size;

	there = bpf_ksym_exists(scx_bpf_cid_override___by_size);
	if (there && n <= sizeof(map))
		scx_bpf_cid_override___by_size(map, n);
	return 0;
}

SCX_OP(root_enqueue)
void BPF_PROG(root_enqueue, struct task_struct *p, u64 enq_flags)
{
	dsq_insert(p, SCX_DSQ_GLOBAL, 1000000, 0);
}

SCX_OP_SLEEPABLE(root_init)
s32 BPF_PROG(root_init)
{
	asm volatile("" :: "r"(&arena));
	return override();
}

SCX_OP_SLEEPABLE(root_sub_attach)
s32 BPF_PROG(root_sub_attach, struct scx_sub_attach_args *args)
{
	return 0;
}

SCX_OP_SLEEPABLE(child_init)
s32 BPF_PROG(child_init)
{
	asm volatile("" :: "r"(&arena));
	return child_maps ? override() : 0;
}

SEC("syscall")
int read_all(void *ctx)
{
	for (u32 i = 0; i < MAX_CPUS && i < size / sizeof(s32); i++) {
		struct scx_cid_topo topo;

		cpu_of_cid[i] = scx_bpf_cid_to_cpu(i);
		cid_of_cpu[i] = scx_bpf_cpu_to_cid(i);
		scx_bpf_cid_topo(i, &topo, sizeof(topo));
		node_of[i] = topo.node_idx;
	}
	return 0;
}

SEC(".struct_ops.link")
struct sched_ext_ops_cid root = {
	.enqueue = (void *)root_enqueue,
	.init = (void *)root_init,
	.sub_attach = (void *)root_sub_attach,
	.flags = SCX_OPS_SWITCH_PARTIAL,
	.name = "root",
};

SEC(".struct_ops.link")
struct sched_ext_ops_cid child = {
	.init = (void *)child_init,
	.name = "child",
};
