// SPDX-License-Identifier: GPL-2.0-only
/*
 * helpers_dynptr.c - dynptrs made by helpers. Facts: kernel/bpf/helpers.c.
 */
#include <errno.h>
#include <string.h>
#include "bpf/dynptr.h"
#include "bpf/helpers.h"

int dynptr_check(const struct dynptr *d, u64 off, u64 len)
{
	const u64 size = dynptr_size(d);

	return len > size || off > size - len ? -E2BIG : 0;
}

/* data, size, flags, dynptr */
static u64 from_mem(struct vm *vm, const u64 *a)
{
	struct dynptr *d = vm_obj(vm, a[3], sizeof(*d));

	if (!d)
		return 0;
	dynptr_set_null(d);
	if (a[2])
		return ret_errno(-EINVAL);
	if (a[1] > DYNPTR_SIZE_MAX)
		return ret_errno(-E2BIG);
	if (!arg_write(vm, a[0], a[1]))
		return 0;
	dynptr_init(d, a[0], DYNPTR_LOCAL, a[1]);
	return 0;
}

/* destination, length, dynptr, offset, flags */
static u64 dynptr_read(struct vm *vm, const u64 *a)
{
	void *dst = arg_write(vm, a[0], a[1]);
	const struct dynptr *d = dst ? vm_obj_read(vm, a[2], sizeof(*d)) : NULL;
	const void *src;

	if (!d)
		return 0;
	if (!d->data || a[4])
		return ret_errno(-EINVAL);
	if (dynptr_check(d, a[3], a[1]))
		return ret_errno(-E2BIG);
	src = arg_read(vm, d->data + d->off + a[3], a[1]);
	if (src)
		memmove(dst, src, a[1]);
	return 0;
}

/* dynptr, offset, source, length, flags */
static u64 dynptr_write(struct vm *vm, const u64 *a)
{
	const struct dynptr *d = vm_obj_read(vm, a[0], sizeof(*d));
	const void *src = d ? arg_read(vm, a[2], a[3]) : NULL;
	void *dst;

	if (!src)
		return 0;
	if (!d->data || a[4] || (d->bits & DYNPTR_RDONLY))
		return ret_errno(-EINVAL);
	if (dynptr_check(d, a[1], a[3]))
		return ret_errno(-E2BIG);
	dst = arg_write(vm, d->data + d->off + a[1], a[3]);
	if (dst)
		memmove(dst, src, a[3]);
	return 0;
}

/* dynptr, offset, length: address, or NULL */
static u64 dynptr_data(struct vm *vm, const u64 *a)
{
	const struct dynptr *d = vm_obj_read(vm, a[0], sizeof(*d));

	if (!d || !d->data || (d->bits & DYNPTR_RDONLY) || dynptr_check(d, a[1], a[2]))
		return 0;
	return d->data + d->off + a[1];
}

static const struct helper helpers[] = {
	HELPER(dynptr_from_mem, from_mem),
	HELPER(dynptr_read, dynptr_read),
	HELPER(dynptr_write, dynptr_write),
	HELPER(dynptr_data, dynptr_data),
};

void helpers_dynptr_init(void)
{
	helper_register(helpers, ARRAY_SIZE(helpers));
}
