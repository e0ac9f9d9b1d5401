// SPDX-License-Identifier: GPL-2.0-only
/*
 * vfs.c - the kernel's files. A row is a path (or the beginning of one) and a
 * function that writes what it holds. A row without a function says that the
 * machine has no such file, whatever the host has: a run must not depend on it.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/utsname.h>
#include <unistd.h>
#include "abi/btf.h"
#include "abi/profile.h"
#include "kern/ext.h"
#include "kern/hooks.h"
#include "kern/machine.h"
#include "sys/door.h"
#include "sys/vfs.h"

#define TRACEFS "/sys/kernel/tracing"
#define CPUS "/sys/devices/system/cpu/"

struct vfs_row {
	const char *path;
	bool prefix;		/* all paths that begin so; @tail is what follows */
	bool directory;
	int (*show)(FILE *f, const char *tail);	/* NULL: not there */
};

static int show_btf(FILE *f, const char *tail)
{
	fwrite(machine->types->raw, machine->types->raw_size, 1, f);
	return 0;
}

static int show_scx_state(FILE *f, const char *tail)
{
	static const char *const names[] = {
		[SCX_DISABLED] = "disabled",
		[SCX_ENABLING] = "enabling",
		[SCX_ENABLED] = "enabled",
		[SCX_DISABLING] = "disabling",
	};

	fprintf(f, "%s\n", names[scx.state]);
	return 0;
}

static int show_scx_hotplug_seq(FILE *f, const char *tail)
{
	fprintf(f, "%llu\n", scx.hotplug_seq);
	return 0;
}

static int show_scx_enable_seq(FILE *f, const char *tail)
{
	fprintf(f, "%llu\n", scx.enable_seq);
	return 0;
}

static int show_scx_nr_rejected(FILE *f, const char *tail)
{
	fprintf(f, "%llu\n", scx.nr_rejected);
	return 0;
}

static int show_scx_switch_all(FILE *f, const char *tail)
{
	fprintf(f, "%d\n", scx.switched_all);
	return 0;
}

static int show_scx_ops(FILE *f, const char *tail)
{
	if (!scx.root)
		return -ENOENT;
	fprintf(f, "%s\n", scx.root->name);
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

static void show_mask(FILE *f, const struct cpumask *mask)
{
	const char *comma = "";
	u32 cpu, from;

	for (cpu = 0; cpu < machine->nr_cpu_ids; cpu++) {
		if (!(mask->bits[cpu / 64] >> (cpu % 64) & 1))
			continue;
		for (from = cpu; cpu + 1 < machine->nr_cpu_ids &&
		     (mask->bits[(cpu + 1) / 64] >> ((cpu + 1) % 64) & 1); cpu++)
			;
		fprintf(f, from == cpu ? "%s%u" : "%s%u-%u", comma, from, cpu);
		comma = ",";
	}
	fputc('\n', f);
}

static int show_possible(FILE *f, const char *tail)
{
	show_mask(f, machine->possible);
	return 0;
}

static int show_online(FILE *f, const char *tail)
{
	show_mask(f, machine->online);
	return 0;
}

static int show_present(FILE *f, const char *tail)
{
	show_mask(f, machine->present);
	return 0;
}

/* the first row that fits counts */
static const struct vfs_row rows[] = {
	{ "/sys/kernel/btf/vmlinux", .show = show_btf },
	{ "/sys/kernel/btf/", .prefix = true },
	{ "/sys/kernel/btf", .directory = true, .show = show_nothing },
	{ "/sys/kernel/sched_ext/state", .show = show_scx_state },
	{ "/sys/kernel/sched_ext/hotplug_seq", .show = show_scx_hotplug_seq },
	{ "/sys/kernel/sched_ext/enable_seq", .show = show_scx_enable_seq },
	{ "/sys/kernel/sched_ext/nr_rejected", .show = show_scx_nr_rejected },
	{ "/sys/kernel/sched_ext/switch_all", .show = show_scx_switch_all },
	{ "/sys/kernel/sched_ext/root/ops", .show = show_scx_ops },
	{ "/sys/kernel/sched_ext/", .prefix = true },
	{ "/sys/kernel/sched_ext", .directory = true, .show = show_nothing },
	{ TRACEFS "/events/", .prefix = true, .show = show_tracepoint },
	{ TRACEFS "/", .prefix = true },
	{ TRACEFS, .directory = true, .show = show_nothing },
	{ "/sys/kernel/debug", .prefix = true },
	{ "/sys/bus/event_source/", .prefix = true },
	{ CPUS "possible", .show = show_possible },
	{ CPUS "online", .show = show_online },
	{ CPUS "present", .show = show_present },
	{ "/proc/config.gz", .show = show_config },
	{ "/proc/kallsyms", .show = show_nothing },
	{ "/proc/version_signature", .prefix = true },
	{ "/proc/sys/kernel/osrelease", .show = show_release },
	{ "/proc/sys/kernel/bpf_stats_enabled", .show = show_zero },
	{ "/boot/", .prefix = true },
};

static bool row_fits(const struct vfs_row *row, const char *path)
{
	return row->prefix ? !strncmp(path, row->path, strlen(row->path)) :
			     !strcmp(path, row->path);
}

static const struct vfs_row *find_row(const char *path)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(rows); i++)
		if (row_fits(&rows[i], path))
			return &rows[i];
	return NULL;
}

int vfs_read(const char *path, struct vfs_data *out)
{
	const struct vfs_row *row = find_row(path);
	FILE *f;
	int err;

	if (!row)
		return VFS_NOT_OURS;
	if (!row->show)
		return -ENOENT;
	f = open_memstream(&out->text, &out->len);
	if (!f)
		return -ENOMEM;
	err = row->show(f, path + strlen(row->path));
	fclose(f);
	if (err)
		free(out->text);
	return err;
}

int vfs_access(const char *path, int mode)
{
	struct vfs_data data;
	int err = vfs_read(path, &data);

	if (err)
		return err;
	free(data.text);
	return mode & (W_OK | X_OK) ? -EACCES : 0;
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

/* A directory of ours can be opened, to be passed on, but not read. */
static int open_row(const struct vfs_row *row, const char *path, int flags)
{
	struct vfs_data data;
	int fd;

	if ((flags & O_ACCMODE) != O_RDONLY)
		return row->show ? -EACCES : -ENOENT;
	if ((flags & O_DIRECTORY) && !row->directory)
		return row->show ? -ENOTDIR : -ENOENT;
	fd = vfs_read(path, &data);
	if (fd)
		return fd;
	fd = fill_memfd(path, &data);
	free(data.text);
	return fd;
}

int vfs_open(const char *path, int flags, bool *ours)
{
	const struct vfs_row *row = find_row(path);

	*ours = row;
	return row ? open_row(row, path, flags) : -1;
}

/* What schedulers test with `extern ... __kconfig`; the rest of a configuration is not ours to tell. */
char *vfs_kconfig(void)
{
	char *text = NULL;
	size_t len;
	FILE *f = open_memstream(&text, &len);

	if (!f)
		return NULL;
	fprintf(f, "CONFIG_CC_VERSION_TEXT=\"gcc\"\nCONFIG_LOCALVERSION=\"\"\n");
	fprintf(f, "CONFIG_HZ=%u\nCONFIG_HZ_%u=y\nCONFIG_NR_CPUS=%u\n", K->b.hz, K->b.hz, NR_CPUS);
#ifdef __aarch64__
	fputs("CONFIG_ARM64=y\nCONFIG_64BIT=y\n", f);
#else
	fputs("CONFIG_X86=y\nCONFIG_X86_64=y\nCONFIG_64BIT=y\n", f);
#endif
	fputs("CONFIG_SMP=y\nCONFIG_PREEMPT_RCU=y\nCONFIG_PREEMPTION=y\nCONFIG_PREEMPT_BUILD=y\n", f);
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
