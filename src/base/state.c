// SPDX-License-Identifier: GPL-2.0-only
/* state.c - see state.h. */
#include "base/state.h"

#include <string.h>

#include "base/region.h"

struct base_state base_state;

void base_reset(void)
{
	region_destroy();
	memset(&base_state.budget, 0, sizeof(base_state.budget));
	base_state.bug_context = NULL;
}
