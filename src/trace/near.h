/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * near.h - the tasks whose names begin most like one that there is not, for a message.
 *
 *	struct near n = { .asked = "lat" };
 *
 *	near_try(&n, "late", 9);		each task that there is
 *	near_text(&n, buf, sizeof(buf));	" (it has late-9)", or "" where none is like it
 */
#ifndef KS_TRACE_NEAR_H
#define KS_TRACE_NEAR_H

#include "base/types.h"

#define NEAR_NAMES 6 /* that are told, the first of those equally near */
#define NEAR_COMM_BYTES 16

struct near {
	const char *asked;
	u32 letters; /* of the beginning that are the same */
	u32 nr;
	char comm[NEAR_NAMES][NEAR_COMM_BYTES];
	s32 pid[NEAR_NAMES]; /* the first of that name */
};

void near_try(struct near *n, const char *comm, s32 pid);
const char *near_text(const struct near *n, char *buf, size_t len);

#endif
