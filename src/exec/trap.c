// SPDX-License-Identifier: GPL-2.0-only
/*
 * trap.c - system calls that a loader makes without the C library: some Rust crates
 * have the instruction in their own code, a program that is linked statically has nothing
 * else. The kernel's syscall user dispatch turns them into SIGSYS, and the handler calls the
 * function of that name instead, ours where we have one:
 *
 *	loader code, syscall instruction ──SIGSYS──▶ raw_call() ──▶ epoll_wait() ...
 *	C library, syscall instruction ──────────▶ the host's kernel
 *	the machine itself ──────────────────────▶ the host's kernel
 *
 * The kernel looks at process_user to tell the first from the last: its two values are
 * the selector's. All code of the loader runs on the host's first thread (thread.c), so
 * one thread has the dispatch; children do not inherit it.
 *
 * A bare program (bare.c) has a thread pointer that is not the C library's, and handlers of
 * signals that need theirs. So the handler first takes the thread's own, and puts the program's
 * back; all signals wait meanwhile, for the return to the program's code:
 *
 *	program's thread pointer ─▶ SIGSYS ─▶ the thread's ─▶ raw_call() ─▶ the program's ─▶ return
 */
#include "exec/trap.h"

#include <errno.h>

#include "exec/process.h"
#include "exec/signal.h"

#if defined(__x86_64__)

#include <link.h>
#include <linux/audit.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <ucontext.h>

#include "exec/bare.h"
#include "exec/clone.h"
#include "exec/endless.h"
#include "exec/raw.h"
#include "exec/tls.h"

#ifndef PR_SET_SYSCALL_USER_DISPATCH
#define PR_SET_SYSCALL_USER_DISPATCH 59
#define PR_SYS_DISPATCH_ON 1
#endif
#ifndef SYS_USER_DISPATCH
#define SYS_USER_DISPATCH 2 /* si_code */
#endif

_Static_assert(sizeof(process_user) == 1 && true == 1,
	       "process_user is the selector: 0 lets pass, 1 traps");

#define P(i) ((void *)a[i])
#define I(i) ((int)a[i])

/* ---- calls about the signal's own frame ---- */

#define T (&exec_state.trap)

static bool in_range(const struct address_range *r, const void *at)
{
	return (u64)at - r->begin < r->end - r->begin;
}

/* Of the dynamic loader, which looks for files of the host: its locks are held meanwhile. */
static long host_call(long nr, const long a[6])
{
	long ret;
	register long r10 __asm__("r10") = a[3];
	register long r8 __asm__("r8") = a[4];
	register long r9 __asm__("r9") = a[5];

	process_user = false;
	__asm__ volatile("syscall"
			 : "=a"(ret)
			 : "0"(nr), "D"(a[0]), "S"(a[1]), "d"(a[2]), "r"(r10), "r"(r8), "r"(r9)
			 : "rcx", "r11", "memory");
	process_user = true;
	return ret;
}

/* true and *@ret: what a handler can only do to the frame that it returns to */
static bool frame_call(long nr, const long a[6], ucontext_t *uc, long *ret)
{
	switch (nr) {
	case __NR_rt_sigprocmask:
		*ret = signal_raw_mask(I(0), P(1), P(2), &uc->uc_sigmask);
		return true;
	case __NR_rt_sigaction:
		*ret = signal_raw_action(I(0), P(1), P(2));
		return true;
	case __NR_sigaltstack:
		*ret = signal_raw_stack(P(0), P(1), (void *)uc->uc_mcontext.gregs[REG_RSP]);
		return true;
	default:
		return false;
	}
}

/* ---- a bare program's thread pointer ---- */

/*
 * A library of this process (a sanitizer's) calls the host within the answer to a bare
 * program's call: so with the thread's own thread pointer.
 */
static inline bool is_library(void)
{
	struct thread *t = thread_self();
	bool ours;

	if (!bare_runs || t->entering)
		return false;
	process_user = false;
	ours = tls_read() == t->tls;
	process_user = true;
	return ours;
}

/* The thread's own, from the program's, which is kept; NULL: there is no other. */
static inline struct thread *take_tls(void)
{
	struct thread *t = thread_self();

	if (!bare_runs)
		return NULL;
	process_user = false;
	t->program_tls = tls_read();
	tls_set(t->tls);
	process_user = true;
	return t;
}

/* A child of the process is in no machine, and has no dispatch: there it stays false. */
static inline void give_tls(struct thread *t)
{
	bool user = process_user;

	if (!t)
		return;
	process_user = false;
	tls_set(t->program_tls);
	process_user = user;
}

NO_CANARY void trap_let_come(const unsigned long *mask, const unsigned long *closed)
{
	long (*call)(long nr, ...) = HOST(syscall);
	struct thread *t = thread_self();

	give_tls(t);
	/* handlers of what was waiting run within the first one */
	call(__NR_rt_sigprocmask, SIG_SETMASK, mask, NULL, sizeof(*mask));
	call(__NR_rt_sigprocmask, SIG_SETMASK, closed, NULL, sizeof(*closed));
	take_tls();
}

/* ---- the handler ---- */

static void become(struct thread *t, ucontext_t *uc)
{
	const struct trap_context *c = t->entering;

	t->entering = NULL;
	memcpy(uc->uc_mcontext.gregs, c->regs, sizeof(c->regs));
	memcpy(&uc->uc_sigmask, &c->mask, sizeof(c->mask));
	if (uc->uc_mcontext.fpregs && c->mxcsr) {
		uc->uc_mcontext.fpregs->cwd = c->x87;
		uc->uc_mcontext.fpregs->mxcsr = c->mxcsr;
	}
	t->program_tls = c->tls;
}

void trap_save(const ucontext_t *uc, struct trap_context *c)
{
	memcpy(c->regs, uc->uc_mcontext.gregs, sizeof(c->regs));
	memcpy(&c->mask, &uc->uc_sigmask, sizeof(c->mask));
	c->tls = thread_self()->program_tls;
	c->x87 = uc->uc_mcontext.fpregs ? uc->uc_mcontext.fpregs->cwd : 0;
	c->mxcsr = uc->uc_mcontext.fpregs ? uc->uc_mcontext.fpregs->mxcsr : 0;
}

/* The context is the frame's that the handler of this very call returns to. */
void trap_become(const struct trap_context *c)
{
	thread_self()->entering = c;
	__asm__ volatile("syscall" : : "a"((long)__NR_getpid) : "rcx", "r11", "memory");
	__builtin_unreachable();
}

static __attribute__((noinline)) void answer(const siginfo_t *info, ucontext_t *uc)
{
	greg_t *r = uc->uc_mcontext.gregs;
	const long a[6] = { r[REG_RDI], r[REG_RSI], r[REG_RDX], r[REG_R10], r[REG_R8], r[REG_R9] };
	struct thread *t = thread_self();
	sigset_t *outer = t->mask;
	int saved = errno;
	long ret = -ENOSYS;

	if (t->entering) {
		become(t, uc);
		return;
	}
	t->mask = &uc->uc_sigmask;
	if (info->si_arch == AUDIT_ARCH_X86_64 && !frame_call(info->si_syscall, a, uc, &ret) &&
	    !clone_call(info->si_syscall, a, uc, &ret) && !bare_call(info->si_syscall, a, &ret)) {
		ret = raw_call(info->si_syscall, a);
		ret = ret == -1 ? -errno : ret;
	}
	if (t->pending && process_user)
		signal_send_due(t);
	t->mask = outer;
	r[REG_RAX] = ret;
	errno = saved;
}

static NO_CANARY void from_library(const siginfo_t *info, ucontext_t *uc)
{
	greg_t *r = uc->uc_mcontext.gregs;
	const long a[6] = { r[REG_RDI], r[REG_RSI], r[REG_RDX], r[REG_R10], r[REG_R8], r[REG_R9] };

	r[REG_RAX] = host_call(info->si_syscall, a);
}

static __attribute__((noinline)) void compute(ucontext_t *uc)
{
	struct thread *t = thread_self();
	sigset_t *outer = t->mask;
	int saved = errno;

	t->mask = &uc->uc_sigmask;
	endless_compute();
	t->mask = outer;
	errno = saved;
}

/*
 * The time that the machine computes counts, too: whoever's thread pointer there is, it stays,
 * and so does what the current task knows of its own. Only loader code, found endless, takes his.
 */
static NO_CANARY void on_timer(ucontext_t *uc)
{
	struct thread *t;

	if (!endless_tick())
		return;
	t = take_tls();
	compute(uc);
	give_tls(t);
}

static NO_CANARY void on_sigsys(int sig, siginfo_t *info, void *context)
{
	struct thread *t;

	if (info->si_code == SI_TIMER) {
		on_timer(context);
	} else if (info->si_code != SYS_USER_DISPATCH) {
		signal_pass_on(sig, info, context);
	} else if (T->probing) {
		T->probing = false;
	} else if (in_range(&T->dynamic_loader, info->si_call_addr) || is_library()) {
		from_library(info, context);
	} else {
		t = take_tls();
		answer(info, context);
		give_tls(t);
	}
}

/* ---- beginning ---- */

static void take_code(const struct dl_phdr_info *info, struct address_range *r)
{
	int i;

	for (i = 0; i < info->dlpi_phnum; i++) {
		const ElfW(Phdr) *ph = &info->dlpi_phdr[i];

		if (ph->p_type == PT_LOAD && ph->p_flags & PF_X)
			*r = (struct address_range){ info->dlpi_addr + ph->p_vaddr,
						     info->dlpi_addr + ph->p_vaddr + ph->p_memsz };
	}
}

/* the C library's code, where its own system calls come from, and the dynamic loader's */
static int find_code(struct dl_phdr_info *info, size_t size, void *arg)
{
	const char *name = strrchr(info->dlpi_name, '/');

	if (name && !strcmp(name, "/libc.so.6"))
		take_code(info, arg);
	else if (name && has_prefix(name, "/ld-linux"))
		take_code(info, &T->dynamic_loader);
	return 0;
}

/* What the host says that it does is seen done. */
static int probe(void)
{
	long ret;

	T->probing = true;
	process_user = true;
	__asm__ volatile("syscall" : "=a"(ret) : "0"((long)__NR_getpid) : "rcx", "r11", "memory");
	process_user = false;
	return T->probing ? -ENOSYS : 0;
}

int trap_begin(void)
{
	struct address_range libc = { 0 };
	int err;

	dl_iterate_phdr(find_code, &libc);
	if (!libc.end)
		return -ENOSYS;
	err = signal_begin(on_sigsys);
	if (err)
		return err;
	if (prctl(PR_SET_SYSCALL_USER_DISPATCH, PR_SYS_DISPATCH_ON, libc.begin,
		  libc.end - libc.begin, &process_user))
		return -errno;
	return probe();
}

#else

int trap_begin(void)
{
	return -ENOSYS;
}

#endif
