// SPDX-License-Identifier: GPL-2.0-only
/*
 * check.c - the structure of a program: what must hold of every instruction,
 * reachable or not, so that the interpreter need not look.
 *
 *	- the opcode has a row, reserved fields are zero, registers are r0..r10,
 *	  nothing writes r10
 *	- both halves of a 64-bit immediate are there, nobody jumps between them
 *	- jumps stay inside their subprogram, which does not end in falling through
 *	- calls lead to the start of a subprogram
 *
 * The words and errors are those of the kernel's verifier (verifier.c:
 * check_and_resolve_insns(), check_subprogs(), check_max_stack_depth()).
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "abi/profile.h"
#include "bpf/check_priv.h"
#include "bpf/disasm.h"
#include "bpf/prog_priv.h"
#include "bpf/verlog.h"

#define STACK_ROUND 16	  /* a JIT's granularity: round_up_stack_depth() */
#define PRIV_STACK_MIN 64 /* BPF_PRIV_STACK_MIN_SIZE */

int check_error(const struct prog *prog, u32 insn, struct verlog *log, int err, const char *fmt,
		...)
{
	va_list ap;

	disasm_log(prog, insn, log);
	va_start(ap, fmt);
	verlog_vprintf(log, fmt, ap);
	va_end(ap);
	verlog_printf(log, "\n");
	return err;
}

/* --- one instruction --- */

static int bad_key(const struct prog *prog, u32 i, enum insn_op op, struct verlog *log)
{
	const struct bpf_insn *raw = &prog->raw[i];

	switch (insn_form_of(op)) {
	case FORM_CAST:
		return check_error(
			prog, i, log, -EINVAL,
			"addr_space_cast insn can only convert between address space 1 and 0");
	case FORM_ATOMIC ... FORM_STORE_REL:
		return check_error(prog, i, log, -EINVAL,
				   "BPF_ATOMIC uses invalid atomic opcode %02x", raw->imm);
	case FORM_LDIMM64:
		return check_error(prog, i, log, -EINVAL, "unrecognized bpf_ld_imm64 insn");
	case FORM_MAY_GOTO:
		return check_error(prog, i, log, -EINVAL, "invalid may_goto imm %d", raw->imm);
	default:
		return check_error(prog, i, log, -EINVAL, "%s uses reserved fields",
				   insn_forms[insn_form_of(op)].says);
	}
}

static int check_fit(const struct prog *prog, u32 i, enum insn_op *op, struct verlog *log)
{
	const struct bpf_insn *raw = &prog->raw[i];

	switch (insn_match(raw, K, op)) {
	case INSN_OK:
		return 0;
	case INSN_UNKNOWN:
		return check_error(prog, i, log, -EINVAL, "unknown opcode %02x", raw->code);
	case INSN_REFUSED:
		return check_error(prog, i, log, -EINVAL, "%s is not supported by this machine",
				   insn_infos[*op].text);
	case INSN_RESERVED:
		return check_error(prog, i, log, -EINVAL, "%s uses reserved fields",
				   insn_forms[insn_form_of(*op)].says);
	default:
		return bad_key(prog, i, *op, log);
	}
}

static int check_ldimm64(const struct prog *prog, u32 i, struct verlog *log)
{
	const struct bpf_insn *hi = &prog->raw[i + 1];

	if (i + 1 == prog->nr_insns || hi->code || hi->dst_reg || hi->src_reg || hi->off)
		return check_error(prog, i, log, -EINVAL, "invalid bpf_ld_imm64 insn");
	return 0;
}

static int check_regs(const struct prog *prog, u32 i, enum insn_op op, struct verlog *log)
{
	const struct bpf_insn *raw = &prog->raw[i];

	if (insn_written_reg(op, raw) == BPF_REG_10)
		return check_error(prog, i, log, -EACCES, "frame pointer is read only");
	return 0;
}

static void decode(struct prog *prog, u32 i, enum insn_op op)
{
	const struct bpf_insn *raw = &prog->raw[i];

	prog->code[i] = (struct insn){
		.op = op,
		.dst = raw->dst_reg,
		.src = raw->src_reg,
		.off = raw->off,
		.imm = raw->imm,
	};
	if (insn_is_jump(op))
		prog->code[i].off = insn_jump_off(op, raw);
	else if (op == OP_CALL_SUB)
		prog->code[i].off = raw->imm;
	else if (insn_is_ldimm64(raw))
		prog->code[i].imm = (u32)raw[0].imm | (u64)raw[1].imm << 32;
}

/* @i moves over the second half of a 64-bit immediate. */
static int check_insn(struct prog *prog, u32 *i, struct verlog *log)
{
	const struct bpf_insn *raw = &prog->raw[*i];
	enum insn_op op;
	int err;

	if (raw->dst_reg >= MAX_BPF_REG || raw->src_reg >= MAX_BPF_REG)
		return check_error(prog, *i, log, -EINVAL, "R%d is invalid",
				   raw->dst_reg >= MAX_BPF_REG ? raw->dst_reg : raw->src_reg);
	if (insn_is_ldimm64(raw)) {
		err = check_ldimm64(prog, *i, log);
		if (err)
			return err;
	}
	err = check_fit(prog, *i, &op, log);
	if (!err)
		err = check_regs(prog, *i, op, log);
	if (err)
		return err;
	decode(prog, *i, op);
	if (insn_is_ldimm64(raw))
		prog->code[++*i].op = OP_CALL_MISSING;
	return 0;
}

/* --- subprograms --- */

static bool is_second_half(const struct prog *prog, u32 i)
{
	return i && insn_is_ldimm64(&prog->raw[i - 1]) && !prog->raw[i].code;
}

/* Where a call or the address of a function leads; -1: neither. */
static s64 function_target(const struct prog *prog, u32 i)
{
	switch (prog->code[i].op) {
	case OP_CALL_SUB:
	case OP_LDIMM64_FUNC:
		return (s64)i + prog->raw[i].imm + 1;
	default:
		return -1;
	}
}

static bool is_function_ref(const struct prog *prog, u32 i)
{
	return prog->code[i].op == OP_CALL_SUB || prog->code[i].op == OP_LDIMM64_FUNC;
}

static int mark_starts(const struct prog *prog, u8 *start, struct verlog *log)
{
	start[0] = start[prog->exception_insn] = 1;
	for (u32 i = 0; i < prog->nr_insns; i++) {
		s64 to = function_target(prog, i);

		if (!is_function_ref(prog, i))
			continue;
		if (to && to == prog->exception_insn)
			return check_error(prog, i, log, -EINVAL,
					   "cannot call exception cb directly");
		if (to < 0 || to >= prog->nr_insns)
			return check_error(prog, i, log, -EINVAL, "call to invalid destination");
		if (is_second_half(prog, to))
			return check_error(prog, i, log, -EINVAL,
					   "jump into the middle of ldimm64 insn %lld", to);
		start[to] = 1;
	}
	return 0;
}

static int fill_subs(struct prog *prog, const u8 *start, struct verlog *log)
{
	u32 nr = 0;

	for (u32 i = 0; i < prog->nr_insns; i++)
		nr += start[i];
	if (nr > PROG_SUBPROGS_MAX) {
		verlog_printf(log, "too many subprograms\n");
		return -E2BIG;
	}
	prog->subs = calloc(nr, sizeof(*prog->subs));
	if (!prog->subs)
		return -ENOMEM;
	for (u32 i = 0; i < prog->nr_insns; i++) {
		if (start[i])
			prog->subs[prog->nr_subs++] =
				(struct subprog){ .start = i,
						  .callback = i && i == prog->exception_insn };
		prog->subs[prog->nr_subs - 1].end = i + 1;
	}
	return 0;
}

static int find_subs(struct prog *prog, struct verlog *log)
{
	u8 *start = calloc(prog->nr_insns + 1, 1);
	int err;

	if (!start)
		return -ENOMEM;
	err = mark_starts(prog, start, log);
	if (!err)
		err = fill_subs(prog, start, log);
	free(start);
	return err;
}

static int check_jumps(const struct prog *prog, const struct subprog *sub, struct verlog *log)
{
	for (u32 i = sub->start; i < sub->end; i++) {
		s64 to = (s64)i + prog->code[i].off + 1;

		if (is_second_half(prog, i) || !insn_is_jump(prog->code[i].op))
			continue;
		if (to < sub->start || to >= sub->end)
			return check_error(prog, i, log, -EINVAL,
					   "jump out of range from insn %u to %lld", i, to);
		if (is_second_half(prog, to))
			return check_error(prog, i, log, -EINVAL,
					   "jump into the middle of ldimm64 insn %lld", to);
	}
	if (is_second_half(prog, sub->end - 1) || !insn_is_terminator(prog->code[sub->end - 1].op))
		return check_error(prog, sub->end - 1, log, -EINVAL,
				   "last insn is not an exit or jmp");
	return 0;
}

/* What the program's functions call, and with which subprogram index. */
static void link_subs(struct prog *prog)
{
	for (u32 i = 0; i < prog->nr_insns; i++) {
		if (!is_function_ref(prog, i))
			continue;
		prog->code[i].imm = prog_sub_at(prog, function_target(prog, i));
		if (prog->code[i].op == OP_LDIMM64_FUNC)
			prog->subs[prog->code[i].imm].callback = true;
	}
}

int check_structure(struct prog *prog, struct verlog *log)
{
	int err;

	for (u32 i = 0; i < prog->nr_insns; i++) {
		err = check_insn(prog, &i, log);
		if (err)
			return err;
	}
	err = find_subs(prog, log);
	for (u32 s = 0; !err && s < prog->nr_subs; s++)
		err = check_jumps(prog, &prog->subs[s], log);
	if (!err)
		link_subs(prog);
	return err;
}

/* --- call chains --- */

struct chain {
	enum { UNSEEN, OPEN, DONE } state;
	u32 bytes;  /* of the deepest chain from here on */
	u32 calls;  /* frames of that chain */
	u32 frames; /* most static frames in a row from here on */
};

static bool counts_own_stack(const struct prog *prog)
{
	if (!K->b.private_stacks)
		return false;
	switch (prog->type) {
	case BPF_PROG_TYPE_KPROBE:
	case BPF_PROG_TYPE_TRACEPOINT:
	case BPF_PROG_TYPE_PERF_EVENT:
	case BPF_PROG_TYPE_RAW_TRACEPOINT:
		return true;
	case BPF_PROG_TYPE_TRACING:
		return prog->expected_attach_type != BPF_TRACE_ITER;
	case BPF_PROG_TYPE_STRUCT_OPS:
		return prog->private_stack;
	default:
		return false;
	}
}

static u32 frame_bytes(const struct prog *prog, u32 sub)
{
	u32 bytes = ALIGN_UP(prog->subs[sub].stack, STACK_ROUND);

	return counts_own_stack(prog) && bytes >= PRIV_STACK_MIN ? 0 : bytes;
}

static int follow(const struct prog *prog, u32 sub, struct chain *chains, struct verlog *log);

static int follow_call(const struct prog *prog, u32 insn, struct chain *from, struct chain *chains,
		       struct verlog *log)
{
	u32 to = prog->code[insn].imm;
	u32 frames;
	int err;

	if (chains[to].state == OPEN)
		return check_error(prog, insn, log, -EINVAL, "recursive call to %s()",
				   prog_sub_name(prog, to));
	err = follow(prog, to, chains, log);
	if (err)
		return err;
	frames = prog->subs[to].global ? 0 : chains[to].frames + 1;
	from->frames = max(from->frames, frames);
	if (chains[to].bytes >= from->bytes) {
		from->bytes = chains[to].bytes;
		from->calls = chains[to].calls;
	}
	return 0;
}

static int follow(const struct prog *prog, u32 sub, struct chain *chains, struct verlog *log)
{
	struct chain *chain = &chains[sub];
	int err;

	if (chain->state == DONE)
		return 0;
	chain->state = OPEN;
	for (u32 i = prog->subs[sub].start; i < prog->subs[sub].end; i++) {
		if (prog->code[i].op != OP_CALL_SUB)
			continue;
		err = follow_call(prog, i, chain, chains, log);
		if (err)
			return err;
	}
	chain->bytes += frame_bytes(prog, sub);
	chain->calls++;
	chain->state = DONE;
	if (chain->frames >= PROG_MAX_FRAMES) {
		verlog_printf(log, "the call stack of %u frames is too deep !\n", chain->frames);
		return -E2BIG;
	}
	if (chain->bytes > PROG_STACK_BYTES) {
		verlog_printf(log, "combined stack size of %u calls is %u. Too large\n",
			      chain->calls, chain->bytes);
		return -EACCES;
	}
	return 0;
}

/*
 * Callbacks are chains of their own: those of timers are to the kernel too, those of
 * bpf_loop() it would add to their caller's. We let through what it might not.
 */
int check_stack(struct prog *prog, struct verlog *log)
{
	struct chain *chains = calloc(prog->nr_subs, sizeof(*chains));
	int err = 0;

	if (!chains)
		return -ENOMEM;
	for (u32 s = 0; !err && s < prog->nr_subs; s++)
		if (!s || prog->subs[s].callback)
			err = follow(prog, s, chains, log);
	free(chains);
	return err;
}
