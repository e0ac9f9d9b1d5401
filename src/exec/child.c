// SPDX-License-Identifier: GPL-2.0-only
/*
 * child.c - the loader's children are the host's: processes as tasks of the machine
 * there are none yet. Each way to make one says so, so that nobody takes figures for
 * what they are not. A child that became a task would come in here.
 */
#include "exec/child.h"

#include <pthread.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include "exec/process.h"
#include "sys/door.h"
#include "sys/host.h"

static void warn(const char *call)
{
	if (process_user)
		door_note("%s(): the child runs on the host, in real time: it is no task of the "
			  "machine", call);
}

/* fork() and what of the C library is made of it (daemon(), forkpty()) */
static void before_fork(void)
{
	warn("fork");
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

/* on the stack of its parent, no function could return in it */
KS_PUBLIC pid_t vfork(void)
{
	return fork();
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

#define DEFINE_SPAWN(name) \
	KS_PUBLIC int name(pid_t *pid, const char *file, const posix_spawn_file_actions_t *actions, \
			   const posix_spawnattr_t *attr, char *const argv[], char *const envp[]) \
	{ \
		warn(#name); \
		return HOST(name)(pid, file, actions, attr, argv, envp); \
	}

DEFINE_SPAWN(posix_spawn)
DEFINE_SPAWN(posix_spawnp)
