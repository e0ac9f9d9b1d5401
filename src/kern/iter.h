/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * iter.h - iterator programs (iter/task): one run for each object, and one with
 * NULL at the end; what they write with bpf_seq_write() and bpf_seq_printf() is
 * the file that user space reads.
 */
#ifndef KS_KERN_ITER_H
#define KS_KERN_ITER_H

#include "base/types.h"

struct prog;

/* Which tasks: at most one of the two (bpf_iter_attach_task()); none: all. */
struct iter_tasks {
	pid_t tid;
	pid_t tgid;
};

/* the target a program names: "task"; NULL: one that the machine lacks */
const char *hook_iter_target(const struct prog *prog);

/*
 * hook_iter_run - read the file from beginning to end (read(2) until it returns 0)
 * @which: NULL for all; @out: takes what read() would give, in pieces.
 * To be called where the reader would be: on a task of the machine, which may be
 * preempted in it. From the host's main fiber programs run with no CPU under them.
 * 0; -EOPNOTSUPP: no such target; -EINVAL: no iterator, or both tid and tgid;
 * -E2BIG: one object's output is beyond 32 KiB; -EAGAIN: the program returned not 0
 * for an object that begins a read; -ENOMEM. What came before went to @out.
 */
int hook_iter_run(struct prog *prog, const struct iter_tasks *which,
		  void (*out)(void *arg, const void *data, size_t len), void *arg);

/* seq_write() for programs (bpf/env.h): 0, -EOVERFLOW, -EFAULT: no file of an iterator's is at @addr */
s64 iter_seq_write(u64 addr, const void *data, u32 len);

#endif
