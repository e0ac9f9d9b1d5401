/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * encodings.h - instructions with fields that must not be set: who lets them in?
 */
#ifndef KS_TESTS_DIFF_ENCODINGS_H
#define KS_TESTS_DIFF_ENCODINGS_H

#include "side.h"

/* Number of disagreements between the host and the machine, each a line on stderr. */
int compare_encodings(struct side *host, struct side *machine, int *nr);

#endif
