/* SPDX-License-Identifier: GPL-2.0-only */
/* rtapp.h - rt-app's JSON files (docs/workloads.md says which part of them). */
#ifndef KS_LOAD_RTAPP_H
#define KS_LOAD_RTAPP_H

#include "load/workload.h"

/* Fill @w, made for the file @w->name. 0 or -errno with a line in @err. */
int rtapp_load(struct workload *w, char *err, size_t len);

#endif
