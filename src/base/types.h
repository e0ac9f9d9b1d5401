/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * types.h - the kernel's short integer names and the handful of macros that
 * every file uses. Usable from host C and, under __bpf__, from the translation
 * unit that makes the machine's BTF.
 */
#ifndef KS_BASE_TYPES_H
#define KS_BASE_TYPES_H

#ifndef __bpf__
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>
#else
typedef _Bool bool;
typedef unsigned long size_t;
typedef int pid_t;
typedef long ssize_t;
typedef long loff_t;
#define NULL ((void *)0)
#define true 1
#define false 0
#endif

typedef signed char s8;
typedef unsigned char u8;
typedef short s16;
typedef unsigned short u16;
typedef int s32;
typedef unsigned int u32;
typedef long long s64;
typedef unsigned long long u64;

/* the uapi spellings, which kernel types use in part; linux/types.h agrees */
typedef signed char __s8;
typedef unsigned char __u8;
typedef short __s16;
typedef unsigned short __u16;
typedef int __s32;
typedef unsigned int __u32;
typedef long long __s64;
typedef unsigned long long __u64;

#ifndef __bpf__
#define likely(x) __builtin_expect(!!(x), 1)
#define unlikely(x) __builtin_expect(!!(x), 0)
#define ARRAY_SIZE(a) (sizeof(a) / sizeof((a)[0]))
#define DIV_ROUND_UP(n, d) (((n) + (d) - 1) / (d))
#define ALIGN_UP(x, a) (((x) + (a) - 1) & ~((__typeof__(x))(a) - 1))
#define container_of(ptr, type, member) ((type *)((char *)(ptr) - offsetof(type, member)))
#define READ_ONCE(x) (*(const volatile __typeof__(x) *)&(x))
#define WRITE_ONCE(x, v) (*(volatile __typeof__(x) *)&(x) = (v))
#define min(a, b)                       \
	({                              \
		__typeof__(a) _a = (a); \
		__typeof__(b) _b = (b); \
		_a < _b ? _a : _b;      \
	})
#define max(a, b)                       \
	({                              \
		__typeof__(a) _a = (a); \
		__typeof__(b) _b = (b); \
		_a > _b ? _a : _b;      \
	})
#define __printf(fmt, args) __attribute__((format(printf, fmt, args)))
#define __noreturn __attribute__((noreturn))
#define __unused __attribute__((unused))
#define KS_PUBLIC __attribute__((visibility("default")))

static inline bool has_prefix(const char *s, const char *prefix)
{
	return !__builtin_strncmp(s, prefix, __builtin_strlen(prefix));
}

/* At any address: guests and callers of bpf(2) choose them. */
static inline u32 load_u32(const void *p)
{
	u32 v;

	__builtin_memcpy(&v, p, sizeof(v));
	return v;
}

static inline void store_u32(void *p, u32 v)
{
	__builtin_memcpy(p, &v, sizeof(v));
}

#define NSEC_PER_USEC 1000ULL
#define NSEC_PER_MSEC 1000000ULL
#define NSEC_PER_SEC 1000000000ULL
#endif

#endif
