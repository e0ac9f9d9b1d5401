// SPDX-License-Identifier: GPL-2.0-only
/* guest.c - see guest.h. */
#include "guest.h"

#include <bpf/bpf.h>
#include <bpf/btf.h>
#include "abi/btf.h"
#include "bpf/callable.h"
#include "kern/machine.h"

#define FUNCS_MAX 4
#define ARENA_USER 0x110000000000ULL /* not where ASan has its shadow */

struct guest guest;

static u32 funcs[FUNCS_MAX + 1], nr_funcs;

/* ---- maps ---- */

int guest_map_fds[GUEST_NR_MAPS];

/* struct { struct bpf_spin_lock lock; struct bpf_timer timer; u64 n; }: what only BTF tells */
static int special_btf(struct btf **out)
{
	struct btf *btf = btf__new_empty();
	int u32_id = btf__add_int(btf, "u32", 4, 0), u64_id = btf__add_int(btf, "u64", 8, 0);
	int lock, array, timer, value;

	lock = btf__add_struct(btf, "bpf_spin_lock", 4);
	btf__add_field(btf, "val", u32_id, 0, 0);
	array = btf__add_array(btf, u32_id, u64_id, 2);
	timer = btf__add_struct(btf, "bpf_timer", 16);
	btf__add_field(btf, "__opaque", array, 0, 0);
	value = btf__add_struct(btf, "value", 32);
	btf__add_field(btf, "lock", lock, 0, 0);
	btf__add_field(btf, "timer", timer, 64, 0);
	btf__add_field(btf, "n", u64_id, 192, 0);
	btf__load_into_kernel(btf);
	*out = btf;
	return value;
}

static int special_map(enum bpf_map_type type)
{
	struct btf *btf;
	int value = special_btf(&btf), fd;
	LIBBPF_OPTS(bpf_map_create_opts, o, .btf_fd = btf__fd(btf), .btf_key_type_id = 1,
		    .btf_value_type_id = value);

	fd = bpf_map_create(type, "special", 4, 32, 4, &o);
	btf__free(btf);
	return fd;
}

void guest_maps_make(void)
{
	LIBBPF_OPTS(bpf_map_create_opts, arena, .map_flags = BPF_F_MMAPABLE,
		    .map_extra = ARENA_USER);
	int *fd = guest_map_fds;

	*fd++ = bpf_map_create(BPF_MAP_TYPE_ARRAY, "values", 4, 256, 1, NULL);
	*fd++ = bpf_map_create(BPF_MAP_TYPE_HASH, "hash", 4, 64, 4, NULL);
	*fd++ = bpf_map_create(BPF_MAP_TYPE_PERCPU_ARRAY, "percpu", 4, 16, 2, NULL);
	*fd++ = bpf_map_create(BPF_MAP_TYPE_LRU_PERCPU_HASH, "lru", 8, 16, 2, NULL);
	*fd++ = bpf_map_create(BPF_MAP_TYPE_QUEUE, "queue", 0, 16, 3, NULL);
	*fd++ = bpf_map_create(BPF_MAP_TYPE_RINGBUF, "ringbuf", 0, 0, 4096, NULL);
	*fd++ = bpf_map_create(BPF_MAP_TYPE_USER_RINGBUF, "user_ringbuf", 0, 0, 4096, NULL);
	*fd++ = bpf_map_create(BPF_MAP_TYPE_PROG_ARRAY, "progs", 4, 4, 4, NULL);
	*fd++ = bpf_map_create(BPF_MAP_TYPE_BLOOM_FILTER, "bloom", 0, 8, 4, NULL);
	*fd++ = bpf_map_create(BPF_MAP_TYPE_ARENA, "arena", 0, 0, 4, &arena);
	*fd++ = special_map(BPF_MAP_TYPE_ARRAY);
	*fd++ = special_map(BPF_MAP_TYPE_HASH);
}

void guest_maps_drop(void)
{
	for (u32 i = 0; i < GUEST_NR_MAPS; i++)
		if (guest_map_fds[i] >= 0)
			close(guest_map_fds[i]);
}

/* ---- instructions ---- */

void put_insn(u8 code, u8 dst, u8 src, s16 off, s32 imm)
{
	guest.insns[guest.nr++] = (struct bpf_insn){ code, dst, src, off, imm };
}

static void put_wide(u8 dst, u8 src, s32 lo, s32 hi)
{
	put_insn(BPF_LD | BPF_IMM | BPF_DW, dst, src, 0, lo);
	put_insn(0, 0, 0, 0, hi);
}

void put_map(u8 dst, u8 which)
{
	put_wide(dst, BPF_PSEUDO_MAP_FD, guest_map_fds[which % GUEST_NR_MAPS], 0);
}

static void put_func(u8 dst, u8 which)
{
	/* the place is known when all functions are: resolve() */
	put_wide(dst, BPF_PSEUDO_FUNC, which, 0);
}

void put_mov(u8 dst, s32 imm)
{
	put_insn(BPF_ALU64 | BPF_MOV | BPF_K, dst, 0, 0, imm);
}

void put_sum(u8 dst, u8 src, s32 imm)
{
	put_insn(BPF_ALU64 | BPF_MOV | BPF_X, dst, src, 0, 0);
	if (imm)
		put_insn(BPF_ALU64 | BPF_ADD | BPF_K, dst, 0, 0, imm);
}

void put_exit(void)
{
	put_insn(BPF_JMP | BPF_EXIT, 0, 0, 0, 0);
}

void put_map_value(u8 dst, u8 which)
{
	put_wide(dst, BPF_PSEUDO_MAP_VALUE, guest_map_fds[which % GUEST_NR_MAPS], 0);
}

/* any row of the table, with the fields that its form has */
static void put_row(struct input *in)
{
	enum insn_op op = input_u8(in) * 2 % NR_OPS + (input_u8(in) & 1);
	u8 regs = input_u8(in);
	s16 off = (s8)input_u8(in);
	s32 imm = regs & 8 ? input_u32(in) : input_u8(in);
	const struct insn_info *info = &insn_infos[op < NR_OPS ? op : 0];
	const struct insn_form_info *form = &insn_forms[info->form];
	struct bpf_insn insn = { info->code, regs % 10, (regs >> 4) % 11, off, imm };

	if (info->form == FORM_INTERNAL || info->form == FORM_LDIMM64 ||
	    info->form == FORM_REFUSED || !profile_within(K, info->dates) ||
	    info->code == (BPF_JMP | BPF_CALL))
		return;
	if (form->zero & Z_DST)
		insn.dst_reg = 0;
	if (form->zero & Z_SRC)
		insn.src_reg = 0;
	if (form->zero & Z_OFF)
		insn.off = 0;
	if (form->zero & Z_IMM)
		insn.imm = 0;
	if (form->zero & IS_CAST)
		insn.off = BPF_ADDR_SPACE_CAST;
	if (form->key == KEY_OFF)
		insn.off = info->key;
	else if (form->key == KEY_IMM)
		insn.imm = info->key;
	else if (form->key == KEY_SRC)
		insn.src_reg = info->key;
	guest.insns[guest.nr++] = insn;
}

/* an access to the context, a map's value or the stack */
static void put_access(struct input *in)
{
	static const u8 sizes[] = { BPF_B, BPF_H, BPF_W, BPF_DW };
	static const u8 bases[] = { 6, 7, 10, 10 };
	u8 how = input_u8(in), reg = input_u8(in) % 10;
	u8 size = sizes[how & 3], base = bases[how >> 2 & 3];
	s16 off = base == 10 ? -8 - input_u8(in) : input_u8(in);

	if (guest.offs && (how & 0x20)) {
		off = guest.offs[(u16)off % guest.nr_offs];
		base = guest.base;
	}
	if (how & 0x10)
		put_insn(BPF_LDX | BPF_MEM | size, reg, base, off, 0);
	else
		put_insn(BPF_STX | BPF_MEM | size, base, reg, off, 0);
}

static void put_arg(struct input *in, u8 reg)
{
	u8 how = input_u8(in), n = how >> 3;

	switch (how & 7) {
	case 0:
		put_mov(reg, n);
		break;
	case 1:
		put_sum(reg, BPF_REG_10, -8 * (n + 1));
		break;
	case 2:
		put_map(reg, n);
		break;
	case 3:
		put_sum(reg, 7, n * 8);
		break;
	case 4:
		put_sum(reg, n % 10, 0);
		break;
	case 5:
		put_func(reg, n);
		break;
	case 6:
		put_mov(reg, input_u32(in));
		break;
	default:
		put_sum(reg, n & 1 ? 0 : 6, n >> 1);
	}
}

/* ---- what a program may call ---- */

#define HELPERS_MAX 256

static void try_callee(struct callees *c, u8 kind, s32 id, int (*load)(void))
{
	int fd;

	guest.nr = 0;
	for (u8 reg = 1; reg <= 5; reg++)
		put_mov(reg, 0);
	put_insn(BPF_JMP | BPF_CALL, 0, kind, 0, id);
	put_exit();
	fd = load();
	if (fd < 0)
		return;
	close(fd);
	if (c->nr < CALLEES_MAX)
		c->at[c->nr++] = guest.insns[5];
}

void find_callees(struct callees *c, int (*load)(void))
{
	const struct kfunc *kf;

	c->nr = 0;
	for (s32 id = 1; id < HELPERS_MAX; id++)
		if (helper_find(id))
			try_callee(c, 0, id, load);
	for (u32 i = 0; (kf = kfunc_at(i)); i++)
		try_callee(c, BPF_PSEUDO_KFUNC_CALL,
			   vmbtf_find(machine->types, kf->name, BTF_KIND_FUNC), load);
}

static void put_call(struct input *in)
{
	u16 what = input_u16(in);
	u8 nr = input_u8(in) % 6;

	if (!guest.callees->nr) /* no program of the kind is let in */
		return;
	for (u8 reg = 1; reg <= nr; reg++)
		put_arg(in, reg);
	guest.insns[guest.nr++] = guest.callees->at[(what & 0x3fff) % guest.callees->nr];
	if (what & 0x8000) /* keep what came back */
		put_sum(what & 0x4000 ? 6 : 9, 0, 0);
}

static void put_item(struct input *in)
{
	u8 kind = input_u8(in);

	switch (kind % 8) {
	case 0:
	case 1:
	case 2:
		put_row(in);
		break;
	case 3:
		put_access(in);
		break;
	case 4:
	case 5:
		put_call(in);
		break;
	case 6:
		put_insn(BPF_JMP | BPF_CALL, 0, BPF_PSEUDO_CALL, 0, kind >> 3);
		break;
	default:
		if (kind < 128) {
			put_wide(kind >> 3 & 7, 0, input_u32(in), input_u32(in));
		} else {
			put_exit();
			if (kind >= 192 && nr_funcs < FUNCS_MAX)
				funcs[nr_funcs++] = guest.nr;
		}
	}
}

/* ---- places ---- */

static bool is_wide(u32 i)
{
	return guest.insns[i].code == (BPF_LD | BPF_IMM | BPF_DW);
}

/* A place in [@begin, @end) that is no second half. */
static u32 fold(u32 begin, u32 end, u32 at)
{
	u32 to = begin + at % (end - begin);

	return to > begin && is_wide(to - 1) ? to - 1 : to;
}

/* Functions call those behind them: no recursion. */
static void resolve_func(struct bpf_insn *insn, u32 i, u32 func)
{
	u32 behind = nr_funcs - func - 1;

	if (behind)
		insn->imm = funcs[func + 1 + insn->imm % behind] - i - 1;
	else if (is_wide(i))
		insn->src_reg = 0;
	else
		*insn = (struct bpf_insn){ BPF_ALU64 | BPF_MOV | BPF_K };
}

static void resolve_insn(u32 i, u32 begin, u32 end, u32 func)
{
	struct bpf_insn *insn = &guest.insns[i];
	u8 class = BPF_CLASS(insn->code), op = BPF_OP(insn->code);

	if (is_wide(i) && insn->src_reg == BPF_PSEUDO_FUNC)
		resolve_func(insn, i, func);
	if (class != BPF_JMP && class != BPF_JMP32)
		return;
	if (op == BPF_CALL && insn->src_reg == BPF_PSEUDO_CALL)
		resolve_func(insn, i, func);
	else if (op != BPF_CALL && op != BPF_EXIT && insn->code == (BPF_JMP32 | BPF_JA))
		insn->imm = fold(begin, end, i + 1 + (s8)insn->imm) - i - 1;
	else if (op != BPF_CALL && op != BPF_EXIT)
		insn->off = fold(begin, end, i + 1 + insn->off) - i - 1;
}

static void resolve(void)
{
	funcs[nr_funcs] = guest.nr;
	for (u32 f = 0; f < nr_funcs; f++)
		for (u32 i = funcs[f]; i < funcs[f + 1]; i += is_wide(i) ? 2 : 1)
			resolve_insn(i, funcs[f], funcs[f + 1], f);
}

void guest_generate(struct input *in, void (*start)(void))
{
	guest.nr = 0;
	nr_funcs = 1;
	funcs[0] = 0;
	start();
	while (input_left(in) && guest.nr + 32 < GUEST_INSNS_MAX)
		put_item(in);
	put_exit();
	resolve();
}
