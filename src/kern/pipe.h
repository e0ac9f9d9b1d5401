/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * pipe.h - a pipe as the scheduler sees it: how many bytes are in it, who waits for some and
 * who waits for room. Its wakeups are synchronous (WF_SYNC): the waker is about to sleep, or
 * so the kernel guesses.
 *
 *	write to an empty pipe	wakes one reader
 *	read from a full one	wakes one writer
 *
 * Facts: fs/pipe.c:pipe_read(), pipe_write().
 */
#ifndef KS_KERN_PIPE_H
#define KS_KERN_PIPE_H

#include "abi/sched.h"
#include "base/list.h"

#define PIPE_BYTES 65536 /* PIPE_DEF_BUFFERS pages */

struct pipe {
	u32 bytes;
	raw_spinlock_t lock;
	struct list_head readers, writers;
};

void pipe_init(struct pipe *pi);
/* system calls of the current task on a byte; 0, or -EINTR when killed */
int sys_pipe_read(struct pipe *pi);
int sys_pipe_write(struct pipe *pi);

#endif
