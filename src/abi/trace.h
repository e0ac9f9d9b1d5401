/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * trace.h - contexts of tracing programs: registers, the records that classic
 * tracepoints hand over, iterators.
 */
#ifndef KS_ABI_TRACE_H
#define KS_ABI_TRACE_H

#include "base/annot.h"
#include "abi/sched.h"

/*
 * x86-64's. A system call's number is in orig_ax, its arguments are in di, si,
 * dx, r10, r8, r9, its result is in ax.
 */
struct pt_regs {
	unsigned long r15 __undriven;
	unsigned long r14 __undriven;
	unsigned long r13 __undriven;
	unsigned long r12 __undriven;
	unsigned long bp __undriven;
	unsigned long bx __undriven;
	unsigned long r11 __undriven;
	unsigned long r10;
	unsigned long r9;
	unsigned long r8;
	unsigned long ax;
	unsigned long cx __undriven;
	unsigned long dx;
	unsigned long si;
	unsigned long di;
	unsigned long orig_ax;
	unsigned long ip __undriven;
	unsigned long cs __host;
	unsigned long flags __undriven;
	unsigned long sp __undriven;
	unsigned long ss __host;
};

typedef struct pt_regs bpf_user_pt_regs_t;

struct bpf_perf_event_data {
	bpf_user_pt_regs_t regs;
	__u64 sample_period;
	__u64 addr __undriven;
};

struct trace_entry {
	unsigned short type;
	unsigned char flags;
	unsigned char preempt_count;
	int pid;
};

struct trace_event_raw_sched_switch {
	struct trace_entry ent;
	char prev_comm[TASK_COMM_LEN];
	pid_t prev_pid;
	int prev_prio;
	long prev_state;
	char next_comm[TASK_COMM_LEN];
	pid_t next_pid;
	int next_prio;
	char __data[];
};

struct trace_event_raw_sched_wakeup_template {
	struct trace_entry ent;
	char comm[TASK_COMM_LEN];
	pid_t pid;
	int prio;
	int target_cpu;
	char __data[];
};

/* what is behind a __data_loc: bytes from the record's start, and their number << 16 */
#define TRACE_DATA_LOC(offset, bytes) ((u32)(offset) | (u32)(bytes) << 16)

struct trace_event_raw_sched_process_template___fixed {
	struct trace_entry ent;
	char comm[TASK_COMM_LEN];
	pid_t pid;
	int prio;
	char __data[];
} __until("6.16") __named("trace_event_raw_sched_process_template");

struct trace_event_raw_sched_process_template {
	struct trace_entry ent;
	u32 __data_loc_comm;
	pid_t pid;
	int prio;
	char __data[];
} __since("6.16");

struct trace_event_raw_sched_process_exit {
	struct trace_entry ent;
	char comm[TASK_COMM_LEN];
	pid_t pid;
	int prio;
	bool group_dead;
	char __data[];
} __since("6.16");

struct trace_event_raw_sched_process_fork___fixed {
	struct trace_entry ent;
	char parent_comm[TASK_COMM_LEN];
	pid_t parent_pid;
	char child_comm[TASK_COMM_LEN];
	pid_t child_pid;
	char __data[];
} __until("6.16") __named("trace_event_raw_sched_process_fork");

struct trace_event_raw_sched_process_fork {
	struct trace_entry ent;
	u32 __data_loc_parent_comm;
	pid_t parent_pid;
	u32 __data_loc_child_comm;
	pid_t child_pid;
	char __data[];
} __since("6.16");

struct trace_event_raw_sched_process_exec {
	struct trace_entry ent;
	u32 __data_loc_filename;
	pid_t pid;
	pid_t old_pid;
	char __data[];
};

struct trace_event_raw_sched_migrate_task___fixed {
	struct trace_entry ent;
	char comm[TASK_COMM_LEN];
	pid_t pid;
	int prio;
	int orig_cpu;
	int dest_cpu;
	char __data[];
} __until("6.16") __named("trace_event_raw_sched_migrate_task");

struct trace_event_raw_sched_migrate_task {
	struct trace_entry ent;
	u32 __data_loc_comm;
	pid_t pid;
	int prio;
	int orig_cpu;
	int dest_cpu;
	char __data[];
} __since("6.16");

struct trace_event_raw_sched_wake_idle_without_ipi {
	struct trace_entry ent;
	int cpu;
	char __data[];
};

struct trace_event_raw_task_newtask {
	struct trace_entry ent;
	pid_t pid;
	char comm[TASK_COMM_LEN];
	unsigned long clone_flags;
	short oom_score_adj __undriven;
	char __data[];
};

struct trace_event_raw_task_rename {
	struct trace_entry ent;
	pid_t pid __when(UNTIL("6.16") SINCE("6.19"));
	char oldcomm[TASK_COMM_LEN];
	char newcomm[TASK_COMM_LEN];
	short oom_score_adj __undriven;
	char __data[];
};

struct trace_event_raw_x86_irq_vector {
	struct trace_entry ent;
	int vector;
	char __data[];
};

struct trace_event_raw_nmi_handler {
	struct trace_entry ent;
	void *handler;
	s64 delta_ns;
	int handled;
	char __data[];
};

struct trace_event_raw_ipi_send_cpu {
	struct trace_entry ent;
	unsigned int cpu;
	void *callsite;
	void *callback;
	char __data[];
};

struct trace_event_raw_sched_ext_dump {
	struct trace_entry ent;
	u32 __data_loc_line;
	char __data[];
};

struct trace_event_raw_sched_ext_event {
	struct trace_entry ent;
	u32 __data_loc_name;
	__s64 delta;
	char __data[];
} __since("6.16");

enum hrtimer_mode {
	HRTIMER_MODE_ABS = 0x00,
	HRTIMER_MODE_REL = 0x01,
	HRTIMER_MODE_PINNED = 0x02,
	HRTIMER_MODE_SOFT = 0x04,
	HRTIMER_MODE_HARD = 0x08,
	HRTIMER_MODE_ABS_PINNED = 0x02,
	HRTIMER_MODE_REL_PINNED = 0x03,
	HRTIMER_MODE_ABS_SOFT = 0x04,
	HRTIMER_MODE_REL_SOFT = 0x05,
	HRTIMER_MODE_ABS_PINNED_SOFT = 0x06,
	HRTIMER_MODE_REL_PINNED_SOFT = 0x07,
	HRTIMER_MODE_ABS_HARD = 0x08,
	HRTIMER_MODE_REL_HARD = 0x09,
	HRTIMER_MODE_ABS_PINNED_HARD = 0x0a,
	HRTIMER_MODE_REL_PINNED_HARD = 0x0b,
};

struct trace_event_raw_hrtimer_start {
	struct trace_entry ent;
	void *hrtimer;
	void *function __undriven;
	s64 expires;
	s64 softexpires;
	enum hrtimer_mode mode;
	bool was_armed __when(UNTIL("6.16") SINCE("7.0"));
	char __data[];
};

struct trace_event_raw_hrtimer_expire_entry {
	struct trace_entry ent;
	void *hrtimer;
	s64 now;
	void *function __undriven;
	char __data[];
};

struct trace_event_raw_hrtimer_class {
	struct trace_entry ent;
	void *hrtimer;
	char __data[];
};

struct trace_event_raw_sys_enter {
	struct trace_entry ent;
	long id;
	unsigned long args[6];
	char __data[];
};

struct trace_event_raw_sys_exit {
	struct trace_entry ent;
	long id;
	long ret;
	char __data[];
};

struct seq_file {
	char *buf;
	size_t size;
	size_t count;
};

struct bpf_iter_meta {
	struct seq_file *seq;
	u64 session_id;
	u64 seq_num;
};

struct bpf_iter__task {
	struct bpf_iter_meta *meta;
	struct task_struct *task;
};

#endif
