// SPDX-License-Identifier: GPL-2.0-only
/*
 * fuzz_object.c - objects from strangers: a file's bytes through `inspect`, and through
 * what `run` does: open, load, attach, a little virtual time, close.
 *
 * Bytes of an ELF file that change anywhere mostly end in libelf's refusal. So the
 * mutator changes one section at a time, as what it is: instructions, words of a table,
 * bytes; rarely the headers. The file keeps its shape and gets past the first door.
 */
#include <elf.h>
#include <linux/bpf.h>
#include "fuzz.h"
#include "kern/machine.h"

#define RUN_NS 1000000
#define RUN_INSNS_MAX 100000

int LLVMFuzzerTestOneInput(const u8 *data, size_t size)
{
	struct ks_machine *m = fuzz_machine(size);
	struct ks_object *obj;
	char path[32];
	int fd = fuzz_file(data, size, path);

	machine->env.insns_max = RUN_INSNS_MAX;
	if (!ks_object_open(m, path, NULL, &obj)) {
		ks_object_inspect(obj, fuzz_sink());
		if (!ks_object_load(obj) && !ks_object_attach(obj)) {
			ks_machine_workload(m, "mixed");
			ks_machine_run(m, RUN_NS);
			ks_object_dump_map(obj, ".bss", fuzz_sink());
		}
	}
	ks_machine_exit_report(m, fuzz_sink());
	ks_machine_destroy(m);
	close(fd);
	return 0;
}

/* ---- the mutator ---- */

static u32 next_random(u32 *state)
{
	*state = *state * 1664525 + 1013904223;
	return *state >> 8;
}

/* The sections, or NULL if the headers do not lie in the file. */
static const Elf64_Shdr *sections(const u8 *data, size_t size, u32 *nr)
{
	const Elf64_Ehdr *e = (const void *)data;

	if (size < sizeof(*e) || e->e_shoff % 8 || e->e_shoff > size ||
	    e->e_shentsize != sizeof(Elf64_Shdr) ||
	    (size - e->e_shoff) / sizeof(Elf64_Shdr) < e->e_shnum)
		return NULL;
	*nr = e->e_shnum;
	return (const void *)(data + e->e_shoff);
}

static u32 odd_number(u32 *rng)
{
	static const u32 odd[] = { 0,	  1,	      2,	  7,	      8,
				   64,	  255,	      256,	  4096,	      65535,
				   65536, 0x7fffffff, 0x80000000, 0xffffffff, 0xfffffff8 };
	u32 n = next_random(rng);

	return n & 1 ? odd[(n >> 1) % ARRAY_SIZE(odd)] : n >> 1 & 0xff;
}

/* one 32-bit word: types, offsets, sizes */
static void change_word(u8 *at, size_t size, u32 *rng)
{
	size_t off = next_random(rng) % (size / 4) * 4;
	u32 how = next_random(rng) % 4, v;

	memcpy(&v, at + off, 4);
	if (how == 0)
		v = odd_number(rng);
	else if (how == 1)
		v += 1 - (next_random(rng) & 2);
	else if (how == 2)
		v ^= 1u << next_random(rng) % 32;
	else
		memcpy(&v, at + next_random(rng) % (size / 4) * 4, 4);
	memcpy(at + off, &v, 4);
}

/* one field of one instruction, or another one over it */
static void change_insn(u8 *at, size_t size, u32 *rng)
{
	size_t n = size / sizeof(struct bpf_insn);
	u8 *to = at + next_random(rng) % n * sizeof(struct bpf_insn);
	struct bpf_insn insn;

	memcpy(&insn, to, sizeof(insn)); /* a changed file need not be aligned */
	switch (next_random(rng) % 6) {
	case 0:
		memcpy(&insn, at + next_random(rng) % n * sizeof(insn), sizeof(insn));
		break;
	case 1:
		insn.dst_reg = next_random(rng) % 11;
		break;
	case 2:
		insn.src_reg = next_random(rng) % 11;
		break;
	case 3:
		insn.off += (s8)next_random(rng);
		break;
	case 4:
		insn.imm = odd_number(rng);
		break;
	default:
		insn.code ^= 1 << next_random(rng) % 8;
	}
	memcpy(to, &insn, sizeof(insn));
}

static void change_section(u8 *data, const Elf64_Shdr *s, u32 *rng)
{
	u8 *at = data + s->sh_offset;

	if (s->sh_flags & SHF_EXECINSTR)
		change_insn(at, s->sh_size, rng);
	else if (s->sh_offset % 4 || s->sh_type == SHT_STRTAB || next_random(rng) % 4 == 0)
		LLVMFuzzerMutate(at, s->sh_size, s->sh_size);
	else
		change_word(at, s->sh_size, rng);
}

size_t LLVMFuzzerCustomMutator(u8 *data, size_t size, size_t max, unsigned int seed)
{
	u32 nr, rng = seed, changes, tries;
	const Elf64_Shdr *s = sections(data, size, &nr);

	if (!s || !nr || next_random(&rng) % 64 == 0)
		return LLVMFuzzerMutate(data, size, max);
	changes = 1 + next_random(&rng) % 4;
	for (tries = 0; changes && tries < 64; tries++) {
		const Elf64_Shdr *one = s + next_random(&rng) % nr;

		if (next_random(&rng) % 32 == 0) { /* the table of sections itself */
			change_word((u8 *)s, nr * sizeof(*s), &rng);
			break;
		}
		if (one->sh_type == SHT_NOBITS || one->sh_size < sizeof(struct bpf_insn) ||
		    one->sh_offset > size || one->sh_size > size - one->sh_offset)
			continue;
		change_section(data, one, &rng);
		changes--;
	}
	return size;
}
