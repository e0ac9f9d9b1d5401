// SPDX-License-Identifier: GPL-2.0-only
/*
 * child.c - the loader's children are the host's: processes as tasks of the machine
 * there are none yet. Each way to make one says so, so that nobody takes figures for
 * what they are not. A child that became a task would come in here.
 */
#include "exec/child.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/pidfd.h>
#include <sys/wait.h>
#include <unistd.h>

#include "exec/process.h"
#include "sys/door.h"
#include "sys/host.h"

static void warn(const char *call)
{
	if (process_user)
		door_note(
			"%s(): the child runs on the host, in real time: it is no task of the "
			"machine",
			call);
}

/* fork() and what of the C library is made of it (daemon(), forkpty()) */
static void before_fork(void)
{
	warn(exec_state.fork_name);
}

/* A child has a copy of the machine, which is none of its business. */
static void in_child(void)
{
	process_user = false;
	door_active = false;
}

void child_begin(void)
{
	pthread_atfork(before_fork, NULL, in_child);
}

bool child_is(pid_t pid)
{
	siginfo_t info;

	return pid > 0 && !waitid(P_PID, (id_t)pid, &info, WEXITED | WNOHANG | WNOWAIT);
}

int child_pidfd(pid_t pid)
{
	return HOST(pidfd_open)(pid, 0);
}

/* The child's copy of @fd goes when it becomes another program, or exits. */
static void wait_for_eof(int fd)
{
	char c;

	while (HOST(read)(fd, &c, 1) < 0 && errno == EINTR)
		;
}

/*
 * On the stack of its parent, no function could return in the child; so it has its own
 * memory. Its parent stands still until it is another program, as it must.
 */
pid_t child_vfork(void)
{
	int ends[2], saved;
	pid_t pid;

	if (pipe2(ends, O_CLOEXEC))
		return -1;
	exec_state.fork_name = "vfork";
	pid = fork();
	exec_state.fork_name = "fork";
	if (!pid)
		return 0;
	saved = errno;
	HOST(close)(ends[1]);
	if (pid > 0)
		wait_for_eof(ends[0]);
	HOST(close)(ends[0]);
	errno = saved;
	return pid;
}

KS_PUBLIC pid_t vfork(void)
{
	return child_vfork();
}

KS_PUBLIC int system(const char *command)
{
	warn("system");
	return HOST(system)(command);
}

KS_PUBLIC FILE *popen(const char *command, const char *mode)
{
	warn("popen");
	return HOST(popen)(command, mode);
}

#define DEFINE_SPAWN(name)                                                                        \
	KS_PUBLIC int name(pid_t *pid, const char *file,                                          \
			   const posix_spawn_file_actions_t *actions,                             \
			   const posix_spawnattr_t *attr, char *const argv[], char *const envp[]) \
	{                                                                                         \
		warn(#name);                                                                      \
		return HOST(name)(pid, file, actions, attr, argv, envp);                          \
	}

DEFINE_SPAWN(posix_spawn)
DEFINE_SPAWN(posix_spawnp)
