/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * calls_cid.bpf.c - calls.bpf.c of the kfuncs that speak of cids, from a cid-form scheduler or
 * with none: one call, by a system call or from ops.running(). tests/calls.py has the table. Since 7.2.
 */
#include "test.h"

#define __arena __attribute__((address_space(1)))
#define ABSENT -1000	/* the kernel has no such kfunc */

s32 scx_bpf_cid_to_cpu(s32 cid) __ksym __weak;
s32 scx_bpf_cpu_to_cid(s32 cpu) __ksym __weak;
u32 scx_bpf_nr_cids(void) __ksym __weak;
u32 scx_bpf_nr_online_cids(void) __ksym __weak;
s32 scx_bpf_this_cid(void) __ksym __weak;
s32 scx_bpf_task_cid(const struct task_struct *p) __ksym __weak;
struct task_struct *scx_bpf_cid_curr(s32 cid) __ksym __weak;
void scx_bpf_kick_cid(s32 cid, u64 flags) __ksym __weak;
void scx_bpf_cid_topo(s32 cid, struct scx_cid_topo *out, size_t out__sz) __ksym __weak;
s32 scx_bpf_cid_node(s32 cid) __ksym __weak;
u32 scx_bpf_cidperf_cap(s32 cid) __ksym __weak;
u32 scx_bpf_cidperf_cur(s32 cid) __ksym __weak;
s32 scx_bpf_cidperf_set(s32 cid, u32 perf) __ksym __weak;

enum cid_from { FROM_nowhere, FROM_running };

enum cid_call {
	CALL_none, CALL_to_cpu, CALL_to_cid, CALL_nr, CALL_nr_online, CALL_this, CALL_task, CALL_curr,
	CALL_kick_cid, CALL_topo, CALL_topo_short, CALL_node, CALL_perf_cap, CALL_perf_cur, CALL_perf_set,
};

/* a cid-form scheduler has one */
struct {
	__uint(type, BPF_MAP_TYPE_ARENA);
	__uint(map_flags, BPF_F_MMAPABLE);
	__uint(max_entries, 4);
} arena SEC(".maps");

struct request {
	enum cid_from from;
	enum cid_call what;
	s32 pid;
	u64 a, b;
};

volatile struct request req;
volatile s64 answer;
volatile u32 made;

#define MAYBE(kfunc, call) (bpf_ksym_exists(kfunc) ? (s64)(call) : ABSENT)

static __noinline s64 topo_of(s32 cid, u32 size)
{
	struct scx_cid_topo topo = {};

	if (!bpf_ksym_exists(scx_bpf_cid_topo))
		return ABSENT;
	if (size)
		scx_bpf_cid_topo(cid, &topo, 8);
	else
		scx_bpf_cid_topo(cid, &topo, sizeof(topo));
	return topo.core_cid * 100 + topo.core_idx;
}

static __noinline s64 call_cid(const struct task_struct *p, u32 what, u64 a, u64 b)
{
	switch (what) {
	case CALL_to_cpu:
		return MAYBE(scx_bpf_cid_to_cpu, scx_bpf_cid_to_cpu(a));
	case CALL_to_cid:
		return MAYBE(scx_bpf_cpu_to_cid, scx_bpf_cpu_to_cid(a));
	case CALL_nr:
		return MAYBE(scx_bpf_nr_cids, scx_bpf_nr_cids());
	case CALL_nr_online:
		return MAYBE(scx_bpf_nr_online_cids, scx_bpf_nr_online_cids());
	case CALL_this:
		return MAYBE(scx_bpf_this_cid, scx_bpf_this_cid());
	case CALL_task:
		return MAYBE(scx_bpf_task_cid, scx_bpf_task_cid(p));
	case CALL_curr:
		return MAYBE(scx_bpf_cid_curr, scx_bpf_cid_curr(a) != 0);
	case CALL_kick_cid:
		if (!bpf_ksym_exists(scx_bpf_kick_cid))
			return ABSENT;
		scx_bpf_kick_cid(a, b);
		return 0;
	case CALL_topo:
		return topo_of(a, 0);
	case CALL_topo_short:
		return topo_of(a, 1);
	case CALL_node:
		return MAYBE(scx_bpf_cid_node, scx_bpf_cid_node(a));
	case CALL_perf_cap:
		return MAYBE(scx_bpf_cidperf_cap, scx_bpf_cidperf_cap(a));
	case CALL_perf_cur:
		return MAYBE(scx_bpf_cidperf_cur, scx_bpf_cidperf_cur(a));
	case CALL_perf_set:
		return MAYBE(scx_bpf_cidperf_set, scx_bpf_cidperf_set(a, b));
	}
	return ABSENT;
}

static __always_inline void make_call(u32 from, struct task_struct *p)
{
	if (req.from != from)
		return;
	if (__sync_fetch_and_add(&made, 1))
		return;
	answer = call_cid(p, req.what, req.a, req.b);
}

SEC("syscall")
int call(void *ctx)
{
	made = 1;
	answer = call_cid(bpf_get_current_task_btf(), req.what, req.a, req.b);
	return answer;
}

SCX_OP(cc_enqueue)
void BPF_PROG(cc_enqueue, struct task_struct *p, u64 enq_flags)
{
	dsq_insert(p, SCX_DSQ_GLOBAL, 1000000, 0);
}

SCX_OP(cc_running)
void BPF_PROG(cc_running, struct task_struct *p)
{
	if (p->pid == req.pid)
		make_call(FROM_running, p);
}

/* as it was told last, where the arena can be read: 64 cids at most */
u64 nr_set, set_bits;
s32 set_pid;

SCX_OP(cc_set_cmask)
void BPF_PROG(cc_set_cmask, struct task_struct *p, const struct scx_cmask *cmask)
{
	struct scx_cmask __arena *m = (struct scx_cmask __arena *)(long)cmask;

	asm volatile("" :: "r"(&arena));
	nr_set++;
	set_pid = p->pid;
	set_bits = m->bits[0] << m->base;
}

SCX_OP_SLEEPABLE(cc_init)
s32 BPF_PROG(cc_init)
{
	asm volatile("" :: "r"(&arena));
	return 0;
}

SEC(".struct_ops.link")
struct sched_ext_ops_cid cc_ops = {
	.enqueue = (void *)cc_enqueue,
	.running = (void *)cc_running,
	.set_cmask = (void *)cc_set_cmask,
	.init = (void *)cc_init,
	.flags = SCX_OPS_SWITCH_PARTIAL,
	.name = "calls_cid",
};
