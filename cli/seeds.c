// SPDX-License-Identifier: GPL-2.0-only
/*
 * seeds.c - run --seeds A..B: a process for each seed, --jobs of them at a time;
 * what they say is told in the order of the seeds. A run is what it is alone: nothing but the
 * seed and the names of its files differ.
 */
#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>
#include "cli.h"
#include "progress.h"

#define SEED_WORD "{seed}"
#define AHEAD_MAX 200	/* runs that are over and wait for an earlier one to be told */

struct seed_run {
	pid_t pid;
	bool done;
	int status;
	FILE *out, *err;	/* what it says */
	char *json;		/* its part of the one JSON file; NULL: none, or a file of its own */
};

struct sweep {
	const struct run_options *o;
	uint64_t nr, next, told;	/* the first that is not started, and not told of */
	uint64_t good;
	struct seed_run *run;
	struct output json;
	struct progress progress;
	bool one_json, any_json, stopping;
	bool gave_up;		/* the output cannot be written: that alone is told */
	int status;		/* of the first seed, by number, that failed */
	pid_t pid;
	void (*usual_sigint)(int sig), (*usual_sighup)(int sig);
};

/* ---- one seed ---- */

/* @name with each "{seed}" replaced; NULL: no memory */
static char *name_for(const char *name, uint64_t seed)
{
	char *text = NULL;
	size_t len;
	FILE *f = open_memstream(&text, &len);
	const char *at;

	if (!f)
		return NULL;
	for (; (at = strstr(name, SEED_WORD)); name = at + strlen(SEED_WORD))
		fprintf(f, "%.*s%llu", (int)(at - name), name, (unsigned long long)seed);
	fputs(name, f);
	fclose(f);
	return text;
}

static int child(struct sweep *s, uint64_t i)
{
	struct run_options o = *s->o;
	struct seed_run *run = &s->run[i];
	char *trace = NULL, *json = NULL, *svg = NULL, *html = NULL;
	int status;

	o.machine.seed = o.seed_first + i;
	if (o.machine.trace)
		o.machine.trace = trace = name_for(o.machine.trace, o.machine.seed);
	if (o.machine.svg)
		o.machine.svg = svg = name_for(o.machine.svg, o.machine.seed);
	if (o.machine.html)
		o.machine.html = html = name_for(o.machine.html, o.machine.seed);
	if (o.json && !s->one_json)
		o.json = json = name_for(o.json, o.machine.seed);
	else
		o.json = run->json;
	if (!o.verbose)
		o.verbose = -1;
	signal(SIGINT, s->usual_sigint);
	signal(SIGTERM, SIG_DFL);
	signal(SIGHUP, s->usual_sighup);
	die_with_parent(s->pid);
	dup2(fileno(run->out), STDOUT_FILENO);
	dup2(fileno(run->err), STDERR_FILENO);
	status = run_once(&o);
	fflush(stdout);
	free(trace);
	free(svg);
	free(html);
	free(json);
	return status;
}

void die_with_parent(pid_t parent)
{
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (getppid() != parent)	/* it was killed just now */
		_exit(KS_INTERRUPTED);
}

static int start(struct sweep *s, uint64_t i)
{
	struct seed_run *run = &s->run[i];

	run->out = tmpfile();
	run->err = tmpfile();
	if (!run->out || !run->err)
		return complain(KS_USAGE, "no temporary file: %s", strerror(errno));
	if (s->one_json && asprintf(&run->json, "%s.seed%llu.%d.tmp",
				    strcmp(s->o->json, "-") ? s->o->json : P_tmpdir "/kickstand",
				    (unsigned long long)(s->o->seed_first + i), getpid()) < 0)
		return complain(KS_USAGE, "out of memory");
	fflush(stdout);
	run->pid = fork();
	if (run->pid < 0)
		return complain(KS_USAGE, "no process for seed %llu: %s",
				(unsigned long long)(s->o->seed_first + i), strerror(errno));
	if (!run->pid)
		_exit(child(s, i));
	return KS_OK;
}

/* ---- what they said ---- */

static int status_of(int wait_status)
{
	return WIFEXITED(wait_status) ? WEXITSTATUS(wait_status) : 128 + WTERMSIG(wait_status);
}

static void copy_lines(FILE *from, FILE *to, const char *prefix)
{
	char line[4096];
	bool begins = true;

	rewind(from);
	while (fgets(line, sizeof(line), from)) {
		if (begins)
			fputs(prefix, to);
		fputs(line, to);
		begins = strchr(line, '\n');
	}
}

/* The same bytes as alone, in an array. */
static void copy_json(struct sweep *s, struct seed_run *run)
{
	FILE *from = fopen(run->json, "r");
	char buf[65536];
	size_t n;

	if (!from)
		return;
	fputs(s->any_json ? ",\n" : "[\n", s->json.file);
	s->any_json = true;
	while ((n = fread(buf, 1, sizeof(buf), from)))
		fwrite(buf, 1, n, s->json.file);
	output_check(&s->json);
	fclose(from);
	unlink(run->json);
}

/*
 * SIGINT reaches the runs too, which end and say so; here it only keeps the next from
 * being started. SIGTERM comes to this process alone and is passed on.
 */
static volatile sig_atomic_t asked_to_end;

static void on_ending(int sig)
{
	asked_to_end = sig;
}

static void let_interrupt(struct sweep *s)
{
	struct sigaction sa = { .sa_handler = on_ending }, was;

	sigaction(SIGTERM, &sa, NULL);
	sigaction(SIGINT, NULL, &was);
	s->usual_sigint = was.sa_handler;
	if (was.sa_handler != SIG_IGN)
		sigaction(SIGINT, &sa, NULL);
	sigaction(SIGHUP, NULL, &was);
	s->usual_sighup = was.sa_handler;
	if (was.sa_handler != SIG_IGN)
		sigaction(SIGHUP, &sa, NULL);
}

/* Nobody will have what is yet to come: end what runs, start nothing. */
static void stop_all(struct sweep *s)
{
	uint64_t i;

	s->stopping = true;
	for (i = s->told; i < s->next; i++)
		if (!s->run[i].done)
			kill(s->run[i].pid, SIGTERM);
}

static void tell(struct sweep *s, uint64_t i)
{
	struct seed_run *run = &s->run[i];
	unsigned long long seed = s->o->seed_first + i;
	FILE *to = s->o->json && !strcmp(s->o->json, "-") ? stderr : stdout;
	char prefix[40];

	progress_clear(&s->progress);
	snprintf(prefix, sizeof(prefix), "seed %llu: ", seed);
	copy_lines(run->out, to, prefix);
	fflush(to);
	if (!s->gave_up || run->status != KS_INTERRUPTED)
		copy_lines(run->err, stderr, prefix);
	if (run->json)
		copy_json(s, run);
	s->good += !run->status;
	if (!s->status)
		s->status = run->status;
	fclose(run->out);
	fclose(run->err);
	run->out = run->err = NULL;
	if (!s->stopping && (ferror(stdout) || (s->json.file && ferror(s->json.file)))) {
		s->gave_up = true;
		stop_all(s);
	}
}

static void tell_end(struct sweep *s)
{
	bool cut = s->told < s->nr;

	if (s->one_json)
		fputs(s->any_json ? "]\n" : "[]\n", s->json.file);
	output_check(&s->json);
	if (s->o->verbose >= 0)
		fprintf(s->o->json && !strcmp(s->o->json, "-") ? stderr : stdout,
			"%llu of %llu runs reached their end%s\n", (unsigned long long)s->good,
			(unsigned long long)s->nr, cut ? "; interrupted" : "");
	if (cut && !s->status)
		s->status = KS_INTERRUPTED;
}

/* ---- all ---- */

static pid_t wait_any(struct sweep *s, int *wait_status)
{
	pid_t pid;

	while ((pid = wait(wait_status)) < 0 && errno == EINTR)
		if (asked_to_end == SIGTERM && !s->stopping)
			stop_all(s);
	return pid;
}

static void wait_one(struct sweep *s)
{
	int wait_status;
	pid_t pid = wait_any(s, &wait_status);

	for (uint64_t i = s->told; pid > 0 && i < s->next; i++) {
		struct seed_run *run = &s->run[i];

		if (run->pid != pid || run->done)
			continue;
		run->done = true;
		run->status = status_of(wait_status);
		if (run->status == KS_INTERRUPTED)
			s->stopping = true;
	}
	for (; s->told < s->next && s->run[s->told].done; s->told++)
		tell(s, s->told);
}

static bool may_start(const struct sweep *s)
{
	return !s->stopping && !asked_to_end && s->next < s->nr && s->next - s->told < AHEAD_MAX;
}

static int sweep_run(struct sweep *s)
{
	uint64_t jobs = s->o->jobs ? s->o->jobs : (uint64_t)sysconf(_SC_NPROCESSORS_ONLN);
	uint64_t running = 0;
	int err = KS_OK;

	while (running || (!err && may_start(s))) {
		if (!err && may_start(s) && running < jobs) {
			err = start(s, s->next++);
			running += !err;
			continue;
		}
		wait_one(s);
		running--;
		progress_runs(&s->progress, s->told, s->nr, s->told - s->good);
	}
	return err;
}

static void sweep_finish(struct sweep *s)
{
	for (uint64_t i = 0; s->run && i < s->nr; i++) {
		if (s->run[i].out)
			fclose(s->run[i].out);
		if (s->run[i].err)
			fclose(s->run[i].err);
		if (s->run[i].json)
			unlink(s->run[i].json);
		free(s->run[i].json);
	}
	free(s->run);
	output_drop(&s->json);
}

/* A file for each run: their names must differ. */
static bool needs_seed(const char *option, const char *name)
{
	if (!name || strstr(name, SEED_WORD))
		return false;
	complain(KS_USAGE, "%s %s: with --seeds the name needs a " SEED_WORD " in it", option, name);
	return true;
}

static int sweep_open(struct sweep *s)
{
	const struct run_options *o = s->o;

	if (needs_seed("--trace", o->machine.trace) || needs_seed("--svg", o->machine.svg) ||
	    needs_seed("--html", o->machine.html))
		return KS_USAGE;
	s->nr = o->seed_last - o->seed_first + 1;
	s->one_json = o->json && !strstr(o->json, SEED_WORD);
	s->run = calloc(s->nr, sizeof(*s->run));
	if (!s->run)
		return complain(KS_USAGE, "out of memory");
	return s->one_json ? output_open(&s->json, o->json) : KS_OK;
}

int run_seeds(const struct run_options *o)
{
	struct sweep s = { .o = o, .pid = getpid() };
	int status = sweep_open(&s), err;

	if (!status) {
		let_interrupt(&s);
		if (o->verbose >= 0)
			progress_begin(&s.progress, NULL);
		status = sweep_run(&s);
		progress_clear(&s.progress);
	}
	if (!status) {
		tell_end(&s);
		status = s.status;
		err = flush_output();
		if (!err)
			err = output_commit(&s.json);
		status = err ? err : status;
	}
	sweep_finish(&s);
	return status;
}
