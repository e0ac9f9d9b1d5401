/* SPDX-License-Identifier: GPL-2.0-only */
/* kernels.h - telling of kernels: in words by abi/profile_describe.h, as JSON here. */
#ifndef KS_API_KERNELS_H
#define KS_API_KERNELS_H

#include <jansson.h>
#include "abi/profile_describe.h"
#include "api/handle.h"

/* what differs among @profs (NULL ends) and is @wanted (NULL: any) */
json_t *kernels_json(const struct facts *f, const struct profile *const *profs, fact_filter wanted,
		     void *arg);
/* Writes and releases it; KS_OK or KS_USAGE */
int kernels_put_json(json_t *o, FILE *out);
/* KS_OK, with *out to be released by facts_destroy(), or KS_USAGE */
int kernels_facts(struct facts **out);
/* all profiles and a NULL behind them; valid for ever */
const struct profile *const *kernels_all(void);

#endif
