// SPDX-License-Identifier: GPL-2.0-only
/*
 * kfuncs_task.c - the kernel's generic kfuncs on tasks: references, lookup, and
 * the open-coded iterator over processes and threads.
 */
#include "abi/process.h"
#include "bpf/env.h"
#include "bpf/helpers.h"
#include "bpf/prog.h"
#include "bpf/timer.h"
#include "bpf/vm.h"
#include "kern/boot.h"
#include "kern/ext/ext.h"
#include "kern/ext/kfuncs.h"

#include <errno.h>

/* ---- references ---- */

/* A task that has switched out for good goes to nobody but who holds it. */
static u64 task_ref(struct task_struct *p, bool held)
{
	if (!p || (host_of(p)->m->dead && !held))
		return 0;
	get_task_struct(p);
	host_of(p)->m->guest_refs++;
	return P64(p);
}

static u64 task_acquire(struct vm *vm, const u64 *a)
{
	struct task_struct *p = scx_kf_task(vm, a[0]);

	return task_ref(p, p && host_of(p)->m->guest_refs);
}

static u64 task_release(struct vm *vm, const u64 *a)
{
	struct task_struct *p = scx_kf_task(vm, a[0]);

	if (p && !host_of(p)->m->guest_refs) {
		vm_fault(vm, FAULT_WILD_STORE, a[0], 0, "releases a task that nobody acquired");
	} else if (p) {
		host_of(p)->m->guest_refs--;
		put_task_struct(p);
	}
	return 0;
}

static u64 task_from_pid(struct vm *vm, const u64 *a)
{
	return task_ref(find_task_by_pid((pid_t)a[0]), false);
}

/* ---- struct bpf_iter_task: its state is the host's, and holds references ---- */

enum { TASK_ITER_ALL_PROCS, TASK_ITER_ALL_THREADS, TASK_ITER_PROC_THREADS };

struct iter_task {
	struct task_struct *task;  /* the process that the walk is at */
	struct task_struct *pos;   /* what next() returns; NULL: the end */
	struct task_struct *shown; /* what it returned last: the program looks at it */
	u32 flags;
};

#define ITER_TASK_BYTES (3 * sizeof(u64)) /* of struct bpf_iter_task on the guest's stack */

static void hold(struct task_struct **slot, struct task_struct *p)
{
	if (p)
		get_task_struct(p);
	if (*slot)
		put_task_struct(*slot);
	*slot = p;
}

static void iter_task_finish(void *state)
{
	struct iter_task *kit = state;

	hold(&kit->task, NULL);
	hold(&kit->pos, NULL);
	hold(&kit->shown, NULL);
}

/* The first living one of @p's process behind @pos; tasks keep their place there until freed. */
static struct task_struct *thread_after(const struct task_struct *p, const struct list_head *pos)
{
	for (pos = pos->next; pos != &p->signal->thread_head; pos = pos->next) {
		struct task_struct *t = list_entry(pos, struct task_struct, thread_node);

		if (!host_of(t)->m->dead)
			return t;
	}
	return NULL;
}

/* a leader that is dead does not hide its threads */
static bool begins_process(const struct iter_task *kit, const struct task_struct *p)
{
	if (kit->flags == TASK_ITER_ALL_PROCS)
		return p->pid == p->tgid && !host_of(p)->m->dead;
	return thread_after(p, &p->signal->thread_head) == p;
}

/* The one it is at may have left the list of tasks, where pids ascend. */
static struct task_struct *next_process(const struct iter_task *kit)
{
	struct list_head *pos = list_empty(&kit->task->tasks) ? machine->tasks : &kit->task->tasks;

	for (pos = pos->next; pos != machine->tasks; pos = pos->next) {
		struct task_struct *p = list_entry(pos, struct task_struct, tasks);

		if (p->pid > kit->task->pid && begins_process(kit, p))
			return p;
	}
	return NULL;
}

/* As in the kernel a walk over the system begins with the idle task of CPU 0. */
static u64 iter_task_new(struct vm *vm, const u64 *a)
{
	struct task_struct *task = scx_kf_task(vm, a[1]);
	u32 flags = (u32)a[2];
	struct iter_task *kit;

	if (!vm_obj(vm, a[0], ITER_TASK_BYTES))
		return S32(-EINVAL);
	vm_iter_drop(vm, a[0], iter_task_finish);
	if (flags > TASK_ITER_PROC_THREADS || (flags == TASK_ITER_PROC_THREADS && !task))
		return S32(-EINVAL);
	kit = vm_iter_new(vm, a[0], sizeof(*kit), iter_task_finish);
	if (!kit)
		return S32(-ENOMEM);
	hold(&kit->task, flags == TASK_ITER_PROC_THREADS ? task : cpu_rq(0)->idle);
	hold(&kit->pos, kit->task);
	kit->flags = flags;
	return 0;
}

/* task_iter.c:bpf_iter_task_next(): process by process, each with its threads */
static struct task_struct *iter_task_step(struct iter_task *kit)
{
	struct task_struct *p = NULL;

	if (kit->flags != TASK_ITER_ALL_PROCS)
		p = thread_after(kit->pos, &kit->pos->thread_node);
	if (p || kit->flags == TASK_ITER_PROC_THREADS)
		return p;
	p = next_process(kit);
	if (p)
		hold(&kit->task, p);
	return p;
}

static u64 iter_task_next(struct vm *vm, const u64 *a)
{
	struct iter_task *kit = vm_iter_find(vm, a[0], iter_task_finish);

	if (!kit)
		return 0;
	hold(&kit->shown, kit->pos);
	if (kit->pos)
		hold(&kit->pos, iter_task_step(kit));
	return P64(kit->shown);
}

static u64 iter_task_destroy(struct vm *vm, const u64 *a)
{
	vm_iter_drop(vm, a[0], iter_task_finish);
	return 0;
}

/* ---- bpf_task_work ---- */

/* task, field, map, callback */
static u64 task_work_schedule(struct vm *vm, const u64 *a, bool signal)
{
	struct task_struct *p = scx_kf_task_nonnull(vm, a[0]);
	struct map *map = p ? arg_map(vm, a[2]) : NULL;

	if (!map)
		return 0;
	return S32(vm_task_work_schedule(a[1], map, P64(p), a[3], vm->prog, signal));
}

static u64 task_work_schedule_resume(struct vm *vm, const u64 *a)
{
	return task_work_schedule(vm, a, false);
}

static u64 task_work_schedule_signal(struct vm *vm, const u64 *a)
{
	return task_work_schedule(vm, a, true);
}

static const struct kfunc kfuncs[] = {
	{ "bpf_task_acquire", task_acquire, KF_ACQUIRE | KF_RCU | KF_RET_NULL, 0, NULL },
	{ "bpf_task_release", task_release, KF_RELEASE, 0, NULL },
	{ "bpf_task_from_pid", task_from_pid, KF_ACQUIRE | KF_RET_NULL, 0, NULL },
	{ "bpf_task_from_vpid", task_from_pid, KF_ACQUIRE | KF_RET_NULL, 0, NULL },
	{ "bpf_task_work_schedule_resume", task_work_schedule_resume, KF_IMPLICIT_ARGS, 0, NULL },
	{ "bpf_task_work_schedule_signal", task_work_schedule_signal, KF_IMPLICIT_ARGS, 0, NULL },
	{ "bpf_iter_task_new", iter_task_new, KF_ITER, 0, NULL },
	{ "bpf_iter_task_next", iter_task_next, KF_ITER | KF_RET_NULL, 0, NULL },
	{ "bpf_iter_task_destroy", iter_task_destroy, KF_ITER, 0, NULL },
};

void kern_kfuncs_register(void)
{
	kfunc_register(kfuncs, ARRAY_SIZE(kfuncs));
}
