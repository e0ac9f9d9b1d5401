/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * guest.h - programs that do whatever they like, made of an input.
 *
 * The input is read as a list of items, each an instruction or a whole call with its
 * arguments, so that most programs pass the checker and get somewhere:
 *
 *	what the kind of program begins with: registers that lead somewhere
 *	items of main ... exit
 *	items of a function ... exit
 *
 * Jumps are folded into their function.
 */
#ifndef KS_TESTS_FUZZ_GUEST_H
#define KS_TESTS_FUZZ_GUEST_H

#include "bpf/insn.h"
#include "fuzz.h"

#define GUEST_INSNS_MAX 4096
#define CALLEES_MAX 1024

/* what programs of a kind may call: whatever a program that calls only that is loaded with */
struct callees {
	struct bpf_insn at[CALLEES_MAX];
	u32 nr;
};

/* the program that is being made */
struct guest {
	struct bpf_insn insns[GUEST_INSNS_MAX];
	u32 nr;
	const struct callees *callees;
	/* offsets that are worth a store, from what @base leads to; none: NULL */
	const s16 *offs;
	u32 nr_offs;
	u8 base;
};

extern struct guest guest;

enum {
	GUEST_VALUES,
	GUEST_HASH,
	GUEST_PERCPU,
	GUEST_LRU,
	GUEST_QUEUE,
	GUEST_RINGBUF,
	GUEST_USER_RINGBUF,
	GUEST_PROGS,
	GUEST_BLOOM,
	GUEST_ARENA,
	GUEST_SPECIAL,
	GUEST_SPECIAL_HASH,
	GUEST_NR_MAPS
};
extern int guest_map_fds[GUEST_NR_MAPS];

void guest_maps_make(void);
void guest_maps_drop(void);

/* ---- instructions ---- */

void put_insn(u8 code, u8 dst, u8 src, s16 off, s32 imm);
void put_mov(u8 dst, s32 imm);
/* @dst = @src + @imm */
void put_sum(u8 dst, u8 src, s32 imm);
/* @dst = a map, or the address of its first value */
void put_map(u8 dst, u8 which);
void put_map_value(u8 dst, u8 which);
void put_exit(void);

/* fills in @c, asking @load for a descriptor of what guest.insns has; < 0: refused */
void find_callees(struct callees *c, int (*load)(void));

/* What @start puts, then items until @in or the room is over. */
void guest_generate(struct input *in, void (*start)(void));

#endif
