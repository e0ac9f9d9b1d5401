/* SPDX-License-Identifier: GPL-2.0-only */
/* descriptor.h - which descriptors the process closed and copied. */
#ifndef KS_SYS_DESCRIPTOR_H
#define KS_SYS_DESCRIPTOR_H

/* The host answered system call @nr with @ret: the same for those who call by number (libbpf's dup3()). */
void descriptor_syscall(long nr, const long a[6], long ret);

#endif
