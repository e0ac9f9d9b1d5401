// SPDX-License-Identifier: GPL-2.0-only
/*
 * fixup.c - what the immediates of a program stand for: maps, kernel variables,
 * functions, helpers, kfuncs.
 *
 * A call of something that the machine lacks, or that this program may not call, is
 * decoded to OP_CALL_MISSING. It is an error only if it can be reached (reach.c asks
 * fixup_refuse() for the words): libbpf leaves calls of unresolved weak kfuncs as
 * numbers from 2002000000, behind a branch that is never taken.
 */
#include <bpf/btf.h>
#include <errno.h>
#include <stdio.h>
#include <sys/uio.h>
#include <unistd.h>

#include "abi/btf.h"
#include "abi/profile.h"
#include "bpf/btf_object.h"
#include "bpf/callable.h"
#include "bpf/check_priv.h"
#include "bpf/disasm.h"
#include "bpf/map.h"
#include "bpf/prog_priv.h"
#include "engine/schedule.h"
#include "bpf/verlog.h"

/* what libbpf puts in place of a helper's number (libbpf.c: poisoned instructions) */
#define POISON_CORE 195896080
#define POISON_MAP 2001000000
#define POISON_KFUNC 2002000000

/* Of the machine's BTF; NULL if @id is none or of another kind. */
static const struct btf_type *kernel_type(u32 id, u32 kind)
{
	const struct btf_type *t = ENV->types ? btf__type_by_id(ENV->types->btf, id) : NULL;

	return t && btf_kind(t) == kind ? t : NULL;
}

static const char *kernel_name(const struct btf_type *t)
{
	return btf__name_by_offset(ENV->types->btf, t->name_off);
}

/* --- 64-bit immediates --- */

static int use_arena(struct prog *prog, struct map *map, struct verlog *log)
{
	u64 kern = map_arena_kern_base(map), user = map_arena_user_base(map);

	if (!kern || kern == prog->arena_kern)
		return 0;
	if (prog->arena_kern) {
		verlog_printf(log, "Only one arena per program\n");
		return -EBUSY;
	}
	if (!user) {
		verlog_printf(log, "arena's user address must be set via map_extra or mmap()\n");
		return -EINVAL;
	}
	prog->arena_kern = kern;
	prog->arena_user = user;
	return 0;
}

/* verifier.c:check_map_prog_compatibility() */
static bool sleepable_may_use(enum bpf_map_type type)
{
	switch (type) {
	case BPF_MAP_TYPE_BLOOM_FILTER:
	case BPF_MAP_TYPE_PERF_EVENT_ARRAY:
	case BPF_MAP_TYPE_PROG_ARRAY:
	case BPF_MAP_TYPE_STRUCT_OPS:
		return false;
	default: /* all others that there are here */
		return true;
	}
}

/* The map behind @fd, kept by the program. */
static int use_fd(struct prog *prog, int fd, struct map **out, struct verlog *log)
{
	struct map *map = map_from_fd(fd);
	int err;

	if (!map) {
		verlog_printf(log, "fd %d is not pointing to valid bpf_map\n", fd);
		return object_fd_errno(fd);
	}
	if (prog->sleepable && !sleepable_may_use(map->type)) {
		verlog_printf(log,
			      "Sleepable programs can only use array, hash, ringbuf and local "
			      "storage maps\n");
		map_put(map);
		return -EINVAL;
	}
	err = prog_use_map(prog, map);
	map_put(map);
	if (!err)
		err = use_arena(prog, map, log);
	*out = map;
	return err;
}

/* The program chooses the index, and the array's length need not be told: the host knows. */
static int read_fd(const int *fds, s32 i, int *fd)
{
	struct iovec to = { fd, sizeof(*fd) }, from = { (void *)(fds + i), sizeof(*fd) };

	return process_vm_readv(getpid(), &to, 1, &from, 1, 0) == sizeof(*fd) ? 0 : -EFAULT;
}

static int map_of(struct prog *prog, u32 i, const int *fds, struct map **map, struct verlog *log)
{
	s32 imm = prog->raw[i].imm;
	u8 kind = prog->raw[i].src_reg;
	int fd, err;

	if (kind == BPF_PSEUDO_MAP_FD || kind == BPF_PSEUDO_MAP_VALUE)
		return use_fd(prog, imm, map, log);
	if (!fds) {
		verlog_printf(log, "fd_idx without fd_array is invalid\n");
		return -EPROTO;
	}
	if (imm < 0)
		return -EINVAL;
	err = read_fd(fds, imm, &fd);
	return err ? err : use_fd(prog, fd, map, log);
}

static int resolve_map(struct prog *prog, u32 i, const int *fds, struct verlog *log)
{
	struct map *map;
	int err;

	if (prog->raw[i + 1].imm)
		return check_error(prog, i, log, -EINVAL, "unrecognized bpf_ld_imm64 insn");
	err = map_of(prog, i, fds, &map, log);
	if (!err)
		prog->code[i].imm = map_guest_addr(map);
	return err;
}

static int resolve_map_value(struct prog *prog, u32 i, const int *fds, struct verlog *log)
{
	u32 off = prog->raw[i + 1].imm;
	struct map *map;
	u64 addr;
	int err = map_of(prog, i, fds, &map, log);

	if (err)
		return err;
	err = map_direct_value_addr(map, off, &addr);
	if (err == -ENOTSUPP)
		return check_error(prog, i, log, -EINVAL,
				   "no direct value access support for this map type");
	if (err)
		return check_error(prog, i, log, err,
				   "invalid access to map value pointer, value_size=%u off=%u",
				   map->value_size, off);
	prog->code[i].imm = addr;
	return 0;
}

/* Variables have an address; of a function a program can only ask whether it is there. */
static int resolve_btf_id(struct prog *prog, u32 i, struct verlog *log)
{
	u32 id = prog->raw[i].imm;
	const struct btf_type *var = kernel_type(id, BTF_KIND_VAR);
	const struct btf_type *func = kernel_type(id, BTF_KIND_FUNC);

	if (prog->raw[i + 1].imm)
		return check_error(prog, i, log, -EINVAL,
				   "invalid module BTF object FD specified.");
	if (!var && !func)
		return check_error(prog, i, log, -EINVAL,
				   "pseudo btf_id %u in ldimm64 isn't KIND_VAR or KIND_FUNC", id);
	if (func)
		prog->code[i].imm = PROG_FUNC_BASE | id;
	else
		prog->code[i].imm = ENV->ksym_var(kernel_name(var));
	if (!prog->code[i].imm)
		return check_error(prog, i, log, -ENOENT,
				   "ldimm64 failed to find the address for kernel symbol '%s'.",
				   kernel_name(var));
	return 0;
}

/* --- calls --- */

static const struct helper *usable_helper(const struct prog *prog, s32 id)
{
	const struct helper *h = id > 0 ? helper_find(id) : NULL;

	return h && (!h->allow || !h->allow(h, prog)) ? h : NULL;
}

static const struct kfunc *named_kfunc(const struct bpf_insn *raw)
{
	const struct btf_type *t = raw->off ? NULL : kernel_type(raw->imm, BTF_KIND_FUNC);

	return t ? kfunc_find(kernel_name(t), K) : NULL;
}

static bool kfunc_allowed(const struct kfunc *kf, const struct prog *prog)
{
	return kf && (!kf->allow || !kf->allow(kf, prog));
}

static void set_callee(struct prog *prog, u32 i, callable_fn fn)
{
	if (fn)
		prog->code[i].imm = (uintptr_t)fn;
	else
		prog->code[i].op = OP_CALL_MISSING;
}

static void resolve_helper(struct prog *prog, u32 i)
{
	const struct helper *h = usable_helper(prog, prog->raw[i].imm);

	set_callee(prog, i, h ? h->fn : NULL);
}

/* verifier.c:bpf_add_kfunc_call(): a number that names nothing is wrong even where unreachable */
static int resolve_kfunc(struct prog *prog, u32 i, struct verlog *log)
{
	const struct bpf_insn *raw = &prog->raw[i];
	const struct kfunc *kf = named_kfunc(raw);

	if (!prog->gpl)
		return check_error(prog, i, log, -EINVAL,
				   "cannot call kernel function from non-GPL compatible program");
	if (raw->off)
		return check_error(prog, i, log, -EINVAL, "failed to find BTF for kernel function");
	if (raw->imm < 0)
		return check_error(prog, i, log, -EINVAL, "invalid kernel function btf_id %d",
				   raw->imm);
	if (raw->imm && !kernel_type(raw->imm, BTF_KIND_FUNC))
		return check_error(prog, i, log, -EINVAL, "kernel btf_id %d is not a function",
				   raw->imm);
	set_callee(prog, i, kfunc_allowed(kf, prog) ? kf->fn : NULL);
	return 0;
}

static int resolve(struct prog *prog, u32 i, const int *fds, struct verlog *log)
{
	switch (prog->code[i].op) {
	case OP_LDIMM64_MAP_FD:
	case OP_LDIMM64_MAP_IDX:
		return resolve_map(prog, i, fds, log);
	case OP_LDIMM64_MAP_VALUE:
	case OP_LDIMM64_MAP_IDX_VALUE:
		return resolve_map_value(prog, i, fds, log);
	case OP_LDIMM64_BTF_ID:
		return resolve_btf_id(prog, i, log);
	case OP_CALL_KFUNC:
		return resolve_kfunc(prog, i, log);
	case OP_CALL_HELPER:
		resolve_helper(prog, i);
		return 0;
	default:
		return 0;
	}
}

int fixup_resolve(struct prog *prog, const int *fds, struct verlog *log)
{
	int err = 0;

	for (u32 i = 0; !err && i < prog->nr_insns; i++)
		err = resolve(prog, i, fds, log);
	return err;
}

/* --- what is wrong with a call --- */

/* Say in plain words whose absence it is, before the verifier's own line. */
static void blame(const struct prog *prog, u32 i, const char *why, struct verlog *log)
{
	char name[128];

	prog_call_name(prog, i, name, sizeof(name));
	verlog_printf(log, "program %s: insn %u: calls %s, which %s\n", prog_name(prog), i, name,
		      why);
}

/* What libbpf meant by a number that is no helper's; NULL if it meant none. */
static const char *poison_name(s32 imm)
{
	if (imm == POISON_CORE)
		return "a type or field that this machine's kernel does not have (CO-RE)";
	if (imm >= POISON_KFUNC)
		return "a kfunc that this machine's kernel does not have";
	return imm >= POISON_MAP ? "a map that was not created" : NULL;
}

static int refuse_helper(const struct prog *prog, u32 i, struct verlog *log)
{
	s32 id = prog->raw[i].imm;
	const char *name = disasm_helper_name(id), *poison = poison_name(id);

	if (usable_helper(prog, id))
		return 0;
	if (poison) {
		verlog_printf(log, "program %s: insn %u: needs %s\n", prog_name(prog), i, poison);
		return check_error(prog, i, log, -EINVAL, "invalid func unknown#%d", id);
	}
	if (name) {
		blame(prog, i, helper_find(id) ? "its type may not call" : "this machine lacks",
		      log);
		return check_error(prog, i, log, -EINVAL,
				   "program of this type cannot use helper %s#%d", name, id);
	}
	blame(prog, i, "no kernel that is known here has", log);
	return check_error(prog, i, log, -EINVAL, "invalid func unknown#%d", id);
}

static int refuse_kfunc(const struct prog *prog, u32 i, struct verlog *log)
{
	const struct kfunc *kf = named_kfunc(&prog->raw[i]);
	const struct btf_type *t = kernel_type(prog->raw[i].imm, BTF_KIND_FUNC);

	if (!prog->raw[i].imm)
		return check_error(prog, i, log, -EINVAL,
				   "invalid kernel function call not eliminated in verifier pass");
	if (!kfunc_allowed(kf, prog)) {
		blame(prog, i, kf ? "it may not call" : "this machine lacks", log);
		return check_error(prog, i, log, -EACCES,
				   "calling kernel function %s is not allowed", kernel_name(t));
	}
	if ((kf->flags & KF_SLEEPABLE) && !prog->sleepable)
		return check_error(prog, i, log, -EACCES,
				   "program must be sleepable to call sleepable kfunc %s",
				   kf->name);
	return 0;
}

int fixup_refuse(const struct prog *prog, u32 i, struct verlog *log)
{
	return prog->raw[i].src_reg ? refuse_kfunc(prog, i, log) : refuse_helper(prog, i, log);
}

bool fixup_locked_ok(const struct prog *prog, u32 i)
{
	const struct kfunc *kf;

	if (!prog->raw[i].src_reg)
		return prog->raw[i].imm == BPF_FUNC_spin_unlock ||
		       prog->raw[i].imm == BPF_FUNC_kptr_xchg;
	kf = named_kfunc(&prog->raw[i]);
	return kf && (kf->flags & KF_PREEMPT_IRQ);
}

void prog_call_name(const struct prog *prog, u32 i, char *buf, size_t len)
{
	const struct bpf_insn *raw = &prog->raw[i];
	const struct btf_type *t = kernel_type(raw->imm, BTF_KIND_FUNC);
	const char *helper = disasm_helper_name(raw->imm), *poison = poison_name(raw->imm);

	if (raw->src_reg)
		snprintf(buf, len, "kfunc %s", t ? kernel_name(t) : "that libbpf did not resolve");
	else if (helper)
		snprintf(buf, len, "helper %s#%d", helper, raw->imm);
	else if (poison)
		snprintf(buf, len, "%s", poison);
	else
		snprintf(buf, len, "helper #%d", raw->imm);
}

/* --- the last touch --- */

/* The unchecked form of an access through r10 that stays inside the frame; else @op. */
static enum insn_op own_frame_op(enum insn_op op, u8 base, s32 off)
{
	if (base != BPF_REG_10 || off < -PROG_STACK_BYTES)
		return op;
	switch (op) {
#define INSN_FP_LOAD(name, of, type) \
	case OP_##of:                \
		return off + (s32)sizeof(type) <= 0 ? OP_##name : op;
#define INSN_FP_STORE(name, of, type, operand) \
	case OP_##of:                          \
		return off + (s32)sizeof(type) <= 0 ? OP_##name : op;
#include "bpf/insn.def"
	default:
		return op;
	}
}

void fixup_finish(struct prog *prog)
{
	prog->key = program_key(prog_name(prog));
	for (u32 i = 0; i < prog->nr_insns; i++) {
		struct insn *insn = &prog->code[i];
		bool load = insn_form_of(insn->op) == FORM_LDX;

		insn->op = own_frame_op(insn->op, load ? insn->src : insn->dst, insn->off);
		if (insn->op == OP_LDIMM64_FUNC)
			insn->imm = prog_func_token(prog, insn->imm);
	}
}
