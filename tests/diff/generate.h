/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * generate.h - random programs that a verifier lets in.
 */
#ifndef KS_TESTS_DIFF_GENERATE_H
#define KS_TESTS_DIFF_GENERATE_H

#include "base/prng.h"
#include "program.h"

/* the same program for the same @seed and @nr */
void generate(struct program *p, u64 seed, u64 nr);

/* values at the edges of all widths, and any */
u64 edge_value(struct prng *rng);

#endif
