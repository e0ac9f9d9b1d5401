// SPDX-License-Identifier: GPL-2.0-only
/*
 * exec.c - `kickstand exec`: start a scheduler's own loader with our library in its
 * process, wait for it. What happens there is src/exec/start.c's.
 */
#include <errno.h>
#include <fcntl.h>
#include <link.h>
#include <poll.h>
#include <signal.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/personality.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>
#include "base/text_stream.h"
#include "cli.h"

#define PRELOAD "libkickstand-preload.so"
#define SEAT "kickstand-seat" /* beside it: what a program without it is mapped into */
#define PATH_BYTES 4096
#define COMM_LEN 15

static const char help_text[] =
	"usage: kickstand exec [options] -- LOADER ARGS...\n\n"
	"Run LOADER, a scheduler's own program, unmodified on a simulated machine. It sees\n"
	"the machine's CPUs, clocks and bpf(2); at --duration it gets SIGINT.\n\n"
	"  --kernel V, --cpus N, --topology SPEC, --duration T, --workload W, --seed N,\n"
	"  --partial, --preempt MODEL, --nohz-full CPUS, --kthreads WORD, --hz N, --trace FILE,\n"
	"  --html FILE, --json FILE, --hash, --check[=N], --quiet, --strict, --starvation T,\n"
	"  --max-memory SIZE, --interp, -v  as for kickstand run\n\n"
	"LOADER must be for this architecture, and not setuid; one that is linked statically, or not\n"
	"with glibc, needs x86-64 and Linux 5.11. Any other is refused before it starts.\n\n"
	"Exit status: 0 the loader ended well; 1 with --strict, the verdict is not ok; 2 bad usage,\n"
	"or a loader that cannot be caught; 3 the loader failed; 4 the scheduler was ejected; 5 the machine locked up.\n";

/* What is to run, and by which means. */
struct loader {
	char **argv;
	char path[PATH_BYTES]; /* of one that is mapped into the seat; "" */
	char library[PATH_BYTES], seat[PATH_BYTES + sizeof(SEAT)];
};

/* ---- finding the library ---- */

/* beside the program (a build), or where `make install` puts it */
static bool find_library(char path[PATH_BYTES])
{
	char exe[PATH_BYTES] = "", *slash;
	const char *dirs[] = { exe, exe, KS_LIBDIR }, *below[] = { "", "/../lib/kickstand", "" };
	size_t i;

	if (readlink("/proc/self/exe", exe, sizeof(exe) - 1) < 0)
		return false;
	slash = strrchr(exe, '/');
	if (slash)
		*slash = 0;
	for (i = 0; i < sizeof(dirs) / sizeof(dirs[0]); i++) {
		if (snprintf(path, PATH_BYTES, "%s%s/" PRELOAD, dirs[i], below[i]) < PATH_BYTES &&
		    !access(path, R_OK))
			return true;
	}
	return false;
}

/* ---- a build with AddressSanitizer: its library must be the first of all ---- */

#ifdef KICKSTAND_INSTRUMENTED
static int find_runtime(struct dl_phdr_info *info, size_t size, void *arg)
{
	const char **path = arg;

	if (!strstr(info->dlpi_name, "/libasan.so"))
		return 0;
	*path = info->dlpi_name;
	return 1;
}

static void preload(const char *library)
{
	const char *runtime = NULL;
	char *list = NULL;

	dl_iterate_phdr(find_runtime, &runtime);
	if (!runtime || asprintf(&list, "%s:%s", runtime, library) < 0)
		list = NULL;
	setenv("LD_PRELOAD", list ? list : library, 1);
	free(list);
	/* whatever the loader leaves is its own affair */
	if (asprintf(&list, "%s:detect_leaks=0", getenv("ASAN_OPTIONS") ?: "") >= 0)
		setenv("ASAN_OPTIONS", list, 1);
	free(list);
}
#else
static void preload(const char *library)
{
	setenv("LD_PRELOAD", library, 1);
}
#endif

/* ---- options as the library reads them ---- */

static void option(FILE *f, const char *name, const char *value)
{
	if (value)
		fprintf(f, "%s=%s\n", name, value);
}

static void number(FILE *f, const char *name, unsigned long long value)
{
	fprintf(f, "%s=%llu\n", name, value);
}

static const char *base_name(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash ? slash + 1 : path;
}

/* The options, and the loader with its arguments: a line for the provenance. */
static void provenance(FILE *f, const struct run_options *o, char **argv)
{
	char *text = options_text(o);

	fprintf(f, "options=%s -- %s", text ? text : "", base_name(argv[0]));
	for (int i = 1; argv[i]; i++) {
		fputc(' ', f);
		for (const char *c = argv[i]; *c; c++)
			fputc(*c == '\n' ? ' ' : *c, f);
	}
	fputc('\n', f);
	free(text);
}

static char *environment_text(const struct run_options *o, const struct loader *l, int json_fd,
			      int caught_fd)
{
	char *text = NULL;
	size_t len;
	FILE *f = text_stream(&text, &len);

	fprintf(f, "comm=%.*s\nverbose=%d\njson=%d\ncaught=%d\n", COMM_LEN, base_name(o->object),
		o->verbose, json_fd, caught_fd);
	provenance(f, o, l->argv);
	option(f, "program", l->path[0] ? l->path : NULL);
	option(f, "kernel", o->machine.kernel);
	option(f, "topology", o->machine.topology);
	option(f, "workload", o->workload);
	option(f, "preempt", o->machine.preempt);
	option(f, "nohz_full", o->machine.nohz_full);
	option(f, "kthreads", o->machine.kthreads);
	option(f, "trace", o->machine.trace);
	option(f, "html", o->machine.html);
	number(f, "duration", o->duration_ns);
	number(f, "cpus", o->machine.cpus);
	number(f, "hz", o->machine.hz);
	number(f, "seed", o->machine.seed);
	number(f, "interpret", (unsigned int)o->machine.interpret);
	number(f, "partial", (unsigned int)o->machine.partial);
	number(f, "hash", (unsigned int)o->machine.hash);
	number(f, "check", o->machine.check_every);
	number(f, "starvation", o->machine.starvation_ns);
	number(f, "strict", o->strict);
	number(f, "memory", o->machine.max_memory);
	number(f, "aside", o->json && !strcmp(o->json, "-"));
	return fclose(f) ? NULL : text;
}

/* ---- the loader ---- */

/* In the child. The loader's addresses and time zone are the same in every run too. */
static void become_loader(const struct loader *l, const char *options, int json_fd, int caught_fd)
{
	if (json_fd >= 0)
		fcntl(json_fd, F_SETFD, 0); /* the library writes it */
	prctl(PR_SET_PDEATHSIG, SIGKILL);   /* a loader has no use without us */
	personality(ADDR_NO_RANDOMIZE);
	setenv("KICKSTAND_EXEC", options, 1);
	preload(l->library);
	setenv("TZ", "UTC0", 1);
	signal(SIGINT, SIG_DFL);
	signal(SIGPIPE, SIG_DFL);
	signal(SIGXFSZ, SIG_DFL);
	execvp(l->path[0] ? l->seat : l->argv[0], l->argv);
	complain(KS_USAGE, "%s: cannot be run: %s", l->argv[0], strerror(errno));
	_exit(write(caught_fd, "0", 1) == 1 ? KS_USAGE : KS_LOAD);
}

static int wait_for(pid_t pid, const char *name)
{
	int status;

	while (waitpid(pid, &status, 0) < 0)
		if (errno != EINTR)
			return complain(KS_USAGE, "%s is lost: %s", name, strerror(errno));
	if (WIFSIGNALED(status))
		return complain(KS_LOAD, "%s died of signal %d (%s)", name, WTERMSIG(status),
				strsignal(WTERMSIG(status)));
	return WEXITSTATUS(status);
}

/* The library says so with a byte, before the loader's first instruction; or nothing was started. */
static bool was_caught(int fd)
{
	struct pollfd p = { .fd = fd, .events = POLLIN };

	return poll(&p, 1, 0) == 1 && p.revents & POLLIN;
}

static int run_loader(const struct run_options *o, int json_fd, const struct loader *l)
{
	int caught[2], status;
	char *options;
	pid_t pid;

	if (pipe(caught))
		return complain(KS_USAGE, "a pipe cannot be made: %s", strerror(errno));
	options = environment_text(o, l, json_fd, caught[1]);
	if (!options)
		return complain(KS_USAGE, "out of memory");
	fflush(NULL);
	signal(SIGINT, SIG_IGN); /* the loader gets it, and ends */
	pid = fork();
	if (pid < 0)
		return complain(KS_USAGE, "a process cannot be made: %s", strerror(errno));
	if (!pid) {
		close(caught[0]);
		become_loader(l, options, json_fd, caught[1]);
	}
	close(caught[1]);
	status = wait_for(pid, l->argv[0]);
	if (!was_caught(caught[0]))
		status = complain(KS_LOAD, "%s was not caught: what it did was done on the host",
				  l->argv[0]);
	close(caught[0]);
	free(options);
	return status;
}

/* LD_PRELOAD is a list: of such a name, the dynamic loader would see the pieces. */
static int check_library(const char *library)
{
	return strpbrk(library, " :") ?
		       complain(KS_USAGE,
				"%s cannot be preloaded: there is a blank or a colon in its name",
				library) :
		       KS_OK;
}

/* A loader that cannot have the library itself is mapped into a program that has it. */
static int check_seat(struct loader *l)
{
	char *slash = strrchr(l->library, '/'), path[PATH_BYTES];

	snprintf(l->seat, sizeof(l->seat), "%.*s/" SEAT, (int)(slash - l->library), l->library);
	if (access(l->seat, X_OK))
		return complain(KS_USAGE, "%s is missing: %s", l->seat, strerror(errno));
	if (!realpath(l->path, path) || strchr(path, '\n'))
		return complain(KS_USAGE, "%s: its path cannot be passed on", l->argv[0]);
	strcpy(l->path, path);
	return KS_OK;
}

static int check_loader(struct loader *l)
{
	if (ks_loader_check(l->argv[0], l->path, sizeof(l->path)))
		return complain_error(KS_USAGE);
	return l->path[0] ? check_seat(l) : KS_OK;
}

static int start(struct run_options *o, struct output *json, char **argv)
{
	struct loader l = { .argv = argv };
	int status;

	if (!find_library(l.library))
		return complain(KS_USAGE, "%s is neither beside the program nor in %s", PRELOAD,
				KS_LIBDIR);
	status = check_library(l.library);
	if (!status)
		status = check_loader(&l);
	return status ? status : run_loader(o, json->file ? fileno(json->file) : -1, &l);
}

/* What only makes sense without a loader of one's own. */
static int check_options(const struct run_options *o)
{
	if (o->nr_kernels > 1)
		return complain(KS_USAGE, "exec: one kernel at a time");
	if (o->has_seeds || o->machine.svg || o->no_sandbox || o->schedule || o->asserts.nr)
		return complain(KS_USAGE,
				"--seeds, --svg, --schedule, --assert and --no-sandbox are for "
				"kickstand run");
	if (o->programs.nr || o->set.nr || o->resize.nr || o->ops || o->dump_map.nr ||
	    o->set_map.nr || o->run_prog.nr || o->setup.nr || o->kconfig || o->sub.nr ||
	    o->include.nr)
		return complain(
			KS_USAGE,
			"the object is the loader's: --programs, --set, --resize, "
			"--set-map, --run-prog, --setup, --kconfig, --ops, --sub, --include and --dump-map are "
			"for run");
	return KS_OK;
}

static int exec_with(struct run_options *o, char **argv)
{
	struct output json;
	int status = output_open(&json, o->json);

	if (status)
		return status;
	status = start(o, &json, argv);
	if (status == KS_OK || status == KS_FAILED || status == KS_EJECTED || status == KS_LOCKUP) {
		if (output_commit(&json))
			status = KS_USAGE;
	}
	output_drop(&json);
	return status;
}

static int find_separator(int argc, char **argv)
{
	int i;

	for (i = 1; i < argc; i++)
		if (!strcmp(argv[i], "--"))
			return i;
	return 0;
}

int options_read_exec(int argc, char **argv, struct run_options *o)
{
	int at = find_separator(argc, argv), status;
	char *words = argv[at];

	if (!at || at + 1 == argc)
		return complain(
			KS_USAGE,
			"the loader is missing: kickstand exec [options] -- LOADER ARGS...");
	argv[at] = argv[at + 1]; /* the options' only argument */
	status = options_read(at + 1, argv, o);
	argv[at] = words;
	return status ? status : check_options(o);
}

int cmd_exec(int argc, char **argv)
{
	struct run_options o = { 0 };
	int at = find_separator(argc, argv), status;

	if (argc > 1 && (!strcmp(argv[1], "--help") || !strcmp(argv[1], "-h"))) {
		fputs(help_text, stdout);
		return KS_OK;
	}
	status = options_read_exec(argc, argv, &o);
	if (!status)
		status = exec_with(&o, argv + at + 1);
	options_finish(&o);
	return status < 0 ? KS_OK : status;
}
