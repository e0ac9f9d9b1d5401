// SPDX-License-Identifier: GPL-2.0-only
/*
 * inspect_elf.c - what the file itself tells: symbols that the kernel has to give,
 * helpers by the calls in the code, CO-RE records. From the file, since libbpf has
 * given its own copy other names by now.
 */
#include <fcntl.h>
#include <gelf.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>
#include <bpf/btf.h>
#include <bpf/libbpf.h>
#include <linux/bpf.h>
#include "abi/btf.h"
#include "abi/profile.h"
#include "api/inspect.h"
#include "bpf/callable.h"
#include "kern/machine.h"

void inspect_kernel_name(const char *name, char *buf, size_t len)
{
	const char *flavour = NULL, *p;

	for (p = strstr(name, "___"); p; p = strstr(p + 3, "___"))
		flavour = p;
	snprintf(buf, len, "%.*s", flavour ? (int)(flavour - name) : (int)strlen(name), name);
}

static bool is_kconfig(const char *name)
{
	return has_prefix(name, "CONFIG_") || has_prefix(name, "LINUX_");
}

static bool kfunc_elsewhere(const char *name)
{
	const struct profile *prof;
	u32 i;

	for (i = 0; (prof = profile_at(i)); i++)
		if (kfunc_find(name, prof))
			return true;
	return false;
}

static void add_symbol(struct report *r, const char *name, bool weak)
{
	const struct machine *m = r->obj->km->m;
	enum verdict verdict = V_WORKS;
	char kernel[128];

	inspect_kernel_name(name, kernel, sizeof(kernel));
	if (is_kconfig(name)) {
		report_add(r, "kconfig", name, V_WORKS, false, "%s", "");
		return;
	}
	if (vmbtf_find(m->types, kernel, BTF_KIND_VAR)) {
		report_add(r, "variables", name, V_WORKS, false, "%s", "");
		return;
	}
	if (!kfunc_find(kernel, m->prof))
		verdict = kfunc_elsewhere(kernel) ? V_ABSENT : V_UNMODELLED;
	report_add(r, "kfuncs", name, verdict, verdict && !weak, "%s", weak ? "weak" : "");
}

/* Undefined symbols are what the object wants from the kernel. */
static void add_symbols(struct report *r, Elf *elf, const GElf_Shdr *shdr, Elf_Data *data)
{
	GElf_Sym sym;
	int i;

	for (i = 1; gelf_getsym(data, i, &sym); i++) {
		const char *name = elf_strptr(elf, shdr->sh_link, sym.st_name);

		if (sym.st_shndx == SHN_UNDEF && name && *name)
			add_symbol(r, name, GELF_ST_BIND(sym.st_info) == STB_WEAK);
	}
}

static void add_helper(struct report *r, u32 id)
{
	const struct helper *h = helper_find(id);
	char name[32];

	snprintf(name, sizeof(name), "helper #%u", id);
	report_add(r, "helpers", h ? h->name : name, h ? V_WORKS : V_UNMODELLED, false, "%s", "");
}

static void add_helpers(struct report *r, const Elf_Data *data)
{
	const struct bpf_insn *insn = data->d_buf, *end = insn + data->d_size / sizeof(*insn);

	for (; insn < end; insn++)
		if (insn->code == (BPF_JMP | BPF_CALL) && !insn->src_reg)
			add_helper(r, insn->imm);
}

static void add_section(struct report *r, Elf *elf, Elf_Scn *scn, size_t names)
{
	Elf_Data *data = elf_getdata(scn, NULL);
	const char *name;
	GElf_Shdr shdr;

	if (!data || !data->d_buf || !gelf_getshdr(scn, &shdr))
		return;
	name = elf_strptr(elf, names, shdr.sh_name);
	if (shdr.sh_type == SHT_SYMTAB)
		add_symbols(r, elf, &shdr, data);
	else if (shdr.sh_flags & SHF_EXECINSTR)
		add_helpers(r, data);
	else if (name && !strcmp(name, ".BTF.ext"))
		inspect_core(r, data->d_buf, data->d_size);
}

void inspect_elf(struct report *r)
{
	int fd = r->obj->built_fd > 0 ? fcntl(r->obj->built_fd, F_DUPFD_CLOEXEC, 0) :
					open(r->obj->path, O_RDONLY | O_CLOEXEC);
	Elf_Scn *scn = NULL;
	size_t names;
	Elf *elf;

	if (fd < 0)
		return;
	elf_version(EV_CURRENT);
	elf = elf_begin(fd, ELF_C_READ, NULL);
	if (elf && !elf_getshdrstrndx(elf, &names))
		while ((scn = elf_nextscn(elf, scn)))
			add_section(r, elf, scn, names);
	elf_end(elf);
	close(fd);
}
