/* SPDX-License-Identifier: GPL-2.0-only */
/* state.h - all that src/engine keeps beside struct engine; of the one machine (base/state.h). */
#ifndef KS_ENGINE_STATE_H
#define KS_ENGINE_STATE_H

#include "base/types.h"

struct fiber;
struct schedule;

struct engine_state {
	void *pool;		/* fiber.c: free stacks, linked through their first word */
	struct fiber *entering; /* what a switch is on its way to */
	/* called at each switch with the entered fiber's local; returns the left one's. NULL: none */
	void *(*switch_hook)(void *local);
	/* AddressSanitizer's: what was left; the host's main stack, whose place is learned then */
	struct fiber *leaving;
	const void *main_bottom;
	size_t main_bytes;
	struct schedule *schedule; /* schedule.h; NULL: none is set */
};

extern struct engine_state engine_state;

/* The machine is gone, engine_destroy() included. */
void engine_reset(void);

#endif
