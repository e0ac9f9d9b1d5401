// SPDX-License-Identifier: GPL-2.0-only
/*
 * twins.c - every way in which a loader asks for one of the machine's files or folders by
 * the C library, with and without 64 behind: each must find what only the machine has. It
 * prints what did not, and how many were tried. Then vfork(), and what it takes to start a
 * program after it.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <glob.h>
#include <limits.h>
#include <signal.h>
#include <time.h>
#include <linux/magic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/syscall.h>
#include <sys/utsname.h>
#include <sys/vfs.h>
#include <sys/wait.h>
#include <unistd.h>

#define STATE "/sys/kernel/sched_ext/state" /* no file of the host's, as a rule */
#define CPUS "/sys/devices/system/cpu"
#define BPFFS "/sys/fs/bpf"
#define FOLDER BPFFS "/twins"

static int tried, lost;

static void found(const char *call, int ok)
{
	tried++;
	lost += !ok;
	if (!ok)
		printf("lost: %s\n", call);
}

#define FOUND(call, ok) found(call, ok)

/* the text "disabled" at the beginning of what @fd is open on */
static int is_state(int fd)
{
	char buf[16] = "";
	int ok = fd >= 0 && read(fd, buf, sizeof(buf) - 1) > 0 && !strncmp(buf, "disabled", 8);

	if (fd >= 0)
		close(fd);
	return ok;
}

static int is_state_stream(FILE *f)
{
	char buf[16] = "";
	int ok = f && fgets(buf, sizeof(buf), f) && !strncmp(buf, "disabled", 8);

	if (f)
		fclose(f);
	return ok;
}

static void open_files(void)
{
	int dir = open("/sys/kernel/sched_ext", O_RDONLY | O_DIRECTORY);

	FOUND("open", is_state(open(STATE, O_RDONLY)));
	FOUND("open64", is_state(open64(STATE, O_RDONLY)));
	FOUND("openat", is_state(openat(dir, "state", O_RDONLY)));
	FOUND("openat64", is_state(openat64(dir, "state", O_RDONLY)));
	FOUND("fopen", is_state_stream(fopen(STATE, "r")));
	FOUND("fopen64", is_state_stream(fopen64(STATE, "r")));
	FOUND("creat", creat(STATE, 0600) < 0 && errno == EACCES);
	FOUND("creat64", creat64(STATE, 0600) < 0 && errno == EACCES);
	FOUND("access", !access(STATE, R_OK) && access(STATE, W_OK));
	FOUND("eaccess", !eaccess(STATE, R_OK) && eaccess(STATE, W_OK));
	FOUND("euidaccess", !euidaccess(STATE, R_OK));
	FOUND("faccessat", !faccessat(dir, "state", R_OK, 0));
	close(dir);
}

/* clang-format off */
#define STATS(name, type) \
	do { \
		struct type st = { 0 }; \
		int fd = open(CPUS, O_RDONLY | O_DIRECTORY); \
\
		FOUND(#name, !name(CPUS "/cpu2", &st) && S_ISDIR(st.st_mode) && st.st_ino == 1); \
		FOUND("l" #name, !l##name(CPUS "/cpu3", &st) && errno != 0 && S_ISDIR(st.st_mode)); \
		FOUND("f" #name, !f##name(fd, &st) && S_ISDIR(st.st_mode)); \
		close(fd); \
	} while (0)
/* clang-format on */

static void stat_files(void)
{
	int dir = open(CPUS, O_RDONLY | O_DIRECTORY);
	struct stat64 st64 = { 0 };
	struct statx stx = { 0 };
	struct stat st = { 0 };

	errno = EIO; /* no success changes it */
	STATS(stat, stat);
	STATS(stat64, stat64);
	FOUND("fstatat", !fstatat(dir, "cpu2", &st, 0) && S_ISDIR(st.st_mode));
	FOUND("fstatat64", !fstatat64(dir, "cpu2", &st64, 0) && S_ISDIR(st64.st_mode));
	FOUND("statx", !statx(dir, "cpu2", 0, STATX_TYPE, &stx) && S_ISDIR(stx.stx_mode));
	FOUND("errno", errno == EIO);
	FOUND("stat of a CPU that is not there", stat(CPUS "/cpu77", &st) < 0 && errno == ENOENT);
	close(dir);
}

static void stat_systems(void)
{
	int fd = open(BPFFS, O_RDONLY | O_DIRECTORY);
	struct statvfs64 vfs64 = { 0 };
	struct statvfs vfs = { 0 };
	struct statfs64 fs64 = { 0 };
	struct statfs fs = { 0 };

	FOUND("statfs", !statfs(BPFFS, &fs) && fs.f_type == BPF_FS_MAGIC);
	FOUND("statfs64", !statfs64(BPFFS, &fs64) && fs64.f_type == BPF_FS_MAGIC);
	FOUND("fstatfs", !fstatfs(fd, &fs) && fs.f_type == BPF_FS_MAGIC);
	FOUND("fstatfs64", !fstatfs64(fd, &fs64) && fs64.f_type == BPF_FS_MAGIC);
	FOUND("statfs of cgroups",
	      !statfs("/sys/fs/cgroup", &fs) && fs.f_type == CGROUP2_SUPER_MAGIC);
	FOUND("statfs of tracefs",
	      !statfs("/sys/kernel/tracing", &fs) && fs.f_type == TRACEFS_MAGIC);
	FOUND("statvfs", !statvfs(FOLDER, &vfs) && vfs.f_namemax == 255);
	FOUND("statvfs64", !statvfs64(FOLDER, &vfs64) && vfs64.f_namemax == 255);
	FOUND("fstatvfs", !fstatvfs(fd, &vfs) && vfs.f_bsize == 4096);
	FOUND("fstatvfs64", !fstatvfs64(fd, &vfs64) && vfs64.f_bsize == 4096);
	close(fd);
}

static int is_cpu(const struct dirent *e)
{
	return !strncmp(e->d_name, "cpu", 3);
}

static int is_cpu64(const struct dirent64 *e)
{
	return !strncmp(e->d_name, "cpu", 3);
}

/* Each prints as many of the machine's four CPUs as it found. */
#define READS(name, type)                                \
	do {                                             \
		DIR *dir = opendir(CPUS);                \
		struct type *e;                          \
		int n = 0;                               \
                                                         \
		while (dir && (e = name(dir)))           \
			n += is_cpu((struct dirent *)e); \
		FOUND(#name, n == 4);                    \
		if (dir)                                 \
			closedir(dir);                   \
	} while (0)

#pragma GCC diagnostic ignored "-Wdeprecated-declarations"
#define READS_R(name, type)                                \
	do {                                               \
		struct type entry, *e = NULL;              \
		DIR *dir = opendir(CPUS);                  \
		int n = 0;                                 \
                                                           \
		while (dir && !name(dir, &entry, &e) && e) \
			n += is_cpu((struct dirent *)e);   \
		FOUND(#name, n == 4);                      \
		if (dir)                                   \
			closedir(dir);                     \
	} while (0)

static int moves_about(void)
{
	DIR *dir = opendir(CPUS);
	long at = dir && readdir(dir) ? telldir(dir) : -1;
	char first[256];
	int ok;

	if (at < 0)
		return 0;
	strcpy(first, readdir(dir)->d_name);
	readdir(dir);
	seekdir(dir, at);
	ok = !strcmp(first, readdir(dir)->d_name);
	rewinddir(dir);
	ok &= !strcmp(readdir(dir)->d_name, ".");
	closedir(dir);
	return ok;
}

static void list_folders(void)
{
	int fd = open("/sys/devices/system", O_RDONLY | O_DIRECTORY);
	struct dirent64 **names64;
	struct dirent **names;
	glob64_t g64 = { 0 };
	glob_t g = { 0 };

	READS(readdir, dirent);
	READS(readdir64, dirent64);
	READS_R(readdir_r, dirent);
	READS_R(readdir64_r, dirent64);
	FOUND("telldir and seekdir", moves_about());
	FOUND("scandir", scandir(CPUS, &names, is_cpu, alphasort) == 4);
	FOUND("scandir64", scandir64(CPUS, &names64, is_cpu64, alphasort64) == 4);
	FOUND("scandirat", scandirat(AT_FDCWD, CPUS, &names, is_cpu, alphasort) == 4);
	FOUND("scandirat64", scandirat64(AT_FDCWD, CPUS, &names64, is_cpu64, alphasort64) == 4);
	FOUND("glob", !glob(CPUS "/cpu[0-9]*", 0, NULL, &g) && g.gl_pathc == 4);
	FOUND("glob64", !glob64(CPUS "/cpu[0-9]*", 0, NULL, &g64) && g64.gl_pathc == 4);
	close(fd);
}

static void change_names(void)
{
	int dir = open(BPFFS, O_RDONLY | O_DIRECTORY);
	char buf[PATH_MAX], *name;

	FOUND("mkdir", !mkdir(FOLDER, 0700));
	FOUND("readlink", readlink(FOLDER, buf, sizeof(buf)) < 0 && errno == EINVAL);
	FOUND("readlinkat", readlinkat(dir, "none", buf, sizeof(buf)) < 0 && errno == ENOENT);
	FOUND("realpath", realpath(FOLDER, buf) && !strcmp(buf, FOLDER));
	name = canonicalize_file_name(FOLDER);
	FOUND("canonicalize_file_name", name && !strcmp(name, FOLDER));
	free(name);
	FOUND("mkdirat", !mkdirat(dir, "twins/a", 0700) && !access(FOLDER "/a", F_OK));
	FOUND("unlinkat", !unlinkat(dir, "twins/a", AT_REMOVEDIR) && access(FOLDER "/a", F_OK));
	FOUND("remove", !mkdir(FOLDER "/b", 0700) && !remove(FOLDER "/b"));
	FOUND("rmdir", !mkdir(FOLDER "/c", 0700) && !rmdir(FOLDER "/c"));
	close(dir);
}

static void use_limits(void)
{
	struct rlimit64 r64 = { RLIM_INFINITY, RLIM_INFINITY };
	struct rlimit r = { RLIM_INFINITY, RLIM_INFINITY };
	int fd = open(STATE, O_RDONLY), copy, copy64;
	void *p, *p64;

	FOUND("setrlimit", !setrlimit(RLIMIT_MEMLOCK, &r));
	FOUND("setrlimit64", !setrlimit64(RLIMIT_MEMLOCK, &r64));
	copy = fcntl(fd, F_DUPFD_CLOEXEC, 100);
	copy64 = fcntl64(fd, F_DUPFD_CLOEXEC, 100);
	FOUND("fcntl", copy >= 100);
	FOUND("fcntl64", copy64 > copy);
	p = mmap(NULL, 4096, PROT_READ, MAP_PRIVATE, copy, 0);
	p64 = mmap64(NULL, 4096, PROT_READ, MAP_PRIVATE, copy64, 0);
	FOUND("mmap", p != MAP_FAILED && !strncmp(p, "disabled", 8));
	FOUND("mmap64", p64 != MAP_FAILED && !strncmp(p64, "disabled", 8));
	close(fd);
	close(copy);
	close(copy64);
}

static int is_in_machine_time(void)
{
	struct timespec by_name, by_number = { 0 };

	clock_gettime(CLOCK_REALTIME, &by_name);
	return !syscall(SYS_clock_gettime, CLOCK_REALTIME, &by_number) &&
	       by_number.tv_sec - by_name.tv_sec <= 1 && by_number.tv_sec >= by_name.tv_sec;
}

/* The machine needs SIGSYS: what is asked for of it by number is kept from it, too. */
static int keeps_sigsys(void)
{
	const struct {
		void *handler;
		unsigned long flags;
		void *restorer;
		unsigned long mask;
	} none = { 0 };
	const unsigned long set = 1UL << (SIGSYS - 1);
	unsigned long was = 0;
	int ok = !syscall(SYS_rt_sigaction, SIGSYS, &none, NULL, 8) &&
		 !syscall(SYS_rt_sigprocmask, SIG_BLOCK, &set, NULL, 8) &&
		 !syscall(SYS_rt_sigprocmask, SIG_UNBLOCK, &set, &was, 8) && was & set;

	return ok && is_state(open(STATE, O_RDONLY));
}

/* syscall(3), where other calls by the C library are */
static void ask_by_number(void)
{
	struct utsname by_name, by_number = { 0 };
	char buf[512];
	int dir;

	FOUND("SYS_openat", is_state((int)syscall(SYS_openat, AT_FDCWD, STATE, O_RDONLY)));
	dir = (int)syscall(SYS_openat, AT_FDCWD, CPUS, O_RDONLY | O_DIRECTORY);
	FOUND("SYS_getdents64", syscall(SYS_getdents64, dir, buf, sizeof(buf)) > 0);
	close(dir);
	FOUND("SYS_clock_gettime", is_in_machine_time());
	FOUND("unknown clock", syscall(SYS_clock_gettime, 12, buf) < 0 && errno == EINVAL);
	FOUND("SYS_gettimeofday", !syscall(SYS_gettimeofday, NULL, NULL));
	uname(&by_name);
	syscall(SYS_uname, &by_number);
	FOUND("SYS_uname", !strcmp(by_name.release, by_number.release));
	FOUND("SYS_getppid", syscall(SYS_getppid) == getppid());
	FOUND("SYS_rt_sigaction", keeps_sigsys());
}

/* The parent waits until the child is another program, or has gone. */
static void start_program(void)
{
	int status = -1, ends[2];
	char word[8] = "";
	pid_t pid;

	if (pipe(ends))
		return;
	pid = vfork();
	if (!pid) {
		dup2(ends[1], 1);
		execl("/bin/sh", "sh", "-c", "echo hello; exit 3", NULL);
		_exit(9);
	}
	close(ends[1]);
	FOUND("vfork", pid > 0 && waitpid(pid, &status, 0) == pid && WEXITSTATUS(status) == 3);
	FOUND("what its child wrote", read(ends[0], word, 6) == 6 && !strcmp(word, "hello\n"));
	close(ends[0]);
	pid = vfork();
	if (!pid)
		_exit(5);
	FOUND("vfork and _exit", waitpid(pid, &status, 0) == pid && WEXITSTATUS(status) == 5);
}

int main(void)
{
	open_files();
	change_names();
	stat_files();
	stat_systems();
	list_folders();
	use_limits();
	ask_by_number();
	start_program();
	printf("twins: tried %d, lost %d\n", tried, lost);
	return lost != 0;
}
