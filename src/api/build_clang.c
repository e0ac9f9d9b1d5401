// SPDX-License-Identifier: GPL-2.0-only
/*
 * build_clang.c - finding a clang that can do it, and running it. What it prints goes on
 * line by line, and is read on the way for the headers that it did not find.
 */
#include <ctype.h>
#include <errno.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>
#include "api/api.h"
#include "api/build.h"
#include "base/shortage.h"
#include "base/types.h"

/* Older ones leave the tags out of the types (btf_type_tag) that maps' pointers need. */
#define CLANG_LEAST 15
#define CLANG_NEWEST 23
#define CLANG_HOW                                                                            \
	"on Debian and Ubuntu: apt-get install clang-19 (or clang), on Fedora: dnf install " \
	"clang, on Arch: pacman -S clang"

extern char **environ;

/* ---- running a program ---- */

/*
 * Ctrl-C goes to the child; whoever waits for it has a folder to remove, and hears of it by
 * the child's end. A handler of the caller's stays.
 */
static bool shield(bool on)
{
	struct sigaction sa = { .sa_handler = on ? SIG_IGN : SIG_DFL }, was;

	return !sigaction(SIGINT, NULL, &was) && was.sa_handler == (on ? SIG_DFL : SIG_IGN) &&
	       !sigaction(SIGINT, &sa, NULL);
}

static int spawn_with(posix_spawn_file_actions_t *acts, char **argv, pid_t *pid)
{
	posix_spawnattr_t attr;
	sigset_t usual;
	int err;

	sigemptyset(&usual);
	sigaddset(&usual, SIGINT);
	sigaddset(&usual, SIGPIPE);
	posix_spawnattr_init(&attr);
	posix_spawnattr_setsigdefault(&attr, &usual);
	posix_spawnattr_setflags(&attr, POSIX_SPAWN_SETSIGDEF);
	err = posix_spawnp(pid, argv[0], acts, &attr, argv, environ);
	posix_spawnattr_destroy(&attr);
	return err;
}

/* Its standard error, and output, are read from *@out. */
static pid_t spawn(char **argv, FILE **out)
{
	posix_spawn_file_actions_t acts;
	pid_t pid = -1;
	int ends[2], err;

	if (pipe(ends))
		return -1;
	*out = fdopen(ends[0], "r");
	if (!*out) {
		err = errno;
		close(ends[0]);
		close(ends[1]);
		errno = err;
		return -1;
	}
	posix_spawn_file_actions_init(&acts);
	posix_spawn_file_actions_adddup2(&acts, ends[1], STDOUT_FILENO);
	posix_spawn_file_actions_adddup2(&acts, ends[1], STDERR_FILENO);
	posix_spawn_file_actions_addclose(&acts, ends[0]);
	posix_spawn_file_actions_addclose(&acts, ends[1]);
	err = spawn_with(&acts, argv, &pid);
	posix_spawn_file_actions_destroy(&acts);
	close(ends[1]);
	if (err) {
		fclose(*out);
		*out = NULL;
	}
	errno = err;
	return err ? -1 : pid;
}

static int reap(pid_t pid)
{
	int status;

	while (waitpid(pid, &status, 0) < 0)
		if (errno != EINTR)
			return -1;
	return status;
}

/* ---- which clang ---- */

/* "Debian clang version 19.1.7 (...)": 19; 0: it is none */
static unsigned int version_of(const char *program)
{
	char *argv[] = { (char *)program, "--version", NULL }, line[512] = "";
	const char *at;
	FILE *out;
	pid_t pid = spawn(argv, &out);

	if (pid < 0)
		return 0;
	if (!fgets(line, sizeof(line), out))
		line[0] = '\0';
	while (fgetc(out) != EOF)
		;
	fclose(out);
	if (reap(pid))
		return 0;
	at = strstr(line, "clang version ");
	return at ? strtoul(at + strlen("clang version "), NULL, 10) : 0;
}

static bool try(struct compiler *cc, const char *program)
{
	cc->version = version_of(program);
	snprintf(cc->path, sizeof(cc->path), "%s", program);
	return cc->version >= CLANG_LEAST;
}

static int take_named(struct compiler *cc, const char *named)
{
	if (try(cc, named))
		return KS_OK;
	if (cc->version)
		return api_fail(KS_USAGE, "%s is clang %u: %u or later is due; %s", named,
				cc->version, CLANG_LEAST, CLANG_HOW);
	return api_fail(KS_USAGE, "%s is no clang that can be run: its name or path is due; %s",
			named, CLANG_HOW);
}

int compiler_find(struct compiler *cc, const char *named)
{
	unsigned int v, seen = 0;
	char name[16];

	if (!named || !*named)
		named = getenv("CLANG");
	if (named && *named)
		return take_named(cc, named);
	if (try(cc, "clang"))
		return KS_OK;
	seen = cc->version;
	for (v = CLANG_NEWEST; v >= CLANG_LEAST; v--) {
		snprintf(name, sizeof(name), "clang-%u", v);
		if (try(cc, name))
			return KS_OK;
	}
	if (seen)
		return api_fail(KS_USAGE, "clang is version %u: %u or later is due; %s", seen,
				CLANG_LEAST, CLANG_HOW);
	return api_fail(KS_USAGE,
			"no clang is found (clang, clang-%u to clang-%u), which compiles "
			"sources; %s",
			CLANG_NEWEST, CLANG_LEAST, CLANG_HOW);
}

/* ---- what it says ---- */

/* "x.bpf.c:3:10: fatal error: 'a/b.h' file not found" */
static void note_missing(struct compiler_log *log, const char *line)
{
	const char *end = strstr(line, "' file not found"), *at;

	at = strstr(line, "error: '");
	if (!end || !at || log->missing[0])
		return;
	at += strlen("error: '");
	if (end > at)
		snprintf(log->missing, sizeof(log->missing), "%.*s", (int)(end - at), at);
}

static void take_line(struct compiler_log *log, char *line)
{
	line[strcspn(line, "\n")] = '\0';
	log->nr_errors += !!strstr(line, " error: ");
	note_missing(log, line);
	if (log->log)
		log->log(log->arg, KS_WARNING, line);
	else
		fprintf(stderr, "%s\n", line);
}

int compiler_run(const struct compiler *cc, char **argv, struct compiler_log *log)
{
	char *line = NULL;
	size_t size = 0;
	bool shielded = shield(true);
	int status;
	FILE *out;
	pid_t pid = spawn(argv, &out);

	if (pid < 0 && shielded)
		shield(false);
	if (pid < 0)
		return api_fail(KS_USAGE, "%s cannot be run: %s", cc->path, strerror(errno));
	while (getline(&line, &size, out) > 0)
		take_line(log, line);
	shortage_on(!feof(out), "out of memory for what %s says", cc->path);
	free(line);
	fclose(out);
	status = reap(pid);
	if (shielded)
		shield(false);
	if (WIFSIGNALED(status) && (WTERMSIG(status) == SIGINT || WTERMSIG(status) == SIGTERM))
		return api_fail(KS_INTERRUPTED, "interrupted while %s ran", cc->path);
	return status ? KS_USAGE : KS_OK;
}
