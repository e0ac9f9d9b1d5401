// SPDX-License-Identifier: GPL-2.0-only
/*
 * image.c - a program that the dynamic loader cannot put a library into: it is mapped into
 * a process that has the library already, where the kernel would have put it (fs/binfmt_elf.c):
 *
 *	PT_LOAD at 0x400000, ET_EXEC	──▶ there, or not at all
 *	PT_LOAD at 0, ET_DYN		──▶ where there is room
 *	PT_INTERP ld-musl-x86_64.so.1	──▶ that too; it begins, and maps the rest
 *
 * The heap of brk(2) has room behind the program. What the program is told at its start is
 * the machine's: no vdso, whose clock is the host's, and random bytes of the seed.
 */
#include "exec/image.h"

#include <elf.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/auxv.h>
#include <sys/mman.h>
#include <unistd.h>

#include "exec/ident.h"

#define PAGE 4096UL
#define PHDRS_MAX 128
#define SPAN_MAX (1UL << 38)  /* of a program's segments */
#define HEAP_ROOM (1UL << 30) /* reserved for brk(2) */
#define STACK_BYTES (8UL << 20)

#ifdef __x86_64__
#define OUR_MACHINE EM_X86_64
#define PLATFORM "x86_64"
#else
#define OUR_MACHINE EM_NONE
#define PLATFORM ""
#endif

struct file {
	int fd;
	Elf64_Ehdr e;
	Elf64_Phdr ph[PHDRS_MAX];
	u64 low, high;	   /* of its segments, whole pages */
	char interp[4096]; /* "": none */
};

static u64 page_down(u64 at)
{
	return at & ~(PAGE - 1);
}

/* ---- reading ---- */

static int read_at(const struct file *f, void *buf, size_t len, u64 at)
{
	return pread(f->fd, buf, len, (off_t)at) == (ssize_t)len ? 0 : -ENOEXEC;
}

static int read_phdr(struct file *f, const Elf64_Phdr *ph)
{
	if (ph->p_type == PT_INTERP) {
		if (!ph->p_filesz || ph->p_filesz > sizeof(f->interp) ||
		    read_at(f, f->interp, ph->p_filesz, ph->p_offset))
			return -ENOEXEC;
		return f->interp[ph->p_filesz - 1] ? -ENOEXEC : 0;
	}
	if (ph->p_type != PT_LOAD)
		return 0;
	if (ph->p_memsz > SPAN_MAX || ph->p_filesz > ph->p_memsz || ph->p_vaddr >> 47 ||
	    (ph->p_vaddr ^ ph->p_offset) & (PAGE - 1))
		return -ENOEXEC;
	if (page_down(ph->p_vaddr) < f->low)
		f->low = page_down(ph->p_vaddr);
	if (ALIGN_UP(ph->p_vaddr + ph->p_memsz, PAGE) > f->high)
		f->high = ALIGN_UP(ph->p_vaddr + ph->p_memsz, PAGE);
	return 0;
}

static int read_headers(struct file *f)
{
	int i, err;

	f->low = ~0UL;
	if (read_at(f, &f->e, sizeof(f->e), 0) || memcmp(f->e.e_ident, ELFMAG, SELFMAG) ||
	    f->e.e_ident[EI_CLASS] != ELFCLASS64 || f->e.e_machine != OUR_MACHINE ||
	    (f->e.e_type != ET_EXEC && f->e.e_type != ET_DYN) ||
	    f->e.e_phentsize != sizeof(f->ph[0]) || f->e.e_phnum > PHDRS_MAX ||
	    read_at(f, f->ph, f->e.e_phnum * sizeof(f->ph[0]), f->e.e_phoff))
		return -ENOEXEC;
	for (i = 0; i < f->e.e_phnum; i++) {
		err = read_phdr(f, &f->ph[i]);
		if (err)
			return err;
	}
	return f->low >= f->high || f->high - f->low > SPAN_MAX ? -ENOEXEC : 0;
}

/* ---- mapping ---- */

/* Room for all segments and @more bytes: nothing else is there, and nothing will be. */
static int reserve(struct file *f, u64 more, u64 *base)
{
	bool fixed = f->e.e_type == ET_EXEC;
	u64 bytes = f->high - f->low + more;
	void *want = fixed ? (void *)f->low : NULL;
	void *p = mmap(want, bytes, PROT_NONE,
		       MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE |
			       (fixed ? MAP_FIXED_NOREPLACE : 0),
		       -1, 0);

	if (p == MAP_FAILED)
		return -errno;
	if (fixed && p != want) { /* a host that takes the flag as a hint */
		munmap(p, bytes);
		return -EEXIST;
	}
	*base = (u64)p - f->low;
	return 0;
}

static int protection(u32 flags)
{
	return (flags & PF_R ? PROT_READ : 0) | (flags & PF_W ? PROT_WRITE : 0) |
	       (flags & PF_X ? PROT_EXEC : 0);
}

/* The file's bytes, and zeros behind them. */
static int map_segment(const struct file *f, const Elf64_Phdr *ph, u64 base)
{
	u64 begin = page_down(base + ph->p_vaddr), file_end = base + ph->p_vaddr + ph->p_filesz;
	u64 zero_from = ph->p_filesz ? ALIGN_UP(file_end, PAGE) : begin;
	u64 end = ALIGN_UP(base + ph->p_vaddr + ph->p_memsz, PAGE);
	int prot = protection(ph->p_flags);

	if (ph->p_filesz && mmap((void *)begin, file_end - begin, prot, MAP_PRIVATE | MAP_FIXED,
				 f->fd, (off_t)page_down(ph->p_offset)) == MAP_FAILED)
		return -errno;
	if (zero_from < end && mmap((void *)zero_from, end - zero_from, prot,
				    MAP_PRIVATE | MAP_FIXED | MAP_ANONYMOUS, -1, 0) == MAP_FAILED)
		return -errno;
	if (ph->p_filesz && ph->p_memsz > ph->p_filesz && prot & PROT_WRITE)
		memset((void *)file_end, 0, ALIGN_UP(file_end, PAGE) - file_end);
	return 0;
}

static int map_segments(struct file *f, u64 more, u64 *base)
{
	int i, err = reserve(f, more, base);

	for (i = 0; !err && i < f->e.e_phnum; i++)
		if (f->ph[i].p_type == PT_LOAD && f->ph[i].p_memsz)
			err = map_segment(f, &f->ph[i], *base);
	return err;
}

static int open_file(const char *path, struct file *f)
{
	int err;

	*f = (struct file){ .fd = open(path, O_RDONLY | O_CLOEXEC) };
	if (f->fd < 0)
		return -errno;
	err = read_headers(f);
	if (err)
		close(f->fd);
	return err;
}

/* It begins, in the program's place, and has no interpreter itself. */
static int map_interpreter(const char *path, struct image *img)
{
	struct file f;
	int err = open_file(path, &f);

	if (err)
		return err;
	err = map_segments(&f, 0, &img->interp_base);
	img->entry = img->interp_base + f.e.e_entry;
	close(f.fd);
	return err;
}

/* Where the program headers lie in memory: in one of the segments. */
static u64 find_phdr(const struct file *f, u64 base)
{
	int i;

	for (i = 0; i < f->e.e_phnum; i++) {
		const Elf64_Phdr *ph = &f->ph[i];

		if (ph->p_type == PT_LOAD && f->e.e_phoff >= ph->p_offset &&
		    f->e.e_phoff < ph->p_offset + ph->p_filesz)
			return base + ph->p_vaddr + (f->e.e_phoff - ph->p_offset);
	}
	return 0;
}

int image_map(const char *path, struct image *img)
{
	struct file f;
	int err = open_file(path, &f);

	*img = (struct image){ 0 };
	if (err)
		return err;
	err = map_segments(&f, HEAP_ROOM, &img->base);
	img->entry = img->program_entry = img->base + f.e.e_entry;
	img->phdr = find_phdr(&f, img->base);
	img->phnum = f.e.e_phnum;
	img->brk = img->base + f.high;
	img->brk_limit = img->brk + HEAP_ROOM;
	if (!err && f.interp[0])
		err = map_interpreter(f.interp, img);
	close(f.fd);
	return err;
}

/* ---- the stack ---- */

struct stack {
	u64 low, sp;
	bool full;
};

static u64 push(struct stack *s, const void *bytes, size_t len)
{
	if (s->full || s->sp - s->low < len + PAGE) {
		s->full = true;
		return 0;
	}
	s->sp -= len;
	memcpy((void *)s->sp, bytes, len);
	return s->sp;
}

static void push_word(struct stack *s, u64 word)
{
	push(s, &word, sizeof(word));
}

static u64 push_string(struct stack *s, const char *text)
{
	return push(s, text, strlen(text) + 1);
}

static size_t count(char **list)
{
	size_t n = 0;

	while (list[n])
		n++;
	return n;
}

/* The list's strings lie at @strings, one behind the other. */
static void push_list(struct stack *s, char **list, u64 strings)
{
	size_t n = count(list), i;
	u64 at = strings;

	push_word(s, 0);
	for (i = 0; i < n; i++)
		at += strlen(list[i]) + 1;
	for (i = n; i-- && !s->full;) {
		at -= strlen(list[i]) + 1;
		push_word(s, at);
	}
}

static u64 push_strings(struct stack *s, char **list)
{
	size_t i;

	for (i = count(list); i--;)
		push_string(s, list[i]);
	return s->sp;
}

/* fs/binfmt_elf.c:create_elf_tables(), without AT_SYSINFO_EHDR; the loader is root here */
static void push_aux(struct stack *s, const struct image *img, u64 path, u64 platform, u64 random)
{
	const u64 aux[][2] = {
		{ AT_HWCAP, getauxval(AT_HWCAP) },
		{ AT_HWCAP2, getauxval(AT_HWCAP2) },
		{ AT_PAGESZ, PAGE },
		{ AT_CLKTCK, 100 },
		{ AT_PHDR, img->phdr },
		{ AT_PHENT, sizeof(Elf64_Phdr) },
		{ AT_PHNUM, img->phnum },
		{ AT_BASE, img->interp_base },
		{ AT_FLAGS, 0 },
		{ AT_ENTRY, img->program_entry },
		{ AT_UID, 0 },
		{ AT_EUID, 0 },
		{ AT_GID, 0 },
		{ AT_EGID, 0 },
		{ AT_SECURE, 0 },
		{ AT_RANDOM, random },
		{ AT_EXECFN, path },
		{ AT_PLATFORM, platform },
		{ AT_MINSIGSTKSZ, getauxval(AT_MINSIGSTKSZ) },
		{ AT_NULL, 0 },
	};
	size_t i;

	for (i = sizeof(aux) / sizeof(aux[0]); i--;)
		push(s, aux[i], sizeof(aux[i]));
}

int image_stack(const struct image *img, const char *path, char **argv, char **env, u64 *sp)
{
	char *low = mmap(NULL, STACK_BYTES, PROT_READ | PROT_WRITE,
			 MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | MAP_STACK, -1, 0);
	struct stack s = { (u64)low, (u64)low + STACK_BYTES, false };
	u64 path_at, platform, random, args, envs, words;
	u8 bytes[16];

	if (low == MAP_FAILED)
		return -errno;
	mprotect(low, PAGE, PROT_NONE);
	ident_random(bytes, sizeof(bytes));
	path_at = push_string(&s, path);
	envs = push_strings(&s, env);
	args = push_strings(&s, argv);
	platform = push_string(&s, PLATFORM);
	random = push(&s, bytes, sizeof(bytes));
	s.sp &= ~15UL;
	words = count(argv) + count(env) + 3;
	if (words & 1) /* argc is to lie at a multiple of 16 */
		push_word(&s, 0);
	push_aux(&s, img, path_at, platform, random);
	push_list(&s, env, envs);
	push_list(&s, argv, args);
	push_word(&s, count(argv));
	*sp = s.sp;
	return s.full ? -E2BIG : 0;
}
