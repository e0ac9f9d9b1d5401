// SPDX-License-Identifier: GPL-2.0-only
/*
 * local.c - workers on this computer: a process for each batch, so many at a time. What a task of a job
 * array does, a fork does here; their files are taken by the same collector.
 */
#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/shortage.h"
#include "campaign/campaign.h"
#include "campaign/state.h"

#define BATCH_MAX 64
#define ROUNDS 8 /* batches for each worker at least: so that all end at about the same time */
#define COLLECT_EVERY_NS (100 * NSEC_PER_MSEC)

struct crew {
	struct sweep *s;
	const struct batch *batch;
	u32 nr, next;
	pid_t *pid; /* by batch; 0: it is not at work */
	u32 running;
	bool passed_on; /* the wish to end */
	int failed;	/* status of a worker */
};

/* ---- a worker ---- */

static void __noreturn become_worker(const struct crew *c, u32 number, pid_t parent)
{
	const struct sweep *s = c->s;
	const struct worker w = { .plan = &s->plan,
				  .points = &s->points,
				  .sorted = s->sorted,
				  .runner = s->o->runner,
				  .spool = s->spool.path,
				  .number = number };
	int err;

	die_with(parent);
	child_close_files();
	err = worker_run(&w, &c->batch[number]);
	if (err == KS_USAGE)
		fprintf(stderr, "kickstand: %s\n", campaign_error());
	fflush(NULL);
	s->o->runner->end(err);
}

static int start(struct crew *c)
{
	pid_t parent = getpid(), pid;

	fflush(NULL);
	pid = fork();
	if (!pid)
		become_worker(c, c->next, parent);
	if (pid < 0)
		return campaign_fail(KS_USAGE, "no process for a worker: %s", strerror(errno));
	c->pid[c->next++] = pid;
	c->running++;
	return KS_OK;
}

/* ---- ours ---- */

static void pass_on(struct crew *c)
{
	if (!campaign_state.asked_to_end || c->passed_on)
		return;
	c->passed_on = true;
	for (u32 i = 0; i < c->next; i++)
		if (c->pid[i])
			kill(c->pid[i], SIGTERM);
}

/* Batches whose worker is over go, once all that they had is recorded. */
static int reap(struct crew *c)
{
	bool *over = calloc(c->next + 1, sizeof(*over));
	int status, err;
	pid_t pid;

	shortage_on(!over, "out of memory for workers");
	while ((pid = waitpid(-1, &status, WNOHANG)) > 0)
		for (u32 i = 0; i < c->next; i++) {
			if (c->pid[i] != pid)
				continue;
			c->pid[i] = 0;
			c->running--;
			over[i] = true;
			if (WIFEXITED(status) && WEXITSTATUS(status) == KS_USAGE)
				c->failed = KS_USAGE;
		}
	err = sweep_collect(c->s);
	for (u32 i = 0; !err && i < c->next; i++)
		if (over[i])
			spool_drop(&c->s->spool, i);
	free(over);
	return err;
}

static bool may_start(const struct crew *c)
{
	return c->next < c->nr && c->running < c->s->o->jobs && !campaign_state.asked_to_end &&
	       !c->failed;
}

static int run_crew(struct crew *c)
{
	int err = KS_OK;

	child_signal_block();
	c->pid = calloc(c->nr + 1, sizeof(*c->pid));
	shortage_on(!c->pid, "out of memory for workers");
	while (c->running || (!err && may_start(c))) {
		while (!err && may_start(c))
			err = start(c);
		child_signal_wait(COLLECT_EVERY_NS);
		pass_on(c);
		if (!err)
			err = reap(c);
		if (err) /* nobody will have what is yet to come */
			campaign_state.asked_to_end = SIGTERM;
	}
	free(c->pid);
	if (!err && c->failed)
		err = campaign_fail(KS_USAGE, "a worker could not go on");
	return err;
}

int local_run(struct sweep *s)
{
	u32 size = sweep_due(s) / (s->o->jobs * ROUNDS), nr;
	struct batch *b;
	struct crew c = { .s = s };
	int err;

	size = size < 1 ? 1 : size > BATCH_MAX ? BATCH_MAX : size;
	b = sweep_deal(s, size, &nr);
	c.batch = b;
	c.nr = nr;
	err = run_crew(&c);
	batches_free(b, nr);
	if (!err && campaign_state.asked_to_end)
		err = campaign_fail(KS_INTERRUPTED, "interrupted");
	return err;
}

int local_run_batch(struct sweep *s, const struct batch *b)
{
	struct crew c = { .s = s, .batch = b, .nr = 1 };

	return run_crew(&c);
}
