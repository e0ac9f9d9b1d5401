/* SPDX-License-Identifier: GPL-2.0-only */
/* subs_cpu.bpf.c - subs.bpf.c in the cpu form, which 7.1 alone takes for sub-schedulers. */
#define SUBS_CPU
#include "subs.bpf.c"
