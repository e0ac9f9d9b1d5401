/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * blocks.h - memory that goes all at once, with what it was made for.
 *
 *	void *allocs = NULL;
 *	p = blocks_alloc(&allocs, sizeof(*p));	zeroed, with malloc's alignment; NULL: no memory
 *	blocks_free(&allocs);
 */
#ifndef KS_BASE_BLOCKS_H
#define KS_BASE_BLOCKS_H

#include <stddef.h>

void *blocks_alloc(void **all, size_t size);
void blocks_free(void **all);

#endif
