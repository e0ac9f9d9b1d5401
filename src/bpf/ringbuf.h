/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * ringbuf.h - RINGBUF (guests produce) and USER_RINGBUF (user space produces).
 */
#ifndef KS_BPF_RINGBUF_H
#define KS_BPF_RINGBUF_H

#include "bpf/map.h"

/* A record of @size bytes to fill in; NULL: no room, or larger than the ring. */
void *ringbuf_reserve(struct map *map, u64 size);
/* @sample as ringbuf_reserve() gave it; -EINVAL if it is no such thing. */
int ringbuf_commit(void *sample, bool discard);
/* Is all of [@addr, @addr + @size), of ZONE_RING, in records that programs are filling in? */
bool ringbuf_may_store(u64 addr, u64 size);
/* BPF_RB_AVAIL_DATA, ... */
u64 ringbuf_query(struct map *map, u64 what);

/*
 * user_ringbuf_peek - next sample of the producer in user space
 * 0 and *sample, *size; -ENODATA: nothing complete is there; -EAGAIN: one was
 * discarded, go on; -EINVAL, -E2BIG: the producer wrote nonsense.
 */
int user_ringbuf_peek(struct map *map, void **sample, u32 *size);
void user_ringbuf_release(struct map *map, u32 size);
/* one consumer at a time: false, it is busy */
bool user_ringbuf_lock(struct map *map);
void user_ringbuf_unlock(struct map *map);

#endif
