// SPDX-License-Identifier: GPL-2.0-only
/*
 * bare.c - a loader without any C library: its system calls are its own, it has no thread
 * pointer until it sets one, and what it does with signals, threads, children and memory is
 * what the kernel's interface has. tests/exec.sh runs it; each line says what came of a thing.
 */
#include <linux/bpf.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>

#define NS 1000000000L
#ifndef SA_RESTORER
#define SA_RESTORER 0x04000000
#endif
#define BLOCK 0
#define SETMASK 2
#define BIT(sig) (1UL << ((sig) - 1))

void *memset(void *p, int c, size_t n);

/* the kernel's, which the C library's headers do not have */
struct kernel_action {
	void (*handler)(int sig, siginfo_t *info, void *context);
	unsigned long flags;
	void (*restorer)(void);
	unsigned long mask;
};

void *memset(void *p, int c, size_t n)
{
	char *at = p;

	while (n--)
		*at++ = (char)c;
	return p;
}

/* for compilers that make a call of what initializes a struct */
void *memcpy(void *to, const void *from, size_t n);
void *memcpy(void *to, const void *from, size_t n)
{
	char *t = to;
	const char *f = from;

	while (n--)
		*t++ = *f++;
	return to;
}

static long call(long nr, long a, long b, long c, long d, long e, long f)
{
	register long r10 __asm__("r10") = d, r8 __asm__("r8") = e, r9 __asm__("r9") = f;
	long ret;

	__asm__ volatile("syscall"
			 : "=a"(ret)
			 : "0"(nr), "D"(a), "S"(b), "d"(c), "r"(r10), "r"(r8), "r"(r9)
			 : "rcx", "r11", "memory");
	return ret;
}

#define CALL1(nr, a) call(nr, (long)(a), 0, 0, 0, 0, 0)
#define CALL2(nr, a, b) call(nr, (long)(a), (long)(b), 0, 0, 0, 0)
#define CALL3(nr, a, b, c) call(nr, (long)(a), (long)(b), (long)(c), 0, 0, 0)
#define CALL4(nr, a, b, c, d) call(nr, (long)(a), (long)(b), (long)(c), (long)(d), 0, 0)

/* ---- words and numbers ---- */

static char line[512];
static size_t len;

static void say(const char *text)
{
	while (*text)
		line[len++] = *text++;
}

static void say_number(long n)
{
	char digits[24], *d = digits + sizeof(digits) - 1;
	unsigned long rest = n < 0 ? -(unsigned long)n : (unsigned long)n;

	*d = 0;
	do
		*--d = (char)('0' + rest % 10);
	while (rest /= 10);
	say(n < 0 ? " -" : " ");
	say(d);
}

static void end_line(void)
{
	line[len++] = '\n';
	CALL3(SYS_write, 1, line, len);
	len = 0;
}

static long now_ns(void)
{
	struct timespec ts = { 0 };

	CALL2(SYS_clock_gettime, CLOCK_MONOTONIC, &ts);
	return ts.tv_sec * NS + ts.tv_nsec;
}

/* ---- signals ---- */

static volatile int came, came_with_sys;
static volatile unsigned long tls_seen;

static unsigned long thread_pointer(void)
{
	unsigned long fs = 0;

	CALL2(SYS_arch_prctl, 0x1003 /* ARCH_GET_FS */, &fs);
	return fs;
}

static void on_signal(int sig, siginfo_t *info, void *context)
{
	came++;
	tls_seen = thread_pointer();
}

static void on_sys(int sig, siginfo_t *info, void *context)
{
	came_with_sys++;
}

__attribute__((naked)) static void give_back(void)
{
	__asm__("mov $15, %eax\n\tsyscall"); /* rt_sigreturn */
}

static long handle(int sig, void (*handler)(int, siginfo_t *, void *))
{
	struct kernel_action sa = { handler, SA_SIGINFO | SA_RESTORER, give_back, 0 }, was = { 0 };

	CALL4(SYS_rt_sigaction, sig, &sa, NULL, 8);
	CALL4(SYS_rt_sigaction, sig, NULL, &was, 8);
	return was.handler == handler;
}

static void use_signals(void)
{
	unsigned long all = ~0UL, was = 0, none = 0;
	struct timespec ms = { 0, 1000000 };
	long pid = CALL1(SYS_getpid, 0), ret;

	say("signals:");
	say_number(handle(SIGSYS, on_sys));
	say_number(handle(SIGUSR1, on_signal));
	CALL4(SYS_rt_sigprocmask, SETMASK, &all, NULL, 8);
	CALL4(SYS_rt_sigprocmask, BLOCK, NULL, &was, 8);
	say_number(CALL1(SYS_getpid, 0) == pid && was & BIT(SIGSYS));
	CALL2(SYS_kill, pid, SIGUSR1);
	say_number(came); /* it waits */
	ret = call(SYS_ppoll, 0, 0, (long)&ms, (long)&none, 8, 0);
	say_number(came); /* with this mask it came */
	say_number(ret);
	CALL4(SYS_rt_sigprocmask, SETMASK, &none, NULL, 8);
	CALL2(SYS_kill, pid, SIGSYS);
	CALL2(SYS_kill, pid, SIGUSR1);
	say_number(came);
	say_number(came_with_sys);
	say_number(tls_seen == thread_pointer());
	end_line();
}

/* ---- memory ---- */

static char block[64];
static unsigned long zeros[512];

static void use_memory(void)
{
	unsigned long begin = CALL1(SYS_brk, 0), i, sum = 0;
	volatile char *p = (char *)begin;

	say("memory:");
	say_number(CALL1(SYS_brk, begin + 100000) - (long)begin);
	p[99999] = 7;
	CALL1(SYS_brk, begin);
	CALL1(SYS_brk, begin + 100000);
	say_number(p[99999]); /* pages that went come back empty */
	say_number(CALL1(SYS_brk, 1) - (long)begin);
	for (i = 0; i < 512; i++)
		sum += zeros[i];
	say_number((long)sum);
	say_number(CALL2(SYS_arch_prctl, 0x1002 /* ARCH_SET_FS */, block));
	say_number(thread_pointer() == (unsigned long)block);
	end_line();
}

/* ---- threads ---- */

static char stack[16384] __attribute__((aligned(16)));
static volatile int tid_word = 1, child_sees, other_came;

static void on_other(int sig, siginfo_t *info, void *context)
{
	other_came = (int)CALL1(SYS_gettid, 0);
}

static void in_thread(void)
{
	struct timespec hour = { 3600, 0 };

	child_sees = thread_pointer() == (unsigned long)stack;
	CALL2(SYS_nanosleep, &hour, NULL); /* a signal to this thread ends it */
	child_sees += other_came == CALL1(SYS_gettid, 0);
	CALL1(SYS_exit, 0);
}

static long start_thread(void)
{
	long ret, flags = CLONE_VM | CLONE_FS | CLONE_FILES | CLONE_SIGHAND | CLONE_THREAD |
			  CLONE_SYSVSEM | CLONE_SETTLS | CLONE_CHILD_CLEARTID | CLONE_PARENT_SETTID;
	register long r10 __asm__("r10") = (long)&tid_word, r8 __asm__("r8") = (long)stack;

	__asm__ volatile(
		"syscall\n\t"
		"test %%rax, %%rax\n\t"
		"jnz 1f\n\t"
		"call *%6\n\t"
		"1:"
		: "=a"(ret)
		: "0"((long)SYS_clone), "D"(flags), "S"(stack + sizeof(stack) - 64), "d"(&tid_word),
		  "r"(r10), "r"(in_thread), "r"(r8)
		: "rcx", "r11", "memory");
	return ret;
}

static void use_threads(void)
{
	struct timespec ms = { 0, 1000000 };
	long tid, begin = now_ns();

	handle(SIGUSR2, on_other);
	tid = start_thread();
	say("threads:");
	say_number(tid_word == tid);
	CALL2(SYS_nanosleep, &ms, NULL);
	say_number(child_sees);
	say_number(CALL3(SYS_tgkill, CALL1(SYS_getpid, 0), tid, SIGUSR2));
	while (tid_word)
		CALL4(SYS_futex, &tid_word, 0 /* FUTEX_WAIT */, tid, NULL);
	say_number(child_sees);
	say_number(other_came == tid);
	say_number(now_ns() - begin < 100000000);		 /* no hour: the signal ended it */
	while (!CALL3(SYS_tgkill, CALL1(SYS_getpid, 0), tid, 0)) /* until it is gone */
		CALL2(SYS_nanosleep, &ms, NULL);
	end_line();
}

/* ---- children, files ---- */

static void use_child(void)
{
	long pid = CALL1(SYS_fork, 0);
	int status = -1;

	if (!pid)
		CALL1(SYS_exit_group, 5);
	say("child:");
	say_number(CALL4(SYS_wait4, pid, &status, 0, NULL) == pid);
	say_number(WEXITSTATUS(status));
	end_line();
}

struct entry {
	uint64_t ino, next;
	uint16_t bytes;
	uint8_t type;
	char name[];
};

static void use_files(void)
{
	char buf[256], *p;
	long fd = CALL4(SYS_openat, -100, "/sys/devices/system/cpu", 0200000 /* O_DIRECTORY */, 0),
	     n, nr = 0;

	say("files:");
	while ((n = CALL3(SYS_getdents64, fd, buf, sizeof(buf))) > 0)
		for (p = buf; p < buf + n; p += ((struct entry *)p)->bytes)
			nr += ((struct entry *)p)->name[0] == 'c';
	say_number(nr);
	n = CALL3(SYS_readlink, "/proc/self/exe", buf, sizeof(buf) - 1);
	buf[n > 0 ? n : 0] = 0;
	say(" ");
	say(buf);
	fd = CALL4(SYS_openat, -100, "/proc/self/exe", 0, 0);
	CALL3(SYS_read, fd, buf, 4);
	say_number(buf[1] == 'E');
	say_number(CALL2(SYS_access, "/sys/kernel/sched_ext/state", 4));
	end_line();
}

/* ---- bpf(2) ---- */

static void use_bpf(void)
{
	union bpf_attr attr = {
		.map_type = BPF_MAP_TYPE_HASH, .key_size = 4, .value_size = 8, .max_entries = 4
	};
	unsigned int key = 3;
	unsigned long value = 77, got = 0;
	long fd = CALL3(SYS_bpf, BPF_MAP_CREATE, &attr, sizeof(attr));

	attr = (union bpf_attr){ .map_fd = (unsigned int)fd,
				 .key = (unsigned long)&key,
				 .value = (unsigned long)&value };
	say("bpf:");
	say_number(fd >= 0);
	say_number(CALL3(SYS_bpf, BPF_MAP_UPDATE_ELEM, &attr, sizeof(attr)));
	attr.value = (unsigned long)&got;
	say_number(CALL3(SYS_bpf, BPF_MAP_LOOKUP_ELEM, &attr, sizeof(attr)));
	say_number((long)got);
	say_number(CALL1(SYS_close, fd));
	end_line();
}

__attribute__((used)) static void begin(long *sp)
{
	struct timespec hour = { 3600, 0 };

	say("begin:");
	say_number(sp[0]);
	say(" ");
	say((char *)sp[1]);
	say_number(now_ns() / NS);
	say_number(CALL1(SYS_getuid, 0));
	end_line();
	use_signals();
	use_memory();
	use_threads();
	use_child();
	use_files();
	use_bpf();
	came = 0;
	handle(SIGINT, on_signal);
	say("stopped:");
	say_number(CALL2(SYS_nanosleep, &hour, NULL));
	say_number(came);
	end_line();
	CALL1(SYS_exit, sp[0] > 1 ? sp[2] && *(char *)sp[2] == '7' ? 7 : 1 : 0);
}

__asm__(".globl _start\n"
	"_start:\n"
	"	xor %ebp, %ebp\n"
	"	mov %rsp, %rdi\n"
	"	and $-16, %rsp\n"
	"	call begin\n"
	"	hlt\n");
