// SPDX-License-Identifier: GPL-2.0-only
/*
 * kfuncs_dsq.c - scx_bpf_*() about dispatch queues, under the names of both
 * kernels:
 *
 *	first names			later names
 *	dispatch[_vtime]		dsq_insert[_vtime], ___v2, __..._vtime(args)
 *	consume				dsq_move_to_local[___v2]
 *	dispatch[_vtime]_from_dsq	dsq_move[_vtime]
 */
#include "abi/bpf.h"
#include "bpf/callable.h"
#include "bpf/prog.h"
#include "bpf/vm.h"
#include "kern/ext/dsq.h"
#include "kern/ext/kfuncs.h"

#include <errno.h>

/* ---- insert ---- */

static u64 insert(struct vm *vm, u64 p, u64 dsq_id, u64 slice, const u64 *vtime, u64 enq_flags)
{
	struct scx_sched *sch = scx_prog_sched(vm);

	return sch && scx_dsq_insert(sch, scx_kf_task(vm, p), dsq_id, slice, vtime, enq_flags);
}

static u64 scx_bpf_dsq_insert(struct vm *vm, const u64 *a)
{
	return insert(vm, a[0], a[1], a[2], NULL, a[3]);
}

static u64 scx_bpf_dsq_insert_vtime(struct vm *vm, const u64 *a)
{
	return insert(vm, a[0], a[1], a[2], &a[3], a[4]);
}

/* struct scx_bpf_dsq_insert_vtime_args { dsq_id, slice, vtime, enq_flags } */
static u64 scx_bpf_dsq_insert_vtime_packed(struct vm *vm, const u64 *a)
{
	const u64 *args = vm_obj_read(vm, a[1], 4 * sizeof(u64));

	return args ? insert(vm, a[0], args[0], args[1], &args[2], args[3]) : false;
}

/* ---- ops.dispatch's ---- */

/* the scheduler, if the running op may use the buffer */
static struct scx_sched *dispatch_sched(struct vm *vm)
{
	struct scx_sched *sch = scx_prog_sched(vm);

	return sch && scx_kf_allowed(sch, SCX_KF_DISPATCH) ? sch : NULL;
}

static u64 scx_bpf_dispatch_nr_slots(struct vm *vm, const u64 *a)
{
	struct scx_sched *sch = dispatch_sched(vm);

	return sch ? scx_dispatch_nr_slots(sch) : 0;
}

static u64 scx_bpf_dispatch_cancel(struct vm *vm, const u64 *a)
{
	struct scx_sched *sch = dispatch_sched(vm);

	if (sch)
		scx_dispatch_cancel(sch);
	return 0;
}

static u64 scx_bpf_dsq_move_to_local(struct vm *vm, const u64 *a)
{
	struct scx_sched *sch = dispatch_sched(vm);

	return sch && scx_dsq_move_to_local(sch, a[0], 0);
}

static u64 scx_bpf_dsq_move_to_local_v2(struct vm *vm, const u64 *a)
{
	struct scx_sched *sch = dispatch_sched(vm);

	return sch && scx_dsq_move_to_local(sch, a[0], a[1]);
}

static u64 scx_bpf_sub_dispatch(struct vm *vm, const u64 *a)
{
	struct scx_sched *sch = dispatch_sched(vm);

	return sch && scx_sub_dispatch(sch, a[0]);
}

/* ---- iterators ---- */

static void iter_finish(void *state)
{
	scx_dsq_iter_destroy(state);
}

static struct scx_dsq_iter *iter_arg(struct vm *vm, u64 addr)
{
	return vm_iter_find(vm, addr, iter_finish);
}

static u64 iter_scx_dsq_new(struct vm *vm, const u64 *a)
{
	struct scx_sched *sch = scx_prog_sched(vm);
	struct scx_dsq_iter *kit;

	if (!vm_obj(vm, a[0], sizeof(struct bpf_iter_scx_dsq)))
		return S32(-EINVAL);
	kit = vm_iter_new(vm, a[0], sizeof(*kit), iter_finish);
	if (kit && sch && scx_refused_in_nmi(sch, "bpf_iter_scx_dsq_new"))
		return S32(-EDEADLK);
	return kit ? S32(scx_dsq_iter_new(sch, kit, a[1], a[2])) : S32(-ENOMEM);
}

static u64 iter_scx_dsq_next(struct vm *vm, const u64 *a)
{
	struct scx_dsq_iter *kit = iter_arg(vm, a[0]);

	return kit ? P64(scx_dsq_iter_next(kit)) : 0;
}

static u64 iter_scx_dsq_destroy(struct vm *vm, const u64 *a)
{
	vm_iter_drop(vm, a[0], iter_finish);
	return 0;
}

/* ---- moving what is iterated ---- */

static u64 scx_bpf_dsq_move_set_slice(struct vm *vm, const u64 *a)
{
	struct scx_dsq_iter *kit = iter_arg(vm, a[0]);

	if (kit) {
		kit->slice = a[1];
		kit->cursor.flags |= __SCX_DSQ_ITER_HAS_SLICE;
	}
	return 0;
}

static u64 scx_bpf_dsq_move_set_vtime(struct vm *vm, const u64 *a)
{
	struct scx_dsq_iter *kit = iter_arg(vm, a[0]);

	if (kit) {
		kit->vtime = a[1];
		kit->cursor.flags |= __SCX_DSQ_ITER_HAS_VTIME;
	}
	return 0;
}

/* Context: any. */
static u64 dsq_move(struct vm *vm, const u64 *a, bool priq)
{
	struct scx_dsq_iter *kit = iter_arg(vm, a[0]);
	struct task_struct *p = scx_kf_task_nonnull(vm, a[1]);
	struct scx_sched *sch;

	if (!kit || !scx_dsq_iter_live(kit) || !p)
		return false;
	sch = kit->dsq->sched;
	if (!scx_kf_allowed_if_unlocked() && !scx_kf_allowed(sch, SCX_KF_DISPATCH))
		return false;
	return scx_dsq_move(sch, kit, p, a[2], a[3], priq);
}

static u64 scx_bpf_dsq_move(struct vm *vm, const u64 *a)
{
	return dsq_move(vm, a, false);
}

static u64 scx_bpf_dsq_move_vtime(struct vm *vm, const u64 *a)
{
	return dsq_move(vm, a, true);
}

/* ---- making, counting, looking ---- */

static u64 scx_bpf_create_dsq(struct vm *vm, const u64 *a)
{
	return S32(scx_create_dsq(scx_prog_sched(vm), a[0], (s32)a[1]));
}

static u64 scx_bpf_destroy_dsq(struct vm *vm, const u64 *a)
{
	struct scx_sched *sch = scx_prog_sched(vm);

	if (!sch || !scx_refused_in_nmi(sch, __func__))
		scx_destroy_dsq(sch, a[0]);
	return 0;
}

static u64 scx_bpf_dsq_nr_queued(struct vm *vm, const u64 *a)
{
	struct scx_sched *sch = scx_prog_sched(vm);

	if (!sch && K->b.kfunc_needs_sched)
		return S32(-ENODEV);
	return S32(scx_dsq_nr_queued(sch, a[0]));
}

static u64 scx_bpf_dsq_peek(struct vm *vm, const u64 *a)
{
	struct scx_sched *sch = scx_prog_sched(vm);

	return sch ? P64(scx_dsq_peek(sch, a[0])) : 0;
}

/* ---- reenqueueing ---- */

/* The rq is that of ops.cpu_release()'s CPU, which holds its lock. */
static u64 scx_bpf_reenqueue_local(struct vm *vm, const u64 *a)
{
	struct scx_sched *sch = scx_prog_sched(vm);

	if (!sch || !scx_kf_allowed(sch, SCX_KF_CPU_RELEASE))
		return 0;
	return scx_reenq_local(sch, this_rq(), SCX_REENQ_ANY);
}

/* Context: any. */
static void dsq_reenq(struct scx_sched *sch, u64 dsq_id, u64 flags)
{
	struct rq *locked = scx_locked_rq();

	if (flags & ~(u64)__SCX_REENQ_USER_MASK) {
		scx_error(sch, "invalid SCX_REENQ flags 0x%llx", flags);
		return;
	}
	if (!(flags & __SCX_REENQ_FILTER_MASK))
		flags |= SCX_REENQ_ANY;
	preempt_disable();
	scx_schedule_dsq_reenq(sch,
			       find_dsq_for_dispatch(sch, locked ? locked : this_rq(), dsq_id, NULL,
						     smp_processor_id()),
			       flags, locked);
	preempt_enable();
}

static u64 scx_bpf_dsq_reenq(struct vm *vm, const u64 *a)
{
	struct scx_sched *sch = scx_prog_sched(vm);

	if (sch && !scx_refused_in_nmi(sch, __func__))
		dsq_reenq(sch, a[0], a[1]);
	return 0;
}

static u64 scx_bpf_reenqueue_local_v2(struct vm *vm, const u64 *a)
{
	struct scx_sched *sch = scx_prog_sched(vm);

	if (sch)
		dsq_reenq(sch, SCX_DSQ_LOCAL, 0);
	return 0;
}

/* ---- the table ---- */

#define AUX KF_IMPLICIT_ARGS
#define MOVE (KFB(DISPATCH) | KFB(UNLOCKED))
#define KF(name, fn, flags, groups) { name, fn, flags, groups, scx_kfunc_allow }

static const struct kfunc kfuncs[] = {
	KF("scx_bpf_dispatch", scx_bpf_dsq_insert, KF_RCU, KFB(ENQUEUE)),
	KF("scx_bpf_dispatch_vtime", scx_bpf_dsq_insert_vtime, KF_RCU, KFB(ENQUEUE)),
	KF("scx_bpf_dsq_insert", scx_bpf_dsq_insert, AUX | KF_RCU, KFB(ENQUEUE)),
	KF("scx_bpf_dsq_insert___v2", scx_bpf_dsq_insert, AUX | KF_RCU, KFB(ENQUEUE)),
	KF("scx_bpf_dsq_insert_vtime", scx_bpf_dsq_insert_vtime, KF_RCU, KFB(ENQUEUE)),
	KF("__scx_bpf_dsq_insert_vtime", scx_bpf_dsq_insert_vtime_packed, AUX | KF_RCU,
	   KFB(ENQUEUE)),

	KF("scx_bpf_dispatch_nr_slots", scx_bpf_dispatch_nr_slots, AUX, KFB(DISPATCH)),
	KF("scx_bpf_dispatch_cancel", scx_bpf_dispatch_cancel, AUX, KFB(DISPATCH)),
	KF("scx_bpf_consume", scx_bpf_dsq_move_to_local, 0, KFB(DISPATCH)),
	KF("scx_bpf_dsq_move_to_local", scx_bpf_dsq_move_to_local, AUX, KFB(DISPATCH)),
	KF("scx_bpf_dsq_move_to_local___v2", scx_bpf_dsq_move_to_local_v2, AUX, KFB(DISPATCH)),

	KF("scx_bpf_sub_dispatch", scx_bpf_sub_dispatch, AUX, KFB(DISPATCH)),

	KF("scx_bpf_dispatch_from_dsq_set_slice", scx_bpf_dsq_move_set_slice, KF_RCU, MOVE),
	KF("scx_bpf_dispatch_from_dsq_set_vtime", scx_bpf_dsq_move_set_vtime, KF_RCU, MOVE),
	KF("scx_bpf_dispatch_from_dsq", scx_bpf_dsq_move, KF_RCU, MOVE),
	KF("scx_bpf_dispatch_vtime_from_dsq", scx_bpf_dsq_move_vtime, KF_RCU, MOVE),
	KF("scx_bpf_dsq_move_set_slice", scx_bpf_dsq_move_set_slice, KF_RCU, MOVE),
	KF("scx_bpf_dsq_move_set_vtime", scx_bpf_dsq_move_set_vtime, KF_RCU, MOVE),
	KF("scx_bpf_dsq_move", scx_bpf_dsq_move, KF_RCU, MOVE),
	KF("scx_bpf_dsq_move_vtime", scx_bpf_dsq_move_vtime, KF_RCU, MOVE),

	KF("scx_bpf_create_dsq", scx_bpf_create_dsq, AUX | KF_SLEEPABLE, KFB(UNLOCKED)),
	KF("scx_bpf_destroy_dsq", scx_bpf_destroy_dsq, AUX, KFB(ANY)),
	KF("scx_bpf_dsq_nr_queued", scx_bpf_dsq_nr_queued, AUX, KFB(ANY)),
	KF("scx_bpf_dsq_peek", scx_bpf_dsq_peek, AUX | KF_RET_NULL, KFB(ANY)),
	KF("bpf_iter_scx_dsq_new", iter_scx_dsq_new, AUX | KF_ITER, KFB(ANY)),
	KF("bpf_iter_scx_dsq_next", iter_scx_dsq_next, KF_ITER | KF_RET_NULL, KFB(ANY)),
	KF("bpf_iter_scx_dsq_destroy", iter_scx_dsq_destroy, KF_ITER, KFB(ANY)),

	KF("scx_bpf_reenqueue_local", scx_bpf_reenqueue_local, AUX, KFB(CPU_RELEASE)),
	KF("scx_bpf_reenqueue_local___v2", scx_bpf_reenqueue_local_v2, AUX, KFB(ANY)),
	KF("scx_bpf_dsq_reenq", scx_bpf_dsq_reenq, AUX, KFB(ANY)),
};

void scx_dsq_kfuncs_register(void)
{
	kfunc_register(kfuncs, ARRAY_SIZE(kfuncs));
}
