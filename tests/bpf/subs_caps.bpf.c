/* SPDX-License-Identifier: GPL-2.0-only */
/* subs_caps.bpf.c - subs.bpf.c with the ops about capabilities, since 7.3. */
#define SUBS_CAPS
#include "subs.bpf.c"
