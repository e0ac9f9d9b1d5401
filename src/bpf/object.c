// SPDX-License-Identifier: GPL-2.0-only
/*
 * object.c - descriptors, ids and reference counts of the emulated bpf(2).
 *
 * The kernel counts a reference for each open file. We cannot see close(), so all
 * descriptors of an object are one reference (has_fds), given up when a reap
 * finds that no descriptor of the process has the object's inode any more:
 *
 *	MAP_CREATE   fd 5 -> ino 77      refs 1 (has_fds), seen_fd 5
 *	dup3(5, 3); close(5)             nothing we notice
 *	bpf(...)     reap: fd 5 is not ino 77; walk /proc/self/fd: seen_fd 3
 *	close(3); bpf(...)               the walk finds none: refs 0, released
 *
 * Invariant: every object on the list has refs > 0 and a memfd of its own, held
 * open by backing_fd, so that an inode number cannot be reused under us.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>
#include "bpf/object.h"

#define OBJECT_HASH_BITS 10
#define BACKING_FD_MIN 512 /* out of the way of the program's own numbers */

static struct object *hash[1 << OBJECT_HASH_BITS];
static struct object *first, *last;
static u32 last_id[NR_OBJ_KINDS];
static dev_t memfd_dev;

static struct object **hash_slot(u64 ino)
{
	return &hash[(ino * 0x9e3779b97f4a7c15ULL) >> (64 - OBJECT_HASH_BITS)];
}

static void registry_add(struct object *o)
{
	struct object **slot = hash_slot(o->ino);

	o->hash_next = *slot;
	*slot = o;
	o->next = NULL;
	o->prev = last;
	*(last ? &last->next : &first) = o;
	last = o;
}

static void registry_del(struct object *o)
{
	struct object **p = hash_slot(o->ino);

	while (*p != o)
		p = &(*p)->hash_next;
	*p = o->hash_next;
	*(o->prev ? &o->prev->next : &first) = o->next;
	*(o->next ? &o->next->prev : &last) = o->prev;
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
	memfd_dev = st.st_dev;
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
	o->id = ++last_id[kind];
	o->refs = 1;
	o->release = release;
	o->seen_fd = -1;
	registry_add(o);
	return 0;
}

int object_install_fd(struct object *o)
{
	int fd = fcntl(o->backing_fd, F_DUPFD_CLOEXEC, 0);

	if (fd < 0 && errno == EMFILE && raise_fd_limit())
		fd = fcntl(o->backing_fd, F_DUPFD_CLOEXEC, 0);
	if (fd < 0)
		return -errno;
	if (!o->has_fds)
		object_get(o);
	o->has_fds = true;
	o->seen_fd = fd;
	return fd;
}

static struct object *lookup_stat(const struct stat *st)
{
	struct object *o;

	if (st->st_dev != memfd_dev)
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
	if (o)
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

	for (o = first; o; o = o->next)
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

void object_put(struct object *o)
{
	if (!o || --o->refs)
		return;
	registry_del(o);
	close(o->backing_fd);
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

static bool fd_is(int fd, const struct object *o)
{
	struct stat st;

	return fd >= 0 && !fstat(fd, &st) && st.st_ino == o->ino && st.st_dev == memfd_dev;
}

/* Find a descriptor for every object that has lost sight of its own. */
static void walk_fds(void)
{
	DIR *dir = opendir("/proc/self/fd");
	struct dirent *ent;
	struct object *o;
	struct stat st;
	int fd;

	if (!dir)
		return;
	while ((ent = readdir(dir))) {
		fd = atoi(ent->d_name);
		if (ent->d_name[0] == '.' || fstat(fd, &st))
			continue;
		o = lookup_stat(&st);
		if (o && fd != o->backing_fd && o->seen_fd < 0)
			o->seen_fd = fd;
	}
	closedir(dir);
}

static bool forget_moved_fds(void)
{
	bool lost = false;
	struct object *o;

	for (o = first; o; o = o->next) {
		if (!o->has_fds || fd_is(o->seen_fd, o))
			continue;
		o->seen_fd = -1;
		lost = true;
	}
	return lost;
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

	for (o = last; o; o = o->prev)
		if (o->has_fds && o->seen_fd < 0)
			return o;
	return NULL;
}

void object_reap(void)
{
	struct object *o;

	if (!forget_moved_fds())
		return;
	walk_fds();
	while ((o = newest_lost()))
		drop_fd_ref(o);
}

static struct object *newest_held(void)
{
	struct object *o;

	for (o = last; o; o = o->prev)
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

	while ((o = newest_held())) {
		object_get(o);
		while (o->pins)
			object_unpin(o);
		if (o->has_fds)
			drop_fd_ref(o);
		object_put(o);
	}
	for (kind = 0; kind < NR_OBJ_KINDS; kind++)
		last_id[kind] = 0;
}
