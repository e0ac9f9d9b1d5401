// SPDX-License-Identifier: GPL-2.0-only
/* pipe.c - see pipe.h; the system calls themselves are in syscalls.c. */
#include "kern/pipe.h"

#include <errno.h>

#include "kern/sleep.h"
#include "kern/task_work.h"

void pipe_init(struct pipe *pi)
{
	*pi = (struct pipe){};
	INIT_LIST_HEAD(&pi->readers);
	INIT_LIST_HEAD(&pi->writers);
}

static bool pipe_blocks(const struct pipe *pi, bool write)
{
	return write ? pi->bytes == PIPE_BYTES : !pi->bytes;
}

/* The lock is held with irqs off; task work that ends a sleep runs, and the call goes on. */
static int pipe_wait(struct pipe *pi, bool write)
{
	while (pipe_blocks(pi, write)) {
		if (host_of(current)->m->killed)
			return -EINTR;
		if (wait_interruptible(write ? &pi->writers : &pi->readers, &pi->lock))
			continue;
		raw_spin_unlock_irq(&pi->lock);
		task_work_run();
		raw_spin_lock_irq(&pi->lock);
	}
	return 0;
}

static int pipe_move(struct pipe *pi, bool write)
{
	struct list_head *others = write ? &pi->readers : &pi->writers;
	bool wake;
	int err;

	raw_spin_lock_irq(&pi->lock);
	err = pipe_wait(pi, write);
	wake = !err && pipe_blocks(pi, !write);
	if (!err)
		pi->bytes += write ? 1 : -1;
	if (wake)
		wake_first(others, WF_SYNC);
	raw_spin_unlock_irq(&pi->lock);
	return err;
}

int pipe_read(struct pipe *pi)
{
	return pipe_move(pi, false);
}

int pipe_write(struct pipe *pi)
{
	return pipe_move(pi, true);
}
