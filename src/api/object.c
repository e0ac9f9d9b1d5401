// SPDX-License-Identifier: GPL-2.0-only
/*
 * object.c - an object's way: open, choose, set, load, attach. libbpf does the
 * work; what is here says which of its maps and programs take part, in which
 * order, and what was wrong.
 */
#include <elf.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <bpf/bpf.h>
#include <bpf/btf.h>
#include <bpf/libbpf.h>
#include "base/text_stream.h"
#include "api/subs.h"
#include "api/build.h"
#include "api/elf_check.h"
#include "api/handle.h"
#include "api/provenance.h"
#include "bpf/btf_check.h"
#include "bpf/jit.h"
#include "kern/ext/ext.h"
#include "kern/lockup.h"
#include "kern/machine.h"
#include "sys/door.h"
#include "sys/vfs.h"

#define OPS_MAX 16

#ifndef EM_BPF
#define EM_BPF 247
#endif

/* ---- is it an object at all? ---- */

/* Names of the machines that people compile for by mistake. */
static const char *machine_name(u16 machine)
{
	switch (machine) {
	case EM_X86_64:
		return "x86-64";
	case EM_AARCH64:
		return "arm64";
	case EM_386:
		return "i386";
	case EM_RISCV:
		return "RISC-V";
	default:
		return "another machine";
	}
}

static int check_header(const char *name, const Elf64_Ehdr *e, u64 size)
{
	u64 end = e->e_shoff + (u64)e->e_shnum * e->e_shentsize;

	if (memcmp(e->e_ident, ELFMAG, SELFMAG))
		return api_fail(KS_LOAD,
				"%s: is no ELF file: a compiled BPF object (.bpf.o) is due", name);
	if (e->e_ident[EI_CLASS] != ELFCLASS64 || e->e_ident[EI_DATA] != ELFDATA2LSB)
		return api_fail(KS_LOAD,
				"%s: is no little-endian 64-bit ELF file: compile with "
				"clang -target bpfel",
				name);
	if (e->e_machine != EM_BPF && e->e_machine != EM_NONE)
		return api_fail(KS_LOAD,
				"%s: is for %s, not for BPF: compile with clang -target bpf", name,
				machine_name(e->e_machine));
	if (e->e_type != ET_REL)
		return api_fail(KS_LOAD, "%s: is not relocatable: compile with clang -c", name);
	if (e->e_shoff < sizeof(*e) || end > size)
		return api_fail(KS_LOAD,
				"%s: is truncated: it has %llu bytes, its sections end at %llu",
				name, size, end);
	return KS_OK;
}

static int check_file(const char *path, const char *name)
{
	Elf64_Ehdr e = { 0 };
	struct stat st;
	ssize_t n;
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK); /* of a FIFO */

	if (fd < 0 || fstat(fd, &st)) {
		n = errno;
		if (fd >= 0)
			close(fd);
		return api_fail(KS_USAGE, "%s: cannot be read: %s", path, strerror(n));
	}
	n = S_ISREG(st.st_mode) ? read(fd, &e, sizeof(e)) : -1;
	close(fd);
	if (!S_ISREG(st.st_mode))
		return api_fail(KS_USAGE, "%s: is not a regular file", path);
	if (n < (ssize_t)sizeof(e))
		return api_fail(KS_LOAD, "%s: is no ELF file: it has %lld bytes", name,
				(long long)st.st_size);
	return check_header(name, &e, st.st_size);
}

static int check_btf(const struct btf *btf, const char *name)
{
	char why[128];

	if (btf && types_check(btf, why, sizeof(why)))
		return api_fail(KS_LOAD, "%s: its BTF is malformed: %s", name, why);
	return KS_OK;
}

/*
 * libbpf walks types and symbols as it opens the file, and takes them for what compilers write. How
 * large sections are it learns there; with that they are looked at again.
 */
static int check_types(const char *path, const char *name)
{
	struct btf *btf = btf__parse_elf(path, NULL);
	int err = check_btf(btf, name);
	char why[128];

	btf__free(btf);
	if (!err && elf_check(path, why, sizeof(why)))
		err = api_fail(KS_LOAD, "%s: is malformed: %s", name, why);
	return err;
}

/* ---- choice ---- */

static void join_names(struct bpf_map **maps, u32 n, char *buf, size_t len)
{
	size_t used = 0;
	u32 i;

	*buf = '\0';
	for (i = 0; i < n && used < len; i++)
		used += snprintf(buf + used, len - used, "%s%s", i ? ", " : "",
				 bpf_map__name(maps[i]));
}

static int choose_ops(struct ks_object *obj, const char *wanted)
{
	struct bpf_map *maps[OPS_MAX];
	u32 n = prepare_list_ops(obj->obj, maps, OPS_MAX), i;
	char names[512];

	if (wanted && !*wanted)
		return KS_OK;
	n = min(n, (u32)OPS_MAX);
	join_names(maps, n, names, sizeof(names));
	if (!n)
		return api_fail(KS_LOAD,
				"%s: has no struct sched_ext_ops in .struct_ops or "
				".struct_ops.link: is it a scheduler?",
				obj->name);
	if (!wanted && n > 1)
		return api_fail(KS_LOAD, "%s: has %u sched_ext_ops, choose with --ops: %s",
				obj->name, n, names);
	for (i = 0; i < n && !obj->ops; i++)
		if (!wanted || !strcmp(bpf_map__name(maps[i]), wanted))
			obj->ops = maps[i];
	if (!obj->ops)
		return api_fail(KS_USAGE, "%s: has no sched_ext_ops '%s', but: %s", obj->name,
				wanted, names);
	return KS_OK;
}

/* Other tables are not made; libbpf then leaves out the programs that only they use. */
static void leave_out_others(struct ks_object *obj)
{
	struct bpf_map *map;

	bpf_object__for_each_map(map, obj->obj) {
		if (bpf_map__type(map) != BPF_MAP_TYPE_STRUCT_OPS)
			continue;
		bpf_map__set_autoattach(map, false);
		if (map != obj->ops && !subs_have(obj, map))
			bpf_map__set_autocreate(map, false);
	}
}

/* ---- open ---- */

static struct ks_object *object_new(struct ks_machine *m, const char *path)
{
	struct ks_object *obj = calloc(1, sizeof(*obj));
	const char *slash = strrchr(path, '/');

	if (!obj)
		return NULL;
	obj->km = m;
	obj->state = OBJECT_OPEN;
	obj->path = strdup(path);
	obj->name = strdup(slash ? slash + 1 : path);
	if (!obj->path || !obj->name) {
		free(obj->path);
		free(obj->name);
		free(obj);
		return NULL;
	}
	obj->next = m->objects;
	m->objects = obj;
	return obj;
}

#define KCONFIG_MAX (1u << 24) /* bytes; a distribution's has 300,000 */

/* The file's lines, then the machine's: libbpf takes the first of a name. NULL after a complaint. */
static char *read_kconfig(const char *path)
{
	char *ours = vfs_kconfig(), *text = NULL, line[1024];
	FILE *in = path ? fopen(path, "r") : NULL, *out;
	size_t len, read = 0;
	int unread;

	if (path && !in) {
		free(ours);
		api_fail(KS_USAGE, "%s: cannot be read: %s", path, strerror(errno));
		return NULL;
	}
	out = text_stream(&text, &len);
	while (in && read < KCONFIG_MAX && fgets(line, sizeof(line), in)) {
		fputs(line, out);
		read += *line ? strlen(line) :
				KCONFIG_MAX; /* NUL: it is no text, and has no end maybe */
	}
	unread = !in ? 0 : ferror(in) ? errno : read < KCONFIG_MAX ? 0 : EFBIG;
	fprintf(out, "%s%s", in ? "\n" : "", ours);
	fclose(out);
	free(ours);
	if (in)
		fclose(in);
	if (unread) {
		free(text);
		api_fail(KS_USAGE, "%s: cannot be read: %s", path ? path : "the machine's kconfig",
			 strerror(unread));
		return NULL;
	}
	return text;
}

static int open_object(struct ks_object *obj, const char *kconfig_path)
{
	LIBBPF_OPTS(bpf_object_open_opts, opts);
	char *kconfig = read_kconfig(kconfig_path);
	int err;

	if (!kconfig)
		return KS_USAGE;
	opts.kconfig = kconfig;
	diag_clear();
	obj->obj = bpf_object__open_file(obj->path, &opts);
	err = -errno;
	free(kconfig);
	if (!obj->obj)
		return diag_fail(obj, "opened", err);
	err = provenance_digest(obj);
	if (err)
		return api_fail(KS_USAGE, "%s: cannot be read: %s", obj->path, strerror(-err));
	return check_btf(bpf_object__btf(obj->obj), obj->name);
}

/*
 * @built_dir: where the file was built, NULL: it was not. It goes at once, whatever becomes of
 * the process, which may give up the right to remove it.
 */
static int open_file(struct ks_object *obj, const char *kconfig, char *built_dir)
{
	int err = check_file(obj->path, obj->name);

	if (!err)
		err = check_types(obj->path, obj->name);
	if (!err)
		err = open_object(obj, kconfig);
	if (built_dir)
		obj->built_fd = open(obj->path, O_RDONLY | O_CLOEXEC);
	build_drop(built_dir, NULL);
	return err;
}

KS_PUBLIC int ks_object_open(struct ks_machine *m, const char *path,
			     const struct ks_object_opts *opts, struct ks_object **out)
{
	struct ks_object_opts o;
	char *dir = NULL, *built = NULL;
	struct ks_object *obj;
	int err;

	if (out)
		*out = NULL;
	if (api_enter(m, API_OUTSIDE) || api_need(path) || api_need(out) ||
	    api_take(&o, sizeof(o), opts, "ks_object_opts"))
		return KS_USAGE;
	err = is_source(path) ? build_temporary(path, m->m->prof->name, o.build, &dir, &built) :
				KS_OK;
	if (err)
		return err;
	obj = object_new(m, built ? built : path);
	free(built);
	if (!obj) {
		build_drop(dir, NULL);
		return api_fail(KS_LOAD, "%s: out of memory", path);
	}
	err = open_file(obj, o.kconfig, dir);
	if (!err)
		err = choose_ops(obj, o.ops);
	for (const char *const *sub = o.subs; !err && sub && *sub; sub++)
		err = subs_choose(obj, *sub);
	if (err) {
		ks_object_close(obj);
		return err;
	}
	leave_out_others(obj);
	prepare_object(obj);
	*out = obj;
	return KS_OK;
}

/* ---- load ---- */

/*
 * compat.h:SCX_OPS_LOAD(): programs that are not callbacks are told which scheduler
 * they belong to, where the kernel knows that command.
 */
static void associate_programs(struct ks_object *obj)
{
	struct bpf_program *prog;
	int err;

	if (!obj->ops || !obj->km->m->prof->b.prog_assoc)
		return;
	bpf_object__for_each_program(prog, obj->obj) {
		if (bpf_program__type(prog) == BPF_PROG_TYPE_STRUCT_OPS ||
		    bpf_program__fd(prog) < 0)
			continue;
		err = bpf_program__assoc_struct_ops(prog, subs_map_of(obj, prog), NULL);
		if (err)
			api_log(obj->km, KS_WARNING, "%s: program '%s' cannot be associated: %s",
				obj->name, bpf_program__name(prog), strerror(-err));
	}
}

/* Kept for whoever asks later what became of it: inspect.c */
static int keep_fault(struct ks_object *obj, int status)
{
	free(obj->fault_text);
	obj->fault = status;
	obj->fault_text = status ? strdup(ks_error()) : NULL;
	return status;
}

static int load(struct ks_object *obj)
{
	int err;

	prepare_load(obj);
	diag_clear();
	err = bpf_object__load(obj->obj);
	obj->state = err ? OBJECT_BROKEN : OBJECT_LOADED;
	if (err)
		return diag_fail(obj, "loaded", err);
	associate_programs(obj);
	return setup_loaded(obj);
}

_Static_assert(KS_NATIVE_BASE == JIT_WINDOW_BASE && KS_NATIVE_SIZE == JIT_WINDOW_SIZE,
	       "what embedders are told is where it is");

KS_PUBLIC int ks_object_load(struct ks_object *obj)
{
	int err = api_enter_object(obj, API_OUTSIDE, OBJECT_OPEN);

	err = err ? err : keep_fault(obj, load(obj));
	if (jit_refused())
		api_log(api_machine, KS_INFO,
			"native code: the host refuses memory for it (%s): programs are interpreted",
			strerror(jit_refused()));
	return err;
}

/* ---- attach ---- */

static bool add_link(struct ks_object *obj, struct bpf_link *link)
{
	struct bpf_link **links = realloc(obj->links, (obj->nr_links + 1) * sizeof(*links));

	if (!links)
		return false;
	obj->links = links;
	links[obj->nr_links++] = link;
	return true;
}

/* Run by bpf(2), or attached by whoever opens the event: as skeletons, we pass them over. */
static bool attached_otherwise(const struct bpf_program *prog)
{
	return bpf_program__type(prog) == BPF_PROG_TYPE_SYSCALL ||
	       bpf_program__type(prog) == BPF_PROG_TYPE_PERF_EVENT;
}

/* Sections without a target have nothing to attach to: no error. */
static int attach_program(struct ks_object *obj, struct bpf_program *prog)
{
	struct bpf_link *link;

	if (bpf_program__type(prog) == BPF_PROG_TYPE_STRUCT_OPS || bpf_program__fd(prog) < 0 ||
	    !bpf_program__autoattach(prog))
		return KS_OK;
	diag_clear();
	link = bpf_program__attach(prog);
	if (!link)
		return errno == EOPNOTSUPP && attached_otherwise(prog) ?
			       KS_OK :
			       diag_fail(obj, "attached", -errno);
	return add_link(obj, link) ? KS_OK : api_fail(KS_LOAD, "out of memory");
}

static int attach_programs(struct ks_object *obj)
{
	struct bpf_program *prog;
	int err = KS_OK;

	bpf_object__for_each_program(prog, obj->obj)
		if (!err)
			err = attach_program(obj, prog);
	return err;
}

/* What the kernel said when enabling came to nothing. */
static int not_enabled(const struct ks_object *obj, bool said, int err)
{
	if (obj->km->stop)
		return api_fail(KS_INTERRUPTED, "%s: interrupted while scheduler '%s' was enabled",
				obj->name, bpf_map__name(obj->ops));
	if (err == -ETIME)
		return api_fail(
			KS_LOAD,
			"%s: scheduler '%s' could not be enabled: after %llu ms its "
			"loader has still not run to the end; does it keep tasks, or kick CPUs "
			"without end?",
			obj->name, bpf_map__name(obj->ops), now_ns() / NSEC_PER_MSEC);
	if (said)
		return api_fail(KS_LOAD, "%s: scheduler '%s' could not be enabled: %s (%s)",
				obj->name, bpf_map__name(obj->ops), scx.last_exit.reason,
				scx.last_exit.msg);
	return api_fail(
		KS_LOAD, "%s: scheduler '%s' could not be enabled: %s%s", obj->name,
		bpf_map__name(obj->ops), strerror(-err),
		err == -E2BIG || err == -EINVAL ?
			" (a member of its ops is not as the kernel wants it: name, flags, timeout_ms...)" :
			"");
}

static int verdict_of_machine(const struct ks_object *obj)
{
	const struct machine *m = obj->km->m;

	if (m->guest_fault[0])
		return api_fail(KS_EJECTED, "%s: %s", obj->name, m->guest_fault);
	return api_fail(KS_LOCKUP, "%s: the machine locked up while the scheduler was enabled: %s",
			obj->name, m->lockup ? m->lockup->text : "");
}

/*
 * LINK_CREATE succeeds even when the scheduler failed on its way in, so that user
 * space can read why; only the count of enablings tells (ext.c:scx_enable()).
 */
static int enable(struct ks_object *obj)
{
	u64 enabled = scx.enable_seq, exits = scx.last_exit.nr;
	int err;

	diag_clear();
	obj->ops_link = bpf_map__attach_struct_ops(obj->ops);
	err = -errno;
	if (obj->km->m->ended)
		return verdict_of_machine(obj);
	return obj->ops_link && scx.enable_seq != enabled ?
		       KS_OK :
		       not_enabled(obj, scx.last_exit.nr != exits, err);
}

void object_disable(struct ks_object *obj)
{
	subs_detach_all(obj);
	object_unlink_ops(obj);
}

void object_unlink_ops(struct ks_object *obj)
{
	bpf_link__destroy(obj->ops_link);
	obj->ops_link = NULL;
	door_reap();
}

/* The scheduler first, which may be hooked by the others. */
static void detach(struct ks_object *obj)
{
	object_disable(obj);
	while (obj->nr_links)
		bpf_link__destroy(obj->links[--obj->nr_links]);
	door_reap();
}

KS_PUBLIC int ks_object_attach(struct ks_object *obj)
{
	int err = api_enter_object(obj, API_OUTSIDE, OBJECT_LOADED);

	if (err)
		return err;
	err = attach_programs(obj);
	if (!err && obj->ops) /* else opened to run without its scheduler */
		err = enable(obj);
	if (!err && obj->ops)
		err = subs_attach_all(obj);
	if (!err)
		err = setup_attached(obj);
	if (err)
		detach(obj);
	else
		obj->state = OBJECT_ATTACHED;
	return keep_fault(obj, err);
}

KS_PUBLIC int ks_object_detach(struct ks_object *obj)
{
	int err = api_enter_object(obj, API_OUTSIDE, OBJECT_ATTACHED);

	if (err)
		return err;
	detach(obj);
	obj->state = OBJECT_LOADED;
	return obj->km->m->ended ? verdict_of_machine(obj) : KS_OK;
}

static void unlink_object(struct ks_object *obj)
{
	struct ks_object **p;

	for (p = &obj->km->objects; *p && *p != obj; p = &(*p)->next)
		;
	if (*p)
		*p = obj->next;
}

static void object_free(struct ks_object *obj)
{
	free(obj->links);
	subs_finish(obj);
	bpf_object__close(obj->obj);
	setup_drop(obj);
	if (obj->built_fd > 0)
		close(obj->built_fd);
	free(obj->path);
	free(obj->name);
	free(obj->fault_text);
	free(obj);
}

/* A task may be inside one of its programs and will come back to it: then it goes with the machine. */
KS_PUBLIC void ks_object_close(struct ks_object *obj)
{
	if (!obj || api_enter_object(obj, API_OUTSIDE, ~0u))
		return;
	detach(obj);
	unlink_object(obj);
	if (!obj->nr_calls) {
		object_free(obj);
		return;
	}
	obj->next = obj->km->closed;
	obj->km->closed = obj;
}

static void free_list(struct ks_object **list)
{
	struct ks_object *obj;

	while ((obj = *list)) {
		*list = obj->next;
		object_free(obj);
	}
}

/* The machine has stopped for good: nobody comes back to what is freed. */
void objects_close(struct ks_machine *km)
{
	struct ks_object *obj;

	for (obj = km->objects; obj; obj = obj->next)
		detach(obj);
	free_list(&km->objects);
	free_list(&km->closed);
}
