/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * elf_check.h - are this object's symbols places in its sections? libbpf gives variables the
 * places of their symbols, and reads there.
 */
#ifndef KS_API_ELF_CHECK_H
#define KS_API_ELF_CHECK_H

#include <stddef.h>

/* 0, or -EINVAL and one sentence in @why; 0 also for what is no object: libelf says that. */
int elf_check(const char *path, char *why, size_t len);

#endif
