// SPDX-License-Identifier: GPL-2.0-only
/*
 * child.c - one run in a process of its own. It may crash, hang or eat memory: that is an outcome.
 * Its group dies with it, so that what it forked does, too; and it dies with us.
 */
#include <errno.h>
#include <getopt.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/host_clock.h"
#include "base/shortage.h"
#include "campaign/campaign.h"
#include "campaign/state.h"

#define LOOK_EVERY_NS (50 * NSEC_PER_MSEC)
#define SAID_BYTES 4096

const char *const end_names[NR_ENDS] = { "exit", "signal", "time", "memory", "stopped" };

void die_with(pid_t parent)
{
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (getppid() != parent) /* it was killed just now */
		_exit(KS_INTERRUPTED);
}

void child_close_files(void)
{
	close_range(STDERR_FILENO + 1, ~0U, 0);
}

/* ---- in the child ---- */

static void usual_signals(void)
{
	sigset_t none;

	signal(SIGINT, SIG_DFL);
	signal(SIGTERM, SIG_DFL);
	signal(SIGHUP, SIG_DFL);
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
}

static void __noreturn become_run(const struct runner *r, const char *folder,
				  const struct argv *argv, FILE *out, FILE *err)
{
	usual_signals();
	dup2(fileno(out), STDOUT_FILENO);
	dup2(fileno(err), STDERR_FILENO);
	child_close_files();
	if (chdir(folder)) {
		fprintf(stderr, "kickstand: %s: %s\n", folder, strerror(errno));
		_exit(KS_USAGE);
	}
	optind = 0; /* getopt_long() begins anew */
	r->run((int)argv->nr, argv->at);
	_exit(KS_USAGE);
}

/* ---- in ours ---- */

static u64 resident_kb(pid_t pid)
{
	char path[64];
	unsigned long long pages = 0;
	FILE *f;

	snprintf(path, sizeof(path), "/proc/%d/statm", pid);
	f = fopen(path, "re");
	if (!f)
		return 0;
	if (fscanf(f, "%*u %llu", &pages) != 1)
		pages = 0;
	fclose(f);
	return pages * (u64)sysconf(_SC_PAGESIZE) / 1024;
}

/* END_EXIT: it may go on */
static enum end over_limit(pid_t pid, const struct limits *l, u64 began_ns)
{
	if (campaign_state.asked_to_end)
		return END_STOPPED;
	if (host_ns() - began_ns > l->time_ns)
		return END_TIME;
	return resident_kb(pid) > l->memory_kb ? END_MEMORY : END_EXIT;
}

static sigset_t only_sigchld(void)
{
	sigset_t chld;

	sigemptyset(&chld);
	sigaddset(&chld, SIGCHLD);
	return chld;
}

void child_signal_block(void)
{
	sigset_t chld = only_sigchld();

	sigprocmask(SIG_BLOCK, &chld, NULL);
}

void child_signal_wait(u64 ns)
{
	const struct timespec while_ns = { (time_t)(ns / NSEC_PER_SEC), (long)(ns % NSEC_PER_SEC) };
	sigset_t chld = only_sigchld();

	sigtimedwait(&chld, NULL, &while_ns);
}

static void wait_for(pid_t pid, const struct limits *l, struct outcome *o)
{
	u64 began_ns = host_ns();
	struct rusage used = { 0 };
	enum end end = END_EXIT;
	int status = 0;
	pid_t ret;

	while (!(ret = wait4(pid, &status, WNOHANG, &used)) || (ret < 0 && errno == EINTR)) {
		child_signal_wait(LOOK_EVERY_NS);
		if (end == END_EXIT)
			end = over_limit(pid, l, began_ns);
		if (end != END_EXIT)
			kill(-pid, SIGKILL);
	}
	kill(-pid, SIGKILL); /* what it has left behind */
	o->real_ns = host_ns() - began_ns;
	o->peak_kb = (u64)used.ru_maxrss;
	o->end = end != END_EXIT ? end : WIFSIGNALED(status) ? END_SIGNAL : END_EXIT;
	o->status = WIFSIGNALED(status) ? WTERMSIG(status) : WEXITSTATUS(status);
}

static char *said(FILE *f)
{
	char *text = calloc(1, SAID_BYTES + 1);

	shortage_on(!text, "out of memory for what a run said");
	rewind(f);
	if (fread(text, 1, SAID_BYTES, f) == 0)
		text[0] = '\0';
	return text;
}

int child_run(const struct runner *r, const char *folder, const struct argv *argv,
	      const struct limits *limits, struct outcome *o)
{
	FILE *out = tmpfile(), *err = tmpfile();
	pid_t parent = getpid(), pid;

	*o = (struct outcome){ 0 };
	child_signal_block();
	fflush(NULL);
	pid = out && err ? fork() : -1;
	if (!pid) {
		setpgid(0, 0);
		die_with(parent);
		become_run(r, folder, argv, out, err);
	}
	if (pid > 0) {
		setpgid(pid, pid);
		wait_for(pid, limits, o);
		o->out = said(out);
		o->err = said(err);
	}
	if (out)
		fclose(out);
	if (err)
		fclose(err);
	return pid > 0 ? KS_OK :
			 campaign_fail(KS_USAGE, "no process for a run: %s", strerror(errno));
}

void outcome_finish(struct outcome *o)
{
	free(o->out);
	free(o->err);
}
