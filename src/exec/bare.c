// SPDX-License-Identifier: GPL-2.0-only
/*
 * bare.c - a loader that no library can be preloaded into: plain Go, all that is linked
 * statically, another C library's. A program of ours has the library (seat.c); its code
 * gives way to the loader's (image.c), whose system calls are trapped (trap.c):
 *
 *	kickstand-seat ─▶ constructor: machine ─▶ bare_load() ─▶ task ─▶ bare_run() ─▶ its _start
 *
 * Here is what such a program asks a kernel for and a C library's own does for others.
 */
#include "exec/bare.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "exec/image.h"
#include "exec/process.h"
#include "exec/tls.h"
#include "exec/trap.h"
#include "sys/host.h"

#if defined(__x86_64__)

#define B (&exec_state.bare)
#define SELF "/proc/self/exe"

int bare_load(const char *path, char **argv, char **env)
{
	u64 sp = 0;
	int err = image_map(path, &B->image);

	if (!err)
		err = image_stack(&B->image, path, argv, env, &sp);
	B->path = path;
	B->brk = B->image.brk;
	B->at.regs[REG_RIP] = (greg_t)B->image.entry;
	B->at.regs[REG_RSP] = (greg_t)sp;
	B->at.regs[REG_EFL] = 0x202; /* interrupts on, and the bit that is always set */
	B->runs = !err;
	return err;
}

void bare_run(void)
{
	greg_t *r = B->at.regs;
	unsigned short cs, ss;

	__asm__("mov %%cs, %0\n\tmov %%ss, %1" : "=r"(cs), "=r"(ss));
	r[REG_CSGSFS] = (greg_t)(cs | (u64)ss << 48); /* cs gs fs ss, 16 bits each */
	trap_become(&B->at);
}

/* ---- its own name ---- */

const char *bare_path(const char *path)
{
	return bare_runs && path && !strcmp(path, SELF) ? B->path : path;
}

ssize_t bare_readlink(int dir, const char *path, char *buf, size_t len)
{
	size_t n;

	if (!bare_runs || !path || strcmp(path, SELF))
		return readlinkat(dir, path, buf, len);
	n = strlen(B->path);
	memcpy(buf, B->path, n < len ? n : len);
	return (ssize_t)(n < len ? n : len);
}

/* ---- what a kernel does for a process ---- */

/* mm/mmap.c:brk(): where it ends now, moved or not. Its room was reserved with the program. */
static u64 move_brk(u64 to)
{
	u64 from = ALIGN_UP(B->brk, 4096), end = ALIGN_UP(to, 4096);

	if (to < B->image.brk || to > B->image.brk_limit)
		return B->brk;
	if (end > from && mprotect((void *)from, end - from, PROT_READ | PROT_WRITE))
		return B->brk;
	if (end < from &&
	    mmap((void *)end, from - end, PROT_NONE,
		 MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | MAP_FIXED, -1, 0) == MAP_FAILED)
		return B->brk;
	B->brk = to;
	return to;
}

static long thread_pointer(long what, unsigned long arg)
{
	struct thread *t = thread_self();

	if (what == ARCH_GET_FS) {
		*(unsigned long *)arg = t->program_tls;
		return 0;
	}
	if (arg >> 47) /* TASK_SIZE_MAX */
		return -EPERM;
	t->program_tls = arg;
	return 0;
}

bool bare_call(long nr, const long a[6], long *ret)
{
	if (!bare_runs)
		return false;
	if (nr == __NR_brk) {
		*ret = (long)move_brk((u64)a[0]);
		return true;
	}
	if (nr == __NR_arch_prctl && (a[0] == ARCH_GET_FS || a[0] == ARCH_SET_FS)) {
		*ret = thread_pointer(a[0], (unsigned long)a[1]);
		return true;
	}
	return false;
}

#else

int bare_load(const char *path, char **argv, char **env)
{
	return -ENOSYS;
}

void bare_run(void)
{
	__builtin_unreachable();
}

#endif
