/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef SHARED_H
#define SHARED_H
enum { MAXEV = 16384 };
enum opid {
	O_NONE = 0,
	/* struct_ops callbacks */
	O_select_cpu = 1,
	O_enqueue,
	O_dequeue,
	O_dispatch,
	O_tick,
	O_runnable,
	O_running,
	O_stopping,
	O_quiescent,
	O_yield,
	O_set_weight,
	O_set_cpumask,
	O_update_idle,
	O_cpu_acquire,
	O_cpu_release,
	O_init_task,
	O_exit_task,
	O_enable,
	O_disable,
	O_dump,
	O_dump_cpu,
	O_dump_task,
	O_cgroup_init,
	O_cgroup_exit,
	O_cgroup_prep_move,
	O_cgroup_move,
	O_cgroup_cancel_move,
	O_cgroup_set_weight,
	O_cgroup_set_bandwidth,
	O_cgroup_set_idle,
	O_cpu_online,
	O_cpu_offline,
	O_init,
	O_exit,
	/* other program types */
	P_syscall = 40,
	P_fentry,
	P_tpbtf,
	P_tracepoint,
	P_perf,
	P_lsm,
	P_nmi,
	P_ssw,
	P_rawtp,
	P_fmodret,
	P_iter,
	P_timer,
	P_fexit,
	P_tpsleep,
	/* instrumentation */
	I_kick_begin = 60,
	I_kick_end,
	I_spin_end,
	I_irqwork_in,
	I_irqwork_out,
	I_resched,
	I_balcb_in,
	I_balcb_out,
	I_pick_idle,
	I_pick_fair,
	I_pick_rt,
	I_pick_scx,
	I_put_scx,
	I_balance_scx,
	I_sw,
	O_MAX = 80
};
struct ev {
	unsigned long long ts;
	unsigned op;
	int cpu;
	int acpu;
	int pid;
	unsigned long long slice, flags;
};
struct kk {
	int cpu;
	int pad;
	unsigned long long flags;
};
struct kreq {
	unsigned op;
	int pid;
	int oncpu;
	int max;
	int used;
	unsigned nk;
	unsigned long long spin_ns;
	struct kk k[8];
};
struct ex {
	int kind;
	int pad;
	long long code;
	char reason[128];
	char msg[256];
	int n;
};
#endif
