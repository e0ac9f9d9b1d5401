// SPDX-License-Identifier: GPL-2.0-only
/*
 * fuzz_prog.c - programs that do whatever they like, given to PROG_LOAD and run.
 *
 * The input is read as a list of items, each an instruction or a whole call with its
 * arguments, so that most programs pass the checker and get somewhere:
 *
 *	r6 = context   r7 = a map's value   r8 = a map   r9 = a number
 *	items of main ... exit
 *	items of a function ... exit
 *
 * Jumps are folded into their function. What such a program does when it runs is its
 * own affair: a fault is data, and ends the machine's run, never the host's process.
 */
#include <bpf/bpf.h>
#include <bpf/btf.h>
#include <sys/syscall.h>
#include "abi/btf.h"
#include "bpf/callable.h"
#include "bpf/insn.h"
#include "bpf/prog_priv.h"
#include "fuzz.h"
#include "kern/machine.h"

#define INSNS_MAX 4096
#define FUNCS_MAX 4
#define RUN_INSNS_MAX 100000	/* of one invocation: an endless loop need not be long */
#define ARENA_USER 0x110000000000ULL	/* not where ASan has its shadow */
#define RUN_NS 1000000

static struct bpf_insn insns[INSNS_MAX];
static u32 nr_insns, funcs[FUNCS_MAX + 1], nr_funcs;

/* ---- maps ---- */

enum { VALUES, NR_MAPS = 12 };

static int map_fds[NR_MAPS];

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

static void make_maps(void)
{
	LIBBPF_OPTS(bpf_map_create_opts, arena, .map_flags = BPF_F_MMAPABLE, .map_extra = ARENA_USER);
	int *fd = map_fds;

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

static void drop_maps(void)
{
	for (u32 i = 0; i < NR_MAPS; i++)
		if (map_fds[i] >= 0)
			close(map_fds[i]);
}

/* ---- instructions ---- */

static void put(u8 code, u8 dst, u8 src, s16 off, s32 imm)
{
	insns[nr_insns++] = (struct bpf_insn){ code, dst, src, off, imm };
}

static void put_wide(u8 dst, u8 src, s32 lo, s32 hi)
{
	put(BPF_LD | BPF_IMM | BPF_DW, dst, src, 0, lo);
	put(0, 0, 0, 0, hi);
}

static void put_map(u8 dst, u8 which)
{
	put_wide(dst, BPF_PSEUDO_MAP_FD, map_fds[which % NR_MAPS], 0);
}

static void put_func(u8 dst, u8 which)
{
	/* the place is known when all functions are: resolve() */
	put_wide(dst, BPF_PSEUDO_FUNC, which, 0);
}

static void put_mov(u8 dst, s32 imm)
{
	put(BPF_ALU64 | BPF_MOV | BPF_K, dst, 0, 0, imm);
}

static void put_sum(u8 dst, u8 src, s32 imm)
{
	put(BPF_ALU64 | BPF_MOV | BPF_X, dst, src, 0, 0);
	if (imm)
		put(BPF_ALU64 | BPF_ADD | BPF_K, dst, 0, 0, imm);
}

static void put_exit(void)
{
	put(BPF_JMP | BPF_EXIT, 0, 0, 0, 0);
}

/* What main begins with; functions get whatever the caller had. */
static void put_start(void)
{
	put_sum(6, 1, 0);
	put_wide(7, BPF_PSEUDO_MAP_VALUE, map_fds[VALUES], 0);
	put_map(8, 9);	/* the arena: casts need one */
	put_mov(9, 8);
	put_mov(0, 0);
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
	insns[nr_insns++] = insn;
}

/* an access to the context, a map's value or the stack */
static void put_access(struct input *in)
{
	static const u8 sizes[] = { BPF_B, BPF_H, BPF_W, BPF_DW };
	static const u8 bases[] = { 6, 7, 10, 10 };
	u8 how = input_u8(in), reg = input_u8(in) % 10;
	u8 size = sizes[how & 3], base = bases[how >> 2 & 3];
	s16 off = base == 10 ? -8 - input_u8(in) : input_u8(in);

	if (how & 0x10)
		put(BPF_LDX | BPF_MEM | size, reg, base, off, 0);
	else
		put(BPF_STX | BPF_MEM | size, base, reg, off, 0);
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

/* ---- what a program may call: whatever a program that calls only that is loaded with ---- */

#define CALLEES_MAX 1024
#define HELPERS_MAX 256

struct callees {
	struct bpf_insn at[CALLEES_MAX];
	u32 nr;
};

static struct callees callees_of[2][2];	/* by kernel, by type */
static struct callees *callees;

static int load(bool syscall_prog);

static void try_callee(u8 kind, s32 id, bool syscall_prog)
{
	int fd;

	nr_insns = 0;
	for (u8 reg = 1; reg <= 5; reg++)
		put_mov(reg, 0);
	put(BPF_JMP | BPF_CALL, 0, kind, 0, id);
	put_exit();
	fd = load(syscall_prog);
	if (fd < 0)
		return;
	close(fd);
	if (callees->nr < CALLEES_MAX)
		callees->at[callees->nr++] = insns[5];
}

static void find_callees(bool syscall_prog)
{
	const struct kfunc *kf;

	callees = &callees_of[K->b.kfunc_context_at_load][syscall_prog];
	if (callees->nr)
		return;
	for (s32 id = 1; id < HELPERS_MAX; id++)
		if (helper_find(id))
			try_callee(0, id, syscall_prog);
	for (u32 i = 0; (kf = kfunc_at(i)); i++)
		try_callee(BPF_PSEUDO_KFUNC_CALL,
			   vmbtf_find(machine->types, kf->name, BTF_KIND_FUNC), syscall_prog);
}

static void put_call(struct input *in)
{
	u16 what = input_u16(in);
	u8 nr = input_u8(in) % 6;

	for (u8 reg = 1; reg <= nr; reg++)
		put_arg(in, reg);
	insns[nr_insns++] = callees->at[(what & 0x3fff) % callees->nr];
	if (what & 0x8000)	/* keep what came back */
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
		put(BPF_JMP | BPF_CALL, 0, BPF_PSEUDO_CALL, 0, kind >> 3);
		break;
	default:
		if (kind < 128) {
			put_wide(kind >> 3 & 7, 0, input_u32(in), input_u32(in));
		} else {
			put_exit();
			if (kind >= 192 && nr_funcs < FUNCS_MAX)
				funcs[nr_funcs++] = nr_insns;
		}
	}
}

/* ---- places ---- */

static bool is_wide(u32 i)
{
	return insns[i].code == (BPF_LD | BPF_IMM | BPF_DW);
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
	struct bpf_insn *insn = &insns[i];
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
	funcs[nr_funcs] = nr_insns;
	for (u32 f = 0; f < nr_funcs; f++)
		for (u32 i = funcs[f]; i < funcs[f + 1]; i += is_wide(i) ? 2 : 1)
			resolve_insn(i, funcs[f], funcs[f + 1], f);
}

static void generate(struct input *in)
{
	nr_insns = 0;
	nr_funcs = 1;
	funcs[0] = 0;
	put_start();
	while (input_left(in) && nr_insns + 32 < INSNS_MAX)
		put_item(in);
	put_exit();
	resolve();
}

/* ---- running ---- */

static int load(bool syscall_prog)
{
	LIBBPF_OPTS(bpf_prog_load_opts, o);

	if (syscall_prog)
		o.prog_flags = BPF_F_SLEEPABLE;
	return bpf_prog_load(syscall_prog ? BPF_PROG_TYPE_SYSCALL : BPF_PROG_TYPE_RAW_TRACEPOINT,
			     "fuzz", "GPL", insns, nr_insns, &o);
}

static void run(int fd)
{
	u64 ctx[PROG_ARGS_MAX] = { 1, 2, 3, 4 };
	LIBBPF_OPTS(bpf_test_run_opts, o, .ctx_in = ctx, .ctx_size_in = 64);
	u32 key = 1;

	bpf_map_update_elem(map_fds[7], &key, &fd, 0);	/* itself, to be tail called */
	bpf_prog_test_run_opts(fd, &o);
}

int LLVMFuzzerTestOneInput(const u8 *data, size_t size)
{
	struct input in = { data, data + size };
	u8 pick = input_u8(&in);
	struct ks_machine *m = fuzz_machine(pick);
	int fd;

	machine->env.insns_max = RUN_INSNS_MAX;
	make_maps();
	find_callees(!(pick & 0x80));
	generate(&in);
	fd = load(!(pick & 0x80));
	if (fd >= 0) {
		run(fd);
		ks_machine_run(m, RUN_NS);	/* timers, work */
		close(fd);
	}
	drop_maps();
	ks_machine_destroy(m);
	return 0;
}
