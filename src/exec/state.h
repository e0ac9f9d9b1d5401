/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * state.h - all that src/exec keeps; of the loader's process, which has one machine and ends
 * with it. (What HOST() found is constant, and a static of its place: sys/host.h.)
 */
#ifndef KS_EXEC_STATE_H
#define KS_EXEC_STATE_H

#include <kickstand.h>
#include <limits.h>
#include <semaphore.h>
#include <signal.h>

#include "base/list.h"
#include "base/prng.h"
#include "base/types.h"
#include "exec/image.h"
#include "exec/thread.h"
#include "exec/trap.h"
#include "kern/irq.h"

struct our_dir;
struct timer_fd;

#define TIMER_FDS_MAX 1024

struct address_range {
	u64 begin, end;
};

struct exec_state {
	/* process.h has these three by their names */
	bool user; /* its address is what the host's kernel looks at: trap.c */
	u64 entries, events;

	struct {
		struct thread main;
		struct fiber director;
		struct hrtimer end; /* --duration is over */
		bool signal_pending, signalled;
		bool gone; /* it has exited; what it pinned goes on */
		int status;
		unsigned long tls; /* the machine's */
		sem_t parked;	   /* process_prepare(): there it is */
		struct list_head waiters;
	} process;
	struct {
		struct ks_machine_opts machine;
		uint64_t duration_ns;
		const char *comm, *workload;
		const char *program; /* what takes this one's place (bare.c); NULL: nothing does */
		int verbose, json_fd, caught_fd;
		bool summary_aside; /* standard output is for JSON */
		bool strict;	    /* a verdict that is not ok is exit status 1 */
		struct ks_machine *km;
		char *preload, *options; /* LD_PRELOAD, and START_ENV's value */
		struct address_range
			library; /* where this one is: the machine's variables are in it */
	} start;
	struct {
		struct list_head all;				    /* but the first */
		struct list_head cond_waiters;			    /* of struct cond_waiter */
		struct list_head futex_waiters;			    /* of struct futex_waiter */
		void (*destructors[PTHREAD_KEYS_MAX])(void *value); /* keys.c */
	} threads;
	struct {
		bool trapping;		    /* SIGSYS is the machine's */
		struct sigaction wanted;    /* the loader's action of it */
		const struct thread *armed; /* whose stack the kernel has; NULL: perhaps none */
	} signal;
	struct {
		struct address_range dynamic_loader;
		volatile bool probing; /* the first one is ours */
	} trap;
	struct {
		bool runs;
		const char *path;
		struct image image;
		struct trap_context at;
		u64 brk;
	} bare;
	struct {
		u64 entries;  /* as of the last look */
		u32 nr_ticks; /* looks since the loader last called */
	} endless;
	struct {
		struct prng stream;
		bool begun;
	} random;				/* ident.c */
	struct our_dir *dirs;			/* files.c: all open ones */
	struct timer_fd *timers[TIMER_FDS_MAX]; /* poll.c: by descriptor */
	const char *fork_name;			/* child.c: of fork() and what is made of it */
};

extern struct exec_state exec_state;

/* The loader's process begins. */
void exec_reset(void);

#endif
