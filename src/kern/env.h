/* SPDX-License-Identifier: GPL-2.0-only */
/* env.h - put the machine behind bpf/env.h. */
#ifndef KS_KERN_ENV_H
#define KS_KERN_ENV_H

struct machine;

void env_install(struct machine *m);

#endif
