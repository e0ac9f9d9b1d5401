/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * suggest.h - what somebody may have meant who wrote a name that there is not.
 *
 *	struct suggestion s = { .word = "--durtion" };
 *
 *	for (i = 0; i < nr; i++)
 *		suggest_try(&s, name[i]);
 *	if (s.best)
 *		printf("did you mean %s?", s.best);
 */
#ifndef KS_BASE_SUGGEST_H
#define KS_BASE_SUGGEST_H

#include "base/types.h"

struct suggestion {
	const char *word;
	const char *best; /* of those tried, the first of the nearest; NULL: none is near */
	u32 distance;
};

void suggest_try(struct suggestion *s, const char *name);
/* "" or "; did you mean 'NAME'?", into @buf */
const char *suggest_text(const struct suggestion *s, char *buf, size_t size);

#endif
