// SPDX-License-Identifier: GPL-2.0-only
/*
 * fuzz_schedule.c - schedule files, read and run. A file of another run is refused before its
 * decisions are read, so what is JSON is made one of this run.
 */
#include <jansson.h>
#include <string.h>
#include "api/schedule.h"
#include "fuzz.h"

#define FILE_MAX 65536
#define RUN_NS 5000000

static char *of_this_run(struct ks_machine *m, const u8 *data, size_t size)
{
	json_t *root = json_loadb((const char *)data, size, 0, NULL);
	char *text = NULL;

	if (json_is_object(root)) {
		json_object_set_new(root, "run", schedule_run_json(m));
		text = json_dumps(root, 0);
	}
	json_decref(root);
	return text;
}

static void run(struct ks_machine *m, const char *path)
{
	uint64_t ns;

	ks_schedule_duration(path, &ns);
	if (ks_machine_schedule(m, path) || ks_machine_workload(m, "mixed"))
		return;
	ks_machine_run(m, RUN_NS);
	ks_machine_schedule_came(m);
}

int LLVMFuzzerTestOneInput(const u8 *data, size_t size)
{
	struct ks_machine_opts opts = { .sz = sizeof(opts), .cpus = 2, .seed = 1, .log = fuzz_log };
	struct ks_machine *m = ks_machine_create(&opts, NULL);
	char path[32], *text;
	int fd;

	if (!m)
		abort();
	text = size < FILE_MAX ? of_this_run(m, data, size) : NULL;
	fd = text ? fuzz_file(text, strlen(text), path) : fuzz_file(data, size, path);
	run(m, path);
	ks_machine_destroy(m);
	close(fd);
	free(text);
	return 0;
}
