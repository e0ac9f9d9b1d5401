/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * check_priv.h - refusing a program with the verifier's words.
 */
#ifndef KS_BPF_CHECK_PRIV_H
#define KS_BPF_CHECK_PRIV_H

#include "base/types.h"

struct prog;
struct verlog;

/* Log source line, instruction and message (a newline is added); returns @err. */
int check_error(const struct prog *prog, u32 insn, struct verlog *log, int err, const char *fmt,
		...) __printf(5, 6);

#endif
