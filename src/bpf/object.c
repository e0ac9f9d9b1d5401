// SPDX-License-Identifier: GPL-2.0-only
/*
 * object.c - descriptors, ids and reference counts of the emulated bpf(2).
 *
 * The kernel counts a reference for each open file. Here all descriptors of an object
 * together are one reference (has_fds), given up by the next reap after the last of
 * them was closed. sys/descriptor.c tells of each that is copied or closed:
 *
 *	MAP_CREATE   fd 5 -> ino 77      holders[5], nr_fds 1, has_fds
 *	dup3(5, 3)                       holders[3], nr_fds 2
 *	close(5); close(3)               nr_fds 0: lost
 *	bpf(...)                         the reap drops the reference: released
 *
 * What a process does past the C library's names (a copy sent over a socket) is
 * learned when such a descriptor comes with a command: the inode says what it is.
 *
 * Invariant: every object on the list has refs > 0 and a memfd of its own, held
 * open by backing_fd, so that an inode number cannot be reused under us.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>
#include "bpf/object.h"
#include "bpf/object_read.h"
#include "bpf/state.h"

#define BACKING_FD_MIN 512 /* out of the way of the program's own numbers */

/* what there is of them */
#define R (&vm_state.object)

static struct object **hash_slot(u64 ino)
{
	return &R->hash[(ino * 0x9e3779b97f4a7c15ULL) >> (64 - OBJECT_HASH_BITS)];
}

static void registry_add(struct object *o)
{
	struct object **slot = hash_slot(o->ino);

	o->hash_next = *slot;
	*slot = o;
	o->next = NULL;
	o->prev = R->last;
	*(R->last ? &R->last->next : &R->first) = o;
	R->last = o;
}

static void registry_del(struct object *o)
{
	struct object **p = hash_slot(o->ino);

	while (*p != o)
		p = &(*p)->hash_next;
	*p = o->hash_next;
	*(o->prev ? &o->prev->next : &R->first) = o->next;
	*(o->next ? &o->next->prev : &R->last) = o->prev;
}

/* Thousands of inner maps need as many descriptors: take what the hard limit allows. */
static bool raise_fd_limit(void)
{
	struct rlimit lim;

	if (getrlimit(RLIMIT_NOFILE, &lim) || lim.rlim_cur == lim.rlim_max)
		return false;
	lim.rlim_cur = lim.rlim_max;
	return !setrlimit(RLIMIT_NOFILE, &lim);
}

static int memfd_open(const char *name)
{
	int fd = memfd_create(name, MFD_CLOEXEC);
	int high;

	if (fd < 0 && errno == EMFILE && raise_fd_limit())
		fd = memfd_create(name, MFD_CLOEXEC);
	if (fd < 0)
		return -errno;
	high = fcntl(fd, F_DUPFD_CLOEXEC, BACKING_FD_MIN);
	if (high < 0)
		return fd;
	close(fd);
	return high;
}

int object_back(struct object *o, const char *name, u64 size)
{
	struct stat st;
	int fd = memfd_open(name);

	if (fd < 0)
		return fd;
	if (ftruncate(fd, size) || fstat(fd, &st)) {
		int err = -errno;

		close(fd);
		return err;
	}
	R->memfd_dev = st.st_dev;
	o->ino = st.st_ino;
	o->backing_fd = fd;
	return 0;
}

void object_unback(struct object *o)
{
	if (o->ino)
		close(o->backing_fd);
	o->ino = 0;
}

int object_create(struct object *o, enum object_kind kind, const char *name, u64 size,
		  void (*release)(struct object *))
{
	int err;

	if (!o->ino) {
		err = object_back(o, name, size);
		if (err)
			return err;
	}
	o->kind = kind;
	o->id = ++R->last_id[kind];
	o->refs = 1;
	o->release = release;
	registry_add(o);
	return 0;
}

/* ---- who holds what by a descriptor ---- */

static bool grow_holders(u32 fd)
{
	u32 nr = max(2 * R->nr_holders, fd + 64);
	struct object **more;

	if (fd < R->nr_holders)
		return true;
	more = realloc(R->holders, nr * sizeof(*more));
	if (!more)
		return false;
	memset(more + R->nr_holders, 0, (nr - R->nr_holders) * sizeof(*more));
	R->holders = more;
	R->nr_holders = nr;
	return true;
}

static void forget_fd(u32 fd)
{
	struct object *o = fd < R->nr_holders ? R->holders[fd] : NULL;

	if (!o)
		return;
	R->holders[fd] = NULL;
	if (!--o->nr_fds)
		R->nr_lost++;
}

/* @fd is a descriptor of @o; false: out of memory */
static bool note_fd(u32 fd, struct object *o)
{
	if (!grow_holders(fd))
		return false;
	if (R->holders[fd] == o)
		return true;
	forget_fd(fd);
	if (!o->has_fds)
		object_get(o);
	else if (!o->nr_fds)
		R->nr_lost--;
	o->has_fds = true;
	o->nr_fds++;
	R->holders[fd] = o;
	return true;
}

void object_fds_closed(u32 first_fd, u32 last_fd)
{
	u32 fd;

	for (fd = first_fd; fd <= last_fd && fd < R->nr_holders; fd++)
		forget_fd(fd);
}

void object_fd_copied(int from, int to)
{
	if (from == to || from < 0 || to < 0)
		return;
	if ((u32)from < R->nr_holders && R->holders[from])
		note_fd(to, R->holders[from]);
	else
		forget_fd(to);
}

int object_install_fd(struct object *o)
{
	int fd = fcntl(o->backing_fd, F_DUPFD_CLOEXEC, 0);

	if (fd < 0 && errno == EMFILE && raise_fd_limit())
		fd = fcntl(o->backing_fd, F_DUPFD_CLOEXEC, 0);
	if (fd < 0)
		return -errno;
	if (!note_fd(fd, o)) {
		close(fd);
		return -ENOMEM;
	}
	return fd;
}

static struct object *lookup_stat(const struct stat *st)
{
	struct object *o;

	if (st->st_dev != R->memfd_dev)
		return NULL;
	for (o = *hash_slot(st->st_ino); o && o->ino != st->st_ino; o = o->hash_next)
		;
	return o;
}

struct object *object_any_from_fd(int fd)
{
	struct object *o;
	struct stat st;

	if (fstat(fd, &st))
		return NULL;
	o = lookup_stat(&st);
	if (!o) {
		forget_fd(fd);
		return NULL;
	}
	note_fd(fd, o);
	object_get(o);
	return o;
}

struct object *object_from_fd(int fd, enum object_kind kind)
{
	struct object *o = object_any_from_fd(fd);

	if (o && o->kind != kind) {
		object_put(o);
		return NULL;
	}
	return o;
}

int object_fd_errno(int fd)
{
	return fcntl(fd, F_GETFD) < 0 ? -EBADF : -EINVAL;
}

/* Ids grow with the list, so the first match is the only and the smallest one. */
static struct object *first_from_id(u32 id, enum object_kind kind)
{
	struct object *o;

	for (o = R->first; o; o = o->next)
		if (o->kind == kind && o->id >= id)
			return o;
	return NULL;
}

struct object *object_by_id(u32 id, enum object_kind kind)
{
	struct object *o = first_from_id(id, kind);

	if (!o || o->id != id)
		return NULL;
	object_get(o);
	return o;
}

u32 object_next_id(u32 after, enum object_kind kind)
{
	struct object *o = after == UINT32_MAX ? NULL : first_from_id(after + 1, kind);

	return o ? o->id : 0;
}

void object_get(struct object *o)
{
	o->refs++;
}

/* ---- readers ---- */

static const struct object_reader *oldest_reader(void)
{
	return R->readers.next == &R->readers ? NULL : R->readers.next;
}

/* Releasing one may add others at the end. */
void object_readers_through(void)
{
	while (R->dead &&
	       (R->machine_over || !oldest_reader() || oldest_reader()->seq > R->dead->dead_seq)) {
		struct object *o = R->dead;

		R->dead = o->next;
		o->release(o);
	}
}

static void die(struct object *o)
{
	o->dead_seq = ++R->reader_seq;
	o->next = NULL;
	*(R->dead ? &R->dead_tail->next : &R->dead) = o;
	R->dead_tail = o;
}

void object_readers_forget(void)
{
	R->readers.prev = R->readers.next = &R->readers;
	object_readers_through();
}

void object_put(struct object *o)
{
	if (!o || --o->refs)
		return;
	registry_del(o);
	close(o->backing_fd);
	if (o->rcu && oldest_reader() && !R->machine_over)
		die(o);
	else
		o->release(o);
}

static void check_unheld(struct object *o)
{
	if (!o->has_fds && !o->pins && o->unheld)
		o->unheld(o);
}

void object_pin(struct object *o)
{
	object_get(o);
	o->pins++;
}

void object_unpin(struct object *o)
{
	o->pins--;
	check_unheld(o);
	object_put(o);
}

static void drop_fd_ref(struct object *o)
{
	o->has_fds = false;
	check_unheld(o);
	object_put(o);
}

/* The newest that nobody holds by a descriptor; releasing it may release older ones. */
static struct object *newest_lost(void)
{
	struct object *o;

	for (o = R->last; o; o = o->prev)
		if (o->has_fds && !o->nr_fds)
			return o;
	return NULL;
}

void object_reap(void)
{
	struct object *o;

	while (R->nr_lost) {
		o = newest_lost();
		R->nr_lost--;
		drop_fd_ref(o);
	}
}

/* Descriptors no longer matter: the machine is over. */
static void forget_holders(void)
{
	free(R->holders);
	R->holders = NULL;
	R->nr_holders = R->nr_lost = 0;
}

static struct object *newest_held(void)
{
	struct object *o;

	for (o = R->last; o; o = o->prev)
		if (o->has_fds || o->pins)
			return o;
	return NULL;
}

/*
 * What remains after this is referenced by something that outlives the machine,
 * which would be a bug of its owner. Ids start over for the next machine.
 */
void objects_destroy(void)
{
	struct object *o;
	u32 kind;

	forget_holders();
	R->machine_over = true;
	object_readers_through();
	while ((o = newest_held())) {
		object_get(o);
		while (o->pins)
			object_unpin(o);
		if (o->has_fds)
			drop_fd_ref(o);
		object_put(o);
	}
	R->machine_over = false;
	for (kind = 0; kind < NR_OBJ_KINDS; kind++)
		R->last_id[kind] = 0;
}
