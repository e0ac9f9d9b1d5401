/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * work.bpf.c - programs that compute: work.h's loops, the same over an arena, and look-ups.
 */
#include "test.h"
#include "work.h"

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, WORK_CELLS);
	__type(key, u32);
	__type(value, u64);
} cells_map SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_ARENA);
	__uint(map_flags, BPF_F_MMAPABLE);
	__uint(max_entries, 16);
} arena SEC(".maps");

#define __arena __attribute__((address_space(1)))

work_t cells[WORK_CELLS];
u64 result;

SEC("syscall")
int on_cells(void *ctx)
{
	result = work_on_cells(cells);
	return 0;
}

SEC("syscall")
int on_bits(void *ctx)
{
	result = work_on_bits(cells);
	return 0;
}

SEC("syscall")
int on_arena(void *ctx)
{
	static u64 __arena *page;
	u64 sum = 0;

	if (!page) { /* behind the first, whose address would be NULL for user space */
		u64 from = (u64)bpf_arena_alloc_pages(&arena, NULL, 9, -1, 0);

		if (!from)
			return -1;
		page = (u64 __arena *)(from + 4096);
	}
	for (u32 round = 0; round < WORK_ROUNDS; round++)
		for (u32 i = 0; i < WORK_CELLS; i++) {
			page[i & (WORK_CELLS - 1)] += i ^ sum;
			sum += page[(i * 7) & (WORK_CELLS - 1)];
		}
	result = sum;
	return 0;
}

SEC("syscall")
int on_map(void *ctx)
{
	u64 sum = 0;

	for (u32 i = 0; i < WORK_ROUNDS * 1000; i++) {
		u32 key = i & (WORK_CELLS - 1);
		u64 *cell = bpf_map_lookup_elem(&cells_map, &key);

		if (cell)
			sum += *cell += i;
	}
	result = sum;
	return 0;
}

SEC(".struct_ops.link")
struct sched_ext_ops work_ops = {
	.name = "work",
};
