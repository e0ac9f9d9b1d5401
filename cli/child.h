/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * child.h - the end of a process that the command forked for one run: without what is the
 * parent's to do at exit. What it has flushed is all that is left of it.
 *
 *	t->pid = fork();
 *	if (!t->pid)
 *		child_end(run(t));
 */
#ifndef KS_CLI_CHILD_H
#define KS_CLI_CHILD_H

#include <unistd.h>

#ifdef KICKSTAND_COVERAGE /* meson.build: gcov's counts are written at exit */
void __gcov_dump(void);
#define child_flush_counts() __gcov_dump()
#else
#define child_flush_counts() ((void)0)
#endif

static inline void __attribute__((noreturn)) child_end(int status)
{
	child_flush_counts();
	_exit(status);
}

#endif
