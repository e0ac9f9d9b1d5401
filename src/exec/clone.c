// SPDX-License-Identifier: GPL-2.0-only
/*
 * clone.c - threads and children that a loader makes without the C library. A thread of
 * a bare program is one of the C library's too (thread.c), for the thread pointer that
 * the machine's side of it needs; its own stack and thread pointer are what it asked for:
 *
 *	clone(CLONE_VM | CLONE_THREAD | ..., stack) ─▶ pthread_create() ─▶ task of the machine
 *	                                               ╰─▶ trap_become(registers, stack, 0)
 *	clone(SIGCHLD), fork(), vfork()             ─▶ a process of the host's
 */
#include "exec/clone.h"

#if defined(__x86_64__)

#include <errno.h>
#include <pthread.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>
#include <sys/pidfd.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "exec/bare.h"
#include "exec/child.h"
#include "exec/process.h"
#include "exec/thread.h"
#include "exec/trap.h"
#include "kern/sched.h"
#include "sys/door.h"

#define SHADOW_STACK_BYTES \
	(256 * 1024UL) /* of the C library's thread: it does not run there for long */
#define THREAD_FLAGS (CLONE_VM | CLONE_THREAD | CLONE_SIGHAND)

#ifndef CLONE_PIDFD
#define CLONE_PIDFD 0x1000
#endif

/* What clone(2) was asked for, as x86-64 passes it. */
struct request {
	unsigned long flags, stack, tls;
	int *parent_tid, *child_tid;
};

struct newborn {
	struct trap_context at;
	u32 *clear_tid;
	int *set_tid, *parent_tid;
	bool sigsys_blocked;
};

/* ---- threads ---- */

static void *begin(void *arg)
{
	struct newborn *n = arg;
	struct thread *t = thread_self();

	t->clear_tid = n->clear_tid;
	t->sigsys_blocked = n->sigsys_blocked;
	if (n->set_tid)
		*n->set_tid = gettid();
	if (n->parent_tid)
		*n->parent_tid = gettid();
	trap_become(&n->at); /* which leaves @n to the thread, for good */
}

static struct newborn *describe(const struct request *q, const ucontext_t *uc)
{
	struct newborn *n = calloc(1, sizeof(*n));

	if (!n)
		return NULL;
	trap_save(uc, &n->at);
	n->at.regs[REG_RAX] = 0;
	if (q->stack)
		n->at.regs[REG_RSP] = (greg_t)q->stack;
	if (q->flags & CLONE_SETTLS)
		n->at.tls = q->tls;
	n->clear_tid = q->flags & CLONE_CHILD_CLEARTID ? (u32 *)q->child_tid : NULL;
	n->set_tid = q->flags & CLONE_CHILD_SETTID ? q->child_tid : NULL;
	n->parent_tid = q->flags & CLONE_PARENT_SETTID ? q->parent_tid : NULL;
	n->sigsys_blocked = thread_self()->sigsys_blocked;
	return n;
}

/* its pid, or -errno */
static pid_t create(struct newborn *n)
{
	pthread_attr_t attr;
	pthread_t id;
	pid_t pid;

	pthread_attr_init(&attr);
	pthread_attr_setdetachstate(&attr, PTHREAD_CREATE_DETACHED);
	pthread_attr_setstacksize(&attr, SHADOW_STACK_BYTES);
	pid = thread_create(&id, &attr, begin, n);
	pthread_attr_destroy(&attr);
	return pid;
}

static long new_thread(const struct request *q, const ucontext_t *uc)
{
	struct newborn *n = describe(q, uc);
	pid_t tid = n ? create(n) : -EAGAIN;

	if (tid < 0)
		free(n);
	else if (q->flags & CLONE_PARENT_SETTID) /* whichever of the two runs first */
		*q->parent_tid = tid;
	return tid;
}

/* ---- processes ---- */

static long new_process(const struct request *q, ucontext_t *uc)
{
	pid_t pid = q->flags & CLONE_VFORK ? child_vfork() : fork();

	if (pid < 0)
		return -errno;
	if (!pid) {
		if (q->stack)
			uc->uc_mcontext.gregs[REG_RSP] = (greg_t)q->stack;
		if (q->flags & CLONE_SETTLS)
			thread_self()->program_tls = q->tls;
		if (q->flags & CLONE_CHILD_SETTID)
			*q->child_tid = (int)syscall(SYS_gettid);
		return 0;
	}
	if (q->flags & CLONE_PIDFD)
		*q->parent_tid = child_pidfd(pid);
	else if (q->flags & CLONE_PARENT_SETTID)
		*q->parent_tid = pid;
	return pid;
}

static long clone_it(const struct request *q, ucontext_t *uc)
{
	const bool needs_frame = q->stack || q->flags & CLONE_SETTLS;

	if ((q->flags & THREAD_FLAGS) == THREAD_FLAGS && bare_runs && uc)
		return new_thread(q, uc);
	if (!(q->flags & CLONE_THREAD) && (!(q->flags & CLONE_VM) || q->flags & CLONE_VFORK) &&
	    (uc || !needs_frame))
		return new_process(q, uc);
	door_note("clone(%#lx) without the C library's functions is not served", q->flags);
	return -ENOSYS;
}

/* ---- the end of one ---- */

static void tell_who_joins(u32 *word)
{
	const long wake[6] = { (long)word, 1 /* FUTEX_WAKE */, 1 };

	*word = 0;
	process_enter();
	thread_futex(wake);
	process_leave();
}

/* The first one's is the process's: no loader goes on without it. */
static void __attribute__((noreturn)) end_thread(int status)
{
	struct thread *t = thread_self();

	if (process_is_first(t))
		process_exit(status);
	if (t->clear_tid)
		tell_who_joins(t->clear_tid);
	thread_finish();
}

static bool bare_thread_call(long nr, const long a[6], long *ret)
{
	switch (nr) {
	case __NR_set_tid_address:
		thread_self()->clear_tid = (u32 *)a[0];
		*ret = gettid();
		return true;
	case __NR_set_robust_list: /* nothing walks it when a thread dies */
	case __NR_rseq:
		*ret = -ENOSYS;
		return true;
	default:
		return false;
	}
}

/* @uc NULL: see clone_by_number() */
static bool process_call(long nr, const long a[6], ucontext_t *uc, long *ret)
{
	struct request q = { .flags = 0 };

	switch (nr) {
	case __NR_clone:
		q = (struct request){ (unsigned long)a[0], (unsigned long)a[1], (unsigned long)a[4],
				      (int *)a[2], (int *)a[3] };
		break;
	case __NR_clone3: /* who gets this asks by clone() */
		*ret = -ENOSYS;
		return true;
	case __NR_vfork:
		q.flags = CLONE_VM | CLONE_VFORK;
		break;
	case __NR_fork:
		break;
	case __NR_exit:
		end_thread((int)a[0]);
	default:
		return false;
	}
	*ret = clone_it(&q, uc);
	return true;
}

bool clone_call(long nr, const long a[6], ucontext_t *uc, long *ret)
{
	return (bare_runs && bare_thread_call(nr, a, ret)) || process_call(nr, a, uc, ret);
}

bool clone_by_number(long nr, const long a[6], long *ret)
{
	return process_call(nr, a, NULL, ret);
}

#endif
