/* SPDX-License-Identifier: GPL-2.0-only */
/* verdict.h - check/verdict.h's findings, in the summary and in its JSON. */
#ifndef KS_API_VERDICT_H
#define KS_API_VERDICT_H

#include <stdio.h>

struct json_t;
struct ks_machine;

/* The workload begins: what was before does not count. */
void verdict_start(struct ks_machine *km);
/* "verdict: ok", or a line for each of the worst findings */
void verdict_print(struct ks_machine *km, FILE *out);
struct json_t *verdict_json(struct ks_machine *km);

#endif
