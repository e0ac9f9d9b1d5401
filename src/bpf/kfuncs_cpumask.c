// SPDX-License-Identifier: GPL-2.0-only
/*
 * kfuncs_cpumask.c - bpf_cpumask_*. Facts: kernel/bpf/cpumask.c, lib/cpumask.c
 * (distribution), include/linux/cpumask.h (which operations end at nr_cpu_ids).
 */
#include <errno.h>
#include <string.h>
#include "base/region.h"
#include "bpf/addrmap.h"
#include "bpf/cpumask.h"
#include "bpf/helpers.h"
#include "bpf/record.h"
#include "bpf/state.h"

void cpumask_cursors_reset(void)
{
	memset(vm_state.cpumask.cursor, 0, sizeof(vm_state.cpumask.cursor));
}

/* --- searching --- */

static u32 nr_words(void)
{
	return DIV_ROUND_UP(ENV->nr_cpus, 64);
}

/* Word @i of a mask, without bits beyond the last CPU. */
static u64 word_mask(u32 i)
{
	u32 rest = ENV->nr_cpus - i * 64;

	return rest >= 64 ? ~0ULL : (1ULL << rest) - 1;
}

static u64 and_word(const struct cpumask *a, const struct cpumask *b, u32 i)
{
	return a->bits[i] & (b ? b->bits[i] : ~0ULL) & word_mask(i);
}

u32 cpumask_scan_and(const struct cpumask *a, const struct cpumask *b, u32 from)
{
	u32 i;
	u64 w;

	for (i = from / 64; i < nr_words(); i++) {
		w = and_word(a, b, i);
		if (i == from / 64)
			w &= ~0ULL << (from % 64);
		if (w)
			return i * 64 + __builtin_ctzll(w);
	}
	return ENV->nr_cpus;
}

u32 cpumask_distribute(const struct cpumask *a, const struct cpumask *b)
{
	u32 *cursor = &vm_state.cpumask.cursor[ENV->cpu()];
	u32 cpu = cpumask_scan_and(a, b, *cursor + 1);

	if (cpu >= ENV->nr_cpus)
		cpu = cpumask_scan_and(a, b, 0);
	if (cpu < ENV->nr_cpus)
		*cursor = cpu;
	return cpu;
}

/* --- arguments --- */

static const struct cpumask *arg_mask(struct vm *vm, u64 addr)
{
	return vm_obj_read(vm, addr, sizeof(struct cpumask));
}

static struct bpf_cpumask *arg_own_mask(struct vm *vm, u64 addr)
{
	return vm_obj(vm, addr, sizeof(struct bpf_cpumask));
}

static unsigned long *mask_word(struct bpf_cpumask *m, u32 cpu)
{
	return &m->cpumask.bits[cpu / 64];
}

static unsigned long cpu_bit(u32 cpu)
{
	return 1UL << (cpu % 64);
}

/* --- life: a mask is the guest's to write, so its references are counted here --- */

void cpumasks_reset(void)
{
	addrmap_finish(&vm_state.cpumask.refs);
}

static u64 refs_of(u64 addr)
{
	return (uintptr_t)addrmap_get(&vm_state.cpumask.refs, addr);
}

static void set_refs(u64 addr, u64 refs)
{
	addrmap_set(&vm_state.cpumask.refs, addr, (void *)(uintptr_t)refs);
}

static u64 create(struct vm *vm, const u64 *a)
{
	struct bpf_cpumask *m = region_alloc(ZONE_HEAP, sizeof(*m), 0);

	if (m) {
		set_refs((uintptr_t)m, 1);
		m->usage.refs.counter = 1;
	}
	return (uintptr_t)m;
}

static u64 acquire(struct vm *vm, const u64 *a)
{
	struct bpf_cpumask *m = arg_own_mask(vm, a[0]);
	u64 refs = refs_of(a[0]);

	if (m && refs) {
		set_refs(a[0], refs + 1);
		m->usage.refs.counter = refs + 1;
	}
	return a[0];
}

/* false: there is no such mask */
static bool drop(u64 addr)
{
	struct bpf_cpumask *m = (struct bpf_cpumask *)(uintptr_t)addr;
	u64 refs = refs_of(addr);

	if (!refs)
		return false;
	m->usage.refs.counter = refs - 1;
	if (refs > 1) {
		set_refs(addr, refs - 1);
		return true;
	}
	addrmap_del(&vm_state.cpumask.refs, addr);
	region_free(ZONE_HEAP, m, sizeof(*m));
	return true;
}

static u64 release(struct vm *vm, const u64 *a)
{
	if (!drop(a[0]))
		vm_fault(vm, FAULT_WILD_STORE, a[0], 0, "releases a cpumask that does not exist");
	return 0;
}

static void dtor(u64 addr)
{
	drop(addr);
}

/* --- questions --- */

static u64 first(struct vm *vm, const u64 *a)
{
	const struct cpumask *m = arg_mask(vm, a[0]);

	return m ? cpumask_scan_and(m, NULL, 0) : 0;
}

static u64 first_zero(struct vm *vm, const u64 *a)
{
	const struct cpumask *m = arg_mask(vm, a[0]);
	struct cpumask inverse;
	u32 i;

	if (!m)
		return 0;
	for (i = 0; i < CPUMASK_WORDS; i++)
		inverse.bits[i] = ~m->bits[i];
	return cpumask_scan_and(&inverse, NULL, 0);
}

static u64 first_and(struct vm *vm, const u64 *a)
{
	const struct cpumask *x = arg_mask(vm, a[0]), *y = arg_mask(vm, a[1]);

	return x && y ? cpumask_scan_and(x, y, 0) : 0;
}

static u64 test_cpu(struct vm *vm, const u64 *a)
{
	const struct cpumask *m = arg_mask(vm, a[1]);
	const u32 cpu = a[0];

	if (!m || cpu >= ENV->nr_cpus)
		return 0;
	return !!(m->bits[cpu / 64] & cpu_bit(cpu));
}

static u64 weight(struct vm *vm, const u64 *a)
{
	const struct cpumask *m = arg_mask(vm, a[0]);
	u32 i, nr = 0;

	for (i = 0; m && i < nr_words(); i++)
		nr += __builtin_popcountll(and_word(m, NULL, i));
	return nr;
}

static u64 empty(struct vm *vm, const u64 *a)
{
	const struct cpumask *m = arg_mask(vm, a[0]);

	return m && cpumask_scan_and(m, NULL, 0) >= ENV->nr_cpus;
}

static u64 full(struct vm *vm, const u64 *a)
{
	return arg_mask(vm, a[0]) && weight(vm, a) == ENV->nr_cpus;
}

static u64 intersects(struct vm *vm, const u64 *a)
{
	return first_and(vm, a) < ENV->nr_cpus && !vm->dead;
}

static u64 equal(struct vm *vm, const u64 *a)
{
	const struct cpumask *x = arg_mask(vm, a[0]), *y = arg_mask(vm, a[1]);
	u32 i;

	for (i = 0; x && y && i < nr_words(); i++)
		if (and_word(x, NULL, i) != and_word(y, NULL, i))
			return false;
	return x && y;
}

static u64 subset(struct vm *vm, const u64 *a)
{
	const struct cpumask *x = arg_mask(vm, a[0]), *y = arg_mask(vm, a[1]);
	u32 i;

	for (i = 0; x && y && i < nr_words(); i++)
		if (and_word(x, NULL, i) & ~y->bits[i])
			return false;
	return x && y;
}

static u64 any_distribute(struct vm *vm, const u64 *a)
{
	const struct cpumask *m = arg_mask(vm, a[0]);

	return m ? cpumask_distribute(m, NULL) : 0;
}

static u64 any_and_distribute(struct vm *vm, const u64 *a)
{
	const struct cpumask *x = arg_mask(vm, a[0]), *y = arg_mask(vm, a[1]);

	return x && y ? cpumask_distribute(x, y) : 0;
}

/* --- changes --- */

static u64 set_cpu(struct vm *vm, const u64 *a)
{
	struct bpf_cpumask *m = arg_own_mask(vm, a[1]);

	if (m && (u32)a[0] < ENV->nr_cpus)
		*mask_word(m, a[0]) |= cpu_bit(a[0]);
	return 0;
}

static u64 clear_cpu(struct vm *vm, const u64 *a)
{
	struct bpf_cpumask *m = arg_own_mask(vm, a[1]);

	if (m && (u32)a[0] < ENV->nr_cpus)
		*mask_word(m, a[0]) &= ~cpu_bit(a[0]);
	return 0;
}

static u64 test_and_set_cpu(struct vm *vm, const u64 *a)
{
	u64 was = test_cpu(vm, a);

	set_cpu(vm, a);
	return was;
}

static u64 test_and_clear_cpu(struct vm *vm, const u64 *a)
{
	u64 was = test_cpu(vm, a);

	clear_cpu(vm, a);
	return was;
}

/* cpumask_setall(): nr_cpu_ids bits, the rest of the last word stays clear */
static u64 setall(struct vm *vm, const u64 *a)
{
	struct bpf_cpumask *m = arg_own_mask(vm, a[0]);
	u32 i;

	for (i = 0; m && i < nr_words(); i++)
		m->cpumask.bits[i] = word_mask(i);
	return 0;
}

static u64 clear(struct vm *vm, const u64 *a)
{
	struct bpf_cpumask *m = arg_own_mask(vm, a[0]);

	if (m)
		memset(&m->cpumask, 0, sizeof(m->cpumask));
	return 0;
}

static u64 and (struct vm * vm, const u64 *a)
{
	struct bpf_cpumask *m = arg_own_mask(vm, a[0]);
	const struct cpumask *x = arg_mask(vm, a[1]), *y = arg_mask(vm, a[2]);
	u64 any = 0;
	u32 i;

	for (i = 0; m && x && y && i < nr_words(); i++)
		any |= m->cpumask.bits[i] = and_word(x, y, i);
	return !!any;
}

static u64 or (struct vm * vm, const u64 *a)
{
	struct bpf_cpumask *m = arg_own_mask(vm, a[0]);
	const struct cpumask *x = arg_mask(vm, a[1]), *y = arg_mask(vm, a[2]);
	u32 i;

	for (i = 0; m && x && y && i < nr_words(); i++)
		m->cpumask.bits[i] = x->bits[i] | y->bits[i];
	return 0;
}

static u64 xor
	(struct vm * vm, const u64 *a) {
		struct bpf_cpumask *m = arg_own_mask(vm, a[0]);
		const struct cpumask *x = arg_mask(vm, a[1]), *y = arg_mask(vm, a[2]);
		u32 i;

		for (i = 0; m && x && y && i < nr_words(); i++)
			m->cpumask.bits[i] = x->bits[i] ^ y->bits[i];
		return 0;
	}

	static u64 copy(struct vm *vm, const u64 *a)
{
	struct bpf_cpumask *m = arg_own_mask(vm, a[0]);
	const struct cpumask *x = arg_mask(vm, a[1]);

	if (m && x)
		memmove(&m->cpumask, x, nr_words() * 8);
	return 0;
}

/* mask, memory, its size: at least what nr_cpu_ids bits take */
static u64 populate(struct vm *vm, const u64 *a)
{
	struct bpf_cpumask *m = arg_own_mask(vm, a[0]);
	const void *src;
	u32 i;

	if (!m)
		return 0;
	if (a[2] < nr_words() * 8)
		return ret_errno(-EACCES);
	src = arg_read(vm, a[1], nr_words() * 8);
	if (!src)
		return 0;
	memmove(m->cpumask.bits, src, nr_words() * 8);
	for (i = 0; i < nr_words(); i++)
		m->cpumask.bits[i] &= word_mask(i);
	return 0;
}

#define MASK_KFUNC(name, flags) KFUNC(bpf_cpumask_##name, name, flags)

static const struct kfunc kfuncs[] = {
	MASK_KFUNC(create, KF_ACQUIRE | KF_RET_NULL),
	MASK_KFUNC(acquire, KF_ACQUIRE),
	MASK_KFUNC(release, KF_RELEASE),
	MASK_KFUNC(first, KF_RCU),
	MASK_KFUNC(first_zero, KF_RCU),
	MASK_KFUNC(first_and, KF_RCU),
	MASK_KFUNC(set_cpu, KF_RCU),
	MASK_KFUNC(clear_cpu, KF_RCU),
	MASK_KFUNC(test_cpu, KF_RCU),
	MASK_KFUNC(test_and_set_cpu, KF_RCU),
	MASK_KFUNC(test_and_clear_cpu, KF_RCU),
	MASK_KFUNC(setall, KF_RCU),
	MASK_KFUNC(clear, KF_RCU),
	MASK_KFUNC(and, KF_RCU),
	MASK_KFUNC(or, KF_RCU),
	MASK_KFUNC(xor, KF_RCU),
	MASK_KFUNC(equal, KF_RCU),
	MASK_KFUNC(intersects, KF_RCU),
	MASK_KFUNC(subset, KF_RCU),
	MASK_KFUNC(empty, KF_RCU),
	MASK_KFUNC(full, KF_RCU),
	MASK_KFUNC(copy, KF_RCU),
	MASK_KFUNC(any_distribute, KF_RCU),
	MASK_KFUNC(any_and_distribute, KF_RCU),
	MASK_KFUNC(weight, KF_RCU),
	KFUNC(bpf_cpumask_populate, populate, KF_RCU),
};

static const struct kptr_dtor dtors[] = {
	{ "bpf_cpumask", dtor },
};

void kfuncs_cpumask_init(void)
{
	kfunc_register(kfuncs, ARRAY_SIZE(kfuncs));
	kptr_dtor_register(dtors, ARRAY_SIZE(dtors));
}
