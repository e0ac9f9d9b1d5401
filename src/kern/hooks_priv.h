/* SPDX-License-Identifier: GPL-2.0-only */
/* hooks_priv.h - what hooks.c and tracepoint.c share. */
#ifndef KS_KERN_HOOKS_PRIV_H
#define KS_KERN_HOOKS_PRIV_H

#include "base/list.h"
#include "kern/hooks.h"

/* A list of programs of a hook; the order of the enum is that of running. */
enum hook_kind {
	HOOK_SEC_ENTRY,
	HOOK_SEC_MODIFY, /* security_NAME of an LSM hook */
	HOOK_ENTRY,
	HOOK_MODIFY,
	HOOK_EXIT, /* a function, or bpf_lsm_NAME */
	HOOK_SEC_EXIT,
	HOOK_RAW,     /* tp_btf, raw_tp */
	HOOK_CLASSIC, /* tracepoint/ */
	NR_HOOK_KINDS
};

struct tracepoint_row;
struct hook_prog;

struct attachment {
	struct list_head node;
	struct prog *prog; /* referenced */
	struct hook_prog *state;
	const struct tracepoint_row *row; /* HOOK_CLASSIC only */
	u64 cookie;
	u64 order; /* of attaching, among all */
	enum hook_id id;
	enum hook_kind kind;
	bool dead; /* detached while programs of the hook run */
};

/* Takes a reference of @prog. 0 or -ENOMEM. */
int hook_link(struct prog *prog, enum hook_id id, enum hook_kind kind,
	      const struct tracepoint_row *row, u64 cookie, struct attachment **out);
/* attachments of @kind at @id, those of @row only unless it is NULL; *@has: @prog is among them */
u32 hook_count(enum hook_id id, enum hook_kind kind, const struct tracepoint_row *row,
	       const struct prog *prog, bool *has);
/* Is the tracepoint in the profile's BTF? */
bool hook_in_profile(enum hook_id id);
/* tracepoint.c: the record of @row for these arguments in @buf; its size, 0: not this one's */
#define TRACEPOINT_RECORD_MAX 1088 /* a line of sched_ext_dump and what is before it */
u32 tracepoint_record(const struct tracepoint_row *row, void *buf, const u64 *args);

#endif
