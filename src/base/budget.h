/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * budget.h - how much memory guests make the process take: maps, elements, objects,
 * arena pages, tasks, by what they ask for and not by what they touch, so that a run ends the
 * same everywhere. What is more than the limit is refused as a kernel without memory
 * would: -ENOMEM, NULL.
 *
 *	if (!budget_take(bytes))
 *		return NULL;
 *	...
 *	budget_give(bytes);
 */
#ifndef KS_BASE_BUDGET_H
#define KS_BASE_BUDGET_H

#include "base/types.h"

/* A new machine's: @bytes may be taken, 0: as many as there are. Nothing is taken yet. */
void budget_begin(u64 bytes);
bool budget_take(u64 bytes);
void budget_give(u64 bytes);

#endif
