/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * dynptr.h - what is inside the 16 opaque bytes of struct bpf_dynptr.
 */
#ifndef KS_BPF_DYNPTR_H
#define KS_BPF_DYNPTR_H

#include "base/types.h"

#define DYNPTR_SIZE_MAX ((1u << 24) - 1)

enum dynptr_type { DYNPTR_INVALID, DYNPTR_LOCAL, DYNPTR_RINGBUF };

/*
 *	 31     30..28   23         0
 *	rdonly | type |     size      |
 */
struct dynptr {
	u64 data; /* guest address, 0: null dynptr */
	u32 bits;
	u32 off;
};

_Static_assert(sizeof(struct dynptr) == 16, "struct bpf_dynptr is opaque and has 16 bytes");

#define DYNPTR_RDONLY (1u << 31)

static inline u32 dynptr_size(const struct dynptr *d)
{
	return d->bits & DYNPTR_SIZE_MAX;
}

static inline enum dynptr_type dynptr_type(const struct dynptr *d)
{
	return (enum dynptr_type)(d->bits >> 28 & 7);
}

static inline void dynptr_init(struct dynptr *d, u64 data, enum dynptr_type type, u32 size)
{
	d->data = data;
	d->bits = size | (u32)type << 28;
	d->off = 0;
}

static inline void dynptr_set_null(struct dynptr *d)
{
	d->data = 0;
	d->bits = 0;
	d->off = 0;
}

/* is [off, off + len) inside? 0 or -E2BIG */
int dynptr_check(const struct dynptr *d, u64 off, u64 len);

#endif
