/* SPDX-License-Identifier: GPL-2.0-only */
/* image.h - a program mapped into this process, as the kernel's execve(2) would: see image.c. */
#ifndef KS_EXEC_IMAGE_H
#define KS_EXEC_IMAGE_H

#include "base/types.h"

struct image {
	u64 base;	 /* what is added to the addresses in the file; 0: ET_EXEC */
	u64 entry;	 /* where it begins: the interpreter's, if it has one */
	u64 interp_base; /* 0: none */
	u64 phdr, phnum, program_entry;
	u64 brk, brk_limit; /* the heap begins behind the program, and ends where its room does */
};

/*
 * image_map - map @path and the interpreter that it names. 0; -errno: it cannot be read, or
 * something is where it wants to be (-EEXIST), or -ENOEXEC: it is no program for this machine
 */
int image_map(const char *path, struct image *img);
/*
 * image_stack - a stack with @argv, @env and what a kernel tells a program at its start, for
 * @img, which was @path. *@sp: where its stack pointer begins. 0 or -errno
 */
int image_stack(const struct image *img, const char *path, char **argv, char **env, u64 *sp);

#endif
