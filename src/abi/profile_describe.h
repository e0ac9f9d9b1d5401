/* SPDX-License-Identifier: GPL-2.0-only */
/* profile_describe.h - `kickstand kernels`, in words. */
#ifndef KS_ABI_PROFILE_DESCRIBE_H
#define KS_ABI_PROFILE_DESCRIBE_H

#include <stdio.h>

#include "base/types.h"

struct profile;
struct facts;
struct fact;

/* May @fact be told? */
typedef bool (*fact_filter)(const struct fact *fact, void *arg);

/* the kernels, a line each */
void profile_list(FILE *out);
/* what differs between @a and @b */
void profile_differ(FILE *out, const struct facts *f, const struct profile *a,
		    const struct profile *b);
/* each fact that differs anywhere and is @wanted (NULL: any), with the kernels of each value */
void profile_facts(FILE *out, const struct facts *f, fact_filter wanted, void *arg);

#endif
