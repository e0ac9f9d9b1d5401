/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * callable.h - helpers (by number) and kfuncs (by name) that programs call.
 *
 * A row is name, function, and who may call it; which profiles have a kfunc of that
 * name stands in abi/kfuncs.def. The
 * BPF folder registers what is BPF's own (maps, strings, iterators over numbers,
 * objects); the kernel model registers scx_bpf_*, cpumasks, tasks, cgroups.
 * A program that refers to a name that has no row for the profile gets libbpf's
 * and the verifier's answer: unresolved if weak, an error that names it if not.
 */
#ifndef KS_BPF_CALLABLE_H
#define KS_BPF_CALLABLE_H

#include "base/types.h"

struct profile;
struct prog;
struct vm;

/*
 * @a: r1..r5. Pointers in it are guest addresses as the program gave them, NULL
 * possible: a callable checks what the kernel's own function checks, and reaches
 * memory through vm_ptr() or vm_read()/vm_write() when the program could have
 * made the pointer up. Returns r0.
 */
typedef u64 (*callable_fn)(struct vm *vm, const u64 *a);
/* r0 of one that returns an s32 */
#define S32(v) ((u64)(s64)(s32)(v))

enum kfunc_flags {
	KF_SLEEPABLE = 1 << 0, /* only from sleepable programs: verifier -EINVAL otherwise */
	KF_ACQUIRE = 1 << 1,
	KF_RELEASE = 1 << 2,
	KF_RET_NULL = 1 << 3,
	KF_RCU = 1 << 4,
	KF_IMPLICIT_ARGS = 1 << 5, /* hidden trailing struct bpf_prog_aux *: vm->prog */
	KF_ITER = 1 << 6,
	KF_PREEMPT_IRQ = 1 << 7, /* allowed while a bpf_spin_lock is held */
};

struct kfunc {
	const char *name; /* the kernel's symbol name, flavour included (dsq_insert___v2) */
	callable_fn fn;
	u32 flags; /* enum kfunc_flags */
	u32 group; /* the registering folder's own classification for @allow */
	/*
	 * May @prog call it? NULL: any program type that has kfuncs. Returns 0 or
	 * -EACCES; the loader then logs `calling kernel function %s is not allowed`.
	 */
	int (*allow)(const struct kfunc *kf, const struct prog *prog);
};

struct helper {
	u32 id; /* enum bpf_func_id */
	const char *name;
	callable_fn fn;
	int (*allow)(const struct helper *h, const struct prog *prog);
};

/* Tables are static; registration order does not matter, a name twice is a bug of ours. */
void kfunc_register(const struct kfunc *table, u32 nr);
void helper_register(const struct helper *table, u32 nr);

/* NULL if @prof has none of that name, or there is no function for it. */
const struct kfunc *kfunc_find(const char *name, const struct profile *prof);
const struct helper *helper_find(u32 id);
/* in registration order, for tests; NULL ends */
const struct kfunc *kfunc_at(u32 i);

#endif
