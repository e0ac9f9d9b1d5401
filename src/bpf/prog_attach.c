// SPDX-License-Identifier: GPL-2.0-only
/*
 * prog_attach.c - what a program says it is for: does type, expected_attach_type
 * and attach_btf_id fit each other and the machine's BTF?
 *
 *	fentry/f, fexit/f   TRACING, FUNC f
 *	tp_btf/t            TRACING, TRACE_RAW_TP, typedef btf_trace_t
 *	iter/x              TRACING, TRACE_ITER, FUNC bpf_iter_x
 *	lsm/h               LSM, FUNC bpf_lsm_h
 *	struct_ops          STRUCT_OPS, the struct; expected_attach_type is the member
 *
 * Words and errors: verifier.c:check_attach_btf_id(), bpf_check_attach_target(),
 * check_struct_ops_btf_id(); bpf_lsm.c:bpf_lsm_verify_prog().
 */
#include <bpf/btf.h>
#include <errno.h>
#include <string.h>

#include "abi/btf.h"
#include "bpf/map.h"
#include "bpf/prog_priv.h"
#include "bpf/btf_object.h"
#include "bpf/verlog.h"

#define TRACE_PREFIX "btf_trace_"
#define LSM_PREFIX "bpf_lsm_"
#define ITER_PREFIX "bpf_iter_"

static const struct btf *kernel_btf(void)
{
	return ENV->types ? ENV->types->btf : NULL;
}

/* --- struct_ops --- */

static bool is_func_ptr(const struct btf *btf, u32 type_id)
{
	const struct btf_type *t = btf__type_by_id(btf, btf__resolve_type(btf, type_id));
	int to;

	if (!t || !btf_is_ptr(t))
		return false;
	to = btf__resolve_type(btf, t->type);
	return to > 0 && btf_is_func_proto(btf__type_by_id(btf, to));
}

static int check_member(struct prog *prog, const char *type, const char *member, struct verlog *log)
{
	int err = ENV->struct_ops_member(type, member, prog->sleepable, &prog->private_stack);

	if (err == -ENOTSUPP)
		verlog_printf(log, "attach_btf_id %u is not a supported struct\n",
			      prog->attach_btf_id);
	else if (err)
		verlog_printf(log, "attach to unsupported member %s of struct %s\n", member, type);
	else
		prog->nullable_args = ENV->struct_ops_nullable(type, member);
	return err;
}

static int check_struct_ops(struct prog *prog, struct verlog *log)
{
	u32 idx = prog->expected_attach_type;
	const struct btf *btf = kernel_btf();
	const struct btf_type *t = btf ? btf__type_by_id(btf, prog->attach_btf_id) : NULL;
	const char *type;

	if (!prog->gpl) {
		verlog_printf(log, "struct ops programs must have a GPL compatible license\n");
		return -EINVAL;
	}
	if (!prog->attach_btf_id)
		return -ENOTSUPP;
	if (!t || !btf_is_struct(t)) {
		verlog_printf(log, "attach_btf_id %u is not a supported struct\n",
			      prog->attach_btf_id);
		return -ENOTSUPP;
	}
	type = btf__name_by_offset(btf, t->name_off);
	if (idx >= btf_vlen(t)) {
		verlog_printf(log, "attach to invalid member idx %u of struct %s\n", idx, type);
		return -EINVAL;
	}
	prog->struct_ops_type = type;
	prog->attach_name = btf__name_by_offset(btf, btf_members(t)[idx].name_off);
	if (!is_func_ptr(btf, btf_members(t)[idx].type)) {
		verlog_printf(log, "attach to invalid member %s(@idx %u) of struct %s\n",
			      prog->attach_name, idx, type);
		return -EINVAL;
	}
	return check_member(prog, type, prog->attach_name, log);
}

/* --- functions and tracepoints --- */

static int check_raw_tp(struct prog *prog, const struct btf_type *t, struct verlog *log)
{
	if (prog->target) {
		verlog_printf(
			log,
			"Only FENTRY/FEXIT/FSESSION progs are attachable to another BPF prog\n");
		return -EINVAL;
	}
	if (!btf_is_typedef(t)) {
		verlog_printf(log, "attach_btf_id %u is not a typedef\n", prog->attach_btf_id);
		return -EINVAL;
	}
	if (!has_prefix(prog->attach_name, TRACE_PREFIX)) {
		verlog_printf(log, "attach_btf_id %u points to wrong type name %s\n",
			      prog->attach_btf_id, prog->attach_name);
		return -EINVAL;
	}
	if (prog->sleepable) {
		verlog_printf(log,
			      "Sleepable program cannot attach to non-faultable tracepoint %s\n",
			      prog->attach_name + strlen(TRACE_PREFIX));
		return -EINVAL;
	}
	return 0;
}

static int check_function(struct prog *prog, struct verlog *log)
{
	const char *name = prog->attach_name;

	if (prog->sleepable && (prog->target || !ENV->target_sleepable(name))) {
		verlog_printf(log, "%s is not sleepable\n", name);
		return -EINVAL;
	}
	if (prog->expected_attach_type != BPF_MODIFY_RETURN || prog->sleepable)
		return 0;
	if (prog->target) {
		verlog_printf(log, "can't modify return codes of BPF programs\n");
		return -EINVAL;
	}
	if (!ENV->target_modifiable(name)) {
		verlog_printf(log, "%s() is not modifiable\n", name);
		return -EINVAL;
	}
	return 0;
}

static int check_lsm(const struct prog *prog, struct verlog *log)
{
	if (!prog->gpl) {
		verlog_printf(log, "LSM programs must have a GPL compatible license\n");
		return -EINVAL;
	}
	if (!has_prefix(prog->attach_name, LSM_PREFIX)) {
		verlog_printf(log, "attach_btf_id %u points to wrong type name %s\n",
			      prog->attach_btf_id, prog->attach_name);
		return -EINVAL;
	}
	return 0;
}

static int check_by_attach_type(struct prog *prog, const struct btf_type *t, struct verlog *log)
{
	switch (prog->expected_attach_type) {
	case BPF_TRACE_RAW_TP:
		return check_raw_tp(prog, t, log);
	case BPF_TRACE_ITER:
		if (btf_is_func(t) && has_prefix(prog->attach_name, ITER_PREFIX))
			return 0;
		break;
	case BPF_TRACE_FENTRY:
	case BPF_TRACE_FEXIT:
	case BPF_TRACE_FSESSION:
	case BPF_MODIFY_RETURN:
	case BPF_LSM_MAC:
	case BPF_LSM_CGROUP:
		if (btf_is_func(t))
			return check_function(prog, log);
		break;
	default:
		return -EINVAL;
	}
	if (!btf_is_func(t))
		verlog_printf(log, "attach_btf_id %u is not a function\n", prog->attach_btf_id);
	return -EINVAL;
}

static int check_tracing(struct prog *prog, struct verlog *log)
{
	const struct btf *btf = prog->target ? prog->target->btf ? prog->target->btf->btf : NULL :
					       kernel_btf();
	const struct btf_type *t;
	int err;

	if (!prog->attach_btf_id) {
		verlog_printf(log, "Tracing programs must provide btf_id\n");
		return -EINVAL;
	}
	t = btf ? btf__type_by_id(btf, prog->attach_btf_id) : NULL;
	if (!t) {
		verlog_printf(log, "attach_btf_id %u is invalid\n", prog->attach_btf_id);
		return -EINVAL;
	}
	prog->attach_name = btf__name_by_offset(btf, t->name_off);
	err = check_by_attach_type(prog, t, log);
	if (!err && prog->type == BPF_PROG_TYPE_LSM)
		err = check_lsm(prog, log);
	return err;
}

/* --- all --- */

static bool can_sleep(const struct prog *prog)
{
	switch (prog->type) {
	case BPF_PROG_TYPE_TRACING:
		return true;
	case BPF_PROG_TYPE_LSM:
		return prog->expected_attach_type != BPF_LSM_CGROUP;
	case BPF_PROG_TYPE_KPROBE: /* uprobes */
	case BPF_PROG_TYPE_STRUCT_OPS:
	case BPF_PROG_TYPE_RAW_TRACEPOINT:
	case BPF_PROG_TYPE_TRACEPOINT:
	case BPF_PROG_TYPE_SYSCALL:
		return true;
	default:
		return false;
	}
}

int prog_check_target(struct prog *prog, struct verlog *log)
{
	if (prog->type == BPF_PROG_TYPE_SYSCALL && !prog->sleepable) {
		verlog_printf(log, "Syscall programs can only be sleepable\n");
		return -EINVAL;
	}
	if (prog->sleepable && !can_sleep(prog)) {
		verlog_printf(log, "Program of this type cannot be sleepable\n");
		return -EINVAL;
	}
	switch (prog->type) {
	case BPF_PROG_TYPE_STRUCT_OPS:
		return check_struct_ops(prog, log);
	case BPF_PROG_TYPE_TRACING:
	case BPF_PROG_TYPE_LSM:
		return check_tracing(prog, log);
	case BPF_PROG_TYPE_EXT:
		verlog_printf(log, "program extensions (freplace) are not supported\n");
		return -EOPNOTSUPP;
	default:
		return 0;
	}
}
