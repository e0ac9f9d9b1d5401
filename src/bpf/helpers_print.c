// SPDX-License-Identifier: GPL-2.0-only
/*
 * helpers_print.c - text for people: trace_printk, snprintf, output of iterators.
 */
#include <errno.h>
#include "bpf/env.h"
#include "bpf/helpers.h"
#include "bpf/printf.h"
#include "bpf/prog.h"

/* As trace_pipe gets it, cut off at the kernel's buffer; the whole length is returned. */
static u64 trace(struct vm *vm, u64 fmt, u32 fmt_size, u64 args, u32 args_bytes)
{
	char line[BPRINTF_BUF];
	int len = fmt_guest(line, sizeof(line), fmt, fmt_size, args, args_bytes);

	if (len >= 0)
		fmt_emit(line);
	return ret_errno(len);
}

static u64 trace_printk(struct vm *vm, const u64 *a)
{
	char line[BPRINTF_BUF], fmt[BPRINTF_BUF];
	int len;

	/* three arguments in registers, so not through guest memory */
	if (!arg_read(vm, a[0], a[1]))
		return 0;
	if (!(u32)a[1] || ((const char *)(uintptr_t)a[0])[(u32)a[1] - 1])
		return ret_errno(-EINVAL);
	len = vm_str(a[0], fmt, min((u32)a[1], (u32)sizeof(fmt)));
	if (len >= 0)
		len = fmt_bprintf(line, sizeof(line), fmt, a + 2, 3);
	if (len >= 0)
		fmt_emit(line);
	return ret_errno(len);
}

static u64 trace_vprintk(struct vm *vm, const u64 *a)
{
	return trace(vm, a[0], a[1], a[2], a[3]);
}

/* buffer, size, format, arguments, their bytes: the length with the NUL */
static u64 snprintf_helper(struct vm *vm, const u64 *a)
{
	char *buf = arg_write(vm, a[0], a[1]);
	int len;

	if (!buf)
		return 0;
	len = fmt_guest(buf, (u32)a[1], a[2], UINT32_MAX, a[3], a[4]);
	return ret_errno(len < 0 ? len : len + 1);
}

static u64 seq_printf(struct vm *vm, const u64 *a)
{
	char text[BPRINTF_BUF];
	int len = fmt_guest(text, sizeof(text), a[1], a[2], a[3], a[4]);

	if (len < 0)
		return ret_errno(len);
	return ret_errno(ENV->seq_write(a[0], text, min((u32)len, (u32)sizeof(text) - 1)));
}

static u64 seq_write(struct vm *vm, const u64 *a)
{
	const void *data = arg_read(vm, a[1], a[2]);

	if (!data)
		return 0;
	return ret_errno(ENV->seq_write(a[0], data, a[2]));
}

/*
 * kfunc: stream id, format, arguments, their bytes (later: hidden prog aux after). Few
 * loaders read the streams, so the console has the text too.
 */
static u64 stream_vprintk(struct vm *vm, const u64 *a)
{
	char text[BPRINTF_BUF];
	int len = fmt_guest(text, sizeof(text), a[1], UINT32_MAX, a[2], a[3]), err;

	if (len < 0)
		return ret_errno(len);
	err = prog_stream_print(vm->prog, (u32)a[0], text, min((u32)len, (u32)sizeof(text) - 1));
	if (!err)
		fmt_emit(text);
	return ret_errno(err);
}

static const struct helper helpers[] = {
	HELPER(trace_printk, trace_printk), HELPER(trace_vprintk, trace_vprintk),
	HELPER(snprintf, snprintf_helper),  HELPER(seq_printf, seq_printf),
	HELPER(seq_write, seq_write),
};

static const struct kfunc kfuncs[] = {
	KFUNC(bpf_stream_vprintk, stream_vprintk, KF_IMPLICIT_ARGS),
	/* an older name, which shows the hidden argument */
	KFUNC(bpf_stream_vprintk_impl, stream_vprintk, 0),
};

void helpers_print_init(void)
{
	helper_register(helpers, ARRAY_SIZE(helpers));
	kfunc_register(kfuncs, ARRAY_SIZE(kfuncs));
}
