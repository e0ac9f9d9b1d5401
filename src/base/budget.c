// SPDX-License-Identifier: GPL-2.0-only
/* budget.c - see budget.h. */
#include "base/budget.h"

#include "base/state.h"

void budget_begin(u64 bytes)
{
	base_state.budget = (typeof(base_state.budget)){ .limit = bytes };
}

bool budget_take(u64 bytes)
{
	typeof(base_state.budget) *b = &base_state.budget;

	if (b->limit && (bytes > b->limit || b->taken > b->limit - bytes))
		return false;
	b->taken += bytes;
	return true;
}

void budget_give(u64 bytes)
{
	base_state.budget.taken -= min(bytes, base_state.budget.taken);
}
