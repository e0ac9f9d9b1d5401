// SPDX-License-Identifier: GPL-2.0-only
/*
 * kfuncs_task.c - the kernel's generic kfuncs on tasks: references, lookup, and
 * the open-coded iterator over processes and threads.
 */
#include "bpf/env.h"
#include "bpf/helpers.h"
#include "bpf/prog.h"
#include "bpf/timer.h"
#include "bpf/vm.h"
#include "kern/boot.h"
#include "kern/ext/ext.h"
#include "kern/ext/kfuncs.h"

#include <errno.h>

#define S32(x) ((u64)(s64)(s32)(x))

/* ---- references ---- */

/* A task that has switched out for good is not given out any more. */
static u64 task_ref(struct task_struct *p)
{
	if (!p || p->m->dead)
		return 0;
	get_task_struct(p);
	p->m->guest_refs++;
	return P64(p);
}

static u64 task_acquire(struct vm *vm, const u64 *a)
{
	return task_ref(scx_kf_task(vm, a[0]));
}

static u64 task_release(struct vm *vm, const u64 *a)
{
	struct task_struct *p = scx_kf_task(vm, a[0]);

	if (p && !p->m->guest_refs) {
		vm_fault(vm, FAULT_WILD_STORE, a[0], 0, "releases a task that nobody acquired");
	} else if (p) {
		p->m->guest_refs--;
		put_task_struct(p);
	}
	return 0;
}

static u64 task_from_pid(struct vm *vm, const u64 *a)
{
	return task_ref(find_task_by_pid((pid_t)a[0]));
}

/* ---- struct bpf_iter_task: three words on the guest's stack, not to be trusted ---- */

enum { TASK_ITER_ALL_PROCS, TASK_ITER_ALL_THREADS, TASK_ITER_PROC_THREADS };

struct bpf_iter_task_kern {
	struct task_struct *task;	/* whose threads; otherwise unused */
	struct task_struct *pos;	/* what next() returns; NULL: the end */
	u32 flags;
};
_Static_assert(sizeof(struct bpf_iter_task_kern) == 3 * sizeof(u64), "bpf_iter_task");

static bool iter_shows(const struct bpf_iter_task_kern *kit, const struct task_struct *p)
{
	switch (kit->flags) {
	case TASK_ITER_ALL_PROCS:
		return p->pid == p->tgid;
	case TASK_ITER_PROC_THREADS:
		return kit->task && p->tgid == kit->task->tgid;
	default:
		return true;
	}
}

/* the first behind @from in order of creation that the iterator shows */
static struct task_struct *iter_after(const struct bpf_iter_task_kern *kit, struct list_head *from)
{
	struct list_head *pos;

	for (pos = from->next; pos != &machine->tasks; pos = pos->next) {
		struct task_struct *p = list_entry(pos, struct task_struct, tasks);

		if (iter_shows(kit, p))
			return p;
	}
	return NULL;
}

/* As in the kernel a walk over the system begins with the idle task of CPU 0. */
static u64 iter_task_new(struct vm *vm, const u64 *a)
{
	struct bpf_iter_task_kern *kit = vm_obj(vm, a[0], sizeof(*kit));
	struct task_struct *task = scx_kf_task(vm, a[1]);
	u32 flags = (u32)a[2];

	if (!kit)
		return S32(-EINVAL);
	kit->pos = NULL;
	if (flags > TASK_ITER_PROC_THREADS || (flags == TASK_ITER_PROC_THREADS && !task))
		return S32(-EINVAL);
	kit->task = flags == TASK_ITER_PROC_THREADS ? task : cpu_rq(0)->idle;
	kit->pos = kit->task;
	kit->flags = flags;
	return 0;
}

static u64 iter_task_next(struct vm *vm, const u64 *a)
{
	struct bpf_iter_task_kern *kit = vm_obj(vm, a[0], sizeof(*kit));
	struct task_struct *pos = kit ? scx_kf_task(vm, P64(kit->pos)) : NULL;

	if (!pos)
		return 0;
	kit->task = scx_kf_task(vm, P64(kit->task));
	kit->pos = iter_after(kit, is_idle_task(pos) ? &machine->tasks : &pos->tasks);
	return P64(pos);
}

static u64 iter_task_destroy(struct vm *vm, const u64 *a)
{
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
	{ "bpf_task_acquire", task_acquire, KF_ACQUIRE | KF_RCU | KF_RET_NULL, 0, 0, 0, NULL },
	{ "bpf_task_release", task_release, KF_RELEASE, 0, 0, 0, NULL },
	{ "bpf_task_from_pid", task_from_pid, KF_ACQUIRE | KF_RET_NULL, 0, 0, 0, NULL },
	{ "bpf_task_from_vpid", task_from_pid, KF_ACQUIRE | KF_RET_NULL, 0, 0x0703, 0, NULL },
	{ "bpf_task_work_schedule_resume", task_work_schedule_resume, KF_IMPLICIT_ARGS, 0, 0x0703, 0, NULL },
	{ "bpf_task_work_schedule_signal", task_work_schedule_signal, KF_IMPLICIT_ARGS, 0, 0x0703, 0, NULL },
	{ "bpf_iter_task_new", iter_task_new, KF_ITER, 0, 0, 0, NULL },
	{ "bpf_iter_task_next", iter_task_next, KF_ITER | KF_RET_NULL, 0, 0, 0, NULL },
	{ "bpf_iter_task_destroy", iter_task_destroy, KF_ITER, 0, 0, 0, NULL },
};

void kern_kfuncs_register(void)
{
	kfunc_register(kfuncs, ARRAY_SIZE(kfuncs));
}
