/* SPDX-License-Identifier: GPL-2.0-only */
/* calls_everywhere.bpf.c - the calls of calls.bpf.c, each from each op: for kernels that look when one is made. */
#define EVERYWHERE
#include "calls.bpf.c"
