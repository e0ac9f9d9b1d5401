// SPDX-License-Identifier: GPL-2.0-only
/*
 * endless.c - see endless.h. Loader code takes no virtual time, so one that loops for ever
 * would stop the clock, and kickstand with it. On a kernel it is a task that keeps its CPU
 * busy, is preempted, waits, and starves who depends on it; here that is what it becomes:
 *
 *	loader code ──── ENDLESS_S of CPU time, no call ────▶ user_run()
 *	    ▲ a timer of the CPU clock looks each second         │
 *	    ╰────────── its handler runs ◀── a signal comes ─────╯
 *
 * Only that it is endless is found by the host's clock. What follows is the same in each run.
 */
#include "exec/endless.h"

#include <errno.h>
#include <signal.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "exec/process.h"
#include "exec/tls.h"
#include "kern/machine.h"
#include "kern/sched.h"
#include "sys/door.h"

#ifndef sigev_notify_thread_id
#define sigev_notify_thread_id _sigev_un._tid
#endif

#define E (&exec_state.endless)

/* Neither a child nor another program in this one's place inherits it. */
int endless_begin(void)
{
	struct sigevent ev = { .sigev_notify = SIGEV_THREAD_ID, .sigev_signo = SIGSYS };
	const struct itimerspec each = { { 1, 0 }, { 1, 0 } };
	timer_t timer;

	ev.sigev_notify_thread_id = (pid_t)syscall(SYS_gettid);
	if (timer_create(CLOCK_THREAD_CPUTIME_ID, &ev, &timer) ||
	    timer_settime(timer, 0, &each, NULL))
		return -errno;
	return 0;
}

NO_CANARY bool endless_tick(void)
{
	if (!process_user || E->entries != process_entries) {
		E->entries = process_entries;
		E->nr_ticks = 0;
		return false;
	}
	return ++E->nr_ticks >= ENDLESS_S;
}

/*
 * Its task stays what it is, and can be preempted, moved, ejected with. A handler may make an end
 * of the loop; if none does, it is found to be endless once more.
 */
void endless_compute(void)
{
	process_enter();
	door_note(
		"%s has used %d s of this computer's time and asked the machine nothing: from "
		"%llu.%09llu s on it is taken to do so for ever",
		current->comm, ENDLESS_S, now_ns() / NSEC_PER_SEC, now_ns() % NSEC_PER_SEC);
	while (!process_signalled())
		user_run(NSEC_PER_MSEC);
	process_leave();
}
