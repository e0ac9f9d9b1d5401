/* SPDX-License-Identifier: GPL-2.0-only */
/* exceptions.bpf.c - what bpf_throw() comes to, with an exception callback and without. */
#include "test.h"

#define __exception_cb(name) __attribute__((btf_decl_tag("exception_callback:" #name)))

void bpf_throw(u64 cookie) __ksym;

u64 caught, after;

struct args {
	u64 cookie;
};

__noinline int caught_by(u64 cookie)
{
	caught += cookie;
	return cookie + 1000;
}

/* two frames down */
static __noinline int deep(u64 cookie)
{
	if (cookie)
		bpf_throw(cookie);
	return 5;
}

static __noinline int deeper(u64 cookie)
{
	int ret = deep(cookie);

	after++;
	return ret;
}

SEC("syscall")
__exception_cb(caught_by)
int with_callback(struct args *args)
{
	return deeper(args->cookie) + 1;
}

SEC("syscall")
int without_callback(struct args *args)
{
	return deeper(args->cookie) + 1;
}

static int in_loop(u32 i, u64 *cookie)
{
	if (i == 2)
		bpf_throw(*cookie);
	return 0;
}

/* from a callback of a helper, too */
SEC("syscall")
__exception_cb(caught_by)
int from_loop(struct args *args)
{
	u64 cookie = args->cookie;

	bpf_loop(5, in_loop, &cookie, 0);
	return 1;
}
