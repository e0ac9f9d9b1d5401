/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * diff.h - programs whose answers are compared with the host's kernel: each writes to
 * `results`, which tests/diff/objects.c clears before and prints after a run.
 */
#ifndef TESTS_BPF_DIFF_H
#define TESTS_BPF_DIFF_H

#include "vmlinux.h"
#include <bpf/bpf_helpers.h>

char _license[] SEC("license") = "GPL";

struct {
	u64 out[64];
	char text[1024];
} results SEC(".data.results");

#define OUT(i) results.out[i]

/* a program by itself */
#define TEST(name) SEC("syscall") int name(void *ctx)

/* one that may not sleep: SYSCALL programs always may */
#define TEST_ATOMIC(name) SEC("raw_tp") int name(void *ctx)

#endif
