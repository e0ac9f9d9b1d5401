// SPDX-License-Identifier: GPL-2.0-only
/* Types in types: 16 to the seventh leaves for whoever goes down to each of them. */
#include "scx.h"
#include "hostile.h"

#define FOUR(t, n) t n##0; t n##1; t n##2; t n##3;
#define LEVEL(kind, name, below) \
	kind name { FOUR(kind below, a) FOUR(kind below, b) FOUR(kind below, c) FOUR(kind below, d) };

union u0 {
	u64 x;
};
LEVEL(union, u1, u0)
LEVEL(union, u2, u1)
LEVEL(union, u3, u2)
LEVEL(union, u4, u3)
LEVEL(union, u5, u4)
LEVEL(union, u6, u5)
LEVEL(union, u7, u6)

struct s0 {
};
LEVEL(struct, s1, s0)
LEVEL(struct, s2, s1)
LEVEL(struct, s3, s2)
LEVEL(struct, s4, s3)
LEVEL(struct, s5, s4)
LEVEL(struct, s6, s5)
LEVEL(struct, s7, s6)

struct value {
	union u7 u;
	struct s7 s;
};

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__type(key, u32);
	__type(value, struct value);
} values SEC(".maps");

SEC("struct_ops.s/hostile_init")
s32 BPF_PROG(hostile_init)
{
	u32 key = 0;

	return !bpf_map_lookup_elem(&values, &key);
}

HOSTILE_OPS(hostile_types, .init = (void *)hostile_init);
