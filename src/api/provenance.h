/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * provenance.h - what a run was: by which version, of which object, scheduler, workload,
 * on which machine. In the summary, its JSON, and the heads of traces, pages and pictures.
 * The same run says the same, whatever its files are called and wherever they are.
 */
#ifndef KS_API_PROVENANCE_H
#define KS_API_PROVENANCE_H

#include <stdio.h>

struct json_t;
struct ks_machine;
struct ks_object;

/* The digest of the file that @obj was read from. 0 or -errno */
int provenance_digest(struct ks_object *obj);
struct json_t *provenance_json(const struct ks_machine *km);
void provenance_print(const struct ks_machine *km, FILE *out);
/* To the trace's sinks: the run begins. */
void provenance_tell(struct ks_machine *km);

#endif
