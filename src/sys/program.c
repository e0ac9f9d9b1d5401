// SPDX-License-Identifier: GPL-2.0-only
/*
 * program.c - see program.h. What decides is the program's ELF header, as the kernel and
 * the dynamic loader read it:
 *
 *	no PT_INTERP			bare: nobody loads a library
 *	no DT_NEEDED			bare: its system calls and threads are its own (Go's PIE)
 *	another libc			bare: the library is for glibc
 *	another machine			refused
 *	runs with rights of its own	refused: the dynamic loader ignores LD_PRELOAD
 *	#! INTERPRETER			that one decides; a bare one is refused
 */
#include "sys/program.h"

#include <elf.h>
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "base/types.h"

#define SCRIPTS_MAX 5 /* deep: fs/exec.c */
#define PHDRS_MAX 128

#if defined(__x86_64__)
#define OUR_MACHINE EM_X86_64
#elif defined(__aarch64__)
#define OUR_MACHINE EM_AARCH64
#else
#error "the ELF machine of this architecture is not known here"
#endif

/* What a syscall instruction of any program's can be caught by is x86-64's. */
#if defined(__x86_64__)
#define CATCHES_BARE true
#else
#define CATCHES_BARE false
#endif

struct program {
	const char *path;
	int fd;
	char *why;
	size_t len;
	enum program_kind kind;
};

/* NULL, and what kind it is: it can be caught. Else why not. */
static const char *accept_as(struct program *p, enum program_kind kind)
{
	p->kind = kind;
	return NULL;
}

__attribute__((format(printf, 2, 3))) static const char *refuse(struct program *p, const char *fmt,
								...)
{
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(p->why, p->len, fmt, ap);
	va_end(ap);
	return p->why;
}

/* ---- finding ---- */

static bool can_start(const char *path)
{
	struct stat st;

	return !stat(path, &st) && S_ISREG(st.st_mode) && !access(path, X_OK);
}

static int whole_path(const char *name, char path[PROGRAM_PATH_BYTES])
{
	if (snprintf(path, PROGRAM_PATH_BYTES, "%s", name) >= PROGRAM_PATH_BYTES)
		return -ENAMETOOLONG;
	return can_start(path) ? 0 : access(path, F_OK) ? -errno : -EACCES;
}

int program_find(const char *name, char path[PROGRAM_PATH_BYTES])
{
	const char *dir = getenv("PATH"), *end;

	if (!*name)
		return -ENOENT;
	if (strchr(name, '/'))
		return whole_path(name, path);
	for (dir = dir ? dir : "/bin:/usr/bin"; dir; dir = *end ? end + 1 : NULL) {
		end = strchrnul(dir, ':');
		if (snprintf(path, PROGRAM_PATH_BYTES, "%.*s%s%s", (int)(end - dir), dir,
			     end > dir ? "/" : "", name) < PROGRAM_PATH_BYTES &&
		    can_start(path))
			return 0;
	}
	return -ENOENT;
}

/* ---- rights ---- */

/* What sets AT_SECURE (security/commoncap.c): ids that change, capabilities of the file */
static const char *check_rights(struct program *p)
{
	struct stat st;

	if (fstat(p->fd, &st))
		return refuse(p, "cannot be read: %s", strerror(errno));
	if ((st.st_mode & S_ISUID && st.st_uid != geteuid()) ||
	    ((st.st_mode & (S_ISGID | S_IXGRP)) == (S_ISGID | S_IXGRP) && st.st_gid != getegid()))
		return refuse(
			p,
			"is setuid or setgid: no library is preloaded into it; run a copy of it "
			"without that bit");
	if (geteuid() && fgetxattr(p->fd, "security.capability", NULL, 0) > 0)
		return refuse(p,
			      "has capabilities of its own: no library is preloaded into it; run a "
			      "copy of it");
	return NULL;
}

/* ---- ELF ---- */

static const Elf64_Phdr *find_phdr(const Elf64_Phdr *ph, u32 nr, u32 type)
{
	u32 i;

	for (i = 0; i < nr; i++)
		if (ph[i].p_type == type)
			return &ph[i];
	return NULL;
}

static const char *base_name(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash ? slash + 1 : path;
}

/* glibc's dynamic loader can be started by hand: ld-linux-x86-64.so.2 PROGRAM */
static bool is_dynamic_loader(const char *path)
{
	char real[PROGRAM_PATH_BYTES];

	return has_prefix(base_name(path), "ld-linux") ||
	       (realpath(path, real) && has_prefix(base_name(real), "ld-linux"));
}

static const char *check_interpreter(struct program *p, const Elf64_Phdr *ph)
{
	char interp[PROGRAM_PATH_BYTES] = "";

	if (ph->p_filesz >= sizeof(interp) ||
	    pread(p->fd, interp, ph->p_filesz, (off_t)ph->p_offset) != (ssize_t)ph->p_filesz)
		return refuse(p, "is a damaged ELF file");
	if (is_dynamic_loader(interp))
		return accept_as(p, PROGRAM_PRELOADED);
	if (access(interp, R_OK))
		return refuse(p, "needs %s, which is not here", interp);
	if (!CATCHES_BARE)
		return refuse(p, "is for another C library (%s): it must be linked with glibc",
			      base_name(interp));
	return accept_as(p, PROGRAM_BARE);
}

static bool needs_library(const struct program *p, const Elf64_Phdr *ph)
{
	Elf64_Dyn dyn;
	u64 at;

	for (at = 0; ph && at + sizeof(dyn) <= ph->p_filesz; at += sizeof(dyn)) {
		if (pread(p->fd, &dyn, sizeof(dyn), (off_t)(ph->p_offset + at)) != sizeof(dyn) ||
		    dyn.d_tag == DT_NULL)
			break;
		if (dyn.d_tag == DT_NEEDED)
			return true;
	}
	return false;
}

static const char *check_static(struct program *p)
{
	if (CATCHES_BARE)
		return accept_as(p, PROGRAM_BARE);
	return refuse(
		p,
		"is linked statically, or without the C library: its system calls would go to "
		"the host; link it dynamically");
}

static const char *check_phdrs(struct program *p, const Elf64_Ehdr *e)
{
	Elf64_Phdr ph[PHDRS_MAX];
	ssize_t bytes = (ssize_t)(e->e_phnum * sizeof(*ph));
	const Elf64_Phdr *interp;

	if (e->e_phentsize != sizeof(*ph) || e->e_phnum > PHDRS_MAX ||
	    pread(p->fd, ph, (size_t)bytes, (off_t)e->e_phoff) != bytes)
		return refuse(p, "is a damaged ELF file");
	interp = find_phdr(ph, e->e_phnum, PT_INTERP);
	if (is_dynamic_loader(p->path))
		return accept_as(p, PROGRAM_PRELOADED);
	if (!interp || !needs_library(p, find_phdr(ph, e->e_phnum, PT_DYNAMIC)))
		return check_static(p);
	return check_interpreter(p, interp);
}

static const char *check_elf(struct program *p, const Elf64_Ehdr *e)
{
	if (e->e_ident[EI_CLASS] != ELFCLASS64 || e->e_ident[EI_DATA] != ELFDATA2LSB ||
	    e->e_machine != OUR_MACHINE)
		return refuse(p, "is for another architecture (ELF machine %u)", e->e_machine);
	if (e->e_type != ET_EXEC && e->e_type != ET_DYN)
		return refuse(p, "is no program (ELF type %u)", e->e_type);
	return check_phdrs(p, e);
}

/* ---- scripts ---- */

static enum program_kind check_at(const char *path, u32 depth, char *why, size_t len);

static const char *check_script(struct program *p, char *line, u32 depth)
{
	char *name = line + 2 + strspn(line + 2, " \t");
	char inner[512];

	name[strcspn(name, " \t\n")] = 0;
	if (depth >= SCRIPTS_MAX)
		return refuse(p, "is a script of a script of a script");
	switch (check_at(name, depth + 1, inner, sizeof(inner))) {
	case PROGRAM_PRELOADED:
		return accept_as(p, PROGRAM_PRELOADED);
	case PROGRAM_BARE:
		return refuse(
			p,
			"is a script, and its interpreter %s is linked statically: start that "
			"one, with the script as its argument",
			name);
	default:
		return refuse(p, "is a script, and its interpreter %s %s", name, inner);
	}
}

static const char *check_start(struct program *p, u32 depth)
{
	union {
		Elf64_Ehdr e;
		char text[256];
	} head = { .text = "" };
	const char *err = check_rights(p);
	ssize_t n;

	if (err)
		return err;
	n = pread(p->fd, &head, sizeof(head) - 1, 0);
	if (n >= (ssize_t)sizeof(head.e) && !memcmp(head.e.e_ident, ELFMAG, SELFMAG))
		return check_elf(p, &head.e);
	if (n > 2 && !memcmp(head.text, "#!", 2))
		return check_script(p, head.text, depth);
	return refuse(p, "is neither an ELF program nor a script");
}

static enum program_kind check_at(const char *path, u32 depth, char *why, size_t len)
{
	struct program p = {
		.path = path, .fd = open(path, O_RDONLY | O_CLOEXEC), .why = why, .len = len
	};
	const char *err;

	err = p.fd < 0 ? refuse(&p, "cannot be read: %s", strerror(errno)) : check_start(&p, depth);
	if (p.fd >= 0)
		close(p.fd);
	return err ? PROGRAM_REFUSED : p.kind;
}

enum program_kind program_check(const char *path, char *why, size_t len)
{
	return check_at(path, 0, why, len);
}
