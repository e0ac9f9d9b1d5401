/* SPDX-License-Identifier: GPL-2.0-only */
/* values.bpf.c - a global of each kind, and the same in a map, for tests/values.sh to write and read. */
#include "test.h"

enum mode { MODE_OFF, MODE_A = 1, MODE_B = 2, MODE_LAST = -1 };

struct bits {
	u32 low : 3;
	s32 mid : 5;
	u32 rest : 24;
};

struct cfg {
	u32 mode;
	char name[8];
	u8 map[4];
	struct {
		u16 inner;
	};
};

u8 byte = 1;
s8 sbyte = 1;
u32 word = 1;
s32 sword = 1;
u64 wide = 1;
bool flag = true;
enum mode mode = MODE_A;
char text[8] = "abc";
u16 list[4] = { 1, 2, 3, 4 };
struct bits bits = { .low = 1 };
struct cfg cfg = { .mode = 1 };

struct cell {
	u8 byte;
	s8 sbyte;
	u32 word;
	s32 sword;
	u64 wide;
	bool flag;
	enum mode mode;
	char text[8];
	u16 list[4];
	struct bits bits;
	struct cfg cfg;
};

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__type(key, u32);
	__type(value, struct cell);
} cells SEC(".maps");

SEC(".struct_ops.link")
struct sched_ext_ops values_ops = {
	.name = "values",
};
