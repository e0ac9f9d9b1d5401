/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * names.h - folders and sockets that a loader makes where a machine keeps its own:
 * the statistics socket of scx, bpffs. They live in memory and die with the machine,
 * so that a run neither needs a right to the host's folders nor leaves anything there.
 */
#ifndef KS_EXEC_NAMES_H
#define KS_EXEC_NAMES_H

#include <stdbool.h>
#include <sys/types.h>

/* @path is in one of those places, whatever the host has there */
bool names_ours(const char *path);
/* S_IFDIR, S_IFSOCK or, of a pin, S_IFREG: what is there; 0: nothing */
mode_t names_type(const char *path);

#endif
