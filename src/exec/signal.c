// SPDX-License-Identifier: GPL-2.0-only
/*
 * signal.c - what a loader does with signals, as far as it would take SIGSYS from the
 * machine (trap.c), which needs it whenever loader code runs:
 *
 *	mask with SIGSYS in it		the host gets it without
 *	handler of SIGSYS		is kept here, called for those that are not the machine's
 *	a stack for signals		is the machine's, one a thread; what the loader set is told back
 *
 * The stacks: a language whose own are small (Go) makes system calls where no handler would
 * fit. All threads share the host's first one, so the kernel is told the next thread's
 * stack when that goes on; SS_AUTODISARM allows it from within a handler. Who is within
 * one has none until it returns.
 */
#undef _FORTIFY_SOURCE
#include "exec/signal.h"

#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "exec/bare.h"
#include "exec/process.h"
#include "exec/trap.h"
#include "sys/host.h"

#ifndef SS_AUTODISARM
#define SS_AUTODISARM (1U << 31)
#endif
#ifndef SA_RESTORER
#define SA_RESTORER 0x04000000
#endif

#define STACK_BYTES (256 * 1024UL)

#define S (&exec_state.signal)

/*
 * Nothing comes while a bare program's call is answered, but what is a fault of ours. As the
 * kernel has it: sigfillset() leaves out two that the C library keeps for itself.
 */
static void close_mask(sigset_t *set)
{
	static const int open[] = { SIGSYS, SIGSEGV, SIGBUS, SIGILL, SIGFPE, SIGABRT };
	unsigned long *bits = (unsigned long *)set;
	size_t i;

	*bits = ~0UL;
	for (i = 0; i < sizeof(open) / sizeof(open[0]); i++)
		*bits &= ~(1UL << (open[i] - 1));
}

int signal_begin(void (*handler)(int sig, siginfo_t *info, void *context))
{
	struct sigaction sa = { .sa_sigaction = handler,
				.sa_flags = SA_SIGINFO | SA_NODEFER | SA_ONSTACK };
	sigset_t set;

	if (bare_runs)
		close_mask(&sa.sa_mask);
	if (HOST(sigaction)(SIGSYS, &sa, &S->wanted))
		return -errno;
	sigemptyset(&set);
	sigaddset(&set, SIGSYS);
	HOST(pthread_sigmask)(SIG_UNBLOCK, &set, NULL);
	S->trapping = true;
	return 0;
}

static void die_of_it(void)
{
	struct sigaction usual = { .sa_handler = SIG_DFL };

	HOST(sigaction)(SIGSYS, &usual, NULL);
	raise(SIGSYS);
}

void signal_pass_on(int sig, siginfo_t *info, void *context)
{
	if (S->wanted.sa_handler == SIG_IGN)
		return;
	if (S->wanted.sa_handler == SIG_DFL)
		die_of_it();
	else if (S->wanted.sa_flags & SA_SIGINFO)
		S->wanted.sa_sigaction(sig, info, context);
	else
		S->wanted.sa_handler(sig);
}

/* ---- masks ---- */

/* What the loader wants of SIGSYS is noted, and taken out of @set. */
static void take_out(int how, sigset_t *set)
{
	bool has = sigismember(set, SIGSYS) > 0;
	struct thread *t = thread_self();

	if (how == SIG_SETMASK)
		t->sigsys_blocked = has;
	else if (has)
		t->sigsys_blocked = how == SIG_BLOCK;
	if (how != SIG_UNBLOCK)
		sigdelset(set, SIGSYS);
}

/*
 * A bare program waits with another mask, as in ppoll(): that of its code changes, and
 * what was waiting for the first one comes before the second.
 */
static int change_bare_mask(struct thread *t, int how, const sigset_t *set, sigset_t *old)
{
	const unsigned long *mask = (const unsigned long *)t->mask;
	sigset_t closed;

	close_mask(&closed);
	if (signal_waits())
		trap_let_come(mask, (const unsigned long *)&closed);
	return (int)-signal_raw_mask(how, (const unsigned long *)set, (unsigned long *)old,
				     t->mask);
}

static int change_mask(int how, const sigset_t *set, sigset_t *old)
{
	struct thread *t = thread_self();
	bool was = t->sigsys_blocked;
	sigset_t ours;
	int err;

	if (bare_runs && t->mask)
		return change_bare_mask(t, how, set, old);
	if (set && S->trapping) {
		ours = *set;
		take_out(how, &ours);
		set = &ours;
	}
	err = HOST(pthread_sigmask)(how, set, old);
	if (!err && old && was)
		sigaddset(old, SIGSYS);
	return err;
}

bool signal_blocked(int sig)
{
	const struct thread *t = thread_self();
	sigset_t now;

	if (bare_runs && t->mask)
		return sigismember(t->mask, sig) > 0;
	return !HOST(sigprocmask)(SIG_SETMASK, NULL, &now) && sigismember(&now, sig) > 0;
}

void signal_leave_mask(void)
{
	const struct thread *t = thread_self();

	if (bare_runs && t->mask)
		HOST(sigprocmask)(SIG_SETMASK, t->mask, NULL);
}

KS_PUBLIC int pthread_sigmask(int how, const sigset_t *set, sigset_t *old)
{
	return process_user ? change_mask(how, set, old) : HOST(pthread_sigmask)(how, set, old);
}

KS_PUBLIC int sigprocmask(int how, const sigset_t *set, sigset_t *old)
{
	return process_user ? (int)to_errno(-change_mask(how, set, old)) :
			      HOST(sigprocmask)(how, set, old);
}

long signal_raw_mask(int how, const unsigned long *set, unsigned long *old, sigset_t *mask)
{
	unsigned long *now = (unsigned long *)mask, was = *now;
	sigset_t ours = { 0 };

	if (old)
		*old = was | (thread_self()->sigsys_blocked ? 1UL << (SIGSYS - 1) : 0);
	if (!set)
		return 0;
	*(unsigned long *)&ours = *set;
	take_out(how, &ours);
	if (how == SIG_SETMASK)
		*now = *(unsigned long *)&ours;
	else if (how == SIG_BLOCK)
		*now = was | *(unsigned long *)&ours;
	else if (how == SIG_UNBLOCK)
		*now = was & ~*(unsigned long *)&ours;
	else
		return -EINVAL;
	return 0;
}

/* ---- actions ---- */

static int change_action(int sig, const struct sigaction *act, struct sigaction *old)
{
	struct sigaction ours;

	if (sig == SIGSYS && S->trapping) {
		ours = S->wanted;
		if (act)
			S->wanted = *act;
		if (old)
			*old = ours;
		return 0;
	}
	if (act) {
		ours = *act;
		sigdelset(&ours.sa_mask, SIGSYS);
		act = &ours;
	}
	return HOST(sigaction)(sig, act, old);
}

KS_PUBLIC int sigaction(int sig, const struct sigaction *act, struct sigaction *old)
{
	return process_user ? change_action(sig, act, old) : HOST(sigaction)(sig, act, old);
}

#define DEFINE_SIGNAL(name, flags)                                                       \
	KS_PUBLIC __sighandler_t name(int sig, __sighandler_t handler)                   \
	{                                                                                \
		struct sigaction sa = { .sa_handler = handler, .sa_flags = flags }, old; \
                                                                                         \
		if (!process_user || sig != SIGSYS)                                      \
			return HOST(name)(sig, handler);                                 \
		return change_action(sig, &sa, &old) ? SIG_ERR : old.sa_handler;         \
	}

DEFINE_SIGNAL(signal, SA_RESTART)
DEFINE_SIGNAL(ssignal, SA_RESTART)
DEFINE_SIGNAL(sysv_signal, SA_RESETHAND | SA_NODEFER)
DEFINE_SIGNAL(__sysv_signal, SA_RESETHAND | SA_NODEFER)

/* the kernel's struct sigaction */
struct raw_action {
	void *handler;
	unsigned long flags;
	void *restorer;
	unsigned long mask;
};

static long host_action(int sig, const struct raw_action *act, struct raw_action *old)
{
	return HOST(syscall)(__NR_rt_sigaction, sig, act, old, sizeof(act->mask)) ? -errno : 0;
}

/* The return from a handler is a system call too: the C library's is not trapped. */
static void use_restorer(struct raw_action *sa)
{
	struct raw_action ours = { 0 };

	host_action(SIGSYS, NULL, &ours);
	sa->flags |= SA_RESTORER;
	sa->restorer = ours.restorer;
}

static void change_wanted(const struct raw_action *in, struct raw_action *out)
{
	struct sigaction was = S->wanted;

	if (in) {
		S->wanted.sa_handler = in->handler;
		S->wanted.sa_flags = (int)(in->flags & ~(unsigned long)SA_RESTORER);
		*(unsigned long *)&S->wanted.sa_mask = in->mask;
	}
	if (out)
		*out = (struct raw_action){ .handler = was.sa_handler,
					    .flags = (unsigned int)was.sa_flags,
					    .mask = *(unsigned long *)&was.sa_mask };
}

/* Not by the C library's, which keeps the first real-time signals for itself: so does a bare program's. */
long signal_raw_action(int sig, const void *act, void *old)
{
	struct raw_action ours;

	if (sig == SIGSYS) {
		change_wanted(act, old);
		return 0;
	}
	if (!act)
		return host_action(sig, NULL, old);
	ours = *(const struct raw_action *)act;
	ours.mask &= ~(1UL << (SIGSYS - 1));
	use_restorer(&ours);
	return host_action(sig, &ours, old);
}

/* ---- to one thread ---- */

bool signal_due(const struct thread *t)
{
	return t->pending && !(t->mask && !(t->pending & ~*(const unsigned long *)t->mask));
}

bool signal_waits(void)
{
	const struct thread *t = thread_self();
	sigset_t pending;

	return bare_runs && t->mask && !sigpending(&pending) &&
	       *(const unsigned long *)&pending & ~*(const unsigned long *)t->mask;
}

bool signal_thread(struct thread *t, int sig)
{
	if (!bare_runs)
		return false;
	if (sig)
		t->pending |= 1UL << (sig - 1);
	process_event(); /* it may be waiting */
	return true;
}

/* kernel/signal.c:do_tkill(), by numbers that the program knows */
static void send_to_self(int sig)
{
	siginfo_t info = { .si_signo = sig, .si_code = SI_TKILL };

	info.si_pid = getpid();
	HOST(syscall)(__NR_rt_tgsigqueueinfo, HOST(getpid)(), HOST(gettid)(), sig, &info);
}

void signal_send_due(struct thread *t)
{
	unsigned long due = t->pending & ~*(const unsigned long *)t->mask;

	t->pending &= ~due;
	for (; due; due &= due - 1)
		send_to_self(__builtin_ctzl(due) + 1);
}

/* ---- stacks ---- */

static bool is_on(const struct thread *t, const void *sp)
{
	const char *low = t->signal_stack;

	return low && (const char *)sp >= low && (const char *)sp < low + STACK_BYTES;
}

static bool has_stack(struct thread *t)
{
	void *p;

	if (t->signal_stack)
		return true;
	p = HOST(mmap)(NULL, STACK_BYTES, PROT_READ | PROT_WRITE,
		       MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	if (p == MAP_FAILED)
		return false;
	t->signal_stack = p;
	return true;
}

void signal_arm(struct thread *t)
{
	bool within = is_on(t, __builtin_frame_address(0));
	stack_t ss = { .ss_flags = SS_DISABLE };

	if (!S->trapping || S->armed == (within ? NULL : t))
		return;
	if (!within && has_stack(t))
		ss = (stack_t){ .ss_sp = t->signal_stack,
				.ss_size = STACK_BYTES,
				.ss_flags = (int)SS_AUTODISARM };
	HOST(sigaltstack)(&ss, NULL);
	S->armed = within ? NULL : t;
}

void signal_disarm(struct thread *t)
{
	stack_t ss = { .ss_flags = SS_DISABLE };

	if (S->armed == t) {
		HOST(sigaltstack)(&ss, NULL);
		S->armed = NULL;
	}
	if (t->signal_stack) {
		fiber_forget_frames(t->signal_stack, STACK_BYTES);
		munmap(t->signal_stack, STACK_BYTES);
	}
	t->signal_stack = NULL;
}

/* What a handler sees is where it is; else what was set. */
long signal_raw_stack(const stack_t *ss, stack_t *old, const void *sp)
{
	struct thread *t = thread_self();
	stack_t was = t->user_stack;

	if (!was.ss_size)
		was.ss_flags = SS_DISABLE;
	if (is_on(t, sp))
		was = (stack_t){ .ss_sp = t->signal_stack,
				 .ss_size = STACK_BYTES,
				 .ss_flags = SS_ONSTACK };
	if (ss && ss->ss_flags & SS_DISABLE)
		t->user_stack = (stack_t){ 0 };
	else if (ss)
		t->user_stack = *ss;
	if (old)
		*old = was;
	return 0;
}

KS_PUBLIC int sigaltstack(const stack_t *ss, stack_t *old)
{
	if (!process_user || !S->trapping)
		return HOST(sigaltstack)(ss, old);
	return (int)signal_raw_stack(ss, old, __builtin_frame_address(0));
}
