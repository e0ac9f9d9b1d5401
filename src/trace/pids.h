/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * pids.h - something for each pid: a table that grows, with elements that begin as zeros.
 *
 *	struct pids table = { .size = sizeof(struct thread) };
 *	struct thread *t = pids_get(&table, 17);
 *
 * An element's address holds until the next pids_get().
 */
#ifndef KS_TRACE_PIDS_H
#define KS_TRACE_PIDS_H

#include "base/types.h"

#define PID_LIMIT (1 << 22) /* Linux's */

struct pids {
	size_t size; /* of an element */
	void *at;
	u32 nr; /* that there is room for */
};

/* NULL: no pid of Linux */
void *pids_get(struct pids *p, u64 pid);
/* NULL: nothing was there yet */
void *pids_find(const struct pids *p, u64 pid);
void pids_finish(struct pids *p);

#endif
