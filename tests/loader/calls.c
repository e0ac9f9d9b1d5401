// SPDX-License-Identifier: GPL-2.0-only
/*
 * calls.c - a loader that asks for whatever bytes of a file say: system calls that `kickstand
 * exec` answers, by number or by name, with numbers, descriptors and paths that nobody needs;
 * threads that do the same. Pointers lead into a block of its own: a wild one is the
 * loader's own fault. tests/fuzz/fuzz_exec.c makes the files.
 *
 *	byte	what
 *	0..     a row of calls[], then a byte for each of its arguments
 *
 * It prints what each call came to. Whom it signals is itself or nobody; what it changes lies
 * in folders that are the machine's.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/bpf.h>
#include <poll.h>
#include <pthread.h>
#include <sched.h>
#include <semaphore.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define INPUT_MAX 4096
#define STEPS_MAX 200
#define BLOCK_BYTES 65536
#define SEEN_BYTES 4096 /* what one call reads or writes at most */
#define FDS_MAX 16
#define THREADS_MAX 4
#define LOCKS 3

static unsigned char input[INPUT_MAX];
static size_t nr_input, at;
static int steps;
static unsigned char *block;
static int fds[FDS_MAX], nr_fds;
static pthread_t threads[THREADS_MAX];
static int nr_threads;
static pthread_mutex_t mutexes[LOCKS];
static pthread_cond_t cond = PTHREAD_COND_INITIALIZER;
static pthread_rwlock_t rwlock = PTHREAD_RWLOCK_INITIALIZER;
static sem_t sem;

/* Two threads take turns at the bytes: whose turn it is is the machine's affair. */
static unsigned char take(void)
{
	return at < nr_input ? input[at++] : 0;
}

/* ---- arguments ---- */

static const long numbers[] = {
	0,	  1,	     -1,	 2,	      3,	   7,
	8,	  64,	     100,	 255,	      1000,	   4095,
	65536,	  1000000,   0x7fffffff, 0x80000000L, 0xffffffffL, 0x100000000L,
	1L << 40, INT64_MAX, INT64_MIN,	 -2,	      -4095,	   0x40000000,
};

static const char *const paths[] = {
	"/sys/devices/system/cpu/online",
	"/sys/devices/system/cpu/cpu1/online",
	"/sys/fs/bpf/x",
	"/sys/fs/bpf",
	"/sys/fs/bpf/../bpf/./x",
	"/sys/kernel/sched_ext/state",
	"/sys/kernel/sched_ext",
	"/sys/kernel/sched_ext/root/ops",
	"/proc/stat",
	"/proc/sys/kernel/pid_max",
	"/proc/kallsyms",
	"/run/scx",
	"/run/scx/a",
	"/run/scx/a/b",
	"/sys/fs/cgroup",
	"/sys/fs/cgroup/cgroup.controllers",
	"/sys/devices/system/node/node0",
	"/sys//devices/system/cpu",
	"/sys/kernel/btf/vmlinux",
	"/sys/fs/bpf/x/y/z",
	"/nowhere",
	"",
};

static long number(void)
{
	return numbers[take() % (sizeof(numbers) / sizeof(*numbers))];
}

static void *pointer(void)
{
	return block + take() % 15 * SEEN_BYTES;
}

/* One that calls gave, or any number: the machine's own are among those. 0 to 2 stay. */
static long descriptor(void)
{
	unsigned char n = take();

	if (n < 128)
		return nr_fds ? fds[n % nr_fds] : -1;
	return n < 250 ? n - 128 + 3 : numbers[n % 24] | (n & 1 ? 1L << 20 : -1L);
}

/* a path, now and then so long that it fits nowhere */
static const char *path(void)
{
	static char longest[SEEN_BYTES - 1];
	unsigned char n = take();

	if (n % 32 < sizeof(paths) / sizeof(*paths))
		return paths[n % 32];
	memset(longest, n % 2 ? '/' : 'a', sizeof(longest) - 1);
	memcpy(longest, "/sys/fs/bpf/", 12);
	return longest;
}

/* a time that is short, nonsense, or both */
static struct timespec *a_time(void)
{
	struct timespec *ts = pointer();
	unsigned char n = take();

	*ts = (struct timespec){ n & 8 ? number() : 0, n & 16 ? number() : n * 1000L };
	return ts;
}

/* What a letter of a row stands for. */
static long argument(char kind)
{
	switch (kind) {
	case 'f':
		return descriptor();
	case 'p':
		return (long)pointer();
	case 'P':
		return take() & 1 ? (long)pointer() : 0;
	case 's':
		return (long)path();
	case 't':
		return (long)a_time();
	case 'T':
		return take() & 1 ? (long)a_time() : 0;
	case 'l':
		return take() * 16L; /* a length: SEEN_BYTES hold it */
	case 'o':
		return take() % 8; /* a small one: events, pieces */
	case 'c':
		return take() % 16; /* a clock, a policy, an operation */
	case 'm':
		return 8; /* bytes of a set of signals */
	case 'd':
		return take() & 1 ? AT_FDCWD : descriptor();
	case 'z':
		return 0;
	default:
		return number();
	}
}

/* ---- system calls ---- */

static const struct row {
	const char *name;
	long nr;
	const char *args; /* letters of argument() */
	char gives;	  /* 'f': a descriptor */
} calls[] = {
#define C(name, args, gives) { #name, __NR_##name, args, gives }
	C(openat, "dsnz", 'f'),
	C(read, "fpl", 0),
	C(write, "fpl", 0),
	C(close, "f", 0),
	C(dup, "f", 'f'),
	C(dup3, "ffn", 'f'),
	C(close_range, "fnn", 0),
	C(fcntl, "fcn", 0),
	C(ioctl, "fnp", 0),
	C(newfstatat, "dspn", 0),
	C(fstat, "fp", 0),
	C(statx, "dsnnp", 0),
	C(statfs, "sp", 0),
	C(fstatfs, "fp", 0),
	C(faccessat, "dsn", 0),
	C(getdents64, "fpl", 0),
	C(readlinkat, "dspl", 0),
	C(mkdirat, "dsn", 0),
	C(unlinkat, "dsn", 0),
	C(poll, "pon", 0),
	C(ppoll, "poTP", 0),
	C(pselect6, "oPPPTz", 0),
	C(epoll_create1, "n", 'f'),
	C(epoll_ctl, "fcfp", 0),
	C(epoll_wait, "fpon", 0),
	C(epoll_pwait2, "fpoTP", 0),
	C(timerfd_create, "cn", 'f'),
	C(timerfd_settime, "fnpP", 0),
	C(timerfd_gettime, "fp", 0),
	C(eventfd2, "on", 'f'),
	C(nanosleep, "tP", 0),
	C(clock_nanosleep, "cntP", 0),
	C(clock_gettime, "cp", 0),
	C(clock_getres, "cP", 0),
	C(gettimeofday, "Pz", 0),
	C(getcpu, "PPz", 0),
	C(uname, "p", 0),
	C(getpriority, "cn", 0),
	C(setpriority, "onn", 0),
	C(sched_yield, "", 0),
	C(sched_setscheduler, "ncp", 0),
	C(sched_getscheduler, "n", 0),
	C(sched_getparam, "np", 0),
	C(sched_setparam, "np", 0),
	C(sched_setattr, "npn", 0),
	C(sched_getattr, "npln", 0),
	C(sched_setaffinity, "nlp", 0),
	C(sched_getaffinity, "nlp", 0),
	C(sched_get_priority_max, "n", 0),
	C(getpgid, "n", 0),
	C(getsid, "n", 0),
	C(pidfd_open, "nn", 'f'),
	C(rt_sigprocmask, "nPPm", 0),
	C(rt_sigpending, "pm", 0),
	C(rt_sigtimedwait, "pPtm", 0),
	C(sigaltstack, "zP", 0),
	C(futex, "pnnTpn", 0),
	C(getrandom, "pln", 0),
	C(mlock, "pl", 0),
	C(prlimit64, "nnzP", 0),
	C(socket, "ccn", 'f'),
	C(bind, "fpl", 0),
	C(connect, "fpl", 0),
	C(listen, "fo", 0),
	C(accept4, "fzzn", 'f'),
	C(recvfrom, "fplnzz", 0),
	C(seccomp, "nnP", 0),
#undef C
};
#define NR_CALLS (sizeof(calls) / sizeof(*calls))

static void keep(long fd)
{
	if (fd < 3)
		return;
	if (nr_fds < FDS_MAX)
		fds[nr_fds++] = (int)fd;
	else
		close((int)fd);
}

/* Descriptors have the numbers that the host has left: of them only the sign is told. */
static void tell(const char *what, long ret)
{
	printf("%s %d %d\n", what, ret < 0 ? -1 : ret > 0, ret < 0 ? errno : 0);
}

static long by_instruction(long nr, const long a[6])
{
#ifdef __x86_64__
	register long r10 __asm__("r10") = a[3], r8 __asm__("r8") = a[4], r9 __asm__("r9") = a[5];
	long ret;

	__asm__ volatile("syscall"
			 : "=a"(ret)
			 : "0"(nr), "D"(a[0]), "S"(a[1]), "d"(a[2]), "r"(r10), "r"(r8), "r"(r9)
			 : "rcx", "r11", "memory");
	errno = ret < 0 ? (int)-ret : 0;
	return ret < 0 ? -1 : ret;
#else
	return syscall(nr, a[0], a[1], a[2], a[3], a[4], a[5]);
#endif
}

static void step_call(const struct row *row)
{
	long a[6] = { 0 }, ret;
	int raw = take() & 1;

	for (int i = 0; row->args[i]; i++)
		a[i] = argument(row->args[i]);
	if (row->nr == __NR_close_range && a[0] < 3)
		return; /* what it prints to */
	if (row->nr == __NR_dup3 && a[1] < 3)
		return;
	errno = 0;
	ret = raw ? by_instruction(row->nr, a) :
		    syscall(row->nr, a[0], a[1], a[2], a[3], a[4], a[5]);
	tell(row->name, ret);
	if (row->gives)
		keep(ret);
}

/* ---- bpf(2): attributes of the right form with numbers of the wrong kind ---- */

static void step_bpf(void)
{
	static const struct bpf_insn ends[] = { { .code = 0xb7 }, { .code = 0x95 } };
	union bpf_attr attr = { 0 };
	unsigned char cmd = take() % 6;
	static const int cmds[] = { BPF_MAP_CREATE, BPF_PROG_LOAD,	 BPF_OBJ_PIN,
				    BPF_OBJ_GET,    BPF_MAP_UPDATE_ELEM, BPF_MAP_GET_NEXT_ID };
	long ret;

	switch (cmds[cmd]) {
	case BPF_MAP_CREATE:
		attr.map_type = take() % 40;
		attr.key_size = take() & 1 ? 4 : (unsigned int)number();
		attr.value_size = take() & 1 ? 8 : (unsigned int)number() % SEEN_BYTES;
		attr.max_entries = take();
		break;
	case BPF_PROG_LOAD:
		attr.prog_type = take() % 34;
		attr.insns = (uintptr_t)ends;
		attr.insn_cnt = 2;
		attr.license = (uintptr_t)"GPL";
		break;
	case BPF_OBJ_PIN:
	case BPF_OBJ_GET:
		attr.pathname = (uintptr_t)path();
		attr.bpf_fd = cmds[cmd] == BPF_OBJ_PIN ? (unsigned int)descriptor() : 0;
		break;
	case BPF_MAP_UPDATE_ELEM:
		attr.map_fd = (unsigned int)descriptor();
		attr.key = (uintptr_t)pointer();
		attr.value = (uintptr_t)pointer();
		attr.flags = take();
		break;
	default:
		attr.start_id = (unsigned int)number();
	}
	ret = syscall(__NR_bpf, cmds[cmd], &attr, sizeof(attr));
	tell("bpf", ret);
	if (cmd < 2 || cmds[cmd] == BPF_OBJ_GET)
		keep(ret);
}

static void step_map_memory(void)
{
	void *p = mmap(NULL, SEEN_BYTES, take() & 1 ? PROT_READ : PROT_READ | PROT_WRITE,
		       take() & 1 ? MAP_SHARED : MAP_PRIVATE, (int)descriptor(), 0);

	tell("mmap", p == MAP_FAILED ? -1 : 1);
	if (p != MAP_FAILED)
		munmap(p, SEEN_BYTES);
}

/* ---- threads, and what they wait for ---- */

static void run(void);

static void *thread(void *arg)
{
	run();
	return arg;
}

static void step_thread(void)
{
	int err, n = take();

	switch (n % 4) {
	case 0:
		if (nr_threads == THREADS_MAX)
			return;
		err = pthread_create(&threads[nr_threads], NULL, thread, NULL);
		nr_threads += !err;
		break;
	case 1:
		err = nr_threads ? pthread_cancel(threads[n / 4 % nr_threads]) : ESRCH;
		break;
	case 2:
		if (!nr_threads)
			return;
		err = pthread_timedjoin_np(threads[nr_threads - 1], NULL, a_time());
		nr_threads -= !err;
		break;
	default:
		err = pthread_setcancelstate(n / 4 % 2, NULL);
	}
	tell("thread", err ? (errno = err, -1) : 0);
}

/* Each lock knows its owner, so what is wrong is an error. */
static void step_lock(void)
{
	unsigned char n = take();
	pthread_mutex_t *m = &mutexes[n / 8 % LOCKS];
	int err;

	switch (n % 8) {
	case 0:
		err = pthread_mutex_timedlock(m, a_time());
		break;
	case 1:
		err = pthread_mutex_trylock(m);
		break;
	case 2:
	case 3:
		err = pthread_mutex_unlock(m);
		break;
	case 4:
		err = sem_timedwait(&sem, a_time()) ? errno : 0;
		break;
	case 5:
		err = sem_post(&sem) ? errno : 0;
		break;
	case 6:
		err = pthread_cond_broadcast(&cond);
		break;
	default:
		err = pthread_rwlock_timedrdlock(&rwlock, a_time());
		if (!err)
			pthread_rwlock_unlock(&rwlock);
	}
	tell("lock", err ? (errno = err, -1) : 0);
}

static void step_child(void)
{
	int status = 0;
	pid_t pid;

	fflush(stdout);
	pid = take() & 1 ? fork() : vfork();
	if (!pid)
		_exit(take());
	if (pid > 0)
		waitpid(pid, &status, 0);
	tell("child", pid < 0 ? -1 : WIFEXITED(status));
}

static void heard(int sig)
{
	(void)sig;
}

/* To itself; SIGINT among them, which is also what ends a run. */
static void step_signal(void)
{
	static const int signals[] = { SIGUSR1, SIGUSR2, SIGINT, SIGSYS, SIGALRM, SIGPIPE };
	const int sig = signals[take() % 6];
	unsigned char n = take();

	signal(sig, heard);
	tell("signal", n % 3 == 0 ? kill(getpid(), sig) :
		       n % 3 == 1 ? syscall(__NR_tgkill, getpid(), getpid(), sig) :
				    sigqueue(getpid(), sig, (union sigval){ 0 }));
}

static void step(void)
{
	unsigned char what = take();

	switch (what) {
	case 250:
		step_map_memory();
		break;
	case 251:
		step_bpf();
		break;
	case 252:
		step_thread();
		break;
	case 253:
		step_lock();
		break;
	case 254:
		step_child();
		break;
	case 255:
		step_signal();
		break;
	default:
		step_call(&calls[what % NR_CALLS]);
	}
}

static void run(void)
{
	while (at < nr_input && steps++ < STEPS_MAX)
		step();
}

static void begin(const char *file)
{
	pthread_mutexattr_t attr;
	FILE *f = fopen(file, "rb");

	if (!f)
		exit(9);
	nr_input = fread(input, 1, sizeof(input), f);
	fclose(f);
	block = mmap(NULL, BLOCK_BYTES, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (block == MAP_FAILED)
		exit(9);
	pthread_mutexattr_init(&attr);
	pthread_mutexattr_settype(&attr, PTHREAD_MUTEX_ERRORCHECK);
	for (int i = 0; i < LOCKS; i++)
		pthread_mutex_init(&mutexes[i], &attr);
	sem_init(&sem, 0, 0);
	signal(SIGINT, heard); /* what waits for ever waits until then */
	setvbuf(stdout, NULL, _IOLBF, 4096);
}

int main(int argc, char **argv)
{
	if (argc < 2)
		return 9;
	begin(argv[1]);
	run();
	printf("done: %ld\n", (long)time(NULL));
	fflush(stdout);
	_exit(0);
}
