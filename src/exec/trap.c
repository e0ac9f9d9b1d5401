// SPDX-License-Identifier: GPL-2.0-only
/*
 * trap.c - system calls that a loader makes without the C library: some Rust crates
 * have the instruction in their own code. The kernel's syscall user dispatch turns
 * them into SIGSYS, and the handler calls the function of that name instead, ours
 * where we have one:
 *
 *	loader code, syscall instruction ──SIGSYS──▶ raw_call() ──▶ epoll_wait() ...
 *	C library, syscall instruction ──────────▶ the host's kernel
 *	the machine itself ──────────────────────▶ the host's kernel
 *
 * The kernel looks at process_user to tell the first from the last: its two values are
 * the selector's. All code of the loader runs on the host's first thread (thread.c), so
 * one thread has the dispatch; children do not inherit it.
 */
#include "exec/trap.h"

#include "exec/process.h"
#include "exec/signal.h"

#if defined(__x86_64__)

#include <errno.h>
#include <fcntl.h>
#include <link.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/timerfd.h>
#include <sys/uio.h>
#include <time.h>
#include <ucontext.h>
#include <unistd.h>

#ifndef PR_SET_SYSCALL_USER_DISPATCH
#define PR_SET_SYSCALL_USER_DISPATCH 59
#define PR_SYS_DISPATCH_ON 1
#endif
#ifndef SYS_USER_DISPATCH
#define SYS_USER_DISPATCH 2	/* si_code */
#endif

_Static_assert(sizeof(process_user) == 1 && true == 1,
	       "process_user is the selector: 0 lets pass, 1 traps");

#define P(i) ((void *)a[i])
#define I(i) ((int)a[i])

/* The functions that this library defines; -1 and errno as usual. All else is syscall()'s. */
static long raw_call(long nr, const long a[6])
{
	switch (nr) {
	case __NR_read:
		return read(I(0), P(1), (size_t)a[2]);
	case __NR_readv:
		return readv(I(0), P(1), I(2));
	case __NR_close:
		return close(I(0));
	case __NR_open:
		return open(P(0), I(1), (mode_t)a[2]);
	case __NR_openat:
		return openat(I(0), P(1), I(2), (mode_t)a[3]);
	case __NR_statx:
		return statx(I(0), P(1), I(2), (unsigned int)a[3], P(4));
	case __NR_newfstatat:
		return fstatat(I(0), P(1), P(2), I(3));
	case __NR_fstat:
		return fstat(I(0), P(1));
	case __NR_faccessat:
	case __NR_faccessat2:
		return faccessat(I(0), P(1), I(2), nr == __NR_faccessat ? 0 : I(3));
	case __NR_mkdir:
		return mkdir(P(0), (mode_t)a[1]);
	case __NR_unlink:
		return unlink(P(0));
	case __NR_mmap:
		return (long)mmap(P(0), (size_t)a[1], I(2), I(3), I(4), a[5]);
	case __NR_ioctl:
		return ioctl(I(0), (unsigned long)a[1], a[2]);
	case __NR_poll:
		return poll(P(0), (nfds_t)a[1], I(2));
	case __NR_ppoll:
		return ppoll(P(0), (nfds_t)a[1], P(2), P(3));
	case __NR_epoll_ctl:
		return epoll_ctl(I(0), I(1), I(2), P(3));
	case __NR_epoll_wait:
		return epoll_wait(I(0), P(1), I(2), I(3));
	case __NR_epoll_pwait:
		return epoll_pwait(I(0), P(1), I(2), I(3), P(4));
	case __NR_timerfd_create:
		return timerfd_create(I(0), I(1));
	case __NR_timerfd_settime:
		return timerfd_settime(I(0), I(1), P(2), P(3));
	case __NR_timerfd_gettime:
		return timerfd_gettime(I(0), P(1));
	case __NR_nanosleep:
		return nanosleep(P(0), P(1));
	case __NR_clock_gettime:
		return clock_gettime(I(0), P(1));
	case __NR_clock_nanosleep:
		errno = clock_nanosleep(I(0), I(1), P(2), P(3));
		return errno ? -1 : 0;
	case __NR_bind:
		return bind(I(0), P(1), (socklen_t)a[2]);
	case __NR_connect:
		return connect(I(0), P(1), (socklen_t)a[2]);
	case __NR_accept:
		return accept(I(0), P(1), P(2));
	case __NR_accept4:
		return accept4(I(0), P(1), P(2), I(3));
	case __NR_recvfrom:
		return recvfrom(I(0), P(1), (size_t)a[2], I(3), P(4), P(5));
	case __NR_recvmsg:
		return recvmsg(I(0), P(1), I(2));
	case __NR_kill:
		return kill((pid_t)a[0], I(1));
	default:
		return syscall(nr, a[0], a[1], a[2], a[3], a[4], a[5]);
	}
}

/* ---- calls about the signal's own frame ---- */

struct range {
	unsigned long begin, len;
};

static struct range dynamic_loader;

static bool in_range(const struct range *r, const void *at)
{
	return (unsigned long)at - r->begin < r->len;
}

/* Of the dynamic loader, which looks for files of the host: its locks are held meanwhile. */
static long host_call(long nr, const long a[6])
{
	long ret;
	register long r10 __asm__("r10") = a[3];
	register long r8 __asm__("r8") = a[4];
	register long r9 __asm__("r9") = a[5];

	process_user = false;
	__asm__ volatile("syscall" : "=a"(ret)
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

static void on_sigsys(int sig, siginfo_t *info, void *context)
{
	ucontext_t *uc = context;
	greg_t *r = uc->uc_mcontext.gregs;
	const long a[6] = { r[REG_RDI], r[REG_RSI], r[REG_RDX], r[REG_R10], r[REG_R8], r[REG_R9] };
	int saved = errno;
	long ret;

	if (info->si_code != SYS_USER_DISPATCH) {
		signal_pass_on(sig, info, context);
		return;
	}
	if (in_range(&dynamic_loader, info->si_call_addr)) {
		r[REG_RAX] = host_call(info->si_syscall, a);
		return;
	}
	if (!frame_call(info->si_syscall, a, uc, &ret)) {
		ret = raw_call(info->si_syscall, a);
		ret = ret == -1 ? -errno : ret;
	}
	r[REG_RAX] = ret;
	errno = saved;
}

/* ---- beginning ---- */

static void take_code(const struct dl_phdr_info *info, struct range *r)
{
	int i;

	for (i = 0; i < info->dlpi_phnum; i++) {
		const ElfW(Phdr) *ph = &info->dlpi_phdr[i];

		if (ph->p_type == PT_LOAD && ph->p_flags & PF_X)
			*r = (struct range){ info->dlpi_addr + ph->p_vaddr, ph->p_memsz };
	}
}

/* the C library's code, where its own system calls come from, and the dynamic loader's */
static int find_code(struct dl_phdr_info *info, size_t size, void *arg)
{
	const char *name = strrchr(info->dlpi_name, '/');

	if (name && !strcmp(name, "/libc.so.6"))
		take_code(info, arg);
	else if (name && !strncmp(name, "/ld-linux", 9))
		take_code(info, &dynamic_loader);
	return 0;
}

void trap_begin(void)
{
	struct range libc = { 0 };

	dl_iterate_phdr(find_code, &libc);
	if (!libc.len || signal_begin(on_sigsys))
		return;
	prctl(PR_SET_SYSCALL_USER_DISPATCH, PR_SYS_DISPATCH_ON, libc.begin, libc.len, &process_user);
}

#else

void trap_begin(void)
{
}

#endif
