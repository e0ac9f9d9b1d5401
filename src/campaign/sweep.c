// SPDX-License-Identifier: GPL-2.0-only
/*
 * sweep.c - a campaign from its plan to its last row. What is due is what the plan asks for and the
 * database has not; so to go on after whatever end is to begin again.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/host_clock.h"
#include "base/shortage.h"
#include "campaign/campaign.h"
#include "campaign/state.h"

#define MEMORY "out of memory for a campaign"
#define SHOWN_COMMANDS 5

/* ---- what is there ---- */

static void note_done(void *arg, u64 id)
{
	struct sweep *s = arg;
	struct point *at = points_find(&s->points, id, s->sorted);

	if (!at || s->done[at - s->sorted])
		return;
	s->done[at - s->sorted] = true;
	s->nr_done++;
}

bool sweep_has(const struct sweep *s, const struct point *at)
{
	return s->done[points_find(&s->points, at->id, s->sorted) - s->sorted];
}

static int take_record(void *arg, const json_t *record)
{
	struct sweep *s = arg;
	const char *id = json_string_value(json_object_get(record, "id"));
	struct point *at = id ? points_find(&s->points, strtoull(id, NULL, 16), s->sorted) : NULL;
	bool added = false;
	int err;

	if (!at) {
		s->nr_strange++;
		return KS_OK;
	}
	err = database_begin(s->db);
	if (!err)
		err = database_add(s->db, &s->points.config[at->config], at, record, &added);
	if (err || !added)
		return err;
	s->nr_new++;
	s->new_ns += (u64)json_integer_value(json_object_get(record, "real_ns"));
	note_done(s, at->id);
	return KS_OK;
}

int sweep_collect(struct sweep *s)
{
	int err = spool_take(&s->spool, take_record, s);
	int end = database_commit(s->db);

	sweep_progress(s);
	return err ? err : end;
}

void sweep_progress(struct sweep *s)
{
	if (s->o->progress)
		s->o->progress(s->o->arg, s->nr_done, s->points.nr);
}

/* ---- what is due ---- */

static bool is_due(const struct sweep *s, u32 i)
{
	return (!s->wanted || s->wanted[i]) && !sweep_has(s, &s->points.at[i]);
}

u32 sweep_due(const struct sweep *s)
{
	u32 nr = 0;

	for (u32 i = 0; i < s->points.nr; i++)
		nr += is_due(s, i);
	return nr;
}

struct batch *sweep_deal(struct sweep *s, u32 size, u32 *nr)
{
	u32 due = sweep_due(s), at = 0;
	struct batch *b = calloc(due / size + 2, sizeof(*b));

	shortage_on(!b, MEMORY);
	*nr = (due + size - 1) / size;
	for (u32 i = 0; i < s->points.nr; i++) {
		struct batch *to = &b[at / size];

		if (!is_due(s, i))
			continue;
		if (!to->id)
			to->id = calloc(size, sizeof(*to->id));
		shortage_on(!to->id, MEMORY);
		to->id[to->nr++] = s->points.at[i].id;
		at++;
	}
	return b;
}

void batches_free(struct batch *b, u32 nr)
{
	for (u32 i = 0; i < nr; i++)
		free(b[i].id);
	free(b);
}

/* ---- telling ---- */

static const char *duration_text(u64 ns, char *buf, size_t size)
{
	u64 s = (ns + NSEC_PER_SEC / 2) / NSEC_PER_SEC;

	if (s < 120)
		snprintf(buf, size, "%llu s", (unsigned long long)s);
	else if (s < 7200)
		snprintf(buf, size, "%llu min", (unsigned long long)(s + 30) / 60);
	else if (s < 172800)
		snprintf(buf, size, "%llu h", (unsigned long long)(s + 1800) / 3600);
	else
		snprintf(buf, size, "%llu days", (unsigned long long)(s + 43200) / 86400);
	return buf;
}

static void tell_plan(const struct sweep *s)
{
	if (s->o->quiet)
		return;
	fprintf(s->o->out, "%s: %u runs of %u configurations; %llu are recorded\n", s->plan.name,
		s->points.nr, s->points.nr_configs, (unsigned long long)s->nr_done);
	fflush(s->o->out);
}

static void tell_estimate(const struct sweep *s, u64 run_ns)
{
	u64 due = sweep_due(s);
	char buf[64];

	if (s->o->quiet || !due || !run_ns)
		return;
	fprintf(s->o->out, "%llu to do, %llu ms each: about %s, %u at a time\n",
		(unsigned long long)due, (unsigned long long)((run_ns + 500000) / NSEC_PER_MSEC),
		duration_text(due * run_ns / s->o->jobs, buf, sizeof(buf)), s->o->jobs);
	fflush(s->o->out);
}

static void tell_commands(const struct sweep *s)
{
	for (u32 i = 0; i < s->points.nr && i < SHOWN_COMMANDS; i++) {
		char *text = point_command(&s->points, &s->points.at[i]);

		fprintf(s->o->out, "  %s\n", text);
		free(text);
	}
	if (s->points.nr > SHOWN_COMMANDS)
		fprintf(s->o->out, "  ... and %u more\n", s->points.nr - SHOWN_COMMANDS);
}

static void tell_end(const struct sweep *s)
{
	u32 due = sweep_due(s);

	if (s->nr_strange)
		fprintf(stderr,
			"kickstand: warning: %llu results in %s are of no run of this plan, and were "
			"left out\n",
			(unsigned long long)s->nr_strange, s->spool.path);
	if (s->o->quiet)
		return;
	fprintf(s->o->out, "%llu of %u runs are recorded in %s, %llu of them now%s\n",
		(unsigned long long)s->nr_done, s->points.nr, s->o->db,
		(unsigned long long)s->nr_new, due ? "; the same command goes on" : "");
}

/* ---- the campaign ---- */

static int open_all(struct sweep *s)
{
	const struct sweep_opts *o = s->o;
	char *beside = NULL, *objects;
	u64 nr;
	int err = plan_read(&s->plan, o->plan);

	if (!err)
		err = plan_count(&s->plan, &nr);
	if (!err && nr > RUNS_ASK && !o->yes && !o->dry_run)
		err = campaign_fail(KS_USAGE,
				    "%s: these are %llu runs: if so many are meant, say --yes",
				    o->plan, (unsigned long long)nr);
	if (!err)
		err = plan_expand(&s->plan, o->runner, &s->points);
	if (!err && (!o->dry_run || !access(o->db, F_OK)))
		err = database_open(&s->db, o->db, !o->dry_run);
	if (err)
		return err;
	shortage_on(asprintf(&beside, "%s.spool%s", o->db, o->dry_run ? ".dry" : "") < 0, MEMORY);
	err = spool_open(&s->spool, o->spool && !o->dry_run ? o->spool : beside);
	free(beside);
	if (err)
		return err;
	objects = realpath(s->spool.path, NULL);
	shortage_on(!objects, MEMORY);
	free(s->spool.path);
	s->spool.path = objects;
	err = slurm_check(s);
	if (err)
		return err;
	objects = spool_name(&s->spool, "objects");
	err = points_identify(&s->plan, o->runner, objects, false, &s->points);
	free(objects);
	return err;
}

static int begin(struct sweep *s)
{
	int err = open_all(s);

	if (err)
		return err;
	s->sorted = points_sorted(&s->points);
	s->done = calloc(s->points.nr + 1, sizeof(*s->done));
	shortage_on(!s->done, MEMORY);
	if (s->db && s->o->retry && !s->o->dry_run)
		err = database_forget_limited(s->db);
	if (!err && s->db && !s->o->dry_run)
		err = database_plan(s->db, &s->plan);
	if (!err && s->db)
		err = database_ids(s->db, note_done, s);
	if (!err && s->db && !s->o->dry_run)
		err = sweep_collect(s); /* what workers of an earlier one have left */
	s->nr_new = s->new_ns = 0;
	return err;
}

/* One round, or several where workers were lost; each must bring something. */
int sweep_rounds(struct sweep *s)
{
	int err = KS_OK;
	u64 before;

	while (!err && sweep_due(s)) {
		before = s->nr_new;
		err = s->o->slurm ? slurm_run(s) : local_run(s);
		if (!err && s->nr_new == before)
			err = campaign_fail(KS_USAGE,
					    "%u runs are left that no worker came to the end of: "
					    "each was killed",
					    sweep_due(s));
	}
	return err;
}

static int dry_run(struct sweep *s)
{
	u64 run_ns = s->db ? database_mean_ns(s->db) : 0;

	tell_plan(s);
	tell_commands(s);
	if (!run_ns && estimate(s, &run_ns))
		return KS_USAGE;
	if (!campaign_state.asked_to_end)
		tell_estimate(s, run_ns);
	return KS_OK;
}

static int go(struct sweep *s)
{
	int err;

	tell_plan(s);
	err = sweep_due(s) ? estimate(s, &s->run_ns) : KS_OK;
	if (!err) {
		tell_estimate(s, s->run_ns);
		err = s->o->search ? s->o->search(s, s->o->search_arg) : sweep_rounds(s);
	}
	return err;
}

static void finish(struct sweep *s, bool remove)
{
	if (s->spool.path && remove)
		spool_remove(&s->spool);
	spool_finish(&s->spool);
	database_close(s->db);
	points_finish(&s->points);
	plan_finish(&s->plan);
	free(s->sorted);
	free(s->done);
	free(s->wanted);
}

int campaign_sweep(const struct sweep_opts *o)
{
	struct sweep s = { .o = o };
	int err = begin(&s);

	if (!err && o->dry_run) {
		err = dry_run(&s);
	} else if (!err) {
		err = go(&s);
		if (o->progress)
			o->progress(o->arg, 0, 0);
		tell_end(&s);
	}
	if (!err && campaign_state.asked_to_end)
		err = campaign_fail(KS_INTERRUPTED, "interrupted");
	/* of a search, what was not wanted stays undone */
	finish(&s, o->dry_run || (!err && s.points.nr));
	return err;
}

int campaign_worker(const char *plan, const char *spool, u32 batch, const struct runner *runner)
{
	struct spool place = { .path = (char *)spool };
	char *objects = spool_name(&place, "objects");
	struct batch b = { 0 };
	struct points points = { 0 };
	struct point *sorted = NULL;
	struct plan p;
	int err = plan_read(&p, plan);

	if (!err)
		err = spool_batch_read(spool, p.sha256, batch, &b);
	if (!err)
		err = plan_expand(&p, runner, &points);
	if (!err)
		err = points_identify(&p, runner, objects, true, &points);
	if (!err) {
		struct worker w = { &p, &points, NULL, runner, spool, batch };

		w.sorted = sorted = points_sorted(&points);
		err = worker_run(&w, &b);
	}
	free(objects);
	free(sorted);
	free(b.id);
	points_finish(&points);
	plan_finish(&p);
	return err;
}
