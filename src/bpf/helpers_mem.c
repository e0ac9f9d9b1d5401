// SPDX-License-Identifier: GPL-2.0-only
/*
 * helpers_mem.c - reading memory that may not be there. Facts:
 * kernel/trace/bpf_trace.c (bpf_probe_read_*: zero fill on a fault).
 *
 * Kernel memory is the region. User memory is that of the loader which called bpf(2),
 * where one runs in this process (kickstand exec), and only for SYSCALL programs, which
 * run on behalf of it; simulated tasks have none.
 */
#include <errno.h>
#include <string.h>
#include "bpf/env.h"
#include "bpf/helpers.h"
#include "bpf/prog.h"

static int read_kernel(void *dst, u64 src, u32 size)
{
	const void *p = size ? vm_ptr(src, size) : dst;

	if (!p)
		return vm_fault_errno(src);
	memmove(dst, p, size);
	return 0;
}

static int read_user(struct vm *vm, void *dst, u64 src, u32 size)
{
	if (!size)
		return 0;
	if (prog_type(vm->prog) != BPF_PROG_TYPE_SYSCALL)
		return -EFAULT;
	return ENV->read_user(dst, src, size) ? 0 : -EFAULT;
}

/* Bytes with the NUL, at most @size; the last one is always NUL. */
static s64 read_kernel_str(char *dst, u64 src, u32 size)
{
	int len = size ? vm_str(src, dst, size) : -1;

	if (!size)
		return 0;
	if (len < 0)
		return vm_fault_errno(src);
	/* vm_str() says 0 for an empty string and for one that was cut off */
	return len || !dst[0] ? len + 1 : (s64)size;
}

static s64 read_user_str(struct vm *vm, char *dst, u64 src, u32 size)
{
	u32 i;

	for (i = 0; i < size; i++) {
		if (read_user(vm, dst + i, src + i, 1))
			return -EFAULT;
		if (i == size - 1)
			dst[i] = '\0';
		if (!dst[i])
			return i + 1;
	}
	return 0;
}

static u64 zero_on_error(s64 ret, void *dst, u32 size)
{
	if (ret < 0)
		memset(dst, 0, size);
	return ret_errno(ret);
}

/* arguments: destination, size, source */

static u64 probe_read_kernel(struct vm *vm, const u64 *a)
{
	void *dst = arg_write(vm, a[0], a[1]);

	return dst ? zero_on_error(read_kernel(dst, a[2], a[1]), dst, a[1]) : 0;
}

static u64 probe_read_kernel_str(struct vm *vm, const u64 *a)
{
	void *dst = arg_write(vm, a[0], a[1]);

	return dst ? zero_on_error(read_kernel_str(dst, a[2], a[1]), dst, a[1]) : 0;
}

static u64 probe_read_user(struct vm *vm, const u64 *a)
{
	void *dst = arg_write(vm, a[0], a[1]);

	return dst ? zero_on_error(read_user(vm, dst, a[2], a[1]), dst, a[1]) : 0;
}

static u64 probe_read_user_str(struct vm *vm, const u64 *a)
{
	void *dst = arg_write(vm, a[0], a[1]);

	return dst ? zero_on_error(read_user_str(vm, dst, a[2], a[1]), dst, a[1]) : 0;
}

/* The old ones look at the address to tell kernel from user memory. */
static u64 probe_read(struct vm *vm, const u64 *a)
{
	return region_contains(a[2]) ? probe_read_kernel(vm, a) : probe_read_user(vm, a);
}

static u64 probe_read_str(struct vm *vm, const u64 *a)
{
	return region_contains(a[2]) ? probe_read_kernel_str(vm, a) : probe_read_user_str(vm, a);
}

static const struct helper helpers[] = {
	HELPER(probe_read, probe_read),
	HELPER(probe_read_str, probe_read_str),
	HELPER(probe_read_user, probe_read_user),
	HELPER(probe_read_kernel, probe_read_kernel),
	HELPER(probe_read_user_str, probe_read_user_str),
	HELPER(probe_read_kernel_str, probe_read_kernel_str),
	HELPER(copy_from_user, probe_read_user),
};

void helpers_mem_init(void)
{
	helper_register(helpers, ARRAY_SIZE(helpers));
}
