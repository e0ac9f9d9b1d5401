// SPDX-License-Identifier: GPL-2.0-only
/*
 * sandbox.c - see sandbox.h. What stays allowed is the list of sandbox_calls.c, and is in
 * docs/security.md.
 */
#include "sandbox.h"

#include <errno.h>
#include <fcntl.h>
#include <jansson.h>
#include <linux/filter.h>
#include <linux/landlock.h>
#include <linux/seccomp.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>
#include "cli.h"
#include "sandbox_filter.h" /* sandbox_calls.c has the list */

/* ---- seccomp ---- */

#define NR(a) (sizeof(a) / sizeof((a)[0]))

/* Only what a handler may do. */
static void on_stopped(int sig, siginfo_t *info, void *context)
{
	char line[] =
		"kickstand: the sandbox has stopped system call 0000: a bug of kickstand, or "
		"an object that broke out (docs/security.md); --no-sandbox runs without\n";
	char *digit = strstr(line, "0000:") + 3;
	ssize_t n;

	for (int nr = info->si_syscall, i = 0; i < 4; i++, nr /= 10)
		*digit-- = '0' + nr % 10;
	n = write(STDERR_FILENO, line, sizeof(line) - 1);
	_exit(n < 0 ? KS_USAGE : STATUS_STOPPED);
}

static bool filter_calls(const struct sandbox *s)
{
	struct sigaction sa = { .sa_sigaction = on_stopped, .sa_flags = SA_SIGINFO };
	struct sock_fprog prog = {
		.len = s->writes ? NR(filter_opens) :
		       s->reads	 ? NR(filter_reads) :
				   NR(filter_none),
		.filter = (struct sock_filter *)(s->writes ? filter_opens :
						 s->reads  ? filter_reads :
							     filter_none),
	};

	sigaction(SIGSYS, &sa, NULL);
	return !syscall(__NR_seccomp, SECCOMP_SET_MODE_FILTER, 0, &prog);
}

/* ---- Landlock ---- */

#define ACCESS_READ (LANDLOCK_ACCESS_FS_READ_FILE | LANDLOCK_ACCESS_FS_READ_DIR)
#define ACCESS_OUTPUT                                                   \
	(LANDLOCK_ACCESS_FS_MAKE_REG | LANDLOCK_ACCESS_FS_REMOVE_FILE | \
	 LANDLOCK_ACCESS_FS_WRITE_FILE)

static void let_beneath(int rules, const char *path, uint64_t access)
{
	struct landlock_path_beneath_attr at = {
		.allowed_access = access,
		.parent_fd = open(path, O_PATH | O_CLOEXEC),
	};

	if (at.parent_fd < 0)
		return;
	syscall(__NR_landlock_add_rule, rules, LANDLOCK_RULE_PATH_BENEATH, &at, 0);
	close(at.parent_fd);
}

static void let_name(int rules, const char *output)
{
	char folder[4096];
	const char *slash = output ? strrchr(output, '/') : NULL;

	if (!output || !strcmp(output, "-"))
		return;
	snprintf(folder, sizeof(folder), "%.*s", slash ? (int)(slash - output + 1) : 1,
		 slash ? output : ".");
	let_beneath(rules, folder, ACCESS_OUTPUT);
	let_beneath(rules, output, LANDLOCK_ACCESS_FS_WRITE_FILE); /* a device, a pipe */
}

/* Names of files change in the folders of outputs alone. */
static bool restrict_files(const struct sandbox *s)
{
	struct landlock_ruleset_attr attr = { .handled_access_fs = (1ULL << 13) - 1 };
	int rules = (int)syscall(__NR_landlock_create_ruleset, &attr, sizeof(attr), 0);
	bool ok;

	if (rules < 0)
		return false;
	for (size_t i = 0; i < NR(s->outputs); i++)
		let_name(rules, s->outputs[i]);
	if (s->reads)
		let_beneath(rules, "/", ACCESS_READ);
	ok = !syscall(__NR_landlock_restrict_self, rules, 0);
	close(rules);
	return ok;
}

/* ---- both ---- */

static void say(const struct sandbox *s, const char *line)
{
	if (s->say)
		fprintf(s->say, "sandbox: %s\n", line);
}

void sandbox_enter(const struct sandbox *s)
{
	bool nnp, files, calls;

	if (s->off)
		return say(s, "off, by --no-sandbox");
	if (SANDBOX_LEFT_OUT)
		return say(s, "off, as in every build with a sanitizer or for coverage");
	json_object_seed(0); /* it opens a device for that, at the first object */
	nnp = !prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
	files = nnp && restrict_files(s);
	calls = filter_calls(s);
	if (s->say && !(nnp && files && calls))
		fprintf(s->say, "sandbox: this system lacks%s%s%s\n", nnp ? "" : " no_new_privs",
			files ? "" : " Landlock", calls ? "" : " seccomp");
}
