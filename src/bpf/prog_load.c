// SPDX-License-Identifier: GPL-2.0-only
/*
 * prog_load.c - BPF_PROG_LOAD: from attributes to a program that runs.
 *
 *	attributes    flags, sizes, license, name, target (syscall.c:bpf_prog_load())
 *	debug info    BTF, function and line records (check_btf.c)
 *	structure     check.c
 *	target        prog_attach.c
 *	immediates    fixup.c
 *	reachability  reach.c; then call chains, check.c
 *	object        only now it gets its id, as in the kernel
 *
 * Everything hangs off the struct prog, so unwinding is prog_free() wherever it stops.
 */
#include <bpf/btf.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "bpf/btf_object.h"
#include "bpf/env.h"
#include "bpf/map.h"
#include "bpf/disasm.h"
#include "bpf/jit.h"
#include "bpf/prog_priv.h"
#include "bpf/verlog.h"

#define END_OF(field) (offsetof(union bpf_attr, field) + sizeof(((union bpf_attr *)NULL)->field))
#define FLAGS_KNOWN                                                                               \
	(BPF_F_STRICT_ALIGNMENT | BPF_F_ANY_ALIGNMENT | BPF_F_TEST_STATE_FREQ | BPF_F_SLEEPABLE | \
	 BPF_F_TEST_RND_HI32 | BPF_F_XDP_HAS_FRAGS | BPF_F_XDP_DEV_BOUND_ONLY |                   \
	 BPF_F_TEST_REG_INVARIANTS | BPF_F_TOKEN_FD)
#define INFO_REC_MAX 252 /* MAX_FUNCINFO_REC_SIZE */

struct loading {
	union bpf_attr *attr;
	struct prog *prog;
	struct verlog log;
	u32 nr_reached;
};

static const void *user_ptr(u64 p)
{
	return (const void *)(uintptr_t)p;
}

/* --- attributes --- */

static int check_attr(const union bpf_attr *attr, u32 attr_size)
{
	const u8 *rest = (const u8 *)attr + END_OF(keyring_id);

	for (u32 i = END_OF(keyring_id); i < min(attr_size, (u32)sizeof(*attr)); i++)
		if (*rest++)
			return -EINVAL;
	if (attr->prog_flags & ~(u32)FLAGS_KNOWN)
		return -EINVAL;
	if (attr->prog_flags & BPF_F_TOKEN_FD)
		return -EBADF; /* there are no tokens here */
	if (!attr->insn_cnt || attr->insn_cnt > PROG_MAX_INSNS)
		return -E2BIG;
	if (!attr->insns || !attr->license)
		return -EFAULT;
	if (attr->prog_type == BPF_PROG_TYPE_UNSPEC || attr->prog_type > BPF_PROG_TYPE_NETFILTER)
		return -EINVAL;
	return 0;
}

/* syscall.c:bpf_obj_name_cpy() */
static int copy_name(char *to, const char *from)
{
	u32 len = strnlen(from, BPF_OBJ_NAME_LEN);

	if (len == BPF_OBJ_NAME_LEN)
		return -EINVAL;
	for (u32 i = 0; i < len; i++) {
		char c = from[i];

		if (!(c >= 'a' && c <= 'z') && !(c >= 'A' && c <= 'Z') && !(c >= '0' && c <= '9') &&
		    c != '_' && c != '.')
			return -EINVAL;
	}
	memcpy(to, from, len + 1);
	return 0;
}

static bool license_is_gpl(const char *license)
{
	static const char *const gpl[] = {
		"GPL",		"GPL v2",	"GPL and additional rights",
		"Dual BSD/GPL", "Dual MIT/GPL", "Dual MPL/GPL",
	};

	for (u32 i = 0; i < ARRAY_SIZE(gpl); i++)
		if (!strcmp(license, gpl[i]))
			return true;
	return false;
}

/* syscall.c:bpf_prog_load_check_attach(), as far as it concerns what runs here */
static int check_attach_attr(const union bpf_attr *attr)
{
	switch (attr->prog_type) {
	case BPF_PROG_TYPE_TRACING:
	case BPF_PROG_TYPE_LSM:
	case BPF_PROG_TYPE_STRUCT_OPS:
	case BPF_PROG_TYPE_EXT:
		return 0;
	case BPF_PROG_TYPE_SYSCALL:
		return attr->expected_attach_type || attr->attach_btf_id ? -EINVAL : 0;
	default:
		return attr->attach_btf_id || attr->attach_prog_fd ? -EINVAL : 0;
	}
}

/* attach_prog_fd is a program, or BTF: then the machine's own, or it is nothing we know. */
static int find_target(struct prog *prog, const union bpf_attr *attr)
{
	struct btf_object *bo;
	bool kernel;

	if (!attr->attach_prog_fd)
		return 0;
	prog->target = prog_from_fd(attr->attach_prog_fd);
	if (prog->target)
		return prog->type == BPF_PROG_TYPE_TRACING || prog->type == BPF_PROG_TYPE_EXT ?
			       0 :
			       -EINVAL;
	bo = btfobj_from_fd(attr->attach_btf_obj_fd);
	if (!bo)
		return -EINVAL;
	kernel = bo->kernel;
	btfobj_put(bo);
	if (!attr->attach_btf_id)
		return -EINVAL;
	return kernel ? 0 : -ENOTSUPP;
}

static int copy_code(struct prog *prog, const union bpf_attr *attr)
{
	size_t size = attr->insn_cnt * sizeof(*prog->raw);

	prog->nr_insns = attr->insn_cnt;
	prog->raw = malloc(size);
	prog->code = calloc(attr->insn_cnt, sizeof(*prog->code));
	if (!prog->raw || !prog->code)
		return -ENOMEM;
	memcpy(prog->raw, user_ptr(attr->insns), size);
	return 0;
}

static int take_attr(struct prog *prog, const union bpf_attr *attr)
{
	int err = check_attach_attr(attr);

	if (err)
		return err;
	prog->type = attr->prog_type;
	prog->expected_attach_type = attr->expected_attach_type;
	prog->attach_btf_id = attr->attach_btf_id;
	prog->flags = attr->prog_flags;
	prog->sleepable = attr->prog_flags & BPF_F_SLEEPABLE;
	prog->gpl = license_is_gpl(user_ptr(attr->license));
	prog->load_time_ns = ENV->ktime_ns();
	err = find_target(prog, attr);
	if (!err)
		err = copy_name(prog->name, attr->prog_name);
	if (!err)
		err = copy_code(prog, attr);
	return err;
}

/* --- debug info --- */

/* Bytes of a record beyond what we know must be zero: else user space is told our size. */
static bool tail_is_zero(const u8 *rec, u32 known, u32 size)
{
	for (u32 i = known; i < size; i++)
		if (rec[i])
			return false;
	return true;
}

/*
 * Copy @nr records of @rec_size bytes to ones of @known bytes, short ones padded.
 * @min_size: what the kernel insists on. *rec_size is corrected with -E2BIG.
 */
static int copy_records(u64 from, u32 nr, u32 *rec_size, u32 known, u32 min_size, void **out)
{
	const u8 *rec = user_ptr(from);
	u8 *to;

	if (*rec_size < min_size || *rec_size > INFO_REC_MAX || *rec_size % sizeof(u32))
		return -EINVAL;
	if (!rec || nr > INT32_MAX / known)
		return rec ? -EINVAL : -EFAULT;
	to = *out = calloc(nr, known);
	if (!to)
		return -ENOMEM;
	for (u32 i = 0; i < nr; i++, rec += *rec_size, to += known) {
		if (!tail_is_zero(rec, known, *rec_size)) {
			*rec_size = known;
			return -E2BIG;
		}
		memcpy(to, rec, min(*rec_size, known));
	}
	return 0;
}

static int check_func(const struct prog *prog, u32 i, struct verlog *log)
{
	const struct bpf_func_info *func = &prog->funcs[i];
	const struct btf_type *t = btf__type_by_id(prog->btf->btf, func->type_id);

	if (!i && func->insn_off) {
		verlog_printf(log, "nonzero insn_off %u for the first func info record",
			      func->insn_off);
		return -EINVAL;
	}
	if (i && func->insn_off <= func[-1].insn_off) {
		verlog_printf(
			log, "same or smaller insn offset (%u) than previous func info record (%u)",
			func->insn_off, func[-1].insn_off);
		return -EINVAL;
	}
	if (!t || !btf_is_func(t)) {
		verlog_printf(log, "invalid type id %u in func info", func->type_id);
		return -EINVAL;
	}
	return 0;
}

static int load_funcs(struct loading *ld)
{
	struct prog *prog = ld->prog;
	int err;

	err = copy_records(ld->attr->func_info, ld->attr->func_info_cnt,
			   &ld->attr->func_info_rec_size, sizeof(*prog->funcs),
			   sizeof(*prog->funcs), (void **)&prog->funcs);
	if (err) {
		verlog_printf(&ld->log,
			      err == -E2BIG ? "nonzero tailing record in func info" :
					      "invalid func info rec size %u\n",
			      ld->attr->func_info_rec_size);
		return err;
	}
	prog->nr_funcs = ld->attr->func_info_cnt;
	for (u32 i = 0; !err && i < prog->nr_funcs; i++)
		err = check_func(prog, i, &ld->log);
	return err;
}

static int check_line(const struct prog *prog, u32 i, struct verlog *log)
{
	const struct bpf_line_info *line = &prog->lines[i];
	const struct btf *btf = prog->btf->btf;

	if ((i && line->insn_off <= line[-1].insn_off) || line->insn_off >= prog->nr_insns) {
		verlog_printf(log,
			      "Invalid line_info[%u].insn_off:%u (prev_offset:%u prog->len:%u)\n",
			      i, line->insn_off, i ? line[-1].insn_off : 0, prog->nr_insns);
		return -EINVAL;
	}
	if (!prog->raw[line->insn_off].code) {
		verlog_printf(log, "Invalid insn code at line_info[%u].insn_off\n", i);
		return -EINVAL;
	}
	if (!btf__name_by_offset(btf, line->line_off) ||
	    !btf__name_by_offset(btf, line->file_name_off)) {
		verlog_printf(log, "Invalid line_info[%u].line_off or .file_name_off\n", i);
		return -EINVAL;
	}
	return 0;
}

static int load_lines(struct loading *ld)
{
	struct prog *prog = ld->prog;
	int err;

	err = copy_records(ld->attr->line_info, ld->attr->line_info_cnt,
			   &ld->attr->line_info_rec_size, sizeof(*prog->lines),
			   sizeof(*prog->lines), (void **)&prog->lines);
	if (err) {
		verlog_printf(&ld->log, err == -E2BIG ? "nonzero tailing record in line_info" : "");
		return err;
	}
	for (u32 i = 0; !err && i < ld->attr->line_info_cnt; i++)
		err = check_line(prog, i, &ld->log);
	if (!err)
		prog->nr_lines = ld->attr->line_info_cnt;
	return err;
}

static int load_debug(struct loading *ld)
{
	const union bpf_attr *attr = ld->attr;
	int err = 0;

	if (attr->core_relo_cnt) { /* only light skeletons leave CO-RE to the kernel */
		verlog_printf(&ld->log, "core_relos: CO-RE in the kernel is not supported\n");
		return -EOPNOTSUPP;
	}
	if (!attr->func_info_cnt && !attr->line_info_cnt)
		return 0;
	ld->prog->btf = btfobj_from_fd(attr->prog_btf_fd);
	if (!ld->prog->btf)
		return object_fd_errno(attr->prog_btf_fd);
	if (ld->prog->btf->kernel)
		return -EACCES;
	if (attr->func_info_cnt)
		err = load_funcs(ld);
	if (!err && attr->line_info_cnt)
		err = load_lines(ld);
	return err;
}

/* Names and linkage, once the subprograms are known. */
static int name_subs(struct loading *ld)
{
	struct prog *prog = ld->prog;

	if (!prog->nr_funcs)
		return 0;
	if (prog->nr_funcs != prog->nr_subs) {
		verlog_printf(&ld->log,
			      "number of funcs in func_info doesn't match number of subprogs\n");
		return -EINVAL;
	}
	for (u32 i = 0; i < prog->nr_subs; i++) {
		const struct btf *btf = prog->btf->btf;
		const struct btf_type *t = btf__type_by_id(btf, prog->funcs[i].type_id);

		if (prog->subs[i].start != prog->funcs[i].insn_off) {
			verlog_printf(
				&ld->log,
				"func_info BTF section doesn't match subprog layout in BPF program\n");
			return -EINVAL;
		}
		prog->subs[i].name = btf__name_by_offset(btf, t->name_off);
		prog->subs[i].global = btf_vlen(t) == BTF_FUNC_GLOBAL;
	}
	return 0;
}

/* --- what catches bpf_throw() --- */

#define EXCEPTION_TAG "exception_callback:"

/* The tag on the program's function; *name NULL without. -EINVAL: more than one */
static int exception_tag(const struct prog *prog, const char **name)
{
	const struct btf *btf = prog->btf->btf;
	const size_t len = strlen(EXCEPTION_TAG);

	*name = NULL;
	for (u32 id = 1; id < btf__type_cnt(btf); id++) {
		const struct btf_type *t = btf__type_by_id(btf, id);
		const char *tag = btf__name_by_offset(btf, t->name_off);

		if (!btf_is_decl_tag(t) || t->type != prog->funcs[0].type_id ||
		    btf_decl_tag(t)->component_idx != -1 || strncmp(tag, EXCEPTION_TAG, len))
			continue;
		if (*name)
			return -EINVAL;
		*name = tag + len;
	}
	return 0;
}

static const struct bpf_func_info *func_by_name(const struct prog *prog, const char *name)
{
	const struct btf *btf = prog->btf->btf;

	for (u32 i = 1; i < prog->nr_funcs; i++) {
		const struct btf_type *t = btf__type_by_id(btf, prog->funcs[i].type_id);

		if (!strcmp(btf__name_by_offset(btf, t->name_off), name))
			return &prog->funcs[i];
	}
	return NULL;
}

/* btf.c:btf_find_exception_callback(); libbpf appended the function's code to ours */
static int find_exception_callback(struct loading *ld)
{
	const struct bpf_func_info *func;
	struct prog *prog = ld->prog;
	const char *name = NULL;

	if (prog->nr_funcs && exception_tag(prog, &name)) {
		verlog_printf(&ld->log, "multiple exception callback tags for main subprog\n");
		return -EINVAL;
	}
	if (!name)
		return 0;
	func = func_by_name(prog, name);
	if (!func || func->insn_off >= prog->nr_insns) {
		verlog_printf(&ld->log, "exception callback '%s' could not be found in BTF\n",
			      name);
		return -EINVAL;
	}
	if (btf_vlen(btf__type_by_id(prog->btf->btf, func->type_id)) != BTF_FUNC_GLOBAL) {
		verlog_printf(&ld->log, "exception callback '%s' must have global linkage\n", name);
		return -EINVAL;
	}
	prog->exception_insn = func->insn_off;
	return 0;
}

/* --- the whole --- */

static int bind_fd_array(struct prog *prog, const union bpf_attr *attr)
{
	const u8 *fds = user_ptr(attr->fd_array); /* wherever user space likes */
	int err = 0, fd;

	for (u32 i = 0; fds && !err && i < attr->fd_array_cnt; i++) {
		struct map *map;

		memcpy(&fd, fds + i * sizeof(fd), sizeof(fd));
		map = map_from_fd(fd);
		if (!map)
			continue; /* BTF is allowed too */
		err = prog_use_map(prog, map);
		map_put(map);
	}
	return err;
}

static void print_code(const struct prog *prog, struct verlog *log)
{
	char text[256];

	for (u32 i = 0; i < prog->nr_insns; i++) {
		prog_disasm_line(prog, i, text, sizeof(text));
		verlog_printf(log, "%u: %s\n", i, text);
		i += insn_is_ldimm64(&prog->raw[i]);
	}
}

static int verify(struct loading *ld)
{
	struct prog *prog = ld->prog;
	int err = load_debug(ld);

	if (!err)
		err = find_exception_callback(ld);
	if (!err)
		err = check_structure(prog, &ld->log);
	if (!err)
		err = name_subs(ld);
	if (!err)
		err = bind_fd_array(prog, ld->attr);
	if (!err)
		err = prog_check_target(prog, &ld->log);
	if (!err) /* whom a kfunc lets call it depends on the target */
		err = fixup_resolve(prog, user_ptr(ld->attr->fd_array), &ld->log);
	if (!err && verlog_wants(&ld->log, VERLOG_LEVEL2))
		print_code(prog, &ld->log);
	if (!err)
		err = reach_check(prog, &ld->log, &ld->nr_reached);
	if (!err)
		err = check_stack(prog, &ld->log);
	if (verlog_wants(&ld->log, VERLOG_STATS | VERLOG_LEVEL1 | VERLOG_LEVEL2))
		verlog_printf(&ld->log,
			      "processed %u insns (limit %u) max_states_per_insn 0 "
			      "total_states 0 peak_states 0 mark_read 0\n",
			      ld->nr_reached, PROG_MAX_INSNS);
	return err;
}

/* With the log around it: a log that does not fit fails the load, as in the kernel. */
static int verify_logged(struct loading *ld, u32 attr_size)
{
	u32 true_size;
	int err, log_err;

	err = verlog_init(&ld->log, ld->attr->log_level, ld->attr->log_buf, ld->attr->log_size);
	if (err)
		return err;
	err = verify(ld);
	log_err = verlog_finish(&ld->log, &true_size);
	if (attr_size >= END_OF(log_true_size))
		ld->attr->log_true_size = true_size;
	return log_err ? log_err : err;
}

static void release(struct object *o)
{
	prog_free(container_of(o, struct prog, obj));
}

int prog_load(union bpf_attr *attr, u32 attr_size, struct prog **out)
{
	struct loading ld = { .attr = attr };
	int err = check_attr(attr, attr_size);

	if (err)
		return err;
	ld.prog = calloc(1, sizeof(*ld.prog));
	if (!ld.prog)
		return -ENOMEM;
	err = take_attr(ld.prog, attr);
	if (!err)
		err = verify_logged(&ld, attr_size);
	if (!err)
		err = object_create(&ld.prog->obj, OBJ_PROG, "prog", 0, release);
	if (err) {
		prog_free(ld.prog);
		return err;
	}
	ld.prog->obj.rcu = true;
	fixup_finish(ld.prog);
	if (!ENV->interpret)
		jit_compile(ld.prog);
	*out = ld.prog;
	return 0;
}
