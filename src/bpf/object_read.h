/* SPDX-License-Identifier: GPL-2.0-only */
/* object_read.h - a program runs, and looks at objects without a reference (object.h). */
#ifndef KS_BPF_OBJECT_READ_H
#define KS_BPF_OBJECT_READ_H

#include "bpf/state.h"

/* Release what nobody looks at any more. */
void object_readers_through(void);

static inline void object_read_begin(struct object_reader *r)
{
	struct object_reader *newest = vm_state.object.readers.prev;

	r->seq = ++vm_state.object.reader_seq;
	r->prev = newest;
	r->next = &vm_state.object.readers;
	newest->next = vm_state.object.readers.prev = r;
}

static inline void object_read_end(struct object_reader *r)
{
	r->prev->next = r->next;
	r->next->prev = r->prev;
	if (unlikely(vm_state.object.dead != NULL))
		object_readers_through();
}

#endif
