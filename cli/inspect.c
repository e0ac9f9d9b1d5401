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

static const struct option kernels_options[] = {
	{ "json", no_argument, NULL, 'j' },
	{ "help", no_argument, NULL, 'h' },
	{ NULL, 0, NULL, 0 },
};

static const char kernels_help[] =
	"usage: kickstand kernels [--json]\n\n"
	"The profiles, and how they differ.\n\n"
	"  --json              the same for programs\n";

int cmd_kernels(int argc, char **argv)
{
	bool json = false;
	int opt, err;

	opterr = 0;
	while ((opt = getopt_long(argc, argv, ":h", kernels_options, NULL)) != -1) {
		switch (opt) {
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
	if (optind < argc)
		return complain(KS_USAGE, "'%s' is one argument too many", argv[optind]);
	err = json ? ks_kernels_json(stdout) : ks_kernels(stdout);
	return err ? complain_error(err) : flush_output();
}

static const struct option btf_options[] = {
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
		case 'r':	/* a real kernel's BTF, as bpftool would dump it */
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
		return complain(KS_USAGE, "--raw FILE is written with --format c, without --kernel");
	err = file ? ks_btf_file(file, stdout) : ks_btf(kernel, format, stdout);
	if (err)
		return complain_error(KS_USAGE);
	return flush_output();
}
