/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * timer_swap.bpf.c - a timer swaps which of two queues is filled, once the old one is empty, and
 * CPUs take from the present one: who was about to insert into the old one is forgotten there.
 */
#include "corpus.h"

struct swapper {
	struct bpf_timer timer;
};

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__type(key, u32);
	__type(value, struct swapper);
} swappers SEC(".maps");

u32 present;

SCX_OP(timer_swap_enqueue)
void BPF_PROG(timer_swap_enqueue, struct task_struct *p, u64 enq_flags)
{
	if (spare(p, enq_flags))
		return;
	dsq_insert(p, 1 + (present & 1), SLICE_NS, enq_flags);
	wake_idle(p);
}

SCX_OP(timer_swap_dispatch)
void BPF_PROG(timer_swap_dispatch, s32 cpu, struct task_struct *prev)
{
	u32 now = present & 1;

	if (!dsq_move_to_local(1 + now) && repaired)
		dsq_move_to_local(1 + !now);
}

static int swap(void *map, int *key, struct bpf_timer *timer)
{
	/* twice, and then no more */
	if (present < 2 && !scx_bpf_dsq_nr_queued(1 + (present & 1)))
		present++;
	if (present < 2)
		bpf_timer_start(timer, 5000000, 0);
	return 0;
}

SCX_OP_SLEEPABLE(timer_swap_init)
s32 BPF_PROG(timer_swap_init)
{
	struct swapper *s;
	u32 key = 0;
	s32 err;

	err = scx_bpf_create_dsq(1, -1);
	if (!err)
		err = scx_bpf_create_dsq(2, -1);
	s = bpf_map_lookup_elem(&swappers, &key);
	if (err || !s)
		return err;
	bpf_timer_init(&s->timer, &swappers, CLOCK_MONOTONIC);
	bpf_timer_set_callback(&s->timer, swap);
	return bpf_timer_start(&s->timer, 5000000, 0);
}

static bool work_waits(void)
{
	return scx_bpf_dsq_nr_queued(1) > 0 || scx_bpf_dsq_nr_queued(2) > 0;
}

SCHEDULER(timer_swap, .init = (void *)timer_swap_init);
