/* SPDX-License-Identifier: GPL-2.0-only */
/* iter.h - reading iterator programs: link_info and ITER_CREATE. */
#ifndef KS_SYS_ITER_H
#define KS_SYS_ITER_H

#include "kern/iter.h"

struct prog;

/* union bpf_iter_link_info of @len bytes, NULL for all tasks: 0 or -EINVAL */
int iter_choose(struct iter_tasks *which, const void *info, u32 len);
/* A descriptor to read from: what the program wrote at this moment. */
int iter_open(struct prog *prog, const struct iter_tasks *which);

#endif
