/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * arena.bpf.h - memory that programs and user space share, in a map of its own.
 *
 *	ARENA_DEFINE(arena, 16);			16 pages, at file scope
 *	u32 __arena idle[64] __arena_data;		a variable in it
 *
 * A cid-form scheduler must have one: the kernel shows it masks there. Needs clang 19.
 */
#ifndef KS_SCX_ARENA_BPF_H
#define KS_SCX_ARENA_BPF_H

#define __arena __attribute__((address_space(1)))
#define __arena_data SEC(".addr_space.1")

#define ARENA_DEFINE(name, pages) \
	struct { \
		__uint(type, BPF_MAP_TYPE_ARENA); \
		__uint(map_flags, BPF_F_MMAPABLE); \
		__uint(max_entries, pages); \
	} name SEC(".maps")

#endif
