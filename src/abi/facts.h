/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * facts.h - all that differs between profiles as one list, for those who tell of it:
 * behaviours, kfuncs, enumerators, types and members, each with its value in a profile.
 *
 *	FACT_ENUMERATOR "SCX_ENQ_HEAD"		6.18 "0x10", 6.19 "0x10000"
 *	FACT_KFUNC "scx_bpf_now"		6.12 (absent), 6.16 "u64 scx_bpf_now(void)"
 */
#ifndef KS_ABI_FACTS_H
#define KS_ABI_FACTS_H

#include "base/types.h"

struct profile;
struct facts;

enum fact_kind { FACT_BEHAVIOUR, FACT_KFUNC, FACT_ENUMERATOR, FACT_TYPE, NR_FACT_KINDS };

struct fact {
	enum fact_kind kind;
	char name[112];	      /* a member: "task_struct.on_cpu" */
	const char *text;     /* behaviours: what it means; else NULL */
	const char *concerns; /* behaviours: struct behaviour's; else NULL */
	u32 row;	      /* first one of the kind's table */
};

/* 0 or -errno; *out is released with facts_destroy(). Sorted by kind, then as in the tables. */
int facts_create(struct facts **out);
void facts_destroy(struct facts *f);
/* NULL ends */
const struct fact *fact_at(const struct facts *f, u32 i);
/* "yes", "no", a number, a prototype. False, and "-", if @prof has none of that name */
bool fact_value(const struct facts *f, const struct fact *fact, const struct profile *prof,
		char *buf, size_t len);
/* Is its value the same in both? */
bool fact_same(const struct facts *f, const struct fact *fact, const struct profile *a,
	       const struct profile *b);
/* ... in all? */
bool fact_everywhere(const struct facts *f, const struct fact *fact);
const char *fact_kind_name(enum fact_kind kind);

#endif
