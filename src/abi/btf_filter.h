/* SPDX-License-Identifier: GPL-2.0-only */
/* btf_filter.h - inside of abi/btf: the base BTF's annotations, and what a profile keeps. */
#ifndef KS_ABI_BTF_FILTER_H
#define KS_ABI_BTF_FILTER_H

#include "base/types.h"

struct btf;
struct btf_type;
struct profile;

/* the annotations of one type or member, from its declaration tags */
struct vmbtf_tags {
	const char *name;    /* __named(), NULL: its own */
	const char *when[2]; /* dates that all hold, NULL: none */
	bool host, undriven;
};

struct vmbtf_base {
	struct btf *btf;
	u32 nr_types;		    /* ids 1..nr_types - 1 */
	struct vmbtf_tags *types;   /* by id */
	struct vmbtf_tags *members; /* of all structs and unions, flat */
	u32 *first_member;	    /* by id: where a struct's members begin in @members */
	struct vmbtf_note *notes;
	u32 nr_notes;
};

bool vmbtf_tags_present(const struct vmbtf_tags *tags, const struct profile *prof);
/* libbpf's btf with what @prof has of @base; 0 or -errno */
int vmbtf_filter(const struct vmbtf_base *base, const struct profile *prof, struct btf **out);

#endif
