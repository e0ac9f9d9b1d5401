// SPDX-License-Identifier: GPL-2.0-only
/* state.c - see state.h. */
#include "engine/state.h"

#include "engine/fiber.h"

struct engine_state engine_state;

void engine_reset(void)
{
	fiber_pool_drain();
	engine_state = (struct engine_state){};
}
