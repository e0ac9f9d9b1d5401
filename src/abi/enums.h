/* SPDX-License-Identifier: GPL-2.0-only */
/* enums.h - the C enums of enums.def; what differs between profiles is reached by KV() only. */
#ifndef KS_ABI_ENUMS_H
#define KS_ABI_ENUMS_H

#define ENUM_BEGIN(name) enum name {
#define ENUM_VALUE(name, v) name = v,
#define ENUM_SINCE(name, v) name = v,
#define ENUM_UNTIL(name, v) name = v,
#ifdef __bpf__
#define ENUM_DIFF(name, v612, v73) name = v73,
#else
#define ENUM_DIFF(name, v612, v73) name##_differs = v73,
#endif
#define ENUM_END(name) };
#include "abi/enums.def"
#undef ENUM_BEGIN
#undef ENUM_VALUE
#undef ENUM_SINCE
#undef ENUM_UNTIL
#undef ENUM_DIFF
#undef ENUM_END

#endif
