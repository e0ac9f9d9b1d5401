// SPDX-License-Identifier: GPL-2.0-only
/* blocks.c - see blocks.h. */
#include "base/blocks.h"

#include <stdlib.h>

#include "base/types.h"

struct block {
	struct block *next;
	u64 pad; /* what follows is 16-byte aligned */
};

_Static_assert(sizeof(struct block) % 16 == 0, "blocks keep malloc's alignment");

void *blocks_alloc(void **all, size_t size)
{
	struct block *b = calloc(1, sizeof(*b) + size);

	if (!b)
		return NULL;
	b->next = *all;
	*all = b;
	return b + 1;
}

void blocks_free(void **all)
{
	struct block *b, *next;

	for (b = *all; b; b = next) {
		next = b->next;
		free(b);
	}
	*all = NULL;
}
