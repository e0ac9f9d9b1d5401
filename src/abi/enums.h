/* SPDX-License-Identifier: GPL-2.0-only */
/* enums.h - the C enums of enums.def; what differs between profiles is reached by KV() only. */
#ifndef KS_ABI_ENUMS_H
#define KS_ABI_ENUMS_H

#define ENUM_BEGIN(name) enum name {
#define ENUM_VALUE(name, v) name = v,
#define ENUM_WHEN(name, v, dates) name = v,
#define ENUM_THEN(name, v, dates)
#ifdef __bpf__
#define ENUM_DIFF(name, v, dates) name = v,
#else
#define ENUM_DIFF(name, v, dates) name##_differs = v,
#endif
#define ENUM_END(name) \
	}              \
	;
#include "abi/enums.def"
#undef ENUM_BEGIN
#undef ENUM_VALUE
#undef ENUM_WHEN
#undef ENUM_THEN
#undef ENUM_DIFF
#undef ENUM_END

#endif
