// SPDX-License-Identifier: GPL-2.0-only
/*
 * inspect.c - what an object needs of the machine, and what of it is missing: its
 * programs, its maps, the members of its ops, the kfuncs and kernel variables that
 * it names. Nothing is loaded.
 */
#include <fcntl.h>
#include <gelf.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>
#include <bpf/btf.h>
#include <bpf/libbpf.h>
#include "abi/btf.h"
#include "abi/profile.h"
#include "api/api.h"
#include "bpf/callable.h"
#include "bpf/map.h"
#include "kern/hooks.h"
#include "kern/machine.h"

static u32 list_programs(const struct ks_object *obj, FILE *out)
{
	struct bpf_program *prog;
	const char *target;
	u32 missing = 0;

	fprintf(out, "programs:\n");
	bpf_object__for_each_program(prog, obj->obj) {
		const char *sec = bpf_program__section_name(prog);
		bool lacks = false;

		target = strrchr(sec, '/');
		if (bpf_program__type(prog) == BPF_PROG_TYPE_TRACING && target)
			lacks = !hook_exists(target + 1);
		missing += lacks && bpf_program__autoload(prog);
		fprintf(out, "  %-28s %-36s %6zu insns%s%s\n", bpf_program__name(prog), sec,
			bpf_program__insn_cnt(prog),
			bpf_program__autoload(prog) ? "" : "  optional",
			lacks ? "  MISSING: the machine never reaches it" : "");
	}
	return missing;
}

static bool map_type_exists(enum bpf_map_type type)
{
	const struct map_ops *const *ops;

	for (ops = map_types; *ops; ops++)
		if ((*ops)->type == type)
			return true;
	return false;
}

static u32 list_maps(const struct ks_object *obj, FILE *out)
{
	struct bpf_map *map;
	u32 missing = 0;

	fprintf(out, "maps:\n");
	bpf_object__for_each_map(map, obj->obj) {
		bool there = map_type_exists(bpf_map__type(map));

		missing += !there;
		fprintf(out, "  %-28s %-16s key %u, value %u, entries %u%s\n", bpf_map__name(map),
			libbpf_bpf_map_type_str(bpf_map__type(map)), bpf_map__key_size(map),
			bpf_map__value_size(map), bpf_map__max_entries(map),
			there ? "" : "  MISSING: the machine has no such type");
	}
	return missing;
}

static void list_ops(const struct ks_object *obj, FILE *out)
{
	const struct btf *btf = bpf_object__btf(obj->obj);
	const struct btf_type *t = btf__type_by_id(btf, bpf_map__btf_value_type_id(obj->ops));
	const u8 *data = bpf_map__initial_value(obj->ops, NULL);
	u32 i, n = 0;

	fprintf(out, "ops: %s:", bpf_map__name(obj->ops));
	for (i = 0; i < btf_vlen(t); i++) {
		const struct btf_member *m = btf_members(t) + i;
		void *func;

		if (!btf_is_ptr(btf__type_by_id(btf, m->type)))
			continue;
		memcpy(&func, data + m->offset / 8, sizeof(func));
		if (func)
			fprintf(out, "%s%s", n++ ? ", " : " ", btf__name_by_offset(btf, m->name_off));
	}
	fputc('\n', out);
}

/* "scx_bpf_dsq_insert___v2___compat" is the kernel's scx_bpf_dsq_insert___v2: the last ___ is the object's */
static void kernel_name(const char *name, char *buf, size_t len)
{
	const char *flavour = NULL, *p;

	for (p = strstr(name, "___"); p; p = strstr(p + 3, "___"))
		flavour = p;
	snprintf(buf, len, "%.*s", flavour ? (int)(flavour - name) : (int)strlen(name), name);
}

static bool is_kconfig(const char *name)
{
	return !strncmp(name, "CONFIG_", 7) || !strncmp(name, "LINUX_", 6);
}

/* true if the object cannot be loaded for want of it */
static bool list_symbol(const struct ks_machine *km, const char *name, bool weak, FILE *out)
{
	u16 version = km->m->prof->version;
	const char *state = "works";
	bool there = true;
	char kernel[128];

	kernel_name(name, kernel, sizeof(kernel));
	if (is_kconfig(name)) {
		state = "configuration";
	} else if (vmbtf_find(km->m->types, kernel, BTF_KIND_VAR)) {
		state = "variable";
	} else if (!kfunc_find(kernel, version)) {
		there = false;
		state = weak ? "absent" : "MISSING: the object cannot be loaded without it";
	}
	fprintf(out, "  %-44s %s\n", name, state);
	return !there && !weak;
}

/* Undefined symbols are what the object wants from the kernel. */
static u32 list_section(const struct ks_object *obj, Elf *elf, Elf_Scn *scn, FILE *out)
{
	Elf_Data *data = elf_getdata(scn, NULL);
	GElf_Shdr shdr;
	GElf_Sym sym;
	u32 missing = 0;
	int i;

	if (!data || !gelf_getshdr(scn, &shdr))
		return 0;
	for (i = 1; gelf_getsym(data, i, &sym); i++) {
		const char *name = elf_strptr(elf, shdr.sh_link, sym.st_name);

		if (sym.st_shndx == SHN_UNDEF && name && *name)
			missing += list_symbol(obj->km, name,
					       GELF_ST_BIND(sym.st_info) == STB_WEAK, out);
	}
	return missing;
}

/* From the file: libbpf has given its own copy other names by now. */
static u32 list_symbols(const struct ks_object *obj, FILE *out)
{
	int fd = open(obj->path, O_RDONLY | O_CLOEXEC);
	Elf_Scn *scn = NULL;
	GElf_Shdr shdr;
	u32 missing = 0;
	Elf *elf;

	if (fd < 0)
		return 0;
	elf_version(EV_CURRENT);
	elf = elf_begin(fd, ELF_C_READ, NULL);
	fprintf(out, "kernel functions and variables:\n");
	while (elf && (scn = elf_nextscn(elf, scn)))
		if (gelf_getshdr(scn, &shdr) && shdr.sh_type == SHT_SYMTAB)
			missing += list_section(obj, elf, scn, out);
	elf_end(elf);
	close(fd);
	return missing;
}

KS_PUBLIC int ks_object_inspect(struct ks_object *obj, FILE *out)
{
	u32 missing;

	fprintf(out, "%s on kernel %s\n", obj->name, obj->km->m->prof->name);
	list_ops(obj, out);
	missing = list_programs(obj, out);
	missing += list_maps(obj, out);
	missing += list_symbols(obj, out);
	return missing ? api_fail(KS_LOAD, "%s: %u of what it needs is missing on kernel %s",
				  obj->name, missing, obj->km->m->prof->name) : KS_OK;
}
