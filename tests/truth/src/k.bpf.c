// SPDX-License-Identifier: GPL-2.0-only
#include "vmlinux.h"
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_tracing.h>
#include <bpf/bpf_core_read.h>
#include "shared.h"
#include "kf.h"
char _license[] SEC("license") = "GPL";
#ifdef K612
#define INSERT scx_bpf_dispatch
#define CONSUME scx_bpf_consume
#else
#define INSERT scx_bpf_dsq_insert
#ifdef NO_DSQ	/* Debian 7.1.13: scx_bpf_create_dsq cannot be called; "user DSQ" tasks go to SCX_DSQ_GLOBAL */
#define CONSUME(x) do { } while (0)
#else
#define CONSUME scx_bpf_dsq_move_to_local
#endif
#endif

volatile unsigned log_on, nev, log_ticks;
struct ev evs[MAXEV];
volatile struct kreq req;
struct ex exi;
volatile int enq_mode;      /* 0: local DSQ, 1: per-cpu user DSQ, 2: hold the task hold_pid */
volatile int hold_pid, fail_prep_pid;
volatile unsigned long long slice_ns = 20000000000ULL;
volatile int inwork[16];
volatile int opcount[O_MAX];

static __always_inline void lg(u32 op, s32 acpu, s32 pid, u64 slice, u64 flags)
{
	u32 i;
	if (!log_on) return;
	i = __sync_fetch_and_add(&nev, 1);
	if (i >= MAXEV) return;
	struct ev *e = &evs[i & (MAXEV-1)];
	e->ts = bpf_ktime_get_ns(); e->op = op; e->cpu = bpf_get_smp_processor_id();
	e->acpu = acpu; e->pid = pid; e->slice = slice; e->flags = flags;
}
struct spinctx { u64 end; };
static long spin_cb(u32 i, struct spinctx *c) { return bpf_ktime_get_ns() >= c->end; }

static __noinline int mk(u32 op, s32 pid)
{
	u32 i;
	if (op < O_MAX) __sync_fetch_and_add(&opcount[op], 1);
	if (req.op != op) return 0;
	if (req.pid && req.pid != pid) return 0;
	if (req.oncpu >= 0 && req.oncpu != (s32)bpf_get_smp_processor_id()) return 0;
	if (__sync_fetch_and_add(&req.used, 1) >= req.max) return 0;
	lg(I_kick_begin, req.k[0].cpu, pid, op, req.k[0].flags);
	for (i = 0; i < 8; i++) {
		if (i >= req.nk) break;
		scx_bpf_kick_cpu(req.k[i].cpu, req.k[i].flags);
	}
	lg(I_kick_end, req.k[0].cpu, pid, op, 0);
	if (req.spin_ns) {
		struct spinctx c = { bpf_ktime_get_ns() + req.spin_ns };
		bpf_loop(1 << 23, spin_cb, &c, 0);
		lg(I_spin_end, -1, pid, op, 0);
	}
	return 0;
}
volatile int yield_zero; volatile int cyc_on, cyc_oneway; volatile unsigned long long cyc_spin_ns; volatile unsigned long long cyc_flags; volatile unsigned long long cyc_kicks[16];
static __noinline int cyc(void)
{
	s32 c = bpf_get_smp_processor_id(), t;
	if (!cyc_on) return 0;
	if (c < 1 || c > 3) return 0;
	if (cyc_oneway && c != 1) return 0;
	t = c == 3 ? 1 : c + 1;
	__sync_fetch_and_add(&cyc_kicks[c & 15], 1);
	scx_bpf_kick_cpu(t, cyc_flags);
	if (cyc_spin_ns) {
		struct spinctx c2 = { bpf_ktime_get_ns() + cyc_spin_ns };
		bpf_loop(1 << 23, spin_cb, &c2, 0);
	}
	return 0;
}
#define OPT(op, p, fl) do { lg(O_##op, -1, (p)->pid, (p)->scx.slice, fl); mk(O_##op, (p)->pid); } while (0)

SEC("struct_ops/select_cpu") s32 BPF_PROG(k_select_cpu, struct task_struct *p, s32 prev_cpu, u64 wf)
{ bool idle=false; s32 c; lg(O_select_cpu, prev_cpu, p->pid, p->scx.slice, wf); mk(O_select_cpu, p->pid);
  c = scx_bpf_select_cpu_dfl(p, prev_cpu, wf, &idle); return c; }
SEC("struct_ops/enqueue") void BPF_PROG(k_enqueue, struct task_struct *p, u64 fl)
{ OPT(enqueue, p, fl); cyc();
  if (enq_mode == 2 && p->pid == hold_pid) return;
#ifdef NO_DSQ
  if (enq_mode == 1) INSERT(p, SCX_DSQ_GLOBAL, slice_ns, fl);
#else
  if (enq_mode == 1) INSERT(p, 100 + scx_bpf_task_cpu(p), slice_ns, fl);
#endif
  else INSERT(p, SCX_DSQ_LOCAL, slice_ns, fl); }
SEC("struct_ops/dequeue") void BPF_PROG(k_dequeue, struct task_struct *p, u64 fl) { OPT(dequeue, p, fl); }
volatile int dsp_spin_cpu = -1; volatile unsigned long long dsp_spin_ns;
SEC("struct_ops/dispatch") void BPF_PROG(k_dispatch, s32 cpu, struct task_struct *prev)
{ s32 pid = -1; u64 sl = 0; if (prev) { pid = prev->pid; sl = prev->scx.slice; }
  lg(O_dispatch, cpu, pid, sl, 0); mk(O_dispatch, pid);
  if (cpu == dsp_spin_cpu && dsp_spin_ns) { struct spinctx c = { bpf_ktime_get_ns() + dsp_spin_ns }; dsp_spin_cpu = -1; bpf_loop(1 << 23, spin_cb, &c, 0); lg(I_spin_end, -1, pid, O_dispatch, 0); }
  CONSUME(100 + cpu); }
SEC("struct_ops/tick") void BPF_PROG(k_tick, struct task_struct *p)
{ if (log_ticks) lg(O_tick, -1, p->pid, p->scx.slice, 0); mk(O_tick, p->pid); }
SEC("struct_ops/runnable") void BPF_PROG(k_runnable, struct task_struct *p, u64 fl) { OPT(runnable, p, fl); }
SEC("struct_ops/running") void BPF_PROG(k_running, struct task_struct *p) { OPT(running, p, 0); }
SEC("struct_ops/stopping") void BPF_PROG(k_stopping, struct task_struct *p, bool r) { OPT(stopping, p, r); }
SEC("struct_ops/quiescent") void BPF_PROG(k_quiescent, struct task_struct *p, u64 fl) { OPT(quiescent, p, fl); }
SEC("struct_ops/yield") bool BPF_PROG(k_yield, struct task_struct *p, struct task_struct *to) { OPT(yield, p, 0); if (yield_zero) p->scx.slice = 0; return false; }
SEC("struct_ops/set_weight") void BPF_PROG(k_set_weight, struct task_struct *p, u32 w) { OPT(set_weight, p, w); }
SEC("struct_ops/set_cpumask") void BPF_PROG(k_set_cpumask, struct task_struct *p, const struct cpumask *m) { OPT(set_cpumask, p, 0); }
SEC("struct_ops/update_idle") void BPF_PROG(k_update_idle, s32 cpu, bool idle) { lg(O_update_idle, cpu, 0, 0, idle); mk(O_update_idle, cpu); }
SEC("struct_ops/cpu_acquire") void BPF_PROG(k_cpu_acquire, s32 cpu, struct scx_cpu_acquire_args *a) { lg(O_cpu_acquire, cpu, 0, 0, 0); mk(O_cpu_acquire, cpu); }
SEC("struct_ops/cpu_release") void BPF_PROG(k_cpu_release, s32 cpu, struct scx_cpu_release_args *a) { lg(O_cpu_release, cpu, 0, 0, a->reason); mk(O_cpu_release, cpu); }
SEC("struct_ops.s/init_task") s32 BPF_PROG(k_init_task, struct task_struct *p, struct scx_init_task_args *a) { OPT(init_task, p, a->fork); return 0; }
SEC("struct_ops/exit_task") void BPF_PROG(k_exit_task, struct task_struct *p, struct scx_exit_task_args *a) { OPT(exit_task, p, a->cancelled); }
SEC("struct_ops/enable") void BPF_PROG(k_enable, struct task_struct *p) { OPT(enable, p, 0); }
SEC("struct_ops/disable") void BPF_PROG(k_disable, struct task_struct *p) { OPT(disable, p, 0); }
SEC("struct_ops/dump") void BPF_PROG(k_dump, struct scx_dump_ctx *c) { lg(O_dump, -1, 0, 0, 0); mk(O_dump, 0); }
SEC("struct_ops/dump_cpu") void BPF_PROG(k_dump_cpu, struct scx_dump_ctx *c, s32 cpu, bool idle) { lg(O_dump_cpu, cpu, 0, 0, idle); mk(O_dump_cpu, cpu); }
SEC("struct_ops/dump_task") void BPF_PROG(k_dump_task, struct scx_dump_ctx *c, struct task_struct *p) { OPT(dump_task, p, 0); }
SEC("struct_ops.s/cgroup_init") s32 BPF_PROG(k_cgroup_init, struct cgroup *cg, struct scx_cgroup_init_args *a) { lg(O_cgroup_init, -1, 0, 0, 0); mk(O_cgroup_init, 0); return 0; }
SEC("struct_ops.s/cgroup_exit") void BPF_PROG(k_cgroup_exit, struct cgroup *cg) { lg(O_cgroup_exit, -1, 0, 0, 0); mk(O_cgroup_exit, 0); }
SEC("struct_ops.s/cgroup_prep_move") s32 BPF_PROG(k_cgroup_prep_move, struct task_struct *p, struct cgroup *f, struct cgroup *t)
{ OPT(cgroup_prep_move, p, 0); if (fail_prep_pid && p->pid == fail_prep_pid) return -11; return 0; }
SEC("struct_ops/cgroup_move") void BPF_PROG(k_cgroup_move, struct task_struct *p, struct cgroup *f, struct cgroup *t) { OPT(cgroup_move, p, 0); }
SEC("struct_ops/cgroup_cancel_move") void BPF_PROG(k_cgroup_cancel_move, struct task_struct *p, struct cgroup *f, struct cgroup *t) { OPT(cgroup_cancel_move, p, 0); }
SEC("struct_ops/cgroup_set_weight") void BPF_PROG(k_cgroup_set_weight, struct cgroup *cg, u32 w) { lg(O_cgroup_set_weight, -1, 0, 0, w); mk(O_cgroup_set_weight, 0); }
#ifndef K612
SEC("struct_ops/cgroup_set_bandwidth") void BPF_PROG(k_cgroup_set_bandwidth, struct cgroup *cg, u64 a, u64 b, u64 c) { lg(O_cgroup_set_bandwidth, -1, 0, 0, a); mk(O_cgroup_set_bandwidth, 0); }
#ifndef NO_SET_IDLE
SEC("struct_ops/cgroup_set_idle") void BPF_PROG(k_cgroup_set_idle, struct cgroup *cg, bool i) { lg(O_cgroup_set_idle, -1, 0, 0, i); mk(O_cgroup_set_idle, 0); }
#endif
#endif
SEC("struct_ops.s/cpu_online") void BPF_PROG(k_cpu_online, s32 cpu) { lg(O_cpu_online, cpu, 0, 0, 0); mk(O_cpu_online, cpu); }
SEC("struct_ops.s/cpu_offline") void BPF_PROG(k_cpu_offline, s32 cpu) { lg(O_cpu_offline, cpu, 0, 0, 0); mk(O_cpu_offline, cpu); }
SEC("struct_ops.s/init") s32 BPF_PROG(k_init)
{
#ifndef NO_DSQ
  s32 i, r; for (i = 0; i < 8; i++) { r = scx_bpf_create_dsq(100 + i, -1); if (r) return r; }
#endif
  lg(O_init, -1, 0, 0, 0); mk(O_init, 0); return 0; }
SEC("struct_ops/exit") void BPF_PROG(k_exit, struct scx_exit_info *ei)
{
	exi.code = ei->exit_code; 
	bpf_probe_read_kernel_str(exi.reason, sizeof(exi.reason), ei->reason);
	bpf_probe_read_kernel_str(exi.msg, sizeof(exi.msg), ei->msg);
	exi.n++; lg(O_exit, -1, 0, ei->kind, ei->exit_code);
	mk(O_exit, 0);
	*(volatile int *)&exi.kind = ei->kind;
}
SEC(".struct_ops.link") struct sched_ext_ops kops = {
	.select_cpu=(void*)k_select_cpu,.enqueue=(void*)k_enqueue,.dequeue=(void*)k_dequeue,.dispatch=(void*)k_dispatch,.tick=(void*)k_tick,
	.runnable=(void*)k_runnable,.running=(void*)k_running,.stopping=(void*)k_stopping,.quiescent=(void*)k_quiescent,.yield=(void*)k_yield,
	.set_weight=(void*)k_set_weight,.set_cpumask=(void*)k_set_cpumask,.update_idle=(void*)k_update_idle,
	.cpu_acquire=(void*)k_cpu_acquire,.cpu_release=(void*)k_cpu_release,
	.init_task=(void*)k_init_task,.exit_task=(void*)k_exit_task,.enable=(void*)k_enable,.disable=(void*)k_disable,
	.dump=(void*)k_dump,.dump_cpu=(void*)k_dump_cpu,.dump_task=(void*)k_dump_task,
	.cgroup_init=(void*)k_cgroup_init,.cgroup_exit=(void*)k_cgroup_exit,.cgroup_prep_move=(void*)k_cgroup_prep_move,.cgroup_move=(void*)k_cgroup_move,
	.cgroup_cancel_move=(void*)k_cgroup_cancel_move,.cgroup_set_weight=(void*)k_cgroup_set_weight,
#ifndef K612
	.cgroup_set_bandwidth=(void*)k_cgroup_set_bandwidth,
#ifndef NO_SET_IDLE
	.cgroup_set_idle=(void*)k_cgroup_set_idle,
#endif
#endif
	.cpu_online=(void*)k_cpu_online,.cpu_offline=(void*)k_cpu_offline,.init=(void*)k_init,.exit=(void*)k_exit,
	#ifdef ENQLAST
	.flags = SCX_OPS_SWITCH_PARTIAL | SCX_OPS_KEEP_BUILTIN_IDLE | SCX_OPS_ENQ_LAST,
#else
	.flags = SCX_OPS_SWITCH_PARTIAL | SCX_OPS_KEEP_BUILTIN_IDLE,
#endif
	 .timeout_ms = 30000, .name = "truth",
};

/* ---- kickers of other program types ---- */
SEC("syscall") int p_syscall(void *ctx) { return mk(P_syscall, (u32)bpf_get_current_pid_tgid()); }
SEC("fentry/__x64_sys_getpgid") int BPF_PROG(p_fentry) { return mk(P_fentry, (u32)bpf_get_current_pid_tgid()); }
SEC("tp_btf/sys_enter") int BPF_PROG(p_tpbtf, struct pt_regs *regs, long id) { if (id == 121) mk(P_tpbtf, (u32)bpf_get_current_pid_tgid()); return 0; }
SEC("tracepoint/syscalls/sys_enter_getpgid") int p_tracepoint(void *ctx) { mk(P_tracepoint, (u32)bpf_get_current_pid_tgid()); return 0; }
SEC("perf_event") int p_perf(void *ctx) { mk(P_perf, (u32)bpf_get_current_pid_tgid()); return 0; }
SEC("lsm/task_getpgid") int BPF_PROG(p_lsm, struct task_struct *p) { mk(P_lsm, (u32)bpf_get_current_pid_tgid()); return 0; }
SEC("tp_btf/nmi_handler") int BPF_PROG(nmi_tp) { mk(P_nmi, bpf_get_smp_processor_id()); return 0; }
SEC("tp_btf/sched_switch") int BPF_PROG(ssw_kick, bool pre, struct task_struct *prev, struct task_struct *next) { mk(P_ssw, next->pid); return 0; }

#ifndef K612
#ifndef NO_RAWTP
SEC("raw_tp/sys_enter") int p_rawtp(struct bpf_raw_tracepoint_args *c) { if (c->args[1] == 121) mk(P_rawtp, (u32)bpf_get_current_pid_tgid()); return 0; }
#endif
#ifndef NO_TPSLEEP
SEC("fentry.s/__x64_sys_getpgid") int BPF_PROG(p_tpsleep) { return mk(P_tpsleep, (u32)bpf_get_current_pid_tgid()); }
#endif
#endif
SEC("fmod_ret/security_task_getpgid") int BPF_PROG(p_fmodret) { mk(P_fmodret, (u32)bpf_get_current_pid_tgid()); return 0; }
SEC("fexit/__x64_sys_getpgid") int BPF_PROG(p_fexit) { mk(P_fexit, (u32)bpf_get_current_pid_tgid()); return 0; }
SEC("iter/task") int p_iter(struct bpf_iter__task *c) { mk(P_iter, (u32)bpf_get_current_pid_tgid()); return 0; }
struct tv { struct bpf_timer t; };
struct { __uint(type, BPF_MAP_TYPE_ARRAY); __uint(max_entries, 1); __type(key, int); __type(value, struct tv); } tmap SEC(".maps");
static int tcb(void *m, int *k, struct tv *v) { mk(P_timer, 0); return 0; }
SEC("syscall") int p_timerstart(void *c)
{ int k = 0; struct tv *v = bpf_map_lookup_elem(&tmap, &k); if (!v) return 1;
  bpf_timer_init(&v->t, &tmap, 1); bpf_timer_set_callback(&v->t, tcb); bpf_timer_start(&v->t, 1000000, 0); return 0; }

/* ---- instrumentation ---- */
SEC("fentry/kick_cpus_irq_workfn") int BPF_PROG(i_iw_in) { u32 c = bpf_get_smp_processor_id() & 15; inwork[c] = 1; lg(I_irqwork_in, -1, 0, 0, 0); return 0; }
SEC("fexit/kick_cpus_irq_workfn") int BPF_PROG(i_iw_out) { u32 c = bpf_get_smp_processor_id() & 15; inwork[c] = 0; lg(I_irqwork_out, -1, 0, 0, 0); return 0; }
SEC("fentry/resched_curr") int BPF_PROG(i_resched, struct rq *rq) { u32 c = bpf_get_smp_processor_id() & 15; lg(I_resched, rq->cpu, 0, 0, inwork[c]); return 0; }
SEC("fentry/kick_sync_wait_bal_cb") int BPF_PROG(i_bc_in, struct rq *rq) { lg(I_balcb_in, rq->cpu, 0, 0, 0); return 0; }
SEC("fexit/kick_sync_wait_bal_cb") int BPF_PROG(i_bc_out, struct rq *rq) { lg(I_balcb_out, rq->cpu, 0, 0, 0); return 0; }
SEC("fentry/pick_task_idle") int BPF_PROG(i_pick_idle, struct rq *rq) { lg(I_pick_idle, rq->cpu, 0, 0, 0); return 0; }
SEC("fentry/pick_next_task_fair") int BPF_PROG(i_pick_nfair, struct rq *rq) { lg(I_pick_fair, rq->cpu, 0, 0, 0); return 0; }
SEC("fentry/pick_task_fair") int BPF_PROG(i_pick_fair, struct rq *rq) { lg(I_pick_fair, rq->cpu, 0, 0, 1); return 0; }
SEC("fentry/pick_task_rt") int BPF_PROG(i_pick_rt, struct rq *rq) { lg(I_pick_rt, rq->cpu, 0, 0, 0); return 0; }
SEC("fentry/pick_task_scx") int BPF_PROG(i_pick_scx, struct rq *rq) { lg(I_pick_scx, rq->cpu, 0, rq->curr->scx.slice, 0); return 0; }
SEC("fentry/balance_scx") int BPF_PROG(i_balance_scx, struct rq *rq, struct task_struct *prev) { lg(I_balance_scx, rq->cpu, prev->pid, prev->scx.slice, 0); return 0; }
SEC("fentry/put_prev_task_scx") int BPF_PROG(i_put_scx, struct rq *rq, struct task_struct *p) { lg(I_put_scx, rq->cpu, p->pid, p->scx.slice, 0); return 0; }
SEC("tp_btf/sched_switch") int BPF_PROG(i_sw, bool pre, struct task_struct *prev, struct task_struct *next) { lg(I_sw, next->pid, prev->pid, 0, pre); return 0; }
