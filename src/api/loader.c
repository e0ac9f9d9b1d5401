// SPDX-License-Identifier: GPL-2.0-only
/* loader.c - may a scheduler's own loader be run as a task of the machine (src/exec)? */
#include <string.h>

#include "api/handle.h"
#include "sys/program.h"

KS_PUBLIC int ks_loader_check(const char *name)
{
	char path[PROGRAM_PATH_BYTES], why[1024];
	int err;

	if (api_need(name))
		return KS_USAGE;
	err = program_find(name, path);
	if (err)
		return api_fail(KS_USAGE, "%s: cannot be run: %s", name, strerror(-err));
	return program_check(path, why, sizeof(why)) ? api_fail(KS_USAGE, "%s %s", name, why) : KS_OK;
}
