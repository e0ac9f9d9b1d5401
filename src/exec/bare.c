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

bool bare_runs;

#if defined(__x86_64__)

#define SELF "/proc/self/exe"

static struct {
	const char *path;
	struct image image;
	struct trap_context at;
	u64 brk;
} bare;

int bare_load(const char *path, char **argv, char **env)
{
	u64 sp = 0;
	int err = image_map(path, &bare.image);

	if (!err)
		err = image_stack(&bare.image, path, argv, env, &sp);
	bare.path = path;
	bare.brk = bare.image.brk;
	bare.at.regs[REG_RIP] = (greg_t)bare.image.entry;
	bare.at.regs[REG_RSP] = (greg_t)sp;
	bare.at.regs[REG_EFL] = 0x202; /* interrupts on, and the bit that is always set */
	bare_runs = !err;
	return err;
}

void bare_run(void)
{
	greg_t *r = bare.at.regs;
	unsigned short cs, ss;

	__asm__("mov %%cs, %0\n\tmov %%ss, %1" : "=r"(cs), "=r"(ss));
	r[REG_CSGSFS] = (greg_t)(cs | (u64)ss << 48); /* cs gs fs ss, 16 bits each */
	trap_become(&bare.at);
}

/* ---- its own name ---- */

const char *bare_path(const char *path)
{
	return bare_runs && path && !strcmp(path, SELF) ? bare.path : path;
}

ssize_t bare_readlink(int dir, const char *path, char *buf, size_t len)
{
	size_t n;

	if (!bare_runs || !path || strcmp(path, SELF))
		return readlinkat(dir, path, buf, len);
	n = strlen(bare.path);
	memcpy(buf, bare.path, n < len ? n : len);
	return (ssize_t)(n < len ? n : len);
}

/* ---- what a kernel does for a process ---- */

/* mm/mmap.c:brk(): where it ends now, moved or not. Its room was reserved with the program. */
static u64 move_brk(u64 to)
{
	u64 from = ALIGN_UP(bare.brk, 4096), end = ALIGN_UP(to, 4096);

	if (to < bare.image.brk || to > bare.image.brk_limit)
		return bare.brk;
	if (end > from && mprotect((void *)from, end - from, PROT_READ | PROT_WRITE))
		return bare.brk;
	if (end < from &&
	    mmap((void *)end, from - end, PROT_NONE,
		 MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | MAP_FIXED, -1, 0) == MAP_FAILED)
		return bare.brk;
	bare.brk = to;
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
