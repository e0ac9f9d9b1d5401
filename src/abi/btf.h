/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * btf.h - the machine's types as BTF, for one profile.
 *
 * The declarations in src/abi/ are compiled twice: by the host compiler into the
 * model, and by clang for BPF into a base BTF that is embedded in the binary.
 * At machine creation the base is filtered by the profile: members, enumerators,
 * functions and types that this kernel lacks are dropped, enumerator values are
 * the profile's. Offsets and sizes stay those that the model was compiled with.
 */
#ifndef KS_ABI_BTF_H
#define KS_ABI_BTF_H

#include "base/types.h"

struct btf; /* libbpf's */
struct profile;
struct _IO_FILE;

struct btf_types {
	struct btf *btf; /* parsed, ids as guests see them */
	const void *raw; /* what /sys/kernel/btf/vmlinux holds; btf's memory */
	u32 raw_size;
	u32 id; /* BTF object id that libbpf is told: 1 */
};

/* 0 or -errno; *out is released with vmbtf_destroy() */
int vmbtf_create(const struct profile *prof, struct btf_types **out);
void vmbtf_destroy(struct btf_types *bt);
/* a vmlinux.h that schedulers compile with; 0 or -errno */
int vmbtf_dump_c(const struct btf_types *bt, struct _IO_FILE *out);

/* id of @name of BTF_KIND_@kind, 0 if there is none */
u32 vmbtf_find(const struct btf_types *bt, const char *name, u32 kind);

/* has struct @type a @member of its own, by name? */
bool vmbtf_has_member(const struct btf_types *bt, const char *type, const char *member);

/* ---- the base: all profiles' declarations with their annotations ---- */

struct vmbtf_tags;

/* a member or a whole type, function, variable that has an annotation */
struct vmbtf_note {
	const char *type;   /* "task_struct", "scx_bpf_now" */
	const char *member; /* NULL: the whole */
	const struct vmbtf_tags *tags;
	bool undriven;
	u32 kind; /* BTF_KIND_* of what carries it */
};

struct vmbtf_base;

/* 0 or -errno; *out is released with vmbtf_base_destroy() */
int vmbtf_base_create(struct vmbtf_base **out);
void vmbtf_base_destroy(struct vmbtf_base *base);
/* in order of declaration; NULL ends. What is __host is not among them. */
const struct vmbtf_note *vmbtf_note_at(const struct vmbtf_base *base, u32 i);
/* Do its dates hold for @prof? Has it any? */
bool vmbtf_note_within(const struct vmbtf_note *n, const struct profile *prof);
bool vmbtf_note_dated(const struct vmbtf_note *n);
/* Is there a @type, with a @member (NULL: any), in some profile? */
bool vmbtf_base_has(const struct vmbtf_base *base, const char *type, const char *member);
/* Does the model leave @type's @member alone, so that it reads as zero? */
bool vmbtf_undriven(const struct vmbtf_base *base, const char *type, const char *member);

#endif
