// SPDX-License-Identifier: GPL-2.0-only
/*
 * worker.c - the runs of a batch, one after the other. What came of each is one line, written at once
 * to a file that is this worker's alone: whoever is killed leaves whole lines and at most one that
 * has no end yet, which nobody takes.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/shortage.h"
#include "campaign/campaign.h"
#include "campaign/state.h"

struct work {
	const struct worker *w;
	const struct batch *b;
	bool *done; /* by index in the batch */
	int fd;
	char *journal, *json, *found; /* paths */
};

static char *path_of(const struct worker *w, const char *end)
{
	char *path = NULL, host[256] = "";

	gethostname(host, sizeof(host) - 1);
	shortage_on(asprintf(&path, "%s/%u.%s.%d%s", w->spool, w->number, host, getpid(), end) < 0,
		    "out of memory for a path");
	return path;
}

/* ---- what another worker of this batch has left: it was requeued ---- */

static int note_done(void *arg, const json_t *record)
{
	struct work *k = arg;
	const char *id = json_string_value(json_object_get(record, "id"));
	u64 n = id ? strtoull(id, NULL, 16) : 0;

	for (u32 i = 0; i < k->b->nr; i++)
		k->done[i] = k->done[i] || k->b->id[i] == n;
	return KS_OK;
}

/* ---- one run ---- */

static int put_line(struct work *k, json_t *record)
{
	char *text = json_dumps(record, JSON_COMPACT | JSON_SORT_KEYS), *line = NULL;
	int n = text ? asprintf(&line, "%s\n", text) : -1;
	int err = KS_OK;

	shortage_on(n < 0, "out of memory for a record");
	for (int at = 0; at < n && !err;) {
		ssize_t did = write(k->fd, line + at, n - at);

		if (did < 0 && errno != EINTR)
			err = campaign_fail(KS_USAGE, "%s: cannot be written: %s", k->journal,
					    strerror(errno));
		at += did > 0 ? (int)did : 0;
	}
	free(line);
	free(text);
	return err;
}

/* Where the run writes, by options of its kind. */
static void outputs(const struct work *k, const struct config *c, struct argv *more)
{
	argv_add_words(more, "--quiet", "--json", k->json, NULL);
	if (strcmp(c->kind, "explore")) {
		argv_add(more, "--hash");
		return;
	}
	argv_add_words(more, "--out", k->found, NULL);
}

/* Of a source that cannot be built all runs come to the same. */
static int do_run(struct work *k, const struct point *at, struct outcome *o)
{
	const struct worker *w = k->w;
	const struct config *c = &w->points->config[at->config];
	struct argv more = { 0 }, argv = { 0 };
	int err;

	if (c->broken) {
		*o = (struct outcome){ .status = KS_USAGE, .err = strdup(c->broken) };
		shortage_on(!o->err, "out of memory for a record");
		return KS_OK;
	}
	outputs(k, c, &more);
	point_argv(w->points, at, &more, &argv);
	err = child_run(w->runner, w->plan->folder, &argv, &w->plan->limits, o);
	argv_finish(&argv);
	argv_finish(&more);
	return err;
}

static int run_point(struct work *k, const struct point *at, json_t **record)
{
	const json_t *keep = json_object_get(k->w->plan->json, "keep");
	struct outcome o;
	int err = do_run(k, at, &o);

	if (err)
		return err;
	err = o.end == END_STOPPED ? KS_INTERRUPTED : KS_OK;
	if (!err)
		*record = record_make(at, &o, k->json, keep);
	unlink(k->json);
	folder_remove(k->found);
	outcome_finish(&o);
	return err;
}

static int run_and_write(struct work *k, const struct point *at)
{
	json_t *record = NULL;
	int err = run_point(k, at, &record);

	if (!err)
		err = put_line(k, record);
	json_decref(record);
	return err;
}

static int run_all(struct work *k)
{
	const struct worker *w = k->w;
	int err = KS_OK;

	for (u32 i = 0; !err && i < k->b->nr; i++) {
		const struct point *at = points_find(w->points, k->b->id[i], w->sorted);

		if (campaign_state.asked_to_end)
			err = KS_INTERRUPTED;
		else if (!at)
			err = campaign_fail(KS_USAGE, "%s: it is not the plan that was dealt",
					    w->plan->path);
		else if (!k->done[i])
			err = run_and_write(k, at);
	}
	return err;
}

int worker_run_point(const struct worker *w, const struct point *at, json_t **record)
{
	struct work k = { .w = w, .json = path_of(w, ".json"), .found = path_of(w, ".found") };
	int err = run_point(&k, at, record);

	free(k.json);
	free(k.found);
	return err;
}

int worker_run(const struct worker *w, const struct batch *b)
{
	struct work k = { .w = w, .b = b, .done = calloc(b->nr + 1, sizeof(*k.done)) };
	int err;

	shortage_on(!k.done, "out of memory for a batch");
	k.journal = path_of(w, ".jsonl");
	k.json = path_of(w, ".json");
	k.found = path_of(w, ".found");
	err = spool_take_batch(w->spool, w->number, note_done, &k);
	k.fd = open(k.journal, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0666);
	if (!err && k.fd < 0)
		err = campaign_fail(KS_USAGE, "%s: cannot be written: %s", k.journal,
				    strerror(errno));
	if (!err)
		err = run_all(&k);
	if (k.fd >= 0 && close(k.fd) && !err)
		err = campaign_fail(KS_USAGE, "%s: cannot be written: %s", k.journal,
				    strerror(errno));
	free(k.journal);
	free(k.json);
	free(k.found);
	free(k.done);
	return err;
}
