/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * objalloc.h - objects of the program's own types: bpf_obj_new() and friends.
 *
 * An object is guest memory in ZONE_HEAP; what it is (its type's special fields,
 * its size) is host memory found by its address, so a stray store cannot lie
 * about it. One without bpf_refcount has one owner; with it, as many as acquired.
 */
#ifndef KS_BPF_OBJALLOC_H
#define KS_BPF_OBJALLOC_H

#include "base/types.h"

struct btf;

/* A zeroed object of struct @type_id in @btf, one a CPU if @percpu. 0: no such type, no memory */
u64 obj_new(struct btf *btf, u32 type_id, bool percpu);
/* Give up a reference; the last one frees what the fields hold and the memory. */
void obj_drop(u64 obj);
/* Another reference: @obj, or 0 if its type has no bpf_refcount. */
u64 obj_acquire(u64 obj);
/* The object that the list or tree node at @node lies in, 0: in none */
u64 obj_of_node(u64 node);
/* CPU @cpu's instance of a per-CPU object; 0 if it is none */
u64 obj_percpu_ptr(u64 obj, u32 cpu);
/* live ones, for leak checks */
u32 objs_live(void);
/* after the machine: forget all (the region goes with them) */
void objs_reset(void);

#endif
