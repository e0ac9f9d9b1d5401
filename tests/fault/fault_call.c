// SPDX-License-Identifier: GPL-2.0-only
/*
 * fault_call.c - runs a program in which one system call fails, or is another one.
 *
 *	fault_call NTH ERRNO CALLS PROGRAM ARGS...	the NTH of CALLS fails; 0: each of them
 *	fault_call NTH as:CALL CALLS PROGRAM ARGS...	it becomes CALL
 *	fault_call NTH ERRNO CALLS@CALL PROGRAM ...	counted from the first CALL on
 *
 * CALLS: names, by commas. How many there were is written to the file $FAULT_COUNT. The
 * exit status is the program's, 128 and the signal if one ended it, 77 if the host lets nobody
 * trace. Its children are followed, too.
 */
#include <errno.h>
#include <seccomp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/types.h>
#include <sys/wait.h>
#include <unistd.h>

#if defined(__x86_64__)
#include <sys/user.h>

#define CALLS_MAX 32
#define PIDS_MAX 64

static long calls[CALLS_MAX], from_call = -1, as_call = -1, nth, nr_seen;
static int nr_calls, err;
static pid_t first;

static struct tracee {
	pid_t pid;
	int inside, fails; /* between entry and return; with @err */
} tracees[PIDS_MAX];

static long call_number(const char *name)
{
	long nr = seccomp_syscall_resolve_name(name);

	if (nr < 0)
		fprintf(stderr, "fault_call: no system call '%s' here\n", name), exit(99);
	return nr;
}

static void read_calls(char *list)
{
	char *from = strchr(list, '@');

	if (from) {
		*from = '\0';
		from_call = call_number(from + 1);
	}
	for (char *name = strtok(list, ","); name && nr_calls < CALLS_MAX; name = strtok(NULL, ","))
		calls[nr_calls++] = call_number(name);
}

static struct tracee *tracee_of(pid_t pid)
{
	struct tracee *spare = NULL;

	for (int i = 0; i < PIDS_MAX; i++) {
		if (tracees[i].pid == pid)
			return &tracees[i];
		if (!spare && !tracees[i].pid)
			spare = &tracees[i];
	}
	if (!spare)
		exit(99);
	*spare = (struct tracee){ .pid = pid };
	return spare;
}

static int is_wanted(long nr)
{
	if (from_call >= 0) {
		if (nr == from_call)
			from_call = -1;
		return 0;
	}
	for (int i = 0; i < nr_calls; i++)
		if (calls[i] == nr)
			return ++nr_seen == nth || !nth;
	return 0;
}

/* What is to fail becomes a call that does nothing, which a filter lets through. */
static void at_entry(struct tracee *t, struct user_regs_struct *regs)
{
	if (!is_wanted((long)regs->orig_rax))
		return;
	t->fails = as_call < 0;
	regs->orig_rax = t->fails ? call_number("getpid") : as_call;
	ptrace(PTRACE_SETREGS, t->pid, 0, regs);
}

static void at_call(struct tracee *t)
{
	struct user_regs_struct regs;

	ptrace(PTRACE_GETREGS, t->pid, 0, &regs);
	t->inside = !t->inside;
	if (t->inside) {
		at_entry(t, &regs);
	} else if (t->fails) {
		t->fails = 0;
		regs.rax = -(unsigned long long)err;
		ptrace(PTRACE_SETREGS, t->pid, 0, &regs);
	}
}

static int stopped(struct tracee *t, int status)
{
	int sig = WSTOPSIG(status);

	if (sig == (SIGTRAP | 0x80)) {
		at_call(t);
		return 0;
	}
	if (status >> 16 == PTRACE_EVENT_EXEC)
		t->inside = 1; /* its return is yet to come */
	return status >> 16 || sig == SIGSTOP ? 0 : sig;
}

static int follow(void)
{
	int status, last = 99;
	pid_t pid;

	while ((pid = wait4(-1, &status, __WALL, NULL)) > 0) {
		struct tracee *t = tracee_of(pid);

		if (WIFSTOPPED(status)) {
			ptrace(PTRACE_SYSCALL, pid, 0, stopped(t, status));
			continue;
		}
		t->pid = 0;
		if (pid == first)
			last = WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
	}
	return last;
}

static void report_count(void)
{
	const char *path = getenv("FAULT_COUNT");
	FILE *f = path ? fopen(path, "w") : NULL;

	if (f) {
		fprintf(f, "%ld\n", nr_seen);
		fclose(f);
	}
}

int main(int argc, char **argv)
{
	int status;

	if (argc < 5)
		return 99;
	nth = atol(argv[1]);
	if (!strncmp(argv[2], "as:", 3))
		as_call = call_number(argv[2] + 3);
	else
		err = atoi(argv[2]);
	read_calls(argv[3]);
	first = fork();
	if (!first) {
		if (ptrace(PTRACE_TRACEME, 0, 0, 0))
			_exit(77);
		raise(SIGSTOP);
		execv(argv[4], argv + 4);
		_exit(99);
	}
	if (waitpid(first, &status, 0) < 0 || !WIFSTOPPED(status))
		return WIFEXITED(status) ? WEXITSTATUS(status) : 77;
	if (ptrace(PTRACE_SETOPTIONS, first, 0,
		   PTRACE_O_TRACESYSGOOD | PTRACE_O_TRACEFORK | PTRACE_O_TRACEVFORK |
			   PTRACE_O_TRACECLONE | PTRACE_O_TRACEEXEC | PTRACE_O_EXITKILL))
		return 77;
	ptrace(PTRACE_SYSCALL, first, 0, 0);
	status = follow();
	report_count();
	return status;
}
#else
int main(void)
{
	return 77;
}
#endif
