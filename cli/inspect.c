// SPDX-License-Identifier: GPL-2.0-only
/* inspect.c - `kickstand inspect`, `kernels` and `btf`: what there is to know before a run. */
#include <getopt.h>
#include <string.h>
#include "cli.h"

/* What became of loading is the object's to tell; where there is none, only why. */
static int inspect_object(struct ks_machine *m, const struct run_options *o)
{
	struct ks_object *obj;
	int err = run_load(m, o, &obj);

	if (!err)
		err = ks_object_attach(obj);
	if (!obj || err == KS_USAGE)
		return complain_error(err);
	err = o->json ? ks_object_inspect_json(obj, stdout) : ks_object_inspect(obj, stdout);
	return err ? complain_error(err) : flush_output();
}

static int inspect(const struct run_options *o)
{
	struct ks_machine *m;
	enum ks_status status;
	int err;

	m = ks_machine_create(&o->machine, &status);
	if (!m)
		return complain_error(status);
	err = inspect_object(m, o);
	ks_machine_destroy(m);
	return err;
}

int cmd_inspect(int argc, char **argv)
{
	struct run_options o;
	int status = options_read_inspect(argc, argv, &o);

	o.reads_later = true;
	if (!status)
		status = inspect(&o);
	options_finish(&o);
	return status < 0 ? KS_OK : status;
}

const struct option kernels_options[] = {
	{ "facts", no_argument, NULL, 'f' },
	{ "ops", required_argument, NULL, 'o' },
	{ "json", no_argument, NULL, 'j' },
	{ "help", no_argument, NULL, 'h' },
	{ NULL, 0, NULL, 0 },
};

static const char kernels_help[] =
	"usage: kickstand kernels [--facts] [--json]\n"
	"       kickstand kernels A B [--json]\n"
	"       kickstand kernels OBJECT [--ops NAME] [--json]\n\n"
	"The kernels; what differs between two; what differs between any of what an object\n"
	"uses.\n\n"
	"  --facts             every fact that differs, with the kernels of each value\n"
	"  --ops NAME          which sched_ext_ops, if the object has several\n"
	"  --json              the same for programs (without arguments: with all facts)\n";

/* what differs between kernels of what the object at @path uses; an exit status */
static int object_kernels(const char *path, const char *ops, bool json)
{
	struct ks_machine_opts mopts = { .sz = sizeof(mopts) };
	struct ks_object_opts oopts = { .sz = sizeof(oopts), .ops = ops };
	struct ks_machine *m;
	struct ks_object *obj;
	enum ks_status status;
	int err;

	m = ks_machine_create(&mopts, &status);
	if (!m)
		return complain_error(status);
	err = ks_object_open(m, path, &oopts, &obj);
	if (!err)
		err = ks_object_kernels(obj, json, stdout);
	err = err ? complain_error(err) : flush_output();
	ks_machine_destroy(m);
	return err;
}

static int kernels(char **args, int nr, const char *ops, bool facts, bool json)
{
	bool exact;
	int err;

	if (nr == 1 && ks_kernel_find(args[0], &exact))
		return complain(KS_USAGE,
				"'%s' is a kernel: two are compared, kickstand kernels A B; "
				"what one has says kickstand kernels --facts",
				args[0]);
	if (nr == 1)
		return object_kernels(args[0], ops, json);
	if (nr == 2 && (!known_kernel(args[0]) || !known_kernel(args[1])))
		return KS_USAGE;
	if (nr == 2)
		err = ks_kernels_differ(args[0], args[1], json, stdout);
	else if (json)
		err = ks_kernels_json(stdout);
	else
		err = facts ? ks_kernels_facts(stdout) : ks_kernels(stdout);
	return err ? complain_error(err) : flush_output();
}

int cmd_kernels(int argc, char **argv)
{
	bool json = false, facts = false;
	const char *ops = NULL;
	int opt;

	opterr = 0;
	while ((opt = getopt_long(argc, argv, ":h", kernels_options, NULL)) != -1) {
		switch (opt) {
		case 'f':
			facts = true;
			break;
		case 'o':
			ops = optarg;
			break;
		case 'j':
			json = true;
			break;
		case 'h':
			fputs(kernels_help, stdout);
			return KS_OK;
		default:
			return complain_option(argv, opt, kernels_options, "kickstand kernels");
		}
	}
	if (argc - optind > 2)
		return complain(KS_USAGE, "'%s' is one argument too many", argv[optind + 2]);
	if (facts && argc > optind)
		return complain(KS_USAGE, "--facts is of all kernels: it takes no arguments");
	return kernels(argv + optind, argc - optind, ops, facts, json);
}

const struct option btf_options[] = {
	{ "kernel", required_argument, NULL, 'k' },
	{ "format", required_argument, NULL, 'f' },
	{ "raw", required_argument, NULL, 'r' },
	{ "help", no_argument, NULL, 'h' },
	{ NULL, 0, NULL, 0 },
};

static const char btf_help[] =
	"usage: kickstand btf [options]\n\n"
	"The machine's types, on standard output.\n\n"
	"  --kernel V          profile: see kickstand kernels (default: the newest)\n"
	"  --format raw|c      BTF, or a vmlinux.h to compile schedulers with (default raw)\n"
	"  --raw FILE          with --format c: the vmlinux.h of another kernel's raw BTF\n";

int cmd_btf(int argc, char **argv)
{
	const char *kernel = NULL, *format = "raw", *file = NULL;
	int opt, err;

	opterr = 0;
	while ((opt = getopt_long(argc, argv, ":h", btf_options, NULL)) != -1) {
		switch (opt) {
		case 'k':
			kernel = optarg;
			break;
		case 'f':
			format = optarg;
			break;
		case 'r': /* a real kernel's BTF, as bpftool would dump it */
			file = optarg;
			break;
		case 'h':
			fputs(btf_help, stdout);
			return KS_OK;
		default:
			return complain_option(argv, opt, btf_options, "kickstand btf");
		}
	}
	if (optind < argc)
		return complain(KS_USAGE, "'%s' is one argument too many", argv[optind]);
	if (file && (kernel || strcmp(format, "c")))
		return complain(KS_USAGE,
				"--raw FILE is written with --format c, without --kernel");
	if (kernel && !known_kernel(kernel))
		return KS_USAGE;
	err = file ? ks_btf_file(file, stdout) : ks_btf(kernel, format, stdout);
	if (err)
		return complain_error(KS_USAGE);
	return flush_output();
}
