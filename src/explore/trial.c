// SPDX-License-Identifier: GPL-2.0-only
/*
 * trial.c - one run in a process of its own: a copy of the machine that is loaded, which takes
 * its schedule, attaches, runs, and says in shared memory what came of it.
 *
 * The copy dies with its process; what it does to files, pipes and the terminal is nothing.
 */
#include "explore/explore.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/region.h"
#include "kern/faults.h"

#define PATIENCE_S 60 /* a run that takes longer by the host's clock is given up */

#ifdef KICKSTAND_COVERAGE /* meson.build: gcov's counts are written at exit */
void __gcov_dump(void);
#define flush_counts() __gcov_dump()
#else
#define flush_counts() ((void)0)
#endif

/* ---- in the run's process ---- */

static void __attribute__((noreturn)) run_it(struct explorer *x, struct trial *t)
{
	const struct itimerval patience = { .it_value.tv_sec = PATIENCE_S };
	struct trial_result *to = t->result;
	struct recorder *r = recorder_create(to, t->log ? x->log : NULL, &t->schedule);

	setitimer(ITIMER_REAL, &patience, NULL);
	t->schedule.watch = recorder_watch;
	t->schedule.came = recorder_came;
	t->schedule.arg = r;
	faults_schedule(&t->schedule);
	x->km->opts.log = NULL;
	subject_run(x, to, &t->schedule);
	to->over = true;
	flush_counts();
	_exit(0);
}

static void become_run(struct explorer *x, struct trial *t, pid_t parent)
{
	signal(SIGINT, SIG_IGN); /* a terminal sends it to all of us; the parent decides */
	signal(SIGALRM, SIG_DFL);
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (getppid() != parent)
		_exit(1);
	run_it(x, t);
}

/* ---- in ours ---- */

static bool start(struct explorer *x, struct trial *t)
{
	pid_t parent = getpid();

	/* all but the log, of which nr_log says how much counts */
	memset(t->result, 0, sizeof(*t->result));
	t->pid = fork();
	if (!t->pid)
		become_run(x, t, parent);
	return t->pid > 0;
}

static void note_end(struct trial *t, int wait_status)
{
	t->pid = 0;
	t->result->end = t->result->over ? TRIAL_OVER :
			 WIFSIGNALED(wait_status) && WTERMSIG(wait_status) == SIGALRM ?
					   TRIAL_STOPPED :
					   TRIAL_DIED;
}

static void wait_one(struct trial *t, u32 nr)
{
	int status = 0;
	pid_t pid;

	do
		pid = wait(&status);
	while (pid < 0 && errno == EINTR);
	for (u32 i = 0; i < nr; i++)
		if (t[i].pid && (t[i].pid == pid || pid < 0))
			note_end(&t[i], status);
}

void trials_run(struct explorer *x, struct trial *t, u32 nr)
{
	u32 next = 0, running = 0;

	fflush(NULL); /* or each of them has what is in there yet */
	while (next < nr || running) {
		if (next < nr && running < x->jobs) {
			running +=
				start(x, &t[next++]); /* no process to be had: as one that died */
			continue;
		}
		wait_one(t, next);
		running--;
	}
}

const struct trial_result *trial_once(struct explorer *x, const struct schedule *s, bool log)
{
	struct trial *t = &x->one;

	t->schedule = *s;
	t->log = log;
	trials_run(x, t, 1);
	x->nr_runs++;
	return t->result;
}

static void *shared(size_t size)
{
	void *p = mmap(NULL, size, PROT_READ | PROT_WRITE,
		       MAP_SHARED | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);

	return p == MAP_FAILED ? NULL : p;
}

int trials_init(struct explorer *x)
{
	struct trial_result *results = shared((BATCH + 1) * sizeof(*results));

	x->log = shared(LOG_MAX * sizeof(*x->log));
	if (!results || !x->log)
		return -ENOMEM;
	for (u32 i = 0; i < BATCH; i++)
		x->batch[i].result = &results[i];
	x->one.result = &results[BATCH];
	return region_go_private();
}

void trials_finish(struct explorer *x)
{
	if (x->batch[0].result)
		munmap(x->batch[0].result, (BATCH + 1) * sizeof(*x->batch[0].result));
	if (x->log)
		munmap(x->log, LOG_MAX * sizeof(*x->log));
}
