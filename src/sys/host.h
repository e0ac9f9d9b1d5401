/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * host.h - names of the C library that we define too: how to reach its own, and how ours
 * answer. All below them returns -errno; nobody else sets errno for the process.
 */
#ifndef KS_SYS_HOST_H
#define KS_SYS_HOST_H

#include <dlfcn.h>

#define HOST(name)                                                             \
	({                                                                     \
		static __typeof__(name) *host_fn;                              \
		if (!host_fn)                                                  \
			host_fn = (__typeof__(name) *)dlsym(RTLD_NEXT, #name); \
		host_fn;                                                       \
	})

/*
 * @ret of the inside as the C library returns it: -errno becomes -1 and errno. No inline: errno is
 * the thread's, and its place must not be remembered from before the thread was switched.
 */
long to_errno(long ret);

#endif
