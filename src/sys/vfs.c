// SPDX-License-Identifier: GPL-2.0-only
/*
 * vfs.c - the kernel's files. A row is a path (or the beginning of one) and a
 * function that writes what it holds. A row without a function says that the
 * machine has no such file, whatever the host has: a run must not depend on it.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/utsname.h>
#include <unistd.h>
#include "base/text_stream.h"
#include "abi/btf.h"
#include "abi/profile.h"
#include "bpf/handle.h"
#include "kern/cgroup.h"
#include "kern/hooks.h"
#include "kern/machine.h"
#include "kern/preempt.h"
#include "kern/sched.h"
#include "sys/door.h"
#include "sys/host.h"
#include "sys/names.h"
#include "sys/scxfs.h"
#include "sys/sysfs.h"
#include "sys/vfs.h"

#define TRACEFS "/sys/kernel/tracing"
#define CGROUPS "/sys/fs/cgroup"

struct vfs_row {
	const char *path;
	bool prefix; /* all paths that begin so; @tail is what follows */
	bool directory;
	int (*show)(FILE *f, const char *tail); /* NULL: not there */
};

static int show_btf(FILE *f, const char *tail)
{
	fwrite(machine->types->raw, machine->types->raw_size, 1, f);
	return 0;
}

/* Classes are compared by address (scx_layered): their own are what a guest sees. */
static int show_kallsyms(FILE *f, const char *tail)
{
	static const char *const names[NR_CLASSES] = { "idle", "ext", "fair", "rt", "dl", "stop" };
	u32 i;

	for (i = 0; i < NR_CLASSES; i++)
		fprintf(f, "%016llx R %s_sched_class\n", P64(&sched_classes[i]), names[i]);
	return 0;
}

/* the places where this machine has something */
static int show_mounts(FILE *f, const char *tail)
{
	static const char *const mounts[][2] = {
		{ "proc", "/proc" },	{ "sysfs", "/sys" },	  { "cgroup2", CGROUPS },
		{ "tracefs", TRACEFS }, { "bpf", "/sys/fs/bpf" },
	};
	u32 i;

	for (i = 0; i < ARRAY_SIZE(mounts); i++)
		fprintf(f, "%s %s %s rw,relatime 0 0\n", mounts[i][0], mounts[i][1], mounts[i][0]);
	return 0;
}

/* fentry and fexit work, so the kernel was built with function tracing; loaders look here for it */
static int show_tracers(FILE *f, const char *tail)
{
	fputs("function nop\n", f);
	return 0;
}

static int show_one(FILE *f, const char *tail)
{
	fputs("1\n", f);
	return 0;
}

static int show_tracepoints(FILE *f, const char *tail)
{
	struct tracepoint_event ev;
	u32 i;

	for (i = 0; hook_tracepoint_at(i, &ev); i++)
		fprintf(f, "%s:%s\n", ev.category, ev.name);
	return 0;
}

/* ".../events/CATEGORY/NAME/{id,format}" */
static int show_tracepoint(FILE *f, const char *tail)
{
	char category[64], name[64], file[8];
	u32 id;

	if (sscanf(tail, "%63[^/]/%63[^/]/%7s", category, name, file) != 3)
		return -ENOENT;
	id = hook_tracepoint_id(category, name);
	if (!id)
		return -ENOENT;
	if (!strcmp(file, "format"))
		return hook_tracepoint_format(id, f);
	if (strcmp(file, "id"))
		return -ENOENT;
	fprintf(f, "%u\n", id);
	return 0;
}

static int show_config(FILE *f, const char *tail)
{
	char *text = vfs_kconfig();

	if (!text)
		return -ENOMEM;
	fputs(text, f);
	free(text);
	return 0;
}

static int show_nothing(FILE *f, const char *tail)
{
	return 0;
}

static int show_zero(FILE *f, const char *tail)
{
	fputs("0\n", f);
	return 0;
}

static int show_release(FILE *f, const char *tail)
{
	fprintf(f, "%s\n", machine->prof->release);
	return 0;
}

static int show_preempt(FILE *f, const char *tail)
{
	char models[64];

	preempt_model_show(models, sizeof(models));
	fprintf(f, "%s\n", models);
	return 0;
}

static int show_pid_max(FILE *f, const char *tail)
{
	fputs("4194304\n", f);
	return 0;
}

static int show_uptime(FILE *f, const char *tail)
{
	fprintf(f, "%llu.%02llu 0.00\n", now_ns() / NSEC_PER_SEC, now_ns() / 10000000 % 100);
	return 0;
}

/* @tail is what follows "/sys/fs/cgroup/" */
static struct cgroup *find_cgroup(const char *tail)
{
	char path[512];

	return snprintf(path, sizeof(path), "/%s", tail) < (int)sizeof(path) ? cgroup_find(path) :
									       NULL;
}

/* A directory's files are few: the tree is there for its names and ids. */
static int show_cgroup_file(FILE *f, const char *tail)
{
	const char *file = strrchr(tail, '/');
	char dir[512];

	if (find_cgroup(tail))
		return -EISDIR;
	if (snprintf(dir, sizeof(dir), "%.*s", file ? (int)(file - tail) : 0, tail) >=
	    (int)sizeof(dir))
		return -ENOENT;
	if (!find_cgroup(dir) || strcmp(file ? file + 1 : tail, "cgroup.controllers"))
		return -ENOENT;
	fputs("cpuset cpu\n", f);
	return 0;
}

/* the first row that fits counts */
static const struct vfs_row rows[] = {
	{ "/sys/kernel/btf/vmlinux", .show = show_btf },
	{ "/sys/kernel/btf/", .prefix = true },
	{ "/sys/kernel/btf", .directory = true, .show = show_nothing },
	{ TRACEFS "/events/", .prefix = true, .show = show_tracepoint },
	{ TRACEFS "/available_tracers", .show = show_tracers },
	{ TRACEFS "/available_events", .show = show_tracepoints },
	{ TRACEFS "/", .prefix = true },
	{ TRACEFS, .directory = true, .show = show_nothing },
	{ "/sys/kernel/debug/sched/preempt", .show = show_preempt },
	{ "/sys/kernel/debug", .prefix = true },
	{ "/sys/bus/event_source/", .prefix = true },
	{ "/sys/fs/resctrl", .prefix = true },
	{ "/proc/config.gz", .show = show_config },
	{ "/proc/kallsyms", .show = show_kallsyms },
	{ "/proc/mounts", .show = show_mounts },
	{ "/proc/self/mounts", .show = show_mounts },
	{ "/proc/schedstat" },
	{ "/proc/version_signature", .prefix = true },
	{ "/proc/stat", .show = sysfs_proc_stat },
	{ "/proc/cpuinfo", .show = sysfs_cpuinfo },
	{ "/proc/uptime", .show = show_uptime },
	{ "/proc/sys/kernel/pid_max", .show = show_pid_max },
	{ "/proc/sys/kernel/osrelease", .show = show_release },
	{ "/proc/sys/kernel/bpf_stats_enabled", .show = show_zero },
	{ "/proc/sys/kernel/ftrace_enabled", .show = show_one },
	{ "/boot/", .prefix = true },
	{ CGROUPS "/", .prefix = true, .show = show_cgroup_file },
	{ CGROUPS, .directory = true, .show = show_nothing },
};

static bool row_fits(const struct vfs_row *row, const char *path)
{
	return row->prefix ? has_prefix(path, row->path) : !strcmp(path, row->path);
}

static const struct vfs_row *find_row(const char *path)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(rows); i++)
		if (row_fits(&rows[i], path))
			return &rows[i];
	return NULL;
}

static int show_path(const char *path, const struct vfs_row *row, FILE *f)
{
	if (scxfs_ours(path))
		return scxfs_show(path, f);
	return row ? row->show(f, path + strlen(row->path)) : sysfs_show(path, f);
}

int vfs_read(const char *path, struct vfs_data *out)
{
	const struct vfs_row *row = find_row(path);
	FILE *f;
	int err;

	if (!row && !sysfs_ours(path) && !scxfs_ours(path))
		return VFS_NOT_OURS;
	if (row && !row->show)
		return -ENOENT;
	f = text_stream(&out->text, &out->len);
	err = show_path(path, row, f);
	fclose(f);
	if (err)
		free(out->text);
	return err;
}

/* ---- directories ---- */

static void list_nothing(void *arg, const char *name, bool directory)
{
}

static int list_cgroup(const char *tail, vfs_name_fn fn, void *arg)
{
	struct cgroup *cgrp = find_cgroup(tail), *child;
	struct cgroup_subsys_state *pos;

	if (!cgrp)
		return -ENOTDIR;
	fn(arg, "cgroup.controllers", false);
	list_for_each_entry(pos, &cgrp->self.children, sibling) {
		child = pos->cgroup;
		fn(arg, child->kn->name, true);
	}
	return 0;
}

int vfs_list(const char *path, vfs_name_fn fn, void *arg)
{
	const struct vfs_row *row = find_row(path);
	size_t n = strlen(CGROUPS);

	if (names_ours(path))
		return names_list(path, fn, arg);
	if (sysfs_ours(path))
		return sysfs_list(path, fn, arg);
	if (scxfs_ours(path))
		return scxfs_list(path, fn, arg);
	if (!strncmp(path, CGROUPS, n) && (!path[n] || path[n] == '/'))
		return list_cgroup(path + n + (path[n] == '/'), fn, arg);
	if (!row)
		return VFS_NOT_OURS;
	return !row->show ? -ENOENT : row->directory ? 0 : -ENOTDIR;
}

static const struct cgroup *cgroup_of(const char *path)
{
	size_t n = strlen(CGROUPS);

	return strncmp(path, CGROUPS, n) ? NULL : find_cgroup(path + n + (path[n] == '/'));
}

int vfs_stat(const char *path, struct vfs_attr *attr)
{
	const struct cgroup *cgrp = cgroup_of(path);
	struct vfs_data data;
	int err = vfs_list(path, list_nothing, NULL);

	*attr = (struct vfs_attr){ .type = err ? S_IFREG : S_IFDIR,
				   .cgroup = cgrp,
				   .ino = cgrp ? cgroup_id(cgrp) : 1 };
	if (names_ours(path))
		attr->type = names_type(path);
	if (err != -ENOTDIR || names_ours(path))
		return err == -ENOTDIR ? 0 : err;
	err = vfs_read(path, &data);
	if (err)
		return err;
	attr->size = data.len;
	free(data.text);
	return 0;
}

int vfs_access(const char *path, int mode)
{
	struct vfs_attr attr;
	int err = vfs_stat(path, &attr);

	if (err)
		return err;
	if (names_ours(path))
		return 0;
	if (S_ISDIR(attr.type))
		return mode & W_OK ? -EACCES : 0;
	return mode & X_OK || (mode & W_OK && !sysfs_writable(path)) ? -EACCES : 0;
}

int vfs_magic(const char *path, long *magic)
{
	static const struct {
		const char *path;
		long magic;
	} mounts[] = {
		{ NAMES_BPFFS, BPF_FS_MAGIC },	{ CGROUPS, CGROUP2_SUPER_MAGIC },
		{ TRACEFS, TRACEFS_MAGIC },	{ "/sys/", SYSFS_MAGIC },
		{ "/proc/", PROC_SUPER_MAGIC },
	};
	struct vfs_attr attr;
	int err = vfs_stat(path, &attr);
	size_t i;

	for (i = 0; !err && i < ARRAY_SIZE(mounts); i++)
		if (has_prefix(path, mounts[i].path)) {
			*magic = mounts[i].magic;
			return 0;
		}
	return err ? err : VFS_NOT_OURS;
}

static int fill_memfd(const char *path, const struct vfs_data *data)
{
	int fd = memfd_create(path, MFD_CLOEXEC);
	ssize_t n;

	if (fd < 0)
		return -errno;
	n = write(fd, data->text, data->len);
	if (n != (ssize_t)data->len || lseek(fd, 0, SEEK_SET)) {
		close(fd);
		return -EIO;
	}
	return fd;
}

/* ---- files that are written to ---- */

struct writer {
	struct writer *next;
	int fd;
	char path[];
};

static struct writer **find_writer(int fd)
{
	struct writer **w;

	for (w = &sys_state.writers; *w && (*w)->fd != fd; w = &(*w)->next)
		;
	return w;
}

static int add_writer(int fd, const char *path)
{
	struct writer *w = malloc(sizeof(*w) + strlen(path) + 1);

	if (!w) {
		close(fd);
		return -ENOMEM;
	}
	vfs_closed(fd); /* the number's former file, if nobody saw its end */
	*w = (struct writer){ .next = sys_state.writers, .fd = fd };
	strcpy(w->path, path);
	sys_state.writers = w;
	return fd;
}

void vfs_closed(int fd)
{
	struct writer **w = find_writer(fd), *gone = *w;

	if (!gone)
		return;
	*w = gone->next;
	free(gone);
}

bool vfs_is_writer(int fd)
{
	return *find_writer(fd);
}

long vfs_write(int fd, const char *text, size_t len)
{
	struct writer *w = *find_writer(fd);
	char line[4096 + 1]; /* kernfs takes a page at a time */
	int err;

	len = min(len, sizeof(line) - 1);
	memcpy(line, text, len);
	line[len] = 0;
	err = sysfs_store(w->path, line);
	return err ? err : (long)len;
}

/* A directory of ours can be opened, to be passed on; its names are vfs_list()'s. */
static int open_ours(const char *path, int flags)
{
	struct vfs_data data = { 0 };
	struct vfs_attr attr;
	bool writes;
	int fd = vfs_stat(path, &attr);

	if (fd)
		return fd;
	if (names_ours(path) && !S_ISDIR(attr.type))
		return S_ISSOCK(attr.type) ? -ENXIO : -EIO; /* bpffs_obj_open() */
	writes = (flags & O_ACCMODE) != O_RDONLY;
	if (writes && !sysfs_writable(path))
		return S_ISDIR(attr.type) ? -EISDIR : -EACCES;
	if ((flags & O_DIRECTORY) && !S_ISDIR(attr.type))
		return -ENOTDIR;
	if (attr.cgroup)
		return handle_open(OBJ_CGROUP, attr.ino);
	fd = S_ISDIR(attr.type) ? 0 : vfs_read(path, &data);
	if (fd)
		return fd;
	fd = fill_memfd(path, &data);
	free(data.text);
	return writes && fd >= 0 ? add_writer(fd, path) : fd;
}

/* fill_memfd() gave the descriptor its path for a name: "/memfd:/sys/... (deleted)" */
const char *vfs_at(int dir, const char *path, char buf[VFS_PATH_BYTES])
{
	char proc[32], link[VFS_PATH_BYTES];
	const char *begin = link + strlen("/memfd:"), *end;
	ssize_t n;

	if (!path || path[0] == '/' || dir == AT_FDCWD)
		return path && path[0] == '/' ? path : NULL;
	snprintf(proc, sizeof(proc), "/proc/self/fd/%d", dir);
	n = HOST(readlink)(proc, link, sizeof(link) - 1);
	if (n < 0)
		return NULL;
	link[n] = 0;
	end = strstr(link, " (deleted)");
	if (!has_prefix(link, "/memfd:/") || !end)
		return NULL;
	n = snprintf(buf, VFS_PATH_BYTES, "%.*s%s%s", (int)(end - begin), begin, *path ? "/" : "",
		     path);
	return n < VFS_PATH_BYTES ? buf : NULL;
}

int vfs_open(const char *path, int flags, bool *ours)
{
	*ours = find_row(path) || sysfs_ours(path) || scxfs_ours(path) || names_ours(path);
	return *ours ? open_ours(path, flags) : -1;
}

/* What schedulers test with `extern ... __kconfig`; the rest of a configuration is not ours to tell. */
char *vfs_kconfig(void)
{
	char *text = NULL;
	size_t len;
	FILE *f = text_stream(&text, &len);

	fprintf(f, "CONFIG_CC_VERSION_TEXT=\"gcc\"\nCONFIG_LOCALVERSION=\"\"\n");
	fprintf(f, "CONFIG_HZ=%u\nCONFIG_HZ_%u=y\nCONFIG_NR_CPUS=%u\n", machine->hz, machine->hz,
		NR_CPUS);
#ifdef __aarch64__
	fputs("CONFIG_ARM64=y\nCONFIG_64BIT=y\n", f);
#else
	fputs("CONFIG_X86=y\nCONFIG_X86_64=y\nCONFIG_64BIT=y\n", f);
#endif
	fputs("CONFIG_SMP=y\nCONFIG_PREEMPT_RCU=y\nCONFIG_PREEMPTION=y\nCONFIG_PREEMPT_BUILD=y\n",
	      f);
	fprintf(f, "CONFIG_PREEMPT%s=y\nCONFIG_PREEMPT_DYNAMIC=y\n",
		K->kernel->preempt == PREEMPT_LAZY ? "_LAZY" : "");
	fputs("CONFIG_NO_HZ_COMMON=y\nCONFIG_SCHED_SMT=y\nCONFIG_SCHED_MC=y\nCONFIG_NUMA=y\n", f);
	fputs("CONFIG_CGROUPS=y\nCONFIG_CGROUP_SCHED=y\nCONFIG_FAIR_GROUP_SCHED=y\n", f);
	fputs("CONFIG_SCHED_CLASS_EXT=y\nCONFIG_EXT_GROUP_SCHED=y\nCONFIG_BPF=y\n", f);
	fputs("CONFIG_BPF_SYSCALL=y\nCONFIG_BPF_JIT=y\nCONFIG_DEBUG_INFO_BTF=y\n", f);
	fclose(f);
	return text;
}

/* libbpf looks for "Ubuntu" and "Debian" versions in other places than the release */
void vfs_uname(struct utsname *u)
{
	snprintf(u->release, sizeof(u->release), "%s", machine->prof->release);
	snprintf(u->version, sizeof(u->version), "#1 SMP PREEMPT kickstand");
	snprintf(u->nodename, sizeof(u->nodename), "kickstand");
}
