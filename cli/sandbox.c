// SPDX-License-Identifier: GPL-2.0-only
/*
 * sandbox.c - see sandbox.h. What stays allowed is the list below, and is in
 * docs/security.md.
 */
#include "sandbox.h"

#include <errno.h>
#include <fcntl.h>
#include <jansson.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/landlock.h>
#include <linux/seccomp.h>
#include <signal.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <termios.h>
#include <unistd.h>
#include "cli.h"

#if defined(__x86_64__)
#define ARCH AUDIT_ARCH_X86_64
#elif defined(__aarch64__)
#define ARCH AUDIT_ARCH_AARCH64
#endif

/* ---- seccomp ---- */

/* descriptors that are open, memory, time, signals to itself, giving files their names */
static const int allowed[] = {
	__NR_read, __NR_readv, __NR_pread64, __NR_write, __NR_writev, __NR_pwrite64, __NR_lseek,
	__NR_close, __NR_close_range, __NR_fstat, __NR_newfstatat, __NR_statx, __NR_fcntl, __NR_dup,
	__NR_dup3, __NR_ftruncate, __NR_fallocate, __NR_fsync, __NR_fchmod, __NR_memfd_create,
	__NR_munmap, __NR_mremap, __NR_madvise, __NR_brk,
	__NR_rt_sigaction, __NR_rt_sigprocmask, __NR_rt_sigreturn, __NR_sigaltstack, __NR_tgkill,
	__NR_restart_syscall, __NR_exit, __NR_exit_group,
	__NR_clock_gettime, __NR_clock_nanosleep, __NR_nanosleep, __NR_gettimeofday,
	__NR_getpid, __NR_gettid, __NR_getppid, __NR_getuid, __NR_geteuid, __NR_getgid, __NR_getegid, __NR_getrusage,
	__NR_getrandom, __NR_uname, __NR_sysinfo, __NR_sched_yield, __NR_sched_getaffinity,
	__NR_prlimit64, __NR_umask, __NR_getcwd, __NR_futex, __NR_rseq, __NR_set_robust_list,
	__NR_ppoll, __NR_pselect6, __NR_epoll_create1, __NR_epoll_ctl, __NR_epoll_pwait,
	__NR_eventfd2, __NR_renameat, __NR_renameat2, __NR_unlinkat, __NR_readlinkat,
#ifdef __x86_64__
	__NR_stat, __NR_lstat, __NR_dup2, __NR_poll, __NR_select, __NR_epoll_wait, __NR_rename,
	__NR_unlink, __NR_readlink, __NR_time, __NR_arch_prctl, __NR_getrlimit, __NR_setrlimit,
	__NR_access,
#endif
};

/* what a screen asks of its terminal */
static const unsigned int ioctls[] = {
	TCGETS, TCSETS, TCSETSW, TCSETSF, TIOCGWINSZ, FIONREAD, TCFLSH, TCXONC,
};

#define NR(a) (sizeof(a) / sizeof((a)[0]))
#define LOAD(member) BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, member))
#define ALLOW BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW)
#define TRAP BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_TRAP)
#define FILTER_MAX 256

struct filter {
	struct sock_filter at[FILTER_MAX];
	unsigned short nr;
};

static void put(struct filter *f, struct sock_filter insn)
{
	f->at[f->nr++] = insn;
}

/* The call @nr, whose argument @arg has none of @bits: allowed. */
static void allow_without(struct filter *f, unsigned int nr, unsigned int arg, unsigned int bits)
{
	put(f, (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, nr, 0, 4));
	put(f, (struct sock_filter)LOAD(args[arg]));
	put(f, (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JSET | BPF_K, bits, 1, 0));
	put(f, (struct sock_filter)ALLOW);
	put(f, (struct sock_filter)TRAP);
}

static void allow_ioctls(struct filter *f)
{
	put(f, (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, __NR_ioctl, 0,
					    2 * NR(ioctls) + 2));
	put(f, (struct sock_filter)LOAD(args[1]));
	for (size_t i = 0; i < NR(ioctls); i++) {
		put(f, (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, ioctls[i], 0, 1));
		put(f, (struct sock_filter)ALLOW);
	}
	put(f, (struct sock_filter)TRAP);
}

static void build(struct filter *f, const struct sandbox *s)
{
	f->nr = 0;
	put(f, (struct sock_filter)LOAD(arch));
	put(f, (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, ARCH, 1, 0));
	put(f, (struct sock_filter)TRAP);
	put(f, (struct sock_filter)LOAD(nr));
	for (size_t i = 0; i < NR(allowed); i++) {
		put(f, (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, allowed[i], 0, 1));
		put(f, (struct sock_filter)ALLOW);
	}
	allow_without(f, __NR_mmap, 2, PROT_EXEC);
	allow_without(f, __NR_mprotect, 2, PROT_EXEC);
	if (s->reads || s->writes)
		allow_without(f, __NR_openat, 2,
			      s->writes ? 0 : O_WRONLY | O_RDWR | O_CREAT | O_TRUNC);
	allow_ioctls(f);
	put(f, (struct sock_filter)TRAP);
}

/* Only what a handler may do. */
static void on_stopped(int sig, siginfo_t *info, void *context)
{
	char line[] = "kickstand: the sandbox has stopped system call 0000: a bug of kickstand, or "
		      "an object that broke out (docs/security.md); --no-sandbox runs without\n";
	char *digit = strstr(line, "0000:") + 3;
	ssize_t n;

	for (int nr = info->si_syscall, i = 0; i < 4; i++, nr /= 10)
		*digit-- = '0' + nr % 10;
	n = write(STDERR_FILENO, line, sizeof(line) - 1);
	_exit(n < 0 ? KS_USAGE : STATUS_STOPPED);
}

static bool filter_calls(const struct sandbox *s)
{
	struct sigaction sa = { .sa_sigaction = on_stopped, .sa_flags = SA_SIGINFO };
	struct filter f;
	struct sock_fprog prog = { .filter = f.at };

	build(&f, s);
	prog.len = f.nr;
	sigaction(SIGSYS, &sa, NULL);
	return !prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &prog, 0, 0);
}

/* ---- Landlock ---- */

#define ACCESS_READ (LANDLOCK_ACCESS_FS_READ_FILE | LANDLOCK_ACCESS_FS_READ_DIR)
#define ACCESS_OUTPUT (LANDLOCK_ACCESS_FS_MAKE_REG | LANDLOCK_ACCESS_FS_REMOVE_FILE | \
		       LANDLOCK_ACCESS_FS_WRITE_FILE)

static void let_beneath(int rules, const char *path, uint64_t access)
{
	struct landlock_path_beneath_attr at = {
		.allowed_access = access, .parent_fd = open(path, O_PATH | O_CLOEXEC),
	};

	if (at.parent_fd < 0)
		return;
	syscall(__NR_landlock_add_rule, rules, LANDLOCK_RULE_PATH_BENEATH, &at, 0);
	close(at.parent_fd);
}

static void let_name(int rules, const char *output)
{
	char folder[4096];
	const char *slash = output ? strrchr(output, '/') : NULL;

	if (!output || !strcmp(output, "-"))
		return;
	snprintf(folder, sizeof(folder), "%.*s", slash ? (int)(slash - output + 1) : 1,
		 slash ? output : ".");
	let_beneath(rules, folder, ACCESS_OUTPUT);
	let_beneath(rules, output, LANDLOCK_ACCESS_FS_WRITE_FILE);	/* a device, a pipe */
}

/* Names of files change in the folders of outputs alone. */
static bool restrict_files(const struct sandbox *s)
{
	struct landlock_ruleset_attr attr = { .handled_access_fs = (1ULL << 13) - 1 };
	int rules = (int)syscall(__NR_landlock_create_ruleset, &attr, sizeof(attr), 0);
	bool ok;

	if (rules < 0)
		return false;
	for (size_t i = 0; i < NR(s->outputs); i++)
		let_name(rules, s->outputs[i]);
	if (s->reads)
		let_beneath(rules, "/", ACCESS_READ);
	ok = !syscall(__NR_landlock_restrict_self, rules, 0);
	close(rules);
	return ok;
}

/* ---- both ---- */

void sandbox_enter(const struct sandbox *s)
{
	const char *lacks = NULL;

	if (SANDBOX_LEFT_OUT || s->off)
		return;
	json_object_seed(0);	/* it opens a device for that, at the first object */
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0))
		lacks = "no_new_privs";
	else if (!restrict_files(s))
		lacks = "Landlock";
	if (!filter_calls(s))
		lacks = "seccomp";
	if (lacks && s->verbose)
		fprintf(stderr, "sandbox: this system lacks %s\n", lacks);
}
