/* SPDX-License-Identifier: GPL-2.0-only */
/* subs_seen.bpf.c - subs.bpf.c with the ops about capabilities and about who runs, since 7.4. */
#define KS_VMLINUX "vmlinux-7.4.h"
#define SUBS_CAPS
#define SUBS_SEEN
#include "subs.bpf.c"
