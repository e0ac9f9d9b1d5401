// SPDX-License-Identifier: GPL-2.0-only
/*
 * disasm.c - instructions as text, from the table.
 */
#include <bpf/btf.h>
#include <stdio.h>

#include "abi/btf.h"
#include "bpf/disasm.h"
#include "bpf/prog_priv.h"
#include "bpf/verlog.h"

const char *disasm_helper_name(s32 id)
{
	static const char *const names[] = {
#define NAME(name, nr, ...) [nr] = "bpf_" #name,
		___BPF_FUNC_MAPPER(NAME)
#undef NAME
	};

	return id > 0 && id < (s32)ARRAY_SIZE(names) ? names[id] : NULL;
}

static char width(u8 code)
{
	return BPF_CLASS(code) == BPF_ALU || BPF_CLASS(code) == BPF_JMP32 ? 'w' : 'r';
}

static const char *mem_type(u8 code)
{
	static const char *const types[] = {
		[BPF_W >> 3] = "u32",
		[BPF_H >> 3] = "u16",
		[BPF_B >> 3] = "u8",
		[BPF_DW >> 3] = "u64",
	};

	return types[BPF_SIZE(code) >> 3];
}

/* A sign-extending move stands close to its operand: "r1 = (s8)r2". */
static const char *gap(const char *text)
{
	while (text[1])
		text++;
	return *text == ')' ? "" : " ";
}

static void print_alu(enum insn_op op, const struct bpf_insn *i, char *buf, size_t len)
{
	const char *text = insn_infos[op].text;
	char w = width(i->code);

	switch (insn_form_of(op)) {
	case FORM_NEG:
		snprintf(buf, len, "%c%d = -%c%d", w, i->dst_reg, w, i->dst_reg);
		break;
	case FORM_END:
		snprintf(buf, len, "r%d = %s r%d", i->dst_reg, text, i->dst_reg);
		break;
	case FORM_CAST:
		snprintf(buf, len, "r%d = %s(r%d, %u, %u)", i->dst_reg, text, i->src_reg,
			 (u32)i->imm >> 16, (u16)i->imm);
		break;
	case FORM_ALU_X:
	case FORM_MOV_X:
		snprintf(buf, len, "%c%d %s%s%c%d", w, i->dst_reg, text, gap(text), w, i->src_reg);
		break;
	default:
		snprintf(buf, len, "%c%d %s %d", w, i->dst_reg, text, i->imm);
	}
}

static void print_jmp(enum insn_op op, const struct bpf_insn *i, char *buf, size_t len)
{
	const char *text = insn_infos[op].text;
	char w = width(i->code);

	switch (insn_form_of(op)) {
	case FORM_JMP_X:
		snprintf(buf, len, "if %c%d %s %c%d goto pc%+d", w, i->dst_reg, text, w, i->src_reg,
			 i->off);
		break;
	case FORM_JMP_K:
		snprintf(buf, len, "if %c%d %s 0x%x goto pc%+d", w, i->dst_reg, text, (u32)i->imm,
			 i->off);
		break;
	default:
		snprintf(buf, len, "%s pc%+d", text, insn_jump_off(op, i));
	}
}

static void print_mem(enum insn_op op, const struct bpf_insn *i, char *buf, size_t len)
{
	const char *text = insn_infos[op].text, *type = mem_type(i->code);
	const char *wide = BPF_SIZE(i->code) == BPF_DW ? "64" : "";

	switch (insn_form_of(op)) {
	case FORM_LDX:
		snprintf(buf, len, "r%d = *(%s *)(r%d %+d)", i->dst_reg, text, i->src_reg, i->off);
		break;
	case FORM_STX:
		snprintf(buf, len, "*(%s *)(r%d %+d) = r%d", type, i->dst_reg, i->off, i->src_reg);
		break;
	case FORM_ST:
		snprintf(buf, len, "*(%s *)(r%d %+d) = %d", type, i->dst_reg, i->off, i->imm);
		break;
	case FORM_ATOMIC:
		snprintf(buf, len, "lock *(%s *)(r%d %+d) %s r%d", type, i->dst_reg, i->off, text,
			 i->src_reg);
		break;
	case FORM_FETCH:
		snprintf(buf, len, "r%d = atomic%s_%s((%s *)(r%d %+d), r%d)", i->src_reg, wide,
			 text, type, i->dst_reg, i->off, i->src_reg);
		break;
	case FORM_CMPXCHG:
		snprintf(buf, len, "r0 = atomic%s_%s((%s *)(r%d %+d), r0, r%d)", wide, text, type,
			 i->dst_reg, i->off, i->src_reg);
		break;
	case FORM_LOAD_ACQ:
		snprintf(buf, len, "r%d = load_acquire((%s *)(r%d %+d))", i->dst_reg, type,
			 i->src_reg, i->off);
		break;
	default:
		snprintf(buf, len, "store_release((%s *)(r%d %+d), r%d)", type, i->dst_reg, i->off,
			 i->src_reg);
	}
}

static void print_call(enum insn_op op, const struct bpf_insn *i, const char *callee, char *buf,
		       size_t len)
{
	if (op == OP_CALL_SUB)
		snprintf(buf, len, "call pc%+d", i->imm);
	else
		snprintf(buf, len, "call %s#%d", callee ? callee : "unknown", i->imm);
}

static void print_body(enum insn_op op, const struct bpf_insn *raw, const char *callee, char *buf,
		       size_t len)
{
	switch (insn_form_of(op)) {
	case FORM_ALU_X ... FORM_CAST:
		print_alu(op, raw, buf, len);
		break;
	case FORM_JMP_X ... FORM_MAY_GOTO:
		print_jmp(op, raw, buf, len);
		break;
	case FORM_CALL:
	case FORM_KCALL:
		print_call(op, raw, callee, buf, len);
		break;
	case FORM_LDX ... FORM_STORE_REL:
		print_mem(op, raw, buf, len);
		break;
	case FORM_LDIMM64:
		snprintf(buf, len, "r%d = 0x%llx", raw->dst_reg,
			 (u64)(u32)raw[0].imm | (u64)(u32)raw[1].imm << 32);
		break;
	default:
		snprintf(buf, len, "%s", insn_infos[op].text);
	}
}

void disasm_insn(const struct bpf_insn *raw, const char *callee, char *buf, size_t len)
{
	enum insn_op op;
	enum insn_fit fit = insn_match(raw, NULL, &op);
	int n = snprintf(buf, len, "(%02x) ", raw->code);

	if (n < 0 || (size_t)n >= len)
		return;
	if (fit == INSN_UNKNOWN)
		snprintf(buf + n, len - n, "unknown");
	else
		print_body(op, raw, callee, buf + n, len - n);
}

static const char *callee_name(const struct bpf_insn *raw)
{
	const struct btf_type *t;

	if (raw->src_reg == 0)
		return disasm_helper_name(raw->imm);
	if (raw->src_reg != BPF_PSEUDO_KFUNC_CALL || raw->off || !ENV->types)
		return NULL;
	t = btf__type_by_id(ENV->types->btf, raw->imm);
	return t ? btf__name_by_offset(ENV->types->btf, t->name_off) : NULL;
}

void prog_disasm_line(const struct prog *prog, u32 insn, char *buf, size_t len)
{
	const struct bpf_insn *raw = &prog->raw[insn];
	const char *callee = raw->code == (BPF_JMP | BPF_CALL) ? callee_name(raw) : NULL;

	if (insn_is_ldimm64(raw) && insn + 1 == prog->nr_insns)
		snprintf(buf, len, "(%02x) half of a 64-bit immediate", raw->code);
	else
		disasm_insn(raw, callee, buf, len);
}

void disasm_log(const struct prog *prog, u32 insn, struct verlog *log)
{
	char text[256];

	if (prog_source_line(prog, insn, text, sizeof(text)))
		verlog_printf(log, "; %s\n", text);
	prog_disasm_line(prog, insn, text, sizeof(text));
	verlog_printf(log, "%u: %s\n", insn, text);
}
