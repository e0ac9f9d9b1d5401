/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * evaluate.h - the second opinion: what a program does by the text of the instruction
 * set's standard, RFC 9669, and by nothing that src/bpf knows.
 */
#ifndef KS_TESTS_DIFF_EVALUATE_H
#define KS_TESTS_DIFF_EVALUATE_H

#include "program.h"

/* false: the program did what no verifier lets in; a line on stderr says what */
bool evaluate(const struct program *p, struct outcome *out);

#endif
