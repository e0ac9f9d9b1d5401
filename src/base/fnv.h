/* SPDX-License-Identifier: GPL-2.0-only */
/* fnv.h - FNV-1a of a name, 32 bits: for tables of names, and for what stands for one. */
#ifndef KS_BASE_FNV_H
#define KS_BASE_FNV_H

#include "base/types.h"

static inline u32 fnv1a(const char *text)
{
	u32 h = 2166136261u;

	for (; *text; text++)
		h = (h ^ (u8)*text) * 16777619u;
	return h;
}

#endif
