/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * annot.h - annotations of kernel declarations for the profile filter. clang
 * turns them into BTF declaration tags, the host compiler sees nothing.
 *
 *	__since("7.1")	the type, member or function appears with this release
 *	__until("7.3")	it is gone from this release on; both: what is between
 *	__when(DATES)	any dates of base/dates.h, where these two cannot say it
 *	__undriven	the name exists, the model does not drive the value
 *			(listed by `kickstand inspect` and docs/limits)
 *	__host		model-private: never in the BTF
 *	__named("x")	x is its name in the BTF: for what has one name and two
 *			shapes, which C cannot declare twice
 */
#ifndef KS_BASE_ANNOT_H
#define KS_BASE_ANNOT_H

#include "base/dates.h"

#ifdef __bpf__
#define __abi_tag(s) __attribute__((btf_decl_tag(s)))
#define __when(dates) __abi_tag("when:" dates)
#define __undriven __abi_tag("undriven")
#define __host __abi_tag("host")
#define __named(n) __abi_tag("name:" n)
#else
#define __when(dates)
#define __undriven
#define __host
#define __named(n)
#endif
#define __since(releases) __when(SINCE(releases))
#define __until(releases) __when(UNTIL(releases))

#endif
