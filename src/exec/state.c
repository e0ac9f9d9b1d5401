// SPDX-License-Identifier: GPL-2.0-only
/* state.c - see state.h. */
#include "exec/state.h"

#define EMPTY(list) { &(list), &(list) }

/* Constructors of other libraries may call us before ours has run: so it is whole from the start. */
#define BEGINNING                                                                        \
	{                                                                                \
		.start = { .machine = { .sz = sizeof(exec_state.start.machine) },        \
			   .json_fd = -1,                                                \
			   .caught_fd = -1 },                                            \
		.process.waiters = EMPTY(exec_state.process.waiters),                    \
		.threads = { .all = EMPTY(exec_state.threads.all),                       \
			     .cond_waiters = EMPTY(exec_state.threads.cond_waiters),     \
			     .futex_waiters = EMPTY(exec_state.threads.futex_waiters) }, \
		.fork_name = "fork",                                                     \
	}

struct exec_state exec_state = BEGINNING;

void exec_reset(void)
{
	exec_state = (struct exec_state)BEGINNING;
}
