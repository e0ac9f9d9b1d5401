// SPDX-License-Identifier: GPL-2.0-only
/*
 * test.c - `kickstand test`: each run in a process of its own, so that runs go side
 * by side and one that dies takes nobody along. The processes are forked after all
 * files were read; what they say goes through unlinked files.
 */
#include <errno.h>
#include <fnmatch.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>
#include "base/array.h"
#include "base/file_text.h"
#include "base/host_clock.h"
#include "base/shortage.h"
#include "child.h"
#include "test.h"
#include "sandbox.h"

/* ---- the list ---- */

static struct test *add_test(struct tests *ts)
{
	if (!array_room(&ts->at, ts->nr, &ts->max))
		return NULL;
	memset(&ts->at[ts->nr], 0, sizeof(*ts->at));
	ts->at[ts->nr].status = -1;
	return &ts->at[ts->nr++];
}

/* A file that cannot be read is a test that failed already, whatever the filter says. */
static int add_unreadable(struct tests *ts, const char *file)
{
	struct test *t = add_test(ts);

	if (!t)
		return complain(KS_USAGE, "out of memory");
	t->file = file;
	t->name = strdup(file);
	t->status = KS_USAGE;
	t->report = strdup(ks_error());
	t->report_len = t->report ? strlen(t->report) : 0;
	complain_error(KS_USAGE);
	return t->name && t->report ? KS_OK : complain(KS_USAGE, "out of memory");
}

static bool is_wanted(const struct test_options *o, struct ks_scenario *s, unsigned int run,
		      const char *name)
{
	if (o->kernel && strcmp(o->kernel, ks_scenario_kernel(s, run)))
		return false;
	return !o->filter || !fnmatch(o->filter, name, 0) ||
	       !fnmatch(o->filter, ks_scenario_name(s), 0);
}

static int add_run(struct tests *ts, const struct test_options *o, const char *file,
		   struct ks_scenario *s, unsigned int run)
{
	struct test *t;
	char *name;

	name = ks_scenario_run_name(s, run);
	if (!name)
		return complain(KS_USAGE, "out of memory");
	if (!is_wanted(o, s, run, name)) {
		free(name);
		return KS_OK;
	}
	known_kernel(ks_scenario_kernel(s, run)); /* it is; but perhaps by another one's profile */
	t = add_test(ts);
	if (!t)
		return complain(KS_USAGE, "out of memory");
	t->file = file;
	t->scenario = s;
	t->run = run;
	t->name = name;
	return KS_OK;
}

static int add_file(struct tests *ts, const struct test_options *o, unsigned int i)
{
	struct ks_scenario *s;
	unsigned int run;
	int err = KS_OK;

	if (ks_scenario_open(o->files.at[i], &o->scenario, &s))
		return add_unreadable(ts, o->files.at[i]);
	ts->scenarios[i] = s;
	for (run = 0; !err && ks_scenario_kernel(s, run); run++)
		err = add_run(ts, o, o->files.at[i], s, run);
	return err;
}

static int make_list(struct tests *ts, const struct test_options *o)
{
	unsigned int i;
	int err = complain_twice(o->files.at, o->files.nr);

	if (err)
		return err;
	if (o->kernel && !ks_kernel_find(o->kernel, NULL))
		return complain_error(KS_USAGE);
	ts->scenarios = calloc(o->files.nr, sizeof(*ts->scenarios));
	if (!ts->scenarios)
		return complain(KS_USAGE, "out of memory");
	for (i = 0; !err && i < o->files.nr; i++)
		err = add_file(ts, o, i);
	if (!err && !ts->nr)
		return complain(KS_USAGE, "no run of these files fits --filter and --kernel");
	if (!err && o->scenario.trace && ts->nr != 1)
		return complain(KS_USAGE,
				"--trace: %u runs, a file can hold one: choose it with "
				"--filter and --kernel",
				ts->nr);
	return err;
}

static void free_list(struct tests *ts, unsigned int nr_files)
{
	unsigned int i;

	for (i = 0; i < ts->nr_builds; i++) {
		ks_built_drop(ts->builds[i].built);
		free(ts->builds[i].source);
	}
	free(ts->builds);
	for (i = 0; i < ts->nr; i++) {
		free(ts->at[i].name);
		free(ts->at[i].report);
		free(ts->at[i].emitted);
		free(ts->at[i].log);
		free(ts->at[i].page);
	}
	for (i = 0; ts->scenarios && i < nr_files; i++)
		ks_scenario_close(ts->scenarios[i]);
	free(ts->scenarios);
	free(ts->at);
}

/* ---- a run's process ---- */

static void log_line(void *arg, enum ks_level level, const char *line)
{
	if (level != KS_DEBUG)
		fprintf(arg, "%s\n", line);
}

/* The child's copy of the scenario takes what only it knows. */
static void __attribute__((noreturn)) run_child(struct test *t, const struct test_options *o,
						const char *html, pid_t parent)
{
	struct ks_scenario_opts opts = o->scenario;
	struct ks_scenario *s;
	int status;

	if (t->object)
		opts.object = t->object;
	die_with_parent(parent);
	signal(SIGALRM, SIG_DFL);
	alarm(o->limit_s);
	opts.emit = o->emit ? t->files[EMITTED] : NULL;
	opts.html = html;
	opts.log = o->verbose || o->junit ? log_line : NULL;
	opts.log_arg = t->files[LOG];
	sandbox_enter(&(struct sandbox){
		.off = o->no_sandbox,
		.say = o->verbose ? t->files[LOG] : NULL,
		.reads = true,
		.writes = opts.trace || html,
		.outputs = { opts.trace, html },
	});
	status = ks_scenario_open(t->file, &opts, &s);
	if (!status)
		status = ks_scenario_run(s, t->run, t->files[REPORT]);
	if (status == KS_USAGE)
		fprintf(t->files[REPORT], "%s\n", ks_error());
	for (int i = 0; i < NR_FILES; i++)
		if (fflush(t->files[i]) || ferror(t->files[i]))
			status = complain(KS_USAGE,
					  "%s: what the run said cannot be written to a "
					  "temporary file: %s",
					  t->file, strerror(errno));
	child_end(status);
}

static char *read_whole(FILE *f, size_t *len)
{
	char *text;

	rewind(f);
	text = stream_text(f, SIZE_MAX, len);
	fclose(f);
	return text;
}

static void finish(struct test *t, int wait_status, const struct test_options *o)
{
	t->took_us = host_ns() / NSEC_PER_USEC - t->started_us;
	t->report = read_whole(t->files[REPORT], &t->report_len);
	t->emitted = read_whole(t->files[EMITTED], &t->emitted_len);
	t->log = read_whole(t->files[LOG], &t->log_len);
	t->signal = WIFSIGNALED(wait_status) ? WTERMSIG(wait_status) : 0;
	if (t->signal && o->scenario.trace)
		whole_file_drop_half(o->scenario.trace, t->pid);
	t->status = t->signal ? KS_USAGE : WEXITSTATUS(wait_status);
	if (t->status == KS_USAGE && !t->signal && t->report_len)
		complain(KS_USAGE, "%.*s", (int)strcspn(t->report, "\n"), t->report);
}

static const struct test_build *find_build(const struct tests *ts, const char *source,
					   const char *kernel)
{
	for (unsigned int i = 0; i < ts->nr_builds; i++)
		if (!strcmp(ts->builds[i].source, source) && !strcmp(ts->builds[i].kernel, kernel))
			return &ts->builds[i];
	return NULL;
}

/* @source becomes the list's. NULL: ks_error() says why */
static const struct test_build *add_build(struct tests *ts, const struct test_options *o,
					  char *source, const char *kernel)
{
	struct ks_build_opts opts = o->build;
	struct test_build b = { source, kernel, NULL };
	bool room = array_room(&ts->builds, ts->nr_builds, &ts->max_builds);

	shortage_on(!room, "out of memory for the sources to build");
	opts.kernel = kernel;
	if (ks_build_temporary(source, &opts, &b.built)) {
		free(source);
		return NULL;
	}
	ts->builds[ts->nr_builds] = b;
	return &ts->builds[ts->nr_builds++];
}

static int build_source(struct tests *ts, struct test *t, const struct test_options *o,
			char *source)
{
	const char *kernel = ks_scenario_kernel(t->scenario, t->run);
	const struct test_build *b = find_build(ts, source, kernel);

	if (b)
		free(source);
	else
		b = add_build(ts, o, source, kernel);
	if (!b)
		return KS_USAGE;
	t->object = ks_built_object(b->built);
	return KS_OK;
}

/*
 * A source, before the run's process gives up what compiling needs. KS_OK, or the test is over:
 * it does not compile.
 */
static int build_object(struct tests *ts, struct test *t, const struct test_options *o)
{
	char *source = t->scenario ? ks_scenario_source(t->scenario, t->run) : NULL;
	int err = source ? build_source(ts, t, o, source) : KS_OK;

	if (err) {
		fprintf(t->files[REPORT], "%s\n", ks_error());
		finish(t, KS_USAGE << 8, o); /* as wait() would say it */
	}
	return err;
}

int test_fork(struct test *t, const struct test_options *o, const char *html)
{
	pid_t parent = getpid();

	fflush(stdout);
	fflush(stderr);
	t->pid = fork();
	if (t->pid < 0)
		return complain(KS_USAGE, "a process cannot be made: %s", strerror(errno));
	if (!t->pid)
		run_child(t, o, html, parent);
	return KS_OK;
}

int test_outputs_open(struct test *t)
{
	for (int i = 0; i < NR_FILES; i++) {
		t->files[i] = tmpfile();
		if (!t->files[i])
			return complain(KS_USAGE, "a temporary file cannot be made: %s",
					strerror(errno));
	}
	return KS_OK;
}

static int start(struct tests *ts, struct test *t, const struct test_options *o)
{
	if (test_outputs_open(t))
		return KS_USAGE;
	t->started_us = host_ns() / NSEC_PER_USEC;
	return build_object(ts, t, o) ? KS_OK : test_fork(t, o, NULL);
}

/* ---- all of them ---- */

static void wait_for_one(struct tests *ts, const struct test_options *o)
{
	int status, pid = wait(&status);
	unsigned int i;

	for (i = 0; i < ts->nr; i++)
		if (ts->at[i].pid == pid && ts->at[i].status < 0)
			finish(&ts->at[i], status, o);
}

static void print_ready(struct tests *ts, const struct test_options *o, unsigned int *printed)
{
	for (; *printed < ts->nr && ts->at[*printed].status >= 0; ++*printed) {
		page_name(ts, *printed, o);
		tap_result(ts, *printed, o);
		annotations_print(&ts->at[*printed], o);
	}
}

static unsigned int count_running(const struct tests *ts)
{
	unsigned int i, n = 0;

	for (i = 0; i < ts->nr; i++)
		n += ts->at[i].pid && ts->at[i].status < 0;
	return n;
}

static int run_all(struct tests *ts, const struct test_options *o)
{
	unsigned int next = 0, printed = 0;
	int err = KS_OK;

	tap_plan(ts, o);
	while (printed < ts->nr && !err) {
		while (next < ts->nr && ts->at[next].status >= 0)
			next++;
		print_ready(ts, o, &printed);
		if (next < ts->nr && count_running(ts) < o->jobs)
			err = start(ts, &ts->at[next++], o);
		else if (count_running(ts))
			wait_for_one(ts, o);
	}
	while (count_running(ts))
		wait_for_one(ts, o);
	if (!err)
		tap_end(ts);
	return err;
}

/* The worst: a file that is wrong, then an expectation that does not hold. */
static int verdict(const struct tests *ts)
{
	unsigned int i;
	int status = KS_OK;

	for (i = 0; i < ts->nr; i++) {
		const struct test *t = &ts->at[i];

		if (t->status == KS_USAGE && !t->signal)
			return KS_USAGE;
		if (t->status != KS_OK)
			status = KS_FAILED;
	}
	return status;
}

static void print_list(const struct tests *ts)
{
	unsigned int i;

	for (i = 0; i < ts->nr; i++)
		puts(ts->at[i].name);
}

/* Where the results go is known to be a place for them before anything runs. */
static int run_and_write(struct tests *ts, const struct test_options *o)
{
	struct output junit, emit = { 0 }, gitlab = { 0 };
	int status = output_open(&junit, o->junit);

	if (!status)
		status = output_open(&emit, o->emit);
	if (!status)
		status = output_open(&gitlab, o->gitlab);
	if (!status)
		status = pages_begin(o);
	if (!status)
		status = run_all(ts, o);
	if (!status)
		status = pages_write(ts, o);
	if (!status)
		status = junit_write(ts, o, &junit);
	if (!status)
		status = emit_write(ts, &emit);
	if (!status)
		status = annotations_write(ts, o, &gitlab);
	output_drop(&junit);
	output_drop(&emit);
	output_drop(&gitlab);
	return status ? status : verdict(ts);
}

int cmd_test(int argc, char **argv)
{
	struct test_options o;
	struct tests ts = { 0 };
	int status = test_options_read(argc, argv, &o);

	if (status)
		return status < 0 ? KS_OK : status;
	status = make_list(&ts, &o);
	if (!status && o.list)
		print_list(&ts);
	else if (!status)
		status = run_and_write(&ts, &o);
	free_list(&ts, o.files.nr);
	test_files_free(&o);
	free(o.include.at);
	free(o.objects.at);
	return status;
}
