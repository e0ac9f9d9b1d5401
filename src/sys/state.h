/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * state.h - all that src/sys keeps; of the one machine (base/state.h), while the door is
 * open. (What HOST() found is constant, and a static of its place: host.h.)
 */
#ifndef KS_SYS_STATE_H
#define KS_SYS_STATE_H

#include "base/types.h"

struct btf_object;
struct door_process;
struct in_flight;
struct name;
struct watch;
struct writer;

struct sys_state {
	bool active; /* door_open() to door_close(): a machine answers */
	struct btf_object *kernel_btf;
	void (*note_sink)(const char *line); /* door_note()'s; NULL: nobody reads */
	struct in_flight *in_flight;	     /* cmd_prog.c: test runs that are under way */
	struct name *names;	/* names.c: what is pinned or made in the served folders */
	struct watch *watches;	/* poll.c */
	struct writer *writers; /* vfs.c: descriptors of files that are written to */

	const struct door_process *process; /* the process's; NULL: it is no task */
};

extern struct sys_state sys_state;

#endif
