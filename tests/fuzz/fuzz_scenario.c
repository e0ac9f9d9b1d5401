// SPDX-License-Identifier: GPL-2.0-only
/*
 * fuzz_scenario.c - scenario files, opened and run. The objects they name are those of
 * the build. A long duration is no finding, so what the file says is cut.
 */
#include <jansson.h>
#include "fuzz.h"

#define FILE_MAX 65536

/* The text with a short duration and few CPUs; NULL: it is none that jansson reads. */
static char *cut(const u8 *data, size_t size)
{
	json_t *root = json_loadb((const char *)data, size, 0, NULL), *cpus;
	char *text;

	if (!json_is_object(root)) {
		json_decref(root);
		return NULL;
	}
	cpus = json_object_get(root, "cpus");
	if (json_is_integer(cpus) && json_integer_value(cpus) > 64)
		json_object_set_new(root, "cpus", json_integer(64));
	json_object_set_new(root, "duration", json_string("5ms"));
	text = json_dumps(root, 0);
	json_decref(root);
	return text;
}

static void run(const char *path, FILE *emit)
{
	struct ks_scenario_opts opts = {
		.sz = sizeof(opts), .objects = getenv("TEST_OBJECTS"), .log = fuzz_log, .emit = emit
	};
	struct ks_scenario *s;

	if (ks_scenario_open(path, &opts, &s))
		return;
	for (unsigned int i = 0; ks_scenario_kernel(s, i); i++)
		ks_scenario_run(s, i, fuzz_sink());
	ks_scenario_close(s);
}

int LLVMFuzzerTestOneInput(const u8 *data, size_t size)
{
	char path[32], *text = size < FILE_MAX ? cut(data, size) : NULL;
	int fd;

	/* what jansson does not read is read as it is: the message has a place in it */
	fd = text ? fuzz_file(text, strlen(text), path) : fuzz_file(data, size, path);
	run(path, fuzz_sink());
	close(fd);
	free(text);
	return 0;
}
