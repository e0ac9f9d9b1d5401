// SPDX-License-Identifier: GPL-2.0-only
/* pids.c - see pids.h. */
#include "trace/pids.h"

#include <stdlib.h>
#include <string.h>
#include "base/shortage.h"

#define FIRST 256

static void grow(struct pids *p, u64 pid)
{
	u32 nr = max(p->nr, (u32)FIRST);
	u8 *more;

	while (nr <= pid)
		nr *= 2;
	more = realloc(p->at, nr * p->size);
	shortage_on(!more, "out of memory for a table of tasks");
	memset(more + p->nr * p->size, 0, (nr - p->nr) * p->size);
	p->at = more;
	p->nr = nr;
}

void *pids_find(const struct pids *p, u64 pid)
{
	return pid < p->nr ? (u8 *)p->at + pid * p->size : NULL;
}

void *pids_get(struct pids *p, u64 pid)
{
	if (pid >= PID_LIMIT)
		return NULL;
	if (pid >= p->nr)
		grow(p, pid);
	return pids_find(p, pid);
}

void pids_finish(struct pids *p)
{
	free(p->at);
	p->at = NULL;
	p->nr = 0;
}
