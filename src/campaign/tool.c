// SPDX-License-Identifier: GPL-2.0-only
/* tool.c - other programs, of Slurm and git: run, waited for, and what they print kept. */
#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/file_text.h"
#include "base/shortage.h"
#include "campaign/campaign.h"

static void __noreturn become(const struct argv *argv, FILE *out, pid_t parent)
{
	sigset_t none;

	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	signal(SIGPIPE, SIG_DFL);
	signal(SIGXFSZ, SIG_DFL);
	die_with(parent);
	dup2(fileno(out), STDOUT_FILENO);
	dup2(fileno(out), STDERR_FILENO);
	child_close_files();
	execvp(argv->at[0], argv->at);
	_exit(127);
}

static char *all_of(FILE *f)
{
	char *text;

	rewind(f);
	text = stream_text(f, SIZE_MAX, NULL);
	return text ? text : strdup("");
}

int tool_run(const struct argv *argv, char **said)
{
	FILE *out = tmpfile();
	pid_t parent = getpid(), pid, ret = -1;
	int status = 0;

	fflush(NULL);
	pid = out ? fork() : -1;
	if (!pid)
		become(argv, out, parent);
	while (pid > 0 && (ret = waitpid(pid, &status, 0)) < 0 && errno == EINTR)
		;
	*said = out ? all_of(out) : strdup("");
	shortage_on(!*said, "out of memory for what a program said");
	if (out)
		fclose(out);
	if (ret != pid || pid < 0)
		return -1;
	return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

const char *tool_line(const char *said, char *buf, size_t size)
{
	snprintf(buf, size, "%.*s", (int)strcspn(said, "\n"), said);
	return buf;
}
