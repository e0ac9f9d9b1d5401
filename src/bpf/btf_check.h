/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * btf_check.h - is this BTF what compilers write? btf__new() looks at some ids and names
 * only; whoever walks types after this finds all of them, an end, and members inside their
 * structs.
 */
#ifndef KS_BPF_BTF_CHECK_H
#define KS_BPF_BTF_CHECK_H

#include "base/types.h"

struct btf;

/* 0, or -EINVAL and one sentence in @why */
int types_check(const struct btf *btf, char *why, size_t len);

#endif
