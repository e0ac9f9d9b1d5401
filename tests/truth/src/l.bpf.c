// SPDX-License-Identifier: GPL-2.0-only
#include "vmlinux.h"
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_tracing.h>
#include "kf.h"
char _license[] SEC("license") = "GPL";
#define K scx_bpf_kick_cpu(0, 0)
SEC("syscall") int l_syscall(void *c) { K; return 0; }
SEC("fentry/__x64_sys_getpgid") int BPF_PROG(l_fentry) { K; return 0; }
SEC("fexit/__x64_sys_getpgid") int BPF_PROG(l_fexit) { K; return 0; }
SEC("fentry.s/__x64_sys_getpgid") int BPF_PROG(l_fentry_sleep) { K; return 0; }
SEC("fmod_ret/security_task_getpgid") int BPF_PROG(l_fmodret) { K; return 0; }
SEC("tp_btf/sys_enter") int BPF_PROG(l_tpbtf) { K; return 0; }
SEC("iter/task") int l_iter(struct bpf_iter__task *c) { K; return 0; }
SEC("tracepoint/sched/sched_switch") int l_tracepoint(void *c) { K; return 0; }
SEC("perf_event") int l_perf(void *c) { K; return 0; }
SEC("lsm/task_getpgid") int BPF_PROG(l_lsm) { K; return 0; }
SEC("lsm.s/bprm_check_security") int BPF_PROG(l_lsm_sleep) { K; return 0; }
SEC("lsm_cgroup/socket_bind") int BPF_PROG(l_lsm_cgroup) { K; return 1; }
SEC("kprobe/__x64_sys_getpgid") int l_kprobe(void *c) { K; return 0; }
SEC("uprobe") int l_uprobe(void *c) { K; return 0; }
SEC("raw_tp/sys_enter") int l_raw_tp(void *c) { K; return 0; }
SEC("raw_tp.w/sys_enter") int l_raw_tp_w(void *c) { K; return 0; }
SEC("socket") int l_socket(void *c) { K; return 0; }
SEC("tc") int l_tc(void *c) { K; return 0; }
SEC("xdp") int l_xdp(void *c) { K; return 1; }
SEC("cgroup_skb/egress") int l_cgskb(void *c) { K; return 1; }
SEC("cgroup/dev") int l_cgdev(void *c) { K; return 1; }
SEC("cgroup/sysctl") int l_cgsysctl(void *c) { K; return 1; }
SEC("cgroup/connect4") int l_cgconn(void *c) { K; return 1; }
SEC("sk_msg") int l_skmsg(void *c) { K; return 1; }
SEC("sk_skb/stream_verdict") int l_skskb(void *c) { K; return 1; }
SEC("sockops") int l_sockops(void *c) { K; return 1; }
SEC("flow_dissector") int l_flow(void *c) { K; return 0; }
SEC("lwt_in") int l_lwt(void *c) { K; return 0; }
SEC("netfilter") int l_nf(void *c) { K; return 1; }
SEC("sk_lookup") int l_sklookup(void *c) { K; return 1; }
SEC("sk_reuseport") int l_reuseport(void *c) { K; return 1; }
/* global (non-static) subprogram that kicks, called from a syscall program */
__noinline int l_glob_sub(int cpu) { scx_bpf_kick_cpu(cpu, 0); return 0; }
SEC("syscall") int l_syscall_globsub(void *c) { return l_glob_sub(0); }
/* timer callback / wq from syscall program */
struct tv { struct bpf_timer t; };
struct { __uint(type, BPF_MAP_TYPE_ARRAY); __uint(max_entries, 1); __type(key, int); __type(value, struct tv); } tmap SEC(".maps");
static int tcb(void *m, int *k, struct tv *v) { K; return 0; }
SEC("syscall") int l_syscall_timercb(void *c)
{ int k = 0; struct tv *v = bpf_map_lookup_elem(&tmap, &k); if (!v) return 1;
  bpf_timer_init(&v->t, &tmap, 1); bpf_timer_set_callback(&v->t, tcb); bpf_timer_start(&v->t, 1000, 0); return 0; }
/* kick with a bpf_spin_lock held */
struct sv { struct bpf_spin_lock l; int x; };
struct { __uint(type, BPF_MAP_TYPE_ARRAY); __uint(max_entries, 1); __type(key, int); __type(value, struct sv); } smap SEC(".maps");
SEC("tc") int l_dummy(void *c) { return 0; }
SEC("syscall") int l_syscall_spinlock(void *c)
{ int k = 0; struct sv *v = bpf_map_lookup_elem(&smap, &k); if (!v) return 1;
  bpf_spin_lock(&v->l); K; bpf_spin_unlock(&v->l); return 0; }
SEC("syscall") int l_syscall_rculock(void *c) { bpf_rcu_read_lock(); K; bpf_rcu_read_unlock(); return 0; }
SEC("syscall") int l_syscall_preempt_off(void *c) { bpf_preempt_disable(); K; bpf_preempt_enable(); return 0; }
/* another struct_ops: tcp congestion control */
SEC("struct_ops") void BPF_PROG(l_cc_init, struct sock *sk) { K; }
SEC("struct_ops") u32 BPF_PROG(l_cc_ssthresh, struct sock *sk) { return 2; }
SEC("struct_ops") u32 BPF_PROG(l_cc_undo, struct sock *sk) { return 2; }
SEC("struct_ops") void BPF_PROG(l_cc_cong, struct sock *sk, u32 a, u32 b) { }
SEC(".struct_ops") struct tcp_congestion_ops lcc = { .init=(void*)l_cc_init, .ssthresh=(void*)l_cc_ssthresh, .undo_cwnd=(void*)l_cc_undo, .cong_avoid=(void*)l_cc_cong, .name="lcc" };
/* sched_ext_ops members which the experiments do not trigger: load only (group l_ops) */
SEC("struct_ops") bool BPF_PROG(l_ops_core_sched_before, struct task_struct *a, struct task_struct *b) { K; return false; }
#ifdef HAVE_SUB
SEC("struct_ops") s32 BPF_PROG(l_sub_attach, struct scx_sub_attach_args *a) { K; return 0; }
SEC("struct_ops") void BPF_PROG(l_sub_detach, struct scx_sub_detach_args *a) { K; }
#ifdef HAVE_ECAPS
SEC("struct_ops") void BPF_PROG(l_sub_ecaps, s32 cid, u64 b, u64 c) { K; }
#endif
#endif
SEC(".struct_ops.link") struct sched_ext_ops lops = { .core_sched_before = (void *)l_ops_core_sched_before, .name = "lops" };
#ifdef HAVE_SUB
SEC(".struct_ops.link") struct sched_ext_ops lsub = { .sub_attach = (void *)l_sub_attach, .sub_detach = (void *)l_sub_detach,
#ifdef HAVE_ECAPS
	.sub_ecaps_updated = (void *)l_sub_ecaps,
#endif
	 .name = "lsub" };
#endif
#ifdef HAVE_CID
/* cid-form scheduler */
SEC("struct_ops") void BPF_PROG(l_cid_tick, struct task_struct *p) { K; }
SEC(".struct_ops.link") struct sched_ext_ops_cid lcid = { .tick = (void *)l_cid_tick, .name = "lcid" };
SEC("struct_ops") void BPF_PROG(l_cidok_tick, struct task_struct *p) { scx_bpf_kick_cid(0, 0); }
SEC(".struct_ops.link") struct sched_ext_ops_cid lcidok = { .tick = (void *)l_cidok_tick, .name = "lcidok" };
#endif
