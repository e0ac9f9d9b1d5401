// SPDX-License-Identifier: GPL-2.0-only
/*
 * seeds.c - run --seeds A..B, or --kernel A,B: a process for each seed or kernel, --jobs
 * of them at a time; what they say is told in their order. A run is what it is alone:
 * nothing but the seed or the kernel and the names of its files differ. Runs of several
 * kernels end in a table of them side by side, and where their traces part.
 */
#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>
#include "base/text_stream.h"
#include "child.h"
#include "cli.h"
#include "progress.h"
#include "spread.h"
#include "state.h"

#define SEED_WORD "{seed}"
#define KERNEL_WORD "{kernel}"
#define KERNEL_WIDTH 18
#define AHEAD_MAX 200 /* runs that are over and wait for an earlier one to be told */

struct seed_run {
	pid_t pid;
	bool done;
	int status;
	FILE *out, *err; /* what it says */
	char *json;	 /* its part of the one JSON file; NULL: none, or a file of its own */
	char *trace;	 /* of several kernels: what is compared */
	struct half_file half_json, half_trace; /* both go if we end for lack of memory */
};

struct sweep {
	const struct run_options *o;
	uint64_t nr, next, told; /* the first that is not started, and not told of */
	uint64_t good;
	struct seed_run *run;
	struct output json;
	struct progress progress;
	struct spread spread; /* of several seeds */
	bool one_json, any_json, stopping;
	bool gave_up; /* the output cannot be written: that alone is told */
	int err;    /* what a run said cannot be read: that was told, and there is no end to tell */
	int status; /* of the first seed, by number, that failed */
	pid_t pid;
	void (*usual_sigint)(int sig), (*usual_sighup)(int sig);
};

/* ---- one seed ---- */

static bool of_kernels(const struct sweep *s)
{
	return s->o->nr_kernels > 1;
}

static const char *word_of(const struct sweep *s)
{
	return of_kernels(s) ? KERNEL_WORD : SEED_WORD;
}

/* "7" or "6.18": what run @i is told apart by */
static const char *mark_of(const struct sweep *s, uint64_t i, char *buf, size_t len)
{
	if (of_kernels(s))
		snprintf(buf, len, "%s", s->o->kernels[i]);
	else
		snprintf(buf, len, "%llu", (unsigned long long)(s->o->seed_first + i));
	return buf;
}

/* @name with each "{seed}" or "{kernel}" replaced; NULL: no memory */
static char *name_for(const struct sweep *s, const char *name, uint64_t i)
{
	char *text = NULL, mark[32];
	size_t len;
	FILE *f = text_stream(&text, &len);
	const char *at;

	for (; (at = strstr(name, word_of(s))); name = at + strlen(word_of(s)))
		fprintf(f, "%.*s%s", (int)(at - name), name, mark_of(s, i, mark, sizeof(mark)));
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

	if (of_kernels(s))
		o.machine.kernel = o.kernels[i];
	else
		o.machine.seed = o.seed_first + i;
	if (o.machine.trace)
		o.machine.trace = trace = name_for(s, o.machine.trace, i);
	else
		o.machine.trace = run->trace;
	if (o.machine.svg)
		o.machine.svg = svg = name_for(s, o.machine.svg, i);
	if (o.machine.html)
		o.machine.html = html = name_for(s, o.machine.html, i);
	if (o.json && !s->one_json)
		o.json = json = name_for(s, o.json, i);
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
	if (getppid() != parent) /* it was killed just now */
		_exit(KS_INTERRUPTED);
}

static int start(struct sweep *s, uint64_t i)
{
	struct seed_run *run = &s->run[i];
	char mark[32];

	run->out = tmpfile();
	run->err = tmpfile();
	if (!run->out || !run->err)
		return complain(KS_USAGE, "no temporary file: %s", strerror(errno));
	mark_of(s, i, mark, sizeof(mark));
	if ((s->one_json &&
	     asprintf(&run->json, "%s.%s.%d.tmp",
		      s->o->json && strcmp(s->o->json, "-") ? s->o->json : P_tmpdir "/kickstand",
		      mark, getpid()) < 0) ||
	    (of_kernels(s) && !s->o->machine.trace &&
	     asprintf(&run->trace, P_tmpdir "/kickstand.%s.%d.txt", mark, getpid()) < 0))
		return complain(KS_USAGE, "out of memory");
	if (run->json)
		half_file_begin(&run->half_json, run->json);
	if (run->trace)
		half_file_begin(&run->half_trace, run->trace);
	fflush(stdout);
	run->pid = fork();
	if (run->pid < 0)
		return complain(KS_USAGE, "no process for %s: %s", mark, strerror(errno));
	if (!run->pid)
		child_end(child(s, i));
	return KS_OK;
}

/* ---- what they said ---- */

static int status_of(int wait_status)
{
	return WIFEXITED(wait_status) ? WEXITSTATUS(wait_status) : 128 + WTERMSIG(wait_status);
}

static void cannot_be_read(struct sweep *s, const char *what)
{
	if (!s->err)
		s->err = complain(KS_USAGE, "%s: cannot be read: %s", what, strerror(errno));
}

static void copy_lines(struct sweep *s, FILE *from, FILE *to, const char *prefix)
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
	if (ferror(from))
		cannot_be_read(s, "what a run said");
}

static void drop_file(const char *path, struct half_file *half)
{
	if (path)
		unlink(path);
	half_file_end(half);
}

/* The same bytes as alone, in an array. A run that came to none has said why. */
static void copy_json(struct sweep *s, struct seed_run *run)
{
	FILE *from = s->json.file ? fopen(run->json, "r") : NULL;

	if (!from && s->json.file && errno != ENOENT)
		cannot_be_read(s, run->json);
	if (!from)
		return;
	fputs(s->any_json ? ",\n" : "[\n", s->json.file);
	s->any_json = true;
	file_copy(from, s->json.file);
	output_check(&s->json);
	if (ferror(from))
		cannot_be_read(s, run->json);
	fclose(from);
	if (!of_kernels(s)) /* those are compared yet; sweep_finish() removes them */
		drop_file(run->json, &run->half_json);
}

/* Into what is told of all at the end; then a summary that only this needs goes. */
static void add_to_spread(struct sweep *s, uint64_t i)
{
	char *own = !s->one_json && s->o->json ? name_for(s, s->o->json, i) : NULL;

	if (of_kernels(s))
		return;
	spread_add(&s->spread, s->o->seed_first + i, own ? own : s->run[i].json);
	if (!s->json.file)
		drop_file(s->run[i].json, &s->run[i].half_json);
	free(own);
}

/*
 * SIGINT reaches the runs too, which end and say so; here it only keeps the next from
 * being started. SIGTERM comes to this process alone and is passed on.
 */
static void on_ending(int sig)
{
	cli_state.asked_to_end = sig;
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
	FILE *to = s->o->json && !strcmp(s->o->json, "-") ? stderr : stdout;
	char mark[32], prefix[48];

	progress_clear(&s->progress);
	snprintf(prefix, sizeof(prefix), "%s %s: ", of_kernels(s) ? "kernel" : "seed",
		 mark_of(s, i, mark, sizeof(mark)));
	copy_lines(s, run->out, to, prefix);
	fflush(to);
	if (!s->gave_up || run->status != KS_INTERRUPTED)
		copy_lines(s, run->err, stderr, prefix);
	add_to_spread(s, i);
	if (run->json)
		copy_json(s, run);
	s->good += !run->status;
	if (!s->status)
		s->status = run->status;
	fclose(run->out);
	fclose(run->err);
	run->out = run->err = NULL;
	if (!s->stopping && (s->err || ferror(stdout) || (s->json.file && ferror(s->json.file)))) {
		s->gave_up = true;
		stop_all(s);
	}
}

static void tell_end(struct sweep *s)
{
	bool cut = s->told < s->nr;
	FILE *to = s->o->json && !strcmp(s->o->json, "-") ? stderr : stdout;

	if (s->one_json && s->json.file)
		fputs(s->any_json ? "]\n" : "[]\n", s->json.file);
	output_check(&s->json);
	if (s->o->verbose >= 0) {
		fprintf(to, "%llu of %llu runs reached their end%s", (unsigned long long)s->good,
			(unsigned long long)s->nr, cut ? "; interrupted" : "");
		spread_verdicts(&s->spread, to);
		fputc('\n', to);
		spread_print(&s->spread, to);
	}
	if (cut && !s->status)
		s->status = KS_INTERRUPTED;
}

/* ---- several kernels: what differs ---- */

static bool readable(const char *path)
{
	return path && !access(path, R_OK);
}

static int compare_kernels(struct sweep *s)
{
	char *json[KERNELS_MAX], *trace[KERNELS_MAX];
	const char *named[KERNELS_MAX], *traced[KERNELS_MAX];
	unsigned int nr = 0, nr_traces = 0;
	int err = KS_OK;

	for (uint64_t i = 0; i < s->nr; i++) {
		if (readable(s->run[i].json)) {
			named[nr] = s->o->kernels[i];
			json[nr++] = s->run[i].json;
		}
		if (readable(s->run[i].trace)) {
			traced[nr_traces] = s->o->kernels[i];
			trace[nr_traces++] = s->run[i].trace;
		}
	}
	if (s->o->verbose < 0 || (s->o->json && !strcmp(s->o->json, "-")))
		return KS_OK;
	if (nr > 1) {
		putchar('\n');
		err = compare_files(json, named, nr, false, KERNEL_WIDTH);
	}
	if (!err && nr_traces > 1)
		err = tell_parting(trace, traced, nr_traces, stdout);
	return err;
}

/* ---- all ---- */

static pid_t wait_any(struct sweep *s, int *wait_status)
{
	pid_t pid;

	while ((pid = wait(wait_status)) < 0 && errno == EINTR)
		if (cli_state.asked_to_end == SIGTERM && !s->stopping)
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
	return !s->stopping && !cli_state.asked_to_end && s->next < s->nr &&
	       s->next - s->told < AHEAD_MAX;
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
	return err ? err : s->err;
}

static void sweep_finish(struct sweep *s)
{
	for (uint64_t i = 0; s->run && i < s->nr; i++) {
		if (s->run[i].out)
			fclose(s->run[i].out);
		if (s->run[i].err)
			fclose(s->run[i].err);
		drop_file(s->run[i].json, &s->run[i].half_json);
		drop_file(s->run[i].trace, &s->run[i].half_trace);
		free(s->run[i].json);
		free(s->run[i].trace);
	}
	free(s->run);
	spread_finish(&s->spread);
	output_drop(&s->json);
}

/* A file for each run: their names must differ. */
static bool needs_word(const struct sweep *s, const char *option, const char *name)
{
	if (!name || strstr(name, word_of(s)))
		return false;
	complain(KS_USAGE, "%s %s: with %s the name needs a %s in it", option, name,
		 of_kernels(s) ? "several kernels" : "--seeds", word_of(s));
	return true;
}

static int sweep_open(struct sweep *s)
{
	const struct run_options *o = s->o;

	if (needs_word(s, "--trace", o->machine.trace) || needs_word(s, "--svg", o->machine.svg) ||
	    needs_word(s, "--html", o->machine.html))
		return KS_USAGE;
	s->nr = of_kernels(s) ? o->nr_kernels : o->seed_last - o->seed_first + 1;
	if (!of_kernels(s) && o->verbose >= 0)
		spread_begin(&s->spread, s->nr);
	/* of several kernels always, since they are compared; of seeds, since they are summed up */
	s->one_json = of_kernels(s) ? !o->json || !strstr(o->json, KERNEL_WORD) :
		      o->json	    ? !strstr(o->json, SEED_WORD) :
				      spread_wants(&s->spread);
	s->run = calloc(s->nr, sizeof(*s->run));
	if (!s->run)
		return complain(KS_USAGE, "out of memory");
	return s->one_json && o->json ? output_open(&s->json, o->json) : KS_OK;
}

int run_several(const struct run_options *o)
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
		err = of_kernels(&s) ? compare_kernels(&s) : KS_OK;
		if (!err)
			err = flush_output();
		if (!err)
			err = output_commit(&s.json);
		status = err ? err : status;
	}
	sweep_finish(&s);
	return status;
}
