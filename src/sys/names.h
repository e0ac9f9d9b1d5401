/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * names.h - folders, sockets and pins where a machine keeps its own: bpffs, the statistics
 * socket of scx. They live in memory and die with the machine, so that a run neither needs
 * a right to the host's folders nor leaves anything there, and finds nothing of an earlier
 * run.
 */
#ifndef KS_SYS_NAMES_H
#define KS_SYS_NAMES_H

#include <stdbool.h>
#include <sys/types.h>

#define NAMES_BPFFS "/sys/fs/bpf"
#define NAMES_PATH_BYTES 512

struct object;

/* @path is in one of those places, whatever the host has there */
bool names_ours(const char *path);
/* the same of bpffs alone; NULL is not */
bool names_on_bpffs(const char *path);
/* S_IFDIR, S_IFSOCK or, of a pin, S_IFREG: what is there; 0: nothing */
mode_t names_type(const char *path);
/* A folder, a socket, or a pin of @o, which it keeps. 0, -EEXIST, -ENOENT: no such folder. */
int names_add(const char *path, mode_t type, struct object *o);
/* rmdir(2) of a @folder, unlink(2) of anything else: 0 or -errno */
int names_remove(const char *path, bool folder);
/* what is pinned there; NULL: nothing */
struct object *names_object(const char *path);
/* what stands directly in folder @path: 0, -ENOENT, -ENOTDIR */
int names_list(const char *path, void (*fn)(void *arg, const char *name, bool folder), void *arg);
/* Is anything pinned at all? */
bool names_pinned(void);
/* With the machine: the pins are taken out. */
void names_reset(void);

#endif
