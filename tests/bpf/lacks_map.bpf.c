/* SPDX-License-Identifier: GPL-2.0-only */
/* lacks_map.bpf.c - a map of a type that no kernel has, for tests/diff_reasons.sh. */
#include "test.h"

struct {
	__uint(type, 9999);
	__uint(max_entries, 1);
} of_no_type SEC(".maps");

SEC("syscall")
int lacks_map(void *ctx)
{
	return !bpf_map_lookup_elem(&of_no_type, &(u32){ 0 });
}
