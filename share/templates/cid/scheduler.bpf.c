/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * @NAME@.bpf.c - one queue, and CPUs by their cids, which number them by topology: neighbours
 * in the machine have neighbouring numbers. For Linux 7.2 and later.
 *
 * A scheduler of this form has no idle masks of the kernel's: it keeps its own list. Whoever
 * is put on the queue wakes the idle CPU that is next to its own.
 */
#include <scx/common.bpf.h>
#include <scx/arena.bpf.h>

char _license[] SEC("license") = "GPL";

#define SHARED_DSQ 0
#define MAX_CIDS 1024

const volatile u64 slice_ns = 5000000;	/* another: --set slice_ns=1000000 */

u64 nr_queued, nr_kicks;		/* to look at: --dump-map .bss */

ARENA_DEFINE(arena, 256);		/* in pages; the kernel wants one of this form */
u32 __arena idle[MAX_CIDS] __arena_data;

UEI_DEFINE(uei);

/* Take @cid out of the idle ones if it is one, and may run @p. */
static bool take_idle(u32 cid, const struct task_struct *p)
{
	if (cid >= MAX_CIDS || !idle[cid] ||
	    !bpf_cpumask_test_cpu(scx_bpf_cid_to_cpu(cid), p->cpus_ptr))
		return false;
	return __sync_val_compare_and_swap(&idle[cid], 1, 0);
}

void BPF_STRUCT_OPS(@NAME@_enqueue, struct task_struct *p, u64 enq_flags)
{
	s32 near = scx_bpf_task_cid(p), nr = scx_bpf_nr_cids(), i;

	scx_bpf_dsq_insert(p, SHARED_DSQ, slice_ns, enq_flags);
	__sync_fetch_and_add(&nr_queued, 1);
	bpf_for(i, 0, nr) {
		u32 cid = (u32)(near + i) % nr;

		if (!take_idle(cid, p))
			continue;
		scx_bpf_kick_cid(cid, SCX_KICK_IDLE);
		__sync_fetch_and_add(&nr_kicks, 1);
		break;
	}
}

void BPF_STRUCT_OPS(@NAME@_dispatch, s32 cid, struct task_struct *prev)
{
	/* Kicked while it idled, and others were faster: it idles on, and no callback says so. */
	if (!scx_bpf_dsq_move_to_local(SHARED_DSQ, 0) && !prev && cid >= 0 && cid < MAX_CIDS)
		idle[cid] = 1;
}

void BPF_STRUCT_OPS(@NAME@_update_idle, s32 cid, bool is_idle)
{
	if (cid >= 0 && cid < MAX_CIDS)
		idle[cid] = is_idle;
}

s32 BPF_STRUCT_OPS_SLEEPABLE(@NAME@_init)
{
	return scx_bpf_create_dsq(SHARED_DSQ, -1);
}

void BPF_STRUCT_OPS(@NAME@_exit, struct scx_exit_info *ei)
{
	UEI_RECORD(uei, ei);
}

SCX_OPS_CID_DEFINE(@NAME@_ops,
		   .enqueue = (void *)@NAME@_enqueue,
		   .dispatch = (void *)@NAME@_dispatch,
		   .update_idle = (void *)@NAME@_update_idle,
		   .init = (void *)@NAME@_init,
		   .exit = (void *)@NAME@_exit,
		   .name = "@NAME@");
