/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * import.h - a debug dump becomes a scenario: the tasks that could run at that moment, with
 * their affinities, weights and classes, on as many CPUs, on the profile nearest to the
 * kernel that printed it. What a dump does not know is said in the file's comment.
 */
#ifndef KS_SCENARIO_IMPORT_H
#define KS_SCENARIO_IMPORT_H

#include <stdio.h>

#include "trace/dump.h"

/*
 * @from: the dump's file, for the comment. What it does not know goes to @notes too, a line
 * each. 0; -ENOENT: the dump has no task to make a scenario of; -E2BIG: more CPUs than a
 * machine has.
 */
int import_dump(const struct dump *d, const char *from, FILE *out, FILE *notes);

#endif
