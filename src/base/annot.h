/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * annot.h - annotations of kernel declarations for the profile filter. clang
 * turns them into BTF declaration tags, the host compiler sees nothing.
 *
 *	__since("7.3")	the type, member or function appears with this profile
 *	__until("7.3")	it is gone from this profile on (exclusive)
 *	__undriven	the name exists, the model does not drive the value
 *			(listed by `kickstand inspect` and docs/limits)
 *	__host		model-private: never in the BTF
 *	__named("x")	x is its name in the BTF: for what has one name and two
 *			shapes, which C cannot declare twice
 */
#ifndef KS_BASE_ANNOT_H
#define KS_BASE_ANNOT_H

#ifdef __bpf__
#define __abi_tag(s) __attribute__((btf_decl_tag(s)))
#define __since(v) __abi_tag("since:" v)
#define __until(v) __abi_tag("until:" v)
#define __undriven __abi_tag("undriven")
#define __host __abi_tag("host")
#define __named(n) __abi_tag("name:" n)
#else
#define __since(v)
#define __until(v)
#define __undriven
#define __host
#define __named(n)
#endif

#endif
