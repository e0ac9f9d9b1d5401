// SPDX-License-Identifier: GPL-2.0-only
/*
 * replace.c - a loader that becomes another program: env, nice, a shell's exec. The new one
 * gets the library as the old one did, and begins on a machine of its own:
 *
 *	exec -- env X=1 ./loader	env ──execvp()──▶ loader, a machine from the start
 *
 * Objects that the old program made are gone with its machine; if there are any, it is
 * refused, and so is a program that cannot be caught (sys/program.h).
 */
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "bpf/object.h"
#include "exec/process.h"
#include "exec/signal.h"
#include "exec/start.h"
#include "sys/door.h"
#include "sys/host.h"
#include "sys/program.h"

#define ARGS_MAX 1024

/* 0: @path may follow; else -errno, and a line */
static int check(const char *path, enum program_kind *kind)
{
	char why[1024];

	if (object_next_id(0, OBJ_PROG) || object_next_id(0, OBJ_LINK)) {
		door_note("exec(%s) by a loader that has loaded programs is not served", path);
		return -EPERM;
	}
	*kind = program_check(path, why, sizeof(why));
	if (*kind == PROGRAM_REFUSED) {
		door_note("exec(): %s %s", path, why);
		return -EPERM;
	}
	return 0;
}

/* The options begin with the old one's name; and the last "program" counts, if there is one. */
static char *options_for(const char *path, enum program_kind kind)
{
	const char *slash = strrchr(path, '/'), *rest = strchr(exec_state.start.options, '\n');
	char *text;

	return rest && asprintf(&text, START_ENV "=comm=%.15s%sprogram=%s\n",
				slash ? slash + 1 : path, rest,
				kind == PROGRAM_BARE ? path : "") > 0 ?
		       text :
		       NULL;
}

/* @env with our own two; NULL: no memory */
static char **armed_env(const char *path, enum program_kind kind, char *const env[])
{
	char **out;
	size_t n = 0, i, k = 0;

	while (env && env[n])
		n++;
	out = calloc(n + 3, sizeof(*out));
	if (!out)
		return NULL;
	for (i = 0; i < n; i++)
		if (!has_prefix(env[i], "LD_PRELOAD=") && !has_prefix(env[i], START_ENV "="))
			out[k++] = env[i];
	out[k] = options_for(path, kind);
	if (!out[k] || asprintf(&out[k + 1], "LD_PRELOAD=%s", exec_state.start.preload) < 0)
		return NULL;
	return out;
}

static int replace(const char *path, char *const argv[], char *const env[])
{
	enum program_kind kind;
	char **armed, *seat;
	int err = check(path, &kind);

	armed = err ? NULL : armed_env(path, kind, env);
	seat = armed && kind == PROGRAM_BARE ? start_seat() : NULL;
	if (!armed || (kind == PROGRAM_BARE && !seat))
		return (int)to_errno(err ? err : -ENOMEM);
	fflush(NULL);
	start_keep_fds();
	process_user = false; /* from here on as the host has it */
	signal_leave_mask();
	HOST(execve)(seat ? seat : path, argv, armed);
	process_user = true;
	free(armed);
	free(seat);
	return -1;
}

KS_PUBLIC int execve(const char *path, char *const argv[], char *const env[])
{
	return process_user ? replace(path, argv, env) : HOST(execve)(path, argv, env);
}

KS_PUBLIC int execv(const char *path, char *const argv[])
{
	return process_user ? replace(path, argv, environ) : HOST(execv)(path, argv);
}

KS_PUBLIC int execvpe(const char *name, char *const argv[], char *const env[])
{
	char path[PROGRAM_PATH_BYTES];
	int err;

	if (!process_user)
		return HOST(execvpe)(name, argv, env);
	err = program_find(name, path);
	return err ? (int)to_errno(err) : replace(path, argv, env);
}

KS_PUBLIC int execvp(const char *name, char *const argv[])
{
	return process_user ? execvpe(name, argv, environ) : HOST(execvp)(name, argv);
}

/* What stands behind @first up to NULL; false: too many */
static bool take_args(const char *first, va_list *ap, char *argv[ARGS_MAX])
{
	int n = 0;

	for (argv[0] = (char *)first; argv[n]; argv[n] = va_arg(*ap, char *))
		if (++n == ARGS_MAX)
			return false;
	return true;
}

#define DEFINE_EXECL(name, call, env)                                \
	KS_PUBLIC int name(const char *path, const char *first, ...) \
	{                                                            \
		char *argv[ARGS_MAX];                                \
		va_list ap;                                          \
		bool fits;                                           \
		int ret = -1;                                        \
                                                                     \
		va_start(ap, first);                                 \
		fits = take_args(first, &ap, argv);                  \
		if (fits)                                            \
			ret = call(path, argv, env);                 \
		else                                                 \
			errno = E2BIG;                               \
		va_end(ap);                                          \
		return ret;                                          \
	}

DEFINE_EXECL(execl, execve, environ)
DEFINE_EXECL(execlp, execvpe, environ)
DEFINE_EXECL(execle, execve, va_arg(ap, char *const *))

KS_PUBLIC int fexecve(int fd, char *const argv[], char *const env[])
{
	char path[64];

	if (!process_user)
		return HOST(fexecve)(fd, argv, env);
	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	return replace(path, argv, env);
}
