// SPDX-License-Identifier: GPL-2.0-only
/* elf_check.c - see elf_check.h. */
#include "api/elf_check.h"

#include <errno.h>
#include <fcntl.h>
#include <gelf.h>
#include <stdbool.h>
#include <stdio.h>
#include <unistd.h>

/* Of those that are in no section, a value is no place. */
static bool is_placed(Elf *elf, const GElf_Sym *sym, GElf_Shdr *section)
{
	if (sym->st_shndx == SHN_UNDEF || sym->st_shndx >= SHN_LORESERVE)
		return false;
	return gelf_getshdr(elf_getscn(elf, sym->st_shndx), section);
}

static int check_symbols(Elf *elf, const GElf_Shdr *table, Elf_Data *data, char *why, size_t len)
{
	const char *name;
	GElf_Shdr shdr;
	GElf_Sym sym;

	for (int i = 1; gelf_getsym(data, i, &sym); i++) {
		if (!is_placed(elf, &sym, &shdr) ||
		    (sym.st_value <= shdr.sh_size && sym.st_size <= shdr.sh_size - sym.st_value))
			continue;
		name = elf_strptr(elf, table->sh_link, sym.st_name);
		snprintf(why, len, "symbol '%s' is not inside of its section", name ? name : "");
		return -EINVAL;
	}
	return 0;
}

static int check_sections(Elf *elf, char *why, size_t len)
{
	Elf_Scn *scn = NULL;
	GElf_Shdr shdr;
	Elf_Data *data;
	int err = 0;

	while (!err && (scn = elf_nextscn(elf, scn))) {
		if (!gelf_getshdr(scn, &shdr) || shdr.sh_type != SHT_SYMTAB)
			continue;
		data = elf_getdata(scn, NULL);
		err = data ? check_symbols(elf, &shdr, data, why, len) : 0;
	}
	return err;
}

int elf_check(const char *path, char *why, size_t len)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC), err = 0;
	Elf *elf;

	if (fd < 0)
		return 0;
	elf_version(EV_CURRENT);
	elf = elf_begin(fd, ELF_C_READ, NULL);
	if (elf)
		err = check_sections(elf, why, len);
	elf_end(elf);
	close(fd);
	return err;
}
