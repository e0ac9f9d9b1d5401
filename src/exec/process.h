/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * process.h - a loader's process on the simulated machine. Each of its threads is a
 * task; what it does between two calls of the C library happens at one moment of
 * virtual time, on the CPU where the task runs.
 *
 *	loader code ──call──▶ enter: costs.libcall passes, then the kernel's part
 *	            ◀─return─ leave: a pending signal's handler runs
 *
 * All threads run on the host's first thread, one at a time (thread.c), so the
 * machine stays single-threaded.
 */
#ifndef KS_EXEC_PROCESS_H
#define KS_EXEC_PROCESS_H

#include "base/types.h"
#include "exec/state.h"
#include "sys/host.h"

/*
 * The machine has been up for this long when the loader begins, as machines have: a
 * scheduler takes 0 for "long ago", and it is.
 */
#define PROCESS_BOOT_NS 10000000000ULL
#define PROCESS_EPOCH_S 1767225600ULL /* CLOCK_REALTIME at boot: 2026-01-01 00:00 UTC */

/* how often the loader has called the machine */
#define process_entries (exec_state.entries)
/* loader code runs now: what is called is meant for the machine, if it is the machine's */
#define process_user (exec_state.user)

/* thread.c: the one of the current task */
struct thread *thread_self(void);

/*
 * process_prepare - from here on the machine has a thread pointer of its own, that
 * of a host thread which only lends it: so its errno, and its heap, are not the
 * loader's. A loader that writes past its memory finds its own. 0 or -errno.
 */
int process_prepare(void);
bool process_is_first(const struct thread *t);
struct thread *process_first(void);
/*
 * process_start - the calling stack becomes task @comm of the machine
 * @run is called on another stack and must not return: it runs the machine. At
 * @duration_ns of virtual time the process gets SIGINT. 0 or -errno. It returns
 * as that task, when the machine runs and PROCESS_BOOT_NS have passed.
 */
int process_start(const char *comm, u64 duration_ns, void (*run)(void *arg), void *arg);
/* the task begins; @arg: its struct thread */
void thread_body(void *arg);
/*
 * The loader ends with @status: the machine stops for good, on @run's stack. What it has
 * pinned keeps the machine running until the time is over.
 */
void process_exit(int status) __noreturn;
#define PROCESS_RUNS 256 /* it has not ended */
int process_status(void);

/* false, and nothing happens, if the caller is not loader code */
bool process_enter(void);
void process_leave(void);

/*
 * Between enter and leave: 1 @ready, 0 the time has come, -EINTR. @ready NULL, @until_ns ~0: never.
 * A point of cancellation: then process_leave() ends the thread.
 */
int process_wait(bool (*ready)(void *arg), void *arg, u64 until_ns);
/* The same for what only threads of the process change: it looks when one tells. */
int process_wait_told(bool (*ready)(void *arg), void *arg, u64 until_ns);
/* counts the calls of process_event() */
#define process_events (exec_state.events)
/* Something changed that a thread of the process may wait for: they all look again. In the kernel. */
void process_event(void);
/* the same from loader code */
void process_tell(void);

/* In the kernel: has a signal come for the current thread? process_leave() has its handler run. */
bool process_signalled(void);

/* to_errno() (sys/host.h) comes after process_leave(): errno is the thread's */

#endif
