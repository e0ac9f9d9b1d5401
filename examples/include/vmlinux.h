/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The types of the machine's newest kernel, as `kickstand btf --format c` prints them; who
 * names another header beforehand (#define KS_VMLINUX "vmlinux-7.4.h") gets that one's. An
 * object relocates itself (CO-RE) to the kernel it is loaded on, so this choice says only
 * which fields the source can name.
 */
#ifndef KS_VMLINUX
#define KS_VMLINUX "vmlinux-7.3.h"
#endif
#include KS_VMLINUX
