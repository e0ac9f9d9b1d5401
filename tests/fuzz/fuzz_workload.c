// SPDX-License-Identifier: GPL-2.0-only
/*
 * fuzz_workload.c - what --workload names: a file of rt-app JSON when the input begins
 * with a brace or a comment, else a built-in with its parameters.
 */
#include "fuzz.h"

#define RUN_NS 3000000
#define SPEC_MAX 1024

static int open_file(struct ks_machine *m, const u8 *data, size_t size)
{
	char path[32];
	int fd = fuzz_file(data, size, path);
	int err = ks_machine_workload(m, path);

	close(fd);
	return err;
}

static int open_spec(struct ks_machine *m, const u8 *data, size_t size)
{
	char spec[SPEC_MAX];

	snprintf(spec, sizeof(spec), "%.*s", (int)min(size, sizeof(spec) - 1), (const char *)data);
	return ks_machine_workload(m, spec);
}

int LLVMFuzzerTestOneInput(const u8 *data, size_t size)
{
	struct ks_machine *m = fuzz_machine(6);
	bool file = size && (*data == '{' || *data == '/');
	int err = file ? open_file(m, data, size) : open_spec(m, data, size);

	if (!err)
		ks_machine_run(m, RUN_NS);
	if (!err)
		ks_machine_json(m, fuzz_sink());
	ks_machine_destroy(m);
	return 0;
}
