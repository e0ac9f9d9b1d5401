/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * everywhere.bpf.c - programs on all system calls, tracepoints and security hooks of the machine.
 * Each counts, and a hook that is to fails the call.
 */
#include "test.h"

enum deny {
	DENY_none, DENY_task_alloc, DENY_task_setnice, DENY_task_setscheduler, DENY_task_kill,
	DENY_task_getpgid, DENY_bprm, DENY_modify,
};

volatile enum deny deny;
s32 watched;			/* by this pid's records */
u32 renamed, forked, exited, freed, execed, newtasks, migrated, group_dead, slept;
char comm_then[16], comm_now[16], exec_name[16];
u32 nr_refused;

/* ---- system calls: entered, left ---- */

#define SYSCALL(name, section) \
	u32 in_##name, out_##name; \
	SEC("fentry/" section) int see_##name(void *ctx) \
	{ \
		in_##name++; \
		return 0; \
	} \
	SEC("fexit/" section) int BPF_PROG(left_##name, void *regs, long ret) \
	{ \
		out_##name++; \
		nr_refused += ret == -EPERM; \
		return 0; \
	}

SYSCALL(getpgid, "__x64_sys_getpgid")
SYSCALL(nanosleep, "__x64_sys_nanosleep")
SYSCALL(read, "__x64_sys_read")
SYSCALL(clock_nanosleep, "__x64_sys_clock_nanosleep")
SYSCALL(futex, "__x64_sys_futex")
SYSCALL(sched_setaffinity, "__x64_sys_sched_setaffinity")
SYSCALL(sched_setscheduler, "__x64_sys_sched_setscheduler")
SYSCALL(setpriority, "__x64_sys_setpriority")
SYSCALL(clone, "__x64_sys_clone")
SYSCALL(execve, "__x64_sys_execve")
SYSCALL(exit, "__x64_sys_exit")
SYSCALL(kill, "__x64_sys_kill")
SYSCALL(bpf, "__x64_sys_bpf")
SYSCALL(sched_yield, "__do_sys_sched_yield")

/* instead of the call; by name, since 7.1, and then sleepable programs too */
SEC("fmod_ret/__x64_sys_getpgid")
int BPF_PROG(modify_getpgid, void *regs, long ret)
{
	return deny == DENY_modify ? -EPERM : 0;
}

SEC("fentry.s/__x64_sys_getpgid")
int BPF_PROG(sleep_getpgid)
{
	slept++;
	return 0;
}

/* ---- tracepoints ---- */

#define TRACEPOINT(name) \
	u32 tp_##name; \
	SEC("tp_btf/" #name) int on_##name(void *ctx) \
	{ \
		__sync_fetch_and_add(&tp_##name, 1); \
		return 0; \
	}

TRACEPOINT(sched_switch)
TRACEPOINT(sched_wakeup)
TRACEPOINT(sched_wakeup_new)
TRACEPOINT(sched_waking)
TRACEPOINT(sched_process_fork)
TRACEPOINT(sched_process_exec)
TRACEPOINT(sched_process_exit)
TRACEPOINT(sched_process_free)
TRACEPOINT(sched_migrate_task)
TRACEPOINT(sched_wake_idle_without_ipi)
TRACEPOINT(sched_ext_dump)
TRACEPOINT(sched_set_need_resched_tp)
TRACEPOINT(sched_ext_event)
TRACEPOINT(task_newtask)
TRACEPOINT(task_rename)
TRACEPOINT(sys_enter)
TRACEPOINT(sys_exit)
TRACEPOINT(irq_work_entry)
TRACEPOINT(irq_work_exit)
TRACEPOINT(reschedule_entry)
TRACEPOINT(reschedule_exit)
TRACEPOINT(local_timer_entry)
TRACEPOINT(local_timer_exit)
TRACEPOINT(softirq_entry)
TRACEPOINT(softirq_exit)
TRACEPOINT(cpu_idle)
TRACEPOINT(ipi_send_cpu)
TRACEPOINT(hrtimer_start)
TRACEPOINT(hrtimer_cancel)
TRACEPOINT(hrtimer_expire_entry)
TRACEPOINT(hrtimer_expire_exit)
TRACEPOINT(nmi_handler)
TRACEPOINT(cgroup_attach_task)
TRACEPOINT(cgroup_mkdir)
TRACEPOINT(cgroup_rmdir)

/* ---- their records; comm is behind a __data_loc since 6.16 ---- */

SEC("tracepoint/task/task_rename")
int rec_rename(struct trace_event_raw_task_rename *r)
{
	if (r->pid != watched)
		return 0;
	renamed++;
	__builtin_memcpy(comm_then, r->oldcomm, sizeof(comm_then));
	__builtin_memcpy(comm_now, r->newcomm, sizeof(comm_now));
	return 0;
}

SEC("tracepoint/task/task_newtask")
int rec_newtask(struct trace_event_raw_task_newtask *r)
{
	newtasks++;
	return 0;
}

u32 dump_lines, event_records;
s64 refills;
char dump_line[16];

SEC("?tracepoint/sched_ext/sched_ext_dump")
int rec_dump(struct trace_event_raw_sched_ext_dump *r)
{
	char line[16] = {};

	dump_lines++;
	bpf_probe_read_kernel_str(line, sizeof(line), (void *)r + (r->__data_loc_line & 0xffff));
	if (line[0] == 'C' && line[4] == '1')
		__builtin_memcpy(dump_line, line, sizeof(dump_line));
	return 0;
}

SEC("?tracepoint/sched_ext/sched_ext_event")
int rec_event(struct trace_event_raw_sched_ext_event *r)
{
	char name[32] = {};

	event_records++;
	bpf_probe_read_kernel_str(name, sizeof(name), (void *)r + (r->__data_loc_name & 0xffff));
	if (!bpf_strncmp(name, 23, "SCX_EV_REFILL_SLICE_DFL"))
		refills += r->delta;
	return 0;
}

SEC("tracepoint/sched/sched_process_fork")
int rec_fork(struct trace_event_raw_sched_process_fork *r)
{
	forked += r->parent_pid == watched;
	return 0;
}

SEC("tracepoint/sched/sched_process_exec")
int rec_exec(struct trace_event_raw_sched_process_exec *r)
{
	if (r->pid == watched && r->old_pid == watched)
		execed++;
	bpf_probe_read_kernel_str(exec_name, sizeof(exec_name),
				  (void *)r + (r->__data_loc_filename & 0xffff));
	return 0;
}

SEC("tracepoint/sched/sched_process_exit")
int rec_exit(void *record)
{
	struct trace_event_raw_sched_process_template *before = record;
	struct trace_event_raw_sched_process_exit *r = record;

	if (bpf_core_type_exists(struct trace_event_raw_sched_process_exit)) {
		exited += r->pid == watched;
		group_dead += r->pid == watched && r->group_dead;
	} else {
		exited += before->pid == watched;
	}
	return 0;
}

SEC("tracepoint/sched/sched_process_free")
int rec_free(struct trace_event_raw_sched_process_template *r)
{
	freed += r->pid == watched;
	return 0;
}

SEC("tracepoint/sched/sched_migrate_task")
int rec_migrate(struct trace_event_raw_sched_migrate_task *r)
{
	migrated += r->pid == watched && r->orig_cpu != r->dest_cpu;
	return 0;
}

/* ---- security hooks ---- */

#define HOOK(name, args...) \
	u32 lsm_##name; \
	SEC("lsm/" #name) int BPF_PROG(ask_##name, args) \
	{ \
		lsm_##name++; \
		return deny == DENY_##name ? -EPERM : 0; \
	}

HOOK(task_alloc, struct task_struct *task, u64 flags)
HOOK(task_setnice, struct task_struct *p, int nice)
HOOK(task_setscheduler, struct task_struct *p)
HOOK(task_kill, struct task_struct *p, void *info, int sig, void *cred)
HOOK(task_getpgid, struct task_struct *p)

u32 lsm_bprm, lsm_free;

SEC("lsm/bprm_check_security")
int BPF_PROG(ask_bprm, void *bprm)
{
	lsm_bprm++;
	return deny == DENY_bprm ? -EPERM : 0;
}

SEC("lsm/task_free")
int BPF_PROG(told_free, struct task_struct *p)
{
	lsm_free++;
	return 0;
}

/* it may sleep there, and not here */
SEC("lsm.s/task_setscheduler")
int BPF_PROG(sleep_setscheduler, struct task_struct *p)
{
	return 0;
}

SEC("?lsm.s/task_getpgid")
int BPF_PROG(sleep_lsm_getpgid, struct task_struct *p)
{
	return 0;
}

SEC("?fmod_ret/resched_curr")
int BPF_PROG(modify_resched)
{
	return 0;
}

/* ---- functions of the scheduler core; the scheduler is there to have them called ---- */

#define FUNCTION(name) \
	u32 in_##name, out_##name; \
	SEC("?fentry/" #name) int fn_in_##name(void *ctx) \
	{ \
		__sync_fetch_and_add(&in_##name, 1); \
		return 0; \
	} \
	SEC("?fexit/" #name) int fn_out_##name(void *ctx) \
	{ \
		__sync_fetch_and_add(&out_##name, 1); \
		return 0; \
	}

FUNCTION(resched_curr)
FUNCTION(resched_curr_lazy)
FUNCTION(__resched_curr)
FUNCTION(kick_cpus_irq_workfn)
FUNCTION(kick_sync_wait_bal_cb)
FUNCTION(pick_task_scx)
FUNCTION(pick_task_fair)
FUNCTION(pick_next_task_fair)
FUNCTION(pick_task_rt)
FUNCTION(pick_task_idle)
FUNCTION(balance_scx)
FUNCTION(put_prev_task_scx)
FUNCTION(set_next_task_scx)
FUNCTION(enqueue_task_scx)
FUNCTION(dequeue_task_scx)
FUNCTION(scx_tick)

SCX_OP(e_tick)
void BPF_PROG(e_tick, struct task_struct *p)
{
	scx_bpf_kick_cpu((bpf_get_smp_processor_id() + 1) % scx_bpf_nr_cpu_ids(), SCX_KICK_PREEMPT);
}

SCX_OP(e_enqueue)
void BPF_PROG(e_enqueue, struct task_struct *p, u64 enq_flags)
{
	dsq_insert(p, SCX_DSQ_GLOBAL, 2000000, enq_flags);
}

SEC(".struct_ops.link")
struct sched_ext_ops everywhere_ops = {
	.tick = (void *)e_tick,
	.enqueue = (void *)e_enqueue,
	.name = "everywhere",
};
