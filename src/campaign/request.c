// SPDX-License-Identifier: GPL-2.0-only
/*
 * request.c - a plan that is a line of text, done at once and told record by record: kickstand serve.
 * The same reading, expanding and running as of a campaign, without spool and database.
 */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "campaign/campaign.h"
#include "campaign/state.h"

struct request {
	struct plan plan;
	struct points points;
	struct spool spool;
	const struct runner *runner;
	record_fn take;
	void *arg;
};

static int take_one(struct request *r, const struct point *at, json_t *record)
{
	int err = r->take(r->arg, &r->points, at, record);

	json_decref(record);
	return err;
}

static int run_one(struct request *r, const struct point *at)
{
	struct worker w = {
		.plan = &r->plan, .points = &r->points, .runner = r->runner, .spool = r->spool.path
	};
	json_t *record = NULL;
	int err = worker_run_point(&w, at, &record);

	return err ? err : take_one(r, at, record);
}

static int run_all(struct request *r)
{
	int err = KS_OK;

	for (u32 i = 0; !err && i < r->points.nr; i++)
		err = campaign_state.asked_to_end ? KS_INTERRUPTED : run_one(r, &r->points.at[i]);
	return err;
}

static int prepare(struct request *r, const char *text, u64 most)
{
	char *objects = spool_name(&r->spool, "objects");
	u64 nr;
	int err = plan_read_text(&r->plan, text);

	if (!err)
		err = plan_count(&r->plan, &nr);
	if (!err && nr > most)
		err = campaign_fail(KS_USAGE, "%llu runs: a request has at most %llu",
				    (unsigned long long)nr, (unsigned long long)most);
	if (!err)
		err = plan_expand(&r->plan, r->runner, &r->points);
	if (!err)
		err = points_identify(&r->plan, r->runner, objects, false, &r->points);
	free(objects);
	return err;
}

int campaign_request(const char *text, u64 most, const struct runner *runner, record_fn take,
		     void *arg)
{
	struct request r = { .runner = runner, .take = take, .arg = arg };
	char path[] = P_tmpdir "/kickstand.serve.XXXXXX";
	int err;

	campaign_fail(KS_OK, "%s", "");
	if (!mkdtemp(path))
		return campaign_fail(KS_USAGE, "%s: no temporary folder can be made", path);
	err = spool_open(&r.spool, path);
	if (!err)
		err = prepare(&r, text, most);
	if (!err)
		err = run_all(&r);
	spool_remove(&r.spool);
	spool_finish(&r.spool);
	points_finish(&r.points);
	plan_finish(&r.plan);
	return err;
}
