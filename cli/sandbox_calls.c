// SPDX-License-Identifier: GPL-2.0-only
/*
 * sandbox_calls.c - which system calls a sandbox leaves. Runs in the build: libseccomp makes
 * filters of the list, and they are a part of the command (sandbox_filter.h). Made at the
 * start of a run they would take memory in the last place that could do without: libseccomp
 * 2.5 frees twice, or leaves calls out, if there is none.
 *
 *	filter_none	nothing is opened
 *	filter_reads	files are opened to be read
 *	filter_opens	and to be written; Landlock says where
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/filter.h>
#include <seccomp.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <termios.h>
#include <unistd.h>

#include "kickstand.h"

enum opens { OPENS_NONE, OPENS_READS, OPENS_ALL };

/* descriptors that are open, memory, time, signals to itself, giving files their names */
static const int allowed[] = {
	__NR_read,
	__NR_readv,
	__NR_pread64,
	__NR_write,
	__NR_writev,
	__NR_pwrite64,
	__NR_lseek,
	__NR_close,
	__NR_close_range,
	__NR_fstat,
	__NR_newfstatat,
	__NR_statx,
	__NR_fcntl,
	__NR_dup,
	__NR_dup3,
	__NR_ftruncate,
	__NR_fallocate,
	__NR_fsync,
	__NR_fchmod,
	__NR_memfd_create,
	__NR_munmap,
	__NR_mremap,
	__NR_madvise,
	__NR_brk,
	__NR_rt_sigaction,
	__NR_rt_sigprocmask,
	__NR_rt_sigreturn,
	__NR_sigaltstack,
	__NR_tgkill,
	__NR_restart_syscall,
	__NR_exit,
	__NR_exit_group,
	__NR_clock_gettime,
	__NR_clock_nanosleep,
	__NR_nanosleep,
	__NR_gettimeofday,
	__NR_getpid,
	__NR_gettid,
	__NR_getppid,
	__NR_getuid,
	__NR_geteuid,
	__NR_getgid,
	__NR_getegid,
	__NR_getrusage,
	__NR_getrandom,
	__NR_uname,
	__NR_sysinfo,
	__NR_sched_yield,
	__NR_sched_getaffinity,
	__NR_prlimit64,
	__NR_umask,
	__NR_getcwd,
	__NR_futex,
	__NR_rseq,
	__NR_set_robust_list,
	__NR_ppoll,
	__NR_pselect6,
	__NR_epoll_create1,
	__NR_epoll_ctl,
	__NR_epoll_pwait,
	__NR_eventfd2,
	__NR_renameat,
	__NR_renameat2,
	__NR_unlinkat,
	__NR_readlinkat,
#ifdef __x86_64__
	__NR_stat,
	__NR_lstat,
	__NR_dup2,
	__NR_poll,
	__NR_select,
	__NR_epoll_wait,
	__NR_rename,
	__NR_unlink,
	__NR_readlink,
	__NR_time,
	__NR_arch_prctl,
	__NR_getrlimit,
	__NR_setrlimit,
	__NR_access,
#endif
};

/* what a screen asks of its terminal */
static const unsigned int ioctls[] = {
	TCGETS, TCSETS, TCSETSW, TCSETSF, TIOCGWINSZ, FIONREAD, TCFLSH, TCXONC,
};

#define NR(a) (sizeof(a) / sizeof((a)[0]))

/* The call @nr, whose argument @arg has none of @bits: allowed. */
static int allow_without(scmp_filter_ctx f, int nr, unsigned int arg, unsigned int bits)
{
	return seccomp_rule_add(f, SCMP_ACT_ALLOW, nr, 1,
				SCMP_CMP(arg, SCMP_CMP_MASKED_EQ, bits, 0));
}

/* Pages become executable in one place (kickstand.h), and are not writable any longer then. */
static int allow_native_code(scmp_filter_ctx f)
{
	return seccomp_rule_add(f, SCMP_ACT_ALLOW, __NR_mprotect, 3,
				SCMP_A0(SCMP_CMP_MASKED_EQ, ~(KS_NATIVE_SIZE - 1), KS_NATIVE_BASE),
				SCMP_A1(SCMP_CMP_LE, KS_NATIVE_SIZE),
				SCMP_A2(SCMP_CMP_EQ, PROT_READ | PROT_EXEC));
}

static int allow_opens(scmp_filter_ctx f, enum opens opens)
{
	if (opens == OPENS_ALL)
		return seccomp_rule_add(f, SCMP_ACT_ALLOW, __NR_openat, 0);
	if (opens == OPENS_READS)
		return allow_without(f, __NR_openat, 2, O_WRONLY | O_RDWR | O_CREAT | O_TRUNC);
	return 0;
}

static int allow_ioctls(scmp_filter_ctx f)
{
	int err = 0;

	for (size_t i = 0; !err && i < NR(ioctls); i++) /* the kernel looks at 32 bits of it */
		err = seccomp_rule_add(f, SCMP_ACT_ALLOW, __NR_ioctl, 1,
				       SCMP_A1(SCMP_CMP_MASKED_EQ, UINT32_MAX, ioctls[i]));
	return err;
}

static int allow_all(scmp_filter_ctx f, enum opens opens)
{
	int err = 0;

	for (size_t i = 0; !err && i < NR(allowed); i++)
		err = seccomp_rule_add(f, SCMP_ACT_ALLOW, allowed[i], 0);
	err = err ? err : allow_without(f, __NR_mmap, 2, PROT_EXEC);
	err = err ? err : allow_without(f, __NR_mprotect, 2, PROT_EXEC);
	err = err ? err : allow_native_code(f);
	err = err ? err : allow_opens(f, opens);
	return err ? err : allow_ioctls(f);
}

static int print_filter(FILE *filter, const char *name)
{
	struct sock_filter insn;

	printf("static const struct sock_filter filter_%s[] = {\n", name);
	while (fread(&insn, sizeof(insn), 1, filter) == 1)
		printf("\t{ %#x, %u, %u, %#x },\n", insn.code, insn.jt, insn.jf, insn.k);
	puts("};");
	return ferror(filter) ? -EIO : 0;
}

static int make_filter(const char *name, enum opens opens)
{
	scmp_filter_ctx f = seccomp_init(SCMP_ACT_TRAP);
	FILE *filter = tmpfile();
	int err = f && filter ? 0 : -ENOMEM;

	err = err ? err : seccomp_attr_set(f, SCMP_FLTATR_ACT_BADARCH, SCMP_ACT_TRAP);
	err = err ? err : allow_all(f, opens);
	err = err ? err : seccomp_export_bpf(f, fileno(filter));
	if (!err) {
		rewind(filter);
		err = print_filter(filter, name);
	}
	seccomp_release(f);
	if (filter)
		fclose(filter);
	return err;
}

int main(void)
{
	int err = make_filter("none", OPENS_NONE);

	err = err ? err : make_filter("reads", OPENS_READS);
	err = err ? err : make_filter("opens", OPENS_ALL);
	if (err)
		fprintf(stderr, "sandbox_calls: %s\n", strerror(-err));
	return err || fflush(stdout);
}
