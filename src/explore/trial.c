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
#include "kern/ext/ext.h"
#include "kern/lockup.h"
#include "kern/machine.h"

#define PATIENCE_S 60 /* a run that takes longer by the host's clock is given up */

#ifdef KICKSTAND_COVERAGE /* meson.build: gcov's counts are written at exit */
void __gcov_dump(void);
#define flush_counts() __gcov_dump()
#else
#define flush_counts() ((void)0)
#endif

/* ---- in the run's process ---- */

static void put_found(struct trial_result *to, const char *kind, const char *text)
{
	struct found *f = &to->found[to->nr_found++];

	snprintf(f->kind, sizeof(f->kind), "%s", kind);
	snprintf(f->text, sizeof(f->text), "%s", text);
	finding_key(f, 0, false);
}

/*
 * CPUs that idle beside work are no bug while the one who would give it to them is held: an
 * episode counts that goes on for long after that.
 */
#define IDLE_BESIDE_NS (10 * NSEC_PER_MSEC)

static u64 held_ns(const struct schedule *s)
{
	u64 ns = 0;

	for (u32 i = 0; i < s->nr; i++)
		ns += s->at[i].came ? s->at[i].hold_ns : 0;
	return ns;
}

static bool counts(const struct finding *f, const struct schedule *s)
{
	if (f->kind == FINDING_IDLE_BESIDE_WORK)
		return f->duration_ns >= IDLE_BESIDE_NS + 2 * held_ns(s);
	return !finding_is_note(f->kind);
}

/* Of each kind the worst one. */
static void judge(struct trial_result *to, const struct schedule *s)
{
	struct findings f;

	verdict_find(machine->judge, &f);
	for (u32 i = 0; i < f.nr && to->nr_found < FOUND_MAX; i++) {
		const struct finding *at = &f.at[i];

		if (!counts(at, s) || (i && f.at[i - 1].kind == at->kind))
			continue;
		put_found(to, finding_kind_name(at->kind), at->text);
		finding_key(&to->found[to->nr_found - 1], at->dsq_id, at->has_dsq);
	}
	findings_finish(&f);
}

static int go(struct explorer *x)
{
	int err = x->opts.begin ? x->opts.begin(x->opts.arg, x->obj) : KS_OK;

	if (!err)
		err = ks_object_attach(x->obj);
	return err ? err : ks_machine_run(x->km, x->opts.duration_ns);
}

/* What is told of a run that did not come to its workload, or that no detector looks at */
static void judge_status(struct trial_result *to)
{
	const char *kind = to->status == KS_LOCKUP  ? "lockup" :
			   to->status == KS_EJECTED ? "ejected" :
			   to->status == KS_LOAD    ? "not_enabled" :
						      "failed";

	if (to->status && !to->nr_found)
		put_found(to, kind, ks_error());
}

static void __attribute__((noreturn)) run_it(struct explorer *x, struct trial *t)
{
	const struct itimerval patience = { .it_value.tv_sec = PATIENCE_S };
	struct trial_result *to = t->result;
	struct recorder *r = recorder_create(to, t->log ? x->log : NULL, &t->schedule);

	setitimer(ITIMER_REAL, &patience, NULL);
	t->schedule.watch = recorder_watch;
	t->schedule.came = recorder_came;
	t->schedule.arg = r;
	schedule_set(&t->schedule);
	x->km->opts.log = NULL;
	to->status = go(x);
	judge(to, &t->schedule);
	judge_status(to);
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
