/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * printf.h - the kernel's bprintf for guests: format strings with an array of u64
 * arguments (bpf_trace_printk, bpf_snprintf, scx_bpf_error_bstr, ...).
 */
#ifndef KS_BPF_PRINTF_H
#define KS_BPF_PRINTF_H

#include "base/types.h"

#define BPRINTF_BUF 1024    /* MAX_BPRINTF_BUF: where the kernel formats lines */
#define BPRINTF_ARGS_MAX 12 /* MAX_BPRINTF_VARARGS */

/*
 * fmt_bprintf - format into @out (@n bytes, always terminated if @n > 0)
 * @fmt: host string; @args: integers, and guest addresses for %s and the like.
 * What snprintf() returns, or -EINVAL (a conversion that bprintf has not, too few
 * arguments, control characters), -ENOSPC (strings longer than its buffer).
 * An unreadable string prints as nothing.
 */
int fmt_bprintf(char *out, size_t n, const char *fmt, const u64 *args, u32 nr_args);

/*
 * fmt_guest - the same with all in guest memory, as kfuncs get it
 * @fmt: NUL-terminated within @fmt_size; @args: array of @args_bytes / 8 words.
 * -EINVAL also for bad sizes, -EFAULT for memory that is not there.
 */
int fmt_guest(char *out, size_t n, u64 fmt, u32 fmt_size, u64 args, u32 args_bytes);

/* ENV->printk() line by line, as trace_pipe shows it */
void fmt_emit(const char *text);

#endif
