/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * assertion.h - what the user says must hold of the globals, whenever no program runs.
 *
 *	nr_queued >= 0 && stats[1].depth <= 8
 *
 * C's operators on integers of 64 bits, with C's precedence; globals by name with ".field" and
 * "[3]". Division by zero gives 0, as in BPF. It is looked at each time that a program ends and
 * no CPU is inside of one: what is half done is no violation. Looking changes nothing of the run.
 */
#ifndef KS_API_ASSERTION_H
#define KS_API_ASSERTION_H

struct assertion;

void assertions_free(struct assertion *list);

#endif
