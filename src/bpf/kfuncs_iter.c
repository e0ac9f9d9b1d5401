// SPDX-License-Identifier: GPL-2.0-only
/*
 * kfuncs_iter.c - iterators over numbers and bits. Facts: kernel/bpf/bpf_iter.c
 * (num), helpers.c (bits). next() returns the address of the number inside the
 * iterator, which is on the program's stack.
 */
#include <errno.h>
#include <string.h>
#include "bpf/helpers.h"
#include "base/region.h"

#define LOOPS_MAX (8u << 20) /* BPF_MAX_LOOPS */
#define BITS_WORDS_MAX 511   /* BITS_ITER_NR_WORDS_MAX */

/* --- struct bpf_iter_num: 8 bytes --- */

struct iter_num {
	s32 cur, end;
};

static u64 num_new(struct vm *vm, const u64 *a)
{
	struct iter_num *it = vm_obj(vm, a[0], sizeof(*it));
	const s32 start = a[1], end = a[2];

	if (!it)
		return 0;
	it->cur = it->end = 0;
	if (start > end)
		return ret_errno(-EINVAL);
	if ((u32)end - (u32)start > LOOPS_MAX)
		return ret_errno(-E2BIG);
	it->cur = (s32)((u32)start - 1);
	it->end = end;
	return 0;
}

static u64 num_next(struct vm *vm, const u64 *a)
{
	struct iter_num *it = vm_obj(vm, a[0], sizeof(*it));

	if (!it)
		return 0;
	if ((s64)(s32)((u32)it->cur + 1) >= it->end) {
		it->cur = it->end = 0;
		return 0;
	}
	it->cur = (s32)((u32)it->cur + 1);
	return (uintptr_t)&it->cur;
}

static u64 no_destroy(struct vm *vm, const u64 *a)
{
	return 0;
}

/* --- struct bpf_iter_bits: 16 bytes --- */

struct iter_bits {
	u64 bits; /* one word: itself; more: in an iterator of the vm */
	u32 nr_bits;
	s32 bit;
};

static void bits_finish(void *words)
{
}

static int bits_copy(struct vm *vm, struct iter_bits *it, const void *src, u32 nr_words)
{
	void *copy;

	if (nr_words == 1) {
		memcpy(&it->bits, src, 8);
		return 0;
	}
	copy = vm_iter_new(vm, (uintptr_t)it, BITS_WORDS_MAX * 8, bits_finish);
	if (!copy)
		return -ENOMEM;
	memcpy(copy, src, nr_words * 8);
	return 0;
}

static u64 bits_new(struct vm *vm, const u64 *a)
{
	struct iter_bits *it = vm_obj(vm, a[0], sizeof(*it));
	const u32 nr_words = a[2];
	const void *src;
	int err;

	if (!it)
		return 0;
	it->bits = 0;
	it->nr_bits = 0;
	it->bit = -1;
	if (!a[1] || !nr_words)
		return ret_errno(-EINVAL);
	if (nr_words > BITS_WORDS_MAX)
		return ret_errno(-E2BIG);
	src = vm_ptr(a[1], nr_words * 8);
	if (!src)
		return ret_errno(-EFAULT);
	err = bits_copy(vm, it, src, nr_words);
	if (!err)
		it->nr_bits = nr_words * 64;
	return ret_errno(err);
}

static u32 next_bit(const u64 *words, u32 nr_bits, u32 from)
{
	u64 w;
	u32 i;

	for (i = from / 64; i < nr_bits / 64; i++) {
		w = words[i];
		if (i == from / 64)
			w &= ~0ULL << (from % 64);
		if (w)
			return i * 64 + __builtin_ctzll(w);
	}
	return nr_bits;
}

static u64 bits_next(struct vm *vm, const u64 *a)
{
	struct iter_bits *it = vm_obj(vm, a[0], sizeof(*it));
	const u64 *words;

	if (!it || !it->nr_bits || it->nr_bits > BITS_WORDS_MAX * 64 || it->bit < -1 ||
	    it->bit >= (s32)it->nr_bits)
		return 0;
	words = it->nr_bits == 64 ? &it->bits : vm_iter_find(vm, a[0], bits_finish);
	if (!words)
		return 0;
	it->bit = next_bit(words, it->nr_bits, it->bit + 1);
	return it->bit < (s32)it->nr_bits ? (uintptr_t)&it->bit : 0;
}

static u64 bits_destroy(struct vm *vm, const u64 *a)
{
	vm_iter_drop(vm, a[0], bits_finish);
	return 0;
}

static const struct kfunc kfuncs[] = {
	KFUNC(bpf_iter_num_new, num_new, KF_ITER | KF_PREEMPT_IRQ),
	KFUNC(bpf_iter_num_next, num_next, KF_ITER | KF_RET_NULL | KF_PREEMPT_IRQ),
	KFUNC(bpf_iter_num_destroy, no_destroy, KF_ITER | KF_PREEMPT_IRQ),
	KFUNC(bpf_iter_bits_new, bits_new, KF_ITER),
	KFUNC(bpf_iter_bits_next, bits_next, KF_ITER | KF_RET_NULL),
	KFUNC(bpf_iter_bits_destroy, bits_destroy, KF_ITER),
};

void kfuncs_iter_init(void)
{
	kfunc_register(kfuncs, ARRAY_SIZE(kfuncs));
}
