/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * program.h - will a program let a preloaded library in, and if not, can it be mapped into
 * one that does? Known before it starts: any other would make its system calls to the host,
 * as whoever started it.
 */
#ifndef KS_SYS_PROGRAM_H
#define KS_SYS_PROGRAM_H

#include <stddef.h>

#define PROGRAM_PATH_BYTES 4096

/* What execvp(3) would start for @name: 0 and @path, or -errno. */
int program_find(const char *name, char path[PROGRAM_PATH_BYTES]);
enum program_kind {
	PROGRAM_REFUSED,
	PROGRAM_PRELOADED, /* the library comes into it, or into its interpreter if it is a script */
	PROGRAM_BARE,	   /* not, but its system calls can be trapped (src/exec/bare.c) */
};

#define PROGRAM_SEAT \
	"kickstand-seat" /* beside the library: the program for bare ones to be mapped into */

/*
 * program_check - how can @path be caught? If it cannot, @why says what it is. As this host's
 * kernel and processor have it.
 */
enum program_kind program_check(const char *path, char *why, size_t len);

#endif
