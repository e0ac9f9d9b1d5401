/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The types of the machine's newest kernel, as `kickstand btf --format c`
 * prints them; -DKS_KERNEL_6_12 takes the older one's. An object relocates
 * itself (CO-RE) to the kernel it is loaded on, so this choice says only which
 * fields the source can name.
 */
#ifdef KS_KERNEL_6_12
#include "vmlinux-6.12.h"
#else
#include "vmlinux-7.3.h"
#endif
