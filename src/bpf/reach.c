// SPDX-License-Identifier: GPL-2.0-only
/*
 * reach.c - what of a program can be reached, by propagating constants.
 *
 * The kernel's verifier walks every path and thereby knows that
 *
 *	r1 = 0 ll		an absent weak kfunc, as libbpf resolved it
 *	if r1 == 0 goto +1
 *	call unknown#2002000007	never reached
 *
 * We walk the program once per change, joining states where paths meet. A register is
 *
 *	CONST < MIXED < UNKNOWN, or FP (the frame pointer plus something)
 *	CTX (a struct_ops program's arguments), NULLABLE (one of them that may be NULL
 *	and has not been looked at): both as good as UNKNOWN
 *
 * UNKNOWN is unknown to the kernel too: a branch on it goes both ways. MIXED is what
 * only our joining lost: the kernel might know. A branch on it goes both ways as well,
 * but what is behind it is no longer `certain` to be reached. Only what is certain is
 * refused here; the rest is a fault at run time if it happens.
 *
 * Where a path comes back to a loop's head with another constant the value becomes
 * UNKNOWN: the kernel would go round until it has seen both ways.
 *
 * Along with it goes whether a bpf_spin_lock is held, and how deep the frame is used.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "bpf/check_priv.h"
#include "bpf/map.h"
#include "bpf/prog_priv.h"
#include "bpf/verlog.h"

enum known { UNSET, CONST, FP, MIXED, UNKNOWN, CTX, NULLABLE };
enum lock { UNLOCKED, LOCKED, LOCK_MIXED };

struct value {
	enum known known;
	u64 v; /* CONST: the value, FP: the offset, NULLABLE: which argument */
};

struct state {
	struct value r[MAX_BPF_REG];
	enum lock lock;
	bool certain;
};

/* a place where paths meet: start of a subprogram or target of a jump */
struct node {
	struct state state;
	bool seen, queued;
};

struct reach {
	struct prog *prog;
	struct verlog *log;
	struct node *nodes;
	u32 *node_of;  /* by instruction, 0: none; else index + 1 */
	bool *reached; /* by instruction: certainly or not */
	u32 *queue;    /* instructions of queued nodes */
	u32 nr_nodes, nr_queue;
};

/* --- values --- */

static struct value constant(u64 v)
{
	return (struct value){ CONST, v };
}

static struct value vague(enum known known)
{
	return (struct value){ known, 0 };
}

/* as good as unknown to the kernel, too */
static bool is_open(struct value v)
{
	return v.known >= UNKNOWN;
}

/* @back: along an edge backward */
static struct value join_value(struct value a, struct value b, bool back)
{
	if (a.known == b.known && a.v == b.v)
		return a;
	if (is_open(a) || is_open(b) || back)
		return vague(UNKNOWN);
	return vague(MIXED);
}

/* Behind an uncertain branch nothing counts as unknown to the kernel. */
static void make_uncertain(struct state *st)
{
	st->certain = false;
	for (int i = 0; i < MAX_BPF_REG; i++)
		if (is_open(st->r[i]))
			st->r[i] = vague(MIXED);
}

static void join_state(struct state *into, const struct state *st, bool back)
{
	for (int i = 0; i < MAX_BPF_REG; i++)
		into->r[i] = join_value(into->r[i], st->r[i], back && st->certain);
	if (into->lock != st->lock)
		into->lock = LOCK_MIXED;
	into->certain |= st->certain;
}

static bool same_state(const struct state *a, const struct state *b)
{
	for (int i = 0; i < MAX_BPF_REG; i++)
		if (a->r[i].known != b->r[i].known || a->r[i].v != b->r[i].v)
			return false;
	return a->lock == b->lock && a->certain == b->certain;
}

/* --- the work list --- */

static void arrive(struct reach *re, u32 insn, const struct state *st, bool back)
{
	struct node *node = &re->nodes[re->node_of[insn] - 1];
	struct state before = node->state;

	if (node->seen)
		join_state(&node->state, st, back);
	else
		node->state = *st;
	if (node->queued || (node->seen && same_state(&before, &node->state)))
		return;
	node->seen = node->queued = true;
	re->queue[re->nr_queue++] = insn;
}

static void entry_state(struct state *st, const struct state *from, enum known args)
{
	memset(st, 0, sizeof(*st));
	for (int i = 0; i < MAX_BPF_REG; i++)
		st->r[i] = vague(MIXED);
	for (int i = 1; i <= 5; i++)
		st->r[i] = vague(from->certain ? args : MIXED);
	st->r[10] = (struct value){ FP, 0 };
	st->lock = from->lock;
	st->certain = from->certain;
}

/*
 * The kernel follows a static function with the caller's arguments, a global one on
 * its own, a callback with whatever the helper passes.
 */
static void arrive_in_sub(struct reach *re, u32 sub, const struct state *from, bool call)
{
	const struct subprog *to = &re->prog->subs[sub];
	struct state st;

	entry_state(&st, from, UNKNOWN);
	for (int i = 1; call && !to->global && i <= 5; i++)
		st.r[i] = from->r[i].known == FP ? vague(MIXED) : from->r[i];
	if (!call || to->global)
		st.lock = UNLOCKED;
	arrive(re, to->start, &st, false);
}

/* --- one instruction --- */

static void use_frame(struct reach *re, u32 insn, struct value base, s32 off)
{
	struct subprog *sub = &re->prog->subs[prog_sub_of(re->prog, insn)];
	s64 depth = -(base.v + (u64)off); /* may wrap: any program computes it */

	if (base.known == FP && depth > sub->stack && depth <= PROG_STACK_BYTES)
		sub->stack = depth;
}

static u32 access_size(enum insn_op op)
{
	switch (BPF_SIZE(insn_infos[op].code)) {
	case BPF_B:
		return 1;
	case BPF_H:
		return 2;
	case BPF_W:
		return 4;
	default:
		return 8;
	}
}

static struct value load(const struct reach *re, struct value base, s32 off, enum insn_op op)
{
	u32 size = access_size(op);
	u64 v;

	if (base.known == FP || base.known == MIXED)
		return vague(MIXED);
	if (base.known == CTX && size == 8 && off >= 0 && off < 12 * 8 &&
	    re->prog->nullable_args >> (off / 8) & 1)
		return (struct value){ NULLABLE, off / 8 };
	if (base.known == CONST && BPF_MODE(insn_infos[op].code) == BPF_MEM)
		for (u32 m = 0; m < re->prog->nr_maps; m++)
			if (map_read_frozen(re->prog->maps[m], base.v + off, size, &v))
				return constant(v);
	return vague(UNKNOWN);
}

static struct value alu(enum insn_op op, struct value d, struct value s)
{
	enum insn_form form = insn_form_of(op);
	bool wide = BPF_CLASS(insn_infos[op].code) == BPF_ALU64;

	if (op == OP_MOV64_X)
		return s;
	if (wide && d.known == FP && s.known == CONST && BPF_OP(insn_infos[op].code) == BPF_ADD)
		return (struct value){ FP, d.v + s.v };
	if (form == FORM_MOV_X || form == FORM_MOV_K)
		d = constant(0); /* the old value is of no importance */
	if (d.known == CONST && s.known == CONST)
		return constant(insn_eval_alu(op, d.v, s.v));
	if (is_open(d) || is_open(s))
		return vague(UNKNOWN);
	return vague(MIXED);
}

static struct value operand(const struct state *st, const struct insn *insn)
{
	switch (insn_form_of(insn->op)) {
	case FORM_ALU_X:
	case FORM_MOV_X:
	case FORM_JMP_X:
		return st->r[insn->src];
	default:
		return constant(insn->imm);
	}
}

static void step_call(struct reach *re, u32 i, struct state *st)
{
	const struct insn *insn = &re->prog->code[i];
	struct value r0 = vague(st->certain ? UNKNOWN : MIXED);
	s32 helper = re->prog->raw[i].src_reg ? 0 : re->prog->raw[i].imm;

	for (int a = 1; a <= 5; a++)
		use_frame(re, i, st->r[a], 0);
	if (insn->op == OP_CALL_SUB) {
		arrive_in_sub(re, insn->imm, st, true);
		if (!re->prog->subs[insn->imm].global)
			r0 = vague(MIXED);
		if (re->prog->subs[insn->imm].locks)
			st->lock = LOCK_MIXED;
	} else if (helper == BPF_FUNC_spin_lock) {
		st->lock = LOCKED;
	} else if (helper == BPF_FUNC_spin_unlock) {
		st->lock = UNLOCKED;
	}
	for (int a = 1; a <= 5; a++)
		st->r[a] = vague(MIXED);
	st->r[0] = r0;
}

static void step_memory(struct reach *re, u32 i, struct state *st)
{
	const struct insn *insn = &re->prog->code[i];
	enum insn_form form = insn_form_of(insn->op);
	bool loads = form == FORM_LDX || form == FORM_LOAD_ACQ;
	struct value base = st->r[loads ? insn->src : insn->dst];
	int written = insn_written_reg(insn->op, &re->prog->raw[i]);

	use_frame(re, i, base, insn->off);
	if (written >= 0)
		st->r[written] = load(re, base, insn->off, insn->op);
}

/* What executing instruction @i, not a jump, does to the state. */
static void step(struct reach *re, u32 i, struct state *st)
{
	const struct insn *insn = &re->prog->code[i];

	switch (insn_form_of(insn->op)) {
	case FORM_ALU_X ... FORM_MOV_K:
		st->r[insn->dst] = alu(insn->op, st->r[insn->dst], operand(st, insn));
		break;
	case FORM_CAST:
		st->r[insn->dst] = vague(st->r[insn->src].known == CONST ? MIXED : UNKNOWN);
		break;
	case FORM_LDIMM64:
		st->r[insn->dst] = constant(insn->imm);
		if (insn->op == OP_LDIMM64_FUNC) {
			st->r[insn->dst] = constant(PROG_FUNC_BASE);
			arrive_in_sub(re, insn->imm, st, false);
		}
		break;
	case FORM_CALL:
	case FORM_KCALL:
	case FORM_INTERNAL:
		step_call(re, i, st);
		break;
	case FORM_LDX ... FORM_STORE_REL:
		step_memory(re, i, st);
		break;
	default:
		break;
	}
	if (!st->certain)
		make_uncertain(st);
}

/* --- jumps --- */

/* On the edge where dst == src holds, the register is that constant. */
static void learn_equal(const struct insn *insn, struct state *st, struct value s)
{
	if (s.known == CONST && st->r[insn->dst].known != FP)
		st->r[insn->dst] = s;
}

/* A comparison with NULL: what holds where it is (@null) and where it is not. */
static void learn_null(struct state *null, struct state *other, struct value arg)
{
	for (int i = 0; i < MAX_BPF_REG; i++) {
		if (null->r[i].known == NULLABLE && null->r[i].v == arg.v)
			null->r[i] = constant(0);
		if (other->r[i].known == NULLABLE && other->r[i].v == arg.v)
			other->r[i] = vague(UNKNOWN);
	}
}

/* A conditional jump: the state goes to the target, *st falls through; false: it never does. */
static bool branch(struct reach *re, u32 i, struct state *st)
{
	const struct insn *insn = &re->prog->code[i];
	struct value d = st->r[insn->dst], s = operand(st, insn);
	u8 op = BPF_OP(insn_infos[insn->op].code);
	bool wide = BPF_CLASS(insn_infos[insn->op].code) == BPF_JMP;
	u32 to = i + insn->off + 1;
	struct state taken;

	if (d.known == CONST && s.known == CONST) {
		if (!insn_eval_jmp(insn->op, d.v, s.v))
			return true;
		arrive(re, to, st, insn->off < 0);
		return false;
	}
	if (!is_open(d) && !is_open(s))
		make_uncertain(st);
	taken = *st;
	if (op == BPF_JEQ && wide)
		learn_equal(insn, &taken, s);
	if (op == BPF_JNE && wide)
		learn_equal(insn, st, s);
	if (d.known == NULLABLE && s.known == CONST && !s.v && wide && op == BPF_JEQ)
		learn_null(&taken, st, d);
	if (d.known == NULLABLE && s.known == CONST && !s.v && wide && op == BPF_JNE)
		learn_null(st, &taken, d);
	arrive(re, to, &taken, insn->off < 0);
	return true;
}

/* Walk from instruction @i until the path ends or meets another. */
static void walk(struct reach *re, u32 i)
{
	struct node *node = &re->nodes[re->node_of[i] - 1];
	const struct insn *code = re->prog->code;
	struct state st = node->state;

	node->queued = false;
	for (u32 first = i;; i++) {
		if (i != first && re->node_of[i]) {
			arrive(re, i, &st, false);
			return;
		}
		re->reached[i] = true;
		switch (insn_form_of(code[i].op)) {
		case FORM_EXIT:
			return;
		case FORM_JA:
		case FORM_JA32:
			arrive(re, i + code[i].off + 1, &st, code[i].off < 0);
			return;
		case FORM_MAY_GOTO:
			arrive(re, i + code[i].off + 1, &st, code[i].off < 0);
			break;
		case FORM_JMP_X:
		case FORM_JMP_K:
			if (!branch(re, i, &st))
				return;
			break;
		default:
			step(re, i, &st);
			i += insn_form_of(code[i].op) == FORM_LDIMM64;
		}
	}
}

/* --- what is wrong in it --- */

static int check_locked_call(const struct reach *re, u32 i)
{
	const struct prog *prog = re->prog;
	const struct insn *insn = &prog->code[i];

	if (insn->op != OP_CALL_SUB && !fixup_locked_ok(prog, i))
		return check_error(prog, i, re->log, -EINVAL,
				   "function calls are not allowed while holding a lock");
	if (insn->op == OP_CALL_SUB && prog->subs[insn->imm].global)
		return check_error(prog, i, re->log, -EINVAL,
				   "global function calls are not allowed while holding a lock,\n"
				   "use static function instead");
	return 0;
}

static int check_access(const struct reach *re, u32 i, const struct state *st)
{
	const struct insn *insn = &re->prog->code[i];
	enum insn_form form = insn_form_of(insn->op);
	bool loads = form == FORM_LDX || form == FORM_LOAD_ACQ;
	struct value base = st->r[loads ? insn->src : insn->dst];
	s64 off = base.v + (u64)insn->off;
	u32 size = access_size(insn->op);

	if (base.known == NULLABLE)
		return check_error(re->prog, i, re->log, -EACCES,
				   "R%d invalid mem access 'trusted_ptr_or_null_'",
				   loads ? insn->src : insn->dst);
	if (base.known != FP || (off >= -PROG_STACK_BYTES && off <= -(s64)size))
		return 0;
	return check_error(re->prog, i, re->log, -EACCES, "invalid %s stack R%d off=%lld size=%u",
			   loads ? "read from" : "write to", loads ? insn->src : insn->dst, off,
			   size);
}

/* verifier.c:check_alu_op(): immediates that no processor means anything by */
static int check_immediate(const struct reach *re, u32 i)
{
	const struct insn *insn = &re->prog->code[i];
	u8 code = insn_infos[insn->op].code;
	u32 bits = BPF_CLASS(code) == BPF_ALU64 ? 64 : 32;

	switch (BPF_OP(code)) {
	case BPF_DIV:
	case BPF_MOD:
		return insn->imm ? 0 : check_error(re->prog, i, re->log, -EINVAL, "div by zero");
	case BPF_LSH:
	case BPF_RSH:
	case BPF_ARSH:
		return (u64)insn->imm < bits ? 0 :
					       check_error(re->prog, i, re->log, -EINVAL,
							   "invalid shift %d", (s32)insn->imm);
	default:
		return 0;
	}
}

static int check_reached(const struct reach *re, u32 i, const struct state *st)
{
	const struct prog *prog = re->prog;
	int err;

	switch (insn_form_of(prog->code[i].op)) {
	case FORM_ALU_K:
		return check_immediate(re, i);
	case FORM_CALL:
	case FORM_KCALL:
	case FORM_INTERNAL:
		err = st->lock == LOCKED ? check_locked_call(re, i) : 0;
		if (err || prog->code[i].op == OP_CALL_SUB)
			return err;
		return fixup_refuse(prog, i, re->log);
	case FORM_EXIT:
		if (st->lock != LOCKED || prog_sub_of(prog, i))
			return 0;
		return check_error(
			prog, i, re->log, -EINVAL,
			"BPF_EXIT instruction in main prog cannot be used inside bpf_spin_lock-ed region");
	case FORM_CAST:
		if (prog->arena_kern)
			return 0;
		return check_error(
			prog, i, re->log, -EINVAL,
			"addr_space_cast insn can only be used in a program that has an associated arena");
	case FORM_LDX ... FORM_STORE_REL:
		return check_access(re, i, st);
	default:
		return 0;
	}
}

/*
 * The final states along one stretch of code. The walk above has settled them, so
 * nothing that step() passes on is new.
 */
static int check_stretch(struct reach *re, u32 i)
{
	struct state st = re->nodes[re->node_of[i] - 1].state;
	const struct insn *code = re->prog->code;
	int err;

	for (u32 first = i; i == first || !re->node_of[i]; i++) {
		enum insn_form form = insn_form_of(code[i].op);

		err = st.certain ? check_reached(re, i, &st) : 0;
		if (err || insn_is_terminator(code[i].op))
			return err;
		if (form == FORM_JMP_X || form == FORM_JMP_K) {
			if (!branch(re, i, &st))
				return 0;
		} else {
			step(re, i, &st);
			i += form == FORM_LDIMM64;
		}
	}
	return 0;
}

static int check_all(struct reach *re)
{
	int err = 0;

	for (u32 i = 0; !err && i < re->prog->nr_insns; i++)
		if (re->node_of[i] && re->nodes[re->node_of[i] - 1].seen)
			err = check_stretch(re, i);
	return err;
}

/* --- setting up --- */

static void add_node(struct reach *re, u32 insn)
{
	if (!re->node_of[insn])
		re->node_of[insn] = ++re->nr_nodes;
}

static void find_nodes(struct reach *re)
{
	const struct prog *prog = re->prog;

	for (u32 s = 0; s < prog->nr_subs; s++)
		add_node(re, prog->subs[s].start);
	for (u32 i = 0; i < prog->nr_insns; i++)
		if (insn_is_jump(prog->code[i].op))
			add_node(re, i + prog->code[i].off + 1);
}

/* Subprograms that lock or unlock, directly: their callers then know nothing. */
static void find_locks(struct prog *prog)
{
	for (u32 i = 0; i < prog->nr_insns; i++)
		if (prog->code[i].op == OP_CALL_HELPER &&
		    (prog->raw[i].imm == BPF_FUNC_spin_lock ||
		     prog->raw[i].imm == BPF_FUNC_spin_unlock))
			prog->subs[prog_sub_of(prog, i)].locks = true;
}

static void run(struct reach *re)
{
	struct state nothing = { .certain = true }, st;

	entry_state(&st, &nothing, UNKNOWN);
	if (re->prog->nullable_args)
		st.r[1] = vague(CTX);
	arrive(re, 0, &st, false);
	entry_state(&st, &nothing, UNKNOWN);
	if (re->prog->exception_insn)
		arrive(re, re->prog->exception_insn, &st, false);
	while (re->nr_queue)
		walk(re, re->queue[--re->nr_queue]);
}

int reach_check(struct prog *prog, struct verlog *log, u32 *nr_reached)
{
	struct reach re = { .prog = prog, .log = log };
	int err = -ENOMEM;

	re.node_of = calloc(prog->nr_insns, sizeof(*re.node_of));
	re.reached = calloc(prog->nr_insns, sizeof(*re.reached));
	if (!re.node_of || !re.reached)
		goto out;
	find_nodes(&re);
	re.nodes = calloc(re.nr_nodes, sizeof(*re.nodes));
	re.queue = calloc(re.nr_nodes, sizeof(*re.queue));
	if (!re.nodes || !re.queue)
		goto out;
	find_locks(prog);
	run(&re);
	*nr_reached = 0;
	for (u32 i = 0; i < prog->nr_insns; i++)
		*nr_reached += re.reached[i];
	err = check_all(&re);
out:
	free(re.queue);
	free(re.nodes);
	free(re.reached);
	free(re.node_of);
	return err;
}
