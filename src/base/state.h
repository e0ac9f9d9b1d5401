/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * state.h - all that src/base keeps. There is one machine a process, since guests see its
 * memory at fixed addresses: so each folder has one such struct, a static one, and one
 * function that empties what is the machine's of it (docs/design.md lists them).
 */
#ifndef KS_BASE_STATE_H
#define KS_BASE_STATE_H

#include "base/types.h"

struct half_file;
struct region;

struct base_state {
	/* the machine's */
	struct region *region; /* region.c; NULL: there is none */
	u8 *region_present;    /* a byte a page, 0 or 1 */
	struct {
		u64 limit, taken;
	} budget;		   /* bytes */
	void (*bug_context)(void); /* prints the state of the run for a report (bug.h) */

	/* the process's */
	struct half_file *half_files; /* shortage.c */
	void (*shortage_end)(void);   /* shortage.h */
};

extern struct base_state base_state;

/* The machine is gone. */
void base_reset(void);

#endif
