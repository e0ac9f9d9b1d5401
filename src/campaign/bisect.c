// SPDX-License-Identifier: GPL-2.0-only
/*
 * bisect.c - which change of a scheduler's tree made a scenario fail. git bisect chooses; a revision is
 * checked out in a worktree of our own, built by the user's command, and judged by kickstand test. One that
 * cannot be built, or whose object cannot be loaded, says nothing: git goes around it.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/shortage.h"
#include "campaign/campaign.h"
#include "campaign/state.h"

#define SKIP 125 /* what git bisect run takes for "cannot be told" */

struct bisect {
	const struct bisect_opts *o;
	struct spool place; /* a folder of ours: the worktree and the script */
	char *tree, *script, *log;
	char good[128], bad[128];
	bool made; /* the worktree */
};

/* ---- git ---- */

static void git_begin(struct argv *a, const char *tree)
{
	argv_add_words(a, "git", "-C", tree, NULL);
}

/* Runs it and releases @a: its status, and what it said, to be freed */
static int run_tool(struct argv *a, char **said)
{
	int status = tool_run(a, said);

	argv_finish(a);
	return status;
}

static int refuse(const char *what, int status, char *said)
{
	char line[512];

	tool_line(said, line, sizeof(line));
	free(said);
	return status == 127 ? campaign_fail(KS_USAGE, "--bisect: there is no git here") :
			       campaign_fail(KS_USAGE, "--bisect: %s: %s", what, line);
}

/* Its full name, so that what is told is clear. */
static int resolve(const struct bisect *b, const char *name, char full[128])
{
	struct argv a = { 0 };
	char *said;
	int status;

	git_begin(&a, b->o->tree);
	argv_add_words(&a, "rev-parse", "--verify", "--quiet", NULL);
	argv_add(&a, "%s^{commit}", name);
	status = run_tool(&a, &said);
	if (status || sscanf(said, "%127s", full) != 1) {
		free(said);
		return status == 127 ?
			       campaign_fail(KS_USAGE, "--bisect: there is no git here") :
			       campaign_fail(KS_USAGE,
					     "--bisect: %s is no git tree, or has no revision '%s'",
					     b->o->tree, name);
	}
	free(said);
	return KS_OK;
}

static int split(struct bisect *b)
{
	const char *dots = strstr(b->o->range, "..");
	char *good;
	int err;

	if (!dots || dots == b->o->range || !dots[2] || dots[2] == '.')
		return campaign_fail(KS_USAGE, "--bisect %s: GOOD..BAD is due", b->o->range);
	good = strndup(b->o->range, (size_t)(dots - b->o->range));
	shortage_on(!good, "out of memory for a revision");
	err = resolve(b, good, b->good);
	free(good);
	return err ? err : resolve(b, dots + 2, b->bad);
}

static int add_worktree(struct bisect *b)
{
	struct argv a = { 0 };
	char *said;
	int status;

	git_begin(&a, b->o->tree);
	argv_add_words(&a, "worktree", "add", "--quiet", "--detach", b->tree, b->bad, NULL);
	status = run_tool(&a, &said);
	if (status)
		return refuse("no worktree can be made", status, said);
	free(said);
	b->made = true;
	return KS_OK;
}

static void remove_worktree(const struct bisect *b)
{
	struct argv a = { 0 };
	char *said;

	git_begin(&a, b->o->tree);
	argv_add_words(&a, "worktree", "remove", "--force", b->tree, NULL);
	run_tool(&a, &said);
	free(said);
}

/* ---- judging a revision ---- */

/* The script's status is git's word: 0 good, 1 bad, SKIP. */
static int write_script(struct bisect *b)
{
	char *scenario = realpath(b->o->scenario, NULL), *text = NULL, *words;
	struct argv a = { 0 };
	int err;

	if (!scenario || !argv_add_self(&a)) {
		free(scenario);
		return campaign_fail(KS_USAGE, "--scenario %s: cannot be read: %s", b->o->scenario,
				     strerror(errno));
	}
	argv_add_words(&a, "test", "--objects", ".", scenario, NULL);
	words = argv_text(&a);
	shortage_on(asprintf(&text,
			     "exec >'%s' 2>&1 </dev/null\n(%s\n) || exit %d\n%s\nstatus=$?\n"
			     "[ $status -le 1 ] || exit %d\nexit $status\n",
			     b->log, b->o->build, SKIP, words, SKIP) < 0,
		    "out of memory for a script");
	err = spool_write(&b->place, "judge.sh", text);
	argv_finish(&a);
	free(words);
	free(text);
	free(scenario);
	return err;
}

static int judge(const struct bisect *b, const char *revision)
{
	struct argv a = { 0 };
	char *said;
	int status;

	git_begin(&a, b->tree);
	argv_add_words(&a, "checkout", "--quiet", "--force", revision, NULL);
	status = run_tool(&a, &said);
	free(said);
	if (status)
		return SKIP;
	argv_add_words(&a, "sh", "-c", "cd \"$1\" && exec sh \"$2\"", "sh", b->tree, b->script,
		       NULL);
	status = run_tool(&a, &said);
	free(said);
	return status;
}

/* the last line of what the build or the test said */
static const char *last_line(const struct bisect *b, char *buf, size_t size)
{
	char *text = spool_read(&b->place, "log"), *at = text, *line = text;

	for (; at && *at; at++)
		if (*at == '\n' && at[1])
			line = at + 1;
	tool_line(line ?: "", buf, size);
	free(text);
	return buf;
}

/* If the ends are not what one says they are, what lies between says nothing. */
static int check_ends(const struct bisect *b)
{
	char line[512];
	int bad = judge(b, b->bad), good;

	if (bad == SKIP)
		return campaign_fail(KS_USAGE,
				     "--bisect: the bad one, %.12s, cannot be built or loaded: %s",
				     b->bad, last_line(b, line, sizeof(line)));
	if (!bad)
		return campaign_fail(KS_USAGE,
				     "--bisect: the bad one, %.12s, passes: nothing is to be found",
				     b->bad);
	good = judge(b, b->good);
	if (good == SKIP)
		return campaign_fail(KS_USAGE,
				     "--bisect: the good one, %.12s, cannot be built or loaded: %s",
				     b->good, last_line(b, line, sizeof(line)));
	return good ? campaign_fail(KS_USAGE,
				    "--bisect: the good one, %.12s, fails: go back further",
				    b->good) :
		      KS_OK;
}

/* ---- the search ---- */

static void tell(const struct bisect *b, const char *first)
{
	struct argv a = { 0 };
	char *said;

	git_begin(&a, b->o->tree);
	argv_add_words(&a, "log", "-1", "--format=%h %ad %s", "--date=short", first, NULL);
	run_tool(&a, &said);
	fprintf(b->o->out, "the first that fails: %s", said);
	free(said);
}

static int take_answer(const struct bisect *b, int status, char *said)
{
	const char *at = strstr(said, " is the first bad commit");
	char first[128] = "";

	while (at && at > said && at[-1] != '\n')
		at--;
	if (at && sscanf(at, "%127s", first) == 1) {
		tell(b, first);
		free(said);
		return KS_OK;
	}
	if (strstr(said, "only 'skip'ped commits left")) {
		free(said);
		return campaign_fail(KS_USAGE,
				     "--bisect: between what passes and what fails are only "
				     "revisions that cannot be built or loaded");
	}
	return refuse("git bisect", status, said);
}

static int search(const struct bisect *b)
{
	struct argv a = { 0 };
	char *said;
	int status;

	git_begin(&a, b->tree);
	argv_add_words(&a, "bisect", "start", b->bad, b->good, NULL);
	status = run_tool(&a, &said);
	if (status)
		return refuse("git bisect", status, said);
	free(said);
	git_begin(&a, b->tree);
	argv_add_words(&a, "bisect", "run", "sh", b->script, NULL);
	status = run_tool(&a, &said);
	if (campaign_state.asked_to_end) {
		free(said);
		return campaign_fail(KS_INTERRUPTED, "interrupted");
	}
	return take_answer(b, status, said);
}

int campaign_bisect(const struct bisect_opts *o)
{
	struct bisect b = { .o = o };
	char path[] = P_tmpdir "/kickstand.bisect.XXXXXX";
	int err = split(&b);

	if (err)
		return err;
	if (!mkdtemp(path))
		return campaign_fail(KS_USAGE, "%s: no temporary folder can be made", path);
	err = spool_open(&b.place, path);
	b.tree = spool_name(&b.place, "tree");
	b.script = spool_name(&b.place, "judge.sh");
	b.log = spool_name(&b.place, "log");
	if (!err)
		err = write_script(&b);
	if (!err)
		err = add_worktree(&b);
	if (!err)
		err = check_ends(&b);
	if (!err)
		err = search(&b);
	if (b.made)
		remove_worktree(&b);
	spool_remove(&b.place);
	spool_finish(&b.place);
	free(b.tree);
	free(b.script);
	free(b.log);
	return err;
}
