/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * perf_array.h - events of a PERF_EVENT_ARRAY map, for the perf helpers.
 */
#ifndef KS_BPF_PERF_ARRAY_H
#define KS_BPF_PERF_ARRAY_H

#include "bpf/map.h"

/* The event at @index; NULL: none, or not such a map. No reference. */
struct object *perf_array_get(struct map *map, u32 index);

#endif
