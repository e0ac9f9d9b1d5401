// SPDX-License-Identifier: GPL-2.0-only
/*
 * build.c - `kickstand build`: sources to an object. And what run, top and inspect do with
 * a source in an object's place.
 */
#include <getopt.h>
#include <stdlib.h>
#include <string.h>
#include "base/shortage.h"
#include "cli.h"

enum { OPT_KERNEL = 256, OPT_DEPFILE, OPT_CLANG };

const struct option build_options[] = {
	{ "kernel", required_argument, NULL, OPT_KERNEL },
	{ "include", required_argument, NULL, 'I' },
	{ "define", required_argument, NULL, 'D' },
	{ "depfile", required_argument, NULL, OPT_DEPFILE },
	{ "clang", required_argument, NULL, OPT_CLANG },
	{ "help", no_argument, NULL, 'h' },
	{ NULL, 0, NULL, 0 },
};

static const char build_help[] =
	"usage: kickstand build FILE.bpf.c... [-o FILE.bpf.o] [options]\n\n"
	"Compiles schedulers' sources, with the machine's types and the headers that they\n"
	"include: bpf/..., scx/common.bpf.h. Several are linked to one object.\n\n"
	"  -o FILE             the object (default: the source's name with .o; of several: due)\n"
	"  --kernel V          whose types: see kickstand kernels (default: the newest)\n"
	"  --include DIR, -I   headers that come before ours; also a tree of the kernel or of scx\n"
	"  --define NAME[=V], -D a macro\n"
	"  -MD, --depfile FILE write what it was made of, for make: beside the object, to FILE\n"
	"  --clang PROGRAM     (default: $CLANG, else clang, or the newest clang-N there is)\n"
	"  -v                  print clang's command lines\n\n"
	"Exit status: 0 built; 2 bad usage, something does not compile, or there is no clang.\n";

struct build_command {
	struct ks_build_opts o;
	struct words includes, defines;
	const char *output;
	bool beside; /* -MD: the depfile is beside the object */
	bool verbose;
};

static void log_line(void *arg, enum ks_level level, const char *line)
{
	const struct build_command *b = arg;

	if (level != KS_DEBUG || b->verbose)
		fprintf(stderr, "%s\n", line);
}

static int take_define(struct build_command *b, const char *name)
{
	char *word;

	if (asprintf(&word, "-D%s", name) < 0)
		return complain(KS_USAGE, "out of memory");
	return take_word(&b->defines, word);
}

static int take_option(struct build_command *b, int opt)
{
	switch (opt) {
	case 'o':
		b->output = optarg;
		return KS_OK;
	case 'I':
		return take_word(&b->includes, optarg);
	case 'D':
		return take_define(b, optarg);
	case 'M':
		b->beside = true;
		return !strcmp(optarg, "D") ?
			       KS_OK :
			       complain(KS_USAGE, "'-M%s': -MD is due, or --depfile FILE", optarg);
	case OPT_KERNEL:
		b->o.kernel = known_kernel(optarg);
		return b->o.kernel ? KS_OK : KS_USAGE;
	case OPT_DEPFILE:
		b->o.depfile = optarg;
		return KS_OK;
	case OPT_CLANG:
		b->o.clang = optarg;
		return KS_OK;
	default:
		b->verbose = true;
		return KS_OK;
	}
}

static int read_options(int argc, char **argv, struct build_command *b)
{
	int opt, err = KS_OK;

	opterr = 0;
	while (!err && (opt = getopt_long(argc, argv, ":o:I:D:M:vh", build_options, NULL)) != -1) {
		if (opt == 'h') {
			fputs(build_help, stdout);
			return -1;
		}
		err = opt == '?' || opt == ':' ?
			      complain_option(argv, opt, build_options, "kickstand build") :
			      take_option(b, opt);
	}
	if (!err && optind == argc)
		err = complain(KS_USAGE,
			       "a source (FILE.bpf.c) is missing; see kickstand build --help");
	if (!err && !b->output && argc - optind > 1)
		err = complain(KS_USAGE, "-o FILE.bpf.o is due: %d sources make one object",
			       argc - optind);
	return err;
}

/* "dir/x.bpf.c" becomes "dir/x.bpf.o", "dir/x.bpf.d"; malloc'ed */
static char *renamed(const char *path, char last)
{
	const char *slash = strrchr(path, '/'), *dot = strrchr(path, '.');
	char *name;

	if (!dot || (slash && dot < slash))
		dot = path + strlen(path);
	shortage_on(asprintf(&name, "%.*s.%c", (int)(dot - path), path, last) < 0,
		    "out of memory for a file's name");
	return name;
}

static int build(struct build_command *b, char **sources, unsigned int nr)
{
	char *made = b->output ? NULL : renamed(sources[0], 'o');
	const char *output = b->output ?: made;
	char *deps = b->beside && !b->o.depfile ? renamed(output, 'd') : NULL;
	int err;

	if (deps)
		b->o.depfile = deps;
	b->o.includes = b->includes.at;
	b->o.nr_includes = b->includes.nr;
	b->o.flags = b->defines.at;
	b->o.nr_flags = b->defines.nr;
	b->o.log = log_line;
	b->o.log_arg = b;
	err = ks_build((const char *const *)sources, nr, output, &b->o);
	free(made);
	free(deps);
	return err ? complain_error(err) : KS_OK;
}

int cmd_build(int argc, char **argv)
{
	struct build_command b = { .o = { .sz = sizeof(b.o) } };
	int err = read_options(argc, argv, &b);

	if (!err)
		err = build(&b, argv + optind, argc - optind);
	for (unsigned int i = 0; i < b.defines.nr; i++)
		free((char *)b.defines.at[i]);
	free(b.defines.at);
	free(b.includes.at);
	return err < 0 ? KS_OK : err;
}

/* ---- a source in an object's place ---- */

struct ks_build_opts source_options(const struct run_options *o)
{
	return (struct ks_build_opts){ .sz = sizeof(struct ks_build_opts),
				       .kernel = o->machine.kernel,
				       .includes = o->include.at,
				       .nr_includes = o->include.nr };
}

int source_build(struct run_options *o, struct ks_built **built)
{
	struct ks_build_opts opts = source_options(o);
	int err = o->object ? ks_build_temporary(o->object, &opts, built) : KS_OK;

	if (err)
		return complain_error(err);
	if (*built)
		o->object = ks_built_object(*built);
	return KS_OK;
}
