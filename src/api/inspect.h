/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * inspect.h - findings about an object, and their two writings.
 */
#ifndef KS_API_INSPECT_H
#define KS_API_INSPECT_H

#include "api/api.h"

enum verdict {
	V_WORKS,
	V_ABSENT,     /* this kernel has none, another profile does */
	V_UNMODELLED, /* no profile of this machine has it */
	V_UNDRIVEN,   /* is there and reads as zero: the model leaves it alone */
	NR_VERDICTS
};

/* One thing the object has, uses or wants. */
struct finding {
	const char *section; /* "programs", "kfuncs", ...: static */
	char name[96];
	char detail[64]; /* "struct_ops, 21 insns" */
	enum verdict verdict;
	bool fatal; /* the object cannot be loaded for it */
};

struct report {
	const struct ks_object *obj;
	struct finding *at;
	u32 nr;
	bool no_memory;
};

/* A finding of the same section and name is not repeated, but becomes fatal if this one is. */
void report_add(struct report *r, const char *section, const char *name, enum verdict verdict,
		bool fatal, const char *detail, ...) __printf(6, 7);

/* "scx_bpf_dsq_insert___v2___compat" is the kernel's scx_bpf_dsq_insert___v2: the last ___ is the object's */
void inspect_kernel_name(const char *name, char *buf, size_t len);
/* inspect_elf.c: what the file's symbols, code and relocations tell */
void inspect_elf(struct report *r);
/* inspect_core.c: @data: section .BTF.ext */
void inspect_core(struct report *r, const void *data, u32 size);

#endif
