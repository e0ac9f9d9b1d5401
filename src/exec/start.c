// SPDX-License-Identifier: GPL-2.0-only
/*
 * start.c - the library's constructor, in the loader's process, before the loader's
 * main(): the machine is made, and the rest of the process happens on it. Options
 * come from `kickstand exec` (cli/exec.c) in one environment variable, a line each:
 *
 *	KICKSTAND_EXEC=comm=scx_simple\nduration=1000000000\ncpus=8\n...
 *
 * Without the variable the library does nothing.
 */
#include <errno.h>
#include <fcntl.h>
#include <kickstand.h>
#include <link.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <sys/uio.h>
#include "base/shortage.h"
#include "base/region.h"
#include "exec/bare.h"
#include "exec/child.h"
#include "exec/endless.h"
#include "exec/ident.h"
#include "exec/process.h"
#include "exec/start.h"
#include "exec/trap.h"
#include "kern/ext/ext.h"
#include "kern/machine.h"
#include "sys/door.h"
#include "sys/host.h"
#include "sys/program.h"

#define GRACE_NS 10000000000ULL /* after SIGINT, until the machine ends without the loader */

#define S (&exec_state.start)

static void __noreturn end_host_process(int status)
{
	fflush(NULL);
	HOST(_exit)(status);
	abort();
}

/* ---- what a program of the loader's may read of it (bpf_probe_read_user()) ---- */

static int find_library(struct dl_phdr_info *info, size_t size, void *arg)
{
	u64 here = (u64)&exec_state, begin = ~0ULL, end = 0;
	int i;

	for (i = 0; i < info->dlpi_phnum; i++) {
		const ElfW(Phdr) *ph = &info->dlpi_phdr[i];
		u64 at = info->dlpi_addr + ph->p_vaddr;

		if (ph->p_type != PT_LOAD)
			continue;
		begin = min(begin, at);
		end = max(end, at + ph->p_memsz);
	}
	if (here < begin || here >= end)
		return 0;
	S->library.begin = begin;
	S->library.end = end;
	return 1;
}

static bool touches(u64 src, u32 size, u64 begin, u64 end)
{
	return src + size > begin && src < end;
}

/* The loader's memory, as far as it is the loader's: the machine and its guests are elsewhere. */
static bool read_loader(void *dst, u64 src, u32 size)
{
	struct iovec to = { dst, size }, from = { (void *)(uintptr_t)src, size };

	if (touches(src, size, REGION_HOST_BASE, REGION_BASE + REGION_SIZE) ||
	    touches(src, size, S->library.begin, S->library.end))
		return false;
	return process_vm_readv(getpid(), &to, 1, &from, 1, 0) == (ssize_t)size;
}

static void log_line(void *arg, enum ks_level level, const char *line)
{
	if (level == KS_DEBUG ? S->verbose < 2 : level == KS_INFO && S->verbose < 1)
		return;
	fprintf(stderr, level == KS_WARNING ? "kickstand: warning: %s\n" : "%s\n", line);
}

static void take(const char *name, const char *value)
{
	unsigned long long n = strtoull(value, NULL, 10);

	if (!strcmp(name, "comm"))
		S->comm = value;
	else if (!strcmp(name, "program"))
		S->program = *value ? value : NULL;
	else if (!strcmp(name, "duration"))
		S->duration_ns = n;
	else if (!strcmp(name, "workload"))
		S->workload = value;
	else if (!strcmp(name, "verbose"))
		S->verbose = atoi(value);
	else if (!strcmp(name, "json"))
		S->json_fd = atoi(value);
	else if (!strcmp(name, "caught"))
		S->caught_fd = atoi(value);
	else if (!strcmp(name, "aside"))
		S->summary_aside = n;
	else if (!strcmp(name, "kernel"))
		S->machine.kernel = value;
	else if (!strcmp(name, "topology"))
		S->machine.topology = value;
	else if (!strcmp(name, "cpus"))
		S->machine.cpus = (unsigned int)n;
	else if (!strcmp(name, "seed"))
		S->machine.seed = n;
	else if (!strcmp(name, "preempt"))
		S->machine.preempt = value;
	else if (!strcmp(name, "nohz_full"))
		S->machine.nohz_full = value;
	else if (!strcmp(name, "interpret"))
		S->machine.interpret = (int)n;
	else if (!strcmp(name, "kthreads"))
		S->machine.kthreads = value;
	else if (!strcmp(name, "hz"))
		S->machine.hz = (unsigned int)n;
	else if (!strcmp(name, "partial"))
		S->machine.partial = (int)n;
	else if (!strcmp(name, "trace"))
		S->machine.trace = value;
	else if (!strcmp(name, "html"))
		S->machine.html = value;
	else if (!strcmp(name, "hash"))
		S->machine.hash = (int)n;
	else if (!strcmp(name, "options"))
		S->machine.options = value;
	else if (!strcmp(name, "starvation"))
		S->machine.starvation_ns = n;
	else if (!strcmp(name, "strict"))
		S->strict = n;
	else if (!strcmp(name, "check"))
		S->machine.check_every = (unsigned int)n;
	else if (!strcmp(name, "memory"))
		S->machine.max_memory = n;
}

static void close_on_exec(bool on)
{
	if (S->caught_fd >= 0)
		fcntl(S->caught_fd, F_SETFD, on ? FD_CLOEXEC : 0);
	if (S->json_fd >= 0)
		fcntl(S->json_fd, F_SETFD, on ? FD_CLOEXEC : 0);
}

void start_keep_fds(void)
{
	close_on_exec(false);
}

char *start_seat(void)
{
	const char *colon = strrchr(S->preload, ':'); /* a sanitizer's comes before ours */
	const char *begin = colon ? colon + 1 : S->preload, *slash = strrchr(begin, '/');
	char *path;

	return asprintf(&path, "%.*s" PROGRAM_SEAT, slash ? (int)(slash + 1 - begin) : 0, begin) <
			       0 ?
		       NULL :
		       path;
}

/*
 * The loader's own children run on the host: nothing of this is for them. The list of
 * variables keeps its length: who looks behind its end for what the kernel put there finds it.
 */
static void hide_variables(char **env)
{
	size_t n;

	for (; *env; env++) {
		n = strcspn(*env, "=") + 1;
		if (!strncmp(*env, START_ENV "=", n) || !strncmp(*env, "LD_PRELOAD=", n))
			*env = "KICKSTAND=1";
	}
}

static bool read_options(char **env_list)
{
	const char *env = getenv(START_ENV), *library = getenv("LD_PRELOAD");
	char *text, *line, *save, *value;

	if (!env || !library)
		return false;
	text = strdup(env);
	S->options = strdup(env);
	S->preload = strdup(library);
	hide_variables(env_list);
	if (!text || !S->options || !S->preload)
		return false;
	for (line = strtok_r(text, "\n", &save); line; line = strtok_r(NULL, "\n", &save)) {
		value = strchr(line, '=');
		if (!value)
			continue;
		*value++ = 0;
		take(line, value);
	}
	return true;
}

/* ---- the end ---- */

static int complain(int status, const char *line)
{
	fprintf(stderr, "kickstand: %s\n", line);
	return status;
}

static int write_json(void)
{
	FILE *f = S->json_fd < 0 ? NULL : fdopen(S->json_fd, "w");
	char line[256];
	int err;

	if (S->json_fd < 0)
		return KS_OK;
	err = !f || ks_machine_json(S->km, f) ? errno : 0;
	if (f && fclose(f) && !err)
		err = errno;
	if (!err)
		return KS_OK;
	snprintf(line, sizeof(line), "the JSON summary cannot be written: %s", strerror(err));
	return complain(KS_USAGE, line);
}

static int report(void)
{
	int err = write_json();

	if (!err && S->verbose >= 0 &&
	    ks_machine_summary(S->km, S->summary_aside ? stderr : stdout))
		err = complain(KS_USAGE, ks_error());
	if (!err && ks_machine_finish_trace(S->km))
		err = complain(KS_USAGE, ks_error());
	return err;
}

/* --strict: of a run in which there never was a scheduler there is nothing to judge. */
static int judge(void)
{
	if (!S->strict)
		return KS_OK;
	if (!scx.ever_enabled)
		return complain(KS_USAGE,
				"--strict: the loader enabled no scheduler, so nothing was judged");
	return ks_machine_verdict(S->km, NULL, NULL) ? complain(KS_FAILED, ks_error()) : KS_OK;
}

/* What the machine came to is worth more than what the loader says about it. */
static int verdict(int status)
{
	char line[128];

	if (status)
		return complain(status, ks_error());
	if (process_status() == PROCESS_RUNS)
		return complain(KS_OK, "warning: the loader did not end after SIGINT");
	if (!process_status())
		return KS_OK;
	snprintf(line, sizeof(line), "the loader ended with status %d", process_status());
	return complain(KS_LOAD, line);
}

/* on a stack of its own: runs the machine, with the loader on it, to its end */
static void direct(void *arg)
{
	int status, err;

	machine_run(machine, PROCESS_BOOT_NS);
	status = ks_machine_run(S->km, S->duration_ns + GRACE_NS);
	fflush(NULL);
	err = status == KS_USAGE ? KS_OK : report();
	status = verdict(status);
	if (!status && !err)
		err = judge();
	end_host_process(status ? status : err);
}

static void end_short(void)
{
	end_host_process(KS_USAGE);
}

static void at_exit(int status, void *arg)
{
	if (process_user)
		process_exit(status);
}

KS_PUBLIC void _exit(int status)
{
	if (process_user)
		process_exit(status);
	HOST(_exit)(status);
	abort();
}

KS_PUBLIC void _Exit(int status)
{
	_exit(status);
}

/* To whoever waits for the loader: whatever comes of it, the library is there. */
static void say_here(void)
{
	if (S->caught_fd >= 0 && HOST(write)(S->caught_fd, "1", 1) != 1)
		end_host_process(complain(KS_USAGE, "nobody waits for the loader"));
	close_on_exec(true);
}

/* To people who ask for more. */
static void say_caught(void)
{
	if (S->verbose > 0)
		fprintf(stderr, "kickstand: %s is caught: it runs on kernel %s with %u CPUs\n",
			S->comm, machine->prof->name, machine->nr_cpu_ids);
}

/*
 * What the kernel told the program at its start. Go reads the clock by the vdso's code,
 * which makes no system call that could be caught: without its address it makes one. Its
 * random numbers begin with the kernel's 16 bytes. The C library has used both by now.
 */
static void tame_auxv(char **env)
{
	ElfW(auxv_t) * aux;

	while (*env)
		env++;
	for (aux = (void *)(env + 1); aux->a_type != AT_NULL; aux++) {
		if (aux->a_type == AT_SYSINFO_EHDR)
			aux->a_type = AT_IGNORE;
		else if (aux->a_type == AT_RANDOM)
			ident_random((void *)aux->a_un.a_val, 16);
	}
}

/* ---- a loader that the library is not in (bare.c) ---- */

static void load_program(char **argv, char **env)
{
	char line[512];
	int err = S->program ? bare_load(S->program, argv, env) : 0;

	if (!err)
		return;
	snprintf(line, sizeof(line), "%s cannot be mapped: %s", S->program,
		 err == -ENOEXEC ? "it is damaged, or names a damaged interpreter" :
		 err == -EEXIST	 ? "something of kickstand is where it wants to be" :
				   strerror(-err));
	end_host_process(complain(KS_USAGE, line));
}

/* Without the timer, one that computes for ever does so without end. */
static void begin_look(void)
{
	int err = endless_begin();

	if (err && S->verbose > 0)
		fprintf(stderr, "kickstand: whether %s computes for ever is not looked at: %s\n",
			S->comm, strerror(-err));
}

/* Others make their system calls through the C library, as a rule: any of their own is then lost. */
static void begin_trap(void)
{
	int err = trap_begin();
	char line[512];

	if (!err) {
		begin_look();
		return;
	}
	if (!S->program) {
		if (S->verbose > 0)
			fprintf(stderr,
				"kickstand: system calls that %s makes without the C library go to the host: %s\n",
				S->comm, strerror(-err));
		return;
	}
	snprintf(line, sizeof(line),
		 "%s is linked statically, or without glibc, and this host's kernel does "
		 "not let its system calls be caught (syscall user dispatch, Linux 5.11): %s",
		 S->program, strerror(-err));
	end_host_process(complain(KS_USAGE, line));
}

__attribute__((constructor)) static void start(int argc, char **argv, char **env)
{
	enum ks_status status;
	int err;

	exec_reset();
	if (!read_options(env))
		return;
	shortage_ends_by(end_short);
	say_here();
	err = process_prepare();
	if (err)
		end_host_process(complain(KS_USAGE, strerror(-err)));
	S->machine.log = log_line;
	dl_iterate_phdr(find_library, NULL);
	S->km = ks_machine_create(&S->machine, &status);
	if (!S->km)
		end_host_process(complain(status, ks_error()));
	machine->read_user = read_loader;
	err = ks_machine_workload(S->km, S->workload);
	if (err)
		end_host_process(complain(err, ks_error()));
	tame_auxv(env);
	load_program(argv, env);
	begin_trap();
	say_caught();
	child_begin();
	on_exit(at_exit, NULL);
	err = process_start(S->comm, S->duration_ns, direct, NULL);
	if (err)
		end_host_process(complain(KS_USAGE, strerror(-err)));
	if (S->program)
		bare_run();
}
