/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * perf.h - perf events as counters and as sources of interrupts.
 *
 *	type, config			counts			overflows in
 *	SOFTWARE CPU_CLOCK, TASK_CLOCK	ns while it is active	hard irq of a timer
 *	SOFTWARE CONTEXT_SWITCHES	switches away		__schedule(), rq locked
 *	SOFTWARE CPU_MIGRATIONS		runs on another CPU	__schedule(), rq locked
 *	SOFTWARE, all others		nothing			never
 *	HARDWARE CPU_CYCLES		cycles while not idle	NMI
 *
 * Events of a task (@pid) are active while it runs, on @cpu if that is not -1;
 * those of a CPU always. A period in attr is in units of what is counted; a
 * frequency is in overflows a second. Overflows run the attached program, nothing
 * else: there are no sample buffers, no groups, and no inheritance by children.
 *
 * Tracepoint events are not here: hook_attach_tracepoint() takes their program.
 */
#ifndef KS_KERN_PERF_H
#define KS_KERN_PERF_H

#include "base/types.h"

struct bpf_perf_event_value;
struct cpumask;
struct perf_counter;
struct perf_event_attr;
struct prog;

/*
 * perf_event_create - perf_event_open(2)
 * @attr: copied; @cpu: -1 or a CPU; @pid: -1 (all, needs a CPU), 0 (current), a task
 * Starts as attr->disabled says. 0, and *@out for perf_event_destroy(); -ENOENT: no
 * such event on this machine; -EINVAL; -ENODEV: CPU offline; -ESRCH; -ENOMEM.
 */
int perf_event_create(const struct perf_event_attr *attr, s32 cpu, s32 pid,
		      struct perf_counter **out);
/* Drops the program. NULL is fine; also after the machine has stopped. */
void perf_event_destroy(struct perf_counter *pc);
void perf_event_enable(struct perf_counter *pc);
void perf_event_disable(struct perf_counter *pc);
void perf_event_reset(struct perf_counter *pc); /* the count */
/* @ns or count; 0 or -EINVAL (no sampling event, or 0) */
int perf_event_period(struct perf_counter *pc, u64 period);

/* A PERF_EVENT program for overflows, referenced. 0, -EEXIST (has one), -EINVAL (its type). */
int perf_event_attach_prog(struct perf_counter *pc, struct prog *prog, u64 cookie);
void perf_event_detach_prog(struct perf_counter *pc);

u64 perf_event_count(const struct perf_counter *pc); /* read(2) */
/* bpf_perf_event_read_value(): -EINVAL if it belongs to another CPU or task than the executing */
s64 perf_event_read_local(const struct perf_counter *pc, struct bpf_perf_event_value *value);

/*
 * nmi_trigger_backtrace - an NMI on each CPU of @mask, as sysrq-l sends. Nothing
 * is printed; tracepoint nmi_handler fires there.
 */
void nmi_trigger_backtrace(const struct cpumask *mask);

#endif
