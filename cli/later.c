// SPDX-License-Identifier: GPL-2.0-only
/* later.c - subcommands that the contract names and this version does not have. */
#include "cli.h"

static int not_yet(const char *name)
{
	return complain(KS_USAGE, "'%s' is not available in this version", name);
}

int cmd_exec(int argc, char **argv)
{
	return not_yet(argv[0]);
}
