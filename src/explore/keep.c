// SPDX-License-Identifier: GPL-2.0-only
/*
 * keep.c - what is left of a finding: the schedule that run --schedule replays; with --out also
 * its text, and a scenario with the schedule in it, to keep as a test.
 *
 *	finding-1.json  finding-1.txt  finding-1.scenario.json
 *
 * A scenario makes its tasks in its own way, and a schedule means one run: what is written as one
 * was run, and showed it. Of a search over a scenario it is the only file.
 */
#include "explore/explore.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/json_out.h"
#include "base/text_stream.h"
#include "base/whole_file.h"

/* "DIR/finding-1END", or beside where we are "q.finding-1END" */
static char *file_name(const struct explorer *x, u32 number, const char *end)
{
	const char *stem = x->scenario ? x->scenario->name : x->obj->name;
	int n = (int)strcspn(stem, "./ ");
	char *path = NULL;
	int len = x->opts.out ? asprintf(&path, "%s/finding-%u%s", x->opts.out, number, end) :
				asprintf(&path, "%.*s.finding-%u%s", n, stem, number, end);

	return len < 0 ? NULL : path;
}

static u32 number_of(const struct explorer *x, const struct finding_seen *f)
{
	return (u32)(f - x->findings) + 1;
}

static int cannot(const char *path, int err)
{
	return api_fail(KS_USAGE, "%s: cannot be written: %s", path ? path : "the finding",
			strerror(-err));
}

int keep_json(const char *path, json_t *root, size_t flags)
{
	struct whole_file w;
	int err = path && root ? whole_file_open(&w, path) : -ENOMEM;

	if (!err) {
		json_out(root, w.file, flags);
		fputc('\n', w.file);
		whole_file_check(&w);
		err = whole_file_close(&w, true);
	}
	json_decref(root);
	return err;
}

/* Takes @root. */
static int write_json(const char *path, json_t *root)
{
	int err = keep_json(path, root, JSON_INDENT(2));

	return err ? cannot(path, err) : KS_OK;
}

static json_t *schedule_json(const struct explorer *x, const struct finding_seen *f)
{
	json_t *root = json_object(), *what = json_object();

	json_object_set_new(root, "schedule", json_integer(1));
	json_object_set(root, "run", x->run);
	json_object_set_new(root, "duration_ns", json_integer((json_int_t)x->opts.duration_ns));
	json_object_set_new(what, "kind", json_string(f->found.kind));
	json_object_set_new(what, "text", json_string(f->found.text));
	json_object_set_new(what, "steps", finding_steps_json(f));
	json_object_set_new(root, "finding", what);
	json_object_set_new(root, "decisions", finding_decisions_json(f));
	return root;
}

/* ---- as a scenario ---- */

/* Who starves fails each scenario; what else the verdict finds is asked for. */
static void expect_verdict(json_t *root, const struct finding_seen *f)
{
	json_t *expect = json_object_get(root, "expect");

	if (strcmp(f->found.kind, "idle_beside_work") && strcmp(f->found.kind, "never_ran"))
		return;
	if (!expect) {
		expect = json_object();
		json_object_set_new(root, "expect", expect);
	}
	if (!json_object_get(expect, "verdict"))
		json_object_set_new(expect, "verdict", json_string("ok"));
}

static json_t *comment_json(const struct finding_seen *f)
{
	json_t *lines = finding_steps_json(f);
	char *text = NULL;

	if (asprintf(&text, "%s: %s", f->found.kind, f->found.text) >= 0)
		json_array_insert_new(lines, 0, json_string(text));
	free(text);
	return lines;
}

static void put_object(const struct explorer *x, json_t *root)
{
	char *path = x->obj ? realpath(x->obj->path, NULL) : NULL;

	if (path)
		json_object_set_new(root, "object", json_string(path));
	free(path);
}

static json_t *scenario_json(const struct explorer *x, const struct finding_seen *f)
{
	json_t *root = x->scenario ? scn_plain(x->scenario->root) :
				     json_loads(x->opts.scenario, 0, NULL);
	json_t *schedule = json_object();

	put_object(x, root);
	json_object_set_new(root, "kernel", json_string(K->name));
	json_object_set_new(root, "comment", comment_json(f));
	expect_verdict(root, f);
	json_object_set_new(schedule, "decisions", finding_decisions_json(f));
	json_object_set_new(root, "schedule", schedule);
	return root;
}

/* In a process of its own: the machine there is, is gone in it. */
static void __attribute__((noreturn)) run_kept(struct explorer *x, const char *path)
{
	struct ks_scenario *s = NULL;
	char *report = NULL;
	size_t len;
	FILE *f = text_stream(&report, &len);
	int status = x->opts.begin ? x->opts.begin(x->opts.arg, NULL) : KS_OK;

	x->km->opts.log = NULL;
	ks_machine_destroy(x->km);
	if (!status)
		status = ks_scenario_open(path, NULL, &s);
	if (!status)
		status = ks_scenario_run(s, 0, f);
	_exit(status == KS_FAILED && !has_prefix(s->failed_what, "schedule") ? 0 : 1);
}

static bool shows_it(struct explorer *x, const char *path)
{
	int status = 1;
	pid_t pid;

	fflush(NULL);
	pid = fork();
	if (!pid)
		run_kept(x, path);
	while (pid > 0 && waitpid(pid, &status, 0) < 0 && errno == EINTR)
		;
	return pid > 0 && !status;
}

/* Whether it can be kept so is seen when it is. */
static int write_scenario(struct explorer *x, struct finding_seen *f)
{
	char *path = file_name(x, number_of(x, f), ".scenario.json");
	int err = write_json(path, scenario_json(x, f));

	if (!err && shows_it(x, path)) {
		f->kept = path;
		return KS_OK;
	}
	if (!err)
		unlink(path);
	free(path);
	return err;
}

/* ---- all of it ---- */

static int write_text(const struct explorer *x, const struct finding_seen *f)
{
	char *path = file_name(x, number_of(x, f), ".txt");
	struct whole_file w;
	int err = path ? whole_file_open(&w, path) : -ENOMEM;

	if (!err) {
		finding_print(x, f, w.file);
		err = whole_file_close(&w, true);
	}
	err = err ? cannot(path, err) : KS_OK;
	free(path);
	return err;
}

bool finding_keep(struct explorer *x, struct finding_seen *f)
{
	int err;

	f->file = file_name(x, number_of(x, f), ".json");
	err = write_json(f->file, x->scenario ? scenario_json(x, f) : schedule_json(x, f));
	if (!err && x->opts.out && x->opts.scenario && !x->scenario)
		err = write_scenario(x, f);
	if (!err && x->opts.out)
		err = write_text(x, f);
	return !err;
}
