// SPDX-License-Identifier: GPL-2.0-only
/* An arena where the machine has its own memory; libbpf maps it with MAP_FIXED. */
#include "scx.h"
#include "hostile.h"

struct {
	__uint(type, BPF_MAP_TYPE_ARENA);
	__uint(map_flags, BPF_F_MMAPABLE);
	__uint(max_entries, 256);
	__ulong(map_extra, 0x200000000000ull);
} arena SEC(".maps");

SEC("struct_ops.s/hostile_init")
s32 BPF_PROG(hostile_init)
{
	u64 x = (u64)&arena;

	asm volatile("" :: "r"(x));
	return 0;
}

HOSTILE_OPS(hostile_arena, .init = (void *)hostile_init);
