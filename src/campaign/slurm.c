// SPDX-License-Identifier: GPL-2.0-only
/*
 * slurm.c - workers as tasks of a job array. A task is `kickstand sweep --worker SPOOL --batch N PLAN`:
 * it reads the plan and its batch, and leaves what it records in the spool, which every node has. We
 * watch, collect, and deal again what is left when the array is over: whatever became of a task
 * (its node failed, it was preempted, cancelled, or ran out of time), what it recorded counts.
 *
 * A task that Slurm has put back goes on behind what it recorded before. A sweep that was killed finds
 * the array in the spool, and waits for it.
 */
#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/host_clock.h"
#include "base/shortage.h"
#include "campaign/campaign.h"
#include "campaign/state.h"

#define BATCH_NS (60 * NSEC_PER_SEC) /* what a task should take: it has to be started, too */
#define ARRAY_USUAL 1001	     /* MaxArraySize where nobody has set another */
#define COLLECT_EVERY_NS (500 * NSEC_PER_MSEC)
#define ASK_EVERY_NS (2 * NSEC_PER_SEC)

/* ---- asking ---- */

/* "MaxArraySize            = 1001" */
static u32 array_most(void)
{
	struct argv a = { 0 };
	char *said, *at;
	unsigned int most = ARRAY_USUAL;

	argv_add_words(&a, "scontrol", "show", "config", NULL);
	if (!tool_run(&a, &said) && (at = strstr(said, "MaxArraySize")))
		sscanf(at + strcspn(at, "="), "= %u", &most);
	free(said);
	argv_finish(&a);
	return most > 1 ? most - 1 : 1;
}

/* Are tasks of it waiting, or at work? What cannot be asked now may be so. */
static bool is_alive(const char *job)
{
	struct argv a = { 0 };
	char *said;
	bool alive;
	int status;

	argv_add_words(&a, "squeue", "--noheader", NULL);
	argv_add(&a, "--jobs=%s", job);
	argv_add(&a, "--format=%%i");
	status = tool_run(&a, &said);
	alive = status ? status != 127 && !strstr(said, "Invalid job id") :
			 said[strspn(said, " \t\n")] != '\0';
	free(said);
	argv_finish(&a);
	return alive;
}

static void cancel(const char *job)
{
	struct argv a = { 0 };
	char *said;

	argv_add_words(&a, "scancel", job, NULL);
	tool_run(&a, &said);
	free(said);
	argv_finish(&a);
}

/* ---- the spool's job: "1234 DIGEST" ---- */

/* Is there one? */
static bool job_read(const struct sweep *s, char job[64], char digest[65])
{
	char *text = spool_read(&s->spool, "job");
	bool is = text && sscanf(text, "%63s %64s", job, digest) == 2;

	free(text);
	return is;
}

static int job_write(const struct sweep *s, const char *job)
{
	char text[160];

	snprintf(text, sizeof(text), "%s %s\n", job, s->plan.sha256);
	return spool_write(&s->spool, "job", text);
}

static void job_forget(const struct sweep *s)
{
	char *path = spool_name(&s->spool, "job");

	unlink(path);
	free(path);
}

int slurm_check(struct sweep *s)
{
	char job[64], digest[65];

	if (!job_read(s, job, digest) || !is_alive(job))
		return KS_OK;
	if (!s->o->slurm)
		return campaign_fail(KS_USAGE,
				     "%s: job %s of Slurm works for it: --on slurm waits for it, "
				     "scancel %s ends it",
				     s->spool.path, job, job);
	if (strcmp(digest, s->plan.sha256))
		return campaign_fail(KS_USAGE,
				     "%s: job %s of Slurm works for it, by another plan: wait, or "
				     "scancel %s",
				     s->spool.path, job, job);
	return KS_OK;
}

/* ---- dealing ---- */

static u32 batch_size(const struct sweep *s)
{
	u32 due = sweep_due(s), most = array_most(), tasks = s->o->jobs, size;

	size = s->run_ns ? (u32)(BATCH_NS / s->run_ns + 1) : 1;
	if (size > (due + tasks - 1) / tasks)
		size = (due + tasks - 1) / tasks;
	if (size < (due + most - 1) / most)
		size = (due + most - 1) / most;
	return size ? size : 1;
}

static int write_script(struct sweep *s)
{
	char *plan = realpath(s->o->plan, NULL), *text = NULL, *words;
	struct argv a = { 0 };
	int err;

	if (!plan || !argv_add_self(&a)) {
		free(plan);
		return campaign_fail(KS_USAGE, "%s: cannot be found: %s", s->o->plan,
				     strerror(errno));
	}
	argv_add_words(&a, "sweep", plan, "--worker", s->spool.path, NULL);
	words = argv_text(&a);
	shortage_on(asprintf(&text, "#!/bin/sh\nexec %s --batch \"$SLURM_ARRAY_TASK_ID\"\n",
			     words) < 0,
		    "out of memory for a job");
	err = spool_write(&s->spool, "job.sh", text);
	argv_finish(&a);
	free(words);
	free(text);
	free(plan);
	return err;
}

static void sbatch_words(const struct sweep *s, u32 nr, struct argv *a)
{
	argv_add_words(a, "sbatch", "--parsable", "--job-name=kickstand", "--requeue",
		       "--open-mode=append", NULL);
	argv_add(a, "--output=%s/%%a.log", s->spool.path);
	if (s->o->limited)
		argv_add(a, "--array=0-%u%%%u", nr - 1, s->o->jobs);
	else
		argv_add(a, "--array=0-%u", nr - 1);
	argv_add_all(a, &s->o->sbatch);
	argv_add(a, "%s/job.sh", s->spool.path);
}

/* The number of the job, "1234" or "1234;cluster" */
static int submit(struct sweep *s, u32 nr, char job[64])
{
	struct argv a = { 0 };
	char *said, line[512];
	int status, err = KS_OK;

	sbatch_words(s, nr, &a);
	status = tool_run(&a, &said);
	argv_finish(&a);
	if (status == 127)
		err = campaign_fail(KS_USAGE,
				    "--on slurm: there is no sbatch here: is this a login "
				    "node of a cluster?");
	else if (status || sscanf(said, "%63[0-9]", job) != 1)
		err = campaign_fail(KS_USAGE, "sbatch refuses: %s",
				    tool_line(said, line, sizeof(line)));
	free(said);
	return err;
}

static int deal(struct sweep *s, char job[64])
{
	u32 nr, size = batch_size(s);
	struct batch *b = sweep_deal(s, size, &nr);
	int err = spool_batches_write(&s->spool, s->plan.sha256, b, nr);

	batches_free(b, nr);
	if (!err)
		err = write_script(s);
	if (!err)
		err = submit(s, nr, job);
	if (!err)
		err = job_write(s, job);
	if (!err && !s->o->quiet) {
		fprintf(s->o->out, "job %s of Slurm: %u tasks of up to %u runs\n", job, nr, size);
		fflush(s->o->out);
	}
	return err;
}

/* ---- watching ---- */

static void wait_a_while(void)
{
	const struct timespec while_ns = { .tv_nsec = COLLECT_EVERY_NS };

	nanosleep(&while_ns, NULL);
}

static int watch(struct sweep *s, const char *job)
{
	u64 asked_ns = host_ns();
	bool alive = true;
	int err = KS_OK;

	while (!err && alive && !campaign_state.asked_to_end) {
		wait_a_while();
		if (host_ns() - asked_ns > ASK_EVERY_NS || !sweep_due(s)) {
			alive = is_alive(job);
			asked_ns = host_ns();
		}
		err = sweep_collect(s); /* after it was seen to be over: all that it wrote */
	}
	if (alive)
		cancel(job);
	return err ? err : sweep_collect(s);
}

/* Of tasks that recorded nothing, what one said. */
static int tell_log(struct sweep *s)
{
	char *text = spool_read(&s->spool, "0.log"), line[512];
	int err = KS_OK;

	if (text && *text)
		err = campaign_fail(KS_USAGE, "no task of the job array recorded a run: %s",
				    tool_line(text, line, sizeof(line)));
	free(text);
	return err;
}

int slurm_run(struct sweep *s)
{
	char job[64], digest[65];
	u64 before = s->nr_new;
	int err = KS_OK;

	if (!job_read(s, job, digest) || !is_alive(job))
		err = deal(s, job);
	if (!err)
		err = watch(s, job);
	if (err)
		return err;
	job_forget(s);
	if (campaign_state.asked_to_end)
		return campaign_fail(KS_INTERRUPTED, "interrupted; job %s is cancelled", job);
	return s->nr_new == before && sweep_due(s) ? tell_log(s) : KS_OK;
}
