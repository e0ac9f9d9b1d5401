// SPDX-License-Identifier: GPL-2.0-only
/* loader.c - may a scheduler's own loader be run as a task of the machine (src/exec)? */
#include <stdio.h>
#include <string.h>

#include "api/handle.h"
#include "sys/program.h"

KS_PUBLIC int ks_loader_check(const char *name, char *bare, size_t size)
{
	char path[PROGRAM_PATH_BYTES], why[1024];
	enum program_kind kind;
	int err;

	if (api_need(name) || api_need(bare))
		return KS_USAGE;
	err = program_find(name, path);
	if (err)
		return api_fail(KS_USAGE, "%s: cannot be run: %s", name, strerror(-err));
	kind = program_check(path, why, sizeof(why));
	if (kind == PROGRAM_REFUSED)
		return api_fail(KS_USAGE, "%s %s", name, why);
	if ((size_t)snprintf(bare, size, "%s", kind == PROGRAM_BARE ? path : "") >= size)
		return api_fail(KS_USAGE, "%s: its path has more than %zu bytes", name, size);
	return KS_OK;
}
