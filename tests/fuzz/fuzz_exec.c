// SPDX-License-Identifier: GPL-2.0-only
/*
 * fuzz_exec.c - what a loader may ask of the machine under `kickstand exec`, from bytes
 * (loader/calls.c): by the C library and by its own instructions, dynamic and static. A run
 * must end, and by no fault: the loader has no wild pointers. What it is told must be the
 * same twice.
 *
 * The machine is in the loader's process, where no fuzzer sees which code runs; how each call
 * ended is what tells inputs apart.
 */
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>
#include <time.h>
#include "fuzz.h"

#define OUT_BYTES 65536
#define RUN_MS 60000

/* libFuzzer looks at these as at branches */
__attribute__((section("__libfuzzer_extra_counters"))) static u8 seen[4096];

struct told {
	char out[OUT_BYTES], err[OUT_BYTES];
	int status;
};

static struct told first, second;

static const char *wanted(const char *name)
{
	const char *value = getenv(name);

	if (!value) {
		fprintf(stderr, "fuzz_exec: %s is not set: run by `make fuzz` or the test suite\n",
			name);
		exit(2);
	}
	return value;
}

static void finding(const char *what, const struct told *t)
{
	fprintf(stderr, "fuzz_exec: %s; exit status %d\n%s\n%s\n", what, t->status, t->out, t->err);
	abort();
}

/* ---- one run ---- */

static pid_t start(const char *loader, const char *path, int out, int err)
{
	char *argv[] = { "kickstand", "exec", "--quiet",      "--cpus",	    "3", "--duration",
			 "50ms",      "--",   (char *)loader, (char *)path, NULL };
	posix_spawn_file_actions_t to;
	pid_t pid;
	int failed;

	posix_spawn_file_actions_init(&to);
	posix_spawn_file_actions_addopen(&to, 0, "/dev/null", O_RDONLY, 0);
	posix_spawn_file_actions_adddup2(&to, out, 1);
	posix_spawn_file_actions_adddup2(&to, err, 2);
	failed = posix_spawn(&pid, wanted("KICKSTAND"), &to, NULL, argv, environ);
	posix_spawn_file_actions_destroy(&to);
	if (failed)
		finding("kickstand does not start", &first);
	return pid;
}

static int wait_for(pid_t pid)
{
	const struct timespec ms = { .tv_nsec = 1000000 };
	int status;

	for (int i = 0; i < RUN_MS; i++) {
		if (waitpid(pid, &status, WNOHANG) == pid)
			return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
		nanosleep(&ms, NULL);
	}
	kill(pid, SIGTERM);
	waitpid(pid, &status, 0);
	return 124;
}

static void take(int fd, char text[OUT_BYTES])
{
	ssize_t n = pread(fd, text, OUT_BYTES - 1, 0);

	text[n < 0 ? 0 : n] = 0;
	close(fd);
}

static void run(const char *loader, const char *path, struct told *t)
{
	int out = memfd_create("out", MFD_CLOEXEC), err = memfd_create("err", MFD_CLOEXEC);

	t->status = wait_for(start(loader, path, out, err));
	take(out, t->out);
	take(err, t->err);
}

/* ---- what came of it ---- */

static void judge(const struct told *t)
{
	if (t->status == 124)
		finding("it does not end", t);
	if (t->status >= 128 || (t->status != 0 && t->status != 3))
		finding("it ended in no documented way", t);
	if (strstr(t->err, "bug at") || strstr(t->err, "Sanitizer") ||
	    strstr(t->err, "runtime error:"))
		finding("a failed check", t);
	if (t->status == 3 && strstr(t->err, "died of signal"))
		finding("the loader was killed", t);
}

/* Children live in the host's time, and so SIGCHLD comes. */
static bool made_child(const char *text)
{
	return strstr(text, "child ");
}

/* each line, and which follows which */
static void count_seen(const char *text)
{
	u32 h = 0, before = 0;

	for (; *text; text++) {
		h = h * 31 + (u8)*text;
		if (*text != '\n')
			continue;
		seen[h % sizeof(seen)] = 1;
		seen[(h ^ before >> 1) % sizeof(seen)] = 1;
		before = h;
		h = 0;
	}
}

int LLVMFuzzerTestOneInput(const u8 *data, size_t size)
{
	const char *loader = size && data[0] & 1 ? getenv("STATIC_CALLS") : NULL;
	char path[] = "/tmp/fuzz_exec-XXXXXX";
	int fd = mkstemp(path);

	if (!loader)
		loader = wanted("CALLS");
	if (fd < 0 || (size && write(fd, data + 1, size - 1) != (ssize_t)size - 1))
		abort();
	close(fd);
	memset(seen, 0, sizeof(seen));
	run(loader, path, &first);
	run(loader, path, &second);
	unlink(path);
	judge(&first);
	if (!made_child(first.out) &&
	    (first.status != second.status || strcmp(first.out, second.out))) {
		fprintf(stderr, "%s\n", first.out);
		finding("two runs differ", &second);
	}
	count_seen(first.out);
	return 0;
}
