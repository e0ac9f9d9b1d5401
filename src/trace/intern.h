/* SPDX-License-Identifier: GPL-2.0-only */
/* intern.h - a number for each string, from 1 on, in the order in which they come. */
#ifndef KS_TRACE_INTERN_H
#define KS_TRACE_INTERN_H

#include "base/types.h"

struct intern {
	char **text; /* text[i] has number i + 1 */
	u32 *slots;  /* open addressing; 0: free */
	u32 nr, nr_slots;
};

/* its number; *@fresh: it has come for the first time */
u32 intern_get(struct intern *in, const char *text, bool *fresh);
void intern_finish(struct intern *in);

#endif
