// SPDX-License-Identifier: GPL-2.0-only
/*
 * struct_ops.c - tables of operations that the BPF side hands over (bpf/env.h). Those of the
 * scheduler become a struct scx_sched, which lives as long as the table and may be
 * registered again and again; other types (TCP congestion control) are accepted and never
 * called.
 *
 *	MAP_UPDATE_ELEM ── create      LINK_CREATE ── reg      the map goes ── destroy
 *
 * Registration takes virtual time, in the task of the loader.
 */
#include "kern/ext/struct_ops.h"

#include <bpf/btf.h>
#include <errno.h>
#include <stdio.h>

#include "abi/btf.h"
#include "bpf/map.h"
#include "bpf/prog.h"
#include "kern/ext/ext.h"
#include "kern/loader.h"

#define VALUE_PREFIX "bpf_struct_ops_"
#define UNREG_LIMIT_NS (60 * NSEC_PER_SEC) /* twice what the watchdog gives a stalled scheduler */

static bool type_is_cid(const char *type)
{
	return !strcmp(type, "sched_ext_ops_cid");
}

static bool type_is_scx(const char *type)
{
	return type_is_cid(type) || !strcmp(type, "sched_ext_ops");
}

/* ---- members ---- */

/* ext.c: the cpu form's stubs leave these out, so nothing can be attached to them */
static bool op_needs_cid(enum scx_op op)
{
	return op >= SCX_OP_sub_caps_updated && op <= SCX_OP_sub_child_ecaps_updated;
}

static bool type_exists(const char *type)
{
	char name[128];

	snprintf(name, sizeof(name), VALUE_PREFIX "%s", type);
	return vmbtf_find(machine->types, name, BTF_KIND_STRUCT);
}

/* ext.c:sched_ext_ops__dispatch(), sched_ext_ops__yield(): the stubs' parameters */
u32 scx_struct_ops_nullable(const char *type, const char *member)
{
	if (!has_prefix(type, "sched_ext_ops"))
		return 0;
	return !strcmp(member, "dispatch") || !strcmp(member, "yield") ? 1 << 1 : 0;
}

/* Context: any. */
int scx_struct_ops_member(const char *type, const char *member, bool sleepable, bool *private_stack)
{
	enum scx_op op;

	*private_stack = false;
	if (!type_is_scx(type))
		return type_exists(type) ? 0 : -ENOTSUPP;
	op = scx_op_by_name(member);
	if (op == SCX_OP_NONE || (op_needs_cid(op) && !type_is_cid(type)))
		return -ENOTSUPP;
	/* ext.c:bpf_scx_check_member(): what can nest along the hierarchy of schedulers */
	*private_stack = K->b.nesting_ops_private_stack &&
			 (op == SCX_OP_dispatch || op == SCX_OP_sub_caps_updated);
	return scx_check_member(op, sleepable);
}

/* ---- tables ---- */

/* Context: any. */
int scx_struct_ops_create(const char *type, void *image, struct prog *const *progs, u32 nr,
			  void **out)
{
	struct prog *op_progs[NR_SCX_OPS] = { NULL };
	struct scx_sched *sch;
	enum scx_op op;
	int err;

	*out = NULL;
	if (!type_is_scx(type))
		return 0;
	for (u32 i = 0; i < nr; i++) {
		op = progs[i] ? scx_op_by_name(prog_attach_name(progs[i])) : SCX_OP_NONE;
		if (op != SCX_OP_NONE)
			op_progs[op] = progs[i];
	}
	err = scx_sched_create(image, type_is_cid(type), op_progs, &sch);
	if (!err)
		*out = sch;
	return err;
}

void scx_struct_ops_destroy(void *ops)
{
	scx_sched_destroy(ops);
}

/* ---- registration, in the loader's task ---- */

struct reg_call {
	struct scx_sched *sch;
	u64 image, link;
	int err;
};

static void call_reg(void *arg)
{
	struct reg_call *c = arg;

	c->err = scx_ops_reg(c->sch, c->image, c->link);
}

static void call_unreg(void *arg)
{
	scx_ops_unreg(arg);
}

int scx_struct_ops_reg(void *ops, u64 image, u64 link)
{
	struct reg_call c = { ops, image, link };
	int err = loader_run(call_reg, &c, 0);

	return err ? err : c.err;
}

/* Without a loader nothing runs any more: destroying takes the scheduler down. */
void scx_struct_ops_unreg(void *ops)
{
	if (loader_task())
		loader_run(call_unreg, ops, UNREG_LIMIT_NS);
}
