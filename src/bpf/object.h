/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * object.h - what a file descriptor of the emulated bpf(2) stands for.
 *
 * Every object a process can hold (map, program, BTF, link, perf event) has a
 * real descriptor of a memfd. libbpf moves descriptors about with dup3(), so an
 * object is found by the memfd's inode, which survives, not by number. An object
 * whose last descriptor is closed stays alive while references to it are held;
 * object_reap() drops those that nobody can reach. It is called at every bpf(2) call
 * and at exit, and by a loader's own close(): releasing may take virtual time.
 */
#ifndef KS_BPF_OBJECT_H
#define KS_BPF_OBJECT_H

#include "base/types.h"

enum object_kind {
	OBJ_MAP,
	OBJ_PROG,
	OBJ_BTF,
	OBJ_LINK,
	OBJ_PERF,
	OBJ_TASK,
	OBJ_CGROUP,
	NR_OBJ_KINDS
};

struct object {
	enum object_kind kind;
	u32 id; /* as GET_NEXT_ID counts: from 1 for each kind, never reused */
	u32 refs;
	u64 ino;	/* of the memfd */
	int backing_fd; /* our own descriptor of it (array values, arena pages live there) */
	void (*release)(struct object *);
	/* optional: user space has let go of its last descriptor and pin */
	void (*unheld)(struct object *);
	u32 pins;     /* bpffs paths: object_pin() */
	bool rcu;     /* running programs may look at it: see object_read_begin() */
	u64 dead_seq; /* when its last reference went */
	bool has_fds; /* all descriptors of the process together are one reference */
	u32 nr_fds;   /* of them */
	struct object *hash_next;
	struct object *prev, *next; /* of all kinds, by creation */
};

/*
 * object_create - register an embedded object and make its memfd
 * @name: shows in /proc/self/fd; @size: bytes of the memfd, 0 if nothing is mapped.
 * Takes the first reference. 0 or -errno.
 */
int object_create(struct object *o, enum object_kind kind, const char *name, u64 size,
		  void (*release)(struct object *));
/*
 * object_back - make only the memfd, before object_create(), for those whose
 * constructor may still fail and must not use up an id. Undone by object_unback().
 */
int object_back(struct object *o, const char *name, u64 size);
void object_unback(struct object *o);
/* A new descriptor of @o for the caller (O_CLOEXEC), or -errno. */
int object_install_fd(struct object *o);
/* The object behind @fd of @kind, with a reference; NULL if it is none of ours or of another kind (-EBADF / -EINVAL). */
struct object *object_from_fd(int fd, enum object_kind kind);
struct object *object_any_from_fd(int fd);
/* Why object_from_fd() found nothing: -EBADF (not open) or -EINVAL (something else). */
int object_fd_errno(int fd);
struct object *object_by_id(u32 id, enum object_kind kind);
/* smallest id of @kind greater than @after; 0 when there is none */
u32 object_next_id(u32 after, enum object_kind kind);
void object_get(struct object *o);
void object_put(struct object *o);
/*
 * Of an invocation (object_read.h): programs look at maps and programs without a
 * reference, as the kernel's do under RCU: what they got out of a map of maps may be
 * deleted meanwhile, by themselves even. An object with @rcu set is released once
 * everybody is through who began before its last reference went.
 */
struct object_reader {
	struct object_reader *prev, *next;
	u64 seq;
};
/* after the machine: whoever stood in the middle will not go on */
void object_readers_forget(void);
/* A path in bpffs refers to @o: keeps it, and counts as held by user space. */
void object_pin(struct object *o);
void object_unpin(struct object *o);
/* What the process did to its descriptors: closed them; made @to another of @from's file. */
void object_fds_closed(u32 first_fd, u32 last_fd);
void object_fd_copied(int from, int to);
void object_reap(void);
/* after the machine: release everything, in reverse order of creation */
void objects_destroy(void);

#endif
