// SPDX-License-Identifier: GPL-2.0-only
/*
 * kfuncs_dynptr.c - looking into dynptrs. Facts: kernel/bpf/helpers.c. Of the
 * kernel's dynptr types only memory and ring buffer records exist here, so a slice
 * is always the data itself.
 */
#include <errno.h>
#include <string.h>
#include "abi/profile.h"
#include "bpf/dynptr.h"
#include "bpf/helpers.h"

static struct dynptr *arg_dynptr(struct vm *vm, u64 addr)
{
	return vm_obj(vm, addr, sizeof(struct dynptr));
}

/* Address of [off, off + len); 0: null or too short */
static u64 slice_addr(const struct dynptr *d, u64 off, u64 len)
{
	return d->data && !dynptr_check(d, off, len) ? d->data + d->off + off : 0;
}

/* dynptr, offset, buffer, length */
static u64 slice(struct vm *vm, const u64 *a)
{
	const struct dynptr *d = arg_dynptr(vm, a[0]);

	return d ? slice_addr(d, a[1], a[3]) : 0;
}

static u64 slice_rdwr(struct vm *vm, const u64 *a)
{
	const struct dynptr *d = arg_dynptr(vm, a[0]);

	return d && !(d->bits & DYNPTR_RDONLY) ? slice_addr(d, a[1], a[3]) : 0;
}

/* dynptr, start, end: narrow it */
static u64 adjust(struct vm *vm, const u64 *a)
{
	struct dynptr *d = arg_dynptr(vm, a[0]);

	if (!d)
		return 0;
	if (!d->data || a[1] > a[2])
		return ret_errno(-EINVAL);
	if (a[2] > dynptr_size(d))
		return ret_errno(-ERANGE);
	d->off += a[1];
	d->bits = (d->bits & ~DYNPTR_SIZE_MAX) | (u32)(a[2] - a[1]);
	return 0;
}

static u64 is_null(struct vm *vm, const u64 *a)
{
	const struct dynptr *d = arg_dynptr(vm, a[0]);

	return d && !d->data;
}

static u64 is_rdonly(struct vm *vm, const u64 *a)
{
	const struct dynptr *d = arg_dynptr(vm, a[0]);

	return d && d->data && (d->bits & DYNPTR_RDONLY);
}

static u64 size(struct vm *vm, const u64 *a)
{
	const struct dynptr *d = arg_dynptr(vm, a[0]);

	u64 ret = d && d->data ? dynptr_size(d) : ret_errno(-EINVAL);

	return K->b.dynptr_size_32bit ? (u32)ret : ret;
}

static u64 clone(struct vm *vm, const u64 *a)
{
	const struct dynptr *d = arg_dynptr(vm, a[0]);
	struct dynptr *to = arg_dynptr(vm, a[1]);

	if (!d || !to)
		return 0;
	*to = *d;
	return ret_errno(d->data ? 0 : -EINVAL);
}

/* destination, offset, source, offset, length */
static u64 copy(struct vm *vm, const u64 *a)
{
	const struct dynptr *to = arg_dynptr(vm, a[0]), *from = arg_dynptr(vm, a[2]);
	u64 dst, src;

	if (!to || !from)
		return 0;
	if (!to->data || !from->data || (to->bits & DYNPTR_RDONLY))
		return ret_errno(-EINVAL);
	dst = slice_addr(to, a[1], a[4]);
	src = slice_addr(from, a[3], a[4]);
	if (!dst || !src)
		return ret_errno(-E2BIG);
	if (arg_write(vm, dst, a[4]) && arg_read(vm, src, a[4]))
		memmove((void *)(uintptr_t)dst, (void *)(uintptr_t)src, a[4]);
	return 0;
}

/* dynptr, offset, length, byte */
static u64 fill(struct vm *vm, const u64 *a)
{
	const struct dynptr *d = arg_dynptr(vm, a[0]);
	u64 dst;

	if (!d)
		return 0;
	if (!d->data || (d->bits & DYNPTR_RDONLY))
		return ret_errno(-EINVAL);
	dst = slice_addr(d, a[1], a[2]);
	if (!dst)
		return ret_errno(-E2BIG);
	if (arg_write(vm, dst, a[2]))
		memset((void *)(uintptr_t)dst, (u8)a[3], a[2]);
	return 0;
}

static const struct kfunc kfuncs[] = {
	KFUNC(bpf_dynptr_slice, slice, KF_RET_NULL),
	KFUNC(bpf_dynptr_slice_rdwr, slice_rdwr, KF_RET_NULL),
	KFUNC(bpf_dynptr_adjust, adjust, 0),
	KFUNC(bpf_dynptr_is_null, is_null, 0),
	KFUNC(bpf_dynptr_is_rdonly, is_rdonly, 0),
	KFUNC(bpf_dynptr_size, size, 0),
	KFUNC(bpf_dynptr_clone, clone, 0),
	KFUNC(bpf_dynptr_copy, copy, 0),
	KFUNC(bpf_dynptr_memset, fill, 0),
};

void kfuncs_dynptr_init(void)
{
	kfunc_register(kfuncs, ARRAY_SIZE(kfuncs));
}
