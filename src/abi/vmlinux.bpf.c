// SPDX-License-Identifier: GPL-2.0-only
/*
 * vmlinux.bpf.c - the translation unit whose BTF is the machine's types, of all
 * profiles together. Compiled by clang for BPF, never run.
 *
 * clang writes BTF for what functions and variables need. So each type, kfunc
 * and hook of the tables gets one of either: functions stay as FUNCs, per-CPU
 * variables as VARs of their section, the other variables (emit_*) only keep a
 * type alive and are dropped by btf_filter.c. Names that have another
 * shape in each profile get a declaration for each, under names of their own.
 */
#include "abi/bpf.h"
#include "abi/cgroup.h"
#include "abi/cpufreq.h"
#include "abi/ext.h"
#include "abi/process.h"
#include "abi/sched.h"
#include "abi/trace.h"

#define ENUM_BEGIN(name) enum name *emit_enum_##name;
#define ENUM_VALUE(name, v)
#define ENUM_WHEN(name, v, dates)
#define ENUM_DIFF(name, v, dates)
#define ENUM_THEN(name, v, dates)
#define ENUM_END(name)
#include "abi/enums.def"

#define EMIT(type, tag) type *emit_##tag
#define EMIT_STRUCT(name) struct name *emit_struct_##name

/* names that clients expect in a vmlinux.h without a declaration using them */
typedef __u16 __be16;
typedef __u32 __be32;
typedef __u64 __be64;
typedef __u32 __wsum;
typedef struct {
	void *lock;
} class_rcu_t;
typedef s64 ktime_t;
typedef int (*bpf_task_work_callback_t)(struct bpf_map *, void *, void *);

EMIT(s8, s8);
EMIT(u8, u8);
EMIT(s16, s16);
EMIT(u16, u16);
EMIT(s32, s32);
EMIT(u32, u32);
EMIT(s64, s64);
EMIT(u64, u64);
EMIT(__s8, __s8);
EMIT(__u8, __u8);
EMIT(__s16, __s16);
EMIT(__u16, __u16);
EMIT(__s32, __s32);
EMIT(__u32, __u32);
EMIT(__s64, __s64);
EMIT(__u64, __u64);
EMIT(bool, bool);
EMIT(size_t, size_t);
EMIT(ssize_t, ssize_t);
EMIT(loff_t, loff_t);
EMIT(pid_t, pid_t);
EMIT(__be16, __be16);
EMIT(__be32, __be32);
EMIT(__be64, __be64);
EMIT(__wsum, __wsum);
EMIT(class_rcu_t, class_rcu_t);
EMIT(ktime_t, ktime_t);
/* the words of C and of uapi that programs are written with */
#define WORD(type, name) typedef type name; EMIT(name, name)
WORD(u8, uint8_t);
WORD(u16, uint16_t);
WORD(u32, uint32_t);
WORD(u64, uint64_t);
WORD(s8, int8_t);
WORD(s16, int16_t);
WORD(s32, int32_t);
WORD(s64, int64_t);
WORD(unsigned long, uintptr_t);
WORD(unsigned short, ushort);
WORD(unsigned int, uint);
WORD(unsigned long, ulong);
WORD(u8, u_int8_t);
WORD(u32, u_int32_t);
WORD(int, __kernel_pid_t);
WORD(long, __kernel_long_t);
WORD(unsigned long, __kernel_ulong_t);
WORD(__kernel_ulong_t, __kernel_size_t);
WORD(__kernel_long_t, __kernel_off_t);
WORD(__kernel_off_t, off_t);
WORD(__u16, __le16);
WORD(__u32, __le32);
WORD(__u64, __le64);
WORD(__u16, __sum16);
WORD(unsigned int, __poll_t);
WORD(unsigned int, gfp_t);
WORD(unsigned int, fmode_t);
WORD(unsigned short, umode_t);
WORD(unsigned int, uid_t);
WORD(unsigned int, gid_t);
WORD(u32, dev_t);
WORD(__s64, time64_t);
WORD(int, clockid_t);
WORD(u64, sector_t);
WORD(u64, blkcnt_t);
WORD(u64, phys_addr_t);
WORD(u64, dma_addr_t);

EMIT(atomic_t, atomic_t);
EMIT(atomic64_t, atomic64_t);
EMIT(atomic_long_t, atomic_long_t);
EMIT(cpumask_var_t, cpumask_var_t);
EMIT(nodemask_t, nodemask_t);
EMIT(bpf_user_pt_regs_t, bpf_user_pt_regs_t);

EMIT_STRUCT(bpf_cgroup_storage_key);
EMIT_STRUCT(bpf_cpumask);
EMIT_STRUCT(bpf_iter__task);
EMIT_STRUCT(bpf_iter_meta);
EMIT_STRUCT(bpf_iter_scx_dsq_kern);
EMIT_STRUCT(bpf_list_head);
EMIT_STRUCT(bpf_list_node);
EMIT_STRUCT(bpf_map);
EMIT_STRUCT(bpf_perf_event_data);
EMIT_STRUCT(bpf_perf_event_value);
EMIT_STRUCT(bpf_pidns_info);
EMIT_STRUCT(bpf_prog);
EMIT_STRUCT(bpf_prog_aux);
EMIT_STRUCT(bpf_raw_tracepoint_args);
EMIT_STRUCT(bpf_rb_node);
EMIT_STRUCT(bpf_rb_root);
EMIT_STRUCT(bpf_refcount);
EMIT_STRUCT(bpf_spin_lock);
EMIT_STRUCT(bpf_stack_build_id);
EMIT_STRUCT(bpf_struct_ops_sched_ext_ops);
EMIT_STRUCT(bpf_struct_ops_sched_ext_ops_cid);
EMIT_STRUCT(bpf_struct_ops_tcp_congestion_ops);
EMIT_STRUCT(bpf_task_work);
EMIT_STRUCT(bpf_timer);
EMIT_STRUCT(bpf_wq);
EMIT_STRUCT(callback_head);
EMIT_STRUCT(cgroup);
EMIT_STRUCT(cpuset);
EMIT_STRUCT(cred);
EMIT_STRUCT(css_set);
EMIT_STRUCT(hlist_head);
EMIT_STRUCT(hlist_node);
EMIT_STRUCT(kernfs_node);
EMIT_STRUCT(kthread);
EMIT_STRUCT(mempolicy);
EMIT_STRUCT(mm_struct);
EMIT_STRUCT(pid);
EMIT_STRUCT(pid_namespace);
EMIT_STRUCT(rq);
EMIT_STRUCT(scx_cmask);
EMIT_STRUCT(scx_cpu_acquire_args);
EMIT_STRUCT(scx_cpu_release_args);
EMIT_STRUCT(scx_dump_ctx);
EMIT_STRUCT(scx_enable_args);
EMIT_STRUCT(scx_exit_info);
EMIT_STRUCT(scx_exit_task_args);
EMIT_STRUCT(scx_init_task_args);
EMIT_STRUCT(scx_cgroup_init_args);
EMIT_STRUCT(scx_sub_attach_args);
EMIT_STRUCT(scx_sub_detach_args);
EMIT_STRUCT(seq_file);
EMIT_STRUCT(signal_struct);
EMIT_STRUCT(task_group);
EMIT_STRUCT(trace_event_raw_hrtimer_class);
EMIT_STRUCT(trace_event_raw_hrtimer_expire_entry);
EMIT_STRUCT(trace_event_raw_hrtimer_start);
EMIT_STRUCT(trace_event_raw_ipi_send_cpu);
EMIT_STRUCT(trace_event_raw_nmi_handler);
EMIT_STRUCT(trace_event_raw_sched_ext_dump);
EMIT_STRUCT(trace_event_raw_sched_ext_event);
EMIT_STRUCT(trace_event_raw_sched_migrate_task___fixed);
EMIT_STRUCT(trace_event_raw_sched_migrate_task);
EMIT_STRUCT(trace_event_raw_sched_process_exec);
EMIT_STRUCT(trace_event_raw_sched_process_exit);
EMIT_STRUCT(trace_event_raw_sched_process_fork___fixed);
EMIT_STRUCT(trace_event_raw_sched_process_fork);
EMIT_STRUCT(trace_event_raw_sched_process_template___fixed);
EMIT_STRUCT(trace_event_raw_sched_process_template);
EMIT_STRUCT(trace_event_raw_sched_switch);
EMIT_STRUCT(trace_event_raw_sched_wake_idle_without_ipi);
EMIT_STRUCT(trace_event_raw_sched_wakeup_template);
EMIT_STRUCT(trace_event_raw_sys_enter);
EMIT_STRUCT(trace_event_raw_sys_exit);
EMIT_STRUCT(trace_event_raw_task_newtask);
EMIT_STRUCT(trace_event_raw_task_rename);
EMIT_STRUCT(trace_event_raw_x86_irq_vector);
EMIT_STRUCT(upid);
EMIT_STRUCT(worker);

/* Functions need a body to get a FUNC; an endless loop suits every return type. */
#define BODY { for (;;) ; }
#define PLAIN(tags, ret, name, args) tags ret name args BODY
/* one C name a row, since a name may have several rows */
#define ROW_NAME_(name, line) name##__##line
#define ROW_NAME(name, line) ROW_NAME_(name, line)
#define UNIQUE(name) ROW_NAME(name, __LINE__)
#define DATED(tags, dates, ret, name, args) \
	PLAIN(tags __when(dates) __named(#name), ret, UNIQUE(name), args)

#define KF __attribute__((btf_decl_tag("bpf_kfunc")))
#define KFUNC(ret, name, args) PLAIN(KF, ret, name, args)
#define KFUNC_WHEN(dates, ret, name, args) DATED(KF, dates, ret, name, args)
#include "abi/kfuncs.def"

#define FUNCTION(ret, name, args) PLAIN(, ret, name, args)
#define FUNCTION_WHEN(dates, ret, name, args) DATED(, dates, ret, name, args)
#define LSM_HOOK(ret, name, args) FUNCTION(ret, bpf_lsm_##name, args)
#define LSM_HOOK_WHEN(dates, ret, name, args) FUNCTION_WHEN(dates, ret, bpf_lsm_##name, args)
#define TRACE(tags, name, args) \
	typedef void (*btf_trace_##name) args tags; \
	btf_trace_##name *emit_trace_##name;
#define TRACE_ROW(tags, name, args) TRACE(tags, name, args)
#define TRACEPOINT(name, args) TRACE(, name, args)
#define TRACEPOINT_WHEN(dates, name, args) \
	TRACE_ROW(__when(dates) __named("btf_trace_" #name), UNIQUE(name), args)
#define IN_PERCPU __attribute__((section(".data..percpu")))
#define PERCPU(type, name) type name IN_PERCPU;
#define PERCPU_WHEN(dates, type, name) \
	type UNIQUE(name) IN_PERCPU __when(dates) __named(#name);

struct affinity_context;
struct bpf_link;
struct hrtimer;
struct kernel_siginfo;
struct kernfs_open_file;
struct irqaction;
struct linux_binprm;
struct rq_flags;
struct sockaddr;
struct socket;
#include "abi/functions.def"
