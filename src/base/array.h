/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * array.h - arrays that grow by doubling.
 *
 *	if (!array_room(&l->at, l->nr, &l->room))
 *		return -ENOMEM;
 *	l->at[l->nr++] = x;
 */
#ifndef KS_BASE_ARRAY_H
#define KS_BASE_ARRAY_H

#include <stdlib.h>

#include "base/types.h"

#define ARRAY_ROOM_FIRST 16

/* false: no memory; the array is as it was. *@array of @nr elements is malloc'ed, or NULL */
static inline bool array_grow(void *array, u32 nr, u32 *room, size_t size)
{
	u32 more = *room ? *room * 2 : ARRAY_ROOM_FIRST;
	void *p, **at = array;

	if (nr < *room)
		return true;
	p = realloc(*at, (size_t)more * size);
	if (!p)
		return false;
	*at = p;
	*room = more;
	return true;
}

/* Room for one more behind the @nr elements of *@array, which has *@room (u32). */
#define array_room(array, nr, room) array_grow(array, nr, room, sizeof(**(array)))

#endif
