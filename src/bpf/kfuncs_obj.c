// SPDX-License-Identifier: GPL-2.0-only
/*
 * kfuncs_obj.c - objects of the program's own types, lists and trees of them.
 * Facts: kernel/bpf/helpers.c. The kernel's verifier passes hidden arguments (what
 * the type looks like, where the node is in it); here objalloc.c knows by address.
 */
#include <errno.h>
#include <bpf/btf.h>
#include "bpf/btf_object.h"
#include "bpf/env.h"
#include "bpf/graph.h"
#include "bpf/helpers.h"
#include "bpf/objalloc.h"
#include "bpf/prog_priv.h"

static struct btf *prog_types(const struct vm *vm)
{
	return vm->prog->btf ? vm->prog->btf->btf : NULL;
}

static u64 new_of(struct vm *vm, u64 type_id, bool percpu)
{
	struct btf *btf = prog_types(vm);
	s64 size = btf ? btf__resolve_size(btf, type_id) : 0;

	vm_work(vm, size > 0 ? (u64)size * (percpu ? ENV->nr_cpus : 1) : 0);
	return vm_lacks_memory() ? 0 : obj_new(btf, type_id, percpu);
}

static u64 new(struct vm *vm, const u64 *a)
{
	return new_of(vm, a[0], false);
}

static u64 percpu_new(struct vm *vm, const u64 *a)
{
	return new_of(vm, a[0], true);
}

static u64 drop(struct vm *vm, const u64 *a)
{
	obj_drop(a[0]);
	return 0;
}

static u64 refcount_acquire(struct vm *vm, const u64 *a)
{
	return obj_acquire(a[0]);
}

/* --- lists: head, node --- */

static u64 list_push_front(struct vm *vm, const u64 *a)
{
	return ret_errno(graph_list_push(a[0], a[1], false));
}

static u64 list_push_back(struct vm *vm, const u64 *a)
{
	return ret_errno(graph_list_push(a[0], a[1], true));
}

static u64 list_add(struct vm *vm, const u64 *a)
{
	return ret_errno(graph_list_add(a[0], a[1], a[2]));
}

static u64 list_pop_front(struct vm *vm, const u64 *a)
{
	return graph_list_pop(a[0], false);
}

static u64 list_pop_back(struct vm *vm, const u64 *a)
{
	return graph_list_pop(a[0], true);
}

static u64 list_del(struct vm *vm, const u64 *a)
{
	return graph_list_del(a[0], a[1]);
}

static u64 list_front(struct vm *vm, const u64 *a)
{
	return graph_list_peek(a[0], false);
}

static u64 list_back(struct vm *vm, const u64 *a)
{
	return graph_list_peek(a[0], true);
}

static u64 list_is_first(struct vm *vm, const u64 *a)
{
	return a[1] && graph_list_peek(a[0], false) == a[1];
}

static u64 list_is_last(struct vm *vm, const u64 *a)
{
	return a[1] && graph_list_peek(a[0], true) == a[1];
}

static u64 list_empty(struct vm *vm, const u64 *a)
{
	return !graph_list_peek(a[0], false);
}

/* --- trees: root, node --- */

static u64 rbtree_add(struct vm *vm, const u64 *a)
{
	return ret_errno(graph_rb_add(vm, a[0], a[1], a[2]));
}

static u64 rbtree_remove(struct vm *vm, const u64 *a)
{
	return graph_rb_remove(a[0], a[1]);
}

static u64 rbtree_first(struct vm *vm, const u64 *a)
{
	return graph_rb_first(a[0]);
}

static u64 rbtree_root(struct vm *vm, const u64 *a)
{
	return graph_rb_root(a[0]);
}

static u64 rbtree_left(struct vm *vm, const u64 *a)
{
	return graph_rb_left(a[0], a[1]);
}

static u64 rbtree_right(struct vm *vm, const u64 *a)
{
	return graph_rb_right(a[0], a[1]);
}

#define NEW (KF_ACQUIRE | KF_RET_NULL)
#define TAKE (KF_ACQUIRE | KF_RET_NULL | KF_PREEMPT_IRQ)
#define LOOK (KF_RET_NULL | KF_PREEMPT_IRQ)
#define PUT (KF_PREEMPT_IRQ)
#define AUX KF_IMPLICIT_ARGS

static const struct kfunc kfuncs[] = {
	KFUNC(bpf_obj_new_impl, new, NEW),
	KFUNC(bpf_percpu_obj_new_impl, percpu_new, NEW),
	KFUNC(bpf_obj_drop_impl, drop, KF_RELEASE),
	KFUNC(bpf_percpu_obj_drop_impl, drop, KF_RELEASE),
	KFUNC(bpf_refcount_acquire_impl, refcount_acquire, TAKE | KF_RCU),
	KFUNC(bpf_list_push_front_impl, list_push_front, PUT),
	KFUNC(bpf_list_push_back_impl, list_push_back, PUT),
	KFUNC(bpf_list_pop_front, list_pop_front, TAKE),
	KFUNC(bpf_list_pop_back, list_pop_back, TAKE),
	KFUNC(bpf_rbtree_add_impl, rbtree_add, PUT),
	KFUNC(bpf_rbtree_remove, rbtree_remove, TAKE),
	KFUNC(bpf_rbtree_first, rbtree_first, LOOK),

	KFUNC(bpf_obj_new, new, NEW | AUX),
	KFUNC(bpf_percpu_obj_new, percpu_new, NEW | AUX),
	KFUNC(bpf_obj_drop, drop, KF_RELEASE | AUX),
	KFUNC(bpf_percpu_obj_drop, drop, KF_RELEASE | AUX),
	KFUNC(bpf_refcount_acquire, refcount_acquire, TAKE | KF_RCU | AUX),
	KFUNC(bpf_list_push_front, list_push_front, PUT | AUX),
	KFUNC(bpf_list_push_back, list_push_back, PUT | AUX),
	KFUNC(bpf_list_add, list_add, PUT | AUX),
	KFUNC(bpf_list_del, list_del, TAKE),
	KFUNC(bpf_list_front, list_front, LOOK),
	KFUNC(bpf_list_back, list_back, LOOK),
	KFUNC(bpf_list_is_first, list_is_first, PUT),
	KFUNC(bpf_list_is_last, list_is_last, PUT),
	KFUNC(bpf_list_empty, list_empty, PUT),
	KFUNC(bpf_rbtree_add, rbtree_add, PUT | AUX),
	KFUNC(bpf_rbtree_root, rbtree_root, LOOK),
	KFUNC(bpf_rbtree_left, rbtree_left, LOOK),
	KFUNC(bpf_rbtree_right, rbtree_right, LOOK),
};

void kfuncs_obj_init(void)
{
	kfunc_register(kfuncs, ARRAY_SIZE(kfuncs));
}
