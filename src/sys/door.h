/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * door.h - the front door: what a process on the simulated machine finds when it
 * makes a system call or opens a kernel's file.
 *
 * interpose.c defines the C library's names (syscall, open, epoll_ctl, ...), so
 * that libbpf, linked into the same program, ends up here. While no machine is
 * active, and for all that is not a kernel's, the real functions are called.
 *
 *	libbpf ── syscall(__NR_bpf) ──▶ interpose.c ──▶ bpf.c ──▶ cmd_*.c, link.c
 *	       ── open("/sys/kernel/btf/vmlinux") ──▶ vfs.c
 *
 * Commands return -errno; the names that the process calls turn it into errno (host.h).
 */
#ifndef KS_SYS_DOOR_H
#define KS_SYS_DOOR_H

#include "base/types.h"
#include "sys/state.h"

struct epoll_event;
struct machine;
struct utsname;
union bpf_attr;

/* a machine answers system calls */
#define door_active (sys_state.active)

/*
 * door_open - @m, created and not yet run, answers from here on: its types become
 * BTF object 1, its loader task exists. 0 or -errno. One machine at a time.
 */
int door_open(struct machine *m);
/* Before machine_destroy(): programs, maps and links go away. Nothing runs any more. */
void door_close(void);
/* Descriptors may have been closed: let go of what nobody holds. */
void door_reap(void);
/* A line to whoever reads warnings: what a guest or loader asked for and does not get. */
void door_note(const char *fmt, ...) __printf(1, 2);
void door_notes_to(void (*sink)(const char *line)); /* NULL: nobody reads */

/*
 * What the process answers if it is a task of the machine (src/exec). @enter and @leave are
 * around a system call, with the price of what was computed before it; false: the caller is
 * the machine itself, there is no leave. @wait takes virtual time: 1 @ready, 0 the time is
 * over (@timeout_ns ~0: never), -EINTR.
 */
struct door_process {
	bool (*enter)(void);
	void (*leave)(void);
	int (*wait)(bool (*ready)(void *arg), void *arg, u64 timeout_ns);
	/* a descriptor was closed */
	void (*fd_closed)(int fd);
	/* a system call that only a process on the machine makes; false: none of ours */
	bool (*syscall)(long nr, const long a[6], long *ret);
	/* one of loader code for which there is a function, which has set errno; false: none */
	bool (*by_number)(long nr, const long a[6], long *ret);
};
/* Once, before the process makes its first call; whole. */
void door_process(const struct door_process *p);
/* false: there is no such process, or the caller is the machine itself */
bool door_enter(void);
void door_leave(void);

/* syscall(2) for whom no function of the C library answers: bpf(2) and the like, or the host */
long door_syscall(long nr, const long a[6]);

/* ---- system calls, as interpose.c hands them over ---- */

/* bpf.c */
long door_bpf(u32 cmd, union bpf_attr *attr, u32 size, void *common, u32 common_size);
/* poll.c; false: none of ours */
bool poll_ctl(int epfd, int op, int fd, struct epoll_event *ev, int *ret);
/* number of events stored, 0: ask the real one */
int poll_ready(int epfd, struct epoll_event *events, int max);
void poll_reset(void);
/* mmap.c; *@ret: the address or -errno; false: none of ours */
bool arena_mmap(void *addr, size_t len, int prot, int flags, int fd, off_t off, long *ret);
/* vfs.c */
void vfs_uname(struct utsname *u);

#endif
