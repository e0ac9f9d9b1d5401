/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * timer.h - bpf_timer, bpf_wq and bpf_task_work: what hides in opaque bytes of a map
 * value.
 *
 * A struct vm_timer is host memory, found by the address of the field that owns it;
 * what a guest stores into the field means nothing. The kernel model keeps its own
 * queue entry in @host; it calls
 * vm_timer_fire() at the time it was given (bpf_timer, soft irq) or vm_work_fire()
 * in a kernel thread (bpf_wq).
 */
#ifndef KS_BPF_TIMER_H
#define KS_BPF_TIMER_H

#include "base/types.h"

struct map;
struct prog;

enum vm_timer_kind { VM_TIMER, VM_WORK, VM_TASK_WORK };

struct vm_timer {
	u64 home; /* guest address of the field that owns it; 0: none any more */
	enum vm_timer_kind kind;
	struct map *map;   /* whose value it is in; outlives the timer */
	struct prog *prog; /* referenced while a callback is set */
	u64 callback;	   /* as vm_call() takes it; 0: none */
	u64 value;	   /* guest address of the map value */
	u32 *index;	   /* ZONE_KOBJ; array: the key, for the callback to point at */
	u64 expires_ns;
	u32 running;		      /* callbacks in progress */
	u32 waiters;		      /* CPUs that wait for them */
	u32 cancelling;		      /* callbacks that wait for this one to end */
	bool queued;		      /* VM_WORK, VM_TASK_WORK: handed to the environment */
	bool freed;		      /* its value went while it ran or was queued */
	void *host;		      /* the environment's, NULL at first */
	struct vm_timer *prev, *next; /* of all */
};

/* The environment's clock reached the timer. */
void vm_timer_fire(struct vm_timer *t);
/* A worker took it from the queue. */
void vm_work_fire(struct vm_timer *w);
/* The task has come to it; or (not @run) never will. */
void vm_task_work_fire(struct vm_timer *w, bool run);

/* --- for helpers, kfuncs and maps; @field: guest address --- */

s64 vm_timer_init(u64 field, struct map *map, u64 flags);
s64 vm_timer_set_callback(u64 field, u64 callback, struct prog *prog);
s64 vm_timer_start(u64 field, u64 nsecs, u64 flags);
s64 vm_timer_cancel(u64 field);
s64 vm_work_init(u64 field, struct map *map, u64 flags);
s64 vm_work_set_callback(u64 field, u64 callback, struct prog *prog, u64 flags);
s64 vm_work_start(u64 field, u64 flags);
/* bpf_task_work: @callback of @prog runs in the task at @task, see ENV->task_work() */
s64 vm_task_work_schedule(u64 field, struct map *map, u64 task, u64 callback, struct prog *prog,
			  bool signal);
/* The field's value goes away or is overwritten: stop and free what is there. */
void vm_timer_free(u64 field);
/* after the machine */
void vm_timers_reset(void);

#endif
