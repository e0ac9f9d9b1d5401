// SPDX-License-Identifier: GPL-2.0-only
/*
 * search.c - which settings are best, without running all of a plan: successive halving. All candidates
 * are run with a few seeds; the better third of them with three times as many, and so on, until few are
 * left that are run with all. Its runs are those of the plan: what is recorded counts, and what a search
 * recorded a sweep need not run.
 *
 *	candidates	27	 9	 3	 1	(scheduler, its settings and options)
 *	seeds of 27	 1	 3	 9	27	(under each kernel, machine and workload)
 *
 * A candidate's score is its figure over that of all candidates under the same conditions, the mean of
 * them. One that ends badly in a run is worse than any that does not.
 */
#include <math.h>
#include <sqlite3.h>
#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "base/shortage.h"
#include "campaign/campaign.h"
#include "campaign/state.h"

#define MEMORY "out of memory for a search"
#define TOLD 3 /* of the best */

struct candidate {
	u64 name;   /* digest of what it is */
	u32 config; /* the first of its configurations */
	u32 bad;
	double score; /* less is better */
	double mean;  /* of the figure, over all runs */
};

/* all that a candidate is compared under: kernel, machine, workload */
struct condition {
	u64 name;
	double sum;
	u32 nr;
};

struct search {
	struct sweep *s;
	const struct search_opts *o;
	struct candidate *candidate; /* the first @nr of them are still in it, the best first */
	u32 nr, nr_all, room;
	struct condition *condition;
	u32 nr_conditions, room_conditions;
	u32 *place;   /* index in condition, by configuration */
	u64 *who;     /* candidate.name, by configuration */
	u32 *rank;    /* which of its configuration's seeds a point is */
	u32 nr_seeds; /* at most, of a configuration */
	sqlite3_stmt *ask;
};

/* ---- who takes part ---- */

static u64 candidate_name(const struct config *c)
{
	return digest_id(c->scheduler, c->sha256, c->set, c->options, NULL);
}

static u64 condition_name(const struct config *c)
{
	return digest_id(c->kernel, c->machine, c->workload, c->duration, NULL);
}

static struct candidate *candidate_of(struct search *x, u64 name)
{
	for (u32 i = 0; i < x->nr_all; i++)
		if (x->candidate[i].name == name)
			return &x->candidate[i];
	return NULL;
}

static u32 condition_of(struct search *x, u64 name)
{
	for (u32 i = 0; i < x->nr_conditions; i++)
		if (x->condition[i].name == name)
			return i;
	shortage_on(!array_room(&x->condition, x->nr_conditions, &x->room_conditions), MEMORY);
	x->condition[x->nr_conditions] = (struct condition){ .name = name };
	return x->nr_conditions++;
}

static void find_candidates(struct search *x)
{
	const struct points *p = &x->s->points;

	x->place = calloc(p->nr_configs + 1, sizeof(*x->place));
	x->who = calloc(p->nr_configs + 1, sizeof(*x->who));
	shortage_on(!x->place || !x->who, MEMORY);
	for (u32 i = 0; i < p->nr_configs; i++) {
		x->who[i] = candidate_name(&p->config[i]);
		x->place[i] = condition_of(x, condition_name(&p->config[i]));
		if (candidate_of(x, x->who[i]))
			continue;
		shortage_on(!array_room(&x->candidate, x->nr_all, &x->room), MEMORY);
		x->candidate[x->nr_all++] = (struct candidate){ .name = x->who[i], .config = i };
	}
	x->nr = x->nr_all;
}

/* A point's seed is the so-and-so-many-th of its configuration. */
static void find_ranks(struct search *x)
{
	const struct points *p = &x->s->points;
	u32 *nr = calloc(p->nr_configs + 1, sizeof(*nr));

	x->rank = calloc(p->nr + 1, sizeof(*x->rank));
	x->s->wanted = calloc(p->nr + 1, sizeof(*x->s->wanted));
	shortage_on(!nr || !x->rank || !x->s->wanted, MEMORY);
	for (u32 i = 0; i < p->nr; i++) {
		x->rank[i] = nr[p->at[i].config]++;
		if (x->rank[i] >= x->nr_seeds)
			x->nr_seeds = x->rank[i] + 1;
	}
	free(nr);
}

/* ---- figures ---- */

static int ask_open(struct search *x)
{
	char *path = database_path(x->o->path);
	int ret = sqlite3_prepare_v2(database_handle(x->s->db),
				     "SELECT json_extract(figures, ?1), " DATABASE_ENDED_WELL
				     " FROM run WHERE id = ?2",
				     -1, &x->ask, NULL);

	if (ret == SQLITE_OK)
		sqlite3_bind_text(x->ask, 1, path, -1, SQLITE_TRANSIENT);
	free(path);
	return ret == SQLITE_OK ?
		       KS_OK :
		       campaign_fail(KS_USAGE, "%s", sqlite3_errmsg(database_handle(x->s->db)));
}

/* NAN: it has none, or ended badly */
static double figure_of(struct search *x, u64 id)
{
	double v = NAN;

	sqlite3_bind_int64(x->ask, 2, (s64)id);
	if (sqlite3_step(x->ask) == SQLITE_ROW && sqlite3_column_int(x->ask, 1) &&
	    sqlite3_column_type(x->ask, 0) != SQLITE_NULL)
		v = sqlite3_column_double(x->ask, 0);
	sqlite3_reset(x->ask);
	return v;
}

/* Of each point that is wanted, to be freed */
static double *figures_of(struct search *x)
{
	const struct points *p = &x->s->points;
	double *v = calloc(p->nr + 1, sizeof(*v));

	shortage_on(!v, MEMORY);
	for (u32 i = 0; i < p->nr; i++)
		v[i] = x->s->wanted[i] ? figure_of(x, p->at[i].id) : NAN;
	return v;
}

static void sum_conditions(struct search *x, const double *v)
{
	for (u32 i = 0; i < x->nr_conditions; i++)
		x->condition[i] = (struct condition){ .name = x->condition[i].name };
	for (u32 i = 0; i < x->s->points.nr; i++) {
		struct condition *c = &x->condition[x->place[x->s->points.at[i].config]];

		if (isnan(v[i]))
			continue;
		c->sum += v[i];
		c->nr++;
	}
}

static void score_all(struct search *x)
{
	const struct points *p = &x->s->points;
	double *v = figures_of(x);
	u32 *nr = calloc(x->nr_all + 1, sizeof(*nr));

	shortage_on(!nr, MEMORY);
	sum_conditions(x, v);
	for (u32 i = 0; i < x->nr; i++)
		x->candidate[i] = (struct candidate){ .name = x->candidate[i].name,
						      .config = x->candidate[i].config };
	for (u32 i = 0; i < p->nr; i++) {
		const struct condition *o = &x->condition[x->place[p->at[i].config]];
		struct candidate *c;

		if (!x->s->wanted[i])
			continue;
		c = candidate_of(x, x->who[p->at[i].config]);
		if (isnan(v[i])) {
			c->bad++;
			continue;
		}
		c->score += o->sum ? v[i] / (o->sum / o->nr) : 1;
		c->mean += v[i];
		nr[c - x->candidate]++;
	}
	for (u32 i = 0; i < x->nr; i++) {
		struct candidate *c = &x->candidate[i];

		c->score = nr[i] ? c->score / nr[i] : INFINITY;
		c->mean = nr[i] ? c->mean / nr[i] : NAN;
		c->score = x->o->more ? -c->score : c->score;
	}
	free(nr);
	free(v);
}

static int by_score(const void *a, const void *b)
{
	const struct candidate *x = a, *y = b;

	if (x->bad != y->bad)
		return x->bad < y->bad ? -1 : 1;
	if (x->score != y->score)
		return x->score < y->score ? -1 : 1;
	return x->config < y->config ? -1 : x->config > y->config;
}

/* ---- rungs ---- */

static void want(struct search *x, u32 seeds)
{
	const struct points *p = &x->s->points;

	for (u32 i = 0; i < p->nr; i++) {
		struct candidate *c = candidate_of(x, x->who[p->at[i].config]);

		x->s->wanted[i] = c < x->candidate + x->nr && x->rank[i] < seeds;
	}
}

static void tell(const struct search *x, u32 seeds)
{
	if (x->s->o->quiet)
		return;
	fprintf(x->s->o->out, "%u candidates with %u seeds:\n", x->nr, seeds);
	for (u32 i = 0; i < x->nr && i < TOLD; i++) {
		const struct candidate *c = &x->candidate[i];
		const struct config *o = &x->s->points.config[c->config];

		fprintf(x->s->o->out, "  %s%s%s%s%s: %.6g", o->scheduler, *o->set ? " " : "",
			o->set, *o->options ? " " : "", o->options, c->mean);
		fprintf(x->s->o->out, c->bad ? ", %u ended badly\n" : "\n", c->bad);
	}
	fflush(x->s->o->out);
}

static int rung(struct search *x, u32 seeds)
{
	int err;

	want(x, seeds);
	err = sweep_rounds(x->s);
	if (err || campaign_state.asked_to_end)
		return err ? err : KS_INTERRUPTED;
	score_all(x);
	qsort(x->candidate, x->nr, sizeof(*x->candidate), by_score);
	tell(x, seeds);
	return isnan(x->candidate[0].mean) ?
		       campaign_fail(KS_USAGE, "no run that ended well has a figure '%s'",
				     x->o->path) :
		       KS_OK;
}

/* How often the number of candidates can be cut to a part before one is left */
static u32 count_cuts(const struct search *x)
{
	u32 cuts = 0;

	for (u32 nr = x->nr_all; nr > 1; nr = (nr + x->o->part - 1) / x->o->part)
		cuts++;
	return cuts;
}

static u32 seeds_after(const struct search *x, u32 cuts_left)
{
	u64 div = 1;

	for (u32 i = 0; i < cuts_left && div < x->nr_seeds; i++)
		div *= x->o->part;
	return (u32)((x->nr_seeds + div - 1) / div);
}

static int climb(struct search *x)
{
	u32 cuts = count_cuts(x), seeds = 0;
	int err = KS_OK;

	for (u32 i = 0; !err && i <= cuts; i++) {
		if (seeds != seeds_after(x, cuts - i)) {
			seeds = seeds_after(x, cuts - i);
			err = rung(x, seeds);
		}
		x->nr = (x->nr + x->o->part - 1) / x->o->part;
	}
	return err;
}

int search_run(struct sweep *s, void *opts)
{
	struct search x = { .s = s, .o = opts };
	int err = ask_open(&x);

	find_candidates(&x);
	find_ranks(&x);
	if (!err && x.nr_all < 2)
		err = campaign_fail(KS_USAGE,
				    "%s: a search chooses among several schedulers or settings, "
				    "and there is one",
				    s->plan.path);
	if (!err)
		err = climb(&x);
	sqlite3_finalize(x.ask);
	free(x.candidate);
	free(x.condition);
	free(x.place);
	free(x.who);
	free(x.rank);
	return err;
}
