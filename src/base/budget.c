// SPDX-License-Identifier: GPL-2.0-only
/* budget.c - see budget.h. */
#include "base/budget.h"

static u64 limit, taken, refused;

void budget_begin(u64 bytes)
{
	limit = bytes;
	taken = refused = 0;
}

bool budget_take(u64 bytes)
{
	if (limit && (bytes > limit || taken > limit - bytes)) {
		refused = refused ? refused : bytes;
		return false;
	}
	taken += bytes;
	return true;
}

void budget_give(u64 bytes)
{
	taken -= min(bytes, taken);
}

u64 budget_refused(void)
{
	return refused;
}
