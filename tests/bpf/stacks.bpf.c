/* SPDX-License-Identifier: GPL-2.0-only */
/* stacks.bpf.c - what of a stack bpf_get_stack() and bpf_get_stackid() see. */
#include "test.h"

#define SKIP_ONE 1

struct {
	__uint(type, BPF_MAP_TYPE_STACK_TRACE);
	__uint(max_entries, 16);
	__uint(key_size, sizeof(u32));
	__uint(value_size, 4 * sizeof(u64));
} stacks SEC(".maps");

/* bytes */
s64 nr_plain, nr_deep, nr_loop, nr_skip, nr_all_skipped, user, bad_flags, nr_tracepoint;
s64 id_plain, id_again, id_deep, id_skip, id_user;
bool same_id, other_id, outermost_same, deep_differs;
u64 plain[4], deep[4], loop[5];

static __noinline s64 deeper(void *ctx)
{
	nr_deep = bpf_get_stack(ctx, deep, sizeof(deep), 0);
	nr_skip = bpf_get_stack(ctx, loop, sizeof(loop), SKIP_ONE);
	id_deep = bpf_get_stackid(ctx, &stacks, 0);
	id_skip = bpf_get_stackid(ctx, &stacks, SKIP_ONE);
	return nr_deep;
}

static int in_loop(u32 i, void **ctx)
{
	nr_loop = bpf_get_stack(*ctx, loop, sizeof(loop), 0);
	return 0;
}

SEC("syscall")
int look(void *ctx)
{
	void *p = ctx;

	nr_plain = bpf_get_stack(ctx, plain, sizeof(plain), 0);
	id_plain = bpf_get_stackid(ctx, &stacks, 0);
	id_again = bpf_get_stackid(ctx, &stacks, BPF_F_FAST_STACK_CMP);
	deeper(ctx);
	bpf_loop(1, in_loop, &p, 0);
	nr_all_skipped = bpf_get_stack(ctx, loop, sizeof(loop), 5);
	user = bpf_get_stack(ctx, loop, sizeof(loop), BPF_F_USER_STACK);
	id_user = bpf_get_stackid(ctx, &stacks, BPF_F_USER_STACK);
	bad_flags = bpf_get_stackid(ctx, &stacks, 1 << 20);
	same_id = id_plain >= 0 && id_plain == id_again;
	/* without its innermost function the deeper stack is the plain one */
	other_id = id_deep >= 0 && id_deep != id_plain && id_skip == id_plain;
	outermost_same = plain[0] && plain[0] == deep[1];
	deep_differs = deep[0] != deep[1];
	return 0;
}

/* begins at the tracepoint, of which nothing is known */
SEC("tracepoint/sched/sched_switch")
int at_tracepoint(void *ctx)
{
	nr_tracepoint = bpf_get_stack(ctx, plain, sizeof(plain), 0);
	return 0;
}
